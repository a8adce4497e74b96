// stdio_features.mjs - what a server offers, in every revision: tools, resources, prompts, completion
// (protocol.md 1.6 to 1.9 and 2.13).
import { Ajv2020 } from 'ajv/dist/2020.js';

import { differences } from './process.mjs';
import { Failure, must, textOf } from './stdio_client.mjs';
import { everyPage, legacy, scenario } from './stdio_run.mjs';

export function same(got, want, what = '') {
    const wrong = differences(got, want);
    if (wrong.length) {
        throw new Failure(`${what}${wrong.join('; ')}`);
    }
}

const since = (revision, first) => revision >= first;
const invalid = -32602;

// ---- Tools ----------------------------------------------------------------------------------------

const contentTools = [
    'test_simple_text',
    'test_image_content',
    'test_audio_content',
    'test_embedded_resource',
    'test_multiple_content_types',
    'test_error_handling',
];

scenario('tools-list', {}, async (t, revision) => {
    const client = await t.client();
    const tools = await everyPage(client, 'tools/list');
    const named = (name) => tools.find((tool) => tool.name === name);

    await t.check('names-are-valid-and-unique', () => {
        const names = tools.map(({ name }) => name);
        must(names.length && names.every((name) => /^[A-Za-z0-9_.-]{1,64}$/.test(name)), `names: ${names}`);
        must(new Set(names).size === names.length, 'a name occurs twice');
    });
    await t.check('every-tool-is-described', () => {
        const bare = tools.filter(({ description, inputSchema }) => !description || inputSchema?.type !== 'object');
        must(!bare.length, `no description or no object schema: ${bare.map(({ name }) => name)}`);
    });
    await t.check('order-is-deterministic', async () => same(await everyPage(client, 'tools/list'), tools));
    await t.check('params-may-be-absent-or-empty', async () => {
        for (const params of [undefined, {}]) {
            must((await client.result('tools/list', params)).tools.length, 'no tools');
        }
    });
    await t.check('output-schema-where-the-revision-has-it', () => {
        const [object, list] = ['test_structured_content', 'test_structured_list'].map(
            (name) => named(name)?.outputSchema,
        );
        must(since(revision, '2025-06-18') === (object !== undefined), `outputSchema is ${JSON.stringify(object)}`);
        const want = revision === '2026-07-28' ? 'array' : since(revision, '2025-06-18') ? 'object' : undefined;
        must(list?.type === want, `the list's schema has the root ${list?.type}, want ${want}`);
    });
    await t.check('annotations-titles-icons-where-the-revision-has-them', () => {
        const tool = named('test_annotated_content') ?? {};
        const first = { annotations: '2025-03-26', title: '2025-06-18', _meta: '2025-06-18', icons: '2025-11-25' };
        for (const [member, from] of Object.entries(first)) {
            must(
                member in tool === since(revision, from),
                `${member} is ${member in tool ? 'there' : 'missing'} in ${revision}`,
            );
        }
        must(
            !tool.annotations || (tool.annotations.readOnlyHint === true && tool.annotations.idempotentHint === true),
            JSON.stringify(tool.annotations),
        );
    });
    await t.check('schema-comes-back-verbatim', () => {
        const schema = named('json_schema_2020_12_tool')?.inputSchema;
        must(
            schema?.$schema === 'https://json-schema.org/draft/2020-12/schema' &&
                schema.$defs?.address?.$anchor === 'addressDef' &&
                schema.if &&
                schema.then &&
                schema.else &&
                schema.allOf?.[0]?.anyOf?.length === 2 &&
                schema.additionalProperties === false,
            JSON.stringify(schema),
        );
    });
});

scenario('tools-call', { needs: { tools: contentTools } }, async (t, revision) => {
    const client = await t.client();
    const png = Buffer.from([0x89, 0x50, 0x4e, 0x47]);

    await t.check('text-without-arguments', async () => {
        const result = await client.call('test_simple_text');
        same(result.content, [{ type: 'text', text: 'This is a simple text response for testing.' }]);
        must(!result.isError, 'isError');
    });
    await t.check('image', async () => {
        const [image] = (await client.call('test_image_content')).content;
        must(
            image.type === 'image' &&
                image.mimeType === 'image/png' &&
                Buffer.from(image.data, 'base64').subarray(0, 4).equals(png),
            JSON.stringify(image),
        );
    });
    await t.check('audio-or-text-before-2025-03-26', async () => {
        const [audio] = (await client.call('test_audio_content')).content;
        const isAudio =
            audio.type === 'audio' &&
            audio.mimeType === 'audio/wav' &&
            Buffer.from(audio.data, 'base64').subarray(0, 4).toString() === 'RIFF';
        must(since(revision, '2025-03-26') ? isAudio : audio.type === 'text', JSON.stringify(audio));
    });
    await t.check('embedded-resource', async () => {
        const [{ type, resource }] = (await client.call('test_embedded_resource')).content;
        must(type === 'resource', type);
        same(resource, {
            uri: 'test://embedded-resource',
            mimeType: 'text/plain',
            text: 'This is an embedded resource content.',
        });
    });
    await t.check('mixed', async () => {
        const { content } = await client.call('test_multiple_content_types');
        same(
            content.map(({ type }) => type),
            ['text', 'image', 'resource'],
        );
        same(JSON.parse(content[2].resource.text), { test: 'data', value: 123 });
    });
    await t.check('a-failure-is-a-result', async () => {
        const result = await client.call('test_error_handling');
        must(
            result.isError === true && textOf(result).includes('intentionally returns an error'),
            JSON.stringify(result),
        );
    });
    await t.check('unknown-tool', async () =>
        client.error(invalid, 'tools/call', { name: 'no_such_tool', arguments: {} }),
    );
    for (const [name, params] of Object.entries({
        'without-a-name': {},
        'with-a-number-for-a-name': { name: 1 },
        'with-a-list-for-arguments': { name: 'test_simple_text', arguments: [] },
        'with-text-for-arguments': { name: 'test_simple_text', arguments: 'x' },
        'with-the-name-in-capitals': { name: 'TEST_SIMPLE_TEXT' },
    })) {
        await t.check(`refused-${name}`, () => client.error(invalid, 'tools/call', params));
    }
});

scenario(
    'tools-validation',
    { needs: { tools: ['json_schema_2020_12_tool', 'test_x_mcp_header'] } },
    async (t, revision) => {
        const client = await t.client();
        // A protocol error before 2025-11-25, a result from then on (SEP-1303).
        const invalidArguments = async (name, args) => {
            const answer = await client.request('tools/call', { name, arguments: args });
            if (since(revision, '2025-11-25')) {
                must(
                    answer.result?.isError === true && textOf(answer.result),
                    `want isError and a text, got ${JSON.stringify(answer)}`,
                );
            } else {
                must(
                    answer.result?.isError === true || answer.error?.code === invalid,
                    `want isError or ${invalid}, got ${JSON.stringify(answer)}`,
                );
            }
        };

        await t.check('valid-arguments', async () => {
            const result = await client.call('json_schema_2020_12_tool', {
                name: 'Ada',
                contactMethod: 'phone',
                phone: '1',
            });
            must(!result.isError && textOf(result).includes('Ada'), JSON.stringify(result));
        });
        for (const [name, args] of Object.entries({
            'any-of': { name: 'Ada' },
            'if-then': { contactMethod: 'phone', email: 'a@b.c' },
            type: { name: 1, phone: '1' },
            enum: { contactMethod: 'fax', phone: '1' },
            'unknown-argument': { name: 'Ada', phone: '1', email: 'a@b.c', extra: 1 },
            'inside-a-ref': { phone: '1', email: 'a@b.c', address: { city: 5 } },
        })) {
            await t.check(`breaks-${name}`, () => invalidArguments('json_schema_2020_12_tool', args));
        }
        for (const [name, text] of Object.entries({
            unicode: 'Zürich 東京 😀',
            'line-breaks': 'a\nb\r\nc\u2028d',
            quotes: '"\\/\b\f\t',
            nul: 'a\u0000b',
            long: 'x'.repeat(200000),
        })) {
            await t.check(`arguments-arrive-with-${name}`, async () => {
                const got = textOf(await client.call('test_x_mcp_header', { region: text }));
                must(got === `Region: ${text}`, `got ${JSON.stringify(got).slice(0, 100)}`);
            });
        }
    },
);

scenario(
    'tools-structured',
    {
        needs: {
            tools: ['test_structured_content', 'test_structured_list', 'test_resource_link', 'test_annotated_content'],
        },
    },
    async (t, revision) => {
        const client = await t.client();
        const tools = await everyPage(client, 'tools/list');
        const conforms = (name, value) =>
            new Ajv2020({ strict: false }).validate(tools.find((tool) => tool.name === name).outputSchema, value);
        const hasIt = since(revision, '2025-06-18');

        await t.check('an-object', async () => {
            const result = await client.call('test_structured_content', {});
            must(
                'structuredContent' in result === hasIt,
                `structuredContent is ${JSON.stringify(result.structuredContent)} in ${revision}`,
            );
            if (hasIt) {
                same(result.structuredContent, { temperature: 22, conditions: 'Partly cloudy' });
                must(conforms('test_structured_content', result.structuredContent), 'does not conform to its schema');
            }
            same(JSON.parse(textOf(result)), { temperature: 22, conditions: 'Partly cloudy' }, 'the text: ');
        });
        await t.check('a-list-wrapped-for-legacy-clients', async () => {
            const result = await client.call('test_structured_list', {});
            const want = revision === '2026-07-28' ? [1, 2, 3] : { result: [1, 2, 3] };
            must(
                'structuredContent' in result === hasIt,
                `structuredContent is ${JSON.stringify(result.structuredContent)} in ${revision}`,
            );
            if (hasIt) {
                same(result.structuredContent, want);
                must(conforms('test_structured_list', result.structuredContent), 'does not conform to its schema');
            }
            must(/\[1, ?2, ?3\]/.test(textOf(result)), `the text is ${textOf(result)}`);
        });
        await t.check('a-link-or-text-before-2025-06-18', async () => {
            const [link] = (await client.call('test_resource_link')).content;
            if (hasIt) {
                must(
                    link.type === 'resource_link' && link.uri === 'test://static-text' && link.name,
                    JSON.stringify(link),
                );
            } else {
                must(link.type === 'text' && link.text.includes('test://static-text'), JSON.stringify(link));
            }
        });
        await t.check('annotated-content', async () => {
            const [{ annotations, _meta }] = (await client.call('test_annotated_content')).content;
            same(annotations?.audience, ['user', 'assistant']);
            must(annotations.priority === 0.8, `priority ${annotations.priority}`);
            must(
                'lastModified' in annotations === hasIt && (_meta !== undefined) === hasIt,
                JSON.stringify({ annotations, _meta }),
            );
        });
    },
);

// ---- Resources ------------------------------------------------------------------------------------

const resources = ['test://static-text', 'test://static-binary', 'test://watched-resource'];

scenario('resources', { needs: { resources, templates: ['test://template/{id}/data'] } }, async (t, revision) => {
    const client = await t.client();
    const read = async (uri) => (await client.result('resources/read', { uri })).contents;
    const notFound = revision === '2026-07-28' ? invalid : -32002;

    await t.check('list', async () => {
        const all = await everyPage(client, 'resources/list');
        must(
            all.every(({ uri, name }) => uri && name) && new Set(all.map(({ uri }) => uri)).size === all.length,
            JSON.stringify(all),
        );
    });
    await t.check('templates', async () => {
        const all = await everyPage(client, 'resources/templates/list');
        must(
            all.every(({ uriTemplate, name }) => uriTemplate && name),
            JSON.stringify(all),
        );
    });
    await t.check('read-text', async () =>
        same(await read('test://static-text'), [
            {
                uri: 'test://static-text',
                mimeType: 'text/plain',
                text: 'This is the content of the static text resource.',
            },
        ]),
    );
    await t.check('read-blob', async () => {
        const [{ uri, mimeType, blob }] = await read('test://static-binary');
        must(
            uri === 'test://static-binary' &&
                mimeType === 'image/png' &&
                Buffer.from(blob, 'base64').toString('latin1').startsWith('\x89PNG'),
            `${uri} ${mimeType} ${blob}`,
        );
    });
    await t.check('read-template', async () => {
        const [{ uri, text }] = await read('test://template/123/data');
        must(uri === 'test://template/123/data', `the uri is ${uri}`);
        same(JSON.parse(text), { id: '123', templateTest: true, data: 'Data for ID: 123' });
    });
    await t.check('read-template-percent-encoded', async () => {
        const [{ text }] = await read('test://template/a%20b%C3%BC/data');
        must(JSON.parse(text).id === 'a bü', text);
    });
    for (const uri of [
        'test://nonexistent-resource-for-conformance-testing',
        'test://template/1/2/data',
        'nonsense',
        '',
    ]) {
        await t.check(`not-found-${uri.replace(/\W+/g, '-') || 'empty'}`, async () => {
            const error = await client.error(uri ? notFound : [notFound, invalid], 'resources/read', { uri });
            must(!uri || error.data?.uri === uri, `data.uri is ${JSON.stringify(error.data)}`);
        });
    }
    for (const [name, params] of Object.entries({ 'without-a-uri': {}, 'with-a-number': { uri: 1 } })) {
        await t.check(`refused-${name}`, () => client.error(invalid, 'resources/read', params));
    }
});

const changed = (uri) => (json) =>
    json.method === 'notifications/resources/updated' && (!uri || json.params?.uri === uri);

scenario(
    'resource-subscriptions',
    { ...legacy, needs: { resources, tools: ['test_trigger_resource_change'], capability: ['resources.subscribe'] } },
    async (t) => {
        const client = await t.client();
        const watched = 'test://watched-resource';

        await t.check('nothing-without-a-subscription', async () => {
            await client.call('test_trigger_resource_change');
            await client.silence(changed());
        });
        await t.check('subscribe-answers-an-empty-result', async () =>
            same(await client.result('resources/subscribe', { uri: watched }), {}),
        );
        await t.check('updated-arrives', async () => {
            await client.call('test_trigger_resource_change');
            await client.server.next(changed(watched), 'notifications/resources/updated');
        });
        await t.check('subscribing-twice-tells-once', async () => {
            await client.result('resources/subscribe', { uri: watched });
            await client.call('test_trigger_resource_change');
            await client.server.next(changed(watched), 'notifications/resources/updated');
            await client.silence(changed());
        });
        await t.check('unsubscribe-ends-it', async () => {
            same(await client.result('resources/unsubscribe', { uri: watched }), {});
            await client.call('test_trigger_resource_change');
            await client.silence(changed());
        });
        await t.check('unsubscribing-again-is-harmless', async () =>
            same(await client.result('resources/unsubscribe', { uri: watched }), {}),
        );
        for (const [method, params] of [
            ['subscribe', {}],
            ['subscribe', { uri: 1 }],
            ['unsubscribe', {}],
        ]) {
            await t.check(`refused-${method}-${'uri' in params ? 'number' : 'without-uri'}`, () =>
                client.error(invalid, `resources/${method}`, params),
            );
        }
    },
);

scenario(
    'list-changes',
    {
        ...legacy,
        needs: { tools: ['test_trigger_tool_change', 'test_trigger_prompt_change'], capability: ['tools.listChanged'] },
    },
    async (t) => {
        const client = await t.client();
        for (const kind of ['tool', 'prompt']) {
            await t.check(`${kind}s`, async () => {
                const is = (json) => json.method === `notifications/${kind}s/list_changed`;
                await client.call(`test_trigger_${kind}_change`);
                await client.server.next(is, `notifications/${kind}s/list_changed`);
                await client.silence(is);
            });
        }
    },
);

// ---- Prompts and completion -----------------------------------------------------------------------

scenario(
    'prompts',
    {
        needs: {
            prompts: [
                'test_simple_prompt',
                'test_prompt_with_arguments',
                'test_prompt_with_embedded_resource',
                'test_prompt_with_image',
            ],
        },
    },
    async (t) => {
        const client = await t.client();
        const get = async (name, args) =>
            (await client.result('prompts/get', { name, ...(args ? { arguments: args } : {}) })).messages;

        await t.check('list', async () => {
            const all = await everyPage(client, 'prompts/list');
            must(
                all.every(({ name, description }) => name && description) &&
                    new Set(all.map(({ name }) => name)).size === all.length,
                JSON.stringify(all),
            );
            const args = all.find(({ name }) => name === 'test_prompt_with_arguments').arguments;
            same(
                args.map(({ name, required }) => [name, required]),
                [
                    ['arg1', true],
                    ['arg2', true],
                ],
            );
        });
        await t.check('without-arguments', async () =>
            same(await get('test_simple_prompt'), [
                { role: 'user', content: { type: 'text', text: 'This is a simple prompt for testing.' } },
            ]),
        );
        await t.check('with-arguments', async () => {
            const [{ content }] = await get('test_prompt_with_arguments', { arg1: 'tést"1', arg2: 'b\nc' });
            must(content.text === "Prompt with arguments: arg1='tést\"1', arg2='b\nc'", content.text);
        });
        await t.check('with-an-embedded-resource', async () => {
            const [first, second] = await get('test_prompt_with_embedded_resource', { resourceUri: 'test://example' });
            must(
                first.content.type === 'resource' &&
                    first.content.resource.uri === 'test://example' &&
                    second.content.type === 'text',
                JSON.stringify([first, second]),
            );
        });
        await t.check('with-an-image', async () => {
            const [first] = await get('test_prompt_with_image');
            must(first.content.type === 'image' && first.content.mimeType === 'image/png', JSON.stringify(first));
        });
        for (const [name, params] of Object.entries({
            'unknown-name': { name: 'no_such_prompt' },
            'without-a-name': {},
            'with-a-number-for-a-name': { name: 1 },
            'without-a-required-argument': { name: 'test_prompt_with_arguments', arguments: { arg1: 'x' } },
            'with-a-number-for-an-argument': { name: 'test_prompt_with_arguments', arguments: { arg1: 1, arg2: 'x' } },
            'with-a-list-of-arguments': { name: 'test_simple_prompt', arguments: [] },
        })) {
            await t.check(`refused-${name}`, () => client.error(invalid, 'prompts/get', params));
        }
    },
);

const promptRef = { type: 'ref/prompt', name: 'test_prompt_with_arguments' };
const templateRef = { type: 'ref/resource', uri: 'test://template/{id}/data' };

scenario(
    'completion',
    { needs: { prompts: ['test_prompt_with_arguments'], templates: ['test://template/{id}/data'] } },
    async (t) => {
        const client = await t.client();
        const complete = async (ref, name, value, more = {}) =>
            (await client.result('completion/complete', { ref, argument: { name, value }, ...more })).completion;
        const bounded = ({ values, total, hasMore }) =>
            must(
                Array.isArray(values) &&
                    values.length <= 100 &&
                    (total === undefined || total >= values.length) &&
                    (hasMore === undefined || typeof hasMore === 'boolean'),
                JSON.stringify({ values, total, hasMore }),
            );

        await t.check('of-a-prompt', async () => {
            const found = await complete(promptRef, 'arg1', 'test');
            bounded(found);
            must(
                found.values.every((value) => value.toLowerCase().includes('test')),
                `${found.values}`,
            );
        });
        await t.check('of-a-template', async () => {
            const found = await complete(templateRef, 'id', '');
            bounded(found);
            must(found.values.length && !found.values.some((value) => typeof value !== 'string'), `${found.values}`);
        });
        await t.check('of-nothing-that-fits', async () =>
            bounded(await complete(promptRef, 'arg1', 'no such value \u{1f600}')),
        );
        await t.check('with-a-context', async () =>
            bounded(await complete(promptRef, 'arg2', 'test', { context: { arguments: { arg1: 'x' } } })),
        );
        for (const [name, params] of Object.entries({
            'unknown-prompt': { ref: { type: 'ref/prompt', name: 'no_such' }, argument: { name: 'a', value: '' } },
            'unknown-template': {
                ref: { type: 'ref/resource', uri: 'test://no/such' },
                argument: { name: 'a', value: '' },
            },
            'unknown-kind': { ref: { type: 'ref/tool', name: 'x' }, argument: { name: 'a', value: '' } },
            'without-a-ref': { argument: { name: 'arg1', value: '' } },
            'without-an-argument': { ref: promptRef },
            'with-a-number': { ref: promptRef, argument: { name: 'arg1', value: 1 } },
            'unknown-argument': { ref: promptRef, argument: { name: 'arg9', value: '' } },
        })) {
            await t.check(`refused-${name}`, () => client.error(invalid, 'completion/complete', params));
        }
    },
);
