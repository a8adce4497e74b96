/* cli/login.c - login, login list, login revoke: the dashboard in a browser. */
#include <cli/commands.h>
#include <cli/local.h>
#include <cli/print.h>
#include <cli/server_url.h>

const struct cli_option cli_login_options[] = {
    CLI_ROW_DATA,
    {.name = "lasts",
     .argument = "TIME",
     .fallback = "1d",
     .kind = CLI_TIME,
     .min = 60000,
     .max = (int64_t)30 * 86400000,
     .help = "how long the session lasts once the link was opened, at most 30d"},
    {.name = "read-only",
     .kind = CLI_FLAG,
     .help = "it may look at pools and alerts, and neither see keys nor change webhooks"},
    {.name = "public-url",
     .argument = "URL",
     .has_env = true,
     .help = "where the browser reaches the server; default where the one on this store listens"},
    CLI_ROW_JSON,
    CLI_ROW_END,
};

/* login list, login revoke */
const struct cli_option cli_login_list_options[] = {CLI_ROW_DATA, CLI_ROW_JSON, CLI_ROW_END};

static const struct cli_column COLUMNS[] = {
    {"KIND", "kind", CLI_CELL_TEXT},
    {"STATUS", "status", CLI_CELL_TEXT},
    {"SCOPES", "scopes", CLI_CELL_LIST},
    {"CREATED", "createdAt", CLI_CELL_TIME},
    {"LAST USE", "lastUsedAt", CLI_CELL_TIME},
    {"EXPIRES", "expiresAt", CLI_CELL_TIME},
    {"ID", "id", CLI_CELL_TEXT},
    {NULL, NULL, CLI_CELL_TEXT},
};

/* Where the link leads to, without a final '/'. */
static enum cli_exit find_base(const struct cli *cli, char out[CLI_URL_BYTES])
{
    const char *given = cli_text(cli, "public-url");
    char dir[4096];

    if (given) {
        if (!cli_url_is_base(given)) {
            return cli_usage(cli, "--public-url: \"%s\" is not an http or https URL", given);
        }
        snprintf(out, CLI_URL_BYTES, "%s", given);
    } else if (!cli_data_dir(cli, dir, sizeof(dir)) || !cli_server_url_get(dir, out)) {
        return cli_say(cli, CLI_UNREACHABLE,
                       "no server runs on this store; start one (cistern serve), or say where "
                       "with --public-url");
    }
    for (size_t n = strlen(out); n && out[n - 1] == '/'; n--) {
        out[n - 1] = '\0';
    }
    return CLI_DONE;
}

static void print_link(const struct cli *cli, struct cli_result *r, const char *base)
{
    mcp_str code =
        mcp_json_str(mcp_json_get(r->structured, MCP_STR("code")), &r->arena, MCP_STR(""));

    if (cli_flag(cli, "json")) {
        cli_print_json(cli, r);
        return;
    }
    /* After the '#' it is sent to nobody but the page. */
    fprintf(cli->out, "%s/login#%.*s\n", base, MCP_STR_ARG(code));
    fflush(cli->out);
    fprintf(cli->err, "opens once, within 10 minutes; it lets in whoever opens it\n");
}

enum cli_exit cli_login_run(struct cli *cli)
{
    char base[CLI_URL_BYTES];
    struct cli_args args;
    struct cli_result r;
    enum cli_exit code = find_base(cli, base);

    if (code) {
        return code;
    }
    cli_args_begin(&args);
    mcp_json_member_int(&args.w, MCP_STR("lastsSeconds"), cli_number(cli, "lasts") / 1000);
    mcp_json_member_bool(&args.w, MCP_STR("readOnly"), cli_flag(cli, "read-only"));
    if (cli_operate(cli, "create_login", &args, false, &r, &code)) {
        print_link(cli, &r, base);
        cli_result_free(&r);
    }
    return code;
}

enum cli_exit cli_login_list_run(struct cli *cli)
{
    return cli_show_list(cli, "list_logins", "logins", COLUMNS,
                         "nobody is signed in; make a link with: cistern login");
}

enum cli_exit cli_login_revoke_run(struct cli *cli)
{
    struct cli_args args;
    struct cli_result r;
    enum cli_exit code;

    cli_args_begin(&args);
    cli_args_str(&args, "login", cli->arguments[0]);
    if (cli_operate(cli, "revoke_login", &args, false, &r, &code)) {
        int64_t n = mcp_json_int_or(mcp_json_get(r.structured, MCP_STR("ended")), 0);

        if (cli_flag(cli, "json")) {
            cli_print_json(cli, &r);
        } else {
            fprintf(cli->out, "ended %lld\n", (long long)n);
        }
        cli_result_free(&r);
    }
    return code;
}
