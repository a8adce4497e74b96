/* mcp/schema_compile.c - from schema text to rules: a queue of subschemas, no recursion. */
#include <mcp/alloc.h>
#include <mcp/schema_rule.h>

#include <stdarg.h>
#include <stdio.h>

enum { SUBS_MAX = 20000 };

#define SCHEMA_BYTES_MAX ((size_t)4 << 20)
#define ARENA_BYTES      ((size_t)64 << 20)

bool mcp__bad_schema(struct mcp__compile *c, mcp_json at, const char *rule, const char *fmt, ...)
{
    if (!c->is_bad && c->err) {
        va_list args;

        mcp__pointer_to(c->schema->root, at, c->err->path, sizeof(c->err->path));
        snprintf(c->err->rule, sizeof(c->err->rule), "%s", rule);
        va_start(args, fmt);
        vsnprintf(c->err->text, sizeof(c->err->text), fmt, args);
        va_end(args);
    }
    c->is_bad = true;
    return false;
}

struct mcp__sub *mcp__sub_at(struct mcp__compile *c, mcp_json v)
{
    struct mcp__sub **known = &c->by_node[v.node - c->schema->root.node];
    enum mcp_json_type type = mcp_json_type(v);

    if (*known) {
        return *known;
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
        sub->is_never = type == MCP_JSON_BOOL && !mcp_json_bool(v, true);
        *known = sub;
        c->last->next = sub;
        c->last = sub;
    }
    return sub;
}

static bool is_extension(mcp_json key)
{
    return mcp_str_starts(mcp__json_inside(key), MCP_STR("x-"));
}

/* Compile one member of a subschema into the next free rule. */
static bool compile_member(struct mcp__compile *c, struct mcp__sub *sub, mcp_json member)
{
    const struct mcp__keyword *keyword = mcp__keyword_find(mcp_json_key(member));
    struct mcp__rule *r = &sub->rules[sub->n];

    if (!keyword) {
        return c->allow_unknown || is_extension(mcp_json_key(member)) ||
               mcp__bad_schema(c, member, "unknown", "unknown keyword %.*s",
                               MCP_STR_ARG(mcp_json_raw(mcp_json_key(member))));
    }
    *r = (struct mcp__rule){.keyword = keyword, .in = sub, .value = member};
    sub->n++;
    return keyword->compile(c, r);
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
    return sub->rules != NULL;
}

static bool compile_all(struct mcp__compile *c, mcp_str start)
{
    struct mcp_schema *s = c->schema;
    struct mcp__sub queue = {0};
    mcp_json first = mcp__pointer_get(s->root, start);

    c->by_node = mcp_arena_new(&s->arena, struct mcp__sub *, s->root.node->skip);
    c->last = &queue;
    if (!c->by_node) {
        return false;
    }
    if (!mcp_json_present(first)) {
        return mcp__bad_schema(c, s->root, "start", "%.*s leads nowhere", MCP_STR_ARG(start));
    }
    s->start = mcp__sub_at(c, first);
    for (struct mcp__sub *sub = queue.next; sub; sub = sub->next) {
        if (!compile_sub(c, sub)) {
            return false;
        }
    }
    return s->start != NULL;
}

static bool read_text(struct mcp__compile *c, mcp_str text)
{
    static const struct mcp_json_limits LIMITS = {SCHEMA_BYTES_MAX, 64, (size_t)1 << 19, true};
    struct mcp_json_fault fault;
    struct mcp_schema *s = c->schema;
    mcp_err err =
        mcp_json_read(&s->arena, mcp_arena_dup(&s->arena, text), &LIMITS, &s->root, &fault);

    if (err == MCP_E_INVALID_JSON && !mcp_arena_failed(&s->arena)) {
        return mcp__bad_schema(c, s->root, "json", "%s at byte %zu", fault.why, fault.offset);
    }
    return !err;
}

struct mcp_schema *mcp_schema_new(mcp_str text, const struct mcp_schema_options *opt,
                                  struct mcp_schema_error *reterr)
{
    struct mcp_schema *s = mcp_alloc_new(struct mcp_schema);
    struct mcp__compile c = {
        .schema = s, .err = reterr, .allow_unknown = opt && opt->allow_unknown};

    if (reterr) {
        *reterr = (struct mcp_schema_error){.rule = "memory", .text = "out of memory"};
    }
    if (!s) {
        return NULL;
    }
    mcp_arena_init(&s->arena, ARENA_BYTES);
    if (!read_text(&c, text) || !compile_all(&c, mcp_str_c(opt ? opt->start : NULL)) ||
        mcp_arena_failed(&s->arena)) {
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
