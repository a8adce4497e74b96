/* mcp/schema_check.c - run the rules of a compiled schema over an instance, within a budget. */
#include <mcp/schema_rule.h>

#include <stdarg.h>
#include <stdio.h>

enum {
    STEPS_MAX = 1 << 20, /* rules run, members looked at: some ten milliseconds */
    DEPTH_MAX = 200      /* subschemas inside subschemas; an instance has at most 64 levels */
};

void mcp__trim_to_utf8(char *text)
{
    size_t len = strlen(text);

    while (len && !mcp_str_is_utf8(mcp_str_n(text, len))) {
        text[--len] = '\0';
    }
}

/* Fill all but the sentence. Returns how much of it is there already: a key, whose path is that of
 * its object, is named. */
static size_t say_where(struct mcp__check *c, const char *rule, mcp_json v)
{
    struct mcp_schema_error *e = c->err;
    mcp_str name = mcp_str_head(mcp_json_raw(v), 100);

    mcp__pointer_to(c->root, v, e->path, sizeof(e->path));
    snprintf(e->rule, sizeof(e->rule), "%s", rule);
    if (!v.node || !(v.node->flags & MCP__JSON_KEY)) {
        return 0;
    }
    snprintf(e->text, sizeof(e->text), "the property name %.*s ", MCP_STR_ARG(name));
    return strlen(e->text);
}

bool mcp__is_heard(const struct mcp__check *c)
{
    return c->err && !c->quiet && !c->is_stopped;
}

bool mcp__broken(struct mcp__check *c, const struct mcp__rule *r, mcp_json v, const char *fmt, ...)
{
    if (mcp__is_heard(c)) {
        size_t n = say_where(c, r->keyword->name.ptr, v);
        va_list args;

        va_start(args, fmt);
        vsnprintf(c->err->text + n, sizeof(c->err->text) - n, fmt, args);
        va_end(args);
        mcp__trim_to_utf8(c->err->text);
    }
    return false;
}

bool mcp__stop(struct mcp__check *c, const char *rule, const char *text)
{
    if (c->err && !c->is_stopped) {
        *c->err = (struct mcp_schema_error){0};
        snprintf(c->err->rule, sizeof(c->err->rule), "%s", rule);
        snprintf(c->err->text, sizeof(c->err->text), "%s", text);
    }
    c->is_stopped = true;
    return false;
}

static bool never(struct mcp__check *c, mcp_json v)
{
    static const struct mcp__keyword FALSE_SCHEMA = {.name = MCP_STR_INIT("false")};
    static const struct mcp__rule RULE = {.keyword = &FALSE_SCHEMA};

    return mcp__broken(c, &RULE, v, "is not allowed");
}

static bool check_rules(struct mcp__check *c, const struct mcp__sub *sub, mcp_json v)
{
    bool is_scalar = v.node && v.node->count == 0, is_good = true;
    size_t price = 1 + (is_scalar ? v.node->len / 64 : 0); /* a rule may read it all */

    for (size_t i = 0; is_good && i < sub->n; i++) {
        const struct mcp__rule *r = &sub->rules[i];

        if (r->keyword->check) {
            is_good = mcp__spend(c, price) && r->keyword->check(c, r, v) && !c->is_stopped;
        }
    }
    return is_good;
}

static bool check_tracking(struct mcp__check *c, const struct mcp__sub *sub, mcp_json v)
{
    struct mcp__seen seen;

    return mcp__seen_begin(c, &seen, v) && mcp__seen_end(c, &seen, check_rules(c, sub, v));
}

bool mcp__check_sub(struct mcp__check *c, const struct mcp__sub *sub, mcp_json v)
{
    struct mcp__scope scope = {sub->resource, c->scope};

    if (!mcp__spend(c, 1)) {
        return false;
    }
    if (sub->is_never) {
        return never(c, v);
    }
    if (c->depth == DEPTH_MAX) {
        return mcp__stop(c, "steps", "the schema refers to itself too deeply");
    }
    c->depth++;
    if (!c->scope || c->scope->resource != sub->resource) {
        c->scope = &scope;
    }
    bool is_good =
        sub->is_tracking && mcp_json_count(v) ? check_tracking(c, sub, v) : check_rules(c, sub, v);

    c->scope = scope.outer;
    c->depth--;
    return is_good;
}

static bool try_tracking(struct mcp__check *c, const struct mcp__sub *sub, mcp_json v)
{
    struct mcp__seen seen;

    return mcp__seen_begin(c, &seen, v) && mcp__seen_end(c, &seen, mcp__check_sub(c, sub, v));
}

bool mcp__try_sub(struct mcp__check *c, const struct mcp__sub *sub, mcp_json v)
{
    c->quiet++;
    bool is_good = c->seen ? try_tracking(c, sub, v) : mcp__check_sub(c, sub, v);

    c->quiet--;
    return is_good;
}

bool mcp__check_part(struct mcp__check *c, const struct mcp__sub *sub, mcp_json v)
{
    struct mcp__seen *seen = c->seen;

    c->seen = NULL;
    bool is_good = mcp__check_sub(c, sub, v);

    c->seen = seen;
    return is_good;
}

bool mcp__try_part(struct mcp__check *c, const struct mcp__sub *sub, mcp_json v)
{
    c->quiet++;
    bool is_good = mcp__check_part(c, sub, v);

    c->quiet--;
    return is_good;
}

const struct mcp__rule *mcp__sibling(const struct mcp__rule *r, mcp_str name)
{
    for (size_t i = 0; i < r->in->n; i++) {
        if (mcp_str_eq(r->in->rules[i].keyword->name, name)) {
            return &r->in->rules[i];
        }
    }
    return NULL;
}

static bool is_same_key(mcp_json a, mcp_json b)
{
    return (a.node->flags | b.node->flags) & MCP__JSON_ESCAPED
               ? mcp__json_str_cmp(a, b) == 0
               : mcp_str_eq(mcp__json_inside(a), mcp__json_inside(b));
}

/* Of a few keys most differ in length: quicker than halving. */
static const struct mcp__named *find_of_few(const struct mcp__rule *r, mcp_json key, size_t *hint)
{
    size_t i = *hint;

    for (size_t n = r->named.n; n > 0; n--, i++) {
        i = i < r->named.n ? i : 0;
        if (is_same_key(key, r->named.at[i].key)) {
            *hint = i + 1;
            return &r->named.at[i];
        }
    }
    return NULL;
}

const struct mcp__named *mcp__named_find(const struct mcp__rule *r, mcp_json key, size_t *hint)
{
    size_t low = 0, high = r->named.n;

    if (high <= MCP__NAMED_FEW) {
        return find_of_few(r, key, hint);
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = mcp__json_str_cmp(key, r->named.at[middle].key);

        if (order == 0) {
            return &r->named.at[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

bool mcp_schema_check(const struct mcp_schema *s, mcp_json instance, struct mcp_arena *scratch,
                      struct mcp_schema_error *reterr)
{
    struct mcp__check c = {
        .schema = s, .root = instance, .scratch = scratch, .err = reterr, .steps = STEPS_MAX};
    bool is_good = mcp__check_sub(&c, s->start, instance);

    if (mcp_arena_failed(scratch)) {
        is_good = mcp__stop(&c, "memory", "no memory to check");
    }
    return is_good;
}
