/* mcp/schema_assert.c - rules about one value: types, numbers, strings, counts. */
#include <mcp/schema_rule.h>

enum { SHOWN_BYTES = 120 };

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* ---- any type ---------------------------------------------------------------------------- */

bool mcp__check_type(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    return (mcp__types_of(v) & r->types) ||
           (mcp__is_heard(c) && mcp__broken_type(c, r, r->types, v));
}

bool mcp__check_enum(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    struct mcp__value_list list = {0};

    for (mcp_json e = mcp_json_first(r->value); mcp_json_present(e);
         e = mcp_json_next(r->value, e)) {
        if (mcp__json_equal(e, v, &c->steps)) {
            return true;
        }
        if (!mcp__spend(c, 1)) {
            return false;
        }
    }
    if (!mcp__is_heard(c)) {
        return false;
    }
    for (mcp_json e = mcp_json_first(r->value); mcp_json_present(e);
         e = mcp_json_next(r->value, e)) {
        mcp__value_list_add(&list, e);
    }
    return mcp__broken_list(c, r, &list, v);
}

bool mcp__check_const(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    mcp_str raw = mcp_json_raw(r->value);

    if (mcp__json_equal(r->value, v, &c->steps)) {
        return true;
    }
    if (c->steps == 0) {
        return mcp__spend(c, 1);
    }
    return raw.len <= SHOWN_BYTES ? mcp__broken(c, r, v, "must be %.*s", MCP_STR_ARG(raw))
                                  : mcp__broken(c, r, v, "must be the one value allowed");
}

/* ---- numbers ----------------------------------------------------------------------------- */

/* Order of the instance and the rule's number; `fallback` for anything but a number. */
static int order(const struct mcp__rule *r, mcp_json v, int fallback)
{
    if (mcp_json_type(v) != MCP_JSON_NUMBER) {
        return fallback;
    }
    struct mcp__decimal d = mcp__decimal_read(mcp_json_raw(v));

    return mcp__decimal_cmp(&d, &r->number);
}

bool mcp__check_minimum(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    return order(r, v, 1) >= 0 ||
           mcp__broken(c, r, v, "must be at least %.*s", MCP_STR_ARG(mcp_json_raw(r->value)));
}

bool mcp__check_maximum(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    return order(r, v, -1) <= 0 ||
           mcp__broken(c, r, v, "must be at most %.*s", MCP_STR_ARG(mcp_json_raw(r->value)));
}

bool mcp__check_exclusive_minimum(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    return order(r, v, 1) > 0 ||
           mcp__broken(c, r, v, "must be greater than %.*s", MCP_STR_ARG(mcp_json_raw(r->value)));
}

bool mcp__check_exclusive_maximum(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    return order(r, v, -1) < 0 ||
           mcp__broken(c, r, v, "must be less than %.*s", MCP_STR_ARG(mcp_json_raw(r->value)));
}

/* The digits of `d` modulo `m` < 10^18. */
static uint64_t digits_modulo(const struct mcp__decimal *d, uint64_t m)
{
    uint64_t rest = 0;

    for (size_t i = 0; i < d->len; i++) {
        if (d->digits[i] != '.') {
            rest = (rest * 10 + (uint64_t)(d->digits[i] - '0')) % m;
        }
    }
    return rest;
}

/* Exactly a x 10^i modulo b x 10^j = 0. Neither a nor b ends in 0, so j <= i is needed; and no
 * more than 60 tens matter to a b below 2^60, whose factors 2 and 5 are then used up. */
static bool is_multiple(const struct mcp__decimal *a, const struct mcp__decimal *b)
{
    static const struct mcp__decimal ZERO = {0};
    int64_t tens = a->exponent - b->exponent;
    uint64_t m = digits_modulo(b, UINT64_C(1000000000000000000));

    if (mcp__decimal_cmp(a, &ZERO) == 0) {
        return true;
    }
    if (tens < 0) {
        return false;
    }
    uint64_t rest = digits_modulo(a, m);

    for (tens = tens > 60 ? 60 : tens; tens > 0 && rest; tens--) {
        rest = rest * 10 % m;
    }
    return rest == 0;
}

bool mcp__check_multiple_of(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    if (mcp_json_type(v) != MCP_JSON_NUMBER) {
        return true;
    }
    struct mcp__decimal d = mcp__decimal_read(mcp_json_raw(v));

    return is_multiple(&d, &r->number) ||
           mcp__broken(c, r, v, "must be a multiple of %.*s", MCP_STR_ARG(mcp_json_raw(r->value)));
}

/* ---- strings ----------------------------------------------------------------------------- */

static uint64_t code_points(mcp_json v)
{
    mcp_str rest = mcp__json_inside(v);
    uint64_t n = 0;
    uint8_t c[4];

    if (!(v.node->flags & MCP__JSON_ESCAPED)) {
        for (size_t i = 0; i < rest.len; i++) {
            n += (rest.ptr[i] & 0xc0) != 0x80;
        }
        return n;
    }
    while (rest.len) {
        mcp__json_next_char(&rest, c);
        n += (c[0] & 0xc0) != 0x80; /* a plain character comes byte by byte */
    }
    return n;
}

bool mcp__check_min_length(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    return mcp_json_type(v) != MCP_JSON_STRING || code_points(v) >= r->count ||
           mcp__broken(c, r, v, "must be at least %llu character%s long",
                       (unsigned long long)r->count, plural(r->count));
}

bool mcp__check_max_length(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    return mcp_json_type(v) != MCP_JSON_STRING || code_points(v) <= r->count ||
           mcp__broken(c, r, v, "must be at most %llu character%s long",
                       (unsigned long long)r->count, plural(r->count));
}

bool mcp__check_pattern(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    mcp_str raw = mcp_json_raw(r->value);

    if (mcp_json_type(v) != MCP_JSON_STRING ||
        mcp__pattern_matches(c, r->pattern, mcp_json_str(v, c->scratch, MCP_STR("")))) {
        return true;
    }
    return raw.len <= SHOWN_BYTES
               ? mcp__broken(c, r, v, "must match the pattern %.*s", MCP_STR_ARG(raw))
               : mcp__broken(c, r, v, "must match its pattern");
}

bool mcp__check_format(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    if (mcp_json_type(v) != MCP_JSON_STRING || !r->format) {
        return true;
    }
    mcp_str s = mcp_json_str(v, c->scratch, MCP_STR(""));

    return (r->format->is ? r->format->is(s) : r->format->check(c, s)) ||
           mcp__broken(c, r, v, "must be a valid %.*s", MCP_STR_ARG(mcp__json_inside(r->value)));
}

/* ---- arrays and objects: counts and names -------------------------------------------------- */

bool mcp__check_min_items(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    return mcp_json_type(v) != MCP_JSON_ARRAY || mcp_json_count(v) >= r->count ||
           mcp__broken(c, r, v, "must have at least %llu item%s", (unsigned long long)r->count,
                       plural(r->count));
}

bool mcp__check_max_items(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    return mcp_json_type(v) != MCP_JSON_ARRAY || mcp_json_count(v) <= r->count ||
           mcp__broken(c, r, v, "must have at most %llu item%s", (unsigned long long)r->count,
                       plural(r->count));
}

static const char *properties(uint64_t n)
{
    return n == 1 ? "property" : "properties";
}

bool mcp__check_min_properties(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    return mcp_json_type(v) != MCP_JSON_OBJECT || mcp_json_count(v) >= r->count ||
           mcp__broken(c, r, v, "must have at least %llu %s", (unsigned long long)r->count,
                       properties(r->count));
}

bool mcp__check_max_properties(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    return mcp_json_type(v) != MCP_JSON_OBJECT || mcp_json_count(v) <= r->count ||
           mcp__broken(c, r, v, "must have at most %llu %s", (unsigned long long)r->count,
                       properties(r->count));
}

/* Both looked up and asked for by name: what a look-up costs is the members it passes. */
static bool has_member(struct mcp__check *c, mcp_json object, mcp_str name)
{
    return mcp__spend(c, mcp_json_count(object) / 8 + 1) &&
           mcp_json_present(mcp_json_get(object, name));
}

bool mcp__check_required(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    for (size_t i = 0; mcp_json_type(v) == MCP_JSON_OBJECT && i < r->names.n; i++) {
        if (!has_member(c, v, r->names.at[i])) {
            return mcp__broken(c, r, v, "must have the property \"%.*s\"",
                               MCP_STR_ARG(r->names.at[i]));
        }
    }
    return true;
}

bool mcp__check_dependent_required(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    size_t hint = 0;

    for (mcp_json e = mcp_json_first(v); mcp_json_type(v) == MCP_JSON_OBJECT && mcp_json_present(e);
         e = mcp_json_next(v, e)) {
        const struct mcp__named *named = mcp__named_find(r, mcp_json_key(e), &hint);

        for (size_t i = 0; named && i < named->n_names; i++) {
            if (!has_member(c, v, named->names[i])) {
                return mcp__broken(c, r, v, "must have the property \"%.*s\" beside %.*s",
                                   MCP_STR_ARG(named->names[i]),
                                   MCP_STR_ARG(mcp_json_raw(mcp_json_key(e))));
            }
        }
    }
    return true;
}

/* An open-addressing set of the items seen, by their hash. */
struct item_set {
    mcp_json *at;
    size_t mask;
};

/* True when the item is new. Items of equal hash are compared, at the cost of steps. */
static bool add_item(struct mcp__check *c, struct item_set *set, mcp_json item)
{
    for (size_t i = (size_t)mcp__json_hash(item) & set->mask;; i = (i + 1) & set->mask) {
        if (!mcp_json_present(set->at[i])) {
            set->at[i] = item;
            return true;
        }
        if (!mcp__spend(c, 1) || mcp__json_equal(set->at[i], item, &c->steps)) {
            return false;
        }
    }
}

bool mcp__check_unique_items(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    struct item_set set = {.mask = 15};

    if (!r->flag || mcp_json_type(v) != MCP_JSON_ARRAY || mcp_json_count(v) < 2) {
        return true;
    }
    while (set.mask < 2 * mcp_json_count(v)) {
        set.mask = 2 * set.mask + 1;
    }
    set.at = mcp_arena_new(c->scratch, mcp_json, set.mask + 1);
    if (!set.at) {
        return mcp__stop(c, "memory", "no memory to compare the items");
    }
    if (!mcp__spend(c, v.node->skip)) { /* hashing looks at every node below */
        return false;
    }
    for (mcp_json e = mcp_json_first(v); mcp_json_present(e); e = mcp_json_next(v, e)) {
        if (!add_item(c, &set, e)) {
            return mcp__broken(c, r, v, "must not have the same item twice");
        }
    }
    return true;
}
