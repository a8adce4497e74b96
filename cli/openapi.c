/* cli/openapi.c - --print-openapi: the interface of `serve`, described without a store. */
#include <cli/commands.h>
#include <cli/serve.h>

struct rest_options cli_rest_options(const char *endpoints)
{
    return (struct rest_options){
        .routes = rest_routes,
        .pages = cli_pages,
        .endpoints = endpoints,
        .license = "MIT",
        .cookie = REST_DASHBOARD_COOKIE,
    };
}

/* What --endpoints is unless it is given. */
static const char *default_endpoints(void)
{
    const struct cli_option *o = cli_serve_options;

    while (strcmp(o->name, "endpoints") != 0) {
        o++;
    }
    return o->fallback;
}

enum cli_exit cli_print_openapi(struct cli *cli)
{
    const struct rest_options opt = cli_rest_options(default_endpoints());
    struct cli_local l;
    struct rest *rest;
    char why[256];
    enum cli_exit code = cli_local_describe(cli, &l);

    if (code) {
        return code;
    }
    rest = rest_new(l.server, &opt, why, sizeof(why));
    if (rest) {
        fprintf(cli->out, "%.*s\n", MCP_STR_ARG(rest_openapi(rest)));
    } else {
        code = cli_say(cli, CLI_BUG, "%s", why);
    }
    rest_free(rest);
    (void)cli_local_close(&l);
    return code;
}
