/* mcp/handler.c - what a handler may ask and say; see call.h. */
#include <mcp/engine.h>

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

struct mcp_arena *mcp_call_arena(struct mcp_call *call)
{
    return &call->arena;
}

const struct mcp_principal *mcp_call_principal(const struct mcp_call *call)
{
    return &call->principal;
}

const struct mcp_clock *mcp_call_clock(const struct mcp_call *call)
{
    return &call->server->clock;
}

struct mcp_server *mcp_call_server(const struct mcp_call *call)
{
    return call->server;
}

mcp_json mcp_call_arguments(const struct mcp_call *call)
{
    return call->arguments;
}

mcp_json mcp_arg(struct mcp_call *call, const char *name)
{
    return mcp_json_get(call->arguments, mcp_str_c(name));
}

mcp_str mcp_arg_str(struct mcp_call *call, const char *name)
{
    return mcp_json_str(mcp_arg(call, name), &call->arena, mcp_str_n(NULL, 0));
}

int64_t mcp_arg_int(struct mcp_call *call, const char *name, int64_t fallback)
{
    return mcp_json_int_or(mcp_arg(call, name), fallback);
}

bool mcp_arg_bool(struct mcp_call *call, const char *name, bool fallback)
{
    return mcp_json_bool(mcp_arg(call, name), fallback);
}

mcp_str mcp_call_trace(const struct mcp_call *call, enum mcp_trace which)
{
    return call->trace[which];
}

bool mcp_call_is_cancelled(const struct mcp_call *call)
{
    return call->is_cancelled;
}

struct mcp_json_writer *mcp_structured(struct mcp_call *call)
{
    if (!call->writer.out) {
        mcp_json_writer_init(&call->writer, &call->structured);
    }
    return &call->writer;
}

void mcp_call_replayed(struct mcp_call *call)
{
    call->is_replayed = true;
}

struct mcp_json_writer *mcp_error_data(struct mcp_call *call)
{
    assert(call->failed); /* mcp_fail() comes first */
    call->has_data = true;
    return mcp_structured(call);
}

static void drop_result(struct mcp_call *call)
{
    mcp_buf_clear(&call->text);
    mcp_buf_clear(&call->content);
    mcp_buf_clear(&call->structured);
    call->n_suggested = 0;
    call->has_data = call->has_block = false;
    call->writer = (struct mcp_json_writer){0};
}

void mcp__call_rewind(struct mcp_call *call)
{
    drop_result(call);
    call->failed = MCP_OK;
    call->result_type = NULL;
    call->canned = call->message = mcp_str_n(NULL, 0);
    call->role = MCP_ROLE_USER;
}

MCP_FORMAT(3, 0)
static void say_why(struct mcp_call *call, mcp_err err, const char *fmt, va_list args)
{
    va_list again;

    assert(err != MCP_OK && err < MCP_PENDING);
    drop_result(call);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    char *p = n < 0 ? NULL : mcp_arena_raw(&call->arena, (size_t)n + 1, 1);

    if (p) {
        vsnprintf(p, (size_t)n + 1, fmt, again);
        call->message = mcp_str_n(p, (size_t)n);
    }
    va_end(again);
    call->argument = mcp_str_n(NULL, 0);
    call->failed = err;
}

mcp_err mcp_fail(struct mcp_call *call, mcp_err err, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    say_why(call, err, fmt, args);
    va_end(args);
    return err;
}

mcp_err mcp_fail_argument(struct mcp_call *call, const char *name, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    say_why(call, MCP_E_INVALID_ARGUMENTS, fmt, args);
    va_end(args);
    call->argument = mcp_str_c(name);
    return MCP_E_INVALID_ARGUMENTS;
}
