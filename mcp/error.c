/* mcp/error.c - see error.h. */
#include <mcp/error.h>

static const struct mcp_err_info ROWS[] = {
    {"OK", 0, 200, 200, "ok", MCP_SURFACE_RESULT, "done"},
#define MCP_ERROR(name, code, http, rest, rest_code, surface, meaning)                             \
    {#name, code, http, rest, rest_code, MCP_SURFACE_##surface, meaning},
#include <mcp/errors.def>
#undef MCP_ERROR
};

const struct mcp_err_info *mcp_err_info(mcp_err err)
{
    return &ROWS[(size_t)err < sizeof(ROWS) / sizeof(ROWS[0]) ? err : MCP_E_INTERNAL];
}
