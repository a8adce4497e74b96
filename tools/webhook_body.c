/* tools/webhook_body.c - the generic body, and the headers. */
#include <tools/webhook_body.h>

#include <tools/alert_text.h>
#include <tools/month.h>
#include <tools/name.h>
#include <tools/text_json.h>
#include <tools/time_json.h>

#include <mcp/json.h>

#include <sodium.h>
#include <stdio.h>

enum { TEXT_MAX = 8192, TAIL_BYTES = 1024 };

/* ---- The body ---- */

typedef void text_fn(struct mcp_buf *out, const struct alert *a);

static void put_text(struct mcp_json_writer *w, mcp_str key, text_fn *text, const struct alert *a)
{
    struct mcp_buf b;

    mcp_buf_init(&b, TEXT_MAX);
    text(&b, a);
    mcp_json_member_str(w, key, mcp_buf_str(&b));
    w->out->failed = w->out->failed || b.failed;
    mcp_buf_free(&b);
}

static void put_line(struct mcp_json_writer *w, const struct alert_line *line)
{
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("label"), line->label);
    mcp_json_member_micro(w, MCP_STR("balance"), line->balance_micro);
    mcp_json_member_micro(w, MCP_STR("threshold"), line->threshold_micro);
    mcp_json_member_str(w, MCP_STR("unit"), line->unit);
    mcp_json_object_end(w);
}

/* Room for one more line with names that need an escape for each byte, and for what follows. */
static bool has_room(const struct mcp_buf *out, const struct alert_line *line,
                     const struct alert *a)
{
    return out->len + 6 * (line->label.len + line->unit.len) + a->topup_url.len + TAIL_BYTES <
           WEBHOOK_BODY_MAX;
}

/* tool, connection and pools: what a low balance is about, or invented ones for a test. */
static void put_pool(struct mcp_json_writer *w, const struct alert *a, mcp_str id)
{
    static const struct alert_line SAMPLE = {MCP_STR_INIT("Sample"), MCP_STR_INIT("credits"),
                                             4200000, 5000000};
    mcp_str lines = a->lines;
    struct alert_line line;

    mcp_json_put_key(w, MCP_STR("tool"));
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("name"), a->kind == ALERT_TEST ? MCP_STR("Cistern") : a->detail);
    mcp_json_object_end(w);
    mcp_json_put_key(w, MCP_STR("connection"));
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("id"), id);
    mcp_json_member_str(w, MCP_STR("name"), a->subject);
    mcp_json_object_end(w);
    mcp_json_put_key(w, MCP_STR("pools"));
    mcp_json_array(w);
    while (alert_line_next(&lines, &line) && has_room(w->out, &line, a)) {
        put_line(w, &line);
    }
    if (a->kind == ALERT_TEST) {
        put_line(w, &SAMPLE);
    }
    mcp_json_array_end(w);
}

static void put_key(struct mcp_json_writer *w, const struct alert *a, mcp_str id)
{
    mcp_json_put_key(w, MCP_STR("key"));
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("id"), id);
    mcp_json_member_str(w, MCP_STR("name"), a->subject);
    mcp_json_member_str(w, MCP_STR("hint"), a->detail);
    mcp_json_object_end(w);
    mcp_json_member_int(w, MCP_STR("days_left"), alert_days_left(a));
    time_json_put(w, MCP_STR("expires_at"), a->expires_ms);
}

static void put_webhook(struct mcp_json_writer *w, const struct alert *a, mcp_str id)
{
    mcp_json_put_key(w, MCP_STR("webhook"));
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("id"), id);
    mcp_json_member_str(w, MCP_STR("name"), a->subject);
    mcp_json_object_end(w);
    mcp_json_member_str(w, MCP_STR("reason"), a->detail);
}

static void put_usage(struct mcp_json_writer *w, const struct alert *a, mcp_str id)
{
    struct alert_line line = {.threshold_micro = 1};
    mcp_str lines = a->lines;
    char month[MONTH_TEXT];

    (void)alert_line_next(&lines, &line);
    mcp_json_put_key(w, MCP_STR("subscription"));
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("id"), id);
    mcp_json_member_str(w, MCP_STR("app_name"), a->subject);
    mcp_json_member_str(w, MCP_STR("plan_display"), a->detail);
    mcp_json_object_end(w);
    mcp_json_member_str(w, MCP_STR("month"), month_format(a->month, month));
    mcp_json_member_str(w, MCP_STR("measure"), line.label);
    mcp_json_member_int(w, MCP_STR("percent"), a->percent);
    mcp_json_member_int(w, MCP_STR("used"), line.balance_micro);
    mcp_json_member_int(w, MCP_STR("allowance"), line.threshold_micro);
}

void webhook_body_put_generic(struct mcp_buf *out, const struct alert *a, mcp_str dashboard_url)
{
    char id[NAME_ID_BYTES], subject[NAME_ID_BYTES];
    mcp_str subject_id = alert_subject(a, subject);
    struct mcp_json_writer w;

    mcp_json_writer_init(&w, out);
    mcp_json_object(&w);
    mcp_json_member_str(&w, MCP_STR("event"), alert_event(a));
    mcp_json_member_str(&w, MCP_STR("id"), name_id_format(a->id, id));
    mcp_json_member_str(&w, MCP_STR("level"), alert_level_name(a->level));
    put_text(&w, MCP_STR("title"), alert_put_title, a);
    put_text(&w, MCP_STR("body"), alert_put_sentence, a);
    if (a->kind == ALERT_KEY) {
        put_key(&w, a, subject_id);
    } else if (a->kind == ALERT_WEBHOOK) {
        put_webhook(&w, a, subject_id);
    } else if (a->kind == ALERT_USAGE) {
        put_usage(&w, a, subject_id);
    } else {
        put_pool(&w, a, subject_id);
    }
    text_json_put(&w, MCP_STR("dashboard_url"), dashboard_url);
    if (a->kind == ALERT_POOL || a->kind == ALERT_TEST) {
        text_json_put(&w, MCP_STR("topup_url"), a->topup_url);
    }
    time_json_put(&w, MCP_STR("created_at"), a->created_ms);
    mcp_json_object_end(&w);
}

/* ---- Signatures ---- */

static void hmac(const uint8_t *key, size_t key_bytes, const mcp_str *parts, size_t n,
                 uint8_t out[32])
{
    crypto_auth_hmacsha256_state h;

    crypto_auth_hmacsha256_init(&h, key, key_bytes);
    for (size_t i = 0; i < n; i++) {
        crypto_auth_hmacsha256_update(&h, (const uint8_t *)parts[i].ptr, parts[i].len);
    }
    crypto_auth_hmacsha256_final(&h, out);
    sodium_memzero(&h, sizeof(h));
}

bool webhook_sign(mcp_str secret, mcp_str id, int64_t at_s, mcp_str body,
                  char out[WEBHOOK_SIGNATURE_BYTES])
{
    uint8_t key[64], mac[32];
    char time[24], text[45];
    size_t n_key = 0;
    int n = snprintf(time, sizeof(time), "%lld", (long long)at_s);
    mcp_str parts[] = {id, MCP_STR("."), mcp_str_n(time, (size_t)n), MCP_STR("."), body};

    if (!mcp_str_starts(secret, MCP_STR("whsec_")) ||
        sodium_base642bin(key, sizeof(key), secret.ptr + 6, secret.len - 6, NULL, &n_key, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0) {
        return false;
    }
    hmac(key, n_key, parts, sizeof(parts) / sizeof(parts[0]), mac);
    sodium_bin2base64(text, sizeof(text), mac, sizeof(mac), sodium_base64_VARIANT_ORIGINAL);
    memcpy(out, "v1,", 3);
    memcpy(out + 3, text, 44);
    sodium_memzero(key, sizeof(key));
    return true;
}

static void add(struct webhook_headers *h, const char *name, mcp_str value)
{
    h->list[h->n++] = (struct outbox_header){mcp_str_c(name), value};
}

/* "sha256=" and the HMAC of the body alone, keyed with the whole secret: what verifiers expect that
 * are older than Standard Webhooks (product.md b.7). */
static void sign_body(struct webhook_headers *h, mcp_str secret, mcp_str body)
{
    uint8_t mac[32];
    char hex[65];

    hmac((const uint8_t *)secret.ptr, secret.len, &body, 1, mac);
    sodium_bin2hex(hex, sizeof(hex), mac, sizeof(mac));
    memcpy(h->vendor, "sha256=", 7);
    memcpy(h->vendor + 7, hex, 64);
    add(h, "x-cistern-signature", mcp_str_n(h->vendor, sizeof(h->vendor)));
}

bool webhook_headers_set(struct webhook_headers *h, enum webhook_format format,
                         const uint8_t delivery[16], int64_t now_ms, mcp_str body, mcp_str secret,
                         mcp_str previous)
{
    mcp_str id = name_id_format(delivery, h->id);
    size_t n = WEBHOOK_SIGNATURE_BYTES;

    h->n = 0;
    add(h, "content-type", MCP_STR("application/json"));
    add(h, "user-agent", MCP_STR("Cistern/1.0"));
    if (format == WEBHOOK_SLACK) {
        return true; /* Slack knows no other header */
    }
    add(h, "idempotency-key", id);
    if (secret.len == 0) {
        return true;
    }
    int digits = snprintf(h->time, sizeof(h->time), "%lld", (long long)(now_ms / 1000));

    if (!webhook_sign(secret, id, now_ms / 1000, body, h->signature)) {
        return false;
    }
    if (previous.len) {
        h->signature[n] = ' ';
        if (!webhook_sign(previous, id, now_ms / 1000, body, h->signature + n + 1)) {
            return false;
        }
        n = 2 * n + 1;
    }
    add(h, "webhook-id", id);
    add(h, "webhook-timestamp", mcp_str_n(h->time, (size_t)digits));
    add(h, "webhook-signature", mcp_str_n(h->signature, n));
    sign_body(h, secret, body);
    return true;
}
