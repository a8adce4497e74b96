// stdio_flow.mjs - how calls go on, in every revision: logging, progress, cancellation, pages
// (protocol.md 1.9, 1.10 and 2.13).
import { must } from './stdio_client.mjs';
import { same } from './stdio_features.mjs';
import { everyPage, legacy, scenario } from './stdio_run.mjs';
import { PREFIX } from './wire.mjs';

const invalid = -32602;

// ---- Logging --------------------------------------------------------------------------------------

const isLog = (json) => json.method === 'notifications/message';

async function logsOf(client, options) {
    const id = await client.askTool('test_tool_with_logging', {}, options);
    const logs = [];
    for (;;) {
        const { json } = await client.server.next((one) => isLog(one) || one.id === id, 'log message or result');
        if (json.id === id) {
            must(json.result && !json.result.isError, JSON.stringify(json));
            await client.silence(isLog, 20);
            return logs;
        }
        logs.push(json.params);
    }
}

const threeSteps = (logs) => {
    same(
        logs.map(({ level }) => level),
        ['info', 'info', 'info'],
    );
    same(
        logs.map(({ data }) => (typeof data === 'string' ? data : JSON.stringify(data))),
        ['Tool execution started', 'Tool processing data', 'Tool execution completed'],
    );
};

scenario('logging', { ...legacy, needs: { tools: ['test_tool_with_logging'], capability: ['logging'] } }, async (t) => {
    const client = await t.client();

    for (const level of ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug']) {
        await t.check(`set-level-${level}`, async () => same(await client.result('logging/setLevel', { level }), {}));
    }
    await t.check('messages-come-before-the-result', async () => threeSteps(await logsOf(client)));
    await t.check('nothing-below-the-level', async () => {
        await client.result('logging/setLevel', { level: 'notice' });
        same(await logsOf(client), []);
    });
    await t.check('lowering-the-level-brings-them-back', async () => {
        await client.result('logging/setLevel', { level: 'info' });
        threeSteps(await logsOf(client));
    });
    for (const [name, params] of Object.entries({
        'unknown-level': { level: 'loud' },
        'in-capitals': { level: 'INFO' },
        'a-number': { level: 1 },
        'without-a-level': {},
    })) {
        await t.check(`refused-${name}`, () => client.error(invalid, 'logging/setLevel', params));
    }
});

scenario(
    'logging-per-request',
    { revisions: ['2026-07-28'], needs: { tools: ['test_tool_with_logging'], capability: ['logging'] } },
    async (t) => {
        const client = await t.client();
        const at = (level) => ({ meta: { [`${PREFIX}logLevel`]: level } });

        await t.check('nothing-unless-asked', async () => same(await logsOf(client), []));
        await t.check('messages-come-before-the-result', async () => threeSteps(await logsOf(client, at('debug'))));
        await t.check('nothing-below-the-level', async () => same(await logsOf(client, at('warning')), []));
        await t.check('the-level-does-not-last', async () => same(await logsOf(client), []));
        for (const level of ['loud', 'INFO', 1, null]) {
            await t.check(`refused-${level}`, () =>
                client.error(invalid, 'tools/call', { name: 'test_tool_with_logging' }, at(level)),
            );
        }
    },
);

// ---- Progress and cancellation --------------------------------------------------------------------

async function progressOf(client, token, what = 'test_tool_with_progress') {
    const id = await client.askTool(what, {}, token === undefined ? {} : { meta: { progressToken: token } });
    const heard = [];
    for (;;) {
        const { json } = await client.server.next(
            (one) => one.method === 'notifications/progress' || one.id === id,
            'progress or result',
        );
        if (json.id === id) {
            must(json.result, JSON.stringify(json));
            return heard;
        }
        heard.push(json.params);
    }
}

scenario('progress', { needs: { tools: ['test_tool_with_progress'] } }, async (t) => {
    const client = await t.client();

    for (const token of ['abc', '', 'ü😀', 0, 7, -1]) {
        await t.check(`token-${JSON.stringify(token)}`, async () => {
            const heard = await progressOf(client, token);
            same(
                heard.map(({ progressToken }) => progressToken),
                [token, token, token],
            );
            same(
                heard.map(({ progress, total }) => [progress, total]),
                [
                    [0, 100],
                    [50, 100],
                    [100, 100],
                ],
            );
        });
    }
    await t.check('none-without-a-token', async () => same(await progressOf(client), []));
    await t.check('none-after-the-result', async () => {
        await progressOf(client, 'last');
        await client.silence((json) => json.method === 'notifications/progress');
    });
    await t.check('two-at-once-keep-their-tokens', async () => {
        const ids = [
            await client.askTool('test_tool_with_progress', {}, { meta: { progressToken: 'one' } }),
            await client.askTool('test_tool_with_progress', {}, { meta: { progressToken: 'two' } }),
        ];
        const heard = { one: [], two: [] };
        for (let done = 0; done < 2;) {
            const { json } = await client.server.next(
                (one) => one.method === 'notifications/progress' || ids.includes(one.id),
                'progress or result',
            );
            if (json.id) {
                done++;
            } else {
                heard[json.params.progressToken]?.push(json.params.progress);
            }
        }
        same(heard, { one: [0, 50, 100], two: [0, 50, 100] });
    });
    await t.check('a-token-that-is-an-object-is-refused-or-ignored', async () => {
        const answer = await client.request(
            'tools/call',
            { name: 'test_tool_with_progress' },
            { meta: { progressToken: { a: 1 } } },
        );
        must(answer.result || answer.error?.code === invalid, JSON.stringify(answer));
    });
});

scenario('cancellation', { needs: { tools: ['test_waits', 'test_simple_text'] } }, async (t) => {
    const client = await t.client();
    const { server } = client;
    // A call that is under way: it has reported progress.
    const begin = async (id, ms) => {
        await client.askTool('test_waits', { ms }, { id, meta: { progressToken: `for ${JSON.stringify(id)}` } });
        await server.next((one) => one.params?.progressToken === `for ${JSON.stringify(id)}`, 'progress');
    };
    const saysNothingMore = (id, forMs) =>
        client.silence((one) => one.id === id || one.params?.progressToken === `for ${JSON.stringify(id)}`, forMs);

    await t.check('a-cancelled-call-is-not-answered', async () => {
        await begin('a', 700);
        await begin(17, 700);
        await client.cancel('a', 'The user has changed their mind.');
        await client.cancel(17);
        await saysNothingMore('a', 900);
        await saysNothingMore(17, 1);
    });
    await t.check('others-go-on', async () => {
        await begin('b', 10000);
        await begin('c', 100);
        await client.cancel('b');
        must((await server.answer('c')).json.result, 'the other call failed');
        await saysNothingMore('b');
    });
    await t.check('text-and-number-are-different-ids', async () => {
        await begin('18', 1000); // must be under way when the other is cancelled
        await client.cancel(18);
        must((await server.answer('18')).json.result, 'the call was cancelled by another id');
    });
    await t.check('what-is-unknown-or-over-is-ignored', async () => {
        const id = await client.askTool('test_simple_text');
        await server.answer(id);
        await client.cancel(id);
        await client.cancel('never-asked');
        await client.cancel(null);
        await client.silence(() => true);
    });
    await t.check('twice', async () => {
        await begin('d', 10000);
        await client.cancel('d');
        await client.cancel('d');
        await saysNothingMore('d');
    });
    await t.check('the-id-may-be-used-again', async () => {
        must((await client.call('test_simple_text', {}, { id: 'd' })).content, 'no content');
    });
    await t.check('many-at-once', async () => {
        for (let i = 0; i < 50; i++) {
            await begin(`many-${i}`, 10000);
        }
        for (let i = 0; i < 50; i++) {
            await client.cancel(`many-${i}`);
        }
        await client.silence((one) => String(one.id).startsWith('many-'));
    });
});

// ---- Pages ----------------------------------------------------------------------------------------

const lists = {
    tools: 'tools/list',
    prompts: 'prompts/list',
    resources: 'resources/list',
    resourceTemplates: 'resources/templates/list',
};

scenario('pages', { needs: { capability: ['tools', 'prompts', 'resources'] } }, async (t) => {
    // The fixture's own wish for small pages (README.md); other servers have the pages they have.
    const client = await t.client({ server: t.server({ env: { EVERYTHING_PAGE_ITEMS: '2' } }) });

    for (const [key, method] of Object.entries(lists)) {
        await t.check(`${key}-add-up`, async () => {
            const all = await everyPage(client, method);
            const names = all.map(({ name }) => name);
            must(new Set(names).size === names.length, `an item occurs twice: ${names}`);
            const site = {
                tools: t.site.tools,
                prompts: t.site.prompts,
                resources: t.site.resources,
                resourceTemplates: t.site.templates,
            }[key];
            must(all.length === site.size, `${all.length} items, ${site.size} without pages`);
        });
        for (const [name, cursor] of Object.entries({
            nonsense: 'nonsense',
            'base64-nonsense': Buffer.alloc(60, 7).toString('base64url'),
            number: 1,
            null: null,
            list: ['x'],
        })) {
            await t.check(`${key}-refuses-a-cursor-that-is-${name}`, () => client.error([invalid], method, { cursor }));
        }
    }
    const first = await client.result('tools/list', {});
    if (first.nextCursor === undefined) {
        t.skip('cursors', 'the list has one page');
        return;
    }
    const cursor = first.nextCursor;
    await t.check('a-cursor-may-be-used-again', async () =>
        same(await client.result('tools/list', { cursor }), await client.result('tools/list', { cursor })),
    );
    await t.check('a-cursor-is-of-its-list', () => client.error(invalid, 'prompts/list', { cursor }));
    const middle = Math.floor(cursor.length / 2);
    const flipped = cursor.slice(0, middle) + (cursor[middle] === 'A' ? 'B' : 'A') + cursor.slice(middle + 1);
    for (const [name, changedCursor] of Object.entries({
        'cut-short': cursor.slice(0, -1),
        'made-longer': `${cursor}A`,
        'with-one-character-changed': flipped,
    })) {
        await t.check(`refuses-a-cursor-${name}`, () => client.error(invalid, 'tools/list', { cursor: changedCursor }));
    }
    await t.check('the-first-page-again', async () => same(await client.result('tools/list', {}), first));
});
