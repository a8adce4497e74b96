/* tools/spend_tools.c - what is in a wallet, what was spent of it, and by whom. */
#include <tools/key.h>
#include <tools/name.h>
#include <tools/reservation.h>
#include <tools/spend.h>
#include <tools/state.h>
#include <tools/time_json.h>

#include <mcp/call.h>
#include <mcp/timestamp.h>

#include <stdlib.h>

#include "spend_schema.h"

enum { DATE_BYTES = 10 };

#define UNREADABLE "The store could not be read."

/* ---- get_spend_series ---- */

struct series_op {
    uint64_t owner;
    uint32_t first;
    size_t n;
    int64_t days[SPEND_DAYS_MAX];
};

static mcp_err series_body(struct store_txn *txn, void *arg)
{
    struct series_op *o = arg;

    return spend_series(txn, o->owner, o->first, o->n, o->days);
}

/* "2026-06-17": a time up to its T. */
static mcp_str date_of(uint32_t day, char out[MCP_TIMESTAMP_BYTES])
{
    return mcp_str_n(mcp_timestamp_format(day * SPEND_DAY_MS, out).ptr, DATE_BYTES);
}

static void put_series(struct mcp_json_writer *w, mcp_str period, const struct series_op *o)
{
    char time[MCP_TIMESTAMP_BYTES];
    int64_t total = 0;

    for (size_t i = 0; i < o->n; i++) {
        total += o->days[i]; /* at most 90 of 2^53 */
    }
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("period"), period);
    mcp_json_member_int(w, MCP_STR("total_credits_used"), total);
    mcp_json_put_key(w, MCP_STR("data"));
    mcp_json_array(w);
    for (size_t i = 0; i < o->n; i++) {
        mcp_json_object(w);
        mcp_json_member_str(w, MCP_STR("date"), date_of(o->first + (uint32_t)i, time));
        mcp_json_member_int(w, MCP_STR("credits_used"), o->days[i]);
        mcp_json_object_end(w);
    }
    mcp_json_array_end(w);
    mcp_json_object_end(w);
}

static mcp_err get_spend_series(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct series_op o = {.owner = mcp_call_principal(call)->owner};
    mcp_str period = mcp_arg_str(call, "period");

    period = period.len ? period : MCP_STR("30d");
    o.n = period.ptr[0] == '7' ? 7 : period.ptr[0] == '9' ? 90 : 30; /* the schema knows them */
    o.first = spend_day(tools_now_ms(t)) + 1 - (uint32_t)o.n;
    mcp_err err = store_read(t->store, series_body, &o);

    if (err) {
        return mcp_fail(call, err, UNREADABLE);
    }
    put_series(mcp_structured(call), period, &o);
    return MCP_OK;
}

/* ---- list_connected_apps ---- */

struct app {
    char id[NAME_SLUG_MAX], name[LEDGER_APP_MAX];
    size_t id_bytes, name_bytes;
    int64_t credits, last_used_ms;
};

struct apps_op {
    uint64_t owner;
    uint32_t today;
    struct app *list;
    size_t n;
};

static mcp_err apps_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct apps_op *o = arg;
    struct app *app = &o->list[o->n];
    struct spend_app a;

    (void)key;
    if (!spend_app_decode(value, version, &a)) {
        return MCP_E_STORAGE;
    }
    app->credits = spend_app_sum(&a, o->today);
    if (app->credits == 0) {
        return MCP_OK;
    }
    mcp_str id = name_slug(a.name, app->id);

    app->id_bytes = id.len;
    memcpy(app->id, id.ptr, id.len);
    memcpy(app->name, a.name.ptr, a.name.len);
    app->name_bytes = a.name.len;
    app->last_used_ms = a.last_used_ms;
    o->n++;
    return MCP_OK;
}

static mcp_err apps_body(struct store_txn *txn, void *arg)
{
    struct apps_op *o = arg;
    struct key low = key_owned(KEY_SPEND_APP, o->owner);

    return store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false, SPEND_APPS_MAX, apps_row, o);
}

/* The most first, then by id, then by name. */
static int compare_apps(const void *a, const void *b)
{
    const struct app *x = a, *y = b;

    if (x->credits != y->credits) {
        return x->credits < y->credits ? 1 : -1;
    }
    size_t n = x->id_bytes < y->id_bytes ? x->id_bytes : y->id_bytes;
    int order = memcmp(x->id, y->id, n);

    if (order || x->id_bytes != y->id_bytes) {
        return order ? order : x->id_bytes < y->id_bytes ? -1 : 1;
    }
    n = x->name_bytes < y->name_bytes ? x->name_bytes : y->name_bytes;
    return memcmp(x->name, y->name, n);
}

static mcp_err list_connected_apps(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct mcp_json_writer *w = mcp_structured(call);
    struct apps_op o = {.owner = mcp_call_principal(call)->owner};

    o.today = spend_day(tools_now_ms(t));
    o.list = mcp_arena_new(mcp_call_arena(call), struct app, SPEND_APPS_MAX);
    if (!o.list) {
        return MCP_E_OVERLOADED;
    }
    mcp_err err = store_read(t->store, apps_body, &o);

    if (err) {
        return mcp_fail(call, err, UNREADABLE);
    }
    qsort(o.list, o.n, sizeof(*o.list), compare_apps);
    mcp_json_object(w);
    mcp_json_put_key(w, MCP_STR("apps"));
    mcp_json_array(w);
    for (size_t i = 0; i < o.n; i++) {
        const struct app *a = &o.list[i];

        mcp_json_object(w);
        mcp_json_member_str(w, MCP_STR("app_id"), mcp_str_n(a->id, a->id_bytes));
        mcp_json_member_str(w, MCP_STR("name"), mcp_str_n(a->name, a->name_bytes));
        mcp_json_member_int(w, MCP_STR("credits_used"), a->credits);
        time_json_put(w, MCP_STR("last_used_at"), a->last_used_ms);
        mcp_json_object_end(w);
    }
    mcp_json_array_end(w);
    mcp_json_object_end(w);
    return MCP_OK;
}

/* ---- get_balance ---- */

struct balance_op {
    uint64_t owner;
    int64_t now_ms, reserved;
    struct wallet w;
};

static mcp_err balance_body(struct store_txn *txn, void *arg)
{
    struct balance_op *o = arg;

    mcp_err err = wallet_get(txn, o->owner, &o->w);

    return err ? err : reservation_reserved(txn, o->owner, &o->w, o->now_ms, &o->reserved);
}

static mcp_err get_balance(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct mcp_json_writer *w = mcp_structured(call);
    struct balance_op o = {.owner = mcp_call_principal(call)->owner, .now_ms = tools_now_ms(t)};
    mcp_err err = store_read(t->store, balance_body, &o);

    if (err) {
        return mcp_fail(call, err, UNREADABLE);
    }
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("wallet"), MCP_STR("oauth_user"));
    mcp_json_member_int(w, MCP_STR("balance"), o.w.balance);
    mcp_json_member_int(w, MCP_STR("reserved"), o.reserved);
    mcp_json_member_int(w, MCP_STR("available"), o.w.balance - o.reserved);
    mcp_json_object_end(w);
    return MCP_OK;
}

const struct mcp_tool spend_rows[] = {
    {
        .name = "get_spend_series",
        .title = "Credits spent by day",
        .description = "Returns the credits that your account spent on each of the last 7, 30 or "
                       "90 days (UTC), and their sum.",
        .input_schema = SCHEMA_GET_SPEND_SERIES,
        .output_schema = SCHEMA_SPEND_SERIES,
        .scope = "account",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .fn = get_spend_series,
        .fails = MCP_FAILS(STORAGE),
    },
    {
        .name = "list_connected_apps",
        .title = "Apps that spend",
        .description = "Returns the apps that spent credits of your account in the last 30 days, "
                       "the most first, and when each did last.",
        .input_schema = SCHEMA_NO_ARGUMENTS,
        .output_schema = SCHEMA_CONNECTED_APPS,
        .scope = "account",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .fn = list_connected_apps,
        .fails = MCP_FAILS(STORAGE),
    },
    {
        .name = "get_balance",
        .title = "Credit balance",
        .description = "Returns the credits of your account: the balance, what of it is reserved, "
                       "and what is free. 1,000,000 credits are a dollar.",
        .input_schema = SCHEMA_NO_ARGUMENTS,
        .output_schema = SCHEMA_BALANCE,
        .scope = "wallet",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .fn = get_balance,
        .fails = MCP_FAILS(STORAGE),
    },
    {0},
};
