// legacy_streamable.mjs - Streamable HTTP of 2025-03-26, 2025-06-18 and 2025-11-25: what the official
// suite does not check. A check begins with its row of protocol.md 1.4.
import net from 'node:net';
import { networkInterfaces } from 'node:os';

import { initialize, refusal, status } from './legacy_client.mjs';
import { scenario, streamable } from './legacy_run.mjs';
import { Failure, must } from './scenario.mjs';
import { textOf } from './stdio_client.mjs';

const ping = (id = 1) => ({ jsonrpc: '2.0', id, method: 'ping' });
const evil = 'http://evil.example.com';
const clientErrors = [400, 401, 403, 404, 405, 406, 415, 421];

// Of this machine, besides loopback; none in some containers.
export const otherAddresses = () =>
    Object.values(networkInterfaces())
        .flat()
        .filter(({ internal, family }) => !internal && family === 'IPv4')
        .map(({ address }) => address);

// ---- The endpoint ---------------------------------------------------------------------------------

scenario('endpoint', streamable, async (t, revision) => {
    const { http } = t;
    const session = await t.session();
    const hello = initialize(revision);

    await t.check('1.4.1-post-and-get-on-one-path', async () => {
        await status(await session.send({ body: ping() }), 200);
        const stream = await session.listen();
        await status(stream, [200, 405]);
        stream.drop();
    });
    for (const [what, send] of Object.entries({
        initialize: (headers) => http.send({ body: hello, headers }),
        'a-request': (headers) => session.send({ body: ping(), headers }),
        get: (headers) => session.send({ method: 'GET', headers }),
        delete: (headers) => session.send({ method: 'DELETE', headers }),
    })) {
        for (const origin of [
            evil,
            'null',
            'http://localhost.evil.example.com',
            `http://${http.url.hostname}.evil.example.com`,
        ]) {
            await t.check(`1.4.3-origin-${origin.replace(/\W+/g, '-')}-on-${what}`, async () =>
                refusal(await send({ origin }), 403),
            );
        }
    }
    await t.check('1.4.2-its-own-origin-is-welcome', async () => {
        for (const origin of [`http://${http.url.host}`, `http://localhost:${http.url.port}`]) {
            await status(await session.send({ body: ping(), headers: { origin } }), 200);
        }
    });
    await t.check('1.4.4-not-on-other-addresses', async () => {
        for (const address of otherAddresses()) {
            const isOpen = await new Promise((resolve) => {
                const socket = net.connect(Number(http.url.port), address, () => (socket.destroy(), resolve(true)));
                socket.on('error', () => resolve(false));
                socket.setTimeout(1000, () => (socket.destroy(), resolve(false)));
            });
            must(!isOpen, `listens on ${address}`);
        }
    });
    await t.check('1.4.5-a-foreign-host', async () => {
        await refusal(
            await http.send({ body: hello, headers: { host: 'evil.example.com', origin: evil } }),
            clientErrors,
        );
        await refusal(await http.send({ body: hello, headers: { host: 'evil.example.com' } }), clientErrors);
        await refusal(await session.send({ method: 'GET', headers: { host: 'evil.example.com' } }), clientErrors);
    });
    for (const host of [`localhost:${http.url.port}`, 'localhost', '127.0.0.1', `[::1]:${http.url.port}`]) {
        await t.check(`1.4.5-host-${host.replace(/:\d+$/, '-with-port')}`, async () => {
            await status(await session.send({ body: ping(), headers: { host } }), 200);
        });
    }
    for (const accept of ['text/html', 'application/xml', 'application/json;q=0, text/event-stream;q=0']) {
        await t.check(`1.4.6-accept-${accept.replace(/\W+/g, '-')}-on-post`, async () =>
            refusal(await session.send({ body: ping(), accept }), [406, 400]),
        );
    }
    await t.check('1.4.6-accept-json-only-on-get', async () =>
        refusal(await session.send({ method: 'GET', accept: 'application/json' }), [406, 400, 405]),
    );
    await t.check('1.4.6-no-accept-is-any', async () =>
        status(await session.send({ body: ping(), accept: null }), 200),
    );
    for (const [what, body] of Object.entries({
        'not-json': 'hello',
        empty: '',
        number: '1',
        text: '"ping"',
        null: 'null',
        'no-message': '{}',
        'half-an-object': '{"jsonrpc":"2.0","id":1',
    })) {
        await t.check(`1.4.7-a-body-that-is-${what}`, async () => {
            const json = await refusal(await session.send({ body }), 400);
            must([-32700, -32600].includes(json?.error?.code), `the code is ${json?.error?.code}`);
        });
    }
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', null]) {
        await t.check(`1.4.7-content-type-${type?.replace(/\W+/g, '-') ?? 'none'}`, async () =>
            refusal(await session.send({ body: ping(), type }), [415, 400]),
        );
    }
    await t.check('1.4.7-content-type-with-a-charset', async () =>
        status(await session.send({ body: ping(), type: 'Application/JSON; charset=utf-8' }), 200),
    );
    for (const method of ['PUT', 'PATCH']) {
        await t.check(`1.4.1-no-${method.toLowerCase()}`, async () => {
            const answer = await session.send({ method, body: ping() });
            await refusal(answer, 405);
            must(/POST/.test(answer.headers.allow ?? ''), `Allow is ${answer.headers.allow}`);
        });
    }
    await session.end();
});

scenario('messages', streamable, async (t) => {
    const session = await t.session();

    for (const [what, body] of Object.entries({
        'a-notification': { jsonrpc: '2.0', method: 'notifications/roots/list_changed' },
        'an-unknown-notification': { jsonrpc: '2.0', method: 'notifications/no/such' },
        'a-stray-response': { jsonrpc: '2.0', id: 4711, result: {} },
        'a-stray-error': { jsonrpc: '2.0', id: 'x', error: { code: 1, message: 'no' } },
    })) {
        await t.check(`1.4.8-${what}-is-202-without-a-body`, async () => {
            const answer = await status(await session.send({ body }), 202);
            must((await answer.body()) === '', `the body is ${answer.text}`);
        });
    }
    await t.check('1.4.9-json-or-events-for-a-request', async () => {
        const answer = await status(await session.send({ body: ping(7) }), 200);
        must(
            answer.isStream || /^application\/json/.test(answer.headers['content-type']),
            answer.headers['content-type'],
        );
        must(
            (await answer.messages()).some(({ id, result }) => id === 7 && result),
            answer.text,
        );
    });
    await t.check('1.4.9-events-if-only-they-are-taken', async () => {
        const answer = await status(await session.send({ body: ping(8), accept: 'text/event-stream' }), 200);
        must(answer.isStream && (await answer.messages()).some(({ id }) => id === 8), answer.text);
    });
    await t.check('1.4.9-json-if-only-it-is-taken', async () => {
        const answer = await status(await session.send({ body: ping(9), accept: 'application/json' }), 200);
        must(!answer.isStream && (await answer.messages())[0].id === 9, answer.text);
    });
    await t.check('1.4.9-an-error-in-a-method-is-200', async () => {
        for (const body of [
            session.message('no/such'),
            session.message('tools/call', { name: 'no_such' }),
            session.message('tools/list', { cursor: 'x' }),
        ]) {
            const answer = await status(await session.send({ body }), 200);
            must(
                (await answer.messages()).some(({ error }) => error),
                answer.text,
            );
        }
    });
    await t.check('1.4.25-an-answer-to-a-question-is-202', async () => {
        const call = await session.begin('test_sampling', { prompt: 'x' });
        const { json } = await call.next(({ method }) => method === 'sampling/createMessage', 'sampling/createMessage');
        const answer = await session.respond(json.id, {
            role: 'assistant',
            model: 'm',
            content: { type: 'text', text: 'over HTTP' },
        });
        await status(answer, 202);
        must((await answer.body()) === '', `the body is ${answer.text}`);
        must(JSON.stringify(await call.messages()).includes('over HTTP'), 'the answer did not arrive');
    });
    await session.end();
});

// ---- Streams --------------------------------------------------------------------------------------

const tools = [
    'test_tool_with_progress',
    'test_waits',
    'test_trigger_tool_change',
    'test_trigger_prompt_change',
    'test_trigger_resource_change',
    'test_sampling',
];
const isPriming = ({ id, data, event }) => id !== undefined && !data && (event ?? 'message') === 'message';
const hasData = ({ data }) => data;

scenario('streams', { ...streamable, needs: { tools } }, async (t, revision) => {
    const session = await t.session();
    const primed = revision === '2025-11-25';

    await t.check('1.4.10-what-belongs-to-a-call-comes-before-its-result-and-the-stream-ends', async () => {
        const call = await session.begin('test_tool_with_progress', {}, { id: 'p', token: 'tok' });
        must(call.isStream, call.headers['content-type']);
        const messages = await call.messages();
        must(
            messages.length === 4 &&
                messages.slice(0, 3).every(({ params }) => params?.progressToken === 'tok') &&
                messages[3].id === 'p',
            JSON.stringify(messages),
        );
    });
    await t.check('1.4.11-a-stream-stays-open-until-the-result', async () => {
        const call = await session.begin('test_waits', { ms: 300 }, { id: 'w', token: 'w' });
        await call.next(({ method }) => method === 'notifications/progress', 'progress');
        must(!call.isOver, 'it is closed');
        must((await call.messages()).at(-1).id === 'w', 'no result');
    });
    await t.check('1.4.13-priming-where-the-revision-has-it', async () => {
        const call = await session.begin('test_tool_with_progress', {}, { token: 'tok' });
        await call.body();
        const [first] = call.all;
        must(isPriming(first) === primed, `the first event of a call is ${JSON.stringify(first)}`);
        const stream = await session.listen();
        const second = await stream.maybe((_, event) => isPriming(event), primed ? 2000 : 100);
        stream.drop();
        must(
            (second !== null) === primed && (!primed || second === stream.all[0]),
            `a GET begins with ${JSON.stringify(stream.all)}`,
        );
    });
    await t.check('1.4.12-retry-before-a-connection-may-close', async () => {
        const call = await session.begin('test_tool_with_progress', {}, { token: 'tok' });
        await call.body();
        must(
            !primed || call.all.some(({ retry }) => /^\d+$/.test(retry ?? '')),
            `no retry in ${JSON.stringify(call.all)}`,
        );
    });
    await t.check('1.4.15-changes-come-on-the-get-stream', async () => {
        const stream = await session.listen();
        await status(stream, 200);
        must(stream.isStream, stream.headers['content-type']);
        await session.call('test_trigger_tool_change');
        await stream.next(
            ({ method }) => method === 'notifications/tools/list_changed',
            'notifications/tools/list_changed',
        );
        stream.drop();
    });
    await t.check('1.4.15-no-answers-on-the-get-stream', async () => {
        const stream = await session.listen();
        await session.call('test_tool_with_progress');
        await session.result('ping');
        must(
            !(await stream.maybe(
                ({ id, method, result }) => result || id !== undefined || method === 'notifications/progress',
                100,
            )),
            `heard ${stream.text}`,
        );
        stream.drop();
    });
    await t.check('1.4.15-subscriptions-reach-it', async () => {
        await session.result('resources/subscribe', { uri: 'test://watched-resource' });
        const stream = await session.listen();
        await session.call('test_trigger_resource_change');
        const { json } = await stream.next(
            ({ method }) => method === 'notifications/resources/updated',
            'notifications/resources/updated',
        );
        must(json.params.uri === 'test://watched-resource', JSON.stringify(json));
        await session.result('resources/unsubscribe', { uri: 'test://watched-resource' });
        stream.drop();
    });
    await t.check('1.4.16-a-message-is-on-one-stream-only', async () => {
        const streams = [await session.listen(), await session.listen(), await session.listen()];
        await session.call('test_trigger_prompt_change');
        const is = ({ method }) => method === 'notifications/prompts/list_changed';
        const heard = await Promise.all(streams.map((stream) => stream.maybe(is, 400)));
        streams.forEach((stream) => stream.drop());
        must(heard.filter(Boolean).length === 1, `heard on ${heard.filter(Boolean).length} streams`);
    });
    await t.check('1.4.16-calls-at-once-have-streams-of-their-own', async () => {
        const ids = Array.from({ length: 10 }, (_, i) => `m${i}`);
        const calls = await Promise.all(
            ids.map((id) => session.begin('test_tool_with_progress', {}, { id, token: id })),
        );
        for (const [i, call] of calls.entries()) {
            const messages = await call.messages();
            const isMine = (one) => one.id === ids[i] || one.params?.progressToken === ids[i];
            must(
                messages.at(-1)?.id === ids[i] && messages.every(isMine),
                `not what belongs to it: ${JSON.stringify(messages)}`,
            );
        }
    });
    await t.check('1.4.17-event-ids-are-unique-in-the-session', async () => {
        const calls = await Promise.all(
            [1, 2, 3].map((id) => session.begin('test_tool_with_progress', {}, { id, token: `t${id}` })),
        );
        const ids = [];
        for (const call of calls) {
            await call.body();
            ids.push(...call.all.map(({ id }) => id).filter((id) => id !== undefined));
        }
        must(new Set(ids).size === ids.length, `${ids}`);
    });
    await session.end();
});

// ---- Resuming -------------------------------------------------------------------------------------

scenario('resume', { ...streamable, needs: { tools } }, async (t) => {
    const session = await t.session();
    const cut = async (id, ms = 150) => {
        const call = await session.begin('test_waits', { ms }, { id, token: `for ${id}` });
        const { id: event } = await call.next(({ method }) => method === 'notifications/progress', 'progress');
        call.drop();
        return event;
    };
    const first = await cut('probe', 0);
    if (first === undefined) {
        t.skip('*', 'this server gives no event ids');
        return;
    }

    await t.check('1.4.14-a-lost-connection-cancels-nothing', async () => {
        const stream = await session.listen(await cut('a'));
        const { json } = await stream.next(({ id }) => id === 'a', 'the result of the call');
        must(textOf(json.result)?.includes('Waited.'), JSON.stringify(json));
    });
    await t.check('1.4.18-a-result-that-is-there-already-is-replayed', async () => {
        const event = await cut('b', 0);
        await session.call('test_waits', { ms: 50 });
        await (await session.listen(event)).next(({ id }) => id === 'b', 'the result of the call');
    });
    await t.check('1.4.18-the-stream-ends-behind-the-result', async () => {
        const stream = await session.listen(await cut('c', 0));
        await stream.body();
        must(stream.all.filter(hasData).length === 1, JSON.stringify(stream.all));
    });
    await t.check('1.4.18-only-that-stream-is-replayed', async () => {
        const [one, two] = [await cut('d', 100), await cut('e', 100)];
        const stream = await session.listen(one);
        await stream.body();
        const messages = stream.all.filter(hasData).map(({ data }) => JSON.parse(data));
        must(
            messages.some(({ id }) => id === 'd') &&
                !messages.some(({ id, params }) => id === 'e' || params?.progressToken === 'for e'),
            JSON.stringify(messages),
        );
        await (await session.listen(two)).body();
    });
    await t.check('1.4.18-only-what-came-after-the-event', async () => {
        const call = await session.begin('test_tool_with_progress', {}, { id: 'f', token: 'f' });
        await call.body();
        const events = call.all.filter(hasData);
        const stream = await session.listen(events[1].id);
        await stream.body();
        const again = stream.all.filter(hasData).map(({ data }) => data);
        must(again.length === 2 && again[0] === events[2].data && again[1] === events[3].data, JSON.stringify(again));
    });
    await t.check('1.4.18-a-question-is-asked-again', async () => {
        const call = await session.begin('test_sampling', { prompt: 'x' }, { id: 'g', token: 'g' });
        const { id: event, json } = await call.next(
            ({ method }) => method === 'sampling/createMessage',
            'sampling/createMessage',
        );
        call.drop();
        await session.respond(json.id, { role: 'assistant', model: 'm', content: { type: 'text', text: 'after all' } });
        const stream = await session.listen(event);
        must(
            JSON.stringify((await stream.next(({ id }) => id === 'g', 'the result')).json).includes('after all'),
            'another answer',
        );
    });
    await t.check('1.4.18-a-get-stream-is-resumed-too', async () => {
        const stream = await session.listen();
        await session.call('test_trigger_tool_change');
        const { id } = await stream.next(({ method }) => method === 'notifications/tools/list_changed', 'a change');
        stream.drop();
        const again = await session.listen(id);
        await session.call('test_trigger_prompt_change');
        await again.next(({ method }) => method === 'notifications/prompts/list_changed', 'a change');
        must(!again.all.some(({ data }) => data?.includes('tools/list_changed')), 'what was heard is said again');
        again.drop();
    });
    for (const [name, id] of Object.entries({
        nonsense: 'nonsense',
        huge: '9'.repeat(200),
        'of-the-future': first.replace(/\d+$/, '999999'),
    })) {
        await t.check(`1.4.18-an-id-that-is-${name}`, async () => {
            const stream = await session.listen(id);
            const heard =
                stream.status === 200 ? await stream.maybe(({ result, method }) => result || method, 100) : null;
            must(
                (stream.status === 200 && !heard) || clientErrors.includes(stream.status),
                `${stream.status} ${heard?.data}`,
            );
            stream.drop();
        });
    }
    await t.check('1.4.18-not-across-sessions', async () => {
        const event = await cut('h', 0);
        const other = await t.session();
        const stream = await other.listen(event);
        const heard = stream.status === 200 ? await stream.maybe(({ id }) => id === 'h', 150) : null;
        must(!heard, `another session's message: ${heard?.data}`);
        stream.drop();
        await other.end();
    });
    await session.end();
});

// ---- Sessions -------------------------------------------------------------------------------------

scenario('sessions', { ...streamable, needs: { tools } }, async (t, revision) => {
    const session = await t.session();
    const { http } = t;
    const unknown = { 'mcp-session-id': 'no-such-session', 'mcp-protocol-version': revision };

    await t.check('1.4.19-ids-are-visible-ascii-and-not-to-be-guessed', async () => {
        const ids = [session.id, ...(await Promise.all([1, 2, 3].map(async () => (await t.session()).id)))];
        must(ids.every((id) => /^[\x21-\x7e]{16,}$/.test(id)) && new Set(ids).size === ids.length, `${ids}`);
        const shared = [...ids[0]].filter((character, at) => ids.every((id) => id[at] === character)).length;
        must(shared < ids[0].length / 2, `they differ in ${ids[0].length - shared} characters only: ${ids}`);
    });
    for (const [what, options] of Object.entries({
        'a-request': { body: ping() },
        'a-notification': { body: { jsonrpc: '2.0', method: 'notifications/initialized' } },
        'a-response': { body: { jsonrpc: '2.0', id: 1, result: {} } },
        get: { method: 'GET', accept: 'text/event-stream' },
        delete: { method: 'DELETE' },
    })) {
        await t.check(`1.4.20-${what}-without-a-session-is-400`, async () =>
            refusal(await http.send(options), [400, ...(options.method ? [405] : [])]),
        );
        await t.check(`1.4.21-${what}-of-an-unknown-session-is-404`, async () =>
            refusal(await http.send({ ...options, headers: unknown }), 404),
        );
    }
    await t.check('1.4.21-another-case-is-another-session', async () => {
        const turned = session.id.replace(/[a-zA-Z]/, (letter) =>
            letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase(),
        );
        await refusal(
            await http.send({ body: ping(), headers: { ...session.headers, 'mcp-session-id': turned } }),
            404,
        );
    });
    await t.check('1.4.19-the-header-has-no-case', async () => {
        await status(
            await http.send({
                body: ping(),
                headers: {
                    'MCP-SESSION-ID': session.id,
                    'MCP-protocol-VERSION': session.headers['mcp-protocol-version'],
                },
            }),
            200,
        );
    });
    await t.check('1.2.1-initialize-in-a-session-is-refused', async () => {
        const answer = await session.send({ body: initialize(revision) });
        const [message] = await answer.messages();
        must(message?.error && answer.headers['mcp-session-id'] === undefined, `${answer.status} ${answer.text}`);
        await session.result('ping');
    });
    await t.check('1.2.6-a-session-is-usable-before-initialized', async () => {
        const answer = await http.send({ body: initialize(revision) });
        const id = answer.headers['mcp-session-id'];
        await answer.body();
        await status(await http.send({ body: ping(), headers: { 'mcp-session-id': id } }), 200);
    });
    await t.check('1.2.3-a-failed-initialize-opens-nothing', async () => {
        const answer = await http.send({ body: { ...initialize(revision), params: {} } });
        const [message] = await answer.messages();
        must(message.error && answer.headers['mcp-session-id'] === undefined, answer.text);
    });
    await t.check('1.4.22-delete-ends-it-and-then-all-is-404', async () => {
        const other = await t.session();
        const answer = await other.end();
        if (answer.status === 405) {
            return;
        }
        await status(answer, [200, 202, 204]);
        await refusal(await other.send({ body: ping() }), 404);
        await refusal(await other.send({ method: 'GET', accept: 'text/event-stream' }), 404);
        await refusal(await other.send({ body: { jsonrpc: '2.0', method: 'notifications/initialized' } }), 404);
        await refusal(await other.end(), 404);
    });
    await t.check('1.4.22-delete-ends-its-streams-and-calls', async () => {
        const other = await t.session();
        const stream = await other.listen();
        const call = await other.begin('test_waits', { ms: 20000 }, { token: 'x' });
        await call.next(({ method }) => method === 'notifications/progress', 'progress');
        await other.end();
        await stream.body();
        await call.body();
        must(!call.all.some(({ data }) => data?.includes('"result"')), call.text);
    });
    await t.check('1.4.22-others-go-on', async () => {
        const other = await t.session();
        const call = await session.begin('test_waits', { ms: 100 }, { id: 'mine', token: 'mine' });
        await other.end();
        must(
            (await call.messages()).some(({ id }) => id === 'mine'),
            call.text,
        );
    });
    await t.check('1.1.2-the-same-id-in-two-sessions', async () => {
        const other = await t.session();
        const calls = [
            await session.begin('test_waits', { ms: 100 }, { id: 1 }),
            await other.begin('test_waits', { ms: 50 }, { id: 1 }),
        ];
        for (const call of calls) {
            must((await call.messages()).filter(({ id, result }) => id === 1 && result).length === 1, call.text);
        }
        await other.end();
    });
    await t.check('1.10.4-cancelling-ends-the-stream-without-an-answer', async () => {
        const call = await session.begin('test_waits', { ms: 20000 }, { id: 'gone', token: 'gone' });
        await call.next(({ method }) => method === 'notifications/progress', 'progress');
        await status(await session.notify('notifications/cancelled', { requestId: 'gone' }), 202);
        await call.body();
        must(!call.all.some(({ data }) => data?.includes('"id":"gone"')), call.text);
    });
    await t.check('1.10.4-not-from-another-session', async () => {
        const other = await t.session();
        const call = await session.begin('test_waits', { ms: 200 }, { id: 'kept', token: 'kept' });
        await call.next(({ method }) => method === 'notifications/progress', 'progress');
        await status(await other.notify('notifications/cancelled', { requestId: 'kept' }), 202);
        must(
            (await call.messages()).some(({ id }) => id === 'kept'),
            call.text,
        );
        await other.end();
    });
    await t.check('1.11.12-answers-count-from-who-was-asked', async () => {
        const other = await t.session();
        const call = await session.begin('test_sampling', { prompt: 'x' }, { id: 'asked' });
        const { json } = await call.next(({ method }) => method === 'sampling/createMessage', 'sampling/createMessage');
        const sampled = (text) => ({ role: 'assistant', model: 'm', content: { type: 'text', text } });
        await status(await other.respond(json.id, sampled('stolen')), 202);
        await session.respond(json.id, sampled('mine'));
        must(JSON.stringify(await call.messages()).includes('mine'), call.text);
        await other.end();
    });
    await session.end();
});

// ---- The version header ---------------------------------------------------------------------------

scenario('version-header', streamable, async (t, revision) => {
    const session = await t.session();
    const withVersion = (version) =>
        t.http.send({ body: ping(), headers: { 'mcp-session-id': session.id, 'mcp-protocol-version': version } });

    await t.check('1.4.24-absent', async () => status(await withVersion(undefined), 200));
    await t.check('1.4.23-its-own', async () => status(await withVersion(revision), 200));
    await t.check('1.4.23-of-another-legacy-revision', async () => status(await withVersion('2025-03-26'), 200));
    for (const version of ['1999-01-01', 'garbage', '', '2025-11-25, 2025-06-18']) {
        await t.check(`1.4.23-${version.replace(/\W+/g, '-') || 'empty'}-is-400`, async () =>
            refusal(await withVersion(version), 400),
        );
    }
    await t.check('1.4.23-on-get-and-delete', async () => {
        const headers = { 'mcp-session-id': session.id, 'mcp-protocol-version': 'garbage' };
        await refusal(await t.http.send({ method: 'GET', accept: 'text/event-stream', headers }), [400, 405]);
        await refusal(await t.http.send({ method: 'DELETE', headers }), [400, 405]);
        await session.result('ping');
    });
    await t.check('5.6.2-on-initialize', async () => {
        const answer = await t.http.send({
            body: initialize(revision),
            headers: { 'mcp-protocol-version': revision, 'mcp-method': 'initialize' },
        });
        await status(answer, 200);
        await answer.body();
    });
    await t.check('1.2.3-the-session-counts-not-the-header', async () => {
        const { tools } = await (async () => {
            const body = session.message('tools/list');
            const answer = await t.http.send({
                body,
                headers: { 'mcp-session-id': session.id, 'mcp-protocol-version': '2025-03-26' },
            });
            return (await answer.messages()).find(({ id }) => id === body.id).result;
        })();
        const hasSchema = tools.some(({ outputSchema }) => outputSchema);
        if (hasSchema !== revision >= '2025-06-18' && t.site.tools.has('test_structured_content')) {
            throw new Failure(`outputSchema is ${hasSchema ? 'there' : 'missing'} in ${revision}`);
        }
    });
    await session.end();
});
