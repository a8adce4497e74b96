/* tools/plan_tools.c - add, list and remove plans. */
#include <tools/key.h>
#include <tools/list_answer.h>
#include <tools/plan.h>
#include <tools/state.h>
#include <tools/time_json.h>
#include <tools/write.h>

#include <mcp/call.h>

#include "plan_schema.h"

#define NO_SUCH_PLAN "No plan has this id."

static void put_amount(struct mcp_json_writer *w, mcp_str key, bool is_set, int64_t v)
{
    if (is_set) {
        mcp_json_member_int(w, key, v);
    } else {
        mcp_json_member_null(w, key);
    }
}

static void put_plan(struct mcp_json_writer *w, const struct plan *p)
{
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("id"), p->id);
    mcp_json_member_str(w, MCP_STR("display_name"), p->name);
    mcp_json_put_key(w, MCP_STR("allowance"));
    mcp_json_object(w);
    put_amount(w, MCP_STR("requests"), p->has_requests, p->requests);
    put_amount(w, MCP_STR("bandwidth_bytes"), p->has_bandwidth, p->bandwidth_bytes);
    mcp_json_object_end(w);
    mcp_json_put_key(w, MCP_STR("alert_percents"));
    mcp_json_array(w);
    for (size_t i = 0; i < p->n_percents; i++) {
        mcp_json_put_int(w, p->percents[i]);
    }
    mcp_json_array_end(w);
    time_json_put_seconds(w, MCP_STR("created_at"), p->created_ms);
    mcp_json_object_end(w);
}

/* ---- add_plan ---- */

struct add_op {
    struct write_op op;
    uint64_t owner;
    struct plan p;
};

static mcp_err add_body(struct store_txn *txn, void *arg)
{
    struct add_op *o = arg;
    mcp_err err = plan_add(txn, o->owner, &o->p);

    return err == MCP_E_CONFLICT  ? write_refuse(&o->op, err, "There is a plan with this id.")
           : err == MCP_E_REFUSED ? write_refuse(&o->op, err, "There are 100 plans, the most.")
                                  : err;
}

static mcp_err add_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    if (err) {
        return write_fail(call, err, op);
    }
    put_plan(mcp_structured(call), &((struct add_op *)op)->p);
    return MCP_OK;
}

/* In ascending order; the schema has seen that none comes twice. */
static void read_percents(struct mcp_call *call, struct plan *p)
{
    mcp_json list = mcp_arg(call, "alert_percents");

    if (!mcp_json_present(list)) {
        plan_set_percents(p);
        return;
    }
    p->n_percents = 0;
    for (mcp_json e = mcp_json_first(list);
         mcp_json_present(e) && p->n_percents < PLAN_PERCENTS_MAX; e = mcp_json_next(list, e)) {
        uint16_t v = (uint16_t)mcp_json_int_or(e, 0);
        size_t i = p->n_percents++;

        for (; i > 0 && p->percents[i - 1] > v; i--) {
            p->percents[i] = p->percents[i - 1];
        }
        p->percents[i] = v;
    }
}

/* Absent and null are unlimited. */
static void read_allowance(struct mcp_call *call, struct plan *p)
{
    p->requests = mcp_arg_int(call, "requests", 0);
    p->has_requests = p->requests > 0;
    p->bandwidth_bytes = mcp_arg_int(call, "bandwidth_bytes", 0);
    p->has_bandwidth = p->bandwidth_bytes > 0;
}

static mcp_err add_plan(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct add_op *o = mcp_arena_new(mcp_call_arena(call), struct add_op, 1);

    if (!o) {
        return MCP_E_OVERLOADED;
    }
    o->owner = mcp_call_principal(call)->owner;
    o->p.id = mcp_arg_str(call, "id");
    o->p.name = mcp_arg_str(call, "display_name");
    o->p.name = o->p.name.len ? o->p.name : o->p.id;
    read_allowance(call, &o->p);
    read_percents(call, &o->p);
    o->p.created_ms = tools_now_ms(t);
    const char *why = plan_id_check(o->p.id);

    if (why) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "id %s.", why);
    }
    why = name_check(o->p.name, NAME_BYTES_MAX);
    return why ? mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "display_name %s.", why)
               : write_later(t, call, &o->op, add_body, add_reply);
}

/* ---- list_plans ---- */

struct list_op {
    struct mcp_json_writer *w;
    uint64_t owner;
};

static mcp_err list_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct list_op *op = arg;
    struct plan p;

    (void)key;
    if (!plan_decode(value, version, &p)) {
        return MCP_E_STORAGE;
    }
    put_plan(op->w, &p);
    return MCP_OK;
}

static mcp_err list_body(struct store_txn *txn, void *arg)
{
    struct list_op *op = arg;
    struct key low = key_owned(KEY_PLAN, op->owner);

    return store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false, PLANS_MAX, list_row, op);
}

static mcp_err list_plans(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct list_op op = {.w = mcp_structured(call), .owner = mcp_call_principal(call)->owner};

    return list_answer(call, t, "plans", list_body, &op);
}

/* ---- edit_plan ---- */

struct edit_op {
    struct write_op op;
    uint64_t owner;
    mcp_str id;
    struct plan change; /* what is given of it */
    bool edits_requests, edits_bandwidth, edits_percents;
    struct plan_found found;
};

static mcp_err edit_body(struct store_txn *txn, void *arg)
{
    struct edit_op *o = arg;
    struct plan *p = &o->found.p;
    mcp_err err = plan_find(txn, o->owner, o->id, &o->found);

    if (err) {
        return err == MCP_E_NOT_FOUND ? write_refuse(&o->op, err, NO_SUCH_PLAN) : err;
    }
    p->name = o->change.name.len ? o->change.name : p->name;
    if (o->edits_requests) {
        p->has_requests = o->change.has_requests;
        p->requests = o->change.requests;
    }
    if (o->edits_bandwidth) {
        p->has_bandwidth = o->change.has_bandwidth;
        p->bandwidth_bytes = o->change.bandwidth_bytes;
    }
    if (o->edits_percents) {
        memcpy(p->percents, o->change.percents, sizeof(p->percents));
        p->n_percents = o->change.n_percents;
    }
    return plan_put(txn, o->owner, o->found.sequence, p);
}

static mcp_err edit_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    if (err) {
        return write_fail(call, err, op);
    }
    put_plan(mcp_structured(call), &((struct edit_op *)op)->found.p);
    return MCP_OK;
}

static mcp_err edit_plan(struct mcp_call *call, void *user)
{
    struct edit_op *o = mcp_arena_new(mcp_call_arena(call), struct edit_op, 1);

    if (!o) {
        return MCP_E_OVERLOADED;
    }
    o->owner = mcp_call_principal(call)->owner;
    o->id = mcp_arg_str(call, "plan");
    o->change.name = mcp_arg_str(call, "display_name");
    read_allowance(call, &o->change);
    read_percents(call, &o->change);
    o->edits_percents = mcp_json_present(mcp_arg(call, "alert_percents"));
    o->edits_requests = mcp_json_present(mcp_arg(call, "requests"));
    o->edits_bandwidth = mcp_json_present(mcp_arg(call, "bandwidth_bytes"));
    const char *why = o->change.name.len ? name_check(o->change.name, NAME_BYTES_MAX) : NULL;

    return why ? mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "display_name %s.", why)
               : write_later(user, call, &o->op, edit_body, edit_reply);
}

/* ---- remove_plan ---- */

struct remove_op {
    struct write_op op;
    uint64_t owner;
    mcp_str id;
    struct plan_found found;
};

static mcp_err remove_body(struct store_txn *txn, void *arg)
{
    struct remove_op *o = arg;
    mcp_err err = plan_find(txn, o->owner, o->id, &o->found);

    if (err) {
        return err == MCP_E_NOT_FOUND ? write_refuse(&o->op, err, NO_SUCH_PLAN) : err;
    }
    err = plan_remove(txn, o->owner, o->found.sequence);
    return err == MCP_E_CONFLICT ? write_refuse(&o->op, err, "A subscription is on this plan.")
                                 : err;
}

static mcp_err remove_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    if (err) {
        return write_fail(call, err, op);
    }
    put_plan(mcp_structured(call), &((struct remove_op *)op)->found.p);
    return MCP_OK;
}

static mcp_err remove_plan(struct mcp_call *call, void *user)
{
    struct remove_op *o = mcp_arena_new(mcp_call_arena(call), struct remove_op, 1);

    if (o) {
        o->owner = mcp_call_principal(call)->owner;
        o->id = mcp_arg_str(call, "plan");
    }
    return write_later(user, call, o ? &o->op : NULL, remove_body, remove_reply);
}

const struct mcp_tool plan_rows[] = {
    {
        .name = "add_plan",
        .title = "Add a plan",
        .description = "Adds a plan: what a subscription on it may use in a month.",
        .input_schema = SCHEMA_ADD_PLAN,
        .output_schema = SCHEMA_PLAN,
        .scope = "admin",
        .is_hidden = true,
        .fn = add_plan,
        .fails = MCP_FAILS(CONFLICT) | MCP_FAILS(REFUSED) | MCP_FAILS(STORAGE),
    },
    {
        .name = "edit_plan",
        .title = "Change a plan",
        .description = "Changes what is given; the rest stays. Subscriptions on it have the new "
                       "allowance at once, in every month.",
        .input_schema = SCHEMA_EDIT_PLAN,
        .output_schema = SCHEMA_PLAN,
        .scope = "admin",
        .hints = MCP_IDEMPOTENT,
        .is_hidden = true,
        .fn = edit_plan,
        .fails = MCP_FAILS(INVALID_ARGUMENTS) | MCP_FAILS(NOT_FOUND) | MCP_FAILS(STORAGE),
    },
    {
        .name = "list_plans",
        .title = "List plans",
        .description = "Returns every plan with its allowance, as they were added.",
        .input_schema = SCHEMA_LIST_PLANS,
        .output_schema = SCHEMA_PLANS,
        .scope = "admin",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .is_hidden = true,
        .fn = list_plans,
        .fails = MCP_FAILS(STORAGE),
    },
    {
        .name = "remove_plan",
        .title = "Remove a plan",
        .description = "Removes a plan that no subscription is on.",
        .input_schema = SCHEMA_REMOVE_PLAN,
        .output_schema = SCHEMA_PLAN,
        .scope = "admin",
        .hints = MCP_DESTRUCTIVE,
        .is_hidden = true,
        .fn = remove_plan,
        .fails = MCP_FAILS(NOT_FOUND) | MCP_FAILS(CONFLICT) | MCP_FAILS(STORAGE),
    },
    {0},
};
