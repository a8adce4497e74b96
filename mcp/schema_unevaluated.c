/* mcp/schema_unevaluated.c - what is left over: members and items that no other rule looked at.
 *
 * Only while a subschema with an unevaluated* keyword is checked are parts noted at all: a set of
 * bits per such subschema and per trial inside it, on a stack that grows in the check's scratch.
 * JSON Schema 2020-12 core, section 11. */
#include <mcp/schema_rule.h>

enum { WORD_BITS = 64, FIRST_WORDS = 16 };

static bool grow(struct mcp__check *c, size_t words)
{
    size_t size = c->bits_size ? 2 * c->bits_size : FIRST_WORDS;

    while (size < c->bits_used + words) {
        size *= 2;
    }
    uint64_t *bits = mcp_arena_raw(c->scratch, size * sizeof(*bits), sizeof(*bits));

    if (!bits) {
        return mcp__stop(c, "memory", "no memory to note what was looked at");
    }
    if (c->bits_used) {
        memcpy(bits, c->bits, c->bits_used * sizeof(*bits));
    }
    c->bits = bits;
    c->bits_size = size;
    return true;
}

bool mcp__seen_begin(struct mcp__check *c, struct mcp__seen *seen, mcp_json v)
{
    size_t words = (mcp_json_count(v) + WORD_BITS - 1) / WORD_BITS;

    if (!mcp__spend(c, words) || (c->bits_used + words > c->bits_size && !grow(c, words))) {
        return false;
    }
    *seen = (struct mcp__seen){.outer = c->seen, .first = c->bits_used, .words = words};
    memset(c->bits + c->bits_used, 0, words * sizeof(*c->bits));
    c->bits_used += words;
    c->seen = seen;
    return true;
}

bool mcp__seen_end(struct mcp__check *c, struct mcp__seen *seen, bool is_good)
{
    c->seen = seen->outer;
    c->bits_used = seen->first;
    for (size_t i = 0; is_good && seen->outer && i < seen->words; i++) {
        c->bits[seen->outer->first + i] |= c->bits[seen->first + i];
    }
    return is_good;
}

void mcp__seen_add(struct mcp__check *c, size_t i)
{
    if (c->seen) {
        c->bits[c->seen->first + i / WORD_BITS] |= UINT64_C(1) << i % WORD_BITS;
    }
}

void mcp__seen_add_all(struct mcp__check *c)
{
    if (c->seen) {
        memset(c->bits + c->seen->first, 0xff, c->seen->words * sizeof(*c->bits));
    }
}

static bool is_seen(const struct mcp__check *c, size_t i)
{
    return c->bits[c->seen->first + i / WORD_BITS] >> i % WORD_BITS & 1;
}

static bool broken(struct mcp__check *c, const struct mcp__rule *r, mcp_json v, mcp_json part,
                   size_t i)
{
    static const char WHY[] = "which nothing else in the schema describes";

    if (mcp_json_type(v) == MCP_JSON_OBJECT) {
        return mcp__broken(c, r, v, "must not have the property %.*s, %s",
                           MCP_STR_ARG(mcp_json_raw(mcp_json_key(part))), WHY);
    }
    return mcp__broken(c, r, v, "must not have an item at index %zu, %s", i, WHY);
}

static bool check_rest(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    size_t i = 0;

    for (mcp_json e = mcp_json_first(v); mcp_json_present(e); e = mcp_json_next(v, e), i++) {
        if (!mcp__spend(c, 1)) {
            return false;
        }
        if (is_seen(c, i)) {
            continue;
        }
        if (r->sub->is_never) {
            return broken(c, r, v, e, i);
        }
        if (!mcp__check_part(c, r->sub, e)) {
            return false;
        }
    }
    mcp__seen_add_all(c);
    return true;
}

bool mcp__check_unevaluated_properties(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    return mcp_json_type(v) != MCP_JSON_OBJECT || mcp_json_count(v) == 0 || check_rest(c, r, v);
}

bool mcp__check_unevaluated_items(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    return mcp_json_type(v) != MCP_JSON_ARRAY || mcp_json_count(v) == 0 || check_rest(c, r, v);
}
