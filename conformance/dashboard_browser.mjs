// dashboard_browser.mjs - one browser for all pages, the servers in front of it, and who sits there.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

import { run, start } from './process.mjs';

export const PHONE = { width: 390, height: 844 }, DESKTOP = { width: 1440, height: 900 };
// Without a sandbox of its own (the tests run as root), and silent towards the network.
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export function must(condition, why) {
    if (!condition) {
        throw new Error(typeof why === 'function' ? why() : why);
    }
}

export const scratch = mkdtempSync(join(tmpdir(), 'cistern-pages-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

// ---- Servers ----

// The servers of `cistern`; each has a store of its own.
export function house(cistern) {
    const cli = async (data, args, input = '') => {
        const result = await run(cistern, [...args, '--data', data], { input });
        must(result.status === 0, () => `cistern ${args.join(' ')}: ${result.status}\n${result.err}`);
        return result.out;
    };
    const listen = (data, where, extra = []) => start(cistern, ['serve', '--listen', where, '--data', data, '--log-level', 'error', ...extra]);
    const serve = async (name, document, extra) => {
        const data = join(scratch, name);
        if (document) {
            writeFileSync(join(scratch, `${name}.json`), JSON.stringify(document));
            await cli(data, ['import', join(scratch, `${name}.json`)]);
        }
        const server = await listen(data, '127.0.0.1:0', extra);
        return { ...server, data, cli: (...args) => cli(data, args), tell: (input, ...args) => cli(data, args, input), listen: (where) => listen(data, where, extra) };
    };
    return { cli, listen, serve };
}

// ---- Visitors ----

// A browser that ends by itself has been seen twice on a busy machine: its last words are kept for the next time.
export async function open() {
    const words = [];
    const logger = { isEnabled: (name) => name === 'browser', log: (name, severity, message) => words.push(String(message)) };
    const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS, logger });
    let isOver = false;
    browser.on('disconnected', () => isOver || console.log(`the browser has ended: ${words.slice(-20).join('\n')}`));
    return {
        visitor: (server, what) => visitor(browser, server, what),
        close: () => {
            isOver = true;
            return browser.close();
        },
    };
}

// Somebody with cookies of their own, and everything that went wrong before them: words on the console, errors,
// violations of the policy, requests to elsewhere. `mayFail`: what the console may say.
async function visitor(browser, server, { mayFail = /status of (401|403|503)|ERR_/, ...what } = {}) {
    const context = await browser.newContext({ viewport: DESKTOP, locale: 'en-US', timezoneId: 'UTC', ...what });
    const page = await context.newPage();
    const wrong = [];
    let at = server;
    page.setDefaultTimeout(30000);
    page.on('console', (m) => (m.type() === 'error' && mayFail.test(m.text()) ? 0 : wrong.push(m.text())));
    page.on('pageerror', (e) => wrong.push(String(e)));
    page.on('request', (r) => (r.url().startsWith(`${at.url}/`) || r.url().startsWith('data:') ? 0 : wrong.push(`asked for ${r.url()}`)));
    const ok = () => must(wrong.length === 0, () => wrong.splice(0).join('\n'));
    return {
        context,
        page,
        ok,
        done: async () => {
            ok();
            await context.close();
        },
        // In at the door of the pools, of this server or another one.
        enter: async (other = at, ...args) => {
            await page.goto('about:blank'); // what is open goes on asking where it is from
            at = other;
            await page.goto((await at.cli('login', ...args)).trim());
            await page.waitForURL(`${at.url}/`);
            await page.locator('#board').waitFor();
        },
    };
}

// Axe finds nothing. By the debugger, which the policy does not bind; a page that was asked before has it. Only
// what is wrong is written up: the rest is half of its work.
// `what`: only these of its rules; `where`: only there.
export async function accessible(page, what, where) {
    if (!(await page.evaluate(() => 'axe' in window))) {
        await page.evaluate(axe);
    }
    const options = { resultTypes: ['violations'], selectors: false, iframes: false, preload: false, ...(what ? { runOnly: what } : { rules: { region: { enabled: true } } }) };
    const { violations } = await page.evaluate(([there, given]) => window.axe.run(there ?? document, given), [where, options]);
    must(violations.length === 0, () => violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html).join(' ')}`).join('\n'));
}

export async function fits(page) {
    const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    must(wide <= room, `${wide} pixels wide in ${room}`);
}

// Screenshots go into a folder, when one is named, and are looked at. /docs is too long for one.
export const camera = (folder) => async (page, name, fullPage = true) => {
    if (folder) {
        await page.screenshot({ path: join(folder, `${name}.png`), fullPage });
    }
};

// ---- What there is to see ----

const DAY = 86400000;
// A week of readings that fall to `balance`.
export function readings(balance, rest = {}) {
    return Array.from({ length: 8 }, (_, i) => ({
        creditType: 'credits', unit: 'credits', label: 'Credits', balance: Math.round(balance + (7 - i) * 37 + (i % 3) * 11),
        recordedAt: new Date(Date.now() - (7 - i) * DAY - (i === 7 ? 60000 : 0)).toISOString(), ...rest,
    }));
}

export const HOSTILE = ['<script>window.ran=1</script>', '<img src=x onerror="window.ran=1">', '"><svg onload=window.ran=1>', 'javascript:window.ran=1', '{{nonce}}',
    'مصنع الأرصدة', '\u{1f9ea}\u{1f468}\u200d\u{1f469}\u200d\u{1f467} ünïcode', 'W'.repeat(80), '界'.repeat(80), '&lt;b&gt;', '__proto__', 'constructor'];
