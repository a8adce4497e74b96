/* transport/fuzz/ladder_fuzz.c - whatever the method, the headers and the path are, HTTP's own
 * decision is one of the few legal ones, and the guard lets no foreign name in.
 *
 * Input: one byte method, one byte session claim, then lines: the path, then "Name: value". */
#include <mcp/fuzz/fuzz.h>
#include <transport/http_auth.h>
#include <transport/http_guard.h>
#include <transport/http_ladder.h>
#include <transport/http_route.h>

enum { HEADERS = 40 };

static void check_ladder(const struct mcp_http_request *req, enum mcp_session_claim claim)
{
    struct mcp__http_rung rung = mcp__http_ladder(req, claim);
    int s = rung.status;

    switch (rung.act) {
    case MCP__ACT_REFUSE:
        FUZZ_CHECK(s == 400 || s == 404 || s == 405 || s == 406 || s == 415);
        FUZZ_CHECK(rung.why && rung.why[0] && rung.code != 0);
        FUZZ_CHECK((s == 405) == (rung.allow != NULL));
        FUZZ_CHECK(s != 404 || claim == MCP_SESSION_UNKNOWN);
        return;
    case MCP__ACT_DESCRIBE:
        FUZZ_CHECK(s == 204 && req->method == MCP_HTTP_OPTIONS && rung.allow);
        return;
    case MCP__ACT_MESSAGE:
        FUZZ_CHECK(s == 200 && req->method == MCP_HTTP_POST);
        FUZZ_CHECK(rung.takes_json || rung.takes_events);
        FUZZ_CHECK(mcp_http_header_count(req, "content-type") == 1);
        return;
    case MCP__ACT_LISTEN:
        FUZZ_CHECK(s == 200 && req->method == MCP_HTTP_GET && claim == MCP_SESSION_FOUND);
        FUZZ_CHECK(rung.takes_events && !rung.is_modern);
        return;
    case MCP__ACT_END:
        FUZZ_CHECK(s == 200 && req->method == MCP_HTTP_DELETE && claim == MCP_SESSION_FOUND);
        FUZZ_CHECK(!rung.is_modern);
        return;
    }
    FUZZ_CHECK(false); /* an act that does not exist */
}

static void check_guard(const struct mcp_http_request *req)
{
    static const struct mcp__http_guard GUARD = {"a.example:1", "https://a.example", false};
    struct mcp_http_response res = {0};
    char room[MCP__PREFLIGHT_BYTES];

    if (mcp__http_guard_check(&GUARD, req)) {
        mcp_str host = mcp_http_header(req, "Host");
        mcp_str origin = mcp_http_header(req, "Origin");

        FUZZ_CHECK(mcp_str_has_nocase(host, MCP_STR("localhost")) ||
                   mcp_str_has_nocase(host, MCP_STR("127.0.0.1")) ||
                   mcp_str_has_nocase(host, MCP_STR("[::1]")) ||
                   mcp_str_eq_nocase(host, MCP_STR("a.example:1")));
        FUZZ_CHECK(!mcp_str_has_nocase(host, MCP_STR("evil")));
        FUZZ_CHECK(!mcp_str_has_nocase(origin, MCP_STR("evil")));
        FUZZ_CHECK(!mcp_str_eq_nocase(origin, MCP_STR("null")));
    }
    mcp__http_guard_preflight(req, "POST", room, &res);
    FUZZ_CHECK(res.status == 204);
    for (size_t i = 0; i < res.n_headers; i++) {
        FUZZ_CHECK(mcp_str_starts(res.headers[i].name, MCP_STR("Vary")) ||
                   mcp_str_starts(res.headers[i].name, MCP_STR("Access-Control-")));
    }
}

static void check_rest(const struct mcp_http_request *req)
{
    static const struct mcp_http_route ROUTES[] = {{.prefix = "/api"}, {.prefix = "/"}, {0}};
    mcp_str token = mcp__http_auth_credential(req);
    struct mcp__http_target t = mcp__http_route_find("/mcp", ROUTES, req->path);

    FUZZ_CHECK(token.len <= MCP__CREDENTIAL_BYTES_MAX &&
               !memchr(token.len ? token.ptr : "x", ' ', token.len ? token.len : 1));
    FUZZ_CHECK(t.place != MCP__PLACE_ROUTE || t.route);
    FUZZ_CHECK(!t.route || t.place == MCP__PLACE_ROUTE || t.place == MCP__PLACE_CARD);
}

static void fill(struct mcp_http_request *req, struct mcp_http_header *headers, mcp_str rest)
{
    req->path = mcp_str_cut(&rest, '\n');
    req->headers = headers;
    while (rest.ptr && req->n_headers < HEADERS) {
        mcp_str value = mcp_str_cut(&rest, '\n');
        mcp_str name = mcp_str_cut(&value, ':');

        headers[req->n_headers++] = (struct mcp_http_header){name, mcp_str_trim(value)};
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mcp_http_header headers[HEADERS];
    struct mcp_http_request req = {0};

    if (size < 2) {
        return 0;
    }
    req.method = (enum mcp_http_method)(data[0] % (MCP_HTTP_OTHER + 1));
    fill(&req, headers, mcp_str_n((const char *)data + 2, size - 2));
    check_ladder(&req, (enum mcp_session_claim)(data[1] % (MCP_SESSION_FOUND + 1)));
    check_guard(&req);
    check_rest(&req);
    return 0;
}
