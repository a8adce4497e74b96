/* store/test/queue_test.c - queued writes: order, isolation of failures, group commit, threads. */
#include "place.h"

#include "../engine.h"

#include <signal.h>

struct job {
    struct store_write write; /* first */
    char key[24];
    mcp_err body_err;
    bool puts_first; /* writes before it fails */
    int runs, done;
    mcp_err answer;
    int order;
};

static int finish_order;

static mcp_err job_body(struct store_txn *t, void *arg)
{
    struct job *j = arg;
    mcp_err err = MCP_OK;

    j->runs++;
    if (!j->body_err || j->puts_first) {
        err = store_put(t, mcp_str_c(j->key), MCP_STR("v"), 1);
    }
    return err ? err : j->body_err;
}

static void job_done(struct store_write *w, mcp_err err)
{
    struct job *j = (struct job *)(void *)w;

    j->done++;
    j->answer = err;
    j->order = finish_order++;
}

static void job_init(struct job *j, int i, mcp_err body_err, bool puts_first)
{
    memset(j, 0, sizeof *j);
    snprintf(j->key, sizeof j->key, "job/%d", i);
    j->body_err = body_err;
    j->puts_first = puts_first;
    j->write.body = job_body;
    j->write.arg = j;
    j->write.done = job_done;
}

static unsigned long long commits(struct store *s)
{
    return atomic_load(&s->commits);
}

static void check_jobs(struct store *s, struct job *jobs, int n)
{
    for (int i = 0; i < n; i++) {
        T_EQ(jobs[i].done, 1);
        T_EQ(jobs[i].answer, jobs[i].body_err);
        has(s, jobs[i].key, jobs[i].body_err ? NULL : "v");
    }
}

static void queued_writes_are_answered_in_order_by_one_commit(void)
{
    struct place p;
    struct job jobs[100];

    place_init(&p);
    struct store *s = place_open(&p);

    for (int i = 0; i < 100; i++) {
        job_init(&jobs[i], i, MCP_OK, false);
        store_submit(s, &jobs[i].write);
    }
    T_EQ(jobs[0].runs, 0); /* never now */
    T_EQ(store_complete(s), 100);
    T_EQ(commits(s), 1);
    for (int i = 0; i < 100; i++) {
        T_EQ(jobs[i].runs, 1);
        T_EQ(jobs[i].order, i);
    }
    check_jobs(s, jobs, 100);
    T_EQ(store_complete(s), 0);
    store_close(s);
    place_free(&p);
}

static void a_batch_has_a_limit(void)
{
    struct place p;
    struct job jobs[100];
    struct store_options opt = place_options();

    place_init(&p);
    opt.batch_max = 8;
    struct store *s = place_open_with(&p, &opt);

    for (int i = 0; i < 100; i++) {
        job_init(&jobs[i], i, MCP_OK, false);
        store_submit(s, &jobs[i].write);
    }
    T_EQ(store_complete(s), 100);
    T_EQ(commits(s), 13);
    check_jobs(s, jobs, 100);
    store_close(s);
    place_free(&p);
}

static void a_body_that_fails_before_writing_costs_the_others_nothing(void)
{
    struct place p;
    struct job jobs[30];

    place_init(&p);
    struct store *s = place_open(&p);

    for (int i = 0; i < 30; i++) {
        job_init(&jobs[i], i, i % 3 == 1 ? MCP_E_CONFLICT : MCP_OK, false);
        store_submit(s, &jobs[i].write);
    }
    T_EQ(store_complete(s), 30);
    T_EQ(commits(s), 1);
    for (int i = 0; i < 30; i++) {
        T_EQ(jobs[i].runs, 1);
    }
    check_jobs(s, jobs, 30);
    store_close(s);
    place_free(&p);
}

static void a_body_that_fails_after_writing_is_undone_and_the_others_stay(void)
{
    struct place p;
    struct job jobs[30];

    place_init(&p);
    struct store *s = place_open(&p);

    for (int i = 0; i < 30; i++) {
        job_init(&jobs[i], i, i == 17 || i == 3 ? MCP_E_REFUSED : MCP_OK, true);
        store_submit(s, &jobs[i].write);
    }
    T_EQ(store_complete(s), 30);
    T_EQ(jobs[0].runs, 2); /* bodies run again */
    check_jobs(s, jobs, 30);
    store_close(s);
    place_free(&p);
}

static mcp_err swallow_body(struct store_txn *t, void *arg)
{
    struct job *j = arg;

    (void)!store_put(t, mcp_str_c(j->key), MCP_STR("v"), 1);
    (void)!store_put(t, mcp_str_n(NULL, 0), MCP_STR("v"), 1);
    return MCP_OK;
}

static void a_swallowed_failure_in_a_batch_is_not_success(void)
{
    struct place p;
    struct job jobs[3];

    place_init(&p);
    struct store *s = place_open(&p);

    for (int i = 0; i < 3; i++) {
        job_init(&jobs[i], i, i == 1 ? MCP_E_INTERNAL : MCP_OK, true);
        jobs[i].write.body = i == 1 ? swallow_body : job_body;
        store_submit(s, &jobs[i].write);
    }
    T_EQ(store_complete(s), 3);
    check_jobs(s, jobs, 3);
    store_close(s);
    place_free(&p);
}

struct chain {
    struct store_write write; /* first */
    struct store *s;
    int left;
};

static mcp_err chain_body(struct store_txn *t, void *arg)
{
    (void)arg;
    return store_put(t, MCP_STR("chain"), MCP_STR("v"), 1);
}

static void chain_done(struct store_write *w, mcp_err err)
{
    struct chain *c = (struct chain *)(void *)w;

    T_EQ(err, MCP_OK);
    if (--c->left) {
        store_submit(c->s, w); /* the memory is the caller's again */
    }
}

static void what_done_submits_is_done_too(void)
{
    struct place p;
    struct chain c = {.write = {.body = chain_body, .done = chain_done}, .left = 5};

    place_init(&p);
    struct store *s = place_open(&p);

    c.s = s;
    store_submit(s, &c.write);
    T_EQ(store_complete(s), 5);
    c.left = 3;
    store_submit(s, &c.write);
    store_close(s); /* answers everything */
    T_EQ(c.left, 0);
    place_free(&p);
}

struct loop {
    pthread_mutex_t lock;
    pthread_cond_t cond;
    int wakes;
};

static void loop_wake(void *user)
{
    struct loop *l = user;

    pthread_mutex_lock(&l->lock);
    l->wakes++;
    pthread_cond_signal(&l->cond);
    pthread_mutex_unlock(&l->lock);
}

static void loop_wait(struct loop *l)
{
    pthread_mutex_lock(&l->lock);
    while (l->wakes == 0) {
        pthread_cond_wait(&l->cond, &l->lock);
    }
    l->wakes = 0;
    pthread_mutex_unlock(&l->lock);
}

#define LOOP_INIT                                                                                  \
    {                                                                                              \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0                                     \
    }

/* 64 clients, each of which has one write in flight, driven by one loop. */
struct client {
    struct store_write write; /* first */
    struct store *s;
    int id, left;
    int *total;
};

static mcp_err client_body(struct store_txn *t, void *arg)
{
    struct client *c = arg;
    char key[32];
    mcp_str got;
    uint8_t n = 0;
    mcp_err err = store_get(t, MCP_STR("sum"), &got, &n);

    snprintf(key, sizeof key, "c/%d/%d", c->id, c->left);
    err = err && err != MCP_E_NOT_FOUND ? err : store_put(t, mcp_str_c(key), MCP_STR("v"), 1);
    return err ? err : store_put(t, MCP_STR("sum"), MCP_STR(""), (uint8_t)(n + 1));
}

static void client_done(struct store_write *w, mcp_err err)
{
    struct client *c = (struct client *)(void *)w;

    T_EQ(err, MCP_OK);
    ++*c->total;
    if (--c->left) {
        store_submit(c->s, w);
    }
}

static void sixty_four_submitters_share_commits(void)
{
    struct place p;
    static struct client clients[64];
    struct loop l = LOOP_INIT;
    int total = 0;

    place_init(&p);
    struct store *s = place_open(&p);

    T_EQ(store_start_writer(s, loop_wake, &l), MCP_OK);
    T_EQ(store_start_writer(s, loop_wake, &l), MCP_E_INTERNAL);
    for (int i = 0; i < 64; i++) {
        clients[i] =
            (struct client){.write = {.body = client_body, .arg = &clients[i], .done = client_done},
                            .s = s,
                            .id = i,
                            .left = 50,
                            .total = &total};
        store_submit(s, &clients[i].write);
    }
    while (total < 64 * 50) {
        loop_wait(&l);
        (void)store_complete(s);
    }
    printf("%d writes in %llu commits\n", total, commits(s));
    T_CHECK(commits(s) * 8 < (unsigned)total);
    struct pair sum = {.key = MCP_STR("sum")};

    T_EQ(store_read(s, pair_get, &sum), MCP_OK);
    T_EQ(sum.version, (64 * 50) % 256);
    store_close(s);
    place_free(&p);
}

struct submitter {
    pthread_t thread;
    struct store *s;
    int id;
};

static void *submit_now(void *arg)
{
    struct submitter *u = arg;

    for (int i = 0; i < 30; i++) {
        char key[32];

        snprintf(key, sizeof key, "t/%d/%d", u->id, i);
        T_EQ(put_now(u->s, key, "v"), MCP_OK);
    }
    return NULL;
}

static void many_threads_may_write_and_wait_while_one_reads(void)
{
    struct place p;
    struct submitter u[8];
    struct loop l = LOOP_INIT;

    place_init(&p);
    struct store *s = place_open(&p);

    T_EQ(store_start_writer(s, loop_wake, &l), MCP_OK);
    for (int i = 0; i < 8; i++) {
        u[i] = (struct submitter){.s = s, .id = i};
        T_EQ(pthread_create(&u[i].thread, NULL, submit_now, &u[i]), 0);
    }
    for (int i = 0; i < 2000; i++) {
        struct pair get = {.key = MCP_STR("t/0/0")};

        (void)!store_read(s, pair_get, &get);
        if (i % 100 == 0) {
            store_tick(s);
            T_CHECK(store_is_writable(s));
            T_CHECK(!store_is_broken(s));
        }
    }
    for (int i = 0; i < 8; i++) {
        T_EQ(pthread_join(u[i].thread, NULL), 0);
        for (int k = 0; k < 30; k++) {
            char key[32];

            snprintf(key, sizeof key, "t/%d/%d", i, k);
            has(s, key, "v");
        }
    }
    store_close(s);
    place_free(&p);
}

static mcp_err ask_mask(struct store_txn *t, void *arg)
{
    (void)t;
    pthread_sigmask(SIG_SETMASK, NULL, arg);
    return MCP_OK;
}

/* Else the kernel may give the writer a SIGTERM that the server waits for on a descriptor. */
static void no_signal_is_delivered_to_the_writer(void)
{
    static const int SIGNALS[] = {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGUSR1, SIGCHLD};
    struct place p;
    struct loop l = LOOP_INIT;
    sigset_t there, here;

    place_init(&p);
    struct store *s = place_open(&p);

    T_EQ(store_start_writer(s, loop_wake, &l), MCP_OK);
    T_EQ(store_write_now(s, ask_mask, &there), MCP_OK);
    pthread_sigmask(SIG_SETMASK, NULL, &here);
    for (size_t i = 0; i < sizeof(SIGNALS) / sizeof(SIGNALS[0]); i++) {
        T_EQ(sigismember(&there, SIGNALS[i]), 1);
        T_EQ(sigismember(&here, SIGNALS[i]), 0);
    }
    store_close(s);
    place_free(&p);
}

static void closing_answers_what_the_writer_has_queued(void)
{
    struct place p;
    static struct job jobs[2000];

    place_init(&p);
    struct store *s = place_open(&p);

    T_EQ(store_start_writer(s, NULL, NULL), MCP_OK);
    for (int i = 0; i < 2000; i++) {
        job_init(&jobs[i], i, MCP_OK, false);
        store_submit(s, &jobs[i].write);
    }
    store_close(s);
    s = place_open(&p);
    check_jobs(s, jobs, 2000);
    store_close(s);
    place_free(&p);
}

static void writing_now_neither_skips_the_queue_nor_answers_for_others(void)
{
    struct place p;
    struct job j;

    place_init(&p);
    struct store *s = place_open(&p);

    job_init(&j, 1, MCP_OK, false);
    store_submit(s, &j.write);
    T_EQ(del_now(s, j.key), MCP_OK);
    T_EQ(j.runs, 1);
    T_EQ(j.done, 0);
    has(s, j.key, NULL); /* the deletion came after */
    T_EQ(store_complete(s), 1);
    T_EQ(j.done, 1);
    store_close(s);
    place_free(&p);
}

static const struct t_case CASES[] = {
    T(queued_writes_are_answered_in_order_by_one_commit),
    T(a_batch_has_a_limit),
    T(a_body_that_fails_before_writing_costs_the_others_nothing),
    T(a_body_that_fails_after_writing_is_undone_and_the_others_stay),
    T(a_swallowed_failure_in_a_batch_is_not_success),
    T(what_done_submits_is_done_too),
    T(sixty_four_submitters_share_commits),
    T(many_threads_may_write_and_wait_while_one_reads),
    T(no_signal_is_delivered_to_the_writer),
    T(closing_answers_what_the_writer_has_queued),
    T(writing_now_neither_skips_the_queue_nor_answers_for_others),
};
T_MAIN("store/queue", CASES)
