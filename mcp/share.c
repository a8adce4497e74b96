/* mcp/share.c - see share.h. */
#include <mcp/share.h>

#include <mcp/alloc.h>
#include <mcp/engine.h>

#include <sodium.h>

struct mcp__share {
    struct mcp__link in_bucket;
    uint8_t id[16];
    uint64_t owner;
    size_t n[MCP__ROOM_COUNT];
};

static struct mcp__link **bucket(struct mcp_server *s, const struct mcp_principal *p)
{
    uint8_t key[sizeof(p->id) + sizeof(p->owner)], hash[crypto_shorthash_BYTES];
    uint64_t h;

    memcpy(key, p->id, sizeof(p->id));
    memcpy(key + sizeof(p->id), &p->owner, sizeof(p->owner));
    crypto_shorthash(hash, key, sizeof(key), s->hash_key);
    memcpy(&h, hash, sizeof(h));
    return &s->shares[h & (MCP__BUCKETS - 1)];
}

/* The principal's, made at need; NULL when out of memory. */
static struct mcp__share *share_of(struct mcp_server *s, const struct mcp_principal *p)
{
    struct mcp__link **head = bucket(s, p);

    for (struct mcp__link *at = *head; at; at = at->next) {
        struct mcp__share *share = MCP__OF(struct mcp__share, in_bucket, at);

        if (share->owner == p->owner && memcmp(share->id, p->id, sizeof(p->id)) == 0) {
            return share;
        }
    }
    struct mcp__share *share = mcp_alloc_new(struct mcp__share);

    if (share) {
        memcpy(share->id, p->id, sizeof(share->id));
        share->owner = p->owner;
        mcp__link_in(head, &share->in_bucket);
    }
    return share;
}

static void free_unused(struct mcp__share *share)
{
    for (int kind = 0; kind < MCP__ROOM_COUNT; kind++) {
        if (share->n[kind]) {
            return;
        }
    }
    mcp__link_out(&share->in_bucket);
    mcp_free(share);
}

static mcp_err refuse(struct mcp_call *call, enum mcp__room_kind kind, size_t n, const char *whose)
{
    static const char *const WHAT[MCP__ROOM_COUNT] = {
        [MCP__ROOM_LISTENING] = "subscriptions are open",
        [MCP__ROOM_WATCHES] = "resources are watched",
        [MCP__ROOM_ASKING] = "calls wait for their clients",
    };

    return mcp_fail(call, MCP_E_OVERLOADED, "%zu %s%s already", n, whose, WHAT[kind]);
}

mcp_err mcp__room_take(struct mcp_call *call, enum mcp__room_kind kind, struct mcp__share **ret)
{
    const struct mcp_principal *p = &call->principal;
    struct mcp__room *room = &call->server->rooms[kind];
    struct mcp__share *share = NULL;

    if (room->n >= room->max) {
        return refuse(call, kind, room->n, "");
    }
    if (!sodium_is_zero(p->id, sizeof(p->id))) {
        share = share_of(call->server, p);
        if (!share) {
            return mcp_fail(call, MCP_E_OVERLOADED, "there is no memory for it");
        }
        if (share->n[kind] >= room->each_max) {
            return refuse(call, kind, share->n[kind], "of your ");
        }
        share->n[kind]++;
    }
    room->n++;
    *ret = share;
    return MCP_OK;
}

void mcp__room_leave(struct mcp_server *s, enum mcp__room_kind kind, struct mcp__share *share)
{
    s->rooms[kind].n--;
    if (share) {
        share->n[kind]--;
        free_unused(share);
    }
}

struct mcp__room mcp__room_of(size_t max, size_t usual, size_t each_max)
{
    struct mcp__room room = {.max = max ? max : usual};
    size_t quarter = room.max / 4 > 8 ? room.max / 4 : 8;

    room.each_max = each_max ? each_max : quarter;
    return room;
}
