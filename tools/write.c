/* tools/write.c - see write.h. */
#include <tools/write.h>

#include <tools/state.h>

/* Room for the reply of any write, taken before it is submitted: what is durable must not be
 * answered with "out of memory". */
enum { REPLY_BYTES = 8192 };

/* What an earlier run of the body said is void. */
static mcp_err run(struct store_txn *txn, void *arg)
{
    struct write_op *op = arg;

    op->why = NULL;
    return op->body(txn, op);
}

static void done(struct store_write *w, mcp_err err)
{
    struct write_op *op = w->arg;

    err = op->reply(op->call, err, op);
    if (err != MCP_PENDING) {
        mcp_call_done(op->call, err); /* op is gone with the call's arena */
    }
}

mcp_err write_again(struct write_op *op)
{
    store_submit(op->tools->store, &op->write);
    return MCP_PENDING;
}

mcp_err write_later(struct tools *t, struct mcp_call *call, struct write_op *op,
                    store_body_fn *body, write_reply_fn *reply)
{
    if (!op || mcp_arena_failed(mcp_call_arena(call)) ||
        !mcp_buf_room(mcp_structured(call)->out, REPLY_BYTES)) {
        return MCP_E_OVERLOADED;
    }
    op->tools = t;
    op->call = call;
    op->body = body;
    op->reply = reply;
    op->write = (struct store_write){.body = run, .arg = op, .done = done};
    return write_again(op);
}

mcp_err write_refuse(struct write_op *op, mcp_err err, const char *why)
{
    op->why = why;
    return err;
}

mcp_err write_fail(struct mcp_call *call, mcp_err err, const struct write_op *op)
{
    if (op->why) {
        return mcp_fail(call, err, "%s", op->why);
    }
    return mcp_fail(call, err, "The store did not confirm the change; look before you try again.");
}
