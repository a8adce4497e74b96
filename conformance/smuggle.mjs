// smuggle.mjs HELLO - request smuggling behind real proxies: what ends where must be the same for
// the proxy and for us. Every message of the corpus goes through each proxy that is installed; our
// server must never give more answers than the proxy counted requests. A control server that takes
// bodies for requests is put behind the first proxy, too, and must be found out.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Overheard } from './overheard.mjs';
import { Tally, start } from './process.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'cistern-smuggle-'));

// ---- The corpus ----------------------------------------------------------------------------------

const inner = 'GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n';
const chunked = `0\r\n\r\n${inner}`;
const post = (fields, body, line = 'POST /mcp HTTP/1.1') => `${line}\r\nHost: localhost\r\n${fields.join('\r\n')}\r\n\r\n${body}`;
const te = (field) => post(['Content-Length: 4', field], chunked);
const lengths = (...values) => post(values.map((value) => `Content-Length: ${value}`), inner);
const chunks = (body) => post(['Transfer-Encoding: chunked'], body + inner);

const corpus = {
    'a plain request and a second one': post(['Content-Length: 2'], '{}') + inner,
    'both framings, the length first': post([`Content-Length: ${chunked.length}`, 'Transfer-Encoding: chunked'], chunked),
    'both framings, the coding first': post(['Transfer-Encoding: chunked', 'Content-Length: 4'], chunked),
    'a coding with a tab': te('Transfer-Encoding:\tchunked'),
    'a coding with a vertical tab': te('Transfer-Encoding: \x0bchunked'),
    'a coding with a space before the colon': te('Transfer-Encoding : chunked'),
    'a coding with a tab before the colon': te('Transfer-Encoding\t: chunked'),
    'a coding on a folded line': te('Transfer-Encoding:\r\n chunked'),
    'a coding behind a folded line': te('X: y\r\n Transfer-Encoding: chunked'),
    'a coding behind a bare line feed': te('X: y\nTransfer-Encoding: chunked'),
    'a coding behind a bare carriage return': te('X: y\rTransfer-Encoding: chunked'),
    'a coding in quotes': te('Transfer-Encoding: "chunked"'),
    'an unknown coding': te('Transfer-Encoding: xchunked'),
    'a coding and identity': te('Transfer-Encoding: chunked, identity'),
    'identity and a coding': te('Transfer-Encoding: identity, chunked'),
    'a coding twice': te('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked'),
    'a coding and a false one': te('Transfer-Encoding: chunked\r\nTransfer-Encoding: x'),
    'a coding with a parameter': te('Transfer-Encoding: chunked;a=b'),
    'a coding in capitals': te('TRANSFER-ENCODING: CHUNKED'),
    'a coding with an underscore': te('Transfer_Encoding: chunked'),
    'a coding with a NUL': te('Transfer-Encoding: chunked\0'),
    'a coding in HTTP/1.0': post(['Content-Length: 4', 'Transfer-Encoding: chunked'], chunked, 'POST /mcp HTTP/1.0'),
    'a coding listed as hop by hop': te('Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked'),
    'a length listed as hop by hop': post(['Connection: Content-Length', `Content-Length: ${inner.length}`], inner),
    'two lengths': lengths(0, inner.length),
    'two lengths, the other way': lengths(inner.length, 0),
    'the same length twice': lengths(inner.length, inner.length),
    'a list of lengths': lengths(`${inner.length}, 0`),
    'a length with a sign': lengths(`+${inner.length}`),
    'a negative length': lengths('-1'),
    'a hexadecimal length': lengths('0x10'),
    'a length with a zero in front': lengths(`0${inner.length}`),
    'a length with a space inside': lengths('4 0'),
    'a length that overflows': lengths('18446744073709551617'),
    'an empty length': lengths(''),
    'a length with a space before the colon': post([`Content-Length : ${inner.length}`], inner),
    'a GET with a body': post([`Content-Length: ${inner.length}`], inner, 'GET /mcp HTTP/1.1'),
    'a GET with a chunked body': post(['Transfer-Encoding: chunked'], chunked, 'GET /mcp HTTP/1.1'),
    'a HEAD with a body': post([`Content-Length: ${inner.length}`], inner, 'HEAD /mcp HTTP/1.1'),
    'chunks': chunks('2\r\n{}\r\n0\r\n\r\n'),
    'a chunk with zeros in front': chunks('0000000002\r\n{}\r\n0\r\n\r\n'),
    'a chunk with 0x': chunks('0x2\r\n{}\r\n0\r\n\r\n'),
    'a chunk with an extension': chunks('2;a=b\r\n{}\r\n0\r\n\r\n'),
    'a chunk with a bare line feed in its extension': chunks('2;a\n{}\r\n0\r\n\r\n'),
    'a chunk that ends in a bare line feed': chunks('2\n{}\n0\n\n'),
    'a chunk with a space behind its size': chunks('2 \r\n{}\r\n0 \r\n\r\n'),
    'a chunk without its end': chunks('2\r\n{}0\r\n\r\n'),
    'a chunk that overflows': chunks('10000000000000002\r\n{}\r\n0\r\n\r\n'),
    'a negative chunk': chunks('-1\r\n{}\r\n0\r\n\r\n'),
    'trailers': chunks('2\r\n{}\r\n0\r\nContent-Length: 40\r\n\r\n'),
    'trailers that never end': chunks('2\r\n{}\r\n0\r\nX: y\r\n'),
    'a request line with a second version': post([], inner, 'POST /mcp HTTP/1.1 HTTP/1.1'),
    'an absolute target of another host': post(['Content-Length: 0'], inner, 'POST http://evil.example/mcp HTTP/1.1'),
    'an empty line in front': `\r\n\r\n${post(['Content-Length: 0'], inner)}`,
    'an upgrade to HTTP/2': post(['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk', 'Content-Length: 0'], inner),
    'an expectation': post(['Expect: 100-continue', `Content-Length: ${inner.length}`], inner),
    'an unknown expectation': post(['Expect: 100-continuex', `Content-Length: ${inner.length}`], inner),
};

// The whole answers; a HEAD has no body. What was asked is not known where the framing is in doubt.
const answersIn = (text) => text.split(/(?=HTTP\/1\.1 \d{3} )/).filter((one) => /\r\n\r\n./s.test(one));
const asked = 'POST /mcp HTTP/1.1\r\n\r\n';

// ---- Between the proxy and the server ------------------------------------------------------------

// Counts the final answers that `target` gives, passes everything on, and keeps what is a message.
function tap(path, target) {
    const seen = { answers: 0, open: new Set() };
    const server = net.createServer({ allowHalfOpen: true }, (proxy) => {
        const behind = net.connect({ ...target, allowHalfOpen: true });
        const count = counter(() => seen.answers++);
        let said = '';
        seen.open.add(proxy).add(behind);
        behind.on('data', (bytes) => {
            count(bytes.toString('latin1'));
            said += bytes;
        });
        behind.on('close', () => answersIn(said).forEach((answer) => heard.raw(asked, answer)));
        proxy.pipe(behind);
        behind.pipe(proxy);
        for (const end of [proxy, behind]) {
            end.on('error', () => {});
            end.on('close', () => [proxy, behind].forEach((s) => (s.destroy(), seen.open.delete(s))));
        }
    });
    seen.close = () => (server.close(), seen.open.forEach((s) => s.destroy()));
    return new Promise((resolve) => server.listen(path, () => resolve(seen)));
}

// Final status lines; no body of ours contains one.
function counter(onAnswer) {
    let rest = '';
    return (text) => {
        rest = count(rest + text);
    };
    function count(all) {
        const found = [...all.matchAll(/HTTP\/1\.[01] [2-5]\d\d/g)];
        found.forEach(onAnswer);
        const last = found.at(-1);
        return all.slice(Math.max(last ? last.index + 12 : 0, all.length - 11));
    }
}

// The control: answers every line that looks like a request, also inside a body.
function gullible(path) {
    const server = net.createServer((socket) => {
        socket.on('error', () => {});
        socket.on('data', (bytes) => {
            for (const _ of bytes.toString('latin1').matchAll(/^[A-Z]+ \S+ HTTP\/1\.[01]\r$/gm)) {
                socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
            }
        });
    });
    return new Promise((resolve) => server.listen(path, () => resolve(server)));
}

// ---- The proxies. Each has: start(front, back) to a function that stops it, and counts the requests
// it has sent on. -----------------------------------------------------------------------------------

const nginx = (buffering) => ({
    name: `nginx, bodies ${buffering ? 'buffered' : 'as they come'}`,
    binary: '/usr/sbin/nginx',
    async start(front, back, dir) {
        const log = join(dir, 'requests');
        const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${dir}/${kind};`);
        writeFileSync(join(dir, 'conf'), `
            daemon off; master_process off; pid ${dir}/pid; error_log ${dir}/errors;
            events { worker_connections 64; }
            http {
                ${temp.join(' ')}
                log_format sent '$upstream_status';
                access_log ${log} sent;
                upstream us { server unix:${back}; keepalive 8; }
                server {
                    listen unix:${front};
                    location / {
                        proxy_pass http://us; proxy_http_version 1.1; proxy_next_upstream off;
                        proxy_set_header Connection ""; proxy_set_header Host localhost;
                        proxy_request_buffering ${buffering ? 'on' : 'off'}; proxy_read_timeout 2s;
                    }
                }
            }`);
        const stop = daemon(this.binary, ['-p', dir, '-c', join(dir, 'conf'), '-e', join(dir, 'errors')]);
        return { stop, sent: () => lines(log).filter((line) => line !== '-' && line !== '').length };
    },
});

const haproxy = {
    name: 'haproxy',
    binary: '/usr/sbin/haproxy',
    async start(front, back, dir) {
        const log = join(dir, 'requests');
        writeFileSync(join(dir, 'conf'), `
global
    log stdout format raw local0
defaults
    mode http
    log global
    log-format "%s"
    timeout client 2s
    timeout server 2s
    timeout connect 2s
    http-reuse always
frontend f
    bind unix@${front}
    default_backend b
backend b
    http-request set-header Host localhost
    server us unix@${back}
`);
        const stop = daemon(this.binary, ['-f', join(dir, 'conf'), '-db'], log);
        return { stop, sent: () => lines(log).filter((line) => line === 'us').length };
    },
};

const lines = (path) => (existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []);

function daemon(binary, args, log) {
    const child = spawn(binary, args, { stdio: ['ignore', log ? 'pipe' : 'ignore', 'pipe'] });
    const note = (bytes) => log && writeFileSync(log, bytes, { flag: 'a' });
    child.stdout?.on('data', note);
    child.stderr.resume();
    const ended = new Promise((resolve) => child.once('exit', resolve));
    return async () => (child.kill('SIGTERM'), await ended);
}

async function until(what, ms = 5000) {
    for (const end = Date.now() + ms; !what(); await sleep(10)) {
        if (Date.now() > end) {
            return false;
        }
    }
    return true;
}

const plain = 'GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

// Sends raw bytes; resolves when the peer has closed, or has said nothing for a while in which it
// answered somebody else: on a busy machine silence alone says nothing.
function say(path, bytes) {
    return new Promise((resolve) => {
        const socket = net.connect(path, () => socket.write(bytes, 'latin1'));
        let heard = '';
        socket.setTimeout(bytes === plain ? 10000 : 60, async () => {
            socket.setTimeout(0);
            if (bytes !== plain) {
                await say(path, plain);
            }
            socket.destroy();
        });
        socket.on('data', (text) => (heard += text));
        socket.on('error', () => {});
        socket.on('close', () => resolve(heard));
    });
}

// ---- The run -------------------------------------------------------------------------------------

// The messages after which `target` had given more answers than the proxy had sent it requests.
async function smuggled(proxy, target, patienceMs) {
    const dir = mkdtempSync(join(scratch, 'proxy-'));
    const [front, back] = [join(dir, 'front'), join(dir, 'back')];
    const seen = await tap(back, target);
    const { stop, sent } = await proxy.start(front, back, dir);
    const found = [];
    try {
        if (!(await until(() => existsSync(front)))) {
            throw new Error(`${proxy.name} did not start: ${lines(join(dir, 'errors')).join('\n')}`);
        }
        for (const [name, bytes] of Object.entries(corpus)) {
            const before = [seen.answers, sent()];
            await say(front, bytes);
            await until(() => seen.answers - before[0] <= sent() - before[1], patienceMs);
            if (seen.answers - before[0] > sent() - before[1]) {
                found.push(name);
            }
        }
        // The connections to us are as they should be: one request, one answer.
        const last = await say(front, plain);
        if (!/^HTTP\/1\.1 (200|404)/.test(last) || seen.answers === 0) {
            throw new Error(`the last request got ${last.slice(0, 80)}`);
        }
    } finally {
        await stop();
        seen.close();
    }
    return { found, answers: seen.answers };
}

const [binary] = process.argv.slice(2);
const tally = new Tally();
const heard = new Overheard({ relaxed: true });
const proxies = [nginx(true), nginx(false), haproxy];
const us = await start(binary, ['--http', '127.0.0.1:0']);
const target = { host: us.address.split(':')[0], port: Number(us.address.split(':')[1]) };

for (const proxy of proxies) {
    if (!existsSync(proxy.binary)) {
        console.log(`skipped: ${proxy.name}: ${proxy.binary} absent`);
        continue;
    }
    await tally.check(`nothing is smuggled past ${proxy.name}`, async () => {
        const { found, answers } = await smuggled(proxy, target, 5000);
        if (found.length) {
            throw new Error(`answered without having been asked: ${found.join('; ')}`);
        }
        return `${Object.keys(corpus).length} messages, ${answers} requests came through`;
    });
}
if (existsSync(proxies[0].binary)) {
    await tally.check('a server that believes everything is found out', async () => {
        const path = join(scratch, 'gullible');
        const server = await gullible(path);
        const { found } = await smuggled(proxies[0], { path }, 200);
        server.close();
        if (!found.length) {
            throw new Error('it was not');
        }
        return `by ${found.length} messages`;
    });
}
await heard.judge(tally, 10);
await tally.check('the server ends with 0', () => us.stop());
rmSync(scratch, { recursive: true, force: true });
tally.finish();
