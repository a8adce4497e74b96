/* tools/connection_tools.c - add, list, show, edit and remove connections. */
#include <tools/alert_raise.h>
#include <tools/connection.h>
#include <tools/connection_edit.h>
#include <tools/key.h>
#include <tools/list_answer.h>
#include <tools/override.h>
#include <tools/owner.h>
#include <tools/pool_list.h>
#include <tools/source_change.h>
#include <tools/state.h>
#include <tools/time_json.h>
#include <tools/write.h>

#include <mcp/call.h>

#include "connection_schema.h"

enum { REMOVE_STEP = 1000 }; /* readings deleted per transaction */

#define NO_SUCH "No connection has this id or name."
#define TAKEN   "Another connection has this name."
#define INVERTED                                                                                   \
    "low must be above critical, also where one of them is a default or a credit type's own"

/* ---- A connection as JSON ---- */

static void put_threshold(struct mcp_json_writer *w, mcp_str key, bool is_set, int64_t micro)
{
    if (is_set) {
        mcp_json_member_micro(w, key, micro);
    } else {
        mcp_json_member_null(w, key);
    }
}

/* All members but `pools`. */
static void put_members(struct mcp_json_writer *w, const struct connection *c,
                        const struct source_shown *source)
{
    char id[NAME_ID_BYTES];

    mcp_json_member_str(w, MCP_STR("id"), name_id_format(c->id, id));
    mcp_json_member_str(w, MCP_STR("name"), c->name);
    mcp_json_put_key(w, MCP_STR("tool"));
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("id"), c->tool_id);
    mcp_json_member_str(w, MCP_STR("name"), c->tool_name);
    if (c->topup_url.len) {
        mcp_json_member_str(w, MCP_STR("topupUrl"), c->topup_url);
    } else {
        mcp_json_member_null(w, MCP_STR("topupUrl"));
    }
    mcp_json_object_end(w);
    mcp_json_member_str(w, MCP_STR("status"), connection_status_name(c->status));
    mcp_json_put_key(w, MCP_STR("thresholds"));
    mcp_json_object(w);
    put_threshold(w, MCP_STR("low"), c->thresholds.has_low, c->thresholds.low_micro);
    put_threshold(w, MCP_STR("critical"), c->thresholds.has_critical, c->thresholds.critical_micro);
    mcp_json_object_end(w);
    mcp_json_member_bool(w, MCP_STR("alertEnabled"), !c->is_muted);
    source_shown_put(w, source, c->is_pushed);
    time_json_put(w, MCP_STR("createdAt"), c->created_ms);
}

static void put_connection(struct mcp_json_writer *w, const struct connection *c,
                           const struct source_shown *source)
{
    mcp_json_object(w);
    put_members(w, c, source);
    mcp_json_member_int(w, MCP_STR("pools"), c->n_pools);
    mcp_json_object_end(w);
}

/* ---- Arguments ---- */

/* An operation that changes one connection. What an argument says is read now; what it means for
 * the stored connection is decided in the body. */
struct change_op {
    struct write_op op;
    uint64_t owner;
    mcp_str which;
    bool has_name, has_tool_name, has_tool_id, has_url, has_low, has_critical, has_status;
    bool has_muted;
    struct connection to; /* the members that are given; empty or unset: cleared */
    mcp_str credit_type;  /* of edit_connection: only this one's thresholds */
    struct pool_thresholds fallback;
    int64_t now_ms;
    struct connection_found found;
    struct source_change source;
    struct source_shown shown;
    char slug[NAME_SLUG_MAX];
    size_t n_readings, n_step; /* removed so far, and by the last step */
    bool is_gone;
};

static mcp_err read_name(struct mcp_call *call, const char *arg, bool *ret_has, mcp_str *ret)
{
    const char *why = NULL;

    *ret_has = mcp_json_present(mcp_arg(call, arg));
    if (*ret_has) {
        *ret = mcp_arg_str(call, arg);
        why = name_check(*ret, NAME_BYTES_MAX);
    }
    return why ? mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "%s %s.", arg, why) : MCP_OK;
}

static mcp_err read_threshold(struct mcp_call *call, const char *arg, bool *ret_has,
                              bool *ret_is_set, int64_t *ret)
{
    mcp_json v = mcp_arg(call, arg);

    *ret_has = mcp_json_present(v);
    *ret_is_set = mcp_json_type(v) == MCP_JSON_NUMBER;
    if (*ret_is_set && !mcp_json_micro(v, ret)) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS,
                        "%s has more than six decimals or is too large.", arg);
    }
    return MCP_OK;
}

static mcp_err read_url(struct mcp_call *call, struct change_op *c)
{
    c->has_url = mcp_json_present(mcp_arg(call, "topupUrl"));
    c->to.topup_url = mcp_arg_str(call, "topupUrl");
    const char *why = c->to.topup_url.len ? name_check_url(c->to.topup_url) : NULL;

    return why ? mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "topupUrl %s.", why) : MCP_OK;
}

static mcp_err read_change(struct mcp_call *call, const struct seal *seal, struct change_op *c)
{
    struct pool_thresholds *t = &c->to.thresholds;
    mcp_err err = read_name(call, "name", &c->has_name, &c->to.name);

    err = err ? err : read_name(call, "toolName", &c->has_tool_name, &c->to.tool_name);
    err = err ? err : read_url(call, c);
    err = err ? err : read_threshold(call, "low", &c->has_low, &t->has_low, &t->low_micro);
    err = err ? err
              : read_threshold(call, "critical", &c->has_critical, &t->has_critical,
                               &t->critical_micro);
    if (err) {
        return err;
    }
    c->has_tool_id = mcp_json_present(mcp_arg(call, "toolId"));
    c->to.tool_id = mcp_arg_str(call, "toolId");
    c->has_muted = mcp_json_present(mcp_arg(call, "alertEnabled"));
    c->to.is_muted = !mcp_arg_bool(call, "alertEnabled", true);
    c->has_status = mcp_json_present(mcp_arg(call, "status"));
    c->to.status = POOL_HEALTHY; /* null: active */
    (void)connection_status_parse(mcp_arg_str(call, "status"), &c->to.status);
    c->source.has_status = c->has_status;
    c->source.is_off = c->to.status == POOL_DISCONNECTED;
    c->source.now_ms = c->now_ms;
    return source_change_read(call, seal, &c->source);
}

static struct change_op *begin_change(const struct tools *t, struct mcp_call *call)
{
    struct change_op *c = mcp_arena_new(mcp_call_arena(call), struct change_op, 1);

    if (c) {
        c->owner = mcp_call_principal(call)->owner;
        c->which = mcp_arg_str(call, "connection");
        c->fallback = t->fallback;
        c->now_ms = tools_now_ms(t);
    }
    return c;
}

/* Put what was given over `at`; its strings then point at the arguments. */
static void apply_change(struct change_op *c, struct connection *at)
{
    at->name = c->has_name ? c->to.name : at->name;
    at->tool_name = c->has_tool_name ? c->to.tool_name : at->tool_name;
    if (c->has_url) {
        at->topup_url = c->to.topup_url;
    } else if (c->source.topup_url.len && (c->source.is_new || at->topup_url.len == 0)) {
        at->topup_url = c->source.topup_url; /* another service, another shop */
    }
    at->status = c->has_status ? c->to.status : at->status;
    at->is_muted = c->has_muted ? c->to.is_muted : at->is_muted;
    at->is_pushed = c->source.is_given ? c->source.is_push : at->is_pushed;
    if (c->has_tool_id) {
        at->tool_id = c->to.tool_id;
    }
    if (at->tool_id.len == 0) {
        at->tool_id = name_slug(at->tool_name, c->slug);
    }
    if (c->has_low) {
        at->thresholds.has_low = c->to.thresholds.has_low;
        at->thresholds.low_micro = c->to.thresholds.low_micro;
    }
    if (c->has_critical) {
        at->thresholds.has_critical = c->to.thresholds.has_critical;
        at->thresholds.critical_micro = c->to.thresholds.critical_micro;
    }
}

static mcp_err change_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    struct change_op *c = (struct change_op *)op;

    if (err) {
        return write_fail(call, err, op);
    }
    tools_kick(op->tools);
    put_connection(mcp_structured(call), &c->found.c, &c->shown);
    return MCP_OK;
}

/* The source of found.sequence as it was asked for, and what is to be shown of it. */
static mcp_err put_source(struct store_txn *txn, struct change_op *c)
{
    const char *why = NULL;
    mcp_err err =
        source_change_put(txn, c->owner, c->found.sequence, c->found.c.id, &c->source, &why);

    if (why) {
        return write_refuse(&c->op, err, why);
    }
    return err ? err : source_shown_get(txn, c->owner, c->found.sequence, &c->shown);
}

/* ---- add_connection ---- */

static mcp_err add_body(struct store_txn *txn, void *arg)
{
    struct change_op *c = arg;
    static const struct pool_thresholds NONE = {0};
    const struct pool_thresholds *own = &c->found.c.thresholds;
    struct pool_thresholds all = pool_thresholds_resolve(&NONE, own, &c->fallback);
    const char *why = pool_thresholds_check(own);

    if (why || pool_thresholds_check(&all)) {
        return write_refuse(&c->op, MCP_E_INVALID_ARGUMENTS, why ? why : INVERTED);
    }
    mcp_err err = connection_add(txn, c->owner, &c->found.c, &c->found.sequence);

    return err == MCP_E_CONFLICT  ? write_refuse(&c->op, err, TAKEN)
           : err == MCP_E_REFUSED ? write_refuse(&c->op, err, OWNER_POOLS_FULL)
           : err                  ? err
                                  : put_source(txn, c);
}

static mcp_err add_connection(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct change_op *c = begin_change(user, call);
    mcp_err err = c ? read_change(call, &t->seal, c) : MCP_E_OVERLOADED;

    if (err) {
        return err;
    }
    c->found.c.created_ms = c->now_ms;
    c->found.c.is_demo = mcp_json_bool(mcp_arg(call, "demo"), false);
    name_id_new(c->found.c.id);
    c->found.c.tool_name = c->source.service.len ? c->source.service : c->to.name;
    apply_change(c, &c->found.c);
    return write_later(t, call, &c->op, add_body, change_reply);
}

/* ---- edit_connection ---- */

/* What changed may be worth a warning, or its end. */
static mcp_err check_alerts(struct store_txn *txn, struct change_op *c)
{
    struct alert_change change = {c->owner, &c->found, &c->fallback, 0, c->now_ms};

    return c->found.c.is_muted ? alert_mute(txn, c->owner, c->found.sequence, false, c->now_ms)
                               : alert_check(txn, &change);
}

/* Only the thresholds of one credit type. */
static mcp_err edit_pool(struct store_txn *txn, struct change_op *c)
{
    struct override o = {c->credit_type, c->has_low, c->has_critical, c->to.thresholds,
                         c->fallback};
    mcp_err err = override_set(txn, c->owner, &c->found, &o);

    if (err == MCP_E_NOT_FOUND) {
        return write_refuse(&c->op, err, "The connection has no reading of this credit type.");
    }
    if (err == MCP_E_INVALID_ARGUMENTS) {
        return write_refuse(&c->op, err, INVERTED);
    }
    c->found.c.is_demo = false; /* it has an owner now */
    err =
        err ? err : connection_put(txn, c->owner, c->found.sequence, &c->found.c, c->found.c.name);
    err = err ? err : put_source(txn, c);
    return err ? err : check_alerts(txn, c);
}

static mcp_err edit_body(struct store_txn *txn, void *arg)
{
    struct change_op *c = arg;
    mcp_err err = connection_find(txn, c->owner, c->which, &c->found);

    if (err) {
        return err == MCP_E_NOT_FOUND ? write_refuse(&c->op, err, NO_SUCH) : err;
    }
    if (c->credit_type.len) {
        return edit_pool(txn, c);
    }
    mcp_str old_name = c->found.c.name;

    apply_change(c, &c->found.c);
    c->found.c.is_demo = false; /* it has an owner now */
    const char *why = pool_thresholds_check(&c->found.c.thresholds);

    if (why) {
        return write_refuse(&c->op, MCP_E_INVALID_ARGUMENTS, why);
    }
    if (c->has_low || c->has_critical) {
        err = override_check(txn, c->owner, c->found.sequence, &c->found.c, &c->fallback);
    }
    if (err == MCP_E_INVALID_ARGUMENTS) {
        return write_refuse(&c->op, err, INVERTED);
    }
    err = err ? err : connection_put(txn, c->owner, c->found.sequence, &c->found.c, old_name);
    if (err == MCP_E_CONFLICT) {
        return write_refuse(&c->op, err, TAKEN);
    }
    err = err ? err : put_source(txn, c);
    return err ? err : check_alerts(txn, c);
}

static mcp_err read_credit_type(struct mcp_call *call, struct change_op *c)
{
    bool has_more = c->has_name || c->has_tool_name || c->has_tool_id || c->has_url ||
                    c->has_status || c->has_muted || c->source.is_given;

    c->credit_type = mcp_arg_str(call, "creditType");
    if (c->credit_type.len && (has_more || (!c->has_low && !c->has_critical))) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS,
                        "With creditType give low or critical, and nothing else.");
    }
    return MCP_OK;
}

mcp_err connection_edit(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct change_op *c = begin_change(user, call);
    mcp_err err = c ? read_change(call, &t->seal, c) : MCP_E_OVERLOADED;

    err = err ? err : read_credit_type(call, c);

    return err ? err : write_later(user, call, &c->op, edit_body, change_reply);
}

static mcp_err edit_connection(struct mcp_call *call, void *user)
{
    return connection_edit(call, user);
}

/* ---- remove_connection ---- */

static mcp_err remove_body(struct store_txn *txn, void *arg)
{
    struct change_op *c = arg;
    mcp_err err = connection_find(txn, c->owner, c->which, &c->found);

    if (err) {
        return err == MCP_E_NOT_FOUND ? write_refuse(&c->op, err, NO_SUCH) : err;
    }
    return connection_remove(txn, c->owner, &c->found, REMOVE_STEP, c->now_ms, &c->n_step,
                             &c->is_gone);
}

static mcp_err remove_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    struct change_op *c = (struct change_op *)op;
    struct mcp_json_writer *w;
    char id[NAME_ID_BYTES];

    if (err) {
        return write_fail(call, err, op);
    }
    c->n_readings += c->n_step;
    if (!c->is_gone) {
        return write_again(op);
    }
    w = mcp_structured(call);
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("id"), name_id_format(c->found.c.id, id));
    mcp_json_member_str(w, MCP_STR("name"), c->found.c.name);
    mcp_json_member_int(w, MCP_STR("removedReadings"), (int64_t)c->n_readings);
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err remove_connection(struct mcp_call *call, void *user)
{
    struct change_op *c = begin_change(user, call);

    return write_later(user, call, c ? &c->op : NULL, remove_body, remove_reply);
}

/* ---- list_connections, show_connection ---- */

struct read_op {
    struct mcp_json_writer *w;
    struct store_txn *txn;
    uint64_t owner;
    mcp_str which;
    struct connection_found found;
    struct source_shown shown;
    struct pool_list pools;
};

static mcp_err list_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct read_op *op = arg;
    struct connection c;

    if (key.len != KEY_SEQUENCE_BYTES) {
        return MCP_OK; /* a pool */
    }
    if (!connection_decode(value, version, &c)) {
        return MCP_E_STORAGE;
    }
    mcp_err err = source_shown_get(op->txn, op->owner, key_get_sequence(key), &op->shown);

    put_connection(op->w, &c, &op->shown);
    return err;
}

static mcp_err list_body(struct store_txn *txn, void *arg)
{
    struct read_op *op = arg;
    struct key low = key_owned(KEY_CONNECTION, op->owner);

    op->txn = txn;
    return store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false, STORE_SCAN_MAX, list_row, op);
}

static mcp_err list_connections(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct read_op op = {.w = mcp_structured(call), .owner = mcp_call_principal(call)->owner};

    return list_answer(call, t, "connections", list_body, &op);
}

static mcp_err show_body(struct store_txn *txn, void *arg)
{
    struct read_op *op = arg;
    mcp_err err = connection_find(txn, op->owner, op->which, &op->found);

    op->pools.connection = &op->found.sequence;
    err = err ? err : source_shown_get(txn, op->owner, op->found.sequence, &op->shown);
    return err ? err : pool_list(txn, &op->pools);
}

static mcp_err show_connection(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    uint64_t owner = mcp_call_principal(call)->owner;
    struct read_op op = {
        .owner = owner,
        .which = mcp_arg_str(call, "connection"),
        .pools = {.owner = owner,
                  .fallback = t->fallback,
                  .now_ms = tools_now_ms(t),
                  .out = &t->listing},
    };

    mcp_buf_clear(&t->listing);
    mcp_err err = store_read(t->store, show_body, &op);

    if (err) {
        return mcp_fail(call, err, "%s",
                        err == MCP_E_NOT_FOUND ? NO_SUCH : "The store could not be read.");
    }
    op.w = mcp_structured(call);
    mcp_json_object(op.w);
    put_members(op.w, &op.found.c, &op.shown);
    mcp_json_member_raw(op.w, MCP_STR("pools"), mcp_buf_str(&t->listing));
    mcp_json_object_end(op.w);
    return t->listing.failed ? MCP_E_OVERLOADED : MCP_OK;
}

#define OPERATION(tool_name, words, text, input, output, bits)                                     \
    {                                                                                              \
        .name = #tool_name, .title = (words), .description = (text), .input_schema = (input),      \
        .output_schema = (output), .scope = "admin", .hints = (bits), .is_hidden = true,           \
        .fn = tool_name                                                                            \
    }

const struct mcp_tool connection_rows[] = {
    OPERATION(add_connection, "Add a connection", "Starts watching an account at some vendor.",
              SCHEMA_ADD_CONNECTION, SCHEMA_CONNECTION, 0),
    OPERATION(list_connections, "List connections",
              "Returns every watched account, and where its readings come from.", NULL,
              SCHEMA_CONNECTIONS, MCP_READ_ONLY | MCP_IDEMPOTENT),
    {
        .name = "show_connection",
        .title = "Show a connection",
        .description = "Returns one watched account and its pools.",
        .input_schema = SCHEMA_SHOW_CONNECTION,
        .output_schema = SCHEMA_SHOWN_CONNECTION,
        .scope = "admin",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .is_hidden = true,
        .fn = show_connection,
        .fails = MCP_FAILS(NOT_FOUND) | MCP_FAILS(STORAGE),
    },
    OPERATION(edit_connection, "Edit a connection",
              "Changes what is given and leaves the rest; null clears.", SCHEMA_EDIT_CONNECTION,
              SCHEMA_CONNECTION, MCP_IDEMPOTENT),
    OPERATION(remove_connection, "Remove a connection",
              "Deletes a watched account with its pools and readings.", SCHEMA_SHOW_CONNECTION,
              SCHEMA_REMOVED_CONNECTION, MCP_DESTRUCTIVE),
    {0},
};
