/* tools/alert_raise.h - inside a body: decide after a change whether a warning goes out, and put it
 * into the outbox in the same transaction.
 *
 * A full outbox never refuses the change: the alert is raised by the next reading instead. */
#ifndef CISTERN_TOOLS_ALERT_RAISE_H
#define CISTERN_TOOLS_ALERT_RAISE_H

#include <tools/alert_row.h>
#include <tools/connection.h>
#include <tools/outbox_row.h>

/* After readings were stored or thresholds changed: look at all pools of the connection. `read`: a
 * bit for each pool that has a new newest reading. Nothing follows for a connection that is muted,
 * not active, or whose newest reading is too old to say anything about now. */
struct alert_change {
    uint64_t owner;
    const struct connection_found *at;
    const struct pool_thresholds *fallback;
    uint64_t read;
    int64_t now_ms;
};
MCP_MUST_USE mcp_err alert_check(struct store_txn *txn, const struct alert_change *c);

/* The connection is muted from now on, or is about to be removed: take back what is on its way. A
 * removed one leaves nothing. */
MCP_MUST_USE mcp_err alert_mute(struct store_txn *txn, uint64_t owner, uint64_t connection,
                                bool is_removed, int64_t now_ms);

/* ---- For whoever has something to send ---- */

/* Log `a` (its fate, deliveries and id are filled in) and queue it for every webhook that takes its
 * level, and for the mailbox (mail_is_for()), or only for *only; not for *except. Forgets old ones.
 * MCP_E_REFUSED: the outbox is full, nothing was queued. */
struct alert_order {
    uint64_t owner;
    struct alert *a;
    const uint64_t *only, *except; /* a webhook's sequence; may be NULL */
    bool is_test;                  /* tried once, also while the webhook is paused */
    uint64_t sequence;             /* out: the alert's */
};
MCP_MUST_USE mcp_err alert_send(struct store_txn *txn, struct alert_order *o);

/* A delivery of alert `sequence` arrived: its first one moves the mark. */
MCP_MUST_USE mcp_err alert_arrived(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                                   int64_t now_ms);
/* One ended without arriving. When it was the last one, nobody was told. */
MCP_MUST_USE mcp_err alert_failed(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                                  int64_t now_ms);

#endif
