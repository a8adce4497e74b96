/* tools/override.h - thresholds of one credit type, and the pairs that result from all levels. */
#ifndef CISTERN_TOOLS_OVERRIDE_H
#define CISTERN_TOOLS_OVERRIDE_H

#include <tools/connection.h>
#include <tools/pool.h>

#include <store/store.h>

/* What is given replaces what the pool has; unset clears it. */
struct override {
    mcp_str credit_type;
    bool gives_low, gives_critical;
    struct pool_thresholds to;
    struct pool_thresholds fallback; /* the product default */
};

/* In a body: MCP_OK when each pool of the connection, with `c` and `fallback` in force, has low
 * above critical; else MCP_E_INVALID_ARGUMENTS. */
MCP_MUST_USE mcp_err override_check(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                                    const struct connection *c,
                                    const struct pool_thresholds *fallback);
/* In a body. MCP_E_NOT_FOUND: no such credit type; MCP_E_INVALID_ARGUMENTS: low would not be above
 * critical. */
MCP_MUST_USE mcp_err override_set(struct store_txn *txn, uint64_t owner,
                                  const struct connection_found *f, const struct override *o);

#endif
