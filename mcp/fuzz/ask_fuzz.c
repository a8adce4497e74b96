/* mcp/fuzz/ask_fuzz.c - what a client says about questions and subscriptions.
 *
 * The first byte chooses what the rest is: requestState (bytes of its text), inputResponses, the
 * result of a request to a legacy client, or the filter of subscriptions/listen (JSON). Property:
 * each call ends exactly once, a state that we did not seal is never taken, an accepted answer has
 * the asked shape, nothing stays in flight. */
#include <mcp/fuzz/fuzz.h>

#include <mcp/ask.h>
#include <mcp/call.h>
#include <mcp/server.h>

#include <stdio.h>
#include <stdlib.h>

struct ear {
    struct mcp_sink sink;
    int finishes;
    mcp_err err;
    char id[64]; /* of the last request, with its quotes */
};

static int64_t now(void *user)
{
    (void)user;
    return 1000000;
}

static void hear_note(struct mcp_sink *sink, mcp_str message, bool is_progress)
{
    struct ear *e = (struct ear *)(void *)sink;
    struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    struct mcp_arena arena;
    mcp_json v;

    FUZZ_CHECK(!e->finishes && !is_progress);
    mcp_arena_init(&arena, (size_t)1 << 26);
    FUZZ_CHECK(mcp_json_read(&arena, message, &limits, &v, NULL) == MCP_OK);
    mcp_str id = mcp_json_raw(mcp_json_get(v, MCP_STR("id")));

    if (id.len) {
        snprintf(e->id, sizeof(e->id), "%.*s", MCP_STR_ARG(id));
    }
    mcp_arena_free(&arena);
}

static void hear_end(struct mcp_sink *sink, const struct mcp_reply *reply)
{
    struct ear *e = (struct ear *)(void *)sink;

    FUZZ_CHECK(!e->finishes);
    e->finishes++;
    e->err = reply->err;
}

/* Asks for everything, and looks at it. */
static mcp_err ask(struct mcp_call *call, void *user)
{
    int64_t age;

    (void)user;
    (void)mcp_ask_elicit(call, "form", "?",
                         "{\"type\":\"object\",\"properties\":{\"age\":{\"type\":\"integer\","
                         "\"minimum\":0}},\"required\":[\"age\"]}");
    (void)mcp_ask_sample_text(call, "text", MCP_STR("?"), 10);
    (void)mcp_ask_roots(call, "roots");
    mcp_json content = mcp_answer_content(call, "form");

    if (mcp_json_present(content)) {
        FUZZ_CHECK(mcp_json_type(mcp_json_get(content, MCP_STR("age"))) == MCP_JSON_NUMBER);
        FUZZ_CHECK(!mcp_json_int(mcp_json_get(content, MCP_STR("age")), &age) || age >= 0);
    }
    FUZZ_CHECK(!mcp_state_get(call, "never").ptr);
    mcp_err err = mcp_ask(call);

    return err ? err : mcp_text(call, "%.*s", MCP_STR_ARG(mcp_answer_text(call, "text")));
}

static const struct mcp_tool TOOLS[] = {{.name = "ask", .description = "Asks.", .fn = ask}, {0}};

static struct mcp_server *make_server(void)
{
    static const struct mcp_tool_set set = {TOOLS, NULL};
    struct mcp_server_options opt = {.name = "fuzz",
                                     .version = "1",
                                     .tools = &set,
                                     .n_tools = 1,
                                     .clock = {now, now, NULL},
                                     .announces = MCP_CHANGED_TOOLS | MCP_CHANGED_RESOURCE};
    char why[200];
    struct mcp_server *s = mcp_server_new(&opt, why, sizeof(why));

    FUZZ_CHECK(s);
    return s;
}

#define CAN "{\"elicitation\":{},\"sampling\":{},\"roots\":{}}"
#define META                                                                                       \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","                       \
    "\"io.modelcontextprotocol/clientCapabilities\":" CAN "}"
#define REQUEST(method, params)                                                                    \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method "\",\"params\":{" params

struct talk {
    struct mcp_server *server;
    struct mcp_peer peer;
};

static void say(struct talk *t, struct ear *e, const char *head, mcp_str middle, const char *tail)
{
    struct mcp_buf text;

    mcp_buf_init(&text, (size_t)1 << 26);
    mcp_buf_add_c(&text, head);
    mcp_buf_add(&text, middle);
    mcp_buf_add_c(&text, tail);
    *e = (struct ear){.sink = {hear_note, hear_end}};
    mcp_server_handle(t->server, mcp_buf_str(&text), &t->peer, &e->sink);
    mcp_buf_free(&text);
}

static void state(struct talk *t, mcp_str data)
{
    struct mcp_buf text;
    struct ear e;

    mcp_buf_init(&text, (size_t)1 << 26);
    mcp_json_escape(&text, data);
    say(t, &e, REQUEST("tools/call", META ",\"name\":\"ask\",\"requestState\":\""),
        mcp_buf_str(&text), "\"}}");
    FUZZ_CHECK(e.finishes == 1 && e.err != MCP_OK);
    mcp_buf_free(&text);
}

static void responses(struct talk *t, mcp_str data)
{
    struct ear e;

    say(t, &e, REQUEST("tools/call", META ",\"name\":\"ask\",\"inputResponses\":"), data, "}}");
    FUZZ_CHECK(e.finishes == 1);
}

static void legacy(struct talk *t, mcp_str data)
{
    char head[200];
    struct ear call, other;

    say(t, &other,
        REQUEST("initialize", "\"protocolVersion\":\"2025-11-25\",\"capabilities\":" CAN),
        MCP_STR(""), "}}");
    say(t, &call, REQUEST("tools/call", "\"name\":\"ask\""), MCP_STR(""), "}}");
    FUZZ_CHECK(!call.finishes && call.id[0]);
    snprintf(head, sizeof(head), "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":", call.id);
    say(t, &other, head, data, "}");
    mcp_server_tick(t->server);
    /* One answer of three was given at most: it waits, or it has failed. */
    FUZZ_CHECK(!call.finishes || call.err == MCP_E_REFUSED);
    mcp_session_free(t->peer.session);
    t->peer.session = NULL;
    FUZZ_CHECK(call.finishes == 1 && other.finishes == 1);
}

static void filter(struct talk *t, mcp_str data)
{
    struct ear e;

    say(t, &e, REQUEST("subscriptions/listen", META ",\"notifications\":"), data, "}}");
    mcp_server_changed(t->server, MCP_CHANGED_TOOLS | MCP_CHANGED_RESOURCE, MCP_STR("x:1"));
    mcp_server_tick(t->server);
    mcp_server_stop_listening(t->server);
    mcp_server_tick(t->server);
    FUZZ_CHECK(e.finishes == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const TALKS[])(struct talk *, mcp_str) = {state, responses, legacy, filter};
    struct talk t = {.server = NULL};

    if (size < 1) {
        return 0;
    }
    t.server = make_server();
    t.peer = (struct mcp_peer){.principal = {.scopes = "*"},
                               .claim = MCP_SESSION_FOUND,
                               .session = mcp_session_new(t.server)};
    FUZZ_CHECK(t.peer.session);
    TALKS[data[0] & 3](&t, mcp_str_n((const char *)data + 1, size - 1));
    mcp_session_free(t.peer.session);
    mcp_server_tick(t.server);
    FUZZ_CHECK(mcp_server_calls(t.server) == 0 && mcp_server_waiting(t.server) == 0);
    mcp_server_free(t.server);
    return 0;
}
