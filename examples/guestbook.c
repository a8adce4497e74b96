/* examples/guestbook.c - the tutorial's server (README.md): a guest book over MCP, REST and the
 * shell. hello.c comes before it.
 *
 *     guestbook --call sign name=Ada             from the shell
 *     guestbook                                  MCP on stdio
 *     guestbook --http=127.0.0.1:8080            MCP at /mcp, REST at /guests */
#include <mcp/mcp.h>
#include <rest/rest.h>

enum { BOOK_BYTES = 16384 };

struct book {
    struct mcp_buf names; /* one a line */
    int64_t n;
};

/* ---- A structured answer ---- */

static mcp_err sign(struct mcp_call *call, void *user)
{
    struct book *book = user;
    mcp_str name = mcp_arg_str(call, "name");
    struct mcp_json_writer *w = mcp_structured(call);

    if (book->names.len + name.len >= BOOK_BYTES) {
        return mcp_fail(call, MCP_E_REFUSED, "The book is full.");
    }
    mcp_buf_add(&book->names, name);
    mcp_buf_byte(&book->names, '\n');
    mcp_json_object(w);
    mcp_json_member_int(w, MCP_STR("guest"), ++book->n);
    mcp_json_object_end(w);
    mcp_server_changed(mcp_call_server(call), MCP_CHANGED_RESOURCE, MCP_STR("book://guests"));
    return mcp_text(call, "Welcome, %.*s, our guest number %d.", MCP_STR_ARG(name), (int)book->n);
}

static mcp_err list_guests(struct mcp_call *call, void *user)
{
    const struct book *book = user;
    struct mcp_json_writer *w = mcp_structured(call);
    mcp_str rest = mcp_buf_str(&book->names);

    mcp_json_object(w);
    mcp_json_put_key(w, MCP_STR("guests"));
    mcp_json_array(w);
    while (rest.len) {
        mcp_json_put_str(w, mcp_str_cut(&rest, '\n'));
    }
    mcp_json_array_end(w);
    mcp_json_object_end(w);
    return MCP_OK;
}

/* ---- A question ---- */

static mcp_err clear(struct mcp_call *call, void *user)
{
    struct book *book = user;
    mcp_err err = mcp_ask_elicit(call, "sure", "Throw all pages away?",
                                 "{\"type\":\"object\",\"properties\":{}}");

    if (err) {
        return err; /* it is being asked; with the answer the handler runs again */
    }
    if (!mcp_str_eq(mcp_answer_action(call, "sure"), MCP_STR("accept"))) {
        return mcp_text(call, "The book stays as it is.");
    }
    mcp_buf_clear(&book->names);
    book->n = 0;
    mcp_server_changed(mcp_call_server(call), MCP_CHANGED_RESOURCE, MCP_STR("book://guests"));
    return mcp_text(call, "The book is empty.");
}

static const struct mcp_tool TOOLS[] = {
    {
        .name = "sign",
        .description = "Write a name into the guest book.",
        .input_schema = "{\"type\":\"object\",\"required\":[\"name\"],\"properties\":{\"name\":"
                        "{\"type\":\"string\",\"maxLength\":60,\"pattern\":\"^[^\\\\n]+$\"}},"
                        "\"additionalProperties\":false}",
        .output_schema = "{\"type\":\"object\",\"required\":[\"guest\"],\"properties\":"
                         "{\"guest\":{\"type\":\"integer\",\"minimum\":1}}}",
        .fn = sign,
    },
    {
        .name = "list_guests",
        .description = "The names in the guest book.",
        .output_schema = "{\"type\":\"object\",\"required\":[\"guests\"],\"properties\":"
                         "{\"guests\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}",
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

    return mcp_text_as(call, mcp_buf_str(&book->names), NULL);
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

/* ---- Paths ---- */

static const struct rest_route ROUTES[] = {
    {.method = MCP_HTTP_GET, .path = "/guests", .tool = "list_guests"},
    {.method = MCP_HTTP_POST,
     .path = "/guests",
     .tool = "sign",
     .body = REST_BODY_MERGED,
     .success = 201},
    {0},
};

/* ---- The program ---- */

int main(int argc, char **argv)
{
    struct book book = {.n = 0};
    const struct rest_options rest = {.routes = ROUTES};
    const struct mcp_program program = {
        .name = "guestbook",
        .version = "1.0",
        .tools = TOOLS,
        .resources = RESOURCES,
        .announces = MCP_CHANGED_RESOURCE,
        .mount = rest_mount(&rest),
        .user = &book,
    };

    mcp_buf_init(&book.names, BOOK_BYTES);
    int code = mcp_main(argc, argv, &program);

    mcp_buf_free(&book.names);
    return code;
}
