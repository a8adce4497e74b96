/* cli/demo.c - demo data, and the token of `serve --demo`. */
#include <cli/commands.h>
#include <cli/demo.h>
#include <cli/demo_data.h>
#include <cli/print.h>
#include <mcp/alloc.h>

#define HOUR_MS    ((int64_t)3600000)
#define STEP_MS    (6 * HOUR_MS) /* the burn rate looks at one reading per six hours */
#define STEPS      29            /* over seven days, both ends */
#define REFRESH_MS (HOUR_MS / 4)

const struct cli_option cli_demo_options[] = {
    CLI_ROW_DATA,
    CLI_ROWS_DEFAULTS,
    {.name = "force", .kind = CLI_FLAG, .help = "also into a store that has connections already"},
    CLI_ROW_END,
};

static bool operate(const struct cli *cli, struct cli_local *l, const char *tool,
                    struct cli_args *args, enum cli_exit *ret_code)
{
    struct mcp_principal who = tools_operator();
    struct cli_result r;

    cli_local_call(l, tool, cli_args_end(args), &who, &r);
    cli_args_free(args);
    *ret_code = r.err ? cli_failed(cli, &r) : CLI_DONE;
    cli_result_free(&r);
    return *ret_code == CLI_DONE;
}

/* What the pool held `step` steps ago: it drains evenly, with a jump up at the top-up. */
static int64_t balance_at(const struct cli_demo_pool *p, int step)
{
    int64_t balance = p->balance_micro + p->per_day_micro * step / 4;

    return p->topup_days_ago && step > p->topup_days_ago * 4 ? balance - p->topup_micro : balance;
}

static void put_reading(struct cli_args *a, const struct cli_demo_pool *p, int step, int64_t at_ms)
{
    mcp_json_object(&a->w);
    cli_args_str(a, "creditType", p->credit_type);
    cli_args_str(a, "label", p->label);
    cli_args_str(a, "unit", p->unit);
    mcp_json_member_micro(&a->w, MCP_STR("balance"), balance_at(p, step));
    if (p->limit_micro) {
        mcp_json_member_micro(&a->w, MCP_STR("balanceLimit"), p->limit_micro);
    }
    cli_args_time(a, "recordedAt", at_ms);
    mcp_json_object_end(&a->w);
}

static void begin_readings(struct cli_args *a, const struct cli_demo_pool *p)
{
    cli_args_begin(a);
    mcp_json_member_bool(&a->w, MCP_STR("demo"), true);
    cli_args_str(a, "connection", p->connection);
    mcp_json_put_key(&a->w, MCP_STR("readings"));
    mcp_json_array(&a->w);
}

static bool add_connection(const struct cli *cli, struct cli_local *l,
                           const struct cli_demo_pool *p, enum cli_exit *ret_code)
{
    struct cli_args a;

    cli_args_begin(&a);
    mcp_json_member_bool(&a.w, MCP_STR("demo"), true);
    cli_args_str(&a, "name", p->connection);
    cli_args_str(&a, "toolName", p->connection);
    cli_args_str(&a, "toolId", p->tool_id);
    cli_args_str(&a, "topupUrl", p->topup_url);
    cli_args_decimal(&a, "low", p->low);
    cli_args_decimal(&a, "critical", p->critical);
    cli_args_str(&a, "status", p->status);
    return operate(cli, l, "add_connection", &a, ret_code);
}

static bool add_week(const struct cli *cli, struct cli_local *l, const struct cli_demo_pool *p,
                     int64_t now_ms, enum cli_exit *ret_code)
{
    struct cli_args a;

    begin_readings(&a, p);
    for (int step = STEPS - 1; step >= 0; step--) {
        put_reading(&a, p, step, now_ms - step * STEP_MS);
    }
    mcp_json_array_end(&a.w);
    return operate(cli, l, "add_reading", &a, ret_code);
}

enum cli_exit cli_demo_load(const struct cli *cli, struct cli_local *l)
{
    int64_t now_ms = mcp_clock_wall_ms(&l->clock);
    const char *last = "";
    enum cli_exit code = CLI_DONE;

    for (const struct cli_demo_pool *p = cli_demo_pools; p->connection; p++) {
        if (strcmp(p->connection, last) != 0 && !add_connection(cli, l, p, &code)) {
            return code;
        }
        last = p->connection;
        if (p->credit_type && !add_week(cli, l, p, now_ms, &code)) {
            return code;
        }
    }
    return code;
}

bool cli_demo_fits(const struct cli *cli, struct cli_local *l, enum cli_exit *ret_code)
{
    struct mcp_principal who = tools_operator();
    struct cli_result r;
    bool is_empty;

    cli_local_call(l, "list_connections", MCP_STR(""), &who, &r);
    *ret_code = r.err ? cli_failed(cli, &r) : CLI_DONE;
    is_empty = mcp_json_count(mcp_json_get(r.structured, MCP_STR("connections"))) == 0;
    cli_result_free(&r);
    return *ret_code == CLI_DONE && is_empty;
}

enum cli_exit cli_demo_run(struct cli *cli)
{
    struct cli_local_options opt = {.create = true, .log = cli_stderr_log(MCP_LOG_WARN)};
    struct cli_local l;
    enum cli_exit code = cli_local_open(cli, &opt, &l);

    if (code) {
        return code;
    }
    if (!cli_demo_fits(cli, &l, &code) && code == CLI_DONE && !cli_flag(cli, "force")) {
        code = cli_say(cli, CLI_REFUSED, "the store has connections already; --force adds to them");
    } else if (code == CLI_DONE) {
        code = cli_demo_load(cli, &l);
    }
    if (code == CLI_DONE) {
        fprintf(cli->out, "demo data loaded; look at it with: cistern call list_balances\n");
    }
    (void)cli_local_close(&l);
    return code;
}

/* ---- serve --demo ---------------------------------------------------------------------------- */

/* A reading for now of every active pool of the demo's own connections. Nobody waits for the
 * outcome: a connection of such a name may be gone, or be a person's own; the operation refuses
 * it then. */
static void ignore_outcome(struct mcp_outcome_sink *sink, const struct mcp_outcome *o)
{
    (void)sink;
    (void)o;
}

static void refresh(struct cli_serve *s)
{
    struct mcp_principal who = tools_operator();

    s->nobody.finish = ignore_outcome;
    for (const struct cli_demo_pool *p = cli_demo_pools; p->connection; p++) {
        struct cli_args a;

        if (!p->credit_type || strcmp(p->status, "active") != 0) {
            continue;
        }
        begin_readings(&a, p);
        put_reading(&a, p, 0, mcp_clock_wall_ms(&s->local.clock));
        mcp_json_array_end(&a.w);
        mcp_server_invoke(s->local.server, MCP_STR("add_reading"), cli_args_end(&a), &who,
                          &s->nobody);
        cli_args_free(&a);
    }
    s->demo_refresh_ms = mcp_clock_monotonic_ms(&s->local.clock) + REFRESH_MS;
}

void cli_demo_tick(struct cli_serve *s)
{
    if (s->demo_refresh_ms && mcp_clock_monotonic_ms(&s->local.clock) >= s->demo_refresh_ms) {
        refresh(s);
    }
}

static void copy_member(struct cli_result *r, mcp_str key, char *out, size_t bytes)
{
    mcp_str s = mcp_json_str(mcp_json_get(r->structured, key), &r->arena, MCP_STR(""));

    snprintf(out, bytes, "%.*s", MCP_STR_ARG(s));
}

static enum cli_exit make_token(struct cli_serve *s, char *token, size_t token_bytes)
{
    struct mcp_principal who = tools_operator();
    struct cli_args a;
    struct cli_result r;
    enum cli_exit code;

    cli_args_begin(&a);
    cli_args_str(&a, "name", "serve --demo");
    cli_args_time(&a, "expiresAt", mcp_clock_wall_ms(&s->local.clock) + 24 * HOUR_MS);
    cli_local_call(&s->local, "create_token", cli_args_end(&a), &who, &r);
    cli_args_free(&a);
    code = r.err ? cli_failed(s->cli, &r) : CLI_DONE;
    if (code == CLI_DONE) {
        copy_member(&r, MCP_STR("token"), token, token_bytes);
        copy_member(&r, MCP_STR("id"), s->demo_token_id, sizeof(s->demo_token_id));
    }
    cli_result_free(&r);
    return code;
}

enum cli_exit cli_demo_serve(struct cli_serve *s, char *token, size_t token_bytes)
{
    enum cli_exit code = CLI_DONE;

    if (cli_demo_fits(s->cli, &s->local, &code)) {
        code = cli_demo_load(s->cli, &s->local);
    } else if (code == CLI_DONE) {
        refresh(s);
    }
    s->demo_refresh_ms = mcp_clock_monotonic_ms(&s->local.clock) + REFRESH_MS;
    return code ? code : make_token(s, token, token_bytes);
}

void cli_demo_end(struct cli_serve *s)
{
    struct mcp_principal who = tools_operator();
    struct cli_args a;
    struct cli_result r;

    if (!s->demo_token_id[0] || store_is_broken(s->local.store)) {
        return;
    }
    cli_args_begin(&a);
    cli_args_str(&a, "token", s->demo_token_id);
    cli_local_call(&s->local, "revoke_token", cli_args_end(&a), &who, &r);
    cli_args_free(&a);
    cli_result_free(&r);
}
