/* transport/test/deliver_bench.h - a deliver client and a peer that behaves as its path says. */
#ifndef TRANSPORT_TEST_DELIVER_BENCH_H
#define TRANSPORT_TEST_DELIVER_BENCH_H

#include <transport/test/deliver_wait.h>
#include <transport/test/peer.h>

#include <mcp/clock.h>
#include <transport/main.h>

static inline int64_t bench_now_ms(void)
{
    struct mcp_clock c;

    mcp_system_clock(&c);
    return mcp_clock_monotonic_ms(&c);
}

/* ---- A peer that behaves as its path says ---- */

static inline void drip(struct peer_conn *c)
{
    (void)peer_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    while (peer_say(c, ".")) {
        usleep(20000);
    }
}

static inline void flood(struct peer_conn *c, const char *head, const char *again)
{
    bool more = peer_say(c, head);

    while (more) {
        more = peer_say(c, again);
    }
}

static inline bool reply_gzip(struct peer_conn *c, const char *command)
{
    static char packed[65536];
    FILE *p = popen(command, "r");
    size_t n = fread(packed, 1, sizeof(packed), p);

    pclose(p);
    return peer_reply(c, 200, "Content-Encoding: gzip\r\n", packed, n);
}

static inline bool behave_well(struct peer_conn *c, bool *ret_more)
{
    *ret_more = true;
    if (peer_asks(c, "/ok")) {
        *ret_more = peer_reply(c, 200, "", "hello", 5);
    } else if (peer_asks(c, "/busy")) {
        *ret_more = peer_reply(
            c, 503, "retry-after:  120 \r\nDate: Fri, 06 Nov 2026 08:00:30 GMT\r\n", "later", 5);
    } else if (peer_asks(c, "/continue")) {
        *ret_more = peer_say(c, "HTTP/1.1 103 Early\r\nRetry-After: 9\r\n\r\n") &&
                    peer_reply(c, 200, "", "x", 1);
    } else if (peer_asks(c, "/chunks")) {
        *ret_more = peer_say(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    } else if (peer_asks(c, "/trailer")) {
        *ret_more = peer_say(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                "3\r\nabc\r\n0\r\nRetry-After: 5\r\n\r\n");
    } else if (peer_asks(c, "/close")) {
        *ret_more = peer_say(c, "HTTP/1.1 200 OK\r\n\r\nuntil the end") && false;
    } else if (peer_asks(c, "/gzip")) {
        *ret_more = reply_gzip(c, "printf '{\"balance\":12}' | gzip");
    } else if (peer_asks(c, "/none")) {
        *ret_more = peer_say(c, "HTTP/1.1 204 No Content\r\n\r\n");
    } else {
        return false;
    }
    return true;
}

static inline bool behave(struct peer_conn *c)
{
    bool more;

    if (behave_well(c, &more)) {
        return more;
    }
    if (peer_asks(c, "/stall")) {
        peer_stall(c);
    } else if (peer_asks(c, "/drip")) {
        drip(c);
    } else if (peer_asks(c, "/declared")) {
        (void)peer_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n");
        peer_stall(c);
    } else if (peer_asks(c, "/endless")) {
        flood(c, "HTTP/1.1 200 OK\r\n\r\n", "0123456789abcdef");
    } else if (peer_asks(c, "/chunked-endless")) {
        flood(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "4\r\nabcd\r\n");
    } else if (peer_asks(c, "/head-endless")) {
        flood(c, "HTTP/1.1 200 OK\r\n", "X-Filler: 0123456789abcdef0123456789abcdef\r\n");
    } else if (peer_asks(c, "/line-endless")) {
        flood(c, "HTTP/1.1 200 OK\r\nX-Filler: ", "0123456789abcdef0123456789abcdef");
    } else if (peer_asks(c, "/bomb")) {
        return reply_gzip(c, "head -c 9000000 /dev/zero | gzip");
    } else if (peer_asks(c, "/badzip")) {
        return peer_reply(c, 200, "Content-Encoding: gzip\r\n", "this is no gzip", 15);
    } else if (peer_asks(c, "/cutzip")) {
        return reply_gzip(c, "seq 9999 | gzip | head -c 500");
    } else if (peer_asks(c, "/short")) {
        (void)peer_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
    } else if (peer_asks(c, "/half-head")) {
        (void)peer_say(c, "HTTP/1.1 200 OK\r\nContent-");
    } else if (peer_asks(c, "/garbage")) {
        (void)peer_say(c, "SSH-2.0-OpenSSH_9.2\r\n\r\n");
    } else if (peer_asks(c, "/999")) {
        (void)peer_say(c, "HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n");
    }
    return false;
}

struct bench {
    struct peer peer;
    struct waiter w;
    char url[256], body[65536];
};

static inline void open_bench(struct bench *b, struct mcp_deliver_options opt)
{
    *b = (struct bench){.url = ""};
    opt.allow_http = true;
    peer_open(&b->peer, behave);
    waiter_open(&b->w, opt, true);
}

static inline void close_bench(struct bench *b)
{
    waiter_close(&b->w);
    peer_close(&b->peer);
}

static inline mcp_str url(struct bench *b, const char *path)
{
    snprintf(b->url, sizeof(b->url), "http://127.0.0.1:%d%s", b->peer.port, path);
    return mcp_str_c(b->url);
}

static inline void ask(struct bench *b, struct mcp_delivery *r, const char *path)
{
    r->url = url(b, path);
    r->method = r->method.ptr ? r->method : MCP_STR("GET");
    waiter_ask(&b->w, r, b->body, sizeof(b->body));
}

#endif
