/* transport/http_auth.h - who is asking: the credential of a request, checked by a callback.
 *
 * RFC 6750 2.1 and MCP basic/authorization: the Authorization header of every request, never the
 * query, never the session. Missing, malformed, unknown, expired and revoked look the same. A
 * route may also take the session of a person's browser from a cookie; a token is taken from no
 * cookie, and of the sessions only a portable one from the header. */
#ifndef MCP_TRANSPORT_HTTP_AUTH_H
#define MCP_TRANSPORT_HTTP_AUTH_H

#include <transport/http.h>

enum { MCP__CREDENTIAL_BYTES_MAX = 512 };

/* Could be a bearer token at all: token68 of a bounded length. */
bool mcp__http_auth_is_token(mcp_str s);

/* The credential of exactly one well-formed `Authorization: Bearer token68`; else empty. Points
 * into the request. */
mcp_str mcp__http_auth_credential(const struct mcp_http_request *req);

/* Without opt->verify: everybody is opt->anonymous, each client address with its own allowance.
 * `route`: NULL: an endpoint. MCP_OK fills *ret; MCP_E_UNAUTHORIZED; MCP_E_FOREIGN_ORIGIN:
 * a cookie that another site's page made the browser send; anything else: cannot tell now (503). */
mcp_err mcp__http_auth_check(const struct mcp_http_options *opt, const struct mcp_http_route *route,
                             const struct mcp_http_request *req, struct mcp_principal *ret);

/* Whose allowance a request spends that needs no credential: that of its address, and nobody's
 * who has one. */
void mcp__http_auth_nobody(const struct mcp_http_request *req, struct mcp_principal *ret);

#endif
