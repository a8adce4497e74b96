/* tools/test/outbox_test.c - from a reading to a webhook: who is told what, when, and how often.
 * The clock is the test's, the store is real, the receivers are scripted. */
#include <tools/test/sender.h>

#include <tools/outbox.h>

#include <sodium.h>

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

            ck_assert_msg(outbox_decide(&a, 1, SEAL_KEY, 0).verdict == ROWS[i].verdict, "%d",
                          status);
        }
    }
    struct outbox_answer refused = {.is_refused = true, .retry_after_ms = -1};

    T_EQ(outbox_decide(&refused, 1, SEAL_KEY, 0).verdict, OUTBOX_PAUSE);
}

static void retry_after_is_honoured_up_to_a_day(void)
{
    struct outbox_answer a = {.is_answered = true, .status = 503};

    a.retry_after_ms = 60000;
    T_EQ(outbox_decide(&a, 1, SEAL_KEY, 1000).due_ms, 61000);
    a.retry_after_ms = 1; /* sooner than the schedule: the schedule */
    T_EQ(outbox_decide(&a, 2, SEAL_KEY, 0).due_ms, outbox_delay_ms(2, SEAL_KEY));
    a.retry_after_ms = INT64_MAX;
    T_EQ(outbox_decide(&a, 1, SEAL_KEY, 0).due_ms, DAY_MS);
    a.retry_after_ms = 60000;
    T_EQ(outbox_decide(&a, 10, SEAL_KEY, 0).verdict, OUTBOX_PAUSE);
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
};
T_MAIN("outbox", cases)
