/* rest/service.c - the life of a struct rest: rows checked, and what the transport is told. */
#include <mcp/alloc.h>
#include <rest/service.h>

#include <stdio.h>

#define START_BYTES_MAX ((size_t)8 << 20)

static const struct rest_route *row_of(const struct rest *r, size_t n, mcp_str prefix)
{
    for (size_t i = 0; i < n; i++) {
        if (mcp_str_eq(mcp_str_c(r->http[i].prefix), prefix)) {
            return r->http_rows[i];
        }
    }
    return NULL;
}

static size_t add_http(struct rest *r, size_t n, mcp_str prefix, const struct rest_route *row,
                       const struct rest_options *opt)
{
    r->http[n] = (struct mcp_http_route){
        .prefix = mcp_arena_dup(&r->arena, prefix).ptr,
        .handle = rest_handle,
        .user = r,
        .is_public = row->asker == REST_ASKER_ANYBODY,
        .is_session_only = row->asker == REST_ASKER_SESSION,
        .cookie = rest_route_cookie(row, opt),
        .refuse = rest_refuse,
    };
    r->http_rows[n] = row;
    return n + 1;
}

/* One row for each prefix that the routes need: the surface's, which asks for what its first route
 * asks for, and that of a route which asks for something else. Then the pages. */
static void make_http(struct rest *r, const struct rest_options *opt)
{
    size_t n_rows = 0, n = 0;

    while (r->rows[n_rows].path) {
        n_rows++;
    }
    r->http = mcp_arena_new(&r->arena, struct mcp_http_route, 2 * n_rows + REST__SHOWN + 1);
    r->http_rows = mcp_arena_new(&r->arena, const struct rest_route *, 2 * n_rows + 1);
    for (size_t i = 0; r->http && r->http_rows && i < n_rows; i++) {
        const struct rest_route *row = &r->rows[i];
        mcp_str prefix = rest_route_prefix(row), own = rest_route_literal(row);
        const struct rest_route *first = row_of(r, n, prefix);

        if (!first) {
            n = add_http(r, n, prefix, row, opt);
        } else if (first->asker != row->asker && !row_of(r, n, own)) {
            n = add_http(r, n, own, row, opt);
        }
    }
    for (size_t i = 0; r->http && i < REST__SHOWN; i++) {
        r->http[n++] = (struct mcp_http_route){
            .prefix = r->shown[i].path,
            .handle = rest__site_handle,
            .user = r,
            .is_public = true,
        };
    }
}

/* A row whose path the transport hands over for another kind of asker; NULL: none. */
static const struct rest_route *misplaced(const struct rest *r)
{
    for (const struct rest_route *row = r->rows; row->path; row++) {
        const struct rest_route *best = row;
        size_t best_len = 0;

        for (size_t i = 0; r->http_rows[i]; i++) {
            mcp_str prefix = mcp_str_c(r->http[i].prefix);

            if (prefix.len >= best_len && rest_is_below(mcp_str_c(row->path), prefix)) {
                best = r->http_rows[i];
                best_len = prefix.len;
            }
        }
        if (best->asker != row->asker) {
            return row;
        }
    }
    return NULL;
}

static bool start(struct rest *r, const struct rest_options *opt, char *reterr, size_t reterr_bytes)
{
    if (!rest__site_make(r, opt, reterr, reterr_bytes)) {
        return false;
    }
    make_http(r, opt);
    if (mcp_arena_failed(&r->arena)) {
        snprintf(reterr, reterr_bytes, "out of memory");
        return false;
    }
    if (misplaced(r)) {
        snprintf(reterr, reterr_bytes,
                 "route %s: a path of other routes asks for another credential",
                 misplaced(r)->path);
        return false;
    }
    return true;
}

struct rest *rest_new(struct mcp_server *server, const struct rest_options *opt, char *reterr,
                      size_t reterr_bytes)
{
    struct rest *r;

    if (!rest_routes_check(opt->routes, server, reterr, reterr_bytes)) {
        return NULL;
    }
    r = mcp_alloc_new(struct rest);
    if (!r) {
        snprintf(reterr, reterr_bytes, "out of memory");
        return NULL;
    }
    *r = (struct rest){.server = server, .rows = opt->routes};
    mcp_arena_init(&r->arena, START_BYTES_MAX);
    if (!start(r, opt, reterr, reterr_bytes)) {
        rest_free(r);
        return NULL;
    }
    return r;
}

void rest_free(struct rest *r)
{
    if (r) {
        rest__site_free(r);
        mcp_arena_free(&r->arena);
        mcp_free(r);
    }
}

const struct mcp_http_route *rest_http_routes(const struct rest *r)
{
    return r->http;
}

mcp_str rest_openapi(const struct rest *r)
{
    return mcp_buf_str(&r->shown[REST__OPENAPI].body);
}

/* ---- Mounted on mcp_main() ------------------------------------------------------------------- */

static void *mount_open(const void *user, const struct mcp_http_host *host, char *reterr,
                        size_t reterr_bytes)
{
    struct rest_options opt = *(const struct rest_options *)user;

    opt.endpoints = host->endpoints;
    opt.is_open = host->is_open;
    return rest_new(host->server, &opt, reterr, reterr_bytes);
}

static const struct mcp_http_route *mount_routes(const void *mounted)
{
    return rest_http_routes(mounted);
}

static void mount_close(void *mounted)
{
    rest_free(mounted);
}

struct mcp_http_mount rest_mount(const struct rest_options *opt)
{
    return (struct mcp_http_mount){mount_open, mount_routes, mount_close, opt};
}
