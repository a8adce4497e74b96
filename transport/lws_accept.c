/* transport/lws_accept.c - new connections. Rule 3: the listening socket is ours, so that it can
 * be capped, shared and closed gracefully. */
#include <transport/lws_private.h>

#include <mcp/alloc.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { ACCEPTS_PER_TURN = 64 };

static void adopt(struct mcp__loop *loop, int fd, const char *peer)
{
    struct mcp__lws_socket *s = mcp_alloc_new(struct mcp__lws_socket);

    if (s) {
        s->conn = mcp__http_conn_new(loop->opt.wire, s, mcp_str_c(peer));
    }
    if (!s || !s->conn) {
        mcp_free(s);
        close(fd);
        return;
    }
    lws_adopt_desc_t desc = {
        .vh = loop->vhost,
        .type = LWS_ADOPT_SOCKET | (loop->opt.tls_cert ? LWS_ADOPT_ALLOW_SSL : 0),
        .fd.sockfd = fd,
        .vh_prot_name = "http",
        .opaque = s,
    };

    s->loop = loop;
    s->is_adopting = true;
    s->wsi = lws_adopt_descriptor_vhost_via_info(&desc);
    s->is_adopting = false;
    if (!s->wsi || s->is_closed) { /* lws has closed the descriptor */
        mcp__http_conn_free(s->conn);
        mcp_free(s);
    }
}

/* Out of descriptors, the queue would stay readable and spin the loop: take one connection from
 * it with the reserve and drop it. */
static bool shed(struct mcp__loop *loop)
{
    char peer[64];

    if (!loop->is_full_told) {
        mcp_log(loop->opt.log, MCP_LOG_WARN, "out of descriptors: connections are turned away");
        loop->is_full_told = true;
    }
    if (loop->reserve_fd >= 0) {
        close(loop->reserve_fd);
    }
    int fd = mcp__listen_accept(loop->listen, peer);
    int err = errno;

    if (fd >= 0) {
        close(fd);
    }
    loop->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return fd >= 0 || err == ECONNABORTED || err == EINTR;
}

/* One connection; false when there is none now. */
static bool accept_one(struct mcp__loop *loop)
{
    char peer[64] = "";
    int fd = mcp__listen_accept(loop->listen, peer);

    if (fd < 0) {
        return errno == ECONNABORTED || errno == EINTR ||
               ((errno == EMFILE || errno == ENFILE) && shed(loop));
    }
    if (loop->opt.wire->connections >= loop->opt.connections_max) {
        close(fd);
    } else {
        adopt(loop, fd, peer);
    }
    return true;
}

void mcp__lws_accept(uv_poll_t *handle, int status, int events)
{
    struct mcp__loop *loop = handle->data;

    (void)status;
    (void)events;
    loop->opt.wire->now_ms = (int64_t)uv_now(&loop->uv);
    for (int i = 0; i < ACCEPTS_PER_TURN && accept_one(loop); i++) {
    }
}
