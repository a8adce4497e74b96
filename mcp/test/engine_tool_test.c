/* mcp/test/engine_tool_test.c - rows: what the server refuses to start with, how tools are listed,
 * paged, checked and given arguments. */
#include "engine_tools.h"

#include <signal.h>

#define CALL(name, rest)   REQUEST("tools/call", "\"name\":\"" name "\"" rest)
#define CALL_E(name, rest) REQUEST("tools/call", MODERN_META ",\"name\":\"" name "\"" rest)

/* The server does not start and says a sentence with `part`. */
static void refused(const struct mcp_tool *rows, const char *part)
{
    const struct mcp_tool_set set = {rows, NULL};
    struct world world = {.now_ms = 1};
    struct mcp_server_options opt = {.name = "n",
                                     .version = "1",
                                     .tools = &set,
                                     .n_tools = 1,
                                     .clock = {world_now, world_now, &world}};
    char why[300] = "";
    char tiny[8];

    struct mcp_server *s = mcp_server_new(&opt, why, sizeof(why));

    ck_assert_msg(!s, "started; wanted: %s", part);
    T_HAS(mcp_str_c(why), part);
    T_CHECK(!mcp_server_new(&opt, tiny, sizeof(tiny)));
    T_EQ(strlen(tiny), 7);
}

#define ROW(...)                                                                                   \
    (const struct mcp_tool[])                                                                      \
    {                                                                                              \
        {.name = "good", .description = "d", .fn = nothing}, {__VA_ARGS__},                        \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

static void a_bad_row_stops_the_start_and_is_named(void)
{
    refused(ROW(.name = "t", .fn = nothing), "tool t: the description is missing");
    refused(ROW(.name = "t", .description = "d"), "tool t: the handler is missing");
    refused(ROW(.name = "a b", .description = "d", .fn = nothing), "tool a b: the name");
    refused(ROW(.name = "", .description = "d", .fn = nothing), "the name must be");
    refused(ROW(.name = "123456789012345678901234567890123456789012345678901234567890abcde",
                .description = "d", .fn = nothing),
            "the name must be");
    refused(ROW(.name = "good", .description = "d", .fn = nothing),
            "tool good: the name occurs twice");
    refused(ROW(.name = "t", .description = "d", .fn = nothing, .cost = -1), "cost");
    refused(ROW(.name = "t", .description = "d", .fn = nothing, .input_schema = "{"),
            "tool t: input schema");
    refused(ROW(.name = "t", .description = "d", .fn = nothing, .input_schema = "{}"),
            "tool t: input schema: the root must have");
    refused(ROW(.name = "t", .description = "d", .fn = nothing,
                .input_schema = "{\"type\":\"object\",\"properties\":{\"a\":{\"minLenght\":1}}}"),
            "tool t: input schema/properties/a");
    refused(
        ROW(.name = "t", .description = "d", .fn = nothing, .output_schema = "{\"type\":\"aray\"}"),
        "tool t: output schema");
}

static void invalid_arguments_name_the_path_and_the_rule(void)
{
    static const struct {
        const char *rev;
        bool is_result;
    } REVS[] = {
        {"2024-11-05", false}, {"2025-03-26", false}, {"2025-06-18", false}, {"2025-11-25", true}};
    const char *why = "arguments/name: must be at least 1 character long (minLength)";
    struct wire w;

    for (int i = 0; i < 4; i++) {
        struct stage s;

        stage_init(&s, REVS[i].rev);
        say(&s, &w, CALL("greet", ",\"arguments\":{\"name\":\"\"}"));
        T_EQ(w.err, MCP_E_INVALID_ARGUMENTS);
        T_EQ(w.http_status, 200);
        T_HAS(wire_reply(&w), why);
        T_EQ(t_has(wire_reply(&w), MCP_STR("\"isError\":true")), REVS[i].is_result);
        T_EQ(t_has(wire_reply(&w), MCP_STR("\"code\":-32602")), !REVS[i].is_result);
        wire_free(&w);
        say(&s, &w, CALL_E("greet", ""));
        T_HAS(wire_reply(&w), "(required)");
        T_HAS(wire_reply(&w), "\"isError\":true");
        wire_free(&w);
        say(&s, &w, CALL_E("nothing", ",\"arguments\":{\"x\":1}"));
        T_HAS(wire_reply(&w), "(additionalProperties)");
        wire_free(&w);
        stage_free(&s);
    }
}

/* The string behind `"nextCursor":` in a reply, or the empty slice. */
static mcp_str next_cursor(mcp_str reply)
{
    mcp_str key = MCP_STR("\"nextCursor\":\"");

    for (size_t i = 0; i + key.len < reply.len; i++) {
        if (memcmp(reply.ptr + i, key.ptr, key.len) == 0) {
            mcp_str rest = mcp_str_n(reply.ptr + i + key.len, reply.len - i - key.len);

            return mcp_str_cut(&rest, '"');
        }
    }
    return mcp_str_n(NULL, 0);
}

static int count_tools(mcp_str reply)
{
    int n = 0;

    for (size_t i = 0; i + 14 < reply.len; i++) {
        n += memcmp(reply.ptr + i, "\"description\":", 14) == 0;
    }
    return n;
}

static void pages(struct world *world, const struct mcp_peer *peer, const char *meta)
{
    char message[600], cursor[200] = "";
    int n_tools = 0, n_pages = 0;
    struct wire w;

    for (;;) {
        snprintf(message, sizeof(message), REQUEST("tools/list", "%s%s%s%s"), cursor,
                 *cursor ? "\"" : "", *cursor && *meta ? "," : "", meta);
        wire_say(&w, world->server, peer, mcp_str_c(message));
        T_EQ(w.err, MCP_OK);
        n_tools += count_tools(wire_reply(&w));
        n_pages++;
        mcp_str next = next_cursor(wire_reply(&w));

        if (!next.len) {
            break;
        }
        snprintf(cursor, sizeof(cursor), "\"cursor\":\"%.*s", MCP_STR_ARG(next));
        wire_free(&w);
    }
    wire_free(&w);
    T_EQ(n_tools, 10); /* eleven rows, one hidden */
    T_EQ(n_pages, 3);
}

static void a_long_list_is_paged_and_every_tool_appears_once(void)
{
    const struct mcp_tool_set set = {ENGINE_TOOLS, NULL};
    struct world world;
    char why[100];

    world_init(&world, &set, 1);
    mcp_server_free(world.server);
    world.opt.page_tools = 4;
    world.server = mcp_server_new(&world.opt, why, sizeof(why));
    struct mcp_peer peer = {.principal = WIRE_EVERYTHING};

    pages(&world, &peer, MODERN_META);
    struct mcp_session *session = mcp_session_new(world.server);
    struct wire w;

    peer = peer_stdio(session);
    wire_say(&w, world.server, &peer, MCP_STR(INITIALIZE("2025-06-18")));
    wire_free(&w);
    pages(&world, &peer, "");
    mcp_session_free(session);
    world_free(&world);
}

static void a_cursor_that_is_not_ours_is_refused(void)
{
    static const char *const CURSORS[] = {
        "\"\"",
        "\"x\"",
        "7",
        "null",
        ("\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
         "AAAAAAAAAAAAA\""),
    };
    struct stage s;
    struct wire w;

    stage_init(&s, "2025-11-25");
    for (size_t i = 0; i < sizeof(CURSORS) / sizeof(CURSORS[0]); i++) {
        char message[300];

        snprintf(message, sizeof(message), REQUEST("tools/list", "\"cursor\":%s"), CURSORS[i]);
        say(&s, &w, message);
        T_EQ(w.err, MCP_E_INVALID_PARAMS);
        T_EQ(w.http_status, 200);
        wire_free(&w);
    }
    stage_free(&s);
}

static mcp_str first_cursor(struct world *world, struct wire *w)
{
    const struct mcp_peer peer = {.principal = WIRE_EVERYTHING};

    wire_say(w, world->server, &peer, MCP_STR(REQUEST("tools/list", MODERN_META)));
    return next_cursor(wire_reply(w));
}

/* Ask `world` for the page of `cursor`. */
static mcp_err follow(struct world *world, mcp_str cursor)
{
    const struct mcp_peer peer = {.principal = WIRE_EVERYTHING};
    char message[500];
    struct wire w;

    snprintf(message, sizeof(message), REQUEST("tools/list", "\"cursor\":\"%.*s\"," MODERN_META),
             MCP_STR_ARG(cursor));
    wire_say(&w, world->server, &peer, mcp_str_c(message));
    mcp_err err = w.err;

    wire_free(&w);
    return err;
}

static void cursors_outlive_a_restart_with_the_same_secret_and_tools(void)
{
    const struct mcp_tool_set all = {ENGINE_TOOLS, NULL}, fewer = {ENGINE_TOOLS + 1, NULL};
    struct world world[4];
    char why[100];
    struct wire w;

    for (int i = 0; i < 4; i++) {
        world_init(&world[i], i == 2 ? &fewer : &all, 1);
        mcp_server_free(world[i].server);
        world[i].opt.page_tools = 4;
        memset(world[i].opt.secret, i == 3 ? 2 : 1, 32);
        world[i].server = mcp_server_new(&world[i].opt, why, sizeof(why));
    }
    mcp_str cursor = first_cursor(&world[0], &w);

    T_EQ(follow(&world[1], cursor), MCP_OK);
    T_EQ(follow(&world[2], cursor), MCP_E_INVALID_PARAMS); /* other tools */
    T_EQ(follow(&world[3], cursor), MCP_E_INVALID_PARAMS); /* another secret */
    char bent[200];

    for (size_t i = 0; i < cursor.len; i++) {
        memcpy(bent, cursor.ptr, cursor.len);
        bent[i] = bent[i] == 'A' ? 'B' : 'A';
        T_EQ(follow(&world[0], mcp_str_n(bent, cursor.len)), MCP_E_INVALID_PARAMS);
    }
    wire_free(&w);
    for (int i = 0; i < 4; i++) {
        world_free(&world[i]);
    }
}

static const struct mcp_tool TYPED[] = {
    {.name = "typed",
     .description = "d",
     .input_schema = "{\"type\":\"object\",\"properties\":{\"s\":{\"type\":\"string\"},"
                     "\"i\":{\"type\":\"integer\"},\"n\":{\"type\":\"number\"},"
                     "\"b\":{\"type\":\"boolean\"},\"a\":{\"type\":\"array\"},"
                     "\"o\":{\"type\":\"object\"},\"e\":{\"enum\":[\"x\"]},"
                     "\"m\":{\"type\":[\"integer\",\"null\",\"string\"]},"
                     "\"l\":{\"type\":[\"string\",\"array\"]}}}",
     .fn = nothing},
    {.name = "untyped", .description = "d", .fn = nothing},
    {0},
};

static void text_becomes_what_the_schema_wants(void)
{
    static const char *const ROWS[][3] = {
        {"s", "5", "{\"s\":\"5\"}"},     {"i", "5", "{\"i\":5}"},
        {"i", " 5 ", "{\"i\":5}"},       {"i", "five", "{\"i\":\"five\"}"},
        {"i", "1.5", "{\"i\":1.5}"}, /* the check says why */
        {"i", "", "{\"i\":\"\"}"},       {"n", "-1.50", "{\"n\":-1.50}"},
        {"n", "01", "{\"n\":\"01\"}"},   {"b", "true", "{\"b\":true}"},
        {"b", "yes", "{\"b\":\"yes\"}"}, {"a", "[1,2]", "{\"a\":[1,2]}"},
        {"a", "1,2", "{\"a\":\"1,2\"}"}, {"o", "{\"x\":1}", "{\"o\":{\"x\":1}}"},
        {"e", "x", "{\"e\":\"x\"}"},     {"m", "7", "{\"m\":7}"},
        {"m", "null", "{\"m\":null}"},   {"m", "seven", "{\"m\":\"seven\"}"},
        {"l", "[1]", "{\"l\":\"[1]\"}"}, {"s", "a\"b\n\xff", "{\"s\":\"a\\\"b\\n\xef\xbf\xbd\"}"},
    };
    const struct mcp_tool_set set = {TYPED, NULL};
    struct world world;
    struct mcp_buf b;

    world_init(&world, &set, 1);
    mcp_buf_init(&b, 1000);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct mcp_json_writer w;

        mcp_buf_clear(&b);
        mcp_json_writer_init(&w, &b);
        mcp_json_object(&w);
        T_CHECK(mcp_tool_put_argument(world.server, &TYPED[0], &w, mcp_str_c(ROWS[i][0]),
                                      mcp_str_c(ROWS[i][1])));
        T_CHECK(!mcp_tool_put_argument(world.server, &TYPED[0], &w, MCP_STR("zz"), MCP_STR("1")));
        T_CHECK(!mcp_tool_put_argument(world.server, &TYPED[1], &w, MCP_STR("s"), MCP_STR("1")));
        mcp_json_object_end(&w);
        T_STR(mcp_buf_str(&b), ROWS[i][2]);
    }
    mcp_buf_free(&b);
    world_free(&world);
}

/* ---- Schemas in the list ---- */

static void schemas_are_listed_without_white_space(void)
{
    static const struct mcp_tool ROWS[] = {
        {.name = "x",
         .description = "X.",
         .input_schema = MCP_JSON({
             "type" : "object",
             "properties" : {"a b" : {"const" : "c : \" d\\"}, "n" : {"enum" : [ 1, 2 ]}}
         }),
         .fn = nothing},
        {0},
    };
    struct mcp_tool_set set = {ROWS, NULL};
    struct world world;
    struct wire w;

    world_init(&world, &set, 1);
    const struct mcp_peer peer = peer_http(&world, NULL, NULL);

    wire_say(&w, world.server, &peer, MCP_STR(REQUEST("tools/list", MODERN_META)));
    T_HAS(wire_reply(&w), "\"inputSchema\":{\"type\":\"object\",\"properties\":{\"a b\":{\"const\":"
                          "\"c : \\\" d\\\\\"},\"n\":{\"enum\":[1,2]}}}");
    wire_free(&w);
    world_free(&world);
}

static void white_space_does_not_hide_an_error(void)
{
    static const char *const BAD[] = {
        "{\"type\":\"object\",\"minProperties\":1 2}",
        "{\"type\":\"object\",\"title\":\"a\" \"b\"}",
        "{\"type\":\"object\",\"title\":\"a",
        "{\"type\":\"object\",\"uniqueItems\":tr ue}",
        " \n ",
    };

    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        const struct mcp_tool rows[] = {
            {.name = "x", .description = "X.", .input_schema = BAD[i], .fn = nothing}, {0}};
        struct mcp_tool_set set = {rows, NULL};
        struct mcp_server_options opt = {.name = "s", .version = "1", .tools = &set, .n_tools = 1};
        char why[256];

        opt.clock = (struct mcp_clock){world_now, world_now, NULL};
        T_CHECK(!mcp_server_new(&opt, why, sizeof(why)));
        T_HAS(mcp_str_c(why), "tool x: input schema");
    }
}

static void rows_can_be_walked_in_name_order(void)
{
    const struct mcp_tool_set set = {ENGINE_TOOLS, NULL};
    struct world world;
    size_t n = 0;

    world_init(&world, &set, 1);
    for (const struct mcp_tool *t, *last = NULL; (t = mcp_server_tool_at(world.server, n)); n++) {
        T_CHECK(!last || strcmp(last->name, t->name) < 0);
        T_CHECK(mcp_server_tool(world.server, mcp_str_c(t->name)) == t);
        T_EQ(mcp_json_type(mcp_server_tool_input(world.server, t)), MCP_JSON_OBJECT);
        last = t;
    }
    T_EQ(n, 11);
    T_CHECK(!mcp_server_tool(world.server, MCP_STR("zz")));
    T_CHECK(!mcp_json_present(mcp_server_tool_input(world.server, NULL)));
    world_free(&world);
}

static mcp_err lie(struct mcp_call *call, void *user)
{
    struct mcp_json_writer *w = mcp_structured(call);

    (void)user;
    mcp_json_object(w);
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err say_nothing(struct mcp_call *call, void *user)
{
    (void)call, (void)user;
    return MCP_OK;
}

static const struct mcp_tool LIARS[] = {
    {.name = "liar",
     .description = "d",
     .output_schema = "{\"type\":\"object\",\"required\":[\"sum\"]}",
     .fn = lie},
    {.name = "mute",
     .description = "d",
     .output_schema = "{\"type\":\"object\"}",
     .fn = say_nothing},
    {0},
};

static void a_result_that_breaks_its_schema_is_not_sent(void)
{
    const struct mcp_tool_set set = {LIARS, NULL};
    const struct mcp_peer peer = {.principal = WIRE_EVERYTHING};
    struct world world;
    struct wire w;

    world_init(&world, &set, 1);
    wire_say(&w, world.server, &peer, MCP_STR(CALL_E("liar", "")));
    T_EQ(w.err, MCP_E_INTERNAL);
    T_HAS(wire_reply(&w), "\"error\":{\"code\":-32603");
    T_CHECK(!t_has(wire_reply(&w), MCP_STR("structuredContent")));
    wire_free(&w);
    wire_say(&w, world.server, &peer, MCP_STR(CALL_E("mute", ""))); /* it has none at all */
    T_EQ(w.err, MCP_E_INTERNAL);
    wire_free(&w);
    world_free(&world);

    world_init_with(
        &world, &(struct mcp_server_options){.tools = &set, .n_tools = 1, .trusts_results = true});
    wire_say(&w, world.server, &peer, MCP_STR(CALL_E("liar", "")));
    T_HAS(wire_reply(&w), "\"structuredContent\":{}");
    wire_free(&w);
    world_free(&world);
}

static void a_server_without_tools_lists_none(void)
{
    struct world world;
    struct wire w;
    const struct mcp_peer peer = {.principal = WIRE_EVERYTHING};

    world_init(&world, NULL, 0);
    wire_say(&w, world.server, &peer, MCP_STR(REQUEST("tools/list", MODERN_META)));
    T_HAS(wire_reply(&w), "\"tools\":[],");
    wire_free(&w);
    world_free(&world);
}

static const struct t_case CASES[] = {
    T(a_bad_row_stops_the_start_and_is_named),
    T(invalid_arguments_name_the_path_and_the_rule),
    T(a_long_list_is_paged_and_every_tool_appears_once),
    T(a_cursor_that_is_not_ours_is_refused),
    T(cursors_outlive_a_restart_with_the_same_secret_and_tools),
    T(text_becomes_what_the_schema_wants),
    T(schemas_are_listed_without_white_space),
    T(white_space_does_not_hide_an_error),
    T(rows_can_be_walked_in_name_order),
    T(a_result_that_breaks_its_schema_is_not_sent),
    T(a_server_without_tools_lists_none),
};
T_MAIN("mcp/engine_tool", CASES)
