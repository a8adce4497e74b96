/* rest/openapi_schema.c - schemas of tools inside the document, and schemas told from samples. */
#include <rest/openapi_part.h>
#include <rest/problem.h>

enum { DEPTH_MAX = 48, SAMPLE_BYTES_MAX = 65536 };

enum place { PLACE_DATA, PLACE_SCHEMA, PLACE_LIST, PLACE_MAP, PLACE_REF, PLACE_UNFIT };

/* Where a keyword holds further schemas (JSON Schema 2020-12 core 8, 10, 11), and what would mean
 * something else in another document. */
static const struct {
    mcp_str keyword;
    enum place place;
} PLACES[] = {
    {MCP_STR_INIT("$ref"), PLACE_REF},
    {MCP_STR_INIT("$id"), PLACE_UNFIT},
    {MCP_STR_INIT("$anchor"), PLACE_UNFIT},
    {MCP_STR_INIT("$dynamicRef"), PLACE_UNFIT},
    {MCP_STR_INIT("$dynamicAnchor"), PLACE_UNFIT},
    {MCP_STR_INIT("$defs"), PLACE_MAP},
    {MCP_STR_INIT("properties"), PLACE_MAP},
    {MCP_STR_INIT("patternProperties"), PLACE_MAP},
    {MCP_STR_INIT("dependentSchemas"), PLACE_MAP},
    {MCP_STR_INIT("allOf"), PLACE_LIST},
    {MCP_STR_INIT("anyOf"), PLACE_LIST},
    {MCP_STR_INIT("oneOf"), PLACE_LIST},
    {MCP_STR_INIT("prefixItems"), PLACE_LIST},
    {MCP_STR_INIT("not"), PLACE_SCHEMA},
    {MCP_STR_INIT("if"), PLACE_SCHEMA},
    {MCP_STR_INIT("then"), PLACE_SCHEMA},
    {MCP_STR_INIT("else"), PLACE_SCHEMA},
    {MCP_STR_INIT("items"), PLACE_SCHEMA},
    {MCP_STR_INIT("contains"), PLACE_SCHEMA},
    {MCP_STR_INIT("propertyNames"), PLACE_SCHEMA},
    {MCP_STR_INIT("additionalProperties"), PLACE_SCHEMA},
    {MCP_STR_INIT("unevaluatedItems"), PLACE_SCHEMA},
    {MCP_STR_INIT("unevaluatedProperties"), PLACE_SCHEMA},
    {MCP_STR_INIT("contentSchema"), PLACE_SCHEMA},
};

static enum place place_of(mcp_json key)
{
    for (size_t i = 0; i < sizeof(PLACES) / sizeof(PLACES[0]); i++) {
        if (mcp_json_str_eq(key, PLACES[i].keyword)) {
            return PLACES[i].place;
        }
    }
    return PLACE_DATA;
}

static void unfit(struct rest__openapi *d, mcp_str keyword)
{
    if (!d->keyword) {
        d->keyword = mcp_arena_dup(d->arena, keyword).ptr;
    }
    mcp_json_put_null(&d->w);
}

static void put_ref(struct rest__openapi *d, mcp_json ref, const char *base)
{
    mcp_str to = mcp_json_str(ref, d->arena, MCP_STR(""));

    if (mcp_str_eq(to, MCP_STR("#")) || mcp_str_starts(to, MCP_STR("#/"))) {
        mcp_json_put_str(&d->w,
                         mcp_arena_printf(d->arena, "%s%.*s", base, (int)to.len - 1, to.ptr + 1));
    } else {
        unfit(d, MCP_STR("a $ref that leads out of it"));
    }
}

static void put_keyword(struct rest__openapi *d, mcp_json value, const char *base)
{
    enum place place = place_of(mcp_json_key(value));

    if (place == PLACE_SCHEMA) {
        rest__openapi_schema(d, value, base, NULL);
    } else if (place == PLACE_REF) {
        put_ref(d, value, base);
    } else if (place == PLACE_UNFIT) {
        unfit(d, mcp_json_str(mcp_json_key(value), d->arena, MCP_STR("")));
    } else if (place == PLACE_LIST && mcp_json_type(value) == MCP_JSON_ARRAY) {
        mcp_json_array(&d->w);
        for (mcp_json e = mcp_json_first(value); mcp_json_present(e); e = mcp_json_next(value, e)) {
            rest__openapi_schema(d, e, base, NULL);
        }
        mcp_json_array_end(&d->w);
    } else if (place == PLACE_MAP && mcp_json_type(value) == MCP_JSON_OBJECT) {
        mcp_json_object(&d->w);
        for (mcp_json e = mcp_json_first(value); mcp_json_present(e); e = mcp_json_next(value, e)) {
            mcp_json_put_key(&d->w, mcp_json_str(mcp_json_key(e), d->arena, MCP_STR("")));
            rest__openapi_schema(d, e, base, NULL);
        }
        mcp_json_object_end(&d->w);
    } else {
        mcp_json_put_raw(&d->w, mcp_json_raw(value));
    }
}

void rest__openapi_schema(struct rest__openapi *d, mcp_json schema, const char *base,
                          const char *skip)
{
    mcp_str raw = mcp_json_raw(schema);

    if (mcp_json_type(schema) != MCP_JSON_OBJECT ||
        (!skip && !mcp_str_has_nocase(raw, MCP_STR("\"$")))) {
        mcp_json_put_raw(&d->w, raw);
        return;
    }
    if (d->w.depth > DEPTH_MAX) {
        unfit(d, MCP_STR("its depth"));
        return;
    }
    mcp_json_object(&d->w);
    for (mcp_json e = mcp_json_first(schema); mcp_json_present(e); e = mcp_json_next(schema, e)) {
        mcp_str key = mcp_json_str(mcp_json_key(e), d->arena, MCP_STR(""));

        if (!rest_list_has(skip, key)) {
            mcp_json_put_key(&d->w, key);
            put_keyword(d, e, base);
        }
    }
    mcp_json_object_end(&d->w);
}

/* ---- From samples ---------------------------------------------------------------------------- */

static void put_sample(struct rest__openapi *d, mcp_json sample, mcp_json least);

static void put_sample_members(struct rest__openapi *d, mcp_json sample, mcp_json least)
{
    mcp_json_put_key(&d->w, MCP_STR("required"));
    mcp_json_array(&d->w);
    for (mcp_json e = mcp_json_first(least); mcp_json_present(e); e = mcp_json_next(least, e)) {
        mcp_json_put_raw(&d->w, mcp_json_raw(mcp_json_key(e)));
    }
    mcp_json_array_end(&d->w);
    mcp_json_put_key(&d->w, MCP_STR("properties"));
    mcp_json_object(&d->w);
    for (mcp_json e = mcp_json_first(sample); mcp_json_present(e); e = mcp_json_next(sample, e)) {
        mcp_str name = mcp_json_str(mcp_json_key(e), d->arena, MCP_STR(""));

        mcp_json_put_key(&d->w, name);
        put_sample(d, e, mcp_json_get(least, name));
    }
    mcp_json_object_end(&d->w);
}

/* The schema that `sample` tells of: the types it has. Required is what `least`, a smaller sample
 * of the same, has too. */
static void put_sample(struct rest__openapi *d, mcp_json sample, mcp_json least)
{
    int64_t n;
    bool is_integer = mcp_json_int(sample, &n);

    mcp_json_object(&d->w);
    mcp_json_member_str(
        &d->w, MCP_STR("type"),
        mcp_str_c(is_integer ? "integer" : mcp_json_type_name(mcp_json_type(sample))));
    if (mcp_json_type(sample) == MCP_JSON_OBJECT) {
        put_sample_members(d, sample, least);
    }
    mcp_json_object_end(&d->w);
}

/* ---- components/schemas ---------------------------------------------------------------------- */

const char *rest__openapi_base(struct rest__openapi *d, const struct mcp_tool *tool,
                               const char *which)
{
    return mcp_arena_printf(d->arena, "#/components/schemas/%s_%s", tool->name, which).ptr;
}

static void put_name(struct rest__openapi *d, const char *of, const char *which)
{
    mcp_json_put_key(&d->w, mcp_arena_printf(d->arena, "%s_%s", of, which));
}

static void put_result(struct rest__openapi *d, const struct mcp_tool *tool)
{
    d->what = d->keyword ? d->what : tool->name;
    put_name(d, tool->name, "result");
    rest__openapi_schema(d, mcp_server_tool_output(d->server, tool),
                         rest__openapi_base(d, tool, "result"), NULL);
}

/* Only when something refers into them. */
static void put_arguments(struct rest__openapi *d, const struct mcp_tool *tool)
{
    mcp_json input = mcp_server_tool_input(d->server, tool);

    d->what = d->keyword ? d->what : tool->name;
    if (mcp_str_has_nocase(mcp_json_raw(input), MCP_STR("\"$ref\""))) {
        put_name(d, tool->name, "arguments");
        rest__openapi_schema(d, input, rest__openapi_base(d, tool, "arguments"), NULL);
    }
}

/* Read what was written as a sample, and release it: what is written is the source of what is
 * said about it. */
static mcp_json read_sample(struct rest__openapi *d, struct mcp_buf *written)
{
    struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    mcp_str text = mcp_arena_dup(d->arena, mcp_buf_str(written));
    mcp_json sample = {NULL, NULL};

    if (written->failed || mcp_json_read(d->arena, text, &limits, &sample, NULL)) {
        d->w.out->failed = true;
    }
    mcp_buf_free(written);
    return sample;
}

static mcp_json surface_sample(struct rest__openapi *d, const struct rest_surface *surface,
                               const char *code)
{
    struct mcp_json_writer w;
    struct mcp_buf written;

    mcp_buf_init(&written, SAMPLE_BYTES_MAX);
    mcp_json_writer_init(&w, &written);
    surface->error(&w, &(struct rest_said){mcp_str_c(code), MCP_STR("message"), MCP_STR("")});
    return read_sample(d, &written);
}

static void put_surface(struct rest__openapi *d, const struct rest_surface *surface)
{
    const char *hinted = surface->hints ? surface->hints->code : "code";

    put_name(d, surface->name, "error");
    /* A code with a hint has a member more. */
    put_sample(d, surface_sample(d, surface, hinted), surface_sample(d, surface, "code"));
}

static mcp_json problem_sample(struct rest__openapi *d, int status)
{
    struct mcp_json_writer w;
    struct mcp_buf written;

    mcp_buf_init(&written, SAMPLE_BYTES_MAX);
    mcp_json_writer_init(&w, &written);
    rest_problem_write(&w, status, MCP_STR("code"), MCP_STR("message"));
    return read_sample(d, &written);
}

static void put_problem(struct rest__openapi *d)
{
    mcp_json_put_key(&d->w, MCP_STR("problem"));
    put_sample(d, problem_sample(d, 429), problem_sample(d, 404)); /* 429 has a member more */
}

/* What a row before this one has brought already. */
enum { BROUGHT_TOOL = 1, BROUGHT_RESULT = 2, BROUGHT_SURFACE = 4 };

static unsigned brought_before(const struct rest_route *rows, const struct rest_route *row)
{
    unsigned brought = 0;

    for (const struct rest_route *r = rows; r < row; r++) {
        if (strcmp(r->tool, row->tool) == 0) {
            brought |= BROUGHT_TOOL | (rest_route_success(r) != 204 ? BROUGHT_RESULT : 0u);
        }
        if (rest_route_surface(r) == rest_route_surface(row)) {
            brought |= BROUGHT_SURFACE;
        }
    }
    return brought;
}

void rest__openapi_schemas(struct rest__openapi *d)
{
    const struct rest_route *rows = d->opt->routes;
    bool has_plain = false;

    mcp_json_put_key(&d->w, MCP_STR("schemas"));
    mcp_json_object(&d->w);
    for (const struct rest_route *row = rows; row->path; row++) {
        const struct mcp_tool *tool = mcp_server_tool(d->server, mcp_str_c(row->tool));
        unsigned brought = brought_before(rows, row);

        if (!(brought & BROUGHT_TOOL)) {
            put_arguments(d, tool);
        }
        if (!(brought & BROUGHT_RESULT) && rest_route_success(row) != 204) {
            put_result(d, tool);
        }
        if (!(brought & BROUGHT_SURFACE)) {
            put_surface(d, rest_route_surface(row));
        }
        has_plain = has_plain || rest_route_surface(row) == &rest_surface_plain;
    }
    if (!has_plain) {
        put_surface(d, &rest_surface_plain); /* of the pages */
    }
    put_problem(d);
    mcp_json_object_end(&d->w);
}
