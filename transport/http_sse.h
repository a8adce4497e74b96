/* transport/http_sse.h - HTTP+SSE, the transport of MCP 2024-11-05, for clients that know no other.
 *
 * GET <endpoint>/sse opens a session and its only event stream; the first event names the URI for
 * POST. A POST is answered 202; what it asked for comes on the stream. The session ends with the
 * stream: nothing is resumed. Ids are bound to the principal, as those of http_session.h are, and
 * neither transport knows the sessions of the other. Source: MCP 2024-11-05 basic/transports
 * "HTTP with SSE". Loop thread only. */
#ifndef MCP_TRANSPORT_HTTP_SSE_H
#define MCP_TRANSPORT_HTTP_SSE_H

#include <transport/http_stream.h>

/* A request to <endpoint>/sse that passed the guard and the auth step. */
void mcp__http_sse_handle(struct mcp__http_mcp *m, struct mcp_http_exchange *ex);

/* There was room on the stream `st`: progress of its calls that waited. False: it is gone. */
bool mcp__http_sse_flush(struct mcp__http_stream *st);

/* A graceful stop: `st` ends now, or with its last call. */
void mcp__http_sse_drain(struct mcp__http_stream *st);

#endif
