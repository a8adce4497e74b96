/* mcp/test/mcp_schema_test.c - the MCP schemas of every revision compile and tell good from bad. */
#include "mcp_schema.h"
#include "t.h"

static const char *const REVISIONS[] = {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25",
                                        "2026-07-28"};
enum { REVISIONS_N = sizeof(REVISIONS) / sizeof(REVISIONS[0]) };

static void a_good_message_conforms_in_every_revision(void)
{
    for (size_t i = 0; i < REVISIONS_N; i++) {
        bool is_modern = i == REVISIONS_N - 1;

        t_conforms(REVISIONS[i], "Tool",
                   MCP_STR("{\"name\":\"x\",\"inputSchema\":{\"type\":\"object\"}}"));
        t_conforms(REVISIONS[i], "CallToolResult",
                   is_modern ? MCP_STR("{\"resultType\":\"complete\",\"content\":"
                                       "[{\"type\":\"text\",\"text\":\"a\"}]}")
                             : MCP_STR("{\"content\":[{\"type\":\"text\",\"text\":\"a\"}]}"));
        t_conforms(REVISIONS[i], "JSONRPCNotification",
                   MCP_STR("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}"));
    }
}

static void a_bad_message_does_not(void)
{
    static const struct {
        const char *definition, *text;
    } BAD[] = {
        {"Tool", "{\"name\":\"x\"}"},
        {"Tool", "{\"name\":1,\"inputSchema\":{\"type\":\"object\"}}"},
        {"Tool", "{\"name\":\"x\",\"inputSchema\":{\"type\":\"array\"}}"},
        {"CallToolResult", "{\"resultType\":\"complete\",\"content\":[{\"type\":\"text\"}]}"},
        {"CallToolResult",
         "{\"resultType\":\"complete\",\"content\":[{\"type\":\"tex\",\"text\":\"\"}]}"},
        {"CallToolResult", "{\"resultType\":\"complete\",\"content\":{}}"},
        {"JSONRPCNotification", "{\"jsonrpc\":\"1.0\",\"method\":\"x\"}"},
        {"JSONRPCNotification", "[]"},
    };

    for (size_t i = 0; i < REVISIONS_N && mcp_schema_file(REVISIONS[i]).ptr; i++) {
        for (size_t j = 0; j < sizeof(BAD) / sizeof(BAD[0]); j++) {
            struct mcp_schema_error err = {0};

            ck_assert_msg(
                !t_conforms_or(REVISIONS[i], BAD[j].definition, mcp_str_c(BAD[j].text), &err),
                "%s %s %s", REVISIONS[i], BAD[j].definition, BAD[j].text);
            T_CHECK(err.rule[0] && err.text[0]);
        }
    }
}

static void every_definition_of_every_revision_compiles(void)
{
    for (size_t i = 0; i < REVISIONS_N && mcp_schema_file(REVISIONS[i]).ptr; i++) {
        struct mcp_schema_error err = {0};
        struct mcp_schema *s =
            mcp_schema_new(mcp_schema_file(REVISIONS[i]),
                           &(struct mcp_schema_options){.allow_unknown = true}, &err);

        ck_assert_msg(s != NULL, "%s: %s %s %s", REVISIONS[i], err.path, err.rule, err.text);
        mcp_schema_free(s);
    }
}

static const struct t_case CASES[] = {
    T(a_good_message_conforms_in_every_revision),
    T(a_bad_message_does_not),
    T(every_definition_of_every_revision_compiles),
};
T_MAIN("mcp/mcp_schema", CASES)
