// stripe.mjs - a stand-in for Stripe on loopback that takes only what Stripe documents
// (docs.stripe.com/api/checkout/sessions/create, /api/payment_intents/create, /api/idempotent_requests,
// /api/versioning), answers as it does, and signs its events (docs.stripe.com/webhooks#verify-manually).
import { createHmac, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { once } from 'node:events';

const id = (prefix) => prefix + randomBytes(12).toString('hex');

// Parameter -> what its value must be. What is not here Stripe does not know (or we have no use for).
const isUrl = (v) => URL.canParse(v) && /^https?:/.test(v);
const isMetadata = (v) => v.length <= 500;
const sessionFields = {
    mode: (v) => v === 'payment',
    client_reference_id: (v) => v.length >= 1 && v.length <= 200,
    success_url: isUrl,
    cancel_url: isUrl,
    'metadata[order]': isMetadata,
    'payment_intent_data[metadata][order]': isMetadata,
    'line_items[0][quantity]': (v) => /^[1-9]\d*$/.test(v),
    'line_items[0][price_data][currency]': (v) => /^[a-z]{3}$/.test(v),
    'line_items[0][price_data][unit_amount]': (v) => /^\d+$/.test(v) && Number(v) >= 50 && Number(v) <= 99999999,
    'line_items[0][price_data][product_data][name]': (v) => v.length >= 1,
    customer_creation: (v) => v === 'always' || v === 'if_required',
    'payment_intent_data[setup_future_usage]': (v) => v === 'off_session' || v === 'on_session',
};
const intentFields = {
    amount: (v) => /^\d+$/.test(v) && Number(v) >= 50 && Number(v) <= 99999999,
    currency: (v) => /^[a-z]{3}$/.test(v),
    customer: (v) => /^cus_\w+$/.test(v),
    payment_method: (v) => /^pm_\w+$/.test(v),
    off_session: (v) => v === 'true',
    confirm: (v) => v === 'true',
    description: (v) => v.length >= 1,
    'metadata[order]': isMetadata,
};
const intentNeeds = Object.keys(intentFields);
const sessionNeeds = ['mode', 'success_url', ...Object.keys(sessionFields).filter((name) => name.startsWith('line_items'))];

const refuse = (status, type, message, more = {}) => ({ status, body: { error: { type, message, doc_url: 'https://docs.stripe.com/error-codes', ...more } } });

// The form, or the refusal.
function readForm(text, fields, needs) {
    const form = {};
    for (const [name, value] of new URLSearchParams(text)) {
        if (!fields[name]) {
            return refuse(400, 'invalid_request_error', `Received unknown parameter: ${name}`, { code: 'parameter_unknown' });
        }
        if (name in form || !fields[name](value)) {
            return refuse(400, 'invalid_request_error', `Invalid ${name}: ${value}`, { param: name });
        }
        form[name] = value;
    }
    const missing = needs.find((name) => !(name in form));
    return missing ? refuse(400, 'invalid_request_error', `Missing required param: ${missing}.`, { code: 'parameter_missing' }) : { form };
}

function createSession(form) {
    const made = id('cs_test_');
    return {
        id: made,
        object: 'checkout.session',
        amount_total: Number(form['line_items[0][price_data][unit_amount]']) * Number(form['line_items[0][quantity]']),
        currency: form['line_items[0][price_data][currency]'],
        client_reference_id: form.client_reference_id,
        metadata: { order: form['metadata[order]'] },
        livemode: false,
        mode: form.mode,
        payment_intent: null,
        payment_status: 'unpaid',
        status: 'open',
        success_url: form.success_url,
        cancel_url: form.cancel_url,
        url: `https://checkout.stripe.com/c/pay/${made}#fid${'kdWxO'.repeat(80)}`,
    };
}

export class Stripe {
    futures = new Map(); // session -> what its method may be used for afterwards
    methods = new Map(); // payment method -> the customer who has it
    intents = new Map(); // by id
    requests = []; // { status, body, replayed, key: its Idempotency-Key }
    sessions = new Map(); // by id
    answers = new Map(); // by Idempotency-Key: what was asked and said
    next = []; // what to do with the next requests instead: 'cut', 'hang', or { status, body }

    constructor({ key, secrets }) {
        this.key = key;
        this.secrets = secrets;
        this.server = createServer((request, response) => this.answer(request, response));
    }

    async listen() {
        this.server.listen(0, '127.0.0.1');
        await once(this.server, 'listening');
        this.url = `http://127.0.0.1:${this.server.address().port}`;
        return this;
    }

    close() {
        this.server.closeAllConnections();
        this.server.close();
    }

    // What is wrong with a request before its form; null: nothing.
    headersRefused({ method, url, headers }) {
        if (method !== 'POST' || !['/v1/checkout/sessions', '/v1/payment_intents'].includes(url)) {
            return refuse(404, 'invalid_request_error', `Unrecognized request URL (${method}: ${url}).`);
        }
        if (headers.authorization !== `Bearer ${this.key}`) {
            return refuse(401, 'invalid_request_error', `Invalid API Key provided: ${headers.authorization}`);
        }
        const version = headers['stripe-version'], name = headers['idempotency-key'];
        if (headers['content-type'] !== 'application/x-www-form-urlencoded' || !/^20\d\d-\d\d-\d\d(\.[a-z]+)?$/.test(version ?? '')) {
            return refuse(400, 'invalid_request_error', `Content-Type ${headers['content-type']}, Stripe-Version ${version}`);
        }
        return name && name.length <= 255 ? null : refuse(400, 'invalid_request_error', 'no Idempotency-Key'); // stricter than Stripe
    }

    judge(request, text) {
        const name = request.headers['idempotency-key'];
        const no = this.headersRefused(request);
        const before = this.answers.get(name);
        if (no || before) {
            return no ?? (before.text === text && before.url === request.url ? { ...before.said, replayed: true } : refuse(400, 'idempotency_error', 'Keys for idempotent requests can only be used with the same parameters they were first used with.'));
        }
        const said = request.url === '/v1/payment_intents' ? this.charge(text) : this.openPage(text);
        this.answers.set(name, { text, url: request.url, said });
        return said;
    }

    openPage(text) {
        const { form, ...no } = readForm(text, sessionFields, sessionNeeds);
        if (!form) {
            return no;
        }
        const session = createSession(form);
        this.futures.set(session.id, form['payment_intent_data[setup_future_usage]'] ?? null);
        this.sessions.set(session.id, session);
        return { status: 200, body: session };
    }

    charge(text) {
        const { form, ...no } = readForm(text, intentFields, intentNeeds);
        if (!form) {
            return no;
        }
        if (this.methods.get(form.payment_method) !== form.customer) {
            return refuse(400, 'invalid_request_error', 'No such PaymentMethod', { code: 'resource_missing' });
        }
        const intent = { id: id('pi_'), object: 'payment_intent', amount: Number(form.amount), amount_received: Number(form.amount), currency: form.currency, customer: form.customer, payment_method: form.payment_method, metadata: { order: form['metadata[order]'] }, setup_future_usage: null, status: 'succeeded' };
        this.intents.set(intent.id, intent);
        return { status: 200, body: intent };
    }

    // Somebody pays a session: the charge behind it, whose method may be used again when they were asked.
    paidIntent(sessionId) {
        const session = this.sessions.get(sessionId), future = this.futures.get(sessionId);
        const intent = { id: id('pi_'), object: 'payment_intent', amount: session.amount_total, amount_received: session.amount_total, currency: session.currency, customer: future && id('cus_'), payment_method: id('pm_'), metadata: session.metadata, setup_future_usage: future, status: 'succeeded' };
        if (future) {
            this.methods.set(intent.payment_method, intent.customer);
        }
        return intent;
    }

    intentEvent(intent, what = 'succeeded') {
        return JSON.stringify({ id: id('evt_'), object: 'event', type: `payment_intent.${what}`, created: Math.floor(Date.now() / 1000), data: { object: intent }, livemode: false });
    }

    async answer(request, response) {
        let text = '';
        for await (const bytes of request) {
            text += bytes;
        }
        const instead = this.next.shift();
        const said = typeof instead === 'object' ? instead : this.judge(request, text); // what is cut was heard
        this.requests.push({ ...said, key: request.headers['idempotency-key'] });
        if (instead === 'cut') {
            request.socket.destroy();
        } else if (instead !== 'hang') {
            response.writeHead(said.status, { 'content-type': 'application/json', 'request-id': id('req_'), ...(said.replayed ? { 'idempotent-replayed': 'true' } : {}) });
            response.end(JSON.stringify(said.body));
        }
    }

    // What happens to a session, as an event's text: 'completed', 'expired', 'async_payment_succeeded', ...
    event(sessionId, what, change = {}, eventId = id('evt_')) {
        const paid = what === 'completed' || what === 'async_payment_succeeded';
        const object = { ...this.sessions.get(sessionId), status: what === 'expired' ? 'expired' : 'complete', payment_status: paid ? 'paid' : 'unpaid', payment_intent: paid ? id('pi_') : null, ...change };
        return JSON.stringify({ id: eventId, object: 'event', api_version: '2025-03-31.basil', created: Math.floor(Date.now() / 1000), data: { object }, livemode: false, pending_webhooks: 1, request: { id: null, idempotency_key: null }, type: `checkout.session.${what}` }, null, 2);
    }

    // The header Stripe-Signature of a body: one v1 for each secret in force, and a v0, as in test mode.
    sign(body, by = this.secrets.slice(0, 1), atMs = Date.now()) {
        const t = Math.floor(atMs / 1000);
        const macs = by.map((secret) => `v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`);
        return [`t=${t}`, ...macs, `v0=${'6'.repeat(64)}`].join(',');
    }
}
