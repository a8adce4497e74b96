/* transport/http_ladder.h - what HTTP itself decides about a request to the MCP endpoint. Pure.
 *
 * Sources: MCP 2025-03-26..2025-11-25 and 2026-07-28 basic/transports "Streamable HTTP"; the order
 * is protocol.md 2.16. What the body decides (era, version, session of a POST) is the engine's. */
#ifndef MCP_TRANSPORT_HTTP_LADDER_H
#define MCP_TRANSPORT_HTTP_LADDER_H

#include <mcp/server.h>
#include <transport/http_msg.h>

enum mcp__http_act {
    MCP__ACT_REFUSE,   /* answer `status` and `why` */
    MCP__ACT_DESCRIBE, /* OPTIONS: 204 with Allow */
    MCP__ACT_MESSAGE,  /* POST: hand the body to the engine */
    MCP__ACT_LISTEN,   /* GET: open or resume an event stream of the session */
    MCP__ACT_END       /* DELETE: the session is over */
};

struct mcp__http_rung {
    enum mcp__http_act act;
    int status;
    int code;          /* JSON-RPC code of a refusal */
    const char *why;   /* one sentence; static */
    const char *allow; /* with 405, and for OPTIONS */
    bool is_modern;    /* the header names 2026-07-28 or later: no session, no event ids, and a
                          disconnect cancels. The engine refuses a body that says otherwise */
    bool takes_json, takes_events; /* what Accept lets us answer */
};

/* The session a request means: what a look-up of its Mcp-Session-Id gave. Not used by POST. */
struct mcp__http_rung mcp__http_ladder(const struct mcp_http_request *req,
                                       enum mcp_session_claim claim);

/* The same for the endpoint of HTTP+SSE (http_sse.h): GET, POST and OPTIONS; a POST names its
 * session in the query, which is not looked at here. */
struct mcp__http_rung mcp__http_ladder_sse(const struct mcp_http_request *req);

/* True when MCP-Protocol-Version names a revision of the modern era. */
bool mcp__http_is_modern(const struct mcp_http_request *req);

#endif
