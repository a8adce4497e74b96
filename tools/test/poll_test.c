/* Sources that are asked: when, what becomes of the answer, and what a person is told. The asker is
 * the test. */
#include <tools/test/asker.h>

/* ---- Asking ---- */

static void a_new_source_is_asked_at_once_and_then_about_every_interval(void)
{
    struct setting s;
    struct asker k;

    open_all(&s, &k);
    add(&s, "A");
    tick(&k);
    T_EQ(k.n, 1);
    T_STR(k.list[0].url, "https://api.example.org/v1/a%20b/left");
    T_STR(k.list[0].authorization, "Bearer s3cret");
    shows(&s, "A", "active", 0, "");
    T_EQ(balance(&s), 12500000);
    for (int i = 0; i < 20; i++) {
        int64_t ms = wait_for_next(&k, 70000);

        ck_assert_msg(ms >= 54000 && ms <= 67000, "%lld", (long long)ms);
    }
    setting_close(&s);
}

static void what_was_read_raises_the_alert(void)
{
    struct setting s;
    struct asker k;

    open_all(&s, &k);
    add(&s, "A");
    tick(&k);
    struct said none = say(&s, "list_alerts", "{}");

    T_EQ(mcp_json_count(at(none.json, "alerts")), 0);
    k.answer.body = MCP_STR("{\"left\":\"9.99\",\"all\":null}");
    wait_for_next(&k, 70000);
    struct said one = say(&s, "list_alerts", "{}");

    T_EQ(mcp_json_count(at(one.json, "alerts")), 1);
    T_HAS(one.result, "9.99");
    struct said pools = say(&s, "list_balances", "{}");

    T_HAS(pools.result, "\"balanceLimit\":null"); /* it said so */
    setting_close(&s);
}

static void what_is_missing_never_becomes_nought(void)
{
    static const char *const BODIES[] = {"{}",
                                         "{\"left\":null,\"all\":50}",
                                         "{\"left\":\"\",\"all\":50}",
                                         "{\"left\":[],\"all\":50}",
                                         "[]",
                                         "<html>",
                                         ""};
    struct setting s;
    struct asker k;

    open_all(&s, &k);
    add(&s, "A");
    tick(&k);
    for (size_t i = 0; i < sizeof(BODIES) / sizeof(BODIES[0]); i++) {
        k.answer.body = mcp_str_c(BODIES[i]);
        wait_for_next(&k, 8 * HOUR_MS);
        shows(&s, "A", "error", (int)i + 1, "the answer");
        T_EQ(balance(&s), 12500000);
    }
    k.answer.body = MCP_STR("{\"left\":0,\"all\":50}");
    wait_for_next(&k, 8 * HOUR_MS);
    shows(&s, "A", "active", 0, "");
    T_EQ(balance(&s), 0);
    setting_close(&s);
}

static void each_failure_has_its_status_and_a_reason(void)
{
    static const struct {
        struct source_answer answer;
        const char *status, *reason;
    } WAYS[] = {
        {{.is_answered = true, .status = 401}, "disconnected", "does not accept the secret"},
        {{.is_answered = true, .status = 403}, "disconnected", "HTTP 403"},
        {{.is_answered = true, .status = 404}, "error", "does not know"},
        {{.is_answered = true, .status = 302}, "error", "redirects are not followed"},
        {{.is_answered = true, .status = 500}, "stale", "cannot answer now"},
        {{.is_answered = true, .status = 429}, "stale", "too often"},
        {{.note = MCP_STR_INIT("nobody took the connection")}, "stale", "nobody took"},
        {{.is_final = true, .note = MCP_STR_INIT("10.0.0.1 is private")}, "error", "private"},
    };
    struct setting s;
    struct asker k;

    open_all(&s, &k);
    add(&s, "A");
    for (size_t i = 0; i < sizeof(WAYS) / sizeof(WAYS[0]); i++) {
        k.answer = WAYS[i].answer;
        k.answer.retry_after_ms = -1;
        wait_for_next(&k, 8 * HOUR_MS);
        shows(&s, "A", WAYS[i].status, (int)i + 1, WAYS[i].reason);
    }
    setting_close(&s);
}

static void failures_back_off_and_a_retry_after_is_honoured(void)
{
    struct setting s;
    struct asker k;
    int64_t want_ms = MINUTE_MS;

    open_all(&s, &k);
    add(&s, "A");
    k.answer.status = 503;
    tick(&k);
    for (int i = 0; i < 12; i++) {
        int64_t ms = wait_for_next(&k, 8 * HOUR_MS);

        ck_assert_msg(ms >= want_ms && ms <= want_ms + want_ms / 10 + 1000, "%d: %lld", i,
                      (long long)ms);
        want_ms = 2 * want_ms < SOURCE_LATEST_MS ? 2 * want_ms : SOURCE_LATEST_MS;
    }
    k.answer.status = 200;
    wait_for_next(&k, 8 * HOUR_MS);
    T_CHECK(wait_for_next(&k, 70000) <= 67000);
    k.answer.status = 429;
    k.answer.retry_after_ms = HOUR_MS;
    wait_for_next(&k, 70000);
    int64_t ms = wait_for_next(&k, 2 * HOUR_MS);

    ck_assert_msg(ms >= HOUR_MS && ms <= HOUR_MS + HOUR_MS / 10 + 1000, "%lld", (long long)ms);
    setting_close(&s);
}

/* ---- Who asks ---- */

static void after_a_long_night_eight_are_asked_in_a_second_and_the_longest_due_first(void)
{
    struct setting s;
    struct asker k;

    open_all(&s, &k);
    for (int i = 0; i < 40; i++) {
        add(&s, mcp_arena_printf(&s.arena, "C%d", i).ptr);
    }
    for (int i = 1; i <= 5; i++) {
        tick(&k);
        T_EQ(k.n, 8 * (size_t)i);
    }
    s.wall_ms += DAY_MS;
    size_t before = k.n;

    for (int i = 1; i <= 5; i++) {
        tick(&k);
        T_EQ(k.n - before, 8 * (size_t)i);
    }
    setting_close(&s);
}

static void a_slow_one_holds_a_slot_and_no_more(void)
{
    struct setting s;
    struct asker k;

    open_all(&s, &k);
    k.keeps = true;
    add(&s, "slow");
    tick(&k);
    T_EQ(k.n, 1);
    k.keeps = false;
    k.list[0].is_open = false;
    add(&s, "B");
    tick(&k);
    T_EQ(k.n, 2);
    shows(&s, "B", "active", 0, "");
    tools_answered(k.tools, k.list[0].slot, &k.answer);
    while (store_complete(s.store)) {
    }
    shows(&s, "slow", "active", 0, "");
    setting_close(&s);
}

static void two_processes_ask_once_and_a_dead_one_s_claim_lapses(void)
{
    struct tools_options opt = {.seal_key = SEAL_KEY};
    struct setting s;
    struct asker k, other;

    open_all(&s, &k);
    struct tools *second = setting_tools(&s, &opt);

    open_for(&other, &s, second);
    add(&s, "A");
    k.keeps = true; /* it will never answer */
    tick(&k);
    tick(&other);
    T_EQ(k.n, 1);
    T_EQ(other.n, 0);
    T_CHECK(wait_for_next(&other, 70000) >= SOURCE_LEASE_MS - 2000);
    shows(&s, "A", "active", 0, "");
    k.answer.body = MCP_STR("{\"left\":1}"); /* too late: it is not its turn any more */
    tools_answered(k.tools, k.list[0].slot, &k.answer);
    while (store_complete(s.store)) {
    }
    T_EQ(balance(&s), 12500000);
    tools_free(second);
    setting_close(&s);
}

static void what_stops_gives_its_turn_back(void)
{
    struct tools_options opt = {.seal_key = SEAL_KEY};
    struct setting s;
    struct asker k, other;

    open_all(&s, &k);
    add(&s, "A");
    k.keeps = true;
    tick(&k);
    tools_stop_sending(s.tools);
    k.answer = (struct source_answer){.is_cancelled = true, .retry_after_ms = -1};
    tools_answered(k.tools, k.list[0].slot, &k.answer);
    while (store_complete(s.store)) {
    }
    shows(&s, "A", "active", 0, "");
    tick(&k);
    T_EQ(k.n, 1);
    struct tools *second = setting_tools(&s, &opt);

    open_for(&other, &s, second);
    tick(&other);
    T_EQ(other.n, 1);
    tools_free(second);
    setting_close(&s);
}

/* ---- Changing ---- */

static void an_edit_asks_at_once_and_its_own_answer_counts(void)
{
    struct setting s;
    struct asker k;

    open_all(&s, &k);
    add(&s, "A");
    k.keeps = true;
    tick(&k);
    SAY_OK(&s, "edit_connection", "{'connection':'A','source':{'secret':'n3w'}}");
    tick(&k); /* the first one is still out */
    T_EQ(k.n, 2);
    T_STR(k.list[1].authorization, "Bearer n3w");
    tools_answered(k.tools, k.list[1].slot, &k.answer);
    k.answer.body = MCP_STR("{\"left\":1}");
    tools_answered(k.tools, k.list[0].slot, &k.answer);
    while (store_complete(s.store)) {
    }
    T_EQ(balance(&s), 12500000);
    setting_close(&s);
}

static void a_new_definition_does_not_get_the_old_secret(void)
{
    struct setting s;
    struct asker k;

    open_all(&s, &k);
    add(&s, "A");
    SAY_FAILS(&s, "edit_connection",
              "{'connection':'A','source':{'definition':{'request':{'method':'GET','url':"
              "'https://evil.example/{secret}'},'pools':[{'creditType':'c','balance':'/b'}]}}}",
              MCP_E_INVALID_ARGUMENTS, "needs a secret");
    SAY_OK(&s, "edit_connection",
           "{'connection':'A','source':{'template':'openrouter',"
           "'secret':'other'}}");
    tick(&k);
    T_STR(k.list[0].url, "https://openrouter.ai/api/v1/credits");
    T_STR(k.list[0].authorization, "Bearer other");
    SAY_OK(&s, "edit_connection", "{'connection':'A','source':{'everySeconds':1}}");
    tick(&k);
    T_STR(k.list[1].authorization, "Bearer other"); /* only the interval changed */
    setting_close(&s);
}

static void who_disconnects_is_not_asked_until_it_reconnects(void)
{
    struct setting s;
    struct asker k;

    open_all(&s, &k);
    add(&s, "A");
    SAY_OK(&s, "edit_connection", "{'connection':'A','status':'disconnected'}");
    s.wall_ms += DAY_MS;
    tick(&k);
    T_EQ(k.n, 0);
    struct said off = say(&s, "show_connection", "{'connection':'A'}");

    T_HAS(off.result, "\"nextPollAt\":null");
    SAY_OK(&s, "edit_connection", "{'connection':'A','source':{'everySeconds':5}}");
    tick(&k);
    T_EQ(k.n, 0);
    SAY_OK(&s, "edit_connection", "{'connection':'A','status':'active'}");
    tick(&k);
    T_EQ(k.n, 1);
    setting_close(&s);
}

static void a_removed_source_leaves_nothing(void)
{
    struct setting s;
    struct asker k;

    open_all(&s, &k);
    SAY_OK(&s, "add_connection", "{'name':'A','toolName':'T'}");
    SAY_FAILS(&s, "edit_connection", "{'connection':'A','source':{'everySeconds':5}}",
              MCP_E_REFUSED, "no source");
    SAY_OK(&s, "edit_connection", "{'connection':'A','source':" SOURCE "}");
    size_t rows = setting_rows(&s);

    SAY_OK(&s, "edit_connection", "{'connection':'A','source':null}");
    T_EQ(setting_rows(&s), rows - 2);
    SAY_OK(&s, "edit_connection", "{'connection':'A','source':" SOURCE "}");
    SAY_OK(&s, "remove_connection", "{'connection':'A'}");
    tick(&k);
    T_EQ(k.n, 0);
    T_EQ(setting_rows(&s), rows - 5); /* its index rows, too; the owner and the key's mark stay */
    setting_close(&s);
}

static void what_cannot_be_asked_is_refused_when_it_is_set(void)
{
    static const struct {
        const char *source;
        enum mcp_err want;
        const char *why;
    } BAD[] = {
        {"{'template':'nobody'}", MCP_E_INVALID_ARGUMENTS, "no template"},
        {"{'template':'openrouter'}", MCP_E_INVALID_ARGUMENTS, "needs a secret"},
        {"{'template':'twilio','secret':'x'}", MCP_E_INVALID_ARGUMENTS, "needs an account"},
        {"{'template':'twilio','definition':{}}", MCP_E_INVALID_ARGUMENTS, "not both"},
        {"{'definition':{}}", MCP_E_INVALID_ARGUMENTS, "no method and url"},
        {"{'template':'openrouter','secret':'a\\nb'}", MCP_E_INVALID_ARGUMENTS, "one line"},
        {"{'definition':{'request':{'method':'DELETE','url':'https://a.example'},"
         "'pools':[{'creditType':'c','balance':'/b'}]}}",
         MCP_E_INVALID_ARGUMENTS, "neither GET nor POST"},
        {"{'definition':{'request':{'method':'GET','url':'file:///etc/passwd'},"
         "'pools':[{'creditType':'c','balance':'/b'}]}}",
         MCP_E_INVALID_ARGUMENTS, "no http or https"},
        {"{'definition':{'request':{'method':'GET','url':'https://a.example'},"
         "'pools':[{'creditType':' c','balance':'/b'}]}}",
         MCP_E_INVALID_ARGUMENTS, "no name"},
        {"{'definition':{'request':{'method':'GET','url':'https://u:pw@a.example/'},"
         "'pools':[{'creditType':'c','balance':'/b'}]}}",
         MCP_E_INVALID_ARGUMENTS, "user name"},
        {"{'everySeconds':60}", MCP_E_REFUSED, "no source"},
    };
    struct setting s;
    struct asker k;

    open_all(&s, &k);
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        SAY_FAILS(
            &s, "add_connection",
            mcp_arena_printf(&s.arena, "{'name':'A','toolName':'T','source':%s}", BAD[i].source)
                .ptr,
            BAD[i].want, BAD[i].why);
    }
    setting_close(&s);
    setting_open(&s); /* without a key */
    SAY_FAILS(&s, "add_connection", "{'name':'A','toolName':'T','source':" SOURCE "}",
              MCP_E_REFUSED, "secret.key");
    setting_close(&s);
}

/* The schema counts characters, the store has room for bytes. */
static void what_is_too_much_is_refused_when_it_is_set(void)
{
    static char e_acute[2 * 1200 + 1], headers[400], name[9000];
    struct setting s;
    struct asker k;

    for (size_t i = 0; i < 1200; i++) {
        memcpy(e_acute + 2 * i, "\xc3\xa9", 3);
    }
    for (int i = 0; i < 17; i++) {
        snprintf(headers + strlen(headers), sizeof(headers) - strlen(headers), "%s'X-%d':'a'",
                 i ? "," : "", i);
    }
    memset(name, 'n', sizeof(name) - 1);
#define ASK      "'request':{'method':'GET','url':'https://a.example'%s},'pools':["
#define ADD(...) mcp_arena_printf(&s.arena, "{'name':'A','toolName':'T','source':" __VA_ARGS__).ptr
#define POOL     "{'creditType':'c','balance':'/b'}"
    open_all(&s, &k);
    SAY_FAILS(&s, "add_connection", ADD("{'template':'openrouter','secret':'%s'}}", e_acute),
              MCP_E_INVALID_ARGUMENTS, "2,048 and 256 bytes");
    SAY_FAILS(&s, "add_connection",
              ADD("{'template':'twilio','secret':'x','account':'%.400s'}}", e_acute),
              MCP_E_INVALID_ARGUMENTS, "2,048 and 256 bytes");
    SAY_FAILS(&s, "add_connection", ADD("{'template':'twilio','secret':'x','account':'a\\rb'}}"),
              MCP_E_INVALID_ARGUMENTS, "one line");
    SAY_FAILS(&s, "add_connection", ADD("{'definition':{'x':'%s'," ASK POOL "]}}}", name, ""),
              MCP_E_INVALID_ARGUMENTS, "8,192 bytes");
    SAY_FAILS(&s, "add_connection",
              ADD("{'definition':{" ASK POOL "]}}}",
                  mcp_arena_printf(&s.arena, ",'headers':{%s}", headers).ptr),
              MCP_E_INVALID_ARGUMENTS, "more than 16 headers");
    SAY_FAILS(&s, "add_connection",
              ADD("{'definition':{" ASK POOL "," POOL "," POOL "," POOL "," POOL "," POOL "," POOL
                  "," POOL "," POOL "]}}}",
                  ""),
              MCP_E_INVALID_ARGUMENTS, "1 to 8 pools");
    setting_close(&s);
}

/* What a service says becomes text that people see. */
static void a_unit_that_is_no_name_is_a_reason(void)
{
    struct setting s;
    struct asker k;

    open_all(&s, &k);
    SAY_OK(&s, "add_connection",
           "{'name':'A','toolName':'T','source':{'definition':{'request':{'method':'GET',"
           "'url':'https://a.example'},'pools':[{'creditType':'c','balance':'/left',"
           "'unitPath':'/u'}]}}}");
    k.answer.body = MCP_STR("{\"left\":1,\"u\":\"a\\u0007b\"}");
    tick(&k);
    shows(&s, "A", "error", 1, "no name");
    T_EQ(balance(&s), -1);
    k.answer.body = MCP_STR("{\"left\":1,\"u\":\"EUR\"}");
    wait_for_next(&k, HOUR_MS);
    shows(&s, "A", "active", 0, "");
    setting_close(&s);
}

static void no_service_is_waited_for_longer_than_a_day(void)
{
    const int64_t most_ms = SOURCE_WAIT_MAX_MS + SOURCE_WAIT_MAX_MS / 10;

    for (int i = 0; i < 100; i++) {
        int64_t at_ms = source_retry_ms(1000, UINT32_MAX, INT64_C(365) * DAY_MS, NOW_MS);

        T_CHECK(at_ms >= NOW_MS + DAY_MS && at_ms <= NOW_MS + most_ms);
    }
}

static void secrets_and_definitions_lie_sealed(void)
{
    struct setting s;
    struct asker k;
    char command[400];

    open_all(&s, &k);
    add(&s, "A");
    snprintf(command, sizeof(command), "grep -rqa -e s3cret -e /v1/ %s", s.place.dir);
    T_CHECK(system(command) != 0);
    snprintf(command, sizeof(command), "grep -rqa api.example.org %s", s.place.dir);
    T_EQ(system(command), 0); /* the search itself finds what is there */
    setting_close(&s);
}

static void another_key_is_a_reason_and_asks_nobody(void)
{
    static const uint8_t OTHER[32] = "abcdefghijklmnopqrstuvwxyzabcde";
    struct tools_options opt = {.seal_key = OTHER};
    struct setting s;
    struct asker k, other;

    open_all(&s, &k);
    add(&s, "A");
    struct tools *second = setting_tools(&s, &opt);

    open_for(&other, &s, second);
    tick(&other);
    T_EQ(other.n, 0);
    shows(&s, "A", "error", 1, "does not open");
    tools_free(second);
    setting_close(&s);
}

static const struct t_case cases[] = {
    T(a_new_source_is_asked_at_once_and_then_about_every_interval),
    T(what_was_read_raises_the_alert),
    T(what_is_missing_never_becomes_nought),
    T(each_failure_has_its_status_and_a_reason),
    T(failures_back_off_and_a_retry_after_is_honoured),
    T(after_a_long_night_eight_are_asked_in_a_second_and_the_longest_due_first),
    T(a_slow_one_holds_a_slot_and_no_more),
    T(two_processes_ask_once_and_a_dead_one_s_claim_lapses),
    T(what_stops_gives_its_turn_back),
    T(an_edit_asks_at_once_and_its_own_answer_counts),
    T(a_new_definition_does_not_get_the_old_secret),
    T(who_disconnects_is_not_asked_until_it_reconnects),
    T(a_removed_source_leaves_nothing),
    T(what_cannot_be_asked_is_refused_when_it_is_set),
    T(what_is_too_much_is_refused_when_it_is_set),
    T(a_unit_that_is_no_name_is_a_reason),
    T(no_service_is_waited_for_longer_than_a_day),
    T(secrets_and_definitions_lie_sealed),
    T(another_key_is_a_reason_and_asks_nobody),
};
T_MAIN("poll", cases)
