/* tools/pool.c - see pool.h. */
#include <tools/pool.h>

#include <tools/name.h>

#include <store/record.h>

enum { HAS_BALANCE = 1, HAS_LIMIT = 2, HAS_LOW = 4, HAS_CRITICAL = 8, FLAGS_ALL = 15 };

static const mcp_str NAMES[POOL_STATUS_COUNT] = {
    [POOL_HEALTHY] = MCP_STR_INIT("healthy"),   [POOL_LOW] = MCP_STR_INIT("low"),
    [POOL_CRITICAL] = MCP_STR_INIT("critical"), [POOL_STALE] = MCP_STR_INIT("stale"),
    [POOL_ERROR] = MCP_STR_INIT("error"),       [POOL_DISCONNECTED] = MCP_STR_INIT("disconnected"),
    [POOL_NODATA] = MCP_STR_INIT("nodata"),
};

mcp_str pool_status_name(enum pool_status s)
{
    return NAMES[s];
}

bool pool_status_parse(mcp_str s, enum pool_status *ret)
{
    for (unsigned i = 0; i < POOL_STATUS_COUNT; i++) {
        if (mcp_str_eq(s, NAMES[i])) {
            *ret = (enum pool_status)i;
            return true;
        }
    }
    return false;
}

struct pool_thresholds pool_thresholds_resolve(const struct pool_thresholds *pool,
                                               const struct pool_thresholds *connection,
                                               const struct pool_thresholds *fallback)
{
    const struct pool_thresholds *low = pool->has_low         ? pool
                                        : connection->has_low ? connection
                                                              : fallback;
    const struct pool_thresholds *critical = pool->has_critical         ? pool
                                             : connection->has_critical ? connection
                                                                        : fallback;

    return (struct pool_thresholds){
        .has_low = low->has_low,
        .low_micro = low->has_low ? low->low_micro : 0,
        .has_critical = critical->has_critical,
        .critical_micro = critical->has_critical ? critical->critical_micro : 0,
    };
}

const char *pool_thresholds_check(const struct pool_thresholds *t)
{
    if ((t->has_low && t->low_micro < 0) || (t->has_critical && t->critical_micro < 0)) {
        return "a threshold is below zero";
    }
    if (t->has_low && t->has_critical && t->low_micro <= t->critical_micro) {
        return "low must be above critical";
    }
    return NULL;
}

enum pool_status pool_connection_status(enum pool_status own, bool has_reading, int64_t newest_ms,
                                        int64_t now_ms)
{
    if (own != POOL_HEALTHY) {
        return own;
    }
    bool is_old = newest_ms < now_ms - POOL_STALE_AFTER_MS;

    return has_reading && (is_old || newest_ms > now_ms + POOL_AHEAD_MAX_MS) ? POOL_STALE
                                                                             : POOL_HEALTHY;
}

enum pool_status pool_status_of(enum pool_status connection, bool has_balance,
                                int64_t balance_micro, const struct pool_thresholds *t)
{
    if (connection != POOL_HEALTHY) {
        return connection;
    }
    if (!has_balance) {
        return POOL_NODATA;
    }
    if (t->has_critical && balance_micro <= t->critical_micro) {
        return POOL_CRITICAL;
    }
    return t->has_low && balance_micro <= t->low_micro ? POOL_LOW : POOL_HEALTHY;
}

void pool_history_add(struct pool_history *h, int64_t at_ms, int64_t balance_micro)
{
    struct pool_point point = {at_ms, balance_micro};
    int64_t bucket = at_ms / POOL_BUCKET_MS;
    size_t at = h->n; /* where it belongs: behind every older bucket */

    while (at > 0 && h->points[at - 1].at_ms / POOL_BUCKET_MS >= bucket) {
        at--;
    }
    if (at < h->n && h->points[at].at_ms / POOL_BUCKET_MS == bucket) {
        if (at_ms >= h->points[at].at_ms) {
            h->points[at] = point;
        }
    } else if (h->n < POOL_POINTS_MAX) {
        memmove(h->points + at + 1, h->points + at, (h->n - at) * sizeof(point));
        h->points[at] = point;
        h->n++;
    } else if (at > 0) { /* the oldest makes room */
        memmove(h->points, h->points + 1, (at - 1) * sizeof(point));
        h->points[at - 1] = point;
    }
}

struct pool_burn pool_burn(const struct pool_history *h, int64_t now_ms)
{
    const struct pool_point *p = h->points;
    size_t oldest = 0;
    uint64_t consumed = 0;

    while (oldest + 1 < h->n && p[oldest].at_ms < now_ms - POOL_WINDOW_MS) {
        oldest++;
    }
    for (size_t i = oldest + 1; i < h->n; i++) {
        if (p[i].balance_micro < p[i - 1].balance_micro) {
            /* unsigned: exact also when the difference is beyond int64 */
            uint64_t step = (uint64_t)p[i - 1].balance_micro - (uint64_t)p[i].balance_micro;

            consumed = __builtin_add_overflow(consumed, step, &consumed) ? UINT64_MAX : consumed;
        }
    }
    if (consumed == 0 || p[h->n - 1].at_ms <= p[oldest].at_ms) {
        return (struct pool_burn){.is_known = false};
    }
    uint64_t elapsed_ms = (uint64_t)p[h->n - 1].at_ms - (uint64_t)p[oldest].at_ms;
    double per_day = (double)consumed / 1e6 * (24 * 3600 * 1000.0) / (double)elapsed_ms;
    int64_t left = p[h->n - 1].balance_micro > 0 ? p[h->n - 1].balance_micro : 0;

    return (struct pool_burn){true, per_day, (double)left / 1e6 / per_day};
}

/* ---- The record ---- */

static void points_from(struct pool_history *h, mcp_str bytes)
{
    h->n = bytes.len / sizeof(struct pool_point);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (h->n) {
        memcpy(h->points, bytes.ptr, bytes.len); /* the record's order is this machine's */
    }
#else
    struct record_reader r;

    record_reader_init(&r, bytes);
    for (size_t i = 0; i < h->n; i++) {
        h->points[i].at_ms = record_get_i64(&r);
        h->points[i].balance_micro = record_get_i64(&r);
    }
#endif
}

bool pool_decode_recorded(mcp_str value, uint8_t version, int64_t *ret_ms)
{
    struct record_reader r;

    record_reader_init(&r, value);
    record_get_u8(&r);
    *ret_ms = record_get_i64(&r);
    return version == POOL_VERSION && !r.failed;
}

bool pool_decode(mcp_str value, uint8_t version, struct pool *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    uint8_t flags = record_get_u8(&r);

    ret->recorded_ms = record_get_i64(&r);
    ret->balance_micro = record_get_i64(&r);
    ret->limit_micro = record_get_i64(&r);
    ret->own = (struct pool_thresholds){(flags & HAS_LOW) != 0, (flags & HAS_CRITICAL) != 0, 0, 0};
    ret->own.low_micro = record_get_i64(&r);
    ret->own.critical_micro = record_get_i64(&r);
    ret->has_balance = (flags & HAS_BALANCE) != 0;
    ret->has_limit = (flags & HAS_LIMIT) != 0;
    ret->credit_type = record_get_str(&r);
    ret->label = record_get_str(&r);
    ret->unit = record_get_str(&r);
    mcp_str points = record_get_str(&r);

    if (version != POOL_VERSION || !record_done(&r) || flags > FLAGS_ALL ||
        ret->credit_type.len > POOL_TYPE_MAX || ret->label.len > NAME_BYTES_MAX ||
        ret->unit.len > POOL_UNIT_MAX || points.len % sizeof(struct pool_point) ||
        points.len > sizeof(ret->history.points)) {
        return false;
    }
    points_from(&ret->history, points);
    return true;
}

mcp_str pool_encode(const struct pool *p, char memory[POOL_RECORD_MAX])
{
    uint8_t points[sizeof(p->history.points)];
    struct record_writer w, h;

    record_writer_init(&h, points, sizeof(points));
    for (size_t i = 0; i < p->history.n; i++) {
        record_put_i64(&h, p->history.points[i].at_ms);
        record_put_i64(&h, p->history.points[i].balance_micro);
    }
    record_writer_init(&w, memory, POOL_RECORD_MAX);
    record_put_u8(&w, (uint8_t)((p->has_balance ? HAS_BALANCE : 0) |
                                (p->has_limit ? HAS_LIMIT : 0) | (p->own.has_low ? HAS_LOW : 0) |
                                (p->own.has_critical ? HAS_CRITICAL : 0)));
    record_put_i64(&w, p->recorded_ms);
    record_put_i64(&w, p->balance_micro);
    record_put_i64(&w, p->limit_micro);
    record_put_i64(&w, p->own.low_micro);
    record_put_i64(&w, p->own.critical_micro);
    record_put_str(&w, p->credit_type);
    record_put_str(&w, p->label);
    record_put_str(&w, p->unit);
    record_put_str(&w, record_writer_str(&h));
    return record_writer_str(&w);
}
