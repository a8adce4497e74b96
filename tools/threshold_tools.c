/* tools/threshold_tools.c - a model changes when people are warned: they are asked first.
 *
 * A client that can ask its user (elicitation, in either era) does, and nothing happens without a
 * yes. One that cannot has a token with the scope `write`, which its owner gave it for this; it
 * goes ahead, and so do REST and the command line. */
#include <tools/connection.h>
#include <tools/connection_edit.h>
#include <tools/key.h>
#include <tools/name.h>
#include <tools/state.h>

#include <mcp/ask.h>
#include <mcp/call.h>

#include "threshold_schema.h"

#define CONFIRM_SCHEMA                                                                             \
    "{\"type\":\"object\",\"required\":[\"confirm\"],\"properties\":{\"confirm\":{"                \
    "\"type\":\"boolean\",\"title\":\"Change the thresholds\"}}}"

/* What the thresholds are now: of the credit type, or of the connection. */
struct now_op {
    uint64_t owner;
    mcp_str which, credit_type;
    bool is_found;
    struct pool_thresholds at;
    struct connection_found found;
};

static mcp_err now_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct now_op *op = arg;
    struct pool p;

    if (key.len != KEY_POOL_BYTES) {
        return MCP_OK; /* the connection itself */
    }
    if (!pool_decode(value, version, &p)) {
        return MCP_E_STORAGE;
    }
    if (!mcp_str_eq(p.credit_type, op->credit_type)) {
        return MCP_OK;
    }
    op->is_found = true;
    op->at = p.own;
    return MCP_PENDING;
}

static mcp_err now_body(struct store_txn *txn, void *arg)
{
    struct now_op *op = arg;
    mcp_err err = connection_find(txn, op->owner, op->which, &op->found);

    if (err) {
        return err;
    }
    if (!op->credit_type.len) {
        op->is_found = true;
        op->at = op->found.c.thresholds;
        return MCP_OK;
    }
    struct key rows = key_sequence(KEY_CONNECTION, op->owner, op->found.sequence);

    return store_scan(txn, key_str(&rows), mcp_str_n(NULL, 0), false, CONNECTION_POOLS_MAX + 1,
                      now_row, op);
}

/* ---- The question ---- */

/* "low 50 to 20" when it changes, else nothing. */
static bool put_change(struct mcp_buf *out, struct mcp_call *call, const char *member, bool has,
                       int64_t micro)
{
    mcp_json v = mcp_arg(call, member);
    bool gives = mcp_json_type(v) == MCP_JSON_NUMBER;
    struct mcp_json_writer w;
    int64_t to = 0;

    if (!mcp_json_present(v) || (gives && !mcp_json_micro(v, &to)) ||
        (gives == has && (!has || to == micro))) {
        return false; /* a number that is none is for the operation to refuse */
    }
    mcp_buf_printf(out, " %s from ", member);
    mcp_json_writer_init(&w, out);
    if (has) {
        mcp_json_put_micro(&w, micro);
    } else {
        mcp_buf_add_c(out, "the default");
    }
    mcp_buf_add_c(out, " to ");
    mcp_json_writer_init(&w, out);
    if (gives) {
        mcp_json_put_micro(&w, to);
    } else {
        mcp_buf_add_c(out, "the default");
    }
    return true;
}

/* False: nothing changes, so there is nothing to ask. */
static bool put_question(struct mcp_buf *out, struct mcp_call *call, const struct now_op *op)
{
    struct mcp_arena *arena = mcp_call_arena(call);

    mcp_buf_add_c(out, "Change when you are warned about ");
    mcp_buf_add(out, name_quoted(arena, op->found.c.name));
    if (op->credit_type.len) {
        mcp_buf_add_c(out, ", ");
        mcp_buf_add(out, name_quoted(arena, op->credit_type));
    }
    mcp_buf_add_c(out, ":");
    bool is_low = put_change(out, call, "low", op->at.has_low, op->at.low_micro);

    if (is_low) {
        mcp_buf_add_c(out, ",");
    }
    bool is_critical =
        put_change(out, call, "critical", op->at.has_critical, op->at.critical_micro);

    if (is_low && !is_critical) {
        out->len--; /* the comma */
    }
    mcp_buf_add(out, mcp_str_n("?\0", 2)); /* ends as mcp_ask_elicit() wants it */
    return is_low || is_critical;
}

static mcp_err judge(struct mcp_call *call)
{
    bool is_yes =
        mcp_json_bool(mcp_json_get(mcp_answer_content(call, "confirm"), MCP_STR("confirm")), false);

    return is_yes ? MCP_OK
                  : mcp_fail(call, MCP_E_REFUSED, "The user said no; nothing was changed.");
}

static mcp_err confirm(struct mcp_call *call, struct tools *t)
{
    struct now_op *op = mcp_arena_new(mcp_call_arena(call), struct now_op, 1);

    if (!op) {
        return MCP_E_OVERLOADED;
    }
    op->owner = mcp_call_principal(call)->owner;
    op->which = mcp_arg_str(call, "connection");
    op->credit_type = mcp_arg_str(call, "creditType");
    if (store_read(t->store, now_body, op) || !op->is_found) {
        return MCP_OK; /* the operation says what is wrong */
    }
    mcp_buf_clear(&t->listing);
    bool is_change = put_question(&t->listing, call, op);

    if (t->listing.failed) {
        return MCP_E_OVERLOADED;
    }
    if (!is_change) {
        return MCP_OK;
    }
    mcp_err err = mcp_ask_elicit(call, "confirm", t->listing.ptr, CONFIRM_SCHEMA);

    return err ? err : judge(call);
}

static mcp_err set_thresholds(struct mcp_call *call, void *user)
{
    mcp_err err = mcp_client_has(call, MCP_CAN_ELICIT_FORM) ? confirm(call, user) : MCP_OK;

    return err ? err : connection_edit(call, user);
}

const struct mcp_tool threshold_rows[] = {
    {
        .name = "set_thresholds",
        .title = "Set thresholds",
        .description = "Changes the balances at which a connection, or one credit type of it, "
                       "counts as low and as critical: when people are warned. The user is asked "
                       "first where the client can.",
        .input_schema = SCHEMA_SET_THRESHOLDS,
        .output_schema = SCHEMA_THRESHOLDS,
        .scope = "write",
        .hints = MCP_DESTRUCTIVE | MCP_IDEMPOTENT,
        .fn = set_thresholds,
        .fails = MCP_FAILS(INVALID_ARGUMENTS) | MCP_FAILS(NOT_FOUND) | MCP_FAILS(REFUSED) |
                 MCP_FAILS(STORAGE),
    },
    {0},
};
