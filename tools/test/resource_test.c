/* tools/test/resource_test.c - pools as MCP resources: listed, read, completed, watched. */
#include <tools/test/setting.h>

#include <mcp/alloc.h>
#include <mcp/test/wire.h>
#include <tools/pool_uri.h>

static struct setting s;
static const struct mcp_principal READER = {
    .id = {1}, .owner = 1, .scopes = "read", .rate_per_minute = -1};
static const struct mcp_principal STRANGER = {
    .id = {2}, .owner = 2, .scopes = "*", .rate_per_minute = -1};
static const struct mcp_principal WRITER = {
    .id = {3}, .owner = 1, .scopes = "write", .rate_per_minute = -1};

/* One modern request; the reply lives until the setting is closed. `params`: ' for ". */
static struct said ask(const struct mcp_principal *who, const char *method, const char *params)
{
    struct mcp_peer peer = {.principal = *who};
    struct said said = {.at = &s};
    struct wire w;
    mcp_str text =
        mcp_arena_printf(&s.arena, "{'jsonrpc':'2.0','id':1,'method':'%s','params':{%s%s%s}}",
                         method, MODERN_META, params[0] ? "," : "", params);

    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'') {
            memcpy((char *)(uintptr_t)(text.ptr + i), "\"", 1);
        }
    }
    wire_say(&w, s.server, &peer, text);
    while (!w.finishes) {
        setting_turn(&s);
    }
    said.err = w.err;
    said.result = mcp_arena_dup(&s.arena, wire_reply(&w));
    struct mcp_json_limits limits = {(size_t)1 << 26, 64, (size_t)1 << 20, true};

    T_EQ(mcp_json_read(&s.arena, said.result, &limits, &said.json, NULL), MCP_OK);
    said.json = at(said.json, "result");
    wire_free(&w);
    return said;
}

/* resources/read of `uri`: the text of its one content. */
static mcp_str text_at(const struct mcp_principal *who, const char *uri)
{
    struct said said =
        ask(who, "resources/read", mcp_arena_printf(&s.arena, "'uri':'%s'", uri).ptr);
    mcp_json contents = at(said.json, "contents");

    if (said.err) {
        return mcp_str_n(NULL, 0);
    }
    T_EQ(mcp_json_count(contents), 1);
    T_STR(text_of(&said, mcp_json_first(contents), "uri"), uri);
    T_STR(text_of(&said, mcp_json_first(contents), "mimeType"), "application/json");
    return text_of(&said, mcp_json_first(contents), "text");
}

static const char *id_of(const char *connection)
{
    struct said said = say(&s, "show_connection",
                           mcp_arena_printf(&s.arena, "{'connection':'%s'}", connection).ptr);

    return text_of(&said, said.json, "id").ptr;
}

static const char *uri(const char *connection, const char *rest)
{
    return mcp_arena_printf(&s.arena, "pool://%.36s%s", id_of(connection), rest).ptr;
}

static void open_two(void)
{
    setting_open(&s);
    SAY_OK(&s, "add_connection", "{'name':'alpha','toolName':'Tool A','low':50,'critical':10}");
    SAY_OK(&s, "add_connection", "{'name':'empty','toolName':'Tool B'}");
    SAY_OK(&s, "add_reading", "{'connection':'alpha','creditType':'credits','balance':100}");
    SAY_OK(&s, "add_reading", "{'connection':'alpha','creditType':'a/b \\u00e9','balance':5}");
}

/* ---- Names ---- */

static void a_name_has_one_spelling(void)
{
    static const uint8_t ID[16] = {0x6f, 0x96};
    static const mcp_str CONNECTION = MCP_STR_INIT("6f960000-0000-0000-0000-000000000000");
    char out[POOL_URI_BYTES], type[POOL_TYPE_MAX + 1];

    T_STR(pool_uri(ID, MCP_STR("a/b \xc3\xa9~"), POOL_URI_HISTORY, out),
          "pool://6f960000-0000-0000-0000-000000000000/a%2Fb%20%C3%A9~/history");
    T_CHECK(pool_uri_is(MCP_STR("pool://6f960000-0000-0000-0000-000000000000/a%2Fb?x"), CONNECTION,
                        MCP_STR("a/b"), ""));
    T_CHECK(!pool_uri_is(MCP_STR("pool://6f960000-0000-0000-0000-000000000000/a%2fb"), CONNECTION,
                         MCP_STR("a/b"), ""));
    T_CHECK(!pool_uri_is(MCP_STR("pool://6F960000-0000-0000-0000-000000000000"),
                         MCP_STR("6F960000-0000-0000-0000-000000000000"), mcp_str_n(NULL, 0), ""));
    memset(type, 0xff, sizeof(type));
    T_EQ(pool_uri(ID, mcp_str_n(type, POOL_TYPE_MAX), POOL_URI_HISTORY, out).len,
         POOL_URI_BYTES - 1);
    T_CHECK(!pool_uri_is(MCP_STR("pool://"), CONNECTION, mcp_str_n(type, POOL_TYPE_MAX + 1), ""));
}

/* ---- Reading ---- */

static void contents_are_what_the_operation_answers(void)
{
    open_two();
    const char *id = id_of("alpha");

    T_CHECK(mcp_str_eq(text_at(&READER, "pool://"), say(&s, "list_balances", "{}").result));
    T_CHECK(mcp_str_eq(text_at(&READER, uri("alpha", "")),
                       say(&s, "get_pool", "{'connection':'alpha'}").result));
    mcp_str one = text_at(&READER, uri("alpha", "/a%2Fb%20%C3%A9"));

    T_CHECK(mcp_str_eq(
        one, say(&s, "get_pool", "{'connection':'alpha','creditType':'a/b \\u00e9'}").result));
    T_HAS(one, "\"balance\":5");
    T_CHECK(!t_has(one, MCP_STR("\"balance\":100")));
    T_CHECK(mcp_str_eq(
        text_at(&READER, uri("alpha", "/credits/history")),
        say(&s, "get_pool_history", "{'connection':'alpha','creditType':'credits'}").result));
    T_CHECK(mcp_str_eq(
        text_at(&READER, uri("alpha", "/credits/history?points=7&from=2026-06-01T00:00:00Z")),
        say(&s, "get_pool_history",
            "{'connection':'alpha','creditType':'credits','points':7,"
            "'from':'2026-06-01T00:00:00Z'}")
            .result));
    T_HAS(text_at(&READER, uri("empty", "")), "\"creditType\":null");
    T_CHECK(strlen(id) >= 36);
    setting_close(&s);
}

static void what_is_not_there_or_another_owners_is_not_found(void)
{
    static const char *const WRONG[] = {
        "",         "/",          "/none",         "/credits/",
        "/Credits", "/credit%73", "/none/history", "/credits/histor"};

    open_two();
    const char *id = id_of("alpha");

    for (size_t i = 1; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
        T_EQ(text_at(&READER, uri("alpha", WRONG[i])).len, 0);
    }
    for (size_t i = 0; i < 4; i++) {
        static const char *const ALL[] = {"", "/credits", "/a%2Fb%20%C3%A9", "/credits/history"};

        T_CHECK(text_at(&READER, uri("alpha", ALL[i])).len > 0);
        T_EQ(text_at(&STRANGER, uri("alpha", ALL[i])).len, 0);
    }
    T_EQ(text_at(&READER, "pool://alpha").len, 0); /* names are for people */
    T_EQ(text_at(&READER, uri("alpha", "/credits/history?points=0")).len, 0);
    T_EQ(text_at(&READER, uri("alpha", "/credits/history?points=501")).len, 0);
    T_EQ(text_at(&READER, uri("alpha", "/credits/history?points=1x")).len, 0);
    T_STR(text_at(&STRANGER, "pool://"), "{\"pools\":[]}");
    T_CHECK(id != NULL);
    setting_close(&s);
}

static void reading_and_completing_need_the_scope_read(void)
{
    open_two();
    const char *pool = uri("alpha", "/credits");

    T_EQ(ask(&WRITER, "resources/read", "'uri':'pool://'").err, MCP_E_FORBIDDEN);
    T_EQ(ask(&WRITER, "resources/read", mcp_arena_printf(&s.arena, "'uri':'%s'", pool).ptr).err,
         MCP_E_FORBIDDEN);
    T_EQ(ask(&WRITER, "completion/complete",
             "'ref':{'type':'ref/resource','uri':'pool://{connectionId}'},"
             "'argument':{'name':'connectionId','value':''}")
             .err,
         MCP_E_FORBIDDEN);
    struct said said = ask(&WRITER, "resources/list", "");

    T_CHECK(!t_has(said.result, MCP_STR("credits")));
    setting_close(&s);
}

/* ---- Listing and completing ---- */

static void each_owner_sees_its_own_pools_listed(void)
{
    open_two();
    struct said said = ask(&READER, "resources/list", "");

    T_EQ(mcp_json_count(at(said.json, "resources")), 3); /* pool:// and two; `empty` has none */
    T_HAS(said.result, mcp_arena_printf(&s.arena, "\"uri\":\"%s\",\"name\":\"alpha: credits\"",
                                        uri("alpha", "/credits"))
                           .ptr);
    said = ask(&STRANGER, "resources/list", "");
    T_EQ(mcp_json_count(at(said.json, "resources")), 1);
    said = ask(&READER, "resources/templates/list", "");
    T_EQ(mcp_json_count(at(said.json, "resourceTemplates")), 3);
    setting_close(&s);
}

static mcp_str completed(const char *uri_template, const char *argument, const char *value,
                         const char *chosen)
{
    struct said said =
        ask(&READER, "completion/complete",
            mcp_arena_printf(&s.arena,
                             "'ref':{'type':'ref/resource','uri':'%s'},"
                             "'argument':{'name':'%s','value':'%s'},'context':{'arguments':{%s}}",
                             uri_template, argument, value, chosen)
                .ptr);

    T_EQ(said.err, MCP_OK);
    return mcp_json_raw(at(at(said.json, "completion"), "values"));
}

static void what_is_typed_finds_ids_by_name_and_credit_types(void)
{
    static const char POOL[] = "pool://{connectionId}/{creditType}";

    open_two();
    SAY_OK(&s, "add_reading", "{'connection':'empty','creditType':'credits','balance':1}");
    const char *alpha = mcp_arena_printf(&s.arena, "[\"%.36s\"]", id_of("alpha")).ptr;

    T_STR(completed(POOL, "connectionId", "LPH", ""), alpha);
    T_STR(completed(POOL, "connectionId", "tool a", ""), alpha);
    T_STR(completed(POOL, "connectionId", mcp_arena_printf(&s.arena, "%.9s", alpha + 2).ptr, ""),
          alpha);
    T_STR(completed(POOL, "connectionId", "nobody", ""), "[]");
    T_STR(completed(POOL, "creditType", "", ""), "[\"credits\",\"a/b \xc3\xa9\"]"); /* each once */
    T_STR(completed(POOL, "creditType", "RED", ""), "[\"credits\"]");
    T_STR(completed(POOL, "creditType", "",
                    mcp_arena_printf(&s.arena, "'connectionId':'%.36s'", id_of("empty")).ptr),
          "[\"credits\"]");
    setting_close(&s);
}

/* ---- The prompt, and links ---- */

static void open_low(void)
{
    setting_open(&s);
    SAY_OK(&s, "add_connection",
           "{'name':'fine','toolName':'Fine','low':1,'topupUrl':'https://fine.example/'}");
    SAY_OK(&s, "add_connection",
           "{'name':'low','toolName':'Low Tool','low':50,'topupUrl':'https://low.example/'}");
    SAY_OK(&s, "add_connection",
           "{'name':'say \\\"yes\\\"','toolName':'Bad','critical':50,"
           "'topupUrl':'https://bad.example/'}");
    SAY_OK(&s, "add_connection", "{'name':'silent','toolName':'Silent'}");
    SAY_OK(&s, "add_reading", "{'connection':'fine','creditType':'c','balance':10}");
    SAY_OK(&s, "add_reading", "{'connection':'low','creditType':'c/d','balance':40}");
    SAY_OK(&s, "add_reading",
           "{'connection':'say \\\"yes\\\"','creditType':'c','balance':0.5,'unit':'USD'}");
}

static void the_brief_has_what_is_low_and_where_to_buy_more(void)
{
    open_low();
    struct said said = ask(&READER, "prompts/get", "'name':'morning_brief'");
    mcp_json messages = at(said.json, "messages");
    mcp_str text = text_of(&said, at(mcp_json_at(messages, 0), "content"), "text");

    T_EQ(mcp_json_count(messages), 3);
    T_HAS(text, "As of 2026-06-17T08:02:11.000Z:\n"
                "- critical: \"say \\\"yes\\\"\", \"c\": 0.5 \"USD\" left. ");
    T_HAS(text, "Top up: https://bad.example/\n- low: \"low\", \"c/d\": 40 \"credits\" left. ");
    T_HAS(text, "Top up: https://low.example/\n- nodata: \"silent\"\n");
    T_CHECK(!t_has(text, MCP_STR("fine")));
    T_STR(text_of(&said, at(mcp_json_at(messages, 1), "content"), "uri"), uri("low", "/c%2Fd"));
    said = ask(&READER, "prompts/get", "'name':'morning_brief','arguments':{'tool':'TOOL'}");
    T_HAS(said.result, "low.example");
    T_CHECK(!t_has(said.result, MCP_STR("bad.example")));
    said = ask(&STRANGER, "prompts/get", "'name':'morning_brief'");
    T_HAS(said.result, "every pool is healthy, or none is watched");
    T_EQ(ask(&WRITER, "prompts/get", "'name':'morning_brief'").err, MCP_E_FORBIDDEN);
    said = ask(&READER, "completion/complete",
               "'ref':{'type':'ref/prompt','name':'morning_brief'},"
               "'argument':{'name':'tool','value':'l'}");
    T_HAS(said.result, "\"values\":[\"Low Tool\",\"Silent\"]");
    setting_close(&s);
}

static void a_long_brief_is_cut_and_says_so(void)
{
    setting_open(&s);
    for (int i = 0; i < 60; i++) {
        SAY_OK(&s, "add_connection",
               mcp_arena_printf(&s.arena, "{'name':'n%d','toolName':'t','low':9}", i).ptr);
        SAY_OK(
            &s, "add_reading",
            mcp_arena_printf(&s.arena, "{'connection':'n%d','creditType':'c','balance':1}", i).ptr);
    }
    struct said said = ask(&READER, "prompts/get", "'name':'morning_brief'");

    T_HAS(said.result, "- and 10 more; list_balances has them all");
    T_EQ(mcp_json_count(at(said.json, "messages")), 11);
    said = ask(&READER, "tools/call", "'name':'list_low','arguments':{}");
    T_EQ(mcp_json_count(at(said.json, "content")), 11); /* the JSON, ten links */
    setting_close(&s);
}

static void results_link_to_what_runs_low(void)
{
    static const char *const TOOLS[] = {"list_balances", "list_low"};

    open_low();
    for (size_t i = 0; i < 2; i++) {
        struct said said =
            ask(&READER, "tools/call",
                mcp_arena_printf(&s.arena, "'name':'%s','arguments':{}", TOOLS[i]).ptr);
        mcp_json content = at(said.json, "content"), link = mcp_json_at(content, 1);

        T_EQ(mcp_json_count(content), 3);
        T_CHECK(mcp_str_eq(text_of(&said, mcp_json_at(content, 0), "text"),
                           mcp_json_raw(at(said.json, "structuredContent"))));
        T_STR(text_of(&said, link, "type"), "resource_link");
        T_STR(text_of(&said, link, "uri"), uri("low", "/c%2Fd"));
        T_STR(text_of(&said, link, "description"), "low");
        T_CHECK(text_at(&READER, uri("low", "/c%2Fd")).len > 0);
        T_EQ(mcp_json_count(at(at(said.json, "structuredContent"), "pools")), i ? 2 : 4);
        T_EQ(say(&s, TOOLS[i], "{}").text.len, 0); /* REST has the result */
    }
    struct said said =
        ask(&READER, "tools/call", "'name':'list_balances','arguments':{'status':'healthy'}");

    T_EQ(mcp_json_count(at(said.json, "content")), 1);
    setting_close(&s);
}

/* ---- Watching ---- */

/* A client that listens to `n` resources. */
static void listen_to(struct wire *w, const struct mcp_principal *who, mcp_str uris)
{
    struct mcp_peer peer = {.principal = *who};

    wire_say(w, s.server, &peer,
             mcp_arena_printf(&s.arena,
                              "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"subscriptions/listen\","
                              "\"params\":{" MODERN_META ",\"notifications\":{"
                              "\"resourcesListChanged\":true,\"resourceSubscriptions\":[%.*s]}}}",
                              (int)who->id[0], MCP_STR_ARG(uris)));
    T_EQ(w->n_notes, 1);
    mcp_buf_clear(&w->notes);
    w->n_notes = 0;
}

static void look(void)
{
    tools_watch(s.tools, s.server);
    mcp_server_tick(s.server);
}

/* What it heard since the last time, and forget it. */
static int heard(struct wire *w, const char *uri)
{
    mcp_str notes = mcp_buf_str(&w->notes);
    mcp_str part = uri[0] ? mcp_arena_printf(&s.arena, "\"uri\":\"%s\"}", uri)
                          : MCP_STR("resources/list_changed");
    int n = 0;

    for (size_t i = 0; i + part.len <= notes.len; i++) {
        n += memcmp(notes.ptr + i, part.ptr, part.len) == 0;
    }
    return n;
}

static void forget_notes(struct wire *w)
{
    mcp_buf_clear(&w->notes);
    w->n_notes = 0;
}

struct listening {
    struct wire mine, strangers;
    const char *credits, *other, *history, *connection;
};

static void listening_open(struct listening *l)
{
    open_two();
    l->credits = uri("alpha", "/credits");
    l->other = uri("alpha", "/a%2Fb%20%C3%A9");
    l->history = uri("alpha", "/credits/history");
    l->connection = uri("alpha", "");
    mcp_str all = mcp_arena_printf(&s.arena, "\"pool://\",\"%s\",\"%s\",\"%s\",\"%s\"", l->credits,
                                   l->other, l->history, l->connection);

    listen_to(&l->mine, &READER, all);
    listen_to(&l->strangers, &STRANGER, all);
    look(); /* the first one, of a store that was written before: may say too much */
    forget_notes(&l->mine);
    forget_notes(&l->strangers);
}

static void listening_close(struct listening *l)
{
    T_EQ(l->strangers.n_notes, 0);
    mcp_server_stop_listening(s.server);
    mcp_server_tick(s.server);
    wire_free(&l->mine);
    wire_free(&l->strangers);
    setting_close(&s);
}

static void a_reading_is_told_to_those_who_watch_that_pool(void)
{
    struct listening l;

    listening_open(&l);
    look();
    T_EQ(l.mine.n_notes, 0);
    s.wall_ms += 1000;
    SAY_OK(&s, "add_reading", "{'connection':'alpha','creditType':'credits','balance':99}");
    look();
    T_EQ(heard(&l.mine, l.credits), 1);
    T_EQ(heard(&l.mine, l.history), 1);
    T_EQ(heard(&l.mine, l.connection), 1);
    T_EQ(heard(&l.mine, "pool://"), 1);
    T_EQ(l.mine.n_notes, 4); /* not the other pool, not the list */
    forget_notes(&l.mine);
    for (int i = 0; i < 50; i++) { /* a storm between two looks is one change */
        s.wall_ms += 1000;
        SAY_OK(&s, "add_reading", "{'connection':'alpha','creditType':'credits','balance':98}");
    }
    look();
    T_EQ(l.mine.n_notes, 4);
    forget_notes(&l.mine);
    SAY_OK(&s, "add_reading", "{'connection':'alpha','creditType':'credits','balance':98}");
    SAY_OK(&s, "create_token", "{'name':'t'}"); /* a commit that is about no pool */
    look();
    T_EQ(l.mine.n_notes, 0);
    listening_close(&l);
}

static void levels_change_by_thresholds_by_status_and_by_time(void)
{
    struct listening l;

    listening_open(&l);
    SAY_OK(&s, "edit_connection", "{'connection':'alpha','creditType':'credits','low':200}");
    look();
    T_EQ(heard(&l.mine, l.credits), 1);
    T_EQ(heard(&l.mine, l.other), 0);
    forget_notes(&l.mine);
    SAY_OK(&s, "edit_connection", "{'connection':'alpha','status':'error'}");
    look();
    T_EQ(heard(&l.mine, l.credits) + heard(&l.mine, l.other), 2);
    SAY_OK(&s, "edit_connection", "{'connection':'alpha','status':'active'}");
    look();
    forget_notes(&l.mine);
    s.wall_ms += 90 * MINUTE_MS; /* nothing is written: the reading becomes old */
    look();
    T_EQ(l.mine.n_notes, 0);
    s.wall_ms += 1;
    look();
    T_EQ(heard(&l.mine, l.credits) + heard(&l.mine, l.other) + heard(&l.mine, "pool://"), 3);
    forget_notes(&l.mine);
    look();
    T_EQ(l.mine.n_notes, 0);
    listening_close(&l);
}

static void the_list_changes_with_the_first_reading_and_the_last(void)
{
    struct listening l;

    listening_open(&l);
    SAY_OK(&s, "add_connection", "{'name':'third','toolName':'T'}");
    look();
    T_EQ(heard(&l.mine, ""), 0);
    T_EQ(heard(&l.mine, "pool://"), 1);
    forget_notes(&l.mine);
    SAY_OK(&s, "add_reading", "{'connection':'third','creditType':'x','balance':1}");
    look();
    T_EQ(heard(&l.mine, ""), 1);
    T_EQ(heard(&l.mine, "pool://"), 1);
    T_EQ(l.mine.n_notes, 2);
    forget_notes(&l.mine);
    SAY_OK(&s, "remove_connection", "{'connection':'alpha'}");
    look();
    T_EQ(heard(&l.mine, ""), 1);
    T_EQ(heard(&l.mine, l.credits) + heard(&l.mine, l.history) + heard(&l.mine, "pool://"), 3);
    listening_close(&l);
}

static void a_change_right_before_the_first_look_is_not_lost(void)
{
    struct wire w;

    open_two();
    look();
    const char *credits = uri("alpha", "/credits");

    listen_to(&w, &READER, mcp_arena_printf(&s.arena, "\"%s\"", credits));
    s.wall_ms += 1000;
    SAY_OK(&s, "add_reading", "{'connection':'alpha','creditType':'credits','balance':1}");
    look();
    T_EQ(heard(&w, credits), 1);
    mcp_server_stop_listening(s.server);
    mcp_server_tick(s.server);
    wire_free(&w);
    setting_close(&s);
}

/* Of more owners than are looked at, everything counts as changed; nobody goes without. */
static void a_crowd_of_owners_hears_too_much_rather_than_too_little(void)
{
    enum { CROWD = 40 };
    static struct wire wires[CROWD];

    open_two();
    for (int i = 0; i < CROWD; i++) {
        struct mcp_principal who = READER;

        who.id[0] = (uint8_t)(i + 1);
        who.owner = (uint64_t)i + 1;
        listen_to(&wires[i], &who, MCP_STR("\"pool://\""));
    }
    look();
    for (int i = 0; i < CROWD; i++) {
        forget_notes(&wires[i]);
    }
    s.wall_ms += 1000;
    SAY_OK(&s, "add_reading", "{'connection':'alpha','creditType':'credits','balance':1}");
    look();
    for (int i = 0; i < CROWD; i++) {
        T_EQ(heard(&wires[i], "pool://"), 1);
    }
    mcp_server_stop_listening(s.server);
    mcp_server_tick(s.server);
    for (int i = 0; i < CROWD; i++) {
        wire_free(&wires[i]);
    }
    setting_close(&s);
}

static void without_memory_a_change_is_told_later(void)
{
    struct listening l;

    listening_open(&l);
    s.wall_ms += 1000;
    SAY_OK(&s, "add_connection", "{'name':'many','toolName':'T'}");
    for (int i = 0; i < 64; i++) { /* the table of the last look has to grow */
        SAY_OK(&s, "add_reading",
               mcp_arena_printf(&s.arena, "{'connection':'many','creditType':'c%d','balance':1}", i)
                   .ptr);
    }
    SAY_OK(&s, "add_reading", "{'connection':'alpha','creditType':'credits','balance':1}");
    mcp_alloc_refuse(1);
    tools_watch(s.tools, s.server);
    mcp_alloc_refuse(0);
    look();
    look();
    T_CHECK(heard(&l.mine, l.credits) >= 1);
    T_CHECK(heard(&l.mine, "") >= 1);
    forget_notes(&l.mine);
    look();
    T_EQ(l.mine.n_notes, 0);
    listening_close(&l);
}

static const struct t_case cases[] = {
    T(a_name_has_one_spelling),
    T(contents_are_what_the_operation_answers),
    T(what_is_not_there_or_another_owners_is_not_found),
    T(reading_and_completing_need_the_scope_read),
    T(each_owner_sees_its_own_pools_listed),
    T(what_is_typed_finds_ids_by_name_and_credit_types),
    T(the_brief_has_what_is_low_and_where_to_buy_more),
    T(a_long_brief_is_cut_and_says_so),
    T(results_link_to_what_runs_low),
    T(a_reading_is_told_to_those_who_watch_that_pool),
    T(levels_change_by_thresholds_by_status_and_by_time),
    T(the_list_changes_with_the_first_reading_and_the_last),
    T(a_change_right_before_the_first_look_is_not_lost),
    T(a_crowd_of_owners_hears_too_much_rather_than_too_little),
    T(without_memory_a_change_is_told_later),
};
T_MAIN("resource", cases)
