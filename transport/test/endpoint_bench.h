/* transport/test/endpoint_bench.h - what the tests of the endpoint say and expect in memory. */
#ifndef MCP_TRANSPORT_TEST_ENDPOINT_BENCH_H
#define MCP_TRANSPORT_TEST_ENDPOINT_BENCH_H

#include <transport/test/site_bench.h>

static inline void expect_status(struct bench *b, int i, int want)
{
    struct answer a = got(b, i);

    ck_assert_msg(a.status == want, "status %d, want %d:\n%.*s", a.status, want,
                  MCP_STR_ARG(mcp_buf_str(&b->lines[i].out)));
    answer_free(&a);
}

static inline void expect_body(struct bench *b, int i, int want, const char *part)
{
    struct answer a = got(b, i);

    expect_status(b, i, want);
    T_CHECK(a.is_whole);
    T_HAS(mcp_buf_str(&a.body), part);
    answer_free(&a);
}

static inline struct bench *open_bench(struct mcp_http_options opt)
{
    static struct bench b; /* a process per test */

    T_CHECK(bench_open(&b, opt));
    return &b;
}

static inline struct bench *open_session(struct mcp_http_options opt, const char *initialize)
{
    struct bench *b = open_bench(opt);

    T_CHECK(bench_initialize(b, 0, "", initialize));
    post(b, 0, in_session(b, ""), INITIALIZED);
    expect_status(b, 0, 202);
    return b;
}

#define D_SESSION(opt) open_session(opt, INITIALIZE("2025-11-25"))
static const struct mcp_http_options NO_OPTIONS = {0};

static inline void get(struct bench *b, int i, const char *headers)
{
    char text[1024];

    snprintf(text, sizeof(text), "GET /mcp HTTP/1.1\r\n" HOST "%s\r\n", headers);
    say(b, i, mcp_str_c(text));
}

static inline void get_stream(struct bench *b, int i, const char *last_id)
{
    char headers[256];

    snprintf(headers, sizeof(headers), "Accept: text/event-stream\r\n%s%s%s",
             last_id ? "Last-Event-ID: " : "", last_id ? last_id : "", last_id ? "\r\n" : "");
    get(b, i, in_session(b, headers));
}

/* The events on line `i`, as "id data" lines, into `room`. */
static inline const char *events(struct bench *b, int i, char *room, size_t room_bytes)
{
    struct answer a = got(b, i);
    mcp_str rest = mcp_buf_str(&a.body), id = {0};
    struct event e;
    size_t n = 0;

    room[0] = '\0';
    T_EQ(a.status, 200);
    T_STR(answer_header(&a, "Content-Type"), "text/event-stream");
    while (event_next(&rest, &id, &e, NULL)) {
        n += (size_t)snprintf(room + n, room_bytes - n, "%.*s %.*s\n", MCP_STR_ARG(e.id),
                              MCP_STR_ARG(e.data));
        T_CHECK(n < room_bytes);
    }
    if (a.is_whole) {
        snprintf(room + n, room_bytes - n, "end\n");
    }
    answer_free(&a);
    return room;
}

static inline size_t count(const char *text, const char *part)
{
    size_t n = 0;

    for (; (text = strstr(text, part)); text += strlen(part)) {
        n++;
    }
    return n;
}

#endif
