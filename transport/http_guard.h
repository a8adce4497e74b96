/* transport/http_guard.h - DNS rebinding and foreign pages: Host, Origin and CORS. Pure.
 *
 * MCP "Security Warning" of basic/transports: servers MUST validate Origin; an invalid one is 403
 * (2025-11-25). Host is checked as well, because a rebinding page may leave Origin out. */
#ifndef MCP_TRANSPORT_HTTP_GUARD_H
#define MCP_TRANSPORT_HTTP_GUARD_H

#include <transport/http_msg.h>

struct mcp__http_guard {
    const char *allowed_hosts;   /* comma list: "name" with any port, or "name:port"; may be NULL */
    const char *allowed_origins; /* comma list: "https://app.example"; may be NULL */
    bool is_unix;                /* any Host */
};

/* Exactly one Host that is loopback or allowed, and no Origin or exactly one that is loopback or
 * allowed. "null" (a sandboxed page or a file) is nobody. */
bool mcp__http_guard_check(const struct mcp__http_guard *g, const struct mcp_http_request *req);

/* The first half of it. */
bool mcp__http_guard_check_host(const struct mcp__http_guard *g,
                                const struct mcp_http_request *req);

/* A CORS preflight (Fetch "CORS-preflight request"). */
bool mcp__http_guard_is_preflight(const struct mcp_http_request *req);

enum { MCP__PREFLIGHT_BYTES = 1024 };

/* Fill in the 204 that answers it. `methods` is the Access-Control-Allow-Methods value; `room`
 * holds the formatted header names and must outlive the response. */
void mcp__http_guard_preflight(const struct mcp_http_request *req, const char *methods,
                               char room[MCP__PREFLIGHT_BYTES], struct mcp_http_response *ret);

#endif
