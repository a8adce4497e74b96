/* tools/usage.h - what a subscription has used of a month: requests and bytes, by kind of proxy.
 *
 * Integers only, each sum of a month at most USAGE_MAX, so that every JSON reader has them exactly
 * and sums of a whole range cannot overflow. */
#ifndef CISTERN_TOOLS_USAGE_H
#define CISTERN_TOOLS_USAGE_H

#include <mcp/str.h>
#include <store/store.h>

enum {
    USAGE_VERSION = 1,
    USAGE_COUNTS_VERSION = 1,
    USAGE_RANGE_MAX = 36,   /* months of an answer */
    USAGE_RANGE_BEFORE = 6, /* months before the last one, when nothing else is said */
    USAGE_MONTHS_BACK = 120 /* how old what is recorded may be */
};
#define USAGE_MAX (((int64_t)1 << 53) - 1)

enum usage_kind { USAGE_HTTP, USAGE_SOCKS, USAGE_INBOUND, USAGE_KINDS };

struct usage_count {
    int64_t requests, bandwidth_bytes; /* 0..USAGE_MAX */
};

struct usage_month {
    struct usage_count by[USAGE_KINDS];
};

static inline bool usage_is_amount(int64_t v)
{
    return v >= 0 && v <= USAGE_MAX;
}

/* "http", "socks", "inbound" */
mcp_str usage_kind_name(enum usage_kind k);
bool usage_kind_parse(mcp_str s, enum usage_kind *ret);

/* ---- Pure ---- */
struct usage_count usage_total(const struct usage_month *m);
/* False, and nothing is changed: a sum of the month would exceed USAGE_MAX. */
bool usage_add(struct usage_month *m, enum usage_kind kind, const struct usage_count *c);
/* Tenths of a percent, halves rounded up, exact; `used` up to USAGE_MAX, `allowance` from 1. */
int64_t usage_tenths(int64_t used, int64_t allowance);
/* "4.1", "100", as a JSON number. */
mcp_str usage_percent_format(int64_t tenths, char out[24]);
bool usage_month_decode(mcp_str value, uint8_t version, struct usage_month *ret);

/* ---- Bodies ---- */
/* Zeros for a month in which nothing was recorded. */
MCP_MUST_USE mcp_err usage_get(struct store_txn *txn, uint64_t owner, uint64_t subscription,
                               int32_t month, struct usage_month *ret);
MCP_MUST_USE mcp_err usage_put(struct store_txn *txn, uint64_t owner, uint64_t subscription,
                               int32_t month, const struct usage_month *m);
/* The months `from` to `to`, inclusive, into ret[0..to-from]. */
MCP_MUST_USE mcp_err usage_range(struct store_txn *txn, uint64_t owner, uint64_t subscription,
                                 int32_t from, int32_t to, struct usage_month *ret);
MCP_MUST_USE mcp_err usage_remove(struct store_txn *txn, uint64_t owner, uint64_t subscription);

/* How many there are, and the numbers that come next (never used twice). */
struct usage_counts {
    uint64_t next_plan, next_subscription;
    uint32_t n_plans, n_subscriptions;
};
bool usage_counts_decode(mcp_str value, uint8_t version, struct usage_counts *ret);
MCP_MUST_USE mcp_err usage_counts_get(struct store_txn *txn, uint64_t owner,
                                      struct usage_counts *ret);
MCP_MUST_USE mcp_err usage_counts_put(struct store_txn *txn, uint64_t owner,
                                      const struct usage_counts *n);

#endif
