/* mcp/schema_format.c - the formats of JSON Schema 2020-12 validation section 7.3, asserted. */
#include <mcp/schema_rule.h>
#include <mcp/timestamp.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_in(char c, const char *set)
{
    return c && strchr(set, c);
}

/* ---- times: RFC 3339 ----------------------------------------------------------------------- */

/* A fraction may have any number of digits here; the timestamp reader takes nine. */
static bool date_time(mcp_str s)
{
    enum { FRACTION = 20, DIGITS_MAX = 9, OFFSET_MAX = 6 };
    char text[FRACTION + DIGITS_MAX + OFFSET_MAX];
    size_t end = FRACTION, front = FRACTION + DIGITS_MAX;
    int64_t ms;

    while (end < s.len && is_digit(s.ptr[end])) {
        end++;
    }
    if (end <= front || s.len - end > OFFSET_MAX) {
        return mcp_timestamp_parse(s, &ms);
    }
    memcpy(text, s.ptr, front);
    memcpy(text + front, s.ptr + end, s.len - end);
    return mcp_timestamp_parse(mcp_str_n(text, front + s.len - end), &ms);
}

/* The instant of `before` + s + `after`. */
static bool completed(const char *before, mcp_str s, const char *after)
{
    char text[80];
    size_t front = strlen(before), back = strlen(after);

    if (s.len > sizeof(text) - front - back || s.len == 0) {
        return false;
    }
    memcpy(text, before, front);
    memcpy(text + front, s.ptr, s.len);
    memcpy(text + front + s.len, after, back);
    return date_time(mcp_str_n(text, front + s.len + back));
}

static bool date(mcp_str s)
{
    return s.len == 10 && completed("", s, "T00:00:00Z");
}

static bool time_of_day(mcp_str s)
{
    return completed("1970-01-01T", s, "");
}

/* ---- names of hosts ------------------------------------------------------------------------ */

static bool ipv4(mcp_str s)
{
    for (int i = 0; i < 4; i++) {
        mcp_str octet = i < 3 ? mcp_str_cut(&s, '.') : s;
        uint64_t v;

        if (!mcp_str_uint(octet, 255, &v) || (octet.len > 1 && octet.ptr[0] == '0') || !s.ptr) {
            return false;
        }
    }
    return true;
}

/* One group of an IPv6 address: 1..4 hex digits. */
static bool is_group(mcp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is_hex(s.ptr[i])) {
            return false;
        }
    }
    return s.len >= 1 && s.len <= 4;
}

/* Groups between colons; an IPv4 address may end it and counts as two. -1: malformed. */
static int count_groups(mcp_str s, bool may_end_in_ipv4)
{
    int n = 0;

    while (s.ptr && s.len) {
        mcp_str group = mcp_str_cut(&s, ':');

        if (is_group(group)) {
            n++;
        } else if (!s.ptr && may_end_in_ipv4 && ipv4(group)) {
            n += 2;
        } else {
            return -1;
        }
        if (s.ptr && s.len == 0) {
            return -1; /* a colon at the end */
        }
    }
    return n;
}

static bool ipv6(mcp_str s)
{
    for (size_t i = 0; i + 1 < s.len; i++) {
        if (s.ptr[i] == ':' && s.ptr[i + 1] == ':') {
            int before = count_groups(mcp_str_n(s.ptr, i), false);
            int after = count_groups(mcp_str_n(s.ptr + i + 2, s.len - i - 2), true);

            return before >= 0 && after >= 0 && before + after <= 7;
        }
    }
    return count_groups(s, true) == 8;
}

static bool is_label(mcp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is_alpha(s.ptr[i]) && !is_digit(s.ptr[i]) && s.ptr[i] != '-') {
            return false;
        }
    }
    return s.len >= 1 && s.len <= 63 && s.ptr[0] != '-' && s.ptr[s.len - 1] != '-';
}

/* RFC 1123 2.1. */
static bool hostname(mcp_str s)
{
    if (s.len == 0 || s.len > 253) {
        return false;
    }
    while (s.ptr) {
        if (!is_label(mcp_str_cut(&s, '.'))) {
            return false;
        }
    }
    return true;
}

/* ---- e-mail: RFC 5321 4.1.2, ASCII --------------------------------------------------------- */

static bool is_dot_atom(mcp_str s)
{
    while (s.ptr) {
        mcp_str atom = mcp_str_cut(&s, '.');

        if (atom.len == 0) {
            return false;
        }
        for (size_t i = 0; i < atom.len; i++) {
            if (!is_alpha(atom.ptr[i]) && !is_digit(atom.ptr[i]) &&
                !is_in(atom.ptr[i], "!#$%&'*+-/=?^_`{|}~")) {
                return false;
            }
        }
    }
    return true;
}

static bool is_quoted_string(mcp_str s)
{
    if (s.len < 2 || s.ptr[0] != '"' || s.ptr[s.len - 1] != '"') {
        return false;
    }
    for (size_t i = 1; i < s.len - 1; i++) {
        if (s.ptr[i] == '\\') {
            i++;
            if (i == s.len - 1) {
                return false;
            }
        } else if (s.ptr[i] == '"') {
            return false;
        }
        if (s.ptr[i] < 32 || s.ptr[i] > 126) {
            return false;
        }
    }
    return true;
}

static bool is_mail_host(mcp_str s)
{
    if (s.len > 2 && s.ptr[0] == '[' && s.ptr[s.len - 1] == ']') {
        mcp_str literal = mcp_str_n(s.ptr + 1, s.len - 2);

        return mcp_str_starts(literal, MCP_STR("IPv6:"))
                   ? ipv6(mcp_str_n(literal.ptr + 5, literal.len - 5))
                   : ipv4(literal);
    }
    return hostname(s);
}

static bool email(mcp_str s)
{
    size_t at = s.len;

    while (at > 0 && s.ptr[at - 1] != '@') {
        at--;
    }
    if (at < 2) {
        return false;
    }
    mcp_str local = mcp_str_n(s.ptr, at - 1);

    return (is_dot_atom(local) || is_quoted_string(local)) &&
           is_mail_host(mcp_str_n(s.ptr + at, s.len - at));
}

/* ---- URIs: RFC 3986 ------------------------------------------------------------------------ */

/* Only unreserved, sub-delims, whole percent escapes and `more`. */
static bool has_only(mcp_str s, const char *more)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '%') {
            if (s.len - i < 3 || !is_hex(s.ptr[i + 1]) || !is_hex(s.ptr[i + 2])) {
                return false;
            }
        } else if (!is_alpha(s.ptr[i]) && !is_digit(s.ptr[i]) &&
                   !is_in(s.ptr[i], "-._~!$&'()*+,;=") && !is_in(s.ptr[i], more)) {
            return false;
        }
    }
    return true;
}

static bool is_port(mcp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is_digit(s.ptr[i])) {
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

        return version.len > 1 && is_hex(version.ptr[1]) && rest.len && has_only(rest, ":");
    }
    return ipv6(s);
}

static bool is_authority(mcp_str s)
{
    mcp_str rest = s;
    mcp_str user = mcp_str_cut(&rest, '@');

    if (rest.ptr) {
        if (!has_only(user, ":")) {
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

    return has_only(host, "") && is_port(s);
}

/* What follows the scheme; `is_relative`: the first segment must not have a colon. */
static bool is_hier_part(mcp_str s, bool is_relative)
{
    mcp_str rest = s;
    mcp_str before_fragment = mcp_str_cut(&rest, '#');

    if (rest.ptr && !has_only(rest, ":@/?")) {
        return false;
    }
    rest = before_fragment;
    mcp_str path = mcp_str_cut(&rest, '?');

    if (rest.ptr && !has_only(rest, ":@/?")) {
        return false;
    }
    if (mcp_str_starts(path, MCP_STR("//"))) {
        rest = mcp_str_n(path.ptr + 2, path.len - 2);
        return is_authority(mcp_str_cut(&rest, '/')) && has_only(rest, ":@/");
    }
    rest = path;
    mcp_str first = mcp_str_cut(&rest, '/');

    return has_only(path, ":@/") &&
           !(is_relative && first.len && memchr(first.ptr, ':', first.len));
}

/* Past "scheme:", or a slice with ptr NULL. */
static mcp_str after_scheme(mcp_str s)
{
    mcp_str rest = s;
    mcp_str scheme = mcp_str_cut(&rest, ':');

    for (size_t i = 0; i < scheme.len; i++) {
        if (!is_alpha(scheme.ptr[i]) &&
            (i == 0 || (!is_digit(scheme.ptr[i]) && !is_in(scheme.ptr[i], "+-.")))) {
            return mcp_str_n(NULL, 0);
        }
    }
    return scheme.len ? rest : mcp_str_n(NULL, 0);
}

static bool uri(mcp_str s)
{
    mcp_str rest = after_scheme(s);

    return rest.ptr && is_hier_part(rest, false);
}

static bool uri_reference(mcp_str s)
{
    return uri(s) || is_hier_part(s, true);
}

/* ---- the rest ------------------------------------------------------------------------------ */

/* RFC 9562 4: 8-4-4-4-12 hex digits. */
static bool uuid(mcp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (is_dash ? s.ptr[i] != '-' : !is_hex(s.ptr[i])) {
            return false;
        }
    }
    return s.len == 36;
}

static bool json_pointer(mcp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '~' && (i + 1 == s.len || !is_in(s.ptr[i + 1], "01"))) {
            return false;
        }
    }
    return s.len == 0 || s.ptr[0] == '/';
}

mcp__format_fn *mcp__format_find(mcp_json name)
{
    static const struct {
        mcp_str name;
        mcp__format_fn *fn;
    } ROWS[] = {
        {MCP_STR_INIT("date-time"), date_time},
        {MCP_STR_INIT("date"), date},
        {MCP_STR_INIT("time"), time_of_day},
        {MCP_STR_INIT("uri"), uri},
        {MCP_STR_INIT("uri-reference"), uri_reference},
        {MCP_STR_INIT("email"), email},
        {MCP_STR_INIT("hostname"), hostname},
        {MCP_STR_INIT("ipv4"), ipv4},
        {MCP_STR_INIT("ipv6"), ipv6},
        {MCP_STR_INIT("uuid"), uuid},
        {MCP_STR_INIT("json-pointer"), json_pointer},
    };

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        if (mcp_json_str_eq(name, ROWS[i].name)) {
            return ROWS[i].fn;
        }
    }
    return NULL;
}
