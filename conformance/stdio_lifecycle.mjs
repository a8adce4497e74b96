// stdio_lifecycle.mjs - handshake, negotiation, what comes before it, JSON-RPC, batches: the
// revisions that begin with initialize (protocol.md 1.1, 1.2).
import { Failure, initialize, must, refused } from './stdio_client.mjs';
import { legacy, scenario } from './stdio_run.mjs';
import { LEGACY, PREFIX } from './wire.mjs';

const newest = LEGACY.at(-1);
const looksModern = [-32020, -32021, -32022];

scenario('lifecycle', legacy, async (t, revision) => {
    const client = await t.client({ isNew: true });
    let hello;

    await t.check('ping-before-initialize', async () => {
        const result = await client.result('ping');
        must(Object.keys(result).length === 0, `ping is answered ${JSON.stringify(result)}`);
    });
    await t.check('request-before-initialize-is-refused', async () => {
        const error = await client.error(undefined, 'tools/list');
        must(!looksModern.includes(error.code), `refused with ${error.code}, which clients take for a modern server`);
    });
    await t.check('notification-before-initialize-is-ignored', async () => {
        await client.notify('notifications/cancelled', { requestId: 'nothing' });
        await client.silence(() => true);
    });
    await t.check('same-version', async () => {
        hello = await client.handshake();
        must(hello.protocolVersion === revision, `asked for ${revision}, got ${hello.protocolVersion}`);
    });
    await t.check('server-info', () => {
        must(hello?.serverInfo?.name && hello.serverInfo.version, `serverInfo is ${JSON.stringify(hello?.serverInfo)}`);
    });
    await t.check('capabilities-match-methods', async () => {
        const methods = { tools: 'tools/list', prompts: 'prompts/list', resources: 'resources/list' };
        for (const [capability, method] of Object.entries(methods)) {
            const answer = await client.request(method);
            const isServed = 'result' in answer;
            must(
                isServed === capability in hello.capabilities,
                `${capability} is ${isServed ? 'served, not declared' : 'declared, not served'}`,
            );
            must(
                isServed || answer.error.code === -32601,
                `undeclared ${method} is refused with ${answer.error?.code}`,
            );
        }
    });
    await t.check('initialized-is-not-answered', async () => {
        await client.notify('notifications/initialized');
        await client.silence(() => true);
    });
    await t.check('initialize-twice-is-refused', async () => {
        await client.server.say(initialize(revision === newest ? '2025-06-18' : newest, { id: 'again' }));
        refused((await client.server.answer('again')).json);
        await client.result('ping');
    });
});

scenario('negotiation', { revisions: [newest] }, async (t) => {
    const strange = {
        garbage: 'garbage',
        empty: '',
        unknown: '1999-01-01',
        future: '9999-12-31',
        modern: '2026-07-28',
        prerelease: '2024-10-07',
        case: '2025-11-25 ',
        long: 'v'.repeat(10000),
        unicode: 'v１.０\u0000',
    };
    for (const [name, version] of Object.entries(strange)) {
        await t.check(`offers-the-newest-for-${name}`, async () => {
            const client = await t.client({ isNew: true });
            const hello = await client.handshake({ requested: version });
            must(hello.protocolVersion === newest, `offers ${hello.protocolVersion}`);
            await client.result('tools/list');
        });
    }
    const broken = { absent: undefined, number: 20251125, null: null, array: ['2025-11-25'] };
    for (const [name, version] of Object.entries(broken)) {
        await t.check(`refuses-a-version-that-is-${name}`, async () => {
            const client = await t.client({ isNew: true });
            const message = initialize(version);
            if (version === undefined) {
                delete message.params.protocolVersion;
            }
            await client.server.say(message);
            refused((await client.server.answer('init')).json, [-32602, -32600]);
            await client.handshake();
        });
    }
    await t.check('tolerates-unknown-members', async () => {
        const client = await t.client({ isNew: true });
        const message = initialize(newest);
        Object.assign(message.params, { future: { a: [1] }, _meta: { 'example.com/x': true } });
        Object.assign(message.params.capabilities, {
            future: { deep: [{}] },
            experimental: { x: {} },
            roots: { listChanged: true },
        });
        message.params.clientInfo.icons = [{ src: 'data:image/png;base64,AA==' }];
        message.extra = 1;
        await client.server.say(message);
        must((await client.server.answer('init')).json.result, 'refused');
    });
});

// Ids as JSON text: what comes back must be the same text.
const ids = {
    zero: '0',
    negative: '-7',
    large: '9007199254740993',
    'beyond-64-bits': '123456789012345678901234567890',
    text: '"a b"',
    'empty-text': '""',
    unicode: '"ü\u2028€😀"',
    escaped: '"\\u00e9\\n\\"\\\\"',
    'number-as-text': '"1"',
    long: `"${'x'.repeat(250)}"`,
};
const badIds = { null: 'null', fraction: '1.5', true: 'true', array: '[1]', object: '{"a":1}' };

function idOf(raw) {
    return raw.match(/"id":((?:"(?:[^"\\]|\\.)*")|[^,}]+)/)?.[1];
}

scenario('json-rpc', legacy, async (t, revision) => {
    const client = await t.client();
    const { server } = client;
    const unread = async (what) => {
        const { json } = await server.next(
            (one) => one.error && (one.id === null || one.id === undefined),
            `refusal of ${what}`,
        );
        must(
            revision >= '2025-11-25' ? !('id' in json) : json.id === null,
            `the unreadable id is ${JSON.stringify(json.id)} in ${revision}`,
        );
        return json.error;
    };

    for (const [name, id] of Object.entries(ids)) {
        await t.check(`echoes-id-${name}`, async () => {
            await server.sayRaw(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`, { id: JSON.parse(id), method: 'ping' });
            const { raw } = await server.next((one) => one.id !== undefined, `answer to ${id}`);
            must(
                JSON.parse(`[${idOf(raw)}]`)[0] === JSON.parse(id) && (id.startsWith('"') || idOf(raw) === id),
                `${id} came back as ${idOf(raw)}`,
            );
        });
    }
    for (const [name, id] of Object.entries(badIds)) {
        await t.check(`refuses-id-${name}`, async () => {
            await server.sayRaw(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`);
            must((await unread(name)).code === -32600, 'with another code than -32600');
        });
    }
    const invalid = {
        'no-version': '{"id":7,"method":"ping"}',
        'version-1': '{"jsonrpc":"1.0","id":7,"method":"ping"}',
        'version-number': '{"jsonrpc":2.0,"id":7,"method":"ping"}',
        'method-number': '{"jsonrpc":"2.0","id":7,"method":1}',
        'method-null': '{"jsonrpc":"2.0","id":7,"method":null}',
        'no-method': '{"jsonrpc":"2.0","id":7}',
        'params-array': '{"jsonrpc":"2.0","id":7,"method":"ping","params":[1]}',
        'params-text': '{"jsonrpc":"2.0","id":7,"method":"ping","params":"x"}',
    };
    for (const [name, text] of Object.entries(invalid)) {
        await t.check(`refuses-${name}`, async () => {
            await server.sayRaw(text, { id: 7, method: 'ping' });
            refused((await server.answer(7)).json, [-32600, -32602]);
        });
    }
    for (const [name, text] of Object.entries({ number: '1', text: '"ping"', null: 'null', true: 'true' })) {
        await t.check(`refuses-a-message-that-is-${name}`, async () => {
            await server.sayRaw(text);
            must((await unread(name)).code === -32600, 'with another code than -32600');
        });
    }
    await t.check('unknown-method', () => client.error(-32601, 'no/such/method'));
    await t.check('methods-of-the-modern-era', async () => {
        await client.error(-32601, 'server/discover', {});
        await client.error(-32601, 'subscriptions/listen', { notifications: {} });
    });
    await t.check('notifications-are-not-answered', async () => {
        await client.notify('notifications/roots/list_changed');
        await client.notify('notifications/no/such');
        await client.notify('tools/list');
        await client.notify('notifications/cancelled');
        await client.notify('notifications/cancelled', { requestId: { a: 1 } });
        await server.sayRaw('{"jsonrpc":"2.0","method":"notifications/initialized","params":[1]}');
        await client.silence(() => true);
    });
    await t.check('stray-responses-are-ignored', async () => {
        await server.say({ jsonrpc: '2.0', id: 'nobody', result: {} });
        await server.say({ jsonrpc: '2.0', id: 4711, error: { code: -1, message: 'no' } });
        await server.say({ jsonrpc: '2.0', id: null, error: { code: -1, message: 'no' } });
        await client.silence(() => true);
    });
    await t.check('tolerates-unknown-members', async () => {
        await server.sayRaw(
            '{"jsonrpc":"2.0","extra":[1],"id":8,"method":"ping","params":{"x":1,"_meta":{"example.com/y":null}}}',
            { id: 8, method: 'ping' },
        );
        must((await server.answer(8)).json.result, 'refused');
    });
    await t.check('duplicate-members-are-refused', async () => {
        await server.sayRaw('{"jsonrpc":"2.0","id":9,"method":"tools/call","method":"ping"}');
        const { json } = await server.next((one) => 'error' in one || 'result' in one, 'answer');
        refused(json, [-32700, -32600]);
    });
    await t.check('answers-a-hundred-interleaved', async () => {
        const asked = await Promise.all(
            Array.from({ length: 100 }, (_, i) => client.ask(i % 2 ? 'ping' : 'tools/list')),
        );
        for (const id of asked.reverse()) {
            must((await server.answer(id)).json.result, `no result for ${id}`);
        }
    });
});

// ---- Batches (protocol.md 1.1 rows 7 to 10) -------------------------------------------------------

const ping = (id) => ({ jsonrpc: '2.0', id, method: 'ping' });
const isArray = (json) => Array.isArray(json);

scenario('batch', { revisions: ['2025-03-26'] }, async (t) => {
    const client = await t.client();
    const { server } = client;
    // The answers of one batch, by id; a server may send them alone or in arrays.
    const answers = async (batch, n) => {
        await server.say(batch);
        const found = new Map();
        while (found.size < n) {
            const { json } = await server.next(
                (one) => isArray(one) || !('method' in one),
                `answer to a batch (${found.size} of ${n})`,
            );
            [json].flat().forEach((one) => found.set(one.id, one));
        }
        return found;
    };

    await t.check('requests-are-all-answered', async () => {
        const found = await answers([ping(1), ping('two'), ping(3)], 3);
        must(
            [1, 'two', 3].every((id) => found.get(id)?.result),
            `answered ${[...found.keys()]}`,
        );
    });
    await t.check('one-request', async () => must((await answers([ping(4)], 1)).get(4)?.result, 'not answered'));
    await t.check('mixed-with-notifications-and-responses', async () => {
        const found = await answers(
            [
                { jsonrpc: '2.0', method: 'notifications/initialized' },
                ping(5),
                { jsonrpc: '2.0', id: 99, result: {} },
                { jsonrpc: '2.0', id: 6, method: 'no/such' },
            ],
            2,
        );
        must(found.get(5)?.result && found.get(6)?.error?.code === -32601, `answered ${JSON.stringify([...found])}`);
        await client.silence(() => true);
    });
    await t.check('notifications-only-are-not-answered', async () => {
        await server.say([
            { jsonrpc: '2.0', method: 'notifications/initialized' },
            { jsonrpc: '2.0', method: 'notifications/x' },
        ]);
        await client.silence(() => true);
    });
    await t.check('responses-only-are-not-answered', async () => {
        await server.say([
            { jsonrpc: '2.0', id: 1, result: {} },
            { jsonrpc: '2.0', id: 2, error: { code: 1, message: 'x' } },
        ]);
        await client.silence(() => true);
    });
    await t.check('empty-is-refused', async () => {
        await server.sayRaw('[]');
        refused((await server.next((one) => !isArray(one) && one.error, 'refusal')).json, -32600);
    });
    await t.check('initialize-inside-is-refused', async () => {
        const found = await answers([initialize('2025-03-26', { id: 7 }), ping(8)], 2);
        must(found.get(7)?.error && found.get(8)?.result, `answered ${JSON.stringify([...found])}`);
    });
    await t.check('invalid-elements-are-refused-one-by-one', async () => {
        await server.sayRaw('[1,[],{"jsonrpc":"2.0","id":9,"method":"ping"},{"id":10}]', [ping(9), ping(10)]);
        let refusals = 0;
        let isAnswered = false;
        while (refusals < 3 || !isAnswered) {
            const { json } = await server.next(
                (one) => isArray(one) || !('method' in one),
                `answer (${refusals} refusals)`,
            );
            [json].flat().forEach((one) => (one.error ? refusals++ : (isAnswered ||= one.id === 9)));
        }
    });
    await t.check('too-many-are-refused-or-served', async () => {
        await server.say(Array.from({ length: 1001 }, (_, i) => ping(i + 1000)));
        const { json } = await server.next((one) => isArray(one) || 'error' in one, 'answer');
        must(isArray(json) ? json.length === 1001 : json.error.code === -32600, 'neither');
        await client.result('ping');
    });
    await t.check('a-thousand-are-served', async () => {
        const found = await answers(
            Array.from({ length: 1000 }, (_, i) => ping(i)),
            1000,
        );
        must(found.size === 1000, `answered ${found.size}`);
    });
    await t.check('a-modern-request-inside-is-refused', async () => {
        const claim = { [`${PREFIX}protocolVersion`]: '2026-07-28', [`${PREFIX}clientCapabilities`]: {} };
        await server.say([{ jsonrpc: '2.0', id: 11, method: 'server/discover', params: { _meta: claim } }]);
        const { json } = await server.next((one) => isArray(one) || 'error' in one, 'refusal');
        must(
            [json].flat().every((one) => one.error?.code === -32600),
            JSON.stringify(json),
        );
    });
});

scenario(
    'batch-with-calls',
    {
        revisions: ['2025-03-26'],
        needs: { tools: ['test_simple_text', 'test_tool_with_progress', 'test_sampling', 'test_waits'] },
    },
    async (t) => {
        const client = await t.client();
        const { server } = client;
        const call = (id, name, args = {}, meta) => ({
            jsonrpc: '2.0',
            id,
            method: 'tools/call',
            params: { name, arguments: args, ...(meta ? { _meta: meta } : {}) },
        });
        const all = async (n) => {
            const found = new Map();
            while (found.size < n) {
                const { json } = await server.next(
                    (one) => isArray(one) || !('method' in one),
                    `answer (${found.size} of ${n})`,
                );
                [json].flat().forEach((one) => found.set(one.id, one));
            }
            return found;
        };

        await t.check('slow-and-quick-with-progress', async () => {
            await server.say([
                call(1, 'test_tool_with_progress', {}, { progressToken: 'p' }),
                call(2, 'test_simple_text'),
            ]);
            await server.next((one) => one.params?.progressToken === 'p', 'progress');
            const found = await all(2);
            must(found.get(1)?.result && found.get(2)?.result, `answered ${[...found.keys()]}`);
        });
        await t.check('a-call-inside-may-ask', async () => {
            await server.say([call(3, 'test_sampling', { prompt: 'Hi' }), call(4, 'test_simple_text')]);
            const { json } = await server.next(
                (one) => one.method === 'sampling/createMessage',
                'sampling/createMessage',
            );
            await server.say([
                {
                    jsonrpc: '2.0',
                    id: json.id,
                    result: { role: 'assistant', model: 'm', content: { type: 'text', text: 'batched' } },
                },
            ]);
            must(JSON.stringify((await all(2)).get(3)).includes('batched'), 'the answer did not arrive');
        });
        await t.check('a-cancelled-one-is-left-out', async () => {
            await server.say([
                call(5, 'test_waits', { ms: 10000 }, { progressToken: 'q' }),
                call(6, 'test_simple_text'),
            ]);
            await server.next((one) => one.params?.progressToken === 'q', 'progress');
            await client.cancel(5);
            const found = await all(1);
            must(found.has(6) && !found.has(5), `answered ${[...found.keys()]}`);
            await client.silence((one) => one.id === 5);
        });
    },
);

scenario('no-batch', { revisions: ['2024-11-05', '2025-06-18', '2025-11-25'] }, async (t) => {
    const client = await t.client();
    const { server } = client;

    for (const [name, text] of Object.entries({
        requests: JSON.stringify([ping(1), ping(2)]),
        notification: '[{"jsonrpc":"2.0","method":"notifications/x"}]',
        empty: '[]',
    })) {
        await t.check(`an-array-of-${name}-is-refused`, async () => {
            await server.sayRaw(text);
            const { json } = await server.next((one) => isArray(one) || 'error' in one || 'result' in one, 'refusal');
            if (isArray(json)) {
                throw new Failure('answered with an array');
            }
            refused(json, -32600);
        });
    }
    await t.check('the-next-message-is-served', () => client.result('ping'));
});
