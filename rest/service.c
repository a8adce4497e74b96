/* rest/service.c - the life of a struct rest: rows checked, and what the transport is told. */
#include <mcp/alloc.h>
#include <rest/service.h>

#include <stdio.h>

#define START_BYTES_MAX ((size_t)8 << 20)

static bool has_prefix(const struct rest *r, size_t n, mcp_str prefix)
{
    for (size_t i = 0; i < n; i++) {
        if (mcp_str_eq(mcp_str_c(r->http[i].prefix), prefix)) {
            return true;
        }
    }
    return false;
}

/* One row for each prefix that the routes need. */
static void make_http(struct rest *r)
{
    size_t n_rows = 0, n = 0;

    while (r->rows[n_rows].path) {
        n_rows++;
    }
    r->http = mcp_arena_new(&r->arena, struct mcp_http_route, n_rows + 1);
    for (size_t i = 0; r->http && i < n_rows; i++) {
        mcp_str prefix = rest_route_prefix(&r->rows[i]);

        if (!has_prefix(r, n, prefix)) {
            r->http[n++] = (struct mcp_http_route){
                .prefix = mcp_arena_dup(&r->arena, prefix).ptr,
                .handle = rest_handle,
                .user = r,
                .refuse = rest_refuse,
            };
        }
    }
}

struct rest *rest_new(struct mcp_server *server, const struct rest_options *opt, char *reterr,
                      size_t reterr_bytes)
{
    struct rest *r;

    if (!rest_routes_check(opt->routes, server, reterr, reterr_bytes)) {
        return NULL;
    }
    r = mcp_alloc_new(struct rest);
    if (r) {
        *r = (struct rest){.server = server, .rows = opt->routes};
        mcp_arena_init(&r->arena, START_BYTES_MAX);
        make_http(r);
    }
    if (!r || mcp_arena_failed(&r->arena)) {
        rest_free(r);
        snprintf(reterr, reterr_bytes, "out of memory");
        return NULL;
    }
    return r;
}

void rest_free(struct rest *r)
{
    if (r) {
        mcp_arena_free(&r->arena);
        mcp_free(r);
    }
}

const struct mcp_http_route *rest_http_routes(const struct rest *r)
{
    return r->http;
}

/* ---- Mounted on mcp_main() ------------------------------------------------------------------- */

static void *mount_open(const void *user, const struct mcp_http_host *host, char *reterr,
                        size_t reterr_bytes)
{
    return rest_new(host->server, user, reterr, reterr_bytes);
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
