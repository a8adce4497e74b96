/* tools/test/usage_test.c - plans, subscriptions, and what they have used; keys that read it. */
#include <tools/month.h>
#include <tools/test/setting.h>
#include <tools/usage.h>
#include <tools/usage_key.h>
#include <tools/usage_once.h>

/* ---- Pure ---- */

static int32_t month(const char *text)
{
    int32_t m = -1;

    T_CHECK(month_parse(mcp_str_c(text), &m));
    return m;
}

static void a_month_is_four_digits_a_hyphen_and_01_to_12(void)
{
    static const char *const WRONG[] = {"",        "2026",     "2026-00", "2026-13", "2026-1",
                                        "2026/01", "02026-01", "-026-01", "2026-1a", "2026-01 "};
    char text[MONTH_TEXT];
    int32_t m = 7;

    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
        T_CHECK(!month_parse(mcp_str_c(WRONG[i]), &m));
    }
    T_EQ(m, 7);
    T_EQ(month("2026-01") - month("2025-12"), 1);
    T_STR(month_format(month("0000-01"), text), "0000-01");
    T_STR(month_format(month("9999-12"), text), "9999-12");
    T_STR(month_name(month("2026-03")), "March");
    T_EQ(month_of(NOW_MS), month("2026-06"));
    T_EQ(month_of(1782864000000 - 1), month("2026-06"));
    T_EQ(month_of(1782864000000), month("2026-07"));
}

static void a_percentage_has_one_decimal_and_is_exact(void)
{
    static const struct {
        int64_t used, allowance;
        const char *percent;
    } ROWS[] = {
        {0, 1, "0"},
        {41353, 1000000, "4.1"},
        {5120088000, 107374182400, "4.8"},
        {1, 2000, "0.1"}, /* 0.05: a half is rounded up */
        {499, 1000000, "0"},
        {500, 1000000, "0.1"},
        {9995, 10000, "100"},
        {9994, 10000, "99.9"},
        {3, 1, "300"},
        {USAGE_MAX, 1, "900719925474099100"},
        {USAGE_MAX, USAGE_MAX, "100"},
        {1, USAGE_MAX, "0"},
    };
    char text[24];

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        T_STR(usage_percent_format(usage_tenths(ROWS[i].used, ROWS[i].allowance), text),
              ROWS[i].percent);
    }
}

static void a_month_holds_2_53_less_one_of_all_kinds_together(void)
{
    struct usage_month m = {0};

    T_CHECK(usage_add(&m, USAGE_HTTP, &(struct usage_count){USAGE_MAX - 2, 5}));
    T_CHECK(usage_add(&m, USAGE_SOCKS, &(struct usage_count){2, 0}));
    T_CHECK(!usage_add(&m, USAGE_INBOUND, &(struct usage_count){1, 0}));
    T_CHECK(!usage_add(&m, USAGE_INBOUND, &(struct usage_count){0, USAGE_MAX - 4}));
    T_CHECK(!usage_add(&m, USAGE_HTTP, &(struct usage_count){-1, 0}));
    T_CHECK(!usage_add(&m, USAGE_HTTP, &(struct usage_count){INT64_MAX, 0}));
    T_EQ(usage_total(&m).requests, USAGE_MAX);
    T_EQ(usage_total(&m).bandwidth_bytes, 5);
}

/* ---- Plans and subscriptions ---- */

static mcp_str begin(struct setting *s)
{
    setting_open(s);
    SAY_OK(s, "add_plan",
           "{'id':'static_enterprise','display_name':'Static: Enterprise','requests':1000000,"
           "'bandwidth_bytes':107374182400}");
    struct said made = say(s, "add_subscription",
                           "{'app_name':'shop','plan':'static_enterprise','platform':'heroku'}");

    T_EQ(made.err, MCP_OK);
    return text_of(&made, made.json, "id");
}

static const char *with(struct setting *s, const char *format, mcp_str id)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    return mcp_arena_printf(&s->arena, format, MCP_STR_ARG(id)).ptr;
#pragma GCC diagnostic pop
}

static struct said ask_as(struct setting *s, uint64_t owner, const char *scopes, const char *tool,
                          const char *arguments)
{
    struct mcp_principal p = {.owner = owner, .rate_per_minute = -1, .id = {(uint8_t)owner}};
    mcp_str text = mcp_arena_dup(&s->arena, mcp_str_c(arguments));

    snprintf(p.scopes, sizeof(p.scopes), "%s", scopes);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'') {
            memcpy((char *)(uintptr_t)(text.ptr + i), "\"", 1);
        }
    }
    return say_as(s, &p, tool, text);
}

static void a_subscription_is_listed_as_the_contract_says(void)
{
    struct setting s;
    mcp_str id = begin(&s);
    struct said list = say(&s, "list_subscriptions", "{}");

    T_EQ(id.len, 14);
    T_STR(list.result,
          with(&s,
               "{\"subscriptions\":[{\"id\":\"%.*s\",\"app_name\":\"shop\",\"plan\":"
               "\"static_enterprise\",\"plan_display\":\"Static: Enterprise\",\"status\":"
               "\"active\",\"platform\":\"heroku\",\"created_at\":\"2026-06-17T08:02:11Z\"}]}",
               id));
    SAY_OK(&s, "edit_subscription", "{'subscription':'shop','status':'suspended'}");
    T_HAS(say(&s, "show_subscription", with(&s, "{'subscription':'%.*s'}", id)).result,
          "\"suspended\",\"platform\":\"heroku\"");
    setting_close(&s);
}

static void a_plan_in_use_stays(void)
{
    struct setting s;

    (void)begin(&s);
    size_t rows = setting_rows(&s);

    SAY_FAILS(&s, "add_plan", "{'id':'static_enterprise'}", MCP_E_CONFLICT, "this id");
    SAY_FAILS(&s, "add_plan", "{'id':'Static'}", MCP_E_INVALID_ARGUMENTS, "id has characters");
    SAY_FAILS(&s, "add_plan", "{'id':'x','requests':0}", MCP_E_INVALID_ARGUMENTS, "requests");
    SAY_FAILS(&s, "remove_plan", "{'plan':'static_enterprise'}", MCP_E_CONFLICT, "is on this plan");
    SAY_FAILS(&s, "remove_plan", "{'plan':'nobody'}", MCP_E_NOT_FOUND, "No plan");
    SAY_FAILS(&s, "add_subscription", "{'app_name':'a','plan':'nobody'}", MCP_E_NOT_FOUND,
              "No plan");
    T_EQ(setting_rows(&s), rows);
    SAY_OK(&s, "record_usage", "{'subscription':'shop','type':'http'}");
    SAY_OK(&s, "remove_subscription", "{'subscription':'shop'}");
    SAY_OK(&s, "remove_plan", "{'plan':'static_enterprise'}");
    T_EQ(setting_rows(&s), 1); /* the counters */
    setting_close(&s);
}

static void a_name_that_several_have_names_none(void)
{
    struct setting s;

    (void)begin(&s);
    SAY_OK(&s, "add_subscription", "{'app_name':'shop','plan':'static_enterprise'}");
    SAY_FAILS(&s, "get_subscription_usage", "{'subscription':'shop'}", MCP_E_NOT_FOUND, "give the");
    SAY_FAILS(&s, "record_usage", "{'subscription':'shop','type':'http'}", MCP_E_NOT_FOUND,
              "give the");
    SAY_FAILS(&s, "remove_subscription", "{'subscription':'shop'}", MCP_E_CONFLICT, "give the");
    setting_close(&s);
}

static void what_is_somebody_elses_is_nobodys(void)
{
    struct setting s;
    mcp_str id = begin(&s);
    const char *theirs = with(&s, "{'subscription':'%.*s'}", id);
    struct said foreign = ask_as(&s, 2, "usage", "get_subscription_usage", theirs);
    struct said missing =
        ask_as(&s, 2, "usage", "get_subscription_usage", "{'subscription':'fksexz1b7td8xv'}");

    T_EQ(foreign.err, MCP_E_NOT_FOUND);
    T_EQ(missing.err, MCP_E_NOT_FOUND);
    T_CHECK(mcp_str_eq(foreign.message, missing.message));
    foreign = ask_as(&s, 2, "usage.record", "record_usage",
                     with(&s, "{'subscription':'%.*s','type':'http'}", id));
    T_EQ(foreign.err, MCP_E_NOT_FOUND);
    T_STR(ask_as(&s, 2, "usage", "list_subscriptions", "{}").result, "{\"subscriptions\":[]}");
    T_EQ(ask_as(&s, 1, "read admin", "list_subscriptions", "{}").err, MCP_E_FORBIDDEN);
    T_EQ(ask_as(&s, 1, "usage", "record_usage", "{'subscription':'shop','type':'http'}").err,
         MCP_E_FORBIDDEN);
    T_EQ(ask_as(&s, 1, "usage", "get_subscription_usage", theirs).err, MCP_OK);
    setting_close(&s);
}

/* ---- Usage ---- */

static void a_month_of_usage_is_as_the_contract_says(void)
{
    struct setting s;
    mcp_str id = begin(&s);

    SAY_OK(&s, "record_usage",
           "{'subscription':'shop','events':["
           "{'type':'http','requests':41233,'bandwidth_bytes':5120000000,"
           "'at':'2026-01-31T23:59:59.999Z'},"
           "{'type':'inbound','requests':120,'bandwidth_bytes':88000,'at':'2026-01-01T00:00:00Z'},"
           "{'type':'http','at':'2026-02-01T00:00:00Z'}]}");
    struct said got = say(&s, "get_subscription_usage",
                          "{'subscription':'shop','from':'2026-01','to':'2026-01'}");

    T_STR(got.result,
          with(&s,
               "{\"subscription_id\":\"%.*s\",\"plan\":\"static_enterprise\",\"plan_display\":"
               "\"Static: Enterprise\",\"allowance\":{\"requests\":1000000,\"bandwidth_bytes\":"
               "107374182400},\"from\":\"2026-01\",\"to\":\"2026-01\",\"usage\":[{\"month\":"
               "\"2026-01\",\"http\":{\"requests\":41233,\"bandwidth_bytes\":5120000000},"
               "\"socks\":{\"requests\":0,\"bandwidth_bytes\":0},\"inbound\":{\"requests\":120,"
               "\"bandwidth_bytes\":88000},\"total\":{\"requests\":41353,\"bandwidth_bytes\":"
               "5120088000,\"requests_percent\":4.1,\"bandwidth_percent\":4.8}}],\"totals\":{"
               "\"http\":{\"requests\":41233,\"bandwidth_bytes\":5120000000},\"socks\":{"
               "\"requests\":0,\"bandwidth_bytes\":0},\"inbound\":{\"requests\":120,"
               "\"bandwidth_bytes\":88000},\"total\":{\"requests\":41353,\"bandwidth_bytes\":"
               "5120088000}}}",
               id));
    T_HAS(got.text, "you used 4.1 % of January's requests (41,353 of 1,000,000) and 4.8 % of");
    setting_close(&s);
}

/* "2026-01 2026-06 6": first, last and number of months. */
static const char *range(struct setting *s, const char *more)
{
    const char *text = mcp_arena_printf(&s->arena, "{'subscription':'shop'%s}", more).ptr;
    struct said got = say(s, "get_subscription_usage", text);
    mcp_str from = text_of(&got, got.json, "from"), to = text_of(&got, got.json, "to");
    mcp_json months = at(got.json, "usage");
    mcp_str first = text_of(&got, mcp_json_first(months), "month");

    if (got.err) {
        T_EQ(got.err, MCP_E_INVALID_ARGUMENTS);
        return "refused";
    }
    T_CHECK(mcp_str_eq(from, first));
    return mcp_arena_printf(&s->arena, "%.*s %.*s %zu", MCP_STR_ARG(from), MCP_STR_ARG(to),
                            mcp_json_count(months))
        .ptr;
}

static void a_range_defaults_to_this_month_and_six_before(void)
{
    static const char *const ROWS[][2] = {
        {"", "2025-12 2026-06 7"},
        {",'from':'2026-05'", "2026-05 2026-06 2"},
        {",'to':'2026-02'", "2025-08 2026-02 7"},
        {",'from':'2026-03','to':'2026-03'", "2026-03 2026-03 1"},
        {",'from':'2023-07'", "2023-07 2026-06 36"},
        {",'from':'2023-06'", "refused"},
        {",'from':'2026-07'", "refused"},
        {",'from':'2026-07','to':'2026-08'", "2026-07 2026-08 2"},
        {",'from':'2026-04','to':'2026-03'", "refused"},
        {",'from':'2026-00'", "refused"},
        {",'to':'2026-13'", "refused"},
        {",'to':'02026-01'", "refused"},
        {",'from':''", "refused"},
        {",'to':'0000-06'", "refused"},
        {",'to':'0000-07'", "0000-01 0000-07 7"},
    };
    struct setting s;

    (void)begin(&s);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        T_STR(mcp_str_c(range(&s, ROWS[i][0])), ROWS[i][1]);
    }
    setting_close(&s);
}

static void without_an_allowance_there_is_no_percentage(void)
{
    struct setting s;

    (void)begin(&s);
    SAY_OK(&s, "add_plan", "{'id':'open','bandwidth_bytes':1000}");
    SAY_OK(&s, "edit_subscription", "{'subscription':'shop','plan':'open'}");
    SAY_OK(&s, "record_usage", "{'subscription':'shop','type':'socks','bandwidth_bytes':1005}");
    struct said got = say(&s, "get_subscription_usage", "{'subscription':'shop'}");

    T_HAS(got.result, "\"allowance\":{\"requests\":null,\"bandwidth_bytes\":1000}");
    T_HAS(got.result, "\"requests_percent\":null,\"bandwidth_percent\":100.5}");
    T_HAS(got.text, "shop, open: you have used 1 of June's requests (unlimited) and 100.5 % of");
    T_HAS(got.text, "\n2026-05: 0 requests; 0 bytes, 0 %\n");
    setting_close(&s);
}

/* ---- Recording ---- */

static int64_t used(struct setting *s)
{
    struct said got = say(s, "get_subscription_usage", "{'subscription':'shop'}");

    return mcp_json_int_or(at(at(at(got.json, "totals"), "total"), "requests"), -1);
}

static void an_event_with_an_id_counts_once(void)
{
    struct setting s;

    (void)begin(&s);
    T_STR(say(&s, "record_usage",
              "{'subscription':'shop','events':[{'type':'http','requests':2,'id':'a'},"
              "{'type':'http','requests':2,'id':'a'},{'type':'http','requests':3,'id':'a'},"
              "{'type':'http','requests':4},{'type':'http','requests':4}]}")
              .result,
          "{\"recorded\":3,\"duplicates\":1,\"conflicts\":1}");
    T_EQ(used(&s), 10);
    s.wall_ms += HOUR_MS;
    SAY_OK(&s, "record_usage",
           "{'subscription':'shop','events':[{'type':'http','requests':2,'id':'a'}]}");
    T_EQ(used(&s), 10);
    SAY_OK(&s, "add_subscription", "{'app_name':'other','plan':'static_enterprise'}");
    T_HAS(say(&s, "record_usage", "{'subscription':'other','type':'http','id':'a'}").result,
          "\"recorded\":1"); /* the ids of one are not those of another */
    setting_close(&s);
}

#define FEED(from, to, more)                                                                       \
    "{'feed':'log','from':'" from "','to':'" to                                                    \
    "','events':[{'subscription':'shop','type':'http','requests':2}" more "]}"

static void a_feed_counts_only_from_where_it_is(void)
{
    struct setting s;

    (void)begin(&s);
    T_HAS(say(&s, "show_usage_feed", "{'feed':'log'}").result,
          "\"place\":\"\",\"recorded\":0,\"at\":null");
    SAY_FAILS(&s, "record_usage_feed", FEED("1", "2", ""), MCP_E_CONFLICT, "elsewhere");
    SAY_OK(&s, "record_usage_feed", FEED("", "1", ""));
    SAY_FAILS(&s, "record_usage_feed", FEED("", "1", ""), MCP_E_CONFLICT, "elsewhere");
    T_EQ(used(&s), 2);
    SAY_FAILS(&s, "record_usage_feed", FEED("1", "2", ",{'subscription':'nobody','type':'http'}"),
              MCP_E_NOT_FOUND, "/events/1/subscription: No subscription");
    SAY_FAILS(&s, "record_usage_feed",
              FEED("1", "2", ",{'subscription':'shop','type':'http','at':'2012-01-01T00:00:00Z'}"),
              MCP_E_INVALID_ARGUMENTS, "/events/1/at: is more than 120 months ago");
    T_EQ(used(&s), 2); /* whole or not at all */
    SAY_OK(&s, "record_usage_feed",
           "{'feed':'log','from':'1','to':'9','check':true,'events':[{'subscription':'shop',"
           "'type':'http'}]}");
    SAY_OK(&s, "record_usage_feed", FEED("1", "2", ""));
    T_EQ(used(&s), 4);
    T_HAS(say(&s, "show_usage_feed", "{'feed':'log'}").result,
          "\"place\":\"2\",\"recorded\":2,\"at\":\"2026-06-17T08:02:11.000Z\"");
    setting_close(&s);
}

static void the_name_of_an_event_is_kept_for_35_days(void)
{
    static const char *const EVENT = "{'subscription':'shop','type':'http','id':'a'}";
    struct setting s;

    (void)begin(&s);
    SAY_OK(&s, "record_usage", EVENT);
    size_t rows = setting_rows(&s);

    s.wall_ms += (int64_t)35 * DAY_MS;
    T_HAS(say(&s, "record_usage", EVENT).result, "\"duplicates\":1");
    s.wall_ms++;
    T_HAS(say(&s, "record_usage", EVENT).result, "\"recorded\":1");
    T_EQ(setting_rows(&s), rows + 1); /* another month, the same name */
    s.wall_ms += (int64_t)36 * DAY_MS;
    SAY_OK(&s, "record_usage", "{'subscription':'shop','type':'http','id':'b'}");
    T_EQ(setting_rows(&s), rows + 2); /* b in the place of a */
    setting_close(&s);
}

struct naming {
    int first, n;
    uint64_t max;
    uint32_t known;
};

static void name_of(struct once *o, int i)
{
    char text[16];
    int n = snprintf(text, sizeof(text), "%d", i);

    once_init(o, (const uint8_t *)"us0123456789abcd", MCP_STR("event"), mcp_str_n(text, (size_t)n),
              MCP_STR("x"));
}

static mcp_err naming_body(struct store_txn *txn, void *arg)
{
    struct naming *g = arg;
    mcp_err err = MCP_OK;

    for (int i = g->first; i < g->first + g->n && !err; i++) {
        struct once o;

        name_of(&o, i);
        err = usage_once_put(txn, 1, &o, g->max, NOW_MS + i);
    }
    return err;
}

static mcp_err knowing_body(struct store_txn *txn, void *arg)
{
    struct naming *g = arg;

    g->known = 0;
    for (int i = g->first; i < g->first + g->n; i++) {
        struct once o;

        name_of(&o, i);
        g->known += usage_once_get(txn, 1, &o, NOW_MS + 100) == MCP_OK;
    }
    return MCP_OK;
}

static void named(struct store_write *w, mcp_err err)
{
    (void)w;
    T_EQ(err, MCP_OK);
}

static void beyond_the_most_the_oldest_names_go(void)
{
    struct naming g = {.first = 0, .n = 20, .max = 8};
    struct store_write w = {.body = naming_body, .arg = &g, .done = named};
    struct setting s;

    (void)begin(&s);
    size_t rows = setting_rows(&s);

    store_submit(s.store, &w);
    store_complete(s.store);
    T_EQ(setting_rows(&s), rows + 1 + 2 * 8);
    T_EQ(store_read(s.store, knowing_body, &g), MCP_OK);
    T_EQ(g.known, 8);
    g = (struct naming){.first = 12, .n = 8};
    T_EQ(store_read(s.store, knowing_body, &g), MCP_OK);
    T_EQ(g.known, 8);
    setting_close(&s);
}

static void a_named_request_counts_once_a_day(void)
{
    static const char *const REQUEST =
        "{'subscription':'shop','type':'http','requests':5,'idempotencyKey':'k'}";
    struct setting s;

    (void)begin(&s);
    SAY_OK(&s, "record_usage", REQUEST);
    T_STR(say(&s, "record_usage", REQUEST).result,
          "{\"recorded\":1,\"duplicates\":0,\"conflicts\":0}");
    T_EQ(used(&s), 5);
    SAY_FAILS(&s, "record_usage",
              "{'subscription':'shop','type':'http','requests':6,'idempotencyKey':'k'}",
              MCP_E_REFUSED, "Idempotency-Key");
    T_EQ(used(&s), 5);
    setting_close(&s);
}

static void a_batch_is_recorded_whole_or_not_at_all(void)
{
    struct setting s;

    (void)begin(&s);
    size_t rows = setting_rows(&s);

    SAY_FAILS(&s, "record_usage",
              "{'subscription':'shop','events':[{'type':'http','id':'x'},"
              "{'type':'http','requests':9007199254740991}]}",
              MCP_E_REFUSED, "9007199254740991");
    SAY_FAILS(&s, "record_usage",
              "{'subscription':'shop','events':[{'type':'http'},{'type':'https'}]}",
              MCP_E_INVALID_ARGUMENTS, "/events/1/type");
    SAY_FAILS(&s, "record_usage", "{'subscription':'shop','type':'http','requests':-1}",
              MCP_E_INVALID_ARGUMENTS, "requests");
    SAY_FAILS(&s, "record_usage",
              timed(&s, "{'subscription':'shop','type':'http','at':'", NOW_MS + 300001, "'}"),
              MCP_E_INVALID_ARGUMENTS, "5 minutes ahead");
    SAY_FAILS(&s, "record_usage",
              "{'subscription':'shop','type':'http','at':'2016-06-30T00:00:00Z'}",
              MCP_E_INVALID_ARGUMENTS, "120 months ago");
    SAY_FAILS(&s, "record_usage", "{'subscription':'shop'}", MCP_E_INVALID_ARGUMENTS, "");
    T_EQ(setting_rows(&s), rows);
    SAY_OK(&s, "record_usage", "{'subscription':'shop','type':'http','at':'2016-07-01T00:00:00Z'}");
    SAY_OK(&s, "record_usage",
           timed(&s, "{'subscription':'shop','type':'http','at':'", NOW_MS + 300000, "'}"));
    setting_close(&s);
}

static void a_batch_has_500_events(void)
{
    struct setting s;
    struct mcp_buf b;

    (void)begin(&s);
    for (int n = 500; n <= 501; n++) {
        mcp_buf_init(&b, 1 << 20);
        mcp_buf_add(&b, MCP_STR("{'subscription':'shop','events':["));
        for (int i = 0; i < n; i++) {
            mcp_buf_printf(&b, "%s{'type':'http','id':'%d'}", i ? "," : "", i);
        }
        mcp_buf_add(&b, MCP_STR("]}"));
        mcp_buf_byte(&b, '\0');
        struct said said = say(&s, "record_usage", mcp_buf_str(&b).ptr);

        T_EQ(said.err, n == 500 ? MCP_OK : MCP_E_INVALID_ARGUMENTS);
        mcp_buf_free(&b);
    }
    T_EQ(used(&s), 500);
    setting_close(&s);
}

/* ---- Keys ---- */

static struct said key(struct setting *s, const char *name, const char *more)
{
    return say(s, "create_token",
               mcp_arena_printf(&s->arena, "{'name':'%s','scopes':['usage']%s}", name, more).ptr);
}

static void a_usage_key_works_for_a_year_at_the_most(void)
{
    struct setting s;
    struct mcp_principal p;

    (void)begin(&s);
    struct said made = key(&s, "monitor", "");
    mcp_str token = text_of(&made, made.json, "token");

    T_CHECK(mcp_str_starts(token, MCP_STR("qg_live_")));
    T_STR(text_of(&made, made.json, "expiresAt"), "2027-06-17T08:02:11.000Z");
    T_EQ(key(&s, "late", ",'expiresAt':'2027-06-17T08:02:11.001Z'").err, MCP_E_INVALID_ARGUMENTS);
    T_EQ(key(&s, "past", ",'expiresAt':'2026-06-17T08:02:10Z'").err, MCP_E_INVALID_ARGUMENTS);
    T_EQ(key(&s, "early", ",'expiresAt':'2027-06-17T08:02:11Z'").err, MCP_OK);
    s.wall_ms = usage_key_last_ms(NOW_MS) - 1;
    T_EQ(tools_verify(s.tools, token, &p), MCP_OK);
    T_CHECK(strcmp(p.scopes, "usage") == 0);
    s.wall_ms++;
    T_EQ(tools_verify(s.tools, token, &p), MCP_E_UNAUTHORIZED);
    int64_t leap_ms = 1835438400000; /* 2028-02-29 */

    T_EQ(usage_key_last_ms(leap_ms) - leap_ms, (int64_t)365 * DAY_MS); /* 2029-02-28 */
    setting_close(&s);
}

static void an_account_has_ten_keys_that_work(void)
{
    struct setting s;

    (void)begin(&s);
    for (int i = 0; i < 9; i++) {
        T_EQ(key(&s, i ? "k" : "first", "").err, MCP_OK);
    }
    T_EQ(key(&s, "short", ",'expiresAt':'2026-06-18T08:02:11Z'").err, MCP_OK);
    SAY_FAILS(&s, "create_token", "{'name':'x','scopes':['usage.record','usage']}", MCP_E_CONFLICT,
              "10 usage keys");
    SAY_OK(&s, "create_token", "{'name':'both','scopes':['read','usage']}"); /* no usage key */
    T_EQ(ask_as(&s, 2, "admin", "create_token", "{'name':'x','scopes':['usage']}").err, MCP_OK);
    SAY_OK(&s, "revoke_token", "{'token':'first'}");
    T_EQ(key(&s, "again", "").err, MCP_OK);
    T_EQ(key(&s, "more", "").err, MCP_E_CONFLICT);
    s.wall_ms += DAY_MS;
    T_EQ(key(&s, "more", "").err, MCP_OK); /* the short one is over */
    setting_close(&s);
}

static void a_key_is_shown_once_and_then_masked(void)
{
    struct setting s;

    (void)begin(&s);
    struct said made = say(&s, "create_key", "{'name':'prod','expires_at':'2027-01-01'}");
    mcp_str key = text_of(&made, made.json, "key"), id = text_of(&made, made.json, "id");
    struct mcp_principal p;

    T_EQ(made.err, MCP_OK);
    T_EQ(tools_verify(s.tools, key, &p), MCP_OK);
    T_CHECK(strcmp(p.scopes, "usage") == 0);
    T_HAS(made.result, "\"scopes\":[\"usage\"],\"created_at\":\"2026-06-17T08:02:11Z\","
                       "\"expires_at\":\"2027-01-01T00:00:00Z\"}");
    struct said list = say(&s, "list_keys", "{}");
    mcp_json row = mcp_json_first(at(list.json, "keys"));

    T_CHECK(!t_has(list.result, key));
    T_STR(text_of(&list, row, "masked"),
          mcp_arena_printf(&s.arena, "qg_live_****%.*s", 4, key.ptr + key.len - 4).ptr);
    T_STR(text_of(&list, row, "status"), "active");
    SAY_OK(&s, "create_token", "{'name':'reader'}"); /* none of these */
    T_EQ(mcp_json_count(at(say(&s, "list_keys", "{}").json, "keys")), 1);
    SAY_FAILS(&s, "revoke_key", "{'key':'reader'}", MCP_E_NOT_FOUND, "No key");
    T_EQ(ask_as(&s, 2, "admin", "revoke_key", with(&s, "{'key':'%.*s'}", id)).err, MCP_E_NOT_FOUND);
    T_EQ(ask_as(&s, 1, "usage", "list_keys", "{}").err, MCP_E_FORBIDDEN);
    SAY_OK(&s, "revoke_key", "{'key':'prod'}");
    T_EQ(tools_verify(s.tools, key, &p), MCP_E_UNAUTHORIZED);
    T_HAS(say(&s, "list_keys", "{}").result, "\"status\":\"revoked\"");
    setting_close(&s);
}

static void a_key_ends_in_the_second_that_is_shown(void)
{
    static const struct {
        const char *more, *expires; /* NULL: refused */
    } ROWS[] = {
        {"", "2027-06-17T08:02:11Z"},
        {",'expires_at':null", "2027-06-17T08:02:11Z"},
        {",'expires_at':'2026-06-17T08:02:12.999Z'", "2026-06-17T08:02:12Z"},
        {",'expires_at':'2026-06-17T10:02:12+02:00'", "2026-06-17T08:02:12Z"},
        {",'expires_at':'2027-06-17'", "2027-06-17T00:00:00Z"},
        {",'expires_at':'2027-06-18'", NULL},
        {",'expires_at':'2027-06-17T08:02:12Z'", NULL},
        {",'expires_at':'2026-06-17'", NULL},
        {",'expires_at':'2026-06-17T08:02:11.999Z'", NULL}, /* floored, it is now */
        {",'expires_at':'2026-06-31'", NULL},
        {",'expires_at':'tomorrow'", NULL},
        {",'expires_at':''", NULL},
    };
    struct setting s;

    (void)begin(&s);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct said made =
            say(&s, "create_key",
                mcp_arena_printf(&s.arena, "{'name':'k','scopes':['usage.record']%s}", ROWS[i].more)
                    .ptr);

        T_EQ(made.err, ROWS[i].expires ? MCP_OK : MCP_E_INVALID_ARGUMENTS);
        T_STR(text_of(&made, made.json, "expires_at"), ROWS[i].expires ? ROWS[i].expires : "");
    }
    for (int i = 5; i < 10; i++) {
        SAY_OK(&s, "create_key", "{'name':'k','scopes':['usage.record','usage']}");
    }
    SAY_FAILS(&s, "create_key", "{'name':'k'}", MCP_E_CONFLICT, "10 usage keys");
    SAY_FAILS(&s, "revoke_key", "{'key':'k'}", MCP_E_NOT_FOUND, "give the id");
    setting_close(&s);
}

static void a_prefix_is_what_the_options_say(void)
{
    struct setting s;

    setting_open_with(&s, &(struct tools_options){.usage_prefix = "acme_u_"});
    struct said made = say(&s, "create_key", "{'name':'k'}");

    T_CHECK(mcp_str_starts(text_of(&made, made.json, "key"), MCP_STR("acme_u_")));
    T_CHECK(mcp_str_starts(text_of(&made, made.json, "masked"), MCP_STR("acme_u_****")));
    T_CHECK(tools_is_prefix(MCP_STR("a_-9")) && !tools_is_prefix(MCP_STR("a b")));
    T_CHECK(!tools_is_prefix(MCP_STR("")));
    setting_close(&s);
}

static void an_edited_plan_is_that_of_its_subscriptions(void)
{
    struct setting s;

    (void)begin(&s);
    SAY_OK(&s, "record_usage", "{'subscription':'shop','type':'http','requests':500}");
    SAY_OK(&s, "edit_plan", "{'plan':'static_enterprise','requests':1000}");
    struct said got = say(&s, "get_subscription_usage", "{'subscription':'shop'}");

    T_HAS(got.result, "\"plan_display\":\"Static: Enterprise\",\"allowance\":{\"requests\":1000,"
                      "\"bandwidth_bytes\":107374182400}");
    T_HAS(got.result, "\"requests_percent\":50,");
    SAY_OK(&s, "edit_plan",
           "{'plan':'static_enterprise','display_name':'Open','bandwidth_bytes':null}");
    T_HAS(say(&s, "list_plans", "{}").result,
          "\"display_name\":\"Open\",\"allowance\":{\"requests\":1000,\"bandwidth_bytes\":null}");
    SAY_FAILS(&s, "edit_plan", "{'plan':'nobody'}", MCP_E_NOT_FOUND, "No plan");
    SAY_FAILS(&s, "edit_plan", "{'plan':'static_enterprise','requests':0}", MCP_E_INVALID_ARGUMENTS,
              "requests");
    setting_close(&s);
}

static const struct t_case cases[] = {
    T(a_month_is_four_digits_a_hyphen_and_01_to_12),
    T(a_percentage_has_one_decimal_and_is_exact),
    T(a_month_holds_2_53_less_one_of_all_kinds_together),
    T(a_subscription_is_listed_as_the_contract_says),
    T(a_plan_in_use_stays),
    T(a_name_that_several_have_names_none),
    T(what_is_somebody_elses_is_nobodys),
    T(a_month_of_usage_is_as_the_contract_says),
    T(a_range_defaults_to_this_month_and_six_before),
    T(without_an_allowance_there_is_no_percentage),
    T(an_event_with_an_id_counts_once),
    T(a_feed_counts_only_from_where_it_is),
    T(the_name_of_an_event_is_kept_for_35_days),
    T(beyond_the_most_the_oldest_names_go),
    T(a_named_request_counts_once_a_day),
    T(a_batch_is_recorded_whole_or_not_at_all),
    T(a_batch_has_500_events),
    T(a_usage_key_works_for_a_year_at_the_most),
    T(an_account_has_ten_keys_that_work),
    T(a_key_is_shown_once_and_then_masked),
    T(a_key_ends_in_the_second_that_is_shown),
    T(a_prefix_is_what_the_options_say),
    T(an_edited_plan_is_that_of_its_subscriptions),
};
T_MAIN("usage", cases)
