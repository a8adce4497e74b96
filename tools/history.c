/* tools/history.c - see history.h. */
#include <tools/history.h>

#include <tools/reading.h>

/* ---- Showing ---- */

struct newest_op {
    bool is_found;
    struct history_point point;
};

static mcp_err newest_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct newest_op *op = arg;
    struct reading r;

    if (key.len != KEY_READING_BYTES || !reading_decode(value, version, &r)) {
        return MCP_E_STORAGE;
    }
    op->is_found = true;
    op->point = (struct history_point){key_get_time(key), r.balance_micro, r.has_balance};
    return MCP_PENDING;
}

mcp_err history_get(struct store_txn *txn, uint64_t owner, uint64_t connection, uint32_t pool,
                    const struct history_span *span, struct history_point *points, size_t *ret_n)
{
    int64_t length_ms = span->to_ms - span->from_ms + 1;
    int64_t part_ms = (length_ms + (int64_t)span->n_points - 1) / (int64_t)span->n_points;
    struct key low = key_reading(owner, connection, pool, span->from_ms);
    int64_t before_ms = span->to_ms + 1;
    mcp_err err = MCP_OK;
    size_t n = 0;

    while (before_ms > span->from_ms && !err) {
        struct key high = key_reading(owner, connection, pool, before_ms);
        struct newest_op op = {.is_found = false};

        err = store_scan(txn, key_str(&low), key_str(&high), true, 1, newest_row, &op);
        if (err || !op.is_found) {
            break;
        }
        points[n++] = op.point;
        before_ms = span->from_ms + (op.point.at_ms - span->from_ms) / part_ms * part_ms;
    }
    for (size_t i = 0; i < n / 2; i++) {
        struct history_point late = points[i];

        points[i] = points[n - 1 - i];
        points[n - 1 - i] = late;
    }
    *ret_n = n;
    return err;
}

/* ---- Keeping ---- */

bool history_is_over(int64_t at_ms, int64_t next_ms, int64_t full_ms, int64_t all_ms,
                     int64_t now_ms)
{
    return at_ms < now_ms - all_ms ||
           (at_ms < now_ms - full_ms && at_ms / POOL_BUCKET_MS == next_ms / POOL_BUCKET_MS);
}

struct look_op {
    struct history_pass *p;
    size_t n_rows;
    struct key last; /* the reading before, of the same pool, not judged yet; len 0: none */
    bool is_past;    /* the rest of the pool is young */
};

static bool is_same_pool(mcp_str a, mcp_str b)
{
    return memcmp(a.ptr, b.ptr, KEY_READING_BYTES - 8) == 0;
}

static mcp_err look_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct look_op *op = arg;
    struct history_pass *p = op->p;
    int64_t at_ms = key_get_time(key);

    (void)value, (void)version;
    if (key.len != KEY_READING_BYTES) {
        return MCP_E_STORAGE;
    }
    if (op->last.len && is_same_pool(key_str(&op->last), key) &&
        history_is_over(key_get_time(key_str(&op->last)), at_ms, p->full_ms, p->all_ms,
                        p->now_ms)) {
        p->over[p->n_over++] = op->last;
    }
    memcpy(op->last.bytes, key.ptr, key.len);
    op->last.len = KEY_READING_BYTES;
    op->n_rows++;
    op->is_past = at_ms >= p->now_ms - p->full_ms;
    return op->is_past || op->n_rows >= HISTORY_STEP_ROWS || p->n_over == HISTORY_STEP_DELETES
               ? MCP_PENDING
               : MCP_OK;
}

/* Behind the last reading of the pool that `key` belongs to. */
static struct key next_pool(const struct key *key)
{
    struct key next = *key;

    memset(next.bytes + KEY_READING_BYTES - 8, 0xff, 8);
    return next;
}

mcp_err history_look(struct store_txn *txn, struct history_pass *p)
{
    struct key first = {.bytes = {KEY_READING}, .len = 1};
    struct key end = {.bytes = {KEY_READING + 1}, .len = 1};
    struct look_op op = {.p = p};
    mcp_err err = MCP_OK;

    p->n_over = 0;
    p->is_done = false;
    for (size_t pools = 0; pools < HISTORY_STEP_POOLS && !err; pools++) {
        struct key low = p->at.len ? p->at : first;

        op.last.len = 0;
        op.is_past = false;
        err =
            store_scan(txn, key_str(&low), key_str(&end), false, HISTORY_STEP_ROWS, look_row, &op);
        if (!err && op.is_past) {
            p->at = next_pool(&op.last);
            continue;
        }
        bool is_full = op.n_rows >= HISTORY_STEP_ROWS || p->n_over == HISTORY_STEP_DELETES;

        p->is_done = !err && !is_full;
        p->at = is_full ? op.last : (struct key){.len = 0}; /* the last one is judged next time */
        break;
    }
    return err;
}

mcp_err history_thin(struct store_txn *txn, const struct history_pass *p)
{
    mcp_err err = MCP_OK;

    for (size_t i = 0; i < p->n_over && !err; i++) {
        err = store_del(txn, key_str(&p->over[i]));
    }
    return err;
}
