/* tools/owner.c - see owner.h. */
#include <tools/owner.h>

#include <tools/key.h>

#include <store/record.h>

bool owner_decode(mcp_str value, uint8_t version, struct owner *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    ret->next_token = record_get_u64(&r);
    ret->next_connection = record_get_u64(&r);
    ret->n_tokens = record_get_u32(&r);
    ret->n_connections = record_get_u32(&r);
    return version == OWNER_VERSION && record_done(&r);
}

mcp_err owner_get(struct store_txn *txn, uint64_t owner, struct owner *ret)
{
    struct key key = key_owned(KEY_OWNER, owner);
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, &version);

    if (err == MCP_E_NOT_FOUND) {
        *ret = (struct owner){0};
        return MCP_OK;
    }
    return err ? err : owner_decode(value, version, ret) ? MCP_OK : MCP_E_STORAGE;
}

mcp_err owner_put(struct store_txn *txn, uint64_t owner, const struct owner *o)
{
    struct key key = key_owned(KEY_OWNER, owner);
    struct record_writer w;
    uint8_t memory[32];

    record_writer_init(&w, memory, sizeof(memory));
    record_put_u64(&w, o->next_token);
    record_put_u64(&w, o->next_connection);
    record_put_u32(&w, o->n_tokens);
    record_put_u32(&w, o->n_connections);
    return store_put(txn, key_str(&key), record_writer_str(&w), OWNER_VERSION);
}
