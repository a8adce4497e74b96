/* cli/reload.c - SIGHUP: a running server takes over what may change while it runs. */
#include <cli/serve.h>
#include <mcp/alloc.h>

static bool is_same(const struct cli_value *a, const struct cli_value *b)
{
    bool same = a->n_text == b->n_text && a->number == b->number;

    for (size_t i = 0; same && i < a->n_text; i++) {
        same = strcmp(a->text[i], b->text[i]) == 0;
    }
    return same;
}

static void tell(const struct cli_serve *s, const struct cli_option *row, const struct cli_value *v)
{
    if (row->is_live) {
        mcp_log(&s->log, MCP_LOG_INFO, "reload: %s is now %s", row->name,
                v->n_text   ? v->text[0]
                : v->number ? "yes"
                            : "unset");
    } else {
        mcp_log(&s->log, MCP_LOG_WARN, "reload: %s has changed, which takes a restart", row->name);
    }
}

/* What differs from what is in force. */
static void tell_all(const struct cli_serve *s, const struct cli *next)
{
    const struct cli *live = s->live ? s->live : s->cli;

    for (const struct cli_option *row = cli_serve_options; row->name; row++) {
        const struct cli_value *v = cli_value(next, row->name);

        if (!is_same(v, cli_value(row->is_live ? live : s->cli, row->name))) {
            tell(s, row, v);
        }
    }
}

/* Everything is looked at before anything is changed. */
static bool apply(struct cli_serve *s, const struct cli *next)
{
    struct tools_options to = {.history_full_ms = cli_number(next, "history-full"),
                               .history_all_ms = cli_number(next, "history-keep")};
    struct mcp_http_options http;
    enum mcp_log_level level;
    const char *wrong;

    if (cli_read_defaults(next, &to) || cli_serve_http_options(next, &http)) {
        return false;
    }
    if (!cli_log_level(cli_text(next, "log-level"), &level)) {
        cli_usage(next, "log-level: \"%s\" is not error, warn, info or debug",
                  cli_text(next, "log-level"));
        return false;
    }
    wrong = mcp_http_retune(s->http, &http);
    if (wrong || !tools_retune(s->local.tools, &to)) {
        cli_usage(next, "%s", wrong ? wrong : "the default thresholds are wrong");
        return false;
    }
    mcp_server_set_rate(s->local.server, (int32_t)cli_number(next, "rate"));
    s->logfile.max = (int)level;
    s->has_access_log = cli_flag(next, "access-log");
    return true;
}

static void reject(const struct cli_serve *s, const char *said)
{
    mcp_log(&s->log, MCP_LOG_ERROR, "reload: %.*s; nothing was changed", (int)strcspn(said, "\n"),
            said);
}

static void reload(struct cli_serve *s, struct cli *next, FILE *err)
{
    enum cli_exit code;

    next->out = next->err = err;
    if (!cli_parse(next, s->cli->command, s->cli->argc, s->cli->argv, &code) || !apply(s, next)) {
        return;
    }
    tell_all(s, next);
    if (s->live) {
        cli_free(s->live);
        mcp_free(s->live);
    }
    s->live = next;
}

void cli_serve_reload(struct cli_serve *s)
{
    struct cli *next = mcp_alloc_new(struct cli);
    char said[1200] = "out of memory";
    FILE *err = next ? fmemopen(said, sizeof(said), "w") : NULL;

    if (cli_logfile_reopen(&s->logfile)) {
        mcp_log(&s->log, MCP_LOG_INFO, "log reopened");
    } else {
        mcp_log(&s->log, MCP_LOG_ERROR, "cannot reopen the log, keeping the old file");
    }
    if (err) {
        reload(s, next, err);
        fclose(err);
    }
    if (!next || s->live != next) {
        reject(s, said);
        if (next) {
            cli_free(next);
            mcp_free(next);
        }
    } else {
        s->live->out = s->live->err = NULL;
    }
}
