/* The page, its headers, signing in and out, and the stream: real connections and a real engine
 * in memory; the product's tools are stood in for by rows with the same names. */
#include <rest/dashboard.h>
#include <rest/test/wire.h>

struct house {
    struct wire w; /* first */
    struct rest_dashboard *d;
    int version;        /* what list_balances shows */
    bool is_broken;     /* list_balances fails */
    int opened, closed; /* calls of open_login and close_login */
    struct mcp_limit_state limit;
};

static struct house house;

static mcp_err list_balances(struct mcp_call *call, void *user)
{
    (void)user;
    if (house.is_broken) {
        return mcp_fail(call, MCP_E_STORAGE, "not now");
    }
    mcp_json_object(mcp_structured(call));
    mcp_json_member_int(mcp_structured(call), MCP_STR("version"), house.version);
    mcp_json_object_end(mcp_structured(call));
    return MCP_OK;
}

static mcp_err list_alerts(struct mcp_call *call, void *user)
{
    (void)user;
    mcp_json_object(mcp_structured(call));
    mcp_json_object_end(mcp_structured(call));
    return MCP_OK;
}

static mcp_err open_login(struct mcp_call *call, void *user)
{
    (void)user;
    house.opened++;
    if (!mcp_str_eq(mcp_arg_str(call, "code"), MCP_STR("good"))) {
        return mcp_fail(call, MCP_E_UNAUTHORIZED, "not valid");
    }
    mcp_json_object(mcp_structured(call));
    mcp_json_member_str(mcp_structured(call), MCP_STR("session"), MCP_STR("sess_secret"));
    mcp_json_member_int(mcp_structured(call), MCP_STR("lastsSeconds"), 60);
    mcp_json_object_end(mcp_structured(call));
    return MCP_OK;
}

static mcp_err close_login(struct mcp_call *call, void *user)
{
    (void)user;
    house.closed++;
    mcp_json_object(mcp_structured(call));
    mcp_json_object_end(mcp_structured(call));
    return MCP_OK;
}

#define ANY  "{\"type\":\"object\"}"
#define NONE "{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}"

static const struct mcp_tool TOOLS[] = {
    {.name = "list_balances",
     .description = "d",
     .input_schema = NONE,
     .output_schema = ANY,
     .scope = "read",
     .fn = list_balances},
    {.name = "list_alerts",
     .description = "d",
     .input_schema = NONE,
     .output_schema = ANY,
     .scope = "read",
     .fn = list_alerts},
    {.name = "open_login",
     .description = "d",
     .input_schema = "{\"type\":\"object\",\"required\":[\"code\"],\"additionalProperties\":false,"
                     "\"properties\":{\"code\":{\"type\":\"string\",\"maxLength\":128}}}",
     .output_schema = ANY,
     .scope = "login",
     .is_hidden = true,
     .fn = open_login},
    {.name = "close_login",
     .description = "d",
     .input_schema = NONE,
     .output_schema = ANY,
     .scope = "read",
     .is_hidden = true,
     .fn = close_login},
    {0},
};
static const struct rest_route ROWS[] = {
    {.method = MCP_HTTP_GET, .path = "/api/v1/pools", .tool = "list_balances"},
    {0},
};

/* The transport's route and auth steps, without credentials. */
static void handle(void *user, struct mcp_http_exchange *ex)
{
    struct wire *w = user;
    const struct mcp_http_route *route =
        mcp__http_route_find("/mcp", rest_dashboard_routes(house.d), ex->req.path).route;

    ex->req.principal = w->principal;
    if (!route) {
        mcp__http_answer_nowhere(ex);
        return;
    }
    if (route->is_public) {
        ex->req.principal = (struct mcp_principal){.limit_id = {4, 127, 0, 0, 1}};
    }
    route->handle(route->user, ex);
}

static struct wire *enter(bool is_tls)
{
    house = (struct house){.version = 1};
    wire_open(&house.w, TOOLS, ROWS, 60);
    house.d = rest_dashboard_new(house.w.server, is_tls);
    T_CHECK(house.d != NULL);
    house.w.http.handle = handle;
    return &house.w;
}

static void leave(void)
{
    struct wire *w = &house.w;

    mcp__http_conn_free(w->conn);
    w->conn = NULL;
    mcp__http_wire_free(&w->http);
    rest_dashboard_free(house.d);
    rest_free(w->rest);
    mcp_server_free(w->server);
    mcp_buf_free(&w->out);
}

static size_t count(mcp_str text, const char *part)
{
    size_t n = 0, len = strlen(part);

    for (size_t i = 0; i + len <= text.len; i++) {
        n += memcmp(text.ptr + i, part, len) == 0;
    }
    return n;
}

#define FENCES                                                                                     \
    "; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "                   \
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'\r\n"

/* ---- Documents ---- */

static void a_document_has_every_header_that_keeps_others_out(void)
{
    static const char *const PATHS[] = {"/", "/login"};
    static const char *const HEADERS[] = {
        "Content-Type: text/html; charset=utf-8\r\n",
        "Cache-Control: no-store\r\n",
        "X-Content-Type-Options: nosniff\r\n",
        "Referrer-Policy: no-referrer\r\n",
        "X-Frame-Options: DENY\r\n",
        "Cross-Origin-Opener-Policy: same-origin\r\n",
        "Cross-Origin-Resource-Policy: same-origin\r\n",
        "Content-Security-Policy: default-src 'none'; script-src 'nonce-",
        FENCES,
    };
    struct wire *w = enter(false);

    for (size_t i = 0; i < 2; i++) {
        mcp_str answer = wire_get(w, PATHS[i]);

        T_EQ(wire_status(answer), 200);
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

#define JSON     "\r\nContent-Type: application/json"
#define OURS     "\r\nOrigin: http://localhost"
#define SIGN_OUT ("POST /logout HTTP/1.1" OURS)
#define SIGN_IN  ("POST /login HTTP/1.1" JSON OURS)

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
    snprintf(body, sizeof(body), "{\"code\":\"good\",%600s\"code\":\"good\"}", "");
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

/* ---- The stream ---- */

#define CHANGE "event: change\ndata: {}\n\n"

/* What the newest stream got since the last time. */
static mcp_str heard(struct wire *w)
{
    static char text[4096];
    size_t n = w->out.len < sizeof(text) ? w->out.len : sizeof(text);

    memcpy(text, w->out.ptr, n);
    mcp_buf_clear(&w->out);
    return mcp_str_n(text, n);
}

static void a_stream_hears_of_a_change_once(void)
{
    struct wire *w = enter(false);
    mcp_str answer = wire_get(w, "/api/v1/events");

    T_EQ(wire_status(answer), 200);
    T_HAS(answer, "Content-Type: text/event-stream\r\n");
    T_HAS(answer, "Cache-Control: no-store\r\n");
    T_HAS(answer, "retry: 2000\n" CHANGE);
    (void)heard(w);
    rest_dashboard_look(house.d);
    T_EQ(heard(w).len, 0); /* nothing looks different */
    house.version = 2;
    rest_dashboard_look(house.d);
    T_EQ(count(heard(w), CHANGE), 1);
    rest_dashboard_look(house.d);
    T_EQ(heard(w).len, 0);
    house.is_broken = true; /* it cannot be seen now: no news */
    rest_dashboard_look(house.d);
    T_EQ(heard(w).len, 0);
    leave();
}

static void whoever_reads_slowly_owes_one_event(void)
{
    struct wire *w = enter(false);

    (void)wire_get(w, "/api/v1/events");
    (void)heard(w);
    w->is_stuck = true;
    for (int i = 0; i < 1000; i++) {
        house.version++;
        rest_dashboard_look(house.d);
    }
    T_CHECK(mcp__http_conn_unsent(w->conn) < 100);
    w->is_stuck = false;
    mcp__http_conn_writable(w->conn);
    size_t n = count(heard(w), CHANGE); /* what it had not taken, and what came after that */

    rest_dashboard_look(house.d);
    T_EQ(n + count(heard(w), CHANGE), 2);
    rest_dashboard_look(house.d);
    T_EQ(heard(w).len, 0);
    leave();
}

static void a_quiet_stream_is_kept_alive_and_an_old_one_ends(void)
{
    struct wire *w = enter(false);

    (void)wire_get(w, "/api/v1/events");
    (void)heard(w);
    w->now_ms += REST_EVENTS_ALIVE_MS - 1;
    rest_dashboard_tick(house.d);
    T_EQ(heard(w).len, 0);
    w->now_ms += 1;
    rest_dashboard_tick(house.d);
    T_EQ(count(heard(w), ":\n\n"), 1);
    w->now_ms += REST_EVENTS_LASTS_MS;
    rest_dashboard_tick(house.d);
    T_EQ(count(heard(w), "0\r\n\r\n"), 1);
    rest_dashboard_look(house.d);
    leave();
}

static void a_stop_ends_them_and_takes_no_more(void)
{
    struct wire *w = enter(false);
    const struct mcp_http_route *r = rest_dashboard_routes(house.d);

    (void)wire_get(w, "/api/v1/events");
    (void)heard(w);
    while (!r->drain) {
        r++;
    }
    r->drain(r->user);
    T_EQ(count(heard(w), "0\r\n\r\n"), 1);
    T_EQ(wire_status(wire_get(w, "/api/v1/events")), 503);
    leave();
}

static void a_stream_needs_the_scope_and_costs_its_unit(void)
{
    struct wire *w = enter(false);

    snprintf(w->principal.scopes, sizeof(w->principal.scopes), "other");
    mcp_str answer = wire_get(w, "/api/v1/events");

    T_EQ(wire_status(answer), 403);
    T_HAS(answer, "scope=\"read\"");
    snprintf(w->principal.scopes, sizeof(w->principal.scopes), "read");
    w->principal.rate_per_minute = 1;
    w->principal.id[0] = 2;
    T_EQ(wire_status(wire_get(w, "/api/v1/events")), 200);
    mcp__http_conn_free(w->conn); /* the peer goes away: the stream is forgotten */
    rest_dashboard_look(house.d);
    wire_connect(w);
    T_EQ(wire_status(wire_get(w, "/api/v1/events")), 429);
    leave();
}

static void one_credential_keeps_its_newest_streams(void)
{
    struct wire *w = enter(false);
    struct mcp__http_conn *conns[REST_EVENTS_EACH_MAX + 1];

    w->opt.connections_max = 100;
    w->principal.rate_per_minute = -1;
    for (size_t i = 0; i <= REST_EVENTS_EACH_MAX; i++) {
        if (i) {
            wire_connect(w);
        }
        conns[i] = w->conn;
        T_EQ(count(wire_get(w, "/api/v1/events"), "0\r\n\r\n"), i == REST_EVENTS_EACH_MAX);
    }
    (void)heard(w);
    house.version++;
    rest_dashboard_look(house.d);
    T_EQ(count(heard(w), CHANGE), REST_EVENTS_EACH_MAX);
    for (size_t i = 0; i < REST_EVENTS_EACH_MAX; i++) {
        mcp__http_conn_free(conns[i]);
    }
    leave();
}

static void without_memory_it_says_so(void)
{
    struct wire *w = enter(false);

    for (size_t nth = 1; nth < 40; nth++) {
        const char *const heads[] = {"GET / HTTP/1.1", SIGN_IN, SIGN_OUT};

        for (size_t i = 0; i < 3; i++) {
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
    T(what_is_not_answered_says_what_is),
    T(a_code_becomes_a_cookie_and_nothing_else),
    T(over_tls_the_cookie_is_secure_and_bound_to_this_host),
    T(a_wrong_code_gets_no_cookie),
    T(a_strangers_page_signs_nobody_in_or_out),
    T(a_form_of_another_site_is_no_sign_in),
    T(a_body_that_is_none_is_refused),
    T(after_twenty_attempts_an_address_waits),
    T(signing_out_takes_the_cookie_back),
    T(a_stream_hears_of_a_change_once),
    T(whoever_reads_slowly_owes_one_event),
    T(a_quiet_stream_is_kept_alive_and_an_old_one_ends),
    T(a_stop_ends_them_and_takes_no_more),
    T(a_stream_needs_the_scope_and_costs_its_unit),
    T(one_credential_keeps_its_newest_streams),
    T(without_memory_it_says_so),
};
T_MAIN("rest/dashboard", cases)
