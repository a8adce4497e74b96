/* mcp/schema_keyword.c - the table of keywords, and how each one's value becomes a rule. */
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
    if (r->named.at && r->named.n > MCP__NAMED_FEW) {
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
    if (!r->format && !c->opt->allow_unknown) {
        return mcp__bad_schema(c, r->value, "format", "unknown format %.*s",
                               MCP_STR_ARG(mcp_json_raw(r->value)));
    }
    if (c->opt->annotate_formats &&
        !(r->in->resource->vocabularies & MCP__VOCAB_FORMAT_ASSERTION)) {
        r->format = NULL;
    }
    return true;
}

/* An absolute or relative URI; an empty fragment is allowed. */
static bool identifier(struct mcp__compile *c, struct mcp__rule *r)
{
    if (!string(c, r)) {
        return false;
    }
    mcp_str fragment = text_of(c, r->value);

    mcp_str_cut(&fragment, '#');
    return fragment.len == 0 || wrong(c, r, "must not have a fragment");
}

static bool anchor(struct mcp__compile *c, struct mcp__rule *r)
{
    if (!string(c, r)) {
        return false;
    }
    mcp_str text = text_of(c, r->value);
    bool is_good = text.len > 0;

    for (size_t i = 0; is_good && i < text.len; i++) {
        char at = text.ptr[i];
        bool is_letter = (at >= 'a' && at <= 'z') || (at >= 'A' && at <= 'Z') || at == '_';

        is_good = is_letter || (i > 0 && at && strchr("0123456789-.", at));
    }
    return is_good || wrong(c, r, "must be a letter or _, then letters, digits, - _ .");
}

static bool fill_dependency(struct mcp__compile *c, const struct mcp__rule *r, mcp_json member,
                            struct mcp__named *ret)
{
    return mcp_json_type(member) == MCP_JSON_ARRAY ? fill_names(c, r, member, ret)
                                                   : fill_sub(c, r, member, ret);
}

static bool dependencies(struct mcp__compile *c, struct mcp__rule *r)
{
    return named_map(c, r, fill_dependency);
}

static bool vocabulary(struct mcp__compile *c, struct mcp__rule *r)
{
    bool is_good = mcp_json_type(r->value) == MCP_JSON_OBJECT;

    for (mcp_json e = mcp_json_first(r->value); is_good && mcp_json_present(e);
         e = mcp_json_next(r->value, e)) {
        is_good = mcp_json_type(e) == MCP_JSON_BOOL;
    }
    return is_good || wrong(c, r, "must be an object of booleans");
}

#define ROW(name, compile, check, role, vocabulary)                                                \
    {                                                                                              \
        MCP_STR_INIT(name), compile, check, MCP__ROLE_##role, MCP__VOCAB_##vocabulary              \
    }
static const struct mcp__keyword KEYWORDS[] = {
    ROW("type", type, mcp__check_type, DATA, VALIDATION),
    ROW("properties", sub_map, mcp__check_properties, SUB_MAP, APPLICATOR),
    ROW("required", strings, mcp__check_required, DATA, VALIDATION),
    ROW("additionalProperties", one_sub, mcp__check_additional_properties, SUB, APPLICATOR),
    ROW("items", one_sub, mcp__check_items, SUB, APPLICATOR),
    ROW("description", string, NULL, DATA, META_DATA),
    ROW("title", string, NULL, DATA, META_DATA),
    ROW("enum", choices, mcp__check_enum, DATA, VALIDATION),
    ROW("const", annotation, mcp__check_const, DATA, VALIDATION),
    ROW("$ref", mcp__compile_ref, mcp__check_ref, DATA, CORE),
    ROW("$dynamicRef", mcp__compile_dynamic_ref, mcp__check_dynamic_ref, DATA, CORE),
    ROW("minimum", number, mcp__check_minimum, DATA, VALIDATION),
    ROW("maximum", number, mcp__check_maximum, DATA, VALIDATION),
    ROW("exclusiveMinimum", number, mcp__check_exclusive_minimum, DATA, VALIDATION),
    ROW("exclusiveMaximum", number, mcp__check_exclusive_maximum, DATA, VALIDATION),
    ROW("multipleOf", divisor, mcp__check_multiple_of, DATA, VALIDATION),
    ROW("minLength", count, mcp__check_min_length, DATA, VALIDATION),
    ROW("maxLength", count, mcp__check_max_length, DATA, VALIDATION),
    ROW("pattern", pattern, mcp__check_pattern, DATA, VALIDATION),
    ROW("format", format, mcp__check_format, DATA, FORMAT),
    ROW("minItems", count, mcp__check_min_items, DATA, VALIDATION),
    ROW("maxItems", count, mcp__check_max_items, DATA, VALIDATION),
    ROW("uniqueItems", flag, mcp__check_unique_items, DATA, VALIDATION),
    ROW("prefixItems", sub_list, mcp__check_prefix_items, SUB_LIST, APPLICATOR),
    ROW("contains", one_sub, mcp__check_contains, SUB, APPLICATOR),
    ROW("minContains", count, NULL, DATA, VALIDATION),
    ROW("maxContains", count, NULL, DATA, VALIDATION),
    ROW("minProperties", count, mcp__check_min_properties, DATA, VALIDATION),
    ROW("maxProperties", count, mcp__check_max_properties, DATA, VALIDATION),
    ROW("patternProperties", pattern_map, mcp__check_pattern_properties, SUB_MAP, APPLICATOR),
    ROW("propertyNames", one_sub, mcp__check_property_names, SUB, APPLICATOR),
    ROW("dependentRequired", names_map, mcp__check_dependent_required, DATA, VALIDATION),
    ROW("dependentSchemas", sub_map, mcp__check_dependent_schemas, SUB_MAP, APPLICATOR),
    ROW("dependencies", dependencies, mcp__check_dependencies, SUB_MAP,
        APPLICATOR), /* the name in drafts before 2019-09 */
    ROW("allOf", sub_list, mcp__check_all_of, SUB_LIST, APPLICATOR),
    ROW("anyOf", sub_list, mcp__check_any_of, SUB_LIST, APPLICATOR),
    ROW("oneOf", sub_list, mcp__check_one_of, SUB_LIST, APPLICATOR),
    ROW("not", one_sub, mcp__check_not, SUB, APPLICATOR),
    ROW("if", one_sub, mcp__check_if, SUB, APPLICATOR),
    ROW("then", one_sub, NULL, SUB, APPLICATOR),
    ROW("else", one_sub, NULL, SUB, APPLICATOR),
    ROW("unevaluatedProperties", one_sub, mcp__check_unevaluated_properties, SUB, UNEVALUATED),
    ROW("unevaluatedItems", one_sub, mcp__check_unevaluated_items, SUB, UNEVALUATED),
    ROW("$defs", sub_map, NULL, SUB_MAP, CORE),
    ROW("definitions", sub_map, NULL, SUB_MAP, CORE), /* the name in drafts before 2019-09 */
    ROW("$schema", mcp__compile_dialect, NULL, DATA, CORE),
    ROW("$id", identifier, NULL, DATA, CORE),
    ROW("$anchor", anchor, NULL, DATA, CORE),
    ROW("$dynamicAnchor", anchor, NULL, DATA, CORE),
    ROW("$comment", string, NULL, DATA, CORE),
    ROW("$vocabulary", vocabulary, NULL, DATA, CORE),
    ROW("default", annotation, NULL, DATA, META_DATA),
    ROW("examples", choices, NULL, DATA, META_DATA),
    ROW("deprecated", flag, NULL, DATA, META_DATA),
    ROW("readOnly", flag, NULL, DATA, META_DATA),
    ROW("writeOnly", flag, NULL, DATA, META_DATA),
    ROW("contentEncoding", string, NULL, DATA, CONTENT),
    ROW("contentMediaType", string, NULL, DATA, CONTENT),
    ROW("contentSchema", one_sub, NULL, SUB, CONTENT),
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
