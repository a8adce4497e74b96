// stdio_liars.mjs - runs the suite behind each lie and judges the suite: what the lie breaks must be
// seen, and every check must have been seen to fail for some lie.
import { lies } from './stdio_lies.mjs';
import { runAll, scenarios } from './stdio_run.mjs';
import { LEGACY, MODERN } from './wire.mjs';

// A lie makes answers fail to come: no patience with them, the honest run had it.
const impatient = { waitMs: 200, endMs: 1000 };

const glob = (pattern) => new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
const bare = (id) => id.slice(id.indexOf('/') + 1);

// The newest revision of each era stands for the others, where a scenario has it.
function stands(id, revision) {
    const { revisions } = scenarios.find((one) => one.id === id);
    const newest = [LEGACY.at(-1), MODERN].filter((one) => revisions.includes(one));
    return newest.length ? newest.includes(revision) : true;
}

async function judge(run, lie, jobs) {
    const scenariosOf = lie.only ?? [...new Set(lie.breaks.map((pattern) => pattern.split('/')[0]))];
    const isMeant = scenariosOf.includes('*') ? () => true : (id) => scenariosOf.includes(id);
    const results = await runAll(
        { ...run, options: { ...run.options, ...impatient, lie } },
        { pick: (id, revision) => isMeant(id) && (lie.everywhere || stands(id, revision)), jobs },
    );
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

// `honest`: the results of the run without a lie. One result a lie, and one for each check that no
// lie has turned red.
export async function runLies(run, honest, { jobs, only = '' }) {
    const results = [];
    const red = new Set();
    for (const lie of lies.filter(
        ({ name, breaks }) => !only || name.includes(only) || breaks.some((one) => one.includes(only)),
    )) {
        const begun = Date.now();
        const { seen, missed } = await judge(run, lie, jobs);
        if (process.env.LIES_MS) console.log(Date.now() - begun, lie.name);
        seen.forEach((id) => red.add(id));
        results.push({ id: `liar: ${lie.name}`, problem: missed.length ? `not seen by ${missed.join(', ')}` : null });
    }
    // `wire` and `ends` are the same check everywhere.
    const kind = (id) => (/\/(wire|ends)$/.test(id) ? id.split('/').at(-1) : bare(id));
    const names = new Set([...red].map(kind));
    const never = honest.filter(({ id, skipped }) => !skipped && !names.has(kind(id))).map(({ id }) => id);
    results.push({
        id: 'liars: every check has been red',
        problem: never.length && !only ? `never: ${[...new Set(never.map(bare))].join(', ')}` : null,
    });
    return results;
}
