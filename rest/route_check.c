/* rest/route_check.c - whether a row of the table fits its tool, asked once, at the start. */
#include <mcp/schema.h>
#include <rest/route.h>

#include <stdio.h>

#define EXAMPLE_BYTES_MAX ((size_t)1 << 20)

static bool is_param(mcp_str segment)
{
    return segment.len > 2 && segment.ptr[0] == '{' && segment.ptr[segment.len - 1] == '}';
}

static bool say(char *reterr, size_t n, const struct rest_route *row, const char *what,
                mcp_str name)
{
    snprintf(reterr, n, "route %s: %s \"%.*s\"", row->path, what, MCP_STR_ARG(name));
    return false;
}

static bool in_path(const struct rest_route *row, mcp_str name)
{
    mcp_str rest = mcp_str_c(row->path);

    while (rest.ptr) {
        mcp_str s = mcp_str_cut(&rest, '/');

        if (is_param(s) && mcp_str_eq(mcp_str_n(s.ptr + 1, s.len - 2), name)) {
            return true;
        }
    }
    return false;
}

static bool check_names(const struct rest_route *row, mcp_json properties, char *reterr, size_t n)
{
    mcp_str path = mcp_str_c(row->path);
    mcp_str query = mcp_str_c(row->query);
    mcp_str lists = mcp_str_c(row->lists);
    const char *const others[] = {row->array, row->text, row->header_argument};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        mcp_str name = mcp_str_c(others[i]);

        if (name.len && !mcp_json_present(mcp_json_get(properties, name))) {
            return say(reterr, n, row, "the tool has no argument", name);
        }
    }
    while (path.ptr) {
        mcp_str s = mcp_str_cut(&path, '/');
        mcp_str name = is_param(s) ? mcp_str_n(s.ptr + 1, s.len - 2) : MCP_STR("");

        if (name.len && !mcp_json_present(mcp_json_get(properties, name))) {
            return say(reterr, n, row, "the tool has no argument", name);
        }
    }
    while (query.ptr) {
        mcp_str name = mcp_str_cut(&query, ' ');

        if (!mcp_json_present(mcp_json_get(properties, name))) {
            return say(reterr, n, row, "the tool has no argument", name);
        }
        if (in_path(row, name)) {
            return say(reterr, n, row, "in the path and in the query:", name);
        }
    }
    while (lists.ptr) {
        mcp_str name = mcp_str_cut(&lists, ' ');

        if (!rest_list_has(row->query, name)) {
            return say(reterr, n, row, "a list that is not in the query:", name);
        }
    }
    return true;
}

/* By the body as a whole, or by a header. */
static bool is_given(const struct rest_route *row, mcp_str name)
{
    return (row->body == REST_BODY_TEXT && mcp_str_eq(name, mcp_str_c(row->text))) ||
           (row->header && mcp_str_eq(name, mcp_str_c(row->header_argument)));
}

static bool check_required(const struct rest_route *row, mcp_json required, char *reterr, size_t n)
{
    char name[128];

    for (mcp_json e = mcp_json_first(required); mcp_json_present(e);
         e = mcp_json_next(required, e)) {
        mcp_str raw = mcp_json_raw(e); /* a name of ours: nothing is escaped in it */
        int len = snprintf(name, sizeof(name), "%.*s", (int)raw.len - 2, raw.ptr + 1);
        mcp_str s = mcp_str_n(name, len > 0 ? (size_t)len : 0);

        if (row->body != REST_BODY_MERGED && !in_path(row, s) && !rest_list_has(row->query, s) &&
            !is_given(row, s)) {
            return say(reterr, n, row, "cannot give the required argument", s);
        }
    }
    return true;
}

/* What the document shows must be what the tool says. */
static bool check_example(const struct rest_route *row, const struct mcp_tool *tool, char *reterr,
                          size_t n)
{
    struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    struct mcp_schema_error e = {{0}, {0}, "no memory"};
    struct mcp_schema *schema =
        mcp_schema_new(mcp_str_c(tool->output_schema), &(struct mcp_schema_options){0}, &e);
    struct mcp_arena arena;
    mcp_json example;
    bool is_good;

    mcp_arena_init(&arena, EXAMPLE_BYTES_MAX);
    is_good = schema &&
              mcp_json_read(&arena, mcp_str_c(row->example), &limits, &example, NULL) == MCP_OK &&
              mcp_schema_check(schema, example, &arena, &e);
    mcp_arena_free(&arena);
    mcp_schema_free(schema);
    return is_good ||
           say(reterr, n, row,
               "the example is no result of the tool:", mcp_str_c(e.text[0] ? e.text : "not JSON"));
}

/* A brace is the first or the last byte of a {param}. */
static bool check_braces(const struct rest_route *row, char *reterr, size_t n)
{
    mcp_str path = mcp_str_c(row->path);

    while (path.ptr) {
        mcp_str s = mcp_str_cut(&path, '/');
        mcp_str inside = is_param(s) ? mcp_str_n(s.ptr + 1, s.len - 2) : s;

        if (memchr(inside.ptr, '{', inside.len) || memchr(inside.ptr, '}', inside.len)) {
            return say(reterr, n, row, "a brace that is no {param}:", s);
        }
    }
    return true;
}

static bool check_row(const struct rest_route *row, const struct mcp_server *server, char *reterr,
                      size_t n)
{
    const struct mcp_tool *tool = mcp_server_tool(server, mcp_str_c(row->tool));
    int success = rest_route_success(row);
    mcp_json schema;

    if (row->path[0] != '/') {
        return say(reterr, n, row, "the path does not begin with a slash, tool",
                   mcp_str_c(row->tool));
    }
    if (!check_braces(row, reterr, n)) {
        return false;
    }
    if (!tool) {
        return say(reterr, n, row, "no such tool", mcp_str_c(row->tool));
    }
    if (success < 200 || success > 204 || success == 203) {
        return say(reterr, n, row, "not a success status, tool", mcp_str_c(row->tool));
    }
    if (success != 204 && !tool->output_schema) {
        return say(reterr, n, row, "a body, but no structured result from", mcp_str_c(row->tool));
    }
    if (row->example && success == 204) {
        return say(reterr, n, row, "an example, but no body from", mcp_str_c(row->tool));
    }
    if (row->example && !check_example(row, tool, reterr, n)) {
        return false;
    }
    if (row->array && row->body != REST_BODY_MERGED) {
        return say(reterr, n, row, "an array of no body:", mcp_str_c(row->array));
    }
    if ((row->body == REST_BODY_TEXT) != (row->text != NULL) ||
        !row->header != !row->header_argument) {
        return say(reterr, n, row, "a text or a header that is no argument of",
                   mcp_str_c(row->tool));
    }
    if (row->body != REST_BODY_NONE && row->method == MCP_HTTP_GET) {
        return say(reterr, n, row, "GET with a body, tool", mcp_str_c(row->tool));
    }
    schema = mcp_server_tool_input(server, tool);
    if (mcp_json_bool(mcp_json_get(schema, MCP_STR("additionalProperties")), true)) {
        return say(reterr, n, row, "needs additionalProperties:false in the input schema of",
                   mcp_str_c(row->tool));
    }
    return check_names(row, mcp_json_get(schema, MCP_STR("properties")), reterr, n) &&
           check_required(row, mcp_json_get(schema, MCP_STR("required")), reterr, n);
}

bool rest_routes_check(const struct rest_route *rows, const struct mcp_server *server, char *reterr,
                       size_t reterr_bytes)
{
    for (const struct rest_route *row = rows; row->path; row++) {
        if (!check_row(row, server, reterr, reterr_bytes)) {
            return false;
        }
    }
    return true;
}
