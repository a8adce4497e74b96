// The account of whoever is signed in: each part is asked for by itself, and changed through the same routes.

const PERIODS = { '7 days': '7d', '30 days': '30d', '90 days': '90d' };
const REFRESH_MS = 60000;
const CREDITS_PER_DOLLAR = 1000000;
const state = { account: null, spend: null, period: '30d', packages: new Map(), orders: new Map(), buying: new Map(), timer: 0, turn: 0 };

const credits = (n) => amount(n, Math.abs(n) === 1 ? 'credit' : 'credits');
const dollars = (n) => money(n / CREDITS_PER_DOLLAR, 'USD');
const isOver = (error) => error.status === 401 || error.code === 'insufficient_scope';

// What a person can do about it, in the server's words where it has said some.
function explain(error) {
    if (error.status === 429) {
        return `Too many requests. Try again in ${Math.max(1, Math.ceil(error.afterMs / 1000))} s.`;
    }
    if (!error.status) {
        return 'The server does not answer.';
    }
    return [error.message, error.hint].filter(Boolean).map((part) => part.charAt(0).toUpperCase() + part.slice(1)).map((part) => (/[.!?]$/.test(part) ? part : `${part}.`)).join(' ');
}

// ---- In and out ----

function signedOut(title, text) {
    const isFirst = $('board').hidden;
    clearTimeout(state.timer);
    Object.assign(state, { account: null, spend: null, turn: state.turn + 1 });
    for (const map of [state.packages, state.orders, state.buying]) {
        map.clear();
    }
    for (const id of ['pill', 'since', 'figure', 'outlook', 'spent', 'readout', 'days', 'apps', 'packages', 'packages-said', 'orders', 'payment', 'email', 'picture', 'providers', 'said']) {
        $(id).replaceChildren(); // nothing of what was seen stays in the page
    }
    for (const form of document.forms) {
        form.reset();
        say(form, '');
        delete form.dataset.was;
    }
    $('ending').close();
    chart.clear();
    $('title').textContent = 'Account';
    $('board').hidden = $('sign-out').hidden = $('notice').hidden = true;
    $('signed-out').hidden = false;
    $('signed-out-title').textContent = title;
    $('signed-out-text').textContent = text;
    if (!isFirst) {
        $('signed-out-title').focus();
    }
}

const ASK = 'With the address and the password of your account.';

// What was asked for before somebody left is not shown after.
function stays() {
    const turn = state.turn;
    return () => turn === state.turn;
}

// The session is over, or of another kind.
function turnedAway(error) {
    if (error.code === 'insufficient_scope') {
        signedOut('Sign in', 'You are signed in for something else: an account opens with its own address and password.');
    } else {
        signedOut(state.account ? 'Your session has ended' : 'Sign in', ASK);
    }
}

async function signIn(form) {
    await send('POST', '/auth/login', { email: form.get('email'), password: form.get('password') });
    try {
        show(await get('/account'));
    } catch (error) {
        throw error.status === 401 ? Object.assign(new Error('The browser has not kept the session: it does over https, or on the machine itself.'), { status: 401, isKept: true }) : error;
    }
    $('sign-in').reset();
    loadRest();
    $('title').focus();
}

async function signOut() {
    try {
        await send('POST', '/auth/logout');
        signedOut('You are signed out', ASK);
    } catch (error) {
        if (isOver(error)) {
            signedOut('You are signed out', ASK);
        } else {
            notice(error);
        }
    }
}

// ---- Asking ----

async function load() {
    const isStill = stays();
    clearTimeout(state.timer);
    try {
        const account = await get('/account');
        if (!isStill()) {
            return;
        }
        show(account);
    } catch (error) {
        return !isStill() ? undefined : isOver(error) ? turnedAway(error) : notice(error);
    }
    await loadRest();
}

async function loadRest() {
    state.timer = setTimeout(() => !document.hidden && load(), REFRESH_MS);
    await Promise.all([loadSpend(), part('apps', '/account/apps', showApps), state.packages.size ? null : part('packages', '/v1/packages', showPackages)]);
}

// One part of the page: when it fails it says so, and how to try again; what was seen before stays.
async function part(id, path, show) {
    const failed = $(`${id}-failed`), isStill = stays();
    try {
        const said = await get(path);
        if (isStill()) {
            show(said);
            failed.hidden = true;
        }
    } catch (error) {
        if (!isStill()) {
            return;
        }
        if (isOver(error)) {
            return turnedAway(error);
        }
        const again = h('button', { type: 'button', onclick: () => { again.disabled = true; part(id, path, show); } }, 'Try again');
        failed.replaceChildren(h('span', null, explain(error)), again);
        failed.hidden = false;
    }
}

function notice(error) {
    const again = h('button', { type: 'button', onclick: load }, 'Try again');
    $('notice').replaceChildren(h('span', null, `${explain(error)}${state.account ? ' What you see may be old.' : ''} `), again);
    $('notice').hidden = false;
    clearTimeout(state.timer);
    state.timer = setTimeout(load, Math.max(error.afterMs || 0, 15000));
}

function loadSpend() {
    const period = state.period;
    return part('spend', `/account/spend?period=${period}`, (spend) => (period === state.period ? showSpend(spend) : 0));
}

// ---- Showing ----

function show(account) {
    state.account = account;
    $('notice').hidden = $('signed-out').hidden = true;
    $('board').hidden = $('sign-out').hidden = false;
    $('title').replaceChildren(words(account.name ?? account.email));
    $('since').textContent = `Since ${new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' }).format(new Date(account.created_at))}`;
    $('email').textContent = $('whose').value = account.email;
    $('providers').replaceChildren(account.linked_providers.length
        ? h('ul', null, account.linked_providers.map((name) => h('li', null, words(name))))
        : h('p', { class: 'nothing' }, 'None. You sign in with the password.'));
    const picture = webLink(account.avatar_url, 'See the picture');
    if ($('picture').firstChild?.href !== picture?.href) { // else who is on it would lose it
        $('picture').replaceChildren(picture ?? '');
    }
    $('picture').hidden = !picture;
    $('payment').textContent = account.billing.has_payment_method ? 'It is charged to your payment method, once each time.' : 'No payment method is stored: it makes an order, once each time.';
    keep($('profile'), { name: account.name ?? '', avatar_url: account.avatar_url ?? '', user_metadata: account.user_metadata ? JSON.stringify(account.user_metadata, null, 2) : '' });
    keep($('topoff'), account.billing);
    showBalance();
}

function figure(n) {
    const text = plain.format(n);
    return h('b', { class: text.length > 14 ? 'long' : null }, text);
}

function showBalance() {
    const { balance, billing } = state.account;
    const [kind, word] = balance < 0 ? ['critical', 'Overdrawn'] : balance === 0 ? ['low', 'Empty']
        : billing.auto_topoff_enabled && balance < billing.auto_topoff_threshold ? ['low', 'Below the threshold'] : ['', ''];
    $('balance').className = `panel ${kind}`;
    $('pill').hidden = !kind;
    $('pill').className = `pill ${kind}`;
    $('pill').replaceChildren(...(kind ? [shape(kind), word] : []));
    $('figure').replaceChildren(figure(balance), h('span', null, `${Math.abs(balance) === 1 ? 'credit' : 'credits'}, ${dollars(balance)}`));
    $('outlook').textContent = outlook(balance);
}

// How long it lasts, by what was spent in the time that is shown.
function outlook(balance) {
    if (balance < 0) {
        return 'More was spent than there was. Buy credits to go on.';
    }
    if (!state.spend || state.spend.total_credits_used === 0 || balance === 0) {
        return '';
    }
    const length = state.spend.data.length;
    const left = Math.floor(balance / (state.spend.total_credits_used / length));
    const lasts = left < 1 ? 'less than a day' : left > 3650 ? 'for years' : `about ${left === 1 ? 'a day' : `${plain.format(left)} days`}`;
    return `Lasts ${lasts} at the pace of the last ${length} days`;
}

const chart = new Days($('chart'), 'credits', (p) => $('readout').replaceChildren(p ? `${credits(p.balance)} on ${dayOf(p.at)}` : ''));

function showSpend(spend) {
    state.spend = spend;
    $('spent').replaceChildren(figure(spend.total_credits_used), h('span', null, `credits in ${spend.data.length} days, ${dollars(spend.total_credits_used)}`));
    chart.show(spend.data.map((day) => ({ date: day.date, value: day.credits_used })));
    $('days').replaceChildren(...spend.data.toReversed().map((day) => h('tr', null, h('td', null, dayOf(day.date)), h('td', { class: 'number' }, plain.format(day.credits_used)))));
    $('spend-table').hidden = false;
    showBalance();
}

function showRanges() {
    $('ranges').replaceChildren(...Object.entries(PERIODS).map(([name, period]) => h('button', {
        type: 'button', 'aria-pressed': String(period === state.period),
        onclick: (event) => {
            state.period = period;
            [...$('ranges').children].forEach((button) => button.setAttribute('aria-pressed', String(button === event.currentTarget)));
            loadSpend();
        },
    }, name)));
}

function showApps({ apps }) {
    const most = Math.max(1, ...apps.map((app) => app.credits_used));
    $('apps').replaceChildren(apps.length ? h('ul', { class: 'apps' }, apps.map((app) => {
        const share = h('i');
        share.style.width = `${(100 * app.credits_used) / most}%`;
        return h('li', null,
            h('p', { class: 'line-of' }, h('b', null, words(app.name)), h('span', null, credits(app.credits_used))),
            h('div', { class: 'level', 'aria-hidden': 'true' }, share),
            h('p', { class: 'small' }, 'used ', when(app.last_used_at)));
    })) : h('p', { class: 'nothing' }, 'No app has spent credits.'));
}

// ---- Forms ----

const FIELDS = { invalid_name: 'name', invalid_avatar_url: 'avatar_url', invalid_user_metadata: 'user_metadata', invalid_threshold: 'auto_topoff_threshold', invalid_amount: 'auto_topoff_amount', invalid_password: 'password', invalid_credentials: 'password' };

function say(form, text, kind = '') {
    const said = form.querySelector('.said');
    said.className = `said ${kind}`;
    said.textContent = text;
    form.querySelectorAll('[aria-invalid]').forEach((field) => field.removeAttribute('aria-invalid'));
}

const valueOf = (field) => (field.type === 'checkbox' ? field.checked : field.type === 'number' ? Number(field.value) : field.value.trim());

// What the server has goes into the fields, but not over what somebody is changing.
function keep(form, values) {
    const was = JSON.parse(form.dataset.was ?? '{}');
    for (const field of form.elements) {
        if (field.name && (!(field.name in was) || valueOf(field) === was[field.name])) {
            field[field.type === 'checkbox' ? 'checked' : 'value'] = values[field.name];
            was[field.name] = valueOf(field);
        }
    }
    form.dataset.was = JSON.stringify(was);
}

// Only what was changed.
function changes(form) {
    const was = JSON.parse(form.dataset.was);
    return Object.fromEntries(Object.keys(was).map((name) => [name, valueOf(form.elements[name])]).filter(([name, value]) => value !== was[name]));
}

// `act` sends it and says how that went; its buttons wait meanwhile, what is wrong is said at its field.
function onSubmit(id, act) {
    const form = $(id), buttons = form.querySelectorAll('button');
    form.addEventListener('submit', async (event) => {
        const isStill = stays();
        event.preventDefault();
        say(form, '');
        buttons.forEach((button) => (button.disabled = true));
        try {
            const said = await act(new FormData(form), form);
            if (isStill()) {
                say(form, said ?? '', 'good');
            }
        } catch (error) {
            if (!isStill()) {
                return;
            }
            if (isOver(error) && id !== 'sign-in') {
                return turnedAway(error);
            }
            wrong(form, error);
        } finally {
            buttons.forEach((button) => (button.disabled = false));
        }
    });
}

function wrong(form, error) {
    say(form, error.isKept || error.field ? error.message : explain(error), 'wrong');
    const field = form.elements[error.field ?? FIELDS[error.code]];
    field?.setAttribute('aria-invalid', 'true');
    field?.focus();
}

// null clears; the metadata is replaced as a whole.
function profileOf(changed) {
    const body = Object.fromEntries(Object.entries(changed).map(([name, value]) => [name, value === '' ? null : value]));
    if (body.user_metadata) {
        try {
            body.user_metadata = JSON.parse(body.user_metadata);
        } catch {
            throw Object.assign(new Error('The metadata is not JSON.'), { field: 'user_metadata' });
        }
    }
    return body;
}

// The answer is what there is now, and what was typed.
function saved(form, answer, change) {
    if (state.account) { // else somebody has left meanwhile
        delete form.dataset.was;
        show({ ...state.account, ...change(answer) });
    }
    return 'Saved.';
}

async function saveProfile(data, form) {
    const body = profileOf(changes(form));
    if (!Object.keys(body).length) {
        return 'Nothing was changed.';
    }
    return saved(form, await send('PATCH', '/account', body), ({ name, avatar_url, user_metadata }) => ({ name, avatar_url, user_metadata }));
}

async function saveTopoff(data, form) {
    const body = changes(form);
    const unsafe = Object.keys(body).find((name) => typeof body[name] === 'number' && !Number.isSafeInteger(body[name]));
    if (unsafe) {
        throw Object.assign(new Error('Take a whole number of credits, at most 9,007,199,254,740,991.'), { field: unsafe });
    }
    if (!Object.keys(body).length) {
        return 'Nothing was changed.';
    }
    return saved(form, await send('PATCH', '/account/settings', body), (billing) => ({ billing: { ...state.account.billing, ...billing } }));
}

async function endAccount(data) {
    const { message } = await send('DELETE', '/account', { password: data.get('password') });
    signedOut('Goodbye', message);
}

// ---- Packages and orders ----

const ORDERED = { pending: 'waits until it is paid and approved', paid: 'is paid, the credits are yours', rejected: 'was rejected', expired: 'was not paid in time', failed: 'could not be paid' };

function showPackages({ packages }) {
    packages.forEach((one) => state.packages.set(one.id, one));
    $('packages').replaceChildren(...packages.map((one) => {
        const buy = h('button', { type: 'button', 'aria-label': `Buy ${one.name} for ${money(one.price_cents / 100, 'USD')}`, onclick: () => checkOut(one, buy) }, money(one.price_cents / 100, 'USD'));
        return h('li', null, h('div', null, h('h3', null, words(one.name)), h('p', null, `${credits(one.credits)}, ${one.balance_display}`)), buy);
    }));
    if (!packages.length) {
        $('packages').replaceChildren(h('li', { class: 'nothing' }, 'Nothing is sold here.'));
    }
}

// A request that got no answer is repeated under its own name: it orders once.
async function checkOut(one, button) {
    const key = state.buying.get(one.id) ?? [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(36)).join('-');
    state.buying.set(one.id, key);
    button.disabled = true;
    $('packages-said').replaceChildren();
    try {
        const { checkout_url: url, session_id: id } = await send('POST', '/account/billing/checkout', { package_id: one.id }, { 'Idempotency-Key': key });
        state.buying.delete(one.id);
        if (/^https?:\/\//i.test(url)) {
            return location.assign(url); // where it is paid
        }
        await watchOrder(id, one, 1000);
    } catch (error) {
        if (isOver(error)) {
            return turnedAway(error);
        }
        if (error.status && error.status < 500) {
            state.buying.delete(one.id);
        }
        $('packages-said').className = 'said wrong';
        $('packages-said').textContent = explain(error);
    } finally {
        button.disabled = false;
    }
}

// Looks until it is over, less and less often.
async function watchOrder(id, one, waitMs) {
    const isStill = stays();
    const order = await get(`/account/orders/${encodeURIComponent(id)}`).catch((error) => (isOver(error) ? null : { status: 'pending' }));
    if (!isStill()) {
        return;
    }
    if (!order) {
        return turnedAway({ status: 401 });
    }
    if (state.orders.get(id) !== order.status) {
        state.orders.set(id, order.status);
        showOrder(id, one, order.status);
        if (order.status === 'paid') {
            load();
        }
    }
    if (order.status === 'pending') {
        setTimeout(() => state.orders.has(id) && watchOrder(id, one, Math.min(30000, waitMs * 1.5)), waitMs);
    }
}

function showOrder(id, one, status) {
    const kind = { pending: 'stale', paid: 'healthy', rejected: 'critical', failed: 'critical' }[status] ?? 'stale';
    const row = h('li', { 'data-order': id }, h('span', { class: `pill ${kind}` }, shape(kind), status), h('span', null, words(one.name), ` ${ORDERED[status] ?? ''}`));
    const old = [...$('orders').children].find((element) => element.dataset.order === id);
    if (old) {
        old.replaceWith(row);
    } else {
        $('orders').prepend(row);
    }
    $('said').textContent = `The order of ${one.name} ${ORDERED[status] ?? status}.`;
}

// ---- Begin ----

onSubmit('sign-in', signIn);
onSubmit('topoff', saveTopoff);
onSubmit('profile', saveProfile);
onSubmit('delete', endAccount);
$('sign-out').addEventListener('click', signOut);
$('end').addEventListener('click', () => {
    $('delete').reset();
    say($('delete'), '');
    $('ending').showModal();
    $('ending-title').focus();
});
$('keep').addEventListener('click', () => $('ending').close());
document.addEventListener('visibilitychange', () => {
    if (!document.hidden && state.account) {
        load();
    }
});
showRanges();
load();
