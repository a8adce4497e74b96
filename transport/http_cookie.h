/* transport/http_cookie.h - a session in a cookie. Pure.
 *
 * A browser adds a cookie to whatever asks, so one counts only in a request that our own page made:
 * mcp_http_is_own_page(). */
#ifndef MCP_TRANSPORT_HTTP_COOKIE_H
#define MCP_TRANSPORT_HTTP_COOKIE_H

#include <transport/http_msg.h>

/* The value of the cookie "__Host-<name>", else of `name` (RFC 6265 5.4; 6265bis 4.1.3.2). Empty
 * when there is none, or two of it, or two Cookie headers: who reads it must not depend on the
 * order. Points into the request. */
mcp_str mcp__http_cookie(const struct mcp_http_request *req, const char *name);

#endif
