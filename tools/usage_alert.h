/* tools/usage_alert.h - a subscription that has used much of its month is a warning: at each of its
 * plan's percentages, of requests and of bytes, once a month, however often it is counted again.
 *
 * It is raised in the transaction that counts. What is counted for another month than this one
 * raises nothing; the next month begins at none. When one count passes several percentages, only
 * the highest goes out. A full outbox refuses no count: the next one raises the alert. */
#ifndef CISTERN_TOOLS_USAGE_ALERT_H
#define CISTERN_TOOLS_USAGE_ALERT_H

#include <tools/subscription.h>
#include <tools/usage.h>

enum { USAGE_TOLD_VERSION = 1 };

/* The highest percentages of a month that were told; 0: none. */
struct usage_told {
    uint32_t requests, bandwidth;
};
bool usage_told_decode(mcp_str value, uint8_t version, struct usage_told *ret);

/* The highest of the `n` ascending percentages that `used` has reached of `allowance`; 0: none.
 * Exact. Pure. */
uint32_t usage_alert_reached(int64_t used, int64_t allowance, const uint16_t *percents, size_t n);

/* In a body, after `m` of `at` was changed. */
MCP_MUST_USE mcp_err usage_alert_check(struct store_txn *txn, uint64_t owner,
                                       const struct subscription_found *at, int32_t month,
                                       const struct usage_month *m, int64_t now_ms);

#endif
