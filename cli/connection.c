/* cli/connection.c - connection add, list, show, edit, remove. */
#include <cli/commands.h>
#include <cli/local.h>
#include <cli/print.h>
#include <cli/source_args.h>

#define ROW_FIELDS                                                                                 \
    {.name = "tool-id", .argument = "ID", .help = "the service's short name; default from TOOL"},  \
        {.name = "topup-url", .argument = "URL", .help = "where to buy more"},                     \
        {.name = "low", .argument = "N", .help = "balance at which a pool is low"},                \
        {.name = "critical", .argument = "N", .help = "balance at which a pool is critical"},      \
        {.name = "alerts", .argument = "on|off", .help = "whether it raises alerts; default on"},  \
    {                                                                                              \
        .name = "status", .argument = "STATUS",                                                    \
        .help = "active, stale, error or disconnected; disconnected: its source is not asked"      \
    }

#define ROW_EVERY                                                                                  \
    {                                                                                              \
        .name = "every", .argument = "TIME", .kind = CLI_TIME, .min = 1000, .max = 3600000,        \
        .help = "how often it is asked, 1s to 1h; default 15m"                                     \
    }

const struct cli_option cli_connection_options[] = {CLI_ROW_DATA, CLI_ROWS_DEFAULTS, CLI_ROW_JSON,
                                                    CLI_ROW_END};

const struct cli_option cli_connection_add_options[] = {
    CLI_ROW_DATA,
    CLI_ROWS_DEFAULTS,
    {.name = "tool",
     .argument = "TOOL",
     .help = "the service's name; default: what the template says, else NAME"},
    ROW_FIELDS,
    CLI_ROWS_SOURCE("a definition of your own, JSON, - is standard input; push: a script tells it"),
    ROW_EVERY,
    CLI_ROW_JSON,
    CLI_ROW_END,
};

const struct cli_option cli_connection_edit_options[] = {
    CLI_ROW_DATA,
    CLI_ROWS_DEFAULTS,
    {.name = "credit-type",
     .argument = "TYPE",
     .help = "--low and --critical are of this credit type alone"},
    {.name = "name", .argument = "NAME", .help = "a new name"},
    {.name = "tool", .argument = "TOOL", .help = "the service's name"},
    ROW_FIELDS,
    CLI_ROWS_SOURCE("a definition of your own, JSON; push: a script tells it; none: by hand"),
    ROW_EVERY,
    CLI_ROW_JSON,
    CLI_ROW_END,
};

static const struct cli_column COLUMNS[] = {
    {"NAME", "name", CLI_CELL_TEXT},
    {"TOOL", "tool.name", CLI_CELL_TEXT},
    {"STATUS", "status", CLI_CELL_TEXT},
    {"POOLS", "pools", CLI_CELL_NUMBER},
    {"SOURCE", "source.kind", CLI_CELL_TEXT},
    {"ASKED", "source.lastPollAt", CLI_CELL_TIME},
    {"NEXT", "source.nextPollAt", CLI_CELL_TIME},
    {"LOW", "thresholds.low", CLI_CELL_NUMBER},
    {"CRITICAL", "thresholds.critical", CLI_CELL_NUMBER},
    {"CREATED", "createdAt", CLI_CELL_TIME},
    {"ID", "id", CLI_CELL_TEXT},
    {"REASON", "source.reason", CLI_CELL_TEXT},
    {NULL, NULL, CLI_CELL_TEXT},
};

static const struct cli_column RECORD[] = {
    {"id", "id", CLI_CELL_TEXT},
    {"name", "name", CLI_CELL_TEXT},
    {"tool", "tool.name", CLI_CELL_TEXT},
    {"tool id", "tool.id", CLI_CELL_TEXT},
    {"top up", "tool.topupUrl", CLI_CELL_TEXT},
    {"status", "status", CLI_CELL_TEXT},
    {"low", "thresholds.low", CLI_CELL_TEXT},
    {"critical", "thresholds.critical", CLI_CELL_TEXT},
    {"alerts", "alertEnabled", CLI_CELL_TEXT},
    {"source", "source.kind", CLI_CELL_TEXT},
    {"template", "source.template", CLI_CELL_TEXT},
    {"host", "source.host", CLI_CELL_TEXT},
    {"account", "source.account", CLI_CELL_TEXT},
    {"every", "source.everySeconds", CLI_CELL_TEXT},
    {"asked", "source.lastPollAt", CLI_CELL_TIME},
    {"answered", "source.lastReadAt", CLI_CELL_TIME},
    {"next", "source.nextPollAt", CLI_CELL_TIME},
    {"reason", "source.reason", CLI_CELL_TEXT},
    {"created", "createdAt", CLI_CELL_TIME},
    {NULL, NULL, CLI_CELL_TEXT},
};

static const struct cli_column POOLS[] = {
    {"POOL", "label", CLI_CELL_TEXT},
    {"STATUS", "status", CLI_CELL_TEXT},
    {"BALANCE", "balance", CLI_CELL_NUMBER},
    {"LIMIT", "balanceLimit", CLI_CELL_NUMBER},
    {"UNIT", "unit", CLI_CELL_TEXT},
    {"LOW", "thresholds.low", CLI_CELL_NUMBER},
    {"CRITICAL", "thresholds.critical", CLI_CELL_NUMBER},
    {"PER DAY", "burn.perDay", CLI_CELL_NUMBER},
    {"ETA", "eta.short", CLI_CELL_TEXT},
    {"READ", "recordedAt", CLI_CELL_TIME},
    {NULL, NULL, CLI_CELL_TEXT},
};

static enum cli_exit put_alerts(const struct cli *cli, struct cli_args *a)
{
    const char *alerts = cli_text(cli, "alerts");
    bool is_on = alerts && strcmp(alerts, "on") == 0;

    if (alerts && !is_on && strcmp(alerts, "off") != 0) {
        return cli_usage(cli, "--alerts: \"%s\" is neither on nor off", alerts);
    }
    if (alerts) {
        mcp_json_member_bool(&a->w, MCP_STR("alertEnabled"), is_on);
    }
    return CLI_DONE;
}

static enum cli_exit put_fields(const struct cli *cli, struct cli_args *a)
{
    cli_args_str_or_none(a, "toolId", cli_text(cli, "tool-id"));
    cli_args_str_or_none(a, "topupUrl", cli_text(cli, "topup-url"));
    cli_args_decimal(a, "low", cli_text(cli, "low"));
    cli_args_decimal(a, "critical", cli_text(cli, "critical"));
    cli_args_str_or_none(a, "status", cli_text(cli, "status"));
    enum cli_exit code = put_alerts(cli, a);

    return code ? code : cli_source_put(cli, a);
}

static enum cli_exit change(const struct cli *cli, const char *tool, struct cli_args *args,
                            bool create, const char *what)
{
    struct cli_result r;
    enum cli_exit code;

    if (cli_operate(cli, tool, args, create, &r, &code)) {
        cli_print_done(cli, &r, what);
        cli_result_free(&r);
    }
    return code;
}

enum cli_exit cli_connection_add_run(struct cli *cli)
{
    struct cli_args args;

    cli_args_begin(&args);
    cli_args_str(&args, "name", cli->arguments[0]);
    cli_args_str(&args, "toolName", cli_text(cli, "tool"));
    enum cli_exit code = put_fields(cli, &args);

    if (code) {
        cli_args_free(&args);
        return code;
    }
    return change(cli, "add_connection", &args, true, "added");
}

enum cli_exit cli_connection_list_run(struct cli *cli)
{
    return cli_show_list(cli, "list_connections", "connections", COLUMNS,
                         "no connections; add one with: cistern connection add NAME");
}

enum cli_exit cli_connection_show_run(struct cli *cli)
{
    struct cli_args args;
    struct cli_result r;
    enum cli_exit code;

    cli_args_begin(&args);
    cli_args_str(&args, "connection", cli->arguments[0]);
    if (!cli_operate(cli, "show_connection", &args, false, &r, &code)) {
        return code;
    }
    if (cli_flag(cli, "json")) {
        cli_print_json(cli, &r);
    } else if (!cli_record(cli->out, r.structured, RECORD, cli_now_ms()) ||
               !cli_table(cli->out, mcp_json_get(r.structured, MCP_STR("pools")), POOLS,
                          cli_now_ms(), "no readings yet")) {
        code = cli_say(cli, CLI_LATER, "out of memory");
    }
    cli_result_free(&r);
    return code;
}

/* Whether an option says something besides where the store is. */
static bool changes_something(const struct cli *cli)
{
    static const char *const SETTINGS[] = {"data", "default-low", "default-critical", "credit-type",
                                           "json"};

    for (size_t i = 0; cli->command->options[i].name; i++) {
        bool is_setting = false;

        for (size_t k = 0; k < sizeof(SETTINGS) / sizeof(SETTINGS[0]); k++) {
            is_setting = is_setting || strcmp(cli->command->options[i].name, SETTINGS[k]) == 0;
        }
        if (!is_setting && cli->values[i].source != CLI_FROM_NOTHING) {
            return true;
        }
    }
    return false;
}

enum cli_exit cli_connection_edit_run(struct cli *cli)
{
    struct cli_args args;

    if (!changes_something(cli)) {
        return cli_usage(cli, "nothing to change");
    }

    cli_args_begin(&args);
    cli_args_str(&args, "connection", cli->arguments[0]);
    cli_args_str(&args, "creditType", cli_text(cli, "credit-type"));
    cli_args_str(&args, "name", cli_text(cli, "name"));
    cli_args_str(&args, "toolName", cli_text(cli, "tool"));
    enum cli_exit code = put_fields(cli, &args);

    if (code) {
        cli_args_free(&args);
        return code;
    }
    return change(cli, "edit_connection", &args, false, "changed");
}

enum cli_exit cli_connection_remove_run(struct cli *cli)
{
    struct cli_args args;

    cli_args_begin(&args);
    cli_args_str(&args, "connection", cli->arguments[0]);
    return change(cli, "remove_connection", &args, false, "removed");
}
