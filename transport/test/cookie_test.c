/* Sessions in cookies: how they are read, from whose pages they count, and where they count not. */
#include <mcp/test/t.h>
#include <transport/http_auth.h>
#include <transport/http_cookie.h>
#include <transport/test/request_build.h>

static void reads(const char *headers, const char *want)
{
    struct request r;

    request_build(&r, MCP_HTTP_GET, headers);
    mcp_str got = mcp__http_cookie(&r.req, "s");

    ck_assert_msg(mcp_str_eq(got, mcp_str_c(want)), "%s gave \"%.*s\"", headers, MCP_STR_ARG(got));
}

static void a_cookie_is_found_by_its_whole_name(void)
{
    reads("Cookie: s=1", "1");
    reads("Cookie: a=b; s=1; ss=2; xs=3", "1");
    reads("Cookie:   s=1;t=2", "1");
    reads("Cookie: s=a=b", "a=b");
    reads("Cookie: s", "");
    reads("Cookie: S=1", "");
    reads("Cookie: t=1", "");
    reads("Cookie: ", "");
    reads("X: s=1", "");
    reads("Cookie: ;;=;s=;", "");
}

/* Another path's or another name's cookie of the same site could be the second. */
static void one_that_comes_twice_is_none(void)
{
    reads("Cookie: s=1; s=2", "");
    reads("Cookie: s=1; s=1", "");
    reads("Cookie: s=1\nCookie: t=1", "");
}

/* 6265bis 4.1.3.2: only this host over TLS can have set it. */
static void the_one_with_the_prefix_wins(void)
{
    reads("Cookie: s=1; __Host-s=2", "2");
    reads("Cookie: __Host-s=2; s=1; s=3", "2");
    reads("Cookie: __Host-s=2; __Host-s=3; s=1", "");
    reads("Cookie: __Host-s=", "");
    reads("Cookie: __host-s=2", "");
}

static void only_a_page_of_this_server_uses_a_cookie(void)
{
    static const struct {
        const char *headers;
        bool reads, writes;
    } ROWS[] = {
        {"Host: a:1\nSec-Fetch-Site: same-origin\nOrigin: http://a:1", true, true},
        {"Host: a:1\nSec-Fetch-Site: same-origin", true, true},
        {"Host: a:1\nSec-Fetch-Site: none", true, false}, /* the address bar */
        {"Host: a:1\nSec-Fetch-Site: same-site\nOrigin: http://a:2", false, false},
        {"Host: a:1\nSec-Fetch-Site: cross-site\nOrigin: http://b", false, false},
        {"Host: a:1\nSec-Fetch-Site: cross-site", false, false},
        {"Host: a:1\nSec-Fetch-Site: ", false, false},
        {"Host: a:1\nSec-Fetch-Site: SAME-ORIGIN", false, false},
        {"Host: a:1\nSec-Fetch-Site: same-origin\nSec-Fetch-Site: same-origin", false, false},
        /* a browser that does not say */
        {"Host: a:1\nOrigin: http://a:1", true, true},
        {"Host: a:1\nOrigin: https://A:1", true, true},
        {"Host: a:1\nOrigin: http://a:2", false, false}, /* another port is another server */
        {"Host: a:1\nOrigin: http://a", false, false},
        {"Host: a:1\nOrigin: http://a:11", false, false},
        {"Host: a:1\nOrigin: http://a:1/", false, false},
        {"Host: a:1\nOrigin: ftp://a:1", false, false},
        {"Host: a:1\nOrigin: null", false, false},
        {"Host: a:1\nOrigin: ", false, false},
        {"Host: a:1\nOrigin: http://a:1\nOrigin: http://a:1", false, false},
        {"Host: \nOrigin: http://", false, false},
        {"Host: a:1", true, false},
    };

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        static const enum mcp_http_method METHODS[] = {
            MCP_HTTP_GET,   MCP_HTTP_HEAD,   MCP_HTTP_POST, MCP_HTTP_PUT,
            MCP_HTTP_PATCH, MCP_HTTP_DELETE, MCP_HTTP_OTHER};

        for (size_t m = 0; m < sizeof(METHODS) / sizeof(METHODS[0]); m++) {
            struct request r;

            request_build(&r, METHODS[m], ROWS[i].headers);
            ck_assert_msg(mcp_http_is_own_page(&r.req) == (m < 2 ? ROWS[i].reads : ROWS[i].writes),
                          "method %d, %s", (int)m, ROWS[i].headers);
        }
    }
}

static int asked;

/* "session" and "portable" are some, everything else a token. */
static mcp_err verify(void *user, mcp_str credential, struct mcp_principal *ret)
{
    (void)user;
    asked++;
    if (mcp_str_eq(credential, MCP_STR("bad"))) {
        return MCP_E_UNAUTHORIZED;
    }
    bool is_portable = mcp_str_eq(credential, MCP_STR("portable"));

    *ret = (struct mcp_principal){.owner = 7,
                                  .is_session =
                                      is_portable || mcp_str_eq(credential, MCP_STR("session")),
                                  .is_portable = is_portable,
                                  .scopes = "read"};
    return MCP_OK;
}

static void comes_in(const struct mcp_http_route *route, enum mcp_http_method method,
                     const char *headers, mcp_err want)
{
    struct mcp_http_options opt = {.verify = verify};
    struct mcp_principal p = {0};
    struct request r;

    request_build(&r, method, headers);
    mcp_err err = mcp__http_auth_check(&opt, route, &r.req, &p);

    ck_assert_msg(err == want, "%s gave %s", headers, mcp_err_info(err)->name);
    T_EQ(p.owner, want ? 0 : 7); /* nothing is filled in for who is refused */
}

static void enters(const char *cookie, enum mcp_http_method method, const char *headers,
                   mcp_err want)
{
    comes_in(&(struct mcp_http_route){.cookie = cookie}, method, headers, want);
}

static void only_a_portable_session_is_a_bearer_token_too(void)
{
    static const struct mcp_http_route PERSON = {.cookie = "s", .is_session_only = true};

    enters(NULL, MCP_HTTP_GET, "Host: a\nAuthorization: Bearer portable", MCP_OK);
    comes_in(NULL, MCP_HTTP_POST, "Host: a\nAuthorization: Bearer portable", MCP_OK);
    comes_in(NULL, MCP_HTTP_POST, "Host: a\nAuthorization: Bearer session", MCP_E_UNAUTHORIZED);
    enters("s", MCP_HTTP_GET, "Host: a\nCookie: s=portable", MCP_OK);
    comes_in(&PERSON, MCP_HTTP_POST, "Host: a\nAuthorization: Bearer portable", MCP_OK);
    comes_in(&PERSON, MCP_HTTP_GET, "Host: a\nCookie: s=session", MCP_OK);
    comes_in(&PERSON, MCP_HTTP_GET, "Host: a\nAuthorization: Bearer session", MCP_E_UNAUTHORIZED);
    comes_in(&PERSON, MCP_HTTP_GET, "Host: a\nAuthorization: Bearer token", MCP_E_UNAUTHORIZED);
    comes_in(&PERSON, MCP_HTTP_GET, "Host: a\nCookie: s=token", MCP_E_UNAUTHORIZED);
    /* A cookie comes along by itself: only our own pages may change something with it. */
    comes_in(&PERSON, MCP_HTTP_POST, "Host: a\nCookie: s=portable", MCP_E_FOREIGN_ORIGIN);
    comes_in(&PERSON, MCP_HTTP_POST, "Host: a\nOrigin: https://b\nCookie: s=portable",
             MCP_E_FOREIGN_ORIGIN);
    comes_in(&PERSON, MCP_HTTP_POST, "Host: a\nOrigin: https://a\nCookie: s=portable", MCP_OK);
}

static void a_session_is_taken_from_a_cookie_and_a_token_from_the_header(void)
{
    enters("s", MCP_HTTP_GET, "Host: a\nCookie: s=session", MCP_OK);
    enters("s", MCP_HTTP_GET, "Host: a\nAuthorization: Bearer token", MCP_OK);
    enters("s", MCP_HTTP_GET, "Host: a\nAuthorization: Bearer session", MCP_E_UNAUTHORIZED);
    enters("s", MCP_HTTP_GET, "Host: a\nCookie: s=token", MCP_E_UNAUTHORIZED);
    enters("s", MCP_HTTP_GET, "Host: a\nCookie: s=bad", MCP_E_UNAUTHORIZED);
    enters("s", MCP_HTTP_GET, "Host: a\nCookie: t=session", MCP_E_UNAUTHORIZED);
    enters("s", MCP_HTTP_GET, "Host: a\nCookie: s=se\"ssion", MCP_E_UNAUTHORIZED);
    /* who sends both means the header */
    enters("s", MCP_HTTP_GET, "Host: a\nCookie: s=session\nAuthorization: Bearer bad",
           MCP_E_UNAUTHORIZED);
    enters("s", MCP_HTTP_GET,
           "Host: a\nCookie: s=session\nAuthorization: Basic eA==", MCP_E_UNAUTHORIZED);
}

static void where_no_cookie_is_named_none_counts(void)
{
    enters(NULL, MCP_HTTP_GET, "Host: a\nCookie: s=session", MCP_E_UNAUTHORIZED);
    enters(NULL, MCP_HTTP_GET, "Host: a\nAuthorization: Bearer session", MCP_E_UNAUTHORIZED);
    enters(NULL, MCP_HTTP_GET, "Host: a\nAuthorization: Bearer token", MCP_OK);
}

static void a_foreign_page_is_refused_before_its_cookie_is_looked_at(void)
{
    asked = 0;
    enters("s", MCP_HTTP_POST, "Host: a\nCookie: s=session", MCP_E_FOREIGN_ORIGIN);
    enters("s", MCP_HTTP_POST, "Host: a\nOrigin: http://b\nCookie: s=session",
           MCP_E_FOREIGN_ORIGIN);
    enters("s", MCP_HTTP_GET, "Host: a\nSec-Fetch-Site: same-site\nCookie: s=session",
           MCP_E_FOREIGN_ORIGIN);
    T_EQ(asked, 0);
    enters("s", MCP_HTTP_POST, "Host: a\nOrigin: http://a\nCookie: s=session", MCP_OK);
    /* a program with a token is no page */
    enters("s", MCP_HTTP_POST, "Host: a\nAuthorization: Bearer token", MCP_OK);
}

static const struct t_case cases[] = {
    T(a_cookie_is_found_by_its_whole_name),
    T(one_that_comes_twice_is_none),
    T(the_one_with_the_prefix_wins),
    T(only_a_page_of_this_server_uses_a_cookie),
    T(only_a_portable_session_is_a_bearer_token_too),
    T(a_session_is_taken_from_a_cookie_and_a_token_from_the_header),
    T(where_no_cookie_is_named_none_counts),
    T(a_foreign_page_is_refused_before_its_cookie_is_looked_at),
};
T_MAIN("cookie", cases)
