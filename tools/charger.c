/* tools/charger.c - see charger.h. */
#include <tools/charger.h>

#include <tools/name.h>
#include <tools/order.h>
#include <tools/payer.h>
#include <tools/user.h>

#include <mcp/alloc.h>

enum { ARENA_MAX = 1 << 20 };
#define RETRY_FIRST_MS ((int64_t)60 * 1000)
#define RETRY_LAST_MS  ((int64_t)6 * 3600 * 1000)
#define GIVE_UP_MS     ((int64_t)23 * 3600 * 1000) /* a key is remembered for 24 hours */

struct charger {
    struct store *store;
    struct mcp_log log;
    struct seal seal;
    const struct payment *payment;
    struct mcp_arena arena; /* of the charge at hand */
    struct key_once at;     /* which it is */
    struct order o;
    struct payer payer;
    struct payment_request request;
    struct payment_charge result;
    int64_t now_ms;
    bool is_asking, is_writing;
    bool is_orphan;   /* freed while a write was on its way: done() releases it */
    const char *lost; /* out of the body: why what was paid could not be credited */
    struct store_write write;
    char order_memory[ORDER_RECORD_MAX], payer_memory[PAYER_RECORD_MAX];
    char id[NAME_ID_BYTES];
};

struct charger *charger_new(struct store *store, const struct mcp_log *log, const struct seal *seal,
                            const struct payment *payment)
{
    struct charger *c = mcp_alloc_new(struct charger);

    if (c) {
        c->store = store;
        c->log = *log;
        c->seal = *seal;
        c->payment = payment;
        mcp_arena_init(&c->arena, ARENA_MAX);
    }
    return c;
}

static void release(struct charger *c)
{
    mcp_arena_free(&c->arena);
    seal_free(&c->seal);
    mcp_free(c);
}

void charger_free(struct charger *c)
{
    if (c && c->is_writing) {
        c->is_orphan = true;
    } else if (c) {
        release(c);
    }
}

/* ---- Back ---- */

static mcp_err pay(struct store_txn *txn, struct charger *c)
{
    mcp_err err = order_pay(txn, &c->seal, &c->o, c->now_ms);

    if (err == MCP_E_NOT_FOUND || err == MCP_E_REFUSED) {
        c->lost =
            err == MCP_E_NOT_FOUND ? "its account is deleted" : "the balance would be too much";
        return c->o.state == ORDER_PENDING ? order_end(txn, NULL, &c->o, ORDER_FAILED, c->now_ms)
                                           : MCP_OK; /* an operator has ended it meanwhile */
    }
    return err == MCP_E_CONFLICT ? MCP_OK : err; /* a report was faster */
}

/* As long again as it has been tried. */
static mcp_err later(struct store_txn *txn, struct charger *c)
{
    int64_t age_ms = c->now_ms - c->o.created_ms;
    struct key_once at = c->at;

    if (age_ms > GIVE_UP_MS) {
        return order_end(txn, NULL, &c->o, ORDER_FAILED, c->now_ms);
    }
    at.at_ms = c->now_ms + (age_ms < RETRY_FIRST_MS  ? RETRY_FIRST_MS
                            : age_ms > RETRY_LAST_MS ? RETRY_LAST_MS
                                                     : age_ms);
    return charge_put(txn, &at);
}

static mcp_err finish_body(struct store_txn *txn, void *arg)
{
    struct charger *c = arg;
    mcp_err err = charge_del(txn, &c->at);

    c->lost = NULL;
    err = err ? err : order_get(txn, c->at.name, c->order_memory, &c->o);
    if (err || c->o.state == ORDER_PAID) {
        return err == MCP_E_NOT_FOUND ? MCP_OK : err;
    }
    c->o.page = c->result.id.len ? c->result.id : c->o.page;
    switch (c->result.end) {
    case PAYMENT_CHARGED:
        return pay(txn, c);
    case PAYMENT_CHARGE_WAITS:
        return order_put(txn, &c->o);
    case PAYMENT_CHARGE_LATER:
        return c->o.state == ORDER_PENDING ? later(txn, c) : MCP_OK;
    case PAYMENT_CHARGE_REFUSED:
        break;
    }
    return c->o.state == ORDER_PENDING ? order_end(txn, NULL, &c->o, ORDER_FAILED, c->now_ms)
                                       : MCP_OK;
}

static void log_end(const struct charger *c, mcp_err err)
{
    mcp_str id = mcp_str_n(c->id, sizeof(c->id));

    if (err) {
        mcp_log(&c->log, MCP_LOG_ERROR, "auto top-off %.*s: the store did not take its end",
                MCP_STR_ARG(id));
    } else if (c->lost) {
        mcp_log(&c->log, MCP_LOG_ERROR, "auto top-off %.*s: charged, and %s; refund it",
                MCP_STR_ARG(id), c->lost);
    } else if (c->result.end == PAYMENT_CHARGED) {
        mcp_log(&c->log, MCP_LOG_INFO, "auto top-off %.*s: %lld credits", MCP_STR_ARG(id),
                (long long)c->o.credits);
    } else {
        mcp_log(&c->log, MCP_LOG_WARN, "auto top-off %.*s: %s: %s", MCP_STR_ARG(id),
                c->payment->provider->name, c->result.why);
    }
}

static void done(struct store_write *w, mcp_err err)
{
    struct charger *c = w->arg;

    c->is_writing = false;
    if (c->is_orphan) {
        release(c);
        return;
    }
    log_end(c, err); /* what was not written is asked again, and is the same */
    mcp_arena_reset(&c->arena);
}

static void finish(struct charger *c)
{
    c->is_writing = true;
    c->write = (struct store_write){.body = finish_body, .arg = c, .done = done};
    store_submit(c->store, &c->write);
}

static void answered(struct payment_request *r, const struct payment_answer *a)
{
    struct charger *c = (struct charger *)(void *)((char *)r - offsetof(struct charger, request));

    c->is_asking = false;
    if (a->is_cancelled) {
        mcp_arena_reset(&c->arena);
        return;
    }
    struct payment_due due = {.cents = c->o.price_cents};

    c->payment->provider->charged(c->payment, a, &due, &c->arena, &c->result);
    finish(c);
}

/* ---- Forth ---- */

static mcp_err look_body(struct store_txn *txn, void *arg)
{
    struct charger *c = arg;
    mcp_err err = charge_next(txn, c->now_ms, &c->at);

    c->payer = (struct payer){.at_ms = 0};
    if (err) {
        return err;
    }
    err = order_get(txn, c->at.name, c->order_memory, &c->o);
    if (err == MCP_E_NOT_FOUND) { /* then the row is all there is, and it goes */
        c->o = (struct order){.state = ORDER_REJECTED};
        return MCP_OK;
    }
    if (err) {
        return err;
    }
    struct user u;

    err = user_of_owner(txn, c->at.owner, &u);
    if (err || u.deleted_ms || !u.is_topped_off) { /* switched off meanwhile */
        return err == MCP_E_NOT_FOUND ? MCP_OK : err;
    }
    err = payer_get(txn, c->at.owner, c->payer_memory, &c->payer);
    return err == MCP_E_NOT_FOUND ? MCP_OK : err;
}

static void ask(struct charger *c)
{
    const struct payment *p = c->payment;
    struct payment_due due = {mcp_str_n(c->id, sizeof(c->id)), MCP_STR("Auto top-off"),
                              c->o.price_cents, false};
    struct payment_payer payer = {c->payer.customer, c->payer.method};

    c->request.answered = answered;
    c->is_asking = p->provider->charge(p, &due, &payer, &c->arena, &c->request) &&
                   p->send(p->user, &c->request);
    if (!c->is_asking) {
        mcp_arena_reset(&c->arena); /* no room: at the next tick */
    }
}

void charger_tick(struct charger *c, int64_t now_ms)
{
    if (c->is_asking || c->is_writing || !c->payment->provider->charge) {
        return;
    }
    c->now_ms = now_ms;
    if (store_read(c->store, look_body, c)) {
        return;
    }
    (void)name_id_format(c->at.name, c->id);
    if (c->o.state == ORDER_PENDING && c->payer.customer.len &&
        now_ms - c->o.created_ms <= GIVE_UP_MS) {
        ask(c);
        return;
    }
    c->result = (struct payment_charge){
        .end = PAYMENT_CHARGE_REFUSED,
        .why = "the order has ended or is too old to be asked again, or nobody pays it any more"};
    finish(c);
}
