/* mcp/sink.h - where the engine puts what it says about incoming messages.
 *
 * The transport owns the sink and keeps it alive until finish() ran or mcp_server_cancel()
 * returned. One sink per message, where each answer has a place of its own (HTTP); or one for all
 * messages of a connection, where answers are told apart by their ids (lines on a socket): then
 * finish() comes once for each message. All calls happen on the loop thread, never from inside
 * another call of the same sink. They may hand the engine a message or cancel a sink, this one too;
 * to note what was said and return is simpler. */
#ifndef MCP_SINK_H
#define MCP_SINK_H

#include <mcp/error.h>
#include <mcp/str.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mcp_session;

/* What a limiter said; numbers for the RateLimit headers. limit 0: not limited. */
struct mcp_limit_state {
    int32_t limit; /* requests per window */
    int32_t remaining;
    int32_t window_s;
    int32_t reset_s; /* seconds until the full allowance is back */
    int32_t retry_s; /* seconds until one request fits; 0 when it fitted */
};

/* The end of one message. Everything in it is valid only during finish(). */
struct mcp_reply {
    mcp_str message; /* one JSON-RPC message (or batch), or empty: nothing to say (HTTP 202).
                        Valid only during the call */
    int http_status; /* what an HTTP transport answers if no stream was begun */
    mcp_err err;     /* how it ended, MCP_OK for a result */
    struct mcp_limit_state limit;
    const char *scope;           /* err FORBIDDEN: the scope that was missing, else NULL */
    struct mcp_session *session; /* set once, by the reply to `initialize`: the session opened.
                                    One that open_session() made and no reply names was not
                                    initialized: the transport may drop it */
};

/* What the engine calls. Embed it first in a struct of your own and cast back. */
struct mcp_sink {
    /* A notification that belongs to the call, before its reply. `message` is valid only during
     * the call. `is_progress`: a newer one replaces it, so a transport that is behind may keep
     * only the newest. */
    void (*notify)(struct mcp_sink *sink, mcp_str message, bool is_progress);
    /* The end of a message; exactly once for each, unless mcp_server_cancel() came first. After
     * the last one the sink is not touched again. */
    void (*finish)(struct mcp_sink *sink, const struct mcp_reply *reply);
};

#ifdef __cplusplus
}
#endif
#endif
