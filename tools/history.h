/* tools/history.h - readings over time: how they are shown, and which of them are kept.
 *
 * All readings are kept for some days; of older ones the newest of every six hours (counted from
 * 1970, as in a pool's own history); after some months none, but for the newest of each pool. */
#ifndef CISTERN_TOOLS_HISTORY_H
#define CISTERN_TOOLS_HISTORY_H

#include <tools/key.h>
#include <tools/pool.h>

#include <store/store.h>

/* ---- Showing ---- */
enum {
    HISTORY_POINTS_MAX = 500,      /* of one pool */
    HISTORY_POINTS_ALL_MAX = 8000, /* of one answer */
    HISTORY_POINTS_DEFAULT = 100
};

struct history_point {
    int64_t at_ms, balance_micro;
    bool has_balance;
};

/* A stretch of time, cut into `n_points` parts of the same length. */
struct history_span {
    int64_t from_ms, to_ms; /* both inclusive, from <= to, from >= 0 */
    size_t n_points;
};

/* In a body: the newest reading of each part that has one, oldest first, into `points`
 * (span->n_points of them). As many look-ups as there are such parts, however many readings. */
MCP_MUST_USE mcp_err history_get(struct store_txn *txn, uint64_t owner, uint64_t connection,
                                 uint32_t pool, const struct history_span *span,
                                 struct history_point *points, size_t *ret_n);

/* ---- Keeping ---- */
#define HISTORY_FULL_MS (7 * 24 * 3600 * (int64_t)1000)  /* default */
#define HISTORY_ALL_MS  (90 * 24 * 3600 * (int64_t)1000) /* default */

/* Whether a reading goes, given that the same pool has a newer one at `next_ms`. Pure. */
bool history_is_over(int64_t at_ms, int64_t next_ms, int64_t full_ms, int64_t all_ms,
                     int64_t now_ms);

enum { HISTORY_STEP_ROWS = 1000, HISTORY_STEP_POOLS = 64, HISTORY_STEP_DELETES = 256 };

/* A pass over all readings of everybody, in steps. */
struct history_pass {
    int64_t now_ms, full_ms, all_ms;
    struct key at;                         /* where the next step begins; len 0: at the beginning */
    bool is_done;                          /* out: the end was reached */
    struct key over[HISTORY_STEP_DELETES]; /* out: what goes */
    size_t n_over;
};

/* In a read body: the next step; at most so many rows, pools and deletions. */
MCP_MUST_USE mcp_err history_look(struct store_txn *txn, struct history_pass *p);
/* In a write body: delete what the step found. Readings never change, so that is still true. */
MCP_MUST_USE mcp_err history_thin(struct store_txn *txn, const struct history_pass *p);

#endif
