/* mcp/schema_pending.c - stands in until mcp/schema.c lands: parses, checks nothing. Weak, so that
 * the real one wins; delete with it. */
#include <mcp/schema.h>

#include <mcp/alloc.h>

#define WEAK __attribute__((weak))

struct mcp_schema {
    struct mcp_arena arena;
    mcp_json root;
};

WEAK struct mcp_schema *mcp_schema_new(mcp_str text, const struct mcp_schema_options *opt,
                                       struct mcp_schema_error *reterr)
{
    struct mcp_schema *s = mcp_alloc_new(struct mcp_schema);
    struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    mcp_err err = MCP_E_OVERLOADED;

    (void)opt;
    if (s) {
        mcp_arena_init(&s->arena, (size_t)1 << 24);
        text = mcp_arena_dup(&s->arena, text);
        err = mcp_json_read(&s->arena, text, &limits, &s->root, NULL);
    }
    if (err) {
        if (reterr) {
            *reterr = (struct mcp_schema_error){"", "json", "is not JSON"};
        }
        mcp_schema_free(s);
        return NULL;
    }
    return s;
}

WEAK void mcp_schema_free(struct mcp_schema *s)
{
    if (s) {
        mcp_arena_free(&s->arena);
        mcp_free(s);
    }
}

WEAK bool mcp_schema_check(const struct mcp_schema *s, mcp_json instance, struct mcp_arena *scratch,
                           struct mcp_schema_error *reterr)
{
    (void)s, (void)instance, (void)scratch, (void)reterr;
    return true;
}

WEAK mcp_json mcp_schema_json(const struct mcp_schema *s)
{
    return s->root;
}
