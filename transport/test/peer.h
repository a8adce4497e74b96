/* transport/test/peer.h - the other side of outbound requests: a listener on loopback that answers
 * as the test says, well or badly, with or without TLS, and counts who came.
 *
 * One thread accepts, one serves each connection; peer_close() ends them all. */
#ifndef TRANSPORT_TEST_PEER_H
#define TRANSPORT_TEST_PEER_H

#include <mcp/test/t.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PEER_CONNS = 512, PEER_REQUEST = 2 << 20 };

struct peer;
struct peer_conn {
    struct peer *peer;
    int fd;
    SSL *ssl;
    pthread_t thread;
    char request[PEER_REQUEST]; /* head and body, NUL-terminated */
    char *body;
};
/* Answer c->request. True: read the next request of the connection. */
typedef bool peer_answer_fn(struct peer_conn *c);

struct peer {
    int fd;
    uint16_t port;
    SSL_CTX *tls; /* NULL: plain */
    peer_answer_fn *answer;
    void *user;
    pthread_t thread;
    atomic_int n_accepted, n_requests;
    atomic_int n_now, n_most; /* requests being answered, and the most at once */
    atomic_bool is_closing;
    pthread_mutex_t lock;
    struct peer_conn *conns[PEER_CONNS]; /* the lock's */
    size_t n_conns;
    char *last;       /* the lock's: the newest request */
    char *shown;      /* a copy for peer_last() */
    char offered[64]; /* the lock's: the protocols of the newest TLS handshake (ALPN) */
};

static inline bool peer_put(struct peer_conn *c, const char *bytes, size_t n)
{
    while (n) {
        ssize_t put =
            c->ssl ? SSL_write(c->ssl, bytes, (int)n) : send(c->fd, bytes, n, MSG_NOSIGNAL);

        if (put <= 0) {
            return false;
        }
        bytes += put;
        n -= (size_t)put;
    }
    return true;
}

static inline bool peer_say(struct peer_conn *c, const char *text)
{
    return peer_put(c, text, strlen(text));
}

/* A whole answer with the usual head; `head` holds more lines, each ending in CR LF. */
static inline bool peer_reply(struct peer_conn *c, int status, const char *head, const char *body,
                              size_t n)
{
    char text[2048];

    snprintf(text, sizeof(text), "HTTP/1.1 %d Said\r\nContent-Length: %zu\r\n%s\r\n", status, n,
             head);
    return peer_say(c, text) && peer_put(c, body, n);
}

/* Until the other side has gone, or the peer closes. */
static inline void peer_stall(struct peer_conn *c)
{
    char byte;

    while ((c->ssl ? SSL_read(c->ssl, &byte, 1) : read(c->fd, &byte, 1)) > 0) {
    }
}

/* The path and query of the request begin with `path`. */
static inline bool peer_asks(const struct peer_conn *c, const char *path)
{
    const char *at = strchr(c->request, ' ');

    return at && strncmp(at + 1, path, strlen(path)) == 0;
}

static inline size_t peer__body_length(const char *head)
{
    const char *at = strcasestr(head, "\r\nContent-Length:");

    return at ? strtoul(at + 17, NULL, 10) : 0;
}

/* One request, whole. */
static inline bool peer__read(struct peer_conn *c)
{
    size_t n = 0;

    for (;;) {
        size_t room = sizeof(c->request) - 1 - n;
        ssize_t got = c->ssl ? SSL_read(c->ssl, c->request + n, (int)room)
                             : read(c->fd, c->request + n, room);

        if (got <= 0) {
            return false;
        }
        n += (size_t)got;
        c->request[n] = '\0';
        if (c->request[0] == 0x16) { /* a TLS handshake that is not for us */
            (void)!send(c->fd, "HTTP/1.1 400 Bad Request\r\n\r\n", 28, MSG_NOSIGNAL);
            return false;
        }
        char *end = strstr(c->request, "\r\n\r\n");

        if (end && n - (size_t)(end + 4 - c->request) >= peer__body_length(c->request)) {
            c->body = end + 4;
            return true;
        }
    }
}

static inline void peer__keep(struct peer_conn *c)
{
    pthread_mutex_lock(&c->peer->lock);
    free(c->peer->last);
    c->peer->last = strdup(c->request);
    pthread_mutex_unlock(&c->peer->lock);
}

static inline void *peer__serve(void *arg)
{
    struct peer_conn *c = arg;
    struct peer *p = c->peer;
    bool more = true;

    if (p->tls) {
        c->ssl = SSL_new(p->tls);
        SSL_set_fd(c->ssl, c->fd);
        more = SSL_accept(c->ssl) == 1;
    }
    while (more && peer__read(c)) {
        int now = atomic_fetch_add(&p->n_now, 1) + 1, most = atomic_load(&p->n_most);

        while (now > most && !atomic_compare_exchange_weak(&p->n_most, &most, now)) {
        }
        atomic_fetch_add(&p->n_requests, 1);
        peer__keep(c);
        more = p->answer(c);
        atomic_fetch_sub(&p->n_now, 1);
    }
    SSL_free(c->ssl);
    shutdown(c->fd, SHUT_RDWR); /* the number stays taken until peer_close() */
    return NULL;
}

static inline void *peer__accept(void *arg)
{
    struct peer *p = arg;

    for (;;) {
        int fd = accept4(p->fd, NULL, NULL, SOCK_CLOEXEC);

        if (fd < 0 || atomic_load(&p->is_closing)) {
            close(fd);
            return NULL;
        }
        struct peer_conn *c = calloc(1, sizeof(*c));

        *c = (struct peer_conn){.peer = p, .fd = fd};
        atomic_fetch_add(&p->n_accepted, 1);
        pthread_mutex_lock(&p->lock);
        T_CHECK(p->n_conns < PEER_CONNS);
        p->conns[p->n_conns++] = c;
        T_EQ(pthread_create(&c->thread, NULL, peer__serve, c), 0);
        pthread_mutex_unlock(&p->lock);
    }
}

/* Listens on `address` ("127.0.0.1", "::1"), port 0, or `port` when not 0; `tls` is taken, NULL:
 * plain. False: no such address here. */
static inline bool peer_open_at(struct peer *p, const char *address, uint16_t port, SSL_CTX *tls,
                                peer_answer_fn *answer)
{
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    bool is_v6 = strchr(address, ':') != NULL;
    struct sockaddr *sa = is_v6 ? (struct sockaddr *)&in6 : (struct sockaddr *)&in;
    socklen_t bytes = is_v6 ? sizeof(in6) : sizeof(in);
    int on = 1;

    *p = (struct peer){.answer = answer, .tls = tls};
    signal(SIGPIPE, SIG_IGN);
    inet_pton(is_v6 ? AF_INET6 : AF_INET, address,
              is_v6 ? (void *)&in6.sin6_addr : (void *)&in.sin_addr);
    p->fd = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (p->fd < 0) {
        return false;
    }
    setsockopt(p->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(p->fd, sa, bytes) || listen(p->fd, 128) || getsockname(p->fd, sa, &bytes)) {
        close(p->fd);
        return false;
    }
    p->port = ntohs(is_v6 ? in6.sin6_port : in.sin_port);
    pthread_mutex_init(&p->lock, NULL);
    T_EQ(pthread_create(&p->thread, NULL, peer__accept, p), 0);
    return true;
}

static inline void peer_open(struct peer *p, peer_answer_fn *answer)
{
    T_CHECK(peer_open_at(p, "127.0.0.1", 0, NULL, answer));
}

static inline void peer_close(struct peer *p)
{
    atomic_store(&p->is_closing, true);
    shutdown(p->fd, SHUT_RDWR);
    pthread_join(p->thread, NULL);
    close(p->fd);
    for (size_t i = 0; i < p->n_conns; i++) {
        shutdown(p->conns[i]->fd, SHUT_RDWR);
        pthread_join(p->conns[i]->thread, NULL);
        close(p->conns[i]->fd);
        free(p->conns[i]);
    }
    pthread_mutex_destroy(&p->lock);
    SSL_CTX_free(p->tls);
    free(p->last);
    free(p->shown);
}

/* The newest request, for T_HAS; valid until it is asked for again. */
static inline mcp_str peer_last(struct peer *p)
{
    pthread_mutex_lock(&p->lock);
    free(p->shown);
    p->shown = p->last ? strdup(p->last) : NULL;
    pthread_mutex_unlock(&p->lock);
    return mcp_str_c(p->shown);
}

/* ---- TLS ---- */

/* A directory with ca.pem, and a certificate for `san` ("DNS:localhost,IP:127.0.0.1") by it. */
struct peer_tls {
    char dir[32], ca[64], cert[64], key[64];
};

static inline void peer_tls_make(struct peer_tls *t, const char *san)
{
    char command[2048];

    *t = (struct peer_tls){.dir = "/tmp/peer-tls-XXXXXX"};
    T_CHECK(mkdtemp(t->dir) != NULL);
    snprintf(t->ca, sizeof(t->ca), "%s/ca.pem", t->dir);
    snprintf(t->cert, sizeof(t->cert), "%s/cert.pem", t->dir);
    snprintf(t->key, sizeof(t->key), "%s/key.pem", t->dir);
    snprintf(command, sizeof(command),
             "cd %s && exec 2>/dev/null &&"
             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 "
             "-subj /CN=test-ca -keyout ca.key -out ca.pem &&"
             "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=peer "
             "-keyout key.pem -out csr.pem && printf 'subjectAltName=%s\\n' >ext &&"
             "openssl x509 -req -in csr.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 "
             "-extfile ext -out cert.pem",
             t->dir, san);
    T_EQ(system(command), 0);
}

static inline int peer__alpn(SSL *ssl, const unsigned char **out, unsigned char *out_bytes,
                             const unsigned char *in, unsigned in_bytes, void *arg)
{
    struct peer *p = arg;

    (void)ssl, (void)out, (void)out_bytes;
    pthread_mutex_lock(&p->lock);
    snprintf(p->offered, sizeof(p->offered), "%.*s", (int)in_bytes, (const char *)in);
    pthread_mutex_unlock(&p->lock);
    return SSL_TLSEXT_ERR_NOACK;
}

/* As peer_open(), with TLS. */
static inline void peer_tls_open(struct peer *p, const struct peer_tls *t, peer_answer_fn *answer)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

    T_EQ(SSL_CTX_use_certificate_file(tls, t->cert, SSL_FILETYPE_PEM), 1);
    T_EQ(SSL_CTX_use_PrivateKey_file(tls, t->key, SSL_FILETYPE_PEM), 1);
    SSL_CTX_set_alpn_select_cb(tls, peer__alpn, p);
    T_CHECK(peer_open_at(p, "127.0.0.1", 0, tls, answer));
}

static inline void peer_tls_remove(const struct peer_tls *t)
{
    char command[64];

    snprintf(command, sizeof(command), "rm -r %s", t->dir);
    T_EQ(system(command), 0);
}

#endif
