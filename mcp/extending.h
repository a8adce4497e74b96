/* mcp/extending.h - private: the extensions of a server, found by name. See extension.h. */
#ifndef MCP_EXTENDING_H
#define MCP_EXTENDING_H

#include <mcp/engine.h>
#include <mcp/extension.h>

enum {
    MCP__DECLARED_BYTES_MAX = 4096,    /* what a session remembers of its client's extensions */
    MCP__DECLARED_IN_BYTES = 128 << 10 /* the same, read */
};

/* A method, and whose it is; `method` NULL: none. */
struct mcp__extension_method {
    const struct mcp_extension *extension;
    const struct mcp_method *method;
};

/* Check and take the rows of `opt`. INTERNAL or OVERLOADED with a complaint. */
mcp_err mcp__extensions_init(struct mcp_server *s, const struct mcp_server_options *opt,
                             const struct mcp__complaint *c);
/* Some method of theirs is blocking. */
bool mcp__extensions_blocking(const struct mcp_server_options *opt);
/* The extension of exactly this id, or NULL. */
const struct mcp_extension *mcp__extension_find(const struct mcp_server *s, mcp_str id);
struct mcp__extension_method mcp__extension_method(const struct mcp_server *s, enum mcp__rev rev,
                                                   mcp_str name);
/* Some of them can be watched. */
bool mcp__extensions_watched(const struct mcp_server *s);
/* Answer a request with it. */
mcp_err mcp__extension_run(struct mcp_call *call, struct mcp__extension_method m);
/* Write the member "extensions" of ServerCapabilities, if the revision has any. */
void mcp__extensions_put(struct mcp_json_writer *w, const struct mcp_server *s, enum mcp__rev rev);
/* What a legacy session remembers of its client, for a worker: the session may go. OVERLOADED. */
mcp_err mcp__extensions_copy(struct mcp_call *call, mcp_json *ret);
/* Remember what `capabilities` of `initialize` declares. INVALID_PARAMS (too much), OVERLOADED. */
mcp_err mcp__extensions_declared(struct mcp_call *call, struct mcp_session *session,
                                 mcp_json capabilities);

#endif
