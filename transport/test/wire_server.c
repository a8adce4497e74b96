/* transport/test/wire_server.c - the wire on real sockets with a small handler, for wire_test.c
 * and for measuring: no engine, no site.
 *
 *   wire_server ADDRESS READY_FD [CERT KEY]
 *
 * GET /hello: 200 with the bytes that bench/ asks nginx for. POST /echo: the body back. GET
 * /stream?N: N bytes of a pattern as a stream. GET /never: no answer until the peer goes, told by
 * GET /gone as a count. GET /late: answered half a second later. */
#include <mcp/alloc.h>
#include <transport/http_conn.h>
#include <transport/lws_loop.h>
#include <transport/main.h>

#include <stdio.h>
#include <unistd.h>

enum { PIECE_BYTES = 16384, LATE_MAX = 64 };

struct server {
    struct mcp__http_wire wire;
    struct mcp__loop *loop;
    struct mcp__listen listen;
    struct mcp_http_exchange *late[LATE_MAX];
    int64_t late_ms[LATE_MAX];
    size_t gone;
    bool is_stopping, is_hard;
};

struct stream {
    struct mcp_http_exchange *ex;
    uint64_t at, end;
};

#define HELLO "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[]}}\n"

static void answer(struct mcp_http_exchange *ex, int status, mcp_str body)
{
    mcp_http_respond(ex, &(struct mcp_http_response){
                             .status = status, .content_type = "application/json", .body = body});
}

/* Writes until the backlog is half full; goes on when drained. */
static void pump(void *user)
{
    struct stream *s = user;
    char piece[PIECE_BYTES];

    while (s->at < s->end && mcp_http_stream_backlog(s->ex) < (1 << 18)) {
        size_t n = s->end - s->at < sizeof(piece) ? (size_t)(s->end - s->at) : sizeof(piece);

        for (size_t i = 0; i < n; i++) {
            piece[i] = (char)((s->at + i) * 2654435761u >> 13);
        }
        s->at += n;
        if (!mcp_http_stream_write(s->ex, mcp_str_n(piece, n))) {
            mcp_free(s);
            return;
        }
    }
    if (s->at == s->end) {
        mcp_http_stream_end(s->ex);
        mcp_free(s);
    }
}

static void stream_gone(void *user)
{
    mcp_free(user);
}

static void begin_stream(struct mcp_http_exchange *ex, mcp_str query)
{
    static const struct mcp_http_exchange_events events = {stream_gone, pump};
    struct stream *s = mcp_alloc_new(struct stream);

    s->ex = ex;
    if (!mcp_str_uint(query, UINT32_MAX, &s->end)) {
        s->end = 0;
    }
    mcp_http_exchange_watch(ex, &events, s);
    mcp_http_stream_begin(ex,
                          &(struct mcp_http_response){.status = 200, .content_type = "text/plain"});
    pump(s);
}

static void never_gone(void *user)
{
    struct server *s = user;

    s->gone++;
}

struct late {
    struct server *server;
    size_t slot;
};

static void begin_late(struct server *s, struct mcp_http_exchange *ex)
{
    for (size_t i = 0; i < LATE_MAX; i++) {
        if (!s->late[i]) {
            s->late[i] = ex;
            s->late_ms[i] = s->wire.now_ms + 500;
            return;
        }
    }
    answer(ex, 503, MCP_STR("full"));
}

static void handle(void *user, struct mcp_http_exchange *ex)
{
    static const struct mcp_http_exchange_events never = {never_gone, NULL};
    struct server *s = user;
    const struct mcp_http_request *req = mcp_http_exchange_request(ex);
    char number[32];

    if (mcp_str_eq(req->path, MCP_STR("/hello"))) {
        answer(ex, 200, MCP_STR(HELLO));
    } else if (mcp_str_eq(req->path, MCP_STR("/echo"))) {
        answer(ex, 200, req->body);
    } else if (mcp_str_eq(req->path, MCP_STR("/stream"))) {
        begin_stream(ex, req->query);
    } else if (mcp_str_eq(req->path, MCP_STR("/never"))) {
        mcp_http_exchange_watch(ex, &never, s);
    } else if (mcp_str_eq(req->path, MCP_STR("/late"))) {
        begin_late(s, ex);
    } else if (mcp_str_eq(req->path, MCP_STR("/gone"))) {
        int n = snprintf(number, sizeof(number), "%zu of %zu", s->gone, s->wire.connections);

        answer(ex, 200, mcp_str_n(number, (size_t)n));
    } else {
        answer(ex, 404, MCP_STR("{}"));
    }
}

static int64_t on_turn(void *user)
{
    struct server *s = user;
    bool is_waiting = false;

    s->wire.now_ms = mcp__loop_now_ms(s->loop);
    for (size_t i = 0; i < LATE_MAX; i++) {
        struct mcp_http_exchange *ex = s->late[i];

        if (ex && s->late_ms[i] <= s->wire.now_ms) {
            s->late[i] = NULL;
            answer(ex, 200, MCP_STR("late"));
        }
        is_waiting = is_waiting || s->late[i];
    }
    if (s->is_stopping && s->wire.connections == 0) {
        mcp__loop_stop(s->loop);
    }
    return is_waiting ? 20 : -1;
}

static void on_second(void *user, int64_t now_ms)
{
    struct server *s = user;
    struct mcp_clock clock;

    mcp_system_clock(&clock);
    mcp__http_wire_sweep(&s->wire, now_ms, mcp_clock_wall_ms(&clock));
}

static void on_signal(void *user, enum mcp__loop_signal signal)
{
    struct server *s = user;

    if (signal == MCP__LOOP_HANGUP) {
        mcp__loop_reload(s->loop);
    } else if (s->is_stopping) {
        s->is_hard = true;
        mcp__loop_stop(s->loop);
    } else {
        s->is_stopping = true;
        mcp__loop_unlisten(s->loop);
        mcp__listen_close(&s->listen);
        mcp__http_wire_drain(&s->wire);
    }
}

static const struct mcp_http_options OPTIONS = {.head_bytes_max = 16384,
                                                .target_bytes_max = 8000,
                                                .headers_max = 100,
                                                .body_bytes_max = 1 << 20,
                                                .trailer_bytes_max = 4096,
                                                .backlog_bytes_max = 1 << 20,
                                                .pipeline_bytes_max = 65536,
                                                .head_timeout_ms = 1000,
                                                .body_timeout_ms = 1000,
                                                .idle_timeout_ms = 60000,
                                                .write_timeout_ms = 3000};

int main(int argc, char **argv)
{
    struct server s = {.listen.fd = -1};
    struct mcp_log log;
    char err[256] = "";
    uint64_t ready = 0;

    if (argc < 3 || !mcp_str_uint(mcp_str_c(argv[2]), 1000, &ready)) {
        return 64;
    }
    mcp_stderr_log(&log);
    mcp__http_wire_init(&s.wire, &OPTIONS, &mcp__loop_io);
    s.wire.handle = handle;
    s.wire.user = &s;
    struct mcp__loop_options opt = {
        .wire = &s.wire,
        .hooks = {.user = &s, .turn = on_turn, .second = on_second, .signal = on_signal},
        .log = &log,
        .connections_max = 18000,
        .tls_cert = argc > 4 ? argv[3] : NULL,
        .tls_key = argc > 4 ? argv[4] : NULL,
    };

    if (mcp__listen_open(&s.listen, argv[1], false, err, sizeof(err))) {
        s.loop = mcp__loop_new(&opt, err, sizeof(err));
    }
    if (s.loop) {
        mcp__loop_listen(s.loop, &s.listen);
        mcp__loop_signals(s.loop);
        on_second(&s, mcp__loop_now_ms(s.loop));
        mcp_ready_notify((int)ready, s.listen.address);
        mcp__loop_run(s.loop);
    } else {
        fprintf(stderr, "wire_server: %s\n", err);
    }
    mcp__listen_close(&s.listen);
    mcp__loop_free(s.loop);
    mcp__http_wire_free(&s.wire);
    return s.is_hard || err[0] ? 1 : 0;
}
