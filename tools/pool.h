/* tools/pool.h - what a credit pool is: status, thresholds, burn, the estimate in words. Pure.
 *
 * A pool is one credit type of one connection. Its record holds the newest reading and the
 * thinned history, so that listing needs no other row. Balances are int64 millionths; a double
 * appears only in the last division of the burn rate. */
#ifndef CISTERN_TOOLS_POOL_H
#define CISTERN_TOOLS_POOL_H

#include <mcp/buf.h>
#include <mcp/str.h>

enum pool_status {
    POOL_HEALTHY,
    POOL_LOW,
    POOL_CRITICAL,
    POOL_STALE,
    POOL_ERROR,
    POOL_DISCONNECTED,
    POOL_NODATA,
    POOL_STATUS_COUNT
};
#define POOL_STATUS_LIST "healthy, low, critical, stale, error, disconnected, nodata"

/* "healthy" ... */
mcp_str pool_status_name(enum pool_status s);
bool pool_status_parse(mcp_str s, enum pool_status *ret);

/* ---- Thresholds ---- */
struct pool_thresholds {
    bool has_low, has_critical;
    int64_t low_micro, critical_micro;
};

/* Each of the two from the first that has it: pool, connection, product default. */
struct pool_thresholds pool_thresholds_resolve(const struct pool_thresholds *pool,
                                               const struct pool_thresholds *connection,
                                               const struct pool_thresholds *fallback);
/* NULL, or why they are not valid: negative, or low not above critical when both are set. */
const char *pool_thresholds_check(const struct pool_thresholds *t);

/* ---- Status ---- */
#define POOL_STALE_AFTER_MS (90 * 60 * 1000)
#define POOL_AHEAD_MAX_MS   (5 * 60 * 1000) /* how far a vendor's clock may be ahead of ours */

/* What the connection says about all its pools: its own status unless active (HEALTHY stands for
 * active); STALE when `has_reading` and the newest reading over all pools is older than 90
 * minutes or more than 5 minutes ahead (it says nothing about now); else HEALTHY. */
enum pool_status pool_connection_status(enum pool_status own, bool has_reading, int64_t newest_ms,
                                        int64_t now_ms);
/* `connection` as returned above. Thresholds are inclusive. */
enum pool_status pool_status_of(enum pool_status connection, bool has_balance,
                                int64_t balance_micro, const struct pool_thresholds *t);

/* ---- Burn ---- */
#define POOL_BUCKET_MS (6 * 3600 * (int64_t)1000)
#define POOL_WINDOW_MS (7 * 24 * 3600 * (int64_t)1000)
enum { POOL_POINTS_MAX = 30 }; /* 29 buckets touch 7 days, and one when the clock stepped back */

struct pool_point {
    int64_t at_ms, balance_micro;
};

/* The newest reading of each 6-hour bucket (counted from 1970), oldest first; the last one is the
 * newest of all. Complete for the 30 buckets that end with the newest, so a late reading finds
 * its place without looking at older rows. */
struct pool_history {
    struct pool_point points[POOL_POINTS_MAX];
    size_t n;
};

void pool_history_add(struct pool_history *h, int64_t at_ms, int64_t balance_micro);

struct pool_burn {
    bool is_known;
    double per_day;   /* credits, above zero */
    double days_left; /* not negative, not rounded */
};

/* Over the points of the last 7 days and always the newest: what the falling steps add up to,
 * divided by the time from the oldest to the newest. Rising steps are top-ups and count as
 * nothing. Unknown unless above zero. */
struct pool_burn pool_burn(const struct pool_history *h, int64_t now_ms);

/* ---- The estimate in words ---- */
struct pool_eta {
    mcp_str brief, full; /* point into the struct or at literals */
    char brief_text[32], full_text[48];
};

/* `days` < 0 or not a number: unknown. Weekdays are UTC. */
void pool_eta(double days, int64_t now_ms, struct pool_eta *ret);

/* ---- The record ---- */
enum { POOL_VERSION = 1, POOL_TYPE_MAX = 256, POOL_UNIT_MAX = 128, POOL_RECORD_MAX = 1536 };

struct pool {
    mcp_str credit_type, label, unit; /* a decoded pool points into the record */
    bool has_balance, has_limit;
    int64_t balance_micro, limit_micro;
    int64_t recorded_ms; /* of the newest reading */
    struct pool_thresholds own;
    struct pool_history history;
};

/* False for anything that is not a pool record. */
bool pool_decode(mcp_str value, uint8_t version, struct pool *ret);
/* Points into `memory`; empty when it did not fit. */
mcp_str pool_encode(const struct pool *p, char memory[POOL_RECORD_MAX]);
/* Only the time of the newest reading. */
bool pool_decode_recorded(mcp_str value, uint8_t version, int64_t *ret_ms);

#endif
