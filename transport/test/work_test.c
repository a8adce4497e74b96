/* Blocking handlers in real processes (work_server.c, an mcp_main()): over sockets and pipes, many
 * at a time, some that never return, and how the process ends meanwhile. */
#include <transport/test/child_http.h>

#include <errno.h>

static char server_path[4096];

static void start_http(struct child *c, const char *workers)
{
    const char *const argv[] = {
        server_path, "--http=127.0.0.1:0", "--ready-fd=3", "--log-level=warn", workers, NULL};

    child_start(c, argv, true);
}

static void start_stdio(struct child *c, const char *workers)
{
    const char *const argv[] = {server_path, "--log-level=warn", workers, NULL};

    child_start(c, argv, false);
}

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

#define MODERN                                                                                     \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io."                  \
    "modelcontextprotocol/clientCapabilities\":{}}"
#define CALL(id, name, arguments)                                                                  \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"tools/call\",\"params\":{" MODERN             \
    ",\"name\":\"" name "\",\"arguments\":{" arguments "}}}"
#define HEADERS(name)                                                                              \
    "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: " name "\r\n"

/* The end of a process with a handler that never returns: code 0, within its drain and the second
 * after it, and it says so. */
static void expect_left_end(struct child *c, int64_t from_ms, const char *part)
{
    struct mcp_buf err;

    mcp_buf_init(&err, 1 << 20);
    T_EQ(child_wait(c, &err), 0);
    T_HAS(mcp_buf_str(&err), part);
    T_HAS(mcp_buf_str(&err), "blocking handlers that do not return");
    int64_t ms = now_ms() - from_ms;

    ck_assert_msg(ms >= 2400 && ms < 20000, "%lld ms", (long long)ms);
    mcp_buf_free(&err);
}

/* ---- HTTP ---- */

/* Says hello: how many hang. */
static int hanging(struct conn *k)
{
    char text[16];

    mcp_buf_clear(&k->in);
    post(k, HEADERS("hello"), CALL("2", "hello", ""));
    until(k, " hanging");
    cut(mcp_buf_str(&k->in), "hello, ", ' ', text, sizeof(text));
    return (int)strtol(text, NULL, 10);
}

/* Until `n` hang. On a busy machine a call may be over its time limit before its thread has begun:
 * that one is answered likewise, and never runs. */
static void hang(struct conn *k, struct conn *other, int n)
{
    do {
        mcp_buf_clear(&k->in);
        post(k, HEADERS("hang"), CALL("1", "hang", ""));
        until(k, "the tool took longer than 200 ms\"}],\"isError\":true");
    } while (hanging(other) < n);
}

static bool has_heard_nothing(const struct conn *k)
{
    char byte;

    return recv(k->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == -1 && errno == EAGAIN;
}

/* 64 clients, each with a handler that returns when eight run at a time; a quick call in between.
 */
static void handlers_overlap_and_the_loop_stays_quick(void)
{
    static struct conn k[64];
    struct conn quick;
    struct child c;
    int64_t most_ms = 0;

    start_http(&c, "--workers=8");
    dial(&quick, &c);
    for (int i = 0; i < 7; i++) {
        dial(&k[i], &c);
        post(&k[i], HEADERS("meet"), CALL("1", "meet", "\"n\":8"));
    }
    for (int i = 0; i < 20; i++) { /* seven wait for the eighth */
        int64_t from_ms = now_ms();

        T_EQ(hanging(&quick), 0);
        most_ms = now_ms() - from_ms > most_ms ? now_ms() - from_ms : most_ms;
    }
    printf("# a call beside seven blocked workers takes at most %d ms\n", (int)most_ms);
    for (int i = 0; i < 7; i++) {
        T_CHECK(has_heard_nothing(&k[i]));
    }
    for (int i = 7; i < 64; i++) {
        dial(&k[i], &c);
        post(&k[i], HEADERS("meet"), CALL("1", "meet", "\"n\":8"));
    }
    for (int i = 0; i < 64; i++) {
        until(&k[i], "met 8");
        hang_up(&k[i]);
    }
    hang_up(&quick);
    child_stop(&c);
}

static void what_hangs_is_answered_for_and_the_rest_goes_on(void)
{
    struct conn a, b, queued, refused;
    struct child c;

    start_http(&c, "--workers-queue=1");
    dial(&a, &c);
    dial(&b, &c);
    for (int n = 1; n <= 8; n++) { /* all threads there are */
        hang(&a, &b, n);
    }
    dial(&queued, &c);
    dial(&refused, &c);
    post(&queued, HEADERS("sleep"), CALL("3", "sleep", ""));
    T_EQ(hanging(&b), 8); /* the queued one was heard before */
    post(&refused, HEADERS("sleep"), CALL("4", "sleep", ""));
    until(&refused, "HTTP/1.1 503");
    until(&refused, "too many calls wait for one already");
    hang_up(&queued); /* gone, and so is its place in the queue */
    mcp_buf_clear(&refused.in);
    do {
        mcp_buf_clear(&refused.in);
        post(&refused, HEADERS("hang"), CALL("5", "hang", ""));
        until(&refused, "}}");
    } while (t_has(mcp_buf_str(&refused.in), MCP_STR("503")));
    T_HAS(mcp_buf_str(&refused.in), "the tool took longer than 200 ms");
    hang_up(&a);
    hang_up(&b);
    hang_up(&refused);
    int64_t from_ms = now_ms();

    kill(c.pid, SIGTERM);
    expect_left_end(&c, from_ms, "left without waiting for 8 ");
}

/* Its client is still there: the connection is cut after the drain, and the process ends. */
static void a_process_ends_in_spite_of_a_handler_that_never_returns(void)
{
    struct conn a, b;
    struct child c;

    start_http(&c, NULL);
    dial(&a, &c);
    post(&a, HEADERS("endless"), CALL("1", "endless", ""));
    dial(&b, &c);
    while (hanging(&b) != 1) {
    }
    int64_t from_ms = now_ms();

    kill(c.pid, SIGTERM);
    expect_left_end(&c, from_ms, "stopped with 1 connections still busy");
    hang_up(&a);
    hang_up(&b);
}

static void the_drain_lets_a_handler_finish(void)
{
    struct conn a;
    struct child c;

    start_http(&c, NULL);
    dial(&a, &c);
    post(&a, HEADERS("sleep") "Connection: close\r\n",
         "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"_meta\":{"
         "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
         "\"io.modelcontextprotocol/clientCapabilities\":{},\"progressToken\":7},"
         "\"name\":\"sleep\",\"arguments\":{\"ms\":100}}}");
    until(&a, "asleep"); /* a connection without a request would be closed by the drain */
    kill(c.pid, SIGTERM);
    until(&a, "slept after");
    hang_up(&a);
    child_expect_end(&c, 0);
}

/* ---- Pipes ---- */

static void over_pipes_handlers_overlap_and_report(void)
{
    static char line[65536];
    struct child c;

    start_stdio(&c, "--workers=2");
    child_write(&c, CALL("1", "meet", "\"n\":2") "\n" CALL("9", "hello", "") "\n");
    T_HAS(mcp_str_c(child_line(&c, line, sizeof(line))), "\"id\":9");
    child_write(&c, CALL("2", "meet", "\"n\":2") "\n");
    T_HAS(mcp_str_c(child_line(&c, line, sizeof(line))), "met 2");
    T_HAS(mcp_str_c(child_line(&c, line, sizeof(line))), "met 2");
    child_write(&c, "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/call\",\"params\":{"
                    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                    "\"io.modelcontextprotocol/clientCapabilities\":{},\"progressToken\":7},"
                    "\"name\":\"sleep\",\"arguments\":{\"ms\":60000}}}\n");
    T_HAS(mcp_str_c(child_line(&c, line, sizeof(line))), "\"progress\":1,");
    child_write(&c, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{"
                    "\"requestId\":3}}\n" CALL("4", "sleep", "\"ms\":1") "\n");
    T_HAS(mcp_str_c(child_line(&c, line, sizeof(line))), "\"id\":4");
    child_close_in(&c); /* nothing runs: it does not wait for the drain */
    child_expect_end(&c, 0);
}

static void input_may_end_while_handlers_run(void)
{
    static char line[65536];
    struct child c;

    start_stdio(&c, NULL);
    child_write(&c, CALL("1", "sleep", "\"ms\":100") "\n");
    child_close_in(&c);
    T_HAS(mcp_str_c(child_line(&c, line, sizeof(line))), "slept after");
    child_expect_end(&c, 0);
}

static void over_pipes_a_process_ends_too(void)
{
    static char line[65536];
    struct child c;

    for (int by_signal = 0; by_signal < 2; by_signal++) {
        start_stdio(&c, NULL);
        do {
            child_write(&c, CALL("1", "hang", "") "\n");
            T_HAS(mcp_str_c(child_line(&c, line, sizeof(line))), "took longer than 200 ms");
            child_write(&c, CALL("2", "hello", "") "\n");
        } while (strstr(child_line(&c, line, sizeof(line)), "hello, 0 hanging"));
        int64_t from_ms = now_ms();

        if (by_signal) {
            kill(c.pid, SIGTERM);
        } else {
            child_close_in(&c);
        }
        expect_left_end(&c, from_ms, "left without waiting for "); /* for one, or more */
    }
}

/* ---- The command line ---- */

static void a_wrong_number_of_workers_is_a_usage_error(void)
{
    static const char *const WRONG[] = {"--workers=0", "--workers=1025", "--workers=x",
                                        "--workers-queue=0"};

    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
        struct mcp_buf err;
        struct child c;

        mcp_buf_init(&err, 1 << 20);
        start_stdio(&c, WRONG[i]);
        T_EQ(child_wait(&c, &err), 64);
        T_HAS(mcp_buf_str(&err), "must be a number from 1 to ");
        mcp_buf_free(&err);
    }
}

static const struct t_case CASES[] = {
    T(handlers_overlap_and_the_loop_stays_quick),
    T(what_hangs_is_answered_for_and_the_rest_goes_on),
    T(a_process_ends_in_spite_of_a_handler_that_never_returns),
    T(the_drain_lets_a_handler_finish),
    T(over_pipes_handlers_overlap_and_report),
    T(input_may_end_while_handlers_run),
    T(over_pipes_a_process_ends_too),
    T(a_wrong_number_of_workers_is_a_usage_error),
};

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: work_test WORK_SERVER\n");
        return 64;
    }
    snprintf(server_path, sizeof(server_path), "%s", argv[1]);
    return t_main("transport/work", CASES, sizeof(CASES) / sizeof(CASES[0]));
}
