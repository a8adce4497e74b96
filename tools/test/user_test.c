/* tools/test/user_test.c - a user is an owner with a name on the door. */
#include <tools/key.h>
#include <tools/name.h>
#include <tools/test/setting.h>
#include <tools/user.h>

/* ---- The record ---- */

struct op {
    struct user user; /* in or out */
    mcp_str email;
    uint64_t owner;
    uint32_t max;  /* 0: USERS_MAX */
    char text[64]; /* of out */
};

static mcp_err add_body(struct store_txn *txn, void *arg)
{
    struct op *o = arg;
    struct user u = {.owner = o->owner, .email = o->email, .created_ms = NOW_MS};

    name_id_new(u.id);
    mcp_err err = user_add(txn, &u, MCP_STR("proof"), o->max ? o->max : USERS_MAX);

    o->user = u;
    return err;
}

static mcp_err remove_body(struct store_txn *txn, void *arg)
{
    return user_remove(txn, ((struct op *)arg)->owner, NOW_MS + 1);
}

static mcp_err find_body(struct store_txn *txn, void *arg)
{
    struct op *o = arg;

    return user_find_by_email(txn, o->email, &o->user);
}

static mcp_err owner_body(struct store_txn *txn, void *arg)
{
    struct op *o = arg;
    mcp_err err = user_of_owner(txn, o->owner, &o->user);

    snprintf(o->text, sizeof(o->text), "%.*s", err ? 0 : (int)o->user.email.len,
             err ? "" : o->user.email.ptr);
    return err;
}

static mcp_err proof_body(struct store_txn *txn, void *arg)
{
    mcp_str proof;
    mcp_err err = user_password_get(txn, ((struct op *)arg)->owner, &proof);

    return err ? err : mcp_str_eq(proof, MCP_STR("proof")) ? MCP_OK : MCP_E_CONFLICT;
}

static mcp_err add(struct setting *s, const char *email, uint64_t owner, uint64_t *ret)
{
    struct op o = {.email = mcp_str_c(email), .owner = owner};
    mcp_err err = store_write_now(s->store, add_body, &o);

    *ret = o.user.owner;
    return err;
}

static uint64_t found(struct setting *s, const char *email)
{
    struct op o = {.email = mcp_str_c(email)};
    mcp_err err = store_read(s->store, find_body, &o);

    T_CHECK(err == MCP_OK || err == MCP_E_NOT_FOUND);
    return err ? 0 : o.user.owner;
}

static void every_user_has_an_owner_number_of_its_own(void)
{
    struct setting s;
    uint64_t a, b, operator;

    setting_open(&s);
    T_EQ(add(&s, "ada@example.com", 0, &a), MCP_OK);
    T_EQ(add(&s, "bob@example.com", 0, &b), MCP_OK);
    T_EQ(add(&s, "root@example.com", USER_OPERATOR, &operator), MCP_OK);
    T_CHECK(a > USER_OPERATOR && b > a && operator== USER_OPERATOR);
    T_EQ(found(&s, "bob@example.com"), b);
    T_EQ(found(&s, "nobody@example.com"), 0);
    setting_close(&s);
}

static void an_address_is_one_users_whatever_its_case(void)
{
    struct setting s;
    uint64_t a, other;

    setting_open(&s);
    T_EQ(add(&s, "Ada@Example.com", 0, &a), MCP_OK);
    T_EQ(add(&s, "aDA@example.COM", 0, &other), MCP_E_CONFLICT);
    T_EQ(found(&s, "ADA@EXAMPLE.COM"), a);
    T_EQ(add(&s, "one@example.com", USER_OPERATOR, &other), MCP_OK);
    T_EQ(add(&s, "two@example.com", USER_OPERATOR, &other), MCP_E_CONFLICT);
    setting_close(&s);
}

static void who_is_deleted_cannot_be_found_or_told(void)
{
    struct setting s;
    struct op o = {0};
    uint64_t again;

    setting_open(&s);
    T_EQ(add(&s, "ada@example.com", 0, &o.owner), MCP_OK);
    T_EQ(store_read(s.store, proof_body, &o), MCP_OK);
    T_EQ(store_write_now(s.store, remove_body, &o), MCP_OK);
    T_EQ(found(&s, "ada@example.com"), 0);
    T_EQ(store_read(s.store, proof_body, &o), MCP_E_NOT_FOUND);
    T_EQ(store_read(s.store, owner_body, &o), MCP_OK);
    T_EQ(o.user.deleted_ms, NOW_MS + 1);
    T_HAS(mcp_str_c(o.text), "deleted-");
    T_HAS(mcp_str_c(o.text), "@deleted.invalid");
    T_EQ(store_write_now(s.store, remove_body, &o), MCP_E_NOT_FOUND);
    T_EQ(add(&s, "ada@example.com", 0, &again), MCP_OK);
    T_CHECK(again != o.owner);
    setting_close(&s);
}

static void who_is_removed_leaves_room_for_another(void)
{
    struct setting s;
    struct op ada = {.email = MCP_STR("ada@example.com"), .max = 1};
    struct op bob = {.email = MCP_STR("bob@example.com"), .max = 1};

    setting_open(&s);
    T_EQ(store_write_now(s.store, add_body, &ada), MCP_OK);
    T_EQ(store_write_now(s.store, add_body, &bob), MCP_E_REFUSED);
    ada.owner = ada.user.owner;
    T_EQ(store_write_now(s.store, remove_body, &ada), MCP_OK);
    T_EQ(store_write_now(s.store, add_body, &bob), MCP_OK);
    T_CHECK(bob.user.owner > ada.owner);
    setting_close(&s);
}

static mcp_err keep_body(struct store_txn *txn, void *arg)
{
    struct key key = key_owned(KEY_USER, ((struct op *)arg)->owner);

    return store_get(txn, key_str(&key), &((struct op *)arg)->email, NULL);
}

static mcp_err cut_body(struct store_txn *txn, void *arg)
{
    struct op *o = arg;
    mcp_err err = keep_body(txn, o);

    for (size_t n = 0; !err && n < o->email.len; n++) {
        T_CHECK(!user_decode(mcp_str_n(o->email.ptr, n), USER_VERSION, &o->user));
    }
    T_CHECK(!user_decode(o->email, USER_VERSION + 1, &o->user));
    return err;
}

static void a_damaged_user_is_not_believed(void)
{
    struct setting s;
    struct op o = {0};

    setting_open(&s);
    T_EQ(add(&s, "ada@example.com", 0, &o.owner), MCP_OK);
    T_EQ(store_read(s.store, cut_body, &o), MCP_OK);
    setting_close(&s);
}

/* ---- What may be in it ---- */

static mcp_str times(struct mcp_arena *a, const char *what, size_t n, const char *behind)
{
    size_t len = strlen(what);
    char *text = mcp_arena_raw(a, n * len + strlen(behind) + 1, 1);

    for (size_t i = 0; i < n; i++) {
        memcpy(text + i * len, what, len);
    }
    memcpy(text + n * len, behind, strlen(behind) + 1);
    return mcp_str_c(text);
}

static void an_address_has_a_local_part_and_a_domain(void)
{
    static const char *const GOOD[] = {"a@b.co", "ada.l+x@mail.example.com", "o'neil@x-y.org",
                                       "1@2.com"};
    static const char *const BAD[] = {
        "",        "ada",         "@example.com", "ada@",     "a@b",      "a@@b.co",
        ".a@b.co", "a.@b.co",     "a..b@c.co",    "a b@c.co", "a@-b.co",  "a@b-.co",
        "a@b..co", "a@127.0.0.1", "a@[::1]",      "a@b.co\n", "a\r@b.co", "<a@b.co>",
        "a@b.co.", "\"a\"@b.co",  "\xc3\xa4@b.co"};
    struct mcp_arena a;

    mcp_arena_init(&a, 1 << 16);
    for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
        ck_assert_msg(!user_email_check(mcp_str_c(GOOD[i])), "%s", GOOD[i]);
    }
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        ck_assert_msg(user_email_check(mcp_str_c(BAD[i])) != NULL, "%s", BAD[i]);
    }
    T_CHECK(!user_email_check(times(&a, "a", 64, "@b.co")));
    T_CHECK(user_email_check(times(&a, "a", 65, "@b.co")));
    T_CHECK(user_email_check(mcp_arena_printf(&a, "a@%s", times(&a, "a.", 126, "co").ptr)));
    T_CHECK(user_email_check(MCP_STR("a\0b@c.co")));
    mcp_arena_free(&a);
}

static void a_name_has_up_to_80_characters_that_show(void)
{
    struct mcp_arena a;

    mcp_arena_init(&a, 1 << 16);
    T_CHECK(!user_name_check(MCP_STR("Ada Lovelace")));
    T_CHECK(!user_name_check(times(&a, "\xc3\xa4", 80, "")));
    T_CHECK(user_name_check(times(&a, "a", 81, "")));
    T_CHECK(user_name_check(MCP_STR("")));
    T_CHECK(user_name_check(MCP_STR("a\nb")));
    T_CHECK(user_name_check(MCP_STR("a\xff")));
    mcp_arena_free(&a);
}

static void a_picture_is_of_a_public_host_over_https(void)
{
    static const char *const BAD[] = {
        "http://x.example.com/a.png",
        "https://",
        "https://localhost/a",
        "https://a.localhost/",
        "https://printer.local/",
        "https://127.0.0.1/a",
        "https://10.0.0.1/",
        "https://2130706433/",
        "https://[::1]/",
        "https://user@example.com/",
        "https://example.com:99999/",
        "https://intranet/",
        "https://db.internal/",
        "javascript:alert(1)",
        "https://exa mple.com/",
        "https://example.com\\@evil.com/",
        "https://127.0.0.1?x=a.com",
        "https://1.1.1.1#a.com",
        "https://127.0.0.0x1/a.png",
        "https://127.0.0.0X7f/",
        "https://10.0x/",
    };
    struct mcp_arena a;

    mcp_arena_init(&a, 1 << 16);
    T_CHECK(!user_avatar_check(MCP_STR("https://img.example.com/a.png?s=1#x")));
    T_CHECK(!user_avatar_check(MCP_STR("https://img.example.com:8443/a")));
    T_CHECK(!user_avatar_check(MCP_STR("https://0x1.example.com/a")));
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        ck_assert_msg(user_avatar_check(mcp_str_c(BAD[i])) != NULL, "%s", BAD[i]);
    }
    T_CHECK(
        !user_avatar_check(mcp_arena_printf(&a, "https://x.co/%s", times(&a, "a", 2035, "").ptr)));
    T_CHECK(
        user_avatar_check(mcp_arena_printf(&a, "https://x.co/%s", times(&a, "a", 2036, "").ptr)));
    mcp_arena_free(&a);
}

static const char *metadata(struct mcp_arena *a, mcp_str text)
{
    struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    mcp_json v;

    T_EQ(mcp_json_read(a, text, &limits, &v, NULL), MCP_OK);
    return user_metadata_check(v);
}

static mcp_str members(struct mcp_arena *a, unsigned n)
{
    mcp_str text = MCP_STR("{\"deep\":{\"x\":1");

    for (unsigned i = 2; i < n; i++) {
        text = mcp_arena_printf(a, "%.*s,\"k%u\":1", MCP_STR_ARG(text), i);
    }
    return mcp_arena_printf(a, "%.*s}}", MCP_STR_ARG(text));
}

static void metadata_is_an_object_within_its_limits(void)
{
    struct mcp_arena a;

    mcp_arena_init(&a, 1 << 22);
    T_CHECK(!metadata(&a, MCP_STR("{}")));
    T_CHECK(!metadata(&a, MCP_STR("{\"a\":[{\"b\":[[]]}]}")));
    T_CHECK(metadata(&a, MCP_STR("{\"a\":[{\"b\":[[[]]]}]}")));
    T_CHECK(metadata(&a, MCP_STR("[]")));
    T_CHECK(metadata(&a, MCP_STR("null")));
    T_CHECK(!metadata(&a, MCP_STR("{\"n\":1e308}")));
    T_CHECK(metadata(&a, MCP_STR("{\"n\":[1e309]}")));
    T_CHECK(!metadata(&a, members(&a, 100)));
    T_CHECK(metadata(&a, members(&a, 101)));
    T_CHECK(!metadata(&a, mcp_arena_printf(&a, "{\"a\":\"%s\"}", times(&a, "x", 16376, "").ptr)));
    T_CHECK(metadata(&a, mcp_arena_printf(&a, "{\"a\":\"%s\"}", times(&a, "x", 16377, "").ptr)));
    mcp_arena_free(&a);
}

static const struct t_case cases[] = {
    T(every_user_has_an_owner_number_of_its_own),
    T(an_address_is_one_users_whatever_its_case),
    T(who_is_deleted_cannot_be_found_or_told),
    T(who_is_removed_leaves_room_for_another),
    T(a_damaged_user_is_not_believed),
    T(an_address_has_a_local_part_and_a_domain),
    T(a_name_has_up_to_80_characters_that_show),
    T(a_picture_is_of_a_public_host_over_https),
    T(metadata_is_an_object_within_its_limits),
};
T_MAIN("user", cases)
