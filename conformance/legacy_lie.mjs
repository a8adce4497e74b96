// legacy_lie.mjs - how lies over HTTP are told: a reverse proxy that changes what passes.
//
// A lie may have: request(request, liar) changes { method, path, headers, body, json, raw } on its way, or
// returns an answer of its own, { status, headers, body }; head(head, request, liar) changes { status,
// headers }; message(json, request, liar) changes each JSON-RPC message (null: it does not come; a list:
// these come) and body(json, request) what answers as JSON; event(event, request, liar) changes an event
// the same way; end(request, liar) says whether a stream may end. `liar` lasts as long as the server.
import http from 'node:http';

import { Events } from './wire_http.mjs';

const parsed = (text) => {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
};

const printed = ({ id, event, retry, data }) =>
    [
        id !== undefined ? `id: ${id}` : null,
        event !== undefined ? `event: ${event}` : null,
        retry !== undefined ? `retry: ${retry}` : null,
        ...(data === undefined ? [] : data.split('\n').map((line) => `data: ${line}`)),
    ]
        .filter((line) => line !== null)
        .join('\n');

const present = (headers) => Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
const several = (value) => (value === null || value === undefined ? [] : [value].flat());

class Liar {
    constructor(target, lie) {
        Object.assign(this, { target, lie, streams: new Set() });
    }

    // One message, changed, as the list of what is said instead.
    said(json, request) {
        return this.lie.message ? several(this.lie.message(json, request, this)) : [json];
    }

    // An event, changed.
    told(event, request) {
        const json = event.data && (event.event ?? 'message') === 'message' ? parsed(event.data) : undefined;
        const events =
            json === undefined
                ? [event]
                : this.each(json, request).map((one) => ({ ...event, data: JSON.stringify(one) }));
        return this.lie.event ? events.flatMap((one) => several(this.lie.event(one, request, this))) : events;
    }

    // A batch stays one.
    each(json, request) {
        return Array.isArray(json) ? [json.flatMap((one) => this.said(one, request))] : this.said(json, request);
    }
}

export async function startLiar(target, lie) {
    const liar = new Liar(target, lie);
    const server = http.createServer((incoming, response) => {
        const chunks = [];
        incoming.on('data', (bytes) => chunks.push(bytes));
        incoming.on('end', () => pass(liar, incoming, Buffer.concat(chunks), response));
    });
    await new Promise((resolve) => server.listen(0, lie.address ?? '127.0.0.1', resolve));
    return {
        url: `http://127.0.0.1:${server.address().port}`,
        stop() {
            server.closeAllConnections();
            server.close();
        },
    };
}

function pass(liar, incoming, bytes, response) {
    const { lie } = liar;
    const headers = { ...incoming.headers };
    // To the server it must be as if it was asked itself.
    for (const name of ['host', 'origin']) {
        headers[name] = headers[name]?.replace(`:${incoming.socket.localPort}`, `:${new URL(liar.target).port}`);
    }
    const request = {
        method: incoming.method,
        path: incoming.url,
        headers,
        raw: incoming.rawHeaders,
        body: bytes.toString(),
        json: parsed(bytes.toString()),
    };
    const own = lie.request?.(request, liar);
    if (own) {
        response.writeHead(own.status, own.headers).end(own.body);
        return;
    }
    const sent = present({ ...request.headers, 'content-length': undefined });
    const body = Buffer.from(request.body);
    if (incoming.headers['content-length'] !== undefined) {
        sent['content-length'] = body.length;
    }
    const onward = http.request(
        `${liar.target}${request.path}`,
        { method: request.method, headers: sent, setHost: false },
        (answer) => relay(liar, request, answer, response),
    );
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    onward.end(body);
}

function relay(liar, request, answer, response) {
    const { lie } = liar;
    const head = { status: answer.statusCode, headers: { ...answer.headers } };
    const isStream = /^text\/event-stream/.test(head.headers['content-type'] ?? '');
    delete head.headers['content-length'];
    delete head.headers['transfer-encoding'];
    lie.head?.(head, request, liar);
    response.writeHead(head.status, present(head.headers));
    response.flushHeaders();
    if (isStream) {
        relayEvents(liar, request, answer, response);
        return;
    }
    let text = '';
    answer.setEncoding('utf8');
    answer.on('data', (more) => (text += more));
    answer.on('error', () => response.destroy());
    answer.on('end', () => {
        const json = parsed(text);
        const changed =
            json === undefined ? undefined : lie.body ? lie.body(json, request) : liar.each(json, request)[0];
        response.end(json === undefined ? text : changed === undefined ? '' : JSON.stringify(changed));
    });
}

function relayEvents(liar, request, answer, response) {
    const { lie } = liar;
    const events = new Events();
    const stream = {
        request,
        write: (event) => response.writableEnded || response.write(`${printed(event)}\n\n`),
        end: () => response.end(),
    };
    liar.streams.add(stream);
    response.on('close', () => liar.streams.delete(stream));
    answer.setEncoding('utf8');
    answer.on('data', (text) =>
        events
            .feed(text)
            .flatMap((event) => liar.told(event, request))
            .forEach((event) => {
                stream.write(event);
                if (lie.isEnd?.(event, request)) {
                    response.end();
                }
            }),
    );
    answer.on('error', () => response.destroy());
    answer.on('end', () => (lie.end?.(request, liar) ?? true) && response.end());
}
