/* mcp/json_value.c - looking into a document that was read. */
#include <mcp/json_node.h>
#include <mcp/json_scan.h>

static const mcp_json ABSENT = {NULL, NULL};

enum mcp_json_type mcp_json_type(mcp_json v)
{
    return v.node ? (enum mcp_json_type)v.node->type : MCP_JSON_ABSENT;
}

const char *mcp_json_type_name(enum mcp_json_type type)
{
    static const char *const NAMES[] = {"absent", "null",  "boolean", "number",
                                        "string", "array", "object"};

    return (size_t)type < sizeof(NAMES) / sizeof(NAMES[0]) ? NAMES[type] : NAMES[0];
}

size_t mcp_json_count(mcp_json v)
{
    return v.node ? v.node->count : 0;
}

mcp_json mcp_json_first(mcp_json container)
{
    if (mcp_json_count(container) == 0) {
        return ABSENT;
    }
    size_t key = container.node->type == MCP_JSON_OBJECT;

    return (mcp_json){container.doc, container.node + 1 + key};
}

mcp_json mcp_json_next(mcp_json container, mcp_json element)
{
    if (!container.node || !element.node) {
        return ABSENT;
    }
    const struct mcp_json_node *at = element.node + element.node->skip;

    if (at >= container.node + container.node->skip) {
        return ABSENT;
    }
    return (mcp_json){container.doc, at + (container.node->type == MCP_JSON_OBJECT)};
}

mcp_json mcp_json_key(mcp_json member)
{
    return member.node && (member.node->flags & MCP__JSON_MEMBER)
               ? (mcp_json){member.doc, member.node - 1}
               : ABSENT;
}

mcp_json mcp_json_get(mcp_json object, mcp_str key)
{
    if (mcp_json_type(object) != MCP_JSON_OBJECT) {
        return ABSENT;
    }
    const struct mcp_json_node *at = object.node + 1, *end = object.node + object.node->skip;

    while (at < end) {
        if (mcp_json_str_eq((mcp_json){object.doc, at}, key)) {
            return (mcp_json){object.doc, at + 1};
        }
        at += 1 + at[1].skip;
    }
    return ABSENT;
}

mcp_json mcp_json_at(mcp_json array, size_t i)
{
    if (mcp_json_type(array) != MCP_JSON_ARRAY || i >= array.node->count) {
        return ABSENT;
    }
    const struct mcp_json_node *at = array.node + 1;

    while (i-- > 0) {
        at += at->skip;
    }
    return (mcp_json){array.doc, at};
}

mcp_str mcp_json_raw(mcp_json v)
{
    if (!v.node) {
        return mcp_str_n(NULL, 0);
    }
    size_t quote = v.node->type == MCP_JSON_STRING;

    return mcp_str_n(v.doc->text + v.node->start - quote, v.node->len + 2 * quote);
}

bool mcp_json_bool(mcp_json v, bool fallback)
{
    return mcp_json_type(v) == MCP_JSON_BOOL ? v.doc->text[v.node->start] == 't' : fallback;
}

static unsigned hex4(const char *p)
{
    unsigned v = 0;

    for (int i = 0; i < 4; i++) {
        v = v << 4 | mcp__hex((uint8_t)p[i]);
    }
    return v;
}

static size_t encode_utf8(uint32_t c, uint8_t out[4])
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (uint8_t)(0xc0 | c >> 6);
        out[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (uint8_t)(0xe0 | c >> 12);
        out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | c >> 18);
    out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (c & 0x3f));
    return 4;
}

static void drop(mcp_str *s, size_t n)
{
    s->ptr += n;
    s->len -= n;
}

size_t mcp__json_next_char(mcp_str *rest, uint8_t out[4])
{
    const char *p = rest->ptr;

    if (p[0] != '\\') {
        out[0] = (uint8_t)p[0];
        drop(rest, 1);
        return 1;
    }
    if (p[1] != 'u') {
        static const char FROM[] = "bfnrt", TO[] = "\b\f\n\r\t";
        const char *known = memchr(FROM, p[1], sizeof(FROM) - 1);

        out[0] = (uint8_t)(known ? TO[known - FROM] : p[1]);
        drop(rest, 2);
        return 1;
    }
    uint32_t c = hex4(p + 2);

    if (c >= 0xd800 && c <= 0xdbff) { /* the check has seen the second half */
        c = 0x10000 + ((c - 0xd800) << 10) + (hex4(p + 8) - 0xdc00);
        drop(rest, 6);
    }
    drop(rest, 6);
    return encode_utf8(c, out);
}

mcp_str mcp_json_str(mcp_json v, struct mcp_arena *arena, mcp_str fallback)
{
    if (mcp_json_type(v) != MCP_JSON_STRING) {
        return fallback;
    }
    mcp_str rest = mcp__json_inside(v);

    if (!(v.node->flags & MCP__JSON_ESCAPED)) {
        return rest;
    }
    /* Unescaping never lengthens; next_char writes up to 4 bytes for at least as many read. */
    uint8_t *out = mcp_arena_raw(arena, rest.len, 1);
    size_t n = 0;

    while (out && rest.len) {
        const char *slash = memchr(rest.ptr, '\\', rest.len);
        size_t run = slash ? (size_t)(slash - rest.ptr) : rest.len;

        memcpy(out + n, rest.ptr, run);
        n += run;
        drop(&rest, run);
        if (slash) {
            uint8_t c[4];
            size_t len = mcp__json_next_char(&rest, c);

            memcpy(out + n, c, len);
            n += len;
        }
    }
    return mcp_str_n((const char *)out, n);
}

bool mcp_json_str_eq(mcp_json v, mcp_str s)
{
    if (mcp_json_type(v) != MCP_JSON_STRING) {
        return false;
    }
    mcp_str rest = mcp__json_inside(v);

    if (!(v.node->flags & MCP__JSON_ESCAPED)) {
        return mcp_str_eq(rest, s);
    }
    while (rest.len) {
        uint8_t c[4];
        size_t n = mcp__json_next_char(&rest, c);

        if (n > s.len || memcmp(c, s.ptr, n) != 0) {
            return false;
        }
        drop(&s, n);
    }
    return s.len == 0;
}

/* One unescaped byte at a time, so that two spellings of a string compare without a copy. */
struct bytes {
    mcp_str rest;
    uint8_t c[4];
    size_t at, len;
};

static int next_byte(struct bytes *b)
{
    if (b->at == b->len) {
        if (b->rest.len == 0) {
            return -1;
        }
        b->len = mcp__json_next_char(&b->rest, b->c);
        b->at = 0;
    }
    return b->c[b->at++];
}

int mcp__json_str_cmp(mcp_json a, mcp_json b)
{
    if (!((a.node->flags | b.node->flags) & MCP__JSON_ESCAPED)) {
        return mcp_str_cmp(mcp__json_inside(a), mcp__json_inside(b));
    }
    struct bytes left = {.rest = mcp__json_inside(a)}, right = {.rest = mcp__json_inside(b)};
    int x, y;

    do {
        x = next_byte(&left);
        y = next_byte(&right);
    } while (x == y && x >= 0);
    return x - y;
}

static bool equal_arrays(mcp_json a, mcp_json b, size_t *steps)
{
    mcp_json y = mcp_json_first(b);

    for (mcp_json x = mcp_json_first(a); mcp_json_present(x); x = mcp_json_next(a, x)) {
        if (!mcp__json_equal(x, y, steps)) {
            return false;
        }
        y = mcp_json_next(b, y);
    }
    return true;
}

/* The member of `object` with the same name as `key`; looks at `guess` first, so that objects
 * written in the same order compare in one walk. */
static mcp_json same_member(mcp_json object, mcp_json guess, mcp_json key, size_t *steps)
{
    if (mcp_json_present(guess) && mcp__json_str_cmp(mcp_json_key(guess), key) == 0) {
        return guess;
    }
    for (mcp_json e = mcp_json_first(object); mcp_json_present(e) && *steps;
         e = mcp_json_next(object, e)) {
        --*steps;
        if (mcp__json_str_cmp(mcp_json_key(e), key) == 0) {
            return e;
        }
    }
    return ABSENT;
}

static bool equal_objects(mcp_json a, mcp_json b, size_t *steps)
{
    mcp_json guess = mcp_json_first(b);

    for (mcp_json x = mcp_json_first(a); mcp_json_present(x); x = mcp_json_next(a, x)) {
        mcp_json y = same_member(b, guess, mcp_json_key(x), steps);

        if (!mcp_json_present(y) || !mcp__json_equal(x, y, steps)) {
            return false;
        }
        guess = mcp_json_next(b, guess);
    }
    return true;
}

bool mcp__json_equal(mcp_json a, mcp_json b, size_t *steps)
{
    enum mcp_json_type type = mcp_json_type(a);

    if (*steps == 0 || type != mcp_json_type(b) || mcp_json_count(a) != mcp_json_count(b)) {
        return false;
    }
    --*steps;
    switch (type) {
    case MCP_JSON_BOOL:
        return mcp_json_bool(a, false) == mcp_json_bool(b, false);
    case MCP_JSON_NUMBER: {
        struct mcp__decimal x = mcp__decimal_read(mcp_json_raw(a));
        struct mcp__decimal y = mcp__decimal_read(mcp_json_raw(b));

        return mcp__decimal_cmp(&x, &y) == 0;
    }
    case MCP_JSON_STRING:
        return mcp__json_str_cmp(a, b) == 0;
    case MCP_JSON_ARRAY:
        return equal_arrays(a, b, steps);
    case MCP_JSON_OBJECT:
        return equal_objects(a, b, steps);
    default:
        return true;
    }
}

bool mcp_json_equal(mcp_json a, mcp_json b)
{
    size_t steps = SIZE_MAX;

    return mcp__json_equal(a, b, &steps);
}

/* FNV-1a over bytes that come one at a time. */
static uint64_t hash_byte(uint64_t h, uint8_t byte)
{
    return (h ^ byte) * UINT64_C(0x100000001b3);
}

static uint64_t hash_string(mcp_json v)
{
    struct bytes b = {.rest = mcp__json_inside(v)};
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (int c = next_byte(&b); c >= 0; c = next_byte(&b)) {
        h = hash_byte(h, (uint8_t)c);
    }
    return h;
}

static uint64_t hash_number(mcp_json v)
{
    struct mcp__decimal d = mcp__decimal_read(mcp_json_raw(v));
    uint64_t h = (uint64_t)d.exponent * 2 + d.is_negative;

    for (size_t i = 0; i < d.len; i++) {
        h = d.digits[i] == '.' ? h : hash_byte(h, (uint8_t)d.digits[i]);
    }
    return h;
}

uint64_t mcp__json_hash(mcp_json v)
{
    enum mcp_json_type type = mcp_json_type(v);
    uint64_t h = type * UINT64_C(0x9e3779b97f4a7c15);

    if (type == MCP_JSON_STRING) {
        return h ^ hash_string(v);
    }
    if (type == MCP_JSON_NUMBER) {
        return h ^ hash_number(v);
    }
    if (type == MCP_JSON_BOOL) {
        return h + mcp_json_bool(v, false);
    }
    for (mcp_json e = mcp_json_first(v); mcp_json_present(e); e = mcp_json_next(v, e)) {
        uint64_t item = mcp__json_hash(e);

        if (type == MCP_JSON_OBJECT) { /* a sum, because order does not count */
            h += (hash_string(mcp_json_key(e)) ^ (item << 1)) * UINT64_C(0xbf58476d1ce4e5b9);
        } else {
            h = (h ^ item) * UINT64_C(0x94d049bb133111eb) + (h >> 31);
        }
    }
    return h;
}
