/* mcp/test/engine_content_test.c - content of every type in every revision; each message is checked
 * against its schema by the wire. */
#include "feature_rows.h"

static const struct mcp_server_options OPTIONS = FEATURE_OPTIONS;

/* What a part of a message is, by revision: 'x' it is there, '.' it is not. */
struct part {
    const char *text, *revisions;
};

static void shows(mcp_str reply, const struct part *parts, size_t n, int revision)
{
    for (size_t i = 0; i < n; i++) {
        bool has = t_has(reply, mcp_str_c(parts[i].text));

        ck_assert_msg(has == (parts[i].revisions[revision] == 'x'), "%s %s in %s:\n  %.*s",
                      parts[i].text, has ? "is" : "is not", REVISIONS[revision],
                      MCP_STR_ARG(reply));
    }
}

#define SHOWS(reply, parts, revision)                                                              \
    shows(reply, parts, sizeof(parts) / sizeof((parts)[0]), revision)

static void a_tool_answers_with_what_the_revision_has(void)
{
    static const struct part PARTS[] = {
        {"{\"type\":\"text\",\"text\":\"plain\"}", "xxxxx"},
        {"\"text\":\"noted\",\"annotations\":{\"audience\":[\"user\",\"assistant\"],"
         "\"priority\":0.5",
         "xxxxx"},
        {"\"lastModified\":\"2026-06-17T08:02:11Z\"", "..xxx"},
        {"\"_meta\":{\"x.y/z\":1}", "..xxx"},
        {"{\"type\":\"image\",\"data\":\"iVBORw==\",\"mimeType\":\"image/png\"", "xxxxx"},
        {"{\"type\":\"audio\",\"data\":\"UklGRgA=\",\"mimeType\":\"audio/wav\"}", ".xxxx"},
        {"\"text\":\"[audio/wav, 5 bytes]\"", "x...."},
        {"{\"type\":\"resource\",\"resource\":{\"uri\":\"doc://a\",\"mimeType\":\"text/plain\","
         "\"text\":\"inside\"}",
         "xxxxx"},
        {"\"resource\":{\"uri\":\"doc://b\",\"blob\":\"\"}", "xxxxx"},
        {"{\"type\":\"resource_link\",\"uri\":\"doc://manual\",\"size\":12,\"name\":\"manual\","
         "\"title\":\"The manual\"",
         "..xxx"},
        {"\"text\":\"The manual: doc://manual\"", "xx..."},
        {"\"icons\":", "...xx"},
    };

    for (int r = 0; r < N_REVISIONS; r++) {
        struct theatre t;
        struct wire w;

        theatre_open(&t, &OPTIONS, r);
        theatre_ask(&t, &w, "tools/call", "\"name\":\"everything\"");
        SHOWS(wire_reply(&w), PARTS, r);
        wire_free(&w);
        theatre_close(&t);
    }
}

static void a_result_that_is_no_object_is_wrapped_for_older_clients(void)
{
    static const struct part LISTED[] = {
        {"\"outputSchema\":{\"type\":\"array\"", "....x"},
        {"\"outputSchema\":{\"type\":\"object\",\"properties\":{\"result\":{\"$id\":"
         "\"urn:mcp:output\",\"type\":\"array\"",
         "..xx."},
        {"\"required\":[\"result\"]", "..xx."},
        {"\"_meta\":{\"a.b/c\":true}", "..xxx"},
        {"\"icons\":", "...xx"},
    };
    static const struct part CALLED[] = {
        {"\"structuredContent\":[1]", "....x"},
        {"\"structuredContent\":{\"result\":[1]}", "..xx."},
        {"\"text\":\"[1]\"", "xxxxx"},
    };

    for (int r = 0; r < N_REVISIONS; r++) {
        struct theatre t;
        struct wire w;

        theatre_open(&t, &OPTIONS, r);
        theatre_ask(&t, &w, "tools/list", "");
        SHOWS(wire_reply(&w), LISTED, r);
        wire_free(&w);
        theatre_ask(&t, &w, "tools/call", "\"name\":\"list\"");
        SHOWS(wire_reply(&w), CALLED, r);
        wire_free(&w);
        theatre_close(&t);
    }
}

static void an_error_carries_the_data_its_handler_wrote(void)
{
    for (int r = 0; r < N_REVISIONS; r++) {
        struct theatre t;

        theatre_open(&t, &OPTIONS, r);
        theatre_expect(
            &t, "tools/call", "\"name\":\"explain\"", MCP_E_INTERNAL,
            "\"error\":{\"code\":-32603,\"message\":\"it broke\",\"data\":{\"line\":12}");
        theatre_close(&t);
    }
}

/* ---- Outside of JSON-RPC ---- */

struct hearing {
    struct mcp_outcome_sink sink;
    char text[500];
};

static void hear(struct mcp_outcome_sink *sink, const struct mcp_outcome *o)
{
    struct hearing *h = (struct hearing *)(void *)sink;

    T_EQ(o->err, MCP_OK);
    snprintf(h->text, sizeof(h->text), "%.*s", MCP_STR_ARG(o->text));
}

static void rest_gets_text_and_a_word_about_the_rest(void)
{
    struct hearing h = {.sink = {.finish = hear}};
    struct mcp_principal everybody = WIRE_EVERYTHING;
    struct theatre t;

    theatre_open(&t, &OPTIONS, R_2026_07);
    mcp_server_invoke(t.world.server, MCP_STR("everything"), MCP_STR(""), &everybody, &h.sink);
    T_STR(mcp_str_c(h.text), "plain\nnoted\n[image/png, 4 bytes]\n[audio/wav, 5 bytes]\ninside\n"
                             "[application/octet-stream, 0 bytes]\nThe manual: doc://manual");
    theatre_close(&t);
}

/* ---- Log messages ---- */

static void a_session_hears_the_levels_it_asked_for(void)
{
    static const struct {
        const char *level, *answer;
        int notes;
    } ROWS[] = {{NULL, "\"text\":\"00\"", 0},
                {"emergency", "\"text\":\"00\"", 0},
                {"error", "\"text\":\"01\"", 1},
                {"warning", "\"text\":\"01\"", 2},
                {"debug", "\"text\":\"11\"", 3}};

    for (int r = 0; r < R_2026_07; r++) {
        struct theatre t;
        struct wire w;

        theatre_open(&t, &OPTIONS, r);
        theatre_expect(&t, "logging/setLevel", "\"level\":\"loud\"", MCP_E_INVALID_PARAMS,
                       "-32602");
        theatre_expect(&t, "logging/setLevel", "", MCP_E_INVALID_PARAMS, "-32602");
        for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
            char params[40];

            if (ROWS[i].level) {
                snprintf(params, sizeof(params), "\"level\":\"%s\"", ROWS[i].level);
                theatre_expect(&t, "logging/setLevel", params, MCP_OK, "\"result\":{}");
            }
            theatre_ask(&t, &w, "tools/call", "\"name\":\"log\"");
            T_EQ(w.n_notes, ROWS[i].notes);
            T_HAS(wire_reply(&w), ROWS[i].answer);
            wire_free(&w);
        }
        theatre_close(&t);
    }
}

#define LEVELLED(level)                                                                            \
    REQUEST("tools/call",                                                                          \
            "\"name\":\"log\",\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":"             \
            "\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":{},"                    \
            "\"io.modelcontextprotocol/logLevel\":" level "}")

static void a_modern_request_names_its_level_itself(void)
{
    struct theatre t;
    struct wire w;

    theatre_open(&t, &OPTIONS, R_2026_07);
    theatre_ask(&t, &w, "tools/call", "\"name\":\"log\"");
    T_EQ(w.n_notes, 0);
    wire_free(&w);
    wire_say(&w, t.world.server, &t.peer, MCP_STR(LEVELLED("\"warning\"")));
    T_EQ(w.n_notes, 2);
    T_HAS(mcp_buf_str(&w.notes), "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\","
                                 "\"params\":{\"level\":\"warning\",\"logger\":\"part\","
                                 "\"data\":\"loud \\\"7\\\"\"}}");
    T_HAS(mcp_buf_str(&w.notes), "\"params\":{\"level\":\"error\",\"data\":{\"code\":1}}");
    wire_free(&w);
    wire_say(&w, t.world.server, &t.peer, MCP_STR(LEVELLED("\"loud\"")));
    T_EQ(w.err, MCP_E_META_MISSING);
    wire_free(&w);
    theatre_expect(&t, "logging/setLevel", "\"level\":\"debug\"", MCP_E_METHOD_NOT_FOUND, "-32601");
    theatre_close(&t);
}

static void a_server_without_logging_sends_nothing(void)
{
    struct mcp_server_options opt = FEATURE_OPTIONS;
    struct theatre t;
    struct wire w;

    opt.has_logging = false;
    theatre_open(&t, &opt, R_2025_11);
    theatre_expect(&t, "logging/setLevel", "\"level\":\"debug\"", MCP_E_METHOD_NOT_FOUND, "-32601");
    theatre_close(&t);
    theatre_open(&t, &opt, R_2026_07);
    wire_say(&w, t.world.server, &t.peer, MCP_STR(LEVELLED("\"debug\"")));
    T_EQ(w.n_notes, 0);
    wire_free(&w);
    theatre_close(&t);
}

/* ---- Trace context ---- */

static mcp_str trace_header(const void *user, const char *name)
{
    (void)user;
    return strcmp(name, "traceparent") == 0  ? MCP_STR("00-from-header")
           : strcmp(name, "tracestate") == 0 ? MCP_STR("h=1")
           : strcmp(name, "baggage") == 0    ? MCP_STR("b=2")
                                             : mcp_str_n(NULL, 0);
}

static void the_trace_context_reaches_the_handler(void)
{
    struct mcp_http_claims http = {.header = trace_header};
    struct theatre t;
    struct wire w;

    theatre_open(&t, &OPTIONS, R_2025_11);
    theatre_expect(&t, "tools/call", "\"name\":\"trace\"", MCP_OK, "\"text\":\"||\"");
    theatre_expect(&t, "tools/call",
                   "\"name\":\"trace\",\"_meta\":{\"traceparent\":\"00-\\u0061\",\"baggage\":7}",
                   MCP_OK, "\"text\":\"00-a||\"");
    struct mcp_peer peer = peer_http(&t.world, t.session, &http);

    wire_say(
        &w, t.world.server, &peer,
        MCP_STR(REQUEST("tools/call", "\"name\":\"trace\",\"_meta\":{\"traceparent\":\"00-m\"}")));
    T_HAS(wire_reply(&w), "\"text\":\"00-m||b=2\""); /* a tracestate goes with its traceparent */
    wire_free(&w);
    wire_say(&w, t.world.server, &peer,
             MCP_STR(REQUEST("tools/call", "\"name\":\"trace\",\"_meta\":{\"tracestate\":\"m=1\","
                                           "\"baggage\":\"m=2\"}")));
    T_HAS(wire_reply(&w), "\"text\":\"00-from-header|h=1|m=2\"");
    wire_free(&w);
    theatre_close(&t);
}

/* In every revision, and for a request that is no JSON-RPC. */
static void headers_are_the_other_carrier(void)
{
    const char *want = "00-from-header|h=1|b=2";
    struct hearing h = {.sink = {.finish = hear}};
    const struct mcp_principal who = WIRE_EVERYTHING;
    struct theatre t;

    for (int r = 0; r < N_REVISIONS; r++) {
        struct mcp_http_claims http = {.header = trace_header};

        if (r == R_2026_07) {
            http.protocol_version = MCP_STR("2026-07-28");
            http.method = MCP_STR("tools/call");
            http.name = MCP_STR("trace");
        }
        theatre_open(&t, &OPTIONS, r);
        t.peer = peer_http(&t.world, t.session, &http);
        theatre_expect(&t, "tools/call", "\"name\":\"trace\"", MCP_OK, want);
        h.sink.http = &http;
        mcp_server_invoke(t.world.server, MCP_STR("trace"), MCP_STR(""), &who, &h.sink);
        T_STR(mcp_str_c(h.text), want);
        h.sink.http = NULL;
        mcp_server_invoke(t.world.server, MCP_STR("trace"), MCP_STR(""), &who, &h.sink);
        T_STR(mcp_str_c(h.text), "||");
        theatre_close(&t);
    }
}

static void keep_line(void *user, enum mcp_log_level level, mcp_str line)
{
    (void)level;
    snprintf(user, 200, "%.*s", MCP_STR_ARG(line));
}

static void the_log_has_the_trace_id_of_a_well_formed_parent_only(void)
{
#define ID_OF_TRACE "0af7651916cd43dd8448eb211c80319c"
#define PARENT      "b7ad6b7169203331"
#define ZEROS       "0000000000000000"
    static const struct {
        const char *parent;
        bool is_good;
    } ROWS[] = {
        {"00-" ID_OF_TRACE "-" PARENT "-01", true},
        {"00-" ID_OF_TRACE "-" PARENT "-ff", true},
        {"cc-" ID_OF_TRACE "-" PARENT "-01-what-a-later-version-adds", true},
        {"cc-" ID_OF_TRACE "-" PARENT "-01", true},
        {"cc-" ID_OF_TRACE "-" PARENT "-01x", false},
        {"00-" ID_OF_TRACE "-" PARENT "-01-more", false},
        {"ff-" ID_OF_TRACE "-" PARENT "-01", false},
        {"0g-" ID_OF_TRACE "-" PARENT "-01", false},
        {"00-0AF7651916CD43DD8448EB211C80319C-" PARENT "-01", false},
        {"00-" ZEROS ZEROS "-" PARENT "-01", false},
        {"00-" ID_OF_TRACE "-" ZEROS "-01", false},
        {"00-" ID_OF_TRACE "-b7ad6b716920333x-01", false},
        {"00-" ID_OF_TRACE "-" PARENT "-0", false},
        {"00-" ID_OF_TRACE "-" PARENT "-0x", false},
        {"00-" ID_OF_TRACE "_" PARENT "-01", false},
        {"00-" ID_OF_TRACE, false},
        {"00-\\n0000-00:00 error forged 448eb21-" PARENT "-01", false},
        {"", false},
    };
    struct mcp_server_options opt = FEATURE_OPTIONS;
    char line[200] = "", params[300];
    struct theatre t;

    opt.log = (struct mcp_log){.write = keep_line, .user = line, .max = MCP_LOG_DEBUG};
    theatre_open(&t, &opt, R_2025_11);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        snprintf(params, sizeof(params), "\"name\":\"trace\",\"_meta\":{\"traceparent\":\"%s\"}",
                 ROWS[i].parent);
        theatre_expect(&t, "tools/call", params, MCP_OK, "");
        T_STR(mcp_str_c(line), ROWS[i].is_good ? "trace: OK trace=" ID_OF_TRACE : "trace: OK");
    }
    theatre_close(&t);
}

static void a_server_says_who_it_is_as_far_as_the_revision_asks(void)
{
    static const struct part PARTS[] = {{"\"title\":\"Test server\"", "..xxx"},
                                        {"\"description\":\"For tests\"", "...xx"},
                                        {"\"websiteUrl\":\"https://t.example/\"", "...xx"},
                                        {"\"icons\":[{", "...xx"}};
    struct mcp_server_options opt = FEATURE_OPTIONS;

    opt.description = "For tests";
    opt.website_url = "https://t.example/";
    opt.icons = ICONS;
    for (int r = 0; r < N_REVISIONS; r++) {
        char params[100];
        struct theatre t;
        struct wire w;

        theatre_open(&t, &opt, R_2026_07); /* not initialized yet */
        t.revision = r;
        snprintf(params, sizeof(params), "\"protocolVersion\":\"%s\"", REVISIONS[r]);
        theatre_ask(&t, &w, r == R_2026_07 ? "server/discover" : "initialize",
                    r == R_2026_07 ? "" : params);
        SHOWS(wire_reply(&w), PARTS, r);
        wire_free(&w);
        theatre_close(&t);
    }
}

/* ---- Capabilities ---- */

static void a_server_declares_what_its_rows_need(void)
{
    const struct mcp_server_options all = FEATURE_OPTIONS, none = {.name = NULL};
    const struct mcp_server_options prompts = {.prompts = PROMPT_SETS, .n_prompts = 1};
    struct theatre t;

    theatre_open(&t, &all, R_2026_07);
    theatre_expect(&t, "server/discover", "", MCP_OK,
                   "\"capabilities\":{\"completions\":{},\"logging\":{},\"prompts\":{"
                   "\"listChanged\":true},\"resources\":{},\"tools\":{\"listChanged\":true}}");
    theatre_close(&t);
    theatre_open(&t, &prompts, R_2026_07);
    theatre_expect(&t, "server/discover", "", MCP_OK,
                   "\"capabilities\":{\"completions\":{},\"prompts\":{}}");
    theatre_expect(&t, "tools/list", "", MCP_E_METHOD_NOT_FOUND, "-32601");
    theatre_expect(&t, "resources/list", "", MCP_E_METHOD_NOT_FOUND, "-32601");
    theatre_close(&t);
    theatre_open(&t, &none, R_2026_07);
    theatre_expect(&t, "server/discover", "", MCP_OK, "\"capabilities\":{\"tools\":{}}");
    theatre_expect(&t, "prompts/list", "", MCP_E_METHOD_NOT_FOUND, "-32601");
    theatre_expect(&t, "completion/complete", "", MCP_E_METHOD_NOT_FOUND, "-32601");
    theatre_close(&t);
}

static const struct t_case CASES[] = {
    T(a_tool_answers_with_what_the_revision_has),
    T(a_result_that_is_no_object_is_wrapped_for_older_clients),
    T(an_error_carries_the_data_its_handler_wrote),
    T(rest_gets_text_and_a_word_about_the_rest),
    T(a_session_hears_the_levels_it_asked_for),
    T(a_modern_request_names_its_level_itself),
    T(a_server_without_logging_sends_nothing),
    T(the_trace_context_reaches_the_handler),
    T(headers_are_the_other_carrier),
    T(the_log_has_the_trace_id_of_a_well_formed_parent_only),
    T(a_server_says_who_it_is_as_far_as_the_revision_asks),
    T(a_server_declares_what_its_rows_need),
};
T_MAIN("mcp/engine_content", CASES)
