/* transport/http_route.h - which part of the site a path belongs to. Pure. */
#ifndef MCP_TRANSPORT_HTTP_ROUTE_H
#define MCP_TRANSPORT_HTTP_ROUTE_H

#include <transport/http.h>

enum mcp__http_place {
    MCP__PLACE_NOWHERE,  /* 404 */
    MCP__PLACE_ENDPOINT, /* an MCP endpoint */
    MCP__PLACE_SSE,      /* "/sse" below one: HTTP+SSE */
    MCP__PLACE_CARD,     /* the server card; without one, `route` or 404 */
    MCP__PLACE_ROUTE,    /* `route` */
    MCP__PLACE_OAUTH /* where clients look for an authorization server that does not exist: 404 in
                        JSON, without asking for a credential (protocol.md 3.2) */
};

struct mcp__http_target {
    enum mcp__http_place place;
    const struct mcp_http_route *route; /* with MCP__PLACE_ROUTE; may be NULL with _CARD */
};

/* `endpoints`: comma list of MCP paths, each matches itself and itself with a final '/'. Of the
 * `routes` (may be NULL) the longest prefix wins, cut at segment boundaries only. An OAuth path
 * belongs to a route only when the route's prefix names it, that of a card only when it is the
 * prefix. */
struct mcp__http_target mcp__http_route_find(const char *endpoints,
                                             const struct mcp_http_route *routes, mcp_str path);

#endif
