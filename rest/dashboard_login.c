/* rest/dashboard_login.c - signing in with the code of a link, and out. */
#include <rest/cookie.h>
#include <rest/dashboard_part.h>
#include <rest/reply.h>

#include <mcp/alloc.h>
#include <mcp/json.h>

#include <stddef.h>
#include <stdio.h>

enum {
    BODY_BYTES_MAX = 512, /* {"code":"..."} */
    RESULT_BYTES_MAX = 8192,
    ATTEMPTS_PER_MINUTE = 20 /* from one address; a code has 178 bits */
};

/* A tool that runs for an exchange. Freed when the answer left or the peer is gone. */
struct pending {
    struct mcp_outcome_sink sink; /* first: the engine hands &sink back */
    struct rest_dashboard *d;
    struct mcp_http_exchange *ex;
    bool is_secure;
};

static void gone(void *user)
{
    struct pending *p = user;

    mcp_server_invoke_cancel(p->d->server, &p->sink);
    mcp_free(p);
}

static const struct mcp_http_exchange_events EVENTS = {.gone = gone};

static void invoke(struct rest_dashboard *d, struct mcp_http_exchange *ex, const char *tool,
                   mcp_str arguments, const struct mcp_principal *who,
                   void (*finish)(struct mcp_outcome_sink *sink, const struct mcp_outcome *o))
{
    const struct mcp_http_request *req = mcp_http_exchange_request(ex);
    struct pending *p = mcp_alloc_new(struct pending);

    if (!p) {
        rest_reply_err(ex, &rest_surface_plain, MCP_E_OVERLOADED, MCP_STR(""));
        return;
    }
    *p = (struct pending){.sink = {.finish = finish},
                          .d = d,
                          .ex = ex,
                          .is_secure = d->is_tls || rest_is_secure(req)};
    mcp_http_exchange_watch(ex, &EVENTS, p);
    mcp_server_invoke(d->server, mcp_str_c(tool), arguments, who, &p->sink);
}

/* Strict: no other site's link brings it along. */
static void add_cookie(struct mcp_http_response *res, bool is_secure, mcp_str value,
                       int64_t age_seconds, char room[REST_COOKIE_BYTES])
{
    rest_cookie_add(res,
                    &(struct rest_cookie){REST_DASHBOARD_COOKIE, value, age_seconds, "Strict",
                                          is_secure, is_secure},
                    room);
}

/* The session out of what open_login says, for `use`. False: it cannot be read. */
static bool read_session(struct pending *p, mcp_str structured, struct mcp_http_response *res,
                         char cookie[REST_COOKIE_BYTES])
{
    struct mcp_json_limits limits = {RESULT_BYTES_MAX, 4, 256, true};
    struct mcp_arena arena;
    mcp_json root;

    mcp_arena_init(&arena, (size_t)4 * RESULT_BYTES_MAX);
    mcp_err err = mcp_json_read(&arena, structured, &limits, &root, NULL);
    mcp_str session =
        err ? MCP_STR("")
            : mcp_json_str(mcp_json_get(root, MCP_STR("session")), &arena, MCP_STR(""));

    if (session.len) {
        add_cookie(res, p->is_secure, session,
                   mcp_json_int_or(mcp_json_get(root, MCP_STR("lastsSeconds")), 0), cookie);
    }
    mcp_arena_free(&arena);
    return session.len > 0;
}

static void signed_in(struct mcp_outcome_sink *sink, const struct mcp_outcome *o)
{
    struct pending *p = (struct pending *)(void *)((char *)sink - offsetof(struct pending, sink));
    struct mcp_http_response res = {.status = 204};
    char cookie[REST_COOKIE_BYTES];

    if (o->err) {
        rest_reply_outcome(p->ex, &rest__dashboard_row, o, 0);
    } else if (!read_session(p, o->structured, &res, cookie)) {
        rest_reply_err(p->ex, &rest_surface_plain, MCP_E_OVERLOADED, MCP_STR(""));
    } else {
        rest__dashboard_headers(&res);
        mcp_http_respond(p->ex, &res);
    }
    mcp_free(p);
}

void rest__dashboard_sign_in(void *user, struct mcp_http_exchange *ex)
{
    const struct mcp_http_request *req = mcp_http_exchange_request(ex);
    struct mcp_principal who = req->principal; /* nobody, with the allowance of the address */

    who.rate_per_minute = ATTEMPTS_PER_MINUTE;
    memcpy(who.scopes, "login", sizeof("login"));
    if (!mcp_http_is_own_page(req)) { /* or a stranger's page could sign somebody in as itself */
        rest_reply_err(ex, &rest_surface_plain, MCP_E_FOREIGN_ORIGIN, MCP_STR(""));
    } else if (!mcp_str_eq_nocase(mcp_http_header_only(req, "Content-Type"),
                                  MCP_STR("application/json"))) {
        rest_reply_refusal(ex, &rest_surface_plain, &rest_refusals[REST_REFUSED_MEDIA], NULL,
                           MCP_STR(""));
    } else {
        /* A body that is too long is no JSON of ours; it costs its unit all the same. */
        invoke(user, ex, "open_login",
               req->body.len > 0 && req->body.len <= BODY_BYTES_MAX ? req->body : MCP_STR("{}"),
               &who, signed_in);
    }
}

static void signed_out(struct mcp_outcome_sink *sink, const struct mcp_outcome *o)
{
    struct pending *p = (struct pending *)(void *)((char *)sink - offsetof(struct pending, sink));
    struct mcp_http_response res = {.status = 204};
    char plain[REST_COOKIE_BYTES], secure[REST_COOKIE_BYTES];

    if (o->err) {
        rest_reply_outcome(p->ex, &rest__dashboard_row, o, 0);
    } else {
        rest__events_end_of(p->d->events, mcp_http_exchange_request(p->ex)->principal.id);
        rest__dashboard_headers(&res);
        add_cookie(&res, false, MCP_STR(""), 0, plain);
        if (p->is_secure) {
            add_cookie(&res, true, MCP_STR(""), 0, secure);
        }
        mcp_http_respond(p->ex, &res);
    }
    mcp_free(p);
}

void rest__dashboard_sign_out(void *user, struct mcp_http_exchange *ex)
{
    invoke(user, ex, "close_login", MCP_STR("{}"), &mcp_http_exchange_request(ex)->principal,
           signed_out);
}
