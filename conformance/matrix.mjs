// matrix.mjs CISTERN - what a credential may reach: the two tables of rest/README.md, joined with
// what the running server lists (OpenAPI, tools/list), asked path by path and tool by tool with
// every kind of credential. Status, body and headers are compared whole.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

import { Document, must, requestFor } from './openapi_document.mjs';
import { Tally, differences, run, start } from './process.mjs';

const [cistern] = process.argv.slice(2);
const tally = new Tally();
const scratch = mkdtempSync(join(tmpdir(), 'cistern-matrix-'));
const data = join(scratch, 'data');
const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
const PASSWORD = 'correct horse battery';
const PROBLEM = 'application/problem+json';

const same = (got, want, what) => {
    const differ = differences(got, want);
    must(differ.length === 0, `${what}: ${differ.join('; ').slice(0, 400)}`);
};

async function make(args, input = '') {
    const { status, out, err } = await run(cistern, [...args, '--data', data], { input });
    must(status === 0, `cistern ${args.join(' ')}: ${err}`);
    return out.trim();
}

// ---- The tables -----------------------------------------------------------------------------------

const section = readFileSync(new URL('../rest/README.md', import.meta.url), 'utf8').match(/## What a credential may reach\n([^]*?)\n## /)[1];
const [kindRows, scopeRows] = section.split('\n\n').filter((part) => part.startsWith('|')).map((part) =>
    part.split('\n').filter((line) => line.startsWith('|')).slice(2).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim())));
const names = (cell) => [...cell.matchAll(/`([^`]*)`/g)].map(([, name]) => name);
const scopes = scopeRows.flatMap(([scope, heldBy, listed, routed]) =>
    [...names(listed).map((tool) => [tool, true]), ...names(routed).map((tool) => [tool, false])].map(([tool, isListed]) => ({ tool, isListed, heldBy, scope: names(scope)[0] })));
const rowOf = (tool) => {
    const found = scopes.filter((one) => one.tool === tool);
    must(found.length === 1, `rest/README.md has ${found.length} rows for the tool ${tool}`);
    return found[0];
};
const isHeldBy = (scope, holder) => scopes.some((one) => one.scope === scope && one.heldBy.includes(holder));

// What the first table says: { tokens, mcp, sessions } of "credential, shown as".
const kinds = new Map(kindRows.map(([who, way, tokens, mcp, sessions, anybody]) => [`${who}, ${way.replaceAll('`', '')}`, { tokens, mcp, sessions, anybody }]));
const NOBODY = 'none, malformed, unknown, expired, revoked, anything';

// ---- Talking --------------------------------------------------------------------------------------

let server;

// One request; `headers` may have arrays: the header comes as often.
function ask({ method = 'GET', path, headers = {}, body }) {
    const { hostname, port } = new URL(server.url);
    return new Promise((resolve, reject) => {
        const request = http.request({ hostname, port, method, path, agent, headers: body === undefined ? headers : { 'content-length': Buffer.byteLength(body), ...headers } }, (answer) => {
            const { date, connection, 'keep-alive': keep, 'transfer-encoding': coding, ...rest } = answer.headers;
            if (headers.origin) { // what a browser is told beside it: transport/test
                ['vary', ...Object.keys(rest).filter((name) => name.startsWith('access-control-'))].forEach((name) => delete rest[name]);
            }
            const done = (text) => resolve({ status: answer.statusCode, headers: rest, body: text });
            let text = '';
            answer.setEncoding('utf8').on('data', (part) => {
                text += part;
                if (/^text\/event-stream/.test(rest['content-type'])) { // it would not end by itself
                    done(text);
                    request.destroy();
                }
            });
            answer.on('end', () => done(text));
        });
        request.on('error', reject);
        request.end(body);
    });
}

const META = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientInfo': { name: 'matrix', version: '1' }, 'io.modelcontextprotocol/clientCapabilities': {} };
const rpc = (path, method, params, headers) => ask({
    method: 'POST', path,
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': method, ...(params.name ? { 'mcp-name': params.name } : {}), ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: META } }),
});
const bearer = (token) => ({ authorization: `Bearer ${token}` });

// ---- Who asks -------------------------------------------------------------------------------------

// A token that has its shape, and that nobody was given.
function unknown(prefix) {
    const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    const before = `${prefix}${'a'.repeat(30)}`;
    let crc = crc32(before), check = '';
    for (let i = 0; i < 6; i++, crc = Math.floor(crc / 62)) {
        check = BASE62[crc % 62] + check;
    }
    return before + check;
}

async function signUp(email) {
    const { status, body } = await ask({ method: 'POST', path: '/auth/register', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email, password: PASSWORD }) });
    must(status === 201, body);
    return JSON.parse(body).session_token;
}

// The one session of the dashboard, out of the cookie that it came in.
async function signIn() {
    const [, code] = (await make(['login'])).split('#');
    const { status, headers } = await ask({ method: 'POST', path: '/login', headers: { origin: server.url, 'content-type': 'application/json' }, body: JSON.stringify({ code }) });
    must(status === 204, `${status}`);
    return headers['set-cookie'][0].split(';')[0].replace(/^[^=]*=/, '');
}

async function people() {
    const short = await make(['token', 'create', 'short', '--scope', '*', '--expires', '1s']);
    const until = Date.now() + 1000;
    server = await start(cistern, ['serve', '--demo', '--open-registration', '--listen', '127.0.0.1:0', '--data', data, '--log-level', 'error', '--rate', '1000000']);
    const all = scopes.filter((one) => one.heldBy.startsWith('tokens')).map((one) => one.scope);
    const token = (name, ...list) => make(['token', 'create', name, '--rate', 'unlimited', ...[...new Set(list)].flatMap((scope) => ['--scope', scope])]);
    const [right, reader, pusher, revoked] = [await token('right', ...all), await token('reader', 'read'), await token('pusher', 'push'), await token('revoked', ...all)];
    await make(['token', 'revoke', 'revoked']);
    const [ada, bob, gone] = [await signUp('ada@example.com'), await signUp('bob@example.com'), await signUp('gone@example.com')];
    const out = await ask({ method: 'POST', path: '/auth/logout', headers: bearer(gone) });
    must(out.status === 200, out.body);
    const page = await signIn();
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, until - Date.now())));
    const nobodies = {
        none: {},
        'an empty header': { authorization: '' },
        'another scheme': { authorization: `Basic ${right}` },
        'no scheme': { authorization: right },
        'no token': { authorization: 'Bearer ' },
        'two tokens': { authorization: `Bearer ${right} ${right}` },
        'two headers': { authorization: [`Bearer ${right}`, `Bearer ${right}`] },
        'too long': bearer('x'.repeat(600)),
        'long, but a token68': bearer('x'.repeat(512)),
        'bad characters': bearer(`${right.slice(0, -1)}"`),
        'not ASCII': bearer(`${right.slice(0, -1)}\xe9`),
        'a wrong checksum': bearer(right.slice(0, -1) + (right.endsWith('0') ? '1' : '0')),
        'a token nobody has': bearer(unknown('qc_live_')),
        'a key nobody has': bearer(unknown('qg_live_')),
        'a session nobody has': bearer(unknown('sess_')),
        'a revoked token': bearer(revoked),
        'an expired token': bearer(short),
        'a session that was signed out': bearer(gone),
        'in another case': bearer(right.toUpperCase()),
    };
    return { right, reader, pusher, ada, bob, page, nobodies };
}

// ---- What is wanted -------------------------------------------------------------------------------

const wordsOf = (operation) => (operation['x-mcp-tool'] ? operation.tags[0] : null);

// The failure in the words of its surface: members, their order, and the headers around it.
function refused(operation, answer, status, code, { more = {}, problem = false, what }) {
    const json = JSON.parse(answer.body);
    const where = `${what}: ${answer.status} ${answer.body.slice(0, 200)}`;
    must(answer.status === status, `want ${status} ${code}, ${where}`);
    if (problem) {
        const type = status === 429 ? 'https://iana.org/assignments/http-problem-types#quota-exceeded' : 'about:blank';
        same(Object.keys(json), ['type', 'title', 'status', 'detail', 'code', ...(status === 429 ? ['violated-policies'] : [])], where);
        must(json.type === type && json.status === status && json.code === code, where);
    } else {
        const { error } = json;
        const isAccount = wordsOf(operation) === 'account';
        must(Object.keys(json).join() === 'error' && error.code === code && typeof error.message === 'string', where);
        same(Object.keys(error), ['code', 'message', ...(isAccount && error.hint ? ['hint'] : []), ...(isAccount ? ['docs_url'] : [])], where);
    }
    const { 'content-length': length, ...headers } = answer.headers;
    must(Number(length) === Buffer.byteLength(answer.body), `content-length ${length}`);
    const limits = Object.fromEntries(Object.entries(headers).filter(([name]) => /ratelimit/.test(name)));
    same(headers, { 'content-type': problem ? PROBLEM : 'application/json', 'cache-control': 'no-store', ...limits, ...more }, where);
    must(status !== 401 || Object.keys(limits).length === 0, `a 401 that tells of a rate: ${where}`);
}

const challenge = (scope) => ({ 'www-authenticate': scope ? `Bearer error="insufficient_scope", scope="${scope}"` : 'Bearer' });

// A request that changes nothing: its names are nobody's, its body has a member that no tool has.
const NOBODYS = { order: '00000000-0000-4000-8000-000000000000', delivery: '00000000-0000-4000-8000-000000000000' };
function harmless(doc, operation) {
    const params = (operation.parameters ?? []).map((p) => doc.follow(p)).filter((p) => p.in === 'path');
    const change = Object.fromEntries(params.map((p) => [p.name, NOBODYS[p.name] ?? 'nobody has this']));
    return { request: requestFor(doc, operation, { change, body: { 'no such member': 1 } }), hasBody: Boolean(operation.requestBody), isAboutOne: params.length > 0 };
}

// What who may do it gets: the furthest that changes nothing.
function welcome(operation, { hasBody, isAboutOne }) {
    return hasBody ? 400 : isAboutOne ? 404 : Number(Object.keys(operation.responses).find((status) => status.startsWith('2')));
}

// ---- Paths ----------------------------------------------------------------------------------------

// Sessions and anybody's paths, whose success changes something without a body.
const CHANGING = ['log_out'];
const isFor = (operation) => (operation.security.length === 0 ? 'anybody' : operation.security.some((one) => one.bearer) ? 'tokens' : 'sessions');
const scopeOf = (operation) => operation.security.flatMap((one) => one.bearer ?? one.session ?? [])[0];

async function nobody(doc, operation, p) {
    const { request } = harmless(doc, operation);
    let first;
    for (const accept of ['*/*', PROBLEM]) {
        first = null;
        for (const [what, headers] of Object.entries(p.nobodies)) {
            const answer = await ask({ ...request, headers: { ...request.headers, ...headers, accept } });
            if (!operation['x-mcp-tool']) {
                must(answer.status === 401 && answer.headers['www-authenticate'] === 'Bearer', `${what}: ${answer.status}`);
            } else {
                refused(operation, answer, 401, 'unauthorized', { more: challenge(), problem: accept === PROBLEM, what });
            }
            first ??= operation['x-mcp-tool'] ? answer : null; // the pages have nonces
            same(answer, first ?? answer, `${what} is told apart`);
        }
    }
}

// Each row of the first table that is a credential, at this path.
async function somebody(doc, operation, p) {
    const { request, ...shape } = harmless(doc, operation);
    const place = isFor(operation), scope = scopeOf(operation);
    const ownPage = { origin: server.url };
    const cookies = { tokens: 'cistern_session', sessions: 'quota_session' };
    const takes = operation.security.some((one) => Object.keys(one).some((name) => name.startsWith('cookie')));
    const shown = [
        ['a token, a usage key, a bearer token', bearer(p.right), 'tokens'],
        ['a token, a usage key, a cookie', { cookie: `${cookies[place]}=${p.right}`, ...ownPage }, 'tokens'],
        ["an account's session, a bearer token", bearer(p.ada), 'accounts'],
        ["an account's session, the cookie quota_session", { cookie: `quota_session=${p.ada}`, ...ownPage }, 'accounts'],
        ["a dashboard's session, a bearer token", bearer(p.page), 'the dashboard'],
        ["a dashboard's session, the cookie cistern_session", { cookie: `cistern_session=${p.page}`, ...ownPage }, 'the dashboard'],
    ];
    same(shown.map(([what]) => what), [...kinds.keys()].filter((what) => what !== NOBODY), 'the rows of the first table');
    for (const [what, headers, holder] of shown) {
        const cell = kinds.get(what)[place];
        const isLetIn = cell === 'by scope' && (takes || !headers.cookie);
        if (isLetIn && isHeldBy(scope, holder) && CHANGING.includes(operation.operationId)) {
            continue;
        }
        const answer = await ask({ ...request, headers: { ...request.headers, ...headers } });
        if (!isLetIn) {
            must(answer.status === 401, `${what}: ${answer.status}, want 401`);
        } else if (!isHeldBy(scope, holder)) {
            must(answer.status === 403, `${what}: ${answer.status}, want 403: ${answer.body.slice(0, 200)}`);
        } else {
            must(answer.status === welcome(operation, shape), `${what}: ${answer.status}, want ${welcome(operation, shape)}: ${answer.body.slice(0, 200)}`);
        }
        if (isLetIn && headers.cookie) {
            await foreign(operation, request, headers, what, p);
        }
    }
}

// A cookie that no page of ours sent: what changes something says no, and so does a page of others.
async function foreign(operation, request, headers, what) {
    const isSafe = operation.method === 'get';
    for (const origin of [undefined, 'http://evil.example', 'null']) {
        const { origin: own, ...rest } = headers;
        const answer = await ask({ ...request, headers: { ...request.headers, ...rest, ...(origin ? { origin } : {}) } });
        if (isSafe && !origin) {
            must(answer.status !== 401 && answer.headers['www-authenticate'] !== 'Bearer', `${what} without an origin: ${answer.status}`);
        } else {
            must(answer.status === 403, `${what} from ${origin}: ${answer.status}`);
            if (operation['x-mcp-tool']) {
                const code = operation.operationId === 'create_checkout' ? 'origin_not_allowed' : 'forbidden'; // product.md b.5.7
                refused(operation, answer, 403, code, { what: `${what} from ${origin}` });
            }
        }
    }
}

async function withoutScope(doc, operation, p) {
    const scope = scopeOf(operation);
    const { request } = harmless(doc, operation);
    const lacking = isFor(operation) === 'sessions' ? null : scope === 'read' ? p.pusher : p.reader;
    for (const accept of lacking && operation['x-mcp-tool'] ? ['*/*', PROBLEM] : []) {
        const answer = await ask({ ...request, headers: { ...request.headers, ...bearer(lacking), accept } });
        refused(operation, answer, 403, 'insufficient_scope', { more: challenge(scope), problem: accept === PROBLEM, what: 'without the scope' });
    }
    return scope;
}

// The refusals of who is let in, in both forms.
async function refusals(doc, operation, p) {
    const { request, ...shape } = harmless(doc, operation);
    const status = welcome(operation, shape);
    const own = isFor(operation) === 'sessions' ? bearer(p.ada) : bearer(p.right);
    if (status < 400) {
        return;
    }
    for (const accept of ['*/*', PROBLEM]) {
        const answer = await ask({ ...request, headers: { ...request.headers, ...own, accept } });
        const { code } = accept === PROBLEM ? JSON.parse(answer.body) : JSON.parse(answer.body).error;
        must(status === 404 ? code.endsWith('not_found') : code.startsWith('invalid_'), code);
        refused(operation, answer, status, code, { problem: accept === PROBLEM, what: 'refused' });
    }
}

// ---- The whole ------------------------------------------------------------------------------------

const p = await people();
const doc = new Document((await ask({ path: '/openapi.json' })).body);
const operations = doc.operations();
const asked = operations.filter((operation) => isFor(operation) !== 'anybody');

await tally.check('every path and every tool that the server lists has its row, and every row is served', async () => {
    for (const operation of operations.filter((one) => one['x-mcp-tool'])) {
        const { name, listed } = operation['x-mcp-tool'];
        const row = rowOf(name);
        must(row.isListed === listed, `${name}: listed ${listed}`);
        const holder = { tokens: 'tokens', sessions: 'accounts', anybody: 'anybody' }[isFor(operation)];
        must((isFor(operation) === 'anybody' || scopeOf(operation) === row.scope) && row.heldBy.includes(holder), `${name}: scope ${scopeOf(operation)}, for ${isFor(operation)}`);
    }
    doc.json['x-mcp'].tools.forEach(({ name }) => must(rowOf(name).isListed, `${name} is listed`));
    const served = new Set([...operations.map((one) => one['x-mcp-tool']?.name), ...doc.json['x-mcp'].tools.map((one) => one.name)]);
    const idle = scopes.filter((one) => !served.has(one.tool));
    must(idle.length === 0, `not served: ${idle.map((one) => one.tool)}`);
    return `${operations.length} operations, ${scopes.length} tools`;
});

for (const operation of asked) {
    await tally.check(`${operation.method.toUpperCase()} ${operation.path}`, async () => {
        await nobody(doc, operation, p);
        await somebody(doc, operation, p);
        await withoutScope(doc, operation, p);
        if (operation['x-mcp-tool']) {
            await refusals(doc, operation, p);
        }
        return `${isFor(operation)}, ${scopeOf(operation)}`;
    });
}

await tally.check('what is open to anybody is open with any credential, and the tries of a minute end in 429', async () => {
    const open = operations.filter((operation) => isFor(operation) === 'anybody');
    for (const operation of open.filter((one) => one.method === 'get')) {
        for (const [what, headers] of [...Object.entries(p.nobodies), ['a token', bearer(p.right)], ['a session', bearer(p.ada)]]) {
            const { status } = await ask({ path: operation.path, headers });
            must(status === 200, `${operation.path}, ${what}: ${status}`);
        }
    }
    for (const operation of open.filter((one) => one.method === 'post' && one.path.startsWith('/auth/'))) { // who signs is Stripe's business: payments.mjs
        const { request } = harmless(doc, operation);
        let answer;
        for (let i = 0; i < 6 && answer?.status !== 429; i++) {
            answer = await ask({ ...request, headers: { ...request.headers, ...(i % 2 ? bearer(p.right) : {}) } });
            must(answer.status === 400 || answer.status === 429, answer.body);
        }
        for (const accept of ['*/*', PROBLEM]) {
            answer = await ask({ ...request, headers: { ...request.headers, accept } });
            refused(operation, answer, 429, 'rate_limit_exceeded', { more: { 'retry-after': answer.headers['retry-after'] }, problem: accept === PROBLEM, what: '429' });
            must(Number(answer.headers['retry-after']) > 0, 'no Retry-After');
        }
    }
    return `${open.length} operations`;
});

await tally.check('of each surface, who is over the rate is told in its words, or as a problem', async () => {
    const slow = await make(['token', 'create', 'slow', '--rate', '1', ...[...new Set(scopes.filter((one) => one.heldBy.startsWith('tokens')).map((one) => one.scope))].flatMap((scope) => ['--scope', scope])]);
    const surfaces = new Map(asked.filter((one) => one['x-mcp-tool'] && isFor(one) === 'tokens').map((one) => [wordsOf(one), one]));
    await ask({ path: '/api/v1/pools', headers: bearer(slow) });
    for (const [surface, operation] of surfaces) {
        const { request } = harmless(doc, operation);
        for (const accept of ['*/*', PROBLEM]) {
            const answer = await ask({ ...request, headers: { ...request.headers, ...bearer(slow), accept } });
            const code = ['usage', 'keys', 'account'].includes(surface) ? 'rate_limit_exceeded' : 'rate_limited';
            refused(operation, answer, 429, code, { more: { 'retry-after': answer.headers['retry-after'] }, problem: accept === PROBLEM, what: surface });
        }
    }
    return [...surfaces.keys()].join(', ');
});

await tally.check('what does not exist, and no method, is said in the surface\'s words, or as a problem', async () => {
    const surfaces = new Map(asked.filter((one) => one['x-mcp-tool'] && isFor(one) !== 'anybody').map((one) => [`${wordsOf(one)} ${isFor(one)}`, one]));
    for (const [surface, operation] of surfaces) {
        const own = isFor(operation) === 'sessions' ? bearer(p.ada) : bearer(p.right);
        for (const accept of ['*/*', PROBLEM]) {
            const { request } = harmless(doc, operation);
            const wrong = await ask({ method: 'PUT', path: request.path, headers: { ...own, accept } });
            refused(operation, wrong, 405, 'method_not_allowed', { more: { allow: wrong.headers.allow }, problem: accept === PROBLEM, what: surface });
        }
    }
    return `${surfaces.size} surfaces`;
});

await tally.check('another tenant\'s order is one that does not exist, byte for byte', async () => {
    const made = await ask({ method: 'POST', path: '/account/billing/checkout', headers: { ...bearer(p.ada), 'content-type': 'application/json' }, body: '{"package_id":"starter"}' });
    const { session_id: order } = JSON.parse(made.body);
    const own = await ask({ path: `/account/orders/${order}`, headers: bearer(p.ada) });
    must(own.status === 200, own.body);
    for (const accept of ['*/*', PROBLEM]) {
        const [theirs, none, odd] = await Promise.all([order, NOBODYS.order, 'x'].map((id) => ask({ path: `/account/orders/${id}`, headers: { ...bearer(p.bob), accept } })));
        must(theirs.status === 404, theirs.body);
        same(theirs, { ...none, headers: { ...none.headers, 'x-ratelimit-remaining': theirs.headers['x-ratelimit-remaining'], ratelimit: theirs.headers.ratelimit, 'x-ratelimit-reset': theirs.headers['x-ratelimit-reset'] } }, 'another\'s');
        must(odd.status === 404 && odd.body === none.body, 'an odd id');
    }
});

for (const endpoint of ['/mcp']) {
    await tally.check(`${endpoint}: every tool with every credential`, async () => {
        let first;
        const dashboard = { cookie: `cistern_session=${p.page}`, origin: server.url };
        const account = { cookie: `quota_session=${p.ada}`, origin: server.url };
        const outsiders = { ...p.nobodies, "a dashboard's session": bearer(p.page), 'its cookie': dashboard, "an account's cookie": account };
        for (const [what, headers] of Object.entries(outsiders)) {
            for (const [method, params] of [['tools/list', {}], ['tools/call', { name: 'list_balances', arguments: {} }], ['server/discover', {}]]) {
                const answer = await rpc(endpoint, method, params, headers);
                must(answer.status === 401 && answer.headers['www-authenticate'] === 'Bearer', `${what}: ${answer.status} ${answer.body}`);
                first ??= answer;
                same(answer, first, `${what}, ${method}`);
            }
        }
        const whole = scopes.filter((one) => one.isListed);
        let n = 0;
        for (const [holder, token, holds] of [
            ['a token of all', p.right, (one) => one.heldBy.startsWith('tokens')],
            ['a reader', p.reader, (one) => one.scope === 'read'],
            ['a pusher', p.pusher, (one) => one.scope === 'push'],
            ['an account', p.ada, (one) => one.scope === 'account'],
        ]) {
            const list = JSON.parse((await rpc(endpoint, 'tools/list', {}, bearer(token))).body).result.tools.map((tool) => tool.name);
            same(list.toSorted(), whole.filter(holds).map((one) => one.tool).toSorted(), `${holder} is listed`);
            for (const one of scopes) {
                const answer = await rpc(endpoint, 'tools/call', { name: one.tool, arguments: { 'no such': 1 } }, bearer(token));
                const unknownTool = await rpc(endpoint, 'tools/call', { name: 'nothing_is_called_so', arguments: {} }, bearer(token));
                n++;
                if (!one.isListed) {
                    must(answer.status === unknownTool.status && answer.body.replaceAll(one.tool, '') === unknownTool.body.replaceAll('nothing_is_called_so', ''), `${holder}, ${one.tool}: a tool of routes is told from none: ${answer.body}`);
                } else if (holds(one)) {
                    must(answer.status !== 401 && answer.status !== 403 && /no such|must have the property/.test(answer.body), `${holder}, ${one.tool}: ${answer.status} ${answer.body}`);
                } else {
                    must(answer.status === 403 && answer.headers['www-authenticate'] === challenge(one.scope)['www-authenticate'], `${holder}, ${one.tool}: ${answer.status} ${answer.body}`);
                    must(JSON.parse(answer.body).error?.message?.includes(one.scope), answer.body);
                }
            }
        }
        return `${n} calls`;
    });
}

await tally.check('who signs out is nobody', async () => {
    const out = await ask({ method: 'POST', path: '/auth/logout', headers: { cookie: `quota_session=${p.bob}`, origin: server.url } });
    must(out.status === 200, out.body);
    const after = await ask({ path: '/account', headers: bearer(p.bob) });
    same(after, await ask({ path: '/account' }), 'a session that is over');
});

agent.destroy();
await server.stop();
rmSync(scratch, { recursive: true, force: true });
tally.finish();
