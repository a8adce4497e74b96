// stdio_lies_extensions.mjs - lies about extensions, and about the tasks of 2025-11-25.
import { messages, onError, onResult, onTool, words } from './stdio_lie.mjs';

const edited = (list, is, fn) => list.map((one) => (is(one) ? fn(one) : one));
const isClock = ({ name }) => name === 'test_show_time';

export const lies = [
    {
        name: 'shows no page',
        only: ['apps'],
        ...onResult('tools/list', ({ tools, ...rest }) => ({
            tools: edited(tools, isClock, ({ _meta, ...tool }) => tool),
            ...rest,
        })),
        breaks: ['apps/the-tool-*'],
    },
    {
        name: 'takes a page for a text',
        only: ['apps'],
        line: (text) => [text.replaceAll('text/html;profile=mcp-app', 'text/html')],
        breaks: words('apps/every-page-* apps/the-page-*'),
    },
    {
        name: 'has no words beside its page',
        only: words('apps apps-unseen'),
        ...onTool('test_show_time', (result) => ({ ...result, content: [] })),
        breaks: words('apps/the-result-* apps-unseen/and-calls-*'),
    },
    {
        name: 'shows its pages to everybody',
        only: ['apps-unseen'],
        ...onResult('tools/list', ({ tools, ...rest }) => ({
            tools: edited(tools, isClock, (tool) => ({ ...tool, _meta: { ui: { resourceUri: 'ui://everything/clock' } } })),
            ...rest,
        })),
        breaks: ['apps-unseen/a-client-*'],
    },
    {
        name: 'lists one skill and has another',
        only: ['skills'],
        ...onResult('skills/list', ({ skills, ...rest }) => ({
            skills: skills.map((one) => ({ ...one, frontmatter: { ...one.frontmatter, name: 'another' } })),
            ...rest,
        })),
        breaks: words('skills/each-* skills/one-is-* skills/its-text-*'),
    },
    {
        name: 'changes the files of a skill',
        only: ['skills'],
        ...onResult('resources/read', ({ contents, ...rest }) => ({
            contents: contents.map((one) => ({ ...one, text: `${one.text} ` })),
            ...rest,
        })),
        breaks: ['skills/its-files-*'],
    },
    {
        name: 'has directories of files',
        only: ['skills'],
        ...onResult('resources/directory/read', ({ resources, ...rest }) => ({
            resources: resources.map((one) => ({ ...one, mimeType: 'text/markdown' })),
            ...rest,
        })),
        breaks: ['skills/a-directory-*'],
    },
    {
        name: 'lists skills without a size',
        only: ['skills'],
        line: (text) => [text.replace(/,"size":\d+/, '')],
        breaks: ['skills/wire'],
    },
    {
        name: 'knows every skill, and every task',
        only: words('skills core-tasks'),
        ...onError((json) => ({ jsonrpc: '2.0', id: json.id, result: {} })),
        breaks: words('skills/refused-* core-tasks/unknown-*'),
    },
    {
        name: 'makes tasks of 2025-11-25 undeclared',
        only: ['core-tasks'],
        line: messages((json, request) => {
            if (json.result && request?.params?.task) {
                const at = '2026-01-01T00:00:00Z';
                json.result = { task: { taskId: 'a', status: 'working', createdAt: at, lastUpdatedAt: at, ttl: null } };
            }
            if (json.result?.tools) {
                json.result.tools[0].execution = { taskSupport: 'required' };
            }
            return json;
        }),
        breaks: words('core-tasks/a-call-* core-tasks/no-tool-*'),
    },
];
