/* store/test/full_test.c - the size limit and the full disk: growth is refused, deletion is not. */
#include "place.h"

#include <signal.h>
#include <sys/resource.h>

static char value[2001];

static void row_key(char *key, size_t n, int i)
{
    snprintf(key, n, "row/%06d", i * 7919 % 100003);
}

struct span {
    int from, to;
    const char *value; /* NULL: delete */
};

static mcp_err span_body(struct store_txn *t, void *arg)
{
    const struct span *sp = arg;
    mcp_err err = MCP_OK;

    for (int i = sp->from; i < sp->to && !err; i++) {
        char key[32];

        row_key(key, sizeof key, i);
        err = sp->value ? store_put(t, mcp_str_c(key), mcp_str_c(sp->value), 1)
                        : store_del(t, mcp_str_c(key));
    }
    return err;
}

/* Puts rows, 50 to a write and at the end one by one, until one is refused; how many went in. */
static int fill(struct store *s, int max)
{
    int step = 50;
    struct span sp = {.value = value};

    memset(value, 'v', sizeof value - 1);
    while (sp.from < max) {
        sp.to = sp.from + step < max ? sp.from + step : max;
        mcp_err err = store_write_now(s, span_body, &sp);

        T_CHECK(!store_is_broken(s));
        if (!err) {
            sp.from = sp.to;
            continue;
        }
        T_EQ(err, MCP_E_STORAGE);
        if (step == 1) {
            break;
        }
        step = 1;
    }
    return sp.from;
}

/* Writes or deletes rows [0, to), the first 30 one by one, then 10 to a write. */
static void each(struct store *s, int to, const char *text)
{
    struct span sp = {.value = text};

    while (sp.from < to) {
        sp.to = sp.from + (sp.from < 30 ? 1 : 10);
        sp.to = sp.to < to ? sp.to : to;
        T_EQ(store_write_now(s, span_body, &sp), MCP_OK);
        sp.from = sp.to;
    }
}

static off_t file_bytes(const struct place *p)
{
    char path[256];
    struct stat st;

    snprintf(path, sizeof path, "%s/data.mdb", p->path);
    T_EQ(stat(path, &st), 0);
    return st.st_size;
}

static void check_sound(struct store *s, uint64_t rows)
{
    struct store_report report;
    mcp_err err = store_verify(s, NULL, NULL, NULL, &report);

    ck_assert_msg(!err, "%s", report.first_bad);
    T_EQ(report.rows, rows);
}

/* In a full store: reads, deletions one by one, replacing in place; then room again. */
static void check_full(struct store *s, int rows)
{
    T_CHECK(!store_is_writable(s));
    has(s, "row/000000", value);
    T_EQ(put_now(s, "new", value), MCP_E_STORAGE);
    has(s, "new", NULL);
    each(s, rows / 10, "revoked"); /* shorter than what was there */
    each(s, rows / 2, NULL);
    check_sound(s, (uint64_t)(rows - rows / 2));
    T_EQ(put_now(s, "new", value), MCP_OK); /* in the pages that were freed */
    T_EQ(put_now(s, "newer", value), MCP_OK);
    T_CHECK(store_is_writable(s));
}

static mcp_err thin_body(struct store_txn *t, void *arg)
{
    char low[8];
    size_t n;

    snprintf(low, sizeof low, "row/%02d", *(int *)arg % 8);
    return store_del_range(t, mcp_str_c(low), MCP_STR("row/09"), 100000, &n);
}

static void at_the_size_limit_growth_is_refused_and_deletion_is_not(void)
{
    struct place p;
    struct store_options opt = place_options();

    place_init(&p);
    opt.size_max = 8u << 20;
    struct store *s = place_open_with(&p, &opt);
    int rows = fill(s, 100000);

    printf("%d rows in %lld bytes of %zu\n", rows, (long long)file_bytes(&p), opt.size_max);
    T_CHECK(rows > 500);
    check_full(s, rows);
    T_CHECK((uint64_t)file_bytes(&p) <= opt.size_max);
    for (int round = 0; round < 4; round++) { /* full and empty again, without growing */
        T_CHECK(fill(s, 100000) > 100);
        T_EQ(store_write_now(s, thin_body, &round), MCP_OK);
        T_CHECK((uint64_t)file_bytes(&p) <= opt.size_max);
    }
    store_close(s);
    place_free(&p);
}

static void a_limit_below_what_is_there_still_allows_deletion(void)
{
    struct place p;
    struct store_options opt = place_options();

    place_init(&p);
    struct store *s = place_open(&p);

    T_EQ(fill(s, 2000), 2000);
    store_close(s);
    opt.size_max = 1u << 20;
    s = place_open_with(&p, &opt);
    off_t before = file_bytes(&p);
    unsigned extra = 0;
    char key[32];

    do { /* what is free inside the file may be used */
        snprintf(key, sizeof key, "new/%u", extra);
    } while (put_now(s, key, value) == MCP_OK && ++extra < 1000);
    T_CHECK(extra < 500);
    T_CHECK(file_bytes(&p) <= before + (1 << 16));
    T_EQ(del_now(s, "row/000000"), MCP_OK);
    check_sound(s, 1999 + extra);
    store_close(s);
    place_free(&p);
}

static void on_a_full_disk_growth_is_refused_and_deletion_is_not(void)
{
    struct place p;

    if (!mount_small(&p, "12m")) {
        return;
    }
    struct store *s = place_open(&p);
    int rows = fill(s, 100000);

    printf("%d rows on 12 MiB\n", rows);
    T_CHECK(rows > 500);
    check_full(s, rows);
    store_close(s);
    s = place_open(&p); /* opens on the full disk, too */
    check_sound(s, (uint64_t)(rows - rows / 2 + 2));
    store_close(s);
    unmount(&p);
}

static int64_t now_ms;

static int64_t fake_ms(void *user)
{
    (void)user;
    return now_ms;
}

/* Somebody else fills the disk to the last byte, below our reserve's check, and frees it again. */
static void when_space_returns_the_store_takes_writes_again(void)
{
    struct place p;
    char path[256];
    struct store_options opt = place_options();
    static char block[1 << 16];

    if (!mount_small(&p, "24m")) {
        return;
    }
    opt.clock.monotonic_ms = fake_ms;
    now_ms = 1000;
    struct store *s = place_open_with(&p, &opt);

    T_EQ(fill(s, 100), 100);
    snprintf(path, sizeof path, "%s/ballast", p.dir);
    int fd = open(path, O_CREAT | O_WRONLY, 0600);

    while (write(fd, block, sizeof block) > 0) {
    }
    close(fd);
    int rows = 100 + fill(s, 100000);

    printf("%d rows until the disk was full\n", rows);
    T_CHECK(!store_is_writable(s));
    T_EQ(del_now(s, "row/000000"), MCP_OK);
    T_EQ(unlink(path), 0);
    now_ms += 1500;
    store_tick(s); /* sees it without a write of ours */
    T_EQ(store_complete(s), 1);
    T_CHECK(store_is_writable(s));
    store_tick(s);
    T_EQ(store_complete(s), 0);
    T_EQ(put_now(s, "again", value), MCP_OK);
    T_EQ(fill(s, 4000), 4000);
    store_close(s);
    unmount(&p);
}

/* Without the reserve's blocks (not every file system can): the commit itself meets the end. */
static void a_commit_that_does_not_fit_is_a_clean_failure(void)
{
    struct place p;
    struct rlimit lim, was;

    signal(SIGXFSZ, SIG_IGN);
    place_init(&p);
    struct store *s = place_open(&p);
    int before = fill(s, 50);

    T_EQ(getrlimit(RLIMIT_FSIZE, &was), 0);
    lim = was;
    lim.rlim_cur = (rlim_t)file_bytes(&p) + 100000;
    T_EQ(setrlimit(RLIMIT_FSIZE, &lim), 0);
    int rows = fill(s, 100000);

    T_CHECK(rows < 1000 && rows >= before);
    has(s, "row/000000", value);
    T_EQ(put_now(s, "new", value), MCP_E_STORAGE);
    T_CHECK(!store_is_broken(s));
    T_EQ(setrlimit(RLIMIT_FSIZE, &was), 0);
    usleep(1100 * 1000);
    T_EQ(put_now(s, "new", value), MCP_OK);
    check_sound(s, (uint64_t)rows + 1);
    store_close(s);
    place_free(&p);
}

static const struct t_case CASES[] = {
    T(at_the_size_limit_growth_is_refused_and_deletion_is_not),
    T(a_limit_below_what_is_there_still_allows_deletion),
    T(on_a_full_disk_growth_is_refused_and_deletion_is_not),
    T(when_space_returns_the_store_takes_writes_again),
    T(a_commit_that_does_not_fit_is_a_clean_failure),
};
T_MAIN("store/full", CASES)
