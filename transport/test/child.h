/* transport/test/child.h - a server as a real process: pipes or an address, and how it ends. What
 * it says is judged by overheard.h. */
#ifndef MCP_TRANSPORT_TEST_CHILD_H
#define MCP_TRANSPORT_TEST_CHILD_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <mcp/buf.h>
#include <mcp/test/overheard.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct overheard child_heard; /* of every child of this test: a process per test */

struct child {
    pid_t pid;
    int in, out, err;      /* our ends of its stdin, stdout, stderr; -1: closed */
    char address[64];      /* of an HTTP server */
    struct mcp_buf unread; /* of stdout, beyond the last line handed out */
};

/* Start argv[0] with pipes; descriptor 3 is a pipe whose first line becomes `address` when
 * `is_http`. */
static inline void child_start(struct child *c, const char *const argv[], bool is_http)
{
    int in[2], out[2], err[2], ready[2];
    char *args[8] = {NULL};

    signal(SIGPIPE, SIG_IGN);
    T_CHECK(pipe(in) == 0 && pipe(out) == 0 && pipe(err) == 0 && pipe(ready) == 0);
    *c = (struct child){0};
    mcp_buf_init(&c->unread, (size_t)1 << 26);
    c->pid = fork();
    T_CHECK(c->pid >= 0);
    if (c->pid == 0) {
        int keep = fcntl(ready[1], F_DUPFD, 50);

        signal(SIGPIPE, SIG_DFL);
        dup2(in[0], 0);
        dup2(out[1], 1);
        dup2(err[1], 2);
        dup2(keep, 3);
        for (int fd = 4; fd < 64; fd++) {
            close(fd);
        }
        for (int i = 0; i < 7 && argv[i]; i++) {
            args[i] = (char *)(uintptr_t)argv[i]; /* execv(3) does not write to them */
        }
        execv(args[0], args);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    close(err[1]);
    close(ready[1]);
    c->in = in[1];
    c->out = out[0];
    c->err = err[0];
    if (is_http) {
        ssize_t n = read(ready[0], c->address, sizeof(c->address) - 1);

        T_CHECK(n > 1); /* end of file means that it died: fail at once */
        c->address[n - 1] = '\0';
    }
    close(ready[0]);
}

static inline void child_close_in(struct child *c)
{
    if (c->in >= 0) {
        close(c->in);
        c->in = -1;
    }
}

/* Wait for its end: exit code, and everything it wrote to stderr, which must be empty of
 * sanitizer reports. Returns the exit code; 128 + signal when it was killed. */
static inline int child_wait(struct child *c, struct mcp_buf *ret_err)
{
    int status = 0;
    char bytes[4096];
    ssize_t n;

    while ((n = read(c->err, bytes, sizeof(bytes))) > 0) {
        mcp_buf_add(ret_err, mcp_str_n(bytes, (size_t)n));
    }
    T_CHECK(waitpid(c->pid, &status, 0) == c->pid);
    child_close_in(c);
    close(c->out);
    close(c->err);
    mcp_buf_free(&c->unread);
    ck_assert_msg(!t_has(mcp_buf_str(ret_err), MCP_STR("Sanitizer")) &&
                      !t_has(mcp_buf_str(ret_err), MCP_STR("runtime error")),
                  "%.*s", MCP_STR_ARG(mcp_buf_str(ret_err)));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The usual end: SIGTERM (or end of input before), exit 0, nothing on stderr. */
static inline void child_expect_end(struct child *c, int code)
{
    struct mcp_buf err;

    mcp_buf_init(&err, 1 << 20);
    int got = child_wait(c, &err);

    ck_assert_msg(got == code, "exit %d, want %d: %.*s", got, code, MCP_STR_ARG(mcp_buf_str(&err)));
    ck_assert_msg(err.len == 0, "stderr: %.*s", MCP_STR_ARG(mcp_buf_str(&err)));
    mcp_buf_free(&err);
}

static inline void child_stop(struct child *c)
{
    kill(c->pid, SIGTERM);
    child_expect_end(c, 0);
}

static inline void child_write(struct child *c, const char *text)
{
    size_t n = strlen(text);
    mcp_str rest = mcp_str_n(text, n);

    T_CHECK(write(c->in, text, n) == (ssize_t)n);
    while (rest.len) {
        overheard_said(&child_heard, mcp_str_cut(&rest, '\n'));
    }
}

/* Read more of stdout; false at its end. */
static inline bool child_read(struct child *c)
{
    char *room = mcp_buf_room(&c->unread, 65536);
    ssize_t n = room ? read(c->out, room, 65536) : -1;

    if (n > 0) {
        c->unread.len += (size_t)n;
    }
    return n > 0;
}

/* The next line of stdout, copied without its newline and judged if it is a message; empty at the
 * end of output. */
static inline const char *child_line(struct child *c, char *room, size_t room_bytes)
{
    for (;;) {
        const char *end = c->unread.len ? memchr(c->unread.ptr, '\n', c->unread.len) : NULL;

        if (end) {
            size_t n = (size_t)(end - c->unread.ptr);

            T_CHECK(n < room_bytes);
            memcpy(room, c->unread.ptr, n);
            room[n] = '\0';
            mcp_buf_drop(&c->unread, n + 1);
            if (room[0] == '{' || room[0] == '[') {
                overheard_heard(&child_heard, mcp_str_n(room, n));
            }
            return room;
        }
        if (!child_read(c)) {
            T_EQ(c->unread.len, 0); /* never half a message */
            room[0] = '\0';
            return room;
        }
    }
}

/* A connection to the child's address. */
static inline int child_connect(const struct child *c)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    const char *port = strchr(c->address, ':');
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    T_CHECK(fd >= 0 && port);
    to.sin_port = htons((uint16_t)strtoul(port + 1, NULL, 10));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    T_CHECK(connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0);
    return fd;
}

#endif
