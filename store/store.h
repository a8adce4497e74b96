/* store/store.h - transactions over an ordered key-value engine; LMDB now, nothing of it visible.
 *
 * A transaction exists only while its body runs; there is no begin/commit pair to forget. Never
 * wait or do I/O inside a body. Keys are ordered unsigned bytes, 1..500; values up to 64 KiB; a
 * transaction at most 1 MiB and 5 s. Every value is stored with a version byte and a checksum.
 * One process opens a directory once; other processes may have it open at the same time.
 *
 * Reads run at once on the calling thread (one reader at a time per store: the loop thread).
 * Writes are queued, applied together by the writer, and answered after the fsync. */
#ifndef MCP_STORE_STORE_H
#define MCP_STORE_STORE_H

#include <mcp/arena.h>
#include <mcp/clock.h>
#include <mcp/error.h>
#include <mcp/log.h>
#include <mcp/str.h>

#ifdef __cplusplus
extern "C" {
#endif

#define STORE_KEY_MAX   500
#define STORE_VALUE_MAX 65536
#define STORE_SCAN_MAX  100000 /* rows one scan may visit */

/* An open store, and a transaction while its body runs. */
struct store;
struct store_txn;

/* Why opening failed; each has one sentence in `text`. */
enum store_fault {
    STORE_FINE,
    STORE_MISSING,    /* no such directory, and not asked to create it */
    STORE_FOREIGN,    /* a data file that is not ours, or damaged */
    STORE_NEWER,      /* written by a newer version */
    STORE_LOCKED,     /* open already in this process, or by another user's */
    STORE_UNWRITABLE, /* permissions, read-only file system */
    STORE_EXPOSED,    /* directory or data file readable by others */
    STORE_FAILED      /* anything else; the sentence has the system's words */
};

struct store_options {
    bool create; /* make the directory (0700) and an empty store if there is none */
    bool read_only;
    size_t size_max;  /* refuse growth beyond this many bytes of data file; zero: 64 GiB */
    size_t batch_max; /* write bodies per commit; zero: 512 */
    struct mcp_log log;
    struct mcp_clock clock;
};

/* Open or create the store in the directory `path`. NULL on failure: *reterr says which, `text`
 * (cut to fit) holds one sentence for a person. The caller closes it with store_close(). */
MCP_API MCP_MUST_USE struct store *store_open(const char *path, const struct store_options *opt,
                                              enum store_fault *reterr, char *text,
                                              size_t text_bytes);
/* Stops the writer after what is queued; every queued write was answered. NULL is a no-op. */
MCP_API void store_close(struct store *s);

/* Returning MCP_OK commits; anything else aborts and is passed through. A write body may run more
 * than once: no effect outside the transaction. A body that ignored a failed put or get has not
 * succeeded: the wrapper reports the first failure. */
typedef mcp_err store_body_fn(struct store_txn *txn, void *arg);

/* Run now. MCP_E_STORAGE when the engine fails. */
MCP_API MCP_MUST_USE mcp_err store_read(struct store *s, store_body_fn *body, void *arg);

/* A queued write; embed it first in an operation's struct, so submitting cannot fail. */
struct store_write {
    struct store_write *next;
    store_body_fn *body;
    void *arg;
    void (*done)(struct store_write *w,
                 mcp_err err); /* on the thread that calls store_complete() */
    mcp_err err;
};

/* Queue; never fails, never runs anything now. `w` must live until done. */
MCP_API void store_submit(struct store *s, struct store_write *w);

/* Start the writer thread. `wake(user)` runs on that thread after each commit; it should make the
 * loop call store_complete(). Without a writer thread, store_complete() does the work itself. */
MCP_API MCP_MUST_USE mcp_err store_start_writer(struct store *s, void (*wake)(void *user),
                                                void *user);
/* Stop it after what is queued and run done() of that; wake() runs no more. From then on
 * store_complete() does the work. Before releasing what wake() and done() touch. No-op without a
 * writer thread. */
MCP_API void store_stop_writer(struct store *s);
/* Run done() of every finished write (first applying the queue when there is no writer thread),
 * also of those that a done() submitted meanwhile. Returns how many. Loop thread. */
MCP_API size_t store_complete(struct store *s);
/* Submit and wait (command line, tests; not on a loop thread). Never calls another write's done().
 */
MCP_API MCP_MUST_USE mcp_err store_write_now(struct store *s, store_body_fn *body, void *arg);

/* True after an fsync error or a panic: nothing is written any more, the process should say so
 * and exit with 74. */
MCP_API bool store_is_broken(const struct store *s);
/* True when a write would be taken now (readiness). */
MCP_API bool store_is_writable(struct store *s);
/* A number that is another one after each commit, also of another process; no I/O. A look at it
 * before a read tells whether that read can see anything new: it is the number of what a read
 * begun now sees. The thread that reads. */
MCP_API uint64_t store_version(struct store *s);
/* Housekeeping, every few seconds: dead readers, size warnings. Loop thread. */
MCP_API void store_tick(struct store *s);

/* ---- Inside a body ---- */
/* *ret points into the database: valid until the body returns or writes. MCP_E_NOT_FOUND (not a
 * failure of the transaction), MCP_E_STORAGE (checksum, engine). `version` may be NULL. */
MCP_API MCP_MUST_USE mcp_err store_get(struct store_txn *t, mcp_str key, mcp_str *ret,
                                       uint8_t *version);
MCP_API MCP_MUST_USE mcp_err store_put(struct store_txn *t, mcp_str key, mcp_str value,
                                       uint8_t version);
/* MCP_OK also when there was none. */
MCP_API MCP_MUST_USE mcp_err store_del(struct store_txn *t, mcp_str key);

/* Return MCP_OK to go on, MCP_PENDING to stop early (the scan is then MCP_OK). */
typedef mcp_err store_row_fn(void *arg, mcp_str key, mcp_str value, uint8_t version);
/* Rows with low <= key < high in key order (or backwards); at most `limit` rows, at most
 * STORE_SCAN_MAX. `high` empty: everything that starts with `low`. The row function must not
 * write. */
MCP_API MCP_MUST_USE mcp_err store_scan(struct store_txn *t, mcp_str low, mcp_str high,
                                        bool backwards, size_t limit, store_row_fn *row, void *arg);
/* Delete rows of a range, at most `limit`; *ret_count says how many. */
MCP_API MCP_MUST_USE mcp_err store_del_range(struct store_txn *t, mcp_str low, mcp_str high,
                                             size_t limit, size_t *ret_count);

/* ---- Whole-file work ---- */
/* `total` 0: unknown. Return false to stop. */
typedef bool store_progress_fn(void *user, uint64_t done, uint64_t total);

struct store_report {
    uint64_t rows, bytes;
    uint64_t bad_rows;
    char first_bad[256]; /* hex of the first bad key, and why */
};
/* Check the structure of the data file, then read and check every row. `check` (may be NULL) judges
 * a row's content, returns NULL or why. MCP_OK: all is well. MCP_E_STORAGE: something is not, see
 * `ret`. MCP_E_REFUSED: `progress` stopped it. Any thread; the store may be in use. */
MCP_API MCP_MUST_USE mcp_err
store_verify(struct store *s, const char *(*check)(mcp_str key, mcp_str value, uint8_t version),
             store_progress_fn *progress, void *user, struct store_report *ret);
/* A compacted copy into the new directory `path` (0700; must not exist or be empty), while the
 * store is in use; synced. MCP_E_CONFLICT: not empty. MCP_E_REFUSED: `progress` stopped it.
 * MCP_E_STORAGE: `text` has a sentence. After an error nothing is left behind. Any thread;
 * `progress` runs on the caller's. */
MCP_API MCP_MUST_USE mcp_err store_backup(struct store *s, const char *path,
                                          store_progress_fn *progress, void *user, char *text,
                                          size_t text_bytes);

#ifdef __cplusplus
}
#endif
#endif
