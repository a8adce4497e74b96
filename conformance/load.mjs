// load.mjs EVERYTHING CISTERN - many clients, and clients that mean no good, over real sockets.
//
// What is asserted is an answer to each, an owner to each answer, and memory that stays flat; what it
// costs is printed; of the messages a sample is validated, one a storm. Loopback only; every loop is counted.
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Overheard } from './overheard.mjs';
import { poolServer } from './pools.mjs';
import { Tally, run, start } from './process.mjs';

const [everything, cistern] = process.argv.slice(2);
const listeners = 10000;
const sessionsOpened = 1000000;
const tokens = 64;
const tally = new Tally();
const heard = new Overheard();
const scratch = mkdtempSync(join(tmpdir(), 'cistern-load-'));

const status = (pid, name) => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))[1]);
const rssKb = (pid) => status(pid, 'VmRSS');
// User and system time of a process, milliseconds (proc(5): fields 14 and 15, in ticks of 10 ms).
const cpuMs = (pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
};

function expect(got, want, what) {
    if (got !== want) {
        throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
    }
}

// ---- A client that counts --------------------------------------------------------------------------

const revision = '2026-07-28';
const meta = (capabilities = {}) => ({
    'io.modelcontextprotocol/protocolVersion': revision,
    'io.modelcontextprotocol/clientInfo': { name: 'load', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': capabilities,
});
const post = (body, headers) => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('');
    return (
        'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
        `Accept: application/json, text/event-stream\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${lines}\r\n${body}`
    );
};
const modern = (method, params, headers = {}) =>
    post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta() } }), {
        'MCP-Protocol-Version': revision,
        'Mcp-Method': method,
        ...(params.name ? { 'Mcp-Name': params.name } : {}),
        ...headers,
    });
const callTool = (name, args = {}, headers = {}) => modern('tools/call', { name, arguments: args }, headers);

// A connection that keeps what it hears; wait(test) resolves when the text so far passes.
class Peer {
    text = '';
    waiting = [];

    static async dial(address) {
        const peer = new Peer();
        const [host, port] = address.split(':');
        peer.socket = net.connect({ host, port: Number(port), noDelay: true });
        peer.socket.setEncoding('latin1');
        peer.socket.on('data', (bytes) => {
            peer.text += bytes;
            peer.look();
        });
        peer.closed = once(peer.socket, 'close').then(() => peer.look());
        peer.socket.on('error', (error) => (peer.error = error));
        await once(peer.socket, 'connect');
        return peer;
    }

    look() {
        this.waiting = this.waiting.filter(({ test, done }) => !(test(this.text) && (done(), true)));
        if (this.socket.destroyed) {
            this.waiting.splice(0).forEach(({ fail }) => fail(this.error ?? new Error(`closed after: ${this.text.slice(-300)}`)));
        }
    }

    send(bytes) {
        this.socket.write(bytes);
        return this;
    }

    wait(test, timeoutMs = 60000) {
        return new Promise((resolve, reject) => {
            const timer = setTimeout(() => reject(new Error(`nothing after ${timeoutMs} ms but: ${this.text.slice(-300)}`)), timeoutMs);
            const settle = (end) => (value) => (clearTimeout(timer), end(value));
            this.waiting.push({ test, done: settle(resolve), fail: settle(reject) });
            this.look();
        });
    }

    // One request, one answer of known length: its body, parsed.
    async ask(bytes) {
        this.text = '';
        this.send(bytes);
        await this.wait((text) => bodyOf(text) !== null);
        this.sample(bytes);
        return { head: this.text.split('\r\n\r\n')[0], body: JSON.parse(bodyOf(this.text)) };
    }

    // Judges what has come since the request `bytes`.
    sample(bytes) {
        heard.raw(bytes, this.text);
    }

    hangUp() {
        this.socket.destroy();
        return this.closed;
    }
}

function bodyOf(text) {
    const [head, ...rest] = text.split('\r\n\r\n');
    const length = head.match(/^content-length: (\d+)/im)?.[1];
    const body = rest.join('\r\n\r\n');
    return length && body.length >= Number(length) ? body.slice(0, Number(length)) : null;
}

async function inParts(count, size, body) {
    const results = [];
    for (let from = 0; from < count; from += size) {
        results.push(...(await Promise.all(Array.from({ length: Math.min(size, count - from) }, (_, i) => body(from + i)))));
    }
    return results;
}

// ---- Many subscriptions ----------------------------------------------------------------------------

const listen = modern('subscriptions/listen', { notifications: { toolsListChanged: true } });
const changes = (text) => text.split('notifications/tools/list_changed').length - 1;

async function manySubscriptions() {
    const server = await start(everything, ['--http=127.0.0.1:0']);
    const before = rssKb(server.pid);
    const peers = await inParts(listeners, 250, async () => {
        const peer = (await Peer.dial(server.address)).send(listen);
        await peer.wait((text) => text.includes('notifications/subscriptions/acknowledged'));
        return peer;
    });
    const open = rssKb(server.pid);
    const caller = await Peer.dial(server.address);
    const busy = cpuMs(server.pid);
    const begun = Date.now();
    const told = Promise.all(peers.map((peer) => peer.wait((text) => changes(text) >= 1)));

    await caller.ask(callTool('test_trigger_tool_change'));
    await told;
    const tookMs = Date.now() - begun;
    peers[0].sample(listen);
    const costMs = cpuMs(server.pid) - busy;

    // One more is refused, in words, and nobody else suffers.
    const late = await Peer.dial(server.address);
    const { body, head } = await late.ask(listen);
    expect(head.split('\r\n')[0], 'HTTP/1.1 503 Service Unavailable', 'one too many');
    expect(body.error.message, `${listeners} subscriptions are open already`, 'why');
    await Promise.all([late, ...peers].map((peer) => peer.hangUp()));
    await inParts(listeners, 250, async () => {
        const peer = (await Peer.dial(server.address)).send(listen);
        await peer.wait((text) => text.includes('notifications/subscriptions/acknowledged'));
        await peer.hangUp();
    });
    const after = rssKb(server.pid);
    await caller.hangUp();
    await server.stop();
    if (after > open * 1.1) {
        throw new Error(`${open} KiB with all of them, ${after} KiB after as many again`);
    }
    const each = Math.round(((open - before) * 1024) / listeners);
    return `${each} bytes each, all told in ${tookMs} ms (${costMs} ms of CPU)`;
}

// ---- Storms ------------------------------------------------------------------------------------------

async function stormForOneWhoDoesNotRead() {
    const server = await start(everything, ['--http=127.0.0.1:0']);
    const deaf = (await Peer.dial(server.address)).send(listen);
    await deaf.wait((text) => text.includes('acknowledged'));
    deaf.socket.pause();
    const caller = await Peer.dial(server.address);
    const trigger = callTool('test_trigger_tool_change');
    let before = 0;
    for (let round = 0; round < 20; round++) {
        caller.text = '';
        caller.send(trigger.repeat(2000));
        await caller.wait((text) => text.split('HTTP/1.1 200').length - 1 === 2000);
        before ||= rssKb(server.pid);
    }
    const after = rssKb(server.pid);
    deaf.socket.resume();
    await deaf.wait((text) => changes(text) >= 1);
    deaf.sample(listen);
    await Promise.all([deaf.hangUp(), caller.hangUp()]);
    await server.stop();
    if (after > before + 4096) {
        throw new Error(`${before} KiB after 2,000 changes, ${after} KiB after 40,000`);
    }
    return `40,000 changes, ${before} to ${after} KiB, ${changes(deaf.text)} told in the end`;
}

// ---- Sessions ------------------------------------------------------------------------------------------

const initialize = (capabilities = {}) =>
    post(
        JSON.stringify({
            jsonrpc: '2.0',
            id: 1,
            method: 'initialize',
            params: { protocolVersion: '2025-11-25', capabilities, clientInfo: { name: 'load', version: '1' } },
        }),
        {},
    );

async function sessionsNeverDeleted() {
    const server = await start(everything, ['--http=127.0.0.1:0']);
    const peer = await Peer.dial(server.address);
    const each = 2000;
    const burst = initialize().repeat(each);
    const count = { 200: 0, 503: 0 };
    let full = 0, refusal;
    for (let sent = 0; sent < sessionsOpened; sent += each) {
        peer.text = '';
        peer.send(burst);
        await peer.wait((text) => text.split('HTTP/1.1 ').length - 1 === each && text.endsWith('}'));
        for (const code of [200, 503]) {
            count[code] += peer.text.split(`HTTP/1.1 ${code} `).length - 1;
        }
        full ||= count[503] ? rssKb(server.pid) : 0;
    }
    heard.raw(initialize(), peer.text.slice(peer.text.lastIndexOf('HTTP/1.1 ')));
    refusal = peer.text.slice(peer.text.lastIndexOf('\r\n\r\n') + 4);
    const after = rssKb(server.pid);
    const modernCall = await peer.ask(callTool('test_simple_text'));
    await peer.hangUp();
    await server.stop();
    expect(count[200] + count[503], sessionsOpened, 'answers');
    expect(count[200], 10000, 'sessions');
    expect(JSON.parse(refusal).error.code, 1503, 'the refusal');
    expect(modernCall.body.result.content[0].text.length > 0, true, 'a modern call beside them');
    if (after > full + 2048) {
        throw new Error(`${full} KiB with the table full, ${after} KiB at the end`);
    }
    return `${count[503]} refused, ${full} to ${after} KiB`;
}

// ---- A client that never answers ---------------------------------------------------------------------------

async function elicitationNeverAnswered() {
    const server = await start(everything, ['--http=127.0.0.1:0']);
    const opener = await Peer.dial(server.address);
    const { head } = await opener.ask(initialize({ elicitation: {} }));
    const session = { 'Mcp-Session-Id': head.match(/^mcp-session-id: (\S+)/im)[1], 'MCP-Protocol-Version': '2025-11-25' };
    const elicit = (id) =>
        post(
            JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'test_elicitation', arguments: { message: 'Well?' } } }),
            session,
        );
    const asked = await inParts(256, 64, async (i) => {
        const peer = (await Peer.dial(server.address)).send(elicit(i));
        await peer.wait((text) => text.includes('elicitation/create'));
        return peer;
    });
    const one = (await Peer.dial(server.address)).send(elicit('one more'));
    await one.wait((text) => text.includes('the client has 256 questions to answer already'));
    asked[0].sample(elicit(0));
    one.sample(elicit('one more'));
    const quick = Date.now();
    await opener.ask(callTool('test_simple_text'));
    const tookMs = Date.now() - quick;
    const gone = new Promise((resolve) => {
        opener.text = '';
        opener.send(`DELETE /mcp HTTP/1.1\r\nHost: localhost\r\nMcp-Session-Id: ${session['Mcp-Session-Id']}\r\n\r\n`);
        resolve(opener.wait((text) => text.includes('\r\n\r\n')));
    });
    await gone;
    await Promise.all(asked.map((peer) => peer.wait((text) => text.endsWith('0\r\n\r\n'))));
    await Promise.all([opener, one, ...asked].map((peer) => peer.hangUp()));
    await server.stop();
    return `256 wait, the next is refused, others answered in ${tookMs} ms; DELETE ends all`;
}

// ---- A handler that never returns ---------------------------------------------------------------------------

const stuck = callTool('stuck');

// Calls it: what came back and when.
async function callStuck(peer) {
    const begun = Date.now();
    const { body, head } = await peer.ask(stuck);
    return { tookMs: Date.now() - begun, text: body.result?.content[0].text ?? body.error.message, head };
}

const isLate = ({ text, tookMs }) => text === 'the tool took longer than 500 ms' && tookMs >= 490;

async function handlerNeverReturns() {
    const threads = 2;
    const server = await start(everything, ['--http=127.0.0.1:0', `--workers=${threads}`, '--workers-queue=3'], {
        env: { ...process.env, EVERYTHING_STUCK: '1', EVERYTHING_DRAIN_MS: '500' },
    });
    const peers = await inParts(8, 8, () => Peer.dial(server.address));
    const other = await Peer.dial(server.address);

    // Both threads are taken for good: these are answered by their time limit, others as ever.
    const first = await Promise.all(peers.slice(0, threads).map(callStuck));
    expect(first.every(isLate), true, JSON.stringify(first));
    const times = [];
    for (let i = 0; i < 100; i++) {
        const begun = performance.now();
        await other.ask(callTool('test_simple_text'));
        times.push(performance.now() - begun);
    }

    // With no thread left three wait their turn, the other five are refused at once and in words; twice,
    // as those that waited give up their places.
    for (let round = 0; round < 2; round++) {
        const answers = await Promise.all(peers.map(callStuck));
        const refused = answers.filter(({ text }) => text === 'all workers are busy, and too many calls wait for one already');
        expect(answers.filter(isLate).length, 3, JSON.stringify(answers));
        expect(refused.length, 5, JSON.stringify(answers));
        expect(refused[0].head.split('\r\n')[0], 'HTTP/1.1 503 Service Unavailable', 'refused');
    }
    await other.ask(callTool('test_simple_text'));
    other.sample(callTool('test_simple_text'));

    // It ends all the same, with status 0, when the drain and a second are over, and says so.
    const begun = Date.now();
    await server.stop();
    const endMs = Date.now() - begun;
    if (endMs > 10000 || !server.errors().includes(`without waiting for ${threads} blocking handlers`)) {
        throw new Error(`ended after ${endMs} ms, saying: ${server.errors()}`);
    }
    await Promise.all([other, ...peers].map((peer) => peer.hangUp()));
    return `others answered in ${times.sort((a, b) => a - b)[50].toFixed(2)} ms (median); ended in ${endMs} ms`;
}

// ---- Everybody uses id 1 -----------------------------------------------------------------------------------

async function answersGoToTheirOwners() {
    const server = await poolServer(cistern, scratch);
    const data = server.command[server.command.length - 1];
    const rate = 1000000;
    const made = await inParts(tokens, 4, (i) => run(cistern, ['token', 'create', `load ${i}`, '--rate', String(rate), '--data', data]));
    const clients = await inParts(tokens, tokens, async (i) => ({
        peer: await Peer.dial(server.address),
        bearer: { Authorization: `Bearer ${made[i].out.trim()}` },
        i,
        calls: 0,
    }));
    const rounds = 50;
    await Promise.all(
        clients.map(async (client) => {
            for (let round = 0; round < rounds; round++) {
                const name = `nobody ${client.i}/${round}`;
                const { head, body } = await client.peer.ask(callTool('get_tool_balance', { toolName: name }, client.bearer));
                expect(body.id, 1, 'the id');
                expect(JSON.stringify(body.result).includes(name), true, `the answer to ${name}`);
                const remaining = Number(head.match(/^ratelimit-remaining: (\d+)/im)[1]);
                client.calls++;
                // Its own allowance: one less each time, but for what came back meanwhile.
                if (remaining > rate - 1 || remaining < rate - client.calls) {
                    throw new Error(`${name}: ${remaining} remaining after ${client.calls} calls`);
                }
            }
        }),
    );
    // A session belongs to the token that opened it.
    const [first, second] = clients;
    const opened = await first.peer.ask(initialize().replace('\r\n\r\n', `\r\nAuthorization: ${first.bearer.Authorization}\r\n\r\n`));
    const session = opened.head.match(/^mcp-session-id: (\S+)/im)[1];
    const ping = (bearer) => post('{"jsonrpc":"2.0","id":1,"method":"ping"}', { ...bearer, 'Mcp-Session-Id': session });
    expect((await first.peer.ask(ping(first.bearer))).head.split('\r\n')[0], 'HTTP/1.1 200 OK', 'its owner');
    expect((await second.peer.ask(ping(second.bearer))).head.split('\r\n')[0], 'HTTP/1.1 404 Not Found', 'another token');
    await Promise.all(clients.map(({ peer }) => peer.hangUp()));
    await server.stop();
    return `${tokens} tokens, ${tokens * rounds} answers`;
}

await tally.check(`${listeners} subscriptions, each told, one too many refused`, manySubscriptions);
await tally.check('a storm of changes for a listener that does not read', stormForOneWhoDoesNotRead);
await tally.check(`${sessionsOpened} sessions opened and never deleted`, sessionsNeverDeleted);
await tally.check('an elicitation that is never answered', elicitationNeverAnswered);
await tally.check('a handler that never returns', handlerNeverReturns);
await tally.check('every connection uses id 1: each answer goes to its owner', answersGoToTheirOwners);
await heard.judge(tally, 1000);
rmSync(scratch, { recursive: true, force: true });
tally.finish();
