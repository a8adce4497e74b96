// stdio_framing.mjs - bytes and processes: how messages may be cut, what is no message, what standard
// output may carry, and how a server ends (protocol.md 1.3, 2.9).
import { setTimeout as sleep } from 'node:timers/promises';

import { initialize, must } from './stdio_client.mjs';
import { scenario } from './stdio_run.mjs';
import { LEGACY, MODERN } from './wire.mjs';

const one = { revisions: [LEGACY.at(-1), MODERN] };
const isUnread = (json) => 'error' in json && (json.id === null || json.id === undefined);

scenario('chunks', one, async (t) => {
    const client = await t.client();
    const { server } = client;
    const probe = client.isModern ? 'server/discover' : 'ping';
    const said = (id = client.nextId()) => {
        const message = client.message(probe, client.isModern ? {} : undefined, { id });
        server.wire.sent(message);
        return [id, Buffer.from(`${JSON.stringify(message)}\n`)];
    };
    const turn = () => new Promise((resolve) => setImmediate(resolve));

    await t.check('one-byte-at-a-time', async () => {
        const [id, bytes] = said('é😀');
        for (const byte of bytes) {
            await server.write(Buffer.of(byte));
            await turn();
        }
        await server.answer(id);
    });
    await t.check('cut-at-each-byte', async () => {
        const length = said()[1].length;
        await server.answer('c-2').catch(() => {});
        for (let at = 1; at < length; at++) {
            const [id, bytes] = said();
            await server.write(bytes.subarray(0, at));
            await turn();
            await server.write(bytes.subarray(at));
            await server.answer(id);
        }
    });
    await t.check('a-thousand-in-one-write', async () => {
        const all = Array.from({ length: 1000 }, () => said());
        await server.write(Buffer.concat(all.map(([, bytes]) => bytes)));
        for (const [id] of all) {
            await server.answer(id);
        }
    });
    await t.check('two-and-a-half-in-one-write', async () => {
        const [[a, first], [b, second], [c, third]] = [said(), said(), said()];
        await server.write(Buffer.concat([first, second, third.subarray(0, 20)]));
        await server.answer(a);
        await server.answer(b);
        await server.write(third.subarray(20));
        await server.answer(c);
    });
    await t.check('carriage-returns-before-line-feeds', async () => {
        const [id, bytes] = said();
        await server.write(Buffer.concat([bytes.subarray(0, -1), Buffer.from('\r\n')]));
        await server.answer(id);
    });
    await t.check('empty-lines-are-skipped', async () => {
        const [id, bytes] = said();
        await server.write(Buffer.concat([Buffer.from('\n\r\n\n'), bytes, Buffer.from('\n\n')]));
        await server.answer(id);
        await client.silence(() => true);
    });
    await t.check('white-space-around-a-message', async () => {
        const [id, bytes] = said();
        await server.write(Buffer.concat([Buffer.from(' \t '), bytes.subarray(0, -1), Buffer.from('\t \n')]));
        await server.answer(id);
    });
    await t.check('a-long-message', async () => {
        const message = client.message(probe, { pad: 'x'.repeat(700000) });
        await server.say(message);
        await server.answer(message.id);
    });
});

const deep = (n) => `${'['.repeat(n)}${']'.repeat(n)}`;
const rubbish = {
    'not-json': 'hello',
    'half-an-object': '{"jsonrpc":"2.0","id":1',
    'two-objects': '{"jsonrpc":"2.0","method":"x"}{"jsonrpc":"2.0","method":"x"}',
    'a-trailing-comma': '{"jsonrpc":"2.0","id":1,"method":"ping",}',
    'a-comment': '{"jsonrpc":"2.0"/**/}',
    'single-quotes': "{'jsonrpc':'2.0'}",
    'a-byte-order-mark': '\uFEFF{"jsonrpc":"2.0","id":1,"method":"ping"}',
    'a-raw-tab-in-text': '{"jsonrpc":"2.0","id":"\t","method":"ping"}',
    'a-bad-escape': '{"jsonrpc":"2.0","id":"\\x","method":"ping"}',
    'a-number-with-a-leading-zero': '{"jsonrpc":"2.0","id":01,"method":"ping"}',
    'not-a-number': '{"jsonrpc":"2.0","id":NaN,"method":"ping"}',
    'an-http-request': 'POST /mcp HTTP/1.1',
    'ten-thousand-brackets': deep(10000),
    'a-million-open-brackets': '['.repeat(1000000),
    'braces-without-end': '{"a":'.repeat(100000),
};
const bytes = {
    'a-nul': Buffer.from('{"jsonrpc":"2.0",\0"id":1,"method":"ping"}'),
    'a-nul-in-text': Buffer.from('{"jsonrpc":"2.0","id":"a\0b","method":"ping"}'),
    'utf-8-cut-short': Buffer.from([
        ...Buffer.from('{"jsonrpc":"2.0","id":"'),
        0xe2,
        0x82,
        ...Buffer.from('","method":"ping"}'),
    ]),
    'overlong-utf-8': Buffer.from([
        ...Buffer.from('{"jsonrpc":"2.0","id":"'),
        0xc0,
        0xaf,
        ...Buffer.from('","method":"ping"}'),
    ]),
    'a-surrogate-in-utf-8': Buffer.from([
        ...Buffer.from('{"jsonrpc":"2.0","id":"'),
        0xed,
        0xa0,
        0x80,
        ...Buffer.from('","method":"ping"}'),
    ]),
    'latin-1': Buffer.from('{"jsonrpc":"2.0","id":"é","method":"ping"}', 'latin1'),
    'utf-16': Buffer.from('{"jsonrpc":"2.0","id":1,"method":"ping"}', 'utf16le'),
};

scenario('rubbish', one, async (t) => {
    const client = await t.client();
    const { server } = client;
    const refuses = (what) => async () => {
        await server.write(Buffer.concat([Buffer.from(what), Buffer.from('\n')]));
        const { json } = await server.next((message) => isUnread(message), 'an error without an id');
        must(json.error.code === -32700, `refused with ${json.error.code}, want -32700`);
        await client.barrier();
        await client.silence(() => true, 1);
    };

    for (const [name, what] of Object.entries({ ...rubbish, ...bytes })) {
        await t.check(name, refuses(what));
    }
    await t.check(
        'an-overlong-line-is-refused-once',
        refuses(`{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"${'y'.repeat(6 << 20)}"}}`),
    );
    await t.check('an-overlong-line-without-an-end-does-not-hang', async () => {
        const other = await t.client();
        await other.server.write('z'.repeat(6 << 20));
        await other.server.next(isUnread, 'an error without an id');
        await other.server.write('z'.repeat(1 << 20));
        await other.server.write('\n');
        await other.barrier();
    });
    await t.check('large-numbers-are-no-crash', async () => {
        for (const number of ['1e400', '-1e-400', '9'.repeat(400), `0.${'1'.repeat(4000)}`]) {
            await server.sayRaw(
                `{"jsonrpc":"2.0","id":"n","method":"tools/list","params":{"cursor":${number}}}`,
                client.message('tools/list', {}, { id: 'n' }),
            );
            await server.answer('n');
        }
    });
    await t.check('escaped-surrogates-are-answered', async () => {
        await server.sayRaw(
            '{"jsonrpc":"2.0","id":"s","method":"tools/call","params":{"name":"\\ud800","arguments":{}}}',
            client.message('tools/call', {}, { id: 's' }),
        );
        const { json } = await server.next((message) => message.id === 's' || isUnread(message), 'an answer');
        must(json.error, 'no error');
    });
    await t.check('an-id-of-ten-kilobytes-is-echoed-or-refused', async () => {
        const id = 'i'.repeat(10000);
        await server.say(
            client.message(client.isModern ? 'server/discover' : 'ping', client.isModern ? {} : undefined, { id }),
        );
        const { json } = await server.next((message) => 'result' in message || 'error' in message, 'an answer');
        must(json.id === id || isUnread(json), `another id: ${String(json.id).slice(0, 50)}`);
    });
});

// ---- Standard output ------------------------------------------------------------------------------

scenario('output', { ...one, needs: { tools: ['test_x_mcp_header'] } }, async (t) => {
    await t.check('nothing-before-the-first-message', async () => {
        const server = t.server();
        must(!(await server.maybe(() => true, 150)) && !server.rest.length, 'the server speaks first');
    });
    await t.check('a-message-is-one-line', async () => {
        const client = await t.client();
        const text = '\n\r\u0085\u2028\u2029\u0000\u001b[31m';
        const { content } = await client.call('test_x_mcp_header', { region: text });
        must(content[0].text === `Region: ${text}`, JSON.stringify(content));
    });
    await t.check('a-slow-reader-gets-everything', async () => {
        const client = await t.client();
        const { server } = client;
        server.child.stdout.pause();
        const asked = Array.from({ length: 150 }, () =>
            client.askTool('test_x_mcp_header', { region: 'r'.repeat(20000) }),
        );
        await sleep(100); // it stops reading when nobody reads it
        server.child.stdout.resume();
        for (const id of await Promise.all(asked)) {
            must((await server.answer(id)).json.result, 'no result');
        }
    });
});

// ---- The process ----------------------------------------------------------------------------------

export const promptly = 2000;

scenario('process', { ...one, needs: { tools: ['test_waits'] } }, async (t, revision) => {
    const ends = async (server, want = 0) => {
        const status = await server.ended(promptly);
        must(status === want, status === null ? `still there after ${promptly} ms` : `ended with ${status}`);
    };

    await t.check('ends-at-the-end-of-input-without-a-word', async () => {
        const server = t.server();
        server.endInput();
        await ends(server);
        must(!server.messages.length, 'it said something');
    });
    await t.check('ends-at-the-end-of-input', async () => {
        const client = await t.client();
        client.server.endInput();
        await ends(client.server);
    });
    await t.check('the-last-line-may-lack-its-end', async () => {
        const client = await t.client({ isNew: true });
        const message = client.isModern
            ? client.message('server/discover', {})
            : initialize(revision, { id: client.nextId() });
        client.server.wire.sent(message);
        await client.server.write(JSON.stringify(message));
        client.server.endInput();
        await client.server.answer(message.id);
        await ends(client.server);
    });
    await t.check('half-a-line-at-the-end-is-no-crash', async () => {
        const client = await t.client();
        await client.server.write('{"jsonrpc":"2.0","id":1,"meth');
        client.server.endInput();
        await ends(client.server);
    });
    await t.check('what-was-asked-is-answered-before-the-end', async () => {
        const client = await t.client();
        const id = await client.askTool('test_waits', { ms: 100 });
        client.server.endInput();
        must((await client.server.answer(id)).json.result, 'no result');
        await ends(client.server);
    });
    await t.check('sigterm', async () => {
        const client = await t.client();
        await client.barrier();
        client.server.child.kill('SIGTERM');
        await ends(client.server);
    });
    await t.check('sigint', async () => {
        const client = await t.client();
        await client.barrier();
        client.server.child.kill('SIGINT');
        await ends(client.server);
    });
    await t.check('a-closed-output-ends-it', async () => {
        const client = await t.client();
        await client.barrier();
        client.server.child.stdout.destroy();
        await client.ask(client.isModern ? 'server/discover' : 'ping', client.isModern ? {} : undefined);
        await client.ask(client.isModern ? 'server/discover' : 'ping', client.isModern ? {} : undefined);
        await ends(client.server);
    });
    await t.check('standard-error-stays-quiet-about-messages', async () => {
        const client = await t.client({});
        await client.server.sayRaw('{"secret":"hunter2-token"');
        await client.server.next(isUnread, 'an error');
        must(!client.server.errors.includes('hunter2'), client.server.errors);
    });
});
