/* rest/cookie.h - the Set-Cookie of a session. Pure. */
#ifndef REST_COOKIE_H
#define REST_COOKIE_H

#include <rest/rest.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { REST_COOKIE_BYTES = 384 };

struct rest_cookie {
    const char *name;      /* without the prefix */
    mcp_str value;         /* a token of ours */
    int64_t age_seconds;   /* 0: it is taken back */
    const char *same_site; /* "Strict", "Lax" */
    bool is_ours_alone;    /* "__Host-" before its name (RFC 6265bis 4.1.3.2), for TLS */
    bool is_secure;        /* the attribute, which that prefix asks for */
};

/* Whether the client has come over TLS: we speak it, a proxy says so, or the browser does. A client
 * that lies about it keeps its own cookie less safe, or loses it. */
bool rest_is_secure(const struct mcp_http_request *req);

/* HttpOnly, for every path of this host. `room` lives as long as `res`. */
void rest_cookie_add(struct mcp_http_response *res, const struct rest_cookie *c,
                     char room[REST_COOKIE_BYTES]);

/* What a success of `route` does to the cookie of its surface: `result` has session_token and
 * expires_at where it begins a session. */
void rest_cookie_of(struct mcp_http_response *res, const struct rest_route *route,
                    const struct mcp_http_request *req, mcp_str result, int64_t now_s,
                    char room[2][REST_COOKIE_BYTES]);

#ifdef __cplusplus
}
#endif
#endif
