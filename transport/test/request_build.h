/* transport/test/request_build.h - a request as values from a few lines of text, for pure tests. */
#ifndef MCP_TRANSPORT_TEST_REQUEST_BUILD_H
#define MCP_TRANSPORT_TEST_REQUEST_BUILD_H

#include <transport/http_msg.h>

struct request {
    struct mcp_http_request req;
    struct mcp_http_header headers[32];
};

/* "Name: value\n" lines; the last newline may be missing. Slices point into `lines`. */
static inline void request_build(struct request *r, enum mcp_http_method method, const char *lines)
{
    mcp_str rest = mcp_str_c(lines);

    *r = (struct request){{.method = method, .headers = r->headers}, {{{0}, {0}}}};
    while (rest.len && r->req.n_headers < 32) {
        mcp_str value = mcp_str_cut(&rest, '\n');
        mcp_str name = mcp_str_cut(&value, ':');

        r->headers[r->req.n_headers++] = (struct mcp_http_header){name, mcp_str_trim(value)};
    }
}

#endif
