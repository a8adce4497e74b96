/* tools/key.c - see key.h. */
#include <tools/key.h>

#include <sodium.h>

static void add(struct key *k, uint64_t v, unsigned bytes)
{
    for (unsigned i = bytes; i-- > 0;) {
        k->bytes[k->len++] = (uint8_t)(v >> (8 * i));
    }
}

static uint64_t take(mcp_str key, size_t at, size_t bytes)
{
    uint64_t v = 0;

    for (size_t i = at; i < at + bytes && i < key.len; i++) {
        v = v << 8 | (uint8_t)key.ptr[i];
    }
    return v;
}

struct key key_owned(enum key_table table, uint64_t owner)
{
    struct key k = {.bytes = {(uint8_t)table}, .len = 1};

    add(&k, owner, 8);
    return k;
}

struct key key_hash(enum key_table table, const uint8_t hash[32])
{
    struct key k = {.bytes = {(uint8_t)table}, .len = KEY_TOKEN_BYTES};

    memcpy(k.bytes + 1, hash, 32);
    return k;
}

struct key key_token(const uint8_t hash[32])
{
    return key_hash(KEY_TOKEN, hash);
}

struct key key_sequence(enum key_table table, uint64_t owner, uint64_t sequence)
{
    struct key k = key_owned(table, owner);

    add(&k, sequence, 8);
    return k;
}

struct key key_id(enum key_table table, uint64_t owner, const uint8_t id[16])
{
    struct key k = key_owned(table, owner);

    memcpy(k.bytes + k.len, id, 16);
    k.len = KEY_ID_BYTES;
    return k;
}

/* Of a name in which ASCII letters count without case. */
static struct key key_folded(enum key_table table, uint64_t owner, mcp_str name)
{
    crypto_generichash_state state;
    uint8_t hash[16];

    crypto_generichash_init(&state, NULL, 0, sizeof(hash));
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        unsigned char folded = (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);

        crypto_generichash_update(&state, &folded, 1);
    }
    crypto_generichash_final(&state, hash, sizeof(hash));
    return key_id(table, owner, hash);
}

struct key key_name(uint64_t owner, mcp_str name)
{
    return key_folded(KEY_CONNECTION_NAME, owner, name);
}

struct key key_email(mcp_str email)
{
    return key_folded(KEY_USER_EMAIL, 0, email);
}

struct key key_pool(uint64_t owner, uint64_t connection, uint32_t pool)
{
    struct key k = key_sequence(KEY_CONNECTION, owner, connection);

    add(&k, pool, 4);
    return k;
}

struct key key_reading(uint64_t owner, uint64_t connection, uint32_t pool, int64_t at_ms)
{
    struct key k = key_sequence(KEY_READING, owner, connection);

    add(&k, pool, 4);
    add(&k, (uint64_t)at_ms, 8);
    return k;
}

struct key key_month(uint64_t owner, uint64_t subscription, uint32_t month)
{
    struct key k = key_sequence(KEY_USAGE, owner, subscription);

    add(&k, month, 4);
    return k;
}

struct key key_day(uint64_t owner, uint32_t day)
{
    struct key k = key_owned(KEY_SPEND, owner);

    add(&k, day, 4);
    return k;
}

struct key key_order(const uint8_t id[16])
{
    struct key k = {.bytes = {KEY_ORDER}, .len = KEY_ORDER_BYTES};

    memcpy(k.bytes + 1, id, 16);
    return k;
}

struct key key_due(const struct key_due *d)
{
    struct key k = key_sequence(KEY_DUE, d->owner, d->webhook);

    add(&k, (uint64_t)d->at_ms, 8);
    add(&k, d->delivery, 8);
    return k;
}

struct key_due key_get_due(mcp_str key)
{
    return (struct key_due){take(key, 1, 8), take(key, 9, 8), (int64_t)take(key, 17, 8),
                            take(key, 25, 8)};
}

struct key key_poll(const struct key_poll *p)
{
    struct key k = {.bytes = {KEY_POLL}, .len = 1};

    add(&k, (uint64_t)p->at_ms, 8);
    add(&k, p->owner, 8);
    add(&k, p->connection, 8);
    return k;
}

struct key_poll key_get_poll(mcp_str key)
{
    return (struct key_poll){(int64_t)take(key, 1, 8), take(key, 9, 8), take(key, 17, 8)};
}

struct key key_once(const struct key_once *o)
{
    struct key k = {.bytes = {KEY_ONCE_AT}, .len = 1};

    add(&k, (uint64_t)o->at_ms, 8);
    add(&k, o->owner, 8);
    memcpy(k.bytes + k.len, o->name, sizeof(o->name));
    k.len = KEY_ONCE_AT_BYTES;
    return k;
}

struct key_once key_get_once(mcp_str key)
{
    struct key_once o = {.at_ms = (int64_t)take(key, 1, 8), .owner = take(key, 9, 8)};

    memcpy(o.name, key.ptr + 17, sizeof(o.name));
    return o;
}

struct key key_usage_once(uint64_t owner, int64_t at_ms, const uint8_t name[16])
{
    struct key k = key_owned(KEY_USAGE_ONCE_AT, owner);

    add(&k, (uint64_t)at_ms, 8);
    memcpy(k.bytes + k.len, name, 16);
    k.len = KEY_USAGE_ONCE_AT_BYTES;
    return k;
}

int64_t key_get_usage_once_time(const struct key *key)
{
    return (int64_t)key_get_sequence(key_str(key)); /* it stands where others have that */
}

uint64_t key_get_owner(mcp_str key)
{
    return take(key, 1, 8);
}

uint64_t key_get_sequence(mcp_str key)
{
    return take(key, KEY_OWNED_BYTES, 8);
}

int64_t key_get_time(mcp_str key)
{
    return (int64_t)take(key, KEY_POOL_BYTES, 8);
}

uint32_t key_get_day(mcp_str key)
{
    return (uint32_t)take(key, KEY_OWNED_BYTES, 4);
}

uint32_t key_get_pool(mcp_str key)
{
    return (uint32_t)take(key, KEY_SEQUENCE_BYTES, 4);
}

struct key key_task(mcp_str id)
{
    struct key k = {.bytes = {KEY_TASK}, .len = KEY_TASK_BYTES};

    crypto_generichash(k.bytes + 1, 16, (const unsigned char *)id.ptr, id.len, NULL, 0);
    return k;
}

struct key key_task_part(const struct key *task, uint32_t part)
{
    struct key k = *task;

    k.bytes[0] = KEY_TASK_PART;
    add(&k, part, 4);
    return k;
}
