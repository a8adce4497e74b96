/* everything_tasks.c - tools that take long. Names and texts are the suite's (protocol.md 5.10);
 * for clients without the extension each is an ordinary call that ends later. */
#include "everything.h"

enum { JOB_MS = 1000, TICK_MS = 250 };

#define TEXT(name) "\"" name "\":{\"type\":\"string\"}"
#define OBJECT(properties, required)                                                               \
    "{\"type\":\"object\",\"properties\":{" properties "},\"required\":[" required "]}"
#define CONFIRM_FORM OBJECT("\"confirm\":{\"type\":\"boolean\"}", "\"confirm\"")
#define NAME_FORM    OBJECT(TEXT("name"), "\"name\"")

static mcp_err greet(struct mcp_call *call, void *user)
{
    mcp_str name = mcp_arg_str(call, "name");

    (void)user;
    return mcp_text(call, "Hello, %.*s!", MCP_STR_ARG(name));
}

/* ---- A computation that can be cancelled ---- */

static mcp_err compute(struct mcp_call *call, void *user)
{
    int64_t *left_ms = user;
    int64_t all_ms = mcp_arg_int(call, "seconds", 0) * 1000;
    mcp_str label = mcp_arg_str(call, "label");

    if (mcp_call_is_cancelled(call)) {
        return mcp_fail(call, MCP_E_REFUSED, "The computation was cancelled.");
    }
    if (*left_ms <= 0) {
        return mcp_text(call, "Computed %.*s for %d seconds.", MCP_STR_ARG(label),
                        (int)(all_ms / 1000));
    }
    mcp_progress(call, (all_ms - *left_ms) * 1000, all_ms * 1000, MCP_STR("computing"));
    *left_ms -= TICK_MS;
    return mcp_call_after(call, TICK_MS, compute, left_ms);
}

static mcp_err slow_compute(struct mcp_call *call, void *user)
{
    int64_t *left_ms = mcp_arena_new(mcp_call_arena(call), int64_t, 1);

    (void)user;
    if (!left_ms) {
        return MCP_E_OVERLOADED;
    }
    *left_ms = mcp_arg_int(call, "seconds", 0) * 1000;
    mcp_err err = *left_ms ? mcp_task(call) : MCP_OK;

    return err ? err : compute(call, left_ms);
}

/* ---- Jobs that fail ---- */

static mcp_err fail_as_a_tool(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_fail(call, MCP_E_REFUSED, "The job failed, as it always does.");
}

static mcp_err fail_as_a_server(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_fail(call, MCP_E_INTERNAL, "The job broke the server, as it always does.");
}

static mcp_err failing_job(struct mcp_call *call, void *user)
{
    mcp_err err = mcp_task(call);

    return err ? err : mcp_call_after(call, JOB_MS, fail_as_a_tool, user);
}

static mcp_err protocol_error_job(struct mcp_call *call, void *user)
{
    mcp_err err = mcp_task(call);

    return err ? err : mcp_call_after(call, JOB_MS, fail_as_a_server, user);
}

/* ---- Input ---- */

static mcp_err confirm_delete(struct mcp_call *call, void *user)
{
    mcp_str filename = mcp_arg_str(call, "filename");
    mcp_err err = mcp_task(call);

    (void)user;
    if (err) {
        return err;
    }
    mcp_str question =
        mcp_arena_printf(mcp_call_arena(call), "Delete %.*s?", MCP_STR_ARG(filename));

    err = mcp_ask_elicit(call, "confirm", question.ptr ? question.ptr : "", CONFIRM_FORM);
    if (err) {
        return err;
    }
    bool is_sure =
        mcp_json_bool(mcp_json_get(mcp_answer_content(call, "confirm"), MCP_STR("confirm")), false);

    return mcp_text(call, is_sure ? "Deleted %.*s." : "Kept %.*s.", MCP_STR_ARG(filename));
}

static mcp_err multi_input(struct mcp_call *call, void *user)
{
    mcp_err err = mcp_task(call);

    (void)user;
    if (err) {
        return err;
    }
    (void)mcp_ask_elicit(call, "name", "What is your name?", NAME_FORM);
    (void)mcp_ask_elicit(call, "confirm", "Are you sure?", CONFIRM_FORM);
    err = mcp_ask(call);
    return err ? err : mcp_text(call, "Both questions are answered.");
}

static mcp_err say_hello(struct mcp_call *call, void *user)
{
    mcp_json name = mcp_json_get(mcp_answer_content(call, "user_name"), MCP_STR("name"));

    (void)user;
    return mcp_text(call, "Hello, %.*s!",
                    MCP_STR_ARG(mcp_json_str(name, mcp_call_arena(call), MCP_STR("stranger"))));
}

/* Asks while it is a call, goes on as a task. */
static mcp_err with_task(struct mcp_call *call, void *user)
{
    mcp_err err = mcp_ask_elicit(call, "user_name", "What is your name?", NAME_FORM);

    err = err ? err : mcp_task(call);
    return err ? err : mcp_call_after(call, TICK_MS, say_hello, user);
}

const struct mcp_tool everything_tasks[] = {
    {
        .name = "greet",
        .description = "Answers at once, whoever asks.",
        .input_schema = OBJECT(TEXT("name"), "\"name\""),
        .hints = MCP_READ_ONLY,
        .fn = greet,
    },
    {
        .name = "slow_compute",
        .description = "Takes as many seconds as it is told to.",
        .input_schema = OBJECT(
            "\"seconds\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":3600}," TEXT("label"),
            "\"seconds\""),
        .hints = MCP_READ_ONLY,
        .task = MCP_TASK_OPTIONAL,
        .fn = slow_compute,
    },
    {
        .name = "failing_job",
        .description = "Fails after a second, the way a tool fails.",
        .task = MCP_TASK_REQUIRED,
        .fn = failing_job,
    },
    {
        .name = "protocol_error_job",
        .description = "Fails after a second, the way a server fails.",
        .task = MCP_TASK_OPTIONAL,
        .fn = protocol_error_job,
    },
    {
        .name = "confirm_delete",
        .description = "Asks before it deletes nothing.",
        .input_schema = OBJECT(TEXT("filename"), "\"filename\""),
        .hints = MCP_DESTRUCTIVE,
        .task = MCP_TASK_OPTIONAL,
        .fn = confirm_delete,
    },
    {
        .name = "multi_input",
        .description = "Asks two questions at once.",
        .task = MCP_TASK_OPTIONAL,
        .fn = multi_input,
    },
    {
        .name = "test_tool_with_task",
        .description = "Asks for a name, then takes its time.",
        .task = MCP_TASK_REQUIRED,
        .fn = with_task,
    },
    {0},
};
