/* tools/usage_record.c - count events: the months they belong to change in one transaction with the
 * names by which a repeated request or event is known. */
#include <tools/usage_record.h>

#include <tools/month.h>
#include <tools/once.h>
#include <tools/state.h>
#include <tools/subscription.h>
#include <tools/time_json.h>
#include <tools/usage.h>
#include <tools/write.h>

enum { AHEAD_MAX_MS = 5 * 60 * 1000 };

#define TOO_MUCH "A month's sum would be more than 9007199254740991, the most that can be counted."

struct event {
    enum usage_kind kind;
    int32_t month;
    struct usage_count count;
    mcp_str id, text; /* id empty: none; text: all that counts, to tell another one with this id */
};

struct record_op {
    struct write_op op;
    uint64_t owner;
    int64_t now_ms;
    mcp_str which;
    struct once once;
    bool is_again;
    struct event *events;
    size_t n;
    uint32_t recorded, duplicates, conflicts;
    struct subscription_found at;
};

mcp_err usage_fail_find(struct mcp_call *call, mcp_err err)
{
    return err == MCP_E_NOT_FOUND  ? mcp_fail(call, err, USAGE_NO_SUCH)
           : err == MCP_E_CONFLICT ? mcp_fail(call, MCP_E_NOT_FOUND, USAGE_SEVERAL)
                                   : mcp_fail(call, err, "The store could not be read.");
}

/* ---- Arguments ---- */

/* *ret_ms: -1 when nothing is said. */
static mcp_err read_at(struct mcp_call *call, mcp_json o, int64_t now_ms, int32_t *ret,
                       int64_t *ret_ms)
{
    mcp_json at = mcp_json_get(o, MCP_STR("at"));
    int64_t ms = now_ms;

    *ret_ms = -1;
    if (mcp_json_present(at) && !time_json_get(at, mcp_call_arena(call), &ms)) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "at is not a date and time.");
    }
    if (ms - AHEAD_MAX_MS > now_ms) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "at is more than 5 minutes ahead.");
    }
    *ret = month_of(ms);
    *ret_ms = mcp_json_present(at) ? ms : -1;
    return *ret > month_of(now_ms) - USAGE_MONTHS_BACK
               ? MCP_OK
               : mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "at is more than %d months ago.",
                          USAGE_MONTHS_BACK);
}

static mcp_err read_event(struct mcp_call *call, mcp_json o, int64_t now_ms, struct event *ret)
{
    struct mcp_arena *arena = mcp_call_arena(call);
    int64_t at_ms;
    mcp_err err = read_at(call, o, now_ms, &ret->month, &at_ms);

    (void)usage_kind_parse(mcp_json_str(mcp_json_get(o, MCP_STR("type")), arena, MCP_STR("")),
                           &ret->kind); /* the schema knows them */
    ret->count.requests = mcp_json_int_or(mcp_json_get(o, MCP_STR("requests")), 1);
    ret->count.bandwidth_bytes = mcp_json_int_or(mcp_json_get(o, MCP_STR("bandwidth_bytes")), 0);
    ret->id = mcp_json_str(mcp_json_get(o, MCP_STR("id")), arena, MCP_STR(""));
    ret->text =
        mcp_arena_printf(arena, "%d %lld %lld %lld", (int)ret->kind, (long long)ret->count.requests,
                         (long long)ret->count.bandwidth_bytes, (long long)at_ms);
    return err || ret->text.len ? err : MCP_E_OVERLOADED;
}

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
    r->events = mcp_arena_new(mcp_call_arena(call), struct event, n);
    if (!r->events) {
        return MCP_E_OVERLOADED;
    }
    if (is_one) {
        r->n = 1;
        return read_event(call, mcp_call_arguments(call), r->now_ms, &r->events[0]);
    }
    for (mcp_json e = mcp_json_first(list); mcp_json_present(e) && !err;
         e = mcp_json_next(list, e)) {
        err = read_event(call, e, r->now_ms, &r->events[r->n++]);
    }
    return err;
}

/* ---- The body ---- */

static mcp_err count_event(struct store_txn *txn, struct record_op *r, const struct event *e)
{
    struct usage_month m;
    mcp_err err = usage_get(txn, r->owner, r->at.sequence, e->month, &m);

    if (err) {
        return err;
    }
    if (!usage_add(&m, e->kind, &e->count)) {
        return write_refuse(&r->op, MCP_E_REFUSED, TOO_MUCH);
    }
    r->recorded++;
    return usage_put(txn, r->owner, r->at.sequence, e->month, &m);
}

/* An event with an id: its name is the subscription's and its own. */
static mcp_err count_named(struct store_txn *txn, struct record_op *r, const struct event *e)
{
    uint8_t who[16] = "us";
    struct once once;

    memcpy(who + sizeof(who) - SUBSCRIPTION_ID, r->at.s.id, SUBSCRIPTION_ID);
    once_init(&once, who, MCP_STR("event"), e->id, e->text);
    mcp_err err = once_get(txn, r->owner, &once, r->now_ms);

    if (err == MCP_E_NOT_FOUND) {
        err = count_event(txn, r, e);
        return err ? err : once_put(txn, r->owner, &once, r->now_ms);
    }
    r->duplicates += err == MCP_OK;
    r->conflicts += err == MCP_E_CONFLICT;
    return err == MCP_E_CONFLICT ? MCP_OK : err;
}

static mcp_err count_all(struct store_txn *txn, struct record_op *r)
{
    mcp_err err = MCP_OK;

    for (size_t i = 0; i < r->n && !err; i++) {
        const struct event *e = &r->events[i];

        err = e->id.len ? count_named(txn, r, e) : count_event(txn, r, e);
    }
    if (err) {
        return err;
    }
    r->once.said[0] = r->recorded;
    r->once.said[1] = r->duplicates;
    r->once.said[2] = r->conflicts;
    return once_put(txn, r->owner, &r->once, r->now_ms);
}

static mcp_err record_body(struct store_txn *txn, void *arg)
{
    struct record_op *r = arg;
    mcp_err err = subscription_find(txn, r->owner, r->which, &r->at);

    r->recorded = 0;
    r->duplicates = 0;
    r->conflicts = 0;
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
    r->recorded = r->once.said[0];
    r->duplicates = r->once.said[1];
    r->conflicts = r->once.said[2];
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
    w = mcp_structured(call);
    mcp_json_object(w);
    mcp_json_member_int(w, MCP_STR("recorded"), r->recorded);
    mcp_json_member_int(w, MCP_STR("duplicates"), r->duplicates);
    mcp_json_member_int(w, MCP_STR("conflicts"), r->conflicts);
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
