/* tools/usage_feed.c - see usage_feed.h. */
#include <tools/usage_feed.h>

#include <tools/key.h>

#include <store/record.h>

#include <sodium.h>

static struct key feed_key(uint64_t owner, mcp_str name)
{
    uint8_t hash[16];

    crypto_generichash(hash, sizeof(hash), (const uint8_t *)name.ptr, name.len, NULL, 0);
    return key_id(KEY_USAGE_FEED, owner, hash);
}

bool usage_feed_decode(mcp_str value, uint8_t version, struct usage_feed *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    ret->at_ms = record_get_i64(&r);
    ret->recorded = record_get_u64(&r);
    ret->name = record_get_str(&r);
    ret->place = record_get_str(&r);
    return version == USAGE_FEED_VERSION && record_done(&r) && ret->at_ms >= 0 && ret->name.len;
}

mcp_err usage_feed_get(struct store_txn *txn, uint64_t owner, mcp_str name,
                       char memory[USAGE_FEED_RECORD_MAX], struct usage_feed *ret)
{
    struct key key = feed_key(owner, name);
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, &version);

    *ret = (struct usage_feed){.name = name};
    if (err) {
        return err;
    }
    if (value.len > USAGE_FEED_RECORD_MAX) {
        return MCP_E_STORAGE;
    }
    memcpy(memory, value.ptr, value.len);
    return usage_feed_decode(mcp_str_n(memory, value.len), version, ret) ? MCP_OK : MCP_E_STORAGE;
}

/* ---- Room ---- */

struct room_op {
    size_t n;
    int64_t oldest_ms;
    struct key oldest;
};

static mcp_err room_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct room_op *op = arg;
    struct usage_feed f;

    if (!usage_feed_decode(value, version, &f) || key.len != KEY_ID_BYTES) {
        return MCP_E_STORAGE;
    }
    if (op->n++ == 0 || f.at_ms < op->oldest_ms) {
        op->oldest_ms = f.at_ms;
        memcpy(op->oldest.bytes, key.ptr, key.len);
        op->oldest.len = (uint8_t)key.len;
    }
    return MCP_OK;
}

static mcp_err make_room(struct store_txn *txn, uint64_t owner)
{
    struct key low = key_owned(KEY_USAGE_FEED, owner);
    struct room_op op = {.n = 0};
    mcp_err err =
        store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false, USAGE_FEEDS_MAX, room_row, &op);

    return err || op.n < USAGE_FEEDS_MAX ? err : store_del(txn, key_str(&op.oldest));
}

mcp_err usage_feed_put(struct store_txn *txn, uint64_t owner, const struct usage_feed *f,
                       bool is_new)
{
    struct key key = feed_key(owner, f->name);
    char memory[USAGE_FEED_RECORD_MAX];
    struct record_writer w;
    mcp_err err = is_new ? make_room(txn, owner) : MCP_OK;

    record_writer_init(&w, memory, sizeof(memory));
    record_put_i64(&w, f->at_ms);
    record_put_u64(&w, f->recorded);
    record_put_str(&w, f->name);
    record_put_str(&w, f->place);
    return err ? err : store_put(txn, key_str(&key), record_writer_str(&w), USAGE_FEED_VERSION);
}
