// stdio_extensions.mjs - MCP Apps (2026-01-26) and Skills (SEP-2640) over standard input and output, in
// both eras; and that the tasks of 2025-11-25, which are not served, change nothing (protocol.md 1.12,
// 4.2, 4.3). Skipped where an extension is not declared.
import { createHash } from 'node:crypto';

import { everythingCan, must, textOf } from './stdio_client.mjs';
import { same } from './stdio_features.mjs';
import { everyPage, scenario } from './stdio_run.mjs';
import { LEGACY, PREFIX, REVISIONS } from './wire.mjs';

const ui = `${PREFIX}ui`;
const skills = `${PREFIX}skills`;
const appType = 'text/html;profile=mcp-app';
const page = 'ui://everything/clock';
const needs = (name, more) => ({ capability: [`extensions.${name.replaceAll('.', '|')}`], ...more });
const invalid = -32602;
const noMethod = -32601;
const withMeta = REVISIONS.filter((revision) => revision >= '2025-06-18');

// ---- MCP Apps -------------------------------------------------------------------------------------

const showing = (revision) => ({ ...everythingCan[revision], extensions: { [ui]: { mimeTypes: [appType] } } });
const named = (list, key, value) => list.find((one) => one[key] === value);

// Before 2025-06-18 no tool or resource had a _meta: what is added there is the extension's alone.
scenario('apps', { revisions: withMeta, needs: needs(ui, { tools: ['test_show_time'] }) }, async (t, revision) => {
    const client = await t.client({ can: showing(revision) });
    const tools = await everyPage(client, 'tools/list');

    await t.check('the-tool-names-its-page', () => {
        same(named(tools, 'name', 'test_show_time')?._meta?.ui?.resourceUri, page, 'resourceUri: ');
    });
    await t.check('every-page-named-is-listed-as-one', async () => {
        const resources = await everyPage(client, 'resources/list');
        for (const { _meta } of tools.filter((tool) => tool._meta?.ui?.resourceUri)) {
            same(named(resources, 'uri', _meta.ui.resourceUri)?.mimeType, appType, `${_meta.ui.resourceUri}: `);
        }
    });
    await t.check('the-page-is-read-as-html-with-its-meta', async () => {
        const { contents } = await client.result('resources/read', { uri: page });
        must(contents.length === 1 && contents[0].mimeType === appType, JSON.stringify(contents));
        must(/<!doctype html>/i.test(contents[0].text), 'no HTML');
        same(contents[0]._meta?.ui?.prefersBorder, true, 'prefersBorder: ');
    });
    await t.check('the-result-has-text-for-everybody', async () => {
        must(textOf(await client.call('test_show_time')), 'no text');
    });
});

scenario('apps-unseen', { needs: needs(ui, { tools: ['test_show_time'] }) }, async (t) => {
    const client = await t.client();

    await t.check('a-client-that-cannot-is-told-of-no-page', async () => {
        const tool = named(await everyPage(client, 'tools/list'), 'name', 'test_show_time');
        must(tool && !tool._meta?.ui, JSON.stringify(tool));
        const resources = await everyPage(client, 'resources/list');
        must(!resources.some(({ uri }) => uri.startsWith('ui://')), 'a page is listed');
    });
    await t.check('and-calls-the-tool-as-any-other', async () => {
        must(textOf(await client.call('test_show_time')), 'no text');
    });
});

// ---- Skills ---------------------------------------------------------------------------------------

const digest = (text) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

scenario('skills', { needs: needs(skills) }, async (t, revision) => {
    const client = await t.client({ can: { ...everythingCan[revision], extensions: { [skills]: {} } } });
    const listed = (await client.result('skills/list')).skills;
    const read = async (uri) => (await client.result('resources/read', { uri })).contents[0];

    await t.check('each-has-a-name-and-says-what-for', () => {
        must(listed.length, 'none');
        for (const { uri, frontmatter } of listed) {
            must(/^skill:\/\/.*\/SKILL\.md$/.test(uri) && frontmatter.name && frontmatter.description, uri);
            must(uri.split('/').at(-2) === frontmatter.name, `${uri} is named ${frontmatter.name}`);
        }
    });
    await t.check('one-is-got-as-it-is-listed', async () => {
        for (const one of listed) {
            same((await client.result('skills/get', { uri: one.uri })).skill, one, `${one.uri}: `);
        }
    });
    await t.check('its-files-are-what-their-digests-say', async () => {
        for (const file of listed.flatMap(({ resources }) => (Array.isArray(resources) ? resources : []))) {
            const { text } = await read(file.uri);
            same([digest(text), Buffer.byteLength(text)], [file.digest, file.size], `${file.uri}: `);
        }
    });
    await t.check('its-text-is-markdown-with-that-front-matter', async () => {
        for (const { uri, frontmatter } of listed) {
            const { mimeType, text } = await read(uri);
            must(mimeType === 'text/markdown' && text.startsWith('---\n'), `${uri}: ${mimeType}`);
            must(text.includes(`name: ${frontmatter.name}\n`), `${uri} names another skill`);
        }
    });
    await t.check('a-directory-names-its-children', async () => {
        const dir = listed[0].uri.replace(/\/SKILL\.md$/, '');
        const { resources } = await client.result('resources/directory/read', { uri: dir });
        const files = listed[0].resources.map(({ uri }) => uri);
        must(resources.some(({ uri }) => uri === listed[0].uri), JSON.stringify(resources));
        for (const child of resources) {
            const isFile = files.includes(child.uri);
            must(isFile === (child.mimeType !== 'inode/directory'), `${child.uri}: ${child.mimeType}`);
            must(child.uri.startsWith(`${dir}/`) && !child.uri.slice(dir.length + 1).includes('/'), child.uri);
        }
    });
    for (const [what, method, uri] of [
        ['an-unknown-skill', 'skills/get', 'skill://nobody/SKILL.md'],
        ['no-skill-at-all', 'skills/get', undefined],
        ['a-file-as-a-directory', 'resources/directory/read', listed[0].uri],
        ['an-unknown-directory', 'resources/directory/read', 'skill://nobody'],
    ]) {
        await t.check(`refused-${what}`, () => client.error(invalid, method, { uri }));
    }
});

// ---- The tasks of 2025-11-25 ----------------------------------------------------------------------

scenario('core-tasks', { revisions: [LEGACY.at(-1)], needs: { tools: ['test_simple_text'] } }, async (t) => {
    const client = await t.client();
    const params = { name: 'test_simple_text', arguments: {}, task: { ttl: 60000 } };

    if (t.site.capabilities[t.revision].tasks) {
        t.skip('*', 'the server declares them');
        return;
    }
    await t.check('a-call-that-asks-for-one-runs-to-its-end', async () => {
        const result = await client.result('tools/call', params);
        must(textOf(result) && !('task' in result), JSON.stringify(result));
    });
    await t.check('no-tool-needs-one', async () => {
        const tools = await everyPage(client, 'tools/list');
        must(!tools.some((tool) => tool.execution?.taskSupport === 'required'), 'a tool that cannot be called');
    });
    for (const method of ['tasks/get', 'tasks/result', 'tasks/list', 'tasks/cancel']) {
        await t.check(`unknown-${method.replace('/', '-')}`, () => client.error(noMethod, method, { taskId: 'x' }));
    }
});
