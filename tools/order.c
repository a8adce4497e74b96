/* tools/order.c - see order.h. */
#include <tools/order.h>

#include <tools/key.h>
#include <tools/name.h>
#include <tools/payer.h>
#include <tools/user.h>

#include <store/record.h>

enum { OLD_STEP = 10000 };

void order_id_new(int64_t now_ms, uint8_t ret[16])
{
    uint32_t second = (uint32_t)(now_ms / 1000);

    name_id_new(ret);
    for (unsigned i = 0; i < 4; i++) {
        ret[i] = (uint8_t)(second >> (8 * (3 - i)));
    }
}

bool order_decode(mcp_str value, uint8_t version, struct order *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    *ret = (struct order){.state = (enum order_state)record_get_u8(&r)};
    record_get_bytes(&r, ret->id, sizeof(ret->id));
    ret->owner = record_get_u64(&r);
    ret->created_ms = record_get_i64(&r);
    ret->ended_ms = record_get_i64(&r);
    ret->price_cents = record_get_i64(&r);
    ret->credits = record_get_i64(&r);
    ret->package = record_get_str(&r);
    record_get_bytes(&r, ret->entry, sizeof(ret->entry));
    if (version > 1) {
        ret->provider = record_get_u8(&r);
        ret->page = record_get_str(&r);
        ret->url = record_get_str(&r);
        ret->report = record_get_str(&r);
    }
    return version >= 1 && version <= ORDER_VERSION && record_done(&r) &&
           ret->state < ORDER_STATES && ret->provider <= PAYMENT_STRIPE &&
           ret->page.len <= PAYMENT_ID_MAX && ret->url.len <= PAYMENT_PAGE_MAX &&
           ret->report.len <= PAYMENT_ID_MAX && ret->credits > 0 && ret->credits <= LEDGER_MAX &&
           ret->price_cents > 0 && ret->package.len >= 1 && ret->package.len <= PACKAGE_ID_MAX;
}

mcp_err order_put(struct store_txn *txn, const struct order *o)
{
    struct key key = key_order(o->id);
    uint8_t memory[ORDER_RECORD_MAX];
    struct record_writer w;

    record_writer_init(&w, memory, sizeof(memory));
    record_put_u8(&w, (uint8_t)o->state);
    record_put_bytes(&w, o->id, sizeof(o->id));
    record_put_u64(&w, o->owner);
    record_put_i64(&w, o->created_ms);
    record_put_i64(&w, o->ended_ms);
    record_put_i64(&w, o->price_cents);
    record_put_i64(&w, o->credits);
    record_put_str(&w, o->package);
    record_put_bytes(&w, o->entry, sizeof(o->entry));
    record_put_u8(&w, o->provider);
    record_put_str(&w, o->page);
    record_put_str(&w, o->url);
    record_put_str(&w, o->report);
    return store_put(txn, key_str(&key), record_writer_str(&w), ORDER_VERSION);
}

/* ---- Over, though nobody has said so ---- */

struct old {
    uint64_t owner;
    uint8_t ids[ORDERS_PENDING_MAX][16];
    size_t n;
};

static mcp_err old_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct old *old = arg;
    struct order o;

    (void)key;
    if (!order_decode(value, version, &o)) {
        return MCP_E_STORAGE;
    }
    if (o.owner == old->owner && o.state == ORDER_PENDING && o.provider != PAYMENT_MANUAL) {
        memcpy(old->ids[old->n++], o.id, sizeof(o.id));
    }
    return old->n < ORDERS_PENDING_MAX ? MCP_OK : MCP_PENDING;
}

/* A key between the orders before `at_ms` and those after it. */
static struct key key_at(int64_t at_ms)
{
    uint8_t id[16] = {0};

    for (unsigned i = 0; i < 4; i++) {
        id[i] = (uint8_t)((uint32_t)(at_ms / 1000) >> (8 * (3 - i)));
    }
    return key_order(id);
}

/* Those of the account whose page has closed, and of which no report has come. */
static mcp_err expire_old(struct store_txn *txn, uint64_t owner, int64_t now_ms)
{
    struct key low = key_at(0), high = key_at(now_ms - ORDER_OVER_MS);
    struct old old = {.owner = owner};
    mcp_err err = now_ms < ORDER_OVER_MS ? MCP_OK
                                         : store_scan(txn, key_str(&low), key_str(&high), true,
                                                      OLD_STEP, old_row, &old);

    for (size_t i = 0; i < old.n && !err; i++) {
        char memory[ORDER_RECORD_MAX];
        struct order o;

        err = order_get(txn, old.ids[i], memory, &o);
        err = err ? err : order_end(txn, NULL, &o, ORDER_EXPIRED, now_ms);
    }
    return err;
}

mcp_err order_add(struct store_txn *txn, const struct order *o)
{
    struct wallet w;
    mcp_err err = wallet_get(txn, o->owner, &w);

    if (!err && w.n_orders >= ORDERS_PENDING_MAX) {
        err = expire_old(txn, o->owner, o->created_ms);
        err = err ? err : wallet_get(txn, o->owner, &w);
    }
    if (!err && w.n_orders >= ORDERS_PENDING_MAX) {
        return MCP_E_REFUSED;
    }
    w.n_orders++;
    err = err ? err : wallet_put(txn, o->owner, &w);
    return err ? err : order_put(txn, o);
}

mcp_err order_get(struct store_txn *txn, const uint8_t id[16], char memory[ORDER_RECORD_MAX],
                  struct order *ret)
{
    struct key key = key_order(id);
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, &version);

    if (err) {
        return err;
    }
    if (value.len > ORDER_RECORD_MAX) {
        return MCP_E_STORAGE;
    }
    memcpy(memory, value.ptr, value.len);
    return order_decode(mcp_str_n(memory, value.len), version, ret) ? MCP_OK : MCP_E_STORAGE;
}

static mcp_err credit(struct store_txn *txn, const struct seal *seal, struct order *o,
                      int64_t now_ms)
{
    char ref[sizeof("order ") + NAME_ID_BYTES] = "order ";
    size_t n = strlen(ref);

    n += name_id_format(o->id, ref + n).len;
    bool is_topoff = mcp_str_eq(o->package, MCP_STR(ORDER_TOPOFF));
    struct ledger_entry e = {.at_ms = now_ms,
                             .delta = o->credits,
                             .reason = is_topoff ? LEDGER_TOPOFF : LEDGER_PURCHASE,
                             .ref = mcp_str_n(ref, n)};
    mcp_err err = ledger_append(txn, seal, o->owner, &e, NULL);

    memcpy(o->entry, e.hash, sizeof(o->entry));
    return err;
}

/* `o` is pending, or is paid after all. */
static mcp_err end(struct store_txn *txn, const struct seal *seal, struct order *o,
                   enum order_state state, int64_t now_ms)
{
    struct wallet w;
    mcp_err err = state == ORDER_PAID ? user_owner_check(txn, o->owner) : MCP_OK;

    if (!err && state == ORDER_PAID) {
        err = credit(txn, seal, o, now_ms);
    }
    err = err ? err : wallet_get(txn, o->owner, &w);
    if (err) {
        return err;
    }
    w.n_orders -= o->state == ORDER_PENDING && w.n_orders > 0;
    o->state = state;
    o->ended_ms = now_ms;
    err = wallet_put(txn, o->owner, &w);
    return err ? err : order_put(txn, o);
}

mcp_err order_end(struct store_txn *txn, const struct seal *seal, struct order *o,
                  enum order_state state, int64_t now_ms)
{
    return o->state == ORDER_PENDING ? end(txn, seal, o, state, now_ms) : MCP_E_CONFLICT;
}

mcp_err order_pay(struct store_txn *txn, const struct seal *seal, struct order *o, int64_t now_ms)
{
    return o->state == ORDER_PAID ? MCP_E_CONFLICT : end(txn, seal, o, ORDER_PAID, now_ms);
}

/* It is charged soon to who has paid before, or waits for an operator. */
static mcp_err add_topoff(struct store_txn *txn, struct order *o)
{
    struct key_once charge = {.at_ms = o->created_ms, .owner = o->owner};
    char memory[PAYER_RECORD_MAX];
    struct payer payer;
    mcp_err err = payer_get(txn, o->owner, memory, &payer);
    bool is_charged = err == MCP_OK;

    if (err && err != MCP_E_NOT_FOUND) {
        return err;
    }
    o->provider = is_charged ? PAYMENT_STRIPE : PAYMENT_MANUAL;
    memcpy(charge.name, o->id, sizeof(charge.name));
    err = order_add(txn, o);
    if (err) {
        return err == MCP_E_REFUSED ? MCP_OK : err;
    }
    return is_charged ? charge_put(txn, &charge) : MCP_OK;
}

int64_t order_topoff_cents(int64_t credits)
{
    return credits / 10000 + (credits % 10000 != 0);
}

mcp_err order_topoff(struct store_txn *txn, uint64_t owner, int64_t before, int64_t after,
                     int64_t now_ms)
{
    struct user u;
    mcp_err err = user_of_owner(txn, owner, &u);
    bool is_crossing = !err && !u.deleted_ms && u.is_topped_off && u.topoff_credits > 0 &&
                       before >= u.topoff_threshold && after < u.topoff_threshold;

    if (!is_crossing) {
        return err == MCP_E_NOT_FOUND ? MCP_OK : err;
    }
    struct order o = {.owner = owner,
                      .created_ms = now_ms,
                      .price_cents = order_topoff_cents(u.topoff_credits),
                      .credits = u.topoff_credits,
                      .package = MCP_STR(ORDER_TOPOFF)};

    order_id_new(now_ms, o.id);
    return add_topoff(txn, &o);
}
