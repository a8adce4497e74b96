/* tools/outbox_row.h - what is on its way to a webhook or a mailbox, and what became of it: the
 * records.
 *
 * A delivery is one alert for one webhook, or for the mailbox of the owner's user (mail_row.h).
 * While it is open (QUEUED or CLAIMED) it has an index row under its webhook and the time when
 * something is to be done with it next. Closed ones are the delivery log. Everything here runs
 * inside a body. */
#ifndef CISTERN_TOOLS_OUTBOX_ROW_H
#define CISTERN_TOOLS_OUTBOX_ROW_H

#include <mcp/str.h>
#include <store/store.h>

enum {
    DELIVERY_VERSION = 1,
    OUTBOX_COUNT_VERSION = 2,
    DELIVERY_ATTEMPTS_MAX = 12, /* kept; older ones are forgotten */
    DELIVERY_NOTE_MAX = 200,
    DELIVERY_RECORD_MAX = 640,
    OUTBOX_OPEN_MAX = 10000, /* deliveries of one owner */
    /* What alert_thin() leaves stays below these. */
    OUTBOX_ROWS_MAX = 25000, /* with the closed ones */
    OUTBOX_ALERTS_MAX = 25000
};

#define OUTBOX_MAIL (UINT64_MAX - 1) /* in the place of a webhook's sequence */

enum delivery_state { DELIVERY_QUEUED, DELIVERY_CLAIMED, DELIVERY_DONE, DELIVERY_CANCELLED };

/* Why one was cancelled. */
enum delivery_reason {
    DELIVERY_NO_REASON,
    DELIVERY_HEALED,     /* the pools recovered */
    DELIVERY_SUPERSEDED, /* by a worse alert */
    DELIVERY_MUTED,      /* the connection was muted or removed */
    DELIVERY_GONE,       /* the webhook was removed, answered 410 or is switched off; there is no
                            mailbox (any more), or no mail is sent */
    DELIVERY_FAILED      /* a test, which is tried once; a mail that is not taken */
};

struct delivery_attempt {
    int64_t at_ms;
    uint32_t took_ms;
    uint32_t status; /* 0: no answer */
};

struct delivery {
    uint8_t id[16];
    uint64_t webhook, alert; /* sequences */
    enum delivery_state state;
    enum delivery_reason reason;
    bool is_test;        /* tried once, also while its webhook is paused, and pauses nothing */
    uint32_t tries;      /* in this round of the schedule, the running one included */
    uint32_t n_attempts; /* ever; the newest DELIVERY_ATTEMPTS_MAX of them are below */
    int64_t created_ms;
    int64_t due_ms; /* QUEUED: next attempt, a test's is 0; CLAIMED: when the claim lapses */
    uint64_t claim; /* CLAIMED: whose */
    struct delivery_attempt attempts[DELIVERY_ATTEMPTS_MAX]; /* oldest first */
    size_t n_kept;
    mcp_str note; /* what the newest attempt said; points into the record */
};

/* "queued", "sending", "delivered", "cancelled"; "healed" ... */
mcp_str delivery_state_name(enum delivery_state s);
mcp_str delivery_reason_name(enum delivery_reason r);

static inline bool delivery_is_open(const struct delivery *d)
{
    return d->state == DELIVERY_QUEUED || d->state == DELIVERY_CLAIMED;
}

static inline bool delivery_is_mail(const struct delivery *d)
{
    return d->webhook == OUTBOX_MAIL;
}

bool delivery_decode(mcp_str value, uint8_t version, struct delivery *ret);
mcp_str delivery_encode(const struct delivery *d, char memory[DELIVERY_RECORD_MAX]);
void delivery_add_attempt(struct delivery *d, const struct delivery_attempt *a);

/* ---- An owner's counters ---- */
struct outbox_count {
    uint64_t next_webhook, next_alert, next_delivery; /* never used twice */
    uint32_t webhooks, alerts, deliveries, open;      /* rows; `open` of the deliveries */
    uint64_t thin_alert, thin_delivery;               /* where alert_thin() goes on */
};

/* A record of version 1 does not know where alert_thin() goes on: at the beginning. */
bool outbox_count_decode(mcp_str value, uint8_t version, struct outbox_count *ret);
/* Zeros for an owner who has nothing yet. */
MCP_MUST_USE mcp_err outbox_count_get(struct store_txn *txn, uint64_t owner,
                                      struct outbox_count *ret);
MCP_MUST_USE mcp_err outbox_count_put(struct store_txn *txn, uint64_t owner,
                                      const struct outbox_count *n);

/* ---- Deliveries in the store ---- */
struct delivery_found {
    uint64_t sequence;
    struct delivery d; /* points into memory */
    char memory[DELIVERY_RECORD_MAX];
};

/* MCP_E_NOT_FOUND: there is none (any more). */
MCP_MUST_USE mcp_err delivery_get(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                                  struct delivery_found *ret);
/* Put a new one with its index row; d->due_ms says when. The counters are the caller's. */
MCP_MUST_USE mcp_err delivery_add(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                                  const struct delivery *d);
/* Replace what `before` was with `after`: the index row follows, n->open too. With a mail that is
 * over goes what was kept of where it went. */
MCP_MUST_USE mcp_err delivery_put(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                                  const struct delivery *before, const struct delivery *after,
                                  struct outbox_count *n);

#endif
