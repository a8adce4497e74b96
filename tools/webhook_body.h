/* tools/webhook_body.h - what is sent to a webhook: the body and the headers. Pure.
 *
 * Generic bodies are those of the pools contract (product.md b.1.6), below 20 KB; Slack's are
 * within its limits, escaped. */
#ifndef CISTERN_TOOLS_WEBHOOK_BODY_H
#define CISTERN_TOOLS_WEBHOOK_BODY_H

#include <tools/alert_row.h>
#include <tools/outbox.h>
#include <tools/webhook.h>

#include <mcp/buf.h>

enum {
    WEBHOOK_BODY_MAX = 20000,
    WEBHOOK_HEADERS_MAX = 8,
    WEBHOOK_SIGNATURE_BYTES = 3 + 44 /* "v1," and base64 */
};

/* `dashboard_url` empty: there is none. */
void webhook_body_put_generic(struct mcp_buf *out, const struct alert *a, mcp_str dashboard_url);
void webhook_body_put_slack(struct mcp_buf *out, const struct alert *a, mcp_str dashboard_url);

/* "v1,..." over id, time and body (Standard Webhooks 1.0.0, "Signature scheme"). False when
 * `secret` is not "whsec_" and base64. */
bool webhook_sign(mcp_str secret, mcp_str id, int64_t at_s, mcp_str body,
                  char out[WEBHOOK_SIGNATURE_BYTES]);

/* The headers of one attempt; they point into this struct. */
struct webhook_headers {
    struct outbox_header list[WEBHOOK_HEADERS_MAX];
    size_t n;
    char id[36], time[24], signature[2 * WEBHOOK_SIGNATURE_BYTES + 1], vendor[7 + 64];
};
/* `secret` empty: unsigned; `previous` empty: no overlap. False: a secret is none. */
bool webhook_headers_set(struct webhook_headers *h, enum webhook_format format,
                         const uint8_t delivery[16], int64_t now_ms, mcp_str body, mcp_str secret,
                         mcp_str previous);

#endif
