/* mcp/test/schema_says.h - compile a schema, check an instance, compare what is said about it. */
#ifndef MCP_TEST_SCHEMA_SAYS_H
#define MCP_TEST_SCHEMA_SAYS_H

#include "t.h"

#include <mcp/schema.h>

static struct mcp_arena arena;
static struct mcp_schema_error error;

static inline struct mcp_schema *compile_with(const char *text,
                                              const struct mcp_schema_options *opt)
{
    struct mcp_schema *s = mcp_schema_new(mcp_str_c(text), opt, &error);

    ck_assert_msg(s != NULL, "%s: %s %s %s", text, error.path, error.rule, error.text);
    return s;
}

static inline struct mcp_schema *compile(const char *text)
{
    return compile_with(text, NULL);
}

static inline mcp_json instance(mcp_str text)
{
    static const struct mcp_json_limits LIMITS = {(size_t)1 << 24, 64, (size_t)1 << 20, true};
    mcp_json v;

    mcp_arena_init(&arena, (size_t)1 << 26);
    ck_assert_msg(!mcp_json_read(&arena, text, &LIMITS, &v, NULL), "%.*s", MCP_STR_ARG(text));
    return v;
}

static inline bool conforms_text(const struct mcp_schema *s, mcp_str text)
{
    error = (struct mcp_schema_error){0};
    bool is_good = mcp_schema_check(s, instance(text), &arena, &error);

    mcp_arena_free(&arena);
    return is_good;
}

static inline bool conforms(const char *schema, const char *text)
{
    struct mcp_schema *s = compile(schema);
    bool is_good = conforms_text(s, mcp_str_c(text));

    mcp_schema_free(s);
    return is_good;
}

struct broken {
    const char *schema, *instance, *path, *rule, *text;
};

static inline void says_all(const struct broken *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ck_assert_msg(!conforms(rows[i].schema, rows[i].instance), "%s accepts %s", rows[i].schema,
                      rows[i].instance);
        T_STR(mcp_str_c(error.path), rows[i].path);
        T_STR(mcp_str_c(error.rule), rows[i].rule);
        T_STR(mcp_str_c(error.text), rows[i].text);
    }
}
#define SAYS_ALL(rows) says_all(rows, sizeof(rows) / sizeof((rows)[0]))

struct refused {
    const char *schema, *path, *rule, *text;
};

static inline void refuses_all(const struct refused *rows, size_t n,
                               const struct mcp_schema_options *opt)
{
    for (size_t i = 0; i < n; i++) {
        ck_assert_msg(!mcp_schema_new(mcp_str_c(rows[i].schema), opt, &error), "%s",
                      rows[i].schema);
        T_STR(mcp_str_c(error.path), rows[i].path);
        T_STR(mcp_str_c(error.rule), rows[i].rule);
        T_STR(mcp_str_c(error.text), rows[i].text);
        T_CHECK(!mcp_schema_new(mcp_str_c(rows[i].schema), opt, NULL));
    }
}
#define REFUSES_ALL(rows, opt) refuses_all(rows, sizeof(rows) / sizeof((rows)[0]), opt)

#endif
