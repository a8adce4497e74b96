/* tools/reservation.c - see reservation.h. */
#include <tools/reservation.h>

#include <tools/key.h>
#include <tools/order.h>

#include <mcp/alloc.h>
#include <store/record.h>

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

/* ---- What happens to one ---- */

static mcp_err admit(struct store_txn *txn, uint64_t owner, struct reservation *r, struct wallet *w)
{
    if (w->n_reservations >= RESERVATIONS_MAX) {
        return MCP_E_REFUSED;
    }
    r->balance = w->balance;
    r->reserved = w->reserved;
    if (r->amount > w->balance - w->reserved) { /* both are within 2^53 */
        return MCP_E_NO_CREDIT;
    }
    w->reserved += r->amount;
    w->n_reservations++;
    r->reserved = w->reserved;
    r->state = RESERVATION_OPEN;
    r->due_ms = r->expires_ms;
    mcp_err err = wallet_put(txn, owner, w);

    return err ? err : put(txn, owner, r);
}

mcp_err reservation_add(struct store_txn *txn, uint64_t owner, struct reservation *r,
                        int64_t now_ms)
{
    struct wallet w;
    size_t n;

    /* What has expired is free, also before the sweep; of one step, so that it stays bounded. */
    mcp_err err = reservation_sweep(txn, now_ms, &n);

    err = err ? err : wallet_get(txn, owner, &w);
    return err ? err : admit(txn, owner, r, &w);
}

static mcp_err close(struct store_txn *txn, uint64_t owner, struct reservation *r,
                     enum reservation_state state, int64_t now_ms)
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
    r->reserved = w.reserved;
    err = wallet_put(txn, owner, &w);
    return err ? err : put(txn, owner, r);
}

mcp_err reservation_end(struct store_txn *txn, const struct seal *seal, uint64_t owner,
                        struct reservation *r, enum reservation_state state, int64_t credits,
                        int64_t now_ms)
{
    struct ledger_entry e = {
        .at_ms = now_ms, .delta = -credits, .reason = LEDGER_SPEND, .app = r->app, .ref = r->ref};
    size_t n;

    if (r->state != RESERVATION_OPEN || r->expires_ms <= now_ms) {
        return MCP_E_CONFLICT;
    }
    mcp_err err = reservation_sweep(txn, now_ms, &n); /* what is said to be free is */

    if (!err && credits) {
        err = ledger_append(txn, seal, owner, &e, NULL);
        memcpy(r->entry, e.hash, sizeof(r->entry));
        err = err ? err
                  : order_topoff(txn, owner, e.balance_after + credits, e.balance_after, now_ms);
    }
    r->settled = credits;
    return err ? err : close(txn, owner, r, state, now_ms);
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
    struct key high = key_once(&(struct key_once){.at_ms = now_ms + 1});

    high.bytes[0] = KEY_RESERVATION_DUE;
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

mcp_err reservation_sweep(struct store_txn *txn, int64_t now_ms, size_t *ret_n)
{
    char memory[RESERVATION_RECORD_MAX];
    struct reservation r;
    struct due due;
    mcp_err err = find_due(txn, now_ms, RESERVATION_STEP, &due);

    for (size_t i = 0; i < due.n && !err; i++) {
        uint64_t owner = due.list[i].owner;

        err = reservation_get(txn, owner, due.list[i].name, memory, &r);
        if (!err) {
            err = r.state == RESERVATION_OPEN ? close(txn, owner, &r, RESERVATION_EXPIRED, now_ms)
                                              : forget(txn, owner, &r);
        }
    }
    *ret_n = due.n;
    return err == MCP_E_NOT_FOUND ? MCP_E_STORAGE : err;
}

/* ---- The loop's side ---- */

struct reservation_sweeper {
    struct store *store;
    int64_t now_ms;
    bool is_due;
    struct store_write write;
    bool is_writing;
    bool is_orphan; /* freed while a write was on its way: done() releases it */
};

struct reservation_sweeper *reservation_sweeper_new(struct store *store)
{
    struct reservation_sweeper *s = mcp_alloc_new(struct reservation_sweeper);

    if (s) {
        s->store = store;
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
    const struct reservation_sweeper *s = arg;
    size_t n;

    return reservation_sweep(txn, s->now_ms, &n);
}

static void done(struct store_write *w, mcp_err err)
{
    struct reservation_sweeper *s = w->arg;

    (void)err; /* what was not swept is due at the next tick */
    s->is_writing = false;
    if (s->is_orphan) {
        mcp_free(s);
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
    s->is_writing = true;
    s->write = (struct store_write){.body = sweep_body, .arg = s, .done = done};
    store_submit(s->store, &s->write);
}
