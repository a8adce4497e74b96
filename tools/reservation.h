/* tools/reservation.h - credits set aside before work, settled or released after it. Bodies.
 *
 * balance - reserved is what is free, and a reservation is admitted only from that: all of it in
 * one transaction, so that no number of requests at once reserves a credit twice. Settling takes
 * what the work really cost, which may be more than was reserved; that alone can make a balance
 * negative. A reservation that is not settled in time is released by itself: it counts as free from
 * its last millisecond on, whether or not the sweep has met it.
 *
 * What is over stays known for ten minutes, so that the same request again is answered the same. */
#ifndef CISTERN_TOOLS_RESERVATION_H
#define CISTERN_TOOLS_RESERVATION_H

#include <tools/key.h>
#include <tools/ledger.h>

#include <mcp/log.h>

enum {
    RESERVATION_VERSION = 1,
    RESERVATION_KEPT_MS = 10 * 60 * 1000,
    RESERVATIONS_MAX = 100000, /* of one account, those that are over included */
    RESERVATION_STEP = 64,     /* that one transaction of the tick ends or forgets */
    RESERVATION_RECORD_MAX = 512
};

enum reservation_state {
    RESERVATION_OPEN,
    RESERVATION_SETTLED,
    RESERVATION_RELEASED,
    RESERVATION_EXPIRED,
    RESERVATION_STATES
};

struct reservation {
    uint8_t id[16];
    enum reservation_state state;
    int64_t amount, settled; /* settled: what was taken */
    int64_t expires_ms;
    int64_t due_ms;            /* when it ends by itself, or is forgotten */
    int64_t balance, reserved; /* of the wallet, after what happened to it last */
    uint8_t entry[16];         /* id of the entry that settled it; zero: none was needed */
    mcp_str app, ref;          /* as in struct ledger_entry */
};

bool reservation_decode(mcp_str value, uint8_t version, struct reservation *ret);
mcp_str reservation_encode(const struct reservation *r, char memory[RESERVATION_RECORD_MAX]);

/* `r` has id, amount (1 and more), expires_ms, app and ref; the rest is filled in. MCP_E_REFUSED:
 * there are RESERVATIONS_MAX. MCP_E_NO_CREDIT: fewer are free; r->balance and r->reserved say what
 * there is. */
MCP_MUST_USE mcp_err reservation_add(struct store_txn *txn, uint64_t owner, struct reservation *r,
                                     int64_t now_ms);
/* MCP_E_NOT_FOUND. *ret points into `memory`. */
MCP_MUST_USE mcp_err reservation_get(struct store_txn *txn, uint64_t owner, const uint8_t id[16],
                                     char memory[RESERVATION_RECORD_MAX], struct reservation *ret);
/* End `r`, which was just got: take `credits` (0: release it). MCP_E_CONFLICT: it is over.
 * MCP_E_REFUSED: the balance would leave the range. */
MCP_MUST_USE mcp_err reservation_end(struct store_txn *txn, const struct seal *seal, uint64_t owner,
                                     struct reservation *r, enum reservation_state state,
                                     int64_t credits, int64_t now_ms);

/* What is reserved now of the owner's wallet `w`: what it says, but for what has expired and was
 * not swept. Reads only: a thousand rows that are due or, when there are more, all reservations of
 * the owner. */
MCP_MUST_USE mcp_err reservation_reserved(struct store_txn *txn, uint64_t owner,
                                          const struct wallet *w, int64_t now_ms, int64_t *ret);

/* In a read body: whether anything is due. */
MCP_MUST_USE mcp_err reservation_is_due(struct store_txn *txn, int64_t now_ms, bool *ret);
struct reservation_swept {
    size_t n;             /* rows that were due */
    size_t n_lost;        /* of them: missing, unreadable, or not in the wallet's sum */
    struct key_once lost; /* the last of these */
};
/* In a write body: end what has expired and forget what is long over, of everybody, the oldest
 * RESERVATION_STEP. One that is lost is left as it stands and not met again. */
MCP_MUST_USE mcp_err reservation_sweep(struct store_txn *txn, int64_t now_ms,
                                       struct reservation_swept *ret);

/* ---- The loop's side ---- */
struct reservation_sweeper;

/* NULL when out of memory. `log` is copied: what is lost is told there. */
struct reservation_sweeper *reservation_sweeper_new(struct store *store, const struct mcp_log *log);
/* Also while a write is on its way: it is still made, and releases the memory. NULL is a no-op. */
void reservation_sweeper_free(struct reservation_sweeper *s);
/* Sweep until nothing is due, a step a transaction, unless one is on its way. */
void reservation_sweeper_tick(struct reservation_sweeper *s, int64_t now_ms);

#endif
