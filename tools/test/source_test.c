/* Definitions of sources: the shipped ones against the answers their vendors document, numbers,
 * paths, and that nothing that is not there becomes 0. */
#include <mcp/test/t.h>
#include <tools/source.h>

static struct mcp_arena arena;
static char why[SOURCE_WHY];

static mcp_json parse(mcp_str text)
{
    struct mcp_json_limits limits = {1 << 20, 32, 4096, true};
    mcp_json v;

    T_EQ(mcp_json_read(&arena, text, &limits, &v, NULL), MCP_OK);
    return v;
}

static void begin(void)
{
    mcp_arena_init(&arena, 1 << 22);
}

/* ---- The shipped ones ---- */

static const struct {
    const char *id;
    int64_t balance, limit; /* millionths; limit -1: none */
    const char *unit;
} WANT[] = {
    {"crustdata", 4200000000, -1, ""},
    {"deepl", 1069882000000, 1250000000000, "characters"},
    {"deepl-free", 319882000000, 500000000000, "characters"},
    {"deepseek", 110000000, -1, "CNY"},
    {"featherless", 42488000, -1, "USD"},
    {"firecrawl", 1000000000, 500000000000, ""},
    {"linkup", 123456000, -1, ""},
    {"meshy", 1000000000, -1, ""},
    {"moonshot-cn", 49588940, -1, "CNY"},
    {"openrouter", 74750000, 100500000, "USD"},
    {"sendgrid", 200000000, 200000000, "e-mails"},
    {"serpapi", 5958000000, 30000000000, "searches"},
    {"stability", 633683, -1, ""},
    {"twilio", 12290000, -1, "USD"},
};

static void each_shipped_definition_reads_what_its_vendor_documents(void)
{
    size_t n = sizeof(WANT) / sizeof(WANT[0]);

    begin();
    for (size_t i = 0; i < n; i++) {
        mcp_json d = parse(source_template(i));
        struct source_reading r[SOURCE_POOLS_MAX];
        size_t n_read;

        T_STR(mcp_json_str(mcp_json_get(d, MCP_STR("id")), &arena, MCP_STR("")), WANT[i].id);
        T_CHECK(mcp_str_eq(source_find(mcp_str_c(WANT[i].id)), source_template(i)));
        T_CHECK(!source_check(d));
        T_CHECK(mcp_json_count(mcp_json_get(d, MCP_STR("documentation"))) > 0);
        T_CHECK(mcp_str_starts(
            mcp_json_str(mcp_json_get(mcp_json_get(d, MCP_STR("request")), MCP_STR("url")), &arena,
                         MCP_STR("")),
            MCP_STR("https://")));
        bool ok = source_read(d, mcp_json_raw(mcp_json_get(d, MCP_STR("example"))), &arena, r,
                              &n_read, why);

        ck_assert_msg(ok, "%s: %s", WANT[i].id, why);
        T_EQ(n_read, 1);
        T_EQ(r[0].balance_micro, WANT[i].balance);
        T_EQ(r[0].has_limit ? r[0].limit_micro : -1, WANT[i].limit);
        T_STR(r[0].unit, WANT[i].unit);
    }
    T_EQ(source_template(n).len, 0);
    T_EQ(source_find(MCP_STR("nobody")).len, 0);
    mcp_arena_free(&arena);
}

/* ---- What is not there ---- */

static void what_is_missing_null_or_no_number_is_a_reason_and_never_0(void)
{
    static const char *const BODIES[] = {"{}",           "{\"b\":null}",
                                         "{\"b\":\"\"}", "{\"b\":\"n/a\"}",
                                         "{\"b\":true}", "{\"b\":[1]}",
                                         "{\"b\":{}}",   "{\"b\":\"1,5\"}",
                                         "[]",           "null",
                                         "\"x\"",        "{\"B\":1}",
                                         "{\"b\":1e40}", "{\"b\":\"0x1\"}",
                                         "{\"b\":\"-\"}"};
    static const char *const BROKEN[] = {"",           "{\"b\":1", "<html>",
                                         "{\"b\":01}", "\xff",     "{\"b\":1}x"};
    struct source_reading r[SOURCE_POOLS_MAX];
    size_t n;

    begin();
    mcp_json d = parse(MCP_STR("{\"request\":{\"method\":\"GET\",\"url\":\"https://a\"},"
                               "\"pools\":[{\"creditType\":\"c\",\"balance\":\"/b\"}]}"));

    for (size_t i = 0; i < sizeof(BODIES) / sizeof(BODIES[0]); i++) {
        ck_assert_msg(!source_read(d, mcp_str_c(BODIES[i]), &arena, r, &n, why), "%s", BODIES[i]);
        T_HAS(mcp_str_c(why), "no number for balance at /b");
    }
    for (size_t i = 0; i < sizeof(BROKEN) / sizeof(BROKEN[0]); i++) {
        T_CHECK(!source_read(d, mcp_str_c(BROKEN[i]), &arena, r, &n, why));
        T_STR(mcp_str_c(why), "the answer is no JSON that can be read");
    }
    T_CHECK(source_read(d, MCP_STR("{\"b\":0}"), &arena, r, &n, why)); /* a real one */
    T_EQ(r[0].balance_micro, 0);
    T_CHECK(!r[0].has_limit);
    mcp_arena_free(&arena);
}

static void a_difference_needs_both_and_a_null_limit_is_none(void)
{
    struct source_reading r[SOURCE_POOLS_MAX];
    size_t n;

    begin();
    mcp_json d =
        parse(MCP_STR("{\"pools\":[{\"creditType\":\"c\",\"limit\":\"/l\",\"used\":\"/u\"}]}"));

    T_CHECK(source_read(d, MCP_STR("{\"l\":10,\"u\":2.5}"), &arena, r, &n, why));
    T_EQ(r[0].balance_micro, 7500000);
    T_CHECK(!source_read(d, MCP_STR("{\"l\":10}"), &arena, r, &n, why));
    T_CHECK(!source_read(d, MCP_STR("{\"u\":1}"), &arena, r, &n, why));
    T_CHECK(!source_read(d, MCP_STR("{\"l\":null,\"u\":1}"), &arena, r, &n, why));
    d = parse(MCP_STR("{\"pools\":[{\"creditType\":\"c\",\"balance\":\"/b\",\"limit\":\"/l\"}]}"));
    T_CHECK(source_read(d, MCP_STR("{\"b\":1,\"l\":null}"), &arena, r, &n, why));
    T_CHECK(!r[0].has_limit);
    T_CHECK(!source_read(d, MCP_STR("{\"b\":1,\"l\":\"many\"}"), &arena, r, &n, why));
    mcp_arena_free(&arena);
}

/* ---- Numbers, paths, values ---- */

static void decimals_are_exact_and_cut_off_behind_the_sixth(void)
{
    static const struct {
        const char *text;
        int64_t scale, micro;
    } GOOD[] = {{"0", 0, 0},
                {"-4.05", 0, -4050000},
                {"0.6336833840314097", 0, 633683},
                {"1e3", 0, 1000000000},
                {"1.5E-3", 0, 1500},
                {"25.123456789", 0, 25123456},
                {"1234", -2, 12340000},
                {"10000", -4, 1000000},
                {"1e-400", 0, 0},
                {"9000000000000.123456", 0, INT64_C(9000000000000123456)},
                {"0e99", 0, 0},
                {"0.00000000000000000000000000001", 0, 0}};
    int64_t v;

    for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
        ck_assert_msg(source_decimal(mcp_str_c(GOOD[i].text), GOOD[i].scale, &v), "%s",
                      GOOD[i].text);
        T_EQ(v, GOOD[i].micro);
    }
    static const char *const BAD[] = {"",     "-",   ".5",   "1.",    "1..2",  "+1",
                                      "1e",   "1e+", " 1",   "1 ",    "1,000", "9223372036855",
                                      "1e30", "NaN", "0x10", "1e999", "$5"};

    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        ck_assert_msg(!source_decimal(mcp_str_c(BAD[i]), 0, &v), "%s", BAD[i]);
    }
}

static void a_path_is_a_json_pointer(void)
{
    begin();
    mcp_json d = parse(MCP_STR("{\"a\":[{\"b\":7}],\"\":8,\"x/y\":9,\"m~n\":10}"));
    static const struct {
        const char *path;
        int64_t want; /* -1: nowhere */
    } PATHS[] = {{"/a/0/b", 7},   {"/", 8},       {"/x~1y", 9},  {"/m~0n", 10},    {"/a/1/b", -1},
                 {"/a/00/b", -1}, {"/a/-/b", -1}, {"a/0/b", -1}, {"/a/0/b/c", -1}, {"/q", -1}};

    for (size_t i = 0; i < sizeof(PATHS) / sizeof(PATHS[0]); i++) {
        T_EQ(mcp_json_int_or(source_pointer(d, mcp_str_c(PATHS[i].path), &arena), -1),
             PATHS[i].want);
    }
    mcp_arena_free(&arena);
}

static void values_are_filled_in_and_encoded_in_a_url(void)
{
    struct source_values v = {MCP_STR("AC1"), MCP_STR("a&b/c d")};
    struct source_values none = {{NULL, 0}, MCP_STR("s")};

    begin();
    T_STR(source_fill(MCP_STR("Bearer {secret}"), &v, false, &arena), "Bearer a&b/c d");
    T_STR(source_fill(MCP_STR("https://x/{account}?k={secret}&z"), &v, true, &arena),
          "https://x/AC1?k=a%26b%2Fc%20d&z");
    T_STR(source_fill(MCP_STR("Basic {basic}"), &v, false, &arena), "Basic QUMxOmEmYi9jIGQ=");
    struct source_values most = {mcp_arena_printf(&arena, "%0256d", 0),
                                 mcp_arena_printf(&arena, "%02048d", 0)};

    T_EQ(source_fill(MCP_STR("{basic}"), &most, false, &arena).len, 3076); /* 2,305 in base64 */
    T_CHECK(!mcp_arena_failed(&arena));
    T_CHECK(!source_fill(MCP_STR("{account}"), &none, false, &arena).ptr);
    T_CHECK(!source_fill(MCP_STR("{basic}"), &none, false, &arena).ptr);
    T_CHECK(!source_fill(MCP_STR("{other}"), &v, false, &arena).ptr);
    T_CHECK(!source_fill(MCP_STR("{secret"), &v, false, &arena).ptr);
    mcp_arena_free(&arena);
}

static void a_status_says_what_the_connection_is(void)
{
    T_STR(source_judge(200), "");
    T_STR(source_judge(401), "disconnected");
    T_STR(source_judge(403), "disconnected");
    T_STR(source_judge(429), "stale");
    T_STR(source_judge(503), "stale");
    T_STR(source_judge(404), "error");
    T_STR(source_judge(302), "error");
}

#define GOOD(request, pool)                                                                        \
    "{\"request\":{\"method\":\"GET\",\"url\":\"u\"," request "},"                                 \
    "\"pools\":[{\"creditType\":\"c\",\"balance\":\"/b\"" pool "}]}"

static void a_definition_without_its_parts_is_refused(void)
{
    static const char *const BAD[] = {
        "{}", "{\"request\":{\"method\":\"GET\"},\"pools\":[]}",
        "{\"request\":{\"method\":\"GET\",\"url\":\"u\"},\"pools\":[]}",
        "{\"request\":{\"method\":\"GET\",\"url\":\"u\"},\"pools\":[{\"balance\":\"/b\"}]}",
        "{\"request\":{\"method\":\"GET\",\"url\":\"u\"},\"pools\":[{\"creditType\":\"c\"}]}",
        /* what would be taken for something else */
        GOOD("\"headers\":[]", ""), GOOD("\"headers\":{\"A\":1}", ""),
        GOOD("\"headers\":{\"A\":null}", ""), GOOD("\"x\":1", ",\"scale\":\"2\""),
        GOOD("\"x\":1", ",\"scale\":1.5"), GOOD("\"x\":1", ",\"scale\":13"),
        GOOD("\"x\":1", ",\"scale\":null"), GOOD("\"x\":1", ",\"limit\":5"),
        GOOD("\"x\":1", ",\"unit\":null"), GOOD("\"x\":1", ",\"label\":[]"),
        GOOD("\"x\":1", ",\"unitPath\":1"), GOOD("\"x\":1", ",\"reset\":1")};

    begin();
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        ck_assert_msg(source_check(parse(mcp_str_c(BAD[i]))), "%s", BAD[i]);
    }
    T_CHECK(!source_check(parse(MCP_STR(GOOD("\"headers\":{}", ",\"scale\":-12")))));
    mcp_arena_free(&arena);
}

static const struct t_case CASES[] = {
    T(each_shipped_definition_reads_what_its_vendor_documents),
    T(what_is_missing_null_or_no_number_is_a_reason_and_never_0),
    T(a_difference_needs_both_and_a_null_limit_is_none),
    T(decimals_are_exact_and_cut_off_behind_the_sixth),
    T(a_path_is_a_json_pointer),
    T(values_are_filled_in_and_encoded_in_a_url),
    T(a_status_says_what_the_connection_is),
    T(a_definition_without_its_parts_is_refused),
};
T_MAIN("source", CASES)
