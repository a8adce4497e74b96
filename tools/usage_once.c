/* tools/usage_once.c - see usage_once.h. */
#include <tools/usage_once.h>

#include <tools/key.h>

#include <store/record.h>

/* ---- How many there are ---- */

bool usage_once_count_decode(mcp_str value, uint8_t version, uint64_t *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    *ret = record_get_u64(&r);
    return version == USAGE_ONCE_COUNT_VERSION && record_done(&r);
}

static mcp_err get_count(struct store_txn *txn, const struct key *key, uint64_t *ret)
{
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(key), &value, &version);

    *ret = 0;
    if (err) {
        return err == MCP_E_NOT_FOUND ? MCP_OK : err;
    }
    return usage_once_count_decode(value, version, ret) ? MCP_OK : MCP_E_STORAGE;
}

static mcp_err put_count(struct store_txn *txn, const struct key *key, uint64_t n)
{
    struct record_writer w;
    uint8_t memory[8];

    record_writer_init(&w, memory, sizeof(memory));
    record_put_u64(&w, n);
    return store_put(txn, key_str(key), record_writer_str(&w), USAGE_ONCE_COUNT_VERSION);
}

/* ---- Knowing ---- */

mcp_err usage_once_get(struct store_txn *txn, uint64_t owner, struct once *o, int64_t now_ms)
{
    struct key key = key_id(KEY_USAGE_ONCE, owner, o->name);
    struct once_row row;
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, &version);

    if (err == MCP_E_NOT_FOUND) {
        err = once_get(txn, owner, o, now_ms);
        o->before_ms = 0;
        return err;
    }
    if (err || !once_decode(value, version, &row)) {
        return err ? err : MCP_E_STORAGE;
    }
    o->before_ms = row.at_ms;
    if (row.at_ms + USAGE_ONCE_KEPT_MS < now_ms) {
        return MCP_E_NOT_FOUND;
    }
    memcpy(o->said, row.said, sizeof(o->said));
    return memcmp(row.print, o->print, sizeof(row.print)) == 0 ? MCP_OK : MCP_E_CONFLICT;
}

/* ---- Forgetting ---- */

struct old {
    struct key list[USAGE_ONCE_STEP];
    size_t n;
};

static mcp_err old_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct old *old = arg;

    (void)value, (void)version;
    if (key.len != KEY_USAGE_ONCE_AT_BYTES) {
        return MCP_E_STORAGE;
    }
    memcpy(old->list[old->n].bytes, key.ptr, key.len);
    old->list[old->n++].len = (uint8_t)key.len;
    return MCP_OK;
}

static mcp_err forget(struct store_txn *txn, uint64_t owner, const struct key *at, uint64_t *n)
{
    struct key row = key_id(KEY_USAGE_ONCE, owner, at->bytes + KEY_USAGE_ONCE_AT_BYTES - 16);
    mcp_err err = store_del(txn, key_str(at));

    *n -= *n ? 1 : 0;
    return err ? err : store_del(txn, key_str(&row));
}

/* The oldest: those whose time is over, and one when there is no room for a new one. */
static mcp_err make_room(struct store_txn *txn, uint64_t owner, uint64_t max, int64_t now_ms,
                         uint64_t *n)
{
    struct key low = key_owned(KEY_USAGE_ONCE_AT, owner);
    struct old old = {.n = 0};
    mcp_err err =
        store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false, USAGE_ONCE_STEP, old_row, &old);

    for (size_t i = 0; i < old.n && !err; i++) {
        if (*n < max && key_get_usage_once_time(&old.list[i]) + USAGE_ONCE_KEPT_MS >= now_ms) {
            break;
        }
        err = forget(txn, owner, &old.list[i], n);
    }
    return err;
}

static mcp_err put_row(struct store_txn *txn, uint64_t owner, const struct once *o, int64_t now_ms)
{
    struct key key = key_id(KEY_USAGE_ONCE, owner, o->name);
    struct record_writer w;
    uint8_t memory[48];

    record_writer_init(&w, memory, sizeof(memory));
    record_put_i64(&w, now_ms);
    record_put_bytes(&w, o->print, sizeof(o->print));
    for (size_t i = 0; i < ONCE_SAID; i++) {
        record_put_u32(&w, o->said[i]);
    }
    return store_put(txn, key_str(&key), record_writer_str(&w), ONCE_VERSION);
}

mcp_err usage_once_put(struct store_txn *txn, uint64_t owner, const struct once *o, uint64_t max,
                       int64_t now_ms)
{
    struct key counter = key_owned(KEY_USAGE_ONCE_COUNT, owner), at;
    uint64_t n = 0;
    mcp_err err = get_count(txn, &counter, &n);

    if (!err && o->before_ms) { /* an old one of this name, not forgotten yet */
        at = key_usage_once(owner, o->before_ms, o->name);
        err = forget(txn, owner, &at, &n);
    }
    err = err ? err : make_room(txn, owner, max, now_ms, &n);
    at = key_usage_once(owner, now_ms, o->name);
    err = err ? err : store_put(txn, key_str(&at), MCP_STR(""), ONCE_VERSION);
    err = err ? err : put_row(txn, owner, o, now_ms);
    return err ? err : put_count(txn, &counter, n + 1);
}
