/* tools/test/outbox_test.c - from a reading to a webhook: who is told what, when, and how often.
 * The clock is the test's, the store is real, the receivers are scripted. */
#include <tools/test/sender.h>

#include <tools/alert_raise.h>
#include <tools/outbox.h>

#include <sodium.h>

static const uint8_t KEY[32] = "0123456789abcdef0123456789abcde";
#define HOOK "https://example.org/hooks/0123456789abcdef"

static void open_all(struct setting *s, struct sender *k)
{
    struct tools_options opt = {.seal_key = KEY, .dashboard_url = "https://cistern.example/"};

    setting_open_with(s, &opt);
    sender_open(k, s);
    SAY_OK(s, "add_connection",
           "{'name':'Hunter','toolName':'Hunter','low':100,'critical':10,"
           "'topupUrl':'https://hunter.io/billing'}");
}

/* A reading a second later. */
static void read_balance(struct setting *s, const char *connection, int balance)
{
    s->wall_ms += 1000;
    s->monotonic_ms += 1000;
    SAY_OK(s, "add_reading",
           mcp_arena_printf(&s->arena,
                            "{'connection':'%s','creditType':'verifications','balance':%d,"
                            "'label':'Verifications'}",
                            connection, balance)
               .ptr);
}

static void pass(struct setting *s, int64_t ms)
{
    s->wall_ms += ms;
    s->monotonic_ms += ms;
}

static mcp_str alert_state(struct setting *s, size_t from_newest)
{
    struct said said = say(s, "list_alerts", "{}");

    return text_of(&said, mcp_json_at(at(said.json, "alerts"), from_newest), "state");
}

static mcp_str webhook_state(struct setting *s)
{
    struct said said = say(s, "list_webhooks", "{}");

    return text_of(&said, mcp_json_at(at(said.json, "webhooks"), 0), "state");
}

/* ---- The schedule ---- */

static void the_schedule_is_that_of_standard_webhooks_and_a_little_later(void)
{
    static const int64_t WANT_S[] = {5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400};
    struct outbox_answer no = {.retry_after_ms = -1};
    bool differs = false;

    for (unsigned tries = 1; tries <= 9; tries++) {
        for (uint8_t i = 0; i < 200; i++) {
            uint8_t id[16] = {i, 1, 2};
            int64_t ms = outbox_delay_ms(tries, id), want = 1000 * WANT_S[tries - 1];
            struct outbox_plan p = outbox_decide(&no, tries, id, 5000);

            T_CHECK(ms >= want && ms < want + want / 10);
            T_EQ(ms, outbox_delay_ms(tries, id));
            T_EQ(p.verdict, OUTBOX_RETRY);
            T_EQ(p.due_ms, 5000 + ms);
            differs = differs || ms != outbox_delay_ms(tries, (uint8_t[16]){77, i});
        }
    }
    T_CHECK(differs);
    T_EQ(outbox_decide(&no, 10, (uint8_t[16]){0}, 0).verdict, OUTBOX_PAUSE);
    T_EQ(outbox_decide(&no, 4000000000u, (uint8_t[16]){0}, 0).verdict, OUTBOX_PAUSE);
}

static void an_answer_means_what_the_table_says(void)
{
    static const struct {
        int from, to;
        enum outbox_verdict verdict;
    } ROWS[] = {
        {100, 199, OUTBOX_RETRY}, {200, 299, OUTBOX_DELIVERED}, {300, 399, OUTBOX_PAUSE},
        {400, 407, OUTBOX_PAUSE}, {408, 408, OUTBOX_RETRY},     {409, 409, OUTBOX_PAUSE},
        {410, 410, OUTBOX_GONE},  {411, 424, OUTBOX_PAUSE},     {425, 425, OUTBOX_RETRY},
        {426, 428, OUTBOX_PAUSE}, {429, 429, OUTBOX_RETRY},     {430, 499, OUTBOX_PAUSE},
        {500, 599, OUTBOX_RETRY},
    };

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        for (int status = ROWS[i].from; status <= ROWS[i].to; status++) {
            struct outbox_answer a = {.is_answered = true, .status = status, .retry_after_ms = -1};

            ck_assert_msg(outbox_decide(&a, 1, KEY, 0).verdict == ROWS[i].verdict, "%d", status);
        }
    }
    struct outbox_answer refused = {.is_refused = true, .retry_after_ms = -1};

    T_EQ(outbox_decide(&refused, 1, KEY, 0).verdict, OUTBOX_PAUSE);
}

static void retry_after_is_honoured_up_to_a_day(void)
{
    struct outbox_answer a = {.is_answered = true, .status = 503};

    a.retry_after_ms = 60000;
    T_EQ(outbox_decide(&a, 1, KEY, 1000).due_ms, 61000);
    a.retry_after_ms = 1; /* sooner than the schedule: the schedule */
    T_EQ(outbox_decide(&a, 2, KEY, 0).due_ms, outbox_delay_ms(2, KEY));
    a.retry_after_ms = INT64_MAX;
    T_EQ(outbox_decide(&a, 1, KEY, 0).due_ms, DAY_MS);
    a.retry_after_ms = 60000;
    T_EQ(outbox_decide(&a, 10, KEY, 0).verdict, OUTBOX_PAUSE);
}

/* ---- Who is told ---- */

static void a_fall_below_a_threshold_is_sent_once_to_each_that_wants_it(void)
{
    struct setting s;
    struct sender k;

    open_all(&s, &k);
    SAY_OK(&s, "add_webhook", "{'name':'all','url':'" HOOK "'}");
    SAY_OK(&s, "add_webhook", "{'name':'worst','url':'" HOOK "','level':'critical'}");
    read_balance(&s, "Hunter", 500);
    T_EQ(sender_run(&k), 0);
    read_balance(&s, "Hunter", 90);
    T_EQ(sender_run(&k), 1);
    T_STR(last_sent(&k)->url, HOOK);
    T_HAS(last_sent(&k)->body, "\"event\":\"quota.alert.low\"");
    read_balance(&s, "Hunter", 80);
    T_EQ(sender_run(&k), 0);
    read_balance(&s, "Hunter", 9);
    T_EQ(sender_run(&k), 2);
    T_HAS(last_sent(&k)->body, "\"event\":\"quota.alert.critical\"");
    read_balance(&s, "Hunter", 8);
    T_EQ(sender_run(&k), 0);
    read_balance(&s, "Hunter", 1000);
    read_balance(&s, "Hunter", 99);
    T_EQ(sender_run(&k), 1);
    setting_close(&s);
}

static void the_body_and_the_headers_are_those_of_the_contract(void)
{
    struct setting s;
    struct sender k;

    open_all(&s, &k);
    struct said said = say(&s, "show_connection", "{'connection':'Hunter'}");
    mcp_str id = text_of(&said, said.json, "id");

    SAY_OK(&s, "add_webhook", "{'name':'plain','url':'" HOOK "','signed':false}");
    read_balance(&s, "Hunter", 42);
    T_EQ(sender_run(&k), 1);
    struct sent *m = last_sent(&k);
    struct said alerts = say(&s, "list_alerts", "{}");
    mcp_str alert = text_of(&alerts, mcp_json_at(at(alerts.json, "alerts"), 0), "id");

    T_STR(m->body,
          mcp_arena_printf(
              &s.arena,
              "{\"event\":\"quota.alert.low\",\"id\":\"%.*s\",\"level\":\"low\",\"title\":\"Hunter "
              "is running low\",\"body\":\"Hunter crossed low threshold for Verifications.\","
              "\"tool\":{\"name\":\"Hunter\"},\"connection\":{\"id\":\"%.*s\",\"name\":\"Hunter\"},"
              "\"pools\":[{\"label\":\"Verifications\",\"balance\":42,\"threshold\":100,\"unit\":"
              "\"credits\"}],\"dashboard_url\":\"https://cistern.example/\",\"topup_url\":"
              "\"https://hunter.io/billing\",\"created_at\":\"2026-06-17T08:02:12.000Z\"}",
              MCP_STR_ARG(alert), MCP_STR_ARG(id))
              .ptr);
    T_EQ(m->n_headers, 3);
    T_STR(header_of(m, "content-type"), "application/json");
    T_STR(header_of(m, "user-agent"), "Cistern/1.0");
    T_EQ(header_of(m, "idempotency-key").len, 36);
    setting_close(&s);
}

/* The signature that a receiver computes. */
static mcp_str expected_signature(struct setting *s, const struct sent *m, mcp_str secret)
{
    uint8_t key[64], mac[32];
    char text[45];
    size_t n = 0;
    mcp_str signed_text =
        mcp_arena_printf(&s->arena, "%.*s.%.*s.%.*s", MCP_STR_ARG(header_of(m, "webhook-id")),
                         MCP_STR_ARG(header_of(m, "webhook-timestamp")), MCP_STR_ARG(m->body));

    T_CHECK(mcp_str_starts(secret, MCP_STR("whsec_")));
    T_EQ(sodium_base642bin(key, sizeof(key), secret.ptr + 6, secret.len - 6, NULL, &n, NULL,
                           sodium_base64_VARIANT_ORIGINAL),
         0);
    T_EQ(n, 32);
    crypto_auth_hmacsha256_state h;

    crypto_auth_hmacsha256_init(&h, key, n);
    crypto_auth_hmacsha256_update(&h, (const uint8_t *)signed_text.ptr, signed_text.len);
    crypto_auth_hmacsha256_final(&h, mac);
    sodium_bin2base64(text, sizeof(text), mac, 32, sodium_base64_VARIANT_ORIGINAL);
    return mcp_arena_printf(&s->arena, "v1,%s", text);
}

static void a_message_is_signed_and_while_secrets_overlap_with_both(void)
{
    struct setting s;
    struct sender k;

    open_all(&s, &k);
    struct said added = say(&s, "add_webhook", "{'name':'signed','url':'" HOOK "'}");
    mcp_str first = text_of(&added, added.json, "secret");

    read_balance(&s, "Hunter", 42);
    T_EQ(sender_run(&k), 1);
    struct sent *m = last_sent(&k);

    T_STR(header_of(m, "webhook-timestamp"), "1781683332");
    T_CHECK(mcp_str_eq(header_of(m, "webhook-id"), header_of(m, "idempotency-key")));
    T_CHECK(mcp_str_eq(header_of(m, "webhook-signature"), expected_signature(&s, m, first)));
    T_CHECK(mcp_str_starts(header_of(m, "x-cistern-signature"), MCP_STR("sha256=")));
    struct said rotated = say(&s, "rotate_webhook", "{'webhook':'signed','overlapSeconds':3600}");
    mcp_str second = text_of(&rotated, rotated.json, "secret");

    T_CHECK(!mcp_str_eq(first, second));
    read_balance(&s, "Hunter", 4);
    T_EQ(sender_run(&k), 1);
    m = last_sent(&k);
    mcp_str both =
        mcp_arena_printf(&s.arena, "%.*s %.*s", MCP_STR_ARG(expected_signature(&s, m, second)),
                         MCP_STR_ARG(expected_signature(&s, m, first)));

    T_CHECK(mcp_str_eq(header_of(m, "webhook-signature"), both));
    pass(&s, HOUR_MS);
    read_balance(&s, "Hunter", 400);
    read_balance(&s, "Hunter", 4);
    T_EQ(sender_run(&k), 1);
    m = last_sent(&k);
    T_CHECK(mcp_str_eq(header_of(m, "webhook-signature"), expected_signature(&s, m, second)));
    setting_close(&s);
}

static void without_a_taker_the_mark_moves_at_once(void)
{
    struct setting s;
    struct sender k;

    open_all(&s, &k);
    read_balance(&s, "Hunter", 42);
    T_STR(alert_state(&s, 0), "unsent");
    SAY_OK(&s, "add_webhook", "{'name':'late','url':'" HOOK "'}");
    read_balance(&s, "Hunter", 41);
    T_EQ(sender_run(&k), 0); /* it was low before anybody cared */
    read_balance(&s, "Hunter", 4);
    T_EQ(sender_run(&k), 1);
    T_STR(alert_state(&s, 0), "sent");
    setting_close(&s);
}

static void what_says_nothing_about_now_raises_nothing(void)
{
    struct setting s;
    struct sender k;

    open_all(&s, &k);
    SAY_OK(&s, "add_webhook", "{'name':'w','url':'" HOOK "'}");
    SAY_OK(&s, "add_reading",
           timed(&s, "{'connection':'Hunter','creditType':'a','balance':1,'recordedAt':'",
                 s.wall_ms - 91 * MINUTE_MS, "'}"));
    SAY_OK(&s, "edit_connection", "{'connection':'Hunter','status':'error'}");
    read_balance(&s, "Hunter", 1);
    T_EQ(sender_run(&k), 0);
    SAY_OK(&s, "edit_connection", "{'connection':'Hunter','status':'active'}");
    T_EQ(sender_run(&k), 1); /* now it is known */
    /* a late reading is history */
    read_balance(&s, "Hunter", 1000);
    SAY_OK(&s, "add_reading",
           timed(&s,
                 "{'connection':'Hunter','creditType':'verifications','balance':1,'recordedAt':'",
                 s.wall_ms - 30 * MINUTE_MS, "'}"));
    T_EQ(sender_run(&k), 0);
    setting_close(&s);
}

static void a_muted_connection_is_silent_and_what_was_on_its_way_is_taken_back(void)
{
    struct setting s;
    struct sender k;

    open_all(&s, &k);
    SAY_OK(&s, "add_webhook", "{'name':'w','url':'" HOOK "'}");
    SAY_OK(&s, "edit_connection", "{'connection':'Hunter','alertEnabled':false}");
    read_balance(&s, "Hunter", 42);
    T_EQ(sender_run(&k), 0);
    SAY_OK(&s, "edit_connection", "{'connection':'Hunter','alertEnabled':true}");
    k.status = 500;
    T_EQ(sender_run(&k), 1);
    SAY_OK(&s, "edit_connection", "{'connection':'Hunter','alertEnabled':false}");
    log_is(&s, 0, "cancelled muted");
    T_STR(alert_state(&s, 0), "withdrawn");
    pass(&s, HOUR_MS);
    T_EQ(sender_run(&k), 0);
    k.status = 200;
    SAY_OK(&s, "edit_connection", "{'connection':'Hunter','alertEnabled':true}");
    read_balance(&s, "Hunter", 41);
    T_EQ(sender_run(&k), 1); /* nobody had been told */
    setting_close(&s);
}

/* ---- On its way ---- */

static void critical_supersedes_a_low_that_is_on_its_way(void)
{
    struct setting s;
    struct sender k;

    open_all(&s, &k);
    SAY_OK(&s, "add_webhook", "{'name':'w','url':'" HOOK "'}");
    k.status = 0;
    read_balance(&s, "Hunter", 42);
    T_EQ(sender_run(&k), 1);
    read_balance(&s, "Hunter", 4);
    log_is(&s, 1, "cancelled superseded");
    T_STR(alert_state(&s, 1), "superseded");
    k.status = 200;
    pass(&s, DAY_MS);
    T_EQ(sender_run(&k), 1);
    T_HAS(last_sent(&k)->body, "quota.alert.critical");
    setting_close(&s);
}

static void healed_cancels_what_is_on_its_way(void)
{
    struct setting s;
    struct sender k;

    open_all(&s, &k);
    SAY_OK(&s, "add_webhook", "{'name':'w','url':'" HOOK "'}");
    k.status = 503;
    read_balance(&s, "Hunter", 42);
    T_EQ(sender_run(&k), 1);
    read_balance(&s, "Hunter", 500);
    log_is(&s, 0, "cancelled healed");
    T_STR(alert_state(&s, 0), "withdrawn");
    pass(&s, DAY_MS);
    T_EQ(sender_run(&k), 0);
    setting_close(&s);
}

static void what_is_in_flight_while_it_is_taken_back_ends_there(void)
{
    struct setting s;
    struct sender k;

    open_all(&s, &k);
    SAY_OK(&s, "add_webhook", "{'name':'w','url':'" HOOK "'}");
    k.keeps = true;
    read_balance(&s, "Hunter", 42);
    T_EQ(sender_run(&k), 1);
    log_is(&s, 0, "sending");
    read_balance(&s, "Hunter", 500);
    log_is(&s, 0, "cancelled healed");
    sender_answer(&k, last_sent(&k), 500);
    store_complete(s.store);
    log_is(&s, 0, "cancelled healed");
    pass(&s, DAY_MS);
    T_EQ(sender_run(&k), 0);
    read_balance(&s, "Hunter", 42);
    T_EQ(sender_run(&k), 1);
    read_balance(&s, "Hunter", 500);
    sender_answer(&k, last_sent(&k), 200);
    store_complete(s.store);
    log_is(&s, 0, "delivered"); /* it was */
    setting_close(&s);
}

static void a_failing_receiver_is_tried_ten_times_then_paused_until_edited(void)
{
    struct setting s;
    struct sender k;

    open_all(&s, &k);
    SAY_OK(&s, "add_webhook", "{'name':'w','url':'" HOOK "'}");
    k.status = 502;
    read_balance(&s, "Hunter", 42);
    int64_t begun = s.wall_ms;

    for (int minute = 0; minute < 5 * 24 * 60; minute++) {
        sender_run(&k);
        pass(&s, MINUTE_MS);
    }
    static const int64_t AFTER_S[] = {0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400};
    int64_t at_ms = begun;

    T_EQ(k.n, 10);
    for (size_t i = 0; i < 10; i++) {
        int64_t earliest = at_ms + 1000 * AFTER_S[i], gap = k.list[i].at_ms - earliest;

        ck_assert_msg(gap >= 0 && gap <= 100 * AFTER_S[i] + MINUTE_MS, "attempt %zu: %lld ms", i,
                      (long long)gap);
        T_CHECK(mcp_str_eq(k.list[i].body, k.list[0].body));
        T_CHECK(
            mcp_str_eq(header_of(&k.list[i], "webhook-id"), header_of(&k.list[0], "webhook-id")));
        at_ms = k.list[i].at_ms;
    }
    T_STR(webhook_state(&s), "paused");
    log_is(&s, 0, "held");
    struct said said = say(&s, "list_webhooks", "{}");

    T_HAS(said.result, "tried 10 times in vain; it answered 502");
    /* A test that fails, or works, does not resume it. */
    SAY_OK(&s, "test_webhook", "{'webhook':'w'}");
    T_EQ(sender_run(&k), 1);
    k.status = 200;
    SAY_OK(&s, "test_webhook", "{'webhook':'w'}");
    T_EQ(sender_run(&k), 1);
    T_STR(webhook_state(&s), "paused");
    pass(&s, 40 * (int64_t)DAY_MS);
    T_EQ(sender_run(&k), 0);
    SAY_OK(&s, "edit_webhook", "{'webhook':'w','level':'low'}");
    T_EQ(sender_run(&k), 1);
    T_HAS(last_sent(&k)->body, "quota.alert.low");
    T_STR(webhook_state(&s), "active");
    setting_close(&s);
}

static void retry_after_moves_the_next_attempt(void)
{
    struct setting s;
    struct sender k;

    open_all(&s, &k);
    SAY_OK(&s, "add_webhook", "{'name':'w','url':'" HOOK "'}");
    k.status = 429;
    k.retry_after_ms = HOUR_MS;
    read_balance(&s, "Hunter", 42);
    T_EQ(sender_run(&k), 1);
    pass(&s, HOUR_MS - 1);
    T_EQ(sender_run(&k), 0);
    pass(&s, 1);
    T_EQ(sender_run(&k), 1);
    setting_close(&s);
}

static int fails_for_a(const struct sent *m)
{
    return t_has(m->url, MCP_STR("org/a")) ? 404 : 200;
}

static void a_permanent_failure_pauses_and_tells_the_others(void)
{
    struct setting s;
    struct sender k;

    open_all(&s, &k);
    SAY_OK(&s, "add_webhook", "{'name':'broken','url':'https://example.org/a','level':'low'}");
    SAY_OK(&s, "add_webhook", "{'name':'good','url':'https://example.org/b','level':'critical'}");
    k.status_for = fails_for_a;
    read_balance(&s, "Hunter", 42);
    T_EQ(sender_run(&k), 2); /* the notice went to the other one */
    T_STR(last_sent(&k)->url, "https://example.org/b");
    T_HAS(last_sent(&k)->body, "\"event\":\"webhook.stopped\"");
    T_HAS(last_sent(&k)->body, "\"reason\":\"it answered 404\"");
    T_STR(webhook_state(&s), "paused");
    /* What comes meanwhile waits with it. */
    read_balance(&s, "Hunter", 500);
    read_balance(&s, "Hunter", 43);
    T_EQ(sender_run(&k), 0);
    log_is(&s, 0, "held");
    SAY_OK(&s, "edit_webhook", "{'webhook':'broken','url':'https://example.org/c'}");
    T_EQ(sender_run(&k), 1);
    T_STR(last_sent(&k)->url, "https://example.org/c");
    T_HAS(last_sent(&k)->body, "\"balance\":43");
    setting_close(&s);
}

static void gone_disables_it_and_the_next_reading_tells_whoever_is_left(void)
{
    struct setting s;
    struct sender k;

    open_all(&s, &k);
    SAY_OK(&s, "add_webhook", "{'name':'w','url':'" HOOK "'}");
    k.status = 410;
    read_balance(&s, "Hunter", 42);
    T_EQ(sender_run(&k), 1);
    T_STR(webhook_state(&s), "disabled");
    log_is(&s, 0, "cancelled gone");
    T_STR(alert_state(&s, 1), "unsent");
    SAY_OK(&s, "add_webhook", "{'name':'new','url':'" HOOK "'}");
    k.status = 200;
    read_balance(&s, "Hunter", 41);
    T_EQ(sender_run(&k), 1); /* raised again: nobody had been told */
    SAY_FAILS(&s, "test_webhook", "{'webhook':'w'}", MCP_E_REFUSED, "disabled");
    SAY_OK(&s, "edit_webhook", "{'webhook':'w','enabled':true}");
    SAY_OK(&s, "test_webhook", "{'webhook':'w'}");
    T_EQ(sender_run(&k), 1);
    setting_close(&s);
}

static void a_removed_webhook_gets_nothing_more(void)
{
    struct setting s;
    struct sender k;

    open_all(&s, &k);
    SAY_OK(&s, "add_webhook", "{'name':'w','url':'" HOOK "'}");
    k.status = 500;
    read_balance(&s, "Hunter", 42);
    T_EQ(sender_run(&k), 1);
    SAY_OK(&s, "remove_webhook", "{'webhook':'w'}");
    T_EQ(sender_run(&k), 0);
    log_is(&s, 0, "cancelled gone");
    pass(&s, DAY_MS);
    T_EQ(sender_run(&k), 0);
    read_balance(&s, "Hunter", 41);
    T_STR(alert_state(&s, 0), "unsent");
    setting_close(&s);
}

static void a_removed_connection_leaves_nothing_behind(void)
{
    struct setting s;
    struct sender k;

    open_all(&s, &k);
    SAY_OK(&s, "add_webhook", "{'name':'w','url':'" HOOK "'}");
    k.status = 500;
    read_balance(&s, "Hunter", 42);
    T_EQ(sender_run(&k), 1);
    SAY_OK(&s, "remove_connection", "{'connection':'Hunter'}");
    log_is(&s, 0, "cancelled muted");
    pass(&s, DAY_MS);
    T_EQ(sender_run(&k), 0);
    /* webhook, alert, delivery, the outbox's and the owner's counters, the key's mark */
    T_EQ(setting_rows(&s), 6);
    setting_close(&s);
}

static void the_first_delivery_moves_the_mark_and_the_others_still_arrive(void)
{
    struct setting s;
    struct sender k;

    open_all(&s, &k);
    SAY_OK(&s, "add_webhook", "{'name':'a','url':'https://example.org/a'}");
    SAY_OK(&s, "add_webhook", "{'name':'b','url':'https://example.org/b'}");
    k.keeps = true;
    read_balance(&s, "Hunter", 42);
    T_EQ(sender_run(&k), 2);
    sender_answer(&k, &k.list[0], 200);
    sender_answer(&k, &k.list[1], 500);
    store_complete(s.store);
    T_STR(alert_state(&s, 0), "sent");
    pass(&s, MINUTE_MS);
    T_EQ(sender_run(&k), 1);
    T_STR(last_sent(&k)->url, "https://example.org/b");
    /* and a recovery cancels what is still on its way, although somebody was told */
    sender_answer(&k, last_sent(&k), 500);
    store_complete(s.store);
    read_balance(&s, "Hunter", 500);
    log_is(&s, 0, "cancelled healed");
    T_STR(alert_state(&s, 0), "sent");
    setting_close(&s);
}

/* ---- Several at once, several processes ---- */

static int fails_for_slow(const struct sent *m)
{
    return t_has(m->url, MCP_STR("/slow")) ? 0 : 200;
}

static void a_slow_webhook_holds_nobody_up(void)
{
    struct setting s;
    struct sender k;
    size_t slow = 0, quick = 0;

    open_all(&s, &k);
    SAY_OK(&s, "add_webhook", "{'name':'slow','url':'https://example.org/slow'}");
    for (int i = 0; i < 20; i++) {
        const char *name = mcp_arena_printf(&s.arena, "c%d", i).ptr;

        SAY_OK(&s, "add_connection",
               mcp_arena_printf(&s.arena, "{'name':'%s','toolName':'t','low':100}", name).ptr);
        read_balance(&s, name, 1);
    }
    SAY_OK(&s, "add_webhook", "{'name':'quick','url':'https://example.org/quick'}");
    read_balance(&s, "Hunter", 42);
    k.keeps = true;
    sender_run(&k);
    for (size_t i = 0; i < k.n; i++) {
        slow += t_has(k.list[i].url, MCP_STR("/slow"));
        quick += t_has(k.list[i].url, MCP_STR("/quick"));
    }
    T_EQ(slow, 2);
    T_EQ(quick, 1);
    k.keeps = false;
    k.status_for = fails_for_slow;
    sender_run(&k);
    pass(&s, DAY_MS);
    setting_close(&s);
}

static void all_webhooks_get_their_turn(void)
{
    struct setting s;
    struct sender k;
    unsigned seen[12] = {0};

    open_all(&s, &k);
    for (int i = 0; i < 12; i++) {
        SAY_OK(&s, "add_webhook",
               mcp_arena_printf(&s.arena, "{'name':'w%d','url':'https://example.org/%02d'}", i, i)
                   .ptr);
    }
    for (int i = 0; i < 3; i++) {
        SAY_OK(&s, "add_connection",
               mcp_arena_printf(&s.arena, "{'name':'c%d','toolName':'t','low':100}", i).ptr);
        read_balance(&s, mcp_arena_printf(&s.arena, "c%d", i).ptr, 1);
    }
    T_EQ(sender_run(&k), 36);
    for (size_t i = 0; i < k.n; i++) {
        mcp_str url = k.list[i].url;

        seen[(url.ptr[url.len - 2] - '0') * 10 + url.ptr[url.len - 1] - '0']++;
    }
    for (int i = 0; i < 12; i++) {
        T_EQ(seen[i], 3);
    }
    setting_close(&s);
}

static void a_claim_of_a_dead_process_lapses_and_is_sent_once_more(void)
{
    struct setting s;
    struct sender k, other;
    struct tools_options opt = {.seal_key = KEY};

    open_all(&s, &k);
    struct tools *second = setting_tools(&s, &opt);

    sender_open_for(&other, &s, second);
    SAY_OK(&s, "add_webhook", "{'name':'w','url':'" HOOK "'}");
    k.keeps = true;
    read_balance(&s, "Hunter", 42);
    T_EQ(sender_run(&k), 1);
    T_EQ(sender_run(&other), 0); /* it is claimed */
    pass(&s, MINUTE_MS - 1);
    T_EQ(sender_run(&other), 0);
    pass(&s, 2);
    T_EQ(sender_run(&k), 0); /* it knows that its own one is still under way */
    T_EQ(sender_run(&other), 1);
    T_CHECK(
        mcp_str_eq(header_of(&k.list[0], "webhook-id"), header_of(&other.list[0], "webhook-id")));
    log_is(&s, 0, "delivered");
    sender_answer(&k, &k.list[0], 500); /* what the first one says now does not count */
    store_complete(s.store);
    log_is(&s, 0, "delivered");
    pass(&s, DAY_MS);
    T_EQ(sender_run(&k) + sender_run(&other), 0);
    tools_free(second);
    setting_close(&s);
}

static void two_processes_share_the_work_and_nothing_is_sent_twice(void)
{
    struct setting s;
    struct sender k, other;
    struct tools_options opt = {.seal_key = KEY};

    open_all(&s, &k);
    struct tools *second = setting_tools(&s, &opt);

    sender_open_for(&other, &s, second);
    SAY_OK(&s, "add_webhook", "{'name':'w','url':'" HOOK "'}");
    for (int i = 0; i < 40; i++) {
        const char *name = mcp_arena_printf(&s.arena, "c%d", i).ptr;

        SAY_OK(&s, "add_connection",
               mcp_arena_printf(&s.arena, "{'name':'%s','toolName':'t','low':100}", name).ptr);
        read_balance(&s, name, 1);
    }
    for (int i = 0; i < 100; i++) {
        tools_tick(s.tools); /* both look before either claims */
        tools_tick(second);
        store_complete(s.store);
        for (size_t m = 0; m < k.n; m++) {
            if (k.list[m].is_open) {
                sender_answer(&k, &k.list[m], 200);
            }
        }
        for (size_t m = 0; m < other.n; m++) {
            if (other.list[m].is_open) {
                sender_answer(&other, &other.list[m], 200);
            }
        }
    }
    T_EQ(k.n + other.n, 40);
    T_CHECK(k.n > 0 && other.n > 0);
    while (store_complete(s.store)) {
    }
    tools_free(second);
    setting_close(&s);
}

static void what_we_stop_ourselves_is_due_again_at_once(void)
{
    struct setting s;
    struct sender k, other;
    struct tools_options opt = {.seal_key = KEY};
    struct outbox_answer cancelled = {.is_cancelled = true, .retry_after_ms = -1};

    open_all(&s, &k);
    SAY_OK(&s, "add_webhook", "{'name':'w','url':'" HOOK "'}");
    k.keeps = true;
    read_balance(&s, "Hunter", 42);
    T_EQ(sender_run(&k), 1);
    tools_stop_sending(s.tools);
    tools_sent(s.tools, k.list[0].slot, &cancelled);
    store_complete(s.store);
    T_EQ(sender_run(&k), 0);
    log_is(&s, 0, "queued");
    struct tools *second = setting_tools(&s, &opt);

    sender_open_for(&other, &s, second);
    T_EQ(sender_run(&other), 1);
    tools_free(second);
    setting_close(&s);
}

static void tools_may_be_freed_while_a_claim_is_being_written(void)
{
    struct setting s;
    struct sender k;
    struct tools_options opt = {.seal_key = KEY};

    open_all(&s, &k);
    struct tools *second = setting_tools(&s, &opt);

    T_EQ(tools_send_with(second, sender_take, &k), MCP_OK);
    SAY_OK(&s, "add_webhook", "{'name':'w','url':'" HOOK "'}");
    read_balance(&s, "Hunter", 42);
    store_complete(s.store);
    pass(&s, DAY_MS);
    k.n = 0;
    tools_tick(second);
    tools_free(second);
    store_complete(s.store); /* the claim is made, nothing is sent, the memory is released */
    setting_close(&s);
}

static void a_sender_without_room_is_asked_again_later(void)
{
    struct setting s;
    struct sender k;

    open_all(&s, &k);
    SAY_OK(&s, "add_webhook", "{'name':'w','url':'" HOOK "'}");
    k.is_full = true;
    read_balance(&s, "Hunter", 42);
    T_EQ(sender_run(&k), 0);
    k.is_full = false;
    T_EQ(sender_run(&k), 0);
    pass(&s, 6000);
    T_EQ(sender_run(&k), 1);
    setting_close(&s);
}

static void another_key_pauses_the_webhook_and_sends_nothing(void)
{
    static const uint8_t OTHER[32] = "another key";
    struct setting s;
    struct sender k, other;
    struct tools_options opt = {.seal_key = OTHER};

    open_all(&s, &k);
    SAY_OK(&s, "add_webhook", "{'name':'w','url':'" HOOK "'}");
    read_balance(&s, "Hunter", 42);
    store_complete(s.store);
    struct tools *second = setting_tools(&s, &opt);

    sender_open_for(&other, &s, second);
    k.keeps = true;
    tools_stop_sending(s.tools);
    pass(&s, 2 * MINUTE_MS); /* the first one's claim lapses */
    T_EQ(sender_run(&other), 0);
    T_STR(webhook_state(&s), "paused");
    tools_free(second);
    setting_close(&s);
}

/* ---- Once more ---- */

static void a_delivery_can_be_sent_again_with_the_same_id(void)
{
    struct setting s;
    struct sender k;

    open_all(&s, &k);
    SAY_OK(&s, "add_webhook", "{'name':'w','url':'" HOOK "'}");
    read_balance(&s, "Hunter", 42);
    T_EQ(sender_run(&k), 1);
    const char *again = mcp_arena_printf(&s.arena, "{'delivery':'%.*s'}",
                                         MCP_STR_ARG(header_of(&k.list[0], "webhook-id")))
                            .ptr;

    read_balance(&s, "Hunter", 500); /* also when it is not true any more: it was asked for */
    SAY_OK(&s, "replay_delivery", again);
    k.keeps = true;
    T_EQ(sender_run(&k), 1);
    SAY_FAILS(&s, "replay_delivery", again, MCP_E_CONFLICT, "on its way");
    sender_answer(&k, last_sent(&k), 200);
    store_complete(s.store);
    T_CHECK(mcp_str_eq(k.list[0].body, k.list[1].body));
    T_CHECK(mcp_str_eq(header_of(&k.list[0], "webhook-id"), header_of(&k.list[1], "webhook-id")));
    struct said said = say(&s, "list_deliveries", "{'webhook':'W'}");

    T_HAS(said.result, "\"attempts\":2,\"recent\":[{\"at\":");
    SAY_FAILS(&s, "replay_delivery", "{'delivery':'6f9619ff-8b86-4011-b42d-00c04fc964ff'}",
              MCP_E_NOT_FOUND, "No delivery");
    SAY_OK(&s, "remove_webhook", "{'webhook':'w'}");
    SAY_FAILS(&s, "replay_delivery", again, MCP_E_REFUSED, "removed");
    setting_close(&s);
}

static void a_test_is_tried_once_and_pauses_nothing(void)
{
    struct setting s;
    struct sender k;

    open_all(&s, &k);
    SAY_OK(&s, "add_webhook", "{'name':'w','url':'" HOOK "','level':'critical'}");
    k.status = 404;
    SAY_OK(&s, "test_webhook", "{'webhook':'w'}");
    T_EQ(sender_run(&k), 1);
    T_HAS(last_sent(&k)->body, "\"event\":\"webhook.test\"");
    log_is(&s, 0, "cancelled failed");
    T_STR(webhook_state(&s), "active");
    k.status = 500;
    SAY_OK(&s, "test_webhook", "{'webhook':'w'}");
    T_EQ(sender_run(&k), 1);
    pass(&s, DAY_MS);
    T_EQ(sender_run(&k), 0);
    k.status = 204;
    SAY_OK(&s, "test_webhook", "{'webhook':'w'}");
    T_EQ(sender_run(&k), 1);
    log_is(&s, 0, "delivered");
    setting_close(&s);
}

/* ---- Bounds ---- */

/* 200 tests for the first webhook. */
static mcp_err fill_body(struct store_txn *txn, void *arg)
{
    uint64_t first = 0;
    mcp_err err = MCP_OK;

    (void)arg;
    for (int i = 0; i < 200 && !err; i++) {
        struct alert a = {.kind = ALERT_TEST, .level = ALERT_LOW, .subject = MCP_STR("w")};
        struct alert_order o = {.owner = 1, .a = &a, .only = &first, .is_test = true};

        err = alert_send(txn, &o);
    }
    return err;
}

static void a_full_outbox_refuses_no_reading_and_the_next_one_raises_the_alert(void)
{
    struct setting s;
    struct sender k;

    open_all(&s, &k);
    SAY_OK(&s, "add_webhook", "{'name':'w','url':'" HOOK "'}");
    tools_stop_sending(s.tools);
    for (int i = 0; i < 50; i++) {
        T_EQ(store_write_now(s.store, fill_body, NULL), MCP_OK);
    }
    SAY_FAILS(&s, "test_webhook", "{'webhook':'w'}", MCP_E_REFUSED, "full");
    read_balance(&s, "Hunter", 42);
    struct said none = say(&s, "list_alerts", "{'connection':'Hunter'}");

    T_EQ(mcp_json_count(at(none.json, "alerts")), 0);
    SAY_OK(&s, "remove_webhook", "{'webhook':'w'}");
    SAY_OK(&s, "add_webhook", "{'name':'v','url':'" HOOK "'}");
    struct sender other;
    struct tools_options opt = {.seal_key = KEY};
    struct tools *second = setting_tools(&s, &opt);

    sender_open_for(&other, &s, second);
    T_EQ(sender_run(&other), 0); /* what is on its way to the removed one is put away */
    read_balance(&s, "Hunter", 41);
    T_EQ(sender_run(&other), 1);
    tools_free(second);
    setting_close(&s);
}

static const struct t_case cases[] = {
    T(the_schedule_is_that_of_standard_webhooks_and_a_little_later),
    T(an_answer_means_what_the_table_says),
    T(retry_after_is_honoured_up_to_a_day),
    T(a_fall_below_a_threshold_is_sent_once_to_each_that_wants_it),
    T(the_body_and_the_headers_are_those_of_the_contract),
    T(a_message_is_signed_and_while_secrets_overlap_with_both),
    T(without_a_taker_the_mark_moves_at_once),
    T(what_says_nothing_about_now_raises_nothing),
    T(a_muted_connection_is_silent_and_what_was_on_its_way_is_taken_back),
    T(critical_supersedes_a_low_that_is_on_its_way),
    T(healed_cancels_what_is_on_its_way),
    T(what_is_in_flight_while_it_is_taken_back_ends_there),
    T(a_failing_receiver_is_tried_ten_times_then_paused_until_edited),
    T(retry_after_moves_the_next_attempt),
    T(a_permanent_failure_pauses_and_tells_the_others),
    T(gone_disables_it_and_the_next_reading_tells_whoever_is_left),
    T(a_removed_webhook_gets_nothing_more),
    T(a_removed_connection_leaves_nothing_behind),
    T(the_first_delivery_moves_the_mark_and_the_others_still_arrive),
    T(a_slow_webhook_holds_nobody_up),
    T(all_webhooks_get_their_turn),
    T(a_claim_of_a_dead_process_lapses_and_is_sent_once_more),
    T(two_processes_share_the_work_and_nothing_is_sent_twice),
    T(what_we_stop_ourselves_is_due_again_at_once),
    T(tools_may_be_freed_while_a_claim_is_being_written),
    T(a_sender_without_room_is_asked_again_later),
    T(another_key_pauses_the_webhook_and_sends_nothing),
    T(a_delivery_can_be_sent_again_with_the_same_id),
    T(a_test_is_tried_once_and_pauses_nothing),
    T(a_full_outbox_refuses_no_reading_and_the_next_one_raises_the_alert),
};
T_MAIN("outbox", cases)
