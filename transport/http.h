/* transport/http.h - Streamable HTTP on libwebsockets: listener, guard, auth, MCP endpoint, routes.
 *
 * One struct mcp_http is one loop thread's HTTP server. Requests pass, in this order: framing
 * (400 408 413 431), guard: Host and Origin (403), route, auth (401), then the MCP endpoint or a
 * route's handler. See design.md 2. */
#ifndef MCP_TRANSPORT_HTTP_H
#define MCP_TRANSPORT_HTTP_H

#include <mcp/card.h>
#include <mcp/clock.h>
#include <mcp/server.h>
#include <transport/http_msg.h>
#include <transport/workers.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A listener, its connections and its loop. */
struct mcp_http;

/* Zero means the default in the comment. Every number a peer can push against is here. */
struct mcp_http_options {
    const char
        *listen; /* "127.0.0.1:8080", "[::1]:0", "unix:/path", "fd:3"; default 127.0.0.1:8080 */
    const char *endpoint;      /* comma list of MCP paths; default "/mcp". Each has "/sse" below it
                                  for clients of 2024-11-05 */
    const char *allowed_hosts; /* comma list of extra Host values (name or name:port); loopback
                                  names always pass */
    const char
        *allowed_origins;  /* comma list of extra Origin values; loopback origins always pass */
    bool allow_public;     /* bind an address that is not loopback without TLS */
    mcp_verify_fn *verify; /* NULL: everybody is let in as `anonymous` */
    void *verify_user;
    /* Given `verify_user` every 2 s for each principal with an attached stream or a call that
     * waits: false ends them, and their sessions. NULL: what a credential has opened outlives it.
     */
    mcp_is_live_fn *is_live;
    struct mcp_principal anonymous;      /* its rate is of each client address (IPv6: /64) */
    const struct mcp_http_route *routes; /* besides the MCP endpoint; may be NULL */
    const char *tls_cert, *tls_key;      /* PEM files; both or none */
    /* The server card, at /.well-known/mcp/server-card.json and <endpoint>/server-card: a public
     * document, read without a credential and from any page (but by an allowed Host). */
    struct mcp_card card;
    bool hides_card;

    size_t connections_max;        /* 20,000; more are accepted and closed at once */
    size_t head_bytes_max;         /* 16 KiB; beyond: 431 */
    size_t target_bytes_max;       /* 8,000 of them for the request target; beyond: 414 */
    size_t headers_max;            /* 100; beyond: 431 */
    size_t body_bytes_max;         /* 1 MiB; beyond: 413 */
    size_t trailer_bytes_max;      /* 4 KiB, chunk extensions too; beyond: 400 */
    size_t backlog_bytes_max;      /* 4 MiB unsent per connection, one message not counted;
                                      beyond: cut */
    size_t pipeline_bytes_max;     /* 64 KiB read ahead while a request is answered; then reading
                                      pauses */
    int64_t head_timeout_ms;       /* 10,000: first byte to end of head; 408. As long for the first
                                      byte of a connection, TLS handshake included; closed */
    int64_t body_timeout_ms;       /* 30,000: end of head to end of body; 408 */
    int64_t idle_timeout_ms;       /* 75,000: keep-alive without a request; closed */
    int64_t write_timeout_ms;      /* 30,000: a peer that takes nothing; cut */
    int64_t keep_alive_ms;         /* 15,000: comment on a quiet event stream */
    size_t sessions_max;           /* 10,000; beyond: 503, nothing is evicted */
    size_t sessions_per_token_max; /* a quarter of sessions_max, at least 8, of one principal;
                                      beyond: 503. Principals with an id of zeros, as
                                      `anonymous` is, are not told apart and not counted */
    int64_t session_idle_ms;       /* 30 min without a request or open stream */
    size_t replay_bytes_max;       /* 64 KiB of events kept per session for Last-Event-ID */
    size_t replay_events_max;      /* 256 */
    size_t replay_total_bytes_max; /* 64 MiB of them in all sessions, a quarter of it in those of
                                      one principal; beyond, the oldest go */
    size_t results_bytes_max; /* 64 MiB of results kept for clients that are away, a quarter of it
                                 for one session; beyond: an error in its place */
    int64_t retry_ms;         /* 1,000: the SSE retry field */
    int64_t drain_ms;         /* 10,000: graceful stop waits this long for calls, tasks, and
                                 handlers that still run on workers */
    struct mcp_workers *workers; /* the pool that is the server's executor; NULL: none. From new to
                                    free it looks after the pool's wake-ups */
};

/* Listen. NULL on failure, `reterr` holds one sentence. `server`, and the strings and routes of
 * `opt`, must outlive it. For the whole process it ignores SIGPIPE and sets the soft RLIMIT_NOFILE
 * to what connections_max needs. */
MCP_API struct mcp_http *mcp_http_new(struct mcp_server *server, const struct mcp_http_options *opt,
                                      char *reterr, size_t reterr_bytes);
/* Whether mcp_http_new() would take the options, as far as one can tell without listening: false,
 * and one sentence. It reads no file. */
MCP_API bool mcp_http_check(struct mcp_server *server, const struct mcp_http_options *opt,
                            char *reterr, size_t reterr_bytes);
/* "127.0.0.1:46015" or "unix:/path": where it listens. Lives with the server. */
MCP_API const char *mcp_http_address(const struct mcp_http *h);
/* The effective options, defaults filled in. */
MCP_API const struct mcp_http_options *mcp_http_options(const struct mcp_http *h);

/* From now on the times (each *_ms), allowed_hosts and allowed_origins are those of `opt`, whose
 * strings must stay until the next call; the rest of it is not looked at. NULL, or what is wrong
 * with them: nothing is changed then. Loop thread, no connection is touched. */
MCP_API const char *mcp_http_retune(struct mcp_http *h, const struct mcp_http_options *opt);

/* An answer that begins to leave. */
struct mcp_http_served {
    const struct mcp_http_request *req; /* NULL: refused before it was complete */
    mcp_str peer;                       /* as mcp_http_request.peer */
    int status;
    int64_t took_ms; /* from the complete request until now */
    bool is_stream;
};
/* `fn(user)` hears of every answer, on the loop, and must not answer; one per server, set before
 * run. */
MCP_API void mcp_http_on_served(struct mcp_http *h,
                                void (*fn)(void *user, const struct mcp_http_served *s),
                                void *user);
/* How much there is at this moment. Loop thread. */
struct mcp_http_gauges {
    size_t connections, sessions;
};
MCP_API struct mcp_http_gauges mcp_http_gauges(const struct mcp_http *h);

/* Run until stopped. Returns 0 after a graceful stop, 1 after a hard one. */
MCP_API int mcp_http_run(struct mcp_http *h);
/* Graceful: close the listener, finish calls and what still runs on workers (at most drain_ms),
 * then return from run. A second time: return at once. Loop thread (signal watchers run there). */
MCP_API void mcp_http_stop(struct mcp_http *h);
/* After run has returned, or instead of it; before mcp_server_free(). NULL is a no-op. */
MCP_API void mcp_http_free(struct mcp_http *h);

/* Run `fn(user)` on the loop soon; the only function that may be called from another thread.
 * Calls coalesce: fn runs at least once after the last call. One fn per server, set before run. */
MCP_API void mcp_http_on_wake(struct mcp_http *h, void (*fn)(void *user), void *user);
MCP_API void mcp_http_wake(struct mcp_http *h);

/* Run `fn(user)` on the loop every `period_ms`; one per server, set before run. */
MCP_API void mcp_http_every(struct mcp_http *h, int64_t period_ms, void (*fn)(void *user),
                            void *user);
/* Run `fn(user)` on the loop whenever `fd` can be read, or is broken; `fn` empties it. `fd` stays
 * open until free; when it is broken or its writer is gone, fn is told once. One per server, set
 * before run. False: it is nothing to wait for (a regular file, a closed descriptor). */
MCP_API bool mcp_http_watch(struct mcp_http *h, int fd, void (*fn)(void *user), void *user);
/* Signals on the loop: SIGTERM and SIGINT call mcp_http_stop(); SIGHUP calls `fn`. Set before
 * run; only one server of a process may do it. */
MCP_API void mcp_http_signals(struct mcp_http *h, void (*on_hangup)(void *user), void *user);

#ifdef __cplusplus
}
#endif
#endif
