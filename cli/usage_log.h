/* cli/usage_log.h - a line of an access log, as far as usage needs it. Pure. */
#ifndef CLI_USAGE_LOG_H
#define CLI_USAGE_LOG_H

#include <mcp/str.h>

#define USAGE_LINE_BYTES_MAX (((int64_t)1 << 53) - 1)

struct usage_line {
    mcp_str address, user; /* point into the line */
    int64_t at_ms, bytes;
    int status;
};

/* A line of nginx's "combined", without its end: $remote_addr - $remote_user [$time_local]
 * "$request" $status $body_bytes_sent ... The rest may be anything. nginx writes a quote in a
 * value as \x22, so that nobody's user name or request can end a field. False: it is none. */
bool usage_line_parse(mcp_str line, struct usage_line *ret);

#endif
