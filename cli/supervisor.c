/* cli/supervisor.c - see supervisor.h. */
#include <cli/supervisor.h>

#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A path, or '@' and an abstract name. */
static int dial(const char *name)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t len = strlen(name);
    int fd;

    if ((name[0] != '/' && name[0] != '@') || len >= sizeof(to.sun_path)) {
        return -1;
    }
    memcpy(to.sun_path, name, len);
    if (name[0] == '@') {
        to.sun_path[0] = '\0';
    }
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&to,
                           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len))) {
        close(fd);
        return -1;
    }
    return fd;
}

void cli_supervisor_open(struct cli_supervisor *s)
{
    const char *name = getenv("NOTIFY_SOCKET");

    s->fd = name ? dial(name) : -1;
    s->has_watchdog = getenv("WATCHDOG_USEC") != NULL;
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
}

void cli_supervisor_close(struct cli_supervisor *s)
{
    if (s->fd >= 0) {
        close(s->fd);
    }
    s->fd = -1;
}

/* A supervisor that is not there is no reason to stop. */
static void tell(const struct cli_supervisor *s, mcp_str state)
{
    if (s->fd >= 0) {
        (void)send(s->fd, state.ptr, state.len, MSG_NOSIGNAL);
    }
}

void cli_supervisor_ready(const struct cli_supervisor *s)
{
    tell(s, MCP_STR("READY=1"));
}

void cli_supervisor_reloading(const struct cli_supervisor *s)
{
    tell(s, MCP_STR("RELOADING=1"));
}

void cli_supervisor_tick(const struct cli_supervisor *s)
{
    if (s->has_watchdog) {
        tell(s, MCP_STR("WATCHDOG=1"));
    }
}
