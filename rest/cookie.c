/* rest/cookie.c - see cookie.h. */
#include <rest/cookie.h>

#include <mcp/timestamp.h>

#include <stdio.h>

enum { RESULT_BYTES_MAX = 65536 };

bool rest_is_secure(const struct mcp_http_request *req)
{
    return req->is_tls || mcp_str_starts(mcp_http_header(req, "Origin"), MCP_STR("https://")) ||
           mcp_str_eq(mcp_http_header_only(req, "X-Forwarded-Proto"), MCP_STR("https"));
}

void rest_cookie_add(struct mcp_http_response *res, const struct rest_cookie *c,
                     char room[REST_COOKIE_BYTES])
{
    snprintf(room, REST_COOKIE_BYTES, "%s%s=%.*s; Path=/; Max-Age=%lld; HttpOnly; SameSite=%s%s",
             c->is_ours_alone ? "__Host-" : "", c->name, MCP_STR_ARG(c->value),
             (long long)c->age_seconds, c->same_site, c->is_secure ? "; Secure" : "");
    mcp_http_response_add(res, "Set-Cookie", mcp_str_c(room));
}

/* `c` is what the result says. False: it cannot be read. */
static bool read_session(mcp_str result, struct mcp_arena *arena, int64_t now_s,
                         struct rest_cookie *c)
{
    struct mcp_json_limits limits = {RESULT_BYTES_MAX, 8, 4096, true};
    int64_t ends_ms;
    mcp_json root;

    if (mcp_json_read(arena, result, &limits, &root, NULL)) {
        return false;
    }
    c->value = mcp_json_str(mcp_json_get(root, MCP_STR("session_token")), arena, MCP_STR(""));
    mcp_str ends = mcp_json_str(mcp_json_get(root, MCP_STR("expires_at")), arena, MCP_STR(""));

    if (!c->value.len || !mcp_timestamp_parse(ends, &ends_ms)) {
        return false;
    }
    c->age_seconds = ends_ms / 1000 > now_s ? ends_ms / 1000 - now_s : 0;
    return true;
}

void rest_cookie_of(struct mcp_http_response *res, const struct rest_route *route,
                    const struct mcp_http_request *req, mcp_str result, int64_t now_s,
                    char room[2][REST_COOKIE_BYTES])
{
    struct rest_cookie c = {.name = route->surface ? route->surface->cookie : NULL,
                            .value = MCP_STR(""),
                            .same_site = "Lax",
                            .is_ours_alone = rest_is_secure(req),
                            /* Always: browsers keep it from loopback, too, and nothing else
                             * should be reached without TLS. */
                            .is_secure = true};
    struct mcp_arena arena;

    if (!c.name || route->session == REST_SESSION_STAYS) {
        return;
    }
    mcp_arena_init(&arena, (size_t)8 * RESULT_BYTES_MAX);
    if (route->session == REST_SESSION_ENDS || read_session(result, &arena, now_s, &c)) {
        rest_cookie_add(res, &c, room[0]);
    }
    if (route->session == REST_SESSION_ENDS) {
        c.is_ours_alone = !c.is_ours_alone; /* under whatever name it was set */
        rest_cookie_add(res, &c, room[1]);
    }
    mcp_arena_free(&arena);
}
