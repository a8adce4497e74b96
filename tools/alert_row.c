/* tools/alert_row.c - see alert_row.h. */
#include <tools/alert_row.h>

#include <tools/connection.h>
#include <tools/key.h>

enum {
    LINE_MAX = 2 + NAME_BYTES_MAX + 2 + POOL_UNIT_MAX + 16,
    LINES_MAX = CONNECTION_POOLS_MAX * LINE_MAX,
    LAST_MONTH = 9999 * 12 + 11
};

static const mcp_str KINDS[] = {
    [ALERT_POOL] = MCP_STR_INIT("pool"),   [ALERT_KEY] = MCP_STR_INIT("key"),
    [ALERT_TEST] = MCP_STR_INIT("test"),   [ALERT_WEBHOOK] = MCP_STR_INIT("webhook"),
    [ALERT_USAGE] = MCP_STR_INIT("usage"), [ALERT_ACCOUNT] = MCP_STR_INIT("account"),
};
static const mcp_str FATES[] = {
    [ALERT_PENDING] = MCP_STR_INIT("pending"),       [ALERT_SENT] = MCP_STR_INIT("sent"),
    [ALERT_UNSENT] = MCP_STR_INIT("unsent"),         [ALERT_WITHDRAWN] = MCP_STR_INIT("withdrawn"),
    [ALERT_SUPERSEDED] = MCP_STR_INIT("superseded"),
};

mcp_str alert_kind_name(enum alert_kind k)
{
    return KINDS[k];
}

mcp_str alert_fate_name(enum alert_fate f)
{
    return FATES[f];
}

mcp_str alert_subject(const struct alert *a, char out[NAME_ID_BYTES])
{
    if (a->kind != ALERT_USAGE) {
        return name_id_format(a->subject_id, out);
    }
    memcpy(out, a->subject_id, sizeof(a->subject_id));
    return mcp_str_n(out, strnlen(out, sizeof(a->subject_id)));
}

/* ---- The record ---- */

static bool is_sound(const struct alert *a)
{
    mcp_str lines = a->lines;
    struct alert_line line;
    size_t n = 0;

    while (alert_line_next(&lines, &line)) {
        n++;
    }
    return lines.len == 0 && n <= CONNECTION_POOLS_MAX && a->kind >= ALERT_POOL &&
           a->kind <= ALERT_ACCOUNT &&
           (a->kind != ALERT_USAGE || (n == 1 && a->month <= LAST_MONTH)) &&
           a->level >= ALERT_LOW && a->level <= ALERT_CRITICAL && a->fate <= ALERT_SUPERSEDED &&
           a->subject.len <= NAME_BYTES_MAX && a->detail.len <= NAME_BYTES_MAX &&
           a->topup_url.len <= CONNECTION_URL_MAX;
}

bool alert_decode(mcp_str value, uint8_t version, struct alert *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    record_get_bytes(&r, ret->id, sizeof(ret->id));
    ret->kind = (enum alert_kind)record_get_u8(&r);
    ret->level = (enum alert_level)record_get_u8(&r);
    ret->fate = (enum alert_fate)record_get_u8(&r);
    ret->created_ms = record_get_i64(&r);
    ret->fate_ms = record_get_i64(&r);
    uint64_t place = record_get_u64(&r);

    ret->connection = ret->kind == ALERT_USAGE ? 0 : place;
    ret->month = ret->kind == ALERT_USAGE ? (int32_t)(place >> 32 & INT32_MAX) : 0;
    ret->percent = ret->kind == ALERT_USAGE ? (uint32_t)place : 0;
    record_get_bytes(&r, ret->subject_id, sizeof(ret->subject_id));
    ret->first_delivery = record_get_u64(&r);
    ret->n_deliveries = record_get_u32(&r);
    ret->expires_ms = record_get_i64(&r);
    ret->subject = record_get_str(&r);
    ret->detail = record_get_str(&r);
    ret->topup_url = record_get_str(&r);
    ret->lines = record_get_str(&r);
    return version == ALERT_VERSION && record_done(&r) && is_sound(ret);
}

mcp_str alert_encode(const struct alert *a, char *memory)
{
    struct record_writer w;

    record_writer_init(&w, memory, ALERT_RECORD_MAX);
    record_put_bytes(&w, a->id, sizeof(a->id));
    record_put_u8(&w, (uint8_t)a->kind);
    record_put_u8(&w, (uint8_t)a->level);
    record_put_u8(&w, (uint8_t)a->fate);
    record_put_i64(&w, a->created_ms);
    record_put_i64(&w, a->fate_ms);
    record_put_u64(&w, a->kind == ALERT_USAGE ? (uint64_t)(uint32_t)a->month << 32 | a->percent
                                              : a->connection);
    record_put_bytes(&w, a->subject_id, sizeof(a->subject_id));
    record_put_u64(&w, a->first_delivery);
    record_put_u32(&w, a->n_deliveries);
    record_put_i64(&w, a->expires_ms);
    record_put_str(&w, a->subject);
    record_put_str(&w, a->detail);
    record_put_str(&w, a->topup_url);
    record_put_str(&w, a->lines);
    return record_writer_str(&w);
}

void alert_line_put(struct record_writer *w, const struct alert_line *line)
{
    record_put_str(w, line->label);
    record_put_str(w, line->unit);
    record_put_i64(w, line->balance_micro);
    record_put_i64(w, line->threshold_micro);
}

bool alert_line_next(mcp_str *lines, struct alert_line *ret)
{
    struct record_reader r;

    record_reader_init(&r, *lines);
    ret->label = record_get_str(&r);
    ret->unit = record_get_str(&r);
    ret->balance_micro = record_get_i64(&r);
    ret->threshold_micro = record_get_i64(&r);
    if (r.failed || ret->label.len > NAME_BYTES_MAX || ret->unit.len > POOL_UNIT_MAX) {
        return false;
    }
    *lines = mcp_str_n((const char *)r.at, (size_t)(r.end - r.at));
    return true;
}

mcp_err alert_get(struct store_txn *txn, uint64_t owner, uint64_t sequence, struct alert_found *ret)
{
    struct key key = key_sequence(KEY_ALERT, owner, sequence);
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, &version);

    if (err || value.len > sizeof(ret->memory)) {
        return err ? err : MCP_E_STORAGE;
    }
    memcpy(ret->memory, value.ptr, value.len);
    return alert_decode(mcp_str_n(ret->memory, value.len), version, &ret->a) ? MCP_OK
                                                                             : MCP_E_STORAGE;
}

mcp_err alert_put(struct store_txn *txn, uint64_t owner, uint64_t sequence, const struct alert *a)
{
    struct key key = key_sequence(KEY_ALERT, owner, sequence);
    char memory[ALERT_RECORD_MAX];

    return store_put(txn, key_str(&key), alert_encode(a, memory), ALERT_VERSION);
}

/* ---- The state of a connection ---- */

bool alert_standing_decode(mcp_str value, uint8_t version, struct alert_standing *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    ret->state.level = (enum alert_level)record_get_u8(&r);
    ret->state.pending = (enum alert_level)record_get_u8(&r);
    ret->state.down = record_get_u64(&r);
    ret->state.once = record_get_u64(&r);
    uint8_t has_alert = record_get_u8(&r);

    ret->has_alert = has_alert != 0;
    ret->alert = record_get_u64(&r);
    return version == ALERT_STATE_VERSION && record_done(&r) &&
           ret->state.level <= ALERT_CRITICAL && ret->state.pending <= ALERT_CRITICAL &&
           (ret->state.pending == ALERT_NONE || ret->state.pending > ret->state.level) &&
           (ret->state.once & ~ret->state.down) == 0 && has_alert < 2;
}

mcp_err alert_standing_get(struct store_txn *txn, uint64_t owner, uint64_t connection,
                           struct alert_standing *ret)
{
    struct key key = key_sequence(KEY_ALERT_STATE, owner, connection);
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, &version);

    if (err == MCP_E_NOT_FOUND) {
        *ret = (struct alert_standing){0};
        return MCP_OK;
    }
    return err || alert_standing_decode(value, version, ret) ? err : MCP_E_STORAGE;
}

mcp_err alert_standing_put(struct store_txn *txn, uint64_t owner, uint64_t connection,
                           const struct alert_standing *s)
{
    struct key key = key_sequence(KEY_ALERT_STATE, owner, connection);
    struct record_writer w;
    uint8_t memory[32];

    if (s->state.level == ALERT_NONE && s->state.pending == ALERT_NONE && s->state.down == 0 &&
        !s->has_alert) {
        return store_del(txn, key_str(&key));
    }
    record_writer_init(&w, memory, sizeof(memory));
    record_put_u8(&w, (uint8_t)s->state.level);
    record_put_u8(&w, (uint8_t)s->state.pending);
    record_put_u64(&w, s->state.down);
    record_put_u64(&w, s->state.once);
    record_put_u8(&w, s->has_alert);
    record_put_u64(&w, s->alert);
    return store_put(txn, key_str(&key), record_writer_str(&w), ALERT_STATE_VERSION);
}
