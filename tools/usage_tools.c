/* tools/usage_tools.c - how much of its plan a subscription has used, month by month. */
#include <tools/month.h>
#include <tools/state.h>
#include <tools/usage_record.h>
#include <tools/usage_text.h>

#include <mcp/call.h>

#include "usage_schema.h"

enum { TEXT_BYTES_MAX = 16384 };

struct usage_op {
    uint64_t owner;
    mcp_str which;
    struct usage_answer a;
};

/* ---- The range ---- */

/* *ret stays when the argument is absent. The schema has checked the shape. */
static bool read_month(struct mcp_call *call, const char *name, int32_t *ret)
{
    return mcp_json_present(mcp_arg(call, name)) && month_parse(mcp_arg_str(call, name), ret);
}

static mcp_err read_range(struct mcp_call *call, struct usage_answer *a)
{
    a->to = a->now;
    (void)read_month(call, "to", &a->to);
    a->from = a->to - USAGE_RANGE_BEFORE;
    (void)read_month(call, "from", &a->from);
    if (a->from < 0) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "to is too early.");
    }
    if (a->from > a->to) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "from is after to%s.",
                        a->to == a->now ? ", which is this month" : "");
    }
    return a->to - a->from < USAGE_RANGE_MAX
               ? MCP_OK
               : mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "from and to are more than %d months.",
                          USAGE_RANGE_MAX);
}

/* ---- The result ---- */

static void put_month_member(struct mcp_json_writer *w, mcp_str key, int32_t month)
{
    char text[MONTH_TEXT];

    mcp_json_member_str(w, key, month_format(month, text));
}

static void put_amount(struct mcp_json_writer *w, mcp_str key, bool is_set, int64_t v)
{
    if (is_set) {
        mcp_json_member_int(w, key, v);
    } else {
        mcp_json_member_null(w, key);
    }
}

static void put_percent(struct mcp_json_writer *w, mcp_str key, int64_t used, bool is_limited,
                        int64_t allowance)
{
    char text[24];

    if (is_limited) {
        mcp_json_member_raw(w, key, usage_percent_format(usage_tenths(used, allowance), text));
    } else {
        mcp_json_member_null(w, key);
    }
}

/* Leaves the object open. */
static void put_count(struct mcp_json_writer *w, mcp_str key, struct usage_count c)
{
    mcp_json_put_key(w, key);
    mcp_json_object(w);
    mcp_json_member_int(w, MCP_STR("requests"), c.requests);
    mcp_json_member_int(w, MCP_STR("bandwidth_bytes"), c.bandwidth_bytes);
}

static void put_kinds(struct mcp_json_writer *w, const struct usage_month *m)
{
    for (int k = 0; k < USAGE_KINDS; k++) {
        put_count(w, usage_kind_name((enum usage_kind)k), m->by[k]);
        mcp_json_object_end(w);
    }
}

static void put_month(struct mcp_json_writer *w, const struct usage_answer *a, int32_t month)
{
    const struct usage_month *m = &a->months[month - a->from];
    struct usage_count total = usage_total(m);
    const struct plan *p = &a->plan.p;

    mcp_json_object(w);
    put_month_member(w, MCP_STR("month"), month);
    put_kinds(w, m);
    put_count(w, MCP_STR("total"), total);
    put_percent(w, MCP_STR("requests_percent"), total.requests, p->has_requests, p->requests);
    put_percent(w, MCP_STR("bandwidth_percent"), total.bandwidth_bytes, p->has_bandwidth,
                p->bandwidth_bytes);
    mcp_json_object_end(w);
    mcp_json_object_end(w);
}

static void put_totals(struct mcp_json_writer *w, const struct usage_answer *a)
{
    struct usage_month sum = {0};

    for (int32_t i = 0; i <= a->to - a->from; i++) { /* 36 * 2^53 fits: usage.h */
        for (int k = 0; k < USAGE_KINDS; k++) {
            sum.by[k].requests += a->months[i].by[k].requests;
            sum.by[k].bandwidth_bytes += a->months[i].by[k].bandwidth_bytes;
        }
    }
    mcp_json_put_key(w, MCP_STR("totals"));
    mcp_json_object(w);
    put_kinds(w, &sum);
    put_count(w, MCP_STR("total"), usage_total(&sum));
    mcp_json_object_end(w);
    mcp_json_object_end(w);
}

static void put_answer(struct mcp_json_writer *w, const struct usage_answer *a)
{
    const struct plan *p = &a->plan.p;

    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("subscription_id"), mcp_str_n(a->at.s.id, SUBSCRIPTION_ID));
    mcp_json_member_str(w, MCP_STR("plan"), p->id);
    mcp_json_member_str(w, MCP_STR("plan_display"), p->name);
    mcp_json_put_key(w, MCP_STR("allowance"));
    mcp_json_object(w);
    put_amount(w, MCP_STR("requests"), p->has_requests, p->requests);
    put_amount(w, MCP_STR("bandwidth_bytes"), p->has_bandwidth, p->bandwidth_bytes);
    mcp_json_object_end(w);
    put_month_member(w, MCP_STR("from"), a->from);
    put_month_member(w, MCP_STR("to"), a->to);
    mcp_json_put_key(w, MCP_STR("usage"));
    mcp_json_array(w);
    for (int32_t month = a->from; month <= a->to; month++) {
        put_month(w, a, month);
    }
    mcp_json_array_end(w);
    put_totals(w, a);
    mcp_json_object_end(w);
}

static mcp_err put_words(struct mcp_call *call, const struct usage_answer *a)
{
    struct mcp_buf text;

    mcp_buf_init(&text, TEXT_BYTES_MAX);
    usage_text_put(&text, a);
    mcp_err err = text.failed ? MCP_E_OVERLOADED : mcp_text_as(call, mcp_buf_str(&text), NULL);

    mcp_buf_free(&text);
    return err;
}

/* ---- get_subscription_usage ---- */

static mcp_err usage_body(struct store_txn *txn, void *arg)
{
    struct usage_op *op = arg;
    struct usage_answer *a = &op->a;
    mcp_err err = subscription_find(txn, op->owner, op->which, &a->at);

    if (!err && plan_get(txn, op->owner, a->at.s.plan, &a->plan)) {
        err = MCP_E_STORAGE; /* a plan in use is never removed */
    }
    return err ? err : usage_range(txn, op->owner, a->at.sequence, a->from, a->to, a->months);
}

static mcp_err get_subscription_usage(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct usage_op *op = mcp_arena_new(mcp_call_arena(call), struct usage_op, 1);

    if (!op) {
        return MCP_E_OVERLOADED;
    }
    op->owner = mcp_call_principal(call)->owner;
    op->which = mcp_arg_str(call, "subscription");
    op->a.now = month_of(tools_now_ms(t));
    mcp_err err = read_range(call, &op->a);

    if (err) {
        return err;
    }
    err = store_read(t->store, usage_body, op);
    if (err) {
        return usage_fail_find(call, err);
    }
    put_answer(mcp_structured(call), &op->a);
    return put_words(call, &op->a);
}

const struct mcp_tool usage_rows[] = {
    {
        .name = "get_subscription_usage",
        .title = "Get a subscription's usage",
        .description =
            "Returns what a subscription has used of its plan, month by month (UTC) and "
            "by kind of proxy: requests, bytes, and percent of the month's allowance; by "
            "default this month and the six before.",
        .input_schema = SCHEMA_GET_SUBSCRIPTION_USAGE,
        .output_schema = SCHEMA_SUBSCRIPTION_USAGE,
        .scope = "usage",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .fn = get_subscription_usage,
        .fails = MCP_FAILS(INVALID_ARGUMENTS) | MCP_FAILS(NOT_FOUND) | MCP_FAILS(STORAGE),
    },
    {
        .name = "record_usage",
        .title = "Record usage",
        .description = "Counts requests and bytes of a subscription: one event, or up to 500 in "
                       "one transaction. Answered when durable.",
        .input_schema = SCHEMA_RECORD_USAGE,
        .output_schema = SCHEMA_RECORDED_USAGE,
        .scope = "usage.record",
        .is_hidden = true,
        .fn = usage_record,
        .fails = MCP_FAILS(INVALID_ARGUMENTS) | MCP_FAILS(NOT_FOUND) | MCP_FAILS(REFUSED) |
                 MCP_FAILS(STORAGE),
    },
    {
        .name = "record_usage_feed",
        .title = "Record usage that is read from somewhere",
        .description = "Counts events of any subscriptions and remembers, in the same transaction, "
                       "how far the feed was read: what ends in between is counted once.",
        .input_schema = SCHEMA_RECORD_USAGE_FEED,
        .output_schema = SCHEMA_RECORDED_USAGE_FEED,
        .scope = "usage.record",
        .is_hidden = true,
        .fn = usage_feed_record,
        .fails = MCP_FAILS(INVALID_ARGUMENTS) | MCP_FAILS(NOT_FOUND) | MCP_FAILS(CONFLICT) |
                 MCP_FAILS(REFUSED) | MCP_FAILS(STORAGE),
    },
    {
        .name = "show_usage_feed",
        .title = "Show how far a feed was read",
        .description = "Returns the place that record_usage_feed was last given.",
        .input_schema = SCHEMA_SHOW_USAGE_FEED,
        .output_schema = SCHEMA_USAGE_FEED,
        .scope = "usage.record",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .is_hidden = true,
        .fn = usage_feed_show,
        .fails = MCP_FAILS(STORAGE),
    },
    {0},
};
