/* rest/route.h - how a path finds its row, and whether a row fits its tool. Pure. */
#ifndef REST_ROUTE_H
#define REST_ROUTE_H

#include <rest/rest.h>

#ifdef __cplusplus
extern "C" {
#endif

#define REST_PARAMS_MAX  4
#define REST_ALLOW_BYTES 64

struct rest_param {
    mcp_str name;  /* points into the row */
    mcp_str value; /* as sent, not decoded; points into the path */
};

struct rest_match {
    const struct rest_route *route; /* NULL: no row */
    struct rest_param params[REST_PARAMS_MAX];
    size_t n_params;
    /* Without a row: 1u << method of each row with this path; 0 when no row has it. */
    unsigned methods;
};

/* Find the row for a method and a path. Literal segments match byte for byte (an escaped one does
 * not, neither do dot segments or a trailing slash), so that a path has one spelling. */
void rest_route_find(const struct rest_route *rows, enum mcp_http_method method, mcp_str path,
                     struct rest_match *ret);

/* "GET, HEAD, OPTIONS": what the path answers, for a match without a row. In `room`. */
const char *rest_route_allow(const struct rest_match *m, char room[REST_ALLOW_BYTES]);

/* What a row means where it says nothing. */
int rest_route_success(const struct rest_route *row);
const struct rest_surface *rest_route_surface(const struct rest_route *row);

/* The surface's word for how a tool ended: an alias of the row's or the surface's, or the code in
 * mcp/errors.def. `argument`: that is at fault, may be empty. */
const char *rest_route_code(const struct rest_route *row, mcp_err err, mcp_str argument);

/* The cookie that has the session of somebody who may ask; NULL: none. */
const char *rest_route_cookie(const struct rest_route *row, const struct rest_options *opt);

/* The prefix that the transport has to hand over for this row: the surface's, or the literal
 * segments before the first {param}; "/" when there are none. */
mcp_str rest_route_prefix(const struct rest_route *row);
/* `path` is `prefix` or lies below it; "/" holds everything. */
bool rest_is_below(mcp_str path, mcp_str prefix);
/* The literal segments alone. */
mcp_str rest_route_literal(const struct rest_route *row);

/* Whose words answer for `path`, whether or not a row has it: the longest prefix of `rows`
 * decides. Never NULL. */
const struct rest_surface *rest_surface_of(const struct rest_route *rows, mcp_str path);

/* True when every row fits the server (see rest_new). */
bool rest_routes_check(const struct rest_route *rows, const struct mcp_server *server, char *reterr,
                       size_t reterr_bytes);

/* True when `name` is in the space-separated list; NULL holds nothing. */
bool rest_list_has(const char *list, mcp_str name);

#ifdef __cplusplus
}
#endif
#endif
