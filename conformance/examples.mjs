// examples.mjs FOLDER - the built programs of examples/, each used as its first comment says.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { watchFiles } from './examples_files.mjs';
import { signGuestbook } from './examples_guestbook.mjs';
import { Overheard } from './overheard.mjs';
import { Tally, differences, run, start } from './process.mjs';

const [folder] = process.argv.slice(2);
const tally = new Tally();
const heard = new Overheard();

function same(got, want) {
    const wrong = differences(got, want);
    if (wrong.length) {
        throw new Error(wrong.join('\n'));
    }
}

const modern = (id, method, params) => ({
    jsonrpc: '2.0',
    id,
    method,
    params: {
        ...params,
        _meta: {
            'io.modelcontextprotocol/protocolVersion': '2026-07-28',
            'io.modelcontextprotocol/clientInfo': { name: 'by hand', version: '1' },
            'io.modelcontextprotocol/clientCapabilities': {},
        },
    },
});

// One call in the modern era, over HTTP.
async function post(url, tool, args) {
    const message = modern(1, 'tools/call', { name: tool, arguments: args });
    const answer = await heard.fetch(`${url}/mcp`, {
        method: 'POST',
        headers: {
            'content-type': 'application/json',
            accept: 'application/json, text/event-stream',
            'mcp-protocol-version': '2026-07-28',
            'mcp-method': message.method,
            'mcp-name': tool,
        },
        body: JSON.stringify(message),
    });
    return (await answer.json()).result;
}

async function restOverHttp() {
    const server = await start(join(folder, 'rest'), ['--http=127.0.0.1:0']);
    const get = async (path) => {
        const answer = await fetch(server.url + path);
        return [answer.status, await answer.json()];
    };
    same(await get('/greetings/Ada?loud=true'), [200, { greeting: 'Hello, Ada!!!' }]);
    same(await get('/greetings/Z%C3%BCrich%2FEU'), [200, { greeting: 'Hello, Zürich/EU.' }]);
    same((await get('/greetings/Ada?loud=very'))[0], 400);
    same((await get('/greetings'))[0], 404);
    same((await get('/elsewhere'))[0], 404);
    same((await post(server.url, 'greet', { name: 'Ada', loud: true })).structuredContent, { greeting: 'Hello, Ada!!!' });
    await server.stop();
}

async function restOverStdio() {
    const message = modern(1, 'tools/call', { name: 'greet', arguments: { name: 'Ada' } });
    const { status, out } = await run(join(folder, 'rest'), [], { input: `${JSON.stringify(message)}\n` });
    same(status, 0);
    same(heard.lines([message], out)[0].result.structuredContent, { greeting: 'Hello, Ada.' });
}

// Two computations and a look-up on workers, a ping that does not wait for them, a cancelled one.
async function blockOverStdio() {
    const call = (id, name, args, token) => {
        const message = modern(id, 'tools/call', { name, arguments: args });
        message.params._meta.progressToken = token;
        return message;
    };
    const lines = [
        call(1, 'primes', { below: 300000 }, 'a'),
        call(2, 'primes', { below: 1000000000 }),
        call(3, 'resolve', { name: '127.0.0.1' }),
        call(4, 'resolve', { name: 'no such host' }),
        { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 2 } },
        modern(5, 'tools/list', {}),
    ];
    const input = lines.map((l) => `${JSON.stringify(l)}\n`).join('');
    const { status, out } = await run(join(folder, 'block'), ['--workers=2', '--log-level=error'], { input });
    const said = heard.lines(lines, out);
    const answer = (id) => said.find((m) => m.id === id)?.result;
    same(status, 0);
    same(said[0].id, 5);
    same(answer(1).content[0].text, '25997 primes below 300000');
    same(said.some((m) => m.method === 'notifications/progress' && m.params.progressToken === 'a'), true);
    same(answer(2), undefined);
    same(answer(3).content[0].text, '127.0.0.1');
    same(answer(4).isError, true);
}

async function blockOverHttp() {
    const server = await start(join(folder, 'block'), ['--http=127.0.0.1:0', '--workers=2']);
    const answers = await Promise.all([
        post(server.url, 'primes', { below: 200000 }),
        post(server.url, 'primes', { below: 100000 }),
        post(server.url, 'resolve', { name: '127.0.0.1' }),
    ]);
    same(answers.map((a) => a.content[0].text),
        ['17984 primes below 200000', '9592 primes below 100000', '127.0.0.1']);
    await server.stop();
}

// Who asks with which token; `null`: without one.
async function ask(url, token, message) {
    const answer = await heard.fetch(`${url}/mcp`, {
        method: 'POST',
        headers: {
            'content-type': 'application/json',
            accept: 'application/json, text/event-stream',
            'mcp-protocol-version': '2026-07-28',
            'mcp-method': message.method,
            ...(message.params.name ? { 'mcp-name': message.params.name } : {}),
            ...(token ? { authorization: `Bearer ${token}` } : {}),
        },
        body: JSON.stringify(message),
    });
    return { status: answer.status, challenge: answer.headers.get('www-authenticate'), ...(await answer.json()) };
}

async function authOverHttp() {
    const folderOfUsers = mkdtempSync(join(tmpdir(), 'auth-'));
    const users = join(folderOfUsers, 'users');
    writeFileSync(users, 'rosebud ada notes.read notes.write\nxanadu bob notes.read\n', { mode: 0o600 });
    const server = await start(join(folder, 'auth'), ['--http=127.0.0.1:0'], { env: { ...process.env, AUTH_USERS: users } });
    const list = async (token) => {
        const { result } = await ask(server.url, token, modern(1, 'tools/list', {}));
        return [result.tools.map((tool) => tool.name), result.cacheScope];
    };
    const call = (token, name, args = {}) => ask(server.url, token, modern(1, 'tools/call', { name, arguments: args }));
    const text = async (...call_) => (await call(...call_)).result.content[0].text;

    same(await list('rosebud'), [['read_note', 'write_note'], 'private']);
    same(await list('xanadu'), [['read_note'], 'private']);
    same(await text('rosebud', 'write_note', { text: 'buy ink' }), 'Noted.');
    same(await text('rosebud', 'read_note'), 'ada: buy ink');
    same(await text('xanadu', 'read_note'), 'bob: ');
    const [hidden, unknown] = [await call('xanadu', 'write_note', { text: 'x' }), await call('xanadu', 'write_nota')];
    same(hidden.error, { code: -32602, message: 'Unknown tool: write_note' });
    same([hidden.status, hidden.error.code], [unknown.status, unknown.error.code]);
    for (const stranger of [null, 'rosebuds', 'home']) {
        const refused = await call(stranger, 'read_note');
        same([refused.status, refused.challenge], [401, 'Bearer']);
    }
    await server.stop();
    rmSync(folderOfUsers, { recursive: true });
}

async function authOverStdio() {
    const message = modern(1, 'tools/call', { name: 'write_note', arguments: { text: 'x' } });
    const { status, out } = await run(join(folder, 'auth'), [], { input: `${JSON.stringify(message)}\n` });
    same(status, 0);
    same(heard.lines([message], out)[0].result.content[0].text, 'Noted.');
    const refused = await run(join(folder, 'auth'), ['--token-file=x']);
    same([refused.status, /unknown option/.test(refused.err)], [64, true]);
    const { out: help } = await run(join(folder, 'auth'), ['--help']);
    same(/--token-file/.test(help), false);
}

await tally.check('auth: scopes, and tools that others do not see', authOverHttp);
await tally.check('auth: at home everything is allowed', authOverStdio);
const tasks = 'io.modelcontextprotocol/tasks';

// One request of a client that can have tasks.
async function request(url, method, params) {
    const message = modern(1, method, params);
    message.params._meta['io.modelcontextprotocol/clientCapabilities'] = { extensions: { [tasks]: {} } };
    const answer = await heard.fetch(`${url}/mcp`, {
        method: 'POST',
        headers: {
            'content-type': 'application/json',
            accept: 'application/json, text/event-stream',
            'mcp-protocol-version': '2026-07-28',
            'mcp-method': method,
            'mcp-name': params.name ?? params.taskId,
        },
        body: JSON.stringify(message),
    });
    return (await answer.json()).result;
}

// The task once it has ended, and what it said on the way.
async function ended(url, taskId) {
    const said = new Set();
    for (;;) {
        const task = await request(url, 'tasks/get', { taskId });
        if (!['working', 'input_required'].includes(task.status)) {
            return { task, said: [...said] };
        }
        said.add(task.statusMessage);
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
}

async function longAsATask() {
    const server = await start(join(folder, 'long'), ['--http=127.0.0.1:0']);
    const made = await request(server.url, 'tools/call', { name: 'bake_bread' });
    same([made.resultType, made.status], ['task', 'working']);
    const { task, said } = await ended(server.url, made.taskId);
    same(task.result.content[0].text, 'The bread is ready.');
    const steps = ['kneading', 'proving', 'baking', 'cooling'];
    same(said.length > 0, true);
    same(said, steps.filter((name) => said.includes(name)));
    const thrown = await request(server.url, 'tools/call', { name: 'bake_bread' });
    same((await request(server.url, 'tasks/cancel', { taskId: thrown.taskId })).resultType, 'complete');
    same((await ended(server.url, thrown.taskId)).task.status, 'cancelled');
    same((await post(server.url, 'bake_bread', {})).content[0].text, 'The bread is ready.'); // others wait
    const last = await request(server.url, 'tools/call', { name: 'bake_bread' });
    const begun = performance.now();
    await server.stop(); // and so does a server that stops
    same([last.status, performance.now() - begun > 600], ['working', true]);
}

async function longOverStdio() {
    const call = { ...modern(1, 'tools/call', { name: 'bake_bread' }) };
    call.params._meta.progressToken = 'p';
    const { status, out } = await run(join(folder, 'long'), ['--log-level=error'], { input: `${JSON.stringify(call)}\n` });
    const said = heard.lines([call], out);
    same(status, 0);
    same(said.slice(0, -1).map((m) => m.params.message), ['kneading', 'proving', 'baking', 'cooling']);
    same(said.at(-1).result.content[0].text, 'The bread is ready.');
}

await tally.check('rest: one tool over REST and MCP', restOverHttp);
await tally.check('rest: the same over stdio', restOverStdio);
await tally.check('block: worker threads over stdio', blockOverStdio);
await tally.check('block: worker threads over HTTP', blockOverHttp);
await tally.check('long: a task over HTTP', longAsATask);
await tally.check('long: a call with progress over stdio', longOverStdio);
await watchFiles(tally, heard, join(folder, 'files'));
await signGuestbook(tally, heard, join(folder, 'guestbook'));
await heard.judge(tally, 20);
tally.finish();
