/* mcp/json_read.c - from text to nodes: the strict check, jsmn's tokens, then the nodes in the
 * tokens' place. */
#include <mcp/json_node.h>
#include <mcp/json_scan.h>

#include <limits.h>

#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#include <jsmn.h>

enum { DEPTH_MAX = 64, PAIRWISE_MAX = 16 };

_Static_assert(sizeof(jsmntok_t) == sizeof(struct mcp_json_node), "a node takes a token's place");
_Static_assert(_Alignof(jsmntok_t) == _Alignof(struct mcp_json_node), "and its alignment");

static enum mcp_json_type scalar_type(char first)
{
    return first == 'n'                   ? MCP_JSON_NULL
           : first == 't' || first == 'f' ? MCP_JSON_BOOL
                                          : MCP_JSON_NUMBER;
}

static inline struct mcp_json_node from_token(const jsmntok_t *t, const char *text,
                                              bool may_be_escaped)
{
    struct mcp_json_node n = {
        .start = (uint32_t)t->start,
        .len = (uint32_t)(t->end - t->start),
        .skip = 1,
    };

    if (t->type == JSMN_STRING) {
        n.type = MCP_JSON_STRING;
        n.flags = may_be_escaped && memchr(text + t->start, '\\', n.len) ? MCP__JSON_ESCAPED : 0;
    } else if (t->type == JSMN_PRIMITIVE) {
        n.type = (uint8_t)scalar_type(text[t->start]);
    } else {
        n.type = t->type == JSMN_OBJECT ? MCP_JSON_OBJECT : MCP_JSON_ARRAY;
        n.count = (uint32_t)t->size;
    }
    return n;
}

/* A container around the token at hand. */
struct open {
    int i, end;
    bool is_object;
};

/* Turn each token into a node in the same memory. */
static void nodes_from_tokens(struct mcp_json_doc *doc, int n, bool may_be_escaped)
{
    struct mcp_json_node *nodes = doc->nodes;
    struct open stack[1 + DEPTH_MAX], *top = stack;

    *top = (struct open){-1, INT_MAX, false};
    for (int i = 0; i < n; i++) {
        jsmntok_t t;

        memcpy(&t, &nodes[i], sizeof(t));
        for (; t.start >= top->end; top--) {
            nodes[top->i].skip = (uint32_t)(i - top->i);
        }
        nodes[i] = from_token(&t, doc->text, may_be_escaped);
        if (top->is_object) {
            nodes[i].flags |= t.parent == top->i ? MCP__JSON_KEY : MCP__JSON_MEMBER;
        }
        if (nodes[i].count) {
            *++top = (struct open){i, t.end, t.type == JSMN_OBJECT};
        }
    }
    for (; top > stack; top--) {
        nodes[top->i].skip = (uint32_t)(n - top->i);
    }
}

static mcp_json value(const struct mcp_json_doc *doc, const struct mcp_json_node *node)
{
    return (mcp_json){doc, node};
}

static bool has_nul(mcp_json key)
{
    mcp_str rest = mcp__json_inside(key);
    uint8_t c[4];

    while (rest.len) {
        mcp__json_next_char(&rest, c);
        if (c[0] == 0) {
            return true;
        }
    }
    return false;
}

static bool is_same_key(mcp_json a, mcp_json b)
{
    return (a.node->flags | b.node->flags) & MCP__JSON_ESCAPED
               ? mcp__json_str_cmp(a, b) == 0
               : mcp_str_eq(mcp__json_inside(a), mcp__json_inside(b));
}

/* The repeated key of a small object, by comparing all pairs. */
static mcp_json repeated_of_few(mcp_json object)
{
    mcp_json keys[PAIRWISE_MAX];
    size_t n = 0;

    for (mcp_json e = mcp_json_first(object); mcp_json_present(e); e = mcp_json_next(object, e)) {
        keys[n] = mcp_json_key(e);
        for (size_t i = 0; i < n; i++) {
            if (is_same_key(keys[i], keys[n])) {
                return keys[n];
            }
        }
        n++;
    }
    return (mcp_json){0};
}

struct key_heap {
    const struct mcp_json_doc *doc;
    uint32_t *at; /* node numbers of keys */
    size_t n;
};

static int key_cmp(const struct key_heap *h, size_t i, size_t j)
{
    return mcp__json_str_cmp(value(h->doc, &h->doc->nodes[h->at[i]]),
                             value(h->doc, &h->doc->nodes[h->at[j]]));
}

static void key_swap(struct key_heap *h, size_t i, size_t j)
{
    uint32_t t = h->at[i];

    h->at[i] = h->at[j];
    h->at[j] = t;
}

static void sift_down(struct key_heap *h, size_t i)
{
    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= h->n) {
            return;
        }
        if (child + 1 < h->n && key_cmp(h, child, child + 1) < 0) {
            child++;
        }
        if (key_cmp(h, i, child) >= 0) {
            return;
        }
        key_swap(h, i, child);
        i = child;
    }
}

/* The repeated key of a large object. Sorted rather than hashed: no choice of keys makes it
 * quadratic. Heapsort meets each pair of equals when one of them leaves the top. */
static mcp_json repeated_of_many(struct mcp_arena *arena, mcp_json object)
{
    size_t all = mcp_json_count(object);
    struct key_heap h = {object.doc, mcp_arena_raw(arena, all * sizeof(uint32_t), 4), 0};

    if (!h.at) {
        return (mcp_json){0};
    }
    for (mcp_json e = mcp_json_first(object); mcp_json_present(e); e = mcp_json_next(object, e)) {
        h.at[h.n++] = (uint32_t)(e.node - 1 - object.doc->nodes);
    }
    for (size_t i = all / 2; i-- > 0;) {
        sift_down(&h, i);
    }
    while (h.n > 1) {
        key_swap(&h, 0, --h.n);
        sift_down(&h, 0);
        if (key_cmp(&h, 0, h.n) == 0) {
            size_t later = h.at[0] > h.at[h.n] ? 0 : h.n;

            return value(object.doc, &object.doc->nodes[h.at[later]]);
        }
    }
    return (mcp_json){0};
}

/* True when no object repeats a key and no key has a NUL; else fills *reterr. */
static bool check_keys(struct mcp_arena *arena, const struct mcp_json_doc *doc, size_t n,
                       struct mcp_json_fault *reterr)
{
    for (size_t i = 0; i < n; i++) {
        mcp_json v = value(doc, &doc->nodes[i]), repeated = {0};

        if (v.node->flags == (MCP__JSON_KEY | MCP__JSON_ESCAPED) && has_nul(v)) {
            *reterr = (struct mcp_json_fault){v.node->start - 1, "a key with a NUL"};
            return false;
        }
        if (v.node->type == MCP_JSON_OBJECT && v.node->count > 1) {
            repeated =
                v.node->count <= PAIRWISE_MAX ? repeated_of_few(v) : repeated_of_many(arena, v);
        }
        if (mcp_json_present(repeated)) {
            *reterr = (struct mcp_json_fault){repeated.node->start - 1, "a key occurs twice"};
            return false;
        }
    }
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static mcp_str trim_space(mcp_str s)
{
    while (s.len && is_space(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len && is_space(s.ptr[s.len - 1])) {
        s.len--;
    }
    return s;
}

/* jsmn wants a delimiter behind a number or literal, so a lone one is made here. */
static void fill_scalar(struct mcp_json_doc *doc, mcp_str scalar, bool may_be_escaped)
{
    size_t start = (size_t)(scalar.ptr - doc->text), end = start + scalar.len;
    bool is_string = scalar.ptr[0] == '"';
    jsmntok_t t = {.type = is_string ? JSMN_STRING : JSMN_PRIMITIVE,
                   .start = (int)start + is_string,
                   .end = (int)end - is_string};

    doc->nodes[0] = from_token(&t, doc->text, may_be_escaped);
}

static bool fill(struct mcp_json_doc *doc, mcp_str text, const struct mcp__json_shape *shape)
{
    jsmn_parser parser;
    jsmntok_t *tokens = (jsmntok_t *)(void *)doc->nodes;

    mcp_str trimmed = trim_space(text);

    if (trimmed.ptr[0] != '{' && trimmed.ptr[0] != '[') {
        fill_scalar(doc, trimmed, shape->escaped);
        return true;
    }
    jsmn_init(&parser);
    if (jsmn_parse(&parser, text.ptr, text.len, tokens, (unsigned)shape->nodes) !=
        (int)shape->nodes) {
        return false;
    }
    nodes_from_tokens(doc, (int)shape->nodes, shape->escaped);
    return true;
}

mcp_err mcp_json_read(struct mcp_arena *arena, mcp_str text, const struct mcp_json_limits *limits,
                      mcp_json *ret, struct mcp_json_fault *reterr)
{
    struct mcp__json_shape shape;
    struct mcp_json_fault unasked;

    reterr = reterr ? reterr : &unasked;
    if (!mcp__json_check(text, limits, &shape, reterr)) {
        return MCP_E_INVALID_JSON;
    }
    struct mcp_json_doc *doc = mcp_arena_raw(
        arena, sizeof(*doc) + shape.nodes * sizeof(doc->nodes[0]), _Alignof(struct mcp_json_doc));

    if (!doc) {
        return MCP_E_OVERLOADED;
    }
    doc->text = text.ptr;
    if (!fill(doc, text, &shape)) {
        *reterr = (struct mcp_json_fault){0, "tokens and grammar disagree"};
        return MCP_E_INVALID_JSON;
    }
    if (limits->refuse_duplicates && !check_keys(arena, doc, shape.nodes, reterr)) {
        return MCP_E_INVALID_JSON;
    }
    if (mcp_arena_failed(arena)) {
        return MCP_E_OVERLOADED;
    }
    *ret = value(doc, doc->nodes);
    return MCP_OK;
}
