// docs.mjs CISTERN - /docs in a real browser: it runs no script, asks for nothing but itself, fits a
// phone, can be used with the keyboard, and axe finds nothing, in light and in dark.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

import { Tally, start } from './process.mjs';

const [cistern, pictures] = process.argv.slice(2); // PICTURES: a folder for screenshots
const tally = new Tally();
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

function must(condition, why) {
    if (!condition) {
        throw new Error(why);
    }
}

const scratch = mkdtempSync(join(tmpdir(), 'cistern-docs-'));
const server = await start(cistern, ['serve', '--demo', '--listen', '127.0.0.1:0', '--data', join(scratch, 'data'), '--log-level', 'error']);
// Without a sandbox of its own (the tests run as root), and silent towards the network.
const flags = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
// A browser that ends by itself has been seen twice on a busy machine: its last words are kept for the next time.
const words = [];
const logger = {
    isEnabled: (name) => name === 'browser',
    log: (name, severity, message) => words.push(String(message)),
};
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags, logger });
let isOver = false;
browser.on('disconnected', () => isOver || console.log(`the browser has ended: ${words.slice(-20).join('\n')}`));
const url = `${server.url}/docs`;

// The page as `what` sees it: loaded, with what went wrong meanwhile.
async function open(what) {
    const context = await browser.newContext(what);
    const page = await context.newPage();
    const complaints = [], requests = [];
    page.on('console', (m) => complaints.push(m.text()));
    page.on('pageerror', (e) => complaints.push(String(e)));
    page.on('request', (r) => requests.push(r.url()));
    const answer = await page.goto(url, { waitUntil: 'load' });
    return { context, page, complaints, requests, answer };
}

const views = {
    'on a phone': { viewport: { width: 360, height: 740 }, colorScheme: 'light' },
    'on a phone, dark': { viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
    'on a desktop': { viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
    'on a desktop, dark': { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
    'without JavaScript': { viewport: { width: 1280, height: 900 }, javaScriptEnabled: false },
};

// Each view is a page of its own, two at a time.
const waiting = Object.entries(views);
const look = async ([name, what]) => {
    await tally.check(`/docs ${name}: nothing is asked for, nothing is refused, it fits`, async () => {
        const { context, page, complaints, requests, answer } = await open(what);
        const outside = requests.filter((r) => r !== url && !r.startsWith('data:'));
        must(answer.status() === 200, `${answer.status()}`);
        must(complaints.length === 0, complaints.join('\n'));
        must(outside.length === 0, `it asked for ${outside}`);
        must(await page.locator('h1').isVisible(), 'no heading');
        must((await page.locator('article').count()) >= 6, 'operations are missing');
        if (pictures) {
            await page.screenshot({ path: join(pictures, `docs ${name}.png`.replaceAll(/[ ,]+/g, '-')), fullPage: true });
        }
        if (what.javaScriptEnabled !== false) {
            const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
            must(wide <= room, `${wide} pixels wide in ${room}`);
            await page.evaluate(axe);
            const { violations } = await page.evaluate(() => axe.run());
            must(violations.length === 0, violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html).join(' ')}`).join('\n'));
        }
        await context.close();
    });
};
const lookOn = async () => {
    while (waiting.length) {
        await look(waiting.shift());
    }
};
await Promise.all([lookOn(), lookOn()]);

await tally.check('/docs: the style sheet is let in by its hash, and nothing else', async () => {
    const { context, page, answer } = await open({});
    const policy = answer.headers()['content-security-policy'];
    must(/^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; /.test(policy), policy);
    must((await page.evaluate(() => getComputedStyle(document.body).marginTop)) === '0px', 'the style sheet was refused');
    must((await page.locator('script').count()) === 0, 'a script');
    const ran = await page.evaluate(() => {
        const script = document.createElement('script');
        script.textContent = 'window.ran = true';
        document.body.append(script);
        const image = document.createElement('img');
        image.src = '/healthz';
        document.body.append(image);
        return new Promise((resolve) => (image.onerror = () => resolve(window.ran ?? false)));
    });
    must(ran === false, 'a script ran');
    await context.close();
});

await tally.check('/docs: the keyboard gets everywhere', async () => {
    const { context, page } = await open({ viewport: { width: 1280, height: 900 } });
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
    await context.close();
});

isOver = true;
await browser.close();
await server.stop();
rmSync(scratch, { recursive: true, force: true });
tally.finish();
