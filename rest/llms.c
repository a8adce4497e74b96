/* rest/llms.c - the document as a short text for language models (llmstxt.org). */
#include <rest/docs_part.h>

/* Text on one line: what would break the line or begin markup becomes a space. */
static void put_plain(struct rest__page *p, mcp_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if ((unsigned char)c < 0x20) {
            c = ' ';
        } else if (c == '[' || c == ']' || c == '`' || c == '<' || c == '\\') {
            mcp_buf_byte(p->out, '\\');
        }
        mcp_buf_byte(p->out, c);
    }
}

static void put_member(struct rest__page *p, mcp_json object, const char *name)
{
    put_plain(p, rest__page_str(p, mcp_json_get(object, mcp_str_c(name))));
}

static void put_operation(struct rest__page *p, mcp_json path, mcp_json operation)
{
    mcp_str method = rest__page_str(p, mcp_json_key(operation));

    mcp_buf_add(p->out, MCP_STR("- ["));
    for (size_t i = 0; i < method.len; i++) {
        mcp_buf_byte(p->out, (char)(method.ptr[i] & ~0x20));
    }
    mcp_buf_byte(p->out, ' ');
    put_plain(p, rest__page_str(p, mcp_json_key(path)));
    mcp_buf_add(p->out, MCP_STR("](/docs#"));
    put_member(p, operation, "operationId");
    mcp_buf_add(p->out, MCP_STR("): "));
    put_member(p, operation, "description");
    mcp_buf_byte(p->out, '\n');
}

static void put_routes(struct rest__page *p)
{
    mcp_json tags = mcp_json_get(p->document, MCP_STR("tags"));

    for (mcp_json t = mcp_json_first(tags); mcp_json_present(t); t = mcp_json_next(tags, t)) {
        mcp_json shown = mcp_json_get(t, MCP_STR("x-displayName"));

        mcp_buf_add(p->out, MCP_STR("\n## REST: "));
        put_member(p, t, mcp_json_present(shown) ? "x-displayName" : "name");
        mcp_buf_add(p->out, MCP_STR("\n\n"));
        rest__docs_each(p, t, put_operation);
    }
}

static void put_mcp(struct rest__page *p)
{
    mcp_json about = mcp_json_get(p->document, MCP_STR("x-mcp"));
    mcp_json endpoints = mcp_json_get(about, MCP_STR("endpoints"));
    mcp_json tools = mcp_json_get(about, MCP_STR("tools"));

    mcp_buf_add(p->out, MCP_STR("\n## MCP\n\nStreamable HTTP at"));
    for (mcp_json e = mcp_json_first(endpoints); mcp_json_present(e);
         e = mcp_json_next(endpoints, e)) {
        mcp_buf_add(p->out, MCP_STR(" `"));
        put_plain(p, rest__page_str(p, e));
        mcp_buf_byte(p->out, '`');
    }
    mcp_buf_add(p->out, MCP_STR(". Tools:\n\n"));
    for (mcp_json t = mcp_json_first(tools); mcp_json_present(t); t = mcp_json_next(tools, t)) {
        mcp_buf_add(p->out, MCP_STR("- `"));
        put_member(p, t, "name");
        mcp_buf_add(p->out, MCP_STR("`: "));
        put_member(p, t, "description");
        mcp_buf_byte(p->out, '\n');
    }
}

void rest_llms_write(mcp_json document, struct mcp_arena *arena, struct mcp_buf *out)
{
    struct rest__page p = {.out = out, .arena = arena, .document = document};
    mcp_json info = mcp_json_get(document, MCP_STR("info"));
    mcp_json schemes =
        mcp_json_get(mcp_json_get(document, MCP_STR("components")), MCP_STR("securitySchemes"));

    mcp_buf_add(out, MCP_STR("# "));
    put_member(&p, info, "title");
    mcp_buf_add(out, MCP_STR("\n\n"));
    if (mcp_json_present(mcp_json_get(info, MCP_STR("description")))) {
        mcp_buf_add(out, MCP_STR("> "));
        put_member(&p, info, "description");
        mcp_buf_add(out, MCP_STR("\n\n"));
    }
    if (mcp_json_count(schemes)) {
        mcp_buf_add(out, MCP_STR("Send `Authorization: Bearer TOKEN` with every request.\n"));
    }
    mcp_buf_add(out, MCP_STR("A failure has a code for programs and a sentence for people.\n"));
    put_mcp(&p);
    put_routes(&p);
}
