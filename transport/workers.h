/* transport/workers.h - threads for handlers that may block: the executor (mcp/work.h) of the
 * transports and of mcp_main().
 *
 *     workers = mcp_workers_new(NULL);
 *     server_options.executor = mcp_workers_executor(workers);
 *     http_options.workers = workers;      or stdio_options.workers
 *     ... serve ...
 *     n_left = mcp_workers_stop(workers, 1000);
 *     mcp_server_free(server);
 *     mcp_workers_free(workers);
 *
 * A pool belongs to one loop thread. It starts a thread when a handler waits and none is free, up
 * to its cap; a thread lives until the end. Finished runs go back in batches: one mutex, one wake.
 *
 * Nothing can stop a handler that does not return. It costs its thread for good, and at the end
 * mcp_workers_stop() counts it: what it uses (`user`, this pool, its call and server) must stay as
 * long as it runs. The pool and the server see to theirs; a program that would free what `user`
 * points to leaves with _exit() instead, as mcp_main() does. */
#ifndef MCP_TRANSPORT_WORKERS_H
#define MCP_TRANSPORT_WORKERS_H

#include <mcp/work.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mcp_workers;

/* Zero means the default in the comment. */
struct mcp_workers_options {
    size_t threads_max; /* 8; handlers that run at a time */
    size_t queue_max;   /* 256; calls that wait for a thread; beyond: OVERLOADED */
    size_t stack_bytes; /* 1 MiB of each thread; at least 64 KiB */
};

/* No thread yet. `opt` may be NULL. NULL when out of memory. */
MCP_API struct mcp_workers *mcp_workers_new(const struct mcp_workers_options *opt);
/* For the options of the servers on this loop. */
MCP_API struct mcp_executor mcp_workers_executor(struct mcp_workers *w);
/* The effective options, defaults filled in. Lives with the pool. */
MCP_API const struct mcp_workers_options *mcp_workers_options(const struct mcp_workers *w);

/* For a loop of your own; the transports do this when their options name the pool. `fn(user)` runs
 * on a worker, soon after something has happened there: have the loop call mcp_workers_complete()
 * and mcp_server_tick(). It must be quick and call nothing of this header. NULL: nothing; after
 * that returns the old one runs no more. Loop thread. */
MCP_API void mcp_workers_on_wake(struct mcp_workers *w, void (*fn)(void *user), void *user);
/* Take the handlers that have returned to their ends. Returns how many. Loop thread. */
MCP_API size_t mcp_workers_complete(struct mcp_workers *w);

/* Begin nothing more, and give the handlers that run `wait_ms` to return. Returns how many have
 * not. Loop thread, when the loop has ended and its calls are cancelled. */
MCP_API size_t mcp_workers_stop(struct mcp_workers *w, int64_t wait_ms);

/* After mcp_server_free() of its servers. Stops without waiting if it was not stopped; threads
 * whose handlers still run keep what they need, and the last one releases it. NULL is a no-op. */
MCP_API void mcp_workers_free(struct mcp_workers *w);

#ifdef __cplusplus
}
#endif
#endif
