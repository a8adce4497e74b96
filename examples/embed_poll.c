/* examples/embed_poll.c - the engine in an event loop of your own: poll(2), a Unix socket, several
 * clients, one JSON-RPC message a line. It links libcistern alone and starts no thread.
 *
 *     embed_poll PATH            listens on a new Unix socket until SIGINT or SIGTERM
 *     socat - UNIX-CONNECT:PATH  is a client
 *
 * What an embedder owes the engine:
 *
 *     a message is complete   mcp_server_handle(), with who sent it and a sink
 *     the sink is called      queue the bytes, and nothing else
 *     a turn is over          mcp_server_tick(), which says how long poll() may sleep
 *     a client is gone        mcp_server_cancel(), mcp_session_free()
 *
 * and what it owes itself: a cap on all that a client can push against. */
#define _POSIX_C_SOURCE 200809L

#include <mcp/alloc.h>
#include <mcp/buf.h>
#include <mcp/call.h>
#include <mcp/server.h>
#include <transport/system.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    CLIENTS_MAX = 64,           /* more wait in the listener's backlog */
    CALLS_MAX = 32,             /* of one client; then its lines wait */
    CALL_BYTES_MAX = 1 << 20,   /* memory of a call, so also the largest reply */
    LINE_BYTES_MAX = 1 << 20,   /* a longer line is refused, and its client let go */
    BEHIND_BYTES = 64 << 10,    /* unsent; then a client's lines, progress and changes wait */
    UNSENT_BYTES_MAX = 4 << 20, /* a client that lets so much pile up is let go */
    READ_BYTES = 16 << 10
};

/* ---- What the server offers: a notice, seen by all clients ------------------------------------
 */

static mcp_err pin(struct mcp_call *call, void *user)
{
    struct mcp_buf *notice = user;

    mcp_buf_clear(notice);
    mcp_buf_add(notice, mcp_arg_str(call, "text"));
    if (notice->failed) {
        return MCP_E_OVERLOADED; /* out of memory: the schema keeps it short enough */
    }
    mcp_server_changed(mcp_call_server(call), MCP_CHANGED_RESOURCE, MCP_STR("board://notice"));
    return mcp_text(call, "Pinned.");
}

static mcp_err read_notice(struct mcp_call *call, void *user)
{
    return mcp_text_as(call, mcp_buf_str(user), NULL);
}

/* One second of `wait`; it is the next one's handler, too. Cancelled, it comes due at once. */
static mcp_err second(struct mcp_call *call, void *user)
{
    int64_t *passed = user, seconds = mcp_arg_int(call, "seconds", 1);

    if (mcp_call_is_cancelled(call)) {
        mcp_log(mcp_server_log(mcp_call_server(call)), MCP_LOG_INFO, "wait: nobody waits any more");
        return MCP_OK;
    }
    mcp_progress(call, ++*passed * 1000000, seconds * 1000000, MCP_STR(""));
    return *passed < seconds ? mcp_call_after(call, 1000, second, passed)
                             : mcp_text(call, "Waited %d s.", (int)seconds);
}

static mcp_err wait_seconds(struct mcp_call *call, void *user)
{
    int64_t *passed = mcp_arena_new(mcp_call_arena(call), int64_t, 1);

    (void)user;
    return passed ? mcp_call_after(call, 1000, second, passed) : MCP_E_OVERLOADED;
}

static const struct mcp_tool TOOLS[] = {
    {
        .name = "pin",
        .description = "Replace the notice that everybody sees.",
        .input_schema = MCP_JSON({
            "type" : "object",
            "required" : ["text"],
            "properties" : {"text" : {"type" : "string", "maxLength" : 1000}}
        }),
        .hints = MCP_DESTRUCTIVE | MCP_IDEMPOTENT,
        .fn = pin,
    },
    {
        .name = "wait",
        .description = "Answer after some seconds, with progress.",
        .input_schema = MCP_JSON({
            "type" : "object",
            "required" : ["seconds"],
            "properties" : {"seconds" : {"type" : "integer", "minimum" : 1, "maximum" : 60}}
        }),
        .hints = MCP_READ_ONLY,
        .fn = wait_seconds,
    },
    {0},
};

static const struct mcp_resource RESOURCES[] = {
    {
        .uri = "board://notice",
        .name = "notice",
        .description = "What was pinned last.",
        .mime_type = "text/plain",
        .read = read_notice,
    },
    {0},
};

/* ---- A client ----------------------------------------------------------------------------------
 */

/* Its one sink takes the replies to all its messages, and what is said beside them. */
struct client {
    struct mcp_sink sink; /* first: the engine hands &sink back */
    struct mcp_session *session;
    struct mcp_buf in, out;
    size_t scanned; /* bytes of `in` that hold no newline */
    size_t sent;    /* bytes of `out` */
    int fd;
    bool has_ended; /* it will say nothing more */
    bool is_lost;   /* it will hear nothing more */
};

static size_t unsent(const struct client *c)
{
    return c->out.len - c->sent;
}

static bool is_behind(struct mcp_sink *sink)
{
    return unsent((const struct client *)(void *)sink) > BEHIND_BYTES;
}

static void say(struct client *c, mcp_str message)
{
    mcp_buf_add(&c->out, message);
    mcp_buf_byte(&c->out, '\n');
    c->is_lost |= c->out.failed;
}

static void on_notify(struct mcp_sink *sink, mcp_str message, bool is_progress)
{
    if (!is_progress || !is_behind(sink)) { /* the next progress says all that this one does */
        say((struct client *)(void *)sink, message);
    }
}

static void on_finish(struct mcp_sink *sink, const struct mcp_reply *reply)
{
    if (reply->message.len) {
        say((struct client *)(void *)sink, reply->message);
    }
}

/* No more lines now: it does not read what it is told, or enough of its calls are under way. */
static bool is_paused(struct client *c)
{
    return c->is_lost || is_behind(&c->sink) || mcp_session_busy(c->session) >= CALLS_MAX;
}

static bool has_lines(struct client *c)
{
    return c->scanned < c->in.len && !is_paused(c);
}

/* Nothing is left to do for it: after the end of its input, the work that it began is finished;
 * what waits for an answer of its is not. */
static bool is_over(struct client *c)
{
    return c->is_lost ||
           (c->has_ended && c->scanned == c->in.len && !unsent(c) && !mcp_session_busy(c->session));
}

static void read_some(struct client *c)
{
    char *room = mcp_buf_room(&c->in, READ_BYTES);
    ssize_t n = room ? recv(c->fd, room, READ_BYTES, 0) : -1;

    if (n > 0) {
        c->in.len += (size_t)n;
    } else if (n == 0) {
        c->has_ended = true;
    } else {
        c->is_lost = !room || (errno != EAGAIN && errno != EINTR);
    }
}

static void write_some(struct client *c)
{
    while (unsent(c) && !c->is_lost) {
        ssize_t n = send(c->fd, c->out.ptr + c->sent, unsent(c), MSG_NOSIGNAL);

        if (n < 0) {
            c->is_lost = errno != EAGAIN && errno != EINTR;
            break;
        }
        c->sent += (size_t)n;
    }
    if (c->sent > c->out.len / 2) { /* so each byte is moved at most once */
        mcp_buf_drop(&c->out, c->sent);
        c->sent = 0;
    }
}

static void handle(struct mcp_server *server, struct client *c, mcp_str line)
{
    const struct mcp_peer peer = {.principal = {.scopes = "*"}, /* the socket's mode says who */
                                  .claim = MCP_SESSION_FOUND,
                                  .session = c->session,
                                  .is_behind = is_behind};

    mcp_server_handle(server, line, &peer, &c->sink);
}

/* Handle the complete lines of `in`. Bytes are looked at once, however they come. */
static void take_lines(struct mcp_server *server, struct client *c)
{
    size_t begin = 0;

    while (has_lines(c)) {
        const char *end = memchr(c->in.ptr + c->scanned, '\n', c->in.len - c->scanned);

        c->scanned = end ? (size_t)(end - c->in.ptr) + 1 : c->in.len;
        if (end && c->scanned - begin > 1) {
            handle(server, c, mcp_str_n(c->in.ptr + begin, c->scanned - begin - 1));
        }
        begin = end ? c->scanned : begin;
    }
    mcp_buf_drop(&c->in, begin);
    c->scanned -= begin;
    if (c->scanned > LINE_BYTES_MAX) {
        handle(server, c, MCP_STR("")); /* is answered "not JSON" */
        mcp_buf_clear(&c->in);
        c->scanned = 0;
        c->has_ended = true;
    }
}

static void client_free(struct mcp_server *server, struct client *c)
{
    mcp_server_cancel(server, &c->sink);
    mcp_session_free(c->session);
    mcp_buf_free(&c->in);
    mcp_buf_free(&c->out);
    close(c->fd);
    mcp_free(c);
}

/* Takes over `fd`. NULL when out of memory. */
static struct client *client_new(struct mcp_server *server, int fd)
{
    struct client *c = mcp_alloc_new(struct client);

    if (!c) {
        close(fd);
        return NULL;
    }
    *c = (struct client){.sink = {on_notify, on_finish}, .fd = fd};
    c->session = mcp_session_new(server);
    mcp_buf_init(&c->in, LINE_BYTES_MAX + READ_BYTES);
    mcp_buf_init(&c->out, UNSENT_BYTES_MAX);
    if (!c->session || !mcp_session_attach(c->session, &c->sink, is_behind)) {
        client_free(server, c);
        return NULL;
    }
    return c;
}

/* ---- The loop ----------------------------------------------------------------------------------
 */

struct loop {
    struct mcp_server *server;
    int listener, signals;
    struct client *clients[CLIENTS_MAX];
    size_t n_clients;
    bool is_short; /* of descriptors or memory: no new clients for a moment */
};

enum { AT_SIGNALS, AT_LISTENER, AT_CLIENTS };

static void accept_one(struct loop *l)
{
    int fd = accept(l->listener, NULL, NULL);

    l->is_short = fd < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED;
    if (fd >= 0) {
        fcntl(fd, F_SETFL, O_NONBLOCK);
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        struct client *c = client_new(l->server, fd);

        if (c) {
            l->clients[l->n_clients++] = c;
        }
    }
}

static void serve(struct loop *l, struct client *c, short ready)
{
    if (ready & (POLLHUP | POLLERR)) {
        c->is_lost = true; /* nobody is left to answer, as opposed to the end of what it says */
    } else if (ready & POLLIN) {
        read_some(c);
    }
    take_lines(l->server, c);
}

/* Sleep until something happens, but not beyond `due_ms`, when the engine wants to be called. */
static int wait_for(struct loop *l, struct pollfd *fds, int64_t due_ms)
{
    int64_t ms = l->is_short ? 1000 : 60000;

    fds[AT_SIGNALS] = (struct pollfd){.fd = l->signals, .events = POLLIN};
    fds[AT_LISTENER] = (struct pollfd){
        .fd = l->n_clients < CLIENTS_MAX && !l->is_short ? l->listener : -1, .events = POLLIN};
    l->is_short = false;
    ms = due_ms >= 0 && due_ms < ms ? due_ms : ms;
    for (size_t i = 0; i < l->n_clients; i++) {
        struct client *c = l->clients[i];
        bool wants_in = !c->has_ended && c->scanned == c->in.len && !is_paused(c);

        fds[AT_CLIENTS + i] = (struct pollfd){.fd = c->fd};
        fds[AT_CLIENTS + i].events = (short)((wants_in ? POLLIN : 0) | (unsent(c) ? POLLOUT : 0));
        ms = is_over(c) || has_lines(c) ? 0 : ms;
    }
    return poll(fds, AT_CLIENTS + l->n_clients, (int)ms);
}

/* Everything that is due, then sleep. The order matters: handling and cancelling set timers, so
 * the engine is asked for the time after them; what it says then is written before the sleep. */
static void run(struct loop *l)
{
    struct pollfd fds[AT_CLIENTS + CLIENTS_MAX] = {{.fd = -1}};

    while (!(fds[AT_SIGNALS].revents & POLLIN)) {
        for (size_t i = l->n_clients; i-- > 0;) {
            serve(l, l->clients[i], fds[AT_CLIENTS + i].revents);
            if (is_over(l->clients[i])) {
                client_free(l->server, l->clients[i]);
                l->clients[i] = l->clients[--l->n_clients];
            }
        }
        if (fds[AT_LISTENER].revents & POLLIN) {
            accept_one(l);
        }
        int64_t due_ms = mcp_server_tick(l->server);

        for (size_t i = 0; i < l->n_clients; i++) {
            write_some(l->clients[i]);
        }
        if (wait_for(l, fds, due_ms) < 0) {
            memset(fds, 0, sizeof(fds)); /* interrupted: nothing is known to be ready */
        }
    }
}

/* ---- The program -------------------------------------------------------------------------------
 */

static int signal_pipe[2];

static void on_signal(int number)
{
    int kept = errno;
    ssize_t done = write(signal_pipe[1], &number, 1);

    (void)done; /* full: it is known already */
    errno = kept;
}

/* A descriptor that becomes readable when the process is asked to end; -1: failed. */
static int watch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    if (pipe(signal_pipe) != 0) {
        return -1;
    }
    fcntl(signal_pipe[1], F_SETFL, O_NONBLOCK);
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return signal_pipe[0];
}

/* Only this user may connect. -1 with errno. */
static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t n = strlen(path);
    mode_t mask = umask(0077);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    if (n >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, n);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(fd, CLIENTS_MAX) != 0) {
        return -1;
    }
    umask(mask);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static struct mcp_server *make_server(struct mcp_buf *notice)
{
    struct mcp_server_options opt = {
        .name = "embed_poll",
        .version = "1.0",
        .tools = &(struct mcp_tool_set){TOOLS, notice},
        .n_tools = 1,
        .resources = &(struct mcp_resource_set){RESOURCES, notice},
        .n_resources = 1,
        .announces = MCP_CHANGED_RESOURCE,
        .call_bytes_max = CALL_BYTES_MAX,
    };
    char why[256];

    mcp_system_clock(&opt.clock);
    mcp_stderr_log(&opt.log);
    struct mcp_server *server = mcp_server_new(&opt, why, sizeof(why));

    if (!server) {
        fprintf(stderr, "embed_poll: %s\n", why);
    }
    return server;
}

int main(int argc, char **argv)
{
    struct mcp_buf notice;
    struct loop loop = {.listener = -1};
    int code = 70; /* EX_SOFTWARE: a row is wrong */

    if (argc != 2 || argv[1][0] == '-') {
        fputs("usage: embed_poll PATH\n", stderr);
        return 64; /* EX_USAGE */
    }
    mcp_buf_init(&notice, 4096);
    loop.server = make_server(&notice);
    loop.signals = loop.server ? watch_signals() : -1;
    loop.listener = loop.signals < 0 ? -1 : listen_at(argv[1]);
    if (loop.listener >= 0) {
        printf("listening on %s\n", argv[1]);
        fflush(stdout);
        run(&loop);
        unlink(argv[1]);
        code = 0;
    } else if (loop.server) {
        perror(argv[1]);
        code = 69; /* EX_UNAVAILABLE */
    }
    while (loop.n_clients) {
        client_free(loop.server, loop.clients[--loop.n_clients]);
    }
    mcp_server_free(loop.server);
    mcp_buf_free(&notice);
    return code;
}
