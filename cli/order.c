/* cli/order.c - order list, approve, reject. */
#include <cli/commands.h>
#include <cli/local.h>
#include <cli/print.h>

const struct cli_option cli_order_options[] = {CLI_ROW_DATA, CLI_ROW_JSON, CLI_ROW_END};

const struct cli_option cli_order_list_options[] = {
    CLI_ROW_DATA,
    {.name = "status",
     .argument = "STATUS",
     .help = "only pending, paid, rejected, expired or failed ones, of the newest 100,000"},
    {.name = "limit",
     .argument = "N",
     .kind = CLI_NUMBER,
     .min = 1,
     .max = 200,
     .help = "at most so many; default 50"},
    CLI_ROW_JSON,
    CLI_ROW_END,
};

enum cli_exit cli_read_packages(const struct cli *cli, struct package room[PACKAGES_MAX],
                                struct tools_options *to)
{
    const struct cli_value *v = cli_has(cli, "package") ? cli_value(cli, "package") : NULL;
    size_t n = v ? v->n_text : 0;

    for (size_t i = 0; i < n; i++) {
        const char *why = package_parse(mcp_str_c(v->text[i]), &room[i]);

        if (!why && package_find(room, i, mcp_str_c(room[i].id))) {
            why = "there is one with its id before it";
        }
        if (why) {
            return cli_usage(cli, "--package: \"%s\": %s", v->text[i], why);
        }
    }
    to->packages = room;
    to->n_packages = n;
    return CLI_DONE;
}

_Static_assert((int)CLI_REPEATS_MAX <= (int)PACKAGES_MAX, "each has room");

static const struct cli_column COLUMNS[] = {
    {"ORDER", "id", CLI_CELL_TEXT},
    {"ACCOUNT", "account", CLI_CELL_TEXT},
    {"STATUS", "status", CLI_CELL_TEXT},
    {"PACKAGE", "package_id", CLI_CELL_TEXT},
    {"CENTS", "price_cents", CLI_CELL_NUMBER},
    {"CREDITS", "credits", CLI_CELL_NUMBER},
    {"BY", "provider", CLI_CELL_TEXT},
    {"CREATED", "created_at", CLI_CELL_TIME},
    {"ENDED", "ended_at", CLI_CELL_TIME},
    {NULL, NULL, CLI_CELL_TEXT},
};

enum cli_exit cli_order_list_run(struct cli *cli)
{
    struct cli_args args;
    struct cli_result r;
    enum cli_exit code;

    cli_args_begin(&args);
    cli_args_str(&args, "status", cli_text(cli, "status"));
    cli_args_number(&args, "limit", cli, "limit");
    if (!cli_operate(cli, "list_orders", &args, false, &r, &code)) {
        return code;
    }
    if (cli_flag(cli, "json")) {
        cli_print_json(cli, &r);
    } else if (!cli_table(cli->out, mcp_json_get(r.structured, MCP_STR("orders")), COLUMNS,
                          cli_now_ms(), "no orders")) {
        code = cli_say(cli, CLI_LATER, "out of memory");
    }
    cli_result_free(&r);
    return code;
}

static enum cli_exit end(const struct cli *cli, const char *tool, const char *what)
{
    struct cli_args args;
    struct cli_result r;
    enum cli_exit code;

    cli_args_begin(&args);
    cli_args_str(&args, "order", cli->arguments[0]);
    if (cli_operate(cli, tool, &args, false, &r, &code)) {
        if (cli_flag(cli, "json")) {
            cli_print_json(cli, &r);
        } else {
            mcp_str account = mcp_json_raw(mcp_json_get(r.structured, MCP_STR("account")));
            int64_t credits = mcp_json_int_or(mcp_json_get(r.structured, MCP_STR("credits")), 0);

            fprintf(cli->out, "%s: account %.*s, %lld credits\n", what, MCP_STR_ARG(account),
                    (long long)credits);
        }
        cli_result_free(&r);
    }
    return code;
}

enum cli_exit cli_order_approve_run(struct cli *cli)
{
    return end(cli, "approve_order", "approved");
}

enum cli_exit cli_order_reject_run(struct cli *cli)
{
    return end(cli, "reject_order", "rejected");
}
