/* rest/openapi.c - the document around the operations: what the server is, tags, paths and what
 * is stated once. */
#include <rest/openapi_part.h>

#include <stdio.h>

#define OPENAPI_VERSION "3.1.1"

/* ---- info ------------------------------------------------------------------------------------ */

static mcp_str text_of(struct rest__openapi *d, mcp_json object, const char *name)
{
    return mcp_json_str(mcp_json_get(object, mcp_str_c(name)), d->arena, MCP_STR(""));
}

/* The Implementation object of the server. */
static mcp_json about_of(mcp_json hello)
{
    return mcp_json_get(mcp_json_get(hello, MCP_STR("_meta")),
                        MCP_STR("io.modelcontextprotocol/serverInfo"));
}

static void put_info(struct rest__openapi *d, mcp_json hello)
{
    mcp_json about = about_of(hello);
    mcp_str title = text_of(d, about, "title");
    mcp_str description = text_of(d, about, "description");
    struct mcp_json_writer *w = &d->w;

    mcp_json_put_key(w, MCP_STR("info"));
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("title"), title.len ? title : text_of(d, about, "name"));
    mcp_json_member_str(w, MCP_STR("version"), text_of(d, about, "version"));
    description = description.len ? description : text_of(d, hello, "instructions");
    if (description.len) {
        mcp_json_member_str(w, MCP_STR("description"), description);
    }
    if (d->opt->license) {
        mcp_json_put_key(w, MCP_STR("license"));
        mcp_json_object(w);
        mcp_json_member_str(w, MCP_STR("name"), mcp_str_c(d->opt->license));
        mcp_json_member_str(w, MCP_STR("identifier"), mcp_str_c(d->opt->license));
        mcp_json_object_end(w);
    }
    mcp_json_object_end(w);
}

/* ---- tags ------------------------------------------------------------------------------------ */

static void put_tag(struct mcp_json_writer *w, const char *name, const char *title,
                    const char *description)
{
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("name"), mcp_str_c(name));
    mcp_json_member_str(w, MCP_STR("x-displayName"), mcp_str_c(title));
    mcp_json_member_str(w, MCP_STR("description"), mcp_str_c(description));
    mcp_json_object_end(w);
}

static void put_tags(struct rest__openapi *d)
{
    const struct rest_route *rows = d->opt->routes;

    mcp_json_put_key(&d->w, MCP_STR("tags"));
    mcp_json_array(&d->w);
    for (const struct rest_route *row = rows; row->path; row++) {
        const struct rest_surface *surface = rest_route_surface(row);
        bool is_new = true;

        for (const struct rest_route *before = rows; before < row; before++) {
            is_new = is_new && rest_route_surface(before) != surface;
        }
        if (is_new) {
            put_tag(&d->w, surface->name, surface->title ? surface->title : surface->name,
                    surface->description ? surface->description : "");
        }
    }
    put_tag(&d->w, REST__PAGES_TAG, "Service", "What the server says about itself.");
    mcp_json_array_end(&d->w);
}

/* ---- paths ----------------------------------------------------------------------------------- */

/* The rows that share a path stand together. */
static void put_path(struct rest__openapi *d, const struct rest_route *first)
{
    for (const struct rest_route *r = d->opt->routes; r < first; r++) {
        if (strcmp(r->path, first->path) == 0) {
            return;
        }
    }
    mcp_json_put_key(&d->w, mcp_str_c(first->path));
    mcp_json_object(&d->w);
    for (const struct rest_route *r = first; r->path; r++) {
        if (strcmp(r->path, first->path) == 0) {
            rest__openapi_operation(d, r);
        }
    }
    mcp_json_object_end(&d->w);
}

/* A route, or a page that came `before` (may be NULL), has the path, and answers there. */
static bool is_taken(const struct rest__openapi *d, const struct rest_page *before,
                     const char *path)
{
    for (const struct rest_route *r = d->opt->routes; r->path; r++) {
        if (strcmp(r->path, path) == 0) {
            return true;
        }
    }
    for (const struct rest_page *p = before; p && p->path; p++) {
        if (strcmp(p->path, path) == 0) {
            return true;
        }
    }
    return false;
}

static void put_pages(struct rest__openapi *d, const struct rest_page *pages,
                      const struct rest_page *before)
{
    for (const struct rest_page *p = pages; p && p->path; p++) {
        if (!is_taken(d, before, p->path)) {
            rest__openapi_page(d, p);
        }
    }
}

static void put_paths(struct rest__openapi *d)
{
    mcp_json_put_key(&d->w, MCP_STR("paths"));
    mcp_json_object(&d->w);
    for (const struct rest_route *row = d->opt->routes; row->path; row++) {
        put_path(d, row);
    }
    put_pages(d, d->opt->pages, NULL);
    put_pages(d, rest_own_pages, d->opt->pages);
    mcp_json_object_end(&d->w);
}

/* ---- The rest -------------------------------------------------------------------------------- */

mcp_str rest__openapi_cookie(struct rest__openapi *d, const char *cookie)
{
    bool is_first = d->opt->cookie && strcmp(cookie, d->opt->cookie) == 0;

    return is_first ? MCP_STR("cookie") : mcp_arena_printf(d->arena, "cookie_%s", cookie);
}

static void put_cookie(struct rest__openapi *d, const char *cookie)
{
    struct mcp_json_writer *w = &d->w;

    mcp_json_put_key(w, rest__openapi_cookie(d, cookie));
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("type"), MCP_STR("apiKey"));
    mcp_json_member_str(w, MCP_STR("in"), MCP_STR("cookie"));
    mcp_json_member_str(w, MCP_STR("name"), mcp_str_c(cookie));
    mcp_json_member_str(w, MCP_STR("description"),
                        MCP_STR("The session of a browser that is signed in, for pages of this "
                                "very server; over TLS with __Host- before its name."));
    mcp_json_object_end(w);
}

/* Each once, with the row that has it first. */
static void put_cookies(struct rest__openapi *d)
{
    if (d->opt->cookie) {
        put_cookie(d, d->opt->cookie);
    }
    for (const struct rest_route *row = d->opt->routes; row->path; row++) {
        const char *cookie = rest_route_cookie(row, d->opt);
        bool is_new = cookie && cookie != d->opt->cookie;

        for (const struct rest_route *r = d->opt->routes; is_new && r < row; r++) {
            const char *other = rest_route_cookie(r, d->opt);

            is_new = !other || strcmp(other, cookie) != 0;
        }
        if (is_new) {
            put_cookie(d, cookie);
        }
    }
}

static void put_components(struct rest__openapi *d)
{
    struct mcp_json_writer *w = &d->w;

    mcp_json_put_key(w, MCP_STR("components"));
    mcp_json_object(w);
    rest__openapi_schemas(d);
    rest__openapi_shared(d);
    if (!d->opt->is_open) {
        mcp_json_put_key(w, MCP_STR("securitySchemes"));
        mcp_json_object(w);
        mcp_json_member_raw(w, MCP_STR("bearer"),
                            MCP_STR("{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":"
                                    "\"Send an access token with every request, in the "
                                    "Authorization header.\"}"));
        if (d->has_session) {
            mcp_json_member_raw(w, MCP_STR("session"),
                                MCP_STR("{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":"
                                        "\"The session_token of somebody who is signed in, in the "
                                        "Authorization header.\"}"));
        }
        put_cookies(d);
        mcp_json_object_end(w);
    }
    mcp_json_object_end(w);
}

static void put_member(struct mcp_json_writer *w, const char *name, const char *text)
{
    if (text) {
        mcp_json_member_str(w, mcp_str_c(name), mcp_str_c(text));
    }
}

/* The same server over MCP: for readers of the document, /docs and /llms.txt. */
static void put_mcp(struct rest__openapi *d, mcp_json hello)
{
    mcp_str endpoints = mcp_str_c(d->opt->endpoints ? d->opt->endpoints : "/mcp");
    struct mcp_json_writer *w = &d->w;
    const struct mcp_tool *tool;

    mcp_json_put_key(w, MCP_STR("x-mcp"));
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("name"), text_of(d, about_of(hello), "name"));
    mcp_json_put_key(w, MCP_STR("endpoints"));
    mcp_json_array(w);
    while (endpoints.ptr) {
        mcp_json_put_str(w, mcp_str_trim(mcp_str_cut(&endpoints, ',')));
    }
    mcp_json_array_end(w);
    mcp_json_put_key(w, MCP_STR("tools"));
    mcp_json_array(w);
    for (size_t i = 0; (tool = mcp_server_tool_at(d->server, i)) != NULL; i++) {
        if (!tool->is_hidden) {
            mcp_json_object(w);
            put_member(w, "name", tool->name);
            put_member(w, "title", tool->title);
            put_member(w, "description", tool->description);
            mcp_json_object_end(w);
        }
    }
    mcp_json_array_end(w);
    mcp_json_object_end(w);
}

static void put_document(struct rest__openapi *d, mcp_json hello)
{
    struct mcp_json_writer *w = &d->w;

    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("openapi"), MCP_STR(OPENAPI_VERSION));
    put_info(d, hello);
    /* Where it was got from: it does not know its own name behind a proxy. */
    mcp_json_member_raw(w, MCP_STR("servers"), MCP_STR("[{\"url\":\"/\"}]"));
    put_tags(d);
    put_paths(d);
    put_components(d);
    put_mcp(d, hello);
    mcp_json_object_end(w);
}

bool rest_openapi_write(const struct mcp_server *server, const struct rest_options *opt,
                        struct mcp_arena *arena, struct mcp_buf *out, char *reterr,
                        size_t reterr_bytes)
{
    struct rest__openapi d = {.server = server, .opt = opt, .arena = arena};
    struct mcp_json_limits limits = {SIZE_MAX / 4, 64, (size_t)1 << 20, false};
    mcp_json hello = {NULL, NULL};

    mcp_json_writer_init(&d.w, out);
    if (mcp_json_read(arena, mcp_server_discovery(server), &limits, &hello, NULL) == MCP_OK) {
        put_document(&d, hello);
    }
    if (d.keyword) {
        snprintf(reterr, reterr_bytes, "tool %s: the OpenAPI document cannot carry %s of a schema",
                 d.what, d.keyword);
    } else if (out->failed || out->len == 0 || mcp_arena_failed(arena)) {
        snprintf(reterr, reterr_bytes, "out of memory");
    } else {
        return true;
    }
    return false;
}
