/* tools/test/reservation_test.c - credits are admitted once, whatever is asked in whatever order.
 */
#include <tools/name.h>
#include <tools/reservation.h>
#include <tools/test/setting.h>
#include <tools/user.h>

static void begin(struct setting *s, long long credits)
{
    setting_open(s);
    SAY_OK(s, "grant_credits",
           mcp_arena_printf(&s->arena,
                            "{'external_user_id':'1','amount':%lld,'idempotencyKey':'first'}",
                            credits)
               .ptr);
}

static struct said reserve(struct setting *s, long long amount, const char *more)
{
    return say(s, "reserve_credits",
               mcp_arena_printf(&s->arena, "{'amount':%lld%s}", amount, more).ptr);
}

static struct said settle(struct setting *s, mcp_str id, long long amount)
{
    return say(
        s, "settle_reservation",
        mcp_arena_printf(&s->arena, "{'reservation':'%.*s','amount':%lld}", MCP_STR_ARG(id), amount)
            .ptr);
}

static struct said release(struct setting *s, mcp_str id)
{
    return say(s, "release_reservation",
               mcp_arena_printf(&s->arena, "{'reservation':'%.*s'}", MCP_STR_ARG(id)).ptr);
}

static mcp_str id_of(struct said *said)
{
    return text_of(said, said->json, "id");
}

static int64_t of(const struct said *said, const char *name)
{
    return mcp_json_int_or(at(said->json, name), INT64_MIN);
}

static void is_sound(struct setting *s)
{
    T_HAS(say(s, "verify_ledger", "{}").result, "\"wrong\":0,");
}

static void what_is_reserved_is_not_free(void)
{
    struct setting s;

    begin(&s, 100);
    struct said one = reserve(&s, 60, ",'app':'Bot','ref':'job 1'");

    T_STR(one.result,
          mcp_arena_printf(&s.arena,
                           "{\"id\":\"%.*s\",\"status\":\"open\",\"amount\":60,\"settled\":null,"
                           "\"expires_at\":\"2026-06-17T08:07:11.000Z\",\"ledger_id\":null,"
                           "\"balance\":100,\"available\":40}",
                           MCP_STR_ARG(id_of(&one)))
              .ptr);
    SAY_FAILS(&s, "reserve_credits", "{'amount':41}", MCP_E_NO_CREDIT,
              "41 credits were asked for, 40 are free.");
    struct said two = reserve(&s, 40, "");

    T_EQ(of(&two, "available"), 0);
    T_EQ(reserve(&s, 1, "").err, MCP_E_NO_CREDIT);
    is_sound(&s);
    struct said done = settle(&s, id_of(&one), 25);

    T_EQ(of(&done, "settled"), 25);
    T_EQ(of(&done, "balance"), 75);
    T_EQ(of(&done, "available"), 35);
    T_HAS(say(&s, "list_ledger", "{'limit':1}").result,
          "\"delta\":-25,\"balance_after\":75,\"reason\":\"spend\",\"ref\":\"job "
          "1\",\"app\":\"Bot\"");
    T_EQ(of(&done, "amount"), 60);
    struct said freed = release(&s, id_of(&two));

    T_EQ(of(&freed, "available"), 75);
    T_HAS(freed.result, "\"status\":\"released\",\"amount\":40,\"settled\":null");
    is_sound(&s);
    setting_close(&s);
}

static void only_settling_more_makes_a_balance_negative(void)
{
    struct setting s;

    begin(&s, 10);
    struct said one = reserve(&s, 10, "");
    struct said done = settle(&s, id_of(&one), 35);

    T_EQ(of(&done, "balance"), -25);
    T_EQ(of(&done, "available"), -25);
    SAY_FAILS(&s, "reserve_credits", "{'amount':1}", MCP_E_NO_CREDIT, "0 are free");
    SAY_OK(&s, "grant_credits", "{'external_user_id':'1','amount':26,'idempotencyKey':'x'}");
    T_EQ(of(&(struct said){.json = reserve(&s, 1, "").json}, "available"), 0);
    is_sound(&s);
    setting_close(&s);
}

static void the_end_of_one_is_said_again(void)
{
    struct setting s;

    begin(&s, 100);
    struct said one = reserve(&s, 10, ""), two = reserve(&s, 10, "");
    struct said first = settle(&s, id_of(&one), 7), again = settle(&s, id_of(&one), 7);

    T_CHECK(mcp_str_eq(first.result, again.result));
    T_CHECK(again.is_replayed && !first.is_replayed);
    T_EQ(settle(&s, id_of(&one), 8).err, MCP_E_CONFLICT);
    T_HAS(release(&s, id_of(&one)).message, "settled before");
    struct said freed = release(&s, id_of(&two));

    T_CHECK(mcp_str_eq(freed.result, release(&s, id_of(&two)).result));
    T_HAS(settle(&s, id_of(&two), 0).message, "released before");
    T_EQ(settle(&s, MCP_STR("6f9619ff-8b86-4011-b42d-00c04fc964ff"), 1).err, MCP_E_NOT_FOUND);
    T_EQ(settle(&s, MCP_STR("nothing"), 1).err, MCP_E_NOT_FOUND);
    struct said free_of_charge = reserve(&s, 5, "");

    T_HAS(settle(&s, id_of(&free_of_charge), 0).result, "\"settled\":0,");
    T_HAS(settle(&s, id_of(&free_of_charge), 0).result, "\"ledger_id\":null");
    T_HAS(say(&s, "list_ledger", "{}").result, "\"balance\":93,\"reserved\":0");
    setting_close(&s);
}

static void a_named_reservation_is_made_once(void)
{
    struct setting s;

    begin(&s, 100);
    struct said first = reserve(&s, 30, ",'idempotencyKey':'k'");

    T_EQ(settle(&s, id_of(&first), 30).err, MCP_OK);
    struct said again = reserve(&s, 30, ",'idempotencyKey':'k'");

    T_CHECK(mcp_str_eq(first.result, again.result)); /* as it was said, not as it is now */
    T_CHECK(again.is_replayed);
    T_EQ(reserve(&s, 31, ",'idempotencyKey':'k'").err, MCP_E_REFUSED);
    T_HAS(say(&s, "list_ledger", "{}").result, "\"balance\":70,\"reserved\":0");
    /* What was refused was not carried out, and may be asked again. */
    T_EQ(reserve(&s, 71, ",'idempotencyKey':'n'").err, MCP_E_NO_CREDIT);
    SAY_OK(&s, "grant_credits", "{'external_user_id':'1','amount':1,'idempotencyKey':'y'}");
    T_EQ(reserve(&s, 71, ",'idempotencyKey':'n'").err, MCP_OK);
    setting_close(&s);
}

static void it_ends_by_itself(void)
{
    struct setting s;

    begin(&s, 100);
    size_t rows = setting_rows(&s);
    struct said one = reserve(&s, 100, ",'ttl_seconds':1");

    s.wall_ms += 999;
    T_EQ(reserve(&s, 1, "").err, MCP_E_NO_CREDIT);
    s.wall_ms += 1; /* nobody has swept */
    T_HAS(settle(&s, id_of(&one), 1).message, "has expired");
    struct said two = reserve(&s, 100, ",'ttl_seconds':1");

    T_EQ(two.err, MCP_OK);
    T_HAS(settle(&s, id_of(&one), 1).message, "has expired");
    T_EQ(settle(&s, id_of(&two), 1).err, MCP_OK);
    s.wall_ms += RESERVATION_KEPT_MS - 1;
    tools_tick(s.tools);
    store_complete(s.store);
    T_EQ(settle(&s, id_of(&two), 1).err, MCP_OK); /* known still */
    s.wall_ms += 1;
    tools_tick(s.tools);
    store_complete(s.store);
    T_EQ(settle(&s, id_of(&two), 1).err, MCP_E_NOT_FOUND);
    s.wall_ms += RESERVATION_KEPT_MS; /* since the first was swept */
    tools_tick(s.tools);
    store_complete(s.store);
    T_EQ(setting_rows(&s), rows + 2); /* the entry, and the day it was spent on */
    is_sound(&s);
    setting_close(&s);
}

static void another_account_does_not_have_it(void)
{
    struct mcp_principal other = {.owner = 2, .scopes = "wallet", .rate_per_minute = -1};
    struct setting s;

    begin(&s, 100);
    struct said one = reserve(&s, 100, "");
    mcp_str ask = mcp_arena_printf(&s.arena, "{\"reservation\":\"%.*s\",\"amount\":1}",
                                   MCP_STR_ARG(id_of(&one)));

    T_EQ(say_as(&s, &other, "settle_reservation", ask).err, MCP_E_NOT_FOUND);
    T_EQ(say_as(&s, &other, "reserve_credits", MCP_STR("{\"amount\":1}")).err, MCP_E_NO_CREDIT);
    T_EQ(settle(&s, id_of(&one), 1).err, MCP_OK);
    setting_close(&s);
}

enum { MANY = 1100 }; /* more than is looked through before an account's own rows are */

/* Nobody ticks: neither an account's own nor others' expired ones are in the way. */
static void what_has_expired_is_free_unswept(void)
{
    struct mcp_principal other = {.owner = 2, .scopes = "wallet", .rate_per_minute = -1};
    struct setting s;

    begin(&s, MANY);
    struct said kept = reserve(&s, 1, ",'ttl_seconds':60");

    for (int i = 1; i < MANY; i++) {
        T_EQ(reserve(&s, 1, ",'ttl_seconds':1").err, MCP_OK);
    }
    T_EQ(reserve(&s, 1, "").err, MCP_E_NO_CREDIT);
    s.wall_ms += 1000;
    T_HAS(say(&s, "get_balance", "{}").result, "\"reserved\":1,\"available\":1099}");
    T_HAS(say(&s, "list_ledger", "{'limit':1}").result, "\"reserved\":1,");
    T_EQ(say_as(&s, &other, "reserve_credits", MCP_STR("{\"amount\":1}")).err, MCP_E_NO_CREDIT);
    T_EQ(reserve(&s, MANY, "").err, MCP_E_NO_CREDIT);
    struct said all = reserve(&s, MANY - 1, "");

    T_EQ(of(&all, "available"), 0);
    T_EQ(of(&(struct said){.json = settle(&s, id_of(&kept), 0).json}, "available"), 1);
    is_sound(&s);
    for (int i = 0; i < MANY / RESERVATION_STEP + 2; i++) { /* one tick is enough */
        i == 0 ? tools_tick(s.tools) : (void)0;
        store_complete(s.store);
    }
    T_HAS(say(&s, "get_balance", "{}").result, "\"reserved\":1099,\"available\":1}");
    T_EQ(settle(&s, id_of(&all), 0).err, MCP_OK);
    is_sound(&s);
    setting_close(&s);
}

/* Reserving all that can be counted, time and again, unswept. */
static void a_wallet_is_readable_whatever_has_expired(void)
{
    struct setting s;

    begin(&s, LEDGER_MAX);
    for (int i = 0; i < 3; i++) {
        T_EQ(reserve(&s, LEDGER_MAX, ",'ttl_seconds':1").err, MCP_OK);
        s.wall_ms += 1000;
    }
    T_HAS(say(&s, "get_balance", "{}").result, "\"reserved\":0,");
    is_sound(&s);
    setting_close(&s);
}

static mcp_err spoil(struct store_txn *txn, void *arg)
{
    struct key key = key_id(KEY_RESERVATION, 1, arg);

    return store_put(txn, key_str(&key), MCP_STR("x"), RESERVATION_VERSION);
}

static mcp_err unspoil(struct store_txn *txn, void *arg)
{
    struct key key = key_id(KEY_RESERVATION, 1, arg);

    return store_del(txn, key_str(&key));
}

static mcp_err own_wallet(struct store_txn *txn, void *arg)
{
    return wallet_get(txn, 1, arg);
}

static void hear(void *user, enum mcp_log_level level, mcp_str line)
{
    T_EQ(level, MCP_LOG_ERROR);
    T_HAS(line, "1 reservations cannot be ended");
    ++*(int *)user;
}

static void a_damaged_row_stops_nobody(void)
{
    int heard = 0;
    struct tools_options opt = {.log = {.write = hear, .user = &heard, .max = MCP_LOG_WARN}};
    struct wallet wallet;
    struct setting s;
    uint8_t id[16];

    setting_open_with(&s, &opt);
    SAY_OK(&s, "grant_credits", "{'external_user_id':'1','amount':100,'idempotencyKey':'first'}");
    struct said bad = reserve(&s, 10, ",'ttl_seconds':1");

    s.wall_ms += 1;
    struct said good = reserve(&s, 20, ",'ttl_seconds':1");

    T_CHECK(name_id_parse(id_of(&bad), id));
    T_EQ(store_write_now(s.store, spoil, id), MCP_OK);
    s.wall_ms += 1000;
    struct said next = reserve(&s, 90, "");

    T_EQ(next.err, MCP_OK);
    T_EQ(settle(&s, id_of(&next), 1).err, MCP_OK);
    for (int i = 0; i < 2; i++) { /* it is met once */
        tools_tick(s.tools);
        store_complete(s.store);
        T_EQ(heard, 1);
    }
    T_EQ(store_read(s.store, own_wallet, &wallet), MCP_OK);
    T_EQ(wallet.reserved, 10); /* what came after it was swept */
    T_HAS(settle(&s, id_of(&good), 1).message, "has expired");
    T_HAS(say(&s, "get_balance", "{}").result, "\"balance\":99,\"reserved\":10,");
    T_EQ(store_write_now(s.store, unspoil, id), MCP_OK); /* every row is sound at the end */
    setting_close(&s);
}

/* ---- What was spent ---- */

static void spend(struct setting *s, long long credits, const char *app)
{
    struct said one = reserve(s, credits, mcp_arena_printf(&s->arena, ",'app':'%s'", app).ptr);

    T_EQ(settle(s, id_of(&one), credits).err, MCP_OK);
}

static void a_series_has_every_day(void)
{
    static const struct {
        const char *period;
        size_t n;
        int64_t total;
    } ROWS[] = {{"7d", 7, 8}, {"30d", 30, 8}, {"90d", 90, 11}};
    struct setting s;

    begin(&s, 1000);
    spend(&s, 3, "a");
    s.wall_ms += 40 * (int64_t)DAY_MS;
    spend(&s, 7, "b");
    s.wall_ms += DAY_MS;
    spend(&s, 1, "a");
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct said got = say(&s, "get_spend_series",
                              mcp_arena_printf(&s.arena, "{'period':'%s'}", ROWS[i].period).ptr);

        T_EQ(mcp_json_count(at(got.json, "data")), ROWS[i].n);
        T_EQ(of(&got, "total_credits_used"), ROWS[i].total);
        T_HAS(got.result, "{\"date\":\"2026-07-27\",\"credits_used\":7},"
                          "{\"date\":\"2026-07-28\",\"credits_used\":1}]}");
        T_HAS(got.result, "\"credits_used\":0}");
    }
    T_EQ(say(&s, "get_spend_series", "{'period':'8d'}").err, MCP_E_INVALID_ARGUMENTS);
    T_HAS(say(&s, "get_spend_series", "{}").result, "{\"period\":\"30d\",");
    T_HAS(say(&s, "get_spend_series", "{'period':'7d'}").result,
          "\"data\":[{\"date\":\"2026-07-22\",\"credits_used\":0},");
    setting_close(&s);
}

static void apps_are_those_of_thirty_days(void)
{
    struct setting s;

    begin(&s, 1000);
    spend(&s, 500, "Old one");
    s.wall_ms += 29 * (int64_t)DAY_MS;
    spend(&s, 3, "Zed");
    spend(&s, 3, "My Bot");
    spend(&s, 4, "MY BOT");               /* the same; it calls itself so now */
    struct said one = reserve(&s, 9, ""); /* nobody in particular */

    T_EQ(settle(&s, id_of(&one), 9).err, MCP_OK);
    struct said got = say(&s, "list_connected_apps", "{}");

    T_HAS(got.result,
          "{\"apps\":[{\"app_id\":\"old-one\",\"name\":\"Old one\",\"credits_used\":500,"
          "\"last_used_at\":\"2026-06-17T08:02:11.000Z\"},");
    T_HAS(got.result, "{\"app_id\":\"my-bot\",\"name\":\"MY BOT\",\"credits_used\":7,");
    s.wall_ms += DAY_MS;
    got = say(&s, "list_connected_apps", "{}");
    T_EQ(mcp_json_count(at(got.json, "apps")), 2);
    spend(&s, 1, "Zed");
    spend(&s, 3, "Zed");
    T_HAS(say(&s, "list_connected_apps", "{}").result,
          "[{\"app_id\":\"my-bot\",\"name\":\"MY BOT\",\"credits_used\":7,");
    T_HAS(say(&s, "list_connected_apps", "{}").result, "\"name\":\"Zed\",\"credits_used\":7,");
    s.wall_ms += 29 * (int64_t)DAY_MS; /* the slot of its first day is used again */
    spend(&s, 1, "Zed");
    T_HAS(say(&s, "list_connected_apps", "{}").result, "\"name\":\"Zed\",\"credits_used\":5,");
    is_sound(&s);
    setting_close(&s);
}

static void a_balance_is_told_to_its_owner(void)
{
    struct mcp_principal other = {.owner = 2, .scopes = "wallet", .rate_per_minute = -1};
    struct setting s;

    begin(&s, 50);
    T_EQ(reserve(&s, 20, "").err, MCP_OK);
    T_STR(say(&s, "get_balance", "{}").result,
          "{\"wallet\":\"oauth_user\",\"balance\":50,\"reserved\":20,\"available\":30}");
    T_HAS(say_as(&s, &other, "get_balance", MCP_STR("{}")).result, "\"balance\":0,");
    T_EQ(say_as(&s, &other, "get_spend_series", MCP_STR("{}")).err, MCP_E_FORBIDDEN);
    setting_close(&s);
}

/* ---- Topping off ---- */

static mcp_err wants_topoff(struct store_txn *txn, void *arg)
{
    struct user u = {.owner = USER_OPERATOR,
                     .email = MCP_STR("ada@example.com"),
                     .created_ms = NOW_MS,
                     .is_topped_off = true,
                     .topoff_threshold = 50,
                     .topoff_credits = 20001};

    (void)arg;
    name_id_new(u.id);
    return user_add(txn, &u, MCP_STR("no password"), USERS_MAX);
}

static size_t orders(struct setting *s, const char *status)
{
    struct said got =
        say(s, "list_orders", mcp_arena_printf(&s->arena, "{'status':'%s'}", status).ptr);

    return mcp_json_count(at(got.json, "orders"));
}

static void a_crossing_orders_once(void)
{
    struct setting s;

    begin(&s, 100);
    T_EQ(store_write_now(s.store, wants_topoff, NULL), MCP_OK);
    spend(&s, 50, "a"); /* at the threshold, not below */
    T_EQ(orders(&s, "pending"), 0);
    spend(&s, 1, "a");
    T_EQ(orders(&s, "pending"), 1);
    spend(&s, 40, "a"); /* it was below already */
    T_EQ(orders(&s, "pending"), 1);
    struct said list = say(&s, "list_orders", "{}");

    T_HAS(list.result, "\"package_id\":\"auto_topoff\",\"price_cents\":3,\"credits\":20001,");
    mcp_str id = text_of(&list, mcp_json_first(at(list.json, "orders")), "id");

    T_EQ(say(&s, "approve_order",
             mcp_arena_printf(&s.arena, "{'order':'%.*s'}", MCP_STR_ARG(id)).ptr)
             .err,
         MCP_OK);
    T_HAS(say(&s, "list_ledger", "{'limit':1}").result, "\"reason\":\"topoff\"");
    spend(&s, 20000, "a"); /* down again: another one */
    T_EQ(orders(&s, "pending"), 1);
    is_sound(&s);
    setting_close(&s);
}

/* ---- Any order ---- */

enum { OPEN_MAX = 160, ROUNDS = 1000 };

struct model {
    struct setting s;
    uint32_t dice;
    int64_t balance, reserved;
    struct {
        mcp_str id;
        int64_t amount, expires_ms;
    } open[OPEN_MAX];
    size_t n, most;
};

static uint32_t roll(struct model *m, uint32_t sides)
{
    m->dice = m->dice * 1664525u + 1013904223u;
    return (m->dice >> 8) % sides;
}

static void drop(struct model *m, size_t i)
{
    m->reserved -= m->open[i].amount;
    m->open[i] = m->open[--m->n];
}

static void expire(struct model *m)
{
    for (size_t i = m->n; i-- > 0;) {
        if (m->open[i].expires_ms <= m->s.wall_ms) {
            drop(m, i);
        }
    }
}

static void reserve_one(struct model *m)
{
    int64_t amount = 1 + roll(m, 40), ttl = 1 + roll(m, 20);
    const char *more = mcp_arena_printf(&m->s.arena, ",'ttl_seconds':%d", (int)ttl).ptr;
    struct said got = reserve(&m->s, amount, more);
    bool is_free = amount <= m->balance - m->reserved;

    T_EQ(got.err, is_free ? MCP_OK : MCP_E_NO_CREDIT);
    if (is_free) {
        m->reserved += amount;
        m->open[m->n].id = id_of(&got);
        m->open[m->n].amount = amount;
        m->open[m->n++].expires_ms = m->s.wall_ms + ttl * 1000;
        T_EQ(of(&got, "available"), m->balance - m->reserved);
        T_CHECK(m->balance >= m->reserved);
    }
}

static void end_one(struct model *m)
{
    size_t i = roll(m, (uint32_t)m->n);
    int64_t cost = roll(m, 3) ? (int64_t)roll(m, 50) : -1;
    mcp_str id = m->open[i].id;
    struct said got = cost < 0 ? release(&m->s, id) : settle(&m->s, id, cost);

    T_EQ(got.err, MCP_OK);
    m->balance -= cost > 0 ? cost : 0;
    drop(m, i);
    T_EQ(of(&got, "balance"), m->balance);
    T_EQ(of(&got, "available"), m->balance - m->reserved);
}

static void any_order_agrees_with_a_model(void)
{
    struct model m = {.dice = 7, .balance = 2000};

    begin(&m.s, 2000);
    for (int i = 0; i < ROUNDS; i++) {
        switch (roll(&m, 100)) {
        case 0: /* seldom, so that many more than a step expire at once */
            m.s.wall_ms += 1 + roll(&m, 25000);
            break;
        case 1:
        case 2:
        case 3:
            SAY_OK(&m.s, "grant_credits",
                   mcp_arena_printf(&m.s.arena,
                                    "{'external_user_id':'1','amount':300,'idempotencyKey':'n%d'}",
                                    i)
                       .ptr);
            m.balance += 300;
            break;
        case 4:
        case 5:
            tools_tick(m.s.tools);
            store_complete(m.s.store);
            break;
        default:
            expire(&m);
            if (m.n && (m.n == OPEN_MAX || roll(&m, 4) == 0)) {
                end_one(&m);
            } else {
                reserve_one(&m);
            }
        }
        m.most = m.n > m.most ? m.n : m.most;
    }
    T_CHECK(m.most > RESERVATION_STEP);
    is_sound(&m.s);
    setting_close(&m.s);
}

static const struct t_case cases[] = {
    T(what_is_reserved_is_not_free),
    T(only_settling_more_makes_a_balance_negative),
    T(the_end_of_one_is_said_again),
    T(a_named_reservation_is_made_once),
    T(it_ends_by_itself),
    T(what_has_expired_is_free_unswept),
    T(a_wallet_is_readable_whatever_has_expired),
    T(a_damaged_row_stops_nobody),
    T(another_account_does_not_have_it),
    T(a_series_has_every_day),
    T(apps_are_those_of_thirty_days),
    T(a_balance_is_told_to_its_owner),
    T(a_crossing_orders_once),
    T(any_order_agrees_with_a_model),
};
T_MAIN("reservation", cases)
