/* mcp/test/judge.h - is a message what its revision's schema.json says of one of its kind?
 *
 * A result is typed by the method it answers, a notification or request by its own, an error as
 * such; what belongs to the tasks extension by task_schema.json. Each function fails the running
 * check when it is not. Link with dep_t_schema; without ../shared/data the shapes are not judged
 * (mcp_schema.h). */
#ifndef MCP_TEST_JUDGE_H
#define MCP_TEST_JUDGE_H

#include "mcp_schema.h"
#include "t.h"

#include <mcp/json.h>

/* What a message answers, or comes beside. */
struct judge_case {
    char method[32];
    bool is_modern;       /* by the request's _meta */
    const char *revision; /* of the session; NULL: none is known */
};

static inline const char *judge_result_name(const char *method)
{
    static const char *const NAMES[][2] = {
        {"initialize", "InitializeResult"},
        {"ping", "EmptyResult"},
        {"server/discover", "DiscoverResult"},
        {"tools/list", "ListToolsResult"},
        {"tools/call", "CallToolResult"},
        {"resources/list", "ListResourcesResult"},
        {"resources/templates/list", "ListResourceTemplatesResult"},
        {"resources/read", "ReadResourceResult"},
        {"prompts/list", "ListPromptsResult"},
        {"prompts/get", "GetPromptResult"},
        {"completion/complete", "CompleteResult"},
        {"logging/setLevel", "EmptyResult"},
        {"resources/subscribe", "EmptyResult"},
        {"resources/unsubscribe", "EmptyResult"},
        {"subscriptions/listen", "SubscriptionsListenResult"}};

    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if (strcmp(NAMES[i][0], method) == 0) {
            return NAMES[i][1];
        }
    }
    return "Result";
}

static inline const char *judge_revision(const struct judge_case *asked, mcp_json result)
{
    if (mcp_json_present(mcp_json_get(result, MCP_STR("resultType"))) ||
        (asked->is_modern && !mcp_json_present(result))) {
        return "2026-07-28";
    }
    return asked->revision ? asked->revision : "2025-11-25";
}

/* What the tasks extension answers, and where; NULL: the protocol's schema knows the result. */
static inline const char *judge_task_name(const char *method, mcp_json type)
{
    static const char *const NAMES[][3] = {{"tools/call", "task", "CreateTaskResult"},
                                           {"tasks/get", "complete", "GetTaskResult"},
                                           {"tasks/update", "complete", "Acknowledgement"},
                                           {"tasks/cancel", "complete", "Acknowledgement"}};

    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if (strcmp(NAMES[i][0], method) == 0 && mcp_json_str_eq(type, mcp_str_c(NAMES[i][1]))) {
            return NAMES[i][2];
        }
    }
    return NULL;
}

static inline void judge_result(const struct judge_case *asked, const char *rev, mcp_json result)
{
    mcp_json type = mcp_json_get(result, MCP_STR("resultType"));
    const char *task = judge_task_name(asked->method, type);

    if (task) {
        t_task_conforms(task, result);
        t_task_carries(result);
        t_conforms(rev, "Result", mcp_json_raw(result));
    } else if (mcp_json_str_eq(type, MCP_STR("input_required"))) {
        t_conforms(rev, "InputRequiredResult", mcp_json_raw(result));
    } else {
        t_conforms(rev, judge_result_name(asked->method), mcp_json_raw(result));
    }
}

/* One response, by the definitions of its revision. */
static inline void judge_response(const struct judge_case *asked, mcp_json response)
{
    mcp_json result = mcp_json_get(response, MCP_STR("result"));
    mcp_json id = mcp_json_get(response, MCP_STR("id"));
    const char *rev = judge_revision(asked, result);
    bool is_new = strcmp(rev, "2025-11-25") >= 0;

    T_CHECK(mcp_json_str_eq(mcp_json_get(response, MCP_STR("jsonrpc")), MCP_STR("2.0")));
    if (mcp_json_present(result)) {
        t_conforms(rev, is_new ? "JSONRPCResultResponse" : "JSONRPCResponse",
                   mcp_json_raw(response));
        judge_result(asked, rev, result);
    } else if (is_new || mcp_json_type(id) != MCP_JSON_NULL) {
        /* JSON-RPC says null where the id was unreadable, the older schemas have no word for it */
        t_conforms(rev, is_new ? "JSONRPCErrorResponse" : "JSONRPCError", mcp_json_raw(response));
    }
}

static inline void judge_answer(const struct judge_case *asked, mcp_str message)
{
    const struct mcp_json_limits limits = {(size_t)1 << 26, 64, (size_t)1 << 20, true};
    struct mcp_arena arena;
    struct mcp_json_fault fault = {0};
    mcp_json v;

    mcp_arena_init(&arena, (size_t)1 << 28);
    mcp_err err = mcp_json_read(&arena, message, &limits, &v, &fault);

    ck_assert_msg(!err, "not JSON at %zu (%s): %.*s", fault.offset, fault.why,
                  MCP_STR_ARG(message));
    if (mcp_json_type(v) != MCP_JSON_ARRAY) {
        judge_response(asked, v);
    }
    for (mcp_json e = mcp_json_first(v); mcp_json_type(v) == MCP_JSON_ARRAY && mcp_json_present(e);
         e = mcp_json_next(v, e)) {
        judge_response(asked, e);
    }
    mcp_arena_free(&arena);
}

/* What the schemas call a message that is not a response. */
static inline const char *judge_note_name(mcp_json method)
{
    static const char *const NAMES[][2] = {
        {"notifications/progress", "ProgressNotification"},
        {"notifications/cancelled", "CancelledNotification"},
        {"notifications/message", "LoggingMessageNotification"},
        {"notifications/tools/list_changed", "ToolListChangedNotification"},
        {"notifications/prompts/list_changed", "PromptListChangedNotification"},
        {"notifications/resources/list_changed", "ResourceListChangedNotification"},
        {"notifications/resources/updated", "ResourceUpdatedNotification"},
        {"notifications/subscriptions/acknowledged", "SubscriptionsAcknowledgedNotification"},
        {"elicitation/create", "ElicitRequest"},
        {"sampling/createMessage", "CreateMessageRequest"},
        {"roots/list", "ListRootsRequest"},
    };

    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if (mcp_json_str_eq(method, mcp_str_c(NAMES[i][0]))) {
            return NAMES[i][1];
        }
    }
    return "JSONRPCNotification";
}

/* Notifications of extensions, which no schema.json knows: each by name, with what it must be. */
static inline void judge_extension(mcp_json note, mcp_json method)
{
    mcp_str raw = mcp_json_raw(method);

    if (mcp_json_str_eq(method, MCP_STR("notifications/tasks"))) {
        t_task_conforms("TaskStatusNotification", note);
        t_task_carries(mcp_json_get(note, MCP_STR("params")));
    } else { /* weather.h */
        ck_assert_msg(mcp_str_starts(raw, MCP_STR("\"notifications/weather")),
                      "no schema says what this is: %.*s", MCP_STR_ARG(mcp_json_raw(note)));
    }
}

static inline void judge_note(const struct judge_case *asked, mcp_str message, bool is_progress)
{
    const struct mcp_json_limits limits = {(size_t)1 << 26, 64, (size_t)1 << 20, true};
    struct mcp_arena arena;
    mcp_json v;

    mcp_arena_init(&arena, (size_t)1 << 28);
    T_CHECK(mcp_json_read(&arena, message, &limits, &v, NULL) == MCP_OK);
    mcp_json method = mcp_json_get(v, MCP_STR("method"));
    const char *name = judge_note_name(method);

    T_CHECK(is_progress == (strcmp(name, "ProgressNotification") == 0));
    t_conforms(judge_revision(asked, (mcp_json){NULL, NULL}), name, message);
    if (strcmp(name, "JSONRPCNotification") == 0) {
        judge_extension(v, method);
    }
    mcp_arena_free(&arena);
}

#endif
