/* transport/system.c - see system.h. */
#include <transport/system.h>

#include <mcp/timestamp.h>

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static int64_t read_ms(clockid_t id)
{
    struct timespec t = {0};

    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t wall_ms(void *user)
{
    (void)user;
    return read_ms(CLOCK_REALTIME);
}

static int64_t monotonic_ms(void *user)
{
    (void)user;
    return read_ms(CLOCK_MONOTONIC);
}

void mcp_system_clock(struct mcp_clock *ret)
{
    *ret = (struct mcp_clock){.wall_ms = wall_ms, .monotonic_ms = monotonic_ms};
}

/* One write for one line, so that lines of several processes do not mix. */
static void write_line(void *user, enum mcp_log_level level, mcp_str line)
{
    static const char *const NAMES[] = {"error", "warn", "info", "debug"};
    char at[MCP_TIMESTAMP_BYTES], text[1100];
    mcp_str when = mcp_timestamp_format(wall_ms(user), at);
    int n = snprintf(text, sizeof(text), "%.*s %s %.*s\n", MCP_STR_ARG(when),
                     NAMES[(unsigned)level <= MCP_LOG_DEBUG ? level : MCP_LOG_DEBUG],
                     MCP_STR_ARG(line));

    if (n > 0) {
        size_t len = (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;
        ssize_t done = write(STDERR_FILENO, text, len);

        (void)done; /* nobody is left to tell */
    }
}

void mcp_stderr_log(struct mcp_log *ret)
{
    *ret = (struct mcp_log){.write = write_line, .max = MCP_LOG_INFO};
}

bool mcp_ready_notify(int fd, const char *address)
{
    char line[256];
    int n = snprintf(line, sizeof(line), "%s\n", address);
    bool is_written = n > 0 && (size_t)n < sizeof(line) && write(fd, line, (size_t)n) == (ssize_t)n;

    return close(fd) == 0 && is_written;
}
