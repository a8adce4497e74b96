/* Event streams in memory: priming, resumption, keep-alive, slow readers (protocol.md 1.4). */
#include <transport/test/endpoint_bench.h>

/* ---- Streams ---- */

/* 1.4 row 9: without anything to say before it, the reply is plain JSON */
static void a_reply_without_notifications_is_plain_json_also_when_it_is_late(void)
{
    struct bench *b = D_SESSION(NO_OPTIONS);

    post(b, 0, in_session(b, ""),
         "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"tools/call\",\"params\":{\"name\":\"slow\"}}");
    expect_status(b, 0, 0);
    bench_wait(b, 400);
    expect_body(b, 0, 200, "finished after 3 steps");
    bench_close(b);
}

/* 1.4 rows 10, 13 and 17; 2.8 row 8 */
static void progress_makes_it_an_event_stream_that_begins_with_a_priming_event(void)
{
    struct bench *b = D_SESSION(NO_OPTIONS);
    char room[2048];

    post(b, 0, in_session(b, ""), SLOW("5", "{}"));
    struct answer a = got(b, 0);

    T_STR(answer_header(&a, "X-Accel-Buffering"), "no");
    T_HAS(answer_header(&a, "Cache-Control"), "no-cache");
    T_CHECK(mcp_str_starts(mcp_buf_str(&a.body), MCP_STR("id: p1-1\nretry: 1000\ndata: \n\n")));
    answer_free(&a);
    bench_wait(b, 400);
    events(b, 0, room, sizeof(room));
    T_EQ(count(room, "notifications/progress"), 3);
    T_CHECK(strstr(room, "p1-5 {\"jsonrpc\":\"2.0\",\"id\":5,\"result\":"));
    T_CHECK(strstr(room, "end\n"));
    bench_close(b);
}

/* Older clients would parse the empty data of a priming event (SEP-1699). */
static void revisions_before_2025_11_25_get_no_priming_event(void)
{
    struct bench *b = open_session(NO_OPTIONS, INITIALIZE("2025-06-18"));
    char room[2048];

    post(b, 0, in_session(b, ""), SLOW("5", "{\"steps\":1}"));
    bench_wait(b, 200);
    T_CHECK(strncmp(events(b, 0, room, sizeof(room)), "p1-1 {", 6) == 0);
    bench_close(b);
}

/* 1.4 rows 14 and 18: the work goes on, the events wait; only that stream's are replayed */
static void a_cut_stream_is_resumed_where_it_was_cut(void)
{
    struct bench *b = D_SESSION(NO_OPTIONS);
    char room[2048];

    post(b, 1, in_session(b, ""), SLOW("5", "{}"));
    post(b, 2, in_session(b, ""), SLOW("6", "{\"steps\":2}"));
    T_CHECK(strstr(events(b, 1, room, sizeof(room)), "p1-2 "));
    line_hang_up(&b->lines[1]);
    bench_wait(b, 1000);
    T_EQ(mcp_server_calls(b->server), 0);
    get_stream(b, 3, "p1-2");
    events(b, 3, room, sizeof(room));
    T_CHECK(strstr(room, "\np1-7 {\"jsonrpc\":\"2.0\",\"id\":5,\"result\""));
    T_CHECK(strstr(room, "end\n"));
    T_EQ(count(room, "\"id\":6"), 0);
    T_EQ(count(room, "\"p6\""), 0);
    get_stream(b, 3, "p1-2"); /* again: replaying does not use them up */
    T_CHECK(strstr(events(b, 3, room, sizeof(room)), "\"id\":5,\"result\""));
    bench_close(b);
}

static void a_resumed_stream_goes_on_live(void)
{
    struct bench *b = D_SESSION(NO_OPTIONS);
    char room[2048];

    post(b, 1, in_session(b, ""), SLOW("5", "{\"steps\":4}"));
    line_hang_up(&b->lines[1]);
    bench_wait(b, 150);
    get_stream(b, 2, "p1-1");
    events(b, 2, room, sizeof(room));
    T_CHECK(strncmp(room, "p1-1 \n", 6) == 0); /* the new connection is primed with its place */
    T_CHECK(strstr(room, "\"progress\":1"));
    T_CHECK(strstr(room, "\"progress\":2"));
    T_CHECK(!strstr(room, "\"result\""));
    bench_wait(b, 500);
    events(b, 2, room, sizeof(room));
    T_EQ(count(room, "notifications/progress"), 4);
    T_EQ(count(room, "\"result\""), 1);
    T_CHECK(strstr(room, "end\n"));
    bench_close(b);
}

/* A client that comes back before its old connection was seen to be dead. */
static void a_second_connection_takes_the_stream_over(void)
{
    struct bench *b = D_SESSION(NO_OPTIONS);
    char room[2048];

    post(b, 1, in_session(b, ""), SLOW("5", "{}"));
    get_stream(b, 2, "p1-2");
    T_CHECK(strstr(events(b, 1, room, sizeof(room)), "end\n"));
    bench_wait(b, 500);
    T_EQ(count(events(b, 2, room, sizeof(room)), "\"result\""), 1);
    T_EQ(count(events(b, 1, room, sizeof(room)), "\"result\""), 0); /* 1.4 row 16: never twice */
    bench_close(b);
}

static void ids_that_the_session_never_gave_are_400(void)
{
    static const char *const IDS[] = {"x",
                                      "p",
                                      "p1",
                                      "p1-",
                                      "p-1",
                                      "p0-1",
                                      "p9-1",
                                      "g1-99999",
                                      "p1-1x",
                                      "P1-1",
                                      "p99999999999-1",
                                      "-",
                                      "p1--1",
                                      "p+1-1"};
    struct bench *b = D_SESSION(NO_OPTIONS);

    post(b, 0, in_session(b, ""), SLOW("5", "{\"steps\":1}"));
    bench_wait(b, 200);
    for (size_t i = 0; i < sizeof(IDS) / sizeof(IDS[0]); i++) {
        get_stream(b, 1, IDS[i]);
        expect_status(b, 1, 400);
    }
    bench_close(b);
}

/* 1.4 rows 15 and 16; several at a time */
static void get_opens_event_streams_that_stay_quiet_but_alive(void)
{
    struct bench *b = D_SESSION(((struct mcp_http_options){.keep_alive_ms = 1000}));
    char room[256];

    get_stream(b, 1, NULL);
    get_stream(b, 2, NULL);
    T_CHECK(strcmp(events(b, 1, room, sizeof(room)), "g1-1 \n") == 0);
    T_CHECK(strcmp(events(b, 2, room, sizeof(room)), "g2-2 \n") == 0);
    bench_wait(b, 2500);
    struct answer a = got(b, 2);
    mcp_str rest = mcp_buf_str(&a.body), id = {0};
    struct event e;
    int comments = 0;

    while (event_next(&rest, &id, &e, &comments)) {
    }
    T_EQ(comments, 2);
    answer_free(&a);
    line_hang_up(&b->lines[1]);
    get_stream(b, 1, "g1-1");
    T_CHECK(strcmp(events(b, 1, room, sizeof(room)), "g1-1 \n") == 0);
    bench_close(b);
}

/* The same of the modern way to listen, through which a change still comes at once. */
static void a_subscription_that_is_quiet_stays_alive(void)
{
    struct bench *b = open_bench((struct mcp_http_options){.keep_alive_ms = 1000});
    int comments = 0, n = 0;

    post(b, 1, "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: subscriptions/listen\r\n",
         "{\"jsonrpc\":\"2.0\",\"id\":\"l\",\"method\":\"subscriptions/listen\",\"params\":{"
         "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
         "\"io.modelcontextprotocol/clientInfo\":{\"name\":\"t\",\"version\":\"1\"},"
         "\"io.modelcontextprotocol/clientCapabilities\":{}},"
         "\"notifications\":{\"toolsListChanged\":true}}}");
    bench_wait(b, 2500);
    mcp_server_changed(b->server, MCP_CHANGED_TOOLS, MCP_STR(""));
    bench_wait(b, 1500);
    struct answer a = got(b, 1);
    mcp_str rest = mcp_buf_str(&a.body), id = {0};
    struct event e;

    while (event_next(&rest, &id, &e, &comments)) {
        n++;
        T_HAS(e.data, n == 1 ? "subscriptions/acknowledged" : "tools/list_changed");
        T_EQ(comments, n == 1 ? 0 : 2);
    }
    T_EQ(n, 2);
    T_EQ(comments, 3);
    T_CHECK(!a.is_whole);
    answer_free(&a);
    bench_close(b);
}

/* A proxy cuts a connection on which nothing moves for a minute. */
static void a_long_quiet_call_becomes_an_event_stream_to_stay_alive(void)
{
    struct bench *b = D_SESSION(((struct mcp_http_options){.keep_alive_ms = 1000}));
    char room[1024];

    post(b, 0, in_session(b, ""),
         "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"tools/call\",\"params\":{\"name\":\"slow\","
         "\"arguments\":{\"steps\":1,\"delay_ms\":1500}}}");
    expect_status(b, 0, 0);
    bench_wait(b, 1600);
    T_CHECK(strstr(events(b, 0, room, sizeof(room)), "\"result\""));
    bench_close(b);
}

static void a_client_that_takes_no_events_gets_json_without_the_notifications(void)
{
    struct bench *b = D_SESSION(((struct mcp_http_options){.keep_alive_ms = 100}));
    char text[1024];
    static const char BODY[] = SLOW("5", "{\"steps\":2}");

    snprintf(text, sizeof(text),
             "POST /mcp HTTP/1.1\r\n" HOST "Content-Type: application/json\r\nAccept: "
             "application/json\r\n%sContent-Length: %zu\r\n\r\n%s",
             in_session(b, ""), strlen(BODY), BODY);
    say(b, 0, mcp_str_c(text));
    bench_wait(b, 500);
    expect_body(b, 0, 200, "\"id\":5,\"result\"");
    bench_close(b);
}

static void a_client_that_takes_only_events_gets_its_result_as_one(void)
{
    struct bench *b = D_SESSION(NO_OPTIONS);
    char text[1024], room[1024];

    snprintf(text, sizeof(text),
             "POST /mcp HTTP/1.1\r\n" HOST "Content-Type: application/json\r\nAccept: "
             "text/event-stream\r\n%sContent-Length: %zu\r\n\r\n%s",
             in_session(b, ""), strlen(PING), PING);
    say(b, 0, mcp_str_c(text));
    T_CHECK(strstr(events(b, 0, room, sizeof(room)), "\"id\":7,\"result\""));
    T_CHECK(strstr(room, "end\n"));
    bench_close(b);
}

/* ---- Results that nobody has got yet ---- */

/* The ring takes 64 KiB; a result is never lost while its session lives. */
static void a_result_waits_for_its_client_whatever_its_size(void)
{
    struct bench *b = D_SESSION(NO_OPTIONS);

    post(b, 1, in_session(b, ""), SLOW("5", "{\"bytes\":5000000}"));
    line_hang_up(&b->lines[1]);
    bench_wait(b, 1000);
    T_EQ(mcp_server_calls(b->server), 0);
    for (int i = 0; i < 2; i++) { /* sent once, it is still there */
        get_stream(b, 2, "p1-2");
        struct answer a = got(b, 2);

        T_CHECK(a.is_whole && a.body.len > 5000000);
        T_HAS(mcp_buf_str(&a.body), "\"id\":5,\"result\"");
        answer_free(&a);
        line_hang_up(&b->lines[2]);
    }
    bench_close(b);
}

/* Nor when other calls of the session say a lot meanwhile. */
static void a_result_outlives_the_ring(void)
{
    struct bench *b = D_SESSION(((struct mcp_http_options){.replay_events_max = 8}));
    char room[2048];

    post(b, 1, in_session(b, ""), SLOW("5", "{\"steps\":1}"));
    line_hang_up(&b->lines[1]);
    bench_wait(b, 300);
    post(b, 2, in_session(b, ""), SLOW("6", "{\"steps\":20,\"delay_ms\":10}"));
    bench_wait(b, 500);
    get_stream(b, 3, "p1-1");
    events(b, 3, room, sizeof(room));
    T_CHECK(strstr(room, "\"id\":5,\"result\""));
    T_EQ(count(room, "\"id\":6"), 0);
    get_stream(b, 3, "p1-4"); /* it has it already */
    T_CHECK(!strstr(events(b, 3, room, sizeof(room)), "\"id\":5,\"result\""));
    bench_close(b);
}

/* The connection took it, and was lost with it. */
static void a_large_result_that_was_on_its_way_can_be_fetched_again(void)
{
    struct bench *b = D_SESSION(NO_OPTIONS);

    say(b, 1, MCP_STR(""));
    b->lines[1].room = 2000;
    post(b, 1, in_session(b, ""), SLOW("5", "{\"bytes\":300000}"));
    bench_wait(b, 1000);
    line_hang_up(&b->lines[1]);
    get_stream(b, 2, "p1-2");
    struct answer a = got(b, 2);

    T_CHECK(a.is_whole && a.body.len > 300000);
    answer_free(&a);
    bench_close(b);
}

/* Wherever a connection is cut, be it in the head, in the events or in the result. */
static void a_result_is_fetched_whole_after_any_cut(void)
{
    for (size_t cap = 100; cap < 1500; cap += 50) {
        struct bench *b = D_SESSION(((struct mcp_http_options){.backlog_bytes_max = cap}));
        char room[4096];

        post(b, 1, in_session(b, ""), SLOW("5", "{\"steps\":8,\"delay_ms\":10}"));
        say(b, 2, MCP_STR(""));
        b->lines[2].room = 0;
        get_stream(b, 2, "p1-1"); /* takes the running call over, and takes nothing */
        bench_wait(b, 200);
        T_EQ(mcp_server_calls(b->server), 0);
        line_hang_up(&b->lines[2]);
        say(b, 3, MCP_STR(""));
        b->lines[3].room = 0;
        get_stream(b, 3, "p1-1"); /* of what is over */
        line_hang_up(&b->lines[3]);
        say(b, 3, MCP_STR(""));
        b->lines[3].room = 0;
        get_stream(b, 3, "g1-1"); /* a listener, which is forgotten */
        line_hang_up(&b->lines[3]);
        say(b, 3, MCP_STR(""));
        b->lines[3].room = 0;
        get_stream(b, 3, "p1-9"); /* only the result is left */
        line_hang_up(&b->lines[3]);
        get_stream(b, 4, "p1-1");
        T_EQ(count(events(b, 4, room, sizeof(room)), "\"id\":5,\"result\""), 1);
        T_CHECK(strstr(room, "end\n"));
        bench_close(b);
    }
}

/* Its kind is part of an id: a call is not taken for a listener's stream. */
static void a_listeners_id_does_not_take_a_call_over(void)
{
    struct bench *b = D_SESSION(NO_OPTIONS);
    char room[2048];

    post(b, 1, in_session(b, ""), SLOW("5", "{\"steps\":2}"));
    get_stream(b, 2, "g1-1");
    bench_wait(b, 500);
    T_EQ(count(events(b, 1, room, sizeof(room)), "\"result\""), 1);
    T_EQ(count(events(b, 2, room, sizeof(room)), "\"result\""), 0);
    bench_close(b);
}

#define SET_LEVEL                                                                                  \
    "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"logging/"                                          \
    "setLevel\",\"params\":{\"level\":\"error\"}}"

/* Unlike progress, each of them is kept. */
static void what_is_not_progress_waits_for_a_client_that_is_away(void)
{
    struct bench *b = D_SESSION(NO_OPTIONS);
    char room[4096];

    post(b, 0, in_session(b, ""), SET_LEVEL);
    expect_status(b, 0, 200);
    post(b, 1, in_session(b, ""), SLOW("5", "{\"steps\":4,\"logs\":true}"));
    line_hang_up(&b->lines[1]);
    bench_wait(b, 1000);
    get_stream(b, 2, "p1-1");
    events(b, 2, room, sizeof(room));
    T_EQ(count(room, "notifications/message"), 4);
    T_CHECK(count(room, "notifications/progress") >= 1);
    T_EQ(count(room, "\"id\":5,\"result\""), 1);
    bench_close(b);
}

/* It knows no event id to come back with. */
static void a_client_that_leaves_before_the_first_event_gets_nothing(void)
{
    struct bench *b = D_SESSION(NO_OPTIONS);

    post(b, 1, in_session(b, ""), SLOW("5", "{\"steps\":2,\"quiet\":true}"));
    expect_status(b, 1, 0);
    line_hang_up(&b->lines[1]);
    bench_wait(b, 1000);
    T_EQ(mcp_server_calls(b->server), 0);
    get_stream(b, 2, "p1-1");
    expect_status(b, 2, 400);
    bench_close(b);
}

/* 1.3: nothing more comes, and the stream ends */
static void a_cancelled_call_ends_its_stream_without_a_result(void)
{
    struct bench *b = D_SESSION(NO_OPTIONS);
    char room[2048];

    post(b, 1, in_session(b, ""), SLOW("5", "{\"steps\":50}"));
    post(b, 0, in_session(b, ""),
         "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/"
         "cancelled\",\"params\":{\"requestId\":5}}");
    expect_status(b, 0, 202);
    bench_wait(b, 300);
    events(b, 1, room, sizeof(room));
    T_CHECK(strstr(room, "end\n"));
    T_EQ(count(room, "\"result\""), 0);
    T_EQ(mcp_server_calls(b->server), 0);
    bench_close(b);
}

static void a_batch_that_cannot_be_kept_becomes_an_error_too(void)
{
    struct bench *b = open_session((struct mcp_http_options){.results_bytes_max = 4 * 100000},
                                   INITIALIZE("2025-03-26"));
    char room[2048];

    post(b, 1, in_session(b, ""), "[" SLOW("5", "{\"steps\":1,\"bytes\":120000}") "," PING "]");
    line_hang_up(&b->lines[1]);
    bench_wait(b, 300);
    get_stream(b, 2, "p1-1");
    events(b, 2, room, sizeof(room));
    T_CHECK(strstr(room, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32603,"));
    bench_close(b);
}

static void a_result_that_cannot_be_kept_becomes_an_error(void)
{
    struct bench *b = D_SESSION(((struct mcp_http_options){.results_bytes_max = 4 * 100000}));
    char room[2048];

    post(b, 1, in_session(b, ""), SLOW("5", "{\"steps\":1,\"bytes\":120000}"));
    line_hang_up(&b->lines[1]);
    bench_wait(b, 300);
    get_stream(b, 2, "p1-1");
    events(b, 2, room, sizeof(room));
    T_CHECK(strstr(room, "{\"jsonrpc\":\"2.0\",\"id\":5,\"error\":{\"code\":-32603,"));
    T_CHECK(strstr(room, "too large"));
    T_CHECK(strstr(room, "end\n"));
    post(b, 1, in_session(b, ""), SLOW("6", "{\"steps\":1,\"bytes\":80000}"));
    line_hang_up(&b->lines[1]);
    bench_wait(b, 300);
    get_stream(b, 2, "p2-5");
    struct answer a = got(b, 2);

    T_HAS(mcp_buf_str(&a.body), "\"id\":6,\"result\"");
    answer_free(&a);
    bench_close(b);
}

/* Its refusals are as they are, and its session comes in a header. */
static void a_client_that_takes_only_events_gets_the_rest_as_json(void)
{
    static const struct {
        const char *body, *part;
        int status;
    } ROWS[] = {{INITIALIZE("2025-11-25"), "\"id\":1,\"result\"", 200},
                {PING, "-32600", 400},
                {INITIALIZED, "", 400}};

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct bench *b = open_bench(NO_OPTIONS);
        char text[1024];

        snprintf(text, sizeof(text),
                 "POST /mcp HTTP/1.1\r\n" HOST "Content-Type: application/json\r\nAccept: "
                 "text/event-stream\r\nContent-Length: %zu\r\n\r\n%s",
                 strlen(ROWS[i].body), ROWS[i].body);
        say(b, 0, mcp_str_c(text));
        expect_body(b, 0, ROWS[i].status, ROWS[i].part);
        bench_close(b);
    }
}

static void the_next_thing_due_is_the_soonest(void)
{
    struct bench *b =
        D_SESSION(((struct mcp_http_options){.keep_alive_ms = 20000, .session_idle_ms = 5000}));

    T_EQ(mcp__http_site_tick(b->site), 5000);
    get_stream(b, 1, NULL);
    T_CHECK(mcp__http_site_tick(b->site) <= 5000);
    bench_close(b);
    b = D_SESSION(((struct mcp_http_options){.keep_alive_ms = 2000, .session_idle_ms = 5000}));
    get_stream(b, 1, NULL);
    T_EQ(mcp__http_site_tick(b->site), 2000);
    bench_close(b);
}

/* ---- Slow readers ---- */

/* design.md 3.13: progress is a newest value, not a queue */
static void a_reader_that_is_behind_gets_the_newest_progress_only(void)
{
    struct bench *b = D_SESSION(NO_OPTIONS);
    struct line *l = &b->lines[1];

    say(b, 1, MCP_STR(""));
    l->room = 300;
    post(b, 1, in_session(b, ""), SLOW("5", "{\"steps\":5000,\"delay_ms\":0}"));
    bench_wait(b, 52000);
    struct answer a = got(b, 1);

    T_EQ(mcp_server_calls(b->server), 0);
    T_EQ(a.status, 200);
    T_CHECK(!a.is_whole);
    answer_free(&a);
    l->room = SIZE_MAX;
    mcp__http_conn_writable(l->conn);
    a = got(b, 1);
    T_HAS(mcp_buf_str(&a.body), "\"id\":5,\"result\"");
    T_CHECK(a.body.len < 200000); /* 5,000 progress messages would be 700,000 */
    answer_free(&a);
    bench_close(b);
}

static void a_reader_that_catches_up_gets_the_value_that_waited(void)
{
    struct bench *b = D_SESSION(((struct mcp_http_options){.backlog_bytes_max = 130000}));
    struct line *l = &b->lines[1];

    say(b, 1, MCP_STR(""));
    l->room = 300;
    post(b, 1, in_session(b, ""), SLOW("5", "{\"steps\":2000,\"delay_ms\":0}"));
    bench_wait(b, 10000);
    T_EQ(mcp_server_calls(b->server), 1);
    l->room = SIZE_MAX;
    mcp__http_conn_writable(l->conn); /* nothing new was said: the newest value comes by itself */
    size_t tail = l->out.len < 300 ? l->out.len : 300;

    T_HAS(mcp_str_n(l->out.ptr + l->out.len - tail, tail), "\"progress\":1002,");
    bench_close(b);
}

/* Also with the default cap of 4 MiB: as soon as little is left, not at the next keep-alive. */
static void the_value_that_waited_leaves_as_soon_as_there_is_room(void)
{
    struct bench *b = D_SESSION(NO_OPTIONS);
    struct line *l = &b->lines[1];

    say(b, 1, MCP_STR(""));
    l->room = 300;
    post(b, 1, in_session(b, ""), SLOW("5", "{\"steps\":2000,\"delay_ms\":0}"));
    bench_wait(b, 10000);
    T_EQ(mcp_server_calls(b->server), 1);
    l->room = 5000;
    mcp__http_conn_writable(l->conn); /* still behind */
    l->room = SIZE_MAX;
    mcp__http_conn_writable(l->conn);
    size_t tail = l->out.len < 300 ? l->out.len : 300;

    T_HAS(mcp_str_n(l->out.ptr + l->out.len - tail, tail), "\"progress\":1002,");
    bench_close(b);
}

/* Whoever opened the stream: what cannot be written to ends, and its session goes on. */
static void streams_that_are_cut_at_the_cap_leave_the_session_usable(void)
{
    struct bench *b =
        D_SESSION(((struct mcp_http_options){.backlog_bytes_max = 1000, .keep_alive_ms = 1000}));

    b->lines[0].room = 500;
    post(b, 0, in_session(b, ""), SLOW("5", "{\"steps\":20,\"delay_ms\":10}"));
    expect_status(b, 0, 200);
    bench_wait(b, 300);
    T_CHECK(b->lines[0].is_closed);
    line_hang_up(&b->lines[0]);

    say(b, 1, MCP_STR(""));
    b->lines[1].room = 200; /* the head, then not even a comment */
    get_stream(b, 1, NULL);
    bench_wait(b, 150000);
    T_CHECK(b->lines[1].is_closed);
    line_hang_up(&b->lines[1]);

    say(b, 2, MCP_STR(""));
    b->lines[2].room = 10;
    get_stream(b, 2, "p1-1"); /* the replay does not fit either */
    T_CHECK(b->lines[2].is_closed);
    line_hang_up(&b->lines[2]);

    post(b, 0, in_session(b, ""), PING);
    expect_body(b, 0, 200, "\"id\":7");
    T_EQ(mcp_server_calls(b->server), 0);
    bench_close(b);
}

/* The same when not even the head fits. */
static void streams_that_cannot_begin_leave_the_session_usable(void)
{
    struct bench *b = D_SESSION(((struct mcp_http_options){.backlog_bytes_max = 100}));
    char text[1024];

    for (int i = 1; i <= 3; i++) {
        say(b, i, MCP_STR(""));
        b->lines[i].room = 10;
    }
    get_stream(b, 1, NULL);
    T_CHECK(b->lines[1].is_closed);
    line_hang_up(&b->lines[1]);
    snprintf(text, sizeof(text),
             "POST /mcp HTTP/1.1\r\n" HOST "Content-Type: application/json\r\nAccept: "
             "text/event-stream\r\n%sContent-Length: %zu\r\n\r\n%s",
             in_session(b, ""), strlen(PING), PING);
    say(b, 2, mcp_str_c(text));
    T_CHECK(b->lines[2].is_closed);
    line_hang_up(&b->lines[2]);
    post(b, 3, in_session(b, ""), SLOW("5", "{\"steps\":2}"));
    T_CHECK(b->lines[3].is_closed);
    line_hang_up(&b->lines[3]);
    bench_wait(b, 500);
    T_EQ(mcp_server_calls(b->server), 0);
    post(b, 0, in_session(b, ""), PING);
    expect_body(b, 0, 200, "\"id\":7");
    bench_close(b);
}

/* One legitimate reply is not a backlog: the cap is for what gathers. */
static void a_result_larger_than_the_backlog_reaches_a_client_that_reads(void)
{
    struct bench *b = D_SESSION(((struct mcp_http_options){.backlog_bytes_max = 100000}));

    say(b, 1, MCP_STR(""));
    b->lines[1].room = 3000;
    post(b, 1, in_session(b, ""), SLOW("5", "{\"steps\":1,\"bytes\":5000000}"));
    bench_wait(b, 200);
    T_CHECK(!b->lines[1].is_closed);
    for (int i = 0; i < 100; i++) { /* it reads, little by little */
        b->lines[1].room = 100000;
        mcp__http_conn_writable(b->lines[1].conn);
    }
    struct answer a = got(b, 1);

    T_CHECK(a.is_whole && a.body.len > 5000000);
    answer_free(&a);
    bench_close(b);
}

static void a_reader_that_never_reads_is_cut_in_time_and_others_are_served(void)
{
    struct bench *b = D_SESSION(((struct mcp_http_options){.backlog_bytes_max = 100000}));

    say(b, 1, MCP_STR(""));
    b->lines[1].room = 300;
    post(b, 1, in_session(b, ""), SLOW("5", "{\"steps\":1,\"bytes\":200000}"));
    bench_wait(b, 300);
    T_CHECK(!b->lines[1].is_closed);
    mcp__http_wire_sweep(&b->wire, b->now_ms + 30000, 0);
    T_CHECK(b->lines[1].is_closed);
    post(b, 0, in_session(b, ""), PING);
    expect_status(b, 0, 200);
    bench_close(b);
}

static const struct t_case CASES[] = {
    T(a_reply_without_notifications_is_plain_json_also_when_it_is_late),
    T(progress_makes_it_an_event_stream_that_begins_with_a_priming_event),
    T(revisions_before_2025_11_25_get_no_priming_event),
    T(a_cut_stream_is_resumed_where_it_was_cut),
    T(a_resumed_stream_goes_on_live),
    T(a_second_connection_takes_the_stream_over),
    T(ids_that_the_session_never_gave_are_400),
    T(get_opens_event_streams_that_stay_quiet_but_alive),
    T(a_subscription_that_is_quiet_stays_alive),
    T(a_long_quiet_call_becomes_an_event_stream_to_stay_alive),
    T(a_client_that_takes_no_events_gets_json_without_the_notifications),
    T(a_client_that_takes_only_events_gets_its_result_as_one),
    T(a_result_waits_for_its_client_whatever_its_size),
    T(a_result_outlives_the_ring),
    T(a_large_result_that_was_on_its_way_can_be_fetched_again),
    T(a_result_is_fetched_whole_after_any_cut),
    T(a_listeners_id_does_not_take_a_call_over),
    T(what_is_not_progress_waits_for_a_client_that_is_away),
    T(a_client_that_leaves_before_the_first_event_gets_nothing),
    T(a_cancelled_call_ends_its_stream_without_a_result),
    T(a_batch_that_cannot_be_kept_becomes_an_error_too),
    T(a_result_that_cannot_be_kept_becomes_an_error),
    T(a_client_that_takes_only_events_gets_the_rest_as_json),
    T(the_next_thing_due_is_the_soonest),
    T(a_reader_that_is_behind_gets_the_newest_progress_only),
    T(a_reader_that_catches_up_gets_the_value_that_waited),
    T(the_value_that_waited_leaves_as_soon_as_there_is_room),
    T(streams_that_are_cut_at_the_cap_leave_the_session_usable),
    T(streams_that_cannot_begin_leave_the_session_usable),
    T(a_result_larger_than_the_backlog_reaches_a_client_that_reads),
    T(a_reader_that_never_reads_is_cut_in_time_and_others_are_served),
};
T_MAIN("transport/stream", CASES)
