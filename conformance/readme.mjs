// readme.mjs [--built=DIRECTORY] README... - does what a reader would do: runs each README's `sh run` blocks in
// order, in a fresh copy of the tree with a home of its own, and compares what they print with the `text
// output` block that follows. Later READMEs find what earlier ones have built. What is built already from
// these files is not built again: it is put where ./dev build would find its own work of an hour ago.
//   sh run              one shell for the whole README, so variables and folders last
//   sh run until=TEXT   in the background; goes on once it has printed TEXT, is stopped at the end
//                       (SIGTERM) and must then end with 0
// Standard output is compared; what goes to standard error is for people. There, ... stands for anything within a line, and a line of ... for any lines.
// Ports 8080 and 8081 are replaced by free ones on the way in and put back on the way out.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { Tally, run } from './process.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
// Without --built, `./dev run` builds all, link-time optimised: 40 s on two idle cores, 240 s were seen with a load of 15.
const limitMs = 900000;

// [{ line, tag, text, expected }] of the runnable blocks.
export function blocks(markdown) {
    const found = [];
    let block = null;
    markdown.split('\n').forEach((line, i) => {
        const fence = line.match(/^ ? ? ?```(.*)$/);
        if (block && fence) {
            const last = found.at(-1);
            if (block.tag.startsWith('sh run')) {
                found.push(block);
            } else if (block.tag === 'text output' && last) {
                last.expected = block.text;
            }
            block = null;
        } else if (block) {
            block.text += `${line}\n`;
        } else if (fence) {
            block = { line: i + 1, tag: fence[1].trim(), text: '' };
        }
    });
    return found;
}

export function matches(expected, got) {
    const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const pattern = expected
        .trimEnd()
        .split('\n')
        .map((line) => (line.trim() === '...' ? '(?:.*\\n)*?' : `${line.trimEnd().split('...').map(escape).join('.*')} *\\n`))
        .join('');
    return new RegExp(`^${pattern}$`).test(`${got.trimEnd()}\n`);
}

async function freePorts(n) {
    const servers = Array.from({ length: n }, () => net.createServer().listen(0, '127.0.0.1'));
    await Promise.all(servers.map((server) => once(server, 'listening')));
    const ports = servers.map((server) => String(server.address().port));
    await Promise.all(servers.map((server) => once(server.close(), 'close')));
    return ports;
}

// One shell that runs blocks one after the other.
class Shell {
    constructor(cwd, env, scratch) {
        this.scratch = scratch;
        this.child = spawn('bash', ['--noprofile', '--norc'], { cwd, env, stdio: ['pipe', 'inherit', 'inherit', 'pipe'] });
        this.exited = once(this.child, 'exit').then(([status]) => `exit ${status}`);
        this.count = 0;
        this.child.stdin.write("set -eo pipefail\n");
    }

    async run(script) {
        const file = join(this.scratch, `block-${this.count++}`);
        writeFileSync(`${file}.sh`, script);
        const done = once(this.child.stdio[3], 'data').then(([bytes]) => String(bytes).trim());
        this.child.stdin.write(`source '${file}.sh' >'${file}.out' 2>'${file}.err' </dev/null; echo $? >&3\n`);
        const timeout = AbortSignal.timeout(limitMs);
        const late = once(timeout, 'abort').then(() => 'did not end in time');
        const status = await Promise.race([done, this.exited, late]);
        const read = (name) => readFileSync(`${file}.${name}`, 'utf8');
        return { status, out: read('out'), err: read('err') };
    }

    async stop() {
        this.child.stdin.end();
        await this.exited;
    }
}

// A block in the background; resolves once it printed `until`.
async function background(script, until, cwd, env) {
    const child = spawn('bash', ['-c', script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const exited = once(child, 'exit');
    let out = '';
    await new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`did not print "${until}" in time:\n${out}`)), limitMs);
        const look = (bytes) => {
            out += bytes;
            if (out.includes(until)) {
                // What belongs to the same greeting arrives with it: the caller compares a prefix.
                clearTimeout(timer);
                resolve();
            }
        };
        child.stdout.on('data', look);
        child.stderr.on('data', look);
        exited.then(([status]) => {
            clearTimeout(timer);
            reject(new Error(`ended with ${status}:\n${out}`));
        });
    });
    return {
        out: () => out,
        async stop() {
            child.kill('SIGTERM');
            const [status, signal] = await exited;
            if (status !== 0) {
                throw new Error(`ended with ${status ?? signal} after SIGTERM:\n${out}`);
            }
        },
    };
}

async function copyTree(to) {
    mkdirSync(to, { recursive: true });
    const copied = await run('bash', ['-c', `git ls-files -zco --exclude-standard | tar --null -T - -cf - | tar -xf - -C '${to}'`], { cwd: root });
    if (copied.status !== 0) {
        throw new Error(`cannot copy the tree: ${copied.err}`);
    }
}

// Where the READMEs are followed: a tree, in which `built` is the release build, a home, two ports.
async function makePlace(built) {
    const scratch = mkdtempSync(join(tmpdir(), 'cistern-readme-'));
    const place = { scratch, tree: join(scratch, 'cistern'), home: join(scratch, 'home') };
    const [first, second] = await freePorts(2);
    place.ports = { 8080: first, 8081: second };
    await copyTree(place.tree);
    if (built) {
        cpSync(join(root, built), join(place.tree, 'build/release'), { recursive: true, preserveTimestamps: true });
    }
    mkdirSync(place.home);
    place.env = { PATH: process.env.PATH, HOME: place.home, PORT: place.ports['8080'], LC_ALL: 'C.UTF-8' };
    return place;
}

async function runReadme(path, place, tally) {
    const { tree, env, scratch, ports } = place;
    const found = blocks(readFileSync(join(root, path), 'utf8'));
    const shell = new Shell(tree, env, scratch);
    const servers = [];
    const there = (text) => text.replace(/8080|8081/g, (shown) => ports[shown]);
    const shownAs = Object.fromEntries(Object.entries(ports).map(([shown, real]) => [real, shown]));
    const back = (text) =>
        text.replace(new RegExp(Object.keys(shownAs).join('|'), 'g'), (real) => shownAs[real]).replaceAll(place.home, '~');
    for (const { line, tag, text, expected } of found) {
        const script = there(text);
        const until = tag.match(/until=(.*)$/)?.[1];
        const good = await tally.check(`${path}:${line}`, async () => {
            let out;
            if (until) {
                servers.push({ line, ...(await background(script, there(until), tree, env)) });
                out = servers.at(-1).out();
            } else {
                const result = await shell.run(script);
                out = result.out;
                if (result.status !== '0') {
                    throw new Error(`${result.status}:\n${back(out + result.err)}`);
                }
            }
            if (expected !== undefined && !matches(expected, back(out))) {
                throw new Error(`printed\n${back(out)}\nbut the README says\n${expected}`);
            }
        });
        if (!good) {
            break; // what follows builds on it
        }
    }
    for (const server of servers) {
        await tally.check(`${path}:${server.line} stops`, () => server.stop());
    }
    await shell.stop();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const tally = new Tally();
    const { values, positionals } = parseArgs({ options: { built: { type: 'string' } }, allowPositionals: true });
    const place = await makePlace(values.built);
    for (const path of positionals) {
        await runReadme(path, place, tally);
    }
    rmSync(place.scratch, { recursive: true, force: true });
    tally.finish();
}
