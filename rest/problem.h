/* rest/problem.h - failures as RFC 9457 problem details, for clients that ask for them. */
#ifndef REST_PROBLEM_H
#define REST_PROBLEM_H

#include <mcp/json.h>
#include <transport/http_msg.h>

#ifdef __cplusplus
extern "C" {
#endif

/* True when Accept names application/problem+json with a weight above zero. A wildcard does not:
 * who did not ask gets the envelope of the surface. */
bool rest_problem_is_wanted(const struct mcp_http_request *req);

/* {"type","title","status","detail","code"}. 429 has the registered type of
 * draft-ietf-httpapi-ratelimit-headers "Problem Types", others about:blank, whose title is the
 * status's own (RFC 9457 4.2.1). */
void rest_problem_write(struct mcp_json_writer *w, int status, mcp_str code, mcp_str message);

#define REST_PROBLEM_TYPE "application/problem+json"
#define REST_PROBLEM_LAST                                                                          \
    "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,"                  \
    "\"detail\":\"no memory for an answer\",\"code\":\"overloaded\"}"

#ifdef __cplusplus
}
#endif
#endif
