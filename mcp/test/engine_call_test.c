/* mcp/test/engine_call_test.c - results, failures, ids, progress. */
#include "engine_tools.h"

/* ---- Results ---- */

static void a_failure_of_the_tool_is_a_result_with_isError(void)
{
    struct stage s;

    stage_init(&s, "2025-11-25");
    expect(&s, CALL("refuse", ""), MCP_E_NOT_FOUND,
           "\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"no tool \\\"x\\ny\\\" here\"}],"
           "\"isError\":true}}");
    expect(&s, CALL_E("refuse", ""), MCP_E_NOT_FOUND, "\"isError\":true,\"_meta\"");
    stage_free(&s);
}

static void a_failure_that_was_said_is_not_success(void)
{
    struct stage s;

    stage_init(&s, "2025-11-25");
    expect(&s, CALL("forgetful", ""), MCP_E_CONFLICT,
           "[{\"type\":\"text\",\"text\":\"it exists already\"}],\"isError\":true}}");
    stage_free(&s);
}

static void a_failure_of_the_server_is_a_protocol_error(void)
{
    struct stage s;

    stage_init(&s, "2025-11-25");
    expect(&s, CALL("broken", ""), MCP_E_STORAGE,
           "\"id\":1,\"error\":{\"code\":-32603,\"message\":\"the disk is full\"}}");
    stage_free(&s);
}

static void content_is_there_even_when_empty(void)
{
    struct stage s;

    stage_init(&s, "2024-11-05");
    expect(&s, CALL("nothing", ""), MCP_OK, "\"result\":{\"content\":[]}}");
    stage_free(&s);
}

static void text_blocks_are_kept_apart_and_always_valid(void)
{
    struct stage s;

    stage_init(&s, "2025-06-18");
    expect(&s, CALL("blocks", ",\"arguments\":{}"), MCP_OK,
           "[{\"type\":\"text\",\"text\":\"first \\\"quoted\\\"\"},"
           "{\"type\":\"text\",\"text\":\"caf\xc3\xa9 \xef\xbf\xbd\"}],"
           "\"structuredContent\":{\"sum\":0}}");
    stage_free(&s);
}

static void ids_are_echoed_byte_for_byte(void)
{
    static const char *const IDS[] = {
        "0", "-7", "123456789012345678901234567890", "\"\"", "\"a\\u0062\\n\"", "\"caf\xc3\xa9\""};
    struct stage s;

    stage_init(&s, "2025-11-25");
    for (size_t i = 0; i < sizeof(IDS) / sizeof(IDS[0]); i++) {
        char message[200], want[100];

        snprintf(message, sizeof(message), "{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":%s}",
                 IDS[i]);
        snprintf(want, sizeof(want), "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{}}", IDS[i]);
        expect(&s, message, MCP_OK, want);
    }
    stage_free(&s);
}

static void other_ids_are_refused_and_not_echoed(void)
{
    static const char *const IDS[] = {"null", "1.5", "1e-2", "{}", "[1]", "true"};
    char message[500] = "{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":\"";
    size_t n = strlen(message);
    struct stage s;

    stage_init(&s, "2025-11-25");
    memset(message + n, 'x', 255);
    memcpy(message + n + 255, "\"}", 3);
    expect(&s, message, MCP_E_INVALID_REQUEST, "{\"jsonrpc\":\"2.0\",\"error\"");
    for (size_t i = 0; i < sizeof(IDS) / sizeof(IDS[0]); i++) {
        snprintf(message, sizeof(message), "{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":%s}",
                 IDS[i]);
        expect(&s, message, MCP_E_INVALID_REQUEST, "{\"jsonrpc\":\"2.0\",\"error\"");
    }
    stage_free(&s);
}

static void malformed_messages_are_refused(void)
{
    static const char *const BAD[] = {
        "{\"id\":1,\"method\":\"ping\"}",
        "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}",
        "{\"jsonrpc\":2.0,\"id\":1,\"method\":\"ping\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":[]}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":null}",
    };
    struct stage s;

    stage_init(&s, "2025-11-25");
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        expect(&s, BAD[i], MCP_E_INVALID_REQUEST, "\"id\":1,\"error\":{\"code\":-32600");
    }
    expect(&s, "{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"ping\"}", MCP_E_INVALID_JSON,
           "-32700");
    expect(&s, "\"ping\"", MCP_E_INVALID_REQUEST, "-32600");
    expect(&s, CALL("greet", ",\"arguments\":[]"), MCP_E_INVALID_PARAMS, "params.arguments");
    expect(&s, REQUEST("tools/call", "\"name\":7"), MCP_E_INVALID_PARAMS, "params.name");
    expect(&s, REQUEST("tools/call", ""), MCP_E_INVALID_PARAMS, "params.name");
    expect(&s, CALL("gre\\u0000et", ""), MCP_E_UNKNOWN_TOOL, "-32602");
    stage_free(&s);
}

static void hidden_tools_do_not_exist_over_mcp(void)
{
    struct stage s;

    stage_init(&s, "2025-11-25");
    expect(&s, CALL("secret", ""), MCP_E_UNKNOWN_TOOL, "Unknown tool: secret");
#define X15 "xxxxxxxxxxxxxxx"
    /* What is cut is cut between characters. */
    expect(&s, CALL(X15 X15 X15 X15 "xxx\xe2\x82\xac", ""), MCP_E_UNKNOWN_TOOL,
           X15 X15 X15 X15 "xxx\"");
    T_CHECK(mcp_server_tool(s.world.server, MCP_STR("secret")) != NULL);
    stage_free(&s);
}

static void keep_line(void *user, enum mcp_log_level level, mcp_str line)
{
    (void)level;
    mcp_buf_add(user, line);
    mcp_buf_byte(user, '\n');
}

static void the_log_has_our_failures_and_nobodys_arguments(void)
{
    const struct mcp_tool_set set = {ENGINE_TOOLS, NULL};
    const struct mcp_peer peer = {.principal = WIRE_EVERYTHING};
    struct world world;
    struct mcp_buf lines;
    struct wire w;
    char why[100];

    world_init(&world, &set, 1);
    mcp_server_free(world.server);
    mcp_buf_init(&lines, 10000);
    world.opt.log = (struct mcp_log){.write = keep_line, .user = &lines, .max = MCP_LOG_DEBUG};
    world.server = mcp_server_new(&world.opt, why, sizeof(why));
    wire_say(&w, world.server, &peer,
             MCP_STR(CALL_E("greet", ",\"arguments\":{\"name\":\"hush\"}")));
    wire_free(&w);
    wire_say(&w, world.server, &peer, MCP_STR(CALL_E("greet", ",\"arguments\":{\"hush\":1}")));
    wire_free(&w);
    wire_say(&w, world.server, &peer, MCP_STR(CALL_E("broken", "")));
    wire_free(&w);
    T_STR(mcp_buf_str(&lines), "greet: OK\ngreet: INVALID_ARGUMENTS\n"
                               "broken: STORAGE: the disk is full\n");
    mcp_buf_free(&lines);
    world_free(&world);
}

static mcp_err look_around(struct mcp_call *call, void *user)
{
    struct world *world = user;
    mcp_str long_name = mcp_arg_str(call, "name");

    T_CHECK(mcp_call_clock(call)->monotonic_ms(world) == world->now_ms);
    T_CHECK(mcp_clock_wall_ms(mcp_server_clock(world->server)) == world->now_ms);
    T_CHECK(mcp_server_log(world->server)->write == world->opt.log.write);
    T_CHECK(mcp_principal_has(mcp_call_principal(call), "anything"));
    T_CHECK(mcp_arena_new(mcp_call_arena(call), int64_t, 4) != NULL);
    T_EQ(mcp_json_count(mcp_call_arguments(call)), 3);
    T_CHECK(mcp_arg_bool(call, "yes", false));
    T_CHECK(!mcp_arg_bool(call, "n", false));
    T_EQ(mcp_arg_int(call, "n", -1), 7);
    T_EQ(mcp_arg_int(call, "yes", -1), -1);
    T_STR(long_name, "a\"b");
    T_CHECK(!mcp_json_present(mcp_arg(call, "absent")));
    T_CHECK(!mcp_call_is_cancelled(call));
    return mcp_text(call, "%0*d", 200000, 1); /* more than the pool keeps */
}

static const struct mcp_tool LOOKERS[] = {{.name = "look",
                                           .description = "Looks around.",
                                           .input_schema = "{\"type\":\"object\"}",
                                           .fn = look_around},
                                          {0}};

static void a_handler_sees_arguments_principal_and_clock(void)
{
    struct world world;
    const struct mcp_tool_set set = {LOOKERS, &world};
    const struct mcp_peer peer = {.principal = WIRE_EVERYTHING};
    struct wire w;

    world_init(&world, &set, 1);
    wire_say(&w, world.server, &peer,
             MCP_STR(CALL_E("look", ",\"arguments\":{\"name\":\"a\\\"b\",\"n\":7,"
                                    "\"yes\":true}")));
    T_EQ(w.err, MCP_OK);
    T_CHECK(wire_reply(&w).len > 200000);
    wire_free(&w);
    world_free(&world);
}

/* ---- Progress ---- */

static void progress_rises_strictly_and_needs_a_token(void)
{
    struct stage s;
    struct wire w;

    stage_init(&s, "2025-11-25");
    say(&s, &w, CALL("count", ",\"_meta\":{\"progressToken\":\"t\"}"));
    T_EQ(w.n_notes, 2);
    T_STR(mcp_buf_str(&w.notes),
          "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":"
          "{\"progressToken\":\"t\",\"progress\":1,\"total\":3,\"message\":\"one\"}}\n"
          "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":"
          "{\"progressToken\":\"t\",\"progress\":2.5}}\n");
    wire_free(&w);
    say(&s, &w, CALL("count", ""));
    T_EQ(w.n_notes, 0);
    wire_free(&w);
    expect(&s, CALL("count", ",\"_meta\":{\"progressToken\":1.5}"), MCP_E_INVALID_PARAMS,
           "progressToken");
    stage_free(&s);
}

static void progress_has_no_message_in_2024_11_05(void)
{
    struct stage s;
    struct wire w;

    stage_init(&s, "2024-11-05");
    say(&s, &w, CALL("count", ",\"_meta\":{\"progressToken\":7}"));
    T_EQ(w.n_notes, 2);
    T_HAS(mcp_buf_str(&w.notes), "{\"progressToken\":7,\"progress\":1,\"total\":3}}");
    wire_free(&w);
    stage_free(&s);
}

static const struct t_case CASES[] = {
    T(a_failure_of_the_tool_is_a_result_with_isError),
    T(a_failure_that_was_said_is_not_success),
    T(a_failure_of_the_server_is_a_protocol_error),
    T(content_is_there_even_when_empty),
    T(text_blocks_are_kept_apart_and_always_valid),
    T(ids_are_echoed_byte_for_byte),
    T(other_ids_are_refused_and_not_echoed),
    T(malformed_messages_are_refused),
    T(hidden_tools_do_not_exist_over_mcp),
    T(the_log_has_our_failures_and_nobodys_arguments),
    T(a_handler_sees_arguments_principal_and_clock),
    T(progress_rises_strictly_and_needs_a_token),
    T(progress_has_no_message_in_2024_11_05),
};
T_MAIN("mcp/engine_call", CASES)
