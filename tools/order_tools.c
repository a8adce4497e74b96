/* tools/order_tools.c - packages, and what an operator does with orders of them. Ordering one:
 * payment_tools.c. */
#include <tools/key.h>
#include <tools/list_answer.h>
#include <tools/name.h>
#include <tools/order.h>
#include <tools/state.h>
#include <tools/text_json.h>
#include <tools/time_json.h>
#include <tools/wallet_owner.h>
#include <tools/write.h>

#include <mcp/call.h>

#include "order_schema.h"

enum { LIST_DEFAULT = 50 };

#define NO_SUCH    "No order has this id."
#define UNREADABLE "The store could not be read."
#define TOO_MUCH   "The balance would be more than 9007199254740991, the most that can be counted."

static const char *const STATES[ORDER_STATES] = {"pending", "paid", "rejected", "expired",
                                                 "failed"};

static void put_order(struct mcp_json_writer *w, const struct order *o)
{
    static const uint8_t NONE[16];
    char id[NAME_ID_BYTES], entry[NAME_ID_BYTES], whose[WALLET_OWNER_BYTES];

    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("id"), name_id_format(o->id, id));
    mcp_json_member_str(w, MCP_STR("account"), wallet_owner_format(o->owner, whose));
    mcp_json_member_str(w, MCP_STR("status"), mcp_str_c(STATES[o->state]));
    mcp_json_member_str(w, MCP_STR("package_id"), o->package);
    mcp_json_member_int(w, MCP_STR("price_cents"), o->price_cents);
    mcp_json_member_int(w, MCP_STR("credits"), o->credits);
    time_json_put(w, MCP_STR("created_at"), o->created_ms);
    time_json_put(w, MCP_STR("ended_at"), o->ended_ms);
    if (memcmp(o->entry, NONE, sizeof(NONE)) != 0) {
        mcp_json_member_str(w, MCP_STR("ledger_id"), name_id_format(o->entry, entry));
    } else {
        mcp_json_member_null(w, MCP_STR("ledger_id"));
    }
    mcp_json_member_str(w, MCP_STR("provider"), mcp_str_c(payment_name(o->provider)));
    text_json_put(w, MCP_STR("session_id"), o->page);
    mcp_json_object_end(w);
}

/* ---- list_packages ---- */

static mcp_err list_packages(struct mcp_call *call, void *user)
{
    const struct tools *t = user;
    struct mcp_json_writer *w = mcp_structured(call);
    char display[PACKAGE_DISPLAY_BYTES];

    mcp_json_object(w);
    mcp_json_put_key(w, MCP_STR("packages"));
    mcp_json_array(w);
    for (size_t i = 0; i < t->n_packages; i++) {
        const struct package *p = &t->packages[i];

        mcp_json_object(w);
        mcp_json_member_str(w, MCP_STR("id"), mcp_str_c(p->id));
        mcp_json_member_str(w, MCP_STR("name"), mcp_str_c(p->name));
        mcp_json_member_int(w, MCP_STR("price_cents"), p->price_cents);
        mcp_json_member_str(w, MCP_STR("balance_display"), package_display(p->credits, display));
        mcp_json_member_int(w, MCP_STR("credits"), p->credits);
        mcp_json_object_end(w);
    }
    mcp_json_array_end(w);
    mcp_json_object_end(w);
    return MCP_OK;
}

/* ---- get_order ---- */

struct get_op {
    uint8_t id[16];
    struct order o;
    char memory[ORDER_RECORD_MAX];
};

static mcp_err get_body(struct store_txn *txn, void *arg)
{
    struct get_op *g = arg;

    return order_get(txn, g->id, g->memory, &g->o);
}

static mcp_err get_order(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct get_op g;
    mcp_err err = name_id_parse(mcp_arg_str(call, "order"), g.id)
                      ? store_read(t->store, get_body, &g)
                      : MCP_E_NOT_FOUND;

    if (!err && g.o.owner != mcp_call_principal(call)->owner) {
        err = MCP_E_NOT_FOUND;
    }
    if (err) {
        return mcp_fail(call, err, err == MCP_E_NOT_FOUND ? NO_SUCH : UNREADABLE);
    }
    put_order(mcp_structured(call), &g.o);
    return MCP_OK;
}

/* ---- list_orders ---- */

struct list_op {
    struct mcp_json_writer *w;
    mcp_str status;
    int64_t left;
};

static mcp_err list_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct list_op *l = arg;
    struct order o;

    (void)key;
    if (!order_decode(value, version, &o)) {
        return MCP_E_STORAGE;
    }
    if (!l->status.len || mcp_str_eq(l->status, mcp_str_c(STATES[o.state]))) {
        put_order(l->w, &o);
        l->left--;
    }
    return l->left > 0 ? MCP_OK : MCP_PENDING;
}

static mcp_err list_body(struct store_txn *txn, void *arg)
{
    struct key low = {.bytes = {KEY_ORDER}, .len = 1};

    return store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), true, STORE_SCAN_MAX, list_row, arg);
}

static mcp_err list_orders(struct mcp_call *call, void *user)
{
    struct list_op l = {.w = mcp_structured(call), .status = mcp_arg_str(call, "status")};

    l.left = mcp_arg_int(call, "limit", LIST_DEFAULT);
    return list_answer(call, user, "orders", list_body, &l);
}

/* ---- approve_order, reject_order ---- */

struct end_op {
    struct write_op op;
    int64_t now_ms;
    enum order_state state; /* that it ends in */
    bool is_again;
    uint8_t id[16];
    struct order o;
    char memory[ORDER_RECORD_MAX];
};

static mcp_err end_body(struct store_txn *txn, void *arg)
{
    struct end_op *o = arg;
    mcp_err err = order_get(txn, o->id, o->memory, &o->o);

    o->is_again = false;
    if (err) {
        return err == MCP_E_NOT_FOUND ? write_refuse(&o->op, err, NO_SUCH) : err;
    }
    err = order_end(txn, &o->op.tools->seal, &o->o, o->state, o->now_ms);
    if (err == MCP_E_NOT_FOUND) {
        return write_refuse(&o->op, err, "Its account is deleted; it can only be rejected.");
    }
    if (err == MCP_E_CONFLICT && o->o.state == o->state) {
        o->is_again = true; /* the same again is answered the same */
        return MCP_OK;
    }
    return err == MCP_E_CONFLICT
               ? write_refuse(&o->op, err,
                              o->o.state == ORDER_PAID       ? "It was approved before."
                              : o->o.state == ORDER_REJECTED ? "It was rejected before."
                                                             : "It has ended unpaid.")
           : err == MCP_E_REFUSED ? write_refuse(&o->op, err, TOO_MUCH)
                                  : err;
}

static mcp_err end_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    const struct end_op *o = (const struct end_op *)op;

    if (err) {
        return write_fail(call, err, op);
    }
    if (o->is_again) {
        mcp_call_replayed(call);
    }
    put_order(mcp_structured(call), &o->o);
    return MCP_OK;
}

static mcp_err end(struct mcp_call *call, struct tools *t, enum order_state state)
{
    struct end_op *o = mcp_arena_new(mcp_call_arena(call), struct end_op, 1);

    if (!o) {
        return MCP_E_OVERLOADED;
    }
    o->now_ms = tools_now_ms(t);
    o->state = state;
    return name_id_parse(mcp_arg_str(call, "order"), o->id)
               ? write_later(t, call, &o->op, end_body, end_reply)
               : mcp_fail(call, MCP_E_NOT_FOUND, NO_SUCH);
}

static mcp_err approve_order(struct mcp_call *call, void *user)
{
    return end(call, user, ORDER_PAID);
}

static mcp_err reject_order(struct mcp_call *call, void *user)
{
    return end(call, user, ORDER_REJECTED);
}

const struct mcp_tool order_rows[] = {
    {
        .name = "list_packages",
        .title = "Credit packages",
        .description = "Returns what credits are sold as: price and credits of each package.",
        .input_schema = SCHEMA_NO_ARGUMENTS,
        .output_schema = SCHEMA_PACKAGES,
        .scope = "login", /* which its route lends to anybody */
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .is_hidden = true,
        .fn = list_packages,
    },
    {
        .name = "get_order",
        .title = "Show an order",
        .description = "Returns an order of your account.",
        .input_schema = SCHEMA_WHICH_ORDER,
        .output_schema = SCHEMA_ORDER,
        .scope = "account",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .is_hidden = true,
        .fn = get_order,
        .fails = MCP_FAILS(NOT_FOUND) | MCP_FAILS(STORAGE),
    },
    {
        .name = "list_orders",
        .title = "List orders",
        .description = "Returns the orders of every account, newest first.",
        .input_schema = SCHEMA_LIST_ORDERS,
        .output_schema = SCHEMA_ORDERS,
        .scope = "admin",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .is_hidden = true,
        .fn = list_orders,
        .fails = MCP_FAILS(STORAGE),
    },
    {
        .name = "approve_order",
        .title = "Approve an order",
        .description = "The order was paid: its credits go to the account, once.",
        .input_schema = SCHEMA_WHICH_ORDER,
        .output_schema = SCHEMA_ORDER,
        .scope = "admin",
        .hints = MCP_IDEMPOTENT,
        .is_hidden = true,
        .fn = approve_order,
        .fails =
            MCP_FAILS(NOT_FOUND) | MCP_FAILS(CONFLICT) | MCP_FAILS(REFUSED) | MCP_FAILS(STORAGE),
    },
    {
        .name = "reject_order",
        .title = "Reject an order",
        .description = "The order ends without credits.",
        .input_schema = SCHEMA_WHICH_ORDER,
        .output_schema = SCHEMA_ORDER,
        .scope = "admin",
        .hints = MCP_IDEMPOTENT,
        .is_hidden = true,
        .fn = reject_order,
        .fails = MCP_FAILS(NOT_FOUND) | MCP_FAILS(CONFLICT) | MCP_FAILS(STORAGE),
    },
    {0},
};
