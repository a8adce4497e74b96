/* HTTP+SSE in memory, for clients of 2024-11-05 (protocol.md 1.5). */
#include <transport/test/endpoint_bench.h>

static void get_sse(struct bench *b, int i, const char *headers)
{
    char text[512];

    snprintf(text, sizeof(text),
             "GET /mcp/sse HTTP/1.1\r\n" HOST "Accept: text/event-stream\r\n%s\r\n", headers);
    say(b, i, mcp_str_c(text));
}

/* The data of the first event, which is the URI to post to; b->session is the id in it. */
static bool read_uri(struct bench *b, int i)
{
    static const char BEFORE[] = "event: endpoint\ndata: /mcp/sse?sessionId=";
    struct answer a = got(b, i);
    mcp_str body = mcp_buf_str(&a.body);
    size_t n = sizeof(BEFORE) - 1;
    bool is_open = a.status == 200 && body.len >= n + 26 && memcmp(body.ptr, BEFORE, n) == 0 &&
                   memcmp(body.ptr + n + 24, "\n\n", 2) == 0;

    if (is_open) {
        memcpy(b->session, body.ptr + n, 24);
        b->session[24] = '\0';
    }
    answer_free(&a);
    return is_open;
}

static void post_to(struct bench *b, int i, const char *target, const char *headers,
                    const char *body)
{
    struct mcp_buf text;

    mcp_buf_init(&text, 1 << 20);
    mcp_buf_printf(&text,
                   "POST %s HTTP/1.1\r\n" HOST "Content-Type: application/json\r\n%s"
                   "Content-Length: %zu\r\n\r\n%s",
                   target, headers, strlen(body), body);
    if (!text.failed) {
        say(b, i, mcp_buf_str(&text));
    }
    mcp_buf_free(&text);
}

static void post_sse(struct bench *b, int i, const char *headers, const char *body)
{
    char target[128];

    snprintf(target, sizeof(target), "/mcp/sse?sessionId=%.80s", b->session);
    post_to(b, i, target, headers, body);
}

/* What is on the stream of line `i`. */
static void expect_event(struct bench *b, int i, const char *part)
{
    struct answer a = got(b, i);

    T_HAS(mcp_buf_str(&a.body), part);
    answer_free(&a);
}

static struct bench *open_old(struct mcp_http_options opt, const char *initialize)
{
    struct bench *b = open_bench(opt);

    get_sse(b, 1, "");
    T_CHECK(read_uri(b, 1));
    post_sse(b, 0, "", initialize);
    expect_body(b, 0, 202, "");
    post_sse(b, 0, "", INITIALIZED);
    expect_body(b, 0, 202, "");
    return b;
}

/* 1.5 rows 1 and 2 */
static void the_first_event_names_where_to_post_and_replies_come_as_messages(void)
{
    static const char *const BODIES[] = {INITIALIZE("2024-11-05"), INITIALIZE("2025-03-26")};
    static const char *const REVISIONS[] = {"2024-11-05", "2025-03-26"};

    for (int i = 0; i < 2; i++) {
        struct bench *b = open_old(NO_OPTIONS, BODIES[i]);
        struct answer a = got(b, 1);
        char part[128];

        T_STR(answer_header(&a, "Content-Type"), "text/event-stream");
        T_HAS(answer_header(&a, "Cache-Control"), "no-cache");
        T_STR(answer_header(&a, "X-Accel-Buffering"), "no");
        T_CHECK(!answer_header(&a, "Mcp-Session-Id").ptr);
        T_CHECK(!t_has(mcp_buf_str(&a.body), MCP_STR("id: ")));
        answer_free(&a);
        snprintf(part, sizeof(part), "\n\nevent: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,");
        expect_event(b, 1, part);
        expect_event(b, 1, REVISIONS[i]);
        post_sse(b, 0, "", PING);
        expect_body(b, 0, 202, "");
        expect_event(b, 1,
                     "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\n\n");
        bench_close(b);
    }
}

static void a_call_is_accepted_at_once_and_its_progress_and_result_follow(void)
{
    struct bench *b = open_old(NO_OPTIONS, INITIALIZE("2024-11-05"));
    char room[4096];

    post_sse(b, 0, "", SLOW("5", "{\"steps\":2}"));
    expect_body(b, 0, 202, "");
    post_sse(b, 0, "", PING);
    bench_wait(b, 500);
    events(b, 1, room, sizeof(room));
    T_EQ(count(room, "notifications/progress"), 2);
    T_CHECK(strstr(room, "\"id\":7,") < strstr(room, "\"id\":5,\"result\""));
    T_CHECK(!strstr(room, "end\n"));
    bench_close(b);
}

static void the_headers_of_a_post_reach_the_handler_and_the_log(void)
{
    struct bench *b = open_old(NO_OPTIONS, INITIALIZE("2024-11-05"));

    post_sse(b, 0, "traceparent: 00-c\r\nMcp-Method: tools/list\r\n",
             "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"tools/call\",\"params\":{\"name\":"
             "\"trace\",\"arguments\":{\"x\":\"v\"}}}");
    expect_body(b, 0, 202, "");
    expect_event(b, 1, "trace 00-c\"");
    bench_close(b);
}

static void a_call_may_write_to_the_clients_log(void)
{
    struct bench *b = open_old(NO_OPTIONS, INITIALIZE("2024-11-05"));
    char room[4096];

    post_sse(b, 0, "",
             "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"logging/setLevel\",\"params\":{\"level\":"
             "\"error\"}}");
    post_sse(b, 0, "", SLOW("5", "{\"steps\":2,\"logs\":true}"));
    bench_wait(b, 500);
    T_EQ(count(events(b, 1, room, sizeof(room)), "notifications/message"), 2);
    bench_close(b);
}

/* 1.1 row 9: as that revision says also here */
static void a_batch_is_answered_by_one_message(void)
{
    struct bench *b = open_old(NO_OPTIONS, INITIALIZE("2025-03-26"));

    post_sse(b, 0, "", "[" PING "," INITIALIZED "]");
    expect_body(b, 0, 202, "");
    expect_event(b, 1, "event: message\ndata: [{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}]\n\n");
    bench_close(b);
}

static void errors_go_to_the_stream_when_they_have_an_id_to_go_to(void)
{
    struct bench *b = open_old(NO_OPTIONS, INITIALIZE("2024-11-05"));

    post_sse(b, 0, "", "{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"no/such\"}");
    expect_body(b, 0, 202, "");
    expect_event(b, 1, "\"id\":8,\"error\":{\"code\":-32601");
    post_sse(b, 0, "", INITIALIZE("2024-11-05")); /* a second one */
    expect_body(b, 0, 202, "");
    expect_event(b, 1, "\"id\":1,\"error\":{\"code\":-32600");
    post_sse(b, 0, "", "{");
    expect_body(b, 0, 400, "-32700");
    post_sse(b, 0, "", "{}");
    expect_body(b, 0, 400, "-32600");
    bench_close(b);
    b = open_old(NO_OPTIONS, INITIALIZE("2025-11-25")); /* where such an error has no id member */
    post_sse(b, 0, "", "{");
    expect_body(b, 0, 400, "-32700");
    bench_close(b);
}

static void what_http_refuses_has_its_status(void)
{
    struct bench *b = open_old(NO_OPTIONS, INITIALIZE("2024-11-05"));

    post_to(b, 0, "/mcp/sse", "", PING);
    expect_body(b, 0, 404, "the legacy session");
    post_to(b, 0, "/mcp/sse?sessionId=", "", PING);
    expect_status(b, 0, 404);
    post_to(b, 0, "/mcp/sse?sessionId=012345678901234567890123", "", PING);
    expect_status(b, 0, 404);
    post_to(b, 0, "/mcp/sse?x=1&sessionid=y", "", PING);
    expect_status(b, 0, 404);
    say(b, 0, MCP_STR("GET /mcp/sse HTTP/1.1\r\n" HOST "Accept: application/json\r\n\r\n"));
    expect_status(b, 0, 406);
    say(b, 0, MCP_STR("POST /mcp/sse HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n"));
    expect_status(b, 0, 415);
    say(b, 0, MCP_STR("DELETE /mcp/sse HTTP/1.1\r\n" HOST "\r\n"));
    expect_status(b, 0, 405);
    say(b, 0, MCP_STR("OPTIONS /mcp/sse HTTP/1.1\r\n" HOST "\r\n"));
    expect_status(b, 0, 204);
    struct answer a = got(b, 0);

    T_STR(answer_header(&a, "Allow"), "GET, POST, OPTIONS");
    answer_free(&a);
    say(b, 0,
        MCP_STR("OPTIONS /mcp/sse HTTP/1.1\r\n" HOST "Origin: http://localhost:1\r\n"
                "Access-Control-Request-Method: POST\r\n\r\n"));
    expect_status(b, 0, 204);
    T_HAS(mcp_buf_str(&b->lines[0].out), "Access-Control-Allow-Methods: GET, POST, DELETE,");
    get_sse(b, 0, "Origin: http://evil.example\r\n");
    expect_status(b, 0, 403);
    T_CHECK(!t_has(mcp_buf_str(&b->lines[0].out), MCP_STR("Access-Control-Allow-Origin")));
    get_sse(b, 0, "Last-Event-ID: a\r\nLast-Event-ID: b\r\n");
    expect_status(b, 0, 400);
    bench_close(b);
}

/* The sessions of one transport do not exist for the other. */
static void the_two_transports_do_not_know_each_others_sessions(void)
{
    struct bench *b = open_old(NO_OPTIONS, INITIALIZE("2024-11-05"));

    post(b, 0, in_session(b, ""), PING);
    expect_status(b, 0, 404);
    get(b, 0, in_session(b, "Accept: text/event-stream\r\n"));
    expect_status(b, 0, 404);
    T_CHECK(bench_initialize(b, 0, "", INITIALIZE("2025-03-26")));
    post_sse(b, 0, "", PING);
    expect_status(b, 0, 404);
    get(b, 0, "Accept: text/event-stream\r\n"); /* 1.4 row 20 holds on the endpoint itself */
    expect_status(b, 0, 400);
    bench_close(b);
}

static void a_stream_belongs_to_the_principal_that_opened_it(void)
{
    static struct bench b;

    T_CHECK(bench_open(&b, (struct mcp_http_options){.verify = bench_verify}));
    b.opt.verify_user = &b;
    get_sse(&b, 1, "");
    expect_status(&b, 1, 401);
    get_sse(&b, 1, "Authorization: Bearer good\r\n");
    T_CHECK(read_uri(&b, 1));
    post_sse(&b, 0, "", PING);
    expect_status(&b, 0, 401);
    post_sse(&b, 0, "Authorization: Bearer other\r\n", PING);
    expect_status(&b, 0, 404);
    post_sse(&b, 0, "Authorization: Bearer good\r\n", PING);
    expect_status(&b, 0, 202);
    bench_close(&b);
}

static void the_session_ends_with_its_stream(void)
{
    struct bench *b = open_old(NO_OPTIONS, INITIALIZE("2024-11-05"));

    post_sse(b, 0, "", SLOW("5", "{\"steps\":100}"));
    T_EQ(mcp_server_calls(b->server), 1);
    line_hang_up(&b->lines[1]);
    bench_wait(b, 200);
    T_EQ(mcp_server_calls(b->server), 0);
    post_sse(b, 0, "", PING);
    expect_status(b, 0, 404);
    bench_close(b);
}

static void sessions_of_both_transports_share_one_cap(void)
{
    struct bench *b =
        open_old((struct mcp_http_options){.sessions_max = 2}, INITIALIZE("2024-11-05"));

    T_CHECK(bench_initialize(b, 0, "", INITIALIZE("2025-11-25")));
    get_sse(b, 2, "");
    expect_status(b, 2, 503);
    line_hang_up(&b->lines[1]);
    get_sse(b, 2, "");
    T_CHECK(read_uri(b, 2));
    bench_close(b);
}

static void a_quiet_stream_is_kept_alive_and_never_expires(void)
{
    struct bench *b =
        open_old((struct mcp_http_options){.keep_alive_ms = 1000, .session_idle_ms = 5000},
                 INITIALIZE("2024-11-05"));

    bench_wait(b, 20000);
    struct answer a = got(b, 1);

    T_HAS(mcp_buf_str(&a.body), "\n:\n\n");
    answer_free(&a);
    post_sse(b, 0, "", PING);
    expect_status(b, 0, 202);
    bench_close(b);
}

static void a_reader_that_is_behind_gets_the_newest_progress_of_each_call(void)
{
    struct bench *b = open_old(NO_OPTIONS, INITIALIZE("2024-11-05"));
    struct line *l = &b->lines[1];

    l->room = 300;
    post_sse(b, 0, "", SLOW("5", "{\"steps\":2000,\"delay_ms\":0}"));
    post_sse(b, 0, "", SLOW("6", "{\"steps\":2000,\"delay_ms\":0}"));
    bench_wait(b, 10000);
    T_EQ(mcp_server_calls(b->server), 2);
    l->room = SIZE_MAX;
    mcp__http_conn_writable(l->conn);
    struct answer a = got(b, 1);

    T_CHECK(a.body.len < 200000);
    size_t tail = a.body.len < 400 ? a.body.len : 400;
    mcp_str end = mcp_str_n(a.body.ptr + a.body.len - tail, tail);

    T_HAS(end, "\"progressToken\":\"p5\",\"progress\":1003,");
    T_HAS(end, "\"progressToken\":\"p6\",\"progress\":1002,");
    answer_free(&a);
    bench_close(b);
}

static void a_reader_that_takes_nothing_is_cut_and_its_session_is_over(void)
{
    struct bench *b =
        open_old((struct mcp_http_options){.backlog_bytes_max = 2000}, INITIALIZE("2024-11-05"));

    b->lines[1].room = 300;
    for (int i = 0; i < 60 && !b->lines[1].is_closed; i++) {
        post_sse(b, 0, "", PING);
        expect_status(b, 0, 202);
    }
    T_CHECK(b->lines[1].is_closed);
    post_sse(b, 0, "", PING);
    expect_status(b, 0, 404);
    T_EQ(mcp_server_calls(b->server), 0);
    bench_close(b);
}

/* Two calls have something to say in the turn in which the stream is lost. */
static void calls_may_speak_after_their_stream_is_lost(void)
{
    struct bench *b =
        open_old((struct mcp_http_options){.backlog_bytes_max = 2000}, INITIALIZE("2025-11-25"));

    b->lines[1].room = 300;
    post_sse(b, 0, "", SLOW("5", "{\"steps\":100,\"delay_ms\":10}"));
    post_sse(b, 0, "", SLOW("6", "{\"steps\":100,\"delay_ms\":10}"));
    bench_wait(b, 1000);
    T_CHECK(b->lines[1].is_closed);
    T_EQ(mcp_server_calls(b->server), 0);
    bench_close(b);

    b = open_old((struct mcp_http_options){.backlog_bytes_max = 2000}, INITIALIZE("2025-11-25"));
    b->lines[1].room = 10;
    for (int i = 0; i < 3; i++) { /* results of the same turn: the second cuts it */
        static const char *const CALLS[] = {"{\"jsonrpc\":\"2.0\",\"id\":11,\"method\":\"tools/"
                                            "call\",\"params\":{\"name\":\"slow\","
                                            "\"arguments\":{\"steps\":1,\"bytes\":3000}}}",
                                            "{\"jsonrpc\":\"2.0\",\"id\":12,\"method\":\"tools/"
                                            "call\",\"params\":{\"name\":\"slow\","
                                            "\"arguments\":{\"steps\":1,\"bytes\":3000}}}",
                                            "{\"jsonrpc\":\"2.0\",\"id\":13,\"method\":\"tools/"
                                            "call\",\"params\":{\"name\":\"slow\","
                                            "\"arguments\":{\"steps\":1,\"bytes\":3000}}}"};

        post_sse(b, 0, "", CALLS[i]);
    }
    bench_wait(b, 200);
    T_CHECK(b->lines[1].is_closed);
    post_sse(b, 0, "", PING);
    expect_status(b, 0, 404);
    bench_close(b);
}

static void a_stream_that_cannot_begin_leaves_no_session(void)
{
    struct bench *b =
        open_bench((struct mcp_http_options){.backlog_bytes_max = 100, .sessions_max = 1});

    say(b, 1, MCP_STR(""));
    b->lines[1].room = 10;
    get_sse(b, 1, "");
    T_CHECK(b->lines[1].is_closed);
    get_sse(b, 2, "");
    T_CHECK(read_uri(b, 2));
    bench_close(b);
}

static void calls_of_one_session_are_bounded(void)
{
    struct bench *b = open_old(NO_OPTIONS, INITIALIZE("2024-11-05"));
    char body[256];

    for (int i = 0; i <= 256; i++) {
        snprintf(body, sizeof(body),
                 "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{\"name\":"
                 "\"slow\",\"arguments\":{\"steps\":1000}}}",
                 100 + i);
        post_sse(b, 0, "", body);
        expect_status(b, 0, i < 256 ? 202 : 503);
    }
    /* What makes room, or is the answer to a question of one of them, is let in. */
    post_sse(b, 0, "",
             " {\"jsonrpc\":\"2.0\",\"result\":{\"method\":\"x\",\"id\":1},\"id\":\"ask-1\"}");
    expect_status(b, 0, 202);
    post_sse(b, 0, "", "{\"jsonrpc\":\"2.0\",\"id\":1,\"m\\u0065thod\":\"ping\",\"params\":{}}");
    expect_status(b, 0, 503);
    post_sse(b, 0, "", "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]");
    expect_status(b, 0, 503);
    post_sse(b, 0, "",
             "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{"
             "\"requestId\":100}}");
    expect_status(b, 0, 202);
    post_sse(b, 0, "", PING);
    expect_status(b, 0, 202);
    bench_close(b);
}

static void a_graceful_stop_lets_its_calls_finish(void)
{
    struct bench *b = open_old(NO_OPTIONS, INITIALIZE("2024-11-05"));
    char room[4096];

    get_sse(b, 2, "");
    post_sse(b, 0, "", SLOW("5", "{\"steps\":2}"));
    mcp__http_site_drain(b->site);
    T_CHECK(strstr(events(b, 2, room, sizeof(room)), "end\n")); /* nothing runs there */
    post_sse(b, 0, "", PING);
    expect_status(b, 0, 404);
    bench_wait(b, 500);
    events(b, 1, room, sizeof(room));
    T_CHECK(strstr(room, "\"id\":5,\"result\""));
    T_CHECK(strstr(room, "end\n"));
    bench_close(b);
}

/* True when all of it worked. */
static bool whole_life(void *arg)
{
    struct bench *b = arg;
    bool is_full = bench_open(b, NO_OPTIONS);

    if (is_full) {
        b->is_deaf = true;
        get_sse(b, 1, "");
        is_full = read_uri(b, 1);
        post_sse(b, 0, "", INITIALIZE("2024-11-05"));
        is_full = is_full && status(b, 0) == 202;
        post_sse(b, 0, "", SLOW("5", "{}"));
        is_full = is_full && status(b, 0) == 202;
        bench_wait(b, 500);
        struct answer a = got(b, 1);

        is_full = is_full && t_has(mcp_buf_str(&a.body), MCP_STR("\"id\":5,\"result\""));
        answer_free(&a);
        line_hang_up(&b->lines[1]);
    }
    bench_close(b);
    return is_full;
}

static void every_allocation_can_fail(void)
{
    static struct bench b;

    size_t asked = t_torture(whole_life, &b);

    ck_assert_msg(asked < 150, "%zu allocations", asked);
}

static const struct t_case CASES[] = {
    T(the_first_event_names_where_to_post_and_replies_come_as_messages),
    T(a_call_is_accepted_at_once_and_its_progress_and_result_follow),
    T(the_headers_of_a_post_reach_the_handler_and_the_log),
    T(a_call_may_write_to_the_clients_log),
    T(a_batch_is_answered_by_one_message),
    T(errors_go_to_the_stream_when_they_have_an_id_to_go_to),
    T(what_http_refuses_has_its_status),
    T(the_two_transports_do_not_know_each_others_sessions),
    T(a_stream_belongs_to_the_principal_that_opened_it),
    T(the_session_ends_with_its_stream),
    T(sessions_of_both_transports_share_one_cap),
    T(a_quiet_stream_is_kept_alive_and_never_expires),
    T(a_reader_that_is_behind_gets_the_newest_progress_of_each_call),
    T(a_reader_that_takes_nothing_is_cut_and_its_session_is_over),
    T(calls_may_speak_after_their_stream_is_lost),
    T(a_stream_that_cannot_begin_leaves_no_session),
    T(calls_of_one_session_are_bounded),
    T(a_graceful_stop_lets_its_calls_finish),
    T(every_allocation_can_fail),
};
T_MAIN("transport/http_sse", CASES)
