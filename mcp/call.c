/* mcp/call.c - the life of a call: pool, tables of calls in flight, and its one end. */
#include <mcp/engine.h>

#include <mcp/alloc.h>
#include <mcp/asking.h>
#include <mcp/listening.h>
#include <mcp/tasking.h>
#include <mcp/working.h>

#include <assert.h>
#include <sodium.h>
#include <stdio.h>

static const void *waiter(const struct mcp_call *call)
{
    return call->sink ? (const void *)call->sink : (const void *)call->outcome;
}

static struct mcp__link **bucket(struct mcp_server *s, struct mcp__link **table, const void *key,
                                 mcp_str id)
{
    uint8_t hash[crypto_shorthash_BYTES], seed[crypto_shorthash_KEYBYTES];
    uint64_t h = (uint64_t)(uintptr_t)key;

    char room[MCP__ID_BYTES_MAX];

    /* Ids are a peer's to choose: keyed, so that it cannot put all of them in one bucket. */
    if (id.len) {
        id = mcp__id_key(id, room);
        memcpy(seed, s->hash_key, sizeof(seed));
        for (unsigned i = 0; i < 8; i++) {
            seed[i] ^= (uint8_t)(h >> (8 * i));
        }
        crypto_shorthash(hash, (const unsigned char *)id.ptr, id.len, seed);
        memcpy(&h, hash, sizeof(h));
    } else {
        h = (h >> 4) * 0x9e3779b97f4a7c15U >> 32;
    }
    return &table[h & (MCP__BUCKETS - 1)];
}

struct mcp_call *mcp__call_new(struct mcp_server *s)
{
    struct mcp_call *call;

    if (s->idle) {
        call = MCP__OF(struct mcp_call, in_server, s->idle);
        mcp__link_out(&call->in_server);
        s->n_idle--;
    } else {
        call = mcp_alloc_new(struct mcp_call);
        if (!call) {
            return NULL;
        }
        mcp_arena_init(&call->arena, s->call_bytes_max);
        mcp_buf_init(&call->content, s->call_bytes_max);
        mcp_buf_init(&call->text, s->call_bytes_max);
        mcp_buf_init(&call->structured, s->call_bytes_max);
    }
    call->server = s;
    call->rev = MCP__REV_NONE;
    call->log_level = MCP__LEVEL_OFF;
    call->progress_micro = INT64_MIN;
    call->started_ms = s->on_end ? mcp_clock_monotonic_ms(&s->clock) : 0;
    mcp__link_in(&s->calls, &call->in_server);
    return call;
}

/* What the call holds elsewhere. */
static void let_go(struct mcp_call *call)
{
    mcp__client_forget(call);
    mcp__listener_free(call->listener);
    call->listener = NULL;
    if (call->task) {
        mcp__task_let_go(call);
    }
}

void mcp__call_destroy(struct mcp_call *call)
{
    let_go(call);
    mcp__link_out(&call->in_server);
    mcp__link_out(&call->in_sink);
    mcp__link_out(&call->in_id);
    mcp__link_out(&call->in_session);
    mcp_arena_free(&call->arena);
    mcp_buf_free(&call->content);
    mcp_buf_free(&call->text);
    mcp_buf_free(&call->structured);
    mcp_free(call);
}

static void keep_small(struct mcp_buf *b, size_t most)
{
    if (b->cap > most) {
        mcp_buf_free(b);
    }
    mcp_buf_clear(b);
}

void mcp__call_release(struct mcp_call *call)
{
    struct mcp_server *s = call->server;

    let_go(call);
    mcp__due_drop(s, &call->step);
    mcp__due_drop(s, &call->deadline);
    mcp__link_out(&call->in_server);
    mcp__link_out(&call->in_sink);
    mcp__link_out(&call->in_id);
    mcp__link_out(&call->in_session);
    s->n_calls -= call->is_admitted;
    if (s->n_idle + 1 > MCP__POOL_CALLS) {
        mcp__call_destroy(call);
        return;
    }
    mcp_arena_reset(&call->arena);
    keep_small(&call->content, MCP__POOL_BYTES);
    keep_small(&call->text, MCP__POOL_BYTES);
    keep_small(&call->structured, MCP__POOL_BYTES);
    struct mcp_call clean = {.arena = call->arena,
                             .content = call->content,
                             .text = call->text,
                             .structured = call->structured};

    *call = clean;
    mcp__link_in(&s->idle, &call->in_server);
    s->n_idle++;
}

mcp_err mcp__call_admit(struct mcp_call *call)
{
    struct mcp_server *s = call->server;

    /* Those that only wait have caps of their own: they must not keep others from working. */
    if (s->n_calls - mcp_server_waiting(s) >= s->calls_max) {
        return mcp_fail(call, MCP_E_OVERLOADED, "%zu calls are in flight already", s->calls_max);
    }
    if (call->session && call->id.len) {
        if (mcp__call_by_id(s, call->session, call->id)) {
            return mcp_fail(call, MCP_E_INVALID_REQUEST,
                            "a request with this id is still being answered");
        }
        mcp__link_in(bucket(s, s->by_id, call->session, call->id), &call->in_id);
    }
    if (call->session) {
        mcp__link_in(&call->session->calls, &call->in_session);
    }
    mcp__link_in(bucket(s, s->by_sink, waiter(call), mcp_str_n(NULL, 0)), &call->in_sink);
    call->is_admitted = true;
    s->n_calls++;
    return MCP_OK;
}

struct mcp_call *mcp__call_by_id(struct mcp_server *s, const struct mcp_session *session,
                                 mcp_str id)
{
    struct mcp__link *l = *bucket(s, s->by_id, session, id);

    for (; l; l = l->next) {
        struct mcp_call *call = MCP__OF(struct mcp_call, in_id, l);

        if (call->session == session && mcp__id_eq(call->id, id)) {
            return call;
        }
    }
    return NULL;
}

struct mcp_call *mcp__call_split(struct mcp_call *call)
{
    struct mcp_server *s = call->server;
    struct mcp_call *front = mcp__call_new(s);
    mcp_str id = front ? mcp_arena_dup(&front->arena, call->id) : mcp_str_n(NULL, 0);

    if (!id.ptr) {
        if (front) {
            mcp__call_release(front);
        }
        return NULL;
    }
    front->id = id;
    front->sink = call->sink;
    front->session = call->session;
    front->principal = call->principal;
    front->rev = call->rev;
    front->what = call->what;
    front->limit = call->limit;
    front->is_admitted = true;
    s->n_calls++;
    mcp__link_in(bucket(s, s->by_sink, waiter(front), mcp_str_n(NULL, 0)), &front->in_sink);
    if (front->session) {
        mcp__link_in(bucket(s, s->by_id, front->session, id), &front->in_id);
        mcp__link_in(&front->session->calls, &front->in_session);
    }
    mcp__link_out(&call->in_sink);
    mcp__link_out(&call->in_id);
    mcp__link_out(&call->in_session);
    call->sink = NULL;
    call->session = NULL;
    return front;
}

void mcp__call_forget(struct mcp_call *call)
{
    mcp__client_forget(call);
    call->is_cancelled = true;
    call->sink = NULL;
    call->outcome = NULL;
    call->session = NULL;
    mcp__link_out(&call->in_sink);
    mcp__link_out(&call->in_id);
    mcp__link_out(&call->in_session);
    mcp__due_drop(call->server, &call->deadline);
    mcp__step_hurry(call);
    if (call->work) {
        mcp__work_cancel(call);
    }
}

void mcp__call_dismiss(struct mcp_call *call)
{
    mcp__client_withdraw(call);
    struct mcp_sink *sink = call->sink; /* it may have left while it was told */

    mcp__call_forget(call);
    if (sink) {
        sink->finish(sink, &(struct mcp_reply){.http_status = 202, .err = MCP_OK});
    }
}

static void each_forget(struct mcp_server *s, const void *sink,
                        void (*forget)(struct mcp_call *call))
{
    struct mcp__link *l = *bucket(s, s->by_sink, sink, mcp_str_n(NULL, 0)), *next;

    for (; l; l = next) {
        struct mcp_call *call = MCP__OF(struct mcp_call, in_sink, l);

        next = l->next;
        if (waiter(call) == sink) {
            forget(call);
        }
    }
}

void mcp__calls_forget(struct mcp_server *s, const void *sink)
{
    each_forget(s, sink, mcp__call_forget);
}

void mcp__calls_dismiss(struct mcp_server *s, const void *sink)
{
    each_forget(s, sink, mcp__call_dismiss);
}

void mcp__calls_redirect(struct mcp_server *s, const struct mcp_sink *sink, struct mcp_sink *to)
{
    struct mcp__link *l = *bucket(s, s->by_sink, sink, mcp_str_n(NULL, 0)), *next;

    for (; l; l = next) {
        struct mcp_call *call = MCP__OF(struct mcp_call, in_sink, l);

        next = l->next;
        if (call->sink == sink) {
            mcp__link_out(&call->in_sink);
            call->sink = to;
            mcp__link_in(bucket(s, s->by_sink, to, mcp_str_n(NULL, 0)), &call->in_sink);
        }
    }
}

/* ---- The end ---- */

static void finish_outcome(struct mcp_call *call, mcp_err err)
{
    struct mcp_outcome o = {.err = err,
                            .limit = call->limit,
                            .scope = call->scope,
                            .is_replayed = call->is_replayed && !err};
    struct mcp_outcome_sink *sink = call->outcome;

    if (err) {
        o.message = call->message.len ? call->message : mcp_str_c(mcp_err_info(err)->meaning);
        o.argument = call->argument;
    } else {
        o.structured = mcp_buf_str(&call->structured);
        o.text = mcp_buf_str(&call->text);
    }
    mcp__link_out(&call->in_sink);
    sink->finish(sink, &o);
}

static void finish_message(struct mcp_call *call, mcp_err err)
{
    struct mcp_server *s = call->server;
    struct mcp_sink *sink = call->sink;
    struct mcp_buf out = s->out; /* lent: a nested reply makes its own */
    char last_resort[MCP__LAST_RESORT_BYTES];
    struct mcp_reply r = {.err = err,
                          .limit = call->limit,
                          .scope = call->scope,
                          .session = err ? NULL : call->opened};

    s->out = (struct mcp_buf){.max = out.max};
    if (!call->is_silent) {
        mcp__reply_write(&out, call, err);
        if (out.is_over) { /* there is room for saying so */
            r.err = MCP_E_TOO_LARGE;
            r.session = NULL;
            mcp_buf_clear(&out);
            call->message = mcp_str_n(NULL, 0);
            call->has_data = false;
            mcp__reply_write(&out, call, r.err);
        }
        r.message = mcp_buf_str(&out);
        if (out.failed) {
            r.err = MCP_E_OVERLOADED;
            r.session = NULL;
            r.message = mcp__reply_last_resort(last_resort, MCP_E_OVERLOADED, call->id, call->rev);
        }
    }
    r.http_status = !call->is_silent || err ? mcp__legacy_http_status(call->rev, r.err) : 202;
    if (call->opened && !r.session) {
        call->opened->rev = MCP__REV_NONE; /* the client does not know that it has it */
    }
    if (call->introduces && r.err) {
        mcp__task_disown(call->introduces); /* likewise */
    }
    mcp__link_out(&call->in_sink);
    mcp__link_out(&call->in_id);
    mcp__link_out(&call->in_session);
    sink->finish(sink, &r);
    mcp_buf_free(&s->out);
    keep_small(&out, MCP__OUT_BYTES);
    s->out = out;
}

static void finish(struct mcp_call *call, mcp_err err)
{
    if (call->task) {
        mcp__task_finish(call, err);
    } else if (call->sink) {
        finish_message(call, err);
    } else if (call->outcome) {
        finish_outcome(call, err);
    }
}

/* "Servers MUST provide structured results that conform to this schema" (server/tools "Output
 * Schema"): one that breaks it is a bug of the tool, and not sent. */
static mcp_err check_output(struct mcp_call *call)
{
    struct mcp_server *s = call->server;
    struct mcp_schema_error e = {{0}, {0}, {0}};
    mcp_json v = {NULL, NULL};

    if (s->trusts_results || !call->row || !call->row->output || call->canned.len ||
        call->structured.failed || call->is_cancelled || mcp_arena_failed(&call->arena)) {
        return MCP_OK;
    }
    mcp_err err =
        mcp_json_read(&s->check, mcp_buf_str(&call->structured), &s->check_limits, &v, NULL);
    bool is_good = !err && mcp_schema_check(call->row->output, v, &s->check, &e);
    /* Too large to say, or no memory for it, is not wrong; what the call did may be durable. */
    bool is_judged = !mcp_arena_failed(&s->check) && strcmp(e.rule, "memory") != 0 &&
                     strcmp(e.rule, "steps") != 0;

    err = is_good || !is_judged ? MCP_OK : MCP_E_INTERNAL;
    mcp_arena_reset(&s->check);
    if (err == MCP_E_INTERNAL) {
        mcp_log(&s->log, MCP_LOG_ERROR, "%s: the result breaks the output schema: %s: %s (%s)",
                call->row->tool->name, e.path, e.text, e.rule);
        return mcp_fail(call, err, "the tool's result breaks the output schema of the tool");
    }
    return err;
}

/* " req=7 trace=0af7...": which request it was. */
static mcp_str request_marks(const struct mcp_call *call, char *out, size_t bytes)
{
    mcp_str trace = mcp_trace_id(call->trace[MCP_TRACE_PARENT]);
    int n = 0;

    if (call->serial) {
        n = snprintf(out, bytes, " req=%llu", (unsigned long long)call->serial);
    }
    if (trace.len) {
        n += snprintf(out + n, bytes - (size_t)n, " trace=%.*s", MCP_STR_ARG(trace));
    }
    return mcp_str_n(out, (size_t)n);
}

/* What the log says about the end of a call. A sentence meant for the peer may repeat its
 * arguments, so only our own failures are logged with theirs. */
static void log_end(const struct mcp_call *call, mcp_err err)
{
    const struct mcp_log *log = &call->server->log;
    const char *what = call->what ? call->what : "request", *name = mcp_err_info(err)->name;
    bool is_ours = err == MCP_E_INTERNAL || err == MCP_E_STORAGE;
    bool is_load = err == MCP_E_OVERLOADED || err == MCP_E_TIMED_OUT;
    enum mcp_log_level level = is_ours ? MCP_LOG_ERROR : is_load ? MCP_LOG_WARN : MCP_LOG_DEBUG;
    char room[96];

    if (level == MCP_LOG_DEBUG && (!call->what || !mcp_log_wants(log, level))) {
        return;
    }
    mcp_str marks = request_marks(call, room, sizeof(room));

    mcp_log(log, level, "%s: %s%s%.*s%.*s", what, name, is_ours ? ": " : "",
            is_ours ? (int)call->message.len : 0, is_ours ? call->message.ptr : "",
            MCP_STR_ARG(marks));
}

static void account(struct mcp_call *call, mcp_err err)
{
    const struct mcp_server *s = call->server;
    bool is_counted = s->on_end && call->is_admitted && !call->is_told;

    log_end(call, err);
    if (call->n_lost) {
        mcp_log(&s->log, MCP_LOG_WARN, "%s: %zu log messages to the client were dropped",
                call->what ? call->what : "request", call->n_lost);
        call->n_lost = 0;
    }
    call->is_told = true;
    if (is_counted) {
        s->on_end(
            s->on_end_user,
            &(struct mcp_ended){.tool = call->row ? call->row->tool : NULL,
                                .tool_at = call->row ? (size_t)(call->row - s->tools.rows) : 0,
                                .err = err,
                                .took_ms = mcp_clock_monotonic_ms(&s->clock) - call->started_ms});
    }
}

/* Only tools have results that are failures: elsewhere the same words are protocol errors. */
static mcp_err seen_outside_tools(struct mcp_call *call, mcp_err err)
{
    bool is_reading = call->form == MCP__FORM_RESOURCE;

    /* 2026-07-28 server/resources: not found MUST NOT be an empty list. */
    if (!err && is_reading && !call->content.len && !call->canned.len &&
        mcp__rev_in(call->rev, MCP__MODERN_REVS)) {
        err = mcp_fail(call, MCP_E_UNKNOWN_RESOURCE, "The resource has no contents");
    }
    if (err == MCP_E_TIMED_OUT) {
        return MCP_E_INTERNAL; /* nothing is wrong with what was asked for */
    }
    if (mcp_err_info(err)->surface == MCP_SURFACE_TOOL) {
        err = is_reading && err == MCP_E_NOT_FOUND ? MCP_E_UNKNOWN_RESOURCE : MCP_E_INVALID_PARAMS;
    }
    if (err == MCP_E_UNKNOWN_RESOURCE && call->uri.ptr && !call->has_data) {
        call->failed = err;
        struct mcp_json_writer *w = mcp_error_data(call);

        mcp_json_object(w);
        mcp_json_member_str(w, MCP_STR("uri"), call->uri);
        mcp_json_object_end(w);
    }
    return err;
}

void mcp_call_done(struct mcp_call *call, mcp_err err)
{
    assert(err != MCP_PENDING && !call->work);
    if (err == MCP_ASKING) {
        mcp__due_drop(call->server, &call->deadline);
        err = call->failed ? call->failed
              : call->task ? mcp__task_park(call)
                           : mcp__ask_round(call);
        if (err == MCP_PENDING) {
            return;
        }
    }
    /* A failure that was said is not undone by returning OK. */
    err = err ? err : call->failed;
    if (call->form != MCP__FORM_TOOL) {
        err = seen_outside_tools(call, err);
    }
    if (!err) {
        assert(!call->writer.out || call->writer.depth == (call->form == MCP__FORM_EXTENSION));
        err = check_output(call);
    }
    if (mcp_arena_failed(&call->arena) || call->content.failed || call->text.failed ||
        call->structured.failed) {
        bool is_over = call->content.is_over || call->text.is_over || call->structured.is_over;

        err = is_over ? MCP_E_TOO_LARGE : MCP_E_OVERLOADED;
        call->message = mcp_str_n(NULL, 0);
        call->has_data = false;
    }
    account(call, err);
    finish(call, err);
    mcp__call_release(call);
}

/* A call of its own says it: all that the handler writes to may be in use, now and later. */
void mcp__call_time_out(struct mcp_call *call)
{
    static const char *const WHAT[MCP__FORM_COUNT] = {[MCP__FORM_TOOL] = "tool",
                                                      [MCP__FORM_PROMPT] = "prompt",
                                                      [MCP__FORM_RESOURCE] = "resource",
                                                      [MCP__FORM_EXTENSION] = "method"};
    mcp_err err = call->form == MCP__FORM_TOOL ? MCP_E_TIMED_OUT : MCP_E_INTERNAL;
    char text[80], id[MCP__ID_BYTES_MAX];
    struct mcp_call answer = {.server = call->server,
                              .sink = call->sink,
                              .outcome = call->outcome,
                              .task = call->task,
                              .rev = call->rev,
                              .form = call->form,
                              .limit = call->limit};
    int n = snprintf(text, sizeof(text), "the %s took longer than %lld ms", WHAT[call->form],
                     (long long)call->handler.limit_ms);

    assert(call->id.len <= sizeof(id));
    if (call->id.len) {
        memcpy(id, call->id.ptr, call->id.len);
        answer.id = mcp_str_n(id, call->id.len);
    }
    answer.message = mcp_str_n(text, (size_t)n);
    account(call, MCP_E_TIMED_OUT);
    call->task = NULL;
    mcp__call_forget(call);
    finish(&answer, err);
}
