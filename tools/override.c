/* tools/override.c - see override.h. */
#include <tools/override.h>

#include <tools/key.h>

/* ---- Checking ---- */

struct checking {
    const struct connection *c;
    const struct pool_thresholds *fallback;
    bool is_wrong;
};

static bool is_wrong(const struct pool_thresholds *own, const struct connection *c,
                     const struct pool_thresholds *fallback)
{
    struct pool_thresholds t = pool_thresholds_resolve(own, &c->thresholds, fallback);

    return pool_thresholds_check(&t) != NULL;
}

static mcp_err check_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct checking *op = arg;
    struct pool p;

    if (key.len != KEY_POOL_BYTES) {
        return MCP_OK; /* the connection itself */
    }
    if (!pool_decode(value, version, &p)) {
        return MCP_E_STORAGE;
    }
    op->is_wrong = op->is_wrong || is_wrong(&p.own, op->c, op->fallback);
    return MCP_OK;
}

mcp_err override_check(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                       const struct connection *c, const struct pool_thresholds *fallback)
{
    static const struct pool_thresholds NONE = {0};
    struct key rows = key_sequence(KEY_CONNECTION, owner, sequence);
    struct checking op = {c, fallback, is_wrong(&NONE, c, fallback)};
    mcp_err err = store_scan(txn, key_str(&rows), mcp_str_n(NULL, 0), false,
                             CONNECTION_POOLS_MAX + 1, check_row, &op);

    return err ? err : op.is_wrong ? MCP_E_INVALID_ARGUMENTS : MCP_OK;
}

/* ---- Setting ---- */

struct finding {
    mcp_str credit_type;
    bool is_found;
    uint32_t number;
    struct pool pool; /* points into memory */
    char memory[POOL_RECORD_MAX];
};

static mcp_err find_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct finding *op = arg;

    if (key.len != KEY_POOL_BYTES) {
        return MCP_OK;
    }
    if (value.len > sizeof(op->memory)) {
        return MCP_E_STORAGE;
    }
    memcpy(op->memory, value.ptr, value.len);
    if (!pool_decode(mcp_str_n(op->memory, value.len), version, &op->pool)) {
        return MCP_E_STORAGE;
    }
    op->number = key_get_pool(key);
    op->is_found = mcp_str_eq(op->pool.credit_type, op->credit_type);
    return op->is_found ? MCP_PENDING : MCP_OK;
}

static void apply(const struct override *o, struct pool_thresholds *at)
{
    if (o->gives_low) {
        at->has_low = o->to.has_low;
        at->low_micro = o->to.low_micro;
    }
    if (o->gives_critical) {
        at->has_critical = o->to.has_critical;
        at->critical_micro = o->to.critical_micro;
    }
}

mcp_err override_set(struct store_txn *txn, uint64_t owner, const struct connection_found *f,
                     const struct override *o)
{
    struct key rows = key_sequence(KEY_CONNECTION, owner, f->sequence);
    struct finding op = {.credit_type = o->credit_type};
    char memory[POOL_RECORD_MAX];
    mcp_err err = store_scan(txn, key_str(&rows), mcp_str_n(NULL, 0), false,
                             CONNECTION_POOLS_MAX + 1, find_row, &op);

    if (err || !op.is_found) {
        return err ? err : MCP_E_NOT_FOUND;
    }
    apply(o, &op.pool.own);
    if (is_wrong(&op.pool.own, &f->c, &o->fallback)) {
        return MCP_E_INVALID_ARGUMENTS;
    }
    struct key key = key_pool(owner, f->sequence, op.number);

    return store_put(txn, key_str(&key), pool_encode(&op.pool, memory), POOL_VERSION);
}
