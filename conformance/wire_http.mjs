// wire_http.mjs - wire.mjs for HTTP: which message belongs to which session, whether it comes as JSON or
// as an event.
//
//   Wires      one site: a Wire for each session, one for each request without a session
//   startTap   a reverse proxy that listens; for clients whose messages are not ours to see
//   watched    fetch that listens
import http from 'node:http';

import { MODERN, Wire } from './wire.mjs';

// Server-sent events as they come: feed(text) returns the whole events in it, { id, event, data, retry }.
export class Events {
    rest = '';

    feed(text) {
        const blocks = (this.rest + text).split(/\r\n\r\n|\n\n|\r\r/);
        this.rest = blocks.pop();
        return blocks.map(parseEvent).filter(Boolean);
    }
}

// Null: nothing but comments.
function parseEvent(block) {
    const event = {};
    for (const line of block.split(/\r\n|\n|\r/)) {
        const [, name, value] = line.match(/^([^:]*)(?:: ?(.*))?$/s) ?? [];
        if (name === 'data') {
            event.data = event.data === undefined ? (value ?? '') : `${event.data}\n${value ?? ''}`;
        } else if (['id', 'event', 'retry'].includes(name)) {
            event[name] = value ?? '';
        }
    }
    return Object.keys(event).length ? event : null;
}

const parsed = (text) => {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
};
const isRpc = (json) => [json].flat().some((one) => one?.jsonrpc === '2.0');

// One request and what is answered to it.
class Exchange {
    constructor(wires, { method, path, headers, body }) {
        this.wires = wires;
        this.session = headers['mcp-session-id'];
        this.isReplay = method === 'GET' && headers['last-event-id'] !== undefined;
        this.isGet = method === 'GET';
        this.events = new Events();
        this.text = '';
        this.wire = wires.find(this.session ?? (path.includes('?') ? path : undefined));
        const version = headers['mcp-protocol-version'];
        const json = method === 'POST' ? parsed(body) : undefined;
        if (json !== undefined) {
            this.wire.sent(json);
            // Without a claim in the body such a request is refused in the words of the new era.
            if (version >= MODERN && !json?.params?._meta) {
                this.wire.isArrayModern = true;
            }
        }
    }

    head(status, headers) {
        this.isRefused = status >= 400;
        this.isStream = /^text\/event-stream/.test(headers['content-type'] ?? '');
        this.isJson = /^application\/json/.test(headers['content-type'] ?? '');
        const opened = headers['mcp-session-id'];
        if (opened && !this.session) {
            this.wires.sessions.set(opened, this.wire);
        }
    }

    data(text) {
        if (!this.isStream) {
            this.text += text;
            return [];
        }
        const events = this.events.feed(text);
        events.forEach((event) => this.#event(event));
        return events;
    }

    #event({ event = 'message', data }) {
        if (event === 'endpoint') {
            this.wires.sessions.set(data, this.wire); // HTTP+SSE: what is posted there is answered here
        } else if (event === 'message' && data) {
            const json = parsed(data);
            if (json === undefined) {
                this.wire.faults.push(`an event that is not JSON: ${data.slice(0, 200)}`);
            } else {
                this.wire.heard(json, { replayed: this.isReplay });
            }
        }
    }

    end() {
        const json = this.isJson ? parsed(this.text) : undefined;
        if (json !== undefined && isRpc(json)) {
            this.wire.heard(json, { refused: this.isRefused });
        } else if (this.isJson && json === undefined) {
            this.wire.faults.push(`a body that is not JSON: ${this.text.slice(0, 200)}`);
        }
    }
}

export class Wires {
    constructor(options = {}) {
        this.options = options;
        this.sessions = new Map();
        this.all = [];
    }

    find(session) {
        const known = this.sessions.get(session);
        if (known) {
            return known;
        }
        const wire = new Wire(this.options);
        this.all.push(wire);
        return wire;
    }

    // `headers`: names in lower case.
    exchange(request) {
        return new Exchange(this, request);
    }

    get faults() {
        return this.all.flatMap(({ faults }) => faults);
    }
}

// ---- For clients that we do not write -------------------------------------------------------------

// { url, stop } of a proxy in front of `target`; what passes is judged by `wires`.
export async function startTap(target, wires) {
    const server = http.createServer((request, response) => {
        const chunks = [];
        request.on('data', (bytes) => chunks.push(bytes));
        request.on('end', () => pass(target, wires, request, Buffer.concat(chunks), response));
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
        url: `http://127.0.0.1:${server.address().port}`,
        stop() {
            server.closeAllConnections();
            server.close();
        },
    };
}

function pass(target, wires, request, body, response) {
    const { method, url: path, headers } = request;
    const exchange = wires.exchange({ method, path, headers, body: body.toString() });
    const onward = http.request(`${target}${path}`, { method, headers }, (answer) => {
        exchange.head(answer.statusCode, answer.headers);
        response.writeHead(answer.statusCode, answer.rawHeaders);
        response.flushHeaders();
        const decoder = new TextDecoder();
        answer.on('data', (bytes) => {
            exchange.data(decoder.decode(bytes, { stream: true }));
            response.write(bytes);
        });
        answer.on('end', () => (exchange.end(), response.end()));
        answer.on('error', () => response.destroy());
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    onward.end(body);
}

// A fetch for the tests that speak by hand; answers end by themselves.
export const watched =
    (wires) =>
    async (url, options = {}) => {
        const headers = Object.fromEntries(new Headers(options.headers));
        const { pathname, search } = new URL(url);
        const exchange = wires.exchange({
            method: options.method ?? 'GET',
            path: pathname + search,
            headers,
            body: options.body,
        });
        const answer = await fetch(url, options);
        const text = await answer.clone().text();
        exchange.head(answer.status, Object.fromEntries(answer.headers));
        exchange.data(text);
        exchange.end();
        return answer;
    };
