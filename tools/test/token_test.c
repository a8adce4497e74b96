/* tools/test/token_test.c - tokens: their text, what they open, and how they stop. */
#include <tools/test/setting.h>
#include <tools/token.h>

#include <sys/wait.h>

static mcp_err enter(struct setting *s, mcp_str token, struct mcp_principal *ret)
{
    return tools_verify(s->tools, token, ret);
}

static mcp_str made(struct setting *s, const char *arguments)
{
    struct said said = say(s, "create_token", arguments);

    ck_assert_msg(said.err == MCP_OK, "%.*s", MCP_STR_ARG(said.message));
    return text_of(&said, said.json, "token");
}

static void the_checksum_is_that_of_zlib(void)
{
    T_EQ(token_crc32(MCP_STR("123456789")), 0xcbf43926u);
    T_EQ(token_crc32(MCP_STR("")), 0);
}

static void a_token_is_prefix_30_random_characters_and_a_checksum(void)
{
    char text[TOKEN_TEXT_MAX], other[TOKEN_TEXT_MAX];
    mcp_str token = token_make(MCP_STR("qc_live_"), text);

    T_EQ(token.len, 8 + 30 + 6);
    T_CHECK(mcp_str_starts(token, MCP_STR("qc_live_")));
    T_CHECK(token_is_well_formed(token));
    for (size_t i = 8; i < token.len; i++) {
        T_CHECK((token.ptr[i] >= '0' && token.ptr[i] <= '9') ||
                (token.ptr[i] >= 'A' && token.ptr[i] <= 'Z') ||
                (token.ptr[i] >= 'a' && token.ptr[i] <= 'z'));
    }
    T_CHECK(!mcp_str_eq(token, token_make(MCP_STR("qc_live_"), other)));
}

static void one_wrong_character_anywhere_is_seen_without_a_look_up(void)
{
    char text[TOKEN_TEXT_MAX];
    mcp_str token = token_make(MCP_STR("qc_live_"), text);

    for (size_t i = 0; i < token.len; i++) {
        for (int c = 0; c < 256; c++) {
            char was = text[i];

            text[i] = (char)c;
            T_EQ(token_is_well_formed(token), (char)c == was);
            text[i] = was;
        }
    }
    for (size_t n = 0; n < token.len; n++) {
        T_CHECK(!token_is_well_formed(mcp_str_n(token.ptr, n)));
    }
}

static void a_new_token_opens_the_door_with_its_scopes_and_rate(void)
{
    struct setting s;
    struct mcp_principal p;

    setting_open(&s);
    mcp_str token = made(&s, "{'name':'laptop','scopes':['read','admin'],'ratePerMinute':7}");

    T_EQ(enter(&s, token, &p), MCP_OK);
    T_EQ(p.owner, 1);
    T_EQ(p.rate_per_minute, 7);
    T_CHECK(strcmp(p.scopes, "read admin") == 0);
    T_EQ(enter(&s, made(&s, "{'name':'script','ratePerMinute':-1}"), &p), MCP_OK);
    T_EQ(p.rate_per_minute, -1);
    T_CHECK(strcmp(p.scopes, "read") == 0);
    setting_close(&s);
}

/* Everything a caller could learn from a refusal. */
static void is_refused(struct setting *s, mcp_str token)
{
    struct mcp_principal p, before;

    memset(&p, 0xa5, sizeof(p));
    before = p;
    T_EQ(enter(s, token, &p), MCP_E_UNAUTHORIZED);
    T_CHECK(memcmp(&p, &before, sizeof(p)) == 0);
}

static void every_refusal_looks_the_same(void)
{
    struct setting s;
    struct mcp_principal p;
    char text[TOKEN_TEXT_MAX];

    setting_open(&s);
    mcp_str good = made(&s, "{'name':'good'}");
    mcp_str revoked = made(&s, "{'name':'revoked'}");
    mcp_str expired = made(&s, timed(&s, "{'name':'expired','expiresAt':'", NOW_MS + 1000, "'}"));

    SAY_OK(&s, "revoke_token", "{'token':'revoked'}");
    s.wall_ms += 1000;
    is_refused(&s, MCP_STR(""));
    is_refused(&s, MCP_STR("x"));
    is_refused(&s, MCP_STR("qc_live_"));
    is_refused(&s, mcp_str_n(good.ptr, good.len - 1));
    is_refused(&s, mcp_str_n("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                             "\0\0\0\0\0\0\0\0\0\0\0\0",
                             44));
    is_refused(&s, token_make(MCP_STR("qc_live_"), text)); /* well made, unknown */
    is_refused(&s, revoked);
    is_refused(&s, expired);
    T_EQ(enter(&s, good, &p), MCP_OK);
    setting_close(&s);
}

static void a_token_expires_at_its_time_and_not_a_millisecond_later(void)
{
    struct setting s;
    struct mcp_principal p;

    setting_open(&s);
    mcp_str token = made(&s, timed(&s, "{'name':'a','expiresAt':'", NOW_MS + 60000, "'}"));

    s.wall_ms = NOW_MS + 59999;
    T_EQ(enter(&s, token, &p), MCP_OK);
    s.wall_ms = NOW_MS + 60000;
    T_EQ(enter(&s, token, &p), MCP_E_UNAUTHORIZED);
    s.wall_ms = NOW_MS - 86400000; /* the clock stepped back: valid again, no crash */
    T_EQ(enter(&s, token, &p), MCP_OK);
    setting_close(&s);
}

static void only_the_hash_is_stored(void)
{
    struct setting s;
    char path[256], *bytes;

    setting_open(&s);
    mcp_str token = made(&s, "{'name':'needle-in-the-file'}");

    snprintf(path, sizeof(path), "%s/data.mdb", s.place.path);
    FILE *f = fopen(path, "rb");

    T_CHECK(f != NULL);
    bytes = mcp_alloc((size_t)1 << 20);
    mcp_str file = mcp_str_n(bytes, fread(bytes, 1, (size_t)1 << 20, f));

    T_HAS(file, "needle-in-the-file"); /* the search works */
    T_CHECK(!t_has(file, token));
    T_CHECK(!t_has(file, mcp_str_n(token.ptr + 8, 30)));
    fclose(f);
    mcp_free(bytes);
    setting_close(&s);
}

static void the_list_shows_everything_but_the_token(void)
{
    struct setting s;
    struct mcp_principal p;

    setting_open(&s);
    mcp_str token = made(&s, "{'name':'one'}");
    made(&s, timed(&s, "{'name':'two','scopes':['*'],'expiresAt':'", NOW_MS + 1000, "'}"));
    made(&s, "{'name':'three'}");
    SAY_OK(&s, "revoke_token", "{'token':'three'}");
    s.wall_ms += 2000;
    T_EQ(enter(&s, token, &p), MCP_OK);
    struct said said = say(&s, "list_tokens", "{}");
    mcp_json list = at(said.json, "tokens");
    mcp_json one = mcp_json_at(list, 0), two = mcp_json_at(list, 1), three = mcp_json_at(list, 2);

    T_EQ(mcp_json_count(list), 3);
    T_STR(text_of(&said, one, "name"), "one");
    T_STR(text_of(&said, one, "status"), "active");
    T_STR(text_of(&said, one, "lastUsedAt"), "2026-06-17T08:02:13.000Z");
    T_CHECK(mcp_str_eq(text_of(&said, one, "hint"), mcp_str_n(token.ptr + token.len - 4, 4)));
    T_STR(text_of(&said, two, "status"), "expired");
    T_STR(mcp_json_raw(at(two, "scopes")), "[\"*\"]");
    T_EQ(mcp_json_type(at(two, "lastUsedAt")), MCP_JSON_NULL);
    T_STR(text_of(&said, three, "status"), "revoked");
    T_STR(text_of(&said, three, "revokedAt"), "2026-06-17T08:02:11.000Z");
    T_CHECK(!t_has(said.result, token));
    setting_close(&s);
}

static void a_token_is_named_by_id_or_by_a_name_or_hint_that_only_one_has(void)
{
    struct setting s;

    setting_open(&s);
    struct said first = say(&s, "create_token", "{'name':'twin'}");
    struct said second = say(&s, "create_token", "{'name':'twin'}");
    mcp_str id = text_of(&first, first.json, "id");
    mcp_str hint = text_of(&second, second.json, "hint");

    SAY_FAILS(&s, "revoke_token", "{'token':'twin'}", MCP_E_CONFLICT, "give the id");
    SAY_FAILS(&s, "revoke_token", "{'token':'nobody'}", MCP_E_NOT_FOUND, "No token");
    SAY_FAILS(&s, "revoke_token", "{'token':'00000000-0000-4000-8000-000000000000'}",
              MCP_E_NOT_FOUND, "No token");
    SAY_OK(&s, "revoke_token", mcp_arena_printf(&s.arena, "{'token':'%.*s'}", MCP_STR_ARG(id)).ptr);
    SAY_OK(&s, "revoke_token", "{'token':'twin'}"); /* only one still works */
    SAY_FAILS(&s, "revoke_token", "{'token':'twin'}", MCP_E_CONFLICT, "give the id");
    SAY_OK(&s, "revoke_token",
           mcp_arena_printf(&s.arena, "{'token':'%.*s'}", MCP_STR_ARG(hint)).ptr);
    setting_close(&s);
}

static void revoking_twice_changes_nothing(void)
{
    struct setting s;

    setting_open(&s);
    made(&s, "{'name':'a'}");
    struct said first = say(&s, "revoke_token", "{'token':'a'}");

    s.wall_ms += 5000;
    struct said second = say(&s, "revoke_token", "{'token':'a'}");

    T_EQ(second.err, MCP_OK);
    T_CHECK(mcp_str_eq(first.result, second.result));
    setting_close(&s);
}

static void bad_arguments_make_no_token(void)
{
    static const struct {
        const char *arguments, *part;
    } ROWS[] = {
        {"{'name':' a'}", "begins or ends"},
        {"{'name':'a\\u0000b'}", "cannot be shown"},
        {"{'name':'a\\nb'}", "cannot be shown"},
        {"{'name':'a\\u202eb'}", "cannot be shown"},
        {"{'name':'a\\u2028b'}", "cannot be shown"},
        {"{'name':'a','expiresAt':'2026-06-17T08:02:11.000Z'}", "in the past"},
    };
    struct setting s;

    setting_open(&s);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        SAY_FAILS(&s, "create_token", ROWS[i].arguments, MCP_E_INVALID_ARGUMENTS, ROWS[i].part);
    }
    T_EQ(mcp_json_count(at(say(&s, "list_tokens", "{}").json, "tokens")), 0);
    setting_close(&s);
}

static void only_admins_touch_tokens(void)
{
    static const char *const OPERATIONS[] = {
        "create_token",    "list_tokens",       "revoke_token",
        "add_connection",  "list_connections",  "show_connection",
        "edit_connection", "remove_connection", "add_reading"};
    struct mcp_principal reader = {.owner = 1, .scopes = "read", .rate_per_minute = -1};
    struct setting s;

    setting_open(&s);
    for (size_t i = 0; i < sizeof(OPERATIONS) / sizeof(OPERATIONS[0]); i++) {
        T_EQ(say_as(&s, &reader, OPERATIONS[i], MCP_STR("{}")).err, MCP_E_FORBIDDEN);
    }
    T_EQ(say_as(&s, &reader, "list_balances", MCP_STR("{}")).err, MCP_OK);
    setting_close(&s);
}

static void the_prefix_is_an_option_and_old_tokens_stay_valid(void)
{
    struct tools_options opt = {.token_prefix = "acme_"};
    struct setting s;
    struct mcp_principal p;

    setting_open(&s);
    mcp_str old = made(&s, "{'name':'old'}");
    struct tools *before = s.tools;

    mcp_server_free(s.server);
    s.tools = setting_tools(&s, &opt);
    setting_serve(&s);
    tools_free(before);
    mcp_str new = made(&s, "{'name':'new'}");

    T_CHECK(mcp_str_starts(new, MCP_STR("acme_")));
    T_EQ(enter(&s, old, &p), MCP_OK);
    T_EQ(enter(&s, new, &p), MCP_OK);
    opt.token_prefix = "";
    T_CHECK(setting_tools(&s, &opt) == NULL);
    opt.token_prefix = "white space";
    T_CHECK(setting_tools(&s, &opt) == NULL);
    setting_close(&s);
}

static void last_use_is_written_late_and_together(void)
{
    struct setting s;
    struct mcp_principal p;

    setting_open(&s);
    mcp_str token = made(&s, "{'name':'a'}");

    tools_tick(s.tools);
    T_EQ(store_complete(s.store), 0); /* nothing was used */
    for (int i = 0; i < 1000; i++) {
        T_EQ(enter(&s, token, &p), MCP_OK);
    }
    tools_tick(s.tools);
    T_EQ(store_complete(s.store), 1);
    enter(&s, token, &p);
    tools_tick(s.tools);
    T_EQ(store_complete(s.store), 0); /* too early for a second one */
    s.monotonic_ms += 5000;
    s.wall_ms += 5000;
    enter(&s, token, &p);
    tools_tick(s.tools);
    T_EQ(store_complete(s.store), 1);
    enter(&s, token, &p);
    tools_flush(s.tools); /* stopping does not wait */
    T_EQ(store_complete(s.store), 1);
    tools_flush(s.tools);
    T_EQ(store_complete(s.store), 0);
    setting_close(&s);
}

static void a_flush_outlives_the_tools_that_made_it(void)
{
    struct setting s;
    struct mcp_principal p;

    setting_open(&s);
    mcp_str token = made(&s, "{'name':'a'}");

    enter(&s, token, &p);
    tools_flush(s.tools);
    mcp_server_free(s.server);
    tools_free(s.tools); /* the write is queued and not made */
    store_close(s.store);
    s.store = place_open(&s.place);
    s.tools = setting_tools(&s, NULL);
    setting_serve(&s);
    struct said said = say(&s, "list_tokens", "{}");

    T_STR(text_of(&said, mcp_json_at(at(said.json, "tokens"), 0), "lastUsedAt"),
          "2026-06-17T08:02:11.000Z");
    setting_close(&s);
}

static void last_use_never_goes_back(void)
{
    struct setting s;
    struct mcp_principal p;

    setting_open(&s);
    mcp_str token = made(&s, "{'name':'a'}");

    enter(&s, token, &p);
    tools_flush(s.tools);
    store_complete(s.store);
    s.wall_ms -= 60000;
    enter(&s, token, &p);
    tools_flush(s.tools);
    store_complete(s.store);
    struct said said = say(&s, "list_tokens", "{}");

    T_STR(text_of(&said, mcp_json_at(at(said.json, "tokens"), 0), "lastUsedAt"),
          "2026-06-17T08:02:11.000Z");
    setting_close(&s);
}

static void a_thousand_tokens_are_the_most_and_dead_ones_make_room(void)
{
    struct setting s;
    struct mcp_principal p;
    mcp_str first = {NULL, 0};

    setting_open(&s);
    for (int i = 0; i < 1000; i++) {
        mcp_str t = made(&s, i ? "{'name':'n'}" : "{'name':'first'}");

        first = i ? first : t;
    }
    SAY_FAILS(&s, "create_token", "{'name':'n'}", MCP_E_REFUSED, "revoke some");
    T_EQ(enter(&s, first, &p), MCP_OK);
    SAY_OK(&s, "revoke_token", "{'token':'first'}");
    SAY_OK(&s, "create_token", "{'name':'last'}");
    struct said said = say(&s, "list_tokens", "{}");

    T_EQ(mcp_json_count(at(said.json, "tokens")), 1000);
    T_CHECK(!t_has(said.result, MCP_STR("\"first\"")));
    T_EQ(enter(&s, first, &p), MCP_E_UNAUTHORIZED);
    SAY_FAILS(&s, "create_token", "{'name':'n'}", MCP_E_REFUSED, "revoke some");
    setting_close(&s);
}

/* The child stands for `cistern token revoke` beside a running server. */
static void another_process_revokes_and_the_next_request_is_refused(void)
{
    struct setting s;
    struct mcp_principal p;
    char *argv[] = {NULL, NULL, NULL};
    int status = 0;

    setting_open(&s);
    mcp_str token = made(&s, "{'name':'shared'}");

    T_EQ(enter(&s, token, &p), MCP_OK);
    argv[0] = getenv("TOOLS_REVOKE");
    argv[1] = s.place.path;
    T_CHECK(argv[0] != NULL);
    pid_t child = fork();

    if (child == 0) {
        execv(argv[0], argv);
        _exit(127);
    }
    T_EQ(waitpid(child, &status, 0), child);
    T_CHECK(WIFEXITED(status));
    T_EQ(WEXITSTATUS(status), 0);
    T_EQ(enter(&s, token, &p), MCP_E_UNAUTHORIZED);
    setting_close(&s);
}

static const struct t_case cases[] = {
    T(the_checksum_is_that_of_zlib),
    T(a_token_is_prefix_30_random_characters_and_a_checksum),
    T(one_wrong_character_anywhere_is_seen_without_a_look_up),
    T(a_new_token_opens_the_door_with_its_scopes_and_rate),
    T(every_refusal_looks_the_same),
    T(a_token_expires_at_its_time_and_not_a_millisecond_later),
    T(only_the_hash_is_stored),
    T(the_list_shows_everything_but_the_token),
    T(a_token_is_named_by_id_or_by_a_name_or_hint_that_only_one_has),
    T(revoking_twice_changes_nothing),
    T(bad_arguments_make_no_token),
    T(only_admins_touch_tokens),
    T(the_prefix_is_an_option_and_old_tokens_stay_valid),
    T(last_use_is_written_late_and_together),
    T(a_flush_outlives_the_tools_that_made_it),
    T(last_use_never_goes_back),
    T(a_thousand_tokens_are_the_most_and_dead_ones_make_room),
    T(another_process_revokes_and_the_next_request_is_refused),
};
T_MAIN("token", cases)
