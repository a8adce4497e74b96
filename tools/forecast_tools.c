/* tools/forecast_tools.c - when a connection's pools will cross their thresholds. */
#include <tools/connection.h>
#include <tools/forecast.h>
#include <tools/name.h>
#include <tools/state.h>
#include <tools/text_json.h>
#include <tools/time_json.h>

#include <mcp/call.h>

#include "forecast_schema.h"

struct forecast_op {
    struct mcp_json_writer *w;
    uint64_t owner;
    mcp_str which, credit_type; /* credit_type empty: all */
    struct pool_thresholds fallback;
    int64_t now_ms;
    struct store_txn *txn;
    size_t n_pools;
    struct connection_found at;
    struct history_point points[FORECAST_POINTS];
};

static void put_time(struct mcp_json_writer *w, mcp_str key, bool is_set, int64_t at_ms)
{
    if (is_set) {
        time_json_put(w, key, at_ms);
    } else {
        mcp_json_member_null(w, key);
    }
}

/* Rounded to a hundredth. */
static void put_number(struct mcp_json_writer *w, mcp_str key, bool is_set, double v)
{
    if (!is_set) {
        mcp_json_member_null(w, key);
    } else if (v < 9e11) {
        mcp_json_member_micro(w, key, (int64_t)(v * 100 + 0.5) * 10000);
    } else {
        mcp_json_put_key(w, key);
        mcp_json_put_double(w, v);
    }
}

static void put_crossing(struct mcp_json_writer *w, mcp_str key, bool has_threshold,
                         int64_t threshold_micro, const struct forecast_rate *r)
{
    if (!has_threshold) {
        mcp_json_member_null(w, key);
        return;
    }
    struct forecast_crossing c = forecast_crossing(r, threshold_micro);

    mcp_json_put_key(w, key);
    mcp_json_object(w);
    mcp_json_member_micro(w, MCP_STR("threshold"), threshold_micro);
    mcp_json_member_str(w, MCP_STR("state"), forecast_state_name(c.state));
    put_time(w, MCP_STR("at"), c.state == FORECAST_EXPECTED, c.at_ms);
    put_time(w, MCP_STR("earliest"), c.has_earliest, c.earliest_ms);
    put_time(w, MCP_STR("latest"), c.has_latest, c.latest_ms);
    mcp_json_object_end(w);
}

static void put_pool(struct forecast_op *op, const struct pool *p, const struct forecast_rate *r)
{
    struct pool_thresholds t =
        pool_thresholds_resolve(&p->own, &op->at.c.thresholds, &op->fallback);
    struct mcp_json_writer *w = op->w;
    bool has_balance = r->from_ms != 0;

    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("creditType"), p->credit_type);
    mcp_json_member_str(w, MCP_STR("label"), p->label);
    mcp_json_member_str(w, MCP_STR("unit"), p->unit);
    if (has_balance) {
        mcp_json_member_micro(w, MCP_STR("balance"), r->balance_micro);
    } else {
        mcp_json_member_null(w, MCP_STR("balance"));
    }
    put_time(w, MCP_STR("recordedAt"), has_balance, r->from_ms);
    mcp_json_put_key(w, MCP_STR("rate"));
    mcp_json_object(w);
    put_number(w, MCP_STR("perDay"), r->is_known, r->per_day);
    put_number(w, MCP_STR("observedDays"), r->is_known, r->observed_days);
    mcp_json_member_int(w, MCP_STR("steps"), (int64_t)r->n_steps);
    mcp_json_object_end(w);
    put_crossing(w, MCP_STR("low"), t.has_low, t.low_micro, r);
    put_crossing(w, MCP_STR("critical"), t.has_critical, t.critical_micro, r);
    put_crossing(w, MCP_STR("empty"), true, 0, r);
    mcp_json_object_end(w);
}

static mcp_err pool_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct forecast_op *op = arg;
    struct history_span span = {.to_ms = op->now_ms, .n_points = FORECAST_POINTS};
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
    span.from_ms = op->now_ms > FORECAST_WINDOW_MS ? op->now_ms - FORECAST_WINDOW_MS + 1 : 1;
    op->n_pools++;
    mcp_err err =
        history_get(op->txn, op->owner, op->at.sequence, key_get_pool(key), &span, op->points, &n);

    if (!err) {
        struct forecast_rate r = forecast_rate(op->points, n, op->now_ms);

        if (!r.from_ms && p.has_balance) { /* older than all that counts */
            r.from_ms = p.recorded_ms;
            r.balance_micro = p.balance_micro;
        }
        put_pool(op, &p, &r);
    }
    return err;
}

static mcp_err forecast_body(struct store_txn *txn, void *arg)
{
    struct forecast_op *op = arg;
    struct mcp_json_writer *w = op->w;
    char id[NAME_ID_BYTES];
    mcp_err err = connection_find(txn, op->owner, op->which, &op->at);

    if (err) {
        return err;
    }
    op->txn = txn;
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("connectionId"), name_id_format(op->at.c.id, id));
    mcp_json_member_str(w, MCP_STR("connectionName"), op->at.c.name);
    text_json_put(w, MCP_STR("topupUrl"), op->at.c.topup_url);
    mcp_json_put_key(w, MCP_STR("pools"));
    mcp_json_array(w);
    struct key rows = key_sequence(KEY_CONNECTION, op->owner, op->at.sequence);

    err = store_scan(txn, key_str(&rows), mcp_str_n(NULL, 0), false, CONNECTION_POOLS_MAX + 1,
                     pool_row, op);
    mcp_json_array_end(w);
    mcp_json_object_end(w);
    return err;
}

static mcp_err forecast_pool(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct forecast_op *op = mcp_arena_new(mcp_call_arena(call), struct forecast_op, 1);

    if (!op) {
        return MCP_E_OVERLOADED;
    }
    op->w = mcp_structured(call);
    op->owner = mcp_call_principal(call)->owner;
    op->which = mcp_arg_str(call, "connection");
    op->credit_type = mcp_arg_str(call, "creditType");
    op->fallback = t->fallback;
    op->now_ms = tools_now_ms(t);
    mcp_err err = store_read(t->store, forecast_body, op);

    if (err == MCP_E_NOT_FOUND) {
        return mcp_fail(call, err, "No connection has this id or name.");
    }
    if (!err && op->n_pools == 0 && op->credit_type.len) {
        return mcp_fail(call, MCP_E_NOT_FOUND,
                        "The connection has no reading of this credit type.");
    }
    return err == MCP_E_STORAGE ? mcp_fail(call, err, "The store could not be read.") : err;
}

const struct mcp_tool forecast_rows[] = {
    {
        .name = "forecast_pool",
        .title = "Forecast a pool",
        .description = "Returns when one connection's credit pools will cross their low and "
                       "critical thresholds and when they are empty, each with a band that four "
                       "crossings of five fall into: consumption of the last 28 days, top-ups "
                       "left out, recent weeks counting more.",
        .input_schema = SCHEMA_FORECAST_POOL,
        .output_schema = SCHEMA_FORECAST,
        .scope = "read",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .fn = forecast_pool,
        .fails = MCP_FAILS(NOT_FOUND) | MCP_FAILS(STORAGE),
    },
    {0},
};
