/* tools/text_json.h - texts that may be missing, in results. */
#ifndef CISTERN_TOOLS_TEXT_JSON_H
#define CISTERN_TOOLS_TEXT_JSON_H

#include <mcp/json.h>

/* `key`: the text, or null when it is empty. */
static inline void text_json_put(struct mcp_json_writer *w, mcp_str key, mcp_str s)
{
    if (s.len) {
        mcp_json_member_str(w, key, s);
    } else {
        mcp_json_member_null(w, key);
    }
}

#endif
