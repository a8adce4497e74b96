// sdk_server.mjs FILE TOKEN - the TypeScript SDK (v2) with one tool equivalent to list_balances: it
// checks a bearer token by its SHA-256 and returns the JSON object in FILE from memory (ours reads
// it from the store). Serves 127.0.0.1 on any port, and says which on descriptor 3.
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, writeSync, closeSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../conformance/package.json', import.meta.url));
const { McpServer, createMcpHandler } = require('@modelcontextprotocol/server');
const { toNodeHandler } = require('@modelcontextprotocol/node');
const { z } = require('zod');

const [file, token] = process.argv.slice(2);
const pools = JSON.parse(readFileSync(file, 'utf8'));
const sha256 = (text) => createHash('sha256').update(text).digest();
const expected = sha256(token);

const handler = createMcpHandler(() => {
    const server = new McpServer({ name: 'sdk', version: '1.0.0' });
    const result = () => ({
        content: [{ type: 'text', text: JSON.stringify(pools) }],
        structuredContent: pools,
    });
    const outputSchema = z.object({ pools: z.array(z.any()) });
    server.registerTool(
        'list_balances',
        { description: 'All pools.', inputSchema: z.object({ status: z.string().optional() }), outputSchema },
        result,
    );
    server.registerTool(
        'get_tool_balance',
        { description: 'The pools of one tool.', inputSchema: z.object({ toolName: z.string() }), outputSchema },
        result,
    );
    return server;
});
const mcp = toNodeHandler(handler);

function authorized(request) {
    const [scheme, credential] = (request.headers.authorization ?? '').split(' ');
    return scheme === 'Bearer' && credential && timingSafeEqual(sha256(credential), expected);
}

const server = http.createServer((request, response) => {
    if (!authorized(request)) {
        response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
    } else if (request.url === '/mcp') {
        mcp(request, response);
    } else if (request.url === '/api/v1/pools') {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(pools));
    } else {
        response.writeHead(404).end();
    }
});
server.listen(0, '127.0.0.1', () => {
    writeSync(3, `127.0.0.1:${server.address().port}\n`);
    closeSync(3);
});
process.on('SIGTERM', () => {
    server.closeAllConnections();
    server.close(() => process.exit(0));
});
