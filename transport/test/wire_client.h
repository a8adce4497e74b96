/* transport/test/wire_client.h - a server process and a client that can misbehave.
 *
 * The server's path is in $WIRE_SERVER. Port 0, readiness by a pipe; nothing is found by name. */
#ifndef MCP_TRANSPORT_TEST_WIRE_CLIENT_H
#define MCP_TRANSPORT_TEST_WIRE_CLIENT_H

#include <mcp/test/t.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct process {
    pid_t pid;
    char address[128]; /* empty: it did not start */
    char err_path[64];
    uint16_t port;
};

/* `descriptors`: RLIMIT_NOFILE of the server, 0 for ours. */
static inline struct process spawn(const char *address, const char *cert, const char *key,
                                   rlim_t descriptors)
{
    struct process s = {0};
    char fd[16];
    int ready[2];

    T_CHECK(pipe(ready) == 0);
    snprintf(fd, sizeof(fd), "%d", ready[1]);
    snprintf(s.err_path, sizeof(s.err_path), "/tmp/wire-test-XXXXXX");
    int err = mkstemp(s.err_path);

    s.pid = fork();
    if (s.pid == 0) {
        struct rlimit limit = {descriptors, descriptors};
        const char *path = getenv("WIRE_SERVER");

        close(ready[0]);
        dup2(err, STDERR_FILENO);
        if (descriptors) {
            setrlimit(RLIMIT_NOFILE, &limit);
        }
        execl(path, path, address, fd, cert, key, (char *)NULL);
        _exit(127);
    }
    close(ready[1]);
    close(err);
    for (size_t n = 0; n < sizeof(s.address) - 1 && read(ready[0], s.address + n, 1) == 1; n++) {
        if (s.address[n] == '\n') {
            s.address[n] = '\0';
            break;
        }
    }
    close(ready[0]);
    const char *colon = strrchr(s.address, ':');
    uint64_t port = 0;

    if (colon && mcp_str_uint(mcp_str_c(colon + 1), 65535, &port)) {
        s.port = (uint16_t)port;
    }
    return s;
}

static inline struct process serve(void)
{
    struct process s = spawn("127.0.0.1:0", NULL, NULL, 0);

    ck_assert_msg(s.port != 0, "the server did not start");
    return s;
}

/* What it wrote to standard error; the file is removed. */
static inline size_t take_err(struct process *s, char *ret, size_t cap)
{
    int fd = open(s->err_path, O_RDONLY);
    ssize_t n = fd >= 0 ? read(fd, ret, cap - 1) : -1;

    close(fd);
    unlink(s->err_path);
    ret[n > 0 ? n : 0] = '\0';
    return n > 0 ? (size_t)n : 0;
}

/* Its exit status, or 128 + signal; a sanitizer's report on standard error fails the test. */
static inline int wait_exit(struct process *s)
{
    int status = 0;
    char err[4096];

    waitpid(s->pid, &status, 0);
    take_err(s, err, sizeof(err));
    ck_assert_msg(!strstr(err, "Sanitizer") && !strstr(err, "runtime error"), "%s", err);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static inline void stop(struct process *s)
{
    kill(s->pid, SIGTERM);
    T_EQ(wait_exit(s), 0);
}

static inline int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline void pause_ms(int ms)
{
    poll(NULL, 0, ms);
}

/* CPU time of the process in milliseconds. */
static inline long cpu_ms(const struct process *s)
{
    char path[64], text[1024];
    unsigned long user = 0, system = 0;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)s->pid);
    int fd = open(path, O_RDONLY);
    ssize_t n = read(fd, text, sizeof(text) - 1);

    close(fd);
    text[n > 0 ? n : 0] = '\0';
    T_EQ(sscanf(strrchr(text, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                &user, &system),
         2);
    return (long)((user + system) * 1000 / (unsigned long)sysconf(_SC_CLK_TCK));
}

/* -1 when refused. `receive_bytes`: SO_RCVBUF, 0 for the default. */
static inline int try_dial(const struct process *s, int receive_bytes)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(s->port)};
    struct timeval patience = {20, 0};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (receive_bytes) {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof(receive_bytes));
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (connect(fd, (struct sockaddr *)&a, sizeof(a))) {
        close(fd);
        return -1;
    }
    return fd;
}

static inline int dial(const struct process *s)
{
    int fd = try_dial(s, 0);

    ck_assert_msg(fd >= 0, "connect: errno %d", errno);
    return fd;
}

static inline void put(int fd, const char *text)
{
    T_EQ(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Reads until end of file or `cap - 1` bytes. */
static inline size_t get_all(int fd, char *ret, size_t cap)
{
    size_t n = 0;
    ssize_t got;

    while (n < cap - 1 && (got = recv(fd, ret + n, cap - 1 - n, 0)) > 0) {
        n += (size_t)got;
    }
    ret[n] = '\0';
    return n;
}

/* Reads until `end` was seen; false at end of file. */
static inline bool get_until(int fd, const char *end, char *ret, size_t cap)
{
    size_t n = 0;

    ret[0] = '\0';
    while (n < cap - 1 && !strstr(ret, end)) {
        ssize_t got = recv(fd, ret + n, cap - 1 - n, 0);

        if (got <= 0) {
            return false;
        }
        n += (size_t)got;
        ret[n] = '\0';
    }
    return strstr(ret, end) != NULL;
}

/* "gone of connections", as GET /gone tells, until it is `want` (at most 10 s). */
static inline void await_gone(const struct process *s, const char *want)
{
    char text[1024] = "";
    int fd = dial(s);

    for (int64_t end = now_ms() + 10000; now_ms() < end; pause_ms(20)) {
        put(fd, "GET /gone HTTP/1.1\r\nHost: a\r\n\r\n");
        T_CHECK(get_until(fd, " of ", text, sizeof(text)));
        if (strstr(text, want)) {
            break;
        }
    }
    ck_assert_msg(strstr(text, want) != NULL, "want %s, got %s", want, text);
    close(fd);
}

#endif
