/* cli/reading.c - reading add. */
#include <cli/commands.h>
#include <cli/local.h>
#include <cli/print.h>

const struct cli_option cli_reading_add_options[] = {
    CLI_ROW_DATA,
    {.name = "limit", .argument = "N", .help = "what a full pool holds"},
    {.name = "label", .argument = "TEXT", .help = "the pool's name; default CREDIT_TYPE"},
    {.name = "unit", .argument = "TEXT", .help = "what is counted; default credits"},
    {.name = "at",
     .argument = "WHEN",
     .help = "when it was read: RFC 3339, a date, or like -2h; default now"},
    CLI_ROW_JSON,
    CLI_ROW_END,
};

static enum cli_exit print_counts(const struct cli *cli, const struct cli_result *r)
{
    int64_t stored = mcp_json_int_or(mcp_json_get(r->structured, MCP_STR("stored")), 0);
    int64_t conflicts = mcp_json_int_or(mcp_json_get(r->structured, MCP_STR("conflicts")), 0);

    if (cli_flag(cli, "json")) {
        cli_print_json(cli, r);
    } else if (!conflicts) {
        fputs(stored ? "stored\n" : "already there: same credit type and time\n", cli->out);
    }
    return conflicts ? cli_say(cli, CLI_REFUSED,
                               "not stored: this credit type has another value for this time")
                     : CLI_DONE;
}

enum cli_exit cli_reading_add_run(struct cli *cli)
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
    cli_args_str(&args, "connection", cli->arguments[0]);
    cli_args_str(&args, "creditType", cli->arguments[1]);
    cli_args_decimal(&args, "balance", cli->arguments[2]);
    cli_args_decimal(&args, "balanceLimit", cli_text(cli, "limit"));
    cli_args_str(&args, "label", cli_text(cli, "label"));
    cli_args_str(&args, "unit", cli_text(cli, "unit"));
    if (at) {
        cli_args_time(&args, "recordedAt", at_ms);
    }
    if (cli_operate(cli, "add_reading", &args, false, &r, &code)) {
        code = print_counts(cli, &r);
        cli_result_free(&r);
    }
    return code;
}
