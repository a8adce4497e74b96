/* tools/pool_resource.h - pools as MCP resources: their rows; see pool_uri.h for the names. */
#ifndef CISTERN_TOOLS_POOL_RESOURCE_H
#define CISTERN_TOOLS_POOL_RESOURCE_H

#include <mcp/resource.h>

/* Ends with {0}; their user is a struct tools. Contents are what the REST twin answers:
 *   pool://                                    GET /api/v1/pools
 *   pool://{connectionId}                      GET /api/v1/pools/{connection}
 *   pool://{connectionId}/{creditType}         the same with ?creditType=
 *   pool://{connectionId}/{creditType}/history GET /api/v1/pools/{connection}/history?creditType=
 * Another owner's pool, and another spelling of one's own, are not found. */
extern const struct mcp_resource pool_resources[];

#endif
