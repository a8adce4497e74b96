/* The MCP endpoint in memory: sessions, refusals, the modern era, the end (protocol.md 1.4, 2.8).
 */
#include <transport/test/endpoint_bench.h>

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

#define GOOD  "Authorization: Bearer good\r\n"
#define OTHER "Authorization: Bearer other\r\n"

static bool ends(struct bench *b, const char *credential)
{
    char text[1024];

    snprintf(text, sizeof(text), "DELETE /mcp HTTP/1.1\r\n" HOST "%s\r\n",
             in_session(b, credential));
    say(b, 0, mcp_str_c(text));
    return status(b, 0) == 204;
}

/* One credential cannot shut the others out. */
static void a_token_has_a_share_of_the_sessions_and_no_more(void)
{
    struct mcp_http_options opt = {
        .verify = bench_verify, .sessions_max = 5, .sessions_per_token_max = 3};
    static struct bench b;

    T_CHECK(bench_open(&b, opt));
    b.opt.verify_user = &b;
    for (int i = 0; i < 3; i++) {
        T_CHECK(bench_initialize(&b, 0, GOOD, INITIALIZE("2025-11-25")));
    }
    for (int i = 0; i < 3; i++) {
        T_CHECK(!bench_initialize(&b, 0, GOOD, INITIALIZE("2025-11-25")));
        expect_status(&b, 0, 503);
    }
    T_CHECK(ends(&b, GOOD)); /* what it gives back it may take again */
    T_CHECK(bench_initialize(&b, 0, GOOD, INITIALIZE("2025-11-25")));
    T_CHECK(!bench_initialize(&b, 0, GOOD, INITIALIZE("2025-11-25")));
    T_CHECK(bench_initialize(&b, 0, OTHER, INITIALIZE("2025-11-25")));
    T_CHECK(bench_initialize(&b, 0, OTHER, INITIALIZE("2025-11-25")));
    T_CHECK(!bench_initialize(&b, 0, OTHER, INITIALIZE("2025-11-25"))); /* all five are taken */
    bench_close(&b);
}

static void nobody_in_particular_has_no_share(void)
{
    struct bench *b =
        open_bench((struct mcp_http_options){.sessions_max = 5, .sessions_per_token_max = 1});

    for (int i = 0; i < 5; i++) {
        T_CHECK(bench_initialize(b, 0, "", INITIALIZE("2025-11-25")));
    }
    T_CHECK(!bench_initialize(b, 0, "", INITIALIZE("2025-11-25")));
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

/* A gateway may read the one and we the other. */
static void a_header_of_an_argument_or_a_trace_that_is_sent_twice_is_none(void)
{
    struct bench *b = open_bench(NO_OPTIONS);
    const char *call = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{"
                       "\"name\":\"trace\",\"arguments\":{\"x\":\"v\"},"
                       "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                       "\"io.modelcontextprotocol/clientCapabilities\":{}}}}";

#define CALL "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: trace\r\n"
    post(b, 0, CALL "Mcp-Param-X: v\r\ntraceparent: 00-a\r\n", call);
    expect_body(b, 0, 200, "trace 00-a\"");
    post(b, 0, CALL "Mcp-Param-X: v\r\ntraceparent: 00-b\r\ntraceparent: 00-a\r\n", call);
    expect_body(b, 0, 200, "trace \"");
    post(b, 0, CALL "Mcp-Param-X: w\r\nmcp-param-x: v\r\n", call);
    expect_body(b, 0, 400, "-32020");
    post(b, 0, CALL "Mcp-Param-X: v\r\nmcp-param-x: w\r\n", call);
    expect_body(b, 0, 400, "-32020");
    bench_close(b);
}

static uint8_t revoked; /* the first byte of whose id */

static bool is_live(void *user, const struct mcp_principal *p)
{
    (void)user;
    return p->id[0] != revoked;
}

#define GOOD  "Authorization: Bearer good\r\n"
#define OTHER "Authorization: Bearer other\r\n"

static void what_a_credential_opened_ends_with_it(void)
{
    static struct bench b;
    static char room[1 << 16];

    revoked = 0;
    T_CHECK(bench_open(&b, (struct mcp_http_options){.verify = bench_verify, .is_live = is_live}));
    b.opt.verify_user = &b;
    T_CHECK(bench_initialize(&b, 0, GOOD, INITIALIZE("2025-11-25")));
    get(&b, 1, in_session(&b, GOOD "Accept: text/event-stream\r\n"));
    post(&b, 2, GOOD MODERN_HEADERS, MODERN_SLOW("{\"steps\":1000}"));
    post(&b, 3, OTHER MODERN_HEADERS, MODERN_SLOW("{\"steps\":1000}"));
    post(&b, 4, GOOD MODERN_HEADERS,
         "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"tools/call\",\"params\":{\"name\":\"slow\","
         "\"arguments\":{\"steps\":1000}," MODERN_META("") "}}");
    bench_wait(&b, 3000);
    T_EQ(mcp_server_calls(b.server), 3);
    revoked = 1; /* "good" */
    bench_wait(&b, 2000);
    T_CHECK(strstr(events(&b, 1, room, sizeof(room)), "end\n"));
    T_CHECK(strstr(events(&b, 2, room, sizeof(room)), "end\n"));
    T_CHECK(!strstr(events(&b, 3, room, sizeof(room)), "end\n"));
    expect_status(&b, 4, 401);           /* nothing had been said on it */
    T_EQ(mcp_server_calls(b.server), 1); /* the other one's goes on */
    post(&b, 0, in_session(&b, GOOD), PING);
    expect_status(&b, 0, 404);
    bench_close(&b);
}

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
    bool is_full = bench_open(b, NO_OPTIONS) && (b->is_deaf = true) &&
                   bench_initialize(b, 0, "", INITIALIZE("2025-11-25"));

    if (is_full) {
        get_stream(b, 3, NULL);
        get_stream(b, 4, NULL);
        is_full = status(b, 3) == 200 && status(b, 4) == 200;
        post(b, 1, in_session(b, ""), SLOW("5", "{}"));
        bench_wait(b, 150);
        line_hang_up(&b->lines[1]);
        bench_wait(b, 400);
        get_stream(b, 5, NULL); /* takes what the call left in the pool */
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

/* A table of one shows it: what a failed handshake left behind would refuse the next one. The
 * connection's buffers are there already; the engine's are when `knows_engine`, else it may be the
 * reply, after the session, that has no room. */
static int refuse_handshakes(bool knows_engine)
{
    bool has_failed = true;
    int n_refused = 0;

    for (size_t nth = 1; has_failed && nth < 100; nth++) {
        struct bench *b = open_bench((struct mcp_http_options){.sessions_max = 1});

        if (knows_engine) {
            post(b, 0, "", PING);
        } else {
            say(b, 0, MCP_STR("GET /nowhere HTTP/1.1\r\n" HOST "\r\n"));
        }
        T_CHECK(mcp_buf_room(&b->lines[0].out, 65536));
        b->is_deaf = true;
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
    T_CHECK(!has_failed);
    return n_refused;
}

static void a_handshake_that_fails_leaves_no_session_behind(void)
{
    T_CHECK(refuse_handshakes(true) > 0);
    T_CHECK(refuse_handshakes(false) > 0);
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
    T(a_token_has_a_share_of_the_sessions_and_no_more),
    T(nobody_in_particular_has_no_share),
    T(an_idle_session_expires_and_one_with_an_open_stream_does_not),
    T(a_modern_stream_has_no_ids_no_priming_and_no_session),
    T(a_modern_client_that_goes_away_cancels_its_call),
    T(a_modern_reader_that_is_cut_at_the_cap_cancels_its_call_too),
    T(a_legacy_call_goes_on_when_its_client_goes_away),
    T(the_modern_revision_has_post_only),
    T(a_header_of_an_argument_or_a_trace_that_is_sent_twice_is_none),
    T(what_a_credential_opened_ends_with_it),
    T(a_graceful_stop_ends_listeners_and_lets_calls_finish),
    T(pipelined_requests_behind_a_late_reply_are_answered_in_order),
    T(a_handshake_that_fails_leaves_no_session_behind),
    T(every_allocation_can_fail),
};
T_MAIN("transport/endpoint", CASES)
