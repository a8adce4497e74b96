/* rest/test/tools.h - rows and routes for the tests: every body mode, every way to end. */
#ifndef REST_TEST_TOOLS_H
#define REST_TEST_TOOLS_H

#include <rest/test/wire.h>

/* Says its arguments back. */
static mcp_err tool_echo(struct mcp_call *call, void *user)
{
    (void)user;
    mcp_json_put_raw(mcp_structured(call), mcp_json_raw(mcp_call_arguments(call)));
    return MCP_OK;
}

static mcp_err tool_pools(struct mcp_call *call, void *user)
{
    mcp_str status = mcp_arg_str(call, "status");
    struct mcp_json_writer *w = mcp_structured(call);

    (void)user;
    if (mcp_str_eq(status, MCP_STR("bad"))) {
        return mcp_fail(call, MCP_E_INVALID_STATUS, "\"bad\" is not a status");
    }
    if (mcp_str_eq(status, MCP_STR("broken"))) {
        return mcp_fail(call, MCP_E_INTERNAL, "it broke");
    }
    if (mcp_str_eq(status, MCP_STR("full"))) {
        return mcp_fail(call, MCP_E_STORAGE, "the disk is full");
    }
    mcp_json_object(w);
    mcp_json_put_key(w, MCP_STR("pools"));
    mcp_json_array(w);
    mcp_json_put_str(w, status);
    mcp_json_array_end(w);
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err tool_trace(struct mcp_call *call, void *user)
{
    struct mcp_json_writer *w = mcp_structured(call);

    (void)user;
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("parent"), mcp_call_trace(call, MCP_TRACE_PARENT));
    mcp_json_member_str(w, MCP_STR("state"), mcp_call_trace(call, MCP_TRACE_STATE));
    mcp_json_member_str(w, MCP_STR("baggage"), mcp_call_trace(call, MCP_TRACE_BAGGAGE));
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err late_step(struct mcp_call *call, void *user)
{
    struct wire *w = user;

    if (mcp_call_is_cancelled(call)) {
        w->late_gone++;
    }
    return mcp_call_is_cancelled(call) ? MCP_E_REFUSED : tool_echo(call, user);
}

static mcp_err tool_late(struct mcp_call *call, void *user)
{
    return mcp_call_after(call, 1000, late_step, user);
}

#define OBJECT(inside)                                                                             \
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{" inside "}}"

static const struct mcp_tool TEST_TOOLS[] = {
    {.name = "list_balances",
     .description = "d",
     .input_schema = OBJECT("\"status\":{\"type\":\"string\",\"maxLength\":200}"),
     .output_schema = "{\"type\":\"object\"}",
     .scope = "read",
     .fn = tool_pools},
    {.name = "echo",
     .description = "d",
     .input_schema = OBJECT("\"id\":{\"type\":\"string\"},\"n\":{\"type\":\"integer\"},"
                            "\"on\":{\"type\":\"boolean\"},\"tags\":{\"type\":\"array\"},"
                            "\"q\":{\"type\":\"string\"}"),
     .output_schema = "{\"type\":\"object\"}",
     .fn = tool_echo},
    {.name = "late",
     .description = "d",
     .input_schema = OBJECT(""),
     .output_schema = "{\"type\":\"object\"}",
     .fn = tool_late},
    {.name = "trace",
     .description = "d",
     .input_schema = OBJECT(""),
     .output_schema = "{\"type\":\"object\"}",
     .fn = tool_trace},
    {.name = "secret",
     .description = "d",
     .input_schema = OBJECT(""),
     .output_schema = "{\"type\":\"object\"}",
     .scope = "admin",
     .is_hidden = true,
     .fn = tool_echo},
    {0},
};

static const struct rest_route TEST_ROUTES[] = {
    {.path = "/api/v1/pools",
     .tool = "list_balances",
     .query = "status",
     .lists = "status",
     .surface = &rest_surface_pools},
    {.path = "/api/v1/echo/{id}",
     .tool = "echo",
     .query = "n on q",
     .surface = &rest_surface_pools},
    {.method = MCP_HTTP_PUT,
     .path = "/api/v1/echo/{id}",
     .tool = "echo",
     .success = 201,
     .body = REST_BODY_MERGED,
     .surface = &rest_surface_pools},
    {.method = MCP_HTTP_DELETE,
     .path = "/api/v1/echo/{id}",
     .tool = "echo",
     .success = 204,
     .surface = &rest_surface_pools},
    {.path = "/api/v1/late", .tool = "late", .surface = &rest_surface_pools},
    {.path = "/api/v1/trace", .tool = "trace", .surface = &rest_surface_pools},
    {.path = "/api/v1/secret", .tool = "secret", .surface = &rest_surface_pools},
    {0},
};

#endif
