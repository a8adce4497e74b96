/* cli/plan.c - plan add, list, edit, remove. */
#include <cli/commands.h>
#include <cli/local.h>
#include <cli/print.h>

enum { PERCENT_MAX = 1000 };

#define AMOUNT_MAX (((int64_t)1 << 53) - 1)

const struct cli_option cli_plan_options[] = {CLI_ROW_DATA, CLI_ROW_JSON, CLI_ROW_END};

const struct cli_option cli_plan_add_options[] = {
    CLI_ROW_DATA,
    {.name = "name", .argument = "NAME", .help = "for people; default ID"},
    {.name = "requests",
     .argument = "N",
     .kind = CLI_NUMBER,
     .min = 1,
     .max = AMOUNT_MAX,
     .help = "requests a month; default unlimited"},
    {.name = "bandwidth",
     .argument = "BYTES",
     .kind = CLI_BYTES,
     .min = 1,
     .max = AMOUNT_MAX,
     .help = "bytes a month, also like 100G; default unlimited"},
    {.name = "alerts",
     .argument = "PERCENTS",
     .help = "comma list: webhooks are told at each, once a month; or none; default 80,100"},
    CLI_ROW_JSON,
    CLI_ROW_END,
};

const struct cli_option cli_plan_edit_options[] = {
    CLI_ROW_DATA,
    {.name = "name", .argument = "NAME", .help = "for people"},
    {.name = "requests", .argument = "N", .help = "requests a month, or none: unlimited"},
    {.name = "bandwidth",
     .argument = "BYTES",
     .help = "bytes a month, also like 100G, or none: unlimited"},
    {.name = "alerts",
     .argument = "PERCENTS",
     .help = "comma list: webhooks are told at each, once a month; or none"},
    CLI_ROW_JSON,
    CLI_ROW_END,
};

static const struct cli_column COLUMNS[] = {
    {"PLAN", "id", CLI_CELL_TEXT},
    {"NAME", "display_name", CLI_CELL_TEXT},
    {"REQUESTS", "allowance.requests", CLI_CELL_NUMBER},
    {"BYTES", "allowance.bandwidth_bytes", CLI_CELL_NUMBER},
    {"ALERTS %", "alert_percents", CLI_CELL_LIST},
    {"CREATED", "created_at", CLI_CELL_TIME},
    {NULL, NULL, CLI_CELL_TEXT},
};

static enum cli_exit change(const struct cli *cli, const char *tool, struct cli_args *args,
                            bool create, const char *what)
{
    struct cli_result r;
    enum cli_exit code;

    if (cli_operate(cli, tool, args, create, &r, &code)) {
        if (cli_flag(cli, "json")) {
            cli_print_json(cli, &r);
        } else {
            fprintf(cli->out, "%s %s\n", what, cli->arguments[0]);
        }
        cli_result_free(&r);
    }
    return code;
}

/* "80,100" as a list; none is an empty one. */
static enum cli_exit put_alerts(const struct cli *cli, struct cli_args *args)
{
    const char *text = cli_text(cli, "alerts");
    mcp_str rest = mcp_str_c(text);
    uint64_t n;

    if (!text) {
        return CLI_DONE;
    }
    mcp_json_put_key(&args->w, MCP_STR("alert_percents"));
    mcp_json_array(&args->w);
    while (rest.ptr && strcmp(text, "none") != 0) {
        if (!mcp_str_uint(mcp_str_cut(&rest, ','), PERCENT_MAX, &n) || n == 0) {
            return cli_usage(cli,
                             "--alerts: \"%s\" is neither a list like 80,100 (1 to %d) nor none",
                             text, PERCENT_MAX);
        }
        mcp_json_put_int(&args->w, (int64_t)n);
    }
    mcp_json_array_end(&args->w);
    return CLI_DONE;
}

enum cli_exit cli_plan_add_run(struct cli *cli)
{
    struct cli_args args;

    cli_args_begin(&args);
    cli_args_str(&args, "id", cli->arguments[0]);
    cli_args_str(&args, "display_name", cli_text(cli, "name"));
    cli_args_number(&args, "requests", cli, "requests");
    cli_args_number(&args, "bandwidth_bytes", cli, "bandwidth");
    enum cli_exit code = put_alerts(cli, &args);

    if (code) {
        cli_args_free(&args);
        return code;
    }
    return change(cli, "add_plan", &args, true, "added");
}

enum cli_exit cli_plan_list_run(struct cli *cli)
{
    return cli_show_list(cli, "list_plans", "plans", COLUMNS,
                         "no plans; add one with: cistern plan add ID");
}

enum cli_exit cli_plan_remove_run(struct cli *cli)
{
    struct cli_args args;

    cli_args_begin(&args);
    cli_args_str(&args, "plan", cli->arguments[0]);
    return change(cli, "remove_plan", &args, false, "removed");
}

/* A number as the row of `plan add` has it, or the word none. */
static enum cli_exit put_amount(const struct cli *cli, struct cli_args *args, const char *name,
                                const char *key)
{
    const char *text = cli_text(cli, name);
    struct cli_option row = {
        .name = name,
        .kind = strcmp(name, "bandwidth") == 0 ? CLI_BYTES : CLI_NUMBER,
        .min = 1,
        .max = AMOUNT_MAX,
    };
    int64_t n;

    if (!text) {
        return CLI_DONE;
    }
    if (strcmp(text, "none") == 0) {
        mcp_json_member_null(&args->w, mcp_str_c(key));
        return CLI_DONE;
    }
    if (!cli_parse_number(&row, text, &n)) {
        return cli_usage(cli, "--%s: \"%s\" is neither 1 to %lld nor none", name, text,
                         (long long)AMOUNT_MAX);
    }
    mcp_json_member_int(&args->w, mcp_str_c(key), n);
    return CLI_DONE;
}

enum cli_exit cli_plan_edit_run(struct cli *cli)
{
    struct cli_args args;

    cli_args_begin(&args);
    cli_args_str(&args, "plan", cli->arguments[0]);
    cli_args_str(&args, "display_name", cli_text(cli, "name"));
    enum cli_exit code = put_amount(cli, &args, "requests", "requests");

    code = code ? code : put_amount(cli, &args, "bandwidth", "bandwidth_bytes");
    code = code ? code : put_alerts(cli, &args);
    if (code) {
        cli_args_free(&args);
        return code;
    }
    return change(cli, "edit_plan", &args, false, "changed");
}
