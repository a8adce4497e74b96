/* rest/surface_pools.c - the words of the pools contract (/api/v1/pools).
 *
 * {"error":{"code":"...","message":"..."}} with the codes unauthorized, invalid_status,
 * rate_limited, internal and insufficient_scope (product.md b.0.1, b.1.1). The only argument a
 * route of this surface takes is the status filter, so bad arguments are an invalid status. */
#include <mcp/json.h>
#include <rest/route.h>

static const struct rest_alias ALIASES[] = {
    {MCP_E_INVALID_ARGUMENTS, "invalid_status"},
    {MCP_E_INVALID_PARAMS, "invalid_status"},
    {MCP_OK, NULL},
};

static void error(struct mcp_json_writer *w, mcp_str code, mcp_str message)
{
    mcp_json_object(w);
    mcp_json_put_key(w, MCP_STR("error"));
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("code"), code);
    mcp_json_member_str(w, MCP_STR("message"), message);
    mcp_json_object_end(w);
    mcp_json_object_end(w);
}

const struct rest_surface rest_surface_pools = {
    .name = "pools",
    .aliases = ALIASES,
    .error = error,
    .last_resort = "{\"error\":{\"code\":\"overloaded\",\"message\":\"no memory for an answer\"}}",
};
