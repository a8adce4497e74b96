/* transport/fuzz/h1_fuzz.c - any bytes, cut into any pieces, give the same events; an accepted
 * head keeps its promises. The first byte chooses the cuts. */
#include <mcp/fuzz/fuzz.h>
#include <transport/test/h1_events.h>

static const struct mcp__h1_limits LIMITS = {
    .head_bytes = 1024, .target_bytes = 128, .headers = 20, .body_bytes = 300, .trailer_bytes = 60};

static void feed_cut(struct h1_events *e, mcp_str in, uint32_t seed)
{
    size_t at = 0;

    while (at < in.len) {
        seed = seed * 1103515245u + 12345u;
        size_t n = 1 + (seed >> 16) % 23;

        n = n < in.len - at ? n : in.len - at;
        h1_events_feed(e, in.ptr + at, n);
        at += n;
    }
}

/* What RFC 9112 wants of every head that is let through. */
static void check_head(struct h1_events *e, const char *buf)
{
    const struct mcp__h1 *p = &e->parser;
    size_t lengths = 0, codings = 0;

    FUZZ_CHECK(p->head_bytes <= LIMITS.head_bytes && p->n_fields <= LIMITS.headers);
    FUZZ_CHECK(p->path.at + p->path.len <= p->head_bytes);
    FUZZ_CHECK(memcmp(buf + p->head_bytes - 4, "\r\n\r\n", 4) == 0 || p->n_fields == 0);
    for (size_t i = 0; i < p->n_fields; i++) {
        mcp_str name = mcp_str_n(buf + p->fields[i].name.at, p->fields[i].name.len);
        mcp_str value = mcp_str_n(buf + p->fields[i].value.at, p->fields[i].value.len);

        FUZZ_CHECK(mcp__h1_is_token(name) && mcp__h1_is_value(value));
        lengths += mcp_str_eq_nocase(name, MCP_STR("content-length"));
        codings += mcp_str_eq_nocase(name, MCP_STR("transfer-encoding"));
    }
    FUZZ_CHECK(lengths + codings <= 1 && p->is_chunked == (codings == 1));
    FUZZ_CHECK(p->content_length <= LIMITS.body_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct h1_events whole, bytes, cut;
    mcp_str in = {(const char *)data + (size ? 1 : 0), size ? size - 1 : 0};

    h1_events_begin(&whole, &LIMITS);
    whole.on_head = check_head;
    h1_events_feed(&whole, in.ptr, in.len);
    h1_events_begin(&bytes, &LIMITS);
    for (size_t i = 0; i < in.len; i++) {
        h1_events_feed(&bytes, in.ptr + i, 1);
    }
    h1_events_begin(&cut, &LIMITS);
    feed_cut(&cut, in, size ? data[0] : 0);
    FUZZ_CHECK(whole.is_bad == bytes.is_bad && whole.is_bad == cut.is_bad);
    FUZZ_CHECK(mcp_str_eq(mcp_buf_str(&whole.text), mcp_buf_str(&bytes.text)));
    FUZZ_CHECK(mcp_str_eq(mcp_buf_str(&whole.text), mcp_buf_str(&cut.text)));
    h1_events_end(&whole);
    h1_events_end(&bytes);
    h1_events_end(&cut);
    return 0;
}
