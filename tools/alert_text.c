/* tools/alert_text.c - see alert_text.h. */
#include <tools/alert_text.h>

#include <tools/month.h>
#include <tools/usage_text.h>

#include <mcp/json.h>
#include <mcp/timestamp.h>

#define DAY_MS (24 * 3600 * (int64_t)1000)

mcp_str alert_event(const struct alert *a)
{
    switch (a->kind) {
    case ALERT_KEY:
        return MCP_STR("key.expiring");
    case ALERT_TEST:
        return MCP_STR("webhook.test");
    case ALERT_WEBHOOK:
        return MCP_STR("webhook.stopped");
    case ALERT_USAGE:
        return MCP_STR("usage.threshold");
    case ALERT_ACCOUNT:
        return MCP_STR("account.deleted");
    case ALERT_POOL:
        break;
    }
    return a->level == ALERT_CRITICAL ? MCP_STR("quota.alert.critical")
                                      : MCP_STR("quota.alert.low");
}

void alert_put_amount(struct mcp_buf *out, int64_t micro)
{
    struct mcp_json_writer w;

    mcp_json_writer_init(&w, out);
    mcp_json_put_micro(&w, micro);
}

int64_t alert_days_left(const struct alert *a)
{
    int64_t days = (a->expires_ms - a->created_ms + DAY_MS / 2) / DAY_MS;

    return days > 1 ? days : 1;
}

/* ---- Usage ---- */

static struct alert_line usage_line(const struct alert *a)
{
    struct alert_line line = {.threshold_micro = 1};
    mcp_str lines = a->lines;

    (void)alert_line_next(&lines, &line);
    return line;
}

static mcp_str measure_of(const struct alert_line *line)
{
    return mcp_str_eq(line->label, MCP_STR("requests")) ? line->label : MCP_STR("bytes");
}

/* "shop has used 80 % of November's requests" */
static void put_usage_title(struct mcp_buf *out, const struct alert *a)
{
    struct alert_line line = usage_line(a);

    mcp_buf_add(out, a->subject);
    mcp_buf_printf(out, " has used %u %% of %.*s's %.*s", a->percent,
                   MCP_STR_ARG(month_name(a->month)), MCP_STR_ARG(measure_of(&line)));
}

/* "shop is on Static: Enterprise and has used 812,345 of the 1,000,000 requests of 2026-11." */
static void put_usage(struct mcp_buf *out, const struct alert *a)
{
    struct alert_line line = usage_line(a);
    char month[MONTH_TEXT];

    mcp_buf_add(out, a->subject);
    mcp_buf_add(out, MCP_STR(" is on "));
    mcp_buf_add(out, a->detail);
    mcp_buf_add(out, MCP_STR(" and has used "));
    usage_text_count(out, line.balance_micro);
    mcp_buf_add(out, MCP_STR(" of the "));
    usage_text_count(out, line.threshold_micro);
    mcp_buf_byte(out, ' ');
    mcp_buf_add(out, measure_of(&line));
    mcp_buf_add(out, MCP_STR(" of "));
    mcp_buf_add(out, month_format(a->month, month));
    mcp_buf_byte(out, '.');
}

void alert_put_title(struct mcp_buf *out, const struct alert *a)
{
    switch (a->kind) {
    case ALERT_POOL:
        mcp_buf_add(out, a->detail);
        mcp_buf_add(out, a->level == ALERT_CRITICAL ? MCP_STR(" is critically low")
                                                    : MCP_STR(" is running low"));
        return;
    case ALERT_KEY:
        mcp_buf_add(out, a->subject);
        mcp_buf_printf(out, " expires in %lld day%s", (long long)alert_days_left(a),
                       alert_days_left(a) == 1 ? "" : "s");
        return;
    case ALERT_WEBHOOK:
        mcp_buf_add(out, MCP_STR("Webhook "));
        mcp_buf_add(out, a->subject);
        mcp_buf_add(out, MCP_STR(" was stopped"));
        return;
    case ALERT_USAGE:
        put_usage_title(out, a);
        return;
    case ALERT_ACCOUNT:
        mcp_buf_add(out, MCP_STR("Your account was deleted"));
        return;
    case ALERT_TEST:
        mcp_buf_add(out, MCP_STR("Test from Cistern"));
    }
}

/* "A, B, C, D, E and 3 more" */
static void put_labels(struct mcp_buf *out, mcp_str lines)
{
    struct alert_line line;
    size_t n = 0;

    for (; alert_line_next(&lines, &line); n++) {
        if (n < ALERT_LABELS_MAX) {
            mcp_buf_add(out, n ? MCP_STR(", ") : MCP_STR(""));
            mcp_buf_add(out, line.label);
        }
    }
    if (n > ALERT_LABELS_MAX) {
        mcp_buf_printf(out, " and %zu more", n - ALERT_LABELS_MAX);
    }
}

static void put_pools(struct mcp_buf *out, const struct alert *a)
{
    mcp_buf_add(out, a->subject);
    if (a->lines.len == 0) {
        mcp_buf_add(out, MCP_STR(" crossed a "));
        mcp_buf_add(out, alert_level_name(a->level));
        mcp_buf_add(out, MCP_STR(" threshold."));
        return;
    }
    mcp_buf_add(out, MCP_STR(" crossed "));
    mcp_buf_add(out, alert_level_name(a->level));
    mcp_buf_add(out, MCP_STR(" threshold for "));
    put_labels(out, a->lines);
    mcp_buf_byte(out, '.');
}

void alert_put_sentence(struct mcp_buf *out, const struct alert *a)
{
    char time[MCP_TIMESTAMP_BYTES];

    switch (a->kind) {
    case ALERT_POOL:
        put_pools(out, a);
        return;
    case ALERT_KEY:
        mcp_timestamp_format(a->expires_ms, time);
        mcp_buf_add(out, MCP_STR("The access token "));
        mcp_buf_add(out, a->subject);
        mcp_buf_printf(out, " (it ends in %.*s) stops working on %.10s at %.5s UTC.",
                       MCP_STR_ARG(a->detail), time, time + 11);
        return;
    case ALERT_WEBHOOK:
        mcp_buf_add(out, MCP_STR("Webhook "));
        mcp_buf_add(out, a->subject);
        mcp_buf_add(out, MCP_STR(" gets nothing until it is edited: "));
        mcp_buf_add(out, a->detail);
        mcp_buf_byte(out, '.');
        return;
    case ALERT_USAGE:
        put_usage(out, a);
        return;
    case ALERT_ACCOUNT:
        mcp_timestamp_format(a->created_ms, time);
        mcp_buf_printf(out,
                       "The account with this address was deleted on %.10s at %.5s UTC: nobody can "
                       "sign in to it any more, and its tokens and webhooks have ended. This "
                       "address is not kept.",
                       time, time + 11);
        return;
    case ALERT_TEST:
        mcp_buf_add(out, MCP_STR("Webhook "));
        mcp_buf_add(out, a->subject);
        mcp_buf_add(out, MCP_STR(" receives the alerts of Cistern."));
    }
}
