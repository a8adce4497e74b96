/* cli/usage_log.c - see usage_log.h. */
#include <cli/usage_log.h>

#include <mcp/timestamp.h>

#include <stdio.h>
#include <string.h>

enum { TIME = 26 }; /* "10/Oct/2026:13:55:36 +0200" */

/* 1 to 12; 0: none. */
static int month_of(const char *s)
{
    static const char NAMES[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (int i = 0; i < 12; i++) {
        if (memcmp(s, NAMES + (size_t)i * 3, 3) == 0) {
            return i + 1;
        }
    }
    return 0;
}

/* `s` is TIME bytes long. */
static bool read_time(const char *s, int64_t *ret_ms)
{
    char text[32];
    int month = month_of(s + 3);
    int n = snprintf(text, sizeof(text), "%.4s-%02d-%.2sT%.8s%.3s:%.2s", s + 7, month, s, s + 12,
                     s + 21, s + 24);

    return s[2] == '/' && s[6] == '/' && s[11] == ':' && s[20] == ' ' && month && n == 25 &&
           mcp_timestamp_parse(mcp_str_n(text, 25), ret_ms);
}

/* From "[time] \"" on; the user is what stands before. */
static bool find_time(mcp_str *rest, struct usage_line *ret)
{
    const char *s = rest->ptr;

    for (size_t i = 0; i + TIME + 5 <= rest->len; i++) {
        if (s[i] == ' ' && s[i + 1] == '[' && memcmp(s + i + TIME + 2, "] \"", 3) == 0) {
            ret->user = mcp_str_n(s, i);
            *rest = mcp_str_n(s + i + TIME + 5, rest->len - i - TIME - 5);
            return read_time(s + i + 2, &ret->at_ms);
        }
        if (s[i] == '"') {
            return false;
        }
    }
    return false;
}

/* What follows the request's closing quote. */
static bool skip_request(mcp_str *rest)
{
    for (size_t i = 0; i < rest->len; i++) {
        if (rest->ptr[i] == '"') {
            *rest = mcp_str_n(rest->ptr + i + 1, rest->len - i - 1);
            return true;
        }
        i += rest->ptr[i] == '\\'; /* as other servers escape a quote */
    }
    return false;
}

bool usage_line_parse(mcp_str line, struct usage_line *ret)
{
    mcp_str rest = line;
    uint64_t status, bytes = 0;

    ret->address = mcp_str_cut(&rest, ' ');
    if (!ret->address.len || !rest.ptr || mcp_str_cut(&rest, ' ').len == 0 || !rest.ptr ||
        !find_time(&rest, ret) || !skip_request(&rest) || rest.len == 0 || rest.ptr[0] != ' ') {
        return false;
    }
    rest = mcp_str_n(rest.ptr + 1, rest.len - 1);
    mcp_str code = mcp_str_cut(&rest, ' ');
    mcp_str size = mcp_str_cut(&rest, ' ');

    if (code.len != 3 || !mcp_str_uint(code, 999, &status) || !size.len ||
        (!mcp_str_eq(size, MCP_STR("-")) && !mcp_str_uint(size, USAGE_LINE_BYTES_MAX, &bytes))) {
        return false;
    }
    ret->bytes = (int64_t)bytes;
    ret->status = (int)status;
    return true;
}
