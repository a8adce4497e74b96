/* tools/source_poll.h - which sources are due, whose turn it is, and writing down what they said.
 *
 * A claim moves the due time to when it lapses: a process that dies while it asks leaves a source
 * that is due again a minute later, and several processes may have the store open. An answer that
 * comes after the source was edited, disconnected or removed is not written down. */
#ifndef CISTERN_TOOLS_SOURCE_POLL_H
#define CISTERN_TOOLS_SOURCE_POLL_H

#include <tools/key.h>
#include <tools/reading.h>
#include <tools/source_row.h>

enum { SOURCE_SLOTS = 8 }; /* asked at once */

#define SOURCE_LEASE_MS ((int64_t)60 * 1000)
#define SOURCE_LATEST_MS                                                                           \
    ((int64_t)6 * 3600 * 1000) /* between two attempts, however many failed                        \
                                */
#define SOURCE_WAIT_MAX_MS ((int64_t)24 * 3600 * 1000) /* that a service may ask for */

/* After an answer: the interval, a tenth more or less by chance, so that those that began together
 * do not stay together. */
int64_t source_next_ms(int64_t every_ms, int64_t now_ms);
/* After `failures` failures in a row: the interval, doubled for each but the first, at most
 * SOURCE_LATEST_MS, and up to a tenth more by chance; when the service asked to wait longer
 * (negative: it did not), then. */
int64_t source_retry_ms(int64_t every_ms, uint32_t failures, int64_t retry_after_ms,
                        int64_t now_ms);

/* A source that is being asked by this process. */
struct source_job {
    bool is_taken;
    uint64_t owner, connection, claim;
    uint8_t id[16]; /* the connection's */
    struct source_found source;
};

struct source_claim {
    int64_t now_ms, lease_ms;
    uint64_t claim; /* random, not 0, one per claiming */
    struct key_poll due[SOURCE_SLOTS];
    size_t n_due;
    struct source_job *free[SOURCE_SLOTS]; /* where what is claimed goes */
    size_t n_free, n_taken;                /* n_taken: out */
};

/* In a read body: the sources that have been due longest, at most one per free slot. */
MCP_MUST_USE mcp_err source_look(struct store_txn *txn, struct source_claim *c);
/* In a write body: claim them. Starts from nothing each time. */
MCP_MUST_USE mcp_err source_take(struct store_txn *txn, struct source_claim *c);

struct source_finish {
    const struct source_job *job;
    int64_t now_ms;
    bool is_cancelled;       /* by us: as if it had not been asked */
    enum pool_status status; /* HEALTHY: it was understood, `batch` is stored */
    mcp_str reason;          /* else */
    int64_t retry_after_ms;  /* negative: not asked for */
    struct reading_batch batch;
    bool is_stored; /* out: the answer was written down */
};
/* In a write body. MCP_E_REFUSED: there is no room for these pools; finish it with that reason. */
MCP_MUST_USE mcp_err source_finish(struct store_txn *txn, struct source_finish *f);

#endif
