// dashboard.mjs CISTERN [PICTURES] - the pages for people, in one real browser: /docs, the pools at /, the account.
// PICTURES: a folder for screenshots, which are looked at.
import { account } from './dashboard_account.mjs';
import { camera, house, open } from './dashboard_browser.mjs';
import { docs } from './dashboard_docs.mjs';
import { pools } from './dashboard_pools.mjs';
import { Tally } from './process.mjs';

const [cistern, pictures] = process.argv.slice(2);
const servers = house(cistern), tally = new Tally();
const [browser, demo] = await Promise.all([open(), servers.serve('demo', null, ['--demo'])]);
const scene = { tally, browser, demo, house: servers, camera: camera(pictures) };
const lanes = [docs(scene).then(() => account(scene)), pools(scene)]; // much of it waits for the clock
await Promise.all(lanes);
await browser.close();
await demo.stop();
tally.finish();
