/* cli/source_ask.h - the tools' questions to sources through the outbound client. */
#ifndef CLI_SOURCE_ASK_H
#define CLI_SOURCE_ASK_H

#include <tools/tools.h>
#include <transport/deliver.h>

enum { CLI_SOURCE_SLOTS = 8, CLI_SOURCE_HEADERS = 16 };

struct cli_source_slot {
    struct mcp_delivery delivery; /* first: it comes back */
    struct mcp_http_header headers[CLI_SOURCE_HEADERS];
    struct cli_source_ask *at;
};

struct cli_source_ask {
    struct tools *tools;
    struct mcp_deliver *client;
    struct mcp_clock clock;
    struct cli_source_slot slots[CLI_SOURCE_SLOTS];
};

/* True when no later attempt can end better: refused, no TLS, too large, no HTTP. */
bool cli_source_is_final(const struct mcp_delivery *d);

/* From now on sources that are due are asked through `client`. `a` must stay where it is; both
 * others must outlive it. OVERLOADED: no memory. */
mcp_err cli_source_ask_open(struct cli_source_ask *a, struct tools *tools,
                            struct mcp_deliver *client, const struct mcp_clock *clock,
                            int64_t lease_ms);

#endif
