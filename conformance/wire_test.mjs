// wire_test.mjs - the control of wire.mjs: a good message of each type passes in each revision that
// has it, and each of its mutations is refused. A validator that lets something through fails here.
import { Tally } from './process.mjs';
import { LEGACY, MODERN, PREFIX, REVISIONS, Wire, available } from './wire.mjs';

const since = (first) => (revision) => revision >= first;
const until = (last) => (revision) => revision <= last;
const gone = Symbol('gone');
const modernMeta = {
    [`${PREFIX}protocolVersion`]: MODERN,
    [`${PREFIX}clientCapabilities`]: { sampling: {}, roots: {}, elicitation: {} },
};

// ---- Messages: what is answered, a good one, and what spoils it: [path, value] -------------------

const text = { type: 'text', text: 'a' };
const cacheable = { ttlMs: 0, cacheScope: 'private' };
const results = [
    {
        method: 'initialize',
        in: until('2025-11-25'),
        good: (revision) => ({
            protocolVersion: revision,
            capabilities: { tools: {} },
            serverInfo: { name: 'a', version: '1' },
        }),
        bad: [
            ['capabilities', gone],
            ['capabilities', []],
            ['serverInfo', gone],
            ['serverInfo.version', gone],
            ['serverInfo.name', 1],
            ['instructions', 1],
            ['capabilities.tools', true],
            ['capabilities.tools.listChanged', 1],
        ],
    },
    {
        method: 'server/discover',
        in: since(MODERN),
        good: { supportedVersions: [MODERN], capabilities: {}, ...cacheable },
        bad: [
            ['supportedVersions', gone],
            ['supportedVersions', MODERN],
            ['capabilities', gone],
            ['ttlMs', gone],
            ['ttlMs', -1],
            ['ttlMs', 1.5],
            ['cacheScope', 'all'],
            ['serverInfo', { name: 'a', version: '1' }],
        ],
    },
    {
        method: 'tools/list',
        good: { tools: [{ name: 'a', inputSchema: { type: 'object' } }] },
        bad: [
            ['tools', gone],
            ['tools', {}],
            ['tools.0.name', gone],
            ['tools.0.name', 1],
            ['tools.0.inputSchema', gone],
            ['tools.0.inputSchema.type', 'array'],
            ['tools.0.description', 1],
            ['nextCursor', 1],
            ['nextCursor', null],
            ['tools.0.colour', 'red'],
        ],
    },
    {
        method: 'tools/call',
        good: { content: [text] },
        bad: [
            ['content', gone],
            ['content', {}],
            ['content.0.type', gone],
            ['content.0.type', 'smell'],
            ['content.0.text', gone],
            ['content.0.text', 1],
            ['isError', 'no'],
            ['content.0', 'a'],
            ['content.0.colour', 'red'],
        ],
    },
    {
        method: 'tools/call',
        name: 'an image',
        good: { content: [{ type: 'image', data: 'AA==', mimeType: 'image/png' }] },
        bad: [
            ['content.0.data', gone],
            ['content.0.data', '*'],
            ['content.0.mimeType', gone],
        ],
    },
    {
        method: 'tools/call',
        name: 'audio',
        in: since('2025-03-26'),
        good: { content: [{ type: 'audio', data: 'AA==', mimeType: 'audio/wav' }] },
        bad: [
            ['content.0.data', gone],
            ['content.0.mimeType', 1],
        ],
    },
    {
        method: 'tools/call',
        name: 'a resource',
        good: { content: [{ type: 'resource', resource: { uri: 'a:b', text: '' } }] },
        bad: [
            ['content.0.resource', gone],
            ['content.0.resource.uri', gone],
            ['content.0.resource.text', gone],
        ],
    },
    {
        method: 'tools/call',
        name: 'a link',
        in: since('2025-06-18'),
        good: { content: [{ type: 'resource_link', uri: 'a:b', name: 'a' }] },
        bad: [
            ['content.0.uri', gone],
            ['content.0.name', gone],
        ],
    },
    {
        method: 'tools/call',
        name: 'structured',
        in: since('2025-06-18'),
        good: { content: [], structuredContent: { a: 1 } },
        bad: [['content', gone]],
    },
    {
        method: 'resources/list',
        good: { resources: [{ uri: 'a:b', name: 'a' }] },
        bad: [
            ['resources', gone],
            ['resources.0.uri', gone],
            ['resources.0.name', gone],
            ['resources.0.uri', 1],
            ['resources.0.size', '1'],
            ['resources.0.colour', 1],
        ],
    },
    {
        method: 'resources/templates/list',
        good: { resourceTemplates: [{ uriTemplate: 'a:{b}', name: 'a' }] },
        bad: [
            ['resourceTemplates', gone],
            ['resourceTemplates.0.uriTemplate', gone],
            ['resourceTemplates.0.name', gone],
        ],
    },
    {
        method: 'resources/read',
        good: { contents: [{ uri: 'a:b', text: 'x' }] },
        bad: [
            ['contents', gone],
            ['contents.0.uri', gone],
            ['contents.0.text', gone],
            ['contents.0.text', 1],
            ['contents.0.mimeType', 1],
        ],
    },
    {
        method: 'resources/read',
        name: 'a blob',
        good: { contents: [{ uri: 'a:b', blob: 'AA==' }] },
        bad: [
            ['contents.0.blob', '*'],
            ['contents.0.blob', gone],
        ],
    },
    {
        method: 'prompts/list',
        good: { prompts: [{ name: 'a', arguments: [{ name: 'b' }] }] },
        bad: [
            ['prompts', gone],
            ['prompts.0.name', gone],
            ['prompts.0.arguments', {}],
            ['prompts.0.arguments.0.name', gone],
            ['prompts.0.arguments.0.required', 'yes'],
        ],
    },
    {
        method: 'prompts/get',
        good: { messages: [{ role: 'user', content: text }] },
        bad: [
            ['messages', gone],
            ['messages.0.role', 'nobody'],
            ['messages.0.content', gone],
            ['messages.0.content', [text]],
            ['messages.0.content.text', gone],
        ],
    },
    {
        method: 'completion/complete',
        good: { completion: { values: ['a'] } },
        bad: [
            ['completion', gone],
            ['completion.values', gone],
            ['completion.values', 'a'],
            ['completion.values.0', 1],
            ['completion.hasMore', 1],
        ],
    },
    { method: 'ping', in: until('2025-11-25'), good: {}, bad: [['_meta', 1]] },
    {
        method: 'subscriptions/listen',
        in: since(MODERN),
        good: { _meta: { [`${PREFIX}subscriptionId`]: 1 } },
        bad: [
            ['_meta', gone],
            ['_meta', {}],
        ],
    },
];

const notifications = [
    {
        method: 'notifications/progress',
        good: { progressToken: 't', progress: 1 },
        bad: [
            ['progressToken', gone],
            ['progress', gone],
            ['progress', '1'],
            ['total', '2'],
            ['progressToken', 'other'],
        ],
    },
    {
        method: 'notifications/message',
        good: { level: 'info', data: 'x' },
        bad: [
            ['level', gone],
            ['level', 'loud'],
            ['data', gone],
            ['logger', 1],
        ],
    },
    {
        method: 'notifications/cancelled',
        good: { requestId: 1 },
        bad: [
            ['requestId', {}],
            ['reason', 1],
        ],
    },
    {
        method: 'notifications/resources/updated',
        good: { uri: 'a:b' },
        bad: [
            ['uri', gone],
            ['uri', 1],
        ],
    },
    { method: 'notifications/resources/list_changed', good: {}, bad: [['_meta', 1]] },
    { method: 'notifications/tools/list_changed', good: {}, bad: [['_meta', 1]] },
    { method: 'notifications/prompts/list_changed', good: {}, bad: [['_meta', 1]] },
];

const requests = [
    {
        method: 'sampling/createMessage',
        good: { messages: [{ role: 'user', content: text }], maxTokens: 1 },
        bad: [
            ['messages', gone],
            ['maxTokens', gone],
            ['maxTokens', '1'],
            ['messages.0.role', 'system'],
            ['messages.0.content', gone],
        ],
    },
    { method: 'roots/list', good: {}, bad: [['_meta', 1]] },
    {
        method: 'elicitation/create',
        in: since('2025-06-18'),
        good: { message: 'a', requestedSchema: { type: 'object', properties: { a: { type: 'string' } } } },
        bad: [
            ['message', gone],
            ['requestedSchema', gone],
            ['requestedSchema.properties', gone],
            ['requestedSchema.type', 'array'],
            ['requestedSchema.properties.a', { type: 'object' }],
        ],
    },
];

// ---- Spoiling -------------------------------------------------------------------------------------

function put(value, path, what) {
    const copy = structuredClone(value);
    const steps = path.split('.').flatMap((step) => (step.startsWith('_meta') ? [step] : step));
    const last = steps.pop();
    const at = steps.reduce((inner, step) => inner[step], copy);
    if (what === gone) {
        delete at[last];
    } else {
        at[last] = what;
    }
    return copy;
}

// A wire on which `method` was just asked with id 1; logs and progress are wanted.
function asked(revision, method = 'tools/call') {
    const wire = new Wire({ revision: revision === MODERN || method === 'initialize' ? null : revision });
    const meta = revision === MODERN ? { ...modernMeta, [`${PREFIX}logLevel`]: 'debug' } : {};
    wire.can = revision === MODERN ? {} : { sampling: {}, roots: {}, elicitation: {} };
    wire.sent({
        jsonrpc: '2.0',
        id: 1,
        method,
        params: { _meta: { ...meta, ...(method === 'initialize' ? {} : { progressToken: 't' }) } },
    });
    return wire;
}

const tally = new Tally();
if (!available) {
    console.log('skipped: whether lies are seen: ../shared/data absent');
    tally.finish();
}

async function judge(name, message, wire, isGood) {
    const faults = wire().heard(message);
    if ((faults.length === 0) !== isGood) {
        await tally.check(name, () => {
            throw new Error(`${isGood ? 'refused' : 'let through'}: ${JSON.stringify(message)}\n${faults.join('\n')}`);
        });
    } else {
        tally.passed++;
    }
}

for (const revision of REVISIONS) {
    for (const { method, name = method, good, bad, in: has = () => true } of results.filter((one) =>
        (one.in ?? (() => true))(revision),
    )) {
        const cached = /list$|read$/.test(method) && revision === MODERN ? cacheable : {};
        const plain = typeof good === 'function' ? good(revision) : good;
        const result = revision === MODERN ? { resultType: 'complete', ...plain, ...cached } : plain;
        const say = (value) => ({ jsonrpc: '2.0', id: 1, result: value });
        const on = () => asked(revision, method);
        const label = `${revision} ${method} ${name}`;
        await judge(label, say(result), on, true);
        for (const [path, what] of bad) {
            await judge(
                `${label}: ${path} ${String(what === gone ? 'missing' : JSON.stringify(what))}`,
                say(put(result, path, what)),
                on,
                false,
            );
        }
        for (const what of [null, [], 'x', 1]) {
            await judge(`${label}: ${JSON.stringify(what)}`, say(what), on, false);
        }
        await judge(
            `${label}: of the other era`,
            say(revision === MODERN ? put(result, 'resultType', gone) : { ...result, resultType: 'complete' }),
            on,
            false,
        );
        for (const [member, what] of [
            ['jsonrpc', '1.0'],
            ['jsonrpc', gone],
            ['id', 2],
            ['id', '1'],
            ['id', null],
            ['error', { code: 1, message: '' }],
            ['extra', 1],
        ]) {
            await judge(`${label}: ${member}`, put(say(result), member, what), on, false);
        }
        await judge(
            `${label}: in an array`,
            [say(result)],
            on,
            revision === '2025-03-26' && method !== 'initialize' && has(revision),
        );
    }
    for (const { method, good, bad } of notifications) {
        // In 2026-07-28 a change belongs to a subscription.
        const isChange = /updated|list_changed/.test(method);
        const params = isChange && revision === MODERN ? { ...good, _meta: { [`${PREFIX}subscriptionId`]: 1 } } : good;
        const say = (value) => ({ jsonrpc: '2.0', method, params: value });
        const on = () => {
            const wire = asked(revision, isChange && revision === MODERN ? 'subscriptions/listen' : 'tools/call');
            if (isChange && revision === MODERN) {
                wire.heard({
                    jsonrpc: '2.0',
                    method: 'notifications/subscriptions/acknowledged',
                    params: { notifications: {}, _meta: { [`${PREFIX}subscriptionId`]: 1 } },
                });
            }
            return wire;
        };
        await judge(`${revision} ${method}`, say(params), on, true);
        for (const [path, what] of bad) {
            await judge(`${revision} ${method}: ${path}`, say(put(params, path, what)), on, false);
        }
        if (isChange && revision === MODERN) {
            await judge(
                `${revision} ${method}: of another subscription`,
                say(put(params, '_meta', { [`${PREFIX}subscriptionId`]: 2 })),
                on,
                false,
            );
        }
    }
    for (const { method, good, bad, in: has = () => true } of requests) {
        const say = (value) => ({ jsonrpc: '2.0', id: 'q', method, params: value });
        await judge(`${revision} ${method}`, say(good), () => asked(revision), revision !== MODERN && has(revision));
        for (const [path, what] of bad) {
            await judge(`${revision} ${method}: ${path}`, say(put(good, path, what)), () => asked(revision), false);
        }
        const undeclared = () => Object.assign(asked(revision), { can: {} });
        await judge(`${revision} ${method}: not declared`, say(good), undeclared, false);
    }
    const error = (value, id = 1) => ({ jsonrpc: '2.0', id, error: value });
    await judge(`${revision} error`, error({ code: -32602, message: 'x' }), () => asked(revision), true);
    for (const value of [
        null,
        {},
        { code: '1', message: 'x' },
        { code: 1.5, message: 'x' },
        { code: 1 },
        { code: 1, message: 1 },
        { code: 1, message: 'x', extra: 1 },
        { code: -32001, message: 'x' },
        revision === MODERN ? { code: -32002, message: 'x' } : { code: -32020, message: 'x' },
        revision === MODERN
            ? { code: -32042, message: 'x' }
            : { code: -32021, message: 'x', data: { requiredCapabilities: {} } },
        revision === MODERN
            ? { code: -32022, message: 'x', data: { supported: MODERN } }
            : { code: -32022, message: 'x' },
    ]) {
        await judge(`${revision} error ${JSON.stringify(value)}`, error(value), () => asked(revision), false);
    }
    await judge(
        `${revision} error with a null id`,
        error({ code: -32700, message: 'x' }, null),
        () => asked(revision === MODERN ? LEGACY.at(-1) : revision),
        revision < '2025-11-25',
    );
    await judge(
        `${revision} an unknown notification`,
        { jsonrpc: '2.0', method: 'notifications/x' },
        () => asked(revision),
        false,
    );
    await judge(`${revision} an unknown request`, { jsonrpc: '2.0', id: 1, method: 'x' }, () => asked(revision), false);
}

// ---- Rules that need memory -----------------------------------------------------------------------

const twice = (message) => () => {
    const wire = asked('2025-11-25', message.method ? 'tools/call' : 'ping');
    wire.heard(message);
    return wire;
};
const answer = { jsonrpc: '2.0', id: 1, result: {} };
const progress = (value) => ({
    jsonrpc: '2.0',
    method: 'notifications/progress',
    params: { progressToken: 't', progress: value },
});
const sampling = { jsonrpc: '2.0', id: 'q', method: 'sampling/createMessage', params: requests[0].good };
await judge('an answer twice', answer, twice(answer), false);
await judge('progress that rises', progress(2), twice(progress(1)), true);
await judge('progress that stands still', progress(1), twice(progress(1)), false);
await judge(
    'progress after the answer',
    progress(2),
    () => {
        const wire = asked('2025-11-25', 'ping');
        wire.heard(answer);
        return wire;
    },
    false,
);
await judge('a question with an id used before', sampling, twice(sampling), false);
await judge(
    'a log message below the level',
    { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 1 } },
    () => Object.assign(asked('2025-11-25'), { level: 'error' }),
    false,
);
await judge(
    'an acknowledgment of nothing',
    {
        jsonrpc: '2.0',
        method: 'notifications/subscriptions/acknowledged',
        params: { notifications: {}, _meta: { [`${PREFIX}subscriptionId`]: 1 } },
    },
    () => asked(MODERN),
    false,
);
await judge(
    'a change before the acknowledgment',
    {
        jsonrpc: '2.0',
        method: 'notifications/tools/list_changed',
        params: { _meta: { [`${PREFIX}subscriptionId`]: 1 } },
    },
    () => asked(MODERN, 'subscriptions/listen'),
    false,
);

const inputs = (method, params) => ({
    jsonrpc: '2.0',
    id: 1,
    result: { resultType: 'input_required', inputRequests: { a: { method, params } } },
});
await judge('input required', inputs('sampling/createMessage', requests[0].good), () => asked(MODERN), true);
await judge(
    'input required by a list',
    inputs('sampling/createMessage', requests[0].good),
    () => asked(MODERN, 'tools/list'),
    false,
);
await judge('input required of another kind', inputs('ping', {}), () => asked(MODERN), false);
await judge(
    'input required by URL, not declared',
    inputs('elicitation/create', { mode: 'url', message: 'a', url: 'https://a.example/' }),
    () => asked(MODERN),
    false,
);
await judge(
    'nothing required',
    { jsonrpc: '2.0', id: 1, result: { resultType: 'input_required' } },
    () => asked(MODERN),
    false,
);
const created = {
    resultType: 'task',
    taskId: 't',
    status: 'working',
    createdAt: '2026-01-01T00:00:00Z',
    lastUpdatedAt: '2026-01-01T00:00:00Z',
    ttlMs: null,
};
const declaring = () => {
    const wire = new Wire();
    wire.sent({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: {
            _meta: { ...modernMeta, [`${PREFIX}clientCapabilities`]: { extensions: { [`${PREFIX}tasks`]: {} } } },
        },
    });
    return wire;
};
await judge('a task', { jsonrpc: '2.0', id: 1, result: created }, declaring, true);
await judge('a task, not declared', { jsonrpc: '2.0', id: 1, result: created }, () => asked(MODERN), false);
for (const [path, what] of [
    ['taskId', gone],
    ['status', 'busy'],
    ['createdAt', 'now'],
    ['ttlMs', gone],
    ['ttlMs', '1'],
    ['ttl', 1],
    ['task', {}],
    ['requestState', 'x'],
]) {
    await judge(`a task: ${path}`, { jsonrpc: '2.0', id: 1, result: put(created, path, what) }, declaring, false);
}
tally.finish();
