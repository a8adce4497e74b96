/* tools/test/ledger_test.c - money: entries and their chain, grants, and what finds a lie. */
#include <tools/key.h>
#include <tools/ledger.h>
#include <tools/name.h>
#include <tools/order.h>
#include <tools/test/setting.h>
#include <tools/user.h>

static const uint8_t SECRET[] = "0123456789abcdef0123456789abcdef";

/* Users 2 to 8, and nobody after them. */
static mcp_err add_users(struct store_txn *txn, void *arg)
{
    mcp_err err = MCP_OK;

    (void)arg;
    for (char c = '2'; c <= '8' && !err; c++) {
        char email[] = {c, '@', 'e', '.', 'e', 'u', '\0'};
        struct user u = {.email = mcp_str_c(email), .created_ms = NOW_MS};

        name_id_new(u.id);
        err = user_add(txn, &u, MCP_STR("no password"), USERS_MAX);
    }
    return err;
}

static mcp_err remove_user(struct store_txn *txn, void *arg)
{
    return user_remove(txn, *(const uint64_t *)arg, NOW_MS);
}

static void begin(struct setting *s)
{
    setting_open_with(s, &(struct tools_options){.seal_key = SECRET});
    T_EQ(store_write_now(s->store, add_users, NULL), MCP_OK);
}

static struct said grant(struct setting *s, int account, long long amount, const char *key)
{
    return say(s, "grant_credits",
               mcp_arena_printf(
                   &s->arena,
                   "{'external_user_id':'%d','amount':%lld,'ref':'gift','idempotencyKey':'%s'}",
                   account, amount, key)
                   .ptr);
}

static int64_t balance_of(struct setting *s, int account)
{
    struct said got =
        say(s, "list_ledger", mcp_arena_printf(&s->arena, "{'account':'%d'}", account).ptr);

    T_EQ(got.err, MCP_OK);
    return mcp_json_int_or(at(got.json, "balance"), INT64_MIN);
}

static struct said about(struct setting *s, const char *tool, mcp_str id)
{
    return say(s, tool, mcp_arena_printf(&s->arena, "{'order':'%.*s'}", MCP_STR_ARG(id)).ptr);
}

static struct said verify(struct setting *s)
{
    struct said got = say(s, "verify_ledger", "{}");

    T_EQ(got.err, MCP_OK);
    return got;
}

static int64_t wrong(struct said said)
{
    return mcp_json_int_or(at(said.json, "wrong"), -1);
}

/* ---- Granting ---- */

static void a_grant_is_answered_as_the_contract_says(void)
{
    struct setting s;

    begin(&s);
    struct said first = grant(&s, 7, 1500000, "a"), more = grant(&s, 7, 250, "b");
    mcp_str id = text_of(&first, first.json, "ledger_id");

    T_EQ(id.len, 36);
    T_STR(first.result, mcp_arena_printf(&s.arena,
                                         "{\"external_user_id\":\"7\",\"amount_granted\":1500000,"
                                         "\"balance_before\":0,\"balance_after\":1500000,"
                                         "\"ledger_id\":\"%.*s\",\"duplicate\":false}",
                                         MCP_STR_ARG(id))
                            .ptr);
    T_HAS(more.result, "\"balance_before\":1500000,\"balance_after\":1500250");
    struct said list = say(&s, "list_ledger", "{'account':'7','limit':1}");

    T_HAS(list.result, "{\"account\":\"7\",\"balance\":1500250,\"reserved\":0,\"entries\":[{"
                       "\"sequence\":1,\"id\":\"");
    T_HAS(list.result, "\"at\":\"2026-06-17T08:02:11.000Z\",\"delta\":250,\"balance_after\":1500250"
                       ",\"reason\":\"grant\",\"ref\":\"gift\",\"app\":null,\"hash\":\"");
    T_EQ(mcp_json_count(at(list.json, "entries")), 1);
    list = say(&s, "list_ledger", "{'account':'7','before':1}");
    T_EQ(text_of(&list, mcp_json_first(at(list.json, "entries")), "id").len, 36);
    T_CHECK(mcp_str_eq(text_of(&list, mcp_json_first(at(list.json, "entries")), "id"), id));
    T_HAS(verify(&s).result, "{\"accounts\":1,\"entries\":2,\"wrong\":0,\"first_wrong\":null}");
    setting_close(&s);
}

static void the_same_request_grants_once_a_day(void)
{
    struct setting s;

    begin(&s);
    struct said first = grant(&s, 7, 100, "k");
    (void)grant(&s, 7, 11, "other");
    struct said again = grant(&s, 7, 100, "k");
    mcp_str tail = MCP_STR("false}");

    T_EQ(again.err, MCP_OK);
    T_CHECK(again.is_replayed && !first.is_replayed);
    T_CHECK(memcmp(again.result.ptr, first.result.ptr, first.result.len - tail.len) == 0);
    T_HAS(again.result, "\"duplicate\":true}");
    T_EQ(balance_of(&s, 7), 111);
    T_EQ(grant(&s, 7, 101, "k").err, MCP_E_REFUSED);
    T_EQ(grant(&s, 8, 100, "k").err, MCP_E_REFUSED);
    T_EQ(balance_of(&s, 8), 0);
    size_t rows = setting_rows(&s);

    s.wall_ms += DAY_MS + 1;
    T_EQ(grant(&s, 7, 100, "k").err, MCP_OK); /* the day is over */
    T_EQ(balance_of(&s, 7), 211);
    T_EQ(setting_rows(&s), rows + 1 - 3); /* an entry more, and "other" with its answer forgotten */
    setting_close(&s);
}

static void another_token_of_the_owner_does_not_grant_again(void)
{
    mcp_str ask = MCP_STR("{\"external_user_id\":\"7\",\"amount\":5,\"idempotencyKey\":\"k\"}");
    struct mcp_principal who = {.owner = 1, .scopes = "wallet.grant", .rate_per_minute = -1};
    struct setting s;

    begin(&s);
    who.id[0] = 1;
    T_HAS(say_as(&s, &who, "grant_credits", ask).result, "\"duplicate\":false");
    who.id[0] = 2;
    T_HAS(say_as(&s, &who, "grant_credits", ask).result, "\"duplicate\":true");
    who.owner = 2; /* another's name is another */
    T_HAS(say_as(&s, &who, "grant_credits", ask).result, "\"duplicate\":false");
    T_EQ(balance_of(&s, 7), 10);
    setting_close(&s);
}

static void who_is_deleted_gets_nothing(void)
{
    struct mcp_principal who = {.owner = 7, .scopes = "account", .rate_per_minute = -1};
    uint64_t owner = 7;
    struct setting s;

    begin(&s);
    T_EQ(grant(&s, 7, 5, "a").err, MCP_OK);
    struct said got = say_as(&s, &who, "create_checkout", MCP_STR("{\"package_id\":\"starter\"}"));
    mcp_str id = text_of(&got, got.json, "session_id");

    T_EQ(store_write_now(s.store, remove_user, &owner), MCP_OK);
    T_EQ(grant(&s, 7, 5, "b").err, MCP_E_NOT_FOUND);
    T_HAS(about(&s, "approve_order", id).message, "can only be rejected");
    T_EQ(balance_of(&s, 7), 5);
    T_HAS(about(&s, "reject_order", id).result, "\"status\":\"rejected\"");
    T_EQ(wrong(verify(&s)), 0);
    setting_close(&s);
}

static void a_balance_stays_exact_in_json(void)
{
    struct setting s;

    begin(&s);
    T_EQ(grant(&s, 7, LEDGER_MAX, "a").err, MCP_OK);
    SAY_FAILS(&s, "grant_credits", "{'external_user_id':'7','amount':1,'idempotencyKey':'b'}",
              MCP_E_REFUSED, "9007199254740991");
    T_EQ(balance_of(&s, 7), LEDGER_MAX);
    static const char *const WRONG[] = {
        "{'external_user_id':'7','amount':1}",
        "{'external_user_id':'7','amount':0,'idempotencyKey':'x'}",
        "{'external_user_id':'7','amount':-1,'idempotencyKey':'x'}",
        "{'external_user_id':'7','amount':1.5,'idempotencyKey':'x'}",
        "{'external_user_id':'7','amount':9007199254740992,'idempotencyKey':'x'}",
        "{'external_user_id':'7','amount':1,'idempotencyKey':''}",
        "{'external_user_id':'7','amount':1,'idempotencyKey':'x','ref':'a\\u0007'}",
    };
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
        SAY_FAILS(&s, "grant_credits", WRONG[i], MCP_E_INVALID_ARGUMENTS, "");
    }
    static const char *const NOBODY[] = {
        "0", "-1", "07", "x", "9999999999999999999", "1e3", "9", "999999999999999999"};

    for (size_t i = 0; i < sizeof(NOBODY) / sizeof(NOBODY[0]); i++) {
        SAY_FAILS(&s, "grant_credits",
                  mcp_arena_printf(&s.arena,
                                   "{'external_user_id':'%s','amount':1,'idempotencyKey':'x'}",
                                   NOBODY[i])
                      .ptr,
                  MCP_E_NOT_FOUND, "No account");
    }
    setting_close(&s);
}

static void another_account_is_the_operators_to_read(void)
{
    struct mcp_principal mine = {.owner = 7, .scopes = "wallet", .rate_per_minute = -1};
    struct setting s;

    begin(&s);
    T_EQ(grant(&s, 7, 5, "a").err, MCP_OK);
    T_HAS(say_as(&s, &mine, "list_ledger", MCP_STR("{}")).result, "\"balance\":5,");
    T_EQ(say_as(&s, &mine, "list_ledger", MCP_STR("{\"account\":\"8\"}")).err, MCP_E_NOT_FOUND);
    T_EQ(say_as(&s, &mine, "grant_credits", MCP_STR("{}")).err, MCP_E_FORBIDDEN);
    T_EQ(say_as(&s, &mine, "verify_ledger", MCP_STR("{}")).err, MCP_E_FORBIDDEN);
    setting_close(&s);
}

/* ---- Lies ---- */

struct lie {
    uint64_t owner, sequence;
    int what;
    struct seal seal;
};
enum {
    LIE_AMOUNT,
    LIE_FORGED,
    LIE_DROPPED,
    LIE_LAST,
    LIE_WALLET,
    LIE_SWAPPED,
    LIE_ALL,
    LIE_RESERVED,
    LIES
};

static mcp_err get_entry(struct store_txn *txn, uint64_t owner, uint64_t sequence, char *memory,
                         mcp_str *ret)
{
    struct key key = key_sequence(KEY_LEDGER, owner, sequence);
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, NULL);

    if (!err) {
        memcpy(memory, value.ptr, value.len);
        *ret = mcp_str_n(memory, value.len);
    }
    return err;
}

/* One more credit in an entry and all that follows from it, hashed without the key. */
static mcp_err forge(struct store_txn *txn, const struct lie *lie, char *memory, mcp_str value)
{
    struct key key = key_sequence(KEY_LEDGER, lie->owner, lie->sequence);
    static const uint8_t NONE[LEDGER_HASH];
    struct seal keyless = {.has_key = false};
    struct ledger_entry e;

    T_CHECK(ledger_decode(value, LEDGER_VERSION, &e));
    e.sequence = lie->sequence;
    memory[8]++, memory[16]++; /* delta and balance_after */
    e.delta++, e.balance_after++;
    ledger_hash(&keyless, lie->owner, &e, NONE, e.hash);
    memcpy(memory + value.len - LEDGER_HASH, e.hash, LEDGER_HASH);
    return store_put(txn, key_str(&key), value, LEDGER_VERSION);
}

static mcp_err swap(struct store_txn *txn, const struct lie *lie, mcp_str value)
{
    char memory[LEDGER_RECORD_MAX];
    struct key one = key_sequence(KEY_LEDGER, lie->owner, lie->sequence);
    struct key two = key_sequence(KEY_LEDGER, lie->owner, lie->sequence + 1);
    mcp_str other;
    mcp_err err = get_entry(txn, lie->owner, lie->sequence + 1, memory, &other);

    err = err ? err : store_put(txn, key_str(&one), other, LEDGER_VERSION);
    return err ? err : store_put(txn, key_str(&two), value, LEDGER_VERSION);
}

static mcp_err lie_body(struct store_txn *txn, void *arg)
{
    const struct lie *lie = arg;
    struct key key = key_sequence(KEY_LEDGER, lie->owner, lie->sequence);
    struct key all = key_owned(KEY_LEDGER, lie->owner);
    char memory[LEDGER_RECORD_MAX];
    struct wallet wallet;
    size_t n;
    mcp_str value;
    mcp_err err = get_entry(txn, lie->owner, lie->sequence, memory, &value);

    err = err ? err : wallet_get(txn, lie->owner, &wallet);
    T_EQ(err, MCP_OK);
    switch (lie->what) {
    case LIE_AMOUNT:
        memory[8]++;
        return store_put(txn, key_str(&key), value, LEDGER_VERSION);
    case LIE_FORGED:
        return forge(txn, lie, memory, value);
    case LIE_SWAPPED:
        return swap(txn, lie, value);
    case LIE_WALLET:
        wallet.balance++;
        return wallet_put(txn, lie->owner, &wallet);
    case LIE_RESERVED:
        wallet.reserved++;
        return wallet_put(txn, lie->owner, &wallet);
    case LIE_ALL:
        return store_del_range(txn, key_str(&all), mcp_str_n(NULL, 0), 100, &n);
    default:
        return store_del(txn, key_str(&key));
    }
}

static void whoever_changes_an_entry_is_found(void)
{
    static const struct {
        int what;
        uint64_t sequence;
        const char *first;
    } ROWS[LIES] = {
        {LIE_AMOUNT, 1, "\"sequence\":1,\"why\":\"the balance after it"},
        {LIE_FORGED, 0, "\"sequence\":0,\"why\":\"its hash does not follow"},
        {LIE_DROPPED, 1, "\"sequence\":1,\"why\":\"the entry is missing"},
        {LIE_LAST, 2, "\"sequence\":null,\"why\":\"the wallet counts another number"},
        {LIE_WALLET, 1, "\"sequence\":null,\"why\":\"the balance is not the sum"},
        {LIE_SWAPPED, 1, "\"sequence\":1,\"why\":\"the balance after it"},
        {LIE_RESERVED, 0, "\"sequence\":null,\"why\":\"what is reserved is not the sum"},
        {LIE_ALL, 0, "\"sequence\":0,\"why\":\"the entry is missing"},
    };

    for (size_t i = 0; i < LIES; i++) {
        struct setting s;
        struct lie lie = {.owner = 7, .sequence = ROWS[i].sequence, .what = ROWS[i].what};

        begin(&s);
        for (int n = 0; n < 3; n++) {
            char key[] = {(char)('a' + n), '\0'};

            T_EQ(grant(&s, 7, 10 + n, key).err, MCP_OK);
            T_EQ(grant(&s, 8, 10 + n, key).err, MCP_E_REFUSED); /* the key is taken */
            key[0] = (char)('A' + n);
            T_EQ(grant(&s, 8, 10 + n, key).err, MCP_OK);
        }
        T_EQ(wrong(verify(&s)), 0);
        T_EQ(store_write_now(s.store, lie_body, &lie), MCP_OK);
        struct said got = verify(&s);

        T_CHECK(wrong(got) > 0);
        T_HAS(got.result, "\"account\":\"7\"");
        T_HAS(got.result, ROWS[i].first);
        setting_close(&s);
    }
}

/* Whoever has the file and not the key cannot make a chain of their own. */
static void a_chain_is_worth_its_key(void)
{
    struct setting s;
    struct ledger_entry e = {.at_ms = NOW_MS, .delta = 5, .reason = LEDGER_GRANT};
    static const uint8_t NONE[LEDGER_HASH];
    uint8_t keyed[LEDGER_HASH], keyless[LEDGER_HASH];
    struct seal seal;

    begin(&s);
    seal_init(&seal, SECRET);
    ledger_hash(&seal, 7, &e, NONE, keyed);
    seal_init(&seal, NULL);
    ledger_hash(&seal, 7, &e, NONE, keyless);
    T_CHECK(memcmp(keyed, keyless, sizeof(keyed)) != 0);
    ledger_hash(&seal, 8, &e, NONE, keyed);
    T_CHECK(memcmp(keyed, keyless, sizeof(keyed)) != 0); /* an entry is its owner's */
    ledger_hash(&seal, 7, &e, keyless, keyed);
    T_CHECK(memcmp(keyed, keyless, sizeof(keyed)) != 0);
    uint8_t after[LEDGER_HASH];

    ledger_hash(&seal, 7, &e, keyed, after); /* and follows one other entry */
    T_CHECK(memcmp(keyed, after, sizeof(after)) != 0);
    T_EQ(grant(&s, 7, 5, "a").err, MCP_OK);
    T_EQ(tools_check_key(s.store, (const uint8_t *)"another key, of 32 bytes as well"),
         MCP_E_CONFLICT);
    setting_close(&s);
}

struct steps {
    struct ledger_audit a;
    size_t rows;
};

static mcp_err step_body(struct store_txn *txn, void *arg)
{
    struct steps *st = arg;

    return ledger_audit_step(txn, &st->a, st->rows);
}

static void an_audit_is_the_same_in_any_steps(void)
{
    struct setting s;
    struct seal seal;

    begin(&s);
    seal_init(&seal, SECRET);
    for (int i = 0; i < 12; i++) {
        char key[] = {(char)('a' + i), '\0'};

        T_EQ(grant(&s, 5 + i % 3, 1 + i, key).err, MCP_OK);
    }
    for (size_t rows = 1; rows <= 13; rows++) {
        struct steps st = {.a = {.seal = &seal}, .rows = rows};
        int n = 0;

        for (; !st.a.is_over && n < 40; n++) {
            T_EQ(store_read(s.store, step_body, &st), MCP_OK);
            if (n == 1 && rows == 4) { /* an entry more, while it runs */
                T_EQ(grant(&s, 5, 1, "meanwhile").err, MCP_OK);
            }
        }
        ck_assert_msg(st.a.is_over && !st.a.why, "%zu rows a step: %s", rows, st.a.why);
        T_EQ(st.a.accounts, 3);
        T_CHECK(st.a.entries == 12 || st.a.entries == 13);
    }
    setting_close(&s);
}

/* ---- Orders ---- */

static mcp_str order_of(struct setting *s, const char *more)
{
    struct said got = say(s, "create_checkout",
                          mcp_arena_printf(&s->arena, "{'package_id':'starter'%s}", more).ptr);

    T_EQ(got.err, MCP_OK);
    mcp_str id = text_of(&got, got.json, "session_id");

    T_STR(got.result, mcp_arena_printf(&s->arena,
                                       "{\"checkout_url\":\"/account/orders/%.*s\",\"session_id\":"
                                       "\"%.*s\"}",
                                       MCP_STR_ARG(id), MCP_STR_ARG(id))
                          .ptr);
    return id;
}

static void an_order_is_credited_once(void)
{
    struct setting s;

    begin(&s);
    mcp_str id = order_of(&s, "");

    T_HAS(about(&s, "get_order", id).result,
          "\"account\":\"1\",\"status\":\"pending\",\"package_id\":\"starter\",\"price_cents\":500,"
          "\"credits\":4050000,\"created_at\":\"2026-06-17T08:02:11.000Z\",\"ended_at\":null,"
          "\"ledger_id\":null,\"provider\":\"manual\",\"session_id\":null}");
    T_EQ(balance_of(&s, 1), 0);
    s.wall_ms += HOUR_MS;
    struct said first = about(&s, "approve_order", id), again = about(&s, "approve_order", id);

    T_HAS(first.result, "\"status\":\"paid\"");
    T_CHECK(mcp_str_eq(first.result, again.result) && again.is_replayed && !first.is_replayed);
    T_HAS(about(&s, "reject_order", id).message, "approved before");
    T_EQ(balance_of(&s, 1), 4050000);
    T_HAS(say(&s, "list_ledger", "{}").result,
          mcp_arena_printf(&s.arena, "\"reason\":\"purchase\",\"ref\":\"order %.*s\"",
                           MCP_STR_ARG(id))
              .ptr);
    mcp_str other = order_of(&s, "");

    T_HAS(about(&s, "reject_order", other).result, "\"status\":\"rejected\"");
    T_HAS(about(&s, "approve_order", other).message, "rejected before");
    T_EQ(balance_of(&s, 1), 4050000);
    T_EQ(about(&s, "approve_order", MCP_STR("nothing")).err, MCP_E_NOT_FOUND);
    T_EQ(wrong(verify(&s)), 0);
    setting_close(&s);
}

static void an_account_has_ten_orders_that_wait(void)
{
    struct mcp_principal other = {.owner = 2, .scopes = "account", .rate_per_minute = -1};
    struct setting s;
    mcp_str last = MCP_STR("");

    begin(&s);
    mcp_str named = order_of(&s, ",'idempotencyKey':'k'");

    T_CHECK(mcp_str_eq(order_of(&s, ",'idempotencyKey':'k'"), named));
    for (int i = 1; i < ORDERS_PENDING_MAX; i++) {
        s.wall_ms += 1000;
        last = order_of(&s, "");
    }
    SAY_FAILS(&s, "create_checkout", "{'package_id':'pro'}", MCP_E_REFUSED, "10 orders");
    SAY_FAILS(&s, "create_checkout", "{'package_id':'gold'}", MCP_E_INVALID_ARGUMENTS,
              "No package");
    struct said list = say(&s, "list_orders", "{'limit':200}");

    T_EQ(mcp_json_count(at(list.json, "orders")), ORDERS_PENDING_MAX);
    T_CHECK(mcp_str_eq(text_of(&list, mcp_json_first(at(list.json, "orders")), "id"), last));
    T_EQ(about(&s, "reject_order", named).err, MCP_OK);
    T_EQ(mcp_json_count(at(say(&s, "list_orders", "{'status':'pending'}").json, "orders")),
         ORDERS_PENDING_MAX - 1);
    T_EQ(mcp_json_count(at(say(&s, "list_orders", "{'limit':3}").json, "orders")), 3);
    (void)order_of(&s, "");
    T_EQ(say_as(&s, &other, "get_order",
                mcp_arena_printf(&s.arena, "{\"order\":\"%.*s\"}", MCP_STR_ARG(last)))
             .err,
         MCP_E_NOT_FOUND);
    T_EQ(say_as(&s, &other, "approve_order", MCP_STR("{}")).err, MCP_E_FORBIDDEN);
    T_EQ(say_as(&s, &other, "create_checkout", MCP_STR("{\"package_id\":\"pro\"}")).err, MCP_OK);
    setting_close(&s);
}

static void packages_are_those_of_the_contract_or_of_the_options(void)
{
    static const struct {
        const char *text, *why;
    } ROWS[] = {
        {"a=1:1:A", NULL},
        {"big_one-2=10000000000:100000000000000:Gr\xc3\xb6\xc3\x9f"
         "e: 2",
         NULL},
        {"", "its id"},
        {"A=1:1:A", "its id"},
        {"=1:1:A", "its id"},
        {"auto_topoff=1:1:A", "its id"},
        {"a=0:1:A", "its price"},
        {"a=1.5:1:A", "its price"},
        {"a=10000000001:1:A", "its price"},
        {"a", "its price"},
        {"a=1:-1:A", "its credits"},
        {"a=1:100000000000001:A", "its credits"},
        {"a=1:99999999999999999999:A", "its credits"},
        {"a=1", "its credits"},
        {"a=1:1", "its name"},
        {"a=1:1:", "its name"},
        {"a=1:1:\x07", "its name"},
    };
    struct setting s;
    struct package p;

    begin(&s);
    T_STR(
        say(&s, "list_packages", "{}").result,
        "{\"packages\":[{\"id\":\"starter\",\"name\":\"Starter\",\"price_cents\":500,"
        "\"balance_display\":\"$4.05\",\"credits\":4050000},{\"id\":\"basic\",\"name\":\"Basic\","
        "\"price_cents\":1000,\"balance_display\":\"$8.50\",\"credits\":8500000},{\"id\":\"plus\","
        "\"name\":\"Plus\",\"price_cents\":2500,\"balance_display\":\"$22.50\",\"credits\":"
        "22500000},{\"id\":\"pro\",\"name\":\"Pro\",\"price_cents\":5000,\"balance_display\":"
        "\"$46.50\",\"credits\":46500000}]}");
    setting_close(&s);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const char *why = package_parse(mcp_str_c(ROWS[i].text), &p);

        ck_assert_msg(!why == !ROWS[i].why, "%s: %s", ROWS[i].text, why ? why : "is one");
        if (why) {
            T_HAS(mcp_str_c(why), ROWS[i].why);
        }
    }
    T_EQ(package_parse(MCP_STR("a=1:59999:A"), &p) == NULL, 1);
    setting_open_with(&s, &(struct tools_options){.packages = &p, .n_packages = 1});
    T_STR(say(&s, "list_packages", "{}").result,
          "{\"packages\":[{\"id\":\"a\",\"name\":\"A\",\"price_cents\":1,\"balance_display\":"
          "\"$0.05\",\"credits\":59999}]}");
    setting_close(&s);
}

/* ---- Rows ---- */

static void a_row_that_is_cut_or_longer_is_none(void)
{
    struct setting s;
    struct key key = key_sequence(KEY_LEDGER, 7, 0), wallet = key_owned(KEY_WALLET, 7);
    char entry[32 + 24 + 5] = {0}, row[69] = {0};

    begin(&s);
    entry[24] = LEDGER_SPEND;
    for (size_t n = 0; n <= sizeof(entry); n++) {
        bool is_whole = n == 24 + 1 + 2 + 2 + LEDGER_HASH;

        T_CHECK((tools_check_row(key_str(&key), mcp_str_n(entry, n), LEDGER_VERSION) == NULL) ==
                is_whole);
        T_CHECK((tools_check_row(key_str(&wallet), mcp_str_n(row, n), WALLET_VERSION) == NULL) ==
                (n == 68));
    }
    entry[24] = LEDGER_REASONS;
    T_CHECK(tools_check_row(key_str(&key), mcp_str_n(entry, 61), LEDGER_VERSION) != NULL);
    T_CHECK(tools_check_row(key_str(&key), mcp_str_n(entry, 61), LEDGER_VERSION + 1) != NULL);
    setting_close(&s);
}

static const struct t_case cases[] = {
    T(a_grant_is_answered_as_the_contract_says),
    T(the_same_request_grants_once_a_day),
    T(another_token_of_the_owner_does_not_grant_again),
    T(who_is_deleted_gets_nothing),
    T(a_balance_stays_exact_in_json),
    T(another_account_is_the_operators_to_read),
    T(whoever_changes_an_entry_is_found),
    T(a_chain_is_worth_its_key),
    T(an_audit_is_the_same_in_any_steps),
    T(an_order_is_credited_once),
    T(an_account_has_ten_orders_that_wait),
    T(packages_are_those_of_the_contract_or_of_the_options),
    T(a_row_that_is_cut_or_longer_is_none),
};
T_MAIN("ledger", cases)
