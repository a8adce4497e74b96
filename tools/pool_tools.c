/* tools/pool_tools.c - what credit is left: of all pools, of a tool, of a connection. */
#include <tools/pool_answer.h>
#include <tools/pool_link.h>
#include <tools/pool_list.h>
#include <tools/state.h>

#include <mcp/call.h>
#include <tools/key.h>
#include <tools/owner.h>

#include "pool_schema.h"

enum { NAMED_MAX = 20, LINKS_MAX = 10 };

#define RUNS_LOW (1u << POOL_LOW | 1u << POOL_CRITICAL)

static mcp_err read_pools(struct store_txn *txn, void *arg)
{
    return pool_list(txn, arg);
}

static void begin(struct tools *t, struct mcp_call *call, struct pool_list *l)
{
    l->owner = mcp_call_principal(call)->owner;
    l->connection = NULL;
    l->statuses = 0;
    l->part = mcp_str_n(NULL, 0);
    l->credit_type = mcp_str_n(NULL, 0);
    l->care = NULL;
    l->fallback = t->fallback;
    l->now_ms = tools_now_ms(t);
    l->out = mcp_structured(call)->out; /* the result is one value, written by pool_json.c */
    mcp_buf_add(l->out, MCP_STR("{\"pools\":"));
}

static mcp_err finish(struct mcp_call *call, mcp_err err, struct mcp_buf *out)
{
    mcp_buf_byte(out, '}');
    if (out->failed) {
        return MCP_E_OVERLOADED; /* or TOO_LARGE: the engine tells them apart */
    }
    return err ? mcp_fail(call, err, "The store could not be read.") : MCP_OK;
}

/* ---- list_balances ---- */

static mcp_err add_status(struct mcp_call *call, mcp_str part, unsigned *statuses)
{
    enum pool_status s;

    part = mcp_str_trim(part);
    if (part.len == 0) {
        return MCP_OK;
    }
    if (!pool_status_parse(part, &s)) {
        return mcp_fail(call, MCP_E_INVALID_STATUS,
                        "%.*s is not a status; the statuses are " POOL_STATUS_LIST ".",
                        MCP_STR_ARG(name_quoted(mcp_call_arena(call), part)));
    }
    *statuses |= 1u << s;
    return MCP_OK;
}

static mcp_err read_statuses(struct mcp_call *call, unsigned *statuses)
{
    mcp_json status = mcp_arg(call, "status");
    mcp_err err = MCP_OK;

    if (mcp_json_type(status) == MCP_JSON_ARRAY) {
        for (mcp_json e = mcp_json_first(status); mcp_json_present(e) && !err;
             e = mcp_json_next(status, e)) {
            err = add_status(call, mcp_json_str(e, mcp_call_arena(call), mcp_str_n(NULL, 0)),
                             statuses);
        }
        return err;
    }
    mcp_str list = mcp_json_str(status, mcp_call_arena(call), mcp_str_n(NULL, 0));

    while (list.ptr && !err) {
        err = add_status(call, mcp_str_cut(&list, ','), statuses);
    }
    return err;
}

/* Pools that run low as links, for a client to read or to watch. */
struct linking {
    struct mcp_call *call;
    size_t n;
};

static mcp_err link_pool(void *user, const struct pool_json *j)
{
    struct linking *to = user;

    return to->n++ < LINKS_MAX ? pool_link(to->call, j) : MCP_OK;
}

static mcp_err list_pools(struct mcp_call *call, struct tools *t, struct pool_list *l)
{
    struct linking to = {.call = call};

    l->care = link_pool;
    l->care_user = &to;
    l->care_statuses = RUNS_LOW;
    return finish(call, store_read(t->store, read_pools, l), l->out);
}

static mcp_err list_balances(struct mcp_call *call, void *user)
{
    struct pool_list l;

    begin(user, call, &l);
    mcp_err err = read_statuses(call, &l.statuses);

    return err ? err : list_pools(call, user, &l);
}

static mcp_err list_low(struct mcp_call *call, void *user)
{
    struct pool_list l;

    begin(user, call, &l);
    l.statuses = RUNS_LOW;
    return list_pools(call, user, &l);
}

/* ---- get_tool_balance ---- */

struct named_op {
    struct mcp_arena *arena;
    uint64_t owner;
    mcp_str names[NAMED_MAX]; /* different ones, in the arena */
    size_t n, n_more;         /* kept; connections whose tool is not among them */
};

static mcp_err named_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct named_op *op = arg;
    struct connection c;

    if (key.len != KEY_SEQUENCE_BYTES) {
        return MCP_OK;
    }
    if (!connection_decode(value, version, &c)) {
        return MCP_E_STORAGE;
    }
    mcp_str name = name_quoted(op->arena, c.tool_name);

    for (size_t i = 0; i < op->n; i++) {
        if (mcp_str_eq(op->names[i], name)) {
            return MCP_OK;
        }
    }
    if (op->n < NAMED_MAX) {
        op->names[op->n++] = name;
    } else {
        op->n_more++;
    }
    return MCP_OK;
}

static mcp_err read_named(struct store_txn *txn, void *arg)
{
    struct named_op *op = arg;
    struct key low = key_owned(KEY_CONNECTION, op->owner);

    return store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false, STORE_SCAN_MAX, named_row, op);
}

/* Fail with the tools that are watched, so that a model can correct itself. */
static mcp_err fail_with_names(struct tools *t, struct mcp_call *call, mcp_err why, mcp_str what)
{
    struct mcp_buf *list = &t->listing;
    struct named_op op = {.arena = mcp_call_arena(call), .owner = mcp_call_principal(call)->owner};
    mcp_err err = store_read(t->store, read_named, &op);

    if (err) {
        return mcp_fail(call, err, "The store could not be read.");
    }
    mcp_buf_clear(list);
    for (size_t i = 0; i < op.n; i++) {
        mcp_buf_add(list, i ? MCP_STR(", ") : MCP_STR(""));
        mcp_buf_add(list, op.names[i]);
    }
    if (op.n_more) {
        mcp_buf_add(list, MCP_STR(" and more"));
    }
    if (op.n == 0) {
        return mcp_fail(call, why, "%.*s; no tool is watched yet.", MCP_STR_ARG(what));
    }
    return mcp_fail(call, why, "%.*s; the watched tools are %.*s.", MCP_STR_ARG(what),
                    MCP_STR_ARG(mcp_buf_str(list)));
}

static mcp_err get_tool_balance(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct mcp_arena *arena = mcp_call_arena(call);
    mcp_str name = mcp_str_trim(mcp_arg_str(call, "toolName"));
    struct pool_list l;

    if (name.len == 0) {
        return fail_with_names(t, call, MCP_E_INVALID_ARGUMENTS, MCP_STR("toolName is blank"));
    }
    begin(t, call, &l);
    l.part = name;
    mcp_err err = store_read(t->store, read_pools, &l);

    if (!err && l.n == 0) {
        return fail_with_names(t, call, MCP_E_NOT_FOUND,
                               mcp_arena_printf(arena, "No watched tool matches %.*s",
                                                MCP_STR_ARG(name_quoted(arena, name))));
    }
    return finish(call, err, l.out);
}

/* ---- get_pool ---- */

struct one_op {
    struct pool_list list;
    mcp_str which;
    struct connection_found at;
};

static mcp_err read_one(struct store_txn *txn, void *arg)
{
    struct one_op *op = arg;
    mcp_err err = connection_find(txn, op->list.owner, op->which, &op->at);

    op->list.connection = &op->at.sequence;
    return err ? err : pool_list(txn, &op->list);
}

mcp_err pool_answer_all(struct mcp_call *call, struct tools *t)
{
    struct pool_list l;

    begin(t, call, &l);
    return finish(call, store_read(t->store, read_pools, &l), l.out);
}

mcp_err pool_answer(struct mcp_call *call, struct tools *t, mcp_str which, mcp_str credit_type)
{
    struct one_op *op = mcp_arena_new(mcp_call_arena(call), struct one_op, 1);

    if (!op) {
        return MCP_E_OVERLOADED;
    }
    begin(t, call, &op->list);
    op->list.credit_type = credit_type;
    op->which = which;
    mcp_err err = store_read(t->store, read_one, op);

    if (err == MCP_E_NOT_FOUND) {
        return mcp_fail(call, err, "No connection has this id or name.");
    }
    if (!err && op->list.n == 0) {
        return mcp_fail(call, MCP_E_NOT_FOUND,
                        "The connection has no reading of this credit type.");
    }
    return finish(call, err, op->list.out);
}

static mcp_err get_pool(struct mcp_call *call, void *user)
{
    return pool_answer(call, user, mcp_arg_str(call, "connection"),
                       mcp_arg_str(call, "creditType"));
}

const struct mcp_tool pool_rows[] = {
    {
        .name = "list_balances",
        .title = "List credit balances",
        .description = "Returns every watched credit pool: balance, limit, status, burn per day, "
                       "days left and an estimate of when it runs dry. Optionally only pools with "
                       "certain statuses.",
        .input_schema = SCHEMA_LIST_BALANCES,
        .output_schema = SCHEMA_POOLS,
        .scope = "read",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .fn = list_balances,
        .fails = MCP_FAILS(INVALID_STATUS) | MCP_FAILS(STORAGE),
    },
    {
        .name = "list_low",
        .title = "List what runs low",
        .description = "Returns the credit pools that are low or critical, with the links where "
                       "their services sell more (tool.topupUrl).",
        .output_schema = SCHEMA_POOLS,
        .scope = "read",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .fn = list_low,
        .fails = MCP_FAILS(STORAGE),
    },
    {
        .name = "get_tool_balance",
        .title = "Get one tool's credit balance",
        .description = "Returns the credit pools of the tools whose name contains the given text, "
                       "upper or lower case.",
        .input_schema = SCHEMA_GET_TOOL_BALANCE,
        .output_schema = SCHEMA_POOLS,
        .scope = "read",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .fn = get_tool_balance,
        .fails = MCP_FAILS(INVALID_ARGUMENTS) | MCP_FAILS(NOT_FOUND) | MCP_FAILS(STORAGE),
    },
    {
        /* Models have get_tool_balance and the resource pool://{connectionId}. */
        .name = "get_pool",
        .title = "Get a connection's pools",
        .description = "Returns the credit pools of one connection, or one of them.",
        .input_schema = SCHEMA_GET_POOL,
        .output_schema = SCHEMA_POOLS,
        .scope = "read",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .is_hidden = true,
        .fn = get_pool,
        .fails = MCP_FAILS(NOT_FOUND) | MCP_FAILS(STORAGE),
    },
    {0},
};
