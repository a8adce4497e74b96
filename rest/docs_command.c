/* rest/docs_command.c - a command line that tries an operation, made from its examples. */
#include <rest/docs_part.h>

enum { COMMAND_BYTES_MAX = 32768 };

static bool is_mutating(mcp_json operation)
{
    return !mcp_json_str_eq(mcp_json_key(operation), MCP_STR("get"));
}

bool rest__docs_needs_token(mcp_json operation)
{
    return mcp_json_count(mcp_json_get(operation, MCP_STR("security"))) > 0;
}

static void add_escaped(struct mcp_buf *out, mcp_str s)
{
    static const char HEX[] = "0123456789ABCDEF", KEPT[] = "-._~,:@";

    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        bool is_kept = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       memchr(KEPT, c, sizeof(KEPT) - 1);

        if (is_kept) {
            mcp_buf_byte(out, (char)c);
        } else {
            mcp_buf_byte(out, '%');
            mcp_buf_byte(out, HEX[c >> 4]);
            mcp_buf_byte(out, HEX[c & 15]);
        }
    }
}

/* The example of a parameter as its text; ptr NULL: it has none. */
static mcp_str example_of(struct rest__page *p, mcp_json parameter)
{
    mcp_json given = rest__docs_given_example(p, mcp_json_get(parameter, MCP_STR("schema")));

    if (!mcp_json_present(given)) {
        return mcp_str_n(NULL, 0);
    }
    return mcp_json_type(given) == MCP_JSON_STRING ? rest__page_str(p, given) : mcp_json_raw(given);
}

static mcp_json find_parameter(struct rest__page *p, mcp_json operation, const char *where,
                               mcp_str name)
{
    mcp_json list = mcp_json_get(operation, MCP_STR("parameters"));

    for (mcp_json e = mcp_json_first(list); mcp_json_present(e); e = mcp_json_next(list, e)) {
        mcp_json parameter = rest__page_follow(p, e);

        if (mcp_json_str_eq(mcp_json_get(parameter, MCP_STR("in")), mcp_str_c(where)) &&
            mcp_json_str_eq(mcp_json_get(parameter, MCP_STR("name")), name)) {
            return parameter;
        }
    }
    return (mcp_json){NULL, NULL};
}

/* The path with its examples filled in, and what the query has examples for. */
static void add_target(struct rest__page *p, mcp_json path, mcp_json operation, struct mcp_buf *out)
{
    mcp_json list = mcp_json_get(operation, MCP_STR("parameters"));
    mcp_str rest = rest__page_str(p, mcp_json_key(path));
    char mark = '?';

    mcp_str_cut(&rest, '/');
    while (rest.ptr) {
        mcp_str s = mcp_str_cut(&rest, '/');
        mcp_str inner = s.len > 2 ? mcp_str_n(s.ptr + 1, s.len - 2) : MCP_STR("");
        mcp_str example = example_of(p, find_parameter(p, operation, "path", inner));

        mcp_buf_byte(out, '/');
        if (s.len > 2 && s.ptr[0] == '{' && example.ptr) {
            add_escaped(out, example);
        } else {
            mcp_buf_add(out, s);
        }
    }
    for (mcp_json e = mcp_json_first(list); mcp_json_present(e); e = mcp_json_next(list, e)) {
        mcp_json parameter = rest__page_follow(p, e);
        mcp_str example = example_of(p, parameter);

        if (example.ptr &&
            mcp_json_str_eq(mcp_json_get(parameter, MCP_STR("in")), MCP_STR("query"))) {
            mcp_buf_byte(out, mark);
            add_escaped(out, rest__page_str(p, mcp_json_get(parameter, MCP_STR("name"))));
            mcp_buf_byte(out, '=');
            add_escaped(out, example);
            mark = '&';
        }
    }
}

mcp_json rest__docs_body_schema(struct rest__page *p, mcp_json operation)
{
    mcp_json body = rest__page_follow(p, mcp_json_get(operation, MCP_STR("requestBody")));
    mcp_json content = mcp_json_get(body, MCP_STR("content"));

    return mcp_json_get(mcp_json_get(content, MCP_STR("application/json")), MCP_STR("schema"));
}

/* In single quotes for a shell. */
static void add_quoted(struct mcp_buf *out, mcp_str s)
{
    mcp_buf_byte(out, '\'');
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '\'') {
            mcp_buf_add(out, MCP_STR("'\\''"));
        } else {
            mcp_buf_byte(out, s.ptr[i]);
        }
    }
    mcp_buf_byte(out, '\'');
}

static void add_body(struct rest__page *p, mcp_json schema, struct mcp_buf *out)
{
    struct mcp_json_writer w;
    struct mcp_buf body;

    mcp_buf_init(&body, COMMAND_BYTES_MAX);
    mcp_json_writer_init(&w, &body);
    rest__docs_example(p, schema, &w);
    mcp_buf_add(out, MCP_STR(" \\\n  -H 'Content-Type: application/json' \\\n  -d "));
    add_quoted(out, mcp_buf_str(&body));
    mcp_buf_free(&body);
}

void rest__docs_command(struct rest__page *p, mcp_json path, mcp_json operation)
{
    mcp_str method = rest__page_str(p, mcp_json_key(operation));
    mcp_json schema = rest__docs_body_schema(p, operation);
    struct mcp_buf text;

    mcp_buf_init(&text, COMMAND_BYTES_MAX);
    mcp_buf_add(&text, MCP_STR("curl "));
    if (is_mutating(operation)) {
        mcp_buf_add(&text, MCP_STR("-X "));
        for (size_t i = 0; i < method.len; i++) {
            mcp_buf_byte(&text, (char)(method.ptr[i] & ~0x20)); /* one of METHODS */
        }
        mcp_buf_byte(&text, ' ');
    }
    mcp_buf_add(&text, MCP_STR("\"$SERVER"));
    add_target(p, path, operation, &text);
    mcp_buf_byte(&text, '"');
    if (rest__docs_needs_token(operation)) {
        mcp_buf_add(&text, MCP_STR(" \\\n  -H \"Authorization: Bearer $TOKEN\""));
    }
    if (mcp_json_present(schema)) {
        add_body(p, schema, &text);
    }
    REST__HTML(p, "<pre tabindex=\"0\"><code>");
    rest__html_text(p, mcp_buf_str(&text));
    REST__HTML(p, "</code></pre>\n");
    mcp_buf_free(&text);
}
