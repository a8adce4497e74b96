/* tools/test/login_test.c - a link opens one session, once; and how sessions end. */
#include <tools/login.h>
#include <tools/test/setting.h>
#include <tools/token.h>

#include <mcp/alloc.h>

/* What the sign-in page is. */
static const struct mcp_principal DOOR = {.scopes = "login", .rate_per_minute = -1};

static struct said open_with(struct setting *s, mcp_str code)
{
    return say_as(s, &DOOR, "open_login",
                  mcp_arena_printf(&s->arena, "{\"code\":\"%.*s\"}", MCP_STR_ARG(code)));
}

static mcp_str link_of(struct setting *s, const char *arguments)
{
    struct said said = say(s, "create_login", arguments);

    ck_assert_msg(said.err == MCP_OK, "%.*s", MCP_STR_ARG(said.message));
    return text_of(&said, said.json, "code");
}

static mcp_str session_of(struct setting *s, const char *arguments)
{
    struct said said = open_with(s, link_of(s, arguments));

    ck_assert_msg(said.err == MCP_OK, "%.*s", MCP_STR_ARG(said.message));
    return text_of(&said, said.json, "session");
}

static mcp_err enter(struct setting *s, mcp_str session, struct mcp_principal *ret)
{
    *ret = (struct mcp_principal){0};
    return tools_verify(s->tools, session, ret);
}

static size_t n_logins(struct setting *s)
{
    struct said said = say(s, "list_logins", "{}");

    return mcp_json_count(at(said.json, "logins"));
}

static void a_link_opens_one_session_with_its_scopes(void)
{
    struct setting s;
    struct mcp_principal p;

    setting_open(&s);
    T_EQ(enter(&s, session_of(&s, "{}"), &p), MCP_OK);
    T_CHECK(p.is_session && p.owner == 1 && strcmp(p.scopes, "read admin") == 0);
    T_EQ(enter(&s, session_of(&s, "{'readOnly':true}"), &p), MCP_OK);
    T_CHECK(p.is_session && strcmp(p.scopes, "read") == 0);
    T_EQ(n_logins(&s), 2); /* the links are gone */
    setting_close(&s);
}

static void a_link_opens_once(void)
{
    struct setting s;

    setting_open(&s);
    mcp_str code = link_of(&s, "{}");

    T_EQ(open_with(&s, code).err, MCP_OK);
    T_EQ(open_with(&s, code).err, MCP_E_UNAUTHORIZED);
    T_EQ(n_logins(&s), 1);
    setting_close(&s);
}

/* Two requests that both saw the link before either has written. */
static void of_two_that_open_a_link_at_once_one_is_let_in(void)
{
    struct setting s;
    struct said a = {.sink.finish = said_finish}, b = {.sink.finish = said_finish};

    setting_open(&s);
    a.at = b.at = &s;
    mcp_str code = link_of(&s, "{}");
    mcp_str args = mcp_arena_printf(&s.arena, "{\"code\":\"%.*s\"}", MCP_STR_ARG(code));

    mcp_server_invoke(s.server, MCP_STR("open_login"), args, &DOOR, &a.sink);
    mcp_server_invoke(s.server, MCP_STR("open_login"), args, &DOOR, &b.sink);
    while (!a.finishes || !b.finishes) {
        setting_turn(&s);
    }
    T_CHECK((a.err == MCP_OK) != (b.err == MCP_OK));
    T_CHECK(a.err == MCP_E_UNAUTHORIZED || b.err == MCP_E_UNAUTHORIZED);
    T_EQ(n_logins(&s), 1);
    setting_close(&s);
}

static void every_link_that_does_not_open_gets_the_same_words(void)
{
    struct setting s;
    char text[TOKEN_TEXT_MAX];

    setting_open(&s);
    mcp_str used = link_of(&s, "{}");

    T_EQ(open_with(&s, used).err, MCP_OK);
    mcp_str late = link_of(&s, "{}"), ended = link_of(&s, "{}");

    SAY_OK(&s, "revoke_login", "{'login':'all'}");
    mcp_str session = session_of(&s, "{}");

    late = link_of(&s, "{}");
    s.wall_ms += LOGIN_LINK_MS;
    const mcp_str bad[] = {used,
                           late,
                           ended,
                           session, /* no session opens another */
                           token_make(MCP_STR("link_"), text),
                           MCP_STR("link_x"),
                           MCP_STR("x")};
    mcp_str want = open_with(&s, bad[0]).message;

    T_HAS(want, "cistern login");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct said said = open_with(&s, bad[i]);

        ck_assert_msg(said.err == MCP_E_UNAUTHORIZED, "%zu gave %s", i,
                      mcp_err_info(said.err)->name);
        T_CHECK(mcp_str_eq(said.message, want));
    }
    setting_close(&s);
}

static void a_link_lasts_ten_minutes_and_a_session_as_long_as_was_asked(void)
{
    struct setting s;
    struct mcp_principal p;

    setting_open(&s);
    mcp_str code = link_of(&s, "{'lastsSeconds':60}");

    s.wall_ms = NOW_MS + LOGIN_LINK_MS - 1;
    struct said said = open_with(&s, code);

    T_EQ(said.err, MCP_OK);
    mcp_str session = text_of(&said, said.json, "session");

    s.wall_ms += 59999;
    T_EQ(enter(&s, session, &p), MCP_OK);
    s.wall_ms += 1;
    T_EQ(enter(&s, session, &p), MCP_E_UNAUTHORIZED);
    setting_close(&s);
}

static void a_link_is_no_credential_and_a_token_no_session(void)
{
    struct setting s;
    struct mcp_principal p;

    setting_open(&s);
    T_EQ(enter(&s, link_of(&s, "{}"), &p), MCP_E_UNAUTHORIZED);
    struct said said = say(&s, "create_token", "{'name':'a'}");

    T_EQ(enter(&s, text_of(&said, said.json, "token"), &p), MCP_OK);
    T_CHECK(!p.is_session);
    SAY_FAILS(&s, "close_login", "{}", MCP_E_NOT_FOUND, "Nobody is signed in");
    setting_close(&s);
}

static void who_signs_out_ends_the_own_session_and_no_other(void)
{
    struct setting s;
    struct mcp_principal p, other;

    setting_open(&s);
    mcp_str mine = session_of(&s, "{}"), theirs = session_of(&s, "{}");

    T_EQ(enter(&s, mine, &p), MCP_OK);
    T_EQ(say_as(&s, &p, "close_login", MCP_STR("{}")).err, MCP_OK);
    T_EQ(enter(&s, mine, &p), MCP_E_UNAUTHORIZED);
    T_EQ(enter(&s, theirs, &other), MCP_OK);
    setting_close(&s);
}

static void one_is_revoked_by_its_id_and_all_by_the_word(void)
{
    struct setting s;
    struct mcp_principal p;

    setting_open(&s);
    mcp_str first = session_of(&s, "{}"), second = session_of(&s, "{}");
    struct said list = say(&s, "list_logins", "{}");
    mcp_str id = text_of(&list, mcp_json_at(at(list.json, "logins"), 0), "id");

    SAY_OK(&s, "revoke_login", mcp_arena_printf(&s.arena, "{'login':'%.*s'}", MCP_STR_ARG(id)).ptr);
    T_EQ(enter(&s, first, &p), MCP_E_UNAUTHORIZED);
    T_EQ(enter(&s, second, &p), MCP_OK);
    SAY_FAILS(&s, "revoke_login",
              mcp_arena_printf(&s.arena, "{'login':'%.*s'}", MCP_STR_ARG(id)).ptr, MCP_E_NOT_FOUND,
              "this id");
    SAY_FAILS(&s, "revoke_login", "{'login':'x'}", MCP_E_NOT_FOUND, "this id");
    link_of(&s, "{}");
    struct said all = say(&s, "revoke_login", "{'login':'all'}");

    T_STR(all.result, "{\"ended\":2}");
    T_EQ(enter(&s, second, &p), MCP_E_UNAUTHORIZED);
    T_EQ(n_logins(&s), 0);
    setting_close(&s);
}

static void what_stays_open_learns_that_its_credential_is_over(void)
{
    struct setting s;
    struct mcp_principal session, brief, token, old;

    setting_open(&s);
    T_EQ(enter(&s, session_of(&s, "{}"), &session), MCP_OK);
    T_EQ(enter(&s, session_of(&s, "{'lastsSeconds':60}"), &brief), MCP_OK);
    struct said said = say(&s, "create_token", "{'name':'a'}");

    T_EQ(enter(&s, text_of(&said, said.json, "token"), &token), MCP_OK);
    said = say(&s, "create_token",
               timed(&s, "{'name':'b','expiresAt':'", s.wall_ms + 2 * MINUTE_MS, "'}"));
    T_EQ(enter(&s, text_of(&said, said.json, "token"), &old), MCP_OK);
    T_CHECK(tools_is_live(s.tools, &session) && tools_is_live(s.tools, &brief));
    T_CHECK(tools_is_live(s.tools, &token) && tools_is_live(s.tools, &old));
    s.wall_ms += MINUTE_MS;
    T_CHECK(tools_is_live(s.tools, &session) && !tools_is_live(s.tools, &brief));
    s.wall_ms += MINUTE_MS;
    T_CHECK(tools_is_live(s.tools, &token) && !tools_is_live(s.tools, &old));
    SAY_OK(&s, "revoke_token", "{'token':'a'}");
    T_CHECK(!tools_is_live(s.tools, &token));
    SAY_OK(&s, "revoke_login", "{'login':'all'}");
    T_CHECK(!tools_is_live(s.tools, &session));
    setting_close(&s);
}

static void at_the_cap_an_ended_one_makes_room_and_else_the_oldest(void)
{
    struct setting s;
    struct mcp_principal p;

    setting_open(&s);
    mcp_str oldest = session_of(&s, "{}"), brief = session_of(&s, "{'lastsSeconds':60}");

    for (size_t i = 2; i < LOGIN_MAX; i++) {
        link_of(&s, "{}");
    }
    T_EQ(n_logins(&s), LOGIN_MAX);
    s.wall_ms += 60000;
    link_of(&s, "{}");
    T_EQ(n_logins(&s), LOGIN_MAX);
    T_EQ(enter(&s, brief, &p), MCP_E_UNAUTHORIZED);
    T_EQ(enter(&s, oldest, &p), MCP_OK);
    link_of(&s, "{}");
    T_EQ(n_logins(&s), LOGIN_MAX);
    T_EQ(enter(&s, oldest, &p), MCP_E_UNAUTHORIZED);
    setting_close(&s);
}

static void keep_err(struct mcp_outcome_sink *sink, const struct mcp_outcome *o)
{
    struct said *said = (struct said *)sink;

    said->finishes++;
    said->err = o->err;
}

/* Who was told to try again can. */
static void a_link_that_found_no_memory_still_opens(void)
{
    struct setting s;
    size_t nth = 0, asked;

    setting_open(&s);
    do {
        struct said said = {.sink.finish = keep_err};
        mcp_str code = link_of(&s, "{}");
        mcp_str args = mcp_arena_printf(&s.arena, "{\"code\":\"%.*s\"}", MCP_STR_ARG(code));

        mcp_alloc_refuse(++nth);
        mcp_server_invoke(s.server, MCP_STR("open_login"), args, &DOOR, &said.sink);
        while (!said.finishes) {
            setting_turn(&s);
        }
        asked = mcp_alloc_count();
        mcp_alloc_refuse(0);
        T_CHECK(said.err == MCP_OK || said.err == MCP_E_OVERLOADED);
        T_EQ(open_with(&s, code).err, said.err ? MCP_OK : MCP_E_UNAUTHORIZED);
    } while (asked >= nth);
    T_CHECK(nth > 1 || !T_IS_SANITIZED); /* else an arena has its block already */
    setting_close(&s);
}

static bool file_has(struct setting *s, mcp_str needle)
{
    const size_t room = (size_t)1 << 20;
    char path[256], *bytes = mcp_alloc(room);

    snprintf(path, sizeof(path), "%s/data.mdb", s->place.path);
    FILE *f = fopen(path, "rb");

    T_CHECK(f != NULL);
    bool has = t_has(mcp_str_n(bytes, fread(bytes, 1, room, f)), needle);

    fclose(f);
    mcp_free(bytes);
    return has;
}

static void neither_code_nor_session_is_in_the_file(void)
{
    struct setting s;

    setting_open(&s);
    mcp_str code = link_of(&s, "{}"), session = session_of(&s, "{}");

    T_CHECK(file_has(&s, MCP_STR("read admin"))); /* it is the file */
    T_CHECK(!file_has(&s, code) && !file_has(&s, session));
    setting_close(&s);
}

static void only_the_door_opens_links(void)
{
    struct setting s;
    struct mcp_principal reader = {.owner = 1, .scopes = "read"};

    setting_open(&s);
    T_EQ(say_as(&s, &reader, "open_login", MCP_STR("{\"code\":\"x\"}")).err, MCP_E_FORBIDDEN);
    T_EQ(say_as(&s, &DOOR, "list_balances", MCP_STR("{}")).err, MCP_E_FORBIDDEN);
    setting_close(&s);
}

/* By name, not by what a row says of itself: a row that asks for too little is what is looked for.
 */
static void a_read_only_session_changes_nothing_and_sees_no_key(void)
{
    static const char *const CLOSED[] = {
        "add_connection",  "add_reading",     "add_webhook",       "create_login",
        "create_token",    "edit_connection", "edit_webhook",      "list_deliveries",
        "list_logins",     "list_tokens",     "list_webhooks",     "open_login",
        "push_readings",   "record_reading",  "remove_connection", "remove_webhook",
        "replay_delivery", "revoke_login",    "revoke_token",      "rotate_webhook",
        "set_thresholds",  "test_webhook"};
    struct mcp_principal who;
    struct setting s;

    setting_open(&s);
    T_EQ(enter(&s, session_of(&s, "{'readOnly':true}"), &who), MCP_OK);
    T_EQ(say_as(&s, &who, "list_balances", MCP_STR("{}")).err, MCP_OK);
    T_EQ(say_as(&s, &who, "list_alerts", MCP_STR("{}")).err, MCP_OK);
    for (size_t i = 0; i < sizeof(CLOSED) / sizeof(CLOSED[0]); i++) {
        mcp_err err = say_as(&s, &who, CLOSED[i], MCP_STR("{}")).err;

        ck_assert_msg(err == MCP_E_FORBIDDEN, "%s: %s", CLOSED[i], mcp_err_info(err)->name);
    }
    setting_close(&s);
}

static void a_damaged_record_is_not_believed(void)
{
    struct login l = {.kind = LOGIN_SESSION, .expires_ms = 1, .scopes = MCP_STR("read")};
    struct login_place place;
    char memory[LOGIN_RECORD_MAX];
    mcp_str value = login_encode(&l, memory);

    T_CHECK(login_decode(value, LOGIN_VERSION, &l));
    T_CHECK(!login_decode(value, LOGIN_VERSION + 1, &l));
    for (size_t n = 0; n < value.len; n++) {
        T_CHECK(!login_decode(mcp_str_n(value.ptr, n), LOGIN_VERSION, &l));
        T_EQ(login_place_decode(mcp_str_n(value.ptr, n), LOGIN_VERSION, &place), n == 16);
    }
    memory[48] = 3; /* a kind that is none */
    T_CHECK(!login_decode(value, LOGIN_VERSION, &l));
}

static const struct t_case cases[] = {
    T(a_link_opens_one_session_with_its_scopes),
    T(a_link_opens_once),
    T(of_two_that_open_a_link_at_once_one_is_let_in),
    T(every_link_that_does_not_open_gets_the_same_words),
    T(a_link_lasts_ten_minutes_and_a_session_as_long_as_was_asked),
    T(a_link_is_no_credential_and_a_token_no_session),
    T(who_signs_out_ends_the_own_session_and_no_other),
    T(one_is_revoked_by_its_id_and_all_by_the_word),
    T(what_stays_open_learns_that_its_credential_is_over),
    T(at_the_cap_an_ended_one_makes_room_and_else_the_oldest),
    T(a_link_that_found_no_memory_still_opens),
    T(neither_code_nor_session_is_in_the_file),
    T(only_the_door_opens_links),
    T(a_read_only_session_changes_nothing_and_sees_no_key),
    T(a_damaged_record_is_not_believed),
};
T_MAIN("login", cases)
