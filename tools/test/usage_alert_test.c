/* tools/test/usage_alert_test.c - warnings before a month is used up; places of feeds. */
#include <tools/plan.h>
#include <tools/test/setting.h>
#include <tools/usage_alert.h>
#include <tools/usage_feed.h>
#include <tools/webhook_body.h>

static void begin(struct setting *s)
{
    setting_open(s);
    SAY_OK(s, "add_plan",
           "{'id':'static_enterprise','display_name':'Static: Enterprise','requests':1000000,"
           "'bandwidth_bytes':107374182400}");
    SAY_OK(s, "add_subscription", "{'app_name':'shop','plan':'static_enterprise'}");
}

static void a_percentage_is_reached_exactly(void)
{
    static const uint16_t AT[] = {50, 80, 100, 1000};

    T_EQ(usage_alert_reached(499, 1000, AT, 4), 0);
    T_EQ(usage_alert_reached(500, 1000, AT, 4), 50);
    T_EQ(usage_alert_reached(799, 999, AT, 4), 50);
    T_EQ(usage_alert_reached(800, 999, AT, 4), 80);
    T_EQ(usage_alert_reached(USAGE_MAX, USAGE_MAX, AT, 4), 100);
    T_EQ(usage_alert_reached(USAGE_MAX, 1, AT, 4), 1000);
    T_EQ(usage_alert_reached(USAGE_MAX - 1, USAGE_MAX, AT, 4), 80);
    T_EQ(usage_alert_reached(USAGE_MAX, 1, AT, 0), 0);
}

static void count(struct setting *s, int requests, const char *at)
{
    SAY_OK(s, "record_usage",
           mcp_arena_printf(&s->arena, "{'subscription':'shop','type':'http','requests':%d%s}",
                            requests, at)
               .ptr);
}

/* "low shop has used 80 % of June's requests|..." of all alerts, newest first. */
static const char *alerts(struct setting *s)
{
    struct said got = say(s, "list_alerts", "{}");
    const char *all = "";

    for (mcp_json a = mcp_json_first(at(got.json, "alerts")); mcp_json_present(a);
         a = mcp_json_next(at(got.json, "alerts"), a)) {
        mcp_str level = text_of(&got, a, "level"), title = text_of(&got, a, "title");

        all =
            mcp_arena_printf(&s->arena, "%s%.*s %.*s|", all, MCP_STR_ARG(level), MCP_STR_ARG(title))
                .ptr;
    }
    return all;
}

static void each_percentage_is_told_once_a_month(void)
{
    struct setting s;

    begin(&s);
    SAY_OK(&s, "add_plan", "{'id':'small','requests':1000}");
    SAY_OK(&s, "edit_subscription", "{'subscription':'shop','plan':'small'}");
    count(&s, 799, "");
    T_STR(mcp_str_c(alerts(&s)), "");
    count(&s, 1, "");
    T_STR(mcp_str_c(alerts(&s)), "low shop has used 80 % of June's requests|");
    count(&s, 1, "");
    SAY_OK(&s, "edit_plan", "{'plan':'small','alert_percents':[90,50,80]}");
    T_HAS(say(&s, "list_plans", "{}").result, "\"alert_percents\":[50,80,90]");
    count(&s, 98, "");
    T_STR(mcp_str_c(alerts(&s)), "low shop has used 80 % of June's requests|"); /* 899 */
    count(&s, 1, "");
    T_HAS(mcp_str_c(alerts(&s)), "low shop has used 90 % of June's requests|low");
    count(&s, 5000, ",'at':'2026-05-31T23:59:59Z'"); /* no news */
    T_HAS(mcp_str_c(alerts(&s)), "low shop has used 90 % of June's");
    s.wall_ms = 1782864000000; /* July */
    count(&s, 400, ",'at':'2026-06-30T23:59:59Z'");
    count(&s, 499, "");
    T_HAS(mcp_str_c(alerts(&s)), "low shop has used 90 % of June's");
    SAY_OK(&s, "edit_plan", "{'plan':'small','alert_percents':[50,80,100,200]}");
    count(&s, 1600, ""); /* only the highest */
    T_HAS(mcp_str_c(alerts(&s)),
          "critical shop has used 200 % of July's requests|low shop has used 90 % of June's");
    T_HAS(say(&s, "list_alerts", "{'limit':1}").result,
          "\"body\":\"shop is on small and has used 2,099 of the 1,000 requests of 2026-07.\"");
    SAY_OK(&s, "edit_plan", "{'plan':'small','alert_percents':[]}");
    count(&s, 100000, "");
    T_EQ(mcp_json_count(at(say(&s, "list_alerts", "{}").json, "alerts")), 3);
    SAY_OK(&s, "remove_subscription", "{'subscription':'shop'}");
    setting_close(&s);
}

static void requests_and_bytes_are_told_apart(void)
{
    struct setting s;

    begin(&s);

    SAY_OK(&s, "record_usage",
           "{'subscription':'shop','events':[{'type':'http','requests':900000},"
           "{'type':'socks','requests':1,'bandwidth_bytes':107374182400}]}");
    T_STR(mcp_str_c(alerts(&s)), "critical shop has used 100 % of June's bytes|"
                                 "low shop has used 80 % of June's requests|");
    struct said got = say(&s, "list_alerts", "{'level':'critical'}");

    T_HAS(got.result, "\"event\":\"usage.threshold\",\"kind\":\"usage\"");
    struct said shown = say(&s, "show_subscription", "{'subscription':'shop'}");

    T_STR(text_of(&got, mcp_json_first(at(got.json, "alerts")), "subjectId"),
          mcp_arena_printf(&s.arena, "%.*s", MCP_STR_ARG(text_of(&shown, shown.json, "id"))).ptr);
    SAY_OK(&s, "record_usage_feed",
           "{'feed':'f','from':'','to':'1','events':[{'subscription':'shop','type':'http',"
           "'requests':100000}]}");
    T_HAS(mcp_str_c(alerts(&s)), "critical shop has used 100 % of June's requests|critical");
    setting_close(&s);
}

/* 64 counts that share transactions: each percentage is told once. */
static void each_is_told_once_to_many_who_count(void)
{
    enum { N = 64 };
    struct mcp_principal who = tools_operator();
    struct said said[N];
    struct setting s;

    begin(&s);
    SAY_OK(&s, "edit_plan", "{'plan':'static_enterprise','requests':64,'bandwidth_bytes':null}");
    setting_thread(&s);
    for (int i = 0; i < N; i++) {
        said[i] = (struct said){.sink.finish = said_finish, .at = &s};
        mcp_server_invoke(s.server, MCP_STR("record_usage"),
                          MCP_STR("{\"subscription\":\"shop\",\"type\":\"http\"}"), &who,
                          &said[i].sink);
    }
    for (int i = 0; i < N; i++) {
        while (!said[i].finishes) {
            setting_turn(&s);
        }
        T_EQ(said[i].err, MCP_OK);
    }
    T_STR(mcp_str_c(alerts(&s)), "critical shop has used 100 % of June's requests|"
                                 "low shop has used 80 % of June's requests|");
    setting_close(&s);
}

static void what_a_webhook_gets_of_it_is_exactly_this(void)
{
    char line[64];
    struct record_writer w;
    struct mcp_buf out;
    struct alert a = {
        .kind = ALERT_USAGE,
        .level = ALERT_LOW,
        .created_ms = NOW_MS,
        .month = 24317,
        .percent = 80,
        .id = {1},
        .subject_id = "fksexz1b7td8xv",
        .subject = MCP_STR("a<b"),
        .detail = MCP_STR("Static: Enterprise"),
    };

    record_writer_init(&w, line, sizeof(line));
    alert_line_put(&w, &(struct alert_line){MCP_STR("bandwidth_bytes"), MCP_STR(""), 85899345921,
                                            107374182400});
    a.lines = record_writer_str(&w);
    mcp_buf_init(&out, WEBHOOK_BODY_MAX);
    webhook_body_put_generic(&out, &a, MCP_STR("https://c.example/"));
    T_STR(mcp_buf_str(&out),
          "{\"event\":\"usage.threshold\",\"id\":\"01000000-0000-0000-0000-000000000000\","
          "\"level\":\"low\",\"title\":\"a<b has used 80 % of June's bytes\",\"body\":\"a<b is on "
          "Static: Enterprise and has used 85,899,345,921 of the 107,374,182,400 bytes of "
          "2026-06.\",\"subscription\":{\"id\":\"fksexz1b7td8xv\",\"app_name\":\"a<b\","
          "\"plan_display\":\"Static: Enterprise\"},\"month\":\"2026-06\",\"measure\":"
          "\"bandwidth_bytes\",\"percent\":80,\"used\":85899345921,\"allowance\":107374182400,"
          "\"dashboard_url\":\"https://c.example/\",\"created_at\":\"2026-06-17T08:02:11.000Z\"}");
    mcp_buf_clear(&out);
    webhook_body_put_slack(&out, &a, MCP_STR(""));
    T_STR(
        mcp_buf_str(&out),
        "{\"text\":\"a&lt;b has used 80 % of June's bytes: a&lt;b is on Static: Enterprise and "
        "has used 85,899,345,921 of the 107,374,182,400 bytes of 2026-06.\",\"blocks\":[{\"type\":"
        "\"header\",\"text\":{\"type\":\"plain_text\",\"text\":\"a<b has used 80 % of June's "
        "bytes\",\"emoji\":false}},{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\",\"text\":"
        "\"a&lt;b is on Static: Enterprise and has used 85,899,345,921 of the 107,374,182,400 "
        "bytes of 2026-06.\"}}]}");
    mcp_buf_free(&out);
}

static void a_plan_of_an_older_store_has_the_default(void)
{
    char memory[PLAN_RECORD_MAX];
    struct record_writer w;
    struct plan p;

    record_writer_init(&w, memory, sizeof(memory));
    record_put_u8(&w, 1);
    record_put_i64(&w, 7);
    record_put_i64(&w, 0);
    record_put_i64(&w, NOW_MS);
    record_put_str(&w, MCP_STR("p"));
    record_put_str(&w, MCP_STR("Plan"));
    mcp_str v1 = record_writer_str(&w);

    T_CHECK(plan_decode(v1, 1, &p) && p.requests == 7);
    T_CHECK(p.n_percents == 2 && p.percents[0] == 80 && p.percents[1] == 100);
    T_CHECK(!plan_decode(v1, 2, &p));
    T_CHECK(!plan_decode(v1, 3, &p));
    record_put_u8(&w, 2);
    record_put_u32(&w, 90);
    record_put_u32(&w, 90); /* not ascending */
    T_CHECK(!plan_decode(record_writer_str(&w), 2, &p));
}

/* ---- Feeds ---- */

static mcp_err feeds_body(struct store_txn *txn, void *arg)
{
    mcp_err err = MCP_OK;

    (void)arg;
    for (int i = 0; i <= USAGE_FEEDS_MAX && !err; i++) {
        char name[16];
        int n = snprintf(name, sizeof(name), "%d", i);
        struct usage_feed f = {NOW_MS - (i == 7), 1, mcp_str_n(name, (size_t)n), MCP_STR("1")};

        err = usage_feed_put(txn, 1, &f, true);
    }
    return err;
}

static void stored(struct store_write *w, mcp_err err)
{
    (void)w;
    T_EQ(err, MCP_OK);
}

static void the_feed_that_rests_longest_makes_room(void)
{
    struct store_write w = {.body = feeds_body, .done = stored};
    struct setting s;

    begin(&s);
    size_t rows = setting_rows(&s);

    store_submit(s.store, &w);
    store_complete(s.store);
    T_EQ(setting_rows(&s), rows + USAGE_FEEDS_MAX);
    T_HAS(say(&s, "show_usage_feed", "{'feed':'7'}").result, "\"place\":\"\"");
    T_HAS(say(&s, "show_usage_feed", "{'feed':'0'}").result, "\"place\":\"1\"");
    T_HAS(say(&s, "show_usage_feed", "{'feed':'1000'}").result, "\"place\":\"1\"");
    setting_close(&s);
}

static const struct t_case cases[] = {
    T(a_percentage_is_reached_exactly),           T(each_percentage_is_told_once_a_month),
    T(requests_and_bytes_are_told_apart),         T(each_is_told_once_to_many_who_count),
    T(what_a_webhook_gets_of_it_is_exactly_this), T(a_plan_of_an_older_store_has_the_default),
    T(the_feed_that_rests_longest_makes_room),
};
T_MAIN("usage_alert", cases)
