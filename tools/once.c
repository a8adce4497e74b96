/* tools/once.c - see once.h. */
#include <tools/once.h>

#include <tools/key.h>

#include <store/record.h>

#include <sodium.h>

void once_init(struct once *o, const uint8_t who[16], mcp_str tool, mcp_str key, mcp_str request)
{
    crypto_generichash_state state;

    *o = (struct once){.is_named = key.len != 0};
    crypto_generichash_init(&state, NULL, 0, sizeof(o->name));
    crypto_generichash_update(&state, who, 16);
    crypto_generichash_update(&state, (const uint8_t *)tool.ptr, tool.len);
    crypto_generichash_update(&state, (const uint8_t *)"", 1);
    crypto_generichash_update(&state, (const uint8_t *)key.ptr, key.len);
    crypto_generichash_final(&state, o->name, sizeof(o->name));
    crypto_generichash(o->print, sizeof(o->print), (const uint8_t *)request.ptr, request.len, NULL,
                       0);
}

bool once_decode(mcp_str value, uint8_t version, struct once_row *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    ret->at_ms = record_get_i64(&r);
    record_get_bytes(&r, ret->print, sizeof(ret->print));
    for (size_t i = 0; i < ONCE_SAID; i++) {
        ret->said[i] = record_get_u32(&r);
    }
    return version == ONCE_VERSION && record_done(&r) && ret->at_ms >= 0;
}

mcp_err once_get(struct store_txn *txn, uint64_t owner, struct once *o, int64_t now_ms)
{
    struct key key = key_id(KEY_ONCE, owner, o->name);
    struct once_row row;
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = o->is_named ? store_get(txn, key_str(&key), &value, &version) : MCP_E_NOT_FOUND;

    o->before_ms = 0;
    if (err) {
        return err;
    }
    if (!once_decode(value, version, &row)) {
        return MCP_E_STORAGE;
    }
    o->before_ms = row.at_ms;
    if (row.at_ms + ONCE_KEPT_MS < now_ms) {
        return MCP_E_NOT_FOUND;
    }
    memcpy(o->said, row.said, sizeof(o->said));
    return memcmp(row.print, o->print, sizeof(row.print)) == 0 ? MCP_OK : MCP_E_CONFLICT;
}

/* ---- Forgetting ---- */

struct old {
    struct key_once list[ONCE_STEP];
    size_t n;
};

static mcp_err old_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct old *old = arg;

    (void)value, (void)version;
    if (key.len != KEY_ONCE_AT_BYTES) {
        return MCP_E_STORAGE;
    }
    old->list[old->n++] = key_get_once(key);
    return MCP_OK;
}

static mcp_err forget(struct store_txn *txn, const struct key_once *k)
{
    struct key at = key_once(k), row = key_id(KEY_ONCE, k->owner, k->name);
    struct key answer = key_id(KEY_ONCE_ANSWER, k->owner, k->name);
    mcp_err err = store_del(txn, key_str(&at));

    err = err ? err : store_del(txn, key_str(&answer));
    return err ? err : store_del(txn, key_str(&row));
}

static mcp_err forget_old(struct store_txn *txn, int64_t now_ms)
{
    struct key low = {.bytes = {KEY_ONCE_AT}, .len = 1};
    struct key high = key_once(&(struct key_once){.at_ms = now_ms - ONCE_KEPT_MS});
    struct old old = {.n = 0};
    mcp_err err = now_ms < ONCE_KEPT_MS ? MCP_OK
                                        : store_scan(txn, key_str(&low), key_str(&high), false,
                                                     ONCE_STEP, old_row, &old);

    for (size_t i = 0; i < old.n && !err; i++) {
        err = forget(txn, &old.list[i]);
    }
    return err;
}

mcp_err once_put(struct store_txn *txn, uint64_t owner, const struct once *o, int64_t now_ms)
{
    struct key_once before = {o->before_ms, owner, {0}}, now = {now_ms, owner, {0}};
    struct key key = key_id(KEY_ONCE, owner, o->name), at;
    struct record_writer w;
    uint8_t memory[48];
    mcp_err err;

    if (!o->is_named) {
        return MCP_OK;
    }
    err = forget_old(txn, now_ms);
    memcpy(before.name, o->name, sizeof(before.name));
    memcpy(now.name, o->name, sizeof(now.name));
    if (!err && o->before_ms) {
        err = forget(txn, &before);
    }
    at = key_once(&now);
    err = err ? err : store_put(txn, key_str(&at), MCP_STR(""), ONCE_VERSION);
    record_writer_init(&w, memory, sizeof(memory));
    record_put_i64(&w, now_ms);
    record_put_bytes(&w, o->print, sizeof(o->print));
    for (size_t i = 0; i < ONCE_SAID; i++) {
        record_put_u32(&w, o->said[i]);
    }
    return err ? err : store_put(txn, key_str(&key), record_writer_str(&w), ONCE_VERSION);
}

mcp_err once_keep(struct store_txn *txn, uint64_t owner, const struct once *o, mcp_str answer)
{
    struct key key = key_id(KEY_ONCE_ANSWER, owner, o->name);

    return o->is_named ? store_put(txn, key_str(&key), answer, ONCE_VERSION) : MCP_OK;
}

mcp_err once_kept(struct store_txn *txn, uint64_t owner, const struct once *o,
                  char out[ONCE_ANSWER_MAX], mcp_str *ret)
{
    struct key key = key_id(KEY_ONCE_ANSWER, owner, o->name);
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, NULL);

    if (err || value.len > ONCE_ANSWER_MAX) {
        return MCP_E_STORAGE;
    }
    memcpy(out, value.ptr, value.len);
    *ret = mcp_str_n(out, value.len);
    return MCP_OK;
}

mcp_err once_forget(struct store_txn *txn, uint64_t owner, const struct once *o, int64_t at_ms)
{
    struct key_once k = {at_ms, owner, {0}};

    memcpy(k.name, o->name, sizeof(k.name));
    return o->is_named ? forget(txn, &k) : MCP_OK;
}
