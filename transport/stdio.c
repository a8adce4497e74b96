/* transport/stdio.c - see stdio.h. */
#include <transport/stdio.h>

#include <mcp/alloc.h>
#include <transport/line.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    READ_BYTES = 64 << 10,
    WRITE_BYTES = 4096,      /* a pipe that polls writable has room for one page: a larger write
                                could block, and O_NONBLOCK would change the parent's end, too */
    BACKLOG_BYTES = 1 << 20, /* unsent; then reading pauses and log messages are dropped */
    BEHIND_BYTES = 64 << 10, /* unsent; then only the newest progress is kept */
    EXIT_IO = 74             /* EX_IOERR */
};

/* Bounded in practice by calls_max replies: all else waits, or is left out. */
static const size_t OUT_BYTES_MAX = (size_t)1 << 30;

/* One request under way, or a message being handled. */
struct call {
    struct mcp_sink sink; /* first */
    struct serve *s;
    struct call *next, *prev;
    struct mcp_buf newest; /* progress that waits until the peer has read on */
};

struct serve {
    struct mcp_server *server;
    const struct mcp_stdio_options *opt;
    struct mcp_session *session;
    struct mcp_sink channel; /* notifications that belong to no call */
    struct mcp__line line;
    struct mcp_buf out;
    size_t out_at;
    struct call *calls;
    size_t n_calls;
    int in_fd, out_fd, signal_fd;
    int work_fd;         /* readable when a worker has something for us; -1: no workers */
    int64_t due_ms;      /* when the engine wants its next tick; -1: never */
    int64_t end_ms;      /* when to give up on calls, once is_ending */
    bool is_ending;      /* no more input */
    bool is_deaf;        /* wake_fd is at its end */
    bool is_broken;      /* the peer does not read any more */
    bool has_failed;     /* I/O error */
    bool is_out_of_room; /* a reply could not be queued */
    char chunk[READ_BYTES];
    mcp_str input; /* bytes of `chunk` that are not framed yet */
};

static int64_t now_ms(const struct serve *s)
{
    return mcp_clock_monotonic_ms(mcp_server_clock(s->server));
}

static size_t unsent(const struct serve *s)
{
    return s->out.len - s->out_at;
}

/* ---- What the engine says ---- */

static void put_line(struct serve *s, mcp_str message)
{
    mcp_buf_add(&s->out, message);
    mcp_buf_byte(&s->out, '\n');
    s->is_out_of_room |= s->out.failed;
}

static void flush_newest(struct call *c)
{
    if (c->newest.len) {
        put_line(c->s, mcp_buf_str(&c->newest));
        mcp_buf_clear(&c->newest);
    }
}

static void on_notify(struct mcp_sink *sink, mcp_str message, bool is_progress)
{
    struct call *c = (struct call *)(void *)sink;

    if (is_progress && unsent(c->s) > BEHIND_BYTES) {
        mcp_buf_clear(&c->newest);
        mcp_buf_add(&c->newest, message);
        return;
    }
    if (is_progress) {
        mcp_buf_clear(&c->newest);
    }
    flush_newest(c);
    put_line(c->s, message);
}

static struct serve *serve_of(struct mcp_sink *channel)
{
    return (struct serve *)(void *)((char *)channel - offsetof(struct serve, channel));
}

static void on_change(struct mcp_sink *channel, mcp_str message, bool is_progress)
{
    (void)is_progress;
    put_line(serve_of(channel), message);
}

static bool is_channel_behind(struct mcp_sink *channel)
{
    return unsent(serve_of(channel)) > BEHIND_BYTES;
}

static bool is_call_behind(struct mcp_sink *sink)
{
    return unsent(((struct call *)(void *)sink)->s) > BEHIND_BYTES;
}

static bool is_call_full(struct mcp_sink *sink)
{
    return unsent(((struct call *)(void *)sink)->s) > BACKLOG_BYTES;
}

static void forget(struct call *c)
{
    struct serve *s = c->s;

    *(c->prev ? &c->prev->next : &s->calls) = c->next;
    if (c->next) {
        c->next->prev = c->prev;
    }
    s->n_calls--;
    mcp_buf_free(&c->newest);
    mcp_free(c);
}

static void on_finish(struct mcp_sink *sink, const struct mcp_reply *reply)
{
    struct call *c = (struct call *)(void *)sink;

    if (reply->message.len) {
        put_line(c->s, reply->message);
    }
    forget(c);
}

static void forget_all(struct serve *s)
{
    while (s->calls) {
        mcp_server_cancel(s->server, &s->calls->sink);
        forget(s->calls);
    }
}

/* ---- Input ---- */

static void handle(struct serve *s, mcp_str message)
{
    struct mcp_peer peer = {.principal = s->opt->principal,
                            .claim = MCP_SESSION_FOUND,
                            .session = s->session,
                            .is_behind = is_call_behind,
                            .is_full = is_call_full};
    struct call *c = mcp_alloc_new(struct call);

    if (!c) {
        /* Nothing can be answered without knowing the id, and reading it needs memory. */
        s->is_out_of_room = true;
        return;
    }
    c->sink = (struct mcp_sink){on_notify, on_finish};
    c->s = s;
    mcp_buf_init(&c->newest, OUT_BYTES_MAX);
    c->next = s->calls;
    if (c->next) {
        c->next->prev = c;
    }
    s->calls = c;
    s->n_calls++;
    mcp_server_handle(s->server, message, &peer, &c->sink);
}

static bool is_full(const struct serve *s)
{
    size_t calls_max = s->opt->calls_max ? s->opt->calls_max : 256;

    /* Calls that wait for the client must not keep its answers out. */
    return mcp_session_busy(s->session) >= calls_max || unsent(s) > BACKLOG_BYTES;
}

/* Frame and handle what was read, until a limit is reached. */
static void take_input(struct serve *s)
{
    mcp_str line = {0};

    while (!is_full(s)) {
        switch (mcp__line_next(&s->line, &s->input, &line)) {
        case MCP__LINE_WHOLE:
            handle(s, line);
            break;
        case MCP__LINE_TOO_LONG:
            mcp_log(mcp_server_log(s->server), MCP_LOG_WARN, "stdin: a line is too long; skipped");
            handle(s, MCP_STR("")); /* the engine's words for "not JSON": -32700 */
            break;
        case MCP__LINE_MORE:
            return;
        }
    }
}

static void begin_end(struct serve *s)
{
    if (!s->is_ending) {
        s->is_ending = true;
        s->end_ms = now_ms(s) + (s->opt->drain_ms ? s->opt->drain_ms : 10000);
        mcp_server_stop_listening(s->server);
    }
}

static void read_some(struct serve *s)
{
    ssize_t n = read(s->in_fd, s->chunk, sizeof(s->chunk));
    mcp_str line = {0};

    if (n > 0) {
        s->input = mcp_str_n(s->chunk, (size_t)n);
        return;
    }
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return;
    }
    s->has_failed = n < 0 && errno != ECONNRESET;
    begin_end(s);
    if (n == 0 && mcp__line_end(&s->line, &line) == MCP__LINE_WHOLE) {
        handle(s, line); /* `printf '{...}' | server` */
    }
}

/* ---- Output ---- */

static ssize_t write_some(const struct serve *s)
{
    const char *at = s->out.ptr + s->out_at;
    size_t n = unsent(s);
    ssize_t done = send(s->out_fd, at, n, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (done < 0 && errno == ENOTSOCK) {
        done = write(s->out_fd, at, n < WRITE_BYTES ? n : WRITE_BYTES);
    }
    return done;
}

static void after_write(struct serve *s, size_t n)
{
    s->out_at += n;
    if (s->out_at == s->out.len) {
        mcp_buf_clear(&s->out);
        s->out_at = 0;
    } else if (s->out_at > s->out.len / 2) {
        mcp_buf_drop(&s->out, s->out_at);
        s->out_at = 0;
    }
    if (unsent(s) <= BEHIND_BYTES) {
        for (struct call *c = s->calls; c; c = c->next) {
            flush_newest(c);
        }
    }
}

/* As much as goes without waiting. */
static void write_out(struct serve *s)
{
    struct pollfd out = {.fd = s->out_fd, .events = POLLOUT};

    while (unsent(s) && poll(&out, 1, 0) == 1) {
        ssize_t n = write_some(s);

        if (n >= 0) {
            after_write(s, (size_t)n);
        } else if (errno == EPIPE || errno == ECONNRESET) {
            s->is_broken = true;
            return;
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR) {
            s->has_failed = s->is_broken = true;
            return;
        }
    }
}

/* ---- The loop ---- */

enum { AT_IN, AT_OUT, AT_SIGNAL, AT_WAKE, AT_WORK, AT_N };

/* Timers, then what they and the messages of this turn left for the end of it; once more, because
 * that may have set timers. */
static void run_due(struct serve *s)
{
    for (int i = 0; i < 2; i++) {
        s->due_ms = mcp_server_tick(s->server);
        if (s->opt->on_turn) {
            s->opt->on_turn(s->opt->user);
        }
    }
}

static int wait_ms(const struct serve *s)
{
    int64_t ms = s->due_ms;

    if (s->is_ending) {
        int64_t left_ms = s->end_ms - now_ms(s);

        ms = ms < 0 || left_ms < ms ? left_ms : ms;
        ms = ms < 0 ? 0 : ms;
    }
    if (s->input.len && !is_full(s)) {
        ms = 0;
    }
    return ms < 0 ? -1 : ms > 60000 ? 60000 : (int)ms;
}

/* True when a second signal asks to leave at once. */
static bool read_signal(struct serve *s)
{
    struct signalfd_siginfo info;
    bool is_again = s->is_ending;

    if (read(s->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        begin_end(s);
        s->input = mcp_str_n(NULL, 0); /* accepted is what was handled */
        return is_again;
    }
    return false;
}

/* What waits for the client waits in vain: nothing is read any more. */
static bool is_idle(const struct serve *s)
{
    return s->n_calls <= mcp_server_waiting(s->server) && mcp_server_working(s->server) == 0 &&
           mcp_server_tasks(s->server) == 0;
}

static bool is_over(struct serve *s)
{
    if (s->is_broken || s->is_out_of_room) {
        return true;
    }
    return s->is_ending &&
           ((s->input.len == 0 && unsent(s) == 0 && is_idle(s)) || now_ms(s) >= s->end_ms);
}

static void take_work(struct serve *s)
{
    uint64_t n;

    if (read(s->work_fd, &n, sizeof(n)) == (ssize_t)sizeof(n)) {
        (void)mcp_workers_complete(s->opt->workers);
    }
}

/* Wait, then do what is due; false: leave now. */
static bool turn(struct serve *s)
{
    const struct mcp_stdio_options *opt = s->opt;
    bool wants_in = !s->is_ending && s->input.len == 0 && !is_full(s);
    struct pollfd fds[AT_N] = {
        [AT_IN] = {.fd = wants_in ? s->in_fd : -1, .events = POLLIN},
        [AT_OUT] = {.fd = unsent(s) ? s->out_fd : -1, .events = POLLOUT},
        [AT_SIGNAL] = {.fd = s->signal_fd, .events = POLLIN},
        [AT_WAKE] = {.fd = opt->wake_fd > 0 && !s->is_deaf ? opt->wake_fd : -1, .events = POLLIN},
        [AT_WORK] = {.fd = s->work_fd, .events = POLLIN},
    };

    if (poll(fds, AT_N, wait_ms(s)) < 0 && errno != EINTR) {
        s->has_failed = true;
        return false;
    }
    if ((fds[AT_SIGNAL].revents & POLLIN) && read_signal(s)) {
        return false;
    }
    if (fds[AT_WAKE].revents && opt->on_wake) {
        /* Broken, or its writer is gone: it would be told without end. */
        s->is_deaf = !(fds[AT_WAKE].revents & POLLIN);
        opt->on_wake(opt->user);
    }
    if (fds[AT_WORK].revents) {
        take_work(s);
    }
    if (fds[AT_IN].revents && !s->is_ending) {
        read_some(s);
    }
    take_input(s);
    run_due(s);
    write_out(s);
    return !is_over(s);
}

static int run(struct serve *s)
{
    while (turn(s)) {
    }
    if (s->is_out_of_room) {
        mcp_log(mcp_server_log(s->server), MCP_LOG_ERROR,
                "stdout: out of memory for a reply; leaving");
    }
    return s->has_failed || s->is_out_of_room ? EXIT_IO : 0;
}

/* ---- Workers ---- */

/* On a worker, with the pool's lock. */
static void wake(void *user)
{
    const struct serve *s = user;
    const uint64_t one = 1;

    (void)!write(s->work_fd, &one, sizeof(one)); /* full: it is readable already */
}

static bool hear_workers(struct serve *s)
{
    s->work_fd = -1;
    if (!s->opt->workers) {
        return true;
    }
    s->work_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->work_fd >= 0) {
        mcp_workers_on_wake(s->opt->workers, wake, s);
    }
    return s->work_fd >= 0;
}

static void leave_workers(struct serve *s)
{
    if (s->work_fd >= 0) {
        mcp_workers_on_wake(s->opt->workers, NULL, NULL);
        close(s->work_fd);
    }
}

/* ---- Signals ---- */

/* SIGTERM and SIGINT arrive on a descriptor, a broken pipe as EPIPE; what was set is put back. */
struct signals {
    sigset_t mask;
    struct sigaction pipe;
};

static int take_signals(struct signals *ret)
{
    struct sigaction ignore = {0};
    sigset_t wanted;

    ignore.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &ignore, &ret->pipe);
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGINT);
    pthread_sigmask(SIG_BLOCK, &wanted, &ret->mask);
    return signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void put_signals_back(const struct signals *was)
{
    pthread_sigmask(SIG_SETMASK, &was->mask, NULL);
    sigaction(SIGPIPE, &was->pipe, NULL);
}

int mcp_stdio_serve(struct mcp_server *server, const struct mcp_stdio_options *opt)
{
    struct serve *s = mcp_alloc_new(struct serve);
    struct signals was;
    int code = EXIT_IO;

    if (!s) {
        return code;
    }
    s->server = server;
    s->due_ms = -1;
    s->opt = opt;
    s->in_fd = opt->in_fd;
    s->out_fd = opt->in_fd == 0 && opt->out_fd == 0 ? STDOUT_FILENO : opt->out_fd;
    mcp__line_init(&s->line, opt->line_bytes_max ? opt->line_bytes_max : (size_t)4 << 20);
    mcp_buf_init(&s->out, OUT_BYTES_MAX);
    s->signal_fd = take_signals(&was);
    s->session = mcp_session_new(server);
    s->channel.notify = on_change;
    if (hear_workers(s) && s->session && s->signal_fd >= 0 &&
        mcp_session_attach(s->session, &s->channel, is_channel_behind)) {
        code = run(s);
    }
    forget_all(s);
    mcp_session_free(s->session);
    leave_workers(s);
    if (s->signal_fd >= 0) {
        close(s->signal_fd);
    }
    put_signals_back(&was);
    mcp__line_free(&s->line);
    mcp_buf_free(&s->out);
    mcp_free(s);
    return code;
}
