/* cli/source.c - connection templates, connection test: ask a vendor once, show what was
 * understood. */
#include <cli/commands.h>
#include <cli/json_file.h>
#include <cli/local.h>
#include <cli/outbound.h>
#include <cli/print.h>
#include <cli/source_args.h>
#include <cli/source_ask.h>
#include <mcp/alloc.h>
#include <tools/source_request.h>

enum { DEFINITION_MAX = 1 << 20, ARENA_MAX = 8 << 20 };

const struct cli_option cli_templates_options[] = {CLI_ROW_JSON, CLI_ROW_END};

const struct cli_option cli_connection_test_options[] = {
    CLI_ROW_DATA,
    CLI_ROWS_SOURCE("a definition of your own, JSON, - is standard input"),
    {.name = "record",
     .argument = "CONNECTION",
     .help = "store what was read under it, or set its status when nothing was"},
    CLI_ROWS_OUTBOUND,
    CLI_ROW_JSON,
    CLI_ROW_END,
};

static const struct mcp_json_limits LIMITS = {DEFINITION_MAX, 32, 8192, true};

/* ---- connection templates ---- */

static const struct cli_column TEMPLATES[] = {
    {"TEMPLATE", "id", CLI_CELL_TEXT},   {"SERVICE", "name", CLI_CELL_TEXT},
    {"SECRET", "secret", CLI_CELL_TEXT}, {"SOURCE", "documentation", CLI_CELL_LIST},
    {NULL, NULL, CLI_CELL_TEXT},
};

static enum cli_exit show_templates(const struct cli *cli, struct mcp_arena *arena,
                                    struct mcp_buf *text)
{
    struct mcp_json_limits limits = {(size_t)1 << 20, 32, 65536, true};
    mcp_json all;

    mcp_buf_byte(text, '[');
    for (size_t i = 0; source_template(i).len; i++) {
        mcp_buf_add_c(text, i ? "," : "");
        mcp_buf_add(text, source_template(i));
    }
    mcp_buf_byte(text, ']');
    if (text->failed || mcp_json_read(arena, mcp_buf_str(text), &limits, &all, NULL)) {
        return cli_say(cli, CLI_LATER, "out of memory");
    }
    if (cli_flag(cli, "json")) {
        fprintf(cli->out, "%.*s\n", MCP_STR_ARG(mcp_buf_str(text)));
        return CLI_DONE;
    }
    return cli_table(cli->out, all, TEMPLATES, cli_now_ms(), "none")
               ? CLI_DONE
               : cli_say(cli, CLI_LATER, "out of memory");
}

enum cli_exit cli_templates_run(struct cli *cli)
{
    struct mcp_arena arena;
    struct mcp_buf text;

    mcp_arena_init(&arena, ARENA_MAX);
    mcp_buf_init(&text, (size_t)1 << 20);
    enum cli_exit code = show_templates(cli, &arena, &text);

    mcp_buf_free(&text);
    mcp_arena_free(&arena);
    return code;
}

/* ---- connection test ---- */

struct test {
    const struct cli *cli;
    struct mcp_arena arena;
    struct mcp_buf file, secret, result;
    struct cli_outbound outbound;
    mcp_json definition;
    struct source_values values;
    struct source_request asked;
    struct mcp_http_header headers[SOURCE_HEADERS_MAX];
    struct mcp_delivery request;
    struct source_reading readings[SOURCE_POOLS_MAX];
    size_t n_readings;
};

/* Of a connection: what the store says of its source. */
static enum cli_exit read_stored(struct test *t, const char *connection)
{
    struct cli_local_options opt = {.log = cli_stderr_log(MCP_LOG_WARN)};
    struct cli_local l;
    enum cli_exit code = cli_local_open(t->cli, &opt, &l);

    if (code) {
        return code;
    }
    const char *why = tools_source(l.tools, tools_operator().owner, mcp_str_c(connection),
                                   &t->arena, &t->definition, &t->values);

    (void)cli_local_close(&l);
    return why ? cli_say(t->cli, CLI_REFUSED, "the source of \"%s\": %s", connection, why)
               : CLI_DONE;
}

static enum cli_exit read_definition(struct test *t)
{
    const char *name = cli_text(t->cli, "template"), *file = cli_text(t->cli, "source");
    enum cli_exit code = CLI_DONE;

    if (!name == !file) {
        return cli_usage(t->cli, "give a connection, --template or --source");
    }
    if (file) {
        code = cli_json_read(t->cli, file, &LIMITS, &t->arena, &t->file, &t->definition);
    } else {
        mcp_str text = source_find(mcp_str_c(name));

        if (!text.len) {
            return cli_usage(t->cli,
                             "--template: there is no \"%s\"; see: cistern connection "
                             "templates",
                             name);
        }
        if (mcp_json_read(&t->arena, text, &LIMITS, &t->definition, NULL)) {
            return cli_say(t->cli, CLI_LATER, "out of memory");
        }
    }
    const char *why = code ? NULL : source_check(t->definition);

    if (why) {
        return cli_usage(t->cli, "the definition cannot be used: %s", why);
    }
    t->values.account = mcp_str_c(cli_text(t->cli, "account"));
    return code ? code : cli_secret_read(t->cli, &t->secret, &t->values.secret);
}

static enum cli_exit read_source(struct test *t)
{
    const struct cli *cli = t->cli;

    if (!cli->n_arguments) {
        return read_definition(t);
    }
    if (cli_text(cli, "template") || cli_text(cli, "source") || cli_text(cli, "account") ||
        cli_text(cli, "secret-file") || cli_text(cli, "secret-env")) {
        return cli_usage(cli, "give a connection or a definition, not both");
    }
    return read_stored(t, cli->arguments[0]);
}

static enum cli_exit fill_request(struct test *t)
{
    const char *why = source_request_fill(t->definition, &t->values, &t->arena, &t->asked);

    if (why) {
        return cli_usage(t->cli, "the definition cannot be used: %s (--secret-file, --account)",
                         why);
    }
    for (size_t i = 0; i < t->asked.n_headers; i++) {
        t->headers[i] =
            (struct mcp_http_header){t->asked.headers[i].name, t->asked.headers[i].value};
    }
    t->request = (struct mcp_delivery){.method = t->asked.method,
                                       .url = t->asked.url,
                                       .headers = t->headers,
                                       .n_headers = t->asked.n_headers,
                                       .timeout_ms = SOURCE_TIMEOUT_MS,
                                       .answer_bytes_max = SOURCE_ANSWER_MAX};
    return CLI_DONE;
}

/* ---- What came of it ---- */

/* The connection shows that it could not be read, and a person why. */
static enum cli_exit fail(const struct test *t, mcp_str status, enum cli_exit code, const char *why)
{
    const char *connection = cli_text(t->cli, "record");

    if (connection) {
        struct cli_args args;
        struct cli_result r;
        enum cli_exit ignored;

        cli_args_begin(&args);
        cli_args_str(&args, "connection", connection);
        mcp_json_member_str(&args.w, MCP_STR("status"), status);
        if (!cli_operate(t->cli, "edit_connection", &args, false, &r, &ignored)) {
            return ignored;
        }
        cli_result_free(&r);
    }
    return cli_say(t->cli, code, "%.*s: %s", MCP_STR_ARG(status), why);
}

static enum cli_exit judge(struct test *t)
{
    const struct mcp_delivery *r = &t->request;
    char why[SOURCE_WHY];

    if (r->end != MCP_DELIVERY_ANSWERED) {
        return fail(t, cli_source_is_final(r) ? MCP_STR("error") : MCP_STR("stale"),
                    CLI_UNREACHABLE, r->why);
    }
    mcp_str status = source_judge(r->status);

    if (status.len) {
        source_explain(r->status, why);
        return fail(t, status, CLI_REFUSED, why);
    }
    return source_read(t->definition, mcp_buf_str(&r->body_in), &t->arena, t->readings,
                       &t->n_readings, why)
               ? CLI_DONE
               : fail(t, MCP_STR("error"), CLI_REFUSED, why);
}

static void put_readings(const struct test *t, struct mcp_json_writer *w, bool has_reset)
{
    mcp_json_array(w);
    for (size_t i = 0; i < t->n_readings; i++) {
        const struct source_reading *r = &t->readings[i];

        mcp_json_object(w);
        mcp_json_member_str(w, MCP_STR("creditType"), r->credit_type);
        if (r->label.len) {
            mcp_json_member_str(w, MCP_STR("label"), r->label);
        }
        if (r->unit.len) {
            mcp_json_member_str(w, MCP_STR("unit"), r->unit);
        }
        mcp_json_member_micro(w, MCP_STR("balance"), r->balance_micro);
        if (r->has_limit) {
            mcp_json_member_micro(w, MCP_STR("balanceLimit"), r->limit_micro);
        }
        if (has_reset && r->reset.len) {
            mcp_json_member_str(w, MCP_STR("resets"), r->reset);
        }
        mcp_json_object_end(w);
    }
    mcp_json_array_end(w);
}

static const struct cli_column READINGS[] = {
    {"POOL", "creditType", CLI_CELL_TEXT},      {"BALANCE", "balance", CLI_CELL_NUMBER},
    {"LIMIT", "balanceLimit", CLI_CELL_NUMBER}, {"UNIT", "unit", CLI_CELL_TEXT},
    {"RESETS", "resets", CLI_CELL_TEXT},        {NULL, NULL, CLI_CELL_TEXT},
};

static enum cli_exit print_readings(struct test *t)
{
    struct mcp_json_writer w;
    mcp_json rows;

    mcp_json_writer_init(&w, &t->result);
    put_readings(t, &w, true);
    if (t->result.failed ||
        mcp_json_read(&t->arena, mcp_buf_str(&t->result), &LIMITS, &rows, NULL)) {
        return cli_say(t->cli, CLI_LATER, "out of memory");
    }
    if (cli_flag(t->cli, "json")) {
        fprintf(t->cli->out, "{\"readings\":%.*s}\n", MCP_STR_ARG(mcp_buf_str(&t->result)));
        return CLI_DONE;
    }
    return cli_table(t->cli->out, rows, READINGS, cli_now_ms(), "nothing")
               ? CLI_DONE
               : cli_say(t->cli, CLI_LATER, "out of memory");
}

static enum cli_exit record(const struct test *t)
{
    const char *connection = cli_text(t->cli, "record");
    struct cli_args args;
    struct cli_result r;
    enum cli_exit code = CLI_DONE;

    if (!connection) {
        return CLI_DONE;
    }
    cli_args_begin(&args);
    cli_args_str(&args, "connection", connection);
    mcp_json_put_key(&args.w, MCP_STR("readings"));
    put_readings(t, &args.w, false);
    if (cli_operate(t->cli, "add_reading", &args, false, &r, &code)) {
        cli_result_free(&r);
        cli_args_begin(&args);
        cli_args_str(&args, "connection", connection);
        cli_args_str(&args, "status", "active");
        if (cli_operate(t->cli, "edit_connection", &args, false, &r, &code)) {
            cli_result_free(&r);
        }
    }
    return code;
}

static enum cli_exit poll_once(struct test *t)
{
    enum cli_exit code = cli_outbound_open(t->cli, &t->outbound);

    if (!code && (mcp_deliver_start(t->outbound.client, NULL, NULL) ||
                  mcp_deliver_now(t->outbound.client, &t->request))) {
        code = cli_say(t->cli, CLI_LATER, "cannot start the thread for outbound requests");
    }
    code = code ? code : judge(t);
    code = code ? code : record(t);
    return code ? code : print_readings(t);
}

enum cli_exit cli_connection_test_run(struct cli *cli)
{
    struct test *t = mcp_alloc_new(struct test);
    enum cli_exit code;

    if (!t) {
        return cli_say(cli, CLI_LATER, "out of memory");
    }
    t->cli = cli;
    mcp_arena_init(&t->arena, ARENA_MAX);
    mcp_buf_init(&t->result, DEFINITION_MAX);
    code = read_source(t);
    code = code ? code : fill_request(t);
    code = code ? code : poll_once(t);
    cli_outbound_close(&t->outbound);
    cli_secret_free(&t->secret);
    mcp_buf_free(&t->request.body_in);
    mcp_buf_free(&t->result);
    mcp_buf_free(&t->file);
    mcp_arena_free(&t->arena);
    mcp_free(t);
    return code;
}
