/* tools/history_tools.c - the balances of a connection's pools over time. */
#include <tools/connection.h>
#include <tools/history.h>
#include <tools/name.h>
#include <tools/pool_answer.h>
#include <tools/state.h>
#include <tools/time_json.h>

#include <mcp/call.h>

#include "history_schema.h"

struct history_op {
    struct mcp_arena *arena;
    struct mcp_json_writer *w;
    uint64_t owner;
    mcp_str which, credit_type; /* credit_type empty: all */
    struct pool_thresholds fallback;
    struct history_span span;
    struct history_point *points;
    struct store_txn *txn;
    size_t n_pools;
    struct connection_found at;
};

static void put_amount(struct mcp_json_writer *w, mcp_str key, bool is_set, int64_t micro)
{
    if (is_set) {
        mcp_json_member_micro(w, key, micro);
    } else {
        mcp_json_member_null(w, key);
    }
}

static void put_pool(struct history_op *op, const struct pool *p, size_t n)
{
    struct pool_thresholds t =
        pool_thresholds_resolve(&p->own, &op->at.c.thresholds, &op->fallback);
    struct mcp_json_writer *w = op->w;

    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("creditType"), p->credit_type);
    mcp_json_member_str(w, MCP_STR("label"), p->label);
    mcp_json_member_str(w, MCP_STR("unit"), p->unit);
    mcp_json_put_key(w, MCP_STR("thresholds"));
    mcp_json_object(w);
    put_amount(w, MCP_STR("low"), t.has_low, t.low_micro);
    put_amount(w, MCP_STR("critical"), t.has_critical, t.critical_micro);
    mcp_json_object_end(w);
    mcp_json_put_key(w, MCP_STR("points"));
    mcp_json_array(w);
    for (size_t i = 0; i < n; i++) {
        mcp_json_object(w);
        time_json_put(w, MCP_STR("at"), op->points[i].at_ms);
        put_amount(w, MCP_STR("balance"), op->points[i].has_balance, op->points[i].balance_micro);
        mcp_json_object_end(w);
    }
    mcp_json_array_end(w);
    mcp_json_object_end(w);
}

static mcp_err pool_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct history_op *op = arg;
    struct pool p;
    size_t n = 0;

    if (key.len != KEY_POOL_BYTES) {
        return MCP_OK; /* the connection itself */
    }
    if (!pool_decode(value, version, &p)) {
        return MCP_E_STORAGE;
    }
    if (op->credit_type.len && !mcp_str_eq(op->credit_type, p.credit_type)) {
        return MCP_OK;
    }
    op->n_pools++;
    mcp_err err = history_get(op->txn, op->owner, op->at.sequence, key_get_pool(key), &op->span,
                              op->points, &n);

    if (!err) {
        put_pool(op, &p, n);
    }
    return err;
}

static mcp_err history_body(struct store_txn *txn, void *arg)
{
    struct history_op *op = arg;
    struct mcp_json_writer *w = op->w;
    char id[NAME_ID_BYTES];
    mcp_err err = connection_find(txn, op->owner, op->which, &op->at);

    if (err) {
        return err;
    }
    size_t share = op->at.c.n_pools && !op->credit_type.len
                       ? HISTORY_POINTS_ALL_MAX / op->at.c.n_pools
                       : HISTORY_POINTS_MAX;

    op->span.n_points = op->span.n_points < share ? op->span.n_points : share;
    op->txn = txn;
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("connectionId"), name_id_format(op->at.c.id, id));
    mcp_json_member_str(w, MCP_STR("connectionName"), op->at.c.name);
    time_json_put(w, MCP_STR("from"), op->span.from_ms);
    time_json_put(w, MCP_STR("to"), op->span.to_ms);
    mcp_json_put_key(w, MCP_STR("pools"));
    mcp_json_array(w);
    struct key rows = key_sequence(KEY_CONNECTION, op->owner, op->at.sequence);

    err = store_scan(txn, key_str(&rows), mcp_str_n(NULL, 0), false, CONNECTION_POOLS_MAX + 1,
                     pool_row, op);
    mcp_json_array_end(w);
    mcp_json_object_end(w);
    return err;
}

/* A template's variable is text. */
static bool read_points(mcp_json v, size_t *ret)
{
    mcp_str text = mcp_json_raw(v);
    int64_t n = 0;

    if (mcp_json_type(v) != MCP_JSON_STRING) {
        *ret = (size_t)mcp_json_int_or(v, HISTORY_POINTS_DEFAULT);
        return true;
    }
    for (size_t i = 1; i + 1 < text.len && n <= HISTORY_POINTS_MAX; i++) { /* within its quotes */
        char c = text.ptr[i];

        n = c >= '0' && c <= '9' ? n * 10 + (c - '0') : HISTORY_POINTS_MAX + 1;
    }
    *ret = (size_t)n;
    return n >= 1 && n <= HISTORY_POINTS_MAX;
}

static mcp_err read_span(struct mcp_call *call, int64_t now_ms, struct history_span *s)
{
    mcp_json from = mcp_arg(call, "from"), to = mcp_arg(call, "to");

    s->to_ms = now_ms;
    if (!read_points(mcp_arg(call, "points"), &s->n_points)) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "points is not a number from 1 to %d.",
                        HISTORY_POINTS_MAX);
    }
    if (mcp_json_present(to) && !time_json_get(to, mcp_call_arena(call), &s->to_ms)) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "to is not a date and time.");
    }
    s->from_ms = s->to_ms > POOL_WINDOW_MS ? s->to_ms - POOL_WINDOW_MS : 1;
    if (mcp_json_present(from) && !time_json_get(from, mcp_call_arena(call), &s->from_ms)) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "from is not a date and time.");
    }
    if (s->from_ms < 1 || s->from_ms > s->to_ms) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "from must be after 1970 and not after to.");
    }
    return MCP_OK;
}

mcp_err history_answer(struct mcp_call *call, struct tools *t, mcp_str which, mcp_str credit_type)
{
    struct history_op *op = mcp_arena_new(mcp_call_arena(call), struct history_op, 1);
    struct history_point *points =
        mcp_arena_new(mcp_call_arena(call), struct history_point, HISTORY_POINTS_MAX);

    if (!op || !points) {
        return MCP_E_OVERLOADED;
    }
    op->points = points;
    op->w = mcp_structured(call);
    op->owner = mcp_call_principal(call)->owner;
    op->which = which;
    op->credit_type = credit_type;
    op->fallback = t->fallback;
    mcp_err err = read_span(call, tools_now_ms(t), &op->span);

    err = err ? err : store_read(t->store, history_body, op);
    if (err == MCP_E_NOT_FOUND) {
        return mcp_fail(call, err, "No connection has this id or name.");
    }
    if (!err && op->n_pools == 0 && op->credit_type.len) {
        return mcp_fail(call, MCP_E_NOT_FOUND,
                        "The connection has no reading of this credit type.");
    }
    return err == MCP_E_STORAGE ? mcp_fail(call, err, "The store could not be read.") : err;
}

static mcp_err get_pool_history(struct mcp_call *call, void *user)
{
    return history_answer(call, user, mcp_arg_str(call, "connection"),
                          mcp_arg_str(call, "creditType"));
}

const struct mcp_tool history_rows[] = {
    {
        .name = "get_pool_history",
        .title = "Get a pool's history",
        .description = "Returns the balances of one connection's credit pools over time, evenly "
                       "thinned: by default the last seven days.",
        .input_schema = SCHEMA_GET_POOL_HISTORY,
        .output_schema = SCHEMA_POOL_HISTORY,
        .scope = "read",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .fn = get_pool_history,
    },
    {0},
};
