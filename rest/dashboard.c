/* rest/dashboard.c - see dashboard.h: its documents and its routes. */
#include <rest/dashboard_part.h>
#include <rest/reply.h>

#include <mcp/alloc.h>
#include <mcp/buf.h>

#include <sodium.h>
#include <stdio.h>

#include "dashboard_frame.h" /* DASHBOARD: dashboard.html with its script and style sheet */
#include "login_frame.h"     /* LOGIN */

#define PAGE_BYTES_MAX ((size_t)1 << 20)

enum { NONCE_BYTES = sodium_base64_ENCODED_LEN(16, sodium_base64_VARIANT_URLSAFE_NO_PADDING) };

const struct rest_route rest__dashboard_row = {.path = "/", .success = 204};

void rest__dashboard_headers(struct mcp_http_response *res)
{
    mcp_http_response_add(res, "Cache-Control", MCP_STR("no-store"));
    mcp_http_response_add(res, "X-Content-Type-Options", MCP_STR("nosniff"));
    mcp_http_response_add(res, "Referrer-Policy", MCP_STR("no-referrer"));
    mcp_http_response_add(res, "Cross-Origin-Resource-Policy", MCP_STR("same-origin"));
}

/* `page` with the nonce wherever it says so. */
static void fill_in(mcp_str page, mcp_str nonce, struct mcp_buf *out)
{
    static const mcp_str MARK = MCP_STR_INIT("{{nonce}}");

    for (size_t i = 0; i + MARK.len <= page.len;) {
        if (memcmp(page.ptr + i, MARK.ptr, MARK.len) == 0) {
            mcp_buf_add(out, mcp_str_n(page.ptr, i));
            mcp_buf_add(out, nonce);
            page = mcp_str_n(page.ptr + i + MARK.len, page.len - i - MARK.len);
            i = 0;
        } else {
            i++;
        }
    }
    mcp_buf_add(out, page);
}

/* Only what has this answer's nonce runs; the script can make no markup from text; nothing is
 * loaded from elsewhere, and nothing is sent there (product.md b.5.9). */
static void add_policy(struct mcp_http_response *res, const struct rest__document *doc,
                       const char *nonce, char *room, size_t bytes)
{
    snprintf(room, bytes,
             "default-src 'none'; script-src 'nonce-%s'; style-src 'nonce-%s'; connect-src 'self'; "
             "frame-ancestors 'none'; base-uri 'none'; form-action %s%s; "
             "require-trusted-types-for 'script'; trusted-types 'none'",
             nonce, nonce, doc->has_form ? "'self'" : "'none'",
             doc->has_icon ? "; img-src data:" : "");
    mcp_http_response_add(res, "Content-Security-Policy", mcp_str_c(room));
    mcp_http_response_add(res, "X-Frame-Options", MCP_STR("DENY"));
    mcp_http_response_add(res, "Cross-Origin-Opener-Policy", MCP_STR("same-origin"));
}

void rest__dashboard_show(const struct rest__document *doc, int status,
                          struct mcp_http_exchange *ex)
{
    struct mcp_http_response res = {.status = status, .content_type = "text/html; charset=utf-8"};
    char nonce[NONCE_BYTES], policy[512];
    uint8_t random[16];
    struct mcp_buf body;

    randombytes_buf(random, sizeof(random));
    sodium_bin2base64(nonce, sizeof(nonce), random, sizeof(random),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    mcp_buf_init(&body, PAGE_BYTES_MAX);
    fill_in(doc->text, mcp_str_c(nonce), &body);
    if (body.failed) {
        rest_reply_err(ex, &rest_surface_plain, MCP_E_OVERLOADED, MCP_STR(""));
    } else {
        res.body = mcp_buf_str(&body);
        rest__dashboard_headers(&res);
        add_policy(&res, doc, nonce, policy, sizeof(policy));
        if (status == 401) {
            mcp_http_response_challenge(&res);
        }
        mcp_http_respond(ex, &res);
    }
    mcp_buf_free(&body);
}

/* ---- Routes ---------------------------------------------------------------------------------- */

static const struct rest__document PAGE = {{DASHBOARD, sizeof(DASHBOARD)}, .has_icon = true};
static const struct rest__document LOGIN_PAGE = {{LOGIN, sizeof(LOGIN)}, .has_icon = true};

void rest__dashboard_refuse_method(struct mcp_http_exchange *ex, const struct rest_surface *surface,
                                   const char *allow)
{
    if (mcp_http_exchange_request(ex)->method == MCP_HTTP_OPTIONS) {
        rest_reply_options(ex, allow);
    } else {
        rest_reply_refusal(ex, surface, &rest_refusals[REST_REFUSED_METHOD], allow, MCP_STR(""));
    }
}

static void refuse_method(struct mcp_http_exchange *ex, const char *allow)
{
    rest__dashboard_refuse_method(ex, &rest_surface_plain, allow);
}

static bool is_read(struct mcp_http_exchange *ex)
{
    enum mcp_http_method method = mcp_http_exchange_request(ex)->method;

    return method == MCP_HTTP_GET || method == MCP_HTTP_HEAD;
}

static void handle_page(void *user, struct mcp_http_exchange *ex)
{
    (void)user;
    if (is_read(ex)) {
        rest__dashboard_show(&PAGE, 200, ex);
    } else {
        refuse_method(ex, "GET, HEAD, OPTIONS");
    }
}

static void handle_login(void *user, struct mcp_http_exchange *ex)
{
    if (is_read(ex)) {
        rest__dashboard_show(&LOGIN_PAGE, 200, ex);
    } else if (mcp_http_exchange_request(ex)->method == MCP_HTTP_POST) {
        rest__dashboard_sign_in(user, ex);
    } else {
        refuse_method(ex, "GET, HEAD, POST, OPTIONS");
    }
}

static void handle_logout(void *user, struct mcp_http_exchange *ex)
{
    if (mcp_http_exchange_request(ex)->method == MCP_HTTP_POST) {
        rest__dashboard_sign_out(user, ex);
    } else {
        refuse_method(ex, "POST, OPTIONS");
    }
}

static void handle_events(void *user, struct mcp_http_exchange *ex)
{
    struct rest_dashboard *d = user;

    if (mcp_http_exchange_request(ex)->method == MCP_HTTP_GET) {
        rest__events_handle(d->events, ex);
    } else {
        refuse_method(ex, "GET, OPTIONS");
    }
}

static void drain_events(void *user)
{
    rest__events_drain(((struct rest_dashboard *)user)->events);
}

/* 401, 403 and 503 of the transport. */
static void refuse(void *user, struct mcp_http_exchange *ex, mcp_err err)
{
    (void)user;
    rest_reply_err(ex, &rest_surface_plain, err,
                   err == MCP_E_UNAUTHORIZED ? MCP_STR("sign in with a link from: cistern login")
                                             : MCP_STR(""));
}

struct rest_dashboard *rest_dashboard_new(struct mcp_server *server, bool is_tls)
{
    struct rest_dashboard *d = mcp_alloc_new(struct rest_dashboard);
    struct rest__events *events = d ? rest__events_new(server) : NULL;

    if (!events) {
        mcp_free(d);
        return NULL;
    }
    *d = (struct rest_dashboard){
        .server = server,
        .is_tls = is_tls,
        .events = events,
        .http =
            {
                {.prefix = "/", .handle = handle_page, .is_public = true, .is_exact = true},
                {.prefix = "/login", .handle = handle_login, .is_public = true, .is_exact = true},
                {.prefix = "/logout", .handle = handle_logout, .is_exact = true},
                {.prefix = "/api/v1/events",
                 .handle = handle_events,
                 .is_exact = true,
                 .drain = drain_events},
            },
    };
    for (size_t i = 0; i < REST__DASHBOARD_ROUTES - 1; i++) {
        d->http[i].user = d;
        d->http[i].refuse = refuse;
        d->http[i].cookie = d->http[i].is_public ? NULL : REST_DASHBOARD_COOKIE;
    }
    d->http[REST__DASHBOARD_ROUTES - 1] = rest__account_dashboard_route;
    return d;
}

void rest_dashboard_free(struct rest_dashboard *d)
{
    if (d) {
        rest__events_free(d->events);
        mcp_free(d);
    }
}

const struct mcp_http_route *rest_dashboard_routes(const struct rest_dashboard *d)
{
    return d->http;
}

void rest_dashboard_check_with(struct rest_dashboard *d, mcp_is_live_fn *is_live, void *user)
{
    rest__events_check_with(d->events, is_live, user);
}

void rest_dashboard_look(struct rest_dashboard *d)
{
    rest__events_look(d->events);
}

void rest_dashboard_tick(struct rest_dashboard *d)
{
    rest__events_tick(d->events);
}
