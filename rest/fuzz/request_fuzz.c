/* rest/fuzz/request_fuzz.c - any path and query: a route is found or not, arguments are JSON or a
 * fault.
 *
 * Properties: decoding never grows the text, and what comes out is UTF-8 without NUL; written
 * arguments read back under the strict reader as an object that holds only names of the row. The
 * input is "PATH?QUERY". */
#include <mcp/fuzz/fuzz.h>
#include <rest/args.h>
#include <rest/route.h>

#include <mcp/call.h>

static mcp_err nothing(struct mcp_call *call, void *user)
{
    (void)call;
    (void)user;
    return MCP_OK;
}

static const struct mcp_tool TOOLS[] = {
    {.name = "t",
     .description = "d",
     .input_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
                     "\"id\":{\"type\":\"string\"},\"n\":{\"type\":\"integer\"},"
                     "\"a\":{\"type\":\"array\"},\"s\":{\"type\":\"string\"}}}",
     .output_schema = "{\"type\":\"object\"}",
     .fn = nothing},
    {0},
};

static const struct rest_route ROUTES[] = {
    {.path = "/a/{id}", .tool = "t", .query = "n s a", .lists = "s"},
    {.path = "/a", .tool = "t", .query = "n s a", .lists = "s"},
    {0},
};

static int64_t no_time(void *user)
{
    (void)user;
    return 0;
}

static struct mcp_server *server_make(void)
{
    struct mcp_tool_set set = {TOOLS, NULL};
    struct mcp_server_options so = {.name = "f",
                                    .version = "1",
                                    .tools = &set,
                                    .n_tools = 1,
                                    .clock = {no_time, no_time, NULL}};
    char why[256];

    return mcp_server_new(&so, why, sizeof(why));
}

static void check_decoding(mcp_str s)
{
    struct mcp_arena arena;
    mcp_str out;

    mcp_arena_init(&arena, (size_t)1 << 20);
    if (rest_args_decode(&arena, s, true, &out)) {
        FUZZ_CHECK(out.len <= s.len);
        FUZZ_CHECK(mcp_str_is_utf8(out));
        /* A NUL in the input is not an escape; HTTP never lets one through. */
        FUZZ_CHECK(memchr(s.ptr ? s.ptr : "", 0, s.len) || !out.len ||
                   !memchr(out.ptr, 0, out.len));
    }
    mcp_arena_free(&arena);
}

static void check_arguments(const struct mcp_server *server, const struct rest_match *m,
                            const struct mcp_http_request *req)
{
    struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    struct rest_args_fault fault = {0};
    struct mcp_arena arena;
    struct mcp_buf out;
    mcp_json v;

    mcp_arena_init(&arena, (size_t)1 << 22);
    mcp_buf_init(&out, (size_t)1 << 22);
    if (!rest_args_write(server, m, req, &arena, &out, &fault)) {
        FUZZ_CHECK(fault.status == 400 || fault.status == 503);
        FUZZ_CHECK(fault.text[0]);
    } else if (out.len) {
        FUZZ_CHECK(mcp_json_read(&arena, mcp_buf_str(&out), &limits, &v, NULL) == MCP_OK);
        FUZZ_CHECK(mcp_json_type(v) == MCP_JSON_OBJECT);
        for (mcp_json e = mcp_json_first(v); mcp_json_present(e); e = mcp_json_next(v, e)) {
            mcp_str key = mcp_json_str(mcp_json_key(e), &arena, MCP_STR(""));

            FUZZ_CHECK(rest_list_has("id n s a", key));
        }
    }
    mcp_buf_free(&out);
    mcp_arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct mcp_server *server; /* made once: libFuzzer calls this a million times */
    mcp_str query = mcp_str_n((const char *)data, size);
    mcp_str path;
    struct rest_match m;

    if (size > 8000) {
        return 0;
    }
    server = server ? server : server_make();
    FUZZ_CHECK(server);
    path = mcp_str_cut(&query, '?');
    check_decoding(path);
    check_decoding(query);
    rest_route_find(ROUTES, MCP_HTTP_GET, path, &m);
    if (m.route) {
        struct mcp_http_request req = {.path = path, .query = query};

        check_arguments(server, &m, &req);
    }
    return 0;
}
