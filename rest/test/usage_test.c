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
    {.method = MCP_HTTP_POST,
     .path = "/v1/subscriptions/{id}/usage",
     .tool = "echo",
     .body = REST_BODY_MERGED,
     .array = "tags",
     .surface = &rest_surface_usage},
    {.path = "/v1/keys/{id}", .tool = "echo", .surface = &rest_surface_keys},
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

static void a_body_that_is_an_array_is_one_argument(void)
{
    static const char *const POST =
        "POST /v1/subscriptions/x/usage HTTP/1.1\r\nContent-Type: application/json";
    struct wire w;

    wire_open(&w, TEST_TOOLS, USAGE_ROUTES, 0);
    T_STR(wire_body(wire_say(&w, POST, "[1,{\"a\":[]}]")),
          "{\"id\":\"x\",\"tags\":[1,{\"a\":[]}]}");
    T_STR(wire_body(wire_say(&w, POST, "{\"n\":3}")), "{\"id\":\"x\",\"n\":3}");
    T_EQ(wire_status(wire_say(&w, POST, "[1,")), 400);
    T_EQ(wire_status(wire_say(&w, POST, "5")), 400);
    T_HAS(wire_get(&w, "/v1/keys/a/b"), "{\"error\":{\"code\":\"key_not_found\",");
    wire_close_all(&w);
}

static void a_row_says_which_argument_an_array_is(void)
{
    static const struct rest_route WRONG[] = {{.method = MCP_HTTP_POST,
                                               .path = "/v1/x",
                                               .tool = "echo",
                                               .body = REST_BODY_MERGED,
                                               .array = "nobody"},
                                              {0}};
    static const struct rest_route NO_BODY[] = {{.path = "/v1/x", .tool = "echo", .array = "tags"},
                                                {0}};
    struct wire w;
    char why[256] = "";

    wire_open(&w, TEST_TOOLS, USAGE_ROUTES, 0);
    T_CHECK(!rest_new(w.server, &(struct rest_options){.routes = WRONG}, why, sizeof(why)));
    T_HAS(mcp_str_c(why), "the tool has no argument \"nobody\"");
    T_CHECK(!rest_new(w.server, &(struct rest_options){.routes = NO_BODY}, why, sizeof(why)));
    T_HAS(mcp_str_c(why), "an array of no body: \"tags\"");
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
    T(a_failure_has_one_of_the_contracts_codes),    T(the_limit_is_told_with_the_time_of_its_end),
    T(without_a_limit_there_are_no_headers_of_one), T(a_body_that_is_an_array_is_one_argument),
    T(a_row_says_which_argument_an_array_is),       T(every_refused_allocation_is_a_clean_failure),
};

T_MAIN("rest/usage", CASES)
