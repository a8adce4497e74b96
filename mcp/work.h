/* mcp/work.h - who runs the handlers that may block, injected: the engine has no threads.
 *
 * A row with `is_blocking` needs an executor in the server's options: transport/workers.h is the
 * one on pthreads that the transports and mcp_main() use, this header is for another one.
 *
 * Two threads meet in a run of a handler. While it is with the executor, from start() to
 * mcp_work_done(), the memory of its call is the worker's alone; who waits for it, its timers and
 * its place among the calls stay the loop's. The one-way traffic between them: a flag that says
 * "cancelled" down, and what the handler says before its result up, through lists without a lock
 * that mcp_server_tick() empties. */
#ifndef MCP_WORK_H
#define MCP_WORK_H

#include <mcp/str.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One run of one handler. The engine's; these members are the executor's to use, zero at first. */
struct mcp_work {
    struct mcp_work *next, *prev;
    int state;
};

struct mcp_executor {
    void *user;
    /* Loop thread. Take `w`: call mcp_work_run() on some thread, and after that mcp_work_done() on
     * the loop thread, once. False: no room, the call ends as OVERLOADED. */
    bool (*start)(void *user, struct mcp_work *w);
    /* Loop thread. Nobody wants the result any more. True: it was not begun and never will be, `w`
     * is gone. False: it was; done() is still to come. NULL: as if always false. */
    bool (*drop)(void *user, struct mcp_work *w);
    /* Worker. Sleep for `ms` (more than 0), but not longer than mcp_work_is_cancelled(). */
    void (*wait)(void *user, struct mcp_work *w, int64_t ms);
    /* Loop thread. It has just been cancelled: end a wait() for it. */
    void (*rouse)(void *user, struct mcp_work *w);
    /* Worker. Have the loop call mcp_server_tick() soon. */
    void (*wake)(void *user);
};

/* Worker: run the handler. It returns when the handler does, perhaps never. */
MCP_API void mcp_work_run(struct mcp_work *w);

/* Loop thread: the run is over (or will never be begun: the call then ends as OVERLOADED). The
 * call goes on with what its handler said; `w` is gone. After mcp_server_free(), which lets runs
 * that are still out go on, this may be any thread, one at a time, and the last one releases the
 * server. */
MCP_API void mcp_work_done(struct mcp_work *w);

/* Any thread: nobody waits for the result any more. */
MCP_API bool mcp_work_is_cancelled(const struct mcp_work *w);

#ifdef __cplusplus
}
#endif
#endif
