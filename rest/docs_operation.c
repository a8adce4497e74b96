/* rest/docs_operation.c - one operation on the page. */
#include <rest/docs_part.h>

static const char *const METHODS[] = {"get", "post", "put", "patch", "delete"};

void rest__docs_each(struct rest__page *p, mcp_json tag,
                     void (*each)(struct rest__page *p, mcp_json path, mcp_json operation))
{
    mcp_json paths = mcp_json_get(p->document, MCP_STR("paths"));
    mcp_str name = rest__page_str(p, mcp_json_get(tag, MCP_STR("name")));

    for (mcp_json path = mcp_json_first(paths); mcp_json_present(path);
         path = mcp_json_next(paths, path)) {
        for (size_t i = 0; i < sizeof(METHODS) / sizeof(METHODS[0]); i++) {
            mcp_json operation = mcp_json_get(path, mcp_str_c(METHODS[i]));
            mcp_json tags = mcp_json_get(operation, MCP_STR("tags"));

            if (mcp_json_str_eq(mcp_json_at(tags, 0), name)) {
                each(p, path, operation);
            }
        }
    }
}

/* ---- Words ----------------------------------------------------------------------------------- */

static void put_line(struct rest__page *p, mcp_json path, mcp_json operation)
{
    REST__HTML(p, "<p class=\"line\"><span class=\"method ");
    rest__html_text(p, rest__page_str(p, mcp_json_key(operation)));
    REST__HTML(p, "\">");
    rest__html_text(p, rest__page_str(p, mcp_json_key(operation)));
    REST__HTML(p, "</span> <code>");
    rest__html_text(p, rest__page_str(p, mcp_json_key(path)));
    REST__HTML(p, "</code></p>\n");
}

static void put_chips(struct rest__page *p, mcp_json operation)
{
    mcp_json tool = mcp_json_get(operation, MCP_STR("x-mcp-tool"));
    mcp_json security = mcp_json_at(mcp_json_get(operation, MCP_STR("security")), 0);
    mcp_json scope = mcp_json_at(mcp_json_first(security), 0);

    REST__HTML(p, "<ul class=\"chips\">");
    if (mcp_json_present(scope)) {
        REST__HTML(p, "<li>token with scope <code>");
        rest__html_text(p, rest__page_str(p, scope));
        REST__HTML(p, "</code></li>");
    } else {
        mcp_buf_add(p->out, rest__docs_needs_token(operation) ? MCP_STR("<li>any token</li>")
                                                              : MCP_STR("<li>no token</li>"));
    }
    if (mcp_json_bool(mcp_json_get(tool, MCP_STR("readOnlyHint")), false)) {
        REST__HTML(p, "<li>reads only</li>");
    }
    if (mcp_json_bool(mcp_json_get(tool, MCP_STR("destructiveHint")), false)) {
        REST__HTML(p, "<li>may destroy</li>");
    }
    if (mcp_json_bool(mcp_json_get(tool, MCP_STR("idempotentHint")), false)) {
        REST__HTML(p, "<li>safe to repeat</li>");
    }
    if (mcp_json_bool(mcp_json_get(tool, MCP_STR("listed")), false)) {
        REST__HTML(p, "<li>MCP tool <code>");
        rest__html_member(p, tool, "name");
        REST__HTML(p, "</code></li>");
    }
    REST__HTML(p, "</ul>\n");
}

/* ---- Arguments ------------------------------------------------------------------------------- */

static void put_parameter(struct rest__page *p, mcp_json parameter)
{
    mcp_json content =
        mcp_json_get(mcp_json_get(parameter, MCP_STR("content")), MCP_STR("application/json"));
    mcp_json schema =
        mcp_json_get(mcp_json_present(content) ? content : parameter, MCP_STR("schema"));

    REST__HTML(p, "<div><dt><code>");
    rest__html_member(p, parameter, "name");
    REST__HTML(p, "</code> <span class=\"type\">");
    rest__docs_type(p, schema);
    REST__HTML(p, "</span>");
    if (mcp_json_bool(mcp_json_get(parameter, MCP_STR("required")), false)) {
        REST__HTML(p, " <span class=\"must\">required</span>");
    }
    REST__HTML(p, "</dt><dd><span class=\"words\">");
    rest__html_member(p, parameter, "description");
    REST__HTML(p, "</span>");
    rest__docs_about(p, schema);
    REST__HTML(p, "</dd></div>\n");
}

static void put_parameters(struct rest__page *p, mcp_json operation, const char *where,
                           const char *title)
{
    mcp_json list = mcp_json_get(operation, MCP_STR("parameters"));
    bool is_any = false;

    for (mcp_json e = mcp_json_first(list); mcp_json_present(e); e = mcp_json_next(list, e)) {
        mcp_json parameter = rest__page_follow(p, e);

        if (!mcp_json_str_eq(mcp_json_get(parameter, MCP_STR("in")), mcp_str_c(where))) {
            continue;
        }
        if (!is_any) {
            REST__HTML(p, "<h4>");
            mcp_buf_add_c(p->out, title);
            REST__HTML(p, "</h4>\n<dl class=\"fields\">\n");
        }
        put_parameter(p, parameter);
        is_any = true;
    }
    if (is_any) {
        REST__HTML(p, "</dl>\n");
    }
}

/* ---- Answers --------------------------------------------------------------------------------- */

static bool is_success(mcp_str status)
{
    return status.len == 3 && (status.ptr[0] == '2' || status.ptr[0] == '3');
}

static void put_success(struct rest__page *p, mcp_str status, mcp_json response)
{
    mcp_json content = mcp_json_get(response, MCP_STR("content"));
    mcp_json media = mcp_json_first(content);
    mcp_json example = mcp_json_get(media, MCP_STR("example"));

    REST__HTML(p, "<h4>Answer <span class=\"status good\">");
    rest__html_text(p, status);
    REST__HTML(p, "</span></h4>\n<p>");
    rest__html_member(p, response, "description");
    if (mcp_json_present(media)) {
        REST__HTML(p, " <code>");
        rest__html_text(p, rest__page_str(p, mcp_json_key(media)));
        REST__HTML(p, "</code>");
    }
    REST__HTML(p, "</p>\n");
    rest__docs_fields(p, mcp_json_get(media, MCP_STR("schema")), false);
    if (mcp_json_present(example)) {
        REST__HTML(p, "<details><summary>Example</summary><pre tabindex=\"0\"><code>");
        rest__html_json(p, example);
        REST__HTML(p, "</code></pre></details>\n");
    }
}

/* The rows of one failing status: a code and what it means. `status` empty: each has its own. */
static void put_failures(struct rest__page *p, mcp_str status, mcp_json response)
{
    mcp_json content = mcp_json_get(response, MCP_STR("content"));
    mcp_json media = mcp_json_first(content);
    mcp_json problem = mcp_json_get(content, MCP_STR("application/problem+json"));
    mcp_json examples = mcp_json_get(media, MCP_STR("examples"));

    for (mcp_json e = mcp_json_first(examples); mcp_json_present(e);
         e = mcp_json_next(examples, e)) {
        mcp_str code = rest__page_str(p, mcp_json_key(e));
        mcp_json twin = mcp_json_get(mcp_json_get(problem, MCP_STR("examples")), code);
        mcp_json own = mcp_json_get(mcp_json_get(twin, MCP_STR("value")), MCP_STR("status"));

        REST__HTML(p, "<tr><td><span class=\"status bad\">");
        rest__html_text(p, status.len ? status : mcp_json_raw(own));
        REST__HTML(p, "</span></td><td><code>");
        rest__html_text(p, code);
        REST__HTML(p, "</code></td><td>");
        rest__html_member(p, e, "summary");
        REST__HTML(p, "</td></tr>\n");
    }
}

#define TABLE_HEAD                                                                                 \
    "<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\">status</th>"       \
    "<th scope=\"col\">code</th><th scope=\"col\">when</th></tr></thead>\n<tbody>\n"
#define TABLE_TAIL "</tbody></table></div>\n"

static void put_tool_answers(struct rest__page *p, mcp_json operation)
{
    mcp_json responses = mcp_json_get(operation, MCP_STR("responses"));

    for (mcp_json e = mcp_json_first(responses); mcp_json_present(e);
         e = mcp_json_next(responses, e)) {
        mcp_str status = rest__page_str(p, mcp_json_key(e));

        if (is_success(status)) {
            put_success(p, status, rest__page_follow(p, e));
        }
    }
    REST__HTML(p, "<h4>When it fails</h4>\n" TABLE_HEAD);
    for (mcp_json e = mcp_json_first(responses); mcp_json_present(e);
         e = mcp_json_next(responses, e)) {
        mcp_str status = rest__page_str(p, mcp_json_key(e));

        if (!is_success(status) && !mcp_str_eq(status, MCP_STR("default"))) {
            put_failures(p, status, rest__page_follow(p, e));
        }
    }
    REST__HTML(p, TABLE_TAIL);
}

/* Of what is no tool: a line for each status. */
static void put_page_answers(struct rest__page *p, mcp_json operation)
{
    mcp_json responses = mcp_json_get(operation, MCP_STR("responses"));

    REST__HTML(p, "<div class=\"scroll\" tabindex=\"0\"><table>\n<tbody>\n");
    for (mcp_json e = mcp_json_first(responses); mcp_json_present(e);
         e = mcp_json_next(responses, e)) {
        mcp_json response = rest__page_follow(p, e);
        mcp_json media = mcp_json_first(mcp_json_get(response, MCP_STR("content")));
        mcp_str status = rest__page_str(p, mcp_json_key(e));

        if (mcp_str_eq(status, MCP_STR("default")) || mcp_str_eq(status, MCP_STR("403"))) {
            continue; /* under "Any request" */
        }
        mcp_buf_add(p->out, is_success(status) ? MCP_STR("<tr><td><span class=\"status good\">")
                                               : MCP_STR("<tr><td><span class=\"status bad\">"));
        rest__html_text(p, status);
        REST__HTML(p, "</span></td><td>");
        rest__html_member(p, response, "description");
        REST__HTML(p, "</td><td><code>");
        rest__html_text(p, rest__page_str(p, mcp_json_key(media)));
        REST__HTML(p, "</code></td></tr>\n");
    }
    REST__HTML(p, TABLE_TAIL);
}

void rest__docs_defaults(struct rest__page *p)
{
    mcp_json components = mcp_json_get(p->document, MCP_STR("components"));
    mcp_json responses = mcp_json_get(components, MCP_STR("responses"));

    REST__HTML(p, TABLE_HEAD);
    put_failures(p, MCP_STR("403"), mcp_json_get(responses, MCP_STR("service_403")));
    put_failures(p, MCP_STR(""), mcp_json_get(responses, MCP_STR("service_default")));
    REST__HTML(p, TABLE_TAIL);
}

/* ---- All of it ------------------------------------------------------------------------------- */

void rest__docs_operation(struct rest__page *p, mcp_json path, mcp_json operation)
{
    mcp_json schema = rest__docs_body_schema(p, operation);

    REST__HTML(p, "<article id=\"");
    rest__html_member(p, operation, "operationId");
    REST__HTML(p, "\">\n<h3><a href=\"#");
    rest__html_member(p, operation, "operationId");
    REST__HTML(p, "\">");
    rest__html_member(p, operation, "summary");
    REST__HTML(p, "</a></h3>\n");
    put_line(p, path, operation);
    REST__HTML(p, "<p class=\"words\">");
    rest__html_member(p, operation, "description");
    REST__HTML(p, "</p>\n");
    put_chips(p, operation);
    rest__docs_command(p, path, operation);
    put_parameters(p, operation, "path", "Path");
    put_parameters(p, operation, "query", "Query");
    if (mcp_json_present(schema)) {
        REST__HTML(p, "<h4>Body</h4>\n");
        rest__docs_fields(p, schema, true);
    }
    if (mcp_json_present(mcp_json_get(operation, MCP_STR("x-mcp-tool")))) {
        put_tool_answers(p, operation);
    } else {
        put_page_answers(p, operation);
    }
    REST__HTML(p, "</article>\n");
}
