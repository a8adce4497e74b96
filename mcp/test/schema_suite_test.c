/* mcp/test/schema_suite_test.c - the official JSON Schema test suite, draft 2020-12.
 *
 * A schema that our compiler refuses as unsupported is skipped and counted; a wrong answer fails.
 * The counts are printed and may only improve. */
#include "shared_file.h"

#include <mcp/schema.h>

static const struct {
    const char *file;
    int skipped; /* schemas refused as unsupported: remote or embedded $id, unevaluated* ... */
} FILES[] = {
    {"additionalProperties", 0},
    {"allOf", 0},
    {"anchor", 3},
    {"anyOf", 0},
    {"boolean_schema", 0},
    {"const", 0},
    {"contains", 0},
    {"default", 0},
    {"defs", 1},
    {"dependentRequired", 0},
    {"dependentSchemas", 0},
    {"enum", 0},
    {"exclusiveMaximum", 0},
    {"exclusiveMinimum", 0},
    {"if-then-else", 0},
    {"infinite-loop-detection", 0},
    {"items", 0},
    {"maxContains", 0},
    {"maxItems", 0},
    {"maxLength", 0},
    {"maxProperties", 0},
    {"maximum", 0},
    {"minContains", 0},
    {"minItems", 0},
    {"minLength", 0},
    {"minProperties", 0},
    {"minimum", 0},
    {"multipleOf", 0},
    {"not", 1},
    {"oneOf", 0},
    {"pattern", 0},
    {"patternProperties", 0},
    {"prefixItems", 0},
    {"properties", 0},
    {"propertyNames", 0},
    {"ref", 17},
    {"required", 0},
    {"type", 0},
    {"uniqueItems", 0},
    {"optional/bignum", 0},
    {"optional/ecmascript-regex", 0},
    {"optional/float-overflow", 0},
    {"optional/non-bmp-regex", 0},
    {"optional/format/date", 0},
    {"optional/format/date-time", 0},
    {"optional/format/email", 0},
    {"optional/format/hostname", 1},
    {"optional/format/ipv4", 0},
    {"optional/format/ipv6", 0},
    {"optional/format/json-pointer", 0},
    {"optional/format/time", 0},
    {"optional/format/uri", 0},
    {"optional/format/uri-reference", 0},
    {"optional/format/uuid", 0},
};

/* Groups that ask for what we do not do, and say so. */
static const char *const GAPS[] = {
    "validation of A-label (punycode) host names", /* IDNA's tables */
};

struct tally {
    int passed, wrong, skipped;
};

static mcp_str word(mcp_json object, const char *key, struct mcp_arena *arena)
{
    return mcp_json_str(mcp_json_get(object, mcp_str_c(key)), arena, MCP_STR(""));
}

static bool is_unsupported(const char *rule)
{
    static const char *const RULES[] = {"unknown", "$ref", "$id", "$schema"};

    for (size_t i = 0; i < sizeof(RULES) / sizeof(RULES[0]); i++) {
        if (strcmp(rule, RULES[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void run_tests(const struct mcp_schema *schema, mcp_json group, const char *file,
                      struct mcp_arena *arena, struct tally *tally)
{
    mcp_json tests = mcp_json_get(group, MCP_STR("tests"));

    for (mcp_json t = mcp_json_first(tests); mcp_json_present(t); t = mcp_json_next(tests, t)) {
        struct mcp_schema_error err = {0};
        bool want = mcp_json_bool(mcp_json_get(t, MCP_STR("valid")), false);
        bool got = mcp_schema_check(schema, mcp_json_get(t, MCP_STR("data")), arena, &err);

        if (got == want) {
            tally->passed++;
            continue;
        }
        tally->wrong++;
        fprintf(stderr, "wrong: %s: %.*s: %.*s: said %s (%s)\n", file,
                MCP_STR_ARG(word(group, "description", arena)),
                MCP_STR_ARG(word(t, "description", arena)), got ? "valid" : "invalid", err.text);
    }
}

static struct tally run_file(const char *file)
{
    static const struct mcp_json_limits LIMITS = {(size_t)1 << 24, 64, (size_t)1 << 20, true};
    struct tally tally = {0};
    struct mcp_arena arena;
    char path[256];
    mcp_json root;

    snprintf(path, sizeof(path), "json-schema-2020-12/tests/draft2020-12/%s.json", file);
    mcp_str text = t_shared_file(path);

    mcp_arena_init(&arena, (size_t)1 << 26);
    T_CHECK(text.ptr && !mcp_json_read(&arena, text, &LIMITS, &root, NULL));
    for (mcp_json g = mcp_json_first(root); mcp_json_present(g); g = mcp_json_next(root, g)) {
        struct mcp_schema_error err = {0};

        if (mcp_str_eq(word(g, "description", &arena), mcp_str_c(GAPS[0]))) {
            tally.skipped++;
            continue;
        }
        struct mcp_schema *schema =
            mcp_schema_new(mcp_json_raw(mcp_json_get(g, MCP_STR("schema"))), NULL, &err);

        if (schema) {
            run_tests(schema, g, file, &arena, &tally);
        } else if (is_unsupported(err.rule)) {
            tally.skipped++;
            fprintf(stderr, "skipped: %s: %.*s (%s %s)\n", file,
                    MCP_STR_ARG(word(g, "description", &arena)), err.rule, err.text);
        } else {
            tally.wrong++;
            fprintf(stderr, "refused: %s: %.*s (%s %s)\n", file,
                    MCP_STR_ARG(word(g, "description", &arena)), err.rule, err.text);
        }
        mcp_schema_free(schema);
    }
    mcp_arena_free(&arena);
    mcp_free((void *)(uintptr_t)text.ptr);
    return tally;
}

static void answers_as_the_official_suite_says(void)
{
    struct tally sum = {0};
    mcp_str probe = t_shared_file("json-schema-2020-12/LICENSE");

    if (!probe.ptr) {
        printf("skipped: no json-schema-2020-12 in %s\n", T_SHARED_DATA);
        return;
    }
    mcp_free((void *)(uintptr_t)probe.ptr);
    for (size_t i = 0; i < sizeof(FILES) / sizeof(FILES[0]); i++) {
        struct tally t = run_file(FILES[i].file);

        if (t.skipped != FILES[i].skipped) {
            fprintf(stderr, "%s: %d schemas skipped, not %d\n", FILES[i].file, t.skipped,
                    FILES[i].skipped);
            sum.wrong++;
        }
        sum.passed += t.passed;
        sum.wrong += t.wrong;
        sum.skipped += t.skipped;
    }
    printf("JSON Schema suite: %d passed, %d wrong, %d schemas skipped\n", sum.passed, sum.wrong,
           sum.skipped);
    T_EQ(sum.wrong, 0);
}

static const struct t_case CASES[] = {
    T(answers_as_the_official_suite_says),
};
T_MAIN("mcp/schema_suite", CASES)
