/* tools/reading.c - see reading.h. */
#include <tools/reading.h>

#include <tools/alert_raise.h>
#include <tools/key.h>
#include <tools/owner.h>

#include <store/record.h>

enum { HAS_BALANCE = 1, HAS_LIMIT = 2, FLAGS_ALL = 3, RECORD_BYTES = 17 };

const char *reading_check_time(int64_t at_ms, int64_t now_ms)
{
    if (at_ms < 0) {
        return "recordedAt is before 1970";
    }
    return at_ms - POOL_AHEAD_MAX_MS > now_ms ? "recordedAt is more than 5 minutes ahead" : NULL;
}

bool reading_decode(mcp_str value, uint8_t version, struct reading *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    uint8_t flags = record_get_u8(&r);

    *ret = (struct reading){
        .has_balance = (flags & HAS_BALANCE) != 0,
        .has_limit = (flags & HAS_LIMIT) != 0,
    };
    ret->balance_micro = record_get_i64(&r);
    ret->limit_micro = record_get_i64(&r);
    return version == READING_VERSION && record_done(&r) && flags <= FLAGS_ALL;
}

static mcp_err put_reading(struct store_txn *txn, const struct key *key, const struct reading *r)
{
    struct record_writer w;
    uint8_t memory[RECORD_BYTES];

    record_writer_init(&w, memory, sizeof(memory));
    record_put_u8(&w,
                  (uint8_t)((r->has_balance ? HAS_BALANCE : 0) | (r->has_limit ? HAS_LIMIT : 0)));
    record_put_i64(&w, r->has_balance ? r->balance_micro : 0);
    record_put_i64(&w, r->has_limit ? r->limit_micro : 0);
    return store_put(txn, key_str(key), record_writer_str(&w), READING_VERSION);
}

static void forget_future(struct pool *p, int64_t now_ms)
{
    struct pool_history *h = &p->history;

    while (h->n && h->points[h->n - 1].at_ms > now_ms) {
        h->n--;
    }
}

void reading_apply(struct pool *p, const struct reading *r, bool is_first, int64_t now_ms)
{
    bool is_ahead = !is_first && p->recorded_ms > now_ms && r->at_ms <= now_ms;

    if (is_ahead) {
        forget_future(p, now_ms);
    }
    if (r->has_balance) {
        pool_history_add(&p->history, r->at_ms, r->balance_micro);
    }
    if (!is_first && !is_ahead && r->at_ms < p->recorded_ms) {
        return; /* late: history only */
    }
    p->recorded_ms = r->at_ms;
    p->has_balance = r->has_balance;
    p->balance_micro = r->has_balance ? r->balance_micro : 0;
    if (!r->keeps_limit) {
        p->has_limit = r->has_limit;
        p->limit_micro = r->has_limit ? r->limit_micro : 0;
    }
    if (r->label.len || is_first) {
        p->label = r->label.len ? r->label : r->credit_type;
    }
    if (r->unit.len || is_first) {
        p->unit = r->unit.len ? r->unit : MCP_STR("credits");
    }
}

/* ---- The pools of the batch ---- */

static mcp_err load_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct reading_batch *b = arg;
    struct pool p;

    if (key.len != KEY_POOL_BYTES) {
        return MCP_OK; /* the connection itself */
    }
    if (value.len > POOL_RECORD_MAX || !pool_decode(value, version, &p)) {
        return MCP_E_STORAGE;
    }
    for (size_t i = 0; i < b->n_slots; i++) {
        struct reading_slot *s = &b->slots[i];

        if (mcp_str_eq(s->credit_type, p.credit_type)) {
            memcpy(s->memory, value.ptr, value.len);
            s->is_known = pool_decode(mcp_str_n(s->memory, value.len), version, &s->pool);
            s->number = key_get_pool(key);
            break;
        }
    }
    return MCP_OK;
}

static mcp_err load_slots(struct store_txn *txn, uint64_t owner, struct reading_batch *b)
{
    struct key rows = key_sequence(KEY_CONNECTION, owner, b->connection.sequence);

    for (size_t i = 0; i < b->n_slots; i++) {
        b->slots[i].is_known = false;
        b->slots[i].is_changed = false;
        b->slots[i].is_read = false;
        b->slots[i].pool = (struct pool){.credit_type = b->slots[i].credit_type};
    }
    return store_scan(txn, key_str(&rows), mcp_str_n(NULL, 0), false, CONNECTION_POOLS_MAX + 1,
                      load_row, b);
}

static mcp_err save_slots(struct store_txn *txn, uint64_t owner, struct reading_batch *b)
{
    char memory[POOL_RECORD_MAX];
    mcp_err err = MCP_OK;

    for (size_t i = 0; i < b->n_slots && !err; i++) {
        const struct reading_slot *s = &b->slots[i];
        struct key key = key_pool(owner, b->connection.sequence, s->number);

        if (s->is_changed) {
            err = store_put(txn, key_str(&key), pool_encode(&s->pool, memory), POOL_VERSION);
        }
    }
    return err;
}

/* ---- The batch ---- */

/* Of one credit type at one time there is a reading already. */
static mcp_err count_again(struct reading_batch *b, const struct reading *r, mcp_str before,
                           uint8_t version)
{
    struct reading old;

    if (!reading_decode(before, version, &old)) {
        return MCP_E_STORAGE;
    }
    bool has_same_balance = old.has_balance == r->has_balance &&
                            (!r->has_balance || old.balance_micro == r->balance_micro);
    bool has_same_limit = r->keeps_limit || (old.has_limit == r->has_limit &&
                                             (!r->has_limit || old.limit_micro == r->limit_micro));

    if (has_same_balance && has_same_limit) {
        b->duplicates++;
    } else {
        b->conflicts++;
    }
    return MCP_OK;
}

static bool is_repeated(const struct reading_batch *b, const struct pool *p,
                        const struct reading *r)
{
    bool is_same = p->has_balance == r->has_balance &&
                   (!r->has_balance || p->balance_micro == r->balance_micro) &&
                   (r->keeps_limit || (p->has_limit == r->has_limit &&
                                       (!r->has_limit || p->limit_micro == r->limit_micro))) &&
                   (!r->label.len || mcp_str_eq(r->label, p->label)) &&
                   (!r->unit.len || mcp_str_eq(r->unit, p->unit));

    return is_same && !r->is_timed && p->recorded_ms <= r->at_ms &&
           r->at_ms - p->recorded_ms < b->repeat_ms;
}

static mcp_err add_one(struct store_txn *txn, uint64_t owner, struct reading_batch *b,
                       const struct reading *r)
{
    struct reading_slot *s = &b->slots[r->slot];
    struct connection *c = &b->connection.c;
    bool is_first = !s->is_known;
    uint8_t version = 0;
    mcp_str before;

    if (!is_first && is_repeated(b, &s->pool, r)) {
        b->duplicates++;
        return MCP_OK;
    }
    if (is_first && c->n_pools >= CONNECTION_POOLS_MAX) {
        return MCP_E_REFUSED;
    }
    if (is_first) {
        s->number = c->n_pools++;
        s->is_known = true;
    }
    struct key key = key_reading(owner, b->connection.sequence, s->number, r->at_ms);
    mcp_err err = store_get(txn, key_str(&key), &before, &version);

    if (!err) {
        return count_again(b, r, before, version);
    }
    if (err != MCP_E_NOT_FOUND) {
        return err;
    }
    reading_apply(&s->pool, r, is_first, b->now_ms);
    s->is_changed = true;
    s->is_read = s->is_read || s->pool.recorded_ms == r->at_ms;
    b->stored++;
    return put_reading(txn, &key, r);
}

/* The connection has pools that it had not before. */
static mcp_err add_pools(struct store_txn *txn, uint64_t owner, struct reading_batch *b,
                         uint32_t before)
{
    struct owner o;
    mcp_err err = owner_get(txn, owner, &o);

    if (err) {
        return err;
    }
    o.n_pools += owner_rows(b->connection.c.n_pools) - owner_rows(before);
    b->is_owner_full = o.n_pools > OWNER_POOLS_MAX;
    return b->is_owner_full ? MCP_E_REFUSED : owner_put(txn, owner, &o);
}

static mcp_err check_alerts(struct store_txn *txn, uint64_t owner, const struct reading_batch *b)
{
    struct alert_change change = {owner, &b->connection, &b->fallback, 0, b->now_ms};

    for (size_t i = 0; i < b->n_slots; i++) {
        change.read |= b->slots[i].is_read ? UINT64_C(1) << b->slots[i].number : 0;
    }
    return change.read ? alert_check(txn, &change) : MCP_OK;
}

mcp_err reading_add(struct store_txn *txn, uint64_t owner, mcp_str which, struct reading_batch *b)
{
    b->stored = 0;
    b->duplicates = 0;
    b->conflicts = 0;
    b->is_owner_full = false;
    struct connection *c = &b->connection.c;
    mcp_err err = connection_find(txn, owner, which, &b->connection);

    if (!err && b->is_demo && !c->is_demo) {
        return MCP_E_CONFLICT;
    }
    uint32_t pools_before = c->n_pools;
    bool was_demo = c->is_demo;

    c->is_demo = b->is_demo;

    err = err ? err : load_slots(txn, owner, b);
    for (size_t i = 0; i < b->n && !err; i++) {
        err = add_one(txn, owner, b, &b->readings[i]);
    }
    if (!err && owner_rows(c->n_pools) != owner_rows(pools_before)) {
        err = add_pools(txn, owner, b, pools_before);
    }
    err = err ? err : save_slots(txn, owner, b);
    if (!err && (c->n_pools != pools_before || c->is_demo != was_demo)) {
        err = connection_put(txn, owner, b->connection.sequence, c, c->name);
    }
    return err ? err : check_alerts(txn, owner, b);
}
