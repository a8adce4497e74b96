/* transport/main.h - a whole server from one struct: what examples/hello.c uses. */
#ifndef MCP_TRANSPORT_MAIN_H
#define MCP_TRANSPORT_MAIN_H

#include <mcp/tool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mcp_program {
    const char *name, *version, *title, *instructions;
    const struct mcp_tool *tools;
    void *user;
};

/* Serve `program` as the command line says: --stdio (default) or --http=ADDRESS:PORT
 * (port 0: any), --ready-fd=N, --token-file=FILE (one bearer token that HTTP callers must send),
 * --help, --version. Returns the process exit code (0 done, 64 usage, 69 cannot listen, 70 a bad
 * row). */
MCP_API int mcp_main(int argc, char **argv, const struct mcp_program *program);

/* The system's clock, and a log that writes lines to standard error. */
struct mcp_clock;
struct mcp_log;
MCP_API void mcp_system_clock(struct mcp_clock *ret);
MCP_API void mcp_stderr_log(struct mcp_log *ret);

#ifdef __cplusplus
}
#endif
#endif
