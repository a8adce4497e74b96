// smtp.mjs - a strict mail server on loopback: RFC 5321 to the letter, and it keeps what it is sent.
//
// answer(step, session) says what to say instead of going on, "451 4.2.0 busy", or nothing; it may be
// a promise, one that never ends keeps the client waiting. Steps: GREETING EHLO STARTTLS AUTH MAIL
// RCPT DATA MESSAGE QUIT. What a client does against the rules is in `faults`.
import { createServer } from 'node:net';
import { once } from 'node:events';
import { TLSSocket } from 'node:tls';

const MAILBOX = /^<[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+>$/;

export async function startSmtp({ answer = () => undefined, secure = null, login = null } = {}) {
    const server = { answer, secure, login, kept: [], faults: [] };
    const sockets = new Set();
    const listener = createServer((socket) => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
        socket.on('error', () => {});
        new Session(server, socket).run().catch((error) => server.faults.push(String(error.stack)));
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return {
        port: listener.address().port,
        kept: server.kept,
        faults: server.faults,
        to: (address) => server.kept.filter((mail) => mail.to.includes(address)),
        close: () => (sockets.forEach((socket) => socket.destroy()), listener.close()),
    };
}

class Session {
    isSecure = false;
    isIn = false;
    envelope = null;

    constructor(server, socket) {
        Object.assign(this, { server, socket });
        this.lines = reader(this, server.faults);
    }

    say(line) {
        this.socket.write(`${line}\r\n`);
    }

    // True: it goes on as it should.
    async isUsual(step) {
        const line = await this.server.answer(step, this);
        if (line) {
            this.say(line);
        }
        return !line;
    }

    async run() {
        if (!(await this.isUsual('GREETING'))) {
            return;
        }
        this.say('220 smtp.example ESMTP');
        for (let line = await this.lines.next(); line !== null && (await this.take(line)); ) {
            line = await this.lines.next();
        }
    }

    // False: it is over.
    async take(line) {
        const verb = line.split(/[ :]/)[0].toUpperCase();
        const isKnown = ['EHLO', 'STARTTLS', 'AUTH', 'MAIL', 'RCPT', 'DATA', 'QUIT'].includes(verb) && !(verb === 'STARTTLS' && !this.server.secure);
        if (!isKnown) {
            this.server.faults.push(`not a command: ${line}`);
            this.say('500 5.5.2 what?');
            return true;
        }
        return (await this[verb](line)) !== false;
    }

    async EHLO() {
        const { secure, login } = this.server;
        this.envelope = null;
        if (await this.isUsual('EHLO')) {
            const more = [secure && !this.isSecure && 'STARTTLS', login && this.isSecure && 'AUTH PLAIN'].filter(Boolean);
            this.say(['smtp.example', ...more].map((word, i, all) => `250${i + 1 < all.length ? '-' : ' '}${word}`).join('\r\n'));
        }
    }

    async STARTTLS() {
        if (await this.isUsual('STARTTLS')) {
            this.say('220 go on');
            this.lines.stop();
            this.socket = new TLSSocket(this.socket, { isServer: true, ...this.server.secure });
            this.socket.on('error', () => {});
            this.isSecure = true;
            this.lines.start();
        }
    }

    async AUTH(line) {
        const { login } = this.server;
        const [, , first] = line.split(' ');
        const given = first ?? (this.say('334 '), await this.lines.next());
        this.isIn = Buffer.from(given ?? '', 'base64').toString() === `\0${login?.user}\0${login?.password}`;
        if (await this.isUsual('AUTH')) {
            this.say(this.isIn ? '235 2.7.0 in' : '535 5.7.8 no');
        }
    }

    async MAIL(line) {
        const { secure, login, faults } = this.server;
        const from = line.slice('MAIL FROM:'.length).split(' ')[0];
        if (!line.startsWith('MAIL FROM:<') || !MAILBOX.test(from)) {
            faults.push(`not a MAIL: ${line}`);
        }
        if ((secure && !this.isSecure) || (login && !this.isIn)) {
            this.say('530 5.7.0 first STARTTLS and AUTH');
        } else if (await this.isUsual('MAIL')) {
            this.envelope = { from: from.slice(1, -1), to: [] };
            this.say('250 2.1.0 fine');
        }
    }

    async RCPT(line) {
        const to = line.slice('RCPT TO:'.length);
        if (!line.startsWith('RCPT TO:<') || !MAILBOX.test(to) || !this.envelope) {
            this.server.faults.push(`not a RCPT: ${line}`);
        }
        this.rcpt = to.slice(1, -1);
        if (await this.isUsual('RCPT')) {
            this.envelope.to.push(this.rcpt);
            this.say('250 2.1.5 fine');
        }
    }

    async DATA() {
        const { kept, faults } = this.server;
        if (!this.envelope?.to.length) {
            faults.push('DATA without a recipient');
        }
        if (!(await this.isUsual('DATA'))) {
            return true;
        }
        this.say('354 go on');
        const message = await this.lines.message();
        if (message === null) {
            return false;
        }
        kept.push({ ...this.envelope, message, isSecure: this.isSecure, isIn: this.isIn, at: Date.now() });
        this.envelope = null;
        if (await this.isUsual('MESSAGE')) {
            this.say('250 2.0.0 kept');
        }
        return true;
    }

    async QUIT() {
        if (await this.isUsual('QUIT')) {
            this.say('221 bye');
            this.socket.end();
        }
        return false;
    }
}

// Lines of a session's socket, each ended by CRLF and nothing else; null at its end.
function reader(session, faults) {
    let text = '';
    let wake = () => {};
    let isOver = false;
    let socket;
    const take = (bytes) => ((text += bytes.toString('latin1')), wake());
    const end = () => ((isOver = true), wake());
    const start = () => {
        socket = session.socket;
        socket.on('data', take);
        socket.on('close', end);
    };
    const stop = () => {
        socket.off('data', take);
        socket.off('close', end);
        if (text) {
            faults.push('something came before the answer to STARTTLS');
        }
    };
    const until = async (mark) => {
        while (!text.includes(mark)) {
            if (isOver) {
                return null;
            }
            await new Promise((resolve) => (wake = resolve));
        }
        const at = text.indexOf(mark);
        const got = text.slice(0, at);
        text = text.slice(at + mark.length);
        return got;
    };
    start();
    return {
        start,
        stop,
        async next() {
            const line = await until('\r\n');
            if (line !== null && (/[\r\n\0]/.test(line) || line.length > 510)) {
                faults.push(`a line that is none: ${JSON.stringify(line)}`);
            }
            return line;
        },
        // RFC 5321 4.5.2, undone.
        async message() {
            const got = await until('\r\n.\r\n');
            if (got === null) {
                return null;
            }
            const lines = got.split('\r\n');
            for (const line of lines) {
                if (/[\r\n\0]/.test(line) || line.length > 998 || (line.startsWith('.') && !line.startsWith('..'))) {
                    faults.push(`a line of the message that is none: ${JSON.stringify(line.slice(0, 100))}`);
                }
            }
            return `${lines.map((line) => (line.startsWith('..') ? line.slice(1) : line)).join('\r\n')}\r\n`;
        },
    };
}

// Headers (unfolded, encoded words read) and the text of a message; throws when it is none.
export function readMail(message) {
    const at = message.indexOf('\r\n\r\n');
    const headers = {};
    for (const line of message.slice(0, at).replace(/\r\n[ \t]/g, ' ').split('\r\n')) {
        const [, name, value] = line.match(/^([A-Za-z-]+): (.*)$/) ?? [];
        if (!name || name.toLowerCase() in headers) {
            throw new Error(`not a header, or one too many: ${line}`);
        }
        headers[name.toLowerCase()] = value;
    }
    const words = (headers.subject ?? '').split(/(?<=\?=) (?==\?)/).map((word) => word.match(/^=\?utf-8\?B\?([A-Za-z0-9+/=]+)\?=$/));
    if (words.every(Boolean)) {
        headers.subject = words.map(([, base64]) => Buffer.from(base64, 'base64').toString()).join('');
    }
    const bytes = message.slice(at + 4).replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
    return { headers, text: Buffer.from(bytes, 'latin1').toString() };
}
