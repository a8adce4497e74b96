/* rest/service.h - what a struct rest holds; private to rest/. */
#ifndef REST_SERVICE_H
#define REST_SERVICE_H

#include <rest/route.h>

struct rest {
    struct mcp_server *server;
    const struct rest_route *rows;
    struct mcp_arena arena;      /* what is made once, when the service starts */
    struct mcp_http_route *http; /* for the transport; ends with {0}; in the arena */
};

#endif
