// legacy.mjs [options] SERVER ARGUMENT... - do the older HTTP transports keep to the protocol? Batches of
// 2025-03-26, Streamable HTTP beyond what the official suite checks, HTTP+SSE of 2024-11-05.
//
//   node legacy.mjs build/gcc/conformance/everything
//   node legacy.mjs http://127.0.0.1:8080
//
// The server is started with --http=127.0.0.1:0 --ready-fd=3, or runs already. Endpoints are /mcp and
// /mcp/sse. Options, output and fixtures are those of stdio.mjs; the liars are those of legacy_lies.mjs.
import { runLies } from './liars.mjs';
import './legacy_batch.mjs';
import { lies } from './legacy_lies.mjs';
import { suite, survey } from './legacy_run.mjs';
import './legacy_sse.mjs';
import './legacy_streamable.mjs';
import { main, readOptions, usage } from './scenario.mjs';
import { report } from './wire.mjs';

const given = readOptions('legacy.mjs', process.argv.slice(2));
if (given.list) {
    suite.scenarios.forEach(({ id, revisions }) => console.log(`${id}: ${revisions.join(' ')}`));
    process.exit(0);
}
if (!given.command.length) {
    usage('usage: node legacy.mjs [options] SERVER ARGUMENT... | URL');
}
const run = { command: given.command, options: { closed: !given.open } };
run.site = await survey(run);
await main(suite, run, given, {
    control: (results) => runLies(suite, run, results, lies, given),
    lastWords: () => console.log(report()),
});
