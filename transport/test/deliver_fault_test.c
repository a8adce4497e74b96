/* What libcurl may refuse: every request ends, once, and says so. A libcurl of the test's own in
 * the place of transport/deliver_curl.c: the real one, but that its n-th call fails, or none at
 * all. */
#include <transport/test/deliver_bench.h>

#include <transport/deliver_curl.h>

static atomic_int n_calls, fail_at; /* 0: none */
static bool is_missing;

static bool fails(void)
{
    int n = atomic_fetch_add(&n_calls, 1) + 1;

    return n == atomic_load(&fail_at);
}

static CURL *failing_easy_init(void)
{
    return fails() ? NULL : curl_easy_init();
}

static CURLM *failing_multi_init(void)
{
    return fails() ? NULL : curl_multi_init();
}

static struct curl_slist *failing_slist_append(struct curl_slist *list, const char *text)
{
    return fails() ? NULL : curl_slist_append(list, text);
}

static CURLMcode failing_multi_add_handle(CURLM *multi, CURL *easy)
{
    return fails() ? CURLM_OUT_OF_MEMORY : curl_multi_add_handle(multi, easy);
}

/* With a transfer under way only: an idle one has nothing to lose. */
static CURLMcode failing_multi_perform(CURLM *multi, int *n)
{
    CURLMcode code = curl_multi_perform(multi, n);

    return *n && fails() ? CURLM_INTERNAL_ERROR : code;
}

/* A wake-up that is lost: the thread looks by itself. */
static CURLMcode failing_multi_wakeup(CURLM *multi)
{
    return fails() ? CURLM_WAKEUP_FAILURE : curl_multi_wakeup(multi);
}

const struct mcp__curl *mcp__curl_get(void)
{
    static struct mcp__curl table;

#define X(member, function) table.member = function;
    MCP__CURL_FUNCTIONS(X)
#undef X
    table.easy_init = failing_easy_init;
    table.multi_init = failing_multi_init;
    table.slist_append = failing_slist_append;
    table.multi_add_handle = failing_multi_add_handle;
    table.multi_perform = failing_multi_perform;
    table.multi_wakeup = failing_multi_wakeup;
    return is_missing ? NULL : &table;
}

static void without_libcurl_every_request_says_so(void)
{
    struct bench b;
    struct mcp_delivery r = {0};

    is_missing = true;
    open_bench(&b, (struct mcp_deliver_options){0});
    for (int i = 0; i < 3; i++) {
        ask(&b, &r, "/ok");
        T_EQ(r.end, MCP_DELIVERY_FAILED);
        T_STR(mcp_str_c(r.why), "libcurl (libcurl.so.4, 7.87 or newer) is missing");
    }
    r.url = MCP_STR("https://127.0.0.1:22/");
    T_EQ(mcp_deliver_now(b.w.d, &r), MCP_OK);
    T_EQ(r.end, MCP_DELIVERY_REFUSED); /* our own rules hold */
    close_bench(&b);
}

static void whatever_call_fails_the_request_ends(void)
{
    struct mcp_http_header header = {MCP_STR("X"), MCP_STR("y")};
    int n_failed = 0, n = 1;

    for (;; n++) {
        struct bench b;
        struct mcp_delivery r = {.headers = &header, .n_headers = 1};

        atomic_store(&n_calls, 0);
        atomic_store(&fail_at, n);
        open_bench(&b, (struct mcp_deliver_options){.resolve = "a.example:80:127.0.0.1"});
        ask(&b, &r, "/ok");
        close_bench(&b);
        T_CHECK(r.end == MCP_DELIVERY_ANSWERED || r.end == MCP_DELIVERY_FAILED);
        T_CHECK(r.end == MCP_DELIVERY_ANSWERED || r.why[0]);
        n_failed += r.end == MCP_DELIVERY_FAILED;
        if (atomic_load(&n_calls) < n) {
            break; /* it was not met any more */
        }
    }
    T_CHECK(n_failed >= 8); /* the list, the multi, the easy, three headers, adding, performing */
    T_CHECK(n < 100);
}

static const struct t_case CASES[] = {
    T(without_libcurl_every_request_says_so),
    T(whatever_call_fails_the_request_ends),
};
T_MAIN_APART("deliver_fault", CASES)
