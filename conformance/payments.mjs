// payments.mjs CISTERN - orders that Stripe takes the money for, over the real binary and a stand-in that is as
// strict as Stripe (stripe.mjs): what is asked, what is signed, and that each order is credited once.
// Part of ledger.mjs, which counts its checks.
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Document } from './openapi_document.mjs';
import { Tally, differences, run, start } from './process.mjs';
import { until } from './receiver.mjs';
import { Stripe } from './stripe.mjs';

const [cistern] = process.argv.slice(2);
export const tally = new Tally();
const scratch = mkdtempSync(join(tmpdir(), 'cistern-payments-'));
const KEY = 'sk_test_51Hx0Zt7yQ2bW9nVcistern';
const SECRETS = ['whsec_n4wS1gn1ngS3cretOfTheEndp0intABCD', 'whsec_0ldS1gn1ngS3cretOfTheEndp0intABCD'];
const PASSWORD = 'correct horse battery';
const STARTER = 4050000;

function must(condition, why) {
    if (!condition) {
        throw new Error(why);
    }
}

const data = join(scratch, 'paid');
const file = join(scratch, 'stripe.secrets');
const stripe = await new Stripe({ key: KEY, secrets: SECRETS }).listen();
const command = (args, input = '') => run(cistern, [...args, '--data', data], { input });
const options = ['--data', data, '--payment', 'stripe', '--stripe-secret-file', file, '--stripe-url', `${stripe.url}/`, '--outbound-http', '--outbound-allow', '127.0.0.0/8', '--public-url', 'https://c.example/'];
const serve = () => start(cistern, ['serve', '--listen', '127.0.0.1:0', '--log-level', 'info', ...options]);

mkdirSync(data, { recursive: true, mode: 0o700 });
writeFileSync(file, `# Stripe\n${KEY}\n${SECRETS.join('\r\n')}\n`, { mode: 0o600 });
if (process.env.CISTERN_TEST_LOGS) {
    appendFileSync(join(process.env.CISTERN_TEST_LOGS, 'secrets.txt'), `${[KEY, ...SECRETS].join('\n')}\n`);
}
const added = await command(['user', 'add', 'ada@example.com', '--operator'], `${PASSWORD}\n`);
must(added.status === 0, added.err);
let server = await serve();
const doc = new Document(await (await fetch(`${server.url}/openapi.json`)).text());

async function ask(method, path, { body, headers = {} } = {}) {
    const answer = await fetch(server.url + path, { method, headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...headers }, body });
    const text = await answer.text();
    const operation = doc.operations().find((one) => one.path === path && one.method === method.toLowerCase());
    if (operation) {
        doc.check(operation, { status: answer.status, headers: Object.fromEntries(answer.headers), body: text });
    }
    return { status: answer.status, headers: answer.headers, text, json: text ? JSON.parse(text) : null };
}
const refused = (answer, status, code) => must(answer.status === status && answer.json.error.code === code && (answer.json.error.hint || status === 422), `${answer.status} ${answer.text}, want ${status} ${code}`);
const signed = await ask('POST', '/auth/login', { body: JSON.stringify({ email: 'ada@example.com', password: PASSWORD }) });
const session = { authorization: `Bearer ${signed.json.session_token}` };
const checkout = (headers = {}) => ask('POST', '/account/billing/checkout', { body: '{"package_id":"starter"}', headers: { ...session, ...headers } });
const tell = (body, signature = stripe.sign(body)) => ask('POST', '/webhooks/stripe', { body, headers: { 'content-type': 'application/json; charset=utf-8', ...(signature ? { 'stripe-signature': signature } : {}) } });
const balance = async () => (await ask('GET', '/account', { headers: session })).json.balance;
const order = async (sessionId) => (await ask('GET', `/account/orders/${stripe.sessions.get(sessionId).client_reference_id}`, { headers: session })).json;
const outcome = (answer, want) => must(answer.status === 200 && answer.json.outcome === want, `${answer.status} ${answer.text}, want ${want}`);

await tally.check('stripe: a checkout is a session as Stripe documents it, one per Idempotency-Key', async () => {
    const first = await checkout({ 'idempotency-key': 'a' });
    must(first.status === 200, first.text);
    const made = stripe.sessions.get(first.json.session_id);
    const differ = differences(first.json, { checkout_url: made.url, session_id: made.id });
    must(differ.length === 0, differ.join('\n'));
    must(made.amount_total === 500 && made.currency === 'usd', JSON.stringify(made));
    must(made.success_url === `https://c.example/account/dashboard?checkout=done&order=${made.client_reference_id}`, made.success_url);
    const again = await checkout({ 'idempotency-key': 'a' });
    must(again.text === first.text && again.headers.get('idempotent-replayed') === 'true' && stripe.requests.length === 1, again.text);
    const { status, provider, session_id } = await order(made.id);
    must(status === 'pending' && provider === 'stripe' && session_id === made.id, JSON.stringify({ status, provider, session_id }));
});

await tally.check('stripe: a paid session is credited once, however often and by however many it is told', async () => {
    const { session_id } = (await checkout()).json;
    const body = stripe.event(session_id, 'completed');
    const answers = await Promise.all(Array.from({ length: 8 }, () => tell(body)));
    must(answers.filter((a) => a.json?.outcome === 'credited').length === 1 && answers.every((a) => a.status === 200), answers.map((a) => a.text).join('\n'));
    outcome(await tell(stripe.event(session_id, 'async_payment_succeeded')), 'known');
    outcome(await tell(stripe.event(session_id, 'expired')), 'known');
    must((await balance()) === STARTER && (await order(session_id)).status === 'paid', `${await balance()}`);
    const { out } = await command(['ledger', 'list', '1', '--json']);
    must(JSON.parse(out).entries.filter((entry) => entry.reason === 'purchase' && entry.delta === STARTER).length === 1, out);
});

await tally.check('stripe: what is not signed, or does not fit the order, changes nothing', async () => {
    const { session_id } = (await checkout()).json;
    const body = stripe.event(session_id, 'completed');
    const signs = [null, 'x', stripe.sign(body, ['whsec_wrong']), stripe.sign(`${body} `), stripe.sign(body, undefined, Date.now() - 310000), stripe.sign(body, undefined, Date.now() + 310000), stripe.sign(body).replace('v1=', 'v0=')];
    for (const signature of signs) {
        refused(await tell(body, signature), 400, 'invalid_signature');
    }
    for (const change of [{ amount_total: 499 }, { currency: 'eur' }, { id: 'cs_test_another' }]) {
        refused(await tell(stripe.event(session_id, 'completed', change)), 422, 'refused');
    }
    outcome(await tell(stripe.event(session_id, 'completed', { client_reference_id: 'cart 7' })), 'ignored');
    outcome(await tell(stripe.event(session_id, 'completed', { payment_status: 'unpaid' })), 'ignored');
    outcome(await tell(body.replace('checkout.session.completed', 'invoice.paid')), 'ignored');
    must((await balance()) === STARTER && (await order(session_id)).status === 'pending', 'it changed something');
    outcome(await tell(body, stripe.sign(body, ['whsec_wrong', SECRETS[1]])), 'credited'); // the old secret, while it is rotated
    const ended = (await checkout()).json.session_id;
    outcome(await tell(stripe.event(ended, 'expired')), 'ended');
    must((await balance()) === 2 * STARTER && (await order(ended)).status === 'expired', 'expired');
});

await tally.check('stripe: what it does not take is 502 stripe_error, and no secret is told', async () => {
    const told = { status: 402, body: { error: { type: 'card_error', code: 'account_closed', message: `your key is ${KEY}` } } };
    for (const next of [told, { status: 500, body: {} }, 'cut', { status: 200, body: { id: 'cs_1' } }]) {
        stripe.next = next === 'cut' ? ['cut', 'cut'] : [next]; // libcurl tries once more where a kept connection was cut: the key makes that safe
        const answer = await checkout({ 'idempotency-key': 'fails' });
        refused(answer, 502, 'stripe_error');
        must(!answer.text.includes(KEY), answer.text);
    }
    stripe.next = [];
    must((await checkout({ 'idempotency-key': 'fails' })).status === 200, 'the name is not free');
    must(/402 card_error account_closed/.test(server.errors()) && ![KEY, ...SECRETS].some((secret) => server.errors().includes(secret)), server.errors());
});

await tally.check('stripe: a page of another origin orders nothing', async () => {
    const n = stripe.requests.length;
    const cookie = `quota_session=${signed.json.session_token}`;
    refused(await checkout({ origin: 'https://evil.example' }), 403, 'origin_not_allowed');
    for (const headers of [{ origin: 'https://evil.example' }, { origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-site' }, {}]) {
        refused(await ask('POST', '/account/billing/checkout', { body: '{"package_id":"starter"}', headers: { cookie, ...headers } }), 403, 'origin_not_allowed');
    }
    must(stripe.requests.length === n, 'Stripe was asked');
});

await tally.check('stripe: kill -9 between order, session, event and credit loses and doubles nothing', async () => {
    const before = await balance();
    stripe.next.push('hang');
    const n = stripe.requests.length;
    const lost = checkout({ 'idempotency-key': 'killed' }).catch(() => null);
    await until('Stripe is asked', () => stripe.requests.length > n);
    process.kill(server.pid, 'SIGKILL');
    await lost;
    server = await serve();
    const { session_id } = (await checkout({ 'idempotency-key': 'killed' })).json;
    const [first, second] = stripe.requests.slice(-2);
    must(first.key === second.key && second.replayed && first.body.id === session_id, 'Stripe made two');
    const body = stripe.event(session_id, 'completed');
    const told = Promise.all(Array.from({ length: 4 }, () => tell(body).catch(() => null)));
    await new Promise((resolve) => setImmediate(resolve));
    process.kill(server.pid, 'SIGKILL');
    await told;
    server = await serve();
    const again = await tell(body);
    must(['credited', 'known'].includes(again.json.outcome), again.text);
    must((await balance()) === before + STARTER, `${await balance()}, before ${before}`);
});

await tally.check('stripe: a crossing is charged once to who has agreed, also when the server dies while it asks', async () => {
    const account = async () => (await ask('GET', '/account', { headers: session })).json;
    const spend = async (amount) => {
        const headers = { authorization: `Bearer ${spender}` };
        const { json } = await ask('POST', '/v1/reservations', { body: JSON.stringify({ amount }), headers });
        must((await ask('POST', `/v1/reservations/${json.id}/settle`, { body: JSON.stringify({ amount }), headers })).status === 200, json.id);
    };
    const spender = (await command(['token', 'create', 'spender', '--scope', 'wallet'])).out.trim();
    const settings = { auto_topoff_enabled: true, auto_topoff_threshold: 1000000, auto_topoff_amount: 2000000 };
    must((await ask('PATCH', '/account/settings', { body: JSON.stringify(settings), headers: session })).status === 200, 'settings');
    const { session_id } = (await checkout()).json;
    outcome(await tell(stripe.event(session_id, 'completed')), 'credited');
    const intent = stripe.paidIntent(session_id);
    must(intent.setup_future_usage === 'off_session' && !(await account()).billing.has_payment_method, 'asked too early');
    outcome(await tell(stripe.intentEvent(intent)), 'kept');
    must((await account()).billing.has_payment_method, 'not kept');
    stripe.next = ['hang'];
    const n = stripe.requests.length;
    await spend((await balance()) - 999999);
    await until('Stripe is asked', () => stripe.requests.length > n);
    process.kill(server.pid, 'SIGKILL');
    server = await serve();
    await until('it is credited', async () => (await balance()) === 2999999);
    const [first, second, ...more] = stripe.requests.slice(n);
    must(first.key === second.key && second.replayed && more.length === 0 && stripe.intents.size === 1, 'charged twice');
    const [charged] = stripe.intents.values();
    must(charged.amount === 200 && charged.customer === intent.customer, JSON.stringify(charged));
    outcome(await tell(stripe.intentEvent(charged)), 'known');
    must((await balance()) === 2999999, `${await balance()}`);
});

await tally.check('stripe: the operator sees orders, keys stay in their file', async () => {
    const { out } = await command(['order', 'list', '--status', 'paid']);
    must(/stripe/.test(out) && out.split('\n').length === 7, out);
    must((await command(['ledger', 'verify'])).status === 0 && (await command(['verify'])).status === 0, 'the store');
    const shown = await run(cistern, ['config', 'print', ...options]);
    must(shown.status === 0 && shown.out.includes(file) && !shown.out.includes(KEY), shown.out + shown.err);
    must((await run(cistern, ['config', 'check', ...options])).status === 0, 'config check');
    for (const [text, mode, says] of [[`${KEY}\n`, 0o600, 'needs a key'], [`${KEY}\n${SECRETS[0]}\nsk_live_2\n`, 0o600, 'line 3'], [`${KEY}\n${SECRETS[0]}\n`, 0o604, 'everybody can read']]) {
        writeFileSync(file, text);
        chmodSync(file, mode);
        const { status, err } = await run(cistern, ['config', 'check', ...options]);
        must(status === 64 && err.includes(says) && !err.includes('sk_'.concat('test')), err);
    }
});
await server.stop();
stripe.close();
rmSync(scratch, { recursive: true, force: true });
if (import.meta.filename === process.argv[1]) {
    tally.finish();
}
