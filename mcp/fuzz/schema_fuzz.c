/* mcp/fuzz/schema_fuzz.c - any schema and any instance: an answer, in bounded time, that is the
 * same twice and explains itself. Input: the schema's text, a NUL byte, the instance's text, and
 * maybe a NUL byte and another document's text, which is registered as urn:other. */
#include <mcp/fuzz/fuzz.h>
#include <mcp/schema.h>

static void check_error(const struct mcp_schema_error *e)
{
    FUZZ_CHECK(e->rule[0] && e->text[0]);
    FUZZ_CHECK(memchr(e->path, 0, sizeof(e->path)) && memchr(e->rule, 0, sizeof(e->rule)) &&
               memchr(e->text, 0, sizeof(e->text)));
    FUZZ_CHECK(e->path[0] == '\0' || e->path[0] == '/');
    FUZZ_CHECK(mcp_str_is_utf8(mcp_str_c(e->text)) && mcp_str_is_utf8(mcp_str_c(e->path)));
}

static void check_instance(const struct mcp_schema *s, mcp_str text)
{
    static const struct mcp_json_limits LIMITS = MCP_JSON_LIMITS_INIT;
    struct mcp_schema_error first = {0}, second = {0};
    struct mcp_arena arena;
    mcp_json v;

    mcp_arena_init(&arena, (size_t)1 << 22);
    if (!mcp_json_read(&arena, text, &LIMITS, &v, NULL)) {
        bool is_good = mcp_schema_check(s, v, &arena, &first);
        bool is_memory = mcp_arena_failed(&arena);

        if (!is_good) {
            check_error(&first);
        }
        FUZZ_CHECK(is_memory || mcp_schema_check(s, v, &arena, &second) == is_good ||
                   mcp_arena_failed(&arena));
        FUZZ_CHECK(mcp_arena_failed(&arena) || strcmp(first.text, second.text) == 0);
    }
    mcp_arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mcp_str other = mcp_str_n((const char *)data, size);
    mcp_str schema = mcp_str_cut(&other, '\0'), instance = mcp_str_cut(&other, '\0');
    struct mcp_schema_source source = {MCP_STR_INIT("urn:other"), other};

    for (int lax = 0; lax < 2; lax++) {
        struct mcp_schema_options options = {.allow_unknown = lax,
                                             .annotate_formats = lax,
                                             .sources = &source,
                                             .n_sources = other.ptr != NULL};
        struct mcp_schema_error err = {0};
        struct mcp_schema *s = mcp_schema_new(schema, &options, &err);

        if (!s) {
            check_error(&err);
        } else if (instance.ptr) {
            check_instance(s, instance);
        }
        mcp_schema_free(s);
    }
    return 0;
}
