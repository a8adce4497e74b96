/* cli/print.c - text safe for a terminal, its width, and times for people. */
#include <cli/print.h>
#include <mcp/alloc.h>
#include <mcp/timestamp.h>

/* One code point at the start of `s`; *ret_len is 1 and the result negative when it is not UTF-8.
 */
static int32_t code_point(mcp_str s, size_t *ret_len)
{
    unsigned char c = (unsigned char)s.ptr[0];
    size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    int32_t v = n == 1 ? c : c & (0xff >> (n + 1));

    *ret_len = 1;
    if (n > s.len || !mcp_str_is_utf8(mcp_str_n(s.ptr, n))) {
        return -1;
    }
    for (size_t i = 1; i < n; i++) {
        v = v << 6 | (s.ptr[i] & 0x3f);
    }
    *ret_len = n;
    return v;
}

/* C0, DEL, C1, line separators and what reorders the text around it (Unicode bidi controls). */
static bool is_unsafe(int32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || (c >= 0x200e && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

char *cli_clean(mcp_str s)
{
    struct mcp_buf out;

    mcp_buf_init(&out, s.len * 6 + 1);
    while (s.len) {
        size_t n;
        int32_t c = code_point(s, &n);

        if (c < 0) {
            mcp_buf_byte(&out, '?');
        } else if (c == '\n') {
            mcp_buf_add_c(&out, "\\n");
        } else if (is_unsafe(c)) {
            mcp_buf_printf(&out, c < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)c);
        } else {
            mcp_buf_add(&out, mcp_str_n(s.ptr, n));
        }
        s = mcp_str_n(s.ptr + n, s.len - n);
    }
    mcp_buf_byte(&out, '\0');
    if (out.failed) {
        mcp_buf_free(&out);
        return NULL;
    }
    return out.ptr;
}

/* The blocks that take two columns or none; enough for names, not all of UAX #11. */
static size_t width_of(int32_t c)
{
    static const struct {
        int32_t first, last;
        size_t width;
    } BLOCKS[] = {
        {0x300, 0x36f, 0},     {0x200b, 0x200d, 0},   {0x20d0, 0x20ff, 0},   {0xfe00, 0xfe0f, 0},
        {0x1100, 0x115f, 2},   {0x2e80, 0x303e, 2},   {0x3041, 0xa4cf, 2},   {0xac00, 0xd7a3, 2},
        {0xf900, 0xfaff, 2},   {0xfe30, 0xfe6f, 2},   {0xff00, 0xff60, 2},   {0xffe0, 0xffe6, 2},
        {0x1f300, 0x1f64f, 2}, {0x1f680, 0x1f6ff, 2}, {0x1f900, 0x1f9ff, 2}, {0x20000, 0x3fffd, 2},
    };

    for (size_t i = 0; i < sizeof(BLOCKS) / sizeof(BLOCKS[0]); i++) {
        if (c >= BLOCKS[i].first && c <= BLOCKS[i].last) {
            return BLOCKS[i].width;
        }
    }
    return 1;
}

size_t cli_width(mcp_str s)
{
    size_t width = 0;

    while (s.len) {
        size_t n;

        width += width_of(code_point(s, &n));
        s = mcp_str_n(s.ptr + n, s.len - n);
    }
    return width;
}

static const struct {
    const char *suffix;
    int64_t ms;
} UNITS[] = {{"w", 604800000}, {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}};

#define N_UNITS (sizeof(UNITS) / sizeof(UNITS[0]))

void cli_relative(int64_t wall_ms, int64_t now_ms, char *out, size_t bytes)
{
    int64_t away = wall_ms > now_ms ? wall_ms - now_ms : now_ms - wall_ms;
    size_t i = 1; /* weeks are for input */

    while (i + 1 < N_UNITS && away < UNITS[i].ms) {
        i++;
    }
    if (away < 1000) {
        snprintf(out, bytes, "now");
    } else if (wall_ms > now_ms) {
        snprintf(out, bytes, "in %lld%s", (long long)(away / UNITS[i].ms), UNITS[i].suffix);
    } else {
        snprintf(out, bytes, "%lld%s ago", (long long)(away / UNITS[i].ms), UNITS[i].suffix);
    }
}

static bool parse_offset(const char *text, int64_t now_ms, int64_t *ret)
{
    bool is_past = *text == '-';
    const char *at = text + (is_past || *text == '+' ? 1 : 0);
    size_t digits = strspn(at, "0123456789");
    uint64_t v;

    if (!mcp_str_uint(mcp_str_n(at, digits), 1000000, &v)) {
        return false;
    }
    for (size_t i = 0; i < N_UNITS; i++) {
        if (strcmp(at + digits, UNITS[i].suffix) == 0) {
            int64_t away = (int64_t)v * UNITS[i].ms;

            *ret = is_past ? now_ms - away : now_ms + away;
            return true;
        }
    }
    return false;
}

bool cli_parse_time(const char *text, int64_t now_ms, int64_t *ret_wall_ms)
{
    char whole[40];

    if (strcmp(text, "now") == 0) {
        *ret_wall_ms = now_ms;
        return true;
    }
    if (strlen(text) == 10) { /* a date: the midnight it begins with, UTC */
        snprintf(whole, sizeof(whole), "%sT00:00:00Z", text);
        return mcp_timestamp_parse(mcp_str_c(whole), ret_wall_ms);
    }
    return parse_offset(text, now_ms, ret_wall_ms) ||
           mcp_timestamp_parse(mcp_str_c(text), ret_wall_ms);
}

static void write_stderr(void *user, enum mcp_log_level level, mcp_str line)
{
    (void)user;
    (void)level;
    fprintf(stderr, "%.*s\n", MCP_STR_ARG(line));
}

struct mcp_log cli_stderr_log(enum mcp_log_level max)
{
    return (struct mcp_log){.write = write_stderr, .max = max};
}
