/* mcp/schema_apply.c - rules that hand a value or its parts to other subschemas. */
#include <mcp/schema_rule.h>

bool mcp__check_all_of(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    for (size_t i = 0; i < r->subs.n; i++) {
        if (!mcp__check_sub(c, r->subs.at[i], v)) {
            return false;
        }
    }
    return true;
}

/* The rule of a subschema with this check, also behind a $ref; or NULL. */
static const struct mcp__rule *find_rule(const struct mcp__sub *sub, mcp__rule_fn *check)
{
    enum { HOPS_MAX = 8 };

    for (int hop = 0; sub && hop < HOPS_MAX; hop++) {
        const struct mcp__sub *target = NULL;

        for (size_t i = 0; i < sub->n; i++) {
            if (sub->rules[i].keyword->check == check) {
                return &sub->rules[i];
            }
            if (sub->rules[i].keyword->check == mcp__check_ref) {
                target = sub->rules[i].sub;
            }
        }
        sub = target;
    }
    return NULL;
}

/* The types a form admits, as far as its `type` says. */
static unsigned admitted(const struct mcp__sub *sub)
{
    const struct mcp__rule *type = find_rule(sub, mcp__check_type);

    return type ? type->types : sub->is_never ? 0 : ~0u;
}

/* True when every form is one constant; lists them. */
static bool list_constants(const struct mcp__rule *r, struct mcp__value_list *ret)
{
    for (size_t i = 0; i < r->subs.n; i++) {
        const struct mcp__rule *constant = find_rule(r->subs.at[i], mcp__check_const);

        if (!constant) {
            return false;
        }
        mcp__value_list_add(ret, constant->value);
    }
    return true;
}

/* Say why `v` has none of the forms, so that whoever sent it can do better: the constants when
 * there is nothing else, the types when none fits, the one form that has its type. */
static bool matches_none(struct mcp__check *c, const struct mcp__rule *r, mcp_json v,
                         const char *how_many)
{
    const struct mcp__sub *candidate = NULL;
    struct mcp__value_list constants = {0};
    unsigned types = 0;
    size_t n = 0;

    if (!mcp__is_heard(c)) {
        return false;
    }
    if (list_constants(r, &constants)) {
        return mcp__broken_list(c, r, &constants, v);
    }
    for (size_t i = 0; i < r->subs.n; i++) {
        unsigned form = admitted(r->subs.at[i]);

        types |= form;
        if (form & mcp__types_of(v)) {
            candidate = r->subs.at[i];
            n++;
        }
    }
    if (n == 0 && types) {
        return mcp__broken_type(c, r, types, v);
    }
    return n == 1 ? mcp__check_sub(c, candidate, v)
                  : mcp__broken(c, r, v, "must match %s of the %zu allowed forms", how_many,
                                r->subs.n);
}

bool mcp__check_any_of(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    bool is_good = false;

    for (size_t i = 0; i < r->subs.n && !(is_good && !c->seen); i++) {
        is_good |= mcp__try_sub(c, r->subs.at[i], v);
    }
    return is_good || matches_none(c, r, v, "at least one");
}

bool mcp__check_one_of(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    size_t matches = 0;

    for (size_t i = 0; i < r->subs.n && matches < 2; i++) {
        matches += mcp__try_sub(c, r->subs.at[i], v);
    }
    if (matches == 0) {
        return matches_none(c, r, v, "exactly one");
    }
    return matches == 1 ||
           mcp__broken(c, r, v, "must match only one of the %zu allowed forms", r->subs.n);
}

bool mcp__check_not(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    return !mcp__try_part(c, r->sub, v) || mcp__broken(c, r, v, "must not match the excluded form");
}

bool mcp__check_if(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    bool holds = mcp__try_sub(c, r->sub, v);
    const struct mcp__rule *branch = mcp__sibling(r, holds ? MCP_STR("then") : MCP_STR("else"));

    return c->is_stopped || !branch || mcp__check_sub(c, branch->sub, v);
}

/* ---- objects ----------------------------------------------------------------------------- */

bool mcp__check_properties(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    size_t i = 0, hint = 0;

    for (mcp_json e = mcp_json_first(v); mcp_json_type(v) == MCP_JSON_OBJECT && mcp_json_present(e);
         e = mcp_json_next(v, e), i++) {
        const struct mcp__named *named = mcp__named_find(r, mcp_json_key(e), &hint);

        if (!mcp__spend(c, 1) || (named && !mcp__check_part(c, named->sub, e))) {
            return false;
        }
        if (named) {
            mcp__seen_add(c, i);
        }
    }
    return true;
}

static bool key_matches(struct mcp__check *c, const struct mcp__named *named, mcp_json member)
{
    mcp_str key = mcp_json_str(mcp_json_key(member), c->scratch, MCP_STR(""));

    return mcp__pattern_matches(c, named->pattern, key);
}

/* All patterns that match the member's key have a say. */
static bool check_patterns(struct mcp__check *c, const struct mcp__rule *r, mcp_json e, size_t i)
{
    for (size_t k = 0; k < r->named.n; k++) {
        const struct mcp__named *named = &r->named.at[k];

        if (!key_matches(c, named, e)) {
            continue;
        }
        if (!mcp__check_part(c, named->sub, e)) {
            return false;
        }
        mcp__seen_add(c, i);
    }
    return true;
}

bool mcp__check_pattern_properties(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    size_t i = 0;

    for (mcp_json e = mcp_json_first(v); mcp_json_type(v) == MCP_JSON_OBJECT && mcp_json_present(e);
         e = mcp_json_next(v, e)) {
        if (!check_patterns(c, r, e, i++)) {
            return false;
        }
    }
    return true;
}

/* Named by `properties` or matched by `patternProperties` of the same subschema. */
static bool is_known(struct mcp__check *c, const struct mcp__rule *properties,
                     const struct mcp__rule *patterns, mcp_json member, size_t *hint)
{
    if (properties && mcp__named_find(properties, mcp_json_key(member), hint)) {
        return true;
    }
    for (size_t i = 0; patterns && i < patterns->named.n; i++) {
        if (key_matches(c, &patterns->named.at[i], member)) {
            return true;
        }
    }
    return false;
}

bool mcp__check_additional_properties(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    const struct mcp__rule *properties = mcp__sibling(r, MCP_STR("properties"));
    const struct mcp__rule *patterns = mcp__sibling(r, MCP_STR("patternProperties"));
    size_t hint = 0;

    for (mcp_json e = mcp_json_first(v); mcp_json_type(v) == MCP_JSON_OBJECT && mcp_json_present(e);
         e = mcp_json_next(v, e)) {
        if (!mcp__spend(c, 1)) {
            return false;
        }
        if (is_known(c, properties, patterns, e, &hint)) {
            continue;
        }
        if (r->sub->is_never) {
            return mcp__broken(c, r, v, "must not have the property %.*s",
                               MCP_STR_ARG(mcp_json_raw(mcp_json_key(e))));
        }
        if (!mcp__check_part(c, r->sub, e)) {
            return false;
        }
    }
    mcp__seen_add_all(c);
    return true;
}

bool mcp__check_property_names(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    for (mcp_json e = mcp_json_first(v); mcp_json_type(v) == MCP_JSON_OBJECT && mcp_json_present(e);
         e = mcp_json_next(v, e)) {
        if (!mcp__check_part(c, r->sub, mcp_json_key(e))) {
            return false;
        }
    }
    return true;
}

bool mcp__check_dependent_schemas(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    size_t hint = 0;

    for (mcp_json e = mcp_json_first(v); mcp_json_type(v) == MCP_JSON_OBJECT && mcp_json_present(e);
         e = mcp_json_next(v, e)) {
        const struct mcp__named *named = mcp__named_find(r, mcp_json_key(e), &hint);

        if (!mcp__spend(c, 1) || (named && named->sub && !mcp__check_sub(c, named->sub, v))) {
            return false;
        }
    }
    return true;
}

/* The name of before 2019-09: each member is what dependentRequired or dependentSchemas has. */
bool mcp__check_dependencies(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    return mcp__check_dependent_required(c, r, v) && mcp__check_dependent_schemas(c, r, v);
}

/* ---- arrays ------------------------------------------------------------------------------ */

bool mcp__check_prefix_items(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    size_t i = 0;

    for (mcp_json e = mcp_json_first(v);
         mcp_json_type(v) == MCP_JSON_ARRAY && mcp_json_present(e) && i < r->subs.n;
         e = mcp_json_next(v, e)) {
        if (!mcp__check_part(c, r->subs.at[i], e)) {
            return false;
        }
        mcp__seen_add(c, i++);
    }
    return true;
}

bool mcp__check_items(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    const struct mcp__rule *prefix = mcp__sibling(r, MCP_STR("prefixItems"));
    size_t first = prefix ? prefix->subs.n : 0, i = 0;

    for (mcp_json e = mcp_json_first(v); mcp_json_type(v) == MCP_JSON_ARRAY && mcp_json_present(e);
         e = mcp_json_next(v, e)) {
        if (i++ < first) {
            continue;
        }
        if (r->sub->is_never) {
            return mcp__broken(c, r, v, "must have at most %zu item%s", first,
                               first == 1 ? "" : "s");
        }
        if (!mcp__check_part(c, r->sub, e)) {
            return false;
        }
    }
    if (i > first) {
        mcp__seen_add_all(c);
    }
    return true;
}

bool mcp__check_contains(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    const struct mcp__rule *min = mcp__sibling(r, MCP_STR("minContains"));
    const struct mcp__rule *max = mcp__sibling(r, MCP_STR("maxContains"));
    uint64_t least = min ? min->count : 1, most = max ? max->count : UINT64_MAX, matches = 0;
    size_t i = 0;

    if (mcp_json_type(v) != MCP_JSON_ARRAY) {
        return true;
    }
    for (mcp_json e = mcp_json_first(v); mcp_json_present(e); e = mcp_json_next(v, e), i++) {
        if (mcp__try_part(c, r->sub, e)) {
            mcp__seen_add(c, i);
            matches++;
        }
    }
    if (matches < least) {
        return mcp__broken(c, min ? min : r, v, "must contain at least %llu matching item%s",
                           (unsigned long long)least, least == 1 ? "" : "s");
    }
    return matches <= most || mcp__broken(c, max, v, "must contain at most %llu matching item%s",
                                          (unsigned long long)most, most == 1 ? "" : "s");
}
