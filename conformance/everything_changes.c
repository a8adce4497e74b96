/* everything_changes.c - tools that say that something has changed (protocol.md 5.7). */
#include "everything.h"

static mcp_err trigger(struct mcp_call *call, enum mcp_change what, const char *uri)
{
    mcp_server_changed(mcp_call_server(call), what, mcp_str_c(uri));
    return mcp_text(call, "Everybody who listens is told.");
}

static mcp_err tool_change(struct mcp_call *call, void *user)
{
    (void)user;
    return trigger(call, MCP_CHANGED_TOOLS, "");
}

static mcp_err prompt_change(struct mcp_call *call, void *user)
{
    (void)user;
    return trigger(call, MCP_CHANGED_PROMPTS, "");
}

static mcp_err resource_change(struct mcp_call *call, void *user)
{
    (void)user;
    return trigger(call, MCP_CHANGED_RESOURCE, "test://watched-resource");
}

const struct mcp_tool everything_changes[] = {
    {
        .name = "test_trigger_tool_change",
        .description = "Says that the list of tools has changed.",
        .fn = tool_change,
    },
    {
        .name = "test_trigger_prompt_change",
        .description = "Says that the list of prompts has changed.",
        .fn = prompt_change,
    },
    {
        .name = "test_trigger_resource_change",
        .description = "Says that the watched resource has changed.",
        .fn = resource_change,
    },
    {0},
};
