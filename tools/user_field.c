/* tools/user_field.c - what may be in a user's record; see user.h. */
#include <tools/user.h>

#include <tools/name.h>

#include <math.h>

enum { NAME_POINTS_MAX = 80, LOCAL_MAX = 64, LABEL_MAX = 63, LEVELS_MAX = 5, MEMBERS_MAX = 100 };

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* The part before the @, unquoted: RFC 5322 3.2.3 dot-atom. */
static bool is_local(mcp_str s)
{
    if (s.len == 0 || s.len > LOCAL_MAX || s.ptr[0] == '.' || s.ptr[s.len - 1] == '.') {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        bool is_dot = s.ptr[i] == '.' && s.ptr[i - 1] != '.';

        if (!is_letter_or_digit(s.ptr[i]) && !is_dot &&
            (s.ptr[i] == '\0' || !strchr("!#$%&'*+/=?^_`{|}~-", s.ptr[i]))) {
            return false;
        }
    }
    return true;
}

/* A host name of two labels or more, the last of which is no number, as in an address (RFC 1123
 * 2.1), nor begins like one of base 16, which browsers take for an address, too (WHATWG URL, "ends
 * in a number"). */
static bool is_domain(mcp_str s)
{
    size_t n_labels = 0;
    bool is_number = true;

    while (s.ptr) {
        mcp_str label = mcp_str_cut(&s, '.');

        if (label.len == 0 || label.len > LABEL_MAX || label.ptr[0] == '-' ||
            label.ptr[label.len - 1] == '-') {
            return false;
        }
        is_number = true;
        for (size_t i = 0; i < label.len; i++) {
            if (!is_letter_or_digit(label.ptr[i]) && label.ptr[i] != '-') {
                return false;
            }
            is_number = is_number && label.ptr[i] >= '0' && label.ptr[i] <= '9';
        }
        is_number = is_number || mcp_str_starts(label, MCP_STR("0x")) ||
                    mcp_str_starts(label, MCP_STR("0X"));
        n_labels++;
    }
    return n_labels >= 2 && !is_number;
}

const char *user_email_check(mcp_str email)
{
    mcp_str domain = email;
    mcp_str local = mcp_str_cut(&domain, '@');

    if (email.len > USER_EMAIL_MAX) {
        return "is longer than 254 characters";
    }
    return is_local(local) && is_domain(domain) ? NULL : "is not an address like ada@example.com";
}

const char *user_name_check(mcp_str name)
{
    const char *why = name_check(name, USER_NAME_MAX);
    size_t n = 0;

    for (size_t i = 0; !why && i < name.len; i++) {
        n += ((uint8_t)name.ptr[i] & 0xc0) != 0x80;
    }
    return n > NAME_POINTS_MAX ? "is longer than 80 characters" : why;
}

static bool is_local_name(mcp_str host)
{
    static const mcp_str LOCAL[] = {
        MCP_STR_INIT(".localhost"), MCP_STR_INIT(".local"),    MCP_STR_INIT(".internal"),
        MCP_STR_INIT(".lan"),       MCP_STR_INIT(".intranet"), MCP_STR_INIT(".home.arpa"),
    };

    for (size_t i = 0; i < sizeof(LOCAL) / sizeof(LOCAL[0]); i++) {
        mcp_str end = LOCAL[i];

        if (host.len > end.len &&
            mcp_str_eq_nocase(mcp_str_n(host.ptr + host.len - end.len, end.len), end)) {
            return true;
        }
    }
    return false;
}

const char *user_avatar_check(mcp_str url)
{
    const char *why = url.len > USER_URL_MAX ? "is longer than 2,048 bytes" : name_check_url(url);

    if (why || !mcp_str_starts(url, MCP_STR("https://"))) {
        return why ? why : "does not begin with https://";
    }
    mcp_str host = mcp_str_n(url.ptr + 8, url.len - 8);

    for (const char *c = "/?#"; *c; c++) {
        host = mcp_str_cut(&(mcp_str){host.ptr, host.len}, *c);
    }
    mcp_str port = host;
    uint64_t number;

    host = mcp_str_cut(&port, ':');
    /* An address is refused with the rest: a picture for everybody has a host with a name. */
    if (!is_domain(host) || is_local_name(host) ||
        (port.ptr && !mcp_str_uint(port, 65535, &number))) {
        return "names no host of the public internet";
    }
    return NULL;
}

/* The level bounds the recursion. */
static const char *check_value(mcp_json v, unsigned level, size_t *n_members)
{
    double number = 0;

    if (mcp_json_double(v, &number) && !isfinite(number)) {
        return "holds a number that is too large";
    }
    bool is_container = mcp_json_type(v) == MCP_JSON_OBJECT || mcp_json_type(v) == MCP_JSON_ARRAY;

    if (is_container && level >= LEVELS_MAX) {
        return "is deeper than five levels";
    }
    for (mcp_json e = mcp_json_first(v); mcp_json_present(e); e = mcp_json_next(v, e)) {
        if (mcp_json_type(v) == MCP_JSON_OBJECT && ++*n_members > MEMBERS_MAX) {
            return "has more than 100 members";
        }
        const char *why = check_value(e, level + 1, n_members);

        if (why) {
            return why;
        }
    }
    return NULL;
}

const char *user_metadata_check(mcp_json metadata)
{
    size_t n_members = 0;

    if (mcp_json_type(metadata) != MCP_JSON_OBJECT) {
        return "is not an object";
    }
    return mcp_json_raw(metadata).len > USER_METADATA_MAX ? "is longer than 16 KiB"
                                                          : check_value(metadata, 0, &n_members);
}
