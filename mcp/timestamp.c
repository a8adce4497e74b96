/* mcp/timestamp.c - see timestamp.h. */
#include <mcp/timestamp.h>

#define DAY_MS  INT64_C(86400000)
#define MIN_MS  INT64_C(-62167219200000) /* 0000-01-01T00:00:00.000Z */
#define MAX_MS  INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */
#define ERA_DAY 146097                   /* days in 400 years */

/* Days since 1970 of a date in the proleptic Gregorian calendar. The year is counted from March,
 * so that the leap day is its last. */
static int64_t days_from_date(int year, int month, int day)
{
    int64_t y = year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * ERA_DAY + day_of_era - 719468;
}

/* Of the years 0 to 9999. Unsigned and short, with an era added in front: half the time. */
static void date_from_days(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
    uint32_t z = (uint32_t)(days + 719468 + ERA_DAY);
    uint32_t era = z / ERA_DAY;
    uint32_t day_of_era = z - era * ERA_DAY;
    uint32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint32_t month_from_march = (5 * day_of_year + 2) / 153;

    *ret_day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    *ret_month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    *ret_year = (int)(year_of_era + era * 400) - 400 + (*ret_month <= 2);
}

static int64_t floor_days(int64_t wall_ms)
{
    return wall_ms / DAY_MS - (wall_ms % DAY_MS < 0);
}

static void put_two(char *out, int v)
{
    out[0] = (char)('0' + (unsigned)v / 10);
    out[1] = (char)('0' + (unsigned)v % 10);
}

mcp_str mcp_timestamp_format(int64_t wall_ms, char out[MCP_TIMESTAMP_BYTES])
{
    int64_t ms = wall_ms < MIN_MS ? MIN_MS : wall_ms > MAX_MS ? MAX_MS : wall_ms;
    int64_t days = floor_days(ms);
    int rest = (int)(ms - days * DAY_MS);
    int year, month, day;

    date_from_days(days, &year, &month, &day);
    memcpy(out, "0000-00-00T00:00:00.000Z", MCP_TIMESTAMP_BYTES);
    put_two(out, year / 100);
    put_two(out + 2, year % 100);
    put_two(out + 5, month);
    put_two(out + 8, day);
    put_two(out + 11, rest / 3600000);
    put_two(out + 14, rest / 60000 % 60);
    put_two(out + 17, rest / 1000 % 60);
    out[20] = (char)('0' + rest % 1000 / 100);
    put_two(out + 21, rest % 100);
    return mcp_str_n(out, MCP_TIMESTAMP_BYTES);
}

/* Take exactly `n` digits with a value in low..high off the front of *s. */
static bool take_number(mcp_str *s, size_t n, int low, int high, int *ret)
{
    uint64_t v;

    if (s->len < n || !mcp_str_uint(mcp_str_n(s->ptr, n), (uint64_t)high, &v) || (int)v < low) {
        return false;
    }
    *s = mcp_str_n(s->ptr + n, s->len - n);
    *ret = (int)v;
    return true;
}

/* Take one of the characters of `any` (a C string) off the front. */
static bool take_char(mcp_str *s, const char *any)
{
    if (s->len == 0 || !memchr(any, s->ptr[0], strlen(any))) {
        return false;
    }
    *s = mcp_str_n(s->ptr + 1, s->len - 1);
    return true;
}

static int days_in_month(int year, int month)
{
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return DAYS[month - 1] + (month == 2 && is_leap);
}

static bool take_date(mcp_str *s, int64_t *ret_days)
{
    int year, month, day;

    if (!take_number(s, 4, 0, 9999, &year) || !take_char(s, "-") ||
        !take_number(s, 2, 1, 12, &month) || !take_char(s, "-") ||
        !take_number(s, 2, 1, 31, &day) || day > days_in_month(year, month)) {
        return false;
    }
    *ret_days = days_from_date(year, month, day);
    return true;
}

/* ".123456": 1..9 digits, or no fraction at all. */
static bool take_fraction(mcp_str *s, int *ret_ms)
{
    int digits = 0, ms = 0;

    if (take_char(s, ".")) {
        for (; s->len && s->ptr[0] >= '0' && s->ptr[0] <= '9'; digits++) {
            ms = digits < 3 ? ms * 10 + (s->ptr[0] - '0') : ms;
            *s = mcp_str_n(s->ptr + 1, s->len - 1);
        }
        if (digits == 0 || digits > 9) {
            return false;
        }
        for (; digits < 3; digits++) {
            ms *= 10;
        }
    }
    *ret_ms = ms;
    return true;
}

/* "Z" or "+02:00", in minutes to subtract. */
static bool take_offset(mcp_str *s, int *ret_minutes)
{
    int hours, minutes, sign = s->len && s->ptr[0] == '-' ? -1 : 1;

    *ret_minutes = 0;
    if (take_char(s, "Zz")) {
        return true;
    }
    if (!take_char(s, "+-") || !take_number(s, 2, 0, 23, &hours) || !take_char(s, ":") ||
        !take_number(s, 2, 0, 59, &minutes)) {
        return false;
    }
    *ret_minutes = sign * (hours * 60 + minutes);
    return true;
}

/* "08:02:11.5+02:00" as milliseconds of the UTC day before wrapping; a second of 60 only where
 * UTC inserts one (RFC 3339 5.7). */
static bool take_time(mcp_str *s, int64_t *ret_ms)
{
    int hour, minute, second, ms, offset_minutes;

    if (!take_number(s, 2, 0, 23, &hour) || !take_char(s, ":") ||
        !take_number(s, 2, 0, 59, &minute) || !take_char(s, ":") ||
        !take_number(s, 2, 0, 60, &second) || !take_fraction(s, &ms) ||
        !take_offset(s, &offset_minutes)) {
        return false;
    }
    int utc_minute = hour * 60 + minute - offset_minutes;

    if (second == 60 && ((utc_minute + 2880) % 1440) != 1439) {
        return false;
    }
    *ret_ms = ((int64_t)utc_minute * 60 + second) * 1000 + ms;
    return true;
}

bool mcp_timestamp_parse(mcp_str s, int64_t *ret_wall_ms)
{
    int64_t days, ms;

    if (!take_date(&s, &days) || !take_char(&s, "Tt") || !take_time(&s, &ms) || s.len > 0) {
        return false;
    }
    *ret_wall_ms = days * DAY_MS + ms;
    return true;
}

int mcp_timestamp_weekday(int64_t wall_ms)
{
    int64_t day = (floor_days(wall_ms) + 4) % 7; /* 1970-01-01 was a Thursday */

    return (int)(day < 0 ? day + 7 : day);
}
