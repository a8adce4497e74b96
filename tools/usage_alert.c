/* tools/usage_alert.c - see usage_alert.h. */
#include <tools/usage_alert.h>

#include <tools/alert_raise.h>
#include <tools/key.h>
#include <tools/month.h>
#include <tools/plan.h>

#include <store/record.h>

uint32_t usage_alert_reached(int64_t used, int64_t allowance, const uint16_t *percents, size_t n)
{
    uint32_t reached = 0;

    for (size_t i = 0; i < n; i++) { /* percents are at most 1,000, and 1000 * 2^53 is below 2^63 */
        if (used * 100 >= allowance * percents[i]) {
            reached = percents[i];
        }
    }
    return reached;
}

/* ---- What was told ---- */

static struct key told_key(uint64_t owner, uint64_t subscription, int32_t month)
{
    struct key key = key_month(owner, subscription, (uint32_t)month);

    key.bytes[0] = KEY_USAGE_TOLD;
    return key;
}

bool usage_told_decode(mcp_str value, uint8_t version, struct usage_told *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    ret->requests = record_get_u32(&r);
    ret->bandwidth = record_get_u32(&r);
    return version == USAGE_TOLD_VERSION && record_done(&r) && ret->requests <= PLAN_PERCENT_MAX &&
           ret->bandwidth <= PLAN_PERCENT_MAX;
}

static mcp_err get_told(struct store_txn *txn, const struct key *key, struct usage_told *ret)
{
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(key), &value, &version);

    *ret = (struct usage_told){0, 0};
    if (err) {
        return err == MCP_E_NOT_FOUND ? MCP_OK : err;
    }
    return usage_told_decode(value, version, ret) ? MCP_OK : MCP_E_STORAGE;
}

static mcp_err put_told(struct store_txn *txn, const struct key *key, const struct usage_told *told)
{
    struct record_writer w;
    uint8_t memory[8];

    record_writer_init(&w, memory, sizeof(memory));
    record_put_u32(&w, told->requests);
    record_put_u32(&w, told->bandwidth);
    return store_put(txn, key_str(key), record_writer_str(&w), USAGE_TOLD_VERSION);
}

/* ---- Raising ---- */

struct raising {
    struct store_txn *txn;
    uint64_t owner;
    const struct subscription_found *at;
    const struct plan *plan;
    int32_t month;
    int64_t now_ms;
};

/* *told rises when the alert is in the outbox. */
static mcp_err raise(const struct raising *r, mcp_str measure, int64_t used, int64_t allowance,
                     uint32_t *told)
{
    uint32_t percent = usage_alert_reached(used, allowance, r->plan->percents, r->plan->n_percents);
    char line[64];
    struct record_writer w;

    if (percent <= *told) {
        return MCP_OK;
    }
    record_writer_init(&w, line, sizeof(line));
    alert_line_put(&w, &(struct alert_line){measure, MCP_STR(""), used, allowance});
    struct alert a = {
        .kind = ALERT_USAGE,
        .level = percent >= 100 ? ALERT_CRITICAL : ALERT_LOW,
        .created_ms = r->now_ms,
        .month = r->month,
        .percent = percent,
        .subject = r->at->s.app_name,
        .detail = r->plan->name,
        .lines = record_writer_str(&w),
    };
    struct alert_order o = {.owner = r->owner, .a = &a};

    memcpy(a.subject_id, r->at->s.id, SUBSCRIPTION_ID);
    mcp_err err = alert_send(r->txn, &o);

    *told = err ? *told : percent;
    return err == MCP_E_REFUSED ? MCP_OK : err; /* full: the next count tries again */
}

mcp_err usage_alert_check(struct store_txn *txn, uint64_t owner,
                          const struct subscription_found *at, int32_t month,
                          const struct usage_month *m, int64_t now_ms)
{
    struct key key = told_key(owner, at->sequence, month);
    struct usage_count sum = usage_total(m);
    struct usage_told told, before;
    struct plan_found plan;
    mcp_err err;

    if (month != month_of(now_ms)) {
        return MCP_OK;
    }
    err = plan_get(txn, owner, at->s.plan, &plan);
    err = err ? err : get_told(txn, &key, &told);
    if (err) {
        return err == MCP_E_NOT_FOUND ? MCP_E_STORAGE : err; /* a plan in use is never removed */
    }
    struct raising r = {txn, owner, at, &plan.p, month, now_ms};

    before = told;
    if (plan.p.has_requests) {
        err = raise(&r, MCP_STR("requests"), sum.requests, plan.p.requests, &told.requests);
    }
    if (!err && plan.p.has_bandwidth) {
        err = raise(&r, MCP_STR("bandwidth_bytes"), sum.bandwidth_bytes, plan.p.bandwidth_bytes,
                    &told.bandwidth);
    }
    return err || (told.requests == before.requests && told.bandwidth == before.bandwidth)
               ? err
               : put_told(txn, &key, &told);
}
