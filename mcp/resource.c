/* mcp/resource.c - rows of resources and templates: checked, found, listed, read. */
#include <mcp/engine.h>

#include <mcp/alloc.h>

#include <stdlib.h>

static bool is_template(const struct mcp_resource *r)
{
    return strchr(r->uri, '{') != NULL;
}

static struct mcp__row_text text_of(const struct mcp_resource *r)
{
    return (struct mcp__row_text){.kind = "resource",
                                  .name = r->uri,
                                  .title = r->title,
                                  .description = r->description,
                                  .icons = r->icons,
                                  .meta = r->notes.meta,
                                  .cost = r->cost,
                                  .is_blocking = r->is_blocking,
                                  .time_limit_ms = r->time_limit_ms};
}

/* ---- Start-up ---- */

/* RFC 3986: a scheme, a colon, and nothing that would have to be escaped. */
static bool is_uri(const char *uri)
{
    const char *p = uri;

    while ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
           (p > uri && ((*p >= '0' && *p <= '9') || strchr("+-.", *p)) && *p)) {
        p++;
    }
    if (p == uri || *p != ':') {
        return false;
    }
    while (*p > ' ' && *p < 0x7f && !strchr("\"<>\\^`|", *p)) {
        p++;
    }
    return *p == '\0';
}

static mcp_err check(struct mcp__resource_row *row, const struct mcp_server_options *opt,
                     const struct mcp__complaint *c)
{
    const struct mcp_resource *r = row->resource;
    const struct mcp__row_text text = text_of(r);
    const char *fault = NULL;

    if (!is_uri(r->uri)) {
        return mcp__complain(c, "resource %.80s: not an absolute URI", r->uri);
    }
    if (!r->name || !r->name[0] || !r->read) {
        return mcp__complain(c, "resource %s: %s", r->uri,
                             r->read ? "the name is missing" : "the read handler is missing");
    }
    if (r->list && !is_template(r)) {
        return mcp__complain(c, "resource %s: only a template lists what there is", r->uri);
    }
    if (r->cache.ttl_ms < 0 || r->size_bytes < 0) {
        return mcp__complain(c, "resource %s: a size or a time is negative", r->uri);
    }
    if (is_template(r)) {
        row->template = mcp_alloc_new(struct mcp__template);
        if (!row->template) {
            return mcp__complain_memory(c);
        }
        fault = mcp__template_compile(row->uri, row->template);
    }
    if (fault) {
        return mcp__complain(c, "resource %s: %s", r->uri, fault);
    }
    return mcp__row_check(&text, opt, c);
}

static int by_uri(const void *a, const void *b)
{
    const struct mcp__resource_row *x = a, *y = b;
    bool is_later = x->template && !y->template;

    if (!x->template != !y->template) {
        return is_later ? 1 : -1;
    }
    /* The first template that fits is taken: as the tables have them. */
    return x->template ? (x->place > y->place) - (x->place < y->place)
                       : mcp_str_cmp(x->uri, y->uri);
}

static mcp_err check_twice(const struct mcp__resources *t, const struct mcp__complaint *c)
{
    for (size_t i = 1; i < t->n_rows; i++) {
        size_t from = t->rows[i].template ? t->n_static : i - 1;

        for (; from < i; from++) {
            if (mcp_str_eq(t->rows[from].uri, t->rows[i].uri)) {
                return mcp__complain(c, "resource %s: the URI occurs twice",
                                     t->rows[i].resource->uri);
            }
        }
    }
    return MCP_OK;
}

mcp_err mcp__resources_init(struct mcp__resources *t, const struct mcp_server_options *opt,
                            const struct mcp__complaint *c)
{
    size_t n = 0;

    for (size_t i = 0; i < opt->n_resources; i++) {
        for (const struct mcp_resource *r = opt->resources[i].rows; r && r->uri; r++) {
            n++;
        }
    }
    t->rows = n ? mcp_alloc(n * sizeof(*t->rows)) : NULL;
    if (n && !t->rows) {
        return mcp__complain_memory(c);
    }
    for (size_t i = 0; i < opt->n_resources; i++) {
        for (const struct mcp_resource *r = opt->resources[i].rows; r && r->uri; r++) {
            struct mcp__resource_row *row = &t->rows[t->n_rows];

            *row = (struct mcp__resource_row){.resource = r,
                                              .user = opt->resources[i].user,
                                              .uri = mcp_str_c(r->uri),
                                              .place = t->n_rows++};
            mcp_err err = check(row, opt, c);

            if (err) {
                return err;
            }
            t->n_static += !row->template;
            t->can_complete = t->can_complete || r->complete;
            t->has_list = t->has_list || r->list;
        }
    }
    if (n) {
        qsort(t->rows, n, sizeof(*t->rows), by_uri);
    }
    return check_twice(t, c);
}

void mcp__resources_free(struct mcp__resources *t)
{
    for (int i = 0; i < 2; i++) {
        mcp__list_free(&t->list[i]);
        mcp__list_free(&t->templates[i]);
    }
    for (size_t i = 0; i < t->n_rows; i++) {
        mcp_free(t->rows[i].template);
    }
    mcp_free(t->rows);
}

/* ---- Listing ---- */

static void put_members(struct mcp_json_writer *w, const struct mcp_resource *r, enum mcp__rev rev)
{
    struct mcp__row_text text = text_of(r);

    text.meta = NULL; /* with the annotations */
    mcp_json_member_str(w, MCP_STR("name"), mcp_str_c(r->name));
    mcp__row_put(w, &text, rev);
    if (r->mime_type) {
        mcp_json_member_str(w, MCP_STR("mimeType"), mcp_str_c(r->mime_type));
    }
    struct mcp_annotations notes = r->notes;

    notes.meta = r->ui ? NULL : r->notes.meta;
    mcp__content_put_notes(w, &notes, rev, true);
    if (r->ui) {
        mcp__ui_put_page(w, r->notes.meta, r->ui);
    }
}

void mcp__resource_put_fields(struct mcp_json_writer *w, const struct mcp_resource *r,
                              enum mcp__rev rev)
{
    mcp_json_member_str(w, MCP_STR("uri"), mcp_str_c(r->uri));
    if (r->size_bytes) {
        mcp_json_member_int(w, MCP_STR("size"), r->size_bytes);
    }
    put_members(w, r, rev);
}

static void put_static(struct mcp_json_writer *w, const struct mcp__list_items *items, size_t i,
                       enum mcp__rev rev)
{
    mcp_json_object(w);
    mcp__resource_put_fields(w, ((const struct mcp__resource_row *)items->rows)[i].resource, rev);
    mcp_json_object_end(w);
}

static void put_template(struct mcp_json_writer *w, const struct mcp__list_items *items, size_t i,
                         enum mcp__rev rev)
{
    const struct mcp__resource_row *row = &((const struct mcp__resource_row *)items->rows)[i];

    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("uriTemplate"), row->uri);
    put_members(w, row->resource, rev);
    mcp_json_object_end(w);
}

static mcp_str uri_of(const struct mcp__list_items *items, size_t i)
{
    const struct mcp__resource_row *row = &((const struct mcp__resource_row *)items->rows)[i];

    return mcp__ui_is_page(row->resource) && !items->shows_ui ? mcp_str_n(NULL, 0) : row->uri;
}

static const char *scope_of(const struct mcp__list_items *items, size_t i)
{
    return ((const struct mcp__resource_row *)items->rows)[i].resource->scope;
}

bool mcp__resources_print(struct mcp__resources *t, struct mcp__list_items items,
                          const struct mcp_server_options *opt)
{
    if (!t->n_rows) {
        return true; /* nobody asks */
    }
    items.name = uri_of;
    items.scope = scope_of;
    items.key = "resources";
    items.rows = t->rows;
    items.n_rows = t->n_static;
    items.put = put_static;
    items.cache = opt->cache.resources;
    items.is_open = t->has_list;
    if (!mcp__list_print_both(t->list, &items)) {
        return false;
    }
    items.is_open = false;
    items.key = "resourceTemplates";
    items.rows = t->rows ? t->rows + t->n_static : NULL;
    items.n_rows = t->n_rows - t->n_static;
    items.put = put_template;
    items.cache = opt->cache.templates;
    return mcp__list_print_both(t->templates, &items);
}

mcp_err mcp__resources_list(struct mcp_call *call)
{
    const struct mcp__resources *t = &call->server->resources;
    mcp_err err = MCP_OK;

    for (size_t i = t->n_static; i < t->n_rows && !err; i++) {
        const struct mcp_resource *r = t->rows[i].resource;

        if (r->list && mcp_principal_has(&call->principal, r->scope)) {
            err = mcp__gate(call, NULL, r->cost); /* it is work, other than a printed page */
            err = err ? err : r->list(call, t->rows[i].user);
        }
    }
    return err;
}

/* ---- Reading ---- */

static const struct mcp__resource_row *find_static(const struct mcp__resources *t, mcp_str uri)
{
    size_t from = 0, to = t->n_static;

    while (from < to) {
        size_t mid = from + (to - from) / 2;
        int order = mcp_str_cmp(uri, t->rows[mid].uri);

        if (order == 0) {
            return &t->rows[mid];
        }
        if (order < 0) {
            to = mid;
        } else {
            from = mid + 1;
        }
    }
    return NULL;
}

const struct mcp__resource_row *mcp__resources_named(const struct mcp__resources *t, mcp_str uri)
{
    const struct mcp__resource_row *row = find_static(t, uri);

    for (size_t i = t->n_static; !row && i < t->n_rows; i++) {
        row = mcp_str_eq(t->rows[i].uri, uri) ? &t->rows[i] : NULL;
    }
    return row;
}

/* The values as the arguments object, so that handlers read them like any others. */
static mcp_err take_variables(struct mcp_call *call, const struct mcp__template *t,
                              const mcp_str *values)
{
    struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    struct mcp_json_writer w;

    mcp_buf_clear(&call->text);
    mcp_json_writer_init(&w, &call->text);
    mcp_json_object(&w);
    for (size_t i = 0; i < t->n_vars; i++) {
        if (values[i].ptr) {
            mcp_json_member_str(&w, t->vars[i], values[i]);
        }
    }
    mcp_json_object_end(&w);
    mcp_str text = mcp_arena_dup(&call->arena, mcp_buf_str(&call->text));
    mcp_err err = call->text.failed || mcp_arena_failed(&call->arena) ? MCP_E_OVERLOADED : MCP_OK;

    mcp_buf_clear(&call->text);
    return err ? err : mcp_json_read(&call->arena, text, &limits, &call->arguments, NULL);
}

static mcp_err find(struct mcp_call *call, const struct mcp__resource_row **ret)
{
    const struct mcp__resources *t = &call->server->resources;
    mcp_str values[MCP__TEMPLATE_VARS_MAX];

    call->arguments = call->server->empty;
    *ret = find_static(t, call->uri);
    for (size_t i = t->n_static; !*ret && i < t->n_rows; i++) {
        if (mcp__template_match(t->rows[i].template, call->uri, &call->arena, values)) {
            *ret = &t->rows[i];
            return take_variables(call, t->rows[i].template, values);
        }
    }
    return mcp_arena_failed(&call->arena) ? MCP_E_OVERLOADED : MCP_OK;
}

bool mcp__resources_serve(const struct mcp__resources *t, mcp_str uri)
{
    bool serves = find_static(t, uri) != NULL;
    mcp_str values[MCP__TEMPLATE_VARS_MAX];
    struct mcp_arena arena;

    mcp_arena_init(&arena, (size_t)1 << 20);
    for (size_t i = t->n_static; !serves && i < t->n_rows; i++) {
        serves = mcp__template_match(t->rows[i].template, uri, &arena, values);
    }
    mcp_arena_free(&arena);
    return serves;
}

mcp_err mcp__resource_may_watch(struct mcp_call *call, mcp_str uri)
{
    const struct mcp__resources *t = &call->server->resources;
    const struct mcp__resource_row *row = find_static(t, uri);
    mcp_str values[MCP__TEMPLATE_VARS_MAX];

    for (size_t i = t->n_static; !row && i < t->n_rows; i++) {
        if (mcp__template_match(t->rows[i].template, uri, &call->arena, values)) {
            row = &t->rows[i];
        }
    }
    /* A template that did not match for want of memory might have hidden it. */
    if (mcp_arena_failed(&call->arena)) {
        return MCP_E_OVERLOADED;
    }
    return !row || mcp_principal_has(&call->principal, row->resource->scope) ? MCP_OK
                                                                             : MCP_E_FORBIDDEN;
}

mcp_err mcp__resources_read(struct mcp_call *call)
{
    mcp_json uri = mcp_json_get(call->params, MCP_STR("uri"));
    const struct mcp__resource_row *row = NULL;

    if (mcp_json_type(uri) != MCP_JSON_STRING) {
        return mcp_fail(call, MCP_E_INVALID_PARAMS, "params.uri must be a string");
    }
    call->uri = mcp_json_str(uri, &call->arena, mcp_str_n(NULL, 0));
    call->form = MCP__FORM_RESOURCE;
    mcp_err err = find(call, &row);

    if (err) {
        return err;
    }
    /* The row that fits decides: what it hides is not looked for in another one. */
    if (!row || mcp__is_hidden(call, row->resource->scope)) {
        return mcp_fail(call, MCP_E_UNKNOWN_RESOURCE, "Resource not found");
    }
    call->resource = row;
    call->what = row->resource->uri;
    err = mcp__gate(call, row->resource->scope, row->resource->cost);
    const struct mcp_resource *r = row->resource;

    return err ? err
               : mcp__run_handler(call,
                                  (struct mcp__handler){r->read, row->user, r->is_blocking, 0},
                                  r->time_limit_ms);
}

mcp_str mcp_call_uri(const struct mcp_call *call)
{
    return call->uri;
}
