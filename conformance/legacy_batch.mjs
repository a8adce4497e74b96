// legacy_batch.mjs - arrays of messages over HTTP, which only 2025-03-26 has (protocol.md 1.1 rows 7 to
// 10).
import { initialize, refusal, status } from './legacy_client.mjs';
import { scenario } from './legacy_run.mjs';
import { must } from './scenario.mjs';
import { PREFIX } from './wire.mjs';

const ping = (id) => ({ jsonrpc: '2.0', id, method: 'ping' });
const note = { jsonrpc: '2.0', method: 'notifications/roots/list_changed' };
const response = { jsonrpc: '2.0', id: 99, result: {} };
const call = (id, name, args = {}, token) => ({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name, arguments: args, ...(token ? { _meta: { progressToken: token } } : {}) },
});

// The messages of an answer by id.
const byId = async (answer) =>
    new Map(
        (await answer.messages()).filter(({ id, method }) => id !== undefined && !method).map((one) => [one.id, one]),
    );

scenario('batch', { revisions: ['2025-03-26'] }, async (t, revision) => {
    const session = await t.session();

    await t.check('1.1.9-requests-are-answered-by-an-array-or-events', async () => {
        const answer = await status(await session.send({ body: [ping(1), ping('two'), ping(3)] }), 200);
        const found = await byId(answer);
        must(
            [1, 'two', 3].every((id) => found.get(id)?.result),
            answer.text,
        );
        must(answer.isStream || answer.text.startsWith('['), answer.text);
    });
    await t.check('1.1.9-one-request', async () => {
        const answer = await status(await session.send({ body: [ping(4)] }), 200);
        must((await byId(answer)).get(4)?.result && (answer.isStream || answer.text.startsWith('[')), answer.text);
    });
    await t.check('1.1.9-an-array-if-only-json-is-taken', async () => {
        const answer = await status(await session.send({ body: [ping(5), ping(6)], accept: 'application/json' }), 200);
        must(Array.isArray(JSON.parse(await answer.body())) && !answer.isStream, answer.text);
    });
    await t.check('1.1.9-events-if-only-they-are-taken', async () => {
        const answer = await status(await session.send({ body: [ping(7), ping(8)], accept: 'text/event-stream' }), 200);
        must(answer.isStream && (await byId(answer)).size === 2, answer.text);
    });
    await t.check('1.1.7-mixed-with-notifications-and-responses', async () => {
        const answer = await status(
            await session.send({ body: [note, ping(9), response, session.message('no/such', undefined, 10)] }),
            200,
        );
        const found = await byId(answer);
        must(found.size === 2 && found.get(9)?.result && found.get(10)?.error?.code === -32601, answer.text);
    });
    for (const [what, body] of Object.entries({
        notifications: [note, note],
        responses: [response, { ...response, id: 98 }],
        both: [note, response],
    })) {
        await t.check(`1.1.9-${what}-only-are-202-without-a-body`, async () => {
            const answer = await status(await session.send({ body }), 202);
            must((await answer.body()) === '', answer.text);
        });
    }
    await t.check('1.1.7-empty-is-refused', async () => {
        const json = await refusal(await session.send({ body: '[]' }), 400);
        must(json?.error?.code === -32600, `the code is ${json?.error?.code}`);
    });
    await t.check('1.1.8-initialize-inside-a-session-is-refused', async () => {
        const answer = await session.send({ body: [initialize(revision, { id: 11 }), ping(12)] });
        const messages = await answer.messages();
        must(
            messages.some(({ id, error }) => error && (id === 11 || id == null)) &&
                answer.headers['mcp-session-id'] === undefined,
            answer.text,
        );
    });
    await t.check('1.1.8-initialize-inside-opens-no-session', async () => {
        const answer = await t.http.send({ body: [initialize(revision, { id: 13 })] });
        const messages = await answer.messages();
        must(answer.status >= 400 || messages.every(({ error }) => error), answer.text);
        must(answer.headers['mcp-session-id'] === undefined, 'a session was opened');
    });
    await t.check('1.1.7-invalid-elements-are-refused-one-by-one', async () => {
        const answer = await status(await session.send({ body: [1, [], ping(14), { id: 15 }] }), 200);
        const messages = await answer.messages();
        must(
            messages.length === 4 &&
                messages.filter(({ error }) => error?.code === -32600).length === 3 &&
                messages.some(({ id, result }) => id === 14 && result),
            answer.text,
        );
    });
    await t.check('1.1.7-a-thousand-are-served', async () => {
        const answer = await status(await session.send({ body: Array.from({ length: 1000 }, (_, i) => ping(i)) }), 200);
        must((await byId(answer)).size === 1000, `${(await byId(answer)).size} answers`);
    });
    await t.check('1.1.7-a-thousand-and-one-are-refused-or-served', async () => {
        const answer = await session.send({ body: Array.from({ length: 1001 }, (_, i) => ping(i)) });
        const messages = await answer.messages();
        must(
            answer.status === 200
                ? messages.length === 1001
                : answer.status === 400 && messages[0].error.code === -32600,
            `${answer.status}, ${messages.length} answers`,
        );
    });
    await t.check('1.1.10-a-modern-request-inside-is-refused', async () => {
        const _meta = { [`${PREFIX}protocolVersion`]: '2026-07-28', [`${PREFIX}clientCapabilities`]: {} };
        const json = await refusal(
            await session.send({ body: [{ jsonrpc: '2.0', id: 16, method: 'server/discover', params: { _meta } }] }),
            400,
        );
        must(json?.error?.code === -32600, `the code is ${json?.error?.code}`);
    });
    await t.check('1.4.20-without-a-session-is-400', async () => refusal(await t.http.send({ body: [ping(17)] }), 400));
    await t.check('1.4.21-of-an-unknown-session-is-404', async () =>
        refusal(await t.http.send({ body: [ping(18)], headers: { 'mcp-session-id': 'no-such' } }), 404),
    );
    await session.end();
});

const tools = ['test_simple_text', 'test_tool_with_progress', 'test_sampling', 'test_waits'];

scenario('batch-streams', { revisions: ['2025-03-26'], needs: { tools } }, async (t) => {
    const session = await t.session();
    const isProgress = ({ method }) => method === 'notifications/progress';

    await t.check('1.1.9-progress-comes-before-the-answers-and-the-stream-ends', async () => {
        const answer = await session.send({
            body: [call(1, 'test_tool_with_progress', {}, 'p'), call(2, 'test_simple_text')],
        });
        must(answer.isStream, answer.headers['content-type']);
        await answer.next(isProgress, 'progress');
        const found = await byId(answer);
        must(found.get(1)?.result && found.get(2)?.result, answer.text);
    });
    await t.check('1.1.9-a-question-inside', async () => {
        const answer = await session.send({
            body: [call(3, 'test_sampling', { prompt: 'x' }), call(4, 'test_simple_text')],
        });
        const { json } = await answer.next(
            ({ method }) => method === 'sampling/createMessage',
            'sampling/createMessage',
        );
        await status(
            await session.send({
                body: [
                    {
                        jsonrpc: '2.0',
                        id: json.id,
                        result: { role: 'assistant', model: 'm', content: { type: 'text', text: 'batched' } },
                    },
                ],
            }),
            202,
        );
        must(JSON.stringify((await byId(answer)).get(3)).includes('batched'), answer.text);
    });
    await t.check('1.10.4-a-cancelled-one-is-left-out', async () => {
        const answer = await session.send({
            body: [call(5, 'test_waits', { ms: 20000 }, 'q'), call(6, 'test_simple_text')],
        });
        await answer.next(isProgress, 'progress');
        await session.notify('notifications/cancelled', { requestId: 5 });
        const found = await byId(answer);
        must(found.has(6) && !found.has(5), answer.text);
    });
    await t.check('1.4.14-a-lost-connection-cancels-nothing', async () => {
        const answer = await session.send({
            body: [call(7, 'test_waits', { ms: 150 }, 'r'), call(8, 'test_simple_text')],
        });
        const { id } = await answer.next(isProgress, 'progress');
        answer.drop();
        if (id === undefined) {
            return;
        }
        const again = await session.listen(id);
        const found = await byId(again);
        must(found.get(7)?.result && found.get(8)?.result, again.text);
    });
    await session.end();
});

scenario('no-batch', { revisions: ['2025-06-18', '2025-11-25'] }, async (t) => {
    const session = await t.session();
    for (const [what, body] of Object.entries({
        requests: [ping(1), ping(2)],
        notifications: [note],
        responses: [response],
        nothing: '[]',
    })) {
        await t.check(`1.1.10-an-array-of-${what}-is-refused`, async () => {
            const json = await refusal(await session.send({ body }), 400);
            must(json?.error?.code === -32600, `the code is ${json?.error?.code}`);
        });
    }
    await t.check('1.1.10-the-next-message-is-served', () => session.result('ping'));
    await session.end();
});
