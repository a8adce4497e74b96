/* transport/http.c - see http.h: one server = listener + loop + wire + site, and how it stops. */
#include <transport/http.h>

#include <mcp/alloc.h>
#include <transport/http_card.h>
#include <transport/http_site.h>
#include <transport/http_stream.h>
#include <transport/lws_loop.h>

#include <stdio.h>

struct mcp_http {
    struct mcp_server *server;
    struct mcp_http_options opt; /* defaults filled in */
    struct mcp__http_wire wire;
    struct mcp__http_site *site;
    struct mcp__loop *loop;
    struct mcp__listen listen;
    void (*on_wake)(void *user);
    void *wake_user;
    void (*on_every)(void *user);
    void *every_user;
    void (*on_watch)(void *user);
    void *watch_user;
    void (*on_hangup)(void *user);
    void *hangup_user;
    bool is_stopping, is_hard;
    int64_t cut_ms; /* stopping: when patience ends */
};

/* ---- Options --------------------------------------------------------------------------------- */

static void default_size(size_t *v, size_t otherwise)
{
    *v = *v ? *v : otherwise;
}

static void default_ms(int64_t *v, int64_t otherwise)
{
    *v = *v ? *v : otherwise;
}

static void fill_defaults(struct mcp_http_options *o)
{
    o->listen = o->listen ? o->listen : "127.0.0.1:8080";
    o->endpoint = o->endpoint ? o->endpoint : "/mcp";
    default_size(&o->connections_max, 20000);
    default_size(&o->head_bytes_max, 16384);
    default_size(&o->target_bytes_max, 8000);
    default_size(&o->headers_max, 100);
    default_size(&o->body_bytes_max, 1 << 20);
    default_size(&o->trailer_bytes_max, 4096);
    default_size(&o->backlog_bytes_max, 4 << 20);
    default_size(&o->pipeline_bytes_max, 65536);
    default_ms(&o->head_timeout_ms, 10000);
    default_ms(&o->body_timeout_ms, 30000);
    default_ms(&o->idle_timeout_ms, 75000);
    default_ms(&o->write_timeout_ms, 30000);
    default_ms(&o->keep_alive_ms, 15000);
    default_size(&o->sessions_max, 10000);
    default_size(&o->sessions_per_token_max, o->sessions_max < 32 ? 8 : o->sessions_max / 4);
    default_ms(&o->session_idle_ms, 30 * 60000);
    default_size(&o->replay_bytes_max, 65536);
    default_size(&o->replay_events_max, 256);
    default_size(&o->replay_total_bytes_max, (size_t)64 << 20);
    default_size(&o->results_bytes_max, (size_t)64 << 20);
    default_ms(&o->retry_ms, 1000);
    default_ms(&o->drain_ms, 10000);
}

/* NULL, or what is wrong. */
static const char *wrong_option(const struct mcp_http_options *o)
{
    const int64_t times[] = {o->head_timeout_ms,  o->body_timeout_ms, o->idle_timeout_ms,
                             o->write_timeout_ms, o->keep_alive_ms,   o->session_idle_ms,
                             o->retry_ms,         o->drain_ms};

    if (!o->tls_cert != !o->tls_key) {
        return "a TLS certificate and its key are given together or not at all";
    }
    if (o->head_bytes_max < 256 || o->head_bytes_max > 1 << 20) {
        return "head_bytes_max must be 256 to 1,048,576";
    }
    if (o->headers_max > 10000) {
        return "headers_max must be at most 10,000";
    }
    if (o->body_bytes_max > 1 << 30) {
        return "body_bytes_max must be at most 1,073,741,824";
    }
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        if (times[i] < 0) {
            return "a time must not be negative";
        }
    }
    return NULL;
}

/* ---- What the loop tells --------------------------------------------------------------------- */

static void handle(void *user, struct mcp_http_exchange *ex)
{
    struct mcp_http *h = user;

    mcp__http_site_handle(h->site, ex);
}

static bool is_rpc(void *user, mcp_str path)
{
    const struct mcp_http *h = user;

    return mcp__http_site_is_mcp(h->site, path);
}

/* While stopping: done when nobody is connected and no handler and no task runs, or patience ends.
 */
static int64_t stop_turn(struct mcp_http *h)
{
    int64_t left_ms = h->cut_ms - mcp__loop_now_ms(h->loop);
    size_t tasks = mcp_server_tasks(h->server);

    if (left_ms <= 0 && (h->wire.connections || tasks)) {
        mcp_log(mcp_server_log(h->server), MCP_LOG_WARN,
                "stopped with %zu connections still busy, and %zu tasks", h->wire.connections,
                tasks);
    }
    if (left_ms <= 0 ||
        (h->wire.connections == 0 && mcp_server_working(h->server) == 0 && !tasks)) {
        mcp__loop_stop(h->loop);
    }
    return left_ms > 0 ? left_ms : 0;
}

static int64_t on_turn(void *user)
{
    struct mcp_http *h = user;

    mcp__http_wire_turn(&h->wire);
    int64_t wait_ms = mcp__http_sooner(mcp_server_tick(h->server), mcp__http_site_tick(h->site));

    return h->is_stopping ? mcp__http_sooner(wait_ms, stop_turn(h)) : wait_ms;
}

static void on_second(void *user, int64_t now_ms)
{
    struct mcp_http *h = user;

    mcp__http_wire_sweep(&h->wire, now_ms, mcp_clock_wall_ms(mcp_server_clock(h->server)));
}

static void on_wake(void *user)
{
    struct mcp_http *h = user;

    if (h->opt.workers) {
        (void)mcp_workers_complete(h->opt.workers);
    }
    if (h->on_wake) {
        h->on_wake(h->wake_user);
    }
}

/* On a worker. */
static void wake(void *user)
{
    mcp__loop_wake(user);
}

static void on_watch(void *user)
{
    struct mcp_http *h = user;

    h->on_watch(h->watch_user);
}

static void on_every(void *user)
{
    struct mcp_http *h = user;

    if (h->on_every) {
        h->on_every(h->every_user);
    }
}

static void on_signal(void *user, enum mcp__loop_signal signal)
{
    struct mcp_http *h = user;

    if (signal == MCP__LOOP_STOP) {
        mcp_http_stop(h);
        return;
    }
    mcp__loop_reload(h->loop);
    if (h->on_hangup) {
        h->on_hangup(h->hangup_user);
    }
}

/* What can be said of options without listening. */
static bool check(const struct mcp_http_options *o, char *reterr, size_t reterr_bytes)
{
    const char *wrong = wrong_option(o);

    if (wrong) {
        snprintf(reterr, reterr_bytes, "%s", wrong);
    }
    return !wrong &&
           mcp__listen_check(o->listen, o->allow_public || o->tls_cert, reterr, reterr_bytes);
}

/* ---- Life ------------------------------------------------------------------------------------ */

static bool start(struct mcp_http *h, char *reterr, size_t reterr_bytes)
{
    struct mcp__loop_options loop = {
        .wire = &h->wire,
        .hooks = {h, on_turn, on_second, on_wake, on_every, on_signal, on_watch},
        .log = mcp_server_log(h->server),
        .connections_max = h->opt.connections_max,
        .tls_cert = h->opt.tls_cert,
        .tls_key = h->opt.tls_key,
    };

    if (!check(&h->opt, reterr, reterr_bytes) ||
        !mcp__listen_open(&h->listen, h->opt.listen, h->opt.allow_public || h->opt.tls_cert, reterr,
                          reterr_bytes)) {
        return false;
    }
    h->site = mcp__http_site_new(h->server, &h->opt, h->listen.is_unix, reterr, reterr_bytes);
    if (!h->site) {
        return false;
    }
    h->loop = mcp__loop_new(&loop, reterr, reterr_bytes);
    if (!h->loop) {
        return false;
    }
    mcp__loop_listen(h->loop, &h->listen);
    if (h->opt.workers) {
        mcp_workers_on_wake(h->opt.workers, wake, h->loop);
    }
    on_second(h, mcp__loop_now_ms(h->loop));
    return true;
}

struct mcp_http *mcp_http_new(struct mcp_server *server, const struct mcp_http_options *opt,
                              char *reterr, size_t reterr_bytes)
{
    struct mcp_http *h = mcp_alloc_new(struct mcp_http);

    if (!h) {
        snprintf(reterr, reterr_bytes, "out of memory");
        return NULL;
    }
    h->server = server;
    h->opt = *opt;
    h->listen.fd = -1;
    fill_defaults(&h->opt);
    mcp__http_wire_init(&h->wire, &h->opt, &mcp__loop_io);
    h->wire.handle = handle;
    h->wire.is_rpc = is_rpc;
    h->wire.has_turns = true;
    h->wire.user = h;
    if (!start(h, reterr, reterr_bytes)) {
        mcp_http_free(h);
        return NULL;
    }
    return h;
}

void mcp_http_free(struct mcp_http *h)
{
    if (!h) {
        return;
    }
    if (h->loop) {
        mcp__loop_unlisten(h->loop);
    }
    if (h->loop && h->opt.workers) {
        mcp_workers_on_wake(h->opt.workers, NULL, NULL);
    }
    mcp__listen_close(&h->listen);
    mcp__loop_free(h->loop); /* exchanges that are open hear `gone` here */
    mcp__http_site_free(h->site);
    mcp__http_wire_free(&h->wire);
    mcp_free(h);
}

bool mcp_http_check(struct mcp_server *server, const struct mcp_http_options *opt, char *reterr,
                    size_t reterr_bytes)
{
    struct mcp_http_options o = *opt;
    struct mcp__http_card card = {0};

    fill_defaults(&o);
    bool is_fine = check(&o, reterr, reterr_bytes) &&
                   mcp__http_card_init(&card, server, &o, reterr, reterr_bytes);

    mcp__http_card_free(&card);
    return is_fine;
}

const char *mcp_http_address(const struct mcp_http *h)
{
    return h->listen.address;
}

const struct mcp_http_options *mcp_http_options(const struct mcp_http *h)
{
    return &h->opt;
}

const char *mcp_http_retune(struct mcp_http *h, const struct mcp_http_options *opt)
{
    struct mcp_http_options next = h->opt, wanted = *opt;

    fill_defaults(&wanted);
    next.head_timeout_ms = wanted.head_timeout_ms;
    next.body_timeout_ms = wanted.body_timeout_ms;
    next.idle_timeout_ms = wanted.idle_timeout_ms;
    next.write_timeout_ms = wanted.write_timeout_ms;
    next.keep_alive_ms = wanted.keep_alive_ms;
    next.session_idle_ms = wanted.session_idle_ms;
    next.retry_ms = wanted.retry_ms;
    next.drain_ms = wanted.drain_ms;
    next.allowed_hosts = wanted.allowed_hosts;
    next.allowed_origins = wanted.allowed_origins;
    const char *wrong = wrong_option(&next);

    if (!wrong) {
        h->opt = next;
        mcp__http_site_retune(h->site);
    }
    return wrong;
}

void mcp_http_on_served(struct mcp_http *h, void (*fn)(void *user, const struct mcp_http_served *s),
                        void *user)
{
    h->wire.on_served = fn;
    h->wire.served_user = user;
}

struct mcp_http_gauges mcp_http_gauges(const struct mcp_http *h)
{
    return (struct mcp_http_gauges){h->wire.connections, mcp__http_site_sessions(h->site)};
}

int mcp_http_run(struct mcp_http *h)
{
    mcp__loop_run(h->loop);
    return h->is_hard ? 1 : 0;
}

void mcp_http_stop(struct mcp_http *h)
{
    if (h->is_stopping) {
        h->is_hard = true;
        mcp__loop_stop(h->loop);
        return;
    }
    h->is_stopping = true;
    h->cut_ms = mcp__loop_now_ms(h->loop) + h->opt.drain_ms;
    mcp__loop_unlisten(h->loop);
    mcp__listen_close(&h->listen);
    mcp__http_site_drain(h->site);
    mcp__http_wire_drain(&h->wire);
}

void mcp_http_on_wake(struct mcp_http *h, void (*fn)(void *user), void *user)
{
    h->on_wake = fn;
    h->wake_user = user;
}

void mcp_http_wake(struct mcp_http *h)
{
    mcp__loop_wake(h->loop);
}

void mcp_http_every(struct mcp_http *h, int64_t period_ms, void (*fn)(void *user), void *user)
{
    h->on_every = fn;
    h->every_user = user;
    mcp__loop_every(h->loop, period_ms);
}

bool mcp_http_watch(struct mcp_http *h, int fd, void (*fn)(void *user), void *user)
{
    h->on_watch = fn;
    h->watch_user = user;
    return mcp__loop_watch(h->loop, fd);
}

void mcp_http_signals(struct mcp_http *h, void (*on_hangup)(void *user), void *user)
{
    h->on_hangup = on_hangup;
    h->hangup_user = user;
    mcp__loop_signals(h->loop);
}
