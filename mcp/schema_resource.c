/* mcp/schema_resource.c - what a document names: its resources by URI, its subschemas by anchor.
 *
 * One pass over the nodes in the order of the text, no recursion. Names count only where a
 * subschema can stand: `$id` inside an `enum` is data. */
#include <mcp/schema_rule.h>

/* What a document's nodes are scanned with. */
struct scan {
    struct mcp__compile *c;
    struct mcp__document *document;
    struct mcp__resource *resource; /* the innermost one at hand */
};

static uint32_t node_number(mcp_json v)
{
    return (uint32_t)(v.node - v.doc->nodes);
}

static struct mcp__place *place(const struct mcp__document *d, mcp_json v)
{
    return &d->places[node_number(v)];
}

/* ---- names ------------------------------------------------------------------------------- */

static size_t bucket(const struct mcp__resource *in, mcp_str text)
{
    size_t hash = in ? 1 : 0;

    for (size_t i = 0; i < text.len; i++) {
        hash = hash * 31 + (uint8_t)text.ptr[i];
    }
    return (hash ^ hash >> 7) % MCP__NAME_BUCKETS;
}

static struct mcp__name *name_find(const struct mcp__compile *c, const struct mcp__resource *in,
                                   mcp_str text)
{
    struct mcp__name *n = c->names[bucket(in, text)];

    while (n && (n->in != in || !mcp_str_eq(n->text, text))) {
        n = n->next;
    }
    return n;
}

/* Name `at`; the same name twice for one value is one name. NULL after an error, said of `by`. */
static struct mcp__name *name_add(struct scan *s, const struct mcp__resource *in, mcp_str text,
                                  mcp_json at, mcp_json by)
{
    struct mcp__name *n = name_find(s->c, in, text);
    size_t b = bucket(in, text);

    if (n && n->at.node == at.node) {
        return n;
    }
    if (n) {
        mcp__bad_schema(s->c, by, in ? "$anchor" : "$id", "%.*s is the name of another subschema",
                        MCP_STR_ARG(mcp_json_raw(by)));
        return NULL;
    }
    n = mcp_arena_new(&s->c->schema->arena, struct mcp__name, 1);
    if (n) {
        *n = (struct mcp__name){
            .text = text, .in = in, .resource = s->resource, .at = at, .next = s->c->names[b]};
        s->c->names[b] = n;
    }
    return n;
}

const struct mcp__name *mcp__anchor_find(const struct mcp__compile *c,
                                         const struct mcp__resource *in, mcp_str text)
{
    return name_find(c, in, text);
}

/* ---- one subschema ----------------------------------------------------------------------- */

/* "a#" is "a". */
static mcp_str without_fragment(mcp_str uri)
{
    return mcp_str_cut(&uri, '#');
}

static bool open_resource(struct scan *s, mcp_json v)
{
    struct mcp__resource *r = mcp_arena_new(&s->c->schema->arena, struct mcp__resource, 1);

    if (r) {
        *r = (struct mcp__resource){
            .root = v,
            .end = node_number(v) + v.node->skip,
            .outer = s->resource,
            .uri = s->resource ? s->resource->uri : s->document->uri,
            .vocabularies = s->resource ? s->resource->vocabularies : MCP__VOCAB_STANDARD,
        };
        s->resource = r;
    }
    return r != NULL;
}

static bool add_id(struct scan *s, mcp_json v, mcp_json id)
{
    struct mcp_arena *arena = &s->c->schema->arena;
    bool is_root = s->resource->root.node == v.node;

    if (!is_root && !open_resource(s, v)) {
        return false;
    }
    s->resource->uri = mcp__uri_resolve(arena, s->resource->uri,
                                        without_fragment(mcp_json_str(id, arena, MCP_STR(""))));
    return name_add(s, NULL, s->resource->uri, v, id) != NULL;
}

static bool add_dynamic(struct scan *s, mcp_json v, mcp_json anchor)
{
    mcp_str text = mcp_json_str(anchor, &s->c->schema->arena, MCP_STR(""));
    struct mcp__name *n = name_add(s, s->resource, text, v, anchor);

    if (!n) {
        return false;
    }
    n->next_dynamic = s->resource->dynamic;
    s->resource->dynamic = n;
    n->dynamic = mcp__sub_at(s->c, v);
    return n->dynamic != NULL;
}

/* Names and vocabularies, from the outside in: `$id` first. What is malformed here is an error when
 * the keyword is compiled. */
static bool add_names(struct scan *s, mcp_json v)
{
    mcp_json id = mcp_json_get(v, MCP_STR("$id"));
    mcp_json dialect = mcp_json_get(v, MCP_STR("$schema"));
    mcp_json anchor = mcp_json_get(v, MCP_STR("$anchor"));
    mcp_json dynamic = mcp_json_get(v, MCP_STR("$dynamicAnchor")), missing;

    if (mcp_json_type(id) == MCP_JSON_STRING && !add_id(s, v, id)) {
        return false;
    }
    place(s->document, v)->resource = s->resource;
    if (s->resource->root.node == v.node && mcp_json_present(dialect)) {
        mcp__dialect_read(s->c, dialect, &s->resource->vocabularies, &missing);
    }
    if (mcp_json_type(anchor) == MCP_JSON_STRING &&
        !name_add(s, s->resource, mcp_json_str(anchor, &s->c->schema->arena, MCP_STR("")), v,
                  anchor)) {
        return false;
    }
    return mcp_json_type(dynamic) != MCP_JSON_STRING || add_dynamic(s, v, dynamic);
}

/* Say what the values of a subschema's keywords are. */
static void add_roles(struct scan *s, mcp_json v)
{
    for (mcp_json e = mcp_json_first(v); mcp_json_present(e); e = mcp_json_next(v, e)) {
        const struct mcp__keyword *k = mcp__keyword_find(mcp_json_key(e));

        if (k && (k->vocabularies & s->resource->vocabularies)) {
            place(s->document, e)->role = (uint8_t)k->role;
        }
    }
}

static bool scan_node(struct scan *s, mcp_json v)
{
    struct mcp__place *p = place(s->document, v);
    enum mcp_json_type type = mcp_json_type(v);

    p->resource = s->resource;
    if (p->role == MCP__ROLE_SUB) {
        p->is_indexed = true;
        if (type == MCP_JSON_OBJECT) {
            if (!add_names(s, v)) {
                return false;
            }
            add_roles(s, v);
        }
    } else if ((p->role == MCP__ROLE_SUB_LIST && type == MCP_JSON_ARRAY) ||
               (p->role == MCP__ROLE_SUB_MAP && type == MCP_JSON_OBJECT)) {
        for (mcp_json e = mcp_json_first(v); mcp_json_present(e); e = mcp_json_next(v, e)) {
            place(s->document, e)->role = MCP__ROLE_SUB;
        }
    }
    return true;
}

/* All below `top`, which is a subschema. What an earlier scan has been through stays as it is. */
static bool scan(struct scan *s, mcp_json top)
{
    uint32_t end = node_number(top) + top.node->skip, i = node_number(top);

    place(s->document, top)->role = MCP__ROLE_SUB;
    while (i < end) {
        mcp_json v = {top.doc, top.doc->nodes + i};

        while (s->resource->end <= i) {
            s->resource = s->resource->outer;
        }
        if (s->document->places[i].is_indexed) {
            i += v.node->skip;
            continue;
        }
        if (!scan_node(s, v)) {
            return false;
        }
        i++;
    }
    return true;
}

/* ---- documents --------------------------------------------------------------------------- */

bool mcp__document_add(struct mcp__compile *c, mcp_json root, mcp_str uri)
{
    struct mcp__document *d = mcp_arena_new(&c->schema->arena, struct mcp__document, 1);
    struct mcp__place *places =
        mcp_arena_new(&c->schema->arena, struct mcp__place, root.node->skip);
    struct scan s = {.c = c, .document = d};

    if (!d || !places) {
        return false;
    }
    *d = (struct mcp__document){.root = root, .uri = uri, .places = places, .next = c->documents};
    c->documents = d;
    return open_resource(&s, root) && (uri.len == 0 || name_add(&s, NULL, uri, root, root)) &&
           scan(&s, root);
}

static struct mcp__document *document_of(const struct mcp__compile *c, mcp_json v)
{
    struct mcp__document *d = c->documents;

    while (d && d->root.doc != v.doc) {
        d = d->next;
    }
    return d;
}

const struct mcp__document *mcp__document_of(const struct mcp__compile *c, mcp_json v)
{
    return document_of(c, v);
}

struct mcp__place *mcp__place_of(struct mcp__compile *c, mcp_json v)
{
    struct mcp__document *d = document_of(c, v);
    struct mcp__place *p = place(d, v);
    struct scan s = {.c = c, .document = d, .resource = p->resource};

    return p->is_indexed || scan(&s, v) ? p : NULL;
}

const struct mcp_schema_source *mcp__source_find(const struct mcp__compile *c, mcp_str uri)
{
    for (size_t i = 0; i < c->opt->n_sources; i++) {
        if (mcp_str_eq(without_fragment(c->opt->sources[i].uri), uri)) {
            return &c->opt->sources[i];
        }
    }
    return NULL;
}

const struct mcp__resource *mcp__resource_find(struct mcp__compile *c, mcp_str uri)
{
    const struct mcp__name *n = name_find(c, NULL, uri);
    const struct mcp_schema_source *source = n ? NULL : mcp__source_find(c, uri);
    mcp_json root;

    if (source) {
        if (!mcp__schema_read(c, uri, source->text, &root) ||
            !mcp__document_add(c, root, mcp_arena_dup(&c->schema->arena, uri))) {
            return NULL;
        }
        n = name_find(c, NULL, uri);
    }
    return n ? n->resource : NULL;
}
