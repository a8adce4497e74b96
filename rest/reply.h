/* rest/reply.h - an outcome -> a response in the words of a surface. */
#ifndef REST_REPLY_H
#define REST_REPLY_H

#include <rest/route.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Answer with the tool's structured result, or with its failure. Ends the exchange. */
void rest_reply_outcome(struct mcp_http_exchange *ex, const struct rest_route *route,
                        const struct mcp_outcome *o);

/* Answer a failure that is in mcp/errors.def. `message` empty: the table's words. */
void rest_reply_err(struct mcp_http_exchange *ex, const struct rest_surface *surface, mcp_err err,
                    mcp_str message);

/* Answer one that only HTTP knows: 405, 415. `allow` NULL: no such header. */
void rest_reply_status(struct mcp_http_exchange *ex, const struct rest_surface *surface, int status,
                       const char *code, const char *allow, mcp_str message);

/* 204 with Allow. */
void rest_reply_options(struct mcp_http_exchange *ex, const char *allow);

#ifdef __cplusplus
}
#endif
#endif
