/* Host, Origin, CORS, routes and credentials as pure functions. */
#include <mcp/test/t.h>
#include <transport/http_auth.h>
#include <transport/http_guard.h>
#include <transport/http_route.h>
#include <transport/test/request_build.h>

static const struct mcp__http_guard PLAIN = {NULL, NULL, false};
static const struct mcp__http_guard WIDE = {"example.com, exact.example:8443,[2001:db8::1]",
                                            "https://app.example, http://b.example:81", false};

static bool passes(const struct mcp__http_guard *g, const char *headers)
{
    struct request r;

    request_build(&r, MCP_HTTP_POST, headers);
    return mcp__http_guard_check(g, &r.req);
}

/* 1.4 row 5: loopback names with any port */
static void loopback_hosts_pass_and_others_do_not(void)
{
    static const char *const GOOD[] = {"localhost", "localhost:1",     "LOCALHOST:8080",
                                       "127.0.0.1", "127.0.0.1:65535", "[::1]",
                                       "[::1]:8080"};
    static const char *const BAD[] = {"evil.example.com",
                                      "localhost.evil.example",
                                      "localhost:",
                                      "localhost:x",
                                      "localhost:1:2",
                                      "localhost:70000",
                                      "127.0.0.1.nip.io",
                                      "127.0.0.2",
                                      "[::1",
                                      "[::1]x",
                                      "::1",
                                      "[::2]",
                                      "user@localhost",
                                      "localhost, localhost",
                                      "0.0.0.0",
                                      "",
                                      ":80"};
    char line[100];

    for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
        snprintf(line, sizeof(line), "Host: %s\n", GOOD[i]);
        ck_assert_msg(passes(&PLAIN, line), "%s is refused", line);
    }
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        snprintf(line, sizeof(line), "Host: %s\n", BAD[i]);
        ck_assert_msg(!passes(&PLAIN, line), "%s passes", line);
    }
    T_CHECK(!passes(&PLAIN, ""));
    T_CHECK(!passes(&PLAIN, "Host: localhost\nHost: localhost\n"));
}

static void allowed_hosts_pass_with_any_port_or_with_theirs(void)
{
    T_CHECK(passes(&WIDE, "Host: example.com"));
    T_CHECK(passes(&WIDE, "Host: Example.com:99"));
    T_CHECK(passes(&WIDE, "Host: exact.example:8443"));
    T_CHECK(!passes(&WIDE, "Host: exact.example:8444"));
    T_CHECK(!passes(&WIDE, "Host: exact.example"));
    T_CHECK(passes(&WIDE, "Host: [2001:db8::1]:80"));
    T_CHECK(!passes(&WIDE, "Host: sub.example.com"));
    T_CHECK(!passes(&WIDE, "Host: "));
    T_CHECK(passes(&WIDE, "Host: localhost"));
}

static void a_unix_socket_takes_any_host_but_not_any_origin(void)
{
    struct mcp__http_guard g = {NULL, NULL, true};

    T_CHECK(passes(&g, "Host: whatever"));
    T_CHECK(passes(&g, ""));
    T_CHECK(!passes(&g, "Origin: http://evil.example"));
}

/* 1.4 rows 2 and 3 */
static void origins_are_absent_loopback_or_allowed(void)
{
#define H "Host: localhost\nOrigin: "
    T_CHECK(passes(&PLAIN, H "http://localhost"));
    T_CHECK(passes(&PLAIN, H "https://127.0.0.1:3000"));
    T_CHECK(passes(&PLAIN, H "http://[::1]:6274"));
    T_CHECK(!passes(&PLAIN, H "null"));
    T_CHECK(!passes(&PLAIN, H ""));
    T_CHECK(!passes(&PLAIN, H "http://evil.example"));
    T_CHECK(!passes(&PLAIN, H "http://localhost.evil.example"));
    T_CHECK(!passes(&PLAIN, H "file://localhost"));
    T_CHECK(!passes(&PLAIN, H "http://localhost/path"));
    T_CHECK(!passes(&PLAIN, H "http://user@localhost"));
    T_CHECK(!passes(&PLAIN, H "http://localhost:8080x"));
    T_CHECK(!passes(&PLAIN, H "http://"));
    T_CHECK(!passes(&PLAIN, H "http://localhost\nOrigin: http://localhost"));
    T_CHECK(!passes(&PLAIN, H "https://app.example"));
    T_CHECK(passes(&WIDE, H "https://app.example"));
    T_CHECK(passes(&WIDE, H "http://b.example:81"));
    T_CHECK(!passes(&WIDE, H "http://app.example"));
    T_CHECK(!passes(&WIDE, H "https://app.example:8443"));
    T_CHECK(!passes(&WIDE, H "null"));
    T_CHECK(!passes(&WIDE, "Host: evil.example\nOrigin: http://localhost"));
}

static const char *answer_value(const struct mcp_http_response *res, const char *name)
{
    static char room[MCP__PREFLIGHT_BYTES + 1];

    for (size_t i = 0; i < res->n_headers; i++) {
        if (mcp_str_eq_nocase(res->headers[i].name, mcp_str_c(name))) {
            snprintf(room, sizeof(room), "%.*s", MCP_STR_ARG(res->headers[i].value));
            return room;
        }
    }
    return "(absent)";
}

/* 3.1 below the PRM example */
static void a_preflight_names_the_headers_that_mcp_uses(void)
{
    struct request r;
    struct mcp_http_response res;
    char room[MCP__PREFLIGHT_BYTES];

    request_build(&r, MCP_HTTP_OPTIONS,
                  "Host: localhost\nOrigin: http://localhost:6274\n"
                  "Access-Control-Request-Method: POST\n"
                  "Access-Control-Request-Headers: authorization, Mcp-Param-Region,x-evil, "
                  "mcp-param-bad name,mcp-param-, mcp-param-b");
    T_CHECK(mcp__http_guard_is_preflight(&r.req));
    mcp__http_guard_preflight(&r.req, "POST", room, &res);
    T_EQ(res.status, 204);
    T_STR(mcp_str_c(answer_value(&res, "Access-Control-Allow-Origin")), "http://localhost:6274");
    T_STR(mcp_str_c(answer_value(&res, "Vary")), "Origin");
    T_STR(mcp_str_c(answer_value(&res, "Access-Control-Allow-Methods")), "POST");
    T_STR(mcp_str_c(answer_value(&res, "Access-Control-Allow-Headers")),
          "Authorization, Content-Type, Accept, MCP-Protocol-Version, Mcp-Session-Id, Mcp-Method, "
          "Mcp-Name, Last-Event-ID, Mcp-Param-Region, mcp-param-b");
    request_build(&r, MCP_HTTP_OPTIONS, "Host: localhost\nOrigin: http://localhost\n");
    T_CHECK(!mcp__http_guard_is_preflight(&r.req));
}

static void a_preflight_with_too_many_names_stays_in_its_room(void)
{
    struct request r;
    struct mcp_http_response res;
    char room[MCP__PREFLIGHT_BYTES], names[4000];
    size_t n = (size_t)snprintf(names, sizeof(names),
                                "Origin: http://localhost\nAccess-Control-Request-Method: "
                                "POST\nAccess-Control-Request-Headers: ");

    for (int i = 0; i < 150; i++) {
        n += (size_t)snprintf(names + n, sizeof(names) - n, "%smcp-param-n%03d", i ? "," : "", i);
    }
    request_build(&r, MCP_HTTP_OPTIONS, names);
    mcp__http_guard_preflight(&r.req, "POST", room, &res);
    T_CHECK(strlen(answer_value(&res, "Access-Control-Allow-Headers")) <= MCP__PREFLIGHT_BYTES);
    T_CHECK(strstr(answer_value(&res, "Access-Control-Allow-Headers"), "mcp-param-n000"));
}

/* ---- Routes ---- */

static const struct mcp_http_route ROUTES[] = {
    {.prefix = "/api/v1"},   {.prefix = "/api/v1/special"}, {.prefix = "/healthz"},
    {.prefix = "/api/mcpx"}, {.prefix = "/slash/"},         {0},
};

static void expect_place(const char *path, enum mcp__http_place place, const char *prefix)
{
    struct mcp__http_target t = mcp__http_route_find("/mcp, /api/mcp", ROUTES, mcp_str_c(path));

    ck_assert_msg(t.place == place, "%s is at place %d", path, (int)t.place);
    ck_assert_msg(prefix ? t.route && strcmp(t.route->prefix, prefix) == 0 : !t.route,
                  "%s: route %s", path, t.route ? t.route->prefix : "none");
}

static void the_longest_prefix_wins_at_segment_boundaries(void)
{
    expect_place("/mcp", MCP__PLACE_ENDPOINT, NULL);
    expect_place("/mcp/", MCP__PLACE_ENDPOINT, NULL);
    expect_place("/api/mcp", MCP__PLACE_ENDPOINT, NULL);
    expect_place("/api/mcpx", MCP__PLACE_ROUTE, "/api/mcpx");
    expect_place("/mcpx", MCP__PLACE_NOWHERE, NULL);
    expect_place("/mcp/sse", MCP__PLACE_SSE, NULL);
    expect_place("/api/mcp/sse", MCP__PLACE_SSE, NULL);
    expect_place("/sse", MCP__PLACE_NOWHERE, NULL);
    expect_place("/mcp/ssex", MCP__PLACE_NOWHERE, NULL);
    expect_place("/mcp/x/sse", MCP__PLACE_NOWHERE, NULL);
    T_EQ(mcp__http_route_find("/", NULL, MCP_STR("/sse")).place, MCP__PLACE_SSE);
    T_EQ(mcp__http_route_find("/", NULL, MCP_STR("sse")).place, MCP__PLACE_NOWHERE);
    expect_place("/mcp/x", MCP__PLACE_NOWHERE, NULL);
    expect_place("/MCP", MCP__PLACE_NOWHERE, NULL);
    expect_place("/", MCP__PLACE_NOWHERE, NULL);
    expect_place("/api/v1", MCP__PLACE_ROUTE, "/api/v1");
    expect_place("/api/v1/pools", MCP__PLACE_ROUTE, "/api/v1");
    expect_place("/api/v10", MCP__PLACE_NOWHERE, NULL);
    expect_place("/api/v1/special/x", MCP__PLACE_ROUTE, "/api/v1/special");
    expect_place("/api/v1/specially", MCP__PLACE_ROUTE, "/api/v1");
    expect_place("/slash/x", MCP__PLACE_ROUTE, "/slash/");
    expect_place("/slashx", MCP__PLACE_NOWHERE, NULL);
}

/* 3.2: a definite 404 wherever a client may look for an authorization server */
static void oauth_paths_belong_to_nobody(void)
{
    static const char *const PATHS[] = {
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/api/mcp",
        "/.well-known/openid-configuration",
        "/.well-known/openid-configuration/mcp",
        "/mcp/.well-known/openid-configuration",
        "/api/mcp/.well-known/oauth-authorization-server",
        "/register",
        "/authorize",
        "/token",
    };

    for (size_t i = 0; i < sizeof(PATHS) / sizeof(PATHS[0]); i++) {
        expect_place(PATHS[i], MCP__PLACE_OAUTH, NULL);
    }
}

static void a_route_for_everything_does_not_swallow_them_and_one_by_name_does(void)
{
    static const struct mcp_http_route ALL[] = {
        {.prefix = "/"}, {.prefix = "/.well-known/oauth-protected-resource"}, {0}};

    T_EQ(mcp__http_route_find("/mcp", ALL, MCP_STR("/token")).place, MCP__PLACE_OAUTH);
    T_EQ(mcp__http_route_find("/mcp", ALL, MCP_STR("/tokens")).place, MCP__PLACE_ROUTE);
    T_EQ(mcp__http_route_find("/mcp", ALL, MCP_STR("/.well-known/oauth-protected-resource/mcp"))
             .place,
         MCP__PLACE_ROUTE);
    T_EQ(mcp__http_route_find("/mcp", NULL, MCP_STR("/x")).place, MCP__PLACE_NOWHERE);
}

/* ---- Credentials ---- */

static void expect_credential(const char *lines, const char *want)
{
    struct request r;

    request_build(&r, MCP_HTTP_GET, lines);
    T_STR(mcp__http_auth_credential(&r.req), want);
}

/* RFC 6750 2.1, RFC 9110 11.2 */
static void a_credential_is_one_well_formed_bearer_token(void)
{
    char lines[700];

    expect_credential("Authorization: Bearer abc", "abc");
    expect_credential("authorization: bEaReR  a-._~+/9Z==", "a-._~+/9Z==");
    expect_credential("", "");
    expect_credential("Authorization: Bearer", "");
    expect_credential("Authorization: Bearer ", "");
    expect_credential("Authorization: Bearer =", "");
    expect_credential("Authorization: Bearer a=b", "");
    expect_credential("Authorization: Bearer a b", "");
    expect_credential("Authorization: Bearer a,b", "");
    expect_credential("Authorization: Bearer\tabc", "");
    expect_credential("Authorization: Basic abc", "");
    expect_credential("Authorization: abc", "");
    expect_credential("Authorization: Bearer abc\nAuthorization: Bearer abc", "");
    snprintf(lines, sizeof(lines), "Authorization: Bearer %0512d", 1);
    T_EQ(strlen(lines), 22 + 512);
    struct request r;

    request_build(&r, MCP_HTTP_GET, lines);
    T_EQ(mcp__http_auth_credential(&r.req).len, 512);
    snprintf(lines, sizeof(lines), "Authorization: Bearer %0513d", 1);
    request_build(&r, MCP_HTTP_GET, lines);
    T_EQ(mcp__http_auth_credential(&r.req).len, 0);
}

static struct mcp_principal anonymous_from(const char *peer)
{
    struct mcp_http_options opt = {.anonymous = {.scopes = "*", .rate_per_minute = 5}};
    struct mcp_principal p;
    struct request r;

    request_build(&r, MCP_HTTP_GET, "");
    r.req.peer = mcp_str_c(peer);
    T_EQ(mcp__http_auth_check(&opt, NULL, &r.req, &p), MCP_OK);
    T_EQ(p.rate_per_minute, 5);
    for (size_t i = 0; i < sizeof(p.id); i++) {
        T_EQ(p.id[i], 0); /* still nobody in particular */
    }
    return p;
}

static bool share_an_allowance(const char *a, const char *b)
{
    struct mcp_principal p = anonymous_from(a), q = anonymous_from(b);

    return memcmp(p.limit_id, q.limit_id, sizeof(p.limit_id)) == 0;
}

/* product.md, decision 7 */
static void who_has_no_credential_is_limited_by_address(void)
{
    T_CHECK(share_an_allowance("192.0.2.1", "192.0.2.1"));
    T_CHECK(!share_an_allowance("192.0.2.1", "192.0.2.2"));
    T_CHECK(share_an_allowance("192.0.2.1", "::ffff:192.0.2.1"));
    T_CHECK(share_an_allowance("2001:db8:0:1::1", "2001:db8:0:1:ffff::2"));
    T_CHECK(!share_an_allowance("2001:db8:0:1::1", "2001:db8:0:2::1"));
    T_CHECK(!share_an_allowance("::", "unix"));
    T_CHECK(!share_an_allowance("0.0.0.0", "unix"));
    T_CHECK(share_an_allowance("", "unix"));
}

static const struct t_case CASES[] = {
    T(who_has_no_credential_is_limited_by_address),
    T(loopback_hosts_pass_and_others_do_not),
    T(allowed_hosts_pass_with_any_port_or_with_theirs),
    T(a_unix_socket_takes_any_host_but_not_any_origin),
    T(origins_are_absent_loopback_or_allowed),
    T(a_preflight_names_the_headers_that_mcp_uses),
    T(a_preflight_with_too_many_names_stays_in_its_room),
    T(the_longest_prefix_wins_at_segment_boundaries),
    T(oauth_paths_belong_to_nobody),
    T(a_route_for_everything_does_not_swallow_them_and_one_by_name_does),
    T(a_credential_is_one_well_formed_bearer_token),
};
T_MAIN("transport/guard", CASES)
