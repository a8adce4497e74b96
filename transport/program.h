/* transport/program.h - private: what mcp_main() is made of besides main.c. */
#ifndef MCP_TRANSPORT_PROGRAM_H
#define MCP_TRANSPORT_PROGRAM_H

#include <transport/http.h>
#include <transport/workers.h>

/* The one bearer token of --token-file. */
struct mcp__token {
    uint8_t hash[32];
};

/* Read the token from a file that others may not read. False: `reterr` says why, without the
 * content. */
bool mcp__token_read(struct mcp__token *ret, const char *path, char *reterr, size_t reterr_bytes);

/* An mcp_verify_fn over a struct mcp__token: everything or nothing. */
mcp_err mcp__token_verify(void *user, mcp_str credential, struct mcp_principal *ret);

/* main_call.c: --call. Runs the tool argv[0] with NAME=VALUE arguments behind it, or lists the
 * tools; returns the exit code. */
struct mcp__main_call {
    const char *program;
    struct mcp_server *server;
    struct mcp_workers *workers; /* NULL: none */
    int argc;
    char **argv;
};
int mcp__main_call(struct mcp__main_call *c);

#endif
