/* mcp/schema_rule.h - a compiled JSON Schema. Inside the engine only.
 *
 * A subschema is a list of rules in the order of its text. schema_compile.c makes them from the
 * table of keywords in schema_keyword.c, schema_check.c runs them; schema_assert.c has the rules
 * about one value, schema_apply.c those that hand values to other subschemas. */
#ifndef MCP_SCHEMA_RULE_H
#define MCP_SCHEMA_RULE_H

#include <mcp/json_node.h>
#include <mcp/schema.h>

struct mcp__check;
struct mcp__compile;
struct mcp__pattern;
struct mcp__rule;
struct mcp__sub;

/* True when `v` obeys `r`; else mcp__broken() was called. */
typedef bool mcp__rule_fn(struct mcp__check *c, const struct mcp__rule *r, mcp_json v);
/* Fill `r` from r->value; false after mcp__bad_schema(). */
typedef bool mcp__compile_fn(struct mcp__compile *c, struct mcp__rule *r);
/* True when the unescaped text has the format. */
typedef bool mcp__format_fn(mcp_str s);

struct mcp__keyword {
    mcp_str name;
    mcp__compile_fn *compile;
    mcp__rule_fn *check; /* NULL: read by its siblings only, or an annotation */
};

/* A named subschema, pattern or list of names: one member of `properties` and its like. */
struct mcp__named {
    mcp_json key;
    struct mcp__sub *sub;
    const struct mcp__pattern *pattern; /* patternProperties */
    const mcp_str *names;               /* dependentRequired */
    size_t n_names;
};

struct mcp__rule {
    const struct mcp__keyword *keyword;
    const struct mcp__sub *in; /* where it stands; its siblings */
    mcp_json value;
    union {
        uint64_t count;             /* minLength, maxItems ... */
        unsigned types;             /* bits of enum mcp__types */
        bool flag;                  /* uniqueItems */
        struct mcp__decimal number; /* minimum, multipleOf ... */
        struct mcp__sub *sub;       /* items, not, $ref ... */
        const struct mcp__pattern *pattern;
        mcp__format_fn *format;
        struct {
            struct mcp__sub **at;
            size_t n;
        } subs; /* allOf, prefixItems ... */
        struct {
            struct mcp__named *at;
            size_t n;
        } named; /* properties (sorted by key), patternProperties ... */
        struct {
            const mcp_str *at;
            size_t n;
        } names; /* required */
    };
};

struct mcp__sub {
    mcp_json json;
    struct mcp__sub *next; /* in the order of compiling */
    struct mcp__rule *rules;
    size_t n;
    bool is_never; /* the schema `false` */
};

struct mcp_schema {
    struct mcp_arena arena; /* owns all of it, the compiled patterns too */
    mcp_json root;
    struct mcp__sub *start;
};

enum mcp__types {
    MCP__TYPE_NULL = 1,
    MCP__TYPE_BOOL = 2,
    MCP__TYPE_INTEGER = 4,
    MCP__TYPE_NUMBER = 8,
    MCP__TYPE_STRING = 16,
    MCP__TYPE_ARRAY = 32,
    MCP__TYPE_OBJECT = 64
};

/* ---- compiling ---- */

struct mcp__compile {
    struct mcp_schema *schema;
    struct mcp_schema_error *err;
    struct mcp__sub **by_node; /* what a node of the document was compiled to */
    struct mcp__sub *last;     /* the newest of the queue */
    size_t subs;
    bool allow_unknown;
    bool is_bad;
};

/* The row of a keyword, or NULL. */
const struct mcp__keyword *mcp__keyword_find(mcp_json key);

/* The subschema at `v`, queued for compiling if it is new. NULL after an error. */
struct mcp__sub *mcp__sub_at(struct mcp__compile *c, mcp_json v);
/* The value in the document that `pointer` (RFC 6901, unescaped) leads to; absent: none. */
mcp_json mcp__pointer_get(mcp_json root, mcp_str pointer);
/* Record the first error; returns false. */
bool mcp__bad_schema(struct mcp__compile *c, mcp_json at, const char *rule, const char *fmt, ...)
    MCP_FORMAT(4, 5);

/* ---- checking ---- */

struct mcp__check {
    const struct mcp_schema *schema;
    mcp_json root; /* the instance */
    struct mcp_arena *scratch;
    struct mcp_schema_error *err; /* may be NULL */
    void *match;                  /* schema_pattern.c: made at the first pattern */
    size_t steps;                 /* left */
    unsigned depth;
    unsigned quiet;  /* above 0: a trial whose errors nobody reads */
    bool is_stopped; /* out of steps or memory: nothing below says anything about the instance */
};

bool mcp__check_sub(struct mcp__check *c, const struct mcp__sub *sub, mcp_json v);
/* The same without an error text. Whoever turns its `false` into a `true` looks at is_stopped;
 * mcp__check_sub() does so behind every rule. */
bool mcp__try_sub(struct mcp__check *c, const struct mcp__sub *sub, mcp_json v);
/* Pay for work; false when the budget is spent. */
bool mcp__spend(struct mcp__check *c, size_t steps);
/* Say that `v` breaks `r`; returns false. */
bool mcp__broken(struct mcp__check *c, const struct mcp__rule *r, mcp_json v, const char *fmt, ...)
    MCP_FORMAT(4, 5);
/* False when mcp__broken() would say nothing, so preparing a text is a waste. */
bool mcp__is_heard(const struct mcp__check *c);
/* Give up altogether; returns false. */
bool mcp__stop(struct mcp__check *c, const char *rule, const char *text);
/* The rule of the same subschema whose keyword is `name`, or NULL. */
const struct mcp__rule *mcp__sibling(const struct mcp__rule *r, mcp_str name);
/* The member of a sorted `named` with this key, or NULL. */
const struct mcp__named *mcp__named_find(const struct mcp__rule *r, mcp_json key);

mcp__rule_fn mcp__check_type, mcp__check_enum, mcp__check_const, mcp__check_minimum,
    mcp__check_maximum, mcp__check_exclusive_minimum, mcp__check_exclusive_maximum,
    mcp__check_multiple_of, mcp__check_min_length, mcp__check_max_length, mcp__check_pattern,
    mcp__check_format, mcp__check_min_items, mcp__check_max_items, mcp__check_unique_items,
    mcp__check_min_properties, mcp__check_max_properties, mcp__check_required,
    mcp__check_dependent_required;
mcp__rule_fn mcp__check_ref, mcp__check_all_of, mcp__check_any_of, mcp__check_one_of,
    mcp__check_not, mcp__check_if, mcp__check_properties, mcp__check_pattern_properties,
    mcp__check_additional_properties, mcp__check_property_names, mcp__check_dependent_schemas,
    mcp__check_items, mcp__check_prefix_items, mcp__check_contains;

/* ---- formats and patterns ---- */

/* NULL: not a format we know. */
mcp__format_fn *mcp__format_find(mcp_json name);

/* Compile into `arena`. NULL: *reterr is static text, or NULL when out of memory. */
const struct mcp__pattern *mcp__pattern_new(struct mcp_arena *arena, mcp_str text,
                                            const char **reterr);
/* True when the pattern occurs in `s`. Running out of its limits stops the check. */
bool mcp__pattern_matches(struct mcp__check *c, const struct mcp__pattern *p, mcp_str s);

/* ---- texts of errors ---- */

/* The bits of enum mcp__types that `v` has; an integral number has two. */
unsigned mcp__types_of(mcp_json v);
/* Say that `v` has none of the types; returns false. */
bool mcp__broken_type(struct mcp__check *c, const struct mcp__rule *r, unsigned types, mcp_json v);

/* Allowed values as far as they fit, whole ones only. Start from {0}. */
struct mcp__value_list {
    char text[200];
    size_t n;
    bool is_full;
};
void mcp__value_list_add(struct mcp__value_list *l, mcp_json v);
/* Say that `v` is none of them; returns false. */
bool mcp__broken_list(struct mcp__check *c, const struct mcp__rule *r,
                      const struct mcp__value_list *l, mcp_json v);

/* Fill a path with the JSON Pointer from `root` to `v`; a key counts as its object. */
void mcp__pointer_to(mcp_json root, mcp_json v, char *out, size_t size);

#endif
