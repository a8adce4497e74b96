// secrets.mjs FOLDER - no log of a test run tells a secret.
//
// FOLDER holds the steps' own logs and, in servers/, what every `cistern serve` said at its most
// talkative, with secrets.txt: each token, code, key and URL that the tests made or gave
// (process.mjs). Meson's logs are looked through for what has the form of a secret.
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

import { Tally } from './process.mjs';

const folder = process.argv[2];
const tally = new Tally();
const forms = /\b(?:qc_live|link|sess)_[0-9A-Za-z]{36}\b|\bwhsec_[0-9A-Za-z+/]{32,}|\b(?:Bearer|Basic) [0-9A-Za-z+/_.-]{20,}|cistern_session=[^;\s"]{8,}/;
const list = join(folder, 'servers', 'secrets.txt');
const secrets = existsSync(list) ? [...new Set(readFileSync(list, 'utf8').split('\n').filter(Boolean))] : [];
const known = new RegExp(secrets.map((secret) => secret.replace(/[^0-9A-Za-z]/g, '\\$&')).join('|') || '$^');
const files = (pattern) => globSync(pattern).filter((path) => path !== list && statSync(path).isFile());

function must(condition, why) {
    if (!condition) {
        throw new Error(why);
    }
}

// What is told, without telling it again.
function clean(paths) {
    const told = paths.flatMap((path) => readFileSync(path, 'latin1').split('\n').flatMap((line, i) => {
        const found = (secrets.length && line.match(known)) || line.match(forms);
        return found ? [`${relative(folder, path)}:${i + 1}: ${found[0].slice(0, 9)}... of ${found[0].length} characters`] : [];
    }));
    must(told.length === 0, told.slice(0, 20).join('\n'));
    return `${paths.length} logs, ${paths.reduce((sum, path) => sum + statSync(path).size, 0)} bytes, ${secrets.length} secrets`;
}

await tally.check('there are logs and secrets to compare', () => {
    must(secrets.length >= 20, `only ${secrets.length} secrets were noted`);
    must(files(join(folder, 'servers', '*.log')).length >= 10, 'hardly any server kept a log');
    must(files(join(folder, 'servers', '*.log')).some((path) => readFileSync(path, 'utf8').includes('access ')), 'no server logged what it answered');
});
await tally.check('a secret would be found', () => {
    must(known.test(`x ${secrets[0]} x`) && forms.test(`Authorization: Bearer ${'a'.repeat(36)}`) && forms.test(`qc_live_${'0a'.repeat(18)}`), 'it would not');
});
await tally.check('servers tell none', () => clean(files(join(folder, 'servers', '*.log'))));
await tally.check('steps tell none', () => clean(files(join(folder, '*.log'))));
await tally.check('unit tests tell none', () => clean(files('build/*/meson-logs/testlog.txt')));
tally.finish();
