/* The MCP endpoint in memory: sessions, streams, resumption, refusals (protocol.md 1.4, 2.8). */
#include <transport/test/site_bench.h>

static void expect_status(struct bench *b, int i, int want)
{
    struct answer a = got(b, i);

    ck_assert_msg(a.status == want, "status %d, want %d:\n%.*s", a.status, want,
                  MCP_STR_ARG(mcp_buf_str(&b->lines[i].out)));
    answer_free(&a);
}

static void expect_body(struct bench *b, int i, int want, const char *part)
{
    struct answer a = got(b, i);

    expect_status(b, i, want);
    T_CHECK(a.is_whole);
    T_HAS(mcp_buf_str(&a.body), part);
    answer_free(&a);
}

static struct bench *open_bench(struct mcp_http_options opt)
{
    static struct bench b; /* a process per test */

    T_CHECK(bench_open(&b, opt));
    return &b;
}

static struct bench *open_session(struct mcp_http_options opt, const char *initialize)
{
    struct bench *b = open_bench(opt);

    T_CHECK(bench_initialize(b, 0, "", initialize));
    post(b, 0, in_session(b, ""), INITIALIZED);
    expect_status(b, 0, 202);
    return b;
}

#define D_SESSION(opt) open_session(opt, INITIALIZE("2025-11-25"))
static const struct mcp_http_options NO_OPTIONS = {0};

static void get(struct bench *b, int i, const char *headers)
{
    char text[1024];

    snprintf(text, sizeof(text), "GET /mcp HTTP/1.1\r\n" HOST "%s\r\n", headers);
    say(b, i, mcp_str_c(text));
}

static void get_stream(struct bench *b, int i, const char *last_id)
{
    char headers[256];

    snprintf(headers, sizeof(headers), "Accept: text/event-stream\r\n%s%s%s",
             last_id ? "Last-Event-ID: " : "", last_id ? last_id : "", last_id ? "\r\n" : "");
    get(b, i, in_session(b, headers));
}

/* The events on line `i`, as "id data" lines, into `room`. */
static const char *events(struct bench *b, int i, char *room, size_t room_bytes)
{
    struct answer a = got(b, i);
    mcp_str rest = mcp_buf_str(&a.body), id = {0};
    struct event e;
    size_t n = 0;

    room[0] = '\0';
    T_EQ(a.status, 200);
    T_STR(answer_header(&a, "Content-Type"), "text/event-stream");
    while (event_next(&rest, &id, &e, NULL)) {
        n += (size_t)snprintf(room + n, room_bytes - n, "%.*s %.*s\n", MCP_STR_ARG(e.id),
                              MCP_STR_ARG(e.data));
        T_CHECK(n < room_bytes);
    }
    if (a.is_whole) {
        snprintf(room + n, room_bytes - n, "end\n");
    }
    answer_free(&a);
    return room;
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;

    for (; (text = strstr(text, part)); text += strlen(part)) {
        n++;
    }
    return n;
}

/* ---- Handshakes and sessions ---- */

/* 1.2 rows 1 to 3; 1.4 row 19 */
static void every_legacy_revision_shakes_hands_and_gets_a_session(void)
{
    static const char *const BODIES[] = {INITIALIZE("2024-11-05"), INITIALIZE("2025-03-26"),
                                         INITIALIZE("2025-06-18"), INITIALIZE("2025-11-25")};
    static const char *const REVISIONS[] = {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"};

    for (int i = 0; i < 4; i++) {
        struct bench *b = open_bench(NO_OPTIONS);

        T_CHECK(bench_initialize(b, 0, "", BODIES[i]));
        T_EQ(strlen(b->session), 24);
        expect_body(b, 0, 200, REVISIONS[i]);
        post(b, 0, in_session(b, ""), INITIALIZED);
        expect_status(b, 0, 202);
        post(b, 0, in_session(b, ""), PING);
        expect_body(b, 0, 200, "\"id\":7,\"result\":{}");
        bench_close(b);
    }
}

/* protocol.md 5.6.2: the suite sends these with a legacy initialize. */
static void headers_that_name_a_legacy_revision_do_not_disturb_the_handshake(void)
{
    struct bench *b = open_bench(NO_OPTIONS);

    T_CHECK(bench_initialize(b, 0, "MCP-Protocol-Version: 2025-11-25\r\nMcp-Method: initialize\r\n",
                             INITIALIZE("2025-11-25")));
    bench_close(b);
}

/* 1.4 rows 20 and 21 */
static void a_post_without_a_session_is_400_and_with_an_unknown_one_404(void)
{
    struct bench *b = D_SESSION(NO_OPTIONS);

    post(b, 0, "", PING);
    expect_body(b, 0, 400, "-32600");
    post(b, 0, "Mcp-Session-Id: 0123456789abcdef01234567\r\n", PING);
    expect_status(b, 0, 404);
    post(b, 0, "Mcp-Session-Id: x\r\n", PING);
    expect_status(b, 0, 404);
    bench_close(b);
}

/* 1.4 row 23; 5.6.1: the session's revision decides, the header only has to be a known one */
static void a_known_version_header_is_enough_and_an_unknown_one_is_400(void)
{
    struct bench *b = D_SESSION(NO_OPTIONS);

    post(b, 0, in_session(b, "MCP-Protocol-Version: 2025-03-26\r\n"), PING);
    expect_status(b, 0, 200);
    post(b, 0, in_session(b, "MCP-Protocol-Version: 1999-01-01\r\n"), PING);
    expect_status(b, 0, 400);
    get(b, 0, in_session(b, "Accept: text/event-stream\r\nMCP-Protocol-Version: 1999-01-01\r\n"));
    expect_status(b, 0, 400);
    bench_close(b);
}

/* 1.4 rows 21 and 22 */
static void delete_ends_a_session_once(void)
{
    struct bench *b = D_SESSION(NO_OPTIONS);
    char text[1024];

    snprintf(text, sizeof(text), "DELETE /mcp HTTP/1.1\r\n" HOST "%s\r\n", in_session(b, ""));
    say(b, 0, mcp_str_c(text));
    expect_status(b, 0, 204);
    say(b, 0, mcp_str_c(text));
    expect_status(b, 0, 404);
    post(b, 0, in_session(b, ""), PING);
    expect_status(b, 0, 404);
    say(b, 0, MCP_STR("DELETE /mcp HTTP/1.1\r\n" HOST "\r\n"));
    expect_status(b, 0, 400);
    bench_close(b);
}

static void delete_cancels_what_runs_and_closes_what_is_open(void)
{
    struct bench *b = D_SESSION(NO_OPTIONS);
    char text[1024], room[2048];

    get_stream(b, 1, NULL);
    post(b, 2, in_session(b, ""), SLOW("2", "{\"steps\":5}"));
    post(b, 3, in_session(b, ""),
         "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/call\",\"params\":{\"name\":\"slow\"}}");
    T_EQ(status(b, 3), 0);
    snprintf(text, sizeof(text), "DELETE /mcp HTTP/1.1\r\n" HOST "%s\r\n", in_session(b, ""));
    say(b, 0, mcp_str_c(text));
    expect_status(b, 0, 204);
    T_CHECK(strstr(events(b, 1, room, sizeof(room)), "end\n"));
    T_CHECK(strstr(events(b, 2, room, sizeof(room)), "end\n"));
    T_CHECK(!strstr(room, "\"result\""));
    expect_status(b, 3, 404);
    bench_wait(b, 1000);
    T_EQ(mcp_server_calls(b->server), 0);
    bench_close(b);
}

/* Sessions authenticate nothing and belong to who opened them (protocol.md 3.1 row 13). */
static void a_session_of_another_principal_does_not_exist(void)
{
    struct mcp_http_options opt = {.verify = bench_verify};
    static struct bench b;

    T_CHECK(bench_open(&b, opt));
    b.opt.verify_user = &b;
    T_CHECK(bench_initialize(&b, 0, "Authorization: Bearer good\r\n", INITIALIZE("2025-11-25")));
    post(&b, 0, in_session(&b, "Authorization: Bearer good\r\n"), PING);
    expect_status(&b, 0, 200);
    post(&b, 0, in_session(&b, "Authorization: Bearer other\r\n"), PING);
    expect_status(&b, 0, 404);
    get(&b, 0, in_session(&b, "Authorization: Bearer other\r\nAccept: text/event-stream\r\n"));
    expect_status(&b, 0, 404);
    post(&b, 0, in_session(&b, ""), PING);
    expect_status(&b, 0, 401);
    bench_close(&b);
}

static void a_full_session_table_refuses_and_evicts_nobody(void)
{
    struct bench *b = D_SESSION(((struct mcp_http_options){.sessions_max = 2}));
    char first[64];

    memcpy(first, b->session, sizeof(first));
    T_CHECK(bench_initialize(b, 0, "", INITIALIZE("2025-11-25")));
    T_CHECK(!bench_initialize(b, 0, "", INITIALIZE("2025-11-25")));
    expect_status(b, 0, 503);
    memcpy(b->session, first, sizeof(first));
    post(b, 0, in_session(b, ""), PING);
    expect_status(b, 0, 200);
    bench_close(b);
}

static void an_idle_session_expires_and_one_with_an_open_stream_does_not(void)
{
    struct bench *b = D_SESSION(((struct mcp_http_options){.session_idle_ms = 60000}));

    b->now_ms += 59000;
    post(b, 0, in_session(b, ""), PING);
    expect_status(b, 0, 200);
    get_stream(b, 1, NULL);
    b->now_ms += 130000;
    bench_turn(b);
    post(b, 0, in_session(b, ""), PING);
    expect_status(b, 0, 200);
    line_hang_up(&b->lines[1]);
    b->now_ms += 61000;
    bench_turn(b);
    post(b, 0, in_session(b, ""), PING);
    expect_status(b, 0, 404);
    bench_close(b);
}

/* 1.1 row 9, 1.4 rows 8 and 25 */
static void batches_and_responses_are_answered_as_their_revision_says(void)
{
    struct bench *b = open_session(NO_OPTIONS, INITIALIZE("2025-03-26"));
    char room[2048];

    post(b, 0, in_session(b, ""), "[" PING "," INITIALIZED "]");
    expect_body(b, 0, 200, "[{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}]");
    post(b, 0, in_session(b, ""), "[" INITIALIZED "," INITIALIZED "]");
    expect_body(b, 0, 202, "");
    post(b, 0, in_session(b, ""), "[" SLOW("5", "{\"steps\":1}") "," PING "]");
    bench_wait(b, 200);
    events(b, 0, room, sizeof(room));
    T_CHECK(strstr(room, "\"progress\":1"));
    T_CHECK(strstr(room, "\"id\":7,\"result\""));
    T_CHECK(strstr(room, "\"id\":5,\"result\""));
    T_CHECK(strstr(room, "end\n"));
    post(b, 0, in_session(b, ""), "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
    expect_body(b, 0, 202, "");
    bench_close(b);
    b = D_SESSION(NO_OPTIONS);
    post(b, 0, in_session(b, ""), "[" PING "]");
    expect_body(b, 0, 400, "-32600");
    bench_close(b);
}

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

/* Whoever opened the stream: what cannot be written to ends, and its session goes on. */
static void streams_that_are_cut_at_the_cap_leave_the_session_usable(void)
{
    struct bench *b =
        D_SESSION(((struct mcp_http_options){.backlog_bytes_max = 1000, .keep_alive_ms = 1000}));

    post(b, 0, in_session(b, ""), SLOW("5", "{\"steps\":1,\"bytes\":3000}"));
    expect_status(b, 0, 200);
    bench_wait(b, 200);
    T_CHECK(b->lines[0].is_closed); /* the result alone is larger than this cap */
    line_hang_up(&b->lines[0]);

    say(b, 1, MCP_STR(""));
    b->lines[1].room = 200; /* the head, then not even a comment */
    get_stream(b, 1, NULL);
    bench_wait(b, 150000);
    T_CHECK(b->lines[1].is_closed);
    line_hang_up(&b->lines[1]);

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

static void a_reader_that_never_reads_is_cut_at_the_cap_and_others_are_served(void)
{
    struct bench *b = D_SESSION(((struct mcp_http_options){.backlog_bytes_max = 100000}));

    say(b, 1, MCP_STR(""));
    b->lines[1].room = 300;
    post(b, 1, in_session(b, ""), SLOW("5", "{\"steps\":1,\"bytes\":200000}"));
    bench_wait(b, 300);
    T_CHECK(b->lines[1].is_closed);
    post(b, 0, in_session(b, ""), PING);
    expect_status(b, 0, 200);
    bench_close(b);
}

/* ---- The modern era ---- */

#define MODERN_META(more)                                                                          \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","                       \
    "\"io.modelcontextprotocol/clientInfo\":{\"name\":\"t\",\"version\":\"1\"},"                   \
    "\"io.modelcontextprotocol/clientCapabilities\":{}" more "}"
#define MODERN_SLOW(arguments)                                                                     \
    "{\"jsonrpc\":\"2.0\",\"id\":\"m\",\"method\":\"tools/call\",\"params\":{\"name\":\"slow\","   \
    "\"arguments\":" arguments "," MODERN_META(",\"progressToken\":1") "}}"
#define MODERN_HEADERS                                                                             \
    "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: slow\r\n"

/* 2.8 rows 7, 10 and 13 */
static void a_modern_stream_has_no_ids_no_priming_and_no_session(void)
{
    struct bench *b = D_SESSION(NO_OPTIONS);
    char room[2048];

    post(b, 0, in_session(b, MODERN_HEADERS), MODERN_SLOW("{\"steps\":1}"));
    bench_wait(b, 300);
    struct answer a = got(b, 0);

    T_CHECK(!answer_header(&a, "Mcp-Session-Id").ptr);
    T_CHECK(!t_has(mcp_buf_str(&a.body), MCP_STR("id:")));
    answer_free(&a);
    events(b, 0, room, sizeof(room));
    T_CHECK(strncmp(room, " {", 2) == 0);
    T_CHECK(strstr(room, "\"id\":\"m\",\"result\""));
    T_CHECK(strstr(room, "end\n"));
    bench_close(b);
}

/* 2.8 row 11: the opposite of legacy */
static void a_modern_client_that_goes_away_cancels_its_call(void)
{
    struct bench *b = open_bench(NO_OPTIONS);

    post(b, 1, MODERN_HEADERS, MODERN_SLOW("{\"steps\":1000}"));
    expect_status(b, 1, 200);
    T_EQ(mcp_server_calls(b->server), 1);
    line_hang_up(&b->lines[1]);
    bench_wait(b, 200);
    T_EQ(mcp_server_calls(b->server), 0);
    bench_close(b);
}

static void a_modern_reader_that_is_cut_at_the_cap_cancels_its_call_too(void)
{
    struct bench *b = open_bench((struct mcp_http_options){.backlog_bytes_max = 1000});

    say(b, 1, MCP_STR(""));
    b->lines[1].room = 10;
    post(b, 1, MODERN_HEADERS, MODERN_SLOW("{\"steps\":1000}"));
    bench_wait(b, 3000);
    T_CHECK(b->lines[1].is_closed);
    T_EQ(mcp_server_calls(b->server), 0);
    bench_close(b);
}

static void a_legacy_call_goes_on_when_its_client_goes_away(void)
{
    struct bench *b = D_SESSION(NO_OPTIONS);

    post(b, 1, in_session(b, ""), SLOW("5", "{\"steps\":10}"));
    line_hang_up(&b->lines[1]);
    bench_wait(b, 500);
    T_EQ(mcp_server_calls(b->server), 1);
    bench_wait(b, 1000);
    T_EQ(mcp_server_calls(b->server), 0);
    bench_close(b);
}

/* 2.8 row 13, 2.16 step 2 */
static void the_modern_revision_has_post_only(void)
{
    struct bench *b = open_bench(NO_OPTIONS);

    get(b, 0, "MCP-Protocol-Version: 2026-07-28\r\n");
    expect_status(b, 0, 405);
    struct answer a = got(b, 0);

    T_STR(answer_header(&a, "Allow"), "POST, OPTIONS");
    answer_free(&a);
    bench_close(b);
}

/* ---- The end ---- */

static void a_graceful_stop_ends_listeners_and_lets_calls_finish(void)
{
    struct bench *b = D_SESSION(NO_OPTIONS);
    char room[2048];

    get_stream(b, 1, NULL);
    post(b, 2, in_session(b, ""), SLOW("5", "{\"steps\":2}"));
    mcp__http_site_drain(b->site);
    T_CHECK(strstr(events(b, 1, room, sizeof(room)), "end\n"));
    bench_wait(b, 500);
    T_CHECK(strstr(events(b, 2, room, sizeof(room)), "\"result\""));
    bench_close(b);
}

static void pipelined_requests_behind_a_late_reply_are_answered_in_order(void)
{
    struct bench *b = D_SESSION(NO_OPTIONS);
    struct mcp_buf text;
    static const char LATE[] =
        "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"tools/call\",\"params\":{\"name\":\"slow\"}}";

    mcp_buf_init(&text, 65536);
    for (int i = 0; i < 20; i++) {
        const char *body = i % 2 ? PING : LATE;

        mcp_buf_printf(&text, "POST /mcp HTTP/1.1\r\n" HOST JSON "%sContent-Length: %zu\r\n\r\n%s",
                       in_session(b, ""), strlen(body), body);
    }
    say(b, 0, mcp_buf_str(&text));
    bench_wait(b, 10000);
    mcp_str rest = mcp_buf_str(&b->lines[0].out);

    for (int i = 0; i < 20; i++) {
        struct answer a = answer_read(rest);

        T_EQ(a.status, 200);
        T_HAS(mcp_buf_str(&a.body), i % 2 ? "\"id\":7" : "\"id\":5");
        rest = mcp_str_n(rest.ptr + a.bytes, rest.len - a.bytes);
        answer_free(&a);
    }
    T_EQ(rest.len, 0);
    mcp_buf_free(&text);
    bench_close(b);
}

/* ---- Memory ---- */

/* A handshake, a call that streams, a cut, a resumption. True when all of it worked. */
static bool whole_life(void *arg)
{
    struct bench *b = arg;
    bool is_full =
        bench_open(b, NO_OPTIONS) && bench_initialize(b, 0, "", INITIALIZE("2025-11-25"));

    if (is_full) {
        get_stream(b, 3, NULL);
        get_stream(b, 4, NULL);
        is_full = status(b, 3) == 200 && status(b, 4) == 200;
        post(b, 1, in_session(b, ""), SLOW("5", "{}"));
        bench_wait(b, 150);
        line_hang_up(&b->lines[1]);
        bench_wait(b, 400);
        get_stream(b, 2, "p3-3");
        struct answer a = got(b, 2);

        is_full = is_full && a.status == 200 &&
                  t_has(mcp_buf_str(&a.body), MCP_STR("\"id\":5,\"result\""));
        answer_free(&a);
    }
    bench_close(b);
    return is_full;
}

static void every_allocation_can_fail(void)
{
    static struct bench b;

    size_t asked = t_torture(whole_life, &b);

    ck_assert_msg(asked < 200, "%zu allocations", asked);
}

/* A table of one shows it: what a failed handshake left behind would refuse the next one. */
static void a_handshake_that_fails_leaves_no_session_behind(void)
{
    bool has_failed = true;
    int n_refused = 0;

    for (size_t nth = 1; has_failed && nth < 100; nth++) {
        struct bench *b = open_bench((struct mcp_http_options){.sessions_max = 1});

        post(b, 0, "", PING); /* buffers for an answer are there from now on */
        T_CHECK(mcp_buf_room(&b->lines[0].out, 65536));
        mcp_alloc_refuse(nth);
        has_failed = !bench_initialize(b, 0, "", INITIALIZE("2025-11-25"));
        mcp_alloc_refuse(0);
        /* No answer at all: it was cut on its way, which is the idle time's business. */
        bool was_refused = has_failed && b->lines[0].out.len && status(b, 0) != 0;

        line_hang_up(&b->lines[0]);
        T_CHECK(!was_refused || bench_initialize(b, 1, "", INITIALIZE("2025-11-25")));
        n_refused += was_refused;
        bench_close(b);
    }
    T_CHECK(!has_failed && n_refused > 0);
}

static const struct t_case CASES[] = {
    T(every_legacy_revision_shakes_hands_and_gets_a_session),
    T(headers_that_name_a_legacy_revision_do_not_disturb_the_handshake),
    T(a_post_without_a_session_is_400_and_with_an_unknown_one_404),
    T(a_known_version_header_is_enough_and_an_unknown_one_is_400),
    T(delete_ends_a_session_once),
    T(delete_cancels_what_runs_and_closes_what_is_open),
    T(batches_and_responses_are_answered_as_their_revision_says),
    T(a_session_of_another_principal_does_not_exist),
    T(a_full_session_table_refuses_and_evicts_nobody),
    T(an_idle_session_expires_and_one_with_an_open_stream_does_not),
    T(a_reply_without_notifications_is_plain_json_also_when_it_is_late),
    T(progress_makes_it_an_event_stream_that_begins_with_a_priming_event),
    T(revisions_before_2025_11_25_get_no_priming_event),
    T(a_cut_stream_is_resumed_where_it_was_cut),
    T(a_resumed_stream_goes_on_live),
    T(a_second_connection_takes_the_stream_over),
    T(ids_that_the_session_never_gave_are_400),
    T(get_opens_event_streams_that_stay_quiet_but_alive),
    T(a_long_quiet_call_becomes_an_event_stream_to_stay_alive),
    T(a_client_that_takes_no_events_gets_json_without_the_notifications),
    T(a_client_that_takes_only_events_gets_its_result_as_one),
    T(a_reader_that_is_behind_gets_the_newest_progress_only),
    T(a_reader_that_catches_up_gets_the_value_that_waited),
    T(streams_that_are_cut_at_the_cap_leave_the_session_usable),
    T(streams_that_cannot_begin_leave_the_session_usable),
    T(a_reader_that_never_reads_is_cut_at_the_cap_and_others_are_served),
    T(a_modern_stream_has_no_ids_no_priming_and_no_session),
    T(a_modern_client_that_goes_away_cancels_its_call),
    T(a_modern_reader_that_is_cut_at_the_cap_cancels_its_call_too),
    T(a_legacy_call_goes_on_when_its_client_goes_away),
    T(the_modern_revision_has_post_only),
    T(a_graceful_stop_ends_listeners_and_lets_calls_finish),
    T(pipelined_requests_behind_a_late_reply_are_answered_in_order),
    T(a_handshake_that_fails_leaves_no_session_behind),
    T(every_allocation_can_fail),
};
T_MAIN("transport/endpoint", CASES)
