/* mcp/test/engine_tools.h - the tools that the engine's tests call, and a stage to do it on. */
#ifndef MCP_TEST_ENGINE_TOOLS_H
#define MCP_TEST_ENGINE_TOOLS_H

#include <mcp/call.h>
#include <mcp/json.h>
#include <mcp/tool.h>

#include "wire.h"

/* Calls that wait for the test, newest last. */
struct waiting {
    struct mcp_call *calls[64];
    size_t n;
};

static inline mcp_err greet(struct mcp_call *call, void *user)
{
    mcp_str name = mcp_arg_str(call, "name");

    (void)user;
    return mcp_text(call, "Hello, %.*s!", MCP_STR_ARG(name));
}

static inline mcp_err add(struct mcp_call *call, void *user)
{
    struct mcp_json_writer *w = mcp_structured(call);

    (void)user;
    mcp_json_object(w);
    mcp_json_member_int(w, MCP_STR("sum"), mcp_arg_int(call, "a", 0) + mcp_arg_int(call, "b", 0));
    mcp_json_object_end(w);
    return MCP_OK;
}

static inline mcp_err nothing(struct mcp_call *call, void *user)
{
    (void)call, (void)user;
    return MCP_OK;
}

static inline mcp_err refuse(struct mcp_call *call, void *user)
{
    (void)user;
    mcp_text(call, "this is replaced");
    return mcp_fail(call, MCP_E_NOT_FOUND, "no tool \"%s\" here", "x\ny");
}

static inline mcp_err broken(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_fail(call, MCP_E_STORAGE, "the disk is full");
}

/* Forgets what it said itself. */
static inline mcp_err forgetful(struct mcp_call *call, void *user)
{
    (void)user;
    (void)mcp_fail(call, MCP_E_CONFLICT, "it exists already");
    mcp_text(call, "all is well");
    return MCP_OK;
}

static inline mcp_err wait_for_test(struct mcp_call *call, void *user)
{
    struct waiting *w = user;

    w->calls[w->n++] = call;
    return MCP_PENDING;
}

static inline mcp_err slept(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_text(call, "slept");
}

static inline mcp_err sleep_a_second(struct mcp_call *call, void *user)
{
    return mcp_call_after(call, 1000, slept, user);
}

static inline mcp_err count_up(struct mcp_call *call, void *user)
{
    (void)user;
    mcp_progress(call, 1000000, 3000000, MCP_STR("one"));
    mcp_progress(call, 1000000, 3000000, MCP_STR("one again"));
    mcp_progress(call, 500000, 3000000, MCP_STR("back"));
    mcp_progress(call, 2500000, 0, MCP_STR(""));
    return mcp_text(call, "done");
}

static inline mcp_err two_blocks(struct mcp_call *call, void *user)
{
    mcp_text(call, "first \"quoted\"");
    mcp_text(call, "caf\xc3\xa9 \xff");
    return add(call, user);
}

static const struct mcp_tool ENGINE_TOOLS[] = {
    {.name = "add",
     .title = "Add",
     .description = "Adds two numbers.",
     .input_schema = "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"},"
                     "\"b\":{\"type\":\"integer\"}},\"additionalProperties\":false}",
     .output_schema = "{\"type\":\"object\",\"properties\":{\"sum\":{\"type\":\"integer\"}},"
                      "\"required\":[\"sum\"]}",
     .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
     .fn = add},
    {.name = "greet",
     .title = "Greet",
     .description = "Says hello.",
     .input_schema = "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\","
                     "\"minLength\":1}},\"required\":[\"name\"]}",
     .fn = greet},
    {.name = "nothing", .description = "Does nothing.", .fn = nothing},
    {.name = "refuse", .description = "Says no.", .fn = refuse},
    {.name = "broken", .description = "Fails.", .fn = broken},
    {.name = "forgetful", .description = "Forgets its failure.", .fn = forgetful},
    {.name = "sleep", .description = "Sleeps.", .fn = sleep_a_second},
    {.name = "count", .description = "Counts.", .fn = count_up},
    {.name = "blocks", .description = "Two blocks.", .fn = two_blocks},
    {.name = "guarded", .description = "Guarded.", .scope = "secret.read", .fn = nothing},
    {.name = "secret", .description = "Hidden.", .is_hidden = true, .fn = nothing},
    {0},
};

static const struct mcp_tool WAITING_TOOLS[] = {
    {.name = "wait", .description = "Waits for the test.", .fn = wait_for_test},
    {0},
};

/* ---- A server with these tools and one stdio connection ---- */

struct stage {
    struct world world;
    struct waiting waiting;
    struct mcp_tool_set sets[2];
    struct mcp_session *session;
    struct mcp_peer peer;
};

static inline void stage_init(struct stage *s, const char *version)
{
    char text[300];
    struct wire w;

    *s = (struct stage){.waiting = {.n = 0}};
    s->sets[0] = (struct mcp_tool_set){ENGINE_TOOLS, NULL};
    s->sets[1] = (struct mcp_tool_set){WAITING_TOOLS, &s->waiting};
    world_init(&s->world, s->sets, 2);
    s->world.opt.clock.user = &s->world;
    s->session = mcp_session_new(s->world.server);
    s->peer = peer_stdio(s->session);
    if (version) {
        snprintf(text, sizeof(text), INITIALIZE("%s"), version);
        wire_say(&w, s->world.server, &s->peer, mcp_str_c(text));
        T_EQ(w.err, MCP_OK);
        wire_free(&w);
    }
}

static inline void stage_free(struct stage *s)
{
    mcp_session_free(s->session);
    world_free(&s->world);
}

static inline void say(struct stage *s, struct wire *w, const char *message)
{
    wire_say(w, s->world.server, &s->peer, mcp_str_c(message));
}

/* One message, one reply that contains `has`. */
static inline void expect(struct stage *s, const char *message, mcp_err err, const char *has)
{
    struct wire w;

    say(s, &w, message);
    T_HAS(wire_reply(&w), has);
    T_EQ(w.err, err);
    wire_free(&w);
}

#define CALL(name, rest)   REQUEST("tools/call", "\"name\":\"" name "\"" rest)
#define CALL_E(name, rest) REQUEST("tools/call", MODERN_META ",\"name\":\"" name "\"" rest)
#define CANCEL(id)                                                                                 \
    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":" id "}}"

#endif
