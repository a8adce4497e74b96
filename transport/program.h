/* transport/program.h - private: the one bearer token of a program that mcp_main() serves. */
#ifndef MCP_TRANSPORT_PROGRAM_H
#define MCP_TRANSPORT_PROGRAM_H

#include <transport/http.h>

struct mcp__token {
    uint8_t hash[32];
};

/* Read the token from a file that others may not read. False: `reterr` says why, without the
 * content. */
bool mcp__token_read(struct mcp__token *ret, const char *path, char *reterr, size_t reterr_bytes);

/* An mcp_verify_fn over a struct mcp__token: everything or nothing. */
mcp_err mcp__token_verify(void *user, mcp_str credential, struct mcp_principal *ret);

#endif
