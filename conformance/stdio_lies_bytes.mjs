// stdio_lies_bytes.mjs - lies about the handshake, JSON-RPC, framing and the process.
import { words, messages, onResult, onError, lines, nth, handshakes } from './stdio_lie.mjs';

export const lies = [
    // ---- Handshake -----------------------------------------------------------------------------------
    {
        name: 'negotiates another version',
        only: words('lifecycle negotiation eras'),
        ...onResult('initialize', (result) => ({
            ...result,
            protocolVersion: result.protocolVersion === '2025-03-26' ? '2024-11-05' : '2025-03-26',
        })),
        breaks: words('lifecycle/same-version negotiation/offers-* eras/a-probe-*'),
    },
    {
        name: 'has no name',
        only: words('lifecycle'),
        ...onResult('initialize', (result) => delete result.serverInfo.name && result),
        breaks: words('lifecycle/server-info lifecycle/wire'),
    },
    {
        name: 'does not declare its tools',
        only: words('lifecycle discover'),
        ...onResult(handshakes, (result) => delete result.capabilities.tools && result),
        breaks: words('lifecycle/capabilities-* discover/capabilities-*'),
    },
    {
        name: 'looks modern to a legacy client',
        only: words('lifecycle meta'),
        ...onError((json) => ((json.error.code = -32022), json)),
        breaks: words(`
            lifecycle/request-before-* meta/refused-no-meta meta/refused-empty-meta
            meta/refused-no-version
        `),
    },
    {
        name: 'puts a word into pong',
        only: words('lifecycle'),
        ...onResult('ping', () => ({ pong: true })),
        breaks: words('lifecycle/ping-*'),
    },

    // ---- JSON-RPC ------------------------------------------------------------------------------------
    {
        name: 'makes numbers of ids',
        only: words('json-rpc'),
        line: (text) => [
            text.includes('"c-')
                ? text
                : text
                      .replace(/"id":"(\d+)"/, '"id":$1')
                      .replace(/"id":"(?!\d)[^"]{0,3}"/, '"id":0')
                      .replace(/"id":(\d{16,})/, (_, digits) => `"id":${Number(digits)}`),
        ],
        breaks: words(`
            json-rpc/echoes-id-number-as-text json-rpc/echoes-id-large json-rpc/echoes-id-beyond-*
            json-rpc/echoes-id-empty-text
        `),
    },
    {
        name: 'puts a letter before ids',
        only: words('json-rpc'),
        line: (text) => [text.replace(/"id":"(?!c-)/, '"id":"x')],
        breaks: words(`
            json-rpc/echoes-id-text json-rpc/echoes-id-empty-* json-rpc/echoes-id-long
            json-rpc/echoes-id-unicode json-rpc/echoes-id-escaped json-rpc/echoes-id-number-as-*
        `),
    },
    {
        name: 'adds one to ids',
        only: words('json-rpc'),
        line: (text) => [text.replace(/"id":(-?\d+)/, (_, digits) => `"id":${BigInt(digits) + 1n}`)],
        breaks: words(`
            json-rpc/echoes-id-zero json-rpc/echoes-id-negative json-rpc/refuses-no-version
            json-rpc/tolerates-*
        `),
    },
    {
        name: 'says null where no id may be, and the other way',
        only: words('json-rpc meta'),
        line: (text) => [
            text.includes('"id":null')
                ? text.replace('"id":null,', '')
                : text.includes('"error"') && !text.includes('"id":')
                  ? text.replace('"jsonrpc":"2.0",', '"jsonrpc":"2.0","id":null,')
                  : text,
        ],
        breaks: words('json-rpc/refuses-id-* json-rpc/refuses-a-message-* meta/a-batch-*'),
    },
    {
        name: 'forgets every tenth answer',
        only: words('json-rpc chunks listen-many batch'),
        line: messages((json, _, server) => (nth(server) % 10 === 9 ? null : json)),
        breaks: words('json-rpc/answers-a-hundred-* chunks/a-thousand-* listen-many/*told'),
    },
    {
        name: 'answers batches one short',
        only: words('batch'),
        line: (text) => [text.startsWith('[') ? JSON.stringify(JSON.parse(text).slice(1)) : text],
        breaks: words('batch/requests-* batch/one-* batch/mixed-* batch/a-thousand-* batch/invalid-*'),
    },
    {
        name: 'takes a thousand and one for many',
        only: words('batch'),
        line: messages((json) =>
            ('error' in json && json.id === undefined) || json.id === null
                ? { ...json, error: { ...json.error, code: -1 } }
                : json,
        ),
        breaks: words('batch/too-many-* batch/empty-*'),
    },
    {
        name: 'answers the cancelled part of a batch',
        only: words('batch-with-calls'),
        line: (text) => [
            text.startsWith('[')
                ? JSON.stringify([...JSON.parse(text), { jsonrpc: '2.0', id: 5, result: { content: [] } }])
                : text,
        ],
        breaks: words('batch-with-calls/a-cancelled-*'),
    },

    // ---- Framing -------------------------------------------------------------------------------------
    {
        name: 'takes a read for a message',
        only: words('chunks process'),
        input: (chunk) => (chunk.at(-1) === 10 ? chunk : Buffer.concat([chunk, Buffer.from('\n')])),
        breaks: words('chunks/one-byte-* chunks/cut-* chunks/two-and-a-half-*'),
    },
    {
        name: 'takes only the first message of a read',
        only: words('chunks'),
        input: (chunk) => chunk.subarray(0, chunk.indexOf(10) + 1 || undefined),
        breaks: words('chunks/a-thousand-* chunks/two-and-a-half-* chunks/empty-lines-*'),
    },
    {
        name: 'wants no carriage return and no space',
        only: words('chunks'),
        input: (chunk) => (/\r\n$|^\s/.test(chunk.toString('latin1')) ? Buffer.from('x\n') : chunk),
        breaks: words('chunks/carriage-* chunks/white-*'),
    },
    {
        name: 'answers empty lines',
        only: words('chunks'),
        input: (chunk) => Buffer.from(chunk.toString('latin1').replace(/^\n/, 'null\n'), 'latin1'),
        breaks: words('chunks/empty-*'),
    },
    {
        name: 'is short of memory',
        only: words('chunks rubbish'),
        input: (chunk) => (chunk.length > 100000 ? Buffer.alloc(0) : chunk),
        breaks: words('chunks/a-long-* rubbish/a-million-* rubbish/braces-* rubbish/an-overlong-*'),
    },
    {
        name: 'is silent about rubbish',
        only: words('rubbish process'),
        line: messages((json) => ('error' in json ? null : json)),
        breaks: words('rubbish/*'),
        except: words('rubbish/wire rubbish/ends rubbish/large-*'),
    },
    {
        name: 'complains of every part of a long line',
        only: words('rubbish'),
        line: messages((json) => (json.error?.code === -32700 ? [json, json] : json)),
        breaks: words('rubbish/an-overlong-line-is-* rubbish/not-json'),
    },
    {
        name: 'knows no large number',
        only: words('rubbish'),
        line: messages((json) => (json.id === 'n' ? null : json)),
        breaks: words('rubbish/large-*'),
    },
    {
        name: 'mistakes a long id',
        only: words('rubbish'),
        line: messages((json, _, server) =>
            [...server.wire.pending.keys()].some((id) => id.length > 5000) ? { ...json, id: 'another' } : json,
        ),
        breaks: words('rubbish/an-id-of-*'),
    },
    {
        name: 'greets',
        only: words('output tools-call'),
        ...(() => {
            const seen = new WeakSet();
            return {
                bytes: (chunk, server) =>
                    seen.has(server) ? chunk : (seen.add(server), Buffer.concat([Buffer.from('Welcome!\n'), chunk])),
            };
        })(),
        breaks: words('output/wire tools-call/wire'),
    },
    {
        name: 'speaks first',
        only: words('output process'),
        early: '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"ready"}}',
        breaks: words('output/nothing-before-* process/ends-at-the-end-of-input-without-a-word'),
    },
    {
        name: 'speaks Latin-1',
        only: words('tools-validation'),
        bytes: (chunk) => Buffer.from(chunk.toString('utf8'), 'latin1'),
        breaks: words('tools-validation/wire tools-validation/arguments-*-unicode'),
    },
    {
        name: 'breaks lines',
        only: words('output'),
        bytes: (chunk) => Buffer.from(chunk.toString('latin1').replaceAll('\\n', '\n'), 'latin1'),
        breaks: words('output/a-message-* output/wire'),
    },
    {
        name: 'loses what a slow reader leaves',
        only: words('output'),
        line: messages((json, request) => (JSON.stringify(json).length > 10000 ? null : json)),
        breaks: words('output/a-slow-*'),
    },
    {
        name: 'never ends',
        only: words('process lifecycle tools-call asking-end'),
        status: () => null,
        breaks: words(`
            process/ends-* process/half-* process/sig* process/a-closed-* lifecycle/ends
            tools-call/ends asking-end/does-not-*
        `),
    },
    {
        name: 'forgets what it was asked at the end',
        only: words('process'),
        line: messages((json, request, server) => (server.child.stdin.writableEnded && 'result' in json ? null : json)),
        breaks: words('process/what-was-* process/the-last-*'),
    },
    {
        name: 'wants a line feed at the end',
        only: words('process'),
        input: (chunk) => (chunk.at(-1) === 10 ? chunk : Buffer.alloc(0)),
        breaks: words('process/the-last-*'),
    },
    {
        name: 'repeats what it hears on standard error',
        only: words('process'),
        input: (chunk, server) => ((server.errors += chunk), chunk),
        breaks: words('process/standard-error-*'),
    },
];
