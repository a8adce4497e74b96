/* cli/supervisor.h - what a service manager that speaks sd_notify(3) wants to hear: ready,
 * reloading, and that the loop turns. Nothing happens without $NOTIFY_SOCKET. */
#ifndef CLI_SUPERVISOR_H
#define CLI_SUPERVISOR_H

#include <mcp/str.h>

struct cli_supervisor {
    int fd; /* -1: there is none */
    bool has_watchdog;
};

/* Reads $NOTIFY_SOCKET and $WATCHDOG_USEC, and takes them out of the environment. */
void cli_supervisor_open(struct cli_supervisor *s);
void cli_supervisor_close(struct cli_supervisor *s); /* zeroed memory but for fd -1 is a no-op */

/* Also after a reload. */
void cli_supervisor_ready(const struct cli_supervisor *s);
void cli_supervisor_reloading(const struct cli_supervisor *s);
/* Once a second, while all is well. */
void cli_supervisor_tick(const struct cli_supervisor *s);

#endif
