/* tools/alert_text.h - an alert in words, for every receiver and for lists. Pure. */
#ifndef CISTERN_TOOLS_ALERT_TEXT_H
#define CISTERN_TOOLS_ALERT_TEXT_H

#include <tools/alert_row.h>

#include <mcp/buf.h>

enum { ALERT_LABELS_MAX = 5 }; /* named in a sentence; the rest is counted */

/* "quota.alert.low", "quota.alert.critical", "key.expiring", "webhook.stopped", "webhook.test",
 * "usage.threshold", "account.deleted" */
mcp_str alert_event(const struct alert *a);
/* "Hunter is running low" */
void alert_put_title(struct mcp_buf *out, const struct alert *a);
/* "Hunter crossed low threshold for Verifications." */
void alert_put_sentence(struct mcp_buf *out, const struct alert *a);
/* 4050000 as "4.05". */
void alert_put_amount(struct mcp_buf *out, int64_t micro);
/* Whole days until the token expires, as seen when the alert was made; at least 1. */
int64_t alert_days_left(const struct alert *a);

#endif
