/* cli/logfile.c - the server's log. */
#include <cli/logfile.h>
#include <mcp/timestamp.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const char *const LEVELS[] = {
    [MCP_LOG_ERROR] = "error",
    [MCP_LOG_WARN] = "warn",
    [MCP_LOG_INFO] = "info",
    [MCP_LOG_DEBUG] = "debug",
};

static int open_path(const char *path)
{
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
}

bool cli_logfile_open(struct cli_logfile *f, const char *path, const struct mcp_clock *clock)
{
    *f = (struct cli_logfile){
        .path = path, .clock = *clock, .fd = STDERR_FILENO, .max = MCP_LOG_INFO};
    if (path) {
        f->fd = open_path(path);
    }
    return f->fd >= 0;
}

bool cli_logfile_reopen(struct cli_logfile *f)
{
    int fd = f->path ? open_path(f->path) : -1;

    if (fd < 0) {
        return !f->path;
    }
    /* dup3 replaces the file in one step: the writer thread may be logging right now. */
    bool is_done = dup3(fd, f->fd, O_CLOEXEC) >= 0;

    close(fd);
    return is_done;
}

void cli_logfile_close(struct cli_logfile *f)
{
    if (f->path && f->fd >= 0) {
        close(f->fd);
    }
    *f = (struct cli_logfile){.fd = -1};
}

static void write_line(void *user, enum mcp_log_level level, mcp_str line)
{
    struct cli_logfile *f = user;
    char at[MCP_TIMESTAMP_BYTES], out[1200];
    mcp_str when = mcp_timestamp_format(mcp_clock_wall_ms(&f->clock), at);
    int n = snprintf(out, sizeof(out), "%.*s %s %.*s", MCP_STR_ARG(when), LEVELS[level],
                     MCP_STR_ARG(line));
    size_t len = n < 0 ? 0 : (size_t)n;

    if ((int)level > f->max) {
        return;
    }
    if (len > sizeof(out) - 1) {
        len = sizeof(out) - 1;
    }
    out[len] = '\n';
    ssize_t written = write(f->fd, out, len + 1);

    (void)written; /* there is nowhere to say that the log cannot be written */
}

struct mcp_log cli_logfile_log(struct cli_logfile *f)
{
    return (struct mcp_log){.write = write_line, .user = f, .max = MCP_LOG_DEBUG};
}

bool cli_log_level(const char *name, enum mcp_log_level *ret)
{
    for (size_t i = 0; i < sizeof(LEVELS) / sizeof(LEVELS[0]); i++) {
        if (strcmp(name, LEVELS[i]) == 0) {
            *ret = (enum mcp_log_level)i;
            return true;
        }
    }
    return false;
}
