// legacy_client.mjs - the older HTTP transports, spoken by hand: one exchange at a time, its status, its
// headers, its events as they come; and a session of a revision on top.
import http from 'node:http';

import { Failure, must } from './scenario.mjs';
import { everythingCan, info } from './stdio_client.mjs';

export const promptly = 5000;

// What was answered to one request.
class Answer {
    constructor(exchange, site) {
        Object.assign(this, { exchange, site, waitMs: site.waitMs, text: '', events: [], all: [], isOver: false });
        this.waiters = new Set();
    }

    begin(message) {
        this.status = message.statusCode;
        this.headers = message.headers;
        this.message = message;
        this.isStream = /^text\/event-stream/.test(message.headers['content-type'] ?? '');
        this.exchange.head(message.statusCode, message.headers);
        const decoder = new TextDecoder();
        message.on('data', (bytes) => {
            const text = decoder.decode(bytes, { stream: true });
            this.text += text;
            const events = this.exchange.data(text);
            this.events.push(...events);
            this.all.push(...events);
            this.#wake();
        });
        message.on('end', () => (this.exchange.end(), this.#over()));
        message.on('error', () => this.#over());
        message.on('close', () => this.#over());
    }

    #over() {
        this.isOver = true;
        this.#wake();
    }

    #wake() {
        this.waiters.forEach((look) => look());
    }

    #until(find, waitMs) {
        return new Promise((resolve) => {
            const done = (found) => {
                clearTimeout(timer);
                this.waiters.delete(look);
                resolve(found);
            };
            const look = () => {
                const found = find();
                if (found || this.isOver) {
                    done(found);
                }
            };
            const timer = setTimeout(() => done(null), waitMs);
            this.waiters.add(look);
            look();
        });
    }

    // The whole body, when the answer has ended.
    async body(waitMs = this.waitMs) {
        await this.#until(() => this.isOver, waitMs);
        if (!this.isOver && this.site.isImpatient) {
            await this.site.settle();
        }
        must(this.isOver, `the answer does not end: ${this.text.slice(0, 300)}`);
        return this.text;
    }

    // Takes and returns the first event that `is` finds; its JSON in `json`.
    async next(is, what, waitMs = this.waitMs) {
        let event = await this.maybe(is, waitMs);
        if (!event && this.site.isImpatient) {
            await this.site.settle();
            event = await this.maybe(is, 0);
        }
        if (!event) {
            const heard = this.events.map(({ data }) => data?.slice(0, 200)).join('\n    ') || 'nothing';
            throw new Failure(`no ${what}; heard ${heard}${this.isOver ? ', then the end' : ''}`);
        }
        return event;
    }

    async maybe(is, waitMs) {
        return this.#until(() => {
            const at = this.events.findIndex((event) => {
                event.json ??= parsed(event.data);
                return is(event.json ?? {}, event);
            });
            return at < 0 ? null : this.events.splice(at, 1)[0];
        }, waitMs);
    }

    // The messages of an answer that has ended, as JSON or as events.
    async messages() {
        const text = await this.body();
        if (this.isStream) {
            return this.all
                .filter(({ data, event }) => data && (event ?? 'message') === 'message')
                .flatMap(({ data }) => JSON.parse(data));
        }
        return text ? [parsed(text)].flat() : [];
    }

    // The connection breaks.
    drop() {
        this.message.destroy();
    }
}

function parsed(text) {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

export class Site {
    // `url`: "http://127.0.0.1:46015"; `path` and `sse`: the two endpoints.
    constructor(url, wires, { path = '/mcp', sse = '/mcp/sse', waitMs = promptly } = {}) {
        Object.assign(this, { url: new URL(url), wires, path, sse, waitMs });
        this.isImpatient = waitMs < promptly;
        this.agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
    }

    // Behind a lie what is waited for may never come, and patience is short. What a busy machine has not
    // done yet is not to be mistaken for that: another request goes the whole way first.
    settle() {
        return new Promise((resolve) => {
            const request = http.get(
                { host: this.url.hostname, port: this.url.port, path: '/no-such-page', agent: this.agent },
                (message) => {
                    message.resume().on('close', () => setTimeout(resolve, 20));
                },
            );
            request.on('error', resolve);
        });
    }

    close() {
        this.agent.destroy();
    }

    // One exchange; resolves when the head of the answer is there, which is patiently waited for. `headers`: undefined values are left
    // out; `body`: text, or a value that is sent as JSON.
    send({
        method = 'POST',
        path = this.path,
        headers = {},
        body,
        accept = 'application/json, text/event-stream',
        type = 'application/json',
    } = {}) {
        const text =
            body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
        const all = {
            host: this.url.host,
            accept: accept ?? undefined,
            ...(text === undefined
                ? {}
                : { 'content-type': type ?? undefined, 'content-length': Buffer.byteLength(text) }),
            ...headers,
        };
        const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
        const lower = Object.fromEntries(Object.entries(sent).map(([name, value]) => [name.toLowerCase(), value]));
        const answer = new Answer(this.wires.exchange({ method, path, headers: lower, body: text?.toString() }), this);
        return new Promise((resolve, reject) => {
            const request = http.request({
                host: this.url.hostname,
                port: this.url.port,
                method,
                path,
                headers: sent,
                agent: this.agent,
                setHost: false,
            });
            const timer = setTimeout(
                () => request.destroy(new Failure(`no answer to ${method} ${path} ${text?.slice(0, 200) ?? ''}`)),
                promptly,
            );
            request.on('response', (message) => {
                clearTimeout(timer);
                answer.begin(message);
                resolve(answer);
            });
            request.on(
                'error',
                (error) => (
                    clearTimeout(timer),
                    reject(error instanceof Failure ? error : new Failure(`${method} ${path}: ${error.message}`))
                ),
            );
            request.end(text);
        });
    }
}

// The answer must have this status (or one of these); its body then.
export async function status(answer, want) {
    must(
        [want].flat().includes(answer.status),
        `status ${answer.status}, want ${[want].flat().join(' or ')}: ${answer.text.slice(0, 200)}`,
    );
    return answer;
}

// A refusal by HTTP: the status, and if the body is JSON-RPC it is an error; that then.
export async function refusal(answer, want) {
    await status(answer, want);
    const json = parsed(await answer.body());
    must(!json?.jsonrpc || json.error, `not an error: ${JSON.stringify(json)}`);
    return json;
}

export const initialize = (revision, { id = 'init', can = everythingCan[revision] ?? {} } = {}) => ({
    jsonrpc: '2.0',
    id,
    method: 'initialize',
    params: { protocolVersion: revision, capabilities: can, clientInfo: info },
});

// A session of Streamable HTTP.
export class Session {
    constructor(site, revision) {
        Object.assign(this, { site, revision, n: 0 });
    }

    async open(options) {
        const answer = await this.site.send({ body: initialize(this.revision, options) });
        await status(answer, 200);
        const [message] = (await answer.messages()).filter(({ id }) => id !== undefined);
        must(message?.result, `initialize was refused: ${JSON.stringify(message)}`);
        this.id = answer.headers['mcp-session-id'];
        this.hello = message.result;
        await status(await this.notify('notifications/initialized'), [200, 202]);
        return this;
    }

    // 2025-03-26 has no version header yet.
    get headers() {
        return {
            'mcp-session-id': this.id,
            'mcp-protocol-version': this.revision < '2025-06-18' ? undefined : this.revision,
        };
    }

    send(options = {}) {
        return this.site.send({ ...options, headers: { ...this.headers, ...options.headers } });
    }

    message(method, params, id = `h-${++this.n}`) {
        return { jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) };
    }

    async notify(method, params) {
        const answer = await this.send({ body: { jsonrpc: '2.0', method, ...(params ? { params } : {}) } });
        await answer.body();
        return answer;
    }

    respond(id, result) {
        return this.send({ body: { jsonrpc: '2.0', id, result } });
    }

    // The answering message of a request, whatever way it comes.
    async request(method, params, options = {}) {
        const body = this.message(method, params, options.id);
        const answer = await this.send({ ...options, body });
        await status(answer, 200);
        const message = (await answer.messages()).find(({ id, method: name }) => id === body.id && !name);
        must(message, `no answer to ${method}`);
        return message;
    }

    async result(method, params, options) {
        const message = await this.request(method, params, options);
        must('result' in message, `${method} was refused: ${JSON.stringify(message.error)}`);
        return message.result;
    }

    call(name, args = {}, options) {
        return this.result('tools/call', { name, arguments: args }, options);
    }

    // Begins a call whose answer takes time; the answer as it comes.
    begin(name, args = {}, { id, token, ...options } = {}) {
        const params = { name, arguments: args, ...(token === undefined ? {} : { _meta: { progressToken: token } }) };
        return this.send({ ...options, body: this.message('tools/call', params, id) });
    }

    listen(lastEventId) {
        return this.send({ method: 'GET', accept: 'text/event-stream', headers: { 'last-event-id': lastEventId } });
    }

    end() {
        return this.send({ method: 'DELETE' });
    }
}

// A client of HTTP+SSE, the transport of 2024-11-05.
export class Old {
    constructor(site, revision = '2024-11-05') {
        Object.assign(this, { site, revision, n: 0 });
    }

    async connect() {
        this.stream = await this.site.send({ method: 'GET', path: this.site.sse, accept: 'text/event-stream' });
        await status(this.stream, 200);
        this.endpoint = (await this.stream.next((_, { event }) => event === 'endpoint', 'endpoint event')).data;
        return this;
    }

    async open(options) {
        await this.connect();
        const { result } = await this.request('initialize', initialize(this.revision, options).params);
        must(result, 'initialize was refused');
        this.hello = result;
        await this.post({ jsonrpc: '2.0', method: 'notifications/initialized' });
        return this;
    }

    // The path to post to: the event may name a whole URL.
    get path() {
        const url = new URL(this.endpoint, this.site.url);
        return url.pathname + url.search;
    }

    async post(body, options = {}) {
        const answer = await this.site.send({ path: this.path, body, ...options });
        await answer.body();
        return answer;
    }

    async ask(method, params, id = `s-${++this.n}`) {
        await status(await this.post({ jsonrpc: '2.0', id, method, ...(params ? { params } : {}) }), [200, 202]);
        return id;
    }

    async answer(id) {
        return (await this.stream.next((json) => json.id === id && !json.method, `answer to ${id} on the stream`)).json;
    }

    async request(method, params, id) {
        return this.answer(await this.ask(method, params, id));
    }

    async result(method, params, id) {
        const message = await this.request(method, params, id);
        must('result' in message, `${method} was refused: ${JSON.stringify(message.error)}`);
        return message.result;
    }

    call(name, args = {}) {
        return this.result('tools/call', { name, arguments: args });
    }
}
