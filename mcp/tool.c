/* mcp/tool.c - the rows of all tool sets, checked, compiled and sorted by name. */
#include <mcp/engine.h>

#include <mcp/alloc.h>

#include <stdlib.h>

static bool is_tool_name(mcp_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '.' || c == '-')) {
            return false;
        }
    }
    return name.len >= 1 && name.len <= 64;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Without white space beside punctuation: rows are written for people, lists are read by models.
 * What is not JSON stays not JSON. */
static void put_compact(struct mcp_buf *out, const char *text)
{
    static const char STRUCTURAL[] = "{}[]:,\"";
    bool in_string = false, is_due = false;
    char last = '{';

    for (; *text; text++) {
        if (!in_string && is_space(*text)) {
            is_due = true;
            continue;
        }
        if (is_due && !strchr(STRUCTURAL, last) && !strchr(STRUCTURAL, *text)) {
            mcp_buf_byte(out, ' ');
        }
        is_due = false;
        last = *text;
        mcp_buf_byte(out, last);
        if (in_string && last == '\\' && text[1]) {
            mcp_buf_byte(out, *++text);
        } else if (last == '"') {
            in_string = !in_string;
        }
    }
}

static mcp_err compile(const struct mcp_tool *t, const char *which, const char *text,
                       const struct mcp__complaint *c, struct mcp_schema **ret)
{
    struct mcp_schema_error e = {{0}, {0}, "out of memory"};
    struct mcp_buf compact;

    mcp_buf_init(&compact, SIZE_MAX / 2);
    put_compact(&compact, text);
    *ret = compact.failed ? NULL : mcp_schema_new(mcp_buf_str(&compact), NULL, &e);
    mcp_buf_free(&compact);
    if (!*ret) {
        return mcp__complain(c, "tool %s: %s%s: %s (%s)", t->name, which, e.path, e.text, e.rule);
    }
    return MCP_OK;
}

static bool is_of_objects(const struct mcp_schema *s)
{
    return mcp_json_str_eq(mcp_json_get(mcp_schema_json(s), MCP_STR("type")), MCP_STR("object"));
}

static mcp_err fill(struct mcp__row *row, const struct mcp_tool *t, void *user,
                    const struct mcp_server_options *opt, const struct mcp__complaint *c)
{
    const char *input = t->input_schema;
    mcp_err err;

    *row = (struct mcp__row){.tool = t, .user = user, .name = mcp_str_c(t->name)};
    if (!is_tool_name(row->name)) {
        return mcp__complain(c, "tool %.70s: the name must be 1 to 64 of A-Z a-z 0-9 _ . -",
                             t->name);
    }
    if (!t->description || !t->description[0]) {
        return mcp__complain(c, "tool %s: the description is missing", t->name);
    }
    if (!t->fn) {
        return mcp__complain(c, "tool %s: the handler is missing", t->name);
    }
    err = mcp__row_check(&(struct mcp__row_text){.kind = "tool",
                                                 .name = t->name,
                                                 .icons = t->icons,
                                                 .meta = t->meta,
                                                 .cost = t->cost,
                                                 .is_blocking = t->is_blocking,
                                                 .time_limit_ms = t->time_limit_ms},
                         opt, c);
    if (err) {
        return err;
    }
    /* server/tools: the recommended schema of a tool without arguments. */
    input = input ? input : "{\"type\":\"object\",\"additionalProperties\":false}";
    err = compile(t, "input schema", input, c, &row->input);
    if (!err && !is_of_objects(row->input)) {
        err = mcp__complain(c, "tool %s: input schema: the root must have \"type\": \"object\"",
                            t->name);
    }
    if (!err) {
        err = mcp__headers_compile(row, c);
    }
    if (!err && t->output_schema) {
        err = compile(t, "output schema", t->output_schema, c, &row->output);
        row->is_wrapped = !err && !is_of_objects(row->output);
    }
    return err;
}

static int by_name(const void *a, const void *b)
{
    return mcp_str_cmp(((const struct mcp__row *)a)->name, ((const struct mcp__row *)b)->name);
}

static size_t count_rows(const struct mcp_server_options *opt)
{
    size_t n = 0;

    for (size_t i = 0; i < opt->n_tools; i++) {
        for (const struct mcp_tool *t = opt->tools[i].rows; t && t->name; t++) {
            n++;
        }
    }
    return n;
}

mcp_err mcp__tools_init(struct mcp__tools *t, const struct mcp_server_options *opt,
                        const struct mcp__complaint *c)
{
    size_t n = count_rows(opt);

    t->rows = mcp_alloc(n * sizeof(*t->rows));
    if (!t->rows) {
        return mcp__complain_memory(c);
    }
    for (size_t i = 0; i < opt->n_tools; i++) {
        for (const struct mcp_tool *row = opt->tools[i].rows; row && row->name; row++) {
            mcp_err err = fill(&t->rows[t->n_rows++], row, opt->tools[i].user, opt, c);

            if (err) {
                return err;
            }
        }
    }
    qsort(t->rows, t->n_rows, sizeof(*t->rows), by_name);
    for (size_t i = 1; i < t->n_rows; i++) {
        if (mcp_str_eq(t->rows[i - 1].name, t->rows[i].name)) {
            return mcp__complain(c, "tool %s: the name occurs twice", t->rows[i].tool->name);
        }
    }
    for (size_t i = 0; i < t->n_rows; i++) {
        t->n_listed += !t->rows[i].tool->is_hidden;
    }
    return MCP_OK;
}

void mcp__tools_free(struct mcp__tools *t)
{
    mcp__list_free(&t->list[0]);
    mcp__list_free(&t->list[1]);
    for (size_t i = 0; i < t->n_rows; i++) {
        mcp_schema_free(t->rows[i].input);
        mcp_schema_free(t->rows[i].output);
        mcp_free(t->rows[i].headers);
    }
    mcp_free(t->rows);
}

const struct mcp__row *mcp__tools_find(const struct mcp__tools *t, mcp_str name)
{
    size_t from = 0, to = t->n_rows;

    while (from < to) {
        size_t mid = from + (to - from) / 2;
        int order = mcp_str_cmp(name, t->rows[mid].name);

        if (order == 0) {
            return &t->rows[mid];
        }
        if (order < 0) {
            to = mid;
        } else {
            from = mid + 1;
        }
    }
    return NULL;
}
