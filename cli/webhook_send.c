/* cli/webhook_send.c - see webhook_send.h. */
#include <cli/webhook_send.h>

enum { ANSWER_BYTES_MAX = 1 << 20, NOTE_MAX = 160 };

/* The beginning of what the receiver said, where it is text; Slack says what is wrong there. */
static mcp_str excerpt(mcp_str s)
{
    size_t n = s.len < NOTE_MAX ? s.len : NOTE_MAX;

    while (n < s.len && n && (s.ptr[n] & 0xc0) == 0x80) {
        n--;
    }
    s.len = n;
    return mcp_str_is_utf8(s) ? mcp_str_trim(s) : mcp_str_n(NULL, 0);
}

/* "5.1.1" of what a mail server says (RFC 3463 2); the rest may hold the address, which is kept
 * nowhere. */
static mcp_str mail_code(mcp_str line)
{
    size_t n = 4, dots = 0;

    for (; n < line.len && ((line.ptr[n] >= '0' && line.ptr[n] <= '9') || line.ptr[n] == '.');
         n++) {
        dots += line.ptr[n] == '.';
    }
    return dots == 2 && n <= 16 ? mcp_str_n(line.ptr + 4, n - 4) : mcp_str_n(NULL, 0);
}

static void done(struct mcp_delivery *d)
{
    struct cli_webhook_slot *slot = (struct cli_webhook_slot *)(void *)d;
    struct cli_webhook_send *w = slot->at;
    bool is_answered = d->end == MCP_DELIVERY_ANSWERED;
    bool is_good = is_answered && d->status >= 200 && d->status < 300;
    struct outbox_answer a = {
        .is_answered = is_answered,
        .is_refused = d->end == MCP_DELIVERY_REFUSED,
        .is_cancelled = d->end == MCP_DELIVERY_CANCELLED,
        .status = d->status,
        .retry_after_ms = -1,
        .took_ms = d->took_ms,
        .is_mail = d->mail != NULL,
    };
    mcp_str said = mcp_buf_str(&d->body_in);

    a.note = !is_answered ? mcp_str_c(d->why) : d->mail ? mail_code(said) : excerpt(said);
    if (is_answered && !d->mail) {
        a.retry_after_ms = mcp_deliver_retry_after_ms(mcp_str_c(d->retry_after), mcp_str_c(d->date),
                                                      mcp_clock_wall_ms(&w->clock));
    }
    if (is_good) {
        a.note = mcp_str_n(NULL, 0);
    }
    tools_sent(w->tools, (size_t)(slot - w->slots), &a);
}

static bool send_message(void *user, const struct outbox_message *m)
{
    struct cli_webhook_send *w = user;
    struct cli_webhook_slot *slot = &w->slots[m->slot];

    if (m->n_headers > CLI_WEBHOOK_HEADERS) {
        return false;
    }
    slot->envelope = cli_mail_envelope(w->mail, m->mail_to);
    for (size_t i = 0; i < m->n_headers; i++) {
        slot->headers[i] = (struct mcp_http_header){m->headers[i].name, m->headers[i].value};
    }
    slot->delivery = (struct mcp_delivery){
        .method = MCP_STR("POST"),
        .url = m->mail_to.len ? w->mail->url : m->url,
        .mail = m->mail_to.len ? &slot->envelope : NULL,
        .headers = slot->headers,
        .n_headers = m->n_headers,
        .body = m->body,
        .timeout_ms = m->timeout_ms,
        .answer_bytes_max = ANSWER_BYTES_MAX,
        .done = done,
    };
    return mcp_deliver_submit(m->mail_to.len ? w->mail_client : w->client, &slot->delivery) ==
           MCP_OK;
}

mcp_err cli_webhook_send_open(struct cli_webhook_send *w, struct tools *tools,
                              struct mcp_deliver *client, struct mcp_deliver *mail_client,
                              const struct mcp_clock *clock, const struct cli_mail *mail,
                              const char *dashboard_url, int64_t lease_ms)
{
    struct tools_sender sender = {send_message, w, dashboard_url, lease_ms, NULL};

    if (mail->url.len) {
        sender.mail_from = mail->from.ptr; /* an option's text */
    }
    w->mail = mail;

    w->tools = tools;
    w->client = client;
    w->mail_client = mail_client;
    w->clock = *clock;
    for (size_t i = 0; i < CLI_WEBHOOK_SLOTS; i++) {
        w->slots[i].at = w;
    }
    return tools_send_with(tools, &sender);
}
