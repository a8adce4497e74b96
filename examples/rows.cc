/* examples/rows.cc - every kind of row from C++20, where designated initialisers are as in C: a
 * tool, a resource, a prompt, a REST path. hello.cc does it in C++17.
 *
 *     g++ -std=c++20 -o rows rows.cc $(pkg-config --cflags --libs libcistern-rest)
 *
 * Members that are not named are zero, as in C; g++ -Wextra says so of each: give it
 * -Wno-missing-field-initializers. */
#include <cistern.h>
#include <rest/rest.h>

#include <exception>
#include <string>
#include <vector>

namespace
{

struct shelf {
    std::vector<std::string> books;
};

/* An exception must not leave a handler: what is above it is C. */
mcp_err add_book(mcp_call *call, void *user)
try {
    auto &books = static_cast<shelf *>(user)->books;
    const mcp_str title = mcp_arg_str(call, "title");
    mcp_json_writer *w = mcp_structured(call);

    books.emplace_back(title.ptr, title.len);
    mcp_json_object(w);
    mcp_json_member_int(w, MCP_STR("books"), static_cast<std::int64_t>(books.size()));
    mcp_json_object_end(w);
    mcp_server_changed(mcp_call_server(call), MCP_CHANGED_RESOURCE, MCP_STR("shelf://books"));
    return MCP_OK;
} catch (const std::exception &) {
    return MCP_E_OVERLOADED;
}

mcp_err read_shelf(mcp_call *call, void *user)
try {
    std::string text;

    for (const auto &book : static_cast<shelf *>(user)->books) {
        text += book + "\n";
    }
    return mcp_text_as(call, mcp_str_n(text.data(), text.size()), nullptr);
} catch (const std::exception &) {
    return MCP_E_OVERLOADED;
}

mcp_err advise(mcp_call *call, void *)
{
    return mcp_text(call, "What shall I read after %.*s?", MCP_STR_ARG(mcp_arg_str(call, "book")));
}

const mcp_tool tools[] = {
    {
        .name = "add_book",
        .description = "Put a book on the shelf.",
        .input_schema = MCP_JSON({
            "type" : "object",
            "required" : ["title"],
            "properties" : {"title" : {"type" : "string", "minLength" : 1}},
            "additionalProperties" : false
        }),
        .output_schema = MCP_JSON({
            "type" : "object",
            "required" : ["books"],
            "properties" : {"books" : {"type" : "integer"}}
        }),
        .fn = add_book,
    },
    {},
};

const mcp_resource resources[] = {
    {
        .uri = "shelf://books",
        .name = "books",
        .mime_type = "text/plain",
        .read = read_shelf,
    },
    {},
};

const mcp_prompt_argument advise_arguments[] = {{.name = "book", .is_required = true}, {}};

const mcp_prompt prompts[] = {
    {.name = "advise", .arguments = advise_arguments, .fn = advise},
    {},
};

const rest_route routes[] = {
    {.method = MCP_HTTP_POST,
     .path = "/books",
     .tool = "add_book",
     .success = 201,
     .body = REST_BODY_MERGED},
    {},
};

} /* namespace */

int main(int argc, char **argv)
{
    shelf books;
    const rest_options rest = {.routes = routes};
    const mcp_program program = {
        .name = "rows",
        .version = "1.0",
        .tools = tools,
        .resources = resources,
        .prompts = prompts,
        .user = &books,
        .announces = MCP_CHANGED_RESOURCE,
        .mount = rest_mount(&rest),
    };

    return mcp_main(argc, argv, &program);
}
