/* tools/owner.h - an owner's counters: the next sequence numbers and how many there are. */
#ifndef CISTERN_TOOLS_OWNER_H
#define CISTERN_TOOLS_OWNER_H

#include <store/store.h>

enum {
    OWNER_VERSION = 2,
    OWNER_TOKENS_MAX = 1000,
    /* Rows of a listing: pools, and connections without any. One answer of 8 MiB, the default of a
     * call, carries as many with the longest names: 8,388 bytes each, over MCP twice, the second
     * time as text (listing_test.c measures it). So it is also the most connections. */
    OWNER_POOLS_MAX = 1000,
    OWNER_CONNECTIONS_MAX = OWNER_POOLS_MAX
};
#define OWNER_POOLS_FULL                                                                           \
    "There are 1,000 pools (a connection without readings counts as one), which is the most."

struct owner {
    uint64_t next_token, next_connection; /* never used twice */
    uint32_t n_tokens, n_connections;
    uint32_t n_pools; /* as OWNER_POOLS_MAX counts */
};

/* What a connection with that many pools counts. */
static inline uint32_t owner_rows(uint32_t n_pools)
{
    return n_pools ? n_pools : 1;
}

/* A record of version 1 does not know n_pools: 0 then. */
bool owner_decode(mcp_str value, uint8_t version, struct owner *ret);
/* n_pools of an older record is counted. Zeros for an owner who has nothing yet. */
MCP_MUST_USE mcp_err owner_get(struct store_txn *txn, uint64_t owner, struct owner *ret);
MCP_MUST_USE mcp_err owner_put(struct store_txn *txn, uint64_t owner, const struct owner *o);

#endif
