/* cli/payment.h - payments as the options --payment and --stripe-* say, through the outbound
 * client. */
#ifndef CLI_PAYMENT_H
#define CLI_PAYMENT_H

#include <cli/options.h>
#include <tools/tools.h>
#include <transport/deliver.h>

#define CLI_ROWS_PAYMENT                                                                           \
    {.name = "payment",                                                                            \
     .argument = "HOW",                                                                            \
     .fallback = "manual",                                                                         \
     .has_env = true,                                                                              \
     .help = "manual: an operator approves each order (cistern order); stripe: Stripe Checkout"},  \
        {.name = "stripe-secret-file",                                                             \
         .argument = "FILE",                                                                       \
         .has_env = true,                                                                          \
         .help = "Stripe's secret key (sk_...) and one or two signing secrets of the endpoint "    \
                 "/webhooks/stripe (whsec_...), a line each"},                                     \
    {                                                                                              \
        .name = "stripe-url", .argument = "URL", .fallback = "https://api.stripe.com",             \
        .has_env = true, .help = "where Stripe's API is"                                           \
    }

enum { CLI_PAYMENT_SLOTS = 32, CLI_PAYMENT_FILE_MAX = 1 << 18 };

struct cli_payment_slot {
    struct mcp_delivery delivery; /* first: it comes back */
    struct mcp_http_header headers[PAYMENT_HEADERS_MAX];
    struct payment_request *request; /* NULL: free */
};

struct cli_payment {
    struct mcp_deliver *client;
    struct cli_payment_slot slots[CLI_PAYMENT_SLOTS];
};

/* Whether the options, and the file that one names, would do. On failure one line was printed. */
enum cli_exit cli_payment_check(const struct cli *cli, const struct mcp_deliver *client);
/* From now on orders of `tools` are paid as the options say. `public_url`: of this server, NULL:
 * nobody knows. `p` must stay where it is; the others must outlive it. */
enum cli_exit cli_payment_open(struct cli_payment *p, const struct cli *cli, struct tools *tools,
                               struct mcp_deliver *client, const char *public_url);

#endif
