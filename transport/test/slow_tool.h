/* transport/test/slow_tool.h - a tool that takes its time: progress, then a result of any size. */
#ifndef MCP_TRANSPORT_TEST_SLOW_TOOL_H
#define MCP_TRANSPORT_TEST_SLOW_TOOL_H

#include <mcp/call.h>
#include <mcp/server.h>

struct slow {
    int64_t step, steps, delay_ms, bytes;
    bool is_quiet; /* the first step says nothing */
    bool logs;     /* each step writes to the client's log, too */
    bool changes;  /* each step changes the list of tools */
};

static inline mcp_err slow_step(struct mcp_call *call, void *user)
{
    struct slow *s = user;

    if (mcp_call_is_cancelled(call)) {
        return mcp_fail(call, MCP_E_REFUSED, "nobody waits");
    }
    if (s->step < s->steps) {
        s->step++;
        if (s->is_quiet && s->step == 1) {
            return mcp_call_after(call, s->delay_ms, slow_step, s);
        }
        if (s->logs) {
            mcp_call_log(call, MCP_LEVEL_ERROR, "slow", "step %*d", (int)s->bytes, (int)s->step);
        }
        if (s->changes) {
            mcp_call_changed(call, MCP_CHANGED_TOOLS, MCP_STR(""));
        }
        mcp_progress(call, s->step * 1000000, s->steps * 1000000, MCP_STR("working"));
        return mcp_call_after(call, s->delay_ms, slow_step, s);
    }
    if (s->bytes && !s->logs) {
        char *text = mcp_arena_raw(mcp_call_arena(call), (size_t)s->bytes, 1);

        if (!text) {
            return MCP_E_OVERLOADED;
        }
        memset(text, 'x', (size_t)s->bytes);
        return mcp_text(call, "%.*s", (int)s->bytes, text);
    }
    return mcp_text(call, "finished after %d steps", (int)s->steps);
}

static inline mcp_err slow_begin(struct mcp_call *call, void *user)
{
    struct slow *s = mcp_arena_new(mcp_call_arena(call), struct slow, 1);

    (void)user;
    if (!s) {
        return MCP_E_OVERLOADED;
    }
    s->steps = mcp_arg_int(call, "steps", 3);
    s->delay_ms = mcp_arg_int(call, "delay_ms", 100);
    s->bytes = mcp_arg_int(call, "bytes", 0);
    s->is_quiet = mcp_arg_bool(call, "quiet", false);
    s->logs = mcp_arg_bool(call, "logs", false);
    s->changes = mcp_arg_bool(call, "changes", false);
    return slow_step(call, s);
}

static inline mcp_err say_trace(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_text(call, "trace %.*s", MCP_STR_ARG(mcp_call_trace(call, MCP_TRACE_PARENT)));
}

static inline mcp_err say_hello(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_text(call, "hello");
}

/* `user` of the tool set is a pointer to the server's pointer. */
static inline mcp_err say_running(struct mcp_call *call, void *user)
{
    struct mcp_server *const *server = user;

    return mcp_text(call, "%zu running", mcp_server_calls(*server) - 1);
}

static const struct mcp_tool SLOW_TOOLS[] = {
    {
        .name = "hello",
        .description = "Answers at once.",
        .hints = MCP_READ_ONLY,
        .fn = say_hello,
    },
    {
        .name = "running",
        .description = "How many other calls run.",
        .hints = MCP_READ_ONLY,
        .fn = say_running,
    },
    {
        .name = "secret",
        .description = "Needs a scope.",
        .scope = "secret.read",
        .fn = say_hello,
    },
    {
        .name = "slow",
        .description = "Takes `steps` steps of `delay_ms`, then gives `bytes` bytes; with `logs` "
                       "each step says so many.",
        .input_schema = "{\"type\":\"object\",\"properties\":{\"steps\":{\"type\":\"integer\"},"
                        "\"delay_ms\":{\"type\":\"integer\"},\"bytes\":{\"type\":\"integer\"},"
                        "\"quiet\":{\"type\":\"boolean\"},\"logs\":{\"type\":\"boolean\"},"
                        "\"changes\":{\"type\":\"boolean\"}}}",
        .fn = slow_begin,
    },
    {
        .name = "trace",
        .description = "Says its traceparent; has an argument in a header.",
        .input_schema = "{\"type\":\"object\",\"properties\":{\"x\":{\"type\":\"string\","
                        "\"x-mcp-header\":\"X\"}}}",
        .fn = say_trace,
    },
    {0},
};

#endif
