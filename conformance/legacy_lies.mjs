// legacy_lies.mjs - the control of legacy.mjs: servers that break one rule at a time (legacy_lie.mjs).
import { words } from './liars.mjs';
import { otherAddresses } from './legacy_streamable.mjs';

const session = 'mcp-session-id';
const version = 'mcp-protocol-version';
const lastEvent = 'last-event-id';
const isPost = ({ method }) => method === 'POST';
const isGet = ({ method }) => method === 'GET';
const named = ({ json }) => [json].flat().map((one) => one?.method);
const accepted = { status: 202 };
const asStatus = (from, to) => ({
    head: (head) => (head.status = [from].flat().includes(head.status) ? to : head.status),
});
const dropNotes = (pattern) => ({ message: (json) => (pattern.test(json.method ?? '') ? null : json) });
// Sends what names an id to the session that has it, whoever sent it.
const anybodysId = (isIt, idOf) => ({
    request(request, liar) {
        liar.owners ??= new Map();
        const { json, headers } = request;
        if (json?.method === 'tools/call') {
            liar.owners.set(json.id, headers[session]);
        }
        if (isIt(json)) {
            headers[session] = liar.owners.get(idOf(json)) ?? headers[session];
        }
    },
});

const streamableLies = [
    // ---- The endpoint ------------------------------------------------------------------------------
    {
        name: 'asks nobody where they come from',
        only: words('endpoint http-sse-sessions'),
        request: ({ headers }, { target }) =>
            void Object.assign(headers, { origin: undefined, host: new URL(target).host }),
        breaks: words('endpoint/1.4.3-* endpoint/1.4.5-a-foreign-* http-sse-sessions/1.5.3-*'),
    },
    {
        name: 'welcomes no page',
        only: ['endpoint'],
        head: (head, { headers }) => (head.status = headers.origin ? 403 : head.status),
        breaks: ['endpoint/1.4.2-*'],
    },
    {
        name: 'has one name',
        only: ['endpoint'],
        head: (head, { headers }, { target }) =>
            (head.status = headers.host === new URL(target).host ? head.status : 403),
        breaks: ['endpoint/1.4.5-host-*'],
    },
    {
        name: 'does not look at Accept',
        only: words('endpoint http-sse-sessions'),
        request: ({ headers }) => void (headers.accept = '*/*'),
        breaks: words('endpoint/1.4.6-accept-* http-sse-sessions/1.5.1-get-wants-*'),
    },
    {
        name: 'wants an Accept',
        only: ['endpoint'],
        head: (head, { headers }) => (head.status = headers.accept ? head.status : 406),
        breaks: ['endpoint/1.4.6-no-accept-*'],
    },
    {
        name: 'takes any body',
        only: words('endpoint http-sse-sessions'),
        ...asStatus(400, 200),
        message: (json) => (json.error ? null : json),
        breaks: words('endpoint/1.4.7-a-body-* http-sse-sessions/1.5.1-a-body-*'),
    },
    {
        name: 'does not look at Content-Type',
        only: ['endpoint'],
        request: ({ headers, method }) =>
            void (headers['content-type'] = method === 'POST' ? 'application/json' : undefined),
        breaks: words(`
            endpoint/1.4.7-content-type-text-plain endpoint/1.4.7-content-type-app*
            endpoint/1.4.7-content-type-none
        `),
    },
    {
        name: 'knows no charset',
        only: ['endpoint'],
        head: (head, { headers }) => (head.status = /charset/.test(headers['content-type']) ? 415 : head.status),
        breaks: ['endpoint/1.4.7-content-type-with-*'],
    },
    {
        name: 'has no GET and every other method',
        only: words('endpoint http-sse-sessions'),
        head: (head, request) =>
            (head.status = isGet(request) && request.path === '/mcp' ? 404 : head.status === 405 ? 200 : head.status),
        message: (json) => (json.error ? null : json),
        breaks: words('endpoint/1.4.1-* http-sse-sessions/1.5.1-no-other-*'),
    },

    // ---- Messages ----------------------------------------------------------------------------------
    {
        name: 'answers what needs no answer',
        only: words('messages batch batch-streams'),
        ...asStatus(202, 200),
        breaks: words(
            'messages/1.4.8-* messages/1.4.25-* batch/1.1.9-*-only-are-202-* batch-streams/1.1.9-a-question-*',
        ),
    },
    {
        name: 'answers with text',
        only: ['messages'],
        head: (head, request) =>
            void (head.headers['content-type'] =
                request.headers[session] && head.status === 200 ? 'text/plain' : head.headers['content-type']),
        breaks: ['messages/1.4.9-json-or-*'],
    },
    {
        name: 'knows JSON only',
        only: words('messages batch'),
        request: ({ headers, method }) =>
            void (headers.accept = method === 'POST' ? 'application/json' : headers.accept),
        breaks: words('messages/1.4.9-events-* batch/1.1.9-events-*'),
    },
    {
        name: 'knows events only',
        only: words('messages batch'),
        request: ({ headers, method, json }) =>
            void (headers.accept =
                method === 'POST' && !named({ json }).includes('initialize') ? 'text/event-stream' : headers.accept),
        breaks: words('messages/1.4.9-json-if-* batch/1.1.9-an-array-*'),
    },
    {
        name: 'has no such method, as a page',
        only: ['messages'],
        head: (head, { json }) => (head.status = json?.method === 'no/such' ? 404 : head.status),
        breaks: ['messages/1.4.9-an-error-*'],
    },
    {
        name: 'never asks',
        only: words('messages resume batch-streams sessions http-sse'),
        ...dropNotes(/^sampling/),
        breaks: words(`
            messages/1.4.25-* resume/1.4.18-a-question-* batch-streams/1.1.9-a-question-*
            sessions/1.11.12-* http-sse/1.11.2-*
        `),
    },

    // ---- Streams -----------------------------------------------------------------------------------
    {
        name: 'makes no progress',
        only: words('streams batch-streams http-sse'),
        ...dropNotes(/progress/),
        breaks: words(`
            streams/1.4.10-* streams/1.4.11-* batch-streams/1.1.9-progress-*
            http-sse/1.6.9-calls-with-* http-sse/1.10.4-*
        `),
    },
    {
        name: 'never ends a stream',
        only: words('streams resume batch-streams'),
        end: () => false,
        breaks: words('streams/1.4.10-* resume/1.4.18-the-stream-ends-* batch-streams/1.1.9-progress-*'),
    },
    {
        name: 'ends a stream before the result',
        only: ['streams'],
        isEnd: ({ data }) => data?.includes('progress'),
        breaks: words('streams/1.4.10-* streams/1.4.11-* streams/1.4.16-calls-*'),
    },
    {
        name: 'primes where the revision does not, and not where it does',
        only: ['streams'],
        everywhere: true,
        event: (event, request) =>
            !event.data && event.id
                ? null
                : request.isPrimed || request.headers[version] === '2025-11-25'
                  ? event
                  : ((request.isPrimed = true), [{ id: `${event.id ?? 0}-0`, data: '' }, event]),
        breaks: ['streams/1.4.13-*'],
    },
    {
        name: 'says nothing about retrying',
        only: ['streams'],
        event: ({ retry: _, ...event }) => event,
        breaks: ['streams/1.4.12-*'],
    },
    {
        name: 'tells of no change',
        only: words('streams resume http-sse'),
        ...dropNotes(/list_changed|updated/),
        breaks: words(`
            streams/1.4.15-changes-* streams/1.4.15-subscriptions-* streams/1.4.16-a-message-*
            resume/1.4.18-a-get-* http-sse/1.6.15-*
        `),
    },
    {
        name: 'answers on the GET stream',
        only: words('streams'),
        event: (event, request) =>
            isGet(request) && event.id
                ? [event, { id: `${event.id}x`, data: '{"jsonrpc":"2.0","id":"stray","result":{}}' }]
                : event,
        breaks: words('streams/1.4.15-no-answers-* streams/wire'),
    },
    {
        name: 'tells a change on every stream',
        only: ['streams'],
        event: (event, request, { streams }) => {
            if (event.data?.includes('list_changed')) {
                streams.forEach((stream) => isGet(stream.request) && stream.request !== request && stream.write(event));
            }
            return event;
        },
        breaks: ['streams/1.4.16-a-message-*'],
    },
    {
        name: 'mixes up calls',
        only: ['streams'],
        message: (json) =>
            json.method === 'notifications/progress' && /^m\d/.test(json.params.progressToken)
                ? { ...json, params: { ...json.params, progressToken: 'm0' } }
                : json,
        breaks: words('streams/1.4.16-calls-* streams/wire'),
    },
    {
        name: 'numbers the events of each stream',
        only: ['streams'],
        event: (event, request) => ({
            ...event,
            ...(event.id === undefined ? {} : { id: `${(request.n = (request.n ?? 0) + 1)}` }),
        }),
        breaks: ['streams/1.4.17-*'],
    },

    // ---- Resuming ----------------------------------------------------------------------------------
    {
        name: 'forgets what was lost',
        only: words('resume batch-streams'),
        request: ({ headers }) => void (headers[lastEvent] = undefined),
        breaks: words(`
            resume/1.4.14-* resume/1.4.18-a-result-* resume/1.4.18-the-stream-* resume/1.4.18-only-*
            resume/1.4.18-a-question-* batch-streams/1.4.14-*
        `),
    },
    {
        name: 'begins again from the first event',
        only: ['resume'],
        request: ({ headers }) => void (headers[lastEvent] = headers[lastEvent]?.replace(/\d+$/, '1')),
        breaks: words('resume/1.4.18-only-what-* resume/1.4.18-a-get-*'),
    },
    {
        name: 'replays everything to anybody',
        only: ['resume'],
        event(event, request, liar) {
            liar.log ??= [];
            const again = request.headers[lastEvent] && !request.isReplayed ? [...liar.log] : [];
            request.isReplayed = true;
            if (event.data) {
                liar.log.push(event);
            }
            return [...again, event];
        },
        head(head, request, liar) {
            if (request.headers[lastEvent] && head.status === 400) {
                Object.assign(head, { status: 200, headers: { 'content-type': 'text/event-stream' } });
                request.answer = liar.log ?? [];
            }
        },
        // Behind a refusal the log is told as the body.
        body: (json, request) => (request.answer ? undefined : json),
        breaks: words('resume/1.4.18-only-that-*'),
    },
    {
        name: 'resumes anything for anybody',
        only: ['resume'],
        request({ headers }, liar) {
            liar.first ??= headers[session];
            const isStrange = /nonsense|999999$/.test(headers[lastEvent]) || headers[session] !== liar.first;
            return headers[lastEvent] && isStrange
                ? {
                      status: 200,
                      headers: { 'content-type': 'text/event-stream' },
                      body: 'data: {"jsonrpc":"2.0","id":"h","result":{}}\n\n',
                  }
                : null;
        },
        breaks: words('resume/1.4.18-an-id-* resume/1.4.18-not-across-*'),
    },

    // ---- Sessions ----------------------------------------------------------------------------------
    {
        name: 'counts its sessions',
        only: ['sessions'],
        request: ({ headers }, liar) => void (headers[session] = liar.real?.get(headers[session]) ?? headers[session]),
        head({ headers }, _, liar) {
            if (headers[session]) {
                liar.real ??= new Map();
                const name = `session-number-${String(liar.real.size).padStart(8, '0')}`;
                liar.real.set(name, headers[session]);
                headers[session] = name;
            }
        },
        breaks: ['sessions/1.4.19-ids-*'],
    },
    {
        name: 'knows every session',
        only: words('sessions batch version-header http-sse-sessions'),
        ...asStatus([400, 404, 405], 200),
        breaks: words(`
            sessions/1.4.20-* sessions/1.4.21-* sessions/1.4.22-delete-ends-it-* batch/1.4.2*
            version-header/1.4.23-*-is-400 version-header/1.4.23-on-*
            http-sse-sessions/1.5.2-a-session-* http-sse-sessions/1.4.21-*
            http-sse-sessions/1.5.5-a-lost-stream-ends-* http-sse-sessions/1.5.5-post-*
        `),
    },
    {
        name: 'takes session ids in any case',
        only: ['sessions'],
        head: ({ headers }, _, liar) =>
            headers[session] && (liar.ids ??= new Map()).set(headers[session].toLowerCase(), headers[session]),
        request: ({ headers }, liar) =>
            void (headers[session] = liar.ids?.get(headers[session]?.toLowerCase()) ?? headers[session]),
        breaks: ['sessions/1.4.21-another-case-*'],
    },
    {
        name: 'reads headers letter by letter',
        only: ['sessions'],
        head: (head, { raw }) => (head.status = raw.includes('MCP-SESSION-ID') ? 400 : head.status),
        breaks: ['sessions/1.4.19-the-header-*'],
    },
    {
        name: 'opens a session within a session',
        only: ['sessions'],
        request: ({ headers, json }) =>
            void (headers[session] = json?.method === 'initialize' ? undefined : headers[session]),
        breaks: ['sessions/1.2.1-*'],
    },
    {
        name: 'waits for initialized',
        only: ['sessions'],
        head: (head, { headers, json }, liar) => {
            liar.ready ??= new Set();
            if (json?.method === 'notifications/initialized') {
                liar.ready.add(headers[session]);
            }
            head.status =
                json?.method === 'ping' && headers[session] && !liar.ready.has(headers[session]) ? 400 : head.status;
        },
        breaks: ['sessions/1.2.6-*'],
    },
    {
        name: 'opens a session for anything',
        only: words('sessions batch'),
        head: (head, { json }) =>
            void (head.headers[session] =
                Array.isArray(json) || (json?.method === 'initialize' && !json.params.protocolVersion)
                    ? 'a-session-for-you'
                    : head.headers[session]),
        breaks: words('sessions/1.2.3-* batch/1.1.8-initialize-inside-*'),
    },
    {
        name: 'ends no session',
        only: ['sessions'],
        request: ({ method }) => (method === 'DELETE' ? { status: 204 } : null),
        breaks: words('sessions/1.4.22-delete-ends-*'),
    },
    {
        name: 'ends all sessions at once',
        only: ['sessions'],
        request: ({ method }, { streams }) => void (method === 'DELETE' && streams.forEach((stream) => stream.end())),
        message: (json, request, liar) => {
            liar.n = (liar.n ?? 0) + (json.id === 'mine' ? 1 : 0);
            return json.id === 'mine' ? null : json;
        },
        breaks: ['sessions/1.4.22-others-*'],
    },
    {
        name: 'knows an id once',
        only: words('sessions http-sse-sessions'),
        message: (json, _, liar) => {
            liar.seen ??= new Set();
            const isAgain = json.result && (json.id === 1 || json.id === 7) && liar.seen.has(json.id);
            liar.seen.add(json.id);
            return isAgain && json.result.content ? null : json;
        },
        breaks: words('sessions/1.1.2-* http-sse-sessions/1.5.2-two-clients-hear-*'),
    },
    {
        name: 'forgets who was cancelled',
        only: words('sessions batch-streams http-sse'),
        request: ({ json }) => (json?.method === 'notifications/cancelled' ? accepted : null),
        breaks: words('sessions/1.10.4-cancelling-* batch-streams/1.10.4-* http-sse/1.10.4-*'),
    },
    {
        name: 'lets anybody cancel',
        only: ['sessions'],
        ...anybodysId(
            (json) => json?.method === 'notifications/cancelled',
            ({ params }) => params.requestId,
        ),
        breaks: ['sessions/1.10.4-not-from-*'],
    },
    {
        name: 'lets anybody answer',
        only: ['sessions'],
        message: (json, request, liar) => {
            if (json.method === 'sampling/createMessage') {
                (liar.owners ??= new Map()).set(json.id, request.headers[session]);
            }
            return json;
        },
        ...anybodysId(
            (json) => json?.result,
            ({ id }) => id,
        ),
        breaks: ['sessions/1.11.12-*'],
    },

    // ---- The version header ------------------------------------------------------------------------
    {
        name: 'wants a version header',
        only: ['version-header'],
        head: (head, { headers, json }) =>
            (head.status = json?.method === 'ping' && headers[version] === undefined ? 400 : head.status),
        breaks: ['version-header/1.4.24-*'],
    },
    {
        name: 'wants no version header',
        only: ['version-header'],
        head: (head, { headers, json }) =>
            (head.status =
                ['ping', 'initialize'].includes(json?.method) && headers[version] !== undefined ? 400 : head.status),
        breaks: words('version-header/1.4.23-its-* version-header/1.4.23-of-another-* version-header/5.6.2-*'),
    },
    {
        name: 'does not look at the version header',
        only: ['version-header'],
        request: ({ headers }) => void (headers[version] = undefined),
        breaks: words('version-header/1.4.23-*-is-400 version-header/1.4.23-on-*'),
    },
    {
        name: 'believes the version header',
        only: ['version-header'],
        everywhere: true,
        message: (json) =>
            json.result?.tools
                ? {
                      ...json,
                      result: {
                          ...json.result,
                          tools: json.result.tools.some(({ outputSchema }) => outputSchema)
                              ? json.result.tools.map(({ outputSchema: _, ...tool }) => tool)
                              : json.result.tools.map((tool) => ({ ...tool, outputSchema: { type: 'object' } })),
                      },
                  }
                : json,
        breaks: ['version-header/1.2.3-*'],
    },
];

// ---- Batches --------------------------------------------------------------------------------------

const batchLies = [
    {
        name: 'answers batches one short',
        only: words('batch batch-streams'),
        body: (json) => (Array.isArray(json) ? json.slice(1) : json),
        event: (event) =>
            event.data?.startsWith('[') ? { ...event, data: JSON.stringify(JSON.parse(event.data).slice(1)) } : event,
        breaks: words(`
            batch/1.1.9-requests-* batch/1.1.9-one-* batch/1.1.9-events-* batch/1.1.7-mixed-*
            batch/1.1.7-invalid-* batch/1.1.7-a-thousand-are-* batch-streams/1.1.9-progress-*
            batch-streams/1.4.14-*
        `),
    },
    {
        name: 'answers batches one by one',
        only: ['batch'],
        body: (json) => (Array.isArray(json) ? json[0] : json),
        breaks: words('batch/1.1.9-an-array-* batch/1.1.9-requests-* batch/1.1.9-one-*'),
    },
    {
        name: 'takes any array',
        only: words('batch no-batch'),
        ...asStatus(400, 200),
        breaks: words(`
            batch/1.1.7-empty-* batch/1.1.10-* batch/1.4.20-* batch/1.1.7-a-thousand-and-one-*
            no-batch/1.1.10-an-array-*
        `),
    },
    {
        name: 'initializes in a batch',
        only: ['batch'],
        message: (json, request) =>
            json.error && named(request).includes('initialize')
                ? { jsonrpc: '2.0', id: [request.json].flat()[0].id, result: {} }
                : json,
        ...asStatus(400, 200),
        breaks: ['batch/1.1.8-*'],
    },
    {
        name: 'serves no message after an array',
        only: ['no-batch'],
        message: (json) =>
            json.result && !json.result.protocolVersion
                ? { jsonrpc: '2.0', id: json.id, error: { code: -32603, message: 'no' } }
                : json,
        breaks: ['no-batch/1.1.10-the-next-*'],
    },
];

// ---- HTTP+SSE -------------------------------------------------------------------------------------

const isSse = ({ path }) => path.startsWith('/mcp/sse');
const refused = ({ id }) => ({ jsonrpc: '2.0', id, error: { code: -32603, message: 'no' } });

const sseLies = [
    {
        name: 'has no stream',
        only: ['http-sse'],
        head: (head, request) => (head.status = isGet(request) && isSse(request) ? 404 : head.status),
        breaks: ['http-sse/1.5.1-get-opens-*'],
    },
    {
        name: 'sends its clients elsewhere',
        only: ['http-sse'],
        request: (request) => void (request.path = request.path.replace(/^.*\?(?=sessionId)/, '/mcp/sse?')),
        event: (event) =>
            event.event === 'endpoint' ? { ...event, data: `http://evil.example.com${event.data}` } : event,
        breaks: ['http-sse/1.5.2-the-first-*'],
    },
    {
        name: 'names its messages otherwise',
        only: ['http-sse'],
        event: (event, { isNamed }) =>
            event.event === 'endpoint' || isNamed ? event : [event, { ...event, event: 'reply' }],
        breaks: ['http-sse/1.5.2-messages-*'],
    },
    {
        name: 'negotiates another revision',
        only: words('http-sse http-sse-sessions'),
        message: (json) =>
            json.result?.protocolVersion
                ? {
                      ...json,
                      result: {
                          ...json.result,
                          protocolVersion: json.result.protocolVersion === '2025-06-18' ? '2025-03-26' : '2025-06-18',
                      },
                  }
                : json,
        breaks: words('http-sse/1.5.2-negotiates-* http-sse-sessions/1.2.3-negotiates-*'),
    },
    {
        name: 'answers the POST',
        only: ['http-sse'],
        request: ({ json }) =>
            json?.id === 'here'
                ? {
                      status: 200,
                      headers: { 'content-type': 'application/json' },
                      body: '{"jsonrpc":"2.0","id":"here","result":{}}',
                  }
                : null,
        breaks: ['http-sse/1.5.1-a-post-*'],
    },
    {
        name: 'answers notifications',
        only: ['http-sse'],
        request: ({ json }, { streams }) =>
            void (
                json?.method === 'notifications/no/such' &&
                streams.forEach((stream) =>
                    stream.write({
                        event: 'message',
                        data: '{"jsonrpc":"2.0","id":null,"error":{"code":-32601,"message":"no"}}',
                    }),
                )
            ),
        breaks: ['http-sse/1.5.1-notifications-*'],
    },
    {
        name: 'refuses calls',
        only: words('http-sse'),
        message: (json) => (json.result?.content ? refused(json) : json),
        breaks: words('http-sse/1.6.9-* http-sse/1.5.2-line-* http-sse/1.5.2-large-* http-sse/1.11.2-*'),
    },
    {
        name: 'refuses pings',
        only: words('http-sse http-sse-sessions'),
        message: (json) => (json.result && !Object.keys(json.result).length ? refused(json) : json),
        breaks: words('http-sse/1.5.4-* http-sse-sessions/1.2.6-*'),
    },
    {
        name: 'changes texts',
        only: ['http-sse'],
        message: (json) => JSON.parse(JSON.stringify(json).replace('Region: ', 'Region:')),
        breaks: words('http-sse/1.5.2-line-* http-sse/1.5.2-large-*'),
    },
    {
        name: 'has one endpoint for all',
        only: ['http-sse-sessions'],
        event: (event, _, liar) =>
            event.event === 'endpoint' ? { ...event, data: (liar.endpoint ??= event.data) } : event,
        breaks: words('http-sse-sessions/1.5.2-each-client-* http-sse-sessions/1.4.19-*'),
    },
    {
        name: 'cancels for anybody',
        only: ['http-sse-sessions'],
        request: (request, liar) => {
            if (request.json?.id === 'mine') {
                liar.path = request.path;
            }
            if (request.json?.method === 'notifications/cancelled') {
                request.path = liar.path;
            }
        },
        breaks: ['http-sse-sessions/1.10.4-*'],
    },
    {
        name: 'falls silent when a client is lost',
        only: ['http-sse-sessions'],
        message: (json, _, liar) => {
            if (json.method === 'sampling/createMessage') {
                liar.isSilent = true;
            }
            return liar.isSilent && json.result?.content ? null : json;
        },
        breaks: ['http-sse-sessions/1.5.5-a-lost-stream-with-*'],
    },
];

export const lies = [
    { name: 'does not end as it is told', only: ['no-batch'], isKilled: true, breaks: ['no-batch/ends'] },
    ...streamableLies,
    ...batchLies,
    ...sseLies,
    ...(otherAddresses().length
        ? [{ name: 'listens on every address', only: ['endpoint'], address: '0.0.0.0', breaks: ['endpoint/1.4.4-*'] }]
        : []),
];
