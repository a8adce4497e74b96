/* tools/write.h - a handler that writes: check now, body in a transaction, reply when durable.
 *
 * Embed struct write_op first in the operation's struct, made in the call's arena. The body may
 * run on another thread and more than once: it reads and writes only the operation's own fields,
 * never the call or its arena. */
#ifndef CISTERN_TOOLS_WRITE_H
#define CISTERN_TOOLS_WRITE_H

#include <mcp/call.h>
#include <store/store.h>

struct tools;
struct write_op;

/* On the loop, after the body is durable or has failed; ends as a handler does. MCP_PENDING: it
 * submitted the operation again with write_again(). */
typedef mcp_err write_reply_fn(struct mcp_call *call, mcp_err err, struct write_op *op);

struct write_op {
    struct store_write write;
    struct tools *tools;
    struct mcp_call *call;
    store_body_fn *body;
    write_reply_fn *reply;
    const char *why; /* set by a body that fails: a literal sentence for the reader */
};

/* Ends a handler: MCP_PENDING, or MCP_E_OVERLOADED when `op` is NULL. */
mcp_err write_later(struct tools *t, struct mcp_call *call, struct write_op *op,
                    store_body_fn *body, write_reply_fn *reply);
/* Ends a reply: the same body once more, in a transaction of its own. */
mcp_err write_again(struct write_op *op);

/* For a body: remember why and return `err`. */
mcp_err write_refuse(struct write_op *op, mcp_err err, const char *why);
/* For a reply: fail the call with op->why, or with words for a store that did not take it. */
mcp_err write_fail(struct mcp_call *call, mcp_err err, const struct write_op *op);

#endif
