// openapi_document.mjs - an OpenAPI document as something that requests are made from and answers
// are judged by.
import Ajv from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

export const methods = ['get', 'post', 'put', 'patch', 'delete'];

export function must(condition, why) {
    if (!condition) {
        throw new Error(why);
    }
}

export class Document {
    constructor(text) {
        this.json = JSON.parse(text);
        this.ajv = new Ajv({ strict: false, allErrors: true });
        formats(this.ajv);
        this.ajv.addSchema({ ...this.json, $id: 'http://localhost/openapi.json' });
        this.seen = new Set(); // "OPERATION STATUS [CODE]"
    }

    at(pointer) {
        return pointer.split('/').slice(1).reduce((v, token) => v[token.replaceAll('~1', '/').replaceAll('~0', '~')], this.json);
    }

    follow(value) {
        return value?.$ref ? this.follow(this.at(value.$ref.slice(1))) : value;
    }

    // [{ path, method, ...operation }]
    operations() {
        return Object.entries(this.json.paths).flatMap(([path, item]) => methods.filter((m) => item[m]).map((method) => ({ path, method, ...item[method] })));
    }

    // The JSON Pointer of the answer that `status` has in an operation.
    answer(operation, status) {
        const key = operation.responses[status] ? String(status) : 'default';
        must(operation.responses[key], `${operation.operationId} documents neither ${status} nor default`);
        const ref = operation.responses[key].$ref;
        return { key, pointer: ref ? ref.slice(1) : `/paths/${operation.path.replaceAll('~', '~0').replaceAll('/', '~1')}/${operation.method}/responses/${key}` };
    }

    validate(pointer, value, what) {
        const encoded = pointer.split('/').map(encodeURIComponent).join('/');
        const check = this.ajv.getSchema(`http://localhost/openapi.json#${encoded}`);
        must(check, `no schema at ${pointer}`);
        must(check(value), `${what}: ${this.ajv.errorsText(check.errors)}: ${JSON.stringify(value).slice(0, 300)}`);
    }

    // An answer is what the document says; remembers that it was seen.
    check(operation, { status, headers, body }, { method = operation.method } = {}) {
        const { key, pointer } = this.answer(operation, status);
        const response = this.at(pointer);
        this.checkHeaders(response, headers, `${operation.operationId} ${status}`);
        if (!response.content || method === 'head') {
            must(body === '', `${operation.operationId} ${status}: a body that is not documented`);
            this.seen.add(`${operation.operationId} ${status}`);
            return null;
        }
        const type = headers['content-type'].split(';')[0];
        const media = response.content[type];
        must(media, `${operation.operationId} ${status}: ${type} is not documented`);
        if (!type.endsWith('json')) {
            this.validate(`${pointer}/content/${type.replace('/', '~1')}/schema`, body, `${operation.operationId} ${status}`);
            this.seen.add(`${operation.operationId} ${status}`);
            return body;
        }
        const value = JSON.parse(body);
        this.validate(`${pointer}/content/${type.replace('/', '~1')}/schema`, value, `${operation.operationId} ${status} ${type}`);
        this.checkCode(operation, key, status, type, media, value);
        return value;
    }

    checkCode(operation, key, status, type, media, value) {
        if (!media.examples) {
            this.seen.add(`${operation.operationId} ${status}`);
            return;
        }
        const code = value.error?.code ?? value.code;
        must(media.examples[code], `${operation.operationId} ${status}: the code ${code} is not documented`);
        if (type === 'application/problem+json') {
            must(value.status === status, `${operation.operationId}: problem says ${value.status}, HTTP ${status}`);
        }
        this.seen.add(`${operation.operationId} ${status} ${code}`);
    }

    checkHeaders(response, headers, what) {
        const documented = Object.keys(response.headers ?? {}).map((name) => name.toLowerCase());
        for (const [name, header] of Object.entries(response.headers ?? {})) {
            const value = headers[name.toLowerCase()];
            const { schema } = this.follow(header);
            if (value !== undefined) {
                const typed = schema.type === 'integer' && /^\d+$/.test(value) ? Number(value) : value;
                must(this.ajv.validate(schema, typed), `${what}: ${name}: ${value}`);
            }
        }
        const loose = Object.keys(headers).filter((name) => /^(allow|etag|retry-after|(x-)?ratelimit.*|www-authenticate)$/.test(name) && !documented.includes(name));
        must(loose.length === 0, `${what}: ${loose} is sent and not documented`);
    }

    // "OPERATION STATUS [CODE]" of everything that is documented.
    documented() {
        return this.operations().flatMap((operation) =>
            Object.entries(operation.responses).flatMap(([status, response]) => {
                const examples = this.follow(response).content?.['application/problem+json']?.examples;
                const all = examples ? Object.entries(examples) : [[null]];
                return all.map(([code, example]) => [operation.operationId, status === 'default' ? example.value.status : status, code].filter(Boolean).join(' '));
            }),
        );
    }
}

// ---- Requests from the document ------------------------------------------------------------------

// Something that the schema admits: its example, its only choice, or a value of its type.
function exampleOf(doc, schema) {
    const s = doc.follow(schema) ?? {};
    const given = s.examples?.[0] ?? s.const ?? s.enum?.[0] ?? s.default;
    if (given !== undefined) {
        return given;
    }
    switch ([s.type].flat()[0]) {
        case 'object':
            return Object.fromEntries((s.required ?? []).map((name) => [name, exampleOf(doc, s.properties?.[name])]));
        case 'array':
            return [];
        case 'integer':
        case 'number':
            return s.minimum ?? 1;
        case 'boolean':
            return true;
        default:
            return 'x'.repeat(Math.max(1, s.minLength ?? 1));
    }
}

// The request for an operation. Parameters are what `change` or `given` says, else their examples; an
// optional one without an example is left out. `body` stands for one made from the schema.
export function requestFor(doc, operation, { token, given = {}, change = {}, headers = {}, body } = {}) {
    let { path } = operation;
    const query = [];
    for (const parameter of (operation.parameters ?? []).map((p) => doc.follow(p))) {
        const schema = parameter.schema ?? parameter.content['application/json'].schema;
        const value = change[parameter.name] ?? given[parameter.name] ?? doc.follow(schema).examples?.[0] ?? (parameter.required ? exampleOf(doc, schema) : undefined);
        const text = typeof value === 'string' ? value : JSON.stringify(value);
        if (parameter.in === 'path') {
            path = path.replace(`{${parameter.name}}`, encodeURIComponent(text));
        } else if (value !== undefined) {
            query.push(`${encodeURIComponent(parameter.name)}=${encodeURIComponent(text)}`);
        }
    }
    const text = operation.requestBody ? JSON.stringify(body ?? exampleOf(doc, operation.requestBody.content['application/json'].schema)) : undefined;
    return {
        method: operation.method.toUpperCase(),
        path: path + (query.length ? `?${query.join('&')}` : ''),
        headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...(text ? { 'content-type': 'application/json' } : {}), ...headers },
        body: text,
    };
}

export const needsToken = (operation) => operation.security.length > 0;
export const scopeOf = (operation) => operation.security[0]?.bearer?.[0];
