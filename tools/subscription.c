/* tools/subscription.c - see subscription.h. */
#include <tools/subscription.h>

#include <tools/key.h>
#include <tools/usage.h>

#include <store/record.h>

#include <sodium.h>

static const mcp_str STATUSES[SUBSCRIPTION_STATUSES] = {
    [SUBSCRIPTION_ACTIVE] = MCP_STR_INIT("active"),
    [SUBSCRIPTION_SUSPENDED] = MCP_STR_INIT("suspended"),
    [SUBSCRIPTION_CANCELLED] = MCP_STR_INIT("cancelled"),
};

mcp_str subscription_status_name(enum subscription_status s)
{
    return STATUSES[s];
}

bool subscription_status_parse(mcp_str s, enum subscription_status *ret)
{
    for (int i = 0; i < SUBSCRIPTION_STATUSES; i++) {
        if (mcp_str_eq(s, STATUSES[i])) {
            *ret = (enum subscription_status)i;
            return true;
        }
    }
    return false;
}

static const char BASE36[] = "0123456789abcdefghijklmnopqrstuvwxyz";

void subscription_id_new(char ret[SUBSCRIPTION_ID])
{
    for (size_t i = 0; i < SUBSCRIPTION_ID; i++) {
        ret[i] = BASE36[randombytes_uniform(36)];
    }
}

static bool is_id(mcp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!((s.ptr[i] >= '0' && s.ptr[i] <= '9') || (s.ptr[i] >= 'a' && s.ptr[i] <= 'z'))) {
            return false;
        }
    }
    return s.len == SUBSCRIPTION_ID;
}

bool subscription_decode(mcp_str value, uint8_t version, struct subscription *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    record_get_bytes(&r, ret->id, sizeof(ret->id));
    ret->plan = record_get_u64(&r);
    uint8_t status = record_get_u8(&r);

    ret->status = (enum subscription_status)status;
    ret->created_ms = record_get_i64(&r);
    ret->app_name = record_get_str(&r);
    ret->platform = record_get_str(&r);
    return version == SUBSCRIPTION_VERSION && record_done(&r) && status < SUBSCRIPTION_STATUSES &&
           is_id(mcp_str_n(ret->id, sizeof(ret->id))) &&
           !name_check(ret->app_name, NAME_BYTES_MAX) &&
           !name_check(ret->platform, SUBSCRIPTION_PLATFORM_MAX);
}

static struct key id_key(uint64_t owner, mcp_str id)
{
    uint8_t hash[16];

    crypto_generichash(hash, sizeof(hash), (const unsigned char *)id.ptr, id.len, NULL, 0);
    return key_id(KEY_SUBSCRIPTION_ID, owner, hash);
}

mcp_err subscription_put(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                         const struct subscription *s)
{
    struct key key = key_sequence(KEY_SUBSCRIPTION, owner, sequence);
    char memory[SUBSCRIPTION_RECORD_MAX];
    struct record_writer w;

    record_writer_init(&w, memory, sizeof(memory));
    record_put_bytes(&w, s->id, sizeof(s->id));
    record_put_u64(&w, s->plan);
    record_put_u8(&w, (uint8_t)s->status);
    record_put_i64(&w, s->created_ms);
    record_put_str(&w, s->app_name);
    record_put_str(&w, s->platform);
    return store_put(txn, key_str(&key), record_writer_str(&w), SUBSCRIPTION_VERSION);
}

/* ---- Finding ---- */

static mcp_err keep(mcp_str value, uint8_t version, uint64_t sequence,
                    struct subscription_found *ret)
{
    if (value.len > sizeof(ret->memory)) {
        return MCP_E_STORAGE;
    }
    memcpy(ret->memory, value.ptr, value.len);
    ret->sequence = sequence;
    return subscription_decode(mcp_str_n(ret->memory, value.len), version, &ret->s) ? MCP_OK
                                                                                    : MCP_E_STORAGE;
}

static mcp_err find_id(struct store_txn *txn, uint64_t owner, mcp_str id,
                       struct subscription_found *ret)
{
    struct key by_id = id_key(owner, id);
    struct record_reader r;
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&by_id), &value, NULL);

    if (err) {
        return err;
    }
    record_reader_init(&r, value);
    uint64_t sequence = record_get_u64(&r);
    struct key key = key_sequence(KEY_SUBSCRIPTION, owner, sequence);

    /* An index that leads nowhere is damage, not absence. */
    return record_done(&r) && !store_get(txn, key_str(&key), &value, &version)
               ? keep(value, version, sequence, ret)
               : MCP_E_STORAGE;
}

struct find_op {
    mcp_str name;
    struct subscription_found *found;
    size_t n;
};

static mcp_err find_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct find_op *op = arg;
    struct subscription s;

    if (!subscription_decode(value, version, &s)) {
        return MCP_E_STORAGE;
    }
    return !mcp_str_eq(s.app_name, op->name) || op->n++
               ? MCP_OK
               : keep(value, version, key_get_sequence(key), op->found);
}

mcp_err subscription_find(struct store_txn *txn, uint64_t owner, mcp_str which,
                          struct subscription_found *ret)
{
    struct key low = key_owned(KEY_SUBSCRIPTION, owner);
    struct find_op op = {.name = which, .found = ret};
    mcp_err err = is_id(which) ? find_id(txn, owner, which, ret) : MCP_E_NOT_FOUND;

    if (err != MCP_E_NOT_FOUND) {
        return err;
    }
    err =
        store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false, SUBSCRIPTIONS_MAX, find_row, &op);
    return err || op.n == 1 ? err : op.n ? MCP_E_CONFLICT : MCP_E_NOT_FOUND;
}

struct uses_op {
    uint64_t plan;
    bool is_used;
};

static mcp_err uses_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct uses_op *op = arg;
    struct subscription s;

    (void)key;
    if (!subscription_decode(value, version, &s)) {
        return MCP_E_STORAGE;
    }
    op->is_used = op->is_used || s.plan == op->plan;
    return op->is_used ? MCP_PENDING : MCP_OK;
}

mcp_err subscription_uses(struct store_txn *txn, uint64_t owner, uint64_t plan, bool *ret)
{
    struct key low = key_owned(KEY_SUBSCRIPTION, owner);
    struct uses_op op = {.plan = plan};
    mcp_err err =
        store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false, SUBSCRIPTIONS_MAX, uses_row, &op);

    *ret = op.is_used;
    return err;
}

/* ---- Changing ---- */

mcp_err subscription_add(struct store_txn *txn, uint64_t owner, const struct subscription *s)
{
    struct key by_id = id_key(owner, mcp_str_n(s->id, sizeof(s->id)));
    struct record_writer w;
    uint8_t memory[8];
    struct usage_counts n;
    mcp_err err = usage_counts_get(txn, owner, &n);

    if (err || n.n_subscriptions >= SUBSCRIPTIONS_MAX) {
        return err ? err : MCP_E_REFUSED;
    }
    uint64_t sequence = n.next_subscription++;

    n.n_subscriptions++;
    record_writer_init(&w, memory, sizeof(memory));
    record_put_u64(&w, sequence);
    err = store_put(txn, key_str(&by_id), record_writer_str(&w), SUBSCRIPTION_VERSION);
    err = err ? err : subscription_put(txn, owner, sequence, s);
    return err ? err : usage_counts_put(txn, owner, &n);
}

mcp_err subscription_remove(struct store_txn *txn, uint64_t owner,
                            const struct subscription_found *f)
{
    struct key row = key_sequence(KEY_SUBSCRIPTION, owner, f->sequence);
    struct key by_id = id_key(owner, mcp_str_n(f->s.id, sizeof(f->s.id)));
    struct usage_counts n;
    mcp_err err = usage_remove(txn, owner, f->sequence);

    err = err ? err : usage_counts_get(txn, owner, &n);
    if (err) {
        return err;
    }
    n.n_subscriptions -= n.n_subscriptions ? 1 : 0;
    err = usage_counts_put(txn, owner, &n);
    err = err ? err : store_del(txn, key_str(&by_id));
    return err ? err : store_del(txn, key_str(&row));
}
