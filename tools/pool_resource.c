/* tools/pool_resource.c - see pool_resource.h. */
#include <tools/pool_resource.h>

#include <tools/connection.h>
#include <tools/key.h>
#include <tools/owner.h>
#include <tools/pool_answer.h>
#include <tools/pool_suggest.h>
#include <tools/pool_uri.h>

/* ---- Reading ---- */

/* The structured result as the resource's text. */
static mcp_err show(struct mcp_call *call, mcp_err err)
{
    return err ? err : mcp_text_as(call, mcp_buf_str(mcp_structured(call)->out), NULL);
}

static mcp_err read_all(struct mcp_call *call, void *user)
{
    return show(call, pool_answer_all(call, user));
}

static mcp_err not_found(struct mcp_call *call)
{
    return mcp_fail(call, MCP_E_NOT_FOUND, "Resource not found");
}

static mcp_err read_pool(struct mcp_call *call, void *user)
{
    mcp_str id = mcp_arg_str(call, "connectionId"), type = mcp_arg_str(call, "creditType");

    return pool_uri_is(mcp_call_uri(call), id, type, "")
               ? show(call, pool_answer(call, user, id, type))
               : not_found(call);
}

static mcp_err read_history(struct mcp_call *call, void *user)
{
    mcp_str id = mcp_arg_str(call, "connectionId"), type = mcp_arg_str(call, "creditType");

    return type.len && pool_uri_is(mcp_call_uri(call), id, type, POOL_URI_HISTORY)
               ? show(call, history_answer(call, user, id, type))
               : not_found(call);
}

/* ---- Listing ---- */

struct list_op {
    struct mcp_call *call;
    struct mcp_arena *arena;
    uint64_t owner;
    struct connection at; /* points into the database */
};

static mcp_err add_link(struct list_op *op, const struct pool *p)
{
    char memory[POOL_URI_BYTES];
    mcp_str uri = mcp_arena_dup(op->arena, pool_uri(op->at.id, p->credit_type, "", memory));
    mcp_str name =
        mcp_arena_printf(op->arena, "%.*s: %.*s", MCP_STR_ARG(op->at.name), MCP_STR_ARG(p->label));

    if (mcp_arena_failed(op->arena)) {
        return MCP_E_OVERLOADED;
    }
    return mcp_link(op->call, &(struct mcp_resource){.uri = uri.ptr,
                                                     .name = name.ptr,
                                                     .title = name.ptr,
                                                     .mime_type = "application/json"});
}

static mcp_err list_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct list_op *op = arg;
    struct pool p;

    if (key.len == KEY_SEQUENCE_BYTES) {
        return connection_decode(value, version, &op->at) ? MCP_OK : MCP_E_STORAGE;
    }
    return pool_decode(value, version, &p) ? add_link(op, &p) : MCP_E_STORAGE;
}

static mcp_err list_body(struct store_txn *txn, void *arg)
{
    struct list_op *op = arg;
    struct key low = key_owned(KEY_CONNECTION, op->owner);

    return store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false,
                      (size_t)OWNER_CONNECTIONS_MAX * (CONNECTION_POOLS_MAX + 1), list_row, op);
}

static mcp_err list_pools(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct list_op op = {
        .call = call, .arena = mcp_call_arena(call), .owner = mcp_call_principal(call)->owner};
    mcp_err err = store_read(t->store, list_body, &op);

    return err == MCP_E_STORAGE ? mcp_fail(call, err, "The store could not be read.") : err;
}

/* ---- Rows ---- */

const struct mcp_resource pool_resources[] = {
    {
        .uri = POOL_URI_ALL,
        .name = "pools",
        .title = "All credit pools",
        .description = "Every watched pool: balance, limit, status, burn per day, days left.",
        .mime_type = "application/json",
        .scope = "read",
        .read = read_all,
    },
    {
        .uri = POOL_URI_ALL "{connectionId}",
        .name = "connection",
        .title = "A connection's pools",
        .description = "The credit pools of one connection.",
        .mime_type = "application/json",
        .scope = "read",
        .read = read_pool,
        .complete = pool_suggest,
    },
    {
        .uri = POOL_URI_ALL "{connectionId}/{creditType}",
        .name = "pool",
        .title = "One credit pool",
        .description = "What is left of one credit type of one connection, and for how long.",
        .mime_type = "application/json",
        .scope = "read",
        .read = read_pool,
        .complete = pool_suggest,
        .list = list_pools,
    },
    {
        .uri = POOL_URI_ALL "{connectionId}/{creditType}" POOL_URI_HISTORY "{?from,to,points}",
        .name = "history",
        .title = "A pool's history",
        .description = "Its balances over time, evenly thinned: by default the last seven days, "
                       "100 points.",
        .mime_type = "application/json",
        .scope = "read",
        .read = read_history,
        .complete = pool_suggest,
    },
    {0},
};
