/* cli/outbound.h - the client for requests of our own (polled sources, webhooks), as the options
 * --outbound-* say. */
#ifndef CLI_OUTBOUND_H
#define CLI_OUTBOUND_H

#include <cli/options.h>
#include <transport/deliver.h>

/* Of every command that sends requests. */
#define CLI_ROWS_OUTBOUND                                                                          \
    {.name = "outbound-allow",                                                                     \
     .argument = "NETWORKS",                                                                       \
     .has_env = true,                                                                              \
     .help =                                                                                       \
         "comma list of networks, as 10.0.0.0/8, that sources and webhooks may be in although "    \
         "they are not public"},                                                                   \
        {.name = "outbound-http",                                                                  \
         .kind = CLI_FLAG,                                                                         \
         .has_env = true,                                                                          \
         .help = "let sources and webhooks have http:// URLs, too"},                               \
        {.name = "outbound-ports",                                                                 \
         .argument = "PORTS",                                                                      \
         .has_env = true,                                                                          \
         .help = "ports they may be on, as 443,8000-8999; default 80, 443 and from 1024 on those " \
                 "that no other protocol is known for"},                                           \
    {                                                                                              \
        .name = "outbound-ca", .argument = "FILE", .has_env = true,                                \
        .help = "certificates to trust in their place, PEM; default the system's"                  \
    }

enum { CLI_NETWORKS_MAX = 32 };

struct cli_outbound {
    struct mcp_deliver *client; /* its thread is not started */
    struct mcp_network allowed[CLI_NETWORKS_MAX];
};

/* `o` must stay where it is until the close. On failure one line was printed. */
enum cli_exit cli_outbound_open(const struct cli *cli, struct cli_outbound *o);
/* Zeroed memory is a no-op. */
void cli_outbound_close(struct cli_outbound *o);

#endif
