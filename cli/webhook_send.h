/* cli/webhook_send.h - the tools' messages, to webhooks and mailboxes, through the outbound client.
 */
#ifndef CLI_WEBHOOK_SEND_H
#define CLI_WEBHOOK_SEND_H

#include <cli/mail.h>
#include <tools/tools.h>
#include <transport/deliver.h>

enum { CLI_WEBHOOK_SLOTS = 8, CLI_WEBHOOK_HEADERS = 8 };

struct cli_webhook_slot {
    struct mcp_delivery delivery; /* first: it comes back */
    struct mcp_http_header headers[CLI_WEBHOOK_HEADERS];
    struct mcp_delivery_mail envelope;
    struct cli_webhook_send *at;
};

struct cli_webhook_send {
    struct tools *tools;
    struct mcp_deliver *client, *mail_client;
    struct mcp_clock clock;
    const struct cli_mail *mail;
    struct cli_webhook_slot slots[CLI_WEBHOOK_SLOTS];
};

/* From now on what is due is sent through `client`, mail through `mail_client` (NULL when `mail`
 * has no URL), so that no mail server holds up a webhook. `w` must stay where it is; the others
 * must outlive it. Messages link to `dashboard_url`; NULL: to nothing. OVERLOADED: no memory. */
mcp_err cli_webhook_send_open(struct cli_webhook_send *w, struct tools *tools,
                              struct mcp_deliver *client, struct mcp_deliver *mail_client,
                              const struct mcp_clock *clock, const struct cli_mail *mail,
                              const char *dashboard_url, int64_t lease_ms);

#endif
