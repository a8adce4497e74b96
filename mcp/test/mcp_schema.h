/* mcp/test/mcp_schema.h - does a message conform to its revision's own JSON Schema?
 *
 * Reads ../shared/data/mcp-schema/<revision>.json, which is not part of this repository; when it
 * is absent the checks print so once and pass. Link with dep_t_schema. */
#ifndef MCP_TEST_MCP_SCHEMA_H
#define MCP_TEST_MCP_SCHEMA_H

#include <mcp/json.h>
#include <mcp/schema.h>
#include <mcp/str.h>

/* The schema text of a revision ("2025-06-18"), kept until exit; ptr NULL when absent. */
mcp_str mcp_schema_file(const char *revision);

/* Assert that `text` is JSON and conforms to the definition ("CallToolResult",
 * "JSONRPCResponse") of that revision. An unknown definition fails, too. */
void t_conforms(const char *revision, const char *definition, mcp_str text);

/* The same without asserting: false with *reterr filled when it does not conform. */
bool t_conforms_or(const char *revision, const char *definition, mcp_str text,
                   struct mcp_schema_error *reterr);

/* Assert that `v` conforms to a definition of task_schema.json, our own: what the tasks extension
 * puts on the wire, the protocol's files do not know. */
void t_task_conforms(const char *definition, mcp_json v);
/* And that what a task carries is what the protocol's file says of it. */
void t_task_carries(mcp_json task);

#endif
