/* transport/test/call_server.c - a program whose tools end in each way that --call has to show. */
#include <mcp/ask.h>
#include <mcp/call.h>
#include <transport/main.h>

static mcp_err say(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_text(call, "%lld %s\x1b[1m", (long long)mcp_arg_int(call, "n", -1),
                    mcp_arg_bool(call, "loud", false) ? "loud" : "soft");
}

static mcp_err structured(struct mcp_call *call, void *user)
{
    (void)user;
    mcp_json_put_int(mcp_structured(call), 7);
    return MCP_OK;
}

static mcp_err late(struct mcp_call *call, void *user)
{
    return mcp_call_after(call, 30, structured, user);
}

static mcp_err blocking(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_call_wait(call, 30) ? MCP_OK : mcp_text(call, "slept");
}

static mcp_err refuse(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_fail(call, MCP_E_REFUSED, "Not today.");
}

static mcp_err broken(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_fail(call, MCP_E_INTERNAL, "It fell apart.");
}

static mcp_err ask(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_ask_roots(call, "roots");
}

static const struct mcp_tool TOOLS[] = {
    {.name = "say",
     .description = "Says it.",
     .input_schema = "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"},"
                     "\"loud\":{\"type\":\"boolean\"}}}",
     .fn = say},
    {.name = "structured", .description = "Seven.", .fn = structured},
    {.name = "late", .description = "Seven, later.", .fn = late},
    {.name = "blocking", .description = "Sleeps.", .is_blocking = true, .fn = blocking},
    {.name = "refuse", .description = "Says no.", .fn = refuse},
    {.name = "broken", .description = "Breaks.", .fn = broken},
    {.name = "ask", .description = "Asks.", .fn = ask},
    {.name = "hidden", .description = "Not for models.", .is_hidden = true, .fn = structured},
    {0},
};

int main(int argc, char **argv)
{
    return mcp_main(argc, argv,
                    &(struct mcp_program){.name = "prog", .version = "1", .tools = TOOLS});
}
