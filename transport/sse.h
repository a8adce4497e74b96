/* transport/sse.h - framing of event streams (WHATWG HTML 9.2, text/event-stream). Pure. */
#ifndef MCP_TRANSPORT_SSE_H
#define MCP_TRANSPORT_SSE_H

#include <mcp/buf.h>

/* One event: `id: <id>` unless empty, then `data: <line>` for each line of `data` (CR, LF and CRLF
 * end a line; a reader gets LF), then the empty line. Empty data gives `data:` (the priming event
 * of MCP 2025-11-25). `id` must not contain CR, LF or NUL. */
void mcp__sse_event(struct mcp_buf *out, mcp_str id, mcp_str data);

/* The type of the event that is appended next; without one it is "message". */
void mcp__sse_type(struct mcp_buf *out, mcp_str type);

/* Like mcp__sse_event() with empty data and the field `retry`, in milliseconds. */
void mcp__sse_priming(struct mcp_buf *out, mcp_str id, int64_t retry_ms);

/* A comment that only keeps proxies awake. */
void mcp__sse_comment(struct mcp_buf *out);

#endif
