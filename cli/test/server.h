/* cli/test/server.h - `cistern serve` as a child process, and a small HTTP client. */
#ifndef CLI_TEST_SERVER_H
#define CLI_TEST_SERVER_H

#include <cli/test/process.h>

#include <transport/test/overheard_http.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

struct server {
    pid_t pid;
    int err; /* its standard error, to be read at the end */
    int out;
    char address[160];
};

static struct {
    char text[1 << 18];
    size_t len;
} answer;

static inline void read_line(int fd, char *out, size_t bytes)
{
    size_t n = 0;

    while (n + 1 < bytes && read(fd, out + n, 1) == 1 && out[n] != '\n') {
        n++;
    }
    out[n] = '\0';
}

/* Start `cistern serve --listen LISTEN MORE...`; the list ends with NULL. Fails at once when it
 * dies before it listens. */
static inline void server_start(struct server *s, const char *listen_on, ...)
{
    const char *argv[ARGS_MAX + 1];
    int ready[2], out[2], err[2], null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    char fd[16];
    size_t n = 0;
    va_list ap;

    T_CHECK(pipe(ready) == 0 && pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0);
    fcntl(ready[0], F_SETFD, FD_CLOEXEC);
    snprintf(fd, sizeof(fd), "%d", ready[1]);
    argv[n++] = binary();
    argv[n++] = "serve";
    argv[n++] = "--listen";
    argv[n++] = listen_on;
    argv[n++] = "--ready-fd";
    argv[n++] = fd;
    va_start(ap, listen_on);
    for (const char *a = va_arg(ap, const char *); a && n < ARGS_MAX;
         a = va_arg(ap, const char *)) {
        argv[n++] = a;
    }
    va_end(ap);
    argv[n] = NULL;
    s->pid = start(argv, null, out[1], err[1]);
    close(null);
    close(ready[1]);
    close(out[1]);
    close(err[1]);
    s->out = out[0];
    s->err = err[0];
    read_line(ready[0], s->address, sizeof(s->address));
    close(ready[0]);
    if (!s->address[0]) {
        drain_both(s->out, s->err);
        ck_abort_msg("it did not listen: %s%s", ran.out, ran.err);
    }
}

/* Wait for its end; its output is in `ran`. */
static inline int server_wait(struct server *s)
{
    drain_both(s->out, s->err);
    close(s->out);
    close(s->err);
    ran.code = wait_for(s->pid);
    ck_assert_msg(!strstr(ran.err, "Sanitizer") && !strstr(ran.err, "runtime error"), "%.1500s",
                  ran.err);
    return ran.code;
}

static inline void server_stop(struct server *s)
{
    kill(s->pid, SIGTERM);
    int code = server_wait(s);

    ck_assert_msg(code == 0, "exit %d: %s", code, ran.err);
}

static inline int dial(const char *address)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    bool is_unix = strncmp(address, "unix:", 5) == 0;
    int fd = socket(is_unix ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const char *colon = strrchr(address, ':');

    in.sin_port = htons((uint16_t)strtol(colon + 1, NULL, 10));
    memcpy(un.sun_path, address + 5, strnlen(address + 5, sizeof(un.sun_path) - 1));
    T_CHECK(connect(fd, is_unix ? (struct sockaddr *)&un : (struct sockaddr *)&in,
                    is_unix ? sizeof(un) : sizeof(in)) == 0);
    return fd;
}

static struct overheard server_heard;

/* One request on a connection of its own; returns the status, the whole answer is in `answer`, and
 * is judged if it is a message. */
static inline int ask(const struct server *s, const char *method, const char *target,
                      const char *token, const char *more, const char *body)
{
    char text[8192];
    int fd = dial(s->address);
    int n = snprintf(text, sizeof(text),
                     "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s%s%s%s"
                     "Content-Length: %zu\r\n\r\n%s",
                     method, target, token ? "Authorization: Bearer " : "", token ? token : "",
                     token ? "\r\n" : "", more, strlen(body), body);
    ssize_t got = 1;

    T_CHECK(write(fd, text, (size_t)n) == n);
    answer.len = 0;
    while (got > 0 && answer.len < sizeof(answer.text) - 1) {
        got = read(fd, answer.text + answer.len, sizeof(answer.text) - 1 - answer.len);
        answer.len += got > 0 ? (size_t)got : 0;
    }
    close(fd);
    answer.text[answer.len] = '\0';
    T_CHECK(answer.len > 12);
    overheard_said(&server_heard, mcp_str_c(body));
    overheard_answers(&server_heard, mcp_str_n(answer.text, answer.len));
    return (int)strtol(answer.text + 9, NULL, 10);
}

static inline int get(const struct server *s, const char *target, const char *token)
{
    return ask(s, "GET", target, token, "", "");
}

static inline const char *answer_body(void)
{
    const char *end = strstr(answer.text, "\r\n\r\n");

    T_CHECK(end);
    return end + 4;
}

#define T_ANSWER(part) T_HAS(mcp_str_n(answer.text, answer.len), part)

/* A token made by the command line; valid in `out`. */
static inline void make_token(char *out, size_t bytes, const char *rate)
{
    T_CODE(run("token", "create", "test", "--rate", rate, NULL), 0);
    snprintf(out, bytes, "%.*s", (int)strcspn(ran.out, "\n"), ran.out);
}

#endif
