/* mcp/timer.c - what is due later: a heap ordered by time. Delayed steps of calls, time limits. */
#include <mcp/engine.h>
#include <mcp/listening.h>
#include <mcp/working.h>

#include <mcp/alloc.h>

#include <assert.h>

static void put(struct mcp_server *s, size_t i, struct mcp__due *d)
{
    s->due[i] = d;
    d->place = i + 1;
}

static void rise(struct mcp_server *s, size_t i)
{
    struct mcp__due *d = s->due[i];

    for (; i && s->due[(i - 1) / 2]->at_ms > d->at_ms; i = (i - 1) / 2) {
        put(s, i, s->due[(i - 1) / 2]);
    }
    put(s, i, d);
}

static void sink(struct mcp_server *s, size_t i)
{
    struct mcp__due *d = s->due[i];

    for (size_t child; (child = 2 * i + 1) < s->n_due; i = child) {
        if (child + 1 < s->n_due && s->due[child + 1]->at_ms < s->due[child]->at_ms) {
            child++;
        }
        if (s->due[child]->at_ms >= d->at_ms) {
            break;
        }
        put(s, i, s->due[child]);
    }
    put(s, i, d);
}

void mcp__due_drop(struct mcp_server *s, struct mcp__due *d)
{
    if (!d->place) {
        return;
    }
    size_t i = d->place - 1;
    struct mcp__due *last = s->due[--s->n_due];

    d->place = 0;
    if (last != d) {
        put(s, i, last);
        rise(s, i);
        sink(s, last->place - 1);
    }
}

static bool make_room(struct mcp_server *s)
{
    size_t cap = s->due_cap ? s->due_cap * 2 : 16;
    struct mcp__due **p;

    if (s->n_due < s->due_cap) {
        return true;
    }
    p = mcp_realloc(s->due, cap * sizeof(*p));
    if (p) {
        s->due = p;
        s->due_cap = cap;
    }
    return p != NULL;
}

bool mcp__due_set(struct mcp_server *s, struct mcp__due *d, int64_t delay_ms,
                  void (*fire)(struct mcp__due *d))
{
    int64_t now = mcp_clock_monotonic_ms(&s->clock);

    assert(!d->place);
    if (!make_room(s)) {
        return false;
    }
    delay_ms = delay_ms < 0 ? 0 : delay_ms;
    d->at_ms = delay_ms > INT64_MAX - now ? INT64_MAX : now + delay_ms;
    d->fire = fire;
    put(s, s->n_due++, d);
    rise(s, s->n_due - 1);
    return true;
}

/* ---- Steps ---- */

static void fire_step(struct mcp__due *d)
{
    struct mcp_call *call = MCP__OF(struct mcp_call, step, d);
    mcp_err err = call->after(call, call->after_user);

    if (err != MCP_PENDING) {
        mcp_call_done(call, err);
    }
}

void mcp__step_hurry(struct mcp_call *call)
{
    if (call->step.place) {
        call->step.at_ms = INT64_MIN;
        rise(call->server, call->step.place - 1);
    }
}

mcp_err mcp_call_after(struct mcp_call *call, int64_t delay_ms, mcp_tool_fn *fn, void *user)
{
    call->after = fn;
    call->after_user = user;
    if (call->work) {
        return mcp__work_after(call, delay_ms);
    }
    delay_ms = mcp_call_is_cancelled(call) ? 0 : delay_ms;
    return mcp__due_set(call->server, &call->step, delay_ms, fire_step) ? MCP_PENDING
                                                                        : MCP_E_OVERLOADED;
}

/* ---- Time ---- */

int64_t mcp_server_tick(struct mcp_server *s)
{
    int64_t now = mcp_clock_monotonic_ms(&s->clock);

    mcp__work_collect(s);
    /* At most what was there at the start: a step that asks for 0 ms runs in the next turn. */
    for (size_t n = s->n_due; n && s->n_due && s->due[0]->at_ms <= now; n--) {
        struct mcp__due *d = s->due[0];

        mcp__due_drop(s, d);
        d->fire(d);
    }
    mcp__changes_tell(s);
    if (!s->n_due || s->due[0]->at_ms == INT64_MAX) {
        return -1;
    }
    return s->due[0]->at_ms > now ? s->due[0]->at_ms - now : 0;
}
