/* tools/time_json.c - see time_json.h. */
#include <tools/time_json.h>

#include <mcp/timestamp.h>

void time_json_put(struct mcp_json_writer *w, mcp_str key, int64_t wall_ms)
{
    char text[MCP_TIMESTAMP_BYTES];

    if (wall_ms) {
        mcp_json_member_str(w, key, mcp_timestamp_format(wall_ms, text));
    } else {
        mcp_json_member_null(w, key);
    }
}

void time_json_put_seconds(struct mcp_json_writer *w, mcp_str key, int64_t wall_ms)
{
    enum { SECONDS_BYTES = 19 }; /* "2026-06-17T08:02:11" */
    char text[MCP_TIMESTAMP_BYTES];

    if (!wall_ms) {
        mcp_json_member_null(w, key);
        return;
    }
    (void)mcp_timestamp_format(wall_ms, text);
    text[SECONDS_BYTES] = 'Z';
    mcp_json_member_str(w, key, mcp_str_n(text, SECONDS_BYTES + 1));
}

bool time_json_get(mcp_json v, struct mcp_arena *arena, int64_t *ret_wall_ms)
{
    return mcp_timestamp_parse(mcp_json_str(v, arena, mcp_str_n(NULL, 0)), ret_wall_ms);
}
