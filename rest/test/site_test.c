/* rest/test/site_test.c - the public pages over a real connection in memory. */
#include <rest/test/tools.h>

static mcp_str header(mcp_str answer, const char *name, char *out, size_t bytes)
{
    mcp_str rest = answer;

    out[0] = '\0';
    while (rest.ptr) {
        mcp_str line = mcp_str_cut(&rest, '\n');
        mcp_str key = mcp_str_cut(&line, ':');

        if (mcp_str_eq_nocase(key, mcp_str_c(name))) {
            line = mcp_str_trim(line);
            snprintf(out, bytes, "%.*s", (int)line.len - 1, line.ptr);
        }
    }
    return mcp_str_c(out);
}

static void a_page_is_public_and_says_how_it_may_be_used(void)
{
    static const struct {
        const char *path, *type, *part;
    } PAGES[] = {
        {"/openapi.json", "application/json", "{\"openapi\":\"3.1.1\","},
        {"/docs", "text/html; charset=utf-8", "<!doctype html>"},
        {"/llms.txt", "text/plain; charset=utf-8", "# test\n"},
    };
    struct wire w;
    char value[256];

    wire_open(&w, TEST_TOOLS, TEST_ROUTES, 0);
    for (size_t i = 0; i < sizeof(PAGES) / sizeof(PAGES[0]); i++) {
        mcp_str got = wire_get(&w, PAGES[i].path);

        T_EQ(wire_status(got), 200);
        T_STR(header(got, "Content-Type", value, sizeof(value)), PAGES[i].type);
        T_STR(header(got, "Cache-Control", value, sizeof(value)), "no-cache");
        T_STR(header(got, "X-Content-Type-Options", value, sizeof(value)), "nosniff");
        T_CHECK(mcp_str_starts(header(got, "Content-Security-Policy", value, sizeof(value)),
                               MCP_STR("default-src 'none'; ")));
        T_CHECK(mcp_str_starts(wire_body(got), mcp_str_c(PAGES[i].part)));
    }
    wire_close_all(&w);
}

static void a_page_that_is_known_is_not_sent_again(void)
{
    static const struct {
        const char *before, *after;
        int status;
    } ASKED[] = {
        {"", "", 304},   {"W/", "", 304}, {"\"x\", ", ", \"y\"", 304},
        {"*,", "", 304}, {"x", "", 200},  {"", "x", 200},
        {"W", "", 200},
    };
    struct wire w;
    char etag[64], head[256];

    wire_open(&w, TEST_TOOLS, TEST_ROUTES, 0);
    header(wire_get(&w, "/openapi.json"), "ETag", etag, sizeof(etag));
    T_EQ(strlen(etag), 34);
    for (size_t i = 0; i < sizeof(ASKED) / sizeof(ASKED[0]); i++) {
        snprintf(head, sizeof(head), "GET /openapi.json HTTP/1.1\r\nIf-None-Match: %s%s%s",
                 ASKED[i].before, etag, ASKED[i].after);
        mcp_str got = wire_say(&w, head, "");

        ck_assert_msg(wire_status(got) == ASKED[i].status, "%s", head);
        T_CHECK((wire_body(got).len == 0) == (ASKED[i].status == 304));
        T_HAS(got, etag);
    }
    wire_close_all(&w);
}

static void only_its_own_path_and_reading_methods_are_answered(void)
{
    struct wire w;

    wire_open(&w, TEST_TOOLS, TEST_ROUTES, 0);
    T_EQ(wire_status(wire_get(&w, "/docs/")), 404);
    T_EQ(wire_status(wire_get(&w, "/docs/more")), 404);
    T_EQ(wire_status(wire_get(&w, "/openapi.jso")), 404);
    mcp_str got = wire_say(&w, "POST /docs HTTP/1.1", "{}");

    T_EQ(wire_status(got), 405);
    T_HAS(got, "Allow: GET, HEAD, OPTIONS\r\n");
    got = wire_say(&w, "OPTIONS /docs HTTP/1.1", "");
    T_EQ(wire_status(got), 204);
    T_HAS(got, "Allow: GET, HEAD, OPTIONS\r\n");
    got = wire_say(&w, "HEAD /docs HTTP/1.1", "");
    T_EQ(wire_status(got), 200);
    T_EQ(wire_body(got).len, 0);
    wire_close_all(&w);
}

static void a_route_of_that_path_wins_over_the_page(void)
{
    static const struct rest_route ROWS[] = {{.path = "/docs", .tool = "late"}, {0}};
    struct wire w;

    wire_open(&w, TEST_TOOLS, ROWS, 0);
    T_EQ(wire_get(&w, "/docs").len, 0);
    w.now_ms += 1000;
    mcp_server_tick(w.server);
    T_STR(wire_body(mcp_buf_str(&w.out)), "{}");
    wire_close_all(&w);
}

static void a_warm_page_takes_no_memory(void)
{
    struct wire w;

    wire_open(&w, TEST_TOOLS, TEST_ROUTES, 0);
    for (int i = 0; i < 3; i++) {
        T_EQ(wire_status(wire_get(&w, "/docs")), 200);
    }
    mcp_alloc_refuse(0);
    T_EQ(wire_status(wire_get(&w, "/docs")), 200);
    ck_assert_msg(mcp_alloc_count() <= 8, "%zu allocations for one page", mcp_alloc_count());
    wire_close_all(&w);
}

static const struct t_case CASES[] = {
    T(a_page_is_public_and_says_how_it_may_be_used),
    T(a_page_that_is_known_is_not_sent_again),
    T(only_its_own_path_and_reading_methods_are_answered),
    T(a_route_of_that_path_wins_over_the_page),
    T(a_warm_page_takes_no_memory),
};

T_MAIN("rest/site", CASES)
