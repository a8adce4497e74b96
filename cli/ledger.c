/* cli/ledger.c - ledger list, grant, verify. */
#include <cli/commands.h>
#include <cli/local.h>
#include <cli/print.h>
#include <tools/name.h>

#define AMOUNT_MAX (((int64_t)1 << 53) - 1)

const struct cli_option cli_ledger_options[] = {CLI_ROW_DATA, CLI_ROW_JSON, CLI_ROW_END};

const struct cli_option cli_ledger_list_options[] = {
    CLI_ROW_DATA,
    {.name = "limit",
     .argument = "N",
     .kind = CLI_NUMBER,
     .min = 1,
     .max = 200,
     .help = "at most so many; default 50"},
    {.name = "before",
     .argument = "N",
     .kind = CLI_NUMBER,
     .max = AMOUNT_MAX,
     .help = "only those before entry N"},
    CLI_ROW_JSON,
    CLI_ROW_END,
};

const struct cli_option cli_ledger_grant_options[] = {
    CLI_ROW_DATA,
    {.name = "ref", .argument = "TEXT", .help = "what it is about, for the ledger"},
    {.name = "key",
     .argument = "KEY",
     .help = "names this grant: the same again within a day gives nothing more"},
    CLI_ROW_JSON,
    CLI_ROW_END,
};

static const struct cli_column ENTRIES[] = {
    {"ENTRY", "sequence", CLI_CELL_NUMBER}, {"AT", "at", CLI_CELL_TIME},
    {"CREDITS", "delta", CLI_CELL_NUMBER},  {"BALANCE", "balance_after", CLI_CELL_NUMBER},
    {"REASON", "reason", CLI_CELL_TEXT},    {"APP", "app", CLI_CELL_TEXT},
    {"REF", "ref", CLI_CELL_TEXT},          {NULL, NULL, CLI_CELL_TEXT},
};

static int64_t member(mcp_json v, const char *name)
{
    return mcp_json_int_or(mcp_json_get(v, mcp_str_c(name)), 0);
}

enum cli_exit cli_ledger_list_run(struct cli *cli)
{
    struct cli_args args;
    struct cli_result r;
    enum cli_exit code;

    cli_args_begin(&args);
    cli_args_str(&args, "account", cli->arguments[0]);
    cli_args_number(&args, "limit", cli, "limit");
    cli_args_number(&args, "before", cli, "before");
    if (!cli_operate(cli, "list_ledger", &args, false, &r, &code)) {
        return code;
    }
    if (cli_flag(cli, "json")) {
        cli_print_json(cli, &r);
    } else if (!cli_table(cli->out, mcp_json_get(r.structured, MCP_STR("entries")), ENTRIES,
                          cli_now_ms(), "no entries")) {
        code = cli_say(cli, CLI_LATER, "out of memory");
    } else {
        fprintf(cli->out, "balance %lld, reserved %lld\n",
                (long long)member(r.structured, "balance"),
                (long long)member(r.structured, "reserved"));
    }
    cli_result_free(&r);
    return code;
}

enum cli_exit cli_ledger_grant_run(struct cli *cli)
{
    const struct cli_option amount = {
        .name = "CREDITS", .kind = CLI_NUMBER, .min = 1, .max = AMOUNT_MAX};
    const char *key = cli_text(cli, "key");
    char name[NAME_ID_BYTES + 1] = "";
    uint8_t id[16];
    struct cli_args args;
    struct cli_result r;
    enum cli_exit code;
    int64_t credits;

    if (!cli_parse_number(&amount, cli->arguments[1], &credits)) {
        return cli_usage(cli, "CREDITS: \"%s\" is not a number from 1 to %lld", cli->arguments[1],
                         (long long)AMOUNT_MAX);
    }
    name_id_new(id);
    (void)name_id_format(id, name);
    cli_args_begin(&args);
    cli_args_str(&args, "external_user_id", cli->arguments[0]);
    mcp_json_member_int(&args.w, MCP_STR("amount"), credits);
    cli_args_str(&args, "ref", cli_text(cli, "ref"));
    cli_args_str(&args, "idempotencyKey", key ? key : name);
    if (!cli_operate(cli, "grant_credits", &args, true, &r, &code)) {
        return code;
    }
    if (cli_flag(cli, "json")) {
        cli_print_json(cli, &r);
    } else {
        bool is_again = mcp_json_bool(mcp_json_get(r.structured, MCP_STR("duplicate")), false);

        fprintf(cli->out, "%s %lld; balance %lld\n", is_again ? "granted before:" : "granted",
                (long long)member(r.structured, "amount_granted"),
                (long long)member(r.structured, "balance_after"));
    }
    cli_result_free(&r);
    return code;
}

static void print_wrong(const struct cli *cli, mcp_json first, int64_t wrong)
{
    mcp_json sequence = mcp_json_get(first, MCP_STR("sequence"));
    mcp_str account = mcp_json_raw(mcp_json_get(first, MCP_STR("account")));
    mcp_str why = mcp_json_raw(mcp_json_get(first, MCP_STR("why")));

    fprintf(cli->out, "%lld wrong; the first: account %.*s, ", (long long)wrong,
            MCP_STR_ARG(account));
    if (mcp_json_type(sequence) == MCP_JSON_NULL) {
        fputs("the wallet", cli->out);
    } else {
        fprintf(cli->out, "entry %lld", (long long)mcp_json_int_or(sequence, 0));
    }
    fprintf(cli->out, ": %.*s\n", MCP_STR_ARG(why));
}

enum cli_exit cli_ledger_verify_run(struct cli *cli)
{
    struct cli_args args;
    struct cli_result r;
    enum cli_exit code;

    cli_args_begin(&args);
    if (!cli_operate(cli, "verify_ledger", &args, false, &r, &code)) {
        return code;
    }
    int64_t wrong = member(r.structured, "wrong");

    if (cli_flag(cli, "json")) {
        cli_print_json(cli, &r);
    } else if (wrong) {
        print_wrong(cli, mcp_json_get(r.structured, MCP_STR("first_wrong")), wrong);
    } else {
        fprintf(cli->out, "%lld accounts, %lld entries: every balance is their sum\n",
                (long long)member(r.structured, "accounts"),
                (long long)member(r.structured, "entries"));
    }
    cli_result_free(&r);
    return wrong ? CLI_REFUSED : code;
}
