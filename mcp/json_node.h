/* mcp/json_node.h - a read document: nodes in the order of the text. Inside the engine only.
 *
 * A container is followed by its elements, each element by its own; a member is two nodes, key
 * then value. `skip` leads over a whole subtree. */
#ifndef MCP_JSON_NODE_H
#define MCP_JSON_NODE_H

#include <mcp/json.h>

enum { MCP__JSON_ESCAPED = 1, MCP__JSON_MEMBER = 2, MCP__JSON_KEY = 4 };

struct mcp_json_node {
    uint32_t start, len; /* bytes of the text; without the quotes of a string */
    uint32_t skip;       /* nodes of this subtree, itself included */
    uint32_t count;      /* elements or members */
    uint8_t type;        /* enum mcp_json_type */
    uint8_t flags;
    uint8_t unused[2];
};

struct mcp_json_doc {
    const char *text;
    struct mcp_json_node nodes[];
};

/* The bytes between the quotes, escapes as they stand. `v` is a string. */
static inline mcp_str mcp__json_inside(mcp_json v)
{
    return mcp_str_n(v.doc->text + v.node->start, v.node->len);
}

/* Unescape one character of `rest` into `out` and drop it from `rest` (not empty, checked text).
 * Returns the bytes written, 1..4. */
size_t mcp__json_next_char(mcp_str *rest, uint8_t out[4]);

/* Order of two strings by their unescaped bytes. */
int mcp__json_str_cmp(mcp_json a, mcp_json b);

/* A JSON number as sign, digits and power of ten: digits x 10^exponent, exactly. */
struct mcp__decimal {
    bool is_negative;
    const char *digits; /* from the first to the last digit that is not 0; may hold one '.' */
    size_t len;         /* bytes of `digits`, the '.' included */
    size_t count;       /* digits among them; 0: the number is zero */
    int64_t exponent;
};
/* `number` is a checked JSON number. */
struct mcp__decimal mcp__decimal_read(mcp_str number);
/* Below, equal to or above zero. */
int mcp__decimal_cmp(const struct mcp__decimal *a, const struct mcp__decimal *b);

/* mcp_json_equal() that gives up (false, *steps 0) after *steps nodes. */
bool mcp__json_equal(mcp_json a, mcp_json b, size_t *steps);
/* A hash that is equal for values that are equal. */
uint64_t mcp__json_hash(mcp_json v);

#endif
