/* mcp/content.h - what results are made of: text, images, audio, links, resources.
 *
 * One set of functions for three kinds of handler. In a tool each call adds one block to the
 * result; in a prompt one message (see mcp_role()); in a resource's read handler one entry of its
 * contents. What a revision does not have becomes a line of text there (audio before 2025-03-26,
 * links before 2025-06-18). Everything is copied during the call. Each returns MCP_OK or
 * MCP_E_OVERLOADED (over the budget of the call), so a handler can end with `return
 * mcp_image(...)`. On the thread that the handler runs on (call.h "Workers"). Sources: MCP
 * server/tools "Tool Result", server/prompts "PromptMessage", server/resources "Resource Contents".
 */
#ifndef MCP_CONTENT_H
#define MCP_CONTENT_H

#include <mcp/error.h>
#include <mcp/str.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mcp_call;
struct mcp_resource;

/* Whom content is for; bits. */
enum mcp_audience { MCP_FOR_USER = 1, MCP_FOR_ASSISTANT = 2 };

/* What can be said about content, and about a resource; zero members are not sent. */
struct mcp_annotations {
    unsigned audience;         /* enum mcp_audience bits */
    int32_t priority_micro;    /* 1..1,000,000: from optional to required; 0: not said */
    const char *last_modified; /* "2026-06-17T08:02:11Z" (from 2025-06-18 on) */
    const char *meta;          /* `_meta`: JSON text of an object (from 2025-06-18 on) */
};

/* Add a text block, formatted. Any length; bytes that are not UTF-8 become U+FFFD. As in printf(3)
 * %s and %.*s end at a NUL, which JSON text may hold: give mcp_text_as() what a peer sent. */
MCP_API mcp_err mcp_text(struct mcp_call *call, const char *fmt, ...) MCP_FORMAT(2, 3);
/* The same for text that is there already; `notes` may be NULL, here and below. */
MCP_API mcp_err mcp_text_as(struct mcp_call *call, mcp_str text,
                            const struct mcp_annotations *notes);

/* Add raw bytes (the engine does base64): an image or a sound with its MIME type ("image/png",
 * "audio/wav"). In a read handler: a blob of that type. */
MCP_API mcp_err mcp_image(struct mcp_call *call, mcp_str bytes, const char *mime_type,
                          const struct mcp_annotations *notes);
MCP_API mcp_err mcp_audio(struct mcp_call *call, mcp_str bytes, const char *mime_type,
                          const struct mcp_annotations *notes);

/* Add a resource itself: text, or raw bytes. In a read handler: one entry of the contents. An
 * empty `uri` is the one being read, a NULL `mime_type` then that of its row. */
MCP_API mcp_err mcp_embed_text(struct mcp_call *call, mcp_str uri, const char *mime_type,
                               mcp_str text, const struct mcp_annotations *notes);
MCP_API mcp_err mcp_embed_blob(struct mcp_call *call, mcp_str uri, const char *mime_type,
                               mcp_str bytes, const struct mcp_annotations *notes);

/* Add a link to a resource, which need not be listed; `link` needs uri and name. In a handler that
 * lists (struct mcp_resource.list): the resource. REST and the shell get none from a tool that has
 * an output schema: its structured result is their answer. */
MCP_API mcp_err mcp_link(struct mcp_call *call, const struct mcp_resource *link);

/* Prompts: who says the messages that follow. The user, until told otherwise. */
enum mcp_role { MCP_ROLE_USER, MCP_ROLE_ASSISTANT };
MCP_API void mcp_role(struct mcp_call *call, enum mcp_role role);

#ifdef __cplusplus
}
#endif
#endif
