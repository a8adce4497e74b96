/* tools/pool_list.c - see pool_list.h. */
#include <tools/pool_list.h>

#include <tools/key.h>
#include <tools/owner.h>

#include <mcp/json.h>
#include <mcp/timestamp.h>

/* The JSON is put together from literals and the writer's own escapes and numbers: this is the
 * hot path, and a key that is written by the writer is escaped again for each pool. */

static void add(struct mcp_buf *out, mcp_str s)
{
    mcp_buf_add(out, s);
}

static void add_str(struct mcp_buf *out, mcp_str s)
{
    mcp_buf_byte(out, '"');
    mcp_json_escape(out, s);
    mcp_buf_byte(out, '"');
}

static void add_micro(struct mcp_buf *out, bool is_known, int64_t micro)
{
    struct mcp_json_writer w;

    if (is_known) {
        mcp_json_writer_init(&w, out);
        mcp_json_put_micro(&w, micro);
    } else {
        add(out, MCP_STR("null"));
    }
}

/* `v` rounded to 1 / `steps`, halves up; far beyond any real balance, as it is. */
static void add_rounded(struct mcp_buf *out, bool is_known, double v, int64_t steps)
{
    struct mcp_json_writer w;

    if (!is_known || v < 9e11) {
        add_micro(out, is_known, (int64_t)(v * (double)steps + 0.5) * (1000000 / steps));
    } else {
        mcp_json_writer_init(&w, out);
        mcp_json_put_double(&w, v);
    }
}

/* ---- One pool ---- */

static void add_head(struct mcp_buf *out, const struct connection *c)
{
    char id[NAME_ID_BYTES];

    add(out, MCP_STR("{\"connectionId\":\""));
    add(out, name_id_format(c->id, id));
    add(out, MCP_STR("\",\"connectionName\":"));
    add_str(out, c->name);
    add(out, MCP_STR(",\"tool\":{\"id\":"));
    add_str(out, c->tool_id);
    add(out, MCP_STR(",\"name\":"));
    add_str(out, c->tool_name);
    add(out, MCP_STR(",\"topupUrl\":"));
    if (c->topup_url.len) {
        add_str(out, c->topup_url);
    } else {
        add(out, MCP_STR("null"));
    }
    add(out, MCP_STR("},\"creditType\":"));
}

/* The same bytes for each pool of a connection: made for the first, copied for the others. */
static void add_shared_head(struct pool_list *l)
{
    struct mcp_buf *out = l->out;

    if (l->head_bytes == 0) {
        l->head_at = out->len;
        add_head(out, &l->at);
        l->head_bytes = out->len - l->head_at;
        return;
    }
    char *room = mcp_buf_room(out, l->head_bytes);

    if (room) {
        memcpy(room, out->ptr + l->head_at, l->head_bytes);
        out->len += l->head_bytes;
    }
}

static void add_reading(struct mcp_buf *out, const struct pool *p)
{
    char time[MCP_TIMESTAMP_BYTES];

    add_str(out, p->credit_type);
    add(out, MCP_STR(",\"label\":"));
    add_str(out, p->label);
    add(out, MCP_STR(",\"unit\":"));
    add_str(out, p->unit);
    add(out, MCP_STR(",\"balance\":"));
    add_micro(out, p->has_balance, p->balance_micro);
    add(out, MCP_STR(",\"balanceLimit\":"));
    add_micro(out, p->has_limit, p->limit_micro);
    add(out, MCP_STR(",\"recordedAt\":\""));
    add(out, mcp_timestamp_format(p->recorded_ms, time));
}

static void add_forecast(struct mcp_buf *out, const struct pool *p, int64_t now_ms)
{
    struct pool_burn burn = {.is_known = false};
    struct pool_eta eta;

    if (p && p->has_balance) {
        burn = pool_burn(&p->history, now_ms);
    }
    bool is_empty = p && p->has_balance && p->balance_micro <= 0;

    pool_eta(is_empty ? 0 : burn.is_known ? burn.days_left : -1, now_ms, &eta);
    add(out, MCP_STR("\",\"burn\":{\"perDay\":"));
    add_rounded(out, burn.is_known, burn.per_day, 100);
    add(out, MCP_STR(",\"daysLeft\":"));
    add_rounded(out, burn.is_known, burn.days_left, 10);
    add(out, MCP_STR("},\"eta\":{\"short\":\""));
    add(out, eta.brief);
    add(out, MCP_STR("\",\"long\":\""));
    add(out, eta.full);
}

/* `p` NULL: the row of a connection without readings. */
static void add_pool(struct pool_list *l, const struct pool *p, enum pool_status status,
                     const struct pool_thresholds *t)
{
    struct mcp_buf *out = l->out;

    if (l->n++) {
        mcp_buf_byte(out, ',');
    }
    add_shared_head(l);
    if (p) {
        add_reading(out, p);
        add(out, MCP_STR("\",\"status\":\""));
    } else {
        add(out, MCP_STR("null,\"label\":null,\"unit\":null,\"balance\":null,\"balanceLimit\":null,"
                         "\"recordedAt\":null,\"status\":\""));
    }
    add(out, pool_status_name(status));
    add_forecast(out, p, l->now_ms);
    add(out, MCP_STR("\"},\"thresholds\":{\"low\":"));
    add_micro(out, t->has_low, t->low_micro);
    add(out, MCP_STR(",\"critical\":"));
    add_micro(out, t->has_critical, t->critical_micro);
    add(out, MCP_STR("}}"));
}

/* ---- One connection ---- */

static bool is_wanted(const struct pool_list *l, enum pool_status status)
{
    return l->statuses == 0 || (l->statuses & 1u << status) != 0;
}

static mcp_err add_connection(struct pool_list *l)
{
    static const struct pool_thresholds NONE = {0};
    const struct connection *c = &l->at;
    enum pool_status says =
        pool_connection_status(c->status, l->n_pools > 0, l->newest_ms, l->now_ms);
    struct pool_thresholds t;
    struct pool p;

    l->head_bytes = 0;
    for (size_t i = 0; i < l->n_pools; i++) {
        if (!pool_decode(l->pools[i], POOL_VERSION, &p)) {
            return MCP_E_STORAGE;
        }
        t = pool_thresholds_resolve(&p.own, &c->thresholds, &l->fallback);
        enum pool_status status = pool_status_of(says, p.has_balance, p.balance_micro, &t);

        if (is_wanted(l, status)) {
            add_pool(l, &p, status, &t);
        }
    }
    if (l->n_pools == 0) {
        t = pool_thresholds_resolve(&NONE, &c->thresholds, &l->fallback);
        enum pool_status status = pool_status_of(says, false, 0, &t);

        if (is_wanted(l, status)) {
            add_pool(l, NULL, status, &t);
        }
    }
    return l->out->failed ? MCP_E_OVERLOADED : MCP_OK;
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
    if (l->n_pools == 0 || recorded_ms > l->newest_ms) {
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
