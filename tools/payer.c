/* tools/payer.c - see payer.h. */
#include <tools/payer.h>

#include <store/record.h>

/* ---- Who pays ---- */

bool payer_decode(mcp_str value, uint8_t version, struct payer *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    ret->at_ms = record_get_i64(&r);
    ret->customer = record_get_str(&r);
    ret->method = record_get_str(&r);
    return version == PAYER_VERSION && record_done(&r) && ret->customer.len >= 1 &&
           ret->customer.len <= PAYMENT_ID_MAX && ret->method.len >= 1 &&
           ret->method.len <= PAYMENT_ID_MAX;
}

mcp_err payer_get(struct store_txn *txn, uint64_t owner, char memory[PAYER_RECORD_MAX],
                  struct payer *ret)
{
    struct key key = key_owned(KEY_PAYER, owner);
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, &version);

    if (err) {
        return err;
    }
    if (value.len > PAYER_RECORD_MAX) {
        return MCP_E_STORAGE;
    }
    memcpy(memory, value.ptr, value.len);
    return payer_decode(mcp_str_n(memory, value.len), version, ret) ? MCP_OK : MCP_E_STORAGE;
}

mcp_err payer_put(struct store_txn *txn, uint64_t owner, const struct payer *p)
{
    struct key key = key_owned(KEY_PAYER, owner);
    uint8_t memory[PAYER_RECORD_MAX];
    struct record_writer w;

    record_writer_init(&w, memory, sizeof(memory));
    record_put_i64(&w, p->at_ms);
    record_put_str(&w, p->customer);
    record_put_str(&w, p->method);
    return store_put(txn, key_str(&key), record_writer_str(&w), PAYER_VERSION);
}

mcp_err payer_del(struct store_txn *txn, uint64_t owner)
{
    struct key key = key_owned(KEY_PAYER, owner);

    return store_del(txn, key_str(&key));
}

/* ---- Charges ---- */

static struct key charge_key(const struct key_once *c)
{
    struct key key = key_once(c); /* the same parts in the same order */

    key.bytes[0] = KEY_CHARGE;
    return key;
}

mcp_err charge_put(struct store_txn *txn, const struct key_once *c)
{
    struct key key = charge_key(c);

    return store_put(txn, key_str(&key), MCP_STR(""), PAYER_VERSION);
}

mcp_err charge_del(struct store_txn *txn, const struct key_once *c)
{
    struct key key = charge_key(c);

    return store_del(txn, key_str(&key));
}

struct next {
    struct key_once at;
    bool is_there;
};

static mcp_err next_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct next *next = arg;

    (void)value, (void)version;
    if (key.len != KEY_ONCE_AT_BYTES) {
        return MCP_E_STORAGE;
    }
    next->at = key_get_once(key);
    next->is_there = true;
    return MCP_OK;
}

mcp_err charge_next(struct store_txn *txn, int64_t now_ms, struct key_once *ret)
{
    struct key low = {.bytes = {KEY_CHARGE}, .len = 1};
    struct key high = charge_key(&(struct key_once){.at_ms = now_ms + 1});
    struct next next = {.is_there = false};
    mcp_err err = store_scan(txn, key_str(&low), key_str(&high), false, 1, next_row, &next);

    *ret = next.at;
    return err ? err : next.is_there ? MCP_OK : MCP_E_NOT_FOUND;
}
