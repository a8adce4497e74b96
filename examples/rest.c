/* examples/rest.c - hello.c's tool over MCP and over REST: one row for the tool, one for the path.
 * The end of the README's tutorial.
 *
 *     rest                            MCP on stdio
 *     rest --http=127.0.0.1:8080      MCP at /mcp; /greetings/Ada?loud=true, /openapi.json, /docs
 */
#include <cistern.h>
#include <rest/rest.h>

static mcp_err greet(struct mcp_call *call, void *user)
{
    mcp_str name = mcp_arg_str(call, "name");
    bool is_loud = mcp_json_bool(mcp_arg(call, "loud"), false);
    struct mcp_json_writer *w = mcp_structured(call);

    (void)user;
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("greeting"),
                        mcp_arena_printf(mcp_call_arena(call), "Hello, %.*s%s", MCP_STR_ARG(name),
                                         is_loud ? "!!!" : "."));
    mcp_json_object_end(w);
    return MCP_OK;
}

static const struct mcp_tool TOOLS[] = {
    {
        .name = "greet",
        .title = "Greet somebody",
        .description = "Say hello to a person by name.",
        .input_schema = MCP_JSON({
            "type" : "object",
            "required" : ["name"],
            "properties" : {
                "name" : {"type" : "string", "minLength" : 1, "examples" : ["Ada"]},
                "loud" : {"type" : "boolean"}
            },
            "additionalProperties" : false
        }),
        .output_schema = MCP_JSON({
            "type" : "object",
            "required" : ["greeting"],
            "properties" : {"greeting" : {"type" : "string"}}
        }),
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .fn = greet,
    },
    {0},
};

static const struct rest_route ROUTES[] = {
    {.method = MCP_HTTP_GET, .path = "/greetings/{name}", .tool = "greet", .query = "loud"},
    {0},
};

int main(int argc, char **argv)
{
    return mcp_main(argc, argv,
                    &(struct mcp_program){
                        .name = "rest",
                        .version = "1.0",
                        .tools = TOOLS,
                        .mount = rest_mount(&(struct rest_options){.routes = ROUTES}),
                    });
}
