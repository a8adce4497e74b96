/* transport/http_conn.h - connections as protocol state: bytes in, exchanges up, bytes out.
 *
 * Private to transport/. No sockets: the loop below feeds bytes and readiness and gives an io
 * table; tests give another. One wire is what the connections of one loop share. Loop thread. */
#ifndef MCP_TRANSPORT_HTTP_CONN_H
#define MCP_TRANSPORT_HTTP_CONN_H

#include <mcp/buf.h>
#include <transport/h1_parse.h>
#include <transport/h1_write.h>
#include <transport/http.h>

struct mcp__http_conn;

/* What a connection asks of the socket below it. `io` is what mcp__http_conn_new() was given.
 * None of these may call back into the connection. */
struct mcp__http_io {
    /* Take up to `n` bytes; returns how many, -1 when the socket is dead. *ret_is_stuck: give no
     * more until mcp__http_conn_writable(); required when fewer than `n` were taken. */
    ptrdiff_t (*write)(void *io, const char *bytes, size_t n, bool *ret_is_stuck);
    void (*pause)(void *io, bool is_paused); /* stop, or go on, reading */
    void (*shut)(void *io);                  /* everything was written: half-close */
    /* Close soon: `is_hard` drops what is unsent. mcp__http_conn_free() follows. */
    void (*close)(void *io, bool is_hard);
};

/* Connections that wait for the same thing for the same time, oldest first: looking for late
 * ones costs nothing for the others. */
enum mcp__http_lane {
    MCP__LANE_NONE,
    MCP__LANE_FIRST, /* connected, or shaking TLS hands, and nothing said yet */
    MCP__LANE_IDLE,
    MCP__LANE_HEAD,
    MCP__LANE_BODY,
    MCP__LANE_WRITE,
    MCP__LANE_LINGER,
    MCP__LANE_COUNT
};

struct mcp__http_list {
    struct mcp__http_conn *first, *last;
};

enum { MCP__HTTP_SPARES = 64 };

struct mcp__http_wire {
    const struct mcp_http_options *opt; /* defaults filled in */
    const struct mcp__http_io *io;
    void (*handle)(void *user, struct mcp_http_exchange *ex);
    /* The wire's own refusals for this path are JSON-RPC. NULL: none are. */
    bool (*is_rpc)(void *user, mcp_str path);
    void *user;
    void (*on_served)(void *user, const struct mcp_http_served *s); /* NULL: nobody counts */
    void *served_user;
    int64_t now_ms; /* monotonic; the loop sets it at each turn */
    uint64_t serial;
    bool is_draining;
    bool has_turns; /* what comes in waits for mcp__http_wire_turn() */
    size_t connections;

    /* Private. */
    struct mcp__h1_limits limits;
    struct mcp__http_list all;
    struct mcp__http_list lanes[MCP__LANE_COUNT];
    struct mcp__http_conn *ready, **ready_end; /* something came since the last turn */
    struct mcp_http_exchange *spares;          /* kept so that a request allocates nothing */
    size_t n_spares;
    struct mcp_buf spare_out[MCP__HTTP_SPARES];
    size_t n_spare_out;
    char date[MCP__H1_DATE_BYTES];
};

/* Prepare caller memory. `opt` and `io` must stay. */
void mcp__http_wire_init(struct mcp__http_wire *w, const struct mcp_http_options *opt,
                         const struct mcp__http_io *io);
/* Release what was kept; no connection may be left. */
void mcp__http_wire_free(struct mcp__http_wire *w);
/* About once a second: the Date field, and connections that are late. */
void mcp__http_wire_sweep(struct mcp__http_wire *w, int64_t now_ms, int64_t wall_ms);
/* The loop has read what there is: handle all requests, then send all answers. One kind of work at
 * a time stays in the processor's caches; with 64 busy connections it saves 7 % of the CPU. */
void mcp__http_wire_turn(struct mcp__http_wire *w);
/* Stop taking requests: idle connections close now, others after their answer. */
void mcp__http_wire_drain(struct mcp__http_wire *w);
/* Cut every connection; their exchanges hear `gone`. */
void mcp__http_wire_cut(struct mcp__http_wire *w);

/* `peer` is copied. NULL when out of memory. */
struct mcp__http_conn *mcp__http_conn_new(struct mcp__http_wire *w, void *io, mcp_str peer);
/* The socket is closed. NULL is a no-op. Tells an open exchange that its peer is gone. */
void mcp__http_conn_free(struct mcp__http_conn *c);
void mcp__http_conn_input(struct mcp__http_conn *c, const char *bytes, size_t len);
void mcp__http_conn_writable(struct mcp__http_conn *c);

#endif
