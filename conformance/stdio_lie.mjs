// stdio_lie.mjs - how lies are made: the control of stdio.mjs is servers that break one rule at a time.
//
// A lie stands between an honest server and the suite and changes what is said: whole lines (`line`),
// bytes (`bytes`), what the server is told (`input`), how it ends (`status`). `breaks` names checks as
// SCENARIO/CHECK, * for any text; in every revision in which it runs each of them must turn red.
export { words } from './liars.mjs';

export const key = (id) => JSON.stringify(id);
const copy = (value) => structuredClone(value);

// The request that a message answers, as far as it is known.
const asked = (json, server) => (json.id === undefined ? undefined : server.wire.pending.get(key(json.id)));

// A lie about messages: `fn(json, request)` changes and returns it, or null to drop it, or several.
export const messages = (fn) => (text, server) => {
    let json;
    try {
        json = JSON.parse(text);
    } catch {
        return [text];
    }
    if (Array.isArray(json)) {
        return [JSON.stringify(json.map((one) => fn(copy(one), asked(one, server), server) ?? one))];
    }
    const said = fn(copy(json), asked(json, server), server);
    return said === null ? [] : [said].flat().map((one) => JSON.stringify(one));
};
export const onResult = (methods, fn) => ({
    line: messages((json, request, server) => {
        if ('result' in json && [methods].flat().includes(request?.method)) {
            const result = fn(json.result, request, server);
            json.result = result === undefined ? json.result : result;
        }
        return json;
    }),
});
export const onTool = (name, fn) =>
    onResult('tools/call', (result, { params }, server) =>
        params?.name === name ? fn(result, params, server) : undefined,
    );
export const onError = (fn) => ({ line: messages((json, request) => ('error' in json ? fn(json, request) : json)) });
export const onNote = (method, fn) => ({ line: messages((json) => (json.method === method ? fn(json) : json)) });

// A lie about single lines of input.
export const lines = (fn) => ({
    input: (chunk, server) =>
        Buffer.from(
            chunk
                .toString('latin1')
                .split('\n')
                .map((line) => (line ? (fn(line, server) ?? '') : line))
                .join('\n'),
            'latin1',
        ),
});
// Says something of its own, as if the server had.
export const inject = (server, json) => setImmediate(() => server.inject(JSON.stringify(json)));
export const said = (line) => {
    try {
        return JSON.parse(Buffer.from(line, 'latin1').toString());
    } catch {
        return {};
    }
};

// 0, 1, 2 ... for each server.
export const nth = (server) => (server.nth = (server.nth ?? -1) + 1);

export const handshakes = ['initialize', 'server/discover'];
export const probes = [...handshakes, 'ping'];
export const refusal = (json, code = -32603) => ({ jsonrpc: '2.0', id: json.id, error: { code, message: 'no' } });

// Answers what must not be answered: notifications and responses.
export const answersAll = lines((line, server) => {
    const one = said(line);
    const isUnanswered =
        [one].flat().length &&
        [one].flat().every((each) => each.id === undefined || 'result' in each || 'error' in each);
    if (isUnanswered && Object.keys(one).length) {
        inject(server, { jsonrpc: '2.0', id: [one].flat()[0].id ?? 0, result: {} });
    }
    return line;
});
