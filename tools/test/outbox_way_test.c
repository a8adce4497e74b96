/* tools/test/outbox_way_test.c - what happens on the way to a webhook: taken back, retried, paused,
 * claimed by a process that dies, sent again. */
#include <tools/test/sender.h>

#include <tools/alert_raise.h>

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
    struct tools_options opt = {.seal_key = SEAL_KEY};

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
    struct tools_options opt = {.seal_key = SEAL_KEY};

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
    struct tools_options opt = {.seal_key = SEAL_KEY};
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
    struct tools_options opt = {.seal_key = SEAL_KEY};

    open_all(&s, &k);
    struct tools *second = setting_tools(&s, &opt);

    struct tools_sender sender = {sender_take, &k, NULL, 0, NULL};

    T_EQ(tools_send_with(second, &sender), MCP_OK);
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

/* 200 tests for the webhook whose sequence `arg` is; NULL: 200 alerts that nobody takes. */
static mcp_err fill_body(struct store_txn *txn, void *arg)
{
    mcp_err err = MCP_OK;

    for (int i = 0; i < 200 && !err; i++) {
        struct alert a = {.kind = ALERT_TEST, .level = ALERT_LOW, .subject = MCP_STR("w")};
        struct alert_order o = {.owner = 1, .a = &a, .only = arg, .is_test = arg != NULL};

        err = alert_send(txn, &o);
    }
    return err;
}

static void a_full_outbox_refuses_no_reading_and_the_next_one_raises_the_alert(void)
{
    uint64_t first = 0;
    struct setting s;
    struct sender k;

    open_all(&s, &k);
    SAY_OK(&s, "add_webhook", "{'name':'w','url':'" HOOK "'}");
    tools_stop_sending(s.tools);
    for (int i = 0; i < 50; i++) {
        T_EQ(store_write_now(s.store, fill_body, &first), MCP_OK);
    }
    SAY_FAILS(&s, "test_webhook", "{'webhook':'w'}", MCP_E_REFUSED, "full");
    read_balance(&s, "Hunter", 42);
    struct said none = say(&s, "list_alerts", "{'connection':'Hunter'}");

    T_EQ(mcp_json_count(at(none.json, "alerts")), 0);
    SAY_OK(&s, "remove_webhook", "{'webhook':'w'}");
    SAY_OK(&s, "add_webhook", "{'name':'v','url':'" HOOK "'}");
    struct sender other;
    struct tools_options opt = {.seal_key = SEAL_KEY};
    struct tools *second = setting_tools(&s, &opt);

    sender_open_for(&other, &s, second);
    T_EQ(sender_run(&other), 0); /* what is on its way to the removed one is put away */
    read_balance(&s, "Hunter", 41);
    T_EQ(sender_run(&other), 1);
    tools_free(second);
    setting_close(&s);
}

static void the_alert_log_forgets_its_oldest_and_raising_goes_on(void)
{
    struct setting s;

    setting_open(&s);
    for (int i = 0; i < 125; i++) {
        T_EQ(store_write_now(s.store, fill_body, NULL), MCP_OK);
    }
    size_t rows = setting_rows(&s);

    T_EQ(rows, 10000 + 1 + 1); /* the counters, and what the last one made too many */
    SAY_OK(&s, "add_connection", "{'name':'Hunter','toolName':'Hunter','low':500}");
    read_balance(&s, "Hunter", 42);
    struct said newest = say(&s, "list_alerts", "{'limit':1}");

    T_EQ(mcp_json_count(at(newest.json, "alerts")), 1);
    T_STR(text_of(&newest, mcp_json_first(at(newest.json, "alerts")), "event"), "quota.alert.low");
    setting_close(&s);
}

/* The 200 deliveries from *arg on arrived. */
static mcp_err close_body(struct store_txn *txn, void *arg)
{
    uint64_t first = *(const uint64_t *)arg;
    struct delivery_found f;
    struct outbox_count n;
    mcp_err err = outbox_count_get(txn, 1, &n);

    for (uint64_t i = first; i < first + 200 && !err; i++) {
        err = delivery_get(txn, 1, i, &f);
        if (!err) {
            struct delivery after = f.d;

            after.state = DELIVERY_DONE;
            err = delivery_put(txn, 1, i, &f.d, &after, &n);
        }
    }
    return err ? err : outbox_count_put(txn, 1, &n);
}

static mcp_err count_body(struct store_txn *txn, void *arg)
{
    return outbox_count_get(txn, 1, arg);
}

static void the_delivery_log_forgets_what_is_over_and_keeps_what_waits(void)
{
    uint64_t first = 0;
    struct outbox_count n;
    struct setting s;
    struct sender k;

    open_all(&s, &k);
    SAY_OK(&s, "add_webhook", "{'name':'w','url':'" HOOK "'}");
    for (uint64_t i = 0; i < 25000; i += 200) {
        T_EQ(store_write_now(s.store, fill_body, &first), MCP_OK);
        if (i < 5000 || i >= 7000) { /* the others wait */
            T_EQ(store_write_now(s.store, close_body, &i), MCP_OK);
        }
    }
    T_EQ(store_read(s.store, count_body, &n), MCP_OK);
    T_EQ(n.open, 2000);
    ck_assert_msg(n.deliveries >= 12000 && n.deliveries <= 12100, "%u", n.deliveries);
    ck_assert_msg(n.alerts >= 12000 && n.alerts <= 12300, "%u", n.alerts);
    T_EQ(setting_rows(&s), n.deliveries + n.alerts + n.open + 1 + 1 + 1 + 4);
    SAY_OK(&s, "remove_webhook", "{'webhook':'w'}");
    setting_close(&s);
}

static const struct t_case cases[] = {
    T(the_alert_log_forgets_its_oldest_and_raising_goes_on),
    T(the_delivery_log_forgets_what_is_over_and_keeps_what_waits),
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
T_MAIN("outbox_way", cases)
