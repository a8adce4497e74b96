/* tools/usage_text.c - see usage_text.h. */
#include <tools/usage_text.h>

#include <tools/month.h>

#include <stdio.h>

void usage_text_count(struct mcp_buf *out, int64_t v)
{
    char text[24];
    int n = snprintf(text, sizeof(text), "%lld", (long long)v);

    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0) {
            mcp_buf_byte(out, ',');
        }
        mcp_buf_byte(out, text[i]);
    }
}

static void put_percent(struct mcp_buf *out, int64_t used, int64_t allowance)
{
    char text[24];

    mcp_buf_add(out, usage_percent_format(usage_tenths(used, allowance), text));
    mcp_buf_add(out, MCP_STR(" %"));
}

/* "41 % of March's requests (412,330 of 1,000,000)" */
static void put_share(struct mcp_buf *out, int64_t used, bool is_limited, int64_t allowance,
                      mcp_str of)
{
    if (!is_limited) {
        usage_text_count(out, used);
        mcp_buf_add(out, MCP_STR(" of"));
        mcp_buf_add(out, of);
        mcp_buf_add(out, MCP_STR(" (unlimited)"));
        return;
    }
    put_percent(out, used, allowance);
    mcp_buf_add(out, MCP_STR(" of"));
    mcp_buf_add(out, of);
    mcp_buf_add(out, MCP_STR(" ("));
    usage_text_count(out, used);
    mcp_buf_add(out, MCP_STR(" of "));
    usage_text_count(out, allowance);
    mcp_buf_byte(out, ')');
}

static void put_of(char memory[64], int32_t month, const char *what, mcp_str *ret)
{
    int n = snprintf(memory, 64, " %.*s's %s", MCP_STR_ARG(month_name(month)), what);

    *ret = mcp_str_n(memory, (size_t)n);
}

static void put_sentence(struct mcp_buf *out, const struct usage_answer *a)
{
    struct usage_count used = usage_total(&a->months[a->to - a->from]);
    const struct plan *p = &a->plan.p;
    char memory[64];
    mcp_str of;

    mcp_buf_add(out, a->at.s.app_name);
    mcp_buf_add(out, MCP_STR(", "));
    mcp_buf_add(out, p->name);
    mcp_buf_add(out, a->to == a->now ? MCP_STR(": you have used ") : MCP_STR(": you used "));
    put_of(memory, a->to, "requests", &of);
    put_share(out, used.requests, p->has_requests, p->requests, of);
    mcp_buf_add(out, MCP_STR(" and "));
    put_share(out, used.bandwidth_bytes, p->has_bandwidth, p->bandwidth_bytes,
              MCP_STR(" its bytes"));
    mcp_buf_byte(out, '.');
}

static void put_line(struct mcp_buf *out, const struct usage_answer *a, int32_t month)
{
    struct usage_count used = usage_total(&a->months[month - a->from]);
    const struct plan *p = &a->plan.p;
    char text[MONTH_TEXT];

    mcp_buf_byte(out, '\n');
    mcp_buf_add(out, month_format(month, text));
    mcp_buf_add(out, MCP_STR(": "));
    usage_text_count(out, used.requests);
    mcp_buf_add(out, MCP_STR(" requests"));
    if (p->has_requests) {
        mcp_buf_add(out, MCP_STR(", "));
        put_percent(out, used.requests, p->requests);
    }
    mcp_buf_add(out, MCP_STR("; "));
    usage_text_count(out, used.bandwidth_bytes);
    mcp_buf_add(out, MCP_STR(" bytes"));
    if (p->has_bandwidth) {
        mcp_buf_add(out, MCP_STR(", "));
        put_percent(out, used.bandwidth_bytes, p->bandwidth_bytes);
    }
}

void usage_text_put(struct mcp_buf *out, const struct usage_answer *a)
{
    put_sentence(out, a);
    for (int32_t month = a->from; month <= a->to; month++) {
        put_line(out, a, month);
    }
}
