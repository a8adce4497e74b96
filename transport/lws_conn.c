/* transport/lws_conn.c - one socket in libwebsockets' raw-skt role, and a connection's io table.
 *
 * The four rules of the raw role are in design.md 16; each is marked where it is kept. */
#include <transport/lws_private.h>

#include <mcp/alloc.h>

#include <sys/socket.h>

/* Rule 2: more than this in one lws_write() would be copied into lws's own list. */
enum { WRITE_BYTES_MAX = 65536 };

/* Reading rests while the connection wants no input, and while lws holds a partial write: it
 * would not read then, and a readable socket would spin the loop. */
static void set_reading(struct mcp__lws_socket *s, bool was_reading)
{
    bool is_reading = !s->is_paused && !s->is_stuck;

    if (is_reading != was_reading) {
        lws_rx_flow_control(s->wsi, is_reading);
    }
}

static ptrdiff_t io_write(void *io, const char *bytes, size_t n, bool *ret_is_stuck)
{
    struct mcp__lws_socket *s = io;
    size_t len = n < WRITE_BYTES_MAX ? n : WRITE_BYTES_MAX;
    bool was_reading = !s->is_paused && !s->is_stuck;
    unsigned char *at;

    memcpy(&at, &bytes, sizeof(at)); /* lws_write() does not write there in this role */
    if (lws_write(s->wsi, at, len, LWS_WRITE_RAW) < 0) {
        return -1;
    }
    s->is_stuck = lws_partial_buffered(s->wsi) != 0;
    *ret_is_stuck = s->is_stuck || len < n;
    if (*ret_is_stuck) {
        lws_callback_on_writable(s->wsi);
    }
    set_reading(s, was_reading);
    return (ptrdiff_t)len;
}

static void io_pause(void *io, bool is_paused)
{
    struct mcp__lws_socket *s = io;
    bool was_reading = !s->is_paused && !s->is_stuck;

    s->is_paused = is_paused;
    set_reading(s, was_reading);
}

static void io_shut(void *io)
{
    struct mcp__lws_socket *s = io;

    if (lws_is_ssl(s->wsi)) { /* no half-close in lws's TLS: close_notify comes with the close */
        s->is_closing = true;
        lws_callback_on_writable(s->wsi);
        return;
    }
    shutdown(lws_get_socket_fd(s->wsi), SHUT_WR);
}

/* lws closes a wsi only from its own callbacks: make one come. A full socket is never writable,
 * so a hard close shuts it first. */
static void io_close(void *io, bool is_hard)
{
    struct mcp__lws_socket *s = io;

    s->is_closing = true;
    if (s->is_closed) {
        return;
    }
    if (is_hard) {
        shutdown(lws_get_socket_fd(s->wsi), SHUT_RDWR);
    }
    lws_callback_on_writable(s->wsi);
}

const struct mcp__http_io mcp__loop_io = {
    .write = io_write, .pause = io_pause, .shut = io_shut, .close = io_close};

static void touch(struct mcp__lws_socket *s)
{
    s->loop->opt.wire->now_ms = (int64_t)uv_now(&s->loop->uv);
}

static int on_rx(struct mcp__lws_socket *s, const char *in, size_t len)
{
    touch(s);
    if (!s->is_closing) {
        mcp__http_conn_input(s->conn, in, len);
    }
    return s->is_closing ? -1 : 0;
}

static int on_writable(struct mcp__lws_socket *s)
{
    if (s->is_closing) {
        return -1;
    }
    /* Rule 1: lws forgets POLLOUT when a partial was left by a write in RAW_RX. */
    if (lws_partial_buffered(s->wsi)) {
        lws_callback_on_writable(s->wsi);
        return 0;
    }
    touch(s);
    if (s->is_stuck) {
        s->is_stuck = false;
        set_reading(s, false);
    }
    mcp__http_conn_writable(s->conn);
    return s->is_closing ? -1 : 0;
}

static void on_close(struct mcp__lws_socket *s)
{
    struct mcp__http_conn *conn = s->conn;

    touch(s);
    s->is_closed = true;
    s->conn = NULL;
    mcp__http_conn_free(conn);
    if (!s->is_adopting) {
        mcp_free(s);
    }
}

int mcp__lws_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                      size_t len)
{
    struct mcp__lws_socket *s = lws_get_opaque_user_data(wsi);

    (void)user;
    if (!s) {
        return 0;
    }
    switch (reason) {
    case LWS_CALLBACK_RAW_RX:
        return on_rx(s, in, len);
    case LWS_CALLBACK_RAW_WRITEABLE:
        return on_writable(s);
    case LWS_CALLBACK_RAW_CLOSE:
        lws_set_opaque_user_data(wsi, NULL);
        on_close(s);
        return 0;
    default:
        return 0;
    }
}
