/* mcp/test/engine_resource_test.c - resources, prompts and completion, in every revision. */
#include "feature_rows.h"

static const struct mcp_server_options OPTIONS = FEATURE_OPTIONS;

/* One request in every revision; `old` and `modern` are what it must say. */
static void everywhere(const char *method, const char *params, mcp_err err, const char *old,
                       const char *modern)
{
    for (int r = 0; r < N_REVISIONS; r++) {
        struct theatre t;

        theatre_open(&t, &OPTIONS, r);
        theatre_expect(&t, method, params, err, r == R_2026_07 ? modern : old);
        theatre_close(&t);
    }
}

static void resources_are_listed_as_the_revision_has_them(void)
{
    static const char *const HAS[] = {"\"title\":\"Two contents\"", "\"icons\":[",
                                      "\"_meta\":{\"m\":1}", "\"ttlMs\":60000",
                                      "\"cacheScope\":\"public\""};
    static const int SINCE[] = {R_2025_06, R_2025_11, R_2025_06, R_2026_07, R_2026_07};

    for (int r = 0; r < N_REVISIONS; r++) {
        struct theatre t;
        struct wire w;

        theatre_open(&t, &OPTIONS, r);
        theatre_ask(&t, &w, "resources/list", "");
        T_HAS(wire_reply(&w), "{\"uri\":\"doc://two\",\"size\":9,\"name\":\"two\"");
        T_HAS(wire_reply(&w), "\"annotations\":{\"audience\":[\"user\"]}");
        T_CHECK(!t_has(wire_reply(&w), MCP_STR("pages/")));
        for (size_t i = 0; i < sizeof(HAS) / sizeof(HAS[0]); i++) {
            T_EQ(t_has(wire_reply(&w), mcp_str_c(HAS[i])), r >= SINCE[i]);
        }
        wire_free(&w);
        theatre_ask(&t, &w, "resources/templates/list", "");
        T_HAS(wire_reply(&w), "\"resourceTemplates\":[{\"uriTemplate\":\"doc://pages/{page}\","
                              "\"name\":\"page\",\"mimeType\":\"text/plain\"}");
        wire_free(&w);
        theatre_close(&t);
    }
}

static void a_resource_is_read_with_all_its_contents(void)
{
    static const char TWO[] =
        "\"contents\":[{\"uri\":\"doc://two\",\"mimeType\":\"text/plain\",\"text\":\"first\"},"
        "{\"uri\":\"doc://two/b\",\"mimeType\":\"image/png\",\"blob\":\"iVBORw==\"";

    everywhere("resources/read", "\"uri\":\"doc://two\"", MCP_OK, TWO, TWO);
    everywhere("resources/read", "\"uri\":\"doc://two\"", MCP_OK, "]",
               "],\"ttlMs\":5000,\"cacheScope\":\"public\"");
    everywhere("resources/read", "\"uri\":\"doc://pages/1\"", MCP_OK, "page 1 of doc://pages/1",
               "\"ttlMs\":0,\"cacheScope\":\"private\"");
}

static void the_first_template_that_fits_reads(void)
{
    static const char PAGE[] = "\"mimeType\":\"text/plain\",\"text\":\"page caf\xc3\xa9 of "
                               "doc://pages/caf%C3%A9\"";

    everywhere("resources/read", "\"uri\":\"doc://pages/caf%C3%A9\"", MCP_OK, PAGE, PAGE);
    /* {page} takes no slash, {+any} does and has no variable "page" */
    everywhere("resources/read", "\"uri\":\"doc://pages/a/b\"", MCP_OK,
               "\"text\":\"page  of doc://pages/a/b\"", "\"text\":\"page  of doc://pages/a/b\"");
}

static void what_is_not_there_is_said_as_the_revision_says_it(void)
{
    static const struct {
        const char *uri;
    } ROWS[] = {{"doc://nothing"}, {"doc://pages/none"}, {"doc://pages/%zz"}, {""}};

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        char params[80], old[160], modern[160];

        snprintf(params, sizeof(params), "\"uri\":\"%s\"", ROWS[i].uri);
        snprintf(old, sizeof(old), "\"data\":{\"uri\":\"%s\"}}", ROWS[i].uri);
        everywhere("resources/read", params, MCP_E_UNKNOWN_RESOURCE, "\"code\":-32002,",
                   "\"code\":-32602,");
        snprintf(modern, sizeof(modern), "\"data\":{\"uri\":\"%s\"}}", ROWS[i].uri);
        everywhere("resources/read", params, MCP_E_UNKNOWN_RESOURCE, old, modern);
    }
}

static void no_contents_are_an_empty_list_only_in_the_old_revisions(void)
{
    for (int r = 0; r < N_REVISIONS; r++) {
        struct theatre t;

        theatre_open(&t, &OPTIONS, r);
        theatre_expect(&t, "resources/read", "\"uri\":\"doc://pages/empty\"",
                       r == R_2026_07 ? MCP_E_UNKNOWN_RESOURCE : MCP_OK,
                       r == R_2026_07 ? "\"data\":{\"uri\":\"doc://pages/empty\"}"
                                      : "\"contents\":[]");
        theatre_close(&t);
    }
}

static void a_reader_that_fails_is_an_error(void)
{
    everywhere("resources/read", "\"uri\":\"doc://pages/broken\"", MCP_E_STORAGE,
               "\"code\":-32603,\"message\":\"The disk is gone\"", "\"code\":-32603");
    everywhere("resources/read", "\"uri\":7", MCP_E_INVALID_PARAMS, "-32602", "-32602");
    everywhere("resources/read", "", MCP_E_INVALID_PARAMS, "-32602", "-32602");
}

/* ---- Prompts ---- */

static void prompts_are_listed_as_the_revision_has_them(void)
{
    everywhere("prompts/list", "", MCP_OK,
               "{\"prompts\":[{\"name\":\"guarded\"},{\"name\":\"refuse\"},"
               "{\"name\":\"review\"",
               "{\"name\":\"review\",\"title\":\"Review\",\"description\":\"Reviews code.\","
               "\"icons\":");
    everywhere("prompts/list", "", MCP_OK,
               "\"required\":true},{\"name\":\"language\",\"required\":"
               "false}]",
               "{\"name\":\"code\",\"title\":\"Code\",\"description\":\"What to review\","
               "\"required\":true}");
}

static void a_prompt_becomes_messages_of_both_roles(void)
{
    static const char USER[] = "\"messages\":[{\"role\":\"user\",\"content\":{\"type\":\"text\","
                               "\"text\":\"Review x \\\"y\\\"\"}},{\"role\":\"assistant\"";

    everywhere("prompts/get", "\"name\":\"review\",\"arguments\":{\"code\":\"x \\\"y\\\"\"}",
               MCP_OK, USER, USER);
    everywhere("prompts/get", "\"name\":\"review\",\"arguments\":{\"code\":\"\"}", MCP_OK,
               "\"description\":\"Reviews code.\"",
               "{\"role\":\"assistant\",\"content\":{\"type\":\"resource_link\"");
}

static void a_wrong_use_of_a_prompt_is_refused(void)
{
    everywhere("prompts/get", "\"name\":\"review\"", MCP_E_INVALID_PARAMS,
               "the argument code is required", "\"code\":-32602");
    everywhere("prompts/get", "\"name\":\"review\",\"arguments\":{\"code\":1}",
               MCP_E_INVALID_PARAMS, "must be an object of strings", "-32602");
    everywhere("prompts/get", "\"name\":\"review\",\"arguments\":[]", MCP_E_INVALID_PARAMS,
               "must be an object of strings", "-32602");
    everywhere("prompts/get", "\"name\":\"nobody\"", MCP_E_UNKNOWN_PROMPT,
               "\"code\":-32602,\"message\":\"Unknown prompt: nobody\"", "-32602");
    everywhere("prompts/get", "\"name\":{}", MCP_E_INVALID_PARAMS, "-32602", "-32602");
    /* a prompt has no results that are failures */
    everywhere("prompts/get", "\"name\":\"refuse\"", MCP_E_INVALID_PARAMS,
               "\"code\":-32602,\"message\":\"not today\"", "-32602");
}

static void what_needs_a_scope_is_refused_without_it(void)
{
    struct theatre t;

    theatre_open(&t, &OPTIONS, R_2025_11);
    t.peer.principal = (struct mcp_principal){.scopes = "other"};
    theatre_expect(&t, "resources/read", "\"uri\":\"doc://guarded\"", MCP_E_FORBIDDEN, "1403");
    theatre_expect(&t, "prompts/get", "\"name\":\"guarded\"", MCP_E_FORBIDDEN, "1403");
    theatre_expect(&t, "resources/read", "\"uri\":\"doc://two\"", MCP_OK, "first");
    theatre_close(&t);
}

static void readings_and_prompts_count_against_the_rate(void)
{
    struct theatre t;

    theatre_open(&t, &OPTIONS, R_2025_11);
    t.peer.principal.rate_per_minute = 2;
    theatre_expect(&t, "resources/read", "\"uri\":\"doc://two\"", MCP_OK, "first");
    theatre_expect(&t, "prompts/get", "\"name\":\"refuse\"", MCP_E_INVALID_PARAMS, "not today");
    theatre_expect(&t, "resources/read", "\"uri\":\"doc://two\"", MCP_E_RATE_LIMITED, "1429");
    theatre_expect(&t, "resources/list", "", MCP_OK, "doc://two");
    theatre_close(&t);
}

/* ---- Completion ---- */

#define PROMPT_REF            "\"ref\":{\"type\":\"ref/prompt\",\"name\":\"review\"}"
#define RESOURCE_REF          "\"ref\":{\"type\":\"ref/resource\",\"uri\":\"doc://pages/{page}\"}"
#define ARGUMENT(name, value) ",\"argument\":{\"name\":\"" name "\",\"value\":\"" value "\"}"

static void arguments_are_completed(void)
{
    static const char C[] = "\"completion\":{\"values\":[\"C\",\"Cobol\"],\"total\":2,"
                            "\"hasMore\":false}";
    static const char NONE[] = "\"completion\":{\"values\":[],\"total\":0,\"hasMore\":false}";

    everywhere("completion/complete", PROMPT_REF ARGUMENT("language", "c"), MCP_OK, C, C);
    everywhere("completion/complete", PROMPT_REF ARGUMENT("code", "x"), MCP_OK, NONE, NONE);
    everywhere(
        "completion/complete",
        "\"ref\":{\"type\":\"ref/resource\",\"uri\":\"doc://pages/{+any}\"}" ARGUMENT("any", ""),
        MCP_OK, NONE, NONE);
}

static void a_hundred_values_are_sent_and_all_are_counted(void)
{
    for (int r = 0; r < N_REVISIONS; r++) {
        struct theatre t;
        struct wire w;

        theatre_open(&t, &OPTIONS, r);
        theatre_ask(&t, &w, "completion/complete",
                    RESOURCE_REF ARGUMENT("page", "p") ",\"context\":{\"arguments\":{\"book\":"
                                                       "\"b-\"}}");
        T_HAS(wire_reply(&w), "\"total\":150,\"hasMore\":true");
        /* what was chosen before is known since 2025-06-18 */
        T_HAS(wire_reply(&w), r >= R_2025_06 ? "[\"b-p0\"," : "[\"p0\",");
        T_HAS(wire_reply(&w), "p99\"]");
        wire_free(&w);
        theatre_close(&t);
    }
}

static void a_wrong_completion_is_refused(void)
{
    static const char *const ROWS[] = {
        "",
        PROMPT_REF,
        "\"ref\":{}" ARGUMENT("code", ""),
        "\"ref\":{\"type\":\"ref/tool\",\"name\":\"x\"}" ARGUMENT("code", ""),
        PROMPT_REF ARGUMENT("other", ""),
        PROMPT_REF ",\"argument\":{\"name\":\"code\"}",
        PROMPT_REF ",\"argument\":{\"name\":\"code\",\"value\":7}",
        RESOURCE_REF ARGUMENT("other", ""),
        "\"ref\":{\"type\":\"ref/resource\",\"uri\":\"doc://none\"}" ARGUMENT("page", ""),
    };

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        everywhere("completion/complete", ROWS[i], MCP_E_INVALID_PARAMS, "-32602", "-32602");
    }
    everywhere("completion/complete",
               "\"ref\":{\"type\":\"ref/prompt\",\"name\":\"none\"}" ARGUMENT("code", ""),
               MCP_E_UNKNOWN_PROMPT, "-32602", "-32602");
}

/* ---- Pages ---- */

/* The member `cursor` for the next request; the reply is no C string. */
static void cursor_member(mcp_str reply, const char *at, char *out, size_t bytes)
{
    mcp_str rest = mcp_str_n(at + 14, (size_t)(reply.ptr + reply.len - at) - 14);
    mcp_str cursor = mcp_str_cut(&rest, '"');

    snprintf(out, bytes, "\"cursor\":\"%.*s\"", MCP_STR_ARG(cursor));
}

static void each_list_is_paged_with_cursors_of_its_own(void)
{
    static const struct {
        const char *method, *first, *second;
    } ROWS[] = {{"resources/list", "doc://guarded", "doc://two"},
                {"resources/templates/list", "{page}", "{+any}"},
                {"prompts/list", "\"guarded\"", "\"refuse\""},
                {"tools/list", "\"everything\"", "\"explain\""}};
    struct mcp_server_options opt = FEATURE_OPTIONS;
    char cursors[4][200];
    struct theatre t;

    opt.page_tools = 1;
    theatre_open(&t, &opt, R_2026_07);
    for (size_t i = 0; i < 4; i++) {
        struct wire w;

        theatre_ask(&t, &w, ROWS[i].method, "");
        mcp_str reply = wire_reply(&w);
        const char *at = memmem(reply.ptr, reply.len, "\"nextCursor\":\"", 14);

        T_HAS(reply, ROWS[i].first);
        T_CHECK(at != NULL);
        cursor_member(reply, at, cursors[i], sizeof(cursors[i]));
        wire_free(&w);
        theatre_expect(&t, ROWS[i].method, cursors[i], MCP_OK, ROWS[i].second);
        theatre_expect(&t, ROWS[i].method, "\"cursor\":\"\"", MCP_E_INVALID_PARAMS, "-32602");
        theatre_expect(&t, ROWS[i].method, "\"cursor\":1", MCP_E_INVALID_PARAMS, "-32602");
    }
    for (size_t i = 0; i < 4; i++) {
        theatre_expect(&t, ROWS[i].method, cursors[(i + 1) % 4], MCP_E_INVALID_PARAMS, "-32602");
    }
    theatre_close(&t);
}

static void a_cursor_of_other_rows_is_refused(void)
{
    static const struct mcp_prompt AB[] = {
        {.name = "a", .fn = ask_review}, {.name = "b", .fn = ask_review}, {0}};
    static const struct mcp_prompt AC[] = {
        {.name = "a", .fn = ask_review}, {.name = "c", .fn = ask_review}, {0}};
    static const struct mcp_tool TOOLS[] = {{.name = "a", .description = "d", .fn = say_ok},
                                            {.name = "b", .description = "d", .fn = say_ok},
                                            {0}};
    const struct mcp_prompt_set ab = {AB, NULL}, ac = {AC, NULL};
    const struct mcp_tool_set tools = {TOOLS, NULL};
    struct mcp_server_options opt = {.tools = &tools,
                                     .n_tools = 1,
                                     .prompts = &ab,
                                     .n_prompts = 1,
                                     .page_tools = 1,
                                     .secret = {1}};
    char cursor[200];
    struct theatre t;
    struct wire w;

    theatre_open(&t, &opt, R_2026_07);
    theatre_ask(&t, &w, "prompts/list", "");
    mcp_str reply = wire_reply(&w);
    const char *at = memmem(reply.ptr, reply.len, "\"nextCursor\":\"", 14);

    T_CHECK(at != NULL);
    cursor_member(reply, at, cursor, sizeof(cursor));
    wire_free(&w);
    theatre_expect(&t, "prompts/list", cursor, MCP_OK, "\"b\"");
    theatre_expect(&t, "tools/list", cursor, MCP_E_INVALID_PARAMS, "-32602");
    theatre_close(&t);
    opt.prompts = &ac; /* the same server, started again with another prompt */
    theatre_open(&t, &opt, R_2026_07);
    theatre_expect(&t, "prompts/list", cursor, MCP_E_INVALID_PARAMS, "-32602");
    theatre_close(&t);
}

/* ---- Start-up ---- */

static void refused(const struct mcp_resource *resource, const struct mcp_prompt *prompt,
                    const struct mcp_tool *tool, const char *has)
{
    const struct mcp_resource resources[] = {resource ? *resource : (struct mcp_resource){0}, {0}};
    const struct mcp_prompt prompts[] = {prompt ? *prompt : (struct mcp_prompt){0}, {0}};
    const struct mcp_tool tools[] = {tool ? *tool : (struct mcp_tool){0}, {0}};
    const struct mcp_resource_set rs[] = {{resources, NULL}, {FEATURE_RESOURCES, NULL}};
    const struct mcp_prompt_set ps[] = {{prompts, NULL}, {FEATURE_PROMPTS, NULL}};
    const struct mcp_tool_set ts[] = {{tools, NULL}};
    const struct mcp_server_options opt = {.name = "t",
                                           .version = "1",
                                           .tools = ts,
                                           .n_tools = 1,
                                           .resources = rs,
                                           .n_resources = 2,
                                           .prompts = ps,
                                           .n_prompts = 2,
                                           .clock = {world_now, world_now, NULL}};
    char why[256] = "started";

    T_CHECK(!mcp_server_new(&opt, why, sizeof(why)));
    T_HAS(mcp_str_c(why), has);
}

#define RESOURCE(...) &(struct mcp_resource){__VA_ARGS__}, NULL, NULL
#define PROMPT(...)   NULL, &(struct mcp_prompt){__VA_ARGS__}, NULL
#define TOOL(...)                                                                                  \
    NULL, NULL, &(struct mcp_tool)                                                                 \
    {                                                                                              \
        .name = "t", .description = "d", __VA_ARGS__                                               \
    }

static void a_bad_row_stops_the_start_and_is_named(void)
{
    static const struct mcp_prompt_argument TWICE[] = {{.name = "a"}, {.name = "a"}, {0}};

    refused(RESOURCE(.uri = "x", .name = "n", .read = read_two), "resource x: not an absolute URI");
    refused(RESOURCE(.uri = "a://b c", .name = "n", .read = read_two), "not an absolute URI");
    refused(RESOURCE(.uri = "a://b", .read = read_two), "resource a://b: the name is missing");
    refused(RESOURCE(.uri = "a://b", .name = "n"), "the read handler is missing");
    refused(RESOURCE(.uri = "a://{b", .name = "n", .read = read_two), "a { without a }");
    refused(RESOURCE(.uri = "doc://two", .name = "n", .read = read_two), "the URI occurs twice");
    refused(RESOURCE(.uri = "doc://pages/{page}", .name = "n", .read = read_two),
            "the URI occurs twice");
    refused(RESOURCE(.uri = "a://b", .name = "n", .read = read_two, .size_bytes = -1), "negative");
    refused(RESOURCE(.uri = "a://b", .name = "n", .read = read_two, .cost = -1), "cost");
    refused(RESOURCE(.uri = "a://b", .name = "n", .read = read_two, .icons = "{}"), "icons");
    refused(RESOURCE(.uri = "a://b", .name = "n", .read = read_two,
                     .icons = "[{\"src\":\"http://x/\"}]"),
            "icons");
    refused(RESOURCE(.uri = "a://b", .name = "n", .read = read_two, .notes = {.meta = "[]"}),
            "_meta");
    refused(PROMPT(.name = "p"), "prompt p: the handler is missing");
    refused(PROMPT(.name = "", .fn = ask_review), "the name is empty");
    refused(PROMPT(.name = "review", .fn = ask_review), "prompt review: the name occurs twice");
    refused(PROMPT(.name = "p", .fn = ask_review, .arguments = TWICE), "argument a occurs twice");
    refused(PROMPT(.name = "p", .fn = ask_review, .meta = "{"), "_meta");
    refused(TOOL(.fn = say_ok, .icons = "[7]"), "tool t: the icons");
    refused(TOOL(.fn = say_ok, .meta = "null"), "tool t: the _meta");
}

static const struct t_case CASES[] = {
    T(resources_are_listed_as_the_revision_has_them),
    T(a_resource_is_read_with_all_its_contents),
    T(the_first_template_that_fits_reads),
    T(what_is_not_there_is_said_as_the_revision_says_it),
    T(no_contents_are_an_empty_list_only_in_the_old_revisions),
    T(a_reader_that_fails_is_an_error),
    T(prompts_are_listed_as_the_revision_has_them),
    T(a_prompt_becomes_messages_of_both_roles),
    T(a_wrong_use_of_a_prompt_is_refused),
    T(what_needs_a_scope_is_refused_without_it),
    T(readings_and_prompts_count_against_the_rate),
    T(arguments_are_completed),
    T(a_hundred_values_are_sent_and_all_are_counted),
    T(a_wrong_completion_is_refused),
    T(each_list_is_paged_with_cursors_of_its_own),
    T(a_cursor_of_other_rows_is_refused),
    T(a_bad_row_stops_the_start_and_is_named),
};
T_MAIN("mcp/engine_resource", CASES)
