/* transport/http_stream.h - one answer of the MCP endpoint on its way: plain JSON or events.
 *
 *   POST --> stream --(engine: notify, finish)--> exchange      GET --> stream --> exchange
 *               \--(legacy)--> the session's ring --(GET + Last-Event-ID)--> exchange
 *
 * A stream outlives its connection in a legacy session (disconnecting is not cancelling: MCP
 * 2025-11-25 basic/transports) and ends with it in the modern era (it is: 2026-07-28).
 * Loop thread only. */
#ifndef MCP_TRANSPORT_HTTP_STREAM_H
#define MCP_TRANSPORT_HTTP_STREAM_H

#include <mcp/buf.h>
#include <transport/http.h>
#include <transport/http_session.h>

/* The state of the MCP endpoint. */
struct mcp__http_mcp {
    struct mcp_server *server;
    const struct mcp_http_options *opt;
    struct mcp__http_sessions sessions;
    struct mcp__http_link calls;     /* attached streams, longest silent first */
    struct mcp__http_link listeners; /* the same of streams that GET opened */
    struct mcp__http_link lost;      /* modern calls that were cut while the engine spoke */
    struct mcp__http_link idle;      /* pool */
    size_t n_idle;
    int64_t checked_ms;   /* whether those of the streams' credentials are still good */
    struct mcp_buf frame; /* the event being written */
};

struct mcp__http_stream {
    struct mcp_sink sink; /* first: the engine hands &sink back */
    struct mcp__http_mcp *mcp;
    struct mcp_http_exchange *ex;      /* NULL: nobody listens now */
    struct mcp__http_session *session; /* NULL: modern, or not in a session */
    struct mcp__http_session *opened;  /* by a running `initialize` */
    struct mcp__http_link in_session;
    struct mcp__http_link in_queue; /* calls, listeners, lost or idle */
    int64_t wrote_ms;
    int64_t judged_ms; /* when its credential was asked about */
    uint32_t number;   /* in its session; 0: none given */
    bool is_call;      /* a POST opened it: it ends with the reply */
    bool has_begun;    /* it is an event stream; before, it may still become plain JSON */
    bool takes_json, takes_events;
    bool is_ending;        /* HTTP+SSE: no more calls; it ends with the last one */
    bool *ret_is_done;     /* set when it ends while mcp_server_handle() runs */
    struct mcp_buf newest; /* progress that waits until the peer has read on */
    struct mcp_principal principal;
};

/* NULL when out of memory. In no session and no queue yet. */
struct mcp__http_stream *mcp__http_stream_new(struct mcp__http_mcp *m, struct mcp_http_exchange *ex,
                                              bool is_call);
/* Forget it: out of its lists, back to the pool. Does not touch the exchange. */
void mcp__http_stream_release(struct mcp__http_stream *st);
void mcp__http_stream_free_pool(struct mcp__http_mcp *m);

/* It goes on after this turn: part of its session, watched, kept alive. */
void mcp__http_stream_keep(struct mcp__http_stream *st);

/* Its exchange has ended while the engine may be speaking: what follows from that is done at the
 * end of the turn. */
void mcp__http_stream_lose(struct mcp__http_stream *st);

/* The session is over: its calls are cancelled, its connections told. */
void mcp__http_stream_end_session(struct mcp__http_mcp *m, struct mcp__http_session *s);

/* Become an event stream: the head, then the priming event with `id` (2025-11-25 and later; empty:
 * a new id). False: the connection is gone. */
bool mcp__http_stream_begin(struct mcp__http_stream *st, mcp_str id);

/* Write one of its messages, a new event. False: the connection is gone. */
bool mcp__http_stream_put(struct mcp__http_stream *st, mcp_str message);

/* The same with the type of the event (HTTP+SSE). */
bool mcp__http_stream_put_typed(struct mcp__http_stream *st, mcp_str type, mcp_str data);

/* Write its last message. In a session it is kept until the session ends when it could not be sent,
 * and as long as there is room when it was; too large to keep, an error takes its place. */
void mcp__http_stream_put_result(struct mcp__http_stream *st, mcp_str message);

/* Write what was kept of it after `serial`. False: the connection is gone. */
bool mcp__http_stream_replay(struct mcp__http_stream *st, uint64_t serial);

/* The progress that waited, when there is room. False: the connection is gone. */
bool mcp__http_stream_flush(struct mcp__http_stream *st);

/* Too far behind for progress. */
bool mcp__http_stream_is_behind(const struct mcp__http_stream *st);

/* The id of an event, "p3-17": kind, stream, serial. It names its stream, so that it is unique in
 * the session and a resumption finds it. */
enum { MCP__EVENT_ID_BYTES = 40 };
mcp_str mcp__http_event_id(bool is_call, uint32_t number, uint64_t serial,
                           char room[MCP__EVENT_ID_BYTES]);
bool mcp__http_event_id_parse(mcp_str text, bool *ret_is_call, uint32_t *ret_number,
                              uint64_t *ret_serial);

/* End the streams that are attached and belong to credentials that are no longer good, with their
 * sessions; their calls are cancelled. A legacy call whose client is away runs to its end.
 * Milliseconds until they are looked at again, -1 for never. */
int64_t mcp__http_stream_end_dead(struct mcp__http_mcp *m, int64_t now_ms);

/* Comments on quiet streams. Milliseconds until the next, -1 for never. */
int64_t mcp__http_stream_keep_alive(struct mcp__http_mcp *m, int64_t now_ms);

/* The earlier of two times; -1 is never. */
static inline int64_t mcp__http_sooner(int64_t a_ms, int64_t b_ms)
{
    return a_ms < 0 ? b_ms : b_ms < 0 || a_ms < b_ms ? a_ms : b_ms;
}

int64_t mcp__http_now_ms(const struct mcp__http_mcp *m);

#endif
