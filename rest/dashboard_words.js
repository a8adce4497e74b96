// What every page for people needs: words for numbers and times, and asking the server.

const $ = (id) => document.getElementById(id);

// ---- Words for numbers and times ----

const plain = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });
const short = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
const compact = (n) => (Math.abs(n) < 10000 ? plain.format(n) : short.format(n));
const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const moment = (at) => date.format(new Date(at));
const dayName = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const dayOf = (at) => dayName.format(new Date(at));
const ago = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });

function relative(at) {
    const seconds = (Date.parse(at) - Date.now()) / 1000;
    const [unit, size] = [['second', 1], ['minute', 60], ['hour', 3600], ['day', 86400], ['month', 2629800]]
        .findLast(([, s]) => Math.abs(seconds) >= s * (s === 1 ? 0 : 0.95)) ?? ['second', 1];
    return unit === 'second' ? 'just now' : ago.format(Math.round(seconds / size), unit);
}

function isMoney(unit) {
    return /^[A-Z]{3}$/.test(unit ?? '') && Intl.supportedValuesOf('currency').includes(unit);
}

function money(n, unit) {
    return new Intl.NumberFormat(undefined, { style: 'currency', currency: unit, currencyDisplay: 'narrowSymbol' }).format(n);
}

// For a sentence: "$1.12", "620 credits".
function amount(n, unit) {
    if (n === null) {
        return 'no value';
    }
    return isMoney(unit) ? money(n, unit) : `${plain.format(n)}${unit ? ` ${unit}` : ''}`;
}

function renderTimes() {
    for (const time of document.querySelectorAll('time')) {
        time.textContent = relative(time.dateTime);
    }
}

function when(at) {
    return h('time', { datetime: at, title: moment(at) }, relative(at));
}

setInterval(renderTimes, 20000);

// Only what a person can safely follow.
function webLink(url, text, props) {
    return /^https?:\/\//i.test(url ?? '') ? h('a', { href: url, target: '_blank', rel: 'noreferrer noopener', ...props }, text) : null;
}

// The server takes URLs that a browser does not: "https://[".
function hostOf(url) {
    return URL.canParse(url ?? '') ? new URL(url).host : url;
}

// ---- Asking ----

// A no of the server, in its words.
class Refused extends Error {
    constructor(answer, said) {
        super(said?.message ?? `The server says ${answer.status}.`);
        this.status = answer.status;
        this.code = said?.code;
        this.hint = said?.hint;
        this.afterMs = 1000 * Number(answer.headers.get('Retry-After') ?? 0);
    }
}

async function send(method, path, body, headers) {
    const answer = await fetch(path, {
        method, credentials: 'same-origin', cache: 'no-store', signal: AbortSignal.timeout(30000),
        headers: { Accept: 'application/json', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
        body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!answer.ok) {
        throw new Refused(answer, (await answer.json().catch(() => null))?.error);
    }
    return answer.status === 204 ? null : answer.json();
}

const get = (path) => send('GET', path);
