/* rest/test/handle_test.c - requests over a real connection in memory, to a real engine. */
#include <rest/test/tools.h>

/* Open a server, ask one thing, expect a status and a part of the answer. */
static void asks(const char *target, int status, const char *part)
{
    struct wire w;
    mcp_str got;

    wire_open(&w, TEST_TOOLS, TEST_ROUTES, 0);
    got = wire_get(&w, target);
    ck_assert_msg(wire_status(got) == status, "%s: %.*s", target, MCP_STR_ARG(got));
    T_HAS(got, part);
    T_HAS(got, "Cache-Control: no-store\r\n");
    wire_close_all(&w);
}

static void the_query_becomes_typed_arguments(void)
{
    asks("/api/v1/echo/x?n=5&on=true&q=a%26b+c", 200,
         "{\"id\":\"x\",\"n\":5,\"on\":true,\"q\":\"a&b c\"}");
    asks("/api/v1/pools", 200, "{\"pools\":[\"\"]}");
    asks("/api/v1/pools?status=low,critical", 200, "[\"low,critical\"]");
}

static void a_name_the_row_does_not_know_is_ignored(void)
{
    asks("/api/v1/pools?cache=1&statu=x&&=&status=low", 200, "[\"low\"]");
    /* an argument of the tool, but not of the row */
    asks("/api/v1/echo/x?tags=a", 200, "{\"id\":\"x\"}");
}

static void a_list_may_be_repeated_and_nothing_else(void)
{
    asks("/api/v1/pools?status=low&status=critical", 200, "[\"low,critical\"]");
    asks("/api/v1/echo/x?n=1&n=2", 400, "given more than once: n");
}

static void percent_escapes_are_decoded_strictly(void)
{
    asks("/api/v1/pools?status=%6Cow", 200, "[\"low\"]");
    asks("/api/v1/pools?%73tatus=low", 200, "[\"low\"]");
    asks("/api/v1/echo/a%2Fb%C3%A9+", 200, "\"id\":\"a/b\xc3\xa9+\"");
    asks("/api/v1/pools?status=%zz", 400, "\"code\":\"invalid_request\"");
    asks("/api/v1/pools?status=%4", 400, "percent-encoding");
    asks("/api/v1/pools?status=%", 400, "percent-encoding");
    asks("/api/v1/pools?status=a%00b", 400, "percent-encoding");
    asks("/api/v1/pools?status=%ff", 400, "percent-encoding");
    asks("/api/v1/pools?status=%c0%80", 400, "percent-encoding");
    asks("/api/v1/pools?status=%ed%a0%80", 400, "percent-encoding");
    asks("/api/v1/pools?%ff=1", 400, "percent-encoding");
    asks("/api/v1/echo/%00", 400, "percent-encoding in the path: id");
    asks("/api/v1/pools?%ff=1", 400, "\"code\":\"invalid_request\"");
    asks("/api/v1/echo/%00", 400, "\"code\":\"invalid_request\"");
}

static void a_failure_speaks_the_surfaces_words(void)
{
    asks("/api/v1/pools?status=bad", 400,
         "{\"error\":{\"code\":\"invalid_status\",\"message\":\"\\\"bad\\\" is not a status\"}}");
    asks("/api/v1/pools?status=broken", 500, "{\"error\":{\"code\":\"internal\",");
    asks("/api/v1/pools?status=full", 503, "\"code\":\"storage_unavailable\"");
    asks("/api/v1/pools?status=full", 503, "Retry-After: 1\r\n");
    asks("/api/v1/nothing", 404, "{\"error\":{\"code\":\"not_found\",");
    asks("/api/v1/echo/x?n=five", 400, "\"code\":\"invalid_status\"");
}

static void a_missing_scope_is_403_before_the_filter_is_read(void)
{
    struct wire w;
    mcp_str got;

    wire_open(&w, TEST_TOOLS, TEST_ROUTES, 60);
    snprintf(w.principal.scopes, sizeof(w.principal.scopes), "other");
    got = wire_get(&w, "/api/v1/pools?status=%zz");
    T_EQ(wire_status(got), 403);
    T_HAS(got, "\"code\":\"insufficient_scope\"");
    T_HAS(got, "WWW-Authenticate: Bearer error=\"insufficient_scope\", scope=\"read\"\r\n");
    wire_close_all(&w);
}

static void the_trace_context_of_a_request_reaches_the_tool(void)
{
    struct wire w;

    wire_open(&w, TEST_TOOLS, TEST_ROUTES, 0);
    T_HAS(wire_say(&w,
                   "GET /api/v1/trace HTTP/1.1\r\ntraceparent: 00-a\r\nTraceState: x=1\r\n"
                   "baggage: k=v",
                   ""),
          "{\"parent\":\"00-a\",\"state\":\"x=1\",\"baggage\":\"k=v\"}");
    T_HAS(wire_say(&w, "GET /api/v1/trace HTTP/1.1\r\ntraceparent: 00-a\r\ntraceparent: 00-b", ""),
          "{\"parent\":\"\",\"state\":\"\",\"baggage\":\"\"}");
    wire_close_all(&w);
}

static const struct mcp_tool NAMED_TOOLS[] = {
    {.name = "named",
     .description = "d",
     .input_schema = OBJECT("\"a\":{\"type\":\"integer\"},"
                            "\"idempotencyKey\":{\"type\":\"string\",\"minLength\":1}"),
     .output_schema = "{\"type\":\"object\"}",
     .fn = tool_echo},
    {.name = "plain",
     .description = "d",
     .input_schema = OBJECT("\"a\":{\"type\":\"integer\"}"),
     .output_schema = "{\"type\":\"object\"}",
     .fn = tool_echo},
    {0},
};
static const struct rest_route NAMED_ROUTES[] = {
    {.method = MCP_HTTP_POST, .path = "/api/v1/named", .tool = "named", .body = REST_BODY_MERGED},
    {.method = MCP_HTTP_POST, .path = "/api/v1/plain", .tool = "plain", .body = REST_BODY_MERGED},
    {0},
};

static void posts(const char *path, const char *fields, const char *body, int status,
                  const char *part)
{
    char head[400];
    struct wire w;

    wire_open(&w, NAMED_TOOLS, NAMED_ROUTES, 0);
    snprintf(head, sizeof(head), "POST %s HTTP/1.1\r\nContent-Type: application/json%s", path,
             fields);
    mcp_str got = wire_say(&w, head, body);

    ck_assert_msg(wire_status(got) == status, "%s: %.*s", fields, MCP_STR_ARG(got));
    T_HAS(got, part);
    wire_close_all(&w);
}

#define KEY "\r\nIdempotency-Key: "

/* Whoever names a request relies on it: a name that is not understood is no request without one. */
static void a_request_names_itself_in_a_header_once(void)
{
    posts("/api/v1/named", KEY "k", "{\"a\":1}", 200, "{\"a\":1,\"idempotencyKey\":\"k\"}");
    posts("/api/v1/named", KEY "\"k\"", "{\"a\":1}", 200, "\"idempotencyKey\":\"k\"");
    posts("/api/v1/named", KEY "k", "{}", 200, "{\"idempotencyKey\":\"k\"}");
    posts("/api/v1/named", "", "{\"idempotencyKey\":\"k\"}", 200, "{\"idempotencyKey\":\"k\"}");
    posts("/api/v1/named", KEY "k", "{\"idempotencyKey\":\"k\"}", 400, "header and in the body");
    posts("/api/v1/named", KEY "k" KEY "k", "{}", 400, "comes twice");
    posts("/api/v1/named", KEY, "{}", 400, "empty");
    posts("/api/v1/named", KEY "\"\"", "{}", 400, "idempotencyKey");
    posts("/api/v1/plain", KEY "k", "{\"a\":1}", 200, "{\"a\":1}"); /* it is nobody's there */
}

static void a_bad_filter_costs_a_unit(void)
{
    struct wire w;
    mcp_str got;

    wire_open(&w, TEST_TOOLS, TEST_ROUTES, 3);
    T_HAS(wire_get(&w, "/api/v1/pools?status=bad"), "RateLimit-Remaining: 2\r\n");
    T_HAS(wire_get(&w, "/api/v1/pools?status=%zz"), "RateLimit-Remaining: 1\r\n");
    T_HAS(wire_get(&w, "/api/v1/pools"), "RateLimit-Remaining: 0\r\n");
    got = wire_get(&w, "/api/v1/pools?status=bad");
    T_EQ(wire_status(got), 429);
    T_HAS(got, "\"code\":\"rate_limited\"");
    T_HAS(got, "Retry-After: ");
    T_HAS(got, "RateLimit-Limit: 3\r\n");
    T_HAS(got, "RateLimit-Policy: ");
    wire_close_all(&w);
}

static void another_method_is_405_with_allow(void)
{
    struct wire w;
    mcp_str got;

    wire_open(&w, TEST_TOOLS, TEST_ROUTES, 0);
    got = wire_say(&w, "POST /api/v1/pools HTTP/1.1", "{}");
    T_EQ(wire_status(got), 405);
    T_HAS(got, "Allow: GET, HEAD, OPTIONS\r\n");
    T_HAS(got, "{\"error\":{\"code\":\"method_not_allowed\",");
    got = wire_say(&w, "BREW /api/v1/pools HTTP/1.1", "");
    T_EQ(wire_status(got), 405);
    wire_close_all(&w);
}

static void options_says_allow_and_head_has_no_body(void)
{
    struct wire w;
    mcp_str got;

    wire_open(&w, TEST_TOOLS, TEST_ROUTES, 0);
    got = wire_say(&w, "OPTIONS /api/v1/pools HTTP/1.1", "");
    T_EQ(wire_status(got), 204);
    T_HAS(got, "Allow: GET, HEAD, OPTIONS\r\n");
    T_EQ(wire_status(wire_say(&w, "OPTIONS /api/v1/nothing HTTP/1.1", "")), 404);
    got = wire_say(&w, "HEAD /api/v1/pools HTTP/1.1", "");
    T_EQ(wire_status(got), 200);
    T_HAS(got, "Content-Length: 14\r\n");
    T_EQ(wire_body(got).len, 0);
    wire_close_all(&w);
}

static const char *const JSON_PUT =
    "PUT /api/v1/echo/x HTTP/1.1\r\nContent-Type: application/json; charset=utf-8";

static void a_body_is_merged_with_the_path(void)
{
    struct wire w;
    mcp_str got;

    wire_open(&w, TEST_TOOLS, TEST_ROUTES, 0);
    got = wire_say(&w, JSON_PUT, "{\"n\": 1e1, \"tags\": [1, \"\\u00e9\"]}");
    T_EQ(wire_status(got), 201);
    T_HAS(got, "{\"id\":\"x\",\"n\":1e1,\"tags\":[1, \"\\u00e9\"]}");
    T_EQ(wire_status(wire_say(&w, JSON_PUT, "{}")), 201);
    got = wire_say(&w, JSON_PUT, "{\"id\":\"y\"}");
    T_EQ(wire_status(got), 400);
    T_HAS(got, "belongs in the path");
    T_EQ(wire_status(wire_say(&w, JSON_PUT, "{\"n\":1,\"n\":2}")), 400);
    T_EQ(wire_status(wire_say(&w, JSON_PUT, "[]")), 400);
    T_EQ(wire_status(wire_say(&w, JSON_PUT, "{\"n\":")), 400);
    T_EQ(wire_status(wire_say(&w, JSON_PUT, "")), 400);
    got = wire_say(&w, "PUT /api/v1/echo/x HTTP/1.1\r\nContent-Type: text/plain", "{}");
    T_EQ(wire_status(got), 415);
    T_HAS(got, "unsupported_media_type");
    wire_close_all(&w);
}

static void a_route_without_a_body_refuses_one_and_204_sends_none(void)
{
    struct wire w;
    mcp_str got;

    wire_open(&w, TEST_TOOLS, TEST_ROUTES, 0);
    got = wire_say(&w, "GET /api/v1/pools HTTP/1.1", "x");
    T_EQ(wire_status(got), 400);
    T_HAS(got, "\"code\":\"invalid_request\"");
    got = wire_say(&w, "DELETE /api/v1/echo/x HTTP/1.1", "");
    T_EQ(wire_status(got), 204);
    T_EQ(wire_body(got).len, 0);
    wire_close_all(&w);
}

static void a_late_tool_answers_when_it_is_done(void)
{
    struct wire w;

    wire_open(&w, TEST_TOOLS, TEST_ROUTES, 0);
    T_EQ(wire_get(&w, "/api/v1/late").len, 0);
    w.now_ms += 1000;
    mcp_server_tick(w.server);
    T_EQ(wire_status(mcp_buf_str(&w.out)), 200);
    T_STR(wire_body(mcp_buf_str(&w.out)), "{}");
    wire_close_all(&w);
}

static void a_peer_that_is_gone_ends_its_call(void)
{
    struct wire w;

    wire_open(&w, TEST_TOOLS, TEST_ROUTES, 0);
    T_EQ(wire_get(&w, "/api/v1/late").len, 0);
    T_EQ(mcp_server_calls(w.server), 1);
    mcp__http_conn_free(w.conn);
    w.now_ms += 1000;
    mcp_server_tick(w.server);
    T_EQ(mcp_server_calls(w.server), 0);
    T_EQ(w.out.len, 0);
    wire_connect(&w);
    T_EQ(wire_status(wire_get(&w, "/api/v1/pools")), 200);
    wire_close_all(&w);
}

static mcp_err refusal;

static void refuse_now(void *user, struct mcp_http_exchange *ex)
{
    rest_refuse(((struct wire *)user)->rest, ex, refusal);
}

static void the_transports_no_is_said_in_the_surfaces_words(void)
{
    static const struct {
        mcp_err err;
        int status;
        const char *part;
    } ROWS[] = {
        {MCP_E_UNAUTHORIZED, 401, "WWW-Authenticate: Bearer\r\n"},
        {MCP_E_UNAUTHORIZED, 401, "{\"error\":{\"code\":\"unauthorized\","},
        {MCP_E_FOREIGN_ORIGIN, 403, "{\"error\":{\"code\":\"forbidden\","},
        {MCP_E_STORAGE, 503, "{\"error\":{\"code\":\"storage_unavailable\","},
    };
    struct wire w;

    wire_open(&w, TEST_TOOLS, TEST_ROUTES, 0);
    w.http.handle = refuse_now;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        refusal = ROWS[i].err;
        mcp_str got = wire_get(&w, "/api/v1/pools");

        T_EQ(wire_status(got), ROWS[i].status);
        T_HAS(got, ROWS[i].part);
    }
    wire_close_all(&w);
}

/* ---- Problem details ------------------------------------------------------------------------- */

static mcp_str ask_accepting(struct wire *w, const char *target, const char *accept)
{
    char head[512];

    snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\nAccept: %s", target, accept);
    return wire_say(w, head, "");
}

static void who_names_problem_details_gets_them(void)
{
    static const char *const ASKED[] = {
        "application/problem+json",
        "application/json, application/problem+json",
        "application/problem+json;q=0.1, */*",
        "text/html , Application/Problem+JSON ; q=0.001",
        "text/html\r\nAccept: application/problem+json",
        "application/problem+json;profile=x;q=1",
    };
    static const char *const NOT_ASKED[] = {
        "*/*",
        "application/*",
        "application/json",
        "application/problem+json;q=0",
        "application/problem+json; q=0.000",
        "application/problem+jsonx",
        "text/x;a=application/problem+json",
        "",
    };
    struct wire w;

    wire_open(&w, TEST_TOOLS, TEST_ROUTES, 0);
    for (size_t i = 0; i < sizeof(ASKED) / sizeof(ASKED[0]); i++) {
        mcp_str got = ask_accepting(&w, "/api/v1/pools?status=bad", ASKED[i]);

        T_EQ(wire_status(got), 400);
        T_HAS(got, "Content-Type: application/problem+json\r\n");
        T_STR(wire_body(got), "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,"
                              "\"detail\":\"\\\"bad\\\" is not a status\","
                              "\"code\":\"invalid_status\"}");
    }
    for (size_t i = 0; i < sizeof(NOT_ASKED) / sizeof(NOT_ASKED[0]); i++) {
        mcp_str got = ask_accepting(&w, "/api/v1/pools?status=bad", NOT_ASKED[i]);

        T_HAS(got, "Content-Type: application/json\r\n");
        T_HAS(got, "{\"error\":{\"code\":\"invalid_status\",");
    }
    wire_close_all(&w);
}

static void problem_details_are_for_failures_only(void)
{
    struct wire w;

    wire_open(&w, TEST_TOOLS, TEST_ROUTES, 0);
    mcp_str got = ask_accepting(&w, "/api/v1/pools", "application/problem+json");

    T_EQ(wire_status(got), 200);
    T_HAS(got, "Content-Type: application/json\r\n");
    got = wire_say(&w, "POST /api/v1/pools HTTP/1.1\r\nAccept: application/problem+json", "");
    T_EQ(wire_status(got), 405);
    T_HAS(got, "Allow: GET, HEAD, OPTIONS\r\n");
    T_HAS(got, "\"title\":\"Method Not Allowed\",\"status\":405,");
    wire_close_all(&w);
}

static void the_problem_of_a_limit_has_its_registered_type(void)
{
    struct wire w;

    wire_open(&w, TEST_TOOLS, TEST_ROUTES, 1);
    ask_accepting(&w, "/api/v1/pools", "application/problem+json");
    mcp_str got = ask_accepting(&w, "/api/v1/pools", "application/problem+json");

    T_EQ(wire_status(got), 429);
    T_HAS(got, "\"type\":\"https://iana.org/assignments/http-problem-types#quota-exceeded\",");
    T_HAS(got, "\"violated-policies\":[\"default\"]");
    T_HAS(got, "Retry-After: ");
    wire_close_all(&w);
}

/* ---- Memory ---------------------------------------------------------------------------------- */

/* A connection of its own: one that had no memory for the request was cut. */
static bool ask_once(void *arg)
{
    struct wire *w = arg;
    bool is_full = false;

    w->conn = mcp__http_conn_new(&w->http, w, MCP_STR("127.0.0.1"));
    if (w->conn) {
        mcp_str got = wire_get(w, "/api/v1/echo/a%20b?n=5&q=x");

        is_full = got.len && wire_status(got) == 200;
        T_CHECK(is_full || got.len == 0 || wire_status(got) == 503 || wire_status(got) == 500);
    }
    mcp__http_conn_free(w->conn);
    w->conn = NULL;
    return is_full;
}

static void a_warm_request_takes_few_allocations(void)
{
    struct wire w;

    wire_open(&w, TEST_TOOLS, TEST_ROUTES, 0);
    for (int i = 0; i < 3; i++) {
        T_EQ(wire_status(wire_get(&w, "/api/v1/pools")), 200);
    }
    mcp_alloc_refuse(0);
    T_EQ(wire_status(wire_get(&w, "/api/v1/pools")), 200);
    size_t asked = mcp_alloc_count();

    ck_assert_msg(asked <= 16, "%zu allocations for one request", asked);
    wire_close_all(&w);
}

static void every_refused_allocation_is_a_clean_failure(void)
{
    struct wire w;

    wire_open(&w, TEST_TOOLS, TEST_ROUTES, 0);
    T_CHECK(mcp_buf_room(&w.out, 65536));
    mcp__http_conn_free(w.conn);
    size_t asked = t_torture(ask_once, &w);

    ck_assert_msg(asked <= 48, "%zu allocations for a connection and a request", asked);
    wire_close_all(&w);
}

static const struct t_case CASES[] = {
    T(the_query_becomes_typed_arguments),
    T(a_name_the_row_does_not_know_is_ignored),
    T(a_list_may_be_repeated_and_nothing_else),
    T(percent_escapes_are_decoded_strictly),
    T(a_failure_speaks_the_surfaces_words),
    T(a_missing_scope_is_403_before_the_filter_is_read),
    T(the_trace_context_of_a_request_reaches_the_tool),
    T(a_request_names_itself_in_a_header_once),
    T(a_bad_filter_costs_a_unit),
    T(another_method_is_405_with_allow),
    T(options_says_allow_and_head_has_no_body),
    T(a_body_is_merged_with_the_path),
    T(a_route_without_a_body_refuses_one_and_204_sends_none),
    T(a_late_tool_answers_when_it_is_done),
    T(a_peer_that_is_gone_ends_its_call),
    T(the_transports_no_is_said_in_the_surfaces_words),
    T(who_names_problem_details_gets_them),
    T(problem_details_are_for_failures_only),
    T(the_problem_of_a_limit_has_its_registered_type),
    T(a_warm_request_takes_few_allocations),
    T(every_refused_allocation_is_a_clean_failure),
};

T_MAIN("rest/handle", CASES)
