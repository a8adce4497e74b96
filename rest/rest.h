/* rest/rest.h - REST routes over the engine: a row names a tool, and holds no logic.
 *
 * A request that reached rest_handle() was framed, guarded and authenticated by the transport. It
 * is matched against one table (rest/route.c), its path, query and body become the tool's
 * arguments (rest/args.c), the tool runs through the engine's one pipeline - scope, rate limit,
 * input schema, handler - and the outcome becomes a response in the words of the surface it came
 * from (rest/reply.c, rest/surface_*.c). So a request is refused in this order: 401 (transport),
 * 404 or 405 (no such route), 403, 429, 400, and then whatever the tool says.
 *
 * Loop thread only. */
#ifndef REST_REST_H
#define REST_REST_H

#include <mcp/server.h>
#include <transport/http_msg.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rest;

/* Check every row against `server`: its tool exists, every {param} and query name is in the tool's
 * input schema, every required argument can be given, the status is a success. NULL on failure,
 * then `reterr` (at least 1 byte, cut to fit) holds one sentence that names the row. `server` must
 * outlive it; the caller releases it with rest_free(). */
MCP_API struct rest *rest_new(struct mcp_server *server, char *reterr, size_t reterr_bytes);

/* No exchange may be pending. NULL is a no-op. */
MCP_API void rest_free(struct rest *r);

/* A mcp_http_handler_fn; `user` is the struct rest. Answers now or when the tool is done; when the
 * peer goes away first, the tool's call is cancelled. */
MCP_API void rest_handle(void *user, struct mcp_http_exchange *ex);

/* For struct mcp_http_route.refuse: the transport's own no (401, 403, 503) in the words of the
 * surface that the path belongs to. Answers at once. `user` is the struct rest. */
MCP_API void rest_refuse(void *user, struct mcp_http_exchange *ex, mcp_err err);

#ifdef __cplusplus
}
#endif
#endif
