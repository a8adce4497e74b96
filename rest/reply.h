/* rest/reply.h - an outcome -> a response in the words of a surface. */
#ifndef REST_REPLY_H
#define REST_REPLY_H

#include <rest/rest.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Answer with the tool's structured result, or with its failure. Ends the exchange. `now_s`:
 * seconds since 1970, for surfaces that tell times (REST_LIMIT_TIME). */
void rest_reply_outcome(struct mcp_http_exchange *ex, const struct rest_route *route,
                        const struct mcp_outcome *o, int64_t now_s);

/* Answer a failure that is in mcp/errors.def. `message` empty: the table's words. */
void rest_reply_err(struct mcp_http_exchange *ex, const struct rest_surface *surface, mcp_err err,
                    mcp_str message);

/* What only HTTP knows to refuse. */
enum { REST_REFUSED_REQUEST, REST_REFUSED_METHOD, REST_REFUSED_MEDIA };
struct rest_refusal {
    int status;
    const char *code, *meaning;
};
extern const struct rest_refusal rest_refusals[];

/* Answer one of them. `allow` NULL: no such header. `message` empty: the table's words. */
void rest_reply_refusal(struct mcp_http_exchange *ex, const struct rest_surface *surface,
                        const struct rest_refusal *refusal, const char *allow, mcp_str message);

/* The surface's word for a failure: its alias, or the code in mcp/errors.def. */
const char *rest_surface_code(const struct rest_surface *surface, mcp_err err);

#define REST_NO_SUCH_PATH "no such path; see /openapi.json or /docs"

/* 204 with Allow. */
void rest_reply_options(struct mcp_http_exchange *ex, const char *allow);

#ifdef __cplusplus
}
#endif
#endif
