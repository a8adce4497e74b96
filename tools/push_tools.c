/* tools/push_tools.c - readings from scripts, with a credential that may do nothing else.
 *
 * A token with the scope "push" pushes to every connection of its owner; one that was made for a
 * connection has "to:<its id>" beside it and finds no other. Who may "write" may push. */
#include <tools/once.h>
#include <tools/reading_args.h>
#include <tools/state.h>

#include <mcp/call.h>

#define NO_SUCH "No connection has this id or name."

struct push_op {
    struct write_op op;
    uint64_t owner;
    mcp_str which;
    bool is_bound;
    uint8_t to[16];
    struct once once;
    bool is_again;
    struct reading_batch batch;
};

/* False: bound to something that is no id, so to nothing. */
static bool read_bound(const struct mcp_principal *p, struct push_op *o)
{
    mcp_str rest = mcp_str_c(p->scopes);

    while (rest.len) {
        mcp_str scope = mcp_str_cut(&rest, ' ');

        if (mcp_str_starts(scope, MCP_STR("to:"))) {
            o->is_bound = true;
            return name_id_parse(mcp_str_n(scope.ptr + 3, scope.len - 3), o->to);
        }
    }
    return true;
}

static mcp_err store_batch(struct store_txn *txn, struct push_op *o)
{
    struct reading_batch *b = &o->batch;
    mcp_err err = reading_add(txn, o->owner, o->which, b);

    if (err) {
        return reading_args_refuse(&o->op, err, b);
    }
    if (!b->connection.c.is_pushed) {
        b->connection.c.is_pushed = true;
        err = connection_put(txn, o->owner, b->connection.sequence, &b->connection.c,
                             b->connection.c.name);
    }
    if (err) {
        return err;
    }
    o->once.said[0] = (uint32_t)b->stored;
    o->once.said[1] = (uint32_t)b->duplicates;
    o->once.said[2] = (uint32_t)b->conflicts;
    return once_put(txn, o->owner, &o->once, b->now_ms);
}

static mcp_err push_body(struct store_txn *txn, void *arg)
{
    struct push_op *o = arg;
    struct reading_batch *b = &o->batch;
    mcp_err err = connection_find(txn, o->owner, o->which, &b->connection);

    if (!err && o->is_bound && memcmp(b->connection.c.id, o->to, sizeof(o->to)) != 0) {
        err = MCP_E_NOT_FOUND; /* it need not know that there is one */
    }
    if (err) {
        return err == MCP_E_NOT_FOUND ? write_refuse(&o->op, err, NO_SUCH) : err;
    }
    err = once_get(txn, o->owner, &o->once, b->now_ms);
    o->is_again = err == MCP_OK;
    if (err == MCP_E_NOT_FOUND) {
        return store_batch(txn, o);
    }
    b->stored = o->once.said[0];
    b->duplicates = o->once.said[1];
    b->conflicts = o->once.said[2];
    return err == MCP_E_CONFLICT ? write_refuse(&o->op, MCP_E_REFUSED, ONCE_ANOTHER) : err;
}

static mcp_err push_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    if (err) {
        return write_fail(call, err, op);
    }
    if (((struct push_op *)op)->is_again) {
        mcp_call_replayed(call);
    }
    tools_kick(op->tools);
    reading_args_put(mcp_structured(call), &((struct push_op *)op)->batch);
    return MCP_OK;
}

mcp_err push_readings(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    const struct mcp_principal *who = mcp_call_principal(call);
    struct push_op *o = mcp_arena_new(mcp_call_arena(call), struct push_op, 1);

    if (!o) {
        return MCP_E_OVERLOADED;
    }
    o->owner = who->owner;
    o->which = mcp_arg_str(call, "connection");
    o->batch.fallback = t->fallback;
    once_init(&o->once, who->id, MCP_STR("push_readings"), mcp_arg_str(call, "idempotencyKey"),
              mcp_json_raw(mcp_call_arguments(call)));
    if (!read_bound(who, o)) {
        return mcp_fail(call, MCP_E_NOT_FOUND, NO_SUCH);
    }
    mcp_err err = reading_args_read(call, tools_now_ms(t), &o->batch);

    return err ? err : write_later(t, call, &o->op, push_body, push_reply);
}
