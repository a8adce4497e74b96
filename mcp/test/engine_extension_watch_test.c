/* mcp/test/engine_extension_watch_test.c - what an extension tells of, bad rows, no memory. */
#include "weather.h"

/* ---- Watched ---- */

static void listen_to(struct station *t, struct wire *w, const char *meta, const char *towns)
{
    char text[1000];

    snprintf(text, sizeof(text),
             "{\"jsonrpc\":\"2.0\",\"id\":\"L\",\"method\":\"subscriptions/listen\",\"params\":{"
             "%s,\"notifications\":{\"towns\":%s}}}",
             meta, towns);
    wire_say(w, t->world.server, &t->peer, mcp_str_c(text));
}

static void stop(struct station *t)
{
    struct wire w;

    wire_say(&w, t->world.server, &t->peer, MCP_STR(CANCEL("\"L\"")));
    wire_free(&w);
    mcp_server_tick(t->world.server);
}

#define ID_L "\"_meta\":{\"io.modelcontextprotocol/subscriptionId\":\"L\"}"
#define TOLD(town, degrees)                                                                        \
    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/weather\",\"params\":{" ID_L                  \
    ",\"town\":\"" town "\",\"degrees\":" degrees "}}\n"

static void a_watch_tells_how_things_are_and_then_what_changes(void)
{
    struct station t;
    struct wire w;

    station_init(&t, NULL);
    t.peer.principal = (struct mcp_principal){.id = {7}, .scopes = "weather.read"};
    listen_to(&t, &w, CAN_WEATHER, "[\"Rome\",\"secret\",\"Rome\"]");
    T_STR(mcp_buf_str(&w.notes),
          "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/subscriptions/acknowledged\","
          "\"params\":{" ID_L ",\"notifications\":{\"towns\":[\"Rome\"]}}}\n");
    mcp_server_tick(t.world.server);
    T_HAS(mcp_buf_str(&w.notes), TOLD("Rome", "20"));
    T_EQ(w.n_notes, 2);
    for (int i = 0; i < 1000; i++) { /* a flag, not a queue */
        t.sky.degrees = i % 30;
        mcp_server_extension_changed(t.world.server, WEATHER, MCP_STR("Rome"));
    }
    mcp_server_extension_changed(t.world.server, WEATHER, MCP_STR("Milan"));
    mcp_server_extension_changed(t.world.server, RADIO, MCP_STR("Rome"));
    mcp_server_extension_changed(t.world.server, "com.example/none", MCP_STR("Rome"));
    T_EQ(t.sky.told, 1);
    mcp_server_tick(t.world.server);
    T_HAS(mcp_buf_str(&w.notes), TOLD("Rome", "9"));
    T_EQ(w.n_notes, 3);
    stop(&t);
    wire_free(&w);
    station_free(&t);
}

static void what_is_gone_is_not_told(void)
{
    struct station t;
    struct wire w;

    station_init(&t, NULL);
    listen_to(&t, &w, CAN_WEATHER, "[\"Rome\",\"Milan\"]");
    t.sky.degrees = -1;
    mcp_server_tick(t.world.server);
    T_EQ(w.n_notes, 1);
    T_EQ(t.sky.told, 2);
    mcp_server_tick(t.world.server);
    T_EQ(t.sky.told, 2); /* and not asked for again */
    stop(&t);
    wire_free(&w);
    station_free(&t);
}

static void watching_needs_the_extension_and_strings(void)
{
    static const struct {
        const char *meta, *towns;
        mcp_err err;
        const char *has;
    } ROWS[] = {
        {MODERN_META, "[\"Rome\"]", MCP_E_MISSING_CAPABILITY, "\"extensions\":{\"" WEATHER "\":{}"},
        {MODERN_META, "[]", MCP_E_MISSING_CAPABILITY, "-32021"},
        {CAN_WEATHER, "\"Rome\"", MCP_E_INVALID_PARAMS, "towns must be an array of strings"},
        {CAN_WEATHER, "null", MCP_E_INVALID_PARAMS, "towns must be an array of strings"},
        {CAN_WEATHER, "[7]", MCP_E_INVALID_PARAMS, "towns: strings of 1 to 2048 bytes"},
        {CAN_WEATHER, "[\"\"]", MCP_E_INVALID_PARAMS, "towns: strings of 1 to 2048 bytes"},
    };
    struct station t;
    struct wire w;

    station_init(&t, NULL);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        listen_to(&t, &w, ROWS[i].meta, ROWS[i].towns);
        T_EQ(w.err, ROWS[i].err);
        T_HAS(wire_reply(&w), ROWS[i].has);
        T_EQ(w.n_notes, 0);
        wire_free(&w);
        t.world.now_ms += 6000;
    }
    T_EQ(mcp_server_waiting(t.world.server), 0);
    station_free(&t);
}

/* ---- Rows ---- */

static mcp_err no_tool(struct mcp_call *call, void *user)
{
    (void)call, (void)user;
    return MCP_OK;
}

#define ONE(...) ((const struct mcp_method[]){{__VA_ARGS__}, {0}})

static const struct mcp_extension GOOD = {.id = WEATHER,
                                          .methods = ONE(.name = "weather/get", .fn = no_tool),
                                          .filter = "towns",
                                          .notification = "notifications/weather",
                                          .put_change = put_change};
static const struct {
    struct mcp_extension row;
    const char *why;
} BAD[] = {
    {{.id = NULL}, "the id must be"},
    {{.id = "weather"}, "extension weather: the id must be"},
    {{.id = "com.example/"}, "extension com.example/: the id must be"},
    {{.id = "/weather"}, "the id must be"},
    {{.id = "com..example/weather"}, "the id must be"},
    {{.id = "com.1example/weather"}, "the id must be"},
    {{.id = "com.example-/weather"}, "the id must be"},
    {{.id = "com.example/-weather"}, "the id must be"},
    {{.id = "com.example/a/b"}, "the id must be"},
    {{.id = "com.ex ample/weather"}, "the id must be"},
    {{.id = WEATHER}, "extension " WEATHER ": the id occurs twice"},
    {{.id = "a/b", .settings = "[]"}, "extension a/b: the settings must be a JSON object"},
    {{.id = "a/b", .settings = "{"}, "extension a/b: the settings must be a JSON object"},
    {{.id = "a/b", .methods = ONE(.name = "tools/call", .fn = no_tool)},
     "extension a/b: the method tools/call is the protocol's own"},
    {{.id = "a/b", .methods = ONE(.name = "ping", .fn = no_tool)}, "ping is the protocol's own"},
    {{.id = "a/b", .methods = ONE(.name = "initialize", .fn = no_tool)}, "the protocol's own"},
    {{.id = "a/b", .methods = ONE(.name = "notifications/x", .fn = no_tool)}, "the protocol's own"},
    {{.id = "a/b", .methods = ONE(.name = "weather/get", .fn = no_tool)},
     "extension a/b: the method weather/get occurs twice"},
    {{.id = "a/b", .methods = ONE(.name = "x")}, "extension a/b: the method x has no handler"},
    {{.id = "a/b", .methods = ONE(.name = "x", .fn = no_tool, .cost = -2)},
     "method x: the cost is negative"},
    {{.id = "a/b", .put_change = put_change}, "what can be watched needs a filter"},
    {{.id = "a/b", .filter = "towns", .notification = "notifications/x", .put_change = put_change},
     "extension a/b: the filter \"towns\" is taken or empty"},
    {{.id = "a/b", .filter = "toolsListChanged"}, "the filter \"toolsListChanged\" is taken"},
    {{.id = "a/b", .filter = "resourceSubscriptions"}, "is taken or empty"},
    {{.id = "a/b", .filter = ""}, "is taken or empty"},
    {{.id = "a/b", .filter = "x", .put_change = put_change}, "needs a notification"},
    {{.id = "a/b", .filter = "x", .notification = "weather", .put_change = put_change},
     "needs a notification"},
    {{.id = "a/b", .filter = "x", .notification = "notifications/x"}, "and put_change"},
};

static void a_bad_row_is_a_start_up_error_that_names_it(void)
{
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        const struct mcp_extension *rows[] = {&GOOD, &BAD[i].row};
        struct world w = {.now_ms = 1};
        struct mcp_server_options opt = {.name = "t",
                                         .version = "1",
                                         .extensions = rows,
                                         .n_extensions = 2,
                                         .clock = {world_now, world_now, &w}};
        char why[256] = "";

        T_CHECK(mcp_server_new(&opt, why, sizeof(why)) == NULL);
        T_HAS(mcp_str_c(why), BAD[i].why);
        opt.n_extensions = 1;
        struct mcp_server *s = mcp_server_new(&opt, why, sizeof(why));

        T_CHECK(s != NULL);
        mcp_server_free(s);
    }
}

/* ---- Without memory ---- */

static bool listen_and_call(void *arg)
{
    struct station *t = arg;
    struct tiny call = {.sink = {tiny_notify, tiny_finish}};
    struct tiny open = {.sink = {tiny_notify, tiny_finish}};

    mcp_server_handle(t->world.server,
                      MCP_STR(REQUEST("weather/get", CAN_WEATHER ",\"town\":\"Rome\"")), &t->peer,
                      &call.sink);
    mcp_server_handle(t->world.server,
                      MCP_STR("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"subscriptions/listen\","
                              "\"params\":{" CAN_WEATHER
                              ",\"notifications\":{\"towns\":[\"R\"]}}}"),
                      &t->peer, &open.sink);
    mcp_server_tick(t->world.server);
    bool is_open = open.finishes == 0;

    T_EQ(call.finishes, 1);
    T_CHECK(call.err == MCP_OK || call.err == MCP_E_OVERLOADED);
    T_CHECK(is_open || open.err == MCP_E_OVERLOADED);
    if (is_open) {
        mcp_server_cancel(t->world.server, &open.sink);
    }
    mcp_server_tick(t->world.server);
    return call.err == MCP_OK && is_open;
}

static void every_refused_allocation_ends_in_a_reply(void)
{
    struct station t;

    station_init(&t, NULL);
    t.peer.principal.rate_per_minute = -1;
    size_t n = t_torture(listen_and_call, &t);

    printf("# %zu allocations\n", n);
    T_CHECK(n > 2 && n <= (IS_EXACT ? 40 : 20)); /* a budget: raise it with a reason */
    station_free(&t);
}

static bool begin_session(void *arg)
{
    struct station *t = arg;
    struct mcp_session *session = mcp_session_new(t->world.server);
    struct mcp_peer peer = peer_stdio(session);
    struct tiny w = {.sink = {tiny_notify, tiny_finish}};

    if (!session) {
        return false;
    }
    mcp_server_handle(t->world.server, MCP_STR(LEGACY_WEATHER), &peer, &w.sink);
    T_EQ(w.finishes, 1);
    T_CHECK(w.err == MCP_OK || w.err == MCP_E_OVERLOADED);
    mcp_session_free(session);
    return w.err == MCP_OK;
}

static void a_session_begins_with_all_it_was_told_or_not_at_all(void)
{
    struct station t;

    station_init(&t, NULL);
    t.world.opt.rate_per_minute = 0;
    t.peer.principal.rate_per_minute = -1;
    T_CHECK(t_torture(begin_session, &t) <= (IS_EXACT ? 40 : 20));
    station_free(&t);
}

static const struct t_case CASES[] = {
    T(a_watch_tells_how_things_are_and_then_what_changes),
    T(what_is_gone_is_not_told),
    T(watching_needs_the_extension_and_strings),
    T(a_bad_row_is_a_start_up_error_that_names_it),
    T(every_refused_allocation_ends_in_a_reply),
    T(a_session_begins_with_all_it_was_told_or_not_at_all),
};
T_MAIN("mcp/engine_extension_watch", CASES)
