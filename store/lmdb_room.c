/* store/lmdb_room.c - how far the file may grow: the size limit, the full disk, the reserve.
 *
 * Near the limit, puts that add data are refused early; deletions, and puts that replace a row by
 * one that is not longer, go on in a reserve (LMDB copies each page that it changes, so a deletion
 * needs pages too). The reserve exists twice: as a distance from size_max, and as disk blocks that
 * the file system has promised beyond the end of the file (fallocate). */
#include "lmdb_engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define DISK_RESERVE  ((uint64_t)1 << 20)
#define DISK_RETRY_MS 1000
#define WARN_MS       60000

static uint64_t limit_reserve(const struct store *s)
{
    uint64_t part = s->size_max / 16;

    return part < (1u << 16) ? 1u << 16 : part > (4u << 20) ? 4u << 20 : part;
}

static uint64_t end_bytes(struct store__engine *e)
{
    MDB_envinfo info;

    return mdb_env_info(e->env, &info) == 0 ? ((uint64_t)info.me_last_pgno + 1) * e->page_bytes : 0;
}

/* One line of mdb_reader_list(): process, thread, transaction ("-" when idle). */
static int older_reader(const char *line, void *arg)
{
    unsigned long long txn;
    unsigned long long *oldest = arg;
    const char *at = strrchr(line, ' ');

    if (at && sscanf(at, " %llu", &txn) == 1 && txn < *oldest) {
        *oldest = txn;
    }
    return 0;
}

/* Commits since the oldest snapshot that somebody still reads. */
static uint64_t oldest_reader_age(struct store__engine *e)
{
    MDB_envinfo info;
    unsigned long long oldest = ~0ull;

    if (mdb_env_info(e->env, &info) != 0 || mdb_reader_list(e->env, older_reader, &oldest) < 0) {
        return 0;
    }
    return oldest < info.me_last_txnid ? info.me_last_txnid - oldest : 0;
}

static uint64_t pages_of(MDB_txn *txn, MDB_dbi dbi)
{
    MDB_stat st;

    return mdb_stat(txn, dbi, &st) == 0
               ? (uint64_t)st.ms_branch_pages + st.ms_leaf_pages + st.ms_overflow_pages
               : 0;
}

/* Bytes inside the file that deletions have freed, unless an old reader pins them. */
static uint64_t free_bytes(struct store_txn *t, uint64_t end)
{
    struct store__engine *e = t->s->engine;
    uint64_t used = (2 + pages_of(t->txn, 0) + pages_of(t->txn, e->dbi)) * e->page_bytes;

    if (oldest_reader_age(e) > 64) {
        return 0;
    }
    return end > used ? end - used : 0;
}

/* Ask the file system for blocks beyond the end, without changing the file's size. */
static void reserve_disk(struct store *s, uint64_t end)
{
    struct store__engine *e = s->engine;
    int64_t now = store__now_ms(s);

    if (e->has_no_reserve || (!e->is_disk_full && e->reserved_to >= end + DISK_RESERVE) ||
        (e->is_disk_full && now - e->reserve_ms >= 0 && now - e->reserve_ms < DISK_RETRY_MS)) {
        return;
    }
    int rc = fallocate(e->fd, FALLOC_FL_KEEP_SIZE, (off_t)end, (off_t)(2 * DISK_RESERVE));
    bool was_full = e->is_disk_full;

    e->reserve_ms = now;
    e->is_disk_full = rc != 0 && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG);
    e->has_no_reserve = rc != 0 && !e->is_disk_full; /* not every file system can */
    if (rc == 0) {
        e->reserved_to = end + 2 * DISK_RESERVE;
    }
    if (e->is_disk_full != was_full) {
        mcp_log(&s->log, MCP_LOG_WARN, "store: %s",
                was_full ? "there is room on the disk again"
                         : "the disk is full: growth is refused, deletions are not");
    }
}

void store__room_begin(struct store_txn *t)
{
    struct store *s = t->s;
    struct store__engine *e = s->engine;
    uint64_t end = end_bytes(e), reserve = limit_reserve(s);

    reserve_disk(s, end);
    bool is_tight = e->is_disk_full || end + reserve + STORE__BATCH_BYTES > s->size_max;

    t->room = UINT64_MAX;
    if (is_tight) {
        uint64_t unused = free_bytes(t, end);
        uint64_t kept = e->is_disk_full ? DISK_RESERVE : reserve;

        t->room = unused > kept ? unused - kept : 0;
        if (!e->is_disk_full && s->size_max > end + reserve) {
            t->room += s->size_max - end - reserve;
        }
    }
    if (atomic_exchange(&s->is_tight, is_tight && t->room < 16ull * e->page_bytes) == false &&
        atomic_load(&s->is_tight)) {
        mcp_log(&s->log, MCP_LOG_WARN,
                "store: full at %llu bytes (size limit %llu): growth is refused, deletions are not",
                (unsigned long long)end, (unsigned long long)s->size_max);
    }
}

/* A put may copy one page per level, split one, and need overflow pages. */
static uint64_t worst_growth(struct store_txn *t, size_t frame_bytes)
{
    struct store__engine *e = t->s->engine;
    MDB_stat st = {0};

    (void)mdb_stat(t->txn, e->dbi, &st);
    return ((uint64_t)st.ms_depth + 2 + frame_bytes / e->page_bytes) * e->page_bytes;
}

static bool replaces(struct store_txn *t, mcp_str key, size_t frame_bytes)
{
    MDB_val k = store__to_val(key), v;

    return mdb_get(t->txn, t->s->engine->dbi, &k, &v) == 0 && v.mv_size >= frame_bytes;
}

bool store__room_take(struct store_txn *t, mcp_str key, size_t frame_bytes)
{
    if (t->room == UINT64_MAX || replaces(t, key, frame_bytes)) {
        return true;
    }
    uint64_t growth = worst_growth(t, frame_bytes);

    if (growth > t->room) {
        return false;
    }
    t->room -= growth;
    return true;
}

void store__room_is_out(struct store *s)
{
    s->engine->is_disk_full = true;
    s->engine->reserve_ms = store__now_ms(s);
    s->engine->reserved_to = 0;
    atomic_store(&s->is_tight, true);
}

void store__room_tick(struct store *s)
{
    struct store__engine *e = s->engine;
    int64_t now = store__now_ms(s);
    uint64_t end = end_bytes(e), age = oldest_reader_age(e);

    if (now - e->warned_ms < WARN_MS && now >= e->warned_ms && e->warned_ms) {
        return;
    }
    if (end > s->size_max - s->size_max / 10) {
        e->warned_ms = now;
        mcp_log(&s->log, MCP_LOG_WARN, "store: %llu of %llu bytes are in use",
                (unsigned long long)end, (unsigned long long)s->size_max);
    }
    if (age > 10000) {
        e->warned_ms = now;
        mcp_log(&s->log, MCP_LOG_WARN,
                "store: a reader is %llu commits old: the file grows until it ends",
                (unsigned long long)age);
    }
}
