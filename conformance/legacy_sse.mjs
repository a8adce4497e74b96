// legacy_sse.mjs - HTTP+SSE, the transport of 2024-11-05, beside the newer one (protocol.md 1.5).
import { Session, initialize, refusal, status } from './legacy_client.mjs';
import { scenario } from './legacy_run.mjs';
import { must } from './scenario.mjs';
import { textOf } from './stdio_client.mjs';

const ping = (id = 1) => ({ jsonrpc: '2.0', id, method: 'ping' });
const tools = [
    'test_simple_text',
    'test_tool_with_progress',
    'test_waits',
    'test_sampling',
    'test_trigger_tool_change',
    'test_x_mcp_header',
];

scenario('http-sse', { revisions: ['2024-11-05'], needs: { tools } }, async (t, revision) => {
    const { http } = t;
    let client;

    await t.check('1.5.1-get-opens-a-stream', async () => {
        client = await t.old();
    });
    must(client, 'there is no stream to go on with');
    const { stream } = client;
    await t.check('1.5.2-the-first-event-names-the-endpoint', () => {
        const [{ event, data }] = stream.all;
        must(event === 'endpoint' && new URL(data, http.url).host === http.url.host, JSON.stringify(stream.all[0]));
    });
    await t.check('1.5.2-messages-are-events-named-message', async () => {
        await client.result('ping');
        must(
            stream.all.slice(1).every(({ event }) => (event ?? 'message') === 'message'),
            JSON.stringify(stream.all.slice(1, 4)),
        );
    });
    await t.check('1.5.2-negotiates-its-revision', () =>
        must(client.hello.protocolVersion === revision, client.hello.protocolVersion),
    );
    await t.check('1.5.1-a-post-is-accepted-and-answered-on-the-stream', async () => {
        const answer = await client.post(ping('here'));
        must(
            [200, 202].includes(answer.status) && !answer.text.includes('"result"'),
            `${answer.status} ${answer.text}`,
        );
        must((await client.answer('here')).result, 'no result');
    });
    await t.check('1.5.1-notifications-are-not-answered', async () => {
        await status(await client.post({ jsonrpc: '2.0', method: 'notifications/no/such' }), [200, 202]);
        await client.result('ping');
        must(!stream.events.length, stream.events[0]?.data);
    });
    await t.check('1.6.9-calls-with-progress', async () => {
        const id = await client.ask('tools/call', { name: 'test_tool_with_progress', _meta: { progressToken: 'p' } });
        for (const want of [0, 50, 100]) {
            const { json } = await stream.next(({ method }) => method === 'notifications/progress', 'progress');
            must(json.params.progress === want, JSON.stringify(json));
        }
        must((await client.answer(id)).result, 'no result');
    });
    await t.check('1.6.9-calls-at-once-are-answered-as-they-end', async () => {
        const slow = await client.ask('tools/call', { name: 'test_waits', arguments: { ms: 150 } });
        await client.call('test_simple_text');
        must((await client.answer(slow)).result, 'no result');
    });
    await t.check('1.5.2-line-breaks-and-unicode-arrive', async () => {
        const region = 'a\nb\r\nc\u2028d\n\n: e\ndata: f 😀';
        must(textOf(await client.call('test_x_mcp_header', { region })) === `Region: ${region}`, 'another text');
    });
    await t.check('1.5.2-large-messages-arrive', async () => {
        const region = 'x'.repeat(300000);
        must(textOf(await client.call('test_x_mcp_header', { region })).length === region.length + 8, 'another length');
    });
    await t.check('1.11.2-a-question-is-asked-on-the-stream', async () => {
        const id = await client.ask('tools/call', { name: 'test_sampling', arguments: { prompt: 'x' } });
        const { json } = await stream.next(
            ({ method }) => method === 'sampling/createMessage',
            'sampling/createMessage',
        );
        await status(
            await client.post({
                jsonrpc: '2.0',
                id: json.id,
                result: { role: 'assistant', model: 'm', content: { type: 'text', text: 'old' } },
            }),
            [200, 202],
        );
        must(JSON.stringify(await client.answer(id)).includes('old'), 'another answer');
    });
    await t.check('1.10.4-a-cancelled-call-is-not-answered', async () => {
        const id = await client.ask('tools/call', {
            name: 'test_waits',
            arguments: { ms: 300 },
            _meta: { progressToken: 'c' },
        });
        await stream.next(({ params }) => params?.progressToken === 'c', 'progress');
        await client.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } });
        must(!(await stream.maybe((json) => json.id === id, 500)), 'it was answered');
    });
    await t.check('1.6.15-changes-are-told', async () => {
        await client.call('test_trigger_tool_change');
        await stream.next(
            ({ method }) => method === 'notifications/tools/list_changed',
            'notifications/tools/list_changed',
        );
    });
    await t.check('1.5.4-beside-the-newer-transport', async () => {
        const session = await new Session(http, '2025-11-25').open();
        await session.result('ping');
        await client.result('ping');
        await session.end();
    });
});

scenario('http-sse-sessions', { revisions: ['2024-11-05'], needs: { tools } }, async (t, revision) => {
    const { http } = t;
    const early = [];
    for (let i = 0; i < 3; i++) {
        early.push((await t.old({ isOpen: false })).endpoint);
    }
    const post = (path, options = {}) => http.send({ path, body: ping(), ...options });

    await t.check('1.5.2-each-client-has-an-endpoint-of-its-own', () =>
        must(new Set(early).size === early.length, `${early}`),
    );
    await t.check('1.4.19-endpoints-are-not-to-be-guessed', () => {
        const shared = [...early[0]].filter((character, at) => early.every((one) => one[at] === character)).length;
        must(early[0].length - shared >= 16, `they differ in ${early[0].length - shared} characters: ${early}`);
    });
    const [one, two] = [await t.old(), await t.old()];
    await t.check('1.5.2-two-clients-hear-their-own-answers', async () => {
        const calls = [
            [one, await one.ask('tools/call', { name: 'test_waits', arguments: { ms: 100 } }, 7)],
            [two, await two.ask('tools/call', { name: 'test_simple_text' }, 7)],
        ];
        for (const [client, id] of calls) {
            must((await client.answer(id)).result, 'no result');
            must(!(await client.stream.maybe((json) => json.id === id, 100)), "another's answer");
        }
    });
    await t.check('1.10.4-one-cannot-cancel-for-the-other', async () => {
        const id = await one.ask('tools/call', { name: 'test_waits', arguments: { ms: 150 } }, 'mine');
        await two.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'mine' } });
        must((await one.answer(id)).result, 'no result');
    });
    for (const [name, change] of Object.entries({
        unknown: (path) => path.replace(/=.*/, '=no-such'),
        'cut-short': (path) => path.slice(0, -1),
        empty: (path) => path.replace(/=.*/, '='),
        none: (path) => path.replace(/\?.*/, ''),
    })) {
        await t.check(`1.5.2-a-session-that-is-${name}-is-refused`, async () =>
            refusal(await post(change(one.path)), [400, 404]),
        );
    }
    await t.check('1.4.21-of-the-other-transport-is-refused', async () => {
        const session = await new Session(http, '2025-11-25').open();
        await refusal(await post(one.path.replace(/=.*/, `=${session.id}`)), [400, 404]);
        await refusal(
            await http.send({ body: ping(), headers: { 'mcp-session-id': one.path.replace(/.*=/, '') } }),
            404,
        );
        await session.end();
    });
    await t.check('1.5.5-a-lost-stream-ends-the-session', async () => {
        const lost = await t.old();
        lost.stream.drop();
        let answer;
        for (let i = 0; i < 100; i++) {
            answer = await post(lost.path);
            await answer.body();
            if (answer.status >= 400) {
                break;
            }
        }
        await refusal(answer, [400, 404]);
    });
    await t.check('1.5.5-a-lost-stream-with-calls-under-way-harms-nobody', async () => {
        const lost = await t.old();
        await lost.ask('tools/call', { name: 'test_waits', arguments: { ms: 100 } });
        await lost.ask('tools/call', { name: 'test_sampling', arguments: { prompt: 'x' } });
        lost.stream.drop();
        await one.call('test_waits', { ms: 150 });
    });
    await t.check('1.2.6-before-initialize-only-ping', async () => {
        const early = await t.old({ isOpen: false });
        must((await early.request('ping')).result && (await early.request('tools/list')).error, 'served');
    });
    for (const newer of ['2025-03-26', '2025-11-25']) {
        await t.check(`1.2.3-negotiates-${newer}-too`, async () => {
            const early = await t.old({ isOpen: false });
            const { result } = await early.request('initialize', initialize(newer).params);
            must(result?.protocolVersion === newer, JSON.stringify(result));
        });
    }
    for (const [what, body] of Object.entries({ 'not-json': 'hello', empty: '', 'no-message': '{}' })) {
        await t.check(`1.5.1-a-body-that-is-${what}-is-refused`, async () => {
            const answer = await post(one.path, { body });
            await answer.body();
            const onStream = answer.status < 400 ? await one.stream.maybe(({ error }) => error, 500) : null;
            must(answer.status === 400 || onStream, `${answer.status}, and nothing on the stream`);
        });
    }
    for (const headers of [{ origin: 'http://evil.example.com' }, { host: 'evil.example.com' }]) {
        const [name] = Object.keys(headers);
        await t.check(`1.5.3-a-foreign-${name}-on-both`, async () => {
            await refusal(await post(one.path, { headers }), [400, 403, 421]);
            await refusal(
                await http.send({ method: 'GET', path: http.sse, accept: 'text/event-stream', headers }),
                [400, 403, 421],
            );
        });
    }
    await t.check('1.5.1-get-wants-events', async () =>
        refusal(await http.send({ method: 'GET', path: http.sse, accept: 'application/json' }), [400, 406]),
    );
    await t.check('1.5.1-no-other-methods', async () =>
        refusal(await http.send({ method: 'PUT', path: http.sse, body: ping() }), [404, 405]),
    );
    await t.check('1.5.5-post-without-a-session-lets-clients-fall-back', async () =>
        refusal(await http.send({ path: http.sse, body: initialize(revision) }), [400, 404, 405]),
    );
});
