/* mcp/task.h - calls that take long: the extension io.modelcontextprotocol/tasks (2026-07-28).
 *
 * A handler says "this is long", and goes on as before:
 *
 *     mcp_err err = mcp_task(call);
 *     if (err) {
 *         return err;
 *     }
 *     ... mcp_progress(), mcp_call_after(), questions, a result ...
 *
 * A client that declared the extension is answered at once with a task, and asks tasks/get, or
 * subscribes, for what has become of it. For all others nothing changes: they wait for the result.
 * The row says that it may (`.task`). What the handler ends with is the task's result, also a
 * failure that is a tool's, and being over its time limit is one; protocol errors, and only those
 * (SEP-2663), make it "failed". Progress messages are its status message; questions wait in it
 * until tasks/update answers them, then the handler runs again from its beginning. tasks/cancel is
 * seen by mcp_call_is_cancelled(), and what a handler says after that is dropped. A task belongs to
 * the principal that made it: for others there is no such task.
 *
 * Questions asked before mcp_task() are answered before there is a task. A handler with
 * `.is_blocking` is a task before it runs, so that its questions wait in it, all of them.
 *
 * The engine keeps tasks in memory for `ttl_ms`, running or not. With a store, results outlive the
 * process; handlers do not: what ran is "failed" after the next start. Loop thread only. */
#ifndef MCP_TASK_H
#define MCP_TASK_H

#include <mcp/error.h>
#include <mcp/str.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mcp_call;
struct mcp_server;

/* Make the call a task, if its client can have one; MCP_OK also when it is one already, and when it
 * will never be one. Else a failure that is said already: OVERLOADED (too many tasks, or no
 * memory), STORAGE (the store refused at once). A store that refuses later: the client is answered
 * STORAGE, and the call is cancelled. */
MCP_API mcp_err mcp_task(struct mcp_call *call);

/* Whether mcp_task() has made it one. In a handler with `.is_blocking` also on its worker. */
MCP_API bool mcp_call_is_task(const struct mcp_call *call);

/* ---- Keeping tasks ---- */

/* How far a task is; the last three are for good. */
enum mcp_task_status {
    MCP_TASK_WORKING,
    MCP_TASK_INPUT_REQUIRED,
    MCP_TASK_COMPLETED,
    MCP_TASK_FAILED,
    MCP_TASK_CANCELLED
};

/* What is known of a task. Its slices live as long as the call that passes it. */
struct mcp_task_record {
    mcp_str id;            /* 1 to 64 bytes of printable ASCII */
    uint8_t principal[16]; /* who made it: id and owner of the principal */
    uint64_t owner;
    enum mcp_task_status status; /* a store sees WORKING, then one of the last three */
    mcp_str message;             /* of the status, for people; may be empty */
    int64_t created_ms;          /* wall clock */
    int64_t updated_ms;
    int64_t ttl_ms;  /* from its creation */
    mcp_str outcome; /* JSON text: the result (COMPLETED), the error (FAILED); else empty */
};

/* Where tasks outlive the process. Functions are called on the loop thread; what they are asked for
 * one task takes effect in that order. */
struct mcp_task_store {
    /* Keep a copy of the record in place of an earlier one with its id; then, when it is durable or
     * cannot be, call mcp_server_task_saved(), now or later. The next save of that id waits for it.
     * NULL: memory only. */
    void (*save)(void *user, struct mcp_server *s, const struct mcp_task_record *record);
    /* Forget it, also while it is being saved. Nobody waits for that. */
    void (*remove)(void *user, mcp_str id);
    void *user;
};

/* `err`: MCP_OK when the record is durable. An id that is not being saved is ignored. */
MCP_API void mcp_server_task_saved(struct mcp_server *s, mcp_str id, mcp_err err);

/* Once per record that the store holds, after mcp_server_new() and before the first message. One
 * that had not ended becomes FAILED and is saved; one whose time is over is removed. INVALID_PARAMS
 * (not a record, or an id that is there already), OVERLOADED (no memory). */
MCP_API mcp_err mcp_server_restore_task(struct mcp_server *s, const struct mcp_task_record *record);

/* Zero means the default in the comment. */
struct mcp_task_options {
    int64_t ttl_ms;   /* 3,600,000: how long a task can be read, from its creation. One that still
                         runs then is cancelled */
    int64_t poll_ms;  /* 1,000: how often clients are told to ask */
    size_t tasks_max; /* 10,000 that can be read; beyond: OVERLOADED */
    size_t each_max;  /* a quarter of them, at least 8, of one principal. Principals with an id of
                         zeros are not told apart and not counted */
    size_t result_bytes_max; /* 64 MiB of results, a quarter of it of one principal; what does not
                                fit is an error in its place */
    struct mcp_task_store store;
};

/* Tasks that are worked on or saved: a server that stops gives them the time that it gives calls.
 */
MCP_API size_t mcp_server_tasks(const struct mcp_server *s);

#ifdef __cplusplus
}
#endif
#endif
