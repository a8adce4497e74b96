/* cli/test/pool_test.c - pool history: the line of blocks, and the command around it. */
#include <cli/spark.h>
#include <cli/test/process.h>

#include <time.h>

#define OUT mcp_str_c(ran.out)
#define ERR mcp_str_c(ran.err)

/* ---- The line ---- */

static const char *printed(const struct cli_spark *s, bool is_ascii)
{
    static char text[4 * CLI_SPARK_WIDTH_MAX];
    FILE *f = fmemopen(text, sizeof(text), "w");

    T_CHECK(f != NULL);
    cli_spark_print(s, is_ascii, f);
    T_CHECK(fclose(f) == 0);
    return text;
}

static void values_become_levels_from_the_least_to_the_most(void)
{
    static struct cli_spark s;

    cli_spark_begin(&s, 8);
    for (int i = 0; i < 8; i++) {
        cli_spark_add(&s, i * 10, 0, 79, i * 100);
    }
    T_STR(mcp_str_c(printed(&s, false)), "\xe2\x96\x81\xe2\x96\x82\xe2\x96\x83\xe2\x96\x84"
                                         "\xe2\x96\x85\xe2\x96\x86\xe2\x96\x87\xe2\x96\x88\n");
    T_STR(mcp_str_c(printed(&s, true)), "__.-=*##\n");
    T_EQ(s.least, 0);
    T_EQ(s.most, 700);
    T_EQ(s.last, 700);
}

static void gaps_are_spaces_and_the_newest_of_a_column_counts(void)
{
    static struct cli_spark s;

    cli_spark_begin(&s, 10);
    cli_spark_add(&s, 0, 0, 99, 5);
    cli_spark_add(&s, 51, 0, 99, 1);
    cli_spark_add(&s, 52, 0, 99, 9);
    T_STR(mcp_str_c(printed(&s, true)), "=    #    \n"); /* the 1 is hidden, and is the least */
    T_EQ(s.least, 1);
}

static void what_is_equal_extreme_or_outside_stays_on_the_line(void)
{
    static struct cli_spark s;

    cli_spark_begin(&s, 4);
    cli_spark_add(&s, -50, 0, 100, 7);
    cli_spark_add(&s, 1000, 0, 100, 7);
    T_STR(mcp_str_c(printed(&s, true)), "=  =\n");
    cli_spark_begin(&s, 2);
    cli_spark_add(&s, 0, 0, INT64_MAX, INT64_MIN);
    cli_spark_add(&s, INT64_MAX, 0, INT64_MAX, INT64_MAX);
    T_STR(mcp_str_c(printed(&s, true)), "_#\n");
    cli_spark_begin(&s, 0); /* at least a column */
    cli_spark_add(&s, 5, 5, 5, 1);
    T_STR(mcp_str_c(printed(&s, true)), "=\n");
    cli_spark_begin(&s, 100000);
    T_EQ(s.width, CLI_SPARK_WIDTH_MAX);
}

/* ---- The command ---- */

static struct place place;

/* One import: processes are slow under sanitizers. */
static void begin(void)
{
    static const int READINGS[][2] = {{6 * 1440, 70}, {5 * 1440, 60}, {4 * 1440, 50},
                                      {3 * 1440, 40}, {1440, 100},    {1, 90}}; /* minutes ago */
    char text[1024], at[40];
    size_t n = (size_t)snprintf(text, sizeof(text),
                                "{\"connections\":[{\"name\":\"none\"},"
                                "{\"name\":\"a\",\"readings\":[");

    for (size_t i = 0; i < sizeof(READINGS) / sizeof(READINGS[0]); i++) {
        time_t t = time(NULL) - READINGS[i][0] * 60;
        struct tm tm;

        strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
        n += (size_t)snprintf(text + n, sizeof(text) - n,
                              "%s{\"creditType\":\"credits\",\"balance\":%d,"
                              "\"recordedAt\":\"%s\"}",
                              i ? "," : "", READINGS[i][1], at);
    }
    snprintf(text + n, sizeof(text) - n, "]}]}");
    place_make(&place);
    unsetenv("COLUMNS");
    setenv("LC_ALL", "C.UTF-8", 1);
    T_CODE(run_in(text, "import", "-", NULL), 0);
}

static void a_pool_is_one_line_with_its_numbers(void)
{
    begin();
    T_CODE(run("pool", "history", "a", "--width", "14", NULL), 0);
    T_HAS(OUT, "credits (credits)\n  ");
    /* seven days, two columns a day; six readings, the lowest and the highest block */
    T_HAS(OUT, "\xe2\x96\x81");
    T_HAS(OUT, "\xe2\x96\x88");
    T_HAS(OUT, "\n  90 1m ago; the line goes from 40 to 100\n");
    T_CODE(run("pool", "history", "a", "--width", "14", "--ascii", NULL), 0);
    T_HAS(OUT, " = - . _   # #"); /* every other column; none before the first reading */
    T_CHECK(!t_has(OUT, MCP_STR("\xe2\x96")));
    place_remove(&place);
}

static void the_terminal_decides_about_blocks_and_width(void)
{
    begin();
    setenv("LC_ALL", "C", 1);
    T_CODE(run("pool", "history", "a", NULL), 0);
    T_CHECK(!t_has(OUT, MCP_STR("\xe2\x96")));
    setenv("LC_ALL", "", 1); /* empty is not set: the next one decides */
    setenv("LANG", "de_DE.utf8", 1);
    setenv("COLUMNS", "22", 1);
    T_CODE(run("pool", "history", "a", NULL), 0);
    T_HAS(OUT, "\xe2\x96");
    T_CODE(run("pool", "history", "a", "--ascii", NULL), 0);
    const char *line = strchr(ran.out, '\n') + 1;

    T_EQ(strcspn(line, "\n"), 22);
    setenv("COLUMNS", "1", 1); /* nonsense is bounded */
    T_CODE(run("pool", "history", "a", "--ascii", NULL), 0);
    setenv("COLUMNS", "99999999999999999999", 1);
    T_CODE(run("pool", "history", "a", "--ascii", NULL), 0);
    place_remove(&place);
}

static void json_and_other_times(void)
{
    begin();
    T_CODE(run("pool", "history", "a", "--json", "--width", "10", NULL), 0);
    T_HAS(OUT, "{\"connectionId\":\"");
    T_HAS(OUT, "\"balance\":90}");
    T_CODE(run("pool", "history", "a", "--from", "-2d", "--to", "-1h", "--ascii", NULL), 0);
    T_HAS(OUT, "\n  100 1d ago; the line goes from 100 to 100\n");
    T_CODE(run("pool", "history", "a", "--from", "-2h", "--to", "-1h", NULL), 0);
    T_HAS(OUT, "no balance in this time");
    T_CODE(run("pool", "history", "none", NULL), 0);
    T_HAS(OUT, "no readings yet\n");
    place_remove(&place);
}

static void pools_are_listed_and_a_monitor_hears_of_low_ones(void)
{
    begin();
    T_CODE(run("pool", "list", "--check", NULL), 0);
    T_HAS(OUT, "CONNECTION");
    T_HAS(OUT, "healthy");
    T_CODE(run("connection", "edit", "a", "--low", "95", NULL), 0);
    T_CODE(run("pool", "list", NULL), 0);
    T_HAS(OUT, "low");
    T_CODE(run("pool", "list", "--check", NULL), 1);
    T_CODE(run("pool", "list", "--check", "--status", "healthy", NULL), 0);
    T_HAS(OUT, "no such pools");
    T_CODE(run("pool", "list", "--status", "low", "--json", NULL), 0);
    T_HAS(OUT, "{\"pools\":[{\"connectionId\":\"");
    T_CODE(run("pool", "list", "--status", "lwo", NULL), 64);
    place_remove(&place);
}

static void what_cannot_be_drawn_is_said(void)
{
    begin();
    T_CODE(run("pool", "history", "a", "--credit-type", "x", NULL), 1);
    T_HAS(ERR, "no reading of this credit type");
    T_CODE(run("pool", "history", "b", NULL), 1);
    T_HAS(ERR, "No connection has this id or name.");
    T_CODE(run("pool", "history", "a", "--from", "soon", NULL), 64);
    T_HAS(ERR, "--from: \"soon\" is not a time");
    T_CODE(run("pool", "history", "a", "--from", "-1d", "--to", "-2d", NULL), 64);
    T_CODE(run("pool", "history", "a", "--width", "9", NULL), 64);
    T_CODE(run("pool", "history", NULL), 64);
    place_remove(&place);
}

static const struct t_case cases[] = {
    T(values_become_levels_from_the_least_to_the_most),
    T(gaps_are_spaces_and_the_newest_of_a_column_counts),
    T(what_is_equal_extreme_or_outside_stays_on_the_line),
    T(a_pool_is_one_line_with_its_numbers),
    T(the_terminal_decides_about_blocks_and_width),
    T(json_and_other_times),
    T(pools_are_listed_and_a_monitor_hears_of_low_ones),
    T(what_cannot_be_drawn_is_said),
};
T_MAIN("pool", cases)
