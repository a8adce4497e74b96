/* rest/surface_plain.c - the words of routes that belong to no contract: those of mcp/errors.def.
 */
#include <rest/surface.h>

void rest_error_coded(struct mcp_json_writer *w, const struct rest_said *said)
{
    mcp_json_object(w);
    mcp_json_put_key(w, MCP_STR("error"));
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("code"), said->code);
    mcp_json_member_str(w, MCP_STR("message"), said->message);
    mcp_json_object_end(w);
    mcp_json_object_end(w);
}

const struct rest_surface rest_surface_plain = {
    .name = "plain",
    .title = "Tools",
    .description = "Tools of the server as plain HTTP routes.",
    .error = rest_error_coded,
    .last_resort = REST_ERROR_CODED_LAST,
};
