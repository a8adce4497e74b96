/* mcp/schema_pointer.c - JSON Pointers (RFC 6901) into a document, both ways. */
#include <mcp/schema_rule.h>

/* The text of one segment: "~1" is a slash, "~0" a tilde. */
static bool segment_eq(mcp_json key, mcp_str segment)
{
    mcp_str rest = mcp__json_inside(key);

    while (rest.len && segment.len) {
        uint8_t c[4];
        size_t n = mcp__json_next_char(&rest, c), taken = n;
        char escaped[2] = {'~', c[0] == '~' ? '0' : '1'};

        if (c[0] == '~' || c[0] == '/') {
            memcpy(c, escaped, 2);
            taken = 2;
        }
        if (segment.len < taken || memcmp(segment.ptr, c, taken) != 0) {
            return false;
        }
        segment = mcp_str_n(segment.ptr + taken, segment.len - taken);
    }
    return rest.len == 0 && segment.len == 0;
}

static mcp_json step_into(mcp_json v, mcp_str segment)
{
    uint64_t i;

    if (mcp_json_type(v) == MCP_JSON_ARRAY) {
        bool is_index =
            mcp_str_uint(segment, UINT32_MAX, &i) && (segment.len == 1 || segment.ptr[0] != '0');

        return is_index ? mcp_json_at(v, (size_t)i) : (mcp_json){0};
    }
    if (mcp_json_type(v) == MCP_JSON_OBJECT) {
        for (mcp_json e = mcp_json_first(v); mcp_json_present(e); e = mcp_json_next(v, e)) {
            if (segment_eq(mcp_json_key(e), segment)) {
                return e;
            }
        }
    }
    return (mcp_json){0};
}

mcp_json mcp__pointer_get(mcp_json root, mcp_str pointer)
{
    if (pointer.len == 0) {
        return root;
    }
    if (pointer.ptr[0] != '/') {
        return (mcp_json){0};
    }
    mcp_str rest = mcp_str_n(pointer.ptr + 1, pointer.len - 1);

    while (mcp_json_present(root) && rest.ptr) {
        root = step_into(root, mcp_str_cut(&rest, '/'));
    }
    return root;
}

/* Append "/" and the key's text to out[0..*len]; false when it does not fit with its NUL. */
static bool add_key(mcp_json key, char *out, size_t size, size_t *len)
{
    mcp_str rest = mcp__json_inside(key);
    size_t n = *len;

    if (n + 2 > size) {
        return false;
    }
    out[n++] = '/';
    while (rest.len) {
        uint8_t c[4];
        size_t taken = mcp__json_next_char(&rest, c);

        if (c[0] == '~' || c[0] == '/') {
            c[1] = c[0] == '~' ? '0' : '1';
            c[0] = '~';
            taken = 2;
        }
        if (n + taken + 1 > size) {
            return false;
        }
        memcpy(out + n, c, taken);
        n += taken;
    }
    *len = n;
    return true;
}

static bool add_index(size_t i, char *out, size_t size, size_t *len)
{
    char digits[24];
    size_t n = sizeof(digits);

    do {
        digits[--n] = (char)('0' + i % 10);
        i /= 10;
    } while (i);
    digits[--n] = '/';
    if (*len + sizeof(digits) - n + 1 > size) {
        return false;
    }
    memcpy(out + *len, digits + n, sizeof(digits) - n);
    *len += sizeof(digits) - n;
    return true;
}

/* The child of `v` whose subtree holds `target`; absent when v itself, or one of its keys. */
static mcp_json child_towards(mcp_json v, mcp_json target, size_t *ret_i)
{
    *ret_i = 0;
    for (mcp_json e = mcp_json_first(v); mcp_json_present(e); e = mcp_json_next(v, e)) {
        if (target.node >= e.node && target.node < e.node + e.node->skip) {
            return e;
        }
        ++*ret_i;
    }
    return (mcp_json){0};
}

void mcp__pointer_to(mcp_json root, mcp_json v, char *out, size_t size)
{
    size_t len = 0, i;

    while (mcp_json_present(v) && root.node != v.node) {
        mcp_json child = child_towards(root, v, &i);
        bool fits = mcp_json_present(child) && (mcp_json_type(root) == MCP_JSON_OBJECT
                                                    ? add_key(mcp_json_key(child), out, size, &len)
                                                    : add_index(i, out, size, &len));

        if (!fits) {
            break;
        }
        root = child;
    }
    out[len] = '\0';
}
