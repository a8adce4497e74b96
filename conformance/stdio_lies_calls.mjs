// stdio_lies_calls.mjs - lies about what a server offers: tools, resources, prompts, logs, questions.
import { words, messages, onResult, onTool, onError, onNote, lines, inject, said, nth, refusal } from './stdio_lie.mjs';
import { PREFIX } from './wire.mjs';

const invalidAnswers = words(`
    sampling/an-answer-that-* elicitation/an-answer-that-* roots/an-answer-* sampling/a-refusal-*
    elicitation/a-refusal-* elicitation/a-choice-that-is-none-* ask-capabilities/*-unless-declared
    elicitation-by-url/not-for-* ask-time-out/the-call-fails
`);

export const lies = [
    // ---- Tools ---------------------------------------------------------------------------------------
    {
        name: 'lists a tool twice',
        only: words('tools-list pages'),
        ...onResult('tools/list', (result) => ({ ...result, tools: [...result.tools, result.tools[0]] })),
        breaks: words('tools-list/names-* pages/tools-add-up'),
    },
    {
        name: 'describes nothing',
        only: words('tools-list'),
        ...onResult('tools/list', (result) => (result.tools.forEach((tool) => delete tool.description), result)),
        breaks: words('tools-list/every-*'),
    },
    {
        name: 'shuffles its tools',
        only: words('tools-list'),
        ...onResult('tools/list', (result, _, server) =>
            nth(server) % 2 ? { ...result, tools: result.tools.reverse() } : result,
        ),
        breaks: words('tools-list/order-*'),
    },
    {
        name: 'lists nothing without a cursor',
        only: words('tools-list'),
        ...onResult('tools/list', (result) => ({ ...result, tools: [] })),
        breaks: words('tools-list/params-* tools-list/names-*'),
    },
    {
        name: 'has members where the revision has none, and none where it has',
        only: words('tools-list'),
        ...onResult('tools/list', (result) => {
            const turn = (tool, member, value) => (member in tool ? delete tool[member] : (tool[member] = value));
            result.tools
                .filter(({ name }) => name === 'test_structured_content')
                .forEach((tool) => turn(tool, 'outputSchema', { type: 'object' }));
            result.tools
                .filter(({ name }) => name === 'test_annotated_content')
                .forEach((tool) => turn(tool, 'annotations', {}));
            return result;
        }),
        breaks: words('tools-list/output-schema-* tools-list/annotations-*'),
    },
    {
        name: 'rewrites schemas',
        only: words('tools-list'),
        ...onResult(
            'tools/list',
            (result) => (result.tools.forEach((tool) => delete tool.inputSchema.$schema), result),
        ),
        breaks: words('tools-list/schema-*'),
    },
    {
        name: 'says other things',
        only: words('tools-call tools-validation resources prompts output'),
        line: (text) => [text.replaceAll('"text":"', '"text":"x')],
        breaks: words(`
            tools-call/text-* tools-call/embedded-* tools-call/mixed tools-validation/arguments-*
            resources/read-te* prompts/without-arguments prompts/with-arguments output/a-message-*
        `),
    },
    {
        name: 'sends other bytes',
        only: words('tools-call resources'),
        line: (text) => [text.replace(/"(data|blob)":"..../g, '"$1":"AAAA')],
        breaks: words('tools-call/image resources/read-blob'),
    },
    {
        name: 'knows audio where it is not, and not where it is',
        only: words('tools-call'),
        ...onTool(
            'test_audio_content',
            (result) => (
                (result.content = [
                    result.content[0].type === 'audio'
                        ? { type: 'text', text: 'a sound' }
                        : { type: 'audio', data: 'UklGRg==', mimeType: 'audio/wav' },
                ]),
                result
            ),
        ),
        breaks: words('tools-call/audio-*'),
    },
    {
        name: 'never says isError',
        only: words(
            'tools-call tools-validation sampling elicitation roots elicitation-by-url ask-capabilities ask-time-out',
        ),
        line: messages((json, request) =>
            'result' in json
                ? (delete json.result.isError, json)
                : 'error' in json && request?.method === 'tools/call'
                  ? { jsonrpc: '2.0', id: json.id, result: { content: [] } }
                  : json,
        ),
        breaks: ['tools-call/a-failure-*', 'tools-validation/breaks-*', ...invalidAnswers],
    },
    {
        name: 'always says isError',
        only: words('tools-call tools-validation elicitation'),
        ...onResult('tools/call', (result) => ({ ...result, isError: true })),
        breaks: words('tools-call/text-* tools-validation/valid-* elicitation/rounds'),
    },
    {
        name: 'has no structure',
        only: words('tools-structured'),
        ...onResult('tools/call', (result) =>
            'structuredContent' in result
                ? delete result.structuredContent && result
                : { ...result, structuredContent: {} },
        ),
        breaks: words('tools-structured/an-object tools-structured/a-list-*'),
    },
    {
        name: 'breaks its own schema',
        only: words('tools-structured'),
        line: messages((json, request) =>
            json.result?.structuredContent &&
            ['test_structured_content', 'test_structured_list'].includes(request?.params?.name)
                ? { ...json, result: { ...json.result, structuredContent: { temperature: 'hot' } } }
                : 'content' in (json.result ?? {})
                  ? { ...json, result: { ...json.result, structuredContent: 1 } }
                  : json,
        ),
        breaks: words('tools-structured/an-object tools-structured/a-list-*'),
    },
    {
        name: 'links nowhere',
        only: words('tools-structured'),
        ...onTool('test_resource_link', (result) => ((result.content = [{ type: 'text', text: 'somewhere' }]), result)),
        breaks: words('tools-structured/a-link-*'),
    },
    {
        name: 'annotates nothing',
        only: words('tools-structured'),
        ...onTool('test_annotated_content', (result) => (delete result.content[0].annotations, result)),
        breaks: words('tools-structured/annotated-*'),
    },

    // ---- Resources, prompts, completion --------------------------------------------------------------
    {
        name: 'lists resources without names',
        only: words('resources prompts'),
        line: messages((json, request) =>
            /^(resources|prompts)\//.test(request?.method) && /list$/.test(request.method)
                ? JSON.parse(JSON.stringify(json).replaceAll('"name":', '"nom":'))
                : json,
        ),
        breaks: words('resources/list resources/templates prompts/list'),
    },
    {
        name: 'reads another resource',
        only: words('resources'),
        line: (text) => [
            text.replaceAll('test://template/123', 'test://template/321').replace('\\"id\\":\\"a', '\\"id\\":\\"b'),
        ],
        breaks: words('resources/read-template resources/read-template-*'),
    },
    {
        name: 'does not say which resource is missing',
        only: words('resources'),
        ...onError((json) => (delete json.error.data, json)),
        breaks: words('resources/not-found-nonsense resources/not-found-test*'),
    },
    {
        name: 'finds an empty uri empty',
        only: words('resources'),
        ...onError((json) => ({ jsonrpc: '2.0', id: json.id, result: { contents: [] } })),
        breaks: words('resources/not-found-* resources/refused-*'),
    },
    {
        name: 'tells of resources whether one asked or not',
        only: words('resource-subscriptions listen'),
        line: messages((json, request) =>
            'result' in json && request?.params?.name === 'test_trigger_resource_change'
                ? [
                      json,
                      {
                          jsonrpc: '2.0',
                          method: 'notifications/resources/updated',
                          params: {
                              uri: 'test://watched-resource',
                              ...(request.isModern ? { _meta: { [`${PREFIX}subscriptionId`]: 'c-999' } } : {}),
                          },
                      },
                  ]
                : json,
        ),
        breaks: words(`
            resource-subscriptions/nothing-* resource-subscriptions/unsubscribe-ends-*
            resource-subscriptions/subscribing-twice-* listen/wire
        `),
    },
    {
        name: 'tells of no change',
        only: words('resource-subscriptions list-changes listen listen-many'),
        line: messages((json) => (/updated|list_changed/.test(json.method) ? null : json)),
        breaks: words(`
            resource-subscriptions/updated-* resource-subscriptions/subscribing-* list-changes/tools
            list-changes/prompts listen/notifications-carry-* listen/only-* listen/one-*
            listen/several-* listen-many/*told
        `),
    },
    {
        name: 'says more than an empty result',
        only: words('resource-subscriptions logging'),
        ...onResult(['resources/subscribe', 'resources/unsubscribe', 'logging/setLevel'], () => ({ done: true })),
        breaks: words(`
            resource-subscriptions/subscribe-* resource-subscriptions/unsubscrib* logging/set-*
        `),
    },
    {
        name: 'speaks for nobody',
        only: words('prompts'),
        line: (text) => [
            text
                .replaceAll('"role":"user"', '"role":"assistant"')
                .replaceAll('image/png', 'image/gif')
                .replaceAll('"type":"resource"', '"type":"text"'),
        ],
        breaks: words('prompts/without-arguments prompts/with-an-image prompts/with-an-embedded-*'),
    },
    {
        name: 'suggests anything',
        only: words('completion'),
        ...onResult('completion/complete', () => ({
            resultType: 'complete',
            completion: { values: Array.from({ length: 101 }, (_, i) => `value ${i}`), hasMore: 'yes' },
        })),
        breaks: words('completion/of-* completion/with-a-context'),
    },

    // ---- Logging, progress, cancellation, pages ------------------------------------------------------
    {
        name: 'logs always',
        only: words('logging logging-per-request'),
        line: messages((json, request) =>
            'result' in json && request?.method === 'tools/call'
                ? [{ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'debug', data: 'x' } }, json]
                : json,
        ),
        breaks: words(`
            logging/messages-* logging/nothing-* logging/lowering-* logging-per-request/nothing-*
            logging-per-request/messages-* logging-per-request/the-level-*
        `),
    },
    {
        name: 'logs never',
        only: words('logging logging-per-request'),
        ...onNote('notifications/message', () => null),
        breaks: words('logging/messages-* logging/lowering-* logging-per-request/messages-*'),
    },
    {
        name: 'invents a token',
        only: words('progress'),
        line: messages((json, request) =>
            json.method === 'notifications/progress'
                ? { ...json, params: { ...json.params, progressToken: 'mine' } }
                : 'result' in json && request?.method === 'tools/call'
                  ? [
                        {
                            jsonrpc: '2.0',
                            method: 'notifications/progress',
                            params: { progressToken: 'mine', progress: 1 },
                        },
                        json,
                    ]
                  : json,
        ),
        breaks: words('progress/token-* progress/two-* progress/none-without-* progress/wire'),
    },
    {
        name: 'makes progress after the end',
        only: words('progress'),
        line: messages((json, request) =>
            'result' in json && request?.method === 'tools/call'
                ? [
                      json,
                      {
                          jsonrpc: '2.0',
                          method: 'notifications/progress',
                          params: { progressToken: 'last', progress: 101 },
                      },
                  ]
                : json,
        ),
        breaks: words('progress/none-after-* progress/wire'),
    },
    {
        name: 'takes any token',
        only: words('progress'),
        ...onError((json) => ((json.error.code = -1), json)),
        breaks: words('progress/a-token-that-*'),
    },
    {
        name: 'answers cancelled calls',
        only: words('cancellation eras listen'),
        ...lines((line, server) => {
            const one = said(line);
            if (one.method === 'notifications/cancelled' && one.params?.requestId != null) {
                inject(server, {
                    jsonrpc: '2.0',
                    id: one.params.requestId,
                    result: { content: [], resultType: 'complete' },
                });
            }
            return line;
        }),
        breaks: words(`
            cancellation/a-cancelled-* cancellation/others-* cancellation/twice cancellation/many-*
            cancellation/what-is-* eras/a-call-of-* cancellation/wire
        `),
    },
    {
        name: 'cancels by the text of an id',
        only: words('cancellation'),
        ...lines((line) => line.replace('"requestId":18}', '"requestId":"18"}')),
        breaks: words('cancellation/text-and-number-*'),
    },
    {
        name: 'forgets who was cancelled',
        only: words('cancellation batch-with-calls sampling elicitation eras listen'),
        ...lines((line) => (said(line).method === 'notifications/cancelled' ? '' : line)),
        breaks: words(`
            cancellation/a-cancelled-* batch-with-calls/a-cancelled-* sampling/cancelling-*
            elicitation/cancelling-* listen/cancelled-* listen/the-id-*
        `),
    },
    {
        name: 'turns pages in a circle',
        only: words('pages'),
        ...onResult(['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'], (result) =>
            Object.assign(
                result,
                Object.fromEntries(
                    Object.entries(result)
                        .filter(([, value]) => Array.isArray(value))
                        .map(([name, value]) => [name, [value[0], ...value]]),
                ),
            ),
        ),
        breaks: words('pages/*-add-up'),
    },
    {
        name: 'gives another page each time',
        only: words('pages'),
        ...onResult('tools/list', (result, { params }, server) =>
            params?.cursor && nth(server) % 2 ? { ...result, tools: [] } : result,
        ),
        breaks: words('pages/a-cursor-may-*'),
    },
    {
        name: 'forgets the first page',
        only: words('pages'),
        ...onResult('tools/list', (result, { params }, server) =>
            params?.cursor === undefined
                ? { ...result, tools: result.tools.map((tool) => ({ ...tool, name: `${tool.name}${nth(server)}` })) }
                : result,
        ),
        breaks: words('pages/the-first-page-*'),
    },

    // ---- Asking --------------------------------------------------------------------------------------
    {
        name: 'asks something else',
        only: words('sampling elicitation elicitation-by-url roots'),
        line: messages((json) =>
            json.method && json.id !== undefined
                ? JSON.parse(
                      JSON.stringify(json)
                          .replace('"maxTokens":100', '"maxTokens":1')
                          .replace('How are you?', 'Who are you?')
                          .replace('John Doe', 'Jane')
                          .replace('First Choice', 'Second')
                          .replace('"url":"https', '"url":"http'),
                  )
                : json,
        ),
        breaks: words(`
            sampling/asks-* elicitation/accepted elicitation/defaults elicitation/every-*
            elicitation-by-url/asks-*
        `),
    },
    {
        name: 'asks what was not declared',
        only: words('ask-capabilities elicitation-by-url'),
        line: messages((json, request) =>
            request?.method === 'tools/call' ? [{ jsonrpc: '2.0', id: 'q', method: 'roots/list' }, json] : json,
        ),
        breaks: words('ask-capabilities/wire elicitation-by-url/wire'),
    },
    {
        name: 'never asks',
        only: words('sampling roots elicitation elicitation-by-url batch-with-calls'),
        line: messages((json) => (json.method && json.id !== undefined ? null : json)),
        breaks: words(`
            sampling/a* sampling/several-* sampling/other-* sampling/cancelling-* roots/a*
            elicitation/a* elicitation/rounds elicitation/defaults elicitation/cancelling-*
            elicitation-by-url/declined batch-with-calls/a-call-*
        `),
    },
    {
        name: 'hears other answers',
        only: words('sampling roots elicitation elicitation-by-url'),
        ...lines((line) =>
            line
                .replace(/"(right|first|answer to question \d+|Hello there\.)"/, '"something else"')
                .replace('"file:///b"', '"file:///b"},{"uri":"file:///c"')
                .replace('"decline"', '"CANCEL"')
                .replace('"cancel"', '"decline"')
                .replace('"CANCEL"', '"cancel"')
                .replace('Jane', 'Joan')
                .replace('value2', 'value1'),
        ),
        breaks: words(`
            sampling/asks-* sampling/an-answer-with-another-* sampling/a-second-* sampling/several-*
            roots/are-* elicitation/action-* elicitation/defaults elicitation/every-*
            elicitation-by-url/declined
        `),
    },
    {
        name: 'takes answers for any question',
        only: words('sampling'),
        ...lines((line, server) => {
            const one = said(line);
            const open = server.lastAsked;
            return 'result' in one && one.id === 0 && open !== undefined ? JSON.stringify({ ...one, id: open }) : line;
        }),
        line: messages((json, _, server) => {
            if (json.method === 'sampling/createMessage') {
                server.lastAsked = json.id;
            }
            return json;
        }),
        breaks: words('sampling/an-answer-with-another-*'),
    },
    {
        name: 'elicits in every revision',
        only: words('ask-capabilities'),
        everywhere: true,
        line: messages((json, request) =>
            request?.params?.name === 'test_elicitation'
                ? { jsonrpc: '2.0', id: json.id, result: { content: [] } }
                : json,
        ),
        breaks: words('ask-capabilities/elicitation-is-* ask-capabilities/test-elicitation-*'),
    },
    {
        name: 'waits for ever',
        only: words('ask-time-out'),
        line: messages((json) => (json.result?.isError || json.method === 'notifications/cancelled' ? null : json)),
        breaks: words('ask-time-out/the-call-fails ask-time-out/the-question-*'),
    },
];
