// stdio_run.mjs - the suite over standard input and output: its scenarios start server processes.
//
// Two checks come with every scenario: `wire` (all that was heard keeps to the framing, the schema and
// the order of its revision) and `ends` (each server leaves with 0 at the end of its input, without a
// sanitizer's report).
import { Checks, Failure, Suite, fail } from './scenario.mjs';
import { Client, Server } from './stdio_client.mjs';
import { LEGACY, MODERN, REVISIONS } from './wire.mjs';

class Processes extends Checks {
    servers = [];

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

export const suite = new Suite(Processes);
export const scenario = (id, about, body) => suite.add(id, about, body);
export const legacy = { revisions: LEGACY };
export const modern = { revisions: [MODERN] };

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
