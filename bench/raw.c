/* raw.c FILE - the floor: libwebsockets' raw-socket role answering every request with the bytes of
 * FILE, and nothing else: no parser beyond finding the end of a request, no token, no store.
 *
 * It listens on any port of 127.0.0.1 and says which on descriptor 3; SIGTERM ends it. The four
 * rules for the raw role (partial writes, packet size, own listener, loop and signals) are those
 * of transport/lws*.c. */
#include <libwebsockets.h>
#include <uv.h>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_BYTES_MAX = 8192, REPLY_BYTES_MAX = 1 << 20, BACKLOG = 1024 };

struct bench {
    struct lws_context *context;
    struct lws_vhost *vhost;
    int listener;
    unsigned char *reply; /* LWS_PRE bytes of room, then head and body */
    size_t reply_bytes;
};

struct connection {
    char bytes[REQUEST_BYTES_MAX + 1];
    size_t len;
};

/* Bytes of the first request in c->bytes, 0 while it is not complete. */
static size_t request_bytes(struct connection *c)
{
    c->bytes[c->len] = '\0';
    const char *end = strstr(c->bytes, "\r\n\r\n");
    const char *length = end ? strcasestr(c->bytes, "\r\ncontent-length:") : NULL;
    size_t body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
    size_t whole = end ? (size_t)(end - c->bytes) + 4 + body : 0;

    return whole <= c->len ? whole : 0;
}

static int answer(struct bench *b, struct lws *wsi, struct connection *c, const void *in,
                  size_t len)
{
    if (len > REQUEST_BYTES_MAX - c->len) {
        return -1;
    }
    memcpy(c->bytes + c->len, in, len);
    c->len += len;
    for (size_t n; (n = request_bytes(c)) > 0;) {
        memmove(c->bytes, c->bytes + n, c->len - n);
        c->len -= n;
        if (lws_write(wsi, b->reply + LWS_PRE, b->reply_bytes, LWS_WRITE_RAW) < 0) {
            return -1;
        }
    }
    return 0;
}

static int accept_all(struct bench *b)
{
    int fd;

    while ((fd = accept4(b->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        int on = 1;
        lws_sock_file_fd_type adopted = {.sockfd = fd};

        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        lws_adopt_descriptor_vhost(b->vhost, LWS_ADOPT_SOCKET, adopted, "raw", NULL);
    }
    return 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len)
{
    struct bench *b = lws_context_user(lws_get_context(wsi));
    struct connection *c;

    (void)user;
    switch (reason) {
    case LWS_CALLBACK_RAW_RX_FILE:
        return accept_all(b);
    case LWS_CALLBACK_RAW_ADOPT:
        c = calloc(1, sizeof(*c));
        lws_set_opaque_user_data(wsi, c);
        return c ? 0 : -1;
    case LWS_CALLBACK_RAW_RX:
        return answer(b, wsi, lws_get_opaque_user_data(wsi), in, len);
    case LWS_CALLBACK_RAW_WRITEABLE:
        if (lws_partial_buffered(wsi)) {
            lws_callback_on_writable(wsi);
        }
        return 0;
    case LWS_CALLBACK_RAW_CLOSE:
        free(lws_get_opaque_user_data(wsi));
        lws_set_opaque_user_data(wsi, NULL);
        return 0;
    default:
        return 0;
    }
}

static bool load(struct bench *b, const char *path)
{
    FILE *file = fopen(path, "rb");
    char *body = malloc(REPLY_BYTES_MAX);
    size_t n = file && body ? fread(body, 1, REPLY_BYTES_MAX, file) : 0;

    b->reply = malloc(LWS_PRE + REPLY_BYTES_MAX + 256);
    if (b->reply && n > 0) {
        int head = snprintf((char *)b->reply + LWS_PRE, 256,
                            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                            "Content-Length: %zu\r\n\r\n",
                            n);

        memcpy(b->reply + LWS_PRE + head, body, n);
        b->reply_bytes = (size_t)head + n;
    }
    free(body);
    if (file) {
        fclose(file);
    }
    return b->reply_bytes > 0;
}

static bool listen_and_say_where(struct bench *b)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(at);

    b->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (b->listener < 0 || bind(b->listener, (struct sockaddr *)&at, sizeof(at)) != 0 ||
        listen(b->listener, BACKLOG) != 0 ||
        getsockname(b->listener, (struct sockaddr *)&at, &size) != 0) {
        return false;
    }
    return dprintf(3, "127.0.0.1:%d\n", ntohs(at.sin_port)) > 0 && close(3) == 0;
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)handle;
    (void)number;
    _exit(0); /* nothing to take apart */
}

static bool open_context(struct bench *b, uv_loop_t *loop, const struct lws_protocols *protocols)
{
    void *loops[] = {loop};
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
        .foreign_loops = loops,
        .user = b,
    };
    lws_sock_file_fd_type listener = {.filefd = b->listener};

    lws_set_log_level(LLL_ERR, NULL);
    b->context = lws_create_context(&info);
    b->vhost = b->context ? lws_create_vhost(b->context, &info) : NULL;
    return b->vhost &&
           lws_adopt_descriptor_vhost(b->vhost, LWS_ADOPT_RAW_FILE_DESC, listener, "raw", NULL);
}

int main(int argc, char **argv)
{
    static const struct lws_protocols protocols[] = {
        {.name = "raw", .callback = on_event, .tx_packet_size = 65536},
        {.name = NULL},
    };
    struct bench b = {.listener = -1};
    uv_loop_t loop;
    uv_signal_t term;

    if (argc != 2 || !load(&b, argv[1]) || uv_loop_init(&loop) != 0 ||
        uv_signal_init(&loop, &term) != 0 || uv_signal_start(&term, on_signal, SIGTERM) != 0 ||
        !listen_and_say_where(&b) || !open_context(&b, &loop, protocols)) {
        fprintf(stderr, "usage: raw FILE, with descriptor 3 open for the address\n");
        return 64;
    }
    lws_service(b.context, 0); /* starts the handles; the loop is ours */
    uv_run(&loop, UV_RUN_DEFAULT);
    return 0;
}
