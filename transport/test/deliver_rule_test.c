/* What is decided before a socket is opened: URLs, ports, whose turn it is, Retry-After. */
#include <mcp/test/t.h>
#include <mcp/timestamp.h>
#include <transport/deliver_own.h>

static struct mcp_deliver *client(struct mcp_deliver_options opt)
{
    char why[128] = "";
    struct mcp_deliver *d = mcp_deliver_new(&opt, why, sizeof(why));

    ck_assert_msg(d, "%s", why);
    return d;
}

/* ---- URLs ---- */

static void a_url_is_https_to_a_named_host_on_a_plain_port(void)
{
    struct mcp_deliver *d = client((struct mcp_deliver_options){0});
    static const char *const GOOD[] = {"https://example.com",
                                       "https://example.com/",
                                       "HTTPS://EXAMPLE.com:443/a?b=c#d",
                                       "https://example.com.:8443/a@b?c:d@e",
                                       "https://example.com?x",
                                       "https://1.1.1.1/x",
                                       "https://[2606:4700:0:0::1111]:1024/x",
                                       "https://a.b-c.example/%2e%2e/%00",
                                       "https://xn--bcher-kva.example/",
                                       "https://example.com:80/"};

    for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
        const char *why = mcp_deliver_check_url(d, mcp_str_c(GOOD[i]));

        ck_assert_msg(!why, "%s: %s", GOOD[i], why);
    }
    mcp_deliver_free(d);
}

static const struct {
    const char *url, *says;
} BAD[] = {
    {"", "no URL"},
    {"https://", "no host"},
    {"https:///x", "no host"},
    {"https://:443/", "no host"},
    {"https:example.com", "scheme"},
    {"https:/example.com/", "scheme"},
    {"//example.com/", "scheme"},
    {"example.com", "scheme"},
    {"http://example.com/", "not https"},
    {"ftp://example.com/", "not https"},
    {"file:///etc/passwd", "not https"},
    {"gopher://example.com:70/_x", "not https"},
    {"dict://example.com:11211/", "not https"},
    {"ldap://example.com/", "not https"},
    {"javascript:alert(1)", "not https"},
    {" https://example.com/", "characters"},
    {"https://example.com/a b", "characters"},
    {"https://example.com/\r\nX: y", "characters"},
    {"https://example.com\\@evil.example/", "characters"},
    {"https://ex\xc3\xa4mple.com/", "characters"},
    {"https://example.com/\x7f", "characters"},
    {"https://user@example.com/", "user name"},
    {"https://user:pass@example.com/", "user name"},
    {"https://@example.com/", "user name"},
    {"https://example.com@127.0.0.1/", "user name"},
    {"https://127.0.0.1#@example.com/", "127.0.0.0/8"},
    {"https://127.0.0.1?@example.com/", "127.0.0.0/8"},
    {"https://example.com:x/", "port"},
    {"https://example.com:/", "port"},
    {"https://example.com:0/", "port"},
    {"https://example.com:65536/", "port"},
    {"https://example.com:+443/", "port"},
    {"https://example.com:4 43/", "characters"},
    {"https://example.com:443:443/", "port"},
    {"https://example.com:22/", "port is not allowed"},
    {"https://example.com:25/", "port is not allowed"},
    {"https://example.com:1023/", "port is not allowed"},
    {"https://example.com:6667/", "port is not allowed"},
    {"https://example.com:2049/", "port is not allowed"},
    {"https://2130706433/", "odd spelling"},
    {"https://0x7f000001/", "odd spelling"},
    {"https://0177.0.0.1/", "odd spelling"},
    {"https://127.1/", "odd spelling"},
    {"https://0/", "odd spelling"},
    {"https://%31%32%37.0.0.1/", "odd spelling"},
    {"https://127.0.0.1%2f@example.com/", "user name"},
    {"https://[::1]/", "loopback"},
    {"https://[0:0:0:0:0:0:0:1]/", "loopback"},
    {"https://[::ffff:127.0.0.1]/", "127.0.0.0/8"},
    {"https://[::ffff:7f00:1]/", "127.0.0.0/8"},
    {"https://[64:ff9b::7f00:1]/", "127.0.0.0/8"},
    {"https://[2002:7f00:1::]/", "127.0.0.0/8"},
    {"https://[fe80::1%25lo]/", "odd spelling"},
    {"https://[::1/", "odd spelling"},
    {"https://[::1]x/", "no host"},
    {"https://[example.com]/", "odd spelling"},
    {"https://169.254.169.254/latest/meta-data/", "169.254.0.0/16"},
    {"https://10.0.0.1/", "10.0.0.0/8"},
};

static void any_other_url_is_refused_with_the_reason(void)
{
    struct mcp_deliver *d = client((struct mcp_deliver_options){0});

    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        const char *why = mcp_deliver_check_url(d, mcp_str_c(BAD[i].url));

        ck_assert_msg(why && strstr(why, BAD[i].says), "%s: %s", BAD[i].url, why ? why : "passes");
    }
    T_CHECK(mcp_deliver_check_url(d, mcp_str_n("https://example.com/\0x", 22)));
    char *huge = calloc(1, 5000);

    memset(huge, 'a', 4999);
    memcpy(huge, "https://example.com/", 20);
    T_CHECK(mcp_deliver_check_url(d, mcp_str_n(huge, 4096)));
    T_CHECK(!mcp_deliver_check_url(d, mcp_str_n(huge, 4095)));
    free(huge);
    mcp_deliver_free(d);
}

static void plain_http_and_ports_are_for_the_owner_to_allow(void)
{
    struct mcp_network own;

    T_CHECK(mcp_network_parse(MCP_STR("10.0.0.0/8"), &own));
    struct mcp_deliver *d = client((struct mcp_deliver_options){
        .allow_http = true, .ports = "25, 8000-8002", .allowed = &own, .n_allowed = 1});

    T_CHECK(!mcp_deliver_check_url(d, MCP_STR("http://10.0.0.1:25/")));
    T_CHECK(!mcp_deliver_check_url(d, MCP_STR("https://example.com:8000/")));
    T_CHECK(!mcp_deliver_check_url(d, MCP_STR("https://example.com:8002/")));
    T_CHECK(mcp_deliver_check_url(d, MCP_STR("https://example.com:8003/")));
    T_CHECK(mcp_deliver_check_url(d, MCP_STR("https://example.com/")));
    T_CHECK(mcp_deliver_check_url(d, MCP_STR("http://192.168.0.1:8000/")));
    T_CHECK(strstr(mcp_deliver_check_url(d, MCP_STR("ftp://10.0.0.1:25/")), "neither"));
    mcp_deliver_free(d);
}

static void bad_options_are_a_sentence_at_once(void)
{
    static const char *const PORTS[] = {"", "x", "0", "1-", "-1", "5-4", "1,,2", "65536", "1-2-3"};
    char why[128], many[400] = "1";

    for (size_t i = 0; i < sizeof(PORTS) / sizeof(PORTS[0]); i++) {
        struct mcp_deliver_options opt = {.ports = PORTS[i]};

        ck_assert_msg(!mcp_deliver_new(&opt, why, sizeof(why)), "%s", PORTS[i]);
        T_HAS(mcp_str_c(why), "443,8000-8999");
    }
    for (size_t i = 0; i < MCP__PORT_RANGES_MAX; i++) {
        memcpy(many + 1 + 2 * i, ",1", 3);
    }
    T_CHECK(!mcp_deliver_new(&(struct mcp_deliver_options){.ports = many}, why, sizeof(why)));
    T_CHECK(!mcp_deliver_new(&(struct mcp_deliver_options){.ca_file = "/none"}, why, sizeof(why)));
    T_HAS(mcp_str_c(why), "certificates");
    mcp_deliver_free(NULL);
    mcp_deliver_stop(NULL);
}

/* ---- Whose turn it is ---- */

static void the_oldest_of_the_least_busy_hosts_has_its_turn(void)
{
    struct mcp_delivery_work d[7] = {
        {.to = {.host = "a", .port = 1}}, {.to = {.host = "a", .port = 1}},
        {.to = {.host = "a", .port = 1}}, {.to = {.host = "a", .port = 2}},
        {.to = {.host = "b", .port = 1}}, {.to = {.host = "a", .port = 1}},
        {.to = {.host = "b", .port = 1}}};
    static const int TURNS[] = {0, 3, 4, 1, 6}; /* then a:1 and b:1 have two each */
    struct mcp__delivery_list waiting, running;

    mcp__delivery_list_init(&waiting);
    mcp__delivery_list_init(&running);
    T_CHECK(!mcp__delivery_list_pick(&waiting, &running, 2));
    for (size_t i = 0; i < 7; i++) {
        mcp__delivery_list_add(&waiting, &d[i]);
    }
    for (size_t i = 0; i < sizeof(TURNS) / sizeof(TURNS[0]); i++) {
        struct mcp_delivery_work *at = mcp__delivery_list_pick(&waiting, &running, 2);

        T_EQ(at - d, TURNS[i]);
        mcp__delivery_list_remove(&waiting, at);
        mcp__delivery_list_add(&running, at);
    }
    T_CHECK(!mcp__delivery_list_pick(&waiting, &running, 2));
    T_EQ(waiting.n, 2);
    T_EQ(mcp__delivery_list_pick(&waiting, &running, 3) - d, 2);
    mcp__delivery_list_remove(&running, &d[6]); /* the last one: the end moves */
    mcp__delivery_list_move(&running, &waiting);
    T_EQ(running.n, 6);
    T_CHECK(waiting.n == 0 && !waiting.first && running.end == &d[5].next);
}

/* ---- Retry-After ---- */

static int64_t wait_of(const char *retry_after, const char *date)
{
    int64_t now;

    T_CHECK(mcp_timestamp_parse(MCP_STR("2026-11-06T08:00:00Z"), &now));
    return mcp_deliver_retry_after_ms(mcp_str_c(retry_after), mcp_str_c(date), now);
}

static void retry_after_is_seconds_or_a_date_in_three_forms(void)
{
    T_EQ(wait_of("0", ""), 0);
    T_EQ(wait_of("120", ""), 120000);
    T_EQ(wait_of(" 7\t", ""), 7000);
    T_EQ(wait_of("Fri, 06 Nov 2026 08:00:30 GMT", ""), 30000);
    T_EQ(wait_of("Friday, 06-Nov-26 08:00:31 GMT", ""), 31000);
    T_EQ(wait_of("Fri Nov  6 08:00:32 2026", ""), 32000);
    T_EQ(wait_of("Mon Nov 16 08:00:00 2026", ""), INT64_C(864000000));
    T_EQ(wait_of("Fri, 06 Nov 2026 07:59:59 GMT", ""), 0);
    T_EQ(wait_of("Sunday, 06-Nov-94 08:49:37 GMT", ""), 0); /* 1994, not 2094 */
}

static void a_date_counts_from_the_answer_s_own(void)
{
    T_EQ(wait_of("Fri, 06 Nov 2026 09:00:30 GMT", "Fri, 06 Nov 2026 09:00:00 GMT"), 30000);
    T_EQ(wait_of("Fri, 06 Nov 2026 08:00:30 GMT", "yesterday"), 30000);
}

static void what_is_not_understood_asks_for_nothing_and_nothing_asks_for_ever(void)
{
    static const char *const WRONG[] = {"",
                                        "-1",
                                        "1.5",
                                        "1e3",
                                        "soon",
                                        "Fri",
                                        "Fri,",
                                        "Fri, ",
                                        "Fri, 06 Nov 2026",
                                        "Fri, 06 Nov 2026 08:00:30",
                                        "Fri, 06 Nov 2026 08:00:30 UTC",
                                        "Fri, 06 Nov 26 08:00:30 GMT",
                                        "Fri, 06 Nix 2026 08:00:30 GMT",
                                        "Fri, 32 Nov 2026 08:00:30 GMT",
                                        "Fri, 31 Nov 2026 08:00:30 GMT",
                                        "Fri, 06 Nov 2026 25:00:30 GMT",
                                        "Fri, 06 Nov 2026 8:00:30 GMT",
                                        "Fri, 006 Nov 2026 08:00:30 GMT",
                                        "Friday, 06-Nov-2026 08:00:31 GMT",
                                        "Fri Nov 6 2026",
                                        "Fri, 06 Nov 2026 08:00:30Z GMT"};

    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
        ck_assert_msg(wait_of(WRONG[i], "") == -1, "%s", WRONG[i]);
    }
    T_EQ(wait_of("99999999999999999999999999", ""), -1);
    T_EQ(wait_of("9223372036854775807", ""), INT64_C(3650) * 86400000);
    T_EQ(wait_of("Fri, 06 Nov 9026 08:00:30 GMT", ""), INT64_C(3650) * 86400000);
}

static void every_end_has_a_word_of_its_own(void)
{
    for (int a = MCP_DELIVERY_ANSWERED; a < MCP_DELIVERY_FAILED; a++) {
        for (int b = a + 1; b <= MCP_DELIVERY_FAILED; b++) {
            T_CHECK(strcmp(mcp_delivery_end_name((enum mcp_delivery_end)a),
                           mcp_delivery_end_name((enum mcp_delivery_end)b)) != 0);
        }
    }
}

static const struct t_case CASES[] = {
    T(a_url_is_https_to_a_named_host_on_a_plain_port),
    T(any_other_url_is_refused_with_the_reason),
    T(plain_http_and_ports_are_for_the_owner_to_allow),
    T(bad_options_are_a_sentence_at_once),
    T(the_oldest_of_the_least_busy_hosts_has_its_turn),
    T(retry_after_is_seconds_or_a_date_in_three_forms),
    T(a_date_counts_from_the_answer_s_own),
    T(what_is_not_understood_asks_for_nothing_and_nothing_asks_for_ever),
    T(every_end_has_a_word_of_its_own),
};
T_MAIN("deliver_rule", CASES)
