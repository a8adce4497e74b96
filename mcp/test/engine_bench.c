/* mcp/test/engine_bench.c - nanoseconds per message through the whole engine, in memory. Not a
 * test; run it from a build with --buildtype=release -Db_ndebug=true.
 *
 *     mcp_engine_bench [MESSAGES]     of each kind and round; 10,000 */
#include "engine_tools.h"

#include <stdlib.h>
#include <time.h>

struct null_sink {
    struct mcp_sink sink;
    size_t bytes;
};

static void ignore_notification(struct mcp_sink *sink, mcp_str message, bool is_progress)
{
    (void)sink, (void)message, (void)is_progress;
}

static void count_bytes(struct mcp_sink *sink, const struct mcp_reply *reply)
{
    ((struct null_sink *)(void *)sink)->bytes += reply->message.len;
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* others may be busy here */
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int64_t no_time(void *user)
{
    (void)user;
    return 1;
}

/* Ten credit pools, the size of a real reply. */
static mcp_err pools(struct mcp_call *call, void *user)
{
    struct mcp_json_writer *w = mcp_structured(call);

    (void)user;
    mcp_json_object(w);
    mcp_json_put_key(w, MCP_STR("pools"));
    mcp_json_array(w);
    for (int i = 0; i < 10; i++) {
        mcp_json_object(w);
        mcp_json_member_str(w, MCP_STR("tool"), MCP_STR("Some tool"));
        mcp_json_member_str(w, MCP_STR("creditType"), MCP_STR("api_credits"));
        mcp_json_member_str(w, MCP_STR("status"), MCP_STR("healthy"));
        mcp_json_member_micro(w, MCP_STR("balance"), 1234560000 + i);
        mcp_json_member_int(w, MCP_STR("daysLeft"), 12 + i);
        mcp_json_member_str(w, MCP_STR("updatedAt"), MCP_STR("2026-06-17T08:02:11.000Z"));
        mcp_json_object_end(w);
    }
    mcp_json_array_end(w);
    mcp_json_object_end(w);
    return MCP_OK;
}

static const struct mcp_tool POOLS[] = {
    {.name = "pools",
     .description = "Ten pools.",
     .input_schema = "{\"type\":\"object\",\"properties\":{\"status\":{\"type\":\"string\"}},"
                     "\"additionalProperties\":false}",
     .fn = pools},
    {.name = "checked",
     .description = "The same, with an output schema.",
     .output_schema =
         "{\"type\":\"object\",\"required\":[\"pools\"],\"additionalProperties\":false,"
         "\"properties\":{\"pools\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
         "\"required\":["
         "\"tool\",\"creditType\",\"status\",\"balance\"],\"properties\":{\"tool\":{\"type\":"
         "\"string\",\"maxLength\":200},\"creditType\":{\"type\":\"string\"},\"status\":{\"enum\":["
         "\"healthy\",\"low\",\"critical\"]},\"balance\":{\"type\":\"number\"},\"daysLeft\":{"
         "\"type\":\"integer\"},\"updatedAt\":{\"type\":\"string\",\"format\":\"date-time\"}}}}}}",
     .fn = pools},
    {0}};

static int n_messages = 10000;

static void measure(struct mcp_server *s, const struct mcp_peer *peer, const char *what,
                    const char *message)
{
    struct null_sink sink = {.sink = {ignore_notification, count_bytes}};
    const int n = n_messages;
    double least = 1e9;

    /* The best of many rounds: whatever else runs on the machine only adds. */
    for (int round = 0; round < 30; round++) {
        double from = seconds();

        sink.bytes = 0;
        for (int i = 0; i < n; i++) {
            mcp_server_handle(s, mcp_str_c(message), peer, &sink.sink);
        }
        double spent = seconds() - from;

        least = spent < least ? spent : least;
    }
    printf("%-34s %7.0f ns  %6zu bytes\n", what, least / n * 1e9, sink.bytes / (size_t)n);
}

int main(int argc, char **argv)
{
    const struct mcp_tool_set sets[] = {{ENGINE_TOOLS, NULL}, {POOLS, NULL}};
    const struct mcp_server_options opt = {.name = "bench",
                                           .version = "1",
                                           .tools = sets,
                                           .n_tools = 2,
                                           .clock = {no_time, no_time, NULL}};
    char why[200];
    struct mcp_server *s = mcp_server_new(&opt, why, sizeof(why));
    struct mcp_session *session = mcp_session_new(s);
    struct mcp_peer peer = peer_stdio(session);
    struct null_sink sink = {.sink = {ignore_notification, count_bytes}};

    n_messages = argc > 1 ? (int)strtol(argv[1], NULL, 10) : n_messages;
    mcp_server_handle(s, MCP_STR(INITIALIZE("2025-11-25")), &peer, &sink.sink);
    measure(s, &peer, "legacy ping", REQUEST("ping", ""));
    measure(s, &peer, "legacy tools/list", REQUEST("tools/list", ""));
    measure(s, &peer, "legacy tools/call, two integers",
            REQUEST("tools/call", "\"name\":\"add\",\"arguments\":{\"a\":1,\"b\":2}"));
    measure(s, &peer, "legacy tools/call, ten pools", REQUEST("tools/call", "\"name\":\"pools\""));
    measure(s, &peer, "  the same, with an output schema",
            REQUEST("tools/call", "\"name\":\"checked\""));
    measure(s, &peer, "modern tools/list", REQUEST("tools/list", MODERN_META));
    measure(s, &peer, "modern tools/call, ten pools",
            REQUEST("tools/call", MODERN_META ",\"name\":\"pools\",\"arguments\":{\"status\":"
                                              "\"low\"}"));
    mcp_session_free(session);
    mcp_server_free(s);
    return 0;
}
