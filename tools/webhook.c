/* tools/webhook.c - see webhook.h. */
#include <tools/webhook.h>

#include <tools/key.h>
#include <tools/name.h>
#include <tools/outbox_row.h>

#include <store/record.h>

#include <sodium.h>

enum { SEALED_MAX = WEBHOOK_URL_MAX + SEAL_MORE };

static const mcp_str FORMATS[] = {
    [WEBHOOK_GENERIC] = MCP_STR_INIT("generic"),
    [WEBHOOK_SLACK] = MCP_STR_INIT("slack"),
};
static const mcp_str STATES[] = {
    [WEBHOOK_ACTIVE] = MCP_STR_INIT("active"),
    [WEBHOOK_PAUSED] = MCP_STR_INIT("paused"),
    [WEBHOOK_DISABLED] = MCP_STR_INIT("disabled"),
};

mcp_str webhook_format_name(enum webhook_format f)
{
    return FORMATS[f];
}

mcp_str webhook_state_name(enum webhook_state s)
{
    return STATES[s];
}

/* ---- The record ---- */

bool webhook_decode(mcp_str value, uint8_t version, struct webhook *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    record_get_bytes(&r, ret->id, sizeof(ret->id));
    ret->format = (enum webhook_format)record_get_u8(&r);
    ret->state = (enum webhook_state)record_get_u8(&r);
    ret->least = (enum alert_level)record_get_u8(&r);
    ret->created_ms = record_get_i64(&r);
    ret->state_ms = record_get_i64(&r);
    ret->last_ms = record_get_i64(&r);
    ret->last_status = record_get_u32(&r);
    ret->overlap_until_ms = record_get_i64(&r);
    ret->name = record_get_str(&r);
    ret->shown = record_get_str(&r);
    ret->reason = record_get_str(&r);
    ret->url = record_get_str(&r);
    ret->secret = record_get_str(&r);
    ret->previous = record_get_str(&r);
    return version == WEBHOOK_VERSION && record_done(&r) && ret->format <= WEBHOOK_SLACK &&
           ret->state <= WEBHOOK_DISABLED && ret->least >= ALERT_LOW &&
           ret->least <= ALERT_CRITICAL && ret->name.len <= NAME_BYTES_MAX &&
           ret->shown.len <= WEBHOOK_SHOWN_MAX && ret->reason.len <= WEBHOOK_REASON_MAX &&
           ret->url.len <= SEALED_MAX && ret->secret.len <= WEBHOOK_SECRET_TEXT + SEAL_MORE &&
           ret->previous.len <= WEBHOOK_SECRET_TEXT + SEAL_MORE;
}

mcp_str webhook_encode(const struct webhook *w, char memory[WEBHOOK_RECORD_MAX])
{
    struct record_writer r;

    record_writer_init(&r, memory, WEBHOOK_RECORD_MAX);
    record_put_bytes(&r, w->id, sizeof(w->id));
    record_put_u8(&r, (uint8_t)w->format);
    record_put_u8(&r, (uint8_t)w->state);
    record_put_u8(&r, (uint8_t)w->least);
    record_put_i64(&r, w->created_ms);
    record_put_i64(&r, w->state_ms);
    record_put_i64(&r, w->last_ms);
    record_put_u32(&r, w->last_status);
    record_put_i64(&r, w->overlap_until_ms);
    record_put_str(&r, w->name);
    record_put_str(&r, w->shown);
    record_put_str(&r, w->reason);
    record_put_str(&r, w->url);
    record_put_str(&r, w->secret);
    record_put_str(&r, w->previous);
    return record_writer_str(&r);
}

/* ---- URLs and secrets ---- */

/* Bytes of scheme, host and port. */
static size_t origin_bytes(mcp_str url)
{
    size_t at = mcp_str_starts(url, MCP_STR("https://")) ? 8 : 7;

    while (at < url.len && !strchr("/?#", url.ptr[at])) {
        at++;
    }
    return at;
}

const char *webhook_check_url(mcp_str url)
{
    const char *why =
        url.len > WEBHOOK_URL_MAX ? "is longer than 2,048 bytes" : name_check_url(url);

    if (!why && memchr(url.ptr, '@', origin_bytes(url))) {
        why = "holds user information";
    }
    if (!why && memchr(url.ptr, '#', url.len)) {
        why = "holds a fragment";
    }
    return !why && origin_bytes(url) > WEBHOOK_SHOWN_MAX - 16 ? "names a host that is too long"
                                                              : why;
}

mcp_str webhook_show_url(mcp_str url, char out[WEBHOOK_SHOWN_MAX])
{
    size_t n = origin_bytes(url);

    n = n < WEBHOOK_SHOWN_MAX - 16 ? n : WEBHOOK_SHOWN_MAX - 16;
    memcpy(out, url.ptr, n);
    if (url.len > n + 1) {
        memcpy(out + n, "/...", 4);
        n += 4;
    }
    if (url.len > n + 16) { /* four of so many characters give nothing away */
        memcpy(out + n, url.ptr + url.len - 4, 4);
        n += 4;
    }
    return mcp_str_n(out, n);
}

bool webhook_is_slack(mcp_str url)
{
    return mcp_str_starts(url, MCP_STR("https://hooks.slack.com/")) ||
           mcp_str_starts(url, MCP_STR("https://hooks.slack-gov.com/"));
}

mcp_str webhook_make_secret(char out[WEBHOOK_SECRET_TEXT])
{
    uint8_t bytes[WEBHOOK_SECRET_BYTES];
    char text[45];

    randombytes_buf(bytes, sizeof(bytes));
    sodium_bin2base64(text, sizeof(text), bytes, sizeof(bytes), sodium_base64_VARIANT_ORIGINAL);
    memcpy(out, "whsec_", 6);
    memcpy(out + 6, text, 44);
    sodium_memzero(bytes, sizeof(bytes));
    sodium_memzero(text, sizeof(text));
    return mcp_str_n(out, WEBHOOK_SECRET_TEXT);
}

/* ---- Finding ---- */

static mcp_err keep(struct webhook_found *to, mcp_str key, mcp_str value, uint8_t version)
{
    if (value.len > sizeof(to->memory)) {
        return MCP_E_STORAGE;
    }
    memcpy(to->memory, value.ptr, value.len);
    to->sequence = key_get_sequence(key);
    return webhook_decode(mcp_str_n(to->memory, value.len), version, &to->w) ? MCP_OK
                                                                             : MCP_E_STORAGE;
}

mcp_err webhook_get(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                    struct webhook_found *ret)
{
    struct key key = key_sequence(KEY_WEBHOOK, owner, sequence);
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, &version);

    return err ? err : keep(ret, key_str(&key), value, version);
}

struct find_op {
    mcp_str name;
    bool has_id;
    uint8_t id[16];
    bool is_found;
    struct webhook_found *ret;
};

static mcp_err find_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct find_op *op = arg;
    struct webhook w;

    if (!webhook_decode(value, version, &w)) {
        return MCP_E_STORAGE;
    }
    if (!mcp_str_eq_nocase(w.name, op->name) &&
        !(op->has_id && memcmp(w.id, op->id, sizeof(w.id)) == 0)) {
        return MCP_OK;
    }
    mcp_err err = keep(op->ret, key, value, version);

    op->is_found = true;
    return err ? err : MCP_PENDING;
}

mcp_err webhook_find(struct store_txn *txn, uint64_t owner, mcp_str which,
                     struct webhook_found *ret)
{
    struct find_op op = {.name = which, .ret = ret};
    struct key low = key_owned(KEY_WEBHOOK, owner);

    op.has_id = name_id_parse(which, op.id);
    mcp_err err =
        store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false, WEBHOOKS_MAX, find_row, &op);

    return err ? err : op.is_found ? MCP_OK : MCP_E_NOT_FOUND;
}

/* ---- Changing ---- */

mcp_err webhook_save(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                     const struct webhook *w)
{
    struct key key = key_sequence(KEY_WEBHOOK, owner, sequence);
    char memory[WEBHOOK_RECORD_MAX];

    return store_put(txn, key_str(&key), webhook_encode(w, memory), WEBHOOK_VERSION);
}

mcp_err webhook_put(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                    const struct webhook *w)
{
    struct webhook_found other;
    mcp_err err = webhook_find(txn, owner, w->name, &other);

    if (!err && other.sequence != sequence) {
        return MCP_E_CONFLICT;
    }
    return err && err != MCP_E_NOT_FOUND ? err : webhook_save(txn, owner, sequence, w);
}

mcp_err webhook_add(struct store_txn *txn, uint64_t owner, const struct webhook *w)
{
    struct outbox_count n;
    mcp_err err = outbox_count_get(txn, owner, &n);

    if (!err && n.webhooks >= WEBHOOKS_MAX) {
        return MCP_E_REFUSED;
    }
    if (err) {
        return err;
    }
    uint64_t sequence = n.next_webhook++;

    n.webhooks++;
    err = webhook_put(txn, owner, sequence, w);
    return err ? err : outbox_count_put(txn, owner, &n);
}

mcp_err webhook_remove(struct store_txn *txn, uint64_t owner, uint64_t sequence)
{
    struct key key = key_sequence(KEY_WEBHOOK, owner, sequence);
    struct outbox_count n;
    mcp_err err = outbox_count_get(txn, owner, &n);

    if (err) {
        return err;
    }
    n.webhooks -= n.webhooks ? 1 : 0;
    err = store_del(txn, key_str(&key));
    return err ? err : outbox_count_put(txn, owner, &n);
}

struct takers_op {
    enum alert_level level;
    struct webhook_takers *ret;
};

static mcp_err taker_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct takers_op *op = arg;
    struct webhook w;

    if (!webhook_decode(value, version, &w)) {
        return MCP_E_STORAGE;
    }
    if (w.state != WEBHOOK_DISABLED && w.least <= op->level) {
        op->ret->sequences[op->ret->n++] = key_get_sequence(key);
    }
    return MCP_OK;
}

mcp_err webhook_takers(struct store_txn *txn, uint64_t owner, enum alert_level level,
                       struct webhook_takers *ret)
{
    struct takers_op op = {level, ret};
    struct key low = key_owned(KEY_WEBHOOK, owner);

    ret->n = 0;
    return store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false, WEBHOOKS_MAX, taker_row, &op);
}
