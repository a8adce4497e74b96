// stdio_modern.mjs - 2026-07-28 over standard input and output: what each request says about itself,
// discovery, both eras on one connection, subscriptions, input that a call requires (protocol.md 2).
import { Client, initialize, must, refused, textOf } from './stdio_client.mjs';
import { modern, scenario } from './stdio_run.mjs';
import { same } from './stdio_features.mjs';
import { LEGACY, MODERN, PREFIX } from './wire.mjs';

const version = `${PREFIX}protocolVersion`;
const capabilities = `${PREFIX}clientCapabilities`;
const invalid = -32602;

// ---- Discovery and _meta --------------------------------------------------------------------------

scenario('discover', modern, async (t) => {
    const client = await t.client();
    const hello = await client.result('server/discover');

    await t.check('supported-versions', () => {
        must(
            hello.supportedVersions.includes(MODERN) && hello.supportedVersions.every((one) => one >= MODERN),
            `${hello.supportedVersions}`,
        );
    });
    await t.check('server-info-is-in-meta', () => {
        const info = hello._meta?.[`${PREFIX}serverInfo`];
        must(info?.name && info.version && !('serverInfo' in hello), JSON.stringify(hello));
    });
    await t.check('capabilities-match-methods', async () => {
        const methods = { tools: 'tools/list', prompts: 'prompts/list', resources: 'resources/list' };
        for (const [capability, method] of Object.entries(methods)) {
            const answer = await client.request(method);
            must(
                'result' in answer === capability in hello.capabilities,
                `${capability}: ${JSON.stringify(answer).slice(0, 200)}`,
            );
        }
        must(!('tasks' in hello.capabilities), 'the tasks of 2025-11-25 are declared');
    });
    await t.check('may-be-asked-again', async () => same(await client.result('server/discover'), hello));
    await t.check('cacheable-results-say-so', async () => {
        const asked = [
            ['server/discover'],
            ['tools/list'],
            ['prompts/list'],
            ['resources/list'],
            ['resources/templates/list'],
            ['resources/read', { uri: 'test://static-text' }],
        ];
        for (const [method, params] of asked.filter(
            ([one]) => one === 'server/discover' || one.split('/')[0] in hello.capabilities,
        )) {
            const answer = await client.request(method, params);
            const { ttlMs, cacheScope } = answer.result ?? { ttlMs: 0, cacheScope: 'private' };
            must(
                Number.isInteger(ttlMs) && ttlMs >= 0 && ['public', 'private'].includes(cacheScope),
                `${method}: ${ttlMs} ${cacheScope}`,
            );
        }
    });
    await t.check('every-result-names-the-server', async () => {
        for (const [method, params] of [
            ['tools/list'],
            ['tools/call', { name: 'test_simple_text' }],
            ['prompts/list'],
        ]) {
            const answer = await client.request(method, params);
            must(
                answer.error || answer.result._meta?.[`${PREFIX}serverInfo`]?.name,
                `${method}: ${JSON.stringify(answer).slice(0, 300)}`,
            );
        }
    });
});

scenario('meta', modern, async (t) => {
    const client = await t.client();
    const whole = { [version]: MODERN, [capabilities]: {} };
    // Says a request with exactly this _meta; its answer.
    const withMeta = async (meta, method = 'tools/list') => {
        const message = {
            jsonrpc: '2.0',
            id: client.nextId(),
            method,
            params: meta === undefined ? {} : { _meta: meta },
        };
        await client.server.say(message);
        return (await client.server.answer(message.id)).json;
    };
    const without = (name) => Object.fromEntries(Object.entries(whole).filter(([key]) => key !== name));

    for (const [name, meta] of Object.entries({
        'without-capabilities': without(capabilities),
        'capabilities-a-list': { ...whole, [capabilities]: [] },
        'capabilities-null': { ...whole, [capabilities]: null },
        'capabilities-true': { ...whole, [capabilities]: true },
        'version-a-number': { ...whole, [version]: 20260728 },
        'version-null': { ...whole, [version]: null },
    })) {
        await t.check(`refused-${name}`, async () => refused(await withMeta(meta), invalid));
    }
    for (const [name, meta] of Object.entries({
        'no-meta': undefined,
        'empty-meta': {},
        'no-version': without(version),
    })) {
        // Without a claim it is a legacy request before initialize; no error may look like a modern server's.
        await t.check(`refused-${name}`, async () => {
            const error = refused(await withMeta(meta));
            must(![-32020, -32021, -32022].includes(error.code), `refused with ${error.code}`);
        });
    }
    await t.check('client-info-is-optional', async () => must((await withMeta(whole)).result, 'refused'));
    await t.check('unknown-members-are-tolerated', async () =>
        must(
            (
                await withMeta({
                    ...whole,
                    'example.com/x': [1],
                    traceparent: 'not a trace',
                    tracestate: 1,
                    [`${PREFIX}future`]: {},
                    [capabilities]: { future: { x: 1 }, extensions: { 'example.com/y': {} } },
                })
            ).result,
            'refused',
        ),
    );
    for (const wrong of ['v999.0.0', '2099-01-01', 'garbage', '', ...LEGACY]) {
        await t.check(`unsupported-version-${wrong || 'empty'}`, async () => {
            const error = refused(await withMeta({ ...whole, [version]: wrong }), -32022);
            must(error.data?.requested === wrong && error.data.supported?.includes(MODERN), JSON.stringify(error.data));
        });
    }
    for (const method of [
        'initialize',
        'ping',
        'logging/setLevel',
        'resources/subscribe',
        'resources/unsubscribe',
        'tasks/list',
        'tasks/result',
        'no/such/method',
    ]) {
        await t.check(`no-method-${method.replaceAll('/', '-')}`, async () =>
            refused(await withMeta(whole, method), -32601),
        );
    }
    await t.check('notifications-are-not-answered', async () => {
        await client.server.say({ jsonrpc: '2.0', method: 'notifications/initialized', params: { _meta: whole } });
        await client.server.say({
            jsonrpc: '2.0',
            method: 'notifications/no/such',
            params: { _meta: { ...whole, [version]: 'v999' } },
        });
        await client.silence(() => true);
    });
    await t.check('a-batch-is-refused', async () => {
        await client.server.say([client.message('tools/list'), client.message('server/discover')]);
        const { json } = await client.server.next((one) => Array.isArray(one) || 'error' in one, 'refusal');
        refused(json, -32600);
        must(!('id' in json), 'with an id');
    });
    await t.check('an-unreadable-id-is-left-out', async () => {
        await client.server.sayRaw('{"jsonrpc":"2.0","id":{},"method":"server/discover"}');
        const { json } = await client.server.next((one) => 'error' in one, 'refusal');
        must(json.error.code === -32600 && json.id == null, JSON.stringify(json));
    });
});

scenario(
    'capabilities',
    { ...modern, needs: { tools: ['test_missing_capability', 'test_input_required_result_capabilities'] } },
    async (t) => {
        const client = await t.client();

        await t.check('a-missing-one-is-named', async () => {
            const error = await client.error(-32021, 'tools/call', { name: 'test_missing_capability' }, { can: {} });
            must(typeof error.data?.requiredCapabilities?.sampling === 'object', JSON.stringify(error.data));
        });
        await t.check('are-of-the-request-alone', async () => {
            await client.call('test_missing_capability', {}, { can: { sampling: {} } });
            await client.error(-32021, 'tools/call', { name: 'test_missing_capability' }, { can: {} });
        });
        await t.check('are-not-taken-from-a-legacy-session', async () => {
            const old = new Client(client.server, LEGACY.at(-1), {
                prefix: 'old',
                can: { sampling: {}, elicitation: {} },
            });
            await old.handshake();
            await client.error(-32021, 'tools/call', { name: 'test_missing_capability' }, { can: {} });
        });
        await t.check('only-what-is-declared-is-asked', async () => {
            const result = await client.call('test_input_required_result_capabilities', {}, { can: { sampling: {} } });
            const methods = Object.values(result.inputRequests ?? {}).map(({ method }) => method);
            must(methods.length && methods.every((method) => method === 'sampling/createMessage'), `asks ${methods}`);
        });
    },
);

// ---- Both eras on one connection ------------------------------------------------------------------

scenario('eras', { ...modern, needs: { tools: ['test_simple_text', 'test_waits'] } }, async (t) => {
    const old = (server, revision = LEGACY.at(-1)) => new Client(server, revision, { prefix: 'old' });

    await t.check('a-probe-does-not-pin-the-process', async () => {
        const client = await t.client();
        await client.result('server/discover');
        must((await old(client.server).handshake()).protocolVersion === LEGACY.at(-1), 'another version');
    });
    await t.check('a-failed-probe-neither', async () => {
        const client = await t.client();
        await client.error(-32022, 'server/discover', {}, { meta: { [version]: '2099-01-01' } });
        await old(client.server).handshake();
    });
    for (const revision of LEGACY) {
        await t.check(`modern-requests-in-a-session-of-${revision}`, async () => {
            const client = await t.client();
            const session = old(client.server, revision);
            must((await session.handshake()).protocolVersion === revision, 'another version');
            must((await client.call('test_simple_text')).resultType === 'complete', 'no resultType');
            must(!('resultType' in (await session.call('test_simple_text'))), 'a resultType in a legacy result');
            await session.result('ping');
            await client.error(-32601, 'ping');
        });
    }
    await t.check('initialize-after-modern-requests', async () => {
        const client = await t.client();
        await client.call('test_simple_text');
        await old(client.server, '2025-06-18').handshake();
        await client.call('test_simple_text');
    });
    await t.check('initialize-with-modern-meta-is-no-handshake', async () => {
        const client = await t.client();
        const message = initialize(LEGACY.at(-1));
        message.params._meta = { [version]: MODERN, [capabilities]: {} };
        await client.server.say(message);
        refused((await client.server.answer('init')).json, -32601);
        await old(client.server).handshake();
    });
    await t.check('slow-calls-of-both-at-once', async () => {
        const client = await t.client();
        const session = old(client.server);
        await session.handshake();
        const asked = [];
        for (let i = 0; i < 20; i++) {
            const one = i % 2 ? client : session;
            asked.push([one, await one.askTool('test_waits', { ms: 100 })]);
        }
        for (const [one, id] of asked) {
            const { json } = await client.server.answer(id);
            must(json.result && 'resultType' in json.result === one.isModern, JSON.stringify(json));
        }
    });
    await t.check('a-call-of-either-era-is-cancelled-alike', async () => {
        const client = await t.client();
        const session = old(client.server);
        await session.handshake();
        const ids = [
            await client.askTool('test_waits', { ms: 10000 }),
            await session.askTool('test_waits', { ms: 10000 }),
        ];
        for (const id of ids) {
            await client.cancel(id);
        }
        await session.silence((one) => ids.includes(one.id));
    });
});

// ---- Subscriptions --------------------------------------------------------------------------------

const subscription = (json) => json.params?._meta?.[`${PREFIX}subscriptionId`];
const isAcknowledged = (id) => (json) =>
    json.method === 'notifications/subscriptions/acknowledged' && subscription(json) === id;
const all = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };

async function listen(client, filter, id = client.nextId()) {
    await client.ask('subscriptions/listen', { notifications: filter }, { id });
    const { json } = await client.server.next(
        (one) => subscription(one) === id || one.id === id,
        `acknowledgment of ${JSON.stringify(id)}`,
    );
    must(json.method === 'notifications/subscriptions/acknowledged', `the first message is ${JSON.stringify(json)}`);
    return { id, honoured: json.params.notifications };
}

const triggers = ['test_trigger_tool_change', 'test_trigger_prompt_change', 'test_trigger_resource_change'];

scenario('listen', { ...modern, needs: { tools: triggers } }, async (t) => {
    const client = await t.client();
    const { server } = client;
    const watched = 'test://watched-resource';
    const told = (id, method) =>
        server.next((one) => subscription(one) === id && one.method === method, `${method} for ${JSON.stringify(id)}`);
    const ofListener = (id) => (one) => subscription(one) === id || one.id === id;

    await t.check('acknowledgment-comes-first-with-what-is-honoured', async () => {
        const { id, honoured } = await listen(client, all);
        const declared = (await client.result('server/discover')).capabilities;
        const want = Object.fromEntries(
            Object.keys(all)
                .filter((name) => declared[name.replace('ListChanged', '')]?.listChanged)
                .map((name) => [name, true]),
        );
        same(honoured, want);
        await client.cancel(id);
    });
    for (const id of [4711, 0, '4711', 'ü']) {
        await t.check(`notifications-carry-the-id-${JSON.stringify(id)}`, async () => {
            await listen(client, { toolsListChanged: true }, id);
            await client.call('test_trigger_tool_change');
            await told(id, 'notifications/tools/list_changed');
            await client.cancel(id);
        });
    }
    await t.check('only-what-was-asked-for', async () => {
        const { id } = await listen(client, { promptsListChanged: true, toolsListChanged: false });
        for (const trigger of triggers) {
            await client.call(trigger);
        }
        await told(id, 'notifications/prompts/list_changed');
        await client.silence(ofListener(id));
        await client.cancel(id);
    });
    await t.check('one-resource', async () => {
        const { id, honoured } = await listen(client, { resourceSubscriptions: [watched, 'test://static-text'] });
        must(honoured.resourceSubscriptions?.includes(watched), JSON.stringify(honoured));
        await client.call('test_trigger_resource_change');
        must((await told(id, 'notifications/resources/updated')).json.params.uri === watched, 'another uri');
        await client.silence(ofListener(id));
        await client.cancel(id);
    });
    await t.check('of-another-resource-nothing-comes', async () => {
        const { id } = await listen(client, { resourceSubscriptions: ['test://static-text'] });
        await client.call('test_trigger_resource_change');
        await client.silence(ofListener(id));
        await client.cancel(id);
    });
    await t.check('several-at-a-time', async () => {
        const tools = await listen(client, { toolsListChanged: true });
        const prompts = await listen(client, { promptsListChanged: true });
        const both = await listen(client, { toolsListChanged: true, promptsListChanged: true });
        await client.call('test_trigger_tool_change');
        await told(tools.id, 'notifications/tools/list_changed');
        await told(both.id, 'notifications/tools/list_changed');
        await client.silence(ofListener(prompts.id));
        await client.call('test_trigger_prompt_change');
        await told(prompts.id, 'notifications/prompts/list_changed');
        await told(both.id, 'notifications/prompts/list_changed');
        await client.cancel(tools.id);
        await client.call('test_trigger_tool_change');
        await told(both.id, 'notifications/tools/list_changed');
        await client.silence(ofListener(tools.id));
        for (const { id } of [prompts, both]) {
            await client.cancel(id);
        }
    });
    await t.check('cancelled-says-nothing-more', async () => {
        const { id } = await listen(client, all);
        await client.cancel(id);
        for (const trigger of triggers) {
            await client.call(trigger);
        }
        await client.silence((one) => subscription(one) === id && one.method !== 'notifications/cancelled');
    });
    await t.check('the-id-may-be-used-again', async () => {
        const { id } = await listen(client, { toolsListChanged: true }, 'again');
        await client.cancel(id);
        await client.barrier();
        await listen(client, { toolsListChanged: true }, 'again');
        await client.cancel(id);
    });
    await t.check('nothing-asked-for-is-acknowledged', async () => {
        const { id, honoured } = await listen(client, {});
        same(honoured, {});
        await client.cancel(id);
    });
    await t.check('unknown-filters-are-left-out', async () => {
        const { id, honoured } = await listen(client, { futureChanged: true, toolsListChanged: true });
        must(!('futureChanged' in honoured), JSON.stringify(honoured));
        await client.cancel(id);
    });
    for (const [name, params] of Object.entries({
        'without-notifications': {},
        'with-a-list': { notifications: [] },
        'with-text-for-a-flag': { notifications: { toolsListChanged: 'yes' } },
        'with-text-for-resources': { notifications: { resourceSubscriptions: watched } },
        'with-a-number-for-a-uri': { notifications: { resourceSubscriptions: [1] } },
    })) {
        await t.check(`refused-${name}`, () => client.error(invalid, 'subscriptions/listen', params));
    }
    await t.check('ends-with-a-result-when-the-server-ends', async () => {
        const ids = [(await listen(client, { toolsListChanged: true }, 'last')).id, (await listen(client, {}, 99)).id];
        server.endInput();
        for (const id of ids) {
            const { json } = await server.answer(id);
            must(json.result?._meta?.[`${PREFIX}subscriptionId`] === id, JSON.stringify(json));
        }
    });
});

scenario('listen-many', { ...modern, needs: { tools: ['test_trigger_tool_change'] } }, async (t) => {
    const client = await t.client();
    await t.check('two-hundred-subscriptions-are-all-told', async () => {
        const ids = Array.from({ length: 200 }, (_, i) => `s${i}`);
        for (const id of ids) {
            await client.ask('subscriptions/listen', { notifications: { toolsListChanged: true } }, { id });
        }
        for (const id of ids) {
            await client.server.next(isAcknowledged(id), `acknowledgment of ${id}`);
        }
        await client.call('test_trigger_tool_change');
        for (const id of ids) {
            await client.server.next(
                (one) => one.method === 'notifications/tools/list_changed' && subscription(one) === id,
                `change for ${id}`,
            );
        }
    });
});

// ---- input_required -------------------------------------------------------------------------------

const fixture = (name) => `test_input_required_result_${name}`;
const elicited = (content) => ({ action: 'accept', content });
const sampled = (text) => ({ role: 'assistant', model: 'm', content: { type: 'text', text } });
const noRoots = { roots: [{ uri: 'file:///work', name: 'work' }] };

scenario(
    'input-required',
    {
        ...modern,
        needs: {
            tools: ['elicitation', 'sampling', 'list_roots', 'request_state', 'multiple_inputs', 'multi_round'].map(
                fixture,
            ),
            prompts: [fixture('prompt')],
        },
    },
    async (t) => {
        const client = await t.client();
        const first = async (name) => {
            const result = await client.call(fixture(name), {});
            must(result.resultType === 'input_required', `the resultType is ${result.resultType}`);
            return result;
        };
        const again = (name, inputResponses, requestState) =>
            client.result('tools/call', {
                name: fixture(name),
                arguments: {},
                ...(inputResponses === undefined ? {} : { inputResponses }),
                ...(requestState === undefined ? {} : { requestState }),
            });
        const isDone = (result, part) =>
            must(
                result.resultType === 'complete' && !result.isError && textOf(result).includes(part),
                JSON.stringify(result),
            );

        await t.check('elicitation', async () => {
            const { inputRequests, requestState } = await first('elicitation');
            must(
                inputRequests.user_name?.method === 'elicitation/create' &&
                    inputRequests.user_name.params.requestedSchema.required[0] === 'name',
                JSON.stringify(inputRequests),
            );
            isDone(await again('elicitation', { user_name: elicited({ name: 'Alice' }) }, requestState), 'Alice');
        });
        await t.check('elicitation-declined-and-cancelled', async () => {
            for (const action of ['decline', 'cancel']) {
                const { requestState } = await first('elicitation');
                const result = await again('elicitation', { user_name: { action } }, requestState);
                must(result.resultType === 'complete', JSON.stringify(result));
            }
        });
        await t.check('sampling', async () => {
            const { inputRequests, requestState } = await first('sampling');
            const [[key, { method, params }]] = Object.entries(inputRequests);
            must(
                method === 'sampling/createMessage' && params.messages.length && params.maxTokens === 100,
                JSON.stringify(inputRequests),
            );
            isDone(await again('sampling', { [key]: sampled('Paris') }, requestState), 'Paris');
        });
        await t.check('roots', async () => {
            const { inputRequests, requestState } = await first('list_roots');
            const [[key, { method }]] = Object.entries(inputRequests);
            must(method === 'roots/list', JSON.stringify(inputRequests));
            isDone(await again('list_roots', { [key]: noRoots }, requestState), '1');
        });
        await t.check('several-at-once', async () => {
            const { inputRequests, requestState } = await first('multiple_inputs');
            const methods = Object.values(inputRequests)
                .map(({ method }) => method)
                .sort();
            same(methods, ['elicitation/create', 'roots/list', 'sampling/createMessage']);
            must(typeof requestState === 'string', 'no requestState');
            isDone(
                await again(
                    'multiple_inputs',
                    { user_name: elicited({ name: 'Bo' }), greeting: sampled('Good day'), client_roots: noRoots },
                    requestState,
                ),
                'Bo',
            );
        });
        await t.check('some-of-several-are-asked-again', async () => {
            const { requestState } = await first('multiple_inputs');
            const second = await again('multiple_inputs', { greeting: sampled('Good day') }, requestState);
            must(second.resultType === 'input_required', JSON.stringify(second));
            const left = Object.keys(second.inputRequests);
            isDone(
                await again(
                    'multiple_inputs',
                    Object.fromEntries(
                        [
                            ['user_name', elicited({ name: 'Cy' })],
                            ['client_roots', noRoots],
                            ['greeting', sampled('Good day')],
                        ].filter(([key]) => left.includes(key)),
                    ),
                    second.requestState,
                ),
                'Good day',
            );
        });
        await t.check('rounds', async () => {
            const one = await first('multi_round');
            must('step1' in one.inputRequests && typeof one.requestState === 'string', JSON.stringify(one));
            const two = await again('multi_round', { step1: elicited({ name: 'Di' }) }, one.requestState);
            must(
                two.resultType === 'input_required' &&
                    'step2' in two.inputRequests &&
                    two.requestState !== one.requestState,
                JSON.stringify(two),
            );
            isDone(await again('multi_round', { step2: elicited({ color: 'green' }) }, two.requestState), '');
        });
        await t.check('a-prompt-asks-too', async () => {
            const one = await client.result('prompts/get', { name: fixture('prompt') });
            must(one.resultType === 'input_required' && 'user_context' in one.inputRequests, JSON.stringify(one));
            const two = await client.result('prompts/get', {
                name: fixture('prompt'),
                inputResponses: { user_context: elicited({ context: 'here' }) },
                ...(one.requestState ? { requestState: one.requestState } : {}),
            });
            must(JSON.stringify(two.messages).includes('here'), JSON.stringify(two));
        });
        await t.check('a-wrong-key-is-asked-again', async () => {
            const result = await again('elicitation', { wrong_key: elicited({ name: 'Eve' }) });
            must(result.resultType === 'input_required' && 'user_name' in result.inputRequests, JSON.stringify(result));
        });
        await t.check('unknown-keys-are-ignored', async () =>
            isDone(await again('elicitation', { user_name: elicited({ name: 'Fay' }), other: { any: [1] } }), 'Fay'),
        );
        const wrong = {
            'a-number': 12345,
            null: null,
            text: 'Alice',
            'a-list': [],
            'an-unknown-action': { action: 'perhaps' },
            'without-an-action': { content: { name: 'Al' } },
            'content-against-its-schema': elicited({ name: 5 }),
            'accepted-without-content': { action: 'accept' },
        };
        for (const [name, answer] of Object.entries(wrong)) {
            await t.check(`an-answer-that-is-${name}-is-not-taken`, async () => {
                const reply = await client.request('tools/call', {
                    name: fixture('elicitation'),
                    arguments: {},
                    inputResponses: { user_name: answer },
                });
                must(
                    reply.error || reply.result.resultType === 'input_required' || reply.result.isError,
                    JSON.stringify(reply),
                );
            });
        }
        for (const [name, answers] of Object.entries({ null: null, 'a-list': [], text: 'x' })) {
            await t.check(`answers-that-are-${name}-are-not-taken`, async () => {
                const reply = await client.request('tools/call', {
                    name: fixture('elicitation'),
                    arguments: {},
                    inputResponses: answers,
                });
                must(reply.error || reply.result.resultType === 'input_required', JSON.stringify(reply));
            });
        }
        await t.check('other-methods-do-not-ask', async () => {
            for (const method of ['tools/list', 'prompts/list', 'resources/list', 'server/discover']) {
                const result = await client.result(method, { inputResponses: {}, requestState: 'x' });
                must(result.resultType === 'complete', `${method}: ${result.resultType}`);
            }
        });
    },
);

scenario(
    'request-state',
    { ...modern, needs: { tools: [fixture('request_state'), fixture('tampered_state'), 'test_simple_text'] } },
    async (t) => {
        const client = await t.client();
        const answer = { confirm: elicited({ ok: true }) };
        const state = async (name = 'request_state', args = {}) =>
            (await client.call(fixture(name), args)).requestState;
        const say = (params) => client.request('tools/call', { arguments: {}, inputResponses: answer, ...params });

        await t.check('comes-back', async () => {
            const reply = await say({ name: fixture('request_state'), requestState: await state() });
            must(textOf(reply.result ?? {})?.includes('state-ok'), JSON.stringify(reply));
        });
        const good = await state('tampered_state');
        const middle = Math.floor(good.length / 2);
        const swap = (at) => good.slice(0, at) + (good[at] === 'A' ? 'B' : 'A') + good.slice(at + 1);
        for (const [name, requestState] of Object.entries({
            'made-longer': `${good}-TAMPERED`,
            'cut-short': good.slice(0, -1),
            halved: good.slice(0, middle),
            'changed-at-its-begin': swap(0),
            'changed-in-its-middle': swap(middle),
            doubled: good + good,
            empty: '',
            nonsense: 'nonsense',
            'with-a-space': ` ${good}`,
            'with-a-line-break': `${good}\n`,
            padded: `${good}=`,
            'a-number': 1,
            null: null,
            'a-list': [good],
        })) {
            await t.check(`refused-${name}`, async () =>
                refused(await say({ name: fixture('tampered_state'), requestState })),
            );
        }
        await t.check('refused-for-another-tool', async () =>
            refused(await say({ name: fixture('request_state'), requestState: good })),
        );
        await t.check('refused-for-other-arguments', async () =>
            refused(await say({ name: fixture('tampered_state'), arguments: { x: 1 }, requestState: good })),
        );
        await t.check('refused-for-another-method', async () => {
            refused(
                await client.request('prompts/get', {
                    name: fixture('prompt'),
                    inputResponses: {},
                    requestState: good,
                }),
            );
        });
        await t.check('of-another-process-is-refused', async () => {
            const other = await t.client();
            refused(
                await other.request('tools/call', {
                    name: fixture('tampered_state'),
                    arguments: {},
                    inputResponses: answer,
                    requestState: good,
                }),
            );
        });
        await t.check('without-an-answer-is-asked-again', async () => {
            const reply = await client.result('tools/call', {
                name: fixture('request_state'),
                arguments: {},
                requestState: await state(),
            });
            must(reply.resultType === 'input_required', JSON.stringify(reply));
        });
    },
);
