/* tools/usage_event.c - see usage_event.h. */
#include <tools/usage_event.h>

#include <tools/month.h>
#include <tools/time_json.h>
#include <tools/usage_alert.h>
#include <tools/usage_once.h>

#include <stdio.h>

enum { AHEAD_MAX_MS = 5 * 60 * 1000 };

static mcp_err fail_at(struct mcp_call *call, int index, const char *why)
{
    return index < 0 ? mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "at %s.", why)
                     : mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "/events/%d/at: %s.", index, why);
}

/* *ret_ms: -1 when nothing is said. */
static mcp_err read_at(struct mcp_call *call, mcp_json o, int index, int64_t now_ms, int32_t *ret,
                       int64_t *ret_ms)
{
    mcp_json at = mcp_json_get(o, MCP_STR("at"));
    int64_t ms = now_ms;

    *ret_ms = -1;
    if (mcp_json_present(at) && !time_json_get(at, mcp_call_arena(call), &ms)) {
        return fail_at(call, index, "is not a date and time");
    }
    if (ms - AHEAD_MAX_MS > now_ms) {
        return fail_at(call, index, "is more than 5 minutes ahead");
    }
    *ret = month_of(ms);
    *ret_ms = mcp_json_present(at) ? ms : -1;
    _Static_assert(USAGE_MONTHS_BACK == 120, "the sentence says so");
    return *ret > month_of(now_ms) - USAGE_MONTHS_BACK
               ? MCP_OK
               : fail_at(call, index, "is more than 120 months ago");
}

mcp_err usage_event_read(struct mcp_call *call, mcp_json o, int index, int64_t now_ms,
                         struct usage_event *ret)
{
    struct mcp_arena *arena = mcp_call_arena(call);
    int64_t at_ms;
    mcp_err err = read_at(call, o, index, now_ms, &ret->month, &at_ms);

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

/* ---- Counting ---- */

static mcp_err count_event(struct store_txn *txn, uint64_t owner,
                           const struct subscription_found *at, const struct usage_event *e,
                           int64_t now_ms, struct usage_tally *tally)
{
    struct usage_month m;
    mcp_err err = usage_get(txn, owner, at->sequence, e->month, &m);

    if (err) {
        return err;
    }
    if (!usage_add(&m, e->kind, &e->count)) {
        return MCP_E_REFUSED;
    }
    tally->recorded++;
    err = usage_put(txn, owner, at->sequence, e->month, &m);
    return err ? err : usage_alert_check(txn, owner, at, e->month, &m, now_ms);
}

/* Its name is the subscription's and its own. */
static mcp_err count_named(struct store_txn *txn, uint64_t owner,
                           const struct subscription_found *at, const struct usage_event *e,
                           int64_t now_ms, struct usage_tally *tally)
{
    uint8_t who[16] = "us";
    struct once once;

    memcpy(who + sizeof(who) - SUBSCRIPTION_ID, at->s.id, SUBSCRIPTION_ID);
    once_init(&once, who, MCP_STR("event"), e->id, e->text);
    mcp_err err = usage_once_get(txn, owner, &once, now_ms);

    if (err == MCP_E_NOT_FOUND) {
        err = count_event(txn, owner, at, e, now_ms, tally);
        return err ? err : usage_once_put(txn, owner, &once, USAGE_ONCE_MAX, now_ms);
    }
    tally->duplicates += err == MCP_OK;
    tally->conflicts += err == MCP_E_CONFLICT;
    return err == MCP_E_CONFLICT ? MCP_OK : err;
}

mcp_err usage_event_count(struct store_txn *txn, uint64_t owner,
                          const struct subscription_found *at, const struct usage_event *e,
                          int64_t now_ms, struct usage_tally *tally)
{
    return e->id.len ? count_named(txn, owner, at, e, now_ms, tally)
                     : count_event(txn, owner, at, e, now_ms, tally);
}

void usage_tally_put(struct mcp_json_writer *w, const struct usage_tally *t)
{
    mcp_json_member_int(w, MCP_STR("recorded"), t->recorded);
    mcp_json_member_int(w, MCP_STR("duplicates"), t->duplicates);
    mcp_json_member_int(w, MCP_STR("conflicts"), t->conflicts);
}
