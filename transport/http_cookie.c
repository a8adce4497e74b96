/* transport/http_cookie.c - see http_cookie.h. */
#include <transport/http_cookie.h>

static const mcp_str HOST_PREFIX = MCP_STR_INIT("__Host-");

/* How many cookies are called prefix + name; the last one's value. */
static size_t count(mcp_str cookies, mcp_str prefix, mcp_str name, mcp_str *ret)
{
    size_t n = 0;

    while (cookies.ptr) {
        mcp_str value = mcp_str_trim(mcp_str_cut(&cookies, ';'));
        mcp_str key = mcp_str_cut(&value, '=');

        if (value.ptr && key.len == prefix.len + name.len && mcp_str_starts(key, prefix) &&
            mcp_str_eq(mcp_str_n(key.ptr + prefix.len, name.len), name)) {
            *ret = value;
            n++;
        }
    }
    return n;
}

mcp_str mcp__http_cookie(const struct mcp_http_request *req, const char *name)
{
    mcp_str cookies = mcp_http_header_only(req, "Cookie");
    mcp_str value = MCP_STR("");
    size_t n = count(cookies, HOST_PREFIX, mcp_str_c(name), &value);

    if (n == 0) {
        n = count(cookies, MCP_STR(""), mcp_str_c(name), &value);
    }
    return n == 1 ? value : MCP_STR("");
}

static bool is_safe(const struct mcp_http_request *req)
{
    return req->method == MCP_HTTP_GET || req->method == MCP_HTTP_HEAD;
}

/* "http://HOST" or "https://HOST", HOST being what this request was sent to. */
static bool is_here(mcp_str origin, mcp_str host)
{
    static const mcp_str SCHEMES[] = {MCP_STR_INIT("http://"), MCP_STR_INIT("https://")};

    for (size_t i = 0; i < sizeof(SCHEMES) / sizeof(SCHEMES[0]); i++) {
        size_t n = SCHEMES[i].len;

        if (mcp_str_starts(origin, SCHEMES[i]) && host.len &&
            mcp_str_eq_nocase(mcp_str_n(origin.ptr + n, origin.len - n), host)) {
            return true;
        }
    }
    return false;
}

bool mcp_http_is_own_page(const struct mcp_http_request *req)
{
    mcp_str site = mcp_http_header_only(req, "Sec-Fetch-Site");
    mcp_str origin = mcp_http_header_only(req, "Origin");

    if (mcp_http_header_count(req, "Sec-Fetch-Site") > 0) {
        return mcp_str_eq(site, MCP_STR("same-origin")) ||
               (mcp_str_eq(site, MCP_STR("none")) && is_safe(req));
    }
    if (mcp_http_header_count(req, "Origin") > 0) {
        return is_here(origin, mcp_http_header_only(req, "Host"));
    }
    return is_safe(req);
}
