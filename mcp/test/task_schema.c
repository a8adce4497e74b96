/* mcp/test/task_schema.c - see mcp_schema.h. What was read and compiled is kept until the process
 * ends. */
#include "mcp_schema.h"

#include "shared_file.h"

enum { COMPILED_MAX = 16 };

static const struct mcp_schema *find(const char *definition)
{
    static struct {
        const char *definition; /* a literal */
        struct mcp_schema *schema;
    } compiled[COMPILED_MAX];
    static mcp_str text;
    struct mcp_schema_error err = {0};
    char start[64];
    size_t i = 0;

    while (compiled[i].schema && strcmp(compiled[i].definition, definition) != 0) {
        i++;
        T_CHECK(i < COMPILED_MAX);
    }
    if (!compiled[i].schema) {
        text = text.ptr ? text : t_file(T_SOURCE_ROOT "/mcp/test/task_schema.json");
        T_CHECK(text.ptr != NULL);
        snprintf(start, sizeof(start), "/$defs/%s", definition);
        compiled[i].definition = definition;
        compiled[i].schema =
            mcp_schema_new(text, &(struct mcp_schema_options){.start = start}, &err);
    }
    ck_assert_msg(compiled[i].schema != NULL, "%s: %s %s %s", definition, err.path, err.text,
                  err.rule);
    return compiled[i].schema;
}

void t_task_conforms(const char *definition, mcp_json v)
{
    struct mcp_schema_error err = {0};
    struct mcp_arena arena;

    mcp_arena_init(&arena, (size_t)1 << 26);
    ck_assert_msg(mcp_schema_check(find(definition), v, &arena, &err),
                  "not a %s: \"%s\" %s (%s)\n  in %.*s", definition, err.path, err.text, err.rule,
                  MCP_STR_ARG(mcp_json_raw(v)));
    mcp_arena_free(&arena);
}

void t_task_carries(mcp_json task)
{
    static const char *const PARTS[][2] = {
        {"result", "CallToolResult"}, {"error", "Error"}, {"inputRequests", "InputRequests"}};

    for (size_t i = 0; i < sizeof(PARTS) / sizeof(PARTS[0]); i++) {
        mcp_json part = mcp_json_get(task, mcp_str_c(PARTS[i][0]));

        if (mcp_json_present(part)) {
            t_conforms("2026-07-28", PARTS[i][1], mcp_json_raw(part));
        }
    }
}
