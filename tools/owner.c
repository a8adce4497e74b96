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
    ret->n_pools = version == OWNER_VERSION ? record_get_u32(&r) : 0;
    return version >= 1 && version <= OWNER_VERSION && record_done(&r);
}

struct counting {
    uint32_t n;
    bool is_bare; /* the connection at hand has no pool so far */
};

static mcp_err count_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct counting *c = arg;
    bool is_connection = key.len == KEY_SEQUENCE_BYTES;

    (void)value, (void)version;
    c->n += is_connection || !c->is_bare;
    c->is_bare = is_connection;
    return MCP_OK;
}

static mcp_err count_pools(struct store_txn *txn, uint64_t owner, uint32_t *ret)
{
    struct key low = key_owned(KEY_CONNECTION, owner);
    struct counting c = {0};
    mcp_err err =
        store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false, STORE_SCAN_MAX, count_row, &c);

    *ret = c.n;
    return err;
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
    if (err) {
        return err;
    }
    if (!owner_decode(value, version, ret)) {
        return MCP_E_STORAGE;
    }
    return version < OWNER_VERSION ? count_pools(txn, owner, &ret->n_pools) : MCP_OK;
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
    record_put_u32(&w, o->n_pools);
    return store_put(txn, key_str(&key), record_writer_str(&w), OWNER_VERSION);
}
