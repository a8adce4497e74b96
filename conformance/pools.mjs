// pools.mjs - a product server with known data: a fresh store, imported pools, a token without a rate.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { run, start } from './process.mjs';

const names = ['Hunter', 'Apollo', 'Clearbit', 'OpenAI', 'SerpApi', 'Twilio', 'Mapbox', 'DeepL', 'Resend "EU"', 'Zürich'];
const dayMs = 86400000;

// A week of readings for each, ending now, so that every pool has a rate of use and none is stale.
function imported(count) {
    const now = Date.now();
    return {
        connections: names.slice(0, count).map((name, i) => ({
            name,
            tool: { name, topupUrl: `https://example.com/${i}/billing` },
            thresholds: { low: 100 * (i + 1), critical: 10 },
            readings: Array.from({ length: 8 }, (_, day) => ({
                creditType: 'credits',
                label: 'Credits',
                unit: 'credits',
                balance: 1000 - 52 * day - i,
                balanceLimit: 1000,
                recordedAt: new Date(now - (7 - day) * dayMs).toISOString(),
            })),
        })),
    };
}

async function cistern(binary, ...args) {
    const { status, out, err } = await run(binary, args);
    if (status !== 0) {
        throw new Error(`cistern ${args.join(' ')} ended with ${status}: ${err}`);
    }
    return out.trim();
}

// The running server, with its `token` and the `command` that serves the same store over stdio.
export async function poolServer(binary, scratch, { count = names.length, startServer = start } = {}) {
    const data = join(mkdtempSync(join(scratch, 'store-')), 'data');
    const file = join(scratch, 'import.json');
    writeFileSync(file, JSON.stringify(imported(count)));
    await cistern(binary, 'import', file, '--data', data);
    const token = await cistern(binary, 'token', 'create', 'conformance', '--rate', 'unlimited', '--data', data);
    const server = await startServer(binary, ['serve', '--listen', '127.0.0.1:0', '--data', data, '--log-level', 'warn']);
    return { ...server, token, command: [binary, 'stdio', '--data', data] };
}
