/* rest/docs_part.h - private: the parts of the page and what they share. */
#ifndef REST_DOCS_PART_H
#define REST_DOCS_PART_H

#include <rest/docs.h>

enum { REST__FIELDS_DEPTH_MAX = 8 };

struct rest__page {
    struct mcp_buf *out;
    struct mcp_arena *arena; /* temporary texts */
    mcp_json document;
    mcp_json within[REST__FIELDS_DEPTH_MAX + 1]; /* the schemas whose fields are being said */
};

/* ---- docs.c ---- */

/* The style sheet of the frame, which the policy of rest_docs_csp() lets through. */
mcp_str rest__docs_style(void);

/* ---- docs_html.c: what stands on the page ---- */

/* Markup of ours: a literal, so that nothing else gets there unescaped. */
#define REST__HTML(p, literal) mcp_buf_add((p)->out, MCP_STR(literal))

/* Text, also inside a quoted attribute. */
void rest__html_text(struct rest__page *p, mcp_str text);
/* A JSON value as indented text. */
void rest__html_json(struct rest__page *p, mcp_json value);
/* The string member `name` of an object, as text; nothing when it is none. */
void rest__html_member(struct rest__page *p, mcp_json object, const char *name);

/* The string `v` unescaped, in the arena; empty for anything else. */
mcp_str rest__page_str(struct rest__page *p, mcp_json v);
/* Follow "$ref": "#/..." inside the document, a bounded number of times; `v` itself when it is no
 * reference, absent when it leads nowhere. */
mcp_json rest__page_follow(struct rest__page *p, mcp_json v);

/* ---- docs_schema.c ---- */

/* "string or array of string" */
void rest__docs_type(struct rest__page *p, mcp_json schema);
/* What else is said about a value: bounds, format, choices, its description. */
void rest__docs_about(struct rest__page *p, mcp_json schema);
/* The fields of an object, or of the objects in an array, and of what they hold. `is_input`: what
 * is required is marked; else what is optional is. */
void rest__docs_fields(struct rest__page *p, mcp_json schema, bool is_input);
/* Write a value that fits the schema: its example, its only choice, or something of its type. */
void rest__docs_example(struct rest__page *p, mcp_json schema, struct mcp_json_writer *w);
/* The first of `examples`, `const`, the first of `enum`, `default`; absent when there is none. */
mcp_json rest__docs_given_example(struct rest__page *p, mcp_json schema);

/* ---- docs_command.c ---- */

/* The operation asks for a credential. */
bool rest__docs_needs_token(mcp_json operation);
/* The schema of its JSON body; absent when it takes none. */
mcp_json rest__docs_body_schema(struct rest__page *p, mcp_json operation);
/* A curl line. */
void rest__docs_command(struct rest__page *p, mcp_json path, mcp_json operation);

/* ---- docs_operation.c ---- */

/* Call `each` for every operation with the tag, in the order of the document. */
void rest__docs_each(struct rest__page *p, mcp_json tag,
                     void (*each)(struct rest__page *p, mcp_json path, mcp_json operation));
/* One operation of the document: words, command, arguments, answers. `path` and `operation` are
 * members (mcp_json_key gives path and method). */
void rest__docs_operation(struct rest__page *p, mcp_json path, mcp_json operation);
/* The ways any request can be refused: what the pages of the service answer with. */
void rest__docs_defaults(struct rest__page *p);

#endif
