/* mcp/working.h - private: a call that is with a worker.
 *
 * From mcp__work_start() to mcp_work_done() `call->work` is set, and these belong to the worker:
 * arena, content, text, structured, writer, asking, failed, message, canned, has_data, role,
 * n_suggested, progress_micro. The loop reads what never changes then (id, rev, rows, names) and
 * owns the rest: links, sink, session, timers. The worker reads of the server what never changes
 * after mcp_server_new(), of the session nothing. */
#ifndef MCP_WORKING_H
#define MCP_WORKING_H

#include <mcp/engine.h>

#include <stdatomic.h>

enum {
    MCP__MAIL_MAX = 64,          /* messages of one handler that the loop has not sent yet */
    MCP__MAIL_BYTES = 256 << 10, /* of them; one may be larger */
};

/* A message on its way to the loop: mcp_alloc'd. */
struct mcp__mail {
    struct mcp__mail *next;
    struct mcp_buf bytes; /* a notification; or a URI that has changed */
    bool is_change;
};

/* In the call's arena. */
struct mcp__work {
    struct mcp_work seen; /* first: what the executor gets */
    struct mcp_call *call;
    mcp_err err;       /* what the handler returned */
    unsigned can;      /* enum mcp_can bits of the client */
    mcp_json declared; /* extensions of a legacy client */
    bool has_after;    /* mcp_call_after() was called */
    int64_t after_ms;
    size_t n_lost; /* messages that found no room */

    /* Worker to loop. */
    _Atomic(struct mcp__mail *) mail;   /* newest first */
    _Atomic(struct mcp__mail *) newest; /* progress */
    atomic_size_t n_mail, mail_bytes;
    atomic_uint changed;           /* enum mcp_change bits */
    atomic_bool has_changed;       /* resources, more than there was room for */
    atomic_bool is_posted;         /* in server->posted */
    struct mcp__work *next_posted; /* its owner's who posted it, then the loop's */
};

/* Hand the call to the executor: MCP_PENDING; or OVERLOADED. */
mcp_err mcp__work_start(struct mcp_call *call);
/* Loop thread: the call was cancelled. It may be gone afterwards. */
void mcp__work_cancel(struct mcp_call *call);
/* Loop thread: send what handlers have said. */
void mcp__work_collect(struct mcp_server *s);

/* Worker: what the functions of call.h do there. */
mcp_err mcp__work_after(struct mcp_call *call, int64_t delay_ms);
unsigned mcp__work_client_can(const struct mcp_call *call);
/* Takes the message over. False: no room, or it is incomplete. */
bool mcp__work_post(struct mcp_call *call, struct mcp_buf *message, bool is_progress);

#endif
