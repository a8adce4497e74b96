// stdio_lies_modern.mjs - lies about 2026-07-28.
import { words, messages, onResult, onTool, onError, onNote, lines, nth, handshakes, refusal } from './stdio_lie.mjs';
import { PREFIX } from './wire.mjs';

export const lies = [
    // ---- 2026-07-28 ----------------------------------------------------------------------------------
    {
        name: 'supports the past',
        only: words('discover meta'),
        line: (text) => [
            text
                .replace('"supportedVersions":["2026-07-28"]', '"supportedVersions":["2026-07-28","2025-11-25"]')
                .replace('"supported":["2026-07-28"]', '"supported":[]'),
        ],
        breaks: words('discover/supported-* meta/unsupported-*'),
    },
    {
        name: 'has no name in its results',
        only: words('discover'),
        line: (text) => [text.replace(/"io\.modelcontextprotocol\/serverInfo"/, '"serverInfo"')],
        breaks: words('discover/server-info-* discover/every-result-*'),
    },
    {
        name: 'says for how long, in words',
        only: words('discover'),
        line: (text) => [text.replace(/"ttlMs":\d+/, '"ttlMs":"a while"')],
        breaks: words('discover/cacheable-* discover/wire'),
    },
    {
        name: 'changes its mind',
        only: words('discover'),
        ...onResult('server/discover', (result, _, server) => ({ ...result, instructions: `${nth(server)}` })),
        breaks: words('discover/may-be-*'),
    },
    {
        name: 'mixes the eras',
        only: words('eras'),
        line: messages((json, request) =>
            json.result && request && !handshakes.includes(request.method) && json.result.content
                ? {
                      ...json,
                      result:
                          'resultType' in json.result
                              ? { content: json.result.content }
                              : { ...json.result, resultType: 'complete' },
                  }
                : json,
        ),
        breaks: words('eras/modern-requests-* eras/slow-* eras/wire'),
    },
    {
        name: 'is pinned by the first message',
        only: words('eras'),
        line: messages((json, request, server) => {
            server.pinned ??= request?.isModern;
            return request?.method === 'initialize' && server.pinned ? refusal(json, -32601) : json;
        }),
        breaks: words('eras/a-probe-* eras/a-failed-* eras/initialize-after-* eras/initialize-with-*'),
    },
    {
        name: 'remembers capabilities',
        only: words('capabilities'),
        line: messages((json) =>
            json.error?.code === -32021
                ? { jsonrpc: '2.0', id: json.id, result: { resultType: 'complete', content: [] } }
                : json,
        ),
        breaks: words('capabilities/a-missing-* capabilities/are-*'),
    },
    {
        name: 'asks for more than it may',
        only: words('capabilities'),
        line: messages((json) =>
            json.result?.inputRequests
                ? {
                      ...json,
                      result: {
                          ...json.result,
                          inputRequests: {
                              x: {
                                  method: 'elicitation/create',
                                  params: { message: 'a', requestedSchema: { type: 'object', properties: {} } },
                              },
                          },
                      },
                  }
                : json,
        ),
        breaks: words('capabilities/only-* capabilities/wire'),
    },
    {
        name: 'honours everything',
        only: words('listen'),
        ...onNote('notifications/subscriptions/acknowledged', (json) => ({
            ...json,
            params: {
                ...json.params,
                notifications: { toolsListChanged: true, resourcesListChanged: true, futureChanged: true },
            },
        })),
        breaks: words(`
            listen/acknowledgment-* listen/nothing-asked-* listen/unknown-* listen/one-resource
        `),
    },
    {
        name: 'answers a subscription at once',
        only: words('listen listen-many'),
        ...onNote('notifications/subscriptions/acknowledged', (json) => ({
            jsonrpc: '2.0',
            id: json.params._meta[`${PREFIX}subscriptionId`],
            result: { resultType: 'complete' },
        })),
        breaks: words(`
            listen/acknowledgment-* listen/notifications-* listen/only-* listen/one-*
            listen/of-another-* listen/several-* listen/cancelled-* listen/the-id-* listen/nothing-*
            listen/unknown-* listen-many/*told
        `),
    },
    {
        name: 'makes text of subscription ids',
        only: words('listen'),
        line: messages((json) => {
            const id = json.params?._meta?.[`${PREFIX}subscriptionId`];
            if (id !== undefined && /list_changed/.test(json.method)) {
                json.params._meta[`${PREFIX}subscriptionId`] = typeof id === 'number' ? `${id}` : `${id}x`;
            }
            return json;
        }),
        breaks: words('listen/notifications-carry-* listen/wire'),
    },
    {
        name: 'tells every subscription everything',
        only: words('listen'),
        ...lines((line) =>
            line
                .replace(/"(toolsListChanged)":false/, '"$1":true')
                .replace(
                    '"resourceSubscriptions":["test://static-text"]',
                    '"resourceSubscriptions":["test://watched-resource"]',
                )
                .replace('{"promptsListChanged":true}', '{"promptsListChanged":true,"toolsListChanged":true}'),
        ),
        breaks: words('listen/only-* listen/of-another-* listen/several-*'),
    },
    {
        name: 'ends subscriptions without a word',
        only: words('listen'),
        ...onResult('subscriptions/listen', () => ({ resultType: 'complete', _meta: {} })),
        breaks: words('listen/ends-*'),
    },
    {
        name: 'takes any answer',
        only: words('input-required'),
        line: messages((json, request) =>
            request?.params?.inputResponses !== undefined
                ? {
                      jsonrpc: '2.0',
                      id: json.id,
                      result: { resultType: 'complete', content: [{ type: 'text', text: 'Hello, Nobody!' }] },
                  }
                : json,
        ),
        breaks: words(`
            input-required/*-not-taken input-required/a-wrong-* input-required/elicitation
            input-required/some-* input-required/rounds input-required/sampling
        `),
    },
    {
        name: 'goes on without an answer',
        only: words('request-state'),
        line: messages((json, request) =>
            json.result && request?.params?.requestState
                ? { jsonrpc: '2.0', id: json.id, result: { resultType: 'complete', content: [] } }
                : json,
        ),
        breaks: words('request-state/without-* request-state/comes-back'),
    },
    {
        name: 'asks by every method',
        only: words('input-required'),
        ...onResult(['tools/list', 'server/discover'], () => ({ resultType: 'input_required', requestState: 'x' })),
        breaks: words('input-required/other-* input-required/wire'),
    },
    {
        name: 'opens any state',
        only: words('request-state'),
        line: messages((json) =>
            'error' in json ? { jsonrpc: '2.0', id: json.id, result: { resultType: 'complete', content: [] } } : json,
        ),
        breaks: words('request-state/refused-* request-state/of-another-*'),
    },
    {
        name: 'asks again for what was tampered with',
        only: words('request-state'),
        line: messages((json) =>
            'error' in json
                ? { jsonrpc: '2.0', id: json.id, result: { resultType: 'input_required', requestState: 'x' } }
                : json,
        ),
        breaks: words('request-state/refused-* request-state/of-another-*'),
    },

    // ---- Tasks -------------------------------------------------------------------------------------
    {
        name: 'makes a task of everything, for everybody',
        only: ['tasks'],
        ...onResult('tools/call', (result, { params }) =>
            params.name === 'greet' || params.arguments?.seconds === 0 ? { ...result, resultType: 'task' } : result,
        ),
        breaks: words('tasks/a-quick-* tasks/not-for-* tasks/wire'),
    },
    {
        name: 'counts its tasks',
        only: ['tasks'],
        line: messages((json, _, server) => {
            server.tasks ??= [];
            return JSON.parse(
                JSON.stringify(json).replace(/"taskId":"([^"]*)"/, (_all, id) => {
                    const at = server.tasks.includes(id) ? server.tasks.indexOf(id) : server.tasks.push(id) - 1;
                    return `"taskId":"t${at}"`;
                }),
            );
        }),
        ...lines((line, server) =>
            line.replace(/"taskId":"t(\d+)"/, (_, at) => `"taskId":"${server.tasks?.[at] ?? at}"`),
        ),
        breaks: ['tasks/ids-are-*'],
    },
    {
        name: 'forgets its tasks',
        only: words('tasks tasks-input'),
        line: messages((json, request) =>
            json.result && request?.method === 'tasks/get' ? refusal(json, -32602) : json,
        ),
        breaks: words(`
            tasks/is-readable-* tasks/a-failure-* tasks/a-protocol-* tasks/cancelling-* tasks-input/one-*
            tasks-input/answers-* tasks-input/input-first-*
        `),
    },
    {
        name: 'cancels more than it was asked to',
        only: ['tasks'],
        ...onResult('tasks/get', (result) => ({
            ...result,
            status: result.status === 'working' ? 'cancelled' : result.status,
        })),
        breaks: words('tasks/cancelling-the-request-* tasks/is-readable-*'),
    },
    {
        name: 'takes the failure of a tool for its own, and the other way',
        only: ['tasks'],
        ...onResult('tasks/get', ({ error, ...result }) =>
            error
                ? { ...result, status: 'completed', result: { content: [] } }
                : { ...result, ...(result.result ? { result: { content: [] } } : {}) },
        ),
        breaks: words('tasks/a-failure-* tasks/a-protocol-*'),
    },
    {
        name: 'tells of no task',
        only: ['tasks-listen'],
        ...onNote('notifications/tasks', () => null),
        breaks: ['tasks-listen/a-change-*'],
    },
    {
        name: 'serves legacy clients no tool',
        only: ['tasks-listen'],
        line: messages((json, request) => (json.result?.content && !request?.isModern ? refusal(json) : json)),
        breaks: ['tasks-listen/a-legacy-*'],
    },
    {
        name: 'knows any task',
        only: words('tasks tasks-listen'),
        ...onError((json) => ({ jsonrpc: '2.0', id: json.id, result: { resultType: 'complete' } })),
        breaks: words('tasks/tasks-* tasks/no-method-* tasks/a-tool-that-* tasks-listen/needs-*'),
    },
];
