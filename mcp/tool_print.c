/* mcp/tool_print.c - tools/list, printed once when the server starts. */
#include <mcp/engine.h>

#include <mcp/alloc.h>

/* The fields that decide what a list looks like; revisions that agree on them share the bytes. */
static bool looks_alike(enum mcp__rev a, enum mcp__rev b)
{
    return mcp__era_has(a, MCP__FIELD_ANNOTATIONS) == mcp__era_has(b, MCP__FIELD_ANNOTATIONS) &&
           mcp__era_has(a, MCP__FIELD_TITLE) == mcp__era_has(b, MCP__FIELD_TITLE) &&
           mcp__era_has(a, MCP__FIELD_OUTPUT_SCHEMA) == mcp__era_has(b, MCP__FIELD_OUTPUT_SCHEMA) &&
           mcp__era_has(a, MCP__FIELD_RESULT_TYPE) == mcp__era_has(b, MCP__FIELD_RESULT_TYPE) &&
           mcp__era_has(a, MCP__FIELD_CACHE) == mcp__era_has(b, MCP__FIELD_CACHE);
}

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

static void put_tool(struct mcp_json_writer *w, const struct mcp__row *row, enum mcp__rev rev)
{
    const struct mcp_tool *t = row->tool;

    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("name"), row->name);
    if (t->title && mcp__era_has(rev, MCP__FIELD_TITLE)) {
        mcp_json_member_str(w, MCP_STR("title"), mcp_str_c(t->title));
    }
    mcp_json_member_str(w, MCP_STR("description"), mcp_str_c(t->description));
    mcp_json_member_raw(w, MCP_STR("inputSchema"), mcp_json_raw(mcp_schema_json(row->input)));
    if (row->output && mcp__era_has(rev, MCP__FIELD_OUTPUT_SCHEMA)) {
        mcp_json_member_raw(w, MCP_STR("outputSchema"), mcp_json_raw(mcp_schema_json(row->output)));
    }
    if (mcp__era_has(rev, MCP__FIELD_ANNOTATIONS)) {
        put_annotations(w, t);
    }
    mcp_json_object_end(w);
}

/* What is common to all pages of a revision, behind the tools. */
static void put_tail(struct mcp_buf *out, enum mcp__rev rev, mcp_str cursor, mcp_str meta)
{
    if (cursor.len) {
        mcp_buf_add_c(out, ",\"nextCursor\":\"");
        mcp_buf_add(out, cursor);
        mcp_buf_byte(out, '"');
    }
    if (mcp__era_has(rev, MCP__FIELD_CACHE)) {
        mcp_buf_add_c(out, ",\"ttlMs\":0,\"cacheScope\":\"private\"");
    }
    if (mcp__era_has(rev, MCP__FIELD_RESULT_TYPE)) {
        mcp_buf_add_c(out, ",\"resultType\":\"complete\",");
        mcp_buf_add(out, meta);
    }
    mcp_buf_byte(out, '}');
}

/* Print listed rows from *at on, at most `n`; leaves *at behind the last one. */
static void put_page(struct mcp_buf *out, const struct mcp__tools *t, enum mcp__rev rev, size_t *at,
                     size_t n)
{
    struct mcp_json_writer w;

    mcp_buf_add_c(out, "{\"tools\":");
    mcp_json_writer_init(&w, out);
    mcp_json_array(&w);
    for (; *at < t->n_rows && n; ++*at) {
        if (!t->rows[*at].tool->is_hidden) {
            put_tool(&w, &t->rows[*at], rev);
            n--;
        }
    }
    mcp_json_array_end(&w);
}

static bool print_pages(struct mcp__tools *t, enum mcp__rev rev, size_t page_tools,
                        const uint8_t key[MCP__CURSOR_KEY_BYTES], mcp_str meta)
{
    struct mcp_buf *pages = mcp_alloc(t->n_pages * sizeof(*pages));
    size_t at = 0;

    t->pages[rev] = pages;
    for (size_t i = 0; pages && i < t->n_pages; i++) {
        char text[MCP__CURSOR_TEXT_BYTES];
        mcp_str next = {NULL, 0};

        mcp_buf_init(&pages[i], SIZE_MAX / 2);
        put_page(&pages[i], t, rev, &at, page_tools);
        if (i + 1 < t->n_pages) {
            next = mcp__cursor_seal(key, t->fingerprint, (uint32_t)(i + 1), text);
        }
        put_tail(&pages[i], rev, next, meta);
        if (pages[i].failed) {
            return false;
        }
    }
    return pages != NULL;
}

static const struct mcp_buf *shared_with(const struct mcp__tools *t, enum mcp__rev rev)
{
    for (int i = 0; i < (int)rev; i++) {
        if (looks_alike((enum mcp__rev)i, rev)) {
            return t->pages[i];
        }
    }
    return NULL;
}

bool mcp__tools_print(struct mcp__tools *t, size_t page_tools,
                      const uint8_t key[MCP__CURSOR_KEY_BYTES], mcp_str meta)
{
    size_t listed = 0;

    for (size_t i = 0; i < t->n_rows; i++) {
        listed += !t->rows[i].tool->is_hidden;
    }
    t->n_pages = listed ? (listed + page_tools - 1) / page_tools : 1;
    for (int rev = 0; rev < MCP__REV_COUNT; rev++) {
        const struct mcp_buf *same = shared_with(t, (enum mcp__rev)rev);

        if (same) {
            t->pages[rev] = t->pages[rev - 1];
        } else if (!print_pages(t, (enum mcp__rev)rev, page_tools, key, meta)) {
            return false;
        }
    }
    return true;
}

void mcp__tools_print_free(struct mcp__tools *t)
{
    for (int rev = 0; rev < MCP__REV_COUNT; rev++) {
        bool is_shared = rev && t->pages[rev] == t->pages[rev - 1];

        for (size_t i = 0; !is_shared && t->pages[rev] && i < t->n_pages; i++) {
            mcp_buf_free(&t->pages[rev][i]);
        }
        if (!is_shared) {
            mcp_free(t->pages[rev]);
        }
    }
}
