/* cli/pool.c - pool list; pool history: a pool's balances over time as a line of blocks. */
#include <cli/commands.h>
#include <cli/local.h>
#include <cli/print.h>
#include <cli/spark.h>
#include <mcp/alloc.h>
#include <mcp/timestamp.h>

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_DEFAULT = 60, WIDTH_MIN = 10, WIDTH_MAX = 500 }; /* as many points an answer has */

const struct cli_option cli_pool_history_options[] = {
    CLI_ROW_DATA,
    {.name = "credit-type", .argument = "TYPE", .help = "only this pool of the connection"},
    {.name = "from",
     .argument = "WHEN",
     .help = "RFC 3339, a date, or like -30d; default seven days before --to"},
    {.name = "to", .argument = "WHEN", .help = "likewise; default now"},
    {.name = "width",
     .argument = "N",
     .kind = CLI_NUMBER,
     .min = WIDTH_MIN,
     .max = WIDTH_MAX,
     .help = "columns of the line, and points with --json; default the terminal's, or 60"},
    {.name = "ascii", .kind = CLI_FLAG, .help = "no blocks; the default where UTF-8 is not"},
    CLI_ROWS_DEFAULTS,
    CLI_ROW_JSON,
    CLI_ROW_END,
};

/* ---- pool list ---- */

const struct cli_option cli_pool_list_options[] = {
    CLI_ROW_DATA,
    CLI_ROWS_DEFAULTS,
    {.name = "status",
     .argument = "STATUS",
     .help =
         "only these, a comma list: healthy, low, critical, stale, error, disconnected, nodata"},
    {.name = "check",
     .kind = CLI_FLAG,
     .help = "exit with 1 when a pool of the list is low or critical, for a monitor"},
    CLI_ROW_JSON,
    CLI_ROW_END,
};

static const struct cli_column COLUMNS[] = {
    {"CONNECTION", "connectionName", CLI_CELL_TEXT},
    {"POOL", "label", CLI_CELL_TEXT},
    {"STATUS", "status", CLI_CELL_TEXT},
    {"BALANCE", "balance", CLI_CELL_NUMBER},
    {"LIMIT", "balanceLimit", CLI_CELL_NUMBER},
    {"UNIT", "unit", CLI_CELL_TEXT},
    {"PER DAY", "burn.perDay", CLI_CELL_NUMBER},
    {"ETA", "eta.short", CLI_CELL_TEXT},
    {"READ", "recordedAt", CLI_CELL_TIME},
    {NULL, NULL, CLI_CELL_TEXT},
};

static bool runs_low(struct cli_result *r, mcp_json pools)
{
    for (mcp_json p = mcp_json_first(pools); mcp_json_present(p); p = mcp_json_next(pools, p)) {
        mcp_str status =
            mcp_json_str(mcp_json_get(p, MCP_STR("status")), &r->arena, MCP_STR("critical"));

        if (mcp_str_eq(status, MCP_STR("low")) || mcp_str_eq(status, MCP_STR("critical"))) {
            return true;
        }
    }
    return false;
}

enum cli_exit cli_pool_list_run(struct cli *cli)
{
    struct cli_args args;
    struct cli_result r;
    enum cli_exit code;

    cli_args_begin(&args);
    cli_args_str(&args, "status", cli_text(cli, "status"));
    if (!cli_operate(cli, "list_balances", &args, false, &r, &code)) {
        return code;
    }
    mcp_json pools = mcp_json_get(r.structured, MCP_STR("pools"));

    code = cli_flag(cli, "check") && runs_low(&r, pools) ? CLI_REFUSED : CLI_DONE;
    if (cli_flag(cli, "json")) {
        cli_print_json(cli, &r);
    } else if (!cli_table(cli->out, pools, COLUMNS, cli_now_ms(),
                          cli_text(cli, "status") ? "no such pools"
                                                  : "no pools; see 'cistern connection add'")) {
        code = cli_say(cli, CLI_LATER, "out of memory");
    }
    cli_result_free(&r);
    return code;
}

/* ---- pool history ---- */

/* LC_ALL, else LC_CTYPE, else LANG: the first that is set says what a terminal shows. */
static bool shows_utf8(void)
{
    static const char *const NAMES[] = {"LC_ALL", "LC_CTYPE", "LANG"};

    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        const char *v = getenv(NAMES[i]);

        if (v && *v) {
            return mcp_str_has_nocase(mcp_str_c(v), MCP_STR("utf-8")) ||
                   mcp_str_has_nocase(mcp_str_c(v), MCP_STR("utf8"));
        }
    }
    return false;
}

static int64_t width_of(const struct cli *cli)
{
    struct winsize size = {0};
    const char *columns = getenv("COLUMNS");
    int64_t width = WIDTH_DEFAULT;

    if (cli_has(cli, "width") && cli_value(cli, "width")->n_text) {
        return cli_number(cli, "width");
    }
    if (ioctl(fileno(cli->out), TIOCGWINSZ, &size) == 0 && size.ws_col) {
        width = size.ws_col;
    } else if (columns && *columns) {
        width = strtol(columns, NULL, 10);
    }
    return width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : width;
}

/* ---- The answer ---- */

struct drawing {
    const struct cli *cli;
    struct cli_result *r;
    int64_t from_ms, to_ms;
    size_t width;
    bool is_ascii;
    struct cli_spark spark;
    int64_t newest_ms; /* of the points; 0: none has a balance */
};

static mcp_str member(const struct drawing *d, mcp_json o, const char *name)
{
    return mcp_json_str(mcp_json_get(o, mcp_str_c(name)), &d->r->arena, mcp_str_n(NULL, 0));
}

static void take_points(struct drawing *d, mcp_json points)
{
    cli_spark_begin(&d->spark, d->width);
    d->newest_ms = 0;
    for (mcp_json p = mcp_json_first(points); mcp_json_present(p); p = mcp_json_next(points, p)) {
        int64_t at_ms = 0, micro = 0;

        if (mcp_timestamp_parse(member(d, p, "at"), &at_ms) &&
            mcp_json_micro(mcp_json_get(p, MCP_STR("balance")), &micro)) {
            cli_spark_add(&d->spark, at_ms, d->from_ms, d->to_ms, micro);
            d->newest_ms = at_ms;
        }
    }
}

static void put_micro(FILE *out, int64_t micro)
{
    struct mcp_json_writer w;
    struct mcp_buf text;

    mcp_buf_init(&text, 64);
    mcp_json_writer_init(&w, &text);
    mcp_json_put_micro(&w, micro);
    fprintf(out, "%.*s", MCP_STR_ARG(mcp_buf_str(&text)));
    mcp_buf_free(&text);
}

static void put_legend(const struct drawing *d)
{
    const struct cli_spark *s = &d->spark;
    FILE *out = d->cli->out;
    char when[32];

    cli_relative(d->newest_ms, cli_now_ms(), when, sizeof(when));
    fputs("  ", out);
    put_micro(out, s->last);
    fprintf(out, " %s; the line goes from ", when);
    put_micro(out, s->least);
    fputs(" to ", out);
    put_micro(out, s->most);
    fputc('\n', out);
}

static void put_pool(struct drawing *d, mcp_json pool)
{
    char *label = cli_clean(member(d, pool, "label")), *unit = cli_clean(member(d, pool, "unit"));
    FILE *out = d->cli->out;

    take_points(d, mcp_json_get(pool, MCP_STR("points")));
    fprintf(out, "%s (%s)\n", label ? label : "?", unit ? unit : "?");
    if (d->newest_ms) {
        fputs("  ", out);
        cli_spark_print(&d->spark, d->is_ascii, out);
        put_legend(d);
    } else {
        fputs("  no balance in this time\n", out);
    }
    mcp_free(label);
    mcp_free(unit);
}

static enum cli_exit draw(struct drawing *d)
{
    mcp_json pools = mcp_json_get(d->r->structured, MCP_STR("pools"));

    if (cli_flag(d->cli, "json")) {
        cli_print_json(d->cli, d->r);
        return CLI_DONE;
    }
    (void)mcp_timestamp_parse(member(d, d->r->structured, "from"), &d->from_ms);
    (void)mcp_timestamp_parse(member(d, d->r->structured, "to"), &d->to_ms);
    if (mcp_json_count(pools) == 0) {
        fputs("no readings yet\n", d->cli->out);
    }
    for (mcp_json p = mcp_json_first(pools); mcp_json_present(p); p = mcp_json_next(pools, p)) {
        put_pool(d, p);
    }
    return CLI_DONE;
}

/* ---- The command ---- */

static bool add_time(struct cli *cli, struct cli_args *args, const char *option)
{
    const char *text = cli_text(cli, option);
    int64_t at_ms;

    if (text && !cli_parse_time(text, cli_now_ms(), &at_ms)) {
        return false;
    }
    if (text) {
        cli_args_time(args, option, at_ms);
    }
    return true;
}

enum cli_exit cli_pool_history_run(struct cli *cli)
{
    static const char *const TIMES[] = {"from", "to"};
    struct cli_args args;
    struct cli_result r;
    struct drawing d = {.cli = cli, .r = &r};
    enum cli_exit code;

    d.width = (size_t)width_of(cli);
    d.width -= d.width > WIDTH_MIN + 2 && !cli_value(cli, "width")->n_text ? 2 : 0; /* its indent */
    d.is_ascii = cli_flag(cli, "ascii") || !shows_utf8();
    cli_args_begin(&args);
    cli_args_str(&args, "connection", cli->arguments[0]);
    cli_args_str(&args, "creditType", cli_text(cli, "credit-type"));
    mcp_json_member_int(&args.w, MCP_STR("points"), (int64_t)d.width);
    for (size_t i = 0; i < 2; i++) {
        if (!add_time(cli, &args, TIMES[i])) {
            cli_args_free(&args);
            return cli_usage(cli, "--%s: \"%s\" is not a time, a date or like -2h", TIMES[i],
                             cli_text(cli, TIMES[i]));
        }
    }
    if (cli_operate(cli, "get_pool_history", &args, false, &r, &code)) {
        code = draw(&d);
        cli_result_free(&r);
    }
    return code;
}
