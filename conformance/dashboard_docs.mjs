// dashboard_docs.mjs - /docs in a real browser: it runs no script, asks for nothing but itself, fits a phone, can be
// used with the keyboard, and axe finds nothing, in light and in dark.
import { DESKTOP, PHONE, accessible, fits, must } from './dashboard_browser.mjs';

const SMALL = { width: 360, height: 740 }, LAPTOP = { width: 1280, height: 900 };

// The page as `what` sees it: loaded, and nothing else was asked for.
async function reader({ browser, demo }, what) {
    const url = `${demo.url}/docs`, asked = [];
    const v = await browser.visitor(demo, { mayFail: /^(?!)/, ...what });
    v.page.on('request', (r) => asked.push(r.url()));
    const answer = await v.page.goto(url, { waitUntil: 'load' });
    must(answer.status() === 200, `${answer.status()}`);
    must(await v.page.locator('h1').isVisible(), 'no heading');
    must((await v.page.locator('article').count()) >= 6, 'operations are missing');
    const alone = () => must(asked.every((one) => one === url || one.startsWith('data:')), () => `it asked for ${asked}`);
    return { ...v, answer, done: () => (alone(), v.done()) };
}

// Thousands of elements, whose markup is the same whatever they look like: of those rules once is enough.
const OF_LOOKS = ['color-contrast', 'link-in-text-block', 'target-size', 'scrollable-region-focusable', 'region'];
async function looksGood(page) {
    await accessible(page, OF_LOOKS);
    await accessible(page, undefined, 'nav.beside'); // which a phone does not have
}

// What axe judges depends on the colours and on the width: each is seen by it, and each pair fits.
async function looks({ tally, camera }, v) {
    for (const [name, viewport, colorScheme, judge] of [['on a phone', SMALL, 'light', accessible], ['on a phone, dark', PHONE, 'dark', fits], ['on a desktop, dark', LAPTOP, 'dark', looksGood], ['on a desktop', DESKTOP, 'light', fits]]) {
        await tally.check(`/docs ${name}: nothing is asked for, nothing is refused, it fits`, async () => {
            await v.page.setViewportSize(viewport);
            await v.page.emulateMedia({ colorScheme });
            await fits(v.page);
            await judge(v.page);
            await camera(v.page, `docs-${viewport.width}-${colorScheme}`, false);
            v.ok();
        });
    }
}

export async function docs(scene) {
    const { tally } = scene, v = await reader(scene, { viewport: SMALL, colorScheme: 'light' });
    await looks(scene, v);

    await tally.check('/docs: the style sheet is let in by its hash', async () => {
        const policy = v.answer.headers()['content-security-policy'];
        must(/^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; /.test(policy), policy);
        must((await v.page.evaluate(() => getComputedStyle(document.body).marginTop)) === '0px', 'the style sheet was refused');
        must((await v.page.locator('script').count()) === 0, 'a script');
    });

    await tally.check('/docs: the keyboard gets everywhere', async () => {
        const { page } = v;
        await page.keyboard.press('Tab');
        must((await page.evaluate(() => document.activeElement.className)) === 'skip', 'the first stop skips to the content');
        must((await page.locator('.skip').boundingBox()).x >= 0, 'the skip link is seen when it has the focus');
        await page.keyboard.press('Enter');
        await page.waitForURL(/#content$/);
        await page.locator('article summary').first().focus();
        await page.keyboard.press('Enter');
        await page.locator('article details[open]').first().waitFor(); // Enter opens the example
        const links = await page.locator('nav.beside a').evaluateAll((all) => all.filter((a) => !document.getElementById(a.hash.slice(1))).map((a) => a.hash));
        must(links.length === 0, `${links} leads nowhere`);
        await v.done();
    });

    await tally.check('/docs: without JavaScript it is the same, and with it nothing runs', async () => {
        const plain = await reader(scene, { javaScriptEnabled: false });
        await plain.done();
        const probed = await reader(scene, { mayFail: /Content Security Policy/ });
        const ran = await probed.page.evaluate(() => {
            const script = document.createElement('script');
            script.textContent = 'window.ran = true';
            document.body.append(script);
            const image = document.createElement('img');
            image.src = '/healthz';
            document.body.append(image);
            return new Promise((resolve) => (image.onerror = () => resolve(window.ran ?? false)));
        });
        must(ran === false, 'a script ran');
        await probed.context.close();
    });
}
