// wire.mjs - every message that a server sends is what its revision says it may be.
//
// A Wire listens to both sides of one connection or session. What the server says is validated by ajv
// against that revision's schema.json, typed by what it is: a result by the method it answers, a
// notification or request by its own method, an error by its code. Beside the shape it knows the
// rules that need memory: nothing is answered that was not asked, or twice; progress belongs to a
// request under way and rises; log messages were asked for; a client is asked only what it declared;
// a subscription speaks after its acknowledgment.
//
// The schemas are in ../shared/data, which is not part of this repository; without them the rules
// stay and the shapes are not judged: `available` says so. They are open; `closed` also refuses
// members that a revision does not know, such as a title in 2024-11-05.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export const LEGACY = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'];
export const MODERN = '2026-07-28';
export const REVISIONS = [...LEGACY, MODERN];
export const PREFIX = 'io.modelcontextprotocol/';

const path = (revision) => fileURLToPath(new URL(`../../shared/data/mcp-schema/${revision}.json`, import.meta.url));
export const available = REVISIONS.every((revision) => existsSync(path(revision)));

// ---- The shapes of one revision -------------------------------------------------------------------

// What users of the protocol fill in stays open in a closed schema.
const open = new Set([
    'inputSchema',
    'outputSchema',
    'requestedSchema',
    '_meta',
    'arguments',
    'metadata',
    'experimental',
]);

function close(schema, inAllOf = false) {
    if (Array.isArray(schema)) {
        return schema.map((one) => close(one, inAllOf));
    }
    if (typeof schema !== 'object' || schema === null) {
        return schema;
    }
    const copy = {};
    for (const [key, value] of Object.entries(schema)) {
        copy[key] = key === 'properties' ? closeMembers(value) : close(value, key === 'allOf');
    }
    if (!inAllOf && Object.keys(schema.properties ?? {}).length && schema.additionalProperties === undefined) {
        copy.additionalProperties = false;
    }
    return copy;
}

const closeMembers = (members) =>
    Object.fromEntries(
        Object.entries(members).map(([name, schema]) => [name, open.has(name) ? schema : close(schema)]),
    );

// Definitions that others extend by allOf, the maps that carry anything, and what forms are made of:
// a handler writes those, and clients pass over what they do not know.
const extended = (name, text) =>
    /MetaObject$|^Error$|^Result$|Schema$/.test(name) || new RegExp(`"allOf":\\[[^\\]]*/${name}"`).test(text);

// What extensions add to definitions of the core (basic/index "Extension Negotiation", SEP-2663).
const extensionMembers = {
    ServerCapabilities: { extensions: { type: 'object' } },
    SubscriptionFilter: { taskIds: { type: 'array', items: { type: 'string' } } },
};

class Shapes {
    constructor(revision) {
        this.schema = JSON.parse(readFileSync(path(revision), 'utf8'));
        this.place = this.schema.$defs ? '$defs' : 'definitions';
        this.definitions = this.schema[this.place];
        this.compiled = new Map();
        this.results = this.byMethod('ClientRequest', (name) => {
            const result = name.replace(/Request$/, 'Result');
            return this.definitions[result] ? result : 'EmptyResult';
        });
        this.notifications = this.byMethod('ServerNotification', (name) => name);
        this.requests = this.byMethod('ServerRequest', (name) => name);
    }

    // { method: name(definition) } of the members of a union.
    byMethod(union, name) {
        const names = (this.definitions[union]?.anyOf ?? []).map(({ $ref }) => $ref.split('/').at(-1));
        return Object.fromEntries(names.map((one) => [this.definitions[one].properties.method.const, name(one)]));
    }

    validator(definition, isClosed) {
        const key = `${isClosed}${definition}`;
        if (!this.compiled.has(key)) {
            this.compiled.set(key, this.ajv(isClosed).compile({ $ref: `mcp#/${this.place}/${definition}` }));
        }
        return this.compiled.get(key);
    }

    ajv(isClosed) {
        const kind = this.place === '$defs' ? Ajv2020 : Ajv;
        const name = isClosed ? 'closedAjv' : 'openAjv';
        if (!this[name]) {
            const text = JSON.stringify(this.schema);
            const shut = (one, schema) => (isClosed && !extended(one, text) ? close(schema) : schema);
            const definitions = Object.entries(this.definitions).map(([one, schema]) => {
                const properties = { ...schema.properties, ...extensionMembers[one] };
                return [one, shut(one, schema.properties ? { ...schema, properties } : schema)];
            });
            this[name] = new kind({ strict: false });
            addFormats.default(this[name]);
            this[name].addSchema({
                $schema: this.schema.$schema,
                $id: 'mcp',
                [this.place]: Object.fromEntries(definitions),
            });
        }
        return this[name];
    }

    // What is wrong with the value, in words; empty: nothing.
    faults(definition, value, isClosed) {
        if (!this.definitions[definition]) {
            return [`no definition ${definition}`];
        }
        const validate = this.validator(definition, isClosed);
        if (validate(value)) {
            return [];
        }
        const told = validate.errors.map(
            ({ instancePath, message, params }) =>
                `${instancePath || '/'} ${message}${params?.additionalProperty ? ` (${params.additionalProperty})` : ''}`,
        );
        return [`not a ${definition}: ${[...new Set(told)].slice(0, 6).join('; ')}`];
    }

    names(definition) {
        return this.definitions[definition] !== undefined;
    }
}

const shapes = new Map();
export function shapesOf(revision) {
    if (!shapes.has(revision)) {
        shapes.set(revision, new Shapes(revision));
    }
    return shapes.get(revision);
}

// ---- What belongs to an extension: no schema.json has it (SEP-2663, SEP-2640) ------------------------------

const task = {
    type: 'object',
    required: ['taskId', 'status', 'createdAt', 'lastUpdatedAt', 'ttlMs'],
    properties: {
        taskId: { type: 'string', minLength: 1 },
        status: { enum: ['working', 'input_required', 'completed', 'failed', 'cancelled'] },
        statusMessage: { type: 'string' },
        createdAt: { type: 'string', format: 'date-time' },
        lastUpdatedAt: { type: 'string', format: 'date-time' },
        ttlMs: { type: ['integer', 'null'], minimum: 0 },
        pollIntervalMs: { type: 'integer', minimum: 0 },
        task: false,
        requestState: false,
        ttl: false,
        pollInterval: false,
    },
};
const only = (status, member) => ({
    if: { properties: { status: { const: status } } },
    then: { required: [member] },
    else: { properties: { [member]: false } },
});
const detailed = {
    ...task,
    allOf: [only('completed', 'result'), only('failed', 'error'), only('input_required', 'inputRequests')],
};
// SEP-2640.
const skillFile = {
    type: 'object',
    required: ['uri', 'digest', 'size'],
    properties: {
        uri: { type: 'string', format: 'uri' },
        digest: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' },
        size: { type: 'integer', minimum: 0 },
    },
};
const skill = {
    type: 'object',
    required: ['uri', 'frontmatter'],
    properties: {
        uri: { type: 'string', pattern: '/SKILL\\.md$' },
        frontmatter: {
            type: 'object',
            required: ['name', 'description'],
            properties: { name: { type: 'string' }, description: { type: 'string' } },
        },
        resources: { type: 'array', items: skillFile },
    },
};
const cached = {
    ttlMs: { type: 'integer', minimum: 0 },
    cacheScope: { enum: ['public', 'private'] },
};
const skillList = (name, items) => ({
    type: 'object',
    required: [name, 'ttlMs', 'cacheScope'],
    properties: { [name]: items, ...cached },
});
const named = { type: 'object', required: ['uri', 'name'], properties: { mimeType: { type: 'string' } } };
const skillResults = {
    'skills/list': skillList('skills', { type: 'array', items: skill }),
    'skills/get': skillList('skill', skill),
    'resources/directory/read': skillList('resources', { type: 'array', items: named }),
};
const resultType = (type) => ({ required: ['resultType'], properties: { resultType: { const: type } } });
const extensions = {
    results: {
        'tasks/get': { allOf: [detailed, resultType('complete')] },
        'tasks/update': resultType('complete'),
        'tasks/cancel': resultType('complete'),
        ...skillResults,
    },
    notifications: {
        'notifications/tasks': { required: ['params'], properties: { params: detailed } },
    },
    created: { allOf: [task, resultType('task')] },
};
const own = new Ajv2020({ strict: false });
addFormats.default(own);
const ownValidators = new Map();

function ownFaults(name, schema, value) {
    if (!ownValidators.has(name)) {
        ownValidators.set(name, own.compile(schema));
    }
    const validate = ownValidators.get(name);
    return validate(value) ? [] : [`not what ${name} is: ${own.errorsText(validate.errors)}`];
}

// ---- Errors ---------------------------------------------------------------------------------------

const modernErrors = {
    '-32700': 'ParseError',
    '-32600': 'InvalidRequestError',
    '-32601': 'MethodNotFoundError',
    '-32602': 'InvalidParamsError',
    '-32603': 'InternalError',
};
const modernResponses = {
    '-32020': 'HeaderMismatchError',
    '-32021': 'MissingRequiredClientCapabilityError',
    '-32022': 'UnsupportedProtocolVersionError',
};

// 2026-07-28 basic/index "Error codes"; a client takes -32020 to -32022 for a modern server.
function codeFaults(code, revision) {
    if (code >= -32019 && code <= -32000 && !(code === -32002 && revision !== MODERN)) {
        return [`the code ${code} is not to be used`];
    }
    if (revision === MODERN && code >= -32099 && code <= -32020 && !modernResponses[code]) {
        return [`the code ${code} is reserved`];
    }
    return revision !== MODERN && modernResponses[code] ? [`the code ${code} says "modern server" in ${revision}`] : [];
}

// ---- Both sides of one connection -----------------------------------------------------------------

const total = { messages: 0, faults: 0, by: new Map() };
const notesMax = 64;
const idKey = (id) => JSON.stringify(id);
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const levels = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];

export class Wire {
    // `revision`: negotiated already. `closed`: see above. `relaxed`: only the shapes; for a tap that
    // does not hear everything.
    constructor({ revision = null, closed = true, relaxed = false } = {}) {
        Object.assign(this, { revision, closed, relaxed });
        this.pending = new Map(); // what was asked: id to { method, revision, ... }
        this.asked = new Set(); // ids of the server's requests, ever
        this.listens = new Map(); // subscription id to whether it was acknowledged
        this.can = {};
        this.level = null;
        this.faults = [];
        this.count = 0;
        this.notes = []; // the first that was said on both sides: { sent } or { heard, kind }
    }

    // ---- What the client says ----

    sent(message) {
        this.#note({ sent: message });
        this.#sent(message);
    }

    #note(note) {
        if (this.notes.length < notesMax) {
            this.notes.push(note);
        }
    }

    #sent(message) {
        if (Array.isArray(message)) {
            // Refused as a whole, without an id, in the words of the era that it claims.
            this.isArrayModern = message.some((one) => one?.params?._meta?.[`${PREFIX}protocolVersion`] !== undefined);
            message.forEach((one) => this.#sent(one));
        } else if (isObject(message) && message.id !== undefined && !('result' in message) && !('error' in message)) {
            this.#ask(message);
        } else if (message?.method === 'notifications/cancelled') {
            const one = this.pending.get(idKey(message.params?.requestId));
            if (one) {
                one.isCancelled = true;
            }
            this.listens.delete(idKey(message.params?.requestId));
        }
    }

    #ask({ id, method, params }) {
        const meta = isObject(params?._meta) ? params._meta : {};
        const isModern =
            method === 'initialize' ? meta[`${PREFIX}protocolVersion`] >= MODERN : `${PREFIX}protocolVersion` in meta;
        const one = { method, isModern, token: meta.progressToken, progress: -Infinity, params };
        one.revision = isModern ? MODERN : this.revision;
        one.level = isModern ? meta[`${PREFIX}logLevel`] : undefined;
        this.pending.set(idKey(id), one);
        if (method === 'initialize' && !isModern && isObject(params?.capabilities) && !this.revision) {
            this.can = params.capabilities;
        }
        if (method === 'subscriptions/listen' && isModern) {
            this.listens.set(idKey(id), false);
        }
    }

    // ---- What the server says: the list of what is wrong with it ----

    heard(message, { replayed = false, refused = false } = {}) {
        this.isRefusal = refused; // by HTTP: the body may be an error without an id
        if (!replayed) {
            this.#note({ heard: message, kind: this.#kind(message) });
        }
        const faults = Array.isArray(message) ? this.#batch(message, replayed) : this.#one(message, replayed);
        for (const fault of faults) {
            total.faults++;
            this.faults.push(`${fault}\n    in ${JSON.stringify(message).slice(0, 600)}`);
        }
        return faults;
    }

    // What a message is, for one that counts kinds.
    #kind(message) {
        const about = message?.method ?? this.pending.get(idKey(message?.id))?.method;
        return `${about} ${message?.error?.code ?? message?.result?.resultType ?? ''}`;
    }

    #batch(messages, replayed) {
        const faults = this.revision === '2025-03-26' ? [] : [`an array in ${this.revision ?? MODERN}`];
        if (messages.length === 0) {
            faults.push('an empty array');
        }
        return [...faults, ...messages.flatMap((one) => this.#one(one, replayed))];
    }

    #one(message, replayed) {
        if (!isObject(message) || message.jsonrpc !== '2.0') {
            return ['not a JSON-RPC message'];
        }
        this.count++;
        total.messages++;
        if ('method' in message) {
            return 'id' in message ? this.#request(message, replayed) : this.#notification(message, replayed);
        }
        return this.#response(message, replayed);
    }

    #shape(revision, definition, value) {
        const name = `${revision} ${definition}`;
        total.by.set(name, (total.by.get(name) ?? 0) + 1);
        return available ? shapesOf(revision).faults(definition, value, this.closed) : [];
    }

    #rule(isBroken, text) {
        return isBroken && !this.relaxed ? [text] : [];
    }

    #response(message, replayed) {
        const key = idKey(message.id);
        const one = this.pending.get(key);
        const isKnown = one !== undefined || message.id === undefined || message.id === null || replayed;
        const faults = this.#rule(!isKnown, `answers ${key}, which was not asked or is answered already`);
        const extra = Object.keys(message).filter((name) => !['jsonrpc', 'id', 'result', 'error'].includes(name));
        if ('result' in message === 'error' in message) {
            faults.push('must have a result or an error, and only one of them');
        }
        if (extra.length) {
            faults.push(`has the members ${extra}`);
        }
        this.pending.delete(key);
        this.listens.delete(key);
        return [...faults, ...('error' in message ? this.#error(message, one) : this.#result(message, one ?? {}))];
    }

    #result(message, one) {
        const { id, result } = message;
        if (one.method === 'initialize' && !one.isModern && isObject(result)) {
            this.revision ??= result.protocolVersion;
            one.revision = this.revision;
        }
        if (one.method === 'logging/setLevel' && !one.isModern) {
            this.level = one.params?.level;
        }
        const revision =
            one.revision ?? this.revision ?? (isObject(result) && 'resultType' in result ? MODERN : LEGACY.at(-1));
        if (!REVISIONS.includes(revision)) {
            return [`negotiated ${revision}, which is not a revision`];
        }
        const isNew = revision >= '2025-11-25';
        const faults =
            id === null
                ? ['the id of a result is null']
                : this.#shape(revision, isNew ? 'JSONRPCResultResponse' : 'JSONRPCResponse', message);
        return [...faults, ...this.#typed(revision, one, result)];
    }

    #typed(revision, one, result) {
        if (revision === MODERN && result?.resultType === 'input_required') {
            const asks = ['tools/call', 'prompts/get', 'resources/read'].includes(one.method);
            const keys = Object.values(result.inputRequests ?? {}).flatMap((request) =>
                this.#capable(request, one.params?._meta?.[`${PREFIX}clientCapabilities`]),
            );
            return [
                ...this.#shape(revision, 'InputRequiredResult', result),
                ...keys,
                ...this.#rule(!asks, `${one.method} asks for input`),
                ...this.#rule(!result.inputRequests && result.requestState === undefined, 'asks for nothing'),
            ];
        }
        if (revision === MODERN && result?.resultType === 'task') {
            const can = one.params?._meta?.[`${PREFIX}clientCapabilities`]?.extensions?.[`${PREFIX}tasks`];
            return [
                ...ownFaults('CreateTaskResult', extensions.created, result),
                ...this.#rule(one.method && !can, 'a task for a client that did not declare it'),
            ];
        }
        if (revision === MODERN && extensions.results[one.method]) {
            return ownFaults(one.method, extensions.results[one.method], result);
        }
        if (skillResults[one.method]) {
            return ownFaults(one.method, skillResults[one.method], result);
        }
        const isTask = revision === '2025-11-25' && isObject(result?.task) && one.params?.task;
        const name = isTask ? 'CreateTaskResult' : available ? shapesOf(revision).results[one.method] : undefined;
        return [
            ...this.#rule(
                revision === MODERN && result?.resultType !== 'complete',
                `the resultType is ${JSON.stringify(result?.resultType)}`,
            ),
            ...this.#rule(
                revision !== MODERN && isObject(result) && 'resultType' in result,
                `has a resultType in ${revision}`,
            ),
            ...this.#shape(revision, name ?? 'Result', result),
        ];
    }

    #error(message, one) {
        const { error, id } = message;
        const revision = one?.revision ?? (this.isArrayModern && !('id' in message) ? MODERN : this.revision) ?? null;
        if (!isObject(error) || !Number.isInteger(error.code)) {
            return ['the error has no integer code'];
        }
        const extra = Object.keys(error).filter((name) => !['code', 'message', 'data'].includes(name));
        const faults = [
            ...codeFaults(error.code, one?.isModern || !revision ? MODERN : revision),
            ...(extra.length ? [`the error has ${extra}`] : []),
        ];
        if (revision !== null && !REVISIONS.includes(revision)) {
            return faults;
        }
        if (revision === null || (this.isRefusal && !('id' in message))) {
            // Nothing is negotiated: null and no id are both somebody's rule.
            const copy = { ...message };
            delete copy.id;
            return [...faults, ...this.#shape('2025-11-25', 'JSONRPCErrorResponse', id === null ? copy : message)];
        }
        if (revision < '2025-11-25') {
            // JSON-RPC says null where the id was unreadable; these schemas have no word for it.
            return [...faults, ...this.#shape(revision, 'JSONRPCError', id === null ? { ...message, id: 0 } : message)];
        }
        faults.push(...this.#shape(revision, 'JSONRPCErrorResponse', message));
        if (revision === MODERN && modernErrors[error.code]) {
            faults.push(...this.#shape(revision, modernErrors[error.code], error));
        } else if (revision === MODERN && modernResponses[error.code]) {
            faults.push(...this.#shape(revision, modernResponses[error.code], message));
        } else if (error.code === -32042) {
            faults.push(...this.#shape(revision, 'URLElicitationRequiredError', message));
        }
        return faults;
    }

    #bare(revision, definition, message) {
        const known = available ? (shapesOf(revision).definitions[definition]?.properties ?? {}) : {};
        const copy = { ...message };
        for (const name of ['jsonrpc', 'id']) {
            if (!(name in known)) {
                delete copy[name]; // before 2025-11-25 only the envelope has them
            }
        }
        return this.#shape(revision, definition, copy);
    }

    #notification(message, replayed) {
        const { method, params } = message;
        const subscription = params?._meta?.[`${PREFIX}subscriptionId`];
        const one = [...this.pending.values()].find(
            ({ token }) => token !== undefined && idKey(token) === idKey(params?.progressToken),
        );
        const logs = [...this.pending.values()].find(({ level }) => level !== undefined);
        const isModern =
            subscription !== undefined ||
            method === 'notifications/subscriptions/acknowledged' ||
            (method === 'notifications/progress' && one?.isModern) ||
            (method === 'notifications/message' && (logs || !this.revision)) ||
            !this.revision;
        const revision = isModern ? MODERN : this.revision;
        const faults = replayed ? [] : this.#order(message, { one, isModern, subscription });
        if (revision === MODERN && extensions.notifications[method]) {
            return [...faults, ...ownFaults(method, extensions.notifications[method], message)];
        }
        const name = available ? shapesOf(revision).notifications[method] : 'JSONRPCNotification';
        if (!name) {
            return [...faults, `${method} is not a notification of ${revision}`];
        }
        return [
            ...faults,
            ...this.#shape(revision, 'JSONRPCNotification', message),
            ...this.#bare(revision, name, message),
        ];
    }

    #order({ method, params }, { one, isModern, subscription }) {
        switch (method) {
            case 'notifications/progress': {
                const broken = [
                    ...this.#rule(!one, 'progress of nothing that is under way'),
                    ...this.#rule(
                        one && params.progress <= one.progress,
                        `progress from ${one?.progress} to ${params?.progress}`,
                    ),
                ];
                if (one) {
                    one.progress = params.progress;
                }
                return broken;
            }
            case 'notifications/message': {
                const asked = isModern
                    ? [...this.pending.values()].map(({ level }) => level).filter(Boolean)
                    : [this.level ?? 'debug'];
                return this.#rule(
                    !asked.some((level) => levels.indexOf(params?.level) >= levels.indexOf(level)),
                    `a message of level ${params?.level} that nobody asked for`,
                );
            }
            case 'notifications/subscriptions/acknowledged': {
                const broken = this.#rule(
                    this.listens.get(idKey(subscription)) !== false,
                    `acknowledges ${idKey(subscription)}`,
                );
                this.listens.set(idKey(subscription), true);
                return broken;
            }
            case 'notifications/cancelled':
                return [];
            default:
                return isModern
                    ? this.#rule(
                          this.listens.get(idKey(subscription)) !== true,
                          `${method} for the subscription ${idKey(subscription)}`,
                      )
                    : [];
        }
    }

    #request(message, replayed) {
        const key = idKey(message.id);
        const revision = this.revision;
        const faults = [
            ...this.#rule(!replayed && this.asked.has(key), `asks with the id ${key} again`),
            ...this.#capable(message, this.can),
        ];
        this.asked.add(key);
        if (!revision) {
            return [...faults, 'a request from a server without a legacy session'];
        }
        const name = available ? shapesOf(revision).requests[message.method] : 'JSONRPCRequest';
        if (!name) {
            return [...faults, `${message.method} is not a request of a server in ${revision}`];
        }
        return [...faults, ...this.#shape(revision, 'JSONRPCRequest', message), ...this.#bare(revision, name, message)];
    }

    // Asked what it did not declare?
    #capable({ method, params }, can = {}) {
        const needs = {
            'elicitation/create':
                params?.mode === 'url'
                    ? can.elicitation?.url
                    : can.elicitation && (can.elicitation.form || !can.elicitation.url),
            'sampling/createMessage': can.sampling && (!params?.tools || can.sampling.tools),
            'roots/list': can.roots,
            ping: true,
        };
        return this.#rule(
            !needs[method],
            `asks ${method}${params?.mode === 'url' ? ' by URL' : ''}, which the client did not declare`,
        );
    }
}

// How many messages this process has heard, and as what.
export function heardTotal() {
    return { ...total, definitions: total.by.size };
}

// One line for the end of a run.
export function report() {
    return available
        ? `${total.messages} messages validated as ${total.by.size} definitions, ${total.faults} faults`
        : `skipped: the shapes of ${total.messages} messages: ../shared/data absent`;
}
