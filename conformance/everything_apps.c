/* everything_apps.c - MCP Apps (2026-01-26): a tool whose result a page shows, to clients that can.
 */
#include "everything.h"

mcp_err everything_read_page(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_text(call, "<!doctype html><title>Clock</title><output id=time>--:--</output>");
}

static mcp_err show_time(struct mcp_call *call, void *user)
{
    (void)user;
    /* Also for those who see no page. */
    return mcp_text(call, "It is %lld ms past 1970-01-01T00:00:00Z.",
                    (long long)mcp_clock_wall_ms(mcp_call_clock(call)));
}

const struct mcp_tool everything_apps[] = {
    {
        .name = "test_show_time",
        .description = "Tells the time; clients with MCP Apps show it on a page.",
        .hints = MCP_READ_ONLY,
        .ui = {.resource_uri = "ui://everything/clock"},
        .fn = show_time,
    },
    {0},
};
