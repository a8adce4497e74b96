/* mcp/schema_vocabulary.c - which keywords a schema's dialect gives a meaning to: the document that
 * `$schema` names and its `$vocabulary`. JSON Schema 2020-12 core, section 8.1. */
#include <mcp/schema_rule.h>

static unsigned vocabulary_bit(mcp_json uri)
{
    static const mcp_str NAMES[] = {MCP_STR_INIT("core"),
                                    MCP_STR_INIT("applicator"),
                                    MCP_STR_INIT("unevaluated"),
                                    MCP_STR_INIT("validation"),
                                    MCP_STR_INIT("meta-data"),
                                    MCP_STR_INIT("format-annotation"),
                                    MCP_STR_INIT("format-assertion"),
                                    MCP_STR_INIT("content")};
    static const mcp_str FOLDER = MCP_STR_INIT("https://json-schema.org/draft/2020-12/vocab/");
    mcp_str text = mcp__json_inside(uri);

    if (!mcp_str_starts(text, FOLDER)) {
        return 0;
    }
    for (unsigned i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if (mcp_str_eq(mcp_str_n(text.ptr + FOLDER.len, text.len - FOLDER.len), NAMES[i])) {
            return 1u << i;
        }
    }
    return 0;
}

/* The bits of a meta-schema's `$vocabulary`; one without it means the standard ones. */
static bool read_vocabulary(mcp_json meta, unsigned *ret, mcp_json *ret_missing)
{
    mcp_json map = mcp_json_get(meta, MCP_STR("$vocabulary"));
    unsigned bits = MCP__VOCAB_CORE;

    if (mcp_json_type(map) != MCP_JSON_OBJECT) {
        *ret = MCP__VOCAB_STANDARD;
        return true;
    }
    for (mcp_json e = mcp_json_first(map); mcp_json_present(e); e = mcp_json_next(map, e)) {
        unsigned bit = vocabulary_bit(mcp_json_key(e));

        if (!bit && mcp_json_bool(e, true)) {
            *ret_missing = mcp_json_key(e);
            return false;
        }
        bits |= bit;
    }
    *ret = bits;
    return true;
}

bool mcp__dialect_read(struct mcp__compile *c, mcp_json dialect, unsigned *ret,
                       mcp_json *ret_missing)
{
    mcp_str text = mcp_json_str(dialect, &c->schema->arena, MCP_STR(""));
    mcp_str uri = mcp_str_cut(&text, '#');
    mcp_json meta;

    *ret_missing = (mcp_json){0};
    if (mcp_str_eq(uri, MCP_STR("https://json-schema.org/draft/2020-12/schema"))) {
        *ret = MCP__VOCAB_STANDARD;
        return true;
    }
    const struct mcp_schema_source *source = mcp__source_find(c, uri);

    return source && mcp__schema_read(c, uri, source->text, &meta) &&
           read_vocabulary(meta, ret, ret_missing);
}

bool mcp__compile_dialect(struct mcp__compile *c, struct mcp__rule *r)
{
    unsigned bits;
    mcp_json missing;

    if (mcp__dialect_read(c, r->value, &bits, &missing)) {
        return true;
    }
    if (mcp_json_present(missing)) {
        return mcp__bad_schema(c, r->value, "$schema", "asks for the unknown vocabulary %.*s",
                               MCP_STR_ARG(mcp_json_raw(missing)));
    }
    return !c->is_bad && (c->opt->allow_unknown ||
                          mcp__bad_schema(c, r->value, "$schema",
                                          "must be https://json-schema.org/draft/2020-12/schema"));
}
