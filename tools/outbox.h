/* tools/outbox.h - when a delivery is tried, and what its answer means. Pure; times are the
 * caller's.
 *
 * Ten attempts over about three days (Standard Webhooks 1.0.0, "Deliverability and reliability"):
 * at once, then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h, each a little later
 * by chance, or when the receiver's Retry-After says, if that is later still. */
#ifndef CISTERN_TOOLS_OUTBOX_H
#define CISTERN_TOOLS_OUTBOX_H

#include <mcp/str.h>

enum {
    OUTBOX_TRIES_MAX = 10,
    OUTBOX_TIMEOUT_MS = 15000,
    OUTBOX_MAIL_TIMEOUT_MS = 45000 /* mail servers make strangers wait; within the lease */
};

#define OUTBOX_LEASE_MS (60 * (int64_t)1000) /* default: then a claim whose process died lapses */

struct outbox_header {
    mcp_str name, value;
};

/* An attempt to be made: POST, or a mail. */
struct outbox_message {
    size_t slot; /* names it in the answer */
    mcp_str url;
    const struct outbox_header *headers;
    size_t n_headers;
    mcp_str body;
    mcp_str mail_to; /* not empty: a mail for this address, `body` is all of it; no URL, no headers
                      */
    int64_t timeout_ms;
};

/* What came of it. */
struct outbox_answer {
    bool is_answered;
    bool is_refused;        /* by our own rules, for good: nothing was sent */
    bool is_cancelled;      /* by us, because we stop: as if it had not been tried */
    bool is_mail;           /* the status is one of SMTP's: 4xx passes, 5xx does not */
    int status;             /* when answered */
    int64_t retry_after_ms; /* asked for by the receiver; negative: not */
    int64_t took_ms;
    mcp_str note; /* for people: why not, or the beginning of the answer */
};

enum outbox_verdict {
    OUTBOX_DELIVERED, /* 2xx */
    OUTBOX_RETRY,     /* no answer, 408, 425, 429, 5xx; of a mail 4xx */
    OUTBOX_PAUSE,     /* anything else, or tried too often: nothing more until an edit; a mail is
                         given up */
    OUTBOX_GONE       /* 410: never again */
};

struct outbox_plan {
    enum outbox_verdict verdict;
    int64_t due_ms; /* of RETRY */
};

/* After attempt number `tries` (1 is the first). `id`, the delivery's, is where chance comes from,
 * so that the same question has the same answer. */
struct outbox_plan outbox_decide(const struct outbox_answer *a, unsigned tries,
                                 const uint8_t id[16], int64_t now_ms);

/* How long after attempt number `tries` the next one is due, without a Retry-After: what the
 * schedule says and up to a tenth more. */
int64_t outbox_delay_ms(unsigned tries, const uint8_t id[16]);

#endif
