/* tools/order.h - an account wants a package: an order, until an operator approves or rejects it.
 * Bodies. Approving puts the credits into the account, once, in the transaction that ends the
 * order. */
#ifndef CISTERN_TOOLS_ORDER_H
#define CISTERN_TOOLS_ORDER_H

#include <tools/ledger.h>
#include <tools/package.h>

enum {
    ORDER_VERSION = 1,
    ORDER_RECORD_MAX = 256,
    ORDERS_PENDING_MAX = 10 /* of one account */
};

enum order_state { ORDER_PENDING, ORDER_PAID, ORDER_REJECTED, ORDER_STATES };

struct order {
    uint8_t id[16]; /* begins with its time: order_id_new() */
    uint64_t owner;
    enum order_state state;
    int64_t created_ms, ended_ms; /* 0: not ended */
    int64_t price_cents, credits;
    mcp_str package;
    uint8_t entry[16]; /* of the ledger; zero: none */
};

/* Random but for the first four bytes, which are the second: later ones are greater. */
void order_id_new(int64_t now_ms, uint8_t ret[16]);

bool order_decode(mcp_str value, uint8_t version, struct order *ret);

/* MCP_E_REFUSED: the account has ORDERS_PENDING_MAX that are pending. */
MCP_MUST_USE mcp_err order_add(struct store_txn *txn, const struct order *o);
/* MCP_E_NOT_FOUND. *ret points into `memory`. */
MCP_MUST_USE mcp_err order_get(struct store_txn *txn, const uint8_t id[16],
                               char memory[ORDER_RECORD_MAX], struct order *ret);
/* End `o`, which was just got: paid, and the credits are there, or rejected. MCP_E_CONFLICT: it has
 * ended. MCP_E_REFUSED: the balance would leave the range. */
MCP_MUST_USE mcp_err order_end(struct store_txn *txn, const struct seal *seal, struct order *o,
                               enum order_state state, int64_t now_ms);

/* The package of an order that nobody asked for, at a dollar a million credits, cents rounded up.
 */
#define ORDER_TOPOFF "auto_topoff"
/* The balance has gone from `before` to `after`: where the user wants it (user.h) and it has fallen
 * below their threshold just now, an order. None when ORDERS_PENDING_MAX are pending. */
MCP_MUST_USE mcp_err order_topoff(struct store_txn *txn, uint64_t owner, int64_t before,
                                  int64_t after, int64_t now_ms);

#endif
