/* The order of refusals: guard, discovery, credential, endpoint (protocol.md 2.16 and 3). */
#include <transport/test/site_bench.h>

static int handled;

static void on_route(void *user, struct mcp_http_exchange *ex)
{
    struct mcp_http_response res = {.status = 200, .content_type = "text/plain"};
    static char who[2];

    (void)user;
    handled++;
    who[0] = (char)('0' + mcp_http_exchange_request(ex)->principal.id[0]);
    res.body = mcp_str_c(who);
    mcp_http_respond(ex, &res);
}

static void on_refuse(void *user, struct mcp_http_exchange *ex, mcp_err err)
{
    struct mcp_http_response res = {.status = mcp_err_info(err)->rest_status,
                                    .content_type = "text/plain",
                                    .body = MCP_STR("in its own words")};

    (void)user;
    mcp_http_response_challenge(&res);
    mcp_http_respond(ex, &res);
}

static int drained;

static void on_drain(void *user)
{
    (void)user;
    drained++;
}

static const struct mcp_http_route ROUTES[] = {
    {.prefix = "/api/v1", .handle = on_route},
    {.prefix = "/own", .handle = on_route, .refuse = on_refuse},
    {.prefix = "/healthz", .handle = on_route, .is_public = true},
    {.prefix = "/alone", .handle = on_route, .is_public = true, .is_exact = true},
    {.prefix = "/page", .handle = on_route, .cookie = "s", .drain = on_drain},
    {0},
};

static struct bench *open_bench(void)
{
    static struct bench b;

    T_CHECK(bench_open(&b, (struct mcp_http_options){.verify = bench_verify, .routes = ROUTES}));
    b.opt.verify_user = &b;
    handled = 0;
    return &b;
}

/* "METHOD path" with header lines; Host is added unless the headers bring one. */
static struct answer ask(struct bench *b, const char *line, const char *headers)
{
    char text[2048];

    snprintf(text, sizeof(text), "%s HTTP/1.1\r\n%s%s\r\n", line,
             strstr(headers, "Host:") ? "" : HOST, headers);
    say(b, 0, mcp_str_c(text));
    struct answer a = got(b, 0);

    T_CHECK(a.is_whole);
    return a;
}

static void expect(struct bench *b, const char *line, const char *headers, int status_wanted,
                   const char *part)
{
    struct answer a = ask(b, line, headers);

    ck_assert_msg(a.status == status_wanted, "%s %s: %d, want %d", line, headers, a.status,
                  status_wanted);
    T_HAS(mcp_buf_str(&a.body), part);
    answer_free(&a);
}

#define GOOD "Authorization: Bearer good\r\n"

/* 3.1: Origin/Host 403 -> auth 401 -> the rest */
static void a_foreign_origin_is_refused_before_anything_else(void)
{
    static const char *const LINES_[] = {"GET /mcp",     "GET /api/v1/x", "GET /healthz",
                                         "GET /nowhere", "PUT /mcp",      "OPTIONS /mcp",
                                         "GET /register"};
    struct bench *b = open_bench();

    for (size_t i = 0; i < sizeof(LINES_) / sizeof(LINES_[0]); i++) {
        expect(b, LINES_[i], GOOD "Host: evil.example\r\n", 403, "error");
        expect(b, LINES_[i], GOOD "Origin: http://evil.example\r\n", 403, "error");
        /* and its page is not told that it may read this */
        T_CHECK(!t_has(mcp_buf_str(&b->lines[0].out), MCP_STR("Access-Control-")));
    }
    T_EQ(handled, 0);
    T_EQ(b->verified, 0);
    expect(b, "GET /mcp", "Origin: null\r\n", 403, "\"code\":1403");
    expect(b, "GET /api/v1/x", "Origin: null\r\n", 403, "{\"error\":{\"code\":\"forbidden\"");
    expect(b, "GET /own", "Origin: null\r\n", 403, "in its own words");
    bench_close(b);
}

/* 3.2; no credential is asked for, whatever the method */
static void discovery_is_a_json_404_without_a_credential(void)
{
    struct bench *b = open_bench();
    static const char *const LINES_[] = {
        "GET /.well-known/oauth-protected-resource",
        "GET /.well-known/oauth-protected-resource/mcp",
        "GET /.well-known/oauth-authorization-server/mcp",
        "GET /.well-known/openid-configuration",
        "GET /mcp/.well-known/openid-configuration",
        "POST /register",
        "GET /authorize?client_id=x",
        "POST /token",
        "GET /nowhere",
        "GET /",
    };

    for (size_t i = 0; i < sizeof(LINES_) / sizeof(LINES_[0]); i++) {
        struct answer a = ask(b, LINES_[i], "Content-Length: 0\r\n");

        ck_assert_msg(a.status == 404, "%s: %d", LINES_[i], a.status);
        T_STR(answer_header(&a, "Content-Type"), "application/json");
        T_STR(mcp_buf_str(&a.body), "{\"error\":\"not_found\"}");
        T_CHECK(!answer_header(&a, "WWW-Authenticate").ptr);
        answer_free(&a);
    }
    T_EQ(b->verified, 0);
    bench_close(b);
}

static void an_exact_route_has_nothing_below_it(void)
{
    struct bench *b = open_bench();

    expect(b, "GET /alone", "", 200, "");
    expect(b, "GET /alone/", "", 404, "not_found");
    expect(b, "GET /alone/x", "", 404, "not_found");
    expect(b, "GET /alon", "", 404, "not_found");
    bench_close(b);
}

static void a_cookie_counts_where_a_route_takes_it_and_from_its_own_pages(void)
{
    struct bench *b = open_bench();

    b->is_session = true;
    expect(b, "GET /page", "Cookie: s=good\r\n", 200, "");
    expect(b, "GET /page", "Authorization: Bearer good\r\n", 401, "unauthorized");
    expect(b, "GET /api/v1/x", "Cookie: s=good\r\n", 401, "unauthorized");
    expect(b, "GET /mcp", "Cookie: s=good\r\n", 401, "error");
    expect(b, "GET /mcp", GOOD, 401, "error");
    int before = b->verified;

    /* a page of another port of this host: the guard lets loopback pass, the cookie does not */
    expect(b, "GET /page", "Origin: http://localhost:1\r\nCookie: s=good\r\n", 403, "forbidden");
    T_CHECK(!t_has(mcp_buf_str(&b->lines[0].out), MCP_STR("Access-Control-")));
    expect(b, "POST /page", "Content-Length: 0\r\nCookie: s=good\r\n", 403, "forbidden");
    T_EQ(b->verified, before);
    bench_close(b);
}

static void a_route_hears_that_the_server_stops(void)
{
    struct bench *b = open_bench();

    drained = 0;
    mcp__http_site_drain(b->site);
    T_EQ(drained, 1);
    bench_close(b);
}

/* 3.1: 401 comes before anything that reveals which methods exist */
static void a_401_comes_before_405_for_every_method(void)
{
    static const char *const METHODS[] = {"GET",   "POST", "DELETE",  "PUT",
                                          "PATCH", "HEAD", "OPTIONS", "BREW"};
    struct bench *b = open_bench();
    char line[64];

    for (size_t i = 0; i < sizeof(METHODS) / sizeof(METHODS[0]); i++) {
        snprintf(line, sizeof(line), "%s /mcp", METHODS[i]);
        snprintf(line, sizeof(line), "%s /mcp", METHODS[i]);
        char text[256];

        snprintf(text, sizeof(text), "%s HTTP/1.1\r\n" HOST "\r\n", line);
        say(b, 0, mcp_str_c(text));
        T_HAS(mcp_buf_str(&b->lines[0].out), "HTTP/1.1 401 ");
        T_CHECK(!t_has(mcp_buf_str(&b->lines[0].out), MCP_STR("Allow:")));
    }
    expect(b, "PUT /mcp", GOOD "Content-Length: 0\r\n", 405, "error");
    bench_close(b);
}

/* The bytes, the date aside, of the answer to a GET of /mcp with these headers. */
static void answer_bytes(struct bench *b, const char *headers, char *room, size_t room_bytes)
{
    struct answer a = ask(b, "GET /mcp", headers);
    mcp_str rest = a.head;
    size_t n = 0;

    while (rest.ptr) {
        mcp_str line = mcp_str_cut(&rest, '\n');

        if (!mcp_str_starts(line, MCP_STR("Date:"))) {
            n += (size_t)snprintf(room + n, room_bytes - n, "%.*s\n", MCP_STR_ARG(line));
        }
    }
    snprintf(room + n, room_bytes - n, "\n%.*s", MCP_STR_ARG(mcp_buf_str(&a.body)));
    answer_free(&a);
}

static void a_401_never_says_why(void)
{
    static const char *const PRESENTED[] = {
        "", /* none */
        "Authorization: Bearer unknown\r\n",
        "Authorization: Bearer expired\r\n",
        "Authorization: Bearer revoked\r\n",
        "Authorization: Bearer not a token\r\n",
        "Authorization: Bearer\r\n",
        "Authorization: Basic Z29vZA==\r\n",
        "Authorization: Bearer good\r\nAuthorization: Bearer good\r\n",
    };
    struct bench *b = open_bench();
    char first[1024], other[1024];

    answer_bytes(b, PRESENTED[0], first, sizeof(first));
    T_CHECK(strstr(first, "401"));
    T_CHECK(strstr(first, "WWW-Authenticate: Bearer\r\n"));
    T_CHECK(!strstr(first, "resource_metadata"));
    for (size_t i = 1; i < sizeof(PRESENTED) / sizeof(PRESENTED[0]); i++) {
        answer_bytes(b, PRESENTED[i], other, sizeof(other));
        T_STR(mcp_str_c(other), first); /* byte by byte */
    }
    bench_close(b);
}

static void the_wires_own_refusals_speak_the_language_of_the_path(void)
{
    static const struct {
        const char *request;
        int status;
        const char *has;
    } ROWS[] = {
        {"POST /mcp HTTP/1.1\r\n" HOST "Content-Length: 9999999\r\n\r\n", 413,
         "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32600,\"message\":\"the body is too large\"}}"},
        {"POST /mcp/sse?sessionId=x HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
         "9999999\r\n",
         413, "{\"jsonrpc\":\"2.0\",\"error\":{"},
        {"POST /mcp HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\n{", 408,
         "{\"jsonrpc\":\"2.0\",\"error\":{"},
        {"POST /api/v1/x HTTP/1.1\r\n" HOST "Content-Length: 9999999\r\n\r\n", 413,
         "{\"error\":{\"code\":\"body_too_large\""},
        {"POST /api/v1/x HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\n{", 408,
         "{\"error\":{\"code\":\"request_timeout\""},
        {"POST /mcp HTTP/1.1\r\n" HOST, 408, "{\"error\":{\"code\":\"request_timeout\""},
        {"POST /mcp HTTP/1.1\r\n" HOST "x y: z\r\n\r\n", 400,
         "{\"error\":{\"code\":\"invalid_request\""},
    };
    struct bench *b = open_bench();

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        say(b, 0, mcp_str_c(ROWS[i].request));
        if (ROWS[i].status == 408) {
            b->now_ms += 40000;
            mcp__http_wire_sweep(&b->wire, b->now_ms, b->now_ms);
        }
        T_EQ(status(b, 0), ROWS[i].status);
        T_HAS(mcp_buf_str(&b->lines[0].out), ROWS[i].has);
        line_hang_up(&b->lines[0]);
    }
    bench_close(b);
}

static void a_token_in_the_query_is_not_a_credential(void)
{
    struct bench *b = open_bench();

    expect(b, "GET /mcp?access_token=good", "", 401, "bearer token");
    expect(b, "GET /api/v1/x?token=good&access_token=good", "", 401, "\"unauthorized\"");
    T_EQ(b->verified, 0);
    bench_close(b);
}

static void a_store_that_cannot_tell_is_503_not_401(void)
{
    struct bench *b = open_bench();
    struct answer a = ask(b, "GET /mcp", "Authorization: Bearer broken\r\n");

    T_EQ(a.status, 503);
    T_STR(answer_header(&a, "Retry-After"), "1");
    T_CHECK(!answer_header(&a, "WWW-Authenticate").ptr);
    answer_free(&a);
    bench_close(b);
}

static void a_route_learns_who_asks_and_a_public_one_asks_nobody(void)
{
    struct bench *b = open_bench();

    expect(b, "GET /api/v1/pools", GOOD, 200, "1");
    expect(b, "GET /api/v1/pools", "Authorization: Bearer other\r\n", 200, "2");
    expect(b, "GET /api/v1/pools", "", 401, "{\"error\":{\"code\":\"unauthorized\"");
    expect(b, "GET /own/x", "", 401, "in its own words");
    T_EQ(handled, 2);
    expect(b, "GET /healthz", "", 200, "0");
    expect(b, "GET /healthz", "Authorization: Bearer nonsense\r\n", 200, "0");
    bench_close(b);
}

static void a_preflight_needs_no_credential(void)
{
    struct bench *b = open_bench();
    struct answer a = ask(b, "OPTIONS /mcp",
                          "Origin: http://localhost:6274\r\nAccess-Control-Request-Method: POST\r\n"
                          "Access-Control-Request-Headers: mcp-param-x\r\n");

    T_EQ(a.status, 204);
    T_STR(answer_header(&a, "Access-Control-Allow-Origin"), "http://localhost:6274");
    T_HAS(answer_header(&a, "Access-Control-Allow-Methods"), "DELETE");
    T_HAS(answer_header(&a, "Access-Control-Allow-Headers"), "mcp-param-x");
    answer_free(&a);
    a = ask(b, "OPTIONS /mcp", GOOD);
    T_EQ(a.status, 204);
    T_STR(answer_header(&a, "Allow"), "GET, POST, DELETE, OPTIONS");
    answer_free(&a);
    bench_close(b);
}

static void an_answer_to_a_page_may_be_read_by_that_page(void)
{
    struct bench *b = open_bench();

    post(b, 0, GOOD "Origin: http://localhost:6274\r\n", INITIALIZE("2025-11-25"));
    struct answer a = got(b, 0);

    T_EQ(a.status, 200);
    T_STR(answer_header(&a, "Access-Control-Allow-Origin"), "http://localhost:6274");
    T_STR(answer_header(&a, "Vary"), "Origin");
    T_HAS(answer_header(&a, "Access-Control-Expose-Headers"), "Mcp-Session-Id");
    answer_free(&a);
    a = ask(b, "GET /mcp", "Origin: http://localhost:6274\r\n");
    T_EQ(a.status, 401);
    T_HAS(answer_header(&a, "Access-Control-Expose-Headers"), "WWW-Authenticate");
    answer_free(&a);
    bench_close(b);
}

/* 3.1 rows 7 and 9 */
static void a_missing_scope_is_403_and_named(void)
{
    struct bench *b = open_bench();

    T_CHECK(bench_initialize(b, 0, "Authorization: Bearer reader\r\n", INITIALIZE("2025-11-25")));
    post(b, 0, in_session(b, "Authorization: Bearer reader\r\n"),
         "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/"
         "call\",\"params\":{\"name\":\"secret\"}}");
    struct answer a = got(b, 0);

    T_EQ(a.status, 403);
    T_STR(answer_header(&a, "WWW-Authenticate"),
          "Bearer error=\"insufficient_scope\", scope=\"secret.read\"");
    answer_free(&a);
    bench_close(b);
}

static void what_http_refuses_is_never_executed(void)
{
    struct bench *b = open_bench();

    say(b, 0,
        MCP_STR("POST /mcp HTTP/1.1\r\n" HOST GOOD
                "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"));
    T_HAS(mcp_buf_str(&b->lines[0].out), "HTTP/1.1 415 ");
    say(b, 0,
        MCP_STR("POST /mcp HTTP/1.1\r\n" HOST GOOD "Content-Type: application/json\r\n"
                "Accept: text/html\r\nContent-Length: 2\r\n\r\n{}"));
    T_HAS(mcp_buf_str(&b->lines[0].out), "HTTP/1.1 406 ");
    post(b, 0, GOOD, "");
    T_HAS(mcp_buf_str(&b->lines[0].out), "HTTP/1.1 400 ");
    T_HAS(mcp_buf_str(&b->lines[0].out), "-32700");
    bench_close(b);
}

static const struct t_case CASES[] = {
    T(a_foreign_origin_is_refused_before_anything_else),
    T(discovery_is_a_json_404_without_a_credential),
    T(an_exact_route_has_nothing_below_it),
    T(a_cookie_counts_where_a_route_takes_it_and_from_its_own_pages),
    T(a_route_hears_that_the_server_stops),
    T(a_401_comes_before_405_for_every_method),
    T(a_401_never_says_why),
    T(the_wires_own_refusals_speak_the_language_of_the_path),
    T(a_token_in_the_query_is_not_a_credential),
    T(a_store_that_cannot_tell_is_503_not_401),
    T(a_route_learns_who_asks_and_a_public_one_asks_nobody),
    T(a_preflight_needs_no_credential),
    T(an_answer_to_a_page_may_be_read_by_that_page),
    T(a_missing_scope_is_403_and_named),
    T(what_http_refuses_is_never_executed),
};
T_MAIN("transport/site", CASES)
