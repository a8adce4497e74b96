/* transport/test/http_conn_test.c - one connection in memory: order, rules, answers, memory. */
#include <transport/test/http_conn_fake.h>

/* ---- Requests and answers -------------------------------------------------------------------- */

static void answers_in_one_write(void)
{
    struct fake f;

    setup(&f);
    say(&f, GET("/a"));
    T_STR(out(&f), OK("2", "/a"));
    T_EQ(f.writes, 1);
    say(&f, GET("/b"));
    T_EQ(f.handled, 2);
    T_CHECK(!f.is_shut && !f.is_closed);
    teardown(&f);
}

static void a_warm_connection_allocates_nothing(void)
{
    struct fake f;

    setup(&f);
    say(&f, GET("/a"));
    mcp_alloc_refuse(0);
    for (int i = 0; i < 100; i++) {
        say(&f, GET("/a"));
    }
    T_EQ(mcp_alloc_count(), 0);
    T_EQ(f.handled, 101);
    teardown(&f);
}

static void pipelined_requests_are_answered_in_order_in_one_write(void)
{
    struct fake f;

    setup(&f);
    say(&f, GET("/1") "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n" GET("/3"));
    T_STR(seen(&f), "GET /1 \nPOST /2 abcde\nGET /3 \n");
    T_STR(out(&f), OK("2", "/1") OK("2", "/2") OK("2", "/3"));
    T_EQ(f.writes, 1);
    teardown(&f);
}

/* Answered in a loop: the stack is as deep for ten thousand as for one. */
static void ten_thousand_pipelined_requests_in_one_buffer_are_a_loop(void)
{
    static const char ONE[] = GET("/p");
    enum { N = 10000 };
    struct fake f;
    char *text = malloc(N * (sizeof(ONE) - 1) + 1);

    for (size_t i = 0; i < N; i++) {
        memcpy(text + i * (sizeof(ONE) - 1), ONE, sizeof(ONE));
    }
    setup(&f);
    f.is_deaf = true;
    say(&f, text);
    T_EQ(f.handled, N);
    T_CHECK(f.deepest - f.shallowest < 1024);
    teardown(&f);

    setup(&f); /* the first is answered late: what waits is answered from inside its answer */
    f.is_deaf = f.answers_late = true;
    f.opt.pipeline_bytes_max = SIZE_MAX;
    say(&f, text);
    T_EQ(f.handled, 1);
    f.answers_late = false;
    f.shallowest = f.deepest = 0;
    answer(f.open[0], "late");
    T_EQ(f.handled, N);
    T_CHECK(f.deepest - f.shallowest < 1024);
    free(text);
    teardown(&f);
}

static void every_cut_of_a_stream_gives_the_same_answers(void)
{
    static const char in[] = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" GET(
        "/y") "POST /z HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
              "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";

    for (size_t cut = 1; cut < sizeof(in) - 1; cut++) {
        struct fake f;

        setup(&f);
        mcp__http_conn_input(f.conn, in, cut);
        mcp__http_conn_input(f.conn, in + cut, sizeof(in) - 1 - cut);
        T_STR(out(&f), OK("2", "/x") OK("2", "/y") OK("2", "/z"));
        T_STR(seen(&f), "POST /x abc\nGET /y \nPOST /z abc\n");
        teardown(&f);
    }
}

static void the_next_request_waits_for_a_late_answer(void)
{
    struct fake f;

    setup(&f);
    f.answers_late = true;
    say(&f, GET("/1") GET("/2"));
    T_EQ(f.handled, 1);
    T_EQ(f.out_len, 0);
    answer(f.open[0], "one");
    T_STR(out(&f), OK("3", "one"));
    T_EQ(f.handled, 2);
    say(&f, GET("/3"));
    T_EQ(f.handled, 2);
    forget(&f);
    answer(f.open[1], "two");
    T_STR(out(&f), OK("3", "two"));
    T_EQ(f.handled, 3);
    answer(f.open[2], "three");
    T_EQ(f.gone, 0);
    teardown(&f);
}

static void the_request_stands_still_while_more_is_read(void)
{
    struct fake f;
    const struct mcp_http_request *req;

    setup(&f);
    f.answers_late = true;
    say(&f, "POST /p?q HTTP/1.1\r\nHost: a\r\nX: y\r\nContent-Length: 4\r\n\r\nbody");
    req = mcp_http_exchange_request(f.open[0]);
    for (int i = 0; i < 200; i++) {
        say(&f, "GET /next HTTP/1.1\r\n");
    }
    T_STR(req->path, "/p");
    T_STR(req->query, "q");
    T_STR(req->body, "body");
    T_STR(req->peer, "127.0.0.1");
    T_STR(mcp_http_header(req, "x"), "y");
    T_CHECK(mcp_http_header(req, "z").ptr == NULL);
    T_EQ(mcp_http_header_count(req, "HOST"), 1);
    teardown(&f);
    T_EQ(f.gone, 1);
}

static void reading_pauses_when_too_much_is_read_ahead(void)
{
    struct fake f;

    setup(&f);
    f.answers_late = true;
    say(&f, GET("/1"));
    for (int i = 0; i < 40 && !f.is_paused; i++) {
        say(&f, GET("/2"));
    }
    T_CHECK(f.is_paused);
    answer(f.open[0], "one");
    T_CHECK(!f.is_paused);
    T_EQ(f.handled, 2);
    teardown(&f);
}

static void requests_wait_while_answers_are_not_taken(void)
{
    struct fake f;
    static char big[40001];

    memset(big, 'x', sizeof(big) - 1);
    setup(&f);
    f.answers_late = true;
    f.window = 0;
    for (int i = 0; i < 2; i++) {
        say(&f, GET("/1"));
        answer(f.open[i], big);
    }
    say(&f, GET("/last"));
    T_EQ(f.handled, 2); /* 80,000 bytes wait: the third is not begun */
    f.window = SIZE_MAX;
    mcp__http_conn_writable(f.conn);
    T_EQ(f.handled, 3);
    teardown(&f);
}

static void head_is_answered_without_a_body(void)
{
    struct fake f;

    setup(&f);
    say(&f, "HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\n");
    T_STR(out(&f), OK("4", ""));
    teardown(&f);
}

static void http_1_0_closes_unless_it_asks_to_stay(void)
{
    struct fake f;

    setup(&f);
    say(&f, "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    T_HAS(out(&f), "\r\nConnection: keep-alive\r\n");
    T_CHECK(!f.is_shut);
    say(&f, "GET /b HTTP/1.0\r\n\r\n" GET("/never"));
    T_HAS(out(&f), "\r\nConnection: close\r\n");
    T_CHECK(f.is_shut);
    T_EQ(f.handled, 2);
    teardown(&f);
}

static void connection_close_is_kept(void)
{
    struct fake f;

    setup(&f);
    say(&f, "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" GET("/never"));
    T_HAS(out(&f), "\r\nConnection: close\r\n");
    T_CHECK(f.is_shut && !f.is_closed);
    say(&f, GET("/never"));
    T_EQ(f.handled, 1);
    at(&f, 4000);
    T_CHECK(f.is_closed);
    teardown(&f);
}

static void says_100_continue_only_while_the_body_is_awaited(void)
{
    struct fake f;

    setup(&f);
    say(&f, "POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    T_STR(out(&f), "HTTP/1.1 100 Continue\r\n\r\n");
    forget(&f);
    say(&f, "ok");
    T_STR(out(&f), OK("2", "/a"));
    forget(&f);
    say(&f, "POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok");
    T_STR(out(&f), OK("2", "/a"));
    teardown(&f);
}

static void refusals_end_the_connection(void)
{
    static const struct {
        const char *in, *status, *code;
    } rows[] = {
        {"GET / HTTP/1.1\r\n\r\n", "400 Bad Request", "invalid_request"},
        {"GET / HTTP/3.0\r\n\r\n", "505 HTTP Version Not Supported", "version_not_supported"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n", "413 Content Too Large",
         "body_too_large"},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x, chunked\r\n\r\n",
         "501 Not Implemented", "not_implemented"},
        {"POST / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", "417 Expectation Failed",
         "expectation_failed"},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx", "400 Bad Request",
         "invalid_request"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fake f;

        setup(&f);
        say(&f, rows[i].in);
        say(&f, GET("/never"));
        T_HAS(out(&f), rows[i].status);
        T_HAS(out(&f), rows[i].code);
        T_HAS(out(&f), "\r\nConnection: close\r\n");
        T_EQ(f.handled, 0);
        T_CHECK(f.is_shut);
        teardown(&f);
    }
}

static void caps_are_refused_with_their_status(void)
{
    struct fake f;
    char long_text[6000];

    memset(long_text, 'x', sizeof(long_text));
    setup(&f);
    say(&f, "GET /a HTTP/1.1\r\nHost: a\r\nX: ");
    mcp__http_conn_input(f.conn, long_text, sizeof(long_text));
    T_HAS(out(&f), "431 ");
    T_HAS(out(&f), "headers_too_large");
    teardown(&f);
    setup(&f);
    mcp__http_conn_input(f.conn, long_text, sizeof(long_text));
    T_HAS(out(&f), "414 ");
    T_HAS(out(&f), "target_too_long");
    teardown(&f);
}

static void many_fields_make_more_room(void)
{
    struct fake f;

    setup(&f);
    say(&f, "GET /a HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < 49; i++) {
        say(&f, "X: y\r\n");
    }
    say(&f, "\r\n");
    T_EQ(f.handled, 1);
    teardown(&f);
}

/* ---- Responses ------------------------------------------------------------------------------- */

static void forbidden_bytes_never_reach_the_wire(void)
{
    struct fake f;
    struct mcp_http_response res = {.status = 299, .content_type = "a\r\nb"};

    setup(&f);
    f.answers_late = true;
    say(&f, GET("/1"));
    mcp_http_response_add(&res, "X-Good", MCP_STR("1"));
    mcp_http_response_add(&res, "X-Bad", MCP_STR("1\r\nX-Evil: 2"));
    mcp_http_response_add(&res, "X Bad", MCP_STR("1"));
    mcp_http_response_add(&res, "Content-Length", MCP_STR("5"));
    mcp_http_response_add(&res, "transfer-encoding", MCP_STR("chunked"));
    mcp_http_response_add(&res, "Connection", MCP_STR("upgrade"));
    mcp_http_response_add(&res, "Date", MCP_STR("now"));
    T_EQ(res.n_headers, 6); /* X-Bad was left out */
    res.headers[res.n_headers++] =
        (struct mcp_http_header){MCP_STR("X-Direct"), MCP_STR("1\nX-Evil: 2")};
    mcp_http_respond(f.open[0], &res);
    T_STR(out(&f), "HTTP/1.1 299 \r\n" DATE "X-Good: 1\r\nContent-Length: 0\r\n\r\n");
    teardown(&f);
}

static void no_content_has_no_length(void)
{
    struct fake f;

    setup(&f);
    f.answers_late = true;
    say(&f, GET("/1"));
    mcp_http_respond(f.open[0], &(struct mcp_http_response){.status = 204});
    T_STR(out(&f), "HTTP/1.1 204 No Content\r\n" DATE "\r\n");
    teardown(&f);
}

static void rate_limit_headers_of_both_families(void)
{
    struct mcp_http_response res = {.status = 429};
    static const char *const want[][2] = {{"RateLimit-Limit", "60"},
                                          {"RateLimit-Remaining", "59"},
                                          {"RateLimit-Reset", "42"},
                                          {"RateLimit-Policy", "\"default\";q=60;w=60"},
                                          {"RateLimit", "\"default\";r=59;t=42"},
                                          {"Retry-After", "3"}};
    struct mcp_limit_state limit = {60, 59, 60, 42, 3};

    mcp_http_response_limit(&res, &limit);
    T_EQ(res.n_headers, 6);
    for (size_t i = 0; i < 6; i++) {
        T_STR(res.headers[i].name, want[i][0]);
        T_STR(res.headers[i].value, want[i][1]);
    }
    res = (struct mcp_http_response){.status = 200};
    mcp_http_response_limit(&res, &(struct mcp_limit_state){0});
    T_EQ(res.n_headers, 0);
    limit = (struct mcp_limit_state){INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX};
    mcp_http_response_limit(&res, &limit);
    T_EQ(res.n_headers, 6);
    T_STR(res.headers[4].value, "\"default\";r=2147483647;t=2147483647");
}

static void dates_are_imf_fixdates(void)
{
    static const struct {
        int64_t s;
        const char *text;
    } rows[] = {{0, "Thu, 01 Jan 1970 00:00:00 GMT"},
                {784111777, "Sun, 06 Nov 1994 08:49:37 GMT"},
                {951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
                {1772323199, "Sat, 28 Feb 2026 23:59:59 GMT"},
                {253402300799, "Fri, 31 Dec 9999 23:59:59 GMT"}};
    char text[MCP__H1_DATE_BYTES];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        mcp__h1_write_date(text, rows[i].s);
        T_STR(mcp_str_n(text, sizeof(text)), rows[i].text);
    }
}

/* ---- Memory ---------------------------------------------------------------------------------- */

static size_t count(mcp_str text, const char *part)
{
    size_t n = 0, len = strlen(part);

    for (size_t i = 0; i + len <= text.len; i++) {
        n += memcmp(text.ptr + i, part, len) == 0;
    }
    return n;
}

/* A whole life with every allocation refused in turn: a full answer or a clean cut. */
static bool live(void *arg)
{
    static char body[5001];
    struct fake *f = arg;

    memset(body, 'x', sizeof(body) - 1);
    setup(f);
    if (!f->conn) {
        mcp__http_wire_free(&f->wire);
        return false;
    }
    say(f, "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n");
    for (int i = 0; i < 30; i++) {
        say(f, "X: y\r\n");
    }
    say(f, "\r\n");
    say(f, body);
    f->answers_late = true;
    say(f, GET("/2"));
    say(f, GET("/3"));
    if (f->n_open) {
        f->window = 100;
        answer(f->open[0], body);
        f->window = SIZE_MAX;
        mcp__http_conn_writable(f->conn);
    }
    bool full = f->handled == 3 && !f->is_closed;

    T_CHECK(!full || count(out(f), "200 OK") == 2);

    T_CHECK(full || f->is_closed);
    teardown(f);
    return full;
}

static void the_chunked_coding_takes_no_memory(void)
{
    struct fake f;

    setup(&f);
    mcp_alloc_refuse(0);
    say(&f, "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 400; i++) {
        say(&f, "0000000000000001\r\nx\r\n");
    }
    say(&f, "0\r\n\r\n");
    T_EQ(f.handled, 1);
    T_EQ(f.seen_len, sizeof("POST /c \n") - 1 + 400);
    T_CHECK(mcp_alloc_count() <= 5);
    teardown(&f);
}

static void an_answer_that_does_not_fit_memory_is_not_cut_short(void)
{
    static char big[20001];
    struct fake f;

    memset(big, 'x', sizeof(big) - 1);
    setup(&f);
    say(&f, GET("/1"));
    f.answers_late = true;
    say(&f, GET("/2"));
    forget(&f);
    mcp_alloc_refuse(1);
    answer(f.open[0], big);
    mcp_alloc_refuse(0);
    T_EQ(f.out_len, 0);
    T_CHECK(f.is_closed && f.is_hard);
    teardown(&f);
}

static void no_memory_is_a_clean_cut(void)
{
    struct fake f;
    size_t asked = t_torture(live, &f);

    T_CHECK(asked <= 24);
}

static const struct t_case cases[] = {
    T(answers_in_one_write),
    T(a_warm_connection_allocates_nothing),
    T(pipelined_requests_are_answered_in_order_in_one_write),
    T(ten_thousand_pipelined_requests_in_one_buffer_are_a_loop),
    T(every_cut_of_a_stream_gives_the_same_answers),
    T(the_next_request_waits_for_a_late_answer),
    T(the_request_stands_still_while_more_is_read),
    T(reading_pauses_when_too_much_is_read_ahead),
    T(requests_wait_while_answers_are_not_taken),
    T(head_is_answered_without_a_body),
    T(http_1_0_closes_unless_it_asks_to_stay),
    T(connection_close_is_kept),
    T(says_100_continue_only_while_the_body_is_awaited),
    T(refusals_end_the_connection),
    T(caps_are_refused_with_their_status),
    T(many_fields_make_more_room),
    T(forbidden_bytes_never_reach_the_wire),
    T(no_content_has_no_length),
    T(rate_limit_headers_of_both_families),
    T(dates_are_imf_fixdates),
    T(the_chunked_coding_takes_no_memory),
    T(an_answer_that_does_not_fit_memory_is_not_cut_short),
    T(no_memory_is_a_clean_cut),
};
T_MAIN("http_conn", cases)
