/* tools/usage_record.c - count events: the months they belong to change in one transaction with the
 * names by which a repeated request or event is known. */
#include <tools/usage_record.h>

#include <tools/once.h>
#include <tools/state.h>
#include <tools/usage_event.h>
#include <tools/write.h>

struct record_op {
    struct write_op op;
    uint64_t owner;
    int64_t now_ms;
    mcp_str which;
    struct once once;
    struct usage_event *events;
    bool is_again;
    size_t n;
    struct usage_tally tally;
    struct subscription_found at;
};

mcp_err usage_fail_find(struct mcp_call *call, mcp_err err)
{
    return err == MCP_E_NOT_FOUND  ? mcp_fail(call, err, USAGE_NO_SUCH)
           : err == MCP_E_CONFLICT ? mcp_fail(call, MCP_E_NOT_FOUND, USAGE_SEVERAL)
                                   : mcp_fail(call, err, "The store could not be read.");
}

/* ---- Arguments ---- */

/* Members of an event. */
static const char *const OF_ONE[] = {"type", "requests", "bandwidth_bytes", "at", "id"};

static mcp_err read_events(struct mcp_call *call, struct record_op *r)
{
    mcp_json list = mcp_arg(call, "events");
    bool is_one = !mcp_json_present(list);
    size_t n = is_one ? 1 : mcp_json_count(list);
    mcp_err err = MCP_OK;

    for (size_t i = 0; !is_one && i < sizeof(OF_ONE) / sizeof(OF_ONE[0]); i++) {
        if (mcp_json_present(mcp_arg(call, OF_ONE[i]))) {
            return mcp_fail(call, MCP_E_INVALID_ARGUMENTS,
                            "Beside events there is no %s; each event has its own.", OF_ONE[i]);
        }
    }
    r->events = mcp_arena_new(mcp_call_arena(call), struct usage_event, n);
    if (!r->events) {
        return MCP_E_OVERLOADED;
    }
    if (is_one) {
        r->n = 1;
        return usage_event_read(call, mcp_call_arguments(call), -1, r->now_ms, &r->events[0]);
    }
    for (mcp_json e = mcp_json_first(list); mcp_json_present(e) && !err;
         e = mcp_json_next(list, e)) {
        err = usage_event_read(call, e, (int)r->n, r->now_ms, &r->events[r->n]);
        r->n++;
    }
    return err;
}

/* ---- The body ---- */

static mcp_err count_all(struct store_txn *txn, struct record_op *r)
{
    mcp_err err = MCP_OK;

    for (size_t i = 0; i < r->n && !err; i++) {
        err = usage_event_count(txn, r->owner, &r->at, &r->events[i], r->now_ms, &r->tally);
    }
    if (err) {
        return err == MCP_E_REFUSED ? write_refuse(&r->op, err, USAGE_TOO_MUCH) : err;
    }
    r->once.said[0] = r->tally.recorded;
    r->once.said[1] = r->tally.duplicates;
    r->once.said[2] = r->tally.conflicts;
    return once_put(txn, r->owner, &r->once, r->now_ms);
}

static mcp_err record_body(struct store_txn *txn, void *arg)
{
    struct record_op *r = arg;
    mcp_err err = subscription_find(txn, r->owner, r->which, &r->at);

    r->tally = (struct usage_tally){0};
    if (err) {
        return err == MCP_E_NOT_FOUND  ? write_refuse(&r->op, err, USAGE_NO_SUCH)
               : err == MCP_E_CONFLICT ? write_refuse(&r->op, MCP_E_NOT_FOUND, USAGE_SEVERAL)
                                       : err;
    }
    err = once_get(txn, r->owner, &r->once, r->now_ms);
    r->is_again = err == MCP_OK;
    if (err == MCP_E_NOT_FOUND) {
        return count_all(txn, r);
    }
    r->tally = (struct usage_tally){r->once.said[0], r->once.said[1], r->once.said[2]};
    return err == MCP_E_CONFLICT ? write_refuse(&r->op, MCP_E_REFUSED, ONCE_ANOTHER) : err;
}

static mcp_err record_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    const struct record_op *r = (const struct record_op *)op;
    struct mcp_json_writer *w;

    if (err) {
        return write_fail(call, err, op);
    }
    if (r->is_again) {
        mcp_call_replayed(call);
    }
    tools_kick(op->tools); /* an alert may be in the outbox */
    w = mcp_structured(call);
    mcp_json_object(w);
    usage_tally_put(w, &r->tally);
    mcp_json_object_end(w);
    return MCP_OK;
}

mcp_err usage_record(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    const struct mcp_principal *who = mcp_call_principal(call);
    struct record_op *r = mcp_arena_new(mcp_call_arena(call), struct record_op, 1);

    if (!r) {
        return MCP_E_OVERLOADED;
    }
    r->owner = who->owner;
    r->now_ms = tools_now_ms(t);
    r->which = mcp_arg_str(call, "subscription");
    once_init(&r->once, who->id, MCP_STR("record_usage"), mcp_arg_str(call, "idempotencyKey"),
              mcp_json_raw(mcp_call_arguments(call)));
    mcp_err err = read_events(call, r);

    return err ? err : write_later(t, call, &r->op, record_body, record_reply);
}
