/* cli/test/process.h - the real binary as a child process, in a data directory of its own. */
#ifndef CLI_TEST_PROCESS_H
#define CLI_TEST_PROCESS_H

#include <mcp/test/t.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <regex.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGS_MAX 40

struct place {
    char root[64];  /* a new directory, removed at the end */
    char data[128]; /* $CISTERN_DATA: below it, not there yet */
};

struct ran {
    int code; /* exit status; -1 when a signal ended it */
    char out[1 << 18];
    char err[1 << 14];
};

static struct ran ran; /* of the last run(): too large for a stack */
#define OUT mcp_str_c(ran.out)
#define ERR mcp_str_c(ran.err)

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *f)
{
    (void)s;
    (void)type;
    (void)f;
    return remove(path);
}

static inline void place_make(struct place *p)
{
    snprintf(p->root, sizeof(p->root), "/tmp/cistern-cli-XXXXXX");
    T_CHECK(mkdtemp(p->root));
    snprintf(p->data, sizeof(p->data), "%s/store", p->root);
    setenv("CISTERN_DATA", p->data, 1);
}

static inline void place_remove(struct place *p)
{
    nftw(p->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline const char *binary(void)
{
    const char *path = getenv("CISTERN_BIN");

    ck_assert_msg(path != NULL, "CISTERN_BIN says where the binary is");
    return path;
}

static inline size_t collect(const char *first, va_list ap, const char **argv)
{
    size_t n = 0;

    argv[n++] = binary();
    for (const char *a = first; a && n < ARGS_MAX; a = va_arg(ap, const char *)) {
        argv[n++] = a;
    }
    argv[n] = NULL;
    return n;
}

/* posix_spawn(3), not fork(2): copying a sanitizer's page tables costs more than most commands do.
 */
static inline pid_t start(const char *const *argv, int in, int out, int err)
{
    posix_spawn_file_actions_t ends;
    pid_t pid = -1;

    T_EQ(posix_spawn_file_actions_init(&ends), 0);
    T_EQ(posix_spawn_file_actions_adddup2(&ends, in, 0), 0);
    T_EQ(posix_spawn_file_actions_adddup2(&ends, out, 1), 0);
    T_EQ(posix_spawn_file_actions_adddup2(&ends, err, 2), 0);
    T_EQ(posix_spawn(&pid, argv[0], &ends, NULL, (char *const *)(uintptr_t)argv, environ), 0);
    posix_spawn_file_actions_destroy(&ends);
    return pid;
}

static inline int wait_for(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Read both ends until they are closed. */
static inline void drain_both(int out, int err)
{
    struct pollfd fds[2] = {{out, POLLIN, 0}, {err, POLLIN, 0}};
    char *to[2] = {ran.out, ran.err};
    size_t room[2] = {sizeof(ran.out) - 1, sizeof(ran.err) - 1};

    while (fds[0].fd >= 0 || fds[1].fd >= 0) {
        T_CHECK(poll(fds, 2, 60000) > 0);
        for (int i = 0; i < 2; i++) {
            ssize_t n = fds[i].fd >= 0 && fds[i].revents ? read(fds[i].fd, to[i], room[i]) : 1;

            if (n <= 0) {
                fds[i].fd = -1;
            } else if (fds[i].fd >= 0 && fds[i].revents) {
                to[i] += n;
                room[i] -= (size_t)n;
            }
        }
    }
    *to[0] = '\0';
    *to[1] = '\0';
}

static inline struct ran *run_argv(const char *input, const char *const *argv)
{
    int in[2], out[2], err[2];

    T_CHECK(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0);
    /* What a command that ends has not given back harms nobody, and looking for it is half of what
     * a sanitizer costs it. Servers and the unit tests are looked at. */
    setenv("LSAN_OPTIONS", "detect_leaks=0", 1);
    pid_t pid = start(argv, in[0], out[1], err[1]);

    unsetenv("LSAN_OPTIONS");

    close(in[0]);
    close(out[1]);
    close(err[1]);
    for (size_t left = strlen(input); left;) {
        ssize_t n = write(in[1], input + strlen(input) - left, left);

        left = n > 0 ? left - (size_t)n : 0;
    }
    close(in[1]);
    drain_both(out[0], err[0]);
    close(out[0]);
    close(err[0]);
    ran.code = wait_for(pid);
    /* A sanitizer's report fails the test, whatever it is about. */
    ck_assert_msg(!strstr(ran.err, "Sanitizer") && !strstr(ran.err, "runtime error"), "%.1500s",
                  ran.err);
    return &ran;
}

/* Run `cistern ARGS...` to its end; the list ends with NULL. */
static inline struct ran *run(const char *first, ...)
{
    const char *argv[ARGS_MAX + 1];
    va_list ap;

    va_start(ap, first);
    collect(first, ap, argv);
    va_end(ap);
    return run_argv("", argv);
}

static inline struct ran *run_in(const char *input, const char *first, ...)
{
    const char *argv[ARGS_MAX + 1];
    va_list ap;

    va_start(ap, first);
    collect(first, ap, argv);
    va_end(ap);
    return run_argv(input, argv);
}

#define T_CODE(r, want)                                                                            \
    ck_assert_msg((r)->code == (want), "exit %d, not %d:\n%.800s%.800s", (r)->code, (want),        \
                  (r)->out, (r)->err)

static inline bool matches(const char *text, const char *pattern)
{
    regex_t re;

    T_CHECK(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) == 0);
    bool is_match = regexec(&re, text, 0, NULL, 0) == 0;

    regfree(&re);
    return is_match;
}

/* The last run() was refused in one line, which names `part` and where to find help. */
static inline void is_usage_error(const char *part)
{
    T_CODE(&ran, 64);
    T_EQ(strlen(ran.out), 0);
    T_HAS(ERR, part);
    T_HAS(ERR, "--help'\n");
    ck_assert_msg(strchr(ran.err, '\n') == ran.err + strlen(ran.err) - 1, "not one line: %s",
                  ran.err);
}

#endif
