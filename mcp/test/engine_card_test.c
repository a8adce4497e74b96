/* mcp/test/engine_card_test.c - the server card, and version numbers of lists and resources. */
#include "feature_rows.h"
#include "shared_file.h"
#include "tiny.h"

#include <mcp/card.h>
#include <mcp/schema.h>

static void conforms(mcp_str card)
{
    const struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    struct mcp_schema_error e = {{0}, {0}, {0}};
    mcp_str text = t_file(T_SOURCE_ROOT "/mcp/test/server_card.schema.json");
    struct mcp_schema *schema = mcp_schema_new(text, &(struct mcp_schema_options){0}, &e);
    struct mcp_arena arena;
    mcp_json v;

    ck_assert_msg(schema != NULL, "%s: %s", e.path, e.text);
    mcp_arena_init(&arena, (size_t)1 << 24);
    T_EQ(mcp_json_read(&arena, card, &limits, &v, NULL), MCP_OK);
    ck_assert_msg(mcp_schema_check(schema, v, &arena, &e), "%s: %s\n%.*s", e.path, e.text,
                  MCP_STR_ARG(card));
    mcp_arena_free(&arena);
    mcp_schema_free(schema);
    mcp_free((char *)(uintptr_t)text.ptr);
}

static int64_t no_time(void *user)
{
    (void)user;
    return 1;
}

static struct mcp_server *make(const struct mcp_server_options *like)
{
    struct mcp_server_options opt = *like;
    char why[256] = "";

    opt.version = "1.2.3";
    opt.clock = (struct mcp_clock){no_time, no_time, NULL};
    struct mcp_server *s = mcp_server_new(&opt, why, sizeof(why));

    ck_assert_msg(s != NULL, "%s", why);
    return s;
}

/* The card of a server, checked; free it. */
static struct mcp_buf card_of(const struct mcp_server_options *opt, const struct mcp_card *card)
{
    struct mcp_server *s = make(opt);
    struct mcp_buf out;
    char why[256] = "";

    mcp_buf_init(&out, 1 << 20);
    mcp_err err = mcp_server_card(s, card, &out, why, sizeof(why));

    ck_assert_msg(err == MCP_OK, "%s", why);
    conforms(mcp_buf_str(&out));
    mcp_server_free(s);
    return out;
}

static void says(const struct mcp_server_options *opt, const struct mcp_card *card,
                 const char *want)
{
    struct mcp_buf out = card_of(opt, card);

    T_HAS(mcp_buf_str(&out), want);
    mcp_buf_free(&out);
}

#define SERVER(...)                                                                                \
    &(struct mcp_server_options)                                                                   \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define CARD(...)                                                                                  \
    &(struct mcp_card)                                                                             \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

static void a_card_says_what_the_server_says_of_itself(void)
{
    struct mcp_buf out = card_of(SERVER(.name = "com.example/weather", .title = "Weather",
                                        .description = "Says what the sky does.",
                                        .website_url = "https://example.com/", .icons = ICONS),
                                 CARD(.name = NULL));

    T_STR(mcp_buf_str(&out),
          "{\"$schema\":\"https://static.modelcontextprotocol.io/schemas/v1/"
          "server-card.schema.json\",\"name\":\"com.example/weather\",\"version\":\"1.2.3\","
          "\"title\":\"Weather\",\"description\":\"Says what the sky does.\","
          "\"websiteUrl\":\"https://example.com/\",\"icons\":" ICONS "}");
    mcp_buf_free(&out);
    /* Nothing is known but a name. */
    out = card_of(SERVER(.name = "w"), CARD(.name = NULL));
    T_STR(mcp_buf_str(&out),
          "{\"$schema\":\"https://static.modelcontextprotocol.io/schemas/v1/"
          "server-card.schema.json\",\"name\":\"localhost/w\",\"version\":\"1.2.3\","
          "\"description\":\"w\"}");
    mcp_buf_free(&out);
}

static void a_name_without_a_domain_is_this_hosts(void)
{
    char name[400];

    says(SERVER(.name = "a b/c\xc3\xa9"), CARD(.name = NULL), "\"name\":\"localhost/a-b-c--\"");
    says(SERVER(.name = "a/b/c"), CARD(.name = NULL), "\"name\":\"localhost/a-b-c\"");
    says(SERVER(.name = "x"), CARD(.name = "org.example/y"), "\"name\":\"org.example/y\"");
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    says(SERVER(.name = name), CARD(.description = "d"), "\"name\":\"localhost/nnn");
}

static void a_long_description_is_cut_between_characters(void)
{
    char text[500] = "";

    for (int i = 0; i < 120; i++) {
        snprintf(text + 2 * i, sizeof(text) - 2 * (size_t)i, "\xc3\xa9");
    }
    struct mcp_buf out = card_of(SERVER(.name = "w", .description = text), CARD(.name = NULL));

    text[200] = '\0';
    T_HAS(mcp_buf_str(&out), text);
    mcp_buf_free(&out);
    says(SERVER(.name = "w", .title = "T"), CARD(.name = NULL), "\"description\":\"T\"");
}

static void what_the_card_names_goes_first(void)
{
    says(SERVER(.name = "w", .title = "T", .description = "D", .website_url = "https://a.example/"),
         CARD(.title = "T2", .description = "D2", .website_url = "http://b.example/x",
              .icons = ICONS),
         "\"title\":\"T2\",\"description\":\"D2\",\"websiteUrl\":\"http://b.example/x\",\"icons\":["
         "{");
}

static void a_place_is_named_only_when_it_was_configured(void)
{
    const struct mcp_card *named = CARD(.remote_url = "https://mcp.example.com/mcp");
    struct mcp_buf out = card_of(SERVER(.name = "w"), named);

    T_HAS(mcp_buf_str(&out),
          "\"remotes\":[{\"type\":\"streamable-http\",\"url\":\"https://mcp.example.com/mcp\","
          "\"supportedProtocolVersions\":[\"2026-07-28\",\"2025-11-25\",\"2025-06-18\","
          "\"2025-03-26\"]}]");
    T_CHECK(!t_has(mcp_buf_str(&out), MCP_STR("Authorization")));
    mcp_buf_free(&out);
    says(SERVER(.name = "w"), CARD(.remote_url = "https://a.example/mcp", .needs_token = true),
         "\"headers\":[{\"name\":\"Authorization\",");
}

static void a_wrong_member_is_named(void)
{
    static const struct {
        struct mcp_card card;
        const char *why;
    } ROWS[] = {
        {{.name = "weather"}, "the name must be a reversed domain"},
        {{.name = "/w"}, "the name must be"},
        {{.name = "a/"}, "the name must be"},
        {{.name = "a/b/c"}, "the name must be"},
        {{.name = "a b/c"}, "the name must be"},
        {{.title = ""}, "the title must have 1 to 100 characters"},
        {{.description = ""}, "the description must have 1 to 100 characters"},
        {{.website_url = "ftp://x"}, "the website must be an http or https URL"},
        {{.remote_url = "mcp.example.com"}, "the remote URL must be"},
        {{.remote_url = "https://a b"}, "the remote URL must be"},
        {{.icons = "{}"}, "server card: the icons must be"},
        {{.icons = "[{\"src\":\"http://x/i.png\"}]"}, "server card: the icons must be"},
    };
    struct mcp_server *s = make(SERVER(.name = "w"));
    char why[256], text[120];
    struct mcp_buf out;

    mcp_buf_init(&out, 1 << 16);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        T_EQ(mcp_server_card(s, &ROWS[i].card, &out, why, sizeof(why)), MCP_E_INVALID_PARAMS);
        T_HAS(mcp_str_c(why), ROWS[i].why);
    }
    memset(text, 'x', sizeof(text));
    text[101] = '\0';
    T_EQ(mcp_server_card(s, CARD(.description = text), &out, why, sizeof(why)),
         MCP_E_INVALID_PARAMS);
    T_EQ(out.len, 0);
    text[100] = '\0';
    T_EQ(mcp_server_card(s, CARD(.description = text), &out, why, sizeof(why)), MCP_OK);
    mcp_buf_free(&out);
    mcp_server_free(s);
}

static bool print_once(void *arg)
{
    struct mcp_buf out;
    char why[100];

    mcp_buf_init(&out, 1 << 16);
    mcp_err err = mcp_server_card(arg, CARD(.icons = ICONS), &out, why, sizeof(why));

    T_CHECK(err == MCP_OK || err == MCP_E_OVERLOADED || err == MCP_E_INVALID_PARAMS);
    T_CHECK(!err || strcmp(why, "out of memory") == 0);
    mcp_buf_free(&out);
    return err == MCP_OK;
}

static void without_memory_a_card_says_so(void)
{
    struct mcp_server *s = make(SERVER(.name = "w"));

    T_CHECK(t_torture(print_once, s) <= 20);
    mcp_server_free(s);
}

/* What a client reads in the card, it hears from server/discover (docs/discovery.md "Consistency
 * with Runtime Behavior"). */
static void the_card_and_discover_agree(void)
{
    struct mcp_server *s = make(SERVER(.name = "com.example/weather", .title = "Weather"));
    const struct mcp_peer peer = {.principal = WIRE_EVERYTHING};
    struct mcp_buf out;
    struct wire w;
    char why[100];

    mcp_buf_init(&out, 1 << 16);
    T_EQ(mcp_server_card(s, CARD(.remote_url = "https://a.example/mcp"), &out, why, sizeof(why)),
         MCP_OK);
    wire_say(&w, s, &peer, MCP_STR(REQUEST("server/discover", MODERN_META)));
    T_HAS(wire_reply(&w), "\"supportedVersions\":[\"2026-07-28\"]");
    T_HAS(mcp_buf_str(&out), "\"2026-07-28\"");
    T_HAS(wire_reply(&w),
          "{\"name\":\"com.example/weather\",\"version\":\"1.2.3\",\"title\":\"Weather\"");
    T_HAS(mcp_buf_str(&out),
          "\"name\":\"com.example/weather\",\"version\":\"1.2.3\",\"title\":\"Weather\"");
    wire_free(&w);
    mcp_buf_free(&out);
    mcp_server_free(s);
}

/* ---- Versions ---- */

enum { TOOLS, PROMPTS, LISTED, CONTENTS, N_VERSIONS };

static const enum mcp_change WHAT[] = {MCP_CHANGED_TOOLS, MCP_CHANGED_PROMPTS,
                                       MCP_CHANGED_RESOURCES, MCP_CHANGED_RESOURCE};

static void read_versions(const struct mcp_server *s, uint64_t ret[N_VERSIONS])
{
    for (int i = 0; i < N_VERSIONS; i++) {
        ret[i] = mcp_server_version(s, WHAT[i], i == CONTENTS ? MCP_STR("doc://a") : MCP_STR(""));
    }
}

static void a_change_changes_one_version(void)
{
    struct mcp_server_options opt = FEATURE_OPTIONS;
    uint64_t before[N_VERSIONS], after[N_VERSIONS];

    opt.name = "t";
    opt.announces = 0; /* whether clients are told or not */
    struct mcp_server *s = make(&opt);

    for (int i = 0; i < N_VERSIONS; i++) {
        read_versions(s, before);
        read_versions(s, after);
        T_EQ(memcmp(before, after, sizeof(before)), 0);
        mcp_server_changed(s, WHAT[i], MCP_STR("doc://a"));
        read_versions(s, after);
        for (int k = 0; k < N_VERSIONS; k++) {
            ck_assert_msg((before[k] != after[k]) == (k == i), "%d changed, %d looked at", i, k);
        }
    }
    read_versions(s, before);
    mcp_server_changed(s, MCP_CHANGED_RESOURCE, MCP_STR("doc://b"));
    read_versions(s, after);
    T_CHECK(before[CONTENTS] != mcp_server_version(s, MCP_CHANGED_RESOURCE, MCP_STR("doc://b")));
    mcp_server_free(s);
}

static void the_version_of_a_list_is_of_its_rows(void)
{
    struct mcp_server_options opt = FEATURE_OPTIONS;
    const struct mcp_tool_set fewer = {FEATURE_TOOLS + 1, NULL};
    uint64_t a[N_VERSIONS], b[N_VERSIONS], c[N_VERSIONS];

    opt.name = "t";
    opt.page_tools = 2; /* cursors differ from process to process */
    struct mcp_server *one = make(&opt), *same = make(&opt);

    opt.tools = &fewer;
    struct mcp_server *other = make(&opt);

    read_versions(one, a);
    read_versions(same, b);
    read_versions(other, c);
    T_EQ(memcmp(a, b, CONTENTS * sizeof(a[0])), 0);
    T_CHECK(a[CONTENTS] != b[CONTENTS]); /* nothing is known of what another process has served */
    T_CHECK(a[TOOLS] != c[TOOLS]);
    T_EQ(a[PROMPTS], c[PROMPTS]);
    T_EQ(a[LISTED], c[LISTED]);
    T_CHECK(a[TOOLS] != a[PROMPTS] && a[PROMPTS] != a[LISTED]);
    mcp_server_free(one);
    mcp_server_free(same);
    mcp_server_free(other);
}

static const struct t_case CASES[] = {
    T(a_card_says_what_the_server_says_of_itself),
    T(a_name_without_a_domain_is_this_hosts),
    T(a_long_description_is_cut_between_characters),
    T(what_the_card_names_goes_first),
    T(a_place_is_named_only_when_it_was_configured),
    T(a_wrong_member_is_named),
    T(without_memory_a_card_says_so),
    T(the_card_and_discover_agree),
    T(a_change_changes_one_version),
    T(the_version_of_a_list_is_of_its_rows),
};
T_MAIN("mcp/engine_card", CASES)
