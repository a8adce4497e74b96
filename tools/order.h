/* tools/order.h - an account wants a package: an order, until an operator approves or rejects it,
 * or who takes the money reports what came of it (payment.h). Bodies. Its credits go into the
 * account once, in the transaction that ends the order. */
#ifndef CISTERN_TOOLS_ORDER_H
#define CISTERN_TOOLS_ORDER_H

#include <tools/ledger.h>
#include <tools/package.h>
#include <tools/payment.h>

enum {
    ORDER_VERSION = 2, /* 1: before there were providers */
    ORDER_RECORD_MAX = 3072,
    ORDERS_PENDING_MAX = 10 /* of one account */
};
#define ORDER_OVER_MS ((int64_t)25 * 3600 * 1000) /* then nobody can pay it any more */

/* The numbers are stored. */
enum order_state {
    ORDER_PENDING,
    ORDER_PAID,
    ORDER_REJECTED, /* by an operator */
    ORDER_EXPIRED,  /* nobody paid in time */
    ORDER_FAILED,   /* it could not be paid */
    ORDER_STATES
};

struct order {
    uint8_t id[16]; /* begins with its time: order_id_new() */
    uint64_t owner;
    enum order_state state;
    int64_t created_ms, ended_ms; /* 0: not ended */
    int64_t price_cents, credits;
    mcp_str package;
    uint8_t entry[16]; /* of the ledger; zero: none */
    uint8_t provider;  /* payment.h: its number */
    mcp_str page, url; /* of the provider, where it is paid; empty: not yet, or nowhere */
    mcp_str report;    /* the provider's, that ended it; empty: none */
};

/* Random but for the first four bytes, which are the second: later ones are greater. */
void order_id_new(int64_t now_ms, uint8_t ret[16]);

bool order_decode(mcp_str value, uint8_t version, struct order *ret);

/* MCP_E_REFUSED: the account has ORDERS_PENDING_MAX that are pending, and no report has to come
 * before one of them is over. */
MCP_MUST_USE mcp_err order_add(struct store_txn *txn, const struct order *o);
/* As it is now. Not its state: see below. */
MCP_MUST_USE mcp_err order_put(struct store_txn *txn, const struct order *o);
/* MCP_E_NOT_FOUND. *ret points into `memory`. */
MCP_MUST_USE mcp_err order_get(struct store_txn *txn, const uint8_t id[16],
                               char memory[ORDER_RECORD_MAX], struct order *ret);
/* End `o`, which was just got: paid, and the credits are there, or without them. MCP_E_CONFLICT: it
 * has ended. MCP_E_NOT_FOUND: paid, and the account is deleted. MCP_E_REFUSED: the balance would
 * leave the range. */
MCP_MUST_USE mcp_err order_end(struct store_txn *txn, const struct seal *seal, struct order *o,
                               enum order_state state, int64_t now_ms);
/* The money has been taken: as order_end() with ORDER_PAID, however it had ended, but for paid. */
MCP_MUST_USE mcp_err order_pay(struct store_txn *txn, const struct seal *seal, struct order *o,
                               int64_t now_ms);

/* The package of an order that nobody asked for. */
#define ORDER_TOPOFF "auto_topoff"
/* What it costs: a dollar a million credits, cents rounded up. */
int64_t order_topoff_cents(int64_t credits);
/* The balance has gone from `before` to `after`: where the user wants it (user.h) and it has fallen
 * below their threshold just now, an order; one that is charged where payer.h has who pays. None
 * when ORDERS_PENDING_MAX are pending. */
MCP_MUST_USE mcp_err order_topoff(struct store_txn *txn, uint64_t owner, int64_t before,
                                  int64_t after, int64_t now_ms);

#endif
