/* cli/token.c - token create, list, revoke. */
#include <cli/commands.h>
#include <cli/local.h>
#include <cli/print.h>

const struct cli_option cli_token_create_options[] = {
    CLI_ROW_DATA,
    {.name = "scope",
     .argument = "SCOPE",
     .is_repeated = true,
     .help = "what it may do, one or a comma list of read, write, push, admin, usage, "
             "usage.record, wallet, wallet.grant; "
             "or *, all; default read"},
    {.name = "usage",
     .kind = CLI_FLAG,
     .help = "a key that reads what subscriptions used: scope usage, a year at the most"},
    {.name = "push",
     .argument = "CONNECTION",
     .help = "it may push readings to this connection, and nothing else"},
    {.name = "expires",
     .argument = "WHEN",
     .help =
         "a date, an RFC 3339 time or a time from now (30d, 12h); default never, of a usage key "
         "in a year"},
    {.name = "rate",
     .argument = "N",
     .help = "requests a minute of its own, or unlimited; default the server's"},
    CLI_ROWS_PREFIXES,
    CLI_ROW_JSON,
    CLI_ROW_END,
};

/* token list, token revoke */
const struct cli_option cli_token_options[] = {CLI_ROW_DATA, CLI_ROW_JSON, CLI_ROW_END};

static const struct cli_column COLUMNS[] = {
    {"NAME", "name", CLI_CELL_TEXT},
    {"HINT", "hint", CLI_CELL_TEXT},
    {"STATUS", "status", CLI_CELL_TEXT},
    {"SCOPES", "scopes", CLI_CELL_LIST},
    {"RATE", "ratePerMinute", CLI_CELL_NUMBER},
    {"LAST USE", "lastUsedAt", CLI_CELL_TIME},
    {"EXPIRES", "expiresAt", CLI_CELL_TIME},
    {"CREATED", "createdAt", CLI_CELL_TIME},
    {"ID", "id", CLI_CELL_TEXT},
    {NULL, NULL, CLI_CELL_TEXT},
};

static void put_scopes(const struct cli *cli, struct cli_args *a)
{
    const struct cli_value *v = cli_value(cli, "scope");

    if (v->n_text || cli_flag(cli, "usage")) {
        mcp_json_put_key(&a->w, MCP_STR("scopes"));
        mcp_json_array(&a->w);
        for (size_t i = 0; i < v->n_text; i++) {
            mcp_str rest = mcp_str_c(v->text[i]);

            while (rest.ptr) {
                mcp_json_put_str(&a->w, mcp_str_cut(&rest, ','));
            }
        }
        if (cli_flag(cli, "usage")) {
            mcp_json_put_str(&a->w, MCP_STR("usage"));
        }
        mcp_json_array_end(&a->w);
    }
}

static enum cli_exit put_rate(const struct cli *cli, struct cli_args *a)
{
    const char *rate = cli_text(cli, "rate");
    uint64_t n;

    if (!rate) {
        return CLI_DONE;
    }
    if (strcmp(rate, "unlimited") == 0) {
        mcp_json_member_int(&a->w, MCP_STR("ratePerMinute"), -1);
        return CLI_DONE;
    }
    if (!mcp_str_uint(mcp_str_c(rate), 1000000, &n) || n == 0) {
        return cli_usage(cli, "--rate: \"%s\" is neither 1 to 1000000 nor unlimited", rate);
    }
    mcp_json_member_int(&a->w, MCP_STR("ratePerMinute"), (int64_t)n);
    return CLI_DONE;
}

static enum cli_exit put_expiry(const struct cli *cli, struct cli_args *a)
{
    const char *when = cli_text(cli, "expires");
    int64_t now_ms = cli_now_ms(), at_ms;

    if (!when) {
        return CLI_DONE;
    }
    if (!cli_parse_time(when, now_ms, &at_ms)) {
        return cli_usage(cli, "--expires: \"%s\" is not a date, a time or like 30d", when);
    }
    if (at_ms <= now_ms) {
        return cli_usage(cli, "--expires: \"%s\" is not in the future", when);
    }
    cli_args_time(a, "expiresAt", at_ms);
    return CLI_DONE;
}

/* A usage key opens nothing else, or it would be none. */
static enum cli_exit check_usage(const struct cli *cli)
{
    const struct cli_value *v = cli_value(cli, "scope");

    for (size_t i = 0; cli_flag(cli, "usage") && i < v->n_text; i++) {
        if (strcmp(v->text[i], "usage.record") != 0 && strcmp(v->text[i], "usage") != 0) {
            return cli_usage(cli, "--usage goes with --scope usage.record, and no other");
        }
    }
    return CLI_DONE;
}

static void print_created(const struct cli *cli, struct cli_result *r)
{
    struct mcp_arena *arena = &r->arena;
    mcp_str token = mcp_json_str(mcp_json_get(r->structured, MCP_STR("token")), arena, MCP_STR(""));
    mcp_str hint = mcp_json_str(mcp_json_get(r->structured, MCP_STR("hint")), arena, MCP_STR(""));
    mcp_str id = mcp_json_str(mcp_json_get(r->structured, MCP_STR("id")), arena, MCP_STR(""));

    if (cli_flag(cli, "json")) {
        cli_print_json(cli, r);
        return;
    }
    fprintf(cli->out, "%.*s\n", MCP_STR_ARG(token));
    fflush(cli->out);
    fprintf(cli->err, "token %.*s (hint %.*s); it is shown this once, keep it somewhere safe\n",
            MCP_STR_ARG(id), MCP_STR_ARG(hint));
}

enum cli_exit cli_token_create_run(struct cli *cli)
{
    struct cli_args args;
    struct cli_result r;
    enum cli_exit code = check_usage(cli);

    if (code) {
        return code;
    }
    cli_args_begin(&args);
    cli_args_str(&args, "name", cli->arguments[0]);
    cli_args_str(&args, "connection", cli_text(cli, "push"));
    put_scopes(cli, &args);
    code = put_rate(cli, &args);
    code = code ? code : put_expiry(cli, &args);
    if (code) {
        cli_args_free(&args);
        return code;
    }
    if (cli_operate(cli, "create_token", &args, true, &r, &code)) {
        print_created(cli, &r);
        cli_result_free(&r);
    }
    return code;
}

enum cli_exit cli_token_list_run(struct cli *cli)
{
    return cli_show_list(cli, "list_tokens", "tokens", COLUMNS,
                         "no tokens; make one with: cistern token create NAME");
}

enum cli_exit cli_token_revoke_run(struct cli *cli)
{
    struct cli_args args;
    struct cli_result r;
    enum cli_exit code;

    cli_args_begin(&args);
    cli_args_str(&args, "token", cli->arguments[0]);
    if (cli_operate(cli, "revoke_token", &args, false, &r, &code)) {
        cli_print_done(cli, &r, "revoked");
        cli_result_free(&r);
    }
    return code;
}
