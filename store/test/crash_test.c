/* store/test/crash_test.c - kill -9 at any moment: what was answered is there, whole.
 *
 * A child writes with the writer thread and 32 clients and reports each answered id through a pipe;
 * the parent kills it, opens the store and looks. The control reports ids before they are durable
 * and must be caught, or this test could not see a loss. CISTERN_CRASH_ROUNDS sets the rounds. */
#include "place.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#define CLIENTS 32
#define PARTS   3

struct child {
    struct store *s;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool is_woken, acks_early;
    int pipe;
    uint64_t next_id;
};

struct client {
    struct store_write write; /* first */
    struct child *c;
    uint64_t id;
};

static void report(struct child *c, uint64_t id)
{
    if (write(c->pipe, &id, sizeof id) != sizeof id) {
        _exit(3);
    }
}

static void part_key(char *key, size_t n, uint64_t id, int part)
{
    snprintf(key, n, "id/%016llx/%d", (unsigned long long)id, part);
}

static mcp_err client_body(struct store_txn *t, void *arg)
{
    struct client *cl = arg;
    char value[300];
    mcp_err err = MCP_OK;

    memset(value, (int)(cl->id & 0x7f), sizeof value);
    for (int part = 0; part < PARTS && !err; part++) {
        char key[40];

        part_key(key, sizeof key, cl->id, part);
        err = store_put(t, mcp_str_c(key), mcp_str_n(value, sizeof value), 1);
    }
    if (cl->c->acks_early) {
        report(cl->c, cl->id);
        usleep(200);
    }
    return err;
}

static void client_done(struct store_write *w, mcp_err err)
{
    struct client *cl = (struct client *)(void *)w;

    if (err) {
        _exit(4);
    }
    if (!cl->c->acks_early) {
        report(cl->c, cl->id);
    }
    cl->id = cl->c->next_id++;
    store_submit(cl->c->s, w);
}

static void wake(void *user)
{
    struct child *c = user;

    pthread_mutex_lock(&c->lock);
    c->is_woken = true;
    pthread_cond_signal(&c->cond);
    pthread_mutex_unlock(&c->lock);
}

static _Noreturn void run_child(struct place *p, uint64_t first_id, int fd, bool acks_early)
{
    static struct client clients[CLIENTS];
    struct child c = {.lock = PTHREAD_MUTEX_INITIALIZER,
                      .cond = PTHREAD_COND_INITIALIZER,
                      .pipe = fd,
                      .acks_early = acks_early,
                      .next_id = first_id};

    c.s = place_open(p);
    if (store_start_writer(c.s, wake, &c) != MCP_OK) {
        _exit(5);
    }
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] =
            (struct client){.write = {.body = client_body, .arg = &clients[i], .done = client_done},
                            .c = &c,
                            .id = c.next_id++};
        store_submit(c.s, &clients[i].write);
    }
    for (;;) {
        pthread_mutex_lock(&c.lock);
        while (!c.is_woken) {
            pthread_cond_wait(&c.cond, &c.lock);
        }
        c.is_woken = false;
        pthread_mutex_unlock(&c.lock);
        (void)store_complete(c.s);
    }
}

struct acked {
    uint64_t *ids;
    size_t n, cap;
};

static void note(struct acked *a, uint64_t id)
{
    if (a->n == a->cap) {
        a->cap = a->cap ? a->cap * 2 : 1024;
        a->ids = realloc(a->ids, a->cap * sizeof *a->ids);
        ck_assert_ptr_nonnull(a->ids);
    }
    a->ids[a->n++] = id;
}

/* Starts a child, kills it `after_us` after its first answer, collects what it answered. */
static void run_round(struct place *p, uint64_t first_id, unsigned after_us, bool acks_early,
                      struct acked *a)
{
    int fds[2], status;
    uint64_t id;

    T_EQ(pipe(fds), 0);
    pid_t pid = fork();

    if (pid == 0) {
        close(fds[0]);
        run_child(p, first_id, fds[1], acks_early);
    }
    close(fds[1]);
    T_EQ(fcntl(fds[0], F_SETPIPE_SZ, 1 << 20) > 0, 1);
    if (after_us % 5) { /* sometimes while it opens */
        T_EQ(read(fds[0], &id, sizeof id), sizeof id);
        note(a, id);
    }
    usleep(after_us);
    T_EQ(kill(pid, SIGKILL), 0);
    T_EQ(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFSIGNALED(status), "the child ended by itself: %d", WEXITSTATUS(status));
    while (read(fds[0], &id, sizeof id) == sizeof id) {
        note(a, id);
    }
    close(fds[0]);
}

struct look {
    const struct acked *acked;
    size_t missing, halves, rows;
    char last[32];
    int parts;
};

static mcp_err look_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct look *l = arg;

    (void)value;
    (void)version;
    l->rows++;
    if (memcmp(l->last, key.ptr, 19) != 0) {
        l->halves += l->parts % PARTS != 0;
        l->parts = 0;
        memcpy(l->last, key.ptr, 19);
    }
    l->parts++;
    return MCP_OK;
}

static mcp_err look_body(struct store_txn *t, void *arg)
{
    struct look *l = arg;
    mcp_str got;

    for (size_t i = 0; i < l->acked->n; i++) {
        char key[40];

        part_key(key, sizeof key, l->acked->ids[i], PARTS - 1);
        l->missing += store_get(t, mcp_str_c(key), &got, NULL) != MCP_OK;
    }
    mcp_err err =
        store_scan(t, MCP_STR("id/"), mcp_str_n(NULL, 0), false, STORE_SCAN_MAX, look_row, l);

    l->halves += l->rows < STORE_SCAN_MAX && l->parts % PARTS != 0;
    return err;
}

static mcp_err empty_body(struct store_txn *t, void *arg)
{
    return store_del_range(t, MCP_STR("id/"), mcp_str_n(NULL, 0), 100000, arg);
}

static struct look look_after(struct place *p, const struct acked *a)
{
    struct look l = {.acked = a};
    struct store_report report;
    struct store *s = place_open(p);
    mcp_err err = store_verify(s, NULL, NULL, NULL, &report);
    size_t n;

    ck_assert_msg(!err, "after the kill: %s", report.first_bad);
    T_EQ(store_read(s, look_body, &l), MCP_OK);
    if (l.rows > 20000) {
        T_EQ(store_write_now(s, empty_body, &n), MCP_OK);
    }
    store_close(s);
    return l;
}

static int rounds(int normal)
{
    const char *text = getenv("CISTERN_CRASH_ROUNDS");

    return text ? (int)strtol(text, NULL, 10) : normal;
}

static void what_was_answered_is_there_and_nothing_is_half(void)
{
    struct place p;
    size_t answered = 0;
    uint32_t seed = (uint32_t)time(NULL);
    int n = rounds(60);

    place_init(&p);
    for (int i = 0; i < n; i++) {
        struct acked a = {0};

        seed = seed * 1664525u + 1013904223u;
        run_round(&p, (uint64_t)(i + 1) << 32, (seed >> 12) % 30000, false, &a);
        struct look l = look_after(&p, &a);

        ck_assert_msg(l.missing == 0, "round %d: %zu of %zu answered writes are gone", i, l.missing,
                      a.n);
        ck_assert_msg(l.halves == 0, "round %d: %zu half writes", i, l.halves);
        answered += a.n;
        free(a.ids);
    }
    printf("%d kills, %zu answered writes, none lost\n", n, answered);
    T_CHECK(answered > (size_t)n * 10);
    place_free(&p);
}

static void the_control_that_answers_too_early_is_caught(void)
{
    struct place p;
    size_t missing = 0;

    place_init(&p);
    for (int i = 0; i < 20 && missing == 0; i++) {
        struct acked a = {0};

        run_round(&p, (uint64_t)(i + 1) << 32, 1001u * (unsigned)(i + 1), true, &a);
        missing += look_after(&p, &a).missing;
        free(a.ids);
    }
    T_CHECK(missing > 0);
    place_free(&p);
}

static const struct t_case CASES[] = {
    T(what_was_answered_is_there_and_nothing_is_half),
    T(the_control_that_answers_too_early_is_caught),
};
T_MAIN("store/crash", CASES)
