/* tools/alert.h - when a warning goes out: a pure function over a connection's state and its pools.
 *
 * A connection has a mark, the highest level that somebody was told about. An alert is raised when
 * its pools say more than the mark and than what is on its way already: none < low < critical. The
 * mark rises with the first delivery and falls only when every pool that was down is up again: well
 * above its threshold (a twentieth), or above it in two readings in a row. So a balance that dances
 * around a threshold gives one warning (product.md b.1.6).
 *
 * A bit stands for a pool, its number in the connection; there are at most 64. */
#ifndef CISTERN_TOOLS_ALERT_H
#define CISTERN_TOOLS_ALERT_H

#include <tools/pool.h>

enum alert_level { ALERT_NONE, ALERT_LOW, ALERT_CRITICAL };

/* "low", "critical"; "none". */
mcp_str alert_level_name(enum alert_level l);
bool alert_level_parse(mcp_str s, enum alert_level *ret);

/* What the pools of a connection say now. A pool without a balance has no bit: nothing follows. */
struct alert_view {
    uint64_t low;      /* at or under a threshold, critical ones too */
    uint64_t critical; /* at or under the critical one */
    uint64_t clear;    /* above every threshold by more than a twentieth of it, or without any */
    uint64_t read;     /* have a new newest reading since the last step */
};

/* Add what pool `number` (0..63) says. `t`: the effective thresholds. A pool without a balance
 * adds nothing. */
void alert_see(struct alert_view *v, unsigned number, const struct pool *p,
               const struct pool_thresholds *t, bool is_read);

struct alert_state {
    enum alert_level level;   /* the mark: told */
    enum alert_level pending; /* on its way and above the mark; else NONE */
    uint64_t down;            /* pools that were low and have not recovered */
    uint64_t once;            /* of those, the ones whose newest reading was above the threshold */
};

enum alert_act {
    ALERT_NOTHING,
    ALERT_RAISE, /* pending has risen: send it, and take back what was on its way */
    ALERT_HEAL   /* the mark fell to none: take back what is on its way */
};

/* One step. Do not call it for a connection that is muted, or whose status is not active: nothing
 * is known then. */
enum alert_act alert_step(struct alert_state *s, const struct alert_view *v);

/* What was pending was delivered for the first time, or there is nobody to deliver it to. */
void alert_told(struct alert_state *s);
/* What was pending reached nobody and never will: the next step may raise it again. */
void alert_lost(struct alert_state *s);

#endif
