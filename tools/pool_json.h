/* tools/pool_json.h - one pool as JSON, as the contract wants it (product.md b.1.1).
 *
 * The hot path of the product: space for a whole pool is taken at once and then filled without
 * checks; only names that need escapes go through the JSON writer. */
#ifndef CISTERN_TOOLS_POOL_JSON_H
#define CISTERN_TOOLS_POOL_JSON_H

#include <tools/connection.h>
#include <tools/pool.h>

#include <mcp/buf.h>

struct pool_json {
    const struct connection *connection;
    const struct pool *pool; /* NULL: the row of a connection without readings */
    enum pool_status status;
    const struct pool_thresholds *thresholds; /* the effective ones */
    int64_t now_ms;
};

/* What all pools of a connection share, as it stands in the buffer already. */
struct pool_json_head {
    size_t at, bytes; /* bytes 0: not written yet */
};

/* Append the object. Failure is the buffer's. */
void pool_json_put(struct mcp_buf *out, const struct pool_json *j, struct pool_json_head *head);

#endif
