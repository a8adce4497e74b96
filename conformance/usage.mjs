// usage.mjs CISTERN - the usage contract, over the real binary: shapes, codes and headers as its
// page says, the same over MCP, files and logs through kill -9, and each is counted once. What is
// recorded over the network through kill -9: crash.mjs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, copyFileSync, existsSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import http from 'node:http';
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

await make('plan', 'add', 'static_enterprise', '--name', 'Static: Enterprise', '--requests', '1000000', '--bandwidth', '100G');
const id = (await make('subscription', 'add', 'my-heroku-app', '--plan', 'static_enterprise', '--platform', 'heroku')).split(' ')[1];
const key = await make('token', 'create', 'monitoring', '--usage');
const writer = await make('token', 'create', 'proxy', '--scope', 'usage.record', '--rate', 'unlimited');
const watcher = await make('token', 'create', 'watcher', '--scope', 'usage', '--scope', 'read', '--rate', 'unlimited');
let server = await start(cistern, ['serve', '--listen', '127.0.0.1:0', '--data', data, '--log-level', 'error']);

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

await tally.check('one of them by its id is that row of the list', async () => {
    same((await ask(`/v1/subscriptions/${id}`)).json, (await ask('/v1/subscriptions')).json.subscriptions[0]);
    refused(await ask('/v1/subscriptions/fksexz1b7td8xv'), 404, 'subscription_not_found');
});

await tally.check('usage has plan, allowance, a row for each month, and percentages', async () => {
    const month = new Date().toISOString().slice(0, 7);
    const events = [
        { type: 'http', requests: 41233, bandwidth_bytes: 5120000000 },
        { type: 'inbound', requests: 120, bandwidth_bytes: 88000 },
    ];
    same((await record(events)).json, { recorded: 2, duplicates: 0, conflicts: 0 }); // as in {events}
    refused(await record([]), 400, 'invalid_request');
    refused(await record([...events, { type: 'ftp' }]), 400, 'invalid_request');
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
    for (const which of ['fksexz1b7td8xv', 'nobody', '..%2f..', 'x'.repeat(80), 'x'.repeat(81), '%C3%A9'.repeat(1000)]) {
        for (const answer of [await usage(which), await ask(`/v1/subscriptions/${which}`), await ask(`/v1/subscriptions/${which}/usage`, { token: writer, method: 'POST', body: { type: 'http' } })]) {
            refused(answer, 404, 'subscription_not_found');
            texts.add(answer.text);
        }
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

await tally.check('/v1/keys: shown once, masked, used, revoked at once', async () => {
    const admin = await make('token', 'create', 'admin', '--scope', 'admin', '--rate', 'unlimited');
    const keys = (path = '', more = {}) => ask(`/v1/keys${path}`, { token: admin, ...more });
    const create = (body) => keys('', { method: 'POST', body });
    const tomorrow = new Date(Date.now() + 2 * 86400000).toISOString().slice(0, 10);
    const made = await create({ name: 'production-monitoring', expires_at: tomorrow });
    const { id: keyId, key: secret, masked, created_at } = made.json;
    must(made.status === 201 && /^qg_live_[0-9A-Za-z]{36}$/.test(secret) && masked === `qg_live_****${secret.slice(-4)}`, made.text.replaceAll(secret, '...'));
    same(Object.keys(made.json), ['id', 'name', 'key', 'masked', 'scopes', 'created_at', 'expires_at']);
    must((await ask('/v1/subscriptions', { token: secret })).status === 200, 'the key is refused');
    const list = await keys();
    must(!list.text.includes(secret), 'the list shows the key');
    same(list.json.keys.find((k) => k.id === keyId), { id: keyId, name: 'production-monitoring', masked, scopes: ['usage'], created_at, expires_at: `${tomorrow}T00:00:00Z`, last_used_at: list.json.keys.at(-1).last_used_at, revoked_at: null, status: 'active' });
    for (const expires_at of ['2020-01-01', '2999-01-01', 'soon', '2027-02-30']) {
        refused(await create({ name: 'x', expires_at }), 400, 'invalid_request');
    }
    refused(await ask('/v1/keys', { token: '' }), 401, 'unauthorized');
    must((await ask('/v1/keys', { token: key })).status === 403, 'a usage key may list keys');
    refused(await keys('/nobody', { method: 'DELETE' }), 404, 'key_not_found');
    must((await keys(`/${keyId}`, { method: 'DELETE' })).status === 200, 'not revoked');
    refused(await ask('/v1/subscriptions', { token: secret }), 401, 'unauthorized');
    let last;
    for (let i = 0; i < 11 && (last = await create({ name: `k${i}` })).status === 201; i++);
    refused(last, 409, 'key_limit_reached');
    for (const row of (await keys()).json.keys.filter((k) => /^k\d$/.test(k.name))) {
        await keys(`/${row.id}`, { method: 'DELETE' });
    }
    const other = await run(cistern, ['token', 'create', 'acme', '--usage', '--key-prefix', 'acme_', '--data', data]);
    must(other.out.startsWith('acme_') && (await ask('/v1/subscriptions', { token: other.out.trim() })).status === 200, other.err);
    const wrong = await run(cistern, ['config', 'check', '--key-prefix', 'a b', '--data', data]);
    must(wrong.status === 64 && wrong.err.includes('--key-prefix: "a b" is not'), wrong.err);
    await make('token', 'revoke', 'acme');
});

await tally.check('a plan can be changed while it is used', async () => {
    const { status, err } = await run(cistern, ['plan', 'edit', 'static_enterprise', '--requests', 'many', '--data', data]);
    must(status === 64 && err.includes('--requests: "many"'), err);
    await make('plan', 'edit', 'static_enterprise', '--requests', 'none', '--bandwidth', '1024G');
    same((await usage(id)).json.allowance, { requests: null, bandwidth_bytes: 2 ** 40 });
    await make('plan', 'edit', 'static_enterprise', '--requests', '1000000', '--bandwidth', '100G');
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

// ---- Files --------------------------------------------------------------------------------------

const put = (name, lines) => {
    writeFileSync(join(scratch, name), lines.map((line) => `${line}\n`).join(''));
    return join(scratch, name);
};
const importing = (...args) => run(cistern, ['usage', 'import', ...args, '--data', data]);
const inbound = async () => JSON.parse(await make('usage', 'show', 'my-heroku-app', '--json')).usage.reduce((n, m) => n + m.inbound.requests, 0);

await tally.check('a wrong file counts nothing, and each fault has its line and its column', async () => {
    const before = await inbound();
    const csv = put('wrong.csv', ['type,requests,subscription,at', 'inbound,1.5,my-heroku-app,', 'ftp,1,my-heroku-app,', 'inbound,1,nobody,', 'inbound,1,my-heroku-app,2026-02-30T00:00:00Z', 'inbound,1', '"in""bound",1,"my-heroku-app",', 'inbound,1,my-heroku-app,2012-10-02T00:00:00Z', 'inbound,9,my-heroku-app,', '"inbound,1']);
    const { status, out, err } = await importing(csv);
    const told = err.trim().split('\n').map((line) => line.replace(`cistern usage import: ${csv}:`, ''));
    must(status === 64 && out === '' && (await inbound()) === before, err);
    same(told.map((line) => line.match(/^\d+: (?:[a-z_]+:)?/)?.[0] ?? line).sort(), ['2: requests:', '3: type:', '4: subscription:', '5: at:', '6: ', '7: type:', '8: at:', '10: ', 'cistern usage import: nothing of it was counted'].sort());
    const json = await run(cistern, ['usage', 'import', '-', '--subscription', 'my-heroku-app', '--data', data], { input: '{"type":"inbound"}\n{"type":"inbound","foo":1}\n{"type"}\n[]\n\n{"type":"inbound","requests":-1}' });
    must(json.status === 64 && ['2: must not have the property "foo"', '3: column 8: not JSON', '4: not an object', '6: requests:'].every((part) => json.err.includes(`standard input:${part}`)), json.err);
    must((await importing(put('header.csv', ['type,when']))).err.includes(':1: column 2 is none of'), 'a column that is none');
    return `${told.length - 1} faults`;
});

await tally.check('a row whose cells grow sixfold in JSON is told, not called too much for the memory', async () => {
    const rows = [49900, 49900, 65000, 58000, 58000, 65000].map((n) => `inbound,my-heroku-app,${'\u0001'.repeat(n)}`);
    const grown = put('grown.csv', ['type,subscription,id', ...rows]);
    const { status, err } = await importing(grown, '--check');
    must(status === 64 && err.includes('grown.csv:2: id') && err.includes('grown.csv:7: id') && !err.includes('memory'), err);
});

await tally.check('a file counts once, as CSV and as JSON lines, and rows with ids once in any file', async () => {
    const before = await inbound();
    const csv = put('good.csv', ['\ufefftype,id,requests,subscription', 'inbound,,7,my-heroku-app', '', `"inbound",one,,${id}`]);
    same(JSON.parse((await importing(csv, '--json')).out), { recorded: 2, duplicates: 0, conflicts: 0 });
    const again = await importing(csv);
    must(again.status === 0 && again.err.includes('was imported already'), again.err);
    const input = `{"type":"inbound","id":"one"}\r\n{"type":"inbound","requests":3,"id":"one"}\n{"type":"inbound","requests":4}`;
    const { out } = await run(cistern, ['usage', 'import', '-', '--subscription', 'my-heroku-app', '--json', '--data', data], { input });
    same(JSON.parse(out), { recorded: 1, duplicates: 1, conflicts: 1 });
    must((await inbound()) === before + 12, `${await inbound()} after ${before}`);
});

await tally.check('an import that is killed goes on where it was, beside a running server', async () => {
    const before = await inbound();
    const rows = 8000;
    const file = put('long.csv', ['type,subscription', ...Array.from({ length: rows }, () => 'inbound,my-heroku-app')]);
    let kills = 0;
    let went = 0;
    for (let last = -1; ; kills++) {
        const child = spawn(cistern, ['usage', 'import', file, '--data', data], { stdio: ['ignore', 'ignore', 'pipe'] });
        let err = '';
        child.stderr.on('data', (bytes) => (err += bytes));
        const ended = once(child, 'close');
        const now = kills < 3 ? await Promise.race([ended, moved(last)]) : await ended;
        child.kill('SIGKILL');
        const [status] = await ended;
        went += err.includes('going on at line');
        if (status === 0) {
            break;
        }
        must(typeof now === 'number' || status === null, `it ended with ${status}: ${err}`);
        last = await inbound();
        must((last - before) % 500 === 0 && last - before <= rows, `${last - before} are counted`);
    }
    const got = (await inbound()) - before;
    must(got === rows, `${got} of ${rows}`);
    must(kills === 0 || went > 0, 'nobody went on');
    return `${kills} times killed, ${went} times gone on`;

    async function moved(last) { // once more is counted than `last`
        for (;;) {
            const n = (await ask(`/v1/subscriptions/${id}/usage`, { token: watcher })).json.usage.reduce((sum, m) => sum + m.inbound.requests, 0);
            if (n > Math.max(last, before)) {
                return n;
            }
        }
    }
});

// ---- An access log ------------------------------------------------------------------------------

const log = join(scratch, 'access.log');
const counted = async (app) => JSON.parse(await make('usage', 'show', app, '--json')).totals.http;
const rule = ['--by', 'user', '--subscription', 'others'];
const ingest = async (file = log, options = rule) => JSON.parse(await make('usage', 'ingest', file, '--once', '--json', ...options));
for (const app of ['anna', 'berta', 'others']) {
    await make('subscription', 'add', app, '--plan', 'static_enterprise');
}

// A real nginx on a socket in the scratch directory that writes its combined log.
async function nginx() {
    const socket = join(scratch, 'nginx.sock');
    writeFileSync(join(scratch, 'nginx.conf'), `${process.getuid() === 0 ? 'user root; ' : ''}daemon off; worker_processes 2; pid ${scratch}/nginx.pid; error_log ${scratch}/error.log; events {}
        http { access_log ${log} combined; client_body_temp_path ${scratch}/b; proxy_temp_path ${scratch}/p; fastcgi_temp_path ${scratch}/f; uwsgi_temp_path ${scratch}/u; scgi_temp_path ${scratch}/s;
        server { listen unix:${socket}; location / { return 200 "hello world"; } } }`);
    const child = spawn('nginx', ['-c', join(scratch, 'nginx.conf'), '-e', join(scratch, 'error.log')], { stdio: 'ignore' });
    const failed = once(child, 'error').then(([error]) => error);
    const get = (user, path = '/') => new Promise((resolve, reject) => {
        http.get({ socketPath: socket, path, ...(user ? { auth: `${user}:x` } : {}), agent: false }, (answer) => {
            let n = 0;
            answer.on('data', (bytes) => (n += bytes.length)).on('end', () => resolve(n));
        }).on('error', reject);
    });
    for (let i = 0; !existsSync(socket); i++) {
        const error = await Promise.race([failed, new Promise((resolve) => setTimeout(resolve, 20))]);
        if (error?.code === 'ENOENT') {
            return null;
        }
        must(!error && i < 500, `nginx: ${error ?? 'its socket does not come'}`);
    }
    return { get, reopen: () => child.kill('SIGUSR1'), stop: async () => (child.kill('SIGQUIT'), await once(child, 'exit')) };
}

await tally.check('a real nginx: each request counts once, across rotations by renaming and by copying and kill -9', async () => {
    const web = await nginx();
    if (!web) {
        return 'there is no nginx here';
    }
    const want = { anna: 0, berta: 0, others: 0 };
    let serial = 0; // no two lines are the same, as in a log of more than a second
    const burst = async (n) => {
        for (let i = 0; i < n; i++) {
            const app = ['anna', 'berta', 'others'][i % 3];
            await web.get({ anna: 'anna', berta: 'berta', others: i % 2 ? '' : 'x" 200 [9] "' }[app], `/${serial++}?"`);
            want[app]++;
        }
    };
    let follower;
    const begin = () => {
        const child = spawn(cistern, ['usage', 'ingest', log, ...rule, '--data', data], { stdio: ['ignore', 'ignore', 'pipe'] });
        let err = '';
        child.stderr.on('data', (bytes) => (err += bytes));
        follower = { child, ended: once(child, 'close').then(([status]) => (status === null ? '' : `it ended with ${status}: ${err}`)) };
    };
    const kill = async () => {
        follower.child.kill('SIGKILL');
        const why = await follower.ended;
        must(!why, why);
    };
    const reached = async () => {
        for (const [app, n] of Object.entries(want)) {
            for (let i = 0; (await counted(app)).requests < n; i++) {
                must(i < 200, `${(await counted(app)).requests} of ${n}`);
            }
        }
    };
    begin();
    await burst(30);
    await reached();
    copyFileSync(log, `${log}.0`); // copytruncate under a reader: all was read, and then there is more
    truncateSync(log);
    await burst(60);
    await reached();
    renameSync(log, `${log}.1`); // nginx goes on writing there, until it hears
    await burst(30);
    web.reopen();
    await burst(30);
    await reached();
    await burst(90);
    await kill();
    renameSync(`${log}.1`, `${log}.2`);
    renameSync(log, `${log}.1`); // twice while nobody reads
    await burst(9);
    web.reopen();
    while (!existsSync(log)) {
        await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await burst(9);
    for (let i = 0; i < 3; i++) {
        begin();
        await burst(60);
        await kill();
    }
    const last = await ingest();
    await web.stop();
    for (const [app, n] of Object.entries(want)) {
        same(await counted(app), { requests: n, bandwidth_bytes: n * 11 });
    }
    same(await ingest(), { counted: 0, unattributed: 0, notUnderstood: 0 });
    return `${want.anna + want.berta + want.others} requests, 4 times killed, ${last.counted} in the last run`;
});

await tally.check('logs that are copied and cut, cut off in a line, rotated twice, or foreign', async () => {
    const file = join(scratch, 'other.log');
    const stamp = (date) => `${String(date.getUTCDate()).padStart(2, '0')}/${date.toLocaleString('en', { month: 'short', timeZone: 'UTC' })}/${date.getUTCFullYear()}:${date.toISOString().slice(11, 19)} +0000`;
    let serial = 0;
    const line = (user = 'anna', { at = new Date(), path = `/${serial++}`, bytes = 10 } = {}) => `192.0.2.7 - ${user} [${stamp(at)}] "GET ${path} HTTP/1.1" 200 ${bytes} "-" "test"\n`;
    const lines = (n) => Array.from({ length: n }, () => line()).join('');
    const of = { feed: ['--by', 'user'], vhost: ['--match', '"GET /([a-z]+)/', '--map', 'shop=anna', '--map', 'blog=berta'] };
    const was = (await counted('anna')).requests;
    const gained = async () => (await counted('anna')).requests - was;
    const run1 = () => ingest(file, of.feed);

    writeFileSync(file, `${lines(5)}not a line\n${line('carol')}${line('-')}${line('anna', { at: new Date(Date.now() + 3600000) })}${line().slice(0, 30)}`);
    same(await run1(), { counted: 5, unattributed: 2, notUnderstood: 2 });
    appendFileSync(file, line().slice(30)); // the rest of it, or of one like it
    same(await run1(), { counted: 1, unattributed: 0, notUnderstood: 0 });
    appendFileSync(file, lines(4));
    copyFileSync(file, `${file}.1`); // copytruncate while nobody reads, and a longer log than before
    writeFileSync(file, lines(40));
    same(await run1(), { counted: 44, unattributed: 0, notUnderstood: 0 });
    appendFileSync(file, lines(2) + line().trimEnd()); // over without an end
    renameSync(file, `${file}.2`);
    const pause = () => new Promise((resolve) => setTimeout(resolve, 20)); // files are told apart by when they were written
    await pause();
    writeFileSync(`${file}.1`, lines(3));
    await pause();
    writeFileSync(file, lines(4));
    writeFileSync(`${file}.3.gz`, 'not read');
    same(await run1(), { counted: 10, unattributed: 0, notUnderstood: 0 });
    must((await gained()) === 60, `${await gained()}`);
    renameSync(file, `${file}.4`); // its writer has not heard of the new log, which is empty
    writeFileSync(file, '');
    same(await run1(), { counted: 0, unattributed: 0, notUnderstood: 0 });
    appendFileSync(`${file}.4`, lines(1));
    await pause();
    writeFileSync(file, lines(2));
    same(await run1(), { counted: 3, unattributed: 0, notUnderstood: 0 });
    renameSync(file, join(scratch, 'elsewhere')); // what it read last is not beside it
    writeFileSync(file, lines(1));
    const lost = await run(cistern, ['usage', 'ingest', file, ...of.feed, '--once', '--data', data]);
    must(lost.status === 0 && lost.err.includes('going on at its begin') && (await gained()) === 64, lost.err);

    const hosts = join(scratch, 'hosts.log');
    const last = new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth(), 0, 23, 59, 59));
    writeFileSync(hosts, line('-', { path: '/shop/x', bytes: 7 }) + line('-', { path: '/blog/', at: last, bytes: 8 }) + line('-', { path: '/others/', bytes: 9 }) + line('-', { path: '/' }));
    same(await ingest(hosts, of.vhost), { counted: 3, unattributed: 1, notUnderstood: 0 });
    const { usage: months } = JSON.parse(await make('usage', 'show', 'berta', '--json'));
    same(months.at(-2).http, { requests: 1, bandwidth_bytes: 8 });

    for (const [args, why] of [[[], 'whose the lines are'], [['--by', 'colour'], '--by: "colour"'], [['--match', '('], '--match: '], [['--match', 'x'], 'a group'], [['--by', 'user', '--format', 'iis'], '--format: "iis"'], [['--by', 'user', '--map', 'x'], '--map: "x"']]) {
        const { status, err } = await run(cistern, ['usage', 'ingest', file, ...args, '--once', '--data', data]);
        must(status === 64 && err.includes(why), `${args}: ${err}`);
    }
    const nowhere = await run(cistern, ['usage', 'ingest', scratch, '--by', 'user', '--once', '--data', data]);
    must(nowhere.status === 74, nowhere.err);
});

// ---- Alerts -------------------------------------------------------------------------------------

await tally.check('webhooks are told at 80 and 100 %, once, by whoever counts, also after a restart', async () => {
    const got = [];
    let again = 0;
    const receiver = http.createServer((request, answer) => {
        let body = '';
        request.on('data', (bytes) => (body += bytes)).on('end', () => {
            const said = JSON.parse(body);
            // A server that ends before it has written an answer down tells again after its start, under the same id.
            const isAgain = got.some(([to, { id }]) => to === request.url && id === said.id);
            again += isAgain;
            got.push(...(isAgain ? [] : [[request.url, said]]));
            answer.end();
        });
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const to = `http://127.0.0.1:${receiver.address().port}`;
    await server.stop();
    server = await start(cistern, ['serve', '--listen', '127.0.0.1:0', '--data', data, '--log-level', 'error', '--outbound-allow', '127.0.0.0/8', '--outbound-http']);
    for (const [name, level] of [['all', 'low'], ['worst', 'critical']]) {
        const { status, err } = await run(cistern, ['webhook', 'add', name, '--level', level, '--data', data], { input: `${to}/${name}` });
        must(status === 0, err);
    }
    await make('plan', 'add', 'tiny', '--requests', '100');
    const tiny = (await make('subscription', 'add', 'tiny-app', '--plan', 'tiny')).split(' ')[1];
    const count = (n) => ask(`/v1/subscriptions/${tiny}/usage`, { token: writer, method: 'POST', body: { type: 'http', requests: n } });
    const heard = async (n) => {
        for (let i = 0; got.length < n; i++) {
            must(i < 500, `${got.length} of ${n}: ${JSON.stringify(got)}`);
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
    };
    await count(79);
    await Promise.all([count(1), count(1), count(1)]);
    await heard(1);
    await server.stop();
    server = await start(cistern, ['serve', '--listen', '127.0.0.1:0', '--data', data, '--log-level', 'error', '--outbound-allow', '127.0.0.0/8', '--outbound-http']);
    await count(1);
    await importing(put('tiny.csv', ['subscription,type,requests', 'tiny-app,socks,20'])); // another process
    await heard(3);
    await count(1);
    receiver.close();
    receiver.closeAllConnections();
    must(again <= 1, `told again ${again} times`);
    const [path, { id: alert, body, created_at, ...rest }] = got[0];
    const month = new Date().toISOString().slice(0, 7);
    must(path === '/all' && /tiny-app is on tiny and has used 8[012] of the 100 requests/.test(body), body);
    same(rest, { event: 'usage.threshold', level: 'low', title: `tiny-app has used 80 % of ${new Date().toLocaleString('en', { month: 'long', timeZone: 'UTC' })}'s requests`, subscription: { id: tiny, app_name: 'tiny-app', plan_display: 'tiny' }, month, measure: 'requests', percent: 80, used: rest.used, allowance: 100, dashboard_url: rest.dashboard_url });
    same(got.slice(1).map(([to, { level, percent, used }]) => [to, level, percent, used]).sort(), [['/all', 'critical', 100, 103], ['/worst', 'critical', 100, 103]]);
    const { err } = await run(cistern, ['plan', 'edit', 'tiny', '--alerts', '80,x', '--data', data]);
    must(err.includes('--alerts: "80,x"'), err);
    await make('plan', 'edit', 'tiny', '--alerts', '90,50');
    must((await make('plan', 'list')).includes('50,90'), await make('plan', 'list'));
});

await tally.check('no line of a log stops the others: too old, too much, a full month, a wrong password', async () => {
    const file = join(scratch, 'odd.log');
    const now = new Date().toUTCString().split(/[ :]/); // Mon, 30 Nov 2026 12:34:56 GMT
    const time = `${now[1]}/${now[2]}/${now[3]}:${now.slice(4, 7).join(':')} +0000`;
    const line = (user, { at = time, status = 200, bytes = 1 } = {}) => `192.0.2.7 - ${user} [${at}] "GET / HTTP/1.1" ${status} ${bytes} "-" "test"\n`;
    for (const app of ['ada', 'eve']) {
        await make('subscription', 'add', app, '--plan', 'static_enterprise');
    }
    const most = 2 ** 53 - 1;
    writeFileSync(file, line('ada', { at: '01/Jan/1970:00:00:00 +0000' }) + line('ada', { bytes: most }) + line('ada') + line('ada', { status: 401 }));
    same(await ingest(file, ['--by', 'user']), { counted: 1, unattributed: 1, notUnderstood: 2 });
    appendFileSync(file, line('eve') + line('ada') + line('ada') + line('eve', { bytes: 2 }));
    const full = await run(cistern, ['usage', 'ingest', file, '--once', '--json', '--by', 'user', '--data', data]);
    must(full.status === 0 && /2 lines of \w+ in \d{4}-\d\d are not counted/.test(full.err), full.err);
    same(JSON.parse(full.out), { counted: 2, unattributed: 0, notUnderstood: 2 });
    same(await counted('ada'), { requests: 1, bandwidth_bytes: most });
    same(await counted('eve'), { requests: 2, bandwidth_bytes: 3 });
});

await tally.check('the store is sound', () => make('verify'));
await server.stop();
rmSync(scratch, { recursive: true, force: true });
tally.finish();
