/* mcp/test/ask_tools.h - tools that ask the client, and a stage with clients who can answer. */
#ifndef MCP_TEST_ASK_TOOLS_H
#define MCP_TEST_ASK_TOOLS_H

#include <mcp/ask.h>
#include <mcp/call.h>

#include "engine_tools.h"

#define NAME_SCHEMA                                                                                \
    "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\",\"minLength\":2}},"        \
    "\"required\":[\"name\"]}"

static inline mcp_err ask_name(struct mcp_call *call, void *user)
{
    mcp_err err = mcp_ask_elicit(call, "name", "What is your name?", NAME_SCHEMA);
    mcp_str action = mcp_answer_action(call, "name");
    mcp_json name = mcp_json_get(mcp_answer_content(call, "name"), MCP_STR("name"));

    (void)user;
    if (err) {
        return err;
    }
    if (!mcp_str_eq(action, MCP_STR("accept"))) {
        return mcp_text(call, "No name: %.*s", MCP_STR_ARG(action));
    }
    return mcp_text(call, "Hello, %.*s!",
                    MCP_STR_ARG(mcp_json_str(name, mcp_call_arena(call), MCP_STR("?"))));
}

/* Three questions at once. */
static inline mcp_err ask_all(struct mcp_call *call, void *user)
{
    (void)user;
    (void)mcp_ask_elicit_url(call, "visit", "Please visit", "https://example.org/");
    (void)mcp_ask_sample_text(call, "poem", MCP_STR("A \"poem\"?"), 100);
    (void)mcp_ask_roots(call, "roots");
    mcp_err err = mcp_ask(call);

    if (err) {
        return err;
    }
    mcp_json roots = mcp_json_get(mcp_answer(call, "roots"), MCP_STR("roots"));

    return mcp_text(call, "%.*s, %.*s, %zu roots", MCP_STR_ARG(mcp_answer_action(call, "visit")),
                    MCP_STR_ARG(mcp_answer_text(call, "poem")), mcp_json_count(roots));
}

/* One after the other, with a value carried from the first round. */
static inline mcp_err ask_twice(struct mcp_call *call, void *user)
{
    int *runs = user;

    if (!mcp_state_get(call, "began").ptr) {
        (void)mcp_state_put(call, "began", MCP_STR("before"));
        (void)mcp_state_put(call, "began", MCP_STR("at \"noon\""));
    }
    ++*runs;
    mcp_text(call, "this is said in the last run only");
    mcp_err err =
        mcp_ask_elicit(call, "first", "First?", "{\"type\":\"object\",\"properties\":{}}");

    err = err ? err : mcp_ask_roots(call, "second");
    return err ? err : mcp_text(call, "began %.*s", MCP_STR_ARG(mcp_state_get(call, "began")));
}

/* Never content. */
static inline mcp_err ask_forever(struct mcp_call *call, void *user)
{
    mcp_err err = MCP_OK;
    char key[16];

    (void)user;
    for (int i = 0; !err; i++) {
        snprintf(key, sizeof(key), "q%d", i);
        err = mcp_ask_roots(call, key);
    }
    return err;
}

static inline mcp_err ask_nonsense(struct mcp_call *call, void *user)
{
    mcp_str what = mcp_arg_str(call, "what");

    (void)user;
    if (mcp_str_eq(what, MCP_STR("schema"))) {
        return mcp_ask_elicit(call, "x", "?", "{\"type\":7}");
    }
    return mcp_ask_sample(call, "x", MCP_STR("not JSON"));
}

/* Degrades. */
static inline mcp_err ask_if(struct mcp_call *call, void *user)
{
    return mcp_client_has(call, MCP_CAN_ELICIT_FORM) ? ask_name(call, user)
                                                     : mcp_text(call, "Hello, stranger!");
}

static inline mcp_err ask_later(struct mcp_call *call, void *user)
{
    return mcp_call_after(call, 100, ask_name, user);
}

static const struct mcp_tool ASK_TOOLS[] = {
    {.name = "name", .description = "Asks for a name.", .fn = ask_name},
    {.name = "all", .description = "Asks for everything.", .fn = ask_all},
    {.name = "twice", .description = "Asks twice.", .fn = ask_twice},
    {.name = "forever", .description = "Asks on and on.", .fn = ask_forever},
    {.name = "nonsense",
     .description = "Asks nonsense.",
     .input_schema = "{\"type\":\"object\"}",
     .fn = ask_nonsense},
    {.name = "if", .description = "Asks if it can.", .fn = ask_if},
    {.name = "later", .description = "Asks later.", .fn = ask_later},
    {.name = "greet",
     .description = "Asks after looking at its arguments.",
     .input_schema = "{\"type\":\"object\"}",
     .fn = ask_name},
    {0},
};

#define EVERY_ABILITY                                                                              \
    "{\"elicitation\":{\"form\":{},\"url\":{}},\"sampling\":{\"tools\":{}},\"roots\":{}}"
#define META_CAN(can)                                                                              \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","                       \
    "\"io.modelcontextprotocol/clientCapabilities\":" can "}"
#define INITIALIZE_CAN(version, can)                                                               \
    REQUEST("initialize", "\"protocolVersion\":\"" version "\",\"capabilities\":" can ","          \
                          "\"clientInfo\":{\"name\":\"c\",\"version\":\"1\"}")

struct asked {
    struct world world;
    struct mcp_tool_set set;
    struct mcp_session *session;
    struct mcp_peer peer;
    int runs;
};

/* One connection of stdio; `initialize` NULL: modern. */
/* `calls_max` 0: the usual one. */
static inline void asked_init_with(struct asked *a, const char *initialize, size_t calls_max)
{
    struct wire w;

    *a = (struct asked){.runs = 0};
    a->set = (struct mcp_tool_set){ASK_TOOLS, &a->runs};
    world_init_with(&a->world, &(struct mcp_server_options){
                                   .tools = &a->set, .n_tools = 1, .calls_max = calls_max});
    a->session = mcp_session_new(a->world.server);
    a->peer = peer_stdio(a->session);
    if (initialize) {
        wire_say(&w, a->world.server, &a->peer, mcp_str_c(initialize));
        T_EQ(w.err, MCP_OK);
        wire_free(&w);
    }
}

static inline void asked_init(struct asked *a, const char *initialize)
{
    asked_init_with(a, initialize, 0);
}

static inline void asked_free(struct asked *a)
{
    T_EQ(mcp_server_calls(a->world.server), 0);
    mcp_session_free(a->session);
    world_free(&a->world);
}

/* The id of the `n`th request on the wire (from 0), with its quotes; lives as long as `out`. */
static inline const char *asked_id(const struct wire *w, int n, char out[64])
{
    mcp_str notes = mcp_buf_str(&w->notes);
    const char *mark = "\"id\":\"ask-";

    for (size_t i = 0; i + strlen(mark) < notes.len; i++) {
        if (memcmp(notes.ptr + i, mark, strlen(mark)) == 0 && n-- == 0) {
            const char *from = notes.ptr + i + 5, *to = memchr(from + 1, '"', 60);

            T_CHECK(to != NULL);
            snprintf(out, 64, "%.*s", (int)(to - from) + 1, from);
            return out;
        }
    }
    ck_abort_msg("the client was not asked that often: %.*s", MCP_STR_ARG(notes));
    return NULL;
}

/* The client answers; `rest` is the result or error member. */
static inline void asked_answer(struct asked *a, const char *id, const char *rest)
{
    char text[1000];
    struct wire w;

    snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"id\":%s,%s}", id, rest);
    wire_say(&w, a->world.server, &a->peer, mcp_str_c(text));
    T_EQ(w.finishes, 1);
    T_EQ(w.reply.len, 0);
    T_EQ(w.http_status, 202);
    wire_free(&w);
    mcp_server_tick(a->world.server);
}

#endif
