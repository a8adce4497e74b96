// mail.mjs CISTERN - what `cistern serve` and `cistern mail test` send through a strict mail server:
// the dialogue and each message are RFC 5321's and 5322's; TLS and the login are insisted on; 4xx is
// tried again, 5xx is not; a server that is killed sends one duplicate, the same bytes.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Tally, run, start } from './process.mjs';
import { startReceiver, until } from './receiver.mjs';
import { readMail, startSmtp } from './smtp.mjs';

const binary = process.argv[2];
const scratch = mkdtempSync(join(tmpdir(), 'cistern-mail-'));
const data = join(scratch, 'data');
const tally = new Tally();
const must = (condition, why) => {
    if (!condition) {
        throw new Error(why);
    }
};
const file = (name, text, mode = 0o600) => (writeFileSync(join(scratch, name), text, { mode }), join(scratch, name));
const FROM = 'cistern@example.org';
const PASSWORD = 'correct horse battery';
const login = { user: 'cistern', password: 'pa\\ss w\u00f6rd "1"' };

execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', join(scratch, 'key.pem'), '-out', join(scratch, 'cert.pem')], { stdio: 'ignore' });
const secure = { key: readFileSync(join(scratch, 'key.pem')), cert: readFileSync(join(scratch, 'cert.pem')) };

let says = {}; // a step: what is said instead
const plain = await startSmtp({ answer: (step, session) => says[`${step} ${session.rcpt}`] ?? says[step] });
const strict = await startSmtp({ secure, login });
const tlsless = await startSmtp();

const plainly = ['--mail-url', `smtp://127.0.0.1:${plain.port}`, '--mail-from', FROM, '--mail-plain'];
const strictly = (...more) => ['--mail-url', `smtp://127.0.0.1:${strict.port}/`, '--mail-from', FROM, ...more];
const ca = ['--outbound-ca', join(scratch, 'cert.pem')];
const loginFile = file('login', `${login.user}\n${login.password}\n`);
const test = (...args) => run(binary, ['mail', 'test', 'ada@example.com', ...args]);

// ---- mail test ----------------------------------------------------------------------------------

await tally.check('STARTTLS and the login are insisted on, and the certificate is verified', async () => {
    const good = await test(...strictly('--mail-login', loginFile), ...ca);
    must(good.status === 0 && /^sent: .* 250 2\.0\.0 kept\n$/.test(good.out), good.out + good.err);
    must(strict.kept.length === 1 && strict.kept[0].isSecure && strict.kept[0].isIn, 'not over TLS, or not signed in');
    const results = await Promise.all([
        test(...strictly('--mail-login', loginFile)),
        test(...strictly('--mail-login', file('wrong', `${login.user}\nwrong\n`)), ...ca),
        test('--mail-url', `smtp://127.0.0.1:${tlsless.port}`, '--mail-from', FROM),
    ]);
    const whys = [/no trustworthy TLS/, /does not take the login/, /no STARTTLS/];
    results.forEach(({ status, err }, i) => must(status === 69 && whys[i].test(err), `${status}: ${err}`));
    must(strict.kept.length === 1 && tlsless.kept.length === 0, 'a message went out all the same');
});

await tally.check('mail test says what the server said: taken, refused for now, refused for good', async () => {
    for (const [step, line, status] of [['RCPT', '450 4.2.1 not now', 75], ['MAIL', '552 5.2.2 full', 1], ['DATA', '554 5.7.1 no', 1], ['MESSAGE', '554 5.7.1 spam', 1], ['GREETING', '421 4.3.2 busy', 75]]) {
        says = { [step]: line };
        const { status: got, err } = await test(...plainly);
        must(got === status && err.includes(line), `${step}: ${got} ${err}`);
    }
    says = { QUIT: new Promise(() => {}) }; // a server that never says good-bye keeps nobody
    const begun = Date.now();
    const { status, out } = await test(...plainly);
    must(status === 0 && Date.now() - begun < 5000, `${status}: ${out} after ${Date.now() - begun} ms`);
    says = {};
});

await tally.check('config check judges it, and config print shows no password', async () => {
    const check = (...args) => run(binary, ['config', 'check', ...args]);
    must((await check(...plainly)).status === 0, 'a good one is refused');
    const wrong = [
        [['--mail-url', 'https://mail.example'], /--mail-url: its scheme is neither/],
        [['--mail-url', 'smtp://me:hunter2@mail.example', '--mail-from', FROM], /--mail-url: it carries a user name/],
        [['--mail-url', 'smtp://mail.example'], /--mail-from: it is not given/],
        [['--mail-url', 'smtp://mail.example', '--mail-from', 'a@example.org\r\nBcc: b@example.org'], /--mail-from/],
        [[...plainly, '--mail-login', loginFile], /not sent without TLS/],
        [strictly('--mail-login', file('short', 'only\n')), /a line with a user and one with a password/],
        [strictly('--mail-login', file('open', 'a\nb\n', 0o644)), /--mail-login: everybody can read/],
        [['--mail-from', FROM], /need --mail-url/],
    ];
    const all = await Promise.all(wrong.map(([args]) => check(...args)));
    all.forEach(({ status, err }, i) => must(status === 64 && wrong[i][1].test(err) && !err.includes('hunter2') && !err.includes(login.password), `${status}: ${err}`));
    const { out } = await run(binary, ['config', 'print', ...strictly('--mail-login', loginFile)]);
    const { out: hidden } = await run(binary, ['config', 'print', '--mail-url', 'smtp://me:hunter2@mail.example']);
    must(out.includes(loginFile) && !out.includes(login.password) && !hidden.includes('hunter2'), out + hidden);
});

// ---- serve --------------------------------------------------------------------------------------

const serve = (...mail) => start(binary, ['serve', '--listen', '127.0.0.1:0', '--data', data, '--log-level', 'info', '--open-registration', '--public-url', 'https://cistern.example', ...(mail.includes('--webhook-lease') ? [] : ['--webhook-lease', '1s']), ...mail]);
let server = await serve(...plainly);
let errors = '';

async function ask(method, path, body, session) {
    const answer = await fetch(server.url + path, { method, headers: { 'content-type': 'application/json', ...(session && { authorization: `Bearer ${session}` }) }, body: JSON.stringify(body) });
    must(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
    return answer.json();
}
async function leave(email) {
    const { session_token } = await ask('POST', '/auth/register', { email, password: PASSWORD });
    await ask('DELETE', '/account', { password: PASSWORD }, session_token);
}
// By commands beside the server, which know from the store that it sends mail.
async function remove(email) {
    for (const [command, input] of [['add', `${PASSWORD}\n`], ['remove', '']]) {
        const { status, err } = await run(binary, ['user', command, email, '--data', data], { input });
        must(status === 0, err);
    }
}
const sent = (address, n = 1) => until(`mail ${n} for ${address}`, () => plain.to(address).length >= n && plain.to(address)[n - 1], 90000);

await tally.check('a deleted account is told at the address that it had; 4xx is tried again, 5xx is not', async () => {
    says = { 'RCPT busy@example.com': '451 4.2.0 not now', 'RCPT gone@example.com': '550 5.1.1 <gone@example.com> is nobody' };
    await leave('busy@example.com');
    await remove('gone@example.com');
    await leave('Ada.Lovelace+x@example.com');
    const { headers, text } = readMail((await sent('Ada.Lovelace+x@example.com')).message);
    must(headers.subject === 'Your account was deleted' && headers.to === '<Ada.Lovelace+x@example.com>' && headers.from === `Cistern <${FROM}>`, JSON.stringify(headers));
    must(/^<[0-9a-f-]{36}@example\.org>$/.test(headers['message-id']) && Math.abs(Date.parse(headers.date) - Date.now()) < 60000, JSON.stringify(headers));
    must(/^The account with this address was deleted on 20..-..-.. at ..:.. UTC: /.test(text), text);
    await until('the log says both', () => / failed \(451 4\.2\.0\)/.test(server.errors()) && / given up \(550 5\.1\.1\)/.test(server.errors()));
    says = {};
});

await tally.check('kill -9 between the message and its answer: one duplicate, the same bytes', async () => {
    says = { 'MESSAGE kill@example.com': new Promise(() => {}) };
    await leave('kill@example.com');
    const first = await sent('kill@example.com');
    process.kill(server.pid, 'SIGKILL');
    errors += server.errors();
    says = {};
    server = await serve(...plainly);
    const second = await sent('kill@example.com', 2);
    must(second.message === first.message, 'the duplicate differs');
});

await tally.check('a mail server that takes its time holds up no webhook and no stop', async () => {
    const receiver = await startReceiver();
    await server.stop();
    errors += server.errors();
    server = await serve(...plainly, '--webhook-lease', '60s', '--outbound-http', '--outbound-allow', '127.0.0.1');
    says = { 'MESSAGE slow@example.com': new Promise(() => {}) };
    await leave('slow@example.com');
    await sent('slow@example.com');
    for (const [input, ...args] of [[`${receiver.url}/hook\n`, 'webhook', 'add', 'hook'], ['', 'connection', 'add', 'Hunter', '--tool', 'Hunter', '--low', '500'], ['', 'reading', 'add', 'Hunter', 'credits', '420']]) {
        const { status, err } = await run(binary, [...args, '--data', data], { input });
        must(status === 0, err);
    }
    await until('the webhook is told', () => receiver.requests.length, 20000);
    const begun = Date.now();
    await server.stop();
    must(Date.now() - begun < 5000, `it stopped after ${Date.now() - begun} ms`);
    errors += server.errors();
    receiver.close();
    says = {};
    server = await serve(...plainly);
    await sent('slow@example.com', 2);
});

await tally.check('what was refused for now came later, and nothing a third time', async () => {
    const message = await sent('busy@example.com');
    must(readMail(message.message).headers.subject === 'Your account was deleted', message.message);
    await server.stop();
    errors += server.errors();
    must(plain.to('kill@example.com').length === 2 && plain.to('gone@example.com').length === 0, 'one was sent again');
});

await tally.check('no address is in the log, every row is sound, and no client broke a rule', async () => {
    const verify = await run(binary, ['verify', '--data', data]);
    must(verify.status === 0, verify.err);
    for (const address of ['busy@example.com', 'gone@example.com', 'kill@example.com', 'Ada.Lovelace+x@example.com']) {
        must(!errors.includes(address), `${address} is in the log`);
    }
    must(!errors.includes(login.password), 'the password is in the log');
    const faults = [...plain.faults, ...strict.faults, ...tlsless.faults];
    must(faults.length === 0, faults.join('\n'));
});

[plain, strict, tlsless].forEach((one) => one.close());
rmSync(scratch, { recursive: true });
tally.finish();
