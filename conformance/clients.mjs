// clients.mjs CISTERN - real MCP clients against the product server, each over what it can speak.
//
// Every client lists the tools, calls both, and what it got must equal, field by field, what
// GET /api/v1/pools says. Then each runs once more behind a liar that changes one balance, and must
// be found out; a client whose comparison stays green there fails the run.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { startLiar } from './liar.mjs';
import { Overheard } from './overheard.mjs';
import { poolServer } from './pools.mjs';
import { Tally, differences, run } from './process.mjs';

const require = createRequire(import.meta.url);
const node = process.execPath;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const info = { name: 'cistern-conformance', version: '1' };
const scratch = mkdtempSync(join(tmpdir(), 'cistern-clients-'));

// ---- The clients. Each takes { url, token, command } and returns what it saw:
// { tools: [name], balances, balance }, the two structured results. --------------------------------

const callBoth = async (client, call) => {
    const { tools } = await client.listTools();
    const balances = (await call('list_balances', {})).structuredContent;
    const balance = (await call('get_tool_balance', { toolName: 'Hunter' })).structuredContent;
    await client.close();
    return { tools: tools.map((tool) => tool.name), balances, balance };
};

async function sdk1(transport) {
    const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
    const client = new Client(info);
    await client.connect(transport);
    return callBoth(client, (name, args) => client.callTool({ name, arguments: args }));
}

async function sdk1Http({ url, token }) {
    const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
    return sdk1(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: bearer(token) }));
}

// HTTP+SSE, the transport of 2024-11-05.
async function sdk1Sse({ url, token }) {
    const { SSEClientTransport } = await import('@modelcontextprotocol/sdk/client/sse.js');
    return sdk1(new SSEClientTransport(new URL(`${url}/mcp/sse`), { requestInit: bearer(token) }));
}

async function sdk1Stdio({ command: [command, ...args] }) {
    const { StdioClientTransport } = await import('@modelcontextprotocol/sdk/client/stdio.js');
    return sdk1(new StdioClientTransport({ command, args, stderr: 'ignore' }));
}

const bearer = (token) => ({ headers: { authorization: `Bearer ${token}` } });

async function sdk2(transport, mode) {
    const { Client } = await import('@modelcontextprotocol/client');
    const client = new Client(info, { versionNegotiation: { mode } });
    await client.connect(transport);
    const spoken = client.getNegotiatedProtocolVersion?.();
    if (mode !== 'legacy' && spoken !== undefined && spoken !== mode.pin) {
        throw new Error(`spoke ${spoken}, wanted ${mode.pin}`);
    }
    return callBoth(client, (name, args) => client.callTool({ name, arguments: args }));
}

const sdk2Http = (mode) => async ({ url, token }) => {
    const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
    return sdk2(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: bearer(token) }), mode);
};

const sdk2Stdio = (mode) => async ({ command: [command, ...args] }) => {
    const { StdioClientTransport } = await import('@modelcontextprotocol/client/stdio');
    return sdk2(new StdioClientTransport({ command, args, stderr: 'ignore' }), mode);
};

// The bridge that Claude Desktop users put before a remote server; spoken to by the SDK over stdio.
async function mcpRemote({ url, token }) {
    const { StdioClientTransport } = await import('@modelcontextprotocol/sdk/client/stdio.js');
    const args = [here('node_modules/mcp-remote/dist/proxy.js'), `${url}/mcp`, '--allow-http', '--transport',
        'http-only', '--header', 'Authorization:${AUTHORIZATION}'];
    const env = { ...process.env, ...home(), AUTHORIZATION: `Bearer ${token}` };
    return sdk1(new StdioClientTransport({ command: node, args, env, stderr: 'ignore' }));
}

const inspectorPath = here('node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js');

async function inspector({ url, token }) {
    const ask = async (...args) => {
        const { status, out, err } = await run(node, [inspectorPath, '--cli', `${url}/mcp`, '--transport', 'http',
            '--header', `Authorization: Bearer ${token}`, ...args], { env: { ...process.env, ...home() } });
        if (status !== 0) {
            throw new Error(`the inspector ended with ${status}: ${err || out}`);
        }
        return JSON.parse(out);
    };
    const { tools } = await ask('--method', 'tools/list');
    const call = (name, ...args) => ask('--method', 'tools/call', '--tool-name', name, ...args);
    const balances = (await call('list_balances')).structuredContent;
    const balance = (await call('get_tool_balance', '--tool-arg', 'toolName=Hunter')).structuredContent;
    return { tools: tools.map((tool) => tool.name), balances, balance };
}

// Only connects: calling a tool would take a model.
async function claudeCode({ url, token }) {
    const require_ = createRequire(require.resolve('@anthropic-ai/claude-code/package.json'));
    const claude = require_.resolve(`@anthropic-ai/claude-code-linux-${process.arch}/claude`);
    const options = { env: { PATH: process.env.PATH, ...home() }, cwd: scratch };
    const added = await run(claude, ['mcp', 'add', '--transport', 'http', 'cistern', `${url}/mcp`,
        '--header', `Authorization: Bearer ${token}`], options);
    if (added.status !== 0) {
        throw new Error(`claude mcp add ended with ${added.status}: ${added.err || added.out}`);
    }
    const { out } = await run(claude, ['mcp', 'list'], options);
    if (!/cistern: .*(✔|✓).*Connected/.test(out)) {
        throw new Error(`claude mcp list says: ${out.trim()}`);
    }
    return null;
}

const home = () => ({ HOME: mkdtempSync(join(scratch, 'home-')) });

const legacy = 'legacy';
const modern = { pin: '2026-07-28' };
const clients = [
    ['SDK v1, HTTP', sdk1Http],
    ['SDK v1, HTTP+SSE', sdk1Sse],
    ['SDK v1, stdio', sdk1Stdio],
    ['SDK v2 legacy, HTTP', sdk2Http(legacy)],
    ['SDK v2 legacy, stdio', sdk2Stdio(legacy)],
    ['SDK v2 2026-07-28, HTTP', sdk2Http(modern)],
    ['SDK v2 2026-07-28, stdio', sdk2Stdio(modern)],
    ['mcp-remote with --header', mcpRemote],
    ['Inspector, command line', inspector],
];

// ---- The comparison ------------------------------------------------------------------------------

async function truth({ url, token }) {
    const answer = await fetch(`${url}/api/v1/pools`, bearer(token));
    const body = await answer.json();
    if (answer.status !== 200 || body.pools.length === 0) {
        throw new Error(`GET /api/v1/pools: ${answer.status} ${JSON.stringify(body)}`);
    }
    return body;
}

function judge(seen, body) {
    const hunter = body.pools.filter((pool) => pool.tool.name.toLowerCase().includes('hunter'));
    const wrong = [
        ...['list_balances', 'get_tool_balance'].filter((name) => !seen.tools.includes(name)).map((n) => `no tool ${n}`),
        ...differences(seen.balances, body, 'list_balances'),
        ...differences(seen.balance, { pools: hunter }, 'get_tool_balance'),
    ];
    return wrong;
}

// What changes with time (a minute passing) may change between the two answers: look once more.
async function compare(client, site, honest) {
    const before = await truth(honest);
    const seen = await client(site);
    const wrong = judge(seen, before);
    return wrong.length ? [wrong, judge(seen, await truth(honest))].find((w) => !w.length) ?? wrong : wrong;
}

const [binary] = process.argv.slice(2);
const tally = new Tally();
const honest = await poolServer(binary, scratch);
const liar = await startLiar(honest.url);
const heard = new Overheard();
const tapped = { ...honest, url: await heard.inFront(honest.url), command: heard.behind(honest.command) };
const lying = { ...honest, url: liar.url, command: [node, here('liar.mjs'), ...honest.command] };

for (const [name, client] of clients) {
    await tally.check(name, async () => {
        const wrong = await compare(client, tapped, honest);
        if (wrong.length) {
            throw new Error(wrong.join('\n'));
        }
    });
    await tally.check(`${name}, behind a liar`, async () => {
        const wrong = await compare(client, lying, honest);
        if (!wrong.some((line) => line.includes('.balance'))) {
            throw new Error(`the lie was not found: ${wrong.join('\n') || 'everything is equal'}`);
        }
        return `found out: ${wrong[0]}`;
    });
}
await tally.check('Claude Code, mcp add and list', () => claudeCode(tapped));
await tally.check('Claude Code, with a wrong token', async () => {
    const error = await claudeCode({ ...honest, token: `${honest.token}x` }).catch((e) => e);
    if (!(error instanceof Error && error.message.includes('claude mcp list says'))) {
        throw new Error('a wrong token connected');
    }
    return error.message.split('\n').at(-1);
});
liar.stop();
await heard.judge(tally, 4 * clients.length);
await tally.check('the server drains and ends with 0', () => honest.stop());
rmSync(scratch, { recursive: true, force: true });
tally.finish();
