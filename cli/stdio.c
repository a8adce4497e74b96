/* cli/stdio.c - MCP over standard input and output, as the local operator with scope read. */
#include <cli/commands.h>
#include <cli/local.h>
#include <cli/print.h>
#include <transport/stdio.h>

#include <sys/timerfd.h>
#include <unistd.h>

#define WATCH_NS (100 * 1000000L) /* as serve does */

const struct cli_option cli_stdio_options[] = {CLI_ROW_DATA, CLI_ROWS_DEFAULTS, CLI_ROW_END};

struct stdio {
    struct cli_local local;
    int timer_fd; /* -1: none to be had, then changes are told with the next message */
    bool is_watching;
};

/* The timer runs while somebody has subscribed: a client that has not costs no wake-ups. */
static void set_timer(struct stdio *s, bool is_watching)
{
    const struct timespec period = {0, is_watching ? WATCH_NS : 0};
    const struct itimerspec spec = {period, period};

    if (s->timer_fd >= 0 && s->is_watching != is_watching &&
        timerfd_settime(s->timer_fd, 0, &spec, NULL) == 0) {
        s->is_watching = is_watching;
    }
}

static void on_timer(void *user)
{
    struct stdio *s = user;
    uint64_t n;

    (void)!read(s->timer_fd, &n, sizeof(n)); /* empties it; how often does not matter */
    tools_watch(s->local.tools, s->local.server);
}

static void on_turn(void *user)
{
    struct stdio *s = user;
    uint64_t owner;

    (void)store_complete(s->local.store);
    bool has_listener = mcp_server_listeners(s->local.server, &owner, 1) > 0;

    if (has_listener && !s->is_watching) {
        tools_watch(s->local.tools, s->local.server); /* what it is compared with from now on */
    }
    set_timer(s, has_listener);
}

enum cli_exit cli_stdio_run(struct cli *cli)
{
    struct cli_local_options opt = {.create = true, .log = cli_stderr_log(MCP_LOG_WARN)};
    struct mcp_stdio_options so = {
        .on_turn = on_turn, .on_wake = on_timer, .principal = tools_operator()};
    struct stdio s = {.timer_fd = -1};
    enum cli_exit code = cli_local_open(cli, &opt, &s.local);

    if (code) {
        return code;
    }
    if (s.local.is_new) { /* perhaps a mistyped --data: nobody else will say so */
        cli_say(cli, CLI_DONE, "a new store was made in %s", s.local.dir);
    }
    /* A model talks here, not its owner. */
    snprintf(so.principal.scopes, sizeof(so.principal.scopes), "read");
    s.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    so.wake_fd = s.timer_fd > 0 ? s.timer_fd : 0;
    so.user = &s;
    so.workers = s.local.workers;
    code = mcp_stdio_serve(s.local.server, &so) == 0 ? CLI_DONE : CLI_IO;
    if (s.timer_fd >= 0) {
        close(s.timer_fd);
    }
    if (!cli_local_close(&s.local)) {
        _exit((int)code);
    }
    return code;
}
