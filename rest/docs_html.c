/* rest/docs_html.c - text on the page, and finding it in the document. */
#include <rest/docs_part.h>

enum { FOLLOW_MAX = 8, INDENT_MAX = 32 };

void rest__html_text(struct rest__page *p, mcp_str text)
{
    size_t from = 0;

    for (size_t i = 0; i < text.len; i++) {
        const char *said = NULL;

        switch (text.ptr[i]) {
        case '&':
            said = "&amp;";
            break;
        case '<':
            said = "&lt;";
            break;
        case '>':
            said = "&gt;";
            break;
        case '"':
            said = "&quot;";
            break;
        case '\'':
            said = "&#39;";
            break;
        case '\0':
            said = "\xef\xbf\xbd"; /* HTML 13.2.5.1: a NUL is no character of a document */
            break;
        default:
            continue;
        }
        mcp_buf_add(p->out, mcp_str_n(text.ptr + from, i - from));
        mcp_buf_add_c(p->out, said);
        from = i + 1;
    }
    if (from < text.len) {
        mcp_buf_add(p->out, mcp_str_n(text.ptr + from, text.len - from));
    }
}

mcp_str rest__page_str(struct rest__page *p, mcp_json v)
{
    return mcp_json_str(v, p->arena, MCP_STR(""));
}

void rest__html_member(struct rest__page *p, mcp_json object, const char *name)
{
    rest__html_text(p, rest__page_str(p, mcp_json_get(object, mcp_str_c(name))));
}

/* ---- JSON, indented -------------------------------------------------------------------------- */

static void put_indent(struct rest__page *p, int depth)
{
    REST__HTML(p, "\n");
    for (int i = 0; i < depth; i++) {
        REST__HTML(p, "  ");
    }
}

static void put_json(struct rest__page *p, mcp_json v, int depth)
{
    enum mcp_json_type type = mcp_json_type(v);
    bool is_object = type == MCP_JSON_OBJECT;

    if ((type != MCP_JSON_ARRAY && !is_object) || mcp_json_count(v) == 0 || depth > INDENT_MAX) {
        rest__html_text(p, mcp_json_raw(v));
        return;
    }
    mcp_buf_byte(p->out, is_object ? '{' : '[');
    for (mcp_json e = mcp_json_first(v); mcp_json_present(e);) {
        put_indent(p, depth + 1);
        if (is_object) {
            rest__html_text(p, mcp_json_raw(mcp_json_key(e)));
            REST__HTML(p, ": ");
        }
        put_json(p, e, depth + 1);
        e = mcp_json_next(v, e);
        if (mcp_json_present(e)) {
            REST__HTML(p, ",");
        }
    }
    put_indent(p, depth);
    mcp_buf_byte(p->out, is_object ? '}' : ']');
}

void rest__html_json(struct rest__page *p, mcp_json value)
{
    put_json(p, value, 0);
}

/* ---- References ------------------------------------------------------------------------------ */

/* RFC 6901 4: "~1" is '/', "~0" is '~'. */
static mcp_str unescape(struct rest__page *p, mcp_str token)
{
    mcp_str copy = mcp_arena_dup(p->arena, token);
    char *to = mcp_arena_raw(p->arena, token.len + 1, 1);
    size_t n = 0;

    for (size_t i = 0; to && i < copy.len; i++) {
        bool is_escape = copy.ptr[i] == '~' && i + 1 < copy.len &&
                         (copy.ptr[i + 1] == '0' || copy.ptr[i + 1] == '1');

        to[n++] = !is_escape ? copy.ptr[i] : copy.ptr[i + 1] == '1' ? '/' : '~';
        i += is_escape;
    }
    return mcp_str_n(to, to ? n : 0);
}

static mcp_json at_pointer(struct rest__page *p, mcp_str pointer)
{
    mcp_json v = p->document;

    mcp_str_cut(&pointer, '/');
    while (pointer.ptr) {
        mcp_str token = unescape(p, mcp_str_cut(&pointer, '/'));
        uint64_t i;

        v = mcp_json_type(v) == MCP_JSON_ARRAY && mcp_str_uint(token, 1 << 20, &i)
                ? mcp_json_at(v, (size_t)i)
                : mcp_json_get(v, token);
    }
    return v;
}

mcp_json rest__page_follow(struct rest__page *p, mcp_json v)
{
    for (int i = 0; i < FOLLOW_MAX; i++) {
        mcp_json ref = mcp_json_get(v, MCP_STR("$ref"));

        if (mcp_json_type(ref) != MCP_JSON_STRING) {
            return v;
        }
        mcp_str to = rest__page_str(p, ref);

        v = mcp_str_starts(to, MCP_STR("#")) ? at_pointer(p, to) : (mcp_json){NULL, NULL};
    }
    return (mcp_json){NULL, NULL};
}
