/* tools/webhook_tools.c - add, list, edit, rotate, test and remove webhooks. */
#include <tools/alert_raise.h>
#include <tools/key.h>
#include <tools/list_answer.h>
#include <tools/name.h>
#include <tools/outbox_claim.h>
#include <tools/state.h>
#include <tools/text_json.h>
#include <tools/time_json.h>
#include <tools/webhook.h>
#include <tools/write.h>

#include <mcp/call.h>

#include <sodium.h>

#include "webhook_schema.h"

#define NO_SUCH   "No webhook has this id or name."
#define TAKEN     "Another webhook has this name."
#define FULL      "There are 32 webhooks, which is the most."
#define NO_KEY    "The store's secrets need another secret.key than the one in force."
#define FOR_SLACK "Slack does not check signatures; its URL is the secret."

/* ---- A webhook as JSON ---- */

static void put_members(struct mcp_json_writer *w, const struct webhook *h, int64_t now_ms)
{
    char id[NAME_ID_BYTES];

    mcp_json_member_str(w, MCP_STR("id"), name_id_format(h->id, id));
    mcp_json_member_str(w, MCP_STR("name"), h->name);
    mcp_json_member_str(w, MCP_STR("url"), h->shown);
    mcp_json_member_str(w, MCP_STR("format"), webhook_format_name(h->format));
    mcp_json_member_str(w, MCP_STR("level"), alert_level_name(h->least));
    mcp_json_member_str(w, MCP_STR("state"), webhook_state_name(h->state));
    time_json_put(w, MCP_STR("stateSince"), h->state_ms);
    text_json_put(w, MCP_STR("reason"), h->reason);
    mcp_json_member_bool(w, MCP_STR("signed"), h->secret.len != 0);
    time_json_put(w, MCP_STR("overlapUntil"),
                  h->overlap_until_ms > now_ms ? h->overlap_until_ms : 0);
    time_json_put(w, MCP_STR("lastAttemptAt"), h->last_ms);
    if (h->last_status) {
        mcp_json_member_int(w, MCP_STR("lastStatus"), h->last_status);
    } else {
        mcp_json_member_null(w, MCP_STR("lastStatus"));
    }
    time_json_put(w, MCP_STR("createdAt"), h->created_ms);
}

/* ---- Changing one ---- */

struct change_op {
    struct write_op op;
    const struct seal *seal;
    uint64_t owner;
    int64_t now_ms, overlap_ms;
    mcp_str which, name, url; /* empty: not given */
    bool has_format, has_level, is_off, is_signed;
    enum webhook_format format;
    enum alert_level level;
    struct webhook_found at;
    uint8_t delivery[16];
    mcp_str secret; /* new, in the clear; wiped when it was shown */
    char shown[WEBHOOK_SHOWN_MAX], secret_text[WEBHOOK_SECRET_TEXT];
    char sealed_url[WEBHOOK_URL_MAX + SEAL_MORE];
    char sealed_secret[WEBHOOK_SECRET_TEXT + SEAL_MORE];
    char sealed_previous[WEBHOOK_SECRET_TEXT + SEAL_MORE];
};

static struct change_op *begin(struct tools *t, struct mcp_call *call)
{
    struct change_op *c = mcp_arena_new(mcp_call_arena(call), struct change_op, 1);

    if (c) {
        c->seal = &t->seal;
        c->owner = mcp_call_principal(call)->owner;
        c->now_ms = tools_now_ms(t);
        c->which = mcp_arg_str(call, "webhook");
    }
    return c;
}

static mcp_err read_change(struct mcp_call *call, struct change_op *c)
{
    mcp_str level = mcp_arg_str(call, "level"), format = mcp_arg_str(call, "format");
    const char *why;

    c->name = mcp_arg_str(call, "name");
    c->url = mcp_arg_str(call, "url");
    c->has_level = alert_level_parse(level, &c->level);
    c->has_format = format.len != 0;
    c->format = mcp_str_eq(format, MCP_STR("slack")) ? WEBHOOK_SLACK : WEBHOOK_GENERIC;
    c->is_off = !mcp_arg_bool(call, "enabled", true);
    why = c->name.len ? name_check(c->name, NAME_BYTES_MAX) : NULL;
    if (why) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "name %s.", why);
    }
    why = c->url.len ? webhook_check_url(c->url) : NULL;
    return why ? mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "url %s.", why) : MCP_OK;
}

/* The store belongs to our key, and the secrets that were given are sealed for `w`. */
static mcp_err seal_change(struct store_txn *txn, struct change_op *c, struct webhook *w)
{
    struct seal_place url = {w->id, "url"}, secret = {w->id, "secret"};
    mcp_err err = seal_adopt(txn, c->seal);

    if (err) {
        return err == MCP_E_CONFLICT ? write_refuse(&c->op, MCP_E_REFUSED, NO_KEY) : err;
    }
    if (c->url.len) {
        w->url = seal_put(c->seal, url, c->url, c->sealed_url);
        w->shown = webhook_show_url(c->url, c->shown);
    }
    if (c->secret.len) {
        w->secret = seal_put(c->seal, secret, c->secret, c->sealed_secret);
    }
    return MCP_OK;
}

static mcp_err say(struct change_op *c, mcp_err err)
{
    return err == MCP_E_NOT_FOUND  ? write_refuse(&c->op, err, NO_SUCH)
           : err == MCP_E_CONFLICT ? write_refuse(&c->op, err, TAKEN)
           : err == MCP_E_REFUSED  ? write_refuse(&c->op, err, FULL)
                                   : err;
}

static mcp_err add_body(struct store_txn *txn, void *arg)
{
    struct change_op *c = arg;
    mcp_err err = seal_change(txn, c, &c->at.w);

    return err ? err : say(c, webhook_add(txn, c->owner, &c->at.w));
}

static void put_secret(struct mcp_json_writer *w, struct change_op *c)
{
    text_json_put(w, MCP_STR("secret"), c->secret);
    sodium_memzero(c->secret_text, sizeof(c->secret_text));
}

static mcp_err add_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    struct change_op *c = (struct change_op *)op;
    struct mcp_json_writer *w;

    if (err) {
        return write_fail(call, err, op);
    }
    w = mcp_structured(call);
    mcp_json_object(w);
    put_members(w, &c->at.w, c->now_ms);
    put_secret(w, c);
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err add_webhook(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct change_op *c = begin(t, call);
    mcp_err err = c ? read_change(call, c) : MCP_E_OVERLOADED;

    if (err) {
        return err;
    }
    struct webhook *w = &c->at.w;

    w->format = c->has_format              ? c->format
                : webhook_is_slack(c->url) ? WEBHOOK_SLACK
                                           : WEBHOOK_GENERIC;
    c->is_signed = mcp_arg_bool(call, "signed", w->format != WEBHOOK_SLACK);
    if (c->is_signed && w->format == WEBHOOK_SLACK) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS, FOR_SLACK);
    }
    w->least = c->has_level ? c->level : ALERT_LOW;
    w->name = c->name;
    w->created_ms = c->now_ms;
    w->state_ms = c->now_ms;
    name_id_new(w->id);
    if (c->is_signed) {
        c->secret = webhook_make_secret(c->secret_text);
    }
    return write_later(t, call, &c->op, add_body, add_reply);
}

/* ---- edit_webhook ---- */

static mcp_err edit_body(struct store_txn *txn, void *arg)
{
    struct change_op *c = arg;
    struct webhook *w = &c->at.w;
    mcp_err err = webhook_find(txn, c->owner, c->which, &c->at);

    if (err) {
        return say(c, err);
    }
    w->name = c->name.len ? c->name : w->name;
    w->format = c->has_format ? c->format : w->format;
    w->least = c->has_level ? c->level : w->least;
    w->state = c->is_off ? WEBHOOK_DISABLED : WEBHOOK_ACTIVE;
    w->state_ms = c->now_ms;
    w->reason = c->is_off ? MCP_STR("switched off") : MCP_STR("");
    err = c->url.len ? seal_change(txn, c, w) : MCP_OK;
    err = err ? err : say(c, webhook_put(txn, c->owner, c->at.sequence, w));
    return err || c->is_off ? err : outbox_kick(txn, c->owner, c->at.sequence, c->now_ms);
}

static mcp_err edit_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    struct change_op *c = (struct change_op *)op;
    struct mcp_json_writer *w;

    if (err) {
        return write_fail(call, err, op);
    }
    tools_kick(op->tools);
    w = mcp_structured(call);
    mcp_json_object(w);
    put_members(w, &c->at.w, c->now_ms);
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err edit_webhook(struct mcp_call *call, void *user)
{
    struct change_op *c = begin(user, call);
    mcp_err err = c ? read_change(call, c) : MCP_E_OVERLOADED;

    return err ? err : write_later(user, call, &c->op, edit_body, edit_reply);
}

/* ---- rotate_webhook ---- */

/* The old secret becomes the previous one: opened, and sealed for its new place. */
static mcp_err keep_previous(struct change_op *c, struct webhook *w)
{
    struct seal_place from = {w->id, "secret"}, to = {w->id, "previous"};
    char memory[WEBHOOK_SECRET_TEXT + SEAL_MORE];
    mcp_str plain;

    w->previous = MCP_STR("");
    w->overlap_until_ms = 0;
    if (w->secret.len == 0 || c->overlap_ms == 0) {
        return MCP_OK;
    }
    if (!seal_get(c->seal, from, w->secret, memory, &plain)) {
        return write_refuse(&c->op, MCP_E_REFUSED, NO_KEY);
    }
    w->previous = seal_put(c->seal, to, plain, c->sealed_previous);
    w->overlap_until_ms = c->now_ms + c->overlap_ms;
    sodium_memzero(memory, sizeof(memory));
    return MCP_OK;
}

static mcp_err rotate_body(struct store_txn *txn, void *arg)
{
    struct change_op *c = arg;
    struct webhook *w = &c->at.w;
    mcp_err err = webhook_find(txn, c->owner, c->which, &c->at);

    if (err) {
        return say(c, err);
    }
    if (w->format == WEBHOOK_SLACK) {
        return write_refuse(&c->op, MCP_E_REFUSED, FOR_SLACK);
    }
    err = keep_previous(c, w);
    err = err ? err : seal_change(txn, c, w);
    return err ? err : webhook_save(txn, c->owner, c->at.sequence, w);
}

static mcp_err rotate_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    struct change_op *c = (struct change_op *)op;
    struct mcp_json_writer *w;
    char id[NAME_ID_BYTES];

    if (err) {
        return write_fail(call, err, op);
    }
    w = mcp_structured(call);
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("id"), name_id_format(c->at.w.id, id));
    mcp_json_member_str(w, MCP_STR("name"), c->at.w.name);
    put_secret(w, c);
    time_json_put(w, MCP_STR("overlapUntil"), c->at.w.overlap_until_ms);
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err rotate_webhook(struct mcp_call *call, void *user)
{
    struct change_op *c = begin(user, call);

    if (c) {
        c->overlap_ms = 1000 * mcp_arg_int(call, "overlapSeconds", 86400);
        c->secret = webhook_make_secret(c->secret_text);
    }
    return write_later(user, call, c ? &c->op : NULL, rotate_body, rotate_reply);
}

/* ---- remove_webhook ---- */

static mcp_err remove_body(struct store_txn *txn, void *arg)
{
    struct change_op *c = arg;
    mcp_err err = webhook_find(txn, c->owner, c->which, &c->at);

    return err ? say(c, err) : webhook_remove(txn, c->owner, c->at.sequence);
}

static mcp_err remove_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    struct change_op *c = (struct change_op *)op;
    struct mcp_json_writer *w;
    char id[NAME_ID_BYTES];

    if (err) {
        return write_fail(call, err, op);
    }
    tools_kick(op->tools); /* what was on its way to it ends */
    w = mcp_structured(call);
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("id"), name_id_format(c->at.w.id, id));
    mcp_json_member_str(w, MCP_STR("name"), c->at.w.name);
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err remove_webhook(struct mcp_call *call, void *user)
{
    struct change_op *c = begin(user, call);

    return write_later(user, call, c ? &c->op : NULL, remove_body, remove_reply);
}

/* ---- test_webhook ---- */

static mcp_err test_body(struct store_txn *txn, void *arg)
{
    struct change_op *c = arg;
    struct alert a = {.kind = ALERT_TEST, .level = ALERT_LOW, .created_ms = c->now_ms};
    struct alert_order o = {.owner = c->owner, .a = &a, .is_test = true};
    struct delivery_found f;
    mcp_err err = webhook_find(txn, c->owner, c->which, &c->at);

    if (err) {
        return say(c, err);
    }
    if (c->at.w.state == WEBHOOK_DISABLED) {
        return write_refuse(&c->op, MCP_E_REFUSED, "It is disabled; an edit makes it active.");
    }
    a.subject = c->at.w.name;
    memcpy(a.subject_id, c->at.w.id, sizeof(a.subject_id));
    o.only = &c->at.sequence;
    err = alert_send(txn, &o);
    if (err) {
        return err == MCP_E_REFUSED ? write_refuse(&c->op, err, "The outbox is full.") : err;
    }
    err = delivery_get(txn, c->owner, a.first_delivery, &f);
    memcpy(c->delivery, f.d.id, sizeof(c->delivery));
    return err;
}

static mcp_err queued_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    struct change_op *c = (struct change_op *)op;
    struct mcp_json_writer *w;
    char id[NAME_ID_BYTES];

    if (err) {
        return write_fail(call, err, op);
    }
    tools_kick(op->tools);
    w = mcp_structured(call);
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("deliveryId"), name_id_format(c->delivery, id));
    mcp_json_member_str(w, MCP_STR("webhookId"), name_id_format(c->at.w.id, id));
    mcp_json_member_str(w, MCP_STR("webhookName"), c->at.w.name);
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err test_webhook(struct mcp_call *call, void *user)
{
    struct change_op *c = begin(user, call);

    return write_later(user, call, c ? &c->op : NULL, test_body, queued_reply);
}

/* ---- list_webhooks ---- */

struct list_op {
    struct mcp_json_writer *w;
    uint64_t owner;
    int64_t now_ms;
};

static mcp_err list_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct list_op *op = arg;
    struct webhook h;

    (void)key;
    if (!webhook_decode(value, version, &h)) {
        return MCP_E_STORAGE;
    }
    mcp_json_object(op->w);
    put_members(op->w, &h, op->now_ms);
    mcp_json_object_end(op->w);
    return MCP_OK;
}

static mcp_err list_body(struct store_txn *txn, void *arg)
{
    struct list_op *op = arg;
    struct key low = key_owned(KEY_WEBHOOK, op->owner);

    return store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false, WEBHOOKS_MAX, list_row, op);
}

static mcp_err list_webhooks(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct list_op op = {mcp_structured(call), mcp_call_principal(call)->owner, tools_now_ms(t)};

    return list_answer(call, t, "webhooks", list_body, &op);
}

#define OPERATION(tool_name, words, text, input, output, bits, ends)                               \
    {                                                                                              \
        .name = #tool_name, .title = (words), .description = (text), .input_schema = (input),      \
        .output_schema = (output), .scope = "admin", .hints = (bits), .is_hidden = true,           \
        .fn = tool_name, .fails = MCP_FAILS(STORAGE) | (ends)                                      \
    }

const struct mcp_tool webhook_rows[] = {
    OPERATION(add_webhook, "Add a webhook", "Starts sending warnings to an endpoint.",
              SCHEMA_ADD_WEBHOOK, SCHEMA_ADDED_WEBHOOK, MCP_OPEN_WORLD,
              MCP_FAILS(CONFLICT) | MCP_FAILS(REFUSED)),
    OPERATION(list_webhooks, "List webhooks", "Returns every endpoint that warnings are sent to.",
              SCHEMA_NO_WEBHOOK_ARGUMENTS, SCHEMA_WEBHOOKS, MCP_READ_ONLY | MCP_IDEMPOTENT, 0),
    OPERATION(edit_webhook, "Edit a webhook",
              "Changes what is given and makes the webhook active again.", SCHEMA_EDIT_WEBHOOK,
              SCHEMA_WEBHOOK, MCP_IDEMPOTENT | MCP_OPEN_WORLD,
              MCP_FAILS(NOT_FOUND) | MCP_FAILS(CONFLICT) | MCP_FAILS(REFUSED)),
    OPERATION(rotate_webhook, "Rotate a webhook's secret",
              "Makes a new signing secret; the old one signs, too, for a while.",
              SCHEMA_ROTATE_WEBHOOK, SCHEMA_ROTATED_WEBHOOK, MCP_DESTRUCTIVE,
              MCP_FAILS(NOT_FOUND) | MCP_FAILS(REFUSED)),
    OPERATION(test_webhook, "Test a webhook", "Queues an invented warning, which is tried once.",
              SCHEMA_ONE_WEBHOOK, SCHEMA_QUEUED_DELIVERY, MCP_OPEN_WORLD,
              MCP_FAILS(NOT_FOUND) | MCP_FAILS(REFUSED)),
    OPERATION(remove_webhook, "Remove a webhook",
              "Stops sending to an endpoint and forgets its secrets.", SCHEMA_ONE_WEBHOOK,
              SCHEMA_REMOVED_WEBHOOK, MCP_DESTRUCTIVE, MCP_FAILS(NOT_FOUND)),
    {0},
};
