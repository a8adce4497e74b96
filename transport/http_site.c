/* transport/http_site.c - see http_site.h. */
#include <transport/http_site.h>

#include <mcp/alloc.h>
#include <transport/http_answer.h>
#include <transport/http_auth.h>
#include <transport/http_card.h>
#include <transport/http_guard.h>
#include <transport/http_mcp.h>
#include <transport/http_route.h>
#include <transport/http_sse.h>

#include <stdio.h>

struct mcp__http_site {
    const struct mcp_http_options *opt;
    struct mcp__http_guard guard;
    struct mcp__http_card card;
    struct mcp__http_mcp mcp;
};

struct mcp__http_site *mcp__http_site_new(struct mcp_server *server,
                                          const struct mcp_http_options *opt, bool is_unix,
                                          char *reterr, size_t reterr_bytes)
{
    struct mcp__http_site *site = mcp_alloc_new(struct mcp__http_site);

    if (!site) {
        snprintf(reterr, reterr_bytes, "out of memory");
        return NULL;
    }
    site->opt = opt;
    site->guard.is_unix = is_unix;
    mcp__http_mcp_init(&site->mcp, server, opt);
    mcp__http_site_retune(site);
    if (!mcp__http_card_init(&site->card, server, opt, reterr, reterr_bytes)) {
        mcp__http_site_free(site);
        return NULL;
    }
    return site;
}

void mcp__http_site_retune(struct mcp__http_site *site)
{
    site->guard.allowed_hosts = site->opt->allowed_hosts;
    site->guard.allowed_origins = site->opt->allowed_origins;
    site->mcp.sessions.idle_ms = site->opt->session_idle_ms;
}

size_t mcp__http_site_sessions(const struct mcp__http_site *site)
{
    return site->mcp.sessions.n;
}

void mcp__http_site_free(struct mcp__http_site *site)
{
    if (site) {
        mcp__http_mcp_free(&site->mcp);
        mcp__http_card_free(&site->card);
        mcp_free(site);
    }
}

static bool is_mcp(const struct mcp__http_target *target)
{
    return target->place == MCP__PLACE_ENDPOINT || target->place == MCP__PLACE_SSE;
}

/* No, in the words of the surface that the path belongs to. */
static void refuse(const struct mcp__http_target *target, struct mcp_http_exchange *ex, mcp_err err)
{
    if (target->route && target->route->refuse) {
        target->route->refuse(target->route->user, ex, err);
    } else {
        mcp__http_answer_refusal(ex, err, is_mcp(target));
    }
}

static void preflight(const struct mcp__http_target *target, struct mcp_http_exchange *ex)
{
    struct mcp_http_response res;
    char room[MCP__PREFLIGHT_BYTES];

    mcp__http_guard_preflight(mcp_http_exchange_request(ex),
                              is_mcp(target) ? "GET, POST, DELETE, OPTIONS"
                                             : "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
                              room, &res);
    mcp_http_respond(ex, &res);
}

static void enter(struct mcp__http_site *site, const struct mcp__http_target *target,
                  struct mcp_http_exchange *ex)
{
    struct mcp_http_request *req = mcp__http_exchange_request(ex);
    bool is_public = target->route && target->route->is_public;
    mcp_err err = MCP_OK;

    if (is_public) {
        mcp__http_auth_nobody(req, &req->principal);
    } else {
        err = mcp__http_auth_check(site->opt, target->route, req, &req->principal);
    }
    if (err) {
        bool is_no = err == MCP_E_UNAUTHORIZED || err == MCP_E_FOREIGN_ORIGIN;

        req->is_foreign = err == MCP_E_FOREIGN_ORIGIN;
        refuse(target, ex, is_no ? err : MCP_E_STORAGE);
    } else if (target->route) {
        target->route->handle(target->route->user, ex);
    } else if (target->place == MCP__PLACE_SSE) {
        mcp__http_sse_handle(&site->mcp, ex);
    } else {
        mcp__http_mcp_handle(&site->mcp, ex);
    }
}

static struct mcp__http_target find(const struct mcp__http_site *site, mcp_str path)
{
    struct mcp__http_target target =
        mcp__http_route_find(site->opt->endpoint, site->opt->routes, path);

    if (target.place == MCP__PLACE_CARD && !site->card.json.len) {
        target.place = target.route ? MCP__PLACE_ROUTE : MCP__PLACE_NOWHERE;
    }
    return target;
}

/* Whoever may reach the server may read its card; only a name that is not ours is refused, so that
 * a rebinding page learns nothing that it could not ask for openly. */
static bool passes(const struct mcp__http_site *site, const struct mcp__http_target *target,
                   const struct mcp_http_request *req)
{
    return target->place == MCP__PLACE_CARD && mcp__http_card_is_read(req)
               ? mcp__http_guard_check_host(&site->guard, req)
               : mcp__http_guard_check(&site->guard, req);
}

void mcp__http_site_handle(struct mcp__http_site *site, struct mcp_http_exchange *ex)
{
    const struct mcp_http_request *req = mcp_http_exchange_request(ex);
    struct mcp__http_target target = find(site, req->path);

    if (!passes(site, &target, req)) {
        mcp__http_exchange_request(ex)->is_foreign = true;
        refuse(&target, ex, MCP_E_FOREIGN_ORIGIN);
    } else if (target.place == MCP__PLACE_CARD) {
        mcp__http_card_handle(&site->card, ex);
    } else if (mcp__http_guard_is_preflight(req)) {
        preflight(&target, ex);
    } else if (target.place == MCP__PLACE_NOWHERE || target.place == MCP__PLACE_OAUTH) {
        mcp__http_answer_nowhere(ex);
    } else {
        enter(site, &target, ex);
    }
}

bool mcp__http_site_is_mcp(const struct mcp__http_site *site, mcp_str path)
{
    struct mcp__http_target target =
        mcp__http_route_find(site->opt->endpoint, site->opt->routes, path);

    return is_mcp(&target);
}

int64_t mcp__http_site_tick(struct mcp__http_site *site)
{
    return mcp__http_mcp_tick(&site->mcp);
}

void mcp__http_site_drain(struct mcp__http_site *site)
{
    for (const struct mcp_http_route *r = site->opt->routes; r && r->prefix; r++) {
        if (r->drain) {
            r->drain(r->user);
        }
    }
    mcp__http_mcp_drain(&site->mcp);
}
