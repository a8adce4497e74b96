/* tools/alert_tools.c - the alert log. */
#include <tools/alert_row.h>
#include <tools/alert_text.h>
#include <tools/connection.h>
#include <tools/key.h>
#include <tools/outbox_row.h>
#include <tools/state.h>
#include <tools/text_json.h>
#include <tools/time_json.h>

#include <mcp/call.h>

#include "alert_schema.h"

enum { LIMIT_DEFAULT = 50, TEXT_MAX = 8192 };

struct list_op {
    struct mcp_json_writer *w;
    struct mcp_buf text;
    uint64_t owner;
    mcp_str which;
    bool has_connection; /* only of this one: */
    struct connection_found connection;
    enum alert_level level; /* NONE: both */
    int64_t left;
};

static void put_pools(struct mcp_json_writer *w, mcp_str lines)
{
    struct alert_line line;

    mcp_json_put_key(w, MCP_STR("pools"));
    mcp_json_array(w);
    while (alert_line_next(&lines, &line)) {
        mcp_json_object(w);
        mcp_json_member_str(w, MCP_STR("label"), line.label);
        mcp_json_member_micro(w, MCP_STR("balance"), line.balance_micro);
        mcp_json_member_micro(w, MCP_STR("threshold"), line.threshold_micro);
        mcp_json_member_str(w, MCP_STR("unit"), line.unit);
        mcp_json_object_end(w);
    }
    mcp_json_array_end(w);
}

static void put_words(struct list_op *op, const struct alert *a)
{
    mcp_buf_clear(&op->text);
    alert_put_title(&op->text, a);
    mcp_json_member_str(op->w, MCP_STR("title"), mcp_buf_str(&op->text));
    mcp_buf_clear(&op->text);
    alert_put_sentence(&op->text, a);
    mcp_json_member_str(op->w, MCP_STR("body"), mcp_buf_str(&op->text));
    op->w->out->failed = op->w->out->failed || op->text.failed;
}

static void put_alert(struct list_op *op, const struct alert *a)
{
    struct mcp_json_writer *w = op->w;
    char id[NAME_ID_BYTES];

    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("id"), name_id_format(a->id, id));
    mcp_json_member_str(w, MCP_STR("event"), alert_event(a));
    mcp_json_member_str(w, MCP_STR("kind"), alert_kind_name(a->kind));
    mcp_json_member_str(w, MCP_STR("level"), alert_level_name(a->level));
    mcp_json_member_str(w, MCP_STR("state"), alert_fate_name(a->fate));
    put_words(op, a);
    mcp_json_member_str(w, MCP_STR("subjectId"), alert_subject(a, id));
    mcp_json_member_str(w, MCP_STR("subjectName"), a->subject);
    text_json_put(w, MCP_STR("toolName"), a->kind == ALERT_POOL ? a->detail : MCP_STR(""));
    text_json_put(w, MCP_STR("topupUrl"), a->topup_url);
    time_json_put(w, MCP_STR("expiresAt"), a->expires_ms);
    put_pools(w, a->kind == ALERT_USAGE ? MCP_STR("") : a->lines);
    mcp_json_member_int(w, MCP_STR("deliveries"), a->n_deliveries);
    time_json_put(w, MCP_STR("createdAt"), a->created_ms);
    time_json_put(w, MCP_STR("stateSince"), a->fate_ms);
    mcp_json_object_end(w);
}

static mcp_err list_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct list_op *op = arg;
    struct alert a;

    (void)key;
    if (!alert_decode(value, version, &a)) {
        return MCP_E_STORAGE;
    }
    bool is_other =
        op->has_connection && (a.kind != ALERT_POOL || a.connection != op->connection.sequence);

    if (is_other || (op->level != ALERT_NONE && a.level != op->level)) {
        return MCP_OK;
    }
    put_alert(op, &a);
    return --op->left > 0 ? MCP_OK : MCP_PENDING;
}

static mcp_err list_body(struct store_txn *txn, void *arg)
{
    struct list_op *op = arg;
    struct key low = key_owned(KEY_ALERT, op->owner);
    mcp_err err = MCP_OK;

    op->has_connection = op->which.len != 0;
    if (op->has_connection) {
        err = connection_find(txn, op->owner, op->which, &op->connection);
    }
    return err ? err
               : store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), true, OUTBOX_ALERTS_MAX,
                            list_row, op);
}

static mcp_err list_alerts(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct list_op op = {
        .w = mcp_structured(call),
        .owner = mcp_call_principal(call)->owner,
        .which = mcp_arg_str(call, "connection"),
        .left = mcp_arg_int(call, "limit", LIMIT_DEFAULT),
    };

    (void)alert_level_parse(mcp_arg_str(call, "level"), &op.level);
    mcp_buf_init(&op.text, TEXT_MAX);
    mcp_json_object(op.w);
    mcp_json_put_key(op.w, MCP_STR("alerts"));
    mcp_json_array(op.w);
    mcp_err err = store_read(t->store, list_body, &op);

    mcp_buf_free(&op.text);
    if (err) {
        return mcp_fail(call, err, "%s",
                        err == MCP_E_NOT_FOUND ? "No connection has this id or name."
                                               : "The store could not be read.");
    }
    mcp_json_array_end(op.w);
    mcp_json_object_end(op.w);
    return MCP_OK;
}

const struct mcp_tool alert_rows[] = {
    {
        .name = "list_alerts",
        .title = "List alerts",
        .description =
            "Returns the warnings that were raised, newest first: which pools fell below "
            "a threshold, which access tokens are about to expire, and whether somebody "
            "was told. Optionally only of one connection or one level.",
        .input_schema = SCHEMA_LIST_ALERTS,
        .output_schema = SCHEMA_ALERTS,
        .scope = "read",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .fn = list_alerts,
        .fails = MCP_FAILS(NOT_FOUND) | MCP_FAILS(STORAGE),
    },
    {0},
};
