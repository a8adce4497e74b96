/* mcp/schema_apply.c - rules that hand a value or its parts to other subschemas. */
#include <mcp/schema_rule.h>

bool mcp__check_ref(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    return mcp__check_sub(c, r->sub, v);
}

bool mcp__check_all_of(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    for (size_t i = 0; i < r->subs.n; i++) {
        if (!mcp__check_sub(c, r->subs.at[i], v)) {
            return false;
        }
    }
    return true;
}

bool mcp__check_any_of(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    for (size_t i = 0; i < r->subs.n; i++) {
        if (mcp__try_sub(c, r->subs.at[i], v)) {
            return true;
        }
    }
    return mcp__broken(c, r, v, "must match at least one of the %zu allowed forms", r->subs.n);
}

bool mcp__check_one_of(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    size_t matches = 0;

    for (size_t i = 0; i < r->subs.n && matches < 2; i++) {
        matches += mcp__try_sub(c, r->subs.at[i], v);
    }
    return matches == 1 ||
           mcp__broken(c, r, v, "must match exactly one of the %zu allowed forms, not %s",
                       r->subs.n, matches ? "several" : "none");
}

bool mcp__check_not(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    return !mcp__try_sub(c, r->sub, v) || mcp__broken(c, r, v, "must not match the excluded form");
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
    for (mcp_json e = mcp_json_first(v); mcp_json_type(v) == MCP_JSON_OBJECT && mcp_json_present(e);
         e = mcp_json_next(v, e)) {
        const struct mcp__named *named = mcp__named_find(r, mcp_json_key(e));

        if (!mcp__spend(c, 1) || (named && !mcp__check_sub(c, named->sub, e))) {
            return false;
        }
    }
    return true;
}

static bool key_matches(struct mcp__check *c, const struct mcp__named *named, mcp_json member)
{
    mcp_str key = mcp_json_str(mcp_json_key(member), c->scratch, MCP_STR(""));

    return mcp__pattern_matches(c, named->pattern, key);
}

bool mcp__check_pattern_properties(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    for (mcp_json e = mcp_json_first(v); mcp_json_type(v) == MCP_JSON_OBJECT && mcp_json_present(e);
         e = mcp_json_next(v, e)) {
        for (size_t i = 0; i < r->named.n; i++) {
            const struct mcp__named *named = &r->named.at[i];

            if (key_matches(c, named, e) && !mcp__check_sub(c, named->sub, e)) {
                return false;
            }
        }
    }
    return true;
}

/* Named by `properties` or matched by `patternProperties` of the same subschema. */
static bool is_known(struct mcp__check *c, const struct mcp__rule *properties,
                     const struct mcp__rule *patterns, mcp_json member)
{
    if (properties && mcp__named_find(properties, mcp_json_key(member))) {
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

    for (mcp_json e = mcp_json_first(v); mcp_json_type(v) == MCP_JSON_OBJECT && mcp_json_present(e);
         e = mcp_json_next(v, e)) {
        if (!mcp__spend(c, 1)) {
            return false;
        }
        if (is_known(c, properties, patterns, e)) {
            continue;
        }
        if (r->sub->is_never) {
            return mcp__broken(c, r, v, "must not have the property %.*s",
                               MCP_STR_ARG(mcp_json_raw(mcp_json_key(e))));
        }
        if (!mcp__check_sub(c, r->sub, e)) {
            return false;
        }
    }
    return true;
}

bool mcp__check_property_names(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    for (mcp_json e = mcp_json_first(v); mcp_json_type(v) == MCP_JSON_OBJECT && mcp_json_present(e);
         e = mcp_json_next(v, e)) {
        if (!mcp__check_sub(c, r->sub, mcp_json_key(e))) {
            return false;
        }
    }
    return true;
}

bool mcp__check_dependent_schemas(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    for (mcp_json e = mcp_json_first(v); mcp_json_type(v) == MCP_JSON_OBJECT && mcp_json_present(e);
         e = mcp_json_next(v, e)) {
        const struct mcp__named *named = mcp__named_find(r, mcp_json_key(e));

        if (!mcp__spend(c, 1) || (named && !mcp__check_sub(c, named->sub, v))) {
            return false;
        }
    }
    return true;
}

/* ---- arrays ------------------------------------------------------------------------------ */

bool mcp__check_prefix_items(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    size_t i = 0;

    for (mcp_json e = mcp_json_first(v);
         mcp_json_type(v) == MCP_JSON_ARRAY && mcp_json_present(e) && i < r->subs.n;
         e = mcp_json_next(v, e)) {
        if (!mcp__check_sub(c, r->subs.at[i++], e)) {
            return false;
        }
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
        if (!mcp__check_sub(c, r->sub, e)) {
            return false;
        }
    }
    return true;
}

bool mcp__check_contains(struct mcp__check *c, const struct mcp__rule *r, mcp_json v)
{
    const struct mcp__rule *min = mcp__sibling(r, MCP_STR("minContains"));
    const struct mcp__rule *max = mcp__sibling(r, MCP_STR("maxContains"));
    uint64_t least = min ? min->count : 1, most = max ? max->count : UINT64_MAX, matches = 0;

    if (mcp_json_type(v) != MCP_JSON_ARRAY) {
        return true;
    }
    for (mcp_json e = mcp_json_first(v); mcp_json_present(e); e = mcp_json_next(v, e)) {
        matches += mcp__try_sub(c, r->sub, e);
    }
    if (matches < least) {
        return mcp__broken(c, min ? min : r, v, "must contain at least %llu matching item%s",
                           (unsigned long long)least, least == 1 ? "" : "s");
    }
    return matches <= most || mcp__broken(c, max, v, "must contain at most %llu matching item%s",
                                          (unsigned long long)most, most == 1 ? "" : "s");
}
