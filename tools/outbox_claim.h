/* tools/outbox_claim.h - taking deliveries to send, and writing down what came of them.
 *
 * A claim has a lease: until it lapses nobody else sends the delivery. A process that dies between
 * sending and writing down leaves a claim that lapses, so the delivery is sent once more: at least
 * once, and at most one duplicate per crash. Several processes may have the store open. */
#ifndef CISTERN_TOOLS_OUTBOX_CLAIM_H
#define CISTERN_TOOLS_OUTBOX_CLAIM_H

#include <tools/alert_row.h>
#include <tools/key.h>
#include <tools/mail_row.h>
#include <tools/outbox.h>
#include <tools/outbox_row.h>
#include <tools/webhook.h>

enum {
    OUTBOX_SLOTS = 8,       /* deliveries of one process under way at once */
    OUTBOX_PER_WEBHOOK = 2, /* of them to one webhook, so that a slow one holds nobody up */
    OUTBOX_STEP = 64,       /* due deliveries looked after in one transaction */
    OUTBOX_LOOK = 256       /* webhooks looked at for them */
};

/* A delivery that this process has claimed, with copies of all that is needed to send it. */
struct outbox_job {
    bool is_taken;
    struct key_due due; /* owner, webhook, delivery; at_ms: when the claim lapses */
    uint64_t claim;
    uint8_t id[16]; /* the delivery's */
    unsigned tries;
    bool is_mail; /* to `mail_to`, which is in `address`; no webhook */
    mcp_str mail_to;
    char address[USER_EMAIL_MAX];
    struct webhook_found webhook;
    struct alert_found alert;
};

struct outbox_claim {
    int64_t now_ms, lease_ms;
    bool sends_mail; /* else what waits for a mailbox ends */
    const struct seal *seal;
    uint64_t claim;                  /* random, one per claiming */
    const struct outbox_job *busy;   /* OUTBOX_SLOTS: what is under way */
    uint64_t owner, webhook;         /* where the next look begins, so that all get their turn */
    struct key_due due[OUTBOX_STEP]; /* what was found due */
    size_t n_due, n_sendable;        /* of those, the ones that may be sent */
    struct outbox_job *free[OUTBOX_SLOTS]; /* where what is claimed goes */
    size_t n_free, n_taken;                /* n_taken: out */
};

/* In a read body: find what is due, for no more than there are free slots, and what has no taker
 * any more. What waits for a paused webhook is passed over. */
MCP_MUST_USE mcp_err outbox_look(struct store_txn *txn, struct outbox_claim *c);
/* In a write body: claim what was found, end what has no taker. Starts from nothing each time. */
MCP_MUST_USE mcp_err outbox_take(struct store_txn *txn, struct outbox_claim *c);

struct outbox_finish {
    const struct outbox_job *job;
    struct outbox_answer answer;
    int64_t now_ms;
    enum outbox_verdict verdict; /* out */
    bool is_stopped;             /* out: the webhook was paused or disabled by this */
};
/* In a write body: the attempt is over. */
MCP_MUST_USE mcp_err outbox_finish(struct store_txn *txn, struct outbox_finish *f);

/* In a body: the webhook was edited; what waits for its next attempt, OUTBOX_STEP of it, is due
 * now. */
MCP_MUST_USE mcp_err outbox_kick(struct store_txn *txn, uint64_t owner, uint64_t webhook,
                                 int64_t now_ms);

#endif
