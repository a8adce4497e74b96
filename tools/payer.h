/* tools/payer.h - how an account pays while nobody is there: the names that the payment service has
 * for its customer and for their card, and which orders are to be charged to it. Bodies.
 *
 * An account has them once somebody has paid a checkout with auto top-off switched on, and until it
 * is deleted. Here are no numbers of cards, and nothing with which another than this server's key
 * could charge one. */
#ifndef CISTERN_TOOLS_PAYER_H
#define CISTERN_TOOLS_PAYER_H

#include <tools/key.h>
#include <tools/payment.h>

#include <store/store.h>

enum { PAYER_VERSION = 1, PAYER_RECORD_MAX = 544 };

struct payer {
    int64_t at_ms; /* when it was kept */
    mcp_str customer, method;
};

bool payer_decode(mcp_str value, uint8_t version, struct payer *ret);
/* MCP_E_NOT_FOUND: none is kept. The strings are in `memory`. */
MCP_MUST_USE mcp_err payer_get(struct store_txn *txn, uint64_t owner, char memory[PAYER_RECORD_MAX],
                               struct payer *ret);
/* Instead of what was kept before. */
MCP_MUST_USE mcp_err payer_put(struct store_txn *txn, uint64_t owner, const struct payer *p);
MCP_MUST_USE mcp_err payer_del(struct store_txn *txn, uint64_t owner);

/* ---- What is to be charged: name is the order's id ---- */
MCP_MUST_USE mcp_err charge_put(struct store_txn *txn, const struct key_once *c);
MCP_MUST_USE mcp_err charge_del(struct store_txn *txn, const struct key_once *c);
/* The one that has been due longest. MCP_E_NOT_FOUND: none is due. */
MCP_MUST_USE mcp_err charge_next(struct store_txn *txn, int64_t now_ms, struct key_once *ret);

#endif
