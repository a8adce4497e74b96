/* transport/http_owner.c - see http_owner.h. */
#include <transport/http_owner.h>

#include <mcp/alloc.h>

#include <assert.h>
#include <sodium.h>

enum { BUCKETS = 1024, SHARE_OF_ONE = 4 };

void mcp__http_owners_init(struct mcp__http_owners *t, size_t replay_bytes_max)
{
    *t = (struct mcp__http_owners){0};
    mcp__http_budget_init(&t->replay, replay_bytes_max);
}

static struct mcp__http_owner **bucket(const struct mcp__http_owners *t, const uint8_t id[16])
{
    uint8_t hash[crypto_shorthash_BYTES];
    uint64_t h;

    static_assert(sizeof(t->key) == crypto_shorthash_KEYBYTES, "the key of the hash");
    crypto_shorthash(hash, id, 16, t->key);
    memcpy(&h, hash, sizeof(h));
    return &t->buckets[h & (BUCKETS - 1)];
}

static bool make_buckets(struct mcp__http_owners *t)
{
    if (!t->buckets) {
        t->buckets = mcp_alloc(BUCKETS * sizeof(struct mcp__http_owner *));
        randombytes_buf(t->key, sizeof(t->key));
    }
    return t->buckets != NULL;
}

struct mcp__http_owner *mcp__http_owner_take(struct mcp__http_owners *t, const uint8_t id[16])
{
    if (!make_buckets(t)) {
        return NULL;
    }
    struct mcp__http_owner **at = bucket(t, id), *o = *at;

    while (o && memcmp(o->id, id, sizeof(o->id)) != 0) {
        o = o->chain;
    }
    if (!o) {
        o = mcp_alloc_new(struct mcp__http_owner);
        if (!o) {
            return NULL;
        }
        memcpy(o->id, id, sizeof(o->id));
        o->is_anybody = sodium_is_zero(id, sizeof(o->id));
        mcp__http_budget_init(&o->replay, o->is_anybody ? t->replay.bytes_max
                                                        : t->replay.bytes_max / SHARE_OF_ONE);
        o->chain = *at;
        *at = o;
    }
    o->n_sessions++;
    return o;
}

void mcp__http_owner_give(struct mcp__http_owners *t, struct mcp__http_owner *o)
{
    if (!o || --o->n_sessions > 0) {
        return;
    }
    struct mcp__http_owner **at = bucket(t, o->id);

    while (*at != o) {
        at = &(*at)->chain;
    }
    *at = o->chain;
    mcp_free(o);
}

void mcp__http_owners_free(struct mcp__http_owners *t)
{
    mcp_free(t->buckets);
    t->buckets = NULL;
}
