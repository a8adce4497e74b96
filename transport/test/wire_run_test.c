/* transport/test/wire_run_test.c - http.c: options, running, waking, stopping. */
#include <mcp/test/t.h>
#include <transport/http.h>
#include <transport/main.h>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

struct run {
    struct mcp_server *server;
    struct mcp_http *http;
    pthread_t thread;
    int woken, ticks, hangups, stop_after_ticks;
};

static struct mcp_server *engine(void)
{
    struct mcp_server_options opt = {.name = "test", .version = "1"};
    char err[256];

    mcp_system_clock(&opt.clock);
    struct mcp_server *s = mcp_server_new(&opt, err, sizeof(err));

    ck_assert_msg(s != NULL, "%s", err);
    return s;
}

static void setup(struct run *r)
{
    struct mcp_http_options opt = {.listen = "127.0.0.1:0"};
    char err[256] = "";

    *r = (struct run){.server = engine()};
    r->http = mcp_http_new(r->server, &opt, err, sizeof(err));
    ck_assert_msg(r->http != NULL, "%s", err);
}

static void teardown(struct run *r)
{
    mcp_http_free(r->http);
    mcp_server_free(r->server);
}

static void refused(struct mcp_http_options opt, const char *why)
{
    struct mcp_server *s = engine();
    char err[256] = "";

    opt.listen = opt.listen ? opt.listen : "127.0.0.1:0";
    T_CHECK(mcp_http_new(s, &opt, err, sizeof(err)) == NULL);
    T_HAS(mcp_str_c(err), why);
    mcp_server_free(s);
}

static void bad_options_are_refused_with_a_sentence(void)
{
    refused((struct mcp_http_options){.tls_cert = "x"}, "together");
    refused((struct mcp_http_options){.tls_key = "x"}, "together");
    refused((struct mcp_http_options){.tls_cert = "/none", .tls_key = "/none"}, "/none");
    refused((struct mcp_http_options){.head_bytes_max = 10}, "head_bytes_max");
    refused((struct mcp_http_options){.head_bytes_max = 1 << 21}, "head_bytes_max");
    refused((struct mcp_http_options){.headers_max = 10001}, "headers_max");
    refused((struct mcp_http_options){.body_bytes_max = (size_t)1 << 31}, "body_bytes_max");
    refused((struct mcp_http_options){.drain_ms = -1}, "negative");
    refused((struct mcp_http_options){.listen = "0.0.0.0:0"}, "public");
    refused((struct mcp_http_options){.listen = "nowhere"}, "not an address");
}

static void defaults_are_filled_in(void)
{
    struct run r;

    setup(&r);
    const struct mcp_http_options *o = mcp_http_options(r.http);

    T_STR(mcp_str_c(o->endpoint), "/mcp");
    T_EQ(o->connections_max, 20000);
    T_EQ(o->head_bytes_max, 16384);
    T_EQ(o->target_bytes_max, 8000);
    T_EQ(o->pipeline_bytes_max, 65536);
    T_EQ(o->drain_ms, 10000);
    T_HAS(mcp_str_c(mcp_http_address(r.http)), "127.0.0.1:");
    T_CHECK(!strstr(mcp_http_address(r.http), ":0"));
    teardown(&r);
}

static void on_wake(void *user)
{
    struct run *r = user;

    r->woken++;
    mcp_http_stop(r->http);
}

static void *wake_later(void *user)
{
    struct run *r = user;

    usleep(50000);
    mcp_http_wake(r->http);
    mcp_http_wake(r->http);
    return NULL;
}

static void another_thread_wakes_the_loop(void)
{
    struct run r;

    setup(&r);
    mcp_http_on_wake(r.http, on_wake, &r);
    T_EQ(pthread_create(&r.thread, NULL, wake_later, &r), 0);
    T_EQ(mcp_http_run(r.http), 0);
    T_CHECK(r.woken >= 1);
    pthread_join(r.thread, NULL);
    teardown(&r);
}

static void on_tick(void *user)
{
    struct run *r = user;

    if (++r->ticks == r->stop_after_ticks) {
        mcp_http_stop(r->http);
    }
}

static void the_period_comes_again_and_again(void)
{
    struct run r;

    setup(&r);
    r.stop_after_ticks = 5;
    mcp_http_every(r.http, 10, on_tick, &r);
    T_EQ(mcp_http_run(r.http), 0);
    T_EQ(r.ticks, 5);
    teardown(&r);
}

struct heard {
    struct run run;
    int fds[2];
    char bytes[2];
    size_t n;
};

/* A byte a turn: the loop calls again for the next. */
static void on_readable(void *user)
{
    struct heard *h = user;
    char byte = 0;

    T_EQ(read(h->fds[0], &byte, 1), 1);
    h->bytes[h->n++] = byte;
    if (h->n == 2) {
        mcp_http_stop(h->run.http);
    }
}

static void a_descriptor_is_watched_until_it_is_empty(void)
{
    struct heard h = {.n = 0};

    setup(&h.run);
    T_EQ(pipe(h.fds), 0);
    T_EQ(write(h.fds[1], "ab", 2), 2);
    T_CHECK(mcp_http_watch(h.run.http, h.fds[0], on_readable, &h));
    T_EQ(mcp_http_run(h.run.http), 0);
    T_CHECK(h.bytes[0] == 'a' && h.bytes[1] == 'b');
    teardown(&h.run);
    close(h.fds[0]);
    close(h.fds[1]);
}

static void what_cannot_be_waited_for_is_refused(void)
{
    struct run r;
    FILE *file = tmpfile();

    setup(&r);
    T_CHECK(file && !mcp_http_watch(r.http, fileno(file), on_readable, &r));
    T_CHECK(!mcp_http_watch(r.http, -1, on_readable, &r));
    teardown(&r);
    fclose(file);
}

static void on_hangup(void *user)
{
    struct run *r = user;

    r->hangups++;
    raise(SIGTERM);
}

static void hang_up(void *user)
{
    (void)user;
    raise(SIGHUP);
}

static void signals_call_back_and_stop(void)
{
    struct run r;

    setup(&r);
    mcp_http_signals(r.http, on_hangup, &r);
    mcp_http_every(r.http, 10, hang_up, &r);
    T_EQ(mcp_http_run(r.http), 0);
    T_CHECK(r.hangups >= 1);
    teardown(&r);
}

static void a_second_stop_is_hard(void)
{
    struct run r;

    setup(&r);
    mcp_http_stop(r.http);
    mcp_http_stop(r.http);
    T_EQ(mcp_http_run(r.http), 1);
    teardown(&r);
    mcp_http_free(NULL);
}

static void two_servers_live_in_one_process(void)
{
    struct run a, b;

    setup(&a);
    setup(&b);
    T_CHECK(strcmp(mcp_http_address(a.http), mcp_http_address(b.http)) != 0);
    mcp_http_stop(a.http);
    T_EQ(mcp_http_run(a.http), 0);
    mcp_http_stop(b.http);
    T_EQ(mcp_http_run(b.http), 0);
    teardown(&a);
    teardown(&b);
}

static const struct t_case cases[] = {
    T(bad_options_are_refused_with_a_sentence),
    T(defaults_are_filled_in),
    T(another_thread_wakes_the_loop),
    T(the_period_comes_again_and_again),
    T(a_descriptor_is_watched_until_it_is_empty),
    T(what_cannot_be_waited_for_is_refused),
    T(signals_call_back_and_stop),
    T(a_second_stop_is_hard),
    T(two_servers_live_in_one_process),
};
T_MAIN("wire_run", cases)
