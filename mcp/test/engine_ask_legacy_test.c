/* mcp/test/engine_ask_legacy_test.c - a legacy client is asked by requests (protocol.md 1.11). */
#include "ask_tools.h"

#define LEGACY   INITIALIZE_CAN("2025-11-25", EVERY_ABILITY)
#define ACCEPT_N "\"result\":{\"action\":\"accept\",\"content\":{\"name\":\"Alice\"}}"
#define ROOTS    "\"result\":{\"roots\":[{\"uri\":\"file:///home\"}]}"

static void call_tool(struct asked *a, struct wire *w, const char *message)
{
    wire_say(w, a->world.server, &a->peer, mcp_str_c(message));
}

static void the_handler_runs_again_with_the_answer(void)
{
    struct asked a;
    struct wire w;
    char id[64];

    asked_init(&a, LEGACY);
    call_tool(&a, &w, CALL("name", ""));
    T_EQ(w.finishes, 0);
    T_EQ(w.n_notes, 1);
    T_HAS(mcp_buf_str(&w.notes), "\"method\":\"elicitation/create\",\"params\":{\"message\":\"What "
                                 "is your name?\",\"requestedSchema\":" NAME_SCHEMA "}}");
    asked_answer(&a, asked_id(&w, 0, id), ACCEPT_N);
    T_HAS(wire_reply(&w), "Hello, Alice!");
    T_EQ(w.err, MCP_OK);
    T_EQ(mcp_server_tick(a.world.server), -1);
    wire_free(&w);
    asked_free(&a);
}

static void every_legacy_revision_is_asked_in_its_own_words(void)
{
    static const char *const HELLO[] = {INITIALIZE_CAN("2024-11-05", EVERY_ABILITY),
                                        INITIALIZE_CAN("2025-03-26", EVERY_ABILITY)};
    struct asked a;
    struct wire w;
    char id[64];

    for (size_t i = 0; i < 2; i++) { /* which have no elicitation */
        asked_init(&a, HELLO[i]);
        call_tool(&a, &w, CALL("name", ""));
        T_EQ(w.err, MCP_E_MISSING_CAPABILITY);
        T_HAS(wire_reply(&w), "-32600");
        wire_free(&w);
        call_tool(&a, &w, CALL("forever", ""));
        T_HAS(mcp_buf_str(&w.notes), "\"method\":\"roots/list\",\"params\":{}}");
        asked_answer(&a, asked_id(&w, 0, id), "\"error\":{\"code\":-1,\"message\":\"no \\\"!\"}");
        T_HAS(wire_reply(&w), "the client refused to answer \\\"q0\\\": no \\\"!");
        T_HAS(wire_reply(&w), "\"isError\":true");
        wire_free(&w);
        asked_free(&a);
    }
}

static void questions_of_one_round_go_out_together_and_may_be_answered_in_any_order(void)
{
    struct asked a;
    struct wire w;
    char id[64];

    asked_init(&a, LEGACY);
    call_tool(&a, &w, CALL("all", ""));
    T_EQ(w.n_notes, 3);
    T_HAS(mcp_buf_str(&w.notes), "\"elicitationId\":\"");
    T_HAS(mcp_buf_str(&w.notes), "\"text\":\"A \\\"poem\\\"?\"");
    asked_answer(&a, asked_id(&w, 2, id), ROOTS);
    asked_answer(&a, asked_id(&w, 0, id), "\"result\":{\"action\":\"accept\"}");
    T_EQ(w.finishes, 0);
    asked_answer(&a, asked_id(&w, 1, id),
                 "\"result\":{\"role\":\"assistant\",\"model\":\"m\",\"content\":[{\"type\":"
                 "\"image\",\"data\":\"\",\"mimeType\":\"image/png\"},{\"type\":\"text\","
                 "\"text\":\"roses\"}]}");
    T_HAS(wire_reply(&w), "accept, roses, 1 roots");
    wire_free(&w);
    asked_free(&a);
}

static void rounds_follow_each_other_and_values_are_carried(void)
{
    struct asked a;
    struct wire w;
    char id[64];

    asked_init(&a, LEGACY);
    call_tool(&a, &w, CALL("twice", ""));
    asked_answer(&a, asked_id(&w, 0, id), "\"result\":{\"action\":\"decline\"}");
    T_EQ(w.n_notes, 2);
    asked_answer(&a, asked_id(&w, 1, id), ROOTS);
    T_HAS(wire_reply(&w), "began at \\\"noon\\\"");
    T_HAS(wire_reply(&w), "[{\"type\":\"text\",\"text\":\"this is said in the last run only\"},"
                          "{\"type\":\"text\",\"text\":\"began");
    T_EQ(a.runs, 3);
    wire_free(&w);
    asked_free(&a);
}

static void a_handler_that_asks_on_and_on_is_stopped(void)
{
    struct asked a;
    struct wire w;
    char id[64];

    asked_init(&a, LEGACY);
    call_tool(&a, &w, CALL("forever", ""));
    for (int i = 0; i < 8; i++) {
        T_EQ(w.finishes, 0);
        asked_answer(&a, asked_id(&w, i, id), ROOTS);
    }
    T_EQ(w.err, MCP_E_INTERNAL);
    T_EQ(w.n_notes, 8);
    wire_free(&w);
    asked_free(&a);
}

static void answers_of_a_wrong_shape_end_the_call(void)
{
    static const char *const BAD[] = {
        "\"result\":7",
        "\"result\":[]",
        "\"result\":{}",
        "\"result\":{\"action\":\"maybe\"}",
        "\"result\":{\"action\":\"accept\"}",
        "\"result\":{\"action\":\"accept\",\"content\":[]}",
        "\"result\":{\"action\":\"accept\",\"content\":{\"name\":1}}",
        "\"result\":{\"action\":\"accept\",\"content\":{\"name\":\"A\"}}",
        "\"error\":7",
        "\"error\":{\"code\":-1,\"message\":\"the user said no\"}",
    };
    struct asked a;
    struct wire w;
    char id[64];

    asked_init(&a, LEGACY);
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        call_tool(&a, &w, CALL("name", ""));
        asked_answer(&a, asked_id(&w, 0, id), BAD[i]);
        T_EQ(w.err, MCP_E_REFUSED);
        T_HAS(wire_reply(&w), "\"isError\":true");
        wire_free(&w);
    }
    asked_free(&a);
}

static void a_bad_answer_withdraws_the_other_questions(void)
{
    struct asked a;
    struct wire w;
    char id[64];

    asked_init(&a, LEGACY);
    call_tool(&a, &w, CALL("all", ""));
    asked_answer(&a, asked_id(&w, 1, id), "\"result\":{\"role\":\"x\"}");
    T_EQ(w.n_notes, 5); /* two notifications/cancelled */
    T_EQ(w.err, MCP_E_REFUSED);
    wire_free(&w);
    asked_free(&a);
}

static void unknown_and_late_and_foreign_responses_are_ignored(void)
{
    static const char *const IDS[] = {"1", "\"ask-1-0000000000000000\"", "\"ask-1\"", "null", "{}"};
    struct asked a;
    struct wire w, other;
    char id[64], text[200];

    asked_init(&a, LEGACY);
    call_tool(&a, &w, CALL("name", ""));
    for (size_t i = 0; i < sizeof(IDS) / sizeof(IDS[0]); i++) {
        asked_answer(&a, IDS[i], ACCEPT_N);
        T_EQ(w.finishes, 0);
    }
    /* Another session that knows the id. */
    struct mcp_session *session = mcp_session_new(a.world.server);
    struct mcp_peer peer = peer_stdio(session);

    snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"id\":%s," ACCEPT_N "}",
             asked_id(&w, 0, id));
    wire_say(&other, a.world.server, &peer, mcp_str_c(text));
    wire_free(&other);
    /* Somebody else in the same session. */
    peer = a.peer;
    peer.principal.id[0] = 9;
    wire_say(&other, a.world.server, &peer, mcp_str_c(text));
    wire_free(&other);
    mcp_server_tick(a.world.server);
    T_EQ(w.finishes, 0);
    asked_answer(&a, id, ACCEPT_N);
    T_EQ(w.finishes, 1);
    asked_answer(&a, id, ACCEPT_N); /* again */
    wire_free(&w);
    mcp_session_free(session);
    asked_free(&a);
}

static void a_client_that_never_answers_is_waited_for_600_seconds(void)
{
    struct asked a;
    struct wire w;
    char id[64], want[200];

    asked_init(&a, LEGACY);
    call_tool(&a, &w, CALL("name", ""));
    T_EQ(mcp_server_tick(a.world.server), 600000);
    a.world.now_ms += 599999;
    mcp_server_tick(a.world.server);
    T_EQ(w.finishes, 0);
    a.world.now_ms += 1;
    mcp_server_tick(a.world.server);
    snprintf(want, sizeof(want),
             "\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":%s}",
             asked_id(&w, 0, id));
    T_HAS(mcp_buf_str(&w.notes), want);
    T_HAS(wire_reply(&w), "the client did not answer \\\"name\\\"");
    T_EQ(w.err, MCP_E_REFUSED);
    asked_answer(&a, id, ACCEPT_N); /* too late */
    wire_free(&w);
    asked_free(&a);
}

static void cancelling_the_call_withdraws_its_questions(void)
{
    struct asked a;
    struct wire w, c;
    char id[64];

    asked_init(&a, LEGACY);
    call_tool(&a, &w, CALL("all", ""));
    call_tool(&a, &c, CANCEL("1"));
    T_EQ(w.n_notes, 6);
    T_EQ(w.finishes, 1);
    T_EQ(w.reply.len, 0);
    mcp_server_tick(a.world.server);
    T_EQ(mcp_server_calls(a.world.server), 0);
    asked_answer(&a, asked_id(&w, 0, id), ACCEPT_N);
    wire_free(&w), wire_free(&c);
    call_tool(&a, &w, CALL("all", "")); /* and when the peer is gone */
    mcp_server_cancel(a.world.server, &w.sink);
    w.is_gone = true;
    mcp_server_tick(a.world.server);
    wire_free(&w);
    call_tool(&a, &w, CALL("all", "")); /* and when its session ends */
    mcp_session_free(a.session);
    T_EQ(w.finishes, 1);
    mcp_server_tick(a.world.server);
    a.session = NULL;
    wire_free(&w);
    asked_free(&a);
}

struct leaving {
    struct mcp_sink sink;
    struct mcp_server *server;
    int n_questions;
};

/* Cut by what it is told; its memory goes with it. */
static void leave_when_withdrawn(struct mcp_sink *sink, mcp_str message, bool is_progress)
{
    struct leaving *l = (struct leaving *)(void *)sink;

    (void)is_progress;
    if (t_has(message, MCP_STR("notifications/cancelled"))) {
        mcp_server_cancel(l->server, sink);
        mcp_free(l);
    } else {
        l->n_questions++;
    }
}

static void finished_too_late(struct mcp_sink *sink, const struct mcp_reply *reply)
{
    (void)sink, (void)reply;
    ck_abort_msg("a sink that is gone was finished");
}

static void a_sink_may_go_away_while_its_questions_are_withdrawn(void)
{
    struct leaving *l = mcp_alloc_new(struct leaving);
    struct asked a;
    struct wire w;

    asked_init(&a, INITIALIZE_CAN("2025-11-25", EVERY_ABILITY));
    *l = (struct leaving){.sink = {leave_when_withdrawn, finished_too_late},
                          .server = a.world.server};
    mcp_server_handle(a.world.server, MCP_STR(CALL("all", "")), &a.peer, &l->sink);
    T_EQ(l->n_questions, 3);
    wire_say(&w, a.world.server, &a.peer, MCP_STR(CANCEL("1")));
    T_EQ(w.finishes, 1);
    wire_free(&w);
    mcp_server_tick(a.world.server);
    asked_free(&a);
}

static void a_client_has_at_most_256_questions_to_answer(void)
{
    static struct wire w[300];
    struct asked a;
    char text[100];

    asked_init(&a, LEGACY);
    for (int i = 0; i < 300; i++) {
        snprintf(text, sizeof(text),
                 "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{\"name\":"
                 "\"name\"}}",
                 i);
        call_tool(&a, &w[i], text);
        T_EQ(w[i].finishes, i >= 256);
    }
    T_EQ(w[256].err, MCP_E_OVERLOADED);
    mcp_session_free(a.session);
    a.session = NULL;
    mcp_server_tick(a.world.server);
    for (int i = 0; i < 300; i++) {
        T_EQ(w[i].finishes, 1);
        wire_free(&w[i]);
    }
    asked_free(&a);
}

static void calls_that_wait_for_clients_do_not_keep_others_from_working(void)
{
    enum { ASKERS = 3 };
    struct wire w[ASKERS], other;
    struct asked a;
    char text[100];

    asked_init_with(&a, LEGACY, ASKERS - 1);
    for (int i = 0; i < ASKERS; i++) {
        snprintf(text, sizeof(text),
                 "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{\"name\":"
                 "\"name\"}}",
                 i + 10);
        call_tool(&a, &w[i], text);
        T_EQ(w[i].finishes, i == ASKERS - 1);
    }
    T_EQ(w[ASKERS - 1].err, MCP_E_OVERLOADED);
    T_HAS(wire_reply(&w[ASKERS - 1]), "2 calls wait for their clients already");
    call_tool(&a, &other, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}");
    T_EQ(other.err, MCP_OK);
    mcp_session_free(a.session);
    a.session = NULL;
    mcp_server_tick(a.world.server);
    for (int i = 0; i < ASKERS; i++) {
        wire_free(&w[i]);
    }
    wire_free(&other);
    asked_free(&a);
}

/* A quarter of the calls, when the options say nothing. */
static void one_principal_cannot_take_the_places_of_all_who_wait(void)
{
    enum { SHARE = 10, N = SHARE + 2 };
    struct wire w[N];
    struct asked a;
    char text[100];

    asked_init_with(&a, LEGACY, 4 * SHARE);
    for (int i = 0; i < N; i++) {
        a.peer.principal.id[0] = i <= SHARE ? 1 : 2;
        snprintf(text, sizeof(text),
                 "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{\"name\":"
                 "\"name\"}}",
                 i + 10);
        call_tool(&a, &w[i], text);
        T_EQ(w[i].finishes, i == SHARE);
    }
    T_EQ(w[SHARE].err, MCP_E_OVERLOADED);
    T_HAS(wire_reply(&w[SHARE]), "10 of your calls wait for their clients already");
    mcp_session_free(a.session);
    a.session = NULL;
    mcp_server_tick(a.world.server);
    for (int i = 0; i < N; i++) {
        wire_free(&w[i]);
    }
    asked_free(&a);
}

static void a_client_that_cannot_is_not_asked(void)
{
    struct asked a;
    struct wire w;

    asked_init(&a, INITIALIZE("2025-11-25"));
    call_tool(&a, &w, CALL("all", ""));
    T_EQ(w.n_notes, 0);
    T_EQ(w.err, MCP_E_MISSING_CAPABILITY);
    T_EQ(w.http_status, 200);
    wire_free(&w);
    call_tool(&a, &w, CALL("if", ""));
    T_HAS(wire_reply(&w), "stranger");
    wire_free(&w);
    asked_free(&a);
}

static void a_client_that_takes_no_events_is_not_asked(void)
{
    struct asked a;
    struct wire w;

    asked_init(&a, LEGACY);
    a.peer.is_deaf = true;
    call_tool(&a, &w, CALL("name", ""));
    T_EQ(w.err, MCP_E_INVALID_REQUEST);
    T_EQ(w.n_notes, 0);
    wire_free(&w);
    asked_free(&a);
}

static void a_delayed_step_may_ask(void)
{
    struct asked a;
    struct wire w;
    char id[64];

    asked_init(&a, LEGACY);
    call_tool(&a, &w, CALL("later", ""));
    a.world.now_ms += 100;
    mcp_server_tick(a.world.server);
    asked_answer(&a, asked_id(&w, 0, id), ACCEPT_N);
    a.world.now_ms += 100; /* the handler starts again from its beginning */
    mcp_server_tick(a.world.server);
    T_HAS(wire_reply(&w), "Alice");
    wire_free(&w);
    asked_free(&a);
}

static void a_batch_can_be_answered(void)
{
    struct asked a;
    struct wire w, b;
    char id[64], text[300];

    asked_init(&a, INITIALIZE_CAN("2025-03-26", EVERY_ABILITY));
    call_tool(&a, &w, "[" CALL("twice", "") "]");
    T_EQ(w.finishes, 1); /* no elicitation there */
    wire_free(&w);
    call_tool(&a, &w, "[" CALL("forever", "") "]");
    snprintf(text, sizeof(text),
             "[{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":1,\"message\":\"no\"}}]",
             asked_id(&w, 0, id));
    call_tool(&a, &b, text);
    T_EQ(b.reply.len, 0);
    mcp_server_tick(a.world.server);
    T_HAS(wire_reply(&w), "refused to answer");
    wire_free(&w), wire_free(&b);
    asked_free(&a);
}

static const struct t_case cases[] = {
    T(the_handler_runs_again_with_the_answer),
    T(every_legacy_revision_is_asked_in_its_own_words),
    T(questions_of_one_round_go_out_together_and_may_be_answered_in_any_order),
    T(rounds_follow_each_other_and_values_are_carried),
    T(a_handler_that_asks_on_and_on_is_stopped),
    T(answers_of_a_wrong_shape_end_the_call),
    T(a_bad_answer_withdraws_the_other_questions),
    T(unknown_and_late_and_foreign_responses_are_ignored),
    T(a_client_that_never_answers_is_waited_for_600_seconds),
    T(cancelling_the_call_withdraws_its_questions),
    T(a_sink_may_go_away_while_its_questions_are_withdrawn),
    T(a_client_has_at_most_256_questions_to_answer),
    T(one_principal_cannot_take_the_places_of_all_who_wait),
    T(a_client_that_cannot_is_not_asked),
    T(a_client_that_takes_no_events_is_not_asked),
    T(a_delayed_step_may_ask),
    T(a_batch_can_be_answered),
    T(calls_that_wait_for_clients_do_not_keep_others_from_working),
};

T_MAIN("engine_ask_legacy", cases)
