/* store/lmdb_engine.h - what the lmdb_*.c files share; the only header that knows LMDB. Private. */
#ifndef STORE_LMDB_ENGINE_H
#define STORE_LMDB_ENGINE_H

#include "engine.h"
#include "frame.h"

#include <lmdb.h>

struct store_txn {
    struct store *s;
    MDB_txn *txn;
    MDB_cursor *cursor; /* the read transaction's, renewed at the first scan; else NULL */
    mcp_err failed;     /* the first failure; a body that ignores it has still failed */
    bool is_write, is_open, is_scanning, has_changed, is_cursor_fresh;
    uint32_t ops;
    int64_t begin_ms; /* of the body */
    size_t bytes;     /* put by the body */
    size_t all_bytes; /* put by the bodies of this transaction */
    uint64_t room;    /* bytes the file may still grow by */
};

struct store__engine {
    MDB_env *env;
    MDB_dbi dbi;
    unsigned page_bytes;
    int fd; /* LMDB's own, of the data file */
    struct store_txn read, write;
    uint64_t reserved_to; /* file offset up to which the disk has promised room */
    int64_t reserve_ms;   /* when that was last refused */
    bool is_disk_full, has_no_reserve;
    int64_t warned_ms;
    uint8_t frame[STORE_VALUE_MAX + STORE__FRAME_BYTES]; /* of the write transaction */
};

/* MDB_val has no const; LMDB does not write through keys and values it is given. */
static inline MDB_val store__to_val(mcp_str s)
{
    union {
        const void *in;
        void *out;
    } u = {.in = s.ptr};
    MDB_val v = {.mv_size = s.len, .mv_data = u.out};

    return v;
}

static inline mcp_str store__from_val(MDB_val v)
{
    return mcp_str_n(v.mv_data, v.mv_size);
}

/* Notes the first failure of `t`, says it in the log, and returns it. */
mcp_err store__txn_fail(struct store_txn *t, mcp_err err, const char *what, int rc);

/* A row of the store itself, outside every limit. */
int store__raw_put(struct store *s, MDB_txn *txn, mcp_str key, mcp_str value);

/* ---- lmdb_room.c ---- */
/* How much the transaction that begins may let the file grow. */
void store__room_begin(struct store_txn *t);
/* Charge a put; false: there is no room for it. */
bool store__room_take(struct store_txn *t, mcp_str key, size_t frame_bytes);
/* The disk said that it is full. */
void store__room_is_out(struct store *s);
void store__room_tick(struct store *s);

/* ---- lmdb_pages.c ---- */
/* Before LMDB maps the file: are its first two pages what LMDB may trust? */
bool store__pages_judge_meta(struct store *s, bool *ret_is_empty, struct store__refusal *r);
/* Every page that the newest snapshot reaches, at most `pages_max` (0: all). */
bool store__pages_check(struct store *s, uint64_t pages_max, char *why, size_t why_bytes);

#endif
