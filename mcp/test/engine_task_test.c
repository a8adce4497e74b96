/* mcp/test/engine_task_test.c - calls that become tasks: made, asked for, cancelled, over. */
#include "task_tools.h"

/* ---- Made ---- */

static void the_client_is_answered_at_once_and_the_handler_goes_on(void)
{
    struct plant p;
    struct wire w;
    char id[80], want[600];

    plant_init(&p);
    say(&p, &w, TASK_CALL("long", ""));
    id_in(&w, id);
    T_EQ(strlen(id), 32);
    snprintf(want, sizeof(want),
             "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"resultType\":\"task\",\"taskId\":\"%s\","
             "\"status\":\"working\",\"createdAt\":\"1970-01-01T00:16:40.000Z\","
             "\"lastUpdatedAt\":\"1970-01-01T00:16:40.000Z\",\"ttlMs\":3600000,"
             "\"pollIntervalMs\":1000,\"_meta\":{\"io.modelcontextprotocol/serverInfo\":",
             id);
    T_CHECK(mcp_str_starts(wire_reply(&w), mcp_str_c(want)));
    wire_free(&w);
    T_EQ(mcp_server_tasks(p.world.server), 1);
    T_EQ(mcp_server_calls(p.world.server), 1);
    is_now(&p, id, "\"status\":\"working\",\"createdAt\"");
    pass(&p, 500);
    is_now(&p, id,
           "\"status\":\"working\",\"statusMessage\":\"half of it\",\"createdAt\":\"1970-01-01T00:"
           "16:40.000Z\",\"lastUpdatedAt\":\"1970-01-01T00:16:40.500Z\"");
    pass(&p, 500);
    is_now(&p, id,
           "\"status\":\"completed\",\"createdAt\":\"1970-01-01T00:16:40.000Z\","
           "\"lastUpdatedAt\":\"1970-01-01T00:16:41.000Z\",\"ttlMs\":3600000,\"pollIntervalMs\":"
           "1000,\"result\":{\"resultType\":\"complete\",\"content\":[{\"type\":\"text\",\"text\":"
           "\"it took its time\"}],\"_meta\"");
    T_CHECK(!p.was_cancelled);
    plant_free(&p);
}

static void for_others_it_is_a_call(void)
{
    struct plant p;
    struct wire w, init;

    plant_init(&p);
    say(&p, &w, PLAIN_CALL("long", ""));
    T_EQ(w.finishes, 0);
    pass(&p, 500);
    pass(&p, 500);
    T_HAS(wire_reply(&w), "{\"resultType\":\"complete\",\"content\":[{\"type\":\"text\"");
    wire_free(&w);
    say(&p, &init,
        REQUEST("initialize", "\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"extensions\":"
                              "{\"" TASKS_ID "\":{}}},\"clientInfo\":{\"name\":\"c\",\"version\":"
                              "\"1\"}"));
    T_CHECK(!t_has(wire_reply(&init), MCP_STR("extensions")));
    wire_free(&init);
    expect(&p, REQUEST("tools/call", "\"name\":\"ends\",\"task\":{\"ttl\":1}"), MCP_OK, "at once");
    expect(&p, REQUEST("tasks/get", "\"taskId\":\"x\""), MCP_E_METHOD_NOT_FOUND, "-32601");
    plant_free(&p);
}

static void it_is_declared_when_a_row_can_become_one(void)
{
    struct plant p;
    struct world w;

    plant_init(&p);
    expect(&p, REQUEST("server/discover", MODERN_META), MCP_OK,
           "\"extensions\":{\"" TASKS_ID "\":{}}");
    plant_free(&p);
    world_init_with(&w, &(struct mcp_server_options){0});
    struct wire said;
    struct mcp_peer peer = {.principal = WIRE_EVERYTHING};

    wire_say(&said, w.server, &peer, MCP_STR(REQUEST("server/discover", MODERN_META)));
    T_CHECK(!t_has(wire_reply(&said), MCP_STR("extensions")));
    wire_free(&said);
    wire_say(&said, w.server, &peer, MCP_STR(REQUEST("tasks/get", CAN_TASKS ",\"taskId\":\"x\"")));
    T_EQ(said.err, MCP_E_METHOD_NOT_FOUND);
    wire_free(&said);
    T_EQ(mcp_server_tasks(w.server), 0);
    world_free(&w);
}

static void the_methods_are_for_those_who_declare_it(void)
{
    struct plant p;

    plant_init(&p);
    expect(&p, REQUEST("tasks/get", CANNOT ",\"taskId\":\"x\""), MCP_E_MISSING_CAPABILITY,
           "\"data\":{\"requiredCapabilities\":{\"extensions\":{\"" TASKS_ID "\":{}}}}");
    expect(&p, REQUEST("tasks/update", CANNOT ",\"taskId\":\"x\",\"inputResponses\":{}"),
           MCP_E_MISSING_CAPABILITY, "-32021");
    expect(&p, REQUEST("tasks/cancel", CANNOT ",\"taskId\":\"x\""), MCP_E_MISSING_CAPABILITY,
           "-32021");
    expect(&p, REQUEST("tasks/result", CAN_TASKS ",\"taskId\":\"x\""), MCP_E_METHOD_NOT_FOUND,
           "-32601");
    expect(&p, REQUEST("tasks/list", CAN_TASKS), MCP_E_METHOD_NOT_FOUND, "-32601");
    expect(&p, REQUEST("subscriptions/listen", CANNOT ",\"notifications\":{\"taskIds\":[\"x\"]}"),
           MCP_E_MISSING_CAPABILITY, "-32021");
    plant_free(&p);
}

static void a_row_may_require_it(void)
{
    struct plant p;
    char id[80];

    plant_init(&p);
    expect(&p, PLAIN_CALL("must", ""), MCP_E_MISSING_CAPABILITY,
           "\"extensions\":{\"" TASKS_ID "\":{}}");
    T_EQ(p.n_runs, 0);
    make(&p, TASK_CALL("must", ""), id);
    pass(&p, 500), pass(&p, 500);
    is_now(&p, id, "completed");
    plant_free(&p);
}

struct heard {
    struct mcp_outcome_sink sink;
    mcp_err err;
    int n;
};

static void hear_outcome(struct mcp_outcome_sink *sink, const struct mcp_outcome *o)
{
    struct heard *h = (struct heard *)(void *)sink;

    h->err = o->err;
    h->n++;
    T_HAS(o->text, "it took its time");
}

static void rest_and_the_command_line_wait(void)
{
    struct heard h = {.sink = {.finish = hear_outcome}};
    struct plant p;

    plant_init(&p);
    mcp_server_invoke(p.world.server, MCP_STR("must"), MCP_STR(""),
                      &(struct mcp_principal){.scopes = "*"}, &h.sink);
    T_EQ(h.n, 0);
    pass(&p, 500), pass(&p, 500);
    T_EQ(h.n, 1);
    T_EQ(h.err, MCP_OK);
    plant_free(&p);
}

/* ---- How it ends ---- */

static void a_failure_of_the_tool_is_a_result_and_one_of_ours_is_an_error(void)
{
    struct plant p;
    char id[80];

    plant_init(&p);
    make(&p, TASK_CALL("ends", ""), id);
    is_now(&p, id,
           "\"result\":{\"resultType\":\"complete\",\"content\":[{\"type\":\"text\",\"text\""
           ":\"as a task\"}]");
    make(&p, TASK_CALL("ends", ",\"arguments\":{\"how\":\"refused\"}"), id);
    is_now(&p, id,
           "\"result\":{\"resultType\":\"complete\",\"content\":[{\"type\":\"text\",\"text\":"
           "\"the tool says \\\"no\\\"\"}],\"isError\":true,\"_meta\"");
    make(&p, TASK_CALL("ends", ",\"arguments\":{\"how\":\"broken\"}"), id);
    is_now(&p, id, "\"status\":\"failed\",\"statusMessage\":\"the disk is full\",\"createdAt\"");
    is_now(&p, id, "\"error\":{\"code\":-32603,\"message\":\"the disk is full\"}");
    plant_free(&p);
}

static void a_result_that_is_too_large_is_an_error(void)
{
    struct mcp_server_options opt;
    struct mcp_tool_set set;
    struct plant p = {.n_runs = 0};
    char id[80];

    p.executor.now_ms = &p.world.now_ms;
    opt = plant_options(&p, &set);
    opt.call_bytes_max = 1 << 17;
    opt.tasks.store = (struct mcp_task_store){NULL, NULL, NULL};
    opt.tasks.result_bytes_max = 300000;
    plant_start(&p, &opt);
    p.peer.principal.id[0] = 1;
    make(&p, TASK_CALL("ends", ",\"arguments\":{\"how\":\"big\",\"n\":125000}"), id);
    is_now(&p, id, "\"status\":\"failed\",\"statusMessage\":\"the answer is larger than");
    is_now(&p, id, "\"error\":{\"code\":-32603,\"message\":\"the answer is larger than a call may");
    make(&p, TASK_CALL("ends", ",\"arguments\":{\"how\":\"big\",\"n\":70000}"), id);
    is_now(&p, id, "\"status\":\"completed\"");
    make(&p, TASK_CALL("ends", ",\"arguments\":{\"how\":\"big\",\"n\":70000}"), id);
    is_now(&p, id, "\"error\":{\"code\":1503,\"message\":\"no memory or no room for the call\"}");
    p.peer.principal.id[0] = 2; /* has a quarter of its own */
    make(&p, TASK_CALL("ends", ",\"arguments\":{\"how\":\"big\",\"n\":70000}"), id);
    is_now(&p, id, "\"status\":\"completed\"");
    plant_free(&p);
}

static void a_time_limit_ends_it(void)
{
    struct plant p;
    char id[80];

    plant_init(&p);
    make(&p, TASK_CALL("limited", ""), id);
    pass(&p, 300);
    is_now(&p, id,
           "\"status\":\"completed\",\"createdAt\":\"1970-01-01T00:16:40.000Z\",\"lastUpdatedAt\":"
           "\"1970-01-01T00:16:40.300Z\"");
    is_now(&p, id, "\"text\":\"the tool took longer than 300 ms\"}],\"isError\":true");
    pass(&p, 0);
    T_CHECK(p.was_cancelled || p.n_runs == 1);
    pass(&p, 1000);
    is_now(&p, id, "took longer than 300 ms");
    plant_free(&p);
}

static void it_can_be_read_for_its_whole_time_and_no_longer(void)
{
    struct plant p;
    char id[80];

    plant_init(&p);
    make(&p, TASK_CALL("ends", ""), id);
    T_EQ(p.keeper.n, 1);
    pass(&p, 3599999);
    is_now(&p, id, "completed");
    T_EQ(mcp_server_tick(p.world.server), 1);
    pass(&p, 1);
    is_gone(&p, id);
    T_EQ(p.keeper.n, 0);
    T_EQ(mcp_server_tick(p.world.server), -1);
    plant_free(&p);
}

static void one_that_runs_for_longer_than_it_can_be_read_is_cancelled(void)
{
    struct plant p;
    char id[80];

    plant_init(&p);
    make(&p, TASK_CALL("hold", ""), id);
    T_EQ(mcp_server_tasks(p.world.server), 1);
    pass(&p, 3600000);
    is_gone(&p, id);
    T_EQ(mcp_server_tasks(p.world.server), 0);
    T_CHECK(mcp_call_is_cancelled(p.held[0]) && mcp_call_is_task(p.held[0]));
    mcp_progress(p.held[0], 1, 0, MCP_STR("to nobody"));
    mcp_text(p.held[0], "to nobody");
    mcp_call_done(p.held[0], MCP_OK);
    plant_free(&p);
}

/* ---- Cancelled ---- */

static void cancelling_is_acknowledged_and_seen_by_the_handler(void)
{
    struct plant p;
    char id[80];

    plant_init(&p);
    make(&p, TASK_CALL("long", ""), id);
    expect_about(&p, "cancel", id, "", MCP_OK, "\"result\":{\"resultType\":\"complete\",\"_meta\"");
    expect_about(&p, "cancel", id, "", MCP_OK, "complete");
    is_now(&p, id, "working"); /* its step is due in the next turn */
    pass(&p, 0);
    pass(&p, 0);
    T_CHECK(p.was_cancelled);
    is_now(&p, id, "\"status\":\"cancelled\",\"createdAt\"");
    expect_about(&p, "cancel", id, "", MCP_OK, "complete");
    is_now(&p, id, "\"status\":\"cancelled\"");
    make(&p, TASK_CALL("ends", ""), id);
    expect_about(&p, "cancel", id, "", MCP_OK, "complete"); /* it is over */
    is_now(&p, id, "\"status\":\"completed\"");
    plant_free(&p);
}

static void what_is_said_after_that_is_dropped(void)
{
    struct plant p;
    char id[80];

    plant_init(&p);
    make(&p, TASK_CALL("hold", ""), id);
    expect_about(&p, "cancel", id, "", MCP_OK, "complete");
    T_CHECK(mcp_call_is_cancelled(p.held[0]));
    is_now(&p, id, "working"); /* cooperative */
    mcp_text(p.held[0], "done all the same");
    mcp_call_done(p.held[0], MCP_OK);
    is_now(&p, id, "\"status\":\"cancelled\"");
    plant_free(&p);
}

static void a_client_that_leaves_does_not_cancel_it(void)
{
    struct plant p;
    struct wire w, n;
    char id[80];

    plant_init(&p);
    say(&p, &w, TASK_CALL("long", ""));
    id_in(&w, id);
    say(&p, &n,
        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{"
        "\"requestId\":1}}");
    mcp_server_cancel(p.world.server, &w.sink);
    wire_free(&w), wire_free(&n);
    mcp_session_free(p.session);
    p.session = mcp_session_new(p.world.server);
    p.peer = peer_stdio(p.session);
    pass(&p, 500), pass(&p, 500);
    T_CHECK(!p.was_cancelled);
    is_now(&p, id, "\"status\":\"completed\"");
    plant_free(&p);
}

/* ---- Whose it is ---- */

static void it_belongs_to_the_principal_that_made_it(void)
{
    static const char *const METHODS[] = {"get", "update", "cancel"};
    struct plant p;
    struct wire w;
    char id[80], text[900];

    plant_init(&p);
    p.peer.principal.id[0] = 1;
    p.peer.principal.owner = 5;
    make(&p, TASK_CALL("hold", ""), id);
    for (int i = 0; i < 2; i++) {
        p.peer.principal.id[0] = i ? 1 : 2;
        p.peer.principal.owner = i ? 6 : 5;
        for (size_t m = 0; m < 3; m++) {
            expect_about(
                &p, METHODS[m], id, ",\"inputResponses\":{}", MCP_E_INVALID_PARAMS,
                "\"error\":{\"code\":-32602,\"message\":\"no task has this id, or its time "
                "is over\"}");
        }
        snprintf(
            text, sizeof(text),
            REQUEST("subscriptions/listen", CAN_TASKS ",\"notifications\":{\"taskIds\":[\"%s\"]}"),
            id);
        say(&p, &w, text);
        T_HAS(mcp_buf_str(&w.notes), "\"notifications\":{}}");
        mcp_server_cancel(p.world.server, &w.sink);
        w.is_gone = true;
        pass(&p, 0);
        wire_free(&w);
    }
    T_CHECK(!mcp_call_is_cancelled(p.held[0]));
    p.peer.principal.owner = 5;
    is_now(&p, id, "working");
    mcp_call_done(p.held[0], MCP_OK);
    plant_free(&p);
}

static void ids_are_not_to_be_guessed(void)
{
    char ids[50][80];
    struct plant p;

    plant_init(&p);
    for (int i = 0; i < 50; i++) {
        make(&p, TASK_CALL("ends", ""), ids[i]);
        T_EQ(strlen(ids[i]), 32); /* 192 bits */
        for (int j = 0; j < i; j++) {
            T_CHECK(strncmp(ids[i], ids[j], 8) != 0 && strcmp(ids[i] + 24, ids[j] + 24) != 0);
        }
    }
    expect(&p, REQUEST("tasks/get", CAN_TASKS), MCP_E_INVALID_PARAMS,
           "params.taskId must be a string");
    expect(&p, REQUEST("tasks/get", CAN_TASKS ",\"taskId\":7"), MCP_E_INVALID_PARAMS,
           "must be a string");
    is_gone(&p, "");
    is_gone(&p, "x");
    plant_free(&p);
}

/* ---- How many ---- */

static void there_are_so_many_and_of_one_principal_fewer(void)
{
    struct mcp_server_options opt;
    struct mcp_tool_set set;
    struct plant p = {.n_runs = 0};
    char id[80];

    p.executor.now_ms = &p.world.now_ms;
    opt = plant_options(&p, &set);
    opt.tasks.tasks_max = 5;
    opt.tasks.each_max = 2;
    opt.tasks.ttl_ms = 10000;
    opt.tasks.poll_ms = 250;
    plant_start(&p, &opt);
    p.peer.principal.id[0] = 1;
    make(&p, TASK_CALL("ends", ""), id);
    is_now(&p, id, "\"ttlMs\":10000,\"pollIntervalMs\":250,");
    make(&p, TASK_CALL("ends", ""), id);
    expect(&p, TASK_CALL("ends", ""), MCP_E_OVERLOADED, "you have 2 tasks already");
    T_EQ(p.task_err, MCP_E_OVERLOADED);
    expect(&p, PLAIN_CALL("ends", ""), MCP_OK, "at once");
    p.peer.principal.id[0] = 0; /* nobody in particular: not told apart */
    for (int i = 0; i < 3; i++) {
        make(&p, TASK_CALL("ends", ""), id);
    }
    expect(&p, TASK_CALL("ends", ""), MCP_E_OVERLOADED, "5 tasks exist already");
    pass(&p, 10000);
    make(&p, TASK_CALL("ends", ""), id); /* there is room again */
    plant_free(&p);
}

static void asking_for_it_is_free_and_the_rest_is_not(void)
{
    struct mcp_server_options opt;
    struct mcp_tool_set set;
    struct plant p = {.n_runs = 0};
    char id[80];

    p.executor.now_ms = &p.world.now_ms;
    opt = plant_options(&p, &set);
    opt.rate_per_minute = 2;
    plant_start(&p, &opt);
    make(&p, TASK_CALL("ends", ""), id);
    for (int i = 0; i < 20; i++) {
        is_now(&p, id, "completed");
    }
    expect_about(&p, "cancel", id, "", MCP_OK, "complete");
    expect_about(&p, "cancel", id, "", MCP_E_RATE_LIMITED, "over the rate");
    plant_free(&p);
}

static const struct t_case CASES[] = {
    T(the_client_is_answered_at_once_and_the_handler_goes_on),
    T(for_others_it_is_a_call),
    T(it_is_declared_when_a_row_can_become_one),
    T(the_methods_are_for_those_who_declare_it),
    T(a_row_may_require_it),
    T(rest_and_the_command_line_wait),
    T(a_failure_of_the_tool_is_a_result_and_one_of_ours_is_an_error),
    T(a_result_that_is_too_large_is_an_error),
    T(a_time_limit_ends_it),
    T(it_can_be_read_for_its_whole_time_and_no_longer),
    T(one_that_runs_for_longer_than_it_can_be_read_is_cancelled),
    T(cancelling_is_acknowledged_and_seen_by_the_handler),
    T(what_is_said_after_that_is_dropped),
    T(a_client_that_leaves_does_not_cancel_it),
    T(it_belongs_to_the_principal_that_made_it),
    T(ids_are_not_to_be_guessed),
    T(there_are_so_many_and_of_one_principal_fewer),
    T(asking_for_it_is_free_and_the_rest_is_not),
};
T_MAIN("mcp/engine_task", CASES)
