// servers.mjs - the servers that ./dev bench puts side by side, each pinned to the same core.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { start } from '../conformance/process.mjs';

export const serverCore = 0;
export const loadCore = cpus().length > 1 ? 1 : 0;
export const filesMax = 20000; // descriptors, for the idle connections

// The command line that runs `binary` pinned and with room for many connections.
const pinned = (binary, args) => ['prlimit', [`--nofile=${filesMax}:${filesMax}`, 'taskset', '-c', String(serverCore), binary, ...args]];

// A server of ours or of the SDK's: says its address on descriptor 3.
export async function startPinned(binary, args, options = {}) {
    const [command, all] = pinned(binary, args);
    return start(command, all, options);
}

const quote = (text) => text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");

// nginx's parameters are at most 4 KiB: the reply is set in pieces and put together.
function returning(body) {
    if (body.includes('$')) {
        throw new Error('a dollar sign in the reply: nginx would take it for a variable');
    }
    const pieces = quoteAware(body, 3000);
    const sets = pieces.map((piece, i) => `set $piece${i} '${quote(piece)}';`);
    return `${sets.join('\n')}\nreturn 200 "${pieces.map((_, i) => `\${piece${i}}`).join('')}";`;
}

function quoteAware(text, size) {
    const pieces = [];
    for (let at = 0; at < text.length; at += size) {
        pieces.push(text.slice(at, at + size));
    }
    return pieces;
}

// nginx answering everything with `body` from memory. It inherits a listening socket, so that nobody has to guess a port or wait.
export async function startNginx(scratch, body) {
    const listener = net.createServer();
    listener.listen({ port: 0, host: '127.0.0.1', backlog: 1024 });
    await once(listener, 'listening');
    const { port } = listener.address();
    const prefix = join(scratch, 'nginx');
    mkdirSync(prefix);
    const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((n) => `${n}_temp_path ${prefix}/${n};`);
    writeFileSync(
        join(prefix, 'nginx.conf'),
        `daemon off; worker_processes 1; worker_rlimit_nofile ${filesMax};
pid ${prefix}/pid; error_log ${prefix}/error.log error;
events { worker_connections ${filesMax}; use epoll; }
http {
    access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; client_header_timeout 600s;
    tcp_nodelay on; types { } default_type application/json; ${temp.join(' ')}
    server { listen 127.0.0.1:${port} backlog=1024; location / { ${returning(body)} } }
}
`,
    );
    const [command, args] = pinned('nginx', ['-p', prefix, '-c', join(prefix, 'nginx.conf'), '-e', join(prefix, 'error.log')]);
    const child = spawn(command, args, {
        stdio: ['ignore', 'ignore', 'ignore', listener._handle.fd],
        env: { PATH: `${process.env.PATH}:/usr/sbin`, NGINX: '3;' },
    });
    listener.close(); // nginx has its own copy of the descriptor
    const exited = once(child, 'exit');
    process.on('exit', () => child.kill('SIGTERM')); // which ends its worker, too
    return {
        url: `http://127.0.0.1:${port}`,
        // The worker; asked for once it has answered a request.
        get pid() {
            return Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ')[0]);
        },
        async stop() {
            child.kill('SIGTERM');
            await exited;
        },
    };
}

export const sdkServer = fileURLToPath(new URL('sdk_server.mjs', import.meta.url));

// Nanoseconds of CPU time that a process has used, all of its threads together.
export function cpuNs(pid) {
    return readdirSync(`/proc/${pid}/task`)
        .map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]))
        .reduce((a, b) => a + b, 0);
}

export function rssBytes(pid) {
    const [, kib] = readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmRSS:\s+(\d+) kB/m);
    return Number(kib) * 1024;
}
