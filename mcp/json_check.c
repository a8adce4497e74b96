/* mcp/json_check.c - RFC 8259, exactly: the strict check in front of jsmn.
 *
 * jsmn finds tokens quickly but accepts `{,}`, `[10}`, `01` and raw control characters. This pass
 * accepts what the grammar says and nothing else, and counts the tokens jsmn will make. */
#include <mcp/json_scan.h>
#include <mcp/utf8.h>

enum { DEPTH_MAX = 64 };

struct check {
    const uint8_t *at, *end;
    uint64_t objects; /* bit n: the container at depth n + 1 is an object */
    size_t depth, depth_max;
    size_t nodes, nodes_max;
    bool escaped;
    const char *why;
};

enum step { FAILED, WANT_VALUE, HAVE_VALUE };

static bool fail(struct check *c, const uint8_t *at, const char *why)
{
    c->at = at;
    c->why = why;
    return false;
}

static enum step stop(struct check *c, const uint8_t *at, const char *why)
{
    fail(c, at, why);
    return FAILED;
}

static void skip_space(struct check *c)
{
    while (c->at < c->end &&
           (*c->at == ' ' || *c->at == '\n' || *c->at == '\r' || *c->at == '\t')) {
        c->at++;
    }
}

static bool count_node(struct check *c)
{
    return ++c->nodes <= c->nodes_max || fail(c, c->at, "too many values");
}

/* The UTF-16 unit of the four hex digits at `p`, or 0x10000. */
static unsigned utf16_unit(const uint8_t *p, const uint8_t *end)
{
    unsigned v = 0;

    if (end - p < 4) {
        return 0x10000;
    }
    for (int i = 0; i < 4; i++) {
        unsigned digit = mcp__hex(p[i]);

        if (digit > 15) {
            return 0x10000;
        }
        v = v << 4 | digit;
    }
    return v;
}

/* Past the escape whose backslash is at `p`, or NULL. */
static const uint8_t *escape_end(struct check *c, const uint8_t *p)
{
    if (c->end - p < 2) {
        fail(c, c->end, "the text ends inside a string");
        return NULL;
    }
    if (p[1] != 'u') {
        if (memchr("\"\\/bfnrt", p[1], 8)) {
            return p + 2;
        }
        fail(c, p, "unknown escape");
        return NULL;
    }
    unsigned unit = utf16_unit(p + 2, c->end);

    if (unit > 0xffff) {
        fail(c, p, "\\u without four hex digits");
        return NULL;
    }
    if (unit < 0xd800 || unit > 0xdfff) {
        return p + 6;
    }
    unsigned low = unit < 0xdc00 && c->end - p >= 12 && p[6] == '\\' && p[7] == 'u'
                       ? utf16_unit(p + 8, c->end)
                       : 0;

    if (low < 0xdc00 || low > 0xdfff) {
        fail(c, p, "lone surrogate");
        return NULL;
    }
    return p + 12;
}

/* Past the byte at `p` that needs a look, or NULL. */
static const uint8_t *unclean_end(struct check *c, const uint8_t *p)
{
    if (*p == '\\') {
        c->escaped = true;
        return escape_end(c, p);
    }
    if (*p < 0x20) {
        fail(c, p, "control character in a string");
        return NULL;
    }
    while (p < c->end && *p >= 0x80) {
        size_t n = mcp__utf8_sequence(p, (size_t)(c->end - p));

        if (n == 0) {
            fail(c, p, "invalid UTF-8");
            return NULL;
        }
        p += n;
    }
    return p;
}

static bool check_string(struct check *c)
{
    const uint8_t *p = c->at + 1;

    if (!count_node(c)) {
        return false;
    }
    while ((p = mcp__json_skip_clean(p, c->end)) < c->end) {
        if (*p == '"') {
            c->at = p + 1;
            return true;
        }
        p = unclean_end(c, p);
        if (!p) {
            return false;
        }
    }
    return fail(c, c->end, "the text ends inside a string");
}

static const uint8_t *digits_end(const uint8_t *p, const uint8_t *end)
{
    const uint8_t *first = p;

    while (p < end && *p >= '0' && *p <= '9') {
        p++;
    }
    return p > first ? p : NULL;
}

const uint8_t *mcp__json_number_end(const uint8_t *p, const uint8_t *end)
{
    p += p < end && *p == '-';
    p = p < end && *p == '0' ? p + 1 : digits_end(p, end);
    if (p && p < end && *p == '.') {
        p = digits_end(p + 1, end);
    }
    if (p && p < end && (*p == 'e' || *p == 'E')) {
        p++;
        p += p < end && (*p == '+' || *p == '-');
        p = digits_end(p, end);
    }
    return p;
}

static bool check_number(struct check *c)
{
    const uint8_t *p = mcp__json_number_end(c->at, c->end);

    if (!p) {
        return fail(c, c->at, "malformed number");
    }
    if (!count_node(c)) {
        return false;
    }
    c->at = p;
    return true;
}

static bool check_literal(struct check *c, mcp_str word)
{
    if ((size_t)(c->end - c->at) < word.len || memcmp(c->at, word.ptr, word.len) != 0) {
        return fail(c, c->at, "unknown literal");
    }
    if (!count_node(c)) {
        return false;
    }
    c->at += word.len;
    return true;
}

/* A key and its colon. */
static bool check_key(struct check *c)
{
    skip_space(c);
    if (c->at == c->end) {
        return fail(c, c->at, "the text ends early");
    }
    if (*c->at != '"') {
        return fail(c, c->at, "a key must be a string");
    }
    if (!check_string(c)) {
        return false;
    }
    skip_space(c);
    if (c->at == c->end || *c->at != ':') {
        return fail(c, c->at, "a colon is missing");
    }
    c->at++;
    return true;
}

static enum step open_container(struct check *c)
{
    bool is_object = *c->at == '{';

    if (c->depth == c->depth_max) {
        return stop(c, c->at, "nested too deeply");
    }
    if (!count_node(c)) {
        return FAILED;
    }
    c->at++;
    skip_space(c);
    if (c->at < c->end && *c->at == (is_object ? '}' : ']')) {
        c->at++;
        return HAVE_VALUE;
    }
    uint64_t bit = (uint64_t)1 << c->depth++;

    c->objects = is_object ? c->objects | bit : c->objects & ~bit;
    return !is_object || check_key(c) ? WANT_VALUE : FAILED;
}

/* Take one scalar, or the opening of a container. */
static enum step begin_value(struct check *c)
{
    bool is_good;

    skip_space(c);
    if (c->at == c->end) {
        return stop(c, c->at, "the text ends early");
    }
    switch (*c->at) {
    case '{':
    case '[':
        return open_container(c);
    case '"':
        is_good = check_string(c);
        break;
    case 't':
        is_good = check_literal(c, MCP_STR("true"));
        break;
    case 'f':
        is_good = check_literal(c, MCP_STR("false"));
        break;
    case 'n':
        is_good = check_literal(c, MCP_STR("null"));
        break;
    default:
        is_good = (*c->at == '-' || (*c->at >= '0' && *c->at <= '9'))
                      ? check_number(c)
                      : fail(c, c->at, "a value must stand here");
    }
    return is_good ? HAVE_VALUE : FAILED;
}

/* After a value: the end of containers, or the comma before the next value. */
static enum step end_value(struct check *c)
{
    while (c->depth > 0) {
        bool is_object = c->objects >> (c->depth - 1) & 1;

        skip_space(c);
        if (c->at == c->end) {
            return stop(c, c->at, "the text ends early");
        }
        if (*c->at == ',') {
            c->at++;
            return !is_object || check_key(c) ? WANT_VALUE : FAILED;
        }
        if (*c->at != (is_object ? '}' : ']')) {
            return stop(c, c->at, "a comma or the end must stand here");
        }
        c->at++;
        c->depth--;
    }
    return HAVE_VALUE;
}

static bool check_text(struct check *c)
{
    enum step step = WANT_VALUE;

    if (c->end - c->at >= 3 && memcmp(c->at, "\xef\xbb\xbf", 3) == 0) {
        return fail(c, c->at, "byte order mark");
    }
    while (step == WANT_VALUE) {
        step = begin_value(c);
        if (step == HAVE_VALUE) {
            step = end_value(c);
        }
    }
    if (step == FAILED) {
        return false;
    }
    skip_space(c);
    return c->at == c->end || fail(c, c->at, "bytes after the value");
}

bool mcp__json_check(mcp_str text, const struct mcp_json_limits *limits,
                     struct mcp__json_shape *ret, struct mcp_json_fault *reterr)
{
    const uint8_t *start = text.len ? (const uint8_t *)text.ptr : (const uint8_t *)"";
    struct check c = {
        .at = start,
        .end = start + text.len,
        .depth_max = limits->depth_max < DEPTH_MAX ? limits->depth_max : DEPTH_MAX,
        .nodes_max = limits->nodes_max,
    };

    /* jsmn counts bytes in an int. */
    if (text.len > limits->bytes_max || text.len >= INT32_MAX) {
        *reterr = (struct mcp_json_fault){0, "too long"};
        return false;
    }
    if (!check_text(&c)) {
        *reterr = (struct mcp_json_fault){(size_t)(c.at - start), c.why};
        return false;
    }
    *ret = (struct mcp__json_shape){c.nodes, c.escaped};
    return true;
}
