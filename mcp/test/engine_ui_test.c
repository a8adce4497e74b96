/* mcp/test/engine_ui_test.c - MCP Apps: what is shown to clients that declared the extension. */
#include "feature_rows.h"

#define UI "{\"csp\":{\"connectDomains\":[\"https://*.x.example:8\"]},\"prefersBorder\":true}"

static const struct mcp_tool TOOLS_[] = {
    {.name = "clock",
     .description = "d",
     .meta = "{\"a\":1}",
     .ui = {.resource_uri = "ui://t/clock", .visibility = MCP_UI_MODEL | MCP_UI_APP},
     .fn = say_ok},
    {.name = "tick", .description = "d", .ui = {.visibility = MCP_UI_APP}, .fn = say_ok},
    {0}};
static const struct mcp_resource PAGES[] = {
    {.uri = "ui://t/clock", .name = "c", .mime_type = MCP_UI_MIME_TYPE, .ui = UI, .read = say_ok},
    {0}};

static struct mcp_server *start(const struct mcp_tool *tools, const struct mcp_resource *pages,
                                char why[256])
{
    const struct mcp_tool_set t = {tools, NULL};
    const struct mcp_resource_set r = {pages, NULL};
    static struct world world;

    return mcp_server_new(&(struct mcp_server_options){.name = "t",
                                                       .version = "1",
                                                       .tools = &t,
                                                       .n_tools = 1,
                                                       .resources = &r,
                                                       .n_resources = 1,
                                                       .clock = {world_now, world_now, &world}},
                          why, 256);
}

#define DECLARED                                                                                   \
    "{\"extensions\":{\"io.modelcontextprotocol/ui\":{\"mimeTypes\":"                              \
    "[\"text/html;profile=mcp-app\"]}}}"

/* Knows the extension, and pages of another kind. */
#define OTHERS "{\"extensions\":{\"io.modelcontextprotocol/ui\":{\"mimeTypes\":[\"text/html\",7]}}}"

static void ask(struct mcp_server *s, struct mcp_session *in, const char *method,
                const char *params, bool declares, const char *has, const char *lacks)
{
    const struct mcp_peer peer =
        in ? peer_stdio(in) : (struct mcp_peer){.principal = {.scopes = "*"}};
    char text[1000];
    struct wire w;

    snprintf(text, sizeof(text),
             "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{%s%s%s%s%s}}", method,
             params,
             in        ? ""
             : *params ? ","
                       : "",
             in ? ""
                : "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                  "\"io.modelcontextprotocol/clientCapabilities\":",
             in         ? ""
             : declares ? DECLARED
                        : OTHERS,
             in ? "" : "}");
    wire_say(&w, s, &peer, mcp_str_c(text));
    T_EQ(w.err, MCP_OK);
    T_HAS(wire_reply(&w), has);
    ck_assert_msg(!lacks || !t_has(wire_reply(&w), mcp_str_c(lacks)), "%s: %s in %.*s", method,
                  lacks, MCP_STR_ARG(wire_reply(&w)));
    wire_free(&w);
}

static void pages_are_shown_to_clients_that_declared_them_in_both_eras(void)
{
    char why[256], hello[600];
    struct mcp_server *s = start(TOOLS_, PAGES, why);

    for (int r = 0; r < N_REVISIONS; r++) {
        for (int d = 0; d < 2; d++) {
            struct mcp_session *in = r == R_2026_07 ? NULL : mcp_session_new(s);

            if (in) {
                snprintf(hello, sizeof(hello),
                         "\"protocolVersion\":\"%s\",\"capabilities\":%s,\"clientInfo\":{\"name\":"
                         "\"c\",\"version\":\"1\"}",
                         REVISIONS[r], d ? DECLARED : OTHERS);
                ask(s, in, "initialize", hello, d,
                    "\"extensions\":{\"io.modelcontextprotocol/ui\":{}}", NULL);
            } else {
                ask(s, in, "server/discover", "", d, "\"io.modelcontextprotocol/ui\":{}", NULL);
            }
            if (d) {
                ask(s, in, "tools/list", "", d,
                    "\"_meta\":{\"a\":1,\"ui\":{\"resourceUri\":\"ui://t/clock\","
                    "\"visibility\":[\"model\",\"app\"]}}",
                    NULL);
                ask(s, in, "tools/list", "", d, "\"ui\":{\"visibility\":[\"app\"]}", NULL);
                ask(s, in, "resources/list", "", d, "\"_meta\":{\"ui\":" UI "}", NULL);
                ask(s, in, "resources/read", "\"uri\":\"ui://t/clock\"", d,
                    "\"text\":\"ok\",\"_meta\":{\"ui\":" UI "}", NULL);
            } else {
                ask(s, in, "tools/list", "", d, "\"clock\"", "\"ui\"");
                ask(s, in, "tools/list", "", d, "\"clock\"", "\"tick\"");
                ask(s, in, "resources/list", "", d, "\"resources\":[]", NULL);
                ask(s, in, "resources/read", "\"uri\":\"ui://t/clock\"", d, "\"text\":\"ok\"",
                    "\"ui\":");
            }
            mcp_session_free(in);
        }
    }
    mcp_server_free(s);
}

static void refused(const struct mcp_tool *tool, const struct mcp_resource *page, const char *part)
{
    const struct mcp_tool tools[] = {*tool, {0}};
    const struct mcp_resource pages[] = {*page, {0}};
    char why[256] = "";

    T_CHECK(!start(tools, pages, why));
    T_HAS(mcp_str_c(why), part);
}

static void a_bad_page_stops_the_start(void)
{
    const struct mcp_tool plain = {.name = "p", .description = "d", .fn = say_ok};
    struct mcp_tool lost = TOOLS_[0];
    struct mcp_resource page = PAGES[0];

    lost.ui.resource_uri = "ui://t/nowhere";
    refused(&lost, &page, "no resource row serves ui://t/nowhere");
    lost.ui.resource_uri = "doc://x";
    refused(&lost, &page, "must have a ui:// URI");
    page.mime_type = "text/html";
    refused(&plain, &page, "the MIME type must be text/html;profile=mcp-app");
    page = PAGES[0];
    page.ui = "{\"csp\":{\"connectDomains\":[\"https://x; script-src *\"]}}";
    refused(&plain, &page, "ui/csp/connectDomains/0");
    page.ui = "{\"border\":true}";
    refused(&plain, &page, "(additionalProperties)");
    page.ui = "{\"permissions\":{\"camera\":true}}";
    refused(&plain, &page, "ui/permissions/camera");
    page = (struct mcp_resource){.uri = "doc://a", .name = "a", .ui = "{}", .read = say_ok};
    refused(&plain, &page, "ui belongs to a ui:// URI");
}

static const struct t_case CASES[] = {
    T(pages_are_shown_to_clients_that_declared_them_in_both_eras),
    T(a_bad_page_stops_the_start),
};
T_MAIN("mcp/engine_ui", CASES)
