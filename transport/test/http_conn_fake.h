/* transport/test/http_conn_fake.h - a connection on a socket made of memory, and what it saw. */
#ifndef MCP_TRANSPORT_TEST_HTTP_CONN_FAKE_H
#define MCP_TRANSPORT_TEST_HTTP_CONN_FAKE_H

#include <mcp/test/t.h>
#include <transport/http_conn.h>

enum { ROOM = 65536, EXCHANGES = 64 };

struct fake {
    struct mcp__http_wire wire;
    struct mcp_http_options opt;
    struct mcp__http_conn *conn;
    char *out; /* what the peer has taken */
    size_t out_len, out_cap;
    size_t window; /* bytes the peer still takes; SIZE_MAX: all */
    int writes;
    bool is_paused, is_shut, is_closed, is_hard, is_broken;
    int handled, gone, drained;
    bool ignores; /* neither answer nor watch */
    bool holds;   /* takes everything, but says that the peer did not */
    bool is_deaf; /* does not note what it saw, only how deep it was called */
    uintptr_t deepest, shallowest;
    mcp_str streams_now; /* answer with a stream that begins with this; events go to the fake */
    bool streams_twice;  /* the same once more */
    bool answers_late;   /* keep exchanges open instead of answering */
    struct mcp_http_exchange *open[EXCHANGES];
    size_t n_open;
    char seen[ROOM]; /* "METHOD path body\n" of each request */
    size_t seen_len;
};

static inline ptrdiff_t fake_write(void *io, const char *bytes, size_t n, bool *ret_is_stuck)
{
    struct fake *f = io;
    size_t take = n < f->window ? n : f->window;

    f->writes++;
    if (f->is_broken) {
        return -1;
    }
    if (f->out_len + take > f->out_cap) {
        f->out_cap = (f->out_len + take) * 2;
        f->out = realloc(f->out, f->out_cap);
    }
    if (take) {
        memcpy(f->out + f->out_len, bytes, take);
    }
    f->out_len += take;
    f->window -= f->window == SIZE_MAX ? 0 : take;
    *ret_is_stuck = take < n || f->holds;
    return (ptrdiff_t)take;
}

static inline void fake_pause(void *io, bool is_paused)
{
    struct fake *f = io;

    T_CHECK(f->is_paused != is_paused);
    f->is_paused = is_paused;
}

static inline void fake_shut(void *io)
{
    struct fake *f = io;

    T_CHECK(!f->is_shut);
    f->is_shut = true;
}

static inline void fake_close(void *io, bool is_hard)
{
    struct fake *f = io;

    T_CHECK(!f->is_closed);
    f->is_closed = true;
    f->is_hard = is_hard;
}

static const struct mcp__http_io FAKE_IO = {fake_write, fake_pause, fake_shut, fake_close};

static inline void on_gone(void *user)
{
    struct fake *f = user;

    f->gone++;
    f->n_open = 0;
}

static inline void on_drained(void *user)
{
    struct fake *f = user;

    f->drained++;
}

static const struct mcp_http_exchange_events EVENTS = {on_gone, on_drained};

static inline void note(struct fake *f, mcp_str s)
{
    T_CHECK(f->seen_len + s.len < sizeof(f->seen));
    if (s.len) {
        memcpy(f->seen + f->seen_len, s.ptr, s.len);
    }
    f->seen_len += s.len;
}

static inline void answer(struct mcp_http_exchange *ex, const char *body)
{
    mcp_http_respond(ex, &(struct mcp_http_response){
                             .status = 200, .content_type = "text/plain", .body = mcp_str_c(body)});
}

static inline void handle(void *user, struct mcp_http_exchange *ex)
{
    struct fake *f = user;
    const struct mcp_http_request *req = mcp_http_exchange_request(ex);

    uintptr_t depth = (uintptr_t)__builtin_frame_address(0);

    f->handled++;
    f->deepest = depth > f->deepest ? depth : f->deepest;
    f->shallowest = !f->shallowest || depth < f->shallowest ? depth : f->shallowest;
    if (f->is_deaf && !f->answers_late) {
        answer(ex, "x");
        return;
    }
    note(f, req->method_text);
    note(f, MCP_STR(" "));
    note(f, req->path);
    note(f, MCP_STR(" "));
    note(f, req->body);
    note(f, MCP_STR("\n"));
    if (f->ignores) {
        return;
    }
    if (f->streams_now.len) {
        mcp_http_stream_begin(ex, &(struct mcp_http_response){.status = 200});
        mcp_http_exchange_watch(ex, &EVENTS, f);
        for (int i = 0; i < (f->streams_twice ? 2 : 1); i++) {
            T_CHECK(mcp_http_stream_write(ex, f->streams_now));
        }
        return;
    }
    if (f->answers_late) {
        mcp_http_exchange_watch(ex, &EVENTS, f);
        f->open[f->n_open++] = ex;
    } else {
        mcp_http_respond(ex, &(struct mcp_http_response){
                                 .status = 200, .content_type = "text/plain", .body = req->path});
    }
}

static inline void setup(struct fake *f)
{
    memset(f, 0, sizeof(*f));
    f->opt = (struct mcp_http_options){.head_bytes_max = 4096,
                                       .target_bytes_max = 1000,
                                       .headers_max = 50,
                                       .body_bytes_max = 100000,
                                       .trailer_bytes_max = 100,
                                       .backlog_bytes_max = 10000,
                                       .pipeline_bytes_max = 1000,
                                       .head_timeout_ms = 10000,
                                       .body_timeout_ms = 30000,
                                       .idle_timeout_ms = 75000,
                                       .write_timeout_ms = 20000};
    f->window = SIZE_MAX;
    mcp__http_wire_init(&f->wire, &f->opt, &FAKE_IO);
    f->wire.handle = handle;
    f->wire.user = f;
    mcp__http_wire_sweep(&f->wire, 1000, 784111777000); /* RFC 9110's example date */
    f->conn = mcp__http_conn_new(&f->wire, f, MCP_STR("127.0.0.1"));
}

static inline void teardown(struct fake *f)
{
    mcp__http_conn_free(f->conn);
    T_EQ(f->wire.connections, 0);
    mcp__http_wire_free(&f->wire);
    free(f->out);
}

static inline void say(struct fake *f, const char *text)
{
    mcp__http_conn_input(f->conn, text, strlen(text));
}

static inline mcp_str out(const struct fake *f)
{
    return mcp_str_n(f->out, f->out_len);
}

static inline mcp_str seen(const struct fake *f)
{
    return mcp_str_n(f->seen, f->seen_len);
}

static inline void forget(struct fake *f)
{
    f->out_len = 0;
    f->writes = 0;
}

static inline void at(struct fake *f, int64_t now_ms)
{
    mcp__http_wire_sweep(&f->wire, now_ms, 784111777000);
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define DATE      "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
#define OK(body_len, body)                                                                         \
    "HTTP/1.1 200 OK\r\n" DATE "Content-Type: text/plain\r\nContent-Length: " body_len             \
    "\r\n\r\n" body

#endif
