// pools_sight.mjs - when each face shows a reading: REST, list_balances, /metrics, an MCP client that
// has subscribed, and the dashboard in a real browser.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { chromium } from 'playwright-core';

import { until } from './receiver.mjs';

const flags = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const waitMs = 15000;

// Opens all five. `link`: what `cistern login` prints.
export async function openSight({ url, token, link }) {
    const headers = { authorization: `Bearer ${token}` };
    const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags });
    const page = await browser.newPage();
    await page.goto(link);
    await page.waitForURL(`${url}/`);
    await page.locator('#live.on').waitFor();

    const mcp = new Client({ name: 'sight', version: '1' }, { versionNegotiation: { mode: 'legacy' } });
    await mcp.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: { headers } }));
    let onUpdate = () => {};
    mcp.setNotificationHandler('notifications/resources/updated', ({ params }) => onUpdate(params.uri));
    await mcp.subscribeResource({ uri: 'pool://' });

    const text = async (path) => (await fetch(`${url}${path}`, { headers })).text();
    const is = (want) => (pool) => pool.connectionName === want.name && pool.balance === want.balance && pool.status === want.status;
    const asked = {
        rest: async (want) => JSON.parse(await text('/api/v1/pools')).pools.some(is(want)),
        list_balances: async (want) => (await mcp.callTool({ name: 'list_balances', arguments: {} })).structuredContent.pools.some(is(want)),
        metrics: async (want) => {
            const lines = (await text('/metrics')).split('\n').filter((line) => line.includes(`connection="${want.name}"`));
            return lines.some((l) => l.startsWith('cistern_pool_balance{') && l.endsWith(` ${want.balance}`)) &&
                lines.some((l) => l.startsWith('cistern_pool_status{') && l.includes(`status="${want.status}"`));
        },
    };

    // It is told, and what it then reads is the news.
    const told = (want) => new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('the subscriber never heard')), waitMs);
        onUpdate = async (uri) => {
            const { contents } = uri === 'pool://' ? await mcp.readResource({ uri }) : { contents: [] };
            if (contents.length && JSON.parse(contents[0].text).pools.some(is(want))) {
                clearTimeout(timer);
                resolve(Date.now());
            }
        };
    });
    const painted = async (want) => (await page.waitForFunction((w) => {
        const card = [...document.querySelectorAll(`.card.${w.status}`)].find((c) => c.textContent.includes(w.name));
        return Number(card?.querySelector('.figure b')?.textContent.replace(/[^0-9.]/g, '')) === w.balance && Date.now();
    }, want, { timeout: waitMs })).jsonValue();

    return {
        // Begin to look for { name, balance, status }; resolves with { face: when it showed }.
        async shows(want) {
            const seen = { subscriber: told(want), dashboard: painted(want) };
            for (const [face, ask] of Object.entries(asked)) {
                seen[face] = until(`${face} shows it`, () => ask(want), waitMs).then(() => Date.now());
            }
            return Object.fromEntries(await Promise.all(Object.entries(seen).map(async ([face, at]) => [face, await at])));
        },
        async close() {
            await mcp.close();
            await browser.close();
        },
    };
}
