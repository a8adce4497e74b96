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
import './stdio_extensions.mjs';
import { runLies } from './liars.mjs';
import { main, readOptions, usage } from './scenario.mjs';
import { lies } from './stdio_lies.mjs';
import { suite, survey } from './stdio_run.mjs';
import { report } from './wire.mjs';

const given = readOptions('stdio.mjs', process.argv.slice(2));
if (given.list) {
    suite.scenarios.forEach(({ id, revisions }) => console.log(`${id}: ${revisions.join(' ')}`));
    process.exit(0);
}
if (!given.command.length) {
    usage('usage: node stdio.mjs [options] COMMAND ARGUMENT...');
}
const run = { command: given.command, site: await survey(given.command, {}), options: { closed: !given.open } };
await main(suite, run, given, {
    control: (results) => runLies(suite, run, results, lies, given),
    lastWords: () => console.log(report()),
});
