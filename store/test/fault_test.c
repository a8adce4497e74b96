/* store/test/fault_test.c - writes and syncs that fail at every point of a commit.
 *
 * This program's own pwrite, writev, fdatasync and fsync take the place of libc's for LMDB as well
 * (the executable comes first in symbol order). */
#include "place.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <sys/uio.h>

enum kind { WRITES, SYNCS, SHORT_WRITES };

static atomic_int fail_at; /* the nth call of the kind from now; 0: none */
static atomic_int calls;
static enum kind fail_kind;
static int fail_errno;

static bool fails(enum kind kind)
{
    if ((kind == SYNCS) != (fail_kind == SYNCS)) {
        return false;
    }
    int n = atomic_fetch_add(&calls, 1) + 1;

    if (n != atomic_load(&fail_at)) {
        return false;
    }
    errno = fail_errno;
    return true;
}

#define VISIBLE __attribute__((visibility("default")))

/* We are compiled for 64-bit offsets, which makes our own calls pwrite64; LMDB's are pwrite. */
VISIBLE ssize_t pwrite(int fd, const void *p, size_t n, off_t at);
VISIBLE ssize_t plain_pwrite(int fd, const void *p, size_t n, off_t at) __asm__("pwrite");
VISIBLE ssize_t writev(int fd, const struct iovec *v, int n);
VISIBLE int fdatasync(int fd);
VISIBLE int fsync(int fd);

/* POSIX's way to turn dlsym()'s answer into a function. */
static void find(void *ret, const char *name)
{
    void *f = dlsym(RTLD_NEXT, name);

    memcpy(ret, &f, sizeof f);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
    ssize_t (*real)(int, const void *, size_t, off_t);

    find(&real, "pwrite");
    if (fails(WRITES)) {
        return fail_kind == SHORT_WRITES ? (errno = 0, real(fd, p, n / 2, at)) : -1;
    }
    return real(fd, p, n, at);
}

ssize_t plain_pwrite(int fd, const void *p, size_t n, off_t at)
{
    return pwrite(fd, p, n, at);
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
    ssize_t (*real)(int, const struct iovec *, int);

    find(&real, "writev");
    if (fails(WRITES)) {
        return fail_kind == SHORT_WRITES ? (errno = 0, real(fd, v, 1)) : -1;
    }
    return real(fd, v, n);
}

int fdatasync(int fd)
{
    int (*real)(int);

    find(&real, "fdatasync");
    return fails(SYNCS) ? -1 : real(fd);
}

int fsync(int fd)
{
    int (*real)(int);

    find(&real, "fsync");
    return fails(SYNCS) ? -1 : real(fd);
}

static void arm(enum kind kind, int nth, int err)
{
    fail_kind = kind;
    fail_errno = err;
    atomic_store(&calls, 0);
    atomic_store(&fail_at, nth);
}

static int disarm(void)
{
    atomic_store(&fail_at, 0);
    return atomic_exchange(&calls, 0);
}

static int64_t now_ms;

static int64_t fake_ms(void *user)
{
    (void)user;
    return now_ms;
}

static mcp_err many_body(struct store_txn *t, void *arg)
{
    static char value[900];
    mcp_err err = MCP_OK;

    memset(value, *(char *)arg, sizeof value);
    for (int i = 0; i < 100 && !err; i++) {
        char key[16];

        snprintf(key, sizeof key, "many/%d", i * 37 % 100);
        err = store_put(t, mcp_str_c(key), mcp_str_n(value, sizeof value), 1);
    }
    return err;
}

static mcp_err same_body(struct store_txn *t, void *arg)
{
    mcp_str first, got;
    mcp_err err = store_get(t, MCP_STR("many/0"), &first, NULL);
    char c = err ? 0 : first.ptr[0];

    for (int i = 0; i < 100 && !err; i++) {
        char key[16];

        snprintf(key, sizeof key, "many/%d", i);
        err = store_get(t, mcp_str_c(key), &got, NULL);
        err = !err && got.ptr[0] != c ? MCP_E_CONFLICT : err;
    }
    *(char *)arg = c;
    return err;
}

/* One commit with the nth call failing. False when it was never reached. */
static bool one_fault(enum kind kind, int nth, int err_no, int *ret_broken)
{
    struct place p;
    struct store_options opt = place_options();
    char old = 'a', new = 'b', now = 0;

    place_init(&p);
    opt.clock.monotonic_ms = fake_ms;
    struct store *s = place_open_with(&p, &opt);
    struct store_report report;

    T_EQ(store_write_now(s, many_body, &old), MCP_OK);
    arm(kind, nth, err_no);
    mcp_err err = store_write_now(s, many_body, &new);
    bool is_reached = disarm() >= nth;

    T_EQ(err, is_reached ? MCP_E_STORAGE : MCP_OK);
    bool is_broken = store_is_broken(s);

    *ret_broken += is_broken;
    /* Reads go on, whole; LMDB refuses them too when the meta page is in doubt. */
    mcp_err seen = store_read(s, same_body, &now);

    T_CHECK(seen == MCP_OK || (is_broken && seen == MCP_E_STORAGE));
    if (is_reached && err_no == EIO && kind != SHORT_WRITES) {
        T_CHECK(is_broken);
    }
    arm(kind, 0, 0);
    now_ms += 2000;
    err = put_now(s, "next", "x");
    T_EQ(err, is_broken ? MCP_E_STORAGE : MCP_OK);
    T_CHECK(is_broken == (disarm() == 0)); /* nothing is written any more */
    T_EQ(store_is_writable(s), !is_broken);
    store_close(s);
    s = place_open(&p);
    T_EQ(store_verify(s, NULL, NULL, NULL, &report), MCP_OK);
    T_EQ(store_read(s, same_body, &now), MCP_OK);
    T_EQ(now, is_reached && !is_broken ? old : now);
    T_EQ(put_now(s, "next", "y"), MCP_OK);
    store_close(s);
    place_free(&p);
    return is_reached;
}

static int every_fault(enum kind kind, int err_no, int *ret_broken)
{
    int n = 1;

    *ret_broken = 0;
    while (one_fault(kind, n, err_no, ret_broken)) {
        n++;
        T_CHECK(n < 50);
    }
    return n - 1;
}

static void a_failed_write_breaks_nothing_that_was_there(void)
{
    int broken, n = every_fault(WRITES, EIO, &broken);

    printf("%d writes of a commit failed with EIO, %d broke the store\n", n, broken);
    T_CHECK(n >= 2);
    T_EQ(broken, n);
}

static void a_failed_sync_stops_all_writing(void)
{
    int broken, n = every_fault(SYNCS, EIO, &broken);

    printf("%d syncs of a commit failed with EIO, %d broke the store\n", n, broken);
    T_CHECK(n >= 1);
    T_EQ(broken, n);
}

static void a_full_disk_in_a_commit_is_clean_unless_it_hits_the_meta_page(void)
{
    int broken, n = every_fault(WRITES, ENOSPC, &broken);

    printf("%d writes of a commit failed with ENOSPC, %d broke the store\n", n, broken);
    T_CHECK(n >= 2);
    T_EQ(broken, 1);
}

static void a_short_write_is_a_full_disk_too(void)
{
    int broken, n = every_fault(SHORT_WRITES, 0, &broken);

    printf("%d writes of a commit were short, %d broke the store\n", n, broken);
    T_CHECK(n >= 2);
    T_EQ(broken, 1);
}

struct job {
    struct store_write write; /* first */
    char key[16];
    mcp_err answer;
    int runs;
};

static mcp_err job_body(struct store_txn *t, void *arg)
{
    struct job *j = arg;

    j->runs++;
    return store_put(t, mcp_str_c(j->key), MCP_STR("v"), 1);
}

static void job_done(struct store_write *w, mcp_err err)
{
    ((struct job *)(void *)w)->answer = err;
}

static void every_write_of_a_failed_commit_is_answered_and_none_runs_again(void)
{
    struct place p;
    struct job jobs[20];

    place_init(&p);
    struct store *s = place_open(&p);

    for (int i = 0; i < 20; i++) {
        memset(&jobs[i], 0, sizeof jobs[i]);
        jobs[i].write.body = job_body;
        jobs[i].write.arg = &jobs[i];
        jobs[i].write.done = job_done;
        snprintf(jobs[i].key, sizeof jobs[i].key, "j%d", i);
        store_submit(s, &jobs[i].write);
    }
    arm(SYNCS, 1, EIO);
    T_EQ(store_complete(s), 20);
    T_EQ(disarm(), 1);
    for (int i = 0; i < 20; i++) {
        T_EQ(jobs[i].answer, MCP_E_STORAGE);
        T_EQ(jobs[i].runs, 1);
    }
    T_CHECK(store_is_broken(s));
    store_submit(s, &jobs[0].write); /* what comes later is answered, too */
    T_EQ(store_complete(s), 1);
    T_EQ(jobs[0].runs, 1);
    store_close(s);
    place_free(&p);
}

static void a_creation_that_fails_is_refused_and_can_be_repeated(void)
{
    for (int kind = WRITES; kind <= SYNCS; kind++) {
        for (int nth = 1; nth < 12; nth++) {
            struct place p;
            struct store_options opt = place_options();
            enum store_fault fault;
            char text[400];

            place_init(&p);
            arm((enum kind)kind, nth, ENOSPC);
            struct store *s = store_open(p.path, &opt, &fault, text, sizeof text);

            disarm();
            T_CHECK(s || text[0]);
            store_close(s);
            s = place_open(&p);
            T_EQ(put_now(s, "a", "1"), MCP_OK);
            store_close(s);
            place_free(&p);
        }
    }
}

static void a_copy_that_cannot_be_synced_leaves_nothing_behind(void)
{
    for (int nth = 1; nth <= 2; nth++) { /* the file, the directory */
        struct place p;
        struct stat st;
        char text[400], copy[300];

        place_init(&p);
        struct store *s = place_open(&p);

        snprintf(copy, sizeof copy, "%s/copy", p.dir);
        arm(SYNCS, nth, EIO);
        T_EQ(store_backup(s, copy, NULL, NULL, text, sizeof text), MCP_E_STORAGE);
        T_EQ(disarm(), nth);
        T_HAS(mcp_str_c(text), "syncing the copy failed (Input/output error)");
        T_CHECK(lstat(copy, &st) != 0);
        T_EQ(store_backup(s, copy, NULL, NULL, text, sizeof text), MCP_OK);
        store_close(s);
        place_free(&p);
    }
}

static const struct t_case CASES[] = {
    T(a_copy_that_cannot_be_synced_leaves_nothing_behind),
    T(a_failed_write_breaks_nothing_that_was_there),
    T(a_failed_sync_stops_all_writing),
    T(a_full_disk_in_a_commit_is_clean_unless_it_hits_the_meta_page),
    T(a_short_write_is_a_full_disk_too),
    T(every_write_of_a_failed_commit_is_answered_and_none_runs_again),
    T(a_creation_that_fails_is_refused_and_can_be_repeated),
};
T_MAIN("store/fault", CASES)
