/* transport/http_guard.c - see http_guard.h. */
#include <transport/http_guard.h>

/* "name:port", "name", "[v6]:port" or "[v6]" without its port. *ret_is_valid: the port is digits.
 */
static mcp_str host_name(mcp_str host, bool *ret_is_valid)
{
    size_t end = 0;
    uint64_t port;

    if (host.len && host.ptr[0] == '[') {
        while (end < host.len && host.ptr[end] != ']') {
            end++;
        }
        end += end < host.len ? 1 : 0;
    } else {
        while (end < host.len && host.ptr[end] != ':') {
            end++;
        }
    }
    /* Nothing is added to the pointer of an empty value, which may be NULL. */
    *ret_is_valid = end == host.len ||
                    (host.ptr[end] == ':' &&
                     mcp_str_uint(mcp_str_n(host.ptr + end + 1, host.len - end - 1), 65535, &port));
    return mcp_str_n(host.ptr, end);
}

static bool is_loopback(mcp_str name)
{
    return mcp_str_eq_nocase(name, MCP_STR("localhost")) ||
           mcp_str_eq(name, MCP_STR("127.0.0.1")) || mcp_str_eq(name, MCP_STR("[::1]"));
}

static bool list_has(const char *list, mcp_str item)
{
    mcp_str rest = mcp_str_c(list);

    while (rest.ptr) {
        if (mcp_str_eq_nocase(mcp_str_trim(mcp_str_cut(&rest, ',')), item)) {
            return item.len > 0;
        }
    }
    return false;
}

static bool host_passes(const struct mcp__http_guard *g, mcp_str host)
{
    bool is_valid;
    mcp_str name = host_name(host, &is_valid);

    return is_valid && (is_loopback(name) || list_has(g->allowed_hosts, name) ||
                        list_has(g->allowed_hosts, host));
}

static bool origin_passes(const struct mcp__http_guard *g, mcp_str origin)
{
    static const mcp_str SCHEMES[] = {MCP_STR_INIT("http://"), MCP_STR_INIT("https://")};

    for (size_t i = 0; i < sizeof(SCHEMES) / sizeof(SCHEMES[0]); i++) {
        size_t n = SCHEMES[i].len;

        if (origin.len > n && mcp_str_eq_nocase(mcp_str_n(origin.ptr, n), SCHEMES[i])) {
            bool is_valid;
            mcp_str name = host_name(mcp_str_n(origin.ptr + n, origin.len - n), &is_valid);

            if (is_valid && is_loopback(name)) {
                return true;
            }
        }
    }
    return list_has(g->allowed_origins, origin);
}

bool mcp__http_guard_check_host(const struct mcp__http_guard *g, const struct mcp_http_request *req)
{
    return g->is_unix || (mcp_http_header_count(req, "Host") == 1 &&
                          host_passes(g, mcp_http_header(req, "Host")));
}

bool mcp__http_guard_check(const struct mcp__http_guard *g, const struct mcp_http_request *req)
{
    size_t n_origins = mcp_http_header_count(req, "Origin");

    return mcp__http_guard_check_host(g, req) &&
           (n_origins == 0 || (n_origins == 1 && origin_passes(g, mcp_http_header(req, "Origin"))));
}

bool mcp__http_guard_is_preflight(const struct mcp_http_request *req)
{
    return req->method == MCP_HTTP_OPTIONS && mcp_http_header(req, "Origin").ptr &&
           mcp_http_header(req, "Access-Control-Request-Method").ptr;
}

/* The names MCP uses, and those of the asked ones that carry tool arguments (2026-07-28
 * "x-mcp-header"): a browser wants each by its name. What does not fit is left out. */
static mcp_str allowed_headers(const struct mcp_http_request *req, char room[MCP__PREFLIGHT_BYTES])
{
    static const mcp_str FIXED =
        MCP_STR_INIT("Authorization, Content-Type, Accept, MCP-Protocol-Version, Mcp-Session-Id, "
                     "Mcp-Method, Mcp-Name, Last-Event-ID");
    static const mcp_str PREFIX = MCP_STR_INIT("mcp-param-");
    mcp_str rest = mcp_http_header(req, "Access-Control-Request-Headers");
    size_t len = FIXED.len;

    memcpy(room, FIXED.ptr, FIXED.len);
    while (rest.ptr) {
        mcp_str name = mcp_str_trim(mcp_str_cut(&rest, ','));

        if (name.len > PREFIX.len && mcp_str_is_token(name) &&
            mcp_str_eq_nocase(mcp_str_n(name.ptr, PREFIX.len), PREFIX) &&
            len + 2 + name.len <= MCP__PREFLIGHT_BYTES) {
            memcpy(room + len, ", ", 2);
            memcpy(room + len + 2, name.ptr, name.len);
            len += 2 + name.len;
        }
    }
    return mcp_str_n(room, len);
}

static void add_origin(struct mcp_http_response *res, mcp_str origin)
{
    mcp_http_response_add(res, "Access-Control-Allow-Origin", origin);
    mcp_http_response_add(res, "Vary", MCP_STR("Origin"));
}

void mcp__http_guard_preflight(const struct mcp_http_request *req, const char *methods,
                               char room[MCP__PREFLIGHT_BYTES], struct mcp_http_response *ret)
{
    *ret = (struct mcp_http_response){.status = 204};
    add_origin(ret, mcp_http_header(req, "Origin"));
    mcp_http_response_add(ret, "Access-Control-Allow-Methods", mcp_str_c(methods));
    mcp_http_response_add(ret, "Access-Control-Allow-Headers", allowed_headers(req, room));
    mcp_http_response_add(ret, "Access-Control-Max-Age", MCP_STR("7200"));
}

void mcp_http_response_cors(struct mcp_http_response *res, const struct mcp_http_request *req)
{
    mcp_str origin = mcp_http_header(req, "Origin");

    if (origin.ptr && !req->is_foreign) {
        add_origin(res, origin);
        mcp_http_response_add(res, "Access-Control-Expose-Headers",
                              MCP_STR("WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, "
                                      "Retry-After, RateLimit, RateLimit-Policy, RateLimit-Limit, "
                                      "RateLimit-Remaining, RateLimit-Reset, X-RateLimit-Limit, "
                                      "X-RateLimit-Remaining, X-RateLimit-Reset"));
    }
}
