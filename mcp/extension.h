/* mcp/extension.h - an extension of the protocol is one constant table: what it declares, which
 * methods it answers, what clients can be told of (MCP 2026-07-28 basic "Extensions", SEP-2133).
 *
 * The engine declares it (server/discover, and `initialize` where the row says so), refuses clients
 * that did not declare it themselves, checks headers, scope and rate, and keeps the subscriptions.
 * The handlers are like a tool's. Loop thread only. */
#ifndef MCP_EXTENSION_H
#define MCP_EXTENSION_H

#include <mcp/error.h>
#include <mcp/json.h>
#include <mcp/str.h>
#include <mcp/tool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mcp_call;
struct mcp_server;

enum { MCP_NO_COST = -1 }; /* of a method: takes nothing of the rate, as a list does */

/* One request that the extension answers. */
struct mcp_method {
    const char *name;        /* "skills/list"; none of the protocol's own, unique */
    const char *name_member; /* the string in params that HTTP repeats in Mcp-Name; NULL: none */
    const char *scope;       /* needed in the principal; NULL: none */
    int32_t cost;            /* units of the rate limit one call takes; 0 means 1; MCP_NO_COST */
    bool is_blocking;        /* as a tool's */
    int64_t time_limit_ms;   /* as a tool's */

    /* Reads mcp_call_params(), writes the result with mcp_result(); else the rules of a tool's
     * handler. Only tools, prompts and resources may ask the client. A failure is always a JSON-RPC
     * error: those that are a tool's words elsewhere (errors.def TOOL) are INVALID_PARAMS here.
     * `user` is the extension's. */
    mcp_tool_fn *fn;
};

/* One extension. The row and all it points to are constant and outlive the server. */
struct mcp_extension {
    const char *id;                   /* "com.example/weather": a `_meta` key with its prefix */
    const char *settings;             /* JSON text of an object, declared with it; NULL: {} */
    const struct mcp_method *methods; /* ends with {0}; NULL: none */
    bool in_legacy; /* also before 2026-07-28: declared in `initialize`, served in sessions */
    bool is_open;   /* answered to every client, not only to those that declare it: what it adds is
                       the server's alone */

    /* What clients watch, one by one: the member of subscriptions/listen's params.notifications
     * that names them, an array of strings ("taskIds"). NULL: nothing; then so are the others. */
    const char *filter;
    const char *notification; /* "notifications/tasks" */
    /* Whether this caller may hear of `key`; a key that it may not is left out of the
     * acknowledgment. NULL: everybody of everything. */
    bool (*may_watch)(struct mcp_call *call, mcp_str key, void *user);
    /* Write the members of the notification's params: how things are now, whatever has happened
     * since the last time. False: there is nothing to tell any more, and what was written is
     * dropped. Runs in mcp_server_tick(), when a watch begins and after
     * mcp_server_extension_changed(). */
    bool (*put_change)(struct mcp_server *s, mcp_str key, struct mcp_json_writer *w, void *user);
    void *user;
};

/* Clients that watch `key` of the extension `id` are told: soon, and once for many changes (a flag,
 * not a queue). Allowed inside handlers. Cannot fail. */
MCP_API void mcp_server_extension_changed(struct mcp_server *s, const char *id, mcp_str key);

/* ---- In its methods ---- */

/* `params` of the request, `_meta` included; absent when there are none. Lives as long as the call.
 */
MCP_API mcp_json mcp_call_params(const struct mcp_call *call);

/* The result: write its members, not its braces, neither `_meta` nor `resultType`. The writer lives
 * as long as the call. */
MCP_API struct mcp_json_writer *mcp_result(struct mcp_call *call);
/* What resultType is instead of "complete" (2026-07-28 only). `type` must outlive the call. */
MCP_API void mcp_result_type(struct mcp_call *call, const char *type);

/* ---- In every handler ---- */

/* What the client declared for that extension, an object: in this request (2026-07-28), in
 * `initialize` (before; only extensions with in_legacy are remembered). Absent: it did not, or
 * there is no client (REST, command line). Lives as long as the call. */
MCP_API mcp_json mcp_client_extension(struct mcp_call *call, const char *id);
/* MCP_OK, or the failure MCP_E_MISSING_CAPABILITY that names the extension. */
MCP_API mcp_err mcp_client_need_extension(struct mcp_call *call, const char *id);

/* Send a notification on the call's stream, before its result. `method` is an extension's own;
 * `params` the JSON text of an object. Nothing happens when nobody hears it. */
MCP_API void mcp_call_notify(struct mcp_call *call, const char *method, mcp_str params);

#ifdef __cplusplus
}
#endif
#endif
