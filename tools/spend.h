/* tools/spend.h - what an account has spent: by day, and by app. Bodies, and pure parts.
 *
 * Kept up by ledger_append() in the transaction of the entry. A day is one of UTC. Per app the
 * last thirty days are kept, in one row with a slot for each; what is older is overwritten. */
#ifndef CISTERN_TOOLS_SPEND_H
#define CISTERN_TOOLS_SPEND_H

#include <tools/ledger.h>

#define SPEND_DAY_MS ((int64_t)24 * 3600 * 1000)

enum {
    SPEND_VERSION = 1,
    SPEND_DAYS_MAX = 90,  /* of a series */
    SPEND_APP_DAYS = 30,  /* of an app */
    SPEND_APPS_MAX = 1000 /* of an account; what more spend counts by day alone */
};

/* Days since 1970. */
static inline uint32_t spend_day(int64_t at_ms)
{
    return (uint32_t)(at_ms / SPEND_DAY_MS);
}

struct spend_app {
    mcp_str name; /* as who spent calls itself */
    int64_t last_used_ms;
    struct {
        uint32_t day;
        int64_t credits;
    } slots[SPEND_APP_DAYS]; /* of a day: day % SPEND_APP_DAYS */
};

bool spend_day_decode(mcp_str value, uint8_t version, int64_t *ret);
bool spend_app_decode(mcp_str value, uint8_t version, struct spend_app *ret);
/* Of the thirty days that end with `today`. */
int64_t spend_app_sum(const struct spend_app *a, uint32_t today);

/* `credits` were spent; w->n_apps rises with a new app, the caller writes the wallet. */
MCP_MUST_USE mcp_err spend_add(struct store_txn *txn, uint64_t owner, struct wallet *w,
                               int64_t at_ms, int64_t credits, mcp_str app);

/* ret[i]: what was spent on day first + i, of n (at most SPEND_DAYS_MAX). */
MCP_MUST_USE mcp_err spend_series(struct store_txn *txn, uint64_t owner, uint32_t first, size_t n,
                                  int64_t *ret);

#endif
