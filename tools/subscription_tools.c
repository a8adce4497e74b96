/* tools/subscription_tools.c - add, list, change and remove subscriptions. */
#include <tools/key.h>
#include <tools/list_answer.h>
#include <tools/plan.h>
#include <tools/state.h>
#include <tools/subscription.h>
#include <tools/time_json.h>
#include <tools/usage_record.h>
#include <tools/write.h>

#include <mcp/call.h>

#include "subscription_schema.h"

#define NO_SUCH_PLAN "No plan has this id."

static void put_subscription(struct mcp_json_writer *w, const struct subscription *s,
                             const struct plan *p)
{
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("id"), mcp_str_n(s->id, sizeof(s->id)));
    mcp_json_member_str(w, MCP_STR("app_name"), s->app_name);
    mcp_json_member_str(w, MCP_STR("plan"), p->id);
    mcp_json_member_str(w, MCP_STR("plan_display"), p->name);
    mcp_json_member_str(w, MCP_STR("status"), subscription_status_name(s->status));
    mcp_json_member_str(w, MCP_STR("platform"), s->platform);
    time_json_put_seconds(w, MCP_STR("created_at"), s->created_ms);
    mcp_json_object_end(w);
}

/* ---- list_subscriptions ---- */

struct list_op {
    struct store_txn *txn;
    struct mcp_json_writer *w;
    uint64_t owner;
    struct plan_found plan;
};

static mcp_err list_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct list_op *op = arg;
    struct subscription s;

    (void)key;
    if (!subscription_decode(value, version, &s) ||
        plan_get(op->txn, op->owner, s.plan, &op->plan)) { /* a plan in use is never removed */
        return MCP_E_STORAGE;
    }
    put_subscription(op->w, &s, &op->plan.p);
    return MCP_OK;
}

static mcp_err list_body(struct store_txn *txn, void *arg)
{
    struct list_op *op = arg;
    struct key low = key_owned(KEY_SUBSCRIPTION, op->owner);

    op->txn = txn;
    return store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false, SUBSCRIPTIONS_MAX, list_row,
                      op);
}

static mcp_err list_subscriptions(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct list_op op = {.w = mcp_structured(call), .owner = mcp_call_principal(call)->owner};

    return list_answer(call, t, "subscriptions", list_body, &op);
}

/* ---- show_subscription ---- */

struct show_op {
    uint64_t owner;
    mcp_str which;
    struct subscription_found at;
    struct plan_found plan;
};

static mcp_err show_body(struct store_txn *txn, void *arg)
{
    struct show_op *op = arg;
    mcp_err err = subscription_find(txn, op->owner, op->which, &op->at);

    return !err && plan_get(txn, op->owner, op->at.s.plan, &op->plan) ? MCP_E_STORAGE : err;
}

static mcp_err show_subscription(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct show_op op = {
        .owner = mcp_call_principal(call)->owner,
        .which = mcp_arg_str(call, "subscription"),
    };
    mcp_err err = store_read(t->store, show_body, &op);

    if (err) {
        return usage_fail_find(call, err);
    }
    put_subscription(mcp_structured(call), &op.at.s, &op.plan.p);
    return MCP_OK;
}

/* ---- Changing one ---- */

struct change_op {
    struct write_op op;
    uint64_t owner;
    mcp_str which, app_name, platform, plan_id; /* empty: not given */
    bool has_status;
    enum subscription_status status;
    struct subscription new_one; /* of add_subscription */
    struct subscription_found at;
    struct plan_found plan;
};

static mcp_err refuse(struct change_op *c, mcp_err err, const char *not_found)
{
    return err == MCP_E_NOT_FOUND  ? write_refuse(&c->op, err, not_found)
           : err == MCP_E_CONFLICT ? write_refuse(&c->op, err, USAGE_SEVERAL)
                                   : err;
}

static mcp_err change_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    struct change_op *c = (struct change_op *)op;

    if (err) {
        return write_fail(call, err, op);
    }
    put_subscription(mcp_structured(call), c->which.len ? &c->at.s : &c->new_one, &c->plan.p);
    return MCP_OK;
}

static mcp_err check_names(struct mcp_call *call, const struct change_op *c)
{
    const char *why = c->app_name.len ? name_check(c->app_name, NAME_BYTES_MAX) : NULL;

    if (why) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "app_name %s.", why);
    }
    why = c->platform.len ? name_check(c->platform, SUBSCRIPTION_PLATFORM_MAX) : NULL;
    return why ? mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "platform %s.", why) : MCP_OK;
}

static mcp_err change(struct mcp_call *call, struct tools *t, store_body_fn *body)
{
    struct change_op *c = mcp_arena_new(mcp_call_arena(call), struct change_op, 1);

    if (!c) {
        return MCP_E_OVERLOADED;
    }
    c->owner = mcp_call_principal(call)->owner;
    c->which = mcp_arg_str(call, "subscription");
    c->app_name = mcp_arg_str(call, "app_name");
    c->platform = mcp_arg_str(call, "platform");
    c->plan_id = mcp_arg_str(call, "plan");
    c->has_status = subscription_status_parse(mcp_arg_str(call, "status"), &c->status);
    mcp_err err = check_names(call, c);

    subscription_id_new(c->new_one.id);
    c->new_one.created_ms = tools_now_ms(t);
    c->new_one.app_name = c->app_name;
    c->new_one.platform = c->platform.len ? c->platform : MCP_STR("direct");
    c->new_one.status = c->has_status ? c->status : SUBSCRIPTION_ACTIVE;
    return err ? err : write_later(t, call, &c->op, body, change_reply);
}

static mcp_err add_body(struct store_txn *txn, void *arg)
{
    struct change_op *c = arg;
    mcp_err err = plan_find(txn, c->owner, c->plan_id, &c->plan);

    if (err) {
        return refuse(c, err, NO_SUCH_PLAN);
    }
    c->new_one.plan = c->plan.sequence;
    err = subscription_add(txn, c->owner, &c->new_one);
    return err == MCP_E_REFUSED
               ? write_refuse(&c->op, err, "There are 1,000 subscriptions, the most.")
               : err;
}

static mcp_err edit_body(struct store_txn *txn, void *arg)
{
    struct change_op *c = arg;
    struct subscription *s = &c->at.s;
    mcp_err err = subscription_find(txn, c->owner, c->which, &c->at);

    if (err) {
        return refuse(c, err, USAGE_NO_SUCH);
    }
    err = c->plan_id.len ? plan_find(txn, c->owner, c->plan_id, &c->plan)
                         : plan_get(txn, c->owner, s->plan, &c->plan);
    if (err) {
        return refuse(c, err, NO_SUCH_PLAN);
    }
    s->plan = c->plan.sequence;
    s->app_name = c->app_name.len ? c->app_name : s->app_name;
    s->platform = c->platform.len ? c->platform : s->platform;
    s->status = c->has_status ? c->status : s->status;
    return subscription_put(txn, c->owner, c->at.sequence, s);
}

static mcp_err remove_body(struct store_txn *txn, void *arg)
{
    struct change_op *c = arg;
    mcp_err err = subscription_find(txn, c->owner, c->which, &c->at);

    if (err) {
        return refuse(c, err, USAGE_NO_SUCH);
    }
    err = plan_get(txn, c->owner, c->at.s.plan, &c->plan);
    return err ? err : subscription_remove(txn, c->owner, &c->at);
}

static mcp_err add_subscription(struct mcp_call *call, void *user)
{
    return change(call, user, add_body);
}

static mcp_err edit_subscription(struct mcp_call *call, void *user)
{
    return change(call, user, edit_body);
}

static mcp_err remove_subscription(struct mcp_call *call, void *user)
{
    return change(call, user, remove_body);
}

#define CHANGE_FAILS (MCP_FAILS(NOT_FOUND) | MCP_FAILS(CONFLICT) | MCP_FAILS(STORAGE))

const struct mcp_tool subscription_rows[] = {
    {
        .name = "list_subscriptions",
        .title = "List subscriptions",
        .description = "Returns every subscription of this account: its id, app, plan and status. "
                       "How much of its plan one has used says get_subscription_usage.",
        .input_schema = SCHEMA_LIST_SUBSCRIPTIONS,
        .output_schema = SCHEMA_SUBSCRIPTIONS,
        .scope = "usage",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .fn = list_subscriptions,
        .fails = MCP_FAILS(STORAGE),
    },
    {
        .name = "show_subscription",
        .title = "Show a subscription",
        .description = "Returns one subscription by its id or the name of its app.",
        .input_schema = SCHEMA_ONE_SUBSCRIPTION,
        .output_schema = SCHEMA_SUBSCRIPTION,
        .scope = "usage",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .is_hidden = true,
        .fn = show_subscription,
        .fails = MCP_FAILS(NOT_FOUND) | MCP_FAILS(STORAGE),
    },
    {
        .name = "add_subscription",
        .title = "Add a subscription",
        .description = "Adds an app that is on a plan; its id is in the result.",
        .input_schema = SCHEMA_ADD_SUBSCRIPTION,
        .output_schema = SCHEMA_SUBSCRIPTION,
        .scope = "admin",
        .is_hidden = true,
        .fn = add_subscription,
        .fails = CHANGE_FAILS | MCP_FAILS(REFUSED),
    },
    {
        .name = "edit_subscription",
        .title = "Change a subscription",
        .description = "Changes what is given; the rest stays.",
        .input_schema = SCHEMA_EDIT_SUBSCRIPTION,
        .output_schema = SCHEMA_SUBSCRIPTION,
        .scope = "admin",
        .hints = MCP_IDEMPOTENT,
        .is_hidden = true,
        .fn = edit_subscription,
        .fails = CHANGE_FAILS,
    },
    {
        .name = "remove_subscription",
        .title = "Remove a subscription",
        .description = "Removes a subscription and all that was counted for it.",
        .input_schema = SCHEMA_ONE_SUBSCRIPTION,
        .output_schema = SCHEMA_SUBSCRIPTION,
        .scope = "admin",
        .hints = MCP_DESTRUCTIVE,
        .is_hidden = true,
        .fn = remove_subscription,
        .fails = CHANGE_FAILS,
    },
    {0},
};
