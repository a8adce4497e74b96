/* tools/usage_text.h - what was used, in words for people and models. Pure. */
#ifndef CISTERN_TOOLS_USAGE_TEXT_H
#define CISTERN_TOOLS_USAGE_TEXT_H

#include <tools/plan.h>
#include <tools/subscription.h>
#include <tools/usage.h>

#include <mcp/buf.h>

/* What an answer of get_subscription_usage is about. */
struct usage_answer {
    struct subscription_found at;
    struct plan_found plan;
    int32_t from, to, now; /* months */
    struct usage_month months[USAGE_RANGE_MAX];
};

/* "1,234,567" */
void usage_text_count(struct mcp_buf *out, int64_t v);

/* "You have used 41 % of March's requests (412,330 of 1,000,000) and ...", and a line per month. */
void usage_text_put(struct mcp_buf *out, const struct usage_answer *a);

#endif
