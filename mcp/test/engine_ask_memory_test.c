/* mcp/test/engine_ask_memory_test.c - asking with every allocation refused in turn. */
#include "ask_tools.h"

#if defined(__SANITIZE_ADDRESS__)
#define IS_EXACT 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_EXACT 1
#endif
#endif
#ifndef IS_EXACT
#define IS_EXACT 0
#endif

/* A sink that needs no heap. */
struct tiny {
    struct mcp_sink sink;
    char bytes[8192], note[2048];
    int finishes, n_notes;
    mcp_err err;
};

static void tiny_notify(struct mcp_sink *sink, mcp_str message, bool is_progress)
{
    struct tiny *t = (struct tiny *)(void *)sink;

    (void)is_progress;
    snprintf(t->note, sizeof(t->note), "%.*s", MCP_STR_ARG(message));
    t->n_notes++;
}

static void tiny_finish(struct mcp_sink *sink, const struct mcp_reply *reply)
{
    struct tiny *t = (struct tiny *)(void *)sink;

    T_EQ(t->finishes, 0);
    snprintf(t->bytes, sizeof(t->bytes), "%.*s", MCP_STR_ARG(reply->message));
    t->finishes++;
    t->err = reply->err;
}

static void tiny_say(struct tiny *t, struct mcp_server *s, const struct mcp_peer *peer,
                     const char *message)
{
    *t = (struct tiny){.sink = {tiny_notify, tiny_finish}};
    mcp_server_handle(s, mcp_str_c(message), peer, &t->sink);
}

/* The string behind `mark`, up to its quote. */
static const char *cut(const char *text, const char *mark, char out[2000])
{
    const char *from = strstr(text, mark), *to = from ? strchr(from + strlen(mark), '"') : NULL;

    snprintf(out, 2000, "%.*s", to ? (int)(to - from - (int)strlen(mark)) : 0,
             to ? from + strlen(mark) : "");
    return out;
}

#define ACCEPT "{\"action\":\"accept\",\"content\":{\"name\":\"Alice\"}}"

static bool talk_modern(void *arg)
{
    struct asked *a = arg;
    char state[2000], text[4000];
    struct tiny t;

    tiny_say(&t, a->world.server, &a->peer,
             REQUEST("tools/call", META_CAN(EVERY_ABILITY) ",\"name\":\"name\""));
    T_EQ(t.finishes, 1);
    if (t.err) {
        T_EQ(t.err, MCP_E_OVERLOADED);
        return false;
    }
    snprintf(text, sizeof(text),
             REQUEST("tools/call",
                     META_CAN(EVERY_ABILITY) ",\"name\":\"name\",\"requestState\":"
                                             "\"%s\",\"inputResponses\":{\"name\":" ACCEPT "}"),
             cut(t.bytes, "\"requestState\":\"", state));
    tiny_say(&t, a->world.server, &a->peer, text);
    T_EQ(t.finishes, 1);
    T_CHECK(t.err == MCP_OK || t.err == MCP_E_OVERLOADED || t.err == MCP_E_INVALID_PARAMS);
    return t.err == MCP_OK && strstr(t.bytes, "Hello, Alice!");
}

static bool talk_legacy(void *arg)
{
    struct asked *a = arg;
    struct mcp_session *session = mcp_session_new(a->world.server);
    struct mcp_peer peer = peer_stdio(session);
    char id[2000], text[4000];
    struct tiny t, r;
    bool full = false;

    if (!session) {
        return false;
    }
    tiny_say(&t, a->world.server, &peer, INITIALIZE_CAN("2025-11-25", EVERY_ABILITY));
    if (t.err == MCP_OK) {
        tiny_say(&t, a->world.server, &peer, CALL("name", ""));
        snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"id\":\"%s\",\"result\":" ACCEPT "}",
                 cut(t.note, "\"id\":\"", id));
        tiny_say(&r, a->world.server, &peer, text);
        T_EQ(r.finishes, 1);
        mcp_server_tick(a->world.server);
        full = t.finishes && t.err == MCP_OK && r.err == MCP_OK;
    }
    mcp_session_free(session); /* ends what waits for an answer that was not understood */
    mcp_server_tick(a->world.server);
    T_EQ(t.finishes, 1);
    T_EQ(mcp_server_calls(a->world.server), 0);
    return full;
}

/* A handler that asks for three things and does not look at what comes back. */
static bool talk_of_all(void *arg)
{
    struct asked *a = arg;
    struct mcp_session *session = mcp_session_new(a->world.server);
    struct mcp_peer peer = peer_stdio(session);
    struct tiny t;

    if (!session) {
        return false;
    }
    peer.principal.id[0] = 1; /* has a share, which takes memory */
    tiny_say(&t, a->world.server, &peer, INITIALIZE_CAN("2025-11-25", EVERY_ABILITY));
    mcp_err err = t.err;

    if (!err) {
        tiny_say(&t, a->world.server, &peer, CALL("all", ""));
        T_CHECK(!t.n_notes || strstr(t.note, "\"params\":{"));            /* each has its words */
        T_CHECK(t.finishes ? t.err == MCP_E_OVERLOADED : t.n_notes == 3); /* all, or it fails */
    }
    bool full = !err && !t.finishes;

    mcp_session_free(session);
    mcp_server_tick(a->world.server);
    T_EQ(mcp_server_calls(a->world.server), 0);
    return full;
}

static void torture(bool (*step)(void *arg), size_t budget)
{
    struct asked a;

    asked_init(&a, NULL);
    (void)step(&a); /* what stays for good */
    size_t n = t_torture(step, &a);

    printf("# %zu allocations\n", n);
    T_CHECK(n > 2 && n <= budget); /* a budget: raise it with a reason */
    asked_free(&a);
}

static void a_modern_round_without_memory_is_refused_cleanly(void)
{
    torture(talk_modern, IS_EXACT ? 120 : 30);
}

static void a_legacy_round_without_memory_is_refused_cleanly(void)
{
    torture(talk_legacy, IS_EXACT ? 120 : 30);
}

static void what_cannot_be_put_into_words_is_not_asked(void)
{
    torture(talk_of_all, IS_EXACT ? 120 : 30);
}

static const struct t_case cases[] = {
    T(a_modern_round_without_memory_is_refused_cleanly),
    T(a_legacy_round_without_memory_is_refused_cleanly),
    T(what_cannot_be_put_into_words_is_not_asked),
};

T_MAIN("engine_ask_memory", cases)
