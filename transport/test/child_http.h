/* transport/test/child_http.h - an HTTP connection to a server process, read as text. */
#ifndef MCP_TRANSPORT_TEST_CHILD_HTTP_H
#define MCP_TRANSPORT_TEST_CHILD_HTTP_H

#include <transport/test/child.h>
#include <transport/test/overheard_http.h>

struct conn {
    int fd;
    struct mcp_buf in;
};

static inline void dial(struct conn *k, const struct child *c)
{
    k->fd = child_connect(c);
    mcp_buf_init(&k->in, (size_t)1 << 26);
}

static inline void hang_up(struct conn *k)
{
    overheard_answers(&child_heard, mcp_buf_str(&k->in));
    close(k->fd);
    mcp_buf_free(&k->in);
}

/* Read until `part` has come; 10 s at most. */
static inline void until(struct conn *k, const char *part)
{
    struct pollfd p = {.fd = k->fd, .events = POLLIN};

    while (!t_has(mcp_buf_str(&k->in), mcp_str_c(part))) {
        char *room = mcp_buf_room(&k->in, 65536);

        ck_assert_msg(room && poll(&p, 1, 10000) == 1, "no %s in %.*s", part,
                      MCP_STR_ARG(mcp_buf_str(&k->in)));
        ssize_t n = read(k->fd, room, 65536);

        ck_assert_msg(n > 0, "the end came, no %s in %.*s", part, MCP_STR_ARG(mcp_buf_str(&k->in)));
        k->in.len += (size_t)n;
    }
}

static inline void send_request(struct conn *k, const char *line, const char *headers,
                                const char *body)
{
    char text[8192];
    int n =
        snprintf(text, sizeof(text),
                 "%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                 "Accept: application/json, text/event-stream\r\n%sContent-Length: %zu\r\n\r\n%s",
                 line, headers, strlen(body), body);

    overheard_said(&child_heard, mcp_str_c(body));
    T_CHECK(n > 0 && (size_t)n < sizeof(text) && write(k->fd, text, (size_t)n) == n);
}

static inline void post(struct conn *k, const char *headers, const char *body)
{
    send_request(k, "POST /mcp", headers, body);
}

/* The text between `before` and the next `end`. */
static inline void cut(mcp_str text, const char *before, char end, char *room, size_t room_bytes)
{
    mcp_str mark = mcp_str_c(before);

    for (size_t i = 0; i + mark.len <= text.len; i++) {
        if (memcmp(text.ptr + i, mark.ptr, mark.len) == 0) {
            const char *from = text.ptr + i + mark.len;
            const char *to = memchr(from, end, text.len - i - mark.len);

            T_CHECK(to != NULL);
            snprintf(room, room_bytes, "%.*s", (int)(to - from), from);
            return;
        }
    }
    ck_abort_msg("no %s in %.*s", before, MCP_STR_ARG(text));
}

#endif
