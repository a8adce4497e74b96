/* Requests over real sockets: what is sent, what comes back, how each way to fail is told. */
#include <transport/test/deliver_bench.h>

/* ---- What is sent ---- */

static void a_get_says_what_it_was_told_and_little_else(void)
{
    struct bench b;
    struct mcp_http_header headers[] = {{MCP_STR("Authorization"), MCP_STR("Bearer s3cret")},
                                        {MCP_STR("X-Empty"), MCP_STR("")}};
    struct mcp_delivery r = {.headers = headers, .n_headers = 2};

    open_bench(&b, (struct mcp_deliver_options){.user_agent = "Cistern/1.0"});
    ask(&b, &r, "/ok/../a%2fb?x=1&y#fragment");
    T_EQ(r.end, MCP_DELIVERY_ANSWERED);
    char want[512];

    snprintf(want, sizeof(want),
             "GET /ok/../a%%2fb?x=1&y HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: Cistern/1.0\r\n"
             "Accept: */*\r\nAccept-Encoding: deflate, gzip, br, zstd\r\n"
             "Authorization: Bearer s3cret\r\nX-Empty:\r\n\r\n",
             b.peer.port);
    T_STR(peer_last(&b.peer), want);
    close_bench(&b);
}

static void a_post_carries_its_body_and_waits_for_nothing(void)
{
    struct bench b;
    struct mcp_http_header headers[] = {{MCP_STR("content-type"), MCP_STR("application/json")},
                                        {MCP_STR("user-agent"), MCP_STR("Mine/2")}};
    static char big[1100000]; /* so large that libcurl would like to be told to go on */
    struct mcp_delivery r = {.method = MCP_STR("POST"), .headers = headers, .n_headers = 2};
    int64_t begin = bench_now_ms();

    memset(big, 'b', sizeof(big));
    r.body = mcp_str_n(big, sizeof(big));
    open_bench(&b, (struct mcp_deliver_options){0});
    ask(&b, &r, "/ok");
    T_EQ(r.status, 200);
    T_STR(mcp_str_c(b.body), "hello");
    T_HAS(peer_last(&b.peer), "POST /ok HTTP/1.1\r\n");
    T_HAS(peer_last(&b.peer), "content-type: application/json\r\n");
    T_HAS(peer_last(&b.peer), "user-agent: Mine/2\r\n");
    T_HAS(peer_last(&b.peer), "Content-Length: 1100000\r\n");
    T_HAS(peer_last(&b.peer), "\r\n\r\nbbbbb");
    T_CHECK(!t_has(peer_last(&b.peer), MCP_STR("Expect")));
    T_CHECK(!t_has(peer_last(&b.peer), MCP_STR("x-www-form")));
    T_CHECK(!t_has(peer_last(&b.peer), MCP_STR("User-Agent: cistern")));
    /* Not the second that Expect costs; a busy machine under a sanitizer may cost it, too. */
    T_CHECK(T_IS_SANITIZED || bench_now_ms() - begin < 900);
    close_bench(&b);
}

static void any_method_goes_with_and_without_a_body(void)
{
    struct bench b;
    static const char *const METHODS[] = {"HEAD", "PUT", "DELETE", "PATCH", "POST", "OPTIONS"};

    open_bench(&b, (struct mcp_deliver_options){0});
    for (size_t i = 0; i < sizeof(METHODS) / sizeof(METHODS[0]); i++) {
        struct mcp_delivery r = {.method = mcp_str_c(METHODS[i])};

        ask(&b, &r, "/none");
        T_EQ(r.status, 204);
        T_CHECK(mcp_str_starts(peer_last(&b.peer), mcp_str_c(METHODS[i])));
        T_CHECK(!t_has(peer_last(&b.peer), MCP_STR("Content-Type")));
        T_EQ(t_has(peer_last(&b.peer), MCP_STR("Content-Length: 0\r\n")),
             METHODS[i][0] == 'P' && METHODS[i][1] != 'A');
    }
    struct mcp_delivery r = {.method = MCP_STR("DELETE"), .body = MCP_STR("{}")};

    ask(&b, &r, "/none");
    T_HAS(peer_last(&b.peer), "DELETE /none HTTP/1.1");
    T_HAS(peer_last(&b.peer), "\r\n\r\n{}");
    T_EQ(atomic_load(&b.peer.n_accepted), 1); /* one connection served them all */
    close_bench(&b);
}

static void headers_that_would_break_the_message_are_refused(void)
{
    struct bench b;
    static const struct mcp_http_header BAD[] = {
        {MCP_STR_INIT("X"), MCP_STR_INIT("a\r\nY: b")},
        {MCP_STR_INIT("X"), MCP_STR_INIT("a\nb")},
        {MCP_STR_INIT("X"), MCP_STR_INIT("a\0b")},
        {MCP_STR_INIT("X\r\nY"), MCP_STR_INIT("a")},
        {MCP_STR_INIT("X:"), MCP_STR_INIT("a")},
        {MCP_STR_INIT(""), MCP_STR_INIT("a")},
        {MCP_STR_INIT("X Y"), MCP_STR_INIT("a")},
        {MCP_STR_INIT("host"), MCP_STR_INIT("a")},
        {MCP_STR_INIT("Content-Length"), MCP_STR_INIT("1")},
        {MCP_STR_INIT("transfer-encoding"), MCP_STR_INIT("chunked")},
        {MCP_STR_INIT("Connection"), MCP_STR_INIT("close")},
        {MCP_STR_INIT("X\xff"), MCP_STR_INIT("a")}};
    static struct mcp_http_header many[33];
    static char huge[9000];

    open_bench(&b, (struct mcp_deliver_options){0});
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        struct mcp_delivery r = {.headers = &BAD[i], .n_headers = 1};

        ask(&b, &r, "/ok");
        ck_assert_msg(r.end == MCP_DELIVERY_REFUSED, "%zu", i);
    }
    for (size_t i = 0; i < 33; i++) {
        many[i] = (struct mcp_http_header){MCP_STR("X"), MCP_STR("y")};
    }
    struct mcp_delivery r = {.headers = many, .n_headers = 33};

    ask(&b, &r, "/ok");
    T_EQ(r.end, MCP_DELIVERY_REFUSED);
    r.n_headers = 32;
    ask(&b, &r, "/ok");
    T_EQ(r.end, MCP_DELIVERY_ANSWERED);
    memset(huge, 'h', sizeof(huge));
    many[0].value = mcp_str_n(huge, sizeof(huge));
    ask(&b, &r, "/ok");
    T_EQ(r.end, MCP_DELIVERY_REFUSED);
    r = (struct mcp_delivery){.method = MCP_STR("GET /x HTTP/1.1\r\nX:")};
    ask(&b, &r, "/ok");
    T_EQ(r.end, MCP_DELIVERY_REFUSED);
    T_STR(mcp_str_c(r.why), "refused: its method is no token");
    T_EQ(atomic_load(&b.peer.n_requests), 1);
    close_bench(&b);
}

/* ---- What comes back ---- */

static void an_answer_is_status_body_and_two_headers(void)
{
    struct bench b;
    struct mcp_delivery r = {0};

    open_bench(&b, (struct mcp_deliver_options){0});
    ask(&b, &r, "/busy");
    T_EQ(r.end, MCP_DELIVERY_ANSWERED);
    T_EQ(r.status, 503);
    T_STR(mcp_str_c(b.body), "later");
    T_STR(mcp_str_c(r.retry_after), "120");
    T_STR(mcp_str_c(r.date), "Fri, 06 Nov 2026 08:00:30 GMT");
    T_STR(mcp_str_c(r.why), "");
    T_CHECK(r.took_ms >= 0 && r.took_ms < 10000);
    ask(&b, &r, "/continue"); /* what an interim answer says is not the answer's */
    T_EQ(r.status, 200);
    T_STR(mcp_str_c(r.retry_after), "");
    T_STR(mcp_str_c(r.date), "");
    ask(&b, &r, "/trailer"); /* nor what a trailer says */
    T_EQ(r.status, 200);
    T_STR(mcp_str_c(r.retry_after), "");
    close_bench(&b);
}

static void every_framing_and_packing_of_a_body_is_read(void)
{
    static const char *const WANT[][2] = {{"/chunks", "abcde"},
                                          {"/close", "until the end"},
                                          {"/gzip", "{\"balance\":12}"},
                                          {"/none", ""}};
    struct bench b;

    open_bench(&b, (struct mcp_deliver_options){0});
    for (size_t i = 0; i < sizeof(WANT) / sizeof(WANT[0]); i++) {
        struct mcp_delivery r = {0};

        ask(&b, &r, WANT[i][0]);
        T_EQ(r.end, MCP_DELIVERY_ANSWERED);
        T_STR(mcp_str_c(b.body), WANT[i][1]);
    }
    close_bench(&b);
}

static void each_way_to_fail_has_its_end_and_its_sentence_and_no_secret(void)
{
    static const struct {
        const char *path;
        enum mcp_delivery_end end;
        const char *says;
    } WAYS[] = {
        {"/declared", MCP_DELIVERY_TOO_LARGE, "the answer is too large"},
        {"/endless", MCP_DELIVERY_TOO_LARGE, "the answer is too large"},
        {"/chunked-endless", MCP_DELIVERY_TOO_LARGE, "the answer is too large"},
        {"/head-endless", MCP_DELIVERY_TOO_LARGE, "the answer is too large"},
        {"/bomb", MCP_DELIVERY_TOO_LARGE, "the answer is too large"},
        {"/badzip", MCP_DELIVERY_GARBLED, "the answer is no HTTP that can be read"},
        {"/short", MCP_DELIVERY_GARBLED, "the answer ended early"},
        {"/half-head", MCP_DELIVERY_GARBLED, "the answer ended early"},
        {"/garbage", MCP_DELIVERY_GARBLED, "the answer is no HTTP that can be read"},
        {"/999", MCP_DELIVERY_GARBLED, "the answer has no status that HTTP knows"},
        {"/cut", MCP_DELIVERY_UNREACHABLE, "the host cut the connection"},
        {"/stall", MCP_DELIVERY_LATE, "no complete answer within 0.3 s"},
        {"/drip", MCP_DELIVERY_LATE, "no complete answer within 0.3 s"},
    };
    struct bench b;
    char path[128];

    open_bench(&b, (struct mcp_deliver_options){0});
    for (size_t i = 0; i < sizeof(WAYS) / sizeof(WAYS[0]); i++) {
        bool is_late = WAYS[i].end == MCP_DELIVERY_LATE;
        struct mcp_delivery r = {.timeout_ms = is_late ? 300 : 0, .answer_bytes_max = 5000};

        snprintf(path, sizeof(path), "%s?key=s3cret", WAYS[i].path);
        ask(&b, &r, path);
        ck_assert_msg(r.end == WAYS[i].end && strcmp(r.why, WAYS[i].says) == 0, "%s: %s: %s",
                      WAYS[i].path, mcp_delivery_end_name(r.end), r.why);
        T_CHECK(r.status == 0 && !b.body[0] && !r.retry_after[0]);
        T_CHECK(!strstr(r.why, "s3cret"));
        T_CHECK(!is_late || (r.took_ms >= 290 && r.took_ms < 3000));
    }
    close_bench(&b);
}

static void an_endless_line_ends_too(void)
{
    struct bench b;
    struct mcp_delivery r = {0};

    open_bench(&b, (struct mcp_deliver_options){0});
    ask(&b, &r, "/line-endless?key=s3cret");
    T_CHECK(r.end != MCP_DELIVERY_ANSWERED && r.end != MCP_DELIVERY_LATE);
    T_CHECK(!strstr(r.why, "s3cret"));
    struct mcp_delivery cut = {.answer_bytes_max = 1 << 20}; /* a packed body that ends early */

    ask(&b, &cut, "/cutzip");
    T_CHECK(cut.end == MCP_DELIVERY_GARBLED || strlen(b.body) < 48894);
    close_bench(&b);
}

static void an_answer_of_exactly_the_limit_is_whole(void)
{
    struct bench b;
    struct mcp_delivery r = {.answer_bytes_max = 5};

    open_bench(&b, (struct mcp_deliver_options){0});
    ask(&b, &r, "/ok");
    T_EQ(r.end, MCP_DELIVERY_ANSWERED);
    T_STR(mcp_str_c(b.body), "hello");
    r.answer_bytes_max = 4;
    ask(&b, &r, "/ok");
    T_EQ(r.end, MCP_DELIVERY_TOO_LARGE);
    close_bench(&b);
}

static void nobody_there_and_no_such_name_are_told_apart(void)
{
    struct bench b;
    struct mcp_delivery r = {.method = MCP_STR("GET")};
    struct peer gone;
    char text[128];

    open_bench(&b, (struct mcp_deliver_options){0});
    peer_open(&gone, behave);
    snprintf(text, sizeof(text), "http://127.0.0.1:%d/s3cret", gone.port);
    peer_close(&gone);
    r.url = mcp_str_c(text);
    waiter_ask(&b.w, &r, b.body, sizeof(b.body));
    T_EQ(r.end, MCP_DELIVERY_UNREACHABLE);
    T_STR(mcp_str_c(r.why), "the host takes no connection");
    r.url = MCP_STR("http://nowhere.invalid/s3cret");
    waiter_ask(&b.w, &r, b.body, sizeof(b.body));
    T_EQ(r.end, MCP_DELIVERY_UNRESOLVED);
    T_STR(mcp_str_c(r.why), "the host's name has no address");
    close_bench(&b);
}

/* ---- TLS ---- */

static enum mcp_delivery_end ask_tls(const char *ca, const char *host, uint16_t port, char *why)
{
    struct waiter w;
    char text[128], body[64];
    struct mcp_delivery r = {.method = MCP_STR("GET")};

    waiter_open(&w, (struct mcp_deliver_options){.ca_file = ca}, true);
    snprintf(text, sizeof(text), "https://%s:%d/ok?s3cret", host, port);
    r.url = mcp_str_c(text);
    waiter_ask(&w, &r, body, sizeof(body));
    memcpy(why, r.why, sizeof(r.why));
    T_CHECK(!strstr(why, "s3cret"));
    T_CHECK(r.end != MCP_DELIVERY_ANSWERED || strcmp(body, "hello") == 0);
    waiter_close(&w);
    return r.end;
}

static void tls_needs_a_certificate_that_is_trusted_and_names_the_host(void)
{
    struct peer p, plain;
    struct peer_tls right, other;
    char why[MCP_DELIVERY_WHY];

    peer_tls_make(&right, "DNS:localhost");
    peer_tls_make(&other, "DNS:localhost");
    peer_tls_open(&p, &right, behave);
    peer_open(&plain, behave);
    T_EQ(ask_tls(right.ca, "localhost", p.port, why), MCP_DELIVERY_ANSWERED);
    int before = atomic_load(&p.n_requests);

    T_STR(mcp_str_c(p.offered), "\x08http/1.1");
    T_EQ(ask_tls(NULL, "localhost", p.port, why), MCP_DELIVERY_INSECURE); /* the system's */
    T_HAS(mcp_str_c(why), "no trustworthy TLS: SSL certificate problem");
    T_EQ(ask_tls(other.ca, "localhost", p.port, why), MCP_DELIVERY_INSECURE);
    T_EQ(ask_tls(right.ca, "127.0.0.1", p.port, why), MCP_DELIVERY_INSECURE);
    T_HAS(mcp_str_c(why), "127.0.0.1");
    T_EQ(ask_tls(right.ca, "localhost", plain.port, why), MCP_DELIVERY_INSECURE);
    T_EQ(atomic_load(&p.n_requests), before); /* nothing was sent to whom it does not trust */
    peer_close(&p);
    peer_close(&plain);
    peer_tls_remove(&right);
    peer_tls_remove(&other);
}

static const struct t_case CASES[] = {
    T(a_get_says_what_it_was_told_and_little_else),
    T(a_post_carries_its_body_and_waits_for_nothing),
    T(any_method_goes_with_and_without_a_body),
    T(headers_that_would_break_the_message_are_refused),
    T(an_answer_is_status_body_and_two_headers),
    T(every_framing_and_packing_of_a_body_is_read),
    T(each_way_to_fail_has_its_end_and_its_sentence_and_no_secret),
    T(an_endless_line_ends_too),
    T(an_answer_of_exactly_the_limit_is_whole),
    T(nobody_there_and_no_such_name_are_told_apart),
    T(tls_needs_a_certificate_that_is_trusted_and_names_the_host),
};
T_MAIN("deliver", CASES)
