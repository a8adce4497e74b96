/* cli/source_ask.c - see source_ask.h. */
#include <cli/source_ask.h>

bool cli_source_is_final(const struct mcp_delivery *d)
{
    return d->end == MCP_DELIVERY_REFUSED || d->end == MCP_DELIVERY_INSECURE ||
           d->end == MCP_DELIVERY_TOO_LARGE || d->end == MCP_DELIVERY_GARBLED;
}

static void done(struct mcp_delivery *d)
{
    struct cli_source_slot *slot = (struct cli_source_slot *)(void *)d;
    struct cli_source_ask *at = slot->at;
    struct source_answer a = {
        .is_answered = d->end == MCP_DELIVERY_ANSWERED,
        .is_final = cli_source_is_final(d),
        .is_cancelled = d->end == MCP_DELIVERY_CANCELLED,
        .status = d->status,
        .retry_after_ms = -1,
        .note = mcp_str_c(d->why),
    };

    if (a.is_answered) {
        a.body = mcp_buf_str(&d->body_in);
        a.retry_after_ms = mcp_deliver_retry_after_ms(mcp_str_c(d->retry_after), mcp_str_c(d->date),
                                                      mcp_clock_wall_ms(&at->clock));
    }
    tools_answered(at->tools, (size_t)(slot - at->slots), &a);
}

static bool ask(void *user, const struct source_ask *from)
{
    struct cli_source_ask *at = user;
    struct cli_source_slot *slot = &at->slots[from->slot];

    if (from->n_headers > CLI_SOURCE_HEADERS) {
        return false;
    }
    for (size_t i = 0; i < from->n_headers; i++) {
        slot->headers[i] = (struct mcp_http_header){from->headers[i].name, from->headers[i].value};
    }
    slot->delivery = (struct mcp_delivery){
        .method = from->method,
        .url = from->url,
        .headers = slot->headers,
        .n_headers = from->n_headers,
        .timeout_ms = from->timeout_ms,
        .answer_bytes_max = from->answer_bytes_max,
        .done = done,
    };
    return mcp_deliver_submit(at->client, &slot->delivery) == MCP_OK;
}

mcp_err cli_source_ask_open(struct cli_source_ask *a, struct tools *tools,
                            struct mcp_deliver *client, const struct mcp_clock *clock,
                            int64_t lease_ms)
{
    a->tools = tools;
    a->client = client;
    a->clock = *clock;
    for (size_t i = 0; i < CLI_SOURCE_SLOTS; i++) {
        a->slots[i].at = a;
    }
    return tools_poll_with(tools, &(struct tools_asker){ask, a, lease_ms});
}
