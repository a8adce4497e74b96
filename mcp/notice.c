/* mcp/notice.c - what a handler says before its result: progress and log messages. */
#include <mcp/engine.h>
#include <mcp/tasking.h>
#include <mcp/working.h>

#include <stdarg.h>

static const mcp_str LEVELS[] = {
    MCP_STR_INIT("debug"),   MCP_STR_INIT("info"),      MCP_STR_INIT("notice"),
    MCP_STR_INIT("warning"), MCP_STR_INIT("error"),     MCP_STR_INIT("critical"),
    MCP_STR_INIT("alert"),   MCP_STR_INIT("emergency"),
};

_Static_assert(sizeof(LEVELS) / sizeof(LEVELS[0]) == MCP__LEVEL_OFF, "a name for each level");

bool mcp__level_read(mcp_json v, int *ret)
{
    for (int i = 0; i < MCP__LEVEL_OFF; i++) {
        if (mcp_json_str_eq(v, LEVELS[i])) {
            *ret = i;
            return true;
        }
    }
    return false;
}

/* Somebody listens, as far as this thread can tell. */
static bool is_heard(const struct mcp_call *call)
{
    if (call->is_task) {
        return false; /* a task has a status message, and no log */
    }
    return call->work ? !mcp_call_is_cancelled(call) : call->sink != NULL;
}

/* The server's buffer, lent: what is said meanwhile makes its own. A worker always does. */
static struct mcp_buf borrow(struct mcp_call *call)
{
    struct mcp_server *s = call->server;
    struct mcp_buf out;

    if (call->work) {
        mcp_buf_init(&out, s->call_bytes_max);
        return out;
    }
    out = s->out;
    s->out = (struct mcp_buf){.max = out.max};
    return out;
}

void mcp__call_say(struct mcp_call *call, mcp_str message, bool is_progress)
{
    if (!is_progress && call->is_full && call->is_full(call->sink)) {
        call->n_lost++;
    } else {
        call->sink->notify(call->sink, message, is_progress);
    }
}

/* Send it if it is complete, then give the buffer back. */
static bool send(struct mcp_call *call, struct mcp_buf *out, bool is_progress)
{
    struct mcp_server *s = call->server;
    bool is_sent = !out->failed;

    if (call->work) {
        return mcp__work_post(call, out, is_progress);
    }
    if (is_sent) {
        mcp__call_say(call, mcp_buf_str(out), is_progress);
    }
    mcp_buf_free(&s->out);
    mcp_buf_clear(out);
    s->out = *out;
    return is_sent;
}

static void begin(struct mcp_json_writer *w, struct mcp_buf *out, const char *method)
{
    mcp_buf_add_c(out, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/");
    mcp_buf_add_c(out, method);
    mcp_buf_add_c(out, "\",\"params\":");
    mcp_json_writer_init(w, out);
    mcp_json_object(w);
}

static void end(struct mcp_json_writer *w)
{
    mcp_json_object_end(w);
    mcp_buf_byte(w->out, '}');
}

/* The message is the task's; on a worker it goes the way of notifications. */
static void progress_of_task(struct mcp_call *call, int64_t progress_micro, mcp_str message)
{
    struct mcp_buf out;

    if (progress_micro <= call->progress_micro || !message.len) {
        return;
    }
    call->progress_micro = progress_micro;
    if (!call->work) {
        mcp__task_say(call->task, message);
        return;
    }
    mcp_buf_init(&out, message.len);
    mcp_buf_add(&out, message);
    (void)mcp__work_post(call, &out, true);
}

void mcp_progress(struct mcp_call *call, int64_t progress_micro, int64_t total_micro,
                  mcp_str message)
{
    struct mcp_json_writer w;

    if (call->is_task) {
        progress_of_task(call, progress_micro, message);
        return;
    }
    /* basic/utilities/progress: the value MUST increase with each notification. */
    if (!is_heard(call) || !call->progress_token.len || progress_micro <= call->progress_micro) {
        return;
    }
    struct mcp_buf out = borrow(call);

    begin(&w, &out, "progress");
    mcp_json_member_raw(&w, MCP_STR("progressToken"), call->progress_token);
    mcp_json_member_micro(&w, MCP_STR("progress"), progress_micro);
    if (total_micro) {
        mcp_json_member_micro(&w, MCP_STR("total"), total_micro);
    }
    if (message.len && mcp__era_has(call->rev, MCP__FIELD_PROGRESS_MESSAGE)) {
        mcp_json_member_str(&w, MCP_STR("message"), message);
    }
    end(&w);
    if (send(call, &out, true)) {
        call->progress_micro = progress_micro;
    }
}

void mcp_call_notify(struct mcp_call *call, const char *method, mcp_str params)
{
    if (is_heard(call)) {
        struct mcp_buf out = borrow(call);

        mcp_buf_add_c(&out, "{\"jsonrpc\":\"2.0\",\"method\":\"");
        mcp_json_escape(&out, mcp_str_c(method));
        mcp_buf_add_c(&out, "\",\"params\":");
        mcp_buf_add(&out, params);
        mcp_buf_byte(&out, '}');
        (void)send(call, &out, false);
    }
}

/* ---- Log messages ---- */

bool mcp_call_logs(const struct mcp_call *call, enum mcp_level level)
{
    return is_heard(call) && call->server->has_logging && (int)level >= call->log_level;
}

static void begin_log(struct mcp_json_writer *w, struct mcp_buf *out, enum mcp_level level,
                      const char *logger)
{
    begin(w, out, "message");
    mcp_json_member_str(w, MCP_STR("level"), LEVELS[level]);
    if (logger) {
        mcp_json_member_str(w, MCP_STR("logger"), mcp_str_c(logger));
    }
    mcp_json_put_key(w, MCP_STR("data"));
}

void mcp_call_log_json(struct mcp_call *call, enum mcp_level level, const char *logger,
                       mcp_str json)
{
    struct mcp_json_writer w;

    if (mcp_call_logs(call, level)) {
        struct mcp_buf out = borrow(call);

        begin_log(&w, &out, level, logger);
        mcp_json_put_raw(&w, json);
        end(&w);
        (void)send(call, &out, false);
    }
}

void mcp_call_log(struct mcp_call *call, enum mcp_level level, const char *logger, const char *fmt,
                  ...)
{
    struct mcp_json_writer w;
    struct mcp_buf text;
    va_list args;

    if (!mcp_call_logs(call, level)) {
        return;
    }
    struct mcp_buf out = borrow(call);

    mcp_buf_init(&text, call->server->call_bytes_max);
    va_start(args, fmt);
    mcp__format(&text, fmt, args);
    va_end(args);
    begin_log(&w, &out, level, logger);
    mcp_json_put_str(&w, mcp_buf_str(&text));
    end(&w);
    out.failed = out.failed || text.failed;
    mcp_buf_free(&text);
    (void)send(call, &out, false);
}
