/* cli/logfile.h - the server's log: time, level and line, to a file that SIGHUP reopens. */
#ifndef CLI_LOGFILE_H
#define CLI_LOGFILE_H

#include <mcp/clock.h>
#include <mcp/log.h>

#include <stdatomic.h>

struct cli_logfile {
    const char *path; /* NULL: standard error */
    struct mcp_clock clock;
    int fd;
    bool is_json; /* an object a line: time, level, message, and the fields that end the message */
    _Atomic int
        max; /* enum mcp_log_level, the most talkative that is written; set it at any time */
};

/* Open for appending, 0600 when it is new. False: errno says why. */
bool cli_logfile_open(struct cli_logfile *f, const char *path, const struct mcp_clock *clock);
/* Open `path` again, after log rotation. When that fails the old file stays in use. */
bool cli_logfile_reopen(struct cli_logfile *f);
void cli_logfile_close(struct cli_logfile *f);

/* One write() per line, so lines of several threads do not mix. */
struct mcp_log cli_logfile_log(struct cli_logfile *f);

struct mcp_http_served;
/* An answer as a line: address, method, path, status, milliseconds, serial, trace. The query is
 * left out, and so are headers and bodies: what is in them may be secret. */
void cli_access_log(const struct mcp_log *log, const struct mcp_http_served *s);

/* "text", "json". */
bool cli_log_is_format(const char *name);

/* "error", "warn", "info", "debug". */
bool cli_log_level(const char *name, enum mcp_log_level *ret);

#endif
