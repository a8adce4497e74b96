/* mcp/test/wire.h - an in-memory transport: says one message, keeps what the engine said.
 *
 * Every message it hears is read by our own strict reader and checked against the JSON Schema of
 * its revision; none may come after the end or after a cancel. `struct world` is a server with a
 * clock that stands still and three kinds of peer. */
#ifndef MCP_TEST_WIRE_H
#define MCP_TEST_WIRE_H

#include "judge.h"

#include <mcp/server.h>

/* ---- The sink ---- */

struct wire {
    struct mcp_sink sink; /* first: the engine hands &sink back */
    struct mcp_buf reply; /* the final message */
    struct mcp_buf notes; /* notifications, one a line */
    int finishes, n_notes;
    bool is_gone; /* cancelled: hears nothing more */
    mcp_err err;
    int http_status;
    struct mcp_limit_state limit;
    const char *scope;
    struct mcp_session *session; /* opened */
    struct judge_case asked;     /* what was said, to know what the answer must look like */
    const struct mcp_session *in;
};

static inline struct judge_case wire_asked(const struct wire *w)
{
    const struct mcp_session *session = w->session ? w->session : w->in;
    struct judge_case asked = w->asked;

    asked.revision = session ? mcp_session_revision(session) : NULL;
    return asked;
}

static inline void wire_notify(struct mcp_sink *sink, mcp_str message, bool is_progress)
{
    struct wire *w = (struct wire *)(void *)sink;

    T_CHECK(!w->finishes && !w->is_gone && message.len);
    struct judge_case asked = wire_asked(w);

    judge_note(&asked, message, is_progress);
    mcp_buf_add(&w->notes, message);
    mcp_buf_byte(&w->notes, '\n');
    w->n_notes++;
}

static inline void wire_finish(struct mcp_sink *sink, const struct mcp_reply *reply)
{
    struct wire *w = (struct wire *)(void *)sink;

    T_CHECK(!w->finishes && !w->is_gone);
    mcp_buf_add(&w->reply, reply->message);
    w->finishes++;
    w->err = reply->err;
    w->http_status = reply->http_status;
    w->limit = reply->limit;
    w->scope = reply->scope;
    w->session = reply->session;
    if (reply->message.len) {
        struct judge_case asked = wire_asked(w);

        judge_answer(&asked, reply->message);
    }
}

static inline void wire_init(struct wire *w)
{
    *w = (struct wire){.sink = {wire_notify, wire_finish}};
    mcp_buf_init(&w->reply, (size_t)1 << 26);
    mcp_buf_init(&w->notes, (size_t)1 << 26);
}

static inline void wire_free(struct wire *w)
{
    mcp_buf_free(&w->reply);
    mcp_buf_free(&w->notes);
}

/* ---- The world ---- */

struct world {
    struct mcp_server *server;
    struct mcp_server_options opt;
    int64_t now_ms;
    struct mcp_session *sessions[8]; /* opened by legacy initialize over HTTP */
    size_t n_sessions, sessions_max;
};

static inline int64_t world_now(void *user)
{
    return ((const struct world *)user)->now_ms;
}

/* A world with the rows of `opt`; its names and its clock are ours. */
static inline void world_init_with(struct world *w, const struct mcp_server_options *opt)
{
    char why[256] = "";

    *w = (struct world){.now_ms = 1000000, .sessions_max = 8, .opt = *opt};
    w->opt.name = "test-server";
    w->opt.version = "1.2.3";
    w->opt.title = "Test server";
    w->opt.instructions = "Be kind.";
    w->opt.clock = (struct mcp_clock){world_now, world_now, w};
    w->server = mcp_server_new(&w->opt, why, sizeof(why));
    ck_assert_msg(w->server != NULL, "%s", why);
}

static inline void world_init(struct world *w, const struct mcp_tool_set *sets, size_t n)
{
    world_init_with(w, &(struct mcp_server_options){.tools = sets, .n_tools = n});
}

static inline void world_free(struct world *w)
{
    for (size_t i = 0; i < w->n_sessions; i++) {
        mcp_session_free(w->sessions[i]);
    }
    mcp_server_free(w->server);
}

static inline struct mcp_session *world_open(void *user)
{
    struct world *w = user;
    struct mcp_session *s = w->n_sessions < w->sessions_max ? mcp_session_new(w->server) : NULL;

    if (s) {
        w->sessions[w->n_sessions++] = s;
    }
    return s;
}

#define WIRE_EVERYTHING                                                                            \
    {                                                                                              \
        .scopes = "*"                                                                              \
    }

/* A line of stdio: no headers, one session for the whole connection. */
static inline struct mcp_peer peer_stdio(struct mcp_session *session)
{
    return (struct mcp_peer){
        .principal = WIRE_EVERYTHING, .claim = MCP_SESSION_FOUND, .session = session};
}

/* A POST. `session` NULL: no Mcp-Session-Id. */
static inline struct mcp_peer peer_http(struct world *w, struct mcp_session *session,
                                        const struct mcp_http_claims *http)
{
    return (struct mcp_peer){.principal = WIRE_EVERYTHING,
                             .claim = session ? MCP_SESSION_FOUND : MCP_SESSION_ABSENT,
                             .session = session,
                             .http = http,
                             .open_session = world_open,
                             .user = w};
}

/* Note what is being said; messages that are not JSON are nothing in particular. */
static inline void wire_listen(struct wire *w, const struct mcp_peer *peer, mcp_str message)
{
    const struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    struct mcp_arena arena;
    mcp_json v;

    w->in = peer->claim == MCP_SESSION_FOUND ? peer->session : NULL;
    w->asked.is_modern = t_has(message, MCP_STR("modelcontextprotocol/protocolVersion")) ||
                         (peer->http && peer->http->protocol_version.len &&
                          mcp_str_cmp(peer->http->protocol_version, MCP_STR("2026-07-28")) >= 0);
    mcp_arena_init(&arena, (size_t)1 << 26);
    if (mcp_json_read(&arena, message, &limits, &v, NULL) == MCP_OK) {
        mcp_str method = mcp_json_str(mcp_json_get(v, MCP_STR("method")), &arena, MCP_STR(""));

        snprintf(w->asked.method, sizeof(w->asked.method), "%.*s", MCP_STR_ARG(method));
    }
    mcp_arena_free(&arena);
}

/* Say one message on a fresh wire. */
static inline void wire_say(struct wire *w, struct mcp_server *s, const struct mcp_peer *peer,
                            mcp_str message)
{
    wire_init(w);
    wire_listen(w, peer, message);
    mcp_server_handle(s, message, peer, &w->sink);
}

static inline mcp_str wire_reply(const struct wire *w)
{
    T_EQ(w->finishes, 1);
    return mcp_buf_str(&w->reply);
}

#define MODERN_META                                                                                \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","                       \
    "\"io.modelcontextprotocol/clientCapabilities\":{}}"

/* A request with id 1; `params` without its braces. */
#define REQUEST(method, params)                                                                    \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method "\",\"params\":{" params "}}"
#define INITIALIZE(version)                                                                        \
    REQUEST("initialize", "\"protocolVersion\":\"" version "\",\"capabilities\":{},"               \
                          "\"clientInfo\":{\"name\":\"c\",\"version\":\"1\"}")

#endif
