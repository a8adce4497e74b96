/* tools/name.c - see name.h. */
#include <tools/name.h>

#include <mcp/buf.h>
#include <mcp/json.h>

#include <sodium.h>

enum { QUOTED_MAX = 100 };

/* The code point at s[i] of valid UTF-8; *ret_bytes is its length. */
static uint32_t code_point(mcp_str s, size_t i, size_t *ret_bytes)
{
    const uint8_t *p = (const uint8_t *)s.ptr + i;

    if (p[0] < 0x80) {
        *ret_bytes = 1;
        return p[0];
    }
    size_t n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    uint32_t c = p[0] & (0x7fu >> n);

    for (size_t k = 1; k < n; k++) {
        c = c << 6 | (p[k] & 0x3fu);
    }
    *ret_bytes = n;
    return c;
}

static bool is_hidden(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

const char *name_check(mcp_str s, size_t bytes_max)
{
    if (s.len == 0) {
        return "is empty";
    }
    if (s.len > bytes_max) {
        return "is too long";
    }
    if (!mcp_str_is_utf8(s)) {
        return "is not UTF-8";
    }
    if (s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' ') {
        return "begins or ends with a space";
    }
    for (size_t i = 0, n; i < s.len; i += n) {
        if (is_hidden(code_point(s, i, &n))) {
            return "holds a character that cannot be shown";
        }
    }
    return NULL;
}

const char *name_check_url(mcp_str s)
{
    mcp_str rest = s;

    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] <= ' ' || s.ptr[i] > '~' || strchr("\"<>\\^`{|}", s.ptr[i])) {
            return "holds a character that a URL does not";
        }
    }
    if (mcp_str_starts(s, MCP_STR("https://"))) {
        rest = mcp_str_n(s.ptr + 8, s.len - 8);
    } else if (mcp_str_starts(s, MCP_STR("http://"))) {
        rest = mcp_str_n(s.ptr + 7, s.len - 7);
    } else {
        return "does not begin with https:// or http://";
    }
    return rest.len == 0 || strchr("/?#:@", rest.ptr[0]) ? "names no host" : NULL;
}

mcp_str name_slug(mcp_str s, char out[NAME_SLUG_MAX])
{
    size_t n = 0;
    bool is_gap = false;

    for (size_t i = 0; i < s.len && n + 2 <= NAME_SLUG_MAX; i++) {
        char c = s.ptr[i];

        c = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            if (is_gap && n) {
                out[n++] = '-';
            }
            out[n++] = c;
            is_gap = false;
        } else {
            is_gap = true;
        }
    }
    if (n == 0) {
        memcpy(out, "tool", 4);
        n = 4;
    }
    return mcp_str_n(out, n);
}

mcp_str name_quoted(struct mcp_arena *arena, mcp_str s)
{
    struct mcp_buf b;
    size_t keep = s.len;

    if (keep > QUOTED_MAX) {
        keep = QUOTED_MAX;
        while (keep && (s.ptr[keep] & 0xc0) == 0x80) {
            keep--;
        }
    }
    mcp_buf_init(&b, 8 * QUOTED_MAX);
    mcp_buf_byte(&b, '"');
    mcp_json_escape(&b, mcp_str_n(s.ptr, keep));
    mcp_buf_add(&b, keep < s.len ? MCP_STR("...\"") : MCP_STR("\""));
    mcp_str quoted = b.failed ? MCP_STR("it") : mcp_arena_dup(arena, mcp_buf_str(&b));

    mcp_buf_free(&b);
    return quoted;
}

void name_id_new(uint8_t ret[16])
{
    randombytes_buf(ret, 16);
    ret[6] = (uint8_t)((ret[6] & 0x0f) | 0x40); /* RFC 9562 5.4 */
    ret[8] = (uint8_t)((ret[8] & 0x3f) | 0x80);
}

mcp_str name_id_format(const uint8_t id[16], char out[NAME_ID_BYTES])
{
    static const char HEX[] = "0123456789abcdef";
    size_t n = 0;

    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            out[n++] = '-';
        }
        out[n++] = HEX[id[i] >> 4];
        out[n++] = HEX[id[i] & 15];
    }
    return mcp_str_n(out, n);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool name_id_parse(mcp_str s, uint8_t ret[16])
{
    uint8_t id[16];
    size_t at = 0;

    if (s.len != NAME_ID_BYTES) {
        return false;
    }
    for (size_t i = 0; i < 16; i++) {
        if ((i == 4 || i == 6 || i == 8 || i == 10) && s.ptr[at++] != '-') {
            return false;
        }
        int high = hex_digit(s.ptr[at]), low = hex_digit(s.ptr[at + 1]);

        if (high < 0 || low < 0) {
            return false;
        }
        id[i] = (uint8_t)(high << 4 | low);
        at += 2;
    }
    memcpy(ret, id, 16);
    return true;
}
