/* mcp/timer.c - delayed steps of calls: a heap ordered by the time they are due. */
#include <mcp/engine.h>
#include <mcp/listening.h>

#include <mcp/alloc.h>

#include <assert.h>

static void put(struct mcp_server *s, size_t i, struct mcp_call *call)
{
    s->timers[i] = call;
    call->timer = i + 1;
}

static void rise(struct mcp_server *s, size_t i)
{
    struct mcp_call *call = s->timers[i];

    for (; i && s->timers[(i - 1) / 2]->due_ms > call->due_ms; i = (i - 1) / 2) {
        put(s, i, s->timers[(i - 1) / 2]);
    }
    put(s, i, call);
}

static void sink(struct mcp_server *s, size_t i)
{
    struct mcp_call *call = s->timers[i];

    for (size_t child; (child = 2 * i + 1) < s->n_timers; i = child) {
        if (child + 1 < s->n_timers && s->timers[child + 1]->due_ms < s->timers[child]->due_ms) {
            child++;
        }
        if (s->timers[child]->due_ms >= call->due_ms) {
            break;
        }
        put(s, i, s->timers[child]);
    }
    put(s, i, call);
}

void mcp__timer_drop(struct mcp_call *call)
{
    struct mcp_server *s = call->server;

    if (!call->timer) {
        return;
    }
    size_t i = call->timer - 1;
    struct mcp_call *last = s->timers[--s->n_timers];

    call->timer = 0;
    if (last != call) {
        put(s, i, last);
        rise(s, i);
        sink(s, last->timer - 1);
    }
}

void mcp__timer_hurry(struct mcp_call *call)
{
    if (call->timer) {
        call->due_ms = INT64_MIN;
        rise(call->server, call->timer - 1);
    }
}

static bool make_room(struct mcp_server *s)
{
    size_t cap = s->timers_cap ? s->timers_cap * 2 : 16;
    struct mcp_call **p;

    if (s->n_timers < s->timers_cap) {
        return true;
    }
    p = mcp_realloc(s->timers, cap * sizeof(struct mcp_call *));
    if (p) {
        s->timers = p;
        s->timers_cap = cap;
    }
    return p != NULL;
}

mcp_err mcp_call_after(struct mcp_call *call, int64_t delay_ms, mcp_tool_fn *fn, void *user)
{
    struct mcp_server *s = call->server;
    int64_t now = mcp_clock_monotonic_ms(&s->clock);

    assert(!call->timer);
    if (!make_room(s)) {
        return MCP_E_OVERLOADED;
    }
    delay_ms = delay_ms < 0 || mcp_call_is_cancelled(call) ? 0 : delay_ms;
    call->due_ms = delay_ms > INT64_MAX - now ? INT64_MAX : now + delay_ms;
    call->after = fn;
    call->after_user = user;
    put(s, s->n_timers++, call);
    rise(s, s->n_timers - 1);
    return MCP_PENDING;
}

int64_t mcp_server_tick(struct mcp_server *s)
{
    int64_t now = mcp_clock_monotonic_ms(&s->clock);

    /* At most what was there at the start: a step that asks for 0 ms runs in the next turn. */
    for (size_t n = s->n_timers; n && s->n_timers && s->timers[0]->due_ms <= now; n--) {
        struct mcp_call *call = s->timers[0];

        mcp__timer_drop(call);
        mcp_err err = call->after(call, call->after_user);

        if (err != MCP_PENDING) {
            mcp_call_done(call, err);
        }
    }
    mcp__changes_tell(s);
    if (!s->n_timers || s->timers[0]->due_ms == INT64_MAX) {
        return -1;
    }
    return s->timers[0]->due_ms > now ? s->timers[0]->due_ms - now : 0;
}
