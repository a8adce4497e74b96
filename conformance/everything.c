/* everything.c - the server that the official conformance suite asks: one tool for each thing a
 * tool can do; resources and prompts are next door. Names and texts are the suite's (protocol.md
 * 5.9). */
#include "everything.h"

#include <stdlib.h>

enum { STEP_MS = 50, STEPS = 2 };

/* The suite's own text, byte for byte: it must come back as it was given. */
static const char contact_schema[] =
    "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"type\":\"object\","
    "\"$defs\":{\"address\":{\"$anchor\":\"addressDef\",\"type\":\"object\",\"properties\":"
    "{\"street\":{\"type\":\"string\"},\"city\":{\"type\":\"string\"}}}},"
    "\"properties\":{\"name\":{\"type\":\"string\"},\"address\":{\"$ref\":\"#/$defs/address\"},"
    "\"contactMethod\":{\"type\":\"string\",\"enum\":[\"phone\",\"email\"]},"
    "\"phone\":{\"type\":\"string\"},\"email\":{\"type\":\"string\"}},"
    "\"allOf\":[{\"anyOf\":[{\"required\":[\"phone\"]},{\"required\":[\"email\"]}]}],"
    "\"if\":{\"properties\":{\"contactMethod\":{\"const\":\"phone\"}},\"required\":"
    "[\"contactMethod\"]},"
    "\"then\":{\"required\":[\"phone\"]},\"else\":{\"required\":[\"email\"]},"
    "\"additionalProperties\":false}";

static mcp_err simple_text(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_text(call, "This is a simple text response for testing.");
}

static mcp_err always_fails(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_fail(call, MCP_E_CONFLICT, "This tool intentionally returns an error for testing");
}

static mcp_err logging_tool(struct mcp_call *call, void *user)
{
    (void)user;
    mcp_call_log(call, MCP_LEVEL_INFO, "everything", "Tool execution completed.");
    return mcp_text(call, "Tool execution completed.");
}

static mcp_err image(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_image(call, everything_png, "image/png", NULL);
}

static mcp_err audio(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_audio(call, everything_wav, "audio/wav", NULL);
}

static mcp_err embedded(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_embed_text(call, MCP_STR("test://embedded-resource"), "text/plain",
                          MCP_STR("This is an embedded resource content."), NULL);
}

static mcp_err mixed(struct mcp_call *call, void *user)
{
    (void)user;
    mcp_text(call, "Multiple content types test:");
    mcp_image(call, everything_png, "image/png", NULL);
    return mcp_embed_text(call, MCP_STR("test://mixed-content-resource"), "application/json",
                          MCP_STR("{\"test\":\"data\",\"value\":123}"), NULL);
}

static mcp_err with_header(struct mcp_call *call, void *user)
{
    struct mcp_buf text; /* not printf, whose %.*s ends at a NUL */

    (void)user;
    mcp_buf_init(&text, (size_t)1 << 20);
    mcp_buf_add_c(&text, "Region: ");
    mcp_buf_add(&text, mcp_arg_str(call, "region"));
    mcp_err err = text.failed
                      ? mcp_fail(call, MCP_E_OVERLOADED, "There is no memory for this call.")
                      : mcp_text_as(call, mcp_buf_str(&text), NULL);

    mcp_buf_free(&text);
    return err;
}

/* One message a step. `user` counts the steps taken and lives in the arena. */
static mcp_err logging_step(struct mcp_call *call, void *user)
{
    static const char *const LINES[] = {"Tool execution started", "Tool processing data",
                                        "Tool execution completed"};
    int *taken = user;

    mcp_call_log(call, MCP_LEVEL_INFO, "everything", "%s", LINES[*taken]);
    if (*taken == STEPS) {
        return mcp_text(call, "Tool with logging executed successfully.");
    }
    *taken += 1;
    return mcp_call_after(call, STEP_MS, logging_step, taken);
}

static mcp_err with_logging(struct mcp_call *call, void *user)
{
    int *taken = mcp_arena_new(mcp_call_arena(call), int, 1);

    (void)user;
    return taken ? logging_step(call, taken)
                 : mcp_fail(call, MCP_E_OVERLOADED, "There is no memory for this call.");
}

static mcp_err contact(struct mcp_call *call, void *user)
{
    mcp_str name = mcp_arg_str(call, "name");

    (void)user;
    return mcp_text(call, "Contact: %.*s", MCP_STR_ARG(name));
}

/* 0, 50 and 100 of 100, one step apart. `user` counts the steps taken and lives in the arena. */
static mcp_err progress_step(struct mcp_call *call, void *user)
{
    int *taken = user;

    mcp_progress(call, (int64_t)*taken * 100000000 / STEPS, 100000000, mcp_str_n(NULL, 0));
    if (*taken == STEPS) {
        return mcp_text(call, "Tool with progress executed successfully.");
    }
    *taken += 1;
    return mcp_call_after(call, STEP_MS, progress_step, taken);
}

static mcp_err with_progress(struct mcp_call *call, void *user)
{
    int *taken = mcp_arena_new(mcp_call_arena(call), int, 1);

    (void)user;
    return taken ? progress_step(call, taken)
                 : mcp_fail(call, MCP_E_OVERLOADED, "There is no memory for this call.");
}

static const struct mcp_tool tools[] = {
    {
        .name = "test_simple_text", /* first: the suite calls tools[0] with {} */
        .description = "Answers with one line of text.",
        .hints = MCP_READ_ONLY,
        .fn = simple_text,
    },
    {
        .name = "test_image_content",
        .description = "Answers with a picture of one pixel.",
        .hints = MCP_READ_ONLY,
        .fn = image,
    },
    {
        .name = "test_audio_content",
        .description = "Answers with a sound that is over at once.",
        .hints = MCP_READ_ONLY,
        .fn = audio,
    },
    {
        .name = "test_embedded_resource",
        .description = "Answers with a resource, not a link to it.",
        .hints = MCP_READ_ONLY,
        .fn = embedded,
    },
    {
        .name = "test_multiple_content_types",
        .description = "Answers with a text, a picture and a resource.",
        .hints = MCP_READ_ONLY,
        .fn = mixed,
    },
    {
        .name = "test_tool_with_logging",
        .description = "Logs three times, 50 ms apart.",
        .fn = with_logging,
    },
    {
        .name = "test_x_mcp_header",
        .description = "Takes an argument that HTTP clients repeat in a header.",
        .input_schema = "{\"type\":\"object\",\"properties\":{\"region\":{\"type\":\"string\","
                        "\"x-mcp-header\":\"Region\"}},\"additionalProperties\":false}",
        .hints = MCP_READ_ONLY,
        .fn = with_header,
    },
    {
        .name = "test_error_handling",
        .description = "Fails, always, the way a tool fails.",
        .fn = always_fails,
    },
    {
        .name = "test_tool_with_progress",
        .description = "Reports progress three times, 50 ms apart.",
        .fn = with_progress,
    },
    {
        .name = "test_streaming_elicitation",
        .description = "Streams progress before its result.",
        .fn = with_progress,
    },
    {
        .name = "test_logging_tool",
        .description = "Logs if it is asked to.",
        .fn = logging_tool,
    },
    {
        .name = "json_schema_2020_12_tool",
        .description = "Takes arguments that need JSON Schema 2020-12 to describe.",
        .input_schema = contact_schema,
        .fn = contact,
    },
    {0},
};

/* A number that a suite wants otherwise, from the environment; 0: the default. */
static long wanted(const char *name)
{
    const char *value = getenv(name);
    long n = value ? strtol(value, NULL, 10) : 0;

    return n > 0 ? n : 0;
}

int main(int argc, char **argv)
{
    static const struct mcp_tool_set more[] = {
        {everything_apps, NULL},    {everything_ask, NULL},
        {everything_changes, NULL}, {everything_content, NULL},
        {everything_tasks, NULL},   {everything_stuck, NULL}}; /* the last */
    static const struct mcp_extension *const extensions[] = {&everything_skills};
    const struct mcp_server_options options = {
        .page_tools = (size_t)wanted("EVERYTHING_PAGE_ITEMS"),
        .ask_timeout_ms = wanted("EVERYTHING_ASK_TIMEOUT_MS"),
    };
    const struct mcp_program program = {
        .name = "cistern-everything",
        .version = "0.1.0",
        .tools = tools,
        .more_tools = more,
        .n_more_tools = sizeof(more) / sizeof(more[0]) - !wanted("EVERYTHING_STUCK"),
        .resources = everything_resources,
        .prompts = everything_prompts,
        .extensions = extensions,
        .n_extensions = sizeof(extensions) / sizeof(extensions[0]),
        .has_logging = true,
        .announces = MCP_CHANGED_TOOLS | MCP_CHANGED_PROMPTS | MCP_CHANGED_RESOURCE,
        .options = &options,
        .drain_ms = wanted("EVERYTHING_DRAIN_MS"),
    };

    return mcp_main(argc, argv, &program);
}
