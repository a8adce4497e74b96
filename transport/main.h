/* transport/main.h - a whole server from one struct: what examples/hello.c uses. */
#ifndef MCP_TRANSPORT_MAIN_H
#define MCP_TRANSPORT_MAIN_H

#include <mcp/extension.h>
#include <mcp/principal.h>
#include <mcp/prompt.h>
#include <mcp/resource.h>
#include <mcp/tool.h>
#include <transport/http_msg.h>
#include <transport/system.h>
#include <transport/workers.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mcp_server_options;
struct mcp_server;

/* A descriptor of the program's own in the loop that serves: an inotify descriptor, a timerfd, an
 * eventfd that its threads write, an epoll descriptor over many. */
struct mcp_watch {
    int fd;
    /* Runs on the loop whenever `fd` can be read, or is broken, and has to empty it; may call what
     * the loop may, mcp_server_changed() for one. `user` is the program's. NULL: none. */
    void (*fn)(struct mcp_server *server, void *user);
};

/* A program: its names, its rows, what its handlers get as `user`. All of it is constant while it
 * runs. Zero members: none. */
struct mcp_program {
    const char *name, *version, *title, *instructions;
    /* Tables that end with {0}; NULL: none. */
    const struct mcp_tool *tools;
    const struct mcp_resource *resources;
    const struct mcp_prompt *prompts;
    void *user;
    const struct mcp_tool_set *more_tools; /* each with a `user` of its own; at most 15 */
    size_t n_more_tools;
    const struct mcp_extension *const *extensions; /* `n_extensions`, each a row of its own */
    size_t n_extensions;
    bool has_logging;            /* handlers use mcp_call_log() */
    unsigned announces;          /* enum mcp_change bits: see mcp_server_changed() */
    struct mcp_watch watch;      /* from the first message to the last; not with --call */
    struct mcp_http_mount mount; /* with --http: what is served besides MCP */
    mcp_verify_fn *verify;       /* with --http: whose bearer token it is; NULL: --token-file's,
                                    or everybody may do everything */
    void *verify_user;
    /* What is not named above: limits, caching, icons. Names, tables, clock, log and executor of it
     * are not read. NULL: defaults. */
    const struct mcp_server_options *options;
    struct mcp_workers_options workers; /* a pool is made when a row is blocking; --workers and
                                           --workers-queue go first */
    int64_t drain_ms;                   /* how long calls may go on at the end; 0: 10,000 */
};

/* Serve `program` as the command line says: --stdio (default) or --http=ADDRESS:PORT
 * (port 0: any), --ready-fd=N, --token-file=FILE (one bearer token that HTTP callers must send),
 * --workers=N, --workers-queue=N, --help, --version; or run one tool: --call TOOL NAME=VALUE ...
 * (--call alone lists them). Returns the process exit code (0 done, 1 the tool said no, 64 usage,
 * 69 cannot listen, 70 a bad row or mount). When blocking handlers have not returned drain_ms and a
 * second after the end began, it says so in the log and does not return but ends the process with
 * _exit() and that code: they may use what the caller would free. */
MCP_API int mcp_main(int argc, char **argv, const struct mcp_program *program);

#ifdef __cplusplus
}
#endif
#endif
