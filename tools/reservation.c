/* tools/reservation.c - see reservation.h. */
#include <tools/reservation.h>

#include <tools/name.h>
#include <tools/order.h>

#include <mcp/alloc.h>
#include <store/record.h>

/* What is due is looked through up to here: a tick leaves little. Beyond, an account's own rows
 * are, all of them. */
enum { LOOK_MAX = 1024 };

/* ---- Rows ---- */

bool reservation_decode(mcp_str value, uint8_t version, struct reservation *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    *ret = (struct reservation){.state = (enum reservation_state)record_get_u8(&r)};
    record_get_bytes(&r, ret->id, sizeof(ret->id));
    ret->amount = record_get_i64(&r);
    ret->settled = record_get_i64(&r);
    ret->expires_ms = record_get_i64(&r);
    ret->due_ms = record_get_i64(&r);
    ret->balance = record_get_i64(&r);
    ret->reserved = record_get_i64(&r);
    record_get_bytes(&r, ret->entry, sizeof(ret->entry));
    ret->app = record_get_str(&r);
    ret->ref = record_get_str(&r);
    return version == RESERVATION_VERSION && record_done(&r) && ret->state < RESERVATION_STATES &&
           ret->amount > 0 && ret->amount <= LEDGER_MAX && ret->settled >= 0 && ret->due_ms >= 0 &&
           ret->app.len <= LEDGER_APP_MAX && ret->ref.len <= LEDGER_REF_MAX;
}

mcp_str reservation_encode(const struct reservation *r, char memory[RESERVATION_RECORD_MAX])
{
    struct record_writer w;

    record_writer_init(&w, memory, RESERVATION_RECORD_MAX);
    record_put_u8(&w, (uint8_t)r->state);
    record_put_bytes(&w, r->id, sizeof(r->id));
    record_put_i64(&w, r->amount);
    record_put_i64(&w, r->settled);
    record_put_i64(&w, r->expires_ms);
    record_put_i64(&w, r->due_ms);
    record_put_i64(&w, r->balance);
    record_put_i64(&w, r->reserved);
    record_put_bytes(&w, r->entry, sizeof(r->entry));
    record_put_str(&w, r->app);
    record_put_str(&w, r->ref);
    return record_writer_str(&w);
}

mcp_err reservation_get(struct store_txn *txn, uint64_t owner, const uint8_t id[16],
                        char memory[RESERVATION_RECORD_MAX], struct reservation *ret)
{
    struct key key = key_id(KEY_RESERVATION, owner, id);
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, &version);

    if (err) {
        return err;
    }
    if (value.len > RESERVATION_RECORD_MAX) {
        return MCP_E_STORAGE;
    }
    memcpy(memory, value.ptr, value.len);
    return reservation_decode(mcp_str_n(memory, value.len), version, ret) ? MCP_OK : MCP_E_STORAGE;
}

static struct key due_key(uint64_t owner, const struct reservation *r)
{
    struct key_once at = {.at_ms = r->due_ms, .owner = owner};

    memcpy(at.name, r->id, sizeof(at.name));
    struct key key = key_once(&at); /* the same parts in the same order */

    key.bytes[0] = KEY_RESERVATION_DUE;
    return key;
}

static mcp_err put(struct store_txn *txn, uint64_t owner, const struct reservation *r)
{
    struct key key = key_id(KEY_RESERVATION, owner, r->id), due = due_key(owner, r);
    char memory[RESERVATION_RECORD_MAX];
    mcp_err err = store_put(txn, key_str(&key), reservation_encode(r, memory), RESERVATION_VERSION);

    return err ? err : store_put(txn, key_str(&due), MCP_STR(""), RESERVATION_VERSION);
}

/* ---- What has expired and was not swept ---- */

static struct key due_until(int64_t now_ms)
{
    struct key high = key_once(&(struct key_once){.at_ms = now_ms + 1});

    high.bytes[0] = KEY_RESERVATION_DUE;
    return high;
}

struct expired_sum {
    struct store_txn *txn;
    uint64_t owner;
    int64_t now_ms, credits;
    size_t n; /* rows that were met */
};

static void add_expired(struct expired_sum *sum, const struct reservation *r)
{
    bool is_expired = r->state == RESERVATION_OPEN && r->expires_ms <= sum->now_ms;

    /* 100,000 reservations of 2^53 overflow; a wallet has less. */
    if (is_expired && __builtin_add_overflow(sum->credits, r->amount, &sum->credits)) {
        sum->credits = INT64_MAX;
    }
}

/* One that cannot be read frees nothing. */
static mcp_err expired_due(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct expired_sum *sum = arg;
    char memory[RESERVATION_RECORD_MAX];
    struct reservation r;

    (void)value, (void)version;
    sum->n++;
    if (key.len == KEY_ONCE_AT_BYTES) {
        struct key_once at = key_get_once(key);

        if (at.owner == sum->owner && !reservation_get(sum->txn, at.owner, at.name, memory, &r)) {
            add_expired(sum, &r);
        }
    }
    return MCP_OK;
}

static mcp_err expired_own(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct reservation r;

    (void)key;
    if (reservation_decode(value, version, &r)) {
        add_expired(arg, &r);
    }
    return MCP_OK;
}

static mcp_err find_expired(struct store_txn *txn, uint64_t owner, int64_t now_ms, int64_t *ret)
{
    struct expired_sum sum = {.txn = txn, .owner = owner, .now_ms = now_ms};
    struct key low = {.bytes = {KEY_RESERVATION_DUE}, .len = 1}, high = due_until(now_ms);
    mcp_err err =
        store_scan(txn, key_str(&low), key_str(&high), false, LOOK_MAX, expired_due, &sum);

    if (!err && sum.n == LOOK_MAX) {
        sum.credits = 0;
        low = key_owned(KEY_RESERVATION, owner);
        err = store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false, RESERVATIONS_MAX,
                         expired_own, &sum);
    }
    *ret = sum.credits;
    return err;
}

/* Not less than nothing, whatever the rows say. */
static int64_t still_reserved(const struct wallet *w, int64_t expired)
{
    return w->reserved > expired ? w->reserved - expired : 0;
}

mcp_err reservation_reserved(struct store_txn *txn, uint64_t owner, const struct wallet *w,
                             int64_t now_ms, int64_t *ret)
{
    int64_t expired = 0;
    mcp_err err = find_expired(txn, owner, now_ms, &expired);

    *ret = still_reserved(w, expired);
    return err;
}

/* ---- What happens to one ---- */

/* Refuses before it has written anything: a body that fails after a write is rolled back with all
 * the others of its transaction. */
static mcp_err admit(struct store_txn *txn, uint64_t owner, struct reservation *r, struct wallet *w,
                     int64_t expired)
{
    if (w->n_reservations >= RESERVATIONS_MAX) {
        return MCP_E_REFUSED;
    }
    r->balance = w->balance;
    r->reserved = still_reserved(w, expired);
    if (r->amount > r->balance - r->reserved) { /* both are within 2^53 */
        return MCP_E_NO_CREDIT;
    }
    if (__builtin_add_overflow(w->reserved, r->amount, &w->reserved)) {
        return MCP_E_OVERLOADED; /* with all that has expired since the last tick */
    }
    w->n_reservations++;
    r->reserved += r->amount;
    r->state = RESERVATION_OPEN;
    r->due_ms = r->expires_ms;
    mcp_err err = wallet_put(txn, owner, w);

    return err ? err : put(txn, owner, r);
}

mcp_err reservation_add(struct store_txn *txn, uint64_t owner, struct reservation *r,
                        int64_t now_ms)
{
    struct wallet w;
    int64_t expired = 0;
    mcp_err err = find_expired(txn, owner, now_ms, &expired);

    err = err ? err : wallet_get(txn, owner, &w);
    return err ? err : admit(txn, owner, r, &w, expired);
}

static mcp_err close(struct store_txn *txn, uint64_t owner, struct reservation *r,
                     enum reservation_state state, int64_t expired, int64_t now_ms)
{
    struct key before = due_key(owner, r);
    struct wallet w;
    mcp_err err = store_del(txn, key_str(&before));

    err = err ? err : wallet_get(txn, owner, &w);
    if (err) {
        return err;
    }
    if (w.reserved < r->amount) {
        return MCP_E_STORAGE; /* what is reserved is the sum of what is open */
    }
    w.reserved -= r->amount;
    r->state = state;
    r->due_ms = now_ms + RESERVATION_KEPT_MS;
    r->balance = w.balance;
    r->reserved = still_reserved(&w, expired);
    err = wallet_put(txn, owner, &w);
    return err ? err : put(txn, owner, r);
}

mcp_err reservation_end(struct store_txn *txn, const struct seal *seal, uint64_t owner,
                        struct reservation *r, enum reservation_state state, int64_t credits,
                        int64_t now_ms)
{
    struct ledger_entry e = {
        .at_ms = now_ms, .delta = -credits, .reason = LEDGER_SPEND, .app = r->app, .ref = r->ref};
    int64_t expired = 0;

    if (r->state != RESERVATION_OPEN || r->expires_ms <= now_ms) {
        return MCP_E_CONFLICT;
    }
    mcp_err err = find_expired(txn, owner, now_ms, &expired);

    if (!err && credits) {
        err = ledger_append(txn, seal, owner, &e, NULL);
        memcpy(r->entry, e.hash, sizeof(r->entry));
        err = err ? err
                  : order_topoff(txn, owner, e.balance_after + credits, e.balance_after, now_ms);
    }
    r->settled = credits;
    return err ? err : close(txn, owner, r, state, expired, now_ms);
}

/* ---- By itself ---- */

struct due {
    struct key_once list[RESERVATION_STEP];
    size_t n;
};

static mcp_err due_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct due *due = arg;

    (void)value, (void)version;
    if (key.len != KEY_ONCE_AT_BYTES) {
        return MCP_E_STORAGE;
    }
    due->list[due->n++] = key_get_once(key);
    return MCP_OK;
}

static mcp_err find_due(struct store_txn *txn, int64_t now_ms, size_t limit, struct due *due)
{
    struct key low = {.bytes = {KEY_RESERVATION_DUE}, .len = 1};
    struct key high = due_until(now_ms);

    due->n = 0;
    return store_scan(txn, key_str(&low), key_str(&high), false, limit, due_row, due);
}

mcp_err reservation_is_due(struct store_txn *txn, int64_t now_ms, bool *ret)
{
    struct due due;
    mcp_err err = find_due(txn, now_ms, 1, &due);

    *ret = due.n > 0;
    return err;
}

static mcp_err forget(struct store_txn *txn, uint64_t owner, const struct reservation *r)
{
    struct key key = key_id(KEY_RESERVATION, owner, r->id), due = due_key(owner, r);
    struct wallet w;
    mcp_err err = wallet_get(txn, owner, &w);

    if (err) {
        return err;
    }
    w.n_reservations -= w.n_reservations > 0;
    err = wallet_put(txn, owner, &w);
    err = err ? err : store_del(txn, key_str(&key));
    return err ? err : store_del(txn, key_str(&due));
}

static bool is_lost(const struct reservation *r, const struct wallet *w, const struct key_once *at)
{
    return r->due_ms != at->at_ms || (r->state == RESERVATION_OPEN && w->reserved < r->amount);
}

static mcp_err end_due(struct store_txn *txn, const struct key_once *at, int64_t now_ms,
                       struct reservation_swept *ret)
{
    struct key due = key_once(at);
    char memory[RESERVATION_RECORD_MAX];
    struct reservation r;
    struct wallet w;
    mcp_err err = reservation_get(txn, at->owner, at->name, memory, &r);

    err = err ? err : wallet_get(txn, at->owner, &w);
    if (err == MCP_E_NOT_FOUND || err == MCP_E_STORAGE || (!err && is_lost(&r, &w, at))) {
        /* It would stand at the head for ever, before everybody's. */
        due.bytes[0] = KEY_RESERVATION_DUE;
        ret->n_lost++;
        ret->lost = *at;
        return store_del(txn, key_str(&due));
    }
    return err                           ? err
           : r.state == RESERVATION_OPEN ? close(txn, at->owner, &r, RESERVATION_EXPIRED, 0, now_ms)
                                         : forget(txn, at->owner, &r);
}

mcp_err reservation_sweep(struct store_txn *txn, int64_t now_ms, struct reservation_swept *ret)
{
    struct due due;
    mcp_err err = find_due(txn, now_ms, RESERVATION_STEP, &due);

    *ret = (struct reservation_swept){.n = due.n};
    for (size_t i = 0; i < due.n && !err; i++) {
        err = end_due(txn, &due.list[i], now_ms, ret);
    }
    return err;
}

/* ---- The loop's side ---- */

struct reservation_sweeper {
    struct store *store;
    struct mcp_log log;
    int64_t now_ms;
    bool is_due;
    struct reservation_swept swept;
    struct store_write write;
    bool is_writing;
    bool is_orphan; /* freed while a write was on its way: done() releases it */
};

struct reservation_sweeper *reservation_sweeper_new(struct store *store, const struct mcp_log *log)
{
    struct reservation_sweeper *s = mcp_alloc_new(struct reservation_sweeper);

    if (s) {
        s->store = store;
        s->log = *log;
    }
    return s;
}

void reservation_sweeper_free(struct reservation_sweeper *s)
{
    if (s && s->is_writing) {
        s->is_orphan = true;
    } else {
        mcp_free(s);
    }
}

static mcp_err look_body(struct store_txn *txn, void *arg)
{
    struct reservation_sweeper *s = arg;

    return reservation_is_due(txn, s->now_ms, &s->is_due);
}

static mcp_err sweep_body(struct store_txn *txn, void *arg)
{
    struct reservation_sweeper *s = arg;

    return reservation_sweep(txn, s->now_ms, &s->swept);
}

static void log_end(const struct reservation_sweeper *s, mcp_err err)
{
    char id[NAME_ID_BYTES];

    if (err) {
        mcp_log(&s->log, MCP_LOG_ERROR, "the store did not take the end of %d reservations at most",
                RESERVATION_STEP);
    } else if (s->swept.n_lost) {
        mcp_str text = name_id_format(s->swept.lost.name, id);

        mcp_log(&s->log, MCP_LOG_ERROR,
                "%zu reservations cannot be ended, their rows are damaged; the last is %.*s of "
                "account %llu: see cistern ledger verify",
                s->swept.n_lost, MCP_STR_ARG(text), (unsigned long long)s->swept.lost.owner);
    }
}

static void done(struct store_write *w, mcp_err err);

static void submit(struct reservation_sweeper *s)
{
    s->is_writing = true;
    s->write = (struct store_write){.body = sweep_body, .arg = s, .done = done};
    store_submit(s->store, &s->write);
}

static void done(struct store_write *w, mcp_err err)
{
    struct reservation_sweeper *s = w->arg;

    s->is_writing = false;
    if (s->is_orphan) {
        mcp_free(s);
        return;
    }
    log_end(s, err); /* what was not swept is due at the next tick */
    if (!err && s->swept.n == RESERVATION_STEP) {
        submit(s); /* there may be more */
    }
}

void reservation_sweeper_tick(struct reservation_sweeper *s, int64_t now_ms)
{
    if (s->is_writing) {
        return;
    }
    s->now_ms = now_ms;
    if (store_read(s->store, look_body, s) || !s->is_due) {
        return;
    }
    submit(s);
}
