/* cli/subscription.c - subscription add, list, show, edit, remove. */
#include <cli/commands.h>
#include <cli/local.h>
#include <cli/print.h>

const struct cli_option cli_subscription_options[] = {CLI_ROW_DATA, CLI_ROW_JSON, CLI_ROW_END};

#define ROW_FIELDS                                                                                 \
    {.name = "platform", .argument = "NAME", .help = "where the app runs; at first direct"},       \
    {                                                                                              \
        .name = "status", .argument = "STATUS", .help = "active, suspended or cancelled"           \
    }

const struct cli_option cli_subscription_add_options[] = {
    CLI_ROW_DATA, {.name = "plan", .argument = "ID", .help = "a plan's id; required"},
    ROW_FIELDS,   CLI_ROW_JSON,
    CLI_ROW_END,
};

const struct cli_option cli_subscription_edit_options[] = {
    CLI_ROW_DATA,
    {.name = "app", .argument = "NAME", .help = "a new name of the app"},
    {.name = "plan", .argument = "ID", .help = "another plan's id"},
    ROW_FIELDS,
    CLI_ROW_JSON,
    CLI_ROW_END,
};

static const struct cli_column COLUMNS[] = {
    {"APP", "app_name", CLI_CELL_TEXT},
    {"ID", "id", CLI_CELL_TEXT},
    {"PLAN", "plan", CLI_CELL_TEXT},
    {"STATUS", "status", CLI_CELL_TEXT},
    {"PLATFORM", "platform", CLI_CELL_TEXT},
    {"CREATED", "created_at", CLI_CELL_TIME},
    {NULL, NULL, CLI_CELL_TEXT},
};

static const struct cli_column RECORD[] = {
    {"id", "id", CLI_CELL_TEXT},
    {"app", "app_name", CLI_CELL_TEXT},
    {"plan", "plan", CLI_CELL_TEXT},
    {"plan name", "plan_display", CLI_CELL_TEXT},
    {"status", "status", CLI_CELL_TEXT},
    {"platform", "platform", CLI_CELL_TEXT},
    {"created", "created_at", CLI_CELL_TIME},
    {NULL, NULL, CLI_CELL_TEXT},
};

static void print_changed(const struct cli *cli, struct cli_result *r, const char *what)
{
    mcp_str id = mcp_json_str(mcp_json_get(r->structured, MCP_STR("id")), &r->arena, MCP_STR(""));

    if (cli_flag(cli, "json")) {
        cli_print_json(cli, r);
    } else {
        fprintf(cli->out, "%s %.*s\n", what, MCP_STR_ARG(id));
    }
}

static enum cli_exit change(const struct cli *cli, const char *tool, struct cli_args *args,
                            bool create, const char *what)
{
    struct cli_result r;
    enum cli_exit code;

    if (cli_operate(cli, tool, args, create, &r, &code)) {
        print_changed(cli, &r, what);
        cli_result_free(&r);
    }
    return code;
}

enum cli_exit cli_subscription_add_run(struct cli *cli)
{
    struct cli_args args;

    if (!cli_text(cli, "plan")) {
        return cli_usage(cli, "--plan is required; cistern plan list shows the plans");
    }
    cli_args_begin(&args);
    cli_args_str(&args, "app_name", cli->arguments[0]);
    cli_args_str(&args, "plan", cli_text(cli, "plan"));
    cli_args_str(&args, "platform", cli_text(cli, "platform"));
    cli_args_str(&args, "status", cli_text(cli, "status"));
    return change(cli, "add_subscription", &args, false, "added");
}

enum cli_exit cli_subscription_list_run(struct cli *cli)
{
    return cli_show_list(cli, "list_subscriptions", "subscriptions", COLUMNS,
                         "no subscriptions; add one with: cistern subscription add APP --plan ID");
}

enum cli_exit cli_subscription_show_run(struct cli *cli)
{
    struct cli_args args;
    struct cli_result r;
    enum cli_exit code;

    cli_args_begin(&args);
    cli_args_str(&args, "subscription", cli->arguments[0]);
    if (!cli_operate(cli, "show_subscription", &args, false, &r, &code)) {
        return code;
    }
    if (cli_flag(cli, "json")) {
        cli_print_json(cli, &r);
    } else if (!cli_record(cli->out, r.structured, RECORD, cli_now_ms())) {
        code = cli_say(cli, CLI_LATER, "out of memory");
    }
    cli_result_free(&r);
    return code;
}

enum cli_exit cli_subscription_edit_run(struct cli *cli)
{
    struct cli_args args;

    cli_args_begin(&args);
    cli_args_str(&args, "subscription", cli->arguments[0]);
    cli_args_str(&args, "app_name", cli_text(cli, "app"));
    cli_args_str(&args, "plan", cli_text(cli, "plan"));
    cli_args_str(&args, "platform", cli_text(cli, "platform"));
    cli_args_str(&args, "status", cli_text(cli, "status"));
    return change(cli, "edit_subscription", &args, false, "changed");
}

enum cli_exit cli_subscription_remove_run(struct cli *cli)
{
    struct cli_args args;

    cli_args_begin(&args);
    cli_args_str(&args, "subscription", cli->arguments[0]);
    return change(cli, "remove_subscription", &args, false, "removed");
}
