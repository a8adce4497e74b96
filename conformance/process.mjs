// process.mjs - start a server, learn its address, stop it, and judge how it ended.
//
// With CISTERN_TEST_LOGS (./dev test sets it), a folder, each `cistern serve` writes everything it can
// say into a file there, and what its commands were given or made as secrets goes into secrets.txt:
// secrets.mjs compares them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const logs = process.env.CISTERN_TEST_LOGS;
const running = new Set();
let logsMade = 0;
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

// The arguments of a server that keeps nothing to itself, and the log's path (null: as it was asked).
function talkative(args) {
    if (!logs || args[0] !== 'serve' || args.includes('--log')) {
        return { args, log: null };
    }
    const log = join(logs, `serve-${process.pid}-${logsMade++}.log`);
    const at = args.indexOf('--log-level');
    const rest = at < 0 ? args : args.toSpliced(at, 2);
    return { args: [...rest, '--log', log, '--log-level', 'debug', '--access-log'], log };
}

// Tokens, codes and signing secrets that a command printed; keys and URLs that it was given.
function keepSecrets(args, input, out) {
    const made = out.match(/\b(?:qc_live|qg_live|link|sess)_[0-9A-Za-z]{30,}|\bwhsec_[0-9A-Za-z+/]{24,}/g) ?? [];
    const given = args.includes('--secret-file') || args.includes('webhook') || args.includes('user') ? input.split('\n').filter((line) => line.length > 5) : [];
    if (logs && made.length + given.length) {
        appendFileSync(join(logs, 'secrets.txt'), [...made, ...given].map((secret) => `${secret}\n`).join(''));
    }
}

// Starts `binary` with `args` and --ready-fd=3; resolves when it listens. The result:
//   address   "127.0.0.1:46015"
//   url       "http://127.0.0.1:46015"
//   pid
//   errors()  what it wrote to standard error, and to its log, so far
//   output()  and to standard output
//   stop()    SIGTERM, then expects exit status 0
export async function start(binary, args, { readyFlag = ['--ready-fd=3'], env = process.env, cwd } = {}) {
    const { args: given, log } = talkative(args);
    const child = spawn(binary, [...given, ...readyFlag], {
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
        errors: () => text.err + (log ? readFileSync(log, 'utf8') : ''),
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
    keepSecrets(args, input, result.out);
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
