/* rest/dashboard.h - the pages for people at "/" and "/account/dashboard", signing in and out, and
 * the stream that keeps the first one live.
 *
 *   GET /         the page, the same for everybody: what it shows comes from the REST routes
 *   GET /login    turns the code behind its '#' into a session; no log sees the code
 *   POST /login   {"code"} -> 204 and the cookie, once; 401; 429 beyond 20 a minute and address
 *   POST /logout  ends the session of the cookie, and its streams
 *   GET /api/v1/events   text/event-stream: "change" whenever pools or alerts look different
 *   GET /account/dashboard   the account: 200 with its session, else 401 and the same page, which
 *                 signs in with POST /auth/login
 *
 * The documents carry no data, run one script and one style sheet of a nonce, load nothing from
 * elsewhere and are framed by nobody. Loop thread only. */
#ifndef REST_DASHBOARD_H
#define REST_DASHBOARD_H

#include <mcp/server.h>
#include <transport/http_msg.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of sessions, also for rest_options.cookie; over TLS with "__Host-" before it. */
#define REST_DASHBOARD_COOKIE "cistern_session"

enum {
    REST_EVENTS_MAX = 256,        /* open streams; beyond: 503 */
    REST_EVENTS_EACH_MAX = 16,    /* of one credential; beyond, its oldest ends */
    REST_EVENTS_ALIVE_MS = 15000, /* comment on a quiet stream */
    REST_EVENTS_CHECK_MS = 2000   /* is its credential still good? */
};
/* Then a stream ends, and the client comes again with its credential. */
#define REST_EVENTS_LASTS_MS ((int64_t)5 * 60000)

struct rest_dashboard;

/* `is_tls`: this server itself speaks TLS. NULL when out of memory. `server` must outlive it. */
struct rest_dashboard *rest_dashboard_new(struct mcp_server *server, bool is_tls);
/* No exchange may be pending. NULL is a no-op. */
void rest_dashboard_free(struct rest_dashboard *d);

/* A table for the HTTP transport that ends with {0}; lives as long as `d`. */
const struct mcp_http_route *rest_dashboard_routes(const struct rest_dashboard *d);

/* From now on streams end whose credential has expired or was revoked. */
void rest_dashboard_check_with(struct rest_dashboard *d, mcp_is_live_fn *is_live, void *user);

/* Something may have changed: look, and tell the streams whose owner sees something new. */
void rest_dashboard_look(struct rest_dashboard *d);
/* Every second or so: comments on quiet streams, the end of old ones. */
void rest_dashboard_tick(struct rest_dashboard *d);

#ifdef __cplusplus
}
#endif
#endif
