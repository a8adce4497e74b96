/* rest/test/account_test.c - the words, cookies and askers of the account contract, over tools that
 * end in every way. */
#include <rest/test/tools.h>

static mcp_err tool_door(struct mcp_call *call, void *user)
{
    mcp_str name = mcp_arg_str(call, "name");
    struct mcp_json_writer *w = mcp_structured(call);

    (void)user;
    if (mcp_str_eq(name, MCP_STR("taken"))) {
        return mcp_fail(call, MCP_E_CONFLICT, "somebody has this name");
    }
    if (mcp_str_eq(name, MCP_STR("odd"))) {
        return mcp_fail_argument(call, "name", "the name is odd");
    }
    if (mcp_str_eq(name, MCP_STR("nobody"))) {
        return mcp_fail(call, MCP_E_UNAUTHORIZED, "not them");
    }
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("session_token"), MCP_STR("sess_abc"));
    mcp_json_member_str(w, MCP_STR("expires_at"), MCP_STR("1970-01-01T00:26:40.000Z"));
    mcp_json_object_end(w);
    return MCP_OK;
}

#define DOOR                                                                                       \
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"name\",\"word\"],"        \
    "\"properties\":{\"name\":{\"type\":\"string\"},\"word\":{\"type\":\"string\"}}}"

static const struct mcp_tool ROWS[] = {
    {.name = "door",
     .description = "d",
     .input_schema = DOOR,
     .output_schema = "{\"type\":\"object\"}",
     .scope = "login",
     .fn = tool_door,
     .fails = MCP_FAILS(CONFLICT) | MCP_FAILS(UNAUTHORIZED)},
    {.name = "list_balances",
     .description = "d",
     .input_schema = OBJECT("\"status\":{\"type\":\"string\",\"maxLength\":200}"),
     .output_schema = "{\"type\":\"object\"}",
     .scope = "read",
     .fn = tool_pools},
    {0},
};

static const struct rest_alias DOOR_ALIASES[] = {
    {MCP_E_INVALID_ARGUMENTS, "invalid_name", "name"},
    {MCP_E_INVALID_ARGUMENTS, "weak_password", "word"},
    {MCP_E_CONFLICT, "email_exists", NULL},
    {MCP_E_UNAUTHORIZED, "invalid_credentials", NULL},
    {MCP_OK, NULL, NULL},
};

static const struct rest_route ROUTES[] = {
    {.path = "/account",
     .tool = "list_balances",
     .query = "status",
     .surface = &rest_surface_account,
     .asker = REST_ASKER_SESSION},
    {.path = "/auth/me",
     .tool = "list_balances",
     .surface = &rest_surface_account,
     .asker = REST_ASKER_SESSION},
    {.method = MCP_HTTP_POST,
     .path = "/auth/in",
     .tool = "door",
     .body = REST_BODY_MERGED,
     .surface = &rest_surface_account,
     .aliases = DOOR_ALIASES,
     .asker = REST_ASKER_ANYBODY,
     .session = REST_SESSION_BEGINS,
     .rate_per_minute = 2},
    {.method = MCP_HTTP_POST,
     .path = "/auth/out",
     .tool = "list_balances",
     .surface = &rest_surface_account,
     .asker = REST_ASKER_SESSION,
     .session = REST_SESSION_ENDS},
    {.path = "/v1/balance",
     .tool = "list_balances",
     .surface = &rest_surface_account,
     .asker = REST_ASKER_EITHER},
    {0},
};

static mcp_str post(struct wire *w, const char *fields, const char *body)
{
    char head[1024];

    snprintf(head, sizeof(head), "POST /auth/in HTTP/1.1\r\nContent-Type: application/json%s",
             fields);
    return wire_say(w, head, body);
}

static void says(const char *body, int status, const char *part)
{
    struct wire w;

    wire_open(&w, ROWS, ROUTES, 0);
    mcp_str got = post(&w, "", body);

    ck_assert_msg(wire_status(got) == status, "%s: %.*s", body, MCP_STR_ARG(got));
    T_HAS(got, part);
    wire_close_all(&w);
}

static void an_argument_has_the_code_that_its_row_gives_it(void)
{
    says("{\"name\":5,\"word\":\"w\"}", 400, "{\"error\":{\"code\":\"invalid_name\",");
    says("{\"word\":\"w\"}", 400, "{\"error\":{\"code\":\"invalid_name\",");
    says("{\"name\":\"n\"}", 400, "{\"error\":{\"code\":\"weak_password\",");
    says("{\"name\":\"odd\",\"word\":\"w\"}", 400,
         "{\"error\":{\"code\":\"invalid_name\",\"message\":\"the name is odd\",\"hint\":\"Take 1 "
         "to "
         "80 characters, or null for none.\",\"docs_url\":\"http://localhost/docs/errors#"
         "invalid_name\"}}");
    says("{\"name\":\"n\",\"word\":\"w\",\"x\":1}", 400, "{\"code\":\"invalid_request\",");
    says("{", 400, "{\"error\":{\"code\":\"invalid_request\",");
    says("{\"name\":\"taken\",\"word\":\"w\"}", 409, "{\"error\":{\"code\":\"email_exists\",");
    says("{\"name\":\"nobody\",\"word\":\"w\"}", 401, "{\"code\":\"invalid_credentials\",");
}

static void a_failure_without_a_hint_has_no_such_member(void)
{
    struct wire w;

    wire_open(&w, ROWS, ROUTES, 0);
    mcp_str got = wire_get(&w, "/account/nowhere");

    T_EQ(wire_status(got), 404);
    T_HAS(got, "{\"error\":{\"code\":\"not_found\",");
    T_CHECK(!t_has(got, MCP_STR("hint")));
    T_HAS(got, "\"docs_url\":\"http://localhost/docs/errors#not_found\"");
    T_HAS(wire_get(&w, "/account?status=full"), "{\"error\":{\"code\":\"server_error\",");
    wire_close_all(&w);
}

static void the_page_where_codes_are_explained_has_each(void)
{
    struct wire w;

    wire_open(&w, ROWS, ROUTES, 0);
    mcp_str got = wire_get(&w, "/docs/errors");

    T_EQ(wire_status(got), 200);
    T_HAS(got, "Content-Type: text/html; charset=utf-8\r\n");
    T_HAS(got, "<dt id=\"invalid_name\">");
    T_HAS(got, "<dt id=\"email_exists\">");
    T_HAS(got, "<dt id=\"rate_limit_exceeded\">");
    T_HAS(got, "<dt id=\"unauthorized\">");
    wire_close_all(&w);
}

static void who_signs_in_gets_the_cookie_and_who_signs_out_gives_it_back(void)
{
    static const char BODY[] = "{\"name\":\"n\",\"word\":\"w\"}";
    struct wire w;

    wire_open(&w, ROWS, ROUTES, 0); /* the clock stands at 1,000 s */
    T_HAS(post(&w, "", BODY), "\r\nSet-Cookie: quota_session=sess_abc; Path=/; Max-Age=600; "
                              "HttpOnly; SameSite=Lax; Secure\r\n");
    T_HAS(post(&w, "\r\nX-Forwarded-Proto: https", BODY),
          "\r\nSet-Cookie: __Host-quota_session=sess_abc; Path=/; Max-Age=600; HttpOnly; "
          "SameSite=Lax; Secure\r\n");
    mcp_str got = wire_say(&w, "POST /auth/out HTTP/1.1", "");

    T_EQ(wire_status(got), 200);
    T_HAS(got, "\r\nSet-Cookie: quota_session=; Path=/; Max-Age=0;");
    T_HAS(got, "\r\nSet-Cookie: __Host-quota_session=; Path=/; Max-Age=0;");
    T_CHECK(!t_has(wire_get(&w, "/account"), MCP_STR("Set-Cookie")));
    /* Clients that have nothing to say say {} */
    static const char OUT[] = "POST /auth/out HTTP/1.1\r\nContent-Type: application/json";
    static const char *const NO_BODY[] = {"{}", " {\r\n\t} \n", " "};
    static const char *const BODY_OF_ITS_OWN[] = {"{\"a\":1}", "{",   "}",    "[]",
                                                  "{}}",       "{{}", "null", "\f"};

    for (size_t i = 0; i < sizeof(NO_BODY) / sizeof(NO_BODY[0]); i++) {
        got = wire_say(&w, OUT, NO_BODY[i]);
        T_EQ(wire_status(got), 200);
        T_HAS(got, "\r\nSet-Cookie: quota_session=; ");
    }
    for (size_t i = 0; i < sizeof(BODY_OF_ITS_OWN) / sizeof(BODY_OF_ITS_OWN[0]); i++) {
        got = wire_say(&w, OUT, BODY_OF_ITS_OWN[i]);
        T_EQ(wire_status(got), 400);
        T_HAS(got, "this route takes no body");
    }
    wire_close_all(&w);
}

/* Each public row has its own allowance, and the others none of it. */
static void the_rate_of_a_public_row_is_that_of_the_address(void)
{
    static const char BODY[] = "{\"name\":\"n\",\"word\":\"w\"}";
    struct wire w;

    wire_open(&w, ROWS, ROUTES, 0);
    w.principal.limit_id[0] = 4;
    T_HAS(post(&w, "", BODY), "\r\nX-RateLimit-Limit: 2\r\n");
    T_EQ(wire_status(post(&w, "", "{}")), 400); /* costs its unit, too */
    mcp_str got = post(&w, "", BODY);

    T_EQ(wire_status(got), 429);
    T_HAS(got, "{\"error\":{\"code\":\"rate_limit_exceeded\",");
    T_EQ(wire_status(wire_get(&w, "/account")), 200);
    wire_close_all(&w);
}

static const struct rest_route EVENT_ROUTES[] = {
    {.method = MCP_HTTP_POST,
     .path = "/webhooks/x",
     .tool = "echo",
     .body = REST_BODY_TEXT,
     .text = "q",
     .header = "X-Sign",
     .header_argument = "id",
     .surface = &rest_surface_account},
    {.path = "/account", .tool = "echo", .surface = &rest_surface_account},
    {0},
};

static void what_is_signed_arrives_as_it_was_sent(void)
{
#define EVENT "POST /webhooks/x HTTP/1.1\r\nContent-Type: application/json; charset=utf-8\r\n"
    struct wire w;

    wire_open(&w, TEST_TOOLS, EVENT_ROUTES, 0);
    mcp_str got = wire_say(&w, EVENT "x-sign: t=1,v1=2", " { \"a\" :\t\"\\u00e9\xc3\xa9\" }\n");

    T_HAS(got, "{\"q\":\" { \\\"a\\\" :\\t\\\"\\\\u00e9\xc3\xa9\\\" }\\n\",\"id\":\"t=1,v1=2\"}");
    got = wire_say(&w, EVENT "X-Sign: a\r\nX-Sign: b", "{}");
    T_HAS(got, "{\"q\":\"{}\"}"); /* twice is none */
    got = wire_say(&w, EVENT "X-Sign: a", "{\"\xff\":1}");
    T_EQ(wire_status(got), 400);
    T_HAS(got, "{\"error\":{\"code\":\"invalid_request\",");
    got = wire_say(&w, "POST /webhooks/x HTTP/1.1\r\nContent-Type: text/plain", "{}");
    T_EQ(wire_status(got), 415);
    wire_close_all(&w);
}

static const struct mcp_http_route *http_of(const struct wire *w, const char *path)
{
    return mcp__http_route_find("/mcp", rest_http_routes(w->rest), mcp_str_c(path)).route;
}

static void the_transport_is_told_whose_request_a_path_takes(void)
{
    struct wire w;

    wire_open(&w, ROWS, ROUTES, 0);
    T_CHECK(http_of(&w, "/account")->is_session_only && !http_of(&w, "/account")->is_public);
    T_CHECK(strcmp(http_of(&w, "/account/x")->cookie, "quota_session") == 0);
    T_CHECK(http_of(&w, "/auth/in")->is_public && !http_of(&w, "/auth/in")->cookie);
    T_CHECK(http_of(&w, "/auth/me")->is_session_only && !http_of(&w, "/auth/me")->is_public);
    T_CHECK(http_of(&w, "/auth/nowhere")->is_session_only);
    T_CHECK(!http_of(&w, "/v1/balance")->is_session_only && http_of(&w, "/v1/balance")->cookie);
    T_CHECK(!http_of(&w, "/v1/other"));
    wire_close_all(&w);
}

static void two_askers_of_one_path_are_refused_at_the_start(void)
{
    static const struct rest_route ODD[] = {
        {.path = "/account",
         .tool = "door",
         .query = "name word",
         .surface = &rest_surface_account},
        {.path = "/account",
         .method = MCP_HTTP_POST,
         .tool = "list_balances",
         .surface = &rest_surface_account,
         .asker = REST_ASKER_ANYBODY},
        {0},
    };
    char why[256] = "";
    struct wire w = {0};

    w.server = wire_server(&w, ROWS, 0);
    T_CHECK(!rest_new(w.server, &(struct rest_options){.routes = ODD}, why, sizeof(why)));
    T_HAS(mcp_str_c(why), "route /account: a path of other routes asks for another credential");
    mcp_server_free(w.server);
}

static bool post_once(void *arg)
{
    struct wire *w = arg;
    bool is_set = false;

    w->conn = mcp__http_conn_new(&w->http, w, MCP_STR("127.0.0.1"));
    if (w->conn) {
        mcp_str got = post(w, "", "{\"name\":\"n\",\"word\":\"w\"}");

        is_set = got.len && wire_status(got) == 200 && t_has(got, MCP_STR("Set-Cookie"));
        T_CHECK(!got.len || wire_status(got) == 200 || t_has(got, MCP_STR("server_error")));
    }
    mcp__http_conn_free(w->conn);
    w->conn = NULL;
    return is_set;
}

static void every_refused_allocation_is_a_clean_failure(void)
{
    struct rest_route rows[] = {ROUTES[2], {0}};
    struct wire w;

    rows[0].rate_per_minute = 0;
    wire_open(&w, ROWS, rows, 0);
    T_CHECK(mcp_buf_room(&w.out, 65536));
    mcp__http_conn_free(w.conn);
    (void)t_torture(post_once, &w);
    wire_close_all(&w);
}

static const struct t_case CASES[] = {
    T(an_argument_has_the_code_that_its_row_gives_it),
    T(a_failure_without_a_hint_has_no_such_member),
    T(the_page_where_codes_are_explained_has_each),
    T(who_signs_in_gets_the_cookie_and_who_signs_out_gives_it_back),
    T(what_is_signed_arrives_as_it_was_sent),
    T(the_rate_of_a_public_row_is_that_of_the_address),
    T(the_transport_is_told_whose_request_a_path_takes),
    T(two_askers_of_one_path_are_refused_at_the_start),
    T(every_refused_allocation_is_a_clean_failure),
};

T_MAIN("rest/account", CASES)
