/* mcp/test/engine_work_test.c - blocking handlers: handed over, heard, given back (working.h). */
#include "work_tools.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- There and back ---- */

static void a_blocking_handler_holds_nothing_up(void)
{
    struct scene s;
    struct wire w, ping;

    scene_init(&s, "2025-11-25");
    say(&s, &w, CALL("act", ",\"arguments\":{\"name\":\"Ada\"}"));
    T_EQ(s.n_runs, 0);
    T_EQ(mcp_server_working(s.world.server), 1);
    wire_say(&ping, s.world.server, &s.peer,
             MCP_STR("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}"));
    T_EQ(ping.err, MCP_OK);
    executor_run(&s.executor, 0);
    T_EQ(w.finishes, 0); /* the loop says it, not the worker */
    executor_return(&s.executor, 0);
    T_HAS(wire_reply(&w), "\"text\":\"hello Ada\"},{\"type\":\"text\",\"text\":\"and goodbye\"}");
    T_EQ(mcp_server_working(s.world.server), 0);
    T_EQ(mcp_server_calls(s.world.server), 0);
    T_EQ(mcp_server_tick(s.world.server), -1); /* no time limit is left behind */
    wire_free(&w);
    wire_free(&ping);
    scene_free(&s);
}

static void several_run_at_once_and_end_in_any_order(void)
{
    struct scene s;
    struct wire w[3];

    scene_init(&s, NULL);
    s.peer.session = NULL;
    s.peer.claim = MCP_SESSION_ABSENT;
    say(&s, &w[0], CALL_E("add", ",\"arguments\":{\"a\":1}"));
    say(&s, &w[1], CALL_E("add", ",\"arguments\":{\"a\":2}"));
    say(&s, &w[2], CALL_E("add", ",\"arguments\":{\"a\":3}"));
    executor_run(&s.executor, 1);
    executor_run(&s.executor, 2);
    executor_return(&s.executor, 2);
    executor_run(&s.executor, 0);
    executor_return(&s.executor, 1);
    executor_return(&s.executor, 0);
    T_HAS(wire_reply(&w[0]), "\"structuredContent\":{\"sum\":1}");
    T_HAS(wire_reply(&w[1]), "\"structuredContent\":{\"sum\":2}");
    T_HAS(wire_reply(&w[2]), "\"structuredContent\":{\"sum\":3}");
    for (int i = 0; i < 3; i++) {
        wire_free(&w[i]);
    }
    scene_free(&s);
}

static void a_handler_can_begin_on_the_loop_go_over_and_come_back(void)
{
    struct scene s;
    struct wire w, full;

    scene_init(&s, "2025-11-25");
    s.executor.room = 1;
    say(&s, &w, CALL("over", ""));
    T_EQ(s.n_runs, 1); /* the loop's part, at once */
    T_EQ(mcp_server_working(s.world.server), 1);
    wire_say(&full, s.world.server, &s.peer,
             MCP_STR("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":"
                     "\"over\"}}"));
    T_EQ(full.err, MCP_E_OVERLOADED);
    executor_all(&s.executor);
    T_EQ(w.finishes, 0); /* its last step is due in 250 ms */
    s.world.now_ms += 250;
    tick(&s);
    T_HAS(wire_reply(&w), "on the loop first");
    T_HAS(wire_reply(&w), "on a worker");
    T_HAS(wire_reply(&w), "on the loop\"");
    wire_free(&w);
    wire_free(&full);
    scene_free(&s);
}

static void without_room_the_call_is_refused_and_the_next_is_not(void)
{
    struct scene s;
    struct wire a, b;

    scene_init(&s, "2025-11-25");
    s.executor.room = 1;
    say(&s, &a, CALL("add", ""));
    wire_say(&b, s.world.server, &s.peer,
             MCP_STR("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":"
                     "\"act\"}}"));
    T_EQ(b.err, MCP_E_OVERLOADED);
    T_HAS(wire_reply(&b), "too many calls wait for one already");
    T_EQ(mcp_server_working(s.world.server), 1);
    executor_all(&s.executor);
    T_EQ(a.err, MCP_OK);
    wire_free(&b);
    say(&s, &b, CALL("act", ""));
    executor_all(&s.executor);
    T_EQ(b.err, MCP_OK);
    T_EQ(mcp_server_tick(s.world.server), -1);
    wire_free(&a);
    wire_free(&b);
    scene_free(&s);
}

static void resources_and_prompts_may_block_too(void)
{
    struct scene s;
    struct wire w;

    scene_init(&s, "2025-11-25");
    say(&s, &w, REQUEST("resources/read", "\"uri\":\"work://x\""));
    executor_all(&s.executor);
    T_HAS(wire_reply(&w), "\"contents\":[{\"uri\":\"work://x\",\"text\":\"hello x\"}");
    wire_free(&w);
    say(&s, &w, REQUEST("prompts/get", "\"name\":\"work\",\"arguments\":{\"name\":\"y\"}"));
    executor_all(&s.executor);
    T_HAS(wire_reply(&w), "\"role\":\"user\",\"content\":{\"type\":\"text\",\"text\":\"hello y\"");
    wire_free(&w);
    s.end = MCP_E_NOT_FOUND;
    say(&s, &w, REQUEST("resources/read", "\"uri\":\"work://x\""));
    executor_all(&s.executor);
    T_HAS(wire_reply(&w), "\"error\":{\"code\":-32002,\"message\":\"no more x\"");
    wire_free(&w);
    scene_free(&s);
}

static void the_others_of_an_array_do_not_wait_but_its_reply_does(void)
{
    struct scene s;
    struct wire w;

    scene_init(&s, "2025-03-26");
    say(&s, &w,
        "[" CALL("act", "") ",{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"},"
                            "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/call\",\"params\":{"
                            "\"name\":\"add\"}}]");
    T_EQ(s.executor.n, 2);
    executor_run(&s.executor, 1);
    executor_return(&s.executor, 1);
    T_EQ(w.finishes, 0);
    executor_all(&s.executor);
    T_HAS(wire_reply(&w), "\"id\":1,\"result\"");
    T_HAS(wire_reply(&w), "\"id\":2,\"result\":{}");
    T_HAS(wire_reply(&w), "\"id\":3,\"result\"");
    wire_free(&w);
    scene_free(&s);
}

/* ---- Rows ---- */

static void expect_no_server(const struct mcp_server_options *rows, const char *why_part)
{
    struct mcp_server_options opt = *rows;
    struct world w;
    char why[256] = "";

    opt.name = "t";
    opt.version = "1";
    opt.clock = (struct mcp_clock){world_now, world_now, &w};
    T_CHECK(mcp_server_new(&opt, why, sizeof(why)) == NULL);
    T_HAS(mcp_str_c(why), why_part);
}

static void a_blocking_row_without_an_executor_is_named(void)
{
    const struct mcp_tool_set tools = {WORK_TOOLS, NULL};
    const struct mcp_resource_set resources = {WORK_RESOURCES, NULL};
    const struct mcp_prompt_set prompts = {WORK_PROMPTS, NULL};
    const struct mcp_server_options rows[] = {
        {.tools = &tools, .n_tools = 1},
        {.resources = &resources, .n_resources = 1},
        {.prompts = &prompts, .n_prompts = 1},
    };
    static const char *const NAMES[] = {"tool act:", "resource work://{name}:", "prompt work:"};

    for (size_t i = 0; i < 3; i++) {
        expect_no_server(&rows[i], NAMES[i]);
        expect_no_server(&rows[i], "it is blocking, and the server has no executor");
        T_CHECK(mcp_server_needs_executor(&rows[i]));
    }
    T_CHECK(!mcp_server_needs_executor(&(struct mcp_server_options){.n_tools = 0}));
}

static void a_negative_time_limit_is_named(void)
{
    static const struct mcp_tool ROWS[] = {
        {.name = "late", .description = "Late.", .time_limit_ms = -2, .fn = just_pending}, {0}};
    const struct mcp_tool_set tools = {ROWS, NULL};

    expect_no_server(&(struct mcp_server_options){.tools = &tools, .n_tools = 1},
                     "tool late: the time limit is negative");
    expect_no_server(&(struct mcp_server_options){.time_limit_ms = -2},
                     "server t: the time limit is negative");
}

/* ---- What it says meanwhile ---- */

static void many_words(struct scene *s, struct mcp_call *call)
{
    T_EQ(s->executor.n_wakes, 1);
    for (int i = 0; i < 100; i++) {
        mcp_progress(call, 1000001 + i, 0, MCP_STR(""));
        mcp_call_log(call, MCP_LEVEL_INFO, NULL, "line %d", i);
    }
    mcp_progress(call, 1000001, 0, MCP_STR("back"));
    T_EQ(s->executor.n_wakes, 1); /* once, until the loop has looked */
    T_EQ(s->wire->n_notes, 0);
    tick(s);
    T_EQ(s->wire->n_notes, 65);
    mcp_call_log(call, MCP_LEVEL_INFO, NULL, "room again");
    T_EQ(s->executor.n_wakes, 2);
    tick(s);
    T_EQ(s->wire->n_notes, 66);
}

static void the_newest_progress_and_some_lines_reach_the_client_in_order(void)
{
    struct scene s;
    struct wire w;

    scene_init(&s, NULL);
    s.meanwhile = many_words;
    say(&s, &w, CALL_E("act", ""));
    executor_run(&s.executor, 0);
    T_EQ(w.n_notes, 66);
    executor_return(&s.executor, 0);
    T_EQ(w.n_notes, 68);
    mcp_str notes = mcp_buf_str(&w.notes);

    T_HAS(notes, "\"data\":\"before\"}}\n{");
    T_HAS(notes, "\"data\":\"line 0\"}}\n{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\","
                 "\"params\":{\"level\":\"info\",\"data\":\"line 1\"");
    T_HAS(notes,
          "\"data\":\"line 62\"}}\n{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\","
          "\"params\":{\"progressToken\":\"t\",\"progress\":1.0001}}");
    T_HAS(notes, "\"data\":\"room again\"");
    T_HAS(notes, "\"progress\":2,\"message\":\"after\"");
    T_CHECK(!t_has(notes, MCP_STR("line 63")) && !t_has(notes, MCP_STR("back")));
    T_STR(mcp_buf_str(&s.log), "W act: 37 log messages to the client were dropped\n");
    wire_free(&w);
    scene_free(&s);
}

static bool is_full;

static bool peer_is_full(struct mcp_sink *sink)
{
    const struct wire *w = (const struct wire *)(const void *)sink;

    T_EQ(w->finishes, 0); /* it is a sink of the peer's, alive */
    return is_full;
}

static void a_peer_with_much_to_read_gets_no_log_but_progress_and_the_result(void)
{
    const char *const versions[] = {NULL, "2025-03-26"}; /* alone, and in a batch */
    struct scene s;
    struct wire w;

    for (int i = 0; i < 2; i++) {
        scene_init(&s, versions[i]);
        s.peer.is_full = peer_is_full;
        if (i) {
            say(&s, &w, REQUEST("logging/setLevel", "\"level\":\"debug\""));
            wire_free(&w);
        }
        for (int full = 1; full >= 0; full--) {
            is_full = full;
            say(&s, &w, i ? "[" CALL("act", TOKEN) "]" : CALL_E("act", ""));
            executor_all(&s.executor);
            T_EQ(w.finishes, 1);
            T_EQ(w.n_notes, full ? 1 : 3); /* of two progresses the newest */
            T_HAS(wire_reply(&w), "and goodbye");
            wire_free(&w);
        }
        T_STR(mcp_buf_str(&s.log), "W act: 2 log messages to the client were dropped\n");
        scene_free(&s);
    }
}

static void large_words(struct scene *s, struct mcp_call *call)
{
    static char text[300 << 10];

    tick(s);
    memset(text, 'x', sizeof(text) - 1);
    mcp_call_log(call, MCP_LEVEL_INFO, NULL, "%s", text); /* one may be larger than the room */
    mcp_call_log(call, MCP_LEVEL_INFO, NULL, "small");
    tick(s);
    mcp_call_log(call, MCP_LEVEL_INFO, NULL, "%.*s", 200 << 10, text);
    mcp_call_log(call, MCP_LEVEL_INFO, NULL, "%.*s", 200 << 10, text);
    tick(s);
    mcp_call_log(call, MCP_LEVEL_INFO, NULL, "room again");
    mcp_call_log(call, MCP_LEVEL_INFO, NULL, "and again");
}

static void the_bytes_that_wait_are_bounded_too(void)
{
    struct scene s;
    struct wire w;

    scene_init(&s, NULL);
    s.meanwhile = large_words;
    say(&s, &w, CALL_E("act", ""));
    executor_all(&s.executor);
    T_EQ(w.n_notes, 8); /* before, its progress, two large ones, two small, after, its progress */
    T_STR(mcp_buf_str(&s.log), "W act: 2 log messages to the client were dropped\n");
    wire_free(&w);
    scene_free(&s);
}

static void quiet_levels_and_requests_without_a_token_cost_no_mail(void)
{
    struct scene s;
    struct wire w;

    scene_init(&s, "2025-11-25");
    say(&s, &w, CALL("act", ""));
    executor_run(&s.executor, 0);
    T_EQ(s.executor.n_wakes, 0);
    executor_return(&s.executor, 0);
    T_EQ(w.n_notes, 0);
    wire_free(&w);
    scene_free(&s);
}

static struct wire to;

static void redirect(struct scene *s, struct mcp_call *call)
{
    (void)call;
    mcp_server_redirect(s->world.server, &s->wire->sink, &to.sink);
    s->wire->is_gone = true;
}

static void what_it_says_follows_its_caller(void)
{
    struct scene s;
    struct wire w;

    scene_init(&s, "2025-11-25");
    wire_init(&to);
    s.meanwhile = redirect;
    say(&s, &w, CALL("act", TOKEN));
    executor_all(&s.executor);
    T_EQ(w.n_notes, 0);
    T_EQ(to.n_notes, 1);
    T_HAS(wire_reply(&to), "and goodbye");
    wire_free(&w);
    wire_free(&to);
    scene_free(&s);
}

/* ---- Changes ---- */

static void announce_two(struct scene *s, struct mcp_call *call)
{
    mcp_call_changed(call, MCP_CHANGED_TOOLS, MCP_STR(""));
    mcp_call_changed(call, MCP_CHANGED_RESOURCE, MCP_STR("work://a"));
    mcp_call_changed(call, MCP_CHANGED_RESOURCE, MCP_STR(""));
    mcp_call_changed(call, MCP_CHANGED_PROMPTS, MCP_STR("")); /* not announced */
    (void)s;
}

static void announce_many(struct scene *s, struct mcp_call *call)
{
    static const char TOO_LONG[3000] = "work://";

    (void)s;
    mcp_call_changed(call, MCP_CHANGED_RESOURCE, mcp_str_n(TOO_LONG, sizeof(TOO_LONG)));
    for (int i = 0; i < 100; i++) {
        mcp_call_changed(call, MCP_CHANGED_RESOURCE, MCP_STR("work://nobody"));
    }
}

static void listen(struct scene *s, struct wire *w)
{
    wire_say(w, s->world.server, &s->peer,
             MCP_STR("{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"subscriptions/listen\",\"params\":"
                     "{" MODERN_META
                     ",\"notifications\":{\"toolsListChanged\":true,\"resourceSubscriptions\":["
                     "\"work://a\",\"work://b\"]}}}"));
    T_EQ(w->n_notes, 1);
}

static void a_worker_can_say_that_something_has_changed(void)
{
    struct scene s;
    struct wire w, ear;

    scene_init(&s, NULL);
    listen(&s, &ear);
    s.meanwhile = announce_two;
    say(&s, &w, CALL("act", "," MODERN_META));
    executor_run(&s.executor, 0);
    T_EQ(ear.n_notes, 1);
    T_EQ(s.executor.n_wakes, 1);
    tick(&s); /* while it runs, for all the loop knows */
    T_EQ(ear.n_notes, 4);
    T_HAS(mcp_buf_str(&ear.notes), "notifications/tools/list_changed");
    T_HAS(mcp_buf_str(&ear.notes), "\"uri\":\"work://a\"");
    T_HAS(mcp_buf_str(&ear.notes), "\"uri\":\"work://b\""); /* all of them */
    executor_return(&s.executor, 0);
    tick(&s);
    T_EQ(ear.n_notes, 4);
    mcp_server_cancel(s.world.server, &ear.sink);
    tick(&s);
    wire_free(&w);
    wire_free(&ear);
    scene_free(&s);
}

static void more_changes_than_there_is_room_for_are_told_as_any(void)
{
    struct scene s;
    struct wire w, ear;

    scene_init(&s, NULL);
    listen(&s, &ear);
    s.meanwhile = announce_many;
    say(&s, &w, CALL("act", "," MODERN_META));
    executor_run(&s.executor, 0);
    mcp_server_cancel(s.world.server, &w.sink); /* a change is true whoever waits */
    w.is_gone = true;
    executor_return(&s.executor, 0);
    tick(&s);
    T_EQ(ear.n_notes, 3);
    T_HAS(mcp_buf_str(&ear.notes), "\"uri\":\"work://a\"");
    T_HAS(mcp_buf_str(&ear.notes), "\"uri\":\"work://b\"");
    mcp_server_cancel(s.world.server, &ear.sink);
    tick(&s);
    wire_free(&w);
    wire_free(&ear);
    scene_free(&s);
}

/* ---- Waiting ---- */

static void cancel_1(void *user)
{
    tell(user, CANCEL("1"));
}

static void a_wait_ends_with_its_time_or_with_the_call(void)
{
    struct scene s;
    struct wire w;

    scene_init(&s, "2025-11-25");
    int64_t from_ms = s.world.now_ms;

    say(&s, &w, CALL("wait", ""));
    executor_all(&s.executor);
    T_HAS(wire_reply(&w), "slept");
    T_EQ(s.world.now_ms - from_ms, 3000);
    T_EQ(s.executor.n_waits, 1);
    wire_free(&w);
    s.executor.dream = cancel_1;
    s.executor.user = &s;
    say(&s, &w, CALL("wait", ""));
    executor_all(&s.executor);
    T_STR(wire_reply(&w), "");
    T_CHECK(s.was_cancelled);
    T_EQ(s.world.now_ms - from_ms, 3000);
    T_EQ(s.executor.n_rouses, 1);
    wire_free(&w);
    scene_free(&s);
}

static mcp_err wait_on_the_loop(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_text(call, mcp_call_wait(call, 1000000) ? "cancelled" : "not");
}

static void the_loop_does_not_sleep(void)
{
    static const struct mcp_tool ROWS[] = {
        {.name = "wait", .description = "Waits.", .fn = wait_on_the_loop}, {0}};
    const struct mcp_tool_set sets = {ROWS, NULL};
    pid_t child = fork();
    int status = 0;

    T_CHECK(child >= 0);
    if (child == 0) {
        struct world world;
        struct wire w;

        signal(SIGABRT, SIG_DFL);
        close(2); /* what assert() says */
        world_init(&world, &sets, 1);
        struct mcp_peer peer = peer_http(&world, NULL, NULL);

        wire_say(&w, world.server, &peer, MCP_STR(CALL("wait", "," MODERN_META)));
        _exit(t_has(mcp_buf_str(&w.reply), MCP_STR("not")) ? 0 : 1);
    }
    T_CHECK(waitpid(child, &status, 0) == child);
#ifdef NDEBUG
    T_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
#else
    T_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
#endif
}

static const struct t_case CASES[] = {
    T(a_blocking_handler_holds_nothing_up),
    T(several_run_at_once_and_end_in_any_order),
    T(a_handler_can_begin_on_the_loop_go_over_and_come_back),
    T(without_room_the_call_is_refused_and_the_next_is_not),
    T(resources_and_prompts_may_block_too),
    T(the_others_of_an_array_do_not_wait_but_its_reply_does),
    T(a_blocking_row_without_an_executor_is_named),
    T(a_negative_time_limit_is_named),
    T(the_newest_progress_and_some_lines_reach_the_client_in_order),
    T(a_peer_with_much_to_read_gets_no_log_but_progress_and_the_result),
    T(the_bytes_that_wait_are_bounded_too),
    T(quiet_levels_and_requests_without_a_token_cost_no_mail),
    T(what_it_says_follows_its_caller),
    T(a_worker_can_say_that_something_has_changed),
    T(more_changes_than_there_is_room_for_are_told_as_any),
    T(a_wait_ends_with_its_time_or_with_the_call),
    T(the_loop_does_not_sleep),
};
T_MAIN("mcp/engine_work", CASES)
