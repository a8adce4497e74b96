/* examples/hello.cc - examples/hello.c from C++17: the same headers, rows made by assignment
 * (designated initialisers came with C++20), schemas as raw strings.
 *
 *     g++ -std=c++17 -o hello hello.cc $(pkg-config --cflags --libs libcistern-http) */
#include <cistern.h>

#include <exception>
#include <string>

namespace
{

/* An exception must not leave a handler: what is above it is C. */
mcp_err greet(mcp_call *call, void *)
try {
    const mcp_str name = mcp_arg_str(call, "name");
    const std::string text = "Hello, " + std::string(name.ptr, name.len) + "!";

    return mcp_text_as(call, mcp_str_n(text.data(), text.size()), nullptr);
} catch (const std::exception &) {
    return MCP_E_OVERLOADED;
}

mcp_tool greet_row()
{
    mcp_tool row = {};

    row.name = "greet";
    row.title = "Greet somebody";
    row.description = "Say hello to a person by name.";
    row.input_schema = R"({
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string", "minLength": 1}}
    })";
    row.hints = MCP_READ_ONLY | MCP_IDEMPOTENT;
    row.fn = greet;
    return row;
}

} /* namespace */

int main(int argc, char **argv)
{
    const mcp_tool tools[] = {greet_row(), {}};
    mcp_program program = {};

    program.name = "hello";
    program.version = "1.0";
    program.tools = tools;
    return mcp_main(argc, argv, &program);
}
