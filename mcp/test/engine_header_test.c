/* mcp/test/engine_header_test.c - x-mcp-header and Mcp-Param-* (MCP 2026-07-28 transports). */
#include "feature_rows.h"

static const struct mcp_server_options OPTIONS = FEATURE_OPTIONS;

struct headers {
    const char *region, *n, *flag; /* NULL: not sent */
};

static mcp_str header(const void *user, const char *name)
{
    const struct headers *h = user;

    return mcp_str_c(strcmp(name, "Mcp-Param-Region") == 0 ? h->region
                     : strcmp(name, "Mcp-Param-N") == 0    ? h->n
                     : strcmp(name, "Mcp-Param-Flag") == 0 ? h->flag
                                                           : NULL);
}

static const struct row {
    const char *arguments;
    struct headers headers;
    const char *wrong; /* what the refusal names; NULL: it is accepted */
} ROWS[] = {
    {"{}", {NULL, NULL, NULL}, NULL},
    {"{\"region\":null}",
     {NULL, NULL, NULL},
     "must be"}, /* the schema's to say, not the header's */
    {"{\"region\":\"Hello\"}", {"Hello", NULL, NULL}, NULL},
    {"{\"region\":\"Hello\"}", {" Hello\t", NULL, NULL}, NULL},
    {"{\"region\":\"Hello\"}", {"hello", NULL, NULL}, "Mcp-Param-Region and the body disagree"},
    {"{\"region\":\"Hello\"}", {NULL, NULL, NULL}, "Mcp-Param-Region is required"},
    {"{\"region\":\"\"}", {"", NULL, NULL}, NULL},
    {"{\"region\":\"Hello\"}", {"=?base64?SGVsbG8=?=", NULL, NULL}, NULL},
    {"{\"region\":\"Hello\"}", {"=?base64?SGVsbG8?=", NULL, NULL}, "invalid characters"},
    {"{\"region\":\"Hello\"}", {"=?base64?SGVs!!!bG8=?=", NULL, NULL}, "invalid characters"},
    {"{\"region\":\"Hello\"}", {"=?BASE64?SGVsbG8=?=", NULL, NULL}, "disagree"},
    {"{\"region\":\"SGVsbG8=\"}", {"SGVsbG8=", NULL, NULL}, NULL},
    {"{\"region\":\"=?base64?SGVsbG8=\"}", {"=?base64?SGVsbG8=", NULL, NULL}, NULL},
    {"{\"region\":\"caf\xc3\xa9\"}", {"caf\xc3\xa9", NULL, NULL}, "invalid characters"},
    {"{\"region\":\"caf\xc3\xa9\"}", {"=?base64?Y2Fmw6k=?=", NULL, NULL}, NULL},
    {"{\"n\":42}", {NULL, "42", NULL}, NULL},
    {"{\"n\":42.0}", {NULL, "42", NULL}, NULL},
    {"{\"n\":42}", {NULL, "42.0", NULL}, NULL},
    {"{\"n\":42}", {NULL, "4.2e1", NULL}, NULL},
    {"{\"n\":42}", {NULL, "43", NULL}, "Mcp-Param-N and the body disagree"},
    {"{\"n\":42}", {NULL, "\"42\"", NULL}, "disagree"},
    {"{\"n\":42}", {NULL, "x", NULL}, "disagree"},
    {"{\"n\":9007199254740991}", {NULL, "9007199254740991", NULL}, NULL},
    {"{\"n\":9007199254740993}", {NULL, "9007199254740992", NULL}, "disagree"},
    {"{\"deep\":{\"flag\":true}}", {NULL, NULL, "true"}, NULL},
    {"{\"deep\":{\"flag\":true}}", {NULL, NULL, "True"}, "disagree"},
    {"{\"deep\":{\"flag\":false}}", {NULL, NULL, NULL}, "Mcp-Param-Flag is required"},
    {"{\"deep\":{}}", {NULL, NULL, "true"}, NULL}, /* an argument that is absent has no header */
    {"{\"deep\":7}", {NULL, NULL, "true"}, "must be"},
};

static void each_annotated_argument_is_repeated_in_its_header(void)
{
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const struct mcp_http_claims http = {.protocol_version = MCP_STR("2026-07-28"),
                                             .method = MCP_STR("tools/call"),
                                             .name = MCP_STR("headers"),
                                             .header = header,
                                             .user = &ROWS[i].headers};
        bool is_schema = ROWS[i].wrong && strcmp(ROWS[i].wrong, "must be") == 0;
        bool is_good = !ROWS[i].wrong;
        struct theatre t;
        struct wire w;
        char text[600];

        snprintf(text, sizeof(text),
                 REQUEST("tools/call", MODERN_META ",\"name\":\"headers\",\"arguments\":%s"),
                 ROWS[i].arguments);
        theatre_open(&t, &OPTIONS, R_2026_07);
        struct mcp_peer peer = peer_http(&t.world, NULL, &http);

        wire_say(&w, t.world.server, &peer, mcp_str_c(text));
        ck_assert_msg(w.err == (is_good     ? MCP_OK
                                : is_schema ? MCP_E_INVALID_ARGUMENTS
                                            : MCP_E_HEADER_MISMATCH),
                      "row %zu: %s: %.*s", i, ROWS[i].arguments, MCP_STR_ARG(wire_reply(&w)));
        T_EQ(w.http_status, is_good || is_schema ? 200 : 400);
        T_HAS(wire_reply(&w), is_good ? "\"text\":\"ok\"" : ROWS[i].wrong);
        if (!is_good && !is_schema) {
            T_HAS(wire_reply(&w), "\"code\":-32020");
        }
        wire_free(&w);
        theatre_close(&t);
    }
}

static void without_http_or_in_a_session_no_header_is_wanted(void)
{
    const struct headers none = {NULL, NULL, NULL};
    const struct mcp_http_claims http = {.header = header, .user = &none};
    struct theatre t;
    struct wire w;

    theatre_open(&t, &OPTIONS, R_2026_07);
    theatre_expect(&t, "tools/call", "\"name\":\"headers\",\"arguments\":{\"region\":\"x\"}",
                   MCP_OK, "ok");
    theatre_close(&t);
    theatre_open(&t, &OPTIONS, R_2025_11);
    struct mcp_peer peer = peer_http(&t.world, t.session, &http);

    wire_say(
        &w, t.world.server, &peer,
        MCP_STR(REQUEST("tools/call", "\"name\":\"headers\",\"arguments\":{\"region\":\"x\"}")));
    T_EQ(w.err, MCP_OK);
    wire_free(&w);
    theatre_close(&t);
}

static void an_annotation_that_no_client_can_follow_stops_the_start(void)
{
#define P(rest) "{\"type\":\"object\",\"properties\":{" rest "}}"
#define S(name) "{\"type\":\"string\",\"x-mcp-header\":" name "}"
    static const char *const SCHEMAS[] = {
        "{\"type\":\"object\",\"x-mcp-header\":\"A\"}",
        P("\"a\":" S("\"\"")),
        P("\"a\":" S("7")),
        P("\"a\":" S("\"a b\"")),
        P("\"a\":" S("\"a\\n\"")),
        P("\"a\":" S("\"0123456789012345678901234567890123456789012345678901234567890123456\"")),
        P("\"a\":{\"type\":\"number\",\"x-mcp-header\":\"A\"}"),
        P("\"a\":{\"type\":\"object\",\"x-mcp-header\":\"A\"}"),
        P("\"a\":{\"x-mcp-header\":\"A\"}"),
        P("\"a\":{\"type\":[\"string\",\"null\"],\"x-mcp-header\":\"A\"}"),
        P("\"a\":" S("\"A\"") ",\"b\":" S("\"a\"")),
        P("\"a\":{\"type\":\"array\",\"items\":" S("\"A\"") "}"),
        P("\"a\":{\"oneOf\":[" S("\"A\"") "]}"),
        P("\"a\":{\"not\":" S("\"A\"") "}"),
        P("\"a\":{\"if\":" S("\"A\"") "}"),
        "{\"type\":\"object\",\"$defs\":{\"a\":" S("\"A\"") "}}",
        "{\"type\":\"object\",\"anyOf\":[" P("\"a\":" S("\"A\"")) "]}",
    };
    const struct mcp_server_options good = {.name = NULL};
    struct theatre t;

    for (size_t i = 0; i < sizeof(SCHEMAS) / sizeof(SCHEMAS[0]); i++) {
        const struct mcp_tool rows[] = {
            {.name = "t", .description = "d", .input_schema = SCHEMAS[i], .fn = say_ok}, {0}};
        const struct mcp_tool_set set = {rows, NULL};
        const struct mcp_server_options opt = {.name = "t",
                                               .version = "1",
                                               .tools = &set,
                                               .n_tools = 1,
                                               .clock = {world_now, world_now, NULL}};
        char why[256] = "started";

        ck_assert_msg(!mcp_server_new(&opt, why, sizeof(why)), "%s started", SCHEMAS[i]);
        T_HAS(mcp_str_c(why), "tool t: x-mcp-header: ");
    }
    theatre_open(&t, &good, R_2026_07); /* and without any it starts */
    theatre_close(&t);
}

static const struct t_case CASES[] = {
    T(each_annotated_argument_is_repeated_in_its_header),
    T(without_http_or_in_a_session_no_header_is_wanted),
    T(an_annotation_that_no_client_can_follow_stops_the_start),
};
T_MAIN("mcp/engine_header", CASES)
