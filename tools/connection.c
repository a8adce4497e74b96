/* tools/connection.c - see connection.h. */
#include <tools/connection.h>

#include <tools/alert_raise.h>
#include <tools/key.h>
#include <tools/owner.h>
#include <tools/source_row.h>

#include <store/record.h>

enum { HAS_LOW = 1, HAS_CRITICAL = 2, IS_DEMO = 4, IS_MUTED = 8, IS_PUSHED = 16, FLAGS_ALL = 31 };

mcp_str connection_status_name(enum pool_status s)
{
    return s == POOL_HEALTHY ? MCP_STR("active") : pool_status_name(s);
}

static bool is_connection_status(enum pool_status s)
{
    return s == POOL_HEALTHY || s == POOL_STALE || s == POOL_ERROR || s == POOL_DISCONNECTED;
}

bool connection_status_parse(mcp_str s, enum pool_status *ret)
{
    enum pool_status found = POOL_HEALTHY;

    if (!mcp_str_eq(s, MCP_STR("active")) &&
        (!pool_status_parse(s, &found) || found == POOL_HEALTHY || !is_connection_status(found))) {
        return false;
    }
    *ret = found;
    return true;
}

bool connection_decode(mcp_str value, uint8_t version, struct connection *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    record_get_bytes(&r, ret->id, sizeof(ret->id));
    ret->status = (enum pool_status)record_get_u8(&r);
    uint8_t flags = record_get_u8(&r);

    ret->is_demo = (flags & IS_DEMO) != 0;
    ret->is_muted = (flags & IS_MUTED) != 0;
    ret->is_pushed = (flags & IS_PUSHED) != 0;
    ret->thresholds =
        (struct pool_thresholds){(flags & HAS_LOW) != 0, (flags & HAS_CRITICAL) != 0, 0, 0};
    ret->thresholds.low_micro = record_get_i64(&r);
    ret->thresholds.critical_micro = record_get_i64(&r);
    ret->created_ms = record_get_i64(&r);
    ret->n_pools = record_get_u32(&r);
    ret->name = record_get_str(&r);
    ret->tool_id = record_get_str(&r);
    ret->tool_name = record_get_str(&r);
    ret->topup_url = record_get_str(&r);
    return version == CONNECTION_VERSION && record_done(&r) && flags <= FLAGS_ALL &&
           is_connection_status(ret->status) && ret->n_pools <= CONNECTION_POOLS_MAX &&
           ret->name.len <= NAME_BYTES_MAX && ret->tool_id.len <= NAME_SLUG_MAX &&
           ret->tool_name.len <= NAME_BYTES_MAX && ret->topup_url.len <= CONNECTION_URL_MAX;
}

mcp_str connection_encode(const struct connection *c, char memory[CONNECTION_RECORD_MAX])
{
    struct record_writer w;

    record_writer_init(&w, memory, CONNECTION_RECORD_MAX);
    record_put_bytes(&w, c->id, sizeof(c->id));
    record_put_u8(&w, (uint8_t)c->status);
    record_put_u8(&w, (uint8_t)((c->thresholds.has_low ? HAS_LOW : 0) |
                                (c->thresholds.has_critical ? HAS_CRITICAL : 0) |
                                (c->is_demo ? IS_DEMO : 0) | (c->is_muted ? IS_MUTED : 0) |
                                (c->is_pushed ? IS_PUSHED : 0)));
    record_put_i64(&w, c->thresholds.low_micro);
    record_put_i64(&w, c->thresholds.critical_micro);
    record_put_i64(&w, c->created_ms);
    record_put_u32(&w, c->n_pools);
    record_put_str(&w, c->name);
    record_put_str(&w, c->tool_id);
    record_put_str(&w, c->tool_name);
    record_put_str(&w, c->topup_url);
    return record_writer_str(&w);
}

/* ---- Finding ---- */

static mcp_err get_sequence(struct store_txn *txn, const struct key *key, uint64_t *ret)
{
    struct record_reader r;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(key), &value, NULL);

    if (err) {
        return err;
    }
    record_reader_init(&r, value);
    *ret = record_get_u64(&r);
    return record_done(&r) ? MCP_OK : MCP_E_STORAGE;
}

static mcp_err put_sequence(struct store_txn *txn, const struct key *key, uint64_t sequence)
{
    struct record_writer w;
    uint8_t memory[8];

    record_writer_init(&w, memory, sizeof(memory));
    record_put_u64(&w, sequence);
    return store_put(txn, key_str(key), record_writer_str(&w), CONNECTION_VERSION);
}

mcp_err connection_get(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                       struct connection_found *ret)
{
    struct key key = key_sequence(KEY_CONNECTION, owner, sequence);
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, &version);

    if (err || value.len > sizeof(ret->memory)) {
        return err ? err : MCP_E_STORAGE;
    }
    memcpy(ret->memory, value.ptr, value.len);
    ret->sequence = sequence;
    return connection_decode(mcp_str_n(ret->memory, value.len), version, &ret->c) ? MCP_OK
                                                                                  : MCP_E_STORAGE;
}

mcp_err connection_find(struct store_txn *txn, uint64_t owner, mcp_str which,
                        struct connection_found *ret)
{
    uint8_t id[16];
    struct key key = key_name(owner, which);
    mcp_err err = MCP_E_NOT_FOUND;

    if (name_id_parse(which, id)) {
        struct key by_id = key_id(KEY_CONNECTION_ID, owner, id);

        err = get_sequence(txn, &by_id, &ret->sequence);
    }
    if (err == MCP_E_NOT_FOUND) {
        err = get_sequence(txn, &key, &ret->sequence);
    }
    if (err) {
        return err;
    }
    /* An index that leads nowhere is damage, not absence. */
    return connection_get(txn, owner, ret->sequence, ret) ? MCP_E_STORAGE : MCP_OK;
}

/* ---- Changing ---- */

static mcp_err put_record(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                          const struct connection *c)
{
    struct key key = key_sequence(KEY_CONNECTION, owner, sequence);
    char memory[CONNECTION_RECORD_MAX];

    return store_put(txn, key_str(&key), connection_encode(c, memory), CONNECTION_VERSION);
}

/* MCP_OK when nobody but `sequence` has the name. */
static mcp_err claim_name(struct store_txn *txn, const struct key *key, uint64_t sequence)
{
    uint64_t holder = 0;
    mcp_err err = get_sequence(txn, key, &holder);

    if (!err) {
        return holder == sequence ? MCP_OK : MCP_E_CONFLICT;
    }
    return err == MCP_E_NOT_FOUND ? put_sequence(txn, key, sequence) : err;
}

mcp_err connection_add(struct store_txn *txn, uint64_t owner, const struct connection *c,
                       uint64_t *ret_sequence)
{
    struct key by_name = key_name(owner, c->name);
    struct key by_id = key_id(KEY_CONNECTION_ID, owner, c->id);
    struct owner o;
    mcp_err err = owner_get(txn, owner, &o);

    if (!err && o.n_pools >= OWNER_POOLS_MAX) {
        return MCP_E_REFUSED;
    }
    if (err) {
        return err;
    }
    uint64_t sequence = o.next_connection++;

    *ret_sequence = sequence;

    o.n_connections++;
    o.n_pools++;
    err = claim_name(txn, &by_name, sequence);
    err = err ? err : put_sequence(txn, &by_id, sequence);
    err = err ? err : put_record(txn, owner, sequence, c);
    return err ? err : owner_put(txn, owner, &o);
}

mcp_err connection_put(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                       const struct connection *c, mcp_str old_name)
{
    struct key before = key_name(owner, old_name);
    struct key after = key_name(owner, c->name);
    mcp_err err = MCP_OK;

    if (!mcp_str_eq_nocase(old_name, c->name)) {
        err = claim_name(txn, &after, sequence);
        err = err ? err : store_del(txn, key_str(&before));
    }
    return err ? err : put_record(txn, owner, sequence, c);
}

static mcp_err remove_rest(struct store_txn *txn, uint64_t owner, const struct connection_found *f)
{
    struct key by_name = key_name(owner, f->c.name);
    struct key by_id = key_id(KEY_CONNECTION_ID, owner, f->c.id);
    struct key rows = key_sequence(KEY_CONNECTION, owner, f->sequence);
    struct owner o;
    size_t n = 0;
    mcp_err err = owner_get(txn, owner, &o);

    if (!err) {
        uint32_t less = owner_rows(f->c.n_pools);

        o.n_connections -= o.n_connections ? 1 : 0;
        o.n_pools -= o.n_pools < less ? o.n_pools : less;
        err = owner_put(txn, owner, &o);
    }
    err = err ? err : store_del(txn, key_str(&by_name));
    err = err ? err : store_del(txn, key_str(&by_id));
    return err ? err
               : store_del_range(txn, key_str(&rows), mcp_str_n(NULL, 0), CONNECTION_POOLS_MAX + 1,
                                 &n);
}

mcp_err connection_remove(struct store_txn *txn, uint64_t owner, const struct connection_found *f,
                          size_t limit, int64_t now_ms, size_t *ret_readings, bool *ret_is_gone)
{
    struct key readings = key_sequence(KEY_READING, owner, f->sequence);
    size_t n = 0;
    mcp_err err = store_del_range(txn, key_str(&readings), mcp_str_n(NULL, 0), limit, &n);

    *ret_is_gone = !err && n < limit;
    if (*ret_is_gone) {
        err = alert_mute(txn, owner, f->sequence, true, now_ms);
        err = err ? err : source_remove(txn, owner, f->sequence);
        err = err ? err : remove_rest(txn, owner, f);
    }
    *ret_readings = n;
    return err;
}
