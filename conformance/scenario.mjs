// scenario.mjs - what our suites (stdio.mjs, legacy.mjs) are made of: scenarios, their checks, and how
// they are run and told.
//
// A scenario is run once for each of its revisions; a check has the id REVISION/SCENARIO/CHECK. What a
// server does not have (a revision, a capability, a fixture) skips what needs it.
import { REVISIONS } from './wire.mjs';

export class Failure extends Error {}

export function must(condition, text) {
    if (!condition) {
        throw new Failure((typeof text === 'function' ? text() : text) || 'it is not so');
    }
}

export function fail(problems) {
    if (problems.length) {
        throw new Failure(problems.slice(0, 5).join('\n'));
    }
}

const told = (error) => (error instanceof Failure ? error.message : error.stack) || String(error);

// The run of one scenario; suites add how a server is reached.
export class Checks {
    constructor(run, id, revision, results) {
        Object.assign(this, { run, id, revision, results, site: run.site });
    }

    async check(name, body) {
        let problem = null;
        try {
            await body();
        } catch (error) {
            problem = told(error);
        }
        this.results.push({ id: `${this.revision}/${this.id}/${name}`, problem });
        return problem === null;
    }

    skip(name, why) {
        this.results.push({ id: `${this.revision}/${this.id}/${name}`, skipped: why });
    }

    // What every scenario begins and ends with.
    async begin() {}
    async finish() {}
}

// Why a server cannot run this; null: it can.
function missing(needs, site, revision) {
    for (const kind of ['tools', 'prompts', 'resources', 'templates']) {
        const gone = (needs[kind] ?? []).filter((name) => !site[kind].has(name));
        if (gone.length) {
            return `no ${kind} ${gone.join(', ')}`;
        }
    }
    const at = (path) =>
        path.split('.').reduce((inner, name) => inner?.[name.replaceAll('|', '.')], site.capabilities[revision]);
    const gone = (needs.capability ?? []).filter((path) => at(path) === undefined);
    return gone.length ? `no capability ${gone.join(', ')}` : null;
}

export class Suite {
    // `Context` extends Checks.
    constructor(Context) {
        this.Context = Context;
        this.scenarios = [];
    }

    // `about`: revisions (default: all), needs: { tools, prompts, resources, templates: [name],
    // capability: [path] } without which it is skipped.
    add(id, about, body) {
        this.scenarios.push({ id, revisions: REVISIONS, needs: {}, ...about, body });
    }

    async #one(run, { id, needs, body }, revision) {
        const results = [];
        const context = new this.Context(run, id, revision, results);
        const why = run.site.revisions.has(revision) ? missing(needs, run.site, revision) : `${revision} is not spoken`;
        if (why) {
            context.skip('*', why);
            return results;
        }
        try {
            await context.begin();
            await body(context, revision);
        } catch (error) {
            results.push({ id: `${revision}/${id}/runs`, problem: told(error) });
        }
        await context.finish();
        return results;
    }

    // Runs what pick(scenario, revision) finds, `jobs` at a time; onResult({ id, problem, skipped }) in
    // a fixed order. Resolves with all results.
    async run(run, { pick = () => true, jobs = 4, onResult = () => {} } = {}) {
        const queue = REVISIONS.flatMap((revision) =>
            this.scenarios
                .filter((one) => one.revisions.includes(revision) && pick(one, revision))
                .map((one) => ({ one, revision })),
        );
        const done = [];
        let next = 0;
        let reported = 0;
        const worker = async () => {
            while (next < queue.length) {
                const at = next++;
                done[at] = await this.#one(run, queue[at].one, queue[at].revision);
                for (; done[reported]; reported++) {
                    done[reported].forEach(onResult);
                }
            }
        };
        await Promise.all(Array.from({ length: jobs }, worker));
        return done.flat();
    }
}

// ---- The command line -----------------------------------------------------------------------------

export function readOptions(name, argv) {
    const given = { only: '', jobs: 4, open: false, list: false, liars: false, noSkip: false, quiet: false };
    const flags = { open: 'open', list: 'list', liars: 'liars', 'no-skip': 'noSkip', quiet: 'quiet' };
    let at = 0;
    for (; at < argv.length && argv[at].startsWith('--'); at++) {
        const option = argv[at].slice(2);
        if (option === '') {
            at++;
            break;
        } else if (flags[option]) {
            given[flags[option]] = true;
        } else if (option === 'only' || option === 'jobs') {
            given[option] = argv[++at];
        } else {
            usage(`${name}: no option --${option}; see its first lines`);
        }
    }
    return { ...given, jobs: Number(given.jobs), command: argv.slice(at) };
}

export function usage(text) {
    console.error(text);
    process.exit(64);
}

function tell({ id, problem, skipped }, isQuiet) {
    if (skipped) {
        console.log(`skip  ${id}: ${skipped}`);
    } else if (problem) {
        console.log(`FAIL  ${id}: ${problem.replaceAll('\n', '\n        ')}`);
    } else if (!isQuiet) {
        console.log(`ok    ${id}`);
    }
}

// Runs the suite as the options say, with `control(results)` for --liars; prints, and ends the process.
export async function main(suite, run, given, { control, lastWords }) {
    const results = await suite.run(run, {
        pick: ({ id }, revision) => `${revision}/${id}`.includes(given.only),
        jobs: given.jobs,
        onResult: (result) => tell(result, given.quiet),
    });
    if (given.liars) {
        const more = await control(results);
        more.forEach((result) => tell(result, given.quiet));
        results.push(...more);
    }
    lastWords();
    const skipped = results.filter((result) => result.skipped).length;
    const failed = results.filter((result) => result.problem || (result.skipped && given.noSkip)).length;
    if (skipped) {
        console.log(`${skipped} skipped`);
    }
    console.log(`${results.length - failed - (given.noSkip ? 0 : skipped)} passed, ${failed} failed`);
    process.exit(failed ? 1 : 0);
}
