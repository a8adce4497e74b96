/* mcp/schema_format.c - the formats of JSON Schema 2020-12 validation section 7.3, asserted. */
#include <mcp/ascii.h>
#include <mcp/schema_rule.h>
#include <mcp/timestamp.h>

/* ---- times: RFC 3339 ----------------------------------------------------------------------- */

/* A fraction may have any number of digits here; the timestamp reader takes nine. */
static bool date_time(mcp_str s)
{
    enum { FRACTION = 20, DIGITS_MAX = 9, OFFSET_MAX = 6 };
    char text[FRACTION + DIGITS_MAX + OFFSET_MAX];
    size_t end = FRACTION, front = FRACTION + DIGITS_MAX;
    int64_t ms;

    while (end < s.len && mcp__is_digit(s.ptr[end])) {
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
        if (!mcp__is_hex(s.ptr[i])) {
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

bool mcp__is_ipv6(mcp_str s)
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

static bool is_label(mcp_str s, bool is_wide)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!mcp__is_alpha(s.ptr[i]) && !mcp__is_digit(s.ptr[i]) && s.ptr[i] != '-' &&
            !(is_wide && s.ptr[i] & 0x80)) {
            return false;
        }
    }
    return s.len >= 1 && s.len <= 63 && s.ptr[0] != '-' && s.ptr[s.len - 1] != '-';
}

/* RFC 1123 2.1; `is_wide`: or anything but ASCII. */
static bool is_host(mcp_str s, bool is_wide)
{
    if (s.len == 0 || s.len > 253) {
        return false;
    }
    while (s.ptr) {
        if (!is_label(mcp_str_cut(&s, '.'), is_wide)) {
            return false;
        }
    }
    return true;
}

/* ---- e-mail: RFC 5321 4.1.2; `is_wide`: RFC 6531 ------------------------------------------- */

static bool is_dot_atom(mcp_str s, bool is_wide)
{
    while (s.ptr) {
        mcp_str atom = mcp_str_cut(&s, '.');

        if (atom.len == 0) {
            return false;
        }
        for (size_t i = 0; i < atom.len; i++) {
            if (!mcp__is_alpha(atom.ptr[i]) && !mcp__is_digit(atom.ptr[i]) &&
                !mcp__is_in(atom.ptr[i], "!#$%&'*+-/=?^_`{|}~") &&
                !(is_wide && atom.ptr[i] & 0x80)) {
                return false;
            }
        }
    }
    return true;
}

static bool is_quoted_string(mcp_str s, bool is_wide)
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
        if ((s.ptr[i] < 32 || s.ptr[i] > 126) && !(is_wide && s.ptr[i] & 0x80)) {
            return false;
        }
    }
    return true;
}

static bool is_mail_host(mcp_str s, bool is_wide)
{
    if (s.len > 2 && s.ptr[0] == '[' && s.ptr[s.len - 1] == ']') {
        mcp_str literal = mcp_str_n(s.ptr + 1, s.len - 2);

        return mcp_str_starts(literal, MCP_STR("IPv6:"))
                   ? mcp__is_ipv6(mcp_str_n(literal.ptr + 5, literal.len - 5))
                   : ipv4(literal);
    }
    return is_host(s, is_wide);
}

static bool is_mail(mcp_str s, bool is_wide)
{
    size_t at = s.len;

    while (at > 0 && s.ptr[at - 1] != '@') {
        at--;
    }
    if (at < 2) {
        return false;
    }
    mcp_str local = mcp_str_n(s.ptr, at - 1);

    return (is_dot_atom(local, is_wide) || is_quoted_string(local, is_wide)) &&
           is_mail_host(mcp_str_n(s.ptr + at, s.len - at), is_wide);
}

static bool email(mcp_str s)
{
    return is_mail(s, false);
}

static bool idn_email(mcp_str s)
{
    return is_mail(s, true);
}

/* ---- the rest ------------------------------------------------------------------------------ */

/* RFC 9562 4: 8-4-4-4-12 hex digits. */
static bool uuid(mcp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (is_dash ? s.ptr[i] != '-' : !mcp__is_hex(s.ptr[i])) {
            return false;
        }
    }
    return s.len == 36;
}

static bool json_pointer(mcp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '~' && (i + 1 == s.len || !mcp__is_in(s.ptr[i + 1], "01"))) {
            return false;
        }
    }
    return s.len == 0 || s.ptr[0] == '/';
}

/* RFC 6901's relative form: how many levels up, then a pointer or "#". */
static bool relative_json_pointer(mcp_str s)
{
    size_t i = 0;

    while (i < s.len && mcp__is_digit(s.ptr[i])) {
        i++;
    }
    mcp_str rest = mcp_str_n(s.ptr + i, s.len - i);

    return i > 0 && (i == 1 || s.ptr[0] != '0') &&
           (mcp_str_eq(rest, MCP_STR("#")) || json_pointer(rest));
}

/* Digits and a unit of `units` behind each other; each unit follows the one before it in the list.
 * Returns what is left, ptr NULL when there is nothing to begin with or a unit was skipped. */
static mcp_str after_units(mcp_str s, const char *units)
{
    const char *next = NULL;

    do {
        size_t i = 0;

        while (i < s.len && mcp__is_digit(s.ptr[i])) {
            i++;
        }
        const char *unit = i > 0 && i < s.len && s.ptr[i] ? strchr(units, s.ptr[i]) : NULL;

        if (!unit || (next && unit != next)) {
            return mcp_str_n(NULL, 0);
        }
        next = unit + 1;
        s = mcp_str_n(s.ptr + i + 1, s.len - i - 1);
    } while (s.len && s.ptr[0] != 'T');
    return s;
}

/* RFC 3339 appendix A. */
static bool duration(mcp_str s)
{
    if (s.len < 2 || s.ptr[0] != 'P') {
        return false;
    }
    s = mcp_str_n(s.ptr + 1, s.len - 1);
    mcp_str weeks = after_units(s, "W");

    if (s.ptr[0] != 'T') {
        s = after_units(s, "YMD");
    }
    if (s.ptr && s.len) {
        s = after_units(mcp_str_n(s.ptr + 1, s.len - 1), "HMS");
    }
    return (s.ptr && s.len == 0) || (weeks.ptr && weeks.len == 0);
}

const struct mcp__format *mcp__format_find(mcp_json name)
{
    static const struct mcp__format ROWS[] = {
        {MCP_STR_INIT("date-time"), date_time, NULL},
        {MCP_STR_INIT("date"), date, NULL},
        {MCP_STR_INIT("time"), time_of_day, NULL},
        {MCP_STR_INIT("uri"), mcp__is_uri, NULL},
        {MCP_STR_INIT("uri-reference"), mcp__is_uri_reference, NULL},
        {MCP_STR_INIT("email"), email, NULL},
        {MCP_STR_INIT("hostname"), NULL, mcp__check_hostname},
        {MCP_STR_INIT("ipv4"), ipv4, NULL},
        {MCP_STR_INIT("ipv6"), mcp__is_ipv6, NULL},
        {MCP_STR_INIT("uuid"), uuid, NULL},
        {MCP_STR_INIT("json-pointer"), json_pointer, NULL},
        {MCP_STR_INIT("duration"), duration, NULL},
        {MCP_STR_INIT("regex"), NULL, mcp__check_regex},
        {MCP_STR_INIT("iri"), mcp__is_iri, NULL},
        {MCP_STR_INIT("iri-reference"), mcp__is_iri_reference, NULL},
        {MCP_STR_INIT("uri-template"), mcp__is_uri_template, NULL},
        {MCP_STR_INIT("idn-hostname"), NULL, mcp__check_idn_hostname},
        {MCP_STR_INIT("idn-email"), idn_email, NULL},
        {MCP_STR_INIT("relative-json-pointer"), relative_json_pointer, NULL},
    };

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        if (mcp_json_str_eq(name, ROWS[i].name)) {
            return &ROWS[i];
        }
    }
    return NULL;
}
