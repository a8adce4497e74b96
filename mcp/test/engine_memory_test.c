/* mcp/test/engine_memory_test.c - every allocation refused in turn; a steady stream of calls
 * allocates nothing. */
#include "engine_tools.h"
#include "tiny.h"

#define CALL(name, rest)   REQUEST("tools/call", "\"name\":\"" name "\"" rest)
#define CALL_E(name, rest) REQUEST("tools/call", MODERN_META ",\"name\":\"" name "\"" rest)

/* Answered in one finish, with the id whatever happens. True: with a result. */
static bool ask(struct mcp_server *s, const struct mcp_peer *peer, const char *message)
{
    struct tiny t = {.sink = {tiny_notify, tiny_finish}};

    mcp_server_handle(s, mcp_str_c(message), peer, &t.sink);
    if (!t.finishes) {
        mcp_server_tick(s);
    }
    T_EQ(t.finishes, 1);
    T_HAS(mcp_str_n(t.bytes, t.len), "\"id\":1");
    T_CHECK(t.err == MCP_OK || t.err == MCP_E_OVERLOADED || t.err == MCP_E_INVALID_REQUEST);
    return t.err == MCP_OK;
}

static int64_t no_time(void *user)
{
    (void)user;
    return 5000;
}

static mcp_err at_once(struct mcp_call *call, void *user)
{
    return mcp_call_after(call, 0, slept, user);
}

static const struct mcp_tool NOW[] = {{.name = "now", .description = "Late.", .fn = at_once}, {0}};

static const struct mcp_tool_set SETS[] = {{ENGINE_TOOLS, NULL}, {NOW, NULL}};

static const struct mcp_server_options OPTIONS = {.name = "t",
                                                  .version = "1",
                                                  .instructions = "i",
                                                  .tools = SETS,
                                                  .n_tools = 2,
                                                  .clock = {no_time, no_time, NULL},
                                                  .page_tools = 4};

static bool talk(void *arg)
{
    char why[200];
    struct mcp_server *s = mcp_server_new(&OPTIONS, why, sizeof(why));
    struct mcp_session *session = s ? mcp_session_new(s) : NULL;
    struct mcp_peer peer = peer_stdio(session);
    bool full = session != NULL;

    (void)arg;
    peer.principal.rate_per_minute = 1000;
    if (session) {
        full = ask(s, &peer, INITIALIZE("2025-11-25")) && full;
        /* What an earlier refusal spoiled may be refused now, but is answered. */
        full = ask(s, &peer, REQUEST("tools/list", "")) && full;
        full = ask(s, &peer, CALL("add", ",\"arguments\":{\"a\":1}")) && full;
        full = ask(s, &peer, CALL_E("blocks", "")) && full;
        full = ask(s, &peer, CALL_E("now", "")) && full;
        full = ask(s, &peer, REQUEST("server/discover", MODERN_META)) && full;
        T_EQ(mcp_server_calls(s), 0);
    }
    mcp_session_free(session);
    mcp_server_free(s);
    return full;
}

static void every_refused_allocation_ends_in_a_reply_with_the_id(void)
{
    size_t n = t_torture(talk, NULL);

    printf("# %zu allocations for a server and six requests\n", n);
    /* A budget, raised once: revisions no longer share the pages of their lists. */
    T_CHECK(n > 20 && n <= (IS_EXACT ? 260 : 110));
}

static bool batch(void *arg)
{
    static const char TEXT[] = "[" REQUEST("ping", "") "," CALL("nothing", "") "]";
    struct mcp_server *s = arg;
    struct mcp_session *session = mcp_session_new(s);
    struct mcp_peer peer = peer_stdio(session);
    struct tiny t = {.sink = {tiny_notify, tiny_finish}};
    bool full = session && ask(s, &peer, INITIALIZE("2025-03-26"));

    if (full) {
        mcp_server_handle(s, mcp_str_c(TEXT), &peer, &t.sink);
        T_EQ(t.finishes, 1);
        /* Without memory for the array itself it may look like one of notifications. */
        full = t.err == MCP_OK && t.bytes[0] == '[';
        full = full && !t_has(mcp_str_n(t.bytes, t.len), MCP_STR("1503"));
    }
    mcp_session_free(session);
    return full;
}

static void a_batch_without_memory_is_answered_once(void)
{
    char why[200];
    struct mcp_server *s = mcp_server_new(&OPTIONS, why, sizeof(why));

    T_CHECK(t_torture(batch, s) >= 1);
    mcp_server_free(s);
}

static void steady_calls_allocate_nothing(void)
{
    static const char *const MESSAGES[] = {
        CALL("add", ",\"arguments\":{\"a\":1,\"b\":2}"),
        CALL_E("add", ",\"arguments\":{\"a\":1,\"b\":2}"),
        CALL_E("blocks", ""),
        CALL("refuse", ""),
        CALL_E("now", ""),
        CALL("no.such", ""),
        REQUEST("tools/list", ""),
        REQUEST("ping", ""),
        REQUEST("nope", ""),
    };
    char why[200];
    struct mcp_server *s = mcp_server_new(&OPTIONS, why, sizeof(why));
    struct mcp_session *session = mcp_session_new(s);
    struct mcp_peer peer = peer_stdio(session);

    T_CHECK(ask(s, &peer, INITIALIZE("2025-11-25")));
    for (size_t i = 0; i < sizeof(MESSAGES) / sizeof(MESSAGES[0]); i++) {
        struct tiny t = {.sink = {tiny_notify, tiny_finish}};

        for (int n = 0; n < 103; n++) {
            if (n == 3) {
                mcp_alloc_refuse(0); /* warm: count from here */
            }
            mcp_server_handle(s, mcp_str_c(MESSAGES[i]), &peer, &t.sink);
            mcp_server_tick(s);
        }
        T_EQ(t.finishes, 103);
        if (!IS_EXACT) {
            ck_assert_msg(mcp_alloc_count() == 0, "%zu allocations in 100 of %s", mcp_alloc_count(),
                          MESSAGES[i]);
        }
    }
    mcp_session_free(session);
    mcp_server_free(s);
}

static void the_id_of_an_unread_message_is_found_only_where_it_is(void)
{
    static const char *const TEXTS[][2] = {
        {"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}", "\"id\":7,"},
        {" { \"params\" : {\"id\":1,\"x\":[{}, \"}\\\"\"]} , \"id\" : \"a\\nb\" } ",
         "\"id\":\"a\\nb\","},
        {"{\"a\":\"\\\"id\\\":5\",\"id\":-3 }", "\"id\":-3,"},
        {"{\"id\":1.5}", NULL},
        {"{\"id\":\"\\ud800\"}", NULL},
        {"{\"id\":\"\xff\"}", NULL},
        {"{\"id\":{\"id\":1}}", NULL},
        {"[{\"id\":1}]", NULL},
        {"{\"method\":\"x\",\"params\":{\"id\":1}}", NULL},
        {"{\"id\"", NULL},
        {"{\"id\":\"", NULL},
        {"{\"x\":\"\\", NULL},
        {"{,,,", NULL},
        {"", NULL},
    };
    char why[200];
    struct mcp_server *s = mcp_server_new(&OPTIONS, why, sizeof(why));
    struct mcp_peer peer = {.principal = WIRE_EVERYTHING};

    for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
        struct tiny t = {.sink = {tiny_notify, tiny_finish}};

        /* Twice: with no memory for the call, then with none for its message. */
        for (size_t nth = 1; nth <= 2; nth++) {
            t.finishes = 0;
            mcp_alloc_refuse(nth);
            mcp_server_handle(s, mcp_str_c(TEXTS[i][0]), &peer, &t.sink);
            mcp_alloc_refuse(0);
            T_EQ(t.finishes, 1);
            if (TEXTS[i][1]) {
                T_HAS(mcp_str_n(t.bytes, t.len), TEXTS[i][1]);
            } else {
                T_EQ(t.len, 0);
            }
            if (!IS_EXACT) {
                break; /* the second would find memory in the pool */
            }
        }
    }
    mcp_server_free(s);
}

static const struct t_case CASES[] = {
    T(every_refused_allocation_ends_in_a_reply_with_the_id),
    T(a_batch_without_memory_is_answered_once),
    T(steady_calls_allocate_nothing),
    T(the_id_of_an_unread_message_is_found_only_where_it_is),
};
T_MAIN("mcp/engine_memory", CASES)
