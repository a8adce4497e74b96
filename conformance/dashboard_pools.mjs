// dashboard_pools.mjs - the page at / in a real browser: signed in by a link that opens once, with 0, 1 and 500
// pools and with names that want to be markup; live, with the keyboard, in light and in dark, on a phone and on a
// desktop; what the policy forbids stays forbidden.
import { DESKTOP, HOSTILE, PHONE, accessible, fits, must, readings } from './dashboard_browser.mjs';

// Who it is, from the link of `cistern login`, without a browser.
async function signIn(server) {
    const code = (await server.cli('login')).trim().split('#')[1];
    const answer = await fetch(`${server.url}/login`, { method: 'POST', headers: { 'Content-Type': 'application/json', Origin: server.url }, body: JSON.stringify({ code }) });
    must(answer.status === 204, `${answer.status}`);
    return answer.headers.get('set-cookie').split(';')[0];
}

// The demo, seen by two: one at a desktop, who stays signed in, and one with a phone, who comes and goes.
async function signing({ tally, browser, camera, demo }) {
    const v = await browser.visitor(demo), other = await browser.visitor(demo, { viewport: PHONE });

    await tally.check('sign in: the code is in no request, leaves the address, and works once', async () => {
        const urls = [];
        v.page.on('request', (r) => urls.push(`${r.url()} ${r.headers().referer ?? ''}`));
        const link = (await demo.cli('login')).trim();
        const code = link.split('#')[1];
        await v.page.goto(link);
        await v.page.waitForURL(`${demo.url}/`);
        await v.page.locator('.card').first().waitFor();
        must(urls.every((url) => !url.includes(code)), 'the code is in a URL or Referer');
        must(!(await v.page.evaluate(() => document.cookie)), 'a script can read the cookie');
        const [cookie] = await v.context.cookies();
        must(cookie.httpOnly && cookie.sameSite === 'Strict' && cookie.path === '/', JSON.stringify(cookie));
        await other.page.goto(link);
        await other.page.getByText('This link does not open any more').waitFor();
        must((await other.context.cookies()).length === 0, 'the second got a cookie');
        must(other.page.url() === `${demo.url}/login`, other.page.url());
        must(!demo.errors().includes(code), 'the code is in the log');
        await accessible(other.page);
        await camera(other.page, 'pools-link-used');
        v.ok();
        other.ok();
    });

    await tally.check('sign in: somebody who is not is told how, and is let in by the link', async () => {
        await other.page.goto(demo.url);
        await other.page.getByText('cistern login').waitFor();
        must(await other.page.locator('#board').isHidden(), 'the board is seen');
        await accessible(other.page);
        await camera(other.page, 'pools-signed-out');
        const tab = await other.context.newPage();
        await tab.goto((await demo.cli('login')).trim());
        await tab.locator('.card').first().waitFor();
        await tab.close();
        await other.page.getByRole('button', { name: 'I have opened the link' }).click();
        await other.page.locator('.card').first().waitFor();
        other.ok();
    });

    await tally.check('sign out: the session is over, also for whoever kept the cookie, and nothing stays on the page', async () => {
        const [cookie] = await other.context.cookies();
        await other.page.getByRole('button', { name: 'Sign out' }).click();
        await other.page.getByText('You are signed out').waitFor();
        must((await other.context.cookies()).length === 0, 'the cookie is still there');
        must((await other.page.locator('.card').count()) === 0, 'cards are still there');
        const answer = await fetch(`${demo.url}/api/v1/pools`, { headers: { Cookie: `${cookie.name}=${cookie.value}` } });
        must(answer.status === 401, `${answer.status} with the old cookie`);
        other.ok();
    });

    return [v, other];
}

async function revoked({ tally, demo }, other) {
    await tally.check('revoked at the command line: the page says so within seconds', async () => {
        await other.enter(demo, '--read-only');
        must(await other.page.locator('#keys-section').isHidden(), 'a read-only session sees keys');
        const list = JSON.parse(await demo.cli('login', 'list', '--json')).logins;
        await demo.cli('login', 'revoke', list.findLast((login) => login.scopes.length === 1).id);
        await other.page.getByText('You are signed out').waitFor(); // nothing else has changed
        await other.done();
    });
}

async function session({ tally, demo }) {
    await tally.check('a session opens the REST routes and not MCP; from another port it opens and changes nothing', async () => {
        const cookie = await signIn(demo);
        const ask = async (path, init = {}) => (await fetch(demo.url + path, { ...init, headers: { Cookie: cookie, ...init.headers } })).status;
        const body = JSON.stringify({ name: 'x', url: 'https://example.com/' }), json = { 'Content-Type': 'application/json' };
        must((await ask('/api/v1/pools')) === 200, 'its own GET');
        must((await ask('/mcp', { method: 'POST', body: '{}', headers: json })) === 401, 'MCP');
        must((await ask('/api/v1/pools', { headers: { Cookie: '', Authorization: `Bearer ${cookie.split('=')[1]}` } })) === 401, 'as a bearer');
        must((await ask('/api/v1/pools', { headers: { Origin: 'http://127.0.0.1:1' } })) === 403, 'a read for a page of another port');
        must((await ask('/api/v1/webhooks', { method: 'POST', body, headers: { ...json, Origin: 'http://127.0.0.1:1' } })) === 403, 'a change by one');
        must((await ask('/api/v1/webhooks', { method: 'POST', body, headers: json })) === 403, 'a change without an Origin');
        must((await ask('/api/v1/webhooks', { method: 'POST', body, headers: { ...json, Origin: demo.url } })) === 201, 'a change of its own');
    });
}

// ---- What it shows ----

// What axe judges depends on the colours and on the width: each is seen by it, and each pair fits.
async function looks({ tally, camera }, v) {
    for (const [name, viewport, colorScheme, judge] of [['desktop', DESKTOP, 'light', fits], ['desktop-dark', DESKTOP, 'dark', accessible], ['phone-dark', PHONE, 'dark', fits], ['phone', PHONE, 'light', accessible]]) {
        await tally.check(`${name}: nothing for axe to find, it fits, nothing is asked for elsewhere`, async () => {
            await v.page.setViewportSize(viewport);
            await v.page.emulateMedia({ colorScheme });
            await v.page.locator('.spark:not(.none)').first().waitFor({ state: 'attached' });
            must((await v.page.locator('.card').count()) === 11, 'cards are missing');
            must(await v.page.locator('#alerts li').first().isVisible(), 'no alerts');
            must(await v.page.locator('#keys li').first().isVisible(), 'no keys');
            await fits(v.page);
            await judge(v.page);
            await camera(v.page, `pools-${name}`);
            await v.page.locator('.open').first().click();
            await v.page.locator('.chart .line').waitFor();
            await fits(v.page);
            await judge(v.page);
            await camera(v.page, `pools-${name}-pool`);
            await v.page.keyboard.press('Escape');
            v.ok();
        });
    }
}

async function keys({ tally }, v) {
    await tally.check('the keyboard gets everywhere and comes back', async () => {
        const active = (part) => v.page.evaluate((p) => document.activeElement[p], part);
        await v.page.setViewportSize(DESKTOP);
        await v.page.reload();
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
    });
}

async function policy({ tally, demo }, v) {
    await tally.check('what the policy forbids: scripts, markup, images, other sites, frames', async () => {
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
}

// ---- Live ----

async function live({ tally, camera, house }, v) {
    await tally.check('live: a reading of another process is seen within a second; a server that is gone is said, and found again', async () => {
        let server = await house.serve('live', { connections: [{ name: 'Hunter', tool: { name: 'Hunter' }, thresholds: { low: 100, critical: 10 }, readings: readings(620) }] });
        await v.enter(server);
        await v.page.locator('#live.on').waitFor();
        must((await v.page.title()) === 'Cistern', await v.page.title());
        await v.page.evaluate(() => {
            new MutationObserver(() => (window.seenAt ??= document.querySelector('.figure b')?.textContent === '9' ? Date.now() : undefined))
                .observe(document.body, { subtree: true, childList: true, characterData: true });
        });
        await server.cli('reading', 'add', 'Hunter', 'credits', '9');
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
        await camera(v.page, 'pools-server-gone');
        const again = await server.listen(server.address);
        await v.page.locator('#live.on').waitFor();
        must(await v.page.locator('#notice').isHidden(), 'the notice stays');
        v.ok();
        await again.stop();
        return `${Math.max(0, ms)} ms after the command had ended`;
    });
}

async function stream({ tally, house }) {
    await tally.check('event stream: a bearer may listen; a drain ends it', async () => {
        const server = await house.serve('stream', { connections: [{ name: 'One', tool: { name: 'One' }, readings: readings(5) }] });
        const token = (await server.cli('token', 'create', 'listener')).trim();
        const answer = await fetch(`${server.url}/api/v1/events`, { headers: { Authorization: `Bearer ${token}` } });
        must(answer.status === 200 && answer.headers.get('content-type') === 'text/event-stream', `${answer.status}`);
        must((await fetch(`${server.url}/api/v1/events`)).status === 401, 'without a credential');
        let text = '';
        const changed = Promise.withResolvers();
        const ended = (async () => {
            for await (const bytes of answer.body) {
                text += Buffer.from(bytes);
                if (text.split('event: change').length >= 3) {
                    changed.resolve();
                }
            }
        })();
        await server.cli('reading', 'add', 'One', 'credits', '4');
        await changed.promise;
        await server.stop(); // 0 only when nothing kept it from draining
        await ended;
    });
}

// ---- How many, and called what ----

async function empty({ tally, camera, house }, v) {
    await tally.check('0 pools: it says what to do', async () => {
        const server = await house.serve('empty', { connections: [] });
        await v.page.setViewportSize(PHONE);
        await v.enter(server);
        await v.page.getByText('Nothing is watched yet').waitFor();
        await accessible(v.page);
        await camera(v.page, 'pools-empty');
        await server.cli('connection', 'add', 'Hunter');
        await v.page.locator('.card.nodata').waitFor(); // 1 pool, without a reading
        must(await v.page.locator('#empty').isHidden(), 'the empty state stays');
        v.ok();
        await server.stop();
    });
}

async function many({ tally, camera, house }, v) {
    await tally.check('500 pools: all of them, found by name, and only what is looked at is asked for', async () => {
        const server = await house.serve('many', { connections: Array.from({ length: 500 }, (_, i) => ({ name: `Service ${String(i).padStart(3, '0')}`, tool: { name: 'Tool' }, readings: readings(i * 3).slice(-2) })) });
        let asked = 0;
        await v.page.setViewportSize(DESKTOP);
        v.page.on('request', (r) => (asked += r.url().includes('/history')));
        const began = Date.now();
        await v.enter(server);
        await v.page.locator('.card').nth(499).waitFor();
        const ms = Date.now() - began;
        await v.page.locator('.spark:not(.none)').first().waitFor({ state: 'attached' });
        must(asked < 60, `${asked} histories`);
        await v.page.getByRole('searchbox').fill('service 317');
        must((await v.page.locator('.card').count()) === 1, 'it is not found');
        await v.page.getByRole('searchbox').fill('');
        await camera(v.page, 'pools-500', false);
        v.ok();
        await server.stop();
        return `${ms} ms`;
    });
}

async function hostile({ tally, camera, house }, v) {
    await tally.check('hostile names are shown as text', async () => {
        const server = await house.serve('hostile', { connections: HOSTILE.map((name, i) => ({ name, tool: { name, topupUrl: `https://example.com/?${i}="><script>`.replaceAll(/["<>]/g, encodeURIComponent) },
            thresholds: { low: 90, critical: 10 }, readings: readings(80, { creditType: 'x', label: name, unit: name.slice(0, 16) }) })) });
        await server.cli('token', 'create', '<script>window.ran=1</script>');
        await v.enter(server);
        for (const viewport of [PHONE, DESKTOP]) {
            await v.page.setViewportSize(viewport);
            await v.page.locator('.spark:not(.none)').first().waitFor({ state: 'attached' });
            const shown = await v.page.locator('.card h2').allInnerTexts();
            must(HOSTILE.every((name) => shown.includes(name)), () => `${HOSTILE.filter((name) => !shown.includes(name))}`);
            must((await v.page.locator('#keys h3').first().innerText()).includes('<script>'), 'the key');
            await fits(v.page);
            await camera(v.page, `pools-hostile-${viewport.width}`);
            await v.page.locator('.open').first().click();
            await v.page.locator('.chart .line').waitFor();
            await fits(v.page);
            if (viewport === DESKTOP) {
                await accessible(v.page);
            }
            must((await v.page.evaluate(() => window.ran)) === undefined, 'a name ran');
            must((await v.page.locator('main img, main script').count()) === 0, 'a name became markup');
            await v.page.keyboard.press('Escape');
            v.ok();
        }
        await server.stop();
    });
}

export async function pools(scene) {
    const { browser, demo } = scene;
    const [settled, other] = await signing(scene);
    await revoked(scene, other);
    await session(scene);
    await looks(scene, settled);
    await keys(scene, settled);
    await policy(scene, settled);
    const guest = await browser.visitor(demo); // of one server after the other
    await live(scene, guest);
    await stream(scene);
    await empty(scene, guest);
    await many(scene, guest);
    await hostile(scene, guest);
    await guest.context.close();
}
