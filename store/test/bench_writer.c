/* store/test/bench_writer.c - durable writes a second; built, not run as a test.
 *
 * bench_writer [DIR] [SECONDS]: 1 and 64 clients in a closed loop (each write: one row and two
 * counters), then batches of 500 rows in one transaction. DIR decides which disk is measured. */
#include <store/store.h>

#include "../engine.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ms(void *user)
{
    struct timespec ts;

    (void)user;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct bench {
    struct store *s;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool is_woken, is_over;
    uint64_t done, next_id;
    int in_flight, rows;
};

struct client {
    struct store_write write; /* first */
    struct bench *b;
    uint64_t id;
};

static mcp_err count_up(struct store_txn *t, mcp_str key)
{
    mcp_str got;
    uint64_t n = 0;
    mcp_err err = store_get(t, key, &got, NULL);

    if (!err && got.len == sizeof n) {
        memcpy(&n, got.ptr, sizeof n);
    }
    n++;
    return store_put(t, key, mcp_str_n((const char *)&n, sizeof n), 1);
}

static mcp_err body(struct store_txn *t, void *arg)
{
    static const char value[200] = "event";
    struct client *c = arg;
    mcp_err err = MCP_OK;

    for (int i = 0; i < c->b->rows && !err; i++) {
        char key[40];
        int n = snprintf(key, sizeof key, "event/%016llx/%04d", (unsigned long long)c->id, i);

        err = store_put(t, mcp_str_n(key, (size_t)n), mcp_str_n(value, sizeof value), 1);
    }
    err = err ? err : count_up(t, MCP_STR("sum/hour"));
    return err ? err : count_up(t, MCP_STR("sum/day"));
}

static void done(struct store_write *w, mcp_err err)
{
    struct client *c = (struct client *)(void *)w;

    if (err) {
        fprintf(stderr, "a write failed: %s\n", mcp_err_info(err)->name);
        exit(1);
    }
    c->b->done++;
    c->b->in_flight--;
    if (!c->b->is_over) {
        c->id = c->b->next_id++;
        c->b->in_flight++;
        store_submit(c->b->s, w);
    }
}

static void wake(void *user)
{
    struct bench *b = user;

    pthread_mutex_lock(&b->lock);
    b->is_woken = true;
    pthread_cond_signal(&b->cond);
    pthread_mutex_unlock(&b->lock);
}

static double run(struct bench *b, int clients, int rows, double seconds)
{
    static struct client all[64];
    int64_t begin = now_ms(NULL);
    unsigned long long commits = atomic_load(&b->s->commits);

    b->is_over = false;
    b->done = 0;
    b->rows = rows;
    for (int i = 0; i < clients; i++) {
        all[i] = (struct client){
            .write = {.body = body, .arg = &all[i], .done = done}, .b = b, .id = b->next_id++};
        b->in_flight++;
        store_submit(b->s, &all[i].write);
    }
    while (b->in_flight) {
        pthread_mutex_lock(&b->lock);
        while (!b->is_woken) {
            pthread_cond_wait(&b->cond, &b->lock);
        }
        b->is_woken = false;
        pthread_mutex_unlock(&b->lock);
        b->is_over = b->is_over || (double)(now_ms(NULL) - begin) >= seconds * 1000;
        (void)store_complete(b->s);
    }
    double took = (double)(now_ms(NULL) - begin) / 1000, rate = (double)b->done / took;

    commits = atomic_load(&b->s->commits) - commits;
    printf("%2d clients, %3d rows a write: %8.0f writes/s, %8.0f rows/s, %.1f writes a commit\n",
           clients, rows, rate, rate * rows, (double)b->done / (double)commits);
    return rate;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

int main(int argc, char **argv)
{
    char dir[512], path[600], text[400];
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 3;
    struct bench b = {.lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER};
    struct store_options opt = {.create = true, .clock = {now_ms, now_ms, NULL}};
    enum store_fault fault;

    snprintf(dir, sizeof dir, "%s/cistern-bench-XXXXXX", argc > 1 ? argv[1] : "/tmp");
    if (!mkdtemp(dir)) {
        perror(dir);
        return 1;
    }
    snprintf(path, sizeof path, "%s/s", dir);
    b.s = store_open(path, &opt, &fault, text, sizeof text);
    if (!b.s || store_start_writer(b.s, wake, &b) != MCP_OK) {
        fprintf(stderr, "%s\n", text);
        return 1;
    }
    double one = run(&b, 1, 1, seconds);
    double many = run(&b, 64, 1, seconds);

    (void)run(&b, 1, 500, seconds);
    (void)run(&b, 4, 500, seconds);
    printf("64 clients : 1 client = %.1f : 1\n", many / one);
    store_close(b.s);
    nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return 0;
}
