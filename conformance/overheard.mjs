// overheard.mjs - wire.mjs for tests that are about something else: every message of the protocol that
// they make a server emit is validated, whoever the client is.
//
//   fetch             a fetch that listens
//   inFront(url)      a reverse proxy that listens, for clients whose messages are not ours to see
//   behind(command)   the same around a server over stdio: the command to start instead
//   lines(sent, out)  one run of a server over stdio, by hand
//   raw(sent, heard)  one request over a socket, by hand, and all that came back
//   judge(tally)      two checks: nothing that was heard is at fault; and the control, each kind of message
//                     that was heard, spoiled by a liar, is refused
//
// node overheard.mjs REPORT COMMAND ARGUMENT... is what behind() starts.
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Wire, available } from './wire.mjs';
import { Wires, startTap, watched } from './wire_http.mjs';

const self = fileURLToPath(import.meta.url);

export class Overheard {
    // `options`: those of a Wire.
    constructor(options = {}) {
        this.options = options;
        this.wires = new Wires(options);
        this.fetch = watched(this.wires);
        this.taps = [];
        this.scratch = mkdtempSync(join(tmpdir(), 'cistern-overheard-'));
        this.reports = join(this.scratch, 'reports');
    }

    async inFront(url) {
        const tap = await startTap(url, this.wires);
        this.taps.push(tap);
        return tap.url;
    }

    behind(command) {
        return [process.execPath, self, this.reports, ...command];
    }

    // `sent`: messages, those that are no JSON as text. Answers the messages in `out`.
    lines(sent, out) {
        const wire = this.wires.find();
        sent.filter((message) => typeof message !== 'string').forEach((message) => wire.sent(message));
        return out
            .split('\n')
            .filter(Boolean)
            .map((line) => hear(wire, line));
    }

    raw(sent, heard) {
        const request = head(sent);
        const [method, path] = request.line.split(' ');
        const exchange = this.wires.exchange({ method, path, headers: request.headers, body: request.body });
        const answer = head(heard);
        exchange.head(Number(answer.line.split(' ')[1]), answer.headers);
        exchange.data(answer.headers['transfer-encoding'] ? joined(answer.body) : answer.body);
        exchange.end();
    }

    // `atLeast`: so many messages, or nobody has listened.
    async judge(tally, atLeast = 1) {
        this.taps.forEach((tap) => tap.stop());
        const elsewhere = existsSync(this.reports)
            ? readFileSync(this.reports, 'utf8').trim().split('\n').map((line) => JSON.parse(line))
            : [];
        rmSync(this.scratch, { recursive: true, force: true });
        const all = [...this.wires.all, ...elsewhere];
        const count = all.reduce((sum, wire) => sum + wire.count, 0);
        await tally.check('every message that was heard is what its revision says', () => {
            const faults = all.flatMap((wire) => wire.faults);
            if (faults.length || count < atLeast) {
                throw new Error(`${count} messages, ${faults.length} faults\n${faults.slice(0, 5).join('\n')}`);
            }
            if (!available) {
                console.log(`skipped: the shapes of ${count} messages: ../shared/data absent`);
            }
            return `${count} messages`;
        });
        await tally.check('each of them would have been refused from a liar', () => {
            if (!available) {
                console.log('skipped: whether lies are seen: ../shared/data absent');
                return 'not tried';
            }
            const { tried, believed } = disbelieve(all, this.options);
            if (believed.length || !tried) {
                throw new Error(`${tried} lies; believed:\n${believed.slice(0, 5).join('\n')}`);
            }
            return `${tried} lies`;
        });
    }
}

function hear(wire, line) {
    const message = parsed(line);
    if (message === undefined) {
        wire.faults.push(`a line that is not JSON: ${line.slice(0, 200)}`);
    } else {
        wire.heard(message);
    }
    return message;
}

function parsed(text) {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

// ---- HTTP by hand -----------------------------------------------------------------------------------

function head(text) {
    const end = text.indexOf('\r\n\r\n');
    const [line, ...fields] = text.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(
        fields.map((field) => [field.slice(0, field.indexOf(':')).toLowerCase(), field.slice(field.indexOf(':') + 1).trim()]),
    );
    const body = text.slice(end + 4);
    return { line, headers, body: body.slice(0, headers['content-length'] ?? body.length) };
}

// The text of a chunked body, as far as it has come.
function joined(body) {
    let text = '';
    for (let at = 0; ; ) {
        const end = body.indexOf('\r\n', at);
        const size = parseInt(body.slice(at, end), 16);
        if (end < 0 || !size) {
            return text;
        }
        text += body.slice(end + 2, end + 2 + size);
        at = end + size + 4;
    }
}

// ---- The liar -----------------------------------------------------------------------------------------

// No member of any message is `true`, but for those that may be either.
const other = (value) => (typeof value === 'boolean' ? 'yes' : true);
const free = ['_meta', 'resultType', 'structuredContent'];

// The message with one member of a type that it cannot have; null: it has none to spoil.
export function spoiled(message) {
    const place = ['result', 'error', 'params'].find((name) => name in message);
    const member = Object.keys(message[place] ?? {}).find((name) => !free.includes(name));
    if (!member) {
        return null;
    }
    return { ...message, [place]: { ...message[place], [member]: other(message[place][member]) } };
}

// Everything again from the notes of each wire, with the last message of it spoiled, once for each kind.
function disbelieve(wires, options) {
    const kinds = new Set();
    const believed = [];
    for (const { notes } of wires) {
        for (const [at, { heard, kind }] of notes.entries()) {
            const lie = heard && !kinds.has(kind) ? spoiled(heard) : null;
            if (lie) {
                kinds.add(kind);
                const again = new Wire(options);
                notes.slice(0, at).forEach((note) => ('sent' in note ? again.sent(note.sent) : again.heard(note.heard)));
                if (!again.heard(lie).length) {
                    believed.push(JSON.stringify(lie).slice(0, 300));
                }
            }
        }
    }
    return { tried: kinds.size, believed };
}

// ---- A server over stdio, and who listens ---------------------------------------------------------------

// What comes is passed on at once; onLine(text) for each line of it.
function listen(from, to, onLine) {
    let rest = '';
    const decoder = new TextDecoder();
    from.on('data', (bytes) => {
        const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
        rest = lines.pop();
        lines.filter(Boolean).forEach(onLine);
        to.write(bytes);
    });
}

function stand(report, [command, ...args]) {
    const wire = new Wire();
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    listen(process.stdin, child.stdin, (line) => wire.sent(parsed(line)));
    listen(child.stdout, process.stdout, (line) => hear(wire, line));
    child.stdin.on('error', () => {});
    process.stdin.on('end', () => child.stdin.end());
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.on('close', (status) => {
        const { count, faults, notes } = wire;
        appendFileSync(report, `${JSON.stringify({ count, faults, notes })}\n`);
        process.exitCode = status ?? 70;
        process.stdin.destroy();
    });
}

if (process.argv[1] === self) {
    stand(process.argv[2], process.argv.slice(3));
}
