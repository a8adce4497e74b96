/* mcp/test/executor.h - an executor without threads: a run begins and ends when the test says so.
 *
 * What the loop would do while a handler runs, the test does from inside the handler: every
 * interleaving is a sequence of function calls. */
#ifndef MCP_TEST_EXECUTOR_H
#define MCP_TEST_EXECUTOR_H

#include <mcp/call.h>
#include <mcp/server.h>

#include "t.h"

enum { EXECUTOR_MAX = 64, QUEUED = 1, BEGUN, RETURNED };

struct executor {
    struct mcp_work *works[EXECUTOR_MAX]; /* oldest first */
    size_t n, room;                       /* `room` 0: EXECUTOR_MAX */
    bool never_drops;
    int n_starts, n_drops, n_rouses, n_wakes, n_waits;
    int64_t *now_ms; /* the clock that a sleeper moves */
    /* What happens in the middle of a sleep; NULL: nothing. */
    void (*dream)(void *user);
    void *user;
};

static inline bool executor_start(void *user, struct mcp_work *w)
{
    struct executor *x = user;

    T_CHECK(!w->next && !w->prev && !w->state);
    if (x->n == (x->room ? x->room : EXECUTOR_MAX)) {
        return false;
    }
    w->state = QUEUED;
    x->works[x->n++] = w;
    x->n_starts++;
    return true;
}

static inline void executor_remove(struct executor *x, const struct mcp_work *w)
{
    size_t i = 0;

    while (x->works[i] != w) {
        i++;
        T_CHECK(i < x->n);
    }
    x->n--;
    memmove(&x->works[i], &x->works[i + 1], (x->n - i) * sizeof(*x->works));
}

static inline bool executor_drop(void *user, struct mcp_work *w)
{
    struct executor *x = user;

    T_CHECK(mcp_work_is_cancelled(w));
    if (w->state != QUEUED || x->never_drops) {
        return false;
    }
    executor_remove(x, w);
    x->n_drops++;
    return true;
}

static inline void executor_wait(void *user, struct mcp_work *w, int64_t ms)
{
    struct executor *x = user;

    T_CHECK(w->state == BEGUN && ms > 0 && !mcp_work_is_cancelled(w));
    x->n_waits++;
    if (x->dream) {
        x->dream(x->user);
    }
    *x->now_ms += mcp_work_is_cancelled(w) ? 0 : ms;
}

static inline void executor_rouse(void *user, struct mcp_work *w)
{
    T_CHECK(mcp_work_is_cancelled(w));
    ((struct executor *)user)->n_rouses++;
}

static inline void executor_wake(void *user)
{
    ((struct executor *)user)->n_wakes++;
}

static inline struct mcp_executor executor_seen(struct executor *x)
{
    return (struct mcp_executor){
        x, executor_start, executor_drop, executor_wait, executor_rouse, executor_wake};
}

/* The i-th of those out: its handler runs from beginning to end. */
static inline void executor_run(struct executor *x, size_t i)
{
    T_CHECK(i < x->n && x->works[i]->state == QUEUED);
    struct mcp_work *w = x->works[i];

    w->state = BEGUN;
    mcp_work_run(w);
    w->state = RETURNED;
}

/* The i-th of those out goes back to the loop. */
static inline void executor_return(struct executor *x, size_t i)
{
    T_CHECK(i < x->n);
    struct mcp_work *w = x->works[i];

    executor_remove(x, w);
    mcp_work_done(w);
}

/* Everything that is out, in order, also what is handed over meanwhile. */
static inline void executor_all(struct executor *x)
{
    while (x->n) {
        if (x->works[0]->state == QUEUED) {
            executor_run(x, 0);
        }
        executor_return(x, 0);
    }
}

#endif
