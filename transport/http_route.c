/* transport/http_route.c - see http_route.h. */
#include <transport/http_route.h>

/* `path` is `prefix` or lies below it. The prefix "/" holds everything. */
static bool is_below(mcp_str path, mcp_str prefix)
{
    while (prefix.len && prefix.ptr[prefix.len - 1] == '/') {
        prefix.len--;
    }
    return mcp_str_starts(path, prefix) && (path.len == prefix.len || path.ptr[prefix.len] == '/');
}

static bool is_endpoint(const char *endpoints, mcp_str path)
{
    mcp_str rest = mcp_str_c(endpoints);

    while (rest.ptr) {
        mcp_str one = mcp_str_trim(mcp_str_cut(&rest, ','));

        if (one.len && (mcp_str_eq(path, one) ||
                        (path.len == one.len + 1 && is_below(path, one) && one.len > 1))) {
            return true;
        }
    }
    return false;
}

/* "/mcp/sse" for "/mcp", "/sse" for "/". */
static bool is_below_endpoint(const char *endpoints, mcp_str path, mcp_str tail)
{
    if (path.len < tail.len ||
        !mcp_str_eq(mcp_str_n(path.ptr + path.len - tail.len, tail.len), tail)) {
        return false;
    }
    path.len -= tail.len;
    return is_endpoint(endpoints, path.len ? path : MCP_STR("/"));
}

/* SEP-2127: the place reserved beside the endpoint, and the site's. */
static bool is_card(const char *endpoints, mcp_str path)
{
    return is_below_endpoint(endpoints, path, MCP_STR("/server-card")) ||
           mcp_str_eq(path, MCP_STR("/.well-known/mcp/server-card.json"));
}

static const struct mcp_http_route *find_route(const struct mcp_http_route *routes, mcp_str path)
{
    const struct mcp_http_route *best = NULL;
    size_t best_len = 0;

    for (; routes && routes->prefix; routes++) {
        mcp_str prefix = mcp_str_c(routes->prefix);

        bool is_it = routes->is_exact ? mcp_str_eq(path, prefix) : is_below(path, prefix);

        if (is_it && (!best || prefix.len > best_len)) {
            best = routes;
            best_len = prefix.len;
        }
    }
    return best;
}

/* The discovery documents may hang below an endpoint, too: "/mcp/.well-known/...". */
static mcp_str without_endpoint(const char *endpoints, mcp_str path)
{
    mcp_str rest = mcp_str_c(endpoints);

    while (rest.ptr) {
        mcp_str one = mcp_str_trim(mcp_str_cut(&rest, ','));

        if (one.len > 1 && is_below(path, one) && path.len > one.len) {
            return mcp_str_n(path.ptr + one.len, path.len - one.len);
        }
    }
    return path;
}

static bool is_oauth(mcp_str path)
{
    static const mcp_str DOCUMENTS[] = {
        MCP_STR_INIT("/.well-known/oauth-protected-resource"),
        MCP_STR_INIT("/.well-known/oauth-authorization-server"),
        MCP_STR_INIT("/.well-known/openid-configuration"),
    };

    for (size_t i = 0; i < sizeof(DOCUMENTS) / sizeof(DOCUMENTS[0]); i++) {
        if (is_below(path, DOCUMENTS[i])) {
            return true;
        }
    }
    return mcp_str_eq(path, MCP_STR("/register")) || mcp_str_eq(path, MCP_STR("/authorize")) ||
           mcp_str_eq(path, MCP_STR("/token"));
}

struct mcp__http_target mcp__http_route_find(const char *endpoints,
                                             const struct mcp_http_route *routes, mcp_str path)
{
    struct mcp__http_target target = {MCP__PLACE_NOWHERE, NULL};
    const struct mcp_http_route *route = find_route(routes, path);

    if (is_endpoint(endpoints, path)) {
        target.place = MCP__PLACE_ENDPOINT;
    } else if (is_below_endpoint(endpoints, path, MCP_STR("/sse"))) {
        target.place = MCP__PLACE_SSE;
    } else if (is_oauth(without_endpoint(endpoints, path)) &&
               !(route && is_oauth(mcp_str_c(route->prefix)))) {
        target.place = MCP__PLACE_OAUTH;
    } else if (is_card(endpoints, path) && !(route && mcp_str_eq(path, mcp_str_c(route->prefix)))) {
        target.place = MCP__PLACE_CARD;
        target.route = route;
    } else if (route) {
        target.place = MCP__PLACE_ROUTE;
        target.route = route;
    }
    return target;
}
