// stdio_client.mjs - a server as a child process, and a client of either era that speaks to it by hand.
//
// Everything the server writes to standard output is held to the framing (a JSON object or array a
// line, UTF-8, nothing else) and to its revision's schema (wire.mjs); what breaks a rule is kept in
// `faults` and judged at the end of the scenario. A `lie` (stdio_lies.mjs) may change what is heard.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { Failure, must } from './scenario.mjs';
import { MODERN, PREFIX, Wire } from './wire.mjs';

export { Failure, must };

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

const utf8 = new TextDecoder('utf-8', { fatal: true });
const newline = 10;

export class Server {
    // `command`: [binary, argument...]. `waitMs`: patience with what must come.
    constructor(command, { env = {}, lie = null, waitMs = 5000, closed = true } = {}) {
        Object.assign(this, { lie, waitMs, wire: new Wire({ closed }) });
        this.messages = []; // heard and not taken: { raw, json }
        this.faults = [];
        this.errors = ''; // standard error
        this.waiters = new Set();
        this.rest = Buffer.alloc(0);
        this.status = null; // how it ended
        this.child = spawn(command[0], command.slice(1), {
            stdio: ['pipe', 'pipe', 'pipe'],
            env: { ...process.env, ...env },
        });
        running.add(this.child);
        this.child.stdin.on('error', () => {}); // it may be gone
        this.child.on('error', (error) => this.faults.push(String(error)));
        this.child.stderr.on('data', (bytes) => (this.errors += bytes));
        this.child.stdout.on('data', (bytes) => this.#hear(lie?.bytes ? lie.bytes(bytes, this) : bytes));
        if (lie?.early) {
            this.inject(lie.early);
        }
        this.closed = once(this.child.stdout, 'close').then(() => this.#end());
        this.exited = once(this.child, 'exit').then(([status, signal]) => {
            running.delete(this.child);
            this.status = lie?.status ? lie.status(status ?? signal) : (status ?? signal);
            return this.status;
        });
    }

    // ---- What it says ----

    #hear(bytes) {
        this.rest = this.rest.length ? Buffer.concat([this.rest, bytes]) : bytes;
        let from = 0;
        for (let at; (at = this.rest.indexOf(newline, from)) >= 0; from = at + 1) {
            this.#line(this.rest.subarray(from, at));
        }
        this.rest = this.rest.subarray(from);
        this.#wake();
    }

    #end() {
        if (this.rest.length) {
            this.faults.push(`output ends within a line: ${this.rest.toString().slice(0, 200)}`);
        }
        this.isClosed = true;
        this.#wake();
    }

    #line(bytes) {
        let text;
        try {
            text = utf8.decode(bytes);
        } catch {
            this.faults.push(`a line that is not UTF-8: ${bytes.toString('latin1').slice(0, 200)}`);
            return;
        }
        if (this.lie && text.includes('"id":"settle"')) {
            this.messages.push({ raw: text, json: { settled: true } });
            return;
        }
        for (const raw of this.lie?.line ? this.lie.line(text, this) : [text]) {
            this.#take(raw);
        }
    }

    #take(raw) {
        let json;
        try {
            json = JSON.parse(raw);
        } catch {
            this.faults.push(`a line that is not JSON: ${raw.slice(0, 200)}`);
            return;
        }
        if (typeof json !== 'object' || json === null) {
            this.faults.push(`a line that is no message: ${raw.slice(0, 200)}`);
            return;
        }
        this.wire.heard(json);
        this.messages.push({ raw, json });
    }

    // What a lie adds of its own.
    inject(raw) {
        this.#take(raw);
        this.#wake();
    }

    #wake() {
        this.waiters.forEach((look) => look());
    }

    // Takes and returns the first message that `is` finds, { raw, json }; fails when it does not come.
    async next(is, what, waitMs = this.waitMs) {
        let message = await this.maybe(is, waitMs);
        if (!message && this.lie) {
            await this.#settle();
            message = await this.maybe(is, 0);
        }
        if (!message) {
            const heard = this.messages.map(({ raw }) => raw.slice(0, 300)).join('\n    ') || 'nothing';
            throw new Failure(`no ${what}; heard ${heard}${this.isClosed ? ', then the end' : ''}`);
        }
        return message;
    }

    // The same, or null when it does not come.
    async maybe(is, waitMs) {
        const take = () => {
            const at = this.messages.findIndex(({ json }) => is(json));
            return at < 0 ? null : this.messages.splice(at, 1)[0];
        };
        const there = take();
        if (there || this.isClosed) {
            return there;
        }
        return new Promise((resolve) => {
            const done = (message) => {
                clearTimeout(timer);
                this.waiters.delete(look);
                resolve(message);
            };
            const look = () => {
                const message = take();
                if (message || this.isClosed) {
                    done(message);
                }
            };
            const timer = setTimeout(() => done(null), waitMs);
            this.waiters.add(look);
        });
    }

    // Behind a lie what is waited for may never come, and patience is short. What a busy machine has
    // not done yet is not to be mistaken for that: a question past the lie, and its answer, are waited for.
    async #settle() {
        if (this.child.stdin.writable && !this.isClosed) {
            this.child.stdin.write('{"jsonrpc":"2.0","id":"settle","method":"ping"}\n');
            await this.maybe((json) => json.settled === true, 1500);
        }
    }

    answer(id, waitMs) {
        return this.next(
            (json) => !Array.isArray(json) && !('method' in json) && json.id === id,
            `answer to ${JSON.stringify(id)}`,
            waitMs,
        );
    }

    // ---- What is said to it ----

    // Any bytes, as they are.
    async write(bytes) {
        const chunk = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
        const said = this.lie?.input ? this.lie.input(chunk, this) : chunk;
        if (said?.length && !this.child.stdin.write(said)) {
            await (this.drained ??= this.#drain());
        }
    }

    #drain() {
        const { stdin } = this.child;
        return new Promise((resolve) => {
            const done = () => {
                this.drained = null;
                stdin.off('drain', done).off('close', done);
                resolve();
            };
            stdin.on('drain', done).on('close', done);
        });
    }

    // One message a line.
    say(message) {
        this.wire.sent(message);
        return this.write(`${JSON.stringify(message)}\n`);
    }

    // A message as text of our own; `json` is what it means, so that its answer can be judged.
    sayRaw(text, json) {
        if (json) {
            this.wire.sent(json);
        }
        return this.write(`${text}\n`);
    }

    endInput() {
        this.child.stdin.end();
    }

    // Resolves with the exit status, or null when it does not end.
    async ended(waitMs = this.waitMs) {
        const over = Promise.all([this.exited, this.closed]).then(() => this.status);
        return Promise.race([over, sleep(waitMs, null, { ref: false })]);
    }

    kill() {
        this.child.kill('SIGKILL');
    }
}

// ---- Clients --------------------------------------------------------------------------------------

export const everythingCan = {
    '2024-11-05': { roots: {}, sampling: {} },
    '2025-03-26': { roots: {}, sampling: {} },
    '2025-06-18': { roots: {}, sampling: {}, elicitation: {} },
    '2025-11-25': { roots: {}, sampling: { tools: {} }, elicitation: { form: {}, url: {} } },
    [MODERN]: { roots: {}, sampling: { tools: {} }, elicitation: { form: {}, url: {} } },
};

export const info = { name: 'cistern-stdio-suite', version: '1' };

// One client of a revision; several may share a server.
export class Client {
    constructor(server, revision, { can = everythingCan[revision], prefix = 'c' } = {}) {
        Object.assign(this, { server, revision, can, prefix, n: 0 });
        this.isModern = revision === MODERN;
    }

    nextId() {
        return `${this.prefix}-${++this.n}`;
    }

    // The message, with what this era wants in each request. `meta`: more of it; null: none at all.
    message(method, params, { id = this.nextId(), meta = {}, can = this.can } = {}) {
        const modern =
            this.isModern && meta !== null
                ? {
                      [`${PREFIX}protocolVersion`]: this.revision,
                      [`${PREFIX}clientCapabilities`]: can,
                      [`${PREFIX}clientInfo`]: info,
                  }
                : {};
        const all = { ...modern, ...meta };
        const full = Object.keys(all).length ? { ...params, _meta: all } : params;
        return { jsonrpc: '2.0', id, method, ...(full === undefined ? {} : { params: full }) };
    }

    // Says a request; its id.
    async ask(method, params, options) {
        const message = this.message(method, params, options);
        await this.server.say(message);
        return message.id;
    }

    // Says a request; the answer.
    async request(method, params, options) {
        const id = await this.ask(method, params, options);
        return (await this.server.answer(id)).json;
    }

    async result(method, params, options) {
        const answer = await this.request(method, params, options);
        if (!('result' in answer)) {
            throw new Failure(`${method} was refused: ${JSON.stringify(answer.error)}`);
        }
        return answer.result;
    }

    // The error of a request that must fail; `codes`: which one it may have.
    async error(codes, method, params, options) {
        return refused(await this.request(method, params, options), codes);
    }

    call(name, args, options) {
        return this.result('tools/call', { name, ...(args === undefined ? {} : { arguments: args }) }, options);
    }

    async askTool(name, args, options) {
        return this.ask('tools/call', { name, ...(args === undefined ? {} : { arguments: args }) }, options);
    }

    notify(method, params) {
        return this.server.say({ jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }) });
    }

    cancel(requestId, reason) {
        return this.notify('notifications/cancelled', { requestId, ...(reason ? { reason } : {}) });
    }

    // Until the server has dealt with all that was said before; what it said meanwhile stays queued.
    barrier() {
        return this.isModern ? this.result('server/discover') : this.result('ping');
    }

    // Says nothing but what `is` names for a while (and a barrier); the messages that broke it.
    async silence(is, forMs = 60) {
        await this.barrier();
        const message = await this.server.maybe(is, forMs);
        if (message) {
            throw new Failure(`must not come: ${message.raw.slice(0, 300)}`);
        }
    }

    async handshake({ id = this.nextId(), requested = this.revision } = {}) {
        await this.server.say(initialize(requested, { id, can: this.can }));
        const { json } = await this.server.answer(id);
        if (!json.result) {
            throw new Failure(`initialize was refused: ${JSON.stringify(json.error)}`);
        }
        await this.notify('notifications/initialized');
        return json.result;
    }
}

export const initialize = (revision, { id = 'init', can = {} } = {}) => ({
    jsonrpc: '2.0',
    id,
    method: 'initialize',
    params: { protocolVersion: revision, capabilities: can, clientInfo: info },
});

// ---- Judging --------------------------------------------------------------------------------------

export function refused(answer, codes) {
    const want = [codes].flat();
    if (!answer.error) {
        throw new Failure(`must be refused, got ${JSON.stringify(answer.result).slice(0, 300)}`);
    }
    if (codes !== undefined && !want.includes(answer.error.code)) {
        throw new Failure(`refused with ${answer.error.code}, want ${want.join(' or ')}: ${answer.error.message}`);
    }
    return answer.error;
}

export const textOf = (result) => result.content?.map?.(({ text }) => text).join('\n');
