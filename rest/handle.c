/* rest/handle.c - one request: find the row, make the arguments, invoke, answer. */
#include <mcp/alloc.h>
#include <rest/args.h>
#include <rest/reply.h>
#include <rest/service.h>

#include <stddef.h>
#include <stdio.h>

#define ARGS_BYTES_MAX ((size_t)2 << 20) /* of one request's arguments; a body has its own cap */

/* A request whose tool is running. Freed when the answer left or the peer is gone. */
struct pending {
    struct mcp_outcome_sink sink; /* first: the engine hands &sink back */
    struct rest *rest;
    struct mcp_http_exchange *ex;
    const struct rest_route *route;
    struct mcp_arena arena;
    struct mcp_buf args;
    struct mcp_http_claims claims;
    struct rest_args_fault fault; /* status 0: the arguments are fine */
};

static void pending_free(struct pending *p)
{
    mcp_buf_free(&p->args);
    mcp_arena_free(&p->arena);
    mcp_free(p);
}

static void pending_gone(void *user)
{
    struct pending *p = user;

    mcp_server_invoke_cancel(p->rest->server, &p->sink);
    pending_free(p);
}

/* True when the engine said no to the arguments, and not to the caller. */
static bool is_about_arguments(mcp_err err)
{
    return err == MCP_OK || err == MCP_E_INVALID_ARGUMENTS || err == MCP_E_INVALID_STATUS ||
           err == MCP_E_INVALID_PARAMS || err == MCP_E_INVALID_JSON || err == MCP_E_INVALID_REQUEST;
}

static void pending_finish(struct mcp_outcome_sink *sink, const struct mcp_outcome *o)
{
    struct pending *p = (struct pending *)(void *)((char *)sink - offsetof(struct pending, sink));
    struct mcp_outcome said = *o;

    if (p->fault.status && is_about_arguments(o->err)) {
        said.err = p->fault.err;
        said.message = mcp_str_c(p->fault.text);
    }
    rest_reply_outcome(p->ex, p->route, &said,
                       (mcp_clock_wall_ms(mcp_server_clock(p->rest->server)) + 999) / 1000);
    pending_free(p);
}

static const struct mcp_http_exchange_events EVENTS = {.gone = pending_gone};

static mcp_str header_of(const void *user, const char *name)
{
    return mcp_http_header_only(user, name);
}

/* Of a public row nobody, with its scope, and what it grants to the address that asks. */
static struct mcp_principal asker(const struct pending *p, const struct mcp_http_request *req)
{
    const struct mcp_tool *tool = mcp_server_tool(p->rest->server, mcp_str_c(p->route->tool));
    struct mcp_principal who = req->principal;

    if (p->route->asker == REST_ASKER_ANYBODY && tool->scope) {
        snprintf(who.scopes, sizeof(who.scopes), "%s", tool->scope);
    }
    if (p->route->asker == REST_ASKER_ANYBODY && p->route->rate_per_minute) {
        who.rate_per_minute = p->route->rate_per_minute;
        who.limit_id[14] = (uint8_t)(p->route - p->rest->rows + 1); /* http_auth.c leaves it 0 */
    }
    return who;
}

static void invoke(struct pending *p, const struct mcp_http_request *req)
{
    struct mcp_principal who = asker(p, req);

    /* Arguments that cannot be read still go through the pipeline, as an object that breaks the
     * schema (rest_new() has checked that it does): the scope and the rate limit come first, and a
     * bad request costs its unit (product.md b.1.1). */
    mcp_str args = p->fault.status ? MCP_STR("{\"\":null}") : mcp_buf_str(&p->args);

    p->claims = (struct mcp_http_claims){.header = header_of, .user = req, .serial = req->serial};
    p->sink.http = &p->claims;
    mcp_http_exchange_watch(p->ex, &EVENTS, p);
    mcp_server_invoke(p->rest->server, mcp_str_c(p->route->tool), args, &who, &p->sink);
}

static void run(struct rest *r, const struct rest_match *match, struct mcp_http_exchange *ex)
{
    const struct mcp_http_request *req = mcp_http_exchange_request(ex);
    const struct rest_surface *surface = rest_route_surface(match->route);
    struct pending *p = mcp_alloc_new(struct pending);

    if (!p) {
        rest_reply_err(ex, surface, MCP_E_OVERLOADED, MCP_STR(""));
        return;
    }
    *p = (struct pending){
        .sink = {.finish = pending_finish}, .rest = r, .ex = ex, .route = match->route};
    mcp_arena_init(&p->arena, ARGS_BYTES_MAX);
    mcp_buf_init(&p->args, ARGS_BYTES_MAX);
    if (rest_args_write(r->server, match, req, &p->arena, &p->args, &p->fault) ||
        p->fault.status == 400) {
        invoke(p, req);
        return;
    }
    if (p->fault.status == 415) {
        rest_reply_refusal(ex, surface, &rest_refusals[REST_REFUSED_MEDIA], NULL,
                           mcp_str_c(p->fault.text));
    } else {
        rest_reply_err(ex, surface, MCP_E_OVERLOADED, mcp_str_c(p->fault.text));
    }
    pending_free(p);
}

void rest_handle(void *user, struct mcp_http_exchange *ex)
{
    struct rest *r = user;
    const struct mcp_http_request *req = mcp_http_exchange_request(ex);
    struct rest_match match;
    char room[REST_ALLOW_BYTES];

    rest_route_find(r->rows, req->method, req->path, &match);
    if (match.route) {
        run(r, &match, ex);
    } else if (!match.methods) {
        rest_reply_err(ex, rest_surface_of(r->rows, req->path), MCP_E_NOT_FOUND,
                       MCP_STR(REST_NO_SUCH_PATH));
    } else if (req->method == MCP_HTTP_OPTIONS) {
        rest_reply_options(ex, rest_route_allow(&match, room));
    } else {
        rest_reply_refusal(ex, rest_surface_of(r->rows, req->path),
                           &rest_refusals[REST_REFUSED_METHOD], rest_route_allow(&match, room),
                           MCP_STR(""));
    }
}

void rest_refuse(void *user, struct mcp_http_exchange *ex, mcp_err err)
{
    const struct rest *r = user;
    const struct mcp_http_request *req = mcp_http_exchange_request(ex);
    struct rest_match match;
    /* For whoever holds the client; the same sentence whatever was wrong with the credential. */
    mcp_str message = err == MCP_E_UNAUTHORIZED
                          ? MCP_STR("send a valid access token: Authorization: Bearer <token>")
                          : MCP_STR("");

    rest_route_find(r->rows, req->method, req->path, &match);
    if (match.route) { /* a row may have a word of its own */
        rest_reply_outcome(ex, match.route, &(struct mcp_outcome){.err = err, .message = message},
                           0);
    } else {
        rest_reply_err(ex, rest_surface_of(r->rows, req->path), err, message);
    }
}
