/* store/engine.h - what the files of this folder share; no engine's types in it. Private.
 *
 *     store.c    queue.c    verify.c            the contract of store.h
 *         \        |        /
 *     place.c    engine.h                       directory, locks | one engine's few functions
 *                  |
 *     lmdb_open.c  lmdb_txn.c  lmdb_row.c  lmdb_room.c  lmdb_pages.c  lmdb_backup.c */
#ifndef STORE_ENGINE_H
#define STORE_ENGINE_H

#include <store/store.h>

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#define STORE__FORMAT        1u /* the format this code writes; older ones are read */
#define STORE__TXN_BYTES_MAX ((size_t)1 << 20)
#define STORE__TXN_MS_MAX    5000
#define STORE__BATCH_BYTES   ((size_t)4 << 20) /* a commit takes no new body beyond this */
#define STORE__DATA_FILE     "data.mdb"
#define STORE__PATH_MAX      4096
#define STORE__RESERVED      '\0' /* first byte of keys that belong to the store itself */

struct store__engine;

/* Where a refusal to open goes. */
struct store__refusal {
    enum store_fault fault;
    char *text;
    size_t bytes;
};

/* Always false, so that a check can end in `return store__refuse(...)`. */
bool store__refuse(struct store__refusal *r, enum store_fault fault, const char *fmt, ...)
    MCP_FORMAT(3, 4);

/* ---- place.c: the directory, its files' modes, who else has it open ---- */
struct store__place {
    struct store__place *next; /* in the registry of this process */
    dev_t dev;
    ino_t ino;
    char path[STORE__PATH_MAX];
    int dir_fd, lock_fd; /* -1: not open */
    bool is_registered;
    bool was_finished; /* the lock file says that a store was once complete here */
};

bool store__place_open(struct store__place *p, const char *path, const struct store_options *opt,
                       struct store__refusal *r);
/* The store in it is complete: remember it, so that an empty data file is damage from now on. */
bool store__place_finish(struct store__place *p, struct store__refusal *r);
void store__place_close(struct store__place *p);

/* ---- store.c ---- */
struct store {
    struct store__engine *engine;
    struct store__place place;
    struct mcp_log log;
    struct mcp_clock clock;
    uint64_t size_max;
    size_t batch_max;
    bool is_read_only;
    atomic_bool is_broken;    /* set once by the writer */
    atomic_bool is_tight;     /* growth is refused at the moment */
    atomic_ullong commits;    /* for tests and the benchmark */
    struct store_write probe; /* of the tick: is there room again? */
    bool is_probing;          /* loop thread */

    pthread_mutex_t lock; /* guards everything below */
    pthread_cond_t moved; /* something queued, finished or stopping */
    struct store_write *queued, **queued_end;
    struct store_write *finished, **finished_end;
    bool has_writer, is_stopping;
    pthread_t writer;
    void (*wake)(void *user);
    void *wake_user;
};

static inline int64_t store__now_ms(const struct store *s)
{
    return s->clock.monotonic_ms ? mcp_clock_monotonic_ms(&s->clock) : 0;
}

/* ---- queue.c ---- */
bool store__queue_init(struct store *s);
/* Stops the writer, answers everything. */
void store__queue_close(struct store *s);
/* A thread that no signal is delivered to: whoever serves waits for them. OVERLOADED: none to be
 * had. */
mcp_err store__start_thread(pthread_t *ret, void *(*run)(void *arg), void *arg);

/* ---- the engine ---- */
bool store__engine_open(struct store *s, bool create, struct store__refusal *r);
void store__engine_close(struct store *s);
void store__engine_tick(struct store *s);

/* One write transaction at a time, by whoever applies the queue. */
mcp_err store__txn_begin(struct store *s, struct store_txn **ret);
/* Runs one body. *ret_is_clean: the transaction is as it was before the body, so that it can go
 * on without it (only meaningful when an error is returned). */
mcp_err store__txn_run(struct store_txn *t, store_body_fn *body, void *arg, bool *ret_is_clean);
size_t store__txn_bytes(const struct store_txn *t);
/* The transaction is over after either of these. */
mcp_err store__txn_commit(struct store_txn *t);
void store__txn_abort(struct store_txn *t);

/* Raw rows after `*key` (up to STORE_KEY_MAX bytes at `key`, *key_bytes 0: from the start), in a
 * snapshot of its own; calls `row` with frames as they lie there until it returns false or `limit`
 * rows. *key is then the last one. *ret_rows counts. */
typedef bool store__frame_fn(void *arg, mcp_str key, mcp_str frame);
mcp_err store__engine_frames(struct store *s, uint8_t *key, size_t *key_bytes, size_t limit,
                             store__frame_fn *row, void *arg, size_t *ret_rows);
/* Of the newest snapshot, in the file that processes share. */
uint64_t store__engine_version(struct store *s);
/* Rows of the newest snapshot. */
uint64_t store__engine_rows(struct store *s);
/* Check the structure of every page of the data file. False: `why` has a sentence. */
bool store__engine_check(struct store *s, char *why, size_t why_bytes);

#endif
