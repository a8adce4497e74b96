/* transport/listen.h - listening sockets: TCP and Unix, as plain descriptors. Private.
 *
 * Addresses are "127.0.0.1:8080", "[::1]:0", "localhost:8080" (IPv4 loopback), "unix:/path", or
 * "fd:3", a listening socket of either kind that this process was started with (socket activation).
 * Names are not resolved. */
#ifndef MCP_TRANSPORT_LISTEN_H
#define MCP_TRANSPORT_LISTEN_H

#include <mcp/str.h>

struct mcp__listen {
    int fd; /* -1: closed */
    bool is_unix;
    bool is_inherited; /* whoever opened it removes the file of a Unix socket */
    char address[128]; /* with the real port, or "unix:/path" */
};

/* Bind and listen. `allow_public`: also on an address that is not loopback. On failure false, and
 * `reterr` holds one sentence. A Unix socket gets mode 0600; a stale one, on which nobody listens,
 * is replaced. */
bool mcp__listen_open(struct mcp__listen *l, const char *address, bool allow_public, char *reterr,
                      size_t reterr_bytes);
/* Whether it is an address to open; what the system says is not asked. */
bool mcp__listen_check(const char *address, bool allow_public, char *reterr, size_t reterr_bytes);
/* Close it; a Unix socket's file is removed. A closed one is a no-op. */
void mcp__listen_close(struct mcp__listen *l);
/* The next connection, non-blocking, or -1 with errno. `peer` is its address as text. */
int mcp__listen_accept(const struct mcp__listen *l, char peer[64]);

#endif
