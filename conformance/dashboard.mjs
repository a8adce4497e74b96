// dashboard.mjs CISTERN [PICTURES] - the page at / in a real browser: signed in by a link that opens
// once, with 0, 1 and 500 pools and with names that want to be markup; live, with the keyboard, in
// light and in dark, on a phone and on a desktop; what the policy forbids stays forbidden.
// PICTURES: a folder for screenshots, which are looked at.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

import { Tally, run, start } from './process.mjs';

const [cistern, pictures] = process.argv.slice(2);
const tally = new Tally();
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = { width: 390, height: 844 }, DESKTOP = { width: 1440, height: 900 };

function must(condition, why) {
    if (!condition) {
        throw new Error(why);
    }
}

const scratch = mkdtempSync(join(tmpdir(), 'cistern-dashboard-'));
const flags = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags });

// ---- A server, and somebody in front of it ----

async function cli(data, ...args) {
    const result = await run(cistern, [...args, '--data', data]);
    must(result.status === 0, `cistern ${args.join(' ')}: ${result.status}\n${result.err}`);
    return result.out;
}

async function serve(name, document, extra = []) {
    const data = join(scratch, name);
    if (document) {
        writeFileSync(join(scratch, `${name}.json`), JSON.stringify(document));
        await cli(data, 'import', join(scratch, `${name}.json`));
    }
    const server = await start(cistern, ['serve', '--listen', '127.0.0.1:0', '--data', data, '--log-level', 'error', ...extra]);
    return { ...server, data, link: async (...args) => (await cli(data, 'login', ...args)).trim() };
}

// A browser of its own, with everything that went wrong in it: words on the console, errors,
// violations of the policy, requests to elsewhere.
async function visitor(server, what = {}) {
    const context = await browser.newContext({ viewport: DESKTOP, locale: 'en-US', timezoneId: 'UTC', ...what });
    const page = await context.newPage();
    const wrong = [];
    page.setDefaultTimeout(20000);
    page.on('console', (m) => (m.type() === 'error' && /status of (401|403|503)|ERR_/.test(m.text()) ? 0 : wrong.push(m.text())));
    page.on('pageerror', (e) => wrong.push(String(e)));
    page.on('request', (r) => (r.url().startsWith(`${server.url}/`) || r.url().startsWith('data:') ? 0 : wrong.push(`asked for ${r.url()}`)));
    return { context, page, wrong, ok: () => must(wrong.length === 0, wrong.join('\n')) };
}

async function signedIn(server, what, ...args) {
    const v = await visitor(server, what);
    await v.page.goto(await server.link(...args));
    await v.page.waitForURL(`${server.url}/`);
    await v.page.locator('#board').waitFor();
    return v;
}

async function axeFinds(page) {
    await page.evaluate(axe); // by the debugger, which the policy does not bind
    const { violations } = await page.evaluate(() => axe.run({ rules: { region: { enabled: true } } }));
    return violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html).join(' ')}`).join('\n');
}

async function fits(page) {
    const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    must(wide <= room, `${wide} pixels wide in ${room}`);
}

async function picture(page, name) {
    if (pictures) {
        await page.screenshot({ path: join(pictures, `dashboard-${name}.png`) });
    }
}

const day = 86400000;
// A week of readings that fall to `balance`.
function readings(balance, rest = {}) {
    return Array.from({ length: 8 }, (_, i) => ({
        creditType: 'credits', unit: 'credits', label: 'Credits', balance: Math.round(balance + (7 - i) * 37 + (i % 3) * 11),
        recordedAt: new Date(Date.now() - (7 - i) * day - (i === 7 ? 60000 : 0)).toISOString(), ...rest,
    }));
}

// ---- Signing in ----

const demo = await serve('demo', null, ['--demo']);

await tally.check('sign in: the code is in no request, leaves the address, and works once', async () => {
    const v = await visitor(demo);
    const urls = [];
    v.page.on('request', (r) => urls.push(`${r.url()} ${r.headers().referer ?? ''}`));
    const link = await demo.link();
    const code = link.split('#')[1];
    await v.page.goto(link);
    await v.page.waitForURL(`${demo.url}/`);
    await v.page.locator('.card').first().waitFor();
    must(urls.every((url) => !url.includes(code)), 'the code is in a URL or Referer');
    must(!(await v.page.evaluate(() => document.cookie)), 'a script can read the cookie');
    const [cookie] = await v.context.cookies();
    must(cookie.httpOnly && cookie.sameSite === 'Strict' && cookie.path === '/', JSON.stringify(cookie));
    const other = await visitor(demo);
    await other.page.goto(link);
    await other.page.getByText('This link does not open any more').waitFor();
    must((await other.context.cookies()).length === 0, 'the second got a cookie');
    must(other.page.url() === `${demo.url}/login`, other.page.url());
    must(!demo.errors().includes(code), 'the code is in the log');
    v.ok();
    other.ok();
    await Promise.all([v.context.close(), other.context.close()]);
});

await tally.check('sign in: somebody who is not is told how, and is let in by the link', async () => {
    const v = await visitor(demo, { viewport: PHONE });
    await v.page.goto(demo.url);
    await v.page.getByText('cistern login').waitFor();
    must(await v.page.locator('#board').isHidden(), 'the board is seen');
    must(!(await axeFinds(v.page)), await axeFinds(v.page));
    await picture(v.page, 'signed-out');
    const tab = await v.context.newPage();
    await tab.goto(await demo.link());
    await tab.locator('.card').first().waitFor();
    await v.page.getByRole('button', { name: 'I have opened the link' }).click();
    await v.page.locator('.card').first().waitFor();
    v.ok();
    await v.context.close();
});

await tally.check('sign out: the session is over, also for whoever kept the cookie, and nothing stays on the page', async () => {
    const v = await signedIn(demo);
    const [cookie] = await v.context.cookies();
    await v.page.getByRole('button', { name: 'Sign out' }).click();
    await v.page.getByText('You are signed out').waitFor();
    must((await v.context.cookies()).length === 0, 'the cookie is still there');
    must((await v.page.locator('.card').count()) === 0, 'cards are still there');
    await v.context.addCookies([cookie]);
    const answer = await v.context.request.get(`${demo.url}/api/v1/pools`);
    must(answer.status() === 401, `${answer.status()} with the old cookie`);
    v.ok();
    await v.context.close();
});

await tally.check('a session opens the REST routes and not MCP; from another port it opens and changes nothing', async () => {
    const v = await signedIn(demo);
    const [cookie] = await v.context.cookies();
    const ask = async (path, init = {}) => (await fetch(demo.url + path, { ...init, headers: { Cookie: `${cookie.name}=${cookie.value}`, ...init.headers } })).status;
    const body = JSON.stringify({ name: 'x', url: 'https://example.com/' }), json = { 'Content-Type': 'application/json' };
    must((await ask('/api/v1/pools')) === 200, 'its own GET');
    must((await ask('/mcp', { method: 'POST', body: '{}', headers: json })) === 401, 'MCP');
    must((await ask('/api/v1/pools', { headers: { Cookie: '', Authorization: `Bearer ${cookie.value}` } })) === 401, 'as a bearer');
    must((await ask('/api/v1/pools', { headers: { Origin: 'http://127.0.0.1:1' } })) === 403, 'a read for a page of another port');
    must((await ask('/api/v1/webhooks', { method: 'POST', body, headers: { ...json, Origin: 'http://127.0.0.1:1' } })) === 403, 'a change by one');
    must((await ask('/api/v1/webhooks', { method: 'POST', body, headers: json })) === 403, 'a change without an Origin');
    must((await ask('/api/v1/webhooks', { method: 'POST', body, headers: { ...json, Origin: demo.url } })) === 201, 'a change of its own');
    await v.context.close();
});

await tally.check('revoked at the command line: the page says so within seconds', async () => {
    const v = await signedIn(demo, {}, '--read-only');
    must(await v.page.locator('#keys-section').isHidden(), 'a read-only session sees keys');
    const list = JSON.parse(await cli(demo.data, 'login', 'list', '--json')).logins;
    await cli(demo.data, 'login', 'revoke', list.findLast((login) => login.scopes.length === 1).id);
    await v.page.getByText('You are signed out').waitFor(); // nothing else has changed
    v.ok();
    await v.context.close();
});

// ---- What it shows ----

for (const [name, viewport, colorScheme] of [['phone', PHONE, 'light'], ['phone-dark', PHONE, 'dark'], ['desktop', DESKTOP, 'light'], ['desktop-dark', DESKTOP, 'dark']]) {
    await tally.check(`${name}: axe finds nothing, it fits, nothing is asked for elsewhere`, async () => {
        const v = await signedIn(demo, { viewport, colorScheme });
        await v.page.locator('.spark:not(.none)').first().waitFor({ state: 'attached' });
        must((await v.page.locator('.card').count()) === 11, 'cards are missing');
        must(await v.page.locator('#alerts li').first().isVisible(), 'no alerts');
        must(await v.page.locator('#keys li').first().isVisible(), 'no keys');
        must(!(await axeFinds(v.page)), await axeFinds(v.page));
        await fits(v.page);
        await picture(v.page, name);
        await v.page.locator('.open').first().click();
        await v.page.locator('.chart .line').waitFor();
        must(!(await axeFinds(v.page)), await axeFinds(v.page));
        await fits(v.page);
        await picture(v.page, `${name}-pool`);
        v.ok();
        await v.context.close();
    });
}

await tally.check('the keyboard gets everywhere and comes back', async () => {
    const v = await signedIn(demo);
    const active = (part) => v.page.evaluate((p) => document.activeElement[p], part);
    await v.page.locator('.card').first().waitFor();
    await v.page.keyboard.press('Tab');
    must((await active('className')) === 'skip', 'the first stop skips to the pools');
    await v.page.keyboard.press('Enter');
    must((await active('id')) === 'pools-title', 'the skip link leads to the pools');
    await v.page.keyboard.press('Tab');
    must((await active('id')) === 'find', 'then the search');
    await v.page.keyboard.type('twilio');
    must((await v.page.locator('.card').count()) === 1, 'it finds one');
    await v.page.keyboard.press('Tab'); // All
    while ((await active('className')) !== 'open') {
        await v.page.keyboard.press('Tab');
    }
    await v.page.keyboard.press('Enter');
    await v.page.locator('.chart .line').waitFor();
    must((await active('id')) === 'detail-title', 'the dialog has the focus');
    await v.page.locator('.chart svg').focus();
    await v.page.keyboard.press('End');
    must(/\$1\.12 on /.test(await v.page.locator('.readout').innerText()), await v.page.locator('.readout').innerText());
    await v.page.keyboard.press('ArrowLeft');
    must(!/\$1\.12 on /.test(await v.page.locator('.readout').innerText()), 'the arrows move');
    await v.page.keyboard.press('Escape');
    must((await active('className')) === 'open' && (await active('textContent')) === 'Twilio', 'back on the card');
    v.ok();
    await v.context.close();
});

await tally.check('what the policy forbids: scripts, markup, images, other sites, frames', async () => {
    const v = await signedIn(demo);
    const got = await v.page.evaluate(async () => {
        const refused = [];
        document.addEventListener('securitypolicyviolation', (e) => refused.push(e.effectiveDirective));
        const script = document.createElement('script');
        try { script.textContent = 'window.ran = 1'; document.body.append(script); } catch { refused.push('trusted-types'); }
        try { document.body.insertAdjacentHTML('beforeend', '<b>x</b>'); } catch { refused.push('trusted-types'); }
        const image = document.createElement('img');
        image.src = '/healthz';
        document.body.append(image);
        await new Promise((resolve) => (image.onerror = resolve));
        await fetch('http://127.0.0.1:9/').catch(() => {});
        await new Promise((resolve) => setTimeout(resolve)); // reports come as events
        return { refused, ran: window.ran ?? 0 };
    });
    must(got.ran === 0, 'a script ran');
    for (const part of ['trusted-types', 'img-src', 'connect-src']) {
        must(got.refused.includes(part), `${part} is not refused: ${got.refused}`);
    }
    const frame = await v.context.newPage();
    await frame.setContent(`<iframe src="${demo.url}/"></iframe>`);
    must(!(await frame.frames()[1].content()).includes('Cistern'), 'it can be framed');
    await v.context.close();
});

// ---- Live ----

await tally.check('live: a reading of another process is seen within a second; a server that is gone is said, and found again', async () => {
    const data = join(scratch, 'live');
    writeFileSync(join(scratch, 'live.json'), JSON.stringify({ connections: [{ name: 'Hunter', tool: { name: 'Hunter' }, thresholds: { low: 100, critical: 10 }, readings: readings(620) }] }));
    await cli(data, 'import', join(scratch, 'live.json'));
    const listen = (where) => start(cistern, ['serve', '--listen', where, '--data', data, '--log-level', 'error']);
    let server = await listen('127.0.0.1:0');
    const v = await signedIn({ ...server, data, link: async () => (await cli(data, 'login')).trim() });
    await v.page.locator('#live.on').waitFor();
    must((await v.page.title()) === 'Cistern', await v.page.title());
    await v.page.evaluate(() => {
        new MutationObserver(() => (window.seenAt ??= document.querySelector('.figure b')?.textContent === '9' ? Date.now() : undefined))
            .observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    await cli(data, 'reading', 'add', 'Hunter', 'credits', '9');
    const storedAt = Date.now();
    await v.page.locator('.card.critical').waitFor();
    const ms = (await v.page.evaluate(() => window.seenAt)) - storedAt;
    must(ms < 1000, `seen after ${ms} ms`);
    must((await v.page.title()) === '(1) Cistern', await v.page.title());
    must(/Hunter.* is now critical/.test(await v.page.locator('#said').textContent()), 'it is not said aloud');
    await v.page.locator('#alerts .critical').waitFor();
    await server.stop();
    await v.page.getByText('The server does not answer').waitFor();
    must(await v.page.locator('.card').isVisible(), 'what was known is gone');
    await picture(v.page, 'server-gone');
    server = await listen(server.address);
    await v.page.locator('#live.on').waitFor();
    must(await v.page.locator('#notice').isHidden(), 'the notice stays');
    v.ok();
    await v.context.close();
    await server.stop();
    return `${Math.max(0, ms)} ms after the command had ended`;
});

await tally.check('event stream: a bearer may listen; a drain ends it', async () => {
    const server = await serve('stream', { connections: [{ name: 'One', tool: { name: 'One' }, readings: readings(5) }] });
    const token = (await cli(server.data, 'token', 'create', 'listener')).trim();
    const answer = await fetch(`${server.url}/api/v1/events`, { headers: { Authorization: `Bearer ${token}` } });
    must(answer.status === 200 && answer.headers.get('content-type') === 'text/event-stream', `${answer.status}`);
    must((await fetch(`${server.url}/api/v1/events`)).status === 401, 'without a credential');
    let text = '';
    const ended = (async () => {
        for await (const bytes of answer.body) {
            text += Buffer.from(bytes);
        }
    })();
    await cli(server.data, 'reading', 'add', 'One', 'credits', '4');
    while (text.split('event: change').length < 3) {
        await new Promise((resolve) => setImmediate(resolve));
    }
    await server.stop(); // 0 only when nothing kept it from draining
    await ended;
});

// ---- How many, and called what ----

await tally.check('0 pools: it says what to do', async () => {
    const server = await serve('empty', { connections: [] });
    const v = await signedIn(server, { viewport: PHONE });
    await v.page.getByText('Nothing is watched yet').waitFor();
    must(!(await axeFinds(v.page)), await axeFinds(v.page));
    await picture(v.page, 'empty');
    await cli(server.data, 'connection', 'add', 'Hunter');
    await v.page.locator('.card.nodata').waitFor(); // 1 pool, without a reading
    must(await v.page.locator('#empty').isHidden(), 'the empty state stays');
    v.ok();
    await v.context.close();
    await server.stop();
});

await tally.check('500 pools: all of them, found by name, and only what is looked at is asked for', async () => {
    const server = await serve('many', { connections: Array.from({ length: 500 }, (_, i) => ({ name: `Service ${String(i).padStart(3, '0')}`, tool: { name: 'Tool' }, readings: readings(i * 3).slice(-2) })) });
    const v = await visitor(server);
    let asked = 0;
    v.page.on('request', (r) => (asked += r.url().includes('/history')));
    await v.page.goto(await server.link());
    const began = Date.now();
    await v.page.locator('.card').nth(499).waitFor();
    const ms = Date.now() - began;
    await v.page.locator('.spark:not(.none)').first().waitFor({ state: 'attached' });
    must(asked < 60, `${asked} histories`);
    await v.page.getByRole('searchbox').fill('service 317');
    must((await v.page.locator('.card').count()) === 1, 'it is not found');
    await v.page.getByRole('searchbox').fill('');
    await picture(v.page, '500');
    v.ok();
    await v.context.close();
    await server.stop();
    return `${ms} ms`;
});

await tally.check('hostile names are shown as text', async () => {
    const names = ['<script>window.ran=1</script>', '<img src=x onerror="window.ran=1">', '"><svg onload=window.ran=1>', 'javascript:window.ran=1', '{{nonce}}',
        'مصنع الأرصدة', '\u{1f9ea}\u{1f468}\u200d\u{1f469}\u200d\u{1f467} ünïcode', 'W'.repeat(80), '界'.repeat(80), '&lt;b&gt;', '__proto__', 'constructor'];
    const server = await serve('hostile', { connections: names.map((name, i) => ({ name, tool: { name, topupUrl: `https://example.com/?${i}="><script>` .replaceAll(/["<>]/g, encodeURIComponent) },
        thresholds: { low: 90, critical: 10 }, readings: readings(80, { creditType: 'x', label: name, unit: name.slice(0, 16) }) })) });
    await cli(server.data, 'token', 'create', '<script>window.ran=1</script>');
    for (const viewport of [PHONE, DESKTOP]) {
        const v = await signedIn(server, { viewport });
        await v.page.locator('.spark:not(.none)').first().waitFor({ state: 'attached' });
        const shown = await v.page.locator('.card h2').allInnerTexts();
        must(names.every((name) => shown.includes(name)), `${names.filter((name) => !shown.includes(name))}`);
        must((await v.page.locator('#keys h3').first().innerText()).includes('<script>'), 'the key');
        await fits(v.page);
        await picture(v.page, `hostile-${viewport.width}`);
        await v.page.locator('.open').first().click();
        await v.page.locator('.chart .line').waitFor();
        await fits(v.page);
        must(!(await axeFinds(v.page)), await axeFinds(v.page));
        must((await v.page.evaluate(() => window.ran)) === undefined, 'a name ran');
        must((await v.page.locator('main img, main script').count()) === 0, 'a name became markup');
        v.ok();
        await v.context.close();
    }
    await server.stop();
});

await browser.close();
await demo.stop();
rmSync(scratch, { recursive: true, force: true });
tally.finish();
