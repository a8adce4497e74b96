// liars.mjs - runs a suite behind each lie and judges the suite: what the lie breaks must be seen, and
// every check must have been seen to fail for some lie.
//
// A lie: { name, only: [scenario], breaks: [SCENARIO/CHECK, with * for any text], except, everywhere },
// and what it does, which is the suite's own business (run.options.lie).
import { LEGACY, MODERN } from './wire.mjs';

// A lie makes answers fail to come: no patience with them, the honest run had it.
const liesAtOnce = 4;
export const impatient = { waitMs: 200, endMs: 1000 };

// The words of a text.
export const words = (text) => text.trim().split(/\s+/);

const glob = (pattern) => new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
const bare = (id) => id.slice(id.indexOf('/') + 1);

// The newest revision of each era stands for the others, where a scenario has it.
function stands({ revisions }, revision) {
    const newest = [LEGACY.at(-1), MODERN].filter((one) => revisions.includes(one));
    return newest.length ? newest.includes(revision) : true;
}

async function judge(suite, run, lie, jobs) {
    const scenarios = lie.only ?? [...new Set(lie.breaks.map((pattern) => pattern.split('/')[0]))];
    const pick = (one, revision) => scenarios.includes(one.id) && (lie.everywhere || stands(one, revision));
    const results = await suite.run(run, { pick, jobs });
    const except = (lie.except ?? []).map(glob);
    const seen = new Set();
    const missed = [];
    for (const pattern of lie.breaks) {
        const meant = results.filter(
            ({ id, skipped }) => !skipped && glob(pattern).test(bare(id)) && !except.some((one) => one.test(bare(id))),
        );
        meant.filter(({ problem }) => problem).forEach(({ id }) => seen.add(id));
        missed.push(...meant.filter(({ problem }) => !problem).map(({ id }) => id));
        if (!meant.length) {
            missed.push(`${pattern} (no such check ran)`);
        }
    }
    return { seen, missed };
}

// `honest`: the results of the run without a lie. `behind(lie)`: the run behind it, { run, stop }. One
// result a lie, and one for the checks that no lie has turned red.
export async function runLies(suite, run, honest, lies, { jobs, only }, behind = plainly(run)) {
    const results = [];
    const red = new Set();
    const isMeant = ({ name, breaks }) => !only || name.includes(only) || breaks.some((one) => one.includes(only));
    const told = lies.filter(isMeant);
    const judged = told.map(() => null);
    let next = 0;
    // Lies wait more than they work: several at a time, told in their order.
    const worker = async () => {
        while (next < told.length) {
            const at = next++;
            const lying = await behind(told[at]);
            judged[at] = await judge(suite, lying.run, told[at], jobs);
            await lying.stop?.();
        }
    };
    await Promise.all(Array.from({ length: liesAtOnce }, worker));
    judged.forEach(({ seen, missed }, at) => {
        seen.forEach((id) => red.add(id));
        results.push({ id: `liar: ${told[at].name}`, problem: missed.length ? `not seen by ${missed.join(', ')}` : null });
    });
    // `wire` and `ends` are the same check everywhere.
    const kind = (id) => (/\/(wire|ends)$/.test(id) ? id.split('/').at(-1) : bare(id));
    const names = new Set([...red].map(kind));
    const never = honest.filter(({ id, skipped }) => !skipped && !names.has(kind(id))).map(({ id }) => bare(id));
    results.push({
        id: 'liars: every check has been red',
        problem: never.length && !only ? `never: ${[...new Set(never)].join(', ')}` : null,
    });
    return results;
}

const plainly = (run) => (lie) => ({ run: { ...run, options: { ...run.options, ...impatient, lie } } });
