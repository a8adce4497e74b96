/* mcp/test/engine_deadline_test.c - time limits of handlers on the loop thread. Those of workers:
 * engine_work_end_test.c. */
#include "engine_tools.h"

#include <mcp/ask.h>

struct late {
    int64_t now_ms;
    struct mcp_call *waiting; /* what "wait" left */
    bool was_cancelled;
    int ends[MCP_ERR_COUNT]; /* that a counter heard of */
};

static void count_end(void *user, const struct mcp_ended *e)
{
    struct late *l = user;

    T_CHECK(!e->tool || e->tool->fn);
    l->ends[e->err]++;
}

static mcp_err wait_for_ever(struct mcp_call *call, void *user)
{
    ((struct late *)user)->waiting = call;
    return MCP_PENDING;
}

static mcp_err late_step(struct mcp_call *call, void *user)
{
    ((struct late *)user)->was_cancelled = mcp_call_is_cancelled(call);
    return mcp_text(call, "too late");
}

static mcp_err step_in_a_second(struct mcp_call *call, void *user)
{
    return mcp_call_after(call, 1000, late_step, user);
}

static mcp_err ask_then_wait(struct mcp_call *call, void *user)
{
    mcp_err err = mcp_ask_roots(call, "roots");

    return err ? err : step_in_a_second(call, user);
}

static const struct mcp_tool LATE_TOOLS[] = {
    {.name = "now", .description = "Is quick.", .time_limit_ms = 300, .fn = nothing},
    {.name = "wait", .description = "Waits.", .time_limit_ms = 300, .fn = wait_for_ever},
    {.name = "step", .description = "Steps.", .time_limit_ms = 300, .fn = step_in_a_second},
    {.name = "slow", .description = "Steps.", .time_limit_ms = 1001, .fn = step_in_a_second},
    {.name = "usual", .description = "Waits.", .fn = wait_for_ever},
    {.name = "free",
     .description = "Waits.",
     .time_limit_ms = MCP_NO_TIME_LIMIT,
     .fn = wait_for_ever},
    {.name = "ask", .description = "Asks.", .time_limit_ms = 1500, .fn = ask_then_wait},
    {0},
};

struct play {
    struct world world;
    struct late late;
    struct mcp_session *session;
    struct mcp_peer peer;
};

static void play_init(struct play *p, const char *version, int64_t time_limit_ms)
{
    const struct mcp_tool_set sets = {LATE_TOOLS, &p->late};
    char text[300];
    struct wire w;

    *p = (struct play){.late = {.waiting = NULL}};
    world_init_with(&p->world, &(struct mcp_server_options){.tools = &sets,
                                                            .n_tools = 1,
                                                            .time_limit_ms = time_limit_ms,
                                                            .on_end = count_end,
                                                            .on_end_user = &p->late});
    p->session = mcp_session_new(p->world.server);
    p->peer = peer_stdio(p->session);
    snprintf(text, sizeof(text),
             REQUEST("initialize", "\"protocolVersion\":\"%s\",\"capabilities\":{\"roots\":{}},"
                                   "\"clientInfo\":{\"name\":\"c\",\"version\":\"1\"}"),
             version);
    wire_say(&w, p->world.server, &p->peer, mcp_str_c(text));
    T_EQ(w.err, MCP_OK);
    wire_free(&w);
}

static void play_free(struct play *p)
{
    mcp_session_free(p->session);
    world_free(&p->world);
}

static void call(struct play *p, struct wire *w, const char *message)
{
    wire_say(w, p->world.server, &p->peer, mcp_str_c(message));
}

/* Go on by `ms`; what the next thing is due in. */
static int64_t pass(struct play *p, int64_t ms)
{
    p->world.now_ms += ms;
    return mcp_server_tick(p->world.server);
}

static void a_quick_handler_leaves_no_timer(void)
{
    struct play p;
    struct wire w;

    play_init(&p, "2025-11-25", 100);
    call(&p, &w, CALL("now", ""));
    T_EQ(w.err, MCP_OK);
    T_EQ(pass(&p, 0), -1);
    wire_free(&w);
    play_free(&p);
}

static void one_that_waits_is_answered_for_and_may_end_when_it_likes(void)
{
    struct play p;
    struct wire w, again;

    play_init(&p, "2025-11-25", 0);
    call(&p, &w, CALL("wait", ""));
    T_EQ(pass(&p, 299), 1);
    T_EQ(w.finishes, 0);
    T_EQ(pass(&p, 1), -1);
    T_EQ(w.err, MCP_E_TIMED_OUT);
    T_HAS(wire_reply(&w), "\"id\":1,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"the "
                          "tool took longer than 300 ms\"}],\"isError\":true}");
    T_CHECK(mcp_call_is_cancelled(p.late.waiting));
    struct mcp_call *old = p.late.waiting;

    call(&p, &again, CALL("wait", "")); /* its id is free */
    T_EQ(again.finishes, 0);
    mcp_progress(old, 1, 0, MCP_STR(""));
    mcp_text(old, "dropped");
    mcp_call_done(old, MCP_OK);
    T_EQ(w.finishes, 1);
    mcp_call_done(p.late.waiting, MCP_OK);
    T_EQ(again.err, MCP_OK);
    T_EQ(pass(&p, 300), -1);
    T_EQ(mcp_server_calls(p.world.server), 0);
    T_EQ(p.late.ends[MCP_E_TIMED_OUT], 1);
    T_EQ(p.late.ends[MCP_OK], 1); /* the second call: the first has ended before */
    wire_free(&w);
    wire_free(&again);
    play_free(&p);
}

static void a_step_that_is_waited_for_comes_due_and_sees_it(void)
{
    struct play p;
    struct wire w, slow;

    play_init(&p, "2025-11-25", 0);
    call(&p, &w, CALL("step", ""));
    pass(&p, 300);
    T_HAS(wire_reply(&w), "took longer than 300 ms");
    pass(&p, 0);
    T_CHECK(p.late.was_cancelled);
    T_EQ(mcp_server_calls(p.world.server), 0);
    call(&p, &slow, CALL("slow", ""));
    T_EQ(pass(&p, 999), 1);
    T_EQ(pass(&p, 1), -1); /* in time, by one */
    T_HAS(wire_reply(&slow), "too late");
    wire_free(&w);
    wire_free(&slow);
    play_free(&p);
}

static void the_servers_limit_is_for_rows_that_say_none(void)
{
    struct play p;
    struct wire w;

    play_init(&p, "2025-11-25", 100);
    call(&p, &w, CALL("usual", ""));
    T_EQ(pass(&p, 0), 100);
    pass(&p, 100);
    T_HAS(wire_reply(&w), "took longer than 100 ms");
    mcp_call_done(p.late.waiting, MCP_OK);
    wire_free(&w);
    call(&p, &w, CALL("wait", ""));
    T_EQ(pass(&p, 100), 200);
    mcp_call_done(p.late.waiting, MCP_OK);
    wire_free(&w);
    call(&p, &w, CALL("free", ""));
    T_EQ(pass(&p, 100000), -1);
    mcp_call_done(p.late.waiting, MCP_OK);
    T_EQ(w.err, MCP_OK);
    wire_free(&w);
    play_free(&p);
}

static void answer_roots(struct play *p, const struct wire *asked)
{
    mcp_str notes = mcp_buf_str(&asked->notes);
    const char *id = memmem(notes.ptr, notes.len, "\"ask-1-", 7);
    char text[200];
    struct wire w;

    T_CHECK(id != NULL);
    snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"id\":%.24s,\"result\":{\"roots\":[]}}",
             id);
    wire_say(&w, p->world.server, &p->peer, mcp_str_c(text));
    wire_free(&w);
}

static void a_client_that_thinks_uses_up_no_time(void)
{
    struct play p;
    struct wire w;

    play_init(&p, "2025-11-25", 0);
    call(&p, &w, CALL("ask", ""));
    T_EQ(w.n_notes, 1);
    pass(&p, 500000);
    T_EQ(w.finishes, 0);
    answer_roots(&p, &w);
    T_EQ(pass(&p, 0), 1000); /* the step, and behind it the limit */
    T_EQ(pass(&p, 999), 1);
    pass(&p, 1);
    T_HAS(wire_reply(&w), "too late");
    T_EQ(pass(&p, 0), -1);
    wire_free(&w);
    play_free(&p);
}

static void in_an_array_only_the_late_one_is_late(void)
{
    struct play p;
    struct wire w;

    play_init(&p, "2025-03-26", 0);
    call(&p, &w, "[" CALL("wait", "") ",{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}]");
    pass(&p, 300);
    T_HAS(wire_reply(&w), "\"id\":2,\"result\":{}");
    T_HAS(wire_reply(&w), "took longer than 300 ms");
    mcp_call_done(p.late.waiting, MCP_OK);
    wire_free(&w);
    play_free(&p);
}

static void a_cancelled_call_is_not_late_as_well(void)
{
    struct play p;
    struct wire w, cancel;

    play_init(&p, "2025-11-25", 0);
    call(&p, &w, CALL("wait", ""));
    call(&p, &cancel, CANCEL("1"));
    T_STR(wire_reply(&w), "");
    T_EQ(pass(&p, 0), -1);
    T_EQ(pass(&p, 300), -1);
    mcp_call_done(p.late.waiting, MCP_OK);
    T_EQ(w.finishes, 1);
    wire_free(&w);
    wire_free(&cancel);
    play_free(&p);
}

static void many_limits_come_due_in_order(void)
{
    struct play p;
    struct wire w[50];
    struct mcp_call *calls[50];

    play_init(&p, "2025-11-25", 0);
    p.peer = peer_stdio(NULL);
    p.peer.claim = MCP_SESSION_ABSENT;
    for (int i = 0; i < 50; i++) {
        p.world.now_ms = 1000000 + i * 37 % 50;
        call(&p, &w[i], CALL_E("wait", ""));
        calls[i] = p.late.waiting;
    }
    for (int i = 0; i < 50; i += 3) {
        mcp_call_done(calls[i], MCP_OK);
    }
    for (p.world.now_ms = 1000300; p.world.now_ms < 1000350; p.world.now_ms++) {
        pass(&p, 0);
        for (int i = 0; i < 50; i++) {
            T_EQ(w[i].finishes, i % 3 == 0 || p.world.now_ms >= 1000300 + i * 37 % 50);
        }
    }
    for (int i = 0; i < 50; i++) {
        if (i % 3) {
            mcp_call_done(calls[i], MCP_OK);
        }
        wire_free(&w[i]);
    }
    play_free(&p);
}

static const struct t_case CASES[] = {
    T(a_quick_handler_leaves_no_timer),
    T(one_that_waits_is_answered_for_and_may_end_when_it_likes),
    T(a_step_that_is_waited_for_comes_due_and_sees_it),
    T(the_servers_limit_is_for_rows_that_say_none),
    T(a_client_that_thinks_uses_up_no_time),
    T(in_an_array_only_the_late_one_is_late),
    T(a_cancelled_call_is_not_late_as_well),
    T(many_limits_come_due_in_order),
};
T_MAIN("mcp/engine_deadline", CASES)
