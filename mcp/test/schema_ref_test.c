/* mcp/test/schema_ref_test.c - references, names, vocabularies and what is left over. What each
 * means the official suite says (schema_suite_test.c); here: the words, and the limits. */
#include "schema_says.h"

#include <mcp/schema_rule.h>

#define SOURCE(uri, text)                                                                          \
    {                                                                                              \
        MCP_STR_INIT(uri), MCP_STR_INIT(text)                                                      \
    }

static const struct mcp_schema_source SOURCES[] = {
    SOURCE("https://a.example/word", "{\"type\":\"string\",\"$defs\":{\"long\":{\"$anchor\":"
                                     "\"long\",\"minLength\":9}}}"),
    SOURCE("https://a.example/deep/list", "{\"items\":{\"$ref\":\"../word\"}}"),
    SOURCE("https://a.example/bad", "{\"$defs\":{\"x\":{\"type\":1}}}"),
    SOURCE("https://a.example/torn", "{\"type\":"),
    SOURCE("https://a.example/named#", "{\"$id\":\"urn:x:named\",\"const\":1}"),
    SOURCE("https://a.example/structure",
           "{\"$vocabulary\":{\"https://json-schema.org/draft/2020-12/vocab/core\":true,"
           "\"https://json-schema.org/draft/2020-12/vocab/applicator\":true,"
           "\"https://a.example/taste\":false}}"),
    SOURCE("https://a.example/taste", "{\"$vocabulary\":{\"https://a.example/taste\":true}}"),
    SOURCE("https://a.example/plain", "{}"),
    SOURCE("https://a.example/asserting",
           "{\"$vocabulary\":{\"https://json-schema.org/draft/2020-12/vocab/format-assertion\":"
           "false}}"),
    SOURCE("https://a.example/tree",
           "{\"$id\":\"tree\",\"$dynamicAnchor\":\"node\",\"properties\":{\"kids\":{\"items\":{"
           "\"$dynamicRef\":\"#node\"}}}}"),
};
static const struct mcp_schema_options WITH_SOURCES = {
    .sources = SOURCES, .n_sources = sizeof(SOURCES) / sizeof(SOURCES[0])};

static bool conforms_with(const char *schema, const char *text)
{
    struct mcp_schema *s = compile_with(schema, &WITH_SOURCES);
    bool is_good = conforms_text(s, mcp_str_c(text));

    mcp_schema_free(s);
    return is_good;
}

/* ---- what is left over ------------------------------------------------------------------- */

static void what_nothing_describes_is_named(void)
{
    static const struct broken ROWS[] = {
        {"{\"properties\":{\"a\":true},\"unevaluatedProperties\":false}", "{\"a\":1,\"b c\":2}", "",
         "unevaluatedProperties",
         "must not have the property \"b c\", which nothing else in the schema describes"},
        {"{\"properties\":{\"o\":{\"unevaluatedProperties\":false,\"allOf\":[{\"properties\":"
         "{\"a\":true}}]}}}",
         "{\"o\":{\"a\":1,\"b\":2}}", "/o", "unevaluatedProperties",
         "must not have the property \"b\", which nothing else in the schema describes"},
        {"{\"unevaluatedProperties\":{\"type\":\"string\"},\"properties\":{\"a\":true}}",
         "{\"a\":1,\"b\":2}", "/b", "type", "must be a string, not number"},
        {"{\"unevaluatedItems\":false,\"prefixItems\":[true],\"contains\":{\"const\":7}}",
         "[0,7,8]", "", "unevaluatedItems",
         "must not have an item at index 2, which nothing else in the schema describes"},
        {"{\"unevaluatedItems\":{\"minimum\":3}}", "[3,2]", "/1", "minimum", "must be at least 3"},
        {"{\"unevaluatedProperties\":false,\"anyOf\":[{\"properties\":{\"a\":{\"const\":1}}},"
         "{\"properties\":{\"b\":{\"const\":1}}}]}",
         "{\"a\":2,\"b\":1}", "", "unevaluatedProperties",
         "must not have the property \"a\", which nothing else in the schema describes"},
        {"{\"unevaluatedProperties\":false,\"anyOf\":[{\"properties\":{\"a\":true},\"required\":"
         "[\"z\"]},true]}",
         "{\"a\":2}", "", "unevaluatedProperties",
         "must not have the property \"a\", which nothing else in the schema describes"},
        {"{\"unevaluatedProperties\":false,\"minProperties\":2}", "{\"a\":2}", "", "minProperties",
         "must have at least 2 properties"}, /* all other rules come first */
        {"{\"unevaluatedProperties\":false,\"not\":{\"not\":{\"properties\":{\"a\":true}}}}",
         "{\"a\":2}", "", "unevaluatedProperties",
         "must not have the property \"a\", which nothing else in the schema describes"},
        {"{\"allOf\":[{\"properties\":{\"a\":true}},{\"unevaluatedProperties\":false}]}",
         "{\"a\":2}", "", "unevaluatedProperties",
         "must not have the property \"a\", which nothing else in the schema describes"},
    };

    SAYS_ALL(ROWS);
}

static void what_any_matching_form_describes_is_no_remainder(void)
{
    static const char FORMS[] =
        "{\"unevaluatedProperties\":false,\"anyOf\":[{\"required\":[\"a\"],\"properties\":{\"a\":"
        "true}},{\"required\":[\"b\"],\"properties\":{\"b\":true}}],\"if\":{\"required\":[\"c\"]},"
        "\"then\":{\"$ref\":\"#/$defs/c\"},\"dependentSchemas\":{\"d\":{\"patternProperties\":{"
        "\"^[de]$\":true}}},\"$defs\":{\"c\":{\"properties\":{\"c\":true},"
        "\"unevaluatedProperties\":{\"type\":\"null\"}}}}";

    T_CHECK(conforms(FORMS, "{\"a\":1,\"b\":2}") && conforms(FORMS, "{\"a\":1,\"d\":2,\"e\":3}"));
    T_CHECK(!conforms(FORMS, "{\"a\":1,\"e\":3}"));
    T_CHECK(conforms(FORMS, "{\"a\":null,\"c\":2,\"x\":null}"));
    T_CHECK(!conforms(FORMS, "{\"a\":1,\"c\":2}"));
}

/* {"k0":0,"k1":1,...} */
static mcp_str members(struct mcp_buf *b, int n)
{
    mcp_buf_clear(b);
    mcp_buf_add_c(b, "{");
    for (int i = 0; i < n; i++) {
        mcp_buf_add_c(b, i ? ",\"k" : "\"k");
        mcp_buf_int(b, i);
        mcp_buf_add_c(b, "\":");
        mcp_buf_int(b, i);
    }
    mcp_buf_add_c(b, "}");
    return mcp_buf_str(b);
}

static void many_members_are_told_apart(void)
{
    struct mcp_schema *s =
        compile("{\"oneOf\":[{\"patternProperties\":{\"0$\":true}},{\"type\":\"null\"}],"
                "\"anyOf\":[{\"patternProperties\":{\"[1-8]$\":true},\"unevaluatedProperties\":"
                "true}],\"unevaluatedProperties\":false}");
    struct mcp_buf b;

    mcp_buf_init(&b, (size_t)1 << 20);
    T_CHECK(conforms_text(s, members(&b, 5000)));
    mcp_schema_free(s);
    s = compile("{\"oneOf\":[{\"patternProperties\":{\"0$\":true}},{\"type\":\"null\"}],"
                "\"anyOf\":[{\"patternProperties\":{\"[1-8]$\":true}}],"
                "\"unevaluatedProperties\":{\"const\":9}}");
    T_CHECK(conforms_text(s, members(&b, 10)) && !conforms_text(s, members(&b, 5000)));
    T_STR(mcp_str_c(error.path), "/k19");
    mcp_schema_free(s);
    mcp_buf_free(&b);
}

/* A schema whose sets of bits cost more than its rules. */
static struct mcp_schema *compile_trials(int n)
{
    struct mcp_buf b;

    mcp_buf_init(&b, (size_t)1 << 20);
    mcp_buf_add_c(&b, "{\"unevaluatedProperties\":true,\"anyOf\":[true");
    for (int i = 0; i < n; i++) {
        mcp_buf_add_c(&b, ",true");
    }
    mcp_buf_add_c(&b, "]}");
    struct mcp_schema *s = mcp_schema_new(mcp_buf_str(&b), NULL, &error);

    T_CHECK(s != NULL);
    mcp_buf_free(&b);
    return s;
}

static void noting_what_was_looked_at_is_bounded(void)
{
    struct mcp_buf b;
    struct mcp_json_limits limits = {(size_t)1 << 22, 32, (size_t)1 << 20, true};
    struct mcp_schema *s = compile(
        "{\"$defs\":{\"a\":{\"unevaluatedProperties\":true,\"allOf\":[{\"$ref\":\"#/$defs/b\"},"
        "{\"$ref\":\"#/$defs/b\"}]},\"b\":{\"unevaluatedProperties\":true,\"allOf\":[{\"$ref\":"
        "\"#/$defs/c\"},{\"$ref\":\"#/$defs/c\"}]},\"c\":{\"unevaluatedProperties\":true}},"
        "\"unevaluatedProperties\":true,\"allOf\":[{\"$ref\":\"#/$defs/a\"},{\"$ref\":"
        "\"#/$defs/a\"}]}");
    mcp_json v;

    mcp_buf_init(&b, (size_t)1 << 22);
    T_CHECK(conforms_text(s, members(&b, 2000)));
    T_CHECK(!conforms_text(s, members(&b, 150000)));
    T_STR(mcp_str_c(error.rule), "steps");
    mcp_schema_free(s);
    s = compile_trials(2000);
    T_CHECK(conforms_text(s, members(&b, 1000)) && !conforms_text(s, members(&b, 100000)));
    T_STR(mcp_str_c(error.rule), "steps");
    mcp_arena_init(&arena, (size_t)1 << 16);
    T_CHECK(!mcp_json_read(&arena, members(&b, 1000), &limits, &v, NULL));
    arena.budget = arena.used + 128; /* less than the bits of one set */
    T_CHECK(!mcp_schema_check(s, v, &arena, &error));
    T_STR(mcp_str_c(error.rule), "memory");
    mcp_arena_free(&arena);
    mcp_buf_free(&b);
    mcp_schema_free(s);
}

/* ---- names and references ---------------------------------------------------------------- */

static void references_resolve_as_rfc_3986_says(void)
{
    /* section 5.4; the base is "http://a/b/c/d;p?q" */
    static const char *const ROWS[][2] = {
        {"g:h", "g:h"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {";x", "http://a/b/c/;x"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {"..g", "http://a/b/c/..g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/../h", "http://a/b/c/h"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
    };

    mcp_arena_init(&arena, (size_t)1 << 20);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        T_STR(mcp__uri_resolve(&arena, MCP_STR("http://a/b/c/d;p?q"), mcp_str_c(ROWS[i][0])),
              ROWS[i][1]);
    }
    T_STR(mcp__uri_resolve(&arena, MCP_STR("http://a"), MCP_STR("b")), "http://a/b");
    T_STR(mcp__uri_resolve(&arena, MCP_STR(""), MCP_STR("../b")), "b");
    T_STR(mcp__uri_resolve(&arena, MCP_STR("a/b"), MCP_STR(".")), "a/");
    mcp_arena_free(&arena);
}

static void a_reference_leads_to_registered_documents_only(void)
{
    T_CHECK(conforms_with("{\"$ref\":\"https://a.example/deep/list\"}", "[\"a\"]"));
    T_CHECK(!conforms_with("{\"$ref\":\"https://a.example/deep/list\"}", "[1]"));
    T_STR(mcp_str_c(error.path), "/0");
    T_CHECK(!conforms_with("{\"$ref\":\"https://a.example/word#long\"}", "\"short\""));
    T_CHECK(!conforms_with("{\"$id\":\"https://a.example/x\",\"$ref\":\"word#/$defs/long\"}",
                           "\"short\""));
    T_CHECK(conforms_with("{\"allOf\":[{\"$ref\":\"https://a.example/named\"},{\"$ref\":"
                          "\"urn:x:named\"}]}",
                          "1"));
    struct mcp_schema_options opt = WITH_SOURCES;
    opt.uri = "https://a.example/self#";
    struct mcp_schema *s = compile_with("{\"items\":{\"$ref\":\"word\"},\"not\":{\"$ref\":"
                                        "\"self#/$defs/a\"},\"$defs\":{\"a\":false}}",
                                        &opt);

    T_CHECK(conforms_text(s, MCP_STR("[\"a\"]")) && !conforms_text(s, MCP_STR("[1]")));
    mcp_schema_free(s);
}

static void a_name_or_reference_that_cannot_be_used_is_refused(void)
{
    static const struct refused ROWS[] = {
        {"{\"$ref\":\"https://b.example/\"}", "/$ref", "$ref",
         "\"https://b.example/\" leads to no document that is known here"},
        {"{\"$ref\":\"https://a.example/word#/$defs/none\"}", "/$ref", "$ref",
         "\"https://a.example/word#/$defs/none\" leads nowhere"},
        {"{\"$ref\":\"https://a.example/word#none\"}", "/$ref", "$ref",
         "\"https://a.example/word#none\" leads nowhere"},
        {"{\"$ref\":\"https://a.example/bad\"}", "/$defs/x/type", "type",
         "in https://a.example/bad: must be a type or an array of types"},
        {"{\"$ref\":\"https://a.example/torn\"}", "", "json",
         "in https://a.example/torn: the text ends early at byte 8"},
        {"{\"$ref\":1}", "/$ref", "$ref", "must be a string"},
        {"{\"$dynamicRef\":\"#none\"}", "/$dynamicRef", "$dynamicRef", "\"#none\" leads nowhere"},
        {"{\"$dynamicRef\":[]}", "/$dynamicRef", "$dynamicRef", "must be a string"},
        {"{\"$id\":\"a#b\"}", "/$id", "$id", "must not have a fragment"},
        {"{\"$id\":1}", "/$id", "$id", "must be a string"},
        {"{\"$anchor\":\"1a\"}", "/$anchor", "$anchor",
         "must be a letter or _, then letters, digits, - _ ."},
        {"{\"$dynamicAnchor\":\"\"}", "/$dynamicAnchor", "$dynamicAnchor",
         "must be a letter or _, then letters, digits, - _ ."},
        {"{\"$anchor\":{}}", "/$anchor", "$anchor", "must be a string"},
        {"{\"$defs\":{\"a\":{\"$anchor\":\"x\"},\"b\":{\"$anchor\":\"x\"}}}", "/$defs/b/$anchor",
         "$anchor", "\"x\" is the name of another subschema"},
        {"{\"$defs\":{\"a\":{\"$anchor\":\"x\"},\"b\":{\"$dynamicAnchor\":\"x\"}}}",
         "/$defs/b/$dynamicAnchor", "$anchor", "\"x\" is the name of another subschema"},
        {"{\"$id\":\"urn:a\",\"items\":{\"$id\":\"urn:a\"}}", "/items/$id", "$id",
         "\"urn:a\" is the name of another subschema"},
        {"{\"$vocabulary\":{\"a\":1}}", "/$vocabulary", "$vocabulary",
         "must be an object of booleans"},
        {"{\"$schema\":\"https://a.example/taste\"}", "/$schema", "$schema",
         "asks for the unknown vocabulary \"https://a.example/taste\""},
        {"{\"$schema\":\"https://b.example/\"}", "/$schema", "$schema",
         "must be https://json-schema.org/draft/2020-12/schema"},
        {"{\"$schema\":\"https://a.example/torn\"}", "", "json",
         "in https://a.example/torn: the text ends early at byte 8"},
        {"{\"unevaluatedItems\":1}", "/unevaluatedItems", "schema",
         "must be a schema: an object or a boolean"},
        {"{\"contentSchema\":{\"type\":1}}", "/contentSchema/type", "type",
         "must be a type or an array of types"},
        {"{\"contentEncoding\":1}", "/contentEncoding", "contentEncoding", "must be a string"},
        {"{\"deprecated\":1}", "/deprecated", "deprecated", "must be a boolean"},
        {"{\"dependencies\":{\"a\":[1]}}", "/dependencies", "dependencies",
         "must be an array of strings"},
    };

    REFUSES_ALL(ROWS, &WITH_SOURCES);
}

static void a_name_inside_data_is_data(void)
{
    T_CHECK(
        !mcp_schema_new(MCP_STR("{\"$ref\":\"#a\",\"enum\":[{\"$anchor\":\"a\"}]}"), NULL, &error));
    T_CHECK(!mcp_schema_new(MCP_STR("{\"$ref\":\"#a\",\"default\":{\"$anchor\":\"a\"}}"), NULL,
                            &error));
    T_CHECK(
        !mcp_schema_new(MCP_STR("{\"$ref\":\"#a\",\"x-y\":{\"$anchor\":\"a\"}}"), NULL, &error));
    T_CHECK(!mcp_schema_new(MCP_STR("{\"$ref\":\"urn:a\",\"const\":{\"$id\":\"urn:a\"}}"), NULL,
                            &error));
    /* a property of that name is a subschema, not a name */
    T_CHECK(conforms("{\"properties\":{\"$id\":{\"$anchor\":\"a\"},\"$anchor\":{\"$ref\":\"#a\"},"
                     "\"enum\":{\"type\":\"string\"}}}",
                     "{\"$id\":1,\"$anchor\":2,\"enum\":\"\"}"));
    /* referred to, it is a subschema after all, and has names */
    T_CHECK(!conforms("{\"$ref\":\"#/x-y/0\",\"x-y\":[{\"$id\":\"urn:a\",\"$ref\":\"#b\",\"$defs\":"
                      "{\"b\":{\"$anchor\":\"b\",\"const\":1}}}]}",
                      "2"));
    T_STR(mcp_str_c(error.text), "must be 1");
}

static void a_dynamic_reference_is_decided_by_whoever_came_first(void)
{
    static const char STRICT[] =
        "{\"$id\":\"https://a.example/strict\",\"$dynamicAnchor\":\"node\",\"$ref\":\"tree\","
        "\"unevaluatedProperties\":false}";

    T_CHECK(conforms_with("{\"$ref\":\"https://a.example/tree\"}", "{\"kids\":[{\"x\":1}]}"));
    T_CHECK(conforms_with(STRICT, "{\"kids\":[{\"kids\":[]}]}"));
    T_CHECK(!conforms_with(STRICT, "{\"kids\":[{\"kids\":[{\"x\":1}]}]}"));
    T_STR(mcp_str_c(error.path), "/kids/0/kids/0");
    T_CHECK(
        !conforms_with("{\"$id\":\"urn:outer\",\"$dynamicAnchor\":\"node\",\"$ref\":\"urn:inner\","
                       "\"maxProperties\":1,\"$defs\":{\"i\":{\"$id\":\"urn:inner\","
                       "\"$dynamicAnchor\":\"node\",\"$ref\":\"https://a.example/tree\"}}}",
                       "{\"kids\":[{\"a\":1,\"b\":2}]}"));
    T_STR(mcp_str_c(error.rule), "maxProperties");
    T_CHECK(!conforms_with(STRICT, "{\"kids\":[{\"kids\":[{\"x\":1}]}]}"));
    T_STR(mcp_str_c(error.rule), "unevaluatedProperties");
}

static void looking_for_a_dynamic_anchor_costs_steps(void)
{
    struct mcp_schema *s;
    struct mcp_buf b;

    mcp_buf_init(&b, (size_t)1 << 21);
    mcp_buf_add_c(&b, "{\"items\":{\"$dynamicRef\":\"#a0\"},\"$defs\":{");
    for (int i = 0; i < 9000; i++) {
        mcp_buf_add_c(&b, i ? ",\"" : "\"");
        mcp_buf_int(&b, i);
        mcp_buf_add_c(&b, "\":{\"$dynamicAnchor\":\"a");
        mcp_buf_int(&b, i);
        mcp_buf_add_c(&b, "\"}");
    }
    mcp_buf_add_c(&b, "}}");
    s = mcp_schema_new(mcp_buf_str(&b), NULL, &error);
    T_CHECK(s && conforms_text(s, MCP_STR("[1,2]")));
    mcp_buf_clear(&b);
    mcp_buf_add_c(&b, "[0");
    for (int i = 0; i < 200; i++) {
        mcp_buf_add_c(&b, ",0");
    }
    mcp_buf_add_c(&b, "]");
    T_CHECK(!conforms_text(s, mcp_buf_str(&b)));
    T_STR(mcp_str_c(error.rule), "steps");
    mcp_schema_free(s);
    mcp_buf_free(&b);
}

/* ---- vocabularies ------------------------------------------------------------------------ */

static void a_keyword_means_what_its_vocabulary_says(void)
{
    T_CHECK(
        conforms_with("{\"$schema\":\"https://a.example/structure\",\"type\":\"string\"}", "1"));
    T_CHECK(!conforms_with("{\"$schema\":\"https://a.example/structure\",\"not\":{}}", "1"));
    T_CHECK(!conforms_with("{\"$schema\":\"https://a.example/plain\",\"type\":\"string\"}", "1"));
    /* an embedded resource speaks its own dialect, and its subschemas with it */
    T_CHECK(
        conforms_with("{\"items\":{\"$id\":\"urn:a\",\"$schema\":\"https://a.example/structure\","
                      "\"items\":{\"minimum\":5}}}",
                      "[[1]]"));
}

static void formats_are_annotations_when_asked_for(void)
{
    struct mcp_schema_options opt = WITH_SOURCES;

    opt.annotate_formats = true;
    struct mcp_schema *s = compile_with("{\"format\":\"date\"}", &opt);

    T_CHECK(conforms_text(s, MCP_STR("\"now\"")));
    mcp_schema_free(s);
    s = compile_with("{\"$schema\":\"https://a.example/asserting\",\"format\":\"date\"}", &opt);
    T_CHECK(!conforms_text(s, MCP_STR("\"now\"")));
    mcp_schema_free(s);
    T_CHECK(conforms_with("{\"$schema\":\"https://a.example/structure\",\"format\":\"date\"}",
                          "\"now\""));
}

/* ---- memory ------------------------------------------------------------------------------ */

static bool compile_and_check_step(void *arg)
{
    struct mcp_schema *s = mcp_schema_new(
        MCP_STR("{\"$ref\":\"https://a.example/tree\",\"$dynamicAnchor\":\"node\",\"$id\":"
                "\"https://a.example/strict\",\"anyOf\":[{\"$schema\":\"https://a.example/plain\","
                "\"$id\":\"p\",\"properties\":{\"a\":true}}],\"unevaluatedProperties\":false}"),
        &WITH_SOURCES, &error);
    struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    bool full = false;
    mcp_json v;

    (void)arg;
    T_CHECK(s || strcmp(error.rule, "memory") == 0);
    mcp_arena_init(&arena, (size_t)1 << 20);
    if (s && !mcp_json_read(&arena, MCP_STR("{\"kids\":[{\"a\":1}]}"), &limits, &v, NULL)) {
        full = mcp_schema_check(s, v, &arena, &error);
        T_CHECK(full || strcmp(error.rule, "memory") == 0);
    }
    mcp_arena_free(&arena);
    mcp_schema_free(s);
    return full;
}

static void refused_memory_is_said_and_nothing_leaks(void)
{
    size_t asked = t_torture(compile_and_check_step, NULL);

    ck_assert_msg(asked <= 70, "%zu allocations", asked);
}

static const struct t_case CASES[] = {
    T(what_nothing_describes_is_named),
    T(what_any_matching_form_describes_is_no_remainder),
    T(many_members_are_told_apart),
    T(noting_what_was_looked_at_is_bounded),
    T(references_resolve_as_rfc_3986_says),
    T(a_reference_leads_to_registered_documents_only),
    T(a_name_or_reference_that_cannot_be_used_is_refused),
    T(a_name_inside_data_is_data),
    T(a_dynamic_reference_is_decided_by_whoever_came_first),
    T(looking_for_a_dynamic_anchor_costs_steps),
    T(a_keyword_means_what_its_vocabulary_says),
    T(formats_are_annotations_when_asked_for),
    T(refused_memory_is_said_and_nothing_leaks),
};
T_MAIN("mcp/schema_ref", CASES)
