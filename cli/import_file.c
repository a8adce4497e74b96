/* cli/import_file.c - reading and checking an import file. */
#include <cli/import_file.h>

#include <cli/json_file.h>

enum cli_exit cli_import_read(const struct cli *cli, const char *file, struct mcp_arena *arena,
                              struct mcp_buf *text, mcp_json *ret)
{
    static const struct mcp_json_limits LIMITS = {CLI_IMPORT_BYTES_MAX, 16, (size_t)1 << 26, true};

    return cli_json_read(cli, file, &LIMITS, arena, text, ret);
}

/* ---- Shape ----------------------------------------------------------------------------------- */

struct member {
    const char *name;
    enum mcp_json_type type; /* ABSENT: any */
};

static const struct member CONNECTION[] = {
    {"name", MCP_JSON_STRING},   {"tool", MCP_JSON_OBJECT},    {"thresholds", MCP_JSON_OBJECT},
    {"status", MCP_JSON_STRING}, {"readings", MCP_JSON_ARRAY}, {NULL, MCP_JSON_ABSENT},
};
static const struct member TOOL[] = {
    {"name", MCP_JSON_STRING},
    {"id", MCP_JSON_STRING},
    {"topupUrl", MCP_JSON_ABSENT},
    {NULL, MCP_JSON_ABSENT},
};
static const struct member THRESHOLDS[] = {
    {"low", MCP_JSON_ABSENT},
    {"critical", MCP_JSON_ABSENT},
    {NULL, MCP_JSON_ABSENT},
};

static const char *check_members(mcp_json object, const struct member *members, const char *below,
                                 struct mcp_arena *arena, char *path, size_t path_bytes)
{
    for (mcp_json e = mcp_json_first(object); mcp_json_present(e); e = mcp_json_next(object, e)) {
        mcp_str key = mcp_json_str(mcp_json_key(e), arena, MCP_STR(""));
        const struct member *m = members;

        while (m->name && !mcp_str_eq(mcp_str_c(m->name), key)) {
            m++;
        }
        snprintf(path, path_bytes, "%s/%.*s", below, key.len > 64 ? 64 : (int)key.len, key.ptr);
        if (!m->name) {
            return "not a member of this file format";
        }
        if (m->type != MCP_JSON_ABSENT && mcp_json_type(e) != m->type) {
            return m->type == MCP_JSON_STRING   ? "must be a string"
                   : m->type == MCP_JSON_OBJECT ? "must be an object"
                                                : "must be an array";
        }
    }
    return NULL;
}

const char *cli_import_check(mcp_json connection, struct mcp_arena *arena, char *path,
                             size_t path_bytes)
{
    const char *why;

    path[0] = '\0';
    if (mcp_json_type(connection) != MCP_JSON_OBJECT) {
        return "must be an object";
    }
    if (!mcp_json_present(mcp_json_get(connection, MCP_STR("name")))) {
        return "has no name";
    }
    why = check_members(connection, CONNECTION, "", arena, path, path_bytes);
    why = why ? why
              : check_members(mcp_json_get(connection, MCP_STR("tool")), TOOL, "/tool", arena, path,
                              path_bytes);
    return why ? why
               : check_members(mcp_json_get(connection, MCP_STR("thresholds")), THRESHOLDS,
                               "/thresholds", arena, path, path_bytes);
}

/* ---- Arguments ------------------------------------------------------------------------------- */

static void copy(struct cli_args *a, const char *key, mcp_json v)
{
    if (mcp_json_present(v)) {
        mcp_json_member_raw(&a->w, mcp_str_c(key), mcp_json_raw(v));
    }
}

void cli_import_put_connection(struct cli_args *a, mcp_json connection, bool is_edit)
{
    mcp_json name = mcp_json_get(connection, MCP_STR("name"));
    mcp_json tool = mcp_json_get(connection, MCP_STR("tool"));
    mcp_json tool_name = mcp_json_get(tool, MCP_STR("name"));
    mcp_json thresholds = mcp_json_get(connection, MCP_STR("thresholds"));

    copy(a, is_edit ? "connection" : "name", name);
    copy(a, "toolName", mcp_json_present(tool_name) || is_edit ? tool_name : name);
    copy(a, "toolId", mcp_json_get(tool, MCP_STR("id")));
    copy(a, "topupUrl", mcp_json_get(tool, MCP_STR("topupUrl")));
    copy(a, "low", mcp_json_get(thresholds, MCP_STR("low")));
    copy(a, "critical", mcp_json_get(thresholds, MCP_STR("critical")));
    copy(a, "status", mcp_json_get(connection, MCP_STR("status")));
}
