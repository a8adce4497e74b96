/* cli/call.c - run any tool as the local operator: cistern call TOOL [name=value ...]. */
#include <cli/commands.h>
#include <cli/local.h>
#include <cli/nearest.h>
#include <cli/print.h>
#include <mcp/alloc.h>

const struct cli_option cli_call_options[] = {
    CLI_ROW_DATA,
    CLI_ROWS_DEFAULTS,
    CLI_ROWS_PREFIXES,
    CLI_ROW_WELCOME,
    {.name = "package",
     .argument = "ID=CENTS:CREDITS:NAME",
     .is_repeated = true,
     .has_env = true,
     .help = "what credits are sold as"},
    {.name = "all", .kind = CLI_FLAG, .help = "also operations that models do not see"},
    CLI_ROW_JSON,
    CLI_ROW_END,
};

static enum cli_exit open_local(const struct cli *cli, struct cli_local *l)
{
    struct cli_local_options opt = {.log = cli_stderr_log(MCP_LOG_WARN)};

    return cli_local_open(cli, &opt, l);
}

static void list_tools(const struct cli *cli, const struct cli_local *l)
{
    const struct mcp_tool *tool;

    for (size_t i = 0; (tool = mcp_server_tool_at(l->server, i)) != NULL; i++) {
        if (!tool->is_hidden || cli_flag(cli, "all")) {
            fprintf(cli->out, "%-20s %s\n", tool->name, tool->title ? tool->title : "");
        }
    }
}

/* The row that TOOL names; hidden ones need --all, so that a typo does not reach them. */
static const struct mcp_tool *find_tool(const struct cli *cli, const struct cli_local *l)
{
    const struct mcp_tool *tool = mcp_server_tool(l->server, mcp_str_c(cli->arguments[0]));

    if (!tool) {
        struct cli_nearest near = {.word = mcp_str_c(cli->arguments[0])};
        char hint[128];

        for (size_t i = 0; (tool = mcp_server_tool_at(l->server, i)) != NULL; i++) {
            cli_nearest_try(&near, tool->name);
        }
        cli_usage(cli, "no tool is called \"%s\"%s", cli->arguments[0],
                  cli_nearest_words(&near, "", hint));
    } else if (tool->is_hidden && !cli_flag(cli, "all")) {
        cli_usage(cli, "%s is not for models; say --all to call it", tool->name);
        tool = NULL;
    }
    return tool;
}

static void no_argument(const struct cli *cli, const struct cli_local *l,
                        const struct mcp_tool *tool, mcp_str key)
{
    mcp_json properties =
        mcp_json_get(mcp_server_tool_input(l->server, tool), MCP_STR("properties"));
    struct cli_nearest near = {.word = key};
    struct mcp_arena arena;
    char hint[128];

    mcp_arena_init(&arena, 1 << 16);
    for (mcp_json p = mcp_json_first(properties); mcp_json_present(p);
         p = mcp_json_next(properties, p)) {
        mcp_str name = mcp_json_str(mcp_json_key(p), &arena, MCP_STR(""));

        cli_nearest_try(&near, mcp_arena_dup(&arena, name).ptr);
    }
    cli_usage(cli, "%s has no argument \"%.*s\"%s", tool->name, MCP_STR_ARG(key),
              cli_nearest_words(&near, "", hint));
    mcp_arena_free(&arena);
}

static bool put_pairs(const struct cli *cli, const struct cli_local *l, const struct mcp_tool *tool,
                      struct cli_args *a)
{
    for (size_t i = 1; i < cli->n_arguments; i++) {
        mcp_str value = mcp_str_c(cli->arguments[i]);
        mcp_str key = mcp_str_cut(&value, '=');

        if (!value.ptr) {
            cli_usage(cli, "\"%s\" is not name=value", cli->arguments[i]);
            return false;
        }
        if (!mcp_tool_put_argument(l->server, tool, &a->w, key, value)) {
            no_argument(cli, l, tool, key);
            return false;
        }
    }
    return true;
}

/* A list of objects as a table when that is all there is, else the JSON. */
static void print_result(const struct cli *cli, struct cli_result *r)
{
    static const struct cli_column POOLS[] = {
        {"CONNECTION", "connectionName", CLI_CELL_TEXT},
        {"POOL", "label", CLI_CELL_TEXT},
        {"STATUS", "status", CLI_CELL_TEXT},
        {"BALANCE", "balance", CLI_CELL_NUMBER},
        {"LIMIT", "balanceLimit", CLI_CELL_NUMBER},
        {"UNIT", "unit", CLI_CELL_TEXT},
        {"PER DAY", "burn.perDay", CLI_CELL_NUMBER},
        {"ETA", "eta.short", CLI_CELL_TEXT},
        {"READ", "recordedAt", CLI_CELL_TIME},
        {NULL, NULL, CLI_CELL_TEXT},
    };
    mcp_json pools = mcp_json_get(r->structured, MCP_STR("pools"));
    bool is_pools = mcp_json_type(pools) == MCP_JSON_ARRAY && mcp_json_count(r->structured) == 1;

    if (cli_flag(cli, "json") || !is_pools ||
        !cli_table(cli->out, pools, POOLS, cli_now_ms(), "no pools")) {
        cli_print_json(cli, r);
    }
}

enum cli_exit cli_call_run(struct cli *cli)
{
    struct mcp_principal who = tools_operator();
    const struct mcp_tool *tool;
    struct cli_local l;
    struct cli_args args;
    struct cli_result r = {0};
    enum cli_exit code = open_local(cli, &l);

    if (code) {
        return code;
    }
    cli_args_begin(&args);
    if (cli->n_arguments == 0) {
        list_tools(cli, &l);
    } else if (!(tool = find_tool(cli, &l)) || !put_pairs(cli, &l, tool, &args)) {
        code = CLI_USAGE;
    } else {
        cli_local_call(&l, tool->name, cli_args_end(&args), &who, &r);
        code = r.err ? cli_failed(cli, &r) : CLI_DONE;
        if (code == CLI_DONE) {
            print_result(cli, &r);
        }
        cli_result_free(&r);
    }
    cli_args_free(&args);
    (void)cli_local_close(&l);
    return code;
}

/* ---- call TOOL --help ------------------------------------------------------------------------ */

static bool is_required(mcp_json schema, mcp_json name)
{
    mcp_json list = mcp_json_get(schema, MCP_STR("required"));

    for (mcp_json e = mcp_json_first(list); mcp_json_present(e); e = mcp_json_next(list, e)) {
        if (mcp_json_equal(e, name)) {
            return true;
        }
    }
    return false;
}

static void print_argument(const struct cli *cli, mcp_json schema, mcp_json property,
                           struct mcp_arena *arena)
{
    mcp_json name = mcp_json_key(property);
    mcp_str type = mcp_json_raw(mcp_json_get(property, MCP_STR("type")));
    mcp_str words =
        mcp_json_str(mcp_json_get(property, MCP_STR("description")), arena, MCP_STR(""));
    mcp_str key = mcp_json_str(name, arena, MCP_STR("?"));

    if (type.len > 2 && type.ptr[0] == '"') {
        type = mcp_str_n(type.ptr + 1, type.len - 2);
    }
    fprintf(cli->out, "  %-16.*s %-10.*s %s%.*s\n", MCP_STR_ARG(key), MCP_STR_ARG(type),
            is_required(schema, name) ? "required. " : "", MCP_STR_ARG(words));
}

enum cli_exit cli_call_help(struct cli *cli)
{
    const struct mcp_tool *tool;
    struct mcp_arena arena;
    struct cli_local l;
    mcp_json schema, properties;
    enum cli_exit code = open_local(cli, &l);

    if (code) {
        return code;
    }
    tool = mcp_server_tool(l.server, mcp_str_c(cli->arguments[0]));
    if (!tool) {
        (void)cli_local_close(&l);
        return cli_usage(cli, "no tool is called \"%s\"", cli->arguments[0]);
    }
    mcp_arena_init(&arena, (size_t)1 << 20);
    schema = mcp_server_tool_input(l.server, tool);
    properties = mcp_json_get(schema, MCP_STR("properties"));
    fprintf(cli->out, "%s - %s\n\nusage: cistern call %s%s [name=value ...]\n\narguments:\n",
            tool->name, tool->description, tool->is_hidden ? "--all " : "", tool->name);
    for (mcp_json p = mcp_json_first(properties); mcp_json_present(p);
         p = mcp_json_next(properties, p)) {
        print_argument(cli, schema, p, &arena);
    }
    mcp_arena_free(&arena);
    (void)cli_local_close(&l);
    return CLI_DONE;
}
