/* tools/time_json.h - times in arguments and results. */
#ifndef CISTERN_TOOLS_TIME_JSON_H
#define CISTERN_TOOLS_TIME_JSON_H

#include <mcp/json.h>

/* `key`: the time as text, or null for 0. */
void time_json_put(struct mcp_json_writer *w, mcp_str key, int64_t wall_ms);
/* The same without milliseconds, as the usage contract has it. */
void time_json_put_seconds(struct mcp_json_writer *w, mcp_str key, int64_t wall_ms);
/* A string of RFC 3339; false for anything else. */
bool time_json_get(mcp_json v, struct mcp_arena *arena, int64_t *ret_wall_ms);

#endif
