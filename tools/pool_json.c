/* tools/pool_json.c - see pool_json.h. */
#include <tools/pool_json.h>

#include <tools/pen.h>

#include <mcp/json.h>
#include <mcp/timestamp.h>

enum {
    FIXED_BYTES = 1024, /* more than everything of a pool but its names, numbers at their longest */
    ESCAPE_MAX = 6      /* bytes out for one byte of a name: \u0000 */
};

/* Writes into space that pool_json_put() took. */
struct pen {
    struct mcp_buf *out;
    char *at;
};

#define LITERAL(p, text)                                                                           \
    do {                                                                                           \
        memcpy((p)->at, "" text, sizeof(text) - 1);                                                \
        (p)->at += sizeof(text) - 1;                                                               \
    } while (0)

static inline void put(struct pen *p, mcp_str s)
{
    p->at = pen_put(p->at, s);
}

/* ---- Names ---- */

/* Not zero when any of eight bytes is a control character, a quote, a backslash or not ASCII. */
static inline uint64_t care(uint64_t v)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = UINT64_C(0x8080808080808080);
    uint64_t quote = v ^ ones * '"', backslash = v ^ ones * '\\';

    return ((v - ones * 0x20) | (quote - ones) | (backslash - ones) | v) & tops;
}

static inline uint64_t copy_eight(char *to, const char *from)
{
    uint64_t v;

    memcpy(&v, from, sizeof(v));
    memcpy(to, &v, sizeof(v));
    return care(v);
}

static inline uint64_t copy_few(char *to, mcp_str s)
{
    uint64_t bad = 0;

    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = (uint8_t)s.ptr[i];

        to[i] = s.ptr[i];
        bad |= c < 0x20 || c >= 0x80 || c == '"' || c == '\\';
    }
    return bad;
}

/* Copy `s`; false when a byte of it needs an escape, and the copy is worth nothing. */
static inline bool copy_plain(char *to, mcp_str s)
{
    uint64_t bad = 0;

    if (s.len < 8) {
        return copy_few(to, s) == 0;
    }
    for (size_t i = 0; i < s.len - 8; i += 8) {
        bad |= copy_eight(to + i, s.ptr + i);
    }
    return (bad | copy_eight(to + s.len - 8, s.ptr + s.len - 8)) == 0;
}

/* An escape is at most ESCAPE_MAX bytes, so the space that was taken lasts, also when the buffer
 * moves or the writer's own wish for more is refused. */
static void put_escaped(struct pen *p, mcp_str s)
{
    p->out->len = (size_t)(p->at - p->out->ptr);
    mcp_json_escape(p->out, s);
    p->at = p->out->ptr + p->out->len;
}

static inline void put_name(struct pen *p, mcp_str s)
{
    *p->at++ = '"';
    if (copy_plain(p->at, s)) {
        p->at += s.len;
    } else {
        put_escaped(p, s);
    }
    *p->at++ = '"';
}

/* ---- Numbers ---- */

/* As mcp_json_put_micro(): 4050000 prints 4.05. */
static void put_micro(struct pen *p, bool is_known, int64_t micro)
{
    uint64_t v = micro < 0 ? 0 - (uint64_t)micro : (uint64_t)micro;
    uint32_t rest = (uint32_t)(v % 1000000);

    if (!is_known) {
        LITERAL(p, "null");
        return;
    }
    if (micro < 0) {
        *p->at++ = '-';
    }
    p->at = pen_uint(p->at, v / 1000000);
    if (rest) {
        *p->at++ = '.';
        p->at = pen_two(p->at, rest / 10000);
        if (rest % 10000) {
            p->at = pen_two(pen_two(p->at, rest / 100 % 100), rest % 100);
        }
        while (p->at[-1] == '0') {
            p->at--;
        }
    }
}

/* `v` rounded to 1 / `steps`, halves up; not rounded where that would be beyond int64. */
static inline void put_rounded(struct pen *p, bool is_known, double v, int64_t steps)
{
    struct mcp_json_writer w;

    if (!is_known || v < 9e11) {
        put_micro(p, is_known, (int64_t)(v * (double)steps + 0.5) * (1000000 / steps));
        return;
    }
    p->out->len = (size_t)(p->at - p->out->ptr);
    mcp_json_writer_init(&w, p->out);
    mcp_json_put_double(&w, v);
    p->at = p->out->ptr + p->out->len;
}

/* ---- The members ---- */

static void put_head(struct pen *p, const struct connection *c)
{
    char id[NAME_ID_BYTES];

    LITERAL(p, "{\"connectionId\":\"");
    put(p, name_id_format(c->id, id));
    LITERAL(p, "\",\"connectionName\":");
    put_name(p, c->name);
    LITERAL(p, ",\"tool\":{\"id\":");
    put_name(p, c->tool_id);
    LITERAL(p, ",\"name\":");
    put_name(p, c->tool_name);
    LITERAL(p, ",\"topupUrl\":");
    if (c->topup_url.len) {
        put_name(p, c->topup_url);
    } else {
        LITERAL(p, "null");
    }
    LITERAL(p, "},\"creditType\":");
}

static void put_shared_head(struct pen *p, const struct connection *c, struct pool_json_head *head)
{
    if (head->bytes) {
        put(p, mcp_str_n(p->out->ptr + head->at, head->bytes));
        return;
    }
    head->at = (size_t)(p->at - p->out->ptr);
    put_head(p, c);
    head->bytes = (size_t)(p->at - p->out->ptr) - head->at;
}

static void put_reading(struct pen *p, const struct pool *pool)
{
    char time[MCP_TIMESTAMP_BYTES];

    put_name(p, pool->credit_type);
    LITERAL(p, ",\"label\":");
    put_name(p, pool->label);
    LITERAL(p, ",\"unit\":");
    put_name(p, pool->unit);
    LITERAL(p, ",\"balance\":");
    put_micro(p, pool->has_balance, pool->balance_micro);
    LITERAL(p, ",\"balanceLimit\":");
    put_micro(p, pool->has_limit, pool->limit_micro);
    LITERAL(p, ",\"recordedAt\":\"");
    put(p, mcp_timestamp_format(pool->recorded_ms, time));
    LITERAL(p, "\",\"status\":\"");
}

static void put_forecast(struct pen *p, const struct pool *pool, int64_t now_ms)
{
    struct pool_burn burn = {.is_known = false};
    bool is_known = pool && pool->has_balance;
    struct pool_eta eta;

    if (is_known) {
        burn = pool_burn(&pool->history, now_ms);
    }
    bool is_empty = is_known && pool->balance_micro <= 0;

    pool_eta(is_empty ? 0 : burn.is_known ? burn.days_left : -1, now_ms, &eta);
    LITERAL(p, "\",\"burn\":{\"perDay\":");
    put_rounded(p, burn.is_known, burn.per_day, 100);
    LITERAL(p, ",\"daysLeft\":");
    put_rounded(p, burn.is_known, burn.days_left, 10);
    LITERAL(p, "},\"eta\":{\"short\":\"");
    put(p, eta.brief);
    LITERAL(p, "\",\"long\":\"");
    put(p, eta.full);
}

static size_t names_bytes(const struct connection *c, const struct pool *p)
{
    size_t n = c->name.len + c->tool_id.len + c->tool_name.len + c->topup_url.len;

    return p ? n + p->credit_type.len + p->label.len + p->unit.len : n;
}

void pool_json_put(struct mcp_buf *out, const struct pool_json *j, struct pool_json_head *head)
{
    char *room = mcp_buf_room(out, FIXED_BYTES + ESCAPE_MAX * names_bytes(j->connection, j->pool));
    struct pen p = {out, room};

    if (!room) {
        return;
    }
    put_shared_head(&p, j->connection, head);
    if (j->pool) {
        put_reading(&p, j->pool);
    } else {
        LITERAL(&p, "null,\"label\":null,\"unit\":null,\"balance\":null,\"balanceLimit\":null,"
                    "\"recordedAt\":null,\"status\":\"");
    }
    put(&p, pool_status_name(j->status));
    put_forecast(&p, j->pool, j->now_ms);
    LITERAL(&p, "\"},\"thresholds\":{\"low\":");
    put_micro(&p, j->thresholds->has_low, j->thresholds->low_micro);
    LITERAL(&p, ",\"critical\":");
    put_micro(&p, j->thresholds->has_critical, j->thresholds->critical_micro);
    LITERAL(&p, "}}");
    out->len = (size_t)(p.at - out->ptr);
}
