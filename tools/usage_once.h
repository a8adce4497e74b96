/* tools/usage_once.h - an event of usage that has a name counts once: its name is kept for 35 days,
 * and at most a million of one owner; then the oldest goes. Bodies.
 *
 * Names of requests are kept for a day (once.h), as long as a client tries again. Those of events
 * are part of what is counted: who counts from files or queues sends them again when a month is
 * closed, or restored, or counted anew. 35 days are the longest month, and days to bill it. A
 * million names are some 200 MB, and the limit of what a hostile counter can fill. */
#ifndef CISTERN_TOOLS_USAGE_ONCE_H
#define CISTERN_TOOLS_USAGE_ONCE_H

#include <tools/once.h>

#define USAGE_ONCE_KEPT_MS ((int64_t)35 * 24 * 3600 * 1000)

enum {
    USAGE_ONCE_MAX = 1000000,
    USAGE_ONCE_STEP = 4, /* old ones forgotten with each new one */
    USAGE_ONCE_COUNT_VERSION = 1
};

/* As once_get(); names that an older version kept for a day are known, too. `o` is named. */
MCP_MUST_USE mcp_err usage_once_get(struct store_txn *txn, uint64_t owner, struct once *o,
                                    int64_t now_ms);
/* After MCP_E_NOT_FOUND. It was counted now. `max`: USAGE_ONCE_MAX, but for tests. */
MCP_MUST_USE mcp_err usage_once_put(struct store_txn *txn, uint64_t owner, const struct once *o,
                                    uint64_t max, int64_t now_ms);

/* The row of an owner's number of names. */
bool usage_once_count_decode(mcp_str value, uint8_t version, uint64_t *ret);

#endif
