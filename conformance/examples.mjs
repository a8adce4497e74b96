// examples.mjs FOLDER - the built programs of examples/, each used as its first comment says.
import { join } from 'node:path';

import { Tally, differences, run, start } from './process.mjs';

const [folder] = process.argv.slice(2);
const tally = new Tally();

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
    const answer = await fetch(`${url}/mcp`, {
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
    same(JSON.parse(out).result.structuredContent, { greeting: 'Hello, Ada.' });
}

await tally.check('rest: one tool over REST and MCP', restOverHttp);
await tally.check('rest: the same over stdio', restOverStdio);
tally.finish();
