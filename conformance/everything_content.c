/* everything_content.c - tools that the official suite does not ask for, but stdio.mjs and
 * legacy.mjs do: structured results, links, annotations, and a call that takes its time. */
#include "everything.h"

static mcp_err structured(struct mcp_call *call, void *user)
{
    struct mcp_json_writer *w = mcp_structured(call);

    (void)user;
    mcp_json_object(w);
    mcp_json_member_int(w, MCP_STR("temperature"), 22);
    mcp_json_member_str(w, MCP_STR("conditions"), MCP_STR("Partly cloudy"));
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err structured_list(struct mcp_call *call, void *user)
{
    struct mcp_json_writer *w = mcp_structured(call);

    (void)user;
    mcp_json_array(w);
    for (int i = 1; i <= 3; i++) {
        mcp_json_put_int(w, i);
    }
    mcp_json_array_end(w);
    return MCP_OK;
}

static mcp_err link_to(struct mcp_call *call, void *user)
{
    static const struct mcp_resource LINK = {.uri = "test://static-text",
                                             .name = "static-text",
                                             .title = "Static text",
                                             .mime_type = "text/plain"};

    (void)user;
    return mcp_link(call, &LINK);
}

static mcp_err annotated(struct mcp_call *call, void *user)
{
    static const struct mcp_annotations NOTES = {.audience = MCP_FOR_USER | MCP_FOR_ASSISTANT,
                                                 .priority_micro = 800000,
                                                 .last_modified = "2026-06-17T08:02:11Z",
                                                 .meta = "{\"example.com/kind\":\"note\"}"};

    (void)user;
    return mcp_text_as(call, MCP_STR("This text says what it is for."), &NOTES);
}

static mcp_err waited(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_text(call, "Waited.");
}

static mcp_err waits(struct mcp_call *call, void *user)
{
    (void)user;
    mcp_progress(call, 1000000, 0, MCP_STR("begun"));
    return mcp_call_after(call, mcp_arg_int(call, "ms", 0), waited, NULL);
}

const struct mcp_tool everything_content[] = {
    {
        .name = "test_structured_content",
        .description = "Answers with an object that has a schema.",
        .output_schema = "{\"type\":\"object\",\"properties\":{\"temperature\":{\"type\":"
                         "\"number\"},\"conditions\":{\"type\":\"string\"}},\"required\":["
                         "\"temperature\",\"conditions\"]}",
        .hints = MCP_READ_ONLY,
        .fn = structured,
    },
    {
        .name = "test_structured_list",
        .description = "Answers with a list that has a schema.",
        .output_schema = "{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}",
        .hints = MCP_READ_ONLY,
        .fn = structured_list,
    },
    {
        .name = "test_resource_link",
        .description = "Answers with a link to a resource.",
        .hints = MCP_READ_ONLY,
        .fn = link_to,
    },
    {
        .name = "test_annotated_content",
        .title = "Annotated content",
        .description = "Answers with a text that says whom it is for.",
        .icons = "[{\"src\":\"data:image/png;base64,iVBORw0KGgo=\",\"mimeType\":\"image/png\"}]",
        .meta = "{\"example.com/kind\":\"fixture\"}",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .fn = annotated,
    },
    {
        .name = "test_waits",
        .description = "Reports progress once, then answers after some time.",
        .input_schema = "{\"type\":\"object\",\"properties\":{\"ms\":{\"type\":\"integer\","
                        "\"minimum\":0,\"maximum\":60000}},\"required\":[\"ms\"]}",
        .fn = waits,
    },
    {0},
};
