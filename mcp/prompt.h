/* mcp/prompt.h - a prompt is one constant row (MCP server/prompts). */
#ifndef MCP_PROMPT_H
#define MCP_PROMPT_H

#include <mcp/content.h>
#include <mcp/tool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One argument of a prompt; its value is a string. */
struct mcp_prompt_argument {
    const char *name;
    const char *title;       /* for people; NULL: none */
    const char *description; /* NULL: none */
    bool is_required;        /* without it: -32602, the handler does not run */
};

/* One prompt. The row and all it points to are constant and outlive the server. */
struct mcp_prompt {
    const char *name;                            /* required, unique */
    const char *title;                           /* for people; NULL: none */
    const char *description;                     /* NULL: none */
    const struct mcp_prompt_argument *arguments; /* ends with {0}; NULL: takes none */
    const char *icons; /* JSON array of Icon, `src` https: or data: (from 2025-11-25); NULL: none */
    const char *meta;  /* `_meta`: JSON text of an object; NULL: none */
    const char *scope; /* needed in the principal; NULL: none */
    int32_t cost;      /* units of the rate limit one use takes; 0 means 1 */

    /* Writes the messages: each mcp_text(), mcp_image() ... is one (content.h); mcp_role() says
     * whose. Arguments are strings: mcp_arg_str(call, "name"); unknown ones are ignored. */
    mcp_tool_fn *fn;
    bool is_blocking;      /* `fn` runs on a worker; as in struct mcp_tool */
    int64_t time_limit_ms; /* of `fn`; likewise. The answer that is late is an error */
    /* Suggests values of arguments (complete.h), on the loop thread; NULL: none. */
    mcp_tool_fn *complete;
};

/* Rows that share one user pointer. */
struct mcp_prompt_set {
    const struct mcp_prompt *rows; /* ends with {0}; must outlive the server */
    void *user;
};

#ifdef __cplusplus
}
#endif
#endif
