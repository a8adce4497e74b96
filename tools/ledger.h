/* tools/ledger.h - an account's money: every change of a balance is an entry, appended once and
 * never changed. Bodies; an account is an owner.
 *
 * Credits are integers, one a millionth of a dollar; a balance and an amount are within 2^53 - 1,
 * so that every JSON reader has them exactly. An entry, the balance after it and the wallet's row
 * are written in one transaction. Each entry's hash covers the one before it, keyed with what is
 * derived from the store's key if there is one (seal.h): who changes, drops or swaps rows without
 * that key breaks the chain, and ledger_audit() says where. What it cannot show is a wallet taken
 * back to an earlier state as a whole: for that keep the last hash elsewhere. */
#ifndef CISTERN_TOOLS_LEDGER_H
#define CISTERN_TOOLS_LEDGER_H

#include <tools/seal.h>

#include <store/store.h>

#define LEDGER_MAX (((int64_t)1 << 53) - 1)

enum {
    LEDGER_VERSION = 1,
    LEDGER_HASH = 32,
    LEDGER_REF_MAX = 128,
    LEDGER_APP_MAX = 64,
    LEDGER_RECORD_MAX = 512,
    WALLET_VERSION = 1
};

/* Why a balance changed; the numbers are stored. */
enum ledger_reason {
    LEDGER_WELCOME = 1, /* a new account's first credits */
    LEDGER_GRANT,       /* given by an operator or a program */
    LEDGER_PURCHASE,    /* a package was paid for */
    LEDGER_TOPOFF,      /* the same, by itself, because the balance ran low */
    LEDGER_SPEND,       /* a reservation was settled: the only one that spends */
    LEDGER_REASONS
};
/* "welcome", "grant", ... */
mcp_str ledger_reason_name(enum ledger_reason reason);
bool ledger_reason_parse(mcp_str name, enum ledger_reason *ret);

struct ledger_entry {
    uint64_t sequence; /* from 0, without gaps */
    int64_t at_ms, delta, balance_after;
    enum ledger_reason reason;
    mcp_str ref; /* what it is about, for who wrote it; at most LEDGER_REF_MAX bytes */
    mcp_str app; /* who spent; at most LEDGER_APP_MAX bytes; empty: nobody in particular */
    uint8_t hash[LEDGER_HASH]; /* its first 16 bytes are the entry's id */
};

/* An account's row; all zero: nothing has happened yet. */
struct wallet {
    int64_t balance;
    int64_t reserved;          /* of all open reservations; never negative */
    uint64_t entries;          /* how many; the next one's sequence */
    uint32_t n_reservations;   /* those known, over or not */
    uint32_t n_orders;         /* pending ones */
    uint32_t n_apps;           /* that have spent */
    uint8_t head[LEDGER_HASH]; /* hash of the last entry */
};

bool ledger_decode(mcp_str value, uint8_t version, struct ledger_entry *ret);
bool wallet_decode(mcp_str value, uint8_t version, struct wallet *ret);

/* An account that has no row has an empty wallet: MCP_OK. */
MCP_MUST_USE mcp_err wallet_get(struct store_txn *txn, uint64_t owner, struct wallet *ret);
MCP_MUST_USE mcp_err wallet_put(struct store_txn *txn, uint64_t owner, const struct wallet *w);
/* The balance alone; it may be negative. */
MCP_MUST_USE mcp_err ledger_balance(struct store_txn *txn, uint64_t owner, int64_t *ret);

/* Append `e`, of which at_ms, delta, reason, ref and app are given (delta may be 0) and the rest is
 * filled in; ref and app must outlive the body. The balance changes with it, into *ret_wallet when
 * not NULL. MCP_E_REFUSED: the balance would leave the range; nothing is written. MCP_E_CONFLICT:
 * the store belongs to another key. */
MCP_MUST_USE mcp_err ledger_append(struct store_txn *txn, const struct seal *seal, uint64_t owner,
                                   struct ledger_entry *e, struct wallet *ret_wallet);

/* The hash that `e` of `owner` has after one with the hash `before` (32 zero bytes: none). Pure. */
void ledger_hash(const struct seal *seal, uint64_t owner, const struct ledger_entry *e,
                 const uint8_t before[LEDGER_HASH], uint8_t ret[LEDGER_HASH]);

/* ---- Proving it ---- */

/* All accounts, entry by entry, in steps; memory is constant. Zeroed: at the beginning. */
struct ledger_audit {
    const struct seal *seal;
    uint64_t accounts, entries, wrong;
    /* The first that is wrong: why (NULL: none is), whose, and which entry; sequence UINT64_MAX:
     * the wallet's row. */
    const char *why;
    uint64_t wrong_owner, wrong_sequence;
    bool is_over;
    /* Where it stands. */
    bool is_in_account, is_at_wallets;
    uint64_t owner;       /* whose entries are read, or whose wallet was read last */
    struct wallet so_far; /* what its entries say: balance, count, head */
    size_t n_step;
    struct store_txn *txn; /* of the step */
};

/* Read at most `rows` more; a wallet's step reads all of its account's reservations besides, up to
 * RESERVATIONS_MAX, since their sum must be of one moment. Entries may be appended between the
 * steps. MCP_E_STORAGE: a row cannot be read. */
MCP_MUST_USE mcp_err ledger_audit_step(struct store_txn *txn, struct ledger_audit *a, size_t rows);

#endif
