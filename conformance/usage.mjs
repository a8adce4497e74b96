// usage.mjs CISTERN - the usage contract, over the real binary: shapes, codes and headers as its
// page says, the same over MCP, what is recorded survives kill -9, and each is counted once.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Tally, differences, run, start } from './process.mjs';

const [cistern] = process.argv.slice(2);
const tally = new Tally();
const scratch = mkdtempSync(join(tmpdir(), 'cistern-usage-'));
const data = join(scratch, 'data');

function must(condition, why) {
    if (!condition) {
        throw new Error(why);
    }
}

async function make(...args) {
    const { status, out, err } = await run(cistern, [...args, '--data', data]);
    must(status === 0, `cistern ${args.join(' ')} ended with ${status}: ${err}`);
    return out.trim();
}

const serve = () => start(cistern, ['serve', '--listen', '127.0.0.1:0', '--data', data, '--log-level', 'error']);
await make('plan', 'add', 'static_enterprise', '--name', 'Static: Enterprise', '--requests', '1000000', '--bandwidth', '100G');
const id = (await make('subscription', 'add', 'my-heroku-app', '--plan', 'static_enterprise', '--platform', 'heroku')).split(' ')[1];
const key = await make('token', 'create', 'monitoring', '--usage');
const writer = await make('token', 'create', 'proxy', '--scope', 'usage.record', '--rate', 'unlimited');
let server = await serve();

async function ask(path, { token = key, method = 'GET', body, headers = {} } = {}) {
    const answer = await fetch(server.url + path, {
        method,
        headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
        body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, headers: Object.fromEntries(answer.headers), text, json: text ? JSON.parse(text) : null };
}

const usage = (which, query = '') => ask(`/v1/subscriptions/${which}/usage${query}`);
const record = (body, headers) => ask(`/v1/subscriptions/${id}/usage`, { token: writer, method: 'POST', body, headers });
const same = (got, want) => {
    const differ = differences(got, want);
    must(differ.length === 0, differ.join('\n'));
};
const refused = (answer, status, code) => {
    must(answer.status === status && answer.json.error.code === code, `${answer.status} ${answer.text}`);
    same(Object.keys(answer.json.error), ['code', 'message']);
};

await tally.check('the list has the contract\'s shape, without milliseconds', async () => {
    const { json } = await ask('/v1/subscriptions');
    must(/^[0-9a-z]{14}$/.test(id) && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(json.subscriptions[0].created_at), JSON.stringify(json));
    same(json, { subscriptions: [{ id, app_name: 'my-heroku-app', plan: 'static_enterprise', plan_display: 'Static: Enterprise', status: 'active', platform: 'heroku', created_at: json.subscriptions[0].created_at }] });
});

await tally.check('usage has plan, allowance, a row for each month, and percentages', async () => {
    const month = new Date().toISOString().slice(0, 7);
    const events = [
        { type: 'http', requests: 41233, bandwidth_bytes: 5120000000 },
        { type: 'inbound', requests: 120, bandwidth_bytes: 88000 },
    ];
    same((await record({ events })).json, { recorded: 2, duplicates: 0, conflicts: 0 });
    const { json } = await usage(id);
    must(json.usage.length === 7 && json.to === month && json.usage.at(-1).month === month, JSON.stringify(json));
    same(json.usage.at(-1), {
        month,
        http: { requests: 41233, bandwidth_bytes: 5120000000 },
        socks: { requests: 0, bandwidth_bytes: 0 },
        inbound: { requests: 120, bandwidth_bytes: 88000 },
        total: { requests: 41353, bandwidth_bytes: 5120088000, requests_percent: 4.1, bandwidth_percent: 4.8 },
    });
    same(json.allowance, { requests: 1000000, bandwidth_bytes: 107374182400 });
});

await tally.check('bad months are invalid_request', async () => {
    for (const query of ['?from=2026-13', '?from=2026-1', '?to=02026-01', '?from=', '?from=2026-03&to=2026-02', '?from=2020-01&to=2023-01', '?from=2026-01&from=2026-02', '?from=%zz']) {
        refused(await usage(id, query), 400, 'invalid_request');
    }
});

await tally.check('a subscription of nobody is subscription_not_found, whatever it is called', async () => {
    const texts = new Set();
    for (const which of ['fksexz1b7td8xv', 'nobody', '..%2f..', 'x'.repeat(80)]) {
        const answer = await usage(which);
        refused(answer, 404, 'subscription_not_found');
        texts.add(answer.text);
    }
    must(texts.size === 1, [...texts].join('\n'));
});

await tally.check('every 401 is the same to the byte', async () => {
    const over = await make('token', 'create', 'over', '--usage');
    await make('token', 'revoke', 'over');
    const wrong = `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`;
    const seen = new Set();
    for (const token of [undefined, 'x', wrong, over, 'qg_live_']) {
        for (const path of ['/v1/subscriptions', `/v1/subscriptions/${id}/usage`, '/v1/subscriptions/nobody/usage']) {
            const answer = await ask(path, { token: token ?? '' });
            refused(answer, 401, 'unauthorized');
            const { date, ...headers } = answer.headers;
            seen.add(JSON.stringify([headers, answer.text]));
        }
    }
    must(seen.size === 1, [...seen].join('\n'));
});

await tally.check('X-RateLimit headers count down to a 429 with Retry-After', async () => {
    const few = await make('token', 'create', 'few', '--usage', '--rate', '2');
    const answers = [];
    for (let i = 0; i < 3; i++) {
        answers.push(await ask('/v1/subscriptions', { token: few }));
    }
    same(answers.map(({ status, headers }) => [status, headers['x-ratelimit-limit'], headers['x-ratelimit-remaining']]), [[200, '2', '1'], [200, '2', '0'], [429, '2', '0']]);
    const { headers } = answers[2];
    const inSeconds = Number(headers['x-ratelimit-reset']) - Date.now() / 1000;
    must(inSeconds > 55 && inSeconds < 63, `Reset is in ${inSeconds} s`);
    must(Number(headers['retry-after']) > 0 && headers['retry-after'] <= 30, `Retry-After: ${headers['retry-after']}`);
    must(headers['ratelimit-policy'] === '"default";q=2;w=60' && !headers['ratelimit-reset'], JSON.stringify(headers));
    refused(answers[2], 429, 'rate_limit_exceeded');
});

await tally.check('over MCP the same data, with a sentence', async () => {
    const call = async (name, args) => {
        const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientInfo': { name: 'usage', version: '1' }, 'io.modelcontextprotocol/clientCapabilities': {} };
        const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args, _meta: meta } };
        const { json } = await ask('/mcp', { method: 'POST', body, headers: { accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': name } });
        must(json.result, JSON.stringify(json));
        return json.result;
    };
    same((await call('list_subscriptions', {})).structuredContent, (await ask('/v1/subscriptions')).json);
    const told = await call('get_subscription_usage', { subscription: id });
    same(told.structuredContent, (await usage(id)).json);
    must(/you have used 4\.1 % of \w+'s requests \(41,353 of 1,000,000\)/.test(told.content[0].text), told.content[0].text);
    return told.content[0].text.split('\n')[0];
});

await tally.check('keys: ten that work, a year at the most', async () => {
    const create = (...more) => run(cistern, ['token', 'create', 'k', '--usage', ...more, '--data', data]);
    const late = await create('--expires', '367d');
    must(late.status === 64 && /a year at the most/.test(late.err), late.err);
    let made = 0;
    let last;
    for (; made < 12 && (last = await create('--expires', '300d')).status === 0; made++);
    must(made === 7 && last.status === 1 && /10 usage keys/.test(last.err), `${made} more keys, then ${last.err}`);
});

// ---- kill -9 ------------------------------------------------------------------------------------

// Clients record until the server dies under them, then each repeats what was not answered, by its
// Idempotency-Key. In the end each request counts once.
async function storm(round) {
    const { pid } = server;
    let n = 0;
    const pending = [];
    const client = async (c) => {
        for (let i = 0; ; i++) {
            const request = { body: { type: 'socks' }, name: `${round}-${c}-${i}` };
            try {
                const { status, text } = await record(request.body, { 'idempotency-key': request.name });
                must(status === 200, text);
                n++;
            } catch (error) {
                if (error.cause === undefined) {
                    throw error;
                }
                pending.push(request);
                return;
            }
        }
    };
    const clients = Array.from({ length: 8 }, (_, c) => client(c));
    while (n < 40) {
        await new Promise((resolve) => setTimeout(resolve, 2));
    }
    process.kill(pid, 'SIGKILL');
    await Promise.all(clients);
    server = await serve();
    for (const { body, name } of pending) {
        const { status, text } = await record(body, { 'idempotency-key': name });
        must(status === 200, text);
        n++;
    }
    return n;
}

await tally.check('kill -9 while clients record: nothing acknowledged is lost, nothing counts twice', async () => {
    const reader = await make('token', 'create', 'reader', '--scope', 'usage', '--scope', 'read');
    let sum = 0;
    for (let round = 0; round < 4; round++) {
        sum += await storm(round);
        const { json } = await ask(`/v1/subscriptions/${id}/usage`, { token: reader });
        const got = json.usage.reduce((n, m) => n + m.socks.requests, 0); // a month may begin meanwhile
        must(got === sum, `round ${round}: ${got} are counted, ${sum} were answered`);
    }
    return `${sum} requests, 4 times killed`;
});

await tally.check('the store is sound', () => make('verify'));
await server.stop();
rmSync(scratch, { recursive: true, force: true });
tally.finish();
