/* tools/pool_uri.h - the resources' names: pool://, of a connection, of a pool, of its history.
 *
 *   pool://                                   every pool of the caller
 *   pool://CONNECTION_ID                      the pools of one connection
 *   pool://CONNECTION_ID/CREDIT_TYPE          one pool
 *   pool://CONNECTION_ID/CREDIT_TYPE/history  its balances over time
 *
 * A pool has one spelling: the id in lower case, every byte of the credit type that is not
 * unreserved (RFC 3986 2.3) percent-encoded in upper case. Subscriptions compare bytes, so another
 * spelling of the same would be a name that nobody calls. Pure. */
#ifndef CISTERN_TOOLS_POOL_URI_H
#define CISTERN_TOOLS_POOL_URI_H

#include <tools/name.h>
#include <tools/pool.h>

#define POOL_URI_ALL     "pool://"
#define POOL_URI_HISTORY "/history"

enum {
    POOL_URI_BYTES = sizeof(POOL_URI_ALL) - 1 + NAME_ID_BYTES + 1 + 3 * POOL_TYPE_MAX +
                     sizeof(POOL_URI_HISTORY) /* with a NUL */
};

/* `credit_type` empty: of the connection. Returns `out` without its NUL. */
mcp_str pool_uri(const uint8_t id[16], mcp_str credit_type, const char *suffix,
                 char out[POOL_URI_BYTES]);

/* Whether `uri`, up to a "?", is the one spelling of that. False when `connection` is no id. */
bool pool_uri_is(mcp_str uri, mcp_str connection, mcp_str credit_type, const char *suffix);

#endif
