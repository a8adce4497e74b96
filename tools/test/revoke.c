/* tools/test/revoke.c - another process: revokes the token named "shared" in the store at argv[1].
 */
#include <mcp/server.h>
#include <tools/tools.h>

#include <stdio.h>

struct said {
    struct mcp_outcome_sink sink; /* first */
    mcp_err err;
};

static void finish(struct mcp_outcome_sink *sink, const struct mcp_outcome *o)
{
    ((struct said *)sink)->err = o->err;
}

static int64_t now(void *user)
{
    (void)user;
    return 1781683331000;
}

int main(int argc, char **argv)
{
    struct mcp_clock clock = {now, now, NULL};
    struct store_options opt = {.clock = clock};
    struct mcp_server_options o = {.name = "test", .version = "1", .clock = clock};
    struct said said = {.sink.finish = finish, .err = MCP_PENDING};
    struct mcp_principal who = tools_operator();
    enum store_fault fault;
    char why[256] = "";
    struct store *store = argc == 2 ? store_open(argv[1], &opt, &fault, why, sizeof(why)) : NULL;
    struct tools *tools = tools_new(store, &(struct tools_options){.clock = clock});

    o.tools = tools_sets(tools, &o.n_tools);
    struct mcp_server *server = store ? mcp_server_new(&o, why, sizeof(why)) : NULL;

    if (server) {
        mcp_server_invoke(server, MCP_STR("revoke_token"), MCP_STR("{\"token\":\"shared\"}"), &who,
                          &said.sink);
        store_complete(store);
    }
    mcp_server_free(server);
    tools_free(tools);
    store_close(store);
    fprintf(stderr, "%s\n", why);
    return said.err == MCP_OK ? 0 : 1;
}
