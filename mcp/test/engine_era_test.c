/* mcp/test/engine_era_test.c - the era ladder of protocol.md 2.16, row by row. */
#include "engine_tools.h"

static const struct mcp_tool_set SETS[] = {{ENGINE_TOOLS, NULL}};

enum kind {
    STDIO_FRESH, /* before initialize */
    STDIO_2025,  /* initialized as 2025-11-25 */
    STDIO_2024,  /* initialized as 2024-11-05 */
    POST_ABSENT, /* no Mcp-Session-Id */
    POST_UNKNOWN,
    POST_2024,  /* in a session of 2024-11-05 */
    POST_BATCH, /* in a session of 2025-03-26 */
    POST_2025   /* in a session of 2025-11-25 */
};

struct row {
    const char *rule;
    enum kind kind;
    const char *version, *method, *name; /* headers; NULL: absent */
    const char *message;
    mcp_err err;
    int http_status;
    const char *has; /* in the reply; NULL: the reply is empty */
};

#define HEADERS(m)      "2026-07-28", m, NULL
#define HEADERS_N(m, n) "2026-07-28", m, n
#define NONE            NULL, NULL, NULL
#define META(version)                                                                              \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":" version                              \
    ",\"io.modelcontextprotocol/clientCapabilities\":{}}"
#define CALL_NOTHING REQUEST("tools/call", MODERN_META ",\"name\":\"nothing\"")
#define NOTE(method, params)                                                                       \
    "{\"jsonrpc\":\"2.0\",\"method\":\"" method "\",\"params\":{" params "}}"
#define ID1 "\"id\":1"

/* clang-format off */
static const struct row ROWS[] = {
/* 3: JSON */
{"a text that is not JSON is refused without an id", POST_ABSENT, NONE, "{", MCP_E_INVALID_JSON, 400, "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32700"},
{"on stdio, too", STDIO_2025, NONE, "nope", MCP_E_INVALID_JSON, 400, "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32700"},
{"before 2025-11-25 the id is null", STDIO_2024, NONE, "nope", MCP_E_INVALID_JSON, 400, "\"id\":null,\"error\":{\"code\":-32700"},
/* 4: arrays */
{"an array with a modern claim is refused", POST_BATCH, NONE, "[" CALL_NOTHING "]", MCP_E_INVALID_REQUEST, 400, "-32600"},
{"an array without a session is refused", POST_ABSENT, NONE, "[" REQUEST("ping", "") "]", MCP_E_SESSION_REQUIRED, 400, "-32600"},
{"an array in a 2025-11-25 session is refused", POST_2025, NONE, "[" REQUEST("ping", "") "]", MCP_E_INVALID_REQUEST, 400, "-32600"},
{"an array in a 2024-11-05 session is refused", STDIO_2024, NONE, "[" REQUEST("ping", "") "]", MCP_E_INVALID_REQUEST, 400, "\"id\":null"},
{"an array in a 2025-03-26 session is answered", POST_BATCH, NONE, "[" REQUEST("ping", "") "]", MCP_OK, 200, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}]"},
/* 5: responses */
{"a response in a session is taken", POST_2025, NONE, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}", MCP_OK, 202, NULL},
{"a response needs the session", POST_UNKNOWN, NONE, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}", MCP_E_SESSION_GONE, 404, "{\"jsonrpc\":\"2.0\",\"error\""},
{"a response on stdio is taken", STDIO_2025, NONE, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":1,\"message\":\"\"}}", MCP_OK, 202, NULL},
{"an object that is no message is refused", POST_ABSENT, NONE, "{}", MCP_E_INVALID_REQUEST, 400, "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32600"},
/* 6: the body decides the era */
{"a claim is modern even in a session", STDIO_2025, NONE, REQUEST("tools/list", MODERN_META), MCP_OK, 200, "resultType"},
{"a claim is modern whatever the session header", POST_UNKNOWN, HEADERS("tools/list"), REQUEST("tools/list", MODERN_META), MCP_OK, 200, "resultType"},
{"a claim that names a legacy version is unsupported", POST_2025, NONE, REQUEST("tools/list", META("\"2025-11-25\"")), MCP_E_UNSUPPORTED_VERSION, 400, "{\"supported\":[\"2026-07-28\"],\"requested\":\"2025-11-25\"}"},
{"a claim that names nothing we know is unsupported", STDIO_FRESH, NONE, REQUEST("tools/list", META("\"v999.0.0\"")), MCP_E_UNSUPPORTED_VERSION, 400, "\"requested\":\"v999.0.0\""},
{"a claim that is no string is incomplete", STDIO_FRESH, NONE, REQUEST("tools/list", META("7")), MCP_E_META_MISSING, 400, "-32602"},
{"no claim and a modern header is incomplete", POST_ABSENT, HEADERS("tools/list"), REQUEST("tools/list", ""), MCP_E_META_MISSING, 400, "-32602"},
{"no claim and a header of a later version, too", POST_2025, "v999.0.0", NULL, NULL, REQUEST("tools/list", ""), MCP_E_META_MISSING, 400, "-32602"},
{"no params and a modern header, too", POST_ABSENT, HEADERS("tools/list"), "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}", MCP_E_META_MISSING, 400, ID1},
/* 7: initialize */
{"initialize opens a session", POST_ABSENT, NONE, INITIALIZE("2025-06-18"), MCP_OK, 200, "\"protocolVersion\":\"2025-06-18\""},
{"initialize may carry a legacy header", POST_ABSENT, "2025-03-26", "initialize", NULL, INITIALIZE("2025-11-25"), MCP_OK, 200, "\"protocolVersion\":\"2025-11-25\""},
{"initialize with an unknown version gets our newest legacy one", POST_ABSENT, NONE, INITIALIZE("2024-10-07"), MCP_OK, 200, "\"protocolVersion\":\"2025-11-25\""},
{"initialize with a modern version, too", STDIO_FRESH, NONE, INITIALIZE("2026-07-28"), MCP_OK, 200, "\"protocolVersion\":\"2025-11-25\""},
{"initialize with a modern header is a mismatch", POST_ABSENT, HEADERS("initialize"), INITIALIZE("2025-11-25"), MCP_E_HEADER_MISMATCH, 400, "-32020"},
{"initialize with modern _meta is an unknown method", POST_ABSENT, HEADERS("initialize"), REQUEST("initialize", MODERN_META), MCP_E_METHOD_NOT_FOUND, 404, "-32601"},
{"initialize with a legacy claim is a handshake", STDIO_FRESH, NONE, REQUEST("initialize", META("\"2025-11-25\"") ",\"protocolVersion\":\"2025-11-25\""), MCP_OK, 200, "protocolVersion"},
{"initialize without a version is refused", POST_ABSENT, NONE, REQUEST("initialize", ""), MCP_E_INVALID_PARAMS, 200, "-32602"},
{"initialize in a session is refused", POST_2025, NONE, INITIALIZE("2025-11-25"), MCP_E_INVALID_REQUEST, 400, "already"},
{"initialize twice on stdio is refused", STDIO_2024, NONE, INITIALIZE("2025-11-25"), MCP_E_INVALID_REQUEST, 400, "already"},
{"initialize with a dead session is gone", POST_UNKNOWN, NONE, INITIALIZE("2025-11-25"), MCP_E_SESSION_GONE, 404, ID1},
{"initialize with an unknown header version is refused", POST_ABSENT, "1999-01-01", NULL, NULL, INITIALIZE("2025-11-25"), MCP_E_INVALID_REQUEST, 400, "-32600"},
/* 8: modern, in order */
{"_meta without clientCapabilities is incomplete", POST_ABSENT, "v1", "x", "y", REQUEST("server/discover", "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}"), MCP_E_META_MISSING, 400, "clientCapabilities"},
{"clientCapabilities must be an object", STDIO_FRESH, NONE, REQUEST("server/discover", "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":[]}"), MCP_E_META_MISSING, 400, "-32602"},
{"an unknown log level is refused", STDIO_FRESH, NONE, REQUEST("server/discover", "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":{},\"io.modelcontextprotocol/logLevel\":\"loud\"}"), MCP_E_META_MISSING, 400, "-32602"},
{"a known log level is accepted", STDIO_FRESH, NONE, REQUEST("server/discover", "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":{},\"io.modelcontextprotocol/logLevel\":\"notice\"}"), MCP_OK, 200, "supportedVersions"},
{"a header version that differs comes before the unsupported one", POST_ABSENT, HEADERS("tools/list"), REQUEST("tools/list", META("\"v999.0.0\"")), MCP_E_HEADER_MISMATCH, 400, "-32020"},
{"a method header that differs comes before the unsupported version", POST_ABSENT, "v999.0.0", "ping", NULL, REQUEST("tools/list", META("\"v999.0.0\"")), MCP_E_HEADER_MISMATCH, 400, "Mcp-Method"},
{"the unsupported version comes before a missing header", POST_ABSENT, NONE, REQUEST("tools/list", META("\"v999.0.0\"")), MCP_E_UNSUPPORTED_VERSION, 400, "-32022"},
{"both v999.0.0 is unsupported", POST_ABSENT, "v999.0.0", "tools/list", NULL, REQUEST("tools/list", META("\"v999.0.0\"")), MCP_E_UNSUPPORTED_VERSION, 400, "\"requested\":\"v999.0.0\""},
{"a missing version header is a mismatch", POST_ABSENT, NULL, "tools/list", NULL, REQUEST("tools/list", MODERN_META), MCP_E_HEADER_MISMATCH, 400, "MCP-Protocol-Version is required"},
{"a missing method header is a mismatch", POST_ABSENT, "2026-07-28", NULL, NULL, REQUEST("tools/list", MODERN_META), MCP_E_HEADER_MISMATCH, 400, "Mcp-Method is required"},
{"method names are case sensitive", POST_ABSENT, HEADERS("TOOLS/LIST"), REQUEST("tools/list", MODERN_META), MCP_E_HEADER_MISMATCH, 400, "-32020"},
{"tools/call needs Mcp-Name", POST_ABSENT, HEADERS("tools/call"), CALL_NOTHING, MCP_E_HEADER_MISMATCH, 400, "Mcp-Name is required"},
{"Mcp-Name must equal the body's name", POST_ABSENT, HEADERS_N("tools/call", "other"), CALL_NOTHING, MCP_E_HEADER_MISMATCH, 400, "-32020"},
{"white space around header values does not count", POST_ABSENT, "\t2026-07-28 ", " tools/call ", "  nothing\t", CALL_NOTHING, MCP_OK, 200, "resultType"},
{"Mcp-Name may come as base64", POST_ABSENT, HEADERS_N("tools/call", "=?base64?bm90aGluZw==?="), CALL_NOTHING, MCP_OK, 200, "resultType"},
{"base64 without its padding is refused", POST_ABSENT, HEADERS_N("tools/call", "=?base64?bm90aGluZw?="), CALL_NOTHING, MCP_E_HEADER_MISMATCH, 400, "-32020"},
{"base64 with foreign bytes is refused", POST_ABSENT, HEADERS_N("tools/call", "=?base64?bm90a!GluZw==?="), CALL_NOTHING, MCP_E_HEADER_MISMATCH, 400, "-32020"},
{"base64 in upper case is literal", POST_ABSENT, HEADERS_N("tools/call", "=?BASE64?bm90aGluZw==?="), CALL_NOTHING, MCP_E_HEADER_MISMATCH, 400, "-32020"},
{"base64 without its end is literal", POST_ABSENT, HEADERS_N("tools/call", "=?base64?bm90aGluZw=="), CALL_NOTHING, MCP_E_HEADER_MISMATCH, 400, "-32020"},
{"bytes that no header may have are refused", POST_ABSENT, HEADERS_N("tools/call", "noth\xc3\xafng"), CALL_NOTHING, MCP_E_HEADER_MISMATCH, 400, "invalid"},
{"resources/read has a name header, too", POST_ABSENT, HEADERS("resources/read"), REQUEST("resources/read", MODERN_META ",\"uri\":\"a:b\""), MCP_E_HEADER_MISMATCH, 400, "Mcp-Name"},
{"headers come before the unknown method", POST_ABSENT, "2026-07-28", NULL, NULL, REQUEST("no/such", MODERN_META), MCP_E_HEADER_MISMATCH, 400, "-32020"},
{"an unknown method is 404", POST_ABSENT, HEADERS("no/such"), REQUEST("no/such", MODERN_META), MCP_E_METHOD_NOT_FOUND, 404, "-32601"},
{"ping was removed", POST_ABSENT, HEADERS("ping"), REQUEST("ping", MODERN_META), MCP_E_METHOD_NOT_FOUND, 404, "-32601"},
{"ping was removed on stdio, too", STDIO_2025, NONE, REQUEST("ping", MODERN_META), MCP_E_METHOD_NOT_FOUND, 404, "-32601"},
{"logging/setLevel was removed", POST_ABSENT, HEADERS("logging/setLevel"), REQUEST("logging/setLevel", MODERN_META), MCP_E_METHOD_NOT_FOUND, 404, ID1},
{"clientInfo is not needed", POST_ABSENT, HEADERS("server/discover"), REQUEST("server/discover", MODERN_META), MCP_OK, 200, "supportedVersions"},
{"an unknown tool is 200", POST_ABSENT, HEADERS_N("tools/call", "zz"), REQUEST("tools/call", MODERN_META ",\"name\":\"zz\""), MCP_E_UNKNOWN_TOOL, 200, "Unknown tool: zz"},
{"no header layer on stdio", STDIO_FRESH, NONE, CALL_NOTHING, MCP_OK, 200, "resultType"},
/* 9: legacy */
{"no session is 400", POST_ABSENT, NONE, REQUEST("tools/list", ""), MCP_E_SESSION_REQUIRED, 400, ID1},
{"an unknown session is 404", POST_UNKNOWN, NONE, REQUEST("tools/list", ""), MCP_E_SESSION_GONE, 404, ID1},
{"an unknown header version is 400", POST_2025, "2025-01-01", NULL, NULL, REQUEST("tools/list", ""), MCP_E_INVALID_REQUEST, 400, "-32600"},
{"an empty header version is 400", POST_2025, "", NULL, NULL, REQUEST("tools/list", ""), MCP_E_INVALID_REQUEST, 400, "-32600"},
{"the session's version counts, not the header's", POST_2025, "2025-03-26", NULL, NULL, REQUEST("tools/list", ""), MCP_OK, 200, "outputSchema"},
{"an unknown method is 200", POST_2025, NONE, REQUEST("no/such", ""), MCP_E_METHOD_NOT_FOUND, 200, "-32601"},
{"server/discover without a claim is unknown", STDIO_2025, NONE, REQUEST("server/discover", ""), MCP_E_METHOD_NOT_FOUND, 200, "-32601"},
{"ping is exactly {}", POST_2025, NONE, REQUEST("ping", ""), MCP_OK, 200, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}"},
/* stdio before initialize */
{"ping is answered before initialize", STDIO_FRESH, NONE, REQUEST("ping", ""), MCP_OK, 200, "\"result\":{}"},
{"others are not", STDIO_FRESH, NONE, REQUEST("tools/list", ""), MCP_E_INVALID_REQUEST, 400, "before initialize"},
{"a probe without a claim must not look modern", STDIO_FRESH, NONE, REQUEST("server/discover", ""), MCP_E_INVALID_REQUEST, 400, "-32600"},
{"a probe with a claim is answered", STDIO_FRESH, NONE, REQUEST("server/discover", MODERN_META), MCP_OK, 200, "supportedVersions"},
/* notifications */
{"a notification of the modern era is taken", POST_ABSENT, HEADERS(NULL), NOTE("notifications/cancelled", "\"requestId\":1"), MCP_OK, 202, NULL},
{"by its claim, too", POST_ABSENT, NONE, NOTE("notifications/cancelled", MODERN_META), MCP_OK, 202, NULL},
{"a legacy notification needs the session", POST_ABSENT, NONE, NOTE("notifications/initialized", ""), MCP_E_SESSION_REQUIRED, 400, "{\"jsonrpc\":\"2.0\",\"error\""},
{"and one that exists", POST_UNKNOWN, NONE, NOTE("notifications/initialized", ""), MCP_E_SESSION_GONE, 404, "{\"jsonrpc\":\"2.0\",\"error\""},
{"a notification in the session is taken", POST_2025, NONE, NOTE("notifications/initialized", ""), MCP_OK, 202, NULL},
{"an unknown notification is taken", STDIO_FRESH, NONE, NOTE("notifications/no/such", ""), MCP_OK, 202, NULL},
{"a request as notification is not answered", STDIO_2025, NONE, NOTE("tools/call", "\"name\":\"broken\""), MCP_OK, 202, NULL},
};
/* clang-format on */

static struct mcp_session *initialized(struct world *world, const char *version)
{
    struct mcp_session *session = mcp_session_new(world->server);
    struct mcp_peer peer = peer_stdio(session);
    char text[300];
    struct wire w;

    snprintf(text, sizeof(text), INITIALIZE("%s"), version);
    wire_say(&w, world->server, &peer, mcp_str_c(text));
    T_EQ(w.err, MCP_OK);
    wire_free(&w);
    return session;
}

static struct mcp_session *session_for(struct world *world, enum kind kind)
{
    switch (kind) {
    case STDIO_FRESH:
        return mcp_session_new(world->server);
    case STDIO_2024:
    case POST_2024:
        return initialized(world, "2024-11-05");
    case POST_BATCH:
        return initialized(world, "2025-03-26");
    case STDIO_2025:
    case POST_2025:
        return initialized(world, "2025-11-25");
    case POST_ABSENT:
    case POST_UNKNOWN:
        break;
    }
    return NULL;
}

static void each_row_of_the_ladder_ends_as_the_specification_says(void)
{
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const struct row *r = &ROWS[i];
        struct mcp_http_claims http = {.protocol_version = mcp_str_c(r->version),
                                       .method = mcp_str_c(r->method),
                                       .name = mcp_str_c(r->name)};
        struct world world;
        struct wire w;

        world_init(&world, SETS, 1);
        struct mcp_session *session = session_for(&world, r->kind);
        struct mcp_peer peer =
            r->kind <= STDIO_2024 ? peer_stdio(session) : peer_http(&world, session, &http);

        peer.claim = r->kind == POST_UNKNOWN ? MCP_SESSION_UNKNOWN : peer.claim;
        wire_say(&w, world.server, &peer, mcp_str_c(r->message));
        mcp_str reply = wire_reply(&w);

        ck_assert_msg(w.err == r->err && w.http_status == r->http_status &&
                          (r->has ? t_has(reply, mcp_str_c(r->has)) : !reply.len),
                      "%s: %s %d\n  %.*s", r->rule, mcp_err_info(w.err)->name, w.http_status,
                      MCP_STR_ARG(reply));
        wire_free(&w);
        mcp_session_free(session);
        world_free(&world);
    }
}

static void the_modern_codes_never_appear_in_a_legacy_session(void)
{
    /* Clients take -32020..-32022 for a modern server. */
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        bool claims = strstr(ROWS[i].message, "modelcontextprotocol") != NULL;
        bool header = ROWS[i].version && strcmp(ROWS[i].version, "2026-07-28") >= 0;
        int code = mcp_err_info(ROWS[i].err)->code;

        T_CHECK(claims || header || code > -32020 || code < -32022);
    }
}

static const struct t_case CASES[] = {
    T(each_row_of_the_ladder_ends_as_the_specification_says),
    T(the_modern_codes_never_appear_in_a_legacy_session),
};
T_MAIN("mcp/engine_era", CASES)
