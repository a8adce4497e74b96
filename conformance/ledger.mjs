// ledger.mjs CISTERN - money, over the real binary: what is granted, reserved and spent, by many at
// once; the ledger proves it afterwards. Then what Stripe takes, payments.mjs, and kill -9, crash.mjs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Tally, differences, run, start } from './process.mjs';

const [cistern] = process.argv.slice(2);
const tally = new Tally();
const scratch = mkdtempSync(join(tmpdir(), 'cistern-ledger-'));
const data = join(scratch, 'data');

function must(condition, why) {
    if (!condition) {
        throw new Error(why);
    }
}

const command = (...args) => run(cistern, [...args, '--data', data]);
async function addUser(email) {
    const { status, err } = await run(cistern, ['user', 'add', email, '--welcome-credits', '0', '--data', data], { input: 'correct horse battery\n' });
    must(status === 0, err);
}

async function make(...args) {
    const { status, out, err } = await command(...args);
    must(status === 0, `cistern ${args.join(' ')} ended with ${status}: ${err}${out}`);
    return out.trim();
}

await make('ledger', 'grant', '1', '1000000', '--ref', 'welcome');
await addUser('two@example.com'); // account 2
await addUser('three@example.com');
const spender = await make('token', 'create', 'spender', '--scope', 'wallet', '--rate', 'unlimited');
const giver = await make('token', 'create', 'giver', '--scope', 'wallet.grant', '--rate', 'unlimited');
const reader = await make('token', 'create', 'reader');
const server = await start(cistern, ['serve', '--listen', '127.0.0.1:0', '--data', data, '--log-level', 'error']);

async function ask(path, { token = spender, body, headers = {} } = {}) {
    const answer = await fetch(server.url + path, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
        body: body ? JSON.stringify(body) : undefined,
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, json: text ? JSON.parse(text) : null };
}

const grant = (body, key, more) => ask('/v1/funding/grant', { token: giver, body, headers: key === undefined ? {} : { 'idempotency-key': key }, ...more });
const reserve = (amount, key) => ask('/v1/reservations', { body: { amount }, headers: key ? { 'idempotency-key': key } : {} });
const settle = (id, amount) => ask(`/v1/reservations/${id}/settle`, { body: { amount } });
const release = (id) => ask(`/v1/reservations/${id}/release`, { body: null });
const same = (got, want) => {
    const differ = differences(got, want);
    must(differ.length === 0, differ.join('\n'));
};
const refused = (answer, status, code) => must(answer.status === status && answer.json.error.code === code, `${answer.status} ${answer.text}, want ${status} ${code}`);

await tally.check('a grant is the contract\'s body, once per Idempotency-Key', async () => {
    const first = await grant({ external_user_id: '2', amount: 250 }, 'g1');
    same(first.json, { external_user_id: '2', amount_granted: 250, balance_before: 0, balance_after: 250, ledger_id: first.json.ledger_id, duplicate: false });
    must(first.status === 200 && !first.headers.has('idempotent-replayed'), first.text);
    await grant({ external_user_id: '2', amount: 1 }, 'g2');
    const again = await grant({ external_user_id: '2', amount: 250 }, '"g1"'); // a structured field's string is the same key
    same(again.json, { ...first.json, duplicate: true });
    must(again.headers.get('idempotent-replayed') === 'true', 'a replay that does not say so');
    refused(await grant({ external_user_id: '2', amount: 251 }, 'g1'), 422, 'refused');
    refused(await grant({ external_user_id: '2', amount: 250 }), 400, 'invalid_request');
    refused(await grant({ external_user_id: '2', amount: 2 ** 53 }, 'g3'), 400, 'invalid_request');
    for (const nobody of ['nobody', '4', '999999']) {
        refused(await grant({ external_user_id: nobody, amount: 1 }, `to ${nobody}`), 404, 'not_found');
    }
});

await tally.check('twenty at once with one key grant once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => grant({ external_user_id: '3', amount: 5 }, 'twenty')));
    const replayed = answers.filter((a) => a.headers.get('idempotent-replayed') === 'true');
    must(answers.every((a) => a.status === 200) && replayed.length === 19, `${replayed.length} replays`);
    must(new Set(answers.map((a) => a.json.ledger_id)).size === 1, 'several entries');
    must(answers.every((a) => a.json.balance_after === 5), answers.map((a) => a.text).join('\n'));
});

await tally.check('who may what: each scope opens its own', async () => {
    refused(await grant({ external_user_id: '2', amount: 1 }, 'x', { token: spender }), 403, 'insufficient_scope');
    for (const token of [giver, reader]) {
        refused(await ask('/v1/balance', { token }), 403, 'insufficient_scope');
        refused(await ask('/v1/reservations', { token, body: { amount: 1 } }), 403, 'insufficient_scope');
    }
    refused(await ask('/v1/balance', { token: '' }), 401, 'unauthorized');
    refused(await ask('/v1/ledger?account=7'), 404, 'not_found');
});

await tally.check('reserve, settle, release; fewer are free than asked for is 402', async () => {
    const before = (await ask('/v1/balance')).json;
    const one = await reserve(600000);
    must(one.status === 201 && one.json.status === 'open' && one.json.available === before.available - 600000, one.text);
    refused(await reserve(400001), 402, 'insufficient_credits');
    const done = await settle(one.json.id, 250000);
    must(done.json.settled === 250000 && done.json.balance === before.balance - 250000, done.text);
    const again = await settle(one.json.id, 250000);
    must(again.text === done.text && again.headers.get('idempotent-replayed') === 'true', again.text);
    refused(await settle(one.json.id, 1), 409, 'conflict');
    refused(await release(one.json.id), 409, 'conflict');
    const two = await reserve(750000);
    must((await release(two.json.id)).json.available === 750000, 'not all are free again');
    same((await ask('/v1/balance')).json, { wallet: 'oauth_user', balance: 750000, reserved: 0, available: 750000 });
});

await tally.check('a reservation ends by itself', async () => {
    const { json } = await ask('/v1/reservations', { body: { amount: 750000, ttl_seconds: 1 } });
    refused(await reserve(1), 402, 'insufficient_credits');
    const until = Date.parse(json.expires_at);
    while (Date.now() < until + 5) {
        await new Promise((resolve) => setTimeout(resolve, until + 10 - Date.now()));
    }
    const next = await reserve(750000);
    must(next.status === 201, next.text);
    refused(await settle(json.id, 1), 409, 'conflict');
    await release(next.json.id);
    for (let i = 0; (await ask('/v1/balance')).json.reserved !== 0; i++) { // the sweep, if it comes first
        must(i < 50, 'still reserved');
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
});

await tally.check('over MCP the same, with the refusal for the model to read', async () => {
    const call = async (name, args) => {
        const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientInfo': { name: 'ledger', version: '1' }, 'io.modelcontextprotocol/clientCapabilities': {} };
        const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args, _meta: meta } };
        const { json } = await ask('/mcp', { body, headers: { accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': name } });
        must(json.result, JSON.stringify(json));
        return json.result;
    };
    same((await call('get_balance', {})).structuredContent, (await ask('/v1/balance')).json);
    const no = await call('reserve_credits', { amount: 750001 });
    must(no.isError && /750001 credits were asked for, 750000 are free/.test(no.content[0].text), JSON.stringify(no));
    const yes = (await call('reserve_credits', { amount: 10, app: 'Bot' })).structuredContent;
    must((await call('settle_reservation', { reservation: yes.id, amount: 10 })).structuredContent.balance === 749990, 'settled otherwise');
});

await tally.check('48 at once: the last credit goes, and none after it', async () => {
    const LIMIT = 3000;
    const { balance } = (await ask('/v1/balance')).json;
    const more = await reserve(balance - LIMIT);
    await settle(more.json.id, balance - LIMIT);
    const amount = 100;
    const answers = await Promise.all(Array.from({ length: 48 }, () => reserve(amount)));
    const won = answers.filter((a) => a.status === 201);
    must(won.length === LIMIT / amount && answers.every((a) => a.status === 201 || a.status === 402), `${won.length} reservations of ${amount} from ${LIMIT}`);
    await Promise.all(won.map((a) => settle(a.json.id, amount)));
    same((await ask('/v1/balance')).json, { wallet: 'oauth_user', balance: 0, reserved: 0, available: 0 });
});

await tally.check('the commands: list, grant, verify', async () => {
    must(/^granted 5; balance 5$/.test(await make('ledger', 'grant', '1', '5', '--key', 'k')), 'the first');
    must(/^granted before: 5; balance 5$/.test(await make('ledger', 'grant', '1', '5', '--key', 'k')), 'the second');
    const { entries, balance } = JSON.parse(await make('ledger', 'list', '1', '--json', '--limit', '3'));
    must(balance === 5 && entries.length === 3 && entries[0].delta === 5 && entries[0].reason === 'grant', JSON.stringify(entries));
    same((await ask('/v1/ledger?limit=3')).json.entries, entries);
    must(/every balance is their sum$/.test(await make('ledger', 'verify')), 'verify');
    const wrong = await command('ledger', 'grant', '1', '0');
    must(wrong.status === 64 && /is not a number from 1/.test(wrong.err), wrong.err);
    const nobody = await command('ledger', 'list', 'nobody');
    must(nobody.status === 1 && /No account/.test(nobody.err), nobody.err);
});

await tally.check('the store is sound', () => make('verify'));
await server.stop();
for (const part of ['./payments.mjs', './crash.mjs']) {
    const { tally: more } = await import(part);
    tally.passed += more.passed;
    tally.failed += more.failed;
}
rmSync(scratch, { recursive: true, force: true });
tally.finish();
