/* mcp/complete.h - suggestions while a person types (MCP server/utilities/completion).
 *
 * A row's `complete` handler reads what is being typed, calls mcp_suggest() for each value, best
 * first, and returns MCP_OK. Arguments that were chosen already are the call's arguments:
 * mcp_arg_str(call, "language") (from 2025-06-18 on; empty when not said). Loop thread only. */
#ifndef MCP_COMPLETE_H
#define MCP_COMPLETE_H

#include <mcp/error.h>
#include <mcp/str.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mcp_call;

enum { MCP_SUGGESTIONS_MAX = 100 }; /* of the protocol */

/* The argument or variable being typed, and what is typed so far. Live as long as the call. */
MCP_API mcp_str mcp_completing(const struct mcp_call *call);
MCP_API mcp_str mcp_completing_value(const struct mcp_call *call);

/* Add a value. The first 100 are sent, the others are counted. MCP_OK or MCP_E_OVERLOADED. */
MCP_API mcp_err mcp_suggest(struct mcp_call *call, mcp_str value);
/* Add those of `values` (ends with NULL) that begin with what is typed, ASCII case ignored. */
MCP_API mcp_err mcp_suggest_from(struct mcp_call *call, const char *const *values);

#ifdef __cplusplus
}
#endif
#endif
