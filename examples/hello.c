/* examples/hello.c - a whole MCP server: one tool, served over stdio or HTTP.
 *
 *     hello                           stdio, for a desktop client
 *     hello --http=127.0.0.1:8080     Streamable HTTP at /mcp
 *     hello --help                    the rest */
#include <cistern.h>

static mcp_err greet(struct mcp_call *call, void *user)
{
    mcp_str name = mcp_arg_str(call, "name");

    (void)user;
    return mcp_text(call, "Hello, %.*s!", MCP_STR_ARG(name));
}

static const struct mcp_tool TOOLS[] = {
    {
        .name = "greet",
        .description = "Say hello to a person by name.",
        .input_schema = MCP_JSON({
            "type" : "object",
            "required" : ["name"],
            "properties" : {"name" : {"type" : "string", "minLength" : 1}}
        }),
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .fn = greet,
    },
    {0},
};

int main(int argc, char **argv)
{
    return mcp_main(argc, argv,
                    &(struct mcp_program){.name = "hello", .version = "1.0", .tools = TOOLS});
}
