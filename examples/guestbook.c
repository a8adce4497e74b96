/* examples/guestbook.c - a server with something to remember: tools that change it, a resource that
 * shows it and says when it changed, a question before it is lost.
 *
 *     guestbook --call sign name=Ada             from the shell
 *     guestbook                                  MCP on stdio
 *     guestbook --http=127.0.0.1:8080            MCP at /mcp */
#include <cistern.h>
#include <mcp/alloc.h>

enum { GUESTS_MAX = 100 };

struct book {
    char *guests[GUESTS_MAX];
    int n;
};

/* ---- Structured answers ---- */

static mcp_err sign(struct mcp_call *call, void *user)
{
    struct book *book = user;
    mcp_str name = mcp_arg_str(call, "name");
    struct mcp_json_writer *w = mcp_structured(call);

    if (book->n == GUESTS_MAX) {
        return mcp_fail(call, MCP_E_REFUSED, "The book is full.");
    }
    book->guests[book->n] = mcp_alloc_str(name);
    if (!book->guests[book->n]) {
        return MCP_E_OVERLOADED;
    }
    mcp_json_object(w);
    mcp_json_member_int(w, MCP_STR("guest"), ++book->n);
    mcp_json_object_end(w);
    mcp_server_changed(mcp_call_server(call), MCP_CHANGED_RESOURCE, MCP_STR("book://guests"));
    return mcp_text(call, "Welcome, %.*s, our guest number %d.", MCP_STR_ARG(name), book->n);
}

static mcp_err list_guests(struct mcp_call *call, void *user)
{
    const struct book *book = user;
    struct mcp_json_writer *w = mcp_structured(call);

    mcp_json_object(w);
    mcp_json_put_key(w, MCP_STR("guests"));
    mcp_json_array(w);
    for (int i = 0; i < book->n; i++) {
        mcp_json_put_str(w, mcp_str_c(book->guests[i]));
    }
    mcp_json_array_end(w);
    mcp_json_object_end(w);
    return MCP_OK;
}

/* ---- A question ---- */

static void forget_all(struct book *book)
{
    while (book->n) {
        mcp_free(book->guests[--book->n]);
    }
}

static mcp_err clear(struct mcp_call *call, void *user)
{
    mcp_err err = mcp_ask_elicit(call, "sure", "Throw all pages away?",
                                 MCP_JSON({"type" : "object", "properties" : {}}));

    if (err) {
        return err; /* it is being asked; with the answer the handler runs again */
    }
    if (!mcp_str_eq(mcp_answer_action(call, "sure"), MCP_STR("accept"))) {
        return mcp_text(call, "The book stays as it is.");
    }
    forget_all(user);
    mcp_server_changed(mcp_call_server(call), MCP_CHANGED_RESOURCE, MCP_STR("book://guests"));
    return mcp_text(call, "The book is empty.");
}

static const struct mcp_tool TOOLS[] = {
    {
        .name = "sign",
        .description = "Write a name into the guest book.",
        .input_schema = MCP_JSON({
            "type" : "object",
            "required" : ["name"],
            "properties" : {"name" : {"type" : "string", "minLength" : 1, "maxLength" : 60}},
            "additionalProperties" : false
        }),
        .output_schema = MCP_JSON({
            "type" : "object",
            "required" : ["guest"],
            "properties" : {"guest" : {"type" : "integer", "minimum" : 1}}
        }),
        .fn = sign,
    },
    {
        .name = "list_guests",
        .description = "The names in the guest book.",
        .output_schema = MCP_JSON({
            "type" : "object",
            "required" : ["guests"],
            "properties" : {"guests" : {"type" : "array", "items" : {"type" : "string"}}}
        }),
        .hints = MCP_READ_ONLY,
        .fn = list_guests,
    },
    {
        .name = "clear",
        .description = "Empty the guest book; the user is asked first.",
        .hints = MCP_DESTRUCTIVE | MCP_IDEMPOTENT,
        .fn = clear,
    },
    {0},
};

/* ---- A resource ---- */

static mcp_err read_guests(struct mcp_call *call, void *user)
{
    const struct book *book = user;
    mcp_str text = MCP_STR("");

    for (int i = 0; i < book->n; i++) {
        text =
            mcp_arena_printf(mcp_call_arena(call), "%.*s%s\n", MCP_STR_ARG(text), book->guests[i]);
    }
    return mcp_text_as(call, text, NULL);
}

static const struct mcp_resource RESOURCES[] = {
    {
        .uri = "book://guests",
        .name = "guests",
        .description = "The guest book, a name a line.",
        .mime_type = "text/plain",
        .read = read_guests,
    },
    {0},
};

/* ---- The program ---- */

int main(int argc, char **argv)
{
    struct book book = {.n = 0};
    const struct mcp_program program = {
        .name = "guestbook",
        .version = "1.0",
        .tools = TOOLS,
        .resources = RESOURCES,
        .announces = MCP_CHANGED_RESOURCE,
        .user = &book,
    };

    int code = mcp_main(argc, argv, &program);

    forget_all(&book);
    return code;
}
