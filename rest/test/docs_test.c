/* rest/test/docs_test.c - the page and the text, written from documents that nobody checked. */
#include <mcp/test/t.h>
#include <rest/docs.h>

#include <mcp/buf.h>

struct shown {
    struct mcp_arena arena;
    struct mcp_buf page, text;
};

static void show(struct shown *s, const char *document)
{
    struct mcp_json_limits limits = {(size_t)1 << 22, 64, (size_t)1 << 18, true};
    struct mcp_json_fault fault = {0, ""};
    mcp_json json;

    mcp_arena_init(&s->arena, (size_t)1 << 26);
    mcp_buf_init(&s->page, (size_t)1 << 22);
    mcp_buf_init(&s->text, (size_t)1 << 22);
    mcp_err err = mcp_json_read(&s->arena, mcp_str_c(document), &limits, &json, &fault);

    ck_assert_msg(err == MCP_OK, "byte %zu: %s", fault.offset, fault.why);
    rest_docs_write(json, &s->arena, &s->page);
    rest_llms_write(json, &s->arena, &s->text);
    T_CHECK(!s->page.failed && !s->text.failed && !mcp_arena_failed(&s->arena));
}

static void forget(struct shown *s)
{
    mcp_buf_free(&s->page);
    mcp_buf_free(&s->text);
    mcp_arena_free(&s->arena);
}

static bool has(const struct mcp_buf *b, const char *part)
{
    return t_has(mcp_buf_str(b), mcp_str_c(part));
}

#define EVIL                                                                                       \
    "</code></style></title><script>alert(1)</script><img src=x onerror='a' id=\\\"b\\\">&amp;"

static const char HOSTILE[] =
    "{\"info\":{\"title\":\"" EVIL "\",\"version\":\"" EVIL "\",\"description\":\"" EVIL "\"},"
    "\"tags\":[{\"name\":\"t\",\"x-displayName\":\"" EVIL "\",\"description\":\"" EVIL "\"}],"
    "\"paths\":{\"/a/" EVIL "/{x}\":{\"get\":{\"tags\":[\"t\"],\"operationId\":\"" EVIL "\","
    "\"summary\":\"" EVIL "\",\"description\":\"" EVIL "\",\"security\":[{\"" EVIL "\":[\"" EVIL
    "\"]}],\"parameters\":[{\"name\":\"" EVIL "\",\"in\":\"query\",\"description\":\"" EVIL "\","
    "\"schema\":{\"type\":\"" EVIL "\",\"enum\":[\"" EVIL "\"],\"pattern\":\"" EVIL "\","
    "\"examples\":[\"" EVIL "\"]}}],\"requestBody\":{\"content\":{\"application/json\":{\"schema\":"
    "{\"type\":\"object\",\"properties\":{\"" EVIL "\":{\"type\":\"string\",\"examples\":[\"" EVIL
    "\"]}}}}}},\"responses\":{\"200\":{\"description\":\"" EVIL "\",\"content\":{\"" EVIL "\":{"
    "\"schema\":{\"type\":\"object\",\"properties\":{\"" EVIL "\":{\"const\":\"" EVIL "\"}}},"
    "\"example\":{\"" EVIL "\":[\"" EVIL "\"]}}}},\"400\":{\"content\":{\"" EVIL "\":{\"examples\":"
    "{\"" EVIL "\":{\"summary\":\"" EVIL "\"}}}}}},\"x-mcp-tool\":{\"name\":\"" EVIL
    "\",\"listed\":true}}}},\"x-mcp\":{\"name\":\"" EVIL "\",\"endpoints\":[\"" EVIL "\"],"
    "\"tools\":[{\"name\":\"" EVIL "\",\"title\":\"" EVIL "\",\"description\":\"" EVIL "\"}]},"
    "\"components\":{\"securitySchemes\":{\"" EVIL "\":{\"description\":\"" EVIL "\"}}}}";

static void whatever_a_text_holds_it_is_text_on_the_page(void)
{
    struct shown s;

    show(&s, HOSTILE);
    T_CHECK(!has(&s.page, "<script"));
    T_CHECK(!has(&s.page, "<img"));
    T_CHECK(!has(&s.page, "onerror='"));
    T_CHECK(!has(&s.page, "id=\"b\""));
    T_CHECK(has(&s.page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
    T_CHECK(has(&s.page, "&amp;amp;"));
    T_CHECK(!has(&s.text, "](http"));
    forget(&s);
}

static void markup_in_a_text_does_not_make_links_for_models(void)
{
    struct shown s;

    show(&s, "{\"info\":{\"title\":\"a\\n## b\",\"description\":\"[x](http://y) `z` <i>\"}}");
    T_CHECK(has(&s.text, "# a ## b\n"));
    T_CHECK(has(&s.text, "\\[x\\](http://y) \\`z\\` \\<i>"));
    forget(&s);
}

#define ODD_OPERATION                                                                              \
    "{\"tags\":[{\"name\":\"t\"}],\"paths\":{\"\":{\"get\":{\"tags\":[\"t\"],\"parameters\":"      \
    "[null,{\"$ref\":\"#/nowhere\"},{\"$ref\":3}],\"requestBody\":[],\"responses\":[1]}}}}"

static void a_document_without_anything_is_a_page_without_anything(void)
{
    static const char *const DOCUMENTS[] = {
        "{}",
        "[]",
        "null",
        "3",
        "{\"tags\":[{}],\"paths\":{\"/a\":{\"get\":{\"tags\":[]}},\"/b\":{\"get\":null}}}",
        ODD_OPERATION,
        "{\"x-mcp\":{\"endpoints\":{\"a\":1},\"tools\":\"x\"},\"components\":{\"responses\":[]}}",
    };

    for (size_t i = 0; i < sizeof(DOCUMENTS) / sizeof(DOCUMENTS[0]); i++) {
        struct shown s;

        show(&s, DOCUMENTS[i]);
        T_CHECK(has(&s.page, "</html>"));
        T_CHECK(!has(&s.page, "{{"));
        forget(&s);
    }
}

#define OPERATION(inside)                                                                          \
    "{\"tags\":[{\"name\":\"t\"}],\"paths\":{\"/a/{id}\":{\"put\":{\"operationId\":\"o\","         \
    "\"tags\":[\"t\"]," inside "}}},\"components\":{\"schemas\":{\"tree\":{\"type\":\"object\","   \
    "\"required\":[\"kids\"],\"properties\":{\"kids\":{\"type\":\"array\",\"items\":{\"$ref\":"    \
    "\"#/components/schemas/tree\"}},\"a/b~\":{\"type\":\"string\",\"minLength\":2}}}}}}"

static void a_schema_that_holds_itself_is_said_once(void)
{
    struct shown s;

    show(&s, OPERATION("\"responses\":{\"200\":{\"content\":{\"application/json\":{\"schema\":"
                       "{\"$ref\":\"#/components/schemas/tree\"}}}}},\"x-mcp-tool\":{}"));
    T_CHECK(has(&s.page, "<code>kids</code> <span class=\"type\">array of object</span>"));
    T_CHECK(has(&s.page, "at least 2 characters"));
    T_CHECK(s.page.len < 20000);
    forget(&s);
    show(&s, OPERATION("\"parameters\":[{\"in\":\"query\",\"name\":\"q\",\"schema\":{\"$ref\":"
                       "\"#/components/schemas/tree/properties/a~1b~0\"}},{\"in\":\"path\","
                       "\"name\":\"id\",\"schema\":{\"$ref\":\"#/paths\"}}],\"x\":{\"$ref\":"
                       "\"#/components/schemas/loop\"}"));
    T_CHECK(has(&s.page, "<code>q</code> <span class=\"type\">string</span>"));
    forget(&s);
}

static void a_command_is_made_from_the_examples(void)
{
    struct shown s;

    show(&s,
         OPERATION("\"security\":[{\"bearer\":[]}],\"parameters\":["
                   "{\"in\":\"path\",\"name\":\"id\",\"schema\":{\"examples\":[\"a b/c\"]}},"
                   "{\"in\":\"query\",\"name\":\"n\",\"schema\":{\"enum\":[5]}},"
                   "{\"in\":\"query\",\"name\":\"m\",\"schema\":{\"type\":\"string\"}},"
                   "{\"in\":\"query\",\"name\":\"k\",\"schema\":{\"default\":true}}],"
                   "\"requestBody\":{\"content\":{\"application/json\":{\"schema\":{\"type\":"
                   "\"object\",\"required\":[\"s\",\"i\",\"t\"],\"properties\":{\"s\":{\"type\":"
                   "\"string\",\"examples\":[\"it's\"]},\"i\":{\"type\":[\"integer\",\"null\"],"
                   "\"minimum\":7},\"t\":{\"$ref\":\"#/components/schemas/tree\"},\"z\":{\"type\":"
                   "\"string\"}}}}}}"));
    T_CHECK(has(&s.page, "curl -X PUT &quot;$SERVER/a/a%20b%2Fc?n=5&amp;k=true&quot; \\\n"
                         "  -H &quot;Authorization: Bearer $TOKEN&quot; \\\n"
                         "  -H &#39;Content-Type: application/json&#39; \\\n"
                         "  -d &#39;{&quot;s&quot;:&quot;it&#39;\\&#39;&#39;s&quot;,"
                         "&quot;i&quot;:7,&quot;t&quot;:{&quot;kids&quot;:["));
    forget(&s);
}

static void the_policy_lets_the_style_sheet_in(void)
{
    struct mcp_arena arena;

    mcp_arena_init(&arena, 4096);
    const char *csp = rest_docs_csp(&arena);

    /* conformance/dashboard_docs.mjs has a browser judge the hash */
    T_HAS(mcp_str_c(csp), "default-src 'none'; style-src 'sha256-");
    T_CHECK(!t_has(mcp_str_c(csp), MCP_STR("unsafe")));
    mcp_arena_free(&arena);
}

static const struct t_case CASES[] = {
    T(whatever_a_text_holds_it_is_text_on_the_page),
    T(markup_in_a_text_does_not_make_links_for_models),
    T(a_document_without_anything_is_a_page_without_anything),
    T(a_schema_that_holds_itself_is_said_once),
    T(a_command_is_made_from_the_examples),
    T(the_policy_lets_the_style_sheet_in),
};

T_MAIN("rest/docs", CASES)
