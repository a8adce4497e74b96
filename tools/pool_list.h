/* tools/pool_list.h - every pool of an owner as JSON, in one bounded scan.
 *
 * Connections in the order they were added, the pools of a connection in the order of their first
 * readings. A connection and its pools lie side by side in the store, so there is one cursor and
 * no look-up per pool. A connection without readings gives one row with nulls. */
#ifndef CISTERN_TOOLS_POOL_LIST_H
#define CISTERN_TOOLS_POOL_LIST_H

#include <tools/connection.h>
#include <tools/pool.h>
#include <tools/pool_json.h>

#include <mcp/buf.h>
#include <store/store.h>

/* Hears of a pool as it is written; what it points to lives as long as the body. */
typedef mcp_err pool_care_fn(void *user, const struct pool_json *j);

struct pool_list {
    /* in */
    uint64_t owner;
    const uint64_t *connection;      /* sequence of the only one; NULL: all */
    unsigned statuses;               /* bits 1 << enum pool_status; 0: all */
    mcp_str part;                    /* of the tool's or the connection's name, without case */
    mcp_str credit_type;             /* the only one; empty: all */
    struct pool_thresholds fallback; /* of pools that have none, nor their connection */
    pool_care_fn *care;              /* of pools with these statuses, bits as above; NULL: none */
    void *care_user;
    unsigned care_statuses;
    int64_t now_ms;
    struct mcp_buf *out; /* gets a JSON array */
    size_t n;            /* out: pools written */

    /* the connection at hand, and its pools; they point into the database */
    struct connection at;
    bool is_open;
    mcp_str pools[CONNECTION_POOLS_MAX];
    size_t n_pools;
    int64_t newest_ms; /* of those that are not ahead; long ago when there is none */
    struct pool_json_head head;
};

/* In a read body. MCP_E_STORAGE: a damaged row. *l needs only the fields under "in". */
MCP_MUST_USE mcp_err pool_list(struct store_txn *txn, struct pool_list *l);

#endif
