/* store/lmdb_meta.c - the two meta pages, judged before LMDB sees the file.
 *
 * LMDB believes them: a page size of zero, a root beyond the end or a last page in the clouds ends
 * in a crash. They carry no checksum, so they are held against each other: each commit writes
 * the one with the parity of its number, so the numbers are neighbours. */
#include "lmdb_engine.h"
#include "lmdb_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNWRITTEN_MAX 131072u /* MDB_IDL_UM_MAX, the most pages one transaction touches */

static void read_tree(const uint8_t *p, struct file_tree *ret)
{
    ret->flags = file_u16(p + 4);
    ret->depth = file_u16(p + 6);
    ret->branches = file_u64(p + 8);
    ret->leaves = file_u64(p + 16);
    ret->overflows = file_u64(p + 24);
    ret->rows = file_u64(p + 32);
    ret->root = file_u64(p + 40);
}

static bool is_tree(const struct file_tree *t, unsigned flags, uint64_t last_page)
{
    if (t->root == FILE_NONE) {
        return t->flags == flags && t->depth == 0 && t->rows == 0;
    }
    return t->flags == flags && t->depth >= 1 && t->depth <= FILE_DEPTH_MAX && t->root >= 2 &&
           t->root <= last_page;
}

enum file_verdict store__file_meta(int fd, unsigned which, unsigned page_bytes,
                                   struct file_meta *ret)
{
    uint8_t page[FILE_PAGE_HEAD + FILE_META_BYTES];
    const uint8_t *m = page + FILE_PAGE_HEAD;
    ssize_t n = pread(fd, page, sizeof page, (off_t)which * page_bytes);

    if (n == 0 && which == 0) {
        return FILE_EMPTY;
    }
    if (n != (ssize_t)sizeof page || file_u32(m) != FILE_MAGIC ||
        (file_u16(page + 10) & FILE_META) == 0) {
        return which ? FILE_DAMAGED : FILE_ALIEN;
    }
    if (file_u32(m + 4) != FILE_VERSION) {
        return file_u32(m + 4) < 1000 && file_u32(m + 4) > FILE_VERSION ? FILE_NEWER : FILE_DAMAGED;
    }
    ret->page_bytes = file_u32(m + 24);
    read_tree(m + 24, &ret->unused);
    read_tree(m + 72, &ret->rows);
    ret->last_page = file_u64(m + 120);
    ret->txn = file_u64(m + 128);
    if (file_u64(page) != which || ret->page_bytes < FILE_PAGE_MIN ||
        ret->page_bytes > FILE_PAGE_MAX || (ret->page_bytes & (ret->page_bytes - 1)) != 0 ||
        ret->last_page > (uint64_t)INT64_MAX / FILE_PAGE_MAX) {
        return FILE_DAMAGED;
    }
    return FILE_FINE;
}

bool store__file_has_trees(const struct file_meta *m)
{
    return m->last_page >= 1 && is_tree(&m->unused, FILE_INTEGER_KEYS, m->last_page) &&
           is_tree(&m->rows, 0, m->last_page);
}

static bool are_neighbours(uint64_t even, uint64_t odd)
{
    if (even == 0 && odd == 0) { /* as LMDB makes an empty file */
        return true;
    }
    return even % 2 == 0 && odd % 2 == 1 && (even + 1 == odd || odd + 1 == even);
}

static enum file_verdict judge_once(int fd)
{
    struct file_meta even, odd;
    struct stat st;
    enum file_verdict v = store__file_meta(fd, 0, 0, &even);

    if (v) {
        return v;
    }
    v = store__file_meta(fd, 1, even.page_bytes, &odd);
    if (v) {
        return v;
    }
    /* Only the newer one is used. The older may be half new: what LMDB leaves of a meta page that
     * it could not write. */
    const struct file_meta *newer = even.txn < odd.txn ? &odd : &even;

    /* Pages at the end that a transaction took and gave back were never written, so that the last
     * page may lie beyond the end of the file, by less than a transaction has pages; the page check
     * then counts them one by one. */
    if (odd.page_bytes != even.page_bytes || !are_neighbours(even.txn, odd.txn) ||
        fstat(fd, &st) != 0 || st.st_size < 2 * (off_t)even.page_bytes ||
        !store__file_has_trees(newer) ||
        newer->last_page > (uint64_t)st.st_size / even.page_bytes + UNWRITTEN_MAX) {
        return FILE_DAMAGED;
    }
    return FILE_FINE;
}

bool store__pages_judge_meta(struct store *s, bool *ret_is_empty, struct store__refusal *r)
{
    int fd = openat(s->place.dir_fd, STORE__DATA_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    enum file_verdict v = FILE_FINE;

    *ret_is_empty = false;
    if (sizeof(size_t) != 8) {
        return true; /* another layout; LMDB judges alone */
    }
    if (fd < 0) {
        return store__refuse(r, STORE_FAILED, "%s: opening the data file failed (errno %d)",
                             s->place.path, errno);
    }
    /* Again, because another process may commit between our two reads. */
    for (int i = 0; i < 5 && (i == 0 || v == FILE_DAMAGED); i++) {
        v = judge_once(fd);
    }
    close(fd);
    switch (v) {
    case FILE_FINE:
        return true;
    case FILE_EMPTY:
        *ret_is_empty = true;
        return true;
    case FILE_NEWER:
        return store__refuse(r, STORE_NEWER, "%s: written by a newer version of LMDB; update first",
                             s->place.path);
    case FILE_ALIEN:
        return store__refuse(r, STORE_FOREIGN,
                             "%s: the data file is not a store, or its beginning is damaged",
                             s->place.path);
    case FILE_DAMAGED:
        break;
    }
    return store__refuse(r, STORE_FOREIGN,
                         "%s: damaged: the data file's first pages are wrong; "
                         "restore a backup",
                         s->place.path);
}
