/* mcp/test/engine_task_limit_test.c - time limits of tasks, wherever the handler is meanwhile.
 *
 * A tool's time-out is a result with isError (errors.def), so the task is "completed" with it:
 * SEP-2663 keeps "failed" for JSON-RPC errors. */
#include "task_tools.h"

#include "tiny.h"

#define LATE(ms) "\"text\":\"the tool took longer than " ms " ms\"}],\"isError\":true"
#define ENDED    "\"status\":\"completed\""

static void loop_goes_on(struct plant *p, struct mcp_call *call)
{
    (void)call;
    pass(p, 5000);
}

static void on_a_worker(void)
{
    struct plant p;
    char id[80];

    plant_init(&p);
    p.meanwhile = loop_goes_on;
    make(&p, TASK_CALL("block", ""), id);
    executor_run(&p.executor, 0);
    T_CHECK(p.was_cancelled);
    T_EQ(p.executor.n_rouses, 1);
    is_now(&p, id, ENDED); /* at once, whatever the worker does */
    is_now(&p, id, LATE("5000"));
    T_EQ(mcp_server_working(p.world.server), 1);
    executor_return(&p.executor, 0);
    is_now(&p, id, LATE("5000"));
    T_EQ(p.keeper.n_saves, 2); /* that it is, what has become of it */
    plant_free(&p);
}

static void before_a_worker_takes_it(void)
{
    struct plant p;
    char id[80];

    plant_init(&p);
    make(&p, TASK_CALL("block", ""), id);
    pass(&p, 5000);
    T_EQ(p.executor.n_drops, 1);
    T_EQ(p.n_runs, 0);
    is_now(&p, id, LATE("5000"));
    plant_free(&p);
}

static void before_it_is_durable(void)
{
    struct plant p;
    struct wire w;
    char id[80];

    plant_init(&p);
    p.keeper.is_late = true;
    say(&p, &w, TASK_CALL("limited", ""));
    pass(&p, 300);
    T_EQ(w.finishes, 0);
    keeper_flush(&p.keeper, p.world.server); /* both saves, one after the other */
    T_HAS(wire_reply(&w), "\"status\":\"working\"");
    id_in(&w, id);
    is_now(&p, id, LATE("300"));
    T_EQ(keeper_find(&p.keeper, mcp_str_c(id))->record.status, MCP_TASK_COMPLETED);
    pass(&p, 1000);
    wire_free(&w);
    plant_free(&p);
}

static void each_run_has_its_own_and_the_client_takes_its_time(void)
{
    struct plant p;
    char id[80];

    plant_init(&p);
    make(&p, TASK_CALL("block", ",\"arguments\":{\"asks\":true}"), id);
    pass(&p, 4999);
    executor_all(&p.executor);
    pass(&p, 100000);
    is_now(&p, id, "\"status\":\"input_required\"");
    expect_about(&p, "update", id, ",\"inputResponses\":{\"roots\":{\"roots\":[]}}", MCP_OK,
                 "complete");
    pass(&p, 0);
    pass(&p, 4999);
    is_now(&p, id, "\"status\":\"working\"");
    pass(&p, 1);
    is_now(&p, id, LATE("5000"));
    executor_all(&p.executor);
    plant_free(&p);
}

static void what_came_first_counts(void)
{
    struct plant p;
    char id[80];

    plant_init(&p);
    make(&p, TASK_CALL("limited", ""), id);
    pass(&p, 300);
    expect_about(&p, "cancel", id, "", MCP_OK, "complete");
    is_now(&p, id, LATE("300"));
    make(&p, TASK_CALL("limited", ""), id);
    expect_about(&p, "cancel", id, "", MCP_OK, "complete");
    pass(&p, 300);
    is_now(&p, id, "\"status\":\"cancelled\"");
    pass(&p, 1000);
    is_now(&p, id, "\"status\":\"cancelled\"");
    plant_free(&p);
}

static void who_watches_it_is_told(void)
{
    struct plant p;
    struct wire w;
    char id[80], text[900];

    plant_init(&p);
    make(&p, TASK_CALL("limited", ""), id);
    snprintf(
        text, sizeof(text),
        "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"subscriptions/listen\",\"params\":{" CAN_TASKS
        ",\"notifications\":{\"taskIds\":[\"%s\"]}}}",
        id);
    say(&p, &w, text);
    pass(&p, 300);
    T_HAS(mcp_buf_str(&w.notes), LATE("300"));
    mcp_server_stop_listening(p.world.server);
    pass(&p, 1000);
    T_EQ(w.finishes, 1);
    wire_free(&w);
    plant_free(&p);
}

/* Its end is never lost: without memory for the sentence it is an error that needs none. */
static void without_memory_it_still_ends(void)
{
    static struct plant p;
    bool is_whole = false, has_failed = false;

    for (size_t nth = 1; !is_whole; nth++) {
        struct wire w;
        char id[80];

        plant_init(&p);
        make(&p, TASK_CALL("limited", ""), id);
        mcp_alloc_refuse(nth);
        p.world.now_ms += 300;
        mcp_server_tick(p.world.server);
        is_whole = mcp_alloc_count() < nth;
        mcp_alloc_refuse(0);
        about(&p, &w, "get", id, "");
        bool is_late = t_has(wire_reply(&w), MCP_STR(LATE("300")));

        T_CHECK(is_late || (!is_whole && t_has(wire_reply(&w), MCP_STR("\"status\":\"failed\"")) &&
                            t_has(wire_reply(&w), MCP_STR("\"error\":{\"code\":1503"))));
        has_failed = has_failed || !is_late;
        wire_free(&w);
        pass(&p, 1000);
        plant_free(&p);
    }
    T_CHECK(has_failed);
}

static const struct t_case CASES[] = {
    T(on_a_worker),
    T(before_a_worker_takes_it),
    T(before_it_is_durable),
    T(each_run_has_its_own_and_the_client_takes_its_time),
    T(what_came_first_counts),
    T(who_watches_it_is_told),
    T(without_memory_it_still_ends),
};
T_MAIN("mcp/engine_task_limit", CASES)
