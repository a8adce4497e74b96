// openapi.mjs CISTERN REST - the OpenAPI document against a linter, and against the server that
// serves it: every operation is called, every answer it documents is provoked, and what comes back
// has to be what the document says (status, media type, headers, body, error code).
//   CISTERN   the product's binary
//   REST      examples/rest
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { createConfig, lintFromString } from '@redocly/openapi-core';

import { Document, methods, must, needsToken, requestFor, scopeOf } from './openapi_document.mjs';
import { Tally, run, start } from './process.mjs';

const [cistern, rest] = process.argv.slice(2);
const tally = new Tally();
const nowhere = 'https://hooks.invalid/cistern'; // RFC 6761: such a name does not exist
const scratch = mkdtempSync(join(tmpdir(), 'cistern-openapi-'));

// What a test from outside cannot make a healthy server say; everything else that is documented must have been seen.
const outOfReach = [
    '500 internal', // a bug of ours
    '500 server_error', // the usage contract's word for them all
    '503 server_error',
    '504 server_error',
    '503 overloaded', // no memory
    '503 storage_unavailable', // a broken disk: cli/test/serve_test.c breaks it
    '504 timed_out', // a tool that waits
    'get_ready 503', // a broken disk
    '422 refused', // a full outbox, or none that may keep secrets
    'replay_delivery 409 conflict', // while it is on its way
];
// Of the lists only this one is long enough.
const longest = 'list_balances';
// ---- Talking ------------------------------------------------------------------------------------

// { status, headers, body } of one request, sent as it is given.
function ask(url, { method = 'GET', path = '/', headers = {}, body }) {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
        const request = http.request({ hostname, port, method, path, headers: body === undefined ? headers : { 'content-length': Buffer.byteLength(body), ...headers }, agent: false }, (answer) => {
            let text = '';
            answer.setEncoding('utf8').on('data', (part) => {
                text += part;
                if (/^text\/event-stream/.test(answer.headers['content-type'])) { // it would not end by itself
                    request.destroy();
                    resolve({ status: answer.statusCode, headers: answer.headers, body: text });
                }
            });
            answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: text }));
        });
        request.on('error', reject);
        request.end(body);
    });
}

// The same for bytes that no HTTP library would send.
function askRaw(url, bytes) {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
        let text = '';
        const socket = net.connect(port, hostname, () => socket.write(bytes));
        socket.setEncoding('latin1').on('data', (part) => (text += part));
        socket.on('error', reject);
        socket.on('close', () => {
            const [head, ...body] = text.split('\r\n\r\n');
            const [line, ...fields] = head.split('\r\n');
            const headers = Object.fromEntries(fields.map((f) => [f.slice(0, f.indexOf(':')).toLowerCase(), f.slice(f.indexOf(':') + 1).trim()]));
            resolve({ status: Number(line.split(' ')[1]), headers, body: body.join('\r\n\r\n') });
        });
    });
}

// ---- Provocations ---------------------------------------------------------------------------------

// "STATUS CODE": what is answered to requests that should be refused so. `s` is a server:
//   url, small        an ordinary one, and one with small limits and many pools
//   token, smallToken valid there; `other` lacks the scope, for `usage` `pusher` does; once() makes one that is good for one request
//   headers           sent with every request
const pathOf = (doc, operation, s) => requestFor(doc, operation, s).path.split('?')[0];
const provocations = {
    async '400 invalid_request'(doc, operation, s) {
        const good = requestFor(doc, operation, s);
        const answers = [];
        for (const body of operation.requestBody ? ['{"name":', '[]', '{"no such thing":1}'] : ['a body where none belongs']) {
            answers.push(await ask(s.url, { ...good, body }));
        }
        for (const name of (operation.parameters ?? []).filter((p) => p.in === 'query').map((p) => p.name)) {
            answers.push(await ask(s.url, { ...good, path: `${good.path.split('?')[0]}?${name}=%zz` }));
        }
        return answers;
    },
    async '400 invalid_status'(doc, operation, s) {
        const values = ['empty', 'x'.repeat(300)];
        return Promise.all(values.map((status) => ask(s.url, requestFor(doc, operation, { ...s, change: { status } }))));
    },
    async '401 unauthorized'(doc, operation, s) {
        const wrong = `${s.token.slice(0, -1)}${s.token.endsWith('0') ? '1' : '0'}`;
        const answers = await Promise.all([undefined, wrong, 'not-even-close'].map((token) => ask(s.url, requestFor(doc, operation, { ...s, token }))));
        answers.forEach((a) => must(a.headers['www-authenticate'] === 'Bearer', 'a 401 without its challenge'));
        return answers;
    },
    async '403 insufficient_scope'(doc, operation, s) {
        const answer = await ask(s.url, requestFor(doc, operation, { ...s, token: scopeOf(operation) === 'usage' ? s.pusher : s.other }));
        must(answer.headers['www-authenticate']?.includes(`scope="${scopeOf(operation)}"`), 'a 403 that does not name the scope');
        return [answer];
    },
    async '403 forbidden'(doc, operation, s) {
        const foreign = [{ origin: 'https://evil.example.com' }, { host: 'evil.example.com' }];
        return Promise.all(foreign.map((headers) => ask(s.url, requestFor(doc, operation, { ...s, headers: { ...s.headers, ...headers } }))));
    },
    async '404 not_found'(doc, operation, s) {
        if (operation.operationId === 'grant_credits') {
            return [await ask(s.url, requestFor(doc, operation, { ...s, body: { ...s.body, external_user_id: 'nobody' } }))];
        }
        const named = operation.parameters.find((p) => p.in === 'path') ?? operation.parameters.find((p) => p.schema.type === 'string' && !p.schema.examples);
        return [await ask(s.url, requestFor(doc, operation, { ...s, change: { [named.name]: s.nobody[named.name] ?? 'nothing is called so' } }))];
    },
    async '402 insufficient_credits'(doc, operation, s) {
        return [await ask(s.url, requestFor(doc, operation, { ...s, body: { amount: 2 ** 53 - 1 } }))];
    },
    async '404 subscription_not_found'(doc, operation, s) {
        return provocations['404 not_found'](doc, operation, s);
    },
    async '404 key_not_found'(doc, operation, s) {
        return provocations['404 not_found'](doc, operation, s);
    },
    async '409 key_limit_reached'(doc, operation, s) {
        for (let i = 0; i <= 10; i++) {
            const answer = await ask(s.url, requestFor(doc, operation, s));
            if (answer.status !== 201) {
                return [answer];
            }
        }
        throw new Error('eleven keys');
    },
    async '429 rate_limit_exceeded'(doc, operation, s) {
        return provocations['429 rate_limited'](doc, operation, s);
    },
    async '409 conflict'(doc, operation, s) {
        if (operation.path.startsWith('/v1/reservations/')) {
            return [await ask(s.url, requestFor(doc, operation, { ...s, body: s.body && { amount: 3 }, change: { reservation: s.over } }))];
        }
        if (!['add_webhook', 'edit_webhook'].includes(operation.operationId)) {
            return [];
        }
        return [await ask(s.url, requestFor(doc, operation, { ...s, body: { ...s.body, name: 'Taken' } }))];
    },
    async '405 method_not_allowed'(doc, operation, s) {
        const there = methods.filter((m) => doc.json.paths[operation.path][m]);
        const want = [...there.map((m) => m.toUpperCase()), ...(there.includes('get') && !isStream(operation) ? ['HEAD'] : []), 'OPTIONS'].sort().join();
        const answers = [];
        for (const method of methods.filter((m) => !there.includes(m))) {
            const answer = await ask(s.url, { ...requestFor(doc, operation, s), method: method.toUpperCase() });
            const allowed = answer.headers.allow?.split(', ').sort().join();
            must(allowed === want, `Allow is ${allowed}, the document has ${want}`);
            answers.push(answer);
        }
        return answers;
    },
    async '408 request_timeout'(doc, operation, s) {
        return [await askRaw(s.small, `GET ${pathOf(doc, operation, s)} HTTP/1.1\r\nHost: localhost\r\n`)];
    },
    async '413 body_too_large'(doc, operation, s) {
        return [await askRaw(s.small, `POST ${pathOf(doc, operation, s)} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n`)];
    },
    async '414 target_too_long'(doc, operation, s) {
        return [await askRaw(s.url, `GET ${pathOf(doc, operation, s)}?${'x'.repeat(9000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`)];
    },
    async '415 unsupported_media_type'(doc, operation, s) {
        return [await ask(s.url, requestFor(doc, operation, { ...s, headers: { ...s.headers, 'content-type': 'text/plain' } }))];
    },
    async '417 expectation_failed'(doc, operation, s) {
        return [await askRaw(s.url, `GET ${pathOf(doc, operation, s)} HTTP/1.1\r\nHost: localhost\r\nExpect: a miracle\r\n\r\n`)];
    },
    async '422 answer_too_large'(doc, operation, s) {
        if (operation.operationId !== longest) {
            return [];
        }
        const { parameters, ...everything } = operation;
        return [await ask(s.small, requestFor(doc, everything, { ...s, token: s.smallToken }))];
    },
    async '429 rate_limited'(doc, operation, s) {
        const request = requestFor(doc, operation, { ...s, token: await s.once() });
        const first = await ask(s.url, request);
        const second = await ask(s.url, request);
        must(first.status !== 429, 'limited before anything was used up');
        must(Number(second.headers['retry-after']) > 0, 'a 429 without Retry-After');
        return [second];
    },
    async '431 headers_too_large'(doc, operation, s) {
        return [await askRaw(s.url, `GET ${pathOf(doc, operation, s)} HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20000)}\r\n\r\n`)];
    },
    async '501 not_implemented'(doc, operation, s) {
        return [await askRaw(s.url, `POST ${pathOf(doc, operation, s)} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n`)];
    },
    async '505 version_not_supported'(doc, operation, s) {
        return [await askRaw(s.url, `GET ${pathOf(doc, operation, s)} HTTP/2.0\r\nHost: localhost\r\n\r\n`)];
    },
};

// The refusals that routes say themselves: they can be had as problem details, too. The others are
// the framing's.
const framing = [408, 413, 414, 417, 431, 501, 505];

const isStream = (operation) => Boolean(operation.responses['200']?.content?.['text/event-stream']);

// ---- The checks ---------------------------------------------------------------------------------

async function lint(text, skip = {}) {
    const rules = { 'tag-description': 'error', 'operation-description': 'error', 'no-duplicated-tag-names': 'error', ...skip };
    const config = await createConfig({ extends: ['recommended-strict'], rules });
    const problems = await lintFromString({ source: text, absoluteRef: '/openapi.json', config });
    must(problems.length === 0, problems.map((p) => `${p.severity} ${p.ruleId}: ${p.message} ${p.location?.[0]?.pointer}`).join('\n'));
}

// A good request, and what else belongs to it: HEAD, OPTIONS, If-None-Match.
async function callWell(doc, operation, s) {
    const request = requestFor(doc, operation, s);
    const answer = await ask(s.url, request);
    const success = Object.keys(operation.responses).find((status) => status.startsWith('2'));
    must(String(answer.status) === success, `${answer.status}, want ${success}: ${answer.body.slice(0, 300)}`);
    doc.check(operation, answer);
    must(answer.headers['cache-control'], 'an answer without Cache-Control');
    if (operation.method === 'get' && !isStream(operation)) {
        const head = await ask(s.url, { ...request, method: 'HEAD' });
        must(head.status === answer.status && head.headers['content-type'] === answer.headers['content-type'] && head.body === '', 'HEAD differs from GET');
    }
    const options = await ask(s.url, { ...request, method: 'OPTIONS', body: undefined });
    must(options.status === 204 && options.headers.allow.includes(operation.method.toUpperCase()), `OPTIONS: ${options.status}`);
    if (operation.responses['304']) {
        doc.check(operation, await ask(s.url, { ...request, headers: { 'if-none-match': `"other", W/${answer.headers.etag}` } }));
        const other = await ask(s.url, { ...request, headers: { 'if-none-match': '"other"' } });
        must(other.status === 200, 'another ETag is not current');
    }
    return request.path;
}

// The refusals an operation documents, as `type`.
async function provoke(doc, operation, s, type) {
    const wanted = Object.keys(provocations).filter((name) => doc.documented().includes(`${operation.operationId} ${name}`));
    let n = 0;
    for (const name of wanted) {
        const [status, code] = name.split(' ');
        if (type === 'application/problem+json' && (framing.includes(Number(status)) || !operation['x-mcp-tool'] || name === '403 forbidden')) {
            continue;
        }
        for (const answer of await provocations[name](doc, operation, s)) {
            const value = doc.check(operation, answer);
            const said = value.error?.code ?? value.code;
            must(String(answer.status) === status && said === code, `${name}: got ${answer.status} ${said}`);
            must(answer.headers['content-type'] === type, `${name}: ${answer.headers['content-type']}, want ${type}`);
            n++;
        }
    }
    return `${n} refusals`;
}

// Its operations want people with passwords, of which a minute has few: account.mjs walks them.
const isAccount = (operation) => operation.tags.includes('account') || (needsToken(operation) && operation.security.every((one) => !one.bearer && !one.cookie));

async function walk(doc, s) {
    for (const operation of doc.operations().filter((o) => !isAccount(o)).sort((a, b) => (a.method === 'delete') - (b.method === 'delete'))) {
        const name = `${operation.method.toUpperCase()} ${operation.path}`;
        const own = { ...s, given: { ...s.given, ...s.givenFor?.[operation.operationId] }, token: needsToken(operation) ? s.token : undefined, body: s.bodies[operation.operationId]?.() };
        await tally.check(`${name} does what it documents`, () => callWell(doc, operation, own));
        await tally.check(`${name} refuses as it documents`, () => provoke(doc, operation, own, 'application/json'));
        if (operation['x-mcp-tool']) {
            const asking = { ...own, headers: { accept: 'application/json;q=0.9, application/problem+json' } };
            await tally.check(`${name} refuses in problem details`, () => provoke(doc, operation, asking, 'application/problem+json'));
        }
    }
}

// ---- The product ----------------------------------------------------------------------------------

async function make(...args) {
    const { status, out, err } = await run(cistern, args);
    must(status === 0, `cistern ${args.join(' ')} ended with ${status}: ${err}`);
    return out.trim();
}

// Pools whose list does not fit the memory of one call.
function manyPools() {
    const file = join(scratch, 'many.json');
    const connections = Array.from({ length: 400 }, (_, i) => ({ name: `Number ${i}`, tool: { name: `Number ${i}` } }));
    writeFileSync(file, JSON.stringify({ connections }));
    return file;
}

async function product() {
    const data = join(scratch, 'data');
    const many = join(scratch, 'many');
    await make('demo', '--data', data);
    await make('import', manyPools(), '--data', many);
    await make('plan', 'add', 'small', '--requests', '1000', '--data', data);
    await make('subscription', 'add', 'walked', '--plan', 'small', '--data', data);
    const big = await start(cistern, ['serve', '--demo', '--listen', '127.0.0.1:0', '--data', data, '--log-level', 'error']);
    const small = await start(cistern, ['serve', '--listen', '127.0.0.1:0', '--data', many, '--log-level', 'error', '--head-timeout', '200ms', '--body-bytes-max', '4K', '--call-bytes-max', '64K']);
    let n = 0;
    return {
        url: big.url,
        small: small.url,
        token: await make('token', 'create', 'walker', '--scope', 'read', '--scope', 'admin', '--scope', 'write', '--scope', 'usage', '--scope', 'usage.record', '--scope', 'wallet', '--scope', 'wallet.grant', '--rate', 'unlimited', '--data', data),
        smallToken: await make('token', 'create', 'walker', '--rate', 'unlimited', '--data', many),
        other: await make('token', 'create', 'other', '--usage', '--data', data),
        pusher: await make('token', 'create', 'pusher', '--scope', 'push', '--data', data), // for what a usage key opens
        once: () => make('token', 'create', `once ${n++}`, '--scope', 'read', '--scope', 'admin', '--scope', 'write', '--scope', 'usage', '--scope', 'usage.record', '--scope', 'wallet', '--scope', 'wallet.grant', '--rate', '1', '--data', data),
        bodies: { grant_credits: () => ({ external_user_id: '1', amount: 100, idempotencyKey: `grant ${n++}` }), reserve_credits: () => ({ amount: 1 }), settle_reservation: () => ({ amount: 0 }), create_key: () => ({ name: `Key ${n++}` }), add_webhook: () => ({ name: `Hook ${n++}`, url: nowhere }), edit_webhook: () => ({ level: 'critical' }), push_readings: () => ({ creditType: 'credits', balance: 4 }), record_usage: () => ({ type: 'http', bandwidth_bytes: 512 }), set_thresholds: () => ({ low: 10, critical: 2 }) },
        given: {},
        nobody: {},
        stop: () => Promise.all([big.stop(), small.stop()]),
    };
}

// Something that routes with a {param} can be about: two webhooks, and a delivery that is over.
async function furnish(s) {
    const talk = async (method, path, body) => {
        const answer = await ask(s.url, { method, path, headers: { authorization: `Bearer ${s.token}`, ...(body ? { 'content-type': 'application/json' } : {}) }, body: body && JSON.stringify(body) });
        must(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.body}`);
        return JSON.parse(answer.body);
    };
    for (const name of ['Walked', 'Taken']) {
        await talk('POST', '/api/v1/webhooks', { name, url: nowhere });
    }
    const { deliveryId } = await talk('POST', '/api/v1/webhooks/Walked/test');
    await talk('POST', '/v1/funding/grant', { external_user_id: '1', amount: 1000, idempotencyKey: 'furnished' });
    const [one, two, three] = await Promise.all([5, 5, 5].map((amount) => talk('POST', '/v1/reservations', { amount })));
    await talk('POST', `/v1/reservations/${three.id}/settle`, { amount: 2 });
    s.over = three.id;
    s.givenFor = { release_reservation: { reservation: two.id } };
    const { id: key } = await talk('POST', '/v1/keys', { name: 'Walked' });
    s.given = { reservation: one.id, subscription: 'walked', key, webhook: 'Walked', delivery: deliveryId, connection: 'OpenRouter' };
    s.nobody = { delivery: deliveryId.replace(/[0-9]/g, (digit) => (digit === '1' ? '2' : '1')) };
    for (let i = 0; ; i++) {
        const { deliveries } = await talk('GET', `/api/v1/deliveries?delivery=${deliveryId}`);
        if (/^(delivered|failed|dead|given|cancel)/.test(deliveries[0]?.state)) {
            return;
        }
        must(i < 100, `the delivery stays ${JSON.stringify(deliveries)}`);
        await sleep(200);
    }
}

const s = await product();
await tally.check('there is something to walk over', () => furnish(s));
const text = (await ask(s.url, { path: '/openapi.json' })).body;
const doc = new Document(text);
await tally.check('the document has no fault and no warning', () => lint(text));
await tally.check('--print-openapi prints the same, without a store', async () => {
    must((await make('--print-openapi')) === text, 'another document');
});
await walk(doc, s);
await tally.check('everything documented was provoked, or is out of reach', () => {
    const elsewhere = new Set(doc.operations().filter(isAccount).map((o) => o.operationId));
    const missing = doc.documented().filter((d) => !elsewhere.has(d.split(' ')[0]) && !doc.seen.has(d) && !outOfReach.some((o) => d.endsWith(o)) && (d.startsWith(longest) || !d.endsWith('answer_too_large')));
    must(missing.length === 0, missing.join('\n'));
    return `${doc.documented().length} answers documented`;
});
await tally.check('every path that is served is in the document, or on the list of rest/README.md', async () => {
    const root = new URL('../', import.meta.url).pathname;
    const [, list] = readFileSync(`${root}rest/README.md`, 'utf8').match(/## What the document leaves out\n([^#]*)/);
    const left = [...list.matchAll(/`(\/[^`]*)`/g)].map(([, path]) => path).filter((path) => path !== '/openapi.json');
    const known = new Set([...left, ...Object.keys(doc.json.paths)]);
    const found = (files, form) => globSync(files, { cwd: root, exclude: ['rest/surface_*'] }).flatMap((file) => [...readFileSync(root + file, 'utf8').matchAll(form)].map(([, path]) => path));
    const served = [...found('{cli,rest}/*.c', /\.prefix = "(\/[^"]*)"/g), ...found('rest/route.c', /\.path = "(\/[^"]*)"/g), ...found('transport/http_route.c', /"(\/\.well-known\/[^"]*)"/g)];
    const missing = served.filter((path) => !known.has(path));
    must(served.length >= 25 && missing.length === 0, `${served.length} served, not in it: ${missing}`);
    for (const path of left) {
        const { status, headers } = await ask(s.url, { method: 'GET', path });
        must(status !== 404 || headers['content-type'] === 'application/json', `${path}: ${status}`); // without an issuer, discovery is a 404 that says so
    }
    return `${served.length} paths, ${left.length} on the list`;
});
await tally.check('the cookie of a session opens what says so, and nothing else', async () => {
    const [, code] = (await make('login', '--data', join(scratch, 'data'))).split('#');
    const own = { origin: s.url, 'sec-fetch-site': 'same-origin' };
    const signed = await ask(s.url, { method: 'POST', path: '/login', headers: { ...own, 'content-type': 'application/json' }, body: JSON.stringify({ code }) });
    must(signed.status === 204, `${signed.status} ${signed.body}`);
    const cookie = signed.headers['set-cookie'][0].split(';')[0];
    must(cookie.startsWith(`${doc.json.components.securitySchemes.cookie.name}=`), cookie.split('=')[0]);
    const gets = doc.operations().filter((o) => o.method === 'get' && needsToken(o));
    for (const operation of gets) {
        const { status } = await ask(s.url, requestFor(doc, operation, { ...s, token: undefined, headers: { ...own, cookie } }));
        const says = operation.security.some((one) => one.cookie);
        must((status !== 401) === says, `${operation.path}: ${status}, the document says ${says}`);
    }
    return `${gets.length} operations`;
});
await tally.check('llms.txt: its links lead somewhere', async () => {
    const { body } = await ask(s.url, { path: '/llms.txt' });
    const page = (await ask(s.url, { path: '/docs' })).body;
    const links = [...body.matchAll(/\]\(([^)]*)\)/g)].map(([, link]) => link);
    must(links.length === doc.operations().length, `${links.length} links, ${doc.operations().length} operations`);
    links.forEach((link) => must(link.startsWith('/docs#') && page.includes(`id="${link.slice(6)}"`), `${link} leads nowhere`));
    doc.json['x-mcp'].tools.forEach((tool) => must(body.includes(`\`${tool.name}\``), `${tool.name} is missing`));
    return `${links.length} links`;
});
await s.stop();

// ---- A program of one's own -----------------------------------------------------------------------

const own = await start(rest, ['--http=127.0.0.1:0']);
const ownText = (await ask(own.url, { path: '/openapi.json' })).body;
const ownDoc = new Document(ownText);
await tally.check('examples/rest: the document has no fault', () => lint(ownText, { 'info-license': 'off' }));
for (const operation of ownDoc.operations()) {
    await tally.check(`examples/rest: ${operation.method.toUpperCase()} ${operation.path}`, () => callWell(ownDoc, operation, { url: own.url }));
}
await own.stop();
rmSync(scratch, { recursive: true, force: true });
tally.finish();
