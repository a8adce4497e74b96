/* tools/pool_eta.c - when a pool runs dry, in a few words (product.md b.1.4). */
#include <tools/pen.h>
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

static mcp_str unit_of(unsigned n, mcp_str one, mcp_str many)
{
    return n == 1 ? one : many;
}

/* "~2 weeks" */
static void brief_count(struct pool_eta *e, unsigned n, mcp_str one, mcp_str many)
{
    char *at = pen_uint(pen_put(e->brief_text, MCP_STR("~")), n);

    at = pen_put(at, unit_of(n, one, many));
    e->brief = mcp_str_n(e->brief_text, (size_t)(at - e->brief_text));
}

/* "Empties in ~12 days." */
static void full_count(struct pool_eta *e, unsigned n, mcp_str one, mcp_str many)
{
    char *at = pen_uint(pen_put(e->full_text, MCP_STR("Empties in ~")), n);

    at = pen_put(at, unit_of(n, one, many));
    e->full = mcp_str_n(e->full_text, (size_t)(at - e->full_text));
}

static void literals(struct pool_eta *e, mcp_str brief, mcp_str full)
{
    e->brief = brief;
    e->full = full;
}

static void weekday(struct pool_eta *e, double days, int64_t now_ms)
{
    int64_t then_ms = now_ms + (int64_t)(days * (24 * 3600 * 1000.0));

    char *at = pen_put(e->brief_text, MCP_STR("burns out "));

    at = pen_put(at, WEEKDAYS[mcp_timestamp_weekday(then_ms)]);
    e->brief = mcp_str_n(e->brief_text, (size_t)(at - e->brief_text));
    full_count(e, nearest(days), MCP_STR(" day."), MCP_STR(" days."));
}

void pool_eta(double days, int64_t now_ms, struct pool_eta *ret)
{
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
