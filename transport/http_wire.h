/* transport/http_wire.h - what http_conn.c, http_exchange.c and http_wire.c share. */
#ifndef MCP_TRANSPORT_HTTP_WIRE_H
#define MCP_TRANSPORT_HTTP_WIRE_H

#include <transport/http_conn.h>

/* Buffers are bounded by the rules that fill them; this only keeps sums from overflowing. */
#define MCP__HTTP_BUF_MAX (SIZE_MAX / 4)

enum mcp__http_phase {
    MCP__PHASE_HEAD,   /* collecting a head */
    MCP__PHASE_BODY,   /* head complete, collecting the body */
    MCP__PHASE_OPEN,   /* handed over, not answered */
    MCP__PHASE_STREAM, /* answered by a stream that goes on */
};

/* One request from its first byte to the end of its answer. Kept in the wire's spare list. */
struct mcp_http_exchange {
    struct mcp__http_conn *conn;
    struct mcp_http_exchange *next; /* spare list */
    enum mcp__http_phase phase;
    struct mcp__h1 parser;
    struct mcp__h1_field *fields; /* `room` of them, and of headers */
    struct mcp_http_header *headers;
    size_t room;
    struct mcp_buf in; /* the request from its first byte; does not move while handed over */
    size_t at;         /* bytes of `in` that are read */
    size_t body_end;   /* the body so far: head_bytes..body_end, the coding removed in place */
    struct mcp_http_request req;
    int64_t opened_ms; /* when it was handed over */
    const struct mcp_http_exchange_events *events;
    void *events_user;
    bool is_chunked; /* stream: framing of the answer */
    bool is_muted;   /* stream that answers HEAD: its bytes are left out */
    bool was_behind; /* stream: not all has left at once; `drained` is owed */
};

struct mcp__http_conn {
    struct mcp__http_wire *wire;
    void *io;
    struct mcp_http_exchange *ex; /* NULL: idle */
    struct mcp_buf out;           /* [out_at, len) is not taken yet */
    size_t out_at;
    size_t in_flight;                              /* taken by io, perhaps not by the peer */
    struct mcp_buf ahead;                          /* read while a request was being answered */
    struct mcp__http_conn *next, *prev;            /* of wire->all */
    struct mcp__http_conn *lane_next, *lane_prev;  /* of the lane */
    struct mcp__http_conn *ready_next, **ready_at; /* of wire->ready; what points here */
    int64_t lane_ms;                               /* when it entered the lane */
    enum mcp__http_lane lane;
    bool is_ready;     /* in wire->ready */
    bool has_spoken;   /* a byte came */
    bool is_running;   /* inside run(): writes wait for its end */
    bool is_stuck;     /* io takes nothing now */
    bool is_gated;     /* a request waits until older answers have left */
    bool is_paused;    /* reading is paused */
    bool is_last;      /* no request after this one */
    bool is_lingering; /* answered for the last time; waiting for the peer's end */
    bool is_dead;      /* close was asked for: nothing more happens */
    bool is_moved;     /* the lane's time starts anew */
    char peer[64];
};

/* http_wire.c: lanes and spares. */
void mcp__http_lane_set(struct mcp__http_conn *c, enum mcp__http_lane lane, bool is_anew);
struct mcp_http_exchange *mcp__http_exchange_take(struct mcp__http_conn *c);
void mcp__http_exchange_reset(struct mcp_http_exchange *ex); /* for the next request */
void mcp__http_exchange_give(struct mcp_http_exchange *ex);
bool mcp__http_exchange_grow(struct mcp_http_exchange *ex);
void mcp__http_out_take(struct mcp__http_conn *c);
void mcp__http_out_give(struct mcp__http_conn *c);

/* http_conn.c. */
void mcp__http_conn_run(struct mcp__http_conn *c);   /* do what can be done now */
void mcp__http_conn_flush(struct mcp__http_conn *c); /* offer the peer what is unsent */
void mcp__http_conn_cut(struct mcp__http_conn *c);   /* hard close; `gone` comes with conn_free */
void mcp__http_conn_next(struct mcp__http_conn *c);  /* the exchange ended: on to what was read */
size_t mcp__http_conn_unsent(const struct mcp__http_conn *c);

/* http_exchange.c: answer a request that cannot be handed over, then close. */
void mcp__http_conn_refuse(struct mcp__http_conn *c, int status, const char *why);

#endif
