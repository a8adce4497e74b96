/* store/lmdb_backup.c - a compacted copy of the live store, streamed through a pipe.
 *
 * LMDB writes the copy into a pipe from a thread of its own; this side reads it and writes the file
 * itself, so that progress, a full disk and stopping are ours to tell. */
#include "lmdb_engine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mcp/alloc.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_BYTES ((size_t)256 << 10)

struct backup {
    struct store *s;
    char *text;
    size_t text_bytes;
    const char *path;
    int dir_fd, fd, pipe[2]; /* -1: not open */
    bool made_dir, made_file, has_copier;
    pthread_t copier;
    int copy_rc;
    uint8_t *chunk;
};

/* Always an error, with a sentence. */
static mcp_err no(struct backup *b, mcp_err err, const char *what, int rc)
{
    if (b->text_bytes) {
        snprintf(b->text, b->text_bytes, "%s: %s%s%s%s", b->path, what, rc ? " (" : "",
                 rc ? mdb_strerror(rc) : "", rc ? ")" : "");
    }
    return err;
}

static bool is_empty_dir(int dir_fd)
{
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    bool is_empty = true;

    if (!dir) {
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    for (struct dirent *d = readdir(dir); d; d = readdir(dir)) {
        is_empty = is_empty && (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0);
    }
    closedir(dir);
    return is_empty;
}

static mcp_err make_place(struct backup *b)
{
    b->made_dir = mkdir(b->path, 0700) == 0;
    if (!b->made_dir && errno != EEXIST) {
        return no(b, MCP_E_STORAGE, "making the directory failed", errno);
    }
    b->dir_fd = open(b->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (b->dir_fd < 0) {
        return no(b, MCP_E_STORAGE, "opening the directory failed", errno);
    }
    if (!b->made_dir && !is_empty_dir(b->dir_fd)) {
        return no(b, MCP_E_CONFLICT, "the directory is not empty", 0);
    }
    if (fchmod(b->dir_fd, 0700) != 0) {
        return no(b, MCP_E_STORAGE, "setting the directory's mode failed", errno);
    }
    b->fd = openat(b->dir_fd, STORE__DATA_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (b->fd < 0) {
        return no(b, MCP_E_STORAGE, "making the data file failed", errno);
    }
    b->made_file = true;
    return fchmod(b->fd, 0600) == 0 ? MCP_OK
                                    : no(b, MCP_E_STORAGE, "setting the file's mode failed", errno);
}

static void *run_copier(void *arg)
{
    struct backup *b = arg;
    sigset_t set;

    /* When this side stops reading, the writes end in EPIPE; LMDB's own thread inherits it. */
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    b->copy_rc = mdb_env_copyfd2(b->s->engine->env, b->pipe[1], MDB_CP_COMPACT);
    close(b->pipe[1]);
    return NULL;
}

static mcp_err start_copier(struct backup *b)
{
    b->chunk = mcp_alloc(CHUNK_BYTES);
    if (!b->chunk) {
        return no(b, MCP_E_OVERLOADED, "no memory", 0);
    }
    if (pipe2(b->pipe, O_CLOEXEC) != 0) {
        b->pipe[0] = b->pipe[1] = -1;
        return no(b, MCP_E_STORAGE, "making a pipe failed", errno);
    }
    (void)fcntl(b->pipe[0], F_SETPIPE_SZ, (int)CHUNK_BYTES);
    if (store__start_thread(&b->copier, run_copier, b)) {
        close(b->pipe[1]);
        return no(b, MCP_E_OVERLOADED, "starting a thread failed", 0);
    }
    b->has_copier = true;
    return MCP_OK;
}

static bool write_all(int fd, const uint8_t *p, size_t n)
{
    while (n) {
        ssize_t done = write(fd, p, n);

        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return false;
        }
        p += done;
        n -= (size_t)done;
    }
    return true;
}

static mcp_err drain(struct backup *b, store_progress_fn *progress, void *user, uint64_t total)
{
    uint64_t done = 0;

    for (;;) {
        ssize_t n = read(b->pipe[0], b->chunk, CHUNK_BYTES);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return no(b, MCP_E_STORAGE, "reading the copy failed", errno);
        }
        if (n == 0) {
            return MCP_OK;
        }
        if (!write_all(b->fd, b->chunk, (size_t)n)) {
            return no(b, MCP_E_STORAGE, "writing the copy failed", errno);
        }
        done += (uint64_t)n;
        if (progress && !progress(user, done, total > done ? total : done)) {
            return no(b, MCP_E_REFUSED, "stopped; nothing was kept", 0);
        }
    }
}

static uint64_t used_bytes(struct store *s)
{
    MDB_stat st = {0};

    (void)mdb_env_stat(s->engine->env, &st);
    return ((uint64_t)st.ms_branch_pages + st.ms_leaf_pages + st.ms_overflow_pages + 2) *
           st.ms_psize;
}

static mcp_err stop_copier(struct backup *b, mcp_err err)
{
    if (b->pipe[0] >= 0) {
        close(b->pipe[0]);
    }
    if (b->has_copier) {
        pthread_join(b->copier, NULL);
        if (!err && b->copy_rc) {
            return no(b, MCP_E_STORAGE, "copying failed", b->copy_rc);
        }
    }
    return err;
}

/* The names too: the file lies in the directory, the directory in its parent. */
static mcp_err sync_all(struct backup *b)
{
    if (fsync(b->fd) != 0 || fsync(b->dir_fd) != 0) {
        return no(b, MCP_E_STORAGE, "syncing the copy failed", errno);
    }
    int fd = openat(b->dir_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        (void)fsync(fd); /* not every file system can */
        close(fd);
    }
    return MCP_OK;
}

static void leave(struct backup *b, mcp_err err)
{
    if (b->fd >= 0) {
        close(b->fd);
    }
    if (err && b->made_file) {
        unlinkat(b->dir_fd, STORE__DATA_FILE, 0);
    }
    if (b->dir_fd >= 0) {
        close(b->dir_fd);
    }
    if (err && b->made_dir) {
        rmdir(b->path);
    }
    mcp_free(b->chunk);
}

mcp_err store_backup(struct store *s, const char *path, store_progress_fn *progress, void *user,
                     char *text, size_t text_bytes)
{
    struct backup b = {.s = s,
                       .path = path,
                       .text = text,
                       .text_bytes = text ? text_bytes : 0,
                       .dir_fd = -1,
                       .fd = -1,
                       .pipe = {-1, -1}};
    char why[200];

    if (b.text_bytes) {
        text[0] = '\0';
    }
    if (!store__engine_check(s, why, sizeof why)) { /* LMDB would copy it, or crash */
        return no(&b, MCP_E_STORAGE, why, 0);
    }
    mcp_err err = make_place(&b);

    err = err ? err : start_copier(&b);
    err = err ? err : drain(&b, progress, user, used_bytes(s));
    err = stop_copier(&b, err);
    err = err ? err : sync_all(&b);
    leave(&b, err);
    return err;
}
