/* rest/test/route_test.c - the table of routes, and finding a row in it. */
#include <rest/test/tools.h>

static struct rest_match find(enum mcp_http_method method, const char *path)
{
    struct rest_match m;

    rest_route_find(TEST_ROUTES, method, mcp_str_c(path), &m);
    return m;
}

static void a_path_finds_its_row_and_its_params(void)
{
    struct rest_match m = find(MCP_HTTP_PUT, "/api/v1/echo/a%20b");

    T_CHECK(m.route && m.route->success == 201);
    T_EQ(m.n_params, 1);
    T_STR(m.params[0].name, "id");
    T_STR(m.params[0].value, "a%20b");
}

static void head_is_answered_by_the_row_of_get(void)
{
    T_CHECK(find(MCP_HTTP_HEAD, "/api/v1/pools").route == &TEST_ROUTES[0]);
}

static void a_path_has_one_spelling(void)
{
    static const char *const OTHERS[] = {
        "/api/v1/pools/",
        "/api/v1//pools",
        "/api/v1/Pools",
        "/api/v1/%70ools",
        "/api/v1/pool",
        "/api/v1/x/../pools",
        "/api/v1",
        "/api/v1/echo/",
        "/api/v1/echo",
        "/api/v1/echo/a/more",
        "/",
        "",
    };

    for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++) {
        ck_assert_msg(find(MCP_HTTP_GET, OTHERS[i]).methods == 0, "%s was found", OTHERS[i]);
    }
}

static void allow_lists_what_the_path_answers(void)
{
    struct rest_match m = find(MCP_HTTP_POST, "/api/v1/echo/x");

    char room[REST_ALLOW_BYTES];

    T_CHECK(m.route == NULL);
    T_STR(mcp_str_c(rest_route_allow(&m, room)), "GET, HEAD, PUT, DELETE, OPTIONS");
    m = find(MCP_HTTP_OTHER, "/api/v1/pools");
    T_STR(mcp_str_c(rest_route_allow(&m, room)), "GET, HEAD, OPTIONS");
}

/* Every row of `rows` is refused, and the sentence says why. */
static void refuses(struct rest_route row, const char *why)
{
    const struct rest_route rows[] = {row, {0}};
    struct wire w = {0};
    char text[256] = "";
    struct mcp_server *s = wire_server(&w, TEST_TOOLS, 0);

    T_CHECK(rest_new(s, &(struct rest_options){.routes = rows}, text, sizeof(text)) == NULL);
    T_HAS(mcp_str_c(text), row.path);
    T_HAS(mcp_str_c(text), why);
    mcp_server_free(s);
}

static void a_row_that_does_not_fit_its_tool_stops_the_start(void)
{
    const struct rest_route good = TEST_ROUTES[1];
    struct rest_route r = good;

    r.tool = "nothing";
    refuses(r, "no such tool");
    r = good;
    r.query = "n zzz";
    refuses(r, "\"zzz\"");
    r = good;
    r.path = "/api/v1/echo/{zzz}";
    refuses(r, "\"zzz\"");
    r = good;
    r.query = "id";
    refuses(r, "in the path and in the query");
    r = good;
    r.lists = "tags";
    refuses(r, "not in the query");
    r = good;
    r.success = 404;
    refuses(r, "status");
    r = good;
    r.body = REST_BODY_MERGED;
    refuses(r, "GET with a body");
    r = good;
    r.path = "api/v1/echo/{id}";
    refuses(r, "does not begin with a slash");
    r = TEST_ROUTES[0];
    r.path = "/api/v1/{x}y";
    refuses(r, "a brace that is no {param}");
    r = good;
    r.example = "{\"id\":";
    refuses(r, "the example is no result of the tool");
    r.example = "[1]";
    refuses(r, "must be an object");
    r.success = 204;
    refuses(r, "an example, but no body");
    r = TEST_ROUTES[2]; /* a PUT */
    r.body = REST_BODY_TEXT;
    refuses(r, "a text or a header that is no argument");
    r.text = "zzz";
    refuses(r, "\"zzz\"");
    r.text = "q";
    r.header = "X-Sign";
    refuses(r, "a text or a header that is no argument");
    r.header_argument = "zzz";
    refuses(r, "\"zzz\"");
}

static void a_required_argument_must_be_reachable(void)
{
    static const struct mcp_tool TOOLS[] = {
        {.name = "needs",
         .description = "d",
         .input_schema =
             "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"id\"],"
             "\"properties\":{\"id\":{\"type\":\"string\"}}}",
         .output_schema = "{\"type\":\"object\"}",
         .fn = tool_echo},
        {.name = "open",
         .description = "d",
         .input_schema = "{\"type\":\"object\"}",
         .output_schema = "{\"type\":\"object\"}",
         .fn = tool_echo},
        {0},
    };
    struct rest_route rows[] = {{.path = "/x", .tool = "needs"}, {0}};
    struct wire w = {0};
    char text[256] = "";
    struct mcp_server *s = wire_server(&w, TOOLS, 0);

    T_CHECK(!rest_routes_check(rows, s, text, sizeof(text)));
    T_HAS(mcp_str_c(text), "cannot give the required argument \"id\"");
    rows[0].query = "id";
    T_CHECK(rest_routes_check(rows, s, text, sizeof(text)));
    rows[0].query = NULL;
    rows[0].path = "/x/{id}";
    T_CHECK(rest_routes_check(rows, s, text, sizeof(text)));
    rows[0].tool = "open";
    rows[0].path = "/x";
    T_CHECK(!rest_routes_check(rows, s, text, sizeof(text)));
    T_HAS(mcp_str_c(text), "additionalProperties:false");
    mcp_server_free(s);
}

static void a_row_that_says_little_means_200_and_plain_words(void)
{
    const struct rest_route row = {.path = "/a/{id}"};

    T_EQ(rest_route_success(&row), 200);
    T_CHECK(rest_route_surface(&row) == &rest_surface_plain);
}

static void a_path_belongs_to_the_surface_of_the_longest_prefix(void)
{
    static const struct rest_route ROWS[] = {
        {.path = "/{any}"},
        {.path = "/api/v1/pools", .surface = &rest_surface_pools},
        {.path = "/api/v1/own/{id}"},
        {.path = "/elsewhere", .surface = &rest_surface_pools},
        {0},
    };
    static const struct {
        const char *path;
        const struct rest_surface *surface;
    } SAYS[] = {
        {"/api/v1", &rest_surface_pools},     {"/api/v1/nothing", &rest_surface_pools},
        {"/api/v10", &rest_surface_plain},    {"/api/v1/own/1", &rest_surface_plain},
        {"/api/v1/ow", &rest_surface_pools},  {"/elsewhere", &rest_surface_pools},
        {"/elsewhere/", &rest_surface_pools}, {"/", &rest_surface_plain},
    };

    T_STR(rest_route_prefix(&ROWS[0]), "/");
    T_STR(rest_route_prefix(&ROWS[1]), "/api/v1");
    T_STR(rest_route_prefix(&ROWS[2]), "/api/v1/own");
    T_STR(rest_route_prefix(&ROWS[3]), "/elsewhere");
    for (size_t i = 0; i < sizeof(SAYS) / sizeof(SAYS[0]); i++) {
        ck_assert_msg(rest_surface_of(ROWS, mcp_str_c(SAYS[i].path)) == SAYS[i].surface, "%s",
                      SAYS[i].path);
    }
}

static void the_transport_is_given_each_prefix_once(void)
{
    struct wire w;

    wire_open(&w, TEST_TOOLS, TEST_ROUTES, 0);
    const struct mcp_http_route *http = rest_http_routes(w.rest);

    T_STR(mcp_str_c(http[0].prefix), "/api/v1");
    T_CHECK(http[0].handle == rest_handle && http[0].user == w.rest && http[0].refuse);
    T_CHECK(!http[0].is_public);
    for (size_t i = 1; i <= 4; i++) { /* the pages */
        T_CHECK(http[i].prefix && http[i].is_public && !http[i].refuse);
    }
    T_CHECK(http[5].prefix == NULL);
    wire_close_all(&w);
}

static bool start_once(void *server)
{
    char text[256] = "";
    struct rest *r =
        rest_new(server, &(struct rest_options){.routes = TEST_ROUTES}, text, sizeof(text));

    T_CHECK(r || strcmp(text, "out of memory") == 0);
    rest_free(r);
    return r != NULL;
}

static void a_start_without_memory_is_a_sentence(void)
{
    struct wire w = {0};
    struct mcp_server *s = wire_server(&w, TEST_TOOLS, 0);

    T_CHECK(t_torture(start_once, s) >= 2);
    mcp_server_free(s);
}

static void a_list_is_cut_at_its_spaces(void)
{
    T_CHECK(rest_list_has("status n", MCP_STR("n")));
    T_CHECK(!rest_list_has("status n", MCP_STR("stat")));
    T_CHECK(!rest_list_has("status n", MCP_STR("")));
    T_CHECK(!rest_list_has(NULL, MCP_STR("n")));
}

static void the_readme_lists_every_route(void)
{
    static char text[1 << 17];
    FILE *f = fopen(REST_README, "r");

    T_CHECK(f);
    size_t n = fread(text, 1, sizeof(text), f);

    fclose(f);
    for (const struct rest_route *r = rest_routes; r->path; r++) {
        char cells[256];

        snprintf(cells, sizeof(cells), "| `%s` |", r->path);
        T_HAS(mcp_str_n(text, n), cells);
        snprintf(cells, sizeof(cells), "| `%s` | %d |", r->tool, rest_route_success(r));
        T_HAS(mcp_str_n(text, n), cells);
    }
}

static const struct t_case CASES[] = {
    T(a_path_finds_its_row_and_its_params),
    T(head_is_answered_by_the_row_of_get),
    T(a_path_has_one_spelling),
    T(allow_lists_what_the_path_answers),
    T(a_row_that_does_not_fit_its_tool_stops_the_start),
    T(a_required_argument_must_be_reachable),
    T(a_row_that_says_little_means_200_and_plain_words),
    T(a_path_belongs_to_the_surface_of_the_longest_prefix),
    T(the_transport_is_given_each_prefix_once),
    T(a_start_without_memory_is_a_sentence),
    T(a_list_is_cut_at_its_spaces),
    T(the_readme_lists_every_route),
};

T_MAIN("rest/route", CASES)
