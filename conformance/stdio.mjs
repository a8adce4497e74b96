// stdio.mjs [options] COMMAND ARGUMENT... - does a server over standard input and output keep to the
// protocol? The official suite has no such tests; this one is for any server, of any language.
//
//   node stdio.mjs build/gcc/conformance/everything --stdio
//
//   --only TEXT     only scenarios whose REVISION/SCENARIO contains TEXT
//   --list          names the scenarios and ends
//   --open          members that a revision does not know are no fault
//   --no-skip       what is skipped (a fixture or a revision is missing) fails
//   --liars         the control: runs the suite again behind each lie of stdio_lies.mjs, which breaks one
//                   rule; the checks for that rule must turn red, and every check for some lie
//   --jobs N        scenarios at a time (4)
//
// The server's tools, prompts and resources are named as the official suite names them (README.md).
// One line a check: `ok` or `FAIL` or `skip`, REVISION/SCENARIO/CHECK, then why; at the end
// "N passed, N failed".
import './stdio_lifecycle.mjs';
import './stdio_features.mjs';
import './stdio_flow.mjs';
import './stdio_modern.mjs';
import './stdio_ask.mjs';
import './stdio_framing.mjs';
import './stdio_tasks.mjs';
import { runLies } from './stdio_liars.mjs';
import { runAll, scenarios, survey } from './stdio_run.mjs';
import { report } from './wire.mjs';

function options(argv) {
    const given = { only: '', jobs: 4, open: false, list: false, liars: false, noSkip: false, quiet: false };
    const flags = { '--open': 'open', '--list': 'list', '--liars': 'liars', '--no-skip': 'noSkip', '--quiet': 'quiet' };
    let at = 0;
    for (; at < argv.length && argv[at].startsWith('--'); at++) {
        if (argv[at] === '--') {
            at++;
            break;
        } else if (flags[argv[at]]) {
            given[flags[argv[at]]] = true;
        } else if (argv[at] === '--only' || argv[at] === '--jobs') {
            given[argv[at].slice(2)] = argv[++at];
        } else {
            console.error(`stdio.mjs: no option ${argv[at]}; see its first lines`);
            process.exit(64);
        }
    }
    return { ...given, jobs: Number(given.jobs), command: argv.slice(at) };
}

function tell({ id, problem, skipped }, quiet) {
    if (skipped) {
        console.log(`skip  ${id}: ${skipped}`);
    } else if (problem) {
        console.log(`FAIL  ${id}: ${problem.replaceAll('\n', '\n        ')}`);
    } else if (!quiet) {
        console.log(`ok    ${id}`);
    }
}

const given = options(process.argv.slice(2));
if (given.list) {
    scenarios.forEach(({ id, revisions }) => console.log(`${id}: ${revisions.join(' ')}`));
    process.exit(0);
}
if (!given.command.length) {
    console.error('usage: node stdio.mjs [options] COMMAND ARGUMENT...');
    process.exit(64);
}
const site = await survey(given.command, {});
const run = { command: given.command, site, options: { closed: !given.open } };
const results = await runAll(run, {
    pick: (id, revision) => `${revision}/${id}`.includes(given.only),
    jobs: given.jobs,
    onResult: (result) => tell(result, given.quiet),
});
if (given.liars) {
    const told = await runLies(run, results, { jobs: given.jobs, only: given.only });
    results.push(...told);
    told.forEach((result) => tell(result, given.quiet));
}
const failed = results.filter(({ problem, skipped }) => problem || (skipped && given.noSkip)).length;
const skipped = results.filter((result) => result.skipped).length;
console.log(report());
if (skipped) {
    console.log(`${skipped} skipped`);
}
console.log(`${results.length - failed - (given.noSkip ? 0 : skipped)} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
