/* mcp/test/engine_task_ask_test.c - tasks that wait for input, tasks that are watched, tasks whose
 * handlers run on workers. */
#include "task_tools.h"

#define ANSWER(n) "{\"action\":\"accept\",\"content\":{\"n\":" n "}}"

/* ---- Input ---- */

static void questions_wait_in_the_task_until_all_are_answered(void)
{
    struct plant p;
    char id[80];

    plant_init(&p);
    make(&p, TASK_CALL("sums", ""), id);
    T_EQ(mcp_server_tasks(p.world.server), 0);
    T_EQ(mcp_server_waiting(p.world.server), 1);
    is_now(&p, id,
           "\"status\":\"input_required\",\"createdAt\":\"1970-01-01T00:16:40.000Z\","
           "\"lastUpdatedAt\":\"1970-01-01T00:16:40.000Z\",\"ttlMs\":3600000,\"pollIntervalMs\":"
           "1000,\"inputRequests\":{\"a\":{\"method\":\"elicitation/create\",\"params\":{"
           "\"message\":\"The first?\",\"requestedSchema\":" NUMBER_FORM "}},\"b\":{\"method\"");
    p.world.now_ms += 1000;
    expect_about(&p, "update", id, ",\"inputResponses\":{\"b\":" ANSWER("30") "}", MCP_OK,
                 "\"result\":{\"resultType\":\"complete\",\"_meta\"");
    is_now(&p, id,
           "\"lastUpdatedAt\":\"1970-01-01T00:16:41.000Z\",\"ttlMs\":3600000,"
           "\"pollIntervalMs\":1000,\"inputRequests\":{\"a\":{\"method\":\"elicitation/"
           "create\",\"params\":{\"message\":\"The first?\",\"requestedSchema\":" NUMBER_FORM
           "}}},\"_meta\"");
    T_EQ(p.n_runs, 1);
    expect_about(&p, "update", id, ",\"inputResponses\":{\"a\":" ANSWER("12") "}", MCP_OK,
                 "complete");
    is_now(&p, id, "\"status\":\"working\"");
    T_EQ(p.n_runs, 1);
    pass(&p, 0);
    T_EQ(p.n_runs, 2);
    is_now(&p, id, "the sum is 42");
    plant_free(&p);
}

static void unknown_answered_and_late_keys_are_ignored(void)
{
    struct plant p;
    char id[80];

    plant_init(&p);
    make(&p, TASK_CALL("sums", ""), id);
    expect_about(&p, "update", id, ",\"inputResponses\":{\"c\":7,\"\":{}}", MCP_OK, "complete");
    expect_about(&p, "update", id, ",\"inputResponses\":{}", MCP_OK, "complete");
    expect_about(&p, "update", id, ",\"inputResponses\":{\"a\":" ANSWER("1") ",\"x\":null}", MCP_OK,
                 "complete");
    expect_about(&p, "update", id, ",\"inputResponses\":{\"a\":" ANSWER("100") "}", MCP_OK,
                 "complete"); /* the first answer stands */
    expect_about(&p, "update", id, ",\"inputResponses\":{\"b\":" ANSWER("2") "}", MCP_OK,
                 "complete");
    expect_about(&p, "update", id, ",\"inputResponses\":{\"b\":" ANSWER("200") "}", MCP_OK,
                 "complete"); /* it goes on already */
    pass(&p, 0);
    is_now(&p, id, "the sum is 3");
    expect_about(&p, "update", id, ",\"inputResponses\":{\"a\":" ANSWER("1") "}", MCP_OK,
                 "complete"); /* it is over */
    plant_free(&p);
}

static void a_bad_answer_changes_nothing(void)
{
    static const char *const BAD[][2] = {
        {",\"inputResponses\":{\"a\":" ANSWER("1") ",\"b\":7}",
         "params.inputResponses.b: it must be an object"},
        {",\"inputResponses\":{\"a\":" ANSWER("1") ",\"b\":" ANSWER("\"x\"") "}",
         "params.inputResponses.b: content/n: "},
        {",\"inputResponses\":{\"b\":" ANSWER("1") ",\"a\":{\"action\":\"maybe\"}}",
         "params.inputResponses.a: \\\"action\\\" must be"},
        {",\"inputResponses\":{\"a\":{\"action\":\"accept\"}}", "params.inputResponses.a: content"},
        {",\"inputResponses\":null", "params.inputResponses must be an object"},
        {",\"inputResponses\":[]", "params.inputResponses must be an object"},
        {"", "params.inputResponses must be an object"},
    };
    struct plant p;
    char id[80];

    plant_init(&p);
    make(&p, TASK_CALL("sums", ""), id);
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        expect_about(&p, "update", id, BAD[i][0], MCP_E_INVALID_PARAMS, BAD[i][1]);
        is_now(&p, id, "\"inputRequests\":{\"a\":{");
        is_now(&p, id, "}},\"b\":{\"method\"");
    }
    for (int i = 0; i < 20000; i++) { /* nor does it fill the task's memory */
        expect_about(&p, "update", id, BAD[1][0], MCP_E_INVALID_PARAMS, "content/n");
    }
    expect_about(&p, "update", id,
                 ",\"inputResponses\":{\"a\":" ANSWER("1") ",\"b\":" ANSWER("2") "}", MCP_OK,
                 "complete");
    pass(&p, 0);
    is_now(&p, id, "the sum is 3");
    plant_free(&p);
}

static void one_that_waits_is_cancelled_at_once(void)
{
    struct plant p;
    char id[80];

    plant_init(&p);
    make(&p, TASK_CALL("sums", ""), id);
    expect_about(&p, "cancel", id, "", MCP_OK, "complete");
    is_now(&p, id, "\"status\":\"cancelled\"");
    expect_about(&p, "update", id, ",\"inputResponses\":{\"a\":" ANSWER("1") "}", MCP_OK,
                 "complete");
    make(&p, TASK_CALL("sums", ""), id); /* and one that has just been answered, in the next turn */
    expect_about(&p, "update", id,
                 ",\"inputResponses\":{\"a\":" ANSWER("1") ",\"b\":" ANSWER("2") "}", MCP_OK,
                 "complete");
    expect_about(&p, "cancel", id, "", MCP_OK, "complete");
    pass(&p, 0);
    is_now(&p, id, "\"status\":\"cancelled\"");
    T_EQ(p.n_runs, 2);
    make(&p, TASK_CALL("sums", ""), id); /* one that nobody answers has its time, and no more */
    pass(&p, 3600000);
    is_gone(&p, id);
    plant_free(&p);
}

/* "Servers that use MRTR with task creation SHOULD resolve all exchanges before". */
static void questions_before_it_is_a_task_are_asked_in_rounds(void)
{
    struct plant p;
    struct wire w;
    char id[80], state[2000] = "", text[4000];

    plant_init(&p);
    say(&p, &w, TASK_CALL("both", ""));
    T_HAS(wire_reply(&w), "{\"resultType\":\"input_required\",\"inputRequests\":{\"before\":{");
    T_CHECK(!t_has(wire_reply(&w), MCP_STR("taskId")));
    const char *mark = "\"requestState\":\"";
    const char *from = memmem(w.reply.ptr, w.reply.len, mark, strlen(mark));

    T_CHECK(from != NULL);
    from += strlen(mark);
    const char *to = memchr(from, '"', (size_t)(w.reply.ptr + w.reply.len - from));

    T_CHECK(to != NULL);
    snprintf(state, sizeof(state), "%.*s", (int)(to - from), from);
    wire_free(&w);
    snprintf(text, sizeof(text),
             REQUEST("tools/call", CAN_TASKS ",\"name\":\"both\",\"requestState\":\"%s\","
                                             "\"inputResponses\":{\"before\":" ANSWER("5") "}"),
             state);
    make(&p, text, id);
    is_now(&p, id, "\"inputRequests\":{\"in it\":{\"method\":\"roots/list\",\"params\":{}}}");
    expect_about(&p, "update", id,
                 ",\"inputResponses\":{\"in it\":{\"roots\":[{\"uri\":\"file:///a\"}]}}", MCP_OK,
                 "complete");
    pass(&p, 0);
    is_now(&p, id, "\"text\":\"{\\\"n\\\":5}, a value, 1 roots\"");
    plant_free(&p);
}

static void an_undeclared_capability_fails_the_task(void)
{
    struct plant p;
    char id[80];

    plant_init(&p);
    make(&p,
         REQUEST("tools/call",
                 "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                 "\"io.modelcontextprotocol/clientCapabilities\":{\"extensions\":{\"" TASKS_ID
                 "\":{}}}},\"name\":\"sums\""),
         id);
    is_now(&p, id, "\"status\":\"failed\"");
    is_now(&p, id,
           "\"error\":{\"code\":-32021,\"message\":\"the client did not declare a capability that "
           "this needs\",\"data\":{\"requiredCapabilities\":{\"elicitation\":{\"form\":{}}}}}");
    plant_free(&p);
}

/* Tasks that wait for their clients do not keep others from working. */
static void those_that_wait_are_not_calls_that_work(void)
{
    struct mcp_server_options opt;
    struct mcp_tool_set set;
    struct plant p = {.n_runs = 0};
    char ids[3][80];

    p.executor.now_ms = &p.world.now_ms;
    opt = plant_options(&p, &set);
    opt.calls_max = 2;
    plant_start(&p, &opt);
    for (int i = 0; i < 3; i++) {
        make(&p, TASK_CALL("sums", ""), ids[i]);
    }
    T_EQ(mcp_server_calls(p.world.server), 3);
    expect(&p, PLAIN_CALL("ends", ""), MCP_OK, "at once");
    for (int i = 0; i < 3; i++) {
        expect_about(&p, "cancel", ids[i], "", MCP_OK, "complete");
    }
    plant_free(&p);
}

/* ---- Watched ---- */

static void watch(struct plant *p, struct wire *w, const char *ids)
{
    char text[1000];

    snprintf(text, sizeof(text),
             "{\"jsonrpc\":\"2.0\",\"id\":\"L\",\"method\":\"subscriptions/"
             "listen\",\"params\":{" CAN_TASKS ",\"notifications\":{\"taskIds\":[%s]}}}",
             ids);
    say(p, w, text);
}

#define ID_L "\"_meta\":{\"io.modelcontextprotocol/subscriptionId\":\"L\"}"

static void those_who_watch_it_are_told_what_tasks_get_says(void)
{
    struct plant p;
    struct wire w;
    char id[80], text[300];

    plant_init(&p);
    make(&p, TASK_CALL("long", ""), id);
    snprintf(text, sizeof(text), "\"%s\",\"unknown\"", id);
    watch(&p, &w, text);
    snprintf(text, sizeof(text),
             "acknowledged\",\"params\":{" ID_L ",\"notifications\":{\"taskIds\":[\"%s\"]}}}", id);
    T_HAS(mcp_buf_str(&w.notes), text);
    pass(&p, 0);
    T_EQ(w.n_notes, 2); /* how it is now */
    T_HAS(mcp_buf_str(&w.notes), "\"notifications/tasks\",\"params\":{" ID_L ",\"taskId\":\"");
    T_HAS(mcp_buf_str(&w.notes), "\"status\":\"working\",\"createdAt\"");
    pass(&p, 500);
    T_EQ(w.n_notes, 3);
    T_HAS(mcp_buf_str(&w.notes), "\"statusMessage\":\"half of it\"");
    pass(&p, 0);
    T_EQ(w.n_notes, 3);
    pass(&p, 500);
    T_EQ(w.n_notes, 4);
    T_HAS(mcp_buf_str(&w.notes), "\"result\":{\"resultType\":\"complete\",\"content\"");
    pass(&p, 3600000);
    T_EQ(w.n_notes, 4); /* nothing is said of one that is over */
    mcp_server_cancel(p.world.server, &w.sink);
    w.is_gone = true;
    pass(&p, 0);
    wire_free(&w);
    plant_free(&p);
}

static void its_questions_are_told_and_answered_the_same_way(void)
{
    struct plant p;
    struct wire w;
    char id[80], text[300];

    plant_init(&p);
    make(&p, TASK_CALL("sums", ""), id);
    snprintf(text, sizeof(text), "\"%s\"", id);
    watch(&p, &w, text);
    pass(&p, 0);
    T_HAS(mcp_buf_str(&w.notes), "\"inputRequests\":{\"a\":");
    expect_about(&p, "update", id,
                 ",\"inputResponses\":{\"a\":" ANSWER("1") ",\"b\":" ANSWER("2") "}", MCP_OK,
                 "complete");
    pass(&p, 0);
    T_HAS(mcp_buf_str(&w.notes), "the sum is 3");
    mcp_server_cancel(p.world.server, &w.sink);
    w.is_gone = true;
    pass(&p, 0);
    wire_free(&w);
    plant_free(&p);
}

/* ---- On workers ---- */

static void a_blocking_handler_is_a_task_before_it_runs(void)
{
    struct plant p;
    char id[80];

    plant_init(&p);
    make(&p, TASK_CALL("block", ""), id);
    T_EQ(p.n_runs, 0);
    T_EQ(mcp_server_working(p.world.server), 1);
    is_now(&p, id, "\"status\":\"working\",\"createdAt\"");
    executor_run(&p.executor, 0);
    T_EQ(p.task_err, MCP_OK);
    pass(&p, 0);
    is_now(&p, id, "\"status\":\"working\",\"statusMessage\":\"from a worker\"");
    executor_return(&p.executor, 0);
    is_now(&p, id, "\"status\":\"completed\"");
    is_now(&p, id, "as a task");
    struct wire w;

    say(&p, &w, PLAIN_CALL("block", ""));
    executor_all(&p.executor);
    T_HAS(wire_reply(&w), "at once");
    wire_free(&w);
    plant_free(&p);
}

static void its_questions_wait_in_the_task(void)
{
    struct plant p;
    char id[80];

    plant_init(&p);
    make(&p, TASK_CALL("block", ",\"arguments\":{\"asks\":true}"), id);
    executor_all(&p.executor);
    is_now(&p, id, "\"inputRequests\":{\"roots\":{\"method\":\"roots/list\",\"params\":{}}}");
    expect_about(&p, "update", id, ",\"inputResponses\":{\"roots\":{\"roots\":[]}}", MCP_OK,
                 "complete");
    pass(&p, 0);
    T_EQ(mcp_server_working(p.world.server), 1);
    executor_all(&p.executor);
    is_now(&p, id, "as a task");
    T_EQ(p.n_runs, 2);
    plant_free(&p);
}

static char meanwhile_id[80];

static void cancel_it(struct plant *p, struct mcp_call *call)
{
    (void)call;
    expect_about(p, "cancel", meanwhile_id, "", MCP_OK, "complete");
    is_now(p, meanwhile_id, "\"status\":\"working\"");
}

static void time_passes(struct plant *p, struct mcp_call *call)
{
    (void)call;
    pass(p, 5000);
    is_now(p, meanwhile_id, "took longer than 5000 ms");
}

static void its_time_is_over(struct plant *p, struct mcp_call *call)
{
    (void)call;
    pass(p, 3600000);
    is_gone(p, meanwhile_id);
}

static void what_happens_to_it_while_a_worker_has_it(void)
{
    static void (*const WHAT[])(struct plant *, struct mcp_call *) = {cancel_it, time_passes,
                                                                      its_time_is_over};
    static const char *const THEN[] = {"\"status\":\"cancelled\"", "took longer", NULL};

    for (size_t i = 0; i < 3; i++) {
        struct plant p;

        plant_init(&p);
        p.meanwhile = WHAT[i];
        make(&p, TASK_CALL("block", ""), meanwhile_id);
        executor_all(&p.executor);
        T_CHECK(p.was_cancelled);
        if (THEN[i]) {
            is_now(&p, meanwhile_id, THEN[i]);
        } else {
            is_gone(&p, meanwhile_id);
        }
        plant_free(&p);
    }
}

static void one_that_still_waits_for_a_worker_is_cancelled_without_having_run(void)
{
    struct plant p;
    char id[80];

    plant_init(&p);
    make(&p, TASK_CALL("block", ""), id);
    expect_about(&p, "cancel", id, "", MCP_OK, "complete");
    is_now(&p, id, "\"status\":\"cancelled\"");
    T_EQ(mcp_server_working(p.world.server), 0);
    T_EQ(p.n_runs, 0);
    p.executor.room = 1;
    make(&p, TASK_CALL("block", ""), id);
    make(&p, TASK_CALL("block", ""), meanwhile_id);
    is_now(&p, meanwhile_id, "\"error\":{\"code\":1503,\"message\":\"all workers are busy");
    executor_all(&p.executor);
    is_now(&p, id, "as a task");
    plant_free(&p);
}

static const struct t_case CASES[] = {
    T(questions_wait_in_the_task_until_all_are_answered),
    T(unknown_answered_and_late_keys_are_ignored),
    T(a_bad_answer_changes_nothing),
    T(one_that_waits_is_cancelled_at_once),
    T(questions_before_it_is_a_task_are_asked_in_rounds),
    T(an_undeclared_capability_fails_the_task),
    T(those_that_wait_are_not_calls_that_work),
    T(those_who_watch_it_are_told_what_tasks_get_says),
    T(its_questions_are_told_and_answered_the_same_way),
    T(a_blocking_handler_is_a_task_before_it_runs),
    T(its_questions_wait_in_the_task),
    T(what_happens_to_it_while_a_worker_has_it),
    T(one_that_still_waits_for_a_worker_is_cancelled_without_having_run),
};
T_MAIN("mcp/engine_task_ask", CASES)
