// crash.mjs CISTERN [ROUNDS=30] [SEED] - kill -9, again and again, while money, usage and keys are written.
//
// One store, one model of it. In each round the server runs, eight lines of requests go in as fast as they are
// answered, and SIGKILL comes at a moment of the seed's choosing: during the start, before the first answer, while
// what was left open is asked again, or some tens of milliseconds into the traffic. The model knows what was
// acknowledged and what was only sent. The next server must say:
//   what was acknowledged is there once      balances, what is reserved, what is counted, keys; asked
//                                            again, the same answer comes to the byte
//   what was only sent is there whole or not the same again says which (Idempotency-Key, ids of events, a list),
//                                            and what it says must have been in the sums before it was asked
// Part of ledger.mjs, which counts its checks; ./dev crash 10000 is the long run. The seed is printed: it has
// the requests of each line and the moments; which of them had been answered by then is the machine's. SIGTERM
// ends a long run after its round, with the last checks.
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Tally, run, start } from './process.mjs';

const [cistern] = process.argv.slice(2);
const isAlone = import.meta.filename === process.argv[1];
const rounds = Number((isAlone && process.argv[3]) || 30);
const seed = Number((isAlone && process.argv[4]) || (isAlone ? Date.now() % 1e9 : 1)); // the gate's is fixed
export const tally = new Tally();
// kill -9 loses no page of the kernel's cache, so what fsync waits for is no part of this test: memory will do.
const scratch = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'cistern-crash-'));
const data = join(scratch, 'data');
const LINES = 8;
const KEYS_MAX = 10; // usage keys that work, see usage_key.h
const PROOF_EVERY = 500; // rounds between two proofs of the whole store
const BYTES_EACH = 2000; // of store for each thing that was acknowledged: its row, its name, its place in two indexes

function must(condition, why) {
    if (!condition) {
        throw new Error(why);
    }
}

// mulberry32: numbers from 0 to n - 1, the same for the same seed, round and line.
function draws(round, line) {
    let state = (seed * 1000003 + round * 1009 + line) >>> 0;
    return (n) => {
        state = (state + 0x6d2b79f5) >>> 0;
        let t = Math.imul(state ^ (state >>> 15), state | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return ((t ^ (t >>> 14)) >>> 0) % n;
    };
}

// ---- The server -----------------------------------------------------------------------------------

async function make(...args) {
    const { status, out, err } = await run(cistern, [...args, '--data', data], { input: 'correct horse battery\n' });
    must(status === 0, `cistern ${args.join(' ')} ended with ${status}: ${err}${out}`);
    return out.trim();
}

const SERVE = ['serve', '--listen', '127.0.0.1:0', '--data', data, '--log-level', 'error', '--rate', '1000000'];
await make('plan', 'add', 'flat');
const app = (await make('subscription', 'add', 'app', '--plan', 'flat')).split(' ')[1];
await make('user', 'add', 'two@example.com', '--welcome-credits', '0');
const token = await make('token', 'create', 'all', '--scope', '*', '--rate', 'unlimited');

let server;
let agent;
let isOver; // the server was killed
let death; // what one that ended by itself had said

async function live() {
    server = await start(cistern, SERVE);
    agent = new http.Agent({ keepAlive: true, maxSockets: LINES });
    isOver = false;
}

function kill() {
    if (isOver) {
        return;
    }
    isOver = true;
    try {
        process.kill(server.pid, 'SIGKILL');
    } catch {
        death = server.errors() || 'nothing was said';
    }
}

// { status, replayed, text, json }, or null: the server died before it had answered in full.
function ask({ method = 'POST', path, as = token, body, key }) {
    return new Promise((resolve) => {
        const text = body === undefined ? undefined : JSON.stringify(body);
        const headers = {
            authorization: `Bearer ${as}`,
            ...(text ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } : { 'content-length': 0 }),
            ...(key ? { 'idempotency-key': key } : {}),
        };
        const request = http.request(`${server.url}${path}`, { method, agent, headers }, (answer) => {
            const parts = [];
            answer.on('data', (bytes) => parts.push(bytes));
            answer.on('error', () => resolve(null));
            answer.on('end', () => {
                const said = Buffer.concat(parts).toString();
                resolve(answer.complete ? { status: answer.statusCode, replayed: answer.headers['idempotent-replayed'] === 'true', text: said, json: said ? JSON.parse(said) : null } : null);
            });
        });
        request.on('error', () => resolve(null));
        request.end(text);
    });
}

const get = (path, as) => ask({ method: 'GET', path, as });

// ---- The model ------------------------------------------------------------------------------------

// What was acknowledged, as sums: of balances, of what is reserved, of what is counted.
const sums = { 'balance 1': 0, 'balance 2': 0, reserved: 0, requests: 0, bytes: 0 };
const count = { acknowledged: 0, sent: 0, carried: 0, refused: 0, starts: 0 };
let open = []; // reservations that were acknowledged: { id, amount }
let unknown = []; // requests that were sent and not answered
const history = []; // some of those that were answered and can be asked again
const keys = new Map(); // by name: { id, secret, isTaken, isRevoked, isNew }, of those that work and of some that did
let keysWorking = 0; // or may work
let serial = 0;

const HISTORY = 256;
let remembered = 0;
const remember = (request, text) => (history[remembered++ % HISTORY] = { ...request, text });

function add(to, effect) {
    for (const [name, n] of Object.entries(effect ?? {})) {
        to[name] += n;
    }
}

// ---- Requests -------------------------------------------------------------------------------------
//
// Each says what it changes in the sums (effect), what an answer means (read: whether it had been carried out
// before; null: it was refused), and what the model learns from it (learn).

const replayed = (answer) => {
    must(answer.status === 200 || answer.status === 201, `${answer.status} ${answer.text}`);
    return answer.replayed;
};

function grant(draw) {
    const account = `${1 + draw(2)}`;
    const amount = 1 + draw(6);
    return { path: '/v1/funding/grant', key: `g${serial++}`, body: { external_user_id: account, amount }, effect: { [`balance ${account}`]: amount }, read: (answer) => replayed(answer) };
}

function reserve(draw) {
    const amount = 1 + draw(12);
    return {
        path: '/v1/reservations', key: `r${serial++}`, body: { amount, ttl_seconds: 86400 }, effect: { reserved: amount },
        read(answer) {
            if (answer.status === 402) {
                must(answer.json.error.code === 'insufficient_credits' && !answer.replayed, answer.text);
                return null;
            }
            must(answer.status !== 201 || (answer.json.available >= 0 && answer.json.amount === amount), `more than there is: ${answer.text}`);
            return replayed(answer);
        },
        learn: ({ json }) => open.push({ id: json.id, amount }),
    };
}

function end(draw) {
    const { id, amount } = open.shift();
    const taken = draw(3) ? 1 + draw(amount) : 0;
    return taken
        ? { path: `/v1/reservations/${id}/settle`, body: { amount: taken }, effect: { 'balance 1': -taken, reserved: -amount }, read: replayed }
        : { path: `/v1/reservations/${id}/release`, effect: { reserved: -amount }, read: replayed };
}

function record(draw) {
    const requests = 1 + draw(9);
    const bandwidth_bytes = draw(1000);
    return { path: `/v1/subscriptions/${app}/usage`, key: `u${serial++}`, body: { type: 'http', requests, bandwidth_bytes }, effect: { requests, bytes: bandwidth_bytes }, read: replayed };
}

// Events with ids, in a request without a name: each counts once, and all of them or none.
function recordMany(draw) {
    const events = Array.from({ length: 2 + draw(9) }, () => ({ type: 'http', id: `e${serial++}`, requests: 1 + draw(9), bandwidth_bytes: draw(1000) }));
    const sum = (member) => events.reduce((n, event) => n + event[member], 0);
    return {
        path: `/v1/subscriptions/${app}/usage`, body: { events }, effect: { requests: sum('requests'), bytes: sum('bandwidth_bytes') },
        read({ status, json, text }) {
            const isWhole = status === 200 && json.conflicts === 0 && json.recorded + json.duplicates === events.length && (json.recorded === 0 || json.duplicates === 0);
            must(isWhole, `a part of ${events.length}: ${status} ${text}`);
            return json.duplicates !== 0;
        },
    };
}

// A usage key: the only credential that is made over the network. It cannot be asked for again, since its text is
// shown once, so the list says whether one that was only sent for is there.
function create() {
    const name = `k${serial++}`;
    keysWorking++;
    return {
        path: '/v1/keys', body: { name }, made: name,
        read({ status, text }) {
            must(status === 201, `${status} ${text}`);
            return false;
        },
        learn: ({ json: { id, key } }) => keys.set(name, { id, secret: key, isRevoked: false, isTaken: false, isNew: true }),
    };
}

function revoke(key) {
    key.isTaken = true;
    return {
        method: 'DELETE', path: `/v1/keys/${key.id}`,
        read({ status, text }) {
            must(status === 200, `${status} ${text}`);
            return false;
        },
        learn() {
            keysWorking--;
            Object.assign(key, { isRevoked: true, isNew: true });
        },
    };
}

function draft(draw) {
    const kind = draw(20);
    if (kind < 4) {
        return grant(draw);
    }
    if (kind < 8) {
        return reserve(draw);
    }
    if (kind < 12) {
        return open.length > 2 + draw(8) ? end(draw) : reserve(draw);
    }
    if (kind < 15) {
        return record(draw);
    }
    if (kind < 17) {
        return recordMany(draw);
    }
    if (kind < 18) {
        const old = [...keys.values()].find((key) => !key.isTaken);
        return old && draw(KEYS_MAX) < keysWorking ? revoke(old) : keysWorking < KEYS_MAX ? create() : grant(draw);
    }
    return history.length ? { ...history[draw(history.length)], isAgain: true } : grant(draw);
}

// What an answer to a request is to the model. `before`: sums of what was there before this server was asked.
function take(request, answer, before) {
    if (request.isAgain) {
        must(request.read(answer) === true, `it was acknowledged and is not known: ${JSON.stringify(request.body)} ${answer.text}`);
        must(request.text === null || answer.text === request.text, `another answer than before: ${answer.text}, was ${request.text}`);
        return;
    }
    const wasThere = request.read(answer);
    if (wasThere === null) {
        count.refused++;
        return;
    }
    must(before || !wasThere, `it was carried out before it was asked for: ${answer.text}`);
    if (before) {
        count.carried += wasThere;
        add(before, wasThere ? request.effect : null);
    }
    add(sums, request.effect);
    request.learn?.(answer);
    if (request.effect) {
        // A grant says `duplicate`, events say how many: of those the reading is enough.
        remember(request, request.path === '/v1/funding/grant' || request.body?.events ? null : answer.text);
    }
    count.acknowledged++;
}

// ---- A round --------------------------------------------------------------------------------------

async function line(draw) {
    while (!isOver) {
        const request = draft(draw);
        const answer = await ask(request);
        if (answer) {
            take(request, answer, null);
        } else if (!request.isAgain) {
            unknown.push(request);
            count.sent++;
            return;
        }
    }
}

// The sums as the server has them, or null.
async function told() {
    const [wallet, other, usage] = await Promise.all([get('/v1/balance'), get('/v1/ledger?account=2&limit=1'), get(`/v1/subscriptions/${app}/usage`)]);
    if (!wallet || !other || !usage) {
        return null;
    }
    for (const { status, text } of [wallet, other, usage]) {
        must(status === 200, `${status} ${text}`);
    }
    const all = (member) => usage.json.usage.reduce((n, month) => n + month.http[member], 0);
    must(wallet.json.reserved <= wallet.json.balance, `more is reserved than there is: ${wallet.text}`);
    return { 'balance 1': wallet.json.balance, 'balance 2': other.json.balance, reserved: wallet.json.reserved, requests: all('requests'), bytes: all('bandwidth_bytes') };
}

function compare(got, want, what) {
    for (const name of Object.keys(want)) {
        must(got[name] === want[name], `${what}: ${name} is ${got[name]}, must be ${want[name]}: ${JSON.stringify(got)}`);
    }
}

// A key that was only sent for: there once, working, or not there. It is revoked, since nobody saw its text.
async function findKeys(requests) {
    const list = await get('/v1/keys');
    if (!list) {
        return;
    }
    for (const request of requests) {
        const rows = list.json.keys.filter((row) => row.name === request.made);
        must(rows.length === 0 || (rows.length === 1 && rows[0].status === 'active'), `${request.made} is there as ${JSON.stringify(rows)}`);
        unknown.splice(unknown.indexOf(request), 1);
        if (rows.length) {
            const key = { id: rows[0].id, secret: null };
            keys.set(request.made, key);
            unknown.push(revoke(key));
            count.carried++;
        } else {
            keysWorking--;
        }
    }
}

// Those that changed, and a few others: what works works, what was revoked is refused.
async function useKeys(draw) {
    const all = [...keys.values()].filter((key) => key.secret);
    const some = [...all.filter((key) => key.isNew), ...Array.from({ length: Math.min(2, all.length) }, () => all[draw(all.length)])];
    await Promise.all(some.map(async (key) => {
        const answer = await get('/v1/subscriptions', key.secret);
        if (!answer || (key.isTaken && !key.isRevoked)) { // nobody knows
            return;
        }
        must(answer.status === (key.isRevoked ? 401 : 200), `a key that was ${key.isRevoked ? 'revoked' : 'made'}: ${answer.status}`);
        key.isNew = false;
    }));
    for (const [name, key] of keys) {
        if (keys.size > 64 && key.isRevoked && !(key.isNew && key.secret)) {
            keys.delete(name);
        }
    }
}

// The next server is asked for what the last one left open. One that is killed here too leaves the rest to its heir.
async function settle(draw) {
    const got = await told();
    const before = { ...sums };
    if (!got) {
        return;
    }
    const made = unknown.filter((request) => request.made);
    if (made.length) {
        await findKeys(made);
    }
    const asked = unknown.filter((request) => !request.made);
    const answers = await Promise.all(asked.map(ask));
    asked.forEach((request, i) => answers[i] && take(request, answers[i], before));
    unknown = unknown.filter((request) => request.made || answers[asked.indexOf(request)] === null);
    if (answers.every(Boolean)) {
        compare(got, before, 'what was acknowledged, and what says that it was carried out');
    }
    await useKeys(draw);
}

async function round(n) {
    const draw = draws(n, LINES);
    const after = (ms) => setTimeout(kill, ms);
    let timer = null;
    if (draw(8) === 0) { // the start itself is killed
        await run(cistern, SERVE, { timeoutMs: draw(12) + 1 });
        count.starts++;
    }
    await live();
    if (draw(8) === 0) {
        timer = after(draw(8));
    }
    await settle(draw);
    timer ??= after(draw(4) === 0 ? draw(3) : draw(30));
    await Promise.all(Array.from({ length: LINES }, (_, i) => line(draws(n, i))));
    clearTimeout(timer);
    kill();
    agent.destroy();
    must(death === undefined, `the server ended by itself: ${death}`);
}

// ---- Now and then, and in the end -----------------------------------------------------------------

function bytesOfStore() {
    return readdirSync(data).reduce((n, name) => n + statSync(join(data, name)).blocks * 512, 0);
}

async function prove(base) {
    must(/every balance is their sum$/.test(await make('ledger', 'verify')), 'ledger verify');
    await make('verify');
    const most = base + 4 * 2 ** 20 + count.acknowledged * BYTES_EACH;
    must(bytesOfStore() <= most, `the store has ${bytesOfStore()} bytes, after ${count.acknowledged} acknowledgements`);
}

let isEnough = false; // SIGTERM: after this round, with what is asked in the end
process.once('SIGTERM', () => (isEnough = true));

const base = bytesOfStore();
await tally.check(`${rounds} times kill -9 over ledger, usage and keys, seed ${seed}`, async () => {
    const begun = performance.now();
    let n = 0;
    for (; n < rounds && !isEnough; n++) {
        try {
            await round(n);
            if (n % PROOF_EVERY === PROOF_EVERY - 1) {
                await prove(base);
            }
            if (n % 100 === 99) {
                console.log(`      ${n + 1} rounds, ${JSON.stringify(count)}, ${Math.round((performance.now() - begun) / (n + 1))} ms each, store ${(bytesOfStore() / 2 ** 20).toFixed(1)} MiB`);
            }
        } catch (error) {
            kill();
            error.message = `round ${n} of seed ${seed}: ${error.message}`;
            throw error;
        }
    }
    return `${n} rounds, ${count.acknowledged} acknowledged, ${count.sent} only sent, of which ${count.carried} were carried out, ${count.refused} refused, ${count.starts} starts killed; ${Math.round((performance.now() - begun) / Math.max(1, n))} ms a round`;
});

await tally.check('in the end each sum is the model\'s, each reservation ends, and the store proves it', async () => {
    await live();
    while (unknown.length) {
        await settle(draws(rounds, 0));
    }
    while (open.length) {
        const request = end(draws(rounds, open.length));
        take(request, await ask(request), null);
    }
    compare(await told(), sums, 'in the end');
    must(sums.reserved === 0, `${sums.reserved} are reserved for nobody`);
    await server.stop();
    agent.destroy();
    await prove(base);
    return `${sums.requests} requests counted, store ${(bytesOfStore() / 2 ** 20).toFixed(1)} MiB`;
});

rmSync(scratch, { recursive: true, force: true });
if (isAlone) {
    tally.finish();
}
