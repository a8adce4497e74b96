/* mcp/resource.h - a resource, or a family of them, is one constant row (MCP server/resources). */
#ifndef MCP_RESOURCE_H
#define MCP_RESOURCE_H

#include <mcp/content.h>
#include <mcp/tool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How long and for whom an answer may be cached (MCP 2026-07-28 "Caching"). Zero: not at all. */
struct mcp_cache {
    int64_t ttl_ms; /* >= 0 */
    bool is_public; /* the same for every caller, whoever they are */
};

/* One resource, or one family. The row and all it points to are constant and outlive the server. */
struct mcp_resource {
    /* An absolute URI, "doc://manual"; or, with a { in it, an RFC 6570 template (levels 1 to 3, and
     * {/name*}), "doc://manual/{page}": a family, listed by resources/templates/list. A variable
     * matches what expansion can make of a non-empty value: {x} neither / nor ?, {+x} also those;
     * {?x,y} and {&x,y} end a template and take their pairs in any order; they, {/x}, {.x}, {;x}
     * and {#x} may be missing. Values are percent-decoded: a {x} may contain "/" and "..". */
    const char *uri;
    const char *name;        /* required */
    const char *title;       /* for people; NULL: none */
    const char *description; /* NULL: none */
    const char *mime_type;   /* NULL: not said */
    int64_t size_bytes;      /* of the raw contents; 0: not said */
    struct mcp_annotations notes;
    const char *icons; /* JSON array of Icon, `src` https: or data: (from 2025-11-25); NULL: none */
    const char *scope; /* needed in the principal to read it; NULL: none */
    int32_t cost;      /* units of the rate limit one reading takes; 0 means 1 */
    /* Of its contents. With a scope they are never told to be public; what the client was asked for
     * is not cached. */
    struct mcp_cache cache;

    /* MCP Apps: `_meta.ui` of a ui:// row and its contents: JSON text,
     * {"csp":{"connectDomains":[..], "resourceDomains", "frameDomains",
     * "baseUriDomains"},"permissions":{"camera":{},"microphone",
     * "geolocation","clipboardWrite"},"domain":"..","prefersBorder":true}; NULL: nothing. Listed,
     * as all ui:// rows, for clients that declared the extension. A `_meta` that the read handler
     * writes itself takes its place. */
    const char *ui;

    /* Writes the contents: mcp_text() for text of this MIME type, mcp_embed_blob() and so on; see
     * content.h. Template variables are arguments: mcp_arg_str(call, "page"). mcp_call_uri() is
     * what was asked for. When there is no such thing: `return mcp_fail(call, MCP_E_NOT_FOUND,
     * ...)`; nothing written is an empty list, which only the legacy revisions allow. NULL in a
     * link that is not listed. */
    mcp_tool_fn *read;
    bool is_blocking;      /* `read` runs on a worker; as in struct mcp_tool */
    int64_t time_limit_ms; /* of `read`; likewise. The answer that is late is an error */
    /* Suggests values of template variables (complete.h), on the loop thread; NULL: none. */
    mcp_tool_fn *complete;
    /* Of a template: says which of the family there are for this caller, one mcp_link() each, in
     * the same order each time. Runs, on the loop thread, for every page of resources/list that a
     * caller who holds `scope` asks for, and takes `cost` of the rate; only the links of that page
     * are kept. Ends with MCP_OK, STORAGE or OVERLOADED. NULL: none is listed. */
    mcp_tool_fn *list;
};

/* Rows that share one user pointer. */
struct mcp_resource_set {
    const struct mcp_resource *rows; /* ends with {0}; must outlive the server */
    void *user;
};

/* The URI being read, as the client wrote it; empty elsewhere. Lives as long as the call. */
MCP_API mcp_str mcp_call_uri(const struct mcp_call *call);

#ifdef __cplusplus
}
#endif
#endif
