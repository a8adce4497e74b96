/* transport/http_ring.c - see http_ring.h. */
#include <transport/http_ring.h>

#include <mcp/alloc.h>

#define OF(field, link)                                                                            \
    ((struct mcp__http_event *)(void *)((char *)(link)-offsetof(struct mcp__http_event, field)))

void mcp__http_budget_init(struct mcp__http_budget *b, size_t bytes_max)
{
    *b = (struct mcp__http_budget){.bytes_max = bytes_max};
    mcp__http_link_init(&b->events);
}

void mcp__http_ring_init(struct mcp__http_ring *r, struct mcp__http_budget *own,
                         struct mcp__http_budget *all)
{
    *r = (struct mcp__http_ring){.own = own, .all = all};
}

static size_t event_bytes(size_t len)
{
    return sizeof(struct mcp__http_event) + len;
}

static void drop_first(struct mcp__http_ring *r)
{
    struct mcp__http_event *e = r->first;

    r->first = e->next;
    r->last = r->first ? r->last : NULL;
    r->bytes -= (uint32_t)event_bytes(e->len);
    r->own->bytes -= event_bytes(e->len);
    r->all->bytes -= event_bytes(e->len);
    r->n--;
    mcp__http_link_out(&e->in_own);
    mcp__http_link_out(&e->in_all);
    mcp_free(e);
}

void mcp__http_ring_free(struct mcp__http_ring *r)
{
    while (r->first) {
        drop_first(r);
    }
}

/* The oldest event of several rings is the first of its own. */
static void make_room(struct mcp__http_ring *r, size_t bytes, size_t bytes_max, size_t events_max)
{
    while (r->n >= events_max || (r->first && r->bytes + bytes > bytes_max)) {
        drop_first(r);
    }
    while (r->own->bytes > r->own->bytes_max - bytes) {
        drop_first(OF(in_own, r->own->events.next)->ring);
    }
    while (r->all->bytes > r->all->bytes_max - bytes) {
        drop_first(OF(in_all, r->all->events.next)->ring);
    }
}

bool mcp__http_ring_put(struct mcp__http_ring *r, uint32_t stream, uint64_t serial, mcp_str data,
                        size_t bytes_max, size_t events_max)
{
    size_t bytes = event_bytes(data.len);

    if (data.len > UINT32_MAX / 2 || bytes > bytes_max || bytes_max > UINT32_MAX ||
        events_max == 0 || bytes > r->own->bytes_max || bytes > r->all->bytes_max) {
        return false;
    }
    struct mcp__http_event *e = mcp_alloc(bytes);

    if (!e) {
        return false;
    }
    make_room(r, bytes, bytes_max, events_max);
    e->ring = r;
    e->serial = serial;
    e->stream = stream;
    e->len = (uint32_t)data.len;
    if (data.len) {
        memcpy(e->data, data.ptr, data.len);
    }
    *(r->last ? &r->last->next : &r->first) = e;
    r->last = e;
    mcp__http_link_in(&r->own->events, &e->in_own);
    mcp__http_link_in(&r->all->events, &e->in_all);
    r->bytes += (uint32_t)bytes;
    r->own->bytes += bytes;
    r->all->bytes += bytes;
    r->n++;
    return true;
}

const struct mcp__http_event *mcp__http_ring_find(const struct mcp__http_ring *r,
                                                  const struct mcp__http_event *from,
                                                  uint32_t stream, uint64_t serial)
{
    const struct mcp__http_event *e = from ? from : r->first;

    while (e && (e->stream != stream || e->serial <= serial)) {
        e = e->next;
    }
    return e;
}
