/* rest/route.h - the rows of the REST interface and how a path finds its row. Pure.
 *
 * Read by the handler, by rest_new()'s check, by the tests and by whatever prints the interface. */
#ifndef REST_ROUTE_H
#define REST_ROUTE_H

#include <mcp/server.h>
#include <transport/http_msg.h>

#ifdef __cplusplus
extern "C" {
#endif

#define REST_PARAMS_MAX 4

/* The words of one contract: how a failure is said. The handler of a tool never knows. */
struct rest_alias {
    mcp_err err; /* MCP_OK ends a table */
    const char *code;
};

struct rest_surface {
    const char *name;
    /* Codes that differ from mcp/errors.def. */
    const struct rest_alias *aliases;
    /* Write one JSON value: the body that says `code` and `message`. */
    void (*error)(struct mcp_json_writer *w, mcp_str code, mcp_str message);
    /* The same when there is no memory left to write one. */
    const char *last_resort;
};

extern const struct rest_surface rest_surface_pools;

enum rest_body {
    REST_BODY_NONE,  /* a body is refused */
    REST_BODY_MERGED /* a JSON object whose members are arguments */
};

struct rest_route {
    enum mcp_http_method method; /* GET also answers HEAD */
    const char *path;  /* "/api/v1/pools/{id}": a {param} is one whole segment; NULL ends a table */
    const char *tool;  /* hidden ones too */
    const char *query; /* space-separated argument names that the query may give; NULL: none */
    const char *lists; /* those of them that may be repeated: their values are joined by commas */
    int success;       /* 200, 201, 202; 204 sends no body */
    enum rest_body body;
    const struct rest_surface *surface;
};

/* The product's table. */
extern const struct rest_route rest_routes[];

struct rest_param {
    mcp_str name;  /* points into the row */
    mcp_str value; /* as sent, not decoded; points into the path */
};

struct rest_match {
    const struct rest_route *route; /* NULL: no row, see `allow` */
    struct rest_param params[REST_PARAMS_MAX];
    size_t n_params;
    /* "GET, HEAD, OPTIONS": what the path answers; empty when no row has this path. */
    char allow[64];
};

/* Find the row for a method and a path. Literal segments match byte for byte (an escaped one does
 * not, neither do dot segments or a trailing slash), so that a path has one spelling. */
void rest_route_find(const struct rest_route *rows, enum mcp_http_method method, mcp_str path,
                     struct rest_match *ret);

/* Whose words answer for `path`, whether or not a row has it. Never NULL. */
const struct rest_surface *rest_surface_of(mcp_str path);

/* True when every row fits the server (see rest_new). */
bool rest_routes_check(const struct rest_route *rows, const struct mcp_server *server, char *reterr,
                       size_t reterr_bytes);

/* True when `name` is in the space-separated list; NULL holds nothing. */
bool rest_list_has(const char *list, mcp_str name);

/* rest_new() with other rows than the product's: tests. */
struct rest *rest_new_with(struct mcp_server *server, const struct rest_route *rows, char *reterr,
                           size_t reterr_bytes);

#ifdef __cplusplus
}
#endif
#endif
