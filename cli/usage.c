/* cli/usage.c - usage add, show. */
#include <cli/commands.h>
#include <cli/local.h>
#include <cli/print.h>

#define AMOUNT_MAX (((int64_t)1 << 53) - 1)

const struct cli_option cli_usage_add_options[] = {
    CLI_ROW_DATA,
    {.name = "requests",
     .argument = "N",
     .kind = CLI_NUMBER,
     .max = AMOUNT_MAX,
     .help = "how many; default 1"},
    {.name = "bytes",
     .argument = "BYTES",
     .kind = CLI_BYTES,
     .max = AMOUNT_MAX,
     .help = "what they moved, also like 10M; default 0"},
    {.name = "at", .argument = "WHEN", .help = "when: RFC 3339, a date, or like -2h; default now"},
    {.name = "id", .argument = "ID", .help = "the same again within 35 days changes nothing"},
    CLI_ROW_JSON,
    CLI_ROW_END,
};

const struct cli_option cli_usage_show_options[] = {
    CLI_ROW_DATA,
    {.name = "from", .argument = "YYYY-MM", .help = "first month; default six before the last"},
    {.name = "to", .argument = "YYYY-MM", .help = "last month; default this one"},
    CLI_ROW_JSON,
    CLI_ROW_END,
};

static const struct cli_column MONTHS[] = {
    {"MONTH", "month", CLI_CELL_TEXT},
    {"HTTP", "http.requests", CLI_CELL_NUMBER},
    {"SOCKS", "socks.requests", CLI_CELL_NUMBER},
    {"INBOUND", "inbound.requests", CLI_CELL_NUMBER},
    {"REQUESTS", "total.requests", CLI_CELL_NUMBER},
    {"%", "total.requests_percent", CLI_CELL_NUMBER},
    {"BYTES", "total.bandwidth_bytes", CLI_CELL_NUMBER},
    {"%", "total.bandwidth_percent", CLI_CELL_NUMBER},
    {NULL, NULL, CLI_CELL_TEXT},
};

static enum cli_exit print_recorded(const struct cli *cli, const struct cli_result *r)
{
    int64_t recorded = mcp_json_int_or(mcp_json_get(r->structured, MCP_STR("recorded")), 0);
    int64_t conflicts = mcp_json_int_or(mcp_json_get(r->structured, MCP_STR("conflicts")), 0);

    if (cli_flag(cli, "json")) {
        cli_print_json(cli, r);
    } else if (!conflicts) {
        fputs(recorded ? "recorded\n" : "already there: this id\n", cli->out);
    }
    return conflicts ? cli_say(cli, CLI_REFUSED, "not recorded: another event had this id")
                     : CLI_DONE;
}

enum cli_exit cli_usage_add_run(struct cli *cli)
{
    const char *at = cli_text(cli, "at");
    struct cli_args args;
    struct cli_result r;
    enum cli_exit code;
    int64_t at_ms;

    if (at && !cli_parse_time(at, cli_now_ms(), &at_ms)) {
        return cli_usage(cli, "--at: \"%s\" is not a time, a date or like -2h", at);
    }
    cli_args_begin(&args);
    cli_args_str(&args, "subscription", cli->arguments[0]);
    cli_args_str(&args, "type", cli->arguments[1]);
    cli_args_number(&args, "requests", cli, "requests");
    cli_args_number(&args, "bandwidth_bytes", cli, "bytes");
    if (at) {
        cli_args_time(&args, "at", at_ms);
    }
    cli_args_str(&args, "id", cli_text(cli, "id"));
    if (cli_operate(cli, "record_usage", &args, false, &r, &code)) {
        code = print_recorded(cli, &r);
        cli_result_free(&r);
    }
    return code;
}

enum cli_exit cli_usage_show_run(struct cli *cli)
{
    struct cli_args args;
    struct cli_result r;
    enum cli_exit code;

    cli_args_begin(&args);
    cli_args_str(&args, "subscription", cli->arguments[0]);
    cli_args_str(&args, "from", cli_text(cli, "from"));
    cli_args_str(&args, "to", cli_text(cli, "to"));
    if (!cli_operate(cli, "get_subscription_usage", &args, false, &r, &code)) {
        return code;
    }
    if (cli_flag(cli, "json")) {
        cli_print_json(cli, &r);
    } else if (!cli_table(cli->out, mcp_json_get(r.structured, MCP_STR("usage")), MONTHS,
                          cli_now_ms(), "")) {
        code = cli_say(cli, CLI_LATER, "out of memory");
    }
    cli_result_free(&r);
    return code;
}
