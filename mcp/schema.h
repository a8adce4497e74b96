/* mcp/schema.h - JSON Schema 2020-12: compile once, check often.
 *
 * All of core, applicator, unevaluated, validation, meta-data, format and content. Compiled when
 * the server starts, bounded in depth, subschemas and steps. `$ref` leads into the document or
 * into another that the caller registered, never to the network; the 2020-12 meta-schema is such
 * another document. Patterns are PCRE2 with match limits. A compiled schema is read-only: any
 * thread may check with it. */
#ifndef MCP_SCHEMA_H
#define MCP_SCHEMA_H

#include <mcp/arena.h>
#include <mcp/error.h>
#include <mcp/json.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A compiled schema. */
struct mcp_schema;

/* Another document that references and `$schema` may lead to. Embedded resources and anchors in it
 * are found once it has been. */
struct mcp_schema_source {
    mcp_str uri; /* absolute, without a fragment; what the document's own `$id` resolves against */
    mcp_str text;
};

/* How to compile; all zero is strict. */
struct mcp_schema_options {
    bool allow_unknown; /* unknown keywords, formats and `$schema` are annotations; else a compile
                           error */
    const char *start;  /* JSON Pointer of the subschema to check with, "/$defs/Tool"; NULL: root */
    const char *uri;    /* what the document's `$id` and references resolve against; NULL: "" */
    const struct mcp_schema_source *sources; /* read by mcp_schema_new() only */
    size_t n_sources;
    bool annotate_formats; /* `format` is checked only where a `$schema` with the vocabulary
                              format-assertion asks for it; else always */
};

/* The first rule that was broken. */
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
