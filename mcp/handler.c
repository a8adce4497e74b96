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

bool mcp_call_is_cancelled(const struct mcp_call *call)
{
    return !call->sink && !call->outcome;
}

static void add_text(struct mcp_buf *b, const char *fmt, va_list args) MCP_FORMAT(2, 0);

/* Append formatted text; any failure is the buffer's. */
static void add_text(struct mcp_buf *b, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    /* vsnprintf writes a NUL behind the text. */
    char *at = n < 0 ? NULL : mcp_buf_room(b, (size_t)n + 1);

    if (at) {
        vsnprintf(at, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    } else {
        b->failed = true;
    }
    va_end(again);
}

mcp_err mcp_text(struct mcp_call *call, const char *fmt, ...)
{
    struct mcp__text_block *block = mcp_arena_new(&call->arena, struct mcp__text_block, 1);
    va_list args;

    if (!block) {
        return MCP_E_OVERLOADED;
    }
    if (call->n_blocks) {
        mcp_buf_byte(&call->text, '\n');
    }
    block->at = call->text.len;
    va_start(args, fmt);
    add_text(&call->text, fmt, args);
    va_end(args);
    block->len = call->text.len - block->at;
    *call->blocks_end = block;
    call->blocks_end = &block->next;
    call->n_blocks++;
    return call->text.failed ? MCP_E_OVERLOADED : MCP_OK;
}

struct mcp_json_writer *mcp_structured(struct mcp_call *call)
{
    if (!call->writer.out) {
        mcp_json_writer_init(&call->writer, &call->structured);
    }
    return &call->writer;
}

static void drop_result(struct mcp_call *call)
{
    mcp_buf_clear(&call->text);
    mcp_buf_clear(&call->structured);
    call->blocks = NULL;
    call->blocks_end = &call->blocks;
    call->n_blocks = 0;
    call->writer = (struct mcp_json_writer){0};
}

void mcp__call_rewind(struct mcp_call *call)
{
    drop_result(call);
    call->failed = MCP_OK;
    call->canned = call->message = call->data = mcp_str_n(NULL, 0);
}

mcp_err mcp_fail(struct mcp_call *call, mcp_err err, const char *fmt, ...)
{
    struct mcp_arena *arena = &call->arena;
    va_list args, again;

    assert(err != MCP_OK && err < MCP_PENDING);
    drop_result(call);
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    char *p = n < 0 ? NULL : mcp_arena_raw(arena, (size_t)n + 1, 1);

    if (p) {
        vsnprintf(p, (size_t)n + 1, fmt, again);
        call->message = mcp_str_n(p, (size_t)n);
    }
    va_end(again);
    va_end(args);
    call->failed = err;
    return err;
}

void mcp_progress(struct mcp_call *call, int64_t progress_micro, int64_t total_micro,
                  mcp_str message)
{
    struct mcp_server *s = call->server;
    struct mcp_sink *sink = call->sink;

    /* basic/utilities/progress: the value MUST increase with each notification. */
    if (!sink || !call->progress_token.len || progress_micro <= call->progress_micro) {
        return;
    }
    struct mcp_buf out = s->out;

    s->out = (struct mcp_buf){.max = out.max};
    mcp__reply_progress(&out, call, progress_micro, total_micro, message);
    if (!out.failed) {
        call->progress_micro = progress_micro;
        sink->notify(sink, mcp_buf_str(&out), true);
    }
    mcp_buf_free(&s->out);
    mcp_buf_clear(&out);
    s->out = out;
}
