// legacy_run.mjs - the suite for the older HTTP transports: a server for each scenario, or one that runs
// already. Two checks come with every scenario: `wire` (all that was heard keeps to its revision) and,
// of a server of our own, `ends` (it leaves with 0 at SIGTERM and has nothing to say about it).
import { startLiar } from './legacy_lie.mjs';
import { Old, Session, Site } from './legacy_client.mjs';
import { start } from './process.mjs';
import { Checks, Suite, fail, must } from './scenario.mjs';
import { Wires } from './wire_http.mjs';

// { url, stop, errors } of what `run` names: a command to start, or a URL.
async function reach({ command: [first, ...rest] }) {
    return /^https?:/.test(first) ? { url: first } : start(first, [...rest, '--http=127.0.0.1:0']);
}

class Http extends Checks {
    async begin() {
        const { lie, ...options } = this.run.options;
        this.server = await reach(this.run);
        this.liar = lie ? await startLiar(this.server.url, lie) : null;
        this.wires = new Wires(options);
        this.http = new Site(this.liar?.url ?? this.server.url, this.wires, options);
        this.others = []; // what is to be closed behind the scenario
    }

    // A session of Streamable HTTP.
    session(options) {
        return new Session(this.http, this.revision).open(options);
    }

    // A client of HTTP+SSE.
    async old({ isOpen = true, ...options } = {}) {
        const client = new Old(this.http, this.revision);
        await (isOpen ? client.open(options) : client.connect());
        this.others.push(client.stream);
        return client;
    }

    async finish() {
        this.others.forEach((answer) => answer.drop());
        this.http.close();
        this.liar?.stop();
        await this.check('wire', () => fail(this.wires.faults));
        if (this.server.stop) {
            if (this.run.options.lie?.isKilled) {
                process.kill(this.server.pid, 'SIGKILL');
            }
            await this.check('ends', async () => {
                await this.server.stop();
                must(!/Sanitizer|runtime error/.test(this.server.errors()), this.server.errors());
            });
        }
    }
}

export const suite = new Suite(Http);
export const scenario = (id, about, body) => suite.add(id, about, body);
export const streamable = { revisions: ['2025-03-26', '2025-06-18', '2025-11-25'] };

// What the server has: as stdio_run.mjs's survey, over HTTP.
export async function survey(run) {
    const site = {
        revisions: new Set(),
        capabilities: {},
        tools: new Set(),
        prompts: new Set(),
        resources: new Set(),
        templates: new Set(),
    };
    const server = await reach(run);
    const http = new Site(server.url, new Wires(run.options), run.options);
    for (const revision of ['2024-11-05', ...streamable.revisions]) {
        const session = await new Session(http, revision).open().catch(() => null);
        if (session?.hello.protocolVersion !== revision) {
            continue;
        }
        site.revisions.add(revision);
        site.capabilities[revision] = session.hello.capabilities;
        for (let cursor; ;) {
            const { tools, nextCursor } = await session.result('tools/list', cursor === undefined ? {} : { cursor });
            tools.forEach(({ name }) => site.tools.add(name));
            cursor = nextCursor;
            if (cursor === undefined) {
                break;
            }
        }
        await session.end();
    }
    http.close();
    await server.stop?.();
    return site;
}
