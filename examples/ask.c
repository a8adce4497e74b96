/* examples/ask.c - a tool that asks the user and the client's model. Written once, it serves
 * clients of every revision: each run of the handler asks, and goes on when it is answered.
 *
 *     ask                             stdio, for a desktop client
 *     ask --http=127.0.0.1:8080       Streamable HTTP at /mcp */
#include <cistern.h>

static const char TABLE[] = MCP_JSON({
    "type" : "object",
    "required" : ["guests"],
    "properties" : {
        "guests" : {"type" : "integer", "minimum" : 1, "maximum" : 12, "title" : "How many?"},
        "outside" : {"type" : "boolean", "default" : false, "title" : "On the terrace?"}
    }
});

static mcp_err book(struct mcp_call *call, void *user)
{
    (void)user;
    (void)mcp_ask_elicit(call, "table", "Which table shall I book?", TABLE);
    if (mcp_client_has(call, MCP_CAN_SAMPLE)) {
        (void)mcp_ask_sample_text(call, "note", MCP_STR("Write one kind sentence to a cook."), 60);
    }
    mcp_err err = mcp_ask(call);

    if (err) {
        return err;
    }
    mcp_json table = mcp_answer_content(call, "table");
    mcp_str note = mcp_answer_text(call, "note");

    if (!mcp_json_present(table)) {
        return mcp_text(call, "Nothing was booked.");
    }
    mcp_text(call, "Booked for %d%s.",
             (int)mcp_json_int_or(mcp_json_get(table, MCP_STR("guests")), 1),
             mcp_json_bool(mcp_json_get(table, MCP_STR("outside")), false) ? ", outside" : "");
    return note.len ? mcp_text(call, "To the cook: %.*s", MCP_STR_ARG(note)) : MCP_OK;
}

static const struct mcp_tool TOOLS[] = {
    {
        .name = "book_table",
        .title = "Book a table",
        .description = "Book a table; the user is asked for how many.",
        .fn = book,
    },
    {0},
};

int main(int argc, char **argv)
{
    return mcp_main(argc, argv,
                    &(struct mcp_program){.name = "ask", .version = "1.0", .tools = TOOLS});
}
