/* tools/month.c - see month.h. */
#include <tools/month.h>

#include <mcp/timestamp.h>

static bool digits(const char *at, size_t n, int32_t *ret)
{
    *ret = 0;
    for (size_t i = 0; i < n; i++) {
        if (at[i] < '0' || at[i] > '9') {
            return false;
        }
        *ret = *ret * 10 + (at[i] - '0');
    }
    return true;
}

bool month_parse(mcp_str s, int32_t *ret)
{
    int32_t year, month;

    if (s.len != MONTH_TEXT || s.ptr[4] != '-' || !digits(s.ptr, 4, &year) ||
        !digits(s.ptr + 5, 2, &month) || month < 1 || month > 12) {
        return false;
    }
    *ret = year * 12 + month - 1;
    return true;
}

mcp_str month_format(int32_t month, char out[MONTH_TEXT])
{
    int32_t year = month / 12, of_year = month % 12 + 1;

    for (size_t i = 4; i-- > 0; year /= 10) {
        out[i] = (char)('0' + year % 10);
    }
    out[4] = '-';
    out[5] = (char)('0' + of_year / 10);
    out[6] = (char)('0' + of_year % 10);
    return mcp_str_n(out, MONTH_TEXT);
}

mcp_str month_name(int32_t month)
{
    static const mcp_str NAMES[] = {
        MCP_STR_INIT("January"), MCP_STR_INIT("February"), MCP_STR_INIT("March"),
        MCP_STR_INIT("April"),   MCP_STR_INIT("May"),      MCP_STR_INIT("June"),
        MCP_STR_INIT("July"),    MCP_STR_INIT("August"),   MCP_STR_INIT("September"),
        MCP_STR_INIT("October"), MCP_STR_INIT("November"), MCP_STR_INIT("December"),
    };

    return NAMES[month % 12];
}

int32_t month_of(int64_t wall_ms)
{
    char text[MCP_TIMESTAMP_BYTES];
    int32_t month = 0;

    (void)month_parse(mcp_str_n(mcp_timestamp_format(wall_ms, text).ptr, MONTH_TEXT), &month);
    return month;
}
