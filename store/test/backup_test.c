/* store/test/backup_test.c - copies of the live store, and verification. */
#include "place.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>

static mcp_err fill_body(struct store_txn *t, void *arg)
{
    static char value[800];
    int from = *(int *)arg;
    mcp_err err = MCP_OK;

    for (int i = from; i < from + 500 && !err; i++) {
        char key[32];

        snprintf(key, sizeof key, "row/%06d", i);
        err = store_put(t, mcp_str_c(key), mcp_str_n(value, sizeof value), 1);
    }
    return err;
}

static void fill(struct store *s, int rows)
{
    for (int i = 0; i < rows; i += 500) {
        T_EQ(store_write_now(s, fill_body, &i), MCP_OK);
    }
}

struct seen {
    uint64_t calls, done, total;
    uint64_t stop_at; /* call number; 0: never */
};

static bool watch(void *user, uint64_t done, uint64_t total)
{
    struct seen *w = user;

    T_CHECK(done >= w->done);
    T_CHECK(total == 0 || done <= total);
    w->done = done;
    w->total = total;
    return ++w->calls != w->stop_at;
}

static void copy_place(const struct place *from, struct place *to)
{
    *to = *from;
    snprintf(to->path, sizeof to->path, "%s/copy", from->dir);
}

static bool exists(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

static void a_copy_has_every_row_and_is_private_and_sound(void)
{
    struct place p, copy;
    struct seen seen = {0};
    struct store_report report;
    struct stat st;
    char text[200], data[300];

    place_init(&p);
    struct store *s = place_open(&p);

    fill(s, 5000);
    copy_place(&p, &copy);
    umask(0);
    T_EQ(store_backup(s, copy.path, watch, &seen, text, sizeof text), MCP_OK);
    umask(022);
    T_CHECK(seen.calls > 2);
    T_CHECK(seen.done > 5000u * 800);
    T_EQ(put_now(s, "later", "x"), MCP_OK);
    store_close(s);
    T_EQ(stat(copy.path, &st), 0);
    T_EQ(st.st_mode & 07777, 0700);
    snprintf(data, sizeof data, "%s/data.mdb", copy.path);
    T_EQ(stat(data, &st), 0);
    T_EQ(st.st_mode & 07777, 0600);
    s = place_open(&copy);
    seen = (struct seen){0};
    T_EQ(store_verify(s, NULL, watch, &seen, &report), MCP_OK);
    T_EQ(report.rows, 5000);
    T_EQ(report.bad_rows, 0);
    T_EQ(seen.total, 5000);
    has(s, "later", NULL);
    T_EQ(put_now(s, "row/000000", "x"), MCP_OK);
    T_EQ(store_verify(s, NULL, NULL, NULL, &report), MCP_OK);
    store_close(s);
    place_free(&p);
}

static void a_copy_does_not_overwrite(void)
{
    struct place p, copy;
    char text[400], file[300];

    place_init(&p);
    struct store *s = place_open(&p);

    copy_place(&p, &copy);
    T_EQ(mkdir(copy.path, 0755), 0);
    snprintf(file, sizeof file, "%s/precious", copy.path);
    close(open(file, O_CREAT | O_WRONLY, 0600));
    T_EQ(store_backup(s, copy.path, NULL, NULL, text, sizeof text), MCP_E_CONFLICT);
    T_HAS(mcp_str_c(text), "not empty");
    T_CHECK(exists(file));
    T_EQ(unlink(file), 0);
    T_EQ(store_backup(s, copy.path, NULL, NULL, text, sizeof text), MCP_OK); /* empty is fine */
    T_EQ(store_backup(s, copy.path, NULL, NULL, text, sizeof text), MCP_E_CONFLICT);
    T_EQ(store_backup(s, "/nonexistent/copy", NULL, NULL, text, sizeof text), MCP_E_STORAGE);
    T_HAS(mcp_str_c(text), "making the directory failed");
    T_EQ(store_backup(s, p.path, NULL, NULL, NULL, 0), MCP_E_CONFLICT);
    store_close(s);
    place_free(&p);
}

static void a_stopped_copy_leaves_nothing_behind(void)
{
    struct place p, copy;
    char text[400];

    place_init(&p);
    struct store *s = place_open(&p);

    fill(s, 10000);
    copy_place(&p, &copy);
    for (uint64_t stop = 1; stop < 6; stop++) {
        struct seen seen = {.stop_at = stop};

        T_EQ(store_backup(s, copy.path, watch, &seen, text, sizeof text), MCP_E_REFUSED);
        T_HAS(mcp_str_c(text), "stopped");
        T_CHECK(!exists(copy.path));
    }
    T_EQ(put_now(s, "still", "works"), MCP_OK);
    store_close(s);
    place_free(&p);
}

static void a_copy_that_does_not_fit_leaves_nothing_behind(void)
{
    struct place p, copy;
    char text[400];
    struct rlimit lim, was;

    signal(SIGXFSZ, SIG_IGN);
    place_init(&p);
    struct store *s = place_open(&p);

    fill(s, 3000);
    copy_place(&p, &copy);
    T_EQ(getrlimit(RLIMIT_FSIZE, &was), 0);
    lim = was;
    lim.rlim_cur = 1000000;
    T_EQ(setrlimit(RLIMIT_FSIZE, &lim), 0);
    T_EQ(store_backup(s, copy.path, NULL, NULL, text, sizeof text), MCP_E_STORAGE);
    T_EQ(setrlimit(RLIMIT_FSIZE, &was), 0);
    T_HAS(mcp_str_c(text), "writing the copy failed (File too large)");
    T_CHECK(!exists(copy.path));
    T_EQ(store_backup(s, copy.path, NULL, NULL, text, sizeof text), MCP_OK);
    store_close(s);
    place_free(&p);
}

struct torture {
    struct store *s;
    struct place copy;
};

static bool backup_step(void *arg)
{
    struct torture *t = arg;
    char text[400];
    mcp_err err = store_backup(t->s, t->copy.path, NULL, NULL, text, sizeof text);

    T_CHECK(err == MCP_OK || (text[0] && !exists(t->copy.path)));
    if (!err) {
        nftw(t->copy.path, place_remove, 4, FTW_DEPTH | FTW_PHYS);
    }
    return !err;
}

static bool verify_step(void *arg)
{
    struct torture *t = arg;
    struct store_report report;

    return store_verify(t->s, NULL, NULL, NULL, &report) == MCP_OK;
}

static void every_refused_allocation_is_a_clean_failure(void)
{
    struct place p;
    struct torture t;

    place_init(&p);
    t.s = place_open(&p);
    copy_place(&p, &t.copy);
    T_EQ(t_torture(backup_step, &t), 3); /* two for the page check, one chunk */
    T_EQ(t_torture(verify_step, &t), 2);
    store_close(t.s);
    place_free(&p);
}

struct stir {
    struct store *s;
    atomic_bool is_over;
    int rounds;
};

static void *stir(void *arg)
{
    struct stir *st = arg;

    while (!atomic_load(&st->is_over)) {
        int from = st->rounds++ % 10 * 500;

        T_EQ(store_write_now(st->s, fill_body, &from), MCP_OK);
    }
    return NULL;
}

/* Each commit writes 500 rows of a block, so that a snapshot always has whole blocks. */
static void copies_and_checks_of_a_store_in_use_are_whole(void)
{
    struct place p, copy;
    struct stir st = {0};
    struct store_report report;
    pthread_t thread;
    char text[400];

    place_init(&p);
    st.s = place_open(&p);
    T_EQ(store_start_writer(st.s, NULL, NULL), MCP_OK);
    T_EQ(pthread_create(&thread, NULL, stir, &st), 0);
    for (int i = 0; i < 8; i++) {
        copy_place(&p, &copy);
        T_EQ(store_backup(st.s, copy.path, NULL, NULL, text, sizeof text), MCP_OK);
        mcp_err err = store_verify(st.s, NULL, NULL, NULL, &report);

        ck_assert_msg(!err, "live: %s", report.first_bad);
        struct store *s = place_open(&copy);

        err = store_verify(s, NULL, NULL, NULL, &report);
        ck_assert_msg(!err, "copy: %s", report.first_bad);
        T_EQ(report.rows % 500, 0);
        store_close(s);
        nftw(copy.path, place_remove, 4, FTW_DEPTH | FTW_PHYS);
    }
    atomic_store(&st.is_over, true);
    T_EQ(pthread_join(thread, NULL), 0);
    store_close(st.s);
    place_free(&p);
}

static const char *no_threes(mcp_str key, mcp_str value, uint8_t version)
{
    (void)version;
    (void)value;
    return key.ptr[key.len - 1] == '3' ? "ends in three" : NULL;
}

static void verification_asks_the_caller_and_names_the_first_bad_row(void)
{
    struct place p;
    struct store_report report;
    struct seen seen = {.stop_at = 1};

    place_init(&p);
    struct store *s = place_open(&p);

    T_EQ(store_verify(s, no_threes, NULL, NULL, &report), MCP_OK);
    T_EQ(report.rows, 0);
    fill(s, 500);
    T_EQ(store_verify(s, no_threes, NULL, NULL, &report), MCP_E_STORAGE);
    T_EQ(report.rows, 500);
    T_EQ(report.bad_rows, 50);
    T_STR(mcp_str_c(report.first_bad), "726f772f303030303033: ends in three");
    T_EQ(store_verify(s, NULL, watch, &seen, &report), MCP_E_REFUSED);
    store_close(s);
    place_free(&p);
}

static const struct t_case CASES[] = {
    T(a_copy_has_every_row_and_is_private_and_sound),
    T(a_copy_does_not_overwrite),
    T(a_stopped_copy_leaves_nothing_behind),
    T(a_copy_that_does_not_fit_leaves_nothing_behind),
    T(every_refused_allocation_is_a_clean_failure),
    T(copies_and_checks_of_a_store_in_use_are_whole),
    T(verification_asks_the_caller_and_names_the_first_bad_row),
};
T_MAIN("store/backup", CASES)
