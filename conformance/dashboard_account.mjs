// dashboard_account.mjs - the page at /account/dashboard in a real browser: signed in with a password, each control
// used against the real server, what it shows when there is nothing, too little or too much, and when a request fails.
import { DESKTOP, HOSTILE, PHONE, accessible, fits, must } from './dashboard_browser.mjs';

const EMAIL = 'ada@example.com', PASSWORD = 'correct horse battery', PATH = '/account/dashboard';
const POLICY = /^default-src 'none'; script-src 'nonce-([\w-]{22})'; style-src 'nonce-\1'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; trusted-types 'none'$/;
const DAY = 86400000;

// An account with a wallet, of which `apps` have spent.
async function wallet(house, apps) {
    const server = await house.serve('account');
    await server.tell(`${PASSWORD}\n`, 'user', 'add', EMAIL, '--name', 'Ada Lovelace', '--operator');
    await server.cli('ledger', 'grant', '1', '5000000', '--ref', 'a start');
    const token = (await server.cli('token', 'create', 'agent', '--scope', 'wallet')).trim();
    const ask = async (path, body) => (await fetch(`${server.url}/v1/reservations${path}`, { method: 'POST', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }, body: JSON.stringify(body) })).json();
    for (const [app, amount] of apps) {
        const { id } = await ask('', { amount, app });
        must((await ask(`/${id}/settle`, { amount })).status === 'settled', `${app} spends nothing`);
    }
    return server;
}

async function signIn(page, password = PASSWORD) {
    await page.getByLabel('Address').first().fill(EMAIL);
    await page.locator('#sign-in').getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
}

// What the server would say: one answer of GET `path`, changed.
function pretend(page, path, change) {
    return page.route(path, async (route) => {
        const answer = await route.fetch();
        return route.request().method() === 'GET' ? route.fulfill({ response: answer, json: change(await answer.json()) }) : route.fulfill({ response: answer });
    });
}

async function door({ tally, camera }, server, v) {
    const { page } = v;

    await tally.check('account: who is not signed in gets a 401 that is the way in; the policy is the contract\'s', async () => {
        await page.setViewportSize(PHONE);
        const answer = await page.goto(server.url + PATH);
        must(answer.status() === 401 && answer.headers()['www-authenticate'] === 'Bearer', `${answer.status()}`);
        must(POLICY.test(answer.headers()['content-security-policy']), answer.headers()['content-security-policy']);
        await page.getByRole('heading', { name: 'Sign in' }).waitFor();
        must(await page.locator('#board').isHidden(), 'the board is seen');
        await accessible(page);
        await fits(page);
        await camera(page, 'account-signed-out');
    });

    await tally.check('account: a wrong password is told, the right one opens it; the cookie is out of reach of scripts', async () => {
        await signIn(page, 'incorrect horse');
        await page.locator('#sign-in .wrong').getByText('password').waitFor();
        must((await page.evaluate(() => document.activeElement.name)) === 'password', 'the field has the focus');
        await signIn(page);
        await page.getByRole('heading', { name: 'Ada Lovelace' }).waitFor();
        must(!(await page.evaluate(() => document.cookie)), 'a script can read the cookie');
        must((await page.locator('#sign-in').getByLabel('Password').inputValue()) === '', 'the password stays in the page');
        must((await page.goto(server.url + PATH)).status() === 200, 'with the session it is a 200');
        const tab = await v.context.newPage(); // a link of another site: a 401, and the page asks as itself
        await tab.setContent(`<a href="${server.url}${PATH}">my account</a>`);
        const [linked] = await Promise.all([tab.waitForResponse(server.url + PATH), tab.getByRole('link').click()]);
        await tab.getByRole('heading', { name: 'Ada Lovelace' }).waitFor();
        must(linked.status() === 401, `a link of another site: ${linked.status()}`);
        await tab.close();
        v.ok();
    });
}

async function looks({ tally, camera }, v) {
    const { page } = v;
    // Ninety days of work, weekends off.
    await pretend(page, '**/account/spend?*', (said) => {
        const data = said.data.map((day, i) => ({ ...day, credits_used: new Date(day.date).getUTCDay() % 6 ? Math.round(60000 + 45000 * Math.sin(i / 5) + 900 * i) : i % 3 * 4000 }));
        return { ...said, data, total_credits_used: data.reduce((sum, day) => sum + day.credits_used, 0) };
    });
    await page.reload();
    for (const [name, viewport, colorScheme, judge] of [['desktop', DESKTOP, 'light', fits], ['desktop-dark', DESKTOP, 'dark', accessible], ['phone-dark', PHONE, 'dark', fits], ['phone', PHONE, 'light', accessible]]) {
        await tally.check(`account, ${name}: nothing for axe to find, it fits, nothing is asked for elsewhere`, async () => {
            await page.setViewportSize(viewport);
            await page.emulateMedia({ colorScheme });
            await page.locator('.bar-of-day').nth(10).waitFor();
            await page.locator('#apps li').first().waitFor();
            await fits(page);
            await judge(page);
            await camera(page, `account-${name}`);
            v.ok();
        });
    }
    await page.unroute('**/account/spend?*');
}

async function keys({ tally }, v) {
    const { page } = v;
    await tally.check('account: the keyboard gets everywhere, and the chart is read by its arrows', async () => {
        const active = (part) => page.evaluate((p) => document.activeElement[p], part);
        await page.setViewportSize(DESKTOP);
        await page.reload();
        await page.locator('.bar-of-day').first().waitFor();
        await page.keyboard.press('Tab');
        must((await active('className')) === 'skip', 'the first stop skips to the account');
        await page.keyboard.press('Enter');
        must((await active('id')) === 'title', 'the skip link leads to the account');
        await page.keyboard.press('Tab');
        must((await active('textContent')) === '7 days', await active('textContent'));
        const asked = page.waitForRequest(/period=7d/);
        await page.keyboard.press('Enter');
        await asked;
        must((await active('textContent')) === '7 days', 'the focus is lost');
        await page.locator('#spent').getByText('in 7 days').waitFor();
        must((await page.locator('#days tr').count()) === 7, 'the table has other days');
        await page.locator('.chart svg').focus();
        await page.keyboard.press('End');
        must(/^1,234,567 credits on /.test(await page.locator('#readout').innerText()), await page.locator('#readout').innerText());
        await page.keyboard.press('ArrowLeft');
        must(/^0 credits on /.test(await page.locator('#readout').innerText()), 'the arrows move');
        v.ok();
    });
}

// ---- Each control, once, for real ----

const balanceOf = (page) => page.locator('#figure b').innerText();

async function controls({ tally }, server, v) {
    const { page } = v;

    await tally.check('account: the automatic top-off is changed in place, and what is refused is told at its field', async () => {
        const form = page.locator('#topoff');
        await form.getByLabel('Order credits').check();
        await form.getByLabel('Threshold').fill('4000000');
        await form.getByLabel('Credits to order').fill('8500000');
        await form.getByRole('button', { name: 'Save' }).click();
        await form.getByText('Saved.').waitFor();
        await page.locator('#pill').getByText('Below the threshold').waitFor();
        await page.reload();
        await page.locator('#pill').getByText('Below the threshold').waitFor();
        must((await form.getByLabel('Credits to order').inputValue()) === '8500000' && (await form.getByLabel('Order credits').isChecked()), 'it was not kept');
        await form.evaluate((element) => (element.noValidate = true)); // as a browser would that asks nothing
        await form.getByLabel('Threshold').fill('-1');
        await form.getByRole('button', { name: 'Save' }).click();
        await form.locator('.wrong').getByText('whole number').waitFor();
        must((await page.evaluate(() => [document.activeElement.name, document.activeElement.ariaInvalid])).join() === 'auto_topoff_threshold,true', 'the field is not told');
        v.ok();
    });

    await tally.check('account: the profile is changed, cleared, and refused in the server\'s words', async () => {
        const form = page.locator('#profile'), save = form.getByRole('button', { name: 'Save' });
        await form.getByLabel('Name').fill('Countess');
        await form.getByLabel('Picture').fill('https://img.example.com/ada.png');
        await form.getByLabel('Metadata').fill('{"team": "blue"}');
        await save.click();
        await page.getByRole('heading', { name: 'Countess' }).waitFor();
        must((await page.getByRole('link', { name: 'See the picture' }).getAttribute('href')) === 'https://img.example.com/ada.png', 'no picture');
        await form.getByLabel('Metadata').fill('{"team"');
        await save.click();
        await form.locator('.wrong').getByText('not JSON').waitFor();
        await form.getByLabel('Metadata').fill('');
        await form.getByLabel('Picture').fill('https://10.0.0.1/x');
        await save.click();
        await form.locator('.wrong').getByText('public host').waitFor();
        await form.getByLabel('Picture').fill('');
        await save.click();
        await form.getByText('Saved.').waitFor();
        await page.getByRole('link', { name: 'See the picture' }).waitFor({ state: 'hidden' });
        v.ok();
    });

    await tally.check('account: a package is ordered, and its credits are seen when the operator has approved it', async () => {
        const before = await balanceOf(page);
        const answered = page.waitForResponse(/billing\/checkout/);
        await page.getByRole('button', { name: /^Buy Starter/ }).click();
        const { session_id: id } = await (await answered).json();
        await page.locator('#orders').getByText('pending').waitFor();
        await server.cli('order', 'approve', id);
        await page.locator('#orders').getByText('paid', { exact: true }).waitFor();
        await page.locator('#figure').getByText('7,815,433').waitFor(); // 4,050,000 more
        must(before === '3,765,433' && /Starter is paid/.test(await page.locator('#said').textContent()), before);
        v.ok();
    });
}

// ---- What there may be, and what may fail ----

async function states({ tally, camera }, v) {
    const { page } = v;

    await tally.check('account: nothing spent, a debt, more than fits a double, and hostile names as text', async () => {
        const account = (change) => pretend(page, '**/account', (said) => ({ ...said, ...change }));
        await page.setViewportSize(PHONE);
        await account({ balance: -1234567, name: null, linked_providers: ['google'] });
        await pretend(page, '**/account/spend?*', (said) => ({ ...said, total_credits_used: 0, data: said.data.map((day) => ({ ...day, credits_used: 0 })) }));
        await pretend(page, '**/account/apps', () => ({ apps: [] }));
        await page.reload();
        await page.locator('.pill.critical').getByText('Overdrawn').waitFor();
        await page.getByText('Nothing was spent in this time').waitFor();
        await page.getByText('No app has spent credits').waitFor();
        await page.getByText('google').waitFor();
        await page.getByRole('heading', { name: EMAIL }).waitFor();
        await accessible(page);
        await fits(page);
        await camera(page, 'account-debt');
        await page.unrouteAll();
        const most = Number.MAX_SAFE_INTEGER;
        await account({ balance: most, name: HOSTILE[0] });
        await pretend(page, '**/account/spend?*', (said) => ({ ...said, total_credits_used: most, data: said.data.map((day, i) => ({ ...day, credits_used: i ? 0 : most })) }));
        await pretend(page, '**/account/apps', () => ({ apps: HOSTILE.map((name, i) => ({ app_id: `${i}`, name, credits_used: most - i, last_used_at: new Date(Date.now() - i * DAY).toISOString() })) }));
        await page.reload();
        await page.locator('#apps li').nth(HOSTILE.length - 1).waitFor();
        must((await balanceOf(page)) === '9,007,199,254,740,991', await balanceOf(page));
        must(await page.locator('#figure b').evaluate((b) => b.offsetHeight < 2 * parseFloat(getComputedStyle(b).fontSize)), 'it is broken into two lines');
        const shown = await page.locator('#apps b').allInnerTexts();
        must(HOSTILE.every((name) => shown.includes(name)), () => `${HOSTILE.filter((name) => !shown.includes(name))}`);
        must((await page.locator('h1').last().innerText()).includes(HOSTILE[0]), 'the name');
        must((await page.evaluate(() => window.ran)) === undefined && (await page.locator('main img, main script').count()) === 0, 'a name became markup');
        await fits(page);
        await camera(page, 'account-hostile');
        await page.unrouteAll();
        v.ok();
    });

    await tally.check('account: a part that fails says so and is asked for again; so does the whole', async () => {
        await page.route('**/account/spend?*', (route) => route.abort());
        await page.route('**/account/apps', (route) => route.fulfill({ status: 503, json: { error: { code: 'server_error', message: 'not now', hint: 'Try again in a moment.' } } }));
        await page.reload();
        await page.locator('#spend-failed').getByText('does not answer').waitFor();
        await page.locator('#apps-failed').getByText('Not now. Try again in a moment.').waitFor();
        await accessible(page);
        await camera(page, 'account-failed');
        await page.unrouteAll();
        await page.locator('#spend-failed').getByRole('button', { name: 'Try again' }).click();
        await page.locator('.bar-of-day').first().waitFor();
        await page.locator('#apps-failed').getByRole('button', { name: 'Try again' }).click();
        await page.locator('#apps li').first().waitFor();
        await page.route('**/account', (route) => route.abort());
        await page.reload();
        await page.locator('#notice').getByText('does not answer').waitFor();
        await page.unrouteAll();
        await page.locator('#notice').getByRole('button', { name: 'Try again' }).click();
        await page.getByRole('heading', { name: 'Countess' }).waitFor();
        must(await page.locator('#notice').isHidden(), 'the notice stays');
        v.ok();
    });
}

async function ends({ tally, camera }, server, v) {
    const { page } = v;

    await tally.check('account: a session that has ended is told, and nothing stays on the page; so does signing out', async () => {
        await server.tell(`${PASSWORD}!\n`, 'user', 'password', EMAIL); // which ends every session
        await page.getByRole('button', { name: /^Buy Basic/ }).click();
        await page.getByRole('heading', { name: 'Your session has ended' }).waitFor();
        must(!(await page.locator('#board').textContent()).match(/Countess|ada@|Starter|credits in/), 'something stays');
        await signIn(page, `${PASSWORD}!`);
        await page.getByRole('heading', { name: 'Countess' }).waitFor();
        const late = Promise.withResolvers(), held = Promise.withResolvers();
        await page.route('**/account/apps', async (route) => {
            const answer = await route.fetch();
            held.resolve();
            await late.promise;
            await route.fulfill({ response: answer });
        });
        await page.reload();
        await held.promise;
        await page.getByRole('button', { name: 'Sign out' }).click();
        await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
        must((await v.context.cookies()).length === 0, 'the cookie is still there');
        const answered = page.waitForResponse('**/account/apps');
        late.resolve();
        await (await answered).finished();
        must((await page.locator('#apps').textContent()) === '', 'an answer that comes late is shown');
        await page.unrouteAll();
        v.ok();
    });

    await tally.check('account: the password deletes it, and a wrong one does not', async () => {
        await signIn(page, `${PASSWORD}!`);
        await page.getByRole('button', { name: 'Delete the account' }).click();
        const dialog = page.locator('#ending');
        await dialog.getByLabel('Password').fill('incorrect horse');
        await dialog.getByRole('button', { name: 'Delete for ever' }).click();
        await dialog.locator('.wrong').getByText('not the password').waitFor();
        await accessible(page);
        await camera(page, 'account-delete');
        await dialog.getByLabel('Password').fill(`${PASSWORD}!`);
        await dialog.getByRole('button', { name: 'Delete for ever' }).click();
        await page.getByText('Your account has been deleted.').waitFor();
        must((await page.goto(server.url + PATH)).status() === 401, 'it opens still');
        await v.done();
    });
}

export async function account(scene) {
    const server = await wallet(scene.house, [['Agent', 1234000], ['<b>Builder</b>', 560], ['Night shift', 7]]);
    const v = await scene.browser.visitor(server, { mayFail: /status of (400|401|503)|ERR_/ });
    await door(scene, server, v);
    await keys(scene, v);
    await looks(scene, v);
    await controls(scene, server, v);
    await states(scene, v);
    await ends(scene, server, v);
    await server.stop();
}
