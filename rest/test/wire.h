/* rest/test/wire.h - a REST server in memory: HTTP bytes in, HTTP bytes out, real connections and
 * a real engine, no socket. */
#ifndef REST_TEST_WIRE_H
#define REST_TEST_WIRE_H

#include <mcp/call.h>
#include <mcp/server.h>
#include <mcp/test/t.h>
#include <rest/route.h>
#include <transport/http_answer.h>
#include <transport/http_route.h>
#include <transport/http_wire.h>

struct wire {
    struct mcp_server *server;
    struct rest *rest;
    struct mcp_http_options opt;
    struct mcp__http_wire http;
    struct mcp__http_conn *conn;
    struct mcp_principal principal; /* who the next request is from */
    struct mcp_buf out;             /* what the peer got */
    int64_t now_ms;
    struct mcp_call *late; /* a call of the tool "late" that is under way */
    bool is_stuck;         /* the peer takes nothing */
    int late_gone;         /* how often it saw itself cancelled */
};

static ptrdiff_t wire_write(void *io, const char *bytes, size_t n, bool *ret_is_stuck)
{
    struct wire *w = io;

    *ret_is_stuck = w->is_stuck;
    if (w->is_stuck) {
        return 0;
    }
    mcp_buf_add(&w->out, mcp_str_n(bytes, n));
    return (ptrdiff_t)n;
}

static void wire_pause(void *io, bool is_paused)
{
    (void)io;
    (void)is_paused;
}

static void wire_shut(void *io)
{
    (void)io;
}

static void wire_close(void *io, bool is_hard)
{
    (void)io;
    (void)is_hard;
}

static const struct mcp__http_io WIRE_IO = {wire_write, wire_pause, wire_shut, wire_close};

static int64_t wire_clock(void *user)
{
    return ((struct wire *)user)->now_ms;
}

/* Route and auth step of the transport, without tokens. */
static void wire_handle(void *user, struct mcp_http_exchange *ex)
{
    struct wire *w = user;
    const struct mcp_http_route *route =
        mcp__http_route_find("/mcp", rest_http_routes(w->rest), ex->req.path).route;

    ex->req.principal = w->principal;
    if (route) {
        route->handle(route->user, ex);
    } else {
        mcp__http_answer_nowhere(ex);
    }
}

static inline void wire_connect(struct wire *w)
{
    w->conn = mcp__http_conn_new(&w->http, w, MCP_STR("127.0.0.1"));
    T_CHECK(w->conn);
}

static inline struct mcp_server *wire_server(struct wire *w, const struct mcp_tool *tools,
                                             int32_t rate_per_minute)
{
    struct mcp_tool_set set = {tools, w};
    struct mcp_server_options so = {
        .name = "test",
        .version = "1",
        .tools = &set,
        .n_tools = 1,
        .clock = {wire_clock, wire_clock, w},
        .rate_per_minute = rate_per_minute,
    };
    char why[256] = "";
    struct mcp_server *s = mcp_server_new(&so, why, sizeof(why));

    ck_assert_msg(s != NULL, "%s", why);
    return s;
}

static inline void wire_open(struct wire *w, const struct mcp_tool *tools,
                             const struct rest_route *rows, int32_t rate_per_minute)
{
    char why[256] = "";

    *w = (struct wire){.now_ms = 1000000};
    w->opt = (struct mcp_http_options){
        .connections_max = 10,
        .head_bytes_max = 16384,
        .target_bytes_max = 8000,
        .headers_max = 100,
        .body_bytes_max = 1 << 20,
        .trailer_bytes_max = 4096,
        .backlog_bytes_max = 1 << 22,
        .pipeline_bytes_max = 65536,
        .head_timeout_ms = 10000,
        .body_timeout_ms = 30000,
        .idle_timeout_ms = 75000,
        .write_timeout_ms = 30000,
    };
    snprintf(w->principal.scopes, sizeof(w->principal.scopes), "read");
    w->principal.id[0] = 1;
    mcp_buf_init(&w->out, 1 << 24);
    w->server = wire_server(w, tools, rate_per_minute);
    w->rest = rest_new(w->server, &(struct rest_options){.routes = rows}, why, sizeof(why));
    ck_assert_msg(w->rest != NULL, "%s", why);
    mcp__http_wire_init(&w->http, &w->opt, &WIRE_IO);
    w->http.handle = wire_handle;
    w->http.user = w;
    wire_connect(w);
}

static inline void wire_close_all(struct wire *w)
{
    mcp__http_conn_free(w->conn);
    mcp__http_wire_free(&w->http);
    rest_free(w->rest);
    mcp_server_free(w->server);
    mcp_buf_free(&w->out);
}

/* Say `head` (request line and fields, without the empty line) and `body`; returns everything that
 * came back. */
static inline mcp_str wire_say(struct wire *w, const char *head, const char *body)
{
    char text[8192];
    int n = snprintf(text, sizeof(text), "%s\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n%s",
                     head, strlen(body), body);

    mcp_buf_clear(&w->out);
    mcp__http_conn_input(w->conn, text, (size_t)n);
    return mcp_buf_str(&w->out);
}

static inline mcp_str wire_get(struct wire *w, const char *target)
{
    char head[4096];

    snprintf(head, sizeof(head), "GET %s HTTP/1.1", target);
    return wire_say(w, head, "");
}

/* What follows the head. */
static inline mcp_str wire_body(mcp_str answer)
{
    for (size_t i = 0; i + 4 <= answer.len; i++) {
        if (memcmp(answer.ptr + i, "\r\n\r\n", 4) == 0) {
            return mcp_str_n(answer.ptr + i + 4, answer.len - i - 4);
        }
    }
    return MCP_STR("");
}

static inline int wire_status(mcp_str answer)
{
    uint64_t status = 0;

    T_CHECK(answer.len > 12 && mcp_str_uint(mcp_str_n(answer.ptr + 9, 3), 999, &status));
    return (int)status;
}

#endif
