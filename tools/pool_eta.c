/* tools/pool_eta.c - when a pool runs dry, in a few words (product.md b.1.4). */
#include <tools/pool.h>

#include <mcp/timestamp.h>

static const mcp_str WEEKDAYS[7] = {
    MCP_STR_INIT("Sunday"),    MCP_STR_INIT("Monday"),   MCP_STR_INIT("Tuesday"),
    MCP_STR_INIT("Wednesday"), MCP_STR_INIT("Thursday"), MCP_STR_INIT("Friday"),
    MCP_STR_INIT("Saturday"),
};

/* Halves up, as the table's "round". Only for 0 <= x < 10^6. */
static unsigned nearest(double x)
{
    return (unsigned)(x + 0.5);
}

static void add(char *text, mcp_str *at, mcp_str s)
{
    memcpy(text + at->len, s.ptr, s.len);
    *at = mcp_str_n(text, at->len + s.len);
}

static void add_number(char *text, mcp_str *at, unsigned v)
{
    char digits[10];
    size_t n = sizeof(digits);

    do {
        digits[--n] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    add(text, at, mcp_str_n(digits + n, sizeof(digits) - n));
}

static mcp_str unit_of(unsigned n, mcp_str one, mcp_str many)
{
    return n == 1 ? one : many;
}

/* "~2 weeks" */
static void brief_count(struct pool_eta *e, unsigned n, mcp_str one, mcp_str many)
{
    add(e->brief_text, &e->brief, MCP_STR("~"));
    add_number(e->brief_text, &e->brief, n);
    add(e->brief_text, &e->brief, unit_of(n, one, many));
}

/* "Empties in ~12 days." */
static void full_count(struct pool_eta *e, unsigned n, mcp_str one, mcp_str many)
{
    add(e->full_text, &e->full, MCP_STR("Empties in ~"));
    add_number(e->full_text, &e->full, n);
    add(e->full_text, &e->full, unit_of(n, one, many));
}

static void literals(struct pool_eta *e, mcp_str brief, mcp_str full)
{
    e->brief = brief;
    e->full = full;
}

static void weekday(struct pool_eta *e, double days, int64_t now_ms)
{
    int64_t then_ms = now_ms + (int64_t)(days * (24 * 3600 * 1000.0));

    add(e->brief_text, &e->brief, MCP_STR("burns out "));
    add(e->brief_text, &e->brief, WEEKDAYS[mcp_timestamp_weekday(then_ms)]);
    full_count(e, nearest(days), MCP_STR(" day."), MCP_STR(" days."));
}

void pool_eta(double days, int64_t now_ms, struct pool_eta *ret)
{
    ret->brief = mcp_str_n(ret->brief_text, 0);
    ret->full = mcp_str_n(ret->full_text, 0);
    if (!(days >= 0)) {
        literals(ret, MCP_STR("no burn yet"), MCP_STR("Not draining yet."));
    } else if (days <= 0) {
        literals(ret, MCP_STR("already gone"), MCP_STR("Already empty."));
    } else if (days < 1) {
        unsigned hours = nearest(24 * days);

        hours = hours ? hours : 1;
        brief_count(ret, hours, MCP_STR("h"), MCP_STR("h"));
        full_count(ret, hours, MCP_STR(" hour."), MCP_STR(" hours."));
    } else if (days < 1.5) {
        literals(ret, MCP_STR("burns out tomorrow"), MCP_STR("Empties tomorrow."));
    } else if (days < 7) {
        weekday(ret, days, now_ms);
    } else if (days < 28) {
        brief_count(ret, nearest(days / 7), MCP_STR(" week"), MCP_STR(" weeks"));
        full_count(ret, nearest(days), MCP_STR(" day."), MCP_STR(" days."));
    } else if (days < 365) {
        brief_count(ret, nearest(days / 30), MCP_STR(" month"), MCP_STR(" months"));
        full_count(ret, nearest(days / 30), MCP_STR(" month."), MCP_STR(" months."));
    } else {
        literals(ret, MCP_STR("~next year"), MCP_STR("Plenty of runway."));
    }
}
