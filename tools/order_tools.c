/* tools/order_tools.c - packages, ordering one, and what an operator does with orders. */
#include <tools/key.h>
#include <tools/list_answer.h>
#include <tools/name.h>
#include <tools/once.h>
#include <tools/order.h>
#include <tools/state.h>
#include <tools/time_json.h>
#include <tools/wallet_owner.h>
#include <tools/write.h>

#include <mcp/call.h>

#include "order_schema.h"

enum { LIST_DEFAULT = 50 };

#define NO_SUCH    "No order has this id."
#define UNREADABLE "The store could not be read."
#define TOO_MANY   "10 orders are pending, the most; wait until one is approved or rejected."
#define TOO_MUCH   "The balance would be more than 9007199254740991, the most that can be counted."

static const char *const STATES[ORDER_STATES] = {"pending", "paid", "rejected"};

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

/* ---- create_checkout ---- */

struct order_op {
    struct write_op op;
    int64_t now_ms;
    enum order_state state; /* that it ends in */
    struct once once;
    bool is_again;
    uint8_t id[16]; /* the one that is asked for, or a new one's */
    struct order o;
    char memory[ONCE_ANSWER_MAX]; /* of o */
};

_Static_assert((int)ORDER_RECORD_MAX <= (int)ONCE_ANSWER_MAX, "an order has room");

static mcp_err checkout_body(struct store_txn *txn, void *arg)
{
    struct order_op *o = arg;
    mcp_str kept;
    mcp_err err = once_get(txn, o->o.owner, &o->once, o->now_ms);

    o->is_again = err == MCP_OK;
    memcpy(o->o.id, o->id, sizeof(o->o.id));
    if (err == MCP_E_NOT_FOUND) {
        err = order_add(txn, &o->o);
        if (err) {
            return err == MCP_E_REFUSED ? write_refuse(&o->op, err, TOO_MANY) : err;
        }
        err = once_put(txn, o->o.owner, &o->once, o->now_ms);
        kept = mcp_str_n((const char *)o->id, sizeof(o->id));
        return err ? err : once_keep(txn, o->o.owner, &o->once, kept);
    }
    if (err) {
        return err == MCP_E_CONFLICT ? write_refuse(&o->op, MCP_E_REFUSED, ONCE_ANOTHER) : err;
    }
    err = once_kept(txn, o->o.owner, &o->once, o->memory, &kept);
    if (!err && kept.len != sizeof(o->o.id)) {
        err = MCP_E_STORAGE;
    }
    if (!err) {
        memcpy(o->o.id, kept.ptr, sizeof(o->o.id));
    }
    return err;
}

static mcp_err checkout_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    const struct order_op *o = (const struct order_op *)op;
    char url[sizeof("/account/orders/") + NAME_ID_BYTES] = "/account/orders/";
    size_t n = strlen(url);
    struct mcp_json_writer *w;

    if (err) {
        return write_fail(call, err, op);
    }
    if (o->is_again) {
        mcp_call_replayed(call);
    }
    mcp_str id = name_id_format(o->o.id, url + n);

    w = mcp_structured(call);
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("checkout_url"), mcp_str_n(url, n + id.len));
    mcp_json_member_str(w, MCP_STR("session_id"), id);
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err create_checkout(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    const struct mcp_principal *who = mcp_call_principal(call);
    const struct package *p =
        package_find(t->packages, t->n_packages, mcp_arg_str(call, "package_id"));
    struct order_op *o = mcp_arena_new(mcp_call_arena(call), struct order_op, 1);

    if (!o) {
        return MCP_E_OVERLOADED;
    }
    if (!p) {
        return mcp_fail_argument(call, "package_id", "No package has this id.");
    }
    o->now_ms = tools_now_ms(t);
    order_id_new(o->now_ms, o->id);
    o->o.owner = who->owner;
    o->o.created_ms = o->now_ms;
    o->o.price_cents = p->price_cents;
    o->o.credits = p->credits;
    o->o.package = mcp_str_c(p->id);
    once_init(&o->once, who->id, MCP_STR("create_checkout"), mcp_arg_str(call, "idempotencyKey"),
              mcp_json_raw(mcp_call_arguments(call)));
    return write_later(t, call, &o->op, checkout_body, checkout_reply);
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

static mcp_err end_body(struct store_txn *txn, void *arg)
{
    struct order_op *o = arg;
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
                              o->o.state == ORDER_PAID ? "It was approved before."
                                                       : "It was rejected before.")
           : err == MCP_E_REFUSED ? write_refuse(&o->op, err, TOO_MUCH)
                                  : err;
}

static mcp_err end_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    const struct order_op *o = (const struct order_op *)op;

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
    struct order_op *o = mcp_arena_new(mcp_call_arena(call), struct order_op, 1);

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
        .name = "create_checkout",
        .title = "Order a package",
        .description = "Orders a package of credits. The order waits until it is paid and an "
                       "operator approves it.",
        .input_schema = SCHEMA_CREATE_CHECKOUT,
        .output_schema = SCHEMA_CHECKOUT,
        .scope = "account",
        .is_hidden = true,
        .fn = create_checkout,
        .fails = MCP_FAILS(REFUSED) | MCP_FAILS(STORAGE),
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
