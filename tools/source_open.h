/* tools/source_open.h - a stored source, opened: its definition and the values it needs. */
#ifndef CISTERN_TOOLS_SOURCE_OPEN_H
#define CISTERN_TOOLS_SOURCE_OPEN_H

#include <tools/source_row.h>

/* Everything in `arena`; wipe ret->secret when it was used. `id` is the connection's. NULL, or why
 * not: a clause. */
const char *source_open(const struct seal *seal, const uint8_t id[16], const struct source *s,
                        struct mcp_arena *arena, mcp_json *ret_definition,
                        struct source_values *ret);

#endif
