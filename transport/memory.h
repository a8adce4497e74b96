/* transport/memory.h - a client in memory: tests your rows without a socket, a process or a pause.
 *
 *     struct mcp_memory *m = mcp_memory_new(
 *         &(struct mcp_server_options){.tools = &(struct mcp_tool_set){TOOLS, user}, .n_tools = 1},
 *         NULL, why, sizeof(why));
 *     const struct mcp_memory_reply *r = mcp_memory_call(m, "greet", "{\"name\":\"Ada\"}");
 *
 *     assert(mcp_str_eq(r->text, MCP_STR("Hello, Ada!")));
 *     mcp_memory_free(m);
 *
 * The whole engine is between the two: arguments are checked by the row's schema, the reply is the
 * JSON that a client of that revision gets. Time stands still until mcp_memory_tick(). A blocking
 * handler runs inside these calls, on their thread, and what it sleeps passes at once. Questions
 * (mcp/ask.h) are answered by what mcp_memory_answer() has laid ready. examples/memory.c is a test
 * program in this style.
 *
 * Everything that is handed out lives until mcp_memory_free(); nothing that returns a pointer
 * returns NULL but where it says so: without memory a reply says "out of memory". One thread. */
#ifndef MCP_TRANSPORT_MEMORY_H
#define MCP_TRANSPORT_MEMORY_H

#include <mcp/json.h>
#include <mcp/server.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mcp_memory;

/* What the client is. Zero members mean what their comment says. */
struct mcp_memory_options {
    const char *revision;     /* that it speaks: "2024-11-05" ... ; NULL: "2026-07-28" */
    const char *capabilities; /* ClientCapabilities, JSON; NULL: it can be asked everything */
    const char *scopes;       /* that it holds, space-separated; NULL: "*", all of them */
};

struct mcp_memory_reply {
    bool is_done;   /* false: the call goes on; look again after mcp_memory_tick() */
    bool is_asking; /* it waits for an answer: mcp_memory_answer(), then mcp_memory_tick(m, 0) */
    bool is_error;  /* it failed: the tool said no (isError), or `code` is not zero */
    int64_t code;   /* of a JSON-RPC error; 0: a result, or cancelled */
    mcp_str text;   /* the text of all content blocks, messages or contents, a newline between two;
                       of a failure: why. Ends with a NUL that is not counted */
    mcp_json structured; /* structuredContent; absent: none */
    mcp_json result;     /* the whole result, or the whole error object */
};

/* A server with the rows of `server` and a client of it, connected and initialized. Of `server`
 * clock and executor are ours, name and version may be NULL, the rest is as in mcp_server_new().
 * `opt` may be NULL. NULL on failure, then `reterr` (at least 1 byte, cut to fit) holds one
 * sentence. */
MCP_API struct mcp_memory *mcp_memory_new(const struct mcp_server_options *server,
                                          const struct mcp_memory_options *opt, char *reterr,
                                          size_t reterr_bytes);
/* Cancels what is still under way. Handlers that keep a call to end it from outside
 * (mcp_call_done()) must have done so. NULL is a no-op. */
MCP_API void mcp_memory_free(struct mcp_memory *m);

/* The server, for mcp_server_changed(), mcp_server_clock() and the like. */
MCP_API struct mcp_server *mcp_memory_server(struct mcp_memory *m);

/* tools/call with `arguments` (the JSON text of an object; NULL: {}). A progress token goes along
 * (`params._meta`, where you may say another). A result of a row with an output schema that breaks
 * it is a failure, too. The reply is there when this returns, unless the handler goes on later or
 * asks what has no answer. */
MCP_API const struct mcp_memory_reply *mcp_memory_call(struct mcp_memory *m, const char *tool,
                                                       const char *arguments);
/* Any request: "resources/read", "prompts/get", "tools/list" ... */
MCP_API const struct mcp_memory_reply *mcp_memory_request(struct mcp_memory *m, const char *method,
                                                          const char *params);
/* notifications/cancelled for a call that goes on; it is then done, a failure without a code. */
MCP_API void mcp_memory_cancel(struct mcp_memory *m, const struct mcp_memory_reply *reply);

/* Let `ms` milliseconds pass: what comes due runs in order, each at its time. 0 only does what is
 * due now. Wall time begins at 2026-01-01T00:00:00Z. */
MCP_API void mcp_memory_tick(struct mcp_memory *m, int64_t ms);

/* ---- The other way ---- */

/* Lay an answer ready: the next question of `method` ("elicitation/create",
 * "sampling/createMessage", "roots/list") that has none gets `result`, a JSON text. Copied. */
MCP_API void mcp_memory_answer(struct mcp_memory *m, const char *method, const char *result);
/* The same, short: a form accepted with `content` (a JSON object), or declined; the client's model
 * says `text`. */
MCP_API void mcp_memory_answer_form(struct mcp_memory *m, const char *content);
MCP_API void mcp_memory_answer_decline(struct mcp_memory *m);
MCP_API void mcp_memory_answer_text(struct mcp_memory *m, const char *text);

/* The i-th message with `method` (NULL: any) that the server sent besides replies: notifications
 * and questions, an object with `method` and `params`, in both eras. Absent: there are not so
 * many. */
MCP_API mcp_json mcp_memory_heard(const struct mcp_memory *m, const char *method, size_t i);

#ifdef __cplusplus
}
#endif
#endif
