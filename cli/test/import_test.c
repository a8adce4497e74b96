/* cli/test/import_test.c - import: upsert, repeat, chunks, and errors that name their place. */
#include <cli/test/process.h>
#include <mcp/buf.h>
#include <mcp/timestamp.h>

static struct place place;

#define TWO                                                                                        \
    "{\"connections\":[{\"name\":\"Hunter\",\"tool\":{\"name\":\"Hunter.io\",\"id\":\"hunter\","   \
    "\"topupUrl\":\"https://hunter.io/billing\"},\"thresholds\":{\"low\":100,\"critical\":10.5},"  \
    "\"readings\":[{\"creditType\":\"v\",\"label\":\"V\",\"unit\":\"u\",\"balance\":620,"          \
    "\"balanceLimit\":1000,\"recordedAt\":\"2026-06-17T08:02:11Z\"},{\"creditType\":\"v\","        \
    "\"balance\":600,\"recordedAt\":\"2026-06-18T08:02:11Z\"}]},{\"name\":\"Empty\"}]}"

static void an_import_stores_and_repeating_it_changes_nothing(void)
{
    place_make(&place);
    T_CODE(run_in(TWO, "import", "-", NULL), 0);
    T_HAS(OUT, "2 added, 0 changed; readings: 2 stored, 0 already there");
    T_CODE(run("call", "list_balances", "--json", NULL), 0);
    char *before = strdup(ran.out);

    T_CODE(run_in(TWO, "import", "-", "--json", NULL), 0);
    T_HAS(OUT, "{\"added\":0,\"changed\":2,\"stored\":0,\"duplicates\":2,\"conflicts\":0}");
    T_CODE(run("call", "list_balances", "--json", NULL), 0);
    T_STR(OUT, before);
    T_HAS(OUT, "\"thresholds\":{\"low\":100,\"critical\":10.5}");
    T_HAS(OUT, "\"name\":\"Hunter.io\"");
    free(before);
    place_remove(&place);
}

static void an_import_changes_what_the_file_says_and_only_that(void)
{
    place_make(&place);
    T_CODE(run_in(TWO, "import", "-", NULL), 0);
    T_CODE(run_in("{\"connections\":[{\"name\":\"Hunter\",\"thresholds\":{\"low\":50}}]}", "import",
                  "-", NULL),
           0);
    T_CODE(run("connection", "show", "Hunter", "--json", NULL), 0);
    T_HAS(OUT, "\"low\":50,\"critical\":10.5");
    T_HAS(OUT, "\"name\":\"Hunter.io\"");
    place_remove(&place);
}

static void fails(const char *text, int code, const char *part)
{
    T_CODE(run_in(text, "import", "-", NULL), code);
    T_HAS(ERR, part);
}

static void an_error_names_its_place(void)
{
    place_make(&place);
    fails("", 64, "-:1:1: not JSON");
    fails("{\"connections\":\n [}", 64, "-:2:3: not JSON");
    fails("[]", 64, "the file must be");
    fails("{\"connections\":[],\"more\":1}", 64, "the file must be");
    fails("{\"connections\":[5]}", 64, "/connections/0: must be an object");
    fails("{\"connections\":[{}]}", 64, "/connections/0: has no name");
    fails("{\"connections\":[{\"name\":\"a\"},{\"name\":\"b\",\"treshold\":1}]}", 64,
          "/connections/1/treshold");
    fails("{\"connections\":[{\"name\":\"a\",\"thresholds\":{\"lo\":1}}]}", 64,
          "/connections/0/thresholds/lo");
    fails("{\"connections\":[{\"name\":\"a\",\"readings\":5}]}", 64, "/connections/0/readings");
    fails("{\"connections\":[{\"name\":\"a\",\"name\":\"b\"}]}", 64, "not JSON");
    fails("{\"connections\":[{\"name\":\"a\",\"status\":\"odd\"}]}", 64, "/connections/0");
    fails("{\"connections\":[{\"name\":\"a\",\"readings\":[{\"creditType\":\"c\",\"balance\":1},"
          "{\"creditType\":\"c\"}]}]}",
          64, "/connections/0/readings/1");
    T_CODE(run("import", "/nonexistent.json", NULL), 74);
    T_HAS(ERR, "/nonexistent.json");
    place_remove(&place);
}

/* `n` readings a minute apart; the one at `bad` has no balance. */
static char *many(size_t n, size_t bad)
{
    struct mcp_buf b;

    mcp_buf_init(&b, 1 << 24);
    mcp_buf_add_c(&b, "{\"connections\":[{\"name\":\"Big\",\"readings\":[");
    for (size_t i = 0; i < n; i++) {
        char at[MCP_TIMESTAMP_BYTES];
        mcp_str when = mcp_timestamp_format(1781000000000 + (int64_t)i * 60000, at);

        mcp_buf_printf(&b, "%s{\"creditType\":\"c\",%s\"recordedAt\":\"%.*s\"}", i ? "," : "",
                       i == bad ? "" : "\"balance\":5,", MCP_STR_ARG(when));
    }
    mcp_buf_add_c(&b, "]}]}");
    mcp_buf_byte(&b, '\0');
    T_CHECK(!b.failed);
    return b.ptr;
}

static void a_long_file_goes_in_by_chunks(void)
{
    char path[160];
    char *good = many(1203, SIZE_MAX), *bad = many(1203, 1100);

    place_make(&place);
    snprintf(path, sizeof(path), "%s/file.json", place.root);
    FILE *f = fopen(path, "w");

    T_CHECK(f && fputs(good, f) >= 0 && fclose(f) == 0);
    T_CODE(run("import", path, NULL), 0);
    T_HAS(OUT, "1203 stored");
    T_CODE(run("import", path, NULL), 0);
    T_HAS(OUT, "0 stored, 1203 already there, 0 not stored");
    f = fopen(path, "w");
    T_CHECK(f && fputs(bad, f) >= 0 && fclose(f) == 0);
    T_CODE(run("import", path, NULL), 64);
    T_HAS(ERR, "/connections/0/readings/1100");
    mcp_free(good);
    mcp_free(bad);
    place_remove(&place);
}

static const struct t_case CASES[] = {
    T(an_import_stores_and_repeating_it_changes_nothing),
    T(an_import_changes_what_the_file_says_and_only_that),
    T(an_error_names_its_place),
    T(a_long_file_goes_in_by_chunks),
};

T_MAIN("cli/import", CASES)
