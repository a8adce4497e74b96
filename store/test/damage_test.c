/* store/test/damage_test.c - a damaged file is refused or reported, and never crashes us.
 *
 * The rule for every damage: opening refuses it, or verify says so, or every row is as it was (the
 * damage hit bytes that nobody uses). */
#include "place.h"

#include "../lmdb_file.h"

#define ROWS 400

struct image {
    uint8_t *bytes;
    size_t n;
};

static mcp_err fill_body(struct store_txn *t, void *arg)
{
    static char big[30000];
    mcp_err err = MCP_OK;

    (void)arg;
    for (int i = 0; i < ROWS && !err; i++) {
        char key[32];
        size_t n = i % 50 == 0 ? 20000u + (size_t)i : 40u + (size_t)(i % 90);

        snprintf(key, sizeof key, "row/%05d", i * 7919 % 10007);
        memset(big, 'a' + i % 26, n);
        err = store_put(t, mcp_str_c(key), mcp_str_n(big, n), (uint8_t)(i % 3));
    }
    return err;
}

static mcp_err thin_body(struct store_txn *t, void *arg)
{
    size_t n;

    (void)arg;
    return store_del_range(t, MCP_STR("row/02"), MCP_STR("row/04"), 1000, &n);
}

static void make_store(struct place *p)
{
    struct store *s = place_open(p);

    T_EQ(store_write_now(s, fill_body, NULL), MCP_OK);
    T_EQ(store_write_now(s, thin_body, NULL), MCP_OK);
    T_EQ(put_now(s, "row/last", "x"), MCP_OK);
    store_close(s);
}

static void data_path(const struct place *p, char *out, size_t n)
{
    snprintf(out, n, "%s/data.mdb", p->path);
}

static struct image load(const struct place *p)
{
    char path[256];
    struct stat st;
    struct image im;

    data_path(p, path, sizeof path);
    int fd = open(path, O_RDONLY);

    T_EQ(fstat(fd, &st), 0);
    im.n = (size_t)st.st_size;
    im.bytes = malloc(im.n);
    ck_assert_ptr_nonnull(im.bytes);
    T_EQ(read(fd, im.bytes, im.n), im.n);
    close(fd);
    return im;
}

static void save(const struct place *p, const uint8_t *bytes, size_t n)
{
    char path[256];

    data_path(p, path, sizeof path);
    int fd = open(path, O_WRONLY | O_TRUNC);

    T_EQ(write(fd, bytes, n), n);
    close(fd);
}

struct sum {
    uint64_t hash;
    size_t rows;
};

static mcp_err add_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct sum *s = arg;

    for (size_t i = 0; i < key.len; i++) {
        s->hash = (s->hash ^ (uint8_t)key.ptr[i]) * 1099511628211u;
    }
    for (size_t i = 0; i < value.len; i++) {
        s->hash = (s->hash ^ (uint8_t)value.ptr[i]) * 1099511628211u;
    }
    s->hash = (s->hash ^ version) * 1099511628211u;
    s->rows++;
    return MCP_OK;
}

static mcp_err sum_body(struct store_txn *t, void *arg)
{
    return store_scan(t, mcp_str_n(NULL, 0), mcp_str_n(NULL, 0), false, STORE_SCAN_MAX, add_row,
                      arg);
}

enum outcome { REFUSED, REPORTED, UNHARMED, HARMED };

static enum outcome look(struct place *p, const struct sum *want, char *text, size_t text_bytes)
{
    struct store_options opt = place_options();
    struct store_report report;
    enum store_fault fault;
    struct sum got = {0};
    struct store *s = store_open(p->path, &opt, &fault, text, text_bytes);

    if (!s) {
        ck_assert_msg(fault == STORE_FOREIGN || fault == STORE_NEWER, "%d %s", (int)fault, text);
        T_CHECK(text[0] != '\0');
        return REFUSED;
    }
    enum outcome out = UNHARMED;

    if (store_verify(s, NULL, NULL, NULL, &report) != MCP_OK) {
        T_CHECK(report.bad_rows > 0 && report.first_bad[0]);
        snprintf(text, text_bytes, "%s", report.first_bad);
        out = REPORTED;
    } else if (store_read(s, sum_body, &got) != MCP_OK || got.hash != want->hash ||
               got.rows != want->rows) {
        out = HARMED;
    } else if (put_now(s, "row/again", "y") != MCP_OK) { /* the free list is as good as it says */
        out = HARMED;
    }
    store_close(s);
    return out;
}

static void begin(struct place *p, struct image *im, struct sum *sum)
{
    place_init(p);
    make_store(p);
    *im = load(p);
    struct store *s = place_open(p);

    *sum = (struct sum){0};
    T_EQ(store_read(s, sum_body, sum), MCP_OK);
    store_close(s);
}

static void a_file_cut_off_anywhere_is_refused(void)
{
    struct place p;
    struct image im;
    struct sum sum;
    char text[512];

    begin(&p, &im, &sum);
    T_CHECK(im.n >= 40u * 4096);
    for (size_t n = 0; n < im.n; n += n % 4096 == 0 ? 1000 : 3096) {
        save(&p, im.bytes, n);
        enum outcome out = look(&p, &sum, text, sizeof text);

        ck_assert_msg(out == REFUSED, "cut to %zu bytes: outcome %d %s", n, (int)out, text);
    }
    save(&p, im.bytes, im.n);
    T_EQ(look(&p, &sum, text, sizeof text), UNHARMED);
    free(im.bytes);
    place_free(&p);
}

static void a_flipped_byte_is_refused_or_reported_or_harmless(void)
{
    struct place p;
    struct image im;
    struct sum sum;
    char text[512];
    int count[4] = {0};
    uint32_t seed = 12345;
    const char *rounds = getenv("STORE_FLIPS");

    begin(&p, &im, &sum);
    for (int i = 0; i < (rounds ? (int)strtol(rounds, NULL, 10) : 800); i++) {
        seed = seed * 1664525u + 1013904223u;
        /* every second one in the first 16 bytes of a page or in a meta page */
        size_t at = seed % (uint32_t)im.n;

        if (i % 4 == 1) {
            at = at / 4096 * 4096 + seed / 4096 % 64;
        } else if (i % 4 == 2) {
            at = (seed >> 16) % 2 * 4096 + seed / 7 % 152;
        }
        seed = seed * 1664525u + 1013904223u;
        uint8_t was = im.bytes[at];

        im.bytes[at] = (uint8_t)(i % 2 ? was ^ 1u << (seed >> 29) : seed >> 24);
        save(&p, im.bytes, im.n);
        enum outcome out = look(&p, &sum, text, sizeof text);

        ck_assert_msg(out != HARMED, "byte %zu, %02x to %02x: unseen", at, was, im.bytes[at]);
        count[out]++;
        im.bytes[at] = was;
    }
    printf("flips: %d refused, %d reported, %d harmless\n", count[0], count[1], count[2]);
    T_CHECK(count[REFUSED] > 100);
    free(im.bytes);
    place_free(&p);
}

static void put_u64(uint8_t *at, uint64_t v)
{
    memcpy(at, &v, sizeof v);
}

/* Expect a refusal with `part` for the image as it is now. */
static void refused(struct place *p, struct image *im, const struct sum *sum, const char *part)
{
    char text[512];

    save(p, im->bytes, im->n);
    T_EQ(look(p, sum, text, sizeof text), REFUSED);
    T_HAS(mcp_str_c(text), part);
}

static uint8_t *newest_meta(struct image *im)
{
    uint8_t *even = im->bytes + 16, *odd = im->bytes + 4096 + 16;

    return file_u64(even + 128) > file_u64(odd + 128) ? even : odd;
}

static uint8_t *page_at(struct image *im, uint64_t number)
{
    T_CHECK((number + 1) * 4096 <= im->n);
    return im->bytes + number * 4096;
}

/* A node of a leaf page. */
static uint8_t *node_at(uint8_t *page, unsigned i)
{
    return page + file_u16(page + 16 + 2 * i);
}

static void each_rule_about_pages_is_checked(void)
{
    struct place p;
    struct image im;
    struct sum sum;

    begin(&p, &im, &sum);
    uint8_t *clean = malloc(im.n);

    ck_assert_ptr_nonnull(clean);
    memcpy(clean, im.bytes, im.n);
    uint8_t *meta = newest_meta(&im);
    uint8_t *unused = page_at(&im, file_u64(meta + 24 + 40));
    uint8_t *list = node_at(unused, 0) + 16; /* after the head and a key of 8 bytes */
    uint8_t *leaf = NULL, *big[2] = {NULL, NULL};

    T_CHECK(file_u16(unused + 10) == FILE_LEAF && file_u64(list) >= 2);
    uint8_t *root = page_at(&im, file_u64(meta + 72 + 40));

    T_CHECK(file_u16(root + 10) == FILE_BRANCH && file_u16(meta + 72 + 6) == 2);
    for (unsigned child = 0; child < (file_u16(root + 12) - 16u) / 2; child++) {
        uint8_t *page = page_at(&im, file_u32(node_at(root, child)));

        leaf = page;
        for (unsigned i = 0; i < (file_u16(page + 12) - 16u) / 2; i++) {
            uint8_t *node = node_at(page, i);

            if (file_u16(node + 4) == 1) { /* a long value: its page stands after the key */
                big[big[0] != NULL] = node + 8 + file_u16(node + 6);
            }
        }
    }
    T_CHECK(leaf && big[0] && big[1]);
#define DAMAGE(change, part)                                                                       \
    do {                                                                                           \
        change;                                                                                    \
        refused(&p, &im, &sum, part);                                                              \
        memcpy(im.bytes, clean, im.n);                                                             \
    } while (0)
    DAMAGE(put_u64(list, 1u << 20), "too long");
    DAMAGE(put_u64(list + 8, 1ull << 40), "list of unused pages is wrong");
    DAMAGE(put_u64(list + 16, file_u64(list + 8)), "list of unused pages is wrong");
    DAMAGE(put_u64(list + 8 * file_u64(list), 1), "list of unused pages is wrong");
    DAMAGE((put_u64(list, 1), put_u64(list + 8, file_u64(unused))), "is used twice");
    DAMAGE(put_u64(big[0], file_u64(big[1])), "is used twice");
    DAMAGE(put_u64(leaf, file_u64(leaf) + 1), "has another page's number");
    DAMAGE(node_at(leaf, 1)[0] ^= 4, "rows overlap");
    DAMAGE(meta[72 + 4] = 4, "first pages are wrong");  /* flags: sorted duplicates */
    DAMAGE(meta[72 + 6] = 99, "first pages are wrong"); /* depth */
    DAMAGE(put_u64(meta + 72 + 32, 7), "counts of pages and rows");
    DAMAGE(put_u64(meta + 128, file_u64(meta + 128) + 2), "first pages are wrong");
#undef DAMAGE
    free(clean);
    free(im.bytes);
    place_free(&p);
}

static void a_value_under_another_key_is_reported(void)
{
    struct place p;
    struct image im;
    struct sum sum;
    char text[512];

    place_init(&p);
    struct store *s = place_open(&p);

    T_EQ(put_now(s, "balance/alice", "1000000"), MCP_OK);
    T_EQ(put_now(s, "balance/mosis", "0000007"), MCP_OK);
    store_close(s);
    im = load(&p);
    memset(&sum, 0, sizeof sum);
    /* Swap the two frames where they lie: same structure, same bytes, other owners. */
    for (size_t page = 2; page * 4096 < im.n; page++) {
        uint8_t *at = &im.bytes[page * 4096], *end = at + 4096;
        ck_assert_ptr_nonnull(at);
        uint8_t *a = memmem(at, 4096, "balance/alice", 13),
                *b = memmem(at, 4096, "balance/mosis", 13);

        if (a && b && end - a > 25 && end - b > 25) {
            for (size_t i = 13; i < 25; i++) {
                uint8_t t = a[i];

                a[i] = b[i];
                b[i] = t;
            }
        }
    }
    save(&p, im.bytes, im.n);
    s = place_open(&p);
    struct pair get = {.key = MCP_STR("balance/mosis")};

    T_EQ(store_read(s, pair_get, &get), MCP_E_STORAGE);
    store_close(s);
    T_EQ(look(&p, &sum, text, sizeof text), REPORTED);
    T_HAS(mcp_str_c(text), "62616c616e63652f616c696365: the checksum is wrong");
    free(im.bytes);
    place_free(&p);
}

static void a_file_of_garbage_is_foreign(void)
{
    struct place p;
    static uint8_t garbage[20000];
    uint32_t seed = 99;
    struct store_options opt = place_options();

    place_init(&p);
    make_store(&p);
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < sizeof garbage; i++) {
            seed = seed * 1664525u + 1013904223u;
            garbage[i] = (uint8_t)(round == 0 ? 0 : seed >> 24);
        }
        save(&p, garbage, sizeof garbage - (size_t)round * 900);
        place_refused(&p, &opt, STORE_FOREIGN, "not a store");
    }
    place_free(&p);
}

static void stays_sound(struct store *s, int round)
{
    struct store_report report;
    mcp_err err = store_verify(s, NULL, NULL, NULL, &report);

    ck_assert_msg(!err, "round %d: %s", round, report.first_bad);
}

struct churn {
    uint32_t seed;
};

static mcp_err churn_body(struct store_txn *t, void *arg)
{
    static char value[STORE_VALUE_MAX];
    struct churn *c = arg;
    mcp_err err = MCP_OK;

    for (int i = 0; i < 60 && !err; i++) {
        char key[STORE_KEY_MAX + 1];

        c->seed = c->seed * 1664525u + 1013904223u;
        uint32_t r = c->seed >> 8;
        int n = snprintf(key, sizeof key, "%u/%0*u", r % 7, r % 11 == 0 ? 400 : 6, r % 3000);
        size_t len = r % 23 == 0 ? r % 12000 : r % 300;

        if (r % 5 < 2) {
            err = store_del(t, mcp_str_n(key, (size_t)n));
        } else if (r % 301 == 0) {
            err = store_del_range(t, mcp_str_n(key, 2), mcp_str_n(NULL, 0), 200, &len);
        } else {
            err = store_put(t, mcp_str_n(key, (size_t)n), mcp_str_n(value, len), 1);
        }
    }
    return err;
}

/* The check must not cry wolf: whatever LMDB makes of many changes passes. */
static void a_sound_file_always_passes(void)
{
    struct place p;
    struct churn c = {4711};

    place_init(&p);
    struct store *s = place_open(&p);

    for (int round = 0; round < 600; round++) {
        T_EQ(store_write_now(s, churn_body, &c), MCP_OK);
        if (round % 4 == 0) {
            stays_sound(s, round);
        }
        if (round % 100 == 50) { /* LMDB's compacting copy refuses a file that lost pages */
            char copy[300], text[400];

            snprintf(copy, sizeof copy, "%s/copy-%d", p.dir, round);
            mcp_err err = store_backup(s, copy, NULL, NULL, text, sizeof text);

            ck_assert_msg(!err, "%s", text);
        }
        if (round % 100 == 99) {
            store_close(s);
            s = place_open(&p);
        }
    }
    store_close(s);
    place_free(&p);
}

static const struct t_case CASES[] = {
    T(a_file_cut_off_anywhere_is_refused), T(a_flipped_byte_is_refused_or_reported_or_harmless),
    T(each_rule_about_pages_is_checked),   T(a_value_under_another_key_is_reported),
    T(a_file_of_garbage_is_foreign),       T(a_sound_file_always_passes),
};
T_MAIN("store/damage", CASES)
