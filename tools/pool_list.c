/* tools/pool_list.c - see pool_list.h. */
#include <tools/pool_list.h>

#include <tools/key.h>
#include <tools/owner.h>

static mcp_err add_pool(struct pool_list *l, const struct pool *p, enum pool_status status,
                        const struct pool_thresholds *t)
{
    struct pool_json j = {&l->at, p, status, t, l->now_ms};

    if (l->n++) {
        mcp_buf_byte(l->out, ',');
    }
    pool_json_put(l->out, &j, &l->head);
    return l->care && (l->care_statuses & 1u << status) ? l->care(l->care_user, &j) : MCP_OK;
}

/* ---- One connection ---- */

static bool is_wanted(const struct pool_list *l, enum pool_status status)
{
    return l->statuses == 0 || (l->statuses & 1u << status) != 0;
}

static bool is_type(const struct pool_list *l, mcp_str credit_type)
{
    return l->credit_type.len == 0 || mcp_str_eq(l->credit_type, credit_type);
}

static mcp_err add_connection(struct pool_list *l)
{
    static const struct pool_thresholds NONE = {0};
    const struct connection *c = &l->at;
    enum pool_status says =
        pool_connection_status(c->status, l->n_pools > 0, l->newest_ms, l->now_ms);
    struct pool_thresholds t;
    mcp_err err = MCP_OK;
    struct pool p;

    l->head.bytes = 0;
    for (size_t i = 0; i < l->n_pools && !err; i++) {
        if (!pool_decode(l->pools[i], POOL_VERSION, &p)) {
            return MCP_E_STORAGE;
        }
        t = pool_thresholds_resolve(&p.own, &c->thresholds, &l->fallback);
        enum pool_status status = pool_status_of(says, p.has_balance, p.balance_micro, &t);

        if (is_wanted(l, status) && is_type(l, p.credit_type)) {
            err = add_pool(l, &p, status, &t);
        }
    }
    if (l->n_pools == 0) {
        t = pool_thresholds_resolve(&NONE, &c->thresholds, &l->fallback);
        enum pool_status status = pool_status_of(says, false, 0, &t);

        if (is_wanted(l, status) && l->credit_type.len == 0) {
            err = add_pool(l, NULL, status, &t);
        }
    }
    return l->out->failed ? MCP_E_OVERLOADED : err;
}

static mcp_err close_connection(struct pool_list *l)
{
    mcp_err err = l->is_open ? add_connection(l) : MCP_OK;

    l->is_open = false;
    return err;
}

static mcp_err open_connection(struct pool_list *l, mcp_str value, uint8_t version)
{
    if (!connection_decode(value, version, &l->at)) {
        return MCP_E_STORAGE;
    }
    l->is_open = l->part.len == 0 || mcp_str_has_nocase(l->at.tool_name, l->part) ||
                 mcp_str_has_nocase(l->at.name, l->part);
    l->n_pools = 0;
    l->newest_ms = INT64_MIN / 2;
    return MCP_OK;
}

static mcp_err row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct pool_list *l = arg;
    int64_t recorded_ms = 0;

    if (key.len == KEY_SEQUENCE_BYTES) {
        mcp_err err = close_connection(l);

        return err ? err : open_connection(l, value, version);
    }
    if (!l->is_open) {
        return MCP_OK; /* its connection was not asked for */
    }
    if (l->n_pools == CONNECTION_POOLS_MAX || !pool_decode_recorded(value, version, &recorded_ms)) {
        return MCP_E_STORAGE;
    }
    bool is_ahead = recorded_ms > l->now_ms + POOL_AHEAD_MAX_MS;

    /* One pool from the future does not make those stale that are read. */
    if (!is_ahead && recorded_ms > l->newest_ms) {
        l->newest_ms = recorded_ms;
    }
    l->pools[l->n_pools++] = value;
    return MCP_OK;
}

mcp_err pool_list(struct store_txn *txn, struct pool_list *l)
{
    struct key low = l->connection ? key_sequence(KEY_CONNECTION, l->owner, *l->connection)
                                   : key_owned(KEY_CONNECTION, l->owner);

    l->n = 0;
    l->is_open = false;
    mcp_buf_byte(l->out, '[');
    mcp_err err = store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false,
                             (size_t)OWNER_CONNECTIONS_MAX * (CONNECTION_POOLS_MAX + 1), row, l);

    err = err ? err : close_connection(l);
    mcp_buf_byte(l->out, ']');
    return err;
}
