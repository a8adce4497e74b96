/* mcp/test/engine_ask_test.c - input_required and requestState in 2026-07-28 (protocol.md 2.10). */
#include "ask_tools.h"

#define ALICE "\"name\":{\"action\":\"accept\",\"content\":{\"name\":\"Alice\"}}"
#define ROOTS "{\"roots\":[{\"uri\":\"file:///home\"}]}"
#define SAMPLE                                                                                     \
    "{\"role\":\"assistant\",\"model\":\"m\",\"content\":{\"type\":\"text\",\"text\":\"roses\"}}"

/* A tools/call with every capability; `rest` begins with a comma. */
static void call_with(struct asked *a, struct wire *w, const char *can, const char *name,
                      const char *rest)
{
    char text[8000];

    snprintf(text, sizeof(text),
             "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"_meta\":{"
             "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
             "\"io.modelcontextprotocol/clientCapabilities\":%s},\"name\":\"%s\"%s}}",
             can, name, rest);
    wire_say(w, a->world.server, &a->peer, mcp_str_c(text));
}

static void call(struct asked *a, struct wire *w, const char *name, const char *rest)
{
    call_with(a, w, EVERY_ABILITY, name, rest);
}

/* requestState of a reply. */
static const char *state_of(const struct wire *w, char out[4000])
{
    mcp_str reply = mcp_buf_str(&w->reply);
    const char *mark = "\"requestState\":\"";

    for (size_t i = 0; i + strlen(mark) < reply.len; i++) {
        if (memcmp(reply.ptr + i, mark, strlen(mark)) == 0) {
            const char *from = reply.ptr + i + strlen(mark);

            snprintf(out, 4000, "%.*s",
                     (int)((const char *)memchr(from, '"', reply.len - i) - from), from);
            return out;
        }
    }
    ck_abort_msg("no requestState: %.*s", MCP_STR_ARG(reply));
    return NULL;
}

/* The same call again with that state and those answers. */
static void retry(struct asked *a, struct wire *w, const char *name, const char *state,
                  const char *answers)
{
    char rest[6000];

    snprintf(rest, sizeof(rest), ",\"requestState\":\"%s\",\"inputResponses\":{%s}", state,
             answers);
    call(a, w, name, rest);
}

static void the_retry_brings_the_answer(void)
{
    char state[4000];
    struct asked a;
    struct wire w;

    asked_init(&a, NULL);
    call(&a, &w, "name", "");
    T_HAS(wire_reply(&w), "\"result\":{\"resultType\":\"input_required\",\"inputRequests\":{"
                          "\"name\":{\"method\":\"elicitation/create\",\"params\":{\"message\":"
                          "\"What is your name?\",\"requestedSchema\":" NAME_SCHEMA "}}},");
    T_HAS(wire_reply(&w), "io.modelcontextprotocol/serverInfo");
    T_CHECK(!t_has(wire_reply(&w), MCP_STR("ttlMs")));
    T_EQ(w.n_notes, 0);
    T_EQ(w.http_status, 200);
    state_of(&w, state);
    wire_free(&w);
    retry(&a, &w, "name", state, ALICE ",\"unknown\":7");
    T_HAS(wire_reply(&w), "\"resultType\":\"complete\"");
    T_HAS(wire_reply(&w), "Hello, Alice!");
    wire_free(&w);
    call(&a, &w, "name", ",\"inputResponses\":{" ALICE "}"); /* a client may drop the state */
    T_HAS(wire_reply(&w), "Hello, Alice!");
    wire_free(&w);
    asked_free(&a);
}

static void declining_is_an_answer(void)
{
    struct asked a;
    struct wire w;

    asked_init(&a, NULL);
    call(&a, &w, "name", ",\"inputResponses\":{\"name\":{\"action\":\"decline\"}}");
    T_HAS(wire_reply(&w), "No name: decline");
    wire_free(&w);
    asked_free(&a);
}

static void questions_are_asked_together_and_the_missing_ones_again(void)
{
    char state[4000];
    struct asked a;
    struct wire w;

    asked_init(&a, NULL);
    call(&a, &w, "all", "");
    T_HAS(wire_reply(&w),
          "\"visit\":{\"method\":\"elicitation/create\",\"params\":{\"mode\":\"url\"");
    T_CHECK(!t_has(wire_reply(&w), MCP_STR("elicitationId")));
    T_HAS(wire_reply(&w), "\"poem\":{\"method\":\"sampling/createMessage\"");
    T_HAS(wire_reply(&w), "\"roots\":{\"method\":\"roots/list\",\"params\":{}}");
    state_of(&w, state);
    wire_free(&w);
    retry(&a, &w, "all", state, "\"poem\":" SAMPLE ",\"roots\":" ROOTS);
    T_HAS(wire_reply(&w), "\"inputRequests\":{\"visit\"");
    T_CHECK(!t_has(wire_reply(&w), MCP_STR("\"poem\"")));
    state_of(&w, state);
    wire_free(&w);
    retry(&a, &w, "all", state, "\"visit\":{\"action\":\"accept\"}"); /* the others are carried */
    T_HAS(wire_reply(&w), "accept, roses, 1 roots");
    wire_free(&w);
    asked_free(&a);
}

static void values_are_carried_in_the_state(void)
{
    char one[4000], two[4000];
    struct asked a;
    struct wire w;

    asked_init(&a, NULL);
    call(&a, &w, "twice", "");
    state_of(&w, one);
    T_CHECK(!t_has(mcp_str_c(one), MCP_STR("noon")));
    wire_free(&w);
    retry(&a, &w, "twice", one, "\"first\":{\"action\":\"cancel\"}");
    state_of(&w, two);
    T_CHECK(strcmp(one, two) != 0);
    wire_free(&w);
    retry(&a, &w, "twice", two, "\"second\":" ROOTS);
    T_HAS(wire_reply(&w), "began at \\\"noon\\\"");
    wire_free(&w);
    asked_free(&a);
}

/* ---- Bad input ---- */

static void refused(struct asked *a, const char *state)
{
    struct wire w;

    retry(a, &w, "name", state, ALICE);
    ck_assert_msg(w.err == MCP_E_INVALID_PARAMS, "accepted: %s", state);
    T_HAS(wire_reply(&w), "-32602");
    wire_free(&w);
}

static void a_changed_state_is_refused_wherever_it_was_changed(void)
{
    char state[4000], bad[4100];
    struct asked a;
    struct wire w;

    asked_init(&a, NULL);
    call(&a, &w, "name", "");
    state_of(&w, state);
    wire_free(&w);
    size_t len = strlen(state);

    for (size_t i = 0; i < len; i++) {
        memcpy(bad, state, len + 1);
        bad[i] = bad[i] == 'A' ? 'B' : 'A';
        refused(&a, bad);
    }
    for (size_t i = 0; i < len; i++) {
        snprintf(bad, sizeof(bad), "%.*s", (int)i, state);
        refused(&a, bad);
    }
    static const char *const TAILS[] = {"-TAMPERED", "=", "A", " ", "\\n", "+", "\\u0000"};

    for (size_t i = 0; i < sizeof(TAILS) / sizeof(TAILS[0]); i++) {
        snprintf(bad, sizeof(bad), "%s%s", state, TAILS[i]);
        refused(&a, bad);
    }
    call(&a, &w, "name", ",\"requestState\":7");
    T_EQ(w.err, MCP_E_INVALID_PARAMS);
    wire_free(&w);
    asked_free(&a);
}

static void a_state_holds_for_600_seconds(void)
{
    char state[4000];
    struct asked a;
    struct wire w;

    asked_init(&a, NULL);
    call(&a, &w, "name", "");
    state_of(&w, state);
    wire_free(&w);
    a.world.now_ms += 599999;
    retry(&a, &w, "name", state, ALICE);
    T_EQ(w.err, MCP_OK);
    wire_free(&w);
    retry(&a, &w, "name", state, ALICE); /* and as often as the client likes */
    T_EQ(w.err, MCP_OK);
    wire_free(&w);
    a.world.now_ms += 1;
    refused(&a, state);
    asked_free(&a);
}

static void a_state_belongs_to_its_principal_method_and_parameters(void)
{
    static const char *const OTHERS[] = {
        ",\"arguments\":{}",
        ",\"arguments\":{\"a\":2,\"b\":[1,2]}",
        ",\"arguments\":{\"a\":1,\"b\":[2,1]}",
        ",\"arguments\":{\"a\":1,\"b\":[1,2],\"c\":null}",
        ",\"arguments\":{\"b\":1,\"a\":[1,2]}",
        ",\"arguments\":{\"a\":\"1\",\"b\":[1,2]}",
        ",\"extra\":1,\"arguments\":{\"a\":1,\"b\":[1,2]}",
    };
    char state[4000], rest[5000];
    struct asked a, other;
    struct wire w;

    asked_init(&a, NULL);
    call(&a, &w, "greet", ",\"arguments\":{\"a\":1,\"b\":[1,2]}");
    state_of(&w, state);
    wire_free(&w);
    /* The order of members and the spelling of strings are the client's to change. */
    snprintf(rest, sizeof(rest),
             ",\"requestState\":\"%s\",\"arguments\":{ \"b\":[1, 2],"
             "\"\\u0061\":1},\"inputResponses\":{" ALICE "}",
             state);
    call(&a, &w, "greet", rest);
    T_EQ(w.err, MCP_OK);
    wire_free(&w);
    for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++) {
        snprintf(rest, sizeof(rest), ",\"requestState\":\"%s\"%s", state, OTHERS[i]);
        call(&a, &w, "greet", rest);
        ck_assert_msg(w.err == MCP_E_INVALID_PARAMS, "%s", OTHERS[i]);
        wire_free(&w);
    }
    refused(&a, state); /* another tool */
    snprintf(rest, sizeof(rest), ",\"requestState\":\"%s\",\"arguments\":{\"a\":1,\"b\":[1,2]}",
             state);
    for (int i = 0; i < 2; i++) {
        a.peer.principal.id[15] = i == 0;
        a.peer.principal.owner = i == 1;
        call(&a, &w, "greet", rest);
        T_EQ(w.err, MCP_E_INVALID_PARAMS);
        wire_free(&w);
    }
    asked_init(&other, NULL); /* another server, another secret */
    call(&other, &w, "greet", rest);
    T_EQ(w.err, MCP_E_INVALID_PARAMS);
    wire_free(&w);
    asked_free(&other);
    asked_free(&a);
}

#define POEM(content)                                                                              \
    ",\"inputResponses\":{\"poem\":{\"role\":\"assistant\",\"model\":\"m\",\"content\":" content   \
    "}}"

static void answers_of_a_wrong_shape_are_invalid_params(void)
{
    static const char *const BAD[] = {
        ",\"inputResponses\":null",
        ",\"inputResponses\":[]",
        ",\"inputResponses\":7",
        ",\"inputResponses\":{\"name\":12345}",
        ",\"inputResponses\":{\"name\":null}",
        ",\"inputResponses\":{\"name\":{}}",
        ",\"inputResponses\":{\"name\":{\"action\":\"maybe\"}}",
        ",\"inputResponses\":{\"name\":{\"action\":\"accept\"}}",
        ",\"inputResponses\":{\"name\":{\"action\":\"accept\",\"content\":[]}}",
        ",\"inputResponses\":{\"name\":{\"action\":\"accept\",\"content\":{\"name\":\"A\"}}}",
    };
    static const char *const BAD_ALL[] = {
        ",\"inputResponses\":{\"poem\":{\"role\":\"assistant\"}}",
        ",\"inputResponses\":{\"poem\":{\"role\":\"assistant\",\"content\":{}}}",
        ",\"inputResponses\":{\"poem\":{\"role\":\"robot\",\"content\":{},\"model\":\"m\"}}",
        POEM("{}"),
        POEM("{\"type\":\"smell\"}"),
        POEM("{\"type\":\"text\"}"),
        POEM("{\"type\":\"image\",\"data\":\"\"}"),
        POEM("{\"type\":\"tool_use\",\"id\":\"1\",\"name\":\"x\",\"input\":[]}"),
        POEM("[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"text\",\"text\":1}]"),
        POEM("[\"text\"]"),
        ",\"inputResponses\":{\"roots\":{}}",
        ",\"inputResponses\":{\"roots\":{\"roots\":[7]}}",
    };
    struct asked a;
    struct wire w;

    asked_init(&a, NULL);
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        call(&a, &w, "name", BAD[i]);
        ck_assert_msg(w.err == MCP_E_INVALID_PARAMS, "%s", BAD[i]);
        wire_free(&w);
    }
    for (size_t i = 0; i < sizeof(BAD_ALL) / sizeof(BAD_ALL[0]); i++) {
        call(&a, &w, "all", BAD_ALL[i]);
        ck_assert_msg(w.err == MCP_E_INVALID_PARAMS, "%s", BAD_ALL[i]);
        wire_free(&w);
    }
    asked_free(&a);
}

static void only_what_this_request_declares_is_asked(void)
{
    static const char *const CAN[][2] = {
        {"{}", "{\"elicitation\":{\"url\":{}},\"sampling\":{},\"roots\":{}}"},
        {"{\"roots\":{},\"sampling\":7,\"elicitation\":{}}",
         "{\"elicitation\":{\"url\":{}},\"sampling\":{}}"},
        {"{\"elicitation\":{\"form\":{}}}",
         "{\"elicitation\":{\"url\":{}},\"sampling\":{},\"roots\":{}}"},
        {"{\"elicitation\":{\"url\":{}},\"sampling\":{}}", "{\"roots\":{}}"},
    };
    struct asked a;
    struct wire w;

    asked_init(&a, NULL);
    for (size_t i = 0; i < sizeof(CAN) / sizeof(CAN[0]); i++) {
        char want[300];

        call_with(&a, &w, CAN[i][0], "all", "");
        T_EQ(w.err, MCP_E_MISSING_CAPABILITY);
        T_EQ(w.http_status, 400);
        snprintf(want, sizeof(want), "\"code\":-32021,");
        T_HAS(wire_reply(&w), want);
        snprintf(want, sizeof(want), "\"data\":{\"requiredCapabilities\":%s}", CAN[i][1]);
        T_HAS(wire_reply(&w), want);
        wire_free(&w);
    }
    call_with(&a, &w, "{\"elicitation\":{}}", "if", "");
    T_HAS(wire_reply(&w), "input_required"); /* {} means forms */
    wire_free(&w);
    call_with(&a, &w, "{\"elicitation\":{\"url\":{}}}", "if", "");
    T_HAS(wire_reply(&w), "Hello, stranger!");
    wire_free(&w);
    asked_free(&a);
}

static void other_methods_do_not_look_at_answers(void)
{
    struct asked a;
    struct wire w;

    asked_init(&a, NULL);
    wire_say(&w, a.world.server, &a.peer,
             MCP_STR(REQUEST("tools/list", META_CAN("{}") ",\"inputResponses\":7,"
                                                          "\"requestState\":\"x\"")));
    T_EQ(w.err, MCP_OK);
    wire_free(&w);
    asked_free(&a);
}

static void a_question_that_is_not_valid_is_the_servers_fault(void)
{
    struct asked a;
    struct wire w;

    asked_init(&a, NULL);
    call(&a, &w, "nonsense", ",\"arguments\":{\"what\":\"schema\"}");
    T_EQ(w.err, MCP_E_INTERNAL);
    wire_free(&w);
    call(&a, &w, "nonsense", "");
    T_EQ(w.err, MCP_E_INTERNAL);
    wire_free(&w);
    asked_free(&a);
}

struct outcome {
    struct mcp_outcome_sink sink;
    mcp_err err;
    int finishes;
};

static void take_outcome(struct mcp_outcome_sink *sink, const struct mcp_outcome *o)
{
    struct outcome *out = (struct outcome *)(void *)sink;

    out->err = o->err;
    out->finishes++;
}

static void nobody_can_be_asked_over_rest(void)
{
    struct outcome out = {.sink = {.finish = take_outcome}};
    struct asked a;

    asked_init(&a, NULL);
    mcp_server_invoke(a.world.server, MCP_STR("name"), MCP_STR(""), &a.peer.principal, &out.sink);
    T_EQ(out.finishes, 1);
    T_EQ(out.err, MCP_E_MISSING_CAPABILITY);
    asked_free(&a);
}

static void a_cancelled_call_that_asks_says_nothing(void)
{
    struct asked a;
    struct wire w;

    asked_init(&a, NULL);
    call(&a, &w, "later", "");
    mcp_server_cancel(a.world.server, &w.sink);
    w.is_gone = true;
    mcp_server_tick(a.world.server);
    T_EQ(w.finishes, 0);
    wire_free(&w);
    asked_free(&a);
}

static const struct t_case cases[] = {
    T(the_retry_brings_the_answer),
    T(declining_is_an_answer),
    T(questions_are_asked_together_and_the_missing_ones_again),
    T(values_are_carried_in_the_state),
    T(a_changed_state_is_refused_wherever_it_was_changed),
    T(a_state_holds_for_600_seconds),
    T(a_state_belongs_to_its_principal_method_and_parameters),
    T(answers_of_a_wrong_shape_are_invalid_params),
    T(only_what_this_request_declares_is_asked),
    T(other_methods_do_not_look_at_answers),
    T(a_question_that_is_not_valid_is_the_servers_fault),
    T(nobody_can_be_asked_over_rest),
    T(a_cancelled_call_that_asks_says_nothing),
};

T_MAIN("engine_ask", cases)
