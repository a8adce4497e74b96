/* tools/reading.h - what a vendor said about one credit type at one time.
 *
 * A reading is known by connection, credit type and time; the same one again changes nothing,
 * whatever its balance says: the first wins, and another
 * value is counted as a conflict. Readings may come in any order. */
#ifndef CISTERN_TOOLS_READING_H
#define CISTERN_TOOLS_READING_H

#include <tools/connection.h>
#include <tools/pool.h>

#include <store/store.h>

enum { READING_VERSION = 1, READING_BATCH_MAX = 500 };

struct reading {
    mcp_str credit_type;
    mcp_str label, unit; /* empty: as the pool has them; at first the credit type and "credits" */
    bool has_balance;    /* false: the vendor did not say */
    bool has_limit;      /* false: none, or unknown (see keeps_limit) */
    bool keeps_limit;    /* true: limit not mentioned, the pool keeps what it has */
    int64_t balance_micro, limit_micro;
    int64_t at_ms;
    bool is_timed; /* false: no time was given, at_ms is now */
    size_t slot;   /* the pool it belongs to, index into reading_batch.slots */
};

/* The pools that one batch touches. */
struct reading_slot {
    struct pool pool; /* strings point into memory or at the readings */
    mcp_str credit_type;
    uint32_t number; /* the pool's in its connection */
    bool is_known, is_changed;
    bool is_now;  /* one of its readings has no time of its own */
    bool is_read; /* it has a new newest reading */
    char memory[POOL_RECORD_MAX];
};

struct reading_batch {
    struct reading *readings;
    size_t n;
    struct reading_slot *slots; /* one per credit type, in order of first appearance */
    size_t n_slots;
    int64_t now_ms;                  /* our clock */
    struct pool_thresholds fallback; /* of pools that have none, nor their connection */
    /* A reading without a time that says what the pool's newest one said so shortly before is that
     * one, sent again; 0: never. */
    int64_t repeat_ms;
    bool is_demo; /* only for a connection that is; any other batch makes it the owner's */
    struct connection_found connection;
    size_t stored, duplicates, conflicts; /* out */
    bool is_owner_full; /* out: the owner has OWNER_POOLS_MAX pools; of MCP_E_REFUSED */
};

/* NULL, or what is wrong with a reading's time. */
const char *reading_check_time(int64_t at_ms, int64_t now_ms);

/* Apply a newer or older reading to its pool. Pure. A stored time that is later than `now_ms` (the
 * clock has stepped back, or a vendor's is ahead) does not hold a reading up that is not: that one
 * is the newest then, and later points leave the history. */
void reading_apply(struct pool *p, const struct reading *r, bool is_first, int64_t now_ms);

/* In a body: store the batch under the connection `which`, and raise the alert that follows.
 * MCP_E_NOT_FOUND; MCP_E_CONFLICT: a demo batch for a connection that is none (any more);
 * MCP_E_REFUSED: more than CONNECTION_POOLS_MAX pools, or OWNER_POOLS_MAX of the owner. May run
 * again: starts from nothing each time. */
MCP_MUST_USE mcp_err reading_add(struct store_txn *txn, uint64_t owner, mcp_str which,
                                 struct reading_batch *b);

/* A READING record as it stands in the store. */
bool reading_decode(mcp_str value, uint8_t version, struct reading *ret);

#endif
