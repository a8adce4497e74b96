/* mcp/test/mcp_schema.c - see mcp_schema.h. A test is a process of its own, so what it loaded is
 * kept in statics until it ends. */
#include "mcp_schema.h"

#include "shared_file.h"

enum { FILES_MAX = 8, COMPILED_MAX = 256 };

static struct {
    char revision[16];
    mcp_str text;
} files[FILES_MAX];

static struct {
    char revision[16], definition[64];
    struct mcp_schema *schema;
} compiled[COMPILED_MAX];

mcp_str mcp_schema_file(const char *revision)
{
    char path[64];
    size_t i = 0;

    while (i < FILES_MAX - 1 && files[i].revision[0] && strcmp(files[i].revision, revision) != 0) {
        i++;
    }
    if (!files[i].revision[0]) {
        snprintf(files[i].revision, sizeof(files[i].revision), "%s", revision);
        snprintf(path, sizeof(path), "mcp-schema/%s.json", revision);
        files[i].text = t_shared_file(path);
        if (!files[i].text.ptr) {
            printf("skipped: whether messages are those of %s: ../shared/data absent\n", revision);
        }
    }
    return files[i].text;
}

/* Revisions before 2025-11-25 say "definitions", later ones "$defs". */
static struct mcp_schema *compile(const char *revision, const char *definition)
{
    static const char *const PLACES[] = {"$defs", "definitions"};
    struct mcp_schema_error err = {0};
    struct mcp_schema *schema = NULL;

    for (size_t i = 0; !schema && i < 2; i++) {
        char start[128];

        snprintf(start, sizeof(start), "/%s/%s", PLACES[i], definition);
        schema = mcp_schema_new(mcp_schema_file(revision),
                                &(struct mcp_schema_options){.allow_unknown = true, .start = start},
                                &err);
    }
    ck_assert_msg(schema != NULL, "%s has no %s: %s %s", revision, definition, err.rule, err.text);
    return schema;
}

static const struct mcp_schema *find(const char *revision, const char *definition)
{
    size_t i = 0;

    while (compiled[i].schema && (strcmp(compiled[i].revision, revision) != 0 ||
                                  strcmp(compiled[i].definition, definition) != 0)) {
        i++;
        T_CHECK(i < COMPILED_MAX);
    }
    if (!compiled[i].schema) {
        snprintf(compiled[i].revision, sizeof(compiled[i].revision), "%s", revision);
        snprintf(compiled[i].definition, sizeof(compiled[i].definition), "%s", definition);
        compiled[i].schema = compile(revision, definition);
    }
    return compiled[i].schema;
}

bool t_conforms_or(const char *revision, const char *definition, mcp_str text,
                   struct mcp_schema_error *reterr)
{
    static const struct mcp_json_limits LIMITS = {(size_t)1 << 24, 64, (size_t)1 << 20, true};
    struct mcp_json_fault fault = {0};
    struct mcp_arena arena;
    mcp_json v;

    if (!mcp_schema_file(revision).ptr) {
        return true;
    }
    mcp_arena_init(&arena, (size_t)1 << 26);
    mcp_err err = mcp_json_read(&arena, text, &LIMITS, &v, &fault);

    ck_assert_msg(!err, "not JSON (%s at %zu): %.*s", fault.why, fault.offset, MCP_STR_ARG(text));
    bool is_good = mcp_schema_check(find(revision, definition), v, &arena, reterr);

    mcp_arena_free(&arena);
    return is_good;
}

void t_conforms(const char *revision, const char *definition, mcp_str text)
{
    struct mcp_schema_error err = {0};

    ck_assert_msg(t_conforms_or(revision, definition, text, &err),
                  "not a %s of %s: \"%s\" %s (%s)\n  in %.*s", definition, revision, err.path,
                  err.text, err.rule, MCP_STR_ARG(text));
}
