/* rest/reply.c - an outcome -> a response in the words of a surface. */
#include <mcp/json.h>
#include <rest/cookie.h>
#include <rest/problem.h>
#include <rest/reply.h>
#include <rest/route.h>

#include <stdio.h>

enum { BASE_BYTES = 300 };
#define ERROR_BYTES_MAX 8192 /* a failure's body; a longer message becomes the last resort */

static void begin(struct mcp_http_response *res, struct mcp_http_exchange *ex, int status,
                  bool has_body)
{
    res->status = status;
    res->content_type = has_body ? "application/json" : NULL;
    res->body = MCP_STR("");
    res->n_headers = 0;
    res->close = false;
    res->scratch_used = 0;
    /* Balances and refusals are about one caller at one moment (product.md b.1.1). */
    mcp_http_response_add(res, "Cache-Control", MCP_STR("no-store"));
    mcp_http_response_cors(res, mcp_http_exchange_request(ex));
}

/* The guard has let the Host pass, or this is the refusal that says so. */
static mcp_str base_of(const struct mcp_http_request *req, char room[BASE_BYTES])
{
    mcp_str host = mcp_http_header_only(req, "Host");
    int n = snprintf(room, BASE_BYTES, "%s://%.*s", rest_is_secure(req) ? "https" : "http",
                     MCP_STR_ARG(host));

    return host.len && !req->is_foreign && n > 0 && n < BASE_BYTES ? mcp_str_n(room, (size_t)n)
                                                                   : MCP_STR("");
}

/* Put the body for a failure into `res`: problem details if the client asked for them, else what
 * the surface says. It lives in `out`. */
static void say(struct mcp_http_response *res, const struct mcp_http_request *req,
                const struct rest_surface *surface, mcp_str code, mcp_str message,
                struct mcp_buf *out)
{
    bool is_problem = rest_problem_is_wanted(req);
    const char *last_resort = is_problem ? REST_PROBLEM_LAST : surface->last_resort;
    struct rest_said said = {code, message, MCP_STR("")};
    struct mcp_json_writer w;
    char base[BASE_BYTES];

    mcp_buf_init(out, ERROR_BYTES_MAX);
    mcp_json_writer_init(&w, out);
    if (is_problem) {
        rest_problem_write(&w, res->status, code, message);
        res->content_type = REST_PROBLEM_TYPE;
    } else {
        said.base = base_of(req, base);
        surface->error(&w, &said);
    }
    res->body = out->failed ? mcp_str_c(last_resort) : mcp_buf_str(out);
}

static const char *alias(const struct rest_alias *a, mcp_err err, mcp_str argument)
{
    for (; a && a->code; a++) {
        if (a->err == err && (!a->argument || mcp_str_eq(argument, mcp_str_c(a->argument)))) {
            return a->code;
        }
    }
    return NULL;
}

const char *rest_surface_code(const struct rest_surface *surface, mcp_err err)
{
    const char *code = alias(surface->aliases, err, MCP_STR(""));

    return code ? code : mcp_err_info(err)->rest_code;
}

const char *rest_route_code(const struct rest_route *row, mcp_err err, mcp_str argument)
{
    const char *code = alias(row->aliases, err, argument);

    return code ? code : rest_surface_code(rest_route_surface(row), err);
}

static void add_failure_headers(struct mcp_http_response *res, mcp_err err, const char *scope,
                                char *memory, size_t bytes)
{
    if (err == MCP_E_UNAUTHORIZED) {
        /* The same whether a credential was missing, unknown, expired or revoked. */
        mcp_http_response_add(res, "WWW-Authenticate", MCP_STR("Bearer"));
    }
    if (err == MCP_E_FORBIDDEN && scope) {
        /* RFC 6750 3.1 */
        snprintf(memory, bytes, "Bearer error=\"insufficient_scope\", scope=\"%s\"", scope);
        mcp_http_response_add(res, "WWW-Authenticate", mcp_str_c(memory));
    }
    if (mcp_err_info(err)->rest_status == 503) {
        mcp_http_response_add(res, "Retry-After", MCP_STR("1"));
    }
}

/* Names of REST_LIMIT_TIME. */
static const mcp_str TIMED[][2] = {
    {MCP_STR_INIT("RateLimit-Limit"), MCP_STR_INIT("X-RateLimit-Limit")},
    {MCP_STR_INIT("RateLimit-Remaining"), MCP_STR_INIT("X-RateLimit-Remaining")},
    {MCP_STR_INIT("RateLimit-Reset"), MCP_STR_INIT("X-RateLimit-Reset")},
};

/* `reset` is room for a number that lives as long as `res`. */
static void add_limit(struct mcp_http_response *res, const struct rest_surface *surface,
                      const struct mcp_limit_state *limit, int64_t now_s, char reset[24])
{
    size_t first = res->n_headers;

    mcp_http_response_limit(res, limit);
    for (size_t i = first; surface->limit == REST_LIMIT_TIME && i < res->n_headers; i++) {
        for (size_t k = 0; k < sizeof(TIMED) / sizeof(TIMED[0]); k++) {
            if (!mcp_str_eq(res->headers[i].name, TIMED[k][0])) {
                continue;
            }
            res->headers[i].name = TIMED[k][1];
            if (k == 2) {
                int n = snprintf(reset, 24, "%lld", (long long)(now_s + limit->reset_s));

                res->headers[i].value = mcp_str_n(reset, (size_t)n);
            }
        }
    }
}

static void fail(struct mcp_http_exchange *ex, const struct rest_surface *surface,
                 const struct mcp_outcome *o, const char *code, int64_t now_s)
{
    const struct mcp_err_info *info = mcp_err_info(o->err);
    struct mcp_http_response res;
    struct mcp_buf out;
    char challenge[192], reset[24];

    begin(&res, ex, info->rest_status, true);
    add_failure_headers(&res, o->err, o->scope, challenge, sizeof(challenge));
    add_limit(&res, surface, &o->limit, now_s, reset);
    say(&res, mcp_http_exchange_request(ex), surface, mcp_str_c(code),
        o->message.len ? o->message : mcp_str_c(info->meaning), &out);
    mcp_http_respond(ex, &res);
    mcp_buf_free(&out);
}

void rest_reply_outcome(struct mcp_http_exchange *ex, const struct rest_route *route,
                        const struct mcp_outcome *o, int64_t now_s)
{
    int success = rest_route_success(route);
    struct mcp_http_response res;
    char cookies[2][REST_COOKIE_BYTES], reset[24];

    if (o->err) {
        fail(ex, rest_route_surface(route), o, rest_route_code(route, o->err, o->argument), now_s);
        return;
    }
    begin(&res, ex, success, success != 204);
    if (o->is_replayed) {
        mcp_http_response_add(&res, "Idempotent-Replayed", MCP_STR("true"));
    }
    add_limit(&res, rest_route_surface(route), &o->limit, now_s, reset);
    rest_cookie_of(&res, route, mcp_http_exchange_request(ex), o->structured, now_s, cookies);
    if (success != 204) {
        res.body = o->structured;
    }
    mcp_http_respond(ex, &res);
}

void rest_reply_err(struct mcp_http_exchange *ex, const struct rest_surface *surface, mcp_err err,
                    mcp_str message)
{
    struct mcp_outcome o = {.err = err, .message = message};

    fail(ex, surface, &o, rest_surface_code(surface, err), 0); /* nothing was taken from the rate */
}

const struct rest_refusal rest_refusals[] = {
    [REST_REFUSED_REQUEST] = {400, "invalid_request",
                              "path, query or body cannot be read, or a body where none belongs"},
    [REST_REFUSED_METHOD] = {405, "method_not_allowed",
                             "this path does not answer this method; see Allow"},
    [REST_REFUSED_MEDIA] = {415, "unsupported_media_type", "the body must be application/json"},
};

void rest_reply_refusal(struct mcp_http_exchange *ex, const struct rest_surface *surface,
                        const struct rest_refusal *refusal, const char *allow, mcp_str message)
{
    struct mcp_http_response res;
    struct mcp_buf out;

    begin(&res, ex, refusal->status, true);
    if (allow) {
        mcp_http_response_add(&res, "Allow", mcp_str_c(allow));
    }
    say(&res, mcp_http_exchange_request(ex), surface, mcp_str_c(refusal->code),
        message.len ? message : mcp_str_c(refusal->meaning), &out);
    mcp_http_respond(ex, &res);
    mcp_buf_free(&out);
}

void rest_reply_options(struct mcp_http_exchange *ex, const char *allow)
{
    struct mcp_http_response res;

    begin(&res, ex, 204, false);
    mcp_http_response_add(&res, "Allow", mcp_str_c(allow));
    mcp_http_respond(ex, &res);
}
