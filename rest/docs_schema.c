/* rest/docs_schema.c - schemas on the page: types, bounds, fields, examples. */
#include <rest/docs_part.h>

enum { TYPE_DEPTH_MAX = 4, EXAMPLE_DEPTH_MAX = 12, EXAMPLE_BYTES_MAX = 16384 };

/* ---- Types ----------------------------------------------------------------------------------- */

static void put_type(struct rest__page *p, mcp_json schema, int depth);

static void put_alternatives(struct rest__page *p, mcp_json list, int depth)
{
    for (mcp_json e = mcp_json_first(list); mcp_json_present(e);) {
        put_type(p, e, depth + 1);
        e = mcp_json_next(list, e);
        if (mcp_json_present(e)) {
            REST__HTML(p, " or ");
        }
    }
}

/* One word of `type`; an array says of what. */
static void put_word(struct rest__page *p, mcp_json schema, mcp_json word, int depth)
{
    mcp_json items = mcp_json_get(schema, MCP_STR("items"));

    rest__html_text(p, rest__page_str(p, word));
    if (mcp_json_str_eq(word, MCP_STR("array")) && mcp_json_present(items)) {
        REST__HTML(p, " of ");
        put_type(p, items, depth + 1);
    }
}

static void put_types(struct rest__page *p, mcp_json schema, mcp_json types, int depth)
{
    if (mcp_json_type(types) == MCP_JSON_STRING) {
        put_word(p, schema, types, depth);
        return;
    }
    for (mcp_json t = mcp_json_first(types); mcp_json_present(t);) {
        put_word(p, schema, t, depth);
        t = mcp_json_next(types, t);
        if (mcp_json_present(t)) {
            REST__HTML(p, " or ");
        }
    }
}

static void put_type(struct rest__page *p, mcp_json schema, int depth)
{
    static const char *const LISTS[] = {"anyOf", "oneOf", "allOf"};
    mcp_json s = rest__page_follow(p, schema);
    mcp_json types = mcp_json_get(s, MCP_STR("type"));

    if (depth > TYPE_DEPTH_MAX) {
        REST__HTML(p, "...");
        return;
    }
    if (mcp_json_present(types)) {
        put_types(p, s, types, depth);
        return;
    }
    for (size_t i = 0; i < sizeof(LISTS) / sizeof(LISTS[0]); i++) {
        mcp_json list = mcp_json_get(s, mcp_str_c(LISTS[i]));

        if (mcp_json_count(list)) {
            put_alternatives(p, list, depth);
            return;
        }
    }
    if (!mcp_json_present(mcp_json_get(s, MCP_STR("enum")))) {
        REST__HTML(p, "anything");
    }
}

void rest__docs_type(struct rest__page *p, mcp_json schema)
{
    put_type(p, schema, 0);
}

/* ---- What else is said ----------------------------------------------------------------------- */

static const struct {
    const char *keyword, *before, *after;
} BOUNDS[] = {
    {"minLength", "at least ", " characters"},
    {"maxLength", "at most ", " characters"},
    {"minimum", "at least ", ""},
    {"maximum", "at most ", ""},
    {"exclusiveMinimum", "above ", ""},
    {"exclusiveMaximum", "below ", ""},
    {"multipleOf", "a multiple of ", ""},
    {"minItems", "at least ", " items"},
    {"maxItems", "at most ", " items"},
    {"format", "format ", ""},
    {"pattern", "pattern ", ""},
    {"default", "default ", ""},
    {"const", "always ", ""},
};

static void put_bounds(struct rest__page *p, mcp_json schema)
{
    bool is_first = true;

    for (size_t i = 0; i < sizeof(BOUNDS) / sizeof(BOUNDS[0]); i++) {
        mcp_json v = mcp_json_get(schema, mcp_str_c(BOUNDS[i].keyword));
        bool is_text = mcp_json_type(v) == MCP_JSON_STRING;

        if (mcp_json_present(v)) {
            mcp_buf_add(p->out, is_first ? MCP_STR("<span class=\"bounds\">") : MCP_STR(", "));
            mcp_buf_add_c(p->out, BOUNDS[i].before);
            rest__html_text(p, is_text ? rest__page_str(p, v) : mcp_json_raw(v));
            mcp_buf_add_c(p->out, BOUNDS[i].after);
            is_first = false;
        }
    }
    if (!is_first) {
        REST__HTML(p, "</span>");
    }
}

static void put_choices(struct rest__page *p, mcp_json list)
{
    if (mcp_json_count(list) == 0) {
        return;
    }
    REST__HTML(p, "<span class=\"choices\">one of");
    for (mcp_json e = mcp_json_first(list); mcp_json_present(e); e = mcp_json_next(list, e)) {
        bool is_text = mcp_json_type(e) == MCP_JSON_STRING;

        REST__HTML(p, " <code>");
        rest__html_text(p, is_text ? rest__page_str(p, e) : mcp_json_raw(e));
        REST__HTML(p, "</code>");
    }
    REST__HTML(p, "</span>");
}

void rest__docs_about(struct rest__page *p, mcp_json schema)
{
    mcp_json s = rest__page_follow(p, schema);

    if (mcp_json_present(mcp_json_get(s, MCP_STR("description")))) {
        REST__HTML(p, "<span class=\"words\">");
        rest__html_member(p, s, "description");
        REST__HTML(p, "</span>");
    }
    put_bounds(p, s);
    put_choices(p, mcp_json_get(s, MCP_STR("enum")));
}

/* ---- Fields ---------------------------------------------------------------------------------- */

static void put_fields(struct rest__page *p, mcp_json schema, bool is_input, int depth);

static bool is_required(mcp_json schema, mcp_str name)
{
    mcp_json list = mcp_json_get(schema, MCP_STR("required"));

    for (mcp_json e = mcp_json_first(list); mcp_json_present(e); e = mcp_json_next(list, e)) {
        if (mcp_json_str_eq(e, name)) {
            return true;
        }
    }
    return false;
}

static void put_field(struct rest__page *p, mcp_json schema, mcp_json property, bool is_input,
                      int depth)
{
    mcp_str name = rest__page_str(p, mcp_json_key(property));
    bool is_needed = is_required(schema, name);

    REST__HTML(p, "<div><dt><code>");
    rest__html_text(p, name);
    REST__HTML(p, "</code> <span class=\"type\">");
    rest__docs_type(p, property);
    REST__HTML(p, "</span>");
    if (is_needed == is_input) {
        mcp_buf_add(p->out, is_input ? MCP_STR(" <span class=\"must\">required</span>")
                                     : MCP_STR(" <span class=\"may\">optional</span>"));
    }
    REST__HTML(p, "</dt><dd>");
    rest__docs_about(p, property);
    put_fields(p, property, is_input, depth + 1);
    REST__HTML(p, "</dd></div>\n");
}

/* A schema that holds itself is said once. */
static bool is_within(struct rest__page *p, mcp_json s, int depth)
{
    for (int i = 0; i < depth; i++) {
        if (p->within[i].node == s.node) {
            return true;
        }
    }
    p->within[depth] = s;
    return false;
}

static void put_fields(struct rest__page *p, mcp_json schema, bool is_input, int depth)
{
    static const char *const LISTS[] = {"anyOf", "oneOf", "allOf"};
    mcp_json s = rest__page_follow(p, schema);
    mcp_json properties = mcp_json_get(s, MCP_STR("properties"));

    if (depth > REST__FIELDS_DEPTH_MAX || p->out->failed || mcp_json_type(s) != MCP_JSON_OBJECT ||
        is_within(p, s, depth)) {
        return;
    }
    if (mcp_json_count(properties)) {
        REST__HTML(p, "<dl class=\"fields\">\n");
        for (mcp_json e = mcp_json_first(properties); mcp_json_present(e);
             e = mcp_json_next(properties, e)) {
            put_field(p, s, e, is_input, depth);
        }
        REST__HTML(p, "</dl>\n");
    }
    put_fields(p, mcp_json_get(s, MCP_STR("items")), is_input, depth + 1);
    for (size_t i = 0; i < sizeof(LISTS) / sizeof(LISTS[0]); i++) {
        mcp_json list = mcp_json_get(s, mcp_str_c(LISTS[i]));

        for (mcp_json e = mcp_json_first(list); mcp_json_present(e); e = mcp_json_next(list, e)) {
            put_fields(p, e, is_input, depth + 1);
        }
    }
}

void rest__docs_fields(struct rest__page *p, mcp_json schema, bool is_input)
{
    put_fields(p, schema, is_input, 0);
}

/* ---- Examples -------------------------------------------------------------------------------- */

mcp_json rest__docs_given_example(struct rest__page *p, mcp_json schema)
{
    mcp_json s = rest__page_follow(p, schema);
    const mcp_json given[] = {
        mcp_json_at(mcp_json_get(s, MCP_STR("examples")), 0),
        mcp_json_get(s, MCP_STR("const")),
        mcp_json_at(mcp_json_get(s, MCP_STR("enum")), 0),
        mcp_json_get(s, MCP_STR("default")),
    };

    for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
        if (mcp_json_present(given[i])) {
            return given[i];
        }
    }
    return (mcp_json){NULL, NULL};
}

static void put_example(struct rest__page *p, mcp_json schema, struct mcp_json_writer *w,
                        int depth);

/* What is required, and what has an example. */
static void put_example_object(struct rest__page *p, mcp_json s, struct mcp_json_writer *w,
                               int depth)
{
    mcp_json properties = mcp_json_get(s, MCP_STR("properties"));

    mcp_json_object(w);
    for (mcp_json e = mcp_json_first(properties); mcp_json_present(e);
         e = mcp_json_next(properties, e)) {
        mcp_str name = rest__page_str(p, mcp_json_key(e));

        if (is_required(s, name) || mcp_json_present(rest__docs_given_example(p, e))) {
            mcp_json_put_key(w, name);
            put_example(p, e, w, depth + 1);
        }
    }
    mcp_json_object_end(w);
}

static void put_example(struct rest__page *p, mcp_json schema, struct mcp_json_writer *w, int depth)
{
    mcp_json s = rest__page_follow(p, schema);
    mcp_json given = rest__docs_given_example(p, s);
    mcp_json type = mcp_json_get(s, MCP_STR("type"));

    type = mcp_json_type(type) == MCP_JSON_ARRAY ? mcp_json_at(type, 0) : type;
    if (mcp_json_present(given)) {
        mcp_json_put_raw(w, mcp_json_raw(given));
    } else if (depth > EXAMPLE_DEPTH_MAX || w->out->len > EXAMPLE_BYTES_MAX) {
        mcp_json_put_null(w);
    } else if (mcp_json_str_eq(type, MCP_STR("object"))) {
        put_example_object(p, s, w, depth);
    } else if (mcp_json_str_eq(type, MCP_STR("array"))) {
        mcp_json_array(w);
        put_example(p, mcp_json_get(s, MCP_STR("items")), w, depth + 1);
        mcp_json_array_end(w);
    } else if (mcp_json_str_eq(type, MCP_STR("string"))) {
        mcp_json_put_str(w, MCP_STR("..."));
    } else if (mcp_json_str_eq(type, MCP_STR("boolean"))) {
        mcp_json_put_bool(w, true);
    } else if (mcp_json_present(mcp_json_get(s, MCP_STR("minimum")))) {
        mcp_json_put_raw(w, mcp_json_raw(mcp_json_get(s, MCP_STR("minimum"))));
    } else if (mcp_json_str_eq(type, MCP_STR("integer")) ||
               mcp_json_str_eq(type, MCP_STR("number"))) {
        mcp_json_put_int(w, 1);
    } else {
        mcp_json_put_null(w);
    }
}

void rest__docs_example(struct rest__page *p, mcp_json schema, struct mcp_json_writer *w)
{
    put_example(p, schema, w, 0);
}
