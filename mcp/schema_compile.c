/* mcp/schema_compile.c - from schema text to rules: a queue of subschemas, no recursion. */
#include <mcp/alloc.h>
#include <mcp/schema_rule.h>

#include <stdarg.h>
#include <stdio.h>

enum { SUBS_MAX = 20000 };

#define SCHEMA_BYTES_MAX ((size_t)4 << 20)
#define ARENA_BYTES      ((size_t)64 << 20)

static const struct mcp_schema_error OUT_OF_MEMORY = {.rule = "memory", .text = "out of memory"};

bool mcp__bad_schema(struct mcp__compile *c, mcp_json at, const char *rule, const char *fmt, ...)
{
    if (!c->is_bad && c->err) {
        const struct mcp__document *d = mcp__document_of(c, at);
        bool is_other = d && d->root.doc != c->schema->root.doc;
        int n =
            is_other ? snprintf(c->err->text, sizeof(c->err->text), "in %.100s: ", d->uri.ptr) : 0;
        va_list args;

        mcp__pointer_to(d ? d->root : at, at, c->err->path, sizeof(c->err->path));
        snprintf(c->err->rule, sizeof(c->err->rule), "%s", rule);
        va_start(args, fmt);
        vsnprintf(c->err->text + n, sizeof(c->err->text) - (size_t)n, fmt, args);
        va_end(args);
        mcp__trim_to_utf8(c->err->text);
    }
    c->is_bad = true;
    return false;
}

struct mcp__sub *mcp__sub_at(struct mcp__compile *c, mcp_json v)
{
    struct mcp__place *place = mcp__place_of(c, v);
    enum mcp_json_type type = mcp_json_type(v);

    if (!place || place->sub) {
        return place ? place->sub : NULL;
    }
    if (type != MCP_JSON_OBJECT && type != MCP_JSON_BOOL) {
        mcp__bad_schema(c, v, "schema", "must be a schema: an object or a boolean");
        return NULL;
    }
    if (++c->subs > SUBS_MAX) {
        mcp__bad_schema(c, v, "schema", "has more than %d subschemas", SUBS_MAX);
        return NULL;
    }
    struct mcp__sub *sub = mcp_arena_new(&c->schema->arena, struct mcp__sub, 1);

    if (sub) {
        sub->json = v;
        sub->resource = place->resource;
        sub->is_never = type == MCP_JSON_BOOL && !mcp_json_bool(v, true);
        place->sub = sub;
        c->last->next = sub;
        c->last = sub;
    }
    return sub;
}

static bool is_extension(mcp_json key)
{
    return mcp_str_starts(mcp__json_inside(key), MCP_STR("x-"));
}

/* `then`, `minContains`: no rules of their own. What else has no check says nothing at all. */
static bool is_read_by_siblings(const struct mcp__keyword *k)
{
    return !k->check && (k->vocabularies & (MCP__VOCAB_APPLICATOR | MCP__VOCAB_VALIDATION));
}

/* Compile one member of a subschema into the next free rule. */
static bool compile_member(struct mcp__compile *c, struct mcp__sub *sub, mcp_json member)
{
    const struct mcp__keyword *keyword = mcp__keyword_find(mcp_json_key(member));
    struct mcp__rule *r = &sub->rules[sub->n];

    if (keyword && !(keyword->vocabularies & sub->resource->vocabularies)) {
        return true;
    }
    if (!keyword) {
        return c->opt->allow_unknown || is_extension(mcp_json_key(member)) ||
               mcp__bad_schema(c, member, "unknown", "unknown keyword %.*s",
                               MCP_STR_ARG(mcp_json_raw(mcp_json_key(member))));
    }
    *r = (struct mcp__rule){.keyword = keyword, .in = sub, .value = member};
    if (!keyword->compile(c, r)) {
        return false;
    }
    sub->n += keyword->check || is_read_by_siblings(keyword);
    return true;
}

static bool is_last(const struct mcp__rule *r)
{
    return r->keyword->vocabularies == MCP__VOCAB_UNEVALUATED;
}

/* Rules about what is left over come behind all others, which are kept in order. */
static void put_unevaluated_last(struct mcp__sub *sub)
{
    size_t end = sub->n;

    for (size_t i = 0; i < end;) {
        struct mcp__rule r = sub->rules[i];

        if (!is_last(&r)) {
            i++;
            continue;
        }
        sub->is_tracking = true;
        memmove(&sub->rules[i], &sub->rules[i + 1], (sub->n - i - 1) * sizeof(r));
        sub->rules[sub->n - 1] = r;
        end--;
    }
}

static bool compile_sub(struct mcp__compile *c, struct mcp__sub *sub)
{
    mcp_json object = sub->json;

    if (mcp_json_count(object) == 0) {
        return true;
    }
    sub->rules = mcp_arena_new(&c->schema->arena, struct mcp__rule, mcp_json_count(object));
    for (mcp_json e = mcp_json_first(object); sub->rules && mcp_json_present(e);
         e = mcp_json_next(object, e)) {
        if (!compile_member(c, sub, e)) {
            return false;
        }
    }
    put_unevaluated_last(sub);
    return sub->rules != NULL;
}

static bool compile_all(struct mcp__compile *c)
{
    struct mcp_schema *s = c->schema;
    mcp_str start = mcp_str_c(c->opt->start), uri = mcp_str_c(c->opt->uri);
    mcp_json first = mcp__pointer_get(s->root, start);

    c->last = &c->queue;
    uri = uri.len ? mcp_arena_dup(&s->arena, mcp_str_cut(&uri, '#')) : MCP_STR("");
    if (!mcp__document_add(c, s->root, uri)) {
        return false;
    }
    if (!mcp_json_present(first)) {
        return mcp__bad_schema(c, s->root, "start", "%.*s leads nowhere", MCP_STR_ARG(start));
    }
    s->start = mcp__sub_at(c, first);
    for (struct mcp__sub *sub = c->queue.next; sub; sub = sub->next) {
        if (!compile_sub(c, sub)) {
            return false;
        }
    }
    return s->start != NULL;
}

bool mcp__schema_read(struct mcp__compile *c, mcp_str uri, mcp_str text, mcp_json *ret)
{
    static const struct mcp_json_limits LIMITS = {SCHEMA_BYTES_MAX, 64, (size_t)1 << 19, true};
    struct mcp_arena *arena = &c->schema->arena;
    struct mcp_json_fault fault;
    mcp_err err = mcp_json_read(arena, mcp_arena_dup(arena, text), &LIMITS, ret, &fault);

    if (err == MCP_E_INVALID_JSON && !mcp_arena_failed(arena)) {
        return mcp__bad_schema(c, (mcp_json){0}, "json", "%s%.*s%s%s at byte %zu",
                               uri.len ? "in " : "", uri.len < 100 ? (int)uri.len : 100,
                               uri.len ? uri.ptr : "", uri.len ? ": " : "", fault.why,
                               fault.offset);
    }
    return !err;
}

static bool compile_text(struct mcp__compile *c, mcp_str text)
{
    struct mcp_schema *s = c->schema;

    mcp_arena_init(&s->arena, ARENA_BYTES);
    bool is_good = mcp__schema_read(c, MCP_STR(""), text, &s->root) && compile_all(c);

    if (mcp_arena_failed(&s->arena)) {
        is_good = false;
        if (c->err) {
            *c->err = OUT_OF_MEMORY;
        }
    }
    return is_good;
}

struct mcp_schema *mcp_schema_new(mcp_str text, const struct mcp_schema_options *opt,
                                  struct mcp_schema_error *reterr)
{
    static const struct mcp_schema_options DEFAULTS = {0};
    struct mcp_schema *s = mcp_alloc_new(struct mcp_schema);
    struct mcp__compile c = {.schema = s, .err = reterr, .opt = opt ? opt : &DEFAULTS};

    if (reterr) {
        *reterr = OUT_OF_MEMORY;
    }
    if (s && !compile_text(&c, text)) {
        mcp_schema_free(s);
        return NULL;
    }
    return s;
}

void mcp_schema_free(struct mcp_schema *s)
{
    if (s) {
        mcp_arena_free(&s->arena);
        mcp_free(s);
    }
}

mcp_json mcp_schema_json(const struct mcp_schema *s)
{
    return s->root;
}
