// webhooks.mjs CISTERN - what `cistern serve` sends, judged by others: the npm package
// standardwebhooks verifies each signature, Slack's limits hold for each Slack message.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Webhook } from 'standardwebhooks';

import { Tally, run, start } from './process.mjs';
import { startReceiver, until } from './receiver.mjs';
import { checkSlack } from './slack.mjs';

const binary = process.argv[2];
const scratch = mkdtempSync(join(tmpdir(), 'cistern-webhooks-'));
const data = join(scratch, 'data');
const tally = new Tally();
const must = (condition, why) => {
    if (!condition) {
        throw new Error(why);
    }
};
const receiver = await startReceiver((path, request) => {
    if (path === '/gone') {
        return { status: 410 };
    }
    return path === '/busy' ? { status: 503, headers: { 'retry-after': '77' } } : {};
});
const outbound = ['--outbound-http', '--outbound-allow', '127.0.0.1'];
const server = await start(binary, ['serve', '--listen', '127.0.0.1:0', '--data', data, '--log-level', 'warn', ...outbound]);

async function cistern(args, input = '') {
    const { status, out, err } = await run(binary, [...args, '--data', data], { input });
    must(status === 0, `cistern ${args.join(' ')} ended with ${status}: ${err}`);
    return out.trim();
}
const add = (name, path, ...more) => cistern(['webhook', 'add', name, ...more], `${receiver.url}${path}\n`);
const show = async (name) => JSON.parse(await cistern(['webhook', 'list', '--json'])).webhooks.find((webhook) => webhook.name === name);

// A reading that falls, or one that has recovered.
let connection = 0;
async function fall(name = `Hunter ${++connection}`, label = 'Credits') {
    await cistern(['connection', 'add', name, '--tool', name, '--low', '500', '--topup-url', 'https://hunter.io/billing']);
    await cistern(['reading', 'add', name, 'credits', '420', '--label', label]);
}
const next = async (path, count) => {
    const got = await until(`${path} gets message ${count}`, () => receiver.of(path).length >= count && receiver.of(path));
    return got[count - 1];
};
const verify = (secret, { body, headers }) => new Webhook(secret).verify(body, headers);
const refuses = (secret, message) => {
    try {
        verify(secret, message);
    } catch {
        return;
    }
    throw new Error('a signature verified that must not');
};

const secret = await add('generic', '/generic');
await add('slack', '/slack', '--format', 'slack');
await add('unsigned', '/unsigned', '--unsigned');

await tally.check('a generic message has the contract\'s body and a signature that verifies', async () => {
    await fall('Hunter');
    const message = await next('/generic', 1);
    const body = verify(secret, message);
    must(body.event === 'quota.alert.low' && body.level === 'low', `it says ${body.event}`);
    must(body.title === 'Hunter is running low', body.title);
    must(body.connection.name === 'Hunter' && body.pools[0].balance === 420 && body.pools[0].threshold === 500, JSON.stringify(body));
    must(body.topup_url === 'https://hunter.io/billing', body.topup_url);
    must(message.headers['content-type'] === 'application/json', message.headers['content-type']);
    must(/^Cistern\//.test(message.headers['user-agent']), message.headers['user-agent']);
    must(message.headers['idempotency-key'] === message.headers['webhook-id'], 'two ids');
    refuses(secret, { ...message, body: message.body.replace('420', '999') });
    refuses(secret, { ...message, headers: { ...message.headers, 'webhook-id': 'msg_other' } });
    refuses('whsec_' + Buffer.alloc(32, 7).toString('base64'), message);
});

await tally.check('an unsigned endpoint gets the same body and no signature', async () => {
    const message = await next('/unsigned', 1);
    must(JSON.parse(message.body).event === 'quota.alert.low', message.body);
    must(!Object.keys(message.headers).some((name) => name.startsWith('webhook-')), Object.keys(message.headers).join());
});

await tally.check('Slack messages keep Slack\'s limits, also with hostile and long names', async () => {
    checkSlack(JSON.parse((await next('/slack', 1)).body));
    await fall(`<!channel> & <https://evil.example|x> ${'n'.repeat(40)}`, `*${'L'.repeat(70)}* <@U1>`);
    const hostile = JSON.parse((await next('/slack', 2)).body);
    checkSlack(hostile);
    must(JSON.stringify(hostile).includes('&lt;!channel&gt;'), 'the name is not there');
    for (const broken of [{ text: '<!channel>', blocks: hostile.blocks }, { text: 'a', blocks: [] }, { text: 'a', blocks: [{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }] }]) {
        let passes = true;
        try {
            checkSlack(broken);
        } catch {
            passes = false;
        }
        must(!passes, 'the check lets a broken message pass');
    }
});

await tally.check('while secrets overlap both verify; without overlap only the new one', async () => {
    const second = await cistern(['webhook', 'rotate', 'generic', '--overlap', '1h']);
    await fall();
    const both = await next('/generic', 3);
    verify(secret, both);
    verify(second, both);
    const third = await cistern(['webhook', 'rotate', 'generic', '--overlap', '0s']);
    await fall();
    const one = await next('/generic', 4);
    verify(third, one);
    refuses(second, one);
});

await tally.check('410 disables an endpoint', async () => {
    await add('gone', '/gone');
    await fall();
    await until('it is disabled', async () => (await show('gone')).state === 'disabled');
    await fall();
    await next('/generic', 7); /* the alerts, and that one webhook was stopped */
    must(receiver.of('/gone').length === 1, 'it was sent to again');
});

await tally.check('Retry-After moves the next attempt', async () => {
    await add('busy', '/busy');
    await fall();
    await next('/busy', 1);
    const delivery = await until('it waits', async () => {
        const { deliveries } = JSON.parse(await cistern(['webhook', 'log', 'busy', '--json']));
        return deliveries[0]?.state === 'queued' && deliveries[0].attempts === 1 && deliveries[0];
    });
    const waits = Date.parse(delivery.nextAttemptAt) - Date.parse(delivery.recent.at(-1).at);
    must(waits >= 77000 && waits < 90000, `it waits ${waits} ms`);
});

await server.stop();
must(!server.errors().includes(secret), 'the secret is in the log');
receiver.close();
rmSync(scratch, { recursive: true });
tally.finish();
