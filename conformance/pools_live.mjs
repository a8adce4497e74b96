// pools_live.mjs CISTERN [CRASHES=20] - the whole way of a reading, live, and then under kill -9.
//
// A stand-in speaks OpenRouter's JSON (tools/vendors/openrouter.json with another host) and runs
// low. Slack and a generic receiver must get one alert each; REST, list_balances, /metrics, an MCP
// client that has subscribed and the dashboard in a browser must show it within a second of the
// vendor's answer, or of the end of the command that stored it. Then the server is killed at random moments while all of it goes on:
//   nothing that was acknowledged is lost   every push that got 200 is a duplicate afterwards
//   nothing is sent too often               at most one duplicate of the generic messages for each crash
//   nothing is left behind                  no delivery waits in the end; each one that the log calls
//                                           delivered was received; the store verifies
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { openSight } from './pools_sight.mjs';
import { Tally, run, start } from './process.mjs';
import { startReceiver, until } from './receiver.mjs';
import { checkSlack } from './slack.mjs';

const binary = process.argv[2];
const crashes = Number(process.argv[3] ?? 20);
const scratch = mkdtempSync(join(tmpdir(), 'cistern-live-'));
const data = join(scratch, 'data');
const tally = new Tally();
const SECOND_MS = 1000;
const must = (condition, why) => {
    if (!condition) {
        throw new Error(why);
    }
};

// ---- The others: a vendor, Slack, somebody's endpoint ---------------------------------------------

const vendor = { left: 100, asked: 0, key: 'sk-or-live', steps: null, saidAt: {} };
const outside = await startReceiver((path, { headers }) => {
    if (path !== '/api/v1/credits') {
        return {};
    }
    if (headers.authorization !== `Bearer ${vendor.key}`) {
        return { status: 401, body: '{}' };
    }
    vendor.asked++;
    const left = vendor.steps ? vendor.steps[vendor.asked % vendor.steps.length] : vendor.left;
    vendor.saidAt[left] ??= Date.now();
    return { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ data: { total_credits: 100, total_usage: 100 - left } }) };
});

function definition() {
    const path = fileURLToPath(new URL('../tools/vendors/openrouter.json', import.meta.url));
    const file = join(scratch, 'openrouter.json');
    writeFileSync(file, readFileSync(path, 'utf8').replaceAll('https://openrouter.ai', outside.url));
    return file;
}

async function cistern(args, options = {}) {
    const { status, out, err } = await run(binary, [...args, '--data', data], options);
    must(status === 0, `cistern ${args.join(' ')} ended with ${status}: ${err}`);
    return out.trim();
}

const serve = () => start(binary, ['serve', '--listen', '127.0.0.1:0', '--data', data, '--log-level', 'error', '--rate', '1000000',
    '--outbound-http', '--outbound-allow', '127.0.0.1', '--webhook-lease', '1s']);

// ---- Everybody sees it --------------------------------------------------------------------------

let server = await serve();
const reader = await cistern(['token', 'create', 'reader', '--rate', 'unlimited']);
await cistern(['webhook', 'add', 'generic'], { input: `${outside.url}/generic\n` });
await cistern(['webhook', 'add', 'slack', '--format', 'slack'], { input: `${outside.url}/slack\n` });
await cistern(['connection', 'add', 'OpenRouter', '--source', definition(), '--secret-file', '-', '--every', '1s', '--low', '20', '--critical', '5'],
    { input: `${vendor.key}\n` });

const bearer = (token) => ({ authorization: `Bearer ${token}` });
const rest = async () => (await (await fetch(`${server.url}/api/v1/pools`, { headers: bearer(reader) })).json()).pools[0];

// The machine while `body` runs: the longest that a timer and an fsync beside the store were late. A
// second is the server's; what the machine stood still is not.
async function beside(body) {
    const probe = await open(join(scratch, 'probe'), 'w');
    let stalledMs = 0;
    let isOver = false;
    const probing = (async () => {
        while (!isOver) {
            const begun = Date.now();
            await probe.write('x', 0);
            await probe.sync();
            await new Promise((resolve) => setTimeout(resolve, 20));
            stalledMs = Math.max(stalledMs, Date.now() - begun - 20);
        }
    })();
    const value = await body();
    isOver = true;
    await probing;
    await probe.close();
    return { value, stalledMs };
}

// Each face within a second of `since`; says how long each took.
function inTime({ value: seen, stalledMs }, since) {
    const took = Object.entries(seen).map(([face, at]) => [face, Math.max(0, at - since)]);
    const limitMs = SECOND_MS + (stalledMs > 100 ? 2 * stalledMs : 0); // a poll is claimed, and its answer stored
    for (const [face, ms] of took) {
        must(ms <= limitMs, `${face} shows it after ${ms} ms: ${JSON.stringify(Object.fromEntries(took))}`);
    }
    return [...took.map(([face, ms]) => `${face} ${ms} ms`), ...(stalledMs > 100 ? [`the machine stood still for ${stalledMs} ms`] : [])].join(', ');
}

await tally.check('a service is asked, and its balance is there', async () => {
    const pool = await until('there is a balance', async () => { const p = await rest(); return p?.balance === 100 && p; });
    must(pool.status === 'healthy' && pool.balanceLimit === 100 && pool.unit === 'USD', JSON.stringify(pool));
});

const sight = await openSight({ url: server.url, token: reader, link: await cistern(['login', '--read-only']) });
let alerts = 0;

async function eachHearsOnce(status) {
    alerts++;
    for (const path of ['/generic', '/slack']) {
        await until(`${path} hears`, () => outside.of(path).length === alerts);
    }
    const later = vendor.asked + 2;
    await until('it is asked twice more', () => vendor.asked >= later);
    must(outside.of('/generic').length === alerts && outside.of('/slack').length === alerts, 'more than one alert');
    must(JSON.parse(outside.of('/generic').at(-1).body).event === `quota.alert.${status}`, outside.of('/generic').at(-1).body);
    checkSlack(JSON.parse(outside.of('/slack').at(-1).body));
}

for (const [left, status] of [[15, 'low'], [3, 'critical']]) {
    await tally.check(`it runs ${status}: all five faces show it in a second, each receiver gets one alert`, async () => {
        const seen = await beside(() => {
            const shows = sight.shows({ name: 'OpenRouter', balance: left, status });
            vendor.left = left;
            return shows;
        });
        await eachHearsOnce(status);
        return inTime(seen, vendor.saidAt[left]);
    });
}

await tally.check('a reading that another process stored: all five faces show it in a second, each receiver gets one alert', async () => {
    await cistern(['connection', 'add', 'Byhand', '--low', '50', '--critical', '5']);
    let storedAt;
    const seen = await beside(async () => {
        const shows = sight.shows({ name: 'Byhand', balance: 42, status: 'low' });
        await cistern(['reading', 'add', 'Byhand', 'credits', '42']);
        storedAt = Date.now();
        return shows;
    });
    await eachHearsOnce('low');
    return inTime(seen, storedAt);
});
await sight.close();

await tally.check('a key that is not accepted any more is a status and a reason', async () => {
    vendor.key = 'other';
    await until('it is disconnected', async () => (await rest()).status === 'disconnected');
    const shown = JSON.parse(await cistern(['connection', 'show', 'OpenRouter', '--json']));
    must(shown.source.reason.includes('does not accept the secret') && shown.source.failures >= 1, JSON.stringify(shown.source));
    vendor.key = 'sk-or-live';
    await cistern(['connection', 'edit', 'OpenRouter', '--every', '1s']); /* asks at once */
    await until('it is back', async () => (await rest()).status === 'critical');
});

// ---- kill -9 ------------------------------------------------------------------------------------

const acked = [];

// One life of the server: pushes go in until it is killed.
async function live(ms) {
    const end = Date.now() + ms;
    while (Date.now() < end) {
        const recordedAt = new Date(Date.now() - acked.length % 7).toISOString();
        try {
            const answer = await fetch(`${server.url}/api/v1/connections/Pushed/readings`, {
                method: 'POST',
                headers: { ...bearer(pusher), 'content-type': 'application/json' },
                body: JSON.stringify({ creditType: 'c', balance: acked.length, recordedAt }),
                signal: AbortSignal.timeout(2000),
            });
            if (answer.status === 200 && (await answer.json()).stored === 1) {
                acked.push({ balance: acked.length, recordedAt });
            }
        } catch {
            return; // it is gone
        }
    }
}

let pusher;
const lifeMs = () => 20 + Math.random() ** 2 * 3000;
let killed = 0;

await tally.check(`${crashes} times kill -9 while all this goes on`, async () => {
    await cistern(['connection', 'add', 'Pushed', '--tool', 'Script']);
    pusher = await cistern(['token', 'create', 'script', '--push', 'Pushed', '--rate', 'unlimited']);
    vendor.steps = [100, 15, 3, 90, 4]; // another alert with most answers
    for (; killed < crashes; killed++) {
        const ms = lifeMs();
        const timer = setTimeout(() => process.kill(server.pid, 'SIGKILL'), ms);
        await live(ms + 200);
        clearTimeout(timer);
        try {
            process.kill(server.pid, 'SIGKILL');
        } catch { /* it is dead already */ }
        server = await serve();
        if (killed % 50 === 49) {
            console.log(`      ${killed + 1} crashes, ${acked.length} pushes, ${outside.of('/generic').length} messages`);
        }
    }
});

const list = async (args, name) => JSON.parse(await cistern([...args, '--json']))[name];

await tally.check('nothing waits in the end, and what the log calls delivered arrived', async () => {
    vendor.steps = null;
    vendor.left = 100;
    const deliveries = await until('nothing is on its way', async () => {
        const all = await list(['webhook', 'log', '--limit', '200'], 'deliveries');
        return all.every((d) => !['queued', 'sending'].includes(d.state)) && all;
    }, 60000);
    const ids = new Set(outside.of('/generic').map((request) => request.headers['idempotency-key']));
    const delivered = (name) => deliveries.filter((d) => d.state === 'delivered' && d.webhookName === name);
    const missing = delivered('generic').filter((d) => !ids.has(d.id));
    must(missing.length === 0, `${missing.length} were never received: ${JSON.stringify(missing[0])}`);
    must(outside.of('/slack').length >= delivered('slack').length, 'Slack got less than the log says'); /* its messages have no id */
    return `${delivered('generic').length + delivered('slack').length} of the newest ${deliveries.length} delivered`;
});

await tally.check('at most one duplicate for each crash', async () => {
    const counts = new Map();
    for (const r of outside.of('/generic')) {
        const id = r.headers['idempotency-key'];
        counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    const again = [...counts.values()].reduce((sum, n) => sum + n - 1, 0);
    must(again <= killed, `${again} duplicates after ${killed} crashes`);
    must([...counts.values()].every((n) => n <= 1 + killed), 'one was sent more often than there were crashes');
    return `${again} duplicates of ${counts.size} deliveries`;
});

await tally.check('no push that was answered is lost', async () => {
    for (let i = 0; i < acked.length; i += 500) {
        const answer = await fetch(`${server.url}/api/v1/connections/Pushed/readings`, {
            method: 'POST',
            headers: { ...bearer(pusher), 'content-type': 'application/json' },
            body: JSON.stringify({ readings: acked.slice(i, i + 500).map((r) => ({ creditType: 'c', ...r })) }),
        });
        const said = await answer.json();
        must(said.stored === 0 && said.conflicts === 0, `of ${acked.slice(i, i + 500).length} acknowledged: ${JSON.stringify(said)}`);
    }
    return `${acked.length} pushes`;
});

await tally.check('the store verifies, and it is still asked', async () => {
    await until('it is asked', async () => (await rest()).status === 'healthy' && (await rest()).balance === 100);
    await cistern(['verify']);
});

await server.stop();
outside.close();
rmSync(scratch, { recursive: true });
tally.finish();
