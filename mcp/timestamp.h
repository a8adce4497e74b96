/* mcp/timestamp.h - RFC 3339 text and milliseconds since 1970, both ways. Pure. */
#ifndef MCP_TIMESTAMP_H
#define MCP_TIMESTAMP_H

#include <mcp/str.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MCP_TIMESTAMP_BYTES 24 /* "2026-06-17T08:02:11.000Z", no NUL */

/* UTC with three digits of milliseconds. Years 0000..9999; outside is clamped. Not terminated. */
MCP_API mcp_str mcp_timestamp_format(int64_t wall_ms, char out[MCP_TIMESTAMP_BYTES]);

/* RFC 3339 date-time with any offset, 'T' and 'Z' in either case, 0..9 fraction digits (beyond
 * milliseconds cut off), leap second 60 accepted. False on anything else. */
MCP_API bool mcp_timestamp_parse(mcp_str s, int64_t *ret_wall_ms);

/* 0 = Sunday .. 6 = Saturday, UTC. */
MCP_API int mcp_timestamp_weekday(int64_t wall_ms);

#ifdef __cplusplus
}
#endif
#endif
