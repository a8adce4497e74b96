// suite.mjs EVERYTHING [--record] - the official conformance suite against the fixture server.
//
// A scenario passes when it has no FAILURE and no WARNING, whether the suite scores it or not; one
// that does not pass fails the run. The ten tasks-* and the three sep-2640-skills-* scenarios are
// part of --suite all without a version. The README's table between the markers <!-- suite --> and
// <!-- /suite --> must show this run's numbers; --record writes it with the day.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Overheard } from './overheard.mjs';
import { Tally, run, start } from './process.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const versionOf = (name) => JSON.parse(readFileSync(here(`node_modules/${name}/package.json`))).version;
const alpha = '@modelcontextprotocol/conformance';
const stable = 'conformance-stable';

const legs = [
    ...['2025-11-25', '2026-07-28'].map((name) => ({ name, suite: alpha, args: ['--requirements', name] })),
    ...['2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28'].map((version) => ({
        name: `all ${version}`,
        suite: alpha,
        args: ['--suite', 'all', '--spec-version', version],
    })),
    { name: 'with extensions', suite: alpha, args: ['--suite', 'all'] }, // tasks and skills, too
    { name: 'all', suite: stable, args: ['--suite', 'all'] },
];

// Runs one leg; { name, required, passing, checks: {SUCCESS: n, ...}, failing: [scenario], bad: {...} }.
async function runLeg(leg, url, scratch) {
    const out = join(scratch, leg.args.join(''), leg.suite.replace('/', '-'));
    const result = await run(
        process.execPath,
        [here(`node_modules/${leg.suite}/dist/index.js`), 'server', '--url', url, ...leg.args, '-o', out],
        { timeoutMs: 300000, cwd: scratch },
    );
    const notScored = new Set(
        [...(result.out.split('Not scored')[1] ?? '').matchAll(/^ +[✓✗] ([a-z0-9-]+) \(/gm)].map((match) => match[1]),
    );
    const checks = { SUCCESS: 0, FAILURE: 0, WARNING: 0, INFO: 0, SKIPPED: 0 };
    const scenarios = existsSync(out) ? readdirSync(out).map((dir) => scenario(out, dir, checks)) : [];
    if (scenarios.length === 0) {
        throw new Error(`the suite ran nothing (it ended with ${result.status}):\n${result.out}\n${result.err}`);
    }
    const scored = scenarios.filter(({ name }) => !notScored.has(name));
    return {
        ...leg,
        required: scored.length,
        passing: scored.filter(({ bad }) => bad.length === 0).length,
        checks,
        scenarios,
    };
}

function scenario(out, dir, checks) {
    const results = JSON.parse(readFileSync(join(out, dir, 'checks.json'), 'utf8'));
    results.forEach(({ status }) => (checks[status] = (checks[status] ?? 0) + 1));
    const bad = results
        .filter(({ status }) => status === 'FAILURE' || status === 'WARNING')
        .map(({ id, status, errorMessage }) => `${status} ${id}: ${errorMessage ?? ''}`);
    return { name: dir.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT.*$/, ''), bad };
}

// What a leg runs beside the scenarios that decide.
function unscored({ required, passing, scenarios }) {
    const good = scenarios.filter(({ bad }) => bad.length === 0).length;
    return `${good - passing} of ${scenarios.length - required} that do not count`;
}

function table(results) {
    const rows = results.map(({ args, suite, required, passing, scenarios, checks }) =>
        [
            `\`${args.join(' ')}\``,
            versionOf(suite),
            `${passing} of ${required}${scenarios.length > required ? `, and ${unscored({ required, passing, scenarios })}` : ''}`,
            checks.SUCCESS,
            checks.FAILURE,
            checks.WARNING,
        ].join(' | '),
    );
    return [
        '| run | suite | scenarios passing | checks passed | failed | warnings |',
        '|---|---|---|---|---|---|',
        ...rows.map((row) => `| ${row} |`),
    ].join('\n');
}

const markers = /^([\s\S]*<!-- suite -->\n)([\s\S]*?)(\n<!-- \/suite -->[\s\S]*)$/;

const today = () => new Date().toISOString().slice(0, 10);

// What is wrong with the table that the README shows; null: it is this one, of some day.
function stale(readme, text) {
    const [, , shown] = readme.match(markers) ?? [];
    const [, table, day] = shown?.match(/^([\s\S]*)\n\nRun on (\d{4}-\d\d-\d\d)\.$/) ?? [];
    if (day === undefined) {
        return 'it has no table with a day';
    }
    if (Number.isNaN(Date.parse(day)) || day > today()) {
        return `${day} is no day that has been`;
    }
    return table === text ? null : `it shows other numbers, of ${day}`;
}

function recorded(readme, text) {
    const [, before, , after] = readme.match(markers);
    return `${before}${text}\n\nRun on ${today()}.${after}`;
}

const [binary, flag] = process.argv.slice(2);
const record = flag === '--record';
const scratch = mkdtempSync(join(tmpdir(), 'cistern-suite-'));
const tally = new Tally();
const server = await start(binary, ['--http=127.0.0.1:0']);
const heard = new Overheard();
const url = `${await heard.inFront(server.url)}/mcp`;
const results = [];
for (const leg of legs) {
    await tally.check(`${leg.name}: runs`, async () => {
        results.push(await runLeg(leg, url, scratch));
    });
}
await heard.judge(tally, 800);
await tally.check('the server drains and ends with 0', () => server.stop());

for (const { name, scenarios } of results) {
    for (const { name: id, bad } of scenarios) {
        if (bad.length === 0) {
            tally.passed++;
        } else {
            await tally.check(`${name} ${id}`, () => {
                throw new Error(bad.join('\n'));
            });
        }
    }
}
const extensions = /^(tasks|sep-2640-skills)-/;
await tally.check('the scenarios of the extensions ran', () => {
    const ran = new Set(results.flatMap(({ scenarios }) => scenarios.map(({ name }) => name)).filter((name) => extensions.test(name)));
    if (ran.size !== 13) {
        throw new Error(`13 were expected, not ${[...ran].sort().join(' ')}`);
    }
});
const text = table(results);
console.log(text);
const path = here('../README.md');
if (record) {
    writeFileSync(path, recorded(readFileSync(path, 'utf8'), text));
}
const readme = readFileSync(path, 'utf8');
await tally.check('the README shows these numbers, versions and a day', () => {
    const why = stale(readme, text);
    if (why) {
        throw new Error(`${why}; conformance/suite.mjs EVERYTHING --record writes it`);
    }
});
await tally.check('a README with other numbers, another version or no day would be seen', () => {
    const lies = [
        readme.replace(/\n\nRun on .*\n/, '\n'),
        readme.replaceAll(versionOf(alpha), '0.0.1'),
        readme.replace(/(<!-- suite -->[\s\S]*? )\d+ of /, '$17777 of '),
        readme.replace('<!-- suite -->', ''),
        readme.replace(/Run on \d{4}/, 'Run on 2999'),
        readme.replace(/Run on (\d{4})-\d\d/, 'Run on $1-00'),
        readme.replace(/(<!-- suite -->[\s\S]*?) \| 0 \| 0 \|\n/, '$1 | 0 | 1 |\n'),
        readme.replace(/(<!-- suite -->\n[\s\S]*?\n[\s\S]*?\n)[^\n]*\n/, '$1'),
    ];
    const believed = lies.filter((lie) => lie === readme || !stale(lie, text));
    if (believed.length) {
        throw new Error(`${believed.length} were believed`);
    }
});
rmSync(scratch, { recursive: true, force: true });
tally.finish();
