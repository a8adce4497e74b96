/* mcp/schema_keyword.c - the table of keywords, and how each one's value becomes a rule. */
#include <mcp/json_scan.h>
#include <mcp/schema_rule.h>

static bool wrong(struct mcp__compile *c, const struct mcp__rule *r, const char *must)
{
    return mcp__bad_schema(c, r->value, r->keyword->name.ptr, "%s", must);
}

static void *new_array(struct mcp__compile *c, size_t size, size_t n)
{
    return mcp_arena_array(&c->schema->arena, size, n ? n : 1, 16);
}

static mcp_str text_of(struct mcp__compile *c, mcp_json v)
{
    return mcp_json_str(v, &c->schema->arena, MCP_STR(""));
}

static bool annotation(struct mcp__compile *c, struct mcp__rule *r)
{
    (void)c;
    (void)r;
    return true;
}

static bool string(struct mcp__compile *c, struct mcp__rule *r)
{
    return mcp_json_type(r->value) == MCP_JSON_STRING || wrong(c, r, "must be a string");
}

static bool count(struct mcp__compile *c, struct mcp__rule *r)
{
    int64_t n;

    if (!mcp_json_int(r->value, &n) || n < 0) {
        return wrong(c, r, "must be an integer of at least 0");
    }
    r->count = (uint64_t)n;
    return true;
}

static bool number(struct mcp__compile *c, struct mcp__rule *r)
{
    if (mcp_json_type(r->value) != MCP_JSON_NUMBER) {
        return wrong(c, r, "must be a number");
    }
    r->number = mcp__decimal_read(mcp_json_raw(r->value));
    return true;
}

static bool divisor(struct mcp__compile *c, struct mcp__rule *r)
{
    if (!number(c, r)) {
        return false;
    }
    if (r->number.count == 0 || r->number.is_negative || r->number.count > 18) {
        return wrong(c, r, "must be above 0 and have at most 18 digits");
    }
    return true;
}

static bool flag(struct mcp__compile *c, struct mcp__rule *r)
{
    r->flag = mcp_json_bool(r->value, false);
    return mcp_json_type(r->value) == MCP_JSON_BOOL || wrong(c, r, "must be a boolean");
}

static unsigned type_bit(mcp_json name)
{
    static const mcp_str NAMES[] = {MCP_STR_INIT("null"),    MCP_STR_INIT("boolean"),
                                    MCP_STR_INIT("integer"), MCP_STR_INIT("number"),
                                    MCP_STR_INIT("string"),  MCP_STR_INIT("array"),
                                    MCP_STR_INIT("object")};

    for (unsigned i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if (mcp_json_str_eq(name, NAMES[i])) {
            return 1u << i;
        }
    }
    return 0;
}

static bool type(struct mcp__compile *c, struct mcp__rule *r)
{
    mcp_json e = mcp_json_first(r->value);

    r->types = type_bit(r->value);
    for (; mcp_json_type(r->value) == MCP_JSON_ARRAY && mcp_json_present(e);
         e = mcp_json_next(r->value, e)) {
        unsigned bit = type_bit(e);

        if (!bit || (r->types & bit)) {
            return wrong(c, r, "must name each type once");
        }
        r->types |= bit;
    }
    return r->types || wrong(c, r, "must be a type or an array of types");
}

static bool values(struct mcp__compile *c, struct mcp__rule *r)
{
    return (mcp_json_type(r->value) == MCP_JSON_ARRAY && mcp_json_count(r->value)) ||
           wrong(c, r, "must be an array of at least one schema");
}

static bool choices(struct mcp__compile *c, struct mcp__rule *r)
{
    return mcp_json_type(r->value) == MCP_JSON_ARRAY || wrong(c, r, "must be an array");
}

/* The strings of an array, unescaped; NULL after an error. */
static const mcp_str *string_list(struct mcp__compile *c, const struct mcp__rule *r, mcp_json list)
{
    mcp_str *names = new_array(c, sizeof(*names), mcp_json_count(list));
    size_t n = 0;

    if (mcp_json_type(list) != MCP_JSON_ARRAY) {
        wrong(c, r, "must be an array of strings");
        return NULL;
    }
    for (mcp_json e = mcp_json_first(list); names && mcp_json_present(e);
         e = mcp_json_next(list, e)) {
        if (mcp_json_type(e) != MCP_JSON_STRING) {
            wrong(c, r, "must be an array of strings");
            return NULL;
        }
        names[n++] = text_of(c, e);
    }
    return names;
}

static bool strings(struct mcp__compile *c, struct mcp__rule *r)
{
    r->names.at = string_list(c, r, r->value);
    r->names.n = mcp_json_count(r->value);
    return r->names.at != NULL;
}

static bool one_sub(struct mcp__compile *c, struct mcp__rule *r)
{
    r->sub = mcp__sub_at(c, r->value);
    return r->sub != NULL;
}

static bool sub_list(struct mcp__compile *c, struct mcp__rule *r)
{
    if (!values(c, r)) {
        return false;
    }
    r->subs.at = new_array(c, sizeof(*r->subs.at), mcp_json_count(r->value));
    for (mcp_json e = mcp_json_first(r->value); r->subs.at && mcp_json_present(e);
         e = mcp_json_next(r->value, e)) {
        struct mcp__sub *sub = mcp__sub_at(c, e);

        if (!sub) {
            return false;
        }
        r->subs.at[r->subs.n++] = sub;
    }
    return r->subs.at != NULL;
}

/* Shell's sort: no memory, and quick enough for the members of one object. */
static void sort_named(struct mcp__named *at, size_t n)
{
    for (size_t gap = n / 2; gap > 0; gap /= 2) {
        for (size_t i = gap; i < n; i++) {
            struct mcp__named moving = at[i];
            size_t j = i;

            for (; j >= gap && mcp__json_str_cmp(at[j - gap].key, moving.key) > 0; j -= gap) {
                at[j] = at[j - gap];
            }
            at[j] = moving;
        }
    }
}

typedef bool named_fn(struct mcp__compile *c, const struct mcp__rule *r, mcp_json member,
                      struct mcp__named *ret);

static bool named_map(struct mcp__compile *c, struct mcp__rule *r, named_fn *fill)
{
    if (mcp_json_type(r->value) != MCP_JSON_OBJECT) {
        return wrong(c, r, "must be an object");
    }
    r->named.at = new_array(c, sizeof(*r->named.at), mcp_json_count(r->value));
    for (mcp_json e = mcp_json_first(r->value); r->named.at && mcp_json_present(e);
         e = mcp_json_next(r->value, e)) {
        struct mcp__named *member = &r->named.at[r->named.n++];

        member->key = mcp_json_key(e);
        if (!fill(c, r, e, member)) {
            return false;
        }
    }
    if (r->named.at) {
        sort_named(r->named.at, r->named.n);
    }
    return r->named.at != NULL;
}

static bool fill_sub(struct mcp__compile *c, const struct mcp__rule *r, mcp_json member,
                     struct mcp__named *ret)
{
    (void)r;
    ret->sub = mcp__sub_at(c, member);
    return ret->sub != NULL;
}

static bool fill_names(struct mcp__compile *c, const struct mcp__rule *r, mcp_json member,
                       struct mcp__named *ret)
{
    ret->names = string_list(c, r, member);
    ret->n_names = mcp_json_count(member);
    return ret->names != NULL;
}

static const struct mcp__pattern *new_pattern(struct mcp__compile *c, const struct mcp__rule *r,
                                              mcp_json text)
{
    const char *why;
    const struct mcp__pattern *p = mcp__pattern_new(&c->schema->arena, text_of(c, text), &why);

    if (!p && why) {
        mcp__bad_schema(c, r->value, r->keyword->name.ptr, "%.*s %s",
                        MCP_STR_ARG(mcp_json_raw(text)), why);
    }
    return p;
}

static bool fill_pattern(struct mcp__compile *c, const struct mcp__rule *r, mcp_json member,
                         struct mcp__named *ret)
{
    ret->pattern = new_pattern(c, r, mcp_json_key(member));
    return ret->pattern && fill_sub(c, r, member, ret);
}

static bool sub_map(struct mcp__compile *c, struct mcp__rule *r)
{
    return named_map(c, r, fill_sub);
}

static bool pattern_map(struct mcp__compile *c, struct mcp__rule *r)
{
    return named_map(c, r, fill_pattern);
}

static bool names_map(struct mcp__compile *c, struct mcp__rule *r)
{
    return named_map(c, r, fill_names);
}

static bool pattern(struct mcp__compile *c, struct mcp__rule *r)
{
    if (!string(c, r)) {
        return false;
    }
    r->pattern = new_pattern(c, r, r->value);
    return r->pattern != NULL;
}

static bool format(struct mcp__compile *c, struct mcp__rule *r)
{
    if (!string(c, r)) {
        return false;
    }
    r->format = mcp__format_find(r->value);
    return r->format || c->allow_unknown ||
           mcp__bad_schema(c, r->value, "format", "unknown format %.*s",
                           MCP_STR_ARG(mcp_json_raw(r->value)));
}

static bool dialect(struct mcp__compile *c, struct mcp__rule *r)
{
    return c->allow_unknown ||
           mcp_json_str_eq(r->value, MCP_STR("https://json-schema.org/draft/2020-12/schema")) ||
           mcp_json_str_eq(r->value, MCP_STR("https://json-schema.org/draft/2020-12/schema#")) ||
           wrong(c, r, "must be https://json-schema.org/draft/2020-12/schema");
}

/* An identifier below the root would change what the references around it mean. */
static bool identifier(struct mcp__compile *c, struct mcp__rule *r)
{
    if (!string(c, r)) {
        return false;
    }
    return r->in->json.node == c->schema->root.node ||
           wrong(c, r, "must stand at the root of the schema");
}

/* "%2F" undone; NULL ptr when a '%' is not followed by two hex digits. */
static mcp_str percent_decoded(struct mcp_arena *arena, mcp_str s)
{
    char *out = mcp_arena_raw(arena, s.len + 1, 1);
    size_t n = 0;

    for (size_t i = 0; out && i < s.len; i++) {
        char c = s.ptr[i];

        if (c == '%') {
            unsigned high = i + 2 < s.len ? mcp__hex((uint8_t)s.ptr[i + 1]) : 16;
            unsigned low = i + 2 < s.len ? mcp__hex((uint8_t)s.ptr[i + 2]) : 16;

            if (high > 15 || low > 15) {
                return mcp_str_n(NULL, 0);
            }
            c = (char)(high << 4 | low);
            i += 2;
        }
        out[n++] = c;
    }
    return mcp_str_n(out, n);
}

/* The value whose "$anchor" is `name`. */
static mcp_json anchor_get(mcp_json root, mcp_str name)
{
    for (size_t i = 0; i < root.node->skip; i++) {
        mcp_json v = {root.doc, root.node + i};

        if (mcp_json_type(v) == MCP_JSON_OBJECT &&
            mcp_json_str_eq(mcp_json_get(v, MCP_STR("$anchor")), name)) {
            return v;
        }
    }
    return (mcp_json){0};
}

static bool ref(struct mcp__compile *c, struct mcp__rule *r)
{
    mcp_json root = c->schema->root, target;

    if (!string(c, r)) {
        return false;
    }
    mcp_str text = text_of(c, r->value);

    if (text.len == 0 || text.ptr[0] != '#') {
        return wrong(c, r, "must be a reference inside the document, beginning with #");
    }
    mcp_str fragment = percent_decoded(&c->schema->arena, mcp_str_n(text.ptr + 1, text.len - 1));
    bool is_pointer = fragment.len == 0 || fragment.ptr[0] == '/';

    target = !fragment.ptr ? (mcp_json){0}
             : is_pointer  ? mcp__pointer_get(root, fragment)
                           : anchor_get(root, fragment);
    if (!mcp_json_present(target)) {
        return mcp__bad_schema(c, r->value, "$ref", "%.*s leads nowhere",
                               MCP_STR_ARG(mcp_json_raw(r->value)));
    }
    r->sub = mcp__sub_at(c, target);
    return r->sub != NULL;
}

#define ROW(name, compile, check)                                                                  \
    {                                                                                              \
        MCP_STR_INIT(name), compile, check                                                         \
    }
static const struct mcp__keyword KEYWORDS[] = {
    ROW("type", type, mcp__check_type),
    ROW("properties", sub_map, mcp__check_properties),
    ROW("required", strings, mcp__check_required),
    ROW("additionalProperties", one_sub, mcp__check_additional_properties),
    ROW("items", one_sub, mcp__check_items),
    ROW("description", string, NULL),
    ROW("title", string, NULL),
    ROW("enum", choices, mcp__check_enum),
    ROW("const", annotation, mcp__check_const),
    ROW("$ref", ref, mcp__check_ref),
    ROW("minimum", number, mcp__check_minimum),
    ROW("maximum", number, mcp__check_maximum),
    ROW("exclusiveMinimum", number, mcp__check_exclusive_minimum),
    ROW("exclusiveMaximum", number, mcp__check_exclusive_maximum),
    ROW("multipleOf", divisor, mcp__check_multiple_of),
    ROW("minLength", count, mcp__check_min_length),
    ROW("maxLength", count, mcp__check_max_length),
    ROW("pattern", pattern, mcp__check_pattern),
    ROW("format", format, mcp__check_format),
    ROW("minItems", count, mcp__check_min_items),
    ROW("maxItems", count, mcp__check_max_items),
    ROW("uniqueItems", flag, mcp__check_unique_items),
    ROW("prefixItems", sub_list, mcp__check_prefix_items),
    ROW("contains", one_sub, mcp__check_contains),
    ROW("minContains", count, NULL),
    ROW("maxContains", count, NULL),
    ROW("minProperties", count, mcp__check_min_properties),
    ROW("maxProperties", count, mcp__check_max_properties),
    ROW("patternProperties", pattern_map, mcp__check_pattern_properties),
    ROW("propertyNames", one_sub, mcp__check_property_names),
    ROW("dependentRequired", names_map, mcp__check_dependent_required),
    ROW("dependentSchemas", sub_map, mcp__check_dependent_schemas),
    ROW("allOf", sub_list, mcp__check_all_of),
    ROW("anyOf", sub_list, mcp__check_any_of),
    ROW("oneOf", sub_list, mcp__check_one_of),
    ROW("not", one_sub, mcp__check_not),
    ROW("if", one_sub, mcp__check_if),
    ROW("then", one_sub, NULL),
    ROW("else", one_sub, NULL),
    ROW("$defs", sub_map, NULL),
    ROW("definitions", sub_map, NULL), /* the name in drafts before 2019-09 */
    ROW("$schema", dialect, NULL),
    ROW("$id", identifier, NULL),
    ROW("$anchor", string, NULL),
    ROW("$comment", string, NULL),
    ROW("default", annotation, NULL),
    ROW("examples", annotation, NULL),
    ROW("deprecated", annotation, NULL),
    ROW("readOnly", annotation, NULL),
    ROW("writeOnly", annotation, NULL),
};

const struct mcp__keyword *mcp__keyword_find(mcp_json key)
{
    for (size_t i = 0; i < sizeof(KEYWORDS) / sizeof(KEYWORDS[0]); i++) {
        if (mcp_json_str_eq(key, KEYWORDS[i].name)) {
            return &KEYWORDS[i];
        }
    }
    return NULL;
}
