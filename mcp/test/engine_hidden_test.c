/* mcp/test/engine_hidden_test.c - options.hiding: what a caller may not use it does not
 * see, and cannot find out by asking. */
#include "feature_rows.h"
#include "tiny.h"

/* The rows that everybody may use, without and with those that need a scope. */
#define OPEN_TOOLS                                                                                 \
    {.name = "b", .description = "d", .fn = say_ok},                                               \
    {                                                                                              \
        .name = "d", .description = "d", .fn = say_ok                                              \
    }
#define OPEN_RESOURCES                                                                             \
    {.uri = "doc://open", .name = "open", .read = read_page},                                      \
    {                                                                                              \
        .uri = "doc://{page}", .name = "page", .read = read_page, .complete = many_pages           \
    }
#define OPEN_PROMPTS                                                                               \
    {                                                                                              \
        .name = "open", .fn = ask_review, .complete = languages                                    \
    }

static const struct mcp_tool TOOLS[] = {
    OPEN_TOOLS,
    {.name = "a", .description = "d", .scope = "red", .fn = say_ok},
    {.name = "c", .description = "d", .scope = "blue", .fn = say_ok},
    {.name = "e", .description = "d", .scope = "red", .fn = say_ok},
    {.name = "f", .description = "d", .scope = "red", .fn = say_ok},
    {0}};
static const struct mcp_tool FEWER_TOOLS[] = {OPEN_TOOLS, {0}};
static const struct mcp_resource RESOURCES[] = {
    OPEN_RESOURCES,
    {.uri = "red://one", .name = "one", .scope = "red", .read = read_two},
    {.uri = "red://{page}",
     .name = "red",
     .scope = "red",
     .read = read_page,
     .complete = many_pages},
    {0}};
static const struct mcp_resource FEWER_RESOURCES[] = {OPEN_RESOURCES, {0}};
static const struct mcp_prompt PROMPTS[] = {
    OPEN_PROMPTS, {.name = "red", .scope = "red", .fn = ask_review, .complete = languages}, {0}};
static const struct mcp_prompt FEWER_PROMPTS[] = {OPEN_PROMPTS, {0}};

static const struct mcp_tool_set ALL_TOOLS = {TOOLS, NULL}, SOME_TOOLS = {FEWER_TOOLS, NULL};
static const struct mcp_resource_set ALL_RESOURCES = {RESOURCES, NULL},
                                     SOME_RESOURCES = {FEWER_RESOURCES, NULL};
static const struct mcp_prompt_set ALL_PROMPTS = {PROMPTS, NULL},
                                   SOME_PROMPTS = {FEWER_PROMPTS, NULL};

/* A server with every row, or with those that everybody may use. */
static struct mcp_server_options options(bool is_whole)
{
    return (struct mcp_server_options){
        .tools = is_whole ? &ALL_TOOLS : &SOME_TOOLS,
        .n_tools = 1,
        .resources = is_whole ? &ALL_RESOURCES : &SOME_RESOURCES,
        .n_resources = 1,
        .prompts = is_whole ? &ALL_PROMPTS : &SOME_PROMPTS,
        .n_prompts = 1,
        .hiding = MCP_HIDE_ALTOGETHER,
        .announces = MCP_CHANGED_RESOURCE,
        .secret = {1},
        .cache = {.tools = {.ttl_ms = 1000, .is_public = true}},
    };
}

static void become(struct theatre *t, uint8_t id, const char *scopes)
{
    t->peer.principal = (struct mcp_principal){.id = {id}};
    snprintf(t->peer.principal.scopes, sizeof(t->peer.principal.scopes), "%s", scopes);
}

static void open_as(struct theatre *t, bool is_whole, int revision, const char *scopes)
{
    const struct mcp_server_options opt = options(is_whole);

    theatre_open(t, &opt, revision);
    become(t, 1, scopes);
}

/* "a b c": the names in a list's answer, in order. */
static const char *names_in(mcp_str reply)
{
    static char names[500];
    mcp_str key = MCP_STR("{\"name\":\"");
    size_t n = 0;

    names[0] = '\0';
    for (size_t i = 0; i + key.len < reply.len; i++) {
        if (mcp_str_starts(mcp_str_n(reply.ptr + i, reply.len - i), MCP_STR("\"_meta\""))) {
            break; /* the server's */
        }
        if (memcmp(reply.ptr + i, key.ptr, key.len) == 0) {
            mcp_str rest = mcp_str_n(reply.ptr + i + key.len, reply.len - i - key.len);
            mcp_str name = mcp_str_cut(&rest, '"');

            n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%.*s", n ? " " : "",
                                  MCP_STR_ARG(name));
        }
    }
    return names;
}

static void lists(struct theatre *t, const char *scopes, const char *want)
{
    struct wire w;

    become(t, 1, scopes);
    theatre_ask(t, &w, "tools/list", "");
    T_EQ(w.err, MCP_OK);
    T_STR(mcp_str_c(names_in(wire_reply(&w))), want);
    if (t->revision == R_2026_07) {
        T_HAS(wire_reply(&w), "\"ttlMs\":1000,\"cacheScope\":\"private\"");
    }
    wire_free(&w);
}

static void a_caller_sees_the_rows_whose_scope_it_holds_in_every_revision(void)
{
    for (int r = 0; r < N_REVISIONS; r++) {
        struct theatre t;

        open_as(&t, true, r, "*");
        lists(&t, "*", "a b c d e f");
        lists(&t, "red blue", "a b c d e f");
        lists(&t, "", "b d");
        lists(&t, "blue", "b c d");
        lists(&t, "re red2 red", "a b d e f");
        theatre_close(&t);
    }
}

/* What everybody says of a caller without scopes is what a server without these rows says. */
static const struct {
    const char *method, *params;
    bool is_old; /* of sessions */
} QUESTIONS[] = {
    {"prompts/list", "", false},
    {"resources/list", "", false},
    {"resources/templates/list", "", false},
    {"tools/call", "\"name\":\"a\"", false},
    {"tools/call", "\"name\":\"a\",\"arguments\":{\"x\":1}", false},
    {"tools/call", "\"name\":\"a\",\"arguments\":7", false},
    {"tools/call", "\"name\":\"b\"", false},
    {"prompts/get", "\"name\":\"red\"", false},
    {"prompts/get", "\"name\":\"open\"", false},
    {"resources/read", "\"uri\":\"red://one\"", false},
    {"resources/read", "\"uri\":\"red://two\"", false},
    {"resources/read", "\"uri\":\"doc://two\"", false},
    {"completion/complete",
     "\"ref\":{\"type\":\"ref/prompt\",\"name\":\"red\"},"
     "\"argument\":{\"name\":\"language\",\"value\":\"\"}",
     false},
    {"completion/complete",
     "\"ref\":{\"type\":\"ref/resource\",\"uri\":\"red://{page}\"},"
     "\"argument\":{\"name\":\"page\",\"value\":\"\"}",
     false},
    {"completion/complete",
     "\"ref\":{\"type\":\"ref/resource\",\"uri\":\"red://{page}\"},"
     "\"argument\":{\"name\":\"none\",\"value\":\"\"}",
     false},
    {"resources/subscribe", "\"uri\":\"red://one\"", true},
    {"resources/subscribe", "\"uri\":\"red://two\"", true},
    {"resources/unsubscribe", "\"uri\":\"red://one\"", true},
};

static void what_is_hidden_answers_like_what_is_not_there(void)
{
    for (int r = 0; r < N_REVISIONS; r++) {
        for (size_t i = 0; i < sizeof(QUESTIONS) / sizeof(QUESTIONS[0]); i++) {
            struct theatre with, without;
            struct wire a, b;

            open_as(&with, true, r, "green");
            open_as(&without, false, r, "green");
            theatre_ask(&with, &a, QUESTIONS[i].method, QUESTIONS[i].params);
            theatre_ask(&without, &b, QUESTIONS[i].method, QUESTIONS[i].params);
            ck_assert_msg(mcp_str_eq(wire_reply(&a), wire_reply(&b)), "%s %s in %s:\n%.*s\n%.*s",
                          QUESTIONS[i].method, QUESTIONS[i].params, REVISIONS[r],
                          MCP_STR_ARG(wire_reply(&a)), MCP_STR_ARG(wire_reply(&b)));
            T_EQ(a.err, b.err);
            T_EQ(a.http_status, b.http_status);
            T_CHECK(!a.scope);
            if (!QUESTIONS[i].is_old || r != R_2026_07) {
                T_CHECK(a.err != MCP_E_METHOD_NOT_FOUND);
            }
            wire_free(&a);
            wire_free(&b);
            become(&with, 1, "red");
            theatre_ask(&with, &a, QUESTIONS[i].method, QUESTIONS[i].params);
            T_CHECK(a.err != MCP_E_FORBIDDEN);
            wire_free(&a);
            theatre_close(&with);
            theatre_close(&without);
        }
    }
}

static void who_holds_the_scope_can_use_what_is_hidden_from_others(void)
{
    struct theatre t;

    open_as(&t, true, R_2026_07, "red");
    theatre_expect(&t, "tools/call", "\"name\":\"a\"", MCP_OK, "ok");
    theatre_expect(&t, "prompts/get", "\"name\":\"red\",\"arguments\":{}", MCP_OK, "Review");
    theatre_expect(&t, "resources/read", "\"uri\":\"red://one\"", MCP_OK, "first");
    theatre_expect(&t, "resources/read", "\"uri\":\"red://p\"", MCP_OK, "page p");
    theatre_expect(&t, "tools/call", "\"name\":\"c\"", MCP_E_UNKNOWN_TOOL, "Unknown tool: c");
    theatre_close(&t);
}

/* A plain URI that is hidden is not looked for among the templates. */
static void a_template_does_not_serve_what_another_row_hides(void)
{
    static const struct mcp_resource ROWS[] = {
        {.uri = "doc://{page}", .name = "page", .read = read_page},
        {.uri = "doc://secret", .name = "secret", .scope = "red", .read = read_two},
        {0}};
    static const struct mcp_resource_set SET = {ROWS, NULL};
    const struct mcp_server_options opt = {
        .resources = &SET, .n_resources = 1, .hiding = MCP_HIDE_ALTOGETHER};
    struct theatre t;

    theatre_open(&t, &opt, R_2026_07);
    become(&t, 1, "green");
    theatre_expect(&t, "resources/read", "\"uri\":\"doc://secret\"", MCP_E_UNKNOWN_RESOURCE,
                   "Resource not found");
    theatre_expect(&t, "resources/read", "\"uri\":\"doc://other\"", MCP_OK, "page other");
    theatre_close(&t);
}

/* ---- Pages ---- */

static mcp_str cursor_in(mcp_str reply)
{
    mcp_str key = MCP_STR("\"nextCursor\":\"");

    for (size_t i = 0; i + key.len < reply.len; i++) {
        if (memcmp(reply.ptr + i, key.ptr, key.len) == 0) {
            mcp_str rest = mcp_str_n(reply.ptr + i + key.len, reply.len - i - key.len);

            return mcp_str_cut(&rest, '"');
        }
    }
    return mcp_str_n(NULL, 0);
}

/* One page; `cursor` is replaced by the next one. */
static mcp_err page(struct theatre *t, char cursor[200], const char *want)
{
    char params[300] = "";
    struct wire w;

    if (cursor[0]) {
        snprintf(params, sizeof(params), "\"cursor\":\"%s\"", cursor);
    }
    theatre_ask(t, &w, "tools/list", params);
    mcp_err err = w.err;

    if (!err) {
        T_STR(mcp_str_c(names_in(wire_reply(&w))), want);
        snprintf(cursor, 200, "%.*s", MCP_STR_ARG(cursor_in(wire_reply(&w))));
    } else {
        T_HAS(wire_reply(&w), "the cursor is not one of this list");
    }
    wire_free(&w);
    return err;
}

static void open_pages(struct theatre *t, int revision)
{
    struct mcp_server_options opt = options(true);

    opt.page_tools = 2;
    theatre_open(t, &opt, revision);
}

static void pages_of_a_part_hold_each_of_its_rows_once(void)
{
    for (int r = 0; r < N_REVISIONS; r++) {
        struct theatre t;
        char cursor[200] = "";

        open_pages(&t, r);
        become(&t, 1, "red");
        T_EQ(page(&t, cursor, "a b"), MCP_OK);
        T_EQ(page(&t, cursor, "d e"), MCP_OK);
        T_EQ(page(&t, cursor, "f"), MCP_OK);
        T_STR(mcp_str_c(cursor), "");
        become(&t, 1, "");
        T_EQ(page(&t, cursor, "b d"), MCP_OK); /* a full page, and nothing behind it */
        T_STR(mcp_str_c(cursor), "");
        theatre_close(&t);
    }
}

static void a_cursor_is_of_one_caller_with_these_scopes(void)
{
    static const struct {
        uint8_t id;
        const char *scopes;
        mcp_err err;
    } OTHERS[] = {
        {1, "red", MCP_OK},
        {1, "other red", MCP_OK}, /* the same rows */
        {2, "red", MCP_E_INVALID_PARAMS},
        {1, "red blue", MCP_E_INVALID_PARAMS},
        {1, "*", MCP_E_INVALID_PARAMS},
        {1, "blue", MCP_E_INVALID_PARAMS},
        {1, "", MCP_E_INVALID_PARAMS},
    };
    struct theatre t;

    open_pages(&t, R_2026_07);
    for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++) {
        char cursor[200] = "";

        become(&t, 1, "red");
        T_EQ(page(&t, cursor, "a b"), MCP_OK);
        become(&t, OTHERS[i].id, OTHERS[i].scopes);
        T_EQ(page(&t, cursor, "d e"), OTHERS[i].err);
    }
    /* Nor does one of the whole list fit a part of it. */
    char cursor[200] = "";

    become(&t, 1, "*");
    T_EQ(page(&t, cursor, "a b"), MCP_OK);
    become(&t, 1, "red");
    T_EQ(page(&t, cursor, ""), MCP_E_INVALID_PARAMS);
    theatre_close(&t);
}

static void a_cursor_of_a_part_that_was_touched_is_refused(void)
{
    struct theatre t;
    char good[200] = "", bent[200];

    open_pages(&t, R_2025_11);
    become(&t, 1, "red");
    T_EQ(page(&t, good, "a b"), MCP_OK);
    for (size_t i = 0; good[i]; i++) {
        memcpy(bent, good, sizeof(bent));
        bent[i] = bent[i] == 'A' ? 'B' : 'A';
        T_EQ(page(&t, bent, ""), MCP_E_INVALID_PARAMS);
        memcpy(bent, good, sizeof(bent));
        bent[i] = '\0';
        T_EQ(page(&t, bent, "a b"), i ? MCP_E_INVALID_PARAMS : MCP_OK); /* without: page one */
    }
    theatre_close(&t);
}

/* ---- Watching ---- */

static void what_is_hidden_can_be_watched_and_is_never_told(void)
{
    struct theatre t;
    struct wire w;

    open_as(&t, true, R_2026_07, "green");
    theatre_ask(&t, &w, "subscriptions/listen",
                "\"notifications\":{\"resourceSubscriptions\":[\"red://one\",\"doc://open\","
                "\"none://x\"]}");
    T_HAS(mcp_buf_str(&w.notes), "red://one");
    T_HAS(mcp_buf_str(&w.notes), "none://x");
    mcp_server_changed(t.world.server, MCP_CHANGED_RESOURCE, MCP_STR("red://one"));
    mcp_server_tick(t.world.server);
    T_EQ(w.n_notes, 1);
    mcp_server_changed(t.world.server, MCP_CHANGED_RESOURCE, MCP_STR("doc://open"));
    mcp_server_changed(t.world.server, MCP_CHANGED_RESOURCE, MCP_STR("none://x"));
    mcp_server_tick(t.world.server);
    T_EQ(w.n_notes, 3);
    mcp_server_cancel(t.world.server, &w.sink);
    w.is_gone = true;
    mcp_server_tick(t.world.server);
    wire_free(&w);
    theatre_close(&t);
}

static void a_session_that_gets_the_scope_hears_after_subscribing_again(void)
{
    struct theatre t;
    struct wire ear;

    wire_init(&ear);
    open_as(&t, true, R_2025_11, "green");
    T_CHECK(mcp_session_attach(t.session, &ear.sink, NULL));
    ear.in = t.session;
    theatre_expect(&t, "resources/subscribe", "\"uri\":\"red://one\"", MCP_OK, "{}");
    mcp_server_changed(t.world.server, MCP_CHANGED_RESOURCE, MCP_STR("red://one"));
    mcp_server_tick(t.world.server);
    T_EQ(ear.n_notes, 0);
    become(&t, 1, "red");
    theatre_expect(&t, "resources/subscribe", "\"uri\":\"red://one\"", MCP_OK, "{}");
    mcp_server_changed(t.world.server, MCP_CHANGED_RESOURCE, MCP_STR("red://one"));
    mcp_server_tick(t.world.server);
    T_EQ(ear.n_notes, 1);
    T_CHECK(mcp_session_attach(t.session, NULL, NULL));
    theatre_close(&t);
    wire_free(&ear);
}

/* ---- Without the option, over REST, without memory ---- */

static void without_the_option_rows_are_listed_and_refused(void)
{
    struct mcp_server_options opt = options(true);
    struct theatre t;
    struct wire w;

    opt.hiding = MCP_HIDE_NOTHING;
    theatre_open(&t, &opt, R_2026_07);
    become(&t, 1, "");
    theatre_ask(&t, &w, "tools/list", "");
    T_STR(mcp_str_c(names_in(wire_reply(&w))), "a b c d e f");
    T_HAS(wire_reply(&w), "\"cacheScope\":\"public\"");
    wire_free(&w);
    theatre_expect(&t, "tools/call", "\"name\":\"a\"", MCP_E_FORBIDDEN, "lacks the scope red");
    theatre_close(&t);
}

static void hidden_from_lists_only_a_row_says_what_is_missing(void)
{
    struct mcp_server_options opt = options(true);
    struct theatre t;
    struct wire w;

    opt.hiding = MCP_HIDE_FROM_LISTS;
    for (int r = 0; r < N_REVISIONS; r++) {
        theatre_open(&t, &opt, r);
        lists(&t, "blue", "b c d");
        theatre_ask(&t, &w, "tools/call", "\"name\":\"a\"");
        T_EQ(w.err, MCP_E_FORBIDDEN);
        T_EQ(w.http_status, 403);
        T_STR(mcp_str_c(w.scope), "red");
        wire_free(&w);
        theatre_expect(&t, "prompts/get", "\"name\":\"red\"", MCP_E_FORBIDDEN, "red");
        theatre_expect(&t, "resources/read", "\"uri\":\"red://one\"", MCP_E_FORBIDDEN, "red");
        if (r != R_2026_07) {
            theatre_expect(&t, "resources/subscribe", "\"uri\":\"red://one\"", MCP_E_FORBIDDEN,
                           "scope");
        }
        theatre_close(&t);
    }
}

struct heard {
    struct mcp_outcome_sink sink;
    mcp_err err;
};

static void hear(struct mcp_outcome_sink *sink, const struct mcp_outcome *o)
{
    ((struct heard *)(void *)sink)->err = o->err;
}

static void who_names_tools_itself_is_told_what_is_missing(void)
{
    struct heard h = {.sink = {.finish = hear}};
    struct theatre t;

    open_as(&t, true, R_2026_07, "");
    mcp_server_invoke(t.world.server, MCP_STR("a"), MCP_STR(""), &t.peer.principal, &h.sink);
    T_EQ(h.err, MCP_E_FORBIDDEN);
    theatre_close(&t);
}

static int64_t no_time(void *user)
{
    (void)user;
    return 5000;
}

static struct mcp_server *make(void)
{
    struct mcp_server_options opt = options(true);
    char why[256];

    opt.name = "t";
    opt.version = "1";
    opt.clock = (struct mcp_clock){no_time, no_time, NULL};
    return mcp_server_new(&opt, why, sizeof(why));
}

static bool make_and_free(void *arg)
{
    struct mcp_server *s = make();

    (void)arg;
    mcp_server_free(s);
    return s != NULL;
}

static bool ask_list(void *arg)
{
    const struct mcp_peer peer = {.principal = {.scopes = "red"}};
    struct tiny t = {.sink = {tiny_notify, tiny_finish}};

    mcp_server_handle(arg, MCP_STR(REQUEST("tools/list", MODERN_META)), &peer, &t.sink);
    T_EQ(t.finishes, 1);
    T_HAS(mcp_str_n(t.bytes, t.len), "\"id\":1");
    return t.err == MCP_OK;
}

static void lists_in_parts_take_little_memory_and_do_without(void)
{
    size_t n = t_torture(make_and_free, NULL);
    struct mcp_server *s = make();

    printf("# %zu allocations for the server\n", n);
    T_CHECK(n <= 150); /* a budget: raise it with a reason */
    T_CHECK(t_torture(ask_list, s) <= 14);
    for (int i = 0; i < 103; i++) {
        if (i == 3) {
            mcp_alloc_refuse(0);
        }
        T_CHECK(ask_list(s));
    }
    T_CHECK(IS_EXACT || mcp_alloc_count() == 0);
    mcp_server_free(s);
}

static const struct t_case CASES[] = {
    T(a_caller_sees_the_rows_whose_scope_it_holds_in_every_revision),
    T(what_is_hidden_answers_like_what_is_not_there),
    T(who_holds_the_scope_can_use_what_is_hidden_from_others),
    T(a_template_does_not_serve_what_another_row_hides),
    T(pages_of_a_part_hold_each_of_its_rows_once),
    T(a_cursor_is_of_one_caller_with_these_scopes),
    T(a_cursor_of_a_part_that_was_touched_is_refused),
    T(what_is_hidden_can_be_watched_and_is_never_told),
    T(a_session_that_gets_the_scope_hears_after_subscribing_again),
    T(without_the_option_rows_are_listed_and_refused),
    T(hidden_from_lists_only_a_row_says_what_is_missing),
    T(who_names_tools_itself_is_told_what_is_missing),
    T(lists_in_parts_take_little_memory_and_do_without),
};
T_MAIN("mcp/engine_hidden", CASES)
