/* mcp/test/engine_test.c - the whole engine, one message at a time, both eras. */
#include "engine_tools.h"

static const struct mcp_tool_set SETS[] = {{ENGINE_TOOLS, NULL}};
static const struct mcp_http_claims NO_HEADERS;

static void a_legacy_client_initializes_lists_and_calls_over_stdio(void)
{
    static const char *const REVS[] = {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"};

    for (int i = 0; i < 4; i++) {
        struct world world;
        struct wire w;
        char text[300];

        world_init(&world, SETS, 1);
        struct mcp_session *session = mcp_session_new(world.server);
        struct mcp_peer peer = peer_stdio(session);

        snprintf(text, sizeof(text), INITIALIZE("%s"), REVS[i]);
        wire_say(&w, world.server, &peer, mcp_str_c(text));
        T_HAS(wire_reply(&w), REVS[i]);
        T_CHECK(w.session == session);
        wire_free(&w);
        wire_say(&w, world.server, &peer,
                 MCP_STR("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"));
        T_STR(wire_reply(&w), "");
        wire_free(&w);
        wire_say(&w, world.server, &peer, MCP_STR(REQUEST("ping", "")));
        T_STR(wire_reply(&w), "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
        wire_free(&w);
        wire_say(&w, world.server, &peer, MCP_STR(REQUEST("tools/list", "")));
        T_HAS(wire_reply(&w), "\"tools\":[{\"name\":\"add\"");
        T_EQ(t_has(wire_reply(&w), MCP_STR("annotations")), i >= 1);
        T_EQ(t_has(wire_reply(&w), MCP_STR("outputSchema")), i >= 2);
        T_CHECK(!t_has(wire_reply(&w), MCP_STR("secret\"")));
        wire_free(&w);
        wire_say(&w, world.server, &peer,
                 MCP_STR(REQUEST("tools/call", "\"name\":\"add\",\"arguments\":{\"a\":1,"
                                               "\"b\":2}")));
        T_HAS(wire_reply(&w), "{\"content\":[{\"type\":\"text\",\"text\":\"{\\\"sum\\\":3}\"}]");
        T_EQ(t_has(wire_reply(&w), MCP_STR("\"structuredContent\":{\"sum\":3}")), i >= 2);
        wire_free(&w);
        mcp_session_free(session);
        world_free(&world);
    }
}

static void a_modern_client_discovers_lists_and_calls_without_a_session(void)
{
    struct mcp_http_claims http = {.protocol_version = MCP_STR("2026-07-28"),
                                   .method = MCP_STR("tools/call"),
                                   .name = MCP_STR("greet")};
    struct world world;
    struct wire w;

    world_init(&world, SETS, 1);
    struct mcp_peer stdio = {.principal = WIRE_EVERYTHING};
    struct mcp_peer post = peer_http(&world, NULL, &http);

    wire_say(&w, world.server, &stdio, MCP_STR(REQUEST("server/discover", MODERN_META)));
    T_HAS(wire_reply(&w), "\"supportedVersions\":[\"2026-07-28\"]");
    wire_free(&w);
    wire_say(&w, world.server, &stdio, MCP_STR(REQUEST("tools/list", MODERN_META)));
    T_HAS(wire_reply(&w), "\"ttlMs\":0,\"cacheScope\":\"private\",\"_meta\"");
    wire_free(&w);
    wire_say(&w, world.server, &post,
             MCP_STR(REQUEST("tools/call",
                             MODERN_META ",\"name\":\"greet\",\"arguments\":{\"name\":\"you\"}")));
    T_HAS(wire_reply(&w), "\"text\":\"Hello, you!\"");
    T_HAS(wire_reply(&w), "\"io.modelcontextprotocol/serverInfo\":{\"name\":\"test-server\"");
    T_EQ(w.http_status, 200);
    wire_free(&w);
    world_free(&world);
}

static void a_legacy_post_needs_a_session_that_exists(void)
{
    struct world world;
    struct wire w;

    world_init(&world, SETS, 1);
    struct mcp_peer peer = peer_http(&world, NULL, &NO_HEADERS);

    wire_say(&w, world.server, &peer, MCP_STR(REQUEST("tools/list", "")));
    T_EQ(w.err, MCP_E_SESSION_REQUIRED);
    T_EQ(w.http_status, 400);
    wire_free(&w);
    peer.claim = MCP_SESSION_UNKNOWN;
    wire_say(&w, world.server, &peer, MCP_STR(REQUEST("tools/list", "")));
    T_EQ(w.err, MCP_E_SESSION_GONE);
    T_EQ(w.http_status, 404);
    wire_free(&w);
    world_free(&world);
}

static const struct t_case CASES[] = {
    T(a_legacy_client_initializes_lists_and_calls_over_stdio),
    T(a_modern_client_discovers_lists_and_calls_without_a_session),
    T(a_legacy_post_needs_a_session_that_exists),
};
T_MAIN("mcp/engine", CASES)
