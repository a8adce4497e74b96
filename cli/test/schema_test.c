/* cli/test/schema_test.c - schema check through the real binary. */
#include <cli/test/process.h>

static struct place place;
static char schema[128], instance[128], other[256];

static void put(const char *name, char *path, const char *text)
{
    snprintf(path, 128, "%s/%s", place.root, name);
    FILE *f = fopen(path, "w");

    T_CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static void setup(const char *schema_text, const char *instance_text)
{
    place_make(&place);
    put("schema.json", schema, schema_text);
    put("instance.json", instance, instance_text);
}

static void a_good_instance_is_said_to_be_valid(void)
{
    setup("{\"type\":\"object\",\"required\":[\"a\"]}", "{\"a\":1}");
    T_CODE(run("schema", "check", schema, instance, NULL), 0);
    T_STR(OUT, "valid\n");
    T_CODE(run_in("{\"a\":2}", "schema", "check", schema, NULL), 0);
    T_CODE(run_in("{\"a\":2}", "schema", "check", schema, "-", "--json", NULL), 0);
    T_STR(OUT, "{\"valid\":true}\n");
    T_EQ(strlen(ran.err), 0);
    T_CHECK(access(place.data, F_OK) != 0); /* no store was made */
    place_remove(&place);
}

static void a_bad_instance_is_explained_and_exits_with_1(void)
{
    setup("{\"properties\":{\"a\":{\"minimum\":1}},\"unevaluatedProperties\":false}", "{\"a\":0}");
    T_CODE(run("schema", "check", schema, instance, NULL), 1);
    T_STR(OUT, "\"/a\": minimum: must be at least 1\n");
    T_CODE(run_in("{\"\\u001b[31m\":0}", "schema", "check", schema, NULL), 1);
    T_STR(OUT, "\"\": unevaluatedProperties: must not have the property \"\\u001b[31m\", "
               "which nothing else in the schema describes\n");
    T_CODE(run_in("{\"a\":0}", "schema", "check", schema, "--json", NULL), 1);
    T_STR(OUT, "{\"valid\":false,\"path\":\"/a\",\"rule\":\"minimum\",\"text\":\"must be at "
               "least 1\"}\n");
    place_remove(&place);
}

static void an_unusable_schema_or_instance_exits_with_64(void)
{
    setup("{\"properties\":{\"a\":{\"typ\":1}}}", "{");
    T_CODE(run("schema", "check", schema, instance, NULL), 64);
    T_HAS(ERR, "schema.json is no schema: at \"/properties/a/typ\": unknown: unknown keyword");
    T_CODE(run("schema", "check", schema, instance, "--allow-unknown", NULL), 64);
    T_HAS(ERR, "instance.json:1:2: not JSON: the text ends early");
    T_CODE(run("schema", "check", schema, instance, "--start", "/none", "--allow-unknown", NULL),
           64);
    T_HAS(ERR, "/none leads nowhere");
    T_CODE(run("schema", "check", NULL), 64);
    T_CODE(run("schema", "check", schema, instance, "--document", "x", NULL), 64);
    T_HAS(ERR, "--document takes URI=FILE");
    place_remove(&place);
}

static void a_file_that_cannot_be_read_exits_with_74(void)
{
    setup("true", "1");
    T_CODE(run("schema", "check", "/nowhere/schema.json", instance, NULL), 74);
    T_HAS(ERR, "cannot read /nowhere/schema.json: No such file or directory");
    T_CODE(run("schema", "check", schema, "/nowhere/instance.json", NULL), 74);
    T_CODE(run("schema", "check", schema, instance, "--document", "urn:a=/nowhere/a", NULL), 74);
    place_remove(&place);
}

static void other_documents_are_given_by_name(void)
{
    char text[400];

    setup("{\"$ref\":\"urn:a?b=c\",\"$defs\":{\"d\":{\"format\":\"date\"}}}", "\"x\"");
    put("other.json", other, "{\"type\":\"number\"}");
    snprintf(text, sizeof(text), "urn:a?b=c=%s", other);
    T_CODE(run("schema", "check", schema, instance, NULL), 64);
    T_HAS(ERR, "leads to no document that is known here");
    T_CODE(run("schema", "check", schema, instance, "--document", text, NULL), 1);
    T_HAS(OUT, "must be a number, not string");
    T_CODE(
        run("schema", "check", schema, instance, "--document", text, "--start", "/$defs/d", NULL),
        1);
    T_HAS(OUT, "must be a valid date");
    T_CODE(run("schema", "check", schema, instance, "--document", text, "--start", "/$defs/d",
               "--annotate-formats", NULL),
           0);
    place_remove(&place);
}

static const struct t_case CASES[] = {
    T(a_good_instance_is_said_to_be_valid),
    T(a_bad_instance_is_explained_and_exits_with_1),
    T(an_unusable_schema_or_instance_exits_with_64),
    T(a_file_that_cannot_be_read_exits_with_74),
    T(other_documents_are_given_by_name),
};
T_MAIN("cli/schema", CASES)
