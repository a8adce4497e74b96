/* transport/fuzz/h1_conn_fuzz.c - a whole connection: any bytes, cut into any pieces, give the
 * same requests, the same answers and the same end; every allocation is returned. */
#include <mcp/alloc.h>
#include <mcp/fuzz/fuzz.h>
#include <transport/http_conn.h>

struct talk {
    struct mcp__http_wire wire;
    struct mcp_buf out;
    bool is_shut, is_closed;
};

static ptrdiff_t take(void *io, const char *bytes, size_t n, bool *ret_is_stuck)
{
    struct talk *t = io;

    *ret_is_stuck = false;
    mcp_buf_add(&t->out, mcp_str_n(bytes, n));
    return (ptrdiff_t)n;
}

/* An interim answer depends on what has arrived, so on the cuts: it is left out everywhere. */
static void strip_interim(struct mcp_buf *b)
{
    mcp_str interim = MCP_STR("HTTP/1.1 100 Continue\r\n\r\n");
    size_t to = 0;

    for (size_t at = 0; at < b->len;) {
        if (mcp_str_starts(mcp_str_n(b->ptr + at, b->len - at), interim)) {
            at += interim.len;
        } else {
            b->ptr[to++] = b->ptr[at++];
        }
    }
    b->len = to;
}

static void on_pause(void *io, bool is_paused)
{
    (void)io;
    (void)is_paused;
}

static void on_shut(void *io)
{
    struct talk *t = io;

    FUZZ_CHECK(!t->is_shut && !t->is_closed);
    t->is_shut = true;
}

static void on_close(void *io, bool is_hard)
{
    struct talk *t = io;

    (void)is_hard;
    FUZZ_CHECK(!t->is_closed);
    t->is_closed = true;
}

/* Says back what it was asked. */
static void handle(void *user, struct mcp_http_exchange *ex)
{
    const struct mcp_http_request *req = mcp_http_exchange_request(ex);
    struct mcp_http_response res = {.status = 200, .content_type = "text/plain", .body = req->body};

    (void)user;
    FUZZ_CHECK(req->path.len > 0 && (req->path.ptr[0] == '/' || req->path.ptr[0] == '*'));
    mcp_http_response_add(&res, "X-Path", req->path);
    mcp_http_respond(ex, &res);
}

/* `piece_max` 0: all at once. */
static void talk(struct talk *t, mcp_str in, uint32_t seed, size_t piece_max)
{
    static const struct mcp__http_io io = {take, on_pause, on_shut, on_close};
    static const struct mcp_http_options opt = {.head_bytes_max = 1024,
                                                .target_bytes_max = 128,
                                                .headers_max = 30,
                                                .body_bytes_max = 300,
                                                .trailer_bytes_max = 60,
                                                .backlog_bytes_max = 4096,
                                                .pipeline_bytes_max = 1024};

    *t = (struct talk){.is_shut = false};
    mcp_buf_init(&t->out, SIZE_MAX / 4);
    mcp__http_wire_init(&t->wire, &opt, &io);
    t->wire.handle = handle;
    struct mcp__http_conn *c = mcp__http_conn_new(&t->wire, t, MCP_STR("fuzz"));

    for (size_t at = 0; at < in.len;) {
        seed = seed * 1103515245u + 12345u;
        size_t n = piece_max ? 1 + (seed >> 16) % piece_max : in.len;

        n = n < in.len - at ? n : in.len - at;
        mcp__http_conn_input(c, in.ptr + at, n);
        at += n;
    }
    mcp__http_conn_free(c);
    mcp__http_wire_free(&t->wire);
    strip_interim(&t->out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct talk whole, bytes, cut;
    mcp_str in = {(const char *)data + (size ? 1 : 0), size ? size - 1 : 0};

    talk(&whole, in, 0, 0);
    talk(&bytes, in, 0, 1);
    talk(&cut, in, size ? data[0] : 0, 31);
    FUZZ_CHECK(mcp_str_eq(mcp_buf_str(&whole.out), mcp_buf_str(&bytes.out)));
    FUZZ_CHECK(mcp_str_eq(mcp_buf_str(&whole.out), mcp_buf_str(&cut.out)));
    FUZZ_CHECK(whole.is_shut == bytes.is_shut && whole.is_shut == cut.is_shut);
    FUZZ_CHECK(!whole.is_closed && !bytes.is_closed && !cut.is_closed);
    mcp_buf_free(&whole.out);
    mcp_buf_free(&bytes.out);
    mcp_buf_free(&cut.out);
    return 0;
}
