/* mcp/test/engine_invoke_test.c - the door without JSON-RPC; the start and end of a server. */
#include "engine_tools.h"

struct direct {
    struct mcp_outcome_sink sink;
    int finishes;
    mcp_err err;
    char message[200], structured[200], text[200], argument[20];
};

static void copy(char *to, size_t n, mcp_str s)
{
    snprintf(to, n, "%.*s", MCP_STR_ARG(s));
}

static void direct_finish(struct mcp_outcome_sink *sink, const struct mcp_outcome *o)
{
    struct direct *d = (struct direct *)(void *)sink;

    d->finishes++;
    d->err = o->err;
    copy(d->message, sizeof(d->message), o->message);
    copy(d->structured, sizeof(d->structured), o->structured);
    copy(d->text, sizeof(d->text), o->text);
    copy(d->argument, sizeof(d->argument), o->argument);
}

static struct direct invoke(struct stage *s, const char *name, const char *arguments)
{
    struct direct d = {.sink = {.finish = direct_finish}};

    mcp_server_invoke(s->world.server, mcp_str_c(name), mcp_str_c(arguments), &s->peer.principal,
                      &d.sink);
    return d;
}

static void rest_and_the_command_line_share_the_pipeline(void)
{
    struct stage s;

    stage_init(&s, NULL);
    struct direct d = invoke(&s, "add", "{\"a\":2,\"b\":40}");

    T_EQ(d.finishes, 1);
    T_STR(mcp_str_c(d.structured), "{\"sum\":42}");
    d = invoke(&s, "blocks", "");
    T_STR(mcp_str_c(d.text), "first \"quoted\"\ncaf\xc3\xa9 \xff");
    d = invoke(&s, "secret", "");
    T_EQ(d.err, MCP_OK);
    d = invoke(&s, "no.such", "");
    T_EQ(d.err, MCP_E_UNKNOWN_TOOL);
    d = invoke(&s, "add", "[1]");
    T_EQ(d.err, MCP_E_INVALID_ARGUMENTS);
    T_STR(mcp_str_c(d.argument), "");
    d = invoke(&s, "add", "{\"a\":1,\"b\":\"x\"}");
    T_EQ(d.err, MCP_E_INVALID_ARGUMENTS);
    T_STR(mcp_str_c(d.argument), "b"); /* which one a surface may have a code for */
    d = invoke(&s, "add", "{\"a\":1,\"a\":1}");
    T_EQ(d.err, MCP_E_INVALID_JSON);
    d = invoke(&s, "refuse", "{}");
    T_EQ(d.err, MCP_E_NOT_FOUND);
    T_STR(mcp_str_c(d.message), "no tool \"x\ny\" here");
    T_STR(mcp_str_c(d.text), "");
    s.peer.principal.scopes[0] = '\0';
    d = invoke(&s, "guarded", "{}");
    T_EQ(d.err, MCP_E_FORBIDDEN);
    stage_free(&s);
}

static void an_invocation_can_be_cancelled(void)
{
    struct stage s;
    struct direct d = {.sink = {.finish = direct_finish}};

    stage_init(&s, NULL);
    mcp_server_invoke(s.world.server, MCP_STR("wait"), MCP_STR(""), &s.peer.principal, &d.sink);
    mcp_server_invoke_cancel(s.world.server, &d.sink);
    T_CHECK(mcp_call_is_cancelled(s.waiting.calls[0]));
    mcp_call_done(s.waiting.calls[0], MCP_OK);
    T_EQ(d.finishes, 0);
    stage_free(&s);
}

static bool invoke_once(void *arg)
{
    struct stage *s = arg;
    struct direct d = invoke(s, "add", "{\"a\":2}");

    T_EQ(d.finishes, 1);
    T_CHECK(d.err == MCP_OK || d.err == MCP_E_OVERLOADED);
    T_EQ(d.message[0] == '\0', d.err == MCP_OK);
    return d.err == MCP_OK;
}

static void an_invocation_without_memory_ends_once(void)
{
    struct stage s;

    stage_init(&s, NULL);
    T_CHECK(t_torture(invoke_once, &s) <= 12);
    stage_free(&s);
}

static void a_server_can_go_with_calls_nobody_waits_for(void)
{
    struct stage s;
    struct wire w;
    struct direct d = {.sink = {.finish = direct_finish}};

    stage_init(&s, "2025-03-26");
    say(&s, &w, "[" CALL("wait", "") "]");
    mcp_server_cancel(s.world.server, &w.sink);
    wire_free(&w);
    mcp_server_invoke(s.world.server, MCP_STR("sleep"), MCP_STR(""), &s.peer.principal, &d.sink);
    mcp_server_invoke_cancel(s.world.server, &d.sink);
    T_EQ(mcp_server_calls(s.world.server), 2);
    stage_free(&s);
}

static void a_server_needs_a_name_a_version_and_a_clock(void)
{
    struct mcp_server_options opt = {.name = "n"};
    char why[100];

    T_CHECK(!mcp_server_new(&opt, why, sizeof(why)));
    T_HAS(mcp_str_c(why), "needs a name");
    mcp_server_free(NULL);
    mcp_session_free(NULL);
}

static const struct t_case CASES[] = {
    T(rest_and_the_command_line_share_the_pipeline), T(an_invocation_can_be_cancelled),
    T(an_invocation_without_memory_ends_once),       T(a_server_can_go_with_calls_nobody_waits_for),
    T(a_server_needs_a_name_a_version_and_a_clock),
};
T_MAIN("mcp/engine_invoke", CASES)
