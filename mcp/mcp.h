/* mcp/mcp.h - everything a tool author needs, in one include.
 *
 * The one header above its layer: nothing inside the project includes it (checked). */
#ifndef MCP_MCP_H
#define MCP_MCP_H

#include <mcp/arena.h>
#include <mcp/ask.h>
#include <mcp/call.h>
#include <mcp/complete.h>
#include <mcp/content.h>
#include <mcp/error.h>
#include <mcp/json.h>
#include <mcp/prompt.h>
#include <mcp/resource.h>
#include <mcp/server.h>
#include <mcp/str.h>
#include <mcp/tool.h>
#include <transport/http.h>
#include <transport/main.h>
#include <transport/stdio.h>

#endif
