/* mcp/schema.h - JSON Schema 2020-12: compile once, check often.
 *
 * Compiled when the server starts, bounded in depth, subschemas and steps; `$ref` only inside the
 * document, never the network. Patterns are PCRE2 with match limits. A compiled schema is
 * read-only: any thread may check with it. */
#ifndef MCP_SCHEMA_H
#define MCP_SCHEMA_H

#include <mcp/arena.h>
#include <mcp/error.h>
#include <mcp/json.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mcp_schema;

struct mcp_schema_options {
    bool allow_unknown; /* unknown keywords and formats are annotations; else a compile error */
    const char *start;  /* JSON Pointer of the subschema to check with, "/$defs/Tool"; NULL: root */
};

struct mcp_schema_error {
    char path[256]; /* JSON Pointer into the instance (check) or the schema (compile); "" is the
                       root; cut at a whole segment when longer */
    char rule[64];  /* the keyword: "minLength"; "unknown" names no keyword of ours */
    char text[256]; /* one sentence: "must be at least 1 character long" */
};

/* Compile `text`. Returns NULL on failure with *reterr filled; NULL reterr is allowed. Unknown
 * keywords are an error unless allowed. The caller releases it with mcp_schema_free(). */
MCP_API struct mcp_schema *mcp_schema_new(mcp_str text, const struct mcp_schema_options *opt,
                                          struct mcp_schema_error *reterr);
MCP_API void mcp_schema_free(struct mcp_schema *s); /* NULL is a no-op */

/* True when `instance` conforms. Otherwise *reterr (NULL allowed) names the first rule broken in
 * document order. `scratch` holds temporary text; its failure makes the check fail with rule
 * "memory". More than the built-in step limit fails with rule "steps". */
MCP_API bool mcp_schema_check(const struct mcp_schema *s, mcp_json instance,
                              struct mcp_arena *scratch, struct mcp_schema_error *reterr);

/* The parsed schema document, for reading `properties` and the like. Lives with the schema. */
MCP_API mcp_json mcp_schema_json(const struct mcp_schema *s);

#ifdef __cplusplus
}
#endif
#endif
