/* rest/rest.h - REST routes over the engine: a row names a tool, and holds no logic.
 *
 * A request that reached rest_handle() was framed, guarded and authenticated by the transport. It
 * is matched against the rows (rest/route.c), its path, query and body become the tool's arguments
 * (rest/args.c), the tool runs through the engine's one pipeline - scope, rate limit, input schema,
 * handler - and the outcome becomes a response in the words of the row's surface (rest/reply.c,
 * rest/surface_*.c). So a request is refused in this order: 401 (transport), 404 or 405 (no such
 * route), 403, 429, 400, and then whatever the tool says.
 *
 * A program of its own is mcp_main() with a mount; examples/rest.c is one:
 *
 *     static const struct rest_route ROUTES[] = {
 *         {.method = MCP_HTTP_GET, .path = "/greetings/{name}", .tool = "greet"},
 *         {0},
 *     };
 *     ... (struct mcp_program){..., .mount = rest_mount(&(struct rest_options){.routes = ROUTES})}
 *
 * Loop thread only. */
#ifndef REST_REST_H
#define REST_REST_H

#include <mcp/json.h>
#include <mcp/server.h>
#include <transport/http_msg.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Rows ------------------------------------------------------------------------------------ */

/* The words of one contract: how a failure is said. The handler of a tool never knows. */
struct rest_alias {
    mcp_err err; /* MCP_OK ends a table */
    const char *code;
    const char *argument; /* only when this argument is at fault; NULL: whatever is */
};

/* What to do about a failure: one sentence. */
struct rest_hint {
    const char *code; /* NULL ends a table */
    const char *text;
};

/* A failure, as a surface says it. */
struct rest_said {
    mcp_str code, message;
    mcp_str base; /* "https://host" where the client has reached us; empty: not known */
};

/* The headers that tell what is left of the rate, beside those of the draft (RateLimit,
 * RateLimit-Policy). */
enum rest_limit {
    REST_LIMIT_SECONDS, /* RateLimit-Limit, -Remaining, -Reset: seconds from now */
    REST_LIMIT_TIME     /* X-RateLimit-Limit, -Remaining, -Reset: seconds since 1970 */
};

struct rest_surface {
    const char *name; /* of [A-Za-z0-9_.-] */
    /* For the document: what its routes have in common, as a title and a sentence. */
    const char *title, *description;
    /* Every path at or below one of these, space-separated, belongs to the surface, whether or not
     * a row has it. NULL: those of its rows, up to their first {param}. */
    const char *prefix;
    /* Codes that differ from mcp/errors.def; NULL: none. */
    const struct rest_alias *aliases;
    enum rest_limit limit;
    /* Write one JSON value: the body that says it. */
    void (*error)(struct mcp_json_writer *w, const struct rest_said *said);
    /* The same when there is no memory left to write one. */
    const char *last_resort;
    const char *cookie;            /* that has a person's session, for its rows; NULL: none */
    const struct rest_hint *hints; /* for people who look a code up; NULL: none */
};

/* {"error":{"code":"...","message":"..."}} in the words of mcp/errors.def. */
MCP_API extern const struct rest_surface rest_surface_plain;
/* The pools contract, below /api/v1. */
MCP_API extern const struct rest_surface rest_surface_pools;
/* The usage contract, below /v1/subscriptions; and its keys, below /v1/keys. */
MCP_API extern const struct rest_surface rest_surface_usage;
MCP_API extern const struct rest_surface rest_surface_keys;

/* The account contract, below /account, /auth, /developers, /v1/balance, /v1/packages and
 * /webhooks. */
MCP_API extern const struct rest_surface rest_surface_account;

/* Whose request a row takes. */
enum rest_asker {
    REST_ASKER_TOKEN,   /* a token's, and the session's of the cookie in struct rest_options */
    REST_ASKER_ANYBODY, /* no credential is asked for, and the tool's scope goes without saying */
    REST_ASKER_SESSION, /* a person's session and nothing else, from the surface's cookie or as a
                           bearer token */
    REST_ASKER_EITHER   /* a token's, or such a session's */
};

/* What a success does to the surface's cookie. */
enum rest_session {
    REST_SESSION_STAYS,
    REST_SESSION_BEGINS, /* the result's session_token is in it until expires_at */
    REST_SESSION_ENDS    /* it is taken back */
};

enum rest_body {
    REST_BODY_NONE,   /* a body is refused, but for an empty object */
    REST_BODY_MERGED, /* a JSON object whose members are arguments */
    REST_BODY_TEXT    /* JSON that is one argument, `text`, byte for byte: what is signed */
};

struct rest_route {
    enum mcp_http_method method; /* GET also answers HEAD */
    const char *path;  /* "/api/v1/pools/{id}": a {param} is one whole segment; NULL ends a table */
    const char *tool;  /* hidden ones too */
    const char *query; /* space-separated argument names that the query may give; NULL: none */
    const char *lists; /* those of them that may be repeated: their values are joined by commas */
    int success;       /* 200, 201, 202; 204 sends no body. Zero: 200 */
    enum rest_body body;
    const char *array; /* the argument that a body which is a JSON array gives; NULL: refused */
    const char *text;  /* of REST_BODY_TEXT: the argument; at most 128 KiB */
    /* A header, and the argument that it gives; sent twice it is none. NULL: none. */
    const char *header, *header_argument;
    const struct rest_surface *surface; /* NULL: rest_surface_plain */
    const char *example;                /* JSON text of a success, for the document; NULL: none */
    const struct rest_alias *aliases;   /* before those of the surface; NULL: none */
    enum rest_asker asker;              /* the same for every method of a path */
    enum rest_session session;
    int32_t rate_per_minute; /* of ANYBODY: requests of one address to this row; 0: the server's */
};

/* The product's table. */
MCP_API extern const struct rest_route rest_routes[];

/* What is served and is no tool, for the document only: a GET. */
struct rest_answer {
    int status;               /* 0 ends a table */
    const char *description;  /* one sentence */
    const char *content_type; /* NULL: no body */
    const char *schema;       /* of a JSON body: JSON Schema text; NULL: none */
    const char *example;      /* JSON text of it; NULL: none */
    const char *headers;      /* space-separated names; NULL: Cache-Control */
};

struct rest_page {
    const char *path; /* NULL ends a table */
    const char *name; /* unique among pages and tools, of [A-Za-z0-9_.-] */
    const char *title, *description;
    const struct rest_answer *answers;
    const char *tool;  /* that it asks: whose scope it takes, whose failures it has; NULL: public */
    bool takes_cookie; /* a session opens it, too */
    /* A person's session of this surface opens it, and nothing else; its words refuse. NULL: not
     * so. */
    const struct rest_surface *surface;
};

/* ---- Serving them ---------------------------------------------------------------------------- */

struct rest_options {
    const struct rest_route *routes; /* ends with {0}; required */
    const struct rest_page *pages;   /* likewise; NULL: none */
    const char *endpoints;           /* comma list of MCP paths, to speak of them; NULL: "/mcp" */
    const char *license;             /* of the interface, an SPDX expression; NULL: not said */
    bool is_open;                    /* no credential is asked for */
    const char *cookie; /* whose session the routes take besides a token: rest/dashboard.h; NULL:
                           none */
};

/* The routes of one server. */
struct rest;

/* Check every row against `server`: its tool exists and has a structured result, every {param} and
 * query name is in the tool's input schema, every required argument can be given, the status is a
 * success, an example fits the output schema. NULL on failure, then `reterr` (at least 1 byte, cut
 * to fit) holds one sentence that names the row. `server` and the rows of `opt` must outlive it;
 * the caller releases it with rest_free(). */
MCP_API struct rest *rest_new(struct mcp_server *server, const struct rest_options *opt,
                              char *reterr, size_t reterr_bytes);

/* No exchange may be pending. NULL is a no-op. */
MCP_API void rest_free(struct rest *r);

/* What to hand to the HTTP transport: a table that ends with {0}, one row for each prefix that the
 * rows need, and the public pages /openapi.json, /docs and /llms.txt. Lives as long as `r`. */
MCP_API const struct mcp_http_route *rest_http_routes(const struct rest *r);

/* The OpenAPI 3.1 document that /openapi.json answers with, as JSON text. Lives as long as `r`. */
MCP_API mcp_str rest_openapi(const struct rest *r);

/* For struct mcp_program: the same in one step. `opt` must outlive the program. */
MCP_API struct mcp_http_mount rest_mount(const struct rest_options *opt);

/* A mcp_http_handler_fn; `user` is the struct rest. Answers now or when the tool is done; when the
 * peer goes away first, the tool's call is cancelled. */
MCP_API void rest_handle(void *user, struct mcp_http_exchange *ex);

/* For struct mcp_http_route.refuse: the transport's own no (401, 403, 503) in the words of the
 * surface that the path belongs to. Answers at once. `user` is the struct rest. */
MCP_API void rest_refuse(void *user, struct mcp_http_exchange *ex, mcp_err err);

#ifdef __cplusplus
}
#endif
#endif
