/* store/test/process_test.c - one store, several processes, some of which die. */
#include "place.h"

#include <mcp/buf.h>
#include <signal.h>
#include <sys/wait.h>

static mcp_err add_one(struct store_txn *t, void *arg)
{
    mcp_str got;
    char text[24] = "0";
    mcp_err err = store_get(t, MCP_STR("sum"), &got, NULL);

    (void)arg;
    if (!err && got.len < sizeof text) {
        memcpy(text, got.ptr, got.len);
        text[got.len] = '\0';
    }
    snprintf(text, sizeof text, "%ld", strtol(text, NULL, 10) + 1);
    return store_put(t, MCP_STR("sum"), mcp_str_c(text), 1);
}

static void count(struct place *p, int n)
{
    struct store *s = place_open(p);

    for (int i = 0; i < n; i++) {
        T_EQ(store_write_now(s, add_one, NULL), MCP_OK);
    }
    store_close(s);
}

static int join(pid_t pid)
{
    int status;

    T_EQ(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void processes_write_to_one_store_without_losing_anything(void)
{
    struct place p;
    pid_t pid[3];

    place_init(&p);
    for (int i = 0; i < 3; i++) {
        pid[i] = fork();
        if (pid[i] == 0) {
            count(&p, 100);
            _exit(0);
        }
    }
    count(&p, 100);
    for (int i = 0; i < 3; i++) {
        T_EQ(join(pid[i]), 0);
    }
    struct store *s = place_open(&p);

    has(s, "sum", "400");
    store_close(s);
    place_free(&p);
}

static mcp_err read_sum(struct store_txn *t, void *arg)
{
    long *ret = arg;
    mcp_str got;
    mcp_err err = store_get(t, MCP_STR("sum"), &got, NULL);

    *ret = err ? 0 : strtol(got.ptr, NULL, 10);
    return err == MCP_E_NOT_FOUND ? MCP_OK : err;
}

/* Who looks whether the version has moved, and reads then, misses nothing: not even while the other
 * process waits for its disk, with the meta page written and not durable. */
static void a_new_version_can_be_read_when_it_is_seen(void)
{
    struct place p;
    long sum = 0, before = 0;
    int ready[2];
    char byte;

    place_init(&p);
    store_close(place_open(&p));
    T_EQ(pipe(ready), 0);
    pid_t pid = fork();

    if (pid == 0) { /* it does not begin, or end, before somebody looks */
        T_EQ(read(ready[0], &byte, 1), 1);
        count(&p, 300);
        _exit(0);
    }
    struct store *s = place_open(&p);
    uint64_t version = store_version(s), now = version;

    T_EQ(store_read(s, read_sum, &before), MCP_OK);
    T_EQ(write(ready[1], "", 1), 1);
    while (waitpid(pid, NULL, WNOHANG) == 0) {
        now = store_version(s);
        if (now != version) {
            T_EQ(store_read(s, read_sum, &sum), MCP_OK);
            T_CHECK(sum - before >= (long)(now - version));
        }
    }
    T_EQ(store_read(s, read_sum, &sum), MCP_OK);
    T_CHECK(sum > before);
    close(ready[0]);
    close(ready[1]);
    store_close(s);
    place_free(&p);
}

static mcp_err die(struct store_txn *t, void *arg)
{
    (void)!store_put(t, MCP_STR("half"), MCP_STR("x"), 1);
    (void)arg;
    raise(SIGKILL);
    return MCP_OK;
}

static void a_writer_that_dies_inside_its_transaction_blocks_nobody(void)
{
    struct place p;

    place_init(&p);
    struct store *s = NULL;
    pid_t pid = fork();

    if (pid == 0) {
        s = place_open(&p);
        (void)!store_write_now(s, die, NULL);
        _exit(0);
    }
    T_EQ(join(pid), -SIGKILL);
    s = place_open(&p);
    has(s, "half", NULL);
    T_EQ(put_now(s, "a", "1"), MCP_OK);
    store_close(s);
    place_free(&p);
}

/* A child does `body` in a transaction of the store that the parent has open, too. */
static pid_t start(struct place *p, bool reads, store_body_fn *body, void *arg)
{
    pid_t pid = fork();

    if (pid == 0) {
        struct store *s = place_open(p);

        (void)!(reads ? store_read(s, body, arg) : store_write_now(s, body, arg));
        store_close(s);
        _exit(0);
    }
    return pid;
}

static mcp_err wait_for_ever(struct store_txn *t, void *arg)
{
    const int *fds = arg;
    mcp_str got;

    (void)!store_get(t, MCP_STR("sum"), &got, NULL);
    (void)!write(fds[1], "r", 1);
    pause();
    return MCP_OK;
}

static void keep_line(void *user, enum mcp_log_level level, mcp_str line)
{
    (void)level;
    mcp_buf_add(user, line);
    mcp_buf_byte(user, '\n');
}

static void a_reader_that_died_is_cleared_by_the_tick(void)
{
    struct place p;
    struct store_options opt = place_options();
    struct mcp_buf lines;
    int fds[2];
    char c;

    place_init(&p);
    store_close(place_open(&p));
    T_EQ(pipe(fds), 0);
    pid_t pid = start(&p, true, wait_for_ever, fds);

    T_EQ(read(fds[0], &c, 1), 1);
    mcp_buf_init(&lines, 10000);
    opt.log = (struct mcp_log){.write = keep_line, .user = &lines, .max = MCP_LOG_INFO};
    struct store *s = place_open_with(&p, &opt);

    store_tick(s);
    T_CHECK(!t_has(mcp_buf_str(&lines), MCP_STR("cleared")));
    T_EQ(kill(pid, SIGKILL), 0);
    T_EQ(join(pid), -SIGKILL);
    store_tick(s);
    T_HAS(mcp_buf_str(&lines), "cleared 1 readers");
    store_close(s);
    mcp_buf_free(&lines);
    place_free(&p);
}

static void a_writer_of_another_process_that_dies_releases_its_lock(void)
{
    struct place p;

    place_init(&p);
    struct store *s = NULL;

    store_close(place_open(&p));
    pid_t pid = start(&p, false, die, NULL);

    s = place_open(&p);
    for (int i = 0; i < 50; i++) {
        T_EQ(store_write_now(s, add_one, NULL), MCP_OK);
    }
    T_EQ(join(pid), -SIGKILL);
    T_EQ(store_write_now(s, add_one, NULL), MCP_OK);
    has(s, "sum", "51");
    has(s, "half", NULL);
    store_close(s);
    place_free(&p);
}

static void a_check_beside_a_writing_process_does_not_cry_wolf(void)
{
    struct place p;

    place_init(&p);
    store_close(place_open(&p));
    pid_t pid = fork();

    if (pid == 0) {
        count(&p, 600);
        _exit(0);
    }
    int status = 0, checks = 0;

    while (waitpid(pid, &status, WNOHANG) == 0) {
        struct store_report report;
        struct store *s = place_open(&p); /* judges the first pages and all others */
        mcp_err err = store_verify(s, NULL, NULL, NULL, &report);

        ck_assert_msg(!err, "%s", report.first_bad);
        store_close(s);
        checks++;
    }
    T_EQ(status, 0);
    printf("%d checks beside a writer\n", checks);
    place_free(&p);
}

static const struct t_case CASES[] = {
    T(processes_write_to_one_store_without_losing_anything),
    T(a_new_version_can_be_read_when_it_is_seen),
    T(a_writer_that_dies_inside_its_transaction_blocks_nobody),
    T(a_reader_that_died_is_cleared_by_the_tick),
    T(a_writer_of_another_process_that_dies_releases_its_lock),
    T(a_check_beside_a_writing_process_does_not_cry_wolf),
};
T_MAIN("store/process", CASES)
