/* tools/test/webhook_test.c - webhooks as rows: adding, editing, secrets, what is shown; and the
 * bodies at their limits. */
#include <tools/test/sender.h>

#include <tools/alert_text.h>
#include <tools/name.h>
#include <tools/webhook_body.h>

#include <sodium.h>

#define SECRET_URL "https://hooks.slack.com/services/T0000/B0000/abcdefghijklmnopqrst"

static void open_with_key(struct setting *s)
{
    struct tools_options opt = {.seal_key = SEAL_KEY};

    setting_open_with(s, &opt);
}

/* ---- Rows ---- */

static void a_webhook_is_added_shown_edited_and_removed(void)
{
    struct setting s;

    open_with_key(&s);
    struct said said =
        say(&s, "add_webhook",
            "{'name':'ops','url':'https://example.org:8443/a/b?c=0123456789abcdef6789'}");

    T_EQ(said.err, MCP_OK);
    T_STR(text_of(&said, said.json, "url"), "https://example.org:8443/...6789");
    T_STR(text_of(&said, said.json, "format"), "generic");
    T_STR(text_of(&said, said.json, "level"), "low");
    T_STR(text_of(&said, said.json, "state"), "active");
    T_EQ(text_of(&said, said.json, "secret").len, 50);
    said = say(&s, "edit_webhook",
               "{'webhook':'OPS','name':'Operations','level':'critical','enabled':false}");
    T_STR(text_of(&said, said.json, "name"), "Operations");
    T_STR(text_of(&said, said.json, "state"), "disabled");
    T_STR(text_of(&said, said.json, "reason"), "switched off");
    said = say(&s, "edit_webhook", "{'webhook':'operations','url':'http://example.org/'}");
    T_STR(text_of(&said, said.json, "url"), "http://example.org");
    T_STR(text_of(&said, said.json, "level"), "critical");
    T_STR(text_of(&said, said.json, "state"), "active");
    said = say(&s, "list_webhooks", "{}");
    T_EQ(mcp_json_count(at(said.json, "webhooks")), 1);
    T_CHECK(!t_has(said.result, MCP_STR("whsec_")));
    SAY_OK(&s, "remove_webhook", "{'webhook':'Operations'}");
    said = say(&s, "list_webhooks", "{}");
    T_STR(said.result, "{\"webhooks\":[]}");
    setting_close(&s);
}

static void slack_is_known_by_its_address_and_never_signed(void)
{
    struct setting s;

    open_with_key(&s);
    struct said said = say(&s, "add_webhook", "{'name':'a','url':'" SECRET_URL "'}");

    T_STR(text_of(&said, said.json, "format"), "slack");
    T_STR(text_of(&said, said.json, "url"), "https://hooks.slack.com/...qrst");
    T_HAS(said.result, "\"signed\":false");
    T_HAS(said.result, "\"secret\":null");
    SAY_FAILS(&s, "add_webhook", "{'name':'b','url':'" SECRET_URL "','signed':true}",
              MCP_E_INVALID_ARGUMENTS, "Slack does not check signatures");
    SAY_FAILS(&s, "rotate_webhook", "{'webhook':'a'}", MCP_E_REFUSED, "Slack");
    /* the same host in another place is not Slack's */
    said = say(&s, "add_webhook",
               "{'name':'c','url':'https://hooks.slack.com.example.org/services/x'}");
    T_STR(text_of(&said, said.json, "format"), "generic");
    said = say(&s, "add_webhook",
               "{'name':'d','url':'https://chat.example.org/hooks/x','format':'slack'}");
    T_STR(text_of(&said, said.json, "format"), "slack");
    setting_close(&s);
}

static void what_is_wrong_is_refused_with_a_sentence(void)
{
    static const struct {
        const char *arguments, *part;
    } ROWS[] = {
        {"{'name':'x','url':'https://a:b@example.org/'}", "user information"},
        {"{'name':'x','url':'https://example.org/#a'}", "fragment"},
        {"{'name':'x','url':'ftp://example.org/'}", "pattern"},
        {"{'name':'x','url':'https:///x'}", "names no host"},
        {"{'name':'x','url':'https://exam ple.org/'}", ""},
        {"{'name':' x','url':'https://example.org/'}", "space"},
        {"{'name':'','url':'https://example.org/'}", ""},
        {"{'name':'x','url':'https://example.org/','level':'healthy'}", ""},
        {"{'name':'x'}", "url"},
        {"{'url':'https://example.org/'}", "name"},
    };
    struct setting s;

    open_with_key(&s);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        SAY_FAILS(&s, "add_webhook", ROWS[i].arguments, MCP_E_INVALID_ARGUMENTS, ROWS[i].part);
    }
    SAY_OK(&s, "add_webhook", "{'name':'taken','url':'https://example.org/'}");
    SAY_FAILS(&s, "add_webhook", "{'name':'Taken','url':'https://example.org/'}", MCP_E_CONFLICT,
              "has this name");
    SAY_OK(&s, "add_webhook", "{'name':'free','url':'https://example.org/'}");
    SAY_FAILS(&s, "edit_webhook", "{'webhook':'free','name':'taken'}", MCP_E_CONFLICT, "this name");
    SAY_OK(&s, "edit_webhook", "{'webhook':'free','name':'FREE'}");
    SAY_FAILS(&s, "edit_webhook", "{'webhook':'free'}", MCP_E_INVALID_ARGUMENTS, "");
    SAY_FAILS(&s, "edit_webhook", "{'webhook':'nobody','level':'low'}", MCP_E_NOT_FOUND,
              "No webhook");
    SAY_FAILS(&s, "remove_webhook", "{'webhook':'nobody'}", MCP_E_NOT_FOUND, "No webhook");
    SAY_FAILS(&s, "rotate_webhook", "{'webhook':'nobody'}", MCP_E_NOT_FOUND, "No webhook");
    SAY_FAILS(&s, "test_webhook", "{'webhook':'nobody'}", MCP_E_NOT_FOUND, "No webhook");
    SAY_FAILS(&s, "list_deliveries", "{'webhook':'nobody'}", MCP_E_NOT_FOUND, "No webhook");
    SAY_FAILS(&s, "list_alerts", "{'connection':'nobody'}", MCP_E_NOT_FOUND, "No connection");
    setting_close(&s);
}

static void there_are_at_most_32(void)
{
    struct setting s;

    open_with_key(&s);
    for (int i = 0; i < 32; i++) {
        SAY_OK(&s, "add_webhook",
               mcp_arena_printf(&s.arena, "{'name':'w%d','url':'https://example.org/'}", i).ptr);
    }
    SAY_FAILS(&s, "add_webhook", "{'name':'more','url':'https://example.org/'}", MCP_E_REFUSED,
              "32");
    SAY_OK(&s, "remove_webhook", "{'webhook':'w7'}");
    SAY_OK(&s, "add_webhook", "{'name':'more','url':'https://example.org/'}");
    setting_close(&s);
}

static void another_owner_sees_and_reaches_none_of_it(void)
{
    static const char *const TOOLS[] = {"edit_webhook", "rotate_webhook", "test_webhook",
                                        "remove_webhook"};
    struct mcp_principal other = tools_operator();
    struct setting s;

    open_with_key(&s);
    other.owner = 2;
    SAY_OK(&s, "add_webhook", "{'name':'mine','url':'https://example.org/'}");
    T_STR(say_as(&s, &other, "list_webhooks", MCP_STR("{}")).result, "{\"webhooks\":[]}");
    T_STR(say_as(&s, &other, "list_deliveries", MCP_STR("{}")).result, "{\"deliveries\":[]}");
    T_STR(say_as(&s, &other, "list_alerts", MCP_STR("{}")).result, "{\"alerts\":[]}");
    for (size_t i = 0; i < sizeof(TOOLS) / sizeof(TOOLS[0]); i++) {
        mcp_str arguments = i ? MCP_STR("{\"webhook\":\"mine\"}")
                              : MCP_STR("{\"webhook\":\"mine\",\"level\":\"low\"}");

        T_EQ(say_as(&s, &other, TOOLS[i], arguments).err, MCP_E_NOT_FOUND);
    }
    setting_close(&s);
}

static void only_the_scope_admin_reaches_webhooks_and_read_sees_alerts(void)
{
    struct mcp_principal reader = {.owner = 1, .scopes = "read", .rate_per_minute = -1};
    struct setting s;

    open_with_key(&s);
    T_EQ(say_as(&s, &reader, "list_webhooks", MCP_STR("{}")).err, MCP_E_FORBIDDEN);
    T_EQ(say_as(&s, &reader, "list_deliveries", MCP_STR("{}")).err, MCP_E_FORBIDDEN);
    T_EQ(say_as(&s, &reader, "list_alerts", MCP_STR("{}")).err, MCP_OK);
    setting_close(&s);
}

/* ---- Secrets ---- */

static mcp_err no_plain_text(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    const mcp_str *secret = arg;

    (void)key, (void)version;
    T_CHECK(!t_has(value, MCP_STR("whsec_")));
    T_CHECK(!t_has(value, MCP_STR("/services/T0000")));
    T_CHECK(!t_has(value, *secret));
    return MCP_OK;
}

static mcp_err scan_all(struct store_txn *txn, void *arg)
{
    return store_scan(txn, MCP_STR("\x10"), MCP_STR("\x60"), false, STORE_SCAN_MAX, no_plain_text,
                      arg);
}

static void no_secret_lies_in_the_store_or_is_said_again(void)
{
    struct setting s;

    open_with_key(&s);
    struct said said = say(&s, "add_webhook", "{'name':'a','url':'https://example.org/'}");
    mcp_str secret = text_of(&said, said.json, "secret");

    SAY_OK(&s, "add_webhook", "{'name':'b','url':'" SECRET_URL "'}");
    SAY_OK(&s, "rotate_webhook", "{'webhook':'a'}");
    mcp_str part = mcp_str_n(secret.ptr + 6, 20);

    T_EQ(store_read(s.store, scan_all, &part), MCP_OK);
    T_CHECK(!t_has(say(&s, "list_webhooks", "{}").result, part));
    setting_close(&s);
}

static void secrets_differ_and_an_unsigned_one_can_get_one(void)
{
    struct setting s;

    open_with_key(&s);
    struct said a = say(&s, "add_webhook", "{'name':'a','url':'https://example.org/'}");
    struct said b = say(&s, "add_webhook", "{'name':'b','url':'https://example.org/'}");
    struct said c =
        say(&s, "add_webhook", "{'name':'c','url':'https://example.org/','signed':false}");

    T_CHECK(!mcp_str_eq(text_of(&a, a.json, "secret"), text_of(&b, b.json, "secret")));
    T_HAS(c.result, "\"secret\":null");
    struct said r = say(&s, "rotate_webhook", "{'webhook':'c'}");

    T_EQ(text_of(&r, r.json, "secret").len, 50);
    T_HAS(r.result, "\"overlapUntil\":null"); /* there was none before */
    r = say(&s, "rotate_webhook", "{'webhook':'c'}");
    T_STR(text_of(&r, r.json, "overlapUntil"), "2026-06-18T08:02:11.000Z");
    r = say(&s, "rotate_webhook", "{'webhook':'c','overlapSeconds':0}");
    T_HAS(r.result, "\"overlapUntil\":null");
    T_HAS(say(&s, "list_webhooks", "{}").result, "\"signed\":true,\"overlapUntil\":null");
    setting_close(&s);
}

static void without_a_key_nothing_is_kept(void)
{
    struct setting s;

    setting_open(&s);
    SAY_FAILS(&s, "add_webhook", "{'name':'a','url':'https://example.org/'}", MCP_E_REFUSED,
              "secret.key");
    T_EQ(setting_rows(&s), 0);
    setting_close(&s);
}

/* Standard Webhooks 1.0.0's own example (spec "Signature scheme"). */
static void the_signature_is_that_of_the_specification(void)
{
    char out[WEBHOOK_SIGNATURE_BYTES];

    T_CHECK(sodium_init() >= 0);
    T_CHECK(webhook_sign(MCP_STR("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
                         MCP_STR("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
                         MCP_STR("{\"test\": 2432232314}"), out));
    T_STR(mcp_str_n(out, sizeof(out)), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    T_CHECK(!webhook_sign(MCP_STR("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), MCP_STR("a"), 1, MCP_STR(""),
                          out));
    T_CHECK(!webhook_sign(MCP_STR("whsec_!!"), MCP_STR("a"), 1, MCP_STR(""), out));
}

/* ---- Bodies ---- */

struct big_alert {
    struct alert a;
    char name[NAME_BYTES_MAX], url[2048], lines[ALERT_RECORD_MAX];
};

/* An alert whose names are all `unit`, repeated to the longest. */
static void make_big(struct big_alert *b, mcp_str unit, size_t n_lines)
{
    struct record_writer w;
    size_t n = 0, characters = 0;

    for (; characters < 80 && n + unit.len <= sizeof(b->name); characters++, n += unit.len) {
        memcpy(b->name + n, unit.ptr, unit.len);
    }
    mcp_str name = mcp_str_n(b->name, n);
    mcp_str short_name = mcp_str_n(b->name, n < 128 ? n : 128 / unit.len * unit.len);

    memset(b->url, 'x', sizeof(b->url));
    memcpy(b->url, "https://e/", 10);
    record_writer_init(&w, b->lines, sizeof(b->lines));
    for (size_t i = 0; i < n_lines; i++) {
        alert_line_put(&w, &(struct alert_line){name, short_name, INT64_MIN + 1, INT64_MAX});
    }
    b->a = (struct alert){.kind = ALERT_POOL,
                          .level = ALERT_CRITICAL,
                          .created_ms = NOW_MS,
                          .subject = name,
                          .detail = name,
                          .topup_url = mcp_str_n(b->url, sizeof(b->url)),
                          .lines = record_writer_str(&w)};
    T_CHECK(!w.failed);
}

static mcp_json parse(struct setting *s, const struct mcp_buf *b)
{
    struct mcp_json_limits limits = {1 << 20, 32, 1 << 16, true};
    mcp_json doc;

    T_CHECK(!b->failed);
    T_EQ(mcp_json_read(&s->arena, mcp_buf_str(b), &limits, &doc, NULL), MCP_OK);
    return doc;
}

static size_t utf16(mcp_str s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = (uint8_t)s.ptr[i];

        n += (size_t)(c < 0x80 || c >= 0xc0) + (size_t)(c >= 0xf0);
    }
    return n;
}

static mcp_str text_at(struct setting *s, mcp_json v)
{
    return mcp_json_str(v, &s->arena, mcp_str_n(NULL, 0));
}

static void the_longest_names_stay_within_every_limit(void)
{
    static const char *const UNITS[] = {"a", "&", "<", "\"", "\\", "\xc3\xa4", "\xf0\x9f\x92\xb8"};
    static struct big_alert big;
    struct setting s;

    open_with_key(&s);
    for (size_t i = 0; i < sizeof(UNITS) / sizeof(UNITS[0]); i++) {
        for (size_t n = 0; n <= 64; n += 16) {
            struct mcp_buf b;

            make_big(&big, mcp_str_c(UNITS[i]), n);
            mcp_buf_init(&b, 1 << 20);
            webhook_body_put_generic(&b, &big.a, MCP_STR("https://cistern.example/"));
            mcp_json doc = parse(&s, &b);

            ck_assert_msg(b.len < WEBHOOK_BODY_MAX, "%zu bytes", b.len);
            T_CHECK(n == 0 || mcp_json_count(at(doc, "pools")) > 0);
            mcp_buf_clear(&b);
            webhook_body_put_slack(&b, &big.a, MCP_STR("https://cistern.example/"));
            doc = parse(&s, &b);
            mcp_json blocks = at(doc, "blocks");
            mcp_str header = text_at(&s, at(at(mcp_json_at(blocks, 0), "text"), "text"));
            mcp_str section = text_at(&s, at(at(mcp_json_at(blocks, 1), "text"), "text"));

            T_CHECK(utf16(header) <= 150 && header.len > 0);
            T_CHECK(utf16(section) <= 3000 && section.len > 0);
            T_CHECK(utf16(text_at(&s, at(doc, "text"))) <= 4000);
            T_CHECK(mcp_str_is_utf8(header) && mcp_str_is_utf8(section));
            T_EQ(mcp_json_count(blocks), 3);
            /* every & begins an escape, and no bare angle bracket is left */
            for (size_t k = 0; k < section.len; k++) {
                mcp_str rest = mcp_str_n(section.ptr + k, section.len - k);

                T_CHECK(section.ptr[k] != '<' && section.ptr[k] != '>');
                T_CHECK(section.ptr[k] != '&' || mcp_str_starts(rest, MCP_STR("&amp;")) ||
                        mcp_str_starts(rest, MCP_STR("&lt;")) ||
                        mcp_str_starts(rest, MCP_STR("&gt;")));
            }
            mcp_buf_free(&b);
        }
    }
    setting_close(&s);
}

static void slack_gets_a_message_of_blocks(void)
{
    struct record_writer w;
    struct mcp_buf b;
    char lines[512];

    record_writer_init(&w, lines, sizeof(lines));
    alert_line_put(
        &w, &(struct alert_line){MCP_STR("A & B"), MCP_STR("credits"), 420000000, 500000000});
    alert_line_put(&w, &(struct alert_line){MCP_STR("C"), MCP_STR("USD"), 1250000, 20000000});
    struct alert a = {.kind = ALERT_POOL,
                      .level = ALERT_LOW,
                      .subject = MCP_STR("Ops <!channel>"),
                      .detail = MCP_STR("R&D"),
                      .lines = record_writer_str(&w)};

    mcp_buf_init(&b, 1 << 16);
    webhook_body_put_slack(&b, &a, MCP_STR("https://c.example/"));
    T_STR(
        mcp_buf_str(&b),
        "{\"text\":\"R&amp;D is running low: Ops &lt;!channel&gt; crossed low threshold for A "
        "&amp; "
        "B, C.\",\"blocks\":[{\"type\":\"header\",\"text\":{\"type\":\"plain_text\",\"text\":\"R&D "
        "is running low\",\"emoji\":false}},{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\","
        "\"text\":\"Ops &lt;!channel&gt; crossed low threshold for A &amp; B, C.\\n*A &amp; B:* "
        "420 "
        "credits left, threshold 500 credits\\n*C:* 1.25 USD left, threshold 20 USD\"}},{\"type\":"
        "\"actions\",\"elements\":[{\"type\":\"button\",\"text\":{\"type\":\"plain_text\",\"text\":"
        "\"Open Cistern\",\"emoji\":false},\"url\":\"https://c.example/\"}]}]}");
    mcp_buf_clear(&b);
    webhook_body_put_slack(&b, &a, MCP_STR("")); /* no address to open: no button */
    T_CHECK(!t_has(mcp_buf_str(&b), MCP_STR("actions")));
    mcp_buf_free(&b);
}

static void other_events_have_words_of_their_own(void)
{
    static const struct {
        struct alert a;
        const char *event, *title, *sentence;
    } ROWS[] = {
        {{.kind = ALERT_POOL,
          .level = ALERT_CRITICAL,
          .subject = MCP_STR_INIT("Ops"),
          .detail = MCP_STR_INIT("Hunter")},
         "quota.alert.critical",
         "Hunter is critically low",
         "Ops crossed a critical threshold."},
        {{.kind = ALERT_KEY,
          .level = ALERT_LOW,
          .created_ms = NOW_MS,
          .expires_ms = NOW_MS + 7 * (int64_t)DAY_MS,
          .subject = MCP_STR_INIT("laptop"),
          .detail = MCP_STR_INIT("a1b2")},
         "key.expiring",
         "laptop expires in 7 days",
         "The access token laptop (it ends in a1b2) stops working on 2026-06-24 at 08:02 UTC."},
        {{.kind = ALERT_KEY,
          .level = ALERT_CRITICAL,
          .created_ms = NOW_MS,
          .expires_ms = NOW_MS + 1,
          .subject = MCP_STR_INIT("laptop"),
          .detail = MCP_STR_INIT("a1b2")},
         "key.expiring",
         "laptop expires in 1 day",
         "The access token laptop (it ends in a1b2) stops working on 2026-06-17 at 08:02 UTC."},
        {{.kind = ALERT_WEBHOOK,
          .level = ALERT_CRITICAL,
          .subject = MCP_STR_INIT("ops"),
          .detail = MCP_STR_INIT("it answered 404")},
         "webhook.stopped",
         "Webhook ops was stopped",
         "Webhook ops gets nothing until it is edited: it answered 404."},
        {{.kind = ALERT_TEST, .level = ALERT_LOW, .subject = MCP_STR_INIT("ops")},
         "webhook.test",
         "Test from Cistern",
         "Webhook ops receives the alerts of Cistern."},
    };
    struct setting s;

    open_with_key(&s);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct mcp_buf b;

        mcp_buf_init(&b, 1 << 16);
        webhook_body_put_generic(&b, &ROWS[i].a, MCP_STR(""));
        mcp_json doc = parse(&s, &b);

        T_STR(text_at(&s, at(doc, "event")), ROWS[i].event);
        T_STR(text_at(&s, at(doc, "title")), ROWS[i].title);
        T_STR(text_at(&s, at(doc, "body")), ROWS[i].sentence);
        T_EQ(mcp_json_type(at(doc, "dashboard_url")), MCP_JSON_NULL);
        mcp_buf_free(&b);
    }
    setting_close(&s);
}

static void many_pools_are_counted_in_a_sentence(void)
{
    static struct big_alert big;
    struct mcp_buf b;

    make_big(&big, MCP_STR("P"), 9);
    big.a.subject = MCP_STR("Ops");
    mcp_buf_init(&b, 1 << 16);
    alert_put_sentence(&b, &big.a);
    T_HAS(mcp_buf_str(&b), " and 4 more.");
    mcp_buf_free(&b);
}

static void without_memory_a_body_fails_and_leaks_nothing(void)
{
    static struct big_alert big;

    make_big(&big, MCP_STR("&"), 20);
    for (size_t nth = 1;; nth++) {
        struct mcp_buf b;

        mcp_alloc_refuse(nth);
        mcp_buf_init(&b, 1 << 16);
        if (nth % 2) {
            webhook_body_put_slack(&b, &big.a, MCP_STR("https://c.example/"));
        } else {
            webhook_body_put_generic(&b, &big.a, MCP_STR("https://c.example/"));
        }
        bool failed = b.failed;
        size_t asked = mcp_alloc_count();

        mcp_buf_free(&b);
        mcp_alloc_refuse(0);
        T_CHECK(failed || asked < nth);
        if (asked + 1 < nth) {
            return;
        }
    }
}

static const struct t_case cases[] = {
    T(a_webhook_is_added_shown_edited_and_removed),
    T(slack_is_known_by_its_address_and_never_signed),
    T(what_is_wrong_is_refused_with_a_sentence),
    T(there_are_at_most_32),
    T(another_owner_sees_and_reaches_none_of_it),
    T(only_the_scope_admin_reaches_webhooks_and_read_sees_alerts),
    T(no_secret_lies_in_the_store_or_is_said_again),
    T(secrets_differ_and_an_unsigned_one_can_get_one),
    T(without_a_key_nothing_is_kept),
    T(the_signature_is_that_of_the_specification),
    T(the_longest_names_stay_within_every_limit),
    T(slack_gets_a_message_of_blocks),
    T(other_events_have_words_of_their_own),
    T(many_pools_are_counted_in_a_sentence),
    T(without_memory_a_body_fails_and_leaks_nothing),
};
T_MAIN("webhook", cases)
