/* store/lmdb_pages.c - walks the pages of one snapshot and checks all that LMDB relies on.
 *
 * LMDB follows page numbers, offsets and sizes without asking: in a damaged file it reads beyond
 * a page, or beyond the file (SIGBUS), or aborts. So the tree is walked with bounded reads first:
 * each page is read into memory, is what its parent says, lies in the file, is reached once and not
 * listed as unused, has its nodes inside and gapless, and its keys in order and between its
 * parent's. */
#include "lmdb_engine.h"
#include "lmdb_file.h"

#include <mcp/alloc.h>

#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct walk {
    int fd;
    struct file_meta meta;
    uint64_t file_pages;
    uint8_t *seen;   /* a bit per page of the file */
    uint8_t *pages;  /* one page per level */
    uint64_t budget; /* pages still to visit */
    uint64_t beyond; /* unused pages listed that lie behind the end of the file */
    bool is_integer; /* keys are u64, in the machine's order */
    struct file_tree found;
    char *why;
    size_t why_bytes;
};

/* What a page's keys must lie between; NULL ptr: no bound. */
struct bounds {
    mcp_str low, high;
};

MCP_FORMAT(2, 3) static bool no(struct walk *w, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(w->why, w->why_bytes, fmt, ap);
    va_end(ap);
    return false;
}

static int compare(const struct walk *w, mcp_str a, mcp_str b)
{
    if (w->is_integer) {
        uint64_t x = file_u64((const uint8_t *)a.ptr), y = file_u64((const uint8_t *)b.ptr);

        return x < y ? -1 : x > y;
    }
    return mcp_str_cmp(a, b);
}

/* Notes pages [first, first + n) as reached. */
static bool mark(struct walk *w, uint64_t first, uint64_t n, const char *as)
{
    for (uint64_t i = first; i < first + n; i++) {
        if (w->seen[i / 8] & 1u << i % 8) {
            return no(w, "page %llu is used twice (%s)", (unsigned long long)i, as);
        }
        w->seen[i / 8] = (uint8_t)(w->seen[i / 8] | 1u << i % 8);
    }
    return true;
}

static bool load(struct walk *w, uint64_t number, uint8_t *page)
{
    if (number < 2 || number > w->meta.last_page || number >= w->file_pages) {
        return no(w, "page %llu lies outside the file", (unsigned long long)number);
    }
    if (pread(w->fd, page, w->meta.page_bytes, (off_t)(number * w->meta.page_bytes)) !=
        (ssize_t)w->meta.page_bytes) {
        return no(w, "page %llu cannot be read", (unsigned long long)number);
    }
    if (file_u64(page) != number) {
        return no(w, "page %llu has another page's number", (unsigned long long)number);
    }
    return mark(w, number, 1, "tree");
}

struct node {
    unsigned flags;
    mcp_str key;
    const uint8_t *data; /* of a leaf: inside the page, unless BIGDATA */
    uint64_t size, child;
    size_t bytes; /* in the page */
};

#define NODE_BIG 1u

/* Node `i` of a page with `lower`/`upper` already checked. */
static bool read_node(struct walk *w, const uint8_t *page, unsigned i, bool is_leaf,
                      struct node *ret)
{
    size_t at = file_u16(page + FILE_PAGE_HEAD + 2 * i), end = w->meta.page_bytes;

    if (at % 2 || at < file_u16(page + 14) || at + FILE_NODE_HEAD > end) {
        return no(w, "page %llu: a row begins outside", (unsigned long long)file_u64(page));
    }
    const uint8_t *n = page + at;
    size_t key_bytes = file_u16(n + 6), key_end = at + FILE_NODE_HEAD + key_bytes;
    uint64_t low = file_u16(n) | (uint64_t)file_u16(n + 2) << 16;

    ret->flags = is_leaf ? file_u16(n + 4) : 0;
    ret->child = low | (uint64_t)file_u16(n + 4) << 32;
    ret->size = is_leaf ? low : 0;
    if (key_end > end || (is_leaf && key_bytes == 0) || key_bytes > 511 ||
        (w->is_integer && key_bytes != 8 && (is_leaf || key_bytes || i))) {
        return no(w, "page %llu: a key is too long", (unsigned long long)file_u64(page));
    }
    if (ret->flags & ~NODE_BIG) {
        return no(w, "page %llu: a row of an unknown kind", (unsigned long long)file_u64(page));
    }
    size_t inside = ret->flags & NODE_BIG ? 8 : (size_t)ret->size;

    if (inside > end - key_end) {
        return no(w, "page %llu: a row is too long", (unsigned long long)file_u64(page));
    }
    ret->key = mcp_str_n((const char *)n + FILE_NODE_HEAD, key_bytes);
    ret->data = n + FILE_NODE_HEAD + key_bytes;
    ret->bytes = (FILE_NODE_HEAD + key_bytes + inside + 1) & ~(size_t)1;
    return true;
}

/* A value in pages of its own. */
static bool check_overflow(struct walk *w, const struct node *n, uint64_t *ret_pages)
{
    uint8_t head[FILE_PAGE_HEAD];
    uint64_t first = file_u64(n->data);

    if (first < 2 || first > w->meta.last_page || first >= w->file_pages ||
        pread(w->fd, head, sizeof head, (off_t)(first * w->meta.page_bytes)) !=
            (ssize_t)sizeof head) {
        return no(w, "page %llu lies outside the file", (unsigned long long)first);
    }
    uint64_t pages = file_u32(head + 12);
    uint64_t needed = (FILE_PAGE_HEAD - 1 + n->size) / w->meta.page_bytes + 1;

    if (file_u64(head) != first || file_u16(head + 10) != FILE_OVERFLOW || pages < needed ||
        pages > w->meta.last_page + 1 - first || pages > w->file_pages - first) {
        return no(w, "page %llu is not the long value it should be", (unsigned long long)first);
    }
    *ret_pages = pages;
    w->found.overflows += pages;
    return mark(w, first, pages, "long value");
}

/* One record of the free list: a count, then page numbers, descending. */
static bool check_unused(struct walk *w, const uint8_t *list, uint64_t bytes)
{
    uint64_t n = bytes >= 8 ? file_u64(list) : 0, before = UINT64_MAX;

    if (bytes < 8 || n > bytes / 8 - 1) {
        return no(w, "a list of unused pages is too long");
    }
    for (uint64_t i = 1; i <= n; i++) {
        uint64_t page = file_u64(list + 8 * i);

        if (page >= before || page < 2 || page > w->meta.last_page) {
            return no(w, "a list of unused pages is wrong");
        }
        before = page;
        if (page >= w->file_pages) {
            w->beyond++;
        } else if (!mark(w, page, 1, "unused")) {
            return false;
        }
    }
    return true;
}

static bool check_unused_row(struct walk *w, const struct node *n)
{
    if (!(n->flags & NODE_BIG)) {
        return check_unused(w, n->data, n->size);
    }
    uint8_t *list = mcp_alloc((size_t)n->size);
    off_t at = (off_t)(file_u64(n->data) * w->meta.page_bytes + FILE_PAGE_HEAD);
    bool ok = false;

    if (!list) {
        no(w, "no memory for the check");
    } else if (pread(w->fd, list, (size_t)n->size, at) != (ssize_t)n->size) {
        no(w, "a list of unused pages cannot be read");
    } else {
        ok = check_unused(w, list, n->size);
    }
    mcp_free(list);
    return ok;
}

static bool check_row(struct walk *w, const struct node *n)
{
    uint64_t pages = 0;

    w->found.rows++;
    if ((n->flags & NODE_BIG) && !check_overflow(w, n, &pages)) {
        return false;
    }
    if (pages && !w->is_integer) { /* the row check reads it; here it counts against the budget */
        w->budget = w->budget > pages ? w->budget - pages : 0;
    }
    return !w->is_integer || check_unused_row(w, n);
}

static bool check_head(struct walk *w, const uint8_t *page, bool is_leaf, unsigned *ret_nodes)
{
    unsigned flags = file_u16(page + 10), lower = file_u16(page + 12), upper = file_u16(page + 14);

    if (flags != (is_leaf ? FILE_LEAF : FILE_BRANCH) || lower < FILE_PAGE_HEAD || lower % 2 ||
        lower > upper || upper > w->meta.page_bytes) {
        return no(w, "page %llu is not the page it should be", (unsigned long long)file_u64(page));
    }
    *ret_nodes = (lower - FILE_PAGE_HEAD) / 2;
    /* LMDB asserts two children, except in the free list, which it may be about to shrink. */
    if (*ret_nodes < (is_leaf || w->is_integer ? 1u : 2u)) {
        return no(w, "page %llu is empty", (unsigned long long)file_u64(page));
    }
    return true;
}

/* Keys of a page ascend and lie between the parent's; a branch's first key is not used. */
static bool check_keys(struct walk *w, const uint8_t *page, unsigned nodes, bool is_leaf,
                       const struct bounds *b)
{
    struct node n, before = {0};
    size_t bytes = 0;

    for (unsigned i = 0; i < nodes; i++) {
        if (!read_node(w, page, i, is_leaf, &n)) {
            return false;
        }
        bytes += n.bytes;
        if (i == 0 && !is_leaf) {
            continue;
        }
        if ((before.key.ptr && compare(w, before.key, n.key) >= 0) ||
            (b->low.ptr && compare(w, n.key, b->low) < 0) ||
            (b->high.ptr && compare(w, n.key, b->high) >= 0)) {
            return no(w, "page %llu: keys are not in order", (unsigned long long)file_u64(page));
        }
        before = n;
    }
    if (bytes != w->meta.page_bytes - file_u16(page + 14)) {
        return no(w, "page %llu: rows overlap", (unsigned long long)file_u64(page));
    }
    return true;
}

static bool check_page(struct walk *w, uint64_t number, unsigned level, unsigned depth,
                       const struct bounds *b)
{
    uint8_t *page = w->pages + (size_t)(level - 1) * w->meta.page_bytes;
    bool is_leaf = level == depth;
    unsigned nodes = 0;
    struct node n, next;

    if (w->budget == 0) {
        return true;
    }
    w->budget--;
    if (!load(w, number, page) || !check_head(w, page, is_leaf, &nodes) ||
        !check_keys(w, page, nodes, is_leaf, b)) {
        return false;
    }
    *(is_leaf ? &w->found.leaves : &w->found.branches) += 1;
    for (unsigned i = 0; i < nodes; i++) {
        struct bounds inner = *b;

        if (!read_node(w, page, i, is_leaf, &n)) {
            return false;
        }
        if (is_leaf) {
            if (!check_row(w, &n)) {
                return false;
            }
            continue;
        }
        if (i > 0) {
            inner.low = n.key;
        }
        if (i + 1 < nodes && read_node(w, page, i + 1, false, &next)) {
            inner.high = next.key;
        }
        if (!check_page(w, n.child, level + 1, depth, &inner)) {
            return false;
        }
    }
    return true;
}

static bool check_tree(struct walk *w, const struct file_tree *t, bool is_integer)
{
    struct bounds none = {{NULL, 0}, {NULL, 0}};

    w->is_integer = is_integer;
    memset(&w->found, 0, sizeof w->found);
    if (t->root != FILE_NONE && !check_page(w, t->root, 1, t->depth, &none)) {
        return false;
    }
    if (w->budget && (w->found.branches != t->branches || w->found.leaves != t->leaves ||
                      w->found.overflows != t->overflows || w->found.rows != t->rows)) {
        return no(w, "the counts of pages and rows are wrong");
    }
    return true;
}

static bool check_all(struct walk *w, uint64_t pages_max)
{
    struct stat st;

    if (fstat(w->fd, &st) != 0) {
        return no(w, "the file's size is unknown");
    }
    unsigned depth =
        w->meta.rows.depth > w->meta.unused.depth ? w->meta.rows.depth : w->meta.unused.depth;

    w->file_pages = (uint64_t)st.st_size / w->meta.page_bytes;
    uint64_t missing =
        w->meta.last_page + 1 > w->file_pages ? w->meta.last_page + 1 - w->file_pages : 0;

    w->budget = pages_max && !missing ? pages_max : UINT64_MAX;
    w->seen = mcp_alloc((size_t)(w->file_pages / 8) + 1);
    w->pages = mcp_alloc((size_t)(depth + 1) * w->meta.page_bytes);
    if (!w->seen || !w->pages) {
        return no(w, "no memory for the check");
    }
    if (!check_tree(w, &w->meta.unused, true) || !check_tree(w, &w->meta.rows, false)) {
        return false;
    }
    return w->beyond == missing || !w->budget || no(w, "the file has been cut off");
}

/* The meta page of a snapshot, unless the writer has moved on twice meanwhile. */
static bool find_snapshot(struct store *s, MDB_txn *txn, struct file_meta *ret)
{
    for (int i = 0; i < 100; i++) {
        uint64_t id = mdb_txn_id(txn);

        if (store__file_meta(s->engine->fd, (unsigned)(id % 2), s->engine->page_bytes, ret) ==
                FILE_FINE &&
            ret->txn == id && store__file_has_trees(ret)) {
            return true;
        }
        mdb_txn_reset(txn);
        if (mdb_txn_renew(txn) != 0) {
            return false;
        }
    }
    return false;
}

bool store__pages_check(struct store *s, uint64_t pages_max, char *why, size_t why_bytes)
{
    struct walk w = {.fd = s->engine->fd, .why = why, .why_bytes = why_bytes};
    MDB_txn *txn;
    bool ok = false;

    if (sizeof(size_t) != 8) {
        return true;
    }
    if (mdb_txn_begin(s->engine->env, NULL, MDB_RDONLY, &txn) != 0) {
        return no(&w, "a read could not begin");
    }
    if (find_snapshot(s, txn, &w.meta)) {
        ok = check_all(&w, pages_max);
    } else {
        no(&w, "the first pages are wrong");
    }
    mdb_txn_abort(txn);
    mcp_free(w.seen);
    mcp_free(w.pages);
    return ok;
}

bool store__engine_check(struct store *s, char *why, size_t why_bytes)
{
    return store__pages_check(s, 0, why, why_bytes);
}
