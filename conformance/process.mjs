// process.mjs - start a server, learn its address, stop it, and judge how it ended.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

// Starts `binary` with `args` and --ready-fd=3; resolves when it listens. The result:
//   address   "127.0.0.1:46015"
//   url       "http://127.0.0.1:46015"
//   pid
//   errors()  what it wrote to standard error so far
//   output()  and to standard output
//   stop()    SIGTERM, then expects exit status 0
export async function start(binary, args, { readyFlag = ['--ready-fd=3'], env = process.env, cwd } = {}) {
    const child = spawn(binary, [...args, ...readyFlag], {
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
        env,
        cwd,
    });
    const text = { out: '', err: '' };
    child.stdout.on('data', (bytes) => (text.out += bytes));
    child.stderr.on('data', (bytes) => (text.err += bytes));
    running.add(child);
    const exited = once(child, 'exit').finally(() => running.delete(child));
    const address = await Promise.race([
        firstLine(child.stdio[3]),
        exited.then(([status]) => {
            throw new Error(`${binary} ended with ${status} before it listened:\n${text.err}`);
        }),
    ]);
    return {
        address,
        url: `http://${address}`,
        pid: child.pid,
        errors: () => text.err,
        output: () => text.out,
        async stop() {
            child.kill('SIGTERM');
            const [status, signal] = await exited;
            if (status !== 0) {
                throw new Error(`${binary} ended with ${status ?? signal} after SIGTERM:\n${text.err}`);
            }
        },
    };
}

async function firstLine(stream) {
    let text = '';
    for await (const bytes of stream) {
        text += bytes;
        if (text.includes('\n')) {
            return text.split('\n')[0];
        }
    }
    throw new Error('the ready descriptor closed without an address');
}

// Runs a command to its end; { status, out, err }.
export async function run(binary, args, { input = '', timeoutMs = 60000, ...options } = {}) {
    const child = spawn(binary, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
    const result = { status: null, out: '', err: '' };
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.stdout.on('data', (bytes) => (result.out += bytes));
    child.stderr.on('data', (bytes) => (result.err += bytes));
    child.stdin.on('error', () => {}); // it may not read what it is given
    child.stdin.end(input);
    const [status, signal] = await once(child, 'close');
    clearTimeout(timer);
    result.status = status ?? signal;
    return result;
}

// Counts checks, says which took long, and prints the closing line that ./dev reads.
export class Tally {
    passed = 0;
    failed = 0;

    async check(name, body) {
        const begun = performance.now();
        try {
            const note = await body();
            const tookMs = performance.now() - begun;
            this.passed++;
            console.log(`ok    ${name}${note ? `: ${note}` : ''}${tookMs > 1000 ? ` (${(tookMs / 1000).toFixed(1)} s)` : ''}`);
            return true;
        } catch (error) {
            this.failed++;
            console.log(`FAIL  ${name}: ${error.stack ?? error}`);
            return false;
        }
    }

    finish() {
        console.log(`${this.passed} passed, ${this.failed} failed`);
        process.exit(this.failed ? 1 : 0);
    }
}

// Where two JSON values differ, as "path: got x, want y" lines; empty when they are equal. The
// order of members does not matter, everything else does.
export function differences(got, want, path = '$') {
    if (Array.isArray(got) && Array.isArray(want)) {
        if (got.length !== want.length) {
            return [`${path}: ${got.length} items, want ${want.length}`];
        }
        return want.flatMap((item, i) => differences(got[i], item, `${path}[${i}]`));
    }
    if (isObject(got) && isObject(want)) {
        const names = new Set([...Object.keys(got), ...Object.keys(want)]);
        return [...names].flatMap((name) => {
            if (!(name in got)) {
                return [`${path}.${name}: missing`];
            }
            if (!(name in want)) {
                return [`${path}.${name}: not expected`];
            }
            return differences(got[name], want[name], `${path}.${name}`);
        });
    }
    return Object.is(got, want) ? [] : [`${path}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`];
}

function isObject(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}
