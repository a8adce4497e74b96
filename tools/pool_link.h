/* tools/pool_link.h - a pool in a result or a prompt as a link to its resource. */
#ifndef CISTERN_TOOLS_POOL_LINK_H
#define CISTERN_TOOLS_POOL_LINK_H

#include <tools/pool_json.h>

#include <mcp/call.h>

/* mcp_link() to the pool; MCP_OK without one for a connection without readings. Critical pools are
 * more important than others. */
mcp_err pool_link(struct mcp_call *call, const struct pool_json *j);

#endif
