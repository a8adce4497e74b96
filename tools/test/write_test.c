/* tools/test/write_test.c - the tools for scope `write`: who may, what a repetition does, and that
 * the user is asked first, in both eras. */
#include <tools/test/setting.h>

#include <mcp/test/wire.h>

static struct setting s;

static struct mcp_principal holding(const char *scopes)
{
    struct mcp_principal p = {.id = {1}, .owner = 1, .rate_per_minute = -1};

    snprintf(p.scopes, sizeof(p.scopes), "%s", scopes);
    return p;
}

static void open_one(void)
{
    setting_open(&s);
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'t','low':50,'critical':10}");
    SAY_OK(&s, "add_reading", "{'connection':'a','creditType':'c','balance':100}");
}

/* ---- Who ---- */

/* Every listed tool against every scope: over MCP as over REST. */
static void each_tool_is_refused_without_its_scope(void)
{
    static const char *const SCOPES[] = {"", "read", "write", "admin", "read write", "other"};
    const struct mcp_tool *t;

    open_one();
    for (size_t i = 0; (t = mcp_server_tool_at(s.server, i)); i++) {
        for (size_t k = 0; k < sizeof(SCOPES) / sizeof(SCOPES[0]); k++) {
            struct mcp_principal who = holding(SCOPES[k]);
            bool may = mcp_principal_has(&who, t->scope);
            struct said said = say_as(&s, &who, t->name, MCP_STR("{\"no\":{\"such\":1}}"));

            T_CHECK(t->scope != NULL);
            ck_assert_msg((said.err == MCP_E_FORBIDDEN) == !may, "%s with \"%s\": %s", t->name,
                          SCOPES[k], mcp_err_info(said.err)->name);
            if (t->is_hidden) {
                continue;
            }
            struct mcp_peer peer = {.principal = who};
            struct wire w;

            wire_say(&w, s.server, &peer,
                     mcp_arena_printf(&s.arena,
                                      REQUEST("tools/call", MODERN_META
                                              ",\"name\":\"%s\",\"arguments\":{\"no\":1}"),
                                      t->name));
            ck_assert_msg((w.err == MCP_E_FORBIDDEN) == !may, "%s with \"%s\": %s", t->name,
                          SCOPES[k], mcp_err_info(w.err)->name);
            wire_free(&w);
        }
    }
    setting_close(&s);
}

static void writing_tools_say_what_they_do(void)
{
    open_one();
    T_EQ(mcp_server_tool(s.server, MCP_STR("record_reading"))->hints, MCP_IDEMPOTENT);
    T_EQ(mcp_server_tool(s.server, MCP_STR("set_thresholds"))->hints,
         MCP_DESTRUCTIVE | MCP_IDEMPOTENT);
    setting_close(&s);
}

/* ---- record_reading ---- */

static void a_reading_again_within_a_minute_is_the_same_one(void)
{
    static const char READING[] = "{'connection':'a','creditType':'c','balance':99}";

    open_one();
    s.wall_ms += 1000;
    T_HAS(say(&s, "record_reading", READING).result, "\"stored\":1");
    s.wall_ms += 59999;
    T_HAS(say(&s, "record_reading", READING).result, "\"stored\":0,\"duplicates\":1");
    T_HAS(say(&s, "add_reading", READING).result, "\"stored\":1"); /* a script means it */
    s.wall_ms += 60000;
    T_HAS(say(&s, "record_reading", READING).result, "\"stored\":1");
    s.wall_ms += 1000;
    T_HAS(say(&s, "record_reading", "{'connection':'a','creditType':'c','balance':98}").result,
          "\"stored\":1");
    s.wall_ms += 1000;
    T_HAS(say(&s, "record_reading",
              "{'connection':'a','creditType':'c','balance':98,'balanceLimit':500}")
              .result,
          "\"stored\":1"); /* it says more than the one before */
    s.wall_ms += 1000;
    T_HAS(say(&s, "record_reading",
              "{'connection':'a','creditType':'c','balance':98,'balanceLimit':500,'unit':'x'}")
              .result,
          "\"stored\":1");
    T_HAS(say(&s, "record_reading",
              timed(&s, "{'connection':'a','creditType':'c','balance':98,'recordedAt':'",
                    s.wall_ms - 1, "'}"))
              .result,
          "\"stored\":1"); /* it has a time of its own */
    SAY_FAILS(&s, "record_reading", "{'connection':'b','creditType':'c','balance':1}",
              MCP_E_NOT_FOUND, "No connection");
    SAY_FAILS(&s, "record_reading", "{'connection':'a','readings':[]}", MCP_E_INVALID_ARGUMENTS,
              "creditType");
    SAY_FAILS(&s, "record_reading", "{'connection':'a','creditType':'c','balance':1,'demo':true}",
              MCP_E_INVALID_ARGUMENTS, "demo");
    setting_close(&s);
}

/* ---- set_thresholds: without a question ---- */

static mcp_str low_of(const char *connection)
{
    struct said said =
        say(&s, "get_pool",
            mcp_arena_printf(&s.arena, "{'connection':'%s','creditType':'c'}", connection).ptr);

    return mcp_json_raw(at(at(mcp_json_at(at(said.json, "pools"), 0), "thresholds"), "low"));
}

static void who_cannot_be_asked_goes_ahead(void)
{
    struct mcp_principal who = holding("write");

    open_one();
    SAY_OK(&s, "set_thresholds", "{'connection':'a','low':60}");
    T_STR(low_of("a"), "60");
    T_EQ(say_as(&s, &who, "set_thresholds",
                MCP_STR("{\"connection\":\"a\",\"creditType\":\"c\",\"low\":70}"))
             .err,
         MCP_OK);
    T_STR(low_of("a"), "70");
    SAY_OK(&s, "set_thresholds", "{'connection':'a','creditType':'c','low':null}");
    T_STR(low_of("a"), "60");
    SAY_FAILS(&s, "set_thresholds", "{'connection':'a'}", MCP_E_INVALID_ARGUMENTS, "");
    SAY_FAILS(&s, "set_thresholds", "{'connection':'a','low':5}", MCP_E_INVALID_ARGUMENTS,
              "low must be above critical");
    SAY_FAILS(&s, "set_thresholds", "{'connection':'a','creditType':'x','low':5}", MCP_E_NOT_FOUND,
              "no reading");
    SAY_FAILS(&s, "set_thresholds", "{'connection':'a','low':60,'status':'error'}",
              MCP_E_INVALID_ARGUMENTS, "status");
    setting_close(&s);
}

/* ---- With a question ---- */

#define ARGUMENTS                                                                                  \
    "\"name\":\"set_thresholds\",\"arguments\":{\"connection\":\"a\",\"low\":20,\"critical\":"     \
    "null}"
#define QUESTION                                                                                   \
    "\"message\":\"Change when you are warned about \\\"a\\\": low from 50 to 20, critical from "  \
    "10 to the default?\""

static void settle(struct wire *w)
{
    for (int i = 0; i < 100 && !w->finishes; i++) {
        setting_turn(&s);
        mcp_server_tick(s.server);
    }
}

/* The same request, with the capability and `more`. */
static void modern(struct wire *w, const char *arguments, const char *more)
{
    struct mcp_peer peer = {.principal = holding("write")};

    wire_say(w, s.server, &peer,
             mcp_arena_printf(&s.arena,
                              "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{"
                              "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":"
                              "\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":{"
                              "\"elicitation\":{}}},%s%s}}",
                              arguments, more));
    settle(w);
}

static const struct {
    const char *answer;
    bool is_yes;
} ANSWERS[] = {
    {"{\"action\":\"accept\",\"content\":{\"confirm\":true}}", true},
    {"{\"action\":\"accept\",\"content\":{\"confirm\":false}}", false},
    {"{\"action\":\"decline\"}", false},
    {"{\"action\":\"cancel\"}", false},
};

static void a_modern_client_is_asked_first(void)
{
    for (size_t i = 0; i < sizeof(ANSWERS) / sizeof(ANSWERS[0]); i++) {
        struct wire w;

        open_one();
        modern(&w, ARGUMENTS, "");
        T_HAS(wire_reply(&w), "\"resultType\":\"input_required\"");
        T_HAS(wire_reply(&w), QUESTION);
        wire_free(&w);
        T_STR(low_of("a"), "50"); /* nothing yet */
        modern(&w, ARGUMENTS,
               mcp_arena_printf(&s.arena, ",\"inputResponses\":{\"confirm\":%s}", ANSWERS[i].answer)
                   .ptr);
        T_EQ(t_has(wire_reply(&w), MCP_STR("\"isError\":true")), !ANSWERS[i].is_yes);
        T_HAS(wire_reply(&w), ANSWERS[i].is_yes ? "\"thresholds\":{\"low\":20,\"critical\":null}"
                                                : "The user said no; nothing was changed.");
        wire_free(&w);
        T_STR(low_of("a"), ANSWERS[i].is_yes ? "20" : "50");
        setting_close(&s);
    }
}

static void a_client_of_the_older_era_is_asked_by_a_request(void)
{
    for (size_t i = 0; i < sizeof(ANSWERS) / sizeof(ANSWERS[0]); i++) {
        struct wire w, back;

        open_one();
        struct mcp_session *session = mcp_session_new(s.server);
        struct mcp_peer peer = {
            .principal = holding("write"), .claim = MCP_SESSION_FOUND, .session = session};

        wire_say(
            &w, s.server, &peer,
            MCP_STR(REQUEST("initialize", "\"protocolVersion\":\"2025-11-25\",\"capabilities\":{"
                                          "\"elicitation\":{}},\"clientInfo\":{\"name\":\"c\","
                                          "\"version\":\"1\"}")));
        wire_free(&w);
        wire_say(&w, s.server, &peer, MCP_STR(REQUEST("tools/call", ARGUMENTS)));
        T_EQ(w.finishes, 0);
        T_HAS(mcp_buf_str(&w.notes), "\"method\":\"elicitation/create\"");
        T_HAS(mcp_buf_str(&w.notes), QUESTION);
        T_STR(low_of("a"), "50");
        mcp_str notes = mcp_buf_str(&w.notes);
        const char *id =
            strstr(mcp_arena_printf(&s.arena, "%.*s", MCP_STR_ARG(notes)).ptr, "\"id\":");

        T_CHECK(id != NULL);
        wire_say(&back, s.server, &peer,
                 mcp_arena_printf(&s.arena, "{\"jsonrpc\":\"2.0\",%.*s,\"result\":%s}",
                                  (int)strcspn(id, ","), id, ANSWERS[i].answer));
        wire_free(&back);
        settle(&w);
        T_HAS(wire_reply(&w), ANSWERS[i].is_yes ? "\"thresholds\":{\"low\":20,\"critical\":null}"
                                                : "The user said no; nothing was changed.");
        wire_free(&w);
        T_STR(low_of("a"), ANSWERS[i].is_yes ? "20" : "50");
        mcp_session_free(session);
        setting_close(&s);
    }
}

static void what_changes_nothing_or_cannot_be_is_not_asked_about(void)
{
    static const char *const SAME[] = {
        "\"name\":\"set_thresholds\",\"arguments\":{\"connection\":\"a\",\"low\":50}",
        "\"name\":\"set_thresholds\",\"arguments\":{\"connection\":\"a\",\"low\":50,"
        "\"critical\":10}",
        "\"name\":\"set_thresholds\",\"arguments\":{\"connection\":\"a\",\"creditType\":\"c\","
        "\"low\":null}",
    };
    struct wire w;

    open_one();
    for (size_t i = 0; i < sizeof(SAME) / sizeof(SAME[0]); i++) {
        modern(&w, SAME[i], "");
        T_HAS(wire_reply(&w), "\"resultType\":\"complete\"");
        T_CHECK(!t_has(wire_reply(&w), MCP_STR("isError")));
        wire_free(&w);
    }
    modern(&w, "\"name\":\"set_thresholds\",\"arguments\":{\"connection\":\"b\",\"low\":1}", "");
    T_HAS(wire_reply(&w), "No connection has this id or name.");
    wire_free(&w);
    /* hostile names are quoted, and one threshold alone is named alone */
    SAY_OK(&s, "edit_connection", "{'connection':'a','name':'x\\\"? yes'}");
    modern(&w,
           "\"name\":\"set_thresholds\",\"arguments\":{\"connection\":\"x\\\"? yes\","
           "\"creditType\":\"c\",\"low\":20}",
           "");
    T_HAS(wire_reply(&w), "about \\\"x\\\\\\\"? yes\\\", \\\"c\\\": low from the default to 20?\"");
    wire_free(&w);
    setting_close(&s);
}

static const struct t_case cases[] = {
    T(each_tool_is_refused_without_its_scope),
    T(writing_tools_say_what_they_do),
    T(a_reading_again_within_a_minute_is_the_same_one),
    T(who_cannot_be_asked_goes_ahead),
    T(a_modern_client_is_asked_first),
    T(a_client_of_the_older_era_is_asked_by_a_request),
    T(what_changes_nothing_or_cannot_be_is_not_asked_about),
};
T_MAIN("write", cases)
