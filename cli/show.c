/* cli/show.c - what most commands end with: a line, a table, or the JSON. */
#include <cli/local.h>
#include <cli/print.h>
#include <mcp/alloc.h>
#include <transport/main.h>

int64_t cli_now_ms(void)
{
    struct mcp_clock clock;

    mcp_system_clock(&clock);
    return mcp_clock_wall_ms(&clock);
}

void cli_print_json(const struct cli *cli, const struct cli_result *r)
{
    fprintf(cli->out, "%.*s\n", MCP_STR_ARG(r->text));
}

void cli_print_done(const struct cli *cli, const struct cli_result *r, const char *what)
{
    char *name, *id;

    if (cli_flag(cli, "json")) {
        cli_print_json(cli, r);
        return;
    }
    /* A raw string is quoted and escaped already, but for what only a terminal minds. */
    name = cli_clean(mcp_json_raw(mcp_json_get(r->structured, MCP_STR("name"))));
    id = cli_clean(mcp_json_raw(mcp_json_get(r->structured, MCP_STR("id"))));
    fprintf(cli->out, "%s %s (%s)\n", what, name ? name : "", id ? id : "");
    mcp_free(name);
    mcp_free(id);
}

enum cli_exit cli_show_list(const struct cli *cli, const char *tool, const char *rows,
                            const struct cli_column *columns, const char *empty)
{
    struct cli_args args;
    struct cli_result r;
    enum cli_exit code;

    cli_args_begin(&args);
    if (!cli_operate(cli, tool, &args, false, &r, &code)) {
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
