/* rest/docs.c - the page around the operations; docs.html is its frame. */
#include <rest/docs_part.h>

#include <sodium.h>

#include "docs_frame.h" /* FRAME: docs.html, embedded when the project is built */

/* ---- Parts of the frame ---------------------------------------------------------------------- */

static mcp_json info_of(struct rest__page *p)
{
    return mcp_json_get(p->document, MCP_STR("info"));
}

static mcp_json mcp_of(struct rest__page *p)
{
    return mcp_json_get(p->document, MCP_STR("x-mcp"));
}

static void put_title(struct rest__page *p)
{
    rest__html_member(p, info_of(p), "title");
}

static void put_version(struct rest__page *p)
{
    rest__html_member(p, info_of(p), "version");
}

static void put_description(struct rest__page *p)
{
    rest__html_member(p, info_of(p), "description");
}

/* The first MCP path: where commands point. */
static void put_endpoint(struct rest__page *p)
{
    mcp_json first = mcp_json_at(mcp_json_get(mcp_of(p), MCP_STR("endpoints")), 0);

    rest__html_text(p, rest__page_str(p, first));
}

static void put_name(struct rest__page *p)
{
    rest__html_member(p, mcp_of(p), "name");
}

static void put_credential(struct rest__page *p)
{
    mcp_json schemes =
        mcp_json_get(mcp_json_get(p->document, MCP_STR("components")), MCP_STR("securitySchemes"));

    if (mcp_json_count(schemes)) {
        REST__HTML(p, " \\\n  --header \"Authorization: Bearer $TOKEN\"");
    }
}

static void put_access(struct rest__page *p)
{
    mcp_json schemes =
        mcp_json_get(mcp_json_get(p->document, MCP_STR("components")), MCP_STR("securitySchemes"));

    if (mcp_json_count(schemes)) {
        rest__html_member(p, mcp_json_first(schemes), "description");
    } else {
        REST__HTML(p, "No credential is asked for.");
    }
}

/* ---- Contents, operations, tools ------------------------------------------------------------- */

static void put_tag_title(struct rest__page *p, mcp_json tag)
{
    mcp_json shown = mcp_json_get(tag, MCP_STR("x-displayName"));

    rest__html_member(p, tag, mcp_json_present(shown) ? "x-displayName" : "name");
}

static void put_entry(struct rest__page *p, mcp_json path, mcp_json operation)
{
    (void)path;
    REST__HTML(p, "<li><a href=\"#");
    rest__html_member(p, operation, "operationId");
    REST__HTML(p, "\">");
    rest__html_member(p, operation, "summary");
    REST__HTML(p, "</a></li>\n");
}

static void put_contents(struct rest__page *p)
{
    mcp_json tags = mcp_json_get(p->document, MCP_STR("tags"));

    for (mcp_json t = mcp_json_first(tags); mcp_json_present(t); t = mcp_json_next(tags, t)) {
        REST__HTML(p, "<li><span>");
        put_tag_title(p, t);
        REST__HTML(p, "</span><ul>\n");
        rest__docs_each(p, t, put_entry);
        REST__HTML(p, "</ul></li>\n");
    }
}

static void put_operations(struct rest__page *p)
{
    mcp_json tags = mcp_json_get(p->document, MCP_STR("tags"));

    for (mcp_json t = mcp_json_first(tags); mcp_json_present(t); t = mcp_json_next(tags, t)) {
        REST__HTML(p, "<section>\n<h2>");
        put_tag_title(p, t);
        REST__HTML(p, "</h2>\n<p class=\"lead\">");
        rest__html_member(p, t, "description");
        REST__HTML(p, "</p>\n");
        rest__docs_each(p, t, rest__docs_operation);
        REST__HTML(p, "</section>\n");
    }
}

static void put_tools(struct rest__page *p)
{
    mcp_json tools = mcp_json_get(mcp_of(p), MCP_STR("tools"));

    for (mcp_json t = mcp_json_first(tools); mcp_json_present(t); t = mcp_json_next(tools, t)) {
        REST__HTML(p, "<div><dt><code>");
        rest__html_member(p, t, "name");
        REST__HTML(p, "</code> <span class=\"type\">");
        rest__html_member(p, t, "title");
        REST__HTML(p, "</span></dt><dd><span class=\"words\">");
        rest__html_member(p, t, "description");
        REST__HTML(p, "</span></dd></div>\n");
    }
}

/* ---- The frame ------------------------------------------------------------------------------- */

static const struct {
    mcp_str name; /* "{{name}}" in docs.html */
    void (*put)(struct rest__page *p);
} PARTS[] = {
    {MCP_STR_INIT("title"), put_title},
    {MCP_STR_INIT("version"), put_version},
    {MCP_STR_INIT("description"), put_description},
    {MCP_STR_INIT("access"), put_access},
    {MCP_STR_INIT("name"), put_name},
    {MCP_STR_INIT("endpoint"), put_endpoint},
    {MCP_STR_INIT("credential"), put_credential},
    {MCP_STR_INIT("contents"), put_contents},
    {MCP_STR_INIT("operations"), put_operations},
    {MCP_STR_INIT("tools"), put_tools},
    {MCP_STR_INIT("defaults"), rest__docs_defaults},
};

static void put_part(struct rest__page *p, mcp_str name)
{
    for (size_t i = 0; i < sizeof(PARTS) / sizeof(PARTS[0]); i++) {
        if (mcp_str_eq(name, PARTS[i].name)) {
            PARTS[i].put(p);
            return;
        }
    }
    p->out->failed = true; /* a name in docs.html that nothing here knows: seen by every test */
}

/* Where `part` begins in `s`; s.len when it does not occur. */
static size_t find(mcp_str s, mcp_str part)
{
    for (size_t i = 0; i + part.len <= s.len; i++) {
        if (memcmp(s.ptr + i, part.ptr, part.len) == 0) {
            return i;
        }
    }
    return s.len;
}

static mcp_str after(mcp_str s, size_t n)
{
    return mcp_str_n(s.ptr + n, s.len - n);
}

void rest_docs_write(mcp_json document, struct mcp_arena *arena, struct mcp_buf *out)
{
    struct rest__page p = {.out = out, .arena = arena, .document = document};
    mcp_str rest = mcp_str_n(FRAME, sizeof(FRAME));
    size_t at;

    while ((at = find(rest, MCP_STR("{{"))) < rest.len) {
        mcp_buf_add(out, mcp_str_n(rest.ptr, at));
        rest = after(rest, at + 2);
        at = find(rest, MCP_STR("}}"));
        if (at == rest.len) {
            break;
        }
        put_part(&p, mcp_str_n(rest.ptr, at));
        rest = after(rest, at + 2);
    }
    mcp_buf_add(out, rest);
}

mcp_str rest__docs_style(void)
{
    mcp_str style = mcp_str_n(FRAME, sizeof(FRAME));

    style = after(style, find(style, MCP_STR("<style>")) + 7);
    style.len = find(style, MCP_STR("</style>"));
    return style;
}

const char *rest_docs_csp(struct mcp_arena *arena)
{
    mcp_str style = rest__docs_style();
    uint8_t hash[crypto_hash_sha256_BYTES];
    char text[sodium_base64_ENCODED_LEN(crypto_hash_sha256_BYTES, sodium_base64_VARIANT_ORIGINAL)];

    crypto_hash_sha256(hash, (const uint8_t *)style.ptr, style.len);
    return mcp_arena_printf(
               arena,
               "default-src 'none'; style-src 'sha256-%s'; img-src data:; base-uri 'none'; "
               "form-action 'none'; frame-ancestors 'none'",
               sodium_bin2base64(text, sizeof(text), hash, sizeof(hash),
                                 sodium_base64_VARIANT_ORIGINAL))
        .ptr;
}
