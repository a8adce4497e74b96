/* transport/lws_loop.c - see lws_loop.h. Rule 4: libwebsockets runs on our libuv loop, stopped by
 * uv_stop() from uv_signal, never by a flag around lws_service(). */
#include <transport/lws_private.h>

#include <mcp/alloc.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BUFFER_BYTES = 65536,
    DESCRIPTORS_BESIDES = 1024 /* files, store, outbound */
};

static const struct lws_protocols PROTOCOLS[] = {
    {.name = "http", .callback = mcp__lws_callback, .tx_packet_size = BUFFER_BYTES}, /* rule 2 */
    {.name = NULL},
};

/* libwebsockets scans a table of RLIMIT_NOFILE entries at every close, about 1 ns each: enough
 * for the connections, not the million that containers allow. */
static void set_descriptors(size_t connections_max)
{
    struct rlimit limit;
    rlim_t want = (rlim_t)connections_max + DESCRIPTORS_BESIDES;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur =
            limit.rlim_max == RLIM_INFINITY || want < limit.rlim_max ? want : limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int64_t now_of(const struct mcp__loop *loop)
{
    return (int64_t)uv_now(&loop->uv);
}

/* ---- Handles --------------------------------------------------------------------------------- */

static void on_due(uv_timer_t *t)
{
    struct mcp__loop *loop = t->data;

    loop->due_ms = 0; /* the turn does what is due */
}

static void on_turn(uv_prepare_t *handle)
{
    struct mcp__loop *loop = handle->data;
    int64_t wait_ms = loop->opt.hooks.turn ? loop->opt.hooks.turn(loop->opt.hooks.user) : -1;
    int64_t at = wait_ms < 0 ? 0 : now_of(loop) + (wait_ms ? wait_ms : 1);

    if (at && (!loop->due_ms || at < loop->due_ms)) {
        loop->due_ms = at;
        uv_timer_start(&loop->due, on_due, (uint64_t)(at - now_of(loop)), 0);
    }
}

static void on_second(uv_timer_t *t)
{
    struct mcp__loop *loop = t->data;

    loop->is_full_told = false;
    if (loop->opt.hooks.second) {
        loop->opt.hooks.second(loop->opt.hooks.user, now_of(loop));
    }
}

static void on_every(uv_timer_t *t)
{
    struct mcp__loop *loop = t->data;

    if (loop->opt.hooks.every) {
        loop->opt.hooks.every(loop->opt.hooks.user);
    }
}

static void on_watch(uv_poll_t *p, int status, int events)
{
    struct mcp__loop *loop = p->data;

    struct pollfd fd = {.events = POLLIN};

    (void)events;
    (void)uv_fileno((const uv_handle_t *)p, &fd.fd);
    if (status < 0 || poll(&fd, 1, 0) < 0 || (fd.revents & ~POLLIN && !(fd.revents & POLLIN))) {
        uv_poll_stop(p); /* broken, or its writer is gone: it would be told without end */
    }
    loop->opt.hooks.watch(loop->opt.hooks.user);
}

static void on_wake(uv_async_t *a)
{
    struct mcp__loop *loop = a->data;

    if (loop->opt.hooks.wake) {
        loop->opt.hooks.wake(loop->opt.hooks.user);
    }
}

static void on_signal(uv_signal_t *s, int signum)
{
    struct mcp__loop *loop = s->data;

    if (loop->opt.hooks.signal) {
        loop->opt.hooks.signal(loop->opt.hooks.user,
                               signum == SIGHUP ? MCP__LOOP_HANGUP : MCP__LOOP_STOP);
    }
}

static bool init_handles(struct mcp__loop *loop)
{
    if (uv_loop_init(&loop->uv)) {
        return false;
    }
    loop->uv.data = loop; /* marks the loop as begun */
    bool ok = uv_prepare_init(&loop->uv, &loop->turn) == 0 &&
              uv_timer_init(&loop->uv, &loop->second) == 0 &&
              uv_timer_init(&loop->uv, &loop->due) == 0 &&
              uv_timer_init(&loop->uv, &loop->every) == 0 &&
              uv_async_init(&loop->uv, &loop->wake, on_wake) == 0;

    loop->turn.data = loop->second.data = loop->due.data = loop->every.data = loop->wake.data =
        loop;
    return ok && uv_prepare_start(&loop->turn, on_turn) == 0 &&
           uv_timer_start(&loop->second, on_second, 1000, 1000) == 0;
}

/* ---- libwebsockets --------------------------------------------------------------------------- */

static bool init_context(struct mcp__loop *loop, char *reterr, size_t reterr_bytes)
{
    void *loops[] = {&loop->uv};
    struct lws_context_creation_info info = {
        .port = loop->opt.tls_cert ? CONTEXT_PORT_NO_LISTEN_SERVER : CONTEXT_PORT_NO_LISTEN,
        .protocols = PROTOCOLS,
        .gid = -1,
        .uid = -1,
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   (loop->opt.tls_cert ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0),
        .foreign_loops = loops,
        .pcontext = &loop->context,
        .pt_serv_buf_size = BUFFER_BYTES, /* rule 2, and big reads */
        .vhost_name = "default",
        .ssl_cert_filepath = loop->opt.tls_cert,
        .ssl_private_key_filepath = loop->opt.tls_key,
        .alpn = "http/1.1",
    };

    lws_set_log_level(0, NULL);
    loop->context = lws_create_context(&info);
    if (!loop->context) {
        snprintf(reterr, reterr_bytes,
                 "libwebsockets cannot use libuv (is the package libwebsockets-evlib-uv "
                 "installed?)");
        return false;
    }
    loop->vhost = lws_create_vhost(loop->context, &info);
    if (!loop->vhost) {
        snprintf(reterr, reterr_bytes, "libwebsockets refuses the certificate %s or its key %s",
                 loop->opt.tls_cert ? loop->opt.tls_cert : "(none)",
                 loop->opt.tls_key ? loop->opt.tls_key : "(none)");
        return false;
    }
    return true;
}

struct mcp__loop *mcp__loop_new(const struct mcp__loop_options *opt, char *reterr,
                                size_t reterr_bytes)
{
    struct mcp__loop *loop = mcp_alloc_new(struct mcp__loop);

    if (!loop) {
        snprintf(reterr, reterr_bytes, "out of memory");
        return NULL;
    }
    loop->opt = *opt;
    loop->reserve_fd = -1;
    signal(SIGPIPE, SIG_IGN);
    set_descriptors(opt->connections_max);
    if (!init_handles(loop)) {
        snprintf(reterr, reterr_bytes, "libuv cannot make a loop");
        mcp__loop_free(loop);
        return NULL;
    }
    if (!init_context(loop, reterr, reterr_bytes)) {
        mcp__loop_free(loop);
        return NULL;
    }
    loop->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    loop->opt.wire->now_ms = now_of(loop);
    return loop;
}

static void close_handle(uv_handle_t *handle, void *user)
{
    struct mcp__loop *loop = user;

    /* Ours carry the loop; those of libwebsockets are its own to close. */
    if (handle->data == loop && !uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

/* libwebsockets closes its handles through the loop, so the loop has to run once more. */
void mcp__loop_free(struct mcp__loop *loop)
{
    if (!loop) {
        return;
    }
    if (loop->uv.data) {
        if (loop->context) {
            lws_context_destroy(loop->context);
        }
        uv_walk(&loop->uv, close_handle, loop);
        uv_run(&loop->uv, UV_RUN_DEFAULT);
        if (loop->context) {
            lws_context_destroy(loop->context);
        }
        uv_loop_close(&loop->uv);
    }
    if (loop->reserve_fd >= 0) {
        close(loop->reserve_fd);
    }
    mcp_free(loop);
}

/* ---- What http.c calls ----------------------------------------------------------------------- */

void mcp__loop_listen(struct mcp__loop *loop, struct mcp__listen *l)
{
    loop->listen = l;
    loop->acceptor.data = loop;
    loop->is_accepting = uv_poll_init(&loop->uv, &loop->acceptor, l->fd) == 0 &&
                         uv_poll_start(&loop->acceptor, UV_READABLE, mcp__lws_accept) == 0;
}

void mcp__loop_unlisten(struct mcp__loop *loop)
{
    if (loop->is_accepting) {
        loop->is_accepting = false;
        uv_close((uv_handle_t *)&loop->acceptor, NULL);
    }
}

void mcp__loop_run(struct mcp__loop *loop)
{
    uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void mcp__loop_stop(struct mcp__loop *loop)
{
    uv_stop(&loop->uv);
}

int64_t mcp__loop_now_ms(const struct mcp__loop *loop)
{
    return now_of(loop);
}

void mcp__loop_wake(struct mcp__loop *loop)
{
    uv_async_send(&loop->wake);
}

void mcp__loop_every(struct mcp__loop *loop, int64_t period_ms)
{
    uint64_t period = period_ms > 0 ? (uint64_t)period_ms : 1;

    uv_timer_start(&loop->every, on_every, period, period);
}

bool mcp__loop_watch(struct mcp__loop *loop, int fd)
{
    if (loop->watched.data || uv_poll_init(&loop->uv, &loop->watched, fd)) {
        return false;
    }
    loop->watched.data = loop;
    return uv_poll_start(&loop->watched, UV_READABLE, on_watch) == 0;
}

void mcp__loop_signals(struct mcp__loop *loop)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};

    for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]) && !loop->has_signals; i++) {
        if (uv_signal_init(&loop->uv, &loop->signals[i]) == 0) {
            loop->signals[i].data = loop;
            uv_signal_start(&loop->signals[i], on_signal, numbers[i]);
        }
    }
    loop->has_signals = true;
}

void mcp__loop_reload(struct mcp__loop *loop)
{
    if (loop->opt.tls_cert) {
        lws_tls_cert_updated(loop->context, loop->opt.tls_cert, loop->opt.tls_key, NULL, 0, NULL,
                             0);
    }
}
