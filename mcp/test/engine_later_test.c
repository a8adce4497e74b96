/* mcp/test/engine_later_test.c - time, cancellation, batches, scope and rate. */
#include "engine_tools.h"

/* ---- Later ---- */

static void a_delayed_call_ends_when_its_time_comes(void)
{
    struct stage s;
    struct wire a, b;

    stage_init(&s, "2025-11-25");
    T_EQ(mcp_server_tick(s.world.server), -1);
    say(&s, &a, CALL("sleep", ""));
    s.world.now_ms += 400;
    say(&s, &b, CALL_E("nothing", ""));
    wire_free(&b);
    s.peer = peer_stdio(NULL);
    s.peer.claim = MCP_SESSION_ABSENT;
    say(&s, &b, CALL_E("sleep", ""));
    T_EQ(mcp_server_tick(s.world.server), 600);
    T_EQ(a.finishes, 0);
    s.world.now_ms += 600;
    T_EQ(mcp_server_tick(s.world.server), 400);
    T_HAS(wire_reply(&a), "slept");
    T_EQ(b.finishes, 0);
    s.world.now_ms += 4000;
    T_EQ(mcp_server_tick(s.world.server), -1);
    T_HAS(wire_reply(&b), "slept");
    T_EQ(mcp_server_calls(s.world.server), 0);
    wire_free(&a);
    wire_free(&b);
    stage_free(&s);
}

static void many_timers_fire_in_order(void)
{
    struct stage s;
    struct wire w[40];
    int64_t last = -1;

    stage_init(&s, NULL);
    s.peer.claim = MCP_SESSION_ABSENT;
    for (int i = 0; i < 40; i++) {
        s.world.now_ms = 1000000 + i * 37 % 40;
        say(&s, &w[i], CALL_E("sleep", ""));
    }
    for (int i = 0; i < 40; i += 3) {
        mcp_server_cancel(s.world.server, &w[i].sink);
        w[i].is_gone = true;
    }
    for (s.world.now_ms = 1000999; s.world.now_ms < 1001041; s.world.now_ms++) {
        mcp_server_tick(s.world.server);
        for (int i = 0; i < 40; i++) {
            bool is_due = s.world.now_ms >= 1001000 + i * 37 % 40;

            T_EQ(w[i].finishes, is_due && i % 3 ? 1 : 0);
        }
        last = mcp_server_tick(s.world.server);
    }
    T_EQ(last, -1);
    for (int i = 0; i < 40; i++) {
        wire_free(&w[i]);
    }
    stage_free(&s);
}

static void a_waiting_call_is_answered_late_and_once(void)
{
    struct stage s;
    struct wire w;

    stage_init(&s, "2025-11-25");
    say(&s, &w, CALL("wait", ""));
    T_EQ(w.finishes, 0);
    T_EQ(mcp_server_calls(s.world.server), 1);
    mcp_text(s.waiting.calls[0], "late");
    mcp_call_done(s.waiting.calls[0], MCP_OK);
    T_HAS(wire_reply(&w), "late");
    T_EQ(mcp_server_calls(s.world.server), 0);
    wire_free(&w);
    stage_free(&s);
}

static void an_id_in_flight_is_refused_within_its_session_only(void)
{
    struct stage s;
    struct wire a, b, c, d;

    stage_init(&s, "2025-11-25");
    say(&s, &a, CALL("wait", ""));
    say(&s, &b, CALL("wait", ""));
    T_EQ(b.err, MCP_E_INVALID_REQUEST);
    T_HAS(wire_reply(&b), "\"id\":1,\"error\":{\"code\":-32600");
    wire_free(&b);
    say(&s, &b, CALL_E("wait", "")); /* the same connection, the other era */
    T_EQ(b.err, MCP_E_INVALID_REQUEST);
    struct mcp_session *other = mcp_session_new(s.world.server);
    struct mcp_peer peer = peer_stdio(other);

    wire_say(&c, s.world.server, &peer, MCP_STR(CALL_E("wait", "")));
    T_EQ(c.finishes, 0);
    struct mcp_http_claims http = {.protocol_version = MCP_STR("2026-07-28"),
                                   .method = MCP_STR("tools/call"),
                                   .name = MCP_STR("wait")};

    peer = peer_http(&s.world, s.session, &http); /* a session id means nothing there */
    wire_say(&d, s.world.server, &peer, MCP_STR(CALL_E("wait", "")));
    T_EQ(d.finishes, 0);
    T_EQ(s.waiting.n, 3);
    for (size_t i = 0; i < 3; i++) {
        mcp_call_done(s.waiting.calls[i], MCP_OK);
    }
    T_EQ(a.finishes + c.finishes + d.finishes, 3);
    wire_free(&a), wire_free(&b), wire_free(&c), wire_free(&d);
    say(&s, &a, CALL("nothing", "")); /* free again */
    T_EQ(a.err, MCP_OK);
    wire_free(&a);
    mcp_session_free(other);
    stage_free(&s);
}

/* ---- Cancellation ---- */

static void a_cancelled_call_gets_no_reply(void)
{
    struct stage s;
    struct wire call, cancel;

    stage_init(&s, "2025-11-25");
    say(&s, &call, CALL("wait", ""));
    say(&s, &cancel, CANCEL("2"));
    T_STR(wire_reply(&cancel), "");
    T_EQ(call.finishes, 0);
    wire_free(&cancel);
    say(&s, &cancel, CANCEL("1"));
    T_STR(wire_reply(&cancel), "");
    T_STR(wire_reply(&call), "");
    T_EQ(call.http_status, 202);
    T_CHECK(mcp_call_is_cancelled(s.waiting.calls[0]));
    wire_free(&cancel);
    say(&s, &cancel, CANCEL("1")); /* a race lost */
    T_STR(wire_reply(&cancel), "");
    mcp_progress(s.waiting.calls[0], 1, 0, MCP_STR(""));
    mcp_text(s.waiting.calls[0], "too late");
    mcp_call_done(s.waiting.calls[0], MCP_OK);
    T_EQ(call.finishes, 1);
    T_EQ(mcp_server_calls(s.world.server), 0);
    wire_free(&call);
    wire_free(&cancel);
    stage_free(&s);
}

static void a_modern_call_on_stdio_is_cancelled_by_its_id(void)
{
    struct stage s;
    struct wire call, cancel;

    stage_init(&s, NULL);
    say(&s, &call, CALL_E("sleep", ""));
    say(&s, &cancel, CANCEL("1"));
    T_STR(wire_reply(&call), "");
    T_EQ(mcp_server_tick(s.world.server), -1); /* its step comes due at once */
    T_EQ(mcp_server_calls(s.world.server), 0);
    wire_free(&call);
    wire_free(&cancel);
    stage_free(&s);
}

static void another_session_cannot_cancel(void)
{
    struct stage s;
    struct wire call, cancel;

    stage_init(&s, "2025-11-25");
    say(&s, &call, CALL("wait", ""));
    struct mcp_session *other = mcp_session_new(s.world.server);
    struct mcp_peer peer = peer_stdio(other);

    wire_say(&cancel, s.world.server, &peer, MCP_STR(CANCEL("1")));
    T_CHECK(!mcp_call_is_cancelled(s.waiting.calls[0]));
    mcp_call_done(s.waiting.calls[0], MCP_OK);
    T_EQ(call.finishes, 1);
    wire_free(&call);
    wire_free(&cancel);
    mcp_session_free(other);
    stage_free(&s);
}

static void a_sink_that_is_gone_hears_nothing(void)
{
    struct stage s;
    struct wire w;

    stage_init(&s, "2025-11-25");
    say(&s, &w, CALL("wait", ",\"_meta\":{\"progressToken\":1}"));
    mcp_server_cancel(s.world.server, &w.sink);
    w.is_gone = true;
    mcp_server_cancel(s.world.server, &w.sink);
    mcp_progress(s.waiting.calls[0], 1, 0, MCP_STR(""));
    mcp_call_done(s.waiting.calls[0], MCP_OK);
    T_EQ(w.finishes, 0);
    wire_free(&w);
    stage_free(&s);
}

static void work_can_go_on_for_another_sink(void)
{
    struct stage s;
    struct wire w, to;

    stage_init(&s, "2025-11-25");
    wire_init(&to);
    say(&s, &w, CALL("wait", ",\"_meta\":{\"progressToken\":1}"));
    mcp_server_redirect(s.world.server, &w.sink, &to.sink);
    w.is_gone = true;
    mcp_progress(s.waiting.calls[0], 1, 0, MCP_STR(""));
    T_EQ(to.n_notes, 1);
    mcp_call_done(s.waiting.calls[0], MCP_OK);
    T_HAS(wire_reply(&to), "\"id\":1,\"result\"");
    wire_free(&w);
    wire_free(&to);
    stage_free(&s);
}

static void freeing_a_session_cancels_what_runs_in_it(void)
{
    struct stage s;
    struct wire a, b;

    stage_init(&s, "2025-11-25");
    say(&s, &a, CALL("wait", ""));
    say(&s, &b, CALL_E("sleep", ""));
    T_EQ(b.err, MCP_E_INVALID_REQUEST);
    mcp_session_free(s.session);
    s.session = NULL;
    T_STR(wire_reply(&a), "");
    mcp_call_done(s.waiting.calls[0], MCP_OK);
    wire_free(&a);
    wire_free(&b);
    stage_free(&s);
}

/* ---- A transport that acts while it is told ---- */

struct nested {
    struct mcp_sink sink;
    struct stage *stage;
    struct wire inner;
    struct mcp_buf before, after; /* the outer reply, around the inner message */
};

static void handle_in_finish(struct mcp_sink *sink, const struct mcp_reply *reply)
{
    struct nested *n = (struct nested *)(void *)sink;

    mcp_buf_add(&n->before, reply->message);
    say(n->stage, &n->inner, CALL("greet", ",\"arguments\":{\"name\":\"inner\"}"));
    mcp_buf_add(&n->after, reply->message);
}

static void the_next_message_may_be_handled_inside_finish(void)
{
    struct nested n = {.sink = {wire_notify, handle_in_finish}};
    struct stage s;

    stage_init(&s, "2025-11-25");
    n.stage = &s;
    mcp_buf_init(&n.before, 10000);
    mcp_buf_init(&n.after, 10000);
    mcp_server_handle(s.world.server, MCP_STR(CALL("greet", ",\"arguments\":{\"name\":\"outer\"}")),
                      &s.peer, &n.sink);
    T_HAS(mcp_buf_str(&n.before), "Hello, outer!");
    T_CHECK(mcp_str_eq(mcp_buf_str(&n.before), mcp_buf_str(&n.after)));
    T_HAS(wire_reply(&n.inner), "Hello, inner!");
    mcp_buf_free(&n.before);
    mcp_buf_free(&n.after);
    wire_free(&n.inner);
    stage_free(&s);
}

static void cancel_in_notify(struct mcp_sink *sink, mcp_str message, bool is_progress)
{
    struct nested *n = (struct nested *)(void *)sink;

    (void)message, (void)is_progress;
    mcp_server_cancel(n->stage->world.server, sink);
}

static void never_finished(struct mcp_sink *sink, const struct mcp_reply *reply)
{
    (void)sink, (void)reply;
    ck_abort_msg("a sink that is gone was finished");
}

static void a_sink_may_go_away_while_it_is_notified(void)
{
    struct nested n = {.sink = {cancel_in_notify, never_finished}};
    struct stage s;

    stage_init(&s, "2025-11-25");
    n.stage = &s;
    mcp_server_handle(s.world.server, MCP_STR(CALL("count", ",\"_meta\":{\"progressToken\":1}")),
                      &s.peer, &n.sink);
    T_EQ(mcp_server_calls(s.world.server), 0);
    stage_free(&s);
}

struct heard {
    struct mcp_sink sink;
    int finishes;
};

static void count_finish(struct mcp_sink *sink, const struct mcp_reply *reply)
{
    (void)reply;
    ((struct heard *)(void *)sink)->finishes++;
}

#define WAIT(id)                                                                                   \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"tools/call\",\"params\":{\"name\":\"wait\"}}"

static void one_sink_may_serve_a_whole_connection(void)
{
    static const char *const LINES[] = {WAIT("1"), "[" WAIT("2") "," WAIT("3") "]", WAIT("4"),
                                        "[" WAIT("5") "]"};
    struct heard h = {.sink = {wire_notify, count_finish}};
    struct stage s;

    stage_init(&s, "2025-03-26");
    for (size_t i = 0; i < 4; i++) {
        mcp_server_handle(s.world.server, mcp_str_c(LINES[i]), &s.peer, &h.sink);
    }
    T_EQ(mcp_session_busy(s.session), 5);
    mcp_call_done(s.waiting.calls[0], MCP_OK);
    mcp_call_done(s.waiting.calls[4], MCP_OK);
    T_EQ(h.finishes, 2);
    T_EQ(mcp_session_busy(s.session), 3);
    mcp_server_handle(s.world.server, mcp_str_c(LINES[3]), &s.peer, &h.sink);
    mcp_server_cancel(s.world.server, &h.sink); /* a call, and two batches */
    T_EQ(mcp_session_busy(s.session), 0);
    for (size_t i = 0; i < 6; i++) {
        if (i != 0 && i != 4) {
            T_CHECK(mcp_call_is_cancelled(s.waiting.calls[i]));
            mcp_call_done(s.waiting.calls[i], MCP_OK);
        }
    }
    T_EQ(h.finishes, 2);
    T_EQ(mcp_server_calls(s.world.server), 0);
    stage_free(&s);
}

static void sixty_four_connections_may_all_use_the_id_1(void)
{
    struct mcp_session *sessions[64];
    struct wire w[64];
    struct stage s;

    stage_init(&s, NULL);
    for (int i = 0; i < 64; i++) {
        sessions[i] = mcp_session_new(s.world.server);
        const struct mcp_peer peer = peer_stdio(sessions[i]);

        wire_say(&w[i], s.world.server, &peer, MCP_STR(CALL_E("wait", "")));
        T_EQ(w[i].finishes, 0);
    }
    const struct mcp_peer peer = peer_stdio(sessions[20]);
    struct wire cancel;

    wire_say(&cancel, s.world.server, &peer, MCP_STR(CANCEL("1")));
    wire_free(&cancel);
    for (size_t i = 0; i < 64; i++) {
        T_EQ(mcp_call_is_cancelled(s.waiting.calls[i]), i == 20);
        mcp_text(s.waiting.calls[i], "number %zu", i);
        mcp_call_done(s.waiting.calls[i], MCP_OK);
    }
    for (int i = 0; i < 64; i++) {
        char want[20];

        snprintf(want, sizeof(want), "number %d\"", i);
        T_EQ(t_has(wire_reply(&w[i]), mcp_str_c(want)), i != 20);
        T_EQ(w[i].reply.len == 0, i == 20);
        wire_free(&w[i]);
        mcp_session_free(sessions[i]);
    }
    stage_free(&s);
}

/* ---- Batches ---- */

static void a_batch_is_answered_when_its_last_reply_is_there(void)
{
    struct stage s;
    struct wire w;

    stage_init(&s, "2025-03-26");
    say(&s, &w,
        "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"},"
        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"},"
        "{\"jsonrpc\":\"2.0\",\"id\":\"w\",\"method\":\"tools/call\",\"params\":{\"name\":"
        "\"wait\",\"_meta\":{\"progressToken\":5}}},"
        "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"initialize\",\"params\":{\"protocolVersion\":"
        "\"2025-03-26\"}},7]");
    T_EQ(w.finishes, 0);
    mcp_progress(s.waiting.calls[0], 1, 0, MCP_STR(""));
    T_EQ(w.n_notes, 1);
    mcp_call_done(s.waiting.calls[0], MCP_OK);
    T_STR(wire_reply(&w),
          "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}},"
          "{\"jsonrpc\":\"2.0\",\"id\":3,\"error\":{\"code\":-32600,\"message\":\"initialize must "
          "not be part of a batch\"}},"
          "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"a message is "
          "a JSON object\"}},"
          "{\"jsonrpc\":\"2.0\",\"id\":\"w\",\"result\":{\"content\":[]}}]");
    T_EQ(w.http_status, 200);
    wire_free(&w);
    stage_free(&s);
}

static void a_batch_whose_replies_are_too_large_still_answers_each(void)
{
    struct world world;
    struct wire w;
    char why[100], text[300];
    struct mcp_tool_set set = {ENGINE_TOOLS, NULL};
    struct mcp_buf b;

    world_init(&world, &set, 1);
    mcp_server_free(world.server);
    world.opt.call_bytes_max = 150000;
    world.server = mcp_server_new(&world.opt, why, sizeof(why));
    struct mcp_session *session = mcp_session_new(world.server);
    struct mcp_peer peer = peer_stdio(session);

    snprintf(text, sizeof(text), INITIALIZE("%s"), "2025-03-26");
    wire_say(&w, world.server, &peer, mcp_str_c(text));
    wire_free(&w);
    mcp_buf_init(&b, 20000);
    for (int i = 0; i < 200; i++) {
        mcp_buf_printf(&b, "%c{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/list\"}",
                       i ? ',' : '[', i);
    }
    mcp_buf_byte(&b, ']');
    wire_say(&w, world.server, &peer, mcp_buf_str(&b));
    T_EQ(w.http_status, 200);
    T_EQ(w.finishes, 1);
    T_HAS(wire_reply(&w), "\"id\":0,\"result\":{");
    for (int i = 0; i < 200; i++) {
        snprintf(text, sizeof(text), "\"id\":%d,\"", i);
        T_HAS(wire_reply(&w), text);
    }
    T_HAS(wire_reply(&w),
          "\"id\":199,\"error\":{\"code\":-32603,\"message\":\"the answer is larger");
    mcp_buf_free(&b);
    wire_free(&w);
    mcp_session_free(session);
    world_free(&world);
}

static void a_batch_of_notifications_gets_no_reply(void)
{
    struct stage s;
    struct wire w;

    stage_init(&s, "2025-03-26");
    say(&s, &w, "[" CANCEL("9") ",{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}]");
    T_STR(wire_reply(&w), "");
    T_EQ(w.http_status, 202);
    wire_free(&w);
    expect(&s, "[]", MCP_E_INVALID_REQUEST, "\"id\":null");
    stage_free(&s);
}

static void a_batch_can_be_cancelled_or_redirected_as_a_whole(void)
{
    struct stage s;
    struct wire w, to;
    const char *two = "[" REQUEST(
        "tools/call",
        "\"name\":\"wait\"") ","
                             "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{"
                             "\"name\":\"wait\"}}]";

    stage_init(&s, "2025-03-26");
    say(&s, &w, two);
    mcp_server_cancel(s.world.server, &w.sink);
    w.is_gone = true;
    mcp_call_done(s.waiting.calls[0], MCP_OK);
    mcp_call_done(s.waiting.calls[1], MCP_OK);
    wire_free(&w);
    wire_init(&to);
    say(&s, &w, two);
    mcp_server_redirect(s.world.server, &w.sink, &to.sink);
    w.is_gone = true;
    mcp_call_done(s.waiting.calls[3], MCP_OK);
    mcp_call_done(s.waiting.calls[2], MCP_OK);
    T_HAS(wire_reply(&to), "[{\"jsonrpc\":\"2.0\",\"id\":2");
    wire_free(&w);
    wire_free(&to);
    stage_free(&s);
}

/* ---- Scope, rate, room ---- */

static void a_missing_scope_is_named(void)
{
    struct stage s;
    struct wire w;

    stage_init(&s, "2025-11-25");
    expect(&s, CALL("guarded", ""), MCP_OK, "content");
    snprintf(s.peer.principal.scopes, sizeof(s.peer.principal.scopes), "secret.readers other");
    say(&s, &w, CALL("guarded", ""));
    T_EQ(w.err, MCP_E_FORBIDDEN);
    T_EQ(w.http_status, 403);
    T_STR(mcp_str_c(w.scope), "secret.read");
    wire_free(&w);
    stage_free(&s);
}

static void a_principal_over_its_rate_is_told_when_to_return(void)
{
    struct stage s;
    struct wire w;

    stage_init(&s, "2025-11-25");
    s.peer.principal.rate_per_minute = 2;
    expect(&s, CALL("nothing", ""), MCP_OK, "content");
    expect(&s, CALL("nothing", ""), MCP_OK, "content");
    say(&s, &w, CALL("nothing", ""));
    T_EQ(w.err, MCP_E_RATE_LIMITED);
    T_EQ(w.http_status, 429);
    T_EQ(w.limit.limit, 2);
    T_CHECK(w.limit.retry_s > 0);
    T_HAS(wire_reply(&w), "\"code\":1429");
    wire_free(&w);
    expect(&s, REQUEST("tools/list", ""), MCP_OK, "tools"); /* lists are free */
    s.peer.principal.id[3] = 1;                             /* somebody else */
    expect(&s, CALL("nothing", ""), MCP_OK, "content");
    s.peer.principal.id[3] = 0;
    s.peer.principal.limit_id[0] = 4; /* the same, with an allowance of another kind */
    expect(&s, CALL("nothing", ""), MCP_OK, "content");
    s.peer.principal.rate_per_minute = -1;
    expect(&s, CALL("nothing", ""), MCP_OK, "content");
    stage_free(&s);
}

/* What opens sessions must not be free: each takes room. */
static void a_handshake_costs_one_call(void)
{
    struct stage s;
    struct wire w;

    stage_init(&s, NULL);
    s.peer.principal.rate_per_minute = 2;
    for (int i = 0; i < 2; i++) {
        struct mcp_session *other = mcp_session_new(s.world.server);

        s.peer.session = other;
        say(&s, &w, INITIALIZE("2025-11-25"));
        T_EQ(w.err, MCP_OK);
        T_EQ(w.limit.remaining, 1 - i);
        wire_free(&w);
        mcp_session_free(other);
    }
    s.peer.session = s.session;
    say(&s, &w, INITIALIZE("2025-11-25"));
    T_EQ(w.err, MCP_E_RATE_LIMITED);
    T_EQ(w.http_status, 429);
    T_CHECK(w.limit.retry_s > 0);
    T_HAS(wire_reply(&w), "\"code\":1429");
    wire_free(&w);
    s.peer.principal.rate_per_minute = -1;
    expect(&s, INITIALIZE("2025-11-25"), MCP_OK, "serverInfo");
    stage_free(&s);
}

static void beyond_calls_max_a_call_is_refused(void)
{
    struct waiting waiting = {.n = 0};
    struct mcp_tool_set set = {WAITING_TOOLS, &waiting};
    struct world world;
    struct wire a, b, c;
    char why[100];

    world_init(&world, &set, 1);
    mcp_server_free(world.server);
    world.opt.calls_max = 1;
    world.server = mcp_server_new(&world.opt, why, sizeof(why));
    struct mcp_session *session = mcp_session_new(world.server);
    struct mcp_peer peer = peer_stdio(session);

    wire_say(&a, world.server, &peer, MCP_STR(CALL_E("wait", "")));
    wire_say(&b, world.server, &peer,
             MCP_STR("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{"
                     "\"name\":\"wait\"," MODERN_META "}}"));
    T_EQ(b.err, MCP_E_OVERLOADED);
    T_EQ(b.http_status, 503);
    T_HAS(wire_reply(&b), "\"id\":2");
    wire_say(&c, world.server, &peer, MCP_STR(CANCEL("1"))); /* still works */
    T_STR(wire_reply(&a), "");
    mcp_call_done(waiting.calls[0], MCP_OK);
    wire_free(&a), wire_free(&b), wire_free(&c);
    mcp_session_free(session);
    world_free(&world);
}

static void a_result_beyond_the_budget_is_an_error_with_the_id(void)
{
    struct world world;
    struct wire w;
    char why[100];
    struct mcp_tool_set set = {ENGINE_TOOLS, NULL};
    struct mcp_peer peer = {.principal = WIRE_EVERYTHING};
    struct mcp_buf b;

    world_init(&world, &set, 1);
    mcp_server_free(world.server);
    world.opt.call_bytes_max = 6000;
    world.server = mcp_server_new(&world.opt, why, sizeof(why));
    mcp_buf_init(&b, 100000);
    mcp_buf_add_c(&b, "{\"jsonrpc\":\"2.0\",\"id\":\"big\",\"method\":\"tools/call\",\"params\":{"
                      "\"name\":\"greet\"," MODERN_META ",\"arguments\":{\"name\":\"");
    for (int i = 0; i < 600; i++) {
        mcp_buf_add_c(&b, "\\u0001"); /* grows sixfold on the way out */
    }
    mcp_buf_add_c(&b, "\"}}}");
    wire_say(&w, world.server, &peer, mcp_buf_str(&b));
    T_HAS(wire_reply(&w), "\"id\":\"big\"");
    mcp_buf_drop(&b, b.len - 5);
    wire_free(&w);
    for (int i = 0; i < 7000; i++) {
        mcp_buf_byte(&b, ' ');
    }
    wire_say(&w, world.server, &peer, mcp_buf_str(&b));
    T_EQ(w.err, MCP_E_OVERLOADED);
    mcp_buf_free(&b);
    wire_free(&w);
    world_free(&world);
}

static const struct t_case CASES[] = {
    T(a_delayed_call_ends_when_its_time_comes),
    T(many_timers_fire_in_order),
    T(a_waiting_call_is_answered_late_and_once),
    T(an_id_in_flight_is_refused_within_its_session_only),
    T(a_cancelled_call_gets_no_reply),
    T(a_modern_call_on_stdio_is_cancelled_by_its_id),
    T(another_session_cannot_cancel),
    T(a_sink_that_is_gone_hears_nothing),
    T(work_can_go_on_for_another_sink),
    T(freeing_a_session_cancels_what_runs_in_it),
    T(the_next_message_may_be_handled_inside_finish),
    T(a_sink_may_go_away_while_it_is_notified),
    T(one_sink_may_serve_a_whole_connection),
    T(sixty_four_connections_may_all_use_the_id_1),
    T(a_batch_is_answered_when_its_last_reply_is_there),
    T(a_batch_whose_replies_are_too_large_still_answers_each),
    T(a_batch_of_notifications_gets_no_reply),
    T(a_batch_can_be_cancelled_or_redirected_as_a_whole),
    T(a_missing_scope_is_named),
    T(a_principal_over_its_rate_is_told_when_to_return),
    T(a_handshake_costs_one_call),
    T(beyond_calls_max_a_call_is_refused),
    T(a_result_beyond_the_budget_is_an_error_with_the_id),
};
T_MAIN("mcp/engine_later", CASES)
