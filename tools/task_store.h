/* tools/task_store.h - tasks outlive the process: the store of mcp/task.h over our own.
 *
 * Records are written by the store's writer like everything else; an answer (mcp_server_task_saved)
 * comes when they are durable. After a start each is given back to the engine: what had ended can
 * be read again, what was running has failed and says so, and so has what waited for answers (the
 * handler that asked ended with the process; the interface has no way to run it again). The engine
 * removes what is over; what it could not remove (no memory, a process that died) goes in bounded
 * steps of the tick. One server per store restores: two would call each other's tasks failed.
 * Loop thread. */
#ifndef CISTERN_TOOLS_TASK_STORE_H
#define CISTERN_TOOLS_TASK_STORE_H

#include <mcp/log.h>
#include <mcp/server.h>
#include <store/store.h>

struct task_store;

enum { TASK_STEP_ROWS = 200, TASK_STEP_DELETES = 16 };
#define TASK_SWEEP_EVERY_MS (60 * (int64_t)1000)
#define TASK_SWEEP_GRACE_MS (60 * (int64_t)1000) /* behind the engine, which is first */

/* NULL when out of memory. */
struct task_store *task_store_new(struct store *store, const struct mcp_log *log);
/* Writes that are on their way are still made; nobody is told. NULL is a no-op. */
void task_store_free(struct task_store *t);

/* For struct mcp_task_options; lives as long as `t`. */
struct mcp_task_store task_store_interface(struct task_store *t);
/* After mcp_server_new(), before the first message, without a writer thread or with one. STORAGE:
 * the store could not be read; a record that is damaged is named in the log and passed over. */
MCP_MUST_USE mcp_err task_store_restore(struct task_store *t, struct mcp_server *s);
/* Every second or so. */
void task_store_tick(struct task_store *t, int64_t wall_ms, int64_t monotonic_ms);

#endif
