/* mcp/schema_ref.c - references: where they lead when the schema is compiled, and, for the dynamic
 * ones, when it is used. JSON Schema 2020-12 core, section 8.2.3. */
#include <mcp/json_scan.h>
#include <mcp/schema_rule.h>

/* "%2F" undone; NULL ptr when a '%' is not followed by two hex digits. */
static mcp_str percent_decoded(struct mcp_arena *arena, mcp_str s)
{
    char *out = mcp_arena_raw(arena, s.len + 1, 1);
    size_t n = 0;

    for (size_t i = 0; out && i < s.len; i++) {
        char c = s.ptr[i];

        if (c == '%') {
            unsigned high = i + 2 < s.len ? mcp__hex((uint8_t)s.ptr[i + 1]) : 16;
            unsigned low = i + 2 < s.len ? mcp__hex((uint8_t)s.ptr[i + 2]) : 16;

            if (high > 15 || low > 15) {
                return mcp_str_n(NULL, 0);
            }
            c = (char)(high << 4 | low);
            i += 2;
        }
        out[n++] = c;
    }
    return mcp_str_n(out, n);
}

static bool leads_nowhere(struct mcp__compile *c, const struct mcp__rule *r, const char *where)
{
    return mcp__bad_schema(c, r->value, r->keyword->name.ptr, "%.*s leads %s",
                           MCP_STR_ARG(mcp_json_raw(r->value)), where);
}

/* The resource that the part before the '#' names. */
static const struct mcp__resource *resource_of(struct mcp__compile *c, const struct mcp__rule *r,
                                               mcp_str uri)
{
    const struct mcp__resource *own = r->in->resource;

    if (uri.len == 0) {
        return own;
    }
    uri = mcp__uri_resolve(&c->schema->arena, own->uri, uri);
    return uri.ptr ? mcp__resource_find(c, uri) : NULL;
}

/* The subschema that the reference leads to; by which anchor, if by one. NULL after an error. */
static struct mcp__sub *target(struct mcp__compile *c, const struct mcp__rule *r,
                               const struct mcp__name **ret_anchor)
{
    mcp_str fragment = mcp_json_str(r->value, &c->schema->arena, MCP_STR(""));
    mcp_str uri = mcp_str_cut(&fragment, '#');
    const struct mcp__resource *resource = resource_of(c, r, uri);
    mcp_json at = {0};

    *ret_anchor = NULL;
    if (!resource) {
        leads_nowhere(c, r, "to no document that is known here");
        return NULL;
    }
    fragment = percent_decoded(&c->schema->arena, fragment);
    if (fragment.len && fragment.ptr[0] != '/') {
        *ret_anchor = mcp__anchor_find(c, resource, fragment);
        at = *ret_anchor ? (*ret_anchor)->at : at;
    } else if (fragment.ptr) {
        at = mcp__pointer_get(resource->root, fragment);
    }
    if (!mcp_json_present(at)) {
        leads_nowhere(c, r, "nowhere");
        return NULL;
    }
    return mcp__sub_at(c, at);
}

static bool is_string(struct mcp__compile *c, const struct mcp__rule *r)
{
    return mcp_json_type(r->value) == MCP_JSON_STRING ||
           mcp__bad_schema(c, r->value, r->keyword->name.ptr, "must be a string");
}

bool mcp__compile_ref(struct mcp__compile *c, struct mcp__rule *r)
{
    const struct mcp__name *anchor;

    r->sub = is_string(c, r) ? target(c, r, &anchor) : NULL;
    return r->sub != NULL;
}

/* Dynamic only when it leads to a dynamic anchor of its own name to begin with. */
bool mcp__compile_dynamic_ref(struct mcp__compile *c, struct mcp__rule *r)
{
    const struct mcp__name *anchor = NULL;

    r->dynamic.sub = is_string(c, r) ? target(c, r, &anchor) : NULL;
    r->dynamic.name = anchor && anchor->dynamic ? anchor : NULL;
    return r->dynamic.sub != NULL;
}

bool mcp__check_ref(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    return mcp__check_sub(c, r->sub, v);
}

/* The outermost resource on the way here that has such an anchor decides. */
bool mcp__check_dynamic_ref(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    const struct mcp__sub *sub = r->dynamic.sub;
    const struct mcp__scope *scope = r->dynamic.name ? c->scope : NULL;

    for (; scope; scope = scope->outer) {
        for (const struct mcp__name *n = scope->resource->dynamic; n; n = n->next_dynamic) {
            if (!mcp__spend(c, 1)) {
                return false;
            }
            if (mcp_str_eq(n->text, r->dynamic.name->text)) {
                sub = n->dynamic;
            }
        }
    }
    return mcp__check_sub(c, sub, v);
}
