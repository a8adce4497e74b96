// What is shown, where it comes from, and how it stays true. Every number here is the server's.

const ORDER = ['critical', 'error', 'low', 'disconnected', 'stale', 'nodata', 'healthy'];
const WORDS = { critical: 'Critical', low: 'Low', healthy: 'Healthy', stale: 'Stale', error: 'Error', disconnected: 'Disconnected', nodata: 'No data' };
const RANGES = { '24 hours': 1, '7 days': 7, '30 days': 30, '90 days': 90 };
const REFRESH_MS = 60000; // times to go change without a reading
const state = { pools: [], alerts: [], tokens: null, filter: 'all', find: '', cards: new Map(), open: null, failures: 0, loadedAt: 0, turn: 0 };

const nameOf = (pool) => (pool.label && pool.label !== pool.connectionName ? `${pool.connectionName}, ${pool.label}` : pool.connectionName);
const keyOf = (pool) => JSON.stringify([pool.connectionId, pool.creditType]);
const needsCare = (pool) => pool.status !== 'healthy' && pool.status !== 'nodata';

// ---- Asking ----

let loading = null, isStale = false, retry = 0;

// Ask for everything; while that goes on, another wish is remembered, not queued.
function load() {
    if (loading) {
        isStale = true;
        return loading;
    }
    clearTimeout(retry);
    isStale = false;
    const turn = state.turn; // what was asked for before somebody left is not shown after
    loading = ask().then((news) => turn === state.turn && loaded(news), (error) => turn === state.turn && failed(error)).finally(() => {
        loading = null;
        if (isStale) {
            load();
        }
    });
    return loading;
}

async function ask() {
    const [pools, alerts, tokens] = await Promise.all([
        get('/api/v1/pools'),
        get('/api/v1/alerts?limit=40'),
        get('/api/v1/tokens').catch((error) => (error.status === 403 ? null : Promise.reject(error))),
    ]);
    return { pools: pools.pools, alerts: alerts.alerts, tokens: tokens?.tokens ?? null };
}

function loaded(news) {
    const before = new Map(state.pools.map((pool) => [keyOf(pool), pool.status]));
    const isFirst = !state.loadedAt;
    Object.assign(state, news, { failures: 0, loadedAt: Date.now() });
    $('notice').hidden = true;
    $('signed-out').hidden = true;
    $('board').hidden = false;
    $('sign-out').hidden = false;
    render();
    const worse = state.pools.filter((pool) => needsCare(pool) && before.has(keyOf(pool)) && before.get(keyOf(pool)) !== pool.status);
    if (!isFirst && worse.length) {
        $('said').textContent = worse.slice(0, 3).map((pool) => `${nameOf(pool)} is now ${WORDS[pool.status].toLowerCase()}.`).join(' ');
    }
    listen();
    retry = setTimeout(load, REFRESH_MS);
}

function failed(error) {
    if (error.status === 401 || error.status === 403) {
        return signedOut();
    }
    state.failures++;
    hush();
    const waitMs = Math.max(error.afterMs || 0, Math.min(30000, 1000 * 2 ** Math.min(5, state.failures - 1)));
    const why = error.status === 429 ? 'Too many requests.' : error.status ? 'The server cannot answer now.' : 'The server does not answer.';
    $('notice').textContent = `${why} ${state.loadedAt ? `What you see is from ${relative(new Date(state.loadedAt).toISOString())}.` : ''} Trying again in ${Math.ceil(waitMs / 1000)} s.`;
    $('notice').hidden = false;
    setLive('off', 'Not connected');
    retry = setTimeout(load, waitMs);
}

function signedOut() {
    const had = state.loadedAt;
    hush();
    clearTimeout(retry);
    Object.assign(state, { pools: [], alerts: [], tokens: null, loadedAt: 0, turn: state.turn + 1 });
    closeDetail();
    state.cards.clear();
    histories.clear();
    waiting.length = 0;
    for (const id of ['cards', 'chips', 'alerts', 'keys', 'said', 'headline', 'none']) {
        $(id).replaceChildren(); // nothing of what was seen stays in the page
    }
    $('find').value = state.find = '';
    state.filter = 'all';
    $('board').hidden = $('sign-out').hidden = $('live').hidden = $('notice').hidden = true;
    $('signed-out').hidden = false;
    $('signed-out-title').textContent = had ? 'You are signed out' : 'Sign in';
    document.title = 'Cistern';
    if (had) {
        $('signed-out-title').focus();
    }
}

// ---- Live: the stream says when to ask, and nothing else ----

let events = null, relisten = 0;

function setLive(kind, word) {
    $('live').hidden = false;
    $('live').className = `live ${kind}`;
    $('live-word').textContent = word;
}

function hush() {
    events?.close();
    events = null;
    calm();
}

function calm() {
    clearTimeout(relisten);
    relisten = 0;
}

function askWhy() {
    relisten = 0;
    load();
}

function listen() {
    if (events || document.hidden) {
        return;
    }
    events = new EventSource('/api/v1/events');
    let isFirst = true;
    events.addEventListener('change', () => {
        calm();
        setLive('on', 'Live');
        if (!isFirst || Date.now() - state.loadedAt > 1000) {
            load();
        }
        isFirst = false;
    });
    events.addEventListener('error', () => {
        setLive('off', 'Reconnecting');
        if (events?.readyState === EventSource.CLOSED) { // refused, so it does not come again by itself
            hush();
        }
        relisten ||= setTimeout(askWhy, 2500); // it tries again more often than that
    });
}

// A hidden page keeps no connection: a browser has six for all its tabs.
document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
        hush();
    } else {
        load();
    }
});

// ---- The board ----

function render() {
    const counts = Object.fromEntries(ORDER.map((status) => [status, state.pools.filter((pool) => pool.status === status).length]));
    const care = state.pools.filter(needsCare).length;
    if (state.filter !== 'all' && !counts[state.filter]) {
        state.filter = 'all';
    }
    document.title = care ? `(${care}) Cistern` : 'Cistern';
    $('headline').textContent = headline(counts, care);
    $('empty').hidden = state.pools.length > 0;
    $('tools').hidden = $('chips').hidden = state.pools.length < 2;
    renderChips(counts);
    renderCards();
    renderAlerts();
    renderKeys();
    renderTimes();
    state.open?.update();
}

// A pool without thresholds is healthy to its last hour, so what empties soon is said, too.
function headline(counts, care) {
    const count = (n, one, many) => (n === 1 ? `One pool ${one}` : `${n} pools ${many}`);
    const urgent = counts.critical + counts.low + counts.error;
    const soon = state.pools.filter((pool) => pool.burn.daysLeft !== null && pool.burn.daysLeft < 1).length;
    if (!state.pools.length) {
        return 'Pools';
    }
    if (urgent) {
        return count(urgent, 'needs you', 'need you');
    }
    if (soon) {
        return count(soon, 'empties within a day', 'empty within a day');
    }
    return care ? count(care, 'is not up to date', 'are not up to date') : 'Nothing runs low';
}

function renderChips(counts) {
    const focus = document.activeElement?.dataset?.status;
    $('chips').replaceChildren(...['all', ...ORDER].filter((status) => status === 'all' || counts[status]).map((status) =>
        h('button', { type: 'button', 'data-status': status, 'aria-pressed': String(state.filter === status), onclick: () => { state.filter = status; render(); } },
            status === 'all' ? 'All' : WORDS[status], h('span', null, String(status === 'all' ? state.pools.length : counts[status])))));
    if (focus) {
        $('chips').querySelector(`[data-status="${focus}"]`)?.focus();
    }
}

function isWanted(pool) {
    const text = `${pool.connectionName} ${pool.tool.name} ${pool.label ?? ''} ${pool.creditType ?? ''}`.toLocaleLowerCase();
    return (state.filter === 'all' || pool.status === state.filter) && text.includes(state.find);
}

// What is most urgent first; among equals what is empty soonest, then by name.
function byUrgency(a, b) {
    return ORDER.indexOf(a.status) - ORDER.indexOf(b.status) || (a.burn.daysLeft ?? 1e9) - (b.burn.daysLeft ?? 1e9) ||
        a.connectionName.localeCompare(b.connectionName) || (a.label ?? '').localeCompare(b.label ?? '');
}

// Cards are kept from one look to the next: the focus stays where it was.
function renderCards() {
    const wanted = state.pools.filter(isWanted).sort(byUrgency);
    const all = new Set(state.pools.map(keyOf));
    for (const [key, card] of state.cards) {
        if (!all.has(key)) {
            card.end();
            state.cards.delete(key);
        }
    }
    const elements = wanted.map((pool) => {
        const card = state.cards.get(keyOf(pool)) ?? new Card(pool);
        state.cards.set(keyOf(pool), card);
        card.update(pool);
        return card.element;
    });
    const list = $('cards');
    const isSame = list.children.length === elements.length && elements.every((element, i) => list.children[i] === element);
    if (!isSame) {
        const focus = document.activeElement;
        list.replaceChildren(...elements);
        if (focus !== document.activeElement && list.contains(focus)) {
            focus.focus({ preventScroll: true });
        }
    }
    $('none').hidden = elements.length > 0 || !state.pools.length;
    $('none').textContent = state.find ? `No pool is called like “${state.find}”.` : 'No pool is in this state.';
}

const seen = new IntersectionObserver((entries) => entries.forEach((entry) => state.byElement.get(entry.target)?.onSeen(entry.isIntersecting)), { rootMargin: '200px' });
state.byElement = new WeakMap();

class Card {
    constructor(pool) {
        this.name = h('button', { type: 'button', class: 'open', 'aria-haspopup': 'dialog', onclick: () => openDetail(this) });
        this.of = h('p', { class: 'of' });
        this.pill = h('span', { class: 'pill' });
        this.figure = h('p', { class: 'figure' });
        this.level = h('div', { class: 'level' });
        this.spark = svg('svg', { class: 'spark none', viewBox: '0 0 100 44', preserveAspectRatio: 'none', 'aria-hidden': 'true' });
        this.outlook = h('p', { class: 'outlook' });
        this.end_ = h('div', { class: 'card-end' });
        this.element = h('li', null, h('div', { class: 'card-top' }, h('div', null, h('h2', null, this.name), this.of), this.pill), this.figure, this.level, this.spark, this.outlook, this.end_);
        state.byElement.set(this.element, this);
        seen.observe(this.element);
    }

    end() {
        seen.unobserve(this.element);
    }

    onSeen(isSeen) {
        this.isSeen = isSeen;
        if (isSeen) {
            this.history();
        }
    }

    // The week, asked for when the card is looked at, and again when there is a newer reading.
    async history() {
        const pool = this.pool;
        if (this.drawn === pool.recordedAt || pool.recordedAt === null) {
            return;
        }
        this.drawn = pool.recordedAt;
        try {
            const week = await historyOf(pool.connectionId, pool.recordedAt);
            const mine = week.pools.find((p) => p.creditType === pool.creditType);
            if (this.drawn === pool.recordedAt) { // else a newer one was asked for meanwhile
                drawSpark(this.spark, mine?.points ?? [], pool.thresholds);
            }
        } catch {
            this.drawn = undefined; // at the next look again
        }
    }

    update(pool) {
        const text = JSON.stringify(pool);
        const isNews = this.pool && this.pool.recordedAt !== pool.recordedAt;
        if (this.text === text) {
            return;
        }
        this.text = text;
        this.pool = pool;
        this.element.className = `card ${pool.status}`;
        this.name.replaceChildren(words(pool.connectionName));
        this.of.replaceChildren(...subtitle(pool));
        this.pill.replaceChildren(shape(pool.status), WORDS[pool.status] ?? pool.status);
        this.figure.replaceChildren(...figure(pool));
        this.updateLevel(pool);
        this.outlook.textContent = outlook(pool);
        this.outlook.classList.toggle('urgent', pool.status === 'critical' || pool.status === 'low');
        this.end_.replaceChildren(h('span', null, pool.recordedAt ? when(pool.recordedAt) : 'never read'),
            webLink(pool.tool.topupUrl, 'Top up', { 'aria-label': `Top up ${pool.connectionName}` }) ?? '');
        if (isNews) {
            this.element.classList.remove('fresh');
            requestAnimationFrame(() => this.element.classList.add('fresh'));
        }
        if (this.isSeen) {
            this.history();
        }
    }

    updateLevel(pool) {
        const share = levelOf(pool);
        this.level.hidden = share === null;
        if (share === null) {
            return;
        }
        const fillBar = this.level.querySelector('i') ?? this.level.appendChild(h('i'));
        fillBar.style.width = `${100 * share}%`;
        this.level.querySelectorAll('u').forEach((mark) => mark.remove());
        for (const limit of [pool.thresholds.low, pool.thresholds.critical]) {
            if (limit !== null && limit > 0 && limit < scaleOf(pool)) {
                this.level.appendChild(h('u')).style.left = `${(100 * limit) / scaleOf(pool)}%`;
            }
        }
        this.level.setAttribute('role', 'img');
        this.level.setAttribute('aria-label', pool.balanceLimit ? `${Math.round(100 * share)} percent of the limit is left` : 'Level against the threshold for low');
    }
}

// The full bar: the limit, else four times what is low.
function scaleOf(pool) {
    const low = pool.thresholds.low ?? pool.thresholds.critical;
    return pool.balanceLimit > 0 ? pool.balanceLimit : low > 0 ? Math.max(4 * low, pool.balance ?? 0) : null;
}

function levelOf(pool) {
    const scale = scaleOf(pool);
    return scale === null || pool.balance === null ? null : Math.min(1, Math.max(0, pool.balance / scale));
}

function subtitle(pool) {
    const parts = [pool.tool.name, pool.label].filter((part, i, all) => part && part !== pool.connectionName && all.indexOf(part) === i);
    return parts.flatMap((part, i) => (i ? [' · ', words(part)] : [words(part)]));
}

function figure(pool) {
    if (pool.balance === null) {
        return [h('b', null, '–'), h('span', null, pool.creditType === null ? 'no reading yet' : 'the vendor did not say')];
    }
    const limit = pool.balanceLimit;
    return isMoney(pool.unit)
        ? [h('b', null, money(pool.balance, pool.unit)), limit === null ? null : h('span', null, `of ${money(limit, pool.unit)}`)].filter(Boolean)
        : [h('b', null, compact(pool.balance)), h('span', null, limit === null ? '' : `of ${compact(limit)} `, words(pool.unit))];
}

function outlook(pool) {
    if (pool.status === 'nodata' || pool.balance === null) {
        return 'Waiting for a reading';
    }
    if (pool.status === 'error' || pool.status === 'disconnected') {
        return 'The balance cannot be read';
    }
    return pool.eta.long.replace(/\.$/, '');
}

// ---- History, asked for by a few at a time ----

const histories = new Map(), waiting = [];
let asking = 0;

// The week of a connection; its pools share one answer as long as their readings do.
function historyOf(connection, recordedAt) {
    const key = `${connection} ${recordedAt}`;
    if (!histories.has(key)) {
        const answer = queued(() => get(`/api/v1/pools/${encodeURIComponent(connection)}/history?points=60`));
        answer.catch(() => histories.delete(key));
        histories.set(key, answer);
        if (histories.size > 1200) {
            histories.delete(histories.keys().next().value);
        }
    }
    return histories.get(key);
}

function queued(run) {
    return new Promise((resolve, reject) => {
        waiting.push(() => run().then(resolve, reject));
        next();
    });
}

function next() {
    while (asking < 3 && waiting.length) {
        asking++;
        waiting.shift()().finally(() => {
            asking--;
            next();
        });
    }
}

// ---- One pool ----

class Detail {
    constructor(card) {
        this.card = card;
        this.days = 7;
        this.said = h('p', { class: 'readout soft', 'aria-live': 'polite' });
        this.sub = h('p', { class: 'sub' });
        this.facts = h('dl', { class: 'facts' });
        this.rows = h('tbody');
        this.ranges = h('div', { class: 'ranges', role: 'group', 'aria-label': 'Time' });
        this.box = h('div', { class: `chart ${card.pool.status}` });
        this.chart = new Chart(this.box, card.pool, (p) => this.say(p));
        $('detail-title').replaceChildren(words(card.pool.connectionName));
        $('detail-body').replaceChildren(this.sub, this.ranges, this.box, this.said, this.facts,
            h('details', null, h('summary', null, 'The readings as a table'), h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Readings' },
                h('table', null, h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'When'), h('th', { scope: 'col', class: 'number' }, 'Balance'))), this.rows))));
        this.update();
    }

    // What the card says, and the readings when there are new ones.
    update() {
        const pool = this.card.pool;
        this.chart.pool = pool;
        this.box.className = `chart ${pool.status}`;
        this.sub.replaceChildren(h('span', { class: `pill ${pool.status}` }, shape(pool.status), WORDS[pool.status]), h('span', null, ...subtitle(pool)));
        const facts = [
            ['Left', amount(pool.balance, pool.unit)], ['Limit', pool.balanceLimit === null ? 'none known' : amount(pool.balanceLimit, pool.unit)],
            ['Used a day', pool.burn.perDay === null ? 'none seen yet' : amount(pool.burn.perDay, pool.unit)],
            ['Lasts', pool.burn.daysLeft === null ? '–' : `${plain.format(pool.burn.daysLeft)} ${pool.burn.daysLeft === 1 ? 'day' : 'days'}`],
            ['Low at', pool.thresholds.low === null ? 'not set' : amount(pool.thresholds.low, pool.unit)],
            ['Critical at', pool.thresholds.critical === null ? 'not set' : amount(pool.thresholds.critical, pool.unit)],
            ['Last reading', pool.recordedAt === null ? 'never' : moment(pool.recordedAt)],
            ['Top up', webLink(pool.tool.topupUrl, hostOf(pool.tool.topupUrl)) ?? 'no link'],
        ];
        this.facts.replaceChildren(...facts.map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, typeof value === 'string' ? words(value) : value))));
        this.renderRanges();
        if (this.shown !== `${pool.recordedAt} ${this.days}`) {
            this.history();
        }
    }

    renderRanges() {
        const focus = this.ranges.contains(document.activeElement) ? document.activeElement.textContent : null;
        this.ranges.replaceChildren(...Object.entries(RANGES).map(([name, days]) =>
            h('button', { type: 'button', 'aria-pressed': String(days === this.days), onclick: () => { this.days = days; this.update(); } }, name)));
        [...this.ranges.children].find((button) => button.textContent === focus)?.focus();
    }

    async history() {
        const pool = this.card.pool, shown = `${pool.recordedAt} ${this.days}`;
        this.shown = shown;
        if (pool.creditType === null) {
            return this.box.replaceChildren(h('p', { class: 'none' }, 'No reading has arrived yet.'));
        }
        try {
            const from = new Date(Date.now() - this.days * 86400000).toISOString();
            const history = await get(`/api/v1/pools/${encodeURIComponent(pool.connectionId)}/history?points=300&creditType=${encodeURIComponent(pool.creditType)}&from=${encodeURIComponent(from)}`);
            if (this.shown === shown && state.open === this) {
                const points = history.pools[0]?.points ?? [];
                this.chart.show(history, points);
                this.rows.replaceChildren(...points.toReversed().map((p) => h('tr', null, h('td', null, moment(p.at)), h('td', { class: 'number' }, amount(p.balance, pool.unit)))));
            }
        } catch (error) {
            this.shown = undefined;
            this.box.replaceChildren(h('p', { class: 'none' }, error.status === 404 ? 'This pool is gone.' : 'The history cannot be read now.'));
        }
    }

    say(p) {
        this.said.replaceChildren(p ? `${amount(p.balance, this.card.pool.unit)} on ${moment(p.at)}` : '');
    }

    end() {
        this.chart.end();
    }
}

function openDetail(card) {
    $('detail').showModal();
    state.open = new Detail(card);
    $('detail-title').focus();
}

function closeDetail() {
    if ($('detail').open) {
        $('detail').close();
    }
}

$('detail').addEventListener('close', () => {
    state.open?.end();
    state.open = null;
    $('detail-body').replaceChildren();
});
$('close').addEventListener('click', closeDetail);
$('detail').addEventListener('click', (event) => {
    if (event.target === $('detail')) { // beside it
        closeDetail();
    }
});

// ---- Alerts and keys ----

const SENT = { pending: 'on its way', sent: 'sent', unsent: 'shown here only', withdrawn: 'over before it was sent', superseded: 'replaced by a later one' };

function renderAlerts() {
    $('alerts').replaceChildren(state.alerts.length
        ? h('ul', { class: 'log' }, state.alerts.slice(0, state.allAlerts ? 40 : 8).map((alert) =>
            h('li', { class: `${alert.level} ${alert.state === 'withdrawn' || alert.state === 'superseded' ? 'over' : ''}` }, shape(alert.level),
                h('div', null, h('h3', null, words(alert.title)), h('p', null, words(alert.body)), h('p', null, when(alert.createdAt), `, ${SENT[alert.state] ?? alert.state}`)))))
        : h('p', { class: 'nothing' }, 'No alert has been raised.'));
    if (state.alerts.length > 8 && !state.allAlerts) {
        $('alerts').append(h('button', { type: 'button', class: 'more', onclick: () => { state.allAlerts = true; renderAlerts(); } }, `Show ${state.alerts.length - 8} more`));
    }
}

function renderKeys() {
    $('keys-section').hidden = state.tokens === null; // this session may not see them
    const rank = { active: 0, expired: 1, revoked: 2 };
    const keys = (state.tokens ?? []).toSorted((a, b) => rank[a.status] - rank[b.status] || (b.lastUsedAt ?? '').localeCompare(a.lastUsedAt ?? ''));
    $('keys').replaceChildren(keys.length
        ? h('ul', { class: 'keys' }, keys.slice(0, state.allKeys ? keys.length : 6).map((key) => h('li', { class: key.status === 'active' ? null : 'ended' },
            h('h3', null, words(key.name), ' ', h('code', { class: 'soft' }, `…${key.hint}`)),
            h('p', null, key.scopes.join(', '), ' · ', key.lastUsedAt ? ['used ', when(key.lastUsedAt)] : 'never used'),
            expiry(key))))
        : h('p', { class: 'nothing' }, 'No key has been made: ', h('code', null, 'cistern token create NAME')));
    if (keys.length > 6 && !state.allKeys) {
        $('keys').append(h('button', { type: 'button', class: 'more', onclick: () => { state.allKeys = true; renderKeys(); } }, `Show ${keys.length - 6} more`));
    }
}

function expiry(key) {
    if (key.status !== 'active') {
        return h('p', null, key.status === 'revoked' ? ['revoked ', when(key.revokedAt)] : ['expired ', when(key.expiresAt)]);
    }
    const isSoon = key.expiresAt && Date.parse(key.expiresAt) - Date.now() < 14 * 86400000;
    return key.expiresAt ? h('p', { class: isSoon ? 'warn' : null }, 'expires ', when(key.expiresAt)) : null;
}

// ---- Begin ----

$('find').addEventListener('input', (event) => {
    state.find = event.target.value.trim().toLocaleLowerCase();
    renderCards();
    renderTimes();
});
$('again').addEventListener('click', load);
$('sign-out').addEventListener('click', async () => {
    const answer = await fetch('/logout', { method: 'POST', credentials: 'same-origin' }).catch(() => null);
    if (answer?.ok || answer?.status === 401) {
        signedOut();
    } else {
        failed(answer ? new Refused(answer) : new Error('no answer'));
    }
});
addEventListener('focus', () => {
    if (!$('signed-out').hidden) {
        load();
    }
});
load();
