// stdio_ask.mjs - a server asks its client by requests of its own: sampling, elicitation, roots
// (protocol.md 1.11), the revisions before 2026-07-28.
import { must, textOf } from './stdio_client.mjs';
import { promptly } from './stdio_framing.mjs';
import { legacy, scenario } from './stdio_run.mjs';

const eliciting = ['2025-06-18', '2025-11-25'];
const isAsking = (method) => (json) => json.method === method && json.id !== undefined;
const isCancelled = (id) => (json) => json.method === 'notifications/cancelled' && json.params?.requestId === id;

// Calls a tool that asks; { id of the call, the server's request }.
async function begin(client, tool, args, method) {
    const id = await client.askTool(tool, args);
    const { json } = await client.server.next((one) => isAsking(method)(one) || one.id === id, method);
    must(json.method === method, `answered without asking: ${JSON.stringify(json)}`);
    return { id, request: json };
}

const respond = (client, request, result) => client.server.say({ jsonrpc: '2.0', id: request.id, result });
const refuse = (client, request, code = -1, message = 'The user said no.') =>
    client.server.say({ jsonrpc: '2.0', id: request.id, error: { code, message } });
const answered = async (client, id) => (await client.server.answer(id)).json;

// What a call is answered when the client's answer is no good: a result that says so, or an error.
const hasFailed = (answer, part = '') =>
    must(
        (answer.result?.isError === true || answer.error) && JSON.stringify(answer).includes(part),
        `want a failure${part && ` that says ${part}`}, got ${JSON.stringify(answer)}`,
    );
const sampled = (text) => ({ role: 'assistant', model: 'm', content: { type: 'text', text } });

scenario('asking-end', { ...legacy, needs: { tools: ['test_sampling'] } }, async (t) => {
    await t.check('does-not-wait-for-a-client-that-is-gone', async () => {
        const client = await t.client();
        await begin(client, 'test_sampling', { prompt: 'Say hello.' }, 'sampling/createMessage');
        client.server.endInput();
        const status = await client.server.ended(promptly);
        must(status === 0, status === null ? `still there after ${promptly} ms` : `ended with ${status}`);
    });
});

scenario('sampling', { ...legacy, needs: { tools: ['test_sampling'] } }, async (t) => {
    const client = await t.client();
    const ask = (args = { prompt: 'Say hello.' }) => begin(client, 'test_sampling', args, 'sampling/createMessage');

    await t.check('asks-with-the-prompt', async () => {
        const { id, request } = await ask();
        const { messages, maxTokens } = request.params;
        must(
            messages[0]?.role === 'user' && messages[0].content.text === 'Say hello.' && maxTokens === 100,
            JSON.stringify(request.params),
        );
        await respond(client, request, sampled('Hello there.'));
        must(textOf((await answered(client, id)).result ?? {})?.includes('Hello there.'), 'the answer did not arrive');
    });
    await t.check('a-refusal-fails-the-call', async () => {
        const { id, request } = await ask();
        await refuse(client, request, -1, 'User rejected sampling request');
        hasFailed(await answered(client, id));
    });
    for (const [name, result] of Object.entries({
        'a-number': 1,
        null: null,
        empty: {},
        'without-content': { role: 'assistant', model: 'm' },
        'with-unknown-content': { role: 'assistant', model: 'm', content: { type: 'smell' } },
        'with-an-unknown-role': { role: 'nobody', model: 'm', content: { type: 'text', text: 'x' } },
    })) {
        await t.check(`an-answer-that-is-${name}-fails-the-call`, async () => {
            const { id, request } = await ask();
            await respond(client, request, result);
            hasFailed(await answered(client, id));
        });
    }
    await t.check('an-answer-with-another-id-is-ignored', async () => {
        const { id, request } = await ask();
        await respond(client, { id: `${request.id}x` }, sampled('wrong'));
        await respond(client, { id: 0 }, sampled('wrong'));
        await client.silence((one) => one.id === id);
        await respond(client, request, sampled('right'));
        must(JSON.stringify(await answered(client, id)).includes('right'), 'the wrong answer was taken');
    });
    await t.check('a-second-answer-is-ignored', async () => {
        const { id, request } = await ask();
        await respond(client, request, sampled('first'));
        await respond(client, request, sampled('second'));
        must(JSON.stringify(await answered(client, id)).includes('first'), 'the second was taken');
        await client.silence((one) => one.id === id);
    });
    await t.check('several-calls-ask-at-once', async () => {
        const asked = [];
        for (let i = 0; i < 20; i++) {
            asked.push(await ask({ prompt: `question ${i}` }));
        }
        must(new Set(asked.map(({ request }) => JSON.stringify(request.id))).size === 20, 'an id occurs twice');
        for (const { request } of [...asked].reverse()) {
            await respond(client, request, sampled(`answer to ${request.params.messages[0].content.text}`));
        }
        for (const [i, { id }] of asked.entries()) {
            must(
                JSON.stringify(await answered(client, id)).includes(`answer to question ${i}"`),
                `call ${i} got another's answer`,
            );
        }
    });
    await t.check('other-calls-are-served-meanwhile', async () => {
        const { id, request } = await ask();
        await client.result('ping');
        await client.call('test_simple_text');
        await respond(client, request, sampled('late'));
        await answered(client, id);
    });
    await t.check('cancelling-the-call-withdraws-the-question', async () => {
        const { id, request } = await ask();
        await client.cancel(id);
        await client.server.next(isCancelled(request.id), `notifications/cancelled for ${request.id}`);
        await respond(client, request, sampled('too late'));
        await client.silence((one) => one.id === id);
    });
});

scenario('roots', { ...legacy, needs: { tools: ['test_input_required_result_list_roots'] } }, async (t) => {
    const client = await t.client();
    const ask = () => begin(client, 'test_input_required_result_list_roots', {}, 'roots/list');

    await t.check('are-asked-for', async () => {
        const { id, request } = await ask();
        await respond(client, request, { roots: [{ uri: 'file:///a', name: 'a' }, { uri: 'file:///b' }] });
        must(textOf((await answered(client, id)).result)?.includes('2'), 'not two');
    });
    for (const [name, result] of Object.entries({
        'no-list': {},
        'a-list-of-text': { roots: ['file:///a'] },
        'a-root-without-a-uri': { roots: [{ name: 'a' }] },
    })) {
        await t.check(`an-answer-with-${name}-fails-the-call`, async () => {
            const { id, request } = await ask();
            await respond(client, request, result);
            hasFailed(await answered(client, id));
        });
    }
    await t.check('list-changed-is-accepted', async () => {
        await client.notify('notifications/roots/list_changed');
        await client.barrier();
    });
});

const forms = [
    'test_elicitation',
    'test_elicitation_sep1034_defaults',
    'test_elicitation_sep1330_enums',
    'test_input_required_result_multi_round',
];

scenario('elicitation', { revisions: eliciting, needs: { tools: forms } }, async (t, revision) => {
    const client = await t.client();
    const ask = (tool = 'test_elicitation', args = { message: 'How are you?' }) =>
        begin(client, tool, args, 'elicitation/create');
    const accepted = (content) => ({ action: 'accept', content });

    await t.check('accepted', async () => {
        const { id, request } = await ask();
        must(
            request.params.message === 'How are you?' &&
                request.params.requestedSchema.properties.response.type === 'string',
            JSON.stringify(request.params),
        );
        must([undefined, 'form'].includes(request.params.mode), `the mode is ${request.params.mode}`);
        await respond(client, request, accepted({ response: 'fine "thanks"' }));
        const text = textOf((await answered(client, id)).result ?? {}) ?? '';
        must(text.includes('action=accept') && text.includes('fine \\"thanks\\"'), text);
    });
    for (const action of ['decline', 'cancel']) {
        await t.check(`action-${action}`, async () => {
            const { id, request } = await ask();
            await respond(client, request, { action });
            must(textOf((await answered(client, id)).result ?? {})?.includes(`action=${action}`), 'another action');
        });
    }
    await t.check('a-refusal-fails-the-call', async () => {
        const { id, request } = await ask();
        await refuse(client, request);
        hasFailed(await answered(client, id));
    });
    for (const [name, result] of Object.entries({
        'an-unknown-action': { action: 'perhaps' },
        'without-an-action': {},
        'content-against-the-schema': accepted({ response: 5 }),
        'content-without-a-required-member': accepted({}),
        'accepted-without-content': { action: 'accept' },
        'content-that-is-a-list': accepted(['x']),
    })) {
        await t.check(`an-answer-that-is-${name}-fails-the-call`, async () => {
            const { id, request } = await ask();
            await respond(client, request, result);
            hasFailed(await answered(client, id));
        });
    }
    await t.check('defaults', async () => {
        const { id, request } = await ask('test_elicitation_sep1034_defaults', {});
        const { name, age, score, status, verified } = request.params.requestedSchema.properties;
        must(
            name.default === 'John Doe' &&
                age.default === 30 &&
                score.default === 95.5 &&
                status.default === 'active' &&
                verified.default === true,
            JSON.stringify(request.params),
        );
        await respond(
            client,
            request,
            accepted({ name: 'Jane', age: 31, score: 1.5, status: 'pending', verified: false }),
        );
        must(textOf((await answered(client, id)).result ?? {})?.includes('Jane'), 'the answer did not arrive');
    });
    await t.check('rounds', async () => {
        const { id, request } = await ask('test_input_required_result_multi_round', {});
        await respond(client, request, accepted({ name: 'Al' }));
        const { json } = await client.server.next(isAsking('elicitation/create'), 'the second question');
        must(json.id !== request.id && 'color' in json.params.requestedSchema.properties, JSON.stringify(json));
        await respond(client, json, accepted({ color: 'green' }));
        must(!(await answered(client, id)).result.isError, 'the call failed');
    });
    await t.check('cancelling-the-call-withdraws-the-question', async () => {
        const { id, request } = await ask();
        await client.cancel(id);
        await client.server.next(isCancelled(request.id), `notifications/cancelled for ${request.id}`);
        await client.silence((one) => one.id === id);
    });
    if (revision < '2025-11-25') {
        return;
    }
    await t.check('every-kind-of-choice', async () => {
        const { id, request } = await ask('test_elicitation_sep1330_enums', {});
        const { untitledSingle, titledSingle, legacyEnum, untitledMulti, titledMulti } =
            request.params.requestedSchema.properties;
        must(
            untitledSingle.enum.length === 3 &&
                titledSingle.oneOf[0].const === 'value1' &&
                legacyEnum.enumNames.length === 3 &&
                untitledMulti.items.enum.length === 3 &&
                titledMulti.items.anyOf[0].title === 'First Choice',
            JSON.stringify(request.params),
        );
        await respond(client, request, accepted({ untitledMulti: ['option1', 'option3'], titledSingle: 'value2' }));
        must(textOf((await answered(client, id)).result ?? {})?.includes('value2'), 'the answer did not arrive');
    });
    await t.check('a-choice-that-is-none-fails-the-call', async () => {
        const { id, request } = await ask('test_elicitation_sep1330_enums', {});
        await respond(client, request, accepted({ untitledMulti: ['option9'] }));
        hasFailed(await answered(client, id));
    });
});

scenario('elicitation-by-url', { revisions: ['2025-11-25'], needs: { tools: ['test_elicitation_url'] } }, async (t) => {
    const client = await t.client();
    await t.check('asks-with-a-url-and-an-id', async () => {
        const { id, request } = await begin(client, 'test_elicitation_url', {}, 'elicitation/create');
        const { mode, url, message, elicitationId } = request.params;
        must(mode === 'url' && /^https:\/\//.test(url) && message && elicitationId, JSON.stringify(request.params));
        await respond(client, request, { action: 'accept' });
        must(textOf((await answered(client, id)).result ?? {})?.includes('action=accept'), 'the answer did not arrive');
    });
    await t.check('declined', async () => {
        const { id, request } = await begin(client, 'test_elicitation_url', {}, 'elicitation/create');
        await respond(client, request, { action: 'decline' });
        must(textOf((await answered(client, id)).result ?? {})?.includes('action=decline'), 'another action');
    });
    await t.check('not-for-a-client-with-forms-only', async () => {
        for (const elicitation of [{}, { form: {} }]) {
            const other = await t.client({ can: { elicitation } });
            hasFailed(await other.request('tools/call', { name: 'test_elicitation_url', arguments: {} }));
        }
    });
});

scenario(
    'ask-capabilities',
    { ...legacy, needs: { tools: ['test_sampling', 'test_input_required_result_list_roots', 'test_elicitation'] } },
    async (t, revision) => {
        const client = await t.client({ can: {} });
        for (const [tool, args] of Object.entries({
            test_sampling: { prompt: 'x' },
            test_input_required_result_list_roots: {},
            test_elicitation: { message: 'x' },
        })) {
            await t.check(`${tool.replaceAll('_', '-')}-fails-unless-declared`, async () =>
                hasFailed(await client.request('tools/call', { name: tool, arguments: args })),
            );
        }
        if (revision < '2025-06-18') {
            await t.check('elicitation-is-not-of-this-revision', async () => {
                const other = await t.client({ can: { elicitation: {} } });
                hasFailed(await other.request('tools/call', { name: 'test_elicitation', arguments: { message: 'x' } }));
            });
        }
    },
);

scenario('ask-time-out', { ...legacy, needs: { tools: ['test_sampling'] } }, async (t) => {
    // The fixture's own patience (README.md); other servers have theirs, and we cannot wait for it.
    const client = await t.client({ server: t.server({ env: { EVERYTHING_ASK_TIMEOUT_MS: '150' } }) });
    const { id, request } = await begin(client, 'test_sampling', { prompt: 'x' }, 'sampling/createMessage');
    const over = await client.server.maybe((one) => one.id === id, 2000);

    if (!over && !t.site.tools.has('test_waits')) {
        t.skip('the-call-fails', 'this server waits longer than we do');
        return;
    }
    await t.check('the-call-fails', () => hasFailed(over?.json ?? {}));
    await t.check('the-question-is-withdrawn', async () => {
        await client.server.next(isCancelled(request.id), `notifications/cancelled for ${request.id}`);
    });
    await t.check('a-late-answer-is-ignored', async () => {
        await respond(client, request, sampled('late'));
        await client.silence(() => true);
    });
});
