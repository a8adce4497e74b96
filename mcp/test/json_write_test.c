/* mcp/test/json_write_test.c - the rules of the writer in mcp/json.h. */
#include "t.h"

#include <mcp/json.h>

#include <math.h>

static struct mcp_buf out;
static struct mcp_json_writer w;

static void setup(size_t max)
{
    mcp_buf_init(&out, max);
    mcp_json_writer_init(&w, &out);
}

static void again(void)
{
    mcp_buf_clear(&out);
    mcp_json_writer_init(&w, &out);
}

static void commas_and_colons_come_by_themselves(void)
{
    setup(1000);
    mcp_json_object(&w);
    mcp_json_member_str(&w, MCP_STR("a"), MCP_STR("x"));
    mcp_json_member_int(&w, MCP_STR("b"), -1);
    mcp_json_put_key(&w, MCP_STR("c"));
    mcp_json_array(&w);
    mcp_json_put_bool(&w, true);
    mcp_json_array(&w);
    mcp_json_array_end(&w);
    mcp_json_object(&w);
    mcp_json_object_end(&w);
    mcp_json_put_null(&w);
    mcp_json_array_end(&w);
    mcp_json_member_micro(&w, MCP_STR("d"), 4050000);
    mcp_json_member_bool(&w, MCP_STR("e"), false);
    mcp_json_member_null(&w, MCP_STR("f"));
    mcp_json_member_raw(&w, MCP_STR("g\n"), MCP_STR("{ }"));
    mcp_json_member_str(&w, MCP_STR(""), mcp_str_n(NULL, 0));
    mcp_json_object_end(&w);
    T_STR(mcp_buf_str(&out), "{\"a\":\"x\",\"b\":-1,\"c\":[true,[],{},null],\"d\":4.05,\"e\":false,"
                             "\"f\":null,\"g\\n\":{ },\"\":\"\"}");
    mcp_buf_free(&out);
}

static mcp_str escaped(mcp_str s)
{
    mcp_buf_clear(&out);
    mcp_json_escape(&out, s);
    return mcp_buf_str(&out);
}

static void each_byte_that_needs_an_escape_gets_the_shortest(void)
{
    setup(1000);
    T_STR(escaped(MCP_STR("\"\\/\b\f\n\r\t")), "\\\"\\\\/\\b\\f\\n\\r\\t");
    T_STR(escaped(MCP_STR("\0\x01\x1f\x7f")), "\\u0000\\u0001\\u001f\x7f");
    T_STR(escaped(MCP_STR("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")),
          "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    T_STR(escaped(MCP_STR("")), "");
    mcp_buf_free(&out);
}

#define REPLACED "\xef\xbf\xbd"

static void invalid_utf8_becomes_the_replacement_character(void)
{
    setup(1000);
    T_STR(escaped(MCP_STR("a\xff"
                          "b")),
          "a" REPLACED "b");
    T_STR(escaped(MCP_STR("\xc0\x80")), REPLACED REPLACED);
    T_STR(escaped(MCP_STR("\xed\xa0\x80")), REPLACED REPLACED REPLACED);
    T_STR(escaped(MCP_STR("\xe2\x82")), REPLACED REPLACED);
    T_STR(escaped(MCP_STR("0123456789abcdef\xf0\x9f\x98")),
          "0123456789abcdef" REPLACED REPLACED REPLACED);
    mcp_buf_free(&out);
}

/* The plain rule, one byte at a time, for ASCII. */
static size_t escaped_slowly(const char *s, size_t n, char *to)
{
    size_t len = 0;

    for (size_t i = 0; i < n; i++) {
        if (s[i] == '"' || s[i] == '\\') {
            to[len++] = '\\';
            to[len++] = s[i];
        } else if (s[i] == 1) {
            memcpy(to + len, "\\u0001", 6);
            len += 6;
        } else {
            to[len++] = s[i];
        }
    }
    return len;
}

static void escaping_is_the_same_at_every_length_and_position(void)
{
    char in[1400], want[8400];
    unsigned seed = 7;

    for (size_t n = 0; n < sizeof(in); n = n < 70 ? n + 1 : n + 131) {
        for (int round = 0; round < 20; round++) {
            for (size_t i = 0; i < n; i++) {
                seed = seed * 1103515245 + 12345;
                in[i] = (seed >> 16) % 5 > (unsigned)round % 5 ? 'x' : "\"\\\1y"[(seed >> 20) % 4];
            }
            char *copy = mcp_alloc(n); /* exact, so that the sanitizer sees one byte too many */

            memcpy(copy, in, n);
            setup(10000);
            for (int pass = 0; pass < 2; pass++) { /* by way of the stack; straight */
                mcp_str got = escaped(mcp_str_n(copy, n));

                T_CHECK(mcp_str_eq(got, mcp_str_n(want, escaped_slowly(in, n, want))));
            }
            mcp_free(copy);
            mcp_buf_free(&out);
        }
    }
}

static void each_byte_is_escaped_the_same_in_long_and_short_strings(void)
{
    setup(1000);
    for (unsigned c = 0; c < 256; c++) {
        char text[40], alone[8];
        mcp_str one = escaped(mcp_str_n((const char[]){(char)c}, 1));

        memcpy(alone, one.ptr, one.len);
        one.ptr = alone;
        memset(text, 'x', sizeof(text));
        text[5] = (char)c;
        mcp_str got = escaped(mcp_str_n(text, sizeof(text)));

        T_CHECK(got.len == sizeof(text) - 1 + one.len);
        T_CHECK(mcp_str_eq(mcp_str_n(got.ptr + 5, one.len), one));
        T_CHECK(got.ptr[5 + one.len] == 'x' && got.ptr[got.len - 1] == 'x');
    }
    mcp_buf_free(&out);
}

static void a_string_that_fits_exactly_is_not_refused(void)
{
    for (size_t n = 0; n < 600; n += 7) {
        char text[1300];

        memset(text, '"', n);
        setup(2 * n + 2);
        mcp_json_put_str(&w, mcp_str_n(text, n));
        T_CHECK(!out.failed && out.len == 2 * n + 2);
        mcp_buf_free(&out);
        setup(2 * n + 1);
        mcp_json_put_str(&w, mcp_str_n(text, n));
        T_CHECK(out.failed && out.len <= 2 * n + 1);
        mcp_buf_free(&out);
    }
}

static void numbers_are_written_shortest(void)
{
    static const struct {
        int64_t v;
        const char *text;
    } ROWS[] = {
        {0, "0"},
        {4050000, "4.05"},
        {620000000, "620"},
        {1, "0.000001"},
        {-1, "-0.000001"},
        {-1500000, "-1.5"},
        {100, "0.0001"},
        {1000000, "1"},
        {INT64_MAX, "9223372036854.775807"},
        {INT64_MIN, "-9223372036854.775808"},
    };

    setup(1000);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        int64_t back;

        again();
        mcp_json_put_micro(&w, ROWS[i].v);
        T_STR(mcp_buf_str(&out), ROWS[i].text);
        T_CHECK(mcp_micro_parse(mcp_buf_str(&out), &back) && back == ROWS[i].v);
    }
    again();
    mcp_json_put_int(&w, INT64_MIN);
    T_STR(mcp_buf_str(&out), "-9223372036854775808");
    mcp_buf_free(&out);
}

static void a_double_reads_back_as_itself(void)
{
    static const struct {
        double v;
        const char *text;
    } ROWS[] = {
        {0.1, "0.1"},
        {1.0, "1"},
        {-2.5, "-2.5"},
        {1e300, "1e+300"},
        {1.0 / 3, "0.3333333333333333"},
        {(double)INFINITY, "null"},
        {(double)NAN, "null"},
        {-0.0, "-0"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {5e-324, "4.94065645841247e-324"},
    };

    setup(1000);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        again();
        mcp_json_put_double(&w, ROWS[i].v);
        T_STR(mcp_buf_str(&out), ROWS[i].text);
    }
    mcp_buf_free(&out);
}

static bool write_step(void *arg)
{
    (void)arg;
    setup(100000);
    mcp_json_array(&w);
    for (int i = 0; i < 200; i++) {
        mcp_json_put_str(&w, MCP_STR("twenty bytes of text\n"));
    }
    mcp_json_array_end(&w);
    bool full = !out.failed;

    T_CHECK(!full || out.len == 200 * 25 + 1);
    mcp_buf_free(&out);
    return full;
}

static void refused_memory_leaves_the_buffer_failed(void)
{
    T_CHECK(t_torture(write_step, NULL) <= 5); /* 512 doubled to 8192 */
}

static const struct t_case CASES[] = {
    T(commas_and_colons_come_by_themselves),
    T(each_byte_that_needs_an_escape_gets_the_shortest),
    T(invalid_utf8_becomes_the_replacement_character),
    T(escaping_is_the_same_at_every_length_and_position),
    T(each_byte_is_escaped_the_same_in_long_and_short_strings),
    T(a_string_that_fits_exactly_is_not_refused),
    T(numbers_are_written_shortest),
    T(a_double_reads_back_as_itself),
    T(refused_memory_leaves_the_buffer_failed),
};
T_MAIN("mcp/json_write", CASES)
