/* mcp/test/schema_test.c - the rules of mcp/schema.h. What each keyword accepts the official suite
 * says (schema_suite_test.c); here: what is said about a broken rule, and the limits. */
#include "schema_says.h"

static void a_broken_value_is_explained_in_one_sentence(void)
{
    static const struct broken ROWS[] = {
        {"{\"type\":\"string\"}", "1", "", "type", "must be a string, not number"},
        {"{\"type\":\"integer\"}", "1.5", "", "type", "must be an integer, not a fraction"},
        {"{\"type\":\"integer\"}", "\"1\"", "", "type", "must be an integer, not string"},
        {"{\"type\":[\"array\",\"null\"]}", "{}", "", "type",
         "must be null or an array, not object"},
        {"{\"enum\":[\"low\",2,null]}", "\"x\"", "", "enum", "must be one of \"low\", 2, null"},
        {"{\"enum\":[\"0123456789012345678901234567890123456789012345678901234567890123456789\","
         "\"0123456789012345678901234567890123456789012345678901234567890123456789\","
         "\"012345678901234567890123456789012345678901234567890123456789\"]}",
         "1", "", "enum",
         "must be one of "
         "\"0123456789012345678901234567890123456789012345678901234567890123456789\", "
         "\"0123456789012345678901234567890123456789012345678901234567890123456789\", ..."},
        {"{\"enum\":[]}", "1", "", "enum", "must be one of no values"},
        {"{\"const\":{\"a\":1}}", "1", "", "const", "must be {\"a\":1}"},
        {"{\"minimum\":1}", "0.5", "", "minimum", "must be at least 1"},
        {"{\"maximum\":1.0}", "2", "", "maximum", "must be at most 1.0"},
        {"{\"exclusiveMinimum\":0}", "0", "", "exclusiveMinimum", "must be greater than 0"},
        {"{\"exclusiveMaximum\":5}", "5", "", "exclusiveMaximum", "must be less than 5"},
        {"{\"multipleOf\":0.01}", "1.005", "", "multipleOf", "must be a multiple of 0.01"},
        {"{\"minLength\":1}", "\"\"", "", "minLength", "must be at least 1 character long"},
        {"{\"minLength\":2}", "\"\\u00e9\"", "", "minLength", "must be at least 2 characters long"},
        {"{\"maxLength\":1}", "\"ab\"", "", "maxLength", "must be at most 1 character long"},
        {"{\"pattern\":\"^a\"}", "\"b\"", "", "pattern", "must match the pattern \"^a\""},
        {"{\"format\":\"date-time\"}", "\"now\"", "", "format", "must be a valid date-time"},
        {"{\"minItems\":2}", "[1]", "", "minItems", "must have at least 2 items"},
        {"{\"maxItems\":1}", "[1,2]", "", "maxItems", "must have at most 1 item"},
        {"{\"uniqueItems\":true}", "[1,1.0]", "", "uniqueItems",
         "must not have the same item twice"},
        {"{\"minProperties\":1}", "{}", "", "minProperties", "must have at least 1 property"},
        {"{\"maxProperties\":0}", "{\"a\":1}", "", "maxProperties",
         "must have at most 0 properties"},
        {"{\"not\":{}}", "1", "", "not", "must not match the excluded form"},
        {"{\"anyOf\":[false,false]}", "1", "", "anyOf",
         "must match at least one of the 2 allowed forms"},
        {"{\"oneOf\":[true,true,false]}", "1", "", "oneOf",
         "must match only one of the 3 allowed forms"},
        {"{\"oneOf\":[false]}", "1", "", "oneOf", "must match exactly one of the 1 allowed forms"},
        {"{\"contains\":{\"const\":1}}", "[2]", "", "contains",
         "must contain at least 1 matching item"},
        {"{\"contains\":true,\"maxContains\":1}", "[1,2]", "", "maxContains",
         "must contain at most 1 matching item"},
        {"{\"prefixItems\":[true],\"items\":false}", "[1,2]", "", "items",
         "must have at most 1 item"},
        {"false", "1", "", "false", "is not allowed"},
    };

    SAYS_ALL(ROWS);
}

static void a_choice_is_explained_by_the_form_that_was_meant(void)
{
    static const struct broken ROWS[] = {
        {"{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"array\"}]}", "5", "", "anyOf",
         "must be a string or an array, not number"},
        {"{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"array\",\"items\":{\"enum\":[\"a\"]}}]}",
         "[\"a\",\"b\"]", "/1", "enum", "must be one of \"a\""},
        {"{\"oneOf\":[{\"$ref\":\"#/$defs/s\"},{\"type\":\"null\"}],\"$defs\":{\"s\":{\"type\":"
         "\"string\",\"minLength\":2}}}",
         "\"a\"", "", "minLength", "must be at least 2 characters long"},
        {"{\"oneOf\":[{\"const\":\"low\",\"title\":\"Low\"},{\"const\":\"high\"}]}", "\"mid\"", "",
         "oneOf", "must be one of \"low\", \"high\""},
        {"{\"anyOf\":[{\"type\":\"object\",\"required\":[\"a\"]},{\"type\":\"object\",\"required\":"
         "[\"b\"]}]}",
         "{}", "", "anyOf", "must match at least one of the 2 allowed forms"},
        {"{\"anyOf\":[{\"$ref\":\"#\"}]}", "1", "", "steps",
         "the schema refers to itself too deeply"},
    };

    SAYS_ALL(ROWS);
}

static void a_property_is_named_and_a_path_leads_to_the_value(void)
{
    static const struct broken ROWS[] = {
        {"{\"required\":[\"a\",\"b\"]}", "{\"a\":1}", "", "required",
         "must have the property \"b\""},
        {"{\"properties\":{\"a\":true},\"additionalProperties\":false}", "{\"a\":1,\"b c\":2}", "",
         "additionalProperties", "must not have the property \"b c\""},
        {"{\"additionalProperties\":{\"type\":\"null\"}}", "{\"b\":2}", "/b", "type",
         "must be null, not number"},
        {"{\"properties\":{\"a/b\":{\"items\":{\"properties\":{\"m~n\":{\"minimum\":1}}}}}}",
         "{\"a/b\":[{},{\"m~n\":0}]}", "/a~1b/1/m~0n", "minimum", "must be at least 1"},
        {"{\"properties\":{\"\":{\"properties\":{\"\\u0041\":false}}}}", "{\"\":{\"\\u0041\":0}}",
         "//A", "false", "is not allowed"},
        {"{\"properties\":{\"o\":{\"propertyNames\":{\"maxLength\":2}}}}",
         "{\"o\":{\"ab\":1,\"abc\":2}}", "/o", "maxLength",
         "the property name \"abc\" must be at most 2 characters long"},
        {"{\"dependentRequired\":{\"a\":[\"b\"]}}", "{\"a\":1}", "", "dependentRequired",
         "must have the property \"b\" beside \"a\""},
        {"{\"patternProperties\":{\"^x\":{\"type\":\"string\"}}}", "{\"y\":1,\"x1\":2}", "/x1",
         "type", "must be a string, not number"},
        {"{\"$ref\":\"#/$defs/a%25b\",\"$defs\":{\"a%b\":{\"items\":{\"$ref\":\"#/$defs/c\"}},"
         "\"c\":{\"const\":1}}}",
         "[1,2]", "/1", "const", "must be 1"},
        {"{\"if\":{\"type\":\"array\"},\"then\":{\"minItems\":1},\"else\":{\"type\":\"object\"}}",
         "[]", "", "minItems", "must have at least 1 item"},
        {"{\"if\":{\"type\":\"array\"},\"then\":{\"minItems\":1},\"else\":{\"type\":\"object\"}}",
         "1", "", "type", "must be an object, not number"},
    };

    SAYS_ALL(ROWS);
}

static void the_first_broken_rule_in_document_order_is_reported(void)
{
    T_CHECK(!conforms("{\"maxLength\":1,\"pattern\":\"x\"}", "\"ab\""));
    T_STR(mcp_str_c(error.rule), "maxLength");
    T_CHECK(!conforms("{\"pattern\":\"x\",\"maxLength\":1}", "\"ab\""));
    T_STR(mcp_str_c(error.rule), "pattern");
    T_CHECK(!conforms("{\"properties\":{\"a\":false,\"b\":false}}", "{\"b\":1,\"a\":1}"));
    T_STR(mcp_str_c(error.path), "/b");
}

static void patterns_speak_ecma_262(void)
{
    T_CHECK(conforms("{\"pattern\":\"^[\\\\s]$\"}", "\"\\u00a0\""));
    T_CHECK(conforms("{\"pattern\":\"^[^\\\\]\\\\s]$\"}", "\"x\""));
    T_CHECK(!conforms("{\"pattern\":\"^[^\\\\]\\\\s]$\"}", "\"\\ufeff\""));
    T_CHECK(conforms("{\"pattern\":\"^\\\\S\\\\s$\"}", "\"x\\u2003\""));
    T_CHECK(conforms("{\"pattern\":\"^[\\\\S]$\"}", "\"x\"") &&
            !conforms("{\"pattern\":\"^[\\\\S]$\"}", "\" \""));
    T_CHECK(conforms("{\"pattern\":\"^[^]$\"}", "\"\\n\"") &&
            !conforms("{\"pattern\":\"[]\"}", "\"a\""));
    T_CHECK(!conforms("{\"pattern\":\"a$\"}", "\"a\\n\"") &&
            !conforms("{\"pattern\":\"^\\\\d$\"}", "\"\\u0661\""));
    T_CHECK(conforms("{\"pattern\":\"\\\\u00e9\\\\P{Letter}\"}", "\"\\u00e91\""));
    T_CHECK(conforms("{\"pattern\":\"\"}", "\"\"") &&
            conforms("{\"pattern\":\"a\\u0000b\"}", "\"a\\u0000b\""));
    static const char *const FOREIGN[] = {"(?P<n>a)", "(?#a)", "(?i)a", "(?i",         "(*UTF)a",
                                          "a(*FAIL)", "(?>a)", "\\\\a", "\\\\Qa\\\\E", "[\\\\h]"};

    for (size_t i = 0; i < sizeof(FOREIGN) / sizeof(FOREIGN[0]); i++) {
        char schema[64];

        snprintf(schema, sizeof(schema), "{\"pattern\":\"%s\"}", FOREIGN[i]);
        ck_assert_msg(!mcp_schema_new(mcp_str_c(schema), NULL, &error), "%s", schema);
        T_HAS(mcp_str_c(error.text), "is not a pattern of ECMA-262");
    }
    T_CHECK(conforms("{\"pattern\":\"^(?i:a)(?<n>b)\\\\k<n>(?<=b)[(?i)]$\"}", "\"Abb?\""));
    T_CHECK(!mcp_schema_new(MCP_STR("{\"pattern\":\"\\\\\"}"), NULL, &error));
    T_CHECK(!mcp_schema_new(MCP_STR("{\"pattern\":\"\\\\p{Letter\"}"), NULL, &error));
    T_CHECK(!mcp_schema_new(MCP_STR("{\"pattern\":\"\\\\p\"}"), NULL, &error));
}

static void a_reference_may_lead_anywhere_in_the_document(void)
{
    T_CHECK(!conforms("{\"$ref\":\"#/$defs/a/anyOf/1\",\"$defs\":{\"a\":{\"anyOf\":[true,"
                      "{\"const\":2}]}}}",
                      "1"));
    T_STR(mcp_str_c(error.text), "must be 2");
    T_CHECK(!mcp_schema_new(MCP_STR("{\"$ref\":\"#/allOf/00\",\"allOf\":[{}]}"), NULL, &error));
    T_CHECK(!mcp_schema_new(MCP_STR("{\"$ref\":\"#/title/0\",\"title\":\"\"}"), NULL, &error));
    T_CHECK(!mcp_schema_new(MCP_STR("{\"$ref\":\"#nowhere\"}"), NULL, &error));
    T_CHECK(!conforms("{\"$ref\":\"#here\",\"$defs\":{\"a\":{\"$anchor\":\"here\",\"const\":2}}}",
                      "1"));
}

static void a_long_path_is_cut_at_a_whole_segment(void)
{
    struct mcp_buf b;
    struct mcp_json_writer w;
    struct mcp_schema *s = compile("{\"$defs\":{\"n\":{\"type\":\"object\"}},\"type\":\"object\","
                                   "\"additionalProperties\":{\"$ref\":\"#\"}}");
    char key[61] = {0};

    memset(key, 'k', 60);
    mcp_buf_init(&b, 10000);
    mcp_json_writer_init(&w, &b);
    for (int i = 0; i < 6; i++) {
        mcp_json_object(&w);
        mcp_json_put_key(&w, mcp_str_c(key));
    }
    mcp_json_put_int(&w, 1);
    for (int i = 0; i < 6; i++) {
        mcp_json_object_end(&w);
    }
    T_CHECK(!conforms_text(s, mcp_buf_str(&b)));
    T_EQ(strlen(error.path), 4 * 61);
    T_STR(mcp_str_c(error.rule), "type");
    mcp_buf_free(&b);
    mcp_schema_free(s);
}

static void a_long_text_is_cut_at_a_whole_character(void)
{
    struct mcp_buf b;

    mcp_buf_init(&b, 10000);
    mcp_buf_add_c(&b, "{\"a");
    for (int i = 0; i < 200; i++) {
        mcp_buf_add_c(&b, "\xe2\x82\xac");
    }
    mcp_buf_add_c(&b, "\":1}");
    struct mcp_schema *s = compile("{\"additionalProperties\":false}");

    T_CHECK(!conforms_text(s, mcp_buf_str(&b)));
    T_CHECK(strlen(error.text) > 250 && mcp_str_is_utf8(mcp_str_c(error.text)));
    mcp_schema_free(s);
    mcp_buf_free(&b);
}

static void an_unusable_schema_is_refused_with_its_place(void)
{
    static const struct refused ROWS[] = {
        {"{", "", "json", "the text ends early at byte 1"},
        {"[]", "", "schema", "must be a schema: an object or a boolean"},
        {"{\"a\":1,\"a\":1}", "", "json", "a key occurs twice at byte 7"},
        {"{\"properties\":{\"p\":{\"minLen\":1}}}", "/properties/p/minLen", "unknown",
         "unknown keyword \"minLen\""},
        {"{\"format\":\"colour\"}", "/format", "format", "unknown format \"colour\""},
        {"{\"type\":\"strin\"}", "/type", "type", "must be a type or an array of types"},
        {"{\"type\":[]}", "/type", "type", "must be a type or an array of types"},
        {"{\"type\":[\"null\",\"null\"]}", "/type", "type", "must name each type once"},
        {"{\"minLength\":-1}", "/minLength", "minLength", "must be an integer of at least 0"},
        {"{\"minItems\":1.5}", "/minItems", "minItems", "must be an integer of at least 0"},
        {"{\"minimum\":\"1\"}", "/minimum", "minimum", "must be a number"},
        {"{\"multipleOf\":0}", "/multipleOf", "multipleOf",
         "must be above 0 and have at most 18 digits"},
        {"{\"multipleOf\":-1}", "/multipleOf", "multipleOf",
         "must be above 0 and have at most 18 digits"},
        {"{\"required\":\"a\"}", "/required", "required", "must be an array of strings"},
        {"{\"required\":[1]}", "/required", "required", "must be an array of strings"},
        {"{\"allOf\":[]}", "/allOf", "allOf", "must be an array of at least one schema"},
        {"{\"anyOf\":[1]}", "/anyOf/0", "schema", "must be a schema: an object or a boolean"},
        {"{\"properties\":[]}", "/properties", "properties", "must be an object"},
        {"{\"enum\":1}", "/enum", "enum", "must be an array"},
        {"{\"uniqueItems\":1}", "/uniqueItems", "uniqueItems", "must be a boolean"},
        {"{\"pattern\":\"(\"}", "/pattern", "pattern", "\"(\" is not a pattern PCRE2 understands"},
        {"{\"pattern\":1}", "/pattern", "pattern", "must be a string"},
        {"{\"patternProperties\":{\"[\":{}}}", "/patternProperties", "patternProperties",
         "\"[\" is not a pattern PCRE2 understands"},
        {"{\"$ref\":\"#/$defs/none\"}", "/$ref", "$ref", "\"#/$defs/none\" leads nowhere"},
        {"{\"$ref\":\"#%zz\"}", "/$ref", "$ref", "\"#%zz\" leads nowhere"},
        {"{\"$ref\":\"#/$defs/%0g\",\"$defs\":{\"\\u0010\":{}}}", "/$ref", "$ref",
         "\"#/$defs/%0g\" leads nowhere"},
        {"{\"$ref\":\"#/enum/0\",\"enum\":[1]}", "/enum/0", "schema",
         "must be a schema: an object or a boolean"},
        {"{\"$ref\":\"https://example.com/s.json\"}", "/$ref", "$ref",
         "\"https://example.com/s.json\" leads to no document that is known here"},
        {"{\"$schema\":\"http://json-schema.org/draft-07/schema#\"}", "/$schema", "$schema",
         "must be https://json-schema.org/draft/2020-12/schema"},
        {"{\"$defs\":{\"unused\":{\"type\":1}}}", "/$defs/unused/type", "type",
         "must be a type or an array of types"},
    };

    REFUSES_ALL(ROWS, NULL);
}

static void annotations_and_extensions_are_allowed(void)
{
    T_CHECK(conforms("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$id\":\"a\","
                     "\"$comment\":\"\",\"title\":\"\",\"description\":\"\",\"default\":1,"
                     "\"examples\":[],\"deprecated\":true,\"readOnly\":true,\"writeOnly\":true,"
                     "\"x-mcp-header\":\"A\"}",
                     "1"));
}

static void unknown_words_are_annotations_when_allowed(void)
{
    struct mcp_schema_options lax = {.allow_unknown = true};
    struct mcp_schema *s = mcp_schema_new(
        MCP_STR("{\"colour\":1,\"format\":\"byte\",\"type\":\"string\"}"), &lax, &error);

    T_CHECK(s && conforms_text(s, MCP_STR("\"x\"")) && !conforms_text(s, MCP_STR("1")));
    T_STR(mcp_json_raw(mcp_json_get(mcp_schema_json(s), MCP_STR("colour"))), "1");
    mcp_schema_free(s);
}

static void a_check_can_start_at_a_definition(void)
{
    struct mcp_schema_options opt = {.start = "/$defs/a~1b"};
    mcp_str text = MCP_STR("{\"type\":\"null\",\"$defs\":{\"a/b\":{\"type\":\"string\"}}}");
    struct mcp_schema *s = mcp_schema_new(text, &opt, &error);

    T_CHECK(s && conforms_text(s, MCP_STR("\"x\"")) && !conforms_text(s, MCP_STR("null")));
    mcp_schema_free(s);
    opt.start = "/$defs/c";
    T_CHECK(!mcp_schema_new(text, &opt, &error));
    T_STR(mcp_str_c(error.rule), "start");
}

static void numbers_are_compared_beyond_a_double(void)
{
    T_CHECK(conforms("{\"maximum\":9007199254740993}", "9007199254740993"));
    T_CHECK(!conforms("{\"maximum\":9007199254740992}", "9007199254740993"));
    T_CHECK(conforms("{\"exclusiveMaximum\":1e400}", "1e399"));
    T_CHECK(conforms("{\"multipleOf\":0.1}", "0.3"));
    T_CHECK(conforms("{\"multipleOf\":0.01}", "1e300"));
    T_CHECK(conforms("{\"multipleOf\":3}", "111111111111111111111"));
    T_CHECK(!conforms("{\"multipleOf\":3}", "111111111111111111112"));
    T_CHECK(!conforms("{\"multipleOf\":1000}", "100"));
    T_CHECK(conforms("{\"multipleOf\":0.25,\"type\":\"number\"}", "-0.0"));
    T_CHECK(conforms("{\"type\":\"integer\"}", "1e400"));
    T_CHECK(!conforms("{\"type\":\"integer\"}", "1e-400"));
}

static void a_schema_that_refers_to_itself_ends(void)
{
    T_CHECK(!conforms("{\"$ref\":\"#\"}", "1"));
    T_STR(mcp_str_c(error.rule), "steps");
    T_CHECK(!conforms("{\"not\":{\"$ref\":\"#\"}}", "1")); /* giving up is not "no" */
    T_STR(mcp_str_c(error.rule), "steps");
    T_CHECK(!conforms("{\"anyOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}]}", "1"));
    T_STR(mcp_str_c(error.rule), "steps");
    T_CHECK(!conforms("{\"$defs\":{\"a\":{\"oneOf\":[{\"$ref\":\"#/$defs/b\"},true]},"
                      "\"b\":{\"if\":{\"$ref\":\"#/$defs/a\"}}},\"$ref\":\"#/$defs/a\"}",
                      "1"));
    T_STR(mcp_str_c(error.rule), "steps");
    T_CHECK(conforms("{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#\"}}",
                     "{\"a\":{\"b\":{\"c\":{}}}}"));
}

/* head, then `n` times `part` with its number in the place of '@', joined by commas, then tail. */
static mcp_str repeated(struct mcp_buf *b, const char *head, const char *part, int n,
                        const char *tail)
{
    mcp_buf_add_c(b, head);
    for (int i = 0; i < n; i++) {
        mcp_str rest = mcp_str_c(part);

        mcp_buf_add_c(b, i ? "," : "");
        mcp_buf_add(b, mcp_str_cut(&rest, '@'));
        if (rest.ptr) {
            mcp_buf_int(b, i);
            mcp_buf_add(b, rest);
        }
    }
    mcp_buf_add_c(b, tail);
    return mcp_buf_str(b);
}

static void costly_checks_end_with_steps(void)
{
    static const char *const SCHEMAS[] = {
        "{\"items\":{\"pattern\":\"^(a|a)*$\"}}",
        "{\"items\":{\"pattern\":\"^(a+)+$\"}}",
    };
    struct mcp_buf b;

    mcp_buf_init(&b, (size_t)1 << 20);
    mcp_buf_add_c(&b, "[\"");
    for (int i = 0; i < 400; i++) {
        mcp_buf_byte(&b, 'a');
    }
    mcp_buf_add_c(&b, "!\"]");
    for (size_t i = 0; i < sizeof(SCHEMAS) / sizeof(SCHEMAS[0]); i++) {
        struct mcp_schema *s = compile(SCHEMAS[i]);

        T_CHECK(!conforms_text(s, mcp_buf_str(&b)));
        T_STR(mcp_str_c(error.rule), "steps");
        mcp_schema_free(s);
    }
    mcp_buf_free(&b);
}

/* PCRE2's own limit does not see this: it starts anew at each place of the text. */
static void a_pattern_tried_at_many_places_costs_steps(void)
{
    struct mcp_schema *s = compile("{\"items\":{\"pattern\":\".{0,3000}[xy]\"}}");
    struct mcp_buf b;

    mcp_buf_init(&b, (size_t)1 << 22);
    mcp_buf_add_c(&b, "[\"");
    for (int i = 0; i < 300000; i++) {
        mcp_buf_byte(&b, 'a');
    }
    mcp_buf_add_c(&b, "\"]");
    T_CHECK(!conforms_text(s, mcp_buf_str(&b)));
    T_STR(mcp_str_c(error.rule), "steps");
    T_CHECK(conforms_text(s, MCP_STR("[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaay\"]")));
    mcp_schema_free(s);
    mcp_buf_free(&b);
}

static void reading_a_long_text_again_and_again_costs_steps(void)
{
    struct mcp_buf b;

    mcp_buf_init(&b, (size_t)1 << 20);
    struct mcp_schema *s =
        compile("{\"$defs\":{\"a\":{\"maxLength\":999999},\"b\":{\"allOf\":["
                "{\"$ref\":\"#/$defs/a\"},{\"$ref\":\"#/$defs/a\"}]}},"
                "\"allOf\":[{\"$ref\":\"#/$defs/b\"},{\"$ref\":\"#/$defs/b\"}]}");

    mcp_buf_byte(&b, '"');
    while (b.len < 900000) {
        mcp_buf_add_c(&b, "sixteen letters.");
    }
    mcp_buf_byte(&b, '"');
    T_CHECK(conforms_text(s, MCP_STR("\"short\"")) && conforms_text(s, mcp_buf_str(&b)));
    mcp_schema_free(s);
    s = compile(
        "{\"allOf\":[{\"$ref\":\"#/$defs/c\"},{\"$ref\":\"#/$defs/c\"},{\"$ref\":\"#/$defs/c\"},"
        "{\"$ref\":\"#/$defs/c\"}],\"$defs\":{\"a\":{\"maxLength\":999999},\"b\":{\"allOf\":["
        "{\"$ref\":\"#/$defs/a\"},{\"$ref\":\"#/$defs/a\"},{\"$ref\":\"#/$defs/a\"}]},"
        "\"c\":{\"allOf\":[{\"$ref\":\"#/$defs/b\"},{\"$ref\":\"#/$defs/b\"},"
        "{\"$ref\":\"#/$defs/b\"}]}}}");
    T_CHECK(conforms_text(s, MCP_STR("\"short\"")) && !conforms_text(s, mcp_buf_str(&b)));
    T_STR(mcp_str_c(error.rule), "steps");
    mcp_schema_free(s);
    mcp_buf_free(&b);
}

static void a_long_chain_of_references_does_not_recurse_while_compiling(void)
{
    struct mcp_buf b;

    mcp_buf_init(&b, (size_t)1 << 22);
    repeated(&b, "{\"$defs\":{", "\"@\":{\"$ref\":\"#/$defs/0\"}", 15000, "},\"type\":\"null\"}");
    struct mcp_schema *s = mcp_schema_new(mcp_buf_str(&b), NULL, &error);

    T_CHECK(s && conforms_text(s, MCP_STR("null")));
    mcp_schema_free(s);
    mcp_buf_clear(&b);
    repeated(&b, "{\"$defs\":{", "\"@\":{}", 20000, "}}"); /* and the root is one more */
    T_CHECK(!mcp_schema_new(mcp_buf_str(&b), NULL, &error));
    T_STR(mcp_str_c(error.text), "has more than 20000 subschemas");
    mcp_buf_free(&b);
}

static void each_of_many_properties_is_found(void)
{
    T_CHECK(conforms("{\"properties\":{\"a\":true,\"b\":true},\"additionalProperties\":false}",
                     "{\"b\":1,\"a\":1}"));
    for (int n = 1; n < 30; n++) {
        struct mcp_buf b;

        mcp_buf_init(&b, 10000);
        struct mcp_schema *s =
            mcp_schema_new(repeated(&b, "{\"additionalProperties\":false,\"properties\":{",
                                    "\"\\u0070@\":{\"type\":\"null\"}", n, "}}"),
                           NULL, &error);

        mcp_buf_clear(&b);
        T_CHECK(conforms_text(s, repeated(&b, "{", "\"p@\":null", n, "}")));
        mcp_buf_clear(&b);
        T_CHECK(!conforms_text(s, repeated(&b, "{\"p0\":null,", "\"q@\":null", 1, "}")));
        T_STR(mcp_str_c(error.text), "must not have the property \"q0\"");
        T_CHECK(!conforms_text(s, MCP_STR("{\"p0\":1}")));
        mcp_schema_free(s);
        mcp_buf_free(&b);
    }
}

static void many_items_are_compared_for_uniqueness_quickly(void)
{
    struct mcp_schema *s = compile("{\"uniqueItems\":true}");
    struct mcp_buf b;

    mcp_buf_init(&b, (size_t)1 << 22);
    T_CHECK(conforms_text(s, repeated(&b, "[", "{\"a\":@}", 20000, "]")));
    mcp_buf_clear(&b);
    T_CHECK(!conforms_text(s, repeated(&b, "[", "{\"a\":@}", 20000, ",{\"\\u0061\":77.0}]")));
    T_STR(mcp_str_c(error.rule), "uniqueItems");
    T_CHECK(conforms_text(s, MCP_STR("[1,true,0,false,\"1\",null,[],{},[1],[true]]")));
    T_CHECK(!conforms_text(s, MCP_STR("[1.5,15e-1]")) && conforms_text(s, MCP_STR("[1.5,15]")));
    T_CHECK(!conforms_text(s, MCP_STR("[{\"a\":1,\"b\":2},{\"b\":2,\"a\":1.0}]")));
    mcp_buf_free(&b);
    mcp_schema_free(s);
}

static void formats_are_asserted(void)
{
    static const struct {
        const char *format, *good, *bad;
    } ROWS[] = {
        {"date-time", "\"2026-06-17T08:02:11Z\"", "\"2026-06-17\""},
        {"date", "\"2024-02-29\"", "\"2023-02-29\""},
        {"time", "\"08:02:11.5+01:00\"", "\"08:02:11\""},
        {"uri", "\"https://a.example/b?c=d#e\"", "\"//a.example/b\""},
        {"uri-reference", "\"/a?b\"", "\"a b\""},
        {"email", "\"a.b@example.com\"", "\"a..b@example.com\""},
        {"hostname", "\"a-1.example\"", "\"-a.example\""},
        {"ipv4", "\"127.0.0.1\"", "\"127.0.0.01\""},
        {"ipv6", "\"fe80::1\"", "\"fe80::1::2\""},
        {"ipv6", "\"1:2:3:4:5:6:7:8\"", "\"1:2:3:4::5:6:7:8\""},
        {"ipv6", "\"1:2:3:4:5:6:127.0.0.1\"", "\"1:2:3:4:5:6:7:127.0.0.1\""},
        {"uri", "\"urn:a:b\"", "\"http://[::1\""},
        {"uri", "\"http://[v1.a:b]:80/\"", "\"http://a:b/\""},
        {"email", "\"a@[IPv6:::1]\"", "\"\\\"a@b.c\""},
        {"email", "\"\\\"a\\\\\\\"b\\\"@b.c\"", "\"\\\"a\\\"b\\\"@b.c\""},
        {"email", "\"\\\"\\\"@b.c\"", "\"\\\"a\\\\\\\"@b.c\""},
        {"email", "\"\\\"a b\\\"@[127.0.0.1]\"", "\"a@\""},
        {"uuid", "\"12345678-9abc-DEF0-1234-56789abcdef0\"", "\"12345678\""},
        {"json-pointer", "\"/a~1b\"", "\"/a~2b\""},
        {"relative-json-pointer", "\"1/a~1b\"", "\"/a\""},
        {"duration", "\"P1Y2M3DT4H5M6S\"", "\"P1DT\""},
        {"duration", "\"P3W\"", "\"P3WT1H\""},
        {"regex", "\"^a+$\"", "\"a(\""},
        {"iri", "\"http://\\u00e9.example/\\u4e0d?\\ue000#\\u00e9\"", "\"http://a/\\ue000\""},
        {"iri", "\"a:\\ud800\\udf00\"", "\"a:\\ufffe\""},
        {"iri-reference", "\"\\u00e9\"", "\"\\u0080\""},
        {"uri", "\"a:b\"", "\"a:\\u00e9\""},
        {"uri-template", "\"a{/b*,c:3}%20\"", "\"{b\""},
        {"hostname", "\"xn--9n2bp8q.xn--9t4b11yi5a\"", "\"xn--X\""},
        {"idn-hostname", "\"\\uc2e4\\ub840\\u3002example\"", "\"a\\u05d0\""},
        {"idn-email", "\"\\u00e9@\\u00e9.example\"", "\"\\u00e9@\""},
    };

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        char schema[64];

        snprintf(schema, sizeof(schema), "{\"format\":\"%s\"}", ROWS[i].format);
        T_CHECK(conforms(schema, ROWS[i].good) && conforms(schema, "1"));
        T_CHECK(!conforms(schema, ROWS[i].bad));
        T_CHECK(
            !conforms(schema, "\"\"") ||
            strstr("uri-reference iri-reference json-pointer uri-template regex", ROWS[i].format));
    }
}

#define TORTURED                                                                                   \
    "{\"type\":\"object\",\"properties\":{\"a\":{\"pattern\":\"^\\\\p{Letter}+$\"},\"b\":"         \
    "{\"uniqueItems\":true,\"items\":{\"enum\":[1,2]}}},\"required\":[\"a\"]}"

static bool compile_and_check_step(void *arg)
{
    struct mcp_schema *s = mcp_schema_new(MCP_STR(TORTURED), NULL, &error);
    struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    bool full = false;
    mcp_json v;

    (void)arg;
    T_CHECK(s || strcmp(error.rule, "memory") == 0);
    mcp_arena_init(&arena, (size_t)1 << 20);
    if (s &&
        !mcp_json_read(&arena, MCP_STR("{\"a\":\"\\u0041\",\"b\":[1,2]}"), &limits, &v, NULL)) {
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

    ck_assert_msg(asked <= 45, "%zu allocations", asked); /* one per block without a sanitizer: 4 */
}

static const struct t_case CASES[] = {
    T(a_broken_value_is_explained_in_one_sentence),
    T(a_choice_is_explained_by_the_form_that_was_meant),
    T(a_property_is_named_and_a_path_leads_to_the_value),
    T(the_first_broken_rule_in_document_order_is_reported),
    T(patterns_speak_ecma_262),
    T(a_reference_may_lead_anywhere_in_the_document),
    T(a_long_path_is_cut_at_a_whole_segment),
    T(a_long_text_is_cut_at_a_whole_character),
    T(an_unusable_schema_is_refused_with_its_place),
    T(annotations_and_extensions_are_allowed),
    T(unknown_words_are_annotations_when_allowed),
    T(a_check_can_start_at_a_definition),
    T(numbers_are_compared_beyond_a_double),
    T(a_schema_that_refers_to_itself_ends),
    T(costly_checks_end_with_steps),
    T(a_pattern_tried_at_many_places_costs_steps),
    T(reading_a_long_text_again_and_again_costs_steps),
    T(a_long_chain_of_references_does_not_recurse_while_compiling),
    T(each_of_many_properties_is_found),
    T(many_items_are_compared_for_uniqueness_quickly),
    T(formats_are_asserted),
    T(refused_memory_is_said_and_nothing_leaks),
};
T_MAIN("mcp/schema", CASES)
