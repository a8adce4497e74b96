/* cli/usage_tail.c - see usage_tail.h. */
#include <cli/usage_tail.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GRACE_MS = 1000 }; /* a writer may not have heard yet that its log was renamed */

/* ---- Places ---------------------------------------------------------------------------------- */

void usage_place_format(const struct usage_place *p, char out[USAGE_PLACE_MAX])
{
    char hex[USAGE_PRINT * 2 + 1];

    sodium_bin2hex(hex, sizeof(hex), p->print, sizeof(p->print));
    out[0] = '\0';
    if (p->inode) {
        snprintf(out, USAGE_PLACE_MAX, "%lld %llu %llu %s", (long long)p->offset,
                 (unsigned long long)p->device, (unsigned long long)p->inode, hex);
    }
}

bool usage_place_parse(const char *text, struct usage_place *ret)
{
    unsigned long long device, inode;
    long long offset;
    char hex[USAGE_PRINT * 2 + 1];
    size_t n = 0;

    *ret = (struct usage_place){0};
    if (sscanf(text, "%lld %llu %llu %32s", &offset, &device, &inode, hex) != 4 || offset < 0 ||
        sodium_hex2bin(ret->print, sizeof(ret->print), hex, strlen(hex), NULL, &n, NULL) != 0 ||
        n != sizeof(ret->print)) {
        return false;
    }
    ret->offset = offset;
    ret->device = device;
    ret->inode = inode;
    return true;
}

/* Of the bytes before `offset`. False: there are fewer. */
static bool print_of(int fd, int64_t offset, unsigned char ret[USAGE_PRINT])
{
    unsigned char bytes[USAGE_PRINT_BYTES];
    size_t n = offset < USAGE_PRINT_BYTES ? (size_t)offset : USAGE_PRINT_BYTES;

    if (pread(fd, bytes, n, (off_t)(offset - (int64_t)n)) != (ssize_t)n) {
        return false;
    }
    crypto_generichash(ret, USAGE_PRINT, bytes, n, NULL, 0);
    return true;
}

/* True when the bytes before the place are those of this file. */
static bool fits(int fd, const struct usage_place *p)
{
    unsigned char print[USAGE_PRINT];

    return print_of(fd, p->offset, print) && memcmp(print, p->print, sizeof(print)) == 0;
}

/* ---- The log and what it was rotated to ------------------------------------------------------ */

static bool is_packed(const char *name)
{
    static const char *const ENDINGS[] = {".gz", ".xz", ".bz2", ".zst"};
    size_t len = strlen(name);

    for (size_t i = 0; i < sizeof(ENDINGS) / sizeof(ENDINGS[0]); i++) {
        size_t n = strlen(ENDINGS[i]);

        if (len > n && strcmp(name + len - n, ENDINGS[i]) == 0) {
            return true;
        }
    }
    return false;
}

struct sibling {
    char path[4096];
    struct stat st;
    bool is_log;
};

typedef bool sibling_fn(struct usage_tail *t, const struct sibling *s, void *arg);

/* Each file beside the log whose name is the log's and more, and the log itself; until one says
 * true. */
static bool each_sibling(struct usage_tail *t, sibling_fn *fn, void *arg)
{
    const char *slash = strrchr(t->path, '/');
    const char *base = slash ? slash + 1 : t->path;
    struct sibling s;
    bool is_over = false;

    snprintf(s.path, sizeof(s.path), "%.*s", slash ? (int)(slash - t->path) + 1 : 1,
             slash ? t->path : ".");
    DIR *dir = opendir(s.path);

    for (struct dirent *e; dir && !is_over && (e = readdir(dir));) {
        int n = snprintf(s.path, sizeof(s.path), "%.*s%s", slash ? (int)(slash - t->path) + 1 : 0,
                         t->path, e->d_name);

        s.is_log = strcmp(e->d_name, base) == 0;
        if (strncmp(e->d_name, base, strlen(base)) == 0 && !is_packed(e->d_name) && n > 0 &&
            (size_t)n < sizeof(s.path) && stat(s.path, &s.st) == 0 && S_ISREG(s.st.st_mode)) {
            is_over = fn(t, &s, arg);
        }
    }
    if (dir) {
        closedir(dir);
    }
    return is_over;
}

static bool is_file(const struct stat *st, const struct usage_place *p)
{
    return (uint64_t)st->st_dev == p->device && (uint64_t)st->st_ino == p->inode;
}

/* Open `s` if it is where the place is; with `arg` any file that has the print will do. */
static bool open_if_there(struct usage_tail *t, const struct sibling *s, void *arg)
{
    bool any = arg != NULL && t->at.offset > 0;

    if (s->st.st_size < t->at.offset || (!any && !is_file(&s->st, &t->at))) {
        return false;
    }
    int fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd >= 0 && !fits(fd, &t->at)) {
        close(fd);
        fd = -1;
    }
    if (fd >= 0) {
        t->fd = fd;
        t->at.device = (uint64_t)s->st.st_dev;
        t->at.inode = (uint64_t)s->st.st_ino;
    }
    return fd >= 0;
}

/* ---- On to the next file --------------------------------------------------------------------- */

struct next_op {
    struct stat ours;
    struct sibling best;
    bool has_best;
};

static bool is_later(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec > b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec > b->tv_nsec);
}

/* The oldest of those that were written to after ours; the log comes last. Into an empty one nobody
 * has written yet: the writer is with ours still. */
static bool consider(struct usage_tail *t, const struct sibling *s, void *arg)
{
    struct next_op *op = arg;

    if (is_file(&s->st, &t->at) || s->st.st_size == 0 ||
        (!s->is_log && !is_later(&s->st.st_mtim, &op->ours.st_mtim))) {
        return false;
    }
    if (!op->has_best || op->best.is_log ||
        (!s->is_log && is_later(&op->best.st.st_mtim, &s->st.st_mtim))) {
        op->best = *s;
        op->has_best = true;
    }
    return false;
}

static enum usage_tail_got begin(struct usage_tail *t, const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        int why = fd < 0 ? errno : ESPIPE;

        if (fd >= 0) {
            close(fd);
        }
        errno = why;
        return why == ENOENT ? USAGE_TAIL_NOTHING : USAGE_TAIL_FAILED; /* being rotated now */
    }
    usage_tail_close(t);
    t->fd = fd;
    t->idle_ms = 0;
    t->at = (struct usage_place){.device = (uint64_t)st.st_dev, .inode = (uint64_t)st.st_ino};
    (void)print_of(fd, 0, t->at.print);
    return USAGE_TAIL_MOVED;
}

static enum usage_tail_got go_on(struct usage_tail *t)
{
    struct next_op op = {.has_best = false};

    if (fstat(t->fd, &op.ours) != 0) {
        return USAGE_TAIL_FAILED;
    }
    (void)each_sibling(t, consider, &op);
    return op.has_best ? begin(t, op.best.path) : USAGE_TAIL_NOTHING;
}

/* Nothing is open, or what is open was cut. */
static enum usage_tail_got find(struct usage_tail *t)
{
    usage_tail_close(t);
    if (t->at.inode &&
        (each_sibling(t, open_if_there, NULL) || each_sibling(t, open_if_there, t))) {
        return USAGE_TAIL_LINES;
    }
    t->is_lost = t->is_lost || t->at.inode != 0;
    return begin(t, t->path);
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* At the end of the open file: is it the log still? */
static enum usage_tail_got at_end(struct usage_tail *t, int64_t waited_ms, bool is_last)
{
    struct stat log;

    if (stat(t->path, &log) != 0) {
        return errno == ENOENT ? USAGE_TAIL_NOTHING : USAGE_TAIL_FAILED;
    }
    if (is_file(&log, &t->at)) {
        t->idle_ms = 0;
        return USAGE_TAIL_NOTHING;
    }
    t->idle_ms += waited_ms;
    return is_last || t->idle_ms >= GRACE_MS ? go_on(t) : USAGE_TAIL_NOTHING;
}

static mcp_str whole_lines(const char *block, size_t n)
{
    const char *end = n ? memrchr(block, '\n', n) : NULL;

    return mcp_str_n(block, end                     ? (size_t)(end - block) + 1
                            : n == USAGE_TAIL_BLOCK ? n /* no line is so long */
                                                    : 0);
}

enum usage_tail_got usage_tail_read(struct usage_tail *t, int64_t waited_ms, bool is_last,
                                    mcp_str *ret)
{
    enum usage_tail_got got = USAGE_TAIL_LINES;

    *ret = MCP_STR("");
    if (t->fd < 0 || !fits(t->fd, &t->at)) {
        got = find(t);
    }
    if (got != USAGE_TAIL_LINES) {
        return got;
    }
    ssize_t n = pread(t->fd, t->block, USAGE_TAIL_BLOCK, (off_t)t->at.offset);

    if (n < 0) {
        return USAGE_TAIL_FAILED;
    }
    if (n > 0 && !fits(t->fd, &t->at)) { /* cut meanwhile: these are not the bytes that follow */
        return USAGE_TAIL_NOTHING;
    }
    *ret = whole_lines(t->block, (size_t)n);
    if (ret->len) {
        t->idle_ms = 0;
        return USAGE_TAIL_LINES;
    }
    int64_t idle_ms = t->idle_ms;
    struct usage_place before = t->at;

    got = at_end(t, waited_ms, is_last);
    if (got != USAGE_TAIL_MOVED || n == 0) {
        return got;
    }
    /* The file is over, and its last line has no end: it is a line all the same. */
    usage_tail_close(t);
    t->at = before;
    t->idle_ms = idle_ms;
    *ret = mcp_str_n(t->block, (size_t)n);
    return find(t) == USAGE_TAIL_LINES ? USAGE_TAIL_LINES : USAGE_TAIL_NOTHING;
}

bool usage_tail_take(struct usage_tail *t, size_t n, struct usage_place *ret)
{
    *ret = t->at;
    ret->offset += (int64_t)n;
    errno = ESTALE;
    return print_of(t->fd, ret->offset, ret->print);
}

void usage_tail_close(struct usage_tail *t)
{
    if (t->fd >= 0) {
        close(t->fd);
        t->fd = -1;
    }
}
