/* tools/source_request.h - what a definition and its values ask for. Pure. */
#ifndef CISTERN_TOOLS_SOURCE_REQUEST_H
#define CISTERN_TOOLS_SOURCE_REQUEST_H

#include <tools/outbox.h>
#include <tools/source.h>

enum {
    SOURCE_HEADERS_MAX = 16,
    SOURCE_TIMEOUT_MS = 10000,
    SOURCE_ANSWER_MAX = 262144 /* bytes, unpacked */
};

struct source_request {
    mcp_str method, url;
    struct outbox_header headers[SOURCE_HEADERS_MAX];
    size_t n_headers;
};

/* NULL, or a clause: what is missing or too much. The strings live in `arena`; secrets are in them.
 */
const char *source_request_fill(mcp_json definition, const struct source_values *v,
                                struct mcp_arena *arena, struct source_request *ret);

/* What a status other than 2xx means, as a sentence for whoever set the source up. */
void source_explain(int http_status, char why[SOURCE_WHY]);

/* "api.example.org:8443" of a definition's URL, before anything is filled in; empty: none. */
mcp_str source_host(mcp_json definition, struct mcp_arena *arena);

#endif
