/* transport/http_msg.h - an HTTP request and its answer as plain values; no socket in sight.
 *
 * Requests have been framed and checked by transport/h1_parse.c (RFC 9112, strict). All slices
 * live until the exchange ends. Loop thread only. */
#ifndef MCP_TRANSPORT_HTTP_MSG_H
#define MCP_TRANSPORT_HTTP_MSG_H

#include <mcp/error.h>
#include <mcp/principal.h>
#include <mcp/sink.h>
#include <mcp/str.h>

#ifdef __cplusplus
extern "C" {
#endif

enum mcp_http_method {
    MCP_HTTP_GET,
    MCP_HTTP_HEAD,
    MCP_HTTP_POST,
    MCP_HTTP_PUT,
    MCP_HTTP_PATCH,
    MCP_HTTP_DELETE,
    MCP_HTTP_OPTIONS,
    MCP_HTTP_OTHER /* a valid token that is none of the above */
};

/* One header line. */
struct mcp_http_header {
    mcp_str name;  /* as sent; compare with mcp_str_eq_nocase */
    mcp_str value; /* without the optional white space around it */
};

/* What is asked. */
struct mcp_http_request {
    enum mcp_http_method method;
    mcp_str method_text;
    mcp_str path;  /* origin-form path as sent, not decoded; begins with '/' */
    mcp_str query; /* after '?', not decoded; ptr NULL: none */
    int minor;     /* HTTP/1.minor: 0 or 1 */
    const struct mcp_http_header *headers;
    size_t n_headers;
    mcp_str body;    /* complete, chunked coding removed */
    mcp_str peer;    /* client address as text, "127.0.0.1"; "unix" for a Unix socket */
    uint64_t serial; /* unique in this process, for the log */
    struct mcp_principal principal; /* filled by the auth step, before a route's handler runs */
    bool is_foreign;                /* the guard said no to its Host or Origin */
    bool is_tls;                    /* it came over TLS that ends here */
};

/* The value of the first header called `name`; ptr NULL when absent. */
MCP_API mcp_str mcp_http_header(const struct mcp_http_request *req, const char *name);
/* The same, but one that is sent twice is none: who reads it must not depend on the order. */
MCP_API mcp_str mcp_http_header_only(const struct mcp_http_request *req, const char *name);
/* How many headers are called `name`. */
MCP_API size_t mcp_http_header_count(const struct mcp_http_request *req, const char *name);

/* True when the browser says that a page of this very server asks (Fetch metadata,
 * Sec-Fetch-Site: same-origin), or that a person did, by a link or the address bar, and nothing
 * can change by it. Browsers say so to https and to loopback; from others the Origin must be this
 * server, and without one only GET and HEAD pass. It is what protects a cookie: cookies know no
 * port, so that SameSite does not keep out the pages of another server on this host. */
MCP_API bool mcp_http_is_own_page(const struct mcp_http_request *req);

#define MCP_HTTP_RESPONSE_HEADERS 24 /* room for so many */

/* An answer in the making: set status, content_type and body, add headers, respond. */
struct mcp_http_response {
    int status;
    const char *content_type; /* NULL: no body */
    mcp_str body;             /* copied; left out by itself when answering HEAD */
    struct mcp_http_header headers[MCP_HTTP_RESPONSE_HEADERS]; /* copied */
    size_t n_headers;
    bool close;        /* end the connection after this answer */
    char scratch[256]; /* room for values that mcp_http_response_limit() formats */
    size_t scratch_used;
};

/* Append a header to the response; beyond the room it is an assertion. Values with CR, LF or NUL
 * are refused: the header is left out. */
MCP_API void mcp_http_response_add(struct mcp_http_response *res, const char *name, mcp_str value);

/* The rate-limit headers of both families: RateLimit-Limit/-Remaining/-Reset (delta seconds) and
 * the draft's RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10); with
 * retry_s also Retry-After. Nothing when limit is 0. */
MCP_API void mcp_http_response_limit(struct mcp_http_response *res,
                                     const struct mcp_limit_state *limit);

/* The CORS headers of an answer to `req`: Access-Control-Allow-Origin (echoed), Vary and
 * Access-Control-Expose-Headers. Nothing without an Origin, or when the guard refused it. Call it
 * on every answer that a browser may read; the preflight is answered before a handler runs. */
MCP_API void mcp_http_response_cors(struct mcp_http_response *res,
                                    const struct mcp_http_request *req);

/* WWW-Authenticate of a 401: `Bearer` and no more. RFC 6750 3.1 would have error="invalid_token"
 * with a credential that is not valid; then it could be told from none at all. */
MCP_API void mcp_http_response_challenge(struct mcp_http_response *res);

/* One request being answered. Made by the connection, given to a handler, ends with
 * mcp_http_respond() or mcp_http_stream_end(), or when the peer is gone. */
struct mcp_http_exchange;

/* What one learns about an exchange that is answered later. */
struct mcp_http_exchange_events {
    /* The peer is gone or the server stops hard: the exchange ends when this returns, nothing may
     * be sent. Not called after respond/stream_end. */
    void (*gone)(void *user);
    /* A stream that was behind has room again: at most MCP_HTTP_BEHIND_BYTES, or half the
     * backlog's cap, are unsent. May be NULL. */
    void (*drained)(void *user);
};

/* With more than this unsent, a writer that has a choice waits for `drained`. */
enum { MCP_HTTP_BEHIND_BYTES = 65536 };

/* "Not Found" for 404 (RFC 9110 15, RFC 6585); empty for a status that nothing here sends. */
MCP_API mcp_str mcp_http_status_text(int status);

/* What is being asked; lives as long as the exchange. */
MCP_API const struct mcp_http_request *mcp_http_exchange_request(struct mcp_http_exchange *ex);
/* Needed before returning from the handler without having answered. */
MCP_API void mcp_http_exchange_watch(struct mcp_http_exchange *ex,
                                     const struct mcp_http_exchange_events *events, void *user);

/* The whole answer, head and body in one write where it fits. Ends the exchange. */
MCP_API void mcp_http_respond(struct mcp_http_exchange *ex, const struct mcp_http_response *res);

/* Begin a body of unknown length (chunked, or until close for HTTP/1.0), e.g. an event stream.
 * The head leaves at once. `res->body` must be empty. */
MCP_API void mcp_http_stream_begin(struct mcp_http_exchange *ex,
                                   const struct mcp_http_response *res);
/* Append one message of any size. False when more than the backlog cap was unsent already, and the
 * peer takes nothing: the connection is being cut, the exchange ended (gone is not called). */
MCP_API MCP_MUST_USE bool mcp_http_stream_write(struct mcp_http_exchange *ex, mcp_str bytes);
/* Bytes written that the peer has not taken yet. */
MCP_API size_t mcp_http_stream_backlog(const struct mcp_http_exchange *ex);
MCP_API void mcp_http_stream_end(struct mcp_http_exchange *ex);

/* A route's handler. Must answer now, or watch and answer later. */
typedef void mcp_http_handler_fn(void *user, struct mcp_http_exchange *ex);

/* ---- What is refused before anything is looked for ------------------------------------------- */

/* What the framing says no with: {"error":{"code":...,"message":...}}, and the connection closes.
 * The table ends with status 0, whose code stands for 400. */
struct mcp_http_refusal {
    int status;
    const char *code, *meaning;
};
MCP_API extern const struct mcp_http_refusal mcp_http_refusals[];

/* ---- What is served besides MCP -------------------------------------------------------------- */

struct mcp_server;

struct mcp_http_route {
    const char *prefix; /* matches itself and anything below it: "/api/v1" matches
                           "/api/v1/pools", not "/api/v10"; longest wins. NULL ends a table */
    mcp_http_handler_fn *handle;
    void *user;
    bool is_public; /* no credential needed (health checks); the principal is nobody, with an
                       allowance by the client's address */
    bool is_exact;  /* nothing below the prefix */
    /* Besides a token it takes a session, from the cookie of this name or "__Host-" and it, when
     * the request comes from a page of this server itself. NULL: tokens alone. */
    const char *cookie;
    /* A person's session and nothing else: from that cookie, or a portable one as a bearer token.
     * What another credential is good for elsewhere is the same as none. */
    bool is_session_only;
    /* A graceful stop begins: end what a client would keep open for ever. NULL: nothing is. */
    void (*drain)(void *user);
    /* Answers for this surface when the transport has to say no before the handler runs (401, 403
     * of the guard, 503); it must respond at once, a 401 with mcp_http_response_challenge(). `err`:
     * MCP_E_UNAUTHORIZED, MCP_E_FOREIGN_ORIGIN or MCP_E_STORAGE; its rest_status fits.
     * NULL: {"error":{"code":...,"message":...}}. */
    void (*refuse)(void *user, struct mcp_http_exchange *ex, mcp_err err);
};

/* What a mount learns about the server it is mounted on. */
struct mcp_http_host {
    struct mcp_server *server;
    const char *endpoints; /* comma list of MCP paths */
    bool is_open;          /* no credential is asked for */
};

/* A part of the site that a program plugs in, e.g. rest_mount() of rest/rest.h; see struct
 * mcp_program. All zero: none. */
struct mcp_http_mount {
    /* Called once, before the server listens. NULL: `reterr` holds one sentence. `host` is read
     * during the call only, the server in it outlives the mount. */
    void *(*open)(const void *user, const struct mcp_http_host *host, char *reterr,
                  size_t reterr_bytes);
    /* A table that ends with {0} and lives until close(). */
    const struct mcp_http_route *(*routes)(const void *mounted);
    /* No exchange is pending. */
    void (*close)(void *mounted);
    const void *user;
};

#ifdef __cplusplus
}
#endif
#endif
