/* tools/fuzz/source_fuzz.c - any JSON as the definition of a source, any bytes as a service's
 * answer: what is read of it is whole or refused with a sentence.
 *
 * Input: the definition, NUL, the answer's body. */
#include <mcp/fuzz/fuzz.h>
#include <tools/source.h>

static void check_fill(mcp_json definition, struct mcp_arena *arena)
{
    const struct source_values v = {MCP_STR("me & you"), MCP_STR("s3cr/t")};
    mcp_json url = mcp_json_get(mcp_json_get(definition, MCP_STR("request")), MCP_STR("url"));
    mcp_str filled = source_fill(mcp_json_str(url, arena, MCP_STR("")), &v, true, arena);

    FUZZ_CHECK(!filled.ptr || mcp_str_is_utf8(filled));
    FUZZ_CHECK(!filled.ptr || !memchr(filled.ptr, ' ', filled.len) ||
               memchr(mcp_json_raw(url).ptr, ' ', mcp_json_raw(url).len));
}

static void check_readings(const struct source_reading *readings, size_t n)
{
    FUZZ_CHECK(n > 0 && n <= SOURCE_POOLS_MAX);
    for (size_t i = 0; i < n; i++) {
        FUZZ_CHECK(readings[i].credit_type.len > 0 && mcp_str_is_utf8(readings[i].credit_type));
        FUZZ_CHECK(mcp_str_is_utf8(readings[i].unit) && mcp_str_is_utf8(readings[i].label));
    }
}

/* Any text as a pointer and as a number: what it leads to lies inside, what it is comes back. */
static void check_parts(mcp_json root, mcp_str text, struct mcp_arena *arena)
{
    mcp_json found = source_pointer(root, text, arena);
    mcp_str all = mcp_json_raw(root), part = mcp_json_raw(found);
    int64_t micro;

    FUZZ_CHECK(!mcp_json_present(found) ||
               (part.ptr >= all.ptr && part.ptr + part.len <= all.ptr + all.len));
    for (int64_t scale = -9; scale <= 9; scale += 9) {
        (void)source_decimal(text, scale, &micro);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct mcp_json_limits LIMITS = {(size_t)1 << 16, 32, (size_t)1 << 14, false};
    mcp_str rest = mcp_str_n((const char *)data, size);
    mcp_str text = mcp_str_cut(&rest, '\0');
    struct source_reading readings[SOURCE_POOLS_MAX];
    char why[SOURCE_WHY] = "";
    struct mcp_arena arena;
    mcp_json definition;
    size_t n = 0;

    mcp_arena_init(&arena, (size_t)1 << 22);
    if (mcp_json_read(&arena, text, &LIMITS, &definition, NULL) == MCP_OK) {
        check_parts(definition, rest, &arena);
        if (!source_check(definition)) {
            check_fill(definition, &arena);
            if (source_read(definition, rest, &arena, readings, &n, why)) {
                check_readings(readings, n);
            } else {
                FUZZ_CHECK(why[0] && memchr(why, '\0', sizeof(why)));
            }
        }
    }
    mcp_arena_free(&arena);
    return 0;
}
