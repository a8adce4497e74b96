/* transport/deliver_retry.c - what a Retry-After asks for. Pure. */
#include <transport/deliver.h>

#include <mcp/timestamp.h>

#include <stdio.h>

#define TEN_YEARS_MS (INT64_C(3650) * 86400 * 1000)

/* A date's parts as they stand in the text; NULL ptr: not there. */
struct parts {
    mcp_str day, month, year, time;
};

static int month_number(mcp_str name)
{
    static const char NAMES[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (int i = 0; i < 12 && name.len == 3; i++) {
        if (memcmp(NAMES + 3 * i, name.ptr, 3) == 0) {
            return i + 1;
        }
    }
    return 0;
}

/* A year of two digits is the one that is at most 50 years ahead (RFC 9110 5.6.7). */
static uint64_t whole_year(uint64_t two, int64_t now_ms)
{
    char text[MCP_TIMESTAMP_BYTES];
    uint64_t now = 1970;

    (void)mcp_str_uint(mcp_str_n(mcp_timestamp_format(now_ms, text).ptr, 4), 9999, &now);
    uint64_t year = now - now % 100 + two;

    return year > now + 50 ? year - 100 : year;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" or "Sunday, 06-Nov-94 08:49:37 GMT", behind the comma. */
static bool cut_comma_form(mcp_str rest, struct parts *ret)
{
    bool has_dashes = rest.len > 3 && rest.ptr[3] == '-';
    char sep = has_dashes ? '-' : ' ';

    if (rest.len == 0 || rest.ptr[0] != ' ') {
        return false;
    }
    rest = mcp_str_n(rest.ptr + 1, rest.len - 1);
    ret->day = mcp_str_cut(&rest, sep);
    ret->month = mcp_str_cut(&rest, sep);
    ret->year = mcp_str_cut(&rest, ' ');
    ret->time = mcp_str_cut(&rest, ' ');
    return ret->year.len == (has_dashes ? 2u : 4u) && mcp_str_eq(rest, MCP_STR("GMT"));
}

/* "Sun Nov  6 08:49:37 1994", behind the weekday. */
static bool cut_asctime(mcp_str rest, struct parts *ret)
{
    ret->month = mcp_str_cut(&rest, ' ');
    if (rest.len && rest.ptr[0] == ' ') {
        rest = mcp_str_n(rest.ptr + 1, rest.len - 1);
    }
    ret->day = mcp_str_cut(&rest, ' ');
    ret->time = mcp_str_cut(&rest, ' ');
    ret->year = rest;
    return ret->year.len == 4;
}

static bool parse_date(mcp_str text, int64_t now_ms, int64_t *ret_ms)
{
    struct parts p = {0};
    mcp_str rest = text, weekday = mcp_str_cut(&rest, ' ');
    bool has_comma = weekday.len && weekday.ptr[weekday.len - 1] == ',';
    uint64_t day, year;
    char iso[48];

    if (has_comma && rest.ptr) {
        rest = mcp_str_n(rest.ptr - 1, rest.len + 1);
    }
    if (!(has_comma ? cut_comma_form(rest, &p) : cut_asctime(rest, &p)) ||
        !mcp_str_uint(p.day, 31, &day) || p.day.len > 2 || !mcp_str_uint(p.year, 9999, &year) ||
        p.time.len != 8) {
        return false;
    }
    year = p.year.len == 2 ? whole_year(year, now_ms) : year;
    snprintf(iso, sizeof(iso), "%04u-%02d-%02uT%.*sZ", (unsigned)year, month_number(p.month),
             (unsigned)day, MCP_STR_ARG(p.time));
    return mcp_timestamp_parse(mcp_str_c(iso), ret_ms);
}

int64_t mcp_deliver_retry_after_ms(mcp_str retry_after, mcp_str date, int64_t now_ms)
{
    mcp_str text = mcp_str_trim(retry_after);
    uint64_t seconds;
    int64_t at_ms, from_ms, wait_ms;

    if (mcp_str_uint(text, UINT64_MAX / 2, &seconds)) {
        return seconds > TEN_YEARS_MS / 1000 ? TEN_YEARS_MS : (int64_t)seconds * 1000;
    }
    if (!parse_date(text, now_ms, &at_ms)) {
        return -1;
    }
    if (!parse_date(mcp_str_trim(date), now_ms, &from_ms)) {
        from_ms = now_ms;
    }
    wait_ms = at_ms - from_ms;
    return wait_ms < 0 ? 0 : wait_ms > TEN_YEARS_MS ? TEN_YEARS_MS : wait_ms;
}
