/* mcp/tool_print.c - tools/list, printed once when the server starts. */
#include <mcp/engine.h>

static void put_annotations(struct mcp_json_writer *w, const struct mcp_tool *t)
{
    mcp_json_put_key(w, MCP_STR("annotations"));
    mcp_json_object(w);
    if (t->title) {
        mcp_json_member_str(w, MCP_STR("title"), mcp_str_c(t->title));
    }
    /* All four: the protocol's defaults are the dangerous ones. */
    mcp_json_member_bool(w, MCP_STR("readOnlyHint"), (t->hints & MCP_READ_ONLY) != 0);
    mcp_json_member_bool(w, MCP_STR("destructiveHint"), (t->hints & MCP_DESTRUCTIVE) != 0);
    mcp_json_member_bool(w, MCP_STR("idempotentHint"), (t->hints & MCP_IDEMPOTENT) != 0);
    mcp_json_member_bool(w, MCP_STR("openWorldHint"), (t->hints & MCP_OPEN_WORLD) != 0);
    mcp_json_object_end(w);
}

/* A root that is no object is shown to older revisions inside one. An `$id` keeps its "#/..."
 * references pointing into itself. */
static void put_wrapped(struct mcp_json_writer *w, const struct mcp__row *row)
{
    mcp_str raw = mcp_json_raw(mcp_schema_json(row->output));
    bool has_id = mcp_json_present(mcp_json_get(mcp_schema_json(row->output), MCP_STR("$id")));

    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("type"), MCP_STR("object"));
    mcp_json_put_key(w, MCP_STR("properties"));
    mcp_json_object(w);
    mcp_json_put_key(w, MCP_STR("result"));
    if (mcp_json_count(mcp_schema_json(row->output)) && !has_id) {
        mcp_json_put_raw(w, MCP_STR("{\"$id\":\"urn:mcp:output\","));
        mcp_buf_add(w->out, mcp_str_n(raw.ptr + 1, raw.len - 1));
    } else {
        mcp_json_put_raw(w, raw);
    }
    mcp_json_object_end(w);
    mcp_json_member_raw(w, MCP_STR("required"), MCP_STR("[\"result\"]"));
    mcp_json_object_end(w);
}

static void put_output_schema(struct mcp_json_writer *w, const struct mcp__row *row,
                              enum mcp__rev rev)
{
    mcp_json_put_key(w, MCP_STR("outputSchema"));
    if (row->is_wrapped && !mcp__era_has(rev, MCP__FIELD_ANY_STRUCTURED)) {
        put_wrapped(w, row);
    } else {
        mcp_json_put_raw(w, mcp_json_raw(mcp_schema_json(row->output)));
    }
}

static void put_tool(struct mcp_json_writer *w, const struct mcp__list_items *items, size_t i,
                     enum mcp__rev rev)
{
    const struct mcp__row *row = &((const struct mcp__row *)items->rows)[i];
    const struct mcp_tool *t = row->tool;
    struct mcp__row_text text = {
        .title = t->title, .description = t->description, .icons = t->icons, .meta = t->meta};

    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("name"), row->name);
    bool has_ui = items->shows_ui && (t->ui.resource_uri || t->ui.visibility);

    text.meta = has_ui ? NULL : t->meta;
    mcp__row_put(w, &text, rev);
    if (has_ui) {
        mcp__ui_put_tool(w, t);
    }
    mcp_json_member_raw(w, MCP_STR("inputSchema"), mcp_json_raw(mcp_schema_json(row->input)));
    if (row->output && mcp__era_has(rev, MCP__FIELD_OUTPUT_SCHEMA)) {
        put_output_schema(w, row, rev);
    }
    if (mcp__era_has(rev, MCP__FIELD_ANNOTATIONS)) {
        put_annotations(w, t);
    }
    mcp_json_object_end(w);
}

static mcp_str name_of(const struct mcp__list_items *items, size_t i)
{
    const struct mcp__row *row = &((const struct mcp__row *)items->rows)[i];

    bool is_for_page_only = row->tool->ui.visibility == MCP_UI_APP && !items->shows_ui;

    return row->tool->is_hidden || is_for_page_only ? mcp_str_n(NULL, 0) : row->name;
}

static const char *scope_of(const struct mcp__list_items *items, size_t i)
{
    return ((const struct mcp__row *)items->rows)[i].tool->scope;
}

bool mcp__tools_print(struct mcp__tools *t, struct mcp__list_items items,
                      const struct mcp_server_options *opt)
{
    items.key = "tools";
    items.rows = t->rows;
    items.n_rows = t->n_rows;
    items.name = name_of;
    items.scope = scope_of;
    items.put = put_tool;
    items.cache = opt->cache.tools;
    return mcp__list_print_both(t->list, &items);
}
