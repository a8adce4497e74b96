/* tools/source_row.c - see source_row.h. */
#include <tools/source_row.h>

#include <tools/key.h>

#include <store/record.h>

enum { IS_OFF = 1 };

bool source_decode(mcp_str value, uint8_t version, struct source *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    uint8_t flags = record_get_u8(&r);

    ret->is_off = (flags & IS_OFF) != 0;
    ret->every_ms = record_get_i64(&r);
    ret->due_ms = record_get_i64(&r);
    ret->polled_ms = record_get_i64(&r);
    ret->read_ms = record_get_i64(&r);
    ret->failures = record_get_u32(&r);
    ret->claim = record_get_u64(&r);
    ret->template_id = record_get_str(&r);
    ret->definition = record_get_str(&r);
    ret->host = record_get_str(&r);
    ret->account = record_get_str(&r);
    ret->secret = record_get_str(&r);
    ret->reason = record_get_str(&r);
    return version == SOURCE_VERSION && record_done(&r) && flags <= IS_OFF && ret->due_ms >= 0 &&
           ret->every_ms >= SOURCE_EVERY_MIN_MS && ret->every_ms <= SOURCE_EVERY_MAX_MS &&
           ret->template_id.len <= SOURCE_ID_MAX &&
           ret->definition.len <= SOURCE_DEFINITION_MAX + SEAL_MORE &&
           ret->host.len <= SOURCE_HOST_MAX && ret->account.len <= SOURCE_ACCOUNT_MAX &&
           ret->secret.len <= SOURCE_SECRET_MAX + SEAL_MORE && ret->reason.len < SOURCE_WHY &&
           !ret->template_id.len == (ret->definition.len > 0);
}

mcp_str source_encode(const struct source *s, char memory[SOURCE_RECORD_MAX])
{
    struct record_writer w;

    record_writer_init(&w, memory, SOURCE_RECORD_MAX);
    record_put_u8(&w, s->is_off ? IS_OFF : 0);
    record_put_i64(&w, s->every_ms);
    record_put_i64(&w, s->due_ms);
    record_put_i64(&w, s->polled_ms);
    record_put_i64(&w, s->read_ms);
    record_put_u32(&w, s->failures);
    record_put_u64(&w, s->claim);
    record_put_str(&w, s->template_id);
    record_put_str(&w, s->definition);
    record_put_str(&w, s->host);
    record_put_str(&w, s->account);
    record_put_str(&w, s->secret);
    record_put_str(&w, s->reason);
    return record_writer_str(&w);
}

mcp_err source_get(struct store_txn *txn, uint64_t owner, uint64_t connection,
                   struct source_found *ret)
{
    struct key key = key_sequence(KEY_SOURCE, owner, connection);
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, &version);

    if (err || value.len > sizeof(ret->memory)) {
        return err ? err : MCP_E_STORAGE;
    }
    memcpy(ret->memory, value.ptr, value.len);
    return source_decode(mcp_str_n(ret->memory, value.len), version, &ret->s) ? MCP_OK
                                                                              : MCP_E_STORAGE;
}

static struct key due_of(uint64_t owner, uint64_t connection, const struct source *s)
{
    return key_poll(&(struct key_poll){s->due_ms, owner, connection});
}

mcp_err source_put(struct store_txn *txn, uint64_t owner, uint64_t connection,
                   const struct source *before, const struct source *after)
{
    struct key key = key_sequence(KEY_SOURCE, owner, connection);
    struct key due = due_of(owner, connection, after);
    char memory[SOURCE_RECORD_MAX];
    mcp_err err = MCP_OK;

    if (before && !before->is_off) {
        struct key old = due_of(owner, connection, before);

        err = store_del(txn, key_str(&old));
    }
    if (!err && !after->is_off) {
        err = store_put(txn, key_str(&due), MCP_STR(""), SOURCE_VERSION);
    }
    return err ? err : store_put(txn, key_str(&key), source_encode(after, memory), SOURCE_VERSION);
}

mcp_err source_remove(struct store_txn *txn, uint64_t owner, uint64_t connection)
{
    struct key key = key_sequence(KEY_SOURCE, owner, connection);
    struct source_found f;
    mcp_err err = source_get(txn, owner, connection, &f);

    if (err) {
        return err == MCP_E_NOT_FOUND ? MCP_OK : err;
    }
    struct key due = due_of(owner, connection, &f.s);

    err = store_del(txn, key_str(&due));
    return err ? err : store_del(txn, key_str(&key));
}
