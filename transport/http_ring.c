/* transport/http_ring.c - see http_ring.h. */
#include <transport/http_ring.h>

#include <mcp/alloc.h>

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
    r->n--;
    mcp_free(e);
}

void mcp__http_ring_free(struct mcp__http_ring *r)
{
    while (r->first) {
        drop_first(r);
    }
}

bool mcp__http_ring_put(struct mcp__http_ring *r, uint32_t stream, uint64_t serial, mcp_str data,
                        size_t bytes_max, size_t events_max)
{
    size_t bytes = event_bytes(data.len);

    if (data.len > UINT32_MAX / 2 || bytes > bytes_max || bytes_max > UINT32_MAX ||
        events_max == 0) {
        return false;
    }
    struct mcp__http_event *e = mcp_alloc(bytes);

    if (!e) {
        return false;
    }
    while (r->n >= events_max || (r->first && r->bytes + bytes > bytes_max)) {
        drop_first(r);
    }
    e->serial = serial;
    e->stream = stream;
    e->len = (uint32_t)data.len;
    if (data.len) {
        memcpy(e->data, data.ptr, data.len);
    }
    *(r->last ? &r->last->next : &r->first) = e;
    r->last = e;
    r->bytes += (uint32_t)bytes;
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
