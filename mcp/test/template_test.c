/* mcp/test/template_test.c - URI templates read backwards (RFC 6570). */
#include "t.h"

#include <mcp/template.h>

struct row {
    const char *template, *uri;
    const char *values[3]; /* of the variables in order; NULL: missing */
};

static bool match(const char *template, const char *uri, struct mcp_arena *arena, mcp_str *values)
{
    static struct mcp__template t;
    const char *why = mcp__template_compile(mcp_str_c(template), &t);

    ck_assert_msg(!why, "%s: %s", template, why);
    return mcp__template_match(&t, mcp_str_c(uri), arena, values);
}

static void a_uri_that_expansion_made_gives_back_its_values(void)
{
    static const struct row ROWS[] = {
        {"a://x", "a://x", {NULL}},
        {"a://{x}", "a://1", {"1"}},
        {"test://template/{id}/data", "test://template/123/data", {"123"}},
        {"a://{x}/{y}", "a://1/2", {"1", "2"}},
        {"a://{x}-{y}", "a://1-2-3", {"1-2", "3"}}, /* the longest first */
        {"a://{x,y}", "a://1,2", {"1", "2"}},
        {"a://{x}", "a://caf%C3%A9", {"caf\xc3\xa9"}},
        {"a://{x}", "a://%2e%2E%2fetc", {"../etc"}},
        {"a:///{+path}", "a:///one/two.txt", {"one/two.txt"}},
        {"a://{+path}/end", "a://b/end/end", {"b/end"}},
        {"a://x{#frag}", "a://x#top/1", {"top/1"}},
        {"a://x{#frag}", "a://x", {NULL}},
        {"a://x{/y,z}", "a://x/1/2", {"1", "2"}},
        {"a://x{/y,z}", "a://x/1", {"1", NULL}},
        {"a://x{/path*}", "a://x/1/2/3", {"1/2/3"}},
        {"a://x{.ext}", "a://x.tar", {"tar"}},
        {"a://x{;p}", "a://x;p=7", {"7"}},
        {"a://x{?q,r}", "a://x?q=1&r=2", {"1", "2"}},
        {"a://x{?q,r}", "a://x?r=2&q=1", {"1", "2"}},
        {"a://x{?q,r}", "a://x?r=2", {NULL, "2"}},
        {"a://x{?q,r}", "a://x?q=&r=%26", {"", "&"}},
        {"a://x{?q}", "a://x", {NULL}},
        {"a://x?k=1{&q}", "a://x?k=1&q=2", {"2"}},
        {"a://{+p}{?q}", "a://b/c?q=1", {"b/c", "1"}},
        {"fetch://{+url}", "fetch://http://h/?a=b", {"http://h/?a=b"}},
    };

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        mcp_str values[MCP__TEMPLATE_VARS_MAX];
        struct mcp_arena arena;

        mcp_arena_init(&arena, 1 << 20);
        ck_assert_msg(match(ROWS[i].template, ROWS[i].uri, &arena, values), "%s does not fit %s",
                      ROWS[i].uri, ROWS[i].template);
        for (size_t v = 0; v < 3; v++) {
            T_EQ(values[v].ptr != NULL, ROWS[i].values[v] != NULL);
            T_STR(values[v], ROWS[i].values[v] ? ROWS[i].values[v] : "");
        }
        mcp_arena_free(&arena);
    }
}

static void other_uris_do_not_fit(void)
{
    static const char *const ROWS[][2] = {
        {"a://x", "a://x/"},
        {"a://x", "a://"},
        {"a://{x}", "a://"},
        {"a://{x}", "a://1/2"},
        {"a://{x}", "a://1?q=2"},
        {"a://{x}", "A://1"},
        {"a://{x}", "a://%4"},
        {"a://{x}", "a://%zz"},
        {"a://{x}", "a://%00"},
        {"a://{x}", "a://%ff"},
        {"a://{x}", "a://a b"},
        {"a://{x}/data", "a://1/2/data"},
        {"a://{+p}{?q}", "a://b/c?z=1"},
        {"a://x{?q}", "a://x?q=1&q=2"},
        {"a://x{?q}", "a://x?other=1"},
        {"a://x{?q}", "a://x?q=1#f"},
        {"a://x?k=1{&q}", "a://x?k=1?q=2"},
    };

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        mcp_str values[MCP__TEMPLATE_VARS_MAX];
        struct mcp_arena arena;

        mcp_arena_init(&arena, 1 << 20);
        ck_assert_msg(!match(ROWS[i][0], ROWS[i][1], &arena, values), "%s fits %s", ROWS[i][1],
                      ROWS[i][0]);
        mcp_arena_free(&arena);
    }
}

static void a_bad_template_is_refused(void)
{
    static const char *const ROWS[] = {
        "a://{",
        "a://}",
        "a://{}",
        "a://{x",
        "a://{x}{x}",
        "a://{x:3}",
        "a://{x*}",
        "a://{=x}",
        "a://{x,}",
        "a://{?q}/x",
        "a://{a}{b}{c}{d}{e}{f}{g}{h}{i}{j}{k}{l}{m}{n}{o}{p}{q}",
    };

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct mcp__template t;

        ck_assert_msg(mcp__template_compile(mcp_str_c(ROWS[i]), &t) != NULL, "%s", ROWS[i]);
    }
}

static void matching_takes_time_in_proportion_to_the_uri(void)
{
    char uri[MCP__TEMPLATE_URI_BYTES_MAX + 2] = "a://";
    mcp_str values[MCP__TEMPLATE_VARS_MAX];
    struct mcp_arena arena;

    memset(uri + 4, '-', sizeof(uri) - 5);
    mcp_arena_init(&arena, 1 << 20);
    uri[MCP__TEMPLATE_URI_BYTES_MAX] = '\0';
    /* A matcher that tries and goes back would not end in this universe. */
    T_CHECK(!match("a://{a}-{b}-{c}-{d}-{e}-{f}-{g}-{h}!", uri, &arena, values));
    T_CHECK(match("a://{a}-{b}-{c}-{d}-{e}-{f}-{g}-{h}", uri, &arena, values));
    uri[MCP__TEMPLATE_URI_BYTES_MAX] = '-';
    T_CHECK(!match("a://{a}", uri, &arena, values)); /* too long */
    mcp_arena_free(&arena);
}

static const struct t_case CASES[] = {
    T(a_uri_that_expansion_made_gives_back_its_values),
    T(other_uris_do_not_fit),
    T(a_bad_template_is_refused),
    T(matching_takes_time_in_proportion_to_the_uri),
};
T_MAIN("mcp/template", CASES)
