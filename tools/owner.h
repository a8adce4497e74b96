/* tools/owner.h - an owner's counters: the next sequence numbers and how many there are. */
#ifndef CISTERN_TOOLS_OWNER_H
#define CISTERN_TOOLS_OWNER_H

#include <store/store.h>

enum { OWNER_VERSION = 1, OWNER_TOKENS_MAX = 1000, OWNER_CONNECTIONS_MAX = 1000 };

struct owner {
    uint64_t next_token, next_connection; /* never used twice */
    uint32_t n_tokens, n_connections;
};

bool owner_decode(mcp_str value, uint8_t version, struct owner *ret);
/* Zeros for an owner who has nothing yet. */
MCP_MUST_USE mcp_err owner_get(struct store_txn *txn, uint64_t owner, struct owner *ret);
MCP_MUST_USE mcp_err owner_put(struct store_txn *txn, uint64_t owner, const struct owner *o);

#endif
