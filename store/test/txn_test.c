/* store/test/txn_test.c - rows inside bodies, and what a transaction promises. */
#include "place.h"

static void what_was_put_is_read_also_after_reopening(void)
{
    struct place p;

    place_init(&p);
    struct store *s = place_open(&p);

    T_EQ(put_now(s, "a", "1"), MCP_OK);
    T_EQ(put_now(s, "b", ""), MCP_OK);
    has(s, "a", "1");
    has(s, "b", "");
    has(s, "c", NULL);
    T_EQ(del_now(s, "a"), MCP_OK);
    T_EQ(del_now(s, "a"), MCP_OK);
    has(s, "a", NULL);
    store_close(s);
    s = place_open(&p);
    has(s, "b", "");
    store_close(s);
    place_free(&p);
}

struct rows {
    char text[256];
    size_t len, seen, stop_after;
};

static mcp_err add_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct rows *r = arg;

    (void)version;
    r->len += (size_t)snprintf(r->text + r->len, sizeof r->text - r->len, "%.*s=%.*s ",
                               MCP_STR_ARG(key), MCP_STR_ARG(value));
    r->seen++;
    return r->stop_after && r->seen == r->stop_after ? MCP_PENDING : MCP_OK;
}

struct scan {
    mcp_str low, high;
    bool backwards;
    size_t limit;
    struct rows rows;
};

static mcp_err scan_body(struct store_txn *t, void *arg)
{
    struct scan *c = arg;

    return store_scan(t, c->low, c->high, c->backwards, c->limit, add_row, &c->rows);
}

static void scanned(struct store *s, struct scan c, const char *want)
{
    T_EQ(store_read(s, scan_body, &c), MCP_OK);
    T_STR(mcp_str_n(c.rows.text, c.rows.len), want);
    c.rows.len = c.rows.seen = 0;
    T_EQ(store_write_now(s, scan_body, &c), MCP_OK);
    T_STR(mcp_str_n(c.rows.text, c.rows.len), want);
}

static void a_scan_gives_the_range_in_order_and_never_the_stores_own_rows(void)
{
    struct place p;

    place_init(&p);
    struct store *s = place_open(&p);

    scanned(s, (struct scan){.limit = 10}, "");
    scanned(s, (struct scan){.limit = 10, .backwards = true}, "");
    put_now(s, "a", "1");
    put_now(s, "b/1", "2");
    put_now(s, "b/2", "3");
    put_now(s, "b\xff", "4");
    put_now(s, "c", "5");
    scanned(s, (struct scan){.limit = 10}, "a=1 b/1=2 b/2=3 b\xff=4 c=5 ");
    scanned(s, (struct scan){.limit = 10, .backwards = true}, "c=5 b\xff=4 b/2=3 b/1=2 a=1 ");
    scanned(s, (struct scan){.limit = 2}, "a=1 b/1=2 ");
    scanned(s, (struct scan){.limit = 0}, "");
    scanned(s, (struct scan){.low = MCP_STR("b"), .limit = 9}, "b/1=2 b/2=3 b\xff=4 ");
    scanned(s, (struct scan){.low = MCP_STR("b"), .limit = 9, .backwards = true},
            "b\xff=4 b/2=3 b/1=2 ");
    scanned(s, (struct scan){.low = MCP_STR("b\xff"), .limit = 9}, "b\xff=4 ");
    scanned(s, (struct scan){.low = MCP_STR("\xff"), .limit = 9}, "");
    scanned(s, (struct scan){.low = MCP_STR("\xff"), .limit = 9, .backwards = true}, "");
    scanned(s, (struct scan){.low = MCP_STR("b/1"), .high = MCP_STR("c"), .limit = 9},
            "b/1=2 b/2=3 b\xff=4 ");
    scanned(
        s,
        (struct scan){.low = MCP_STR("b/2"), .high = MCP_STR("zz"), .limit = 9, .backwards = true},
        "c=5 b\xff=4 b/2=3 ");
    scanned(s, (struct scan){.low = MCP_STR("c"), .high = MCP_STR("a"), .limit = 9}, "");
    scanned(s, (struct scan){.low = MCP_STR("\0"), .limit = 9}, "");
    scanned(s, (struct scan){.low = MCP_STR("\0"), .high = MCP_STR("b"), .limit = 9}, "a=1 ");
    scanned(s, (struct scan){.limit = 9, .rows.stop_after = 2}, "a=1 b/1=2 ");
    store_close(s);
    place_free(&p);
}

static mcp_err swallow(struct store_txn *t, void *arg)
{
    mcp_str got;

    (void)!store_put(t, MCP_STR("kept?"), MCP_STR("x"), 1);
    (void)!store_put(t, mcp_str_n(NULL, 0), MCP_STR("y"), 1);
    *(mcp_err *)arg = store_get(t, MCP_STR("kept?"), &got, NULL);
    return MCP_OK;
}

static void a_swallowed_failure_is_not_success(void)
{
    struct place p;
    mcp_err inner = MCP_OK;

    place_init(&p);
    struct store *s = place_open(&p);

    T_EQ(store_write_now(s, swallow, &inner), MCP_E_INTERNAL);
    T_EQ(inner, MCP_E_INTERNAL);
    has(s, "kept?", NULL);
    store_close(s);
    place_free(&p);
}

static mcp_err bad_key(struct store_txn *t, void *arg)
{
    const mcp_str *key = arg;
    mcp_str got;

    return store_get(t, *key, &got, NULL);
}

static void keys_outside_the_contract_are_refused_everywhere(void)
{
    struct place p;
    static char long_key[STORE_KEY_MAX + 1], long_value[STORE_VALUE_MAX + 1];

    memset(long_key, 'k', sizeof long_key);
    place_init(&p);
    struct store *s = place_open(&p);
    mcp_str bad[] = {mcp_str_n(NULL, 0), mcp_str_n(long_key, STORE_KEY_MAX + 1), MCP_STR("\0meta")};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct pair w = {.key = bad[i], .value = MCP_STR("v")};

        T_EQ(store_read(s, bad_key, &bad[i]), MCP_E_INTERNAL);
        T_EQ(store_write_now(s, pair_put, &w), MCP_E_INTERNAL);
        T_EQ(store_write_now(s, pair_del, &w), MCP_E_INTERNAL);
    }
    struct pair longest = {.key = mcp_str_n(long_key, STORE_KEY_MAX),
                           .value = mcp_str_n(long_value, STORE_VALUE_MAX)};

    T_EQ(store_write_now(s, pair_put, &longest), MCP_OK);
    T_EQ(store_read(s, pair_get, &longest), MCP_OK);
    longest.value.len++;
    T_EQ(store_write_now(s, pair_put, &longest), MCP_E_INTERNAL);
    store_close(s);
    place_free(&p);
}

static mcp_err put_much(struct store_txn *t, void *arg)
{
    static char value[STORE_VALUE_MAX];
    size_t n = *(size_t *)arg;
    mcp_err err = MCP_OK;

    for (size_t i = 0; i < n && !err; i++) {
        char key[32];

        snprintf(key, sizeof key, "much/%zu", i);
        err = store_put(t, mcp_str_c(key), mcp_str_n(value, 65000), 1);
    }
    return err;
}

static void a_transaction_writes_at_most_one_mebibyte(void)
{
    struct place p;
    size_t n = 17;

    place_init(&p);
    struct store *s = place_open(&p);

    T_EQ(store_write_now(s, put_much, &n), MCP_E_STORAGE);
    has(s, "much/0", NULL);
    n = 16;
    T_EQ(store_write_now(s, put_much, &n), MCP_OK);
    store_close(s);
    place_free(&p);
}

struct time {
    int64_t wall_ms, monotonic_ms, step_ms;
};

static int64_t fake_wall(void *user)
{
    return ((struct time *)user)->wall_ms;
}

static int64_t fake_monotonic(void *user)
{
    struct time *t = user;

    return t->monotonic_ms += t->step_ms;
}

static struct store *open_at(struct place *p, struct time *time)
{
    struct store_options opt = place_options();

    opt.clock = (struct mcp_clock){fake_wall, fake_monotonic, time};
    return place_open_with(p, &opt);
}

static mcp_err many_gets(struct store_txn *t, void *arg)
{
    mcp_err err = MCP_OK;

    for (int i = 0; i < 10000 && (!err || err == MCP_E_NOT_FOUND); i++) {
        mcp_str got;

        err = store_get(t, MCP_STR("a"), &got, NULL);
        ++*(int *)arg;
    }
    return MCP_OK; /* swallowed */
}

static void a_transaction_takes_at_most_five_seconds(void)
{
    struct place p;
    struct time time = {0, 0, 300};
    int gets = 0;

    place_init(&p);
    struct store *s = open_at(&p, &time);

    T_EQ(store_read(s, many_gets, &gets), MCP_E_STORAGE);
    T_CHECK(gets > 64 && gets < 64 * 20);
    T_EQ(store_write_now(s, many_gets, &gets), MCP_E_STORAGE);
    time.step_ms = 0;
    T_EQ(store_read(s, many_gets, &gets), MCP_OK);
    store_close(s);
    place_free(&p);
}

static void a_clock_that_steps_back_harms_nothing(void)
{
    struct place p;
    struct time time = {1700000000000, 50000, 0};

    place_init(&p);
    struct store *s = open_at(&p, &time);

    T_EQ(put_now(s, "a", "1"), MCP_OK);
    store_tick(s);
    time.wall_ms = -5;
    time.step_ms = -1000; /* a monotonic clock that is not */
    T_EQ(put_now(s, "b", "2"), MCP_OK);
    store_tick(s);
    store_close(s);
    time.monotonic_ms = -1000000;
    s = open_at(&p, &time);
    has(s, "b", "2");
    T_EQ(put_now(s, "c", "3"), MCP_OK);
    store_tick(s);
    store_close(s);
    place_free(&p);
}

static mcp_err put_in_read(struct store_txn *t, void *arg)
{
    (void)arg;
    return store_put(t, MCP_STR("a"), MCP_STR("x"), 1);
}

static mcp_err put_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    return store_put(arg, key, value, version);
}

static mcp_err put_in_scan(struct store_txn *t, void *arg)
{
    (void)arg;
    (void)!store_scan(t, mcp_str_n(NULL, 0), mcp_str_n(NULL, 0), false, 9, put_row, t);
    return MCP_OK;
}

static mcp_err read_again(struct store_txn *t, void *arg)
{
    (void)t;
    return store_read(arg, put_in_read, NULL);
}

static mcp_err say_pending(struct store_txn *t, void *arg)
{
    (void)arg;
    (void)!store_put(t, MCP_STR("pending"), MCP_STR("x"), 1);
    return MCP_PENDING;
}

static void misuse_is_refused(void)
{
    struct place p;

    place_init(&p);
    struct store *s = place_open(&p);

    T_EQ(put_now(s, "a", "1"), MCP_OK);
    T_EQ(store_read(s, put_in_read, NULL), MCP_E_INTERNAL);
    T_EQ(store_write_now(s, put_in_scan, NULL), MCP_E_INTERNAL);
    T_EQ(store_read(s, read_again, s), MCP_E_INTERNAL);
    T_EQ(store_write_now(s, say_pending, NULL), MCP_E_INTERNAL);
    has(s, "pending", NULL);
    has(s, "a", "1");
    store_close(s);
    place_free(&p);
}

struct nested {
    struct store_txn *txn;
    size_t rows, inner;
};

static mcp_err count_inner(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct nested *n = arg;

    (void)key;
    (void)value;
    (void)version;
    n->inner++;
    return MCP_OK;
}

static mcp_err scan_inside(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct nested *n = arg;
    mcp_str got;

    (void)value;
    (void)version;
    n->rows++;
    mcp_err err = store_get(n->txn, key, &got, NULL);

    return err ? err : store_scan(n->txn, key, mcp_str_n(NULL, 0), true, 9, count_inner, n);
}

static mcp_err scan_nested(struct store_txn *t, void *arg)
{
    struct nested *n = arg;

    n->txn = t;
    return store_scan(t, MCP_STR("k"), mcp_str_n(NULL, 0), false, 100, scan_inside, n);
}

static void a_scan_inside_a_scan_does_not_disturb_it(void)
{
    struct place p;
    struct nested n = {0};

    place_init(&p);
    struct store *s = place_open(&p);

    for (char c = 'a'; c < 'f'; c++) {
        char key[3] = {'k', c, 0};

        T_EQ(put_now(s, key, "v"), MCP_OK);
    }
    for (int i = 0; i < 3; i++) { /* the cursor is used again */
        n.rows = n.inner = 0;
        T_EQ(store_read(s, scan_nested, &n), MCP_OK);
        T_EQ(n.rows, 5);
        T_EQ(n.inner, 5);
    }
    store_close(s);
    place_free(&p);
}

static mcp_err stop_with_conflict(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    (void)arg;
    (void)key;
    (void)value;
    (void)version;
    return MCP_E_CONFLICT;
}

static mcp_err scan_to_conflict(struct store_txn *t, void *arg)
{
    (void)arg;
    return store_scan(t, mcp_str_n(NULL, 0), mcp_str_n(NULL, 0), true, 9, stop_with_conflict, NULL);
}

static void a_row_functions_error_is_the_scans(void)
{
    struct place p;

    place_init(&p);
    struct store *s = place_open(&p);

    T_EQ(put_now(s, "a", "1"), MCP_OK);
    T_EQ(store_read(s, scan_to_conflict, NULL), MCP_E_CONFLICT);
    store_close(s);
    place_free(&p);
}

struct del {
    mcp_str low, high;
    size_t limit, count;
};

static mcp_err del_body(struct store_txn *t, void *arg)
{
    struct del *d = arg;

    return store_del_range(t, d->low, d->high, d->limit, &d->count);
}

static void a_range_is_deleted_up_to_its_limit(void)
{
    struct place p;
    struct del d = {.low = MCP_STR("k"), .limit = 3};

    place_init(&p);
    struct store *s = place_open(&p);

    for (int i = 0; i < 8; i++) {
        char key[4];

        snprintf(key, sizeof key, "k%d", i);
        T_EQ(put_now(s, key, "v"), MCP_OK);
    }
    T_EQ(put_now(s, "l", "v"), MCP_OK);
    T_EQ(store_write_now(s, del_body, &d), MCP_OK);
    T_EQ(d.count, 3);
    has(s, "k2", NULL);
    has(s, "k3", "v");
    d = (struct del){.low = MCP_STR("k5"), .high = MCP_STR("k7"), .limit = 100};
    T_EQ(store_write_now(s, del_body, &d), MCP_OK);
    T_EQ(d.count, 2);
    has(s, "k7", "v");
    d = (struct del){.limit = 100}; /* everything, except the store's own */
    T_EQ(store_write_now(s, del_body, &d), MCP_OK);
    T_EQ(d.count, 4);
    T_EQ(store_write_now(s, del_body, &d), MCP_OK);
    T_EQ(d.count, 0);
    T_EQ(store_read(s, del_body, &d), MCP_E_INTERNAL);
    store_close(s);
    s = place_open(&p);
    store_close(s);
    place_free(&p);
}

static mcp_err copy_rows(struct store_txn *t, void *arg)
{
    mcp_str got;
    uint8_t version;
    mcp_err err = MCP_OK;

    (void)arg;
    for (int i = 0; i < 50 && !err; i++) {
        char key[8];

        snprintf(key, sizeof key, "to/%d", 50 - i);
        err = store_get(t, MCP_STR("from"), &got, &version);
        err = err ? err : store_put(t, mcp_str_c(key), got, version);
        err = err ? err : store_put(t, MCP_STR("from"), got, version);
    }
    return err;
}

static void a_value_read_from_the_database_may_be_put_back(void)
{
    struct place p;
    char value[201] = "";

    memset(value, 'v', 200);
    place_init(&p);
    struct store *s = place_open(&p);

    T_EQ(put_now(s, "from", value), MCP_OK);
    T_EQ(store_write_now(s, copy_rows, NULL), MCP_OK);
    for (int i = 1; i <= 50; i++) {
        char key[8];

        snprintf(key, sizeof key, "to/%d", i);
        has(s, key, value);
    }
    store_close(s);
    place_free(&p);
}

static bool read_step(void *arg)
{
    struct scan c = {.limit = 10};
    struct pair get = {.key = MCP_STR("a")};

    return store_read(arg, pair_get, &get) == MCP_OK && store_read(arg, scan_body, &c) == MCP_OK;
}

static bool write_step(void *arg)
{
    return put_now(arg, "a", "2") == MCP_OK;
}

static void reading_and_writing_allocate_nothing(void)
{
    struct place p;

    place_init(&p);
    struct store *s = place_open(&p);

    T_EQ(put_now(s, "a", "1"), MCP_OK);
    T_EQ(t_torture(read_step, s), 0);
    T_EQ(t_torture(write_step, s), 0);
    store_close(s);
    place_free(&p);
}

static const struct t_case CASES[] = {
    T(what_was_put_is_read_also_after_reopening),
    T(a_scan_gives_the_range_in_order_and_never_the_stores_own_rows),
    T(a_swallowed_failure_is_not_success),
    T(keys_outside_the_contract_are_refused_everywhere),
    T(a_transaction_writes_at_most_one_mebibyte),
    T(a_transaction_takes_at_most_five_seconds),
    T(a_clock_that_steps_back_harms_nothing),
    T(misuse_is_refused),
    T(a_scan_inside_a_scan_does_not_disturb_it),
    T(a_row_functions_error_is_the_scans),
    T(a_range_is_deleted_up_to_its_limit),
    T(a_value_read_from_the_database_may_be_put_back),
    T(reading_and_writing_allocate_nothing),
};
T_MAIN("store/txn", CASES)
