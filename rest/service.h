/* rest/service.h - what a struct rest holds; private to rest/. */
#ifndef REST_SERVICE_H
#define REST_SERVICE_H

#include <rest/route.h>

/* A public page that is the same for everybody; made when the service starts. */
struct rest__shown {
    const char *path, *type, *csp;
    struct mcp_buf body;
    char etag[40];
};
enum { REST__OPENAPI, REST__DOCS, REST__LLMS, REST__ERRORS, REST__SHOWN };

struct rest {
    struct mcp_server *server;
    const struct rest_route *rows;
    struct mcp_arena arena;              /* what is made once, when the service starts */
    struct mcp_http_route *http;         /* for the transport; ends with {0}; in the arena */
    const struct rest_route **http_rows; /* what each was made for */
    struct rest__shown shown[REST__SHOWN];
};

/* Make the pages. False: `reterr` holds one sentence. */
bool rest__site_make(struct rest *r, const struct rest_options *opt, char *reterr,
                     size_t reterr_bytes);
void rest__site_free(struct rest *r);

/* Answer a request for one of them: a mcp_http_handler_fn; `user` is the struct rest. */
void rest__site_handle(void *user, struct mcp_http_exchange *ex);

#endif
