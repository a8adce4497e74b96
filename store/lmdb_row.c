/* store/lmdb_row.c - rows inside a body: get, put, del, scan. */
#include "lmdb_engine.h"

#include <errno.h>

/* Bounded in time: a snapshot that stays open stops the reuse of pages, and the file grows. */
static bool is_late(struct store_txn *t)
{
    if (++t->ops % 64 == 0 && store__now_ms(t->s) - t->begin_ms > STORE__TXN_MS_MAX) {
        store__txn_fail(t, MCP_E_STORAGE, "a transaction took more than 5 s and was stopped", 0);
    }
    return t->failed != MCP_OK;
}

static bool is_key(struct store_txn *t, mcp_str key)
{
    if (key.len == 0 || key.len > STORE_KEY_MAX || key.ptr[0] == STORE__RESERVED) {
        store__txn_fail(t, MCP_E_INTERNAL, "a key is empty, too long or reserved", 0);
        return false;
    }
    return true;
}

static bool may_change(struct store_txn *t)
{
    if (t->failed) {
        return false;
    }
    if (!t->is_write || t->is_scanning) {
        store__txn_fail(t, MCP_E_INTERNAL, "a write in a read or in a scan", 0);
        return false;
    }
    return !is_late(t);
}

static mcp_err open_frame(struct store_txn *t, mcp_str key, mcp_str frame, mcp_str *ret,
                          uint8_t *ret_version)
{
    if (!store__frame_read(key, frame, ret, ret_version)) {
        return store__txn_fail(t, MCP_E_STORAGE, "a row's checksum is wrong; run verify", 0);
    }
    return MCP_OK;
}

mcp_err store_get(struct store_txn *t, mcp_str key, mcp_str *ret, uint8_t *version)
{
    MDB_val k = store__to_val(key), v;
    uint8_t own_version = 0;

    *ret = mcp_str_n(NULL, 0);
    if (t->failed || is_late(t) || !is_key(t, key)) {
        return t->failed;
    }
    int rc = mdb_get(t->txn, t->s->engine->dbi, &k, &v);

    if (rc == MDB_NOTFOUND) {
        return MCP_E_NOT_FOUND;
    }
    if (rc) {
        return store__txn_fail(t, MCP_E_STORAGE, "cannot read", rc);
    }
    return open_frame(t, key, store__from_val(v), ret, version ? version : &own_version);
}

mcp_err store_put(struct store_txn *t, mcp_str key, mcp_str value, uint8_t version)
{
    struct store__engine *e = t->s->engine;
    char own_key[STORE_KEY_MAX];

    if (!may_change(t) || !is_key(t, key)) {
        return t->failed;
    }
    if (value.len > STORE_VALUE_MAX) {
        return store__txn_fail(t, MCP_E_INTERNAL, "a value is longer than 64 KiB", 0);
    }
    t->bytes += key.len + value.len;
    t->all_bytes += key.len + value.len;
    if (t->bytes > STORE__TXN_BYTES_MAX) {
        return store__txn_fail(t, MCP_E_STORAGE, "a transaction wrote more than 1 MiB", 0);
    }
    /* Copies, because key and value may point into the pages that the put is going to move. */
    memcpy(own_key, key.ptr, key.len);
    mcp_str k = mcp_str_n(own_key, key.len);
    size_t n = store__frame_write(e->frame, k, value, version);

    if (!store__room_take(t, k, n)) {
        t->failed = MCP_E_STORAGE; /* lmdb_room.c says it once in the log, not for each put */
        return t->failed;
    }
    MDB_val mk = store__to_val(k), mv = {.mv_size = n, .mv_data = e->frame};
    int rc = mdb_put(t->txn, e->dbi, &mk, &mv, 0);

    t->has_changed = true;
    return rc ? store__txn_fail(t, MCP_E_STORAGE, "cannot write", rc) : MCP_OK;
}

mcp_err store_del(struct store_txn *t, mcp_str key)
{
    MDB_val k = store__to_val(key);

    if (!may_change(t) || !is_key(t, key)) {
        return t->failed;
    }
    int rc = mdb_del(t->txn, t->s->engine->dbi, &k, NULL);

    if (rc == MDB_NOTFOUND) {
        return MCP_OK;
    }
    t->has_changed = true;
    return rc ? store__txn_fail(t, MCP_E_STORAGE, "cannot delete", rc) : MCP_OK;
}

/* A range of keys, the store's own rows cut off. */
struct range {
    mcp_str low, high; /* high empty: to the end */
    bool is_empty;
    char successor[STORE_KEY_MAX];
};

static void set_prefix(struct range *g, mcp_str prefix)
{
    size_t n = prefix.len;

    while (n && (uint8_t)prefix.ptr[n - 1] == 0xff) {
        n--;
    }
    if (n) {
        memcpy(g->successor, prefix.ptr, n);
        g->successor[n - 1] = (char)((uint8_t)g->successor[n - 1] + 1u);
    }
    g->high = mcp_str_n(g->successor, n);
}

static void range_init(struct range *g, mcp_str low, mcp_str high)
{
    g->low = low;
    g->high = high;
    g->is_empty = low.len > STORE_KEY_MAX;
    if (high.len == 0 && !g->is_empty) {
        set_prefix(g, low);
    }
    if (low.len == 0 || low.ptr[0] == STORE__RESERVED) {
        g->low = MCP_STR("\x01");
    }
    if (g->high.len && mcp_str_cmp(g->low, g->high) >= 0) {
        g->is_empty = true;
    }
}

/* A walk began inside: only the end it goes towards is left to look at. */
static bool is_inside(const struct range *g, bool backwards, mcp_str key)
{
    return backwards ? mcp_str_cmp(key, g->low) >= 0
                     : !g->high.len || mcp_str_cmp(key, g->high) < 0;
}

static int seek(MDB_cursor *c, const struct range *g, bool backwards, MDB_val *k, MDB_val *v)
{
    if (!backwards) {
        *k = store__to_val(g->low);
        return mdb_cursor_get(c, k, v, MDB_SET_RANGE);
    }
    *k = store__to_val(g->high);
    int rc = g->high.len ? mdb_cursor_get(c, k, v, MDB_SET_RANGE) : MDB_NOTFOUND;

    return mdb_cursor_get(c, k, v, rc == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
}

/* The reader's cursor is reused; a scan inside a scan and a writer get one of their own. */
static int take_cursor(struct store_txn *t, MDB_cursor **ret)
{
    if (t->is_write || t->is_scanning) {
        return mdb_cursor_open(t->txn, t->s->engine->dbi, ret);
    }
    *ret = t->cursor;
    if (t->is_cursor_fresh) {
        return 0;
    }
    t->is_cursor_fresh = true;
    return mdb_cursor_renew(t->txn, t->cursor);
}

static mcp_err visit(struct store_txn *t, MDB_val k, MDB_val v, store_row_fn *row, void *arg)
{
    mcp_str key = store__from_val(k), value;
    uint8_t version;
    mcp_err err = open_frame(t, key, store__from_val(v), &value, &version);

    return err ? err : row(arg, key, value, version);
}

static mcp_err walk(struct store_txn *t, MDB_cursor *c, const struct range *g, bool backwards,
                    size_t limit, store_row_fn *row, void *arg)
{
    MDB_val k, v;
    int rc = seek(c, g, backwards, &k, &v);

    for (size_t n = 0; n < limit && rc == 0; n++) {
        if (!is_inside(g, backwards, store__from_val(k))) {
            return MCP_OK;
        }
        mcp_err err = is_late(t) ? t->failed : visit(t, k, v, row, arg);

        if (err || t->failed) {
            return err == MCP_PENDING && !t->failed ? MCP_OK : t->failed ? t->failed : err;
        }
        if (n + 1 < limit) {
            rc = mdb_cursor_get(c, &k, &v, backwards ? MDB_PREV : MDB_NEXT);
        }
    }
    return rc && rc != MDB_NOTFOUND ? store__txn_fail(t, MCP_E_STORAGE, "cannot scan", rc) : MCP_OK;
}

mcp_err store_scan(struct store_txn *t, mcp_str low, mcp_str high, bool backwards, size_t limit,
                   store_row_fn *row, void *arg)
{
    struct range g;
    MDB_cursor *c = NULL;
    bool was_scanning = t->is_scanning;

    range_init(&g, low, high);
    if (t->failed || g.is_empty || limit == 0) {
        return t->failed;
    }
    int rc = take_cursor(t, &c);

    if (rc) {
        return store__txn_fail(t, MCP_E_STORAGE, "cannot scan", rc);
    }
    t->is_scanning = true;
    mcp_err err =
        walk(t, c, &g, backwards, limit < STORE_SCAN_MAX ? limit : STORE_SCAN_MAX, row, arg);

    t->is_scanning = was_scanning;
    if (c != t->cursor) {
        mdb_cursor_close(c);
    }
    return err;
}

mcp_err store_del_range(struct store_txn *t, mcp_str low, mcp_str high, size_t limit,
                        size_t *ret_count)
{
    struct range g;
    MDB_cursor *c = NULL;
    MDB_val k, v;

    *ret_count = 0;
    range_init(&g, low, high);
    if (!may_change(t) || g.is_empty) {
        return t->failed;
    }
    int rc = mdb_cursor_open(t->txn, t->s->engine->dbi, &c);

    if (rc) {
        return store__txn_fail(t, MCP_E_STORAGE, "cannot scan", rc);
    }
    limit = limit < STORE_SCAN_MAX ? limit : STORE_SCAN_MAX;
    rc = limit ? seek(c, &g, false, &k, &v) : MDB_NOTFOUND;
    while (rc == 0 && *ret_count < limit && is_inside(&g, false, store__from_val(k)) &&
           !is_late(t)) {
        t->has_changed = true;
        rc = mdb_cursor_del(c, 0);
        if (rc == 0) {
            (*ret_count)++;
            rc = mdb_cursor_get(c, &k, &v, MDB_NEXT); /* after a deletion: the row that moved up */
        }
    }
    mdb_cursor_close(c);
    if (rc && rc != MDB_NOTFOUND) {
        return store__txn_fail(t, MCP_E_STORAGE, "cannot delete", rc);
    }
    return t->failed;
}
