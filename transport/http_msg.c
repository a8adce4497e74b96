/* transport/http_msg.c - see http_msg.h. */
#include <transport/http_msg.h>

#include <transport/h1_parse.h>

#include <assert.h>

mcp_str mcp_http_header(const struct mcp_http_request *req, const char *name)
{
    mcp_str want = mcp_str_c(name);

    for (size_t i = 0; i < req->n_headers; i++) {
        mcp_str got = req->headers[i].name;

        if (got.len == want.len && mcp_str_eq_nocase(got, want)) {
            return req->headers[i].value;
        }
    }
    return mcp_str_n(NULL, 0);
}

mcp_str mcp_http_header_only(const struct mcp_http_request *req, const char *name)
{
    mcp_str want = mcp_str_c(name), value = {NULL, 0};

    for (size_t i = 0; i < req->n_headers; i++) {
        mcp_str got = req->headers[i].name;

        if (got.len == want.len && mcp_str_eq_nocase(got, want)) {
            if (value.ptr) {
                return mcp_str_n(NULL, 0);
            }
            value = req->headers[i].value;
        }
    }
    return value;
}

size_t mcp_http_header_count(const struct mcp_http_request *req, const char *name)
{
    mcp_str want = mcp_str_c(name);
    size_t n = 0;

    for (size_t i = 0; i < req->n_headers; i++) {
        n += mcp_str_eq_nocase(req->headers[i].name, want);
    }
    return n;
}

void mcp_http_response_add(struct mcp_http_response *res, const char *name, mcp_str value)
{
    bool has_room = res->n_headers < MCP_HTTP_RESPONSE_HEADERS;

    assert(has_room);
    if (has_room && mcp__h1_is_value(value)) {
        res->headers[res->n_headers++] = (struct mcp_http_header){mcp_str_c(name), value};
    }
}

/* A value being put together in the response's scratch room. */
struct text {
    char *ptr;
    size_t len, cap;
    bool is_cut;
};

static struct text text_begin(struct mcp_http_response *res)
{
    return (struct text){res->scratch + res->scratch_used, 0,
                         sizeof(res->scratch) - res->scratch_used, false};
}

static void text_add(struct text *t, mcp_str s)
{
    t->is_cut = t->is_cut || s.len > t->cap - t->len;
    if (!t->is_cut) {
        memcpy(t->ptr + t->len, s.ptr, s.len);
        t->len += s.len;
    }
}

static void text_uint(struct text *t, int32_t v)
{
    char digits[10];
    size_t n = 0;
    uint32_t left = v < 0 ? 0 : (uint32_t)v;

    do {
        digits[sizeof(digits) - ++n] = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    text_add(t, mcp_str_n(digits + sizeof(digits) - n, n));
}

static void text_end(struct mcp_http_response *res, const struct text *t, const char *name)
{
    if (!t->is_cut) {
        mcp_http_response_add(res, name, mcp_str_n(t->ptr, t->len));
        res->scratch_used += t->len;
    }
}

static void add_uint(struct mcp_http_response *res, const char *name, int32_t v)
{
    struct text t = text_begin(res);

    text_uint(&t, v);
    text_end(res, &t, name);
}

/* `"default";<a>=1;<b>=2`, a structured-field item with parameters (RFC 9651). */
static void add_policy(struct mcp_http_response *res, const char *name, mcp_str a, int32_t a_value,
                       mcp_str b, int32_t b_value)
{
    struct text t = text_begin(res);

    text_add(&t, MCP_STR("\"default\""));
    text_add(&t, a);
    text_uint(&t, a_value);
    text_add(&t, b);
    text_uint(&t, b_value);
    text_end(res, &t, name);
}

void mcp_http_response_limit(struct mcp_http_response *res, const struct mcp_limit_state *limit)
{
    if (limit->limit == 0) {
        return;
    }
    add_uint(res, "RateLimit-Limit", limit->limit);
    add_uint(res, "RateLimit-Remaining", limit->remaining);
    add_uint(res, "RateLimit-Reset", limit->reset_s);
    add_policy(res, "RateLimit-Policy", MCP_STR(";q="), limit->limit, MCP_STR(";w="),
               limit->window_s);
    add_policy(res, "RateLimit", MCP_STR(";r="), limit->remaining, MCP_STR(";t="), limit->reset_s);
    if (limit->retry_s > 0) {
        add_uint(res, "Retry-After", limit->retry_s);
    }
}
