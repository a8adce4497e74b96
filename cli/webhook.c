/* cli/webhook.c - webhook add, list, edit, rotate, remove. */
#include <cli/commands.h>
#include <cli/json_file.h>
#include <cli/local.h>
#include <cli/print.h>

#include <unistd.h>

#define URL_BYTES_MAX (1 << 17) /* of the file; the URL itself may have 2,048 */

#define ROW_URL_FILE                                                                               \
    {                                                                                              \
        .name = "url-file", .argument = "FILE", .help = "read the URL here instead"                \
    }
#define ROWS_KIND                                                                                  \
    {.name = "format",                                                                             \
     .argument = "FORMAT",                                                                         \
     .help = "generic, or slack for incoming webhooks of Slack and what understands the same"},    \
    {                                                                                              \
        .name = "level", .argument = "LEVEL",                                                      \
        .help = "low: all alerts (the default); critical: only those"                              \
    }

const struct cli_option cli_webhook_options[] = {CLI_ROW_DATA, CLI_ROW_JSON, CLI_ROW_END};

const struct cli_option cli_webhook_add_options[] = {
    CLI_ROW_DATA,
    ROW_URL_FILE,
    ROWS_KIND,
    {.name = "unsigned", .kind = CLI_FLAG, .help = "send no signatures and make no secret"},
    CLI_ROW_JSON,
    CLI_ROW_END,
};

const struct cli_option cli_webhook_edit_options[] = {
    CLI_ROW_DATA,
    {.name = "name", .argument = "NAME", .help = "a new name"},
    {.name = "url-file",
     .argument = "FILE",
     .help = "a new URL, in this file; - is standard input"},
    ROWS_KIND,
    {.name = "off", .kind = CLI_FLAG, .help = "send nothing to it"},
    {.name = "on", .kind = CLI_FLAG, .help = "send again, also what has waited"},
    CLI_ROW_JSON,
    CLI_ROW_END,
};

const struct cli_option cli_webhook_rotate_options[] = {
    CLI_ROW_DATA,
    {.name = "overlap",
     .argument = "TIME",
     .fallback = "24h",
     .kind = CLI_TIME,
     .min = 0,
     .max = (int64_t)30 * 86400000,
     .help = "how long the old secret signs, too"},
    CLI_ROW_JSON,
    CLI_ROW_END,
};

static const struct cli_column COLUMNS[] = {
    {"NAME", "name", CLI_CELL_TEXT},
    {"FORMAT", "format", CLI_CELL_TEXT},
    {"LEVEL", "level", CLI_CELL_TEXT},
    {"STATE", "state", CLI_CELL_TEXT},
    {"SIGNED", "signed", CLI_CELL_TEXT},
    {"LAST TRY", "lastAttemptAt", CLI_CELL_TIME},
    {"STATUS", "lastStatus", CLI_CELL_NUMBER},
    {"URL", "url", CLI_CELL_TEXT},
    {"REASON", "reason", CLI_CELL_TEXT},
    {"ID", "id", CLI_CELL_TEXT},
    {NULL, NULL, CLI_CELL_TEXT},
};

/* A URL is a secret, so it is never an argument: every user of the machine can read those. */
static enum cli_exit put_url(const struct cli *cli, const char *file, struct cli_args *args)
{
    struct mcp_buf text;

    if (strcmp(file, "-") == 0 && isatty(STDIN_FILENO)) {
        fputs("the URL, then Enter and Ctrl-D: ", cli->err);
    }
    enum cli_exit code = cli_file_read(cli, file, URL_BYTES_MAX, &text);
    mcp_str url = mcp_buf_str(&text);

    while (url.len && strchr("\r\n\t ", url.ptr[url.len - 1])) {
        url.len--;
    }
    if (!code && url.len == 0) {
        code = cli_usage(cli, "no URL in %s", strcmp(file, "-") == 0 ? "standard input" : file);
    }
    if (!code) {
        mcp_json_member_str(&args->w, MCP_STR("url"), url);
    }
    if (!code && mcp_str_starts(url, MCP_STR("http:"))) {
        fputs("note: a server sends to http: only with --outbound-http\n", cli->err);
    }
    if (text.len) {
        memset(text.ptr, 0, text.len);
    }
    mcp_buf_free(&text);
    return code;
}

/* The secret alone on standard output, for a pipe; the rest for a person. */
static void print_secret(const struct cli *cli, struct cli_result *r, const char *what)
{
    mcp_str secret =
        mcp_json_str(mcp_json_get(r->structured, MCP_STR("secret")), &r->arena, MCP_STR(""));

    if (cli_flag(cli, "json") || secret.len == 0) {
        cli_print_done(cli, r, what);
        return;
    }
    fprintf(cli->out, "%.*s\n", MCP_STR_ARG(secret));
    fflush(cli->out);
    fprintf(cli->err, "%s; this is its signing secret, it is shown this once\n", what);
}

static enum cli_exit operate(const struct cli *cli, const char *tool, struct cli_args *args,
                             bool create, bool has_secret, const char *what)
{
    struct cli_result r;
    enum cli_exit code;

    if (cli_operate(cli, tool, args, create, &r, &code)) {
        if (has_secret) {
            print_secret(cli, &r, what);
        } else {
            cli_print_done(cli, &r, what);
        }
        cli_result_free(&r);
    }
    return code;
}

enum cli_exit cli_webhook_add_run(struct cli *cli)
{
    const char *file = cli_text(cli, "url-file");
    struct cli_args args;

    cli_args_begin(&args);
    cli_args_str(&args, "name", cli->arguments[0]);
    cli_args_str(&args, "format", cli_text(cli, "format"));
    cli_args_str(&args, "level", cli_text(cli, "level"));
    if (cli_flag(cli, "unsigned")) {
        mcp_json_member_bool(&args.w, MCP_STR("signed"), false);
    }
    enum cli_exit code = put_url(cli, file ? file : "-", &args);

    if (code) {
        cli_args_free(&args);
        return code;
    }
    return operate(cli, "add_webhook", &args, true, true, "added");
}

enum cli_exit cli_webhook_list_run(struct cli *cli)
{
    return cli_show_list(cli, "list_webhooks", "webhooks", COLUMNS,
                         "no webhooks; add one with: cistern webhook add NAME < FILE-WITH-URL");
}

enum cli_exit cli_webhook_edit_run(struct cli *cli)
{
    const char *file = cli_text(cli, "url-file");
    bool is_on = cli_flag(cli, "on"), is_off = cli_flag(cli, "off");
    struct cli_args args;
    enum cli_exit code = CLI_DONE;

    if (is_on && is_off) {
        return cli_usage(cli, "--on and --off: give one of them");
    }
    if (!is_on && !is_off && !file && !cli_text(cli, "name") && !cli_text(cli, "format") &&
        !cli_text(cli, "level")) {
        return cli_usage(cli, "nothing to change");
    }
    cli_args_begin(&args);
    cli_args_str(&args, "webhook", cli->arguments[0]);
    cli_args_str(&args, "name", cli_text(cli, "name"));
    cli_args_str(&args, "format", cli_text(cli, "format"));
    cli_args_str(&args, "level", cli_text(cli, "level"));
    if (is_on || is_off) {
        mcp_json_member_bool(&args.w, MCP_STR("enabled"), is_on);
    }
    code = file ? put_url(cli, file, &args) : CLI_DONE;
    if (code) {
        cli_args_free(&args);
        return code;
    }
    return operate(cli, "edit_webhook", &args, false, false, "changed");
}

enum cli_exit cli_webhook_rotate_run(struct cli *cli)
{
    struct cli_args args;

    cli_args_begin(&args);
    cli_args_str(&args, "webhook", cli->arguments[0]);
    mcp_json_member_int(&args.w, MCP_STR("overlapSeconds"), cli_number(cli, "overlap") / 1000);
    return operate(cli, "rotate_webhook", &args, false, true, "rotated");
}

enum cli_exit cli_webhook_remove_run(struct cli *cli)
{
    struct cli_args args;

    cli_args_begin(&args);
    cli_args_str(&args, "webhook", cli->arguments[0]);
    return operate(cli, "remove_webhook", &args, false, false, "removed");
}
