/* mcp/era.h - private: protocol revisions, and what exists in which, as data.
 *
 * "Legacy" is the `initialize` handshake with a session, "modern" is 2026-07-28: stateless, the
 * revision named in every request (MCP 2026-07-28 basic/versioning). Pure tables. */
#ifndef MCP_ERA_H
#define MCP_ERA_H

#include <mcp/error.h>
#include <mcp/str.h>

enum mcp__rev {
    MCP__REV_2024_11_05,
    MCP__REV_2025_03_26,
    MCP__REV_2025_06_18,
    MCP__REV_2025_11_25,
    MCP__REV_2026_07_28,
    MCP__REV_COUNT,
    MCP__REV_NONE = MCP__REV_COUNT /* not known: nothing was negotiated or claimed */
};

#define MCP__REV_NEWEST_LEGACY MCP__REV_2025_11_25

/* Sets of revisions. */
#define MCP__BIT(rev)    (1U << (rev))
#define MCP__SINCE(rev)  (0x1fU & ~(MCP__BIT(rev) - 1U))
#define MCP__UNTIL(rev)  (MCP__BIT((rev) + 1) - 1U)
#define MCP__LEGACY_REVS MCP__UNTIL(MCP__REV_2025_11_25)
#define MCP__MODERN_REVS MCP__BIT(MCP__REV_2026_07_28)
#define MCP__EVERY_REV   (MCP__LEGACY_REVS | MCP__MODERN_REVS)

/* "2025-11-25"; NULL for MCP__REV_NONE. */
const char *mcp__rev_name(enum mcp__rev rev);
/* The revision of exactly this name, or MCP__REV_NONE. */
enum mcp__rev mcp__rev_find(mcp_str name);

static inline bool mcp__rev_in(enum mcp__rev rev, unsigned set)
{
    return rev < MCP__REV_COUNT && (set & MCP__BIT(rev)) != 0;
}

/* What a revision has on the wire beside its methods. */
enum mcp__field {
    MCP__FIELD_BATCH,              /* arrays of messages */
    MCP__FIELD_ANNOTATIONS,        /* Tool.annotations */
    MCP__FIELD_TITLE,              /* Tool.title, Implementation.title */
    MCP__FIELD_OUTPUT_SCHEMA,      /* Tool.outputSchema */
    MCP__FIELD_STRUCTURED,         /* CallToolResult.structuredContent */
    MCP__FIELD_PROGRESS_MESSAGE,   /* ProgressNotification.params.message */
    MCP__FIELD_RESULT_TYPE,        /* Result.resultType, and _meta serverInfo in every result */
    MCP__FIELD_CACHE,              /* ttlMs and cacheScope on discover and lists */
    MCP__FIELD_NULL_ID,            /* an unreadable id is echoed as null, not left out */
    MCP__FIELD_ICONS,              /* icons; Implementation.description and websiteUrl */
    MCP__FIELD_META,               /* _meta of tools, prompts, resources, content */
    MCP__FIELD_LAST_MODIFIED,      /* Annotations.lastModified */
    MCP__FIELD_AUDIO,              /* audio content */
    MCP__FIELD_RESOURCE_LINK,      /* resource_link content */
    MCP__FIELD_ANY_STRUCTURED,     /* outputSchema and structuredContent need not be objects */
    MCP__FIELD_COMPLETION_CONTEXT, /* CompleteRequest.params.context */
    MCP__FIELD_COMPLETIONS,        /* ServerCapabilities.completions */
    MCP__FIELD_COUNT
};
bool mcp__era_has(enum mcp__rev rev, enum mcp__field field);

/* Requests and the revisions that know them. */
enum mcp__method {
    MCP__METHOD_INITIALIZE,
    MCP__METHOD_PING,
    MCP__METHOD_DISCOVER,
    MCP__METHOD_TOOLS_LIST,
    MCP__METHOD_TOOLS_CALL,
    MCP__METHOD_RESOURCES_LIST,
    MCP__METHOD_TEMPLATES_LIST,
    MCP__METHOD_RESOURCES_READ,
    MCP__METHOD_PROMPTS_LIST,
    MCP__METHOD_PROMPTS_GET,
    MCP__METHOD_COMPLETE,
    MCP__METHOD_SET_LEVEL,
    MCP__METHOD_LISTEN,
    MCP__METHOD_SUBSCRIBE,
    MCP__METHOD_UNSUBSCRIBE,
    MCP__METHOD_COUNT,
    MCP__METHOD_NONE = MCP__METHOD_COUNT
};
/* The method of that name in that revision, or MCP__METHOD_NONE. */
enum mcp__method mcp__era_method(enum mcp__rev rev, mcp_str name);

/* Some revision has a method of that name. */
bool mcp__era_knows_method(mcp_str name);

/* Where the modern era's Mcp-Name header takes its value from: the member of `params`, "name" or
 * "uri"; NULL when the method has no such header. Known for methods not served, too. */
const char *mcp__era_name_member(mcp_str method);

/* The outcome table seen from a revision (mcp/legacy.c): which outcome the wire shows for `err`,
 * with which JSON-RPC code (of an outcome that is shown) and HTTP status. */
mcp_err mcp__legacy_err(enum mcp__rev rev, mcp_err err);
int mcp__legacy_code(enum mcp__rev rev, mcp_err err);
int mcp__legacy_http_status(enum mcp__rev rev, mcp_err err);

#endif
