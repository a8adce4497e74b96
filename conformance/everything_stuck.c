/* everything_stuck.c - a handler that never returns and does not look whether anybody waits: what a
 * bug of a program looks like to its server. Listed with EVERYTHING_STUCK=1 only. */
#include "everything.h"

#include <unistd.h>

static mcp_err never_return(struct mcp_call *call, void *user)
{
    volatile bool goes_on =
        true; /* clang and gcc do not agree on what may follow a loop without end */

    (void)call, (void)user;
    while (goes_on) {
        sleep(3600);
    }
    return MCP_E_INTERNAL;
}

const struct mcp_tool everything_stuck[] = {
    {
        .name = "stuck",
        .description = "Never returns.",
        .is_blocking = true,
        .time_limit_ms = 500,
        .task = MCP_TASK_OPTIONAL,
        .fn = never_return,
    },
    {0},
};
