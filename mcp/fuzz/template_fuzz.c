/* mcp/fuzz/template_fuzz.c - a template, a newline, a URI. Properties: values are UTF-8 without
 * NUL; where nothing is encoded or optional, putting them back gives the URI. */
#include <mcp/fuzz/fuzz.h>

#include <mcp/buf.h>
#include <mcp/template.h>

/* Only {x} and {+x}. */
static bool is_plain(mcp_str template)
{
    for (size_t i = 0; i + 1 < template.len; i++) {
        if (template.ptr[i] == '{' && strchr("/.;#?&", template.ptr[i + 1])) {
            return false;
        }
    }
    return true;
}

static mcp_str value_of(const struct mcp__template *t, const mcp_str *values, mcp_str name)
{
    for (size_t i = 0; i < t->n_vars; i++) {
        if (mcp_str_eq(t->vars[i], name)) {
            return values[i];
        }
    }
    FUZZ_CHECK(false);
    return name;
}

static void put_back(const struct mcp__template *t, const mcp_str *values, mcp_str template,
                     mcp_str uri)
{
    struct mcp_buf out;

    mcp_buf_init(&out, 1 << 24);
    while (template.len) {
        mcp_str before = mcp_str_cut(&template, '{'), names = mcp_str_cut(&template, '}');
        bool is_first = true;

        mcp_buf_add(&out, before);
        if (names.len && names.ptr[0] == '+') {
            names = mcp_str_n(names.ptr + 1, names.len - 1);
        }
        while (names.len) {
            if (!is_first) {
                mcp_buf_byte(&out, ',');
            }
            is_first = false;
            mcp_buf_add(&out, value_of(t, values, mcp_str_cut(&names, ',')));
        }
    }
    FUZZ_CHECK(mcp_str_eq(mcp_buf_str(&out), uri));
    mcp_buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mcp_str uri = {(const char *)data, size}, template = mcp_str_cut(&uri, '\n');
    mcp_str values[MCP__TEMPLATE_VARS_MAX];
    struct mcp__template t;
    struct mcp_arena arena;

    if (mcp__template_compile(template, &t)) {
        return 0;
    }
    FUZZ_CHECK(t.n_steps <= MCP__TEMPLATE_STEPS_MAX && t.n_vars <= MCP__TEMPLATE_VARS_MAX);
    mcp_arena_init(&arena, 1 << 22);
    if (mcp__template_match(&t, uri, &arena, values)) {
        for (size_t i = 0; i < t.n_vars; i++) {
            FUZZ_CHECK(mcp_str_is_utf8(values[i]));
            FUZZ_CHECK(!values[i].len || !memchr(values[i].ptr, 0, values[i].len));
        }
        if (is_plain(template) && (!uri.len || !memchr(uri.ptr, '%', uri.len))) {
            put_back(&t, values, template, uri);
        }
    }
    mcp_arena_free(&arena);
    return 0;
}
