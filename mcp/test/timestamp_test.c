/* mcp/test/timestamp_test.c - the rules of mcp/timestamp.h. */
#include "t.h"

#include <mcp/timestamp.h>

static void instants_and_text_agree_both_ways(void)
{
    static const struct {
        const char *text;
        int64_t ms;
    } ROWS[] = {
        {"1970-01-01T00:00:00.000Z", 0},
        {"1969-12-31T23:59:59.999Z", -1},
        {"2026-06-17T08:02:11.000Z", 1781683331000},
        {"2000-02-29T12:00:00.500Z", 951825600500},
        {"2100-03-01T00:00:00.000Z", 4107542400000},
        {"1900-02-28T23:59:59.999Z", -2203891200001},
        {"0000-01-01T00:00:00.000Z", -62167219200000},
        {"0000-02-29T00:00:00.000Z", -62162121600000},
        {"9999-12-31T23:59:59.999Z", 253402300799999},
    };

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        char out[MCP_TIMESTAMP_BYTES];
        int64_t ms = 77;

        T_STR(mcp_timestamp_format(ROWS[i].ms, out), ROWS[i].text);
        T_CHECK(mcp_timestamp_parse(mcp_str_c(ROWS[i].text), &ms));
        T_EQ(ms, ROWS[i].ms);
    }
}

static void years_outside_four_digits_are_clamped(void)
{
    char out[MCP_TIMESTAMP_BYTES];

    T_STR(mcp_timestamp_format(-62167219200001, out), "0000-01-01T00:00:00.000Z");
    T_STR(mcp_timestamp_format(INT64_MIN, out), "0000-01-01T00:00:00.000Z");
    T_STR(mcp_timestamp_format(253402300800000, out), "9999-12-31T23:59:59.999Z");
    T_STR(mcp_timestamp_format(INT64_MAX, out), "9999-12-31T23:59:59.999Z");
}

static void every_day_of_four_centuries_comes_back(void)
{
    for (int64_t day = -800000; day < 200000; day += 13) {
        char out[MCP_TIMESTAMP_BYTES];
        int64_t ms;

        if (day * 86400000 >= -62167219200000) {
            T_CHECK(mcp_timestamp_parse(mcp_timestamp_format(day * 86400000 + 1, out), &ms));
            T_EQ(ms, day * 86400000 + 1);
        }
    }
}

static void accepts_every_form_of_rfc_3339(void)
{
    static const struct {
        const char *text;
        int64_t ms;
    } ROWS[] = {
        {"1970-01-01t00:00:00z", 0},
        {"1970-01-01T02:00:00+02:00", 0},
        {"1969-12-31T22:30:00-01:30", 0},
        {"1970-01-01T00:00:00-00:00", 0},
        {"1970-01-01T23:59:00+23:59", 0},
        {"1970-01-01T00:00:00.1Z", 100},
        {"1970-01-01T00:00:00.123456789Z", 123},
        {"1970-01-01T00:00:00.0009Z", 0},
        {"1998-12-31T23:59:60Z", 915148800000},
        {"1998-12-31T15:59:60.123-08:00", 915148800123},
        {"1999-01-01T00:59:60+01:00", 915148800000},
        {"0000-01-01T00:00:00+00:01", -62167219260000},
    };

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        int64_t ms = 77;

        ck_assert_msg(mcp_timestamp_parse(mcp_str_c(ROWS[i].text), &ms), "%s", ROWS[i].text);
        T_EQ(ms, ROWS[i].ms);
    }
}

static void refuses_everything_else(void)
{
    static const char *const BAD[] = {
        "",
        "1970-01-01",
        "1970-01-01T00:00:00",
        "1970-01-01 00:00:00Z",
        "1970-1-01T00:00:00Z",
        "70-01-01T00:00:00Z",
        "+1970-01-01T00:00:00Z",
        "1970-00-01T00:00:00Z",
        "1970-13-01T00:00:00Z",
        "1970-01-00T00:00:00Z",
        "1970-01-32T00:00:00Z",
        "1970-04-31T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "1970-01-01T24:00:00Z",
        "1970-01-01T00:60:00Z",
        "1970-01-01T00:00:61Z",
        "1998-12-31T23:58:60Z",
        "1998-12-31T22:59:60Z",
        "1998-12-31T23:59:60+01:00",
        "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00.1234567890Z",
        "1970-01-01T00:00:00,5Z",
        "1970-01-01T00:00:00+24:00",
        "1970-01-01T00:00:00+00:60",
        "1970-01-01T00:00:00+0000",
        "1970-01-01T00:00:00+00",
        "1970-01-01T00:00:00ZZ",
        "1970-01-01T00:00:00Z ",
        " 1970-01-01T00:00:00Z",
        "1970-01-01T00:00Z",
        "1970-001T00:00:00Z",
        "1970-01-01T0a:00:00Z",
        "10000-01-01T00:00:00Z",
    };
    mcp_str whole = MCP_STR("2026-06-17T08:02:11.5+02:00");
    int64_t ms = 77;

    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        ck_assert_msg(!mcp_timestamp_parse(mcp_str_c(BAD[i]), &ms), "%s", BAD[i]);
    }
    for (size_t n = 0; n < whole.len; n++) {
        T_CHECK(!mcp_timestamp_parse(mcp_str_n(whole.ptr, n), &ms));
    }
    T_CHECK(!mcp_timestamp_parse(MCP_STR("1970-01-01T00:00:00\0Z"), &ms));
    T_EQ(ms, 77);
}

static void weekdays_run_from_sunday(void)
{
    T_EQ(mcp_timestamp_weekday(0), 4);
    T_EQ(mcp_timestamp_weekday(-1), 3);
    T_EQ(mcp_timestamp_weekday(86400000 * INT64_C(3)), 0);
    T_EQ(mcp_timestamp_weekday(1795219200000), 6); /* Saturday 2026-11-21 */
    T_EQ(mcp_timestamp_weekday(-86400000 * INT64_C(5)), 6);
}

static const struct t_case CASES[] = {
    T(instants_and_text_agree_both_ways),
    T(years_outside_four_digits_are_clamped),
    T(every_day_of_four_centuries_comes_back),
    T(accepts_every_form_of_rfc_3339),
    T(refuses_everything_else),
    T(weekdays_run_from_sunday),
};
T_MAIN("mcp/timestamp", CASES)
