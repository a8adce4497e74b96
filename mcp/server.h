/* mcp/server.h - the engine: one message in, a sink out. It does no I/O and keeps nothing global.
 *
 * Feed it with mcp_server_handle(); give it time with mcp_server_tick(). Everything runs on the
 * thread that calls it; one server belongs to one loop. */
#ifndef MCP_SERVER_H
#define MCP_SERVER_H

#include <mcp/clock.h>
#include <mcp/error.h>
#include <mcp/extension.h>
#include <mcp/json.h>
#include <mcp/log.h>
#include <mcp/principal.h>
#include <mcp/prompt.h>
#include <mcp/resource.h>
#include <mcp/sink.h>
#include <mcp/task.h>
#include <mcp/tool.h>
#include <mcp/work.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The engine, for the rows of one program. */
struct mcp_server;
/* Its half of one legacy session or one connection of lines; see "Legacy sessions". */
struct mcp_session;

/* What clients can be told has changed: server/tools, server/prompts and server/resources "List
 * Changed Notification", server/resources "Subscriptions". */
enum mcp_change {
    MCP_CHANGED_TOOLS = 1,
    MCP_CHANGED_PROMPTS = 2,
    MCP_CHANGED_RESOURCES = 4, /* the list of resources or templates */
    MCP_CHANGED_RESOURCE = 8   /* the contents of one resource */
};

/* What a caller learns of a tool, resource, template or prompt whose scope it lacks. Lists that
 * differ from caller to caller are never cached as public, whatever `cache` says. REST and the
 * command line name tools themselves: there it is FORBIDDEN in any case. */
enum mcp_hiding {
    MCP_HIDE_NOTHING,    /* it is listed; to use it is FORBIDDEN, with the scope to ask for */
    MCP_HIDE_FROM_LISTS, /* it is not listed; to use it is FORBIDDEN all the same */
    MCP_HIDE_ALTOGETHER  /* nor does it answer otherwise than an unknown name would; a resource can
                            be watched like one without a row, and is never heard of */
};

/* A call that has ended, for whoever counts. */
struct mcp_ended {
    const struct mcp_tool *tool; /* NULL: another method, or no such tool */
    size_t tool_at;              /* where it is: mcp_server_tool_at(); 0 when it is NULL */
    mcp_err err;
    int64_t took_ms;
};

/* What a server is made of. Zero members mean what their comment says; sizes in bytes. Strings and
 * rows are read during mcp_server_new() and as long as the server lives. */
struct mcp_server_options {
    const char *name;                 /* Implementation.name; required */
    const char *version;              /* required */
    const char *title;                /* for people; NULL: none */
    const char *instructions;         /* for the model; NULL: none */
    const char *description;          /* what the server is, for people (2025-11-25); NULL: none */
    const char *website_url;          /* likewise */
    const char *icons;                /* JSON array of Icon (likewise); NULL: none */
    const struct mcp_tool_set *tools; /* `n_tools` sets; copied, their rows are not */
    size_t n_tools;
    const struct mcp_resource_set *resources; /* likewise */
    size_t n_resources;
    const struct mcp_prompt_set *prompts; /* likewise */
    size_t n_prompts;
    const struct mcp_extension *const *extensions; /* `n_extensions`; the rows are not copied */
    size_t n_extensions;
    bool has_logging; /* handlers use mcp_call_log() */
    /* Structured results are not checked against the output schema of their row. Else one that
     * breaks it is logged, and the caller hears of an internal error; one that is too large to
     * check (a tree of 32 MiB), or for which there is no memory, is sent. */
    bool trusts_results;
    enum mcp_hiding hiding; /* from callers that lack the scope of a row */
    struct {
        struct mcp_cache discover, tools, resources, templates, prompts;
    } cache;                /* of lists (2026-07-28); zero: not to be cached */
    struct mcp_clock clock; /* required */
    struct mcp_log log;
    struct mcp_json_limits json; /* of one message; zero: 1 MiB, depth 32, 65,536 nodes */
    size_t call_bytes_max;       /* arena and output of one call; zero: 8 MiB */
    size_t calls_max;            /* calls in flight; zero: 10,000; beyond: OVERLOADED. Those that
                                    wait for their clients are counted apart, as many again */
    size_t page_tools;           /* rows per page of each list; zero: 100 */
    int32_t rate_per_minute;     /* default allowance of a principal; zero: unlimited.
                                    Spent by what works or takes room: calls, reads, prompts,
                                    completion, extensions' methods (their rows' cost), listing
                                    handlers, initialize and subscriptions (1 each). Free: printed
                                    lists, discover, ping, setLevel, unsubscribe, and messages
                                    without an answer */
    size_t rate_slots;           /* principals remembered; zero: 65,536 */
    uint8_t secret[32];          /* seals cursors and requestState; all zero: random */
    /* Hears of the end of each call that was admitted, once, on the loop; not of one that is
     * cancelled before its handler has begun. One that ran out of time has ended then; a call that
     * becomes a task ends twice, when it is answered (as no tool's) and when the task ends. NULL:
     * nobody hears. */
    void (*on_end)(void *user, const struct mcp_ended *e);
    void *on_end_user;
    unsigned announces;   /* enum mcp_change bits that mcp_server_changed() will be called
                             with: declared to clients */
    size_t listeners_max; /* open subscriptions/listen requests; zero: 10,000 */
    size_t watches_max;   /* resources that clients watch, in all; zero: 16,384 */
    /* Of them, and of the calls that wait for their clients, those of one principal; beyond:
     * OVERLOADED. Zero: a quarter of the cap for all (for calls that is calls_max), at least 8.
     * Principals with an id of zeros are not told apart and not counted. */
    size_t listeners_each_max;
    size_t watches_each_max;
    size_t asks_each_max;
    int64_t ask_timeout_ms;        /* patience with a client that is asked; zero: 600,000 */
    int64_t time_limit_ms;         /* of rows that say none; zero: none */
    struct mcp_task_options tasks; /* read when a row has `.task` */
    /* Runs the rows that are blocking; zeroed: there are none. Copied; what `user` points to
     * outlives the server, and a handler that outlives it. `clock` and `log` are then used by
     * handlers on several threads. */
    struct mcp_executor executor;
};

/* Compile every row. NULL on failure, then `reterr` (at least 1 byte, cut to fit) holds one
 * sentence that names the row. The caller releases it with mcp_server_free(). */
MCP_API struct mcp_server *mcp_server_new(const struct mcp_server_options *opt, char *reterr,
                                          size_t reterr_bytes);
/* No call may be in flight except ones whose sinks are gone already. Handlers that still run on
 * workers are told that they are cancelled, and what they use stays until the last of them has
 * ended (mcp_work_done()). NULL is a no-op. */
MCP_API void mcp_server_free(struct mcp_server *s);
/* Another rate_per_minute from now on: of principals that have none of their own. */
MCP_API void mcp_server_set_rate(struct mcp_server *s, int32_t per_minute);

/* True when a row of these options is blocking: they need an executor. */
MCP_API bool mcp_server_needs_executor(const struct mcp_server_options *opt);

/* Request metadata that HTTP carries beside the body (MCP 2026-07-28 transports "Request
 * metadata headers"); an absent header has ptr NULL. */
struct mcp_http_claims {
    mcp_str protocol_version; /* MCP-Protocol-Version */
    mcp_str method;           /* Mcp-Method */
    mcp_str name;             /* Mcp-Name, as sent */
    /* Any other header by name (case does not matter; Mcp-Param-*, traceparent); ptr NULL when
     * absent. NULL function: there are none. Only called during mcp_server_handle(). */
    mcp_str (*header)(const void *user, const char *name);
    const void *user;
    uint64_t serial; /* of the HTTP request, for the log; 0: none */
};

enum mcp_session_claim {
    MCP_SESSION_ABSENT,  /* the message named no session */
    MCP_SESSION_UNKNOWN, /* it named one that does not exist (or is somebody else's) */
    MCP_SESSION_FOUND    /* `session` is it */
};

/* What a transport knows about the sender of one message. */
struct mcp_peer {
    struct mcp_principal principal;
    enum mcp_session_claim claim;
    struct mcp_session *session;        /* with MCP_SESSION_FOUND */
    const struct mcp_http_claims *http; /* NULL: no headers to cross-check (stdio) */
    /* With `http` NULL: where trace context and the serial come from, and nothing else (HTTP+SSE).
     * NULL: nowhere. */
    const struct mcp_http_claims *carrier;
    /* A legacy `initialize` asks for a session here; NULL result: TOO_MANY_SESSIONS. The
     * transport owns it (see session below). NULL function: `session` is used (stdio). */
    struct mcp_session *(*open_session)(void *user);
    void *user;
    /* True while the peer of this message's sink reads too slowly: changes wait as flags until a
     * mcp_server_tick() finds it false. NULL: never. Kept with the call. */
    bool (*is_behind)(struct mcp_sink *sink);
    /* True while so much waits for the peer that what may be left out is: log messages and
     * notifications of handlers, counted in the log. NULL: never; the transport takes all and
     * decides itself. Kept with the call. */
    bool (*is_full)(struct mcp_sink *sink);
    bool is_deaf; /* nothing can be told before the reply (HTTP without text/event-stream) */
};

/* A revision of the protocol that is served, "2025-11-25"; and a name of the modern era: it sorts
 * at or after "2026-07-28", so that "v999.0.0" counts (basic/versioning). */
MCP_API bool mcp_revision_is_served(mcp_str name);
MCP_API bool mcp_revision_is_modern(mcp_str name);

/* One message, complete as it came off the wire. `message` and `peer` are only read during the
 * call. A request ends in exactly one sink->finish(), now or later; a notification or response
 * in one finish() with an empty message, now (over HTTP a legacy one whose session is missing or
 * gone gets an error without an id: send what the reply says, with its status).
 *
 * A request that its peer cancels with notifications/cancelled, or whose session is freed, is
 * finished with an empty message (202): nothing more comes, the stream may be closed. */
MCP_API void mcp_server_handle(struct mcp_server *s, mcp_str message, const struct mcp_peer *peer,
                               struct mcp_sink *sink);

/* The peer of `sink` is gone (modern HTTP: that is cancellation): its calls are told so, the sink
 * is forgotten at once and hears nothing more, not even finish(). No-op for an unknown sink. */
MCP_API void mcp_server_cancel(struct mcp_server *s, struct mcp_sink *sink);

/* The peer of `sink` is gone but its work goes on (legacy HTTP: disconnect is not cancellation):
 * from now on notify/finish go to `to`, which may outlive the connection. */
MCP_API void mcp_server_redirect(struct mcp_server *s, struct mcp_sink *sink, struct mcp_sink *to);

/* Run what is due; returns milliseconds until the next thing is due, -1 for never. Ask again after
 * each turn: messages and cancellations set and hurry timers. */
MCP_API int64_t mcp_server_tick(struct mcp_server *s);

/* Tell the clients that asked for it: soon, and once for many changes (a flag, not a queue). `uri`:
 * with MCP_CHANGED_RESOURCE the resource, or empty for all of them, else empty; copied. What
 * options.announces does not name is dropped. Loop thread; allowed inside handlers that run there.
 * Cannot fail. */
MCP_API void mcp_server_changed(struct mcp_server *s, enum mcp_change what, mcp_str uri);
/* The same from the handler of `call`, which may be a blocking one: the way from a worker. */
MCP_API void mcp_call_changed(struct mcp_call *call, enum mcp_change what, mcp_str uri);
/* The same for what belongs to one owner (struct mcp_principal): only its clients are told, also of
 * a URI that others watch. Here an empty `uri` with MCP_CHANGED_RESOURCE is every resource that
 * they watch. */
MCP_API void mcp_server_changed_for(struct mcp_server *s, uint64_t owner, enum mcp_change what,
                                    mcp_str uri);
/* Whose clients listen: writes at most `max` different owners; returns how many there are, `max` +
 * 1 for more than that. */
MCP_API size_t mcp_server_listeners(const struct mcp_server *s, uint64_t *ret_owners, size_t max);

/* A number for what something is now, for ETags and the like: another one after each
 * mcp_server_changed() of it, announced or not. `what` as there. A list's number is of its rows,
 * the same in every process that has these rows and changes; that of a resource is this server's
 * own, and may change without need, never stay without right. */
MCP_API uint64_t mcp_server_version(const struct mcp_server *s, enum mcp_change what, mcp_str uri);
/* The same for bytes that do not change. */
MCP_API uint64_t mcp_version_of(mcp_str bytes);

/* End every subscriptions/listen with its closing result, and take no new ones: for a transport
 * that shuts down. The results come from the next mcp_server_tick(). */
MCP_API void mcp_server_stop_listening(struct mcp_server *s);

/* What the server was made with, and how many calls are on their way. */
MCP_API size_t mcp_server_calls(const struct mcp_server *s); /* in flight */
/* Of them, those that wait for the client: open subscriptions, questions without an answer, also
 * in tasks. */
MCP_API size_t mcp_server_waiting(const struct mcp_server *s);
/* Handlers that are with the executor, also those whose callers were answered or are gone. */
MCP_API size_t mcp_server_working(const struct mcp_server *s);
MCP_API const struct mcp_clock *mcp_server_clock(const struct mcp_server *s);
MCP_API const struct mcp_log *mcp_server_log(const struct mcp_server *s);

/* ---- Legacy sessions ------------------------------------------------------------------------- */

/* The engine's half of a session (revision, client capabilities, calls in flight). The transport
 * owns the object and its id. Freeing it cancels the calls that still run in it: their sinks are
 * finished with an empty message. On stdio one session lasts as long as the connection; requests
 * of both eras run in it. NULL when out of memory. */
MCP_API struct mcp_session *mcp_session_new(struct mcp_server *s);
MCP_API void mcp_session_free(struct mcp_session *session); /* NULL is a no-op */
/* The negotiated revision, "2025-11-25"; NULL before `initialize` succeeded. */
MCP_API const char *mcp_session_revision(const struct mcp_session *session);
/* Requests of the session that are being worked on: those in flight but for the ones that wait for
 * the client (open subscriptions, questions without an answer). A transport with many of them stops
 * reading; as answers come in the same way, what waits for them must not count. */
MCP_API size_t mcp_session_busy(const struct mcp_session *session);
/* False: the message cannot be a request; it is a response or a notification, or not JSON-RPC, and
 * is over once it was handled. For transports that refuse requests and must take answers. */
MCP_API bool mcp_message_is_request(mcp_str message);

/* Where notifications go that belong to the session and to no call: list_changed, updated. Only
 * channel->notify() is called, from mcp_server_tick(). NULL: nowhere, what changes waits as flags.
 * `is_behind` as in struct mcp_peer. False: out of memory, nothing is attached. */
MCP_API bool mcp_session_attach(struct mcp_session *session, struct mcp_sink *channel,
                                bool (*is_behind)(struct mcp_sink *channel));

/* ---- The same tools without JSON-RPC (REST, command line) ------------------------------------ */

struct mcp_outcome {
    mcp_err err;
    mcp_str message;    /* why it failed, one sentence; empty on success */
    mcp_str structured; /* the structured result as JSON text, or empty */
    mcp_str text;       /* text blocks joined by newlines, or empty */
    struct mcp_limit_state limit;
    const char *scope; /* err FORBIDDEN: the scope that was missing */
    mcp_str argument;  /* err INVALID_ARGUMENTS: the name of the one that is wrong or missing, where
                          it is one; else empty */
    bool is_replayed;  /* the result is that of an earlier request with the same name */
};

struct mcp_outcome_sink {
    /* Exactly once, unless cancelled; everything in *o is valid only during the call. */
    void (*finish)(struct mcp_outcome_sink *sink, const struct mcp_outcome *o);
    /* The HTTP request that led here, for its trace context; only read during mcp_server_invoke().
     * NULL: there is none. */
    const struct mcp_http_claims *http;
};

/* Run the tool `name` (hidden ones too) through the one pipeline: scope, rate limit, input schema,
 * handler. `arguments` is JSON text of an object; empty means {}. */
MCP_API void mcp_server_invoke(struct mcp_server *s, mcp_str name, mcp_str arguments,
                               const struct mcp_principal *principal,
                               struct mcp_outcome_sink *sink);
/* The caller is gone, as mcp_server_cancel(): the sink hears nothing more. */
MCP_API void mcp_server_invoke_cancel(struct mcp_server *s, struct mcp_outcome_sink *sink);

/* The row named `name`, or NULL. */
MCP_API const struct mcp_tool *mcp_server_tool(const struct mcp_server *s, mcp_str name);
/* The i-th row in name order, hidden ones too; NULL past the end. */
MCP_API const struct mcp_tool *mcp_server_tool_at(const struct mcp_server *s, size_t i);
/* The parsed schemas of a row of this server. Without an input schema: that of no arguments;
 * without an output schema: absent. */
MCP_API mcp_json mcp_server_tool_input(const struct mcp_server *s, const struct mcp_tool *tool);
MCP_API mcp_json mcp_server_tool_output(const struct mcp_server *s, const struct mcp_tool *tool);

/* What the server says about itself: the result of server/discover (MCP 2026-07-28) as JSON text,
 * with the Implementation in _meta["io.modelcontextprotocol/serverInfo"]. Lives with the server. */
MCP_API mcp_str mcp_server_discovery(const struct mcp_server *s);

/* Write `key`: `value` into an open object, typed by the tool's input schema: integer, number and
 * boolean properties are converted, object and array ones read as JSON, others are strings. A
 * value that does not convert is written as a string, so that the schema check names it.
 * Returns false when the schema has no such property (nothing is written). */
MCP_API bool mcp_tool_put_argument(const struct mcp_server *s, const struct mcp_tool *tool,
                                   struct mcp_json_writer *w, mcp_str key, mcp_str value);

#ifdef __cplusplus
}
#endif
#endif
