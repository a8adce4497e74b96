/* mcp/test/work_tools.h - rows whose handlers run on workers, and a stage with an executor. */
#ifndef MCP_TEST_WORK_TOOLS_H
#define MCP_TEST_WORK_TOOLS_H

#include <mcp/ask.h>
#include <mcp/call.h>

#include "executor.h"
#include "wire.h"

#include <stdarg.h>

/* A server with the rows below, one connection, and what its handlers do meanwhile. */
struct scene {
    struct world world;
    struct executor executor;
    struct mcp_session *session;
    struct mcp_peer peer;
    struct mcp_buf log;
    /* Run by the handlers of "act" and its like in their middle, as if on the loop; NULL: no. */
    void (*meanwhile)(struct scene *s, struct mcp_call *call);
    struct wire *wire; /* whose call it is */
    int n_runs;
    bool was_cancelled; /* seen by the last run at its end */
    mcp_err asked;      /* what the last question of "ask" came to */
    mcp_err end;        /* how it ends */
};

static inline mcp_err act(struct mcp_call *call, void *user)
{
    struct scene *s = user;
    mcp_str name = mcp_arg_str(call, "name");

    s->n_runs++;
    mcp_text(call, "hello %.*s", MCP_STR_ARG(name));
    mcp_progress(call, 1000000, 0, MCP_STR("before"));
    mcp_call_log(call, MCP_LEVEL_INFO, "act", "before");
    if (s->meanwhile) {
        s->meanwhile(s, call);
    }
    mcp_progress(call, 2000000, 0, MCP_STR("after"));
    mcp_call_log(call, MCP_LEVEL_INFO, "act", "after");
    mcp_text(call, "and goodbye");
    s->was_cancelled = mcp_call_is_cancelled(call);
    return s->end ? mcp_fail(call, s->end, "no more %.*s", MCP_STR_ARG(name)) : MCP_OK;
}

static inline mcp_err act_structured(struct mcp_call *call, void *user)
{
    struct mcp_json_writer *w = mcp_structured(call);

    ((struct scene *)user)->n_runs++;
    mcp_json_object(w);
    mcp_json_member_int(w, MCP_STR("sum"), mcp_arg_int(call, "a", 0) + mcp_arg_int(call, "b", 0));
    mcp_json_object_end(w);
    return MCP_OK;
}

static inline mcp_err just_pending(struct mcp_call *call, void *user)
{
    (void)call, (void)user;
    return MCP_PENDING;
}

static inline mcp_err last_step(struct mcp_call *call, void *user)
{
    struct scene *s = user;

    s->was_cancelled = mcp_call_is_cancelled(call);
    return mcp_text(call, "on the loop");
}

static inline mcp_err back_to_the_loop(struct mcp_call *call, void *user)
{
    mcp_text(call, "on a worker");
    return mcp_call_after(call, 250, last_step, user);
}

static inline mcp_err go_over(struct mcp_call *call, void *user)
{
    struct scene *s = user;

    s->n_runs++;
    mcp_text(call, "on the loop first");
    return mcp_call_work(call, back_to_the_loop, user);
}

static inline mcp_err ask_twice(struct mcp_call *call, void *user)
{
    struct scene *s = user;

    s->n_runs++;
    mcp_err err = mcp_ask_roots(call, "first");

    if (err) {
        return err;
    }
    if (s->meanwhile) {
        s->meanwhile(s, call);
    }
    mcp_state_put(call, "kept", MCP_STR("a value"));
    err = s->asked = mcp_ask_sample_text(call, "second", MCP_STR("what?"), 10);
    if (err) {
        return err;
    }
    return mcp_text(call, "%.*s, %.*s", MCP_STR_ARG(mcp_answer_text(call, "second")),
                    MCP_STR_ARG(mcp_state_get(call, "kept")));
}

static inline mcp_err wait_long(struct mcp_call *call, void *user)
{
    struct scene *s = user;

    s->n_runs++;
    bool is_cancelled = mcp_call_wait(call, 3000);

    T_CHECK(is_cancelled == mcp_call_is_cancelled(call));
    T_CHECK(mcp_call_wait(call, 0) == is_cancelled && mcp_call_wait(call, -1) == is_cancelled);
    T_CHECK(!is_cancelled || mcp_call_wait(call, 5000)); /* at once */
    s->was_cancelled = is_cancelled;
    return mcp_text(call, is_cancelled ? "cancelled" : "slept");
}

#define ADD_SCHEMA                                                                                 \
    "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"},\"b\":{\"type\":"           \
    "\"integer\"}}}"

static const struct mcp_tool WORK_TOOLS[] = {
    {.name = "act",
     .description = "Acts.",
     .input_schema = "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"}}}",
     .is_blocking = true,
     .time_limit_ms = 5000,
     .fn = act},
    {.name = "add",
     .description = "Adds.",
     .input_schema = ADD_SCHEMA,
     .is_blocking = true,
     .fn = act_structured},
    {.name = "pending", .description = "Pends.", .is_blocking = true, .fn = just_pending},
    {.name = "back", .description = "Comes back.", .is_blocking = true, .fn = back_to_the_loop},
    {.name = "over", .description = "Goes over.", .goes_to_worker = true, .fn = go_over},
    {.name = "ask",
     .description = "Asks.",
     .is_blocking = true,
     .time_limit_ms = 5000,
     .fn = ask_twice},
    {.name = "wait", .description = "Waits.", .is_blocking = true, .fn = wait_long},
    {0},
};

static const struct mcp_resource WORK_RESOURCES[] = {
    {.uri = "work://{name}",
     .name = "work",
     .is_blocking = true,
     .time_limit_ms = 700,
     .read = act},
    {0},
};

static const struct mcp_prompt WORK_PROMPTS[] = {
    {.name = "work", .is_blocking = true, .time_limit_ms = 800, .fn = act},
    {0},
};

static inline void scene_log(void *user, enum mcp_log_level level, mcp_str line)
{
    struct scene *s = user;

    mcp_buf_byte(&s->log, "EWID"[level]);
    mcp_buf_byte(&s->log, ' ');
    mcp_buf_add(&s->log, line);
    mcp_buf_byte(&s->log, '\n');
}

#define SCENE_CAPABILITIES "\"capabilities\":{\"roots\":{},\"sampling\":{}}"

/* `version` NULL: no initialize; the peer then is a modern one, or one of HTTP. */
static inline void scene_init(struct scene *s, const char *version)
{
    static const struct mcp_tool_set EMPTY_TOOLS = {WORK_TOOLS, NULL};
    struct mcp_tool_set tools = EMPTY_TOOLS;
    struct mcp_resource_set resources = {WORK_RESOURCES, NULL};
    struct mcp_prompt_set prompts = {WORK_PROMPTS, NULL};
    char text[300];
    struct wire w;

    *s = (struct scene){.world = {.n_sessions = 0}};
    s->executor.now_ms = &s->world.now_ms;
    mcp_buf_init(&s->log, 1 << 20);
    tools.user = resources.user = prompts.user = s;
    struct mcp_server_options opt = {
        .tools = &tools,
        .n_tools = 1,
        .resources = &resources,
        .n_resources = 1,
        .prompts = &prompts,
        .n_prompts = 1,
        .has_logging = true,
        .log = {.write = scene_log, .user = s, .max = MCP_LOG_WARN},
        .announces = MCP_CHANGED_TOOLS | MCP_CHANGED_RESOURCE,
        .executor = executor_seen(&s->executor),
    };

    world_init_with(&s->world, &opt);
    s->session = mcp_session_new(s->world.server);
    s->peer = peer_stdio(s->session);
    if (version) {
        snprintf(text, sizeof(text),
                 REQUEST("initialize", "\"protocolVersion\":\"%s\"," SCENE_CAPABILITIES
                                       ",\"clientInfo\":{\"name\":\"c\",\"version\":\"1\"}"),
                 version);
        wire_say(&w, s->world.server, &s->peer, mcp_str_c(text));
        T_EQ(w.err, MCP_OK);
        wire_free(&w);
    }
}

static inline void scene_free(struct scene *s)
{
    mcp_session_free(s->session);
    if (s->world.server) {
        world_free(&s->world);
    }
    mcp_buf_free(&s->log);
}

static inline void say(struct scene *s, struct wire *w, const char *message)
{
    s->wire = w;
    wire_say(w, s->world.server, &s->peer, mcp_str_c(message));
}

/* A message that is no request. */
static inline void tell(struct scene *s, const char *message)
{
    struct wire w;

    wire_say(&w, s->world.server, &s->peer, mcp_str_c(message));
    T_EQ(w.finishes, 1);
    T_EQ(w.reply.len, 0);
    wire_free(&w);
}

static inline void tick(struct scene *s)
{
    mcp_server_tick(s->world.server);
}

#define LOGS                                                                                       \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","                       \
    "\"io.modelcontextprotocol/"                                                                   \
    "clientCapabilities\":{\"roots\":{},\"sampling\":{}},\"io.modelcontextprotocol/logLevel\":"    \
    "\"debug\",\"progressToken\":\"t\"}"
#define TOKEN              ",\"_meta\":{\"progressToken\":\"t\"}"
#define CALL(name, rest)   REQUEST("tools/call", "\"name\":\"" name "\"" rest)
#define CALL_E(name, rest) REQUEST("tools/call", LOGS ",\"name\":\"" name "\"" rest)
#define CANCEL(id)                                                                                 \
    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":" id "}}"

#endif
