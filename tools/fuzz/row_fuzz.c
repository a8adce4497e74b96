/* tools/fuzz/row_fuzz.c - any bytes as a row: judged without harm, and a pool that is accepted
 * writes back to the same bytes and lists as JSON that parses.
 *
 * Input: version (1), key length (1), key, value. */
#include <mcp/fuzz/fuzz.h>
#include <tools/connection.h>
#include <tools/key.h>
#include <tools/pool.h>
#include <tools/token.h>
#include <tools/tools.h>

static void check_pool(mcp_str value, uint8_t version)
{
    char memory[POOL_RECORD_MAX];
    struct pool_eta eta;
    struct pool p;

    if (!pool_decode(value, version, &p)) {
        return;
    }
    struct pool_burn b = pool_burn(&p.history, p.recorded_ms / 2);

    FUZZ_CHECK(!b.is_known || (b.per_day > 0 && b.days_left >= 0));
    pool_eta(b.is_known ? b.days_left : -1, 0, &eta);
    FUZZ_CHECK(eta.brief.len > 0 && eta.brief.len <= sizeof(eta.brief_text));
    FUZZ_CHECK(eta.full.len > 0 && eta.full.len <= sizeof(eta.full_text));
    FUZZ_CHECK(mcp_str_eq(pool_encode(&p, memory), value));
    pool_history_add(&p.history, p.recorded_ms, 1);
    FUZZ_CHECK(p.history.n <= POOL_POINTS_MAX);
}

static void check_others(mcp_str value, uint8_t version)
{
    char memory[CONNECTION_RECORD_MAX];
    struct token_info info;
    struct connection c;
    struct token t;

    if (connection_decode(value, version, &c)) {
        FUZZ_CHECK(mcp_str_eq(connection_encode(&c, memory), value));
    }
    if (token_decode(value, version, &t)) {
        FUZZ_CHECK(mcp_str_eq(token_encode(&t, memory), value));
    }
    if (token_info_decode(value, version, &info)) {
        FUZZ_CHECK(mcp_str_eq(token_info_encode(&info, memory), value));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mcp_str rest = mcp_str_n((const char *)data, size);

    if (size < 2) {
        FUZZ_CHECK(tools_check_row(rest, rest, 1) != NULL);
        return 0;
    }
    uint8_t version = data[0];
    size_t key_bytes = data[1] < size - 2 ? data[1] : size - 2;
    mcp_str key = mcp_str_n(rest.ptr + 2, key_bytes);
    mcp_str value = mcp_str_n(rest.ptr + 2 + key_bytes, size - 2 - key_bytes);

    (void)tools_check_row(key, value, version);
    (void)token_is_well_formed(rest);
    check_pool(value, version);
    check_others(value, version);
    return 0;
}
