/* everything_prompts.c - the prompts that the official suite uses. */
#include "everything.h"

static mcp_err simple(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_text(call, "This is a simple prompt for testing.");
}

static mcp_err with_arguments(struct mcp_call *call, void *user)
{
    mcp_str arg1 = mcp_arg_str(call, "arg1"), arg2 = mcp_arg_str(call, "arg2");

    (void)user;
    return mcp_text(call, "Prompt with arguments: arg1='%.*s', arg2='%.*s'", MCP_STR_ARG(arg1),
                    MCP_STR_ARG(arg2));
}

static mcp_err suggest(struct mcp_call *call, void *user)
{
    static const char *const VALUES[] = {"testValue1", "testValue2", NULL};

    (void)user;
    return mcp_suggest_from(call, VALUES);
}

static mcp_err with_resource(struct mcp_call *call, void *user)
{
    (void)user;
    mcp_embed_text(call, mcp_arg_str(call, "resourceUri"), "text/plain",
                   MCP_STR("Embedded resource content for testing."), NULL);
    return mcp_text(call, "Please process the embedded resource above.");
}

static mcp_err with_image(struct mcp_call *call, void *user)
{
    (void)user;
    mcp_image(call, everything_png, "image/png", NULL);
    return mcp_text(call, "Please analyze the image above.");
}

/* A prompt asks as a tool does. */
static mcp_err asking(struct mcp_call *call, void *user)
{
    mcp_err err = mcp_ask_elicit(call, "user_context", "What context should the prompt use?",
                                 "{\"type\":\"object\",\"properties\":{\"context\":{\"type\":"
                                 "\"string\"}},\"required\":[\"context\"]}");
    mcp_json context = mcp_json_get(mcp_answer_content(call, "user_context"), MCP_STR("context"));

    (void)user;
    return err ? err
               : mcp_text(
                     call, "Use this context: %.*s",
                     MCP_STR_ARG(mcp_json_str(context, mcp_call_arena(call), MCP_STR("none"))));
}

static const struct mcp_prompt_argument TWO[] = {
    {.name = "arg1", .description = "First test argument", .is_required = true},
    {.name = "arg2", .description = "Second test argument", .is_required = true},
    {0},
};

static const struct mcp_prompt_argument URI[] = {
    {.name = "resourceUri", .description = "URI of the resource to embed", .is_required = true},
    {0},
};

const struct mcp_prompt everything_prompts[] = {
    {
        .name = "test_simple_prompt",
        .description = "One message, no arguments.",
        .fn = simple,
    },
    {
        .name = "test_prompt_with_arguments",
        .description = "One message made of two arguments.",
        .arguments = TWO,
        .fn = with_arguments,
        .complete = suggest,
    },
    {
        .name = "test_prompt_with_embedded_resource",
        .description = "A resource, and what to do with it.",
        .arguments = URI,
        .fn = with_resource,
    },
    {
        .name = "test_prompt_with_image",
        .description = "A picture, and what to do with it.",
        .fn = with_image,
    },
    {
        .name = "test_input_required_result_prompt",
        .description = "Asks the client before it has a message.",
        .fn = asking,
    },
    {0},
};
