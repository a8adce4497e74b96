/* cli/test/text_test.c - option values, times and text for a terminal. */
#include <cli/nearest.h>
#include <cli/options.h>
#include <cli/print.h>
#include <cli/usage_log.h>
#include <cli/usage_rows.h>
#include <mcp/test/t.h>

static void cleans(const char *in, const char *want)
{
    char *got = cli_clean(mcp_str_c(in));

    T_STR(mcp_str_c(got), want);
    mcp_free(got);
}

static void control_characters_never_reach_the_terminal(void)
{
    cleans("plain \xc3\xa9", "plain \xc3\xa9");
    cleans("a\nb\x1b[31mc\x7f", "a\\nb\\x1b[31mc\\x7f");
    cleans("\xc2\x9b", "\\x9b"); /* C1: CSI */
    cleans("\xe2\x80\xae"
           "txt",
           "\\u202etxt"); /* right-to-left override */
    cleans("\xff\xc0\x80", "???");
    cleans("", "");
}

static void width_counts_columns_not_bytes(void)
{
    T_EQ(cli_width(MCP_STR("abc")), 3);
    T_EQ(cli_width(MCP_STR("\xc3\xa9")), 1);
    T_EQ(cli_width(MCP_STR("e\xcc\x81")), 1);
    T_EQ(cli_width(MCP_STR("\xe6\xbc\xa2\xe5\xad\x97")), 4);
    T_EQ(cli_width(MCP_STR("\xf0\x9f\x92\xa7")), 2);
}

static void nearest(const char *word, const char *want)
{
    static const char *const NAMES[] = {
        "serve",        "stdio",      "call",
        "token create", "token list", "a name of more than forty bytes, which is never meant"};
    struct cli_nearest near = {.word = mcp_str_c(word)};
    char hint[128];

    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        cli_nearest_try(&near, NAMES[i]);
    }
    T_STR(mcp_str_c(cli_nearest_words(&near, "", hint)), want);
}

static void a_mistyped_name_finds_the_nearest(void)
{
    nearest("sevre", ", did you mean serve");
    nearest("srve", ", did you mean serve");
    nearest("serves", ", did you mean serve");
    nearest("xerve", ", did you mean serve");
    nearest("cal", ", did you mean call");
    nearest("cl", "");
    nearest("token craete", ", did you mean token create");
    nearest("tokne lits", ", did you mean token list");
    nearest("frobnicate", "");
    nearest("", "");
    nearest("a name of more than forty bytes, which is never mean", "");
}

static void relative(int64_t away_ms, const char *want)
{
    char out[32];

    cli_relative(1000000000000 + away_ms, 1000000000000, out, sizeof(out));
    T_STR(mcp_str_c(out), want);
}

static void times_are_told_from_now(void)
{
    relative(0, "now");
    relative(-999, "now");
    relative(-1000, "1s ago");
    relative(-59999, "59s ago");
    relative(-60000, "1m ago");
    relative(-7200000, "2h ago");
    relative(-86400000, "1d ago");
    relative(30 * (int64_t)86400000, "in 30d");
}

static void a_time_is_a_date_an_offset_or_rfc_3339(void)
{
    static const struct {
        const char *text;
        int64_t want;
    } GOOD[] = {
        {"now", 5000},
        {"1970-01-02", 86400000},
        {"1970-01-01T00:00:01Z", 1000},
        {"30d", 5000 + 30 * (int64_t)86400000},
        {"+2w", 5000 + 14 * (int64_t)86400000},
        {"-3s", 2000},
    };
    static const char *const BAD[] = {"",           "d",           "3",    "3x",           "-",
                                      "1970-13-01", "1970-01-02 ", "3.5d", "99999999999d", "- 3s"};
    int64_t at;

    for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
        ck_assert_msg(cli_parse_time(GOOD[i].text, 5000, &at), "%s", GOOD[i].text);
        T_EQ(at, GOOD[i].want);
    }
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        ck_assert_msg(!cli_parse_time(BAD[i], 5000, &at), "%s was taken", BAD[i]);
    }
}

static void numbers_have_bounds_and_their_kinds_suffixes(void)
{
    struct cli_option row = {.name = "x", .kind = CLI_BYTES, .min = 1, .max = 1 << 20};
    int64_t v = 0;

    T_CHECK(cli_parse_number(&row, "64K", &v) && v == 65536);
    T_CHECK(cli_parse_number(&row, "1M", &v) && v == 1 << 20);
    T_CHECK(!cli_parse_number(&row, "0", &v));
    T_CHECK(!cli_parse_number(&row, "2M", &v));
    T_CHECK(!cli_parse_number(&row, "9223372036854775807G", &v));
    T_CHECK(!cli_parse_number(&row, "1s", &v));
    T_CHECK(!cli_parse_number(&row, "-1", &v));
    T_CHECK(!cli_parse_number(&row, "", &v));
    T_CHECK(!cli_parse_number(&row, "1 ", &v));
    row.kind = CLI_TIME;
    T_CHECK(cli_parse_number(&row, "15s", &v) && v == 15000);
    T_CHECK(cli_parse_number(&row, "15ms", &v) && v == 15);
    row.kind = CLI_NUMBER;
    T_CHECK(!cli_parse_number(&row, "1K", &v));
}

static void an_option_names_its_variable(void)
{
    struct cli_option row = {.name = "ready-fd"};
    char name[64];

    cli_env_name(&row, name, sizeof(name));
    T_STR(mcp_str_c(name), "CISTERN_READY_FD");
}

/* ---- Tables ---------------------------------------------------------------------------------- */

static const struct cli_column COLUMNS[] = {
    {"NAME", "name", CLI_CELL_TEXT}, {"N", "in.n", CLI_CELL_NUMBER},
    {"WHEN", "when", CLI_CELL_TIME}, {"TAGS", "tags", CLI_CELL_LIST},
    {NULL, NULL, CLI_CELL_TEXT},
};

#define ROWS                                                                                       \
    "[{\"name\":\"a\\u001b[1m\",\"in\":{\"n\":5},\"when\":\"1970-01-01T00:00:00Z\","               \
    "\"tags\":[\"x\",\"y\"]},"                                                                     \
    "{\"name\":\"\xe6\xbc\xa2\",\"in\":{\"n\":12.5},\"when\":null}]"

struct printing {
    struct mcp_arena arena;
    mcp_json rows;
    char text[1024];
};

static bool print_table(void *arg)
{
    struct printing *p = arg;
    FILE *f = fmemopen(p->text, sizeof(p->text), "w");

    T_CHECK(f);
    p->text[0] = '\0';
    bool is_full = cli_table(f, p->rows, COLUMNS, 60000, "none");

    fclose(f);
    return is_full;
}

static const char *const TABLE = "NAME         N  WHEN    TAGS\n"
                                 "a\\x1b[1m     5  1m ago  x,y\n"
                                 "\xe6\xbc\xa2        12.5  -       -\n";

/* A table is whole or it is not there. */
static bool print_whole_table(void *arg)
{
    struct printing *p = arg;
    bool is_full = print_table(p);

    T_STR(mcp_str_c(p->text), is_full ? TABLE : "");
    return is_full;
}

static void read_rows(struct printing *p, const char *text)
{
    struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;

    mcp_arena_init(&p->arena, 1 << 20);
    T_EQ(mcp_json_read(&p->arena, mcp_str_c(text), &limits, &p->rows, NULL), MCP_OK);
}

static void a_table_aligns_by_columns_and_escapes(void)
{
    struct printing p = {0};

    read_rows(&p, ROWS);
    T_CHECK(print_table(&p));
    T_STR(mcp_str_c(p.text), TABLE);
    mcp_arena_free(&p.arena);
    read_rows(&p, "[]");
    T_CHECK(print_table(&p));
    T_STR(mcp_str_c(p.text), "none\n");
    mcp_arena_free(&p.arena);
}

static void a_table_without_memory_is_not_half_a_table(void)
{
    struct printing p = {0};

    read_rows(&p, ROWS);
    (void)t_torture(print_whole_table, &p);
    mcp_arena_free(&p.arena);
}

/* ---- What usage comes from ---- */

#define WHEN "[10/Oct/2026:13:55:36 +0200]"

static void a_line_of_an_access_log_cannot_be_forged(void)
{
    static const struct {
        const char *line, *user; /* NULL: no such line */
        int64_t bytes;
    } LINES[] = {
        {"::1 - anna " WHEN " \"GET / HTTP/1.1\" 200 11 \"-\" \"curl\"", "anna", 11},
        {"::1 - - " WHEN " \"GET /\\x22 HTTP/1.1\" 304 0", "-", 0},
        {"::1 - a b [c] " WHEN " \"\" 400 - \"-\" \"-\"", "a b [c]", 0},
        {"::1 - x\\x22 200 9 \\x22 " WHEN " \"GET / HTTP/1.1\" 200 5 ", "x\\x22 200 9 \\x22", 5},
        {"::1 - x " WHEN " GET " WHEN " \"GET / HTTP/1.1\" 200 5 \"-\"", "x " WHEN " GET", 5},
        {"::1 - x " WHEN " \"GET \\\" 200 999 HTTP/1.1\" 200 5 \"-\"", "x", 5},
        {"::1 - x " WHEN " \"GET / HTTP/1.1\" 200 9007199254740991 -", "x", 9007199254740991},
        {"::1 - x " WHEN " \"GET / HTTP/1.1\" 200 9007199254740992 -", NULL, 0},
        {"::1 - x " WHEN " \"GET / HTTP/1.1\" 200 -5 -", NULL, 0},
        {"::1 - x " WHEN " \"GET / HTTP/1.1\" 20 5 -", NULL, 0},
        {"::1 - x " WHEN " \"GET / HTTP/1.1\" 200", NULL, 0},
        {"::1 - x " WHEN " \"GET / HTTP/1.1", NULL, 0},
        {"::1 - x " WHEN " \"", NULL, 0},
        {"::1 - \"x " WHEN " \"GET / HTTP/1.1\" 200 5 -", NULL, 0},
        {"::1 - x [10/Okt/2026:13:55:36 +0200] \"GET / HTTP/1.1\" 200 5 -", NULL, 0},
        {"::1 - x [31/Feb/2026:13:55:36 +0200] \"GET / HTTP/1.1\" 200 5 -", NULL, 0},
        {"::1 - x [10/Oct/2026:13:55:36 +020x] \"GET / HTTP/1.1\" 200 5 -", NULL, 0},
        {"::1", NULL, 0},
        {" - x " WHEN " \"GET / HTTP/1.1\" 200 5 -", NULL, 0},
        {"", NULL, 0},
    };

    for (size_t i = 0; i < sizeof(LINES) / sizeof(LINES[0]); i++) {
        struct usage_line l = {.bytes = -1};
        bool is_line = usage_line_parse(mcp_str_c(LINES[i].line), &l);

        ck_assert_msg(is_line == (LINES[i].user != NULL), "%s", LINES[i].line);
        if (is_line) {
            T_STR(l.user, LINES[i].user);
            T_STR(l.address, "::1");
            T_EQ(l.bytes, LINES[i].bytes);
            T_EQ(l.at_ms, 1791633336000);
        }
    }
}

/* Each row as JSON, or what is wrong with it after its line, and a newline. */
static mcp_str rows_of(struct mcp_buf *out, const char *text, const char *format)
{
    FILE *f = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    struct usage_rows r = {.end = (int64_t)strlen(text), .subscription = "s"};
    enum usage_row got = usage_rows_open(&r, f, format);
    char line[300];

    mcp_buf_clear(out);
    while (got == USAGE_ROW_GOOD || got == USAGE_ROW_BAD) {
        if (got == USAGE_ROW_BAD) {
            snprintf(line, sizeof(line), "%zu %s", r.line, r.why);
            mcp_buf_add(out, mcp_str_c(line));
        }
        if (out->len) {
            mcp_buf_byte(out, '\n');
        }
        got = r.n_columns || !r.is_csv ? usage_rows_next(&r, out) : USAGE_ROW_END;
    }
    T_EQ(got, USAGE_ROW_END);
    usage_rows_free(&r);
    fclose(f);
    return mcp_buf_str(out);
}

static void rows_of_usage_are_csv_or_json_lines(void)
{
    static const char *const FILES[][2] = {
        {"type,id\nhttp,a\n\n\r\nsocks,\"b,\"\"\nc\"\r\n",
         "{\"type\":\"http\",\"id\":\"a\",\"subscription\":\"s\"}\n"
         "{\"type\":\"socks\",\"id\":\"b,\\\"\\nc\",\"subscription\":\"s\"}\n"},
        {"\xef\xbb\xbf type , requests\nhttp,007", "{\"type\":\"http\",\"requests\":7,"
                                                   "\"subscription\":\"s\"}\n"},
        {"subscription,requests\nx,\n,1\n",
         "{\"subscription\":\"x\"}\n{\"requests\":1,\"subscription\":\"s\"}\n"},
        {"type\nhttp,\n\"a\"b\na\"b\n\xff\n\"x\n", "2 more cells than the header has columns, 1\n"
                                                   "3 text after a closing quote\n"
                                                   "4 a quote inside a cell that does not begin "
                                                   "with one\n5 type: not UTF-8\n"
                                                   "6 a quote is not closed\n"},
        {"type,id\nhttp\n", "2 fewer cells than the header has columns, 2\n"},
        {"type,type\n", "1 type: two columns have this name\n"},
        {"kind\n", "1 column 1 is none of subscription, type, requests, bandwidth_bytes, at, id\n"},
        {"{\"type\":\"http\", \"n\": [1]}\n\n{}",
         "{\"type\":\"http\",\"n\":[1],\"subscription\":\"s\"}"
         "\n{\"subscription\":\"s\"}\n"},
        {"{\"subscription\":5}\n{\"a\":1,\"a\":2}\n[]\n{", "{\"subscription\":5}\n"},
    };
    struct mcp_buf out;

    mcp_buf_init(&out, 1 << 20);
    for (size_t i = 0; i < sizeof(FILES) / sizeof(FILES[0]); i++) {
        mcp_str got = rows_of(&out, FILES[i][0], NULL);

        ck_assert_msg(mcp_str_starts(got, mcp_str_c(FILES[i][1])), "%s\n%.*s", FILES[i][0],
                      MCP_STR_ARG(got));
    }
    T_HAS(rows_of(&out, "{\"a\":1,\"a\":2}\n[]\n{", NULL), "2 not an object\n3 column 2: not JSON");
    T_HAS(rows_of(&out, "\n{}", "jsonl"), "{\"subscription\":\"s\"}");
    T_HAS(rows_of(&out, "{}\n", "csv"), "1 column 1 is none of");
    mcp_buf_free(&out);
}

static const struct t_case CASES[] = {
    T(control_characters_never_reach_the_terminal),
    T(width_counts_columns_not_bytes),
    T(a_mistyped_name_finds_the_nearest),
    T(times_are_told_from_now),
    T(a_time_is_a_date_an_offset_or_rfc_3339),
    T(numbers_have_bounds_and_their_kinds_suffixes),
    T(an_option_names_its_variable),
    T(a_table_aligns_by_columns_and_escapes),
    T(a_table_without_memory_is_not_half_a_table),
    T(a_line_of_an_access_log_cannot_be_forged),
    T(rows_of_usage_are_csv_or_json_lines),
};

T_MAIN("cli/text", CASES)
