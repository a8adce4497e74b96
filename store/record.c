/* store/record.c - see record.h. */
#include <store/record.h>

void record_reader_init(struct record_reader *r, mcp_str value)
{
    r->at = (const uint8_t *)(value.len ? value.ptr : "");
    r->end = r->at + value.len;
    r->failed = false;
}

/* `n` bytes, or NULL and nothing any more. */
static const uint8_t *take(struct record_reader *r, size_t n)
{
    const uint8_t *at = r->at;

    if (r->failed || (size_t)(r->end - at) < n) {
        r->failed = true;
        return NULL;
    }
    r->at = at + n;
    return at;
}

static uint64_t take_le(struct record_reader *r, size_t n)
{
    const uint8_t *at = take(r, n);
    uint64_t v = 0;

    for (size_t i = 0; at && i < n; i++) {
        v |= (uint64_t)at[i] << (8 * i);
    }
    return v;
}

uint8_t record_get_u8(struct record_reader *r)
{
    return (uint8_t)take_le(r, 1);
}

uint32_t record_get_u32(struct record_reader *r)
{
    return (uint32_t)take_le(r, 4);
}

uint64_t record_get_u64(struct record_reader *r)
{
    return take_le(r, 8);
}

int64_t record_get_i64(struct record_reader *r)
{
    uint64_t u = take_le(r, 8);
    int64_t v;

    memcpy(&v, &u, sizeof v);
    return v;
}

mcp_str record_get_str(struct record_reader *r)
{
    size_t n = (size_t)take_le(r, 2);
    const uint8_t *at = take(r, n);

    return at ? mcp_str_n((const char *)at, n) : mcp_str_n(NULL, 0);
}

bool record_get_bytes(struct record_reader *r, void *out, size_t n)
{
    const uint8_t *at = take(r, n);

    if (n == 0) {
        return at != NULL;
    }
    if (!at) {
        memset(out, 0, n);
        return false;
    }
    memcpy(out, at, n);
    return true;
}

uint64_t record_get_be64(struct record_reader *r)
{
    const uint8_t *at = take(r, 8);
    uint64_t v = 0;

    for (size_t i = 0; at && i < 8; i++) {
        v = v << 8 | at[i];
    }
    return v;
}

bool record_done(const struct record_reader *r)
{
    return !r->failed && r->at == r->end;
}

void record_writer_init(struct record_writer *w, void *memory, size_t bytes)
{
    w->begin = memory;
    w->at = memory;
    w->end = w->begin + bytes;
    w->failed = false;
}

static uint8_t *room(struct record_writer *w, size_t n)
{
    uint8_t *at = w->at;

    if (w->failed || (size_t)(w->end - at) < n) {
        w->failed = true;
        return NULL;
    }
    w->at = at + n;
    return at;
}

static void put_le(struct record_writer *w, uint64_t v, size_t n)
{
    uint8_t *at = room(w, n);

    for (size_t i = 0; at && i < n; i++) {
        at[i] = (uint8_t)(v >> (8 * i) & 0xff);
    }
}

void record_put_u8(struct record_writer *w, uint8_t v)
{
    put_le(w, v, 1);
}

void record_put_u32(struct record_writer *w, uint32_t v)
{
    put_le(w, v, 4);
}

void record_put_u64(struct record_writer *w, uint64_t v)
{
    put_le(w, v, 8);
}

void record_put_i64(struct record_writer *w, int64_t v)
{
    put_le(w, (uint64_t)v, 8);
}

void record_put_str(struct record_writer *w, mcp_str s)
{
    if (s.len > UINT16_MAX) {
        w->failed = true;
        return;
    }
    put_le(w, s.len, 2);
    record_put_bytes(w, s.ptr, s.len);
}

void record_put_bytes(struct record_writer *w, const void *p, size_t n)
{
    uint8_t *at = room(w, n);

    if (at && n) {
        memcpy(at, p, n);
    }
}

void record_put_be64(struct record_writer *w, uint64_t v)
{
    uint8_t *at = room(w, 8);

    for (size_t i = 0; at && i < 8; i++) {
        at[i] = (uint8_t)(v >> (56 - 8 * i) & 0xff);
    }
}

mcp_str record_writer_str(const struct record_writer *w)
{
    return w->failed ? mcp_str_n(NULL, 0)
                     : mcp_str_n((const char *)w->begin, (size_t)(w->at - w->begin));
}
