/* mcp/test/schema_suite_test.c - the official JSON Schema test suite, draft 2020-12.
 *
 * The required part passes, all of it. The optional part does but for the tests counted below. The
 * suite's remote documents and the meta-schema are registered; nothing is fetched. */
#include "schema_documents.h"

/* What an optional file has that we answer otherwise; mcp/README.md says why. */
static const struct {
    const char *file;
    int wrong;
} GAPS[] = {
    {"optional/cross-draft", 1},
    {"optional/format/ecmascript-regex", 1},
};

struct tally {
    int passed, wrong;
};

static mcp_str word(mcp_json object, const char *key, struct mcp_arena *arena)
{
    return mcp_json_str(mcp_json_get(object, mcp_str_c(key)), arena, MCP_STR(""));
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

/* A group needs the meta-schema itself, not only its name. */
static bool needs_metaschema(mcp_json schema)
{
    mcp_str raw = mcp_json_raw(schema);

    return t_has(raw, MCP_STR("\"$ref\": \"https://json-schema.org/draft/2020-12/schema\""));
}

static void run_group(mcp_json group, const char *file, const struct mcp_schema_options *opt,
                      struct mcp_arena *arena, struct tally *tally)
{
    struct mcp_schema_error err = {0};
    mcp_json schema = mcp_json_get(group, MCP_STR("schema"));
    struct mcp_schema *compiled = mcp_schema_new(mcp_json_raw(schema), opt, &err);

    if (compiled) {
        run_tests(compiled, group, file, arena, tally);
    } else {
        tally->wrong += (int)mcp_json_count(mcp_json_get(group, MCP_STR("tests")));
        fprintf(stderr, "refused: %s: %.*s (%s %s)\n", file,
                MCP_STR_ARG(word(group, "description", arena)), err.rule, err.text);
    }
    mcp_schema_free(compiled);
}

static struct tally run_file(const char *file, const struct mcp_schema_options *opt)
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
        if (needs_metaschema(mcp_json_get(g, MCP_STR("schema"))) && !t_has_metaschema()) {
            printf("skipped: %s: %.*s: conformance/node_modules absent\n", file,
                   MCP_STR_ARG(word(g, "description", &arena)));
            continue;
        }
        run_group(g, file, opt, &arena, &tally);
    }
    mcp_arena_free(&arena);
    mcp_free((void *)(uintptr_t)text.ptr);
    return tally;
}

static int allowed_wrong(const char *file)
{
    for (size_t i = 0; i < sizeof(GAPS) / sizeof(GAPS[0]); i++) {
        if (strcmp(GAPS[i].file, file) == 0) {
            return GAPS[i].wrong;
        }
    }
    return 0;
}

/* All files of one folder of the suite, "" or "optional/". */
static void run_folder(const char *folder, bool annotate_formats)
{
    struct t_documents documents = {0};
    struct tally sum = {0};
    char files[128][64];
    size_t n = t_suite_files(folder, files, 128);
    int surprises = 0;

    if (n == 0) {
        printf("skipped: the official suite, %s: ../shared/data absent\n", folder);
        return;
    }
    t_documents_load(&documents);
    struct mcp_schema_options opt = {.allow_unknown = true,
                                     .annotate_formats = annotate_formats,
                                     .sources = documents.at,
                                     .n_sources = documents.n};

    for (size_t i = 0; i < n; i++) {
        struct tally t = run_file(files[i], &opt);

        if (t.wrong != allowed_wrong(files[i])) {
            fprintf(stderr, "%s: %d wrong, not %d\n", files[i], t.wrong, allowed_wrong(files[i]));
            surprises++;
        }
        sum.passed += t.passed;
        sum.wrong += t.wrong;
    }
    printf("JSON Schema suite, %s: %zu files, %d passed, %d wrong\n", *folder ? folder : "required",
           n, sum.passed, sum.wrong);
    t_documents_free(&documents);
    T_EQ(surprises, 0);
}

static void the_required_part_passes(void)
{
    run_folder("", true);
}

static void the_optional_part_passes_but_for_the_known_gaps(void)
{
    run_folder("optional/", true);
}

static void formats_pass_but_for_the_known_gaps(void)
{
    run_folder("optional/format/", false);
}

static const struct t_case CASES[] = {
    T(the_required_part_passes),
    T(the_optional_part_passes_but_for_the_known_gaps),
    T(formats_pass_but_for_the_known_gaps),
};
T_MAIN("mcp/schema_suite", CASES)
