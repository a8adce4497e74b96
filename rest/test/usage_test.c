/* rest/test/usage_test.c - the words and headers of the usage contract, over a tool that ends in
 * every way. */
#include <rest/test/tools.h>

static const struct rest_route USAGE_ROUTES[] = {
    {.path = "/v1/subscriptions",
     .tool = "list_balances",
     .query = "status",
     .surface = &rest_surface_usage},
    {.path = "/v1/subscriptions/{id}/usage",
     .tool = "echo",
     .query = "n",
     .surface = &rest_surface_usage},
    {0},
};

static void asks(const char *target, int status, const char *part)
{
    struct wire w;

    wire_open(&w, TEST_TOOLS, USAGE_ROUTES, 0);
    mcp_str got = wire_get(&w, target);

    ck_assert_msg(wire_status(got) == status, "%s: %.*s", target, MCP_STR_ARG(got));
    T_HAS(got, part);
    wire_close_all(&w);
}

static void a_failure_has_one_of_the_contracts_codes(void)
{
    asks("/v1/subscriptions?status=broken", 500,
         "{\"error\":{\"code\":\"server_error\",\"message\":\"it broke\"}}");
    asks("/v1/subscriptions?status=full", 503, "{\"error\":{\"code\":\"server_error\",");
    asks("/v1/subscriptions?status=full", 503, "Retry-After: 1\r\n");
    asks("/v1/subscriptions/x/usage?n=five", 400, "{\"error\":{\"code\":\"invalid_request\",");
    asks("/v1/subscriptions/x/usage?n=%zz", 400, "{\"error\":{\"code\":\"invalid_request\",");
    asks("/v1/subscriptions/nobody", 404, "{\"error\":{\"code\":\"subscription_not_found\",");
}

static void the_limit_is_told_with_the_time_of_its_end(void)
{
    struct wire w;

    wire_open(&w, TEST_TOOLS, USAGE_ROUTES, 3); /* the clock stands at 1,000 s */
    mcp_str got = wire_get(&w, "/v1/subscriptions");

    T_HAS(got, "\r\nX-RateLimit-Limit: 3\r\n");
    T_HAS(got, "\r\nX-RateLimit-Remaining: 2\r\n");
    T_HAS(got, "\r\nX-RateLimit-Reset: 1020\r\n");
    T_HAS(got, "\r\nRateLimit-Policy: \"default\";q=3;w=60\r\n");
    T_HAS(got, "\r\nRateLimit: \"default\";r=2;t=20\r\n");
    T_CHECK(!t_has(got, MCP_STR("\r\nRateLimit-Reset")));
    T_CHECK(!t_has(got, MCP_STR("\r\nRetry-After")));
    (void)wire_get(&w, "/v1/subscriptions");
    (void)wire_get(&w, "/v1/subscriptions");
    got = wire_get(&w, "/v1/subscriptions");
    T_EQ(wire_status(got), 429);
    T_HAS(got, "{\"error\":{\"code\":\"rate_limit_exceeded\",");
    T_HAS(got, "\r\nX-RateLimit-Remaining: 0\r\n");
    T_HAS(got, "\r\nX-RateLimit-Reset: 1060\r\n");
    T_HAS(got, "\r\nRetry-After: 20\r\n");
    wire_close_all(&w);
}

static void without_a_limit_there_are_no_headers_of_one(void)
{
    struct wire w;

    wire_open(&w, TEST_TOOLS, USAGE_ROUTES, 0);
    T_CHECK(!t_has(wire_get(&w, "/v1/subscriptions"), MCP_STR("RateLimit")));
    wire_close_all(&w);
}

static bool ask_once(void *arg)
{
    struct wire *w = arg;
    bool is_full = false;

    w->conn = mcp__http_conn_new(&w->http, w, MCP_STR("127.0.0.1"));
    if (w->conn) {
        mcp_str got = wire_get(w, "/v1/subscriptions?status=broken");

        is_full = got.len && t_has(got, MCP_STR("it broke"));
        T_CHECK(got.len == 0 || (wire_status(got) == 500 || wire_status(got) == 503));
        T_CHECK(got.len == 0 || t_has(got, MCP_STR("{\"code\":\"server_error\",")));
    }
    mcp__http_conn_free(w->conn);
    w->conn = NULL;
    return is_full;
}

static void every_refused_allocation_is_a_clean_failure(void)
{
    struct wire w;

    wire_open(&w, TEST_TOOLS, USAGE_ROUTES, 3);
    T_CHECK(mcp_buf_room(&w.out, 65536));
    mcp__http_conn_free(w.conn);
    w.principal.rate_per_minute = 1000000;
    (void)t_torture(ask_once, &w);
    wire_close_all(&w);
}

static const struct t_case CASES[] = {
    T(a_failure_has_one_of_the_contracts_codes),
    T(the_limit_is_told_with_the_time_of_its_end),
    T(without_a_limit_there_are_no_headers_of_one),
    T(every_refused_allocation_is_a_clean_failure),
};

T_MAIN("rest/usage", CASES)
