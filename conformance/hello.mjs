// hello.mjs HELLO - the thirty-line server of the README, over stdio and over HTTP, spoken to by hand.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Overheard } from './overheard.mjs';
import { Tally, differences, run, start } from './process.mjs';

const [binary] = process.argv.slice(2);
const tally = new Tally();
const heard = new Overheard();

const initialize = (version) => ({
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: version, capabilities: {}, clientInfo: { name: 'by hand', version: '1' } },
});
const initialized = { jsonrpc: '2.0', method: 'notifications/initialized' };
const greet = { jsonrpc: '2.0', id: 'two', method: 'tools/call', params: { name: 'greet', arguments: { name: 'Ada' } } };
const revision = '2026-07-28';
const modern = (message) => ({
    ...message,
    params: {
        ...message.params,
        _meta: {
            'io.modelcontextprotocol/protocolVersion': revision,
            'io.modelcontextprotocol/clientInfo': { name: 'by hand', version: '1' },
            'io.modelcontextprotocol/clientCapabilities': {},
        },
    },
});

function same(got, want) {
    const wrong = differences(got, want);
    if (wrong.length) {
        throw new Error(wrong.join('\n'));
    }
}

const saysHello = (answer) => same(answer.result?.content, [{ type: 'text', text: 'Hello, Ada!' }]);

// Everything written to stdout must be one JSON message a line.
async function stdio(messages) {
    const input = messages.map((m) => (typeof m === 'string' ? m : JSON.stringify(m)) + '\n').join('');
    const { status, out, err } = await run(binary, [], { input });
    if (status !== 0) {
        throw new Error(`ended with ${status} at end of file: ${err}`);
    }
    const lines = out.split('\n');
    same(lines.pop(), '');
    return heard.lines(messages, out);
}

const byId = (answers, id) => answers.find((answer) => answer.id === id);

for (const version of ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25']) {
    await tally.check(`stdio, ${version}`, async () => {
        const answers = await stdio([initialize(version), initialized, greet]);
        same(answers.length, 2);
        same(byId(answers, 1).result.protocolVersion, version);
        saysHello(byId(answers, 'two'));
    });
}
await tally.check(`stdio, ${revision}`, async () => {
    const answers = await stdio([modern({ jsonrpc: '2.0', id: 1, method: 'server/discover' }), modern(greet)]);
    same(byId(answers, 1).result.supportedVersions, [revision]);
    saysHello(byId(answers, 'two'));
});
await tally.check('stdio, a line that is not JSON is answered and the next one works', async () => {
    const answers = await stdio([initialize('2025-11-25'), initialized, '{"jsonrpc":', greet]);
    same(answers.find((answer) => answer.error)?.error.code, -32700);
    saysHello(byId(answers, 'two'));
});
await tally.check('stdio, one byte at a time', async () => {
    const child = spawn(binary, [], { stdio: ['pipe', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    let out = '';
    child.stdout.on('data', (bytes) => (out += bytes));
    for (const byte of Buffer.from(`${JSON.stringify(modern(greet))}\r\n`)) {
        if (!child.stdin.write(Buffer.of(byte))) {
            await once(child.stdin, 'drain');
        }
    }
    child.stdin.end();
    same((await exited)[0], 0);
    saysHello(heard.lines([modern(greet)], out)[0]);
});

const headersOf = (message) => ({
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...(message.params?._meta
        ? { 'mcp-protocol-version': revision, 'mcp-method': message.method, ...(message.params.name ? { 'mcp-name': message.params.name } : {}) }
        : {}),
});

async function post(url, message, headers = {}) {
    return heard.fetch(`${url}/mcp`, { method: 'POST', headers: { ...headersOf(message), ...headers }, body: JSON.stringify(message) });
}

// The one message of an answer, as JSON or as an event stream.
async function messageOf(answer) {
    const text = await answer.text();
    if (!answer.headers.get('content-type').startsWith('text/event-stream')) {
        return JSON.parse(text);
    }
    const data = [...text.matchAll(/^data: ?(.+)$/gm)].map(([, json]) => JSON.parse(json));
    return data.find((message) => message.id !== undefined);
}

const scratch = mkdtempSync(join(tmpdir(), 'cistern-hello-'));
const tokenFile = join(scratch, 'token');
writeFileSync(tokenFile, 'a-token-of-some-length-0123456789\n', { mode: 0o600 });
const open = await start(binary, ['--http=127.0.0.1:0']);
const closed = await start(binary, ['--http=127.0.0.1:0', `--token-file=${tokenFile}`]);

await tally.check('HTTP, 2025-11-25 in a session', async () => {
    const first = await post(open.url, initialize('2025-11-25'));
    same(first.status, 200);
    const session = first.headers.get('mcp-session-id');
    same((await messageOf(first)).result.protocolVersion, '2025-11-25');
    const headers = { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' };
    same((await post(open.url, initialized, headers)).status, 202);
    saysHello(await messageOf(await post(open.url, greet, headers)));
    same((await heard.fetch(`${open.url}/mcp`, { method: 'DELETE', headers })).ok, true);
    same((await post(open.url, greet, headers)).status, 404);
});
await tally.check(`HTTP, ${revision}`, async () => saysHello(await messageOf(await post(open.url, modern(greet)))));
await tally.check('its source is thirty lines, the first comment not counted', () => {
    const source = readFileSync(new URL('../examples/hello.c', import.meta.url), 'utf8');
    const n = source.slice(source.indexOf('#include')).split('\n').length - 1;
    if (n !== 30) {
        throw new Error(`it is ${n} lines`);
    }
});
await tally.check('HTTP, a foreign Origin is refused', async () => {
    same((await post(open.url, modern(greet), { origin: 'https://evil.example.com' })).status, 403);
});
await tally.check('HTTP, --token-file: no token, a wrong one, the right one', async () => {
    const none = await post(closed.url, modern(greet));
    same(none.status, 401);
    same(none.headers.get('www-authenticate')?.startsWith('Bearer'), true);
    same((await post(closed.url, modern(greet), { authorization: 'Bearer wrong' })).status, 401);
    const headers = { authorization: 'Bearer a-token-of-some-length-0123456789' };
    saysHello(await messageOf(await post(closed.url, modern(greet), headers)));
});
await tally.check('SIGTERM ends both with 0, standard output empty', async () => {
    await Promise.all([open.stop(), closed.stop()]);
    same(open.output() + closed.output(), '');
});
await heard.judge(tally, 20);
rmSync(scratch, { recursive: true, force: true });
tally.finish();
