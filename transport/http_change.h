/* transport/http_change.h - which GET stream of a legacy session hears of changes.
 *
 * One of them, the newest: a message must not go out on two (MCP 2025-11-25 basic/transports
 * "Multiple Connections"). Without one, changes wait in the engine as flags. Loop thread only. */
#ifndef MCP_TRANSPORT_HTTP_CHANGE_H
#define MCP_TRANSPORT_HTTP_CHANGE_H

#include <transport/http_stream.h>

/* `st` is a stream that GET opened, in a session, and it begins or ends. */
void mcp__http_change_begin(struct mcp__http_stream *st);
void mcp__http_change_end(struct mcp__http_stream *st);

/* A struct mcp_peer's is_behind for sinks that are streams. */
bool mcp__http_change_is_behind(struct mcp_sink *sink);

#endif
