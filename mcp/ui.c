/* mcp/ui.c - MCP Apps (io.modelcontextprotocol/ui, 2026-01-26): tools that name a page which shows
 * their results. The page is a resource; both say so in `_meta.ui`, to clients that declared it. */
#include <mcp/engine.h>
#include <mcp/extending.h>

#define ID      "io.modelcontextprotocol/ui"
#define ORIGINS "{\"$ref\":\"#/$defs/origins\"}"
#define EMPTY   "{\"type\":\"object\"}"

static const struct mcp_extension EXTENSION = {.id = ID, .in_legacy = true, .is_open = true};

/* UIResourceMeta */
static const char META_SCHEMA[] =
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
    "\"csp\":{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
    "\"connectDomains\":" ORIGINS ",\"resourceDomains\":" ORIGINS ",\"frameDomains\":" ORIGINS
    ",\"baseUriDomains\":" ORIGINS "}},"
    "\"permissions\":{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
    "\"camera\":" EMPTY ",\"microphone\":" EMPTY ",\"geolocation\":" EMPTY
    ",\"clipboardWrite\":" EMPTY "}},"
    "\"domain\":{\"type\":\"string\",\"minLength\":1},\"prefersBorder\":{\"type\":\"boolean\"}},"
    "\"$defs\":{\"origins\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"pattern\":"
    "\"^(https?|wss?)://(\\\\*\\\\.)?[A-Za-z0-9.-]+(:[0-9]+)?$\"}}}}";

bool mcp__ui_is_page(const struct mcp_resource *r)
{
    return mcp_str_starts(mcp_str_c(r->uri), MCP_STR("ui://"));
}

static mcp_err check_meta(const struct mcp_resource *r, const struct mcp__complaint *c)
{
    const struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    struct mcp_schema_error e = {{0}, {0}, {0}};
    struct mcp_schema *schema =
        mcp_schema_new(mcp_str_c(META_SCHEMA), &(struct mcp_schema_options){0}, &e);
    struct mcp_arena arena;
    mcp_err err = MCP_OK;
    mcp_json v;

    if (!schema) {
        return mcp__complain_memory(c);
    }
    mcp_arena_init(&arena, (size_t)1 << 24);
    if (mcp_json_read(&arena, mcp_str_c(r->ui), &limits, &v, NULL)) {
        err = mcp__complain(c, "resource %.80s: ui: not JSON", r->uri);
    } else if (!mcp_schema_check(schema, v, &arena, &e)) {
        err = mcp__complain(c, "resource %.80s: ui%s: %s (%s)", r->uri, e.path, e.text, e.rule);
    }
    if (err && mcp_arena_failed(&arena)) {
        err = mcp__complain_memory(c);
    }
    mcp_arena_free(&arena);
    mcp_schema_free(schema);
    return err;
}

static mcp_err check_page(const struct mcp_resource *r, const struct mcp__complaint *c)
{
    bool is_page = mcp__ui_is_page(r);

    if (is_page && (!r->mime_type || strcmp(r->mime_type, MCP_UI_MIME_TYPE) != 0)) {
        return mcp__complain(c, "resource %.80s: the MIME type must be " MCP_UI_MIME_TYPE, r->uri);
    }
    if (r->ui && !is_page) {
        return mcp__complain(c, "resource %.80s: ui belongs to a ui:// URI", r->uri);
    }
    return r->ui ? check_meta(r, c) : MCP_OK;
}

static mcp_err check_tool(struct mcp_server *s, const struct mcp_tool *t,
                          const struct mcp__complaint *c)
{
    mcp_str uri = mcp_str_c(t->ui.resource_uri);

    if (t->ui.visibility & ~(unsigned)(MCP_UI_MODEL | MCP_UI_APP)) {
        return mcp__complain(c, "tool %s: ui: unknown visibility", t->name);
    }
    if (!uri.len) {
        return MCP_OK;
    }
    if (!mcp_str_starts(uri, MCP_STR("ui://"))) {
        return mcp__complain(c, "tool %s: ui: the resource must have a ui:// URI", t->name);
    }
    if (!mcp__resources_serve(&s->resources, uri)) {
        return mcp__complain(c, "tool %s: ui: no resource row serves %.80s", t->name,
                             t->ui.resource_uri);
    }
    return MCP_OK;
}

mcp_err mcp__ui_init(struct mcp_server *s, const struct mcp__complaint *c)
{
    mcp_err err = MCP_OK;

    for (size_t i = 0; !err && i < s->resources.n_rows; i++) {
        const struct mcp_resource *r = s->resources.rows[i].resource;

        s->has_ui = s->has_ui || mcp__ui_is_page(r);
        err = check_page(r, c);
    }
    for (size_t i = 0; !err && i < s->tools.n_rows; i++) {
        const struct mcp_tool *t = s->tools.rows[i].tool;

        s->has_ui = s->has_ui || t->ui.resource_uri || t->ui.visibility;
        err = check_tool(s, t, c);
    }
    if (!err && s->has_ui && !mcp__extension_find(s, MCP_STR(ID))) {
        s->extensions[s->n_extensions++] = &EXTENSION; /* there is room for one more */
    }
    return err;
}

/* "mimeTypes" is required of the client. */
bool mcp__ui_is_shown(struct mcp_call *call)
{
    mcp_json types = call->server->has_ui
                         ? mcp_json_get(mcp_client_extension(call, ID), MCP_STR("mimeTypes"))
                         : (mcp_json){NULL, NULL};

    for (mcp_json e = mcp_json_first(types); mcp_json_present(e); e = mcp_json_next(types, e)) {
        if (mcp_json_str_eq(e, MCP_STR(MCP_UI_MIME_TYPE))) {
            return true;
        }
    }
    return false;
}

/* "_meta" with the author's members, and room for "ui": the object stays open. */
static void open_meta(struct mcp_json_writer *w, const char *meta)
{
    const struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    struct mcp_arena arena;
    mcp_json v = {NULL, NULL};

    mcp_arena_init(&arena, (size_t)1 << 24);
    mcp_json_put_key(w, MCP_STR("_meta"));
    mcp_json_object(w);
    if (meta && mcp_json_read(&arena, mcp_str_c(meta), &limits, &v, NULL)) {
        w->out->failed = true; /* it was read before: memory */
    }
    for (mcp_json e = mcp_json_first(v); mcp_json_present(e); e = mcp_json_next(v, e)) {
        mcp_json_member_raw(w, mcp_json_str(mcp_json_key(e), &arena, MCP_STR("")), mcp_json_raw(e));
    }
    mcp_json_put_key(w, MCP_STR("ui"));
    mcp_arena_free(&arena);
}

void mcp__ui_put_tool(struct mcp_json_writer *w, const struct mcp_tool *t)
{
    open_meta(w, t->meta);
    mcp_json_object(w);
    if (t->ui.resource_uri) {
        mcp_json_member_str(w, MCP_STR("resourceUri"), mcp_str_c(t->ui.resource_uri));
    }
    if (t->ui.visibility) {
        mcp_json_put_key(w, MCP_STR("visibility"));
        mcp_json_array(w);
        if (t->ui.visibility & MCP_UI_MODEL) {
            mcp_json_put_str(w, MCP_STR("model"));
        }
        if (t->ui.visibility & MCP_UI_APP) {
            mcp_json_put_str(w, MCP_STR("app"));
        }
        mcp_json_array_end(w);
    }
    mcp_json_object_end(w);
    mcp_json_object_end(w);
}

void mcp__ui_put_page(struct mcp_json_writer *w, const char *meta, const char *ui)
{
    open_meta(w, meta);
    mcp_json_put_raw(w, mcp_str_c(ui));
    mcp_json_object_end(w);
}
