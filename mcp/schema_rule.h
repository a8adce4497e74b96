/* mcp/schema_rule.h - a compiled JSON Schema. Inside the engine only.
 *
 * A subschema is a list of rules in the order of its text. schema_resource.c finds what `$id` and
 * the anchors of a document name, schema_compile.c makes rules from the table of keywords in
 * schema_keyword.c, schema_check.c runs them; schema_assert.c has the rules about one value,
 * schema_apply.c those that hand values to other subschemas, schema_ref.c the references,
 * schema_unevaluated.c what is left over. */
#ifndef MCP_SCHEMA_RULE_H
#define MCP_SCHEMA_RULE_H

#include <mcp/json_node.h>
#include <mcp/schema.h>

struct mcp__check;
struct mcp__compile;
struct mcp__pattern;
struct mcp__resource;
struct mcp__rule;
struct mcp__sub;

/* True when `v` obeys `r`; else mcp__broken() was called. */
typedef bool mcp__rule_fn(struct mcp__check *c, const struct mcp__rule *r, mcp_json v);
/* Fill `r` from r->value; false after mcp__bad_schema(). */
typedef bool mcp__compile_fn(struct mcp__compile *c, struct mcp__rule *r);
/* True when the unescaped text has the format. */
typedef bool mcp__format_fn(mcp_str s);

/* What the value of a keyword is to whoever looks for subschemas. */
enum mcp__role { MCP__ROLE_DATA, MCP__ROLE_SUB, MCP__ROLE_SUB_LIST, MCP__ROLE_SUB_MAP };

/* The vocabularies of 2020-12, https://json-schema.org/draft/2020-12/vocab/... */
enum mcp__vocabulary {
    MCP__VOCAB_CORE = 1,
    MCP__VOCAB_APPLICATOR = 2,
    MCP__VOCAB_UNEVALUATED = 4,
    MCP__VOCAB_VALIDATION = 8,
    MCP__VOCAB_META_DATA = 16,
    MCP__VOCAB_FORMAT_ANNOTATION = 32,
    MCP__VOCAB_FORMAT_ASSERTION = 64,
    MCP__VOCAB_CONTENT = 128,
    MCP__VOCAB_FORMAT = MCP__VOCAB_FORMAT_ANNOTATION | MCP__VOCAB_FORMAT_ASSERTION,
    MCP__VOCAB_STANDARD = 255 - MCP__VOCAB_FORMAT_ASSERTION
};

struct mcp__format {
    mcp_str name;
    mcp__format_fn *is;
    bool (*check)(struct mcp__check *c, mcp_str s); /* the same for those that cost memory */
};

struct mcp__keyword {
    mcp_str name;
    mcp__compile_fn *compile;
    mcp__rule_fn *check; /* NULL: read by its siblings only, or an annotation */
    enum mcp__role role;
    unsigned vocabularies; /* means something where one of these is in use */
};

/* A named subschema, pattern or list of names: one member of `properties` and its like. */
struct mcp__named {
    mcp_json key;
    struct mcp__sub *sub;
    const struct mcp__pattern *pattern; /* patternProperties */
    const mcp_str *names;               /* dependentRequired */
    size_t n_names;
};

enum { MCP__NAMED_FEW = 12 };

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
        const struct mcp__format *format; /* NULL: not checked */
        struct {
            struct mcp__sub **at;
            size_t n;
        } subs; /* allOf, prefixItems ... */
        struct {
            struct mcp__named *at;
            size_t n;
        } named; /* properties, patternProperties ...; more than MCP__NAMED_FEW: sorted by key */
        struct {
            const mcp_str *at;
            size_t n;
        } names; /* required */
        struct {
            struct mcp__sub *sub;
            const struct mcp__name *name; /* NULL: as `$ref` */
        } dynamic;
    };
};

struct mcp__sub {
    mcp_json json;
    const struct mcp__resource *resource;
    struct mcp__sub *next; /* in the order of compiling */
    struct mcp__rule *rules;
    size_t n;
    bool is_never;    /* the schema `false` */
    bool is_tracking; /* has unevaluatedProperties or unevaluatedItems, behind all others */
};

/* What a URI or an anchor of a resource names. */
struct mcp__name {
    mcp_str text;
    const struct mcp__resource *in; /* whose anchor; NULL: a URI */
    struct mcp__resource *resource; /* where `at` stands */
    mcp_json at;
    struct mcp__sub *dynamic; /* set: by $dynamicAnchor */
    struct mcp__name *next, *next_dynamic;
};

/* A document's root or a subschema with an `$id`. */
struct mcp__resource {
    mcp_str uri; /* without fragment; "" when nothing names it */
    mcp_json root;
    uint32_t end; /* the first node behind it */
    struct mcp__resource *outer;
    unsigned vocabularies;
    struct mcp__name *dynamic; /* its dynamic anchors */
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

/* What is known of a node while its document is compiled. */
struct mcp__place {
    struct mcp__resource *resource;
    struct mcp__sub *sub; /* what it was compiled to */
    uint8_t role;         /* enum mcp__role */
    bool is_indexed;
};

struct mcp__document {
    mcp_json root;
    mcp_str uri;
    struct mcp__place *places; /* one per node */
    struct mcp__document *next;
};

enum { MCP__NAME_BUCKETS = 64 };

struct mcp__compile {
    struct mcp_schema *schema;
    const struct mcp_schema_options *opt;
    struct mcp_schema_error *err;
    struct mcp__document *documents; /* the newest first; the schema's own is the last */
    struct mcp__name *names[MCP__NAME_BUCKETS];
    struct mcp__sub queue; /* before the first to be compiled */
    struct mcp__sub *last; /* the newest of the queue */
    size_t subs;
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
/* Read a document's text, copied. False after an error, which names `uri`. */
bool mcp__schema_read(struct mcp__compile *c, mcp_str uri, mcp_str text, mcp_json *ret);
/* The registered text of a document, or NULL. */
const struct mcp_schema_source *mcp__source_find(const struct mcp__compile *c, mcp_str uri);

/* Find all that has a name in the document. False after an error. */
bool mcp__document_add(struct mcp__compile *c, mcp_json root, mcp_str uri);
/* What is known of `v`, which is made part of its document's subschemas. NULL after an error. */
struct mcp__place *mcp__place_of(struct mcp__compile *c, mcp_json v);
/* The document that has `v`. */
const struct mcp__document *mcp__document_of(const struct mcp__compile *c, mcp_json v);
/* The resource of this URI, read from its source when that is new. NULL: none, or an error. */
const struct mcp__resource *mcp__resource_find(struct mcp__compile *c, mcp_str uri);
/* The anchor of a resource, or NULL. */
const struct mcp__name *mcp__anchor_find(const struct mcp__compile *c,
                                         const struct mcp__resource *in, mcp_str text);

/* `ref` against `base`, neither with a fragment (RFC 3986 5.2). */
mcp_str mcp__uri_resolve(struct mcp_arena *arena, mcp_str base, mcp_str ref);

/* The vocabularies that the dialect `$schema` names puts in use. False: it is not known here, or
 * asks for a vocabulary that is not, which *ret_missing then is. */
bool mcp__dialect_read(struct mcp__compile *c, mcp_json dialect, unsigned *ret,
                       mcp_json *ret_missing);

mcp__compile_fn mcp__compile_ref, mcp__compile_dynamic_ref, mcp__compile_dialect;

/* ---- checking ---- */

/* The dynamic scope: resources on the way from the start of the check. */
struct mcp__scope {
    const struct mcp__resource *resource;
    const struct mcp__scope *outer;
};

/* The members or items of one value that some rule has looked at. */
struct mcp__seen {
    struct mcp__seen *outer;
    size_t first, words; /* of the stack of sets */
};

struct mcp__check {
    const struct mcp_schema *schema;
    mcp_json root; /* the instance */
    struct mcp_arena *scratch;
    struct mcp_schema_error *err;    /* may be NULL */
    void *match_data, *match_limits; /* schema_pattern.c: made at the first pattern */
    const struct mcp__scope *scope;  /* the resources entered */
    struct mcp__seen *seen;      /* who asks which parts of this value were looked at, or NULL */
    uint64_t *bits;              /* a stack of sets: schema_unevaluated.c */
    size_t bits_used, bits_size; /* words */
    size_t steps;                /* left */
    unsigned depth;
    unsigned quiet;  /* above 0: a trial whose errors nobody reads */
    bool is_stopped; /* out of steps or memory: nothing below says anything about the instance */
};

bool mcp__check_sub(struct mcp__check *c, const struct mcp__sub *sub, mcp_json v);
/* The same without an error text. Whoever turns its `false` into a `true` looks at is_stopped;
 * mcp__check_sub() does so behind every rule. */
bool mcp__try_sub(struct mcp__check *c, const struct mcp__sub *sub, mcp_json v);
/* The same for another value than the rule's own: what they look at is not noted for it. */
bool mcp__check_part(struct mcp__check *c, const struct mcp__sub *sub, mcp_json v);
bool mcp__try_part(struct mcp__check *c, const struct mcp__sub *sub, mcp_json v);

/* Begin and end a set of what is looked at in `v`; what an inner set has is given to the outer one
 * when it `is_good`, which is returned. */
bool mcp__seen_begin(struct mcp__check *c, struct mcp__seen *seen, mcp_json v);
bool mcp__seen_end(struct mcp__check *c, struct mcp__seen *seen, bool is_good);
/* Note the member or item at `i`, or all of them, if anybody asks. */
void mcp__seen_add(struct mcp__check *c, size_t i);
void mcp__seen_add_all(struct mcp__check *c);
/* Say that `v` breaks `r`; returns false. */
bool mcp__broken(struct mcp__check *c, const struct mcp__rule *r, mcp_json v, const char *fmt, ...)
    MCP_FORMAT(4, 5);
/* False when mcp__broken() would say nothing, so preparing a text is a waste. */
bool mcp__is_heard(const struct mcp__check *c);
/* Give up altogether; returns false. */
bool mcp__stop(struct mcp__check *c, const char *rule, const char *text);
/* Pay for work; false when the budget is spent. */
static inline bool mcp__spend(struct mcp__check *c, size_t steps)
{
    if (c->is_stopped || c->steps < steps) {
        return mcp__stop(c, "steps", "takes too many steps to check");
    }
    c->steps -= steps;
    return true;
}
/* The rule of the same subschema whose keyword is `name`, or NULL. */
const struct mcp__rule *mcp__sibling(const struct mcp__rule *r, mcp_str name);
/* The member of `named` with this key, or NULL. *hint, 0 at first, lets the keys of an object that
 * come in the schema's order be found at once. */
const struct mcp__named *mcp__named_find(const struct mcp__rule *r, mcp_json key, size_t *hint);

mcp__rule_fn mcp__check_type, mcp__check_enum, mcp__check_const, mcp__check_minimum,
    mcp__check_maximum, mcp__check_exclusive_minimum, mcp__check_exclusive_maximum,
    mcp__check_multiple_of, mcp__check_min_length, mcp__check_max_length, mcp__check_pattern,
    mcp__check_format, mcp__check_min_items, mcp__check_max_items, mcp__check_unique_items,
    mcp__check_min_properties, mcp__check_max_properties, mcp__check_required,
    mcp__check_dependent_required;
mcp__rule_fn mcp__check_ref, mcp__check_dynamic_ref, mcp__check_all_of, mcp__check_any_of,
    mcp__check_one_of, mcp__check_not, mcp__check_if, mcp__check_properties,
    mcp__check_pattern_properties, mcp__check_additional_properties, mcp__check_property_names,
    mcp__check_dependent_schemas, mcp__check_items, mcp__check_prefix_items, mcp__check_contains,
    mcp__check_dependencies, mcp__check_unevaluated_properties, mcp__check_unevaluated_items;

/* ---- formats and patterns ---- */

/* NULL: not a format we know. */
const struct mcp__format *mcp__format_find(mcp_json name);

mcp__format_fn mcp__is_ipv6, mcp__is_uri, mcp__is_uri_reference, mcp__is_iri, mcp__is_iri_reference,
    mcp__is_uri_template;
/* The format regex: a pattern we could match with. */
bool mcp__check_regex(struct mcp__check *c, mcp_str s);
bool mcp__check_hostname(struct mcp__check *c, mcp_str s);
bool mcp__check_idn_hostname(struct mcp__check *c, mcp_str s);

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

/* Drop the bytes of a character that was cut in two at the end. */
void mcp__trim_to_utf8(char *text);

/* Fill a path with the JSON Pointer from `root` to `v`; a key counts as its object. */
void mcp__pointer_to(mcp_json root, mcp_json v, char *out, size_t size);

#endif
