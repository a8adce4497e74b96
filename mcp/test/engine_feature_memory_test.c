/* mcp/test/engine_feature_memory_test.c - resources, prompts and completion with every allocation
 * refused in turn, and a steady stream of them. */
#include "feature_rows.h"
#include "tiny.h"

static const char *const MESSAGES[] = {
    REQUEST("resources/list", MODERN_META),
    REQUEST("resources/read", MODERN_META ",\"uri\":\"doc://two\""),
    REQUEST("resources/read", MODERN_META ",\"uri\":\"doc://pages/a%20b\""),
    REQUEST("prompts/list", MODERN_META),
    REQUEST("prompts/get", MODERN_META ",\"name\":\"review\",\"arguments\":{\"code\":\"c\"}"),
    REQUEST("completion/complete",
            MODERN_META ",\"ref\":{\"type\":\"ref/resource\",\"uri\":\"doc://pages/{page}\"},"
                        "\"argument\":{\"name\":\"page\",\"value\":\"v\"}"),
    REQUEST("tools/call", MODERN_META ",\"name\":\"everything\""),
    REQUEST("tools/call",
            "\"name\":\"log\",\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":"
            "\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":{},"
            "\"io.modelcontextprotocol/logLevel\":\"debug\",\"traceparent\":\"00-\\u0061\"}"),
};

enum { N = sizeof(MESSAGES) / sizeof(MESSAGES[0]) };

static int64_t no_time(void *user)
{
    (void)user;
    return 5000;
}

static struct mcp_server *make(void)
{
    struct mcp_server_options opt = FEATURE_OPTIONS;
    char why[256];

    opt.name = "t";
    opt.version = "1";
    opt.clock = (struct mcp_clock){no_time, no_time, NULL};
    return mcp_server_new(&opt, why, sizeof(why));
}

/* Answered in one finish, with the id whatever happens. True: with a result. */
static bool ask(struct mcp_server *s, const struct mcp_peer *peer, const char *message)
{
    struct tiny t = {.sink = {tiny_notify, tiny_finish}};

    mcp_server_handle(s, mcp_str_c(message), peer, &t.sink);
    T_EQ(t.finishes, 1);
    T_HAS(mcp_str_n(t.bytes, t.len), "\"id\":1");
    T_CHECK(t.err == MCP_OK || t.err == MCP_E_OVERLOADED);
    return t.err == MCP_OK;
}

static bool make_and_free(void *arg)
{
    struct mcp_server *s = make();

    (void)arg;
    mcp_server_free(s);
    return s != NULL;
}

static void a_server_with_all_rows_starts_or_says_why_not(void)
{
    size_t n = t_torture(make_and_free, NULL);

    printf("# %zu allocations for a server with 6 tools, 4 resources, 3 prompts\n", n);
    T_CHECK(n > 50 && n <= 180); /* a budget: raise it with a reason */
}

struct asking {
    struct mcp_server *server;
    const char *message;
};

static bool ask_one(void *arg)
{
    const struct asking *a = arg;
    const struct mcp_peer peer = {.principal = WIRE_EVERYTHING};

    return ask(a->server, &peer, a->message);
}

static void every_refused_allocation_ends_in_a_reply_with_the_id(void)
{
    for (size_t i = 0; i < N; i++) {
        struct asking a = {make(), MESSAGES[i]};
        size_t n = t_torture(ask_one, &a);

        printf("# %zu allocations for %.60s\n", n, strstr(MESSAGES[i], "\"method\""));
        T_CHECK(n <= 14); /* a budget: raise it with a reason */
        T_EQ(mcp_server_calls(a.server), 0);
        mcp_server_free(a.server);
    }
}

static void a_steady_stream_allocates_nothing(void)
{
    const struct mcp_peer peer = {.principal = WIRE_EVERYTHING};

    for (size_t i = 0; i + 1 < N; i++) { /* log messages are put together anew each time */
        struct mcp_server *s = make();

        for (int n = 0; n < 103; n++) {
            if (n == 3) {
                mcp_alloc_refuse(0); /* warm: count from here */
            }
            T_CHECK(ask(s, &peer, MESSAGES[i]));
        }
        if (!IS_EXACT) {
            ck_assert_msg(mcp_alloc_count() == 0, "%zu allocations in 100 of %s", mcp_alloc_count(),
                          MESSAGES[i]);
        }
        mcp_server_free(s);
    }
}

static const struct t_case CASES[] = {
    T(a_server_with_all_rows_starts_or_says_why_not),
    T(every_refused_allocation_ends_in_a_reply_with_the_id),
    T(a_steady_stream_allocates_nothing),
};
T_MAIN("mcp/engine_feature_memory", CASES)
