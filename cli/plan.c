/* cli/plan.c - plan add, list, remove. */
#include <cli/commands.h>
#include <cli/local.h>
#include <cli/print.h>

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
    CLI_ROW_JSON,
    CLI_ROW_END,
};

static const struct cli_column COLUMNS[] = {
    {"PLAN", "id", CLI_CELL_TEXT},
    {"NAME", "display_name", CLI_CELL_TEXT},
    {"REQUESTS", "allowance.requests", CLI_CELL_NUMBER},
    {"BYTES", "allowance.bandwidth_bytes", CLI_CELL_NUMBER},
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

enum cli_exit cli_plan_add_run(struct cli *cli)
{
    struct cli_args args;

    cli_args_begin(&args);
    cli_args_str(&args, "id", cli->arguments[0]);
    cli_args_str(&args, "display_name", cli_text(cli, "name"));
    if (cli_text(cli, "requests")) {
        mcp_json_member_int(&args.w, MCP_STR("requests"), cli_number(cli, "requests"));
    }
    if (cli_text(cli, "bandwidth")) {
        mcp_json_member_int(&args.w, MCP_STR("bandwidth_bytes"), cli_number(cli, "bandwidth"));
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
