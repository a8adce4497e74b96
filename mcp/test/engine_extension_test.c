/* mcp/test/engine_extension_test.c - an extension is a table: declared, gated, answered. */
#include "executor.h"
#include "weather.h"

/* ---- Declared ---- */

static void both_sides_declare_it(void)
{
    struct station t;

    station_init(&t, NULL);
    hear(&t, REQUEST("server/discover", MODERN_META), MCP_OK,
         "\"capabilities\":{\"extensions\":{\"" WEATHER "\":{\"unit\":\"C\"},\"" RADIO
         "\":{}},\"tools\":{}}");
    hear(&t, CALL_E("declared", ""), MCP_OK, "\"text\":\"nothing\"");
    hear(&t, REQUEST("tools/call", CAN_WEATHER ",\"name\":\"declared\""), MCP_OK, "{\\\"a\\\":1}");
    hear(&t, REQUEST("tools/call", CAN("\"" WEATHER "\":true") ",\"name\":\"declared\""), MCP_OK,
         "nothing");
    hear(&t, REQUEST("tools/call", CAN_WEATHER ",\"name\":\"needs\""), MCP_OK, "it has it");
    hear(&t, CALL_E("needs", ""), MCP_E_MISSING_CAPABILITY,
         "\"code\":-32021,\"message\":\"the client did not declare the extension " WEATHER
         "\",\"data\":{\"requiredCapabilities\":{\"extensions\":{\"" WEATHER "\":{}}}}");
    station_free(&t);
}

static void a_legacy_session_remembers_what_initialize_declared(void)
{
    struct station t;

    station_init(&t, LEGACY_WEATHER);
    hear(&t, REQUEST("tools/call", "\"name\":\"declared\""), MCP_OK, "{\\\"a\\\":2}");
    hear(&t, REQUEST("weather/get", "\"town\":\"Rome\""), MCP_OK,
         "\"result\":{\"town\":\"Rome\",\"degrees\":20}}");
    hear(&t, REQUEST("weather/nothing", ""), MCP_OK, "\"result\":{}}");
    hear(&t, REQUEST("radio/play", ""), MCP_E_METHOD_NOT_FOUND, "-32601");
    station_free(&t);

    station_init(&t, INITIALIZE("2025-06-18"));
    hear(&t, REQUEST("weather/get", "\"town\":\"Rome\""), MCP_E_MISSING_CAPABILITY, "-32600");
    hear(&t, REQUEST("tools/call", "\"name\":\"declared\""), MCP_OK, "nothing");
    station_free(&t);
}

static void initialize_lists_those_that_older_revisions_have(void)
{
    struct station t;

    station_init(&t, NULL);
    hear(&t, LEGACY_WEATHER, MCP_OK,
         "\"capabilities\":{\"extensions\":{\"" WEATHER "\":{\"unit\":\"C\"}},\"tools\":{}}");
    station_free(&t);
}

static void a_session_remembers_a_little_only(void)
{
    struct mcp_buf big;
    struct station t;
    struct wire w;

    station_init(&t, NULL);
    mcp_buf_init(&big, 10000);
    mcp_buf_add_c(&big,
                  "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{"
                  "\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"extensions\":{\"" WEATHER
                  "\":{\"a\":\"");
    for (int i = 0; i < 4096; i++) {
        mcp_buf_byte(&big, 'x');
    }
    mcp_buf_add_c(&big, "\"}}}}}");
    wire_say(&w, t.world.server, &t.peer, mcp_buf_str(&big));
    T_EQ(w.err, MCP_E_INVALID_PARAMS);
    T_HAS(wire_reply(&w), "extensions: at most 4096 bytes");
    wire_free(&w);
    mcp_buf_free(&big);
    hear(&t, LEGACY_WEATHER, MCP_OK, "2025-11-25"); /* nothing of it is kept */
    hear(&t, REQUEST("tools/call", "\"name\":\"declared\""), MCP_OK, "{\\\"a\\\":2}");
    station_free(&t);
    station_init(&t,
                 INITIALIZE_WITH("2025-11-25", "\"" RADIO "\":{}")); /* which it does not have */
    hear(&t, REQUEST("tools/call", "\"name\":\"radio\""), MCP_OK, "no radio");
    station_free(&t);
}

/* The client heard of no session: what it declared is forgotten with the failed handshake, be it
 * only the reply that there was no memory for. */
static void a_handshake_that_failed_leaves_nothing_declared(void)
{
    size_t n_failed = 0;
    bool is_whole = false;

    for (size_t nth = 1; !is_whole; nth++) {
        struct tiny w = {.sink = {tiny_notify, tiny_finish}};
        struct station t;

        station_init(&t, NULL);
        mcp_alloc_refuse(nth);
        mcp_server_handle(t.world.server, MCP_STR(LEGACY_WEATHER), &t.peer, &w.sink);
        is_whole = mcp_alloc_count() < nth;
        mcp_alloc_refuse(0);
        T_CHECK(w.finishes == 1 && (w.err == MCP_E_OVERLOADED || w.err == MCP_OK));
        if (w.err) {
            hear(&t, INITIALIZE("2025-11-25"), MCP_OK, "2025-11-25");
        }
        hear(&t, REQUEST("tools/call", "\"name\":\"declared\""), MCP_OK,
             w.err ? "\"text\":\"nothing\"" : "{\\\"a\\\":2}");
        n_failed += w.err != MCP_OK;
        station_free(&t);
    }
    T_CHECK(n_failed > 3);
}

/* ---- Answered ---- */

static void a_method_is_answered_to_those_who_declare_it(void)
{
    struct station t;
    struct wire w;

    station_init(&t, NULL);
    wire_say(&w, t.world.server, &t.peer,
             MCP_STR(REQUEST("weather/get", CAN_WEATHER ",\"town\":\"Rome\"")));
    T_STR(wire_reply(&w),
          "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"resultType\":\"complete\","
          "\"town\":\"Rome\",\"degrees\":20,\"_meta\":{\"io.modelcontextprotocol/serverInfo\":"
          "{\"name\":\"test-server\",\"version\":\"1.2.3\",\"title\":\"Test server\"}}}}");
    T_STR(mcp_buf_str(&w.notes), "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/weather/"
                                 "looking\",\"params\":{\"up\":true}}\n");
    wire_free(&w);
    hear(&t, REQUEST("weather/get", MODERN_META ",\"town\":\"Rome\""), MCP_E_MISSING_CAPABILITY,
         "\"requiredCapabilities\":{\"extensions\":{\"" WEATHER "\":{}}}");
    hear(&t, REQUEST("radio/play", MODERN_META), MCP_OK, "\"resultType\":\"complete\",\"_meta\"");
    hear(&t, REQUEST("weather/nothing", CAN_WEATHER), MCP_OK,
         "{\"resultType\":\"complete\",\"_meta\"");
    hear(&t, REQUEST("weather/storm", CAN_WEATHER), MCP_OK,
         "{\"resultType\":\"storm\",\"soon\":true,\"_meta\"");
    hear(&t, REQUEST("weather/unknown", CAN_WEATHER), MCP_E_METHOD_NOT_FOUND, "-32601");
    station_free(&t);
}

static void failures_are_protocol_errors(void)
{
    struct station t;

    station_init(&t, NULL);
    hear(&t, REQUEST("weather/get", CAN_WEATHER ",\"town\":7"), MCP_E_INVALID_PARAMS,
         "\"error\":{\"code\":-32602,\"message\":\"params.town must be a string\"}");
    hear(&t, REQUEST("weather/broken", CAN_WEATHER), MCP_E_STORAGE,
         "\"error\":{\"code\":-32603,\"message\":\"no instruments\"}");
    hear(&t, REQUEST("weather/asks", CAN("\"" WEATHER "\":{}")), MCP_E_MISSING_CAPABILITY,
         "\"requiredCapabilities\":{\"roots\"");
    station_free(&t);
}

static void scope_and_rate_are_the_rows(void)
{
    struct station t;
    struct wire w;

    station_init(&t, NULL);
    t.peer.principal = (struct mcp_principal){.id = {7}, .scopes = "weather.read"};
    wire_say(&w, t.world.server, &t.peer, MCP_STR(REQUEST("weather/set", CAN_WEATHER)));
    T_EQ(w.err, MCP_E_FORBIDDEN);
    T_STR(mcp_str_c(w.scope), "weather.write");
    wire_free(&w);
    hear(&t, REQUEST("weather/dear", CAN_WEATHER), MCP_OK, "complete");
    hear(&t, REQUEST("weather/dear", CAN_WEATHER), MCP_E_RATE_LIMITED, "over the rate");
    hear(&t, REQUEST("weather/nothing", CAN_WEATHER), MCP_OK, "complete"); /* nine of ten */
    station_free(&t);
}

static void it_may_answer_later_and_be_cancelled(void)
{
    struct station t;
    struct wire w, n;

    station_init(&t, NULL);
    wire_say(&w, t.world.server, &t.peer,
             MCP_STR(REQUEST("weather/later", CAN_WEATHER ",\"town\":\"Rome\"")));
    T_EQ(w.finishes, 0);
    t.world.now_ms += 10;
    mcp_server_tick(t.world.server);
    T_HAS(wire_reply(&w), "\"degrees\":20");
    wire_free(&w);
    wire_say(&w, t.world.server, &t.peer,
             MCP_STR(REQUEST("weather/later", CAN_WEATHER ",\"town\":\"Rome\"")));
    wire_say(&n, t.world.server, &t.peer, MCP_STR(CANCEL("1")));
    T_EQ(w.finishes, 1);
    T_EQ(w.reply.len, 0);
    mcp_server_tick(t.world.server);
    wire_free(&w), wire_free(&n);
    station_free(&t);
}

/* A row whose handler runs on a worker: it sees what the client of a session declared, also when
 * the session is gone by then. */
static mcp_err look(struct mcp_call *call, void *user)
{
    struct station *t = user;
    mcp_json v = mcp_client_extension(call, WEATHER);

    mcp_session_free(t->session);
    t->session = NULL;
    T_STR(mcp_json_raw(v), "{\"a\":2}");
    T_CHECK(mcp_json_present(mcp_client_extension(call, WEATHER)));
    mcp_call_notify(call, "notifications/weather/looking", MCP_STR("{}"));
    mcp_json_member_int(mcp_result(call), MCP_STR("n"), 1);
    t->sky.told++;
    return MCP_OK;
}

static const struct mcp_method BLOCKING[] = {
    {.name = "weather/look", .is_blocking = true, .time_limit_ms = 500, .fn = look}, {0}};

static void blocking_init(struct station *t, struct executor *x, struct mcp_server_options *opt)
{
    *t = (struct station){.sky = {.degrees = 20}};
    *x = (struct executor){.now_ms = &t->world.now_ms};
    t->weather =
        (struct mcp_extension){.id = WEATHER, .methods = BLOCKING, .in_legacy = true, .user = t};
    t->both[0] = &t->weather;
    *opt = (struct mcp_server_options){
        .extensions = t->both, .n_extensions = 1, .executor = executor_seen(x)};
    T_CHECK(mcp_server_needs_executor(opt));
    world_init_with(&t->world, opt);
    t->session = mcp_session_new(t->world.server);
    t->peer = peer_stdio(t->session);
    hear(t, LEGACY_WEATHER, MCP_OK, WEATHER);
}

static void it_may_run_on_a_worker(void)
{
    struct mcp_server_options opt;
    struct executor x;
    struct station t;
    struct wire w;

    blocking_init(&t, &x, &opt);
    wire_say(&w, t.world.server, &t.peer, MCP_STR(REQUEST("weather/look", "")));
    T_EQ(mcp_server_working(t.world.server), 1);
    executor_all(&x);
    T_EQ(t.sky.told, 1);
    T_EQ(w.finishes, 1); /* by the end of the session */
    wire_free(&w);
    station_free(&t);

    blocking_init(&t, &x, &opt);
    wire_say(&w, t.world.server, &t.peer, MCP_STR(REQUEST("weather/look", "")));
    t.world.now_ms += 500;
    mcp_server_tick(t.world.server);
    T_HAS(wire_reply(&w), "-32603,\"message\":\"the method took longer than 500 ms\"");
    wire_free(&w);
    executor_all(&x);
    station_free(&t);
}

/* transports "Request metadata headers": Mcp-Name, for methods that have one. */
static void http_repeats_the_name_in_a_header(void)
{
    static const struct {
        const char *name;
        mcp_err err;
    } ROWS[] = {{"Rome", MCP_OK},
                {"=?base64?Um9tZQ==?=", MCP_OK},
                {"Milan", MCP_E_HEADER_MISMATCH},
                {NULL, MCP_E_HEADER_MISMATCH}};
    struct station t;
    struct wire w;

    station_init(&t, NULL);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct mcp_http_claims http = {.protocol_version = MCP_STR("2026-07-28"),
                                       .method = MCP_STR("weather/get"),
                                       .name = mcp_str_c(ROWS[i].name)};
        struct mcp_peer peer = peer_http(&t.world, NULL, &http);

        wire_say(&w, t.world.server, &peer,
                 MCP_STR(REQUEST("weather/get", CAN_WEATHER ",\"town\":\"Rome\"")));
        T_EQ(w.err, ROWS[i].err);
        wire_free(&w);
        http.method = MCP_STR("weather/nothing"); /* has none */
        wire_say(&w, t.world.server, &peer, MCP_STR(REQUEST("weather/nothing", CAN_WEATHER)));
        T_EQ(w.err, MCP_OK);
        wire_free(&w);
        t.world.now_ms += 60000; /* a fresh allowance */
    }
    struct mcp_http_claims http = {.protocol_version = MCP_STR("2026-07-28"),
                                   .method = MCP_STR("weather/unknown")};
    struct mcp_peer peer = peer_http(&t.world, NULL, &http);

    wire_say(&w, t.world.server, &peer, MCP_STR(REQUEST("weather/unknown", CAN_WEATHER)));
    T_EQ(w.http_status, 404);
    wire_free(&w);
    http.method = MCP_STR("weather/nothing");
    wire_say(&w, t.world.server, &peer, MCP_STR(REQUEST("weather/nothing", MODERN_META)));
    T_EQ(w.http_status, 400);
    wire_free(&w);
    station_free(&t);
}

static const struct t_case CASES[] = {
    T(both_sides_declare_it),
    T(a_legacy_session_remembers_what_initialize_declared),
    T(initialize_lists_those_that_older_revisions_have),
    T(a_session_remembers_a_little_only),
    T(a_handshake_that_failed_leaves_nothing_declared),
    T(a_method_is_answered_to_those_who_declare_it),
    T(failures_are_protocol_errors),
    T(scope_and_rate_are_the_rows),
    T(it_may_answer_later_and_be_cancelled),
    T(it_may_run_on_a_worker),
    T(http_repeats_the_name_in_a_header),
};
T_MAIN("mcp/engine_extension", CASES)
