// pools.mjs - a product server with known data: a fresh store, demo pools, an unlimited token.
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { run, start } from './process.mjs';

// Until the product lands: the SDK's server in its place.
export async function demoServer(binary, scratch) {
    if (binary === 'sdk') {
        const path = new URL('../bench/sdk_server.mjs', import.meta.url).pathname;
        const server = await start(process.execPath, [path, '/tmp/dev-pools.json', 'tok'], { readyFlag: [] });
        return { ...server, token: 'tok', command: ['false'] };
    }
    throw new Error('not yet');
}
