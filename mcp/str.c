/* mcp/str.c - see str.h. */
#include <mcp/str.h>

#include <mcp/ascii.h>
#include <mcp/utf8.h>

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool mcp_str_eq_nocase(mcp_str a, mcp_str b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.ptr[i]) != lower(b.ptr[i])) {
            return false;
        }
    }
    return true;
}

bool mcp_str_has_nocase(mcp_str s, mcp_str part)
{
    for (size_t i = 0; i + part.len <= s.len; i++) {
        if (mcp_str_eq_nocase(mcp_str_n(s.ptr + i, part.len), part)) {
            return true;
        }
    }
    return part.len == 0;
}

int mcp_str_cmp(mcp_str a, mcp_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.ptr, b.ptr, n) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

mcp_str mcp_str_trim(mcp_str s)
{
    while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t')) {
        s.ptr++;
        s.len--;
    }
    while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t')) {
        s.len--;
    }
    return s;
}

mcp_str mcp_str_cut(mcp_str *s, char sep)
{
    mcp_str head = *s;
    const char *at = s->len ? memchr(s->ptr, sep, s->len) : NULL;

    if (!at) {
        *s = mcp_str_n(NULL, 0);
        return head;
    }
    head.len = (size_t)(at - s->ptr);
    *s = mcp_str_n(at + 1, s->len - head.len - 1);
    return head;
}

mcp_str mcp_str_head(mcp_str s, size_t max)
{
    if (s.len <= max) {
        return s;
    }
    s.len = max;
    while (s.len && max - s.len < 4 && ((uint8_t)s.ptr[s.len] & 0xc0) == 0x80) {
        s.len--; /* what follows continues a sequence */
    }
    return s;
}

bool mcp_str_uint(mcp_str s, uint64_t max, uint64_t *ret)
{
    uint64_t v = 0;

    if (s.len == 0) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        uint64_t digit = (uint64_t)(unsigned char)s.ptr[i] - '0';

        if (digit > 9 || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, digit, &v)) {
            return false;
        }
    }
    if (v > max) {
        return false;
    }
    *ret = v;
    return true;
}

bool mcp_str_is_token(mcp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        if (!mcp__is_alpha(c) && !mcp__is_digit(c) && !mcp__is_in(c, "!#$%&'*+-.^_`|~")) {
            return false;
        }
    }
    return s.len > 0;
}

bool mcp_str_is_utf8(mcp_str s)
{
    const uint8_t *p = (const uint8_t *)s.ptr;

    for (size_t i = 0; i < s.len;) {
        size_t n = mcp__utf8_sequence(p + i, s.len - i);

        if (n == 0) {
            return false;
        }
        i += n;
    }
    return true;
}
