/* rest/openapi_part.h - private: the parts of the document and what they share. */
#ifndef REST_OPENAPI_PART_H
#define REST_OPENAPI_PART_H

#include <rest/openapi.h>
#include <rest/route.h>

#define REST__PAGES_TAG "service"

/* A response object that several operations refer to: stated once, under components. */
struct rest__answer {
    struct rest__answer *next;
    mcp_str name, text;
};

struct rest__openapi {
    const struct mcp_server *server;
    const struct rest_options *opt;
    struct mcp_arena *arena;
    struct mcp_json_writer w;
    struct rest__answer *answers;
    bool is_public;             /* the operation at hand: who asks is told no by the tool alone */
    bool has_session;           /* a route takes one as a bearer token */
    unsigned headers;           /* bits of the rows of components/headers that are referred to */
    const char *what, *keyword; /* the schema of `what` cannot be carried because of `keyword` */
};

/* ---- openapi_schema.c ---- */

/* Write a tool's schema, or a part of it, as a value. References inside it ("#/...") lead to
 * `base` ("#/components/schemas/x") instead; members named in the space-separated `skip` (may be
 * NULL) are left out at the top. What cannot be carried (another base URI, an anchor) is noted. */
void rest__openapi_schema(struct rest__openapi *d, mcp_json schema, const char *base,
                          const char *skip);

/* Where the references of a tool's input or output schema lead. In the document's arena. */
const char *rest__openapi_base(struct rest__openapi *d, const struct mcp_tool *tool,
                               const char *which);

/* components/schemas */
void rest__openapi_schemas(struct rest__openapi *d);

/* ---- openapi_answer.c ---- */

/* Write the `responses` of a route. */
void rest__openapi_answers(struct rest__openapi *d, const struct rest_route *row,
                           const struct mcp_tool *tool);

/* Write the `responses` of a page; `tool`: that it asks, NULL: none. */
void rest__openapi_page_answers(struct rest__openapi *d, const struct rest_page *page,
                                const struct mcp_tool *tool);

/* components/responses and components/headers: what was referred to. */
void rest__openapi_shared(struct rest__openapi *d);

/* ---- openapi.c ---- */

/* What components/securitySchemes calls a cookie. */
mcp_str rest__openapi_cookie(struct rest__openapi *d, const char *cookie);

/* ---- openapi_operation.c ---- */

/* Write the operation object of a route, of a page. */
void rest__openapi_operation(struct rest__openapi *d, const struct rest_route *row);
void rest__openapi_page(struct rest__openapi *d, const struct rest_page *page);

#endif
