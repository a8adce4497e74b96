/* transport/http_site.h - the path of a request above the wire: guard, route, auth, endpoint.
 *
 * Private to transport/. The connection side (http_conn.c, http.c) frames requests and calls
 * mcp__http_site_handle() once for each; everything behind it sees values and an exchange, never a
 * socket. Loop thread only. */
#ifndef MCP_TRANSPORT_HTTP_SITE_H
#define MCP_TRANSPORT_HTTP_SITE_H

#include <transport/http.h>

struct mcp__http_site;

/* `opt` with every default filled in; it and `server` must outlive the site. `is_unix`: the
 * listener is a Unix socket, where any Host passes. NULL on failure, `reterr` holds a sentence. */
struct mcp__http_site *mcp__http_site_new(struct mcp_server *server,
                                          const struct mcp_http_options *opt, bool is_unix,
                                          char *reterr, size_t reterr_bytes);

/* Ends the sessions and forgets their calls. No exchange may be open any more: each was answered,
 * or its `gone` ran. NULL is a no-op. */
void mcp__http_site_free(struct mcp__http_site *site);

/* One complete request. Answers it before returning, or watches the exchange and answers later
 * (from mcp_server_tick(), mcp_http_on_wake()'s function, or a route's own event). */
void mcp__http_site_handle(struct mcp__http_site *site, struct mcp_http_exchange *ex);

/* True for the paths of MCP, where even the framing's refusals are JSON-RPC. */
bool mcp__http_site_is_mcp(const struct mcp__http_site *site, mcp_str path);

/* Keep-alive comments, expired sessions, calls of modern clients that are gone. Call at the end
 * of a turn in which something happened, and when it said so; it is cheap. Returns milliseconds
 * until the next thing is due, -1 for never. mcp_server_tick() is the caller's business. */
int64_t mcp__http_site_tick(struct mcp__http_site *site);

/* `opt` has other times, hosts and origins now. */
void mcp__http_site_retune(struct mcp__http_site *site);

/* Legacy sessions that are open. */
size_t mcp__http_site_sessions(const struct mcp__http_site *site);

/* A graceful stop begins: streams that belong to no call end now (a client would keep them open
 * for ever), calls go on to their end. New requests may still be handed in. */
void mcp__http_site_drain(struct mcp__http_site *site);

/* What the site needs from the connection side besides http_msg.h: the same request as
 * mcp_http_exchange_request(), so that the auth step can fill in the principal. */
struct mcp_http_request *mcp__http_exchange_request(struct mcp_http_exchange *ex);

#endif
