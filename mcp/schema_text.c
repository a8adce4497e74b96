/* mcp/schema_text.c - the words in which a broken rule names types and values. */
#include <mcp/schema_rule.h>

#include <stdio.h>

static bool is_integer(mcp_json v)
{
    struct mcp__decimal d = mcp__decimal_read(mcp_json_raw(v));

    return d.exponent >= 0;
}

unsigned mcp__types_of(mcp_json v)
{
    switch (mcp_json_type(v)) {
    case MCP_JSON_NULL:
        return MCP__TYPE_NULL;
    case MCP_JSON_BOOL:
        return MCP__TYPE_BOOL;
    case MCP_JSON_NUMBER:
        return MCP__TYPE_NUMBER | (is_integer(v) ? MCP__TYPE_INTEGER : 0u);
    case MCP_JSON_STRING:
        return MCP__TYPE_STRING;
    case MCP_JSON_ARRAY:
        return MCP__TYPE_ARRAY;
    case MCP_JSON_OBJECT:
        return MCP__TYPE_OBJECT;
    default:
        return 0;
    }
}

bool mcp__broken_type(struct mcp__check *c, const struct mcp__rule *r, unsigned types, mcp_json v)
{
    static const char *const NAMES[] = {"null",     "a boolean", "an integer", "a number",
                                        "a string", "an array",  "an object"};
    bool is_fraction = mcp_json_type(v) == MCP_JSON_NUMBER && (types & MCP__TYPE_INTEGER);
    char wanted[128] = "";
    size_t n = 0;

    for (unsigned i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if (types & 1u << i) {
            snprintf(wanted + n, sizeof(wanted) - n, "%s%s", n ? " or " : "", NAMES[i]);
            n = strlen(wanted);
        }
    }
    return mcp__broken(c, r, v, "must be %s, not %s", wanted,
                       is_fraction ? "a fraction" : mcp_json_type_name(mcp_json_type(v)));
}

void mcp__value_list_add(struct mcp__value_list *l, mcp_json v)
{
    mcp_str raw = mcp_json_raw(v);
    size_t left = sizeof(l->text) - l->n;

    if (l->is_full) {
        return;
    }
    l->is_full = raw.len + sizeof(", , ...") > left;
    if (l->is_full) {
        snprintf(l->text + l->n, left, "%s...", l->n ? ", " : "");
    } else {
        snprintf(l->text + l->n, left, "%s%.*s", l->n ? ", " : "", MCP_STR_ARG(raw));
    }
    l->n += strlen(l->text + l->n);
}

bool mcp__broken_list(struct mcp__check *c, const struct mcp__rule *r,
                      const struct mcp__value_list *l, mcp_json v)
{
    return mcp__broken(c, r, v, "must be one of %s", l->n ? l->text : "no values");
}
