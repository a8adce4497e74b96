/* transport/lws_loop.h - the event loop under the wire: libuv, libwebsockets' raw-socket role,
 * timers, signals, wake-ups. Private; no type of either library shows here. Loop thread. */
#ifndef MCP_TRANSPORT_LWS_LOOP_H
#define MCP_TRANSPORT_LWS_LOOP_H

#include <mcp/log.h>
#include <transport/http_conn.h>
#include <transport/listen.h>

struct mcp__loop;

enum mcp__loop_signal { MCP__LOOP_STOP, MCP__LOOP_HANGUP };

/* What the loop tells. NULL functions are not called. */
struct mcp__loop_hooks {
    void *user;
    int64_t (*turn)(void *user); /* before each wait: milliseconds until something is due, or -1 */
    void (*second)(void *user, int64_t now_ms); /* about once a second */
    void (*wake)(void *user);
    void (*every)(void *user);
    void (*signal)(void *user, enum mcp__loop_signal signal);
    void (*watch)(void *user); /* the descriptor of mcp__loop_watch() */
};

struct mcp__loop_options {
    struct mcp__http_wire *wire;
    struct mcp__loop_hooks hooks;
    const struct mcp_log *log;
    size_t connections_max;
    const char *tls_cert, *tls_key; /* both or none */
};

/* The io table of connections on this loop. */
extern const struct mcp__http_io mcp__loop_io;

/* NULL on failure, then `reterr` holds one sentence. */
struct mcp__loop *mcp__loop_new(const struct mcp__loop_options *opt, char *reterr,
                                size_t reterr_bytes);
/* Closes what is open; the connections' exchanges hear `gone`. NULL is a no-op. */
void mcp__loop_free(struct mcp__loop *loop);
/* Accept from `l`, which must stay, until mcp__loop_unlisten(). */
void mcp__loop_listen(struct mcp__loop *loop, struct mcp__listen *l);
void mcp__loop_unlisten(struct mcp__loop *loop);

void mcp__loop_run(struct mcp__loop *loop);
void mcp__loop_stop(struct mcp__loop *loop); /* run returns at the end of this turn */
int64_t mcp__loop_now_ms(const struct mcp__loop *loop);

void mcp__loop_wake(struct mcp__loop *loop); /* any thread */
void mcp__loop_every(struct mcp__loop *loop, int64_t period_ms);
/* One descriptor, until mcp__loop_free(). False: it cannot be polled. */
bool mcp__loop_watch(struct mcp__loop *loop, int fd);
void mcp__loop_signals(struct mcp__loop *loop);
/* Read the certificate files again if they changed; for new connections. */
void mcp__loop_reload(struct mcp__loop *loop);

#endif
