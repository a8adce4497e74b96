/* mcp/log.h - where log lines go, injected.
 *
 * A line is UTF-8 without a newline; control characters in values are escaped before it is
 * written. Secrets never reach it: callers log ids and hints, never credentials or bodies. */
#ifndef MCP_LOG_H
#define MCP_LOG_H

#include <mcp/str.h>

#ifdef __cplusplus
extern "C" {
#endif

/* From what an operator must know to what a developer may. */
enum mcp_log_level { MCP_LOG_ERROR, MCP_LOG_WARN, MCP_LOG_INFO, MCP_LOG_DEBUG };

/* Where lines go. All zero: nowhere. */
struct mcp_log {
    void (*write)(void *user, enum mcp_log_level level, mcp_str line); /* NULL: discard */
    void *user;
    enum mcp_log_level max; /* the most talkative level that is written */
    /* Of a level up to `max`: whether it is written now. Asked before a line is put together, by
     * every thread that logs. NULL: all are. */
    bool (*is_wanted)(void *user, enum mcp_log_level level);
};

/* Whether a line of that level would be written; false without a log. */
MCP_API bool mcp_log_wants(const struct mcp_log *log, enum mcp_log_level level);

/* At most 1,000 bytes of text are kept; invalid UTF-8 and control bytes become '?'. `log` may be
 * NULL. */
MCP_API void mcp_log(const struct mcp_log *log, enum mcp_log_level level, const char *fmt, ...)
    MCP_FORMAT(3, 4);

#ifdef __cplusplus
}
#endif
#endif
