/* store/lmdb_txn.c - begin, run, commit: the life of a transaction, and what a failure means. */
#include "lmdb_engine.h"

#include <errno.h>

mcp_err store__txn_fail(struct store_txn *t, mcp_err err, const char *what, int rc)
{
    if (t->failed == MCP_OK) {
        t->failed = err;
        mcp_log(&t->s->log, MCP_LOG_ERROR, "store: %s%s%s", what, rc ? ": " : "",
                rc ? mdb_strerror(rc) : "");
    }
    return t->failed;
}

static void reset(struct store_txn *t)
{
    t->failed = MCP_OK;
    t->is_scanning = t->has_changed = false;
    t->ops = 0;
    t->bytes = 0;
    t->begin_ms = store__now_ms(t->s);
}

/* What the body answered, once a failure it ignored is taken into account. */
static mcp_err judge(const struct store_txn *t, mcp_err err)
{
    if (t->failed) {
        return t->failed;
    }
    return err == MCP_PENDING ? MCP_E_INTERNAL : err;
}

mcp_err store_read(struct store *s, store_body_fn *body, void *arg)
{
    struct store_txn *t = &s->engine->read;

    if (t->is_open) { /* a read inside a read */
        mcp_log(&s->log, MCP_LOG_ERROR, "store: a read was begun inside a read");
        return MCP_E_INTERNAL;
    }
    int rc = mdb_txn_renew(t->txn);

    reset(t);
    if (rc) {
        return store__txn_fail(t, MCP_E_STORAGE, "cannot begin a read", rc);
    }
    t->is_open = true;
    mcp_err err = judge(t, body(t, arg));

    t->is_open = t->is_cursor_fresh = false;
    mdb_txn_reset(t->txn);
    return err;
}

/* The snapshot that a read begun now has. The meta page (mdb_env_info()) tells of a commit earlier:
 * until that is durable, other processes read what was before. */
uint64_t store__engine_version(struct store *s)
{
    struct store_txn *t = &s->engine->read;

    if (!t->is_open && mdb_txn_renew(t->txn)) {
        return 0;
    }
    uint64_t version = mdb_txn_id(t->txn);

    if (!t->is_open) {
        mdb_txn_reset(t->txn);
    }
    return version;
}

static void set_broken(struct store *s, const char *what, int rc)
{
    if (!atomic_exchange(&s->is_broken, true)) {
        mcp_log(&s->log, MCP_LOG_ERROR,
                "store: %s (%s): nothing is written any more; restart, then verify", what,
                mdb_strerror(rc));
    }
}

mcp_err store__txn_begin(struct store *s, struct store_txn **ret)
{
    struct store_txn *t = &s->engine->write;

    *ret = NULL;
    if (s->is_read_only || atomic_load(&s->is_broken)) {
        return MCP_E_STORAGE;
    }
    reset(t);
    t->all_bytes = 0;
    int rc = mdb_txn_begin(s->engine->env, NULL, 0, &t->txn);

    if (rc == MDB_PANIC) {
        set_broken(s, "the engine gave up", rc);
    }
    if (rc) {
        return store__txn_fail(t, MCP_E_STORAGE, "cannot begin a write", rc);
    }
    store__room_begin(t);
    t->is_open = true;
    *ret = t;
    return MCP_OK;
}

mcp_err store__txn_run(struct store_txn *t, store_body_fn *body, void *arg, bool *ret_is_clean)
{
    reset(t);
    mcp_err err = judge(t, body(t, arg));

    *ret_is_clean = !t->has_changed && !t->failed;
    return err;
}

size_t store__txn_bytes(const struct store_txn *t)
{
    return t->all_bytes;
}

void store__txn_abort(struct store_txn *t)
{
    mdb_txn_abort(t->txn);
    t->txn = NULL;
    t->is_open = false;
}

/* Full disk, quota, file size limit. LMDB has then written no meta page (or it panics at the next
 * begin): the pages that did reach the file belong to no snapshot. */
static bool is_full(int rc)
{
    /* LMDB calls a short write EIO (mdb_page_flush, "short write, filesystem full?"); then no
     * system call has failed and errno is what we set before. */
    return (rc == EIO && errno == 0) || rc == ENOSPC || rc == EDQUOT || rc == EFBIG ||
           rc == MDB_MAP_FULL || rc == MDB_TXN_FULL;
}

static bool has_panicked(struct store *s)
{
    MDB_txn *probe = NULL;
    int rc = mdb_txn_begin(s->engine->env, NULL, 0, &probe);

    if (rc == 0) {
        mdb_txn_abort(probe);
    }
    return rc == MDB_PANIC;
}

mcp_err store__txn_commit(struct store_txn *t)
{
    struct store *s = t->s;

    errno = 0;
    int rc = mdb_txn_commit(t->txn);
    bool was_full = rc != 0 && is_full(rc);

    t->txn = NULL;
    t->is_open = false;
    if (rc == 0) {
        atomic_fetch_add(&s->commits, 1);
        return MCP_OK;
    }
    mcp_log(&s->log, MCP_LOG_ERROR,
            "store: a commit failed (%s): its writes may or may not be there", mdb_strerror(rc));
    if (was_full) {
        store__room_is_out(s);
    }
    /* After a failed fsync the kernel may have dropped the pages and will say "fine" next time. */
    if ((!was_full && rc != ENOMEM) || has_panicked(s)) {
        set_broken(s, "a commit failed", rc);
    }
    return MCP_E_STORAGE;
}
