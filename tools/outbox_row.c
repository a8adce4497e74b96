/* tools/outbox_row.c - see outbox_row.h. */
#include <tools/outbox_row.h>

#include <tools/key.h>
#include <tools/mail_row.h>

#include <store/record.h>

enum { IS_TEST = 1 };

static const mcp_str STATES[] = {
    [DELIVERY_QUEUED] = MCP_STR_INIT("queued"),
    [DELIVERY_CLAIMED] = MCP_STR_INIT("sending"),
    [DELIVERY_DONE] = MCP_STR_INIT("delivered"),
    [DELIVERY_CANCELLED] = MCP_STR_INIT("cancelled"),
};
static const mcp_str REASONS[] = {
    [DELIVERY_NO_REASON] = MCP_STR_INIT(""),
    [DELIVERY_HEALED] = MCP_STR_INIT("healed"),
    [DELIVERY_SUPERSEDED] = MCP_STR_INIT("superseded"),
    [DELIVERY_MUTED] = MCP_STR_INIT("muted"),
    [DELIVERY_GONE] = MCP_STR_INIT("gone"),
    [DELIVERY_FAILED] = MCP_STR_INIT("failed"),
};

mcp_str delivery_state_name(enum delivery_state s)
{
    return STATES[s];
}

mcp_str delivery_reason_name(enum delivery_reason r)
{
    return REASONS[r];
}

/* ---- The record ---- */

static void get_attempts(struct record_reader *r, struct delivery *ret)
{
    ret->n_kept = record_get_u8(r);
    if (ret->n_kept > DELIVERY_ATTEMPTS_MAX) {
        r->failed = true;
        ret->n_kept = 0;
    }
    for (size_t i = 0; i < ret->n_kept; i++) {
        ret->attempts[i].at_ms = record_get_i64(r);
        ret->attempts[i].took_ms = record_get_u32(r);
        ret->attempts[i].status = record_get_u32(r);
    }
}

bool delivery_decode(mcp_str value, uint8_t version, struct delivery *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    record_get_bytes(&r, ret->id, sizeof(ret->id));
    ret->webhook = record_get_u64(&r);
    ret->alert = record_get_u64(&r);
    ret->state = (enum delivery_state)record_get_u8(&r);
    ret->reason = (enum delivery_reason)record_get_u8(&r);
    uint8_t flags = record_get_u8(&r);

    ret->is_test = (flags & IS_TEST) != 0;
    ret->tries = record_get_u32(&r);
    ret->n_attempts = record_get_u32(&r);
    ret->created_ms = record_get_i64(&r);
    ret->due_ms = record_get_i64(&r);
    ret->claim = record_get_u64(&r);
    get_attempts(&r, ret);
    ret->note = record_get_str(&r);
    return version == DELIVERY_VERSION && record_done(&r) && flags <= IS_TEST &&
           ret->state <= DELIVERY_CANCELLED && ret->reason <= DELIVERY_FAILED && ret->due_ms >= 0 &&
           ret->note.len <= DELIVERY_NOTE_MAX;
}

mcp_str delivery_encode(const struct delivery *d, char memory[DELIVERY_RECORD_MAX])
{
    struct record_writer w;

    record_writer_init(&w, memory, DELIVERY_RECORD_MAX);
    record_put_bytes(&w, d->id, sizeof(d->id));
    record_put_u64(&w, d->webhook);
    record_put_u64(&w, d->alert);
    record_put_u8(&w, (uint8_t)d->state);
    record_put_u8(&w, (uint8_t)d->reason);
    record_put_u8(&w, d->is_test ? IS_TEST : 0);
    record_put_u32(&w, d->tries);
    record_put_u32(&w, d->n_attempts);
    record_put_i64(&w, d->created_ms);
    record_put_i64(&w, d->due_ms);
    record_put_u64(&w, d->claim);
    record_put_u8(&w, (uint8_t)d->n_kept);
    for (size_t i = 0; i < d->n_kept; i++) {
        record_put_i64(&w, d->attempts[i].at_ms);
        record_put_u32(&w, d->attempts[i].took_ms);
        record_put_u32(&w, d->attempts[i].status);
    }
    record_put_str(&w, d->note);
    return record_writer_str(&w);
}

void delivery_add_attempt(struct delivery *d, const struct delivery_attempt *a)
{
    if (d->n_kept == DELIVERY_ATTEMPTS_MAX) {
        memmove(d->attempts, d->attempts + 1, sizeof(d->attempts) - sizeof(d->attempts[0]));
        d->n_kept--;
    }
    d->attempts[d->n_kept++] = *a;
    d->n_attempts++;
}

/* ---- Counters ---- */

bool outbox_count_decode(mcp_str value, uint8_t version, struct outbox_count *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    ret->next_webhook = record_get_u64(&r);
    ret->next_alert = record_get_u64(&r);
    ret->next_delivery = record_get_u64(&r);
    ret->webhooks = record_get_u32(&r);
    ret->alerts = record_get_u32(&r);
    ret->deliveries = record_get_u32(&r);
    ret->open = record_get_u32(&r);
    ret->thin_alert = version > 1 ? record_get_u64(&r) : 0;
    ret->thin_delivery = version > 1 ? record_get_u64(&r) : 0;
    return version >= 1 && version <= OUTBOX_COUNT_VERSION && record_done(&r);
}

mcp_err outbox_count_get(struct store_txn *txn, uint64_t owner, struct outbox_count *ret)
{
    struct key key = key_owned(KEY_OUTBOX, owner);
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, &version);

    if (err == MCP_E_NOT_FOUND) {
        *ret = (struct outbox_count){0};
        return MCP_OK;
    }
    return err || outbox_count_decode(value, version, ret) ? err : MCP_E_STORAGE;
}

mcp_err outbox_count_put(struct store_txn *txn, uint64_t owner, const struct outbox_count *n)
{
    struct key key = key_owned(KEY_OUTBOX, owner);
    struct record_writer w;
    uint8_t memory[56];

    record_writer_init(&w, memory, sizeof(memory));
    record_put_u64(&w, n->next_webhook);
    record_put_u64(&w, n->next_alert);
    record_put_u64(&w, n->next_delivery);
    record_put_u32(&w, n->webhooks);
    record_put_u32(&w, n->alerts);
    record_put_u32(&w, n->deliveries);
    record_put_u32(&w, n->open);
    record_put_u64(&w, n->thin_alert);
    record_put_u64(&w, n->thin_delivery);
    return store_put(txn, key_str(&key), record_writer_str(&w), OUTBOX_COUNT_VERSION);
}

/* ---- In the store ---- */

mcp_err delivery_get(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                     struct delivery_found *ret)
{
    struct key key = key_sequence(KEY_DELIVERY, owner, sequence);
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, &version);

    if (err || value.len > sizeof(ret->memory)) {
        return err ? err : MCP_E_STORAGE;
    }
    memcpy(ret->memory, value.ptr, value.len);
    ret->sequence = sequence;
    return delivery_decode(mcp_str_n(ret->memory, value.len), version, &ret->d) ? MCP_OK
                                                                                : MCP_E_STORAGE;
}

static struct key due_of(uint64_t owner, uint64_t sequence, const struct delivery *d)
{
    struct key_due due = {owner, d->webhook, d->due_ms, sequence};

    return key_due(&due);
}

static mcp_err put_record(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                          const struct delivery *d)
{
    struct key key = key_sequence(KEY_DELIVERY, owner, sequence);
    char memory[DELIVERY_RECORD_MAX];

    return store_put(txn, key_str(&key), delivery_encode(d, memory), DELIVERY_VERSION);
}

static mcp_err put_due(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                       const struct delivery *d)
{
    struct key due = due_of(owner, sequence, d);

    return store_put(txn, key_str(&due), MCP_STR(""), DELIVERY_VERSION);
}

mcp_err delivery_add(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                     const struct delivery *d)
{
    mcp_err err = put_record(txn, owner, sequence, d);

    return err ? err : put_due(txn, owner, sequence, d);
}

mcp_err delivery_put(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                     const struct delivery *before, const struct delivery *after,
                     struct outbox_count *n)
{
    bool was_open = delivery_is_open(before), is_open = delivery_is_open(after);
    bool has_moved = before->due_ms != after->due_ms;
    struct key due = due_of(owner, sequence, before);
    mcp_err err = put_record(txn, owner, sequence, after);

    if (!err && was_open && (!is_open || has_moved)) {
        err = store_del(txn, key_str(&due));
    }
    if (!err && is_open && (!was_open || has_moved)) {
        err = put_due(txn, owner, sequence, after);
    }
    if (!err && was_open && !is_open && delivery_is_mail(before)) {
        err = mail_forget(txn, owner, sequence);
    }
    n->open += is_open && !was_open;
    n->open -= was_open && !is_open && n->open;
    return err;
}
