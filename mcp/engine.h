/* mcp/engine.h - private: what the engine's files share: server, session, call.
 *
 *   server.c    lifetime, mcp_server_handle      call.c    lifetime of calls, the handler's API
 *   envelope.c  kinds of message, ids            reply.c   the bytes of a reply
 *   meta.c      modern _meta and headers         invoke.c  scope, rate, schema, run
 *   dispatch.c  the ladder, methods              timer.c   what is due later
 *   tool.c      rows compiled and listed         batch.c   2025-03-26 arrays
 *   session.c   legacy sessions                  cursor.c  page cursors
 *   change.c    list_changed and updated flags   asking.h  questions to the client
 *   work.c      handlers on workers: working.h   extension.c what extensions add: extending.h
 *   method.c    what each method does            list.c    pages of lists
 *   resource.c  prompt.c  complete.c             notice.c  progress and log messages
 *   row.c       what all row tables share        header.c  Mcp-Param-*
 *   trace.c     W3C trace context                identity.c  card.c  who the server is
 *   share.c     what one principal may hold: share.h id.c      ids of requests */
#ifndef MCP_ENGINE_H
#define MCP_ENGINE_H

#include <mcp/arena.h>
#include <mcp/buf.h>
#include <mcp/call.h>
#include <mcp/complete.h>
#include <mcp/content.h>
#include <mcp/cursor.h>
#include <mcp/era.h>
#include <mcp/extension.h>
#include <mcp/json.h>
#include <mcp/limit.h>
#include <mcp/list.h>
#include <mcp/prompt.h>
#include <mcp/resource.h>
#include <mcp/schema.h>
#include <mcp/server.h>
#include <mcp/share.h>
#include <mcp/template.h>
#include <mcp/work.h>

#include <stdarg.h>

/* Under AddressSanitizer every call is its own allocation, so that a late touch is seen. */
#if defined(__SANITIZE_ADDRESS__)
#define MCP__POOL_CALLS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MCP__POOL_CALLS 0
#endif
#endif
#ifndef MCP__POOL_CALLS
#define MCP__POOL_CALLS 64 /* idle calls kept for reuse */
#endif

enum {
    MCP__ID_BYTES_MAX = 256,   /* source text of an id or a progress token */
    MCP__BATCH_MAX = 1000,     /* messages in one array */
    MCP__BUCKETS = 1024,       /* of the tables of calls in flight; a power of two */
    MCP__POOL_BYTES = 1 << 16, /* largest buffer kept with them */
    MCP__OUT_BYTES = 1 << 20,  /* largest reply buffer kept */
    MCP__LOG_NAME_BYTES = 64   /* of a peer's text in a sentence */
};

/* ---- Intrusive lists: O(1) in and out, no allocation ---- */

struct mcp__link {
    struct mcp__link *next, **at; /* at NULL: in no list */
};

static inline void mcp__link_in(struct mcp__link **head, struct mcp__link *l)
{
    l->next = *head;
    l->at = head;
    if (l->next) {
        l->next->at = &l->next;
    }
    *head = l;
}

static inline void mcp__link_out(struct mcp__link *l)
{
    if (l->at) {
        *l->at = l->next;
        if (l->next) {
            l->next->at = l->at;
        }
        *l = (struct mcp__link){NULL, NULL};
    }
}

#define MCP__OF(type, field, link) ((type *)(void *)((char *)(link)-offsetof(type, field)))

/* ---- Timers: timer.c ---- */

/* Something that is due at a time; zeroed: not set. */
struct mcp__due {
    int64_t at_ms;
    size_t place; /* in server->due plus one; 0: not set */
    void (*fire)(struct mcp__due *d);
};

/* False when out of memory. It must not be set. */
bool mcp__due_set(struct mcp_server *s, struct mcp__due *d, int64_t delay_ms,
                  void (*fire)(struct mcp__due *d));
void mcp__due_drop(struct mcp_server *s, struct mcp__due *d);

/* ---- Rows ---- */

/* Where the sentence about a bad row goes. */
struct mcp__complaint {
    char *text;
    size_t bytes;
};
/* Both return the outcome: INTERNAL, OVERLOADED. */
mcp_err mcp__complain(const struct mcp__complaint *c, const char *fmt, ...) MCP_FORMAT(2, 3);
mcp_err mcp__complain_memory(const struct mcp__complaint *c);

/* What rows of all kinds say about themselves. */
struct mcp__row_text {
    const char *kind, *name; /* for complaints */
    const char *title, *description, *icons, *meta;
    int32_t cost;
    bool is_blocking;
    int64_t time_limit_ms;
};
mcp_err mcp__row_check(const struct mcp__row_text *r, const struct mcp_server_options *opt,
                       const struct mcp__complaint *c);
/* Write title, description, icons and _meta as the revision has them. */
void mcp__row_put(struct mcp_json_writer *w, const struct mcp__row_text *r, enum mcp__rev rev);

enum { MCP__HEADER_DEPTH_MAX = 8, MCP__HEADER_BYTES = sizeof("Mcp-Param-") + 64 };

/* An argument that HTTP repeats in a header. */
struct mcp__header {
    char name[MCP__HEADER_BYTES];        /* "Mcp-Param-Region" */
    mcp_str path[MCP__HEADER_DEPTH_MAX]; /* property names from the root, in the schema's text */
    size_t depth;
};

struct mcp__row {
    const struct mcp_tool *tool;
    void *user;
    mcp_str name;
    struct mcp_schema *input, *output; /* output NULL: unstructured; input never NULL */
    bool is_wrapped;             /* the output is no object: {"result": it} before 2026-07-28 */
    struct mcp__header *headers; /* owned */
    size_t n_headers;
};

struct mcp__tools {
    struct mcp__row *rows; /* in name order */
    size_t n_rows, n_listed;
    struct mcp__list list[2]; /* without and with MCP Apps; only the first when there are none */
};

/* tool.c, tool_print.c. `items` has what all lists share. False when out of memory. */
mcp_err mcp__tools_init(struct mcp__tools *t, const struct mcp_server_options *opt,
                        const struct mcp__complaint *c);
bool mcp__tools_print(struct mcp__tools *t, struct mcp__list_items items,
                      const struct mcp_server_options *opt);
void mcp__tools_free(struct mcp__tools *t);
const struct mcp__row *mcp__tools_find(const struct mcp__tools *t, mcp_str name);

struct mcp__resource_row {
    const struct mcp_resource *resource;
    void *user;
    mcp_str uri;
    size_t place;                   /* in the author's tables */
    struct mcp__template *template; /* owned; NULL: a plain URI */
};

struct mcp__resources {
    struct mcp__resource_row *rows; /* n_static by URI, then the templates as given */
    size_t n_rows, n_static;
    bool can_complete;
    bool has_list;                          /* some template says what there is */
    struct mcp__list list[2], templates[2]; /* as of tools */
};

/* resource.c */
mcp_err mcp__resources_init(struct mcp__resources *t, const struct mcp_server_options *opt,
                            const struct mcp__complaint *c);
bool mcp__resources_print(struct mcp__resources *t, struct mcp__list_items items,
                          const struct mcp_server_options *opt);
void mcp__resources_free(struct mcp__resources *t);
/* The row whose `uri`, as text, is this. */
const struct mcp__resource_row *mcp__resources_named(const struct mcp__resources *t, mcp_str uri);
/* The members of Resource. */
void mcp__resource_put_fields(struct mcp_json_writer *w, const struct mcp_resource *r,
                              enum mcp__rev rev);
mcp_err mcp__resources_read(struct mcp_call *call);
/* call->part and call->page are set: add what the templates' handlers say there is. */
mcp_err mcp__resources_list(struct mcp_call *call);
/* FORBIDDEN: its row asks for a scope that the caller lacks. A uri without a row may be watched.
 * OVERLOADED: there is no memory to see which row it has. Neither is said. */
mcp_err mcp__resource_may_watch(struct mcp_call *call, mcp_str uri);

struct mcp__prompt_row {
    const struct mcp_prompt *prompt;
    void *user;
    mcp_str name;
};

struct mcp__prompts {
    struct mcp__prompt_row *rows; /* in name order */
    size_t n_rows;
    bool can_complete;
    struct mcp__list list;
};

/* prompt.c */
mcp_err mcp__prompts_init(struct mcp__prompts *t, const struct mcp_server_options *opt,
                          const struct mcp__complaint *c);
bool mcp__prompts_print(struct mcp__prompts *t, struct mcp__list_items items,
                        const struct mcp_server_options *opt);
void mcp__prompts_free(struct mcp__prompts *t);
const struct mcp__prompt_row *mcp__prompts_find(const struct mcp__prompts *t, mcp_str name);
const struct mcp_prompt_argument *mcp__prompt_argument(const struct mcp_prompt *p, mcp_str name);
mcp_err mcp__prompts_get(struct mcp_call *call);
/* INVALID_PARAMS unless it is an object whose values are strings. */
mcp_err mcp__check_strings(struct mcp_call *call, mcp_json object, const char *what);

/* complete.c */
mcp_err mcp__complete(struct mcp_call *call);

/* ---- Server ---- */

struct mcp__work; /* working.h */

/* Of the Implementation, copied; empty: not said. */
struct mcp__identity {
    mcp_str name, version, title, description, website_url, icons;
};

struct mcp_server {
    struct mcp_clock clock;
    struct mcp_log log;
    struct mcp_json_limits limits;
    size_t call_bytes_max, calls_max;
    int32_t rate_per_minute;
    void (*on_end)(void *user, const struct mcp_ended *e);
    void *on_end_user;
    size_t rate_slots;
    struct mcp_limiter *limiter; /* made when the first limited principal calls */
    uint8_t cursor_key[MCP__CURSOR_KEY_BYTES];
    uint8_t state_key[32]; /* seals requestState */
    int64_t ask_timeout_ms;
    uint8_t hash_key[16];

    struct mcp__tools tools;
    struct mcp__resources resources;
    struct mcp__prompts prompts;
    struct mcp__tasks *tasks;                /* NULL: no row becomes one; tasking.h */
    const struct mcp_extension **extensions; /* owned; the rows are not */
    size_t n_extensions;
    bool has_logging;
    enum mcp_hiding hiding;
    bool has_ui; /* some row is of MCP Apps */
    struct mcp__identity identity;
    struct mcp_buf meta;                  /* "_meta":{serverInfo} of modern results */
    struct mcp_buf hello[MCP__REV_COUNT]; /* results of initialize, and of server/discover */
    struct mcp_arena constants;           /* holds `identity` and `empty` */
    mcp_json empty;                       /* {} */

    size_t n_calls;          /* admitted and not done */
    struct mcp__link *calls; /* every call that is not in the pool */
    struct mcp__link *by_sink[MCP__BUCKETS];
    struct mcp__link *by_id[MCP__BUCKETS];
    struct mcp__link *batches;
    struct mcp__link *idle; /* the pool */
    size_t n_idle;

    uint32_t list_changes[3]; /* of tools, prompts, resources: mcp_server_version() */
    uint32_t resource_changes[MCP__BUCKETS]; /* by the bucket of the URI */
    unsigned announces, changed;             /* enum mcp_change bits: declared; not spread yet */
    struct mcp__link *listeners, *pending, *by_key[MCP__BUCKETS]; /* listening.h */
    struct mcp__room rooms[MCP__ROOM_COUNT];
    struct mcp__link *shares[MCP__BUCKETS]; /* share.c */
    bool is_closing;                        /* no new subscriptions */

    struct mcp__due **due; /* heap by at_ms */
    size_t n_due, due_cap;

    struct mcp_executor executor;       /* start NULL: none */
    _Atomic(struct mcp__work *) posted; /* handlers that have said something, newest first */
    size_t n_working;                   /* calls with the executor */
    int64_t time_limit_ms;              /* of rows that say nothing; 0: none */
    bool is_over;                       /* freed but for the calls with the executor */

    struct mcp_buf out;     /* lent to the reply being built */
    struct mcp_arena check; /* results checked against their output schema */
    bool trusts_results;    /* they are not */
    struct mcp_json_limits check_limits;
};

/* ---- Session ---- */

struct mcp_session {
    struct mcp_server *server;
    enum mcp__rev rev; /* MCP__REV_NONE before `initialize` */
    uint64_t owner;    /* of whoever initialized it */
    unsigned can;      /* enum mcp_can bits the client declared */
    int log_level;     /* enum mcp_level, or MCP__LEVEL_OFF */
    struct mcp_arena declared_in;
    mcp_json declared; /* extensions of the client, of those we know; absent: none */
    struct mcp__link *calls;
    struct mcp__link *asked; /* requests to the client without a response */
    size_t n_asked;
    uint32_t n_asked_ever;
    struct mcp__listener *listener; /* NULL: nothing to listen with, nothing watched */
};

/* ---- Call ---- */

enum { MCP__LEVEL_OFF = MCP_LEVEL_EMERGENCY + 1 };

/* What a call's result looks like. */
enum mcp__form {
    MCP__FORM_TOOL,
    MCP__FORM_PROMPT,
    MCP__FORM_RESOURCE,
    MCP__FORM_COMPLETION,
    MCP__FORM_LIST,
    MCP__FORM_EXTENSION, /* the members of the result, in `structured` behind an open brace */
    MCP__FORM_COUNT
};

/* What runs a call's row. */
struct mcp__handler {
    mcp_tool_fn *fn;
    void *user;
    bool is_blocking;
    int64_t limit_ms; /* of one run; 0: none */
};

struct mcp_call {
    struct mcp_server *server;
    struct mcp__link in_server, in_sink, in_id, in_session;

    /* Who waits. Both NULL: nobody any more. */
    struct mcp_sink *sink;
    struct mcp_outcome_sink *outcome;
    struct mcp_session *session; /* where it runs, if anywhere; ids are unique in it */

    struct mcp_principal principal;
    enum mcp__rev rev;
    mcp_str id;             /* source text; empty: none or unreadable */
    mcp_str progress_token; /* source text; empty: none wanted */
    mcp_str method;
    const struct mcp_http_claims *http; /* of a modern tools/call, until its handler runs */
    mcp_json params;
    enum mcp__form form;
    struct mcp__list_part part; /* of a list, with its page */
    uint32_t page;
    const struct mcp__row *row;               /* a tool's */
    const struct mcp__resource_row *resource; /* being read */
    const struct mcp_prompt *prompt;
    const char *what; /* name in the log; NULL: a request */
    mcp_json arguments;
    mcp_str uri;                          /* being read, or completed */
    mcp_str completing, completing_value; /* what is typed */
    size_t n_suggested;
    enum mcp_role role; /* of the messages that follow */
    int log_level;      /* least that is sent; MCP__LEVEL_OFF: nothing */
    mcp_str trace[MCP_TRACE_COUNT];
    uint64_t serial;           /* of the HTTP request; 0: none */
    int64_t started_ms;        /* monotonic, when somebody counts */
    _Atomic bool is_cancelled; /* nobody waits any more; a worker thread may read it */
    bool is_silent;            /* a notification or response: ends without a message */
    bool is_batched;           /* one of an array */
    bool is_admitted;          /* counted in n_calls */
    bool is_told;              /* whoever counts has heard of its end */
    bool is_direct;            /* not by JSON-RPC: text is all that is wanted */
    bool has_data;             /* `structured` holds error.data */
    bool has_block;            /* `content` has more than links */
    bool is_replayed;          /* the result is that of an earlier request */

    struct mcp_arena arena;
    struct mcp_buf content; /* what was added, as JSON, a comma between two */
    struct mcp_buf text;    /* direct: text, a newline between two; else scratch */
    struct mcp_buf structured;
    struct mcp_json_writer writer;

    struct mcp__listener *listener;           /* of subscriptions/listen */
    bool (*is_behind)(struct mcp_sink *sink); /* the peer's */
    bool (*is_full)(struct mcp_sink *sink);   /* likewise */
    size_t n_lost;                            /* messages that found no room */
    bool is_deaf;
    struct mcp__asking *asking;              /* in the arena; NULL: nothing was asked */
    mcp_err (*again)(struct mcp_call *call); /* run the handler once more; NULL: it may not ask */
    struct mcp__handler handler;             /* that runs */
    struct mcp__work *work;                  /* NULL: not with the executor; see working.h */
    struct mcp__task *task;                  /* what it ends with is this one's; NULL: none */
    bool is_task;                            /* it has been one: nobody waits for it */
    struct mcp__task *introduces;            /* which its reply tells of; NULL: none */
    struct mcp__due deadline;                /* of the run */

    const char *result_type; /* NULL: "complete" */
    mcp_str canned;          /* the whole result of a method that has it ready */
    mcp_err failed;          /* what mcp_fail() said; MCP_OK: nothing */
    mcp_str message;         /* why */
    mcp_str argument;        /* which argument broke the schema, or mcp_fail_argument() named */
    struct mcp_limit_state limit;
    const char *scope;
    struct mcp_session *opened; /* by initialize */

    int64_t progress_micro;
    struct mcp__due step;
    mcp_tool_fn *after;
    void *after_user;
};

/* call.c. NULL when out of memory. */
struct mcp_call *mcp__call_new(struct mcp_server *s);
/* Take the call into the tables of calls in flight. OVERLOADED (too many), INVALID_REQUEST (its id
 * is in flight in its session already). */
mcp_err mcp__call_admit(struct mcp_call *call);
/* A new call takes over who waits: its sink and id, and their places in the tables; `call` goes on
 * alone. NULL when out of memory. */
struct mcp_call *mcp__call_split(struct mcp_call *call);
/* Nobody waits any more: nothing will be sent. Its step comes due. It may be gone afterwards. */
void mcp__call_forget(struct mcp_call *call);
/* The same, and the sink is told that nothing comes. */
void mcp__call_dismiss(struct mcp_call *call);
/* The same, and the caller is answered that it took too long. */
void mcp__call_time_out(struct mcp_call *call);
struct mcp_call *mcp__call_by_id(struct mcp_server *s, const struct mcp_session *session,
                                 mcp_str id);
void mcp__call_release(struct mcp_call *call); /* back to the pool */
/* handler.c: as before the handler ran; what it was told and what it carries stays. */
void mcp__call_rewind(struct mcp_call *call);
void mcp__call_destroy(struct mcp_call *call);

/* reply.c */
void mcp__reply_write(struct mcp_buf *out, struct mcp_call *call, mcp_err err);
/* What a call that ends with `err` is answered: a JSON-RPC error, or a result; and that alone. */
bool mcp__reply_is_error(const struct mcp_call *call, mcp_err err);
void mcp__reply_put_outcome(struct mcp_buf *out, const struct mcp_call *call, mcp_err err);
/* A reply that needs no memory. `id` is source text, or empty. */
enum { MCP__LAST_RESORT_BYTES = MCP__ID_BYTES_MAX + 192 };
mcp_str mcp__reply_last_resort(char out[MCP__LAST_RESORT_BYTES], mcp_err err, mcp_str id,
                               enum mcp__rev rev);
/* The answer to a message for which there is not even a call. */
void mcp__reply_overloaded(struct mcp_sink *sink, mcp_str message);

/* id.c. True when the source text of `v` can be echoed as an id: a string or an integer, short. */
bool mcp__id_is(mcp_json v);
/* The same value, whatever the spelling; source text of ids. */
bool mcp__id_eq(mcp_str a, mcp_str b);
/* One spelling for each value: `raw` itself, or made in `room`. */
mcp_str mcp__id_key(mcp_str raw, char room[MCP__ID_BYTES_MAX]);
bool mcp__id_is_plain(mcp_str raw); /* an integer in the usual spelling; `raw` is any text */

/* envelope.c */
enum mcp__kind { MCP__KIND_INVALID, MCP__KIND_REQUEST, MCP__KIND_NOTIFICATION, MCP__KIND_RESPONSE };
struct mcp__envelope {
    enum mcp__kind kind;
    mcp_str id; /* source text, empty when absent or unreadable */
    mcp_str method;
    mcp_json params;   /* an object or absent */
    const char *fault; /* INVALID: why */
};
struct mcp__envelope mcp__envelope_read(mcp_json message, struct mcp_arena *arena);
/* The id of a request without parsing, for replies when memory is out; empty when there is none or
 * it is unusual. `message` is hostile. */
mcp_str mcp__envelope_peek_id(mcp_str message);

/* meta.c: modern requests */
#define MCP__META_PREFIX "io.modelcontextprotocol/"
/* params._meta's claim to be modern; absent: none. */
mcp_json mcp__meta_claim(mcp_json params);
/* Steps of protocol.md 2.16 (8) before the method is looked up. MCP_OK, or a failure said with
 * mcp_fail(). */
mcp_err mcp__meta_check(struct mcp_call *call, const struct mcp__envelope *e,
                        const struct mcp_http_claims *http);
/* Read progressToken, trace context, and the least level of log messages (every era). */
mcp_err mcp__meta_read(struct mcp_call *call, const struct mcp_http_claims *http);

/* header.c. The rows of `x-mcp-header`; INTERNAL or OVERLOADED with a complaint. */
mcp_err mcp__headers_compile(struct mcp__row *row, const struct mcp__complaint *c);
/* HEADER_MISMATCH unless call->http repeats call->arguments as the row says; uses up call->http. */
mcp_err mcp__headers_check(struct mcp_call *call);
/* Undo `=?base64?...?=`: lower case, strict alphabet and padding; anything without both ends is
 * literal (transports "Encoding of header values"). False when it is broken. */
bool mcp__header_decode(struct mcp_call *call, mcp_str value, mcp_str *ret);

/* dispatch.c: one parsed message, from its envelope to its end or MCP_PENDING. */
mcp_err mcp__dispatch(struct mcp_call *call, mcp_json message, const struct mcp_peer *peer);

/* batch.c: handles the whole array; `call` holds the parsed document and stays the caller's. */
mcp_err mcp__batch_run(struct mcp_call *call, mcp_json array, const struct mcp_peer *peer);
/* True when `sink` belongs to a batch; its calls then are forgotten, or go to `to`. */
bool mcp__batch_cancel(struct mcp_server *s, struct mcp_sink *sink);
bool mcp__batch_redirect(struct mcp_server *s, struct mcp_sink *sink, struct mcp_sink *to);
void mcp__batch_free_all(struct mcp_server *s);

/* session.c: what the session says about a legacy message. */
mcp_err mcp__session_check(struct mcp_call *call, const struct mcp_peer *peer);
mcp_err mcp__session_initialize(struct mcp_call *call, const struct mcp_peer *peer);

/* invoke.c: the caller is not to learn that there is a row with this scope. */
bool mcp__is_hidden(const struct mcp_call *call, const char *scope);
/* Scope, then rate. */
mcp_err mcp__gate(struct mcp_call *call, const char *scope, int32_t cost);
/* Run a handler that may ask the client, here or on a worker. `time_limit_ms` as the row has it. */
mcp_err mcp__run_handler(struct mcp_call *call, struct mcp__handler h, int64_t time_limit_ms);
/* call->row and call->arguments are set. */
mcp_err mcp__invoke(struct mcp_call *call);

/* method.c: is it there, for a server with these rows? then run it. */
bool mcp__method_is_served(const struct mcp_server *s, enum mcp__method method);
mcp_err mcp__method_run(struct mcp_call *call, enum mcp__method method);
/* Write the capabilities object of a revision. */
void mcp__method_put_capabilities(struct mcp_json_writer *w, const struct mcp_server *s,
                                  enum mcp__rev rev);

/* ui.c: MCP Apps. After all other rows. */
mcp_err mcp__ui_init(struct mcp_server *s, const struct mcp__complaint *c);
bool mcp__ui_is_page(const struct mcp_resource *r);
bool mcp__ui_is_shown(struct mcp_call *call); /* the client declared it */
void mcp__ui_put_tool(struct mcp_json_writer *w, const struct mcp_tool *t);
void mcp__ui_put_page(struct mcp_json_writer *w, const char *meta, const char *ui);
/* resource.c: some row serves this URI. */
bool mcp__resources_serve(const struct mcp__resources *t, mcp_str uri);

/* version.c: count a change. */
void mcp__version_bump(struct mcp_server *s, unsigned what, mcp_str uri);

/* identity.c. False when out of memory. */
bool mcp__identity_take(struct mcp_server *s, const struct mcp_server_options *opt);
void mcp__identity_print_hello(struct mcp_server *s, const struct mcp_server_options *opt,
                               enum mcp__rev rev);

/* content.c. `has_annotations` false: only _meta. */
void mcp__content_put_notes(struct mcp_json_writer *w, const struct mcp_annotations *n,
                            enum mcp__rev rev, bool has_annotations);
/* Append formatted text; any failure is the buffer's. */
void mcp__format(struct mcp_buf *b, const char *fmt, va_list args) MCP_FORMAT(2, 0);

/* trace.c: what `_meta`, or else HTTP, says of the trace: carried as it is, never a reason to
 * refuse (basic/index "_meta"). */
void mcp__trace_read(struct mcp_call *call, mcp_json meta, const struct mcp_http_claims *http);

/* notice.c: the level of this name. */
bool mcp__level_read(mcp_json v, int *ret);
/* Say what a handler has to say before its end; the call has a sink. */
void mcp__call_say(struct mcp_call *call, mcp_str message, bool is_progress);

/* timer.c: the step that mcp_call_after() set, if any, is due at once. */
void mcp__step_hurry(struct mcp_call *call);

/* server.c: what mcp_server_free() does once no call is with the executor. */
void mcp__server_release(struct mcp_server *s);
/* One message, alone or from an array. */
void mcp__server_receive(struct mcp_server *s, mcp_str message, const struct mcp_peer *peer,
                         struct mcp_sink *sink, bool is_batched);

/* call.c: the calls that answer to one sink. */
void mcp__calls_forget(struct mcp_server *s, const void *sink);
void mcp__calls_dismiss(struct mcp_server *s, const void *sink);
void mcp__calls_redirect(struct mcp_server *s, const struct mcp_sink *sink, struct mcp_sink *to);

#endif
