/* transport/http_mcp.h - the MCP endpoint: ladder, sessions, engine, streams. Loop thread only. */
#ifndef MCP_TRANSPORT_HTTP_MCP_H
#define MCP_TRANSPORT_HTTP_MCP_H

#include <transport/http_stream.h>

void mcp__http_mcp_init(struct mcp__http_mcp *m, struct mcp_server *server,
                        const struct mcp_http_options *opt);
/* No exchange may be open any more. */
void mcp__http_mcp_free(struct mcp__http_mcp *m);

/* A request that passed the guard and the auth step; its principal is filled in. */
void mcp__http_mcp_handle(struct mcp__http_mcp *m, struct mcp_http_exchange *ex);

int64_t mcp__http_mcp_tick(struct mcp__http_mcp *m);
/* End the streams that belong to no call. */
void mcp__http_mcp_drain(struct mcp__http_mcp *m);

#endif
