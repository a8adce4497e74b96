/* transport/stdio.h - MCP over standard input and output: one message per line.
 *
 * stdout carries protocol and nothing else. libc only: no libwebsockets, no libuv. */
#ifndef MCP_TRANSPORT_STDIO_H
#define MCP_TRANSPORT_STDIO_H

#include <mcp/server.h>
#include <transport/workers.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mcp_stdio_options {
    int in_fd, out_fd;              /* both zero: 0 and 1 */
    size_t line_bytes_max;          /* 4 MiB; a longer line is answered -32700 and skipped to its
                                       newline */
    size_t calls_max;               /* 256 requests in flight; then reading pauses */
    struct mcp_principal principal; /* who the parent process is */
    int wake_fd;                    /* readable when on_wake should run, which empties it;
                                       0: none */
    void (*on_wake)(void *user);
    /* runs at the end of every turn, before waiting; NULL: none */
    void (*on_turn)(void *user);
    void *user;
    struct mcp_workers *workers; /* the pool that is the server's executor; NULL: none. While it
                                    serves, it looks after the pool's wake-ups */
    int64_t drain_ms;            /* 10,000: how long calls may go on after the end of input */
};

/* Serve until end of file (finishing calls that are under way, and handlers that still run on
 * workers, at most drain_ms), a broken pipe or SIGTERM or SIGINT (the same grace; a second one: at
 * once). While it serves, this thread blocks
 * the two signals and ignores SIGPIPE: threads started earlier should block them, too, or they end
 * the process as by default. Returns the process exit code: 0, or 74 (EX_IOERR) when reading or
 * writing failed. */
MCP_API int mcp_stdio_serve(struct mcp_server *server, const struct mcp_stdio_options *opt);

#ifdef __cplusplus
}
#endif
#endif
