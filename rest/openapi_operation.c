/* rest/openapi_operation.c - one row as an operation: arguments split the way rest/args.c joins
 * them. */
#include <rest/openapi_part.h>

static bool in_path(const struct rest_route *row, mcp_str name)
{
    mcp_str rest = mcp_str_c(row->path);

    while (rest.ptr) {
        mcp_str s = mcp_str_cut(&rest, '/');

        if (s.len == name.len + 2 && s.ptr[0] == '{' &&
            mcp_str_eq(mcp_str_n(s.ptr + 1, name.len), name)) {
            return true;
        }
    }
    return false;
}

static bool is_required(mcp_json schema, mcp_str name)
{
    mcp_json required = mcp_json_get(schema, MCP_STR("required"));

    for (mcp_json e = mcp_json_first(required); mcp_json_present(e);
         e = mcp_json_next(required, e)) {
        if (mcp_json_str_eq(e, name)) {
            return true;
        }
    }
    return false;
}

/* True when mcp_tool_put_argument() reads the text of this property as JSON, and not as a scalar:
 * an array or object that is no string. */
static bool is_json_text(mcp_json property)
{
    mcp_json types = mcp_json_get(property, MCP_STR("type"));
    bool is_json = false;

    if (mcp_json_type(types) == MCP_JSON_STRING) {
        return mcp_json_str_eq(types, MCP_STR("array")) ||
               mcp_json_str_eq(types, MCP_STR("object"));
    }
    for (mcp_json t = mcp_json_first(types); mcp_json_present(t); t = mcp_json_next(types, t)) {
        if (mcp_json_str_eq(t, MCP_STR("string"))) {
            return false;
        }
        is_json = is_json || mcp_json_str_eq(t, MCP_STR("array")) ||
                  mcp_json_str_eq(t, MCP_STR("object"));
    }
    return is_json;
}

/* ---- Parameters ------------------------------------------------------------------------------ */

static void put_parameter_schema(struct rest__openapi *d, const struct rest_route *row,
                                 const struct mcp_tool *tool, mcp_json property, mcp_str name)
{
    struct mcp_json_writer *w = &d->w;
    const char *base = rest__openapi_base(d, tool, "arguments");
    bool is_list = rest_list_has(row->lists, name);

    if (is_list) {
        mcp_json_member_str(w, MCP_STR("style"), MCP_STR("form"));
        mcp_json_member_bool(w, MCP_STR("explode"), false);
    }
    if (is_json_text(property) && !is_list) {
        mcp_json_put_key(w, MCP_STR("content"));
        mcp_json_object(w);
        mcp_json_put_key(w, MCP_STR("application/json"));
        mcp_json_object(w);
        mcp_json_put_key(w, MCP_STR("schema"));
        rest__openapi_schema(d, property, base, "description");
        mcp_json_object_end(w);
        mcp_json_object_end(w);
    } else {
        mcp_json_put_key(w, MCP_STR("schema"));
        rest__openapi_schema(d, property, base, "description");
    }
}

enum place { IN_PATH, IN_QUERY, IN_HEADER };

static void put_parameter(struct rest__openapi *d, const struct rest_route *row,
                          const struct mcp_tool *tool, mcp_str name, enum place place)
{
    static const mcp_str PLACES[] = {MCP_STR_INIT("path"), MCP_STR_INIT("query"),
                                     MCP_STR_INIT("header")};
    mcp_json schema = mcp_server_tool_input(d->server, tool);
    mcp_json property = mcp_json_get(mcp_json_get(schema, MCP_STR("properties")), name);
    mcp_json description = mcp_json_get(property, MCP_STR("description"));
    struct mcp_json_writer *w = &d->w;

    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("name"), place == IN_HEADER ? mcp_str_c(row->header) : name);
    mcp_json_member_str(w, MCP_STR("in"), PLACES[place]);
    if (place == IN_PATH || is_required(schema, name)) {
        mcp_json_member_bool(w, MCP_STR("required"), true);
    }
    if (mcp_json_present(description)) {
        mcp_json_member_raw(w, MCP_STR("description"), mcp_json_raw(description));
    }
    put_parameter_schema(d, row, tool, property, name);
    mcp_json_object_end(w);
}

static void put_parameters(struct rest__openapi *d, const struct rest_route *row,
                           const struct mcp_tool *tool)
{
    mcp_str path = mcp_str_c(row->path);
    mcp_str query = mcp_str_c(row->query);

    mcp_json_put_key(&d->w, MCP_STR("parameters"));
    mcp_json_array(&d->w);
    while (path.ptr) {
        mcp_str s = mcp_str_cut(&path, '/');

        if (s.len > 2 && s.ptr[0] == '{') {
            put_parameter(d, row, tool, mcp_str_n(s.ptr + 1, s.len - 2), IN_PATH);
        }
    }
    while (query.ptr) {
        put_parameter(d, row, tool, mcp_str_cut(&query, ' '), IN_QUERY);
    }
    if (row->header) {
        put_parameter(d, row, tool, mcp_str_c(row->header_argument), IN_HEADER);
    }
    mcp_json_array_end(&d->w);
}

/* ---- Body ------------------------------------------------------------------------------------ */

static bool is_elsewhere(const struct rest_route *row, mcp_str name)
{
    return in_path(row, name) || rest_list_has(row->query, name);
}

/* The items of a body that may be an array, and how many. */
static void put_items_of(struct rest__openapi *d, mcp_json array, const char *base)
{
    static const mcp_str BOUNDS[] = {MCP_STR_INIT("minItems"), MCP_STR_INIT("maxItems")};

    mcp_json items = mcp_json_get(array, MCP_STR("items"));

    if (mcp_json_present(items)) {
        mcp_json_put_key(&d->w, MCP_STR("items"));
        rest__openapi_schema(d, items, base, NULL);
    }
    for (size_t i = 0; i < sizeof(BOUNDS) / sizeof(BOUNDS[0]); i++) {
        mcp_json bound = mcp_json_get(array, BOUNDS[i]);

        if (mcp_json_present(bound)) {
            mcp_json_member_raw(&d->w, BOUNDS[i], mcp_json_raw(bound));
        }
    }
}

/* What path and query leave of the input schema. Keywords that tie several arguments together
 * are not carried over: half of what they speak of is not here. */
static void put_rest_of(struct rest__openapi *d, const struct rest_route *row, mcp_json schema,
                        const char *base)
{
    mcp_json properties = mcp_json_get(schema, MCP_STR("properties"));
    mcp_json required = mcp_json_get(schema, MCP_STR("required"));
    struct mcp_json_writer *w = &d->w;

    mcp_json_object(w);
    if (row->array) {
        mcp_json_member_raw(w, MCP_STR("type"), MCP_STR("[\"object\",\"array\"]"));
        put_items_of(d, mcp_json_get(properties, mcp_str_c(row->array)), base);
    } else {
        mcp_json_member_str(w, MCP_STR("type"), MCP_STR("object"));
    }
    mcp_json_put_key(w, MCP_STR("required"));
    mcp_json_array(w);
    for (mcp_json e = mcp_json_first(required); mcp_json_present(e);
         e = mcp_json_next(required, e)) {
        if (!is_elsewhere(row, mcp_json_str(e, d->arena, MCP_STR("")))) {
            mcp_json_put_raw(w, mcp_json_raw(e));
        }
    }
    mcp_json_array_end(w);
    mcp_json_put_key(w, MCP_STR("properties"));
    mcp_json_object(w);
    for (mcp_json e = mcp_json_first(properties); mcp_json_present(e);
         e = mcp_json_next(properties, e)) {
        mcp_str name = mcp_json_str(mcp_json_key(e), d->arena, MCP_STR(""));

        if (!is_elsewhere(row, name)) {
            mcp_json_put_key(w, name);
            rest__openapi_schema(d, e, base, NULL);
        }
    }
    mcp_json_object_end(w);
    mcp_json_member_bool(w, MCP_STR("additionalProperties"), false);
    mcp_json_object_end(w);
}

/* An object that somebody else describes. */
static void put_any(struct mcp_json_writer *w, mcp_json schema, const struct rest_route *row)
{
    mcp_json property =
        mcp_json_get(mcp_json_get(schema, MCP_STR("properties")), mcp_str_c(row->text));
    mcp_json description = mcp_json_get(property, MCP_STR("description"));

    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("type"), MCP_STR("object"));
    if (mcp_json_present(description)) {
        mcp_json_member_raw(w, MCP_STR("description"), mcp_json_raw(description));
    }
    mcp_json_object_end(w);
}

static void put_body(struct rest__openapi *d, const struct rest_route *row,
                     const struct mcp_tool *tool)
{
    mcp_json schema = mcp_server_tool_input(d->server, tool);
    const char *base = rest__openapi_base(d, tool, "arguments");
    struct mcp_json_writer *w = &d->w;

    mcp_json_put_key(w, MCP_STR("requestBody"));
    mcp_json_object(w);
    mcp_json_member_bool(w, MCP_STR("required"), row->method != MCP_HTTP_DELETE);
    mcp_json_put_key(w, MCP_STR("content"));
    mcp_json_object(w);
    mcp_json_put_key(w, MCP_STR("application/json"));
    mcp_json_object(w);
    mcp_json_put_key(w, MCP_STR("schema"));
    if (row->body == REST_BODY_TEXT) {
        put_any(w, schema, row);
    } else if (row->query || row->array || strchr(row->path, '{')) {
        put_rest_of(d, row, schema, base);
    } else {
        rest__openapi_schema(d, schema, base, NULL);
    }
    mcp_json_object_end(w);
    mcp_json_object_end(w);
    mcp_json_object_end(w);
}

/* ---- The operation --------------------------------------------------------------------------- */

static const char *const METHODS[] = {
    [MCP_HTTP_GET] = "get",     [MCP_HTTP_POST] = "post",     [MCP_HTTP_PUT] = "put",
    [MCP_HTTP_PATCH] = "patch", [MCP_HTTP_DELETE] = "delete",
};

/* The tool's name; further rows of the tool say the method, too, and a third of the same says
 * which. */
static mcp_str id_of(struct rest__openapi *d, const struct rest_route *row)
{
    int n_tool = 0, n_method = 1;

    for (const struct rest_route *r = d->opt->routes; r < row; r++) {
        if (strcmp(r->tool, row->tool) == 0) {
            n_tool++;
            n_method += r->method == row->method;
        }
    }
    if (n_tool == 0) {
        return mcp_str_c(row->tool);
    }
    return n_method == 1
               ? mcp_arena_printf(d->arena, "%s.%s", row->tool, METHODS[row->method])
               : mcp_arena_printf(d->arena, "%s.%s.%d", row->tool, METHODS[row->method], n_method);
}

/* RFC 6750 scopes of an http scheme are the roles of OpenAPI 3.1 "Security Requirement Object". */
static void put_scheme(struct rest__openapi *d, mcp_str scheme, const char *scope)
{
    struct mcp_json_writer *w = &d->w;

    mcp_json_object(w);
    mcp_json_put_key(w, scheme);
    mcp_json_array(w);
    if (scope) {
        mcp_json_put_str(w, mcp_str_c(scope));
    }
    mcp_json_array_end(w);
    mcp_json_object_end(w);
}

static void put_security(struct rest__openapi *d, enum rest_asker asker, const char *scope,
                         const char *cookie)
{
    bool is_asked = !d->opt->is_open && asker != REST_ASKER_ANYBODY;

    mcp_json_put_key(&d->w, MCP_STR("security"));
    mcp_json_array(&d->w);
    if (is_asked && asker != REST_ASKER_SESSION) {
        put_scheme(d, MCP_STR("bearer"), scope);
    }
    if (is_asked && asker != REST_ASKER_TOKEN) {
        put_scheme(d, MCP_STR("session"), scope);
        d->has_session = true;
    }
    if (is_asked && cookie) {
        put_scheme(d, rest__openapi_cookie(d, cookie), NULL);
    }
    mcp_json_array_end(&d->w);
}

static void put_words(struct mcp_json_writer *w, mcp_str id, const char *title,
                      const char *description, const char *tag)
{
    mcp_json_member_str(w, MCP_STR("operationId"), id);
    mcp_json_member_str(w, MCP_STR("summary"), mcp_str_c(title));
    mcp_json_member_str(w, MCP_STR("description"), mcp_str_c(description));
    mcp_json_put_key(w, MCP_STR("tags"));
    mcp_json_array(w);
    mcp_json_put_str(w, mcp_str_c(tag));
    mcp_json_array_end(w);
}

static void put_tool(struct mcp_json_writer *w, const struct mcp_tool *tool)
{
    mcp_json_put_key(w, MCP_STR("x-mcp-tool"));
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("name"), mcp_str_c(tool->name));
    mcp_json_member_bool(w, MCP_STR("listed"), !tool->is_hidden);
    mcp_json_member_bool(w, MCP_STR("readOnlyHint"), (tool->hints & MCP_READ_ONLY) != 0);
    mcp_json_member_bool(w, MCP_STR("destructiveHint"), (tool->hints & MCP_DESTRUCTIVE) != 0);
    mcp_json_member_bool(w, MCP_STR("idempotentHint"), (tool->hints & MCP_IDEMPOTENT) != 0);
    mcp_json_member_bool(w, MCP_STR("openWorldHint"), (tool->hints & MCP_OPEN_WORLD) != 0);
    mcp_json_object_end(w);
}

void rest__openapi_operation(struct rest__openapi *d, const struct rest_route *row)
{
    const struct mcp_tool *tool = mcp_server_tool(d->server, mcp_str_c(row->tool));
    struct mcp_json_writer *w = &d->w;

    d->what = d->keyword ? d->what : tool->name;
    mcp_json_put_key(w, mcp_str_c(METHODS[row->method]));
    mcp_json_object(w);
    put_words(w, id_of(d, row), tool->title ? tool->title : tool->name, tool->description,
              rest_route_surface(row)->name);
    put_security(d, row->asker, tool->scope, rest_route_cookie(row, d->opt));
    if (row->query || row->header || strchr(row->path, '{')) {
        put_parameters(d, row, tool);
    }
    if (row->body != REST_BODY_NONE) {
        put_body(d, row, tool);
    }
    rest__openapi_answers(d, row, tool);
    put_tool(w, tool);
    mcp_json_object_end(w);
}

void rest__openapi_page(struct rest__openapi *d, const struct rest_page *page)
{
    const struct mcp_tool *tool =
        page->tool ? mcp_server_tool(d->server, mcp_str_c(page->tool)) : NULL;
    struct mcp_json_writer *w = &d->w;

    mcp_json_put_key(w, mcp_str_c(page->path));
    mcp_json_object(w);
    mcp_json_put_key(w, MCP_STR("get"));
    mcp_json_object(w);
    put_words(w, mcp_str_c(page->name), page->title, page->description, REST__PAGES_TAG);
    if (page->surface) {
        put_security(d, REST_ASKER_SESSION, "account", page->surface->cookie);
    } else if (tool) {
        put_security(d, REST_ASKER_TOKEN, tool->scope, page->takes_cookie ? d->opt->cookie : NULL);
    } else {
        mcp_json_member_raw(w, MCP_STR("security"), MCP_STR("[]"));
    }
    rest__openapi_page_answers(d, page, tool);
    mcp_json_object_end(w);
    mcp_json_object_end(w);
}
