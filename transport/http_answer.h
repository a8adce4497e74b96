/* transport/http_answer.h - the short answers that the transport itself gives. */
#ifndef MCP_TRANSPORT_HTTP_ANSWER_H
#define MCP_TRANSPORT_HTTP_ANSWER_H

#include <mcp/error.h>
#include <transport/http_msg.h>

/* A JSON-RPC error without an id, as the body of an HTTP refusal (MCP 2025-11-25 basic/transports
 * "Sending Messages": the body MAY comprise one). `why` is plain text; `allow` may be NULL. */
void mcp__http_answer_rpc(struct mcp_http_exchange *ex, int status, int code, const char *why,
                          const char *allow);

/* The refusal of the guard, of the auth step or of a missing store: as JSON-RPC for the MCP
 * endpoint, else as {"error":{"code":...,"message":...}}. */
void mcp__http_answer_refusal(struct mcp_http_exchange *ex, mcp_err err, bool is_rpc);

/* 404 {"error":"not_found"}, what OAuth clients read as "there is none" (protocol.md 3.2). */
void mcp__http_answer_nowhere(struct mcp_http_exchange *ex);

/* No content, Allow when not NULL. */
void mcp__http_answer_empty(struct mcp_http_exchange *ex, int status, const char *allow);

#endif
