/* rest/test/openapi_test.c - the document says what the rows say; conformance/openapi.mjs holds it
 * against a linter and the running server. */
#include <rest/openapi.h>
#include <rest/test/tools.h>

struct described {
    struct wire wire;
    struct mcp_server *server;
    struct mcp_arena arena;
    struct mcp_buf text;
    mcp_json json;
    char why[256];
};

/* False: d->why says why not. */
static bool describe(struct described *d, const struct mcp_tool *tools,
                     const struct rest_options *opt)
{
    struct mcp_json_limits limits = {(size_t)1 << 22, 64, (size_t)1 << 18, true};
    bool is_done;

    *d = (struct described){0};
    d->server = wire_server(&d->wire, tools, 0);
    mcp_arena_init(&d->arena, (size_t)1 << 24);
    mcp_buf_init(&d->text, (size_t)1 << 22);
    ck_assert_msg(rest_routes_check(opt->routes, d->server, d->why, sizeof(d->why)), "%s", d->why);
    is_done = rest_openapi_write(d->server, opt, &d->arena, &d->text, d->why, sizeof(d->why));
    if (is_done) {
        T_EQ(mcp_json_read(&d->arena, mcp_buf_str(&d->text), &limits, &d->json, NULL), MCP_OK);
    }
    return is_done;
}

static void forget(struct described *d)
{
    mcp_buf_free(&d->text);
    mcp_arena_free(&d->arena);
    mcp_server_free(d->server);
}

/* The value at a path of member names and indices, separated by spaces. */
static mcp_json at(const struct described *d, const char *path)
{
    mcp_str rest = mcp_str_c(path);
    mcp_json v = d->json;

    while (rest.ptr) {
        mcp_str name = mcp_str_cut(&rest, ' ');
        uint64_t i;

        v = mcp_json_type(v) == MCP_JSON_ARRAY && mcp_str_uint(name, 1000, &i)
                ? mcp_json_at(v, (size_t)i)
                : mcp_json_get(v, name);
    }
    return v;
}

#define SAYS(d, path, want) T_STR(mcp_json_raw(at(d, path)), want)

static void arguments_are_split_the_way_they_are_joined(void)
{
    struct described d;

    T_CHECK(describe(&d, TEST_TOOLS, &(struct rest_options){.routes = TEST_ROUTES}));
    SAYS(&d, "paths /api/v1/echo/{id} get parameters",
         "[{\"name\":\"id\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\"}},"
         "{\"name\":\"n\",\"in\":\"query\",\"schema\":{\"type\":\"integer\"}},"
         "{\"name\":\"on\",\"in\":\"query\",\"schema\":{\"type\":\"boolean\"}},"
         "{\"name\":\"q\",\"in\":\"query\",\"schema\":{\"type\":\"string\"}}]");
    SAYS(&d, "paths /api/v1/pools get parameters 0 style", "\"form\"");
    SAYS(&d, "paths /api/v1/pools get parameters 0 explode", "false");
    SAYS(&d, "paths /api/v1/echo/{id} put requestBody required", "true");
    SAYS(&d, "paths /api/v1/echo/{id} put requestBody content application/json schema",
         "{\"type\":\"object\",\"required\":[],\"properties\":{\"n\":{\"type\":\"integer\"},"
         "\"on\":{\"type\":\"boolean\"},\"tags\":{\"type\":\"array\"},\"q\":{\"type\":\"string\"}},"
         "\"additionalProperties\":false}");
    T_CHECK(!mcp_json_present(at(&d, "paths /api/v1/late get parameters")));
    T_CHECK(!mcp_json_present(at(&d, "paths /api/v1/echo/{id} get requestBody")));
    forget(&d);
}

static void an_operation_is_named_after_its_tool_and_by_its_method_when_there_are_more(void)
{
    static const struct rest_route ROWS[] = {
        {.path = "/a/{id}", .tool = "echo"},
        {.method = MCP_HTTP_PUT, .path = "/a/{id}", .tool = "echo", .body = REST_BODY_MERGED},
        {.path = "/b/{id}", .tool = "echo"},
        {.path = "/c/{id}", .tool = "echo"},
        {0},
    };
    struct described d;

    T_CHECK(describe(&d, TEST_TOOLS, &(struct rest_options){.routes = ROWS}));
    SAYS(&d, "paths /a/{id} get operationId", "\"echo\"");
    SAYS(&d, "paths /a/{id} put operationId", "\"echo.put\"");
    SAYS(&d, "paths /b/{id} get operationId", "\"echo.get.2\"");
    SAYS(&d, "paths /c/{id} get operationId", "\"echo.get.3\"");
    T_EQ(mcp_json_count(at(&d, "paths")), 7); /* three, and the pages */
    forget(&d);
}

static void an_answer_is_documented_when_it_can_be_given(void)
{
    struct described d;

    T_CHECK(describe(&d, TEST_TOOLS, &(struct rest_options){.routes = TEST_ROUTES}));
    /* a body, so 415; no scope, so no insufficient_scope; arguments, so they can be wrong */
    T_CHECK(mcp_json_present(at(&d, "paths /api/v1/echo/{id} put responses 415")));
    T_CHECK(!mcp_json_present(at(&d, "paths /api/v1/echo/{id} get responses 415")));
    SAYS(&d, "paths /api/v1/echo/{id} put responses 403 $ref",
         "\"#/components/responses/pools_403_2\"");
    T_EQ(mcp_json_count(
             at(&d, "components responses pools_403_2 content application/json examples")),
         1);
    T_CHECK(mcp_json_present(
        at(&d,
           "components responses pools_403 content application/json examples insufficient_scope")));
    T_CHECK(mcp_json_present(
        at(&d, "components responses pools_400 content application/json examples invalid_status")));
    SAYS(&d, "paths /api/v1/late get responses 400 $ref", "\"#/components/responses/pools_400_2\"");
    T_CHECK(!mcp_json_present(at(
        &d, "components responses pools_400_2 content application/json examples invalid_status")));
    /* 204 has no body and no schema */
    T_CHECK(mcp_json_present(at(&d, "paths /api/v1/echo/{id} delete responses 204")));
    T_CHECK(!mcp_json_present(at(&d, "paths /api/v1/echo/{id} delete responses 204 content")));
    SAYS(&d,
         "components responses pools_default content application/json examples "
         "method_not_allowed value error code",
         "\"method_not_allowed\"");
    forget(&d);
}

static void the_ways_a_tool_fails_come_from_its_row(void)
{
    struct mcp_tool tools[2] = {TEST_TOOLS[1], {0}};
    static const struct rest_route ROWS[] = {{.path = "/a/{id}", .tool = "echo"}, {0}};
    struct described d;

    T_CHECK(describe(&d, tools, &(struct rest_options){.routes = ROWS}));
    T_CHECK(!mcp_json_present(at(&d, "paths /a/{id} get responses 404")));
    T_CHECK(mcp_json_present(at(&d, "paths /a/{id} get responses 504")));
    forget(&d);
    tools[0].fails = MCP_FAILS(NOT_FOUND) | MCP_FAILS(CONFLICT);
    tools[0].time_limit_ms = MCP_NO_TIME_LIMIT;
    T_CHECK(describe(&d, tools, &(struct rest_options){.routes = ROWS}));
    T_CHECK(mcp_json_present(at(&d, "paths /a/{id} get responses 404")));
    T_CHECK(mcp_json_present(at(&d, "paths /a/{id} get responses 409")));
    T_CHECK(!mcp_json_present(at(&d, "paths /a/{id} get responses 504")));
    /* the plain surface says both with one code */
    SAYS(&d, "components responses plain_400 content application/json examples",
         "{\"invalid_request\":{\"summary\":\"path, query or body cannot be read, or a body where "
         "none belongs; arguments break the tool's input schema\",\"value\":{\"error\":{\"code\":"
         "\"invalid_request\",\"message\":\"path, query or body cannot be read, or a body where "
         "none belongs; arguments break the tool's input schema\"}}}}");
    forget(&d);
}

static void credentials_are_said_only_where_they_are_asked_for(void)
{
    struct described d;

    T_CHECK(describe(&d, TEST_TOOLS, &(struct rest_options){.routes = TEST_ROUTES}));
    SAYS(&d, "paths /api/v1/pools get security", "[{\"bearer\":[\"read\"]}]");
    SAYS(&d, "paths /api/v1/late get security", "[{\"bearer\":[]}]");
    SAYS(&d, "paths /docs get security", "[]");
    SAYS(&d, "components securitySchemes bearer scheme", "\"bearer\"");
    T_CHECK(mcp_json_present(at(&d, "paths /api/v1/pools get responses 401")));
    forget(&d);
    T_CHECK(
        describe(&d, TEST_TOOLS, &(struct rest_options){.routes = TEST_ROUTES, .is_open = true}));
    SAYS(&d, "paths /api/v1/pools get security", "[]");
    T_CHECK(!mcp_json_present(at(&d, "components securitySchemes")));
    T_CHECK(!mcp_json_present(at(&d, "paths /api/v1/pools get responses 401")));
    forget(&d);
}

static void an_envelope_is_told_from_what_the_surface_writes(void)
{
    struct described d;

    T_CHECK(describe(&d, TEST_TOOLS, &(struct rest_options){.routes = TEST_ROUTES}));
    SAYS(&d, "components schemas pools_error",
         "{\"type\":\"object\",\"required\":[\"error\"],\"properties\":{\"error\":{\"type\":"
         "\"object\",\"required\":[\"code\",\"message\"],\"properties\":{\"code\":{\"type\":"
         "\"string\"},\"message\":{\"type\":\"string\"}}}}}");
    SAYS(&d, "components schemas problem required",
         "[\"type\",\"title\",\"status\",\"detail\",\"code\"]");
    SAYS(&d, "components schemas problem properties violated-policies type", "\"array\"");
    forget(&d);
}

/* ---- Schemas that refer ---------------------------------------------------------------------- */

#define TREE                                                                                       \
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"id\"],\"properties\":{"   \
    "\"id\":{\"$ref\":\"#/$defs/name\"},\"node\":{\"$ref\":\"#/$defs/node\"},"                     \
    "\"$ref\":{\"enum\":[{\"$ref\":\"#/kept\"}]}},\"$defs\":{\"name\":{\"type\":\"string\"},"      \
    "\"node\":{\"anyOf\":[{\"type\":\"null\"},{\"type\":\"array\",\"items\":{\"$ref\":"            \
    "\"#/$defs/node\"}}]}}}"

static struct mcp_tool tree_tool(const char *input, const char *output)
{
    return (struct mcp_tool){.name = "tree",
                             .description = "d",
                             .input_schema = input,
                             .output_schema = output,
                             .fn = tool_echo};
}

static void references_lead_into_the_document(void)
{
    const struct mcp_tool tools[] = {tree_tool(TREE, TREE), {0}};
    static const struct rest_route ROWS[] = {
        {.method = MCP_HTTP_PUT, .path = "/tree/{id}", .tool = "tree", .body = REST_BODY_MERGED},
        {0}};
    struct described d;

    T_CHECK(describe(&d, tools, &(struct rest_options){.routes = ROWS}));
    SAYS(&d, "paths /tree/{id} put parameters 0 schema $ref",
         "\"#/components/schemas/tree_arguments/$defs/name\"");
    SAYS(&d,
         "paths /tree/{id} put requestBody content application/json schema properties node $ref",
         "\"#/components/schemas/tree_arguments/$defs/node\"");
    SAYS(&d, "components schemas tree_arguments $defs node anyOf 1 items $ref",
         "\"#/components/schemas/tree_arguments/$defs/node\"");
    SAYS(&d, "components schemas tree_result properties id $ref",
         "\"#/components/schemas/tree_result/$defs/name\"");
    /* a property that is called so, and data, are left alone */
    SAYS(&d, "components schemas tree_result properties $ref enum 0", "{\"$ref\":\"#/kept\"}");
    forget(&d);
}

static void a_schema_that_cannot_be_carried_stops_the_start(void)
{
    static const struct {
        const char *output, *why;
    } ROWS[] = {
        {"{\"$id\":\"urn:x\",\"type\":\"object\"}", "$id"},
        {"{\"type\":\"object\",\"properties\":{\"a\":{\"$anchor\":\"here\"}}}", "$anchor"},
        {"{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#here\"},\"b\":{\"$anchor\":"
         "\"here\"}}}",
         "a $ref that leads out of it"},
    };
    static const struct rest_route ROUTES[] = {{.path = "/tree", .tool = "tree"}, {0}};

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const struct mcp_tool tools[] = {tree_tool(OBJECT(""), ROWS[i].output), {0}};
        struct described d;

        T_CHECK(!describe(&d, tools, &(struct rest_options){.routes = ROUTES}));
        T_HAS(mcp_str_c(d.why), "tool tree: ");
        T_HAS(mcp_str_c(d.why), ROWS[i].why);
        forget(&d);
    }
}

static void an_argument_that_is_json_in_the_query_says_so(void)
{
    static const struct rest_route ROWS[] = {{.path = "/a", .tool = "echo", .query = "tags n"},
                                             {0}};
    struct described d;

    T_CHECK(describe(&d, TEST_TOOLS, &(struct rest_options){.routes = ROWS}));
    SAYS(&d, "paths /a get parameters 0 content application/json schema", "{\"type\":\"array\"}");
    T_CHECK(!mcp_json_present(at(&d, "paths /a get parameters 0 schema")));
    SAYS(&d, "paths /a get parameters 1 schema", "{\"type\":\"integer\"}");
    forget(&d);
}

static void hidden_tools_are_described_only_where_a_route_names_them(void)
{
    struct described d;

    T_CHECK(describe(&d, TEST_TOOLS, &(struct rest_options){.routes = TEST_ROUTES}));
    T_EQ(mcp_json_count(at(&d, "x-mcp tools")), 4);
    SAYS(&d, "paths /api/v1/secret get x-mcp-tool listed", "false");
    SAYS(&d, "x-mcp endpoints", "[\"/mcp\"]");
    forget(&d);
    T_CHECK(describe(&d, TEST_TOOLS,
                     &(struct rest_options){.routes = TEST_ROUTES, .endpoints = "/a, /b"}));
    SAYS(&d, "x-mcp endpoints", "[\"/a\",\"/b\"]");
    forget(&d);
}

static bool describe_once(void *arg)
{
    struct described *d = arg;
    const struct rest_options opt = {.routes = TEST_ROUTES};
    struct mcp_arena arena;
    struct mcp_buf text;

    mcp_arena_init(&arena, (size_t)1 << 24);
    mcp_buf_init(&text, (size_t)1 << 22);
    bool is_done = rest_openapi_write(d->server, &opt, &arena, &text, d->why, sizeof(d->why));

    T_CHECK(is_done || strcmp(d->why, "out of memory") == 0);
    if (is_done) {
        T_CHECK(mcp_str_eq(mcp_buf_str(&text), mcp_buf_str(&d->text)));
    }
    mcp_buf_free(&text);
    mcp_arena_free(&arena);
    return is_done;
}

static void without_memory_there_is_no_half_a_document(void)
{
    struct described d;

    T_CHECK(describe(&d, TEST_TOOLS, &(struct rest_options){.routes = TEST_ROUTES}));
    T_CHECK(t_torture(describe_once, &d) > 3);
    forget(&d);
}

static const struct t_case CASES[] = {
    T(arguments_are_split_the_way_they_are_joined),
    T(an_operation_is_named_after_its_tool_and_by_its_method_when_there_are_more),
    T(an_answer_is_documented_when_it_can_be_given),
    T(the_ways_a_tool_fails_come_from_its_row),
    T(credentials_are_said_only_where_they_are_asked_for),
    T(an_envelope_is_told_from_what_the_surface_writes),
    T(references_lead_into_the_document),
    T(a_schema_that_cannot_be_carried_stops_the_start),
    T(an_argument_that_is_json_in_the_query_says_so),
    T(hidden_tools_are_described_only_where_a_route_names_them),
    T(without_memory_there_is_no_half_a_document),
};

T_MAIN("rest/openapi", CASES)
