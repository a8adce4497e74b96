/* tools/usage_feed_tools.c - count what a reader reads, exactly once: it says where it was and
 * where it is now, and both, the counts and the place, are one transaction. Whoever was killed in
 * between asks for the place and goes on there. */
#include <tools/usage_feed.h>

#include <tools/state.h>
#include <tools/time_json.h>
#include <tools/usage_event.h>
#include <tools/usage_record.h>
#include <tools/write.h>

/* A subscription that events of the call name. */
struct named {
    mcp_str which;
    struct subscription_found at;
};

struct feed_op {
    struct write_op op;
    uint64_t owner;
    int64_t now_ms;
    mcp_str feed, from, to;
    struct usage_event *events;
    mcp_str *which;        /* of each event */
    size_t n, n_named, at; /* at: the event that is being counted */
    struct named *named;
    const char *member; /* what is wrong with that event; NULL: nothing */
    struct usage_tally tally;
    struct usage_feed was; /* points into memory */
    char memory[USAGE_FEED_RECORD_MAX];
};

enum { NAMED_MAX = 64 }; /* subscriptions remembered during a call; more are looked up again */

/* ---- Arguments ---- */

static mcp_err read_events(struct mcp_call *call, struct feed_op *o)
{
    struct mcp_arena *arena = mcp_call_arena(call);
    mcp_json list = mcp_arg(call, "events");
    size_t n = mcp_json_count(list);
    mcp_err err = MCP_OK;

    o->events = mcp_arena_new(arena, struct usage_event, n + 1);
    o->which = mcp_arena_new(arena, mcp_str, n + 1);
    o->named = mcp_arena_new(arena, struct named, NAMED_MAX);
    if (!o->events || !o->which || !o->named) {
        return MCP_E_OVERLOADED;
    }
    for (mcp_json e = mcp_json_first(list); mcp_json_present(e) && !err;
         e = mcp_json_next(list, e)) {
        err = usage_event_read(call, e, (int)o->n, o->now_ms, &o->events[o->n]);
        o->which[o->n] = mcp_json_str(mcp_json_get(e, MCP_STR("subscription")), arena, MCP_STR(""));
        o->n++;
    }
    return err;
}

/* ---- The body ---- */

static mcp_err find(struct store_txn *txn, struct feed_op *o, const struct subscription_found **ret)
{
    mcp_str which = o->which[o->at];

    for (size_t i = 0; i < o->n_named; i++) {
        if (mcp_str_eq(o->named[i].which, which)) {
            *ret = &o->named[i].at;
            return MCP_OK;
        }
    }
    struct named *new_one = &o->named[o->n_named < NAMED_MAX ? o->n_named : NAMED_MAX - 1];
    mcp_err err = subscription_find(txn, o->owner, which, &new_one->at);

    new_one->which = err ? MCP_STR("") : which;
    *ret = &new_one->at;
    if (!err) {
        o->n_named += o->n_named < NAMED_MAX;
        return MCP_OK;
    }
    o->member = err == MCP_E_NOT_FOUND || err == MCP_E_CONFLICT ? "subscription" : NULL;
    return err == MCP_E_NOT_FOUND  ? write_refuse(&o->op, err, USAGE_NO_SUCH)
           : err == MCP_E_CONFLICT ? write_refuse(&o->op, MCP_E_NOT_FOUND, USAGE_SEVERAL)
                                   : err;
}

static mcp_err count(struct store_txn *txn, struct feed_op *o, bool is_check)
{
    mcp_err err = MCP_OK;

    for (o->at = 0; o->at < o->n && !err; o->at += !err) {
        const struct subscription_found *at;

        err = find(txn, o, &at);
        if (!err && !is_check) {
            err = usage_event_count(txn, o->owner, at, &o->events[o->at], o->now_ms, &o->tally);
            if (err == MCP_E_REFUSED) {
                o->member = "requests";
                err = write_refuse(&o->op, err, USAGE_TOO_MUCH);
            }
        }
    }
    return err;
}

/* An earlier run of the body said nothing. MCP_E_CONFLICT: the feed is elsewhere. */
static mcp_err begin(struct store_txn *txn, struct feed_op *o, bool *ret_is_new)
{
    mcp_err err = usage_feed_get(txn, o->owner, o->feed, o->memory, &o->was);

    o->op.why = NULL;
    o->tally = (struct usage_tally){0};
    o->n_named = 0;
    o->at = 0;
    o->member = NULL;
    *ret_is_new = err == MCP_E_NOT_FOUND;
    if (err && !*ret_is_new) {
        return err;
    }
    return mcp_str_eq(o->was.place, o->from) ? MCP_OK : MCP_E_CONFLICT;
}

static mcp_err feed_body(struct store_txn *txn, void *arg)
{
    struct feed_op *o = arg;
    bool is_new = false;
    mcp_err err = begin(txn, o, &is_new);

    err = err ? err : count(txn, o, false);
    if (err) {
        return err;
    }
    struct usage_feed now = {o->now_ms, o->was.recorded + o->tally.recorded, o->feed, o->to};

    return usage_feed_put(txn, o->owner, &now, is_new);
}

static mcp_err check_body(struct store_txn *txn, void *arg)
{
    struct feed_op *o = arg;
    bool is_new = false;
    mcp_err err = begin(txn, o, &is_new);

    return err ? err : count(txn, o, true);
}

/* ---- record_usage_feed ---- */

static mcp_err feed_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    const struct feed_op *o = (const struct feed_op *)op;
    struct mcp_json_writer *w;

    if (err && o->member && op->why) {
        return mcp_fail(call, err, "/events/%zu/%s: %s", o->at, o->member, op->why);
    }
    if (err == MCP_E_CONFLICT) {
        return mcp_fail(call, err, "The feed is elsewhere: another reader has counted.");
    }
    if (err) {
        return write_fail(call, err, op);
    }
    if (op->tools) { /* it was no check: an alert may be in the outbox */
        tools_kick(op->tools);
    }
    w = mcp_structured(call);
    mcp_json_object(w);
    usage_tally_put(w, &o->tally);
    mcp_json_member_str(w, MCP_STR("place"), o->to);
    mcp_json_object_end(w);
    return MCP_OK;
}

mcp_err usage_feed_record(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct feed_op *o = mcp_arena_new(mcp_call_arena(call), struct feed_op, 1);

    if (!o) {
        return MCP_E_OVERLOADED;
    }
    o->owner = mcp_call_principal(call)->owner;
    o->now_ms = tools_now_ms(t);
    o->feed = mcp_arg_str(call, "feed");
    o->from = mcp_arg_str(call, "from");
    o->to = mcp_arg_str(call, "to");
    mcp_err err = read_events(call, o);

    if (err || !mcp_json_bool(mcp_arg(call, "check"), false)) {
        return err ? err : write_later(t, call, &o->op, feed_body, feed_reply);
    }
    return feed_reply(call, store_read(t->store, check_body, o), &o->op);
}

/* ---- show_usage_feed ---- */

struct show_op {
    uint64_t owner;
    struct usage_feed feed; /* points into memory */
    char memory[USAGE_FEED_RECORD_MAX];
};

static mcp_err show_body(struct store_txn *txn, void *arg)
{
    struct show_op *o = arg;
    mcp_err err = usage_feed_get(txn, o->owner, o->feed.name, o->memory, &o->feed);

    return err == MCP_E_NOT_FOUND ? MCP_OK : err;
}

mcp_err usage_feed_show(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct mcp_json_writer *w = mcp_structured(call);
    struct show_op o = {.owner = mcp_call_principal(call)->owner,
                        .feed = {.name = mcp_arg_str(call, "feed")}};
    mcp_err err = store_read(t->store, show_body, &o);

    if (err) {
        return mcp_fail(call, err, "The store could not be read.");
    }
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("feed"), o.feed.name);
    mcp_json_member_str(w, MCP_STR("place"), o.feed.place);
    mcp_json_member_int(w, MCP_STR("recorded"), (int64_t)o.feed.recorded);
    time_json_put(w, MCP_STR("at"), o.feed.at_ms);
    mcp_json_object_end(w);
    return MCP_OK;
}
