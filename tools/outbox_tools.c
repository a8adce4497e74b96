/* tools/outbox_tools.c - the delivery log: list it, send one again. */
#include <tools/alert_text.h>
#include <tools/key.h>
#include <tools/name.h>
#include <tools/outbox_claim.h>
#include <tools/state.h>
#include <tools/text_json.h>
#include <tools/time_json.h>
#include <tools/write.h>

#include <mcp/call.h>

#include "webhook_schema.h"

enum { LIMIT_DEFAULT = 50, TITLE_MAX = 1024 };

/* ---- list_deliveries ---- */

struct list_op {
    struct store_txn *txn;
    struct mcp_json_writer *w;
    uint64_t owner;
    mcp_str which;
    bool has_id;
    uint8_t id[16];
    int64_t left;
    bool has_webhook; /* only of this one: */
    struct webhook_found webhook, at;
    struct alert_found alert;
};

static void put_alert(struct mcp_json_writer *w, const struct alert *a)
{
    struct mcp_buf title;
    char id[NAME_ID_BYTES];

    mcp_buf_init(&title, TITLE_MAX);
    if (a) {
        alert_put_title(&title, a);
    }
    text_json_put(w, MCP_STR("alertId"), a ? name_id_format(a->id, id) : MCP_STR(""));
    text_json_put(w, MCP_STR("event"), a ? alert_event(a) : MCP_STR(""));
    text_json_put(w, MCP_STR("title"), mcp_buf_str(&title));
    w->out->failed = w->out->failed || title.failed;
    mcp_buf_free(&title);
}

static void put_attempts(struct mcp_json_writer *w, const struct delivery *d)
{
    mcp_json_member_int(w, MCP_STR("attempts"), d->n_attempts);
    mcp_json_put_key(w, MCP_STR("recent"));
    mcp_json_array(w);
    for (size_t i = 0; i < d->n_kept; i++) {
        mcp_json_object(w);
        time_json_put(w, MCP_STR("at"), d->attempts[i].at_ms);
        if (d->attempts[i].status) {
            mcp_json_member_int(w, MCP_STR("status"), d->attempts[i].status);
        } else {
            mcp_json_member_null(w, MCP_STR("status"));
        }
        mcp_json_member_int(w, MCP_STR("tookMs"), d->attempts[i].took_ms);
        mcp_json_object_end(w);
    }
    mcp_json_array_end(w);
}

static void put_delivery(struct mcp_json_writer *w, const struct delivery *d,
                         const struct webhook *to, const struct alert *a)
{
    bool is_held = d->state == DELIVERY_QUEUED && to && to->state == WEBHOOK_PAUSED && !d->is_test;
    bool has_next = d->state == DELIVERY_QUEUED && !is_held;
    char id[NAME_ID_BYTES];

    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("id"), name_id_format(d->id, id));
    mcp_json_member_str(w, MCP_STR("channel"),
                        delivery_is_mail(d) ? MCP_STR("mail") : MCP_STR("webhook"));
    text_json_put(w, MCP_STR("webhookId"), to ? name_id_format(to->id, id) : MCP_STR(""));
    text_json_put(w, MCP_STR("webhookName"), to ? to->name : MCP_STR(""));
    put_alert(w, a);
    mcp_json_member_str(w, MCP_STR("state"),
                        is_held ? MCP_STR("held") : delivery_state_name(d->state));
    text_json_put(w, MCP_STR("reason"),
                  d->state == DELIVERY_CANCELLED ? delivery_reason_name(d->reason) : MCP_STR(""));
    put_attempts(w, d);
    time_json_put(w, MCP_STR("nextAttemptAt"),
                  !has_next                   ? 0
                  : d->due_ms > d->created_ms ? d->due_ms
                                              : d->created_ms);
    text_json_put(w, MCP_STR("note"), d->note);
    time_json_put(w, MCP_STR("createdAt"), d->created_ms);
    mcp_json_object_end(w);
}

static mcp_err list_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct list_op *op = arg;
    struct delivery d;

    (void)key;
    if (!delivery_decode(value, version, &d)) {
        return MCP_E_STORAGE;
    }
    if ((op->has_webhook && d.webhook != op->webhook.sequence) ||
        (op->has_id && memcmp(d.id, op->id, sizeof(d.id)) != 0)) {
        return MCP_OK;
    }
    mcp_err no_webhook = webhook_get(op->txn, op->owner, d.webhook, &op->at);
    mcp_err no_alert = alert_get(op->txn, op->owner, d.alert, &op->alert);

    if (no_webhook == MCP_E_STORAGE || no_alert == MCP_E_STORAGE) {
        return MCP_E_STORAGE;
    }
    put_delivery(op->w, &d, no_webhook ? NULL : &op->at.w, no_alert ? NULL : &op->alert.a);
    return --op->left > 0 ? MCP_OK : MCP_PENDING;
}

static mcp_err list_body(struct store_txn *txn, void *arg)
{
    struct list_op *op = arg;
    struct key low = key_owned(KEY_DELIVERY, op->owner);
    mcp_err err = MCP_OK;

    op->txn = txn;
    op->has_webhook = op->which.len != 0;
    if (op->has_webhook) {
        err = webhook_find(txn, op->owner, op->which, &op->webhook);
    }
    return err ? err
               : store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), true, OUTBOX_ROWS_MAX, list_row,
                            op);
}

static mcp_err list_deliveries(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct list_op *op = mcp_arena_new(mcp_call_arena(call), struct list_op, 1);

    if (!op) {
        return MCP_E_OVERLOADED;
    }
    op->w = mcp_structured(call);
    op->owner = mcp_call_principal(call)->owner;
    op->which = mcp_arg_str(call, "webhook");
    op->has_id = name_id_parse(mcp_arg_str(call, "delivery"), op->id);
    op->left = mcp_arg_int(call, "limit", LIMIT_DEFAULT);
    mcp_json_object(op->w);
    mcp_json_put_key(op->w, MCP_STR("deliveries"));
    mcp_json_array(op->w);
    mcp_err err = store_read(t->store, list_body, op);

    if (err) {
        return mcp_fail(call, err, "%s",
                        err == MCP_E_NOT_FOUND ? "No webhook has this id or name."
                                               : "The store could not be read.");
    }
    mcp_json_array_end(op->w);
    mcp_json_object_end(op->w);
    return MCP_OK;
}

/* ---- replay_delivery ---- */

struct replay_op {
    struct write_op op;
    uint64_t owner, sequence;
    int64_t now_ms;
    bool is_found;
    uint8_t id[16];
    struct webhook_found webhook;
};

static mcp_err find_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct replay_op *r = arg;
    struct delivery d;

    if (!delivery_decode(value, version, &d)) {
        return MCP_E_STORAGE;
    }
    r->is_found = memcmp(d.id, r->id, sizeof(d.id)) == 0;
    r->sequence = key_get_sequence(key);
    return r->is_found ? MCP_PENDING : MCP_OK;
}

static mcp_err reopen(struct store_txn *txn, struct replay_op *r, const struct delivery *before)
{
    struct delivery after = *before;
    struct outbox_count n;
    mcp_err err = outbox_count_get(txn, r->owner, &n);

    if (!err && n.open >= OUTBOX_OPEN_MAX) {
        return write_refuse(&r->op, MCP_E_REFUSED, "The outbox is full.");
    }
    after.state = DELIVERY_QUEUED;
    after.reason = DELIVERY_NO_REASON;
    after.tries = 0;
    after.due_ms = before->is_test ? 0 : r->now_ms;
    err = err ? err : delivery_put(txn, r->owner, r->sequence, before, &after, &n);
    return err ? err : outbox_count_put(txn, r->owner, &n);
}

static mcp_err replay_body(struct store_txn *txn, void *arg)
{
    struct replay_op *r = arg;
    struct key low = key_owned(KEY_DELIVERY, r->owner);
    struct delivery_found f;
    struct alert_found a;
    mcp_err err =
        store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), true, OUTBOX_ROWS_MAX, find_row, r);

    if (!err && !r->is_found) {
        return write_refuse(&r->op, MCP_E_NOT_FOUND, "No delivery has this id (any more).");
    }
    err = err ? err : delivery_get(txn, r->owner, r->sequence, &f);
    if (!err && delivery_is_open(&f.d)) {
        return write_refuse(&r->op, MCP_E_CONFLICT, "It is still on its way.");
    }
    if (!err && delivery_is_mail(&f.d)) {
        return write_refuse(&r->op, MCP_E_REFUSED, "A mail is sent once.");
    }
    err = err ? err : webhook_get(txn, r->owner, f.d.webhook, &r->webhook);
    if (err == MCP_E_NOT_FOUND || (!err && r->webhook.w.state == WEBHOOK_DISABLED)) {
        return write_refuse(&r->op, MCP_E_REFUSED, "Its webhook was removed or is disabled.");
    }
    err = err ? err : alert_get(txn, r->owner, f.d.alert, &a);
    if (err == MCP_E_NOT_FOUND) {
        return write_refuse(&r->op, MCP_E_REFUSED, "What it said is not kept any more.");
    }
    return err ? err : reopen(txn, r, &f.d);
}

static mcp_err replay_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    struct replay_op *r = (struct replay_op *)op;
    struct mcp_json_writer *w;
    char id[NAME_ID_BYTES];

    if (err) {
        return write_fail(call, err, op);
    }
    tools_kick(op->tools);
    w = mcp_structured(call);
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("deliveryId"), name_id_format(r->id, id));
    mcp_json_member_str(w, MCP_STR("webhookId"), name_id_format(r->webhook.w.id, id));
    mcp_json_member_str(w, MCP_STR("webhookName"), r->webhook.w.name);
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err replay_delivery(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct replay_op *r = mcp_arena_new(mcp_call_arena(call), struct replay_op, 1);

    if (r) {
        r->owner = mcp_call_principal(call)->owner;
        r->now_ms = tools_now_ms(t);
        if (!name_id_parse(mcp_arg_str(call, "delivery"), r->id)) {
            return mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "delivery is not an id.");
        }
    }
    return write_later(t, call, r ? &r->op : NULL, replay_body, replay_reply);
}

const struct mcp_tool outbox_rows[] = {
    {
        .name = "list_deliveries",
        .title = "List deliveries",
        .description = "Returns what was sent to webhooks, or waits to be, newest first.",
        .input_schema = SCHEMA_LIST_DELIVERIES,
        .output_schema = SCHEMA_DELIVERIES,
        .scope = "admin",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .is_hidden = true,
        .fn = list_deliveries,
        .fails = MCP_FAILS(NOT_FOUND) | MCP_FAILS(STORAGE),
    },
    {
        .name = "replay_delivery",
        .title = "Send a delivery again",
        .description = "Queues a delivery that is over, with the same id.",
        .input_schema = SCHEMA_REPLAY_DELIVERY,
        .output_schema = SCHEMA_QUEUED_DELIVERY,
        .scope = "admin",
        .hints = MCP_OPEN_WORLD,
        .is_hidden = true,
        .fn = replay_delivery,
        .fails =
            MCP_FAILS(NOT_FOUND) | MCP_FAILS(CONFLICT) | MCP_FAILS(REFUSED) | MCP_FAILS(STORAGE),
    },
    {0},
};
