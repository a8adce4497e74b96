/* tools/alert_thin.h - the logs of alerts and of deliveries forget what is old and over. */
#ifndef CISTERN_TOOLS_ALERT_THIN_H
#define CISTERN_TOOLS_ALERT_THIN_H

#include <tools/outbox_row.h>

enum {
    ALERT_THIN_KEPT = 10000,     /* newest numbers of each log; what is on its way stays beyond */
    ALERT_THIN_LOOK_ALERTS = 16, /* rows looked at in one step; an alert has up to 32 deliveries */
    ALERT_THIN_LOOK = 256,
    ALERT_THIN_STEP = 64 /* deleted in one step, more than one alert adds */
};

/* In a body, once for each new alert: a step over the older rows of each log, from where the last
 * one ended, deleting the deliveries that are over and the alerts of which nothing is on its way.
 * *n follows, the caller puts it. */
MCP_MUST_USE mcp_err alert_thin(struct store_txn *txn, uint64_t owner, struct outbox_count *n);

#endif
