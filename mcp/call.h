/* mcp/call.h - what a tool handler sees: arguments, result, failure, progress, later.
 *
 * A call lives from its message to its reply. Its arena holds everything made for it and is
 * released after mcp_call_done(). All of this is for the thread the handler runs on: the loop's,
 * or, in a row with `is_blocking`, a worker's until the handler has returned. */
#ifndef MCP_CALL_H
#define MCP_CALL_H

#include <mcp/arena.h>
#include <mcp/clock.h>
#include <mcp/content.h>
#include <mcp/error.h>
#include <mcp/json.h>
#include <mcp/principal.h>
#include <mcp/tool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mcp_server;

/* ---- Asking ---- */

/* Memory, asker and time of the call; they live as long as it. */
MCP_API struct mcp_arena *mcp_call_arena(struct mcp_call *call);
MCP_API const struct mcp_principal *mcp_call_principal(const struct mcp_call *call);
MCP_API const struct mcp_clock *mcp_call_clock(const struct mcp_call *call);
/* The server it runs in, for mcp_server_changed(). */
MCP_API struct mcp_server *mcp_call_server(const struct mcp_call *call);
/* The arguments object, already checked against the row's input schema. */
MCP_API mcp_json mcp_call_arguments(const struct mcp_call *call);

/* An argument by name: a string, unescaped, or empty; an integer or a boolean, or `fallback`; any
 * value, or absent. The second of each pair is for one that is absent or of another type (the
 * schema rules that out if it says so). Lives as long as the call. */
MCP_API mcp_str mcp_arg_str(struct mcp_call *call, const char *name);
MCP_API int64_t mcp_arg_int(struct mcp_call *call, const char *name, int64_t fallback);
MCP_API bool mcp_arg_bool(struct mcp_call *call, const char *name, bool fallback);
MCP_API mcp_json mcp_arg(struct mcp_call *call, const char *name);

/* W3C Trace Context and Baggage of the request, from `_meta` or else from HTTP headers; empty when
 * absent. As the client sent them: hand them on, do not trust them. Live as long as the call. */
enum mcp_trace { MCP_TRACE_PARENT, MCP_TRACE_STATE, MCP_TRACE_BAGGAGE, MCP_TRACE_COUNT };
MCP_API mcp_str mcp_call_trace(const struct mcp_call *call, enum mcp_trace which);
/* The id in a traceparent that is well-formed (Trace Context 3.2), 32 hexadecimal digits in it: for
 * logs, in which a peer must not write what it likes. Else empty. */
MCP_API mcp_str mcp_trace_id(mcp_str traceparent);

/* True once nobody waits for the answer any more (cancelled, disconnected, over its time limit).
 * Any thread. */
MCP_API bool mcp_call_is_cancelled(const struct mcp_call *call);

/* Loop thread. Take a unit of another allowance, too, of `per_minute` for whatever `key` stands
 * for: an address that somebody tries passwords of. MCP_E_RATE_LIMITED, with the words said;
 * MCP_E_OVERLOADED. */
MCP_API MCP_MUST_USE mcp_err mcp_call_spend(struct mcp_call *call, const uint8_t key[16],
                                            int32_t per_minute);

/* ---- Answering ---- */
/* Text, images, links and so on: content.h. */

/* A tool's structured result: write exactly one JSON value. Clients before 2026-07-28 get one that
 * is no object as {"result": it}. Without content other than links the engine puts one text block
 * with the same JSON before them (MCP server/tools "Structured Content", SHOULD). The writer lives
 * as long as the call.
 */
MCP_API struct mcp_json_writer *mcp_structured(struct mcp_call *call);

/* Say why it did not work and return `err` (never MCP_OK): one sentence for the reader, who is
 * often a model. Replaces what was written before. A tool's MCP_E_REFUSED, NOT_FOUND, CONFLICT or
 * INVALID_ARGUMENTS is a result with isError, which the model reads; the others are JSON-RPC
 * errors, which only the client sees (errors.def). */
MCP_API mcp_err mcp_fail(struct mcp_call *call, mcp_err err, const char *fmt, ...) MCP_FORMAT(3, 4);

/* The same as MCP_E_INVALID_ARGUMENTS because of the argument `name`, a literal: for surfaces that
 * have a code for each (struct mcp_outcome.argument). */
MCP_API mcp_err mcp_fail_argument(struct mcp_call *call, const char *name, const char *fmt, ...)
    MCP_FORMAT(3, 4);
/* The result is that of an earlier request (the same Idempotency-Key, or what was asked for has
 * been done before): nothing is done again. REST says so in the header Idempotent-Replayed. */
MCP_API void mcp_call_replayed(struct mcp_call *call);

/* After mcp_fail(): more for the program that reads the error: write exactly one JSON object,
 * `data` of the JSON-RPC error. Not sent when the failure is a tool's result (errors.def TOOL). */
MCP_API struct mcp_json_writer *mcp_error_data(struct mcp_call *call);

/* notifications/progress, when the caller gave a progressToken; else nothing. `progress` must
 * rise from one to the next, in steps of a millionth; `total_micro` 0: unknown; `message` empty:
 * none (and dropped for 2024-11-05). */
MCP_API void mcp_progress(struct mcp_call *call, int64_t progress_micro, int64_t total_micro,
                          mcp_str message);

/* notifications/message, when the client asked for this level (logging/setLevel in a session,
 * logLevel in a modern request) and the server declares logging; else nothing. `logger`: which part
 * speaks; NULL: not said. The text, or any one JSON value, is for people: no secrets (MCP
 * server/utilities/logging). */
enum mcp_level {
    MCP_LEVEL_DEBUG,
    MCP_LEVEL_INFO,
    MCP_LEVEL_NOTICE,
    MCP_LEVEL_WARNING,
    MCP_LEVEL_ERROR,
    MCP_LEVEL_CRITICAL,
    MCP_LEVEL_ALERT,
    MCP_LEVEL_EMERGENCY
};
MCP_API void mcp_call_log(struct mcp_call *call, enum mcp_level level, const char *logger,
                          const char *fmt, ...) MCP_FORMAT(4, 5);
MCP_API void mcp_call_log_json(struct mcp_call *call, enum mcp_level level, const char *logger,
                               mcp_str json);
/* Whether it would be sent, to spare the work. */
MCP_API bool mcp_call_logs(const struct mcp_call *call, enum mcp_level level);

/* ---- Later ---- */
/* Go on after `delay_ms` with `fn` (same rules as the handler). Returns MCP_PENDING, so a handler
 * ends with `return mcp_call_after(...)`. State between steps lives in the arena. One delay at a
 * time per call. When the call is cancelled the step comes due at once; it sees
 * mcp_call_is_cancelled() and ends the call, whatever it says is dropped. From a worker: the delay
 * begins when the handler has returned, and the step runs on the loop thread. */
MCP_API mcp_err mcp_call_after(struct mcp_call *call, int64_t delay_ms, mcp_tool_fn *fn,
                               void *user);

/* End a call whose handler returned MCP_PENDING: the only place that builds a reply. `err` as a
 * handler would have returned it. The call is gone afterwards. */
MCP_API void mcp_call_done(struct mcp_call *call, mcp_err err);

/* ---- Workers ----
 * The handler of a row with `is_blocking` runs on a worker thread, beside the loop and other
 * handlers, and may take as long as the row's time limit lets it. Until it returns, the call is its
 * alone: everything in this header, content.h and ask.h works there (one thread at a time) but for
 * mcp_call_done(), and so does mcp_call_changed(); no other function of server.h does. What several
 * handlers use through `user` they guard themselves.
 *
 * It returns what any handler returns; MCP_ASKING and its next run are as on the loop, each run
 * perhaps on another thread. MCP_PENDING only by `return mcp_call_after(...)`: the way back to the
 * loop thread. Progress leaves while it runs, the newest only; of log messages at most 64, or 256
 * KiB, wait for the loop, more are dropped and counted in the server's log.
 *
 * Nothing can stop it but itself: see to it that it polls mcp_call_is_cancelled() or waits by
 * mcp_call_wait(). One that never returns costs its thread, and `user` must stay for it. */

/* Loop only: go on with `fn` on a worker, by the same rules, where the row says that its handler
 * `goes_to_worker`: a handler ends with `return mcp_call_work(...)`. MCP_PENDING; MCP_E_REFUSED
 * when the call is cancelled, MCP_E_OVERLOADED when no worker has room for it. The time limit goes
 * on. It may not ask the client any more. */
MCP_API mcp_err mcp_call_work(struct mcp_call *call, mcp_tool_fn *fn, void *user);

/* Worker only. Sleep for `ms`, or until the call is cancelled, at once if it is. True: it is. */
MCP_API bool mcp_call_wait(struct mcp_call *call, int64_t ms);

#ifdef __cplusplus
}
#endif
#endif
