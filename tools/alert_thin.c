/* tools/alert_thin.c - see alert_thin.h. */
#include <tools/alert_thin.h>

#include <tools/alert_row.h>
#include <tools/key.h>

/* A row that may go. */
struct old {
    uint64_t sequence;
    uint64_t first_delivery; /* of an alert */
    uint32_t n_deliveries;
};

struct thinning {
    struct old list[ALERT_THIN_LOOK];
    size_t n, n_rows, most;
    uint64_t last; /* row looked at */
};

static mcp_err go_on(struct thinning *t, mcp_str key)
{
    t->last = key_get_sequence(key);
    t->n_rows++;
    return t->n == t->most ? MCP_PENDING : MCP_OK;
}

static mcp_err delivery_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct thinning *t = arg;
    struct delivery d;

    if (!delivery_decode(value, version, &d)) {
        return MCP_E_STORAGE;
    }
    if (!delivery_is_open(&d)) {
        t->list[t->n++] = (struct old){.sequence = key_get_sequence(key)};
    }
    return go_on(t, key);
}

static mcp_err alert_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct thinning *t = arg;
    struct alert a;

    if (!alert_decode(value, version, &a)) {
        return MCP_E_STORAGE;
    }
    t->list[t->n++] = (struct old){key_get_sequence(key), a.first_delivery, a.n_deliveries};
    return go_on(t, key);
}

static mcp_err is_on_its_way(struct store_txn *txn, uint64_t owner, const struct old *old,
                             bool *ret)
{
    *ret = false;
    for (uint32_t i = 0; i < old->n_deliveries && !*ret; i++) {
        struct delivery_found f;
        mcp_err err = delivery_get(txn, owner, old->first_delivery + i, &f);

        if (err && err != MCP_E_NOT_FOUND) {
            return err;
        }
        *ret = !err && delivery_is_open(&f.d);
    }
    return MCP_OK;
}

static mcp_err drop(struct store_txn *txn, enum key_table table, uint64_t owner,
                    const struct thinning *t, uint32_t *rows)
{
    mcp_err err = MCP_OK;

    for (size_t i = 0; i < t->n && !err; i++) {
        struct key key = key_sequence(table, owner, t->list[i].sequence);
        bool is_open = false;

        err = is_on_its_way(txn, owner, &t->list[i], &is_open);
        if (!err && !is_open) {
            err = store_del(txn, key_str(&key));
            *rows -= *rows ? 1 : 0;
        }
    }
    return err;
}

struct log {
    enum key_table table;
    store_row_fn *row;
    size_t look, most;
    uint64_t before; /* rows from here on are kept */
    uint64_t *at;    /* where the step begins, and then the next one */
    uint32_t *rows;
};

static mcp_err step(struct store_txn *txn, uint64_t owner, const struct log *l)
{
    struct key low = key_sequence(l->table, owner, *l->at);
    struct key high = key_sequence(l->table, owner, l->before);
    struct thinning t = {.most = l->most};
    mcp_err err = store_scan(txn, key_str(&low), key_str(&high), false, l->look, l->row, &t);
    bool is_end = t.n_rows < l->look && t.n < t.most;

    err = err ? err : drop(txn, l->table, owner, &t, l->rows);
    *l->at = is_end ? 0 : t.last + 1;
    return err;
}

mcp_err alert_thin(struct store_txn *txn, uint64_t owner, struct outbox_count *n)
{
    mcp_err err = MCP_OK;

    if (n->next_delivery > ALERT_THIN_KEPT && n->deliveries > ALERT_THIN_KEPT) {
        const struct log deliveries = {KEY_DELIVERY,
                                       delivery_row,
                                       ALERT_THIN_LOOK,
                                       ALERT_THIN_STEP,
                                       n->next_delivery - ALERT_THIN_KEPT,
                                       &n->thin_delivery,
                                       &n->deliveries};

        err = step(txn, owner, &deliveries);
    }
    if (!err && n->next_alert > ALERT_THIN_KEPT && n->alerts > ALERT_THIN_KEPT) {
        const struct log alerts = {KEY_ALERT,
                                   alert_row,
                                   ALERT_THIN_LOOK_ALERTS,
                                   ALERT_THIN_LOOK_ALERTS,
                                   n->next_alert - ALERT_THIN_KEPT,
                                   &n->thin_alert,
                                   &n->alerts};

        err = step(txn, owner, &alerts);
    }
    return err;
}
