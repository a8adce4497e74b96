/* mcp/invoke.c - the one pipeline that MCP, REST and the command line share:
 * scope -> rate limit -> input schema -> handler. Resources and prompts pass its gate, too. Its
 * end is mcp_call_done(). */
#include <mcp/engine.h>
#include <mcp/tasking.h>
#include <mcp/working.h>

#include <sodium.h>

static mcp_err check_scope(struct mcp_call *call, const char *scope)
{
    if (mcp_principal_has(&call->principal, scope)) {
        return MCP_OK;
    }
    call->scope = scope;
    return mcp_fail(call, MCP_E_FORBIDDEN, "the credential lacks the scope %s", scope);
}

/* Units of one allowance; *ret is what is left of it. */
static mcp_err take(struct mcp_call *call, const uint8_t key[16], int32_t per_minute, int32_t cost,
                    struct mcp_limit_state *ret)
{
    struct mcp_server *s = call->server;

    if (!s->limiter) {
        s->limiter = mcp_limiter_new(s->rate_slots);
    }
    if (!s->limiter) {
        return MCP_E_OVERLOADED;
    }
    if (mcp_limiter_take(s->limiter, key, per_minute, cost, mcp_clock_monotonic_ms(&s->clock),
                         ret)) {
        return MCP_OK;
    }
    return mcp_fail(call, MCP_E_RATE_LIMITED,
                    "over the rate of %d a minute; retry after %d seconds", (int)per_minute,
                    (int)ret->retry_s);
}

static mcp_err check_rate(struct mcp_call *call, int32_t cost)
{
    const struct mcp_principal *who = &call->principal;
    int32_t per_minute =
        who->rate_per_minute ? who->rate_per_minute : call->server->rate_per_minute;
    bool is_by_id = sodium_is_zero(who->limit_id, sizeof(who->limit_id)) == 1;

    return per_minute <= 0 || cost == MCP_NO_COST ? MCP_OK
                                                  : take(call, is_by_id ? who->id : who->limit_id,
                                                         per_minute, cost ? cost : 1, &call->limit);
}

mcp_err mcp_call_spend(struct mcp_call *call, const uint8_t key[16], int32_t per_minute)
{
    struct mcp_limit_state left;
    mcp_err err = take(call, key, per_minute, 1, &left);

    /* The caller is told of the one that ends first. */
    if (err == MCP_E_RATE_LIMITED ||
        (!err && (!call->limit.limit || left.remaining < call->limit.remaining))) {
        call->limit = left;
    }
    return err;
}

/* The first required argument that is not there, unescaped as our own names are; else empty. */
static mcp_str missing(struct mcp_call *call)
{
    mcp_json required = mcp_json_get(mcp_schema_json(call->row->input), MCP_STR("required"));

    for (mcp_json e = mcp_json_first(required); mcp_json_present(e);
         e = mcp_json_next(required, e)) {
        mcp_str name = mcp_json_str(e, &call->arena, mcp_str_n(NULL, 0));

        if (!mcp_json_present(mcp_json_get(call->arguments, name))) {
            return name;
        }
    }
    return mcp_str_n(NULL, 0);
}

static mcp_err check_arguments(struct mcp_call *call)
{
    struct mcp_schema_error e;

    if (mcp_schema_check(call->row->input, call->arguments, &call->arena, &e)) {
        return MCP_OK;
    }
    mcp_err err =
        mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "arguments%s: %s (%s)", e.path, e.text, e.rule);

    if (e.path[0] == '/') {
        mcp_str rest = mcp_arena_dup(&call->arena, mcp_str_c(e.path + 1));

        call->argument = mcp_str_cut(&rest, '/');
    } else if (strcmp(e.rule, "required") == 0) {
        call->argument = missing(call);
    }
    return err;
}

bool mcp__is_hidden(const struct mcp_call *call, const char *scope)
{
    return call->server->hiding == MCP_HIDE_ALTOGETHER &&
           !mcp_principal_has(&call->principal, scope);
}

mcp_err mcp__gate(struct mcp_call *call, const char *scope, int32_t cost)
{
    mcp_err err = check_scope(call, scope);

    return err ? err : check_rate(call, cost);
}

static void fire_deadline(struct mcp__due *d)
{
    mcp__call_time_out(MCP__OF(struct mcp_call, deadline, d));
}

/* One run of the handler: it has the whole of its time, and what a client takes to answer its
 * questions lies between two of them. */
static mcp_err run(struct mcp_call *call)
{
    const struct mcp__handler *h = &call->handler;

    if (h->limit_ms && !mcp__due_set(call->server, &call->deadline, h->limit_ms, fire_deadline)) {
        return MCP_E_OVERLOADED;
    }
    return h->is_blocking ? mcp__work_start(call) : h->fn(call, h->user);
}

mcp_err mcp__run_handler(struct mcp_call *call, struct mcp__handler h, int64_t time_limit_ms)
{
    h.limit_ms = time_limit_ms ? time_limit_ms : call->server->time_limit_ms;
    h.limit_ms = h.limit_ms > 0 ? h.limit_ms : 0;
    call->handler = h;
    call->again = run; /* what was checked once is not checked again */
    return run(call);
}

mcp_err mcp__invoke(struct mcp_call *call)
{
    const struct mcp_tool *tool = call->row->tool;
    mcp_err err = mcp__gate(call, tool->scope, tool->cost);

    call->what = tool->name;
    if (!err && tool->task == MCP_TASK_REQUIRED && !call->is_direct) {
        err = mcp_client_need_extension(call, MCP__TASKS_ID);
    }
    if (!err) {
        err = check_arguments(call);
    }
    if (!err && tool->is_blocking && tool->task != MCP_TASK_NEVER) {
        err = mcp_task(call); /* on its worker it could not become one */
    }
    return err ? err
               : mcp__run_handler(
                     call, (struct mcp__handler){tool->fn, call->row->user, tool->is_blocking, 0},
                     tool->time_limit_ms);
}

/* ---- Without JSON-RPC ---- */

static mcp_err direct(struct mcp_call *call, mcp_str name, mcp_str arguments)
{
    struct mcp_server *s = call->server;
    mcp_str text = mcp_arena_dup(&call->arena, arguments);
    struct mcp_json_fault fault;

    mcp__trace_read(call, (mcp_json){NULL, NULL}, call->outcome->http);
    mcp_err err = mcp__call_admit(call);

    if (err) {
        return err;
    }
    call->row = mcp__tools_find(&s->tools, name);
    if (!call->row) {
        return MCP_E_UNKNOWN_TOOL;
    }
    call->arguments = s->empty;
    if (arguments.len) {
        err = mcp_json_read(&call->arena, text, &s->limits, &call->arguments, &fault);
        if (err == MCP_E_INVALID_JSON) {
            return mcp_fail(call, err, "at byte %zu: %s", fault.offset, fault.why);
        }
    }
    if (!err && mcp_json_type(call->arguments) != MCP_JSON_OBJECT) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "arguments must be an object");
    }
    return err ? err : mcp__invoke(call);
}

void mcp_server_invoke(struct mcp_server *s, mcp_str name, mcp_str arguments,
                       const struct mcp_principal *principal, struct mcp_outcome_sink *sink)
{
    struct mcp_call *call = mcp__call_new(s);

    if (!call) {
        sink->finish(sink, &(struct mcp_outcome){
                               .err = MCP_E_OVERLOADED,
                               .message = mcp_str_c(mcp_err_info(MCP_E_OVERLOADED)->meaning)});
        return;
    }
    call->outcome = sink;
    call->is_direct = true;
    call->principal = *principal;
    mcp_err err = direct(call, name, arguments);

    if (err != MCP_PENDING) {
        mcp_call_done(call, err);
    }
}

void mcp_server_invoke_cancel(struct mcp_server *s, struct mcp_outcome_sink *sink)
{
    mcp__calls_forget(s, sink);
}
