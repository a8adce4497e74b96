/* rest/docs.h - an OpenAPI document as something to read: a page for people, a text for models.
 *
 * Both are written from the parsed document alone, once. The page has no script and loads nothing;
 * every text of the document is escaped, so that it is text on the page whatever it holds. Pure. */
#ifndef REST_DOCS_H
#define REST_DOCS_H

#include <mcp/arena.h>
#include <mcp/buf.h>
#include <mcp/json.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Append the page (HTML, UTF-8). Failure is the buffer's or the arena's. What the document lacks is
 * left out. */
void rest_docs_write(mcp_json document, struct mcp_arena *arena, struct mcp_buf *out);

/* The Content-Security-Policy that the page works under: its own style sheet by hash, and nothing
 * else. In `arena`; NULL without memory. */
const char *rest_docs_csp(struct mcp_arena *arena);

/* Append the page of error codes: what each means, under its own anchor. */
void rest_errors_write(mcp_json document, struct mcp_arena *arena, struct mcp_buf *out);

/* Append the text (Markdown, llmstxt.org). */
void rest_llms_write(mcp_json document, struct mcp_arena *arena, struct mcp_buf *out);

#ifdef __cplusplus
}
#endif
#endif
