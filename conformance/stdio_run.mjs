// stdio_run.mjs - scenarios, their checks, and how they are run.
//
// A scenario is run once for each of its revisions, with servers of its own; a check has the id
// REVISION/SCENARIO/CHECK. Two checks come with every scenario: `wire` (all that was heard keeps to the
// framing, the schema and the order of its revision) and `ends` (each server leaves with 0 at the end
// of its input, without a sanitizer's report).
import { Client, Failure, Server } from './stdio_client.mjs';
import { LEGACY, MODERN, REVISIONS } from './wire.mjs';

export const scenarios = [];

// `about`: revisions (default: all), needs: { tools, prompts, resources, templates: [name],
// capability: [path] } without which it is skipped.
export function scenario(id, about, body) {
    scenarios.push({ id, revisions: REVISIONS, needs: {}, ...about, body });
}
export const legacy = { revisions: LEGACY };
export const modern = { revisions: [MODERN] };

class Context {
    constructor(run, id, revision, results) {
        Object.assign(this, { run, id, revision, results, servers: [], site: run.site });
        this.isModern = revision === MODERN;
    }

    // A new server process.
    server({ args = [], ...options } = {}) {
        const server = new Server([...this.run.command, ...args], { ...this.run.options, ...options });
        this.servers.push(server);
        return server;
    }

    // A client that has shaken hands where its era does; on a server of its own unless one is given.
    async client({ revision = this.revision, server = this.server(), isNew = false, ...options } = {}) {
        const client = new Client(server, revision, options);
        if (!client.isModern && !isNew) {
            await client.handshake();
        }
        return client;
    }

    async check(name, body) {
        const id = `${this.revision}/${this.id}/${name}`;
        let problem = null;
        try {
            await body();
        } catch (error) {
            problem = (error instanceof Failure ? error.message : error.stack) || String(error);
        }
        this.results.push({ id, problem });
        return problem === null;
    }

    skip(name, why) {
        this.results.push({ id: `${this.revision}/${this.id}/${name}`, skipped: why });
    }

    async finish() {
        const faults = [];
        const ends = [];
        for (const server of this.servers) {
            server.endInput();
            const status = await server.ended(this.run.options.endMs ?? 5000);
            if (status !== 0) {
                ends.push(status === null ? 'does not end after the end of its input' : `ended with ${status}`);
            }
            if (/Sanitizer|runtime error/.test(server.errors)) {
                ends.push(server.errors.slice(0, 2000));
            }
            server.kill();
            faults.push(...server.faults, ...server.wire.faults);
        }
        if (this.servers.length) {
            await this.check('wire', () => fail(faults));
            await this.check('ends', () => fail(ends));
        }
    }
}

function fail(problems) {
    if (problems.length) {
        throw new Failure(problems.slice(0, 5).join('\n'));
    }
}

// What the server has, asked once: { revisions: Set, capabilities, tools: Set, prompts, resources, templates }.
export async function survey(command, options) {
    const site = {
        revisions: new Set(),
        capabilities: {},
        tools: new Set(),
        prompts: new Set(),
        resources: new Set(),
        templates: new Set(),
    };
    const lists = {
        tools: ['tools/list', 'name'],
        prompts: ['prompts/list', 'name'],
        resources: ['resources/list', 'uri'],
        templates: ['resources/templates/list', 'uriTemplate'],
    };
    for (const revision of REVISIONS) {
        const server = new Server(command, options);
        try {
            const client = new Client(server, revision);
            const hello = client.isModern ? await client.result('server/discover') : await client.handshake();
            const isSpoken = client.isModern
                ? hello.supportedVersions?.includes(revision)
                : hello.protocolVersion === revision;
            if (isSpoken) {
                site.revisions.add(revision);
                site.capabilities[revision] = hello.capabilities ?? {};
            }
            for (const [kind, [method, member]] of Object.entries(isSpoken ? lists : {})) {
                const all = await everyPage(client, method).catch(() => []);
                all.forEach((one) => site[kind].add(one[member]));
            }
        } catch (error) {
            if (!(error instanceof Failure)) {
                throw error;
            }
        } finally {
            server.endInput();
            await server.ended(2000);
            server.kill();
        }
    }
    return site;
}

// The items of a list, all pages of it.
export async function everyPage(client, method) {
    const key = {
        'tools/list': 'tools',
        'prompts/list': 'prompts',
        'resources/list': 'resources',
        'resources/templates/list': 'resourceTemplates',
    }[method];
    const items = [];
    let cursor;
    for (let page = 0; page < 1000; page++) {
        const result = await client.result(method, cursor === undefined ? {} : { cursor });
        items.push(...result[key]);
        cursor = result.nextCursor;
        if (cursor === undefined) {
            return items;
        }
    }
    throw new Failure(`${method} never ends`);
}

function missing(needs, site, revision) {
    for (const kind of ['tools', 'prompts', 'resources', 'templates']) {
        const gone = (needs[kind] ?? []).filter((name) => !site[kind].has(name));
        if (gone.length) {
            return `no ${kind} ${gone.join(', ')}`;
        }
    }
    const has = (path) =>
        path.split('.').reduce((at, name) => at?.[name.replaceAll('|', '.')], site.capabilities[revision]) !==
        undefined;
    const gone = (needs.capability ?? []).filter((path) => !has(path));
    return gone.length ? `no capability ${gone.join(', ')}` : null;
}

// Runs one scenario in one revision; its results: [{ id, problem, skipped }].
async function runOne(run, one, revision) {
    const results = [];
    const context = new Context(run, one.id, revision, results);
    const why = run.site.revisions.has(revision) ? missing(one.needs, run.site, revision) : `${revision} is not spoken`;
    if (why) {
        context.skip('*', why);
        return results;
    }
    try {
        await one.body(context, revision);
    } catch (error) {
        results.push({
            id: `${revision}/${one.id}/runs`,
            problem: (error instanceof Failure ? error.message : error.stack) || String(error),
        });
    }
    await context.finish();
    return results;
}

// Runs what `pick(scenario id)` finds, `jobs` at a time; onResult(result) in a fixed order.
export async function runAll(run, { pick = () => true, jobs = 4, onResult = () => {} } = {}) {
    const queue = REVISIONS.flatMap((revision) =>
        scenarios
            .filter((one) => one.revisions.includes(revision) && pick(one.id, revision))
            .map((one) => ({ one, revision })),
    );
    const done = [];
    let next = 0;
    let told = 0;
    const worker = async () => {
        while (next < queue.length) {
            const at = next++;
            done[at] = await runOne(run, queue[at].one, queue[at].revision);
            for (; done[told]; told++) {
                done[told].forEach(onResult);
            }
        }
    };
    await Promise.all(Array.from({ length: jobs }, worker));
    return done.flat();
}
