/* mcp/test/json_number_test.c - the rules of mcp/json.h about numbers and equality. */
#include "t.h"

#include <mcp/json.h>

#include <math.h>

static struct mcp_arena arena;

static void setup(void)
{
    mcp_arena_init(&arena, (size_t)1 << 24);
}

static mcp_json read_c(const char *text)
{
    static const struct mcp_json_limits LIMITS = MCP_JSON_LIMITS_INIT;
    mcp_json v = {0};

    ck_assert_msg(!mcp_json_read(&arena, mcp_str_c(text), &LIMITS, &v, NULL), "%s", text);
    return v;
}

static void an_integer_is_exact_or_refused(void)
{
    static const struct {
        const char *text;
        bool is_int;
        int64_t v;
    } ROWS[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"-0.0e5", true, 0},
        {"0e99999999999999999999", true, 0},
        {"1.0", true, 1},
        {"1e2", true, 100},
        {"1.50e1", true, 15},
        {"150e-1", true, 15},
        {"0.0012e4", true, 12},
        {"1000000000000000000000e-3", true, 1000000000000000000},
        {"9223372036854775807", true, INT64_MAX},
        {"9223372036854775808", false, 0},
        {"-9223372036854775808", true, INT64_MIN},
        {"-9223372036854775809", false, 0},
        {"9223372036854775807.0", true, INT64_MAX},
        {"922337203685477580.8e1", false, 0},
        {"9.223372036854775807e18", true, INT64_MAX},
        {"9007199254740993", true, 9007199254740993},
        {"18446744073709551616", false, 0},
        {"99999999999999999999", false, 0},
        {"1e18", true, 1000000000000000000},
        {"1e19", false, 0},
        {"1e999999999999999999", false, 0},
        {"1.5", false, 0},
        {"1e-1", false, 0},
        {"1e-999999999999999999999", false, 0},
        {"\"1\"", false, 0},
        {"true", false, 0},
        {"null", false, 0},
        {"[1]", false, 0},
    };

    setup();
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        int64_t v = 77;

        ck_assert_msg(mcp_json_int(read_c(ROWS[i].text), &v) == ROWS[i].is_int, "%s", ROWS[i].text);
        T_EQ(v, ROWS[i].is_int ? ROWS[i].v : 77);
    }
    T_EQ(mcp_json_int_or(read_c("1.5"), -3), -3);
    mcp_arena_free(&arena);
}

static void money_is_read_in_millionths_without_loss(void)
{
    static const struct {
        const char *text;
        bool is_good;
        int64_t v;
    } ROWS[] = {
        {"4.05", true, 4050000},
        {"-4.05", true, -4050000},
        {"620", true, 620000000},
        {"0.000001", true, 1},
        {"0.0000001", false, 0},
        {"1.2345670", true, 1234567},
        {"1.2345678", false, 0},
        {"1e3", true, 1000000000},
        {"1e-6", true, 1},
        {"1e-7", false, 0},
        {"0.1", true, 100000},
        {"9223372036854.775807", true, INT64_MAX},
        {"9223372036854.775808", false, 0},
        {"-9223372036854.775808", true, INT64_MIN},
        {"", false, 0},
        {"4.", false, 0},
        {".5", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"04", false, 0},
        {"1,5", false, 0},
        {"abc", false, 0},
        {"-", false, 0},
    };

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        int64_t v = 77;

        ck_assert_msg(mcp_micro_parse(mcp_str_c(ROWS[i].text), &v) == ROWS[i].is_good, "%s",
                      ROWS[i].text);
        T_EQ(v, ROWS[i].is_good ? ROWS[i].v : 77);
    }
}

static void a_double_is_the_nearest_one(void)
{
    static const struct {
        const char *text;
        double v;
    } ROWS[] = {
        {"0", 0.0},
        {"-0", -0.0},
        {"0.1", 0.1},
        {"-1.5e3", -1500.0},
        {"1e22", 1e22},
        {"1e23", 1e23},
        {"123456789012345", 123456789012345.0},
        {"9007199254740993", 9007199254740992.0},
        {"1.7976931348623157e308", 1.7976931348623157e308},
        {"5e-324", 5e-324},
        {"2.2250738585072011e-308", 2.2250738585072011e-308},
        {"1e-400", 0.0},
        {"8.5e-22", 8.5e-22},
        {"3.0517578125e-5", 3.0517578125e-5},
        {"1e400", (double)INFINITY},
    };

    setup();
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        double v = 77;

        T_CHECK(mcp_json_double(read_c(ROWS[i].text), &v));
        ck_assert_msg(memcmp(&v, &ROWS[i].v, sizeof(v)) == 0, "%s gives %.17g", ROWS[i].text, v);
    }
    T_CHECK(!mcp_json_double(read_c("\"1\""), &(double){0}));
    mcp_arena_free(&arena);
}

/* `digits` then `zeros` zeros, then `tail`. */
static mcp_str long_number(struct mcp_buf *b, const char *digits, int zeros, const char *tail)
{
    mcp_buf_clear(b);
    mcp_buf_add_c(b, digits);
    for (int i = 0; i < zeros; i++) {
        mcp_buf_byte(b, '0');
    }
    mcp_buf_add_c(b, tail);
    mcp_buf_byte(b, '\0');
    return mcp_str_n(b->ptr, b->len - 1);
}

static void the_last_of_a_thousand_digits_decides_a_tie(void)
{
    static const struct {
        const char *digits;
        int zeros;
        const char *tail;
        double v;
    } ROWS[] = {
        {"9007199254740993.", 990, "0", 9007199254740992.0},
        {"9007199254740993.", 990, "1", 9007199254740994.0},
        {"-9007199254740993.", 990, "1", -9007199254740994.0},
        {"1", 990, "e-990", 1.0},
        {"0.", 990, "1e991", 1.0},
        {"1", 990, "", (double)INFINITY},
        {"0.", 990, "1", 0.0},
        {"1", 990, "1e-9999999999999999999", 0.0},
    };
    struct mcp_buf b;

    setup();
    mcp_buf_init(&b, 5000);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        double v = 77;

        T_CHECK(mcp_json_double(
            read_c(long_number(&b, ROWS[i].digits, ROWS[i].zeros, ROWS[i].tail).ptr), &v));
        ck_assert_msg(memcmp(&v, &ROWS[i].v, sizeof(v)) == 0, "row %zu gives %.17g", i, v);
    }
    mcp_buf_free(&b);
    mcp_arena_free(&arena);
}

static void equality_is_by_value(void)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } ROWS[] = {
        {"1", "1.0", true},
        {"100", "1e2", true},
        {"-0", "0.0", true},
        {"1", "-1", false},
        {"0.1", "1e-1", true},
        {"1", "true", false},
        {"0", "false", false},
        {"0", "\"\"", false},
        {"9007199254740993", "9007199254740992", false},
        {"12", "1.2", false},
        {"1", "10", false},
        {"null", "null", true},
        {"\"a\"", "\"\\u0061\"", true},
        {"\"a\"", "\"ab\"", false},
        {"[1,2]", "[2,1]", false},
        {"[1,2]", "[1.0,2e0]", true},
        {"[]", "{}", false},
        {"[1]", "[1,2]", false},
        {"{\"a\":1,\"b\":[{}]}", "{\"b\":[{}],\"\\u0061\":1.0}", true},
        {"{\"a\":1}", "{\"a\":2}", false},
        {"{\"a\":1}", "{\"b\":1}", false},
        {"{\"a\":1}", "{\"a\":1,\"b\":1}", false},
    };

    setup();
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        mcp_json a = read_c(ROWS[i].a), b = read_c(ROWS[i].b);

        ck_assert_msg(mcp_json_equal(a, b) == ROWS[i].equal, "%s %s", ROWS[i].a, ROWS[i].b);
        ck_assert_msg(mcp_json_equal(b, a) == ROWS[i].equal, "%s %s", ROWS[i].b, ROWS[i].a);
    }
    mcp_arena_free(&arena);
}

static const struct t_case CASES[] = {
    T(an_integer_is_exact_or_refused), T(money_is_read_in_millionths_without_loss),
    T(a_double_is_the_nearest_one),    T(the_last_of_a_thousand_digits_decides_a_tie),
    T(equality_is_by_value),
};
T_MAIN("mcp/json_number", CASES)
