/* tools/pool_watch.h - clients that subscribed hear of what changed, whichever process changed it.
 *
 * The command line writes into the same store while a server runs, so nothing that happens inside
 * this process can be the signal. A timer looks at the store's version (no I/O); when it has moved,
 * the pools of each owner whose clients listen are read once (one scan, as for a listing) and
 * compared with what they were: a hash of each record and its status. So there is no queue that a
 * storm of readings could fill, writers do nothing for it, and whatever changed between two looks
 * is one change. A pool that becomes stale with time is told, too.
 *
 * Costs: nothing while nobody listens; while they do and nothing is written, a comparison; else at
 * most four scans a tick. Memory: 24 bytes a pool of at most 32 owners; of more, every commit
 * counts as a change of everything. Loop thread. */
#ifndef CISTERN_TOOLS_POOL_WATCH_H
#define CISTERN_TOOLS_POOL_WATCH_H

#include <tools/pool.h>

#include <mcp/server.h>
#include <store/store.h>

enum { POOL_WATCH_OWNERS_MAX = 32, POOL_WATCH_LOOKS_MAX = 4 };

struct pool_watch;

/* NULL when out of memory. `store` must outlive it. */
struct pool_watch *pool_watch_new(struct store *store, const struct pool_thresholds *fallback);
void pool_watch_free(struct pool_watch *w); /* NULL is a no-op */

/* Look, and tell `s` what has changed: resources/updated for the pool, its history, its connection
 * and pool://; list_changed when there is one more or less. The first tick after a start, or after
 * a client has come, may say that something changed that has not, never the other way. */
void pool_watch_tick(struct pool_watch *w, struct mcp_server *s, int64_t now_ms);

#endif
