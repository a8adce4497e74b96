/* transport/test/work_rows.h - blocking handlers: ones that meet, sleep, hang. */
#ifndef MCP_TRANSPORT_TEST_WORK_ROWS_H
#define MCP_TRANSPORT_TEST_WORK_ROWS_H

#include <mcp/ask.h>
#include <mcp/call.h>
#include <mcp/json.h>

#include <stdatomic.h>
#include <time.h>

struct work_rows {
    atomic_int n_inside, most_inside; /* handlers of "meet" at a time */
    atomic_int n_hanging;
    atomic_bool may_return; /* those of "hang" */
};

static inline int64_t work_now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Returns once `n` of them are there at a time. */
static inline mcp_err work_meet(struct mcp_call *call, void *user)
{
    struct work_rows *r = user;
    int n = (int)mcp_arg_int(call, "n", 2);
    int inside = atomic_fetch_add(&r->n_inside, 1) + 1, most = atomic_load(&r->most_inside);

    while (most < inside && !atomic_compare_exchange_weak(&r->most_inside, &most, inside)) {
    }
    while (atomic_load(&r->most_inside) < n && !mcp_call_wait(call, 1)) {
    }
    atomic_fetch_sub(&r->n_inside, 1);
    return mcp_text(call, "met %d", atomic_load(&r->most_inside) >= n ? n : 0);
}

static inline mcp_err work_sleep(struct mcp_call *call, void *user)
{
    int64_t from_us = work_now_us();
    bool is_cancelled;

    (void)user;
    mcp_progress(call, 1000000, 2000000, MCP_STR("asleep"));
    mcp_call_log(call, MCP_LEVEL_INFO, "sleep", "asleep");
    is_cancelled = mcp_call_wait(call, mcp_arg_int(call, "ms", 1000));
    mcp_progress(call, 2000000, 2000000, MCP_STR("awake"));
    return mcp_text(call, "%s after %lld us", is_cancelled ? "roused" : "slept",
                    (long long)(work_now_us() - from_us));
}

/* Puts questions together, and takes its time without meeting the loop at any lock. */
static inline mcp_err work_ask(struct mcp_call *call, void *user)
{
    const struct timespec a_moment = {0, 50000};
    char key[2] = "a";

    (void)user;
    for (; key[0] <= 't'; key[0]++) {
        (void)mcp_ask_roots(call, key);
        nanosleep(&a_moment, NULL);
    }
    mcp_state_put(call, "kept", MCP_STR("a value"));
    return mcp_ask(call);
}

/* Cares for nothing but may_return. */
static inline mcp_err work_hang(struct mcp_call *call, void *user)
{
    struct work_rows *r = user;
    const struct timespec a_moment = {0, 2000000};

    atomic_fetch_add(&r->n_hanging, 1);
    while (!atomic_load(&r->may_return)) {
        nanosleep(&a_moment, NULL);
    }
    mcp_progress(call, 3000000, 0, MCP_STR("late"));
    mcp_err err = mcp_text(call, "back");

    atomic_fetch_sub(&r->n_hanging, 1);
    return err;
}

static inline mcp_err work_hello(struct mcp_call *call, void *user)
{
    const struct work_rows *r = user;

    return mcp_text(call, "hello, %d hanging", atomic_load(&r->n_hanging));
}

#define WORK_SCHEMA(name)                                                                          \
    "{\"type\":\"object\",\"properties\":{\"" name "\":{\"type\":\"integer\"}}}"

static const struct mcp_tool WORK_ROWS[] = {
    {.name = "meet",
     .description = "Returns when `n` calls of it run at a time.",
     .input_schema = WORK_SCHEMA("n"),
     .is_blocking = true,
     .time_limit_ms = 20000,
     .fn = work_meet},
    {.name = "sleep",
     .description = "Sleeps for `ms`.",
     .input_schema = WORK_SCHEMA("ms"),
     .is_blocking = true,
     .fn = work_sleep},
    {.name = "hang",
     .description = "Does not return.",
     .is_blocking = true,
     .time_limit_ms = 200,
     .fn = work_hang},
    {.name = "ask", .description = "Asks.", .is_blocking = true, .fn = work_ask},
    {.name = "endless", .description = "Does not return.", .is_blocking = true, .fn = work_hang},
    {.name = "hello", .description = "Answers at once.", .fn = work_hello},
    {0},
};

#endif
