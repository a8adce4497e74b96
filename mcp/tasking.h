/* mcp/tasking.h - private: tasks. See task.h.
 *
 *   task.c        a call becomes a task, runs, ends, is forgotten
 *   task_store.c  records: saved, restored                 task_method.c  tasks/get and its like
 *
 *                         saved                     handler ends         saved
 *     mcp_task() --> new ------> client is answered ------------> ended ------> readable
 *                     \-- refused: client is told                       (also when refused)
 *
 * A task and its call know each other until one of them goes. */
#ifndef MCP_TASKING_H
#define MCP_TASKING_H

#include <mcp/engine.h>
#include <mcp/task.h>

#define MCP__TASKS_ID MCP__META_PREFIX "tasks"

enum {
    MCP__TASK_ID_BYTES = 64,
    MCP__TASK_BUCKETS = 1024,       /* a power of two */
    MCP__TASK_MESSAGE_BYTES = 1024, /* of a status message */
    MCP__TASK_FAILURE_BYTES = 160,
    MCP__TASK_MARGIN_BYTES = 8192 /* of an answer that carries a result, for all around it */
};

/* mcp_alloc'd, owned by the server. */
struct mcp__task {
    struct mcp_server *server;
    struct mcp__link in_id, in_owner;
    struct mcp_call *call;  /* runs the handler; NULL: it has ended */
    struct mcp_call *front; /* waits to be answered with the task; NULL: it was */
    struct mcp__due expiry;
    enum mcp_task_status status; /* as clients see it */
    enum mcp_task_status end;    /* what it will be once that is saved; WORKING: it has not ended */
    bool is_saving;
    char id[MCP__TASK_ID_BYTES];
    size_t id_len;
    uint8_t principal[16];
    uint64_t owner;
    int64_t created_ms, updated_ms, ttl_ms;
    struct mcp_buf message, outcome;
    mcp_err failure; /* an outcome that there was no room for is this error */
};

struct mcp__tasks {
    struct mcp_task_options opt; /* defaults filled in */
    struct mcp__link *by_id[MCP__TASK_BUCKETS], *by_owner[MCP__TASK_BUCKETS];
    size_t n, n_busy, n_parked; /* all; worked on or saved; waiting for their clients */
    size_t bytes;               /* of outcomes */
};

extern const struct mcp_extension mcp__tasks_extension;

/* ---- task.c ---- */

/* Some row may become a task. */
bool mcp__tasks_wanted(const struct mcp_server_options *opt);
mcp_err mcp__tasks_init(struct mcp_server *s, const struct mcp_server_options *opt,
                        const struct mcp__complaint *c);
void mcp__tasks_free(struct mcp_server *s); /* no call is left */

/* The task of that id, whoever asks; NULL: none. */
struct mcp__task *mcp__task_find(const struct mcp_server *s, mcp_str id);
/* An empty one in the tables; NULL when out of memory. `left_ms` until it is forgotten. */
struct mcp__task *mcp__task_new(struct mcp_server *s, mcp_str id, const uint8_t principal[16],
                                uint64_t owner, int64_t left_ms);
void mcp__task_free(struct mcp__task *t);
/* It changes now. */
void mcp__task_stamp(struct mcp__task *t);
/* The same, and clients that watch it are told. */
void mcp__task_touch(struct mcp__task *t);
/* It is what it ended as. */
void mcp__task_settle(struct mcp__task *t);
/* Set the status message. NULL is a no-op. */
void mcp__task_say(struct mcp__task *t, mcp_str message);
/* The handler returned MCP_ASKING: MCP_PENDING, or REFUSED (cancelled meanwhile). */
mcp_err mcp__task_park(struct mcp_call *call);
/* Every question is answered: it goes on. */
void mcp__task_unpark(struct mcp__task *t);
/* The client cancels. */
void mcp__task_cancel(struct mcp__task *t);
/* The call has ended, or (mcp__call_time_out()) is declared to: `call` may be another one. */
void mcp__task_finish(struct mcp_call *call, mcp_err err);
/* The reply that was to tell of it does not: nobody can ask for it, and it is gone. */
void mcp__task_disown(struct mcp__task *t);
/* The call goes without having ended. */
void mcp__task_let_go(struct mcp_call *call);

/* ---- task_store.c ---- */

/* Its result or error as JSON text, perhaps in `room`. */
mcp_str mcp__task_outcome(const struct mcp__task *t, char room[MCP__TASK_FAILURE_BYTES]);
/* Begin to make it durable, as it will be. */
void mcp__task_save(struct mcp__task *t);
/* task.c: that is over. */
void mcp__task_saved(struct mcp__task *t, mcp_err err);

/* ---- task_method.c ---- */

/* The members of Task; with `is_detailed` of DetailedTask. */
void mcp__task_put(struct mcp_json_writer *w, const struct mcp__task *t, bool is_detailed);

#endif
