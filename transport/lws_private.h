/* transport/lws_private.h - what lws_loop.c, lws_conn.c and lws_accept.c share. */
#ifndef MCP_TRANSPORT_LWS_PRIVATE_H
#define MCP_TRANSPORT_LWS_PRIVATE_H

#include <libwebsockets.h>
#include <transport/lws_loop.h>
#include <uv.h>

/* One accepted socket: opaque user data of its wsi, io of its connection. */
struct mcp__lws_socket {
    struct mcp__loop *loop;
    struct lws *wsi;
    struct mcp__http_conn *conn;
    bool is_adopting; /* lws_adopt has not returned: it may fail and call RAW_CLOSE or not */
    bool is_closing;
    bool is_closed;
    bool is_paused; /* the connection wants no input */
    bool is_stuck;  /* lws holds a partial write */
};

struct mcp__loop {
    struct mcp__loop_options opt;
    uv_loop_t uv;
    struct lws_context *context; /* set to NULL by lws when it is destroyed */
    struct lws_vhost *vhost;
    struct mcp__listen *listen;
    uv_poll_t acceptor, watched;
    uv_prepare_t turn;
    uv_timer_t second, due, every;
    uv_async_t wake;
    uv_signal_t signals[3];
    int64_t due_ms; /* when the due timer fires; 0: not running */
    int reserve_fd; /* given up for a moment when descriptors run out */
    bool is_full_told;
    bool is_accepting, has_signals;
};

/* lws_conn.c: the raw-skt role's callback. */
int mcp__lws_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                      size_t len);
/* lws_accept.c: the listener is readable. */
void mcp__lws_accept(uv_poll_t *handle, int status, int events);

#endif
