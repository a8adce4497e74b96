// schema.mjs BUILD/bench/schema - microseconds per validation of a real tool's arguments, ours beside ajv's,
// in turns in one run.
//
// The schema is the input schema of add_reading (tools/reading.schema.json), the instance a call
// with ten readings. ajv comes from conformance/node_modules, formats asserted on both sides.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const modules = process.env.AJV_ROOT ?? join(root, 'conformance');
const require = createRequire(join(modules, 'package.json'));
const Ajv = require('ajv/dist/2020').default;
const addFormats = require('ajv-formats').default;
const ROUNDS = 5;
const MS = 500;

// What tools/ makes of "$use": the parts of the other schema, then its own.
function expanded(all, schema) {
    if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
        return Array.isArray(schema) ? schema.map((s) => expanded(all, s)) : schema;
    }
    const { $use, ...own } = schema;
    const result = Object.fromEntries(Object.entries(own).map(([k, v]) => [k, expanded(all, v)]));
    const base = $use ? expanded(all, all[$use]) : {};
    return $use
        ? { ...base, ...result, properties: { ...base.properties, ...result.properties } }
        : result;
}

function microseconds(step) {
    const start = process.hrtime.bigint();
    let n = 0;
    let ns = 0;
    while (ns < MS * 1e6) {
        for (let i = 0; i < 200; i++) {
            step();
        }
        n += 200;
        ns = Number(process.hrtime.bigint() - start);
    }
    return ns / 1000 / n;
}

function ajvRound(schema, instance, text) {
    const make = () => addFormats(new Ajv({ strict: false })).compile(schema);
    const validate = make();
    const demand = (ok) => {
        if (!ok) {
            throw new Error(JSON.stringify(validate.errors));
        }
    };
    return {
        check: microseconds(() => demand(validate(instance))),
        readAndCheck: microseconds(() => demand(validate(JSON.parse(text)))),
        compile: microseconds(make),
    };
}

const all = JSON.parse(readFileSync(join(root, 'tools/reading.schema.json'), 'utf8'));
const schema = { type: 'object', ...expanded(all, all.add_reading) };
const readings = Array.from({ length: 10 }, (_, i) => ({
    creditType: `credits_${i}`, label: 'API credits', unit: 'credits', balance: 1234.56 + i,
    balanceLimit: 5000, recordedAt: '2026-06-17T08:02:11Z',
}));
const instance = { connection: 'Hunter', readings };
const dir = mkdtempSync(join(tmpdir(), 'cistern-schema-'));
const files = ['schema', 'instance'].map((name) => join(dir, `${name}.json`));
writeFileSync(files[0], JSON.stringify(schema));
writeFileSync(files[1], JSON.stringify(instance));
const rounds = [];
for (let i = 0; i < ROUNDS; i++) {
    const ours = JSON.parse(execFileSync(process.argv[2], files, { encoding: 'utf8' }));
    rounds.push({ ours, ajv: ajvRound(schema, instance, JSON.stringify(instance)) });
}
rmSync(dir, { recursive: true });
const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];
console.log(`microseconds, median of ${ROUNDS} rounds; node ${process.version}, ` +
    `ajv ${require('ajv/package.json').version}; ${JSON.stringify(instance).length} bytes`);
for (const what of ['check', 'readAndCheck', 'compile']) {
    const [ours, ajv] = ['ours', 'ajv'].map((who) => median(rounds.map((r) => r[who][what])));
    console.log(`${what.padEnd(14)} ours ${ours.toFixed(2).padStart(8)}   ` +
        `ajv ${ajv.toFixed(2).padStart(8)}   ${(ajv / ours).toFixed(2)}x`);
}
