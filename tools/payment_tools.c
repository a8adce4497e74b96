/* tools/payment_tools.c - ordering a package, and hearing that it was paid.
 *
 * create_checkout: the order is in the store first, then the service is asked for a page, then its
 * page is written down. So a report always finds its order, and whatever dies in between can be
 * asked again: by the order's id the service makes one page, not two. */
#include <tools/name.h>
#include <tools/once.h>
#include <tools/order.h>
#include <tools/payer.h>
#include <tools/state.h>
#include <tools/user.h>
#include <tools/write.h>

#include <mcp/call.h>

#include <stdio.h>

#include "payment_schema.h"

#define TOO_MANY  "10 orders are pending, the most; wait until one has ended."
#define NO_PAGE   "The payment service did not take the order; nothing was charged."
#define UNDER_WAY "Another try is under way; ask again with the same Idempotency-Key."
#define STOPPING  "The server stops; ask again with the same Idempotency-Key."

/* ---- create_checkout ---- */

struct checkout {
    struct write_op op;
    struct payment_request request; /* under way when `is_asked` */
    struct payment_page page;       /* what came of it */
    int64_t now_ms;
    struct once once;
    bool is_again, is_kept; /* is_kept: the user wants auto top-offs */
    mcp_err failure;        /* of the request */
    uint8_t id[16];         /* of a new order */
    mcp_str id_text;        /* of `o` */
    const char *what;       /* is bought, for people */
    struct order order;     /* a new one */
    struct order o;         /* this or that of before */
    char kept[ONCE_ANSWER_MAX], memory[ORDER_RECORD_MAX];
    char id_room[NAME_ID_BYTES];
};

static struct checkout *of_request(struct payment_request *r)
{
    return (struct checkout *)(void *)((char *)r - offsetof(struct checkout, request));
}

/* That of an earlier request with this name. */
static mcp_err find_order(struct store_txn *txn, struct checkout *c)
{
    mcp_str kept;
    mcp_err err = once_kept(txn, c->order.owner, &c->once, c->kept, &kept);

    if (!err && kept.len != sizeof(c->o.id)) {
        err = MCP_E_STORAGE;
    }
    err = err ? err : order_get(txn, (const uint8_t *)kept.ptr, c->memory, &c->o);
    return err == MCP_E_NOT_FOUND ? MCP_E_STORAGE : err;
}

static mcp_err order_body(struct store_txn *txn, void *arg)
{
    struct checkout *c = arg;
    struct user u;
    mcp_err err = user_of_owner(txn, c->order.owner, &u);

    if (err && err != MCP_E_NOT_FOUND) {
        return err;
    }
    c->is_kept = !err && u.is_topped_off;
    err = once_get(txn, c->order.owner, &c->once, c->now_ms);

    c->is_again = err == MCP_OK;
    c->o = c->order;
    if (err == MCP_E_NOT_FOUND) {
        mcp_str kept = mcp_str_n((const char *)c->id, sizeof(c->id));

        err = order_add(txn, &c->o);
        if (err) {
            return err == MCP_E_REFUSED ? write_refuse(&c->op, err, TOO_MANY) : err;
        }
        err = once_put(txn, c->o.owner, &c->once, c->now_ms);
        return err ? err : once_keep(txn, c->o.owner, &c->once, kept);
    }
    if (err) {
        return err == MCP_E_CONFLICT ? write_refuse(&c->op, MCP_E_REFUSED, ONCE_ANOTHER) : err;
    }
    return find_order(txn, c);
}

/* Where the order is paid, or watched. */
static mcp_err put_checkout(struct mcp_call *call, const struct checkout *c)
{
    struct mcp_json_writer *w = mcp_structured(call);
    char watch[sizeof("/account/orders/") + NAME_ID_BYTES];
    int n = snprintf(watch, sizeof(watch), "/account/orders/%.*s", MCP_STR_ARG(c->id_text));

    if (c->is_again) {
        mcp_call_replayed(call);
    }
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("checkout_url"),
                        c->o.url.len ? c->o.url : mcp_str_n(watch, (size_t)n));
    mcp_json_member_str(w, MCP_STR("session_id"), c->o.page.len ? c->o.page : c->id_text);
    mcp_json_object_end(w);
    return MCP_OK;
}

/* The page is written down; one that is there already stays. */
static mcp_err page_body(struct store_txn *txn, void *arg)
{
    struct checkout *c = arg;
    mcp_err err = order_get(txn, c->o.id, c->memory, &c->o);

    if (err || c->o.url.len) {
        return err;
    }
    if (c->o.state != ORDER_PENDING) {
        return write_refuse(&c->op, MCP_E_UPSTREAM, NO_PAGE); /* another try has given it up */
    }
    c->o.page = c->page.id;
    c->o.url = c->page.url;
    return order_put(txn, &c->o);
}

static mcp_err page_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    const struct checkout *c = (const struct checkout *)op;

    return err ? write_fail(call, err, op) : put_checkout(call, c);
}

/* There is no page: the order ends, unless another try has found one, and its name is free. */
static mcp_err failed_body(struct store_txn *txn, void *arg)
{
    struct checkout *c = arg;
    int64_t at_ms = c->is_again ? c->once.before_ms : c->now_ms;
    mcp_err err = order_get(txn, c->o.id, c->memory, &c->o);

    if (err || c->o.url.len || c->o.state != ORDER_PENDING) {
        return err;
    }
    err = order_end(txn, NULL, &c->o, ORDER_FAILED, c->now_ms);
    return err ? err : once_forget(txn, c->o.owner, &c->once, at_ms);
}

static mcp_err failed_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    const struct checkout *c = (const struct checkout *)op;

    return err                              ? write_fail(call, err, op)
           : c->failure == MCP_E_OVERLOADED ? mcp_fail(call, c->failure, "Try again in a moment.")
                                            : mcp_fail(call, c->failure, NO_PAGE);
}

static mcp_err give_up(struct checkout *c, mcp_err failure)
{
    c->failure = failure;
    return write_later(c->op.tools, c->op.call, &c->op, failed_body, failed_reply);
}

static mcp_err take_answer(struct checkout *c, const struct payment_answer *a)
{
    struct tools *t = c->op.tools;
    struct mcp_arena *arena = mcp_call_arena(c->op.call);

    if (a->is_cancelled) {
        return mcp_fail(c->op.call, MCP_E_OVERLOADED, STOPPING);
    }
    if (a->is_answered && a->status == 409) { /* the same order is being asked for by another try */
        return mcp_fail(c->op.call, MCP_E_OVERLOADED, UNDER_WAY);
    }
    const char *why = t->payment.provider->read(&t->payment, a, arena, &c->page);

    if (why) {
        mcp_log(&t->log, MCP_LOG_WARN, "order %.*s: %s: %s", MCP_STR_ARG(c->id_text),
                t->payment.provider->name, why);
        return give_up(c, MCP_E_UPSTREAM);
    }
    return write_later(t, c->op.call, &c->op, page_body, page_reply);
}

static void answered(struct payment_request *r, const struct payment_answer *a)
{
    struct checkout *c = of_request(r);
    struct mcp_call *call = c->op.call;
    mcp_err err = take_answer(c, a);

    if (err != MCP_PENDING) {
        mcp_call_done(call, err); /* c is gone with it */
    }
}

static mcp_err ask(struct mcp_call *call, struct checkout *c)
{
    const struct payment *p = &c->op.tools->payment;
    struct payment_due due = {c->id_text, mcp_str_c(c->what), c->o.price_cents, c->is_kept};

    c->request.answered = answered;
    if (!p->provider->ask(p, &due, mcp_call_arena(call), &c->request) ||
        !p->send(p->user, &c->request)) {
        return give_up(c, MCP_E_OVERLOADED);
    }
    return MCP_PENDING;
}

static mcp_err order_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    struct checkout *c = (struct checkout *)op;
    const struct payment_provider *provider = op->tools->payment.provider;

    if (err) {
        return write_fail(call, err, op);
    }
    c->id_text = name_id_format(c->o.id, c->id_room);
    return provider->ask && c->o.provider == provider->number && c->o.state == ORDER_PENDING &&
                   !c->o.url.len
               ? ask(call, c)
               : put_checkout(call, c);
}

static mcp_err create_checkout(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    const struct mcp_principal *who = mcp_call_principal(call);
    const struct package *p =
        package_find(t->packages, t->n_packages, mcp_arg_str(call, "package_id"));
    struct checkout *c = mcp_arena_new(mcp_call_arena(call), struct checkout, 1);

    if (!c) {
        return MCP_E_OVERLOADED;
    }
    if (!p) {
        return mcp_fail_argument(call, "package_id", "No package has this id.");
    }
    c->now_ms = tools_now_ms(t);
    c->what = p->name;
    order_id_new(c->now_ms, c->id);
    c->order = (struct order){.owner = who->owner,
                              .created_ms = c->now_ms,
                              .price_cents = p->price_cents,
                              .credits = p->credits,
                              .package = mcp_str_c(p->id),
                              .provider = t->payment.provider->number};
    memcpy(c->order.id, c->id, sizeof(c->id));
    once_init(&c->once, who->id, MCP_STR("create_checkout"), mcp_arg_str(call, "idempotencyKey"),
              mcp_json_raw(mcp_call_arguments(call)));
    return write_later(t, call, &c->op, order_body, order_reply);
}

/* ---- report_payment ---- */

enum outcome { OUTCOME_CREDITED, OUTCOME_ENDED, OUTCOME_KNOWN, OUTCOME_KEPT, OUTCOME_IGNORED };
static const char *const OUTCOMES[] = {"credited", "ended", "known", "kept", "ignored"};

struct report {
    struct write_op op;
    int64_t now_ms;
    struct payment_report r;
    struct once once;
    enum outcome outcome;
    struct order o;
    char memory[ORDER_RECORD_MAX];
};

#define OTHER_PAGE  "The order is paid in another session."
#define OTHER_MONEY "Amount or currency are not the order's."
#define APPROVED    "An operator has approved it before; refund what was paid."
#define NOBODY      "Its account is deleted; refund what was paid."
#define TOO_MUCH    "The balance would be more than 9007199254740991; refund what was paid."
#define OTHER_ORDER "This event was about another order."

static mcp_err take_money(struct store_txn *txn, struct report *p)
{
    const struct seal *seal = &p->op.tools->seal;

    if (p->o.state == ORDER_PAID) {
        return p->r.is_charge || p->o.report.len ? MCP_OK /* known */
                                                 : write_refuse(&p->op, MCP_E_REFUSED, APPROVED);
    }
    if (p->r.cents != p->o.price_cents || !mcp_str_eq(p->r.currency, MCP_STR("usd"))) {
        return write_refuse(&p->op, MCP_E_REFUSED, OTHER_MONEY);
    }
    p->o.page = p->r.page;
    p->o.report = p->r.id;
    p->outcome = OUTCOME_CREDITED;
    mcp_err err = order_pay(txn, seal, &p->o, p->now_ms);

    return err == MCP_E_NOT_FOUND ? write_refuse(&p->op, MCP_E_REFUSED, NOBODY)
           : err == MCP_E_REFUSED ? write_refuse(&p->op, err, TOO_MUCH)
                                  : err;
}

static mcp_err end_unpaid(struct store_txn *txn, struct report *p)
{
    enum order_state state = p->r.news == PAYMENT_EXPIRED ? ORDER_EXPIRED : ORDER_FAILED;

    if (p->o.state != ORDER_PENDING) {
        return MCP_OK; /* known */
    }
    p->o.page = p->r.page;
    p->o.report = p->r.id;
    p->outcome = OUTCOME_ENDED;
    return order_end(txn, NULL, &p->o, state, p->now_ms);
}

/* Of an order that has a page the page's report counts; its charge says how the next ones can be
 * paid. */
static mcp_err take_aside(struct store_txn *txn, struct report *p)
{
    struct payer payer = {p->now_ms, p->r.payer.customer, p->r.payer.method};
    mcp_err err = payer.customer.len ? user_owner_check(txn, p->o.owner) : MCP_E_NOT_FOUND;

    p->outcome = err ? OUTCOME_IGNORED : OUTCOME_KEPT;
    return err == MCP_E_NOT_FOUND ? MCP_OK : err ? err : payer_put(txn, p->o.owner, &payer);
}

static mcp_err take_report(struct store_txn *txn, struct report *p)
{
    if (p->r.is_charge && !mcp_str_eq(p->o.package, MCP_STR(ORDER_TOPOFF))) {
        return take_aside(txn, p);
    }
    if (p->o.page.len && !mcp_str_eq(p->o.page, p->r.page)) {
        return write_refuse(&p->op, MCP_E_REFUSED, OTHER_PAGE);
    }
    return p->r.news == PAYMENT_PAID ? take_money(txn, p) : end_unpaid(txn, p);
}

/* Once per event, by its id; and per order, by its state. All in one transaction. */
static mcp_err report_body(struct store_txn *txn, void *arg)
{
    struct report *p = arg;
    mcp_err err = once_get(txn, 0, &p->once, p->now_ms);

    p->outcome = OUTCOME_KNOWN;
    if (err != MCP_E_NOT_FOUND) {
        return err == MCP_E_CONFLICT ? write_refuse(&p->op, MCP_E_REFUSED, OTHER_ORDER) : err;
    }
    err = order_get(txn, p->r.order, p->memory, &p->o);
    if (err == MCP_E_NOT_FOUND ||
        (!err && p->o.provider != p->op.tools->payment.provider->number)) {
        p->outcome = OUTCOME_IGNORED; /* of another server that has the same account there */
        return MCP_OK;
    }
    err = err ? err : take_report(txn, p);
    return err ? err : once_put(txn, 0, &p->once, p->now_ms);
}

static void put_outcome(struct mcp_call *call, enum outcome outcome)
{
    struct mcp_json_writer *w = mcp_structured(call);

    mcp_json_object(w);
    mcp_json_member_bool(w, MCP_STR("received"), true);
    mcp_json_member_str(w, MCP_STR("outcome"), mcp_str_c(OUTCOMES[outcome]));
    mcp_json_object_end(w);
}

static mcp_err report_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    const struct report *p = (const struct report *)op;
    char room[NAME_ID_BYTES];
    mcp_str order = name_id_format(p->r.order, room);

    if (err) {
        mcp_log(&op->tools->log, MCP_LOG_ERROR, "event %.*s about order %.*s: %s",
                MCP_STR_ARG(p->r.id), MCP_STR_ARG(order), op->why ? op->why : "not written");
        return write_fail(call, err, op);
    }
    mcp_log(&op->tools->log, MCP_LOG_INFO, "event %.*s about order %.*s: %s", MCP_STR_ARG(p->r.id),
            MCP_STR_ARG(order), OUTCOMES[p->outcome]);
    put_outcome(call, p->outcome);
    return MCP_OK;
}

static mcp_err report_payment(struct mcp_call *call, void *user)
{
    static const uint8_t NOBODY_ID[16];
    struct tools *t = user;
    const struct payment_provider *provider = t->payment.provider;
    mcp_str payload = mcp_arg_str(call, "payload");
    struct report *p = mcp_arena_new(mcp_call_arena(call), struct report, 1);

    if (!p) {
        return MCP_E_OVERLOADED;
    }
    if (!provider->hear) {
        return mcp_fail(call, MCP_E_NOT_FOUND, "No payment service reports to this server.");
    }
    p->now_ms = tools_now_ms(t);
    switch (provider->hear(&t->payment, mcp_arg_str(call, "signature"), payload, p->now_ms,
                           mcp_call_arena(call), &p->r)) {
    case PAYMENT_FORGED:
        return mcp_fail_argument(call, "signature", "The signature is wrong, or too old.");
    case PAYMENT_GARBLED:
        return mcp_fail_argument(call, "payload", "The body is no event.");
    case PAYMENT_GENUINE:
        break;
    }
    if (p->r.news == PAYMENT_NO_NEWS) {
        put_outcome(call, OUTCOME_IGNORED);
        return MCP_OK;
    }
    once_init(&p->once, NOBODY_ID, MCP_STR("report_payment"), p->r.id,
              mcp_str_n((const char *)p->r.order, sizeof(p->r.order)));
    return write_later(t, call, &p->op, report_body, report_reply);
}

const struct mcp_tool payment_rows[] = {
    {
        .name = "create_checkout",
        .title = "Order a package",
        .description = "Orders a package of credits, and says where it is paid. Without a payment "
                       "service the order waits until an operator approves it.",
        .input_schema = SCHEMA_CREATE_CHECKOUT,
        .output_schema = SCHEMA_CHECKOUT,
        .scope = "account",
        .hints = MCP_OPEN_WORLD,
        .is_hidden = true,
        .fn = create_checkout,
        .fails = MCP_FAILS(REFUSED) | MCP_FAILS(UPSTREAM) | MCP_FAILS(STORAGE),
    },
    {
        .name = "report_payment",
        .title = "Hear of a payment",
        .description = "Takes a signed event of the payment service (Stripe): an order that was "
                       "paid is credited, once; one that was not paid ends.",
        .input_schema = SCHEMA_REPORT_PAYMENT,
        .output_schema = SCHEMA_REPORTED,
        .scope = "login", /* which its route lends to anybody: the signature is the credential */
        .hints = MCP_IDEMPOTENT,
        .is_hidden = true,
        .fn = report_payment,
        .fails = MCP_FAILS(NOT_FOUND) | MCP_FAILS(REFUSED) | MCP_FAILS(STORAGE),
    },
    {0},
};
