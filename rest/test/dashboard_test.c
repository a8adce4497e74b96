/* The page, its headers, signing in and out. */
#include <rest/test/dashboard_house.h>

#define FENCES(form, icon)                                                                         \
    "; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action '" form "'" icon   \
    "; require-trusted-types-for 'script'; trusted-types 'none'\r\n"

/* ---- Documents ---- */

static void a_document_has_every_header_that_keeps_others_out(void)
{
    static const struct {
        const char *path, *fences;
    } PAGES[] = {{"/", FENCES("none", "; img-src data:")},
                 {"/login", FENCES("none", "; img-src data:")},
                 {"/account/dashboard", FENCES("self", "")}};
    static const char *const HEADERS[] = {
        "Content-Type: text/html; charset=utf-8\r\n",
        "Cache-Control: no-store\r\n",
        "X-Content-Type-Options: nosniff\r\n",
        "Referrer-Policy: no-referrer\r\n",
        "X-Frame-Options: DENY\r\n",
        "Cross-Origin-Opener-Policy: same-origin\r\n",
        "Cross-Origin-Resource-Policy: same-origin\r\n",
        "Content-Security-Policy: default-src 'none'; script-src 'nonce-",
    };
    struct wire *w = enter(false);

    for (size_t i = 0; i < sizeof(PAGES) / sizeof(PAGES[0]); i++) {
        mcp_str answer = wire_get(w, PAGES[i].path);

        T_EQ(wire_status(answer), 200);
        T_HAS(answer, PAGES[i].fences);
        for (size_t h = 0; h < sizeof(HEADERS) / sizeof(HEADERS[0]); h++) {
            T_HAS(answer, HEADERS[h]);
        }
        T_CHECK(!t_has(answer, MCP_STR("unsafe-inline")));
        T_CHECK(!t_has(answer, MCP_STR("Access-Control-")));
    }
    leave();
}

static mcp_str nonce_of(mcp_str answer, char room[32])
{
    mcp_str mark = MCP_STR("script-src 'nonce-");

    for (size_t i = 0; i + mark.len + 22 < answer.len; i++) {
        if (memcmp(answer.ptr + i, mark.ptr, mark.len) == 0) {
            memcpy(room, answer.ptr + i + mark.len, 22);
            room[22] = '\0';
        }
    }
    return mcp_str_n(room, 22);
}

static void each_answer_has_a_nonce_of_its_own_in_every_place(void)
{
    struct wire *w = enter(false);
    char first[32] = "", second[32] = "", tag[64];
    mcp_str a = nonce_of(wire_get(w, "/"), first);
    mcp_str answer = wire_get(w, "/");
    mcp_str b = nonce_of(answer, second);

    T_CHECK(!mcp_str_eq(a, b));
    T_EQ(count(answer, second), 4); /* twice in the policy, one script, one style sheet */
    snprintf(tag, sizeof(tag), "<script nonce=\"%s\">", second);
    T_HAS(answer, tag);
    T_EQ(count(answer, "<script"), 1);
    T_EQ(count(answer, "<style"), 1);
    T_EQ(count(answer, "{{"), 0);
    T_EQ(count(answer, " style="), 0);
    T_EQ(count(answer, " onclick="), 0);
    leave();
}

/* Who has no credential gets documents and may sign in; a session opens the rest. */
static void only_documents_and_the_door_are_public(void)
{
    static const struct {
        const char *path;
        bool is_public;
        const char *cookie;
    } WANT[] = {{"/", true, NULL},
                {"/login", true, NULL},
                {"/logout", false, REST_DASHBOARD_COOKIE},
                {"/api/v1/events", false, REST_DASHBOARD_COOKIE},
                {"/account/dashboard", false, "quota_session"}};
    const struct mcp_http_route *r;
    size_t n = 0;

    (void)enter(false);
    for (r = rest_dashboard_routes(house.d); r->prefix; r++, n++) {
        T_CHECK(n < sizeof(WANT) / sizeof(WANT[0]) && strcmp(r->prefix, WANT[n].path) == 0);
        T_CHECK(r->is_exact && r->is_public == WANT[n].is_public);
        T_CHECK(WANT[n].cookie ? strcmp(r->cookie, WANT[n].cookie) == 0 : !r->cookie);
        T_CHECK(r->is_session_only == (strcmp(r->prefix, "/account/dashboard") == 0));
    }
    T_EQ(n, sizeof(WANT) / sizeof(WANT[0]));
    leave();
}

/* What the transport has to say no to: the page to sign in with, and its words for the rest. */
static void who_has_no_account_gets_the_page_to_sign_in_with(void)
{
    static const struct {
        const char *head;
        mcp_err err;
        int status;
        bool is_page;
    } WANT[] = {
        {"GET /account/dashboard HTTP/1.1", MCP_E_UNAUTHORIZED, 401, true},
        {"HEAD /account/dashboard HTTP/1.1", MCP_E_UNAUTHORIZED, 401, true},
        {"POST /account/dashboard HTTP/1.1", MCP_E_UNAUTHORIZED, 401, false},
        {"GET /account/dashboard HTTP/1.1", MCP_E_FOREIGN_ORIGIN, 403, false},
        {"GET /account/dashboard HTTP/1.1" VISIT, MCP_E_FOREIGN_ORIGIN, 401, true},
        {"GET /account/dashboard HTTP/1.1" VISIT OURS, MCP_E_FOREIGN_ORIGIN, 403, false},
        {"POST /account/dashboard HTTP/1.1" VISIT, MCP_E_FOREIGN_ORIGIN, 403, false},
        {"GET /account/dashboard HTTP/1.1" VISIT, MCP_E_STORAGE, 503, false},
    };
    struct wire *w = enter(false);

    for (size_t i = 0; i < sizeof(WANT) / sizeof(WANT[0]); i++) {
        house.refused = WANT[i].err;
        mcp_str answer = wire_say(w, WANT[i].head, "");

        T_EQ(wire_status(answer), WANT[i].status);
        T_CHECK(t_has(answer, MCP_STR("Content-Type: text/html")) == WANT[i].is_page);
        T_CHECK(t_has(answer, MCP_STR("WWW-Authenticate: Bearer\r\n")) == (WANT[i].status == 401));
        T_CHECK(t_has(answer, MCP_STR("form-action 'self'")) == WANT[i].is_page);
    }
    house.refused = MCP_OK;
    T_HAS(wire_say(w, "PUT /account/dashboard HTTP/1.1", ""), "Allow: GET, HEAD, OPTIONS\r\n");
    T_EQ(wire_status(wire_say(w, "OPTIONS /account/dashboard HTTP/1.1", "")), 204);
    leave();
}

static void what_is_not_answered_says_what_is(void)
{
    struct wire *w = enter(false);

    T_HAS(wire_say(w, "POST / HTTP/1.1", ""), "Allow: GET, HEAD, OPTIONS\r\n");
    T_HAS(wire_say(w, "PUT /login HTTP/1.1", ""), "Allow: GET, HEAD, POST, OPTIONS\r\n");
    T_HAS(wire_get(w, "/logout"), "Allow: POST, OPTIONS\r\n");
    T_HAS(wire_say(w, "POST /api/v1/events HTTP/1.1", ""), "Allow: GET, OPTIONS\r\n");
    T_EQ(wire_status(wire_say(w, "OPTIONS / HTTP/1.1", "")), 204);
    T_EQ(wire_status(wire_get(w, "/index.html")), 404);
    T_EQ(wire_status(wire_get(w, "/login/")), 404);
    T_EQ(wire_status(wire_get(w, "//")), 404);
    T_CHECK(wire_body(wire_say(w, "HEAD / HTTP/1.1", "")).len == 0);
    leave();
}

/* ---- Signing in and out ---- */

static void a_code_becomes_a_cookie_and_nothing_else(void)
{
    struct wire *w = enter(false);
    mcp_str answer = wire_say(w, SIGN_IN, "{\"code\":\"good\"}");

    T_EQ(wire_status(answer), 204);
    T_HAS(answer, "Set-Cookie: cistern_session=sess_secret; Path=/; Max-Age=60; HttpOnly; "
                  "SameSite=Strict\r\n");
    T_HAS(answer, "Cache-Control: no-store\r\n");
    T_EQ(count(answer, "sess_secret"), 1);
    T_EQ(wire_body(answer).len, 0);
    leave();
}

static void over_tls_the_cookie_is_secure_and_bound_to_this_host(void)
{
    static const char *const HEADS[] = {
        "POST /login HTTP/1.1" JSON "\r\nOrigin: https://localhost",
        "POST /login HTTP/1.1" JSON OURS "\r\nX-Forwarded-Proto: https",
    };
    const char *want = "Set-Cookie: __Host-cistern_session=sess_secret; Path=/; Max-Age=60; "
                       "HttpOnly; SameSite=Strict; Secure\r\n";
    struct wire *w = enter(false);

    for (size_t i = 0; i < 2; i++) {
        T_HAS(wire_say(w, HEADS[i], "{\"code\":\"good\"}"), want);
    }
    leave();
    w = enter(true);
    T_HAS(wire_say(w, SIGN_IN, "{\"code\":\"good\"}"), want);
    leave();
}

static void a_wrong_code_gets_no_cookie(void)
{
    struct wire *w = enter(false);
    mcp_str answer = wire_say(w, SIGN_IN, "{\"code\":\"bad\"}");

    T_EQ(wire_status(answer), 401);
    T_CHECK(!t_has(answer, MCP_STR("Set-Cookie")));
    leave();
}

/* Or somebody could be signed in as somebody else. */
static void a_strangers_page_signs_nobody_in_or_out(void)
{
    static const char *const FOREIGN[] = {
        JSON "\r\nOrigin: http://evil.example",
        JSON "\r\nOrigin: http://localhost:1",
        JSON "\r\nOrigin: null",
        JSON "\r\nSec-Fetch-Site: same-site" OURS,
        JSON,
    };
    struct wire *w = enter(false);
    char head[256];

    for (size_t i = 0; i < sizeof(FOREIGN) / sizeof(FOREIGN[0]); i++) {
        snprintf(head, sizeof(head), "POST /login HTTP/1.1%s", FOREIGN[i]);
        T_EQ(wire_status(wire_say(w, head, "{\"code\":\"good\"}")), 403);
    }
    T_EQ(house.opened, 0);
    leave();
}

static void a_form_of_another_site_is_no_sign_in(void)
{
    struct wire *w = enter(false);

    T_EQ(wire_status(wire_say(w, "POST /login HTTP/1.1\r\nContent-Type: text/plain" OURS,
                              "{\"code\":\"good\"}")),
         415);
    T_EQ(house.opened, 0);
    leave();
}

static void a_body_that_is_none_is_refused(void)
{
    static const char *const BODIES[] = {"", "{", "[]", "{\"code\":1}",
                                         "{\"code\":\"good\",\"x\":1}"};
    struct wire *w = enter(false);
    char body[700];

    for (size_t i = 0; i < sizeof(BODIES) / sizeof(BODIES[0]); i++) {
        T_EQ(wire_status(wire_say(w, SIGN_IN, BODIES[i])), 400);
    }
    snprintf(body, sizeof(body), "{\"code\":%600s\"good\"}", ""); /* one, but for its length */
    T_EQ(wire_status(wire_say(w, SIGN_IN, body)), 400);
    T_EQ(house.opened, 0);
    leave();
}

static void after_twenty_attempts_an_address_waits(void)
{
    struct wire *w = enter(false);

    for (int i = 0; i < 20; i++) {
        T_EQ(wire_status(wire_say(w, SIGN_IN, "{\"code\":\"bad\"}")), 401);
    }
    mcp_str answer = wire_say(w, SIGN_IN, "{\"code\":\"good\"}");

    T_EQ(wire_status(answer), 429);
    T_HAS(answer, "Retry-After: ");
    T_EQ(house.opened, 20);
    w->now_ms += 3000;
    T_EQ(wire_status(wire_say(w, SIGN_IN, "{\"code\":\"good\"}")), 204);
    leave();
}

static void signing_out_takes_the_cookie_back(void)
{
    struct wire *w = enter(false);
    mcp_str answer = wire_say(w, "POST /logout HTTP/1.1" OURS, "");

    T_EQ(wire_status(answer), 204);
    T_EQ(house.closed, 1);
    T_HAS(answer, "Set-Cookie: cistern_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict\r\n");
    answer = wire_say(w, "POST /logout HTTP/1.1\r\nOrigin: https://localhost", "");
    T_HAS(answer, "Set-Cookie: __Host-cistern_session=; Path=/; Max-Age=0; HttpOnly; "
                  "SameSite=Strict; Secure\r\n");
    leave();
}

static void without_memory_it_says_so(void)
{
    struct wire *w = enter(false);

    for (size_t nth = 1; nth < 40; nth++) {
        const char *const heads[] = {"GET / HTTP/1.1", SIGN_IN, SIGN_OUT,
                                     "GET /account/dashboard HTTP/1.1"};

        for (size_t i = 0; i < 4; i++) {
            mcp_alloc_refuse(nth);
            mcp_str answer = wire_say(w, heads[i], i == 1 ? "{\"code\":\"good\"}" : "");

            mcp_alloc_refuse(0);
            if (answer.len == 0) { /* not even for the connection: it is closed */
                mcp__http_conn_free(w->conn);
                wire_connect(w);
                continue;
            }
            int status = wire_status(answer);

            T_CHECK(status == 200 || status == 204 || status == 503 || status == 429);
            T_CHECK((status == 204 && i == 1) == (count(answer, "sess_secret") == 1));
        }
    }
    leave();
}

static const struct t_case cases[] = {
    T(a_document_has_every_header_that_keeps_others_out),
    T(each_answer_has_a_nonce_of_its_own_in_every_place),
    T(only_documents_and_the_door_are_public),
    T(who_has_no_account_gets_the_page_to_sign_in_with),
    T(what_is_not_answered_says_what_is),
    T(a_code_becomes_a_cookie_and_nothing_else),
    T(over_tls_the_cookie_is_secure_and_bound_to_this_host),
    T(a_wrong_code_gets_no_cookie),
    T(a_strangers_page_signs_nobody_in_or_out),
    T(a_form_of_another_site_is_no_sign_in),
    T(a_body_that_is_none_is_refused),
    T(after_twenty_attempts_an_address_waits),
    T(signing_out_takes_the_cookie_back),
    T(without_memory_it_says_so),
};
T_MAIN("rest/dashboard", cases)
