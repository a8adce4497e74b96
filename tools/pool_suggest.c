/* tools/pool_suggest.c - see pool_suggest.h. */
#include <tools/pool_suggest.h>

#include <tools/connection.h>
#include <tools/key.h>
#include <tools/name.h>
#include <tools/owner.h>
#include <tools/state.h>

#include <mcp/complete.h>

enum what { NOTHING, CONNECTION_ID, CREDIT_TYPE, TOOL };

struct suggest_op {
    struct mcp_call *call;
    uint64_t owner;
    enum what what;
    mcp_str typed, chosen; /* chosen: the connection's id; empty: any */
    struct connection at;  /* points into the database */
    char id[NAME_ID_BYTES];
    mcp_str said[MCP_SUGGESTIONS_MAX]; /* in the arena; the first ones, to say each once */
    size_t n_said;
};

static mcp_err say(struct suggest_op *op, mcp_str value)
{
    for (size_t i = 0; i < op->n_said; i++) {
        if (mcp_str_eq(op->said[i], value)) {
            return MCP_OK;
        }
    }
    if (op->n_said < MCP_SUGGESTIONS_MAX) {
        op->said[op->n_said++] = mcp_arena_dup(mcp_call_arena(op->call), value);
    }
    return mcp_suggest(op->call, value);
}

static bool is_like(const struct suggest_op *op, mcp_str value)
{
    return mcp_str_has_nocase(value, op->typed);
}

static mcp_err say_connection(struct suggest_op *op)
{
    mcp_str id = name_id_format(op->at.id, op->id);
    bool begins =
        op->typed.len <= id.len && mcp_str_eq_nocase(mcp_str_n(id.ptr, op->typed.len), op->typed);

    if (op->what == TOOL) {
        return is_like(op, op->at.tool_name) ? say(op, op->at.tool_name) : MCP_OK;
    }
    if (op->what == CONNECTION_ID &&
        (begins || is_like(op, op->at.name) || is_like(op, op->at.tool_name))) {
        return say(op, id);
    }
    return MCP_OK;
}

static mcp_err row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct suggest_op *op = arg;
    struct pool p;

    if (key.len == KEY_SEQUENCE_BYTES) {
        return connection_decode(value, version, &op->at) ? say_connection(op) : MCP_E_STORAGE;
    }
    if (op->what != CREDIT_TYPE) {
        return MCP_OK;
    }
    if (!pool_decode(value, version, &p)) {
        return MCP_E_STORAGE;
    }
    bool is_chosen =
        op->chosen.len == 0 || mcp_str_eq(op->chosen, name_id_format(op->at.id, op->id));

    return is_chosen && is_like(op, p.credit_type) ? say(op, p.credit_type) : MCP_OK;
}

static mcp_err body(struct store_txn *txn, void *arg)
{
    struct suggest_op *op = arg;
    struct key low = key_owned(KEY_CONNECTION, op->owner);

    return store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false,
                      (size_t)OWNER_CONNECTIONS_MAX * (CONNECTION_POOLS_MAX + 1), row, op);
}

static enum what what_of(mcp_str name)
{
    return mcp_str_eq(name, MCP_STR("connectionId")) ? CONNECTION_ID
           : mcp_str_eq(name, MCP_STR("creditType")) ? CREDIT_TYPE
           : mcp_str_eq(name, MCP_STR("tool"))       ? TOOL
                                                     : NOTHING;
}

mcp_err pool_suggest(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct suggest_op op = {
        .call = call,
        .owner = mcp_call_principal(call)->owner,
        .what = what_of(mcp_completing(call)),
        .typed = mcp_completing_value(call),
        .chosen = mcp_arg_str(call, "connectionId"),
    };

    if (op.what == NOTHING) {
        return MCP_OK;
    }
    mcp_err err = store_read(t->store, body, &op);

    return err == MCP_E_STORAGE ? mcp_fail(call, err, "The store could not be read.") : err;
}
