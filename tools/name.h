/* tools/name.h - names and ids: what may be stored, and how it is shown in a sentence. Pure. */
#ifndef CISTERN_TOOLS_NAME_H
#define CISTERN_TOOLS_NAME_H

#include <mcp/arena.h>
#include <mcp/str.h>

enum {
    NAME_BYTES_MAX = 320, /* 80 code points */
    NAME_SLUG_MAX = 64,
    NAME_ID_BYTES = 36 /* "6f9619ff-8b86-4011-b42d-00c04fc964ff", no NUL */
};

/* NULL, or what is wrong: empty, over `bytes_max`, not UTF-8, a space at either end, or a code
 * point that does not show as itself (control characters, line and paragraph separators,
 * direction overrides, byte order mark). */
const char *name_check(mcp_str s, size_t bytes_max);

/* NULL, or what is wrong with an http or https URL: printable ASCII, a host. */
const char *name_check_url(mcp_str s);

/* "Hunter API v2" gives "hunter-api-v2"; "tool" when nothing is left. */
mcp_str name_slug(mcp_str s, char out[NAME_SLUG_MAX]);

/* For a sentence: in quotes, escaped as JSON does, cut near 100 bytes. In `arena`. */
mcp_str name_quoted(struct mcp_arena *arena, mcp_str s);

/* A random id (UUID version 4, 122 random bits), and its text. */
void name_id_new(uint8_t ret[16]);
mcp_str name_id_format(const uint8_t id[16], char out[NAME_ID_BYTES]);
bool name_id_parse(mcp_str s, uint8_t ret[16]);

#endif
