/* cli/webhook_log.c - webhook log, replay, test; alert list. */
#include <cli/commands.h>
#include <cli/local.h>
#include <cli/print.h>
#include <mcp/alloc.h>

#include <poll.h>

enum { STEP_MS = 50, UNCLAIMED_MAX_MS = 5000, ANSWER_MAX_MS = 25000 };

#define ROW_LIMIT                                                                                  \
    {                                                                                              \
        .name = "limit", .argument = "N", .fallback = "50", .kind = CLI_NUMBER, .min = 1,          \
        .max = 200, .help = "how many, the newest first"                                           \
    }

const struct cli_option cli_webhook_log_options[] = {CLI_ROW_DATA, ROW_LIMIT, CLI_ROW_JSON,
                                                     CLI_ROW_END};

const struct cli_option cli_alert_list_options[] = {
    CLI_ROW_DATA,
    {.name = "connection", .argument = "ID|NAME", .help = "only those of this connection"},
    {.name = "level", .argument = "LEVEL", .help = "only low, or only critical"},
    ROW_LIMIT,
    CLI_ROW_JSON,
    CLI_ROW_END,
};

static const struct cli_column DELIVERIES[] = {
    {"MADE", "createdAt", CLI_CELL_TIME},
    {"WEBHOOK", "webhookName", CLI_CELL_TEXT},
    {"EVENT", "event", CLI_CELL_TEXT},
    {"TITLE", "title", CLI_CELL_TEXT},
    {"STATE", "state", CLI_CELL_TEXT},
    {"REASON", "reason", CLI_CELL_TEXT},
    {"TRIES", "attempts", CLI_CELL_NUMBER},
    {"NEXT", "nextAttemptAt", CLI_CELL_TIME},
    {"NOTE", "note", CLI_CELL_TEXT},
    {"ID", "id", CLI_CELL_TEXT},
    {NULL, NULL, CLI_CELL_TEXT},
};

static const struct cli_column ALERTS[] = {
    {"WHEN", "createdAt", CLI_CELL_TIME}, {"LEVEL", "level", CLI_CELL_TEXT},
    {"TITLE", "title", CLI_CELL_TEXT},    {"ABOUT", "subjectName", CLI_CELL_TEXT},
    {"STATE", "state", CLI_CELL_TEXT},    {"SENT TO", "deliveries", CLI_CELL_NUMBER},
    {"ID", "id", CLI_CELL_TEXT},          {NULL, NULL, CLI_CELL_TEXT},
};

static enum cli_exit show(const struct cli *cli, const char *tool, struct cli_args *args,
                          const char *rows, const struct cli_column *columns, const char *empty)
{
    struct cli_result r;
    enum cli_exit code;

    mcp_json_member_int(&args->w, MCP_STR("limit"), cli_number(cli, "limit"));
    if (!cli_operate(cli, tool, args, false, &r, &code)) {
        return code;
    }
    if (cli_flag(cli, "json")) {
        cli_print_json(cli, &r);
    } else if (!cli_table(cli->out, mcp_json_get(r.structured, mcp_str_c(rows)), columns,
                          cli_now_ms(), empty)) {
        code = cli_say(cli, CLI_LATER, "out of memory");
    }
    cli_result_free(&r);
    return code;
}

enum cli_exit cli_webhook_log_run(struct cli *cli)
{
    struct cli_args args;

    cli_args_begin(&args);
    cli_args_str(&args, "webhook", cli->n_arguments ? cli->arguments[0] : NULL);
    return show(cli, "list_deliveries", &args, "deliveries", DELIVERIES, "nothing was sent yet");
}

enum cli_exit cli_alert_list_run(struct cli *cli)
{
    struct cli_args args;

    cli_args_begin(&args);
    cli_args_str(&args, "connection", cli_text(cli, "connection"));
    cli_args_str(&args, "level", cli_text(cli, "level"));
    return show(cli, "list_alerts", &args, "alerts", ALERTS, "no alerts");
}

enum cli_exit cli_webhook_replay_run(struct cli *cli)
{
    struct cli_args args;
    struct cli_result r;
    enum cli_exit code;

    cli_args_begin(&args);
    cli_args_str(&args, "delivery", cli->arguments[0]);
    if (cli_operate(cli, "replay_delivery", &args, false, &r, &code)) {
        if (cli_flag(cli, "json")) {
            cli_print_json(cli, &r);
        } else {
            fputs("queued; a running server sends it\n", cli->out);
        }
        cli_result_free(&r);
    }
    return code;
}

/* ---- test ---- */

/* A member of the one delivery that list_deliveries returned. */
static mcp_str member(struct cli_result *r, const char *key)
{
    mcp_json d = mcp_json_at(mcp_json_get(r->structured, MCP_STR("deliveries")), 0);

    return mcp_json_str(mcp_json_get(d, mcp_str_c(key)), &r->arena, MCP_STR(""));
}

static enum cli_exit print_outcome(const struct cli *cli, struct cli_result *r)
{
    mcp_json d = mcp_json_at(mcp_json_get(r->structured, MCP_STR("deliveries")), 0);
    mcp_json recent = mcp_json_get(d, MCP_STR("recent"));
    mcp_json last = mcp_json_at(recent, mcp_json_count(recent) - 1);
    int64_t status = mcp_json_int_or(mcp_json_get(last, MCP_STR("status")), 0);
    int64_t took_ms = mcp_json_int_or(mcp_json_get(last, MCP_STR("tookMs")), 0);
    bool is_delivered = mcp_str_eq(member(r, "state"), MCP_STR("delivered"));

    if (cli_flag(cli, "json")) {
        cli_print_json(cli, r);
        return is_delivered ? CLI_DONE : CLI_REFUSED;
    }
    if (is_delivered) {
        fprintf(cli->out, "delivered: it answered %lld in %lld ms\n", (long long)status,
                (long long)took_ms);
        return CLI_DONE;
    }
    char *note = cli_clean(member(r, "note"));
    const char *why = note ? note : "", *colon = *why ? ": " : "";

    if (status) {
        cli_say(cli, CLI_REFUSED, "it answered %lld%s%s", (long long)status, colon, why);
    } else {
        cli_say(cli, CLI_REFUSED, "no answer%s%s", colon, why);
    }
    mcp_free(note);
    return CLI_REFUSED;
}

/* Look until the delivery is over. CLI_LATER: nobody takes it, or no answer came in time. */
static enum cli_exit wait_for(const struct cli *cli, struct cli_local *l, mcp_str id)
{
    struct mcp_principal who = tools_operator();
    struct cli_result r;
    char arguments[80];

    snprintf(arguments, sizeof(arguments), "{\"delivery\":\"%.*s\"}", MCP_STR_ARG(id));
    for (int waited_ms = 0;; waited_ms += STEP_MS) {
        cli_local_call(l, "list_deliveries", mcp_str_c(arguments), &who, &r);
        mcp_str state = member(&r, "state");
        bool is_queued = mcp_str_eq(state, MCP_STR("queued"));
        bool is_open = is_queued || mcp_str_eq(state, MCP_STR("sending"));
        bool is_late = waited_ms > (is_queued ? UNCLAIMED_MAX_MS : ANSWER_MAX_MS);
        enum cli_exit code = CLI_DONE;

        if (r.err) {
            code = cli_failed(cli, &r);
        } else if (!is_open) {
            code = print_outcome(cli, &r);
        } else if (is_late) {
            code = cli_say(cli, CLI_LATER, "%s",
                           is_queued ? "nobody sends it: is 'cistern serve' running on this store?"
                                     : "no answer yet; see 'cistern webhook log'");
        }
        cli_result_free(&r);
        if (code || !is_open) {
            return code;
        }
        (void)poll(NULL, 0, STEP_MS);
    }
}

enum cli_exit cli_webhook_test_run(struct cli *cli)
{
    struct cli_local_options opt = {.log = cli_stderr_log(MCP_LOG_WARN)};
    struct mcp_principal who = tools_operator();
    struct cli_args args;
    struct cli_result r;
    struct cli_local l;
    enum cli_exit code = cli_local_open(cli, &opt, &l);

    if (code) {
        return code;
    }
    cli_args_begin(&args);
    cli_args_str(&args, "webhook", cli->arguments[0]);
    cli_local_call(&l, "test_webhook", cli_args_end(&args), &who, &r);
    mcp_str id =
        mcp_json_str(mcp_json_get(r.structured, MCP_STR("deliveryId")), &r.arena, MCP_STR(""));

    code = r.err ? cli_failed(cli, &r) : wait_for(cli, &l, id);
    cli_result_free(&r);
    cli_args_free(&args);
    cli_local_close(&l);
    return code;
}
