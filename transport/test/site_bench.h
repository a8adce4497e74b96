/* transport/test/site_bench.h - the whole HTTP path in memory: wire, site, engine; no socket.
 *
 * A line is one connection: bytes said into it, bytes that came out. Time stands still until
 * bench_wait(). */
#ifndef MCP_TRANSPORT_TEST_SITE_BENCH_H
#define MCP_TRANSPORT_TEST_SITE_BENCH_H

#include <stdarg.h>
#include <transport/http_conn.h>
#include <transport/http_site.h>
#include <transport/test/overheard_http.h>
#include <transport/test/slow_tool.h>

enum { LINES = 6 };

struct line {
    struct bench *bench;
    struct mcp__http_conn *conn;
    struct mcp_buf out;
    size_t room; /* bytes it takes before it is stuck */
    bool is_closed;
};

struct bench {
    int64_t now_ms;
    struct mcp_server *server;
    struct mcp_http_options opt;
    struct mcp__http_wire wire;
    struct mcp__http_site *site;
    struct line lines[LINES];
    char session[64]; /* of the last bench_initialize() */
    int verified;
    struct overheard heard;
    bool is_deaf;    /* judges nothing: memory is refused */
    bool is_session; /* what verify() says of a credential that it knows */
};

static inline int64_t bench_clock(void *user)
{
    return ((struct bench *)user)->now_ms;
}

static inline ptrdiff_t line_write(void *io, const char *bytes, size_t n, bool *ret_is_stuck)
{
    struct line *l = io;
    size_t taken = n < l->room ? n : l->room;

    mcp_buf_add(&l->out, mcp_str_n(bytes, taken));
    l->room -= taken;
    *ret_is_stuck = taken < n;
    return (ptrdiff_t)taken;
}

static inline void line_pause(void *io, bool is_paused)
{
    (void)io;
    (void)is_paused;
}

static inline void line_shut(void *io)
{
    ((struct line *)io)->is_closed = true;
}

static inline void line_close(void *io, bool is_hard)
{
    (void)is_hard;
    ((struct line *)io)->is_closed = true;
}

static const struct mcp__http_io LINE_IO = {line_write, line_pause, line_shut, line_close};

/* "good", "other" and "reader" are let in; "broken" means that the store is. */
static inline mcp_err bench_verify(void *user, mcp_str credential, struct mcp_principal *ret)
{
    struct bench *b = user;
    static const char *const KNOWN[] = {"good", "other", "reader"};

    b->verified++;
    if (mcp_str_eq(credential, MCP_STR("broken"))) {
        return MCP_E_STORAGE;
    }
    for (uint8_t i = 0; i < 3; i++) {
        if (mcp_str_eq(credential, mcp_str_c(KNOWN[i]))) {
            *ret = (struct mcp_principal){
                .id = {(uint8_t)(i + 1)}, .owner = i + 1U, .is_session = b->is_session};
            memcpy(ret->scopes, "*", 2);
            ret->scopes[0] = i == 2 ? 'x' : '*';
            return MCP_OK;
        }
    }
    return MCP_E_UNAUTHORIZED;
}

static inline void bench_handle(void *user, struct mcp_http_exchange *ex)
{
    mcp__http_site_handle(((struct bench *)user)->site, ex);
}

static inline bool bench_is_rpc(void *user, mcp_str path)
{
    return mcp__http_site_is_mcp(((struct bench *)user)->site, path);
}

/* `opt` zero members get the defaults of http.h. */
static inline bool bench_open(struct bench *b, struct mcp_http_options opt)
{
    struct mcp_tool_set tools = {SLOW_TOOLS, &b->server};
    struct mcp_server_options server = {.name = "bench",
                                        .version = "1",
                                        .tools = &tools,
                                        .n_tools = 1,
                                        .has_logging = true,
                                        .announces = MCP_CHANGED_TOOLS,
                                        .clock = {bench_clock, bench_clock, b}};
    char why[200];

#define DEFAULT(field, value) opt.field = opt.field ? opt.field : (value)
    DEFAULT(endpoint, "/mcp");
    DEFAULT(connections_max, 100);
    DEFAULT(head_bytes_max, 16384);
    DEFAULT(target_bytes_max, 8192);
    DEFAULT(headers_max, 100);
    DEFAULT(body_bytes_max, 1 << 20);
    DEFAULT(trailer_bytes_max, 4096);
    DEFAULT(backlog_bytes_max, 4 << 20);
    DEFAULT(pipeline_bytes_max, 65536);
    DEFAULT(head_timeout_ms, 10000);
    DEFAULT(body_timeout_ms, 30000);
    DEFAULT(idle_timeout_ms, 75000);
    DEFAULT(write_timeout_ms, 30000);
    DEFAULT(keep_alive_ms, 15000);
    DEFAULT(sessions_max, 100);
    DEFAULT(sessions_per_token_max, 100);
    DEFAULT(session_idle_ms, 1800000);
    DEFAULT(replay_bytes_max, 65536);
    DEFAULT(replay_events_max, 256);
    DEFAULT(replay_total_bytes_max, (size_t)64 << 20);
    DEFAULT(results_bytes_max, (size_t)64 << 20);
    DEFAULT(retry_ms, 1000);
    DEFAULT(drain_ms, 10000);
#undef DEFAULT
    *b = (struct bench){.now_ms = 1000000, .opt = opt};
    if (!b->opt.anonymous.scopes[0]) {
        b->opt.anonymous.scopes[0] = '*';
    }
    for (int i = 0; i < LINES; i++) {
        b->lines[i].bench = b;
        mcp_buf_init(&b->lines[i].out, (size_t)1 << 27);
    }
    mcp__http_wire_init(&b->wire, &b->opt, &LINE_IO);
    b->wire.handle = bench_handle;
    b->wire.is_rpc = bench_is_rpc;
    b->wire.user = b;
    b->server = mcp_server_new(&server, why, sizeof(why));
    b->site = b->server ? mcp__http_site_new(b->server, &b->opt, false, why, sizeof(why)) : NULL;
    return b->site != NULL;
}

/* Judge what came out of a line so far. */
static inline void line_judge(const struct line *l)
{
    if (l->out.len && !l->bench->is_deaf) {
        overheard_answers(&l->bench->heard, mcp_buf_str(&l->out));
    }
}

static inline void line_hang_up(struct line *l)
{
    line_judge(l);
    mcp__http_conn_free(l->conn);
    l->conn = NULL;
    mcp_buf_free(&l->out);
    l->is_closed = false;
}

static inline void bench_close(struct bench *b)
{
    for (int i = 0; i < LINES; i++) {
        line_hang_up(&b->lines[i]);
    }
    mcp__http_site_free(b->site);
    mcp__http_wire_free(&b->wire);
    mcp_server_free(b->server);
}

/* What the loop does at the end of a turn. */
static inline void bench_turn(struct bench *b)
{
    b->wire.now_ms = b->now_ms;
    (void)mcp_server_tick(b->server);
    if (b->site) {
        (void)mcp__http_site_tick(b->site);
    }
}

/* Let time pass in steps of 10 ms. */
static inline void bench_wait(struct bench *b, int64_t ms)
{
    for (int64_t i = 0; i < ms; i += 10) {
        b->now_ms += 10;
        bench_turn(b);
    }
}

/* Say bytes on line `i`, which is opened when it is not. What came out before is forgotten. */
static inline void say(struct bench *b, int i, mcp_str bytes)
{
    struct line *l = &b->lines[i];

    line_judge(l);
    mcp_buf_clear(&l->out);
    if (!l->conn) {
        l->room = SIZE_MAX;
        l->is_closed = false;
        l->conn = mcp__http_conn_new(&b->wire, l, MCP_STR("127.0.0.1"));
    }
    if (!b->is_deaf) {
        size_t head = answer_find(bytes, "\r\n\r\n");

        overheard_said(&b->heard, mcp_str_n(bytes.ptr + head, bytes.len - head));
    }
    if (l->conn) {
        mcp__http_conn_input(l->conn, bytes.ptr, bytes.len);
    }
    bench_turn(b);
}

#define HOST "Host: localhost\r\n"
#define JSON "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"

/* A POST to /mcp; `headers` are whole lines. */
static inline void post(struct bench *b, int i, const char *headers, const char *body)
{
    struct mcp_buf text;

    mcp_buf_init(&text, (size_t)1 << 22);
    mcp_buf_add(&text, MCP_STR("POST /mcp HTTP/1.1\r\n" HOST JSON));
    mcp_buf_add_c(&text, headers);
    mcp_buf_add(&text, MCP_STR("Content-Length: "));
    mcp_buf_int(&text, (int64_t)strlen(body));
    mcp_buf_add(&text, MCP_STR("\r\n\r\n"));
    mcp_buf_add_c(&text, body);
    if (!text.failed) {
        say(b, i, mcp_buf_str(&text));
    }
    mcp_buf_free(&text);
}

/* The session header line of the last handshake, after `before` (whole lines). Static room. */
static inline const char *in_session(struct bench *b, const char *before)
{
    static char room[700];

    snprintf(room, sizeof(room), "%.400sMcp-Session-Id: %.100s\r\n", before, b->session);
    return room;
}

/* The answer on line `i` so far. */
static inline struct answer got(struct bench *b, int i)
{
    return answer_read(mcp_buf_str(&b->lines[i].out));
}

static inline int status(struct bench *b, int i)
{
    struct answer a = got(b, i);

    answer_free(&a);
    return a.status;
}

#define INITIALIZE(revision)                                                                       \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":"     \
    "\"" revision "\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}"
#define INITIALIZED "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"
#define PING        "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}"
#define SLOW(id, arguments)                                                                        \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"tools/call\",\"params\":{\"name\":\"slow\","  \
    "\"arguments\":" arguments ",\"_meta\":{\"progressToken\":\"p" id "\"}}}"

/* A legacy handshake on line `i`; false when there was no memory for it. */
static inline bool bench_initialize(struct bench *b, int i, const char *headers, const char *body)
{
    post(b, i, headers, body);
    struct answer a = got(b, i);
    mcp_str id = answer_header(&a, "Mcp-Session-Id");
    bool is_open = a.status == 200 && id.len && id.len < sizeof(b->session);

    if (is_open) {
        memcpy(b->session, id.ptr, id.len);
        b->session[id.len] = '\0';
    }
    answer_free(&a);
    return is_open;
}

#endif
