/* cli/stdio.c - MCP over standard input and output, as the local operator with scope read. */
#include <cli/commands.h>
#include <cli/local.h>
#include <cli/print.h>
#include <transport/stdio.h>

#include <unistd.h>

const struct cli_option cli_stdio_options[] = {CLI_ROW_DATA, CLI_ROWS_DEFAULTS, CLI_ROW_END};

static void on_turn(void *user)
{
    struct cli_local *l = user;

    (void)store_complete(l->store);
}

enum cli_exit cli_stdio_run(struct cli *cli)
{
    struct cli_local_options opt = {.create = true, .log = cli_stderr_log(MCP_LOG_WARN)};
    struct mcp_stdio_options so = {.on_turn = on_turn, .principal = tools_operator()};
    struct cli_local l;
    enum cli_exit code = cli_local_open(cli, &opt, &l);

    if (code) {
        return code;
    }
    if (l.is_new) { /* perhaps a mistyped --data: nobody else will say so */
        cli_say(cli, CLI_DONE, "a new store was made in %s", l.dir);
    }
    /* A model talks here, not its owner. */
    snprintf(so.principal.scopes, sizeof(so.principal.scopes), "read");
    so.user = &l;
    so.workers = l.workers;
    code = mcp_stdio_serve(l.server, &so) == 0 ? CLI_DONE : CLI_IO;
    if (!cli_local_close(&l)) {
        _exit((int)code);
    }
    return code;
}
