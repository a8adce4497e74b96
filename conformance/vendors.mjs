// vendors.mjs CISTERN - each shipped definition (tools/vendors/*.json), asked at a stand-in that
// speaks what the vendor documents: the request must be the documented one, and what is understood
// of the documented answer is written here by hand.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Tally, differences, run } from './process.mjs';
import { startReceiver } from './receiver.mjs';

const cistern = process.argv[2];
const folder = fileURLToPath(new URL('../tools/vendors/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'cistern-vendors-'));
const tally = new Tally();
const must = (condition, why) => {
    if (!condition) {
        throw new Error(why);
    }
};

const SECRET = 'k3y/+= x', ACCOUNT = 'AC01';
const bearer = { authorization: `Bearer ${SECRET}` };
const deepl = { authorization: `DeepL-Auth-Key ${SECRET}` };
// Whom, where, with which header, and what is left: from the pages that each file names.
const WANT = {
    crustdata: ['https://api.crustdata.com', '/user/credits', bearer, { creditType: 'credits', label: 'Credits', balance: 4200 }],
    'deepl-free': ['https://api-free.deepl.com', '/v2/usage', deepl, { creditType: 'characters', label: 'Characters', unit: 'characters', balance: 319882, balanceLimit: 500000 }],
    deepl: ['https://api.deepl.com', '/v2/usage', deepl, { creditType: 'characters', label: 'Characters', unit: 'characters', balance: 1069882, balanceLimit: 1250000 }],
    deepseek: ['https://api.deepseek.com', '/user/balance', bearer, { creditType: 'balance', label: 'Balance', unit: 'CNY', balance: 110 }],
    featherless: ['https://api.featherless.ai', '/credits/balance', bearer, { creditType: 'balance', label: 'Available', unit: 'USD', balance: 42.488 }],
    firecrawl: ['https://api.firecrawl.dev', '/v1/team/credit-usage', bearer, { creditType: 'credits', label: 'Credits', balance: 1000, balanceLimit: 500000, resets: '2025-01-31T23:59:59Z' }],
    linkup: ['https://api.linkup.so', '/v1/credits/balance', bearer, { creditType: 'credits', label: 'Credits', balance: 123.456 }],
    meshy: ['https://api.meshy.ai', '/openapi/v1/balance', bearer, { creditType: 'credits', label: 'Credits', balance: 1000 }],
    'moonshot-cn': ['https://api.moonshot.cn', '/v1/users/me/balance', bearer, { creditType: 'balance', label: 'Balance', unit: 'CNY', balance: 49.58894 }],
    openrouter: ['https://openrouter.ai', '/api/v1/credits', bearer, { creditType: 'credits', label: 'Credits', unit: 'USD', balance: 74.75, balanceLimit: 100.5 }],
    sendgrid: ['https://api.sendgrid.com', '/v3/user/credits', bearer, { creditType: 'emails', label: 'E-mails', unit: 'e-mails', balance: 200, balanceLimit: 200, resets: '2013-02-01' }],
    serpapi: ['https://serpapi.com', `/account.json?api_key=${encodeURIComponent(SECRET)}`, {}, { creditType: 'searches', label: 'Searches', unit: 'searches', balance: 5958, balanceLimit: 30000, resets: '2026-12-17' }],
    stability: ['https://api.stability.ai', '/v1/user/balance', bearer, { creditType: 'credits', label: 'Credits', balance: 0.633683 }],
    twilio: ['https://api.twilio.com', `/2010-04-01/Accounts/${ACCOUNT}/Balance.json`, { authorization: `Basic ${btoa(`${ACCOUNT}:${SECRET}`)}` },
        { creditType: 'balance', label: 'Balance', unit: 'USD', balance: 12.29 }],
};

let says = '';
const standIn = await startReceiver(() => ({ headers: { 'content-type': 'application/json' }, body: says }));

async function ask(id, [host, path, headers, reading]) {
    const definition = JSON.parse(readFileSync(join(folder, `${id}.json`), 'utf8'));
    must(definition.id === id && new URL(definition.request.url).origin === host, `${definition.request.url} is not at ${host}`);
    must(definition.documentation.length && definition.documentation.every((url) => url.startsWith('https://')), 'no page documents it');
    must(definition.topupUrl.startsWith('https://'), definition.topupUrl);
    definition.request.url = standIn.url + definition.request.url.slice(host.length);
    says = JSON.stringify(definition.example);
    writeFileSync(join(scratch, `${id}.json`), JSON.stringify(definition));
    const { status, out, err } = await run(cistern, ['connection', 'test', '--source', join(scratch, `${id}.json`), '--secret-file', '-', '--account', ACCOUNT,
        '--outbound-http', '--outbound-allow', '127.0.0.1', '--data', scratch, '--json'], { input: `${SECRET}\n` });
    must(status === 0, err);
    const asked = standIn.requests.at(-1);
    must(asked.path === path, `asked for ${asked.path}, want ${path}`);
    must(asked.headers.authorization === headers.authorization, `authorization: ${asked.headers.authorization}, want ${headers.authorization}`);
    const wrong = differences(JSON.parse(out), { readings: [reading] });
    must(!wrong.length, wrong.join('\n'));
    must(!err.includes(SECRET) && !out.includes(SECRET), 'the secret is told');
}

const files = readdirSync(folder).map((name) => name.replace(/\.json$/, '')).sort();
await tally.check('at least ten services, each with what is expected of it', () => {
    must(files.length >= 10 && files.join() === Object.keys(WANT).sort().join(), files.join());
});
for (const id of files) {
    await tally.check(`${id}: asked as its pages say, its documented answer understood`, () => ask(id, WANT[id]));
}

standIn.close();
rmSync(scratch, { recursive: true });
tally.finish();
