// stdio_tasks.mjs - the extension io.modelcontextprotocol/tasks over standard input and output
// (protocol.md 4.1, 5.10). Skipped where it is not declared.
import { setTimeout as sleep } from 'node:timers/promises';

import { Failure, everythingCan, must, refused, textOf } from './stdio_client.mjs';
import { modern, scenario } from './stdio_run.mjs';
import { LEGACY, MODERN, PREFIX } from './wire.mjs';

const tasks = `${PREFIX}tasks`;
const can = { ...everythingCan[MODERN], extensions: { [tasks]: {} } };
const declared = [`extensions.${tasks.replaceAll('.', '|')}`];
const fixtures = [
    'greet',
    'slow_compute',
    'failing_job',
    'protocol_error_job',
    'confirm_delete',
    'multi_input',
    'test_tool_with_task',
];
const needs = { capability: declared, tools: fixtures };
const subscription = (json) => json.params?._meta?.[`${PREFIX}subscriptionId`];

const get = (client, taskId) => client.result('tasks/get', { taskId });

async function create(client, name, args = {}) {
    const result = await client.call(name, args);
    must(result.resultType === 'task' && result.taskId, `the resultType is ${result.resultType}`);
    return result;
}

// Asks until the task is in one of these states.
async function until(client, taskId, states) {
    for (const end = Date.now() + 5000; Date.now() < end;) {
        const task = await get(client, taskId);
        if (states.includes(task.status)) {
            return task;
        }
        await sleep(Math.min(task.pollIntervalMs ?? 50, 50));
    }
    throw new Failure(`the task never became ${states}`);
}

scenario('tasks', { ...modern, needs }, async (t) => {
    const client = await t.client({ can });

    await t.check('a-quick-tool-is-no-task', async () => {
        const result = await client.call('greet', { name: 'Ada' });
        must(result.resultType === 'complete' && textOf(result).includes('Hello, Ada!'), JSON.stringify(result));
    });
    await t.check('is-readable-at-once-and-completes', async () => {
        const { taskId } = await create(client, 'slow_compute', { seconds: 1, label: 'one' });
        must(['working', 'completed'].includes((await get(client, taskId)).status), 'another status');
        const { result } = await until(client, taskId, ['completed']);
        must(result.content?.length && !result.isError, JSON.stringify(result));
        must((await get(client, taskId)).status === 'completed', 'it is gone at once');
    });
    await t.check('ids-are-not-to-be-guessed', async () => {
        const ids = [];
        for (let i = 0; i < 3; i++) {
            ids.push((await create(client, 'slow_compute', { seconds: 30, label: `${i}` })).taskId);
        }
        must(new Set(ids).size === 3 && ids.every((id) => id.length >= 16), `${ids}`);
        for (const taskId of ids) {
            await client.result('tasks/cancel', { taskId });
        }
    });
    await t.check('not-for-a-client-without-the-extension', async () => {
        const result = await client.result(
            'tools/call',
            { name: 'slow_compute', arguments: { seconds: 0, label: 'x' } },
            { can: {} },
        );
        must(result.resultType === 'complete', `the resultType is ${result.resultType}`);
    });
    await t.check('a-tool-that-needs-it-says-so', async () => {
        const error = await client.error(-32021, 'tools/call', { name: 'failing_job', arguments: {} }, { can: {} });
        must(typeof error.data?.requiredCapabilities?.extensions?.[tasks] === 'object', JSON.stringify(error.data));
    });
    await t.check('a-failure-of-the-tool-completes-it', async () => {
        const { taskId } = await create(client, 'failing_job');
        must((await until(client, taskId, ['completed', 'failed'])).result?.isError === true, 'no isError');
    });
    await t.check('a-protocol-error-fails-it', async () => {
        const { taskId } = await create(client, 'protocol_error_job');
        const task = await until(client, taskId, ['completed', 'failed']);
        must(task.status === 'failed' && Number.isInteger(task.error?.code), JSON.stringify(task));
    });
    await t.check('cancelling-ends-it-and-may-be-repeated', async () => {
        const { taskId } = await create(client, 'slow_compute', { seconds: 30, label: 'x' });
        await client.result('tasks/cancel', { taskId });
        await until(client, taskId, ['cancelled']);
        await client.result('tasks/cancel', { taskId });
    });
    await t.check('cancelling-the-request-that-made-it-does-not', async () => {
        const id = await client.askTool('slow_compute', { seconds: 30, label: 'x' });
        const { taskId } = (await client.server.answer(id)).json.result;
        await client.cancel(id);
        must((await get(client, taskId)).status === 'working', 'it was cancelled');
        await client.result('tasks/cancel', { taskId });
    });
    for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) {
        const params = method === 'tasks/update' ? { inputResponses: {} } : {};
        await t.check(`${method.replace('/', '-')}-of-an-unknown-task`, () =>
            client.error(-32602, method, { taskId: 'no-such-task', ...params }),
        );
        await t.check(`${method.replace('/', '-')}-without-an-id`, () => client.error(-32602, method, params));
        await t.check(`${method.replace('/', '-')}-needs-the-extension`, () =>
            client.error(-32021, method, { taskId: 'x', ...params }, { can: {} }),
        );
    }
    for (const method of ['tasks/list', 'tasks/result']) {
        await t.check(`no-method-${method.replace('/', '-')}`, () => client.error(-32601, method, { taskId: 'x' }));
    }
});

scenario('tasks-input', { ...modern, needs }, async (t) => {
    const client = await t.client({ can });
    const update = (taskId, inputResponses) => client.result('tasks/update', { taskId, inputResponses });
    const answerOf = ({ params }) => ({
        action: 'accept',
        content: Object.fromEntries(
            Object.entries(params.requestedSchema.properties).map(([name, { type }]) => [
                name,
                type === 'boolean' ? true : type === 'string' ? 'yes' : 1,
            ]),
        ),
    });

    await t.check('one-question', async () => {
        const { taskId } = await create(client, 'confirm_delete', { filename: 'a.txt' });
        const { inputRequests } = await until(client, taskId, ['input_required']);
        const [[key, request]] = Object.entries(inputRequests);
        must(request.method === 'elicitation/create', JSON.stringify(request));
        await update(taskId, { [key]: answerOf(request) });
        must((await until(client, taskId, ['completed'])).result, 'no result');
    });
    await t.check('answers-may-come-one-by-one', async () => {
        const { taskId } = await create(client, 'multi_input');
        const { inputRequests } = await until(client, taskId, ['input_required']);
        const [[first, one], [second, two]] = Object.entries(inputRequests);
        await update(taskId, { [first]: answerOf(one), unknown: { action: 'accept', content: {} } });
        const left = Object.keys((await until(client, taskId, ['input_required'])).inputRequests);
        must(left.length === 1 && left[0] === second, `left: ${left}`);
        await update(taskId, { [first]: answerOf(one), [second]: answerOf(two) });
        await until(client, taskId, ['completed']);
    });
    await t.check('input-first-then-a-task', async () => {
        const one = await client.call('test_tool_with_task', {});
        must(one.resultType === 'input_required' && 'user_name' in one.inputRequests, JSON.stringify(one));
        const two = await client.result('tools/call', {
            name: 'test_tool_with_task',
            arguments: {},
            inputResponses: { user_name: { action: 'accept', content: { name: 'Grace' } } },
            ...(one.requestState === undefined ? {} : { requestState: one.requestState }),
        });
        must(two.resultType === 'task', `the resultType is ${two.resultType}`);
        must(textOf((await until(client, two.taskId, ['completed'])).result).includes('Grace'), 'no name');
    });
});

scenario('tasks-listen', { ...modern, needs }, async (t) => {
    const client = await t.client({ can });

    await t.check('a-change-of-status-is-told', async () => {
        const { taskId } = await create(client, 'slow_compute', { seconds: 1, label: 'x' });
        const id = await client.ask('subscriptions/listen', { notifications: { taskIds: [taskId] } });
        const { json } = await client.server.next((one) => subscription(one) === id || one.id === id, 'acknowledgment');
        must(json.params?.notifications?.taskIds?.includes(taskId), JSON.stringify(json));
        const told = await client.server.next(
            (one) =>
                one.method === 'notifications/tasks' && subscription(one) === id && one.params.status === 'completed',
            'notifications/tasks',
        );
        must(told.json.params.taskId === taskId, 'another task');
        await client.cancel(id);
    });
    await t.check('needs-the-extension', async () => {
        refused(
            await client.request('subscriptions/listen', { notifications: { taskIds: ['x'] } }, { can: {} }),
            -32021,
        );
    });
    await t.check('a-legacy-session-is-served-without-tasks', async () => {
        const old = await t.client({ revision: LEGACY.at(-1) });
        must((await old.call('slow_compute', { seconds: 0, label: 'x' })).content, 'no content');
    });
});
