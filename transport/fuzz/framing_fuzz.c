/* transport/fuzz/framing_fuzz.c - the same bytes give the same lines however they are cut, and an
 * event stream gives back the message that was put in, and nothing else.
 *
 * Input: byte 0 the line cap, byte 1 the seed of the cuts, then the bytes. */
#include <mcp/alloc.h>
#include <mcp/fuzz/fuzz.h>
#include <transport/line.h>
#include <transport/sse.h>

static void feed(struct mcp__line *l, mcp_str in, struct mcp_buf *log)
{
    for (;;) {
        mcp_str line = {0};
        enum mcp__line_event event = mcp__line_next(l, &in, &line);

        if (event == MCP__LINE_MORE) {
            return;
        }
        FUZZ_CHECK(event == MCP__LINE_TOO_LONG || line.len > 0);
        FUZZ_CHECK(line.len <= l->part.max &&
                   !memchr(line.len ? line.ptr : "x", '\n', line.len ? line.len : 1));
        mcp_buf_byte(log, event == MCP__LINE_WHOLE ? 'W' : 'L');
        mcp_buf_add(log, line);
        mcp_buf_byte(log, '\n');
    }
}

/* Cut as `seed` says; 0: not at all. Each piece is its own heap block. */
static void frame(mcp_str text, unsigned seed, size_t max, struct mcp_buf *log)
{
    struct mcp__line l;
    mcp_str last = {0};

    mcp__line_init(&l, max);
    while (text.len) {
        seed = seed * 1103515245U + (seed ? 12345U : 0U);
        size_t n = seed ? 1 + (seed >> 16) % 7 : text.len;

        n = n < text.len ? n : text.len;
        char *piece = mcp_alloc(n);

        FUZZ_CHECK(piece);
        memcpy(piece, text.ptr, n);
        feed(&l, mcp_str_n(piece, n), log);
        mcp_free(piece);
        text = mcp_str_n(text.ptr + n, text.len - n);
    }
    if (mcp__line_end(&l, &last) == MCP__LINE_WHOLE) {
        mcp_buf_byte(log, 'E');
        mcp_buf_add(log, last);
    }
    mcp__line_free(&l);
}

static void check_lines(mcp_str text, unsigned seed, size_t max)
{
    struct mcp_buf whole, cut;

    mcp_buf_init(&whole, (size_t)1 << 24);
    mcp_buf_init(&cut, (size_t)1 << 24);
    frame(text, 0, max, &whole);
    frame(text, seed + 1, max, &cut);
    FUZZ_CHECK(mcp_str_eq(mcp_buf_str(&whole), mcp_buf_str(&cut)));
    mcp_buf_free(&whole);
    mcp_buf_free(&cut);
}

/* What a reader of the stream gets: `data` lines joined by LF, one dispatch, the right id. */
static void check_event(mcp_str data)
{
    struct mcp_buf out, back, want;
    bool is_first = true;

    mcp_buf_init(&out, (size_t)1 << 24);
    mcp_buf_init(&back, (size_t)1 << 24);
    mcp_buf_init(&want, (size_t)1 << 24);
    mcp__sse_event(&out, MCP_STR("p1-1"), data);
    mcp_str rest = mcp_buf_str(&out);

    FUZZ_CHECK(mcp_str_eq(mcp_str_cut(&rest, '\n'), MCP_STR("id: p1-1")));
    while (rest.ptr) {
        mcp_str line = mcp_str_cut(&rest, '\n');

        if (line.len == 0) {
            FUZZ_CHECK(rest.len == 0); /* one dispatch, at the end */
            break;
        }
        FUZZ_CHECK(mcp_str_starts(line, MCP_STR("data: ")) && !memchr(line.ptr, '\r', line.len));
        mcp_buf_add(&back, is_first ? MCP_STR("") : MCP_STR("\n"));
        mcp_buf_add(&back, mcp_str_n(line.ptr + 6, line.len - 6));
        is_first = false;
    }
    for (size_t i = 0; i < data.len; i++) {
        if (data.ptr[i] == '\r') {
            mcp_buf_byte(&want, '\n');
            i += i + 1 < data.len && data.ptr[i + 1] == '\n';
        } else {
            mcp_buf_byte(&want, data.ptr[i]);
        }
    }
    FUZZ_CHECK(mcp_str_eq(mcp_buf_str(&back), mcp_buf_str(&want)));
    mcp_buf_free(&out);
    mcp_buf_free(&back);
    mcp_buf_free(&want);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    mcp_str text = mcp_str_n((const char *)data + 2, size - 2);

    check_lines(text, data[1], (size_t)data[0] + 1);
    check_event(text);
    return 0;
}
