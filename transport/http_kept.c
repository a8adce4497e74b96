/* transport/http_kept.c - see http_kept.h. */
#include <transport/http_kept.h>

#include <mcp/alloc.h>

enum { SHARE_OF_ONE = 4 };

#define OF(field, link)                                                                            \
    ((struct mcp__http_kept *)(void *)((char *)(link)-offsetof(struct mcp__http_kept, field)))

void mcp__http_shelf_init(struct mcp__http_shelf *s, size_t bytes_max)
{
    *s = (struct mcp__http_shelf){.bytes_max = bytes_max};
    mcp__http_link_init(&s->sent);
}

void mcp__http_keeper_init(struct mcp__http_keeper *k)
{
    k->bytes = 0;
    mcp__http_link_init(&k->all);
}

static size_t bytes_of(size_t len)
{
    return sizeof(struct mcp__http_kept) + len;
}

static void drop(struct mcp__http_shelf *s, struct mcp__http_kept *e)
{
    mcp__http_link_out(&e->in_all);
    mcp__http_link_out(&e->in_sent);
    e->keeper->bytes -= bytes_of(e->len);
    s->bytes -= bytes_of(e->len);
    mcp_free(e);
}

void mcp__http_keeper_free(struct mcp__http_shelf *s, struct mcp__http_keeper *k)
{
    while (!mcp__http_link_is_alone(&k->all)) {
        drop(s, OF(in_all, k->all.next));
    }
}

/* The oldest of this session that was sent, or NULL. */
static struct mcp__http_kept *oldest_sent(const struct mcp__http_keeper *k)
{
    for (struct mcp__http_link *l = k->all.next; l != &k->all; l = l->next) {
        if (!mcp__http_link_is_alone(&OF(in_all, l)->in_sent)) {
            return OF(in_all, l);
        }
    }
    return NULL;
}

static bool make_room(struct mcp__http_shelf *s, struct mcp__http_keeper *k, size_t bytes)
{
    size_t share = s->bytes_max / SHARE_OF_ONE;

    if (bytes > share) {
        return false;
    }
    while (k->bytes > share - bytes) {
        struct mcp__http_kept *e = oldest_sent(k);

        if (!e) {
            return false;
        }
        drop(s, e);
    }
    while (s->bytes > s->bytes_max - bytes) {
        if (mcp__http_link_is_alone(&s->sent)) {
            return false;
        }
        drop(s, OF(in_sent, s->sent.next));
    }
    return true;
}

bool mcp__http_keep(struct mcp__http_shelf *s, struct mcp__http_keeper *k, uint32_t stream,
                    uint64_t serial, mcp_str data, bool is_sent)
{
    size_t bytes = bytes_of(data.len);
    struct mcp__http_kept *e = make_room(s, k, bytes) ? mcp_alloc(bytes) : NULL;

    if (!e) {
        return false;
    }
    e->keeper = k;
    e->serial = serial;
    e->stream = stream;
    e->len = data.len;
    memcpy(e->data, data.ptr, data.len);
    mcp__http_link_in(&k->all, &e->in_all);
    mcp__http_link_init(&e->in_sent);
    k->bytes += bytes;
    s->bytes += bytes;
    if (is_sent) {
        mcp__http_kept_sent(s, e);
    }
    return true;
}

struct mcp__http_kept *mcp__http_kept_find(const struct mcp__http_keeper *k, uint32_t stream,
                                           uint64_t serial)
{
    for (struct mcp__http_link *l = k->all.next; l != &k->all; l = l->next) {
        struct mcp__http_kept *e = OF(in_all, l);

        if (e->stream == stream && e->serial > serial) {
            return e;
        }
    }
    return NULL;
}

void mcp__http_kept_sent(struct mcp__http_shelf *s, struct mcp__http_kept *e)
{
    mcp__http_link_out(&e->in_sent);
    mcp__http_link_in(&s->sent, &e->in_sent);
}
