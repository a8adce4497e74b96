/* cli/outbound.c - see outbound.h. */
#include <cli/outbound.h>

static bool read_networks(const char *text, struct cli_outbound *o, size_t *ret_n)
{
    *ret_n = 0;
    for (mcp_str rest = mcp_str_c(text); rest.ptr; ++*ret_n) {
        mcp_str one = mcp_str_trim(mcp_str_cut(&rest, ','));

        if (*ret_n == CLI_NETWORKS_MAX || !mcp_network_parse(one, &o->allowed[*ret_n])) {
            return false;
        }
    }
    return true;
}

enum cli_exit cli_outbound_open(const struct cli *cli, struct cli_outbound *o)
{
    struct mcp_deliver_options opt = {
        .user_agent = "Cistern/" CISTERN_VERSION,
        .ca_file = cli_text(cli, "outbound-ca"),
        .ports = cli_text(cli, "outbound-ports"),
        .allowed = o->allowed,
        .allow_http = cli_flag(cli, "outbound-http"),
    };
    char why[128];

    *o = (struct cli_outbound){0};
    if (!read_networks(cli_text(cli, "outbound-allow"), o, &opt.n_allowed)) {
        return cli_usage(cli, "--outbound-allow: not a list of at most 32 networks like "
                              "10.0.0.0/8,fd00::/8");
    }
    o->client = mcp_deliver_new(&opt, why, sizeof(why));
    return o->client ? CLI_DONE : cli_usage(cli, "outbound: %s", why);
}

void cli_outbound_close(struct cli_outbound *o)
{
    mcp_deliver_free(o->client);
    o->client = NULL;
}
