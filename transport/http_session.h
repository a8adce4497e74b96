/* transport/http_session.h - legacy sessions: their ids, who owns them, and what can be replayed.
 *
 * An id is 144 random bits and belongs to the principal that opened it; for anybody else it does
 * not exist. A full table refuses and evicts nothing, and so does a principal's share of it: one
 * credential cannot shut the others out. A session without requests, open streams
 * and running calls is over after its idle time. Loop thread only. */
#ifndef MCP_TRANSPORT_HTTP_SESSION_H
#define MCP_TRANSPORT_HTTP_SESSION_H

#include <mcp/principal.h>
#include <mcp/server.h>
#include <transport/http_kept.h>
#include <transport/http_owner.h>

enum { MCP__SESSION_ID_LEN = 24 }; /* base64url of 18 bytes */

struct mcp__http_session {
    struct mcp__http_session *chain;         /* next of its bucket */
    struct mcp__http_session *older, *newer; /* by last use */
    struct mcp_session *engine;              /* owned */
    int64_t used_ms;
    uint64_t n_events;  /* event ids given so far */
    uint32_t n_streams; /* stream numbers given so far */
    uint32_t n_pins;    /* open streams and running calls */
    struct mcp__http_owner *owner;
    char id[MCP__SESSION_ID_LEN];
    struct mcp__http_ring ring;
    struct mcp__http_keeper results;  /* that the ring has no place for */
    struct mcp__http_link streams;    /* of struct mcp__http_stream */
    struct mcp__http_stream *sse;     /* HTTP+SSE: all of it goes there; else NULL */
    struct mcp__http_stream *channel; /* the one that hears of changes; NULL: none */
};

struct mcp__http_sessions {
    struct mcp_server *server;
    struct mcp__http_session **buckets; /* allocated by the first session */
    size_t n_buckets, n;
    size_t max;
    size_t each_max;                /* of one owner; as `max` before it is set */
    struct mcp__http_owners owners; /* nothing is replayed before mcp__http_owners_init() */
    int64_t idle_ms;
    struct mcp__http_session *oldest, *newest;
    struct mcp__http_shelf shelf; /* keeps nothing before mcp__http_shelf_init() */
};

void mcp__http_sessions_init(struct mcp__http_sessions *t, struct mcp_server *server, size_t max,
                             int64_t idle_ms);
/* Every session must be without streams. */
void mcp__http_sessions_free(struct mcp__http_sessions *t);

/* NULL: the table is full, or the owner's share of it is, or no memory. */
struct mcp__http_session *mcp__http_session_open(struct mcp__http_sessions *t,
                                                 const struct mcp_principal *owner, int64_t now_ms);
/* NULL: unknown, over, or somebody else's. A hit counts as a use. */
struct mcp__http_session *mcp__http_session_find(struct mcp__http_sessions *t, mcp_str id,
                                                 const struct mcp_principal *owner, int64_t now_ms);
/* From now on the id is unknown; the object lives until mcp__http_session_free(). */
void mcp__http_session_del(struct mcp__http_sessions *t, struct mcp__http_session *s);
/* After del. Cancels what still runs in the engine's half. */
void mcp__http_session_free(struct mcp__http_sessions *t, struct mcp__http_session *s);

/* A stream opened or a call began; while pinned a session does not expire. */
void mcp__http_session_pin(struct mcp__http_session *s);
void mcp__http_session_unpin(struct mcp__http_sessions *t, struct mcp__http_session *s,
                             int64_t now_ms);

/* End what is over; returns milliseconds until the next one may be, -1 for never. */
int64_t mcp__http_sessions_expire(struct mcp__http_sessions *t, int64_t now_ms);

#endif
