/* transport/http_session.c - see http_session.h. */
#include <transport/http_session.h>

#include <mcp/alloc.h>

#include <assert.h>
#include <sodium.h>

enum { RANDOM_BYTES = 18, FIRST_BUCKETS = 64 };

void mcp__http_sessions_init(struct mcp__http_sessions *t, struct mcp_server *server, size_t max,
                             int64_t idle_ms)
{
    *t = (struct mcp__http_sessions){
        .server = server, .max = max, .each_max = max, .idle_ms = idle_ms};
    mcp__http_shelf_init(&t->shelf, 0);
    mcp__http_owners_init(&t->owners, 0);
}

void mcp__http_sessions_free(struct mcp__http_sessions *t)
{
    while (t->oldest) {
        struct mcp__http_session *s = t->oldest;

        mcp__http_session_del(t, s);
        mcp__http_session_free(t, s);
    }
    mcp__http_owners_free(&t->owners);
    mcp_free(t->buckets);
    t->buckets = NULL;
    t->n_buckets = 0;
}

/* Only ids that we drew are in the table, so their own bytes are hash enough: a peer cannot choose
 * them. */
static struct mcp__http_session **bucket(struct mcp__http_session **buckets, size_t n_buckets,
                                         const char *id)
{
    uint64_t h;

    memcpy(&h, id, sizeof(h));
    h ^= h >> 29; /* base64 text has few bits in each byte */
    h *= 0x9e3779b97f4a7c15U;
    return &buckets[(h >> 32) & (n_buckets - 1)];
}

/* Room for one more. A table that cannot grow goes on with longer chains. */
static bool make_room(struct mcp__http_sessions *t)
{
    if (t->n < t->n_buckets) {
        return true;
    }
    size_t n = t->n_buckets ? t->n_buckets * 2 : FIRST_BUCKETS;
    struct mcp__http_session **buckets = mcp_alloc(n * sizeof(struct mcp__http_session *));

    if (!buckets) {
        return t->n_buckets > 0;
    }
    for (struct mcp__http_session *s = t->oldest; s; s = s->newer) {
        struct mcp__http_session **at = bucket(buckets, n, s->id);

        s->chain = *at;
        *at = s;
    }
    mcp_free(t->buckets);
    t->buckets = buckets;
    t->n_buckets = n;
    return true;
}

static void age_out(struct mcp__http_sessions *t, struct mcp__http_session *s)
{
    *(s->older ? &s->older->newer : &t->oldest) = s->newer;
    *(s->newer ? &s->newer->older : &t->newest) = s->older;
    s->older = s->newer = NULL;
}

static void age_in(struct mcp__http_sessions *t, struct mcp__http_session *s, int64_t now_ms)
{
    s->used_ms = now_ms;
    s->older = t->newest;
    s->newer = NULL;
    *(t->newest ? &t->newest->newer : &t->oldest) = s;
    t->newest = s;
}

static void use(struct mcp__http_sessions *t, struct mcp__http_session *s, int64_t now_ms)
{
    age_out(t, s);
    age_in(t, s, now_ms);
}

static void draw_id(char id[MCP__SESSION_ID_LEN])
{
    uint8_t random[RANDOM_BYTES];
    char text[MCP__SESSION_ID_LEN + 1];

    randombytes_buf(random, sizeof(random));
    sodium_bin2base64(text, sizeof(text), random, sizeof(random),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    memcpy(id, text, MCP__SESSION_ID_LEN);
}

static struct mcp__http_session *session_new(struct mcp__http_sessions *t,
                                             struct mcp__http_owner *owner)
{
    bool has_place = owner && (owner->is_anybody || owner->n_sessions <= t->each_max);
    struct mcp__http_session *s = has_place ? mcp_alloc_new(struct mcp__http_session) : NULL;

    if (!s || !(s->engine = mcp_session_new(t->server))) {
        mcp__http_owner_give(&t->owners, owner);
        mcp_free(s);
        return NULL;
    }
    s->owner = owner;
    mcp__http_ring_init(&s->ring, &owner->replay, &t->owners.replay);
    return s;
}

struct mcp__http_session *mcp__http_session_open(struct mcp__http_sessions *t,
                                                 const struct mcp_principal *owner, int64_t now_ms)
{
    if (t->n >= t->max || !make_room(t)) {
        return NULL;
    }
    struct mcp__http_session *s = session_new(t, mcp__http_owner_take(&t->owners, owner->id));

    if (!s) {
        return NULL;
    }
    draw_id(s->id);
    mcp__http_link_init(&s->streams);
    mcp__http_keeper_init(&s->results);
    struct mcp__http_session **at = bucket(t->buckets, t->n_buckets, s->id);

    s->chain = *at;
    *at = s;
    t->n++;
    age_in(t, s, now_ms);
    return s;
}

struct mcp__http_session *mcp__http_session_find(struct mcp__http_sessions *t, mcp_str id,
                                                 const struct mcp_principal *owner, int64_t now_ms)
{
    if (id.len != MCP__SESSION_ID_LEN || t->n == 0) {
        return NULL;
    }
    for (struct mcp__http_session *s = *bucket(t->buckets, t->n_buckets, id.ptr); s; s = s->chain) {
        if (sodium_memcmp(s->id, id.ptr, MCP__SESSION_ID_LEN) == 0 &&
            sodium_memcmp(s->owner->id, owner->id, sizeof(owner->id)) == 0) {
            use(t, s, now_ms);
            return s;
        }
    }
    return NULL;
}

void mcp__http_session_del(struct mcp__http_sessions *t, struct mcp__http_session *s)
{
    struct mcp__http_session **at = bucket(t->buckets, t->n_buckets, s->id);

    while (*at != s) {
        at = &(*at)->chain;
    }
    *at = s->chain;
    age_out(t, s);
    t->n--;
}

void mcp__http_session_free(struct mcp__http_sessions *t, struct mcp__http_session *s)
{
    assert(mcp__http_link_is_alone(&s->streams));
    mcp__http_keeper_free(&t->shelf, &s->results);
    mcp__http_ring_free(&s->ring);
    mcp_session_free(s->engine);
    mcp__http_owner_give(&t->owners, s->owner);
    mcp_free(s);
}

void mcp__http_session_pin(struct mcp__http_session *s)
{
    s->n_pins++;
}

void mcp__http_session_unpin(struct mcp__http_sessions *t, struct mcp__http_session *s,
                             int64_t now_ms)
{
    assert(s->n_pins > 0);
    s->n_pins--;
    use(t, s, now_ms);
}

int64_t mcp__http_sessions_expire(struct mcp__http_sessions *t, int64_t now_ms)
{
    while (t->oldest) {
        struct mcp__http_session *s = t->oldest;
        int64_t left_ms = s->used_ms + t->idle_ms - now_ms;

        if (left_ms > 0) {
            return left_ms;
        }
        if (s->n_pins) {
            use(t, s, now_ms); /* in use: look again after another idle time */
        } else {
            mcp__http_session_del(t, s);
            mcp__http_session_free(t, s);
        }
    }
    return -1;
}
