/* mcp/test/foundation_test.c - slices, arena, buffer, error table, log. */
#include "t.h"

#include <mcp/arena.h>
#include <mcp/buf.h>
#include <mcp/error.h>
#include <mcp/log.h>

static void an_arena_refuses_beyond_its_budget_and_stays_refused(void)
{
    struct mcp_arena a;

    mcp_arena_init(&a, 100);
    T_CHECK(mcp_arena_alloc(&a, 60, 8));
    T_CHECK(!mcp_arena_alloc(&a, 60, 8));
    T_CHECK(!mcp_arena_alloc(&a, 1, 1));
    T_CHECK(mcp_arena_failed(&a));
    mcp_arena_reset(&a);
    T_CHECK(!mcp_arena_failed(&a));
    T_CHECK(mcp_arena_alloc(&a, 60, 8));
    mcp_arena_free(&a);
    mcp_arena_free(NULL);
}

static void an_arena_array_that_overflows_is_refused(void)
{
    struct mcp_arena a;

    mcp_arena_init(&a, SIZE_MAX);
    T_CHECK(!mcp_arena_array(&a, SIZE_MAX / 2, 3, 8));
    T_CHECK(mcp_arena_failed(&a));
    mcp_arena_free(&a);
}

static void arena_memory_is_aligned_and_zeroed(void)
{
    struct mcp_arena a;

    mcp_arena_init(&a, 1 << 20);
    for (int i = 0; i < 1000; i++) {
        uint8_t *p = mcp_arena_alloc(&a, (size_t)i % 40 + 1, 16);

        T_EQ((uintptr_t)p % 16, 0);
        T_EQ(p[i % 40], 0);
        memset(p, 0xff, (size_t)i % 40 + 1);
    }
    mcp_arena_reset(&a);
    uint8_t *p = mcp_arena_alloc(&a, 64, 16);

    T_EQ(p[63], 0);
    mcp_arena_free(&a);
}

static void a_buffer_refuses_beyond_its_cap_and_keeps_what_it_had(void)
{
    struct mcp_buf b;

    mcp_buf_init(&b, 4);
    mcp_buf_add_c(&b, "abc");
    mcp_buf_add_c(&b, "de");
    T_CHECK(b.failed);
    mcp_buf_byte(&b, 'x');
    T_STR(mcp_buf_str(&b), "abc");
    mcp_buf_clear(&b);
    T_CHECK(!b.failed);
    mcp_buf_free(&b);
    mcp_buf_free(NULL);
}

static void a_buffer_writes_every_integer(void)
{
    struct mcp_buf b;

    mcp_buf_init(&b, 100);
    mcp_buf_int(&b, INT64_MIN);
    mcp_buf_byte(&b, ' ');
    mcp_buf_int(&b, INT64_MAX);
    mcp_buf_byte(&b, ' ');
    mcp_buf_int(&b, 0);
    T_STR(mcp_buf_str(&b), "-9223372036854775808 9223372036854775807 0");
    mcp_buf_drop(&b, 21);
    mcp_buf_printf(&b, "%d", 7);
    T_STR(mcp_buf_str(&b), "9223372036854775807 07");
    mcp_buf_free(&b);
}

static bool fill(void *arg)
{
    struct mcp_buf b;
    struct mcp_arena a;

    (void)arg;
    mcp_buf_init(&b, 10000);
    mcp_arena_init(&a, 100000);
    for (int i = 0; i < 100; i++) {
        mcp_buf_add_c(&b, "0123456789");
        mcp_arena_printf(&a, "%d", i);
    }
    bool full = !b.failed && !mcp_arena_failed(&a);

    mcp_buf_free(&b);
    mcp_arena_free(&a);
    return full;
}

static void every_refused_allocation_is_a_clean_failure(void)
{
    T_CHECK(t_torture(fill, NULL) >= 2);
}

static void utf8_is_judged_as_rfc_3629_says(void)
{
    T_CHECK(mcp_str_is_utf8(MCP_STR("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x88")));
    T_CHECK(!mcp_str_is_utf8(MCP_STR("\xc0\x80")));         /* overlong */
    T_CHECK(!mcp_str_is_utf8(MCP_STR("\xed\xa0\x80")));     /* surrogate */
    T_CHECK(!mcp_str_is_utf8(MCP_STR("\xf4\x90\x80\x80"))); /* above U+10FFFF */
    T_CHECK(!mcp_str_is_utf8(MCP_STR("\xe2\x82")));         /* cut */
}

static void digits_are_read_whole_or_not_at_all(void)
{
    uint64_t v = 7;

    T_CHECK(mcp_str_uint(MCP_STR("18446744073709551615"), UINT64_MAX, &v));
    T_CHECK(v == UINT64_MAX);
    T_CHECK(!mcp_str_uint(MCP_STR("18446744073709551616"), UINT64_MAX, &v));
    T_CHECK(!mcp_str_uint(MCP_STR(""), 9, &v));
    T_CHECK(!mcp_str_uint(MCP_STR("+5"), 9, &v));
    T_CHECK(!mcp_str_uint(MCP_STR("5 "), 9, &v));
    T_CHECK(!mcp_str_uint(MCP_STR("10"), 9, &v));
}

static void a_head_does_not_cut_a_sequence(void)
{
    const mcp_str euro = MCP_STR("a\xe2\x82\xac"), junk = MCP_STR("\x80\x80\x80\x80\x80\x80\x80");

    T_STR(mcp_str_head(euro, 4), "a\xe2\x82\xac");
    T_STR(mcp_str_head(euro, 9), "a\xe2\x82\xac");
    T_STR(mcp_str_head(euro, 3), "a");
    T_STR(mcp_str_head(euro, 2), "a");
    T_STR(mcp_str_head(euro, 1), "a");
    T_STR(mcp_str_head(euro, 0), "");
    T_STR(mcp_str_head(MCP_STR("\xf0\x9f\x98\x80"), 3), "");
    T_CHECK(mcp_str_head(junk, 6).len >= 2); /* not UTF-8: cut anywhere, but not to nothing */
}

static void a_token_is_what_http_calls_one(void)
{
    T_CHECK(mcp_str_is_token(MCP_STR("Mcp-Param-x_1!#$%&'*+.^`|~")));
    T_CHECK(!mcp_str_is_token(MCP_STR("")));
    T_CHECK(!mcp_str_is_token(MCP_STR("a b")));
    T_CHECK(!mcp_str_is_token(MCP_STR("a\0")));
    T_CHECK(!mcp_str_is_token(MCP_STR("a\xc3\xa9")));
    for (const char *p = "\"(),/:;<=>?@[\\]{}\x7f\t"; *p; p++) {
        T_CHECK(!mcp_str_is_token(mcp_str_n(p, 1)));
    }
}

static void a_list_is_cut_at_its_separators(void)
{
    mcp_str rest = MCP_STR("a,,b");

    T_STR(mcp_str_cut(&rest, ','), "a");
    T_STR(mcp_str_cut(&rest, ','), "");
    T_CHECK(rest.ptr != NULL);
    T_STR(mcp_str_cut(&rest, ','), "b");
    T_CHECK(rest.ptr == NULL);
}

static void no_error_code_lies_where_mcp_reserves_or_retired_it(void)
{
    for (int e = 0; e < MCP_ERR_COUNT; e++) {
        const struct mcp_err_info *i = mcp_err_info((mcp_err)e);

        T_CHECK(!(i->code <= -32000 && i->code >= -32019));
        T_CHECK(i->code != -32002 && i->code != -32042);
        T_CHECK(i->code == 0 || i->code > 0 || (i->code >= -32768 && i->code <= -32020));
        T_CHECK(i->rest_status >= 200 && i->rest_status < 600);
        T_CHECK((i->surface == MCP_SURFACE_PROTOCOL) == (i->code != 0));
    }
}

static void keep_line(void *user, enum mcp_log_level level, mcp_str line)
{
    (void)level;
    mcp_buf_add(user, line);
}

static bool is_a_warning(void *user, enum mcp_log_level level)
{
    (void)user;
    return level <= MCP_LOG_WARN;
}

static void a_line_that_is_not_wanted_is_not_put_together(void)
{
    struct mcp_buf b;
    struct mcp_log log = {
        .write = keep_line, .user = &b, .max = MCP_LOG_DEBUG, .is_wanted = is_a_warning};

    mcp_buf_init(&b, 2000);
    mcp_log(&log, MCP_LOG_INFO, "%s", "not wanted");
    mcp_log(&log, MCP_LOG_WARN, "%s", "wanted");
    T_STR(mcp_buf_str(&b), "wanted");
    T_CHECK(!mcp_log_wants(&log, MCP_LOG_INFO) && mcp_log_wants(&log, MCP_LOG_ERROR));
    T_CHECK(!mcp_log_wants(NULL, MCP_LOG_ERROR));
    log.max = MCP_LOG_ERROR;
    T_CHECK(!mcp_log_wants(&log, MCP_LOG_WARN));
    mcp_buf_free(&b);
}

static void a_log_line_cannot_be_forged(void)
{
    struct mcp_buf b;
    struct mcp_log log = {.write = keep_line, .user = &b, .max = MCP_LOG_INFO};

    mcp_buf_init(&b, 2000);
    mcp_log(&log, MCP_LOG_INFO, "name=%s", "x\nadmin \x1b[2J");
    mcp_log(&log, MCP_LOG_DEBUG, "not written");
    mcp_log(NULL, MCP_LOG_ERROR, "nowhere");
    T_STR(mcp_buf_str(&b), "name=x?admin ?[2J");
    mcp_buf_free(&b);
}

static const struct t_case CASES[] = {
    T(a_head_does_not_cut_a_sequence),
    T(a_token_is_what_http_calls_one),
    T(an_arena_refuses_beyond_its_budget_and_stays_refused),
    T(an_arena_array_that_overflows_is_refused),
    T(arena_memory_is_aligned_and_zeroed),
    T(a_buffer_refuses_beyond_its_cap_and_keeps_what_it_had),
    T(a_buffer_writes_every_integer),
    T(every_refused_allocation_is_a_clean_failure),
    T(utf8_is_judged_as_rfc_3629_says),
    T(digits_are_read_whole_or_not_at_all),
    T(a_list_is_cut_at_its_separators),
    T(no_error_code_lies_where_mcp_reserves_or_retired_it),
    T(a_line_that_is_not_wanted_is_not_put_together),
    T(a_log_line_cannot_be_forged),
};
T_MAIN("mcp/foundation", CASES)
