/* transport/listen.c - see listen.h. */
#include <transport/listen.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

union address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
    struct sockaddr_storage storage;
};

static void say(char *reterr, size_t reterr_bytes, const char *address, const char *what)
{
    snprintf(reterr, reterr_bytes, "%s: %s", address, what);
}

static void say_errno(char *reterr, size_t reterr_bytes, const char *address, const char *what)
{
    char text[128] = "";
    const char *why = strerror_r(errno, text, sizeof(text));

    snprintf(reterr, reterr_bytes, "%s: %s: %s", address, what, why);
}

/* "host:port" or "[host]:port" into *ret; false when it is neither. */
static bool parse(const char *text, union address *ret)
{
    const char *colon = strrchr(text, ':');
    char host[INET6_ADDRSTRLEN + 2];
    uint64_t port;

    if (!colon || (size_t)(colon - text) >= sizeof(host) ||
        !mcp_str_uint(mcp_str_c(colon + 1), 65535, &port)) {
        return false;
    }
    size_t len = (size_t)(colon - text);

    memcpy(host, text, len);
    host[len] = '\0';
    memset(ret, 0, sizeof(*ret));
    if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
        host[len - 1] = '\0';
        ret->in6.sin6_family = AF_INET6;
        ret->in6.sin6_port = htons((uint16_t)port);
        return inet_pton(AF_INET6, host + 1, &ret->in6.sin6_addr) == 1;
    }
    ret->in.sin_family = AF_INET;
    ret->in.sin_port = htons((uint16_t)port);
    return inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
                     &ret->in.sin_addr) == 1;
}

static bool is_loopback(const union address *a)
{
    if (a->any.sa_family == AF_INET6) {
        return IN6_IS_ADDR_LOOPBACK(&a->in6.sin6_addr);
    }
    return ntohl(a->in.sin_addr.s_addr) >> 24 == 127;
}

static void print(const union address *a, bool with_port, char *ret, size_t ret_bytes)
{
    char host[INET6_ADDRSTRLEN] = "";

    if (a->any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &a->in6.sin6_addr, host, sizeof(host));
        snprintf(ret, ret_bytes, with_port ? "[%s]:%u" : "%s", host,
                 (unsigned)ntohs(a->in6.sin6_port));
    } else {
        inet_ntop(AF_INET, &a->in.sin_addr, host, sizeof(host));
        snprintf(ret, ret_bytes, with_port ? "%s:%u" : "%s", host, (unsigned)ntohs(a->in.sin_port));
    }
}

/* An address that may be listened on. */
static bool read_address(const char *address, bool allow_public, union address *ret, char *reterr,
                         size_t reterr_bytes)
{
    if (!parse(address, ret)) {
        say(reterr, reterr_bytes, address,
            "not an address to listen on (ADDRESS:PORT, "
            "[ADDRESS]:PORT, unix:PATH or fd:N)");
        return false;
    }
    if (!allow_public && !is_loopback(ret)) {
        say(reterr, reterr_bytes, address,
            "a public address needs TLS, or --allow-public behind a proxy that has it");
        return false;
    }
    return true;
}

static bool open_tcp(struct mcp__listen *l, const char *address, bool allow_public, char *reterr,
                     size_t reterr_bytes)
{
    union address a;
    socklen_t len = sizeof(a);
    int on = 1;

    if (!read_address(address, allow_public, &a, reterr, reterr_bytes)) {
        return false;
    }
    l->fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (l->fd < 0 || setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
        (a.any.sa_family == AF_INET6 &&
         setsockopt(l->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on))) ||
        /* inherited by what is accepted */
        setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) ||
        bind(l->fd, &a.any, a.any.sa_family == AF_INET6 ? sizeof(a.in6) : sizeof(a.in)) ||
        listen(l->fd, BACKLOG) || getsockname(l->fd, &a.any, &len)) {
        say_errno(reterr, reterr_bytes, address, "cannot listen");
        mcp__listen_close(l);
        return false;
    }
    print(&a, true, l->address, sizeof(l->address));
    return true;
}

/* A socket file on which nobody listens is a crash's leftover. Anything else stays. */
static bool remove_stale(const union address *a)
{
    struct stat st;
    int fd;

    if (lstat(a->un.sun_path, &st) || !S_ISSOCK(st.st_mode)) {
        return errno == ENOENT;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_stale = fd >= 0 && connect(fd, &a->any, sizeof(a->un)) && errno == ECONNREFUSED;

    if (fd >= 0) {
        close(fd);
    }
    errno = EADDRINUSE;
    return is_stale && unlink(a->un.sun_path) == 0;
}

static bool is_unix(const char *address)
{
    return mcp_str_starts(mcp_str_c(address), MCP_STR("unix:"));
}

static bool read_unix(const char *address, union address *ret, char *reterr, size_t reterr_bytes)
{
    mcp_str path = mcp_str_c(address + strlen("unix:"));

    *ret = (union address){.un = {.sun_family = AF_UNIX}};
    if (path.len == 0 || path.len >= sizeof(ret->un.sun_path)) {
        say(reterr, reterr_bytes, address, "the path of a Unix socket has 1 to 107 bytes");
        return false;
    }
    memcpy(ret->un.sun_path, path.ptr, path.len);
    return true;
}

static bool open_unix(struct mcp__listen *l, const char *address, char *reterr, size_t reterr_bytes)
{
    union address a;

    if (!read_unix(address, &a, reterr, reterr_bytes)) {
        return false;
    }
    bool is_free = remove_stale(&a);

    l->fd = is_free ? socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) : -1;
    /* The mode is narrowed between bind and listen: before listen nobody can connect. */
    if (l->fd < 0 || bind(l->fd, &a.any, sizeof(a.un)) || chmod(a.un.sun_path, 0600) ||
        listen(l->fd, BACKLOG)) {
        say_errno(reterr, reterr_bytes, address, "cannot listen");
        if (l->fd >= 0) {
            close(l->fd);
            l->fd = -1;
        }
        return false;
    }
    l->is_unix = true;
    snprintf(l->address, sizeof(l->address), "%s", address);
    return true;
}

/* ---- A socket that was handed over ---- */

static bool read_fd(const char *address, int *ret, char *reterr, size_t reterr_bytes)
{
    uint64_t fd;

    if (!mcp_str_uint(mcp_str_c(address + strlen("fd:")), INT32_MAX, &fd) || fd < 3) {
        say(reterr, reterr_bytes, address, "not the number of a descriptor from 3 on");
        return false;
    }
    *ret = (int)fd;
    return true;
}

static bool is_fd(const char *address)
{
    return mcp_str_starts(mcp_str_c(address), MCP_STR("fd:"));
}

static bool open_fd(struct mcp__listen *l, const char *address, bool allow_public, char *reterr,
                    size_t reterr_bytes)
{
    union address a = {.un = {.sun_family = AF_UNSPEC}};
    socklen_t len = sizeof(a) - 1, int_len = sizeof(int);
    int fd, is_listening = 0, on = 1;

    if (!read_fd(address, &fd, reterr, reterr_bytes)) {
        return false;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &int_len) || !is_listening ||
        getsockname(fd, &a.any, &len) || fcntl(fd, F_SETFD, FD_CLOEXEC) ||
        fcntl(fd, F_SETFL, O_NONBLOCK)) {
        say(reterr, reterr_bytes, address, "not a listening socket");
        return false;
    }
    l->is_unix = a.any.sa_family == AF_UNIX;
    if (!l->is_unix && !allow_public && !is_loopback(&a)) {
        say(reterr, reterr_bytes, address,
            "a public address needs TLS, or --allow-public behind a proxy that has it");
        return false;
    }
    if (l->is_unix) {
        snprintf(l->address, sizeof(l->address), "unix:%s", a.un.sun_path);
    } else {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        print(&a, true, l->address, sizeof(l->address));
    }
    l->fd = fd;
    l->is_inherited = true;
    return true;
}

bool mcp__listen_check(const char *address, bool allow_public, char *reterr, size_t reterr_bytes)
{
    union address a;
    int fd;

    if (is_fd(address)) {
        return read_fd(address, &fd, reterr, reterr_bytes);
    }
    return is_unix(address) ? read_unix(address, &a, reterr, reterr_bytes)
                            : read_address(address, allow_public, &a, reterr, reterr_bytes);
}

bool mcp__listen_open(struct mcp__listen *l, const char *address, bool allow_public, char *reterr,
                      size_t reterr_bytes)
{
    *l = (struct mcp__listen){.fd = -1};
    if (is_unix(address)) {
        return open_unix(l, address, reterr, reterr_bytes);
    }
    if (is_fd(address)) {
        return open_fd(l, address, allow_public, reterr, reterr_bytes);
    }
    return open_tcp(l, address, allow_public, reterr, reterr_bytes);
}

void mcp__listen_close(struct mcp__listen *l)
{
    if (l->fd < 0) {
        return;
    }
    if (l->is_unix && !l->is_inherited) {
        unlink(l->address + strlen("unix:"));
    }
    close(l->fd);
    l->fd = -1;
}

int mcp__listen_accept(const struct mcp__listen *l, char peer[64])
{
    union address a;
    socklen_t len = sizeof(a);
    int fd = accept4(l->fd, &a.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd >= 0 && l->is_unix) {
        memcpy(peer, "unix", sizeof("unix"));
    } else if (fd >= 0) {
        print(&a, false, peer, 64);
    }
    return fd;
}
