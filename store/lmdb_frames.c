/* store/lmdb_frames.c - rows as they lie in the file, for whole-file work. */
#include "lmdb_engine.h"

uint64_t store__engine_rows(struct store *s)
{
    MDB_stat st;

    return mdb_env_stat(s->engine->env, &st) == 0 ? st.ms_entries : 0;
}

static int walk(MDB_cursor *c, uint8_t *key, size_t *key_bytes, size_t limit, store__frame_fn *row,
                void *arg, size_t *ret_rows)
{
    MDB_val k = {.mv_size = *key_bytes, .mv_data = key}, v;
    int rc = mdb_cursor_get(c, &k, &v, *key_bytes ? MDB_SET_RANGE : MDB_FIRST);

    if (rc == 0 && *key_bytes &&
        mcp_str_eq(store__from_val(k), mcp_str_n((const char *)key, *key_bytes))) {
        rc = mdb_cursor_get(c, &k, &v, MDB_NEXT); /* the last one of the slice before */
    }
    while (rc == 0) {
        if (k.mv_size > 511) {
            return MDB_CORRUPTED;
        }
        memcpy(key, k.mv_data, k.mv_size);
        *key_bytes = k.mv_size;
        (*ret_rows)++;
        if (!row(arg, store__from_val(k), store__from_val(v)) || *ret_rows == limit) {
            return 0;
        }
        rc = mdb_cursor_get(c, &k, &v, MDB_NEXT);
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

mcp_err store__engine_frames(struct store *s, uint8_t *key, size_t *key_bytes, size_t limit,
                             store__frame_fn *row, void *arg, size_t *ret_rows)
{
    MDB_txn *txn;
    MDB_cursor *c;
    int rc = mdb_txn_begin(s->engine->env, NULL, MDB_RDONLY, &txn);

    *ret_rows = 0;
    if (rc == 0) {
        rc = mdb_cursor_open(txn, s->engine->dbi, &c);
        if (rc == 0) {
            rc = walk(c, key, key_bytes, limit, row, arg, ret_rows);
            mdb_cursor_close(c);
        }
        mdb_txn_abort(txn);
    }
    if (rc) {
        mcp_log(&s->log, MCP_LOG_ERROR, "store: cannot read rows: %s", mdb_strerror(rc));
    }
    return rc ? MCP_E_STORAGE : MCP_OK;
}
