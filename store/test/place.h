/* store/test/place.h - a store in a temporary directory, for tests. */
#ifndef STORE_TEST_PLACE_H
#define STORE_TEST_PLACE_H

#include <mcp/test/t.h>
#include <store/store.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct place {
    char dir[128];  /* the temporary directory */
    char path[160]; /* the store in it, not made yet */
};

static inline void place_init(struct place *p)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(p->dir, sizeof p->dir, "%s/cistern-store-XXXXXX", tmp ? tmp : "/tmp");
    T_CHECK(mkdtemp(p->dir) != NULL);
    snprintf(p->path, sizeof p->path, "%s/s", p->dir);
}

static inline int place_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline void place_free(struct place *p)
{
    nftw(p->dir, place_remove, 16, FTW_DEPTH | FTW_PHYS);
}

static inline int64_t place_wall_ms(void *user)
{
    (void)user;
    return 1700000000000;
}

static inline int64_t place_monotonic_ms(void *user)
{
    struct timespec ts;

    (void)user;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static inline struct store_options place_options(void)
{
    return (struct store_options){
        .create = true, .clock = {.wall_ms = place_wall_ms, .monotonic_ms = place_monotonic_ms}};
}

static inline struct store *place_open_with(struct place *p, const struct store_options *opt)
{
    char text[512];
    enum store_fault fault;
    struct store *s = store_open(p->path, opt, &fault, text, sizeof text);

    ck_assert_msg(s != NULL, "store_open: %d %s", (int)fault, text);
    T_EQ(fault, STORE_FINE);
    return s;
}

static inline struct store *place_open(struct place *p)
{
    struct store_options opt = place_options();

    return place_open_with(p, &opt);
}

/* Opening is refused with this fault and a sentence that has `part`. */
static inline void place_refused(struct place *p, const struct store_options *opt,
                                 enum store_fault want, const char *part)
{
    char text[512];
    enum store_fault fault;
    struct store *s = store_open(p->path, opt, &fault, text, sizeof text);

    ck_assert_msg(!s, "opened");
    ck_assert_msg(fault == want, "fault %d, wanted %d: %s", (int)fault, (int)want, text);
    T_HAS(mcp_str_c(text), part);
    T_HAS(mcp_str_c(text), p->path);
}

/* A small file system of our own, in a mount namespace nobody else sees. */
static inline bool mount_small(struct place *p, const char *size)
{
    char opts[64];

    place_init(p);
    snprintf(opts, sizeof opts, "size=%s", size);
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", p->dir, "tmpfs", 0, opts) != 0) {
        printf("skipped: a mount is not permitted here (errno %d)\n", errno);
        place_free(p);
        return false;
    }
    return true;
}

static inline void unmount(struct place *p)
{
    umount2(p->dir, MNT_DETACH);
    rmdir(p->dir);
}

/* ---- Bodies ---- */
struct pair {
    mcp_str key, value;
    uint8_t version;
    mcp_err err;
    char copy[4096]; /* of what was read */
    size_t copy_len;
};

static inline mcp_err pair_put(struct store_txn *t, void *arg)
{
    struct pair *p = arg;

    return p->err = store_put(t, p->key, p->value, p->version);
}

static inline mcp_err pair_get(struct store_txn *t, void *arg)
{
    struct pair *p = arg;
    mcp_str got;

    p->err = store_get(t, p->key, &got, &p->version);
    p->copy_len = got.len < sizeof p->copy ? got.len : sizeof p->copy;
    if (p->copy_len) {
        memcpy(p->copy, got.ptr, p->copy_len);
    }
    return p->err;
}

static inline mcp_err pair_del(struct store_txn *t, void *arg)
{
    struct pair *p = arg;

    return p->err = store_del(t, p->key);
}

static inline mcp_err put_now(struct store *s, const char *key, const char *value)
{
    struct pair p = {.key = mcp_str_c(key), .value = mcp_str_c(value), .version = 1};

    return store_write_now(s, pair_put, &p);
}

static inline mcp_err del_now(struct store *s, const char *key)
{
    struct pair p = {.key = mcp_str_c(key)};

    return store_write_now(s, pair_del, &p);
}

/* The value of `key` is `want`; NULL: there is none. */
static inline void has(struct store *s, const char *key, const char *want)
{
    struct pair p = {.key = mcp_str_c(key)};
    mcp_err err = store_read(s, pair_get, &p);

    T_EQ(err, want ? MCP_OK : MCP_E_NOT_FOUND);
    if (want) {
        T_STR(mcp_str_n(p.copy, p.copy_len), want);
    }
}

#endif
