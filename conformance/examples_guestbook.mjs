// examples_guestbook.mjs - examples/guestbook.c with a real client of either era: what is signed is read and
// told, and the book is emptied only when the user says so.
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

import { Told } from './examples_files.mjs';
import { differences } from './process.mjs';

const uri = 'book://guests';

function same(got, want) {
    const wrong = differences(got, want);
    if (wrong.length) {
        throw new Error(wrong.join('\n'));
    }
}

async function visit(client, mode) {
    const answers = ['decline', 'accept'];
    client.setRequestHandler('elicitation/create', ({ params }) => {
        same(params.message, 'Throw all pages away?');
        const action = answers.shift();
        return action === 'accept' ? { action, content: {} } : { action };
    });
    const told = new Told(client);
    const call = async (name, args = {}) => client.callTool({ name, arguments: args });
    const read = async () => (await client.readResource({ uri })).contents[0].text;
    await (mode === 'legacy' ? client.subscribeResource({ uri }) : client.listen({ resourceSubscriptions: [uri] }));

    let signed;
    await told.after(() => (signed = call('sign', { name: 'Ada' })), uri);
    same((await signed).structuredContent, { guest: 1 });
    same((await call('sign', { name: 'Grace' })).structuredContent, { guest: 2 });
    same((await call('list_guests')).structuredContent, { guests: ['Ada', 'Grace'] });
    same(await read(), 'Ada\nGrace\n');
    const refused = await call('sign', { name: '' }).then(({ isError }) => isError, () => true);
    same(refused, true);
    same((await call('clear')).content[0].text, 'The book stays as it is.');
    same(await read(), 'Ada\nGrace\n');
    same((await call('clear')).content[0].text, 'The book is empty.');
    same((await call('list_guests')).structuredContent, { guests: [] });
}

export async function signGuestbook(tally, heard, binary) {
    for (const mode of ['legacy', { pin: '2026-07-28' }]) {
        await tally.check(`guestbook: signed, read, told, emptied when asked, ${mode.pin ?? mode}`, async () => {
            const client = new Client(
                { name: 'cistern-conformance', version: '1' },
                { versionNegotiation: { mode }, capabilities: { elicitation: { form: {} } } },
            );
            const [command, ...args] = heard.behind([binary]);
            await client.connect(new StdioClientTransport({ command, args, stderr: 'ignore' }));
            await visit(client, mode);
            await client.close();
        });
    }
}
