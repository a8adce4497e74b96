/* rest/fuzz/docs_fuzz.c - any JSON as an OpenAPI document: a page and a text, and nothing of it is
 * markup.
 *
 * Properties: every '<' of the page begins or ends an element of ours, or the doctype; every quoted
 * attribute ends; both outputs are UTF-8; the page is complete. */
#include <mcp/fuzz/fuzz.h>
#include <rest/docs.h>

#include <mcp/json.h>

static const mcp_str TAGS[] = {
#define TAG(name) MCP_STR_INIT(name)
    TAG("a"),       TAG("article"), TAG("body"),  TAG("code"),    TAG("dd"),    TAG("details"),
    TAG("div"),     TAG("dl"),      TAG("dt"),    TAG("footer"),  TAG("h1"),    TAG("h2"),
    TAG("h3"),      TAG("h4"),      TAG("head"),  TAG("header"),  TAG("html"),  TAG("li"),
    TAG("link"),    TAG("main"),    TAG("meta"),  TAG("nav"),     TAG("p"),     TAG("pre"),
    TAG("section"), TAG("span"),    TAG("style"), TAG("summary"), TAG("table"), TAG("tbody"),
    TAG("td"),      TAG("th"),      TAG("thead"), TAG("title"),   TAG("tr"),    TAG("ul"),
#undef TAG
};

static bool is_ours(mcp_str name)
{
    for (size_t i = 0; i < sizeof(TAGS) / sizeof(TAGS[0]); i++) {
        if (mcp_str_eq(name, TAGS[i])) {
            return true;
        }
    }
    return false;
}

/* Past one tag that begins at page[at] == '<'. */
static size_t skip_tag(mcp_str page, size_t at)
{
    size_t from = at + 1 + (at + 1 < page.len && page.ptr[at + 1] == '/');
    size_t end = from;
    bool is_quoted = false;

    while (end < page.len && page.ptr[end] != ' ' && page.ptr[end] != '>') {
        end++;
    }
    FUZZ_CHECK(is_ours(mcp_str_n(page.ptr + from, end - from)));
    while (end < page.len && (is_quoted || page.ptr[end] != '>')) {
        is_quoted = is_quoted != (page.ptr[end] == '"');
        FUZZ_CHECK(is_quoted || page.ptr[end] != '<');
        end++;
    }
    FUZZ_CHECK(end < page.len);
    return end + 1;
}

static void check_page(mcp_str page)
{
    static const mcp_str HEAD = MCP_STR_INIT("<!doctype html>"), TAIL = MCP_STR_INIT("</html>\n");

    FUZZ_CHECK(mcp_str_is_utf8(page));
    FUZZ_CHECK(mcp_str_starts(page, HEAD));
    FUZZ_CHECK(mcp_str_eq(mcp_str_n(page.ptr + page.len - TAIL.len, TAIL.len), TAIL));
    for (size_t at = HEAD.len; at < page.len;) {
        at = page.ptr[at] == '<' ? skip_tag(page, at) : at + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mcp_json_limits limits = {(size_t)1 << 16, 64, 8192, true};
    struct mcp_arena arena;
    struct mcp_buf page, text;
    mcp_json document;

    mcp_arena_init(&arena, (size_t)1 << 24);
    mcp_buf_init(&page, (size_t)1 << 22);
    mcp_buf_init(&text, (size_t)1 << 22);
    if (mcp_json_read(&arena, mcp_str_n((const char *)data, size), &limits, &document, NULL) ==
        MCP_OK) {
        rest_docs_write(document, &arena, &page);
        rest_llms_write(document, &arena, &text);
        if (!page.failed && !mcp_arena_failed(&arena)) {
            check_page(mcp_buf_str(&page));
            FUZZ_CHECK(mcp_str_is_utf8(mcp_buf_str(&text)));
        }
    }
    mcp_buf_free(&page);
    mcp_buf_free(&text);
    mcp_arena_free(&arena);
    return 0;
}
