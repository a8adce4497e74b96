/* tools/pool_uri.c - see pool_uri.h. */
#include <tools/pool_uri.h>

#include <tools/pen.h>

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static char *put_encoded(char *at, mcp_str s)
{
    static const char DIGITS[] = "0123456789ABCDEF";

    for (size_t i = 0; i < s.len && i < POOL_TYPE_MAX; i++) {
        uint8_t c = (uint8_t)s.ptr[i];

        if (is_unreserved(s.ptr[i])) {
            *at++ = s.ptr[i];
        } else {
            *at++ = '%';
            *at++ = DIGITS[c >> 4];
            *at++ = DIGITS[c & 15];
        }
    }
    return at;
}

mcp_str pool_uri(const uint8_t id[16], mcp_str credit_type, const char *suffix,
                 char out[POOL_URI_BYTES])
{
    char text[NAME_ID_BYTES];
    char *at = pen_put(out, MCP_STR(POOL_URI_ALL));

    at = pen_put(at, name_id_format(id, text));
    if (credit_type.len) {
        *at++ = '/';
        at = put_encoded(at, credit_type);
    }
    at = pen_put(at, mcp_str_c(suffix));
    *at = '\0';
    return mcp_str_n(out, (size_t)(at - out));
}

bool pool_uri_is(mcp_str uri, mcp_str connection, mcp_str credit_type, const char *suffix)
{
    char out[POOL_URI_BYTES];
    uint8_t id[16];

    return credit_type.len <= POOL_TYPE_MAX && name_id_parse(connection, id) &&
           mcp_str_eq(mcp_str_cut(&uri, '?'), pool_uri(id, credit_type, suffix, out));
}
