// bench.mjs BUILD [--rounds N] [--json FILE] - the table of ./dev bench; README.md says how to read it.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';

import { poolServer } from '../conformance/pools.mjs';
import { run } from '../conformance/process.mjs';
import { cpuNs, loadCore, rssBytes, sdkServer, serverCore, startNginx, startPinned } from './servers.mjs';

const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
        rounds: { type: 'string', default: '4' },
        seconds: { type: 'string', default: '2' },
        json: { type: 'string', default: 'build/bench.json' },
    },
});
const [build] = positionals;
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const idleConnections = 4000;
const load = fileURLToPath(new URL('load.lua', import.meta.url));

// ---- The requests --------------------------------------------------------------------------------

const revision = '2026-07-28';
const meta = {
    'io.modelcontextprotocol/protocolVersion': revision,
    'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
};

function mcp(token, method, params, name) {
    const headers = {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
        Accept: 'application/json, text/event-stream',
        'MCP-Protocol-Version': revision,
        'Mcp-Method': method,
        ...(name ? { 'Mcp-Name': name } : {}),
    };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } });
    return { method: 'POST', path: '/mcp', headers, body };
}

const callBalances = (token) => mcp(token, 'tools/call', { name: 'list_balances', arguments: {} }, 'list_balances');
const getPools = (token) => ({ method: 'GET', path: '/api/v1/pools', headers: { Authorization: `Bearer ${token}` }, body: '' });

async function fetchOnce({ url }, request) {
    const answer = await fetch(url + request.path, {
        method: request.method,
        headers: request.headers,
        body: request.body || undefined,
    });
    const text = await answer.text();
    if (answer.status !== 200) {
        throw new Error(`${request.path}: ${answer.status} ${text}`);
    }
    return text;
}

// ---- One measurement -----------------------------------------------------------------------------

async function measure(subject, connections) {
    const { server, request } = subject;
    const before = cpuNs(server.pid);
    const result = await run(
        'taskset',
        ['-c', String(loadCore), 'wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', load, server.url],
        {
            env: {
                PATH: process.env.PATH,
                BENCH_METHOD: request.method,
                BENCH_PATH: request.path,
                BENCH_BODY: request.body,
                BENCH_HEADERS: Object.entries(request.headers).map(([n, v]) => `${n}: ${v}`).join('\n'),
            },
        },
    );
    const after = cpuNs(server.pid);
    const line = result.out.split('\n').find((text) => text.startsWith('{'));
    if (!line) {
        throw new Error(`wrk: ${result.out}${result.err}`);
    }
    const found = JSON.parse(line);
    if (found.bad_status || found.broken || !found.requests) {
        throw new Error(`${subject.name}, ${connections} connections: ${line}`);
    }
    subject.served = (subject.served ?? 0) + found.requests;
    return {
        perSecond: found.requests / found.seconds,
        p50: found.p50_us,
        p99: found.p99_us,
        cpu: (after - before) / found.requests / 1000,
    };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)];

// A B C A B C ...: what the machine does meanwhile hits all of them alike.
async function interleave(subjects, connections, label) {
    const samples = new Map(subjects.map((subject) => [subject, []]));
    for (let round = 0; round < rounds; round++) {
        for (const subject of subjects) {
            if (process.stderr.isTTY) process.stderr.write(`\r${label}, round ${round + 1} of ${rounds}: ${subject.name.padEnd(40)}`);
            samples.get(subject).push(await measure(subject, connections));
        }
    }
    if (process.stderr.isTTY) process.stderr.write(`\r${''.padEnd(72)}\r`);
    return subjects.map((subject) => {
        const all = samples.get(subject);
        const middle = (key) => median(all.map((sample) => sample[key]));
        return {
            label,
            name: subject.name,
            perSecond: middle('perSecond'),
            p50_us: middle('p50'),
            p99_us: middle('p99'),
            cpu_us: middle('cpu'),
            // Of each round by itself: what slows the machine down slows both.
            cpu_ratio: median(all.map((sample, round) => sample.cpu / samples.get(subjects[0])[round].cpu)),
            rss_bytes: rssBytes(subject.server.pid),
        };
    });
}

async function openIdle(server, count) {
    const [, host, port] = server.url.match(/\/\/([^:]+):(\d+)/);
    const sockets = [];
    while (sockets.length < count) {
        const batch = Array.from({ length: Math.min(200, count - sockets.length) }, () => net.connect(Number(port), host));
        await Promise.all(batch.map((socket) => once(socket, 'connect')));
        sockets.push(...batch);
    }
    sockets.forEach((socket) => socket.on('error', () => {}));
    return () => sockets.forEach((socket) => socket.destroy());
}

// ---- The run -------------------------------------------------------------------------------------

const scratch = mkdtempSync(join(tmpdir(), 'cistern-bench-'));
const ours = await poolServer(join(build, 'cli/cistern'), scratch, { startServer: startPinned });
const reply = await fetchOnce(ours, callBalances(ours.token));
const poolsFile = join(scratch, 'pools.json');
const replyFile = join(scratch, 'reply.json');
writeFileSync(poolsFile, await fetchOnce(ours, getPools(ours.token)));
writeFileSync(replyFile, reply);
const nginx = await startNginx(scratch, reply);
const raw = await startPinned(join(build, 'bench/raw'), [replyFile], { readyFlag: [] });
const sdk = await startPinned(process.execPath, [sdkServer, poolsFile, ours.token], { readyFlag: [] });
for (const server of [nginx, raw]) {
    if ((await fetchOnce(server, callBalances(ours.token))) !== reply) {
        throw new Error('not the same bytes');
    }
}

const subjects = [
    { name: 'nginx, the same bytes', server: nginx, request: callBalances(ours.token) },
    { name: 'bare libwebsockets, the same bytes', server: raw, request: callBalances(ours.token) },
    { name: 'cistern tools/call list_balances', server: ours, request: callBalances(ours.token) },
    { name: 'cistern GET /api/v1/pools', server: ours, request: getPools(ours.token) },
    { name: 'cistern tools/list', server: ours, request: mcp(ours.token, 'tools/list', {}) },
    { name: 'TypeScript SDK v2 tools/call', server: sdk, request: callBalances(ours.token) },
];
const [nginxSubject, , oursSubject] = subjects;
const rows = [...(await interleave(subjects, 1, '1 connection')), ...(await interleave(subjects, 64, '64 connections'))];
const closeIdle = await Promise.all([nginx, ours].map((server) => openIdle(server, idleConnections)));
rows.push(...(await interleave([nginxSubject, oursSubject], 64, `64, and ${idleConnections} idle`)));
closeIdle.forEach((close) => close());

// ---- The answer ----------------------------------------------------------------------------------

const columns = [34, 22, 10, 9, 9, 10, 9, 9];
const show = (cells) => console.log(cells.map((cell, i) => (i < 2 ? String(cell).padEnd(columns[i]) : String(cell).padStart(columns[i]))).join(' '));
show(['', 'connections', 'req/s', 'p50 us', 'p99 us', 'CPU us', 'x nginx', 'RSS MB']);
for (const row of rows) {
    show([
        row.name,
        row.label.replace(/ connections?$/, ''),
        Math.round(row.perSecond),
        row.p50_us,
        row.p99_us,
        row.cpu_us.toFixed(2),
        row.cpu_ratio.toFixed(2),
        (row.rss_bytes / 1048576).toFixed(1),
    ]);
}

const find = (label, name) => rows.find((row) => row.label === label && row.name === name);
const at64 = (name) => find('64 connections', name);
const idle = `64, and ${idleConnections} idle`;
const targets = [
    ['tools/call, CPU as a multiple of nginx, 64 connections', at64(oursSubject.name).cpu_ratio, '<=', 1.4],
    [`the same with ${idleConnections} idle connections`, find(idle, oursSubject.name).cpu_ratio, '<=', 1.4],
    ['CPU of the TypeScript SDK as a multiple of ours', at64(subjects[5].name).cpu_us / at64(oursSubject.name).cpu_us, '>=', 40],
    ['tools/call, CPU microseconds (a bare hyper handler: 13 to 18)', at64(oursSubject.name).cpu_us, '<=', 18],
    // While 4,000 idle connections were open it needed more; this is the memory without them.
    ['RSS in MB after the load, before the idle connections', at64('cistern tools/list').rss_bytes / 1048576, '<=', 10],
].map(([what, got, sign, want]) => ({ what, got, sign, want, met: sign === '<=' ? got <= want : got >= want }));
console.log('');
targets.forEach(({ what, got, sign, want, met }) => console.log(`${met ? 'met   ' : 'MISSED'} ${what}: ${got.toFixed(2)} (${sign} ${want})`));

const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const about = {
    date: new Date().toISOString(),
    commit,
    cpu: cpus()[0].model,
    cores: { server: serverCore, load: loadCore },
    rounds,
    seconds,
    reply_bytes: Buffer.byteLength(reply),
    calls: Object.fromEntries(subjects.map(({ name, served }) => [name, served])),
};
writeFileSync(values.json, `${JSON.stringify({ about, rows, targets }, null, 1)}\n`);
console.log(`\n${about.date}, commit ${commit}, ${about.cpu}, median of ${rounds} rounds of ${seconds} s, reply ${about.reply_bytes} bytes; ${values.json}`);
const stopped = await Promise.all(
    Object.entries({ nginx, raw, sdk, ours }).map(([name, server]) =>
        Promise.race([server.stop(), new Promise((resolve) => setTimeout(resolve, 15000, name))]),
    ),
);
stopped.filter(Boolean).forEach((name) => console.log(`${name} did not end within 15 s of SIGTERM`));
rmSync(scratch, { recursive: true, force: true });
process.exit(0); // what still runs is killed
