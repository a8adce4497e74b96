/* rest/openapi.h - the OpenAPI 3.1 document of a service, made from its rows.
 *
 * Routes say path, method, success and surface; the tools they name say title, description, input
 * schema (split into path, query and body), output schema, scope, hints and ways to fail;
 * mcp/errors.def and the surface say status, code and envelope of each failure; the server says
 * its name and version. Nothing is stated here that a row could say. Pure. */
#ifndef REST_OPENAPI_H
#define REST_OPENAPI_H

#include <mcp/arena.h>
#include <mcp/buf.h>
#include <rest/rest.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The paths of this document and of what is made from it. */
extern const struct rest_page rest_own_pages[];

/* Append the document to `out`; the rows have been checked (rest_routes_check). Temporary memory
 * comes from `arena`. False: `reterr` holds one sentence, about a row that cannot be described or
 * about memory. */
bool rest_openapi_write(const struct mcp_server *server, const struct rest_options *opt,
                        struct mcp_arena *arena, struct mcp_buf *out, char *reterr,
                        size_t reterr_bytes);

#ifdef __cplusplus
}
#endif
#endif
