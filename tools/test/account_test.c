/* tools/test/account_test.c - register, sign in, see, change, delete; and what the operator does.
 */
#include <tools/key.h>
#include <tools/login.h>
#include <tools/state.h>
#include <tools/test/setting.h>
#include <tools/token.h>
#include <tools/user.h>

#include <mcp/alloc.h>

#define ADA   "{'email':'ada@example.com','password':'correct horse'}"
#define WRONG "{'email':'ada@example.com','password':'incorrect horse'}"

/* Who asks without a credential. */
static const struct mcp_principal STRANGER = {.scopes = "login", .rate_per_minute = -1};

static void open_to_all(struct setting *s)
{
    setting_open_with(s, &(struct tools_options){.open_registration = true});
}

static struct said ask(struct setting *s, const struct mcp_principal *who, const char *tool,
                       const char *arguments)
{
    mcp_str text = mcp_arena_dup(&s->arena, mcp_str_c(arguments));

    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'') {
            memcpy((char *)(uintptr_t)(text.ptr + i), "\"", 1);
        }
    }
    return say_as(s, who, tool, text);
}

static void fails(struct setting *s, const struct mcp_principal *who, const char *tool,
                  const char *arguments, mcp_err want, const char *argument)
{
    struct said said = ask(s, who, tool, arguments);

    ck_assert_msg(said.err == want, "%s %s gave %s: %.*s", tool, arguments,
                  mcp_err_info(said.err)->name, MCP_STR_ARG(said.message));
    ck_assert_msg(mcp_str_eq(said.argument, mcp_str_c(argument)), "%s: %.*s", arguments,
                  MCP_STR_ARG(said.argument));
}

/* Whose session `said` is about. */
static struct mcp_principal session_in(struct setting *s, struct said *said)
{
    struct mcp_principal who = {.rate_per_minute = 0};

    ck_assert_msg(said->err == MCP_OK, "%.*s", MCP_STR_ARG(said->message));
    T_EQ(tools_verify(s->tools, text_of(said, said->json, "session_token"), &who), MCP_OK);
    return who;
}

static struct mcp_principal ada(struct setting *s)
{
    struct said said = ask(s, &STRANGER, "register_user", ADA);

    return session_in(s, &said);
}

static mcp_err enters(struct setting *s, const char *arguments)
{
    s->monotonic_ms += MINUTE_MS; /* another minute, another allowance */
    return ask(s, &STRANGER, "log_in", arguments).err;
}

/* ---- Coming in ---- */

static void who_registers_is_signed_in_for_a_day(void)
{
    struct mcp_principal who;
    struct setting s;

    open_to_all(&s);
    struct said said = ask(&s, &STRANGER, "register_user", ADA);

    who = session_in(&s, &said);
    T_STR(text_of(&said, at(said.json, "user"), "email"), "ada@example.com");
    T_STR(text_of(&said, said.json, "expires_at"), "2026-06-18T08:02:11.000Z");
    T_HAS(text_of(&said, said.json, "session_token"), "sess_");
    T_CHECK(who.is_session && who.is_portable && who.owner > USER_OPERATOR);
    T_CHECK(strcmp(who.scopes, "account") == 0);
    said = ask(&s, &who, "get_me", "{}");
    T_STR(text_of(&said, at(said.json, "user"), "email"), "ada@example.com");
    s.wall_ms += DAY_MS;
    T_EQ(tools_verify(s.tools, text_of(&said, said.json, "session_token"), &who),
         MCP_E_UNAUTHORIZED);
    setting_close(&s);
}

static void a_password_opens_a_session_and_no_other_word_does(void)
{
    struct setting s;
    struct said said;

    open_to_all(&s);
    ada(&s);
    said = ask(&s, &STRANGER, "log_in", "{'email':'ADA@example.com','password':'correct horse'}");
    T_EQ(session_in(&s, &said).owner, 2);
    T_EQ(enters(&s, WRONG), MCP_E_UNAUTHORIZED);
    T_EQ(enters(&s, "{'email':'bob@example.com','password':'correct horse'}"), MCP_E_UNAUTHORIZED);
    T_EQ(enters(&s, "{'email':'nobody','password':''}"), MCP_E_UNAUTHORIZED);
    T_EQ(enters(&s, "{'email':'ada@example.com','password':''}"), MCP_E_UNAUTHORIZED);
    T_EQ(enters(&s, "{'email':'ada@example.com','password':'correct horse '}"), MCP_E_UNAUTHORIZED);
    setting_close(&s);
}

/* What a stopwatch would see: as many hashes, whatever is wrong. */
static void every_no_costs_one_hash_and_has_the_same_words(void)
{
    static const char *const NO[] = {WRONG,
                                     "{'email':'bob@example.com','password':'correct horse'}",
                                     "{'email':'x','password':'y'}", "{'email':'','password':''}"};
    struct setting s;
    mcp_str first = {NULL, 0};

    open_to_all(&s);
    ada(&s);
    for (size_t i = 0; i < sizeof(NO) / sizeof(NO[0]); i++) {
        unsigned n_before = s.tools->n_hashed;
        struct said said;

        s.monotonic_ms += MINUTE_MS;
        said = ask(&s, &STRANGER, "log_in", NO[i]);
        T_EQ(said.err, MCP_E_UNAUTHORIZED);
        T_EQ(s.tools->n_hashed, n_before + 1);
        first = first.len ? first : said.message;
        T_CHECK(mcp_str_eq(said.message, first));
    }
    setting_close(&s);
}

static void what_is_wrong_with_a_registration_is_named(void)
{
    struct setting s;

    open_to_all(&s);
    fails(&s, &STRANGER, "register_user", "{'email':'ada','password':'correct horse'}",
          MCP_E_INVALID_ARGUMENTS, "email");
    fails(&s, &STRANGER, "register_user", "{'password':'correct horse'}", MCP_E_INVALID_ARGUMENTS,
          "email");
    fails(&s, &STRANGER, "register_user", "{'email':'a@b.co','password':'seven77'}",
          MCP_E_INVALID_ARGUMENTS, "password");
    fails(&s, &STRANGER, "register_user", "{'email':'ada@b.co','password':'ADA@b.co'}",
          MCP_E_INVALID_ARGUMENTS, "password");
    fails(&s, &STRANGER, "register_user", "{'email':'a@b.co'}", MCP_E_INVALID_ARGUMENTS,
          "password");
    fails(&s, &STRANGER, "register_user",
          "{'email':'a@b.co','password':'correct horse','name':'a\\nb'}", MCP_E_INVALID_ARGUMENTS,
          "name");
    ada(&s);
    fails(&s, &STRANGER, "register_user", "{'email':'ADA@EXAMPLE.com','password':'other horse'}",
          MCP_E_CONFLICT, "");
    setting_close(&s);
}

static void strangers_register_only_where_they_may(void)
{
    struct setting s;

    setting_open(&s);
    fails(&s, &STRANGER, "register_user", ADA, MCP_E_FORBIDDEN, "");
    T_EQ(s.tools->n_hashed, 0);
    SAY_OK(&s, "add_user", ADA);
    T_EQ(enters(&s, ADA), MCP_OK);
    setting_close(&s);
}

static void a_new_account_begins_with_the_same_credits_whoever_makes_it(void)
{
    static const uint8_t KEY[32] = {1};
    struct tools_options opt = {
        .open_registration = true, .welcome_credits = 1234, .seal_key = KEY};
    struct setting s;
    struct said said;

    setting_open_with(&s, &opt);
    ada(&s);
    SAY_OK(&s, "add_user", "{'email':'bob@example.com','password':'correct horse'}");
    SAY_OK(&s, "add_user",
           "{'email':'root@example.com','password':'correct horse','operator':true}");
    said = say(&s, "list_ledger", "{'account':'2'}");
    T_STR(text_of(&said, mcp_json_at(at(said.json, "entries"), 0), "reason"), "welcome");
    mcp_str registered = mcp_json_raw(at(mcp_json_at(at(said.json, "entries"), 0), "delta"));

    said = say(&s, "list_ledger", "{'account':'3'}");
    T_EQ(mcp_json_count(at(said.json, "entries")), 1);
    T_STR(text_of(&said, mcp_json_at(at(said.json, "entries"), 0), "reason"), "welcome");
    T_STR(registered, "1234");
    T_STR(mcp_json_raw(at(mcp_json_at(at(said.json, "entries"), 0), "delta")), "1234");
    said = say(&s, "list_ledger", "{'account':'1'}"); /* older than its user */
    T_EQ(mcp_json_count(at(said.json, "entries")), 0);
    setting_close(&s);
}

/* Whatever address the client has, each address of a user is tried five times a minute. */
static void passwords_of_one_user_are_tried_five_times_a_minute(void)
{
    struct setting s;
    struct said said;

    open_to_all(&s);
    ada(&s);
    for (int i = 0; i < 5; i++) {
        T_EQ(ask(&s, &STRANGER, "log_in", WRONG).err, MCP_E_UNAUTHORIZED);
    }
    said = ask(&s, &STRANGER, "log_in", "{'email':'Ada@Example.com','password':'correct horse'}");
    T_EQ(said.err, MCP_E_RATE_LIMITED);
    T_CHECK(said.limit.limit == 5 && said.limit.remaining == 0 && said.limit.retry_s > 0);
    T_EQ(ask(&s, &STRANGER, "log_in", "{'email':'bob@example.com','password':'x'}").err,
         MCP_E_UNAUTHORIZED);
    T_EQ(enters(&s, ADA), MCP_OK);
    for (int i = 0; i < 2; i++) { /* ada() was the first */
        T_EQ(ask(&s, &STRANGER, "register_user", ADA).err, MCP_E_CONFLICT);
    }
    T_EQ(ask(&s, &STRANGER, "register_user", ADA).err, MCP_E_CONFLICT); /* a minute later */
    T_EQ(ask(&s, &STRANGER, "register_user", ADA).err, MCP_E_RATE_LIMITED);
    setting_close(&s);
}

static void who_signs_out_ends_this_session_and_no_other(void)
{
    struct mcp_principal a, b, again;
    struct setting s;
    struct said said;

    open_to_all(&s);
    a = ada(&s);
    said = ask(&s, &STRANGER, "log_in", ADA);
    b = session_in(&s, &said);
    said = ask(&s, &a, "log_out", "{}");
    T_STR(said.result, "{\"success\":true}");
    T_EQ(ask(&s, &a, "log_out", "{}").err, MCP_OK); /* it is over, as asked */
    T_CHECK(!tools_is_live(s.tools, &a) && tools_is_live(s.tools, &b));
    T_EQ(ask(&s, &b, "get_me", "{}").err, MCP_OK);
    (void)again;
    setting_close(&s);
}

/* One kind of session for both, and its scope decides. */
static void an_account_opens_no_pools_and_the_dashboard_no_account(void)
{
    struct mcp_principal who, page = {.scopes = "read admin", .is_session = true, .owner = 1};
    struct setting s;

    open_to_all(&s);
    who = ada(&s);
    T_EQ(ask(&s, &who, "list_balances", "{}").err, MCP_E_FORBIDDEN);
    T_EQ(ask(&s, &who, "list_tokens", "{}").err, MCP_E_FORBIDDEN);
    T_EQ(ask(&s, &who, "list_users", "{}").err, MCP_E_FORBIDDEN);
    T_EQ(ask(&s, &page, "get_account", "{}").err, MCP_E_FORBIDDEN);
    T_EQ(ask(&s, &page, "delete_account", "{}").err, MCP_E_FORBIDDEN);
    T_EQ(ask(&s, &page, "list_users", "{}").err, MCP_E_FORBIDDEN);
    setting_close(&s);
}

/* ---- The account ---- */

static void an_account_shows_everything_also_what_is_not_set(void)
{
    struct mcp_principal who;
    struct setting s;
    struct said said;

    open_to_all(&s);
    who = ada(&s);
    said = ask(&s, &who, "get_account", "{}");
    T_HAS(said.result, "\"email\":\"ada@example.com\",\"name\":null,\"avatar_url\":null,"
                       "\"user_metadata\":null,\"balance\":0,\"linked_providers\":[],\"billing\":{"
                       "\"has_payment_method\":false,\"auto_topoff_enabled\":false,"
                       "\"auto_topoff_threshold\":0,\"auto_topoff_amount\":0},\"created_at\":"
                       "\"2026-06-17T08:02:11.000Z\"}");
    setting_close(&s);
}

static void absent_stays_null_clears_and_metadata_is_replaced(void)
{
    struct mcp_principal who;
    struct setting s;
    struct said said;

    open_to_all(&s);
    who = ada(&s);
    said = ask(&s, &who, "edit_account",
               "{'name':'Ada','avatar_url':'https://img.example.com/a','user_metadata':{'a':1}}");
    T_HAS(said.result, "\"name\":\"Ada\",\"avatar_url\":\"https://img.example.com/a\","
                       "\"user_metadata\":{\"a\":1}}");
    said = ask(&s, &who, "edit_account", "{}");
    T_HAS(said.result, "\"name\":\"Ada\"");
    said = ask(&s, &who, "edit_account", "{'name':null,'user_metadata':{'b':[2]}}");
    T_HAS(said.result, "\"name\":null,\"avatar_url\":\"https://img.example.com/a\","
                       "\"user_metadata\":{\"b\":[2]}}");
    said = ask(&s, &who, "edit_account", "{'avatar_url':null,'user_metadata':null}");
    T_HAS(said.result, "\"name\":null,\"avatar_url\":null,\"user_metadata\":null}");
    setting_close(&s);
}

static void what_may_not_be_in_a_profile_is_named(void)
{
    struct mcp_principal who;
    struct setting s;

    open_to_all(&s);
    who = ada(&s);
    fails(&s, &who, "edit_account", "{'name':''}", MCP_E_INVALID_ARGUMENTS, "name");
    fails(&s, &who, "edit_account", "{'name':7}", MCP_E_INVALID_ARGUMENTS, "name");
    fails(&s, &who, "edit_account", "{'avatar_url':'http://a.example.com/'}",
          MCP_E_INVALID_ARGUMENTS, "avatar_url");
    fails(&s, &who, "edit_account", "{'avatar_url':''}", MCP_E_INVALID_ARGUMENTS, "avatar_url");
    fails(&s, &who, "edit_account", "{'user_metadata':[1]}", MCP_E_INVALID_ARGUMENTS,
          "user_metadata");
    fails(&s, &who, "edit_account", "{'user_metadata':{'a':{'b':{'c':{'d':{'e':{}}}}}}}",
          MCP_E_INVALID_ARGUMENTS, "user_metadata");
    fails(&s, &who, "edit_account", "{'email':'b@c.de'}", MCP_E_INVALID_ARGUMENTS, "");
    setting_close(&s);
}

static void the_three_topoff_fields_change_one_by_one(void)
{
    struct mcp_principal who;
    struct setting s;
    struct said said;

    open_to_all(&s);
    who = ada(&s);
    said = ask(&s, &who, "set_topoff", "{'auto_topoff_threshold':5}");
    T_STR(said.result, "{\"auto_topoff_enabled\":false,\"auto_topoff_threshold\":5,"
                       "\"auto_topoff_amount\":0}");
    said = ask(&s, &who, "set_topoff",
               "{'auto_topoff_enabled':true,'auto_topoff_amount':9007199254740991}");
    T_STR(said.result, "{\"auto_topoff_enabled\":true,\"auto_topoff_threshold\":5,"
                       "\"auto_topoff_amount\":9007199254740991}");
    fails(&s, &who, "set_topoff", "{'auto_topoff_threshold':-1}", MCP_E_INVALID_ARGUMENTS,
          "auto_topoff_threshold");
    fails(&s, &who, "set_topoff", "{'auto_topoff_amount':1.5}", MCP_E_INVALID_ARGUMENTS,
          "auto_topoff_amount");
    fails(&s, &who, "set_topoff", "{'auto_topoff_amount':9007199254740992}",
          MCP_E_INVALID_ARGUMENTS, "auto_topoff_amount");
    fails(&s, &who, "set_topoff", "{'auto_topoff_enabled':null}", MCP_E_INVALID_ARGUMENTS,
          "auto_topoff_enabled");
    setting_close(&s);
}

/* ---- The end of one ---- */

static void without_the_password_nothing_is_deleted(void)
{
    struct mcp_principal who;
    struct setting s;
    struct said wrong, none;

    open_to_all(&s);
    who = ada(&s);
    wrong = ask(&s, &who, "delete_account", "{'password':'incorrect horse'}");
    unsigned n_before = s.tools->n_hashed;

    none = ask(&s, &who, "delete_account", "{}");
    T_EQ(s.tools->n_hashed, n_before + 1); /* as much work, as many words */
    T_CHECK(wrong.err == MCP_E_INVALID_ARGUMENTS && none.err == wrong.err);
    T_CHECK(mcp_str_eq(wrong.message, none.message) && mcp_str_eq(wrong.argument, none.argument));
    T_STR(wrong.argument, "password");
    for (int i = 0; i < 3; i++) {
        T_EQ(ask(&s, &who, "delete_account", "{}").err, MCP_E_INVALID_ARGUMENTS);
    }
    T_EQ(ask(&s, &who, "delete_account", "{}").err, MCP_E_RATE_LIMITED);
    T_EQ(ask(&s, &who, "get_me", "{}").err, MCP_OK);
    setting_close(&s);
}

static mcp_err add_token(struct store_txn *txn, void *arg)
{
    struct token_info info = {.name = MCP_STR("t"), .hint = MCP_STR("abcd")};

    for (uint8_t i = 0; i < 3; i++) {
        info.id[0] = info.hash[0] = (uint8_t)(i + 1);
        mcp_err err = token_add(txn, *(uint64_t *)arg, &info, NOW_MS);

        if (err) {
            return err;
        }
    }
    return MCP_OK;
}

static mcp_err n_standing(struct store_txn *txn, void *arg)
{
    struct token t;
    size_t n = 0;

    for (uint8_t i = 0; i < 3; i++) {
        uint8_t hash[32] = {(uint8_t)(i + 1)};
        struct key key = key_token(hash);
        uint8_t version = 0;
        mcp_str value;

        T_EQ(store_get(txn, key_str(&key), &value, &version), MCP_OK);
        T_CHECK(token_decode(value, version, &t));
        n += !t.is_revoked;
    }
    *(size_t *)arg = n;
    return MCP_OK;
}

static bool store_has(struct setting *s, const char *what);

static void who_is_deleted_is_nobody_and_may_come_again(void)
{
    struct mcp_principal a, b;
    struct setting s;
    struct said said;
    size_t n;

    open_to_all(&s);
    a = ada(&s);
    said = ask(&s, &STRANGER, "log_in", ADA);
    b = session_in(&s, &said);
    T_EQ(store_write_now(s.store, add_token, &a.owner), MCP_OK);
    T_CHECK(store_has(&s, "ada@example.com"));
    said = ask(&s, &a, "delete_account", "{'password':'correct horse'}");
    T_STR(said.result, "{\"ok\":true,\"message\":\"Your account has been deleted.\"}");
    T_CHECK(!tools_is_live(s.tools, &a) && !tools_is_live(s.tools, &b));
    T_EQ(store_read(s.store, n_standing, &n), MCP_OK);
    T_EQ(n, 0);
    T_EQ(ask(&s, &a, "get_account", "{}").err, MCP_E_NOT_FOUND);
    T_EQ(ask(&s, &a, "edit_account", "{'name':'x'}").err, MCP_E_NOT_FOUND);
    T_CHECK(!store_has(&s, "ada@example.com"));
    T_CHECK(store_has(&s, "@deleted.invalid"));
    T_EQ(enters(&s, ADA), MCP_E_UNAUTHORIZED);
    T_CHECK(ada(&s).owner > a.owner);
    setting_close(&s);
}

struct needle {
    const char *what;
    bool is_found;
};

static mcp_err needle_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct needle *n = arg;

    (void)key, (void)version;
    n->is_found = n->is_found || t_has(value, mcp_str_c(n->what));
    return MCP_OK;
}

static mcp_err needle_body(struct store_txn *txn, void *arg)
{
    return store_scan(txn, MCP_STR("\x10"), MCP_STR("\xff"), false, STORE_SCAN_MAX, needle_row,
                      arg);
}

/* Some row that can be read holds it. */
static bool store_has(struct setting *s, const char *what)
{
    struct needle n = {what, false};

    T_EQ(store_read(s->store, needle_body, &n), MCP_OK);
    return n.is_found;
}

static void no_row_holds_a_password_or_a_session(void)
{
    struct setting s;
    struct said said;

    open_to_all(&s);
    said = ask(&s, &STRANGER, "register_user", ADA);
    T_CHECK(store_has(&s, "$argon2id$"));
    T_CHECK(!store_has(&s, "correct horse"));
    T_CHECK(!store_has(&s, text_of(&said, said.json, "session_token").ptr));
    setting_close(&s);
}

/* ---- The operator ---- */

static void the_operator_adds_lists_changes_and_removes(void)
{
    struct mcp_principal who;
    struct setting s;
    struct said said;

    setting_open(&s);
    SAY_OK(&s, "add_user", ADA);
    SAY_OK(&s, "add_user",
           "{'email':'root@example.com','password':'correct horse','operator':true,'name':'R'}");
    SAY_FAILS(&s, "add_user", "{'email':'b@c.de','password':'correct horse','operator':true}",
              MCP_E_CONFLICT, "or is the operator");
    SAY_FAILS(&s, "add_user", ADA, MCP_E_CONFLICT, "Somebody has this address.");
    said = say(&s, "list_users", "{}");
    T_EQ(mcp_json_count(at(said.json, "users")), 2);
    T_STR(text_of(&said, mcp_json_at(at(said.json, "users"), 0), "email"), "root@example.com");
    said = say(&s, "list_users", "{'after':'root@example.com'}");
    T_EQ(mcp_json_count(at(said.json, "users")), 1);
    SAY_FAILS(&s, "list_users", "{'after':'no@example.com'}", MCP_E_NOT_FOUND, "");
    said = ask(&s, &STRANGER, "log_in", ADA);
    who = session_in(&s, &said);
    SAY_OK(&s, "set_user_password", "{'user':'ada@example.com','password':'another horse'}");
    T_CHECK(!tools_is_live(s.tools, &who));
    T_EQ(enters(&s, ADA), MCP_E_UNAUTHORIZED);
    T_EQ(enters(&s, "{'email':'ada@example.com','password':'another horse'}"), MCP_OK);
    SAY_FAILS(&s, "set_user_password", "{'user':'no@example.com','password':'another horse'}",
              MCP_E_NOT_FOUND, "No user has this address.");
    said = say(&s, "remove_user", "{'user':'ada@example.com'}");
    T_STR(text_of(&said, said.json, "status"), "deleted");
    SAY_FAILS(&s, "remove_user", "{'user':'ada@example.com'}", MCP_E_NOT_FOUND, "No user");
    T_EQ(enters(&s, "{'email':'ada@example.com','password':'another horse'}"), MCP_E_UNAUTHORIZED);
    setting_close(&s);
}

/* ---- Without memory ---- */

static void keep_err(struct mcp_outcome_sink *sink, const struct mcp_outcome *o)
{
    struct said *said = (struct said *)sink;

    said->finishes++;
    said->err = o->err;
}

struct tried {
    struct setting *s;
    struct mcp_principal who;
    const char *tool;
    mcp_str arguments;
    bool is_done; /* what is done without the memory that was refused cannot be done again */
};

static bool try_once(void *arg)
{
    struct tried *t = arg;
    struct said said = {.sink.finish = keep_err};

    mcp_server_invoke(t->s->server, mcp_str_c(t->tool), t->arguments, &t->who, &said.sink);
    while (!said.finishes) {
        setting_turn(t->s);
    }
    t->s->monotonic_ms += MINUTE_MS;
    T_EQ(said.finishes, 1);
    ck_assert_msg(said.err == MCP_OK || said.err == MCP_E_OVERLOADED || t->is_done, "%s: %s",
                  t->tool, mcp_err_info(said.err)->name);
    t->is_done = t->is_done || said.err == MCP_OK;
    return t->is_done;
}

static void every_refused_allocation_is_a_clean_failure(void)
{
    struct setting s;
    struct tried t = {.s = &s, .who = STRANGER};

    open_to_all(&s);
    t.tool = "register_user";
    t.arguments = MCP_STR("{\"email\":\"ada@example.com\",\"password\":\"correct horse\"}");
    (void)t_torture(try_once, &t);
    t.is_done = false;
    t.tool = "log_in";
    (void)t_torture(try_once, &t);
    struct said said = ask(&s, &STRANGER, "log_in", ADA);

    t.who = session_in(&s, &said);
    t.is_done = false;
    t.tool = "edit_account";
    t.arguments = MCP_STR("{\"name\":\"Ada\",\"user_metadata\":{\"a\":1}}");
    (void)t_torture(try_once, &t);
    t.is_done = false;
    t.tool = "get_account";
    t.arguments = MCP_STR("{}");
    (void)t_torture(try_once, &t);
    t.is_done = false;
    t.tool = "delete_account";
    t.arguments = MCP_STR("{\"password\":\"correct horse\"}");
    (void)t_torture(try_once, &t);
    setting_close(&s);
}

static const struct t_case cases[] = {
    T(who_registers_is_signed_in_for_a_day),
    T(a_password_opens_a_session_and_no_other_word_does),
    T(every_no_costs_one_hash_and_has_the_same_words),
    T(what_is_wrong_with_a_registration_is_named),
    T(strangers_register_only_where_they_may),
    T(a_new_account_begins_with_the_same_credits_whoever_makes_it),
    T(passwords_of_one_user_are_tried_five_times_a_minute),
    T(who_signs_out_ends_this_session_and_no_other),
    T(an_account_opens_no_pools_and_the_dashboard_no_account),
    T(an_account_shows_everything_also_what_is_not_set),
    T(absent_stays_null_clears_and_metadata_is_replaced),
    T(what_may_not_be_in_a_profile_is_named),
    T(the_three_topoff_fields_change_one_by_one),
    T(without_the_password_nothing_is_deleted),
    T(who_is_deleted_is_nobody_and_may_come_again),
    T(no_row_holds_a_password_or_a_session),
    T(the_operator_adds_lists_changes_and_removes),
    T(every_refused_allocation_is_a_clean_failure),
};
T_MAIN("account", cases)
