/* store/lmdb_open.c - opening the data file, and telling whose it is. */
#include "lmdb_engine.h"

#include <mcp/alloc.h>
#include <store/record.h>

#include <errno.h>
#include <stdio.h>

#define READERS_MAX 512 /* LMDB's 126 are too few for a machine full of tools */
/* Pages that opening looks at (16 MiB with 4 KiB pages, a few milliseconds); store_verify() looks
 * at all. */
#define OPEN_PAGES  4096

static const mcp_str META_KEY = MCP_STR_INIT("\0meta");
static const mcp_str MAGIC = MCP_STR_INIT("cistern");

/* 1 TiB of address space costs nothing; less where it is limited (ulimit -v, sanitizers, valgrind,
 * which says EINVAL). */
static const uint64_t MAP_SIZES[] = {1ull << 40, 1ull << 36, 1ull << 34, 1ull << 32,
                                     1ull << 30, 1ull << 28, 1ull << 26};

static bool refuse_rc(struct store *s, struct store__refusal *r, const char *what, int rc)
{
    if (rc == MDB_INVALID || rc == MDB_CORRUPTED || rc == MDB_PAGE_NOTFOUND) {
        return store__refuse(r, STORE_FOREIGN, "%s: the data file is not a store, or is damaged",
                             s->place.path);
    }
    if (rc == MDB_VERSION_MISMATCH) {
        return store__refuse(r, STORE_NEWER, "%s: another version of LMDB has the store open",
                             s->place.path);
    }
    bool is_access = rc == EACCES || rc == EPERM || rc == EROFS;

    return store__refuse(r, is_access ? STORE_UNWRITABLE : STORE_FAILED, "%s: %s failed (%s)",
                         s->place.path, what, mdb_strerror(rc));
}

static int open_env(struct store *s, uint64_t map_bytes)
{
    unsigned flags = MDB_NOTLS | (s->is_read_only ? MDB_RDONLY : 0);
    int rc = mdb_env_create(&s->engine->env);

    if (rc == 0) {
        rc = mdb_env_set_mapsize(s->engine->env, (size_t)map_bytes);
    }
    if (rc == 0) {
        rc = mdb_env_set_maxreaders(s->engine->env, READERS_MAX);
    }
    if (rc == 0) {
        rc = mdb_env_open(s->engine->env, s->place.path, flags, 0600);
    }
    if (rc) { /* an environment that did not open can only be closed */
        mdb_env_close(s->engine->env);
        s->engine->env = NULL;
    }
    return rc;
}

static bool open_map(struct store *s, struct store__refusal *r)
{
    int rc = ENOMEM;

    for (size_t i = 0; (rc == ENOMEM || rc == EINVAL) && i < sizeof MAP_SIZES / sizeof MAP_SIZES[0];
         i++) {
        if (MAP_SIZES[i] > SIZE_MAX / 2) {
            continue;
        }
        rc = open_env(s, MAP_SIZES[i]);
        if (rc == 0 && s->size_max > MAP_SIZES[i]) {
            s->size_max = MAP_SIZES[i];
        }
    }
    return rc == 0 || refuse_rc(s, r, "opening the data file", rc);
}

static bool open_dbi(struct store *s, struct store__refusal *r)
{
    MDB_txn *txn;
    int rc = mdb_txn_begin(s->engine->env, NULL, MDB_RDONLY, &txn);

    if (rc) {
        return refuse_rc(s, r, "a first read", rc);
    }
    rc = mdb_dbi_open(txn, NULL, 0, &s->engine->dbi);
    if (rc == 0) {
        MDB_stat st;

        rc = mdb_stat(txn, s->engine->dbi, &st);
        s->engine->page_bytes = st.ms_psize;
    }
    if (rc) {
        mdb_txn_abort(txn);
        return refuse_rc(s, r, "opening the database", rc);
    }
    rc = mdb_txn_commit(txn); /* keeps the handle */
    return rc == 0 || refuse_rc(s, r, "opening the database", rc);
}

int store__raw_put(struct store *s, MDB_txn *txn, mcp_str key, mcp_str value)
{
    uint8_t *frame = s->engine->frame;
    MDB_val k = store__to_val(key);
    MDB_val v = {.mv_size = store__frame_write(frame, key, value, 1), .mv_data = frame};

    return mdb_put(txn, s->engine->dbi, &k, &v, 0);
}

static bool write_meta(struct store *s, struct store__refusal *r)
{
    uint8_t memory[64];
    struct record_writer w;
    MDB_txn *txn;
    int rc = mdb_txn_begin(s->engine->env, NULL, 0, &txn);

    if (rc) {
        return refuse_rc(s, r, "a first write", rc);
    }
    record_writer_init(&w, memory, sizeof memory);
    record_put_str(&w, MAGIC);
    record_put_u32(&w, STORE__FORMAT);
    record_put_i64(&w, s->clock.wall_ms ? mcp_clock_wall_ms(&s->clock) : 0);
    rc = store__raw_put(s, txn, META_KEY, record_writer_str(&w));
    if (rc) {
        mdb_txn_abort(txn);
        return refuse_rc(s, r, "a first write", rc);
    }
    rc = mdb_txn_commit(txn);
    return rc == 0 || refuse_rc(s, r, "a first write", rc);
}

static bool judge_meta(struct store *s, MDB_val v, struct store__refusal *r)
{
    mcp_str value;
    uint8_t version;
    struct record_reader in;

    if (!store__frame_read(META_KEY, store__from_val(v), &value, &version)) {
        return store__refuse(r, STORE_FOREIGN, "%s: damaged: the store's own record is wrong",
                             s->place.path);
    }
    record_reader_init(&in, value);
    if (!mcp_str_eq(record_get_str(&in), MAGIC)) {
        return store__refuse(r, STORE_FOREIGN, "%s: the data file belongs to another program",
                             s->place.path);
    }
    uint32_t format = record_get_u32(&in);

    if (!in.failed && format > STORE__FORMAT) {
        return store__refuse(r, STORE_NEWER,
                             "%s: written in format %u, this version reads up to %u; update first",
                             s->place.path, format, STORE__FORMAT);
    }
    (void)record_get_i64(&in);
    return record_done(&in) ||
           store__refuse(r, STORE_FOREIGN, "%s: damaged: the store's own record is wrong",
                         s->place.path);
}

/* Whose data file is it? An empty database without a record is an interrupted creation. */
static bool find_meta(struct store *s, bool create, struct store__refusal *r)
{
    MDB_txn *txn;
    MDB_val k = store__to_val(META_KEY), v;
    MDB_stat st = {0};
    int rc = mdb_txn_begin(s->engine->env, NULL, MDB_RDONLY, &txn);

    if (rc) {
        return refuse_rc(s, r, "a first read", rc);
    }
    rc = mdb_get(txn, s->engine->dbi, &k, &v);
    bool is_ours = rc == 0 && judge_meta(s, v, r);
    bool is_empty = rc == MDB_NOTFOUND && mdb_stat(txn, s->engine->dbi, &st) == 0 &&
                    st.ms_entries == 0 && !s->place.was_finished;

    mdb_txn_abort(txn);
    if (rc == 0) {
        return is_ours;
    }
    if (is_empty && create) {
        return write_meta(s, r);
    }
    if (rc != MDB_NOTFOUND) {
        return refuse_rc(s, r, "reading the store's own record", rc);
    }
    return is_empty
               ? store__refuse(r, STORE_MISSING,
                               "%s: the store was never finished; create it again", s->place.path)
               : store__refuse(r, STORE_FOREIGN, "%s: the data file belongs to another program",
                               s->place.path);
}

static bool open_reader(struct store *s, struct store__refusal *r)
{
    struct store__engine *e = s->engine;
    int rc = mdb_txn_begin(e->env, NULL, MDB_RDONLY, &e->read.txn);

    if (rc) {
        return refuse_rc(s, r, "a first read", rc);
    }
    rc = mdb_cursor_open(e->read.txn, e->dbi, &e->read.cursor);
    mdb_txn_reset(e->read.txn);
    return rc == 0 || refuse_rc(s, r, "a first read", rc);
}

static bool check_pages(struct store *s, struct store__refusal *r)
{
    char why[200];

    return store__pages_check(s, OPEN_PAGES, why, sizeof why) ||
           store__refuse(r, STORE_FOREIGN, "%s: damaged: %s; restore a backup", s->place.path, why);
}

bool store__engine_open(struct store *s, bool create, struct store__refusal *r)
{
    struct store__engine *e = mcp_alloc_new(struct store__engine);
    bool is_empty = false;

    if (!e) {
        return store__refuse(r, STORE_FAILED, "no memory");
    }
    s->engine = e;
    e->read.s = e->write.s = s;
    e->write.is_write = true;
    if (!store__pages_judge_meta(s, &is_empty, r) || !open_map(s, r) || !open_dbi(s, r) ||
        mdb_env_get_fd(e->env, &e->fd) != 0 || (!is_empty && !check_pages(s, r))) {
        return false;
    }
    int dead;

    (void)mdb_reader_check(e->env, &dead);
    return find_meta(s, create, r) && store__place_finish(&s->place, r) && open_reader(s, r);
}

void store__engine_close(struct store *s)
{
    struct store__engine *e = s->engine;

    if (!e) {
        return;
    }
    if (e->read.cursor) {
        mdb_cursor_close(e->read.cursor);
    }
    if (e->read.txn) {
        mdb_txn_abort(e->read.txn);
    }
    if (e->env) {
        mdb_env_close(e->env);
    }
    mcp_free(e);
    s->engine = NULL;
}

void store__engine_tick(struct store *s)
{
    int dead = 0;

    if (mdb_reader_check(s->engine->env, &dead) == 0 && dead > 0) {
        mcp_log(&s->log, MCP_LOG_INFO, "store: cleared %d readers of processes that died", dead);
    }
    store__room_tick(s);
}
