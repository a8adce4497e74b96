/* rest/surface_pools.c - the words of the pools contract (/api/v1/pools).
 *
 * {"error":{"code":"...","message":"..."}} with the codes unauthorized, invalid_status,
 * rate_limited, internal and insufficient_scope (product.md b.0.1, b.1.1). The only argument a
 * route of this surface takes is the status filter, so bad arguments are an invalid status. */
#include <rest/surface.h>

static const struct rest_alias ALIASES[] = {
    {MCP_E_INVALID_ARGUMENTS, "invalid_status", NULL},
    {MCP_E_INVALID_PARAMS, "invalid_status", NULL},
    {MCP_OK, NULL, NULL},
};

const struct rest_surface rest_surface_pools = {
    .name = "pools",
    .title = "Pools",
    .description = "What credit is left, how fast it goes and when it runs out.",
    .prefix = "/api/v1",
    .aliases = ALIASES,
    .error = rest_error_coded,
    .last_resort = REST_ERROR_CODED_LAST,
};
