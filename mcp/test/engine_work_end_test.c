/* mcp/test/engine_work_end_test.c - how calls with blocking handlers end: later steps, questions,
 * and every interleaving with what ends a call (working.h). */
#include "work_tools.h"

/* ---- Later, and asking ---- */

static void a_worker_can_go_back_to_the_loop(void)
{
    struct scene s;
    struct wire w;

    scene_init(&s, "2025-11-25");
    say(&s, &w, CALL("back", ""));
    executor_run(&s.executor, 0);
    s.world.now_ms += 5000; /* the delay begins when the loop has it back */
    executor_return(&s.executor, 0);
    T_EQ(mcp_server_working(s.world.server), 0);
    T_EQ(mcp_server_tick(s.world.server), 250);
    T_EQ(w.finishes, 0);
    s.world.now_ms += 250;
    tick(&s);
    T_HAS(wire_reply(&w), "on a worker\"},{\"type\":\"text\",\"text\":\"on the loop");
    T_CHECK(!s.was_cancelled);
    wire_free(&w);
    say(&s, &w, CALL("back", ""));
    executor_run(&s.executor, 0);
    tell(&s, CANCEL("1"));
    executor_return(&s.executor, 0);
    tick(&s); /* at once */
    T_CHECK(s.was_cancelled);
    T_EQ(mcp_server_calls(s.world.server), 0);
    wire_free(&w);
    scene_free(&s);
}

static void pending_alone_is_a_bug_that_is_said(void)
{
    struct scene s;
    struct wire w;

    scene_init(&s, "2025-11-25");
    say(&s, &w, CALL("pending", ""));
    executor_all(&s.executor);
    T_EQ(w.err, MCP_E_INTERNAL);
    T_HAS(wire_reply(&w), "a blocking handler returned MCP_PENDING without mcp_call_after()");
    T_HAS(mcp_buf_str(&s.log), "E pending: INTERNAL");
    wire_free(&w);
    scene_free(&s);
}

static void a_modern_client_is_asked_in_rounds(void)
{
    struct scene s;
    struct wire w;

    scene_init(&s, NULL);
    say(&s, &w, CALL_E("ask", ""));
    executor_all(&s.executor);
    T_HAS(wire_reply(&w), "\"resultType\":\"input_required\"");
    T_HAS(wire_reply(&w), "\"first\":{\"method\":\"roots/list\"");
    wire_free(&w);
    scene_free(&s);
}

/* The id of the n-th request to the client. */
static void answer(struct scene *s, const struct wire *w, const char *result)
{
    mcp_str notes = mcp_buf_str(&w->notes);
    char text[600], id[64] = "";

    for (size_t i = 0; i + 10 < notes.len; i++) { /* the last one */
        if (memcmp(notes.ptr + i, "\"id\":\"ask-", 10) == 0 && i + 50 < notes.len) {
            const char *from = notes.ptr + i + 5;
            const char *end = memchr(from + 1, '"', 40);

            snprintf(id, sizeof(id), "%.*s", (int)(end - from + 1), from);
        }
    }
    snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%s}", id, result);
    tell(s, text);
}

#define SAMPLED                                                                                    \
    "{\"role\":\"assistant\",\"model\":\"m\",\"content\":{\"type\":\"text\",\"text\":\"fine\"}}"

/* The session is the loop's: a worker that asks must not look at it. */
static void a_legacy_client_is_asked_and_the_handler_runs_again(void)
{
    struct scene s;
    struct wire w;

    scene_init(&s, "2025-11-25");
    say(&s, &w, CALL("ask", ""));
    executor_all(&s.executor);
    T_EQ(w.n_notes, 1);
    s.world.now_ms += 60000; /* a client that thinks does not use up the handler's time */
    tick(&s);
    T_EQ(s.executor.n, 0);
    answer(&s, &w, "{\"roots\":[]}");
    tick(&s);
    executor_all(&s.executor);
    T_EQ(w.n_notes, 2);
    answer(&s, &w, SAMPLED);
    tick(&s);
    T_EQ(mcp_server_tick(s.world.server), 5000); /* all of it again */
    executor_all(&s.executor);
    T_HAS(wire_reply(&w), "\"text\":\"fine, a value\"");
    T_EQ(s.n_runs, 3);
    T_EQ(mcp_server_waiting(s.world.server), 0);
    wire_free(&w);
    scene_free(&s);
}

static void end_session(struct scene *s, struct mcp_call *call)
{
    (void)call;
    mcp_session_free(s->session);
    s->session = NULL;
    s->peer.session = NULL;
}

static void a_session_may_end_while_its_handler_asks(void)
{
    struct scene s;
    struct wire w;

    scene_init(&s, "2025-11-25");
    say(&s, &w, CALL("ask", ""));
    executor_all(&s.executor);
    answer(&s, &w, "{\"roots\":[]}");
    tick(&s);
    s.meanwhile = end_session;
    executor_all(&s.executor);
    T_STR(wire_reply(&w), "");
    T_EQ(s.n_runs, 2);
    T_EQ(s.asked, MCP_ASKING); /* it still knows what the client can */
    T_EQ(mcp_server_calls(s.world.server), 0);
    wire_free(&w);
    scene_free(&s);
}

/* ---- Without JSON-RPC ---- */

struct rest {
    struct mcp_outcome_sink sink;
    int finishes;
    mcp_err err;
    char text[200];
};

static void rest_finish(struct mcp_outcome_sink *sink, const struct mcp_outcome *o)
{
    struct rest *r = (struct rest *)(void *)sink;

    r->finishes++;
    r->err = o->err;
    snprintf(r->text, sizeof(r->text), "%.*s%.*s", MCP_STR_ARG(o->text), MCP_STR_ARG(o->message));
}

static void rest_waits_for_workers_as_well(void)
{
    const struct mcp_principal who = WIRE_EVERYTHING;
    struct rest r = {.sink = {.finish = rest_finish}};
    struct scene s;

    scene_init(&s, NULL);
    mcp_server_invoke(s.world.server, MCP_STR("act"), MCP_STR("{\"name\":\"R\"}"), &who, &r.sink);
    executor_all(&s.executor);
    T_EQ(r.finishes, 1);
    T_STR(mcp_str_c(r.text), "hello R\nand goodbye");
    mcp_server_invoke(s.world.server, MCP_STR("act"), MCP_STR(""), &who, &r.sink);
    executor_run(&s.executor, 0);
    s.world.now_ms += 5000;
    tick(&s);
    T_EQ(r.finishes, 2);
    T_EQ(r.err, MCP_E_TIMED_OUT);
    T_STR(mcp_str_c(r.text), "the tool took longer than 5000 ms");
    executor_return(&s.executor, 0);
    mcp_server_invoke(s.world.server, MCP_STR("act"), MCP_STR(""), &who, &r.sink);
    executor_run(&s.executor, 0);
    mcp_server_invoke_cancel(s.world.server, &r.sink);
    executor_return(&s.executor, 0);
    T_EQ(r.finishes, 2);
    T_EQ(mcp_server_calls(s.world.server), 0);
    scene_free(&s);
}

/* ---- Every interleaving ---- */

enum event { NOTHING, CANCELLED, LATE, GONE, SESSION_OVER, SERVER_OVER, EVENTS };
enum moment { WAITING, RUNNING, OVER, MOMENTS };

static const struct {
    int finishes;
    const char *has;
} ENDS[EVENTS] = {
    [NOTHING] = {1, "and goodbye"},
    [CANCELLED] = {1, ""},
    [LATE] = {1, "{\"content\":[{\"type\":\"text\",\"text\":\"the tool took longer than 5000 "
                 "ms\"}],\"isError\":true}"},
    [GONE] = {0, ""},
    [SESSION_OVER] = {1, ""},
    [SERVER_OVER] = {0, ""},
};

static void happen(struct scene *s, enum event event)
{
    switch (event) {
    case CANCELLED:
        tell(s, CANCEL("1"));
        break;
    case LATE:
        s->world.now_ms += 4999;
        tick(s);
        T_EQ(s->wire->finishes, 0);
        s->world.now_ms += 1;
        tick(s);
        break;
    case GONE:
        mcp_server_cancel(s->world.server, &s->wire->sink);
        s->wire->is_gone = true;
        break;
    case SERVER_OVER:
        happen(s, GONE);
        end_session(s, NULL);
        mcp_server_free(s->world.server);
        s->world.server = NULL;
        break;
    case SESSION_OVER:
        end_session(s, NULL);
        break;
    default:
        break;
    }
}

static enum event events_meanwhile[2];

static void meanwhile(struct scene *s, struct mcp_call *call)
{
    for (int i = 0; i < 2; i++) {
        if (s->world.server) {
            happen(s, events_meanwhile[i]);
        }
    }
    T_CHECK(mcp_call_is_cancelled(call) == (events_meanwhile[0] || events_meanwhile[1]));
}

/* A call, and what happens at one moment of it. */
static void play(enum event event, enum moment moment, bool never_drops, mcp_err end)
{
    struct scene s;
    struct wire w;

    scene_init(&s, "2025-11-25");
    s.executor.never_drops = never_drops;
    s.end = end;
    events_meanwhile[0] = moment == RUNNING ? event : NOTHING;
    events_meanwhile[1] = NOTHING;
    s.meanwhile = meanwhile;
    say(&s, &w, CALL("act", TOKEN));
    if (moment == WAITING) {
        happen(&s, event);
    }
    bool is_dropped = s.executor.n == 0;

    T_CHECK(is_dropped == (moment == WAITING && event && !never_drops));
    if (!is_dropped) {
        executor_run(&s.executor, 0);
        T_EQ(s.n_runs, moment == WAITING && event ? 0 : 1);
        if (moment == OVER) {
            happen(&s, event);
        }
        executor_return(&s.executor, 0);
    }
    T_EQ(w.finishes, ENDS[event].finishes);
    if (event == NOTHING && end) {
        T_HAS(mcp_buf_str(&w.reply), "no more ");
    } else {
        T_HAS(mcp_buf_str(&w.reply), ENDS[event].has);
    }
    T_CHECK(ENDS[event].has[0] || w.reply.len == 0);
    if (s.world.server) {
        T_EQ(mcp_server_calls(s.world.server), 0);
        T_EQ(mcp_server_working(s.world.server), 0);
        T_EQ(mcp_server_tick(s.world.server), -1);
    }
    T_HAS(mcp_buf_str(&s.log), event == LATE ? "W act: TIMED_OUT\n" : "");
    wire_free(&w);
    scene_free(&s);
}

static void whatever_happens_whenever_the_caller_hears_the_right_thing_once(void)
{
    for (int event = 0; event < EVENTS; event++) {
        for (int moment = 0; moment < MOMENTS; moment++) {
            play((enum event)event, (enum moment)moment, false, MCP_OK);
            play((enum event)event, (enum moment)moment, true, MCP_OK);
            play((enum event)event, (enum moment)moment, false, MCP_E_CONFLICT);
        }
    }
}

static void two_things_may_happen_while_it_runs(void)
{
    for (int first = CANCELLED; first < EVENTS; first++) {
        for (int second = CANCELLED; second < EVENTS; second++) {
            struct scene s;
            struct wire w;

            if (second == LATE || (first == SESSION_OVER && second == CANCELLED)) {
                continue; /* there is nothing left to be late, or nobody to say it */
            }
            scene_init(&s, "2025-11-25");
            events_meanwhile[0] = (enum event)first;
            events_meanwhile[1] = (enum event)second;
            s.meanwhile = meanwhile;
            say(&s, &w, CALL("act", TOKEN));
            executor_run(&s.executor, 0);
            executor_return(&s.executor, 0);
            T_EQ(w.finishes, ENDS[first].finishes);
            T_CHECK(s.was_cancelled);
            wire_free(&w);
            scene_free(&s);
        }
    }
}

static void an_id_is_free_again_after_its_time_limit(void)
{
    struct scene s;
    struct wire late, again;

    scene_init(&s, "2025-11-25");
    say(&s, &late, CALL("act", ""));
    executor_run(&s.executor, 0);
    s.world.now_ms += 5000;
    tick(&s);
    T_HAS(wire_reply(&late), "took longer than 5000 ms");
    T_EQ(mcp_server_calls(s.world.server), 1); /* still out */
    say(&s, &again, CALL("act", ""));
    executor_run(&s.executor, 1);
    executor_return(&s.executor, 1);
    T_HAS(wire_reply(&again), "and goodbye");
    executor_return(&s.executor, 0);
    T_EQ(mcp_server_calls(s.world.server), 0);
    wire_free(&late);
    wire_free(&again);
    scene_free(&s);
}

static void a_late_resource_or_prompt_is_an_error(void)
{
    struct scene s;
    struct wire w;

    scene_init(&s, NULL);
    say(&s, &w, REQUEST("resources/read", LOGS ",\"uri\":\"work://x\""));
    executor_run(&s.executor, 0);
    s.world.now_ms += 700;
    tick(&s);
    T_EQ(w.err, MCP_E_INTERNAL);
    T_HAS(wire_reply(&w), "\"error\":{\"code\":-32603,\"message\":\"the resource took longer than "
                          "700 ms\"}");
    executor_return(&s.executor, 0);
    wire_free(&w);
    s.end = MCP_E_TIMED_OUT; /* or one that says so itself */
    say(&s, &w, REQUEST("prompts/get", LOGS ",\"name\":\"work\""));
    executor_all(&s.executor);
    T_HAS(wire_reply(&w), "\"error\":{\"code\":-32603,\"message\":\"no more \"}");
    wire_free(&w);
    scene_free(&s);
}

/* Handlers that outlive the server: the last one turns off the light. */
static void several_handlers_may_outlive_the_server(void)
{
    struct scene s;
    struct wire w[5];

    scene_init(&s, NULL);
    s.peer.session = NULL;
    s.peer.claim = MCP_SESSION_ABSENT;
    for (int i = 0; i < 5; i++) {
        say(&s, &w[i], i < 4 ? CALL_E("act", "") : CALL_E("back", ""));
        w[i].is_gone = true;
    }
    executor_run(&s.executor, 4); /* now it has a step of its own on the loop */
    executor_return(&s.executor, 4);
    executor_run(&s.executor, 0);
    executor_run(&s.executor, 1);
    end_session(&s, NULL);
    mcp_server_free(s.world.server);
    s.world.server = NULL;
    T_EQ(s.executor.n, 2); /* those that had not begun never will */
    T_EQ(s.executor.n_drops, 2);
    executor_return(&s.executor, 1);
    executor_return(&s.executor, 0);
    for (int i = 0; i < 5; i++) {
        T_EQ(w[i].finishes, 0);
        wire_free(&w[i]);
    }
    scene_free(&s);
}

static void one_that_is_never_begun_ends_as_overloaded(void)
{
    struct scene s;
    struct wire w;

    scene_init(&s, "2025-11-25");
    say(&s, &w, CALL("act", ""));
    executor_return(&s.executor, 0);
    T_EQ(w.err, MCP_E_OVERLOADED);
    T_HAS(wire_reply(&w), "\"code\":1503");
    wire_free(&w);
    scene_free(&s);
}

static const struct t_case CASES[] = {
    T(a_worker_can_go_back_to_the_loop),
    T(pending_alone_is_a_bug_that_is_said),
    T(a_modern_client_is_asked_in_rounds),
    T(a_legacy_client_is_asked_and_the_handler_runs_again),
    T(a_session_may_end_while_its_handler_asks),
    T(rest_waits_for_workers_as_well),
    T(whatever_happens_whenever_the_caller_hears_the_right_thing_once),
    T(two_things_may_happen_while_it_runs),
    T(an_id_is_free_again_after_its_time_limit),
    T(a_late_resource_or_prompt_is_an_error),
    T(several_handlers_may_outlive_the_server),
    T(one_that_is_never_begun_ends_as_overloaded),
};
T_MAIN("mcp/engine_work_end", CASES)
