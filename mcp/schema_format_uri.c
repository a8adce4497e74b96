/* mcp/schema_format_uri.c - the formats uri, iri, their references, and uri-template. */
#include <mcp/ascii.h>
#include <mcp/schema_rule.h>
#include <mcp/utf8.h>

/* ---- URIs: RFC 3986; IRIs: RFC 3987 -------------------------------------------------------- */

/* What may stand in a part beside ASCII: nothing (a URI), `ucschar`, also `iprivate` (a query). */
enum wide { ASCII, UCS, UCS_PRIVATE };

/* The code point of the valid sequence at `p`. */
static uint32_t code_point(const char *p, size_t n)
{
    uint32_t c = (uint8_t)p[0] & (0xffu >> (n + 1));

    for (size_t i = 1; i < n; i++) {
        c = c << 6 | ((uint8_t)p[i] & 0x3fu);
    }
    return c;
}

/* RFC 3987 2.2. */
static bool is_wide(uint32_t c, enum wide wide)
{
    bool is_private = (c >= 0xe000 && c <= 0xf8ff) || c >= 0xf0000;
    bool is_ucs = c >= 0xa0 && !is_private && !(c >= 0xfdd0 && c <= 0xfdef) &&
                  !(c >= 0xfff0 && c <= 0xffff) && !(c >= 0xe0000 && c < 0xe1000);

    return (c & 0xfffe) != 0xfffe && (is_ucs ? wide != ASCII : is_private && wide == UCS_PRIVATE);
}

/* Bytes of the wide character at `i`, or 0. */
static size_t wide_bytes(mcp_str s, size_t i, enum wide wide)
{
    size_t n = mcp__utf8_sequence((const uint8_t *)s.ptr + i, s.len - i);

    return n > 1 && is_wide(code_point(s.ptr + i, n), wide) ? n : 0;
}

static bool is_escape(mcp_str s, size_t i)
{
    return s.len - i >= 3 && s.ptr[i] == '%' && mcp__is_hex(s.ptr[i + 1]) &&
           mcp__is_hex(s.ptr[i + 2]);
}

/* Only unreserved, sub-delims, whole percent escapes, `more` and wide characters. */
static bool has_only(mcp_str s, const char *more, enum wide wide)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] & 0x80) {
            size_t n = wide_bytes(s, i, wide);

            if (n == 0) {
                return false;
            }
            i += n - 1;
        } else if (s.ptr[i] == '%') {
            if (!is_escape(s, i)) {
                return false;
            }
        } else if (!mcp__is_alpha(s.ptr[i]) && !mcp__is_digit(s.ptr[i]) &&
                   !mcp__is_in(s.ptr[i], "-._~!$&'()*+,;=") && !mcp__is_in(s.ptr[i], more)) {
            return false;
        }
    }
    return true;
}

static bool is_port(mcp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!mcp__is_digit(s.ptr[i])) {
            return false;
        }
    }
    return true;
}

/* "v1.fe80" or an IPv6 address, between brackets. */
static bool is_ip_literal(mcp_str s)
{
    if (s.len > 3 && (s.ptr[0] == 'v' || s.ptr[0] == 'V')) {
        mcp_str rest = s;
        mcp_str version = mcp_str_cut(&rest, '.');

        return version.len > 1 && mcp__is_hex(version.ptr[1]) && rest.len &&
               has_only(rest, ":", ASCII);
    }
    return mcp__is_ipv6(s);
}

static bool is_authority(mcp_str s, enum wide wide)
{
    mcp_str rest = s;
    mcp_str user = mcp_str_cut(&rest, '@');

    if (rest.ptr) {
        if (!has_only(user, ":", wide)) {
            return false;
        }
        s = rest;
    }
    if (s.len && s.ptr[0] == '[') {
        mcp_str literal = mcp_str_cut(&s, ']');

        return s.ptr && is_ip_literal(mcp_str_n(literal.ptr + 1, literal.len - 1)) &&
               (s.len == 0 || (s.ptr[0] == ':' && is_port(mcp_str_n(s.ptr + 1, s.len - 1))));
    }
    mcp_str host = mcp_str_cut(&s, ':');

    return has_only(host, "", wide) && is_port(s);
}

/* What follows the scheme; `is_relative`: the first segment must not have a colon. */
static bool is_hier_part(mcp_str s, bool is_relative, enum wide wide)
{
    mcp_str rest = s;
    mcp_str before_fragment = mcp_str_cut(&rest, '#');

    if (rest.ptr && !has_only(rest, ":@/?", wide)) {
        return false;
    }
    rest = before_fragment;
    mcp_str path = mcp_str_cut(&rest, '?');

    if (rest.ptr && !has_only(rest, ":@/?", wide == ASCII ? ASCII : UCS_PRIVATE)) {
        return false;
    }
    if (mcp_str_starts(path, MCP_STR("//"))) {
        rest = mcp_str_n(path.ptr + 2, path.len - 2);
        return is_authority(mcp_str_cut(&rest, '/'), wide) && has_only(rest, ":@/", wide);
    }
    rest = path;
    mcp_str first = mcp_str_cut(&rest, '/');

    return has_only(path, ":@/", wide) &&
           !(is_relative && first.len && memchr(first.ptr, ':', first.len));
}

/* Past "scheme:", or a slice with ptr NULL. */
static mcp_str after_scheme(mcp_str s)
{
    mcp_str rest = s;
    mcp_str scheme = mcp_str_cut(&rest, ':');

    for (size_t i = 0; i < scheme.len; i++) {
        if (!mcp__is_alpha(scheme.ptr[i]) &&
            (i == 0 || (!mcp__is_digit(scheme.ptr[i]) && !mcp__is_in(scheme.ptr[i], "+-.")))) {
            return mcp_str_n(NULL, 0);
        }
    }
    return scheme.len ? rest : mcp_str_n(NULL, 0);
}

static bool is_absolute(mcp_str s, enum wide wide)
{
    mcp_str rest = after_scheme(s);

    return rest.ptr && is_hier_part(rest, false, wide);
}

bool mcp__is_uri(mcp_str s)
{
    return is_absolute(s, ASCII);
}

bool mcp__is_uri_reference(mcp_str s)
{
    return is_absolute(s, ASCII) || is_hier_part(s, true, ASCII);
}

bool mcp__is_iri(mcp_str s)
{
    return is_absolute(s, UCS);
}

bool mcp__is_iri_reference(mcp_str s)
{
    return is_absolute(s, UCS) || is_hier_part(s, true, UCS);
}

/* ---- templates: RFC 6570 2 ----------------------------------------------------------------- */

/* Letters, digits, '_' and escapes, with single dots between them; maybe '*' or ':' and 1 to 9999
 * behind them. */
static bool is_varspec(mcp_str s)
{
    mcp_str length = s;
    mcp_str name = mcp_str_cut(&length, ':');
    uint64_t n;

    if (length.ptr && (!mcp_str_uint(length, 9999, &n) || length.ptr[0] == '0')) {
        return false;
    }
    if (!length.ptr && name.len && name.ptr[name.len - 1] == '*') {
        name.len--;
    }
    while (name.ptr) {
        mcp_str part = mcp_str_cut(&name, '.');

        for (size_t i = 0; i < part.len; i++) {
            if (is_escape(part, i)) {
                i += 2;
            } else if (!mcp__is_alpha(part.ptr[i]) && !mcp__is_digit(part.ptr[i]) &&
                       part.ptr[i] != '_') {
                return false;
            }
        }
        if (part.len == 0) {
            return false;
        }
    }
    return true;
}

/* What stands between the braces. Operators reserved for later are not ours to judge: refused. */
static bool is_expression(mcp_str s)
{
    if (s.len && mcp__is_in(s.ptr[0], "+#./;?&")) {
        s = mcp_str_n(s.ptr + 1, s.len - 1);
    }
    do {
        if (!is_varspec(mcp_str_cut(&s, ','))) {
            return false;
        }
    } while (s.ptr);
    return true;
}

static bool is_literal(mcp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] & 0x80) {
            size_t n = wide_bytes(s, i, UCS_PRIVATE);

            if (n == 0) {
                return false;
            }
            i += n - 1;
        } else if (s.ptr[i] == '%' ? !is_escape(s, i)
                                   : s.ptr[i] <= ' ' || mcp__is_in(s.ptr[i], "\"<>\\^`{|}\x7f")) {
            return false;
        }
    }
    return true;
}

bool mcp__is_uri_template(mcp_str s)
{
    while (s.ptr) {
        if (!is_literal(mcp_str_cut(&s, '{'))) {
            return false;
        }
        if (s.ptr && (!is_expression(mcp_str_cut(&s, '}')) || !s.ptr)) {
            return false;
        }
    }
    return true;
}
