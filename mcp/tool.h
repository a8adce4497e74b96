/* mcp/tool.h - a tool is one constant row; listing, validation, REST, CLI help and docs read it. */
#ifndef MCP_TOOL_H
#define MCP_TOOL_H

#include <mcp/error.h>
#include <mcp/str.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One request under way, what a handler is given; see call.h. */
struct mcp_call;

/* Does the work: reads arguments with mcp_arg_*(), writes a result with mcp_text() or
 * mcp_structured(), returns MCP_OK, or mcp_fail(...), or MCP_PENDING when it will reach
 * mcp_call_done() later. Runs on the loop thread and must not block; that of a row with
 * `is_blocking` runs on a worker and may (call.h "Workers"). `user` is the tool set's. */
typedef mcp_err mcp_tool_fn(struct mcp_call *call, void *user);

enum { MCP_NO_TIME_LIMIT = -1 }; /* of a row */

/* Whether calls become tasks (mcp/task.h): only where the handler says so by mcp_task(), or, if the
 * row is blocking, whenever the client can have one. REQUIRED: a client over MCP that cannot is
 * refused (MISSING_CAPABILITY) before the handler runs; REST and the command line wait. */
enum mcp_task_use { MCP_TASK_NEVER, MCP_TASK_OPTIONAL, MCP_TASK_REQUIRED };

/* ToolAnnotations (MCP 2025-03-26 and later, server/tools). All four are always printed, so zero
 * bits mean what they say: not read-only, not destructive, not idempotent, closed world. */
enum mcp_hints { MCP_READ_ONLY = 1, MCP_DESTRUCTIVE = 2, MCP_IDEMPOTENT = 4, MCP_OPEN_WORLD = 8 };

/* The bit of MCP_E_<name> in struct mcp_tool.fails. */
#define MCP_FAILS(name) ((uint64_t)1 << MCP_E_##name)

/* MCP Apps: who may call a tool. Zero is both. */
enum mcp_ui_visibility { MCP_UI_MODEL = 1, MCP_UI_APP = 2 };

/* The MIME type of a page that shows results. */
#define MCP_UI_MIME_TYPE "text/html;profile=mcp-app"

/* One tool. The row and all it points to are constant and outlive the server; the schemas are
 * compiled, and everything else checked, by mcp_server_new(). Zero members mean what their comment
 * says. */
struct mcp_tool {
    const char *name;          /* 1..64 of [A-Za-z0-9_.-], unique */
    const char *title;         /* for people; NULL: none */
    const char *description;   /* for the model; required */
    const char *input_schema;  /* JSON Schema text, root type object; NULL: takes no arguments */
    const char *output_schema; /* JSON Schema text of the structured result; NULL: unstructured.
                                  Revisions before 2026-07-28 know objects only: another root is
                                  shown to them as {"result": it} */
    const char *icons;   /* JSON array of Icon, `src` https: or data: (from 2025-11-25); NULL */
    const char *meta;    /* `_meta`: JSON text of an object (from 2025-06-18); NULL: none */
    const char *scope;   /* needed in the principal; NULL: none */
    unsigned hints;      /* enum mcp_hints bits */
    int32_t cost;        /* units of the rate limit one call takes; 0 means 1 */
    bool is_hidden;      /* an operation for REST and the CLI, not listed to models and not
                            callable over MCP */
    bool is_blocking;    /* `fn` may sleep, wait and compute for long: it runs on a worker */
    bool goes_to_worker; /* `fn` begins on the loop and goes there by mcp_call_work() */
    /* The caller is answered "took longer" after so much of a run, counted from when it was let
     * in; the handler is told as if it were cancelled, and what it says after that is dropped. A
     * handler on the loop thread can be late only after it has returned MCP_PENDING. 0: the
     * server's; MCP_NO_TIME_LIMIT */
    int64_t time_limit_ms;
    enum mcp_task_use task;
    /* MCP Apps (2026-01-26): told to clients that declared io.modelcontextprotocol/ui; others get
     * the tool without it, and do not see one that is for the page only. Results need content for
     * those all the same. */
    struct {
        const char *resource_uri; /* "ui://..." that a resource row serves; NULL: none */
        unsigned visibility;      /* enum mcp_ui_visibility bits */
    } ui;
    mcp_tool_fn *fn; /* required; a row without name ends the table */
    /* How the handler may end besides well, MCP_FAILS() bits: documents tell of it. What the engine
     * says no to (scope, rate, schema, memory, time) goes without saying */
    uint64_t fails;
};

/* Rows that share one user pointer. */
struct mcp_tool_set {
    const struct mcp_tool *rows; /* ends with {0}; must outlive the server */
    void *user;
};

#ifdef __cplusplus
}
#endif
#endif
