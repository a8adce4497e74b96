/* mcp/tool.c - the rows of all tool sets, checked, compiled and sorted by name. */
#include <mcp/engine.h>

#include <mcp/alloc.h>

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct complaint {
    char *text;
    size_t bytes;
};

static mcp_err complain(const struct complaint *c, mcp_err err, const char *fmt, ...)
    MCP_FORMAT(3, 4);

static mcp_err complain(const struct complaint *c, mcp_err err, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(c->text, c->bytes, fmt, args);
    va_end(args);
    return err;
}

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

static mcp_err compile(const struct mcp_tool *t, const char *which, const char *text,
                       const struct complaint *c, struct mcp_schema **ret)
{
    struct mcp_schema_error e = {{0}, {0}, {0}};

    *ret = mcp_schema_new(mcp_str_c(text), &(struct mcp_schema_options){0}, &e);
    if (!*ret) {
        return complain(c, MCP_E_INTERNAL, "tool %s: %s%s: %s (%s)", t->name, which, e.path, e.text,
                        e.rule);
    }
    if (!mcp_json_str_eq(mcp_json_get(mcp_schema_json(*ret), MCP_STR("type")), MCP_STR("object"))) {
        return complain(c, MCP_E_INTERNAL, "tool %s: %s: the root must have \"type\": \"object\"",
                        t->name, which);
    }
    return MCP_OK;
}

static mcp_err fill(struct mcp__row *row, const struct mcp_tool *t, void *user,
                    const struct complaint *c)
{
    const char *input = t->input_schema;
    mcp_err err;

    *row = (struct mcp__row){.tool = t, .user = user, .name = mcp_str_c(t->name)};
    if (!is_tool_name(row->name)) {
        return complain(c, MCP_E_INTERNAL,
                        "tool %.70s: the name must be 1 to 64 of A-Z a-z 0-9 _ . -", t->name);
    }
    if (!t->description || !t->description[0]) {
        return complain(c, MCP_E_INTERNAL, "tool %s: the description is missing", t->name);
    }
    if (!t->fn || t->cost < 0) {
        return complain(c, MCP_E_INTERNAL, "tool %s: %s", t->name,
                        t->fn ? "the cost is negative" : "the handler is missing");
    }
    /* server/tools: the recommended schema of a tool without arguments. */
    input = input ? input : "{\"type\":\"object\",\"additionalProperties\":false}";
    err = compile(t, "input schema", input, c, &row->input);
    if (!err && t->output_schema) {
        err = compile(t, "output schema", t->output_schema, c, &row->output);
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

static uint64_t fingerprint(const struct mcp__tools *t)
{
    crypto_generichash_state st;
    uint64_t out = 0;

    crypto_generichash_init(&st, NULL, 0, crypto_generichash_BYTES_MIN);
    for (size_t i = 0; i < t->n_rows; i++) {
        crypto_generichash_update(&st, (const unsigned char *)t->rows[i].name.ptr,
                                  t->rows[i].name.len + 1);
    }
    unsigned char hash[crypto_generichash_BYTES_MIN];

    crypto_generichash_final(&st, hash, sizeof(hash));
    memcpy(&out, hash, sizeof(out));
    return out;
}

mcp_err mcp__tools_init(struct mcp__tools *t, const struct mcp_server_options *opt, char *reterr,
                        size_t reterr_bytes)
{
    const struct complaint c = {reterr, reterr_bytes};
    size_t n = count_rows(opt);

    t->rows = mcp_alloc(n * sizeof(*t->rows));
    if (!t->rows) {
        return complain(&c, MCP_E_OVERLOADED, "out of memory");
    }
    for (size_t i = 0; i < opt->n_tools; i++) {
        for (const struct mcp_tool *row = opt->tools[i].rows; row && row->name; row++) {
            mcp_err err = fill(&t->rows[t->n_rows++], row, opt->tools[i].user, &c);

            if (err) {
                return err;
            }
        }
    }
    qsort(t->rows, t->n_rows, sizeof(*t->rows), by_name);
    for (size_t i = 1; i < t->n_rows; i++) {
        if (mcp_str_eq(t->rows[i - 1].name, t->rows[i].name)) {
            return complain(&c, MCP_E_INTERNAL, "tool %s: the name occurs twice",
                            t->rows[i].tool->name);
        }
    }
    t->fingerprint = fingerprint(t);
    return MCP_OK;
}

void mcp__tools_free(struct mcp__tools *t)
{
    mcp__tools_print_free(t);
    for (size_t i = 0; i < t->n_rows; i++) {
        mcp_schema_free(t->rows[i].input);
        mcp_schema_free(t->rows[i].output);
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
