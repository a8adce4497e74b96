/* store/place.c - the directory of a store: modes, locks, and who has it open already. */
#include "engine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_FILE "cistern.lock"

/* The directories this process has open, by device and inode: opening one twice would drop the
 * engine's POSIX locks when the first is closed (lmdb.h, "Caveats"). */
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static struct store__place *registry;

bool store__refuse(struct store__refusal *r, enum store_fault fault, const char *fmt, ...)
{
    va_list ap;

    r->fault = fault;
    if (r->bytes) {
        va_start(ap, fmt);
        vsnprintf(r->text, r->bytes, fmt, ap);
        va_end(ap);
    }
    return false;
}

static bool refuse_errno(struct store__refusal *r, const char *path, const char *what)
{
    int err = errno;
    char buf[128];
    const char *words = strerror_r(err, buf, sizeof buf);

    if (err == EACCES || err == EPERM || err == EROFS) {
        return store__refuse(r, STORE_UNWRITABLE, "%s: %s is not permitted here (%s)", path, what,
                             words);
    }
    return store__refuse(r, STORE_FAILED, "%s: %s failed (%s)", path, what, words);
}

static bool register_place(struct store__place *p)
{
    bool is_new = true;

    pthread_mutex_lock(&registry_lock);
    for (struct store__place *at = registry; at; at = at->next) {
        if (at->dev == p->dev && at->ino == p->ino) {
            is_new = false;
        }
    }
    if (is_new) {
        p->next = registry;
        registry = p;
        p->is_registered = true;
    }
    pthread_mutex_unlock(&registry_lock);
    return is_new;
}

static void unregister_place(struct store__place *p)
{
    pthread_mutex_lock(&registry_lock);
    for (struct store__place **at = &registry; *at; at = &(*at)->next) {
        if (*at == p) {
            *at = p->next;
            break;
        }
    }
    p->is_registered = false;
    pthread_mutex_unlock(&registry_lock);
}

/* Durable also when the machine stops right after: the new name lies in the parent directory. */
static void sync_parent(const char *path)
{
    char parent[STORE__PATH_MAX + 4];

    snprintf(parent, sizeof parent, "%s/..", path);
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        (void)fsync(fd); /* not every file system can */
        close(fd);
    }
}

static bool open_directory(struct store__place *p, bool create, struct store__refusal *r)
{
    bool is_made = create && mkdir(p->path, 0700) == 0;

    if (create && !is_made && errno != EEXIST) {
        return refuse_errno(r, p->path, "making the directory");
    }
    p->dir_fd = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (p->dir_fd < 0 && errno == ENOENT) {
        return store__refuse(r, STORE_MISSING, "%s: there is no such directory", p->path);
    }
    if (p->dir_fd < 0 && errno == ENOTDIR) {
        return store__refuse(r, STORE_FOREIGN, "%s: not a directory", p->path);
    }
    if (p->dir_fd < 0) {
        return refuse_errno(r, p->path, "opening the directory");
    }
    if (is_made) {
        if (fchmod(p->dir_fd, 0700) != 0) { /* whatever the umask was */
            return refuse_errno(r, p->path, "setting the directory's mode");
        }
        sync_parent(p->path);
    }
    return true;
}

static bool judge_directory(struct store__place *p, struct store__refusal *r)
{
    struct stat st;

    if (fstat(p->dir_fd, &st) != 0) {
        return refuse_errno(r, p->path, "looking at the directory");
    }
    p->dev = st.st_dev;
    p->ino = st.st_ino;
    if (st.st_mode & 077) {
        return store__refuse(r, STORE_EXPOSED,
                             "%s: the directory is open to other users (mode %03o); a store has "
                             "one of its own with mode 700",
                             p->path, (unsigned)st.st_mode & 0777u);
    }
    return true;
}

/* Opens or makes a file of the directory with mode 0600, owned as the directory is (root may be
 * at work in a service's directory). */
static int open_file(struct store__place *p, const char *name, int flags)
{
    struct stat dir;
    int fd = openat(p->dir_fd, name, flags | O_CLOEXEC | O_NOFOLLOW);

    if (fd >= 0 || errno != ENOENT || (flags & O_ACCMODE) == O_RDONLY) {
        return fd;
    }
    fd = openat(p->dir_fd, name, flags | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST) { /* another process was faster */
        return openat(p->dir_fd, name, flags | O_CLOEXEC | O_NOFOLLOW);
    }
    if (fd >= 0) {
        (void)fchmod(fd, 0600); /* whatever the umask was; judge_data() sees a failure */
        if (geteuid() == 0 && fstat(p->dir_fd, &dir) == 0 && dir.st_uid != 0) {
            (void)!fchown(fd, dir.st_uid, dir.st_gid);
        }
    }
    return fd;
}

/* The lock file says who has the store open: "<word> <uid>\n", the word being "new" until the
 * store was complete once. */
static void read_lock(struct store__place *p, unsigned long *ret_uid)
{
    char text[64] = "";
    ssize_t n = pread(p->lock_fd, text, sizeof text - 1, 0);

    *ret_uid = ULONG_MAX;
    if (n > 0) {
        char word[16] = "";

        (void)sscanf(text, "%15s %lu", word, ret_uid);
        p->was_finished = strcmp(word, "store") == 0;
    }
}

static bool write_lock(struct store__place *p)
{
    char text[64];
    int n = snprintf(text, sizeof text, "%-5s %-10lu\n", p->was_finished ? "store" : "new",
                     (unsigned long)geteuid());

    return pwrite(p->lock_fd, text, (size_t)n, 0) == n;
}

/* Another process may be between asking whether it is alone and sharing; that takes microseconds,
 * unless it is stopped. */
static bool take_shared(int fd)
{
    const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};

    for (int i = 0; i < 200; i++) {
        if (flock(fd, LOCK_SH | LOCK_NB) == 0) {
            return true;
        }
        nanosleep(&pause, NULL);
    }
    return false;
}

/* Shared by every process that has the store open. Whoever is alone writes down its user; a
 * second process of another user is refused, because files that one makes the other cannot use. */
static bool take_lock(struct store__place *p, const struct store_options *opt,
                      struct store__refusal *r)
{
    unsigned long uid;
    bool read_only = opt->read_only;

    if (!opt->create && faccessat(p->dir_fd, STORE__DATA_FILE, F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
        read_only = true; /* leave nothing behind where no store is */
    }
    p->lock_fd = open_file(p, LOCK_FILE, read_only ? O_RDONLY : O_RDWR);
    if (p->lock_fd < 0) {
        return (read_only && (errno == ENOENT || errno == EROFS)) ||
               refuse_errno(r, p->path, "opening the lock file");
    }
    bool is_alone = flock(p->lock_fd, LOCK_EX | LOCK_NB) == 0;

    read_lock(p, &uid);
    if (!is_alone && uid != ULONG_MAX && uid != geteuid()) {
        return store__refuse(r, STORE_LOCKED,
                             "%s: a process of user %lu has the store open; run as that user",
                             p->path, uid);
    }
    if (is_alone && !read_only && !write_lock(p)) {
        return refuse_errno(r, p->path, "writing the lock file");
    }
    if (!take_shared(p->lock_fd)) {
        return store__refuse(r, STORE_LOCKED, "%s: another process is opening the store; try again",
                             p->path);
    }
    return true;
}

static bool judge_data(struct store__place *p, const struct store_options *opt,
                       struct store__refusal *r)
{
    struct stat st;
    bool may_make = opt->create && !opt->read_only && !p->was_finished;
    int fd = open_file(p, STORE__DATA_FILE, may_make ? O_RDWR : O_RDONLY);
    bool is_known = fd >= 0 && fstat(fd, &st) == 0;
    int err = errno;

    if (fd >= 0) {
        close(fd);
    }
    errno = err;
    if (!is_known && err == ENOENT && !p->was_finished) {
        return store__refuse(r, STORE_MISSING, "%s: there is no store in this directory", p->path);
    }
    if (!is_known && err == ENOENT) {
        return store__refuse(r, STORE_FOREIGN, "%s: damaged: the data file is gone", p->path);
    }
    if (!is_known && err == ELOOP) {
        return store__refuse(r, STORE_FOREIGN, "%s: the data file is a symbolic link", p->path);
    }
    if (!is_known && err != EISDIR) {
        return refuse_errno(r, p->path, "opening the data file");
    }
    if (!is_known || !S_ISREG(st.st_mode)) {
        return store__refuse(r, STORE_FOREIGN, "%s: the data file is not a file", p->path);
    }
    if (st.st_mode & 077) {
        return store__refuse(r, STORE_EXPOSED,
                             "%s: the data file is open to other users (mode %03o); run chmod 600",
                             p->path, (unsigned)st.st_mode & 0777u);
    }
    if (st.st_size == 0 && p->was_finished) {
        return store__refuse(r, STORE_FOREIGN, "%s: damaged: the data file is empty", p->path);
    }
    if (st.st_size == 0 && !may_make) {
        return store__refuse(r, STORE_MISSING, "%s: the store was never finished; create it again",
                             p->path);
    }
    return true;
}

static bool judge_access(struct store__place *p, bool read_only, struct store__refusal *r)
{
    if (!read_only && (faccessat(p->dir_fd, ".", W_OK | X_OK, AT_EACCESS) != 0 ||
                       faccessat(p->dir_fd, STORE__DATA_FILE, R_OK | W_OK, AT_EACCESS) != 0)) {
        return refuse_errno(r, p->path, "writing");
    }
    return true;
}

static bool open_locked(struct store__place *p, const struct store_options *opt,
                        struct store__refusal *r)
{
    if (!take_lock(p, opt, r) || !judge_data(p, opt, r) || !judge_access(p, opt->read_only, r)) {
        return false;
    }
    if (!opt->read_only) {
        /* Made here, so that its mode does not depend on the umask. Not open in this process:
         * the registry says so; closing it would otherwise drop the engine's locks. */
        int fd = open_file(p, "lock.mdb", O_RDWR);

        if (fd < 0) {
            return refuse_errno(r, p->path, "opening the engine's lock file");
        }
        close(fd);
    }
    return true;
}

bool store__place_open(struct store__place *p, const char *path, const struct store_options *opt,
                       struct store__refusal *r)
{
    p->dir_fd = p->lock_fd = -1;
    size_t n = strlen(path);

    if (n == 0 || n + 32 > sizeof p->path) {
        return store__refuse(r, STORE_FAILED, "the directory's name is empty or too long");
    }
    memcpy(p->path, path, n + 1);
    if (!open_directory(p, opt->create && !opt->read_only, r) || !judge_directory(p, r)) {
        return false;
    }
    if (!register_place(p)) {
        return store__refuse(r, STORE_LOCKED, "%s: this process has the store open already",
                             p->path);
    }
    return open_locked(p, opt, r);
}

bool store__place_finish(struct store__place *p, struct store__refusal *r)
{
    if (p->was_finished || p->lock_fd < 0) {
        return true;
    }
    p->was_finished = true;
    if (!write_lock(p) || fsync(p->lock_fd) != 0 || fsync(p->dir_fd) != 0) {
        return refuse_errno(r, p->path, "writing the lock file");
    }
    return true;
}

void store__place_close(struct store__place *p)
{
    if (p->lock_fd >= 0) {
        close(p->lock_fd);
    }
    if (p->dir_fd >= 0) {
        close(p->dir_fd);
    }
    if (p->is_registered) {
        unregister_place(p);
    }
}
