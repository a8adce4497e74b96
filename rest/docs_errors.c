/* rest/docs_errors.c - the page that says what an error code means: where docs_url leads. */
#include <rest/docs_part.h>

/* The named examples of a response: one for each code. */
static mcp_json codes_of(mcp_json response)
{
    mcp_json media =
        mcp_json_get(mcp_json_get(response, MCP_STR("content")), MCP_STR("application/json"));

    return mcp_json_get(media, MCP_STR("examples"));
}

/* A response before this one has the code. */
static bool was_said(mcp_json responses, mcp_json response, mcp_str code)
{
    for (mcp_json r = mcp_json_first(responses); mcp_json_present(r) && r.node != response.node;
         r = mcp_json_next(responses, r)) {
        if (mcp_json_present(mcp_json_get(codes_of(r), code))) {
            return true;
        }
    }
    return false;
}

static void put_code(struct rest__page *p, mcp_str code, mcp_json example)
{
    mcp_json error = mcp_json_get(mcp_json_get(example, MCP_STR("value")), MCP_STR("error"));

    REST__HTML(p, "<dt id=\"");
    rest__html_text(p, code);
    REST__HTML(p, "\"><code>");
    rest__html_text(p, code);
    REST__HTML(p, "</code></dt>\n<dd>");
    rest__html_member(p, example, "summary");
    REST__HTML(p, ". ");
    rest__html_member(p, error, "hint");
    REST__HTML(p, "</dd>\n");
}

void rest_errors_write(mcp_json document, struct mcp_arena *arena, struct mcp_buf *out)
{
    struct rest__page p = {.out = out, .arena = arena, .document = document};
    mcp_json responses =
        mcp_json_get(mcp_json_get(document, MCP_STR("components")), MCP_STR("responses"));

    REST__HTML(&p, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                   "<title>Error codes</title>\n<style>");
    mcp_buf_add(out, rest__docs_style());
    REST__HTML(&p, "</style>\n</head>\n<body>\n<main>\n<h1>Error codes</h1>\n"
                   "<p><a href=\"/docs\">All routes</a></p>\n<dl>\n");
    for (mcp_json r = mcp_json_first(responses); mcp_json_present(r);
         r = mcp_json_next(responses, r)) {
        mcp_json codes = codes_of(r);

        for (mcp_json e = mcp_json_first(codes); mcp_json_present(e); e = mcp_json_next(codes, e)) {
            mcp_str code = rest__page_str(&p, mcp_json_key(e));

            if (!was_said(responses, r, code)) {
                put_code(&p, code, e);
            }
        }
    }
    REST__HTML(&p, "</dl>\n</main>\n</body>\n</html>\n");
}
