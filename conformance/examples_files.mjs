// examples_files.mjs - examples/files.c watched by a real client of either era, over either transport: a
// file that is edited, replaced, added, moved or removed is told to those who asked, and to no others.
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

import { start } from './process.mjs';

const patienceMs = 5000;
const updated = 'notifications/resources/updated';
const listed = 'notifications/resources/list_changed';

// What a client is told, in the order it comes.
export class Told {
    constructor(client) {
        this.waiting = [];
        this.all = [];
        client.setNotificationHandler(updated, ({ params }) => this.#hear(params.uri));
        client.setNotificationHandler(listed, () => this.#hear('list'));
    }

    #hear(what) {
        this.all.push(what);
        this.waiting.splice(0).forEach((look) => look());
    }

    // Does `change`, then waits until all of `wanted` have been told.
    async after(change, ...wanted) {
        const from = this.all.length;
        change();
        const deadline = AbortSignal.timeout(patienceMs);
        while (!wanted.every((what) => this.all.indexOf(what, from) >= 0)) {
            await new Promise((resolve, reject) => {
                this.waiting.push(resolve);
                deadline.onabort = () => reject(new Error(`told ${JSON.stringify(this.all.slice(from))}, not all of ${JSON.stringify(wanted)}`));
            });
        }
        return this.all.slice(from);
    }
}

const uri = (path) => `folder:///${path}`;
const watchedPaths = ['a.txt', 'docs/b%20c.txt', 'docs/', 'docs', '', 'late/deep/d.txt'];

async function subscribe(client, mode) {
    if (mode === 'legacy') {
        await Promise.all(watchedPaths.map((path) => client.subscribeResource({ uri: uri(path) })));
        return;
    }
    await client.listen({ resourcesListChanged: true, resourceSubscriptions: watchedPaths.map(uri) });
}

const text = async (client, path) => (await client.readResource({ uri: uri(path) })).contents[0].text;

function must(holds, what) {
    if (!holds) {
        throw new Error(what);
    }
}

// `place` is served, `outside` is not.
async function follow(client, mode, place, outside) {
    const told = new Told(client);
    const at = (path) => join(place, path);
    await subscribe(client, mode);
    const uris = async () => (await client.listResources()).resources.map((resource) => resource.uri);
    must((await uris()).includes(uri('a.txt')), 'a.txt is not listed');

    await told.after(() => writeFileSync(at('a.txt'), 'two'), uri('a.txt'));
    must((await text(client, 'a.txt')) === 'two', 'a.txt was told and is the old one');
    await told.after(() => writeFileSync(at('docs/b c.txt'), 'two'), uri('docs/b%20c.txt'));
    await told.after(() => {
        writeFileSync(at('.swap'), 'three');
        renameSync(at('.swap'), at('a.txt'));
    }, uri('a.txt'), uri(''), 'list');
    must((await text(client, 'a.txt')) === 'three', 'a.txt was told and is the old one');
    await told.after(() => writeFileSync(at('new.txt'), ''), uri(''), 'list');
    must((await uris()).includes(uri('new.txt')), 'new.txt is not listed');
    await told.after(() => unlinkSync(at('new.txt')), uri(''), 'list');
    must(!(await uris()).includes(uri('new.txt')), 'new.txt is still listed');
    await told.after(() => writeFileSync(at('docs/other.txt'), ''), uri('docs/'), uri('docs'));

    // A folder that comes late, goes away, comes back under its name: what is in it is watched in its place.
    mkdirSync(join(outside, 'late/deep'), { recursive: true });
    await told.after(() => renameSync(join(outside, 'late'), at('late')), uri('late/deep/d.txt'), 'list');
    await told.after(() => writeFileSync(at('late/deep/d.txt'), 'one'), uri('late/deep/d.txt'));
    await told.after(() => renameSync(at('late'), join(outside, 'late')), uri('late/deep/d.txt'), 'list');
    // One change may be told twice (a file is made, then written), and what a moved folder tells comes in any
    // order. Two files made one after the other: at the second one all of that has been told.
    await told.after(() => writeFileSync(at('then.txt'), ''), 'list');
    await told.after(() => writeFileSync(at('and then.txt'), ''), 'list');
    const silent = await told.after(() => {
        writeFileSync(join(outside, 'late/deep/d.txt'), 'of nobody here');
        symlinkSync(join(outside, 'late'), at('late'));
        writeFileSync(join(outside, 'late/deep/d.txt'), 'behind a link');
        writeFileSync(at('docs/not watched.txt'), '');
        writeFileSync(at('.hidden'), '');
        writeFileSync(at('docs/b c.txt'), 'last');
    }, uri('docs/b%20c.txt'));
    const wrong = silent.filter((what) => ![uri('docs/b%20c.txt'), uri('docs/'), uri('docs'), uri(''), 'list'].includes(what));
    must(!wrong.length, `told of ${wrong}`);
    await text(client, 'late/deep/d.txt').then(
        () => must(false, 'a link was followed'),
        (error) => must(/There is no such file/.test(error.message), `refused with ${error}`),
    );
}

function furnish() {
    const outer = mkdtempSync(join(tmpdir(), 'files-'));
    const [place, outside] = ['in', 'out'].map((name) => join(outer, name));
    mkdirSync(join(place, 'docs'), { recursive: true });
    mkdirSync(outside);
    writeFileSync(join(place, 'a.txt'), 'one');
    writeFileSync(join(place, 'docs/b c.txt'), 'one');
    return { outer, place, outside };
}

async function visit(transport, mode, { outer, place, outside }) {
    const client = new Client({ name: 'cistern-conformance', version: '1' }, { versionNegotiation: { mode } });
    await client.connect(transport);
    await follow(client, mode, place, outside);
    await client.close();
    rmSync(outer, { recursive: true });
}

export async function watchFiles(tally, heard, binary) {
    for (const mode of ['legacy', { pin: '2026-07-28' }]) {
        const era = mode.pin ?? mode;
        await tally.check(`files: what changes is told, ${era}, stdio`, async () => {
            const furnished = furnish();
            const [command, ...args] = heard.behind([binary, furnished.place]);
            await visit(new StdioClientTransport({ command, args, stderr: 'ignore' }), mode, furnished);
        });
        await tally.check(`files: what changes is told, ${era}, HTTP`, async () => {
            const furnished = furnish();
            const server = await start(binary, [furnished.place, '--http=127.0.0.1:0']);
            const url = await heard.inFront(server.url);
            await visit(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)), mode, furnished);
            await server.stop();
        });
    }
}
