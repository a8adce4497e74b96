/* mcp/tool_args.c - text from a query string or a command line, typed as the schema wants it. */
#include <mcp/engine.h>

enum { SCRATCH_BYTES = 1 << 20 };

/* The value as JSON when it is JSON of the named type; empty otherwise. */
static mcp_str as_json(struct mcp_arena *scratch, mcp_str value, mcp_json type)
{
    struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    const char *name;
    mcp_json v;

    if (mcp_json_read(scratch, value, &limits, &v, NULL)) {
        return mcp_str_n(NULL, 0);
    }
    name = mcp_json_type_name(mcp_json_type(v));
    if (mcp_json_str_eq(type, mcp_str_c(name)) ||
        (mcp_json_type(v) == MCP_JSON_NUMBER && mcp_json_str_eq(type, MCP_STR("integer")))) {
        return mcp_json_raw(v);
    }
    return mcp_str_n(NULL, 0);
}

/* Of several types the first that fits; a string always fits. */
static mcp_str convert(struct mcp_arena *scratch, mcp_str value, mcp_json types)
{
    mcp_str raw = {NULL, 0};

    if (mcp_json_type(types) == MCP_JSON_STRING) {
        return as_json(scratch, value, types);
    }
    for (mcp_json t = mcp_json_first(types); mcp_json_present(t) && !raw.len;
         t = mcp_json_next(types, t)) {
        if (mcp_json_str_eq(t, MCP_STR("string"))) {
            break;
        }
        raw = as_json(scratch, value, t);
    }
    return raw;
}

bool mcp_tool_put_argument(const struct mcp_server *s, const struct mcp_tool *tool,
                           struct mcp_json_writer *w, mcp_str key, mcp_str value)
{
    mcp_json schema = mcp_server_tool_input(s, tool);
    mcp_json property = mcp_json_get(mcp_json_get(schema, MCP_STR("properties")), key);
    mcp_json types = mcp_json_get(property, MCP_STR("type"));
    struct mcp_arena scratch;
    mcp_str raw = {NULL, 0};

    if (!mcp_json_present(property)) {
        return false;
    }
    mcp_arena_init(&scratch, SCRATCH_BYTES);
    if (mcp_json_present(types) && !mcp_json_str_eq(types, MCP_STR("string"))) {
        raw = convert(&scratch, value, types);
    }
    if (raw.len) {
        mcp_json_member_raw(w, key, raw);
    } else {
        mcp_json_member_str(w, key, value);
    }
    mcp_arena_free(&scratch);
    return true;
}
